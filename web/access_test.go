package web

import (
	"crypto/rand"
	"flag"
	"fmt"
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

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var update = flag.Bool("update", false, "write what the tests find into testdata, instead of comparing with it")

// oneDoor narrows TestAccess to a door: "GET /profile".
var oneDoor = flag.String("door", "", "ask this door alone, as \"GET /profile\"")

// goldenFile says for every door what every kind of person is answered.
const goldenFile = "testdata/access.golden"

// formDoors are what a good form says at doors whose fields are not those of plausible.
var formDoors = map[string]func(*matrix, soul) url.Values{
	"/sign-in": func(*matrix, soul) url.Values {
		return url.Values{"email": {store.Dana}, "password": {store.DemoPassword}}
	},
	"/forgot": func(*matrix, soul) url.Values { return url.Values{"email": {store.Dana}} },
	"/reset/:token": func(*matrix, soul) url.Values {
		return url.Values{"password": {"seven quiet herons"}}
	},
	"/profile": func(m *matrix, who soul) url.Values {
		return url.Values{"first_name": {"New"}, "last_name": {"Name"}, "language": {"en"}, "time_zone": {"UTC"}, "version": {m.version(who.email)}}
	},
	"/accounts/:account/settings/users/:user": func(m *matrix, who soul) url.Values {
		return boxes(m, who, "user")
	},
	"/accounts/:account/settings/security": func(*matrix, soul) url.Values {
		return url.Values{"section": {"invites"}, "version": {"1"}, "invite_days": {"10"}, "reminders": {"on"}, "who_invites": {"account"}}
	},
	"/accounts/:account/settings/security/domains": func(*matrix, soul) url.Values {
		return url.Values{"version": {"1"}, "domain": {"brightwater.example"}, "own": {"on"}}
	},
	"/accounts/:account/settings/security/support":                   supportForm,
	"/accounts/:account/settings/security/support/:grant/extensions": supportForm,
	"/accounts/:account/support": func(m *matrix, who soul) url.Values {
		form := supportForm(m, who)
		form.Set("account", "larkspur") // of another partner
		return form
	},
	"/accounts/:account/support/:support/invites/:offer/sendings":    noForm,
	"/accounts/:account/support/:support/invites/:offer/revocations": noForm,
	"/accounts/:account/settings/invites":                            func(m *matrix, who soul) url.Values { return boxes(m, who, "") },
	"/accounts/:account/sites":                                       treeForm("name", "New place"),
	"/accounts/:account/sites/:site":                                 treeForm("name", "Another name"),
	"/accounts/:account/sites/:site/removals":                        treeForm(),
	"/accounts/:account/sites/:site/groups":                          treeForm("name", "New room"),
	"/accounts/:account/sites/:site/groups/:group":                   treeForm("name", "Another name"),
	"/accounts/:account/sites/:site/groups/:group/removals":          treeForm("to", "none"),
	"/accounts/:account/sites/:site/devices":                         treeForm("serial", "GH-NEW-0001", "kind", "meter"),
	"/accounts/:account/sites/:site/devices/batches":                 treeForm("serials", "GH-NEW-0001 GH-NEW-0002", "kind", "meter"),
	"/accounts/:account/devices/:device":                             treeForm("label", "Another label"),
	"/accounts/:account/devices/:device/reports":                     treeForm("rssi", "-60"),
	"/accounts/:account/devices/:device/replacements":                treeForm("serial", "GH-NEW-0003"),
	"/accounts/:account/settings/invites/:invite/corrections": func(m *matrix, who soul) url.Values {
		form := boxes(m, who, "invite")
		id, _ := m.thing(who, "own", "invite")
		form.Set("email", m.things["email "+id])
		return form
	},
	"/accounts/:account/settings/invites/imports": func(*matrix, soul) url.Values {
		return url.Values{fileField: {"First name,Last name,E-mail,Role,Scope\nIan,Imported,ian@brightwater.example,user,all\n"}}
	},
	"/accounts/:account/sites/:site/devices/imports": func(*matrix, soul) url.Values {
		return url.Values{fileField: {"Serial number,Kind\nGH-NEW-0004,meter\n"}}
	},
	"/accounts/:account/settings/roles":                 func(*matrix, soul) url.Values { return nightWatch },
	"/accounts/:account/settings/roles/:role":           func(*matrix, soul) url.Values { return nightWatch },
	"/accounts/:account/settings/roles/:role/deletions": func(*matrix, soul) url.Values { return url.Values{"version": {"1"}} },
	"/accounts/:account/settings/activity/retentions":   func(*matrix, soul) url.Values { return url.Values{"months": {"24"}} },
	"/accounts/:account/settings/guests":                func(m *matrix, who soul) url.Values { return guestForm(m, who) },
	"/accounts/:account/settings/guests/:guest":         func(m *matrix, who soul) url.Values { return guestForm(m, who) },
	"/accounts/:account/administrators/invites/drafts": func(*matrix, soul) url.Values {
		return url.Values{"type": {"observer"}, "email": {"new.person@northgate.example"}, "do": {"add"}}
	},
	"/accounts/:account/administrators/invites": func(*matrix, soul) url.Values {
		return url.Values{"staged": {"observer new.person@northgate.example"}}
	},
	"/accounts/:account/administrators/deletions": func(_ *matrix, who soul) url.Values {
		word := "DELETE"
		if who.email == store.Marisol { // who reads Spanish
			word = "ELIMINAR"
		}
		return url.Values{"typed": {word}, "offers": {"adopt"}}
	},
	"/accounts/:account/companies": func(*matrix, soul) url.Values {
		return url.Values{"name": {"Heron Works"}, "country": {"US"}, "first_name": {"Alba"}, "last_name": {"Ruiz"}, "email": {"alba@heron.example"}, "language": {"es"}}
	},
	"/accounts/:account/companies/:client/sites": treeForm("name", "New place"),
	"/accounts/:account/companies/:client/colleagues": func(m *matrix, _ soul) url.Values {
		return url.Values{"colleague": {store.Devon}, "role": {"user"}, "site": {m.things["cobalt site"]}}
	},
	"/accounts/:account/credits/additions":   creditForm,
	"/accounts/:account/credits/allocations": creditForm,
	"/accounts/:account/credits/returns":     creditForm,
	"/profile/password": func(*matrix, soul) url.Values {
		return url.Values{"current": {store.DemoPassword}, "password": {"seven quiet herons"}}
	},
}

// creditForm is a good form of the ledger, a new one each time.
func creditForm(*matrix, soul) url.Values {
	return url.Values{"amount": {"5"}, "reference": {"Order 7"}, "once": {rand.Text()}}
}

// supportForm is a good form about support access.
func supportForm(*matrix, soul) url.Values {
	return url.Values{"reason": {"Invites do not arrive"}, "hours": {"2"}}
}

// noForm is one without fields.
func noForm(*matrix, soul) url.Values { return url.Values{"version": {""}} }

// nightWatch is a good form of a role that nobody has changed yet.
var nightWatch = url.Values{"name": {"Night Watch"}, "may": {"view-devices", "export-devices"}, "version": {"1"}}

// treeForm is a good form about a site, a group or a device as the demo made it.
func treeForm(fields ...string) func(*matrix, soul) url.Values {
	return func(*matrix, soul) url.Values {
		form := url.Values{"version": {"1"}}
		for i := 0; i+1 < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		return form
	}
}

// guestForm is a good form for a guest, the warning answered.
func guestForm(m *matrix, who soul) url.Values {
	form := url.Values{
		"email": {"new.guest@elsewhere.example"}, "role": {m.things[who.home+" guest-role"]}, "active": {"on"}, "workspace": {"all"}, "may": {"view-devices"}, "place": {"account"}, "confirmed": {"1"},
	}
	if id, ok := m.thing(who, "own", "guest"); ok {
		form.Set("version", m.things["version "+id])
	}
	return form
}

// boxes is plausible where toggles are boxes, which say nothing when they are off, with the version of a thing.
func boxes(m *matrix, who soul, kind string) url.Values {
	form := plausible(m, who)
	form.Del("notify_text")
	if id, ok := m.thing(who, "own", kind); ok {
		form.Set("version", m.things["version "+id])
	}
	return form
}

// plausible is a good form for every other door: each takes the fields it knows.
func plausible(m *matrix, who soul) url.Values {
	role := "user"
	if who.home == store.Northgate {
		role = "observer"
	}
	scope, _ := m.thing(who, "own", "scope")
	return url.Values{
		"first_name": {"New"}, "last_name": {"Person"}, "email": {"new.person@brightwater.example"}, "password": {"seven quiet herons"},
		"role": {role}, "scope": {scope}, "notify_email": {"on"}, "notify_text": {"off"}, "ends_on": {"2036-01-31"}, "language": {"en"}, "given": {"1"},
	}
}

// bodyKinds are the kinds of thing that a door is told by a field rather than by its path: the field's name, and the
// kind, by how the path begins: the first that fits, and those with the same prefix. Fields are tried like the
// parameters of a path (TEN-02).
var bodyKinds = []struct{ prefix, field, kind string }{
	{"/accounts/:account/sites/:site/devices/moves", "id", "device"},
	{"/accounts/:account/sites/:site/devices/moves", "to", "site"},
	{"/accounts/:account/sites/:site/devices/removals", "id", "device"},
	{"/accounts/:account/companies/:client/colleagues", "site", "client-site"},
	{"/profile/sessions/endings", "id", "session"},
	{"/accounts/:account/settings/users/:user/sessions/endings", "id", "user-session"},
	{"/accounts/:account/settings/users/:user", "scope", "scope"},
	{"/accounts/:account/settings/users/scopes", "scope", "scope"},
	{"/accounts/:account/settings/users/scopes", "id", "user"},
	{"/accounts/:account/settings/users", "id", "user"},
	{"/accounts/:account/settings/invites/:invite/corrections", "scope", "scope"},
	{"/accounts/:account/settings/guests/:", "", ""}, // the path says it all
	{"/accounts/:account/settings/guests/activations", "id", "guest"},
	{"/accounts/:account/settings/guests/deactivations", "id", "guest"},
	{"/accounts/:account/settings/guests/sendings", "id", "guest"},
	{"/accounts/:account/settings/guests/revocations", "id", "guest"},
	{"/accounts/:account/settings/guests/ends", "id", "guest"},
	{"/accounts/:account/settings/guests/removals", "id", "guest"},
	{"/accounts/:account/administrators/:", "", ""}, // the path says it all
	{"/accounts/:account/administrators/invites", "", ""},
	{"/accounts/:account/administrators/sendings", "id", "invite"},
	{"/accounts/:account/administrators/revocations", "id", "invite"},
	{"/accounts/:account/administrators", "id", "user"},
	{"/accounts/:account/settings/invites/:", "", ""}, // the path says it all
	{"/accounts/:account/settings/invites/imports", "", ""},
	{"/accounts/:account/settings/invites/sendings", "id", "invite"},
	{"/accounts/:account/settings/invites/revocations", "id", "invite"},
	{"/accounts/:account/settings/invites", "scope", "scope"},
	{"/accounts/:account/credits/allocations", "site", "customer-site"},
	{"/accounts/:account/credits/returns", "site", "customer-site"},
}

// pathKinds are the kinds of thing that parameters of paths name; ":token" by what stands before it. One that
// is not here fails the test: say in people_test.go which are own, foreign and missing.
var pathKinds = map[string]string{
	":account": "account", ":site": "site", ":group": "group", ":device": "device", ":user": "user", ":administrator": "user", ":invite": "invite", ":import": "import", ":file": "file", ":role": "role", ":guest": "guest", ":client": "client", ":grant": "grant", ":support": "support", ":offer": "support-invite", ":company": "company", ":event": "event", ":mail": "mail", "*": "*",
	":passkey": "passkey", "reset/:token": "token reset", "set-up/:token": "token set-up", "not-me/:token": "token not-me",
	"address/:token": "token address", "address-stop/:token": "token address-stop", "invites/:token": "token invites",
}

// matrix asks every door as every kind of person.
type matrix struct {
	*cast
	doors    []Route
	versions map[string]int

	mu    sync.Mutex
	found map[string]map[string]string // door and case: person: answer
}

func (m *matrix) version(email string) string { return strconv.Itoa(m.versions[email]) }

// A trial is one question at a door.
type trial struct {
	name string            // "own", "foreign :site", "missing id="
	with map[string]string // by parameter of the path, and "id=" for a field
	// twin is the trial that must be answered alike, as another one asks for something that is not there; empty for none.
	twin string
}

// params lists the parameters of a path, and with a filled form the fields that name a thing, each with its kind.
func params(t *testing.T, method, path string, filled bool) (names []string, kinds map[string]string) {
	t.Helper()
	kinds = map[string]string{}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		name := strings.TrimPrefix(segment, ":")
		if name == segment && segment != "*" {
			continue
		}
		kind := pathKinds[segment]
		if kind == "" {
			kind = pathKinds[segments[i-1]+"/"+segment]
		}
		if kind == "" {
			t.Fatalf("%s: the test does not know what %s can be", path, segment)
		}
		names = append(names, name)
		kinds[name] = kind
	}
	prefix := ""
	for _, b := range bodyKinds {
		looks := method == http.MethodGet && b.field == "scope" // it is no question yet what is chosen
		if !filled || looks || !strings.HasPrefix(path, b.prefix) || prefix != "" && prefix != b.prefix {
			continue
		}
		if prefix = b.prefix; b.field != "" {
			names = append(names, b.field+"=")
			kinds[b.field+"="] = b.kind
		}
	}
	return names, kinds
}

