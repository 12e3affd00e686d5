package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"gatehouse/domain"
)

// NewSecret makes the secret of a cookie or a link: 260 random bits, in letters and digits.
func NewSecret() string { return rand.Text() + rand.Text() }

// HashSecret is what the database keeps of a secret, and the only thing it can be found by.
func HashSecret(secret string) string { return tokenHash(secret) }

// A Start is a new session in the making.
type Start struct {
	// Hash is HashSecret of the new cookie. Old is that of the session the browser had, which ends; empty without one.
	Hash, Old string
	// Data is the web's JSON.
	Data string
	// From is the caller's network address, Agent the browser's User-Agent.
	From, Agent string
}

const sessionColumns = "s.hash, s.user_id, s.data, s.created_at, s.seen_at, s.expires_at, s.place, s.agent, s.pending_id, s.proved_at, s.company_id"

// sessionRow is a session on its way out of a row; into lists where its columns go.
type sessionRow struct {
	domain.Session
	user                           sql.Null[string]
	created, seen, expires, proved int64
}

func (r *sessionRow) into() []any {
	return []any{&r.Hash, &r.user, &r.Data, &r.created, &r.seen, &r.expires, &r.Place, &r.Agent, &r.PendingID, &r.proved, &r.Company}
}

func (r *sessionRow) session() domain.Session {
	v := r.Session
	v.UserID, v.CreatedAt, v.SeenAt, v.ExpiresAt = r.user.V, fromMicros(r.created), fromMicros(r.seen), fromMicros(r.expires)
	v.ProvedAt = fromMicros(r.proved)
	return v
}

// sessionOf says whose a new session is, and for how long at most.
type sessionOf struct {
	user    string // empty before sign-in
	pending string // whose second factor is awaited
	life    time.Duration
}

// CreateSession writes a session of nobody: for a form before sign-in, or a flash.
func (s *Store) CreateSession(ctx context.Context, n Start) error {
	return s.tx(ctx, func(t *tx) error { return s.insertSession(ctx, t, n, sessionOf{life: s.limits.SessionAge}) })
}

func (s *Store) insertSession(ctx context.Context, t *tx, n Start, of sessionOf) error {
	now, proved := s.now(), time.Time{}
	if of.user != "" {
		proved = now
	}
	_, err := exec(ctx, t, `insert into sessions (hash, user_id, data, created_at, seen_at, expires_at, place, agent, pending_id, proved_at)
		values ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9)`,
		n.Hash, orNull(of.user), n.Data, micros(now), micros(now.Add(of.life)), Place(n.From), cut(n.Agent, 300), of.pending, micros(proved))
	return wrap(err, "write a session")
}

// endOld ends the session that a new one takes the place of.
func endOld(ctx context.Context, t *tx, n Start) error {
	_, err := exec(ctx, t, "delete from sessions where hash = $1", n.Old)
	return wrap(err, "end the old session")
}

// StartSession signs a person in whose password, or link, was right: a new session with a new secret, the old one
// dead, the oldest beyond the limit evicted, the sign-in noted. device is the secret of the known-device cookie the
// browser came with; the answer is the one it shall have from now on.
//
// All is checked again in the transaction: domain.ErrNotFound when the person has no place any more or their
// password has changed since u was read (RACE-08), domain.ErrSecondFactor when this is not enough to let them in.
func (s *Store) StartSession(ctx context.Context, u domain.User, device string, n Start) (string, error) {
	fresh := NewSecret()
	err := s.tx(ctx, func(t *tx) error {
		there, err := s.enters(ctx, t, u)
		if err != nil {
			return err
		}
		if there.SecondFactor {
			return domain.ErrSecondFactor
		}
		return s.startSession(ctx, t, there, device, fresh, n)
	})
	return fresh, err
}

// enters reads a person anew who is to be let in. domain.ErrNotFound when they have no place any more, or their password
// has changed since u was read.
func (s *Store) enters(ctx context.Context, t *tx, u domain.User) (domain.User, error) {
	there, err := person(ctx, t, u.ID)
	if err != nil {
		return there, err
	}
	in, err := mayEnter(ctx, t, there, s.now())
	if err == nil && (!in || there.PasswordHash != u.PasswordHash) {
		err = domain.ErrNotFound
	}
	return there, err
}

// startSession begins a person's session, fresh being the secret their browser is known by from now on. Whoever calls it
// has made sure that it is them.
func (s *Store) startSession(ctx context.Context, t *tx, u domain.User, device, fresh string, n Start) error {
	now := s.now()
	if err := s.insertSession(ctx, t, n, sessionOf{user: u.ID, life: s.limits.SessionAge}); err != nil {
		return err
	}
	if err := endOld(ctx, t, n); err != nil {
		return err
	}
	if err := s.evict(ctx, t, "sessions", "seen_at", u.ID, n.Hash); err != nil {
		return err
	}
	if err := s.tellNewDevice(ctx, t, u, device, n); err != nil {
		return err
	}
	if err := s.knowDevice(ctx, t, u.ID, device, fresh, now); err != nil {
		return err
	}
	if err := recordSignIn(ctx, t, u.ID, now); err != nil {
		return err
	}
	return record(ctx, t, u.Event(domain.SignedInEvent, n.From, now))
}

