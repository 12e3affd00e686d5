package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const fresh = "seven quiet herons"

func TestAUTH03_ForgottenPasswordsGetOneAnswer(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.visitor(t)
		v.get("/forgot").expect(http.StatusOK).see("Set a new password")
		known := v.post("/forgot", "email", store.Dana).expect(http.StatusSeeOther)
		for _, email := range []string{"nobody@brightwater.example", store.Aisha, store.Noor} {
			same(t, known, p.visitor(t).post("/forgot", "email", email), store.Dana, email)
		}
		v.follow(known).expect(http.StatusOK).see("Look into your mailbox")
		mails := p.owed(t, domain.PasswordResetMail)
		if len(mails) != 1 || mails[0].To != store.Dana || mails[0].Token == "" {
			t.Errorf("%d mails %v, want one to the active account", len(mails), mails)
		}
	})
}

func TestAUTH04_OnlyTheStoredAddressIsMailed(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.visitor(t)
		for name, form := range map[string]url.Values{
			"twice":        {"email": {store.Dana, "eve@evil.example"}},
			"brackets":     {"email[]": {store.Dana, "eve@evil.example"}},
			"comma":        {"email": {store.Dana + ",eve@evil.example"}},
			"line feed":    {"email": {store.Dana + "\neve@evil.example"}},
			"carriage":     {"email": {store.Dana + "\r\nBcc: eve@evil.example"}},
			"space":        {"email": {store.Dana + " eve@evil.example"}},
			"display name": {"email": {"Dana <" + store.Dana + ">"}},
			"nothing":      {},
		} {
			if a := v.ask(http.MethodPost, "/forgot", form); a.Status != http.StatusBadRequest && a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s: status %d", name, a.Status)
			}
		}
		v.headers["Content-Type"] = "application/json"
		v.ask(http.MethodPost, "/forgot", url.Values{"email": {store.Dana}}).expect(http.StatusUnsupportedMediaType)
		v.headers = map[string]string{}
		v.post("/forgot?email="+url.QueryEscape(store.Dana), "other", "x").expect(http.StatusUnprocessableEntity) // INP-09
		if mails := p.owed(t, domain.PasswordResetMail); len(mails) > 0 {
			t.Errorf("mailed %v", mails)
		}
		v.post("/forgot", "email", "dana@").expect(http.StatusUnprocessableEntity).see("one @ and a domain")
	})
}

func TestForgotWithoutMail(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"), func(c *Config) { c.Mailed = false })
	p.visitor(t).get("/forgot").see("This server sends no mail")
}

// AUTH-06, AUTH-08, SESS-09: a reset works once, ends everything, tells the owner and signs nobody in.
func TestResetPassword(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		signedIn := p.as(t, store.Dana)
		token := p.resetToken(t, store.Dana)
		v := p.visitor(t)
		a := v.get("/reset/" + token).expect(http.StatusOK).see("Choose a new password")
		if got := a.page().Find("#email").AttrOr("value", ""); got != store.Dana {
			t.Errorf("for %q", got)
		}
		for password, problem := range map[string]string{
			"":                       "At least 12 characters",
			"too short":              "At least 12 characters",
			"password1234":           "on lists that attackers try first",
			"dana whitfield":         "too easy to guess",
			strings.Repeat("x", 300): "At most 256 characters",
		} {
			a := v.post("/reset/"+token, "password", password).expect(http.StatusUnprocessableEntity)
			if got := a.page().Find("#password-e").Text(); !strings.Contains(got, problem) {
				t.Errorf("%q: %q beside the field", password, got)
			}
			if password != "" && strings.Contains(a.Body, "value=\""+password) {
				t.Errorf("%q is sent back", password)
			}
		}
		a = v.post("/reset/"+token, "password", fresh).expect(http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != "/sign-in" {
			t.Errorf("leads to %s", to)
		}
		v.out()
		v.get("/sign-in").see("Sign in")
		signedIn.out()
		v.post("/sign-in", "email", store.Dana, "password", store.DemoPassword).expect(http.StatusUnprocessableEntity)
		v.post("/sign-in", "email", store.Dana, "password", fresh).expect(http.StatusSeeOther)
		if told := p.owed(t, domain.PasswordChangedMail); len(told) != 1 || told[0].To != store.Dana {
			t.Errorf("told %v", told)
		}
		again := p.visitor(t)
		again.get("/reset/" + token).expect(http.StatusNotFound)
		again.post("/reset/"+token, "password", "three more brass herons").expect(http.StatusNotFound)
		again.post("/sign-in", "email", store.Dana, "password", fresh).expect(http.StatusSeeOther)
	})
}

