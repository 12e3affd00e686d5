// Package static holds what a browser fetches besides pages: the style sheet,
// the scripts, the icons and the fonts, each under a name that carries its
// content's hash, compressed at build time.
//
// Here belong the built files, their sources (src/), the icons' names and the
// handler that serves them. Pages, texts and anything that depends on who asks
// do not: every answer from here is the same for everybody, for ever.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed *.css *.js *.svg *.woff2 *.br *.gz help
var files embed.FS

// names are the assets by the name that URL takes.
var names = []string{"app.css", "app.js", "favicon.svg", "htmx.min.js", "icons.svg", "inter-ext.woff2", "inter.woff2", "passkeys.js"}

// contentTypes is written out because the system's MIME table differs between machines.
var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".webp":  "image/webp",
}

type asset struct {
	url, contentType string
	plain, br, gz    []byte // br and gz are nil for what does not compress
}

var (
	byName = map[string]*asset{}
	byURL  = map[string]*asset{}
	icons  string // the sprite's address up to and with the #
)

func init() {
	for _, name := range names {
		plain, err := files.ReadFile(name)
		if err != nil {
			panic(err) // embedded at build time: only a wrong entry in names gets here
		}
		ext := path.Ext(name)
		a := &asset{
			url:         "/static/" + strings.TrimSuffix(name, ext) + "." + hash(plain) + ext,
			contentType: contentTypes[ext],
			plain:       plain,
		}
		if ext != ".woff2" {
			a.br, a.gz = variant(name+".br"), variant(name+".gz")
		}
		byName[name], byURL[a.url] = a, a
	}
	icons = URL("icons.svg") + "#"
	pictures()
}

// pictures adds the walkthrough's pictures by their path, such as "help/en/1.webp". They are compressed already.
func pictures() {
	found, err := fs.Glob(files, "help/*/*.webp")
	if err != nil {
		panic(err) // the pattern is written here
	}
	for _, name := range found {
		plain := variant(name)
		a := &asset{url: "/static/" + strings.TrimSuffix(name, ".webp") + "." + hash(plain) + ".webp", contentType: contentTypes[".webp"], plain: plain}
		byName[name], byURL[a.url] = a, a
	}
}

// Picture is the address of a picture, empty when there is none of that name.
func Picture(name string) string {
	if a, ok := byName[name]; ok {
		return a.url
	}
	return ""
}

func variant(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return b
}

// hash must stay the one of src/build.mjs, which writes the fonts' names into the style sheet.
func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

// URL is the address of an asset, such as /static/app.<hash>.css for "app.css".
// It panics for a name that is not an asset: names are written in code, never taken from a request.
func URL(name string) string {
	a, ok := byName[name]
	if !ok {
		panic("static: no asset " + strconv.Quote(name))
	}
	return a.url
}

// IconURL is what <use href> takes to draw the icon.
func IconURL(icon Icon) string { return icons + string(icon) }

// Handler serves the assets under the addresses URL gives, and 404 for every other.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	a, ok := byURL[r.URL.Path]
	if !ok {
		// While a new version rolls out an old process does not know the new names yet.
		h.Set("Cache-Control", "no-store")
		http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		return
	}
	body := a.plain
	if a.br != nil {
		h.Set("Vary", "Accept-Encoding")
		switch encoding(r.Header.Values("Accept-Encoding")) {
		case "br":
			body = a.br
			h.Set("Content-Encoding", "br")
		case "gzip":
			body = a.gz
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// The client is gone if this fails; there is nobody left to tell.
	_, _ = w.Write(body)
}

// encoding is the one to answer with: br or gzip, whichever is wanted more, br
// when both are wanted alike, or "" for plain.
func encoding(accept []string) string {
	br, gz, rest := -1.0, -1.0, 0.0
	for _, line := range accept {
		for part := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(part, ";")
			q := quality(params)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "br":
				br = q
			case "gzip", "x-gzip":
				gz = q
			case "*":
				rest = q
			}
		}
	}
	if br < 0 {
		br = rest
	}
	if gz < 0 {
		gz = rest
	}
	switch {
	case br > 0 && br >= gz:
		return "br"
	case gz > 0:
		return "gzip"
	}
	return ""
}

// quality reads the q of one coding. What cannot be read counts as refused: plain is always right.
func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		k, v, ok := strings.Cut(strings.TrimSpace(p), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(k), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil || q < 0 || q > 1 {
			return 0
		}
		return q
	}
	return 1
}
