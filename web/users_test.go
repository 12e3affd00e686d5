package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const (
	bwSettings = "/accounts/brightwater/settings"
	bwUsers    = bwSettings + "/users"
)

// userID is the membership of a demo person in an account.
func (p *portal) userID(t *testing.T, by, account, email string) string {
	t.Helper()
	page, err := p.store.Users(t.Context(), p.actor(t, by, account), store.Query{Search: email})
	if err != nil || len(page.Rows) != 1 {
		t.Fatalf("%s in %s: %d rows, %v", email, account, len(page.Rows), err)
	}
	return page.Rows[0].ID
}

// user reads somebody of Brightwater as its admin sees them.
func (p *portal) user(t *testing.T, id string) domain.Membership {
	t.Helper()
	m, err := p.store.User(t.Context(), p.actor(t, store.Dana, store.Brightwater), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// names are the people of a list, in its order.
func (a *answer) names() []string {
	return a.page().Find("tbody .who .b").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
}

// row is somebody's row of a list.
func (a *answer) row(name string) *goquery.Selection {
	a.t.Helper()
	row := a.page().Find("tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find(".who .b").Text() == name })
	if row.Length() != 1 {
		a.t.Fatalf("%s stands %d times in the list: %v", name, row.Length(), a.names())
	}
	return row
}

// words is the text of a part of a page, spaces folded.
func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// A1, A4, A8: the Users tab shows who is in, as what, where, in which state.
func TestUsersList(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		a := p.as(t, store.Dana).get(bwUsers).expect(http.StatusOK)
		page := a.page()
		if h := page.Find("main h1").Text(); h != "Account Settings" {
			t.Errorf("h1 %q", h)
		}
		if got := words(page.Find(".tabs [aria-current=page]")); got != "Users" {
			t.Errorf("tab %q", got)
		}
		if got := page.Find(".tabs a[href$='/settings/invites'] .count").Text(); got != "9" {
			t.Errorf("open invites %q", got)
		}
		if got := page.Find("tbody tr").Length(); got != 25 {
			t.Errorf("%d rows", got)
		}
		for _, part := range []string{
			".pagehead a[href^='" + bwSettings + "/invites/new']", ".pagehead a[href='" + bwUsers + ".csv']",
			".pager a[href^='" + bwSettings + "/invites/new']", "th[aria-sort=ascending] a[href*='sort=-name']",
		} {
			if page.Find(part).Length() != 1 {
				t.Errorf("%s stands %d times", part, page.Find(part).Length())
			}
		}
		a.see("Invite User", "Not in the list?", "+ New Invite", "1–25 of 38")

		aisha := a.row("Aisha Karimi")
		if got := words(aisha.Find(".state[data-tone=bad]")); got != "Disabled" || !strings.Contains(words(aisha), "by Dana W.") {
			t.Errorf("Aisha: %q in %q", got, words(aisha))
		}
		if words(aisha.Find(".c-w")) != "UserMillbrook Pumping Station" {
			t.Errorf("Aisha is %q", words(aisha.Find(".c-w")))
		}
		if aisha.Find("[role=menuitem][form=users-enable][value]").Length() != 1 {
			t.Error("Aisha cannot be enabled from her row")
		}
		beatriz := a.row("Beatriz Salgado")
		if got := words(beatriz); !strings.Contains(got, "Never notices held") || !strings.Contains(got, "until Jan") {
			t.Errorf("Beatriz: %q", got)
		}
		if beatriz.Find(".toggle[data-held]").Length() != 2 {
			t.Error("Beatriz's notices are not held")
		}
		dana := a.row("Dana Whitfield")
		if dana.Find(".you").Length() != 1 {
			t.Error("nothing says that Dana is the reader")
		}
		for label, why := range map[string]string{"Disable…": "You cannot do this to yourself", "Remove…": "You cannot do this to yourself"} {
			item := dana.Find("[role=menuitem][aria-disabled=true]").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.HasPrefix(words(s), label) })
			if words(item) != label+" "+why {
				t.Errorf("Dana's own %s: %q", label, words(item))
			}
		}
		next, _ := page.Find(".pager nav a:contains('Next')").Attr("href")
		b := p.as(t, store.Dana).get(next).expect(http.StatusOK)
		if got := append(a.names(), b.names()...); len(got) != 38 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 38 {
			t.Errorf("two pages show %d people", len(got))
		}
		b.see("26–38 of 38")
	})
}

