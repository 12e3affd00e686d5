package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/domain"
)

// membershipColumns is what a membership is read from and written to, in the order of scanMembership and
// membershipValues. The scope has a table of its own; account_wide is its copy for rules and lists.
var membershipColumns = []string{
	"id", "account_id", "kind", "user_id", "email", "first_name", "last_name", "name_key", "search_text", "phone", "language",
	"role", "account_wide", "notify_email", "notify_text", "message", "invited_by", "inviter_name", "generation",
	"sent_at", "expires_at", "accepted_at", "declined_at", "revoked_at", "suspended_at", "suspended_by", "ends_at", "removed_at",
	"reminders", "remind_at", "expiry_told", "last_sign_in_at", "mail_state", "mail_at", "mail_error", "created_at", "version",
	"workspace", "email_domain", "second_factor", "company", "end_told", "level", "suspended_by_id", "via",
}

// membershipFields names the columns for a select from "memberships m".
var membershipFields = "m." + strings.Join(membershipColumns, ", m.")

// storedFactors are the second factors as second_factor numbers them.
var storedFactors = []domain.Factor{domain.NoFactor, domain.AppFactor, domain.PasskeyFactor}

func storedFactor(f domain.Factor) int { return slices.Index(storedFactors, f) }

// scanMembership reads one row without its scope, which readMemberships adds: an account-wide one of staff needs no more.
func scanMembership(row scanner) (domain.Membership, error) {
	var (
		m          domain.Membership
		user       sql.Null[string]
		key, found string
		host       string
		wide       bool
		remind     int64
		level      int
		factor     int
		at         [12]int64
	)
	err := row.Scan(&m.ID, &m.AccountID, &m.Kind, &user, &m.Email, &m.FirstName, &m.LastName, &key, &found, &m.Phone, &m.Language,
		&m.Role, &wide, &m.NotifyEmail, &m.NotifyText, &m.Message, &m.InvitedBy, &m.InviterName, &m.Generation,
		&at[0], &at[1], &at[2], &at[3], &at[4], &at[5], &m.SuspendedBy, &at[6], &at[7],
		&m.Reminders, &remind, &m.ExpiryTold, &at[8], &m.Mail.State, &at[9], &m.Mail.Error, &at[10], &m.Version, &m.Workspace, &host, &factor,
		&m.Company, &at[11], &level, &m.SuspendedByID, &m.Via)
	if err != nil {
		return m, err
	}
	if factor < 0 || factor >= len(storedFactors) {
		return m, fmt.Errorf("membership %s has no second factor %d", m.ID, factor)
	}
	m.UserID, m.Factor = user.V, storedFactors[factor]
	for i, t := range []*time.Time{
		&m.SentAt, &m.ExpiresAt, &m.AcceptedAt, &m.DeclinedAt, &m.RevokedAt, &m.SuspendedAt,
		&m.EndsAt, &m.RemovedAt, &m.LastSignInAt, &m.Mail.At, &m.CreatedAt, &m.EndTold,
	} {
		*t = fromMicros(at[i])
	}
	if wide && m.Kind != domain.KindGuest {
		m.Scope = domain.Whole(m.AccountID)
	}
	return m, nil
}

// membershipValues are the arguments for membershipColumns.
func membershipValues(m domain.Membership) []any {
	return []any{
		m.ID, m.AccountID, string(m.Kind),
		sql.Null[string]{V: m.UserID, Valid: m.UserID != ""},
		m.Email, m.FirstName, m.LastName,
		domain.Fold(m.Name()), domain.Fold(strings.TrimSpace(m.FirstName + " " + m.LastName + " " + m.Email + " " + m.Company)), m.Phone, m.Language,
		string(m.Role), bit(m.Scope.AccountWide()), bit(m.NotifyEmail), bit(m.NotifyText), m.Message, m.InvitedBy, m.InviterName, m.Generation,
		micros(m.SentAt), micros(m.ExpiresAt), micros(m.AcceptedAt), micros(m.DeclinedAt), micros(m.RevokedAt), micros(m.SuspendedAt),
		m.SuspendedBy, micros(m.EndsAt), micros(m.RemovedAt),
		m.Reminders, micros(remindAt(m)), bit(m.ExpiryTold), micros(m.LastSignInAt), string(m.Mail.State), micros(m.Mail.At), m.Mail.Error,
		micros(m.CreatedAt), m.Version, string(m.Workspace), domain.EmailDomain(m.Email), storedFactor(m.Factor), m.Company, micros(m.EndTold),
		m.Role.Level(), m.SuspendedByID, m.Via,
	}
}

