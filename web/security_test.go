package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

const bwSecurity = "/accounts/brightwater/settings/security"

// Each section comes back with what was typed in it, says by its field what is wrong, and nothing is written.
func TestSecurityKeepsWhatWasTyped(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, _ *storetest.Clock) {
		v := p.as(t, store.Dana)
		watch := storetest.NewWatch(t, p.store, "sessions")
		for _, c := range []struct {
			name, field, says string
			form              []string
		}{
			{"a period too long", "invite_days", "A whole number from 1 to 30", []string{"section", "invites", "invite_days", "31", "who_invites", "sites", "reminders", "on"}},
			{"no number", "invite_days", "A whole number from 1 to 30", []string{"section", "invites", "invite_days", "7 days", "who_invites", "account"}},
			{"who invites", "who_invites", "Choose one of the options", []string{"section", "invites", "invite_days", "9", "who_invites", "everybody"}},
			{"a password too short", "min_password", "A whole number from 12 to 64", []string{"section", "passwords", "min_password", "11"}},
			{"a session longer than the server's", "session_idle", "Choose one of the options", []string{"section", "sessions", "session_idle", "120", "session_age", "60"}},
			{"a day that is past", "second_factor_from", "Choose today or a later day", []string{"section", "factors", "second_factor", "everyone", "second_factor_from", "2026-11-01"}},
			{"no day", "second_factor_from", "A date has day, month and year", []string{"section", "factors", "second_factor", "everyone", "second_factor_from", "tomorrow"}},
			// Whoever demands a second factor and has none would be out: at once, or on the day.
			{"oneself out", "second_factor", "otherwise you would lock yourself out", []string{"section", "factors", "second_factor", "settings", "second_factor_from", ""}},
			{"oneself out one day", "second_factor", "otherwise you would lock yourself out", []string{"section", "factors", "second_factor", "everyone", "second_factor_from", "2026-12-24"}},
		} {
			page := v.post(bwSecurity, append(c.form, "version", "1")...).expect(http.StatusUnprocessableEntity).see(c.says).page()
			for i := 2; i < len(c.form); i += 2 {
				field := page.Find("[name=" + c.form[i] + "]")
				got, typed := field.AttrOr("value", ""), c.form[i+1]
				switch {
				case field.Is("select"):
					got = field.Find("[selected]").AttrOr("value", "")
				case field.Is("[type=radio], [type=checkbox]"):
					got = field.Filter("[checked]").AttrOr("value", "")
				}
				if got != typed && c.field != c.form[i] { // what is none of the choices cannot be shown as chosen
					t.Errorf("%s: %s shows %q, typed was %q", c.name, c.form[i], got, typed)
				}
				if got != typed && !field.Is("select, [type=radio]") {
					t.Errorf("%s: %s shows %q, typed was %q", c.name, c.form[i], got, typed)
				}
			}
			if page.Find("#"+c.field+"-e, [name="+c.field+"][aria-invalid=true], [data-invalid] [name="+c.field+"]").Length() == 0 {
				t.Errorf("%s: it does not stand by the field", c.name)
			}
		}
		for _, form := range [][]string{{"section", "none", "version", "1"}, {"version", "1"}} {
			v.post(bwSecurity, form...).expect(http.StatusUnprocessableEntity)
		}

		typed := "not a domain, *.brightwater.example"
		asked := v.get(bwSecurity + "/domains/new?add=" + url.QueryEscape(typed)).expect(http.StatusUnprocessableEntity).page()
		if got := asked.Find("textarea[name=add]").Text(); got != typed {
			t.Errorf("of the domains %q is kept", got)
		}
		// Leaving one's own address out takes a word more.
		own := v.post(bwSecurity+"/domains", "version", "1", "domain", "gridmark.example").expect(http.StatusUnprocessableEntity).see("Your own address, "+store.Dana, "tick that you know it")
		if got := own.page().Find("input[name=domain]").AttrOr("value", ""); got != "gridmark.example" {
			t.Errorf("of the list %q is kept", got)
		}
		if written := watch.Changes(); len(written) != 0 {
			t.Errorf("refused, and written: %v", written)
		}
	})
}

