package store

import (
	"context"
	"slices"

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

// ActorFor is somebody's place in an account as it is now.
func (s *Store) ActorFor(ctx context.Context, email, slug string) (domain.Actor, error) {
	u, err := s.PersonByEmail(ctx, email)
	if err != nil {
		return domain.Actor{}, err
	}
	a, err := s.AccountBySlug(ctx, slug)
	if err != nil {
		return domain.Actor{}, err
	}
	return s.actorOf(ctx, s.read, u.ID, a.ID)
}

// Exec runs a statement, for fixtures.
func (s *Store) Exec(ctx context.Context, sql string, args ...any) error {
	return s.tx(ctx, func(t *tx) error {
		_, err := exec(ctx, t, sql, args...)
		return err
	})
}

// PutScope gives somebody a scope that no form might give.
func (s *Store) PutScope(ctx context.Context, id string, scope domain.Scope) error {
	return s.putMembership(ctx, id, func(m *domain.Membership) { m.Scope = slices.Clone(scope) })
}

// PutGrants gives a guest grants that no form might give.
func (s *Store) PutGrants(ctx context.Context, id string, grants []domain.Grant) error {
	return s.putMembership(ctx, id, func(m *domain.Membership) {
		m.Grants, m.Scope = slices.Clone(grants), nil
		for _, g := range grants {
			m.Scope = append(m.Scope, g.Node)
		}
	})
}

func (s *Store) putMembership(ctx context.Context, id string, change func(*domain.Membership)) error {
	was, err := s.ReadMembership(ctx, id)
	if err != nil {
		return err
	}
	after := was
	change(&after)
	return s.tx(ctx, func(t *tx) error {
		_, err := s.updateMembership(ctx, t, was, after)
		return err
	})
}

// PutMemberships writes many as they are.
func (s *Store) PutMemberships(ctx context.Context, all []domain.Membership) error {
	return s.tx(ctx, func(t *tx) error { return s.insertMemberships(ctx, t, all) })
}

// SetFewest changes how many rows are few, so that a small list is read in every way.
func (s *Store) SetFewest(n int) {
	s.fewest = n
	s.steps = usualSteps
	if n < fewest {
		s.steps = listSteps{1, 2}
	}
}
