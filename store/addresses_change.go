package store

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/domain"
)

// AskEmail mails a link to the address that a person wants to have, and a notice with a way to stop it to the one they
// have. Problems name the field "email": what is no address, and one that a company of theirs does not admit. To an
// address that somebody has already nothing is mailed, and the answer is the same. A *domain.Wait when one address is
// written to too often (MSG-09).
func (s *Store) AskEmail(ctx context.Context, u domain.User, d domain.EmailDraft, from string) error {
	to, err := d.Check(u)
	if err != nil {
		return err
	}
	if err := s.admitted(ctx, s.read, u, to); err != nil {
		return err
	}
	allowed, after, err := s.Bump(ctx, "addresses of: "+tokenHash(to)[:32], s.limits.ResetWindow, s.limits.ResetsPerTarget)
	if err != nil {
		return err
	}
	if !allowed {
		return &domain.Wait{For: after}
	}
	return s.tx(ctx, func(t *tx) error {
		there, err := person(ctx, t, u.ID)
		if err != nil {
			return err
		}
		if err := s.killTokens(ctx, t, u.ID, emailPurpose, stopPurpose); err != nil {
			return err
		}
		if err := record(ctx, t, there.AskEmail(to, from, s.now())); err != nil {
			return err
		}
		if err := s.mailToken(ctx, t, there, domain.EmailNoticeMail, stopPurpose, there.Email, to); err != nil {
			return err
		}
		_, err = personByEmail(ctx, t, to)
		if errors.Is(err, domain.ErrNotFound) {
			return s.mailToken(ctx, t, there, domain.EmailConfirmMail, emailPurpose, to, to)
		}
		return err
	})
}

// mailToken owes a mail with a link of its own.
func (s *Store) mailToken(ctx context.Context, t *tx, u domain.User, kind domain.DeliveryKind, purpose, to, about string) error {
	id := newID()
	err := s.writeToken(ctx, t, token{id: id, purpose: purpose, user: u.ID, hash: tokenHash(s.linkToken(purpose, id)), about: about, life: s.limits.EmailFor})
	if err != nil {
		return err
	}
	return deliver(ctx, t, domain.Delivery{Kind: kind, TokenID: id, UserID: u.ID, To: to, Language: u.Language, About: about, CreatedAt: s.now()})
}

// admitted looks whether every company of a person admits another address of theirs.
func (s *Store) admitted(ctx context.Context, q querier, u domain.User, to string) error {
	_, err := s.following(ctx, q, u, to)
	return err
}

// A followed membership, before and after.
type followed struct{ before, after domain.Membership }

// following are a person's memberships and how they are with another address.
func (s *Store) following(ctx context.Context, q querier, u domain.User, to string) ([]followed, error) {
	places, err := readMemberships(ctx, q, "where m.user_id = $1 and m.removed_at = 0 order by m.id", u.ID)
	if err != nil {
		return nil, err
	}
	steps := make([]followed, len(places))
	for i, m := range places {
		in, err := one(ctx, q, s.scanAccount, "select "+accountColumns+" from accounts a where a.id = $1", m.AccountID)
		if err != nil {
			return nil, wrap(err, "read the account of a membership")
		}
		after, err := m.FollowEmail(to, in)
		if err != nil {
			return nil, err
		}
		steps[i] = followed{m, after}
	}
	return steps, nil
}

// An EmailChange is another address that somebody asked for.
type EmailChange struct {
	User domain.User
	To   string
}

// EmailChangeOf finds what a link confirms, and uses nothing up. domain.ErrNotFound for a link that is used, stopped,
// replaced, too old or made up.
func (s *Store) EmailChangeOf(ctx context.Context, link string) (EmailChange, error) {
	return s.emailChange(ctx, s.read, emailPurpose, link)
}

