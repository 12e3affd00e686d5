package store

import (
	"context"

	"gatehouse/domain"
)

// Users lists the people of the actor's account whom the actor may see. A cursor that no page of this list in this
// order gave is domain.ErrNotFound.
func (s *Store) Users(ctx context.Context, by domain.Actor, query Query) (Page[domain.Membership], error) {
	return s.membershipPage(ctx, usersView, by, query)
}

// EachUser gives every row of the same list to do, for an export; it stops at the first error.
func (s *Store) EachUser(ctx context.Context, by domain.Actor, query Query, do func(domain.Membership) error) error {
	return s.eachMembership(ctx, usersView, by, query, do)
}

// UserIDs are the ids of the same list, up to MostChosen, and whether there are more: for "select all that match".
func (s *Store) UserIDs(ctx context.Context, by domain.Actor, query Query) (ids []string, more bool, err error) {
	return s.membershipIDs(ctx, usersView, by, query)
}

// CountUsers counts the rows of the same list.
func (s *Store) CountUsers(ctx context.Context, by domain.Actor, query Query) (Count, error) {
	return s.countMemberships(ctx, usersView, by, query)
}

// User finds somebody who is in. Whoever the actor may not see is domain.ErrNotFound, there or not.
func (s *Store) User(ctx context.Context, by domain.Actor, id string) (domain.Membership, error) {
	return s.seenMembership(ctx, usersView, by, id)
}

// LastKeeper is the membership that the account cannot do without: the only one that keeps it manageable. Empty
// when there are several. Screens tell from it what a change would be refused for.
func (s *Store) LastKeeper(ctx context.Context, by domain.Actor) (string, error) {
	found, err := keeperIDs(ctx, s.read, by.Account, "", 2)
	if err != nil || len(found) != 1 {
		return "", err
	}
	return found[0], nil
}

// ChangeRoles gives each chosen person a role. An unknown one is a Problem of the field "role".
func (s *Store) ChangeRoles(ctx context.Context, by domain.Actor, chosen Chosen, role string) ([]Outcome, error) {
	to, ok := by.Account.Role(domain.RoleID(role))
	if !ok {
		return nil, domain.Problems{"role": {Code: "choice"}}
	}
	return s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		n, err := c.keepers(ctx, m)
		if err != nil {
			return m, domain.Event{}, err
		}
		return m.ChangeRole(c.by, to.ID, n, c.now)
	})
}

// ChangeScopes lets each chosen person reach the nodes of a scope field: "account", or ids of sites. What is not
// there or not within the actor's reach is a Problem of the field "scope".
func (s *Store) ChangeScopes(ctx context.Context, by domain.Actor, chosen Chosen, scope []string) ([]Outcome, error) {
	sites, err := existingSites(ctx, s.read, by.Account.ID, texts(scope))
	if err != nil {
		return nil, err
	}
	p := domain.Problems{}
	to := domain.ParseScope(p, by, scope, sites)
	if err := p.Err(); err != nil {
		return nil, err
	}
	return s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		n, err := c.keepers(ctx, m)
		if err != nil {
			return m, domain.Event{}, err
		}
		return m.ChangeScope(c.by, to, n, c.now)
	})
}

// SetNotifications switches the channels of each chosen person to On or Off; "" leaves one as it is. Anything else
// is a Problem of the field "notify_email" or "notify_text".
func (s *Store) SetNotifications(ctx context.Context, by domain.Actor, chosen Chosen, email, text string) ([]Outcome, error) {
	p := domain.Problems{}
	for field, typed := range map[string]string{"notify_email": email, "notify_text": text} {
		if typed != On && typed != Off && typed != "" {
			p.Add(field, "choice")
		}
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	set := func(now bool, to string) bool { return to == On || to == "" && now }
	return s.change(ctx, by, chosen, func(_ context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		return m.SetNotifications(c.by, set(m.NotifyEmail, email), set(m.NotifyText, text), c.now)
	})
}

// SetEnds gives each chosen person a last day of access, as a date field writes it, in the actor's time zone; the
// empty day takes the end away. A day that is none, or past, is a Problem of the field "ends_on".
func (s *Store) SetEnds(ctx context.Context, by domain.Actor, chosen Chosen, lastDay string) ([]Outcome, error) {
	p := domain.Problems{}
	at := domain.ParseEnd(p, lastDay, by.User.Zone(), s.now())
	if err := p.Err(); err != nil {
		return nil, err
	}
	return s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		n, err := c.keepers(ctx, m)
		if err != nil {
			return m, domain.Event{}, err
		}
		return m.SetEnd(c.by, at, n, c.now)
	})
}

// Suspend disables each chosen person's access here until it is resumed.
func (s *Store) Suspend(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	return s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		n, err := c.keepers(ctx, m)
		if err != nil {
			return m, domain.Event{}, err
		}
		return m.Suspend(c.by, n, c.now)
	})
}

// Resume enables each chosen person's access again.
func (s *Store) Resume(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	return s.change(ctx, by, chosen, func(_ context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		return m.Resume(c.by, c.now)
	})
}

// EndSessions signs each chosen person out, everywhere: a session is the person's, not one account's.
func (s *Store) EndSessions(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	return s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		after, event, err := m.EndSessions(c.by, c.now)
		if err == nil {
			_, err = endSessions(ctx, c.tx, m.UserID, "")
		}
		return after, event, err
	})
}

// Remove ends each chosen person's access here for good and signs them out.
func (s *Store) Remove(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	return s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		n, err := c.keepers(ctx, m)
		if err != nil {
			return m, domain.Event{}, err
		}
		after, event, err := m.Remove(c.by, n, c.now)
		if err == nil && m.Kind != domain.KindGuest { // who is at home elsewhere stays signed in there
			_, err = endSessions(ctx, c.tx, m.UserID, "")
		}
		return after, event, err
	})
}
