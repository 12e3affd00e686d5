package web

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// kinds are what the history of a membership tells, newest first.
func (p *portal) kinds(t *testing.T, id string) []domain.EventKind {
	t.Helper()
	events, _, err := p.store.EventsOf(t.Context(), p.actor(t, store.Dana, store.Brightwater), id, "", 50)
	if err != nil {
		t.Fatal(err)
	}
	var out []domain.EventKind
	for _, e := range events {
		out = append(out, e.Kind)
	}
	return out
}

// A2, A1: the page of a person shows who they are, as what, where, until when, where they are signed in and what happened.
func TestUserPage(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		p.as(t, store.Chiara)
		v := p.as(t, store.Dana)
		id := p.ids(t, store.Chiara)[0]
		a := v.get(bwUsers + "/" + id).expect(http.StatusOK)
		page := a.page()
		if got := page.Find("main h1").Text(); got != "Chiara Benedetti" {
			t.Errorf("h1 %q", got)
		}
		for what, selector := range map[string]string{
			"role": "input[name=role][value=user][checked]", "meaning": "label:has([value=user]) small", "site": ".picker li:contains('Cedar Street') [checked]",
			"e-mail switch": "#notify_email[role=switch][checked]", "end date": "#ends_on[type=date][value]", "session": "#user-session", "end one": "button[form=user-session][name=id]",
			"end all": "a[href*='/sign-outs/new?id=" + id + "']", "disable": "a[href*='/suspensions/new?id=" + id + "&from=page']", "remove": "a[href*='/removals/new']", "save": "button[form=user-form]",
		} {
			if page.Find("main "+selector).Length() != 1 {
				t.Errorf("%s: %s stands %d times", what, selector, page.Find("main "+selector).Length())
			}
		}
		history := page.Find("main .card:has(h2:contains('History')) li").Map(func(_ int, s *goquery.Selection) string { return words(s) })
		if len(history) != 3 || !strings.HasPrefix(history[0], "Dana Whitfield set the end date End date: Dec") ||
			!strings.HasPrefix(history[1], "Chiara Benedetti accepted the invite") ||
			!strings.HasPrefix(history[2], "Dana Whitfield invited Chiara Benedetti Role: User · Scope: Cedar Street Substation") {
			t.Errorf("history %q", history)
		}
		if got := page.Find("main").Text(); strings.Contains(got, "192.0.2.7") {
			t.Error("the whole network address is shown")
		}
		spanish := p.as(t, store.Rosa).get(bwUsers + "/" + id).expect(http.StatusOK)
		if !strings.Contains(spanish.Text(), "Dana Whitfield invitó a Chiara Benedetti") || !strings.Contains(spanish.Text(), "Rol: Usuario") {
			t.Error("the history is not told in the reader's language")
		}
	})
}

// Saving writes what was changed and nothing else, each with its event, all or nothing.
func TestUserSave(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		id := p.ids(t, store.Chiara)[0]
		path, before := bwUsers+"/"+id, p.user(t, id)
		told := len(p.kinds(t, id))

		form := v.get(path).form("#user-form")
		v.follow(v.ask(http.MethodPost, path, form)).see("Nothing was changed")
		if m := p.user(t, id); m.Version != before.Version || len(p.kinds(t, id)) != told {
			t.Error("an unchanged form is written")
		}

		form = v.get(path).form("#user-form")
		form.Set("notify_text", "on")
		form.Set("role", "deployer")
		v.follow(v.ask(http.MethodPost, path, form)).see("Changes to Chiara Benedetti saved")
		m := p.user(t, id)
		if m.Role != domain.RoleDeployer || !m.NotifyText || !m.Scope.Equal(before.Scope) || !m.EndsAt.Equal(before.EndsAt) || m.Version != before.Version+1 {
			t.Errorf("saved %+v", m)
		}
		if got := p.kinds(t, id)[:len(p.kinds(t, id))-told]; !slices.Equal(got, []domain.EventKind{domain.NotificationsChanged, domain.RoleChanged}) {
			t.Errorf("told %v", got)
		}

		// One thing wrong: nothing is written, what was typed stays, the reason stands by its field.
		form = v.get(path).form("#user-form")
		form.Set("role", "user")
		form.Set("ends_on", "2020-01-01")
		a := v.ask(http.MethodPost, path, form).expect(http.StatusUnprocessableEntity)
		page := a.page()
		if page.Find("#ends_on[value='2020-01-01'][aria-invalid=true]").Length() != 1 || page.Find("#ends_on-e").Length() != 1 || page.Find("input[name=role][value=user][checked]").Length() != 1 {
			t.Error("the form came back without what was typed or what is wrong")
		}
		for field, bad := range map[string]string{"role": "master", "scope": "nonsense", "notify_email": "maybe", "ends_on": "soon"} {
			form := v.get(path).form("#user-form")
			form.Set(field, bad)
			v.ask(http.MethodPost, path, form).expect(http.StatusUnprocessableEntity)
		}
		if after := p.user(t, id); after.Version != m.Version {
			t.Error("something was written")
		}
		part := v.script(http.MethodPost, path, "drawer", form).expect(http.StatusUnprocessableEntity)
		if part.page().Find("h2#drawer-t").Length() != 1 || part.Header.Get("HX-Retarget") != "" {
			t.Error("the drawer's form does not come back into the drawer")
		}
	})
}

