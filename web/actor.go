package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// A request is one question to the portal: echo's context, and who is asking.
type request struct {
	echo.Context
	// by is the person and, under /accounts/:account, their place in it. Nobody is the zero Actor.
	by      domain.Actor
	session *sessions.Session
	// left is the account that this request has fallen out of, as the support access to it was over; else the zero value.
	left domain.Account
	// flash is what the last change told, once; read when the first page of this request is made
	flash *views.Flash
	// surroundings of a page, read when the first page of this request is made
	framed   bool
	accounts []domain.Belonging
	sites    []domain.Site
	invited  int // companies that have invited the person as a guest, and how many wait for an answer
	waiting  int
	broken   error // what kept the surroundings from being read; show reports it

	lang string // chosen in this request by somebody who is not signed in

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
	return r, nil
}

const accountValue = "account"

// place finds the person's place in the account of the address. A page that belongs to the person alone, or an address
// they have no place at, stands in the account they were in last, else in their first one.
func (r *request) place(known loaded) error {
	slug := r.Param("account")
	switch {
	case known.user.ID == "":
		return nil
	case slug == "":
		return r.settle(known)
	}
	by, err := r.server.store.Actor(r.ctx(), known.session.Hash, slug, r.RealIP())
	switch {
	case err == nil:
		r.by = by
	case errors.Is(err, domain.ErrAccountSuspended), errors.Is(err, domain.ErrNoMaster):
		r.by = by // who can nothing there, but is told its name
	case errors.Is(err, domain.ErrMustEnrol):
		r.by = barred(by) // nor here, until they have a second factor
	case errors.Is(err, domain.ErrNotFound):
		if err := r.settle(known); err != nil {
			return err
		}
		return r.elsewhere(known, slug)
	}
	return err
}

// barred is an actor who is told where they are, and can nothing there.
func barred(by domain.Actor) domain.Actor {
	by.Role, by.Scope, by.Grants = domain.Role{ID: by.Role.ID, Name: by.Role.Name}, nil, nil
	return by
}

// elsewhere answers for a company of the person's in which this session does not stand: with one browser in two of them,
// a form that was filled in over there must not be taken for here (E17). Any other is as not there.
func (r *request) elsewhere(known loaded, slug string) error {
	own, err := r.server.store.AccountsOf(r.ctx(), known.user.ID)
	if err != nil {
		return err
	}
	guest, err := r.server.store.Companies(r.ctx(), known.user)
	if err != nil {
		return err
	}
	here := r.by.Kind == domain.KindGuest || r.by.Kind == domain.KindSupport
	for _, c := range guest {
		if c.Account.Slug == slug && c.Open && !here {
			return domain.OtherCompany("", c.Account.Name)
		}
	}
	theirs := slices.ContainsFunc(own, func(b domain.Belonging) bool { return b.Account.Slug == slug }) ||
		slices.ContainsFunc(guest, func(c store.Company) bool { return c.Account.Slug == slug && c.Open })
	switch {
	case here && theirs:
		return domain.OtherCompany(r.by.Account.Name, "")
	case theirs:
		// The session has just come home, as what it stood in is over, and has another secret since.
		known.session.Hash = store.HashSecret(r.session.ID)
		if in, err := r.enter(known, slug); err != nil || in {
			return err
		}
	case r.left.Slug == slug:
		return domain.OutOfSupport(r.left)
	}
	return domain.ErrNotFound
}

// settle puts somebody into the account they were in last, else into their first one that is open.
func (r *request) settle(known loaded) error {
	if known.session.Company != "" {
		in, err := r.settleAsGuest(known)
		if in || err != nil {
			return err
		}
		known.session.Hash = store.HashSecret(r.session.ID)
	}
	last, err := r.lastAccount()
	if err != nil {
		return err
	}
	if in, err := r.enter(known, last); in || err != nil {
		return err
	}
	all, err := r.server.store.AccountsOf(r.ctx(), known.user.ID)
	if err != nil {
		return err
	}
	for _, b := range all {
		if in, err := r.enter(known, b.Account.Slug); err != nil || in {
			return err
		}
	}
	return nil
}

