package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"gatehouse/domain"
	"gatehouse/views"
)

// A request is one question to the portal: echo's context, and who is asking.
type request struct {
	echo.Context
	// by is the person and, under /accounts/:account, their place in it. Nobody is the zero Actor.
	by      domain.Actor
	session *sessions.Session
	// flash is what the last change told, once.
	flash *views.Flash
	// surroundings of a page, read when the first page of this request is made
	framed   bool
	accounts []domain.Belonging
	sites    []domain.Site
	broken   error // what kept the surroundings from being read; show reports it

	server *Server
}

const (
	requestIDKey = "request id"
	requestKey   = "request"
)

func (r *request) ctx() context.Context { return r.Request().Context() }

func newRequestID() string {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // it never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b[:])
}

func requestID(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string) // empty only before the first middleware
	return id
}

// receive answers who is asking. It reads the session, and for an address inside an account the person's place in it,
// from the primary database on every request: a change is in force at the next click.
func (s *Server) receive(c echo.Context) (*request, error) {
	r := s.requestOf(c)
	if r.Path() == "/static/*" || r.Path() == "/healthz" || r.Path() == "/readyz" {
		return r, nil
	}
	session, err := s.sessions.Get(r.Request(), sessionName)
	if err != nil {
		return nil, err
	}
	r.session = session
	known, _ := session.Values[loadedKey{}].(loaded) // the zero value is nobody
	r.by = domain.Actor{User: known.user, From: r.RealIP()}
	r.speak(s.store.Now())
	if err := r.place(known); err != nil {
		return nil, err
	}
	if safe(r.Request().Method) && !polls(r.Request()) {
		err = r.takeFlash()
	}
	return r, err
}

const accountValue = "account"

// place finds the person's place in the account of the address. A page that belongs to the person alone stands in the
// account they were in last, if they still are.
func (r *request) place(known loaded) error {
	slug := r.Param("account")
	last := r.session.Values[accountValue]
	if known.user.ID == "" || slug == "" && last == nil {
		return nil
	}
	named := slug != ""
	if !named {
		if err := json.Unmarshal(last.(json.RawMessage), &slug); err != nil {
			return err
		}
	}
	by, err := r.server.store.Actor(r.ctx(), known.session.Hash, slug, r.RealIP())
	switch {
	case err == nil:
		r.by = by
	case named:
		return err
	case !errors.Is(err, domain.ErrNotFound) && !errors.Is(err, domain.ErrAccountSuspended):
		return err
	}
	if raw, _ := json.Marshal(slug); named && !bytes.Equal(raw, rawValue(last)) {
		r.session.Values[accountValue] = json.RawMessage(raw)
		return r.session.Save(r.Request(), r.Response())
	}
	return nil
}

// rawValue is a session value as it was stored, nil when there is none.
func rawValue(v any) []byte {
	raw, _ := v.(json.RawMessage) // what is not there is nil
	return raw
}

// requestOf is the request around an echo context: always the same one.
func (s *Server) requestOf(c echo.Context) *request {
	if r, ok := c.Get(requestKey).(*request); ok {
		return r
	}
	r := &request{Context: c, server: s, session: sessions.NewSession(s.sessions, sessionName)}
	c.Set(requestKey, r)
	r.speak(time.Now())
	return r
}

// speak chooses the language, zone and clock of the answer: the person's, else the language they chose for this
// browser, else the one the browser asks for.
func (r *request) speak(now time.Time) {
	l := views.Locale{Lang: r.by.User.Language, Zone: r.by.User.Zone(), Now: now}
	if r.by.User.ID == "" {
		l.Lang = r.strangersLanguage()
	}
	r.SetRequest(r.Request().WithContext(views.WithLocale(r.ctx(), l)))
}

const languageName = "language"

func (r *request) strangersLanguage() string {
	if lang := r.QueryParam("lang"); views.KnownLanguage(lang) {
		r.server.sessions.setCookie(r.Response(), languageName, lang, int((365 * 24 * time.Hour).Seconds()))
		return lang
	}
	if c, err := r.Cookie(r.server.sessions.cookie(languageName)); err == nil && views.KnownLanguage(c.Value) {
		return c.Value
	}
	return views.MatchLanguage(r.Request().Header.Get("Accept-Language"))
}

// polls says that a script asks by itself: that does not keep a session alive (safety.md C6).
func polls(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/progress") }

// render writes one component as it is: for answers that are no page.
func (r *request) render(status int, c templ.Component) error {
	r.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	r.Response().WriteHeader(status)
	return c.Render(r.ctx(), r.Response())
}

// theme is the look the person chose; empty follows the system.
func (r *request) theme() string { return r.by.User.Theme }

// home leads people to where they are at home: the account they were in last, else their first one that is open.
func (s *Server) home(r *request) error {
	if r.by.User.ID == "" {
		return r.goTo("/sign-in")
	}
	if r.by.Membership != "" {
		return r.goTo(r.account(""))
	}
	found, err := s.store.AccountsOf(r.ctx(), r.by.User.ID)
	if err != nil {
		return err
	}
	for _, b := range found {
		if b.Account.SuspendedAt.IsZero() {
			return r.goTo("/accounts/" + b.Account.Slug)
		}
	}
	return r.goTo("/profile")
}
