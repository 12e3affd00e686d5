package web

import (
	"errors"
	"net/http"

	"gatehouse/domain"
	"gatehouse/views"
)

// newSetup shows the set-up form while nobody has set the portal up.
func (s *Server) newSetup(r *request) error {
	if err := s.store.CheckSetupToken(r.ctx(), r.Param("token")); err != nil {
		return s.deadSetup(r, err)
	}
	d := domain.SetupDraft{Country: domain.Countries[0], Language: views.LocaleOf(r.ctx()).Lang, TimeZone: "UTC"}
	return s.showSetup(r, http.StatusOK, d, nil)
}

// createSetup makes the partner and its first Master and signs them in: they have the token only the operator of the
// server could read, and have chosen the password this very moment. To ask for it once more would prove nothing.
func (s *Server) createSetup(r *request) error {
	var d domain.SetupDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	account, u, err := s.store.CreateFirstAccount(r.ctx(), r.Param("token"), d, r.RealIP())
	if err != nil {
		problems, err := problemsOf(err)
		if err != nil {
			return s.deadSetup(r, err)
		}
		return s.showSetup(r, http.StatusUnprocessableEntity, d, problems)
	}
	if err := s.startSession(r, u); err != nil {
		return err
	}
	return s.done(r, "/accounts/"+account.Slug, views.Flash{Title: views.T(r.ctx(), "setup.done"), Text: views.T(r.ctx(), "setup.done-text")})
}

func (s *Server) showSetup(r *request, status int, d domain.SetupDraft, problems domain.Problems) error {
	p := r.doorPage(views.T(r.ctx(), "setup.title"))
	return s.show(r, status, views.Setup(p, r.Request().URL.Path, d, problems))
}

func (s *Server) deadSetup(r *request, err error) error {
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	return s.show(r, http.StatusNotFound, views.DeadSetup(r.ctx(), r.doorPage("")))
}
