package store_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// asked asks for a reset and gives the link's secret, as the mail will carry it.
func asked(t *testing.T, s *store.Store, email string) string {
	t.Helper()
	if err := s.AskReset(t.Context(), email, "198.51.100.1"); err != nil {
		t.Fatal(err)
	}
	ids, err := s.Texts(t.Context(), "select token_id from deliveries where recipient = $1 and kind = 'password_reset' order by created_at desc, id desc limit 1", email)
	if err != nil || len(ids) != 1 {
		t.Fatalf("no mail to %s: %v, %v", email, ids, err)
	}
	return s.ResetToken(ids[0])
}

const fresh = "marble kestrel thaw"

// AUTH-03, AUTH-04, AUTH-22: the answer is the same for everybody, the mail goes to active people only, and to the
// address on file only.
func TestAskReset(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		before, err := s.Number(t.Context(), "select count(*) from deliveries")
		if err != nil {
			t.Fatal(err)
		}
		for _, email := range []string{
			"nobody@brightwater.example", store.Noor, store.Aisha, store.Stefan, "", "garbage", store.Dana + "," + store.Rosa, store.Dana + "\nBcc: " + store.Rosa,
		} {
			if err := s.AskReset(t.Context(), email, ""); err != nil {
				t.Errorf("%q: %v", email, err)
			}
		}
		if n, err := s.Number(t.Context(), "select count(*) from deliveries"); err != nil || n != before {
			t.Errorf("%d mails to people who get none, %v", n-before, err)
		}
		if err := s.AskReset(t.Context(), " Dana.WHITFIELD@brightwater.example", ""); err != nil {
			t.Fatal(err)
		}
		if got := owed(t, s, store.Dana); len(got) != 1 || got[0] != string(domain.PasswordResetMail) {
			t.Errorf("mails to Dana: %v", got)
		}
	})
}

// AUTH-06: a link works once, until it is replaced, runs out, the password changes, or its person loses their place.
func TestResetLinkDies(t *testing.T) {
	for _, death := range []struct {
		name string
		by   func(t *testing.T, s *store.Store, clock *storetest.Clock, token string)
	}{
		{"second use", func(t *testing.T, s *store.Store, _ *storetest.Clock, token string) {
			if _, err := s.SetPasswordByToken(t.Context(), token, fresh, ""); err != nil {
				t.Fatal(err)
			}
		}},
		{"newer link", func(t *testing.T, s *store.Store, _ *storetest.Clock, _ string) { asked(t, s, store.Owen) }},
		{"an hour", func(_ *testing.T, _ *store.Store, clock *storetest.Clock, _ string) { clock.Advance(time.Hour) }},
		{"password change", func(t *testing.T, s *store.Store, _ *storetest.Clock, _ string) {
			u, session := storetest.SignIn(t, s, store.Owen)
			err := s.ChangePassword(t.Context(), u, domain.PasswordDraft{Current: store.DemoPassword, Password: fresh}, session, "renewed", "")
			if err != nil {
				t.Fatal(err)
			}
		}},
		{"suspension", func(t *testing.T, s *store.Store, clock *storetest.Clock, _ string) {
			change(t, s, store.Owen, store.Brightwater, func(m *domain.Membership) { m.SuspendedAt = clock.Now() })
		}},
		{"removal", func(t *testing.T, s *store.Store, clock *storetest.Clock, _ string) {
			change(t, s, store.Owen, store.Brightwater, func(m *domain.Membership) { m.RemovedAt = clock.Now() })
		}},
		{"end date", func(t *testing.T, s *store.Store, clock *storetest.Clock, _ string) {
			change(t, s, store.Owen, store.Brightwater, func(m *domain.Membership) { m.EndsAt = clock.Now() })
		}},
	} {
		t.Run(death.name, func(t *testing.T) {
			atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
				token := asked(t, s, store.Owen)
				if u, err := s.ResetOf(t.Context(), token); err != nil || u.Email != store.Owen {
					t.Fatalf("a fresh link: %q, %v", u.Email, err)
				}
				death.by(t, s, clock, token)
				was := hashOf(t, s, store.Owen)
				if _, err := s.ResetOf(t.Context(), token); !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("open: %v, want ErrNotFound", err)
				}
				if _, err := s.SetPasswordByToken(t.Context(), token, "another kestrel thaw", ""); !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("use: %v, want ErrNotFound", err)
				}
				if hashOf(t, s, store.Owen) != was {
					t.Error("the password changed")
				}
			})
		})
	}
}

