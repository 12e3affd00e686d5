package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
)

const bwGuests = "/accounts/" + store.Brightwater + "/settings/guests"

// guest finds a guest of Brightwater by their address.
func (p *portal) guest(t *testing.T, email string) domain.Membership {
	t.Helper()
	m, found := p.someGuest(t, email)
	if !found {
		t.Fatalf("%s is no guest", email)
	}
	return m
}

func (p *portal) someGuest(t *testing.T, email string) (domain.Membership, bool) {
	t.Helper()
	page, err := p.store.Guests(t.Context(), p.actor(t, store.Dana, store.Brightwater), store.Query{Search: email})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(page.Rows, func(m domain.Membership) bool { return m.Email == email })
	if i < 0 {
		return domain.Membership{}, false
	}
	return page.Rows[i], true
}

// pia is the form "New Guest", filled in for every mode: which part of it counts, the mode says. change sets fields.
func (p *portal) pia(t *testing.T, change ...string) url.Values {
	t.Helper()
	device := p.device(t, "HPT", "GH-MTR-20C4-1187")
	group := domain.Node{Account: device.AccountID, Site: device.SiteID, Group: device.GroupID}.Path()
	form := url.Values{
		"email": {"pia.winther@winther-lifts.example"}, "company": {"Winther Lifts"}, "role": {string(p.role(t, store.Maintenance).ID)}, "active": {"on"}, "ends_on": {"2036-01-31"},
		"workspace": {"all"}, "may": {"view-devices"}, "place": {device.SiteID}, "device": {device.Node().Path()}, "cell": {group + ":export-devices", group + ":view-devices"},
	}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// E12: saving warns that an invitation is about to be sent to that address. Nothing is written before the answer; "Cancel"
// leads back to the form with all that was filled in, with script and without, and "Confirm" sends one mail.
func TestGuestWarning(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		for _, mode := range []string{"all", "groups", "devices"} {
			form := p.pia(t, "workspace", mode, "list", "active=on")
			for _, script := range []bool{false, true} {
				ask := func(fields url.Values) *answer {
					t.Helper()
					if !script {
						return v.ask(http.MethodPost, bwGuests, fields)
					}
					a := v.script(http.MethodPost, bwGuests, "guest-table", fields)
					if a.Header.Get("HX-Retarget") != "#dialog" || a.page().Find("h1").Length() > 0 {
						t.Errorf("script gets more than the window: %q", a.Header.Get("HX-Retarget"))
					}
					return a
				}
				var warning, again *answer
				p.unwritten(t, "the warning", func() {
					warning = ask(form).expect(http.StatusOK)
					warning.see("Send an invitation to pia.winther@winther-lifts.example?", "An e-mail with an invitation is about to be sent to this address.", "Maintenance: View", "Until")
					cancel := warning.page().Find("footer button[form=guest-warning][name=again]")
					if got := words(cancel); got != "Cancel" || cancel.AttrOr("value", "") != "1" {
						t.Fatalf("the safe button is %q", got)
					}
					back := warning.form("#guest-warning")
					back.Set("again", "1")
					again = ask(back).expect(http.StatusOK)
				})
				got := again.form("#guest-form")
				for name, want := range form {
					slices.Sort(got[name])
					if !slices.Equal(got[name], want) {
						t.Errorf("mode %s, script %v: %s was %q and is %q", mode, script, name, want, got[name])
					}
				}
				if again.page().Find("#guest-form [aria-invalid=true], .error").Length() > 0 {
					t.Error("the form comes back with problems")
				}
			}
		}
		v.follow(v.ask(http.MethodPost, bwGuests, v.ask(http.MethodPost, bwGuests, p.pia(t)).form("#guest-warning"))).see("Invitation sent to", "pia.winther@winther-lifts.example")
		if m := p.guest(t, "pia.winther@winther-lifts.example"); m.State(p.store.Now()) != domain.StatePending || m.Company != "Winther Lifts" || m.May().String() != "view-devices" {
			t.Errorf("invited %+v", m)
		}
		if to := p.owedNew(t); !slices.Equal(to, []string{"pia.winther@winther-lifts.example"}) {
			t.Errorf("mails to %q", to)
		}
	})
}

// What is wrong is said before the warning, with what was typed; and a mail is promised only where there is a mail server.
func TestGuestWarningComesLast(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v, good := p.as(t, store.Dana), p.pia(t)
		p.unwritten(t, "a bad form", func() {
			for field, value := range map[string]string{"email": "nobody", "role": "", "ends_on": "2001-01-01", "may": "", "place": missing, "workspace": "some"} {
				form := maps.Clone(good)
				form[field] = []string{value}
				a := v.ask(http.MethodPost, bwGuests, form).expect(http.StatusUnprocessableEntity)
				if a.page().Find("#guest-form").Length() != 1 || strings.Contains(a.Text(), "Send an invitation to") {
					t.Errorf("%s %q: it is warned of what cannot be done", field, value)
				}
			}
		})
	})
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		a := v.ask(http.MethodPost, bwGuests, p.pia(t)).see("Send an invitation to pia.winther@winther-lifts.example?", "There is no mail server: the guest finds it under “Companies”.")
		v.follow(v.ask(http.MethodPost, bwGuests, a.form("#guest-warning"))).see("No mail server: the guest finds the invitation under “Companies”.")
	}, func(c *Config) { c.Mailed = false })
}