// Search, filters and order stand in the address; what is not known matches nobody and is shown.
func TestUsersAddress(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		harbor := p.siteID(t, "Harbor Point Tower")
		for _, c := range []struct {
			query, first string
			n            int
		}{
			{"", "Aisha Karimi", 25},
			{"?sort=-name", "Yuki Tanabe", 25},
			{"?sort=email", "Aisha Karimi", 25},
			{"?sort=-email", "Yuki Tanabe", 25},
			{"?sort=sign-in", "Beatriz Salgado", 25},
			{"?sort=-sign-in", "Dana Whitfield", 25},
			{"?sort=joined", "Dana Whitfield", 25},
			{"?sort=-joined", "Gwendolyn Pike", 25},
			{"?state=disabled", "Aisha Karimi", 2},
			{"?state=disabled,ended", "Aisha Karimi", 2},
			{"?state=disabled&state=ended", "Aisha Karimi", 2},
			{"?role=deployer", "Jonas Ekström", 4},
			{"?role=admin,deployer", "Dana Whitfield", 7},
			{"?role=admin&state=active&sort=-name", "Rosa Delgado-Pike", 3},
			{"?q=solb", "Ingrid Solberg", 1},
			{"?q=EKSTROM", "Jonas Ekström", 1},
			{"?q=gridmark", "Chiara Benedetti", 2},
			{"?site=" + harbor + "&role=user", "Femi Adeyemi", 5}, // and two who reach every site
			{"?email=off", "", 0},
			{"?state=disabled&email=on", "Aisha Karimi", 2},
			{"?state=nonsense", "", 0},
			{"?role=master", "", 0},
			{"?site=nowhere", "", 0},
			{"?email=on,off", "", 0},
			{"?nonsense=1", "Aisha Karimi", 25},
		} {
			a := v.get(bwUsers + c.query).expect(http.StatusOK)
			got := a.names()
			if len(got) != c.n || c.n > 0 && got[0] != c.first {
				t.Errorf("%q: %d people, %.80v, want %d from %q on", c.query, len(got), got, c.n, c.first)
			}
			if c.n == 0 && a.page().Find(".list .empty a[href^='"+bwSettings+"/invites/new']").Length() != 1 {
				t.Errorf("%q: the empty list does not lead on", c.query)
			}
		}
		a := v.get(bwUsers + "?state=nonsense&role=user")
		if got := words(a.page().Find(".toolbar .chip b")); got != "nonsenseUser" {
			t.Errorf("chips %q", got)
		}
	})
}

// A5, A7: opened for a site, the same tabs are the site's settings.
func TestSiteSettings(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	harbor := p.siteID(t, "Harbor Point Tower")
	a := p.as(t, store.Dana).get(bwUsers + "?site=" + harbor).expect(http.StatusOK)
	page := a.page()
	if got := words(page.Find("main h1")); got != "Site Settings" {
		t.Errorf("h1 %q", got)
	}
	if got := words(page.Find(".breadcrumb")); got != "Brightwater Energy /Harbor Point Tower /Site Settings /Users" {
		t.Errorf("breadcrumb %q", got)
	}
	for _, href := range []string{bwUsers + "?site=" + harbor, bwSettings + "/invites?site=" + harbor} {
		if page.Find(".tabs a[href='"+href+"']").Length() != 1 {
			t.Errorf("no tab %s", href)
		}
	}
	p.as(t, store.Dana).get(bwSettings).expect(http.StatusSeeOther)
}