// trials are the questions for one person at one door.
func (m *matrix) trials(t *testing.T, who soul, method, path string, filled bool) []trial {
	t.Helper()
	names, kinds := params(t, method, path, filled)
	if len(names) == 0 {
		return []trial{{name: "any"}}
	}
	var out []trial
	// add tries the things of one sort, with some of another sort; without one of them there is no such trial.
	add := func(name, twin string, which func(param string) string) {
		with := map[string]string{}
		for _, param := range names {
			id, ok := m.thing(who, which(param), kinds[param])
			if !ok {
				return
			}
			with[param] = id
		}
		if !slices.ContainsFunc(out, func(o trial) bool { return fmt.Sprint(o.with) == fmt.Sprint(with) }) {
			out = append(out, trial{name, with, twin})
		}
	}
	add("own", "", func(string) string { return "own" })
	for _, param := range names {
		label := ":" + param
		if strings.HasSuffix(param, "=") || param == "*" {
			label = param
		}
		for _, which := range []string{"sibling", "foreign", "missing"} {
			if which == "sibling" && !who.part {
				continue
			}
			add(which+" "+label, "missing "+label, func(other string) string {
				switch {
				case param == "account" && (other != param || which == "foreign"):
					return "outside" // with its own things, so that only the company is in the way
				case other == param:
					return which
				}
				return "own"
			})
		}
	}
	return out
}

