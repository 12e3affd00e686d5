package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// inviteGuest invites somebody to Brightwater as a guest who may look and configure everywhere.
func (p *portal) inviteGuest(t *testing.T, email string) domain.Membership {
	t.Helper()
	m, err := p.store.InviteGuest(t.Context(), p.actor(t, store.Dana, store.Brightwater), domain.GuestDraft{
		Email: email, Role: string(p.role(t, store.Installer).ID), Active: "on", Workspace: string(domain.GroupsAndDevices),
		May: []string{"view-devices", "configure-devices"}, Places: []string{domain.WholeAccount},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// E14 to E18: who has been invited finds the invitation under Companies, accepts it, enters, and returns; each step in
// and out is a new session secret, and the old one opens nothing (SESS-02).
func TestCompanies(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		lars := p.as(t, store.Lars)
		none, missing := lars.get("/companies").expect(http.StatusNotFound), lars.get("/companiez").expect(http.StatusNotFound)
		if got := missing.Text(); none.Text() != got || strings.Contains(lars.get("/profile").Body, `href="/companies"`) {
			t.Error("who was never invited learns that there is such a section")
		}
		at := "/companies/" + p.inviteGuest(t, store.Lars).ID
		if lars.get("/profile").page().Find(`a[href="/companies"]`).Length() == 0 {
			t.Error("no way leads to the invitation")
		}
		page := lars.get("/companies").see("Brightwater Energy", "Invited by Dana Whitfield", "Answer by").page()
		if page.Find("a[href='"+at+"'][data-in=dialog]").Length() != 1 || page.Find("form[action$='/visits']").Length() != 0 {
			t.Error("the invitation cannot be opened, or its company entered before it is answered")
		}
		page = lars.get(at).see("Invitation of Brightwater Energy", "Invited by Dana Whitfield", "Installer: View, Configure").page()
		if page.Find("form#dialog-form[action='"+at+"/acceptances']").Length() != 1 || page.Find("button[form=dialog-form][formaction='"+at+"/declines']").Length() != 1 {
			t.Error("the invitation cannot be answered")
		}
		lars.post(at + "/visits").expect(http.StatusNotFound)
		lars.get("/accounts/" + store.Brightwater).expect(http.StatusNotFound)

		lars.follow(lars.post(at+"/acceptances")).see("Accepted: you can enter the dashboard of Brightwater Energy", "Enter dashboard")
		lars.post(at + "/acceptances").expect(http.StatusConflict)
		lars.post(at + "/declines").expect(http.StatusConflict)

		home := lars.copy()
		host := "/accounts/" + store.Brightwater
		lars.follow(lars.post(at+"/visits")).see("You are in Brightwater Energy as a guest (Installer)", "Harbor Point Tower", "What this company shares with you.")
		p.as(t, store.Dana).post(bwGuests+"/ends", "id", strings.TrimPrefix(at, "/companies/"), "ends_on", "2027-06-30").expect(http.StatusSeeOther)
		lars.get(host).see("You are in Brightwater Energy as a guest (Installer, until Jun 30, 2027)")
		home.get("/companies").expect(http.StatusSeeOther)
		lars.get("/companies").see("You are here")
		lars.get("/accounts/" + store.Larkspur).expect(http.StatusConflict).see("You are in Brightwater Energy now")
		if lars.get("/").Header.Get("Location") != host {
			t.Error("they are at home elsewhere")
		}

		there := lars.copy()
		lars.follow(lars.follow(lars.post("/companies/returns"))).see(store.Canary + " Clinic")
		there.get(host).expect(http.StatusSeeOther)
		lars.get(host).expect(http.StatusConflict).see("You are in your own account now", "Enter Brightwater Energy again from “Companies”")
		lars.follow(lars.post(at + "/visits"))
		lars.post("/sign-out").expect(http.StatusSeeOther)
		again := p.as(t, store.Lars)
		again.get("/accounts/" + store.Larkspur).expect(http.StatusOK)
	})
}

// SESS-02: however somebody leaves a company, their session goes on under a new secret, and the old one opens nothing:
// they return, twice too, the host ends the access, or they give it up.
func TestSESS02_EveryWayOutOfACompany(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		lars, dana, m := p.as(t, store.Lars), p.as(t, store.Dana), p.inviteGuest(t, store.Lars)
		at := "/companies/" + m.ID
		lars.follow(lars.post(at + "/acceptances"))
		// out is one way out: who it takes home is signed in with another secret than before.
		out := func(how string, leave func()) {
			t.Helper()
			lars.follow(lars.post(at + "/visits")).expect(http.StatusOK).see("You are in Brightwater Energy as a guest")
			there := lars.copy()
			leave()
			if email, in := lars.in(); !in || email != store.Lars {
				t.Fatalf("%s: signed in %v as %q", how, in, email)
			}
			if _, in := there.in(); in {
				t.Errorf("%s: the secret from the company is still good", how)
			}
			lars.get("/accounts/" + store.Larkspur).expect(http.StatusOK)
		}
		out("returned twice", func() {
			lars.post("/companies/returns").expect(http.StatusSeeOther)
			home := lars.copy()
			lars.follow(lars.follow(lars.post("/companies/returns"))).see(store.Canary + " Clinic")
			home.out()
		})
		off, on := func() { dana.post(bwGuests+"/deactivations", "id", m.ID).expect(http.StatusSeeOther) }, func() { dana.post(bwGuests+"/activations", "id", m.ID).expect(http.StatusSeeOther) }
		out("switched off", func() {
			off()
			lars.get("/companies").expect(http.StatusOK)
		})
		on()
		out("switched off, and returned", func() {
			off()
			lars.follow(lars.follow(lars.post("/companies/returns"))).see(store.Canary + " Clinic")
		})
		on()
		out("switched off at a page of the company", func() {
			off()
			lars.get("/accounts/" + store.Brightwater).expect(http.StatusNotFound)
		})
		on()
		out("switched off, and asked for what is theirs", func() {
			off()
			lars.get("/accounts/" + store.Larkspur).expect(http.StatusOK).see(store.Canary + " Clinic")
		})
		on()
		out("given up", func() {
			lars.follow(lars.follow(lars.post(at+"/leavings"))).see("You have left Brightwater Energy", store.Canary+" Clinic")
		})
	})
}

