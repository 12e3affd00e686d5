package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/domain"
)

// tellNewDevice mails a person that a browser has signed in which they have not used before, with a link to say that it
// was not them. Nothing is told of the first browser there is: after the first sign-in, or after a new password.
func (s *Store) tellNewDevice(ctx context.Context, t *tx, u domain.User, device string, n Start) error {
	known, err := all(ctx, t, text, "select hash from known_devices where user_id = $1", u.ID)
	if err != nil {
		return fmt.Errorf("read known devices: %w", err)
	}
	if len(known) == 0 {
		return nil
	}
	for _, hash := range known {
		if hash == HashSecret(device) {
			return nil
		}
	}
	now, id, about := s.now(), newID(), cut(n.Agent, 300)+"\n"+Place(n.From)
	if err := s.writeToken(ctx, t, token{id: id, purpose: disownPurpose, user: u.ID, hash: tokenHash(s.linkToken(disownPurpose, id)), about: about, life: s.limits.DisownFor}); err != nil {
		return err
	}
	return deliver(ctx, t, domain.Delivery{
		Kind: domain.NewDeviceMail, TokenID: id, UserID: u.ID, To: u.Email, Language: u.Language, About: about, CreatedAt: now,
	})
}

// A SignIn is a sign-in that its person was told of.
type SignIn struct {
	User         domain.User
	At           time.Time
	Agent, Place string
}

// SignInOf finds the sign-in that a link disowns, and uses nothing up. domain.ErrNotFound for a link that is used, too
// old or made up.
func (s *Store) SignInOf(ctx context.Context, link string) (SignIn, error) {
	return s.signInOf(ctx, s.read, link)
}

func (s *Store) signInOf(ctx context.Context, q querier, link string) (SignIn, error) {
	var v SignIn
	k, err := s.openToken(ctx, q, disownPurpose, link)
	if err != nil {
		return v, err
	}
	v.Agent, v.Place, _ = strings.Cut(k.about, "\n")
	v.At = k.created
	v.User, err = person(ctx, q, k.user)
	return v, err
}

// Disown is "This wasn't me": all of the person's sessions end, no browser of theirs is known any more, the password is
// void, and so is every second factor that was added since that sign-in. The answer is the token of a link to set a new
// password, which is mailed too. domain.ErrNotFound as SignInOf.
func (s *Store) Disown(ctx context.Context, link, from string) (u domain.User, reset string, err error) {
	err = s.tx(ctx, func(t *tx) error {
		v, err := s.signInOf(ctx, t, link)
		if err != nil {
			return err
		}
		u = v.User
		if err := s.useToken(ctx, t, link); err != nil {
			return err
		}
		reset, err = s.shutAll(ctx, t, u, v.At, domain.SignInDisowned, from)
		return err
	})
	return u, reset, err
}

// shutAll takes everything away from whoever may be in a person's account beside them since a time, and mails the person
// a link to set a new password, of which the token is the answer.
func (s *Store) shutAll(ctx context.Context, t *tx, u domain.User, since time.Time, kind domain.EventKind, from string) (string, error) {
	now := s.now()
	if err := voidPassword(ctx, t, u.ID); err != nil {
		return "", err
	}
	if err := s.forgetFactorsSince(ctx, t, u, since); err != nil {
		return "", err
	}
	if err := record(ctx, t, u.Event(kind, from, now)); err != nil {
		return "", err
	}
	id, err := s.sendReset(ctx, t, u)
	return s.ResetToken(id), err
}

// voidPassword signs a person out everywhere; no browser of theirs is known any more, and no password is theirs.
func voidPassword(ctx context.Context, t *tx, user string) error {
	if _, err := exec(ctx, t, "update users set password_hash = '', version = version + 1 where id = $1", user); err != nil {
		return fmt.Errorf("void a password: %w", err)
	}
	if _, err := endSessions(ctx, t, user, ""); err != nil {
		return err
	}
	_, err := exec(ctx, t, "delete from known_devices where user_id = $1", user)
	return wrap(err, "forget known devices")
}

// forgetFactorsSince takes away what was added since a time: whoever got in may have added it.
func (s *Store) forgetFactorsSince(ctx context.Context, t *tx, u domain.User, since time.Time) error {
	if _, err := exec(ctx, t, "delete from passkeys where user_id = $1 and created_at >= $2", u.ID, micros(since)); err != nil {
		return fmt.Errorf("forget passkeys: %w", err)
	}
	left, err := one(ctx, t, number, "select count(*) from passkeys where user_id = $1", u.ID)
	if err != nil {
		return fmt.Errorf("count passkeys: %w", err)
	}
	if !u.AppAt.IsZero() && !u.AppAt.Before(since) {
		if err := forgetApp(ctx, t, u.ID); err != nil {
			return err
		}
		u.AppAt = time.Time{}
	}
	return noteFactors(ctx, t, u.With(u.AppAt, int(left)))
}

// sendReset mails a link to set a new password, and kills those before.
func (s *Store) sendReset(ctx context.Context, t *tx, u domain.User) (id string, err error) {
	if err := s.killTokens(ctx, t, u.ID, resetPurpose); err != nil {
		return "", err
	}
	id = newID()
	if err := s.writeToken(ctx, t, token{id: id, purpose: resetPurpose, user: u.ID, hash: tokenHash(s.ResetToken(id)), life: s.limits.ResetFor}); err != nil {
		return "", err
	}
	return id, deliver(ctx, t, domain.Delivery{Kind: domain.PasswordResetMail, TokenID: id, UserID: u.ID, To: u.Email, Language: u.Language, CreatedAt: s.now()})
}

// tokenMessage lets a message with a link through only while the link would work.
func (s *Store) tokenMessage(ctx context.Context, m Message, purpose string) (Message, error) {
	link := s.linkToken(purpose, m.TokenID)
	k, err := s.openToken(ctx, s.read, purpose, link)
	if errors.Is(err, domain.ErrNotFound) {
		m.Superseded = domain.ReasonMovedOn
		return m, nil
	}
	m.Token, m.Until = link, k.expires
	return m, err
}
