package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// northgateAccounts is Accounts & Sites of the demo's partner.
const northgateAccounts = "/accounts/northgate/companies"

// client is the id of a customer account.
func (p *portal) client(t *testing.T, slug string) string {
	t.Helper()
	a, err := p.store.AccountBySlug(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

// accountRows are the names on a page of Accounts & Sites.
func (a *answer) accountRows() string {
	return strings.Join(a.page().Find("#account-table tbody tr .c-main .b").Map(func(_ int, s *goquery.Selection) string { return s.Text() }), ", ")
}

var heron = []string{"name", "Blue Heron", "country", "ES", "first_name", "Alba", "last_name", "Ruiz", "email", "alba@heron.example", "language", "es"}

// Accounts & Sites: search, filter, order, and the file of exactly that view; another partner's accounts are in none (TEN-06).
func TestListAccounts(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora := p.as(t, store.Nora)
		page := nora.get(northgateAccounts).expect(http.StatusOK).see("Accounts & Sites", "Brightwater Energy", "United States", "Nora Lindqvist", "Active")
		if got := page.accountRows(); got != "Brightwater Energy, Cobalt Field Services" {
			t.Error(got)
		}
		for query, want := range map[string]string{
			"?sort=-name": "Cobalt Field Services, Brightwater Energy", "?q=cobalt": "Cobalt Field Services", "?state=active": "Brightwater Energy, Cobalt Field Services",
			"?state=suspended": "", "?state=nonsense": "", "?q=" + store.Canary: "", "?q=northgate": "",
		} {
			if got := nora.get(northgateAccounts + query).expect(http.StatusOK).accountRows(); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		nora.post(northgateAccounts + "/" + p.client(t, store.Cobalt) + "/suspensions").expect(http.StatusSeeOther)
		rows := nora.get(northgateAccounts + ".csv?state=suspended").expect(http.StatusOK).csv()
		if len(rows) != 2 || strings.Join(rows[1][:5], "|") != "Cobalt Field Services|United States|2|Suspended|Marisol Vega" {
			t.Errorf("%q", rows)
		}
		if got := p.as(t, store.Petra).get("/accounts/stonecrop/companies").accountRows(); got != "Larkspur "+store.Canary {
			t.Errorf("the other partner has %s", got)
		}
		nora.get(northgateAccounts + "?after=garbage").expect(http.StatusNotFound)
	})
}

// Setting an account up: 422 keeps what was typed, beside the field; then the account's page says who is waited for, and the
// Admin takes it from there. Without a mail server it is said that nothing was mailed.
func TestCreateAccount(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		devon := p.as(t, store.Devon)
		wrong := append([]string{}, heron...)
		wrong[1], wrong[9] = "cobalt field services", "alba@"
		page := devon.post(northgateAccounts, wrong...).expect(http.StatusUnprocessableEntity).see("An address has one @").page()
		if v, _ := page.Find("input[name=first_name]").Attr("value"); v != "Alba" || page.Find("select[name=country] option[selected]").AttrOr("value", "") != "ES" {
			t.Errorf("what was typed is gone: %q", v)
		}
		wrong[9] = heron[9]
		devon.post(northgateAccounts, wrong...).expect(http.StatusUnprocessableEntity).see("You have an account of this name already")
		made := devon.follow(devon.post(northgateAccounts, heron...)).see("Blue Heron is set up", "It waits for its first Admin", "Alba Ruiz, alba@heron.example.", "Spain", "Devon Ashby invited the first Admin of Blue Heron")
		if !strings.Contains(made.Body, "Invite again") {
			t.Error("the invite cannot be sent again")
		}
		at := northgateAccounts + "/" + p.client(t, "blue-heron")
		if v := devon.get(at+"/admins/new").page().Find("input[name=email]").AttrOr("value", ""); v != "alba@heron.example" {
			t.Errorf("offered again to %q", v)
		}
		devon.post(at+"/admins", "first_name", "Bea", "last_name", "Sanz", "email", "", "language", "es").expect(http.StatusUnprocessableEntity)
		devon.follow(devon.post(at+"/admins", "first_name", "Bea", "last_name", "Sanz", "email", "bea@heron.example", "language", "es")).see("Bea Sanz, bea@heron.example.")
		p.as(t, store.Devon).get("/accounts/blue-heron").expect(http.StatusNotFound)
	})
}

