package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
	"gatehouse/views"
)

// rowsOf are the lines of a preview or a result: "name: word".
func (a *answer) rowsOf() []string {
	var out []string
	for _, li := range a.page().Find("ul.rows > li.\\!py-2").EachIter() {
		out = append(out, li.Find("b").Text()+": "+words(li.Find(".say")))
	}
	return out
}

// ids are the memberships of demo people of Brightwater.
func (p *portal) ids(t *testing.T, emails ...string) []string {
	t.Helper()
	var ids []string
	for _, email := range emails {
		ids = append(ids, p.userID(t, store.Dana, store.Brightwater, email))
	}
	return ids
}

// Before "Yes" every chosen row says what becomes of it, or why nothing does; afterwards what did, once.
func TestBulkFromPreviewToResult(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		ids := p.ids(t, store.Samuel, store.Aisha, store.Owen, store.Dana)
		query := url.Values{"id": ids, "list": {"q=a&state=active,disabled&evil=//x"}}
		a := v.get(bwUsers+"/suspensions/new?"+query.Encode()).expect(http.StatusOK).
			see("Disable 2 of 4 people?", "Will be disabled (2)", "Cannot be disabled (2)")
		want := []string{
			"Samuel Okafor: Active → Disabled", "Owen Pritchard: Active → Disabled", "Aisha Karimi: Already disabled", "Dana Whitfield: You cannot do this to yourself",
		}
		if got := a.rowsOf(); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("preview:\n%s", strings.Join(got, "\n"))
		}
		if p.user(t, ids[0]).Version != 1 {
			t.Fatal("the preview changed something")
		}
		const back = bwUsers + "?q=a&state=active,disabled"
		if got := a.page().Find("main footer a.btn").AttrOr("href", ""); got != back {
			t.Errorf("No leads to %q", got)
		}
		if got := words(a.page().Find("main footer")); got != "No Yes" {
			t.Errorf("buttons %q", got)
		}
		done := v.ask(http.MethodPost, bwUsers+"/suspensions", a.form("#dialog-form")).expect(http.StatusSeeOther)
		if to := done.Header.Get("Location"); to != bwUsers+"/outcome" {
			t.Fatalf("then to %s", to)
		}
		result := v.follow(done).expect(http.StatusOK).see("2 people disabled, 2 were not")
		if got := result.rowsOf(); len(got) != 4 || got[0] != "Aisha Karimi: Already disabled" || got[3] != "Owen Pritchard: Disabled" {
			t.Errorf("result %q", got)
		}
		if got := result.page().Find("main footer a.btn").AttrOr("href", ""); got != back || words(result.page().Find("main footer")) != "Close" {
			t.Errorf("Close leads to %q", got)
		}
		if to := v.get(bwUsers + "/outcome").expect(http.StatusSeeOther).Header.Get("Location"); to != bwUsers {
			t.Errorf("the result is shown twice, or leads to %s", to)
		}
		if p.user(t, ids[2]).Active(p.store.Now()) {
			t.Error("Owen is still in")
		}
	})
}

// With script the same goes on in the dialog, and the list behind is told to show itself anew.
func TestBulkInTheDialog(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	v := p.as(t, store.Dana)
	ids := p.ids(t, store.Samuel, store.Owen)
	a := v.script(http.MethodGet, bwUsers+"/sign-outs/new?"+url.Values{"id": ids}.Encode(), "dialog", nil).expect(http.StatusOK)
	form := a.page().Find("form#dialog-form")
	if form.AttrOr("hx-target", "") != "#dialog" || form.AttrOr("hx-swap", "") != "innerHTML" || form.AttrOr("hx-post", "") != bwUsers+"/sign-outs" {
		t.Error("the form does not stay in the dialog")
	}
	v.script(http.MethodPost, bwUsers+"/sign-outs", "dialog", a.form("#dialog-form")).expect(http.StatusSeeOther)
	result := v.script(http.MethodGet, bwUsers+"/outcome", "dialog", nil).expect(http.StatusOK)
	if got := result.Header.Get("HX-Trigger"); got != views.ListChanged {
		t.Errorf("HX-Trigger %q", got)
	}
	if got := words(result.page().Find("h2#dialog-t")); got != "2 people signed out" {
		t.Errorf("result %q", got)
	}
	list := v.get(bwUsers + "?q=o&sort=-name").page().Find("#user-table")
	if list.AttrOr("hx-trigger", "") != views.ListChanged+" from:document" || list.AttrOr("hx-get", "") != bwUsers+"?q=o&sort=-name" {
		t.Errorf("the list listens by %q to %q", list.AttrOr("hx-trigger", ""), list.AttrOr("hx-get", ""))
	}
}

