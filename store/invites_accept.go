package store

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"gatehouse/domain"
)

// An Offer is what the holder of a link sees before accepting.
type Offer struct {
	Membership domain.Membership
	Account    domain.Account
	// Sites are those the offer reaches, by id; empty for the whole account.
	Sites map[string]string
	// Known says that a person with this address exists: they sign in instead of choosing a password.
	Known bool
}

// FindInviteByToken finds the offer of a link. A link that is expired, revoked, used, replaced by a newer one, made up,
// or whose sender may not give this any more is domain.ErrNotFound alike, after the same work (INV-11). Reading uses
// nothing up (INV-09).
func (s *Store) FindInviteByToken(ctx context.Context, token string) (Offer, error) {
	var o Offer
	m, err := s.byToken(ctx, s.read, token)
	if err != nil {
		return o, err
	}
	if m, err = living(ctx, s.read, m); err != nil {
		return o, err
	}
	inviter, err := s.standingBehind(ctx, s.read, m)
	if err != nil {
		return o, err
	}
	_, err = personByEmail(ctx, s.read, m.Email)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return o, err
	}
	known := err == nil
	sites, err := s.SiteNames(ctx, inviter, m.Scope.SiteIDs())
	if err != nil {
		return o, err
	}
	if !s.opens(m, token) || m.State(s.now()) != domain.StatePending || inviter.StandsBehind(m) != nil {
		return o, domain.ErrNotFound
	}
	if inviter.Account, err = s.admitting(ctx, s.read, inviter.Account, m.Email); err != nil {
		return o, err
	}
	if inviter.Account.Admits(m.Email) != nil {
		return o, domain.ErrNotFound
	}
	return Offer{Membership: m, Account: inviter.Account, Sites: sites, Known: known}, nil
}

// offerer is who stands behind an offer, as they are now, and whether its address is admitted stands in their account.
func (s *Store) offerer(ctx context.Context, q querier, m domain.Membership) (domain.Actor, error) {
	by, err := s.standingBehind(ctx, q, m)
	if err != nil {
		return by, err
	}
	by.Account, err = s.admitting(ctx, q, by.Account, m.Email)
	return by, err
}

// byToken finds the membership that a link was ever sent for, the zero one when there is none.
func (s *Store) byToken(ctx context.Context, q querier, token string) (domain.Membership, error) {
	m, err := readMembership(ctx, q, "join invite_links l on l.membership_id = m.id where l.hash = $1", tokenHash(token))
	if errors.Is(err, domain.ErrNotFound) {
		return domain.Membership{}, nil
	}
	return m, err
}

// opens reports whether the token is that of the present send.
func (s *Store) opens(m domain.Membership, token string) bool {
	return subtle.ConstantTimeCompare([]byte(s.InviteToken(m.ID, m.Generation)), []byte(token)) == 1
}

// AcceptInvite lets a new person in by their link: they are made with the invite's address, what they typed about
// themself, and the hash of their password. from is their network address. A link that does not open is
// domain.ErrNotFound; when the address has a person already, they are to sign in first (domain.ErrStale).
func (s *Store) AcceptInvite(ctx context.Context, token string, d domain.PersonDraft, passwordHash, from string) (u domain.User, m domain.Membership, err error) {
	m, err = s.accept(ctx, token, from, func(t *tx, m domain.Membership, in domain.Account) (domain.User, error) {
		p, err := d.Check(in.Country, m.NotifyText)
		if err != nil {
			return u, err
		}
		_, err = personByEmail(ctx, t, m.Email)
		if err == nil {
			return u, &domain.Refusal{Code: "sign_in_first", Kind: domain.ErrStale}
		}
		if !errors.Is(err, domain.ErrNotFound) {
			return u, err
		}
		u = newPerson(m.Email, p, passwordHash, s.now())
		return u, insertUser(ctx, t, u)
	})
	if err != nil {
		return domain.User{}, m, err
	}
	return u, m, nil
}

// newPerson is somebody who has just proved their address.
func newPerson(email string, p domain.Person, passwordHash string, now time.Time) domain.User {
	return domain.User{
		ID: newID(), Email: email, FirstName: p.FirstName, LastName: p.LastName, Phone: p.Phone,
		Language: p.Language, TimeZone: p.TimeZone, Theme: p.Theme,
		PasswordHash: passwordHash, PasswordChangedAt: now, CreatedAt: now, Version: 1,
	}
}

// AcceptInviteAs lets a person in who is signed in. With another address than the invite's it is domain.ErrForbidden;
// otherwise as AcceptInvite.
func (s *Store) AcceptInviteAs(ctx context.Context, user, token, from string) (domain.Membership, error) {
	return s.accept(ctx, token, from, func(t *tx, _ domain.Membership, _ domain.Account) (domain.User, error) {
		return person(ctx, t, user)
	})
}

// accept checks everything again in the transaction that lets the person in: the link, its period, and that whoever
// stands behind the offer could make it now (INV-02, INV-03, INV-18). who says who accepts.
func (s *Store) accept(ctx context.Context, token, from string, who func(*tx, domain.Membership, domain.Account) (domain.User, error)) (accepted domain.Membership, err error) {
	try := func() error {
		return s.tx(ctx, func(t *tx) error {
			m, err := s.byToken(ctx, t, token)
			if err != nil {
				return err
			}
			if !s.opens(m, token) || m.State(s.now()) != domain.StatePending {
				return domain.ErrNotFound
			}
			offered, err := living(ctx, t, m)
			if err != nil {
				return err
			}
			inviter, err := s.offerer(ctx, t, m)
			if err != nil {
				return err
			}
			// A guest answers in Companies, and by no link.
			if m.Kind == domain.KindGuest || inviter.StandsBehind(offered) != nil || inviter.Account.Admits(offered.Email) != nil {
				return domain.ErrNotFound
			}
			u, err := who(t, offered, inviter.Account)
			if err != nil {
				return err
			}
			after, event, err := offered.Accept(u, inviter, from, s.now())
			if err != nil {
				return err
			}
			if accepted, err = s.updateMembership(ctx, t, m, after); err != nil {
				return err
			}
			return record(ctx, t, event)
		})
	}
	err = try()
	if violated(err) == "users_email" {
		// The same person was made by another acceptance at this moment: look again.
		err = try()
	}
	if err != nil {
		return domain.Membership{}, err
	}
	return accepted, nil
}

// AskAgain writes down that the holder of an old link asks for a new one, and tells the sender. Whatever the token, the
// answer is the same; an error is a failure of the database only. A counter keeps one link from asking all day.
func (s *Store) AskAgain(ctx context.Context, token string) error {
	return s.tx(ctx, func(t *tx) error {
		m, err := s.byToken(ctx, t, token)
		if err != nil || m.ID == "" {
			return err
		}
		event, err := m.AskAgain(s.now())
		if err != nil {
			return nil //nolint:nilerr // an open or taken invite needs no new link, and its holder learns nothing
		}
		allowed, err := s.countOnce(ctx, t, "asks for "+m.ID, s.limits.AskWindow, s.limits.AsksPerInvite)
		if err != nil || !allowed {
			return err
		}
		if err := record(ctx, t, event); err != nil {
			return err
		}
		return s.tellSender(ctx, t, m, domain.InviteAskedMail)
	})
}
