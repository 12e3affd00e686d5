package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gatehouse/domain"
)

// Administrators lists the people of a partner, invited and in. A cursor that no page of this list in this order gave is
// domain.ErrNotFound.
func (s *Store) Administrators(ctx context.Context, by domain.Actor, query Query) (Page[domain.Membership], error) {
	return s.membershipPage(ctx, administratorsOf(query), by, query)
}

// EachAdministrator gives every row of the same list to do, for an export; it stops at the first error.
func (s *Store) EachAdministrator(ctx context.Context, by domain.Actor, query Query, do func(domain.Membership) error) error {
	return s.eachMembership(ctx, administratorsOf(query), by, query, do)
}

// AdministratorIDs are the ids of the same list, up to MostChosen, and whether there are more: for "select all that match".
func (s *Store) AdministratorIDs(ctx context.Context, by domain.Actor, query Query) (ids []string, more bool, err error) {
	return s.membershipIDs(ctx, administratorsOf(query), by, query)
}

// administratorsOf is the list of those a query wants. A role has one level, so a list of roles is a stretch of the list by
// level: said to the database, it begins there instead of reading everybody above.
func administratorsOf(query Query) view {
	v := administratorsView
	var levels []int
	for _, role := range query.Roles {
		levels = append(levels, role.Level())
	}
	if len(levels) > 0 && slices.Min(levels) > 0 {
		// Not "between": of one level SQLite would begin at it even where a page begins further on (listing.between).
		v.rows = fmt.Sprintf("m.level >= %d and m.level <= %d and ", slices.Min(levels), slices.Max(levels)) + v.rows
	}
	return v
}

// Administrator finds one row of the list. One the actor may not see is domain.ErrNotFound, there or not.
func (s *Store) Administrator(ctx context.Context, by domain.Actor, id string) (domain.Membership, error) {
	return s.seenMembership(ctx, administratorsView, by, id)
}

// InviteAdministrators offers each staged one their level, all in one transaction. What one address does not allow is that
// row's Outcome; over the account's hourly limit it is a *domain.Wait and nobody is invited. A preview tells what would
// happen and changes nothing.
func (s *Store) InviteAdministrators(ctx context.Context, by domain.Actor, staged []domain.Staged, preview bool) (outcomes []Outcome, err error) {
	try := func() error {
		return s.tx(ctx, func(t *tx) error {
			c, err := s.changing(ctx, t, by)
			if err != nil {
				return err
			}
			outcomes = make([]Outcome, 0, len(staged))
			for _, one := range staged {
				m, err := s.inviteStaged(ctx, c, one)
				if err != nil && !refused(err) {
					return err
				}
				outcomes = append(outcomes, Outcome{domain.Membership{Email: one.Email, Role: one.Role}, m, err})
			}
			if preview {
				return errPreview
			}
			return nil
		})
	}
	err = try()
	if violated(err) == "memberships_address" {
		err = try() // somebody else was quicker with one of the addresses: now it is seen (INV-12, RACE-10)
	}
	if errors.Is(err, errPreview) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

func (s *Store) inviteStaged(ctx context.Context, c changing, one domain.Staged) (domain.Membership, error) {
	as := domain.Membership{Email: one.Email, Role: one.Role}
	var err error
	if c.by.Account, err = s.admitting(ctx, c, c.by.Account, one.Email); err != nil {
		return as, err
	}
	m, err := s.offer(ctx, c, one.Invitation(c.by))
	if err != nil {
		return as, err
	}
	return m, s.countSend(ctx, c)
}

// CorrectLevels offers each chosen one, who has not accepted, another level, and sends the invitation again.
func (s *Store) CorrectLevels(ctx context.Context, by domain.Actor, chosen Chosen, role string) ([]Outcome, error) {
	to, ok := by.Account.Role(domain.RoleID(role))
	if !ok {
		return nil, domain.Problems{"role": {Code: "choice"}}
	}
	return s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		var err error
		if c.by.Account, err = s.admitting(ctx, c, c.by.Account, m.Email); err != nil {
			return m, domain.Event{}, err
		}
		after, event, err := m.CorrectLevel(c.by, to.ID, c.now)
		if err != nil {
			return m, event, err
		}
		if err := s.countSend(ctx, c); err != nil {
			return m, event, err
		}
		return after, event, deliver(ctx, c.tx, mailTo(after, domain.InviteMail, c.now))
	})
}