// settleAsGuest puts a session that is bound to another company there; one that must set up a second factor first can do
// that, and leave, and nothing else. When that access is no more, the session is its person's own again.
func (r *request) settleAsGuest(known loaded) (bool, error) {
	by, err := r.server.store.GuestActor(r.ctx(), known.session.Hash, r.RealIP())
	switch {
	case err == nil:
		r.by = by
		return true, nil
	case errors.Is(err, domain.ErrMustEnrol):
		r.by = barred(by)
		return true, nil
	case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrAccountSuspended), errors.Is(err, domain.ErrNoMaster):
		if r.left, err = r.server.store.SupportedBy(r.ctx(), known.session.Company); err != nil {
			return false, err
		}
		return false, r.server.sessions.bringHome(r)
	}
	return false, err
}

// enter makes an account the one in hand, and reports whether the person may be there.
func (r *request) enter(known loaded, slug string) (bool, error) {
	if slug == "" {
		return false, nil
	}
	by, err := r.server.store.Actor(r.ctx(), known.session.Hash, slug, r.RealIP())
	switch {
	case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrAccountSuspended), errors.Is(err, domain.ErrNoMaster),
		errors.Is(err, domain.ErrMustEnrol):
		return false, nil
	case err != nil:
		return false, err
	}
	r.by = by
	return true, nil
}

// lastAccount is the slug of the account that this session was in last, empty at first.
func (r *request) lastAccount() (slug string, err error) {
	if raw, ok := r.session.Values[accountValue].(json.RawMessage); ok {
		err = json.Unmarshal(raw, &slug)
	}
	return slug, err
}

// stay remembers the account for the pages that name none.
func (r *request) stay(slug string) error {
	raw, err := json.Marshal(slug)
	if err != nil || bytes.Equal(raw, rawValue(r.session.Values[accountValue])) {
		return err
	}
	r.session.Values[accountValue] = json.RawMessage(raw)
	if err := r.session.Save(r.Request(), r.Response()); !errors.Is(err, store.ErrUnavailable) {
		return err
	}
	return nil // pages are shown while nothing can be written
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

// strangersLanguage is the language of somebody who is not signed in: chosen, else the browser's.
func (r *request) strangersLanguage() string {
	if lang := r.chosenLanguage(); lang != "" {
		return lang
	}
	return views.MatchLanguage(r.Request().Header.Get("Accept-Language"))
}

// chosenLanguage is the one somebody has chosen on a page before sign-in, now or earlier; empty if none.
func (r *request) chosenLanguage() string {
	if lang := r.QueryParam("lang"); views.KnownLanguage(lang) {
		if r.lang != lang { // it is asked for more than once in a request
			r.lang = lang
			r.server.sessions.setCookie(r.Response(), languageName, lang, int((365 * 24 * time.Hour).Seconds()))
		}
		return lang
	}
	if c, err := r.Cookie(r.server.sessions.cookie(languageName)); err == nil && views.KnownLanguage(c.Value) {
		return c.Value
	}
	return ""
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

// home leads people to where they are at home.
func (s *Server) home(r *request) error {
	if r.by.User.ID == "" {
		return r.goTo("/sign-in")
	}
	to, err := r.landing()
	if err != nil {
		return err
	}
	return r.goTo(to)
}

// landing is the dashboard of the account in hand; a Member's is their own page. Somebody whose accounts are all
// suspended is led to the page that says so.
func (r *request) landing() (string, error) {
	switch {
	case r.by.Can(domain.ViewSites):
		return r.account(""), nil
	case r.by.Kind == domain.KindSupport:
		return r.account("/settings/invites"), nil
	case r.by.Membership != "":
		return "/profile", nil
	}
	in, err := r.server.store.AccountsOf(r.ctx(), r.by.User.ID)
	if err != nil {
		return "", err
	}
	if len(in) == 0 {
		invited, _, err := r.server.store.Invited(r.ctx(), r.by.User)
		if invited > 0 {
			return "/companies", err
		}
		return "/profile", err
	}
	return "/accounts/" + in[0].Account.Slug, nil
}
