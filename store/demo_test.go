package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// The demo has every state a screen can show, is told apart from Larkspur's, and is there at once.
func TestDemo(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			clock := storetest.NewClock(today)
			s := storetest.Open(t, engine, storetest.WithClock(clock))
			start := time.Now()
			if err := s.LoadDemo(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Logf("loaded in %v", time.Since(start))
			if err := s.LoadDemo(t.Context()); !errors.Is(err, store.ErrNotEmpty) {
				t.Errorf("a second time: %v, want ErrNotEmpty", err)
			}

			states, mails, weeks, people := map[domain.State]int{}, map[domain.MailState]int{}, map[int]int{}, 0
			id := storetest.As(t, s, store.Dana, store.Brightwater).Account.ID
			everyone, err := s.Everyone(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range everyone {
				if m.AccountID != id {
					continue
				}
				states[m.State(today)]++
				if m.AcceptedAt.IsZero() {
					mails[m.Mail.State]++
				} else {
					people++
				}
				if week := int(today.Sub(m.SentAt).Hours()) / 24 / 7; week < 12 {
					weeks[week]++
				}
				if m.SentAt.After(today) || m.AcceptedAt.After(today) || m.LastSignInAt.After(today) || m.SuspendedAt.After(today) {
					t.Errorf("%s lives in the future: %+v", m.Email, m)
				}
				if m.State(today) == domain.StatePending && !m.NextReminder().After(today) {
					t.Errorf("%s is owed a reminder at once", m.Email)
				}
				if m.State(today) == domain.StateExpired && !m.ExpiryTold {
					t.Errorf("%s expired unnoticed", m.Email)
				}
			}
			for _, state := range []domain.State{domain.StatePending, domain.StateExpired, domain.StateRevoked, domain.StateAccepted, domain.StateSuspended} {
				if states[state] == 0 {
					t.Errorf("nobody is %s", state)
				}
			}
			for _, state := range []domain.MailState{domain.MailQueued, domain.MailSent, domain.MailFailed, domain.MailNotMailed} {
				if mails[state] == 0 {
					t.Errorf("no mail is %s", state)
				}
			}
			if people != 44 || states[domain.StatePending] != 11 || len(weeks) != 12 {
				t.Errorf("%d people, %v, sent per week %v", people, states, weeks)
			}
		})
	}
}

// TEN-13: Larkspur carries its canary in every text, and nobody else's rows do.
func TestDemoCanary(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		lars := storetest.As(t, s, store.Lars, store.Larkspur)
		for table, columns := range map[string]string{
			"accounts": "a.name", "sites": "a.name || a.code || a.address", "memberships": "a.email || a.first_name || a.last_name || a.message || a.mail_error",
		} {
			owner := "account_id"
			if table == "accounts" {
				owner = "id"
			}
			for account, want := range map[string]bool{"=": true, "<>": false} {
				found, err := s.Texts(t.Context(), "select "+columns+" from "+table+" a where a."+owner+account+"$1", lars.Account.ID)
				if err != nil || len(found) == 0 {
					t.Fatalf("%v, %v", found, err)
				}
				for _, v := range found {
					if strings.Contains(strings.ToLower(v), strings.ToLower(store.Canary)) != want {
						t.Errorf("%s: %q", table, v)
					}
				}
			}
		}
	})
}

// The three sign-ins that are printed at the start work with the printed password.
func TestDemoSignIns(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		for email, where := range map[string]struct {
			account string
			role    domain.RoleID
		}{
			store.DemoAdmin:    {store.Brightwater, domain.RoleAdmin},
			store.DemoDeployer: {store.Brightwater, domain.RoleDeployer},
			store.DemoSupport:  {store.Northgate, domain.RoleOperator},
		} {
			u, _, err := s.SignIn(t.Context(), attempt(email, store.DemoPassword, "", ""))
			if err != nil {
				t.Fatalf("%s: %v", email, err)
			}
			in, err := s.AccountsOf(t.Context(), u.ID)
			if err != nil || len(in) != 1 || in[0].Account.Slug != where.account || in[0].Role.ID != where.role {
				t.Errorf("%s is in %+v, %v", email, in, err)
			}
		}
		priya, err := s.PersonByEmail(t.Context(), store.Priya)
		if err != nil {
			t.Fatal(err)
		}
		if in, err := s.AccountsOf(t.Context(), priya.ID); err != nil || len(in) != 2 || in[0].Account.Slug != store.Brightwater {
			t.Errorf("Priya's switcher has %+v, %v", in, err)
		}
	})
}
