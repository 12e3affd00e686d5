package web

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// A crawl follows everything that is shown to one person.
type crawl struct {
	t     *testing.T
	c     *cast
	p     *portal
	table []Route
	who   soul
	v     *visitor
	lang  string
	// aside is a copy of the portal to ask who the person is: asking there leaves no trace in the one that is crawled.
	aside *portal
	by    map[string]domain.Actor // the person's place by account, to ask what they may
	spare *portal                 // a copy that nobody has changed yet, to send a form to
	todo  []step
	seen  map[string]int  // how often a door was asked
	told  map[string]bool // the faults, without what differs from row to row
	doors map[string]bool
	title map[string]titledPage
	forms map[string]shownForm
}

// A step is an address to ask for, and where it was shown.
type step struct {
	path   string
	target string // id of the element that script puts the answer into, empty for a page
	inner  bool   // into it rather than in its place
	form   bool   // by a form that asks: it may have to ask again (422)
	refuse bool   // it was typed, or is the same page in another language: it may be refused
	from   string
}

// outside is where the first steps come from.
const outside = "outside"

// A shownForm is a form that changes something, as it was shown.
type shownForm struct {
	action, target, from string
	fields               url.Values
	typed                []string // the fields a person types into
}

// perDoor is how many addresses of a door are asked for, for a page or for one element: one with each set of parameters,
// so that every filter and order is met once.
const perDoor = 12

// entrances are where a person comes from outside: what they type, and the links in mails.
func (c *cast) entrances(who soul) []string {
	return []string{
		"/", "/help", "/profile", "/sign-in", "/forgot", "/nowhere", "/dev/mail",
		"/accounts/" + who.home, "/accounts/" + who.home + "/settings", "/accounts/" + who.home + "/settings/sites?q=a", "/accounts/" + who.home + "/settings/nodes?q=a&name=scope&down=device",
		"/invites/" + c.things["token invites"], "/invites/" + c.things["dead token invites"], "/reset/" + c.things["token reset"], "/set-up/garbage",
		"/not-me/" + c.things["token not-me"], "/address/" + c.things["token address"], "/address-stop/" + c.things["token address-stop"], "/sign-in/second-factor",
		"/accounts/" + who.home + "/support?address=" + url.QueryEscape(store.Noor),
		"/profile/proofs/new?next=/profile", "/profile/app/removals/new", "/profile/recovery-codes/new",
	}
}

// unreached are the doors that no link, form or answer to a form leads to, and why.
var unreached = map[string]string{
	"GET /healthz": "a load balancer's",
	"GET /readyz":  "a load balancer's",
	"GET /accounts/:account/companies/:client/admins/new":               "while an account waits for its first Admin: TestCreateAccount",
	"GET /accounts/:account/companies/:client/resumptions/new":          "while an account is suspended: TestINV18SuspendAnAccount",
	"GET /accounts/:account/credits/outcome":                            "when credits were allocated to several sites: TestCreditsOfAPartner",
	"GET /accounts/:account/settings/invites/imports/:import/progress":  "while an import runs",
	"GET /accounts/:account/settings/users/factor-resets/new":           "while somebody has a second factor to take away: TestAUTH20ResetSomebodysSecondFactor",
	"GET /accounts/:account/sites/:site/devices/imports/:file/progress": "while an import runs",
}

// Every link, form and htmx attribute that is shown to somebody leads to a door, and that door opens for them: a link
// answers 200 or 303, a form is not refused for who they are. Every page and fragment is whole and names what it refers
// to; no page shows anything of a company the person is not in (TEN-13), runs anything inline or loads anything from
// elsewhere (HDR-04, INV-15).
func TestCrawl(t *testing.T) {
	c := theCast(t)
	reached := map[string]bool{}
	var mu sync.Mutex
	t.Run("as", func(t *testing.T) {
		for _, who := range souls {
			for _, lang := range domain.Languages {
				if lang != "en" && !slices.Contains([]string{"nobody-here", "member", "admin", "site-admin-invites", "master"}, who.name) {
					continue // they see no word that these do not
				}
				t.Run(who.name+" in "+lang, func(t *testing.T) {
					t.Parallel()
					doors := c.crawl(t, who, lang)
					mu.Lock()
					maps.Copy(reached, doors)
					mu.Unlock()
				})
			}
		}
	})
	for _, door := range c.open(t, admin()).routes() {
		if len(reached) < 30 {
			break // not everybody was asked for
		}
		at := door.Method + " " + door.Path
		if why, known := unreached[at]; door.Method == get && !reached[at] && !known {
			t.Errorf("nothing leads to %s", at)
		} else if known && reached[at] {
			t.Errorf("%s is said to be reached by nothing (%s), and is", at, why)
		}
	}
}

