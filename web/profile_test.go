package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// mine is Dana's profile form with some fields changed.
func (p *portal) mine(t *testing.T, changes ...string) url.Values {
	t.Helper()
	u := p.person(t, store.Dana)
	form := url.Values{
		"first_name": {u.FirstName}, "last_name": {u.LastName}, "phone": {u.Phone}, "language": {u.Language}, "time_zone": {u.TimeZone}, "theme": {u.Theme},
		"version": {strconv.Itoa(u.Version)},
	}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return form
}

func TestChangeProfile(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		page := v.get("/profile").expect(http.StatusOK).see("You", "Your access", "Password", "Your sessions").page()
		for _, anchor := range []string{"language", "theme"} {
			if page.Find("#"+anchor).Length() != 1 || page.Find("a[href='/profile#"+anchor+"']").Length() != 1 {
				t.Errorf("the menu does not lead to %s", anchor)
			}
		}
		changed := p.mine(t, "first_name", "Daniela", "language", "es", "theme", "dark", "time_zone", "Europe/Madrid", "phone", "+15035550155")
		a := v.follow(v.ask(http.MethodPost, "/profile", changed)).expect(http.StatusOK).see("Perfil guardado", "Daniela Whitfield")
		html := a.page().Find("html")
		if html.AttrOr("lang", "") != "es" || html.AttrOr("class", "") != "dark" {
			t.Error("the page is not in the language and look just chosen")
		}
		if m := p.found(t, store.Jonas, store.Brightwater, store.Dana); m.FirstName != "Daniela" || m.Phone != "+15035550155" {
			t.Errorf("the account still sees %s, %s", m.FirstName, m.Phone)
		}
	})
}

// AUTH-24, PRIV-04: what the form has no field for is not changed by sending it.
func TestAUTH24_ProfileIgnoresOtherFields(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Samuel)
		u := p.person(t, store.Samuel)
		before := p.found(t, store.Dana, store.Brightwater, store.Samuel)
		v.post("/profile", "first_name", "Samuel", "last_name", "Okafor", "phone", u.Phone, "language", "en", "time_zone", "UTC", "version", strconv.Itoa(u.Version),
			"email", "eve@evil.example", "verified", "true", "status", "active", "role", "admin", "tenant_id", "x", "account_id", "x", "is_support", "1",
			"password", fresh, "password_hash", "x", "id", "x").expect(http.StatusSeeOther)
		after, now := p.found(t, store.Dana, store.Brightwater, store.Samuel), p.person(t, store.Samuel)
		if now.Email != u.Email || now.PasswordHash != u.PasswordHash || now.ID != u.ID || after.Role != before.Role || !after.Scope.Equal(before.Scope) {
			t.Errorf("changed to %+v, %+v", now, after)
		}
	})
}

func TestProfileTellsWhatIsWrong(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	v := p.as(t, store.Dana)
	for name, c := range map[string][2]string{
		"no name": {"first_name", ""}, "a long name": {"last_name", strings.Repeat("x", 101)}, "a phone": {"phone", "+1 503 555 0142"},
		"another country's phone": {"phone", "+34600111222"}, "a language": {"language", "xx"}, "a zone": {"time_zone", "../../etc/passwd"},
	} {
		a := v.ask(http.MethodPost, "/profile", p.mine(t, c[0], c[1])).expect(http.StatusUnprocessableEntity)
		if a.page().Find("#"+c[0]+"-e").Length() != 1 || a.page().Find("p.error").Length() != 1 {
			t.Errorf("%s: not one problem beside its field", name)
		}
		if c[0] == "phone" && a.page().Find("#phone").AttrOr("value", "") != c[1] {
			t.Errorf("%s: not kept", name)
		}
	}
	v.ask(http.MethodPost, "/profile", p.mine(t, "theme", "pink")).expect(http.StatusUnprocessableEntity)
	form := p.mine(t)
	form["first_name"] = []string{"Dana", "Eve"}
	v.ask(http.MethodPost, "/profile", form).expect(http.StatusBadRequest)
}

// RACE-12: two windows, one profile; the second is told what stands there now.
func TestProfileInTwoWindows(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		first, second := p.mine(t, "last_name", "Whitfield-Ames"), p.mine(t, "last_name", "Whitfield-Moor", "theme", "dark")
		v.ask(http.MethodPost, "/profile", first).expect(http.StatusSeeOther)
		v.get("/profile")
		a := v.ask(http.MethodPost, "/profile", second).expect(http.StatusConflict).see("has changed in the meantime", "There now: Whitfield-Ames")
		page := a.page()
		if got := page.Find("#last_name").AttrOr("value", ""); got != "Whitfield-Moor" {
			t.Errorf("what was typed is not kept: %q", got)
		}
		if u := p.person(t, store.Dana); u.LastName != "Whitfield-Ames" || u.Theme != "" {
			t.Errorf("written all the same: %+v", u)
		}
		second.Set("version", page.Find("input[name=version]").AttrOr("value", ""))
		v.ask(http.MethodPost, "/profile", second).expect(http.StatusSeeOther)
		if u := p.person(t, store.Dana); u.LastName != "Whitfield-Moor" {
			t.Errorf("called %s", u.LastName)
		}
		second.Del("version")
		v.ask(http.MethodPost, "/profile", second).expect(http.StatusConflict)
	})
}

