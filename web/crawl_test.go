package web

import (
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
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
	by    map[string]domain.Actor // the person's place by account, to ask what they may
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
	from   string
}

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
		"/accounts/" + who.home, "/accounts/" + who.home + "/settings", "/accounts/" + who.home + "/settings/sites?q=a",
		"/invites/" + c.things["token invites"], "/invites/" + c.things["dead token invites"], "/reset/" + c.things["token reset"], "/set-up/garbage",
	}
}

// unreached are the doors nothing leads to, and why.
var unreached = map[string]string{
	"GET /healthz":           "a load balancer's",
	"GET /readyz":            "a load balancer's",
	"GET /forgot/sent":       "after POST /forgot",
	"GET /invites/requested": "after POST /invites/:token/requests",
	"GET /accounts/:account/settings/users/outcome":                    "after a change of several",
	"GET /accounts/:account/settings/invites/outcome":                  "after a change of several",
	"GET /accounts/:account/settings/invites/imports/:import":          "after POST …/imports",
	"GET /accounts/:account/settings/invites/imports/:import/progress": "while an import runs",
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
		t: t, c: c, p: c.open(t, who), who: who, lang: lang, by: map[string]domain.Actor{},
		seen: map[string]int{}, told: map[string]bool{}, doors: map[string]bool{}, title: map[string]titledPage{}, forms: map[string]shownForm{},
	}
	if who.email != "" {
		storetest.Exec(t, w.p.store, "update users set language = '"+lang+"' where email = '"+who.email+"'")
	}
	w.table = w.p.routes()
	w.v = c.as(t, w.p, who)
	w.v.headers["Accept-Language"] = lang
	for _, path := range c.entrances(who) {
		w.todo = append(w.todo, step{path: path, from: "outside"})
	}
	for len(w.todo) > 0 {
		next := w.todo[0]
		w.todo = w.todo[1:]
		w.follow(next)
	}
	w.submit()
	return w.doors
}

// door finds the door of an address, as the router does.
func (w *crawl) door(method, path string) (Route, bool) {
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
	outside := s.from == "outside"
	if !ok && !outside {
		w.t.Errorf("%s shows %s, where there is no door", s.from, s.path)
		return
	}
	at := door.Path + "#" + s.target
	key := at + "?" + strings.Join(slices.Sorted(maps.Keys(u.Query())), "&")
	if w.seen[key] > 0 && door.Path != "/static/*" || w.seen[at] >= perDoor || w.seen[s.path+"#"+s.target] > 0 {
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
	a := w.v.get(s.path)
	switch {
	case a.Status == http.StatusSeeOther:
		w.show(s.path, a.Header.Get("Location"), "", false)
		return
	case s.form && a.Status == http.StatusUnprocessableEntity:
	case a.Status >= http.StatusInternalServerError || a.Status != http.StatusOK && !outside:
		w.t.Errorf("%s shows %s, which answers %d", s.from, s.path, a.Status)
		return
	}
	w.foreign(s, a)
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		return
	}
	doc := a.page()
	w.tell(s.path, faultsOf(doc, w.at(s.path), w.lang, true))
	w.titled(door, doc)
	w.take(s.path, doc.Selection)
}

// titled: two pages of different doors are not called alike, unless they say the same.
func (w *crawl) titled(door Route, doc *goquery.Document) {
	title, says := strings.TrimSpace(doc.Find("title").Text()), strings.TrimSpace(doc.Find("main").Text())
	other, there := w.title[title]
	if there && other.door != door.Path && other.says != says {
		w.t.Errorf("%s and %s are both called %q", other.door, door.Path, title)
	}
	w.title[title] = titledPage{door.Path, says}
}

type titledPage struct{ door, says string }

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
	w.tell(s.path+" for #"+s.target, faultsOf(doc, w.at(s.path), w.lang, false))
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
		fields := fieldsOf(root, s.Closest("form"), false)
		if s.Closest("form").Length() > 0 {
			href, _, _ = strings.Cut(href, "?")
			href += "?" + fields.Encode()
		}
		w.show(from, href, id, strings.HasPrefix(s.AttrOr("hx-swap", "innerHTML"), "inner"))
	})
	root.Find("form").Each(func(_ int, s *goquery.Selection) { w.form(from, root, s) })
}

