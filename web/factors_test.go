package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// enrol adds an authenticator app as a person does, and gives its secret and the recovery codes.
func (v *visitor) enrol() (secret string, codes []string) {
	v.t.Helper()
	v.post(appPath).expect(http.StatusSeeOther)
	page := v.get(appPath).expect(http.StatusOK).page()
	if page.Find("svg[role=img] path").AttrOr("d", "") == "" {
		v.t.Error("there is no QR code")
	}
	secret = strings.ReplaceAll(page.Find("#app-secret").Text(), " ", "")
	a := v.post(appPath+"/confirmations", "code", v.code(secret)).expect(http.StatusOK)
	return secret, strings.Fields(a.page().Find("#recovery-codes").Text())
}

// code is what the app shows now.
func (v *visitor) code(secret string) string {
	v.t.Helper()
	code, err := totp.GenerateCode(secret, v.p.store.Now())
	if err != nil {
		v.t.Fatal(err)
	}
	return code
}

// halfway is a visitor who has typed the right password and is asked for the second factor.
func (p *portal) halfway(t *testing.T, email string, form ...string) (*visitor, *answer) {
	t.Helper()
	v := p.visitor(t)
	a := v.post("/sign-in", append([]string{"email", email, "password", store.DemoPassword}, form...)...).expect(http.StatusSeeOther)
	if to := a.Header.Get("Location"); !strings.HasPrefix(to, secondFactorPath) {
		t.Fatalf("sent to %s instead of the second step", to)
	}
	return v, a
}

func TestSecondFactorAtSignIn(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		in := p.as(t, store.Dana)
		elsewhere := p.as(t, store.Dana)
		secret, codes := in.enrol()
		in.is(store.Dana)
		elsewhere.out()
		in.get("/profile").see("Authenticator app", "10 of 10 left")
		if to := in.get(appPath).expect(http.StatusSeeOther).Header.Get("Location"); to != "/profile" {
			t.Errorf("the secret can be read again at %s", to)
		}
		if strings.Contains(in.get("/profile").Body, codes[0]) {
			t.Error("a recovery code is shown again")
		}

		clock.Advance(time.Minute)
		v, a := p.halfway(t, store.Dana, "next", "/profile?x=1")
		if to := a.Header.Get("Location"); to != secondFactorPath+"?next=%2Fprofile%3Fx%3D1" {
			t.Errorf("the way on is lost: %s", to)
		}
		if len(v.cookies) != 1 {
			t.Errorf("a password alone makes the browser known: %v", v.cookies)
		}
		v.follow(a).expect(http.StatusOK).see("One more step")
		v.out() // no rights before it is passed
		for _, path := range []string{"/accounts/brightwater", "/accounts/brightwater/settings/users"} {
			if to := v.get(path).expect(http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(to, "/sign-in") {
				t.Errorf("%s leads to %s", path, to)
			}
		}
		wrong := v.post(secondFactorPath, "code", "123 456", "next", "/profile?x=1").expect(http.StatusUnprocessableEntity).see("does not fit")
		if got := wrong.page().Find("input[name=next]").AttrOr("value", ""); got != "/profile?x=1" {
			t.Errorf("the way on is lost after a wrong code: %q", got)
		}
		half := v.copy()
		code := v.code(secret)
		if to := v.post(secondFactorPath, "code", code, "next", "/profile?x=1").expect(http.StatusSeeOther).Header.Get("Location"); to != "/profile?x=1" {
			t.Errorf("led to %s", to)
		}
		v.is(store.Dana)
		if half.cookies["__Host-session"].Value == v.cookies["__Host-session"].Value {
			t.Error("SESS-02: the session keeps its id")
		}
		if to := half.post(secondFactorPath, "code", code).expect(http.StatusSeeOther).Header.Get("Location"); to != "/sign-in" {
			t.Errorf("the waiting session is not used up: %s", to)
		}
		half.out()
		again, _ := p.halfway(t, store.Dana)
		again.post(secondFactorPath, "code", code).expect(http.StatusUnprocessableEntity)
	})
}

