package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// owing runs a test on the demo with nothing owed yet, and a clock to move.
func owing(t *testing.T, test func(t *testing.T, s *store.Store, clock *storetest.Clock, dana domain.Actor)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := storetest.NewClock(time.Now().Truncate(time.Minute))
			s := storetest.OpenDemo(t, engine, storetest.WithClock(clock))
			if err := s.Exec(t.Context(), "delete from deliveries"); err != nil {
				t.Fatal(err)
			}
			test(t, s, clock, storetest.As(t, s, store.Dana, store.Brightwater))
		})
	}
}

func invite(t testing.TB, s *store.Store, by domain.Actor, email string) domain.Membership {
	t.Helper()
	m, err := s.CreateInvite(t.Context(), by, domain.InviteDraft{
		FirstName: "Ines", LastName: "Number", Email: email, Role: "user", Scope: []string{domain.WholeAccount}, Language: "it", Message: "Ciao",
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func claim(t testing.TB, s *store.Store, worker string, n int) []domain.Delivery {
	t.Helper()
	claimed, err := s.ClaimDeliveries(t.Context(), worker, time.Minute, n)
	if err != nil {
		t.Fatal(err)
	}
	return claimed
}

// claimOne claims the one message that is due.
func claimOne(t testing.TB, s *store.Store) domain.Delivery {
	t.Helper()
	claimed := claim(t, s, "w", 10)
	if len(claimed) != 1 {
		t.Fatalf("%d messages are due, want 1", len(claimed))
	}
	return claimed[0]
}

func message(t testing.TB, s *store.Store, d domain.Delivery) store.Message {
	t.Helper()
	m, err := s.Message(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mailOf(t testing.TB, s *store.Store, id string) domain.Mail {
	t.Helper()
	m, err := s.ReadMembership(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m.Mail
}

func TestClaimHoldsForTheLease(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, clock *storetest.Clock, dana domain.Actor) {
		invite(t, s, dana, "ines@brightwater.example")
		select {
		case <-s.Owed():
		default:
			t.Error("the commit woke nobody")
		}
		d := claimOne(t, s)
		if d.Attempts != 1 || d.Kind != domain.InviteMail || d.To != "ines@brightwater.example" || d.Language != "it" {
			t.Errorf("claimed %+v", d)
		}
		if again := claim(t, s, "other", 10); len(again) != 0 {
			t.Errorf("another worker claimed it too: %+v", again)
		}
		clock.Advance(time.Minute + time.Second)
		if again := claim(t, s, "other", 10); len(again) != 1 || again[0].Attempts != 2 {
			t.Errorf("after the lease: %+v", again)
		}
		if err := s.ReleaseDeliveries(t.Context(), "w"); err != nil {
			t.Fatal(err)
		}
		if again := claim(t, s, "third", 10); len(again) != 0 {
			t.Errorf("after a worker gave back what another one holds: %+v", again)
		}
		// CRASH-07: what is given back is due at once, and was no attempt.
		if err := s.ReleaseDeliveries(t.Context(), "other"); err != nil {
			t.Fatal(err)
		}
		if again := claim(t, s, "third", 10); len(again) != 1 || again[0].Attempts != 2 {
			t.Errorf("after it was given back: %+v", again)
		}
	})
}

// CRASH-02: a process that comes back to its SQLite file takes its claims up at once. On PostgreSQL another node may
// still hold them, so they wait for the lease.
func TestANewProcessInheritsClaims(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			c := storetest.Config(t, engine)
			open := func() *store.Store {
				s, err := store.Open(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			s := open()
			if err := s.LoadDemo(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Exec(t.Context(), "delete from deliveries"); err != nil {
				t.Fatal(err)
			}
			invite(t, s, storetest.As(t, s, store.Dana, store.Brightwater), "ines@brightwater.example")
			claimOne(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open()
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			want := map[string]int{"sqlite": 1, "postgres": 0}[engine]
			if n := len(claim(t, s, "next", 10)); n != want {
				t.Errorf("%d claims were inherited, want %d", n, want)
			}
		})
	}
}

// MN-04: workers that claim at the same time never get the same message, and together get all of them.
func TestClaimsDoNotOverlap(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, _ *storetest.Clock, dana domain.Actor) {
		const n = 300
		confirm(t, s, dana, prepare(t, s, dana, importFile(n)).ID)
		runImport(t, s)
		var mu sync.Mutex
		seen := map[string]string{}
		var workers sync.WaitGroup
		for w := range 3 {
			workers.Go(func() {
				name := fmt.Sprint("worker ", w)
				for {
					claimed, err := s.ClaimDeliveries(t.Context(), name, time.Hour, 7)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, d := range claimed {
						if other, twice := seen[d.ID]; twice {
							t.Errorf("%s and %s claimed %s", other, name, d.ID)
						}
						seen[d.ID] = name
					}
					enough := len(seen) == n
					mu.Unlock()
					if enough {
						return
					}
				}
			})
		}
		workers.Wait()
		if len(seen) != n {
			t.Errorf("%d of %d were claimed", len(seen), n)
		}
	})
}

func TestMarksShowInTheInvite(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, clock *storetest.Clock, dana domain.Actor) {
		m := invite(t, s, dana, "ines@brightwater.example")
		if again, err := s.DeliveryUndelivered(t.Context(), claimOne(t, s), time.Minute, "451 later"); err != nil || !again {
			t.Fatal(again, err)
		}
		mail := mailOf(t, s, m.ID)
		if wait := mail.At.Sub(clock.Now()); mail.State != domain.MailQueued || mail.Error != "451 later" || wait < 45*time.Second || wait > 75*time.Second {
			t.Errorf("put off: %+v", mail)
		}
		if early := claim(t, s, "w", 1); len(early) != 0 {
			t.Errorf("claimed before its time: %+v", early)
		}
		clock.Advance(2 * time.Minute)
		if err := s.DeliverySent(t.Context(), claimOne(t, s)); err != nil {
			t.Fatal(err)
		}
		if mail = mailOf(t, s, m.ID); mail.State != domain.MailSent || mail.Error != "" || !mail.At.Equal(clock.Now().UTC().Truncate(time.Microsecond)) {
			t.Errorf("sent: %+v", mail)
		}
		if again := claim(t, s, "w", 1); len(again) != 0 {
			t.Errorf("claimed after it was sent: %+v", again)
		}
		// The version is the form's: sending is no change that could spoil one.
		if now, err := s.ReadMembership(t.Context(), m.ID); err != nil || now.Version != m.Version {
			t.Errorf("version %d, was %d: %v", now.Version, m.Version, err)
		}
	})
}

// MN-04: a worker whose lease ran out says how its attempt ended after another one has settled the message: what that one
// said stands, in the message and in the invite.
func TestALateMarkChangesNothing(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, clock *storetest.Clock, dana domain.Actor) {
		ctx := t.Context()
		late := func(d domain.Delivery) error {
			again, err := s.DeliveryUndelivered(ctx, d, time.Minute, "451 later")
			if err == nil && !again {
				err = errors.New("was the last attempt")
			}
			return err
		}
		for want, settle := range map[domain.MailState]func(domain.Delivery) error{
			domain.MailSent:   func(d domain.Delivery) error { return s.DeliverySent(ctx, d) },
			domain.MailFailed: func(d domain.Delivery) error { return s.DeliveryFailed(ctx, d, "550 nobody") },
		} {
			m := invite(t, s, dana, string(want)+"@brightwater.example")
			slow := claimOne(t, s)
			clock.Advance(time.Minute + time.Second)
			other := claim(t, s, "other", 10)
			if len(other) != 1 || other[0].ID != slow.ID {
				t.Fatalf("claimed after the lease: %+v", other)
			}
			must(t, settle(other[0]))
			before := mailOf(t, s, m.ID)
			clock.Advance(time.Second)
			must(t, late(slow))
			if after := mailOf(t, s, m.ID); after != before || after.State != want {
				t.Errorf("%s: %+v became %+v", want, before, after)
			}
			clock.Advance(time.Hour)
			if again := claim(t, s, "w", 10); len(again) != 0 {
				t.Errorf("%s: claimed again: %+v", want, again)
			}
		}
	})
}

