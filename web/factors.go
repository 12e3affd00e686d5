package web

import (
	"errors"
	"net/http"
	"net/url"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

const appPath = "/profile/app"

// startApp makes the secret of a new authenticator app.
func (s *Server) startApp(r *request) error {
	if err := s.store.StartApp(r.ctx(), r.by.User); err != nil {
		return err
	}
	return r.goTo(appPath)
}

// newApp shows the secret of the app that waits for its first code.
func (s *Server) newApp(r *request) error { return s.showApp(r, http.StatusOK, nil, "") }

// confirmApp takes the app after a right code and shows the recovery codes, this once: they are part of this answer and
// kept nowhere.
func (s *Server) confirmApp(r *request) error {
	var d domain.CodeDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	secret := store.NewSecret()
	codes, err := s.store.ConfirmApp(r.ctx(), r.by.User, d.Code, store.HashSecret(r.session.ID), store.HashSecret(secret), r.RealIP())
	if err == nil {
		s.sessions.adopt(r, secret)
		return s.showCodes(r, codes, true)
	}
	if wait := r.waitForCode(err); wait != "" {
		return s.showApp(r, http.StatusTooManyRequests, nil, wait)
	}
	problems, err := problemsOf(err)
	if err != nil {
		return s.nothingWaits(r, err)
	}
	return s.showApp(r, http.StatusUnprocessableEntity, problems, "")
}

func (s *Server) showApp(r *request, status int, problems domain.Problems, wait string) error {
	u := r.by.User
	secret, err := s.store.WaitingApp(r.ctx(), u)
	if err != nil {
		return s.nothingWaits(r, err)
	}
	qr, err := views.NewQR("otpauth://totp/" + url.PathEscape("Gatehouse:"+u.Email) + "?issuer=Gatehouse&secret=" + secret)
	if err != nil {
		return err
	}
	return s.show(r, status, views.AddApp(s.ownPage(r, "factors.add-app"), secret, qr, problems, wait))
}

// nothingWaits leads back to the profile: the secret is confirmed by now, or was given up.
func (s *Server) nothingWaits(r *request, err error) error {
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	return r.goTo("/profile")
}

// newAppRemoval asks whether the app shall go.
func (s *Server) newAppRemoval(r *request) error {
	return s.show(r, http.StatusOK, views.RemoveApp(s.ownPage(r, "factors.remove-app"), r.by.User))
}

func (s *Server) removeApp(r *request) error {
	if err := s.store.RemoveApp(r.ctx(), r.by.User, r.RealIP()); err != nil {
		return err
	}
	return s.done(r, "/profile", views.Flash{Title: views.T(r.ctx(), "factors.app-removed"), Text: views.T(r.ctx(), "factors.app-removed-text")})
}

// newCodes asks whether the recovery codes shall be replaced.
func (s *Server) newCodes(r *request) error {
	return s.show(r, http.StatusOK, views.RenewCodes(s.ownPage(r, "factors.new-codes")))
}

func (s *Server) renewCodes(r *request) error {
	codes, err := s.store.RenewCodes(r.ctx(), r.by.User, r.RealIP())
	if err != nil {
		return err
	}
	return s.showCodes(r, codes, false)
}

func (s *Server) showCodes(r *request, codes []string, fresh bool) error {
	return s.show(r, http.StatusOK, views.RecoveryCodes(s.ownPage(r, "factors.codes"), codes, fresh))
}

// ownPage is a page below the profile.
func (s *Server) ownPage(r *request, title string) views.Page {
	name := views.T(r.ctx(), title)
	return r.page(name, views.Crumb{Label: views.T(r.ctx(), "profile.title"), Href: "/profile"}, views.Crumb{Label: name})
}
