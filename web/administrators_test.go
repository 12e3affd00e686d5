package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// northgateAdmins is Admin & Technicians of the demo's partner.
const northgateAdmins = "/accounts/northgate/administrators"

// administrator is somebody of the demo's partner.
func (p *portal) administrator(t *testing.T, email string) domain.Membership {
	t.Helper()
	page, err := p.store.Administrators(t.Context(), p.actor(t, store.Nora, store.Northgate), store.Query{Search: email})
	if err != nil || len(page.Rows) != 1 {
		t.Fatalf("%s: %d rows, %v", email, len(page.Rows), err)
	}
	return page.Rows[0]
}

// staged are the lines that the window "Invite Admins" carries.
func (a *answer) staged() []string {
	return a.page().Find("input[name=staged]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "") })
}

// C10 to C13: what is wrong with the typed is said beside it, what is good is staged, and nothing of the window is lost on
// the way to the message and back.
func TestInviteAdmins(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora := p.as(t, store.Nora)
		typed := url.Values{"type": {"operator"}, "email": {"half@northgate, yara@northgate.example"}, "do": {"add"}}
		a := nora.ask(http.MethodPost, northgateAdmins+"/invites/drafts", typed).expect(http.StatusUnprocessableEntity)
		if got := a.page().Find("#email").AttrOr("value", ""); got != "half@northgate" || strings.Join(a.staged(), "|") != "operator yara@northgate.example" {
			t.Errorf("typed %q, staged %q", got, a.staged())
		}
		// C11: with script "Add" waits for a complete address; what is typed beside "OK" is meant too.
		ok := url.Values{"type": {"operator"}, "email": {"half@northgate"}, "staged": a.staged()}
		part := nora.script(http.MethodPost, northgateAdmins+"/invites/drafts", "dialog", ok).expect(http.StatusUnprocessableEntity)
		if part.page().Find("#admins-add[disabled]").Length() != 1 || len(part.staged()) != 1 {
			t.Error("Add is active beside what cannot be used, or the staged are gone")
		}
		ok.Set("email", "")
		confirm := nora.ask(http.MethodPost, northgateAdmins+"/invites/drafts", ok).expect(http.StatusOK).see("Invite 1 administrator?", "yara@northgate.example")
		again := confirm.form("#admins-form")
		again.Set("again", "1")
		window := nora.ask(http.MethodPost, northgateAdmins+"/invites", again).expect(http.StatusOK)
		if got := window.page().Find("#type option[selected]").AttrOr("value", ""); got != "operator" || len(window.staged()) != 1 {
			t.Errorf("Cancel comes back with the level %q and %q", got, window.staged())
		}
		// Nothing staged, or what this window never wrote: 422 in the dialog, where the list was the target.
		for what, form := range map[string]url.Values{"nobody": {}, "no level of theirs": {"staged": {"nobody eve@northgate.example"}}} {
			part := nora.script(http.MethodPost, northgateAdmins+"/invites", "admin-table", form).expect(http.StatusUnprocessableEntity)
			if part.Header.Get("HX-Retarget") != "#dialog" || part.Header.Get("HX-Reswap") != "innerHTML" {
				t.Errorf("%s: the answer replaces %q", what, part.Header.Get("HX-Retarget"))
			}
		}
		nora.follow(nora.ask(http.MethodPost, northgateAdmins+"/invites", confirm.form("#admins-form"))).see("1 administrator invited")
		if m := p.administrator(t, "yara@northgate.example"); m.Role != domain.RoleOperator || m.State(p.store.Now()) != domain.StatePending {
			t.Errorf("%+v", m)
		}
	})
}

