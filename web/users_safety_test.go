package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const nobodysID = "01890000-0000-7000-8000-000000000000"

// TEN-01, TEN-02: somebody of another company is answered as somebody who never was, byte for byte, by address and by
// field; one foreign row among own ones stops the whole change.
func TestForeignUsersAreNotThere(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		foreign := p.userID(t, store.Lars, store.Larkspur, store.Lars)
		own := p.userID(t, store.Dana, store.Brightwater, store.Samuel)
		alike := func(what string, ask func(id string) *answer) {
			t.Helper()
			a, b := ask(foreign).expect(http.StatusNotFound), ask(nobodysID).expect(http.StatusNotFound)
			if strings.ReplaceAll(a.Body, foreign, nobodysID) != b.Body {
				t.Errorf("%s: a foreign one is answered differently", what)
			}
			if strings.Contains(a.Body, store.Canary) {
				t.Errorf("%s: names the other company", what)
			}
		}
		alike("page", func(id string) *answer { return v.get(bwUsers + "/" + id) })
		alike("form", func(id string) *answer { return v.post(bwUsers+"/"+id, "version", "1", "role", "member") })
		for _, noun := range []string{"roles", "scopes", "notifications", "ends", "suspensions", "resumptions", "sign-outs", "factor-resets", "removals"} {
			alike(noun+"/new", func(id string) *answer { return v.get(bwUsers + "/" + noun + "/new?id=" + id) })
			alike(noun, func(id string) *answer {
				return v.post(bwUsers+"/"+noun, "id", own, "id", id, "role", "member", "scope", "account", "notify_email", "off")
			})
		}
		if m := p.user(t, own); m.Version != 1 {
			t.Error("the row beside the foreign one was changed")
		}
	})
}

// TEN-06, INP-06: what is searched for is text, and the order is one of the list's.
func TestUsersSearchIsText(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		all := v.get(bwUsers).names()
		for _, typed := range []string{"%25", "_", "%25%25%25", "'", "%27%20or%201=1%20--", "a%25a", "\\", "%22", store.Canary, "%00", "%ff"} {
			a := v.get(bwUsers + "?q=" + typed)
			if got := a.names(); a.Status >= 500 || len(got) != 0 {
				t.Errorf("q=%s: %d, %d people", typed, a.Status, len(got))
			}
		}
		for _, sort := range []string{"name%3Bdrop", "-", "--name", "1", "password_hash", "name%20desc", "%27", "id)"} {
			if got := v.get(bwUsers + "?sort=" + sort).expect(http.StatusOK).names(); !slices.Equal(got, all) {
				t.Errorf("sort=%s has an effect", sort)
			}
		}
		if body := v.get(bwUsers + "?q=quill").Body; strings.Contains(body, "@larkspur") {
			t.Error("finds people of another company")
		}
	})
}

// API-13: a cursor is one that this list gave, in this order; another account's shows nobody of it.
func TestUsersCursors(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		next, _ := v.get(bwUsers).page().Find(".pager nav a").Attr("href")
		_, cursor, ok := strings.Cut(next, "after=")
		if !ok {
			t.Fatalf("next is %q", next)
		}
		for _, bad := range []string{"x", "-1", "1e99", "%00", cursor + "x", cursor[1:], cursor[:len(cursor)-4] + "AAAA"} {
			if got := v.get(bwUsers + "?after=" + bad).Status; got != http.StatusNotFound && got != http.StatusBadRequest {
				t.Errorf("after=%.20s: %d", bad, got)
			}
		}
		v.get(bwUsers + "?sort=email&after=" + cursor).expect(http.StatusNotFound)
		a := p.as(t, store.Cora).get("/accounts/cobalt/settings/users?after=" + cursor).expect(http.StatusOK)
		if strings.Contains(a.Body, "@brightwater.example") {
			t.Error("a cursor leads into another account")
		}
	})
}

// ingridSees are the people of Ingrid's three sites: nobody else is there for her.
var ingridSees = []string{
	"Aisha Karimi", "Esther Lindholm", "Femi Adeyemi", "Ingrid Solberg", "Owen Pritchard", "Priya Raman", "Viktor Lindqvist",
}