// primaryKey is SQLite's name for the index of the ids.
const primaryKey = "sqlite_autoindex_memberships_1"

// bit is how a boolean is stored.
func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// remindAt is when the clock owes the next reminder: none for a closed offer, nor one that falls after its end.
func remindAt(m domain.Membership) time.Time {
	closed := !m.AcceptedAt.IsZero() || !m.DeclinedAt.IsZero() || !m.RevokedAt.IsZero() || !m.RemovedAt.IsZero()
	if closed || m.SentAt.IsZero() || !m.NextReminder().Before(m.ExpiresAt) {
		return time.Time{}
	}
	return m.NextReminder()
}

// readMemberships reads memberships whole; tail is what follows "from memberships m".
func readMemberships(ctx context.Context, q querier, tail string, args ...any) ([]domain.Membership, error) {
	found, err := all(ctx, q, scanMembership, "select "+membershipFields+" from memberships m "+tail, args...)
	if err != nil {
		return nil, fmt.Errorf("read memberships: %w", err)
	}
	return found, loadScopes(ctx, q, found)
}

// readMembership reads the first one; domain.ErrNotFound when there is none.
func readMembership(ctx context.Context, q querier, tail string, args ...any) (domain.Membership, error) {
	found, err := readMemberships(ctx, q, tail, args...)
	if err != nil {
		return domain.Membership{}, err
	}
	if len(found) == 0 {
		return domain.Membership{}, domain.ErrNotFound
	}
	return found[0], nil
}

// loadScopes adds the scopes that are not the whole account, all in one statement.
func loadScopes(ctx context.Context, q querier, to []domain.Membership) error {
	at := map[string]int{}
	var ids []string
	for i, m := range to {
		if !m.Scope.AccountWide() {
			at[m.ID] = i
			ids = append(ids, m.ID)
		}
	}
	type grant struct {
		domain.Grant
		membership string
	}
	scan := func(row scanner) (g grant, err error) {
		var may string
		if err := row.Scan(&g.membership, &g.Node.Account, &g.Node.Site, &g.Node.Group, &g.Node.Device, &may); err != nil {
			return g, err
		}
		var ok bool
		if g.May, ok = domain.ParsePrivileges(may); !ok {
			return g, fmt.Errorf("membership %s has the unknown privileges %q", g.membership, may)
		}
		return g, nil
	}
	for batch := range slices.Chunk(ids, 500) {
		grants, err := all(ctx, q, scan, `select membership_id, account_id, site_id, group_id, device_id, privileges from grants
			where membership_id in (`+in(len(batch), 1)+`) order by membership_id, site_id, group_id, device_id`, values(batch)...)
		if err != nil {
			return fmt.Errorf("read grants: %w", err)
		}
		for _, g := range grants {
			m := &to[at[g.membership]]
			m.Scope = append(m.Scope, g.Node)
			if m.Kind == domain.KindGuest {
				m.Grants = append(m.Grants, g.Grant)
			}
		}
	}
	return nil
}

// insertMembership writes a new membership with its grants and link, and gives it its id and first version.
// A second life of one address breaks the index memberships_address (violated).
func (s *Store) insertMembership(ctx context.Context, t *tx, m domain.Membership) (domain.Membership, error) {
	one := []domain.Membership{m}
	err := s.insertMemberships(ctx, t, one)
	return one[0], err
}

// insertMemberships is insertMembership for many, in a few statements; the ids are given in place.
func (s *Store) insertMemberships(ctx context.Context, t *tx, all []domain.Membership) error {
	var rows, grants, links [][]any
	for i := range all {
		m := &all[i]
		m.ID, m.Version = newID(), 1
		rows = append(rows, membershipValues(*m))
		grants = append(grants, grantValues(*m)...)
		links = append(links, s.linkValues(*m))
	}
	if err := insertAll(ctx, t, "memberships ("+strings.Join(membershipColumns, ", ")+")", rows); err != nil {
		return fmt.Errorf("write memberships: %w", err)
	}
	if err := insertAll(ctx, t, grantsColumns, grants); err != nil {
		return fmt.Errorf("write grants: %w", err)
	}
	return keepLinks(ctx, t, links)
}

