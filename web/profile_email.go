package web

import (
	"errors"
	"net/http"

	"gatehouse/domain"
	"gatehouse/views"
)

// editEmail shows the form for another address of one's own.
func (s *Server) editEmail(r *request) error {
	return s.showEmailForm(r, http.StatusOK, domain.EmailDraft{}, nil, "")
}

// askEmail mails a link to the new address and a notice to the present one.
func (s *Server) askEmail(r *request) error {
	var d domain.EmailDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	if err := s.store.AskEmail(r.ctx(), r.by.User, d, r.RealIP()); err != nil {
		if wait := r.waitText(err, "profile.email-closed"); wait != "" {
			return s.showEmailForm(r, http.StatusTooManyRequests, d, nil, wait)
		}
		problems, err := problemsOf(err)
		if err != nil {
			return err
		}
		return s.showEmailForm(r, http.StatusUnprocessableEntity, d, problems, "")
	}
	return s.done(r, "/profile", views.Flash{Title: views.T(r.ctx(), "profile.email-asked"), Text: views.T(r.ctx(), "profile.email-asked-text")})
}

func (s *Server) showEmailForm(r *request, status int, d domain.EmailDraft, problems domain.Problems, wait string) error {
	return s.show(r, status, views.ChangeEmail(s.ownPage(r, "profile.email-title"), r.by.User.Email, d, problems, wait))
}

// showEmailChange shows what a link confirms. Looking uses nothing up: mail scanners open links.
func (s *Server) showEmailChange(r *request) error {
	return s.showChangeOfEmail(r, http.StatusOK, nil)
}

func (s *Server) showChangeOfEmail(r *request, status int, problems domain.Problems) error {
	c, err := s.store.EmailChangeOf(r.ctx(), r.Param("token"))
	if err != nil {
		return s.deadEmail(r, err)
	}
	p := r.doorPage(views.T(r.ctx(), "profile.email-confirm"))
	return s.show(r, status, views.ConfirmEmail(p, r.Request().URL.Path, c.User.Email, c.To, problems))
}

// confirmEmail takes the new address.
func (s *Server) confirmEmail(r *request) error {
	u, err := s.store.ConfirmEmail(r.ctx(), r.Param("token"), r.RealIP())
	if err != nil {
		problems, err := problemsOf(err)
		if err != nil {
			return s.deadEmail(r, err)
		}
		return s.showChangeOfEmail(r, http.StatusUnprocessableEntity, problems)
	}
	to := "/sign-in"
	if r.by.User.ID == u.ID {
		to = "/profile"
	}
	return s.done(r, to, views.Flash{Title: views.T(r.ctx(), "profile.email-done"), Text: views.T(r.ctx(), "profile.email-done-text")})
}

// showEmailStop shows what a link stops.
func (s *Server) showEmailStop(r *request) error {
	c, err := s.store.EmailStopOf(r.ctx(), r.Param("token"))
	if err != nil {
		return s.deadEmail(r, err)
	}
	p := r.doorPage(views.T(r.ctx(), "profile.email-stop"))
	return s.show(r, http.StatusOK, views.StopEmail(p, r.Request().URL.Path, c.User.Email, c.To))
}

// stopEmail keeps the old address, ends all sessions and leads on to a new password.
func (s *Server) stopEmail(r *request) error {
	u, reset, err := s.store.StopEmail(r.ctx(), r.Param("token"), r.RealIP())
	if err != nil {
		return s.deadEmail(r, err)
	}
	if r.by.User.ID == u.ID {
		r.session = s.sessions.empty() // it has ended with all others; the flash needs another
	}
	return s.done(r, "/reset/"+reset, views.Flash{Title: views.T(r.ctx(), "profile.email-stopped"), Text: views.T(r.ctx(), "signins.disowned-text")})
}

func (s *Server) deadEmail(r *request, err error) error {
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	return s.show(r, http.StatusNotFound, views.DeadEmail(r.ctx(), r.doorPage("")))
}