// TEN-18: a partner's page of an account tells the names of its sites. Nobody of the account, no device and no invite is
// on it, nor in its history; and to no role of the partner does a door of the account open.
func TestTEN18AccountOfACustomer(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		at := northgateAccounts + "/" + p.client(t, store.Cobalt)
		for _, email := range []string{store.Nora, store.Devon, store.Sanjay} {
			page := p.as(t, email).get(at).expect(http.StatusOK).see("Cobalt Field Services", "Grant Street Works", "North Lot Garage")
			for _, secret := range []string{"Cora", "cobaltfield.example", "Workshop panel", "GH-", "Tacoma", "Priya"} {
				if strings.Contains(page.Body, secret) {
					t.Errorf("%s reads %s", email, secret)
				}
			}
			v := p.as(t, email)
			for _, path := range []string{"", "/sites", "/settings/users", "/settings/invites", "/settings/activity"} {
				v.get("/accounts/cobalt" + path).expect(http.StatusNotFound)
			}
		}
		if p.as(t, store.Nora).get(at + "?q=lot").see("North Lot Garage"); strings.Contains(p.as(t, store.Nora).get(at+"?q=lot").Body, "Grant Street") {
			t.Error("the search of sites leaves nothing out")
		}
		petra := p.as(t, store.Petra)
		foreign, missing := petra.get("/accounts/stonecrop/companies/"+p.client(t, store.Cobalt)), petra.get("/accounts/stonecrop/companies/"+p.client(t, store.Stonecrop))
		if foreign.expect(http.StatusNotFound).Text() != missing.expect(http.StatusNotFound).Text() {
			t.Error("another partner's account is told from none")
		}
		petra.get(at).expect(http.StatusNotFound)
	})
}

// A site is opened in the customer's account; what the form was told is kept when something is wrong.
func TestCreateSiteOfACustomer(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		at := northgateAccounts + "/" + p.client(t, store.Cobalt)
		devon := p.as(t, store.Devon)
		page := devon.post(at+"/sites", "name", "", "code", "qy", "time_zone", "Europe/Madrid").expect(http.StatusUnprocessableEntity).page()
		if page.Find("input[name=code]").AttrOr("value", "") != "qy" {
			t.Error("what was typed is gone")
		}
		devon.follow(devon.post(at+"/sites", "name", "Quay", "code", "qy", "time_zone", "Europe/Madrid")).see("Quay created", "Quay", "QY", "Devon Ashby opened a site of Cobalt Field Services")
		p.as(t, store.Cora).get("/accounts/cobalt/sites").see("Quay")
		p.as(t, store.Sanjay).post(at+"/sites", "name", "Pier").expect(http.StatusForbidden)
	})
}

