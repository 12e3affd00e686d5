package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gatehouse/domain"
)

const userColumns = `u.id, u.email, u.first_name, u.last_name, u.phone, u.language, u.time_zone, u.theme, u.password_hash,
	u.password_changed_at, u.last_sign_in_at, u.created_at, u.version, u.app_at, u.passkeys`

// userOrNobody are the same columns after a left join.
const userOrNobody = `coalesce(u.id, ''), coalesce(u.email, ''), coalesce(u.first_name, ''), coalesce(u.last_name, ''), coalesce(u.phone, ''),
	coalesce(u.language, ''), coalesce(u.time_zone, ''), coalesce(u.theme, ''), coalesce(u.password_hash, ''),
	coalesce(u.password_changed_at, 0), coalesce(u.last_sign_in_at, 0), coalesce(u.created_at, 0), coalesce(u.version, 0),
	coalesce(u.app_at, 0), coalesce(u.passkeys, 0)`

// userRow is a person on their way out of a row; into lists where their columns go.
type userRow struct {
	domain.User
	password, seen, created, app int64
}

func (r *userRow) into() []any {
	return []any{
		&r.ID, &r.Email, &r.FirstName, &r.LastName, &r.Phone, &r.Language, &r.TimeZone, &r.Theme, &r.PasswordHash,
		&r.password, &r.seen, &r.created, &r.Version, &r.app, &r.Passkeys,
	}
}

func (r *userRow) user() domain.User {
	u := r.User
	u.PasswordChangedAt, u.LastSignInAt, u.CreatedAt = fromMicros(r.password), fromMicros(r.seen), fromMicros(r.created)
	u.AppAt, u.SecondFactor = fromMicros(r.app), r.app > 0 || r.Passkeys > 0
	return u
}

func scanUser(row scanner) (domain.User, error) {
	var r userRow
	err := row.Scan(r.into()...)
	return r.user(), err
}

// Person finds somebody by id. domain.ErrNotFound when there is nobody.
func (s *Store) Person(ctx context.Context, id string) (domain.User, error) {
	return person(ctx, s.read, id)
}

// PersonByEmail finds somebody by their canonical address. domain.ErrNotFound when nobody has it.
func (s *Store) PersonByEmail(ctx context.Context, email string) (domain.User, error) {
	return personByEmail(ctx, s.read, email)
}

func person(ctx context.Context, q querier, id string) (domain.User, error) {
	u, err := one(ctx, q, scanUser, "select "+userColumns+" from users u where u.id = $1", id)
	return u, wrap(err, "read a person")
}

func personByEmail(ctx context.Context, q querier, email string) (domain.User, error) {
	u, err := one(ctx, q, scanUser, "select "+userColumns+" from users u where lower(u.email) = $1", email)
	return u, wrap(err, "read a person by address")
}

// insertUser writes a new person. The caller has looked in the same transaction that nobody has the address.
func insertUser(ctx context.Context, t *tx, users ...domain.User) error {
	rows := make([][]any, len(users))
	for i, u := range users {
		rows[i] = []any{
			u.ID, u.Email, u.FirstName, u.LastName, u.Phone, u.Language, u.TimeZone, u.Theme, u.PasswordHash,
			micros(u.PasswordChangedAt), micros(u.LastSignInAt), micros(u.CreatedAt), u.Version,
		}
	}
	err := insertAll(ctx, t, `users (id, email, first_name, last_name, phone, language, time_zone, theme, password_hash,
		password_changed_at, last_sign_in_at, created_at, version)`, rows)
	return wrap(err, "write a person")
}

// mayEnter reports whether a person has a place: an active membership, or an open invite to their address. Somebody
// who was removed from everywhere, or suspended, can neither sign in nor reset (AUTH-03, AUTH-22).
func mayEnter(ctx context.Context, q querier, u domain.User, now time.Time) (bool, error) {
	// A guest whose own places are all gone is one nowhere (GST-11); who never had one is at home as a guest.
	const guest = " and (m.kind <> 'guest' or not exists (select 1 from memberships h where h.user_id = $1 and h.kind <> 'guest'))"
	found, err := all(ctx, q, number, "select 1 from memberships m where m.user_id = $1 and "+active(2)+guest+" limit 1", u.ID, micros(now))
	if err != nil || len(found) > 0 {
		return len(found) > 0, wrap(err, "look for a person's place")
	}
	found, err = all(ctx, q, number, `select 1 from memberships m where m.email = $3 and m.accepted_at = 0 and m.removed_at = 0
		and m.revoked_at = 0 and m.declined_at = 0 and m.expires_at > $2 and (m.ends_at = 0 or m.ends_at > $2)`+guest+" limit 1", u.ID, micros(now), u.Email)
	return len(found) > 0, wrap(err, "look for an invite to a person")
}

