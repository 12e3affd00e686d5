package store_test

import (
	"errors"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// A challenge is ours for one purpose and person, for ten minutes, and used once.
func TestChallenge(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		c := s.Challenge(store.PasskeyMaking, "u")
		flipped := append([]byte{}, c...)
		flipped[3] ^= 1
		later := append([]byte{}, c...)
		later[16] ^= 1
		for what, got := range map[string]bool{
			"another purpose": s.OurChallenge(c, store.PasskeySignIn, "u"), "another person": s.OurChallenge(c, store.PasskeyMaking, "v"),
			"a flipped bit": s.OurChallenge(flipped, store.PasskeyMaking, "u"), "a later end": s.OurChallenge(later, store.PasskeyMaking, "u"),
			"a part": s.OurChallenge(c[:55], store.PasskeyMaking, "u"), "nothing": s.OurChallenge(nil, store.PasskeyMaking, "u"),
		} {
			if got {
				t.Errorf("%s is taken for ours", what)
			}
		}
		if !s.OurChallenge(c, store.PasskeyMaking, "u") {
			t.Error("ours is not")
		}
		clock.Advance(10*time.Minute + time.Second)
		if s.OurChallenge(c, store.PasskeyMaking, "u") {
			t.Error("it holds for ever")
		}
	})
}

// A passkey belongs to one person, signs in with a challenge once, and is gone when it is removed.
func TestPasskeys(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		u, session := storetest.SignIn(t, s, store.Dana)
		_, other := storetest.SignIn(t, s, store.Dana)
		rosa, theirs := storetest.SignIn(t, s, store.Rosa)
		made := store.NewPasskey{Name: "Laptop", ID: []byte("one"), Credential: "{}", Challenge: s.Challenge(store.PasskeyMaking, u.ID)}
		must(t, s.AddPasskey(ctx, u, made, session, "renewed", "203.0.113.9"))
		for hash, want := range map[string]error{session: domain.ErrNotFound, other: domain.ErrNotFound, "renewed": nil} {
			if _, _, err := s.Session(ctx, hash, true); !errors.Is(err, want) {
				t.Errorf("session %s: %v, want %v", hash, err, want)
			}
		}
		if err := s.AddPasskey(ctx, u, store.NewPasskey{Name: "Again", ID: []byte("two"), Credential: "{}", Challenge: made.Challenge}, "renewed", "r2", ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a challenge used twice: %v", err)
		}
		var refusal *domain.Refusal
		if err := s.AddPasskey(ctx, rosa, store.NewPasskey{Name: "Mine", ID: []byte("one"), Credential: "{}", Challenge: s.Challenge("", "")}, theirs, "r3", ""); !errors.As(err, &refusal) || refusal.Code != "passkey_known" {
			t.Errorf("one credential for two: %v", err)
		}
		halfway(t, s, store.Dana) // the password alone does not do any more
		keys, err := s.PasskeysOf(ctx, u.ID)
		if err != nil || len(keys) != 1 || keys[0].Name != "Laptop" {
			t.Fatalf("the list is %+v, %v", keys, err)
		}
		shown := store.Shown{Passkey: keys[0], Challenge: s.Challenge(store.PasskeySignIn, ""), Start: store.Start{Hash: "in"}}
		who, _, err := s.SignInByPasskey(ctx, shown)
		if err != nil || who.ID != u.ID {
			t.Fatalf("signs in %q, %v", who.Email, err)
		}
		shown.Start.Hash = "again"
		if _, _, err := s.SignInByPasskey(ctx, shown); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the answer again: %v", err)
		}
		if _, err := s.Passkey(ctx, rosa, keys[0].ID); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("somebody else's: %v", err)
		}
		if err := s.RemovePasskey(ctx, rosa, keys[0].ID, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("remove somebody else's: %v", err)
		}
		must(t, s.RemovePasskey(ctx, u, keys[0].ID, ""))
		shown.Challenge = s.Challenge(store.PasskeySignIn, "")
		if _, _, err := s.SignInByPasskey(ctx, shown); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a removed one: %v", err)
		}
		_, _, err = s.SignIn(ctx, attempt(store.Dana, store.DemoPassword, "", ""))
		must(t, err)
		storetest.Exec(t, s, "update memberships set suspended_at = 1 where removed_at = 0 and email = '"+store.Rosa+"'")
		must(t, s.AddPasskey(ctx, rosa, store.NewPasskey{Name: "Mine", ID: []byte("three"), Credential: "{}", Challenge: s.Challenge(store.PasskeyMaking, rosa.ID)}, theirs, "r4", ""))
		keys, err = s.PasskeysOf(ctx, rosa.ID)
		must(t, err)
		if _, _, err := s.SignInByPasskey(ctx, store.Shown{Passkey: keys[0], Challenge: s.Challenge(store.PasskeySignIn, ""), Start: store.Start{Hash: "x"}}); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("SESS-07: somebody disabled: %v", err)
		}
	})
}
