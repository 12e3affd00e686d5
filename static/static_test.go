package static

import (
	"bytes"
	"compress/gzip"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func get(t *testing.T, method, url string, accept ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	for _, a := range accept {
		r.Header.Add("Accept-Encoding", a)
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryAssetUnderItsHash(t *testing.T) {
	types := map[string]string{
		"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "htmx.min.js": "text/javascript; charset=utf-8",
		"passkeys.js": "text/javascript; charset=utf-8",
		"icons.svg":   "image/svg+xml", "favicon.svg": "image/svg+xml", "inter.woff2": "font/woff2", "inter-ext.woff2": "font/woff2",
	}
	if len(types) != len(names) {
		t.Fatalf("%d assets, the test knows %d", len(names), len(types))
	}
	for name, want := range types {
		res := get(t, "GET", URL(name))
		if res.StatusCode != 200 {
			t.Errorf("%s: status %d", URL(name), res.StatusCode)
		}
		for k, v := range map[string]string{
			"Content-Type": want, "Cache-Control": "public, max-age=31536000, immutable",
			"X-Content-Type-Options": "nosniff", "Content-Encoding": "",
		} {
			if got := res.Header.Get(k); got != v {
				t.Errorf("%s: %s is %q, want %q", name, k, got, v)
			}
		}
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := body(t, res.Body)
		if !bytes.Equal(got, file) {
			t.Errorf("%s: the body is not the file", name)
		}
		if n := res.Header.Get("Content-Length"); n != strconv.Itoa(len(got)) {
			t.Errorf("%s: Content-Length %s for %d bytes", name, n, len(got))
		}
		if !strings.Contains(URL(name), "."+hash(file)+".") {
			t.Errorf("%s: %s does not carry the hash of the file", name, URL(name))
		}
	}
}

func TestURLOfAnUnknownAssetPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	URL("nothing.css")
}

func TestEncodingIsNegotiated(t *testing.T) {
	file, err := os.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		accept []string
		want   string
	}{
		{nil, ""},
		{[]string{"gzip, deflate, br, zstd"}, "br"},
		{[]string{"gzip"}, "gzip"},
		{[]string{"gzip", "br"}, "br"},
		{[]string{"br;q=0, gzip"}, "gzip"},
		{[]string{"br;q=0.000,gzip;q=0"}, ""},
		{[]string{"gzip;q=1.0, br;q=0.5"}, "gzip"},
		{[]string{"BR ; Q=0.8"}, "br"},
		{[]string{"*"}, "br"},
		{[]string{"*;q=0"}, ""},
		{[]string{"br;q=0, *"}, "gzip"},
		{[]string{"identity"}, ""},
		{[]string{"br;q=many"}, ""},
		{[]string{"broken"}, ""},
	} {
		res := get(t, "GET", URL("app.css"), c.accept...)
		if got := res.Header.Get("Content-Encoding"); got != c.want {
			t.Errorf("%q: encoding %q, want %q", c.accept, got, c.want)
			continue
		}
		if v := res.Header.Get("Vary"); v != "Accept-Encoding" {
			t.Errorf("%q: Vary %q", c.accept, v)
		}
		if got := body(t, decoded(t, res)); !bytes.Equal(got, file) {
			t.Errorf("%q: the decoded body is not the file", c.accept)
		}
	}
}

func decoded(t *testing.T, res *http.Response) io.Reader {
	t.Helper()
	switch res.Header.Get("Content-Encoding") {
	case "br":
		return brotli.NewReader(res.Body)
	case "gzip":
		z, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	return res.Body
}

// A stale variant would serve yesterday's asset to every browser that takes it.
func TestVariantsHoldTheirAsset(t *testing.T) {
	for _, name := range names {
		if strings.HasSuffix(name, ".woff2") {
			continue
		}
		for _, enc := range []string{"br", "gzip"} {
			res := get(t, "GET", URL(name), enc)
			if got := res.Header.Get("Content-Encoding"); got != enc {
				t.Errorf("%s: encoding %q, want %q", name, got, enc)
			}
			if !bytes.Equal(body(t, decoded(t, res)), byName[name].plain) {
				t.Errorf("%s.%s is of another build", name, enc)
			}
		}
	}
}

func TestFontsAreServedAsTheyAre(t *testing.T) {
	res := get(t, "GET", URL("inter.woff2"), "br, gzip")
	if e := res.Header.Get("Content-Encoding"); e != "" {
		t.Errorf("encoding %q", e)
	}
}

func TestOtherAddressesAre404(t *testing.T) {
	for _, url := range []string{
		"/static/app.css", "/static/app.000000000000.css", "/static/", "/static/static.go", "/static/src/app.css",
		URL("app.css") + ".br", URL("app.css") + "/", "/app.css", strings.Replace(URL("app.css"), ".css", ".js", 1),
	} {
		res := get(t, "GET", url, "br")
		if res.StatusCode != 404 {
			t.Errorf("%s: status %d", url, res.StatusCode)
		}
		if c := res.Header.Get("Cache-Control"); c != "no-store" {
			t.Errorf("%s: a miss may be kept: %q", url, c)
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", url)
		}
	}
}

func TestMethods(t *testing.T) {
	res := get(t, "HEAD", URL("app.js"), "br")
	if res.StatusCode != 200 || len(body(t, res.Body)) != 0 || res.Header.Get("Content-Length") != strconv.Itoa(len(byName["app.js"].br)) {
		t.Errorf("HEAD: %d, length %s", res.StatusCode, res.Header.Get("Content-Length"))
	}
	for _, m := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		res := get(t, m, URL("app.js"))
		if res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", m, res.StatusCode, res.Header.Get("Allow"))
		}
	}
}