// A script gets the part it asks for from the same door, and nothing else.
func TestUsersParts(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	v := p.as(t, store.Dana)
	samuel := p.userID(t, store.Dana, store.Brightwater, store.Samuel)
	for _, c := range []struct{ path, part, has string }{
		{bwUsers + "?q=samuel", "user-table", "#user-table tbody tr"},
		{bwUsers + "/" + samuel, "drawer", "h2#drawer-t"},
		{bwUsers + "/removals/new?id=" + samuel, "dialog", "h2#dialog-t"},
	} {
		part := v.script(http.MethodGet, c.path, c.part, nil).expect(http.StatusOK).page()
		if part.Find(c.has).Length() != 1 || part.Find("main, h1, .rail").Length() != 0 {
			t.Errorf("%s as a part: %q %d times", c.path, c.has, part.Find(c.has).Length())
		}
		whole := v.get(c.path).expect(http.StatusOK).page()
		if whole.Find("main h1").Length() != 1 {
			t.Errorf("%s is no page", c.path)
		}
	}
}

// PRIV-13, PRIV-19: who only views sees no way to change anything, and is refused every change, whatever a script says.
func TestUsersForViewers(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Samuel)
		rosa := p.userID(t, store.Dana, store.Brightwater, store.Rosa)
		a := v.get(bwUsers).expect(http.StatusOK)
		if a.page().Find("[data-row], [data-all], .bulk, .toggle, form[method=post]:not(#sign-out)").Length() != 0 {
			t.Error("a viewer is offered a change")
		}
		if a.page().Find(".pagehead a[href*='/invites/new'], .pager a[href*='/invites/new']").Length() != 0 {
			t.Error("a viewer is offered to invite")
		}
		if got := words(a.row("Ingrid Solberg").Find("[role=menu]")); got != "Open details" {
			t.Errorf("menu %q", got)
		}
		detail := v.get(bwUsers + "/" + rosa).expect(http.StatusOK)
		if detail.page().Find("main form[method=post], main a[href*='/new']").Length() != 0 {
			t.Error("a viewer is offered a form")
		}
		before := p.user(t, rosa)
		for _, headers := range []map[string]string{{}, {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#user-table", "HX-Boosted": "true"}} {
			v.headers = headers
			for _, d := range p.Doors() {
				path, ok := strings.CutPrefix(d.Path, "/accounts/:account/settings/users")
				if !ok || d.Method == http.MethodGet && !strings.HasSuffix(path, "/new") {
					continue
				}
				path = strings.ReplaceAll(path, ":user", rosa)
				form := url.Values{"id": {rosa}, "role": {"member"}, "scope": {"account"}, "notify_email": {"off"}, "version": {"1"}}
				if d.Method == http.MethodGet {
					path, form = path+"?"+form.Encode(), nil
				}
				if got := v.ask(d.Method, bwUsers+path, form).Status; got != http.StatusForbidden {
					t.Errorf("%s %s with %v: %d", d.Method, path, headers, got)
				}
			}
		}
		if after := p.user(t, rosa); after.Version != before.Version {
			t.Error("a viewer changed somebody")
		}
		// A Member has nothing here, as a page or as a part.
		member := p.as(t, store.Leonard)
		member.get(bwUsers).expect(http.StatusForbidden)
		member.get(bwUsers + ".csv").expect(http.StatusForbidden)
		member.script(http.MethodGet, bwUsers, "user-table", nil).expect(http.StatusForbidden)
	})
}

// siteID finds a site of Brightwater by its name.
func (p *portal) siteID(t *testing.T, name string) string {
	t.Helper()
	sites, _, err := p.store.Sites(t.Context(), p.actor(t, store.Dana, store.Brightwater), name, "", 2)
	if err != nil || len(sites) != 1 {
		t.Fatalf("%s: %d sites, %v", name, len(sites), err)
	}
	return sites[0].ID
}

// form is what a browser would send of a form as it stands.
func (a *answer) form(selector string) url.Values {
	a.t.Helper()
	form := a.page().Find(selector)
	if form.Length() != 1 {
		a.t.Fatalf("%s stands %d times on the page", selector, form.Length())
	}
	values := url.Values{}
	form.Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		name, named := s.Attr("name")
		_, checked := s.Attr("checked")
		box := s.AttrOr("type", "") == "checkbox" || s.AttrOr("type", "") == "radio"
		switch {
		case !named || box && !checked:
		case s.Is("select"):
			values.Add(name, s.Find("option[selected]").AttrOr("value", ""))
		default:
			values.Add(name, s.AttrOr("value", s.Text()))
		}
	})
	return values
}
