package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var founding = domain.SetupDraft{
	Company: "Nørdlicht Häuser & Co.", Country: "US", FirstName: "Ruben", LastName: "Castellanos", Email: "Ruben@nordlicht.example",
	Phone: "+15035550142", Language: "en", TimeZone: "America/Los_Angeles", Password: "copper lantern 8 orbit",
}

// C6, C7: the set-up link makes the partner and its first Master, once; before that nobody is there to get in.
func TestSetup(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			ctx := t.Context()
			clock := storetest.NewClock(today)
			s := storetest.Open(t, engine, storetest.WithClock(clock))
			if needed, err := s.NeedsSetup(ctx); err != nil || !needed {
				t.Fatalf("an empty database needs no set-up: %v", err)
			}
			link := func() string {
				t.Helper()
				token, err := s.SetupToken(ctx)
				if err != nil || len(token) < 43 {
					t.Fatalf("%q, %v", token, err)
				}
				return token
			}
			refused := func(name, token string) {
				t.Helper()
				if err := s.CheckSetupToken(ctx, token); !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("open %s: %v, want ErrNotFound", name, err)
				}
				if _, _, err := s.CreateFirstAccount(ctx, token, founding, ""); !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("use %s: %v, want ErrNotFound", name, err)
				}
			}
			older := link()
			refused("no link", "")
			refused("garbage", "garbage")
			late := link()
			refused("an older link", older)
			clock.Advance(24 * time.Hour)
			refused("a link of yesterday", late)

			token := link()
			var problems domain.Problems
			_, _, err := s.CreateFirstAccount(ctx, token, domain.SetupDraft{Email: "a@b@c", Phone: "503", Country: "XX", Password: "passwordpassword", TimeZone: "../etc"}, "")
			if !errors.As(err, &problems) {
				t.Fatal(err)
			}
			for _, field := range []string{"company", "country", "first_name", "last_name", "email", "phone", "language", "time_zone", "password"} {
				if problems[field].Code == "" {
					t.Errorf("nothing is wrong with %s: %v", field, problems)
				}
			}
			a, u, err := s.CreateFirstAccount(ctx, token, founding, "198.51.100.1")
			if err != nil || a.Slug != "nordlicht-hauser-co" || a.Kind != domain.Partner || u.Email != "ruben@nordlicht.example" {
				t.Fatalf("%+v %+v, %v", a, u, err)
			}
			refused("a used link", token)
			if again, err := s.SetupToken(ctx); err != nil || again != "" {
				t.Errorf("another link after the set-up: %q, %v", again, err)
			}
			if needed, err := s.NeedsSetup(ctx); err != nil || needed {
				t.Errorf("still needs a set-up: %v", err)
			}
			if _, _, err := s.SignIn(ctx, attempt(u.Email, founding.Password, "", "")); err != nil {
				t.Errorf("sign in: %v", err)
			}
			if by := storetest.As(t, s, u.Email, a.Slug); by.Role.ID != domain.RoleMaster || !by.Scope.AccountWide() {
				t.Errorf("the first one is %+v", by)
			}
			kinds, err := s.Texts(ctx, "select kind from events where account_id = $1 and kind <> 'person.signed_in' order by kind", a.ID)
			if err != nil || len(kinds) != 2 || kinds[0] != string(domain.AccountCreated) || kinds[1] != string(domain.InviteAccepted) {
				t.Errorf("the history is %v, %v", kinds, err)
			}
		})
	}
}

// Many at once with the set-up link make one partner.
func TestSetupAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		token, err := s.SetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var made atomic.Int32
		for range 6 {
			wg.Go(func() {
				_, _, err := s.CreateFirstAccount(t.Context(), token, founding, "")
				switch {
				case err == nil:
					made.Add(1)
				case !errors.Is(err, domain.ErrNotFound):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n, err := s.Number(t.Context(), "select count(*) from accounts"); err != nil || n != 1 || made.Load() != 1 {
			t.Errorf("%d accounts, %d answers, %v", n, made.Load(), err)
		}
	})
}

// A link that was printed before somebody else filled the database opens nothing.
func TestSetupLinkOfAFilledDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		token, err := s.SetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.CheckSetupToken(t.Context(), token); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("open: %v, want ErrNotFound", err)
		}
		if _, _, err := s.CreateFirstAccount(t.Context(), token, founding, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("use: %v, want ErrNotFound", err)
		}
	})
}
