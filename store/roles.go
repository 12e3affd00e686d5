package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"gatehouse/domain"
)

func scanRole(row scanner) (domain.Role, error) {
	var id, name, privileges string
	if err := row.Scan(&id, &name, &privileges); err != nil {
		return domain.Role{}, err
	}
	return ownRole(id, name, privileges)
}

func ownRole(id, name, privileges string) (domain.Role, error) {
	may, ok := domain.ParsePrivileges(privileges)
	if !ok {
		return domain.Role{}, fmt.Errorf("role %s has the unknown privileges %q", id, privileges)
	}
	return domain.OwnRole(domain.RoleID(id), name, may), nil
}

// ownRoles lists the roles an account has made, by name. There are never many: they are read with everybody who asks.
func ownRoles(ctx context.Context, q querier, account string) ([]domain.Role, error) {
	found, err := all(ctx, q, scanRole, "select id, name, privileges from roles where account_id = $1 order by name_key, id", account)
	return found, wrap(err, "read an account's own roles")
}

// Role finds a role the actor's account has made, and its version, which grows with every change. One of another
// account is domain.ErrNotFound, as if it were not there.
func (s *Store) Role(ctx context.Context, by domain.Actor, id string) (domain.Role, int, error) {
	if !storable(id) {
		return domain.Role{}, 0, domain.ErrNotFound
	}
	return roleOf(ctx, s.read, by.Account.ID, id)
}

func roleOf(ctx context.Context, q querier, account, id string) (domain.Role, int, error) {
	type versioned struct {
		domain.Role
		version int
	}
	scan := func(row scanner) (v versioned, err error) {
		var name, privileges string
		if err = row.Scan(&name, &privileges, &v.version); err == nil {
			v.Role, err = ownRole(id, name, privileges)
		}
		return v, err
	}
	found, err := one(ctx, q, scan, "select name, privileges, version from roles where id = $1 and account_id = $2", id, account)
	return found.Role, found.version, wrap(err, "read a role")
}

// CreateRole makes a role of the account's own. What is wrong with the draft are domain.Problems.
func (s *Store) CreateRole(ctx context.Context, by domain.Actor, d domain.RoleDraft) (made domain.Role, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		var event domain.Event
		if made, event, err = c.by.MakeRole(d, c.now); err != nil {
			return err
		}
		made.ID = domain.RoleID(newID())
		event.SubjectID = string(made.ID)
		if err := insertRoles(ctx, t, c.by.Account.ID, micros(c.now), made); err != nil {
			return err
		}
		return record(ctx, t, event)
	})
	return made, takenName(err)
}

func insertRoles(ctx context.Context, t *tx, account string, created int64, roles ...domain.Role) error {
	rows := make([][]any, len(roles))
	for i, r := range roles {
		rows[i] = []any{string(r.ID), account, r.Name, domain.Fold(r.Name), r.Chosen().String(), created, 1}
	}
	return wrap(insertAll(ctx, t, "roles (id, account_id, name, name_key, privileges, created_at, version)", rows), "write roles")
}

// takenName turns a name that somebody else took in the same moment into a problem of the form.
func takenName(err error) error {
	if violated(err) == "roles_name" {
		return domain.Problems{"name": {Code: "role_taken"}}
	}
	return err
}

// ChangeRole makes a role what the draft says. Everybody who holds it is limited anew at their next click (PRIV-17).
// domain.ErrStale when the form was filled in over an older version; *domain.Unconfirmed while somebody holds it, or is
// offered it, who would lose what the draft does not confirm.
func (s *Store) ChangeRole(ctx context.Context, by domain.Actor, id string, version int, d domain.RoleDraft) (saved domain.Role, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, was, err := s.changingRole(ctx, t, by, id, version)
		if err != nil {
			return err
		}
		after, event, err := was.Change(c.by, d, c.now)
		saved = after
		if err != nil || event.Kind == "" {
			return err
		}
		if unconfirmed := was.Confirm(after, d.Confirm); unconfirmed != nil {
			if held, err := s.isHeld(ctx, t, c.by.Account.ID, was.ID); err != nil || held {
				return cmp.Or(err, unconfirmed)
			}
		}
		err = changed(ctx, t, "update roles set name = $1, name_key = $2, privileges = $3, version = version + 1 where id = $4 and version = $5",
			after.Name, domain.Fold(after.Name), after.Chosen().String(), id, version)
		if err != nil {
			return fmt.Errorf("change a role: %w", err)
		}
		return record(ctx, t, event)
	})
	return saved, takenName(err)
}

// isHeld reports whether somebody is in with the role, or has an open offer of it.
func (s *Store) isHeld(ctx context.Context, t *tx, account string, role domain.RoleID) (bool, error) {
	holders, err := all(ctx, t, number, "select 1 from memberships m"+s.indexedBy("memberships_role")+`
		where m.account_id = $1 and m.kind in ('user', 'guest') and m.role = $2 and m.removed_at = 0 and m.revoked_at = 0 and m.declined_at = 0 limit 1`,
		account, string(role))
	return len(holders) > 0, wrap(err, "ask whether a role is held")
}

