package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/domain"
)

// What a token is good for; it is good for nothing else.
const (
	resetPurpose = "reset"
	setupPurpose = "setup"
	// disownPurpose says of a sign-in that it was somebody else.
	disownPurpose = "disown"
	// emailPurpose confirms another address, stopPurpose keeps the old one.
	emailPurpose = "email"
	stopPurpose  = "email stop"
)

// ResetToken is the secret of a reset's link. It is derived, not stored: a mail repeated after a crash carries the
// same working link, and the database holds only its hash.
func (s *Store) ResetToken(id string) string { return s.linkToken(resetPurpose, id) }

func (s *Store) linkToken(purpose, id string) string {
	mac := hmac.New(sha256.New, s.derive(purpose+" links"))
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// AskReset mails a link to set a new password to the person who has this address, if there is one with a place
// somewhere. The answer and the work are the same for everybody else (AUTH-03); so is the silence when one address
// is asked for too often (MSG-09). domain.ErrTooMany: the caller's network address asks too much.
func (s *Store) AskReset(ctx context.Context, typed, from string) error {
	// What is done for somebody takes a little longer than for nobody. The answer waits until neither shows.
	due := time.NewTimer(resetAnswer)
	defer due.Stop()
	err := s.askReset(ctx, typed, from)
	select {
	case <-due.C:
	case <-ctx.Done():
	}
	return err
}

// resetAnswer is how long an answer to somebody who forgot their password takes at least.
const resetAnswer = 50 * time.Millisecond

func (s *Store) askReset(ctx context.Context, typed, from string) error {
	email, ok := domain.ParseEmail(typed)
	if !ok {
		email = strings.ToLower(strings.TrimSpace(typed)) // nobody's, and treated like any other that is nobody's
	}
	if place := prefix(from, 32, 64); place != "" {
		allowed, after, err := s.Bump(ctx, "resets from: "+place, s.limits.ResetWindow, s.limits.ResetsPerPlace)
		if err != nil {
			return err
		}
		if !allowed {
			return &domain.Wait{For: after}
		}
	}
	allowed, _, err := s.Bump(ctx, "resets of: "+tokenHash(email)[:32], s.limits.ResetWindow, s.limits.ResetsPerTarget)
	if err != nil || !allowed {
		return err
	}
	return s.tx(ctx, func(t *tx) error { return s.writeReset(ctx, t, email) })
}

func (s *Store) writeReset(ctx context.Context, t *tx, email string) error {
	now := s.now()
	u, err := personByEmail(ctx, t, email)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	in, err := mayEnter(ctx, t, u, now)
	if err != nil {
		return err
	}
	if !in {
		// A row that opens nothing: a commit takes as long for nobody as for somebody.
		return s.writeToken(ctx, t, token{id: newID(), purpose: "none", hash: HashSecret(NewSecret())})
	}
	_, err = s.sendReset(ctx, t, u)
	return err
}

// token is a link in the making, or as it is found again.
type token struct {
	id, purpose, user, hash, about string
	life                           time.Duration
	created, expires               time.Time
}

func (s *Store) writeToken(ctx context.Context, t *tx, k token) error {
	now := s.now()
	_, err := exec(ctx, t, "insert into tokens (id, purpose, user_id, hash, created_at, expires_at, used_at, about) values ($1, $2, $3, $4, $5, $6, 0, $7)",
		k.id, k.purpose, orNull(k.user), k.hash, micros(now), micros(now.Add(k.life)), k.about)
	return wrap(err, "write a token")
}

// openToken finds a link by its secret. domain.ErrNotFound when it is for something else, used, expired or made up.
func (s *Store) openToken(ctx context.Context, q querier, purpose, link string) (token, error) {
	scan := func(row scanner) (k token, err error) {
		var created, expires int64
		err = row.Scan(&k.id, &k.purpose, &k.user, &k.about, &created, &expires)
		k.created, k.expires = fromMicros(created), fromMicros(expires)
		return k, err
	}
	k, err := one(ctx, q, scan, `select k.id, k.purpose, k.user_id, k.about, k.created_at, k.expires_at from tokens k
		where k.hash = $1 and k.purpose = $2 and k.used_at = 0 and k.expires_at > $3 and k.user_id is not null`, tokenHash(link), purpose, micros(s.now()))
	return k, wrap(err, "find a link")
}

// useToken uses a link up: the row counts once, whoever comes with the same link at the same time.
func (s *Store) useToken(ctx context.Context, t *tx, link string) error {
	err := gone(changed(ctx, t, "update tokens set used_at = $1 where hash = $2 and used_at = 0", micros(s.now()), tokenHash(link)))
	return wrap(err, "use a link")
}

// killTokens makes the unused links of a person for some purposes dead.
func (s *Store) killTokens(ctx context.Context, t *tx, user string, purposes ...string) error {
	_, err := exec(ctx, t, "update tokens set used_at = $1 where user_id = $2 and used_at = 0 and purpose in ("+in(len(purposes), 3)+")",
		append([]any{micros(s.now()), user}, values(purposes)...)...)
	return wrap(err, "kill tokens")
}

// ResetOf finds whom an open reset link belongs to, and uses nothing up. domain.ErrNotFound for one that is used,
// replaced, expired, garbage, or whose person has no place any more: no telling which (AUTH-06, AUTH-11).
func (s *Store) ResetOf(ctx context.Context, token string) (domain.User, error) {
	return s.resetOf(ctx, s.read, token)
}

func (s *Store) resetOf(ctx context.Context, q querier, token string) (domain.User, error) {
	now := s.now()
	u, err := one(ctx, q, scanUser, "select "+userColumns+` from tokens k join users u on u.id = k.user_id
		where k.hash = $1 and k.purpose = $2 and k.used_at = 0 and k.expires_at > $3`, tokenHash(token), resetPurpose, micros(now))
	if err != nil {
		return u, wrap(err, "find a reset")
	}
	in, err := mayEnter(ctx, q, u, now)
	if err != nil {
		return domain.User{}, err
	}
	if !in {
		return domain.User{}, fmt.Errorf("find a reset: %w", domain.ErrNotFound)
	}
	return u, nil
}

// SetPasswordByToken sets a new password by a reset link and uses the link up. It signs nobody in: all sessions end,
// no browser is known any more, and the person is told by mail (AUTH-08, SESS-09). Problems name the field "password";
// domain.ErrNotFound as ResetOf.
func (s *Store) SetPasswordByToken(ctx context.Context, token, password, from string) (domain.User, error) {
	u, err := s.ResetOf(ctx, token)
	if err != nil {
		return domain.User{}, err
	}
	if err := s.CheckPassword(ctx, u, password); err != nil {
		return u, err
	}
	hash, err := s.HashPassword(ctx, password)
	if err != nil {
		return u, err
	}
	return u, s.tx(ctx, func(t *tx) error {
		there, err := s.resetOf(ctx, t, token)
		if err != nil {
			return err
		}
		if err := s.useToken(ctx, t, token); err != nil {
			return err
		}
		return s.setPassword(ctx, t, there, hash, "", domain.PasswordReset, from)
	})
}