// address fills the parameters in.
func address(path string, with map[string]string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if id, ok := with[strings.TrimPrefix(segment, ":")]; ok && (strings.HasPrefix(segment, ":") || segment == "*") {
			segments[i] = id
		}
	}
	return strings.Join(segments, "/")
}

// form is what is sent: nothing, or what a person would fill in.
func (m *matrix) form(who soul, path string, with map[string]string, filled bool) url.Values {
	form := url.Values{}
	if !filled {
		return form
	}
	if of, ok := formDoors[path]; ok {
		form = of(m, who)
	} else {
		form = plausible(m, who)
	}
	for param, id := range with {
		if field, ok := strings.CutSuffix(param, "="); ok {
			form.Set(field, id)
		}
	}
	return form
}

// TEN-01, PRIV-13, PRIV-19, R4: every door, as every kind of person, on what is theirs, out of their part of it, another
// company's, and not there at all. testdata/access.golden says what each is answered; it is read by people, so a change
// of it is a decision. What is foreign is answered as what is missing, byte for byte (C8), a script as a page, and who is
// denied writes nothing.
func TestAccess(t *testing.T) {
	results := map[string]map[string]map[string]string{}
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			c := theCast(t)
			if engine != "sqlite" {
				c = newCast(t, engine)
			}
			m := newMatrix(t, c)
			t.Run("as", func(t *testing.T) {
				for _, who := range souls {
					if engine == "postgres" && !slices.Contains(sampled, who.name) {
						continue
					}
					t.Run(who.name, func(t *testing.T) {
						if engine == "sqlite" { // PostgreSQL is one server: Watch.Written would hear the neighbours too
							t.Parallel()
						}
						m.ask(t, who)
					})
				}
			})
			results[engine] = m.found
			if engine == "sqlite" {
				m.compare(t)
			}
		})
	}
	for at, people := range results["postgres"] {
		for who, answer := range people {
			if want, ok := results["sqlite"][at][who]; ok && want != answer {
				t.Errorf("%s as %s: %s on PostgreSQL, %s on SQLite", at, who, answer, want)
			}
		}
	}
}

