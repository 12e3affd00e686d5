package web

import (
	"gatehouse/domain"
	"gatehouse/views"
)

// exportUsers is exactly the list of the address as a file, all pages of it.
func (s *Server) exportUsers(r *request) error {
	q := userList.query(r, choice{List: r.Request().URL.RawQuery})
	file := r.sheet("users", views.UserHeads(r.ctx())...)
	sites := r.namesOfSites()
	err := s.store.EachUser(r.ctx(), r.by, userQuery(r, q), func(m domain.Membership) error {
		names, err := sites(m)
		if err != nil {
			return err
		}
		return file.row(views.UserCells(r.ctx(), r.by.Account, m, names)...)
	})
	return file.end(err)
}