// PRIV-01, PRIV-02: every administrator, over the form: only the levels that the table of product.md gives pass.
func TestPRIV01_OnlyTheLevelsTheInviterMayGive(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		n := 0 // each address is invited once
		for who, levels := range map[string][]string{
			store.Marisol: {"observer", "operator", "partner-admin"}, store.Nora: {"observer", "operator", "partner-admin", "master"},
			store.Devon: nil, store.Sanjay: nil,
		} {
			v := p.as(t, who)
			for _, level := range []string{"observer", "operator", "partner-admin", "master", "member", "user", "admin", "deployer", "support"} {
				n++
				want := map[bool]int{true: http.StatusSeeOther, false: http.StatusUnprocessableEntity}[slices.Contains(levels, level)]
				if levels == nil {
					want = http.StatusForbidden
				}
				email := fmt.Sprintf("n%d@northgate.example", n)
				a := v.ask(http.MethodPost, northgateAdmins+"/invites", url.Values{"staged": {level + " " + email}})
				page, err := p.store.Administrators(t.Context(), p.actor(t, store.Nora, store.Northgate), store.Query{Search: email})
				if err != nil {
					t.Fatal(err)
				}
				if a.Status != want || (len(page.Rows) == 1) != (want == http.StatusSeeOther) {
					t.Errorf("%s gives %s: %d, want %d; %d invited", who, level, a.Status, want, len(page.Rows))
				}
			}
		}
	})
}

// INV-14: over the hourly limit nobody is invited, and the window says so with those that are staged.
func TestInviteAdminsTooMany(t *testing.T) {
	clocked(t, store.Limits{SendsPerHour: 1}, func(t *testing.T, p *portal, _ *storetest.Clock) {
		nora := p.as(t, store.Nora)
		form := url.Values{"type": {"operator"}, "staged": {"operator one@northgate.example", "observer two@northgate.example"}}
		p.unwritten(t, "too many", func() {
			for _, door := range []string{"/invites/drafts", "/invites"} {
				a := nora.ask(http.MethodPost, northgateAdmins+door, form).expect(http.StatusTooManyRequests).see("too many invites within the hour")
				if a.Header.Get("Retry-After") == "" {
					t.Errorf("%s: the answer does not say after how long", door)
				}
				if len(a.staged()) != 2 {
					t.Errorf("%s: staged are %q", door, a.staged())
				}
			}
			part := nora.script(http.MethodPost, northgateAdmins+"/invites", "admin-table", form).expect(http.StatusTooManyRequests)
			if part.Header.Get("HX-Retarget") != "#dialog" || len(part.staged()) != 2 {
				t.Errorf("with script it replaces %q", part.Header.Get("HX-Retarget"))
			}
		})
	})
}

// C35, C37: what is missing in the popup is said in it, and what was filled in is kept; it comes with an answer to what it asks;
// an inviter and whom they invited go together, and nothing is asked about those that go.
func TestDeleteAdmins(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora, marisol, colm := p.as(t, store.Nora), p.administrator(t, store.Marisol), p.administrator(t, store.Colm)
		form := url.Values{"id": {marisol.ID, colm.ID}, "offers": {"revoke"}, "typed": {"no"}}
		popup := nora.get(northgateAdmins+"/deletions/new?"+url.Values{"id": form["id"]}.Encode()).expect(http.StatusOK).see("Delete 2 administrators for good?", "Open invites they have sent")
		if strings.Count(popup.Body, store.Colm) != 1 {
			t.Error("it is asked what becomes of an invite that is deleted itself")
		}
		wrong := nora.ask(http.MethodPost, northgateAdmins+"/deletions", form).expect(http.StatusUnprocessableEntity).see("Type DELETE here to confirm.")
		if wrong.page().Find("input[name=offers][value=revoke][checked]").Length() != 1 || wrong.page().Find("input[name=typed]").AttrOr("value", "") != "no" {
			t.Error("what was filled in is gone")
		}
		form.Set("typed", "DELETE")
		form.Del("offers")
		wrong = nora.ask(http.MethodPost, northgateAdmins+"/deletions", form).expect(http.StatusUnprocessableEntity).see("Choose one of the options.")
		if wrong.page().Find("input[name=offers][checked]").Length() != 0 {
			t.Error("what was not answered is answered")
		}
		if popup.page().Find("input[name=offers][value=adopt][checked]").Length() != 1 {
			t.Error("the popup comes without an answer")
		}
		form = popup.form("#dialog-form")
		form.Set("typed", "DELETE")
		nora.follow(nora.ask(http.MethodPost, northgateAdmins+"/deletions", form)).see("2 administrators deleted")
	})
}