func TestRecoveryCodeAtSignIn(t *testing.T) {
	clocked(t, store.Limits{FreeFailures: 2, WaitFrom: 30 * time.Second}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		in := p.as(t, store.Dana)
		_, codes := in.enrol()
		v, _ := p.halfway(t, store.Dana)
		link := v.get(secondFactorPath+"?next=/profile").page().Find("a:contains('recovery code')").AttrOr("href", "")
		if link != secondFactorPath+"?next=%2Fprofile&recovery=on" {
			t.Errorf("the way to the other kind of code is %s", link)
		}
		v.get(link).expect(http.StatusOK).see("Recovery code", "Use the authenticator app")
		a := v.post(secondFactorPath, "code", strings.ToUpper(codes[3]), "recovery", "on", "next", "/profile")
		v.follow(a).expect(http.StatusOK).see("Signed in with a recovery code", "9 of 10 left")

		v, _ = p.halfway(t, store.Dana)
		v.post(secondFactorPath, "code", codes[3], "recovery", "on").expect(http.StatusUnprocessableEntity).see("used already")
		v.post(secondFactorPath, "code", "123456").expect(http.StatusUnprocessableEntity)
		closed := v.post(secondFactorPath, "code", codes[4], "recovery", "on").expect(http.StatusTooManyRequests).see("Too many attempts")
		if closed.Header.Get("Retry-After") == "" {
			t.Error("AUTH-18: no Retry-After")
		}
		clock.Advance(time.Minute)
		v.post(secondFactorPath, "code", codes[4], "recovery", "on").expect(http.StatusSeeOther)
		v.is(store.Dana)

		// Nobody is asked for a code who has typed no password.
		for _, a := range []*answer{p.visitor(t).get(secondFactorPath), p.visitor(t).post(secondFactorPath, "code", codes[5], "recovery", "on")} {
			if to := a.expect(http.StatusSeeOther).Header.Get("Location"); to != "/sign-in" {
				t.Errorf("a stranger is sent to %s", to)
			}
		}
	})
}

// Whoever accepts an invite with the password of an account comes back to it after the second step.
func TestAcceptingWithASecondFactor(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		secret, _ := p.as(t, store.Cora).enrol()
		clock.Advance(time.Minute)
		m, _ := p.invite(t, store.Dana, store.Brightwater, store.Cora)
		link := "/invites/" + p.store.InviteToken(m.ID, m.Generation)
		v := p.visitor(t)
		a := v.post(link, "password", store.DemoPassword).expect(http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != secondFactorPath+"?next="+url.QueryEscape(link) {
			t.Fatalf("led to %s", to)
		}
		if policy := v.follow(a).expect(http.StatusOK).Header.Get("Referrer-Policy"); policy != "no-referrer" {
			t.Errorf("INV-15: the link goes into a Referer: %s", policy)
		}
		v.follow(v.post(secondFactorPath, "code", v.code(secret), "next", link)).expect(http.StatusOK)
		v.post(link).expect(http.StatusSeeOther)
		v.get("/accounts/brightwater").expect(http.StatusOK)
	})
}

func TestRemoveAppAndRenewCodes(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, _ *storetest.Clock) {
		v := p.as(t, store.Dana)
		_, codes := v.enrol()
		v.get("/profile/recovery-codes/new").expect(http.StatusOK).see("stop working at once")
		fresh := strings.Fields(v.post("/profile/recovery-codes").expect(http.StatusOK).page().Find("#recovery-codes").Text())
		if len(fresh) != domain.RecoveryCodes || fresh[0] == codes[0] {
			t.Errorf("new codes %v", fresh)
		}
		v.get(appPath + "/removals/new").expect(http.StatusOK).see("Your password alone signs you in")
		v.follow(v.post(appPath+"/removals")).see("Authenticator app removed", "Add an authenticator app")
		v.post(appPath + "/removals").expect(http.StatusConflict)
		p.as(t, store.Dana)
		if owed := p.owed(t, domain.FactorsMail); len(owed) != 3 || owed[2].About != "app_removed" {
			t.Errorf("told by %d mails: %+v", len(owed), owed)
		}
	})
}

// An account whose policy asks for a second factor shows those without one how to get it, and nothing else.
func TestEnrolmentIsForced(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		oscar, esp := p.guest(t, oscar), p.siteByCode(t, store.Dana, store.Brightwater, "ESP")
		v := p.as(t, store.Dana)
		from := strconv.FormatInt(p.store.Now().Add(time.Hour).UnixMicro(), 10)
		storetest.Exec(t, p.store, "update accounts set second_factor = 'settings', second_factor_from = "+from+" where slug = 'brightwater'")
		for _, path := range []string{"/accounts/brightwater", "/accounts/brightwater/settings/users", "/profile"} { // not before the day
			v.get(path).expect(http.StatusOK).see("Brightwater Energy asks for a second factor from", "Set up a second factor")
		}
		if told := p.as(t, store.Samuel).get("/accounts/brightwater").expect(http.StatusOK).page().Find("#enrol").Length(); told != 0 {
			t.Error("who changes no settings is told to get one")
		}
		clock.Advance(time.Hour)
		v, other := p.as(t, store.Dana), p.as(t, store.Samuel)
		for _, path := range []string{"", "/sites", "/settings/users", "/settings/invites/new"} {
			v.get("/accounts/brightwater"+path).expect(http.StatusForbidden).see("Brightwater Energy asks for a second factor", "Add an authenticator app")
		}
		v.post("/accounts/brightwater/settings/users/sign-outs", "id", "x").expect(http.StatusForbidden)
		other.get("/accounts/brightwater").expect(http.StatusOK) // a User changes no settings
		if a := v.get("/profile").expect(http.StatusOK); strings.Contains(a.Text(), "Harbor Point Tower") {
			t.Error("the profile shows the account's sites")
		}
		guestsMustEnrol(t, p, oscar, esp)
		v.enrol()
		if told := v.get("/accounts/brightwater").expect(http.StatusOK).page().Find("#enrol").Length(); told != 0 {
			t.Error("who has one is told to get one")
		}
	})
}