// A single row is asked about by name; its answer is a flash, and one that cannot be says why.
func TestBulkOfOneRow(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		id := p.ids(t, store.Samuel)[0]
		a := v.get(bwUsers+"/removals/new?id="+id+"&list=q%3Dsam").expect(http.StatusOK).see("Remove Samuel Okafor?", "To pause it instead, disable.")
		if got := words(a.page().Find("main footer")); got != "Cancel Confirm" || a.page().Find("footer [data-variant=destructive]").Length() != 1 {
			t.Errorf("buttons %q", got)
		}
		// Somebody else is quicker: the same question, with how it stands now.
		p.as(t, store.Rosa).post(bwUsers+"/roles", "id", id, "role", "member").expect(http.StatusSeeOther)
		late := v.ask(http.MethodPost, bwUsers+"/removals", a.form("#dialog-form")).expect(http.StatusConflict).see("This has changed in the meantime")
		done := v.ask(http.MethodPost, bwUsers+"/removals", late.form("#dialog-form")).expect(http.StatusSeeOther)
		if to := done.Header.Get("Location"); to != bwUsers+"?q=sam" {
			t.Errorf("then to %s", to)
		}
		v.follow(done).see("Samuel Okafor is removed")
		v.get(bwUsers + "/" + id).expect(http.StatusNotFound)

		aisha := p.ids(t, store.Aisha)[0]
		no := v.get(bwUsers+"/suspensions/new?id="+aisha).expect(http.StatusOK).see("Aisha Karimi cannot be disabled", "Already disabled")
		if no.page().Find("main form").Length() != 0 || words(no.page().Find("main footer")) != "Close" {
			t.Error("what cannot be done is offered")
		}
		v.post(bwUsers+"/suspensions", "id", aisha).expect(http.StatusConflict)
	})
}

// A change that needs a value asks for it first, for all rows at once, and again when it is wrong.
func TestBulkAsksForAValue(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		ids := p.ids(t, store.Samuel, store.Owen, store.Rosa)
		rows := url.Values{"id": ids}
		union := p.siteID(t, "Union Yard Battery Store")
		for _, c := range []struct {
			noun, title, control string
			bad, good            url.Values
			says                 []string
		}{
			{
				"roles", "Change the role of 3 people", "input[name=role]",
				url.Values{"role": {"master"}},
				url.Values{"role": {"admin"}},
				[]string{"Samuel Okafor: User → Admin", "Owen Pritchard: User → Admin", "Rosa Delgado-Pike: Has this role already"},
			},
			{
				"scopes", "Change the scope of 3 people", "input[name=scope]",
				url.Values{},
				url.Values{"scope": {"sites", union}},
				[]string{"Samuel Okafor: All sites → Union Yard Battery Store", "Owen Pritchard: Harbor Point Tower → Union Yard Battery Store", "Rosa Delgado-Pike: All sites → Union Yard Battery Store"},
			},
			{
				"notifications", "Set the notifications of 3 people", "input[name=notify_text]",
				url.Values{"notify_email": {""}, "notify_text": {""}},
				url.Values{"notify_email": {"off"}},
				[]string{"Samuel Okafor: E-mail ON, text ON → E-mail OFF, text ON"},
			},
			{
				"ends", "Set the end date of 3 people", "input[name=ends_on]",
				url.Values{"ends_on": {"2020-01-01"}},
				url.Values{"ends_on": {"2036-01-31"}},
				[]string{"Samuel Okafor: No end date → Jan 31, 2036"},
			},
		} {
			a := v.get(bwUsers + "/" + c.noun + "/new?" + rows.Encode()).expect(http.StatusOK).see(c.title)
			if a.page().Find("main form[method=get] "+c.control).Length() == 0 {
				t.Errorf("%s: not asked for", c.noun)
			}
			form := a.form("#dialog-form")
			for _, field := range []string{"role", "scope", "notify_email", "notify_text", "ends_on"} {
				form.Del(field)
			}
			with := func(value url.Values) string {
				q := url.Values{}
				for k, list := range form {
					q[k] = list
				}
				for k, list := range value {
					q[k] = list
				}
				return bwUsers + "/" + c.noun + "/new?" + q.Encode()
			}
			again := v.get(with(c.bad)).expect(http.StatusUnprocessableEntity)
			if again.page().Find("main .error").Length() != 1 || len(again.form("#dialog-form")["id"]) != 3 {
				t.Errorf("%s: no word on what is wrong", c.noun)
			}
			preview := v.get(with(c.good)).expect(http.StatusOK)
			said := strings.Join(preview.rowsOf(), "\n")
			for _, line := range c.says {
				if !strings.Contains(said, line) {
					t.Errorf("%s: %q is not in\n%s", c.noun, line, said)
				}
			}
			v.ask(http.MethodPost, bwUsers+"/"+c.noun, preview.form("#dialog-form")).expect(http.StatusSeeOther)
		}
		m := p.user(t, ids[0])
		if m.Role != domain.RoleAdmin || m.Scope.AccountWide() || m.NotifyEmail || !m.NotifyText || m.EndsAt.IsZero() {
			t.Errorf("Samuel is now %+v", m)
		}
	})
}