// Suspending: the question says what stops, the account's people are told by whom, its links are the neutral page, and it
// ends again (INV-18, INV-11).
func TestINV18SuspendAnAccount(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		at := northgateAccounts + "/" + p.client(t, store.Brightwater)
		m := p.found(t, store.Dana, store.Brightwater, store.Noor)
		link := "/invites/" + p.store.InviteToken(m.ID, m.Generation)
		site := p.siteByCode(t, store.Dana, store.Brightwater, "HPT")
		dana, noor, nora := p.as(t, store.Dana), p.visitor(t), p.as(t, store.Nora)
		noor.get(link).expect(http.StatusOK)
		nora.get(at+"/suspensions/new").expect(http.StatusOK).see("Suspend Brightwater Energy?", "Its people and its guests", "Nothing is deleted")
		p.as(t, store.Devon).get(at + "/suspensions/new").expect(http.StatusForbidden)
		nora.follow(nora.post(at+"/suspensions")).see("Brightwater Energy is suspended", "This account is suspended", "Nora Lindqvist suspended Brightwater Energy")
		dana.get("/accounts/brightwater").expect(http.StatusForbidden).see("Brightwater Energy is suspended", "Northgate Integrators suspended it on")
		dana.post("/accounts/brightwater/sites", "name", "Late").expect(http.StatusForbidden)
		dead, garbage := noor.get(link), noor.get("/invites/garbage")
		if dead.Status != garbage.Status || dead.Text() != garbage.Text() {
			t.Error("a link of a suspended account is told from one that never was")
		}
		nora.post(at + "/suspensions").expect(http.StatusConflict).see("The account is suspended")
		nora.post(at+"/sites", "name", "Late").expect(http.StatusConflict)
		nora.get(at + "/colleagues/new?site=" + site).expect(http.StatusConflict)
		nora.follow(nora.post(at + "/resumptions")).see("Brightwater Energy is open again")
		nora.post(at + "/resumptions").expect(http.StatusConflict).see("The account is not suspended")
		dana.get("/accounts/brightwater").expect(http.StatusOK)
		noor.get(link).expect(http.StatusOK)
		dana.get("/accounts/brightwater/settings/activity").see("Suspended Brightwater Energy", "Northgate Integrators")
	})
}

// C14: a colleague is invited to a site from its row, as an invite of the account.
func TestC14InviteAColleague(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		at, site := northgateAccounts+"/"+p.client(t, store.Cobalt), p.siteByCode(t, store.Cora, store.Cobalt, "GSW")
		nora := p.as(t, store.Nora)
		way := nora.get(at).page().Find("a[aria-label='Invite a colleague to Grant Street Works']").AttrOr("href", "")
		if way != at+"/colleagues/new?site="+site {
			t.Fatalf("the row leads to %q", way)
		}
		form := nora.get(way).expect(http.StatusOK).see("Invite a colleague to Grant Street Works", "User", "Deployer User").page()
		if form.Find("select[name=colleague] option[value='"+store.Devon+"']").Length() != 1 || form.Find("select[name=colleague] option[value='"+store.Colm+"']").Length() != 0 {
			t.Error("not exactly those who are in are offered")
		}
		nora.post(at+"/colleagues", "site", site, "role", "deployer").expect(http.StatusUnprocessableEntity)
		for _, wrong := range []string{store.Colm, store.Cora, "x"} {
			nora.post(at+"/colleagues", "site", site, "role", "user", "colleague", wrong).expect(http.StatusUnprocessableEntity).see("Nobody with this address is an active administrator of your company")
		}
		nora.follow(nora.post(at+"/colleagues", "site", site, "role", "deployer", "colleague", store.Devon)).see("Devon Ashby is invited")
		p.as(t, store.Cora).get("/accounts/cobalt/settings/invites").see(store.Devon, "Grant Street Works")
		nora.post(at+"/colleagues", "site", site, "role", "deployer", "colleague", store.Devon).expect(http.StatusUnprocessableEntity).see("Cannot be invited there")
		m := p.found(t, store.Cora, store.Cobalt, store.Devon)
		devon := p.as(t, store.Devon)
		devon.get("/accounts/cobalt").expect(http.StatusNotFound)
		devon.follow(devon.post("/invites/" + p.store.InviteToken(m.ID, m.Generation)))
		devon.get("/accounts/cobalt/sites/" + site).expect(http.StatusOK)
		devon.get("/accounts/cobalt/sites/" + p.siteByCode(t, store.Cora, store.Cobalt, "NLG")).expect(http.StatusNotFound)
		if p.state(t, store.Cora, store.Cobalt, store.Devon) != domain.StateAccepted {
			t.Error("not accepted")
		}
		if as := p.as(t, store.Devon).get(at); strings.Contains(as.Body, "colleagues/new") {
			t.Error("an Operator is offered to invite colleagues")
		}
	})
}

