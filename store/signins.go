package store

import (
	"context"
	"fmt"

	"gatehouse/domain"
)

// awaitFactor keeps, in a session that is nobody's, that a person's password was right: until their second factor is
// there too, or SecondFactorFor is over.
func (s *Store) awaitFactor(ctx context.Context, u domain.User, n Start) error {
	return s.tx(ctx, func(t *tx) error {
		there, err := s.enters(ctx, t, u)
		if err != nil {
			return err
		}
		if err := endOld(ctx, t, n); err != nil {
			return err
		}
		return s.insertSession(ctx, t, n, sessionOf{pending: there.ID, life: s.limits.SecondFactorFor})
	})
}

// A Pass is somebody who shows their second factor at sign-in. Start.Old is the session that waits for it.
type Pass struct {
	Code     string
	Recovery bool   // the code is one of the recovery codes
	Device   string // the secret of the known-device cookie, empty without one
	Start    Start
}

// PassFactor signs in whose second factor is awaited. Problems name the field "code"; domain.ErrNotFound when nobody's
// is awaited any more; a *domain.Wait after too many wrong codes, whoever of the app's and the recovery codes (AUTH-18).
// device is the secret for the browser's known-device cookie.
func (s *Store) PassFactor(ctx context.Context, p Pass) (u domain.User, device string, err error) {
	u, err = s.Awaited(ctx, p.Start.Old)
	if err != nil {
		return u, "", err
	}
	guess, err := s.startGuess(ctx, factorOf(u), u.ID, p.Device, p.Start.From)
	if err != nil {
		return u, "", err
	}
	device, err = s.pass(ctx, u, p.Device, p.Start, func(t *tx, there domain.User) error {
		return s.takeCode(ctx, t, there, p.Code, p.Recovery, p.Start.From)
	})
	if err != nil {
		return u, "", err
	}
	return u, device, s.endGuess(ctx, guess)
}

// Awaited is the person whose second factor a session waits for. domain.ErrNotFound when it waits for none.
func (s *Store) Awaited(ctx context.Context, session string) (domain.User, error) {
	waiting, _, err := s.Session(ctx, session, true)
	if err != nil {
		return domain.User{}, err
	}
	return person(ctx, s.read, waiting.PendingID)
}

// pass turns the session that waits into one of the person, in one transaction with the use of what they show.
func (s *Store) pass(ctx context.Context, u domain.User, device string, n Start, take func(*tx, domain.User) error) (string, error) {
	fresh := NewSecret()
	err := s.tx(ctx, func(t *tx) error {
		// It is there once: one of two posts at the same moment finds it gone. A new password has ended it too.
		err := gone(changed(ctx, t, "delete from sessions where hash = $1 and pending_id = $2", n.Old, u.ID))
		if err != nil {
			return fmt.Errorf("find who signs in: %w", err)
		}
		there, err := s.enters(ctx, t, u)
		if err != nil {
			return err
		}
		if err := take(t, there); err != nil {
			return err
		}
		return s.startSession(ctx, t, there, device, fresh, n)
	})
	return fresh, err
}