// recordSignIn notes the time with the person and in the accounts they are in. It is no change of a membership:
// their versions stay.
func recordSignIn(ctx context.Context, t *tx, user string, now time.Time) error {
	if _, err := exec(ctx, t, "update users set last_sign_in_at = $1 where id = $2", micros(now), user); err != nil {
		return fmt.Errorf("note a sign-in: %w", err)
	}
	_, err := exec(ctx, t, "update memberships set last_sign_in_at = $1 where user_id = $2 and kind <> 'guest' and accepted_at > 0 and removed_at = 0", micros(now), user)
	return wrap(err, "note a sign-in in memberships")
}

// evict deletes a person's oldest rows beyond the limit, so that signing in for ever keeps the table small (SESS-13).
// table and by are names written here, never typed.
func (s *Store) evict(ctx context.Context, t *tx, table, by, user, keep string) error {
	hashes, err := all(ctx, t, text, "select hash from "+table+" where user_id = $1 and hash <> $2 order by "+by+" desc, hash", user, keep)
	if err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	others := s.limits.SessionsPerUser - 1
	if len(hashes) <= others {
		return nil
	}
	old := hashes[others:]
	_, err = exec(ctx, t, "delete from "+table+" where hash in ("+in(len(old), 1)+")", values(old)...)
	return wrap(err, "evict from "+table)
}

// knowDevice remembers the browser under a new secret.
func (s *Store) knowDevice(ctx context.Context, t *tx, user, had, fresh string, now time.Time) error {
	if had != "" {
		if _, err := exec(ctx, t, "delete from known_devices where hash = $1 and user_id = $2", HashSecret(had), user); err != nil {
			return fmt.Errorf("renew a known device: %w", err)
		}
	}
	if _, err := exec(ctx, t, "insert into known_devices (hash, user_id, created_at) values ($1, $2, $3)", HashSecret(fresh), user, micros(now)); err != nil {
		return fmt.Errorf("remember a device: %w", err)
	}
	return s.evict(ctx, t, "known_devices", "created_at", user, HashSecret(fresh))
}

// Session finds a live session and its person in one query; the person is the zero User before sign-in.
// domain.ErrNotFound when it is unknown, was idle too long, or has reached its absolute end. used says that a person
// did something; background polling does not, and does not keep a session alive.
func (s *Store) Session(ctx context.Context, hash string, used bool) (domain.Session, domain.User, error) {
	type both struct {
		session boundSession
		user    domain.User
	}
	scan := func(row scanner) (both, error) {
		var r sessionRow
		var u userRow
		var idle, age int64
		err := row.Scan(append(append(r.into(), u.into()...), &idle, &age)...)
		return both{boundSession{r.session(), idle, age}, u.user()}, err
	}
	now := s.now()
	found, err := one(ctx, s.read, scan, "select "+sessionColumns+", "+userOrNobody+", "+s.sessionLimits("s.user_id", 2)+` from sessions s left join users u on u.id = s.user_id
		where s.hash = $1 and s.expires_at > $2 and s.seen_at > $3`, hash, micros(now), micros(now.Add(-s.limits.SessionIdle)))
	if err != nil {
		return domain.Session{}, domain.User{}, wrap(err, "read a session")
	}
	idle, _ := s.limitsOf(found.session)
	if !s.lives(found.session) {
		return domain.Session{}, domain.User{}, fmt.Errorf("read a session: %w", domain.ErrNotFound)
	}
	// Written at most once a minute: pages are read far more often than that.
	if used && now.Sub(found.session.SeenAt) >= min(time.Minute, idle/10) {
		err = s.tx(ctx, func(t *tx) error {
			_, err := exec(ctx, t, "update sessions set seen_at = $1 where hash = $2 and seen_at < $1", micros(now), hash)
			return err
		})
		switch {
		case errors.Is(err, ErrUnavailable):
			// Reading goes on while nothing can be written; the session only ages.
			s.log.Warn("the use of a session was not noted", "error", err)
		case err != nil:
			return domain.Session{}, domain.User{}, fmt.Errorf("note the use of a session: %w", err)
		default:
			found.session.SeenAt = now
		}
	}
	return found.session.Session, found.user, nil
}

// SaveSession writes the web's data. domain.ErrNotFound when the session has ended: it does not come back.
func (s *Store) SaveSession(ctx context.Context, hash, data string) error {
	err := s.tx(ctx, func(t *tx) error { return changed(ctx, t, "update sessions set data = $1 where hash = $2", data, hash) })
	return wrap(gone(err), "save a session")
}

// RotateSession gives a session another secret and data in one step; the old secret is dead. Its person and its
// absolute end stay. domain.ErrNotFound when it has ended.
func (s *Store) RotateSession(ctx context.Context, hash, renewed, data string) error {
	err := s.tx(ctx, func(t *tx) error {
		return changed(ctx, t, "update sessions set hash = $1, data = $2 where hash = $3", renewed, data, hash)
	})
	return wrap(gone(err), "renew a session")
}