func (s *Store) changingRole(ctx context.Context, t *tx, by domain.Actor, id string, version int) (changing, domain.Role, error) {
	c, err := s.changing(ctx, t, by)
	if err != nil {
		return c, domain.Role{}, err
	}
	if !storable(id) {
		return c, domain.Role{}, domain.ErrNotFound
	}
	role, at, err := roleOf(ctx, t, c.by.Account.ID, id)
	if err == nil && at != version {
		err = domain.ErrStale
	}
	return c, role, err
}

// DeleteRole deletes a role and gives its holders what the draft says, all in one transaction, each with their event.
// While somebody who is in, or an open offer, holds it and nothing was chosen for them, it is a domain.Problems.
func (s *Store) DeleteRole(ctx context.Context, by domain.Actor, id string, version int, d domain.RoleDeletionDraft) (deleted domain.Role, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, role, err := s.changingRole(ctx, t, by, id, version)
		if err != nil {
			return err
		}
		event, err := role.Delete(c.by, c.now)
		if err != nil {
			return err
		}
		for _, kind := range []domain.MembershipKind{domain.KindUser, domain.KindGuest} {
			if err := s.replaceRole(ctx, c, role, kind, d.For(kind)); err != nil {
				return err
			}
		}
		deleted = role
		if err := changed(ctx, t, "delete from roles where id = $1 and version = $2", id, version); err != nil {
			return fmt.Errorf("delete a role: %w", err)
		}
		return record(ctx, t, event)
	})
	return deleted, err
}

// replacedAtOnce is how many holders of a role that is deleted are read and written together.
const replacedAtOnce = 500

// replaceRole gives the holders of a role another one. Without one to give only offers that somebody has closed may
// hold it: they keep it, and cannot be sent again.
func (s *Store) replaceRole(ctx context.Context, c changing, role domain.Role, kind domain.MembershipKind, to domain.RoleID) error {
	last := ""
	for {
		found, err := readMemberships(ctx, c, s.indexedBy("memberships_role")+` where m.account_id = $1 and m.kind = $2 and m.role = $3 and m.removed_at = 0
			and m.id > $4 order by m.id limit $5`, c.by.Account.ID, string(kind), string(role.ID), last, replacedAtOnce)
		if err != nil || len(found) == 0 {
			return err
		}
		last = found[len(found)-1].ID
		if err := replaceRoles(ctx, c, found, to); err != nil {
			return err
		}
	}
}

func replaceRoles(ctx context.Context, c changing, found []domain.Membership, to domain.RoleID) error {
	var all, offers []string
	var events []domain.Event
	for _, m := range found {
		closed := m.AcceptedAt.IsZero() && (!m.RevokedAt.IsZero() || !m.DeclinedAt.IsZero())
		if to == "" && closed {
			continue
		}
		if to == "" {
			return domain.Problems{domain.ReplacementField(m.Kind): {Code: "role_replacement"}}
		}
		after, event, err := m.ReplaceRole(c.by, to, c.now)
		if err != nil {
			return err
		}
		all, events = append(all, m.ID), append(events, event)
		if after.InvitedBy != m.InvitedBy {
			offers = append(offers, m.ID)
		}
	}
	if len(all) == 0 {
		return nil
	}
	_, err := exec(ctx, c.tx, "update memberships set role = $1, version = version + 1 where id in ("+in(len(all), 2)+")", append([]any{string(to)}, values(all)...)...)
	if err != nil {
		return fmt.Errorf("replace a role: %w", err)
	}
	if len(offers) > 0 {
		_, err = exec(ctx, c.tx, "update memberships set invited_by = $1, inviter_name = $2 where id in ("+in(len(offers), 3)+")",
			append([]any{c.by.User.ID, c.by.User.Name()}, values(offers)...)...)
	}
	return errors.Join(wrap(err, "stand behind offers"), record(ctx, c.tx, events...))
}

// RoleHolders says how many hold a role, each capped like the counts of lists.
type RoleHolders struct{ Users, Invites, Guests Count }

// RoleHolders counts who holds a role of the actor's account: people who are in, open offers to staff, and guests
// whose offer is open or taken. It asks the index of roles, up to a limit.
func (s *Store) RoleHolders(ctx context.Context, by domain.Actor, role domain.RoleID) (RoleHolders, error) {
	var h RoleHolders
	var err error
	if h.Users, err = s.CountUsers(ctx, by, Query{Roles: []domain.RoleID{role}}); err != nil {
		return h, err
	}
	if h.Invites, err = s.CountInvites(ctx, by, Query{Roles: []domain.RoleID{role}, States: []domain.State{domain.StatePending, domain.StateExpired}}); err != nil {
		return h, err
	}
	n, err := one(ctx, s.read, number, `select count(*) from (select 1 from memberships m`+s.indexedBy("memberships_role")+`
		where m.account_id = $1 and m.kind = 'guest' and m.role = $2 and m.removed_at = 0 and m.revoked_at = 0 and m.declined_at = 0 limit $3) held`,
		by.Account.ID, string(role), countReads+1)
	h.Guests = Count{N: int(min(n, countReads)), More: n > countReads}
	return h, wrap(err, "count the guests of a role")
}