// TEN-08: a site-scoped admin finds, counts, exports and opens the people of their sites, and no trace of others.
func TestUsersOfASiteAdmin(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Ingrid)
		a := v.get(bwUsers).expect(http.StatusOK).see("1–7 of 7")
		if got := a.names(); !slices.Equal(got, ingridSees) {
			t.Errorf("sees %v", got)
		}
		if strings.Contains(a.Body, "Union Yard") || strings.Contains(a.Body, "Eastfield") {
			t.Error("a site beyond hers is named")
		}
		// Of Priya, who reaches another site as well, she sees her part and can change nothing.
		priya := a.row("Priya Raman")
		if got := words(priya.Find(".c-w")); got != "UserHarbor Point Tower" {
			t.Errorf("Priya is %q", got)
		}
		if priya.Find("[role=menuitem][aria-disabled=true]").Length() == 0 || priya.Find(".toggle").Length() != 0 {
			t.Error("Priya can be changed")
		}
		file := v.get(bwUsers + ".csv").expect(http.StatusOK)
		if n := strings.Count(file.Body, "\r\n"); n != len(ingridSees)+1 || strings.Contains(file.Body, "Whitfield") || strings.Contains(file.Body, "Union Yard") {
			t.Errorf("the export has %d lines", n)
		}
		for _, q := range []string{"?q=dana", "?q=whitfield", "?role=deployer", "?site=" + p.siteID(t, "Union Yard Battery Store")} {
			if got := v.get(bwUsers + q).expect(http.StatusOK).names(); len(got) != 0 {
				t.Errorf("%s finds %v", q, got)
			}
		}
		dana := p.userID(t, store.Dana, store.Brightwater, store.Dana)
		v.get(bwUsers + "/" + dana).expect(http.StatusNotFound)
		v.post(bwUsers+"/suspensions", "id", dana).expect(http.StatusNotFound)
		page := v.get(bwUsers + "/" + p.userID(t, store.Dana, store.Brightwater, store.Owen)).expect(http.StatusOK)
		if got := page.page().Find(".picker li").Length(); got != 3 {
			t.Errorf("she may choose among %d sites", got)
		}
		all := v.get(bwUsers + "/sign-outs/new?all=1").expect(http.StatusOK)
		if strings.Contains(all.Text(), "Dana Whitfield") || !strings.Contains(all.Text(), "Owen Pritchard") {
			t.Error("all that match are not all that she sees")
		}
	})
}

// PRIV-02: nobody widens a scope, their own or another's, beyond what they reach.
func TestScopesStayWithin(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Ingrid)
		union := p.siteID(t, "Union Yard Battery Store")
		for _, email := range []string{store.Owen, store.Ingrid} {
			id := p.userID(t, store.Dana, store.Brightwater, email)
			before := p.user(t, id)
			for _, scope := range []string{"account", union, "nonsense"} {
				v.post(bwUsers+"/scopes", "id", id, "scope", scope).expect(http.StatusUnprocessableEntity)
				v.post(bwUsers+"/"+id, "version", "1", "role", string(before.Role), "scope", scope, "notify_email", "on").expect(http.StatusUnprocessableEntity)
			}
			if after := p.user(t, id); !after.Scope.Equal(before.Scope) || after.Version != before.Version {
				t.Errorf("%s has another scope", email)
			}
		}
		// Who reaches beyond her sites is not hers to change.
		priya := p.userID(t, store.Dana, store.Brightwater, store.Priya)
		v.post(bwUsers+"/roles", "id", priya, "role", "member").expect(http.StatusForbidden)
		v.post(bwUsers+"/"+priya, "version", "1", "role", "member", "scope", p.siteID(t, "Harbor Point Tower")).expect(http.StatusForbidden)
		if m := p.user(t, priya); m.Role != domain.RoleUser || m.Version != 1 {
			t.Error("Priya was changed")
		}
	})
}

// PRIV-06: the lower does nothing to the higher, and the last who keeps an account stays.
func TestRankAndTheLastAdmin(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		const partner = "/accounts/northgate/administrators"
		marisol := p.as(t, store.Marisol)
		nora := p.userID(t, store.Nora, store.Northgate, store.Nora)
		for _, noun := range []string{"locks", "levels", "passwords"} {
			marisol.post(partner+"/"+noun, "id", nora, "role", "observer").expect(http.StatusForbidden)
		}
		const larkspur = "/accounts/larkspur/settings/users"
		lars := p.as(t, store.Lars)
		me := p.userID(t, store.Lars, store.Larkspur, store.Lars)
		lars.post(larkspur+"/roles", "id", me, "role", "user").expect(http.StatusConflict)
		lars.post(larkspur+"/ends", "id", me, "ends_on", "2036-01-31").expect(http.StatusConflict)
		lars.post(larkspur+"/removals", "id", me).expect(http.StatusForbidden)
		lars.post(larkspur+"/"+me, "version", "1", "role", "member", "scope", "account", "notify_email", "on").expect(http.StatusConflict).
			see("The last one who can manage this account")
		menu := lars.get(larkspur).row("Lars " + store.Canary).Find("[role=menuitem][aria-disabled=true]")
		if got := words(menu); !strings.Contains(got, "Change scope…The last one who can manage this account") && !strings.Contains(got, "Change scope… The last one who can manage this account") {
			t.Errorf("his row says %q", got)
		}
	})
}

