package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// sessionStore is gorilla's sessions.Store on our database: a random secret in the cookie, its hash in the row, the
// values as JSON beside it. Unlike a cookie store it can list sessions and end them at once.
type sessionStore struct {
	store  *store.Store
	secure bool
	life   time.Duration
}

var _ sessions.Store = (*sessionStore)(nil)

func newSessionStore(st *store.Store, c Config) *sessionStore {
	return &sessionStore{store: st, secure: c.BaseURL.Scheme == "https", life: c.SessionAge}
}

// cookie names carry __Host- on https, which binds them to this host, this path and a secure connection. Over plain
// http some browsers drop such cookies even from this machine.
func (s *sessionStore) cookie(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

const (
	sessionName = "session"
	deviceName  = "device"
)

// loaded is what a session knows beside its values; it is not saved with them.
type loaded struct {
	session domain.Session
	user    domain.User
}

type loadedKey struct{}

// Get is the request's session, read once.
func (s *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session of the request's cookie; without one, or with one that has ended, it is empty and unsaved.
func (s *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := s.empty()
	cookie, err := r.Cookie(s.cookie(name))
	if err != nil {
		return session, nil //nolint:nilerr // no cookie is no failure
	}
	row, user, err := s.store.Session(r.Context(), store.HashSecret(cookie.Value), !polls(r))
	if errors.Is(err, domain.ErrNotFound) {
		return session, nil
	}
	if err != nil {
		return session, err
	}
	values := map[string]json.RawMessage{}
	if row.Data != "" {
		if err := json.Unmarshal([]byte(row.Data), &values); err != nil {
			return session, err
		}
	}
	for k, v := range values {
		session.Values[k] = v
	}
	session.ID, session.IsNew = cookie.Value, false
	session.Values[loadedKey{}] = loaded{row, user}
	return session, nil
}

// Save writes the values, making the session if it is new. MaxAge below zero ends it.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		s.setCookie(w, session.Name(), "", -1)
		return s.store.EndSession(r.Context(), store.HashSecret(session.ID))
	}
	data, err := encodeValues(session)
	if err != nil {
		return err
	}
	if !session.IsNew {
		return s.store.SaveSession(r.Context(), store.HashSecret(session.ID), data)
	}
	session.ID = store.NewSecret()
	err = s.store.CreateSession(r.Context(), store.Start{Hash: store.HashSecret(session.ID), Data: data, Agent: r.UserAgent()})
	if err != nil {
		return err
	}
	session.IsNew = false
	s.setCookie(w, session.Name(), session.ID, session.Options.MaxAge)
	return nil
}

func encodeValues(session *sessions.Session) (string, error) {
	values := map[string]any{}
	for k, v := range session.Values {
		if name, ok := k.(string); ok {
			values[name] = v
		}
	}
	if len(values) == 0 {
		return "", nil
	}
	b, err := json.Marshal(values)
	return string(b), err
}

func (s *sessionStore) options() *sessions.Options {
	return &sessions.Options{Path: "/", MaxAge: int(s.life.Seconds()), Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func (s *sessionStore) setCookie(w http.ResponseWriter, name, value string, maxAge int) {
	o := s.options()
	o.MaxAge = maxAge
	http.SetCookie(w, sessions.NewCookie(s.cookie(name), value, o))
}

// start is what a new session of this request begins with, and the secret its cookie will carry.
func (s *sessionStore) start(r *request) (store.Start, string) {
	secret := store.NewSecret()
	return store.Start{Hash: store.HashSecret(secret), Old: store.HashSecret(r.session.ID), From: r.RealIP(), Agent: r.Request().UserAgent()}, secret
}

// begin hands the browser its cookies after a sign-in: the session's, and the one by which it is known from now on.
// What the request does from here on, it does as this person.
func (s *sessionStore) begin(r *request, u domain.User, secret, device string) {
	s.setCookie(r.Response(), sessionName, secret, int(s.life.Seconds()))
	s.setCookie(r.Response(), deviceName, device, int((365 * 24 * time.Hour).Seconds()))
	r.session = s.empty()
	r.session.ID, r.session.IsNew = secret, false
	r.by = domain.Actor{User: u, From: r.RealIP()}
	r.speak(s.store.Now())
}

// renew gives the session at hand another secret; the one before is dead (SESS-02).
func (s *sessionStore) renew(r *request) error {
	data, err := encodeValues(r.session)
	if err != nil {
		return err
	}
	secret := store.NewSecret()
	if err := s.store.RotateSession(r.ctx(), store.HashSecret(r.session.ID), store.HashSecret(secret), data); err != nil {
		return err
	}
	s.adopt(r, secret)
	return nil
}

// adopt makes the browser carry the new secret that its session has been given.
func (s *sessionStore) adopt(r *request, secret string) {
	s.setCookie(r.Response(), sessionName, secret, int(s.life.Seconds()))
	r.session.ID = secret
}

// bringHome takes the session at hand back to its person's own accounts, under another secret (SESS-02). One that has had
// another secret since it was read, or has ended, is nobody's.
func (s *sessionStore) bringHome(r *request) error {
	secret := store.NewSecret()
	err := s.store.ReturnHome(r.ctx(), r.by.User, store.HashSecret(r.session.ID), store.HashSecret(secret), r.RealIP())
	if errors.Is(err, domain.ErrNotFound) {
		return errSignIn
	}
	if err == nil {
		s.adopt(r, secret)
	}
	return err
}

// empty is a session that is not there yet.
func (s *sessionStore) empty() *sessions.Session {
	session := sessions.NewSession(s, sessionName)
	session.Options, session.IsNew = s.options(), true
	return session
}

// device is the secret of the browser's known-device cookie, empty without one.
func (s *sessionStore) device(r *request) string {
	if c, err := r.Cookie(s.cookie(deviceName)); err == nil {
		return c.Value
	}
	return ""
}

// end signs the browser out. What the request does from here on, nobody does.
func (s *sessionStore) end(r *request) error {
	r.session.Options.MaxAge = -1
	r.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	if err := r.session.Save(r.Request(), r.Response()); err != nil {
		return err
	}
	r.session, r.by = s.empty(), domain.Actor{From: r.RealIP()}
	r.speak(s.store.Now())
	return nil
}

const flashValue = "flash"

// remember keeps a flash for the next page.
func (r *request) remember(f views.Flash) error {
	r.session.Values[flashValue] = f
	return r.session.Save(r.Request(), r.Response())
}

// takeFlash is the flash of the last change, forgotten once it stands on a page: a redirect on the way to it, a look
// ahead (HEAD) or a script that polls does not use it up. What keeps it from being read waits for show.
func (r *request) takeFlash() *views.Flash {
	raw, ok := r.session.Values[flashValue].(json.RawMessage)
	if !ok || r.Request().Method != http.MethodGet || polls(r.Request()) {
		return r.flash
	}
	var f views.Flash
	err := json.Unmarshal(raw, &f)
	if err == nil {
		delete(r.session.Values, flashValue)
		r.flash = &f
		err = r.session.Save(r.Request(), r.Response())
	}
	if err != nil && !errors.Is(err, domain.ErrNotFound) { // of a session that ended meanwhile there is nothing to forget
		r.broken = err
	}
	return r.flash
}
