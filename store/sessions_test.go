package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// SESS-05: the idle and the absolute limit hold on the server, and background polling keeps no session alive.
func TestSessionLimits(t *testing.T) {
	limits := store.Limits{SessionIdle: 10 * time.Minute, SessionAge: time.Hour}
	atDemo(t, limits, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		live := func(hash string, used bool) error {
			_, _, err := s.Session(t.Context(), hash, used)
			return err
		}
		_, polled := storetest.SignIn(t, s, store.Dana)
		for range 3 {
			clock.Advance(3*time.Minute + 19*time.Second)
			if err := live(polled, false); err != nil {
				t.Fatalf("while polling: %v", err)
			}
		}
		clock.Advance(3 * time.Second)
		if err := live(polled, false); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("polled but idle: %v, want ErrNotFound", err)
		}
		if _, err := s.Actor(t.Context(), polled, store.Brightwater, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("an idle session still acts: %v", err)
		}

		_, used := storetest.SignIn(t, s, store.Dana)
		for range 12 {
			if err := live(used, true); err != nil {
				t.Fatalf("while in use: %v", err)
			}
			clock.Advance(4*time.Minute + 59*time.Second)
		}
		if err := live(used, true); err != nil {
			t.Errorf("twelve seconds before the end: %v", err)
		}
		clock.Advance(12 * time.Second)
		if err := live(used, true); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("at its absolute end: %v, want ErrNotFound", err)
		}
	})
}

// The use of a session is written at most once a minute.
func TestSessionUseIsWrittenSparingly(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		start := clock.Now()
		_, hash := storetest.SignIn(t, s, store.Dana)
		for _, step := range []struct{ wait, want time.Duration }{{59 * time.Second, 0}, {time.Second, time.Minute}, {59 * time.Second, time.Minute}, {time.Minute, 2*time.Minute + 59*time.Second}} {
			clock.Advance(step.wait)
			v, _, err := s.Session(t.Context(), hash, true)
			if err != nil {
				t.Fatal(err)
			}
			if got := v.SeenAt.Sub(start); got != step.want {
				t.Errorf("seen at %v, want %v", got, step.want)
			}
		}
	})
}

// SESS-02: a renewed session keeps person and end; its old secret is dead, and so is the one a sign-in replaces.
func TestRotateSession(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		u, hash := storetest.SignIn(t, s, store.Dana)
		before, _, err := s.Session(ctx, hash, false)
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Minute)
		if err := s.RotateSession(ctx, hash, "renewed", `{"a":"b"}`); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveSession(ctx, hash, "{}"); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("write to the old one: %v, want ErrNotFound", err)
		}
		_, other := storetest.SignIn(t, s, store.Dana)
		if err := s.SaveSession(ctx, other, `{"c":"d"}`); err != nil {
			t.Fatal(err)
		}
		if err := s.RotateSession(ctx, hash, "again", "{}"); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("renew the old one: %v, want ErrNotFound", err)
		}
		after, who, err := s.Session(ctx, "renewed", false)
		if err != nil || who.ID != u.ID || after.Data != `{"a":"b"}` || !after.ExpiresAt.Equal(before.ExpiresAt) {
			t.Errorf("renewed: %+v of %q, %v", after, who.Email, err)
		}

		if err := s.CreateSession(ctx, store.Start{Hash: "nobody", Data: "{}", From: "2001:db8:1:2:3::4", Agent: "a\x00b\xff"}); err != nil {
			t.Fatal(err)
		}
		v, who, err := s.Session(ctx, "nobody", true)
		if err != nil || who.ID != "" || v.UserID != "" || v.Place != "2001:db8:1::/48" || v.Agent != "ab" {
			t.Errorf("before sign-in: %+v of %q, %v", v, who.Email, err)
		}
		in := attempt(store.Dana, store.DemoPassword, "", "")
		in.Start.Old = "nobody"
		if _, _, err := s.SignIn(ctx, in); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Session(ctx, "nobody", true); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the session from before the sign-in: %v, want ErrNotFound", err)
		}
	})
}

// SESS-11: a person lists and ends their own sessions; anybody else's is not there.
func TestOwnSessions(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		dana, first := storetest.SignIn(t, s, store.Dana)
		clock.Advance(time.Second)
		_, second := storetest.SignIn(t, s, store.Dana)
		clock.Advance(time.Second)
		_, third := storetest.SignIn(t, s, store.Dana)
		_, foreign := storetest.SignIn(t, s, store.Rosa)

		list, err := s.SessionsOf(ctx, dana.ID)
		if err != nil || len(list) != 3 || list[0].Hash != third || list[2].Hash != first {
			t.Fatalf("the list is %+v, %v", list, err)
		}
		for _, hash := range []string{foreign, "none"} {
			if err := s.EndOwnSession(ctx, dana, hash, ""); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("end %s: %v, want ErrNotFound", hash, err)
			}
		}
		if err := s.EndOwnSession(ctx, dana, first, ""); err != nil {
			t.Fatal(err)
		}
		if n, err := s.EndOwnSessions(ctx, dana, third, ""); err != nil || n != 1 {
			t.Errorf("ended %d others, %v", n, err)
		}
		for hash, want := range map[string]error{first: domain.ErrNotFound, second: domain.ErrNotFound, third: nil, foreign: nil} {
			if _, _, err := s.Session(ctx, hash, true); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		if err := s.EndSession(ctx, third); err != nil {
			t.Fatal(err)
		}
		if n := sessions(t, s, store.Dana); n != 0 {
			t.Errorf("%d sessions after signing out", n)
		}
		storetest.SignIn(t, s, store.Dana)
		clock.Advance(31 * time.Minute)
		if left, err := s.SessionsOf(ctx, dana.ID); err != nil || len(left) != 0 {
			t.Errorf("sessions nobody used for long are listed: %+v, %v", left, err)
		}
	})
}

