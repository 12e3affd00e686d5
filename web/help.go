package web

import (
	"net/http"

	"gatehouse/views"
)

// help is the walkthrough, for people who are signed in and for those who are not yet.
func (s *Server) help(r *request) error {
	crumb := views.Crumb{Label: views.T(r.ctx(), "help.title")}
	return s.show(r, http.StatusOK, views.HelpPage(r.page(crumb.Label, crumb)))
}
