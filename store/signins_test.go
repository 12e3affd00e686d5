package store_test

import (
	"errors"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// links are the tokens of the open links of a kind of mail that is owed, oldest first.
func links(t *testing.T, s *store.Store, kind domain.DeliveryKind) []string {
	t.Helper()
	claimed, err := s.ClaimDeliveries(t.Context(), store.NewSecret(), time.Nanosecond, 1000)
	must(t, err)
	var found []string
	for _, d := range claimed {
		if d.Kind != kind {
			continue
		}
		m, err := s.Message(t.Context(), d)
		must(t, err)
		if m.Superseded == "" {
			found = append(found, m.Token)
		}
	}
	return found
}

// A person is told of a browser they have not signed in with, and of no other.
func TestNewDeviceIsTold(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		in := func(device string) string {
			t.Helper()
			_, next, err := s.SignIn(t.Context(), attempt(store.Dana, store.DemoPassword, device, "198.51.100.77"))
			must(t, err)
			clock.Advance(time.Second)
			return next
		}
		laptop := in("")
		if got := links(t, s, domain.NewDeviceMail); len(got) != 0 {
			t.Errorf("told of the first browser: %d", len(got))
		}
		laptop = in(laptop)
		if got := links(t, s, domain.NewDeviceMail); len(got) != 0 {
			t.Errorf("told of a known browser: %d", len(got))
		}
		in("made up")
		got := links(t, s, domain.NewDeviceMail)
		if len(got) != 1 {
			t.Fatalf("told %d times of a new browser", len(got))
		}
		v, err := s.SignInOf(t.Context(), got[0])
		if err != nil || v.User.Email != store.Dana || v.Place != "198.51.100.0/24" {
			t.Errorf("it tells %+v, %v", v, err)
		}
		in(laptop)
	})
}

// "This wasn't me": all sessions end, the password and what was added since are void, and the link works once.
func TestDisown(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		_, mine := storetest.SignIn(t, s, store.Dana)
		clock.Advance(time.Minute)
		u, theirs := storetest.SignIn(t, s, store.Dana)
		link := links(t, s, domain.NewDeviceMail)[0]
		clock.Advance(time.Minute)
		must(t, s.StartApp(ctx, u))
		secret, err := s.WaitingApp(ctx, u)
		must(t, err)
		_, err = s.ConfirmApp(ctx, u, codeAt(t, secret, s.Now()), theirs, "renewed", "")
		must(t, err)

		if _, err := s.SignInOf(ctx, s.ResetToken("x")); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a made-up link: %v", err)
		}
		// It is good for nothing else.
		if _, err := s.SetPasswordByToken(ctx, link, "seven quiet herons", ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a password set by it: %v", err)
		}
		who, reset, err := s.Disown(ctx, link, "198.51.100.7")
		if err != nil || who.ID != u.ID {
			t.Fatalf("%q, %v", who.Email, err)
		}
		for _, hash := range []string{mine, theirs, "renewed"} {
			if _, _, err := s.Session(ctx, hash, true); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("a session is left: %v", err)
			}
		}
		if _, _, err := s.SignIn(ctx, attempt(store.Dana, store.DemoPassword, "", "")); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old password: %v", err)
		}
		if _, _, err := s.SignIn(ctx, attempt(store.Dana, "", "", "")); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("no password at all: %v", err)
		}
		if _, _, err := s.Disown(ctx, link, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the link again: %v", err)
		}
		if got := links(t, s, domain.PasswordResetMail); len(got) != 1 || got[0] != reset {
			t.Errorf("the mails hold %d links to set a password", len(got))
		}
		_, err = s.SetPasswordByToken(ctx, reset, "seven quiet herons", "")
		must(t, err)
		_, _, err = s.SignIn(ctx, attempt(store.Dana, "seven quiet herons", "", ""))
		must(t, err) // the app that was added since is gone
		if n := count(t, s, "select count(*) from events where kind = 'person.sign_in_disowned'"); n != 1 {
			t.Errorf("%d events", n)
		}

		storetest.SignIn(t, s, store.Dana)
		link = links(t, s, domain.NewDeviceMail)[0]
		clock.Advance(7*24*time.Hour + time.Second)
		if _, _, err := s.Disown(ctx, link, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("after a week: %v", err)
		}
	})
}