// C7: eight attempts within a day, then visible as failed with the last reason.
func TestGivesUpVisibly(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, clock *storetest.Clock, dana domain.Actor) {
		m := invite(t, s, dana, "ines@brightwater.example")
		start, attempts := clock.Now(), 0
		for {
			attempts++
			again, err := s.DeliveryUndelivered(t.Context(), claimOne(t, s), time.Minute, fmt.Sprintf("451 no %d", attempts))
			if err != nil {
				t.Fatal(err)
			}
			if !again {
				break
			}
			clock.Advance(mailOf(t, s, m.ID).At.Sub(clock.Now()) + time.Second)
		}
		if mail := mailOf(t, s, m.ID); attempts != domain.MaxAttempts || mail.State != domain.MailFailed || mail.Error != "451 no 8" {
			t.Errorf("after %d attempts: %+v", attempts, mail)
		}
		if took := clock.Now().Sub(start); took > domain.GiveUpAfter {
			t.Errorf("took %v", took)
		}
		clock.Advance(48 * time.Hour)
		if again := claim(t, s, "w", 1); len(again) != 0 {
			t.Errorf("claimed after it was given up: %+v", again)
		}
	})
}

// The mail of a link to set a password says until when that link works, whoever else has asked for one.
func TestAResetSaysUntilWhen(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, clock *storetest.Clock, _ domain.Actor) {
		want := map[string]time.Time{}
		for _, email := range []string{store.Owen, store.Samuel, store.Priya} {
			must(t, s.AskReset(t.Context(), email, ""))
			want[email] = clock.Now().Add(time.Hour)
			clock.Advance(time.Minute)
		}
		for _, d := range claim(t, s, "w", 10) {
			if m := message(t, s, d); !m.Until.Equal(want[d.To]) {
				t.Errorf("%s: until %v, want %v", d.To, m.Until, want[d.To])
			}
			delete(want, d.To)
		}
		if len(want) != 0 {
			t.Errorf("no mail for %v", want)
		}
	})
}