func TestResetTellsThatItIsDone(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	for name, v := range map[string]*visitor{"a stranger": p.visitor(t), "its owner, signed in": p.as(t, store.Dana), "somebody else": p.as(t, store.Jonas)} {
		a := v.post("/reset/"+p.resetToken(t, store.Dana), "password", fresh+name)
		for a.Status == http.StatusSeeOther {
			a = v.follow(a)
			if strings.Contains(a.Body, "Password set") {
				break
			}
		}
		if !strings.Contains(a.Body, "Password set") && name != "somebody else" {
			t.Errorf("%s is not told: %s", name, a.Text())
		}
	}
}

func TestAUTH06_DeadResets(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dead := func(name, token string) {
			t.Helper()
			v := p.visitor(t)
			v.get("/reset/" + token).expect(http.StatusNotFound)
			v.post("/reset/"+token, "password", fresh).expect(http.StatusNotFound)
			v.post("/sign-in", "email", store.Dana, "password", fresh)
			v.out()
		}
		older := p.resetToken(t, store.Dana)
		newer := p.resetToken(t, store.Dana)
		dead("replaced by a newer one", older)
		v := p.as(t, store.Dana)
		v.post("/profile/password", "current", store.DemoPassword, "password", "three other brass herons").expect(http.StatusSeeOther)
		dead("after a change of the password", newer)
	})
	clocked(t, store.Limits{ResetFor: 10 * time.Minute}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		token := p.resetToken(t, store.Dana)
		v := p.visitor(t)
		clock.Advance(10*time.Minute - time.Second)
		v.get("/reset/" + token).expect(http.StatusOK)
		clock.Advance(2 * time.Second) // opened before, sent after
		v.post("/reset/"+token, "password", fresh).expect(http.StatusNotFound)
		p.as(t, store.Dana)
	})
}

// AUTH-09, AUTH-11: what is not exactly the link is garbage, and one page says so. HDR-05: the address stays here.
func TestAUTH11_AlteredTokens(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		token := p.resetToken(t, store.Dana)
		v := p.visitor(t)
		garbage := v.get("/reset/garbage").expect(http.StatusNotFound)
		last := token[len(token)-1]
		flipped := map[bool]byte{true: 'B', false: 'A'}[last == 'A']
		for _, altered := range []string{
			token[:len(token)-1], token + "A", token + "=", strings.ToUpper(token), strings.ToLower(token), token[:len(token)-1] + string(flipped), token[1:],
			token + "%00", "%20" + token, p.person(t, store.Dana).ID,
		} {
			same(t, garbage, v.get("/reset/"+altered), "", "")
			a := v.post("/reset/"+altered, "password", fresh)
			if a.Status != http.StatusNotFound || a.Body != garbage.Body {
				t.Errorf("%s: POST answers %d, another page than GET", altered, a.Status)
			}
		}
		p.as(t, store.Dana)
		for path, status := range map[string]int{"/reset/garbage": http.StatusNotFound, "/reset/" + token: http.StatusOK, "/set-up/garbage": http.StatusNotFound} {
			if policy := v.get(path).expect(status).Header.Get("Referrer-Policy"); policy != "no-referrer" {
				t.Errorf("%s: Referrer-Policy %q", path, policy)
			}
		}
		if href := garbage.page().Find("a[lang=es]").AttrOr("href", ""); href != "?lang=es" {
			t.Errorf("the link to Spanish is %s", href)
		}
	})
}

