package web

import (
	"errors"
	"net/http"
	"net/url"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// secondFactorPath is the second step of a sign-in.
const secondFactorPath = "/sign-in/second-factor"

// secondStep is the second step, on the way to next.
func secondStep(next string) string {
	if next == "" {
		return secondFactorPath
	}
	return secondFactorPath + "?next=" + url.QueryEscape(next)
}

// newSecondFactor asks for the second factor of whom the session waits for.
func (s *Server) newSecondFactor(r *request) error {
	var d domain.CodeDraft
	if err := r.bindQuery(&d); err != nil {
		return err
	}
	d.Next, _ = ownPath(d.Next) // empty unless it is ours
	return s.showSecondFactor(r, http.StatusOK, d, nil, "")
}

// passSecondFactor signs in who shows it. How often it may be tried is counted for the person, whatever code it is.
func (s *Server) passSecondFactor(r *request) error {
	var d domain.CodeDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	d.Next, _ = ownPath(d.Next)
	start, secret := s.sessions.start(r)
	recovery := d.Recovery == "on"
	u, device, err := s.store.PassFactor(r.ctx(), store.Pass{Code: d.Code, Recovery: recovery, Device: s.sessions.device(r), Start: start})
	if err == nil {
		s.sessions.begin(r, u, secret, device)
		if recovery {
			return s.recoveredWith(r, u, orHome(d.Next))
		}
		return r.goTo(orHome(d.Next))
	}
	if wait := r.waitForCode(err); wait != "" {
		return s.showSecondFactor(r, http.StatusTooManyRequests, d, nil, wait)
	}
	problems, err := problemsOf(err)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return r.goTo("/sign-in")
	case err != nil:
		return err
	}
	return s.showSecondFactor(r, http.StatusUnprocessableEntity, d, problems, "")
}

// recoveredWith tells how many recovery codes are left.
func (s *Server) recoveredWith(r *request, u domain.User, to string) error {
	left, err := s.store.RecoveryLeft(r.ctx(), u)
	if err != nil {
		return err
	}
	return s.done(r, to, views.Flash{
		Title: views.T(r.ctx(), "factors.code-used"), Text: views.T(r.ctx(), "factors.codes-left", "Count", left, "Of", domain.RecoveryCodes),
	})
}

func (s *Server) showSecondFactor(r *request, status int, d domain.CodeDraft, problems domain.Problems, wait string) error {
	u, err := s.store.Awaited(r.ctx(), store.HashSecret(r.session.ID))
	if errors.Is(err, domain.ErrNotFound) {
		return r.goTo("/sign-in")
	}
	if err != nil {
		return err
	}
	d.Code = ""
	p := r.doorPage(views.T(r.ctx(), "factors.step-title"))
	return s.show(r, status, views.SecondFactor(p, views.Step{Draft: d, Email: u.Email, App: !u.AppAt.IsZero(), Passkeys: u.Passkeys > 0, Problems: problems, Wait: wait, Here: secondStep(d.Next)}))
}