// The partner's front page tells of its accounts, and of no sites of its own.
func TestPartnersDashboard(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		page := p.as(t, store.Sanjay).get("/accounts/northgate").expect(http.StatusOK).see("Accounts", "Administrators", "Open invites", "Newest accounts", "All 2 accounts").page()
		if page.Find(".stats a[href='"+northgateAccounts+"']").Length() != 1 || page.Find(".stats a[href$='/sites']").Length() != 0 {
			t.Error("the figures lead elsewhere")
		}
		if page.Find("nav a[href='"+northgateAccounts+"']").Length() != 1 || p.as(t, store.Dana).get("/accounts/brightwater").page().Find("nav a[href$='/companies']").Length() != 0 {
			t.Error("the rail has Accounts & Sites for others than partners, or not for them")
		}
	})
}

// INV-14: over the hourly limit of the partner no form of Accounts & Sites sends anything, and each says so with what is typed.
func TestINV14_TheHourlyLimitHoldsForAPartner(t *testing.T) {
	clocked(t, store.Limits{SendsPerHour: 1}, func(t *testing.T, p *portal, _ *storetest.Clock) {
		p.noSupport(t)
		devon, nora := p.as(t, store.Devon), p.as(t, store.Nora)
		devon.post(northgateAccounts, heron...).expect(http.StatusSeeOther)
		at := northgateAccounts + "/" + p.client(t, "blue-heron")
		cobalt, site := northgateAccounts+"/"+p.client(t, store.Cobalt), p.siteByCode(t, store.Cora, store.Cobalt, "GSW")
		egret := append([]string{}, heron...)
		egret[1], egret[9] = "White Egret", "alba@egret.example"
		for name, c := range map[string]struct {
			v    *visitor
			path string
			form []string
			kept map[string]string // a control and what it has
		}{
			"account": {devon, northgateAccounts, egret, map[string]string{
				"#name": "White Egret", "#email": "alba@egret.example", "#first_name": "Alba", "#country option[selected]": "ES",
			}},
			"first Admin": {devon, at + "/admins", []string{"first_name", "Bea", "last_name", "Sanz", "email", "bea@heron.example", "language", "it"}, map[string]string{
				"#first_name": "Bea", "#last_name": "Sanz", "#email": "bea@heron.example", "#language option[selected]": "it",
			}},
			"support": {devon, ngSupport, []string{"account", store.Cobalt, "reason", "Mail trouble", "hours", "24"}, map[string]string{
				"#account": "Cobalt Field Services", "input[name=hours][checked]": "24",
			}},
			"colleague": {nora, cobalt + "/colleagues", []string{"site", site, "role", "deployer", "colleague", store.Devon}, map[string]string{
				"#colleague option[selected]": store.Devon, "input[name=role][checked]": "deployer", "input[name=site]": site,
			}},
		} {
			p.unwritten(t, name, func() {
				a := c.v.post(c.path, c.form...).expect(http.StatusTooManyRequests).see("too many invites within the hour")
				if a.Header.Get("Retry-After") == "" {
					t.Errorf("%s: the answer does not say after how long", name)
				}
				for control, want := range c.kept {
					if got := a.page().Find("#main "+control).AttrOr("value", ""); got != want {
						t.Errorf("%s: %s has %q, want %q", name, control, got, want)
					}
				}
			})
		}
	})
}