func newMatrix(t *testing.T, c *cast) *matrix {
	t.Helper()
	m := &matrix{cast: c, versions: map[string]int{}, found: map[string]map[string]string{}}
	p := c.open(t, souls[0])
	m.doors = slices.DeleteFunc(p.routes(), func(r Route) bool { return *oneDoor != "" && *oneDoor != r.Method+" "+r.Path })
	for _, who := range souls {
		if who.email != "" {
			m.versions[who.email] = p.person(t, who.email).Version
		}
	}
	storetest.Close(t, p.store)
	return m
}

// sampled are asked on PostgreSQL too. What decides is the same Go code; the engines differ in SQL, which these exercise:
// the whole of a company, a part of it, another company, no place any more.
var sampled = []string{"site-admin-invites", "foreign-admin", "ended"}

// ask tries all doors as one person.
func (m *matrix) ask(t *testing.T, who soul) {
	var p *portal
	var watch *storetest.Watch
	fresh := func() {
		if p == nil {
			p = m.open(t, who)
			watch = storetest.NewWatch(t, p.store, "counters", "sessions.seen_at")
			return
		}
		watch.Stop()
		storetest.Close(t, p.store)
		p = m.open(t, who)
		watch = watch.On(p.store)
	}
	fresh()
	for _, door := range m.doors {
		filled := []bool{false}
		if door.Method != http.MethodGet {
			filled = append(filled, true)
		}
		for _, filled := range filled {
			answers, sent := map[string]*answer{}, map[string]map[string]string{}
			asksByField := door.Method == http.MethodGet && strings.HasSuffix(door.Path, "/new")
			trials := m.trials(t, who, door.Method, door.Path, filled || asksByField)
			for _, try := range trials {
				at := door.Method + " " + door.Path + " [" + door.May.String() + "]"
				if filled {
					at += " filled"
				}
				at += "\x00" + try.name
				a := m.try(t, p, who, door, try.with, filled, nil)
				m.note(at, who, a)
				answers[try.name], sent[try.name] = a, try.with
				at = strings.ReplaceAll(at, "\x00", " on ")
				if why := wrong(door, a, watch); why != "" {
					t.Errorf("%s: %d, %s", at, a.Status, why)
				}
				if watch.Written() {
					fresh()
				}
				if !denied(door, a) {
					continue
				}
				script := m.try(t, p, who, door, try.with, filled, scripted)
				if script.Status != a.Status && (script.Status != http.StatusUnauthorized || kind(a) != "303 /sign-in") {
					t.Errorf("%s: %d, but a script gets %d", at, a.Status, script.Status)
				}
				if changes := watch.Changes(); changes != nil {
					t.Errorf("%s: denied to a script, and yet written: %q", at, changes)
					fresh()
				}
			}
			for _, try := range trials {
				a, twin := answers[try.name], answers[try.twin]
				if twin != nil && twin != a && (a.Status != twin.Status || denied(door, a)) {
					if diff := differ(a, twin, sent[try.name], sent[try.twin]); diff != "" {
						t.Errorf("%s %s: %s is not answered as %s is: %s", door.Method, door.Path, try.name, try.twin, diff)
					}
				}
			}
		}
	}
	watch.Stop()
}

