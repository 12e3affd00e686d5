package store_test

import (
	"errors"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// AUTH-17, AUTH-20: what one person does with their second factor leaves everybody else's alone.
func TestAUTH17_FactorsOfTwoPeopleStayApart(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		starting := func(email string) (domain.User, string) {
			t.Helper()
			u, session := storetest.SignIn(t, s, email)
			must(t, s.StartApp(ctx, u))
			return u, session
		}
		dana, danaHere := starting(store.Dana)
		rosa, rosaHere := starting(store.Rosa)
		owen, _ := starting(store.Owen)
		secrets := map[string]string{}
		for _, u := range []domain.User{dana, rosa, owen} {
			secret, err := s.WaitingApp(ctx, u)
			must(t, err)
			secrets[u.ID] = secret
		}
		if _, err := s.ConfirmApp(ctx, dana, codeAt(t, secrets[rosa.ID], s.Now()), danaHere, store.NewSecret(), ""); !codeIsWrong(err) {
			t.Errorf("Rosa's code confirms Dana's app: %v", err)
		}
		danaCodes, err := s.ConfirmApp(ctx, dana, codeAt(t, secrets[dana.ID], s.Now()), danaHere, store.NewSecret(), "")
		must(t, err)
		if again, err := s.WaitingApp(ctx, rosa); err != nil || again != secrets[rosa.ID] {
			t.Errorf("Rosa's app does not wait any more: %v", err)
		}
		_, err = s.ConfirmApp(ctx, rosa, codeAt(t, secrets[rosa.ID], s.Now()), rosaHere, store.NewSecret(), "")
		must(t, err)

		// Both pass within one step of the clock, each with their own code and with nobody else's.
		clock.Advance(time.Minute)
		danasCode, rosasCode := codeAt(t, secrets[dana.ID], s.Now()), codeAt(t, secrets[rosa.ID], s.Now())
		if _, _, err := s.PassFactor(ctx, passing(halfway(t, s, store.Rosa), danasCode, false)); !codeIsWrong(err) {
			t.Errorf("Rosa with Dana's code: %v", err)
		}
		if _, _, err := s.PassFactor(ctx, passing(halfway(t, s, store.Rosa), danaCodes[0], true)); !codeIsWrong(err) {
			t.Errorf("Rosa with a recovery code of Dana's: %v", err)
		}
		for email, code := range map[string]string{store.Dana: danasCode, store.Rosa: rosasCode} {
			if _, _, err := s.PassFactor(ctx, passing(halfway(t, s, email), code, false)); err != nil {
				t.Errorf("%s with their own code: %v", email, err)
			}
		}

		// What goes is one person's.
		must(t, s.RemoveApp(ctx, rosa, ""))
		if n, err := s.RecoveryLeft(ctx, rosa); err != nil || n != 0 {
			t.Errorf("%d recovery codes without an app, %v", n, err)
		}
		if n, err := s.RecoveryLeft(ctx, dana); err != nil || n != domain.RecoveryCodes {
			t.Errorf("Dana has %d recovery codes after Rosa's app is gone, %v", n, err)
		}
		if again, err := s.WaitingApp(ctx, owen); err != nil || again != secrets[owen.ID] {
			t.Errorf("Owen's app does not wait after Rosa's is gone: %v", err)
		}
		starting(store.Samuel)
		if again, err := s.WaitingApp(ctx, owen); err != nil || again != secrets[owen.ID] {
			t.Errorf("Owen's app does not wait after Samuel has begun: %v", err)
		}
		clock.Advance(time.Minute)
		if _, _, err := s.PassFactor(ctx, passing(halfway(t, s, store.Dana), codeAt(t, secrets[dana.ID], s.Now()), false)); err != nil {
			t.Errorf("Dana's app is gone with Rosa's: %v", err)
		}
	})
}

