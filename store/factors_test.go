package store_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// enrolled gives somebody of the demo an authenticator app, and with it the secret and the recovery codes.
func enrolled(t *testing.T, s *store.Store, email string) (u domain.User, secret string, codes []string) {
	t.Helper()
	u, session := storetest.SignIn(t, s, email)
	must(t, s.StartApp(t.Context(), u))
	secret, err := s.WaitingApp(t.Context(), u)
	must(t, err)
	codes, err = s.ConfirmApp(t.Context(), u, codeAt(t, secret, s.Now()), session, store.NewSecret(), "203.0.113.9")
	must(t, err)
	u, err = s.Person(t.Context(), u.ID)
	must(t, err)
	return u, secret, codes
}

// codeAt is what an app with that secret shows at a time.
func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	must(t, err)
	return code
}

// halfway types the right password of somebody with a second factor, and gives the session that waits for it.
func halfway(t *testing.T, s *store.Store, email string) string {
	t.Helper()
	a := attempt(email, store.DemoPassword, "", "203.0.113.9")
	a.Start.Hash = store.HashSecret(store.NewSecret())
	if _, _, err := s.SignIn(t.Context(), a); !errors.Is(err, domain.ErrSecondFactor) {
		t.Fatalf("the password of %s: %v, want ErrSecondFactor", email, err)
	}
	return a.Start.Hash
}

func passing(waiting, code string, recovery bool) store.Pass {
	return store.Pass{Code: code, Recovery: recovery, Start: store.Start{Old: waiting, Hash: store.HashSecret(store.NewSecret()), From: "203.0.113.9"}}
}

func codeIsWrong(err error) bool {
	var p domain.Problems
	return errors.As(err, &p) && p["code"].Code == "code_wrong"
}

// An app counts from its first right code on; before that the password alone signs in. Its secret is kept sealed, of the
// recovery codes hashes (C5).
func TestAppIsConfirmedByACode(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		u, session := storetest.SignIn(t, s, store.Dana)
		_, other := storetest.SignIn(t, s, store.Dana)
		if _, err := s.WaitingApp(ctx, u); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("without one waiting: %v", err)
		}
		must(t, s.StartApp(ctx, u))
		secret, err := s.WaitingApp(ctx, u)
		must(t, err)
		if n, err := s.RecoveryLeft(ctx, u); err != nil || n != 0 {
			t.Errorf("%d recovery codes before the app is confirmed, %v", n, err)
		}
		if _, err := s.ConfirmApp(ctx, u, "000000", session, "r", ""); !codeIsWrong(err) {
			t.Errorf("a wrong code: %v", err)
		}
		_, _, err = s.SignIn(ctx, attempt(store.Dana, store.DemoPassword, "", ""))
		must(t, err)
		code := codeAt(t, secret, s.Now())
		codes, err := s.ConfirmApp(ctx, u, " "+code[:3]+" "+code[3:], session, "renewed", "203.0.113.9")
		if err != nil || len(codes) != domain.RecoveryCodes {
			t.Fatalf("%d codes, %v", len(codes), err)
		}
		for hash, want := range map[string]error{session: domain.ErrNotFound, other: domain.ErrNotFound, "renewed": nil} {
			if _, _, err := s.Session(ctx, hash, true); !errors.Is(err, want) {
				t.Errorf("session %s: %v, want %v", hash, err, want)
			}
		}
		var refusal *domain.Refusal
		if err := s.StartApp(ctx, u); !errors.As(err, &refusal) || refusal.Code != "app_there" {
			t.Errorf("a second app: %v", err)
		}
		if n, err := s.RecoveryLeft(ctx, u); err != nil || n != len(codes) {
			t.Errorf("%d recovery codes, %v", n, err)
		}
		halfway(t, s, store.Dana)

		kept, err := s.Texts(ctx, "select secret from authenticators where user_id = $1", u.ID)
		must(t, err)
		hashes, err := s.Texts(ctx, "select hash from recovery_codes where user_id = $1", u.ID)
		must(t, err)
		all := strings.ToLower(strings.Join(append(kept, hashes...), " "))
		if len(kept) != 1 || !strings.HasPrefix(kept[0], "1:") || strings.Contains(all, strings.ToLower(secret)) {
			t.Errorf("the secret is kept as %q", kept)
		}
		for _, code := range codes {
			if strings.Contains(all, code) || strings.Contains(all, strings.ReplaceAll(code, "-", "")) {
				t.Error("a recovery code can be read in the database")
			}
		}
		if n := count(t, s, "select count(*) from events where kind = 'person.app_added' and actor_name = 'Dana Whitfield'"); n != 1 {
			t.Errorf("%d events", n)
		}
		if n := count(t, s, "select count(*) from deliveries where kind = 'factors' and about = 'app_added'"); n != 1 {
			t.Errorf("%d mails", n)
		}
		clock.Advance(2 * time.Hour)
		other2, _ := storetest.SignIn(t, s, store.Rosa)
		must(t, s.StartApp(ctx, other2))
		clock.Advance(61 * time.Minute)
		if _, err := s.WaitingApp(ctx, other2); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a secret waits for ever: %v", err)
		}
	})
}

