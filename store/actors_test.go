package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TEN-04: an account that is not there and one the person has no place in are the same, and so is a dead session.
func TestActor(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		ctx := t.Context()
		ingrid := storetest.As(t, s, store.Ingrid, store.Brightwater)
		if ingrid.User.Email != store.Ingrid || ingrid.Account.Name != "Brightwater Energy" || ingrid.Role.ID != domain.RoleAdmin ||
			len(ingrid.Scope.SiteIDs()) != 3 || ingrid.Scope.AccountWide() || ingrid.From != "203.0.113.9" || ingrid.Membership == "" {
			t.Errorf("Ingrid is %+v", ingrid)
		}
		if dana := storetest.As(t, s, store.Dana, "BrightWater"); !dana.Scope.AccountWide() || !dana.Can(domain.CreateInvites) {
			t.Errorf("Dana is %+v", dana)
		}
		if nora := storetest.As(t, s, store.Nora, store.Northgate); nora.Role.ID != domain.RoleMaster || nora.Account.Kind != domain.Partner {
			t.Errorf("Nora is %+v", nora)
		}
		_, hash := storetest.SignIn(t, s, store.Dana)
		for _, who := range [][2]string{
			{hash, store.Larkspur}, {hash, store.Cobalt}, {hash, store.Northgate}, {hash, "nowhere"}, {hash, ""}, {hash, "%"}, {"dead", store.Brightwater}, {"", store.Brightwater},
		} {
			by, err := s.Actor(ctx, who[0], who[1], "")
			if !errors.Is(err, domain.ErrNotFound) || by.User.ID != "" || by.Account.ID != "" {
				t.Errorf("%q: %+v, %v, want ErrNotFound", who, by, err)
			}
		}
	})
}

// SESS-07, SESS-08: what changes about somebody is in force at the next request.
func TestActorIsReadAnew(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u, hash := storetest.SignIn(t, s, store.Rosa)
		id := storetest.As(t, s, store.Rosa, store.Brightwater).Account.ID
		now := func() (domain.Actor, error) { return s.Actor(t.Context(), hash, store.Brightwater, "") }
		site := storetest.As(t, s, store.Owen, store.Brightwater).Scope
		change(t, s, store.Rosa, store.Brightwater, func(m *domain.Membership) { m.Role, m.Scope = domain.RoleUser, site })
		by, err := now()
		if err != nil || by.Can(domain.EditUsers) || !by.Scope.Equal(site) {
			t.Errorf("demoted: %v %v, %v", by.Role.ID, by.Scope, err)
		}
		for name, away := range map[string]func(*domain.Membership){
			"suspended":    func(m *domain.Membership) { m.SuspendedAt = clock.Now() },
			"ended":        func(m *domain.Membership) { m.EndsAt = clock.Now() },
			"not accepted": func(m *domain.Membership) { m.AcceptedAt = time.Time{} },
			"a guest":      func(m *domain.Membership) { m.Kind = domain.KindGuest },
		} {
			// A second place keeps the session alive: what ends is the access here.
			before := place(t, s, store.Rosa, store.Brightwater)
			change(t, s, store.Rosa, store.Brightwater, away)
			if by, err := now(); !errors.Is(err, domain.ErrNotFound) || by.User.ID != "" {
				t.Errorf("%s: %+v, %v", name, by, err)
			}
			if by, err := s.ActorOf(t.Context(), u.ID, id); err != nil || by.User.ID != "" {
				t.Errorf("%s, inside a change: %+v, %v, want the zero Actor", name, by, err)
			}
			in, err := s.AccountsOf(t.Context(), u.ID)
			if err != nil || len(in) != 0 {
				t.Errorf("%s: the switcher has %v, %v", name, in, err)
			}
			change(t, s, store.Rosa, store.Brightwater, func(m *domain.Membership) { version := m.Version; *m = before; m.Version = version })
			_, hash = storetest.SignIn(t, s, store.Rosa)
			if _, err := now(); err != nil {
				t.Errorf("%s, undone: %v", name, err)
			}
		}
		if by, err := s.ActorOf(t.Context(), u.ID, id); err != nil || by.Role.ID != domain.RoleUser || !by.Scope.Equal(site) {
			t.Errorf("inside a change: %+v, %v", by, err)
		}
	})
}

