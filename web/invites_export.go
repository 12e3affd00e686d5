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
	sites := r.namesOfSites()
	err := s.store.EachInvite(ctx, r.by, inviteQuery(q), func(m domain.Membership) error {
		names, err := sites(m)
		if err != nil {
			return err
		}
		return file.row(views.InviteCells(ctx, r.by.Account, m, names, now, zone)...)
	})
	return file.end(err)
}