// Whoever has accepted is changed at once: no invitation goes out. One who has not is warned of like a new one, keeps the
// version the form was opened at, and gets a new link.
func TestGuestIsSaved(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		elias := p.guest(t, store.Elias)
		form := v.get(bwGuests + "/" + elias.ID + "/edit").form("#guest-form")
		form.Set("company", "Novak Heating")
		a := v.ask(http.MethodPost, bwGuests+"/"+elias.ID, form)
		v.follow(a).see("Elias Novak saved", "Novak Heating")
		if len(p.owedNew(t)) != 0 {
			t.Error("a guest who has accepted is invited again")
		}
		v.ask(http.MethodPost, bwGuests+"/"+elias.ID, form).expect(http.StatusConflict).see("This guest has changed meanwhile")

		hugo := p.guest(t, store.Hugo)
		form = v.get(bwGuests + "/" + hugo.ID + "/edit").form("#guest-form")
		form.Set("ends_on", "2036-01-31")
		warning := v.ask(http.MethodPost, bwGuests+"/"+hugo.ID, form).see("Send an invitation to " + store.Hugo + "?")
		back := warning.form("#guest-warning")
		back.Set("again", "1")
		again := v.ask(http.MethodPost, bwGuests+"/"+hugo.ID, back).see("Edit " + hugo.Name()).form("#guest-form")
		if again.Get("ends_on") != "2036-01-31" || again.Get("version") != form.Get("version") {
			t.Errorf("the form comes back as %v", again)
		}
		v.follow(v.ask(http.MethodPost, bwGuests+"/"+hugo.ID, warning.form("#guest-warning"))).see("Invitation sent to")
		if m := p.guest(t, store.Hugo); m.Generation != hugo.Generation+1 || m.EndsAt.IsZero() {
			t.Errorf("corrected %+v", m)
		}
	})
}

// The history of a guest names the devices and groups that were given or taken, not only their site, and what has changed at
// single ones; the activity of the account tells the same.
func TestGuestHistoryNamesPlaces(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		saved := func(email string, change func(url.Values)) *answer {
			t.Helper()
			at := bwGuests + "/" + p.guest(t, email).ID
			form := v.get(at + "/edit").form("#guest-form")
			change(form)
			v.follow(v.ask(http.MethodPost, at, form)).see("saved")
			return v.get(at)
		}
		saved(store.Birte, func(form url.Values) {
			form.Add("device", p.device(t, "HPT", "GH-PNL-7F21-0394").Node().Path())
		}).see("Scope: ", " → Panel 3 North, ", "Chiller meter A", "Boiler meter")
		hpt := p.device(t, "HPT", "GH-MTR-20C4-1187").SiteID
		saved(store.Cora, func(form url.Values) {
			form.Add("cell", hpt+":export-devices")
		}).see("At single places: Harbor Point Tower: View → Harbor Point Tower: View, Export")
		v.get("/accounts/" + store.Brightwater + "/settings/activity.csv?q=Birte").see("Scope: Panel 3 North, ")
	})
}

// A guest who may configure in one group of a site renames that group and no other; of those they do not see they learn
// nothing, and the site gets no group from them (product.md, Roles).
func TestGuestConfiguresOneGroup(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana := p.actor(t, store.Dana, store.Brightwater)
		site := p.device(t, "HPT", "GH-MTR-20C4-1187").SiteID
		all, err := p.store.Groups(t.Context(), dana, site)
		if err != nil || len(all) < 3 {
			t.Fatal(all, err)
		}
		own, seen, other := all[0], all[1], all[2]
		m, err := p.store.InviteGuest(t.Context(), dana, domain.GuestDraft{
			Email: store.Lars, Role: string(p.role(t, store.Installer).ID), Active: "on", Workspace: string(domain.Groups),
			Cells: []string{own.Node().Path() + ":configure-devices", seen.Node().Path() + ":view-devices"},
		})
		if err != nil {
			t.Fatal(err)
		}
		lars := p.as(t, store.Lars)
		lars.follow(lars.post("/companies/" + m.ID + "/acceptances"))
		lars.follow(lars.post("/companies/" + m.ID + "/visits"))
		at := "/accounts/" + store.Brightwater + "/sites/" + site + "/groups"

		page := lars.get(at).expect(http.StatusOK).see(own.Name, seen.Name).page()
		var led []string
		page.Find("main a[href^='" + at + "/']").Each(func(_ int, a *goquery.Selection) { led = append(led, strings.TrimPrefix(a.AttrOr("href", ""), at+"/")) })
		if !slices.Equal(led, []string{own.ID + "/edit", own.ID + "/removals/new"}) {
			t.Errorf("the list leads to %q", led)
		}
		p.unwritten(t, "another group", func() {
			rename := url.Values{"name": {"Renamed by a guest"}, "version": {strconv.Itoa(seen.Version)}}
			lars.get(at + "/new").expect(http.StatusForbidden)
			lars.ask(http.MethodPost, at, rename).expect(http.StatusForbidden)
			for _, path := range []string{"/edit", "/removals/new"} {
				lars.get(at + "/" + seen.ID + path).expect(http.StatusForbidden)
				same(t, lars.get(at+"/"+other.ID+path).expect(http.StatusNotFound), lars.get(at+"/"+missing+path), other.ID, missing)
			}
			for _, path := range []string{"", "/removals"} {
				lars.ask(http.MethodPost, at+"/"+seen.ID+path, rename).expect(http.StatusForbidden)
				same(t, lars.ask(http.MethodPost, at+"/"+other.ID+path, rename).expect(http.StatusNotFound), lars.ask(http.MethodPost, at+"/"+missing+path, rename), other.ID, missing)
			}
		})
		form := lars.get(at + "/" + own.ID + "/edit").expect(http.StatusOK).form("#dialog form, main form")
		form.Set("name", "Renamed by a guest")
		lars.follow(lars.ask(http.MethodPost, at+"/"+own.ID, form)).see("Renamed by a guest")
	})
}