// In the drawer a change shows the person anew, and the list behind follows.
func TestUserDrawer(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	v := p.as(t, store.Dana)
	id := p.ids(t, store.Samuel)[0]
	const list = "role=user&sort=-name"
	a := v.script(http.MethodGet, bwUsers+"/"+id+"?list="+strings.ReplaceAll(list, "&", "%26"), "drawer", nil).expect(http.StatusOK)
	names := v.get(bwUsers + "?" + list).names()
	at := slices.Index(names, "Samuel Okafor")
	for label, neighbour := range map[string]string{"Previous": names[at-1], "Next": names[at+1]} {
		href := a.page().Find("header a[aria-label='"+label+"']").AttrOr("href", "")
		if got := v.get(href).page().Find("main h1").Text(); got != neighbour {
			t.Errorf("%s leads to %q, not %q", label, got, neighbour)
		}
	}
	open := a.page().Find("footer a[href*='/suspensions/new']").AttrOr("href", "")
	ask := v.script(http.MethodGet, open, "dialog", nil).expect(http.StatusOK)
	if got := ask.page().Find("#dialog-form").AttrOr("hx-target", ""); got != "#drawer" {
		t.Errorf("the answer goes to %q", got)
	}
	done := v.script(http.MethodPost, bwUsers+"/suspensions", "drawer", ask.form("#dialog-form")).expect(http.StatusSeeOther)
	again := v.script(http.MethodGet, done.Header.Get("Location"), "drawer", nil).expect(http.StatusOK)
	if words(again.page().Find("header .state")) != "Disabled" || again.Header.Get("HX-Trigger") == "" || !strings.Contains(again.Text(), "Samuel Okafor is disabled") {
		t.Error("the drawer does not show what was done")
	}
	gone := again.page().Find("footer a[href*='/removals/new']").AttrOr("href", "")
	if got := v.script(http.MethodGet, gone, "dialog", nil).page().Find("#dialog-form").AttrOr("hx-target", ""); got != "#user-table" {
		t.Errorf("after a removal the answer goes to %q", got)
	}
}

// One session of somebody ends, the others go on; one that is not theirs is not there.
func TestUserSessionEnds(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		one, two, v := p.as(t, store.Samuel), p.as(t, store.Samuel), p.as(t, store.Dana)
		id := p.ids(t, store.Samuel)[0]
		a := v.get(bwUsers + "/" + id)
		hashes := a.page().Find("button[form=user-session]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "") })
		if len(hashes) != 2 {
			t.Fatalf("%d sessions", len(hashes))
		}
		v.follow(v.post(bwUsers+"/"+id+"/sessions/endings", "id", hashes[0])).see("Session ended")
		signedIn := 0
		for _, b := range []*visitor{one, two} {
			if b.get(bwUsers).Status == http.StatusOK {
				signedIn++
			}
		}
		if signedIn != 1 {
			t.Errorf("%d of two are still signed in", signedIn)
		}
		if got := p.kinds(t, id)[0]; got != domain.SessionsEnded {
			t.Errorf("told %s", got)
		}
		owen := p.ids(t, store.Owen)[0]
		v.post(bwUsers+"/"+owen+"/sessions/endings", "id", hashes[1]).expect(http.StatusNotFound)
		v.post(bwUsers+"/"+id+"/sessions/endings", "id", "x").expect(http.StatusNotFound)
	})
}

// INP-03: the export is the list as it stands, whole, as RFC 4180 writes it, and no cell is a formula.
func TestUsersExport(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		by := p.actor(t, store.Dana, store.Brightwater)
		m, err := p.store.CreateInvite(t.Context(), by, domain.InviteDraft{
			FirstName: "Eve", LastName: "Evil", Email: "eve@brightwater.example", Role: "user", Scope: []string{"account"}, NotifyEmail: "on",
		})
		if err != nil {
			t.Fatal(err)
		}
		draft := domain.PersonDraft{FirstName: "=HYPERLINK(\"//x\")", LastName: "＋a, \"b\"", Language: "en", TimeZone: "UTC"}
		if _, _, err := p.store.AcceptInvite(t.Context(), p.store.InviteToken(m.ID, m.Generation), draft, "x", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		v := p.as(t, store.Dana)
		a := v.get(bwUsers + ".csv?role=user&sort=email").expect(http.StatusOK)
		if got := a.Header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
			t.Errorf("Content-Type %q", got)
		}
		if got := a.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="brightwater-users-20`) {
			t.Errorf("Content-Disposition %q", got)
		}
		body, ok := strings.CutPrefix(a.Body, "\ufeff")
		if !ok || strings.Count(body, "\n") != strings.Count(body, "\r\n") {
			t.Error("no mark of UTF-8, or bare line feeds")
		}
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if rows[0][0] != "First name" || rows[0][4] != "Role" {
			t.Errorf("heads %q", rows[0])
		}
		var emails []string
		for _, row := range rows[1:] {
			emails = append(emails, row[2])
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(cell)[0]) {
					t.Errorf("a cell is %q", cell)
				}
			}
			if row[2] == "eve@brightwater.example" && (row[0] != "'=HYPERLINK(\"//x\")" || row[1] != "'＋a, \"b\"") {
				t.Errorf("Eve is %q", row[:2])
			}
		}
		page := v.get(bwUsers + "?role=user&sort=email")
		if len(emails) != 21 || !slices.IsSorted(emails) || len(page.names()) != 21 {
			t.Errorf("the file has %d rows, the list %d", len(emails), len(page.names()))
		}
		// The whole view, whatever page of it is open.
		next := v.get(bwUsers).page().Find(".pager nav a").AttrOr("href", "")
		whole := v.get(strings.Replace(next, "/users", "/users.csv", 1)).expect(http.StatusOK)
		if n := strings.Count(whole.Body, "\r\n"); n != 40 {
			t.Errorf("%d lines, want 39 people and the heads", n)
		}
		if got := p.as(t, store.Rosa).get(bwUsers + ".csv").Body; !strings.HasPrefix(got, "\ufeffNombre,Apellidos") {
			t.Errorf("heads for a Spanish reader: %.60q", got)
		}
	})
}