// form follows a form that asks, and keeps one that changes.
func (w *crawl) form(from string, root, s *goquery.Selection) {
	action := s.AttrOr("action", "")
	if strings.EqualFold(s.AttrOr("method", ""), "get") {
		for _, some := range []bool{false, true} {
			fields := fieldsOf(root, s, some)
			w.ask(from, strings.TrimSuffix(action, "?")+"?"+fields.Encode())
			buttons(root, s).Each(func(_ int, b *goquery.Selection) {
				to, with := b.AttrOr("formaction", action), maps.Clone(fields)
				if name := b.AttrOr("name", ""); name != "" {
					with.Set(name, b.AttrOr("value", ""))
				}
				w.ask(from, to+"?"+with.Encode())
			})
		}
		return
	}
	u, err := w.at(from).Parse(action)
	if err != nil {
		return // faultsOf tells
	}
	door, ok := w.door(post, u.Path)
	if !ok {
		w.t.Errorf("%s shows a form to %s, where there is no door", from, action)
		return
	}
	w.doors[post+" "+door.Path] = true
	if !w.may(door, u.Path) {
		w.t.Errorf("%s shows a form to %s, which %s may not use", from, action, w.who.name)
	}
	if buttons(root, s).Length() == 0 && s.Find("input:not([type=hidden])").Length() == 0 {
		return // its buttons stand in rows, of which there are none
	}
	f := shownForm{action: u.RequestURI(), target: strings.TrimPrefix(s.AttrOr("hx-target", ""), "#"), from: from, fields: fieldsOf(root, s, true)}
	s.Find("input, textarea").Each(func(_ int, i *goquery.Selection) {
		switch i.AttrOr("type", "text") {
		case "hidden", "checkbox", "radio", "submit", "search":
		default:
			f.typed = append(f.typed, i.AttrOr("name", ""))
		}
	})
	if s.AttrOr("enctype", "") == "multipart/form-data" {
		f.fields.Set(fileField, "First name,Last name,E-mail,Role,Scope\nIan,Imported,ian@brightwater.example,user,all\n")
	}
	buttons(root, s).EachWithBreak(func(_ int, b *goquery.Selection) bool {
		if name := b.AttrOr("name", ""); name != "" {
			f.fields.Set(name, b.AttrOr("value", ""))
			return false
		}
		return true
	})
	key := door.Path + "#" + f.target + "?" + strings.Join(slices.Sorted(maps.Keys(f.fields)), "&")
	if _, there := w.forms[key]; !there {
		w.forms[key] = f
	}
}

// may asks the door's question for the person in the account of the address.
func (w *crawl) may(door Route, path string) bool {
	if door.May == domain.Anyone || w.who.email == "" {
		return door.May == domain.Anyone
	}
	slug := ""
	if strings.HasPrefix(path, "/accounts/") {
		slug, _, _ = strings.Cut(strings.TrimPrefix(path, "/accounts/"), "/")
	}
	by, there := w.by[slug]
	if !there {
		by = domain.Actor{User: w.p.person(w.t, w.who.email)}
		if slug != "" {
			by = w.p.actor(w.t, w.who.email, slug)
		}
		w.by[slug] = by
	}
	return by.Can(door.May)
}

// fieldsOf is what a browser would send of a form; some ticks the first two boxes of each name and chooses the first of
// what nothing is chosen of.
func fieldsOf(root, form *goquery.Selection, some bool) url.Values {
	out := url.Values{}
	if form.Length() == 0 {
		return out
	}
	of := form.Find("input, select, textarea")
	if id := form.AttrOr("id", ""); id != "" {
		of = of.AddSelection(root.Find("input[form='" + id + "'], select[form='" + id + "'], textarea[form='" + id + "']"))
	}
	of.Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		_, off := s.Attr("disabled")
		_, on := s.Attr("checked")
		if name == "" || off {
			return
		}
		switch s.AttrOr("type", goquery.NodeName(s)) {
		case "checkbox":
			if on || some && len(out[name]) < 2 && name != "all" {
				out.Add(name, s.AttrOr("value", "on"))
			}
		case "radio":
			if on || some && !out.Has(name) {
				out.Set(name, s.AttrOr("value", "on"))
			}
		case "file", "submit", "button":
		case "select":
			chosen := s.Find("option[selected]")
			if chosen.Length() == 0 {
				chosen = s.Find("option").First()
			}
			out.Add(name, chosen.AttrOr("value", chosen.Text()))
		case "textarea":
			out.Add(name, s.Text())
		default:
			out.Add(name, s.AttrOr("value", ""))
		}
	})
	return out
}

