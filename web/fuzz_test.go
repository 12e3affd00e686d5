package web

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

var (
	fuzzInputs = flag.Int("fuzz-inputs", 2000, "how many bad inputs TestFuzzRoutes sends")
	fuzzSeed   = flag.Uint64("fuzz-seed", 0, "which ones; 0 takes others every time")
)

// A lure is markup that no page holds unless it lets somebody write it.
const lure = "<img src=x onerror=lure()>"

// corpus is what nobody sends who uses the pages: SQL (INP-06), what is no text or no number (INP-08), markup, paths,
// templates, formats, and too much of everything.
var corpus = slices.Concat([]string{
	"", " ", "\t", "0", "-0", "-1", "1", "00", "1e3", "1e400", "0x1f", "1.5", "+1", "NaN", "Infinity", "null", "undefined", "true", "[]", "{}",
	"2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", strings.Repeat("9", 400),
	"'", `"`, "`", `\`, "''", "';", "' or '1'='1", "' or 1=1 --", `") or ("1"="1`, "1; drop table users", "' union all select null,null --", "name desc", "id)",
	"(select 1)", "%", "_", "%%%%%%%%", "a%b_c", `\%`, "$1", "?", ":1", "||", "/*", "--", "*", "\"a\" OR b*", "NEAR(a b)", "a:b", "^a", "-a",
	lure, `"><svg onload=lure()>`, `' autofocus onfocus=lure() '`, "javascript:lure()", "</script><script>lure()</script>", "<!--", "]]>", "&#x0;", "{{.}}", "{{7*7}}", "${7*7}", "<%= 7 %>",
	"../../../../etc/passwd", `..\..\windows`, "/", "//evil.example", `/\evil.example`, "https:evil.example", "file:///etc/passwd", ".", "..", "./.", "%2e%2e%2f", "%00", "%ff", "%",
	"\r\nX-Lure: 1", "\r\n\r\n<html>", "a\nb", "\u2028", "\u202e", "\ufeff", "\u0000", "\x00", "a\x00b", "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "caf\u0065\u0301", "ﬁ", "İ", "ß", "👩‍👩‍👧‍👦",
	"a@b", "a@b@c.example", "@", "a@[127.0.0.1]", strings.Repeat("a", 300) + "@example.com", "2036-02-30", "0000-00-00", "9999-12-31", "-1-1-1", "31.12.2026", "+1", "+15555555555555", "en-US-x-y", "xx",
	missing, strings.ToUpper(missing), missing + "0", "00000000-0000-0000-0000-000000000000", "account", "sites", "all", "on", "off",
	"a=b&c=d", "a;b", "a&b=c", "a#b", "a?b", "eyJhbGciOiJub25lIn0.e30.", "%s%s%s%n", "%!d(string=x)",
}, []string{
	strings.Repeat("a", 1<<10), strings.Repeat("a ", 5<<10), strings.Repeat("%", 10<<10), strings.Repeat("_%", 5<<10), strings.Repeat("é", 4<<10),
	strings.Repeat("'", 1<<10), strings.Repeat("<", 1<<10), strings.Repeat("-", 1<<12), strings.Repeat("(", 1<<12), strings.Repeat(",", 1<<12), strings.Repeat("\u0301", 1<<10),
})

