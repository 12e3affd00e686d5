package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const ngSupport = "/accounts/" + store.Northgate + "/support"

// grantTo lets an account grant support access for two hours, in place of whatever the demo has.
func (p *portal) grantTo(t *testing.T, email, slug string) domain.SupportGrant {
	t.Helper()
	g, err := p.store.GrantSupport(t.Context(), p.actor(t, email, slug), domain.SupportDraft{Reason: "Invites do not arrive", Hours: "2"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (p *portal) noSupport(t *testing.T) {
	t.Helper()
	storetest.Exec(t, p.store, "delete from support_grants")
}

// The account grants, extends and ends, each told where it stands; a form without a reason comes back as typed.
func TestGrantSupport(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		p.noSupport(t)
		dana := p.as(t, store.Dana)
		dana.get(bwSecurity).see("Northgate Integrators may work in this account", "Not granted now.")
		dana.post(bwSecurity+"/support", "reason", " ", "hours", "8").expect(http.StatusUnprocessableEntity).see("Fill this in.")
		again := dana.post(bwSecurity+"/support", "reason", "Two invites", "hours", "3").expect(http.StatusUnprocessableEntity).see("Choose one of the options.")
		if typed := again.page().Find("#support-grant input[name=reason]").AttrOr("value", ""); typed != "Two invites" {
			t.Errorf("the reason comes back as %q", typed)
		}
		dana.follow(dana.post(bwSecurity+"/support", "reason", "Two invites", "hours", "8")).see("Support access is granted", "Granted by Dana Whitfield", "Reason: Two invites")
		form := dana.get(bwSecurity).page().Find("#support-end").AttrOr("action", "")
		if !strings.HasPrefix(form, bwSecurity+"/support/") {
			t.Fatalf("it is ended at %q", form)
		}
		at := strings.TrimSuffix(form, "/endings")
		dana.follow(dana.post(at+"/extensions", "hours", "24")).see("Support access is extended")
		dana.post(at+"/extensions", "hours", "168").expect(http.StatusUnprocessableEntity).see("Support access ends 7 days from now at the latest.")
		dana.post(bwSecurity+"/support", "reason", "Again", "hours", "8").expect(http.StatusConflict).
			see("Support access is granted already", "Not used: the reason “Again”", "Reason: Two invites")
		samuel := p.as(t, store.Samuel) // who looks, and changes nothing
		if samuel.get(bwSecurity).see("Granted by Dana Whitfield").page().Find("#support-end, #support-extend").Length() != 0 {
			t.Error("a User is offered to end it")
		}
		samuel.post(at + "/endings").expect(http.StatusForbidden)
		dana.follow(dana.post(at+"/endings")).see("Support access is ended", "Ended")
		dana.post(at + "/endings").expect(http.StatusConflict).see("Support access to Brightwater Energy is over")
		nora := p.as(t, store.Nora)
		if nora.get("/accounts/"+store.Northgate+"/settings/security").page().Find("#support-access").Length() != 0 {
			t.Error("a partner is offered to grant itself support access")
		}
	})
}

// Who gives support enters, is Support inside, and nothing else; a form from another context is not taken for here; when the
// account ends it the next request says so, and the session is at home again.
func TestPRIV12_SupportSession(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		p.noSupport(t)
		g := p.grantTo(t, store.Dana, store.Brightwater)
		devon := p.as(t, store.Devon)
		host := "/accounts/" + store.Brightwater
		devon.get(host + "/settings/invites").expect(http.StatusNotFound)
		before := devon.copy()
		devon.follow(devon.post(ngSupport+"/"+g.ID+"/visits")).see("Support session", "in Brightwater Energy, as Devon Ashby of Northgate Integrators. Ends in 2 hours.")
		before.get("/profile").expect(http.StatusSeeOther) // SESS-02: the old secret opens nothing
		for _, path := range []string{"/settings/users", "/settings/invites", "/settings/users/" + p.userID(t, store.Dana, store.Brightwater, store.Samuel)} {
			devon.get(host + path).expect(http.StatusOK)
		}
		// What they view they do not carry away.
		for _, path := range []string{"/settings/users", "/settings/invites"} {
			devon.get(host + path + ".csv").expect(http.StatusForbidden)
			if n := devon.get(host + path).page().Find("a[href*='.csv']").Length(); n != 0 {
				t.Errorf("%s offers %d files", path, n)
			}
		}
		for _, path := range []string{"/settings/security", "/settings/guests", "/settings/roles", "/settings/activity", "/settings/invites/new", "/sites"} {
			devon.get(host + path).expect(http.StatusForbidden)
		}
		if to := devon.get("/").Header.Get("Location"); to != host+"/settings/invites" {
			t.Errorf("at home they are led to %q", to)
		}
		devon.get(ngSupport).expect(http.StatusConflict).see("You are in Brightwater Energy now")
		devon.post(ngSupport, "account", "cobalt", "reason", "x", "hours", "2").expect(http.StatusConflict)
		devon.get("/accounts/" + store.Cobalt).expect(http.StatusNotFound)

		patrick := p.found(t, store.Dana, store.Brightwater, store.Patrick)
		if _, err := p.store.EndSupport(t.Context(), p.actor(t, store.Dana, store.Brightwater), g.ID); err != nil {
			t.Fatal(err)
		}
		devon.post(host+"/settings/invites/revocations", "id", patrick.ID).expect(http.StatusConflict).see("Support access to Brightwater Energy is over")
		if s := p.state(t, store.Dana, store.Brightwater, store.Patrick); s != domain.StatePending {
			t.Errorf("the invite is %s", s)
		}
		devon.get(host + "/settings/invites").expect(http.StatusNotFound)
		devon.get(ngSupport).expect(http.StatusOK)
		devon.post("/support/endings").expect(http.StatusSeeOther)
	})
}

