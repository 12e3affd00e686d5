package web

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// invite makes an invite as an admin of an account and gives its link. change may alter the draft.
func (p *portal) invite(t *testing.T, by, account, email string, change ...func(*domain.InviteDraft)) (domain.Membership, string) {
	t.Helper()
	d := domain.InviteDraft{
		FirstName: "Mara", LastName: "Oyelaran", Email: email, Role: "user", Scope: []string{domain.WholeAccount}, NotifyEmail: "on", Language: "en",
		Message: "You start on Monday.",
	}
	for _, f := range change {
		f(&d)
	}
	m, err := p.store.CreateInvite(t.Context(), p.actor(t, by, account), d)
	if err != nil {
		t.Fatal(err)
	}
	return m, "/invites/" + p.store.InviteToken(m.ID, m.Generation)
}

// found is a membership as an admin of the account sees it, by address.
func (p *portal) found(t *testing.T, by, account, email string) domain.Membership {
	t.Helper()
	actor := p.actor(t, by, account)
	invites, err := p.store.Invites(t.Context(), actor, store.Query{Search: email})
	if err != nil {
		t.Fatal(err)
	}
	users, err := p.store.Users(t.Context(), actor, store.Query{Search: email})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range append(users.Rows, invites.Rows...) {
		if m.Email == email {
			return m
		}
	}
	t.Fatalf("no membership of %s", email)
	return domain.Membership{}
}

func (p *portal) state(t *testing.T, by, account, email string) domain.State {
	t.Helper()
	return p.found(t, by, account, email).State(p.store.Now())
}

const mara = "mara.oyelaran@brightwater.example"

var answer1 = []string{"first_name", "Mara", "last_name", "Oyelaran-Voss", "phone", "+15035550188", "password", fresh, "time_zone", "America/Denver"}

// INV-07, INV-17: what is accepted is what was offered, whatever the form says.
func TestAcceptInvite(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		_, link := p.invite(t, store.Dana, store.Brightwater, mara)
		v := p.visitor(t)
		a := v.get(link).expect(http.StatusOK).see("You are invited to", "Brightwater Energy", "User", "Can view anything", "All of Brightwater Energy",
			"No end date", "Dana Whitfield", "Message from Dana Whitfield", "You start on Monday.", "Make your account")
		page := a.page()
		for id, want := range map[string]string{"email": mara, "first_name": "Mara", "last_name": "Oyelaran"} {
			if got := page.Find("#"+id).AttrOr("value", ""); got != want {
				t.Errorf("%s is %q, want %q", id, got, want)
			}
		}
		if _, fixed := page.Find("#email").Attr("readonly"); !fixed || page.Find("input[name=email]").Length() > 0 {
			t.Error("the address can be changed")
		}
		forged := append([]string{
			"email", "eve@evil.example", "role", "admin", "scope", "account", "account", store.Northgate, "user_id", "x", "accepted_at", "1", "status", "active",
		}, answer1...)
		a = v.post(link, forged...).expect(http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != "/accounts/brightwater" {
			t.Errorf("leads to %s", to)
		}
		v.is(mara)
		m := p.found(t, store.Dana, store.Brightwater, mara)
		if m.Role != domain.RoleUser || m.State(p.store.Now()) != domain.StateAccepted || m.LastName != "Oyelaran-Voss" || m.LastSignInAt.IsZero() {
			t.Errorf("joined as %+v", m)
		}
		if u := p.person(t, mara); u.TimeZone != "America/Denver" || u.Phone != "+15035550188" || u.Language != "en" {
			t.Errorf("made %+v", u)
		}
		if a := p.visitor(t).post("/sign-in", "email", "eve@evil.example", "password", fresh); a.Status == http.StatusSeeOther {
			t.Error("the form's address can sign in")
		}
		p.visitor(t).post("/sign-in", "email", mara, "password", fresh).expect(http.StatusSeeOther)
		// INV-01: once.
		p.visitor(t).get(link).expect(http.StatusNotFound)
		p.visitor(t).post(link, answer1...).expect(http.StatusNotFound)
	})
}

func TestAcceptInviteTellsWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		_, link := p.invite(t, store.Dana, store.Brightwater, mara, func(d *domain.InviteDraft) { d.NotifyText, d.Phone = "on", "+15035550100" })
		v := p.visitor(t)
		for name, c := range map[string]struct {
			change []string
			field  string
		}{
			"no first name":       {[]string{"first_name", ""}, "first_name"},
			"a line feed":         {[]string{"last_name", "a\nb"}, "last_name"},
			"nine digits, INV-20": {[]string{"phone", "+1503555019"}, "phone"},
			"dashes":              {[]string{"phone", "+1-503-555-0190"}, "phone"},
			"no phone for texts":  {[]string{"phone", ""}, "phone"},
			"a short password":    {[]string{"password", "short"}, "password"},
			"the company":         {[]string{"password", "brightwater energy"}, "password"},
			"the own address":     {[]string{"password", mara}, "password"},
			"a common one":        {[]string{"password", "password1234"}, "password"},
		} {
			form := url.Values{}
			for i := 0; i < len(answer1); i += 2 {
				form.Set(answer1[i], answer1[i+1])
			}
			form.Set(c.change[0], c.change[1])
			a := v.ask(http.MethodPost, link, form).expect(http.StatusUnprocessableEntity)
			page := a.page()
			if n := page.Find("p.error").Length(); n != 1 || page.Find("#"+c.field+"-e").Length() != 1 {
				t.Errorf("%s: %d problems, %q beside its field", name, n, page.Find("#"+c.field+"-e").Text())
			}
			if got := page.Find("#phone").AttrOr("value", ""); got != form.Get("phone") {
				t.Errorf("%s: the phone is not kept: %q", name, got)
			}
			if strings.Contains(a.Body, fresh) {
				t.Errorf("%s: the password is sent back", name)
			}
		}
		a := v.post(link, "first_name", "", "last_name", "", "phone", "1", "password", "").expect(http.StatusUnprocessableEntity).see("4 things to correct")
		if n := a.page().Find("[role=alert] a.link").Length(); n != 4 {
			t.Errorf("%d links to fields", n)
		}
		v.out()
		if s := p.state(t, store.Dana, store.Brightwater, mara); s != domain.StatePending {
			t.Errorf("%s", s)
		}
		// What the browser tells of itself is nobody's mistake.
		form := append([]string{}, answer1...)
		form[len(form)-1] = "Not/A_Zone"
		v.post(link, form...).expect(http.StatusSeeOther)
	})
}

func TestAcceptInviteOfSomebodyKnown(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		_, link := p.invite(t, store.Dana, store.Brightwater, store.Cora)
		v := p.visitor(t)
		a := v.get(link).expect(http.StatusOK).see("You have an account")
		if n := a.page().Find("#first_name, #phone, .meter").Length(); n > 0 {
			t.Error("somebody who has an account is asked to make one")
		}
		a = v.post(link, "password", "not it at all").expect(http.StatusUnprocessableEntity)
		if a.page().Find("#password-e").Length() != 1 || p.state(t, store.Dana, store.Brightwater, store.Cora) != domain.StatePending {
			t.Error("a wrong password is not refused beside its field")
		}
		v.out()
		// A password that is sent along changes nothing about their account.
		v.post(link, "password", fresh, "first_name", "Eve").expect(http.StatusUnprocessableEntity)
		v.post(link, "password", store.DemoPassword, "first_name", "Eve").expect(http.StatusSeeOther)
		v.is(store.Cora)
		v.get("/profile").see("Brightwater Energy", "Cobalt Field Services", "Cora")
		if u := p.person(t, store.Cora); u.FirstName != "Cora" {
			t.Errorf("now called %s", u.FirstName)
		}
	})
}

func TestAcceptInviteSignedIn(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		_, link := p.invite(t, store.Dana, store.Brightwater, store.Nora, func(d *domain.InviteDraft) { d.Role = "member" })
		v := p.as(t, store.Nora)
		a := v.get(link).expect(http.StatusOK).see("Accept as yourself", store.Nora)
		if n := a.page().Find("main input").Length(); n > 0 {
			t.Errorf("%d fields, want one button", n)
		}
		old := v.copy()
		a = v.post(link).expect(http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != "/profile" {
			t.Errorf("a Member is led to %s", to)
		}
		v.follow(a).see("Welcome to Brightwater Energy", "Your role is Member.")
		if got := v.get("/profile").page().Find(".switcher b").Text(); got != "Brightwater Energy" {
			t.Errorf("in %s", got)
		}
		old.out() // SESS-02
	})
}

// SESS-15, INV-07: somebody else's invite is neither merged nor taken.
func TestSESS15_InviteOfSomebodyElse(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		_, link := p.invite(t, store.Dana, store.Brightwater, mara)
		v := p.as(t, store.Jonas)
		a := v.get(link).expect(http.StatusOK).see("This invitation is for somebody else", mara, store.Jonas)
		if a.page().Find("form[action='"+link+"']").Length() > 0 {
			t.Error("it can be accepted")
		}
		v.post(link, answer1...).expect(http.StatusForbidden).see(mara, store.Jonas)
		v.is(store.Jonas)
		if s := p.state(t, store.Dana, store.Brightwater, mara); s != domain.StatePending {
			t.Fatalf("%s", s)
		}
		form := a.page().Find("form[action='/sign-out']")
		old := v.copy()
		a = v.post("/sign-out", "next", form.Find("input[name=next]").AttrOr("value", "")).expect(http.StatusSeeOther)
		old.out()
		v.follow(a).expect(http.StatusOK).see("Make your account")
		v.post(link, answer1...).expect(http.StatusSeeOther)
		v.is(mara)
	})
}