// A06: where the account demands a second factor, who has none is known and may nothing there.
func TestActorMustEnrol(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		_, hash := storetest.SignIn(t, s, store.Samuel)
		if _, err := s.Actor(t.Context(), hash, store.Brightwater, ""); err != nil {
			t.Errorf("where none is demanded: %v", err)
		}
		storetest.Exec(t, s, "update accounts set second_factor = '"+string(domain.FactorForAll)+"', second_factor_from = 1 where slug = '"+store.Brightwater+"'")
		if _, err := s.Actor(t.Context(), hash, store.Brightwater, ""); !errors.Is(err, domain.ErrMustEnrol) {
			t.Errorf("where one is demanded: %v", err)
		}
		storetest.Exec(t, s, "update users set app_at = 1 where lower(email) = '"+store.Samuel+"'")
		if _, err := s.Actor(t.Context(), hash, store.Brightwater, ""); err != nil {
			t.Errorf("who has one: %v", err)
		}
	})
}

// RACE-06, SESS-08: who is out cannot begin a change; a version speaks of one row.
func TestChangesAskWhoIsThere(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		dana, rosa := storetest.As(t, s, store.Dana, store.Brightwater), storetest.As(t, s, store.Rosa, store.Brightwater)
		var ids []string
		version := 0
		page, err := s.Users(ctx, dana, store.Query{Search: "samuel"})
		must(t, err)
		for _, m := range page.Rows {
			ids, version = append(ids, m.ID), m.Version
		}
		other, err := s.Users(ctx, dana, store.Query{Search: "leonard"})
		must(t, err)
		if len(ids) != 1 || len(other.Rows) != 1 {
			t.Fatalf("%d and %d people", len(ids), len(other.Rows))
		}
		two := store.Chosen{IDs: append(ids, other.Rows[0].ID), Version: version}
		if _, err := s.Suspend(ctx, dana, two); !errors.Is(err, domain.ErrStale) {
			t.Errorf("a version for two rows: %v", err)
		}
		if _, err := s.Suspend(ctx, dana, store.Chosen{IDs: ids, Version: version + 1}); !errors.Is(err, domain.ErrStale) {
			t.Errorf("another version: %v", err)
		}
		draft := domain.InviteDraft{FirstName: "New", LastName: "Person", Email: "new@brightwater.example", Role: "user", Scope: []string{domain.WholeAccount}}
		storetest.Exec(t, s, "update memberships set removed_at = 1 where id = '"+rosa.Membership+"'")
		if _, err := s.CreateInvite(ctx, rosa, draft); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("an offer of somebody who is out: %v", err)
		}
		if _, err := s.Suspend(ctx, rosa, store.Chosen{IDs: ids}); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a change by somebody who is out: %v", err)
		}
	})
}

// AUTH-14, AUTH-15: a browser is known for its own person. With it nobody gets past the wait for somebody else's password.
func TestAUTH15_AKnownBrowserIsOnePersons(t *testing.T) {
	atDemo(t, store.Limits{FreeFailures: 3, Failures: 10, FailuresPerPlace: 1000}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		_, owens, err := s.SignIn(t.Context(), attempt(store.Owen, store.DemoPassword, "", "203.0.113.1"))
		must(t, err)
		try := func(password, device string) error {
			_, _, err := s.SignIn(t.Context(), attempt(store.Dana, password, device, "203.0.113.1"))
			return err
		}
		for range 8 {
			if err := try("wrong", ""); err == nil {
				t.Fatal("a wrong password was right")
			}
		}
		if err := try(store.DemoPassword, owens); !errors.Is(err, domain.ErrTooMany) {
			t.Errorf("Dana's password from Owen's browser: %v, want ErrTooMany", err)
		}
	})
}

// A secret in the database is of use in its own row alone: in another person's it opens nothing.
func TestASealedSecretIsOfOnePerson(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		dana, _ := storetest.SignIn(t, s, store.Dana)
		rosa, _ := storetest.SignIn(t, s, store.Rosa)
		must(t, s.StartApp(t.Context(), dana))
		must(t, s.StartApp(t.Context(), rosa))
		storetest.Exec(t, s, "update authenticators set secret = (select secret from authenticators where user_id = $1) where user_id = $2", rosa.ID, dana.ID)
		if secret, err := s.WaitingApp(t.Context(), dana); err == nil {
			t.Errorf("somebody else's secret is read as %q", secret)
		}
		if _, err := s.WaitingApp(t.Context(), rosa); err != nil {
			t.Error(err)
		}
	})
}