// INV-18: a suspended account admits nobody, and says so to its own people only.
func TestActorOfASuspendedAccount(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		dana, hash := storetest.SignIn(t, s, store.Dana)
		_, foreign := storetest.SignIn(t, s, store.Cora)
		id := storetest.As(t, s, store.Dana, store.Brightwater).Account.ID
		if err := s.Exec(t.Context(), "update accounts set suspended_at = 1 where id = $1", id); err != nil {
			t.Fatal(err)
		}
		if by, err := s.Actor(t.Context(), hash, store.Brightwater, ""); !errors.Is(err, domain.ErrAccountSuspended) || by.Account.Name != "Brightwater Energy" || by.Can(domain.Enter) {
			t.Errorf("Dana: %+v, %v", by, err)
		}
		if _, err := s.Actor(t.Context(), foreign, store.Brightwater, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("somebody else: %v, want ErrNotFound", err)
		}
		in, err := s.AccountsOf(t.Context(), dana.ID)
		if err != nil || len(in) != 1 || in[0].Account.SuspendedAt.IsZero() {
			t.Errorf("the switcher has %+v, %v", in, err)
		}
	})
}

// The SQL that decides who is active and domain.Membership.Active agree on every membership of the demo.
func TestActiveAgreesWithDomain(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		for _, ahead := range []time.Duration{0, 39 * 24 * time.Hour, 54 * 24 * time.Hour, 400 * 24 * time.Hour} {
			clock.Advance(ahead)
			active, err := s.ActiveIDs(t.Context())
			if err != nil || len(active) < 40 {
				t.Fatalf("%d are active, %v", len(active), err)
			}
			everyone, err := s.Everyone(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range everyone {
				if slices.Contains(active, m.ID) != m.Active(clock.Now()) {
					t.Errorf("%s at %v: SQL says %v, domain %s", m.Email, clock.Now(), slices.Contains(active, m.ID), m.State(clock.Now()))
				}
			}
		}
	})
}

// Finding out who is asking is one statement, on every request, and scans nothing.
func TestActorIsOneQuery(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			type asked struct {
				sql  string
				args []any
			}
			var statements []asked
			s := storetest.OpenDemo(t, engine, func(c *store.Config) {
				c.Trace = func(sql string, args []any) { statements = append(statements, asked{sql, args}) }
			})
			if engine == "postgres" {
				// Without statistics it takes any index of so small a table for as good as any other.
				if err := s.Exec(t.Context(), "analyze"); err != nil {
					t.Fatal(err)
				}
			}
			u, hash := storetest.SignIn(t, s, store.Ingrid)
			for _, ask := range []struct {
				name string
				ask  func() error
				most int
			}{
				{"Actor", func() error { _, err := s.Actor(t.Context(), hash, store.Brightwater, ""); return err }, 2}, // and the roles the account has made
				{"Session", func() error { _, _, err := s.Session(t.Context(), hash, true); return err }, 1},
				{"AccountsOf", func() error { _, err := s.AccountsOf(t.Context(), u.ID); return err }, 1},
				{"SessionsOf", func() error { _, err := s.SessionsOf(t.Context(), u.ID); return err }, 1},
				{"StartSession", func() error { storetest.SignIn(t, s, store.Ingrid); return nil }, 100},
				{"AskReset", func() error { return s.AskReset(t.Context(), store.Noor, "") }, 100},
				{"EventsOf", func() error {
					_, _, err := s.EventsOf(t.Context(), domain.Actor{Account: domain.Account{ID: "a"}}, "x", "", 20)
					return err
				}, 1},
			} {
				statements = nil
				if err := ask.ask(); err != nil {
					t.Fatal(err)
				}
				got := slices.Clone(statements)
				if len(got) == 0 || len(got) > ask.most {
					t.Errorf("%s asks %d times, want at most %d", ask.name, len(got), ask.most)
				}
				for _, q := range got {
					if strings.HasPrefix(q.sql, "select") {
						storetest.NoScan(t, s, q.sql, q.args, "memberships", "users", "events", "sessions", "accounts", "grants", "tokens")
					}
				}
			}
		})
	}
}
