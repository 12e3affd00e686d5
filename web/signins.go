package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// newSession shows the sign-in form.
func (s *Server) newSession(r *request) error {
	typed, err := r.query("next")
	if err != nil {
		return err
	}
	next, _ := ownPath(typed) // empty unless it is ours
	if r.by.User.ID != "" {
		return r.goTo(orHome(next))
	}
	return s.showSignIn(r, http.StatusOK, domain.SignInDraft{Next: next}, "")
}

// createSession signs somebody in. Whoever cannot get in, for whatever reason, gets the same answer (AUTH-01).
func (s *Server) createSession(r *request) error {
	var d domain.SignInDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	d.Next, _ = ownPath(d.Next)
	if _, err := s.signIn(r, d.Email, d.Password); err != nil {
		if errors.Is(err, domain.ErrSecondFactor) {
			return r.goTo(secondStep(d.Next))
		}
		status, wrong := r.whyNotIn(err)
		if wrong == "" {
			return err
		}
		return s.showSignIn(r, status, d, wrong)
	}
	return r.goTo(orHome(d.Next))
}

func (s *Server) showSignIn(r *request, status int, d domain.SignInDraft, wrong string) error {
	unset, err := s.store.NeedsSetup(r.ctx())
	if err != nil {
		return err
	}
	p := r.page(views.T(r.ctx(), "signins.title"))
	p.Path = "/sign-in"
	if d.Next != "" {
		p.Path += "?next=" + url.QueryEscape(d.Next)
	}
	return s.show(r, status, views.SignIn(p, d, wrong, unset, r.passkeysHere()))
}

// signIn checks a password and begins a session; from here on the request is that person's. Where a second factor is
// needed too (domain.ErrSecondFactor), the browser gets a session that is nobody's and waits for it.
func (s *Server) signIn(r *request, email, password string) (domain.User, error) {
	start, secret := s.sessions.start(r)
	u, device, err := s.store.SignIn(r.ctx(), store.Attempt{Email: email, Password: password, Device: s.sessions.device(r), Start: start})
	if errors.Is(err, domain.ErrSecondFactor) {
		s.sessions.setCookie(r.Response(), sessionName, secret, 0)
	}
	if err != nil {
		return u, err
	}
	s.sessions.begin(r, u, secret, device)
	return u, nil
}

// startSession signs in a person who has proved themself otherwise than by their password.
func (s *Server) startSession(r *request, u domain.User) error {
	start, secret := s.sessions.start(r)
	device, err := s.store.StartSession(r.ctx(), u, s.sessions.device(r), start)
	if err != nil {
		return err
	}
	s.sessions.begin(r, u, secret, device)
	return nil
}

// whyNotIn says what a form tells somebody whose password did not get them in; empty for a failure of another kind.
func (r *request) whyNotIn(err error) (status int, wrong string) {
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return http.StatusUnprocessableEntity, views.T(r.ctx(), "signins.wrong")
	case errors.Is(err, domain.ErrOutgrown):
		return http.StatusUnprocessableEntity, views.T(r.ctx(), "signins.outgrown")
	}
	if wrong = r.waitText(err, "signins.closed"); wrong != "" {
		status = http.StatusTooManyRequests
	}
	return status, wrong
}

// waitForCode is the wait after too many wrong codes; empty for a failure of another kind.
func (r *request) waitForCode(err error) string { return r.waitText(err, "signins.codes-closed") }

// waitText tells a wait in the unit people count it in, and to the browser in seconds; closed is said of one that is too
// long to be waited for. Empty for a failure of another kind.
func (r *request) waitText(err error, closed string) string {
	var wait *domain.Wait
	if !errors.As(err, &wait) {
		return ""
	}
	seconds := int((wait.For + time.Second - 1) / time.Second)
	r.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
	switch {
	case wait.For > 24*time.Hour:
		return views.T(r.ctx(), closed)
	case seconds > 60:
		return views.T(r.ctx(), "signins.wait", "Count", (seconds+59)/60)
	}
	return views.T(r.ctx(), "signins.wait-seconds", "Count", max(seconds, 1))
}

// endSession signs out; with Next it comes back to the page from which somebody wants to be somebody else (SESS-15).
func (s *Server) endSession(r *request) error {
	var d domain.SignOutDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	if err := s.sessions.end(r); err != nil {
		return err
	}
	next, ok := ownPath(d.Next)
	if !ok {
		next = "/sign-in"
	}
	return r.goTo(next)
}

func orHome(path string) string {
	if path == "" {
		return "/"
	}
	return path
}