// guestsMustEnrol: a guest who changes settings there is let in no further either, and is not locked up: they set one up,
// return or sign out.
func guestsMustEnrol(t *testing.T, p *portal, m domain.Membership, site string) {
	t.Helper()
	inside := func() *visitor {
		t.Helper()
		v := p.as(t, m.Email)
		v.follow(v.post("/companies/"+m.ID+"/visits")).expect(http.StatusForbidden).see("Brightwater Energy asks for a second factor", "Add an authenticator app")
		for _, path := range []string{"", "/sites", "/sites/" + site} {
			v.get("/accounts/brightwater" + path).expect(http.StatusForbidden).see("asks for a second factor")
		}
		v.get("/profile").expect(http.StatusOK).see("You are in Brightwater Energy as a guest (Installer, until ")
		v.get("/companies").expect(http.StatusOK).see("You are here")
		return v
	}
	leaving := inside()
	leaving.post("/sign-out").expect(http.StatusSeeOther)
	leaving.out()
	returning := inside()
	returning.post("/companies/returns").expect(http.StatusSeeOther)
	if text := returning.get("/profile").expect(http.StatusOK).Text(); strings.Contains(text, "You are in Brightwater Energy") {
		t.Error("a guest who has returned is still there")
	}
	enrolling := inside()
	enrolling.enrol()
	enrolling.get("/accounts/brightwater").expect(http.StatusOK)
}

// Beside a second factor eight characters will do; without it again, such a password signs nobody in (safety.md, C6).
func TestShortPasswordBesideASecondFactor(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		const short = "ox lamp 7"
		v := p.as(t, store.Dana)
		v.get("/profile/password").see("At least 12 characters")
		v.post("/profile/password", "current", store.DemoPassword, "password", short).expect(http.StatusUnprocessableEntity).see("At least 12 characters")
		v.enrol()
		v.get("/profile/password").see("At least 8 characters")
		v.post("/profile/password", "current", store.DemoPassword, "password", "ox lamp").expect(http.StatusUnprocessableEntity).see("At least 8 characters: add")
		v.post("/profile/password", "current", store.DemoPassword, "password", short).expect(http.StatusSeeOther)
		if to := p.visitor(t).post("/sign-in", "email", store.Dana, "password", short).expect(http.StatusSeeOther).Header.Get("Location"); to != secondFactorPath {
			t.Errorf("led to %s", to)
		}

		// An account that demands more than usual demands it of everybody.
		storetest.Exec(t, p.store, "update accounts set min_password = 15 where slug = 'brightwater'")
		v.get("/profile/password").see("At least 15 characters")
		v.post("/profile/password", "current", short, "password", "harbor lantern").expect(http.StatusUnprocessableEntity).see("At least 15 characters: add")
		storetest.Exec(t, p.store, "update accounts set min_password = 0 where slug = 'brightwater'")

		v.post(appPath + "/removals").expect(http.StatusSeeOther)
		alone := p.visitor(t)
		alone.post("/sign-in", "email", store.Dana, "password", short).expect(http.StatusUnprocessableEntity).see("too short now that you have no second factor")
		alone.out()
		alone.post("/sign-in", "email", store.Dana, "password", "ox lamp 8").expect(http.StatusUnprocessableEntity).see("do not go together")
		if mailed := p.owed(t, domain.PasswordResetMail); len(mailed) != 1 || mailed[0].To != store.Dana {
			t.Errorf("%d links to set a longer one", len(mailed))
		}
		link := "/reset/" + p.resetToken(t, store.Dana)
		alone.get(link).see("At least 12 characters")
		alone.post(link, "password", "ox lamp 7 ox").expect(http.StatusSeeOther)
		alone.post("/sign-in", "email", store.Dana, "password", "ox lamp 7 ox").expect(http.StatusSeeOther)
		alone.is(store.Dana)
	})
}

