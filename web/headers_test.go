package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"gatehouse/domain"
	"gatehouse/static"
	"gatehouse/store"
	"gatehouse/store/storetest"
	"gatehouse/views"
)

// elsewhere is what a browser says of a request that does not come from a page of ours, by why.
var elsewhere = map[string]map[string]string{
	"cross-site":           {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
	"cross-site, no more":  {"Sec-Fetch-Site": "cross-site", "Origin": ""},
	"cross-site, as ours":  {"Sec-Fetch-Site": "cross-site"},
	"cross-site, null":     {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
	"same-site":            {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.gatehouse.test"},
	"same-site, no more":   {"Sec-Fetch-Site": "same-site", "Origin": ""},
	"same-site, null":      {"Sec-Fetch-Site": "same-site", "Origin": "null"},
	"typed address":        {"Sec-Fetch-Site": "none", "Origin": ""},
	"unknown site":         {"Sec-Fetch-Site": "friendly", "Origin": ""},
	"foreign origin":       {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
	"foreign, said ours":   {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
	"null origin":          {"Sec-Fetch-Site": "", "Origin": "null"},
	"nothing":              {"Sec-Fetch-Site": "", "Origin": ""},
	"other scheme":         {"Sec-Fetch-Site": "", "Origin": "http://gatehouse.test"},
	"other port":           {"Sec-Fetch-Site": "", "Origin": "https://gatehouse.test:8443"},
	"longer host":          {"Sec-Fetch-Site": "", "Origin": "https://gatehouse.test.evil.example"},
	"host with our prefix": {"Sec-Fetch-Site": "", "Origin": "https://evilgatehouse.test"},
	"user info":            {"Sec-Fetch-Site": "", "Origin": "https://gatehouse.test@evil.example"},
	"no origin at all":     {"Sec-Fetch-Site": "", "Origin": "gatehouse.test"},
	"referrer alone":       {"Sec-Fetch-Site": "", "Origin": "", "Referer": "https://gatehouse.test/profile"},
	"to a proxy":           {"Sec-Fetch-Site": "", "Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
}

// HDR-01, HDR-03, AUTH-21: every door that changes something, from every page but ours: 403, and nothing is changed.
func TestHDR01_EveryChangeComesFromOurPages(t *testing.T) {
	m := newMatrix(t, theCast(t))
	p := m.open(t, admin())
	watch := storetest.NewWatch(t, p.store)
	for _, door := range m.doors {
		if door.Method == get {
			continue
		}
		path, with := m.owned(t, admin(), door)
		form := m.form(admin(), door.Path, with, true)
		for why, headers := range elsewhere {
			for _, who := range []soul{admin(), souls[0]} {
				v := m.as(t, p, who)
				v.headers = headers
				if a := v.ask(door.Method, path, form); a.Status != http.StatusForbidden || len(a.Header["Set-Cookie"]) > 0 {
					t.Errorf("%s %s as %s from %s: %d %v", door.Method, path, who.name, why, a.Status, a.Header["Set-Cookie"])
				}
			}
		}
		if watch.Written() {
			t.Fatalf("%s %s: written %q", door.Method, path, watch.Changes())
		}
	}
	// From ours, it is what the matrix says.
	v := m.as(t, p, admin())
	for _, headers := range []map[string]string{{}, {"Sec-Fetch-Site": ""}, {"Origin": ""}, {"Origin": "null"}} {
		v.headers = headers
		v.post("/profile/sessions/endings", "others", "on").expect(http.StatusSeeOther)
	}
}

// troubled adds doors that fail in every way a door can.
func troubled(p *portal) {
	for path, do := range map[string]func(*request) error{
		"/panics":  func(*request) error { panic("select secret from users -- /srv/secret/main.go:12") },
		"/nil":     func(r *request) error { return r.server.show(r, http.StatusOK, templ.Component(nil)) },
		"/fails":   func(*request) error { return errors.New(`ERROR: relation "secret" does not exist (SQLSTATE 42P01)`) },
		"/half":    func(r *request) error { return p.show(r, http.StatusOK, halfAPage(r)) },
		"/limited": func(*request) error { return &domain.Wait{For: 90e9} },
		"/stale":   func(*request) error { return domain.ErrStale },
		"/full":    func(*request) error { return fmt.Errorf("commit: %w", store.ErrUnavailable) },
	} {
		route := Route{get, path, domain.Anyone, do}
		for _, method := range []string{get, http.MethodHead, post} {
			p.echo.Add(method, path, p.door(route))
		}
	}
}

// halfAPage is a page whose making fails in the middle.
func halfAPage(r *request) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := views.HelpPage(r.page("Help")).Render(ctx, w); err != nil {
			return err
		}
		return errors.New("template: secret.templ:12 failed")
	})
}

// answers gives an answer of every kind there is, by what was asked.
func answers(t *testing.T, p *portal) map[string]*answer {
	t.Helper()
	troubled(p)
	in, out := p.as(t, store.Dana), p.visitor(t)
	member, elsewhere, foreign, odd := p.as(t, store.Leonard), p.visitor(t), p.visitor(t), p.visitor(t)
	elsewhere.headers["Host"] = "evil.example"
	foreign.headers["Origin"] = "https://evil.example"
	odd.headers["Content-Type"] = "application/json"
	large := url.Values{"email": {strings.Repeat("a", maxForm)}}
	all := map[string]*answer{
		"200 page":             in.get("/accounts/brightwater"),
		"200 page of nobody":   out.get("/sign-in"),
		"200 fragment":         in.script(get, "/accounts/brightwater/sites", "site-table", nil),
		"200 text":             out.get("/healthz"),
		"200 static":           out.get(static.URL("app.css")),
		"200 HEAD":             in.ask(http.MethodHead, "/profile", nil),
		"303 to the page":      in.get("/"),
		"303 to sign in":       out.get("/profile"),
		"303 after a change":   in.post("/profile/sessions/endings", "others", "on"),
		"400":                  out.get("/sign-in?next=a&next=b"),
		"400 query":            out.get("/sign-in?next=%zz"),
		"401":                  out.script(get, "/profile", "x", nil),
		"403":                  member.get("/accounts/brightwater/settings/users"),
		"403 to a script":      member.script(get, "/accounts/brightwater/settings/users", "user-table", nil),
		"403 cross-site":       foreign.post("/sign-in"),
		"404":                  in.get("/accounts/nowhere"),
		"404 of nobody":        out.get("/nowhere"),
		"404 static":           out.get("/static/nothing.css"),
		"404 HEAD":             in.ask(http.MethodHead, "/nowhere", nil),
		"404 link":             out.get("/reset/garbage"),
		"405":                  in.ask(http.MethodDelete, "/profile", nil),
		"405 OPTIONS":          in.ask(http.MethodOptions, "/profile", nil),
		"409":                  in.get("/stale"),
		"409 form":             in.post("/profile", "version", "0"),
		"413":                  out.ask(post, "/forgot", large),
		"415":                  odd.post("/forgot", "email", store.Dana),
		"421":                  elsewhere.get("/sign-in"),
		"422":                  out.post("/sign-in", "email", "x"),
		"429":                  in.get("/limited"),
		"503":                  in.get("/full"), // DOS-07
		"503 to a script":      in.script(get, "/full", "x", nil),
		"500 panic":            in.get("/panics"),
		"500 nil":              in.get("/nil"),
		"500 failure":          in.get("/fails"),
		"500 page":             in.get("/half"),
		"500 of nobody":        out.post("/fails"),
		"500 to a script":      in.script(get, "/panics", "x", nil),
		"500 HEAD":             in.ask(http.MethodHead, "/panics", nil),
		"404 unreadable path":  in.get("/accounts/%00/sites/%ff"),
		"404 in another place": in.get("//profile"),
	}
	for name, a := range all {
		if want := name[:3]; kind(a)[:3] != want {
			t.Errorf("%s: status %d", name, a.Status)
		}
	}
	return all
}

// HDR-04, HDR-05, TEN-16: on every answer, whatever it is.
func TestHDR05_HeadersOnEveryAnswer(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	for name, a := range answers(t, p) {
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
				"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"Strict-Transport-Security":    "max-age=63072000; includeSubDomains",
			"X-Content-Type-Options":       "nosniff",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.Header.Values(header); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s: %q", name, header, got)
			}
		}
		referrer, caching := "same-origin", "private, no-store"
		switch name {
		case "404 link":
			referrer = "no-referrer"
		case "200 static":
			caching = "public, max-age=31536000, immutable"
		case "404 static":
			caching = "no-store"
		}
		if got := a.Header.Get("Referrer-Policy"); got != referrer {
			t.Errorf("%s: Referrer-Policy: %q", name, got)
		}
		if got := a.Header.Get("Cache-Control"); got != caching {
			t.Errorf("%s: Cache-Control: %q", name, got)
		}
		if len(a.Header.Get("X-Request-Id")) != 16 {
			t.Errorf("%s: request id %q", name, a.Header.Get("X-Request-Id"))
		}
		vary := strings.Join(a.Header.Values("Vary"), ", ")
		if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && !strings.Contains(vary, "HX-Request, HX-Request-Type, HX-Target") {
			t.Errorf("%s: Vary: %q", name, vary)
		}
		for _, header := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Etag"} {
			if got := a.Header.Get(header); got != "" {
				t.Errorf("%s: %s: %q", name, header, got)
			}
		}
	}
	// A browser remembers HSTS for the host: over plain http there is none to promise.
	plain := serve(storetest.OpenDemo(t, "sqlite"), func(c *Config) { c.BaseURL = &url.URL{Scheme: "http", Host: "gatehouse.test"} })
	if got := plain.visitor(t).get("/sign-in").expect(http.StatusOK).Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS over http: %q", got)
	}
}

