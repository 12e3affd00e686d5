package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// clocked runs a test on both engines with the demo, a clock to move and limits of its own.
func clocked(t *testing.T, limits store.Limits, test func(t *testing.T, p *portal, clock *storetest.Clock)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			clock := storetest.NewClock(time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC))
			s := storetest.OpenDemo(t, engine, storetest.WithClock(clock), func(c *store.Config) { c.Limits = limits })
			test(t, serve(s), clock)
		})
	}
}

// in reports whether the visitor is signed in, and as whom.
func (v *visitor) in() (email string, in bool) {
	v.t.Helper()
	a := v.get("/profile")
	if a.Status == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
		return "", false
	}
	return a.expect(http.StatusOK).page().Find("#email").AttrOr("value", ""), true
}

// out fails the test if the visitor is signed in.
func (v *visitor) out() {
	v.t.Helper()
	if email, in := v.in(); in {
		v.t.Fatalf("still signed in as %s", email)
	}
}

// is fails the test unless the visitor is signed in with that address.
func (v *visitor) is(want string) {
	v.t.Helper()
	if email, _ := v.in(); email != want {
		v.t.Fatalf("signed in as %q, want %q", email, want)
	}
}

// copy is another browser with the same cookies.
func (v *visitor) copy() *visitor {
	c := v.p.visitor(v.t)
	for name, cookie := range v.cookies {
		c.cookies[name] = cookie
	}
	return c
}

// same fails the test unless two answers differ in nothing but what was sent to them.
func same(t *testing.T, a, b *answer, sentA, sentB string) {
	t.Helper()
	if a.Status != b.Status {
		t.Errorf("status %d and %d", a.Status, b.Status)
	}
	if strings.ReplaceAll(a.Body, sentA, "·") != strings.ReplaceAll(b.Body, sentB, "·") {
		t.Errorf("bodies differ:\n%s\n%s", a.Body, b.Body)
	}
	ha, hb := a.Header.Clone(), b.Header.Clone()
	ha.Del("X-Request-Id")
	hb.Del("X-Request-Id")
	for name := range ha {
		if strings.Join(ha[name], "|") != strings.Join(hb[name], "|") {
			t.Errorf("%s: %q and %q", name, ha[name], hb[name])
		}
	}
	if len(ha) != len(hb) {
		t.Errorf("headers %v and %v", ha, hb)
	}
}

func TestSignIn(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.visitor(t)
		v.get("/sign-in").expect(http.StatusOK).see("Sign in", "Forgot your password?")

		a := v.post("/sign-in", "email", " Dana.Whitfield@Brightwater.Example", "password", store.DemoPassword).expect(http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != "/" {
			t.Errorf("sent to %s", to)
		}
		v.is(store.Dana)
		if to := v.get("/").Header.Get("Location"); to != "/accounts/brightwater" {
			t.Errorf("at home at %s", to)
		}
		if to := v.get("/sign-in?next=/profile").expect(http.StatusSeeOther).Header.Get("Location"); to != "/profile" {
			t.Errorf("who is in already is sent to %s", to)
		}
	})
}

func TestAUTH01_WhoCannotGetInGetsOneAnswer(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		try := func(email, password string) *answer {
			return p.visitor(t).post("/sign-in", "email", email, "password", password, "next", "/profile")
		}
		wrong := try(store.Dana, "not the password at all").expect(http.StatusUnprocessableEntity).see("do not go together")
		for _, email := range []string{"nobody@brightwater.example", store.Noor, store.Aisha, "no address"} {
			same(t, wrong, try(email, store.DemoPassword), store.Dana, email)
		}
		page := wrong.page()
		if got := page.Find("#email").AttrOr("value", ""); got != store.Dana {
			t.Errorf("the address is not kept: %q", got)
		}
		if got := page.Find("#password").AttrOr("value", ""); got != "" || strings.Contains(wrong.Body, "not the password") {
			t.Error("the password is sent back")
		}
		if got := page.Find("input[name=next]").AttrOr("value", ""); got != "/profile" {
			t.Errorf("where they were going is not kept: %q", got)
		}
		if len(wrong.Header["Set-Cookie"]) > 0 {
			t.Error("a failed sign-in sets cookies")
		}
	})
}

