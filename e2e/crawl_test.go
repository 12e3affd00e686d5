package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/store"
)

// crawler walks every page that somebody reaches by links, dialogs and drawers, and looks at each with a critical eye.
type crawler struct {
	s     *Server
	doors []door
	// main are the pages that are looked at in every light and width; the others in the two that differ most.
	main []string

	mu     sync.Mutex
	looked map[string]bool // what was examined already: doors, by whom
	opened map[string]bool // doors somebody has opened
}

// door is a row of `gatehouse routes`, its path in parts.
type door struct {
	Method, Path string
	parts        []string
}

func newCrawler(t *testing.T, s *Server) *crawler {
	t.Helper()
	out, err := s.Run("routes", "--json")
	if err != nil {
		t.Fatalf("routes: %v\n%s", err, out)
	}
	c := &crawler{s: s, looked: map[string]bool{}, opened: map[string]bool{}}
	if err := json.Unmarshal([]byte(out), &c.doors); err != nil {
		t.Fatal(err)
	}
	for i, d := range c.doors {
		c.doors[i].parts = strings.Split(d.Path, "/")
	}
	return c
}

// doorOf is the door of a path, the one with the fewest variables if several fit; empty when there is none.
func (c *crawler) doorOf(path string) string {
	best, fewest := "", 100
	for _, d := range c.doors {
		if n, ok := d.fits(strings.Split(path, "/")); ok && d.Method == "GET" && n < fewest {
			best, fewest = d.Path, n
		}
	}
	return best
}

func (d door) fits(path []string) (variables int, ok bool) {
	for i, part := range d.parts {
		switch {
		case part == "*":
			return variables + 10, true
		case i >= len(path):
			return 0, false
		case strings.HasPrefix(part, ":") && path[i] != "":
			variables++
		case part != path[i]:
			return 0, false
		}
	}
	return variables, len(path) == len(d.parts)
}

// kindOf tells pages apart: a door, a list narrowed, a list further on, a question about several. One of each is looked at.
func (c *crawler) kindOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	kind := c.doorOf(u.Path)
	if kind == "" || isFile(kind) {
		return ""
	}
	query := u.Query()
	if len(query["id"]) > 1 {
		return kind + " of several"
	}
	for _, own := range []string{"id", "list", "lang", "next"} { // they change what is named, not what is shown
		query.Del(own)
	}
	switch {
	case query.Has("after") || query.Has("before"):
		kind += " further on"
	case len(query) > 0:
		kind += " narrowed"
	}
	return kind
}

// isFile says that there is no page behind a door: a file, or what only a script asks for.
func isFile(door string) bool {
	return strings.HasSuffix(door, ".csv") || strings.HasSuffix(door, "/progress") ||
		slices.Contains([]string{"/static/*", "/healthz", "/readyz", "/accounts/:account/settings/sites"}, door)
}

// first claims something for one walker: it is true once.
func (c *crawler) first(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() { c.looked[what] = true }()
	return !c.looked[what]
}

// linksScript finds where a page leads, and what of it opens in a dialog or a drawer. Previews of bulk actions are asked
// for the first two rows.
const linksScript = `(() => {
	const pages = [], parts = []
	for (const a of document.querySelectorAll('a[href]')) {
		if (a.origin === location.origin) pages.push(a.pathname + a.search)
	}
	const rows = [...document.querySelectorAll('[data-row]')].slice(0, 2).map(r => 'id=' + encodeURIComponent(r.value)).join('&')
	for (const b of document.querySelectorAll('button[formaction]')) {
		if (rows && b.form?.method === 'get') pages.push(b.getAttribute('formaction') + '?' + rows)
	}
	for (const a of document.querySelectorAll('a[data-in]')) parts.push(a.getAttribute('href'))
	return { pages, parts }
})()`

// stop is something the crawler looks at: a page, or a part of it opened in a dialog or a drawer.
type stop struct{ page, part, kind string }

func (s stop) String() string {
	if s.part == "" {
		return s.page
	}
	return s.page + " with " + s.part + " open"
}

// walk looks at every page within reach of a person, beginning at these addresses: first all of them in light, then the
// same in dark. The scheme changes between pages, never under one: headless Chromium then leaves some colours behind.
func (c *crawler) walk(p *Person, who string, from ...string) {
	p.t.Helper()
	var stops []stop
	seen := map[string]bool{}
	for len(from) > 0 {
		at := stop{page: from[0], kind: c.kindOf(from[0])}
		from = from[1:]
		if at.kind == "" || seen[at.kind] {
			continue
		}
		seen[at.kind] = true
		c.look(p, who, at, false)
		stops = append(stops, at)
		var found struct{ Pages, Parts []string }
		p.Eval(linksScript, &found)
		for _, link := range slices.Concat(found.Pages, found.Parts) {
			if path, _, _ := strings.Cut(link, "?"); c.doorOf(path) == "" && c.first("dead "+path) {
				p.t.Errorf("%s at %v: a link to %s, where there is no door", who, at, link)
			}
		}
		from = append(from, found.Pages...)
		for _, part := range found.Parts {
			at := stop{at.page, part, c.kindOf(part) + " in a dialog"}
			if path, _, _ := strings.Cut(part, "?"); c.doorOf(path) != "" && c.first(at.kind) { // alike for every role
				c.look(p, who, at, false)
				stops = append(stops, at)
			}
		}
	}
	p.Dark(true)
	for _, at := range stops {
		if c.first("dark " + at.kind) {
			c.look(p, who, at, true)
		}
	}
	p.t.Logf("%s: %d pages and parts of pages", who, len(stops))
}