// AUTH-08, SESS-09: a reset signs nobody in, ends every session, forgets every browser, and tells the owner.
func TestSetPasswordByToken(t *testing.T) {
	atDemo(t, store.Limits{FreeFailures: 1, Failures: 5}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		_, device, err := s.SignIn(ctx, attempt(store.Owen, store.DemoPassword, "", ""))
		if err != nil {
			t.Fatal(err)
		}
		for range 4 { // the password is closed to strangers
			if _, _, err := s.SignIn(ctx, attempt(store.Owen, "wrong", "", "")); err == nil {
				t.Fatal("a wrong password was right")
			}
			clock.Advance(20 * time.Minute)
		}
		token := asked(t, s, store.Owen)
		var problems domain.Problems
		if _, err := s.SetPasswordByToken(ctx, token, "qwertyuiop12", ""); !errors.As(err, &problems) {
			t.Errorf("a common password: %v", err)
		}
		u, err := s.SetPasswordByToken(ctx, token, fresh, "198.51.100.1")
		if err != nil || u.Email != store.Owen {
			t.Fatalf("%q, %v", u.Email, err)
		}
		if n := sessions(t, s, store.Owen); n != 0 {
			t.Errorf("%d sessions live on", n)
		}
		if known, err := s.Knows(ctx, u.ID, device); err != nil || known {
			t.Errorf("the browser is still known, %v", err)
		}
		if got := strings.Join(owed(t, s, store.Owen), " "); got != "password_reset password_changed" {
			t.Errorf("mails to the owner: %s", got)
		}
		if _, _, err := s.SignIn(ctx, attempt(store.Owen, fresh, "", "")); err != nil {
			t.Errorf("sign in with the new password, the failures being forgotten: %v", err)
		}
	})
}

// AUTH-11: a link that differs in anything is no link; the database holds none.
func TestResetLinkIsExact(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		token := asked(t, s, store.Owen)
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || len(raw) != 32 {
			t.Fatalf("%d bytes, %v", len(raw), err)
		}
		raw[5] ^= 1
		last := strings.Replace("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", token[42:], "", 1)
		for _, bad := range []string{
			"", token[:42], token + "A", token + "=", " " + token, strings.ToUpper(token), strings.ToLower(token),
			base64.RawURLEncoding.EncodeToString(raw), token[:42] + last[:1], store.HashSecret(token),
		} {
			if _, err := s.SetPasswordByToken(t.Context(), bad, fresh, ""); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%q: %v, want ErrNotFound", bad, err)
			}
		}
		if n, err := s.Number(t.Context(), "select count(*) from tokens where hash = $1 or id = $1", token); err != nil || n != 0 {
			t.Errorf("the database holds the secret: %d, %v", n, err)
		}
		if _, err := s.SetPasswordByToken(t.Context(), token, fresh, ""); err != nil {
			t.Errorf("the link itself: %v", err)
		}
	})
}

// AUTH-06: many at once with one link set one password.
func TestResetLinkWorksOnceAtOnce(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		token := asked(t, s, store.Owen)
		var wg sync.WaitGroup
		var set atomic.Int32
		for range 8 {
			wg.Go(func() {
				_, err := s.SetPasswordByToken(t.Context(), token, fresh, "")
				switch {
				case err == nil:
					set.Add(1)
				case !errors.Is(err, domain.ErrNotFound):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if set.Load() != 1 || len(owed(t, s, store.Owen)) != 2 {
			t.Errorf("set %d times, mails %v", set.Load(), owed(t, s, store.Owen))
		}
	})
}

// MSG-09: one address gets few mails, whoever asks; the answer does not change. One place can ask only so much.
func TestResetCaps(t *testing.T) {
	atDemo(t, store.Limits{ResetsPerPlace: 5}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		for _, from := range []string{"198.51.100.1", "198.51.100.2", "2001:db8::1", "2001:db8:1::1", "", "198.51.100.3"} {
			if err := s.AskReset(t.Context(), store.Dana, from); err != nil {
				t.Errorf("from %s: %v", from, err)
			}
		}
		if got := owed(t, s, store.Dana); len(got) != 3 {
			t.Errorf("%d mails, want 3", len(got))
		}
		clock.Advance(time.Hour)
		for i := range 6 {
			// One /64 is one place.
			err := s.AskReset(t.Context(), "somebody@else.example", "2001:db8:7:7::"+string(rune('a'+i)))
			if (i == 5) != errors.Is(err, domain.ErrTooMany) {
				t.Errorf("%d: %v", i, err)
			}
		}
		asked(t, s, store.Dana)
		if got := owed(t, s, store.Dana); len(got) != 4 {
			t.Errorf("%d mails after the window, want 4", len(got))
		}
	})
}

func hashOf(t *testing.T, s *store.Store, email string) string {
	t.Helper()
	u, err := s.PersonByEmail(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	return u.PasswordHash
}
