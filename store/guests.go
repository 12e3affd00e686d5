package store

import (
	"context"
	"strconv"
	"time"

	"gatehouse/domain"
)

// The Guests tab: people of other companies, from the invitation on. An offer never outlives the access it offers.
var guestsView = view{
	kind: domain.KindGuest,
	list: list[domain.Membership]{
		table: "memberships", fields: membershipFields, scan: scanMembership, finish: loadScopes, own: "name",
		orders: map[string]order{
			"name":  {"name_key", "memberships_name", false},
			"email": {"email", "memberships_email", false},
			"role":  {"role", "memberships_role", false},
			"visit": {"last_sign_in_at", "memberships_guest_seen", true},
			"ends":  {"ends_at", "memberships_guest_ends", true},
		},
	},
	rows:  "m.removed_at = 0",
	parts: []string{"guest in", "guest offered"},
	roles: "memberships_role",
	states: map[domain.State]stateOf{
		domain.StatePending:  {open + " and m.expires_at > $now", "memberships_open"},
		domain.StateExpired:  {open + " and m.expires_at <= $now", "memberships_open"},
		domain.StateRevoked:  {"m.revoked_at > 0 and m.accepted_at = 0", "memberships_revoked"},
		domain.StateDeclined: {"m.declined_at > 0 and m.revoked_at = 0 and m.accepted_at = 0", "memberships_declined"},
		domain.StateAccepted: {"m.accepted_at > 0 and (m.ends_at = 0 or m.ends_at > $now)", ""},
		domain.StateEnded:    {"m.accepted_at > 0 and m.ends_at > 0 and m.ends_at <= $now", "memberships_in_ending"},
	},
}

// switched leaves guests whose access the host has switched on or off.
func (f filter) switched(typed string) condition {
	switch typed {
	case Off:
		holds := func(*args) string { return "m.suspended_at > 0" }
		return condition{holds: holds, by: f.store.rowColumn(), found: []func(*args) string{f.through("memberships_in_paused", holds)}}
	case On:
		return condition{holds: func(*args) string { return "m.suspended_at = 0" }}
	}
	return condition{holds: nothing, known: &handful{column: "id"}}
}

// Guests lists the guests of the actor's account. A cursor that no page of this list in this order gave is
// domain.ErrNotFound. Who may not view guests finds none.
func (s *Store) Guests(ctx context.Context, by domain.Actor, query Query) (Page[domain.Membership], error) {
	return s.membershipPage(ctx, guestsView, by, query)
}

// EachGuest gives every row of the same list to do, for an export; it stops at the first error.
func (s *Store) EachGuest(ctx context.Context, by domain.Actor, query Query, do func(domain.Membership) error) error {
	return s.eachMembership(ctx, guestsView, by, query, do)
}

// GuestIDs are the ids of the same list, up to MostChosen, and whether there are more: for "select all that match".
func (s *Store) GuestIDs(ctx context.Context, by domain.Actor, query Query) (ids []string, more bool, err error) {
	return s.membershipIDs(ctx, guestsView, by, query)
}

// CountGuests counts the rows of the same list.
func (s *Store) CountGuests(ctx context.Context, by domain.Actor, query Query) (Count, error) {
	return s.countMemberships(ctx, guestsView, by, query)
}

// Guest finds a guest. One of another account is domain.ErrNotFound, there or not.
func (s *Store) Guest(ctx context.Context, by domain.Actor, id string) (domain.Membership, error) {
	return s.seenMembership(ctx, guestsView, by, id)
}

// ChosenGuests is ChosenRows for guests.
func (s *Store) ChosenGuests(ctx context.Context, by domain.Actor, ids []string) ([]domain.Membership, error) {
	return s.chosenRows(ctx, by, Chosen{IDs: ids, Kind: domain.KindGuest})
}

// ReadGuest reads a draft as InviteGuest would and changes nothing: what the warning before the invitation tells.
func (s *Store) ReadGuest(ctx context.Context, by domain.Actor, d domain.GuestDraft) (domain.Invitation, error) {
	return s.checkGuest(ctx, s.read, by, d)
}

func (s *Store) checkGuest(ctx context.Context, q querier, by domain.Actor, d domain.GuestDraft) (domain.Invitation, error) {
	account, err := s.admitting(ctx, q, by.Account, d.Email)
	if err != nil {
		return domain.Invitation{}, err
	}
	by.Account = account
	known, err := existingNodes(ctx, q, by.Account.ID, texts(d.Nodes()))
	if err != nil {
		return domain.Invitation{}, err
	}
	in, err := d.Check(by, known, s.now())
	if err != nil {
		return in, err
	}
	return in, s.noStaff(ctx, q, by, in.Email)
}

// InviteGuest offers access to somebody of another company: as CreateInvite. The answer is the same whether the address
// has an account or not (GST-01).
func (s *Store) InviteGuest(ctx context.Context, by domain.Actor, d domain.GuestDraft) (m domain.Membership, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		if c.by.Account, err = s.admitting(ctx, c, c.by.Account, d.Email); err != nil {
			return err
		}
		in, err := s.checkGuest(ctx, c, c.by, d)
		if err != nil {
			return err
		}
		if m, err = s.offer(ctx, c, in); err != nil {
			return err
		}
		return s.countSend(ctx, c)
	})
	if violated(err) == "memberships_address" {
		return domain.Membership{}, domain.Problems{"email": {Code: "already_invited"}}
	}
	return m, err
}