func (c *cast) crawl(t *testing.T, who soul, lang string) map[string]bool {
	w := &crawl{
		t: t, c: c, who: who, lang: lang, by: map[string]domain.Actor{},
		seen: map[string]int{}, told: map[string]bool{}, doors: map[string]bool{}, title: map[string]titledPage{}, forms: map[string]shownForm{},
	}
	w.p = w.open()
	w.table = w.p.routes()
	w.v = w.visitor(w.p)
	for _, path := range c.entrances(who) {
		w.todo = append(w.todo, step{path: path, refuse: true, from: outside})
	}
	for len(w.todo) > 0 {
		next := w.todo[0]
		w.todo = w.todo[1:]
		w.follow(next)
	}
	w.submit()
	return w.doors
}

// open is a copy of the portal where the person reads this language.
func (w *crawl) open() *portal {
	p := w.c.open(w.t, w.who)
	if w.who.email != "" {
		storetest.Exec(w.t, p.store, "update users set language = '"+w.lang+"' where email = '"+w.who.email+"'")
	}
	return p
}

// visitor is the person's browser at a copy of the portal.
func (w *crawl) visitor(p *portal) *visitor {
	v := w.c.as(w.t, p, w.who)
	v.headers["Accept-Language"] = w.lang
	return v
}

// door finds the door of an address, as the router does.
func (w *crawl) door(method, path string) (Route, bool) {
	path, _, _ = strings.Cut(path, "#")
	path, _, _ = strings.Cut(path, "?")
	ctx := w.p.echo.NewContext(nil, nil)
	w.p.echo.Router().Find(method, path, ctx)
	i := slices.IndexFunc(w.table, func(r Route) bool { return r.Method == method && r.Path == ctx.Path() })
	if i < 0 {
		return Route{}, false
	}
	return w.table[i], true
}

// follow asks for one address and takes in what it shows.
func (w *crawl) follow(s step) {
	door, ok := w.door(get, s.path)
	u, err := url.Parse(s.path)
	if err != nil {
		w.t.Errorf("%s shows %q: %v", s.from, s.path, err)
		return
	}
	if !ok && !s.refuse {
		w.t.Errorf("%s shows %s, where there is no door", s.from, s.path)
		return
	}
	at := door.Path + "#" + s.target
	key := at + "?" + asked(u.Query())
	if w.seen[key] > 0 && door.Path != "/static/*" && s.from != outside || w.seen[at] >= perDoor || w.seen[s.path+"#"+s.target] > 0 {
		return
	}
	w.seen[at]++
	w.seen[key]++
	w.seen[s.path+"#"+s.target]++
	w.doors[get+" "+door.Path] = true
	if s.target != "" {
		w.fragment(s)
		return
	}
	v, lang := w.v, w.lang
	if chosen := u.Query().Get("lang"); chosen != "" { // for this browser, from here on: so in another browser
		v, lang = w.visitor(w.p), chosen
		if v.get("/profile").Status == http.StatusOK {
			lang = w.lang // who is signed in reads their own
		}
	}
	a := v.get(s.path)
	switch {
	case a.Status == http.StatusSeeOther:
		w.show(s.path, a.Header.Get("Location"), "", false)
		return
	case s.form && a.Status == http.StatusUnprocessableEntity:
	case a.Status >= http.StatusInternalServerError || a.Status != http.StatusOK && !s.refuse:
		w.t.Errorf("%s shows %s, which answers %d", s.from, s.path, a.Status)
		return
	}
	w.foreign(s, a)
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		return
	}
	doc := a.page()
	w.tell(s.path, faultsOf(doc, w.at(s.path), w.spoken(door, lang), true))
	if lang != w.lang {
		return
	}
	w.titled(door, doc)
	refused := len(w.todo)
	w.take(s.path, doc.Selection)
	for i := range w.todo[refused:] {
		next := &w.todo[refused+i]
		there, _, _ := strings.Cut(next.path, "?")
		next.refuse = a.Status != http.StatusOK && there == u.Path // its words in another language
	}
}

// spoken are the languages a page may be in: a stranger reads an invite in the one it was written in (English here),
// until they choose another.
func (w *crawl) spoken(door Route, lang string) []string {
	if door.Path == "/invites/:token" && lang == w.lang {
		return []string{lang, "en"}
	}
	return []string{lang}
}

// asked is what a query asks for, without the values; several are something else than one.
func asked(query url.Values) string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(query)) {
		if len(query[key]) > 1 {
			key += "…"
		}
		keys = append(keys, key)
	}
	return strings.Join(keys, "&")
}

