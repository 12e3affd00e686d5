package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// newAddress asks for another address of Dana and gives the links to confirm and to stop it.
func newAddress(t *testing.T, s *store.Store, to string) (confirm, stop string) {
	t.Helper()
	u, err := s.PersonByEmail(t.Context(), store.Dana)
	must(t, err)
	must(t, s.AskEmail(t.Context(), u, domain.EmailDraft{Email: to}, "203.0.113.9"))
	stops := links(t, s, domain.EmailNoticeMail)
	if confirms := links(t, s, domain.EmailConfirmMail); len(confirms) > 0 {
		confirm = confirms[len(confirms)-1]
	}
	return confirm, stops[len(stops)-1]
}

// C6: another address counts once it is confirmed from there; then the memberships follow, and what was mailed to the old
// one is dead (AUTH-06).
func TestChangeOfAddress(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		const fresh = "d.whitfield@brightwater.example"
		must(t, s.AskReset(ctx, store.Dana, "203.0.113.9"))
		reset := links(t, s, domain.PasswordResetMail)[0]
		storetest.SignIn(t, s, store.Dana)
		storetest.SignIn(t, s, store.Dana)
		disown := links(t, s, domain.NewDeviceMail)[0]

		confirm, stop := newAddress(t, s, "D.Whitfield@Brightwater.Example")
		if c, err := s.EmailChangeOf(ctx, confirm); err != nil || c.To != fresh || c.User.Email != store.Dana {
			t.Errorf("the link confirms %+v, %v", c, err)
		}
		if c, err := s.EmailStopOf(ctx, stop); err != nil || c.To != fresh {
			t.Errorf("the link stops %+v, %v", c, err)
		}
		if _, err := s.EmailChangeOf(ctx, stop); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the link that stops confirms: %v", err)
		}
		_, _, err := s.SignIn(ctx, attempt(store.Dana, store.DemoPassword, "", ""))
		must(t, err) // nothing has changed yet

		u, err := s.ConfirmEmail(ctx, confirm, "203.0.113.9")
		if err != nil || u.Email != fresh {
			t.Fatalf("%q, %v", u.Email, err)
		}
		_, _, err = s.SignIn(ctx, attempt(fresh, store.DemoPassword, "", ""))
		must(t, err)
		if _, _, err := s.SignIn(ctx, attempt(store.Dana, store.DemoPassword, "", "")); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old address signs in: %v", err)
		}
		by := storetest.As(t, s, fresh, store.Brightwater)
		page, err := s.Users(ctx, by, store.Query{Search: "d.whitfield"})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Email != fresh {
			t.Errorf("the list has %+v, %v", page.Rows, err)
		}
		if _, err := s.ResetOf(ctx, reset); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("AUTH-06: a reset mailed to the old address works: %v", err)
		}
		if _, err := s.SignInOf(ctx, disown); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a link mailed to the old address works: %v", err)
		}
		for _, link := range []string{confirm, stop} {
			if _, err := s.ConfirmEmail(ctx, link, ""); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("a link works twice: %v", err)
			}
		}
		if _, _, err := s.StopEmail(ctx, stop, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("it is stopped after it was confirmed: %v", err)
		}
		to, err := s.Texts(ctx, "select recipient from deliveries where kind = 'email_changed'")
		if err != nil || !slices.Equal(to, []string{store.Dana}) {
			t.Errorf("told %v, %v", to, err)
		}
	})
}

func TestChangeOfAddressIsRefused(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		u, err := s.PersonByEmail(ctx, store.Dana)
		must(t, err)
		var problems domain.Problems
		for typed, code := range map[string]string{"": "required", "no address": "email", " DANA.Whitfield@brightwater.example ": "email_same", "a@b.example, c@d.example": "email"} {
			if err := s.AskEmail(ctx, u, domain.EmailDraft{Email: typed}, ""); !errors.As(err, &problems) || problems["email"].Code != code {
				t.Errorf("%q: %v, want %s", typed, err, code)
			}
		}
		// To somebody else's address nothing is mailed, and who asks learns nothing (AUTH-04).
		if confirm, _ := newAddress(t, s, store.Jonas); confirm != "" {
			t.Error("a link went to somebody else's address")
		}
		// A newer one kills the one before.
		old, oldStop := newAddress(t, s, "one@brightwater.example")
		clock.Advance(time.Second)
		newAddress(t, s, "two@brightwater.example")
		if _, err := s.ConfirmEmail(ctx, old, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the older link: %v", err)
		}
		if _, _, err := s.StopEmail(ctx, oldStop, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the older stop: %v", err)
		}
		// MSG-09: one address is written to three times an hour, whoever asks.
		var wait *domain.Wait
		for range 2 {
			clock.Advance(time.Second)
			must(t, s.AskEmail(ctx, u, domain.EmailDraft{Email: "three@brightwater.example"}, ""))
		}
		must(t, s.AskEmail(ctx, u, domain.EmailDraft{Email: "three@brightwater.example"}, ""))
		if err := s.AskEmail(ctx, u, domain.EmailDraft{Email: "three@brightwater.example"}, ""); !errors.As(err, &wait) {
			t.Errorf("a fourth mail to one address: %v", err)
		}
		clock.Advance(time.Hour)
		confirm, _ := newAddress(t, s, "two@brightwater.example")
		// An invite to the address in the same company is in the way; when it is gone, it is not.
		clock.Advance(time.Hour)
		taken, _ := newAddress(t, s, store.Noor)
		if _, err := s.ConfirmEmail(ctx, taken, ""); !errors.As(err, &problems) || problems["email"].Code != "email_in_account" {
			t.Errorf("an address with an invite: %v", err)
		}
		storetest.Exec(t, s, "update memberships set removed_at = 1 where email = '"+store.Noor+"'")
		if _, err := s.ConfirmEmail(ctx, taken, ""); err != nil {
			t.Errorf("once the invite is gone: %v", err)
		}
		if _, err := s.ConfirmEmail(ctx, confirm, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("an older link after all: %v", err)
		}
	})
}

// The old address can stop it: then nothing changes, and whoever knew the password is out.
func TestStopAChangeOfAddress(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		_, session := storetest.SignIn(t, s, store.Dana)
		confirm, stop := newAddress(t, s, "eve@elsewhere.example")
		u, reset, err := s.StopEmail(ctx, stop, "203.0.113.9")
		if err != nil || u.Email != store.Dana || reset == "" {
			t.Fatalf("%q, %v", u.Email, err)
		}
		if _, err := s.ConfirmEmail(ctx, confirm, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("confirmed after it was stopped: %v", err)
		}
		if _, _, err := s.Session(ctx, session, true); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a session is left: %v", err)
		}
		if _, err := s.ResetOf(ctx, reset); err != nil {
			t.Errorf("the way to a new password: %v", err)
		}
		clock.Advance(time.Hour)
		_, err = s.SetPasswordByToken(ctx, reset, "seven quiet herons", "")
		if !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the reset works for ever: %v", err)
		}
		confirm, _ = newAddress(t, s, "eve@elsewhere.example")
		clock.Advance(24*time.Hour + time.Second)
		if _, err := s.ConfirmEmail(ctx, confirm, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("after a day: %v", err)
		}
	})
}