// noStaff refuses an address that belongs to the account's own people: they are no guests in their own company.
func (s *Store) noStaff(ctx context.Context, q querier, by domain.Actor, email string) error {
	found, err := all(ctx, q, text, "select m.id from memberships m"+s.indexedBy("memberships_address")+
		" where m.account_id = $1 and m.kind = 'user' and lower(m.email) = $2 and m.removed_at = 0 and m.accepted_at > 0", by.Account.ID, email)
	if err != nil || len(found) == 0 {
		return wrap(err, "look for an address among the account's own people")
	}
	return domain.Problems{"email": {Code: "guest_is_staff"}}
}

// SaveGuest changes a guest: one who has accepted at once, any other by a corrected invitation that is sent again. A
// version older than the row's is domain.ErrStale.
func (s *Store) SaveGuest(ctx context.Context, by domain.Actor, id string, d domain.GuestDraft) (domain.Membership, error) {
	version, err := strconv.Atoi(d.Version)
	if err != nil || version < 1 {
		return domain.Membership{}, domain.ErrStale
	}
	return only(s.change(ctx, by, Chosen{IDs: []string{id}, Version: version, Kind: domain.KindGuest},
		func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
			typed := d
			typed.Email = m.Email
			ended := !m.EndsAt.IsZero() && !m.EndsAt.After(c.now)
			if typed.EndsOn == domain.LastDay(m.EndsAt, c.by.User.Zone()) && !m.AcceptedAt.IsZero() && ended {
				return m, domain.Event{}, domain.Problems{"ends_on": {Code: "past"}}
			}
			if c.by.Account, err = s.admitting(ctx, c, c.by.Account, m.Email); err != nil {
				return m, domain.Event{}, err
			}
			in, err := s.checkGuest(ctx, c, c.by, typed)
			if err != nil {
				return m, domain.Event{}, err
			}
			if !m.AcceptedAt.IsZero() {
				after, event, err := m.ChangeGuest(in, c.by, c.now)
				if err != nil {
					return m, event, err
				}
				return after, event, c.by.Account.Confirm(m.SeenBy(c.by), after.SeenBy(c.by), d.Confirm)
			}
			after, event, err := m.Correct(in, c.by, c.now)
			if err != nil {
				return m, event, err
			}
			if err := s.countSend(ctx, c); err != nil {
				return m, event, err
			}
			return after, event, deliver(ctx, c.tx, mailTo(after, domain.InviteMail, c.now))
		}))
}

// ResendGuests sends each chosen invitation again, as Resend does for staff.
func (s *Store) ResendGuests(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	chosen.Kind = domain.KindGuest
	return s.Resend(ctx, by, chosen)
}

// RevokeGuests withdraws each chosen invitation that is pending.
func (s *Store) RevokeGuests(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	chosen.Kind = domain.KindGuest
	return s.Revoke(ctx, by, chosen)
}

// EndGuests gives each chosen guest a last day of access.
func (s *Store) EndGuests(ctx context.Context, by domain.Actor, chosen Chosen, lastDay string) ([]Outcome, error) {
	chosen.Kind = domain.KindGuest
	return s.SetEnds(ctx, by, chosen, lastDay)
}

// RemoveGuests ends each chosen guest's access for good. At home they stay signed in.
func (s *Store) RemoveGuests(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	chosen.Kind = domain.KindGuest
	return s.Remove(ctx, by, chosen)
}

// SetGuestsActive is the host's switch for each chosen guest.
func (s *Store) SetGuestsActive(ctx context.Context, by domain.Actor, chosen Chosen, on bool) ([]Outcome, error) {
	chosen.Kind = domain.KindGuest
	return s.change(ctx, by, chosen, func(_ context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		return m.SetActive(c.by, on, c.now)
	})
}

// TellGuestEnds tells up to n guests whose access ends within domain.GuestNotice, and their sponsors while these view guests;
// in a sponsor's stead nobody is told. It returns how many it found: n or more to come. Who is switched off is told when they
// are switched on again.
func (s *Store) TellGuestEnds(ctx context.Context, n int) (found int, err error) {
	err = s.tx(ctx, func(t *tx) error {
		now := s.now()
		due, err := readMemberships(ctx, t, s.indexedBy("memberships_guest_ending")+` where m.kind = 'guest' and m.accepted_at > 0 and m.removed_at = 0
			and m.suspended_at = 0 and m.ends_at > $1 and m.ends_at <= $2 and m.ends_at > 0 and m.end_told <> m.ends_at order by m.ends_at limit $3`,
			micros(now), micros(now.Add(domain.GuestNotice)), n)
		if err != nil {
			return err
		}
		found = len(due)
		for _, m := range due {
			if err := s.tellEnd(ctx, t, m, now); err != nil {
				return err
			}
		}
		return nil
	})
	return found, wrap(err, "tell guests of their end")
}

func (s *Store) tellEnd(ctx context.Context, t *tx, m domain.Membership, now time.Time) error {
	after, event, err := m.TellEnd(now)
	if err != nil {
		return wrap(err, "tell a guest of their end")
	}
	if after, err = s.updateMembership(ctx, t, m, after); err != nil {
		return err
	}
	if err := record(ctx, t, event); err != nil {
		return err
	}
	guest := mailTo(after, domain.GuestEndingMail, now)
	guest.UserID = m.UserID
	if err := deliver(ctx, t, guest); err != nil {
		return err
	}
	sponsor, err := s.actorOf(ctx, t, m.InvitedBy, m.AccountID)
	if err != nil || !sponsor.Can(domain.ViewGuests) {
		return err
	}
	return s.tellSender(ctx, t, after, domain.GuestEndingMail)
}