// ForcePasswords signs each chosen administrator out everywhere and voids their password; a link to set another is mailed
// to them.
func (s *Store) ForcePasswords(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	return s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		after, event, err := m.ForcePassword(c.by, c.now)
		if err != nil {
			return m, event, err
		}
		u, err := person(ctx, c.tx, m.UserID)
		if err != nil {
			return m, event, err
		}
		if err := voidPassword(ctx, c.tx, u.ID); err != nil {
			return m, event, err
		}
		_, err = s.sendReset(ctx, c.tx, u)
		return after, event, err
	})
}

// DeleteAdministrators erases each chosen one: the row keeps an id and the times, and nothing about a person (C35 to C37).
// offers says what becomes of the open offers that the erased stand behind; leaving that out where there are some is a
// Problem of the field "offers", and nobody is erased.
func (s *Store) DeleteAdministrators(ctx context.Context, by domain.Actor, chosen Chosen, offers domain.Offers) ([]Outcome, error) {
	outcomes, err := s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		n, err := c.keepers(ctx, m)
		if err != nil {
			return m, domain.Event{}, err
		}
		after, event, err := m.Erase(c.by, n, c.now)
		if err == nil && !chosen.Preview {
			err = s.handOver(ctx, c, m, chosen.IDs, offers)
		}
		if err == nil {
			err = s.withdraw(ctx, c, m)
		}
		if err == nil {
			err = s.forget(ctx, c, m, event)
		}
		return after, event, err
	})
	if errors.Is(err, errUnsettled) {
		return nil, domain.Problems{"offers": {Code: "choice"}}
	}
	return outcomes, err
}

// forgetMails empties messages to somebody, $2 being the time; one that waits is not sent any more.
const forgetMails = "update deliveries set recipient = '', about = '', error = '', failed_at = case when sent_at = 0 and failed_at = 0 then $2 else failed_at end where "

// forget takes away what lies about a membership, and beyond the account what lies about a person who has no place left.
func (s *Store) forget(ctx context.Context, c changing, m domain.Membership, told domain.Event) error {
	if err := forgetOffer(ctx, c, m); err != nil {
		return err
	}
	if m.UserID == "" {
		return s.eraseHistory(ctx, c, m, told, false)
	}
	if _, err := endSessions(ctx, c.tx, m.UserID, ""); err != nil {
		return err
	}
	whole, err := s.forgetPerson(ctx, c, m)
	if err != nil {
		return err
	}
	return s.eraseHistory(ctx, c, m, told, whole)
}

// forgetOffer takes away the links, messages and lines of files of an offer.
func forgetOffer(ctx context.Context, c changing, m domain.Membership) error {
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{"delete from invite_links where membership_id = $1", []any{m.ID}},
		{forgetMails + "membership_id = $1", []any{m.ID, micros(c.now)}},
		{"update import_rows set draft_json = '{}' where made_id = $1 and made_id <> '' and import_id in (select id from imports where account_id = $2)", []any{m.ID, m.AccountID}},
	} {
		if _, err := exec(ctx, c.tx, q.sql, q.args...); err != nil {
			return fmt.Errorf("forget what lies about somebody: %w", err)
		}
	}
	return nil
}

// forgetPerson erases a person who has no other place anywhere, and says whether it was so. Their row stays with an address
// that is none: other rows name its id, which says nothing of them.
func (s *Store) forgetPerson(ctx context.Context, c changing, m domain.Membership) (bool, error) {
	others, err := all(ctx, c.tx, number, "select 1 from memberships m where m.user_id = $1 and m.id <> $2 and m.removed_at = 0 limit 1", m.UserID, m.ID)
	if err != nil || len(others) > 0 {
		return false, wrap(err, "look for a person's other places")
	}
	for _, table := range []string{"passkeys", "authenticators", "recovery_codes", "known_devices", "tokens"} {
		if _, err := exec(ctx, c.tx, "delete from "+table+" where user_id = $1", m.UserID); err != nil {
			return false, fmt.Errorf("forget a person's %s: %w", table, err)
		}
	}
	if _, err := exec(ctx, c.tx, forgetMails+"user_id = $1 and user_id <> ''", m.UserID, micros(c.now)); err != nil {
		return false, fmt.Errorf("forget a person's messages: %w", err)
	}
	_, err = exec(ctx, c.tx, `update users set email = 'erased ' || id, first_name = '', last_name = '', phone = '', password_hash = '', time_zone = 'UTC',
		theme = '', app_at = 0, passkeys = 0, last_sign_in_at = 0, version = version + 1 where id = $1`, m.UserID)
	return true, wrap(err, "erase a person")
}