// What cannot be deleted is not asked about: the popup can always be answered.
func TestDeleteAdminsAndOneself(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora := p.as(t, store.Nora)
		nora.follow(nora.post(northgateAdmins+"/invites", "staged", "observer yara@northgate.example"))
		popup := nora.get(northgateAdmins + "/deletions/new?" + url.Values{"id": {p.administrator(t, store.Nora).ID, p.administrator(t, lucia).ID}}.Encode()).expect(http.StatusOK).see("Delete 1 of 2 administrators for good?")
		if popup.page().Find("input[name=offers]").Length() != 0 {
			t.Error("asked about the offers of who stays")
		}
		form := popup.form("#dialog-form")
		form.Set("typed", "delete")
		nora.follow(nora.ask(http.MethodPost, northgateAdmins+"/deletions", form)).see("1 administrator deleted, 1 was not")
	})
}

// The first Admin's offer in a customer's account is asked about with the name of that account.
func TestDeleteAdminsWithOffersAtCustomers(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		p.as(t, store.Devon).post(northgateAccounts, heron...).expect(http.StatusSeeOther)
		p.as(t, store.Nora).get(northgateAdmins+"/deletions/new?id="+p.administrator(t, store.Devon).ID).expect(http.StatusOK).
			see("Open invite they have sent (1)", "alba@heron.example", "Blue Heron, Admin")
	})
}

// TEN-01: one id of another account among good ones makes the whole call 404, and nobody is changed. An older version is
// 409 and shows how it stands now.
func TestAdminsForeignAndStale(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora, operator, admin := p.as(t, store.Nora), p.administrator(t, lucia), p.administrator(t, store.Marisol)
		foreign := p.userID(t, store.Dana, store.Brightwater, store.Samuel)
		for noun, form := range map[string]url.Values{
			"locks": {}, "unlocks": {}, "revocations": {}, "sendings": {}, "passwords": {}, "levels": {"role": {"observer"}}, "deletions": {"typed": {"DELETE"}, "offers": {"revoke"}},
		} {
			good := operator
			if noun == "passwords" { // of those who cannot be locked
				good = admin
			}
			form["id"] = []string{good.ID, foreign}
			p.unwritten(t, noun, func() {
				nora.ask(http.MethodPost, northgateAdmins+"/"+noun, form).expect(http.StatusNotFound)
				form["id"], form["version"] = []string{good.ID}, []string{"99"}
				a := nora.script(http.MethodPost, northgateAdmins+"/"+noun, "admin-table", form).expect(http.StatusConflict)
				if a.Header.Get("HX-Retarget") != "#dialog" || !strings.Contains(a.Body, "This has changed in the meantime") {
					t.Errorf("%s: %q is replaced by %s", noun, a.Header.Get("HX-Retarget"), a.Text())
				}
			})
		}
	})
}

// Without a mail server nobody is asked for a new password, and it is said why, before and after "Confirm".
func TestForcePasswordWithoutMail(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora, marisol := p.as(t, store.Nora), p.administrator(t, store.Marisol)
		const why = "There is no mail server to send the link for a new password"
		popup := nora.get(northgateAdmins+"/passwords/new?id="+marisol.ID).expect(http.StatusOK).see("Marisol Vega cannot be asked for a new password", why)
		if popup.page().Find("#dialog-form").Length() != 0 {
			t.Error("it can be confirmed")
		}
		a := nora.post(northgateAdmins+"/passwords", "id", marisol.ID, "version", "1").expect(http.StatusConflict).see(why)
		if strings.Contains(a.Body, "in the meantime") {
			t.Error("it is said to have changed")
		}
		p.as(t, store.Marisol)
	}, func(c *Config) { c.Mailed = false })
}

