package store

import (
	"context"
	"fmt"

	"gatehouse/domain"
)

// Proven reports whether the person of a session has shown lately enough that it is them, for what is sensitive (AUTH-20).
func (s *Store) Proven(v domain.Session) bool {
	return !v.ProvedAt.IsZero() && s.now().Before(v.ProvedAt.Add(s.limits.ProofFor))
}

// Prove takes a person's password, or a code of their app, as proof that it is still them. The session gets the hash of a
// new secret (SESS-02). Problems name the fields of the draft; domain.ErrNotFound when the session has ended; a
// *domain.Wait after too many wrong ones.
func (s *Store) Prove(ctx context.Context, u domain.User, d domain.ProofDraft, session, renewed, from string) error {
	if d.Password != "" {
		return s.proveByPassword(ctx, u, d.Password, session, renewed, from)
	}
	guess, err := s.startGuess(ctx, factorOf(u), "", "", from)
	if err != nil {
		return err
	}
	err = s.tx(ctx, func(t *tx) error {
		if err := s.takeCode(ctx, t, u, d.Code, false, from); err != nil {
			return err
		}
		return s.renewProved(ctx, t, u, session, renewed)
	})
	if err != nil {
		return domain.Named(err, "code", "proof_code")
	}
	return s.endGuess(ctx, guess)
}

func (s *Store) proveByPassword(ctx context.Context, u domain.User, password, session, renewed, from string) error {
	guess, err := s.startGuess(ctx, changeOf(u), "", "", from)
	if err != nil {
		return err
	}
	right, _, err := s.verify(ctx, u.PasswordHash, password)
	if err != nil {
		return err
	}
	if !right {
		return domain.Problems{"proof_password": {Code: "password_wrong"}}
	}
	err = s.tx(ctx, func(t *tx) error { return s.renewProved(ctx, t, u, session, renewed) })
	if err != nil {
		return fmt.Errorf("note a proof: %w", err)
	}
	return s.endGuess(ctx, guess)
}

// changeOf names the counter of wrong passwords of somebody who is signed in.
func changeOf(u domain.User) string { return "change of " + u.ID }
