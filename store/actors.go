package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gatehouse/domain"
)

// active is the condition under which the membership m gives access; $n is the time in microseconds.
// It is domain.Membership.Active in SQL; a test holds the two together.
func active(n int) string {
	return "m.accepted_at > 0 and m.removed_at = 0 and m.suspended_at = 0 and (m.ends_at = 0 or m.ends_at > $" + strconv.Itoa(n) + ")"
}

// actorRow is one row of an actor: the person, the account, the membership and one of its grants.
type actorRow struct {
	actor domain.Actor
	role  domain.RoleID
	grant domain.Grant
}

func (s *Store) scanActor(row scanner) (actorRow, error) {
	var (
		r                               actorRow
		u                               userRow
		a                               accountRow
		ends                            int64
		account, site, group, unit, may sql.Null[string]
	)
	into := append(append(u.into(), a.into()...), &a.NoMaster, &r.actor.Severed, &r.actor.Membership, &r.actor.Kind, &r.role, &ends, &account, &site, &group, &unit, &may)
	if err := row.Scan(into...); err != nil {
		return r, err
	}
	r.actor.User, r.actor.Until = u.user(), fromMicros(ends)
	var err error
	if r.actor.Account, err = a.account(s.now()); err != nil {
		return r, err
	}
	privileges, ok := domain.ParsePrivileges(may.V)
	if !ok {
		return r, fmt.Errorf("membership %s has the unknown privileges %q", r.actor.Membership, may.V)
	}
	r.grant = domain.Grant{Node: domain.Node{Account: account.V, Site: site.V, Group: group.V, Device: unit.V}, May: privileges}
	return r, nil
}

// actorFields is followed by a "from" that names users u, accounts a, memberships m and grants g; $n is the time. An actor
// brings along whether their partner has an active Master.
func (s *Store) actorFields(n int) string {
	// "level > 0" is how that index is defined, and SQLite takes it only where the same is said.
	master := "select 1 from memberships k" + s.indexedBy("memberships_level") + " where k.account_id = a.id and k.kind = 'user' and k.level > 0 and k.level = " +
		strconv.Itoa(domain.RoleMaster.Level()) + " and " + strings.ReplaceAll(active(n), "m.", "k.")
	return "select " + userColumns + ", " + accountColumns + ", a.kind = 'partner' and not exists (" + master + "), " + s.severed(n) + actorPlace
}

// severed is the condition under which the partner that has offered the place m does not have its holder any more, or has
// them locked (domain.Actor.Severed).
func (s *Store) severed(n int) string {
	return "m.via <> '' and m.account_wide = 0 and not exists (select 1 from memberships home" + s.indexedBy("memberships_user") + " join accounts p on p.id = home.account_id where home.user_id = m.user_id and home.account_id = m.via and home.kind = 'user' and p.suspended_at = 0 and " +
		strings.ReplaceAll(active(n), "m.", "home.") + ")"
}

const actorPlace = ", m.id, m.kind, m.role, m.ends_at, g.account_id, g.site_id, g.group_id, g.device_id, g.privileges "

// Actor reads who is asking, anew for every request and from the primary database, in two queries: the session, its
// person, the account of that slug, the person's active membership in it and what that reaches; then the roles the
// account has made. from is the caller's network address, for the history.
//
// An account that is not there and one the person has no place in are the same domain.ErrNotFound, and so is a
// session that has ended. domain.ErrAccountSuspended: they belong to it, and it is closed; domain.ErrMustEnrol: its policy
// asks for a second factor that they do not have; domain.ErrNoMaster: their partner has no active Master. The actor is given
// with each, for its names.
func (s *Store) Actor(ctx context.Context, session, slug, from string) (domain.Actor, error) {
	now := s.now()
	rows, err := all(ctx, s.read, s.scanActor, s.actorFields(3)+`from sessions s
		join users u on u.id = s.user_id
		join accounts a on lower(a.slug) = $2
		join memberships m`+s.indexedBy("memberships_user")+` on m.user_id = u.id and m.account_id = a.id and (`+standing+`)
		left join grants g on g.membership_id = m.id
		where s.hash = $1 and s.expires_at > $3 and s.seen_at > $4 and `+active(3),
		session, strings.ToLower(slug), micros(now), micros(now.Add(-s.limits.SessionIdle)))
	if err != nil {
		return domain.Actor{}, fmt.Errorf("read who is asking: %w", err)
	}
	by, err := actorFrom(ctx, s.read, rows)
	if err != nil {
		return by, err
	}
	if by.User.ID == "" {
		by, err = s.boundSupport(ctx, session, slug)
		by.From = from
		return by, err
	}
	by.From = from
	if by.Severed {
		return domain.Actor{}, domain.ErrNotFound
	}
	if by.Kind == domain.KindGuest { // only while their own places are not all locked or deleted (GST-11)
		home, err := s.homeOpen(ctx, s.read, by.User.ID)
		if err != nil {
			return domain.Actor{}, err
		}
		if !home {
			return domain.Actor{}, domain.ErrNotFound
		}
	}
	if !by.Account.SuspendedAt.IsZero() {
		return by, domain.ErrAccountSuspended
	}
	if by.AwaitsMaster() {
		return by, domain.ErrNoMaster
	}
	if by.MustEnrol(now) {
		return by, domain.ErrMustEnrol
	}
	return by, nil
}