// AUTH-26: who has somebody of a partner set a new password neither sees the link nor says the password: it goes to that
// person alone. An Operator does not come so far.
func TestAUTH26_ANewPasswordIsTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora, devon, marisol := p.as(t, store.Nora), p.as(t, store.Devon), p.administrator(t, store.Marisol)
		p.unwritten(t, "an Operator", func() {
			devon.post(northgateAdmins+"/passwords", "id", marisol.ID).expect(http.StatusForbidden)
		})
		const theirs = "what the others have chosen"
		done := nora.post(northgateAdmins+"/passwords", "id", marisol.ID, "version", strconv.Itoa(marisol.Version), "password", theirs, "to", store.Nora).expect(http.StatusSeeOther)
		mails := p.owed(t, domain.PasswordResetMail)
		if len(mails) != 1 || mails[0].To != store.Marisol || mails[0].Token == "" {
			t.Fatalf("%d mails with a link: %+v", len(mails), mails)
		}
		for _, shown := range []*answer{
			done, nora.follow(done), nora.get(northgateAdmins + "?q=marisol"), nora.get(northgateAdmins + ".csv"), nora.get(northgateAdmins + "/" + marisol.ID),
			nora.get("/accounts/" + store.Northgate + "/settings/activity"),
		} {
			if strings.Contains(shown.Body, mails[0].Token) || strings.Contains(shown.Body, "/reset/") {
				t.Errorf("the link is shown: %s", shown.Text())
			}
		}
		v := p.visitor(t)
		for _, password := range []string{theirs, store.DemoPassword, ""} {
			v.post("/sign-in", "email", store.Marisol, "password", password).expect(http.StatusUnprocessableEntity)
		}
		v.post("/reset/"+mails[0].Token, "password", fresh).expect(http.StatusSeeOther)
		v.post("/sign-in", "email", store.Marisol, "password", fresh).expect(http.StatusSeeOther)
	})
}

// A partner's administrators have the same way out as a customer's people: who stands above resets the second factor of who
// has lost theirs, from the row's menu, after proving themself again (AUTH-20).
func TestAUTH20ResetAnAdministratorsSecondFactor(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		p.as(t, store.Devon).enrol()
		devon := p.administrator(t, store.Devon)
		nora := p.as(t, store.Nora)
		ask, do := northgateAdmins+"/factor-resets/new?id="+devon.ID, northgateAdmins+"/factor-resets"
		if nora.get(northgateAdmins+"?q=devon").page().Find("[role=menuitem][href*='/factor-resets/new?id="+devon.ID+"']").Length() != 1 {
			t.Error("the row's menu does not lead there")
		}
		nora.get(ask).expect(http.StatusOK).see("Reset the second factor of Devon Ashby?", "Make sure that it is really them")
		clock.Advance(20 * time.Minute)
		nora.post(do, "id", devon.ID, "version", strconv.Itoa(devon.Version)).expect(http.StatusForbidden)
		if p.administrator(t, store.Devon).Factor != domain.AppFactor {
			t.Error("reset without a proof")
		}
		nora.follow(nora.post(do, "id", devon.ID, "version", strconv.Itoa(devon.Version), "proof_password", store.DemoPassword)).see("The second factor of Devon Ashby is reset")
		if p.administrator(t, store.Devon).Factor != domain.NoFactor {
			t.Error("not reset")
		}
		nora.get(ask).expect(http.StatusOK).see("cannot be reset", "Has no second factor")
	})
}

// "Correct…" in the row of an invitation that waits gives it another level in one step, and it is sent again.
func TestCorrectAnAdministratorsInvite(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora := p.as(t, store.Nora)
		const list = "/accounts/northgate/administrators"
		href := ""
		nora.get(list + "?q=lindgren").page().Find("a[href*='/corrections/new']").Each(func(_ int, a *goquery.Selection) { href = a.AttrOr("href", "") })
		if href == "" {
			t.Fatal("a pending invite has no Correct… in its menu")
		}
		nora.get(href).expect(http.StatusOK).see("Correct the invite of y.lindgren@northgate.example", "Observer", "Master")
		nora.get(href+"&given=1&role=observer").expect(http.StatusOK).see("and send it again?", "Operator", "Observer")
		u, err := url.Parse(href)
		if err != nil {
			t.Fatal(err)
		}
		nora.follow(nora.post(list+"/corrections", "id", u.Query().Get("id"), "role", "observer", "from", "row")).see("is corrected and sent again")
		if row := nora.get(list + "?q=lindgren").page().Find("#admin-table tbody tr").Text(); !strings.Contains(row, "Observer") || !strings.Contains(row, "Pending") {
			t.Errorf("the row says %q", row)
		}
		if n := nora.get(list + "?q=felipe").page().Find("a[href*='/corrections/new']").Length(); n != 0 {
			t.Error("who is in can be corrected")
		}
	})
}
