package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"gatehouse/domain"
)

// What a challenge is for; the answer to one is none to another.
const (
	PasskeyMaking = "make a passkey"
	PasskeySignIn = "sign in with a passkey"
)

// Challenge makes what a passkey must sign: 16 random bytes, until when it holds, and our seal over both, for one purpose
// and one person (none when nobody is known yet). Nothing is kept of it until it is used, which works once.
func (s *Store) Challenge(purpose, user string) []byte {
	raw := make([]byte, 24, 56)
	rand.Read(raw[:16])                                                                         //nolint:errcheck // it never fails: crypto/rand ends the process instead
	binary.BigEndian.PutUint64(raw[16:], uint64(micros(s.now().Add(s.limits.SecondFactorFor)))) //nolint:gosec // no time of ours is before 1970
	return append(raw, s.challengeSeal(raw, purpose, user)...)
}

func (s *Store) challengeSeal(raw []byte, purpose, user string) []byte {
	mac := hmac.New(sha256.New, s.derive("challenges"))
	mac.Write(raw)
	mac.Write([]byte(purpose + "\x00" + user))
	return mac.Sum(nil)
}

// OurChallenge reports whether a challenge is ours, for this, and still holds. Whether it was used is seen when it is.
func (s *Store) OurChallenge(challenge []byte, purpose, user string) bool {
	if len(challenge) != 56 || !hmac.Equal(challenge[24:], s.challengeSeal(challenge[:24], purpose, user)) {
		return false
	}
	return int64(binary.BigEndian.Uint64(challenge[16:24])) > micros(s.now()) //nolint:gosec // we made it
}

// useChallenge keeps that a challenge was used, as long as it would hold. domain.ErrNotFound the second time.
func (s *Store) useChallenge(ctx context.Context, t *tx, challenge []byte) error {
	hash := tokenHash("challenge " + string(challenge))
	used, err := all(ctx, t, text, "select id from tokens where hash = $1", hash)
	if err != nil {
		return fmt.Errorf("look for a challenge: %w", err)
	}
	if len(used) > 0 {
		return domain.ErrNotFound
	}
	return s.writeToken(ctx, t, token{id: newID(), purpose: "challenge", hash: hash, life: s.limits.SecondFactorFor})
}

func scanPasskey(row scanner) (domain.Passkey, error) {
	var k domain.Passkey
	var created, used int64
	err := row.Scan(&k.ID, &k.UserID, &k.Name, &k.Credential, &created, &used)
	k.CreatedAt, k.UsedAt = fromMicros(created), fromMicros(used)
	return k, err
}

const passkeyFields = "select k.id, k.user_id, k.name, k.credential, k.created_at, k.used_at from passkeys k "

// PasskeysOf lists a person's passkeys, the oldest first.
func (s *Store) PasskeysOf(ctx context.Context, user string) ([]domain.Passkey, error) {
	found, err := all(ctx, s.read, scanPasskey, passkeyFields+"where k.user_id = $1 order by k.created_at, k.id", user)
	return found, wrap(err, "list passkeys")
}

// Passkey finds one of a person's own. domain.ErrNotFound for anybody else's.
func (s *Store) Passkey(ctx context.Context, u domain.User, id string) (domain.Passkey, error) {
	k, err := one(ctx, s.read, scanPasskey, passkeyFields+"where k.id = $1 and k.user_id = $2", id, u.ID)
	return k, wrap(err, "find a passkey")
}

// A NewPasskey is one that has just been made and verified.
type NewPasskey struct {
	Name       string
	ID         []byte // the credential's
	Credential string // as JSON
	Challenge  []byte
}

// AddPasskey keeps a passkey. The person's other sessions end when it is their first second factor, as they have shown
// none; the session at hand gets the hash of a new secret. domain.ErrNotFound when the challenge was used already, a
// *domain.Refusal when there are too many or this one is known.
func (s *Store) AddPasskey(ctx context.Context, u domain.User, k NewPasskey, session, renewed, from string) error {
	err := s.tx(ctx, func(t *tx) error {
		if err := s.useChallenge(ctx, t, k.Challenge); err != nil {
			return err
		}
		there, err := person(ctx, t, u.ID)
		if err != nil {
			return err
		}
		after, event, err := there.AddPasskey(k.Name, from, s.now())
		if err != nil {
			return err
		}
		_, err = exec(ctx, t, "insert into passkeys (id, user_id, name, hash, credential, created_at, used_at) values ($1, $2, $3, $4, $5, $6, 0)",
			newID(), u.ID, k.Name, tokenHash(string(k.ID)), k.Credential, micros(s.now()))
		if err != nil {
			return fmt.Errorf("write a passkey: %w", err)
		}
		if !there.SecondFactor {
			if _, err := endSessions(ctx, t, u.ID, session); err != nil {
				return err
			}
		}
		if err := s.renewProved(ctx, t, u, session, renewed); err != nil {
			return err
		}
		return s.writeFactors(ctx, t, after, event)
	})
	if violated(err) == "passkeys_hash" {
		return &domain.Refusal{Code: "passkey_known", Kind: domain.ErrStale}
	}
	return err
}

// RemovePasskey forgets one of a person's own. domain.ErrNotFound for anybody else's.
func (s *Store) RemovePasskey(ctx context.Context, u domain.User, id, from string) error {
	return s.tx(ctx, func(t *tx) error {
		there, err := person(ctx, t, u.ID)
		if err != nil {
			return err
		}
		k, err := one(ctx, t, scanPasskey, passkeyFields+"where k.id = $1 and k.user_id = $2", id, u.ID)
		if err != nil {
			return wrap(err, "find a passkey")
		}
		if err := gone(changed(ctx, t, "delete from passkeys where id = $1", id)); err != nil {
			return wrap(err, "forget a passkey")
		}
		after, event := there.RemovePasskey(k.Name, from, s.now())
		return s.writeFactors(ctx, t, after, event)
	})
}

// A Shown is a passkey that was shown and verified.
type Shown struct {
	Passkey   domain.Passkey // with its credential as it is from now on
	Challenge []byte
	Device    string
	Start     Start
}

// SignInByPasskey signs in whose passkey was verified: it stands for the password and the second factor. The session that
// waits for one, if any, ends with it. domain.ErrNotFound when the challenge was used already, the passkey is gone, or
// the person has no place any more; domain.ErrOutgrown when their password was voided and they have set no other yet.
func (s *Store) SignInByPasskey(ctx context.Context, v Shown) (u domain.User, device string, err error) {
	fresh := NewSecret()
	err = s.tx(ctx, func(t *tx) error {
		if err := s.useChallenge(ctx, t, v.Challenge); err != nil {
			return err
		}
		if u, err = person(ctx, t, v.Passkey.UserID); err != nil {
			return err
		}
		if u, err = s.enters(ctx, t, u); err != nil {
			return err
		}
		if u.PasswordHash == "" {
			return domain.ErrOutgrown
		}
		err := gone(changed(ctx, t, "update passkeys set credential = $1, used_at = $2 where id = $3 and user_id = $4",
			v.Passkey.Credential, micros(s.now()), v.Passkey.ID, u.ID))
		if err != nil {
			return wrap(err, "note the use of a passkey")
		}
		return s.startSession(ctx, t, u, v.Device, fresh, v.Start)
	})
	return u, fresh, err
}
