package e2e

import (
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

var (
	kills     = flag.Int("kills", 6, "how often the server is killed under load, per engine")
	crashSeed = flag.Uint64("crash-seed", uint64(time.Now().UnixNano()), "seed of the moments it is killed at")
)

// TestCRASH01KilledUnderLoad kills the server at random moments while three people invite (CRASH-01, -02, -11): what
// was acknowledged is there, what was not is whole or not at all, every mail arrives, at most twice and then with the
// same id, and its link works; every change has its entry in the history, whose chain is whole.
func TestCRASH01KilledUnderLoad(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			t.Logf("-crash-seed %d", *crashSeed)
			moments := rand.New(rand.NewPCG(*crashSeed, 1))
			s := Start(t, Options{Engine: engine, Env: map[string]string{"GATEHOUSE_OUTBOX_INTERVAL": "100ms", "GATEHOUSE_OUTBOX_LEASE": "3s", "GATEHOUSE_CHORES_INTERVAL": "100ms", "GATEHOUSE_FLOOD": "0"}})
			j := &journal{}
			for n := range *kills {
				j.inviteUntil(t, s, n, time.Duration(50+moments.IntN(450))*time.Millisecond)
				j.check(t, engine, s.Database)
				s.chainIsWhole(t)
				s.Begin()
				s.chainIsWhole(t)
			}
			if len(j.acked) < *kills {
				t.Fatalf("only %d invites were acknowledged: the load was none", len(j.acked))
			}
			j.mails(t, s)
			if out := s.chainIsWhole(t); strings.Contains(out, "brightwater: good, 0 ") {
				t.Errorf("nothing was sealed under the load:\n%s", out)
			}
		})
	}
}

// chainIsWhole runs `gatehouse audit verify`, beside the server or without one (CRASH-11).
func (s *Server) chainIsWhole(t *testing.T) string {
	t.Helper()
	out, err := s.Run("audit", "verify")
	if err != nil || strings.Contains(out, "BAD") || !strings.Contains(out, "brightwater: good, ") {
		t.Errorf("audit verify: %v\n%s", err, out)
	}
	return out
}

// A journal is what the people at the browsers were told is saved.
type journal struct {
	mu    sync.Mutex
	acked []string
}

// inviteUntil lets three people invite until the server is killed after d.
func (j *journal) inviteUntil(t *testing.T, s *Server, round int, d time.Duration) {
	t.Helper()
	var people sync.WaitGroup
	for who := range 3 {
		c := s.Client(t)
		c.SignIn(store.Dana, store.DemoPassword)
		people.Go(func() {
			for i := 0; ; i++ {
				email := fmt.Sprintf("crash-%d-%d-%d@brightwater.example", round, who, i)
				a := c.Post("/accounts/brightwater/settings/invites", "first_name", "Crash", "last_name", "Test",
					"email", email, "role", "user", "scope", "account", "notify_email", "on", "language", "en")
				if a.Status != http.StatusSeeOther {
					if a.Err == nil {
						t.Errorf("invite %s: %d\n%.500s", email, a.Status, a.Body)
					}
					return // the server is gone
				}
				j.mu.Lock()
				j.acked = append(j.acked, email)
				j.mu.Unlock()
			}
		})
	}
	time.Sleep(d)
	s.Kill9()
	people.Wait()
}

// check reads the database while no server runs.
func (j *journal) check(t *testing.T, engine, dsn string) {
	t.Helper()
	driver := "pgx"
	if engine == "sqlite" {
		driver = "sqlite"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	text := func(query string) (out string) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), query).Scan(&out); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return out
	}
	if engine == "sqlite" {
		if got := text("pragma integrity_check"); got != "ok" {
			t.Fatalf("integrity check: %s", got)
		}
		if got := text("select cast(count(*) as text) from pragma_foreign_key_check"); got != "0" {
			t.Fatalf("%s rows refer to nothing", got)
		}
	}
	const ours = "from memberships m where m.email like 'crash-%'"
	rows := text("select cast(count(*) as text) " + ours)
	for what, query := range map[string]string{
		"grants":   "select cast(count(*) as text) from grants g where g.membership_id in (select m.id " + ours + ")",
		"links":    "select cast(count(*) as text) from invite_links l where l.membership_id in (select m.id " + ours + ")",
		"events":   "select cast(count(*) as text) from events e where e.kind = 'invite.sent' and e.subject_id in (select m.id " + ours + ")",
		"messages": "select cast(count(*) as text) from deliveries d where d.kind = 'invite' and d.membership_id in (select m.id " + ours + ")",
	} {
		if got := text(query); got != rows {
			t.Errorf("%s invites have %s %s: a change was cut in two", rows, got, what)
		}
	}
	for _, email := range j.acked {
		if got := text("select cast(count(*) as text) from memberships where email = '" + email + "'"); got != "1" {
			t.Errorf("%s was acknowledged and stands %s times in the database", email, got)
		}
	}
}

// mails waits for the mail of everybody who was invited and opens some of their links.
func (j *journal) mails(t *testing.T, s *Server) {
	t.Helper()
	for i, email := range j.acked {
		m := s.Mail.Wait(t, email, "")
		copies := s.Mail.To(email)
		if len(copies) > 2 {
			t.Errorf("%s got %d copies", email, len(copies))
		}
		for _, c := range copies {
			if c.ID != m.ID || c.Link(t, "/invites/") != m.Link(t, "/invites/") {
				t.Errorf("%s got copies that differ: %s and %s", email, m.ID, c.ID)
			}
		}
		if i%10 == 0 {
			s.Client(t).Get(strings.TrimPrefix(m.Link(t, "/invites/"), s.URL)).Want(http.StatusOK)
		}
	}
}
