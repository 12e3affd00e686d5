package store

import (
	"context"
	"fmt"
	"time"

	"gatehouse/domain"
)

// ResetFactors takes each chosen person's second factors away: their apps, recovery codes and passkeys are void, their
// sessions end, and they are told by mail who did it.
func (s *Store) ResetFactors(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	return s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		elsewhere, err := s.elsewhere(ctx, c, m)
		if err != nil {
			return m, domain.Event{}, err
		}
		after, event, err := m.ResetFactors(c.by, elsewhere, c.now)
		if err == nil {
			err = s.forgetFactors(ctx, c, m.UserID)
		}
		return after, event, err
	})
}

// elsewhere are the other accounts whose staff a person is, and the actor's place there.
func (s *Store) elsewhere(ctx context.Context, c changing, m domain.Membership) ([]domain.Elsewhere, error) {
	others, err := readMemberships(ctx, c.tx, "where m.user_id = $1 and m.account_id <> $2 and m.kind = 'user' and m.accepted_at > 0 and m.removed_at = 0",
		m.UserID, m.AccountID)
	if err != nil {
		return nil, err
	}
	places := make([]domain.Elsewhere, len(others))
	for i, other := range others {
		by, err := s.actorOf(ctx, c.tx, c.by.User.ID, other.AccountID)
		if err != nil {
			return nil, err
		}
		places[i] = domain.Elsewhere{By: by, Membership: other}
	}
	return places, nil
}

func (s *Store) forgetFactors(ctx context.Context, c changing, user string) error {
	u, err := person(ctx, c.tx, user)
	if err != nil {
		return err
	}
	if err := forgetApp(ctx, c.tx, u.ID); err != nil {
		return err
	}
	if _, err := exec(ctx, c.tx, "delete from passkeys where user_id = $1", u.ID); err != nil {
		return fmt.Errorf("forget passkeys: %w", err)
	}
	if err := noteFactors(ctx, c.tx, u.With(time.Time{}, 0)); err != nil {
		return err
	}
	if _, err := endSessions(ctx, c.tx, u.ID, ""); err != nil {
		return err
	}
	return deliver(ctx, c.tx, domain.Delivery{
		Kind: domain.FactorsMail, UserID: u.ID, To: u.Email, Language: u.Language, CreatedAt: c.now,
		About: "factors_reset\n" + c.by.User.Name(),
	})
}