// An Attempt is somebody trying to sign in.
type Attempt struct {
	Email, Password string
	// Device is the secret of the known-device cookie, empty without one.
	Device string
	Start  Start
}

// SignIn checks a password and starts a session. A wrong password, an unknown address, and somebody who has no place
// any more are the same domain.ErrNotFound after the same work; domain.ErrTooMany (a *domain.Wait) says how long to wait.
// domain.ErrSecondFactor: the session is nobody's and waits for it (PassFactor). domain.ErrOutgrown: the password is right
// and signs nobody in any more; a link to set another is mailed, as often as anybody may ask for one.
// device is the secret for the browser's known-device cookie.
func (s *Store) SignIn(ctx context.Context, a Attempt) (u domain.User, device string, err error) {
	email, ok := domain.ParseEmail(a.Email)
	if !ok {
		// Never anybody's, but it is counted and hashed like any other.
		email = strings.ToLower(strings.TrimSpace(a.Email))
	}
	u, err = personByEmail(ctx, s.read, email)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return domain.User{}, "", err
	}
	guess, err := s.startGuess(ctx, email, u.ID, a.Device, a.Start.From)
	if err != nil {
		return domain.User{}, "", err
	}
	right, outdated, err := s.verify(ctx, u.PasswordHash, a.Password)
	if err != nil {
		return domain.User{}, "", err
	}
	if !right {
		return domain.User{}, "", domain.ErrNotFound
	}
	if u.Outgrown(a.Password) {
		if err := s.AskReset(ctx, u.Email, a.Start.From); err != nil {
			return domain.User{}, "", err
		}
		return domain.User{}, "", cmp.Or(s.endGuess(ctx, guess), domain.ErrOutgrown)
	}
	if outdated {
		if u, err = s.rehash(ctx, u, a.Password); err != nil {
			return domain.User{}, "", err
		}
	}
	device, err = s.StartSession(ctx, u, a.Device, a.Start)
	if errors.Is(err, domain.ErrSecondFactor) {
		if err = s.awaitFactor(ctx, u, a.Start); err == nil {
			err = s.endGuess(ctx, guess)
		}
		return domain.User{}, "", cmp.Or(err, domain.ErrSecondFactor)
	}
	if err != nil {
		return domain.User{}, "", err
	}
	return u, device, s.endGuess(ctx, guess)
}

// rehash stores the password under the parameters of today.
func (s *Store) rehash(ctx context.Context, u domain.User, password string) (domain.User, error) {
	fresh, err := s.HashPassword(ctx, password)
	if err != nil {
		return u, err
	}
	err = s.tx(ctx, func(t *tx) error {
		return changed(ctx, t, "update users set password_hash = $1 where id = $2 and password_hash = $3", fresh, u.ID, u.PasswordHash)
	})
	u.PasswordHash = fresh
	return u, wrap(err, "store a password anew")
}

// ChangePassword sets a person's own password after their present one, ends their other sessions, and gives the
// session at hand the hash of a new secret (SESS-02, SESS-09). Problems name the fields "current" and "password".
func (s *Store) ChangePassword(ctx context.Context, u domain.User, d domain.PasswordDraft, session, renewed, from string) error {
	guess, err := s.startGuess(ctx, changeOf(u), "", "", from)
	if err != nil {
		return err
	}
	right, _, err := s.verify(ctx, u.PasswordHash, d.Current)
	if err != nil {
		return err
	}
	if !right {
		return domain.Problems{"current": {Code: "password_wrong"}}
	}
	if err := s.endGuess(ctx, guess); err != nil {
		return err
	}
	if err := s.CheckPassword(ctx, u, d.Password); err != nil {
		return err
	}
	hash, err := s.HashPassword(ctx, d.Password)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(t *tx) error {
		if err := s.setPassword(ctx, t, u, hash, session, domain.PasswordChanged, from); err != nil {
			return err
		}
		return s.renewProved(ctx, t, u, session, renewed)
	})
}