// AUTH-17: a code counts once, whoever comes with it and however many at once; nor does an older one after it.
func TestAUTH17_ACodeCountsOnce(t *testing.T) {
	atDemo(t, store.Limits{FreeFailures: 100, Failures: 1000}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		_, secret, _ := enrolled(t, s, store.Dana)
		if _, _, err := s.PassFactor(t.Context(), passing(halfway(t, s, store.Dana), codeAt(t, secret, s.Now()), false)); !codeIsWrong(err) {
			t.Errorf("the code that confirmed the app signs in: %v", err)
		}
		clock.Advance(time.Minute)
		code := codeAt(t, secret, s.Now())
		var waits []string
		for range 20 {
			waits = append(waits, halfway(t, s, store.Dana))
		}
		var in atomic.Int32
		var wg sync.WaitGroup
		for _, waiting := range waits {
			wg.Go(func() {
				switch _, _, err := s.PassFactor(t.Context(), passing(waiting, code, false)); {
				case err == nil:
					in.Add(1)
				case !codeIsWrong(err):
					t.Errorf("refused with %v", err)
				}
			})
		}
		wg.Wait()
		if in.Load() != 1 {
			t.Errorf("%d of 20 posts of one code signed in", in.Load())
		}
		if _, _, err := s.PassFactor(t.Context(), passing(halfway(t, s, store.Dana), codeAt(t, secret, s.Now().Add(-30*time.Second)), false)); !codeIsWrong(err) {
			t.Errorf("an older code: %v", err)
		}
		// A clock that runs half a minute ahead is still understood, a minute is not.
		if _, _, err := s.PassFactor(t.Context(), passing(halfway(t, s, store.Dana), codeAt(t, secret, s.Now().Add(time.Minute)), false)); !codeIsWrong(err) {
			t.Errorf("a code of the minute after: %v", err)
		}
		if _, _, err := s.PassFactor(t.Context(), passing(halfway(t, s, store.Dana), codeAt(t, secret, s.Now().Add(30*time.Second)), false)); err != nil {
			t.Errorf("a code of the next step: %v", err)
		}
	})
}

// AUTH-18, MN-03: wrong codes of the app and of the recovery codes share a counter, which is in the database.
func TestAUTH18_WrongCodesMakePeopleWait(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		_, secret, codes := enrolled(t, s, store.Dana)
		clock.Advance(time.Minute)
		for i := range 5 {
			if _, _, err := s.PassFactor(t.Context(), passing(halfway(t, s, store.Dana), "999999", i%2 == 1)); !codeIsWrong(err) {
				t.Fatalf("try %d: %v", i, err)
			}
		}
		s = storetest.Freeze(t, s).Thaw(t) // another process on the same database: what it knows it knows from there
		for _, p := range []store.Pass{
			passing(halfway(t, s, store.Dana), codeAt(t, secret, s.Now()), false), passing(halfway(t, s, store.Dana), codes[0], true),
		} {
			if _, _, err := s.PassFactor(t.Context(), p); !errors.Is(err, domain.ErrTooMany) {
				t.Errorf("the sixth try: %v, want ErrTooMany", err)
			}
		}
		clock.Advance(time.Minute)
		if _, _, err := s.PassFactor(t.Context(), passing(halfway(t, s, store.Dana), codeAt(t, secret, s.Now()), false)); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		if _, _, err := s.PassFactor(t.Context(), passing(halfway(t, s, store.Dana), "999999", false)); !codeIsWrong(err) {
			t.Errorf("a right code forgives the wrong ones: %v", err)
		}
	})
}