// buttons are what sends a form.
func buttons(root, form *goquery.Selection) *goquery.Selection {
	const sends = "button:not([type=button]):not([type=reset])"
	of := form.Find(sends).Not("[form]")
	if id := form.AttrOr("id", ""); id != "" {
		of = of.AddSelection(root.Find(sends + "[form='" + id + "']"))
	}
	return of.Not("[disabled]")
}

// submit sends every form that was shown, as it was shown and with nothing typed, with script and without, each to a copy
// of the portal of its own. None is refused for who sends it, and what comes back is a whole page, or lands where it
// should.
func (w *crawl) submit() {
	if w.lang != "en" && w.who.name != "admin" {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(w.forms)) {
		f := w.forms[key]
		blank := maps.Clone(f.fields)
		for _, name := range f.typed {
			blank[name] = []string{""}
		}
		for _, fields := range []url.Values{f.fields, blank} {
			w.send(f, fields, false)
			if f.target != "" {
				w.send(f, fields, true)
			}
		}
	}
}

func (w *crawl) send(f shownForm, fields url.Values, script bool) {
	p := w.c.open(w.t, w.who)
	defer storetest.Close(w.t, p.store)
	if w.who.email != "" {
		storetest.Exec(w.t, p.store, "update users set language = '"+w.lang+"' where email = '"+w.who.email+"'")
	}
	v := w.c.as(w.t, p, w.who)
	v.headers["Accept-Language"] = w.lang
	var a *answer
	if script {
		a = v.script(post, f.action, f.target, fields)
	} else {
		a = v.ask(post, f.action, fields)
	}
	at := "the form to " + f.action + " on " + f.from
	switch {
	case a.Status == http.StatusSeeOther:
		to := a.Header.Get("Location")
		if _, ok := w.door(get, to); !ok {
			w.t.Errorf("%s leads to %s, where there is no door", at, to)
			return
		}
		if script {
			a = v.script(get, to, f.target, nil)
		} else {
			a = v.get(to)
		}
		if a.Status != http.StatusOK && a.Status != http.StatusSeeOther {
			w.t.Errorf("%s leads to %s, which answers %d", at, to, a.Status)
		}
	case !slices.Contains([]int{http.StatusOK, http.StatusConflict, http.StatusUnprocessableEntity}, a.Status):
		// Somebody else's invite is shown with the offer to switch.
		if !strings.HasPrefix(f.action, "/invites/") || a.Status != http.StatusForbidden {
			w.t.Errorf("%s with %v answers %d", at, fields, a.Status)
		}
	case script && a.Header.Get("HX-Redirect") != "":
		w.t.Errorf("%s with %v answers %d to script and leads away to %s: what was typed is lost", at, fields, a.Status, a.Header.Get("HX-Redirect"))
	}
	if a.Status == http.StatusSeeOther || a.Body == "" {
		return
	}
	w.tell(at+", answered "+strconv.Itoa(a.Status), faultsOf(a.page(), w.at(f.action), w.lang, !script))
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

// The views hold no name of htmx 2, and nothing that needs eval.
func TestViewsSpeakHTMX4(t *testing.T) {
	old := regexp.MustCompile(`hx-(on|vars|vals|ext|headers|boost|select|request|params|history|prompt|confirm|preserve|validate|disinherit|disabled-elt|indicator|ws|sse)\b|HX-(Reselect|Prompt|Boosted)|htmx:(afterSwap|beforeSwap|configRequest|responseError|afterRequest|beforeRequest|load)|hx-trigger="[^"]*\[|"?hx-trigger"?: *"[^"]*\[`)
	read := 0
	for _, dir := range []string{"../views", "../static/src", "."} {
		err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				if d != nil && d.Name() == "node_modules" {
					return fs.SkipDir
				}
				return err
			}
			if !strings.HasSuffix(path, ".templ") && !strings.HasSuffix(path, ".js") && !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(dir + "/" + path)
			if err != nil {
				return err
			}
			read++
			for i, line := range strings.Split(string(text), "\n") {
				if found := old.FindString(line); found != "" {
					t.Errorf("%s/%s:%d: %s", dir, path, i+1, found)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 50 {
		t.Errorf("only %d files read", read)
	}
}
