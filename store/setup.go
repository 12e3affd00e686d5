package store

import (
	"context"
	"fmt"

	"gatehouse/domain"
)

// NeedsSetup reports whether nobody has set the portal up: there is no account, so no Master either, and nobody
// of any other role (seed 002). The first Master comes with the first account, and the last one cannot be lost.
func (s *Store) NeedsSetup(ctx context.Context) (bool, error) { return needsSetup(ctx, s.read) }

func needsSetup(ctx context.Context, q querier) (bool, error) {
	found, err := all(ctx, q, number, "select 1 from accounts limit 1")
	return len(found) == 0, wrap(err, "look for an account")
}

// SetupToken makes the secret of the set-up link, for the log at start; those before it are dead. Only its hash
// is kept, and it works once. Empty when the portal is set up.
func (s *Store) SetupToken(ctx context.Context) (string, error) {
	secret := ""
	err := s.tx(ctx, func(t *tx) error {
		secret = ""
		if _, err := exec(ctx, t, "delete from tokens where purpose = $1", setupPurpose); err != nil {
			return fmt.Errorf("kill older set-up links: %w", err)
		}
		needed, err := needsSetup(ctx, t)
		if err != nil || !needed {
			return err
		}
		secret = NewSecret()
		return s.writeToken(ctx, t, token{id: newID(), purpose: setupPurpose, hash: HashSecret(secret), life: s.limits.SetupFor})
	})
	return secret, err
}

// CheckSetupToken says whether a set-up link would work, and uses nothing up. domain.ErrNotFound when it would not.
func (s *Store) CheckSetupToken(ctx context.Context, token string) error {
	return s.checkSetup(ctx, s.read, token)
}

func (s *Store) checkSetup(ctx context.Context, q querier, token string) error {
	_, err := one(ctx, q, number, `select 1 from tokens k where k.hash = $1 and k.purpose = $2 and k.used_at = 0 and k.expires_at > $3
		and not exists (select 1 from accounts)`, tokenHash(token), setupPurpose, micros(s.now()))
	return wrap(err, "find a set-up link")
}

// CreateFirstAccount makes the partner and its first Master by the set-up link, which it uses up. It works while
// there is no account, once: domain.ErrNotFound otherwise. Problems name the draft's fields.
func (s *Store) CreateFirstAccount(ctx context.Context, token string, d domain.SetupDraft, from string) (domain.Account, domain.User, error) {
	var a domain.Account
	var u domain.User
	if err := s.CheckSetupToken(ctx, token); err != nil {
		return a, u, err
	}
	in, err := d.Check(CommonPassword)
	if err != nil {
		return a, u, err
	}
	hash, err := s.HashPassword(ctx, in.Password)
	if err != nil {
		return a, u, err
	}
	err = s.tx(ctx, func(t *tx) error {
		if err := s.checkSetup(ctx, t, token); err != nil {
			return err
		}
		now := s.now()
		if err := s.useToken(ctx, t, token); err != nil {
			return err
		}
		var m domain.Membership
		var events []domain.Event
		a, u, m, events = in.Begin(newID(), newID(), hash, from, now)
		if err := insertAccount(ctx, t, a); err != nil {
			return err
		}
		if err := insertUser(ctx, t, u); err != nil {
			return err
		}
		if m, err = s.insertMembership(ctx, t, m); err != nil {
			return err
		}
		for _, e := range events {
			if e.SubjectID == "" {
				e.SubjectID = m.ID
			}
			if err := record(ctx, t, e); err != nil {
				return err
			}
		}
		return nil
	})
	return a, u, err
}
