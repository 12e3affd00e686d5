package store

import (
	"context"
	"fmt"

	"gatehouse/domain"
)

// SaveAccess writes what a person's form has changed: role, scope, notifications and end date, all or nothing, each
// with its event. Without a change nothing is written. domain.ErrStale when the form was filled in over an older
// version, domain.Problems for what was typed, a *domain.Refusal for what cannot be, *domain.Unconfirmed for what would be
// taken away.
func (s *Store) SaveAccess(ctx context.Context, by domain.Actor, id string, version int, d domain.AccessDraft) (saved domain.Membership, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		rows, err := s.choose(ctx, c, c.by, Chosen{IDs: []string{id}, Version: version})
		if err != nil {
			return err
		}
		m := rows[0]
		sites, err := existingSites(ctx, c, c.by.Account.ID, texts(d.Scope))
		if err != nil {
			return err
		}
		// Of a scope that goes beyond what the actor sees, the form showed a part; the change itself judges the whole.
		to, err := d.Check(c.by, m.SeenBy(c.by), sites, c.now)
		if err != nil {
			return err
		}
		n, err := c.keepers(ctx, m)
		if err != nil {
			return err
		}
		after, events, err := m.ChangeAccess(c.by, to, n, c.now)
		if err != nil || len(events) == 0 {
			saved = m.SeenBy(c.by)
			return err
		}
		if err := c.by.Account.Confirm(m.SeenBy(c.by), after.SeenBy(c.by), d.Confirm); err != nil {
			return err
		}
		if after, err = s.updateMembership(ctx, c.tx, m, after); err != nil {
			return err
		}
		saved = after.SeenBy(c.by)
		return record(ctx, c.tx, events...)
	})
	return saved, err
}

// EndSessionOf signs a person out of one browser, named by its hash. domain.ErrNotFound when the person has no such
// session, or the actor may not know of them.
func (s *Store) EndSessionOf(ctx context.Context, by domain.Actor, id, hash string) error {
	return s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		rows, err := s.choose(ctx, c, c.by, Chosen{IDs: []string{id}})
		if err != nil {
			return err
		}
		_, event, err := rows[0].EndSessions(c.by, c.now)
		if err != nil {
			return err
		}
		if err := changed(ctx, t, "delete from sessions where hash = $1 and user_id = $2", hash, rows[0].UserID); err != nil {
			return fmt.Errorf("end somebody's session: %w", gone(err))
		}
		return record(ctx, t, event)
	})
}
