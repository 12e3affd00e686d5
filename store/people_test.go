package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var today = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// atDemo runs a test on each engine, on both at the same time, with the demo, a clock that stands still, and limits.
func atDemo(t *testing.T, limits store.Limits, test func(t *testing.T, s *store.Store, clock *storetest.Clock)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := storetest.NewClock(today)
			s := storetest.OpenDemoTwin(t, engine, store.Brightwater, storetest.WithClock(clock), func(c *store.Config) { c.Limits = limits })
			test(t, s, clock)
		})
	}
}

// attempt is somebody signing in from an address.
func attempt(email, password, device, from string) store.Attempt {
	return store.Attempt{Email: email, Password: password, Device: device, Start: store.Start{Hash: store.HashSecret(store.NewSecret()), From: from, Agent: "test"}}
}

// sessions counts somebody's live sessions.
func sessions(t *testing.T, s *store.Store, email string) int {
	t.Helper()
	u, err := s.PersonByEmail(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.SessionsOf(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// place is somebody's membership in an account.
func place(t *testing.T, s *store.Store, email, account string) domain.Membership {
	t.Helper()
	a, err := s.AccountBySlug(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.MembershipOf(t.Context(), a.ID, email)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// change rewrites somebody's membership.
func change(t *testing.T, s *store.Store, email, account string, how func(*domain.Membership)) {
	t.Helper()
	before := place(t, s, email, account)
	after := before
	how(&after)
	if _, err := s.RewriteMembership(t.Context(), before, after); err != nil {
		t.Fatal(err)
	}
}

// AUTH-01, AUTH-22: whoever cannot sign in gets one answer.
func TestSignIn(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		for _, who := range []struct{ name, email, password string }{
			{"wrong password", store.Dana, "not the right password"},
			{"too long", store.Dana, strings.Repeat(store.DemoPassword, 20)},
			{"unknown", "nobody@brightwater.example", store.DemoPassword},
			{"no address", "'; drop table users --", store.DemoPassword},
			{"pending invitee", store.Noor, store.DemoPassword},
			{"disabled", store.Aisha, store.DemoPassword},
		} {
			t.Run(who.name, func(t *testing.T) {
				u, device, err := s.SignIn(ctx, attempt(who.email, who.password, "", "198.51.100.1"))
				if !errors.Is(err, domain.ErrNotFound) || u.ID != "" || device != "" {
					t.Errorf("got %q %q %v, want ErrNotFound alone", u.Email, device, err)
				}
			})
		}

		clock.Advance(time.Minute)
		in := attempt(" DANA.Whitfield@Brightwater.example ", store.DemoPassword, "", "198.51.100.1")
		u, device, err := s.SignIn(ctx, in)
		if err != nil || u.Email != store.Dana || device == "" {
			t.Fatalf("the right password: %q %q %v", u.Email, device, err)
		}
		if session, who, err := s.Session(ctx, in.Start.Hash, true); err != nil || who.ID != u.ID || session.UserID != u.ID || session.Place != "198.51.100.0/24" {
			t.Errorf("the session is %+v of %q, %v", session, who.Email, err)
		}
		if got := place(t, s, store.Dana, store.Brightwater).LastSignInAt; !got.Equal(clock.Now()) {
			t.Errorf("the account saw the sign-in at %v, want %v", got, clock.Now())
		}
		if again, err := s.Person(ctx, u.ID); err != nil || !again.LastSignInAt.Equal(clock.Now()) {
			t.Errorf("the person signed in at %v, %v", again.LastSignInAt, err)
		}
	})
}

// A person without a place who is invited again signs in with the password they have, to accept.
func TestSignInToAccept(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		a, err := s.AccountBySlug(t.Context(), store.Cobalt)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.PutMembership(t.Context(), domain.Membership{
			AccountID: a.ID, Kind: domain.KindUser, Email: store.Aisha, Role: domain.RoleUser, Scope: domain.Whole(a.ID), Generation: 1,
			SentAt: clock.Now(), ExpiresAt: clock.Now().Add(time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.SignIn(t.Context(), attempt(store.Aisha, store.DemoPassword, "", "")); err != nil {
			t.Errorf("while invited: %v", err)
		}
		clock.Advance(time.Hour)
		if _, _, err := s.SignIn(t.Context(), attempt(store.Aisha, store.DemoPassword, "", "")); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("after the invite expired: %v, want ErrNotFound", err)
		}
	})
}

// SESS-02, SESS-09: a new password ends every session but the one at hand, which gets a new secret, and no browser
// is known any more.
func TestChangePassword(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		ctx := t.Context()
		other := attempt(store.Dana, store.DemoPassword, "", "198.51.100.1")
		_, device, err := s.SignIn(ctx, other)
		if err != nil {
			t.Fatal(err)
		}
		u, session := storetest.SignIn(t, s, store.Dana)
		renewed := store.HashSecret(store.NewSecret())
		set := func(current, password string) error {
			return s.ChangePassword(ctx, u, domain.PasswordDraft{Current: current, Password: password}, session, renewed, "198.51.100.1")
		}
		var problems domain.Problems
		if err := set("not the right one", "marble kestrel thaw"); !errors.As(err, &problems) || problems["current"].Code != "password_wrong" {
			t.Errorf("a wrong present password: %v", err)
		}
		for password, code := range map[string]string{"short": "password_short", "passwordpassword": "password_common", "Brightwater Energy": "password_obvious", strings.Repeat("ab9", 90): "password_long"} {
			if err := set(store.DemoPassword, password); !errors.As(err, &problems) || problems["password"].Code != code {
				t.Errorf("%q: %v, want %s", password, err, code)
			}
		}
		if n := sessions(t, s, store.Dana); n != 2 {
			t.Fatalf("%d sessions before, want 2", n)
		}
		const fresh = "  Ünïcode 🦊 marble kestrel  " // AUTH-12: exact bytes, spaces and all
		if err := set(store.DemoPassword, fresh); err != nil {
			t.Fatal(err)
		}
		for hash, want := range map[string]error{session: domain.ErrNotFound, other.Start.Hash: domain.ErrNotFound, renewed: nil} {
			if _, _, err := s.Session(ctx, hash, true); !errors.Is(err, want) {
				t.Errorf("a session: %v, want %v", err, want)
			}
		}
		if known, err := s.Knows(ctx, u.ID, device); err != nil || known {
			t.Errorf("a browser is still known: %v, %v", known, err)
		}
		for password, want := range map[string]error{store.DemoPassword: domain.ErrNotFound, strings.TrimSpace(fresh): domain.ErrNotFound, fresh: nil} {
			if _, _, err := s.SignIn(ctx, attempt(store.Dana, password, "", "198.51.100.1")); !errors.Is(err, want) {
				t.Errorf("sign in with %q: %v, want %v", password, err, want)
			}
		}
		// The sign-in above came from a browser that nobody knows any more.
		if got := owed(t, s, store.Dana); !slices.Equal(got, []string{string(domain.NewDeviceMail), string(domain.PasswordChangedMail)}) {
			t.Errorf("mails to Dana: %v, want one notice of each", got)
		}
	})
}

// A session that was started with the old password while it changed does not live.
func TestStartSessionAfterPasswordChanged(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		u, session := storetest.SignIn(t, s, store.Dana)
		d := domain.PasswordDraft{Current: store.DemoPassword, Password: "marble kestrel thaw"}
		if err := s.ChangePassword(t.Context(), u, d, session, store.HashSecret("renewed"), ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.StartSession(t.Context(), u, "", store.Start{Hash: store.HashSecret("late")}); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

// A password that is too short for who has no second factor signs nobody in: a link to set another is mailed, and it is no
// wrong guess.
func TestAnOutgrownPasswordSignsNobodyIn(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		short, err := s.HashPassword(t.Context(), "short one")
		must(t, err)
		storetest.Exec(t, s, "update users set password_hash = '"+short+"' where email = '"+store.Priya+"'")
		before := sessions(t, s, store.Priya)
		for range 8 { // more than would close the door for wrong ones
			if _, _, err := s.SignIn(t.Context(), attempt(store.Priya, "short one", "", "203.0.113.9")); !errors.Is(err, domain.ErrOutgrown) {
				t.Fatalf("got %v, want ErrOutgrown", err)
			}
		}
		if n := sessions(t, s, store.Priya); n != before {
			t.Errorf("%d sessions, %d before", n, before)
		}
		if got := links(t, s, domain.PasswordResetMail); len(got) == 0 {
			t.Error("no link to set another was mailed")
		}
	})
}

func TestUpdateProfile(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		ctx := t.Context()
		u, err := s.PersonByEmail(ctx, store.Priya)
		if err != nil {
			t.Fatal(err)
		}
		to := domain.Person{FirstName: "Príya", LastName: "Rámàn-Sørensen", Phone: "+12025550199", Language: "it", TimeZone: "Europe/Rome", Theme: "dark"}
		now, err := s.UpdateProfile(ctx, u, to, "198.51.100.1")
		if err != nil {
			t.Fatal(err)
		}
		if read, err := s.Person(ctx, u.ID); err != nil || read != now || read.Name() != "Príya Rámàn-Sørensen" || read.Version != 2 {
			t.Errorf("read %+v, %v\nwant %+v", read, err, now)
		}
		for _, account := range []string{store.Brightwater, store.Cobalt} {
			m := place(t, s, store.Priya, account)
			if m.Name() != "Príya Rámàn-Sørensen" || m.Phone != to.Phone || m.Language != "it" || len(m.Scope) == 0 {
				t.Errorf("%s has %q %q %q %v", account, m.Name(), m.Phone, m.Language, m.Scope)
			}
			if key := nameKey(t, s, m.ID); key != "priya raman-sorensen" {
				t.Errorf("%s sorts by %q", account, key)
			}
		}
		// RACE-12: a form that was filled in over an older version is refused.
		if _, err := s.UpdateProfile(ctx, u, to, ""); !errors.Is(err, domain.ErrStale) {
			t.Errorf("a second writer got %v, want ErrStale", err)
		}
		// A number that one company's country does not admit is kept by the other, and replaces no invited one here.
		storetest.Exec(t, s, "update accounts set country = 'ES' where slug = '"+store.Cobalt+"'")
		to.Phone = "+34600123456"
		if _, err := s.UpdateProfile(ctx, now, to, ""); err != nil {
			t.Fatal(err)
		}
		for account, want := range map[string]string{store.Brightwater: "+12025550199", store.Cobalt: "+34600123456"} {
			if got := place(t, s, store.Priya, account).Phone; got != want {
				t.Errorf("%s has %s, want %s", account, got, want)
			}
		}
	})
}

