package web

import (
	"gatehouse/domain"
	"gatehouse/views"
)

// exportInvites is exactly the list of the address as a file, all pages of it.
func (s *Server) exportInvites(r *request) error {
	ctx, now, zone := r.ctx(), s.store.Now(), r.by.User.Zone()
	q := inviteList.query(r, choice{List: r.Request().URL.RawQuery})
	file := r.sheet("invites", views.InviteHeads(ctx)...)
	// The names of all sites of the list would be read row by row: those seen once are kept.
	names := map[string]string{}
	err := s.store.EachInvite(ctx, r.by, inviteQuery(q), func(m domain.Membership) error {
		for _, id := range m.Scope.SiteIDs() {
			if _, known := names[id]; !known {
				found, err := r.siteNames(m)
				if err != nil {
					return err
				}
				for _, id := range m.Scope.SiteIDs() {
					names[id] = found[id]
				}
				break
			}
		}
		return file.row(views.InviteCells(ctx, m, names, now, zone)...)
	})
	return file.end(err)
}