// scripted is what htmx sends along.
var scripted = map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#dialog", "HX-Boosted": "true"}

func (m *matrix) try(t *testing.T, p *portal, who soul, door Route, with map[string]string, filled bool, headers map[string]string) *answer {
	v := m.as(t, p, who)
	for name, value := range headers {
		v.headers[name] = value
	}
	path := address(door.Path, with)
	form := m.form(who, door.Path, with, filled)
	if door.Method == http.MethodGet {
		query := url.Values{}
		for param, id := range with {
			if field, ok := strings.CutSuffix(param, "="); ok {
				query.Set(field, id)
			}
		}
		if form = nil; len(query) > 0 {
			path += "?" + query.Encode()
		}
	}
	return v.ask(door.Method, path, form)
}

// denied: the answer is a no. Signing out and setting a password lead to the sign-in page too, and are none.
func denied(door Route, a *answer) bool {
	return a.Status >= 400 && a.Status < 500 || kind(a) == "303 /sign-in" && door.May != domain.Anyone
}

// kind is the answer in the golden file.
func kind(a *answer) string {
	to := a.Header.Get("Location")
	if a.Status == http.StatusSeeOther && (to == "/sign-in" || strings.HasPrefix(to, "/sign-in?")) {
		return "303 /sign-in"
	}
	return strconv.Itoa(a.Status)
}