// telltale is what no answer may hold: traces, SQL, places in the source, names and versions of what it is built with.
var telltale = regexp.MustCompile(`(?i)goroutine \d|\.go:\d|\.templ:\d|runtime error|nil pointer|sqlstate|select .* from|insert into|sqlite|postgres|pgx|\becho/|golang|/srv/|` + regexp.QuoteMeta(runtime.Version()))

// HDR-07: who meets a failure learns its number, and whoever reads the log the rest.
func TestHDR07_FailuresTellNothing(t *testing.T) {
	var log bytes.Buffer
	p := serve(storetest.OpenDemo(t, "sqlite"), func(c *Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	for name, a := range answers(t, p) {
		for _, text := range []string{a.Body, headersOf(a)} {
			if found := telltale.FindString(text); found != "" && name != "200 static" {
				t.Errorf("%s tells %q", name, found)
			}
		}
		id := a.Header.Get("X-Request-Id")
		if kind(a) != "500" {
			continue
		}
		if !strings.Contains(log.String(), id) {
			t.Errorf("%s: the log does not know request %s", name, id)
		}
		if strings.Contains(a.Header.Get("Content-Type"), "html") && !strings.Contains(a.Text(), id) {
			t.Errorf("%s does not name its request", name)
		}
	}
	for _, secret := range []string{"/srv/secret/main.go:12", "42P01", "secret.templ:12", "goroutine"} {
		if !strings.Contains(log.String(), secret) {
			t.Errorf("the log does not hold %q", secret)
		}
	}
	v := p.visitor(t)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/metrics", "/version", "/.git/config", "/.env", "/static/", "/static/../go.mod", "/static/%2e%2e/go.mod", "/server-status"} {
		v.get(path).expect(http.StatusNotFound)
	}
}

func headersOf(a *answer) string {
	var b strings.Builder
	if err := a.Header.Write(&b); err != nil {
		a.t.Fatal(err)
	}
	return b.String()
}

// Who does not wait for the answer is no failure of the server: nothing is changed, and nobody is called to look at it. A
// failure that has nothing to do with leaving stays one.
func TestWhoeverHasLeft(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		var log bytes.Buffer
		p := serve(s, func(c *Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
		leaving := func(do func(*request) error) func(*request) error {
			return func(r *request) error {
				ctx, leave := context.WithCancel(r.Request().Context())
				leave()
				r.SetRequest(r.Request().WithContext(ctx))
				return do(r)
			}
		}
		for path, do := range map[string]func(*request) error{
			"/left":   p.changeProfile,
			"/broken": func(*request) error { return errors.New("the disk is gone") },
		} {
			p.echo.Add(post, path, p.door(Route{post, path, domain.SignedIn, leaving(do)}))
		}
		v := p.as(t, store.Dana)
		log.Reset()
		watch := storetest.NewWatch(t, p.store)
		v.post("/left", "name", "Somebody Else", "language", "en", "version", "1").expect(statusGone)
		if watch.Written() || strings.Contains(log.String(), "ERROR") {
			t.Errorf("written %q, logged %s", watch.Changes(), log.String())
		}
		v.post("/broken").expect(http.StatusInternalServerError)
		if !strings.Contains(log.String(), "the disk is gone") {
			t.Errorf("not logged: %s", log.String())
		}
	})
}

// A database that does not answer is a clean failure on every page, and says so to the load balancer.
func TestWithoutADatabase(t *testing.T) {
	m := newMatrix(t, theCast(t))
	p := m.open(t, admin())
	storetest.Close(t, p.store)
	v := m.as(t, p, admin())
	for _, door := range m.doors {
		path, with := m.owned(t, admin(), door)
		var form url.Values
		if door.Method == post {
			form = m.form(admin(), door.Path, with, true)
		}
		a := v.ask(door.Method, path, form)
		want := http.StatusInternalServerError
		switch door.Path {
		case "/healthz", "/static/*":
			want = http.StatusOK
		case "/readyz":
			want = http.StatusServiceUnavailable
		}
		if a.Status != want {
			t.Errorf("%s %s: %d", door.Method, path, a.Status)
		}
		if found := telltale.FindString(a.Body); found != "" && want != http.StatusOK {
			t.Errorf("%s %s tells %q", door.Method, path, found)
		}
	}
	a := m.as(t, p, souls[0]).get("/sign-in").expect(http.StatusInternalServerError)
	if !strings.Contains(a.Body, a.Header.Get("X-Request-Id")) {
		t.Error("the page does not name its request")
	}
}

// forged are the headers by which a proxy tells of its client; from anybody else they are lies.
var forged = map[string]string{
	"X-Forwarded-For": "198.51.100.66", "X-Real-Ip": "198.51.100.66", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http",
	"X-Forwarded-Protocol": "http", "X-Forwarded-Scheme": "http", "X-Forwarded-Ssl": "off", "X-Url-Scheme": "http", "X-Forwarded-Port": "81",
	"Forwarded": "for=198.51.100.66;host=evil.example;proto=http", "X-Original-Url": "/help", "X-Rewrite-Url": "/help", "True-Client-Ip": "198.51.100.66",
	"Cf-Connecting-Ip": "198.51.100.66", "X-Client-Ip": "198.51.100.66", "X-Host": "evil.example", "X-Http-Host-Override": "evil.example",
}

// fromOf is the network address in the history of somebody's last sign-in.
func fromOf(t *testing.T, p *portal, watch *storetest.Watch) string {
	t.Helper()
	for _, line := range watch.Changes() {
		if strings.HasPrefix(line, "+ events:") && strings.Contains(line, string(domain.SignedInEvent)) {
			return regexp.MustCompile(`\| (\d+\.\d+\.\d+\.\d+|[0-9a-f:]*:[0-9a-f:]+) \|`).FindStringSubmatch(line)[1]
		}
	}
	t.Fatal("nobody has signed in")
	return ""
}

// HDR-08: what a peer nobody trusts says of other hosts, schemes and clients changes nothing: no link, no cookie, no
// limit, no history. A trusted proxy is believed as to the client, and as to nothing else.
func TestHDR08_ForgedHeaders(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		watch := storetest.NewWatch(t, p.store)
		honest, liar := p.visitor(t), p.visitor(t)
		liar.headers = forged
		for _, path := range []string{"/sign-in", "/help", "/profile", "/nowhere", "/reset/garbage"} {
			same(t, honest.get(path), liar.get(path), "", "")
		}
		watch.Changes()
		a := liar.post("/sign-in", "email", store.Dana, "password", store.DemoPassword).expect(http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != "/" {
			t.Errorf("led to %s", to)
		}
		if from := fromOf(t, p, watch); from != "192.0.2.7" {
			t.Errorf("the history says %s", from)
		}
		for _, c := range a.Header["Set-Cookie"] {
			if !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, "; Secure") || strings.Contains(c, "Domain") {
				t.Errorf("cookie %s", c)
			}
		}
		if link := p.Link("/reset/x"); link != "https://gatehouse.test/reset/x" {
			t.Errorf("links lead to %s", link)
		}
	})
}