// INV-05, C7: only the present send is mailed, and a mark on an older one leaves the row alone.
func TestSupersededGenerations(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, _ *storetest.Clock, dana domain.Actor) {
		m := invite(t, s, dana, "ines@brightwater.example")
		old := claimOne(t, s)
		token := message(t, s, old).Token
		if _, err := s.Resend(t.Context(), dana, store.Chosen{IDs: []string{m.ID}}); err != nil {
			t.Fatal(err)
		}
		if got := message(t, s, old); got.Superseded != domain.ReasonMovedOn || got.Token != "" {
			t.Errorf("the old send: %q with a link %v", got.Superseded, got.Token != "")
		}
		if err := s.DeliveryFailed(t.Context(), old, "550 no"); err != nil {
			t.Fatal(err)
		}
		if mail := mailOf(t, s, m.ID); mail.State != domain.MailQueued {
			t.Errorf("the old send's failure shows: %+v", mail)
		}
		if got := message(t, s, claimOne(t, s)); got.Superseded != "" || got.Token == "" || got.Token == token {
			t.Errorf("the new send: %q, the link is new: %v", got.Superseded, got.Token != token)
		}
	})
}

// CRASH-02, C9: at the moment of sending the invite must still be open and its sender still entitled to it.
func TestRightIsCheckedAtSending(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, s *store.Store, dana domain.Actor, m domain.Membership) error
		reason string
	}{
		"revoked": {func(t *testing.T, s *store.Store, dana domain.Actor, m domain.Membership) error {
			_, err := s.Revoke(t.Context(), dana, store.Chosen{IDs: []string{m.ID}})
			return err
		}, domain.ReasonMovedOn},
		"the sender is suspended": {func(t *testing.T, s *store.Store, dana domain.Actor, _ domain.Membership) error {
			return s.Exec(t.Context(), "update memberships set suspended_at = 1 where id = $1", dana.Membership)
		}, domain.ReasonInviterGone},
		"the sender may not give the role any more": {func(t *testing.T, s *store.Store, dana domain.Actor, _ domain.Membership) error {
			return s.Exec(t.Context(), "update memberships set role = 'member' where id = $1", dana.Membership)
		}, domain.ReasonInviterGone},
		"the account is suspended": {func(t *testing.T, s *store.Store, dana domain.Actor, _ domain.Membership) error {
			return s.Exec(t.Context(), "update accounts set suspended_at = 1 where id = $1", dana.Account.ID)
		}, domain.ReasonInviterGone},
		"nothing": {func(*testing.T, *store.Store, domain.Actor, domain.Membership) error { return nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			owing(t, func(t *testing.T, s *store.Store, _ *storetest.Clock, dana domain.Actor) {
				m := invite(t, s, dana, "ines@brightwater.example")
				d := claimOne(t, s)
				if err := c.change(t, s, dana, m); err != nil {
					t.Fatal(err)
				}
				got := message(t, s, d)
				if got.Superseded != c.reason || (got.Token == "") != (c.reason != "") {
					t.Fatalf("superseded: %q, want %q", got.Superseded, c.reason)
				}
				if c.reason == "" {
					return
				}
				if err := s.DeliveryNotMailed(t.Context(), d, got.Superseded); err != nil {
					t.Fatal(err)
				}
				if mail := mailOf(t, s, m.ID); mail.State != domain.MailNotMailed || mail.Error != c.reason {
					t.Errorf("the row shows %+v", mail)
				}
			})
		})
	}
}