// wrong says what is wrong with an answer: a failure, or that something was written by somebody who was denied, or by
// looking. A page that is shown may note in the session which company was in hand last.
func wrong(door Route, a *answer, watch *storetest.Watch) string {
	if a.Status >= http.StatusInternalServerError {
		return "a failure:\n" + a.Body
	}
	looks := door.Method == http.MethodGet
	if !looks && !denied(door, a) {
		return ""
	}
	changes := watch.Changes()
	if looks && a.Status == http.StatusOK {
		changes = slices.DeleteFunc(changes, func(line string) bool { return strings.HasPrefix(line[2:], "sessions:") })
	}
	switch {
	case len(changes) == 0:
		return ""
	case denied(door, a):
		return fmt.Sprintf("denied, and yet written: %q", changes)
	}
	return fmt.Sprintf("a GET has written %q", changes)
}

// formNames are the names that forms of the ledger get, another one each time.
var formNames = regexp.MustCompile(`name="once" value="[A-Z2-7]{26}"`)

// differ says in what two answers differ, beside what was asked for.
func differ(a, b *answer, sentA, sentB map[string]string) string {
	plain := func(a *answer, sent map[string]string) string {
		h := a.Header.Clone()
		h.Del("X-Request-Id")
		var b strings.Builder
		if err := h.Write(&b); err != nil {
			return err.Error()
		}
		text := strconv.Itoa(a.Status) + "\n" + b.String() + a.Body
		for _, id := range sent {
			text = strings.ReplaceAll(text, id, "·")
		}
		return formNames.ReplaceAllString(text, `name="once" value=""`)
	}
	one, two := plain(a, sentA), plain(b, sentB)
	if one == two {
		return ""
	}
	i := 0
	for i < min(len(one), len(two)) && one[i] == two[i] {
		i++
	}
	cut := func(s string) string { return s[max(0, i-100):min(len(s), i+100)] }
	return fmt.Sprintf("\n%q\n%q", cut(one), cut(two))
}

