package e2e

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/store"
)

// loaded is one file a page is made of, as the browser received it.
type loaded struct {
	URL      string
	Bytes    int  // of the body on the wire, as encoded
	Wire     int  // with the headers; 0 when it came from the cache
	Blocking bool // nothing shows before it
}

const loadedScript = `performance.getEntries().filter(e => /^(navigation|resource)$/.test(e.entryType)).map(e => ({
	URL: e.name, Bytes: e.encodedBodySize, Wire: e.transferSize, Blocking: e.entryType === 'resource' && e.renderBlockingStatus === 'blocking' }))`

// The promises of docs on how light a page is, in bytes.
const (
	firstLoad  = 100_000
	secondPage = 12_000
	mostAsked  = 8
	mostFrame  = 400 // elements of a list page without its rows
	mostEach   = 64  // elements of a row with its menu
)

// TestWeight: what the first page costs somebody whose browser has seen nothing yet, and the one after it.
func TestWeight(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{NoMail: true})
	c := s.Client(t)
	c.SignIn(store.Dana, store.DemoPassword)
	p := s.Person(t)
	p.SignIn(store.Dana, store.DemoPassword)
	p.ForgetCache()
	const users = "/accounts/" + store.Brightwater + "/settings/users"
	p.Open(users)
	var first []loaded
	p.Eval(loadedScript, &first)
	sum, blocking := 0, 0
	for _, f := range first {
		t.Logf("%7d  %s", f.Bytes, strings.TrimPrefix(f.URL, s.URL))
		sum += f.Bytes
		if f.Blocking {
			blocking++
		}
		if !strings.HasPrefix(f.URL, s.URL+"/") {
			t.Errorf("%s comes from elsewhere (INV-15)", f.URL)
		}
		if path := strings.TrimPrefix(f.URL, s.URL); strings.HasPrefix(path, "/static/") {
			path, _, _ = strings.Cut(path, "#")
			if cache := c.Get(path).Want(http.StatusOK).Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
				t.Errorf("%s: Cache-Control %q", path, cache)
			}
		}
	}
	t.Logf("%7d  in %d requests, %d of them block the rendering", sum, len(first), blocking)
	if sum > firstLoad || len(first) > mostAsked || blocking > 1 {
		t.Errorf("the first load takes %d bytes in %d requests of which %d block; at most %d, %d and 1 are promised", sum, len(first), blocking, firstLoad, mostAsked)
	}

	p.Open(strings.Replace(users, "users", "invites", 1))
	var second []loaded
	p.Eval(loadedScript, &second)
	sum = 0
	for _, f := range second {
		sum += f.Wire
	}
	t.Logf("%7d  the Invites tab after it", sum)
	if sum > secondPage {
		t.Errorf("the second page takes %d bytes, at most %d are promised: %+v", sum, secondPage, second)
	}

	// A row's menu is in the page, so that it opens without script: most of a row's elements are in it.
	for _, list := range []string{"users", "invites"} {
		p.Open(strings.Replace(users, "users", list, 1))
		var page struct{ Nodes, Rows int }
		p.Eval(`({ Nodes: document.querySelectorAll('*').length, Rows: document.querySelectorAll('[data-row]').length })`, &page)
		p.Eval(`document.querySelectorAll('tbody tr').forEach(r => r.remove())`, nil)
		var frame int
		p.Eval(`document.querySelectorAll('*').length`, &frame)
		if page.Rows < 20 {
			t.Fatalf("only %d rows to measure", page.Rows)
		}
		each := (page.Nodes - frame) / page.Rows
		t.Logf("%s: %d elements: %d, and %d for each of %d rows", list, page.Nodes, frame, each, page.Rows)
		if frame > mostFrame || each > mostEach {
			t.Errorf("%s has %d elements and %d for each row, at most %d and %d are meant", list, frame, each, mostFrame, mostEach)
		}
	}
}