// A site that is removed while the form for a colleague is open leads back to the account, which says so. What is none of
// this account's was never there.
func TestColleagueForASiteThatIsGone(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		at, site := northgateAccounts+"/"+p.client(t, store.Cobalt), p.siteByCode(t, store.Cora, store.Cobalt, "GSW")
		foreign := p.siteByCode(t, store.Lars, store.Larkspur, store.Canary+"1")
		nora := p.as(t, store.Nora)
		nora.get(at + "/colleagues/new?site=" + site).expect(http.StatusOK)
		storetest.Exec(t, p.store, "update sites set removed_at = 1 where id = '"+site+"'")
		for _, role := range []string{"user", "no role"} {
			back := nora.post(at+"/colleagues", "site", site, "role", role, "colleague", store.Devon).expect(http.StatusSeeOther)
			if to := back.Header.Get("Location"); to != at {
				t.Fatalf("it leads to %s", to)
			}
			nora.follow(back).see("Cobalt Field Services", "The site is not there any more")
			for _, id := range []string{foreign, "none", ""} {
				nora.post(at+"/colleagues", "site", id, "role", role, "colleague", store.Devon).expect(http.StatusNotFound)
			}
		}
		nora.get(at + "/colleagues/new?site=" + site).expect(http.StatusConflict).see("The site is not there any more")
		if m := p.as(t, store.Cora).get("/accounts/cobalt/settings/invites?q=" + store.Devon); strings.Contains(m.Body, "Devon") {
			t.Error("somebody was invited to a site that is gone")
		}
	})
}

// An account that waits for its first Admin tells what became of the message: that it was not delivered and why, not that
// all is well.
func TestMailOfTheFirstAdmin(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		devon := p.as(t, store.Devon)
		devon.post(northgateAccounts, heron...).expect(http.StatusSeeOther)
		at := northgateAccounts + "/" + p.client(t, "blue-heron")
		for _, c := range []struct{ state, reason, see string }{
			{"queued", "", "Queued"}, {"sent", "", "Sent"}, {"failed", "550 no such mailbox", "Failed550 no such mailbox"}, {"not_mailed", domain.ReasonNoServer, "Not mailedNo mail server"},
		} {
			storetest.Exec(t, p.store, "update memberships set mail_state = '"+c.state+"', mail_error = '"+c.reason+"' where email = 'alba@heron.example'")
			if got := words(devon.get(at).see("open until").page().Find("#first-admin-mail")); !strings.HasPrefix(got, c.see) {
				t.Errorf("%s is told as %q", c.state, got)
			}
		}
		storetest.Exec(t, p.store, "update memberships set revoked_at = 1 where email = 'alba@heron.example'")
		if got := devon.get(at).see("not open any more").page().Find("#first-admin-mail").Length(); got != 0 {
			t.Error("the message of an invite that is not open is told")
		}
	})
}

// Without a mail server the links of what a partner offers in an account are copied on its pages, each time written down, and
// a new password, whose link would reach nobody, is not asked for.
func TestWithoutMailAtThePartner(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		devon, nora := p.as(t, store.Devon), p.as(t, store.Nora)
		made := devon.follow(devon.post(northgateAccounts, heron...)).see("nothing was mailed. Copy the link below")
		post := made.page().Find("button[formaction$='/links']").AttrOr("formaction", "")
		devon.post(post).expect(http.StatusOK).see("alba@heron.example").see("https://gatehouse.test/invites/")
		p.as(t, store.Sanjay).post(post).expect(http.StatusForbidden)
		p.as(t, store.Petra).post(strings.Replace(post, store.Northgate, store.Stonecrop, 1)).expect(http.StatusNotFound)
		at := northgateAccounts + "/" + p.client(t, store.Cobalt)
		where := nora.get(at).page().Find("a[href*='/colleagues/new?site=']").AttrOr("href", "")
		_, site, _ := strings.Cut(where, "site=")
		nora.post(at+"/colleagues", "colleague", "felipe.arce@northgate.example", "role", "user", "site", site).expect(http.StatusOK).see("https://gatehouse.test/invites/")
		nora.get("/accounts/northgate/administrators?role=partner-admin").see("There is no mail server to send the link for a new password")
	}, func(c *Config) { c.Mailed = false })
}