func TestHDR08_TrustedProxy(t *testing.T) {
	trust := func(c *Config) {
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}
	}
	each(t, func(t *testing.T, p *portal) {
		for _, c := range []struct{ why, from, told, want string }{
			{"the proxy tells", "10.1.2.3:80", "203.0.113.5", "203.0.113.5"},
			{"over IPv6", "[fd00::1]:80", "2001:db8::5", "2001:db8::5"},
			{"the client lies to the proxy", "10.1.2.3:80", "198.51.100.66, 203.0.113.5", "203.0.113.5"},
			{"through two proxies", "10.1.2.3:80", "203.0.113.5, 10.1.9.9", "203.0.113.5"},
			{"nobody trusted tells", "192.0.2.7:4711", "203.0.113.5", "192.0.2.7"},
			{"a neighbour tells", "10.2.2.3:80", "203.0.113.5", "10.2.2.3"},
			{"this machine tells", "127.0.0.1:80", "203.0.113.5", "127.0.0.1"},
			{"garbage is told", "10.1.2.3:80", "evil", "10.1.2.3"},
			{"nothing is told", "10.1.2.3:80", "", "10.1.2.3"},
		} {
			watch := storetest.NewWatch(t, p.store)
			v := p.visitor(t)
			v.from = c.from
			v.headers["X-Forwarded-For"] = c.told
			v.post("/sign-in", "email", store.Dana, "password", store.DemoPassword).expect(http.StatusSeeOther)
			if from := fromOf(t, p, watch); from != c.want {
				t.Errorf("%s: the history says %s, want %s", c.why, from, c.want)
			}
			watch.Stop()
		}
		v := p.visitor(t)
		v.from, v.headers = "10.1.2.3:80", map[string]string{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
		v.get("/sign-in").expect(http.StatusOK)
		v.headers["Host"] = "evil.example"
		v.get("/sign-in").expect(http.StatusMisdirectedRequest)
	}, trust)
}

