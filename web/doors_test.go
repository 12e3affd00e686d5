package web

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store/storetest"
	"gatehouse/views"
)

// A door without a privilege admits nobody, whoever they are.
func TestUnlabelledDoorAdmitsNobody(t *testing.T) {
	var none domain.Privilege
	for _, kind := range []domain.AccountKind{domain.Customer, domain.Partner} {
		for _, role := range append(domain.RolesOf(kind), domain.Role{}) {
			by := domain.Actor{User: domain.User{ID: "u"}, Account: domain.Account{ID: "a", Kind: kind}, Membership: "m", Role: role, Scope: domain.Whole("a")}
			if by.Can(none) || role.May(none) {
				t.Errorf("%q may pass a door without a privilege", role.ID)
			}
		}
	}
	if (domain.Actor{}).Can(none) {
		t.Error("nobody may pass a door without a privilege")
	}
	c := theCast(t)
	p := c.open(t, admin())
	p.echo.Add(get, "/unlabelled", p.door(Route{Method: get, Path: "/unlabelled", Do: func(r *request) error { return r.String(http.StatusOK, "in") }}))
	p.echo.Add(get, "/accounts/:account/unlabelled", p.door(Route{Method: get, Do: func(r *request) error { return r.String(http.StatusOK, "in") }}))
	for _, who := range souls {
		for _, path := range []string{"/unlabelled", "/accounts/" + who.home + "/unlabelled"} {
			if a := c.as(t, p, who).get(path); a.Status != http.StatusForbidden && a.Status != http.StatusNotFound && kind(a) != "303 /sign-in" {
				t.Errorf("%s gets %d at %s", who.name, a.Status, path)
			}
		}
	}
}

// The route table holds each door once, knows two methods, and lets nobody without a place into an account.
func TestRouteTable(t *testing.T) {
	for _, dev := range []bool{true, false} {
		p := theCast(t).open(t, admin(), func(c *Config) { c.Dev = dev })
		seen := map[string]bool{}
		for _, r := range p.routes() {
			at := r.Method + " " + r.Path
			if seen[at] {
				t.Errorf("%s is there twice", at)
			}
			seen[at] = true
			switch {
			case r.Method != get && r.Method != post:
				t.Errorf("%s: the method is none of a form's or link's", at)
			case !strings.HasPrefix(r.Path, "/") || r.Do == nil:
				t.Errorf("%s leads nowhere", at)
			case r.May == 0 || r.May.String() == domain.Privilege(0).String():
				t.Errorf("%s has no privilege", at)
			case strings.Contains(r.Path, ":account") && (r.May == domain.Anyone || r.May == domain.SignedIn):
				t.Errorf("%s is in an account and asks for no place in it", at)
			case strings.Contains(r.Path, ":account") && !strings.HasPrefix(r.Path, "/accounts/:account"):
				t.Errorf("%s names the account at another place", at)
			case !dev && strings.HasPrefix(r.Path, "/dev"):
				t.Errorf("%s is there outside development", at)
			}
		}
		// What the router has beside the table: HEAD for every GET, and the page for what is not there.
		for _, r := range p.echo.Routes() {
			if at := r.Method + " " + r.Path; !seen[at] && (r.Method != http.MethodHead || !seen["GET "+r.Path]) && r.Path != "/*" {
				t.Errorf("%s is served and not in the table", at)
			}
		}
	}
}

// owned is the address of a door on what is the Admin's own.
func (m *matrix) owned(t *testing.T, who soul, door Route) (string, map[string]string) {
	t.Helper()
	with := map[string]string{}
	names, kinds := params(t, door.Method, door.Path, true)
	for _, name := range names {
		id, ok := m.thing(who, "own", kinds[name])
		if !ok {
			id, _ = m.thing(who, "missing", kinds[name])
		}
		with[name] = id
	}
	return address(door.Path, with), with
}

