package store

import (
	"context"

	"gatehouse/domain"
)

// PutMembership writes a membership as it is, for tests that need a state nobody can reach by one change.
func (s *Store) PutMembership(ctx context.Context, m domain.Membership) (put domain.Membership, err error) {
	err = s.tx(ctx, func(t *tx) error {
		put, err = s.insertMembership(ctx, t, m)
		return err
	})
	return put, err
}

// RewriteMembership writes after over before, with the guard of every change.
func (s *Store) RewriteMembership(ctx context.Context, before, after domain.Membership) (now domain.Membership, err error) {
	err = s.tx(ctx, func(t *tx) error {
		now, err = s.updateMembership(ctx, t, before, after)
		return err
	})
	return now, err
}

// ReadMembership reads a row whoever asks.
func (s *Store) ReadMembership(ctx context.Context, id string) (domain.Membership, error) {
	return readMembership(ctx, s.read, "where m.id = $1", id)
}

// Exec runs a statement, for fixtures.
func (s *Store) Exec(ctx context.Context, sql string, args ...any) error {
	return s.tx(ctx, func(t *tx) error {
		_, err := exec(ctx, t, sql, args...)
		return err
	})
}