// fieldNames are the names of all fields and parameters that the sources know, so that those of later pages are tried as well.
func fieldNames(t *testing.T) []string {
	t.Helper()
	names := map[string]bool{"q": true, "sort": true, "after": true, "before": true}
	known := regexp.MustCompile(`form:"(\w+)"|query\("(\w+)"\)|QueryParam\("(\w+)"\)|filters: +\[\]string\{([^}]*)\}`)
	quoted := regexp.MustCompile(`\w+`)
	for _, pattern := range []string{"*.go", "../domain/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range known.FindAllStringSubmatch(string(text), -1) {
				for _, name := range quoted.FindAllString(strings.Join(found[1:], " "), -1) {
					names[name] = true
				}
			}
		}
	}
	if len(names) < 30 {
		t.Fatalf("only %d names of fields found", len(names))
	}
	var out []string
	for name := range names {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// fuzzed are the headers that handlers read.
var fuzzed = []string{
	"Accept-Language", "User-Agent", "Referer", "Cookie", "HX-Request", "HX-Request-Type", "HX-Target", "HX-Current-URL",
	"Content-Type", "X-Forwarded-For", "X-Forwarded-Host", "If-None-Match", "Range", "Authorization", "Accept", "Accept-Encoding",
}

// A bad input is one value of the corpus in one place of a request that would be good without it.
type badInput struct {
	who         soul
	door        Route
	place, name string // "path" ":user", "query" "q", "field" "email", "header" "Cookie"
	value       string
}

func (b badInput) String() string {
	return fmt.Sprintf("%s %s as %s, %s %s = %.60q", b.door.Method, b.door.Path, b.who.name, b.place, b.name, b.value)
}

// A fuzzer chooses bad inputs, each by chance: the corpus × every parameter × every door.
type fuzzer struct {
	*rand.Rand
	m     *matrix
	names []string
	souls []soul
	// takes says of a door whether it looks at fields at all.
	takes map[string]bool
}

func (f *fuzzer) next(t *testing.T) badInput {
	b := badInput{who: f.souls[f.IntN(len(f.souls))], door: f.m.doors[f.IntN(len(f.m.doors))], value: corpus[f.IntN(len(corpus))]}
	params, _ := params(t, b.door.Method, b.door.Path, false)
	places := []string{"query", "header"}
	if b.door.Method != get {
		places = []string{"query", "header", "field", "field", "field", "field"}
	} else if len(params) == 0 {
		places = []string{"query", "query", "header"}
	}
	if len(params) > 0 {
		places = append(places, "path", "path")
	}
	switch b.place = places[f.IntN(len(places))]; b.place {
	case "path":
		b.name = params[f.IntN(len(params))]
	case "header":
		b.name = fuzzed[f.IntN(len(fuzzed))]
	default:
		b.name = f.names[f.IntN(len(f.names))]
	}
	return b
}

// reads finds out whether a door looks at the fields of a form: then it wants them as a form.
func (f *fuzzer) reads(t *testing.T, p *portal, b badInput) bool {
	at := b.door.Path + " " + b.who.name
	if known, asked := f.takes[at]; asked || b.place != "field" {
		return known
	}
	path, with := f.m.owned(t, b.who, b.door)
	v := f.m.as(t, p, b.who)
	v.headers["Content-Type"] = "text/plain"
	form := f.m.form(b.who, b.door.Path, with, true)
	f.takes[at] = !form.Has(fileField) && v.ask(post, path, form).Status == http.StatusUnsupportedMediaType
	return f.takes[at]
}

// ask sends a bad input.
func (f *fuzzer) ask(t *testing.T, p *portal, b badInput) *answer {
	_, with := f.m.owned(t, b.who, b.door)
	v := f.m.as(t, p, b.who)
	v.from = "198.51.100.7:4711"
	form := url.Values(nil)
	if b.door.Method != get {
		form = f.m.form(b.who, b.door.Path, with, true)
	}
	query := ""
	switch b.place {
	case "path":
		with[b.name] = url.PathEscape(b.value)
	case "query":
		query = "?" + url.Values{b.name: {b.value}}.Encode()
	case "field":
		form = url.Values{}
		for name, given := range f.m.form(b.who, b.door.Path, with, true) {
			form[name] = given
		}
		form[b.name] = []string{b.value}
	case "header": // a server reads no line breaks out of one
		v.headers[b.name] = strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(b.value)
	}
	return v.ask(b.door.Method, address(b.door.Path, with)+query, form)
}

// leaks are the signs of a failure that got out. A short word must stand alone: a random challenge holds any three letters.
var leaks = regexp.MustCompile(`goroutine \d|\.go:\d|\.templ:\d|runtime error|nil pointer|(?i:sqlstate|sqlite|pgconn|\bpgx\b|syntax error|constraint failed)`)

// faults says what is wrong with the answer to a bad input.
func (b badInput) faults(a *answer, reads bool) (faults []string) {
	if a.Status >= http.StatusInternalServerError || a.Status < http.StatusOK {
		faults = append(faults, fmt.Sprint("answers ", a.Status))
	}
	if found := leaks.FindString(a.Body); found != "" && b.door.Path != "/static/*" {
		faults = append(faults, "tells "+found)
	}
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		if strings.Contains(a.Body, lure) || strings.Contains(a.Body, "<svg onload") {
			faults = append(faults, "writes markup")
		}
		if !utf8.ValidString(a.Body) || strings.Contains(a.Body, "\x00") {
			faults = append(faults, "is no text")
		}
	}
	for name, values := range a.Header {
		if name == "X-Lure" || slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, "\r\n") }) {
			faults = append(faults, "writes the header "+name)
		}
	}
	// INP-08: what is no text is refused, wherever it stands. A link is looked up by its hash and can be any garbage; a door
	// that takes no fields does not look at them.
	ignored := b.place == "field" && (a.Status == http.StatusSeeOther || !reads) || b.name == "token"
	if b.place != "header" && !ignored && !isText(b.value) && (a.Status < 400 || a.Status > 499) && kind(a) != "303 /sign-in" {
		faults = append(faults, fmt.Sprint("takes what is no text: ", a.Status))
	}
	return faults
}

