package web

import (
	"errors"
	"net/http"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// newReset shows the form that asks for a link to set a new password.
func (s *Server) newReset(r *request) error {
	return s.showForgot(r, http.StatusOK, domain.ForgotDraft{}, nil)
}

// createReset mails the link, if somebody has the address; the answer is the same if nobody does (AUTH-03).
func (s *Server) createReset(r *request) error {
	var d domain.ForgotDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	if problems, err := problemsOf(d.Check()); err != nil || problems != nil {
		return errors.Join(err, s.showForgot(r, http.StatusUnprocessableEntity, d, problems))
	}
	if err := s.store.AskReset(r.ctx(), d.Email, r.RealIP()); err != nil {
		return err
	}
	return r.goTo("/forgot/sent")
}

func (s *Server) showForgot(r *request, status int, d domain.ForgotDraft, problems domain.Problems) error {
	p := r.page(views.T(r.ctx(), "passwords.forgot-title"))
	p.Path = "/forgot"
	return s.show(r, status, views.ForgotPassword(p, d, problems, s.config.Mailed))
}

func (s *Server) resetSent(r *request) error {
	return s.show(r, http.StatusOK, views.ResetSent(r.page(views.T(r.ctx(), "passwords.sent-title"))))
}

// newPassword shows the form behind a reset link. Looking uses nothing up.
func (s *Server) newPassword(r *request) error {
	u, err := s.store.ResetOf(r.ctx(), r.Param("token"))
	if err != nil {
		return s.deadReset(r, err)
	}
	return s.showReset(r, http.StatusOK, u, nil)
}

// setPassword sets the password of the link's owner. It signs nobody in (AUTH-08).
func (s *Server) setPassword(r *request) error {
	var d domain.ResetDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	u, err := s.store.SetPasswordByToken(r.ctx(), r.Param("token"), d.Password, r.RealIP())
	if err != nil {
		problems, err := problemsOf(err)
		if err != nil {
			return s.deadReset(r, err)
		}
		return s.showReset(r, http.StatusUnprocessableEntity, u, problems)
	}
	if r.by.User.ID == u.ID {
		r.session = s.sessions.empty() // it has ended with all others; the flash needs another
	}
	return s.done(r, "/sign-in", views.Flash{Title: views.T(r.ctx(), "passwords.reset-done"), Text: views.T(r.ctx(), "passwords.reset-done-text")})
}

func (s *Server) showReset(r *request, status int, u domain.User, problems domain.Problems) error {
	least, err := s.store.LeastPassword(r.ctx(), u)
	if err != nil {
		return err
	}
	p := r.doorPage(views.T(r.ctx(), "passwords.reset-title"))
	return s.show(r, status, views.ResetPassword(p, r.Request().URL.Path, u.Email, least, problems))
}

// deadReset answers for every link that does not work, alike; other failures stay what they are.
func (s *Server) deadReset(r *request, err error) error {
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	return s.show(r, http.StatusNotFound, views.DeadReset(r.ctx(), r.doorPage("")))
}

// editPassword shows the form for one's own password.
func (s *Server) editPassword(r *request) error {
	return s.showChange(r, http.StatusOK, nil, "")
}

// changePassword sets one's own password: all other sessions end, and this one goes on under a new secret.
func (s *Server) changePassword(r *request) error {
	var d domain.PasswordDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	secret := store.NewSecret()
	err := s.store.ChangePassword(r.ctx(), r.by.User, d, store.HashSecret(r.session.ID), store.HashSecret(secret), r.RealIP())
	if err != nil {
		if errors.Is(err, domain.ErrTooMany) {
			_, wait := r.whyNotIn(err)
			return s.showChange(r, http.StatusUnprocessableEntity, nil, wait)
		}
		problems, err := problemsOf(err)
		if err != nil {
			return err
		}
		return s.showChange(r, http.StatusUnprocessableEntity, problems, "")
	}
	s.sessions.adopt(r, secret)
	return s.done(r, "/profile", views.Flash{Title: views.T(r.ctx(), "passwords.changed"), Text: views.T(r.ctx(), "passwords.changed-text")})
}

func (s *Server) showChange(r *request, status int, problems domain.Problems, wait string) error {
	ctx := r.ctx()
	least, err := s.store.LeastPassword(ctx, r.by.User)
	if err != nil {
		return err
	}
	title := views.T(ctx, "passwords.change-title")
	p := r.page(title, views.Crumb{Label: views.T(ctx, "profile.title"), Href: "/profile"}, views.Crumb{Label: title})
	return s.show(r, status, views.ChangePassword(p, r.by.User.Email, least, problems, wait))
}