func TestHEADIsGETWithoutABody(t *testing.T) {
	m := newMatrix(t, theCast(t))
	p := m.open(t, admin())
	v := m.as(t, p, admin())
	v.get("/accounts/brightwater").expect(http.StatusOK) // the account in hand is noted now
	watch := storetest.NewWatch(t, p.store, "sessions.seen_at")
	for _, door := range m.doors {
		if door.Method != get {
			continue
		}
		path, _ := m.owned(t, admin(), door)
		looks, asks := v.ask(http.MethodHead, path, nil), v.get(path)
		if looks.Status != asks.Status {
			t.Errorf("HEAD %s: %d, GET %d", path, looks.Status, asks.Status)
		}
		for _, h := range []http.Header{looks.Header, asks.Header} {
			h.Del("X-Request-Id")
			if looks.Status >= http.StatusBadRequest { // there is no page to describe
				h.Del("Content-Type")
				h.Del("Vary")
			}
		}
		if !maps.EqualFunc(looks.Header, asks.Header, slices.Equal) {
			t.Errorf("HEAD %s: headers\n%v\n%v", path, looks.Header, asks.Header)
		}
		if changes := watch.Changes(); changes != nil {
			t.Errorf("GET or HEAD %s has written %q", path, changes)
		}
	}
	// Over a connection nothing follows the headers.
	server := httptest.NewServer(serve(p.store, func(c *Config) { c.BaseURL.Scheme = "http"; c.BaseURL.Host = "127.0.0.1:0" }))
	defer server.Close()
	res, err := http.Head(server.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK || res.ContentLength <= 0 {
		t.Errorf("HEAD /healthz: %d with length %d, %v", res.StatusCode, res.ContentLength, err)
	}
}

// A flash waits for a page: looking ahead, a script that polls and a redirect on the way do not use it up.
func TestFlashWaitsForAPage(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		p.echo.Add(post, "/change", p.door(Route{post, "/change", domain.SignedIn, func(r *request) error {
			return p.done(r, "/", views.Flash{Title: "It is done"})
		}}))
		v := p.as(t, "dana.whitfield@brightwater.example")
		a := v.post("/change").expect(http.StatusSeeOther)
		v.ask(http.MethodHead, "/profile", nil).expect(http.StatusOK)
		v.get("/accounts/brightwater/settings/progress").expect(http.StatusNotFound)
		for a.Status == http.StatusSeeOther {
			a = v.follow(a)
		}
		a.expect(http.StatusOK).see("It is done")
		if strings.Contains(v.get("/profile").Text(), "It is done") {
			t.Error("it is told twice")
		}
	})
}

// opens reports whether a door of that method takes the path as one of its own, with a word of the path for an id.
func (m *matrix) opens(method, path string) bool {
	asked := strings.Split(path, "/")
	return slices.ContainsFunc(m.doors, func(d Route) bool {
		parts := strings.Split(d.Path, "/")
		return d.Method == method && slices.EqualFunc(parts, asked, func(part, word string) bool { return part == word || strings.HasPrefix(part, ":") })
	})
}

// HDR-07: only the methods of the table; a method told by another header is none.
func TestOtherMethodsAreRefused(t *testing.T) {
	m := newMatrix(t, theCast(t))
	p := m.open(t, admin())
	v := m.as(t, p, admin())
	watch := storetest.NewWatch(t, p.store, "sessions.seen_at")
	there := map[string]bool{}
	for _, door := range m.doors {
		there[door.Method+" "+door.Path] = true
	}
	for _, door := range m.doors {
		path, with := m.owned(t, admin(), door)
		form := m.form(admin(), door.Path, with, true)
		for _, method := range []string{http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodPatch, http.MethodDelete, "PROPFIND", "get"} {
			a := v.ask(method, path, form).expect(http.StatusMethodNotAllowed)
			if a.Header.Get("Allow") != "GET, HEAD, POST" || len(a.Header["Set-Cookie"]) > 0 {
				t.Errorf("%s %s: %v", method, path, a.Header)
			}
		}
		for _, method := range []string{get, post} {
			if !there[method+" "+door.Path] && !m.opens(method, door.Path) {
				v.headers = map[string]string{"X-HTTP-Method-Override": door.Method, "X-HTTP-Method": door.Method, "X-Method-Override": door.Method}
				if a := v.ask(method, path+"?_method="+door.Method, form); a.Status != http.StatusMethodNotAllowed && a.Status != http.StatusNotFound {
					t.Errorf("%s %s: %d", method, path, a.Status)
				}
				v.headers = map[string]string{}
			}
		}
	}
	if changes := watch.Changes(); changes != nil {
		t.Errorf("written: %q", changes)
	}
}