// C5: each recovery code signs in once; new ones void the old, and they go with the app.
func TestRecoveryCodes(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		ctx := t.Context()
		u, _, codes := enrolled(t, s, store.Dana)
		rosa, _, theirs := enrolled(t, s, store.Rosa)
		try := func(code string) error {
			_, _, err := s.PassFactor(ctx, passing(halfway(t, s, store.Dana), code, true))
			return err
		}
		must(t, try(strings.ToUpper(codes[0])))
		if err := try(codes[0]); !codeIsWrong(err) {
			t.Errorf("a used one: %v", err)
		}
		if err := try(theirs[0]); !codeIsWrong(err) {
			t.Errorf("somebody else's: %v", err)
		}
		if n, _ := s.RecoveryLeft(ctx, u); n != domain.RecoveryCodes-1 {
			t.Errorf("%d left", n)
		}
		fresh, err := s.RenewCodes(ctx, u, "")
		must(t, err)
		if err := try(codes[1]); !codeIsWrong(err) {
			t.Errorf("one of before: %v", err)
		}
		must(t, try(fresh[1]))
		must(t, s.RemoveApp(ctx, u, ""))
		_, _, err = s.SignIn(ctx, attempt(store.Dana, store.DemoPassword, "", ""))
		must(t, err)
		var refusal *domain.Refusal
		if _, err := s.RenewCodes(ctx, u, ""); !errors.As(err, &refusal) {
			t.Errorf("codes without an app: %v", err)
		}
		if err := s.RemoveApp(ctx, u, ""); !errors.As(err, &refusal) {
			t.Errorf("remove what is gone: %v", err)
		}
		if n, _ := s.RecoveryLeft(ctx, rosa); n != domain.RecoveryCodes {
			t.Errorf("somebody else has %d left", n)
		}
	})
}

// A right password alone is nobody's session: it opens nothing, runs out, and ends with a new password (AUTH-08).
func TestPasswordAloneIsNobody(t *testing.T) {
	atDemo(t, store.Limits{SecondFactorFor: 10 * time.Minute}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		u, secret, _ := enrolled(t, s, store.Dana)
		waiting := halfway(t, s, store.Dana)
		v, who, err := s.Session(ctx, waiting, true)
		if err != nil || who.ID != "" || v.UserID != "" || v.PendingID != u.ID {
			t.Fatalf("the session is %+v of %q, %v", v, who.Email, err)
		}
		if _, err := s.Actor(ctx, waiting, store.Brightwater, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("it acts: %v", err)
		}
		if list, err := s.SessionsOf(ctx, u.ID); err != nil || len(list) != 1 || list[0].Hash == waiting { // the one in which the app was added
			t.Errorf("it is in the list: %+v, %v", list, err)
		}
		if _, err := s.StartSession(ctx, u, "", store.Start{Hash: "x"}); !errors.Is(err, domain.ErrSecondFactor) {
			t.Errorf("a session without a second factor: %v", err)
		}
		clock.Advance(10*time.Minute + time.Second)
		if _, _, err := s.PassFactor(ctx, passing(waiting, codeAt(t, secret, s.Now()), false)); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("after ten minutes: %v", err)
		}

		waiting = halfway(t, s, store.Dana)
		must(t, s.AskReset(ctx, store.Dana, "203.0.113.9"))
		ids, err := s.Texts(ctx, "select id from tokens where purpose = 'reset' and used_at = 0 and hash not like 'twin%'")
		if err != nil || len(ids) != 1 {
			t.Fatalf("resets %v, %v", ids, err)
		}
		_, err = s.SetPasswordByToken(ctx, s.ResetToken(ids[0]), "seven quiet herons", "")
		must(t, err)
		if _, _, err := s.PassFactor(ctx, passing(waiting, codeAt(t, secret, s.Now()), false)); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("after a new password: %v", err)
		}
		a := attempt(store.Dana, "seven quiet herons", "", "")
		if _, _, err := s.SignIn(ctx, a); !errors.Is(err, domain.ErrSecondFactor) {
			t.Errorf("a reset has skipped the second factor: %v", err)
		}
		if _, err := s.Awaited(ctx, "none"); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("who a made-up session waits for: %v", err)
		}
	})
}