// SESS-07, SESS-08: what is taken away or given is in force at the next request.
func TestChangesHoldAtTheNextRequest(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana, samuel, owen := p.as(t, store.Dana), p.as(t, store.Samuel), p.as(t, store.Owen)
		id := p.userID(t, store.Dana, store.Brightwater, store.Samuel)
		samuel.get(bwUsers).expect(http.StatusOK)
		dana.post(bwUsers+"/roles", "id", id, "role", "member").expect(http.StatusSeeOther)
		samuel.get(bwUsers).expect(http.StatusForbidden)
		dana.post(bwUsers+"/roles", "id", id, "role", "admin").expect(http.StatusSeeOther)
		if samuel.get(bwUsers).expect(http.StatusOK).page().Find("[data-row]").Length() == 0 {
			t.Error("the new role is not in force")
		}
		samuel.post(bwUsers+"/suspensions", "id", p.userID(t, store.Dana, store.Brightwater, store.Owen)).expect(http.StatusSeeOther)
		a := owen.get(bwUsers).expect(http.StatusSeeOther)
		if to := a.Header.Get("Location"); !strings.HasPrefix(to, "/sign-in") {
			t.Errorf("the disabled are sent to %s", to)
		}
		dana.post(bwUsers+"/sign-outs", "id", id).expect(http.StatusSeeOther)
		samuel.get(bwUsers).expect(http.StatusSeeOther)
	})
}

// RACE-12: of two forms filled in over the same state the second is told what stands there now, and changes nothing
// unless it is sent again.
func TestRACE12_TwoFormsOfOnePerson(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana, rosa := p.as(t, store.Dana), p.as(t, store.Rosa)
		id := p.userID(t, store.Dana, store.Brightwater, "hannah.whitlock@brightwater.example")
		mine, hers := dana.get(bwUsers+"/"+id).form("#user-form"), rosa.get(bwUsers+"/"+id).form("#user-form")
		mine.Set("role", "deployer")
		dana.ask(http.MethodPost, bwUsers+"/"+id, mine).expect(http.StatusSeeOther)
		hers.Set("role", "member")
		hers.Set("ends_on", "2036-01-31")
		a := rosa.ask(http.MethodPost, bwUsers+"/"+id, hers).expect(http.StatusConflict)
		if m := p.user(t, id); m.Role != domain.RoleDeployer || !m.EndsAt.IsZero() {
			t.Fatal("the second form won")
		}
		page := a.page()
		if got := words(page.Find("#role-h")); got != "Ahora: Instalador" {
			t.Errorf("beside the role stands %q", got)
		}
		if v, _ := page.Find("input[name=role][checked]").Attr("value"); v != "member" {
			t.Errorf("the typed role is now %q", v)
		}
		asked := rosa.ask(http.MethodPost, bwUsers+"/"+id, a.form("#user-form")).expect(http.StatusUnprocessableEntity) // it takes something away
		rosa.ask(http.MethodPost, bwUsers+"/"+id, asked.form("#user-form")).expect(http.StatusSeeOther)
		if m := p.user(t, id); m.Role != domain.RoleMember || m.EndsAt.IsZero() {
			t.Error("sent again, it does not replace what it was shown beside")
		}
	})
}

// INP-09: only the body of a form counts, and a field given twice is refused.
func TestUsersFormsReadTheBody(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	v := p.as(t, store.Dana)
	id := p.userID(t, store.Dana, store.Brightwater, store.Samuel)
	v.post(bwUsers+"/roles?role=admin", "id", id).expect(http.StatusUnprocessableEntity)
	v.post(bwUsers+"/roles", "id", id, "role", "member", "role", "admin").expect(http.StatusBadRequest)
	v.post(bwUsers + "/suspensions?id=" + id).expect(http.StatusOK).see("Nothing is chosen")
	v.post(bwUsers+"/"+id+"?version=1", "role", "member").expect(http.StatusBadRequest)
	if m := p.user(t, id); m.Version != 1 {
		t.Error("something was changed")
	}
}
