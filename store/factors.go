package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"

	"gatehouse/domain"
)

// How codes are made (RFC 6238, what every app understands): SHA-1, six digits, a new one every 30 seconds. A code of
// the step before or after is taken too, for clocks that differ.
const (
	codeStep  = 30 * time.Second
	codeSlack = 1
)

// StartApp makes the secret of a new authenticator app. It asks for nothing until ConfirmApp; an earlier one that was
// never confirmed is void. A *domain.Refusal when there is an app already.
func (s *Store) StartApp(ctx context.Context, u domain.User) error {
	sealed, err := s.newApp(u)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(t *tx) error {
		there, err := person(ctx, t, u.ID)
		if err != nil {
			return err
		}
		if _, _, err := there.AddApp("", s.now()); err != nil {
			return err
		}
		if _, err := exec(ctx, t, "delete from authenticators where user_id = $1 and confirmed_at = 0", u.ID); err != nil {
			return fmt.Errorf("forget an app that was never confirmed: %w", err)
		}
		_, err = exec(ctx, t, "insert into authenticators (user_id, secret, created_at, confirmed_at, last_step) values ($1, $2, $3, 0, 0)",
			u.ID, sealed, micros(s.now()))
		return wrap(err, "write an app")
	})
}

// newApp makes a secret for an app, sealed.
func (s *Store) newApp(u domain.User) (string, error) {
	var raw [20]byte
	rand.Read(raw[:]) //nolint:errcheck // it never fails: crypto/rand ends the process instead
	return s.seal(base32.StdEncoding.EncodeToString(raw[:]), "app of "+u.ID)
}

// WaitingApp is the secret of the app that waits for its first code, in base32. domain.ErrNotFound when none waits.
func (s *Store) WaitingApp(ctx context.Context, u domain.User) (string, error) {
	return s.waitingApp(ctx, s.read, u)
}

func (s *Store) waitingApp(ctx context.Context, q querier, u domain.User) (string, error) {
	sealed, err := one(ctx, q, text, "select secret from authenticators where user_id = $1 and confirmed_at = 0 and created_at > $2",
		u.ID, micros(s.now().Add(-s.limits.AppFor)))
	if err != nil {
		return "", wrap(err, "read an app that waits")
	}
	return s.unseal(sealed, "app of "+u.ID)
}

// ConfirmApp takes the app that waits after its first code, and gives the recovery codes, which nobody can read again.
// The person's other sessions end, as they have shown no second factor; the one at hand gets the hash of a new secret.
// Problems name the field "code"; domain.ErrNotFound when no app waits; a *domain.Wait after too many wrong codes.
func (s *Store) ConfirmApp(ctx context.Context, u domain.User, typed, session, renewed, from string) (codes []string, err error) {
	guess, err := s.startGuess(ctx, factorOf(u), "", "", from)
	if err != nil {
		return nil, err
	}
	err = s.tx(ctx, func(t *tx) error {
		now := s.now()
		there, err := person(ctx, t, u.ID)
		if err != nil {
			return err
		}
		after, event, err := there.AddApp(from, now)
		if err != nil {
			return err
		}
		secret, err := s.waitingApp(ctx, t, u)
		if err != nil {
			return err
		}
		step, err := stepOf(secret, typed, 0, now)
		if err != nil {
			return err
		}
		err = changed(ctx, t, "update authenticators set confirmed_at = $1, last_step = $2 where user_id = $3 and confirmed_at = 0", micros(now), step, u.ID)
		if err != nil {
			return wrap(err, "confirm an app")
		}
		if codes, err = s.writeCodes(ctx, t, u); err != nil {
			return err
		}
		if _, err := endSessions(ctx, t, u.ID, session); err != nil {
			return err
		}
		if err := s.renewProved(ctx, t, u, session, renewed); err != nil {
			return err
		}
		return s.writeFactors(ctx, t, after, event)
	})
	if err != nil {
		return nil, err
	}
	return codes, s.endGuess(ctx, guess)
}

// RemoveApp forgets a person's authenticator app and recovery codes. A *domain.Refusal when there is none.
func (s *Store) RemoveApp(ctx context.Context, u domain.User, from string) error {
	return s.tx(ctx, func(t *tx) error {
		there, err := person(ctx, t, u.ID)
		if err != nil {
			return err
		}
		after, event, err := there.RemoveApp(from, s.now())
		if err != nil {
			return err
		}
		if err := forgetApp(ctx, t, u.ID); err != nil {
			return err
		}
		return s.writeFactors(ctx, t, after, event)
	})
}

func forgetApp(ctx context.Context, t *tx, user string) error {
	if _, err := exec(ctx, t, "delete from authenticators where user_id = $1", user); err != nil {
		return fmt.Errorf("forget an app: %w", err)
	}
	_, err := exec(ctx, t, "delete from recovery_codes where user_id = $1", user)
	return wrap(err, "forget recovery codes")
}

// RenewCodes gives a person new recovery codes; those of before are void. A *domain.Refusal without an app.
func (s *Store) RenewCodes(ctx context.Context, u domain.User, from string) (codes []string, err error) {
	err = s.tx(ctx, func(t *tx) error {
		there, err := person(ctx, t, u.ID)
		if err != nil {
			return err
		}
		event, err := there.RenewCodes(from, s.now())
		if err != nil {
			return err
		}
		if codes, err = s.writeCodes(ctx, t, u); err != nil {
			return err
		}
		return s.tellFactors(ctx, t, there, event)
	})
	return codes, err
}