// HDR-08, MN-03: the limit on requests goes by the peer, not by what it says, and an IPv6 network is one.
func TestHDR08_FloodsAreCountedByPeer(t *testing.T) {
	limited := func(c *Config) {
		c.Flood, c.Proxies = 1, []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	}
	flooded := func(p *portal, from func(i int) (peer, told string)) bool {
		for i := range 10 {
			v := p.visitor(t)
			v.from, v.headers["X-Forwarded-For"] = from(i)
			if v.get("/help").Status == http.StatusTooManyRequests {
				return true
			}
		}
		return false
	}
	p := serve(storetest.OpenDemo(t, "sqlite"), limited)
	host := func(i int) string { return "203.0.113." + string(rune('1'+i%9)) }
	for _, c := range []struct {
		why  string
		from func(i int) (peer, told string)
		want bool
	}{
		{"one peer", func(int) (string, string) { return "192.0.2.50:1", "" }, true},
		{"one peer with many names", func(i int) (string, string) { return "192.0.2.51:1", host(i) }, true},
		{"many clients of a trusted proxy", func(i int) (string, string) { return "10.1.0.1:1", host(i) }, false},
		{"one client of a trusted proxy", func(int) (string, string) { return "10.1.0.1:1", "203.0.113.77" }, true},
		{"one IPv6 network", func(i int) (string, string) { return "[2001:db8:0:1::" + string(rune('1'+i%9)) + "]:1", "" }, true},
		{"many IPv6 networks", func(i int) (string, string) { return "[2001:db8:0:1" + string(rune('1'+i%9)) + "::1]:1", "" }, false},
	} {
		if got := flooded(p, c.from); got != c.want {
			t.Errorf("%s: refused %v, want %v", c.why, got, c.want)
		}
	}
	v := p.visitor(t)
	v.from = "192.0.2.50:1"
	v.get(static.URL("app.css")).expect(http.StatusOK) // assets are cheap, and a page needs several
}