// A form that was opened before the last change keeps what is typed, says beside it what stands there now, and saves nothing;
// sent again it replaces that.
func TestSecurityOverAnOlderVersion(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, _ *storetest.Clock) {
		dana, rosa := p.as(t, store.Dana), p.as(t, store.Rosa)
		rosa.post(bwSecurity, "section", "invites", "version", "1", "invite_days", "12", "who_invites", "account").expect(http.StatusSeeOther)
		late := dana.post(bwSecurity, "section", "invites", "version", "1", "invite_days", "3", "reminders", "on", "who_invites", "sites").expect(http.StatusConflict).
			see("have changed in the meantime")
		page := late.page()
		for field, now := range map[string]string{"invite_days": "There now: 12", "reminders": "There now: OFF", "who_invites": "There now: Administrators of the whole account"} {
			if got := words(page.Find("#" + field + "-h")); got != now {
				t.Errorf("beside %s stands %q", field, got)
			}
		}
		if now := page.Find("#min_password-h, #session_idle-h").Text(); strings.Contains(now, "There now") {
			t.Errorf("of what was not typed it says %q", now)
		}
		form := late.form("#form-invites")
		if got := form.Encode(); got != "invite_days=3&reminders=on&section=invites&version=2&who_invites=sites" {
			t.Errorf("the form comes back as %s", got)
		}
		domains := dana.post(bwSecurity+"/domains", "version", "1", "domain", "gridmark.example", "own", "on").expect(http.StatusConflict).
			see("have changed in the meantime", "There now: None.")
		if got := domains.form("#dialog-form").Encode(); got != "domain=gridmark.example&own=on&version=2" {
			t.Errorf("the list comes back as %s", got)
		}
		dana.post(bwSecurity+"/domains", "version", "1", "domain", "no domain").expect(http.StatusUnprocessableEntity).see("no domain")
		dana.follow(dana.ask(http.MethodPost, bwSecurity, form)).see("The settings are saved")
		if got := dana.get(bwSecurity).page().Find("[name=invite_days]").AttrOr("value", ""); got != "3" {
			t.Errorf("saved are %s days", got)
		}
	})
}

// Guests count where people do: whom a list of domains leaves out is told before it is applied and after, and how many are
// asked for a second factor; a line leads to them.
func TestSecurityTellsOfGuests(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, _ *storetest.Clock) {
		v := p.as(t, store.Dana)
		v.get(bwSecurity).see("5 guests have none and are asked to set one up.", "1 guest has none and is asked to set one up.")
		v.get(bwSecurity+"/domains/new?add=brightwater.example").expect(http.StatusOK).
			see("6 guests would be outside", "Elias Novak", "2 pending invitations to guests could not be accepted any more", store.Hugo, "Cannot be accepted")
		v.follow(v.post(bwSecurity+"/domains", "version", "1", "domain", "brightwater.example"))
		page := v.get(bwSecurity).see("6 guests are outside the allowed domains", "2 pending invitations to guests cannot be accepted").page()
		for _, to := range []string{bwGuests, bwGuests + "?state=pending"} {
			if page.Find("#allowed-domains a[href='"+to+"']").Length() != 1 {
				t.Errorf("nothing leads to %s", to)
			}
			v.get(to).expect(http.StatusOK).see(store.Hugo)
		}
		v.enrol()
		v.post(bwSecurity, "section", "factors", "version", "2", "second_factor", "settings", "second_factor_from", "").expect(http.StatusSeeOther)
		v.get(bwSecurity).see("1 guest has no second factor yet")
	})
}

