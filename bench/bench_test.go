// Package bench carries the load the portal promises and sets it against limits measured in the same run.
//
// Here belong benchmarks over HTTP on a full-sized account, on both engines. Here do not belong tests of what is right,
// and no figure is a test: a slow machine is not an error. Read the shares, not the absolutes.
package bench

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
	"gatehouse/web"
)

var people = flag.Int("people", 100_000, "how many people the full-sized account has")

// BenchmarkPages measures each page beside limit L1, a fixed page of 40 kB through Echo, and tells its share of it.
// "small" is the demo's 38 people in the account, "full" -people of them beside it.
func BenchmarkPages(b *testing.B) {
	limit := fixedPage(b)
	for _, engine := range storetest.Engines {
		for _, size := range []struct {
			name string
			more int
		}{{"small", 0}, {"full", *people}} {
			p := open(b, engine, size.more)
			for _, page := range []struct{ name, path string }{
				{"users", "/settings/users"},
				{"users-by-sign-in", "/settings/users?sort=-sign-in"},
				{"users-middle", p.middle},
				{"users-of-a-site", "/settings/users?site=" + p.site},
				{"users-disabled", "/settings/users?state=disabled"},
				{"search-few-hits", "/settings/users?q=solberg"},
				{"search-many-hits", "/settings/users?q=example"},
				{"search-many-hits-narrowed", "/settings/users?q=samuel&role=user&state=disabled"},
				{"invites", "/settings/invites"},
				{"invites-pending", "/settings/invites?state=pending"},
				{"dashboard", ""},
			} {
				b.Run(fmt.Sprintf("%s/%s/%s", engine, size.name, page.name), func(b *testing.B) {
					each := p.measure(b, p.account+page.path)
					b.ReportMetric(float64(each.Microseconds())/1000, "cpu-ms/op")
					b.ReportMetric(100*limit.Seconds()/each.Seconds(), "%ofL1")
				})
			}
		}
	}
}

// BenchmarkInvite measures one invite: membership, grant, link, event and message, durable.
func BenchmarkInvite(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			s := storetest.Open(b, engine, func(c *store.Config) { c.Limits.SendsPerHour = 1 << 30 })
			if err := s.LoadDemo(b.Context()); err != nil {
				b.Fatal(err)
			}
			by := storetest.As(b, s, store.Dana, store.Brightwater)
			n := 0
			for b.Loop() {
				n++
				d := domain.InviteDraft{
					FirstName: "Bench", LastName: "Mark", Email: fmt.Sprintf("bench%d@brightwater.example", n), Role: "user", Scope: []string{"account"}, Language: "en",
				}
				if _, err := s.CreateInvite(b.Context(), by, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// portal is a served store with somebody signed in.
type portal struct {
	url, account, middle, site string
	client                     *http.Client
}

func open(b *testing.B, engine string, more int) *portal {
	b.Helper()
	config := storetest.Config(b, engine)
	var fill func()
	if more > 0 {
		fill = func() { storetest.Crowd(b, config.DSN, more) }
	}
	return openOn(b, config, fill)
}

// openOn serves the demo with what fill adds to it, past the store, which would take minutes: it is closed meanwhile.
func openOn(b *testing.B, config store.Config, fill func()) *portal {
	b.Helper()
	s, err := store.Open(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.LoadDemo(b.Context()); err != nil {
		b.Fatal(err)
	}
	if fill != nil {
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		fill()
		if s, err = store.Open(b.Context(), config); err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	by := storetest.As(b, s, store.Dana, store.Brightwater)
	sites, _, err := s.Sites(b.Context(), by, "", "", 1)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	base := &url.URL{Scheme: "http", Host: server.Listener.Addr().String()}
	server.Config.Handler = web.New(s, web.Config{BaseURL: base, SessionAge: 12 * time.Hour})
	server.Start()
	b.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	p := &portal{url: base.String(), account: "/accounts/" + store.Brightwater, site: sites[0].ID, client: &http.Client{Jar: jar}}
	p.signIn(b)
	p.middle = "/settings/users" + p.nth(b, "/settings/users", 40)
	return p
}

func (p *portal) signIn(b *testing.B) {
	b.Helper()
	form := url.Values{"email": {store.Dana}, "password": {store.DemoPassword}}
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, p.url+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", p.url)
	res, err := p.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		b.Fatalf("sign in: %s", res.Status)
	}
}

// nth is the query of the n-th page of a list of the account, or of its last one.
func (p *portal) nth(b *testing.B, list string, n int) (query string) {
	b.Helper()
	link := p.account + list + "?after="
	for range n {
		_, behind, found := strings.Cut(string(p.get(b, p.account+list+query)), `"`+link)
		if !found {
			break
		}
		cursor, _, _ := strings.Cut(behind, `"`)
		query = "?after=" + cursor
	}
	return query
}

func (p *portal) get(b *testing.B, path string) []byte {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, p.url+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	res, err := p.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s %v", path, res.Status, err)
	}
	return body
}

// measure is the processor time of one request for the page, one at a time: that of this process, which serves and
// asks, so that a machine with other work to do changes it little. (PostgreSQL's own processes are not in it; the wall
// clock that the benchmark tells is.)
func (p *portal) measure(b *testing.B, path string) time.Duration {
	b.Helper()
	p.get(b, path)
	n, begin := 0, processorTime(b)
	for b.Loop() {
		n++
		p.get(b, path)
	}
	return (processorTime(b) - begin) / time.Duration(max(n, 1))
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// fixedPage is limit L1: the processor time of one fixed page of 40 kB through Echo.
func fixedPage(b *testing.B) time.Duration {
	b.Helper()
	e := echo.New()
	page := bytes.Repeat([]byte("gatehouse "), 4096)
	e.GET("/fixed", func(c echo.Context) error { return c.HTMLBlob(http.StatusOK, page) })
	server := httptest.NewServer(e)
	b.Cleanup(server.Close)
	p := &portal{url: server.URL, client: server.Client()}
	const warm, counted = 200, 2000
	for range warm {
		p.get(b, "/fixed")
	}
	begin := processorTime(b)
	for range counted {
		p.get(b, "/fixed")
	}
	return (processorTime(b) - begin) / counted
}