func (m *matrix) note(at string, who soul, a *answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.found[at] == nil {
		m.found[at] = map[string]string{}
	}
	m.found[at][who.name] = kind(a)
}

// compare holds what was found against the golden file.
func (m *matrix) compare(t *testing.T) {
	got := m.String()
	if *update && *oneDoor == "" {
		if err := os.WriteFile(goldenFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	had := map[string]bool{}
	for line := range strings.Lines(section(string(want))) {
		if *oneDoor == "" || strings.HasPrefix(line, *oneDoor+" [") {
			had[line] = true
		}
	}
	has := map[string]bool{}
	for line := range strings.Lines(section(got)) {
		if has[line] = true; !had[line] {
			t.Errorf("new:  %s", line)
		}
	}
	for line := range had {
		if !has[line] {
			t.Errorf("gone: %s", line)
		}
	}
	if *oneDoor != "" {
		return
	}
	t.Errorf("%s does not say what is answered; if it should, run: go test ./web -run TestAccess -update", goldenFile)
}

// section writes the door in front of every line, so that lines can be compared without their place.
func section(golden string) string {
	var b strings.Builder
	door := ""
	for line := range strings.Lines(golden) {
		if !strings.HasPrefix(line, " ") {
			door = strings.TrimSpace(line)
			continue
		}
		b.WriteString(door + ": " + strings.Join(strings.Fields(line), " ") + "\n")
	}
	return b.String()
}

// String is the golden file: the doors sorted, below each what is asked for, and who is answered what.
func (m *matrix) String() string {
	var b strings.Builder
	b.WriteString("# What every kind of person is answered at every door. Written by: go test ./web -run TestAccess -update\n")
	b.WriteString("# own: theirs · sibling: in their company, out of their part of it · foreign: another company's, a dead link · missing: nobody's\n")
	b.WriteString("# filled: a POST with a good form; without the word, with an empty one. id= and scope= are fields that name a row, a site.\n")
	keys := make([]string, 0, len(m.found))
	for at := range m.found {
		keys = append(keys, at)
	}
	place := func(at string) string { // by address, then method, then the order of the trials
		door, try, _ := strings.Cut(at, "\x00")
		method, path, _ := strings.Cut(door, " ")
		order := slices.IndexFunc([]string{"any", "own", "sibling", "foreign", "missing"}, func(p string) bool { return strings.HasPrefix(try, p) })
		return fmt.Sprintf("%s %s %d%s", path, method, order, try)
	}
	slices.SortFunc(keys, func(x, y string) int { return strings.Compare(place(x), place(y)) })
	last := ""
	for _, at := range keys {
		door, try, _ := strings.Cut(at, "\x00")
		// What is foreign is answered as what is missing, so that is one line.
		if what, ok := strings.CutPrefix(try, "foreign "); ok && maps.Equal(m.found[at], m.found[door+"\x00missing "+what]) {
			try = "foreign, missing " + what
		} else if what, ok := strings.CutPrefix(try, "missing "); ok && maps.Equal(m.found[at], m.found[door+"\x00foreign "+what]) {
			continue
		}
		if door != last {
			b.WriteString("\n" + door + "\n")
			last = door
		}
		byKind := map[string][]string{}
		var kinds []string
		for _, who := range souls {
			if k := m.found[at][who.name]; k != "" {
				byKind[k] = append(byKind[k], who.name)
				if !slices.Contains(kinds, k) {
					kinds = append(kinds, k)
				}
			}
		}
		slices.Sort(kinds)
		for _, k := range kinds {
			list := strings.Join(byKind[k], " ")
			if len(byKind[k]) == len(m.found[at]) && len(byKind[k]) == len(souls) {
				list = "everybody"
			}
			fmt.Fprintf(&b, "  %-26s %-12s %s\n", try, k, list)
		}
	}
	return b.String()
}