// C8: a request for another host is not for us, whatever it asks for.
func TestOtherHostsAreRefused(t *testing.T) {
	m := newMatrix(t, theCast(t))
	p := m.open(t, admin())
	watch := storetest.NewWatch(t, p.store)
	for _, host := range []string{"evil.example", "gatehouse.test:8443", "gatehouse.test.", "sub.gatehouse.test", "gatehouse.test.evil.example", "192.0.2.1", "localhost", "gatehouse.test@evil.example", "%00"} {
		v := m.as(t, p, admin())
		v.headers["Host"] = host
		for _, door := range m.doors {
			path, with := m.owned(t, admin(), door)
			var form url.Values
			if door.Method == post {
				form = m.form(admin(), door.Path, with, true)
			}
			want := http.StatusMisdirectedRequest
			if path == "/healthz" || path == "/readyz" { // a load balancer knows the machine by its address
				want = http.StatusOK
			}
			if a := v.ask(door.Method, path, form); a.Status != want || len(a.Header["Set-Cookie"]) > 0 {
				t.Errorf("%s %s at %s: %d", door.Method, path, host, a.Status)
			}
		}
	}
	if watch.Written() {
		t.Errorf("written: %q", watch.Changes())
	}
	v := p.visitor(t)
	v.headers["Host"] = "GateHouse.TEST"
	v.get("/sign-in").expect(http.StatusOK)

	local := serve(storetest.OpenDemo(t, "sqlite"), func(c *Config) { c.BaseURL = &url.URL{Scheme: "http", Host: "127.0.0.1:8080"} })
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "localhost:8080": 200, "[::1]:8080": 200, "127.0.0.2:8080": 200,
		"127.0.0.1:8081": 421, "localhost": 421, "evil.example:8080": 421, "127.0.0.1.evil.example:8080": 421, "192.0.2.7:8080": 421,
	} {
		v := local.visitor(t)
		v.headers["Host"] = host
		if a := v.get("/sign-in"); a.Status != want {
			t.Errorf("%s on loopback: %d, want %d", host, a.Status, want)
		}
	}
}

