package web

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// The tests of this package speak HTTP to a Server on a real store with the demo companies, as the people of the demo.

// A portal is a Server under test.
type portal struct {
	*Server
	store *store.Store
	base  *url.URL
}

// each runs a test on both engines, with the demo loaded. change may alter the configuration.
func each(t *testing.T, test func(t *testing.T, p *portal), change ...func(*Config)) {
	t.Helper()
	storetest.Demo(t, func(t *testing.T, s *store.Store) { test(t, serve(s, change...)) })
}

// serve is a portal on a store as it is, at https://gatehouse.test.
func serve(s *store.Store, change ...func(*Config)) *portal {
	base := &url.URL{Scheme: "https", Host: "gatehouse.test"}
	c := Config{BaseURL: base, Mailed: true, SessionAge: 12 * time.Hour}
	for _, f := range change {
		f(&c)
	}
	return &portal{New(s, c), s, c.BaseURL}
}

// A visitor is a browser: it keeps cookies and says where its requests come from.
type visitor struct {
	t       *testing.T
	p       *portal
	cookies map[string]*http.Cookie
	headers map[string]string // sent with every request
	from    string            // its network address
}

func (p *portal) visitor(t *testing.T) *visitor {
	return &visitor{t: t, p: p, cookies: map[string]*http.Cookie{}, headers: map[string]string{}, from: "192.0.2.7:4711"}
}

// as is a visitor who has signed in through the front door with the demo's password.
func (p *portal) as(t *testing.T, email string) *visitor {
	t.Helper()
	v := p.visitor(t)
	a := v.post("/sign-in", "email", email, "password", store.DemoPassword)
	if a.Status != http.StatusSeeOther {
		t.Fatalf("%s cannot sign in: %d\n%s", email, a.Status, a.Text())
	}
	return v
}

// An answer is a response, its body read.
type answer struct {
	t      *testing.T
	Status int
	Header http.Header
	Body   string
}

// get asks for a page.
func (v *visitor) get(path string) *answer { return v.ask(http.MethodGet, path, nil) }

// post sends a form given as name, value, name, value …
func (v *visitor) post(path string, form ...string) *answer {
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	return v.ask(http.MethodPost, path, values)
}

// ask sends one request as a browser does from a page of the portal; headers set on the visitor win over the usual ones,
// and an empty one leaves a usual one out.
func (v *visitor) ask(method, path string, form url.Values) *answer {
	v.t.Helper()
	switch {
	case form.Has(fileField):
		body, kind := multipartForm(v.t, form)
		return v.bring(method, path, kind, body)
	case form != nil:
		return v.bring(method, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	}
	return v.bring(method, path, "", nil)
}

// bring is ask with a body of any kind.
func (v *visitor) bring(method, path, kind string, body io.Reader) *answer {
	v.t.Helper()
	r := httptest.NewRequestWithContext(v.t.Context(), method, v.p.base.String()+path, body)
	r.RemoteAddr = v.from
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if !safe(method) {
		r.Header.Set("Origin", v.p.base.String())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range v.headers {
		r.Header.Del(name)
		switch {
		case name == "Host":
			r.Host = value
		case value != "":
			r.Header.Set(name, value)
		}
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.p.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c
		}
	}
	return &answer{v.t, res.StatusCode, res.Header, w.Body.String()}
}

// fileField is the field of a form that holds a file: the form is sent as multipart then.
const fileField = "file"

func multipartForm(t *testing.T, form url.Values) (body io.Reader, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, given := range form {
		for _, value := range given {
			var part io.Writer
			var err error
			if name == fileField {
				part, err = w.CreateFormFile(name, "people.csv")
			} else {
				part, err = w.CreateFormField(name)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(part, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}

// script asks as htmx does for the element of that id.
func (v *visitor) script(method, path, id string, form url.Values) *answer {
	was := v.headers
	defer func() { v.headers = was }()
	v.headers = map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#" + id}
	for name, value := range was {
		v.headers[name] = value
	}
	return v.ask(method, path, form)
}

// follow gets the page a redirect leads to.
func (v *visitor) follow(a *answer) *answer {
	v.t.Helper()
	if a.Status != http.StatusSeeOther {
		v.t.Fatalf("status %d instead of a redirect\n%s", a.Status, a.Text())
	}
	return v.get(a.Header.Get("Location"))
}

// expect fails the test unless the answer has that status.
func (a *answer) expect(status int) *answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d\n%s", a.Status, status, a.Text())
	}
	return a
}

// page is the answer's HTML.
func (a *answer) page() *goquery.Document {
	a.t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.Body))
	if err != nil {
		a.t.Fatal(err)
	}
	return doc
}

// Text is what stands on the page, spaces folded.
func (a *answer) Text() string {
	return strings.Join(strings.Fields(a.page().Find("body").Text()), " ")
}

// see fails the test unless every text stands on the page.
func (a *answer) see(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.Text(), text) {
			a.t.Fatalf("%q is not on the page:\n%s", text, a.Text())
		}
	}
	return a
}

// actor is a demo person's place in an account, straight from the store: for arranging and checking.
func (p *portal) actor(t *testing.T, email, account string) domain.Actor {
	t.Helper()
	u, err := p.store.PersonByEmail(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	secret := store.NewSecret()
	if _, err := p.store.StartSession(t.Context(), u, "", store.Start{Hash: store.HashSecret(secret)}); err != nil {
		t.Fatal(err)
	}
	by, err := p.store.Actor(t.Context(), store.HashSecret(secret), account, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	return by
}