// "All that match" goes by the list's query, whatever rows the page shows.
func TestBulkOfAllThatMatch(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		a := v.get(bwUsers).page()
		if got := words(a.Find(".bulk .all:has(input[name=all][value='1'])")); got != "All 38 that match" {
			t.Errorf("offered: %q", got)
		}
		if v.get(bwUsers+"?role=deployer").page().Find(".bulk [name=all]").Length() != 0 {
			t.Error("all are offered where the page shows all")
		}
		one := p.ids(t, store.Samuel)
		preview := v.get(bwUsers + "/sign-outs/new?all=1&id=" + one[0] + "&list=" + url.QueryEscape("role=deployer")).expect(http.StatusOK).see("End the sessions of 4 people?")
		if strings.Contains(preview.Text(), "Samuel") || len(preview.form("#dialog-form")["id"]) != 4 {
			t.Error("not those that match are meant")
		}
		v.get(bwUsers + "/roles/new?all=1&list=role%3Ddeployer").expect(http.StatusOK).see("Change the role of 4 people")
		v.get(bwUsers + "/roles/new?all=1&list=q%3Dnobodyatall").expect(http.StatusOK).see("Nothing is chosen")
		v.get(bwUsers + "/removals/new").expect(http.StatusOK).see("Nothing is chosen")
	})
}

// The row's switches and "Enable" act at once, and come back to the list as it was.
func TestRowsActAtOnce(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		const list = bwUsers + "?state=disabled&sort=-name"
		a := v.get(list)
		aisha := a.row("Aisha Karimi")
		press := func(button string) *answer {
			t.Helper()
			b := aisha.Find(button)
			form := a.page().Find("form#" + b.AttrOr("form", "-"))
			values := a.form("form#" + b.AttrOr("form", "-"))
			values.Set(b.AttrOr("name", ""), b.AttrOr("value", ""))
			done := v.ask(http.MethodPost, form.AttrOr("action", ""), values).expect(http.StatusSeeOther)
			if to := done.Header.Get("Location"); to != list {
				t.Errorf("%s leads to %s", button, to)
			}
			return v.follow(done)
		}
		id := p.ids(t, store.Aisha)[0]
		before := p.user(t, id)
		press("td:nth-child(7) .toggle").see("The notifications of Aisha Karimi are set")
		if p.user(t, id).NotifyEmail == before.NotifyEmail {
			t.Error("the e-mail switch did nothing")
		}
		press("[form=users-enable]").see("Aisha Karimi is enabled")
		if !p.user(t, id).Active(p.store.Now()) {
			t.Error("Aisha is not in")
		}
	})
}

// Who ends their own sessions is asked to sign in; who gives away what opens the list is not sent back to it.
func TestBulkOnOneself(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	v := p.as(t, store.Rosa)
	me := p.ids(t, store.Rosa)
	a := v.post(bwUsers+"/sign-outs", "id", me[0]).expect(http.StatusSeeOther)
	if to := a.Header.Get("Location"); to != "/sign-in" {
		t.Errorf("then to %s", to)
	}
	v = p.as(t, store.Rosa)
	a = v.post(bwUsers+"/roles", "id", me[0], "role", "member").expect(http.StatusSeeOther)
	if to := a.Header.Get("Location"); to != "/profile" {
		t.Errorf("then to %s", to)
	}
}
