package web

import (
	"errors"
	"net/http"

	"gatehouse/domain"
	"gatehouse/views"
)

// showOwnSignIn shows which sign-in a link disowns. Looking uses nothing up.
func (s *Server) showOwnSignIn(r *request) error {
	v, err := s.store.SignInOf(r.ctx(), r.Param("token"))
	if err != nil {
		return s.deadDisowning(r, err)
	}
	p := r.doorPage(views.T(r.ctx(), "signins.disown-title"))
	return s.show(r, http.StatusOK, views.Disown(p, views.Disowning{Link: r.Request().URL.Path, Email: v.User.Email, At: v.At, Agent: v.Agent, Place: v.Place}))
}

// disownSignIn ends everything and leads on to a new password: the link has proved the mailbox, as one to set a password
// does.
func (s *Server) disownSignIn(r *request) error {
	u, reset, err := s.store.Disown(r.ctx(), r.Param("token"), r.RealIP())
	if err != nil {
		return s.deadDisowning(r, err)
	}
	if r.by.User.ID == u.ID {
		r.session = s.sessions.empty() // it has ended with all others; the flash needs another
	}
	return s.done(r, "/reset/"+reset, views.Flash{Title: views.T(r.ctx(), "signins.disowned"), Text: views.T(r.ctx(), "signins.disowned-text")})
}

func (s *Server) deadDisowning(r *request, err error) error {
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	return s.show(r, http.StatusNotFound, views.DeadDisowning(r.ctx(), r.doorPage("")))
}