// EmailStopOf is EmailChangeOf for the link that stops it.
func (s *Store) EmailStopOf(ctx context.Context, link string) (EmailChange, error) {
	return s.emailChange(ctx, s.read, stopPurpose, link)
}

func (s *Store) emailChange(ctx context.Context, q querier, purpose, link string) (EmailChange, error) {
	k, err := s.openToken(ctx, q, purpose, link)
	if err != nil {
		return EmailChange{}, err
	}
	u, err := person(ctx, q, k.user)
	return EmailChange{u, k.about}, err
}

// ConfirmEmail gives a person the address whose mailbox the link came to. Their memberships follow; every link that went
// to the old address is dead, and that is told there. domain.ErrNotFound as EmailChangeOf, and when somebody else has
// the address by now; Problems of "email" where a company does not admit it or knows it already.
func (s *Store) ConfirmEmail(ctx context.Context, link, from string) (u domain.User, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.emailChange(ctx, t, emailPurpose, link)
		if err != nil {
			return err
		}
		if err := s.useToken(ctx, t, link); err != nil {
			return err
		}
		if _, err := personByEmail(ctx, t, c.To); !errors.Is(err, domain.ErrNotFound) {
			return errors.Join(domain.ErrNotFound, err)
		}
		steps, err := s.following(ctx, t, c.User, c.To)
		if err != nil {
			return err
		}
		for _, v := range steps {
			if err := s.followEmail(ctx, t, v); err != nil {
				return err
			}
		}
		old, now := c.User.Email, s.now()
		var event domain.Event
		u, event = c.User.ChangeEmail(c.To, from, now)
		err = changed(ctx, t, "update users set email = $1, version = version + 1 where id = $2 and version = $3", c.To, u.ID, c.User.Version)
		if err != nil {
			return wrap(err, "change an address")
		}
		if err := s.killTokens(ctx, t, u.ID, resetPurpose, disownPurpose, emailPurpose, stopPurpose); err != nil {
			return err
		}
		if err := record(ctx, t, event); err != nil {
			return err
		}
		return deliver(ctx, t, domain.Delivery{Kind: domain.EmailChangedMail, UserID: u.ID, To: old, Language: u.Language, About: c.To, CreatedAt: now})
	})
	if violated(err) == "users_email" {
		err = domain.ErrNotFound // somebody was made with it at this moment
	}
	return u, err
}

// followEmail writes one membership. An invite or a place that the account has given to the address already stays as it
// is: one of the two must go first.
func (s *Store) followEmail(ctx context.Context, t *tx, v followed) error {
	taken, err := all(ctx, t, text, "select a.name from memberships m join accounts a on a.id = m.account_id where m.account_id = $1 and m.kind = $2 and lower(m.email) = $3 and m.removed_at = 0",
		v.after.AccountID, string(v.after.Kind), v.after.Email)
	if err != nil {
		return fmt.Errorf("look for an address: %w", err)
	}
	if len(taken) > 0 {
		return domain.Problems{"email": {Code: "email_in_account", Args: map[string]string{"Account": taken[0]}}}
	}
	_, err = s.updateMembership(ctx, t, v.before, v.after)
	return err
}

// StopEmail keeps the old address: what was asked for is dead. As somebody knows the person's password, everything else
// that Disown does follows. The answer is the token of a link to set a new password. domain.ErrNotFound as EmailStopOf.
func (s *Store) StopEmail(ctx context.Context, link, from string) (u domain.User, reset string, err error) {
	err = s.tx(ctx, func(t *tx) error {
		k, err := s.openToken(ctx, t, stopPurpose, link)
		if err != nil {
			return err
		}
		if u, err = person(ctx, t, k.user); err != nil {
			return err
		}
		if err := s.killTokens(ctx, t, u.ID, emailPurpose, stopPurpose); err != nil {
			return err
		}
		reset, err = s.shutAll(ctx, t, u, k.created, domain.EmailStopped, from)
		return err
	})
	return u, reset, err
}