func TestWhatTheStyleSheetNamesIsServed(t *testing.T) {
	found := regexp.MustCompile(`url\(["']?([^"')]+)["']?\)`).FindAllSubmatch(byName["app.css"].plain, -1)
	fonts := 0
	for _, m := range found {
		u := string(m[1])
		if strings.HasPrefix(u, "data:") || strings.HasPrefix(u, "#") {
			continue
		}
		fonts++
		if res := get(t, "GET", "/static/"+u); res.StatusCode != 200 {
			t.Errorf("%s: status %d", u, res.StatusCode)
		}
	}
	if fonts != 2 {
		t.Errorf("%d files named, want the two fonts", fonts)
	}
}

func TestIconsAndSpriteAgree(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "icons.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constants := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			for _, x := range v.Values {
				s, err := strconv.Unquote(x.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				constants[s] = true
			}
		}
		return true
	})
	symbols := map[string]bool{}
	for _, m := range regexp.MustCompile(`<symbol id="([^"]+)" viewBox="[^"]+"[^>]*><`).FindAllSubmatch(byName["icons.svg"].plain, -1) {
		symbols[string(m[1])] = true
	}
	if len(constants) < 90 || !constants[string(IconGatehouse)] {
		t.Fatalf("only %d icons read from icons.go", len(constants))
	}
	for c := range constants {
		if !symbols[c] {
			t.Errorf("icon %q is not in the sprite", c)
		}
	}
	for s := range symbols {
		if !constants[s] {
			t.Errorf("symbol %q has no constant", s)
		}
	}
	if got, want := IconURL(IconUsers), URL("icons.svg")+"#users"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWeights(t *testing.T) {
	for _, c := range []struct {
		what       string
		got, limit int
	}{
		{"style sheet, brotli", len(byName["app.css"].br), 18_000},
		{"own script, raw", len(byName["app.js"].plain), 6_000},
		// The first load's limit is 100 kB with the page; the heaviest page may take 10.
		{"first load without the page, brotli", len(byName["app.css"].br) + len(byName["app.js"].br) + len(byName["htmx.min.js"].br) +
			len(byName["icons.svg"].br) + len(byName["favicon.svg"].br) + len(byName["inter.woff2"].plain), 90_000},
	} {
		if c.got > c.limit {
			t.Errorf("%s: %d bytes, the limit is %d", c.what, c.got, c.limit)
		}
		t.Logf("%s: %d", c.what, c.got)
	}
}