// titled: two pages of different doors are not called alike, unless they say the same or there is nothing to do on them.
func (w *crawl) titled(door Route, doc *goquery.Document) {
	page := titledPage{door.Path, strings.TrimSpace(doc.Find("main").Text()), doc.Find("main form").Length() > 0}
	title := strings.TrimSpace(doc.Find("title").Text())
	other, there := w.title[title]
	if there && other.door != page.door && other.says != page.says && (page.does || other.does) {
		w.t.Errorf("%s and %s are both called %q", other.door, page.door, title)
	}
	w.title[title] = page
}

type titledPage struct {
	door, says string
	does       bool // it has a form
}

// foreign: nothing of Larkspur is shown to anybody else (TEN-13).
func (w *crawl) foreign(s step, a *answer) {
	if w.who.home != store.Larkspur && strings.Contains(a.Body, store.Canary) {
		w.t.Errorf("%s shows something of another company", s.path)
	}
}

// fragment asks as script does for one element of a page.
func (w *crawl) fragment(s step) {
	a := w.v.script(get, s.path, s.target, nil)
	if a.Status == http.StatusSeeOther {
		a = w.v.script(get, a.Header.Get("Location"), s.target, nil)
	}
	if a.Status != http.StatusOK || a.Header.Get("HX-Redirect") != "" || strings.TrimSpace(a.Body) == "" {
		w.t.Errorf("%s shows %s for #%s, which answers %d and leads to %q", s.from, s.path, s.target, a.Status, a.Header.Get("HX-Redirect"))
		return
	}
	w.foreign(s, a)
	doc := a.page()
	if n := doc.Find("[id='" + s.target + "']").Length(); n != 0 == s.inner {
		w.t.Errorf("%s for #%s has %d elements of that name", s.path, s.target, n)
	}
	w.tell(s.path+" for #"+s.target, faultsOf(doc, w.at(s.path), []string{w.lang}, false))
	w.take(s.path, doc.Selection)
}

func (w *crawl) at(path string) *url.URL {
	u, err := w.p.base.Parse(path)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// show puts an address on the list.
func (w *crawl) show(from, href, target string, inner bool) {
	u, err := w.at(from).Parse(href)
	if err != nil || u.Scheme != w.p.base.Scheme || u.Host != w.p.base.Host {
		return // faultsOf tells
	}
	w.todo = append(w.todo, step{path: u.RequestURI(), target: target, inner: inner, from: from})
}

// ask puts what a form asks for on the list.
func (w *crawl) ask(from, href string) {
	w.show(from, href, "", false)
	w.todo[len(w.todo)-1].form = true
}

// take lists what a page or fragment shows.
func (w *crawl) take(from string, root *goquery.Selection) {
	root.Find("a[href]").Each(func(_ int, s *goquery.Selection) {
		href := s.AttrOr("href", "")
		if strings.HasPrefix(href, "#") {
			return
		}
		w.show(from, href, "", false)
		if in, ok := s.Attr("data-in"); ok {
			w.show(from, href, in, true)
		}
	})
	root.Find("link[href], script[src], img[src], use[href]").Each(func(_ int, s *goquery.Selection) {
		href := s.AttrOr("href", s.AttrOr("src", ""))
		w.show(from, href, "", false)
	})
	root.Find("[hx-get]").Each(func(_ int, s *goquery.Selection) {
		href := s.AttrOr("hx-get", "")
		if href == "" {
			return
		}
		target := s.AttrOr("hx-target", "")
		id, named := strings.CutPrefix(target, "#")
		if !named {
			id = s.AttrOr("id", "")
		}
		if id == "" {
			w.t.Errorf("%s asks for %s for an element without a name", from, href)
			return
		}
		around, said := strings.CutPrefix(s.AttrOr("hx-include", ""), "closest ")
		if !said {
			around = "form"
		}
		fields := fieldsOf(root, s.Closest(around), false)
		switch {
		case said && strings.Contains(href, "?"): // what is included is added to what the address says
			href += "&" + fields.Encode()
		case s.Closest("form").Length() > 0:
			href, _, _ = strings.Cut(href, "?")
			href += "?" + fields.Encode()
		}
		w.show(from, href, id, strings.HasPrefix(s.AttrOr("hx-swap", "innerHTML"), "inner"))
	})
	root.Find("form").Each(func(_ int, s *goquery.Selection) { w.form(from, root, s) })
}

// tell reports faults, each once: a list has the same one in every row.
func (w *crawl) tell(at string, faults []string) {
	for _, what := range faults {
		if key := idLike.ReplaceAllString(what, "·"); !w.told[key] {
			w.told[key] = true
			w.t.Errorf("%s: %s", at, what)
		}
	}
}

var idLike = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]+`)