// SESS-02, SESS-09: a change of the password ends all other sessions and gives this one another id.
func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v, other := p.as(t, store.Dana), p.as(t, store.Dana)
		v.get("/profile/password").expect(http.StatusOK).see("Change password")
		a := v.post("/profile/password", "current", "not it at all", "password", fresh).expect(http.StatusUnprocessableEntity)
		if a.page().Find("#current-e").Length() != 1 {
			t.Error("nothing beside the present password")
		}
		a = v.post("/profile/password", "current", store.DemoPassword, "password", "password1234").expect(http.StatusUnprocessableEntity)
		if a.page().Find("#password-e").Length() != 1 {
			t.Error("nothing beside the new password")
		}
		other.is(store.Dana)

		old := v.copy()
		a = v.post("/profile/password", "current", store.DemoPassword, "password", fresh).expect(http.StatusSeeOther)
		v.follow(a).see("Password changed", "Your other sessions have ended")
		old.out()
		other.out()
		v.is(store.Dana)
		stranger := p.visitor(t)
		stranger.post("/sign-in", "email", store.Dana, "password", store.DemoPassword).expect(http.StatusUnprocessableEntity)
		stranger.post("/sign-in", "email", store.Dana, "password", fresh).expect(http.StatusSeeOther)
	})
}

func TestChangePasswordInTheDialog(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	v := p.as(t, store.Dana)
	if a := v.script(http.MethodGet, "/profile/password", "dialog", nil).expect(http.StatusOK); a.page().Find("html[lang]").Length() > 0 || a.page().Find("form[action='/profile/password'] #password").Length() != 1 {
		t.Errorf("not the dialog: %s", a.Body)
	}
	wrong := v.script(http.MethodPost, "/profile/password", "safety", url.Values{"current": {"x"}, "password": {fresh}}).expect(http.StatusUnprocessableEntity)
	if wrong.Header.Get("HX-Retarget") != "#dialog" || wrong.page().Find("#current-e").Length() != 1 {
		t.Errorf("the dialog does not stay: %v %s", wrong.Header, wrong.Body)
	}
	v.script(http.MethodPost, "/profile/password", "safety", url.Values{"current": {store.DemoPassword}, "password": {fresh}}).expect(http.StatusSeeOther)
	a := v.script(http.MethodGet, "/profile", "safety", nil).expect(http.StatusOK)
	if a.page().Find("#safety").Length() != 1 || a.page().Find("main").Length() > 0 || !strings.Contains(a.Body, "Password changed") {
		t.Errorf("not the part of the page and the flash: %s", a.Body)
	}
}

// The present password cannot be guessed without end by somebody who found a browser signed in.
func TestChangePasswordMakesPeopleWait(t *testing.T) {
	clocked(t, store.Limits{FreeFailures: 1, WaitFrom: 20 * time.Second}, func(t *testing.T, p *portal, _ *storetest.Clock) {
		v := p.as(t, store.Dana)
		v.post("/profile/password", "current", "not it at all", "password", fresh).expect(http.StatusUnprocessableEntity)
		a := v.post("/profile/password", "current", store.DemoPassword, "password", fresh).expect(http.StatusUnprocessableEntity).see("Wait 20 seconds")
		if after := a.Header.Get("Retry-After"); after != "20" {
			t.Errorf("Retry-After %q", after)
		}
		p.as(t, store.Dana)
	})
}

// person is a demo person as they are stored.
func (p *portal) person(t *testing.T, email string) domain.User {
	t.Helper()
	u, err := p.store.PersonByEmail(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