// Support is left by its own door, which is written down, whatever became of the access, and guests do not leave by it.
func TestLeaveSupport(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		p.noSupport(t)
		g := p.grantTo(t, store.Dana, store.Brightwater)
		devon := p.as(t, store.Devon)
		devon.post(ngSupport + "/" + g.ID + "/visits").expect(http.StatusSeeOther)
		there := devon.copy()
		devon.post("/support/endings").expect(http.StatusSeeOther)
		there.get("/profile").expect(http.StatusSeeOther)
		devon.get(ngSupport).expect(http.StatusOK)
		devon.post("/support/endings").expect(http.StatusSeeOther) // from another tab
		devon.get(ngSupport).expect(http.StatusOK)
		if got, want := p.kinds(t, g.ID), []domain.EventKind{domain.SupportLeft, domain.SupportEntered, domain.SupportGranted}; !slices.Equal(got, want) {
			t.Errorf("written down is %q, want %q", got, want)
		}
		lars, m := p.as(t, store.Lars), p.inviteGuest(t, store.Lars)
		lars.follow(lars.post("/companies/" + m.ID + "/acceptances"))
		lars.follow(lars.post("/companies/" + m.ID + "/visits"))
		lars.post("/support/endings").expect(http.StatusNotFound)
		lars.get("/accounts/" + store.Brightwater).expect(http.StatusOK)
	})
}

// An account is asked by its name or a part of it; when several are meant they are offered. Asked again is with what was
// asked before.
func TestAskSupport(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		p.noSupport(t)
		devon := p.as(t, store.Devon)
		ask := func(account string) *answer {
			return devon.post(ngSupport, "account", account, "reason", "Mail trouble", "hours", "8")
		}
		ask("").expect(http.StatusUnprocessableEntity).see("Choose one of your own customers")
		ask("larkspur").expect(http.StatusUnprocessableEntity).see("Choose one of your own customers") // TEN-02: another partner's
		storetest.Exec(t, p.store, "update accounts set name = 'Brightwater Storage', search_text = 'brightwater storage' where slug = 'cobalt'")
		several := ask("brightw").expect(http.StatusUnprocessableEntity).see("Several accounts fit: choose one, or write more of the name.", "Brightwater Energy", "Brightwater Storage", "Mail trouble")
		if n := several.page().Find("#support-ask input[name=meant][value=cobalt]").Length(); n != 1 {
			t.Errorf("Cobalt is offered %d times", n)
		}
		if typed := several.page().Find("#support-ask input[name=account]").AttrOr("value", ""); typed != "brightw" {
			t.Errorf("of the name %q is kept", typed)
		}
		bare := devon.post(ngSupport, "account", "brightw", "meant", store.Cobalt, "reason", " ", "hours", "8").expect(http.StatusUnprocessableEntity).page()
		if kept := bare.Find("#support-ask input[name=account]").AttrOr("value", ""); kept != store.Cobalt {
			t.Errorf("of the one that was chosen %q is kept", kept)
		}
		devon.follow(devon.post(ngSupport, "account", "brightw", "meant", store.Cobalt, "reason", "Mail trouble", "hours", "8")).see("Brightwater Storage was asked for support access")
		storetest.Exec(t, p.store, "delete from support_grants")
		// Two companies of one name: neither is asked in place of the other.
		storetest.Exec(t, p.store, "update accounts set name = 'Brightwater Energy', search_text = 'brightwater energy' where slug = 'cobalt'")
		ask("Brightwater Energy").expect(http.StatusUnprocessableEntity).see("Several accounts fit")
		storetest.Exec(t, p.store, "update accounts set name = 'Cobalt', search_text = 'cobalt' where slug = 'cobalt'")
		one := ask("ENERGY").expect(http.StatusUnprocessableEntity).see("One account fits: choose it if you mean it.", "Brightwater Energy", "Mail trouble")
		if v := one.page().Find("#support-ask input[name=meant]").AttrOr("value", ""); v != store.Brightwater {
			t.Errorf("offered is %q", v)
		}
		if strings.Contains(devon.get(ngSupport).page().Find("#support-table").Text(), "Mail trouble") {
			t.Error("a part of a name has asked somebody")
		}
		devon.follow(devon.post(ngSupport, "account", "ENERGY", "meant", store.Brightwater, "reason", "Mail trouble", "hours", "8")).see("Brightwater Energy was asked for support access", "Mail trouble", "Asked")
		ask("Brightwater Energy").expect(http.StatusUnprocessableEntity).see("waits for its answer already")
		devon.get(ngSupport + "?state=asked").see("Mail trouble")
		if strings.Contains(devon.get(ngSupport+"?state=refused").page().Find("#support-table").Text(), "Mail trouble") {
			t.Error("the filter leaves it in")
		}
		form := devon.get(ngSupport).page().Find("form[action$='/withdrawals']").AttrOr("action", "")
		devon.follow(devon.post(form)).see("The request to Brightwater Energy was taken back", "Ended")
		again := devon.get(ngSupport).page().Find("a[href*='again=']").AttrOr("href", "")
		if got := devon.get(again).page().Find("#support-ask input[name=account]").AttrOr("value", ""); got != "Brightwater Energy" {
			t.Errorf("asked again is %q", got)
		}
		devon.get(ngSupport + "?again=none").expect(http.StatusNotFound)
	})
}