// mostRefusing is how long 99 of 100 refusals may take.
const mostRefusing = 50 * time.Millisecond

// R3, INP-06, INP-08: bad input of every kind, in every parameter of every door, is answered: no failure, nothing told of
// how it is made, no markup written, no memory kept. `make fuzz-routes` sends 50,000.
func TestFuzzRoutes(t *testing.T) {
	seed := *fuzzSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed: go test ./web -run TestFuzzRoutes -fuzz-inputs %d -fuzz-seed %d", *fuzzInputs, seed)
	f := &fuzzer{Rand: rand.New(rand.NewPCG(seed, 0)), m: newMatrix(t, theCast(t)), names: fieldNames(t), takes: map[string]bool{}} //nolint:gosec // chance, not secrecy
	for _, who := range souls {
		if slices.Contains([]string{"nobody", "member", "deployer", "guest-places", "admin", "site-admin-invites", "master"}, who.name) {
			f.souls = append(f.souls, who)
		}
	}
	const batch = 250 // then the portal is a fresh copy: some inputs do what they say
	var heaps []uint64
	var refused []time.Duration
	for done := 0; done < *fuzzInputs; done += batch {
		p := f.m.open(t, admin())
		for range min(batch, *fuzzInputs-done) {
			b := f.next(t)
			start := time.Now()
			a := f.ask(t, p, b)
			took := time.Since(start)
			if took > mostRefusing && a.Status >= 400 { // the machine may have been busy
				start = time.Now()
				f.ask(t, p, b)
				took = min(took, time.Since(start))
			}
			if a.Status >= 400 {
				refused = append(refused, took)
			}
			for _, fault := range b.faults(a, f.reads(t, p, b)) {
				t.Errorf("%v: %s", b, fault)
			}
		}
		// What was stored is text as well.
		for _, page := range []string{"/users", "/invites"} {
			a := f.m.as(t, p, admin()).get("/accounts/" + store.Brightwater + "/settings" + page)
			for _, fault := range (badInput{door: Route{Path: page}, place: "header"}).faults(a, false) {
				t.Errorf("%s after %d: %s", page, done+batch, fault)
			}
		}
		storetest.Close(t, p.store)
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		heaps = append(heaps, m.HeapAlloc)
	}
	if len(refused) == 0 {
		t.Fatal("nothing was refused")
	}
	slices.Sort(refused)
	p99 := refused[len(refused)*99/100]
	warm := heaps[len(heaps)/4]
	t.Logf("%d inputs, %d refused, 99%% of those within %v; memory in use %d kB, then %d kB", *fuzzInputs, len(refused), p99, warm>>10, heaps[len(heaps)-1]>>10)
	const most = 16 << 20
	if last := heaps[len(heaps)-1]; last > warm+most {
		t.Errorf("memory grows from %d to %d bytes", warm, last)
	}
	if *fuzzInputs >= 50_000 && p99 > mostRefusing {
		t.Errorf("99%% of the refusals take up to %v", p99)
	}
}