// An app from before the sign-in stays: losing it would be the intruder's gain.
func TestDisownKeepsOlderFactors(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u, secret, _ := enrolled(t, s, store.Dana)
		add := func(name, session string) {
			t.Helper()
			must(t, s.AddPasskey(t.Context(), u, store.NewPasskey{Name: name, ID: []byte(name), Credential: "{}", Challenge: s.Challenge(store.PasskeyMaking, u.ID)}, session, "renewed "+name, ""))
		}
		for _, name := range []string{"older", "newer"} { // each by a browser that is new; the second is disowned
			clock.Advance(time.Minute)
			p := passing(halfway(t, s, store.Dana), codeAt(t, secret, s.Now()), false)
			_, _, err := s.PassFactor(t.Context(), p)
			must(t, err)
			clock.Advance(time.Second)
			add(name, p.Start.Hash)
		}
		told := links(t, s, domain.NewDeviceMail)
		_, reset, err := s.Disown(t.Context(), told[len(told)-1], "")
		must(t, err)
		_, err = s.SetPasswordByToken(t.Context(), reset, "seven quiet herons", "")
		must(t, err)
		if _, _, err := s.SignIn(t.Context(), attempt(store.Dana, "seven quiet herons", "", "")); !errors.Is(err, domain.ErrSecondFactor) {
			t.Errorf("the second factor is gone: %v", err)
		}
		if keys, err := s.PasskeysOf(t.Context(), u.ID); err != nil || len(keys) != 1 || keys[0].Name != "older" {
			t.Errorf("the passkeys are %v, %v", keys, err)
		}
	})
}

// AUTH-20: an app that was never confirmed proves nothing.
func TestAUTH20_AWaitingAppIsNoProof(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		u, session := storetest.SignIn(t, s, store.Dana)
		must(t, s.StartApp(t.Context(), u))
		secret, err := s.WaitingApp(t.Context(), u)
		must(t, err)
		var problems domain.Problems
		err = s.Prove(t.Context(), u, domain.ProofDraft{Code: codeAt(t, secret, s.Now())}, session, "x", "")
		if !errors.As(err, &problems) || problems["proof_code"].Code != "code_wrong" {
			t.Errorf("its code: %v", err)
		}
	})
}

// AUTH-20: a proof is good for ten minutes; a new one is a password or a code, counted like any other, and renews the
// session's secret (SESS-02).
func TestAUTH20_Proof(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		_, secret, _ := enrolled(t, s, store.Dana)
		clock.Advance(time.Minute)
		p := passing(halfway(t, s, store.Dana), codeAt(t, secret, s.Now()), false)
		u, _, err := s.PassFactor(ctx, p)
		must(t, err)
		fresh := func(hash string) bool {
			t.Helper()
			v, _, err := s.Session(ctx, hash, true)
			must(t, err)
			return s.Proven(v)
		}
		if !fresh(p.Start.Hash) {
			t.Error("a sign-in is no proof")
		}
		clock.Advance(10 * time.Minute)
		if fresh(p.Start.Hash) {
			t.Error("after ten minutes it still is")
		}
		if s.Proven(domain.Session{}) {
			t.Error("nobody has proved anything")
		}
		var problems domain.Problems
		if err := s.Prove(ctx, u, domain.ProofDraft{Password: "wrong wrong wrong"}, p.Start.Hash, "x", ""); !errors.As(err, &problems) || problems["proof_password"].Code != "password_wrong" {
			t.Errorf("a wrong password: %v", err)
		}
		if err := s.Prove(ctx, u, domain.ProofDraft{Code: "123456"}, p.Start.Hash, "x", ""); !errors.As(err, &problems) || problems["proof_code"].Code != "code_wrong" {
			t.Errorf("a wrong code: %v", err)
		}
		if err := s.Prove(ctx, u, domain.ProofDraft{}, p.Start.Hash, "x", ""); err == nil {
			t.Error("nothing is a proof")
		}
		must(t, s.Prove(ctx, u, domain.ProofDraft{Password: store.DemoPassword}, p.Start.Hash, "second", ""))
		if _, _, err := s.Session(ctx, p.Start.Hash, true); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the secret of before works: %v", err)
		}
		if !fresh("second") {
			t.Error("a password is no proof")
		}
		clock.Advance(10 * time.Minute)
		code := codeAt(t, secret, s.Now())
		must(t, s.Prove(ctx, u, domain.ProofDraft{Code: code}, "second", "third", ""))
		if !fresh("third") {
			t.Error("a code is no proof")
		}
		if err := s.Prove(ctx, u, domain.ProofDraft{Code: code}, "third", "fourth", ""); !errors.As(err, &problems) {
			t.Errorf("AUTH-17: the code again: %v", err)
		}
		if err := s.Prove(ctx, u, domain.ProofDraft{Password: store.DemoPassword}, "none", "fifth", ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a session that is not there: %v", err)
		}
	})
}