// E15: an invitation that is declined is not accepted any more, and can be sent again.
func TestCompanyIsDeclined(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		lars, m := p.as(t, store.Lars), p.inviteGuest(t, store.Lars)
		at := "/companies/" + m.ID
		lars.follow(lars.post(at+"/declines")).see("Declined the invitation of Brightwater Energy", "Declined")
		if page := lars.get(at).see("Ask Dana Whitfield to send it again").page(); page.Find("main form").Length() != 0 {
			t.Error("what is declined can be answered")
		}
		lars.post(at + "/acceptances").expect(http.StatusConflict)
		lars.post(at + "/visits").expect(http.StatusNotFound)
		p.as(t, store.Dana).post(bwGuests+"/sendings", "id", m.ID).expect(http.StatusSeeOther)
		lars.follow(lars.post(at + "/acceptances")).see("Enter dashboard")
	})
}

// GST-10: somebody else's invitation is answered as one that is not there, whatever is asked of it, and stays as it is.
func TestGST10_ForeignInvitation(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		theirs := p.inviteGuest(t, store.Lars).ID
		accepted := p.guest(t, store.Anais).ID
		elias := p.as(t, store.Elias)
		p.unwritten(t, "somebody else's invitation", func() {
			for _, id := range []string{theirs, accepted} {
				for _, noun := range []string{"/acceptances", "/declines", "/visits", "/leavings"} {
					same(t, elias.post("/companies/"+id+noun).expect(http.StatusNotFound), elias.post("/companies/"+missing+noun), id, missing)
				}
				same(t, elias.get("/companies/"+id).expect(http.StatusNotFound), elias.get("/companies/"+missing), id, missing)
				same(t, elias.get("/companies/"+id+"/leavings/new").expect(http.StatusNotFound), elias.get("/companies/"+missing+"/leavings/new"), id, missing)
			}
		})
	})
}