// A reset's link is mailed only while it works, and carries the token that opens it.
func TestResetIsCheckedAtSending(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, _ *storetest.Clock, _ domain.Actor) {
		if err := s.AskReset(t.Context(), store.Owen, "203.0.113.9"); err != nil {
			t.Fatal(err)
		}
		d := claimOne(t, s)
		m := message(t, s, d)
		if u, err := s.ResetOf(t.Context(), m.Token); err != nil || u.Email != store.Owen || m.Person.Email != store.Owen || m.Until.IsZero() {
			t.Errorf("the link is of %s until %v: %v", u.Email, m.Until, err)
		}
		if _, err := s.SetPasswordByToken(t.Context(), m.Token, "four words of a sentence", "203.0.113.9"); err != nil {
			t.Fatal(err)
		}
		if got := message(t, s, d); got.Superseded == "" || got.Token != "" {
			t.Error("a used link is mailed")
		}
		if err := s.DeliveryNotMailed(t.Context(), d, domain.ReasonMovedOn); err != nil {
			t.Fatal(err)
		}
		if notice := claimOne(t, s); notice.Kind != domain.PasswordChangedMail || message(t, s, notice).Superseded != "" {
			t.Errorf("the notice: %+v", notice)
		}
	})
}

// The sender hears of an expiry while they are in, and not when the invite was sent again meanwhile.
func TestExpiryIsToldToTheSender(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, clock *storetest.Clock, dana domain.Actor) {
		m := invite(t, s, dana, "ines@brightwater.example")
		if err := s.DeliverySent(t.Context(), claimOne(t, s)); err != nil {
			t.Fatal(err)
		}
		clock.Advance(8 * 24 * time.Hour)
		if _, err := s.ExpireDue(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
		var told domain.Delivery
		for _, d := range claim(t, s, "w", 100) {
			if d.MembershipID == m.ID {
				told = d
			}
		}
		if got := message(t, s, told); got.To != store.Dana || got.Superseded != "" || got.Token != "" || got.Person.Email != store.Dana {
			t.Errorf("told %s: %q", got.To, got.Superseded)
		}
		if err := s.Exec(t.Context(), "update memberships set suspended_at = 1 where id = $1", dana.Membership); err != nil {
			t.Fatal(err)
		}
		if got := message(t, s, told); got.Superseded == "" {
			t.Error("somebody without a place is told of an invite")
		}
	})
}

// CRASH-02: a change that is taken back owes nothing.
func TestRolledBackChangesOweNothing(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, _ *storetest.Clock, dana domain.Actor) {
		m := invite(t, s, dana, "ines@brightwater.example")
		<-s.Owed()
		if _, err := s.Resend(t.Context(), dana, store.Chosen{IDs: []string{m.ID}, Preview: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateInvite(t.Context(), dana, domain.InviteDraft{
			FirstName: "I", LastName: "N", Email: "ines@brightwater.example", Role: "user", Scope: []string{domain.WholeAccount}, Language: "it",
		}); err == nil {
			t.Fatal("invited twice")
		}
		select {
		case <-s.Owed():
			t.Error("somebody was woken")
		default:
		}
		claimOne(t, s)
	})
}