// TEN-15: the account is the address's and the place in it the session's; nothing else names one.
func TestTEN15_NothingElseNamesTheAccount(t *testing.T) {
	c := theCast(t)
	p := c.open(t, admin())
	for _, path := range []string{"/accounts/brightwater", "/accounts/brightwater/settings/users", "/accounts/brightwater/sites", "/profile"} {
		v := c.as(t, p, admin())
		v.get(path).expect(http.StatusOK)
		plain := v.get(path).expect(http.StatusOK)
		v.headers = map[string]string{
			"X-Tenant": "larkspur", "X-Tenant-Id": "larkspur", "X-Account": "larkspur", "X-Org-Id": "larkspur", "X-Forwarded-Prefix": "/accounts/larkspur",
			"Cookie": v.cookieHeader() + "; account=larkspur; tenant=larkspur; __Host-account=larkspur",
		}
		v.cookies = map[string]*http.Cookie{}
		const more = "?account=larkspur&account_id=larkspur&tenant=larkspur&slug=larkspur"
		a := v.get(path + more).expect(http.StatusOK)
		if diff := differ(plain, a, nil, nil); diff != "" {
			t.Errorf("%s is another page with more said: %s", path, diff)
		}
		if strings.Contains(a.Body, store.Canary) {
			t.Errorf("%s shows another company", path)
		}
	}
	v := c.as(t, p, admin())
	v.post("/accounts/brightwater/settings/users/removals?account=larkspur&id="+c.things["larkspur user"], "account", "larkspur", "id", c.things["larkspur user"]).expect(http.StatusNotFound)
}

// cookieHeader is what the browser would send.
func (v *visitor) cookieHeader() string {
	var all []string
	for _, c := range v.cookies {
		all = append(all, c.Name+"="+c.Value)
	}
	return strings.Join(all, "; ")
}

// TEN-16: a cache between us and two people keeps nothing of either.
func TestTEN16_NoBleedThroughACache(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	kept := map[string]*answer{}
	cached := func(v *visitor, path string) *answer {
		if a, hit := kept[path]; hit {
			return a
		}
		a := v.get(path)
		if c := a.Header.Get("Cache-Control"); !strings.Contains(c, "no-store") && !strings.Contains(c, "private") {
			kept[path] = a
		}
		return a
	}
	dana, cora := p.as(t, store.Dana), p.as(t, store.Cora)
	for _, path := range []string{"/", "/profile", "/help", "/accounts/brightwater", "/accounts/cobalt", "/sign-in", "/nowhere", static.URL("app.css")} {
		cached(dana, path)
		if a := cached(cora, path); strings.Contains(a.Body, "Dana") {
			t.Errorf("%s: Cora reads of Dana", path)
		}
	}
	if len(kept) != 1 {
		t.Errorf("a cache keeps %d answers, want the style sheet alone", len(kept))
	}
}
