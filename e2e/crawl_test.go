package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
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

// furtherOn marks the later pages of a list, which look like the first.
const furtherOn = " further on"

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
		kind += furtherOn
	case len(query) > 0:
		kind += " narrowed"
	}
	return kind
}

// isFile says that there is no page behind a door: a file, or what only a script asks for.
func isFile(door string) bool {
	return strings.HasSuffix(door, ".csv") || strings.HasSuffix(door, ".json") || strings.HasSuffix(door, ".jsonl") || strings.HasPrefix(door, "/api/") || strings.HasSuffix(door, "/progress") ||
		slices.Contains([]string{"/static/*", "/healthz", "/readyz", "/accounts/:account/settings/sites", "/accounts/:account/settings/nodes"}, door)
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
	for (const a of document.querySelectorAll('a[href]:not([download])')) {
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

// walk looks at every page within reach of a person, beginning at these addresses.
func (c *crawler) walk(p *Person, who string, from ...string) {
	p.t.Helper()
	seen := map[string]bool{}
	n := 0
	for len(from) > 0 {
		at := stop{page: from[0], kind: c.kindOf(from[0])}
		from = from[1:]
		if at.kind == "" || seen[at.kind] {
			continue
		}
		seen[at.kind] = true
		n++
		p.Open(at.page)
		var found struct{ Pages, Parts []string }
		p.Eval(linksScript, &found) // before the rows are thinned out
		c.examine(p, who, at)
		for _, link := range slices.Concat(found.Pages, found.Parts) {
			if path, _, _ := strings.Cut(link, "?"); c.doorOf(path) == "" && c.first("dead "+path) {
				p.t.Errorf("%s at %v: a link to %s, where there is no door", who, at, link)
			}
		}
		from = append(from, found.Pages...)
		for _, part := range found.Parts {
			at := stop{at.page, part, c.kindOf(part) + " in a dialog"}
			if path, _, _ := strings.Cut(part, "?"); c.doorOf(path) != "" && c.first(at.kind) { // alike for every role
				n++
				c.openPart(p, at)
				c.examine(p, who, at)
			}
		}
	}
	p.t.Logf("%s: %d pages and parts of pages", who, n)
}

// openPart opens a part of a page by its link.
func (c *crawler) openPart(p *Person, at stop) {
	p.t.Helper()
	p.Open(at.page)
	encoded, err := json.Marshal(at.part)
	if err != nil {
		p.fail("%v", err)
	}
	p.Eval(fmt.Sprintf(`[...document.querySelectorAll('a[data-in]')].find(a => a.getAttribute('href') === %s).click()`, encoded), nil)
	p.WaitCount("dialog[open] > *", 1)
	p.tab.settle()
}

// The windows that pages are looked at in. What fits the narrowest and the two beside the turns of the layout fits others.
var (
	desk   = window{1280, 800}
	tablet = window{820, 1180}
	hand   = window{390, 844}
	narrow = window{320, 640}
)

type window struct{ width, height int }

// thinScript leaves three rows of every list, and those that show a state which no row before them does: the others have
// the same elements, and axe looks at each.
const thinScript = `for (const list of document.querySelectorAll('tbody, ul.rows, .picker ul')) {
	const shown = new Set()
	;[...list.children].forEach((row, i) => {
		const states = [...row.querySelectorAll('[data-tone], .toggle')].map(e => e.className + e.dataset.tone + e.ariaChecked + e.disabled)
		if (i >= 3 && states.every(s => shown.has(s))) row.remove()
		states.forEach(s => shown.add(s))
	})
}`

// paintedScript waits until the screen shows what the page is.
const paintedScript = `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))`

// examine looks closely at what is on the screen, and leaves a person at a desk in the light. The first of each kind of
// page must fit every width, and axe-core examines it: on a desk in light and dark, where only colours can differ, and in
// a hand. What another role sees of it differs in little.
func (c *crawler) examine(p *Person, who string, at stop) {
	p.t.Helper()
	path, _, _ := strings.Cut(at.page, "?")
	c.mu.Lock()
	c.opened[c.doorOf(path)] = true
	c.mu.Unlock()
	where := fmt.Sprintf("%s at %v", who, at)
	if n := p.Count("h1"); n != 1 {
		p.t.Errorf("%s: %d first headings", where, n)
	}
	if !c.first("axe " + strings.TrimSuffix(at.kind, furtherOn)) {
		return
	}
	found := func(how string, findings []string) {
		if len(findings) > 0 {
			p.t.Errorf("%s, %s: axe found\n%s", where, how, strings.Join(findings, "\n"))
		}
	}
	for _, w := range []window{desk, tablet, narrow, hand} {
		if w != desk { // where everybody is
			p.SetViewport(w.width, w.height)
		}
		if wide, err := p.root().ask("sideways", nil); err != nil || !wide.OK {
			p.t.Errorf("%s scrolls sideways at %d: %s", where, w.width, why(wide, err))
		}
	}
	p.Eval(thinScript, nil)
	found("in a hand", p.axe())
	p.SetViewport(desk.width, desk.height)
	found("on a desk", p.axe())
	c.menus(p, where)
	p.Dark(true)
	p.Eval(paintedScript, nil)
	found("dark", p.axeColours("document"))
	c.menus(p, where+", dark")
	p.Dark(false)
}

// menusScript lists what opens over the page: of those in rows the first.
const menusScript = `(() => {
	const all = [...document.querySelectorAll('[popover]:not([popover=manual])')].filter(m => !m.closest('dialog:not([open])'))
	const row = all.find(m => m.closest('tbody'))
	return all.filter(m => m.id && (m === row || !m.closest('tbody'))).map(m => m.id)
})()`

// menus opens every menu of a kind that nobody has seen yet.
func (c *crawler) menus(p *Person, where string) {
	p.t.Helper()
	var ids []string
	p.Eval(menusScript, &ids)
	for _, id := range ids {
		_, dark, _ := strings.Cut(where, ", dark")
		if !c.first(fmt.Sprint("menu ", digits.ReplaceAllString(id, "·"), dark)) {
			continue
		}
		menu := fmt.Sprintf("document.getElementById(%q)", id)
		p.Eval(menu+".showPopover()", nil)
		p.Eval(paintedScript, nil)
		if findings := p.axeColours(menu); len(findings) > 0 {
			p.t.Errorf("%s, menu %s: axe found\n%s", where, id, strings.Join(findings, "\n"))
		}
		p.Eval(menu+".hidePopover()", nil)
	}
}

var digits = regexp.MustCompile(`[0-9a-f]*[0-9][0-9a-f-]*`)

// peopleFile has one row that can be invited and one that cannot.
const peopleFile = "First name,Last name,E-mail,Role,Scope\nAda,Ngata,ada@brightwater.example,User,All sites\nBo,,not an address,King,Nowhere\n"

// elsewhere are the doors that open only with a link of a mail, a second factor, a proof or something chosen: the tests of
// those features come to them, this one does not examine them.
var elsewhere = []string{
	"/sign-in/second-factor", "/sign-in/passkey", "/not-me/:token", "/address/:token", "/address-stop/:token",
	"/profile/passkeys/new", "/profile/passkeys/:passkey/removals/new", "/profile/proofs/new", "/profile/app", "/profile/app/removals/new",
	"/profile/recovery-codes/new", "/accounts/:account/settings/security/domains/new",
	"/accounts/:account/settings/users/factor-resets/new", "/accounts/:account/settings/guests/outcome", "/accounts/:account/settings/guests/groups", "/accounts/:account/administrators/outcome",
	"/accounts/:account/administrators/factor-resets/new",
	"/accounts/:account/credits/outcome", "/accounts/:account/credits/sites",
	"/accounts/:account/support/:support/invites/:offer/sendings/new", "/accounts/:account/support/:support/invites/:offer/revocations/new",
	"/accounts/:account/sites/:site/devices/imports/:file", "/accounts/:account/companies/:client/admins/new", "/accounts/:account/companies/:client/resumptions/new",
	"/accounts/:account/sites/:site/devices/outcome", "/accounts/:account/sites/:site/devices/moves/new", "/accounts/:account/sites/:site/devices/removals/new",
}

// TestCrawl: every page there is, as each kind of person, has no accessibility finding in light and dark, wide and
// narrow, breaks no policy, writes no error to the console and never scrolls sideways (HDR-04).
func TestCrawl(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{NoMail: true, Env: map[string]string{"GATEHOUSE_FLOOD": "0"}})
	c := newCrawler(t, s)
	const account = "/accounts/" + store.Brightwater
	people := []struct{ who, email string }{
		{"nobody", ""},
		{"a Deployer User", store.Jonas},
		{"a User", store.Samuel},
		{"a Member", store.Leonard},
		{"an admin of three sites", store.Ingrid},
		{"the partner's Master", store.Nora},
		{"a guest", store.Anais},
		{"somebody who is invited", invitedGuest},
	}
	t.Run("people", func(t *testing.T) {
		for _, person := range people {
			t.Run(person.who, func(t *testing.T) {
				t.Parallel()
				p := s.Person(t)
				from := []string{"/help", "/invites/requested"}
				if person.email == invitedGuest {
					p.SignIn(person.email, store.DemoPassword)
					c.invitation(p, person.who)
					return
				}
				if person.email == "" {
					from = append(from, "/", "/forgot/sent", "/reset/garbage", "/invites/garbage", "/set-up/garbage", "/dev/mail")
				} else {
					p.SignIn(person.email, store.DemoPassword)
					if person.email == store.Jonas {
						c.after(p, person.who, account)
					}
					from = append(from, "/", account, account+"/settings", account+"/settings/users", account+"/settings/invites")
				}
				c.walk(p, person.who, from...)
			})
		}
	})
	for _, d := range c.doors {
		if d.Method == "GET" && !c.opened[d.Path] && !isFile(d.Path) && !slices.Contains(elsewhere, d.Path) {
			t.Errorf("nobody came to %s", d.Path)
		}
	}
}

// invitedGuest has an invitation that waits for an answer. What else they see, others see too.
const invitedGuest = "dwight.ames@cobaltfield.example"

// invitation looks at an invitation as a guest answers it: in its row, in the window and as a page.
func (c *crawler) invitation(p *Person, who string) {
	p.t.Helper()
	list := stop{page: "/companies", kind: "/companies of the invited"}
	p.Open(list.page)
	c.examine(p, who, list)
	at := p.Group("Invitations").Attr("a[data-in]", "href")
	window := stop{list.page, at, c.kindOf(at) + " in a dialog"}
	c.openPart(p, window)
	c.examine(p, who, window)
	p.Open(at)
	c.examine(p, who, stop{page: at, kind: c.kindOf(at)})
}

// after looks at what no link leads to, because it comes after something was done: an import, its report, a bulk result.
func (c *crawler) after(p *Person, who, account string) {
	p.t.Helper()
	here := func() {
		at := stop{page: p.URL()}
		at.kind = c.kindOf(at.page) + " after the fact"
		c.examine(p, who, at)
	}
	p.Open(account + "/settings/users?q=owen")
	p.Open(account + "/settings/users/" + p.RowID(store.Owen) + "/access?q=Harbor")
	p.See("Owen Pritchard may")
	here()
	p.Open(account + "/settings/guests?q=birte")
	p.Open(account + "/settings/guests/" + p.RowID(store.Birte) + "/access?q=boiler+meter")
	p.See("Birte Sander may")
	here()
	p.Open(p.DeviceAt("Harbor Point Tower", "Boiler meter") + "/access?everybody=1")
	p.See("These people reach Boiler meter")
	here()
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
