package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// AUTH-20: what is sensitive asks for a proof when the last one is older than ten minutes, and goes on with the form.
func TestAUTH20_SensitiveDoorsAskForAProof(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		v := p.as(t, store.Dana)
		secret, _ := v.enrol()
		clock.Advance(10 * time.Minute)
		u := p.person(t, store.Dana)
		for _, path := range []string{appPath, appPath + "/removals", "/profile/recovery-codes"} {
			v.post(path).expect(http.StatusForbidden).see("Is it still you?")
		}
		for _, path := range []string{appPath + "/removals/new", "/profile/recovery-codes/new"} {
			if to := v.get(path).expect(http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(to, "/profile/proofs/new?next=") {
				t.Errorf("%s leads to %s", path, to)
			}
		}
		form := []string{
			"first_name", "Dana", "last_name", "Whitfield", "phone", "+15035559999", "language", "en", "time_zone", "UTC", "version", version(u),
		}
		a := v.post("/profile", form...).expect(http.StatusForbidden)
		page := a.page()
		if got := page.Find("input[type=hidden][name=phone]").AttrOr("value", ""); got != "+15035559999" {
			t.Errorf("the form's value is lost: %q", got)
		}
		if action := page.Find("form#dialog-form").AttrOr("action", ""); action != "/profile" {
			t.Errorf("goes on to %q", action)
		}
		old := v.copy()
		wrong := v.post("/profile", append(form, "proof_password", "wrong wrong wrong")...).expect(http.StatusUnprocessableEntity).see("not your present password")
		if got := wrong.page().Find("input[type=hidden][name=phone]").AttrOr("value", ""); got != "+15035559999" || strings.Contains(wrong.Body, "wrong wrong") {
			t.Errorf("the form's value is lost after a wrong password, or that is sent back: %q", got)
		}
		v.post("/profile", append(form, "proof_password", store.DemoPassword)...).expect(http.StatusSeeOther)
		if got := p.person(t, store.Dana).Phone; got != "+15035559999" {
			t.Errorf("the phone is %s", got)
		}
		old.out() // SESS-02: the id changes
		v.get(appPath + "/removals/new").expect(http.StatusOK)

		clock.Advance(10 * time.Minute)
		to := v.get(appPath + "/removals/new").Header.Get("Location")
		v.get(to).expect(http.StatusOK).see("Is it still you?", "Or a code of your authenticator app")
		if to := v.post(proofsPath, "proof_code", v.code(secret), "next", appPath+"/removals/new").expect(http.StatusSeeOther).Header.Get("Location"); to != appPath+"/removals/new" {
			t.Errorf("led to %s", to)
		}
		v.get(appPath + "/removals/new").expect(http.StatusOK)

		// Without another phone the profile asks for nothing, and nothing leads away from here (INP-05).
		clock.Advance(10 * time.Minute)
		u = p.person(t, store.Dana)
		v.post("/profile", "first_name", "D", "last_name", "W", "phone", u.Phone, "language", "en", "version", version(u)).expect(http.StatusSeeOther)
		if to := v.post(proofsPath, "proof_password", store.DemoPassword, "next", "//evil.example").expect(http.StatusSeeOther).Header.Get("Location"); to != "/profile" {
			t.Errorf("led to %s", to)
		}
		v.post(proofsPath).expect(http.StatusUnprocessableEntity)
	})
}

func version(u domain.User) string { return u.Draft().Version }

func TestDisownASignIn(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		mine, theirs := p.as(t, store.Dana), p.as(t, store.Dana)
		owed := p.owed(t, domain.NewDeviceMail)
		if len(owed) != 1 {
			t.Fatalf("%d mails", len(owed))
		}
		link := "/not-me/" + owed[0].Token
		v := p.visitor(t)
		for range 3 { // mail scanners look (INV-09)
			a := v.get(link).expect(http.StatusOK).see("This wasn’t me", store.Dana, "Chrome on Linux", "192.0.2.0/24")
			if a.Header.Get("Referrer-Policy") != "no-referrer" {
				t.Error("the link goes into a Referer")
			}
		}
		mine.is(store.Dana)
		a := v.post(link).expect(http.StatusSeeOther)
		to := a.Header.Get("Location")
		if !strings.HasPrefix(to, "/reset/") {
			t.Fatalf("led to %s", to)
		}
		mine.out()
		theirs.out()
		v.get(to).expect(http.StatusOK).see("All sessions have ended")
		p.visitor(t).post("/sign-in", "email", store.Dana, "password", store.DemoPassword).expect(http.StatusUnprocessableEntity)
		v.post(to, "password", "seven quiet herons").expect(http.StatusSeeOther)
		p.visitor(t).post("/sign-in", "email", store.Dana, "password", "seven quiet herons").expect(http.StatusSeeOther)
		// One page for every link that does not work.
		v = p.visitor(t)
		same(t, v.get("/not-me/garbage").expect(http.StatusNotFound), v.get(link), "garbage", owed[0].Token)
		v.post(link).expect(http.StatusNotFound)
	})
}