// SESS-11: one's own sessions are listed and can be ended; anybody else's is as if it were not there.
func TestSESS11_OwnSessions(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		phone := p.visitor(t)
		phone.from = "198.51.100.77:1"
		phone.headers["User-Agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"
		phone.post("/sign-in", "email", store.Dana, "password", store.DemoPassword).expect(http.StatusSeeOther)
		third, jonas := p.as(t, store.Dana), p.as(t, store.Jonas)

		a := v.get("/profile").see("Chrome on Linux", "this one", "Safari on iPhone", "198.51.100.0/24")
		if strings.Contains(a.Body, "198.51.100.77") {
			t.Error("the whole address is shown")
		}
		id := a.page().Find("button[aria-label='End session Safari on iPhone']").AttrOr("value", "")
		jonas.post("/profile/sessions/endings", "id", id).expect(http.StatusNotFound)
		v.post("/profile/sessions/endings", "id", store.HashSecret("nobody's")).expect(http.StatusNotFound)
		v.post("/profile/sessions/endings").expect(http.StatusNotFound)
		phone.is(store.Dana)

		v.follow(v.post("/profile/sessions/endings", "id", id)).see("1 session ended")
		phone.out()
		third.is(store.Dana)
		v.follow(v.post("/profile/sessions/endings", "others", "on")).see("1 session ended")
		third.out()
		jonas.is(store.Jonas)
		v.is(store.Dana)

		own := v.get("/profile").page().Find("button[name=id]").Length()
		if own != 0 {
			t.Errorf("%d sessions left to end", own)
		}
		v.post("/profile/sessions/endings", "id", store.HashSecret(v.cookies["__Host-session"].Value)).expect(http.StatusSeeOther)
		v.out()
	})
}

// Somebody with no place left keeps nothing but the answer that there is none.
func TestSuspendedPersonIsOut(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Samuel)
		m := p.found(t, store.Dana, store.Brightwater, store.Samuel)
		if _, err := p.store.Suspend(t.Context(), p.actor(t, store.Dana, store.Brightwater), store.Chosen{IDs: []string{m.ID}}); err != nil {
			t.Fatal(err)
		}
		v.out() // SESS-07
		v.post("/sign-in", "email", store.Samuel, "password", store.DemoPassword).expect(http.StatusUnprocessableEntity)
	})
}

func TestPhoneFollowsTheAccounts(t *testing.T) {
	in := func(countries ...string) (list []domain.Belonging) {
		for _, c := range countries {
			list = append(list, domain.Belonging{Account: domain.Account{Country: c}})
		}
		return list
	}
	u := domain.User{Phone: "+34600111222"}
	for _, c := range []struct {
		typed, want string
		in          []domain.Belonging
	}{
		{"+15035550142", "US", in("US")},
		{"+34600333444", "US", in("US")}, // refused by it
		{"+34600333444", "ES", in("US", "ES")},
		{"+34600111222", domain.Anywhere, in("US")}, // stands there already
		{"+34600333444", domain.Anywhere, nil},
	} {
		if got := phoneCountry(u, c.in, c.typed); got != c.want {
			t.Errorf("%s: %s, want %s", c.typed, got, c.want)
		}
	}
}

func TestProfileShowsNotifications(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		page := v.get("/profile").see("For Brightwater Energy. As an administrator you may switch yours.").page()
		if n := page.Find("input.toggle[disabled]").Length(); n != 2 {
			t.Errorf("%d switches to look at, want 2", n)
		}
		change := page.Find("a[aria-label='Change… Notifications']").AttrOr("href", "")
		v.get(change).expect(http.StatusOK)
		member := p.as(t, store.Leonard).get("/profile").see("Its administrators switch them.").page()
		if member.Find("a[aria-label='Change… Notifications']").Length() > 0 {
			t.Error("a Member is led to switch their own")
		}
	})
}

func TestSuspendedAccount(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana, priya, stranger := p.as(t, store.Dana), p.as(t, store.Priya), p.as(t, store.Lars)
		priya.get("/accounts/brightwater").expect(http.StatusOK)
		storetest.Exec(t, p.store, "update accounts set suspended_at = 1 where slug = 'brightwater'")

		dana.get("/accounts/brightwater").expect(http.StatusForbidden).see("Brightwater Energy is suspended")
		if to := dana.get("/").Header.Get("Location"); to != "/accounts/brightwater" {
			t.Errorf("whose accounts are all suspended is led to %s", to)
		}
		dana.get("/profile").expect(http.StatusOK).see("Brightwater Energy", "Suspended")

		// Who is in another account goes on there.
		if to := priya.get("/").Header.Get("Location"); to != "/accounts/cobalt" {
			t.Errorf("led to %s", to)
		}
		// To others it is as if it were not there.
		same(t, stranger.get("/accounts/nowhere"), stranger.get("/accounts/brightwater"), "/accounts/nowhere", "/accounts/brightwater")
	})
}