// look goes somewhere and examines what is there.
func (c *crawler) look(p *Person, who string, at stop, dark bool) {
	p.t.Helper()
	p.SetViewport(c.size(dark))
	p.Open(at.page)
	if at.part == "" {
		c.examine(p, who, at, dark)
		return
	}
	encoded, err := json.Marshal(at.part)
	if err != nil {
		p.fail("%v", err)
	}
	p.Eval(fmt.Sprintf(`[...document.querySelectorAll('a[data-in]')].find(a => a.getAttribute('href') === %s).click()`, encoded), nil)
	p.WaitCount("dialog[open] > *", 1)
	p.tab.settle()
	p.Eval("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))", nil) // it has been painted by then
	c.examine(p, who, at, dark)
	p.SetViewport(c.size(dark))
	p.Press("Escape")
	p.WaitCount("dialog[open] > *", 0)
}

func (c *crawler) size(dark bool) (width, height int) {
	if dark {
		return 390, 844
	}
	return 1280, 800
}

// examine looks closely at what is on the screen. In light, on a desk: all that person's pages. In dark, in a hand: those
// that nobody has looked at before. The main pages both ways in both.
func (c *crawler) examine(p *Person, who string, at stop, dark bool) {
	p.t.Helper()
	path, _, _ := strings.Cut(at.page, "?")
	c.mu.Lock()
	c.opened[c.doorOf(path)] = true
	c.mu.Unlock()
	where := fmt.Sprintf("%s at %v, dark %t", who, at, dark)
	if n := p.Count("h1"); n != 1 {
		p.t.Errorf("%s: %d first headings", where, n)
	}
	width, height := c.size(dark)
	other := 1280 + 390 - width
	widths := []int{width}
	if !dark {
		widths = append(widths, 820, 320)
	}
	if slices.Contains(c.main, at.kind) {
		widths = append(widths, other)
	}
	for _, w := range widths {
		p.SetViewport(w, height)
		if wide, err := p.root().ask("sideways", nil); err != nil || !wide.OK {
			p.t.Errorf("%s scrolls sideways at %d: %s", where, w, why(wide, err))
		}
		// What another role has seen already differs in little: it is not examined for long again.
		if w != width && w != other || !c.first(fmt.Sprint("axe ", w, dark, at.kind)) {
			continue
		}
		if findings := p.axe(); len(findings) > 0 {
			p.t.Errorf("%s at %d: axe found\n%s", where, w, strings.Join(findings, "\n"))
		}
	}
}

// peopleFile has one row that can be invited and one that cannot.
const peopleFile = "First name,Last name,E-mail,Role,Scope\nAda,Ngata,ada@brightwater.example,User,All sites\nBo,,not an address,King,Nowhere\n"

// TestCrawl: every page there is, as each kind of person, has no accessibility finding in light and dark, wide and
// narrow, breaks no policy, writes no error to the console and never scrolls sideways (HDR-04).
func TestCrawl(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{NoMail: true, Env: map[string]string{"GATEHOUSE_FLOOD": "0"}})
	c := newCrawler(t, s)
	const account = "/accounts/" + store.Brightwater
	c.main = []string{"/sign-in", "/accounts/:account", "/accounts/:account/settings/users", "/accounts/:account/settings/invites", "/profile"}
	people := []struct{ who, email string }{
		{"nobody", ""},
		{"an account admin", store.Dana},
		{"a User", store.Samuel},
		{"a Member", store.Leonard},
		{"an admin of three sites", store.Ingrid},
		{"the partner's Master", store.Nora},
	}
	t.Run("people", func(t *testing.T) {
		for _, person := range people {
			t.Run(person.who, func(t *testing.T) {
				t.Parallel()
				p := s.Person(t)
				from := []string{"/help", "/invites/requested"}
				if person.email == "" {
					from = append(from, "/", "/forgot/sent", "/reset/garbage", "/invites/garbage", "/set-up/garbage", "/dev/mail")
				} else {
					p.SignIn(person.email, store.DemoPassword)
					if person.email == store.Dana {
						c.after(p, person.who, account)
					}
					from = append(from, "/", account, account+"/settings", account+"/settings/users", account+"/settings/invites")
				}
				c.walk(p, person.who, from...)
			})
		}
	})
	for _, d := range c.doors {
		if d.Method == "GET" && !c.opened[d.Path] && !isFile(d.Path) {
			t.Errorf("nobody came to %s", d.Path)
		}
	}
}

// after looks at what no link leads to, because it comes after something was done: an import, its report, a bulk result.
func (c *crawler) after(p *Person, who, account string) {
	p.t.Helper()
	here := func() {
		at := stop{page: p.URL()}
		at.kind = c.kindOf(at.page) + " after the fact"
		c.examine(p, who, at, false)
		p.SetViewport(1280, 800)
	}
	p.Open(account + "/settings/invites/imports/new")
	p.Attach("CSV file", "people.csv", []byte(peopleFile))
	p.Click("Check the file", "button")
	p.See("Invite 1 person")
	here()
	p.Click("Invite 1 person")
	p.See("1 person was invited")
	here()
	for _, list := range []struct{ name, change string }{{"invites", "sendings"}, {"users", "sign-outs"}} {
		p.Open(account + "/settings/" + list.name)
		var chosen string
		p.Eval(`[...document.querySelectorAll('[data-row]')].slice(0, 3).map(r => 'id=' + r.value).join('&')`, &chosen)
		p.Open(account + "/settings/" + list.name + "/" + list.change + "/new?" + chosen)
		p.Click("Yes")
		p.SeeURL("/outcome")
		here()
	}
}
