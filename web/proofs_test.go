package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// INP-11: whatever a visitor sends as an address, a name or a browser, the log is one line of JSON for each request, and
// holds none of it.
func TestINP11_OneLineOfLogPerRequest(t *testing.T) {
	var log bytes.Buffer
	p := serve(storetest.OpenDemo(t, "sqlite"), func(c *Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	v := p.visitor(t)
	const mark = "MARK"
	evil := mark + "\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\n\x1b[31m\u2028\x00"
	v.headers["User-Agent"], v.headers["Referer"], v.headers["X-Forwarded-For"], v.headers["X-Request-Id"] = evil, evil, evil, evil
	asked := 0
	ask := func(do func()) {
		t.Helper()
		log.Reset()
		do()
		asked++
		lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
		if len(lines) != 1 {
			t.Errorf("%d lines for one request:\n%s", len(lines), log.String())
		}
		for _, line := range lines {
			var read map[string]any
			if err := json.Unmarshal([]byte(line), &read); err != nil || read["msg"] != "request" {
				t.Errorf("%q: %v", line, err)
			}
			if strings.Contains(line, mark) || strings.ContainsAny(line, "\x1b\r\x00") {
				t.Errorf("what was sent is in the log: %q", line)
			}
		}
	}
	ask(func() { v.get("/" + mark + "%0d%0a%1b%5b31m") })
	ask(func() { v.get("/sign-in?next=" + mark + "%0d%0aforged") })
	ask(func() { v.get("/invites/" + mark + "%0a%00") })
	ask(func() { v.post("/sign-in", "email", evil, "password", evil) })
	ask(func() { v.post("/forgot", "email", evil) })
	ask(func() { v.ask("TRACE", "/"+mark, nil) })
	if asked == 0 {
		t.Error("nothing was asked")
	}
}

// MSG-11: who may not edit people cannot switch anybody's messages, their own included; somebody who has not accepted yet
// has none to switch.
func TestMSG11_NotificationsAreSwitchedByThoseWhoMay(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		samuel := p.userID(t, store.Dana, store.Brightwater, store.Samuel)
		leonard := p.userID(t, store.Dana, store.Brightwater, store.Leonard)
		for _, email := range []string{store.Samuel, store.Leonard} {
			v := p.as(t, email)
			p.unwritten(t, email, func() {
				for _, id := range []string{samuel, leonard} {
					v.post(bwUsers+"/notifications", "id", id, "notify_email", "off", "notify_text", "off").expect(http.StatusForbidden)
					v.post(bwUsers+"/"+id, "version", "1", "role", "user", "scope", "account", "notify_email", "").expect(http.StatusForbidden)
				}
			})
		}
		noor := p.found(t, store.Dana, store.Brightwater, store.Noor)
		dana := p.as(t, store.Dana)
		p.unwritten(t, "an invitee", func() {
			a := dana.post(bwUsers+"/notifications", "id", noor.ID, "notify_email", "off")
			if a.Status < 400 {
				t.Errorf("an invitee's messages were switched: %d", a.Status)
			}
		})
	})
}

// RACE-15: under load everybody gets their own page and nobody else's, and nothing is left running afterwards. `make race`
// runs it with the race detector.
func TestRACE15_NobodyGetsAnothersAnswer(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		people := map[string]string{
			store.Dana: "Dana Whitfield", store.Samuel: "Samuel Okafor", store.Ingrid: "Ingrid Solberg", store.Owen: "Owen Pritchard",
		}
		const each, at = 2, 15
		visitors := map[*visitor]string{}
		for email := range people {
			for range each {
				visitors[p.as(t, email)] = email
			}
		}
		stranger := p.visitor(t)
		stranger.get("/sign-in").expect(http.StatusOK)
		running := runtime.NumGoroutine()
		var all sync.WaitGroup
		for v, email := range visitors {
			all.Go(func() {
				for n := range at {
					nonce := fmt.Sprintf("%s-%p-%d", strings.Split(email, "@")[0], v, n)
					a := v.get("/profile?nonce=" + nonce)
					if b := v.get(bwUsers + "?q=" + nonce); a.Status != http.StatusOK || b.Status != http.StatusOK || !strings.Contains(b.Body, nonce) {
						t.Errorf("%s: %d, %d, asked for %s", email, a.Status, b.Status, nonce)
					}
					for other := range people {
						if got := strings.Contains(a.Body, `value="`+other+`"`) || strings.Contains(a.Body, ">"+other+"<"); got != (other == email) {
							t.Errorf("%s is shown the profile of %s: %v", email, other, got)
						}
					}
				}
			})
		}
		all.Go(func() {
			for range at {
				if a := stranger.get(bwUsers); a.Status != http.StatusSeeOther {
					t.Errorf("a stranger is answered %d", a.Status)
				}
			}
		})
		all.Wait()
		for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > running+4 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		}
		if now := runtime.NumGoroutine(); now > running+4 { // a database pool may keep a connection or two more
			t.Errorf("%d goroutines run, %d did before", now, running)
		}
	})
}