// What is stricter is on trial: it goes back by itself, without any job, unless its author confirms it from a sign-in
// that is newer; nobody else can.
func TestSecurityTrial(t *testing.T) {
	limits := store.Limits{TrialFor: 10 * time.Minute}
	clocked(t, limits, func(t *testing.T, p *portal, clock *storetest.Clock) {
		restrict := func(v *visitor, version string) {
			t.Helper()
			a := v.post(bwSecurity+"/domains", "version", version, "domain", "gridmark.example", "own", "on")
			v.follow(a).see("On trial until")
		}
		listed := func(v *visitor) bool {
			t.Helper()
			return strings.Contains(v.get(bwSecurity).expect(http.StatusOK).page().Find("#allowed-domains").Text(), "gridmark.example")
		}
		dana, jonas := p.as(t, store.Dana), p.as(t, store.Jonas)
		restrict(dana, "1")
		page := dana.get(bwSecurity).see("These settings go back by themselves").page()
		if page.Find("#trial-confirm").Length() != 0 || page.Find("#trial-sign-out").Length() != 1 {
			t.Error("the session that made the change can confirm it")
		}
		dana.post(bwSecurity + "/confirmations").expect(http.StatusConflict).see("Sign in again first")
		jonas.get(bwSecurity).see("Dana Whitfield made this change")
		jonas.post(bwSecurity + "/confirmations").expect(http.StatusForbidden)
		clock.Advance(9 * time.Minute)
		if !listed(dana) {
			t.Error("it went back too early")
		}
		clock.Advance(time.Minute)
		if listed(dana) {
			t.Error("it did not go back by itself")
		}
		dana = p.as(t, store.Dana)
		dana.post(bwSecurity + "/confirmations").expect(http.StatusConflict) // once it has run out, nothing is left to keep

		// A second time, and confirmed.
		version := dana.get(bwSecurity).page().Find("[name=version]").First().AttrOr("value", "")
		restrict(dana, version) // over what stands again, whether that is written down yet or not
		clock.Advance(time.Second)
		again := p.as(t, store.Dana)
		if again.get(bwSecurity).page().Find("#trial-confirm").Length() != 1 {
			t.Error("a newer sign-in cannot confirm")
		}
		again.follow(again.post(bwSecurity + "/confirmations")).see("The settings are confirmed")
		clock.Advance(20 * time.Minute)
		if !listed(again) {
			t.Error("what was confirmed went back")
		}
		again.post(bwSecurity+"/reversions", "proof_password", store.DemoPassword).expect(http.StatusConflict)

		// Another administrator takes back what is on trial.
		dana = p.as(t, store.Dana)
		version = dana.get(bwSecurity).page().Find("[name=version]").First().AttrOr("value", "")
		dana.post(bwSecurity, "section", "sessions", "version", version, "session_idle", "5", "session_age", "60").expect(http.StatusSeeOther)
		jonas = p.as(t, store.Jonas)
		jonas.follow(jonas.post(bwSecurity + "/reversions")).see("as they were before")
		if got := jonas.get(bwSecurity).page().Find("[name=session_idle] [selected]").AttrOr("value", ""); got != "server" {
			t.Errorf("sessions end after %s minutes", got)
		}
	})
}

// Whoever can only look at the settings sees them, and none of their forms does anything.
func TestSecurityReadOnly(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, _ *storetest.Clock) {
		v := p.as(t, store.Samuel)
		if n := v.get(bwSecurity).expect(http.StatusOK).see("You can look at these settings").page().Find("main form").Length(); n != 0 {
			t.Errorf("%d forms", n)
		}
		watch := storetest.NewWatch(t, p.store, "sessions", "events", "event_sites", "events_text", "event_chains", "counters")
		for _, path := range []string{"", "/domains", "/confirmations", "/reversions"} {
			v.post(bwSecurity+path, "section", "invites", "version", "1", "invite_days", "9", "who_invites", "account", "domain", "a.example").expect(http.StatusForbidden)
		}
		if written := watch.Changes(); len(written) != 0 {
			t.Errorf("written: %v", written)
		}
	})
}