// CheckPassword reads a new password of a person; Problems name the field "password".
func (s *Store) CheckPassword(ctx context.Context, u domain.User, password string, companies ...string) error {
	in, err := s.AccountsOf(ctx, u.ID)
	if err != nil {
		return err
	}
	least := leastPassword(u, in)
	words := append([]string{u.Email, strings.Split(u.Email, "@")[0], u.FirstName, u.LastName, u.Name()}, companies...)
	for _, b := range in {
		words = append(words, b.Account.Name)
	}
	if code := domain.CheckPassword(password, least, CommonPassword, words...); code != "" {
		return domain.Problems{"password": {Code: code, Args: map[string]string{"Least": strconv.Itoa(least)}}}
	}
	return nil
}

// LeastPassword is the shortest password that a person may set: the strictest of their accounts says so.
func (s *Store) LeastPassword(ctx context.Context, u domain.User) (int, error) {
	in, err := s.AccountsOf(ctx, u.ID)
	return leastPassword(u, in), err
}

func leastPassword(u domain.User, in []domain.Belonging) int {
	policies := make([]domain.Policy, len(in))
	for i, b := range in {
		policies[i] = b.Account.Policy
	}
	return domain.PasswordLength(u.SecondFactor, policies...)
}

// setPassword writes a new password and what follows from it: sessions but one end, no browser is known any more,
// links to set a password are dead, the failures are forgotten, the person is told.
func (s *Store) setPassword(ctx context.Context, t *tx, u domain.User, hash, keep string, kind domain.EventKind, from string) error {
	now := s.now()
	err := changed(ctx, t, "update users set password_hash = $1, password_changed_at = $2, version = version + 1 where id = $3 and password_hash = $4",
		hash, micros(now), u.ID, u.PasswordHash)
	if err != nil {
		return wrap(err, "set a password")
	}
	if _, err := endSessions(ctx, t, u.ID, keep); err != nil {
		return err
	}
	if _, err := exec(ctx, t, "delete from known_devices where user_id = $1", u.ID); err != nil {
		return fmt.Errorf("forget known devices: %w", err)
	}
	if err := s.killTokens(ctx, t, u.ID, resetPurpose); err != nil {
		return err
	}
	if err := forgive(ctx, t, u.Email); err != nil {
		return err
	}
	if err := record(ctx, t, u.Event(kind, from, now)); err != nil {
		return err
	}
	return deliver(ctx, t, domain.Delivery{Kind: domain.PasswordChangedMail, UserID: u.ID, To: u.Email, Language: u.Language, CreatedAt: now})
}

// UpdateProfile writes what a person says of themself, in their memberships too. domain.ErrStale when u is not
// the newest version.
func (s *Store) UpdateProfile(ctx context.Context, u domain.User, to domain.Person, from string) (domain.User, error) {
	changedUser, e := u.ChangeProfile(to, from, s.now())
	err := s.tx(ctx, func(t *tx) error {
		err := changed(ctx, t, `update users set first_name = $1, last_name = $2, phone = $3, language = $4, time_zone = $5, theme = $6, version = version + 1
			where id = $7 and version = $8`, to.FirstName, to.LastName, to.Phone, to.Language, to.TimeZone, to.Theme, u.ID, u.Version)
		if err != nil {
			return wrap(err, "change a profile")
		}
		places, err := readMemberships(ctx, t, "where m.user_id = $1 and m.removed_at = 0", u.ID)
		if err != nil {
			return err
		}
		for _, m := range places {
			a, err := one(ctx, t, s.scanAccount, "select "+accountColumns+" from accounts a where a.id = $1", m.AccountID)
			if err != nil {
				return wrap(err, "read the account of a membership")
			}
			if _, err := s.updateMembership(ctx, t, m, m.Follow(to, a.Country)); err != nil {
				return err
			}
		}
		return record(ctx, t, e)
	})
	return changedUser, err
}