// E17, GST-07: with two tabs in two contexts a form of the one never writes in the other: not one from home while the
// session stands in a company, not one from a company when it is back home, and not one from another company.
func TestTwoTabsInTwoContexts(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		lars := p.as(t, store.Lars)
		at := "/companies/" + p.inviteGuest(t, store.Lars).ID
		lars.follow(lars.post(at + "/acceptances"))

		device := p.device(t, "HPT", "GH-MTR-20C4-1187")
		host := "/accounts/" + store.Brightwater + "/devices/" + device.ID
		home := "/accounts/" + store.Larkspur + "/settings/security"
		atHome := url.Values{"section": {"invites"}, "version": {"1"}, "invite_days": {"10"}, "reminders": {"on"}, "who_invites": {"account"}}
		inHost := url.Values{"label": {"Renamed by a guest"}, "version": {strconv.Itoa(device.Version)}}
		refused := func(words string, form url.Values, paths ...string) {
			t.Helper()
			for _, path := range paths {
				p.unwritten(t, "a form of the other context", func() {
					lars.ask(http.MethodPost, path, form).expect(http.StatusConflict).see(words)
					lars.script(http.MethodPost, path, "dialog", form).expect(http.StatusConflict)
				})
			}
		}

		lars.follow(lars.post(at + "/visits"))
		refused("You are in Brightwater Energy now", atHome, home)
		lars.ask(http.MethodPost, host, inHost).expect(http.StatusSeeOther) // it is good where it belongs
		inHost.Set("version", strconv.Itoa(device.Version+1))
		inHost.Set("label", "Renamed again")

		lars.follow(lars.post("/companies/returns"))
		refused("You are in your own account now", inHost, host, "/accounts/"+store.Brightwater+"/devices/"+missing)
		lars.ask(http.MethodPost, home, atHome).expect(http.StatusSeeOther)

		anais := p.as(t, store.Anais)
		page, err := p.store.Companies(t.Context(), p.person(t, store.Anais))
		if err != nil || len(page) != 2 {
			t.Fatal(page, err)
		}
		cobalt := page[1]
		if cobalt.Account.Slug != store.Cobalt {
			t.Fatalf("a guest of %s", cobalt.Account.Slug)
		}
		anais.follow(anais.post("/companies/" + cobalt.Membership.ID + "/visits"))
		p.unwritten(t, "a form of another company", func() {
			anais.ask(http.MethodPost, host, inHost).expect(http.StatusConflict).see("You are in Cobalt Field Services now")
		})
	})
}

// Nobody extends their own access: not a person at the host, by their own form or among others, and not a guest, who is
// no one to change it, nor by a place of their own there that they come to later.
func TestNobodyExtendsTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana := p.as(t, store.Dana)
		jonas := p.userID(t, store.Dana, store.Brightwater, store.Jonas)
		dana.post(bwUsers+"/ends", "id", jonas, "ends_on", "2036-01-31").expect(http.StatusSeeOther)
		own := p.as(t, store.Jonas)
		for _, later := range []string{"2036-02-01", ""} {
			p.unwritten(t, "a longer access of one's own", func() {
				form := own.get(bwUsers + "/" + jonas).form("#user-form")
				form.Set("ends_on", later)
				own.ask(http.MethodPost, bwUsers+"/"+jonas, form).expect(http.StatusForbidden)
				own.post(bwUsers+"/ends", "id", jonas, "ends_on", later).expect(http.StatusForbidden)
			})
		}
		own.post(bwUsers+"/ends", "id", jonas, "ends_on", "2036-01-30").expect(http.StatusSeeOther) // shorter is theirs to choose

		oscar := p.guest(t, "oscar.villanueva@villanueva-pv.example")
		guest := p.as(t, oscar.Email)
		guest.follow(guest.post("/companies/" + oscar.ID + "/visits"))
		form := dana.get(bwGuests + "/" + oscar.ID + "/edit").form("#guest-form")
		form.Set("ends_on", "2036-01-31")
		p.unwritten(t, "a guest's own end", func() {
			guest.ask(http.MethodPost, bwGuests+"/"+oscar.ID, form).expect(http.StatusForbidden)
			guest.post(bwGuests+"/ends", "id", oscar.ID, "ends_on", "2036-01-31").expect(http.StatusForbidden)
		})

		_, link := p.invite(t, store.Dana, store.Brightwater, oscar.Email, func(d *domain.InviteDraft) { d.Role = "admin" })
		guest.follow(guest.post("/companies/returns"))
		guest.post(link).expect(http.StatusSeeOther)
		admin := p.as(t, oscar.Email)
		admin.get(bwGuests).expect(http.StatusOK)
		p.unwritten(t, "an Admin's own end as a guest", func() {
			if a := admin.ask(http.MethodPost, bwGuests+"/"+oscar.ID, form); a.Status != http.StatusForbidden && a.Status != http.StatusUnprocessableEntity {
				t.Errorf("by the form: %d", a.Status)
			}
			admin.post(bwGuests+"/ends", "id", oscar.ID, "ends_on", "2036-01-31").expect(http.StatusForbidden)
		})
		if m := p.guest(t, oscar.Email); !m.EndsAt.Equal(oscar.EndsAt) {
			t.Errorf("it ends %s, not %s", m.EndsAt, oscar.EndsAt)
		}
	})
}