// INV-02, INV-03: the period counts when the answer arrives, not when the page was opened.
func TestINV03_AnswersAfterThePeriod(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		_, late := p.invite(t, store.Dana, store.Brightwater, mara)
		_, early := p.invite(t, store.Dana, store.Brightwater, "early@brightwater.example")
		v := p.visitor(t)
		v.get(late).expect(http.StatusOK)
		clock.Advance(7*24*time.Hour - time.Second)
		p.visitor(t).post(early, answer1...).expect(http.StatusSeeOther)
		v.get(late).expect(http.StatusOK)
		clock.Advance(time.Second)
		v.post(late, answer1...).expect(http.StatusNotFound).see("cannot be opened")
		v.out()
		v.get(late).expect(http.StatusNotFound)
	})
}

// INV-09: who only looks takes nothing.
func TestINV09_ScannersOpenLinks(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		_, link := p.invite(t, store.Dana, store.Brightwater, mara)
		agents := []string{"Mozilla/5.0 (compatible; SafeLinks)", "Barracuda Sentinel", "Slackbot-LinkExpanding 1.0", "curl/8.5", ""}
		for i := range 50 {
			v := p.visitor(t)
			v.headers = map[string]string{"User-Agent": agents[i%len(agents)], "Purpose": "prefetch", "Sec-Purpose": "prefetch"}
			a := v.ask([]string{http.MethodGet, http.MethodHead, http.MethodOptions}[i%3], link, nil)
			if a.Status >= http.StatusInternalServerError || len(a.Header["Set-Cookie"]) > 0 {
				t.Fatalf("%d %v", a.Status, a.Header)
			}
		}
		if s := p.state(t, store.Dana, store.Brightwater, mara); s != domain.StatePending {
			t.Fatalf("%s", s)
		}
		p.visitor(t).post(link, answer1...).expect(http.StatusSeeOther)
	})
}

// INV-05, INV-06, INV-11, INV-18: whatever is wrong with a link, it is one page.
func TestINV11_DeadLinks(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		token := func(by, account, email string, generation int) string {
			m := p.found(t, by, account, email)
			if generation == 0 {
				generation = m.Generation
			}
			return p.store.InviteToken(m.ID, generation)
		}
		dana := p.actor(t, store.Dana, store.Brightwater)
		gone, link := p.invite(t, store.Rosa, store.Brightwater, mara)
		rosa := p.found(t, store.Dana, store.Brightwater, store.Rosa)
		if _, err := p.store.ChangeRoles(t.Context(), dana, store.Chosen{IDs: []string{rosa.ID}}, "user"); err != nil {
			t.Fatal(err)
		}
		revoked, revokedLink := p.invite(t, store.Dana, store.Brightwater, "revoked@brightwater.example")
		p.visitor(t).get(revokedLink).expect(http.StatusOK)
		if _, err := p.store.Revoke(t.Context(), dana, store.Chosen{IDs: []string{revoked.ID}}); err != nil {
			t.Fatal(err)
		}
		kelly := token(store.Dana, store.Brightwater, store.Kelly, 0)
		p.visitor(t).get("/invites/" + kelly).expect(http.StatusOK)
		dead := map[string]string{
			"expired":          token(store.Dana, store.Brightwater, store.Stefan, 0),
			"revoked":          token(store.Dana, store.Brightwater, store.Tom, 0),
			"revoked just now": strings.TrimPrefix(revokedLink, "/invites/"),
			"used":             token(store.Dana, store.Brightwater, store.Jonas, 0),
			"replaced":         token(store.Dana, store.Brightwater, store.Kelly, 1),
			"not sent yet":     token(store.Dana, store.Brightwater, store.Kelly, 9),
			"inviter demoted":  strings.TrimPrefix(link, "/invites/"),
			"truncated":        kelly[:len(kelly)-1],
			"extended":         kelly + "A",
			"case flipped":     strings.ToUpper(kelly),
			"an id":            gone.ID,
		}
		v := p.visitor(t)
		garbage := v.get("/invites/garbage").expect(http.StatusNotFound).see("cannot be opened", "Ask for a new link")
		for name, token := range dead {
			t.Run(name, func(t *testing.T) {
				same(t, garbage, v.get("/invites/"+token), "garbage", token)
				same(t, garbage, v.post("/invites/"+token, answer1...), "garbage", token)
				asked := v.post("/invites/garbage/requests").expect(http.StatusSeeOther)
				same(t, asked, v.post("/invites/"+token+"/requests"), "garbage", token)
				v.follow(asked).expect(http.StatusOK).see("The sender has been asked")
			})
		}
		same(t, v.post("/invites/garbage/requests"), v.post("/invites/"+kelly+"/requests"), "garbage", kelly)
		v.out()
		to := map[string]int{}
		for _, m := range p.owed(t, domain.InviteAskedMail) {
			to[m.Membership.Email]++
		}
		// Rosa's offer is gone with her right to make it: she cannot send another.
		if len(to) != 3 || to[store.Stefan] != 1 || to[store.Tom] != 1 || to["revoked@brightwater.example"] != 1 {
			t.Errorf("senders asked about %v", to)
		}
		for _, path := range []string{"/invites/garbage", "/invites/" + kelly} { // HDR-05
			if policy := v.get(path).Header.Get("Referrer-Policy"); policy != "no-referrer" {
				t.Errorf("%s: Referrer-Policy %q", path, policy)
			}
		}
	})
}