func TestSignInMakesPeopleWait(t *testing.T) {
	limits := store.Limits{FreeFailures: 2, WaitFrom: 10 * time.Second, WaitMost: 5 * time.Minute, Failures: 10}
	clocked(t, limits, func(t *testing.T, p *portal, clock *storetest.Clock) {
		v := p.visitor(t)
		fail := func() *answer { return v.post("/sign-in", "email", store.Dana, "password", "wrong wrong wrong") }
		fail().expect(http.StatusUnprocessableEntity)
		fail().expect(http.StatusUnprocessableEntity)
		a := fail().expect(http.StatusTooManyRequests).see("Wait 10 seconds")
		if after := a.Header.Get("Retry-After"); after != "10" {
			t.Errorf("Retry-After %q", after)
		}
		if got := a.page().Find("#email").AttrOr("value", ""); got != store.Dana {
			t.Errorf("the address is not kept: %q", got)
		}
		// The right password waits like any other, and unknown addresses like known ones.
		v.post("/sign-in", "email", store.Dana, "password", store.DemoPassword).expect(http.StatusTooManyRequests)
		for i := range 6 {
			clock.Advance(6 * time.Minute)
			fail().expect(http.StatusUnprocessableEntity)
			if i == 4 {
				fail().expect(http.StatusTooManyRequests).see("Wait 5 minutes")
			}
		}
		clock.Advance(6 * time.Minute)
		fail().expect(http.StatusTooManyRequests).see("Set a new password by mail")
	})
}

func TestSESS01_Cookies(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		a := p.visitor(t).post("/sign-in", "email", store.Dana, "password", store.DemoPassword).expect(http.StatusSeeOther)
		found := map[string]bool{}
		for _, line := range a.Header["Set-Cookie"] {
			name, _, _ := strings.Cut(line, "=")
			found[name] = true
			for _, want := range []string{"; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"} {
				if !strings.Contains(line, want) {
					t.Errorf("%s lacks %s", line, want)
				}
			}
			value, _, _ := strings.Cut(strings.TrimPrefix(line, name+"="), ";")
			if strings.Contains(line, "Domain") || len(value) < 26 || strings.Contains(value, "=") {
				t.Errorf("%s: for this host alone, and at least 128 bits", line)
			}
		}
		if !found["__Host-session"] || !found["__Host-device"] || len(found) != 2 {
			t.Errorf("cookies %v", found)
		}
	})
}

func TestSESS02_SignInChangesTheID(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		old := v.copy()
		old.is(store.Dana)
		v.post("/sign-in", "email", store.Jonas, "password", store.DemoPassword).expect(http.StatusSeeOther)
		if old.cookies["__Host-session"].Value == v.cookies["__Host-session"].Value {
			t.Error("the session keeps its id")
		}
		v.is(store.Jonas)
		old.out()

		// A session that was planted before sign-in is not the one they get.
		planted := p.visitor(t)
		planted.cookies["__Host-session"] = &http.Cookie{Name: "__Host-session", Value: store.NewSecret()}
		victim := planted.copy()
		victim.post("/sign-in", "email", store.Dana, "password", store.DemoPassword).expect(http.StatusSeeOther)
		victim.is(store.Dana)
		planted.out()
	})
}

func TestSESS04_SignOut(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		if cache := v.get("/profile").Header.Get("Cache-Control"); cache != "private, no-store" {
			t.Errorf("the Back button would show it: Cache-Control %q", cache)
		}
		replay := v.copy()
		a := v.post("/sign-out").expect(http.StatusSeeOther)
		if a.Header.Get("Location") != "/sign-in" || !strings.Contains(a.Header.Get("Clear-Site-Data"), `"storage"`) {
			t.Errorf("headers %v", a.Header)
		}
		if _, kept := v.cookies["__Host-session"]; kept {
			t.Error("the cookie stays")
		}
		replay.out()
		v.post("/sign-out").expect(http.StatusSeeOther) // twice is no failure
	})
}