// Only what is settled and old goes: not what is still owed, however long, and not what was sent lately.
func TestSweepDeliveries(t *testing.T) {
	owing(t, func(t *testing.T, s *store.Store, clock *storetest.Clock, dana domain.Actor) {
		sent, failed := invite(t, s, dana, "ines@brightwater.example"), invite(t, s, dana, "ivo@brightwater.example")
		for _, d := range claim(t, s, "w", 10) {
			mark := func() error { return s.DeliverySent(t.Context(), d) }
			if d.MembershipID == failed.ID {
				mark = func() error { return s.DeliveryFailed(t.Context(), d, "550 no such user") }
			}
			if err := mark(); err != nil {
				t.Fatal(err)
			}
		}
		owed := invite(t, s, dana, "ida@brightwater.example")
		clock.Advance(30*24*time.Hour + time.Second)
		lately := invite(t, s, dana, "ilse@brightwater.example")
		for _, d := range claim(t, s, "w", 10) {
			if d.MembershipID == lately.ID {
				if err := s.DeliverySent(t.Context(), d); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, want := range []int{1, 1, 0} {
			if n, err := s.SweepDeliveries(t.Context(), 1); n != want || err != nil {
				t.Fatalf("%d messages went, want %d: %v", n, want, err)
			}
		}
		left := strings.Join(storetest.Rows(t, s, "deliveries"), "\n")
		for m, stays := range map[string]bool{sent.ID: false, failed.ID: false, owed.ID: true, lately.ID: true} {
			if strings.Contains(left, m) != stays {
				t.Errorf("whether the message of %s is still there is not %v:\n%s", m, stays, left)
			}
		}
		if at := mailOf(t, s, failed.ID); at.State != domain.MailFailed || at.Error != "550 no such user" {
			t.Errorf("the invite forgot what became of its mail: %+v", at)
		}
	})
}

// What is owed is found by its index, however many messages were ever sent, and so are the rows of an import. (The
// imports that wait have a partial index of their own, which is read whole: it holds nothing else.)
func TestOutboxReadsNoWholeTable(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			type statement struct {
				sql  string
				args []any
			}
			var mu sync.Mutex
			var said []statement
			var dsn string
			s := storetest.Open(t, engine, func(c *store.Config) {
				dsn = c.DSN
				c.Trace = func(sql string, args []any) {
					mu.Lock()
					defer mu.Unlock()
					said = append(said, statement{sql, args})
				}
			})
			if err := s.LoadDemo(t.Context()); err != nil {
				t.Fatal(err)
			}
			if engine == "postgres" {
				// Of a small table it takes any index for as good as any other.
				storetest.Crowd(t, dsn, 2000)
				if err := s.Exec(t.Context(), "truncate deliveries"); err != nil { // which forgets that it is empty
					t.Fatal(err)
				}
			}
			dana := storetest.As(t, s, store.Dana, store.Brightwater)
			i := prepare(t, s, dana, importFile(3))
			said = nil
			confirm(t, s, dana, i.ID)
			runImport(t, s)
			for _, d := range claim(t, s, "w", 1) {
				message(t, s, d)
				if err := s.DeliverySent(t.Context(), d); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.SweepDeliveries(t.Context(), 10); err != nil {
				t.Fatal(err)
			}
			checked := 0
			for _, st := range said {
				if verb, _, _ := strings.Cut(st.sql, " "); verb == "select" || verb == "update" || verb == "delete" {
					storetest.NoScan(t, s, st.sql, st.args, "deliveries", "memberships", "import_rows", "users", "tokens", "grants")
					checked++
				}
			}
			if checked < 10 {
				t.Errorf("only %d statements were looked at", checked)
			}
		})
	}
}

func TestMailbox(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, l := range []store.Letter{{ID: "1", To: "a@b.com", Subject: "One", Text: "text", HTML: "html"}, {ID: "2", Subject: "Two"}, {ID: "1", Subject: "Again"}} {
			if err := s.AddToMailbox(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.Mailbox(t.Context())
		if err != nil || len(list) != 2 || list[0].Subject != "Two" || list[1].HTML != "" {
			t.Errorf("%+v, %v", list, err)
		}
		if l, err := s.Mail(t.Context(), "1"); err != nil || l.Subject != "One" || l.HTML != "html" || l.Text != "text" || l.At.IsZero() {
			t.Errorf("%+v, %v", l, err)
		}
		if _, err := s.Mail(t.Context(), "3"); !errors.Is(err, domain.ErrNotFound) {
			t.Error(err)
		}
	})
}