// RACE-01: however many answers come at once, one of them makes the person and one session.
func TestRACE01_OneAcceptanceWins(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		_, link := p.invite(t, store.Dana, store.Brightwater, mara)
		const n = 20
		status := make([]int, n)
		var start, done sync.WaitGroup
		start.Add(1)
		for i := range n {
			v := p.visitor(t)
			done.Go(func() {
				start.Wait()
				status[i] = v.post(link, answer1...).Status
			})
		}
		start.Done()
		done.Wait()
		won := 0
		for _, s := range status {
			switch s {
			case http.StatusSeeOther:
				won++
			case http.StatusNotFound, http.StatusConflict:
			case http.StatusTooManyRequests: // the account was there already: of those who then sign in at once, five need not wait
			default:
				t.Errorf("status %d", s)
			}
		}
		sessions, err := p.store.SessionsOf(t.Context(), p.person(t, mara).ID)
		if err != nil || won != 1 || len(sessions) != 1 {
			t.Errorf("%d accepted with %d sessions, %v", won, len(sessions), err)
		}
	})
}

func TestInviteSpeaksTheInviteesLanguage(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	_, link := p.invite(t, store.Dana, store.Brightwater, mara, func(d *domain.InviteDraft) { d.Language = "es" })
	v := p.visitor(t)
	v.headers["Accept-Language"] = "it"
	a := v.get(link).see("Te invitan a")
	if href := a.page().Find("a[lang=it]").AttrOr("href", ""); href != "?lang=it" {
		t.Errorf("the link to Italian is %s", href)
	}
	v.get(link + "?lang=it").see("Ti invitano in")
	v.get(link).see("Ti invitano in")
	v.post(link, answer1...).expect(http.StatusSeeOther)
	if u := p.person(t, mara); u.Language != "it" {
		t.Errorf("reads %s", u.Language)
	}
	other := p.visitor(t)
	other.headers["Accept-Language"] = "it"
	other.get("/invites/garbage").see("Questo invito non si può aprire")
}

// HDR-01, HDR-03.
func TestInviteDoorsRefuseCrossSitePosts(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	_, link := p.invite(t, store.Dana, store.Brightwater, mara)
	v := p.visitor(t)
	for _, headers := range []map[string]string{
		{"Origin": "null", "Sec-Fetch-Site": "cross-site"},
		{"Origin": "null", "Sec-Fetch-Site": "same-site"},
		{"Sec-Fetch-Site": "cross-site"},
		{"Origin": "https://evil.gatehouse.test", "Sec-Fetch-Site": "same-site"},
		{"Origin": "null", "Sec-Fetch-Site": ""},
		{"Origin": "", "Sec-Fetch-Site": ""},
	} {
		v.headers = headers
		v.post(link, answer1...).expect(http.StatusForbidden)
		v.post(link + "/requests").expect(http.StatusForbidden)
	}
	if s := p.state(t, store.Dana, store.Brightwater, mara); s != domain.StatePending {
		t.Errorf("%s", s)
	}
	// The page itself has no referrer (HDR-05), so browsers do not name its origin.
	v.headers = map[string]string{"Origin": "null", "Sec-Fetch-Site": "same-origin"}
	v.post(link, answer1...).expect(http.StatusSeeOther)
}