// standing is the condition under which the session s may act as the membership m: at home as staff, in another company
// as the guest it was bound to.
const standing = "s.company_id = '' and m.kind = 'user' or s.company_id = m.id and m.kind = 'guest'"

// GuestActor is Actor for a session that is bound to another company, for a guest or for support, whatever the address
// names. domain.ErrNotFound when that access is no more.
func (s *Store) GuestActor(ctx context.Context, session, from string) (domain.Actor, error) {
	slug, err := one(ctx, s.read, text, `select a.slug from sessions s left join memberships m on m.id = s.company_id left join support_grants g on g.id = s.company_id
		join accounts a on a.id = coalesce(m.account_id, g.account_id) where s.hash = $1`, session)
	if err != nil {
		return domain.Actor{}, wrap(err, "read the company a session stands in")
	}
	return s.Actor(ctx, session, slug, from)
}

// actorOf reads a person's present place in an account, inside a change or not: who stands behind an invite now.
// The zero Actor when they have none any more. Whether the account is suspended stands in the actor.
func (s *Store) actorOf(ctx context.Context, q querier, user, account string) (domain.Actor, error) {
	return s.placeOf(ctx, q, user, account, "m.kind = 'user'")
}

// again is the actor as they stand now, for a change: a guest as the guest they were, while they are one, and likewise
// somebody who gives support.
func (s *Store) again(ctx context.Context, q querier, by domain.Actor) (domain.Actor, error) {
	switch by.Kind {
	case domain.KindSupport:
		now, err := s.supportActor(ctx, q, by.User.ID, by.Membership)
		if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrMustEnrol) {
			return domain.Actor{}, nil
		}
		return now, err
	case domain.KindGuest:
	default:
		return s.actorOf(ctx, q, by.User.ID, by.Account.ID)
	}
	if home, err := s.homeOpen(ctx, q, by.User.ID); err != nil || !home {
		return domain.Actor{}, err
	}
	return s.placeOf(ctx, q, by.User.ID, by.Account.ID, "m.kind = 'guest'")
}

// held keeps the membership m as it was read until the change is done: who is demoted meanwhile is demoted after it, and
// the history says so (RACE-06). SQLite has one writer, who needs nothing held.
func (s *Store) held(q querier) string {
	if _, only := q.(reader); only || s.engine == sqlite {
		return ""
	}
	return " for share of m"
}

// placeOf reads somebody's active place of one kind in an account.
func (s *Store) placeOf(ctx context.Context, q querier, user, account, kind string) (domain.Actor, error) {
	rows, err := all(ctx, q, s.scanActor, s.actorFields(3)+`from users u
		join memberships m`+s.indexedBy("memberships_user")+` on m.user_id = u.id and `+kind+`
		join accounts a on a.id = m.account_id
		left join grants g on g.membership_id = m.id
		where u.id = $1 and m.account_id = $2 and `+active(3)+s.held(q), user, account, micros(s.now()))
	if err != nil {
		return domain.Actor{}, fmt.Errorf("read somebody's place in an account: %w", err)
	}
	return actorFrom(ctx, q, rows)
}

// actorFrom puts the rows of one membership together.
func actorFrom(ctx context.Context, q querier, rows []actorRow) (domain.Actor, error) {
	var by domain.Actor
	if len(rows) > 0 {
		by = rows[0].actor
	}
	// Asked of nobody too: whether there was somebody must not show in the work (INV-11).
	own, err := ownRoles(ctx, q, by.Account.ID)
	if err != nil || len(rows) == 0 {
		return domain.Actor{}, err
	}
	by.Account.Roles = own
	role, ok := by.Account.Role(rows[0].role)
	if !ok {
		return domain.Actor{}, fmt.Errorf("membership %s has the unknown role %q", by.Membership, rows[0].role)
	}
	by.Role = role
	for _, r := range rows {
		if r.grant.Node.Account == "" {
			continue
		}
		by.Scope = append(by.Scope, r.grant.Node)
		if by.Kind == domain.KindGuest {
			by.Grants = append(by.Grants, r.grant)
		}
	}
	return by, nil
}