// updateMembership writes what differs between before and after, under the guard that nobody wrote in between
// (domain.ErrStale), and gives after its next version. Untouched columns stay: the worker's delivery state and
// a sign-in at the same moment are not overwritten, and indexes that do not change are not written.
// Somebody whose last place this takes away is signed out with it.
func (s *Store) updateMembership(ctx context.Context, t *tx, before, after domain.Membership) (domain.Membership, error) {
	after.Version = before.Version + 1
	old, vals := membershipValues(before), membershipValues(after)
	var set []string
	args := []any{before.ID, before.Version}
	for i, name := range membershipColumns {
		if old[i] != vals[i] {
			args = append(args, vals[i])
			set = append(set, name+" = $"+strconv.Itoa(len(args)))
		}
	}
	if err := changed(ctx, t, "update memberships set "+strings.Join(set, ", ")+" where id = $1 and version = $2", args...); err != nil {
		return after, fmt.Errorf("change a membership: %w", err)
	}
	if !after.Scope.Equal(before.Scope) || part(after) != part(before) || !slices.EqualFunc(after.Grants, before.Grants, domain.Grant.Equal) {
		if err := replaceGrants(ctx, t, after); err != nil {
			return after, err
		}
	}
	if after.Generation != before.Generation {
		if err := keepLinks(ctx, t, [][]any{s.linkValues(after)}); err != nil {
			return after, err
		}
	}
	if now := s.now(); before.Active(now) && !after.Active(now) {
		return after, s.shutOut(ctx, t, before.UserID)
	}
	return after, nil
}

// replaceGrants writes another scope down.
func replaceGrants(ctx context.Context, t *tx, m domain.Membership) error {
	if _, err := exec(ctx, t, "delete from grants where membership_id = $1", m.ID); err != nil {
		return fmt.Errorf("take grants away: %w", err)
	}
	if err := insertAll(ctx, t, grantsColumns, grantValues(m)); err != nil {
		return fmt.Errorf("write grants: %w", err)
	}
	return nil
}

const grantsColumns = "grants (membership_id, account_id, site_id, group_id, device_id, part, privileges)"

// part is the list a membership stands in, as its grants remember it.
func part(m domain.Membership) string {
	switch {
	case !m.RemovedAt.IsZero():
		return string(m.Kind) + " gone"
	case !m.AcceptedAt.IsZero():
		return string(m.Kind) + " in"
	}
	return string(m.Kind) + " offered"
}

// grantValues are the rows of a scope. One that holds the whole account is that and nothing else; a guest's say what
// may be done at each node.
func grantValues(m domain.Membership) (rows [][]any) {
	for _, g := range m.Grants {
		rows = append(rows, []any{m.ID, g.Node.Account, g.Node.Site, g.Node.Group, g.Node.Device, part(m), g.May.String()})
	}
	if m.Kind == domain.KindGuest {
		return rows
	}
	scope := m.Scope
	if scope.AccountWide() {
		scope = domain.Whole(m.AccountID)
	}
	seen := map[domain.Node]bool{}
	for _, n := range scope {
		if !seen[n] {
			seen[n] = true
			rows = append(rows, []any{m.ID, n.Account, n.Site, n.Group, n.Device, part(m), ""})
		}
	}
	return rows
}

// keepers counts the other people who keep the account manageable, capped at 1: to lose one, one must remain.
// It reads inside the change, so that two people cannot lose each other (RACE-04).
func keepers(ctx context.Context, t *tx, account domain.Account, but string) (int, error) {
	found, err := keeperIDs(ctx, t, account, but, 1)
	return len(found), err
}

func keeperIDs(ctx context.Context, q querier, account domain.Account, but string, most int) ([]string, error) {
	roles := domain.KeeperRoles(account.Kind)
	args := []any{account.ID, but, most}
	for _, r := range roles {
		args = append(args, string(r))
	}
	found, err := all(ctx, q, text, `select m.id from memberships m where m.account_id = $1 and m.kind = 'user' and m.role in (`+in(len(roles), 4)+`)
		and m.accepted_at > 0 and m.removed_at = 0 and m.suspended_at = 0 and m.ends_at = 0 and m.account_wide = 1 and m.id <> $2 limit $3`, args...)
	return found, wrap(err, "look for those who keep the account")
}

// InviteToken is the secret of the link of one send. It is derived, not stored: a mail repeated after a crash
// carries the same working link, and the database holds only its hash (INV-15).
func (s *Store) InviteToken(id string, generation int) string {
	mac := hmac.New(sha256.New, s.derive("invite links"))
	// The id has a fixed length, so the two parts cannot run into each other.
	mac.Write([]byte(id + "\x00" + strconv.Itoa(generation)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// tokenHash is what the database keeps of a token.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// linkValues is the row of the link of a membership's present send.
func (s *Store) linkValues(m domain.Membership) []any {
	return []any{tokenHash(s.InviteToken(m.ID, m.Generation)), m.ID, m.Generation}
}

func keepLinks(ctx context.Context, t *tx, links [][]any) error {
	return wrap(insertAll(ctx, t, "invite_links (hash, membership_id, generation)", links), "keep links")
}
