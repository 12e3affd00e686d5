package store

import (
	"context"

	"golang.org/x/crypto/argon2"

	"gatehouse/domain"
)

// MembershipOf reads an address's place in an account, whoever asks.
func (s *Store) MembershipOf(ctx context.Context, account, email string) (domain.Membership, error) {
	return readMembership(ctx, s.read, "where m.account_id = $1 and m.email = $2 and m.removed_at = 0", account, email)
}

// Knows reports whether a person's browser is known.
func (s *Store) Knows(ctx context.Context, user, device string) (bool, error) {
	found, err := all(ctx, s.read, number, "select 1 from known_devices where user_id = $1 and hash = $2", user, HashSecret(device))
	return len(found) > 0, err
}

// OccupyHashing takes every place to hash in until release.
func (s *Store) OccupyHashing() (release func()) {
	for range cap(s.hashes) {
		s.hashes <- struct{}{}
	}
	return func() {
		for range cap(s.hashes) {
			<-s.hashes
		}
	}
}

// OldHash stretches a password less than today.
func OldHash(password string) string {
	h := hashing{memory: 64, time: 1, threads: 1}
	salt := []byte("an older salt 16")
	return phc(h, salt, argon2.IDKey([]byte(password), salt, h.time, h.memory, h.threads, keyBytes))
}

// ActorOf is actorOf in a transaction of its own.
func (s *Store) ActorOf(ctx context.Context, user, account string) (by domain.Actor, err error) {
	err = s.tx(ctx, func(t *tx) error {
		by, err = s.actorOf(ctx, t, user, account)
		return err
	})
	return by, err
}

// Fail runs a transaction that is rolled back.
func (s *Store) Fail(ctx context.Context, why error) error {
	return s.tx(ctx, func(t *tx) error {
		if _, err := exec(ctx, t, "update users set theme = 'dark'"); err != nil {
			return err
		}
		return why
	})
}

// ActiveIDs lists the memberships that SQL takes for active.
func (s *Store) ActiveIDs(ctx context.Context) ([]string, error) {
	return all(ctx, s.read, text, "select m.id from memberships m where "+active(1), micros(s.now()))
}

// Everyone reads every membership there is.
func (s *Store) Everyone(ctx context.Context) ([]domain.Membership, error) {
	return readMemberships(ctx, s.read, "")
}

// MayEnter is mayEnter outside a change.
func (s *Store) MayEnter(ctx context.Context, u domain.User) (bool, error) {
	return mayEnter(ctx, s.read, u, s.now())
}