// SESS-13: signing in for ever keeps the tables bounded, the oldest goes first, and a restart keeps the rest.
func TestSessionsAreBounded(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			clock := storetest.NewClock(today)
			c := storetest.Config(t, engine)
			c.Now = clock.Now
			s, err := store.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.LoadDemo(t.Context()); err != nil {
				t.Fatal(err)
			}
			u, err := s.PersonByEmail(t.Context(), store.Dana)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 50 {
				if _, err := s.StartSession(t.Context(), u, "", store.Start{Hash: fmt.Sprint("session ", i)}); err != nil {
					t.Fatal(err)
				}
				clock.Advance(time.Second)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = store.Open(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			for _, table := range []string{"sessions", "known_devices"} {
				if n, err := s.Number(t.Context(), "select count(*) from "+table); err != nil || n != 20 {
					t.Errorf("%d %s, %v, want 20", n, table, err)
				}
			}
			for hash, want := range map[string]error{"session 29": domain.ErrNotFound, "session 30": nil, "session 49": nil} {
				if _, _, err := s.Session(t.Context(), hash, true); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", hash, err, want)
				}
			}
			clock.Advance(100 * 24 * time.Hour)
			if err := s.Tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n, err := s.Number(t.Context(), "select count(*) from sessions"); err != nil || n != 0 {
				t.Errorf("%d sessions after tidying, %v", n, err)
			}
		})
	}
}

// RACE-08: whoever signs in while they are suspended has no session once the suspension is committed.
func TestSuspendAgainstSignIn(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u, err := s.PersonByEmail(t.Context(), store.Owen)
		if err != nil {
			t.Fatal(err)
		}
		in, refused := 0, 0
		for round := range 30 {
			before := place(t, s, store.Owen, store.Brightwater)
			suspended := before
			suspended.SuspendedAt = clock.Now()
			var wg sync.WaitGroup
			var started, paused error
			wg.Go(func() {
				_, started = s.StartSession(t.Context(), u, "", store.Start{Hash: fmt.Sprint("round ", round)})
			})
			wg.Go(func() { suspended, paused = s.RewriteMembership(t.Context(), before, suspended) })
			wg.Wait()
			switch {
			case paused != nil:
				t.Fatal(paused)
			case started == nil:
				in++
			case errors.Is(started, domain.ErrNotFound):
				refused++
			default:
				t.Fatal(started)
			}
			if n := sessions(t, s, store.Owen); n != 0 {
				t.Fatalf("round %d: %d sessions live on", round, n)
			}
			again := suspended
			again.SuspendedAt = time.Time{}
			if _, err := s.RewriteMembership(t.Context(), suspended, again); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("signed in first %d times, refused %d times", in, refused)
	})
}

// Whoever loses one place of several stays signed in.
func TestSuspendedInOneAccountOnly(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		_, hash := storetest.SignIn(t, s, store.Priya)
		change(t, s, store.Priya, store.Brightwater, func(m *domain.Membership) { m.SuspendedAt = clock.Now() })
		if _, err := s.Actor(t.Context(), hash, store.Cobalt, ""); err != nil {
			t.Errorf("in the other account: %v", err)
		}
		change(t, s, store.Priya, store.Cobalt, func(m *domain.Membership) { m.RemovedAt = clock.Now() })
		if _, _, err := s.Session(t.Context(), hash, true); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("with no place left: %v, want ErrNotFound", err)
		}
	})
}

// SESS-05: what somebody does in one browser keeps that session alive, and none of their others.
func TestSESS05_UseKeepsOneSession(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		_, used := storetest.SignIn(t, s, store.Owen)
		_, left := storetest.SignIn(t, s, store.Owen)
		clock.Advance(20 * time.Minute)
		if _, _, err := s.Session(t.Context(), used, true); err != nil {
			t.Fatal(err)
		}
		clock.Advance(20 * time.Minute)
		for hash, want := range map[string]error{used: nil, left: domain.ErrNotFound} {
			if _, _, err := s.Session(t.Context(), hash, true); !errors.Is(err, want) {
				t.Errorf("a session after 40 minutes: %v, want %v", err, want)
			}
		}
	})
}

// Tidying takes what has run out and leaves what works: a link to reset a password, a session, and what is counted.
func TestTidyLeavesWhatWorks(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		if err := s.Tidy(t.Context()); err != nil { // what the demo has that has run out
			t.Fatal(err)
		}
		_, hash := storetest.SignIn(t, s, store.Owen)
		if err := s.AskReset(t.Context(), store.Owen, "203.0.113.9"); err != nil {
			t.Fatal(err)
		}
		link := links(t, s, domain.PasswordResetMail)[0]
		rows := func() (n int64) {
			for _, table := range []string{"sessions", "tokens", "counters"} {
				some, err := s.Number(t.Context(), "select count(*) from "+table)
				if err != nil {
					t.Fatal(err)
				}
				n += some
			}
			return n
		}
		before := rows()
		clock.Advance(10 * time.Minute)
		if err := s.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := rows(); after != before {
			t.Errorf("%d rows became %d", before, after)
		}
		if _, err := s.ResetOf(t.Context(), link); err != nil {
			t.Errorf("the link: %v", err)
		}
		if _, _, err := s.Session(t.Context(), hash, false); err != nil {
			t.Errorf("the session: %v", err)
		}
	})
}