// An administrator resets a colleague's second factor from the row or the page, after proving themself again (AUTH-20).
func TestAUTH20ResetSomebodysSecondFactor(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		samuel := p.as(t, store.Samuel)
		secret, _ := samuel.enrol()
		p.as(t, store.Jonas).enrol()
		id, above := p.userID(t, store.Dana, store.Brightwater, store.Samuel), p.userID(t, store.Dana, store.Brightwater, store.Jonas)
		ask, do := bwUsers+"/factor-resets/new?id="+id, bwUsers+"/factor-resets"
		dana := p.as(t, store.Dana)
		page := dana.get(bwUsers + "/" + id).expect(http.StatusOK)
		if page.page().Find("main a[href*='/factor-resets/new?id="+id+"&from=page']").Length() != 1 {
			t.Error("the person's page does not lead there")
		}
		dana.get(bwUsers + "/" + above).expect(http.StatusOK).see("Only somebody above them can reset it")
		row := dana.get(bwUsers + "?q=samuel").page()
		if row.Find("[role=menuitem][href*='/factor-resets/new?id="+id+"']").Length() != 1 {
			t.Error("the row's menu does not lead there")
		}

		clock.Advance(20 * time.Minute)
		if to := dana.get(ask).expect(http.StatusSeeOther).Header.Get("Location"); to != proofsPath+"/new?next="+url.QueryEscape(ask) {
			t.Errorf("led to %s", to)
		}
		back := dana.get(proofsPath + "/new?next=" + url.QueryEscape(ask)).expect(http.StatusOK).page()
		if back.Find("main a[href='"+bwUsers+"']").Length() == 0 {
			t.Error("who gives no proof does not come back to the list")
		}
		asked := dana.post(do, "id", id, "version", "1").expect(http.StatusForbidden)
		if p.user(t, id).Factor != domain.AppFactor || asked.page().Find("input[name=id][value='"+id+"']").Length() != 1 {
			t.Error("reset without a proof, or the form is lost")
		}
		version := strconv.Itoa(p.user(t, id).Version)
		dana.post(do, "id", id, "version", version, "proof_password", "not mine").expect(http.StatusUnprocessableEntity)
		dana.follow(dana.post(do, "id", id, "version", version, "proof_password", store.DemoPassword)).see("The second factor of Samuel Okafor is reset")
		dana.get(ask).expect(http.StatusOK).see("cannot be reset", "Has no second factor")
		dana.get(bwUsers+"/factor-resets/new?id="+above).expect(http.StatusOK).see("cannot be reset", "Only somebody above them")

		samuel.out()
		p.as(t, store.Samuel).get("/profile").expect(http.StatusOK)
		again := p.visitor(t)
		again.post("/sign-in/second-factor", "code", again.code(secret)).expect(http.StatusSeeOther)
		again.out()
		told := p.owed(t, domain.FactorsMail)
		if last := told[len(told)-1]; last.To != store.Samuel || !strings.HasPrefix(last.About, "factors_reset\nDana") {
			t.Errorf("told %+v", last)
		}
		dana.get("/accounts/brightwater/settings/activity").see("Reset the second factor of Samuel Okafor")
	})
}

// Security Settings are applied by who has just proved themself; the page in between keeps what was typed (AUTH-20).
func TestAUTH20SecuritySettingsAskForAProof(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		const security = "/accounts/brightwater/settings/security"
		v := p.as(t, store.Dana)
		clock.Advance(20 * time.Minute)
		watch := storetest.NewWatch(t, p.store, "sessions")
		forms := map[string][]string{
			security:                    {"section", "invites", "version", "1", "invite_days", "10", "who_invites", "account"},
			security + "/domains":       {"version", "1", "domain", "brightwater.example"},
			security + "/confirmations": {},
			security + "/reversions":    {},
		}
		for path, form := range forms {
			page := v.post(path, form...).expect(http.StatusForbidden).page()
			if page.Find("input[name=proof_password]").Length() != 1 || page.Find("form[action='"+path+"']").Length() != 1 || page.Find("main a[href='"+security+"']").Length() == 0 {
				t.Errorf("%s: no proof is asked for", path)
			}
			for i := 0; i < len(form); i += 2 {
				if got := page.Find("input[name="+form[i]+"]").AttrOr("value", ""); got != form[i+1] {
					t.Errorf("%s: %s is %q", path, form[i], got)
				}
			}
		}
		if written := watch.Changes(); len(written) != 0 {
			t.Errorf("written without a proof: %v", written)
		}
		v.get(security).expect(http.StatusOK) // looking needs none
		proved := v.post(security, append(forms[security], "proof_password", store.DemoPassword)...)
		v.follow(proved).see("The settings are saved")
		v.post(security+"/domains", "version", "2", "domain", "brightwater.example").expect(http.StatusSeeOther)
	})
}
