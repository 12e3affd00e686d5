package storetest

import (
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// Demo is Each with the demo companies loaded.
func Demo(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	Each(t, func(t *testing.T, s *store.Store) {
		if err := s.LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, s)
	})
}

// SignIn signs somebody in without their password and gives the hash of the session.
func SignIn(t testing.TB, s *store.Store, email string) (domain.User, string) {
	t.Helper()
	u, err := s.PersonByEmail(t.Context(), email)
	if err != nil {
		t.Fatalf("%s: %v", email, err)
	}
	hash := store.HashSecret(store.NewSecret())
	if _, err := s.StartSession(t.Context(), u, "", store.Start{Hash: hash, From: "203.0.113.9", Agent: "test"}); err != nil {
		t.Fatalf("sign %s in: %v", email, err)
	}
	return u, hash
}

// As is the actor somebody of the demo is in an account, read the way every request reads it.
func As(t testing.TB, s *store.Store, email, account string) domain.Actor {
	t.Helper()
	_, hash := SignIn(t, s, email)
	by, err := s.Actor(t.Context(), hash, account, "203.0.113.9")
	if err != nil {
		t.Fatalf("%s in %s: %v", email, account, err)
	}
	return by
}
