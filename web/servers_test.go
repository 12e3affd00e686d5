package web

import (
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// Several servers of one portal, and what they do when the database goes away.

// two runs a test on two servers of one portal. On PostgreSQL each has a store of its own, as on two machines; a SQLite
// file has one process, whose two servers share its store.
func two(t *testing.T, test func(t *testing.T, a, b *portal)) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			config := storetest.Config(t, engine)
			open := func() *store.Store {
				s, err := store.Open(t.Context(), config)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				})
				return s
			}
			one := open()
			other := one
			if engine == "postgres" {
				other = open()
			}
			if err := one.LoadDemo(t.Context()); err != nil {
				t.Fatal(err)
			}
			test(t, serve(one), serve(other))
		})
	}
}

// over is the same browser at another server of the portal.
func (v *visitor) over(to *portal) *visitor {
	moved := *v
	moved.p, moved.cookies = to, maps.Clone(v.cookies)
	return &moved
}

// MN-01: who has signed in at one server is known at the other, and who has signed out at one is out at the other with the
// next request; so is who was disabled, and what they may is what it has become (SESS-07, SESS-08).
func TestMN01_SignedOutEverywhere(t *testing.T) {
	two(t, func(t *testing.T, a, b *portal) {
		const users = "/accounts/" + store.Brightwater + "/settings/users"
		dana := a.as(t, store.Dana)
		there := dana.over(b)
		there.get(users).expect(http.StatusOK)
		dana.post("/sign-out").expect(http.StatusSeeOther)
		there.get(users).expect(http.StatusSeeOther)
		if to := there.get(users).Header.Get("Location"); to != "/sign-in?next="+"%2Faccounts%2Fbrightwater%2Fsettings%2Fusers" {
			t.Errorf("the other server leads to %q", to)
		}

		dana = a.as(t, store.Dana)
		owen := b.as(t, store.Owen)
		at := "/accounts/" + store.Brightwater
		owen.get(at).expect(http.StatusOK)
		id := a.userID(t, store.Dana, store.Brightwater, store.Owen)
		dana.follow(dana.post(users+"/suspensions", "id", id))
		if got := owen.get(at).Status; got == http.StatusOK {
			t.Error("disabled at one server, still in at the other")
		}
	})
}

// MN-08: while PostgreSQL is away the portal says that it is not ready, and every page and change is refused with 503 and
// when to try again; the first request after it is back is answered; and what was acknowledged before, and in the midst of
// it, is there. (A SQLite file cannot go away from its process: DOS-07 is its case.)
func TestMN08_PostgresGoesAway(t *testing.T) {
	config := storetest.Config(t, "postgres")
	line := storetest.Through(t, &config)
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.LoadDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := serve(s)
	dana := p.as(t, store.Dana)
	const invites = "/accounts/" + store.Brightwater + "/settings/invites"
	send := func(v *visitor, email string) *answer {
		return v.ask(http.MethodPost, invites, jo("email", email))
	}
	send(dana, "before@brightwater.example").expect(http.StatusSeeOther)

	line.Cut()
	for what, a := range map[string]*answer{
		"readiness": p.visitor(t).get("/readyz"), "a page": dana.get(invites), "a change": send(dana, "never@brightwater.example"), "signing in": p.visitor(t).post("/sign-in", "email", store.Dana, "password", store.DemoPassword),
	} {
		if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Errorf("%s while the database is away: %d, Retry-After %q\n%s", what, a.Status, a.Header.Get("Retry-After"), a.Text())
		}
	}
	p.visitor(t).get("/healthz").expect(http.StatusOK)
	line.Mend()
	p.visitor(t).get("/readyz").expect(http.StatusOK)
	dana.get(invites).expect(http.StatusOK)

	// Cut in the midst of changes, again and again.
	var acknowledged sync.Map
	var sent, answered atomic.Int64
	var wg sync.WaitGroup
	for n := range 2 {
		v := dana.over(p)
		wg.Go(func() {
			for i := 0; i < 40; i++ {
				email := fmt.Sprintf("midst%d-%d@brightwater.example", n, i)
				sent.Add(1)
				switch a := send(v, email); a.Status {
				case http.StatusSeeOther:
					acknowledged.Store(email, true)
					answered.Add(1)
				case http.StatusServiceUnavailable:
				default:
					t.Errorf("%s: %d\n%s", email, a.Status, a.Text())
				}
			}
		})
	}
	done := make(chan bool)
	go func() { wg.Wait(); close(done) }()
	for next, over := int64(10), false; !over; {
		select {
		case <-done:
			over = true
		default:
			runtime.Gosched()
			if sent.Load() >= next {
				line.Cut()
				line.Mend()
				next += 10
			}
		}
	}
	if answered.Load() == 0 {
		t.Error("no change was made at all")
	}
	acknowledged.Store("before@brightwater.example", true)
	there := map[string]int{}
	for _, m := range p.everyInvite(t, store.Dana, store.Brightwater) {
		there[m.Email]++
	}
	acknowledged.Range(func(email, _ any) bool {
		if n := there[fmt.Sprint(email)]; n != 1 {
			t.Errorf("%s was acknowledged and is there %d times", email, n)
		}
		return true
	})
	if there["never@brightwater.example"] != 0 {
		t.Error("a change that was refused was made")
	}
}

// MN-08: a probe and a file are answered without the database, whatever session comes with them; readiness and pages are not.
func TestProbesReadNoSession(t *testing.T) {
	p := serve(storetest.OpenDemo(t, "sqlite"))
	dana := p.as(t, store.Dana)
	asset, _ := dana.get("/profile").page().Find(`link[rel="stylesheet"]`).Attr("href")
	storetest.Close(t, p.store)
	for path, status := range map[string]int{
		"/healthz": http.StatusOK, asset: http.StatusOK, "/readyz": http.StatusServiceUnavailable,
	} {
		dana.get(path).expect(status)
	}
	if a := dana.get("/profile"); a.Status < http.StatusInternalServerError {
		t.Errorf("a page without a database: %d", a.Status)
	}
}