func TestSESS05_SessionsRunOut(t *testing.T) {
	limits := store.Limits{SessionIdle: 10 * time.Minute, SessionAge: time.Hour}
	clocked(t, limits, func(t *testing.T, p *portal, clock *storetest.Clock) {
		idle := p.as(t, store.Dana)
		clock.Advance(10*time.Minute - time.Second)
		idle.is(store.Dana)
		clock.Advance(10*time.Minute + time.Second)
		idle.out()

		busy := p.as(t, store.Dana)
		for range 11 {
			clock.Advance(5 * time.Minute)
			busy.is(store.Dana)
		}
		clock.Advance(5 * time.Minute)
		busy.out()
		// Who was reading comes back to the page after signing in again.
		if to := busy.get("/profile?x=1").Header.Get("Location"); to != "/sign-in?next=%2Fprofile%3Fx%3D1" {
			t.Errorf("sent to %s", to)
		}
	})
}

// AUTH-21, HDR-01, HDR-03: every door that changes something, from every page but ours.
func TestCrossSitePostsAreRefused(t *testing.T) {
	elsewhere := map[string]map[string]string{
		"cross-site":        {"Sec-Fetch-Site": "cross-site"},
		"foreign origin":    {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
		"null origin":       {"Origin": "null", "Sec-Fetch-Site": ""},
		"sandboxed frame":   {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
		"no origin":         {"Origin": "", "Sec-Fetch-Site": ""},
		"sibling subdomain": {"Origin": "https://evil.gatehouse.test", "Sec-Fetch-Site": "same-site"},
		"typed address":     {"Origin": "", "Sec-Fetch-Site": "none"},
		"other scheme":      {"Origin": "http://gatehouse.test", "Sec-Fetch-Site": ""},
	}
	each(t, func(t *testing.T, p *portal) {
		token := p.resetToken(t, store.Dana)
		forms := map[string]url.Values{
			"/sign-in":                  {"email": {store.Jonas}, "password": {store.DemoPassword}},
			"/sign-out":                 {},
			"/forgot":                   {"email": {store.Dana}},
			"/reset/" + token:           {"password": {"seven quiet herons"}},
			"/profile":                  {"first_name": {"Eve"}, "last_name": {"Il"}, "language": {"en"}, "version": {"1"}},
			"/profile/password":         {"current": {store.DemoPassword}, "password": {"seven quiet herons"}},
			"/profile/sessions/endings": {"others": {"on"}},
		}
		v, other := p.as(t, store.Dana), p.as(t, store.Dana)
		for name, headers := range elsewhere {
			v.headers = headers
			for path, form := range forms {
				if a := v.ask(http.MethodPost, path, form); a.Status != http.StatusForbidden || len(a.Header["Set-Cookie"]) > 0 {
					t.Errorf("%s to %s: %d %v", name, path, a.Status, a.Header["Set-Cookie"])
				}
			}
		}
		v.headers = nil
		v.is(store.Dana)
		other.is(store.Dana)
		v.get("/profile").see("Dana Whitfield")
		p.as(t, store.Dana)
		if n := len(p.owed(t, domain.PasswordResetMail)); n != 1 {
			t.Errorf("%d reset mails, want the one asked for", n)
		}
	})
}

// TestFormsOfPagesWithoutReferrer: from a page that sends no referrer a browser posts with the origin "null".
func TestFormsOfPagesWithoutReferrer(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	link := "/reset/" + p.resetToken(t, store.Dana)
	v := p.visitor(t)
	if policy := v.get(link).Header.Get("Referrer-Policy"); policy != "no-referrer" {
		t.Errorf("Referrer-Policy %q (HDR-05)", policy)
	}
	v.headers = map[string]string{"Origin": "null", "Sec-Fetch-Site": "same-origin"}
	v.post(link, "password", "seven quiet herons").expect(http.StatusSeeOther)
}

func TestINP05_NextStaysHere(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	in := p.as(t, store.Dana)
	for _, next := range []string{
		"//evil.example", `/\evil.example`, `\\evil.example`, "https:evil.example", "https://evil.example", "/%2f%2fevil.example", "/%5cevil.example",
		"java\tscript:alert(1)", "/\t/evil.example", "@evil.example", "data:text/html,x", "evil.example", "/\r\nSet-Cookie: x=1", "http:///evil.example",
	} {
		a := p.visitor(t).post("/sign-in", "email", store.Dana, "password", store.DemoPassword, "next", next).expect(http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != "/" {
			t.Errorf("%q leads to %q", next, to)
		}
		if to := in.get("/sign-in?next=" + url.QueryEscape(next)).expect(http.StatusSeeOther).Header.Get("Location"); to != "/" {
			t.Errorf("%q leads somebody who is in to %q", next, to)
		}
		if a := p.visitor(t).get("/sign-in?next=" + url.QueryEscape(next)); a.page().Find("input[name=next]").Length() > 0 {
			t.Errorf("%q is in the form", next)
		}
		if to := p.as(t, store.Dana).post("/sign-out", "next", next).Header.Get("Location"); to != "/sign-in" {
			t.Errorf("%q leads somebody who signs out to %q", next, to)
		}
	}
	a := p.visitor(t).post("/sign-in", "email", store.Dana, "password", store.DemoPassword, "next", "/profile?a=b").expect(http.StatusSeeOther)
	if to := a.Header.Get("Location"); to != "/profile?a=b" {
		t.Errorf("an own path leads to %q", to)
	}
	script := p.visitor(t)
	script.headers = map[string]string{"HX-Request": "true"}
	if to := script.get("/profile").expect(http.StatusUnauthorized).Header.Get("HX-Redirect"); to != "/sign-in" {
		t.Errorf("a script is sent to %q", to)
	}
}

func TestLanguageBeforeSignIn(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	v := p.visitor(t)
	v.headers["Accept-Language"] = "it-IT, en;q=0.5"
	v.get("/sign-in").see("Accedi")
	a := v.get("/sign-in?next=/profile&lang=es").see("Iniciar sesión")
	if href := a.page().Find("a[lang=it]").AttrOr("href", ""); href != "/sign-in?lang=it&next=%2Fprofile" {
		t.Errorf("the link to Italian is %s", href)
	}
	v.get("/sign-in").see("Iniciar sesión") // remembered
	v.post("/sign-in", "email", "x", "password", "y").expect(http.StatusUnprocessableEntity).see("no corresponden")
	v.get("/sign-in?lang=xx").see("Iniciar sesión")
}

func TestHome(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		for email, want := range map[string]string{
			store.Dana: "/accounts/brightwater", store.Nora: "/accounts/northgate", store.Leonard: "/profile", store.Owen: "/accounts/brightwater",
		} {
			v := p.as(t, email)
			if to := v.get("/").expect(http.StatusSeeOther).Header.Get("Location"); to != want {
				t.Errorf("%s is at home at %s, want %s", email, to, want)
			}
		}
		// A Member's page stands in their company and says what they have there.
		a := p.as(t, store.Leonard).get("/profile").expect(http.StatusOK).see("Brightwater Energy", "Member:")
		if n := a.page().Find(".rail nav a").Length(); n != 1 {
			t.Errorf("a Member's rail has %d entries, want their profile", n)
		}
		if to := p.visitor(t).get("/").Header.Get("Location"); to != "/sign-in" {
			t.Errorf("a stranger is sent to %s", to)
		}
	})
}

// owed lists the messages of a kind that are due, claiming them.
func (p *portal) owed(t *testing.T, kind domain.DeliveryKind) []store.Message {
	t.Helper()
	claimed, err := p.store.ClaimDeliveries(t.Context(), store.NewSecret(), time.Nanosecond, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var found []store.Message
	for _, d := range claimed {
		m, err := p.store.Message(t.Context(), d)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			t.Fatal(err)
		}
		if d.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

// resetToken asks for a reset at the door and takes the link's token from the mail.
func (p *portal) resetToken(t *testing.T, email string) string {
	t.Helper()
	p.visitor(t).post("/forgot", "email", email).expect(http.StatusSeeOther)
	token := ""
	for _, m := range p.owed(t, domain.PasswordResetMail) {
		if m.To == email && m.Superseded == "" {
			token = m.Token
		}
	}
	if token == "" {
		t.Fatalf("no mail to %s", email)
	}
	return token
}