// TEN-06: an address is looked up where access is granted now; its invite is sent again and revoked in two steps, by who
// the asker is inside; once it is over both are as not there.
func TestTEN06_SupportFindsAddresses(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		p.noSupport(t)
		devon := p.as(t, store.Devon)
		look := func(email string) *answer { return devon.get(ngSupport + "?address=" + url.QueryEscape(email)) }
		look(store.Patrick).see("Nothing for " + store.Patrick)
		g := p.grantTo(t, store.Dana, store.Brightwater)
		look(store.Cora).see("Nothing for " + store.Cora)
		page := look(" "+strings.ToUpper(store.Patrick)+" ").see("Patrick Nolan", "Pending", "Failed").page()
		at := strings.TrimSuffix(page.Find("#support-search a[href$='/revocations/new']").AttrOr("href", ""), "/new")
		devon.get(at+"/new").see("Revoke the invite of Patrick Nolan to Brightwater Energy?", "Confirm")
		devon.follow(devon.post(strings.Replace(at, "revocations", "sendings", 1))).see("Invite of Patrick Nolan to Brightwater Energy resent", "Queued")
		devon.post(at, "version", "1").expect(http.StatusConflict) // as it was before
		devon.follow(devon.post(at)).see("Invite of Patrick Nolan to Brightwater Energy revoked", "Revoked")
		devon.post(at).expect(http.StatusConflict).see("Patrick Nolan")
		patrick := p.found(t, store.Dana, store.Brightwater, store.Patrick)
		e := p.latest(t, store.Dana, store.Brightwater, patrick.ID)
		if e.Kind != domain.InviteRevoked || e.ActorName != "Devon Ashby" || e.OnBehalf != "Northgate Integrators" {
			t.Errorf("%+v", e)
		}
		if _, err := p.store.EndSupport(t.Context(), p.actor(t, store.Dana, store.Brightwater), g.ID); err != nil {
			t.Fatal(err)
		}
		look(store.Patrick).see("Nothing for " + store.Patrick)
		devon.get(at + "/new").expect(http.StatusNotFound)
		devon.post(at).expect(http.StatusNotFound)
	})
}

// A foreign partner's grant, and an account's invite that the grant does not reach, are answered as what is not there.
func TestTEN04_ForeignPartner(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		p.noSupport(t)
		theirs, ours := p.grantTo(t, store.Lars, store.Larkspur), p.grantTo(t, store.Dana, store.Brightwater)
		devon, petra := p.as(t, store.Devon), p.as(t, store.Petra)
		wren, noor := p.found(t, store.Lars, store.Larkspur, store.Wren), p.found(t, store.Dana, store.Brightwater, store.Noor)
		if strings.Contains(devon.get(ngSupport).Body, store.Canary) || strings.Contains(devon.get(ngSupport+"?address="+url.QueryEscape(store.Wren)).page().Find("#support-search .rows").Text(), store.Canary) {
			t.Error("another partner's customer is shown")
		}
		for _, path := range []string{"/" + theirs.ID + "/visits", "/" + theirs.ID + "/withdrawals", "/" + theirs.ID + "/invites/" + wren.ID + "/revocations", "/" + ours.ID + "/invites/" + wren.ID + "/revocations"} {
			devon.post(ngSupport + path).expect(http.StatusNotFound)
		}
		petra.post("/accounts/stonecrop/support/" + ours.ID + "/visits").expect(http.StatusNotFound)
		petra.post("/accounts/stonecrop/support/" + ours.ID + "/invites/" + noor.ID + "/sendings").expect(http.StatusNotFound)
		petra.get(ngSupport).expect(http.StatusNotFound)
		for _, path := range []string{"/endings", "/extensions", "/allowances", "/refusals"} {
			p.as(t, store.Cora).post("/accounts/"+store.Cobalt+"/settings/security/support/"+ours.ID+path, "hours", "2").expect(http.StatusNotFound)
		}
	})
}
