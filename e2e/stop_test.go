package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestCRASH07StoppedUnderLoad asks the server to end while people invite (CRASH-07): what was begun is answered, what
// was answered is there, and the messages it had in hand are given back: a server that follows sends them at once,
// though a lease would hold for an hour.
func TestCRASH07StoppedUnderLoad(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{Engine: engine, Env: map[string]string{"GATEHOUSE_OUTBOX_LEASE": "1h", "GATEHOUSE_FLOOD": "0"}})
			j := &journal{}
			var stopping atomic.Bool
			var people sync.WaitGroup
			for who := range 4 {
				c := s.Client(t)
				c.SignIn(store.Dana, store.DemoPassword)
				people.Go(func() {
					for i := 0; ; i++ {
						email := fmt.Sprintf("crash-stop-%d-%d@brightwater.example", who, i)
						a := c.Post("/accounts/brightwater/settings/invites", "first_name", "Crash", "last_name", "Test",
							"email", email, "role", "user", "scope", "account", "notify_email", "on", "language", "en")
						switch {
						case a.Status == http.StatusSeeOther:
							j.mu.Lock()
							j.acked = append(j.acked, email)
							j.mu.Unlock()
							continue
						case a.Status != 0:
							t.Errorf("invite %s: %d", email, a.Status)
						case !stopping.Load():
							t.Errorf("invite %s before the end: %v", email, a.Err)
						case !unconnected(a.Err):
							t.Errorf("a request that was begun got no answer: %v", a.Err)
						}
						return
					}
				})
			}
			busy := func() bool {
				j.mu.Lock()
				defer j.mu.Unlock()
				return len(j.acked) >= 40
			}
			for end := time.Now().Add(patience); !busy() && time.Now().Before(end); {
				time.Sleep(time.Millisecond) // on its way is always something
			}
			stopping.Store(true)
			s.Stop() // fails the test unless it ends well
			people.Wait()
			if len(j.acked) == 0 {
				t.Fatal("nobody was invited: the load was none")
			}
			j.check(t, engine, s.Database)
			s.Begin()
			// Whatever was done was also answered: no request was cut off in the middle.
			admin := s.Client(t)
			admin.SignIn(store.Dana, store.DemoPassword)
			file := admin.Get("/accounts/brightwater/settings/invites.csv?q=crash-stop").Want(http.StatusOK).Body
			if n := strings.Count(file, "crash-stop-"); n != len(j.acked) {
				t.Errorf("%d invites were made, %d answered", n, len(j.acked))
			}
			j.mails(t, s)
			for _, email := range j.acked {
				if n := len(s.Mail.To(email)); n != 1 {
					t.Errorf("%s got %d mails", email, n)
				}
			}
		})
	}
}

// unconnected reports whether a request never reached a server: nobody listens, or an idle connection was closed before
// anything of it was read.
func unconnected(err error) bool {
	text := err.Error()
	return strings.Contains(text, "connection refused") || strings.Contains(text, "server closed idle connection") ||
		strings.Contains(text, "connection reset by peer") || strings.HasSuffix(text, "EOF")
}

// TestDOS01SlowSockets opens 500 connections that never finish their headers (DOS-01): people are answered as before,
// and the connections are closed in time.
func TestDOS01SlowSockets(t *testing.T) {
	s := Start(t, Options{Env: map[string]string{"GATEHOUSE_FLOOD": "0"}})
	c := s.Client(t)
	c.SignIn(store.Dana, store.DemoPassword)
	p95 := func() time.Duration {
		var took []time.Duration
		for range 60 {
			begin := time.Now()
			c.Get("/accounts/brightwater/settings/users").Want(http.StatusOK)
			took = append(took, time.Since(begin))
		}
		slices.Sort(took)
		return took[len(took)*95/100]
	}
	before := p95()
	const sockets = 500
	var open []net.Conn
	for i := range sockets {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() }) // the server has closed it by then
		if _, err := fmt.Fprintf(conn, "GET /sign-in HTTP/1.1\r\nHost: %s\r\nX-Slow: %d", strings.TrimPrefix(s.URL, "http://"), i); err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	opened := time.Now()
	// A quiet machine answers in milliseconds; the floor keeps its noise from counting.
	if during := p95(); during > max(2*before, 100*time.Millisecond) {
		t.Errorf("95 of 100 pages take up to %v, %v before", during, before)
	}
	for _, conn := range open {
		if err := conn.SetReadDeadline(opened.Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil && !strings.Contains(err.Error(), syscall.ECONNRESET.Error()) {
			t.Fatalf("a slow connection was not closed: %v", err)
		}
	}
	if took := time.Since(opened); took > 15*time.Second {
		t.Errorf("the slow connections were closed after %v", took)
	}
	c.Get("/accounts/brightwater/settings/users").Want(http.StatusOK)
}