// RecoveryLeft counts the recovery codes that a person has not used.
func (s *Store) RecoveryLeft(ctx context.Context, u domain.User) (int, error) {
	found, err := all(ctx, s.read, text, "select hash from recovery_codes where user_id = $1 and used_at = 0", u.ID)
	return len(found), wrap(err, "count recovery codes")
}

// writeFactors writes the copies that the person carries, the event, and tells them by mail.
func (s *Store) writeFactors(ctx context.Context, t *tx, after domain.User, event domain.Event) error {
	if err := noteFactors(ctx, t, after); err != nil {
		return err
	}
	return s.tellFactors(ctx, t, after, event)
}

// noteFactors writes the copies that the person and their memberships carry.
func noteFactors(ctx context.Context, t *tx, u domain.User) error {
	err := changed(ctx, t, "update users set app_at = $1, passkeys = $2 where id = $3", micros(u.AppAt), u.Passkeys, u.ID)
	if err != nil {
		return wrap(err, "note a second factor")
	}
	return noteFactor(ctx, t, u.ID, u.Factor())
}

func (s *Store) tellFactors(ctx context.Context, t *tx, u domain.User, event domain.Event) error {
	if err := record(ctx, t, event); err != nil {
		return err
	}
	return deliver(ctx, t, domain.Delivery{
		Kind: domain.FactorsMail, UserID: u.ID, To: u.Email, Language: u.Language, CreatedAt: event.At,
		About: strings.TrimPrefix(string(event.Kind), "person."),
	})
}

// factorOf names the counter of wrong codes of a person: the app's and the recovery codes share it (AUTH-18).
func factorOf(u domain.User) string { return "second factor of " + u.ID }

// wrongCode is the one answer to every code that does not fit.
func wrongCode() error { return domain.Problems{"code": {Code: "code_wrong"}} }

// stepOf finds the time step of a code, later than the last one taken (RFC 6238, 5.2: a code counts once).
func stepOf(secret, typed string, last int64, now time.Time) (int64, error) {
	typed = domain.CodeOf(typed)
	at, found := now.Unix()/int64(codeStep/time.Second), int64(0)
	for step := at - codeSlack; step <= at+codeSlack; step++ {
		code, err := hotp.GenerateCode(secret, uint64(step)) //nolint:gosec // no time of ours is before 1970
		if err != nil {
			return 0, fmt.Errorf("make a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(typed)) == 1 && step > last {
			found = step
		}
	}
	if found == 0 {
		return 0, wrongCode()
	}
	return found, nil
}

// takeCode uses up a code of a person's app, or one of their recovery codes. A wrong or used one is Problems of "code".
func (s *Store) takeCode(ctx context.Context, t *tx, u domain.User, typed string, recovery bool, from string) error {
	now := s.now()
	if recovery {
		err := changed(ctx, t, "update recovery_codes set used_at = $1 where hash = $2 and user_id = $3 and used_at = 0",
			micros(now), s.codeHash(u.ID, domain.CodeOf(typed)), u.ID)
		if errors.Is(err, domain.ErrStale) {
			return wrongCode()
		}
		if err != nil {
			return fmt.Errorf("use a recovery code: %w", err)
		}
		return s.tellFactors(ctx, t, u, u.Event(domain.CodeUsed, from, now))
	}
	type app struct {
		secret string
		last   int64
	}
	scan := func(row scanner) (a app, err error) { return a, row.Scan(&a.secret, &a.last) }
	a, err := one(ctx, t, scan, "select secret, last_step from authenticators where user_id = $1 and confirmed_at > 0", u.ID)
	if errors.Is(err, domain.ErrNotFound) {
		return wrongCode()
	}
	if err != nil {
		return fmt.Errorf("read an app: %w", err)
	}
	secret, err := s.unseal(a.secret, "app of "+u.ID)
	if err != nil {
		return err
	}
	step, err := stepOf(secret, typed, a.last, now)
	if err != nil {
		return err
	}
	// The step is what one of two posts of the same code can set (AUTH-17).
	err = changed(ctx, t, "update authenticators set last_step = $1 where user_id = $2 and last_step < $1", step, u.ID)
	if errors.Is(err, domain.ErrStale) {
		return wrongCode()
	}
	return wrap(err, "use a code")
}

// writeCodes makes recovery codes, keeps what they can be recognised by, and gives them as they are written down.
func (s *Store) writeCodes(ctx context.Context, t *tx, u domain.User) ([]string, error) {
	if _, err := exec(ctx, t, "delete from recovery_codes where user_id = $1", u.ID); err != nil {
		return nil, fmt.Errorf("void recovery codes: %w", err)
	}
	codes, rows := make([]string, domain.RecoveryCodes), make([][]any, domain.RecoveryCodes)
	for i := range codes {
		code := strings.ToLower(rand.Text()[:12]) // 60 bits, and the server's key to try one
		rows[i] = []any{s.codeHash(u.ID, code), u.ID, micros(s.now()), 0}
		codes[i] = code[:4] + "-" + code[4:8] + "-" + code[8:]
	}
	return codes, wrap(insertAll(ctx, t, "recovery_codes (hash, user_id, created_at, used_at)", rows), "write recovery codes")
}

// codeHash is what is kept of a recovery code. It is keyed: a copy of the database alone tries nothing.
func (s *Store) codeHash(user, code string) string {
	mac := hmac.New(sha256.New, s.derive("recovery codes"))
	mac.Write([]byte(user + "\x00" + code))
	return hex.EncodeToString(mac.Sum(nil))
}