// The wait for a place to hash in ends with the request.
func TestHashingWaitsNoLongerThanTheRequest(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	release := s.OccupyHashing()
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.HashPassword(ctx, "anything at all"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

// A password stored under older parameters is stored anew at the next sign-in.
func TestRehash(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		old := store.OldHash(store.DemoPassword)
		if err := s.Exec(t.Context(), "update users set password_hash = $1 where email in ($2, $3)", old, store.Dana, store.Rosa); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.SignIn(t.Context(), attempt(store.Dana, store.DemoPassword, "", "")); err != nil {
			t.Fatal(err)
		}
		u, err := s.PersonByEmail(t.Context(), store.Dana)
		if err != nil || u.PasswordHash == old || !strings.HasPrefix(u.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("stored as %q, %v", u.PasswordHash, err)
		}
		if other, err := s.PersonByEmail(t.Context(), store.Rosa); err != nil || other.PasswordHash != old {
			t.Errorf("another's is stored as %q, %v", other.PasswordHash, err)
		}
		if _, _, err := s.SignIn(t.Context(), attempt(store.Dana, store.DemoPassword, "", "")); err != nil {
			t.Errorf("after it was stored anew: %v", err)
		}
	})
}

// owed are the kinds of the mails owed to an address.
func owed(t *testing.T, s *store.Store, email string) []string {
	t.Helper()
	kinds, err := s.Texts(t.Context(), "select kind from deliveries where recipient = $1 order by created_at, id", email)
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func nameKey(t *testing.T, s *store.Store, membership string) string {
	t.Helper()
	keys, err := s.Texts(t.Context(), "select name_key from memberships where id = $1", membership)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%v, %v", keys, err)
	}
	return keys[0]
}