// EndSession signs a browser out. Nothing happens when the session has ended already.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	err := s.tx(ctx, func(t *tx) error {
		_, err := exec(ctx, t, "delete from sessions where hash = $1", hash)
		return err
	})
	return wrap(err, "end a session")
}

// EndOwnSession ends one of a person's sessions; anybody else's is domain.ErrNotFound (SESS-11).
func (s *Store) EndOwnSession(ctx context.Context, u domain.User, hash, from string) error {
	return s.tx(ctx, func(t *tx) error {
		err := gone(changed(ctx, t, "delete from sessions where hash = $1 and user_id = $2", hash, u.ID))
		if err != nil {
			return wrap(err, "end a session")
		}
		return record(ctx, t, u.Event(domain.SessionsEnded, from, s.now()))
	})
}

// EndOwnSessions ends all of a person's sessions but the one at hand and says how many.
func (s *Store) EndOwnSessions(ctx context.Context, u domain.User, keep, from string) (n int64, err error) {
	err = s.tx(ctx, func(t *tx) error {
		if n, err = endSessions(ctx, t, u.ID, keep); err != nil || n == 0 {
			return err
		}
		return record(ctx, t, u.Event(domain.SessionsEnded, from, s.now()))
	})
	return n, err
}

// endSessions ends every session of a person but one, and the sign-ins they are in the middle of; keep may be empty.
func endSessions(ctx context.Context, t *tx, user, keep string) (int64, error) {
	if _, err := exec(ctx, t, "delete from sessions where pending_id = $1", user); err != nil {
		return 0, fmt.Errorf("end sign-ins: %w", err)
	}
	n, err := exec(ctx, t, "delete from sessions where user_id = $1 and hash <> $2", user, keep)
	return n, wrap(err, "end sessions")
}

// renewProved gives a session of the person another secret, and notes that they have just proved themself.
func (s *Store) renewProved(ctx context.Context, t *tx, u domain.User, session, renewed string) error {
	err := changed(ctx, t, "update sessions set hash = $1, proved_at = $2 where hash = $3 and user_id = $4", renewed, micros(s.now()), session, u.ID)
	return wrap(gone(err), "renew a session")
}

// shutOut ends the sessions of somebody who has no place left anywhere. The writer of memberships calls it in the
// transaction that takes a place away, so that a sign-in at the same moment is before it and ended, or after it and refused (RACE-08).
func (s *Store) shutOut(ctx context.Context, t *tx, user string) error {
	u, err := person(ctx, t, user)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	in, err := mayEnter(ctx, t, u, s.now())
	if err != nil || in {
		return err
	}
	_, err = endSessions(ctx, t, user, "")
	return err
}

// SessionsOf lists a person's live sessions, the last used first. There are never more than the limit.
func (s *Store) SessionsOf(ctx context.Context, user string) ([]domain.Session, error) {
	now := s.now()
	scan := func(row scanner) (boundSession, error) {
		var r sessionRow
		var idle, age int64
		err := row.Scan(append(r.into(), &idle, &age)...)
		return boundSession{r.session(), idle, age}, err
	}
	found, err := all(ctx, s.read, scan, "select "+sessionColumns+", "+s.sessionLimits("s.user_id", 2)+` from sessions s
		where s.user_id = $1 and s.expires_at > $2 and s.seen_at > $3 order by s.seen_at desc, s.hash`,
		user, micros(now), micros(now.Add(-s.limits.SessionIdle)))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	var live []domain.Session
	for _, v := range found {
		if s.lives(v) {
			live = append(live, v.Session)
		}
	}
	return live, nil
}

// Tidy deletes what has run out: sessions, links and counters. Nothing depends on it but the size of the tables.
func (s *Store) Tidy(ctx context.Context) error {
	now := s.now()
	return s.tx(ctx, func(t *tx) error {
		for _, old := range []struct {
			sql    string
			before time.Time
		}{
			{"delete from sessions where expires_at <= $1", now},
			{"delete from tokens where expires_at <= $1", now.Add(-24 * time.Hour)},
			{"delete from counters where last_at <= $1", now.Add(-counterLife)},
		} {
			if _, err := exec(ctx, t, old.sql, micros(old.before)); err != nil {
				return fmt.Errorf("tidy: %w", err)
			}
		}
		return nil
	})
}

// gone turns "the row is not as expected" into "there is no such row".
func gone(err error) error {
	if errors.Is(err, domain.ErrStale) {
		return domain.ErrNotFound
	}
	return err
}

// Place is what is kept of a network address: its /24 or /48. Empty when it is none.
func Place(from string) string { return prefix(from, 24, 48) }

func prefix(from string, four, six int) string {
	addr, err := netip.ParseAddr(from)
	if err != nil {
		return ""
	}
	addr = addr.Unmap().WithZone("")
	bits := four
	if addr.Is6() {
		bits = six
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// cut keeps the start of a text that a stranger sent.
func cut(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
