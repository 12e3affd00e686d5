package domain

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// GuestNotice is how long before the end of a guest's access the guest and their sponsor are told of it.
const GuestNotice = 7 * 24 * time.Hour

// Needs is the privilege that a change, or a look, at this membership asks for: guests have their own.
func (m Membership) Needs(p Privilege) Privilege {
	switch {
	case m.Kind != KindGuest:
		return p
	case p == ViewUsers || p == ViewInvites:
		return ViewGuests
	}
	return EditGuests
}

// mayOfferGuest answers whether the actor may let a guest in with a role of the account's own, and these privileges at
// these nodes: never more than they have themself (PRIV-17).
func (a Actor) mayOfferGuest(role RoleID, grants []Grant) error {
	own, _ := a.Account.Role(role)
	switch {
	case !a.Can(EditGuests):
		return ErrForbidden
	case !own.Own() || !a.MayGrant(role):
		return forbidden("role_above")
	case len(grants) == 0:
		return forbidden("scope_beyond")
	}
	for _, g := range grants {
		switch {
		case !a.Scope.Covers(g.Node):
			return forbidden("scope_beyond")
		case !g.May.Within(a.Role.may) || !g.May.Within(TreePrivileges):
			return forbidden("privileges_beyond")
		}
	}
	return nil
}

// GuestRoles are the account's own roles that the actor may give a guest.
func (a Actor) GuestRoles() []Role {
	if !a.Can(EditGuests) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.Account.Roles), func(r Role) bool { return !a.MayGrant(r.ID) })
}

// GuestPrivileges are what the actor can give a guest of this role: the part of the tree's privileges that the role has
// and the actor has themself.
func (a Actor) GuestPrivileges(role RoleID) Privileges {
	own, known := a.Account.Role(role)
	if !known {
		return nil
	}
	return TreePrivileges.And(own.may).And(a.Role.may)
}

// SetActive is the host's switch: a guest has access only while it is on. It is theirs before the guest has answered.
func (m Membership) SetActive(by Actor, on bool, now time.Time) (Membership, Event, error) {
	if m.Kind != KindGuest {
		return m, Event{}, ErrNotFound
	}
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	switch {
	case on && m.SuspendedAt.IsZero():
		return m, Event{}, stale("guest_active")
	case on:
		m.SuspendedAt, m.SuspendedBy, m.SuspendedByID = time.Time{}, "", ""
		return m, m.event(GuestActivated, by, now), nil
	case !m.SuspendedAt.IsZero():
		return m, Event{}, stale("guest_inactive")
	}
	m.SuspendedAt, m.SuspendedBy, m.SuspendedByID = now, by.User.Name(), by.User.ID
	return m, m.event(GuestDeactivated, by, now), nil
}

// switched takes the host's switch over from a form.
func (m Membership) switched(in Invitation, by Actor, now time.Time) Membership {
	switch {
	case m.Kind != KindGuest || in.Inactive == !m.SuspendedAt.IsZero():
	case in.Inactive:
		m.SuspendedAt, m.SuspendedBy, m.SuspendedByID = now, by.User.Name(), by.User.ID
	default:
		m.SuspendedAt, m.SuspendedBy, m.SuspendedByID = time.Time{}, "", ""
	}
	return m
}

// active notes the host's switch.
func (e Event) active(before, after Membership) Event {
	if after.Kind != KindGuest {
		return e
	}
	return e.moved("active", strconv.FormatBool(before.SuspendedAt.IsZero()), strconv.FormatBool(after.SuspendedAt.IsZero()))
}

// ChangeGuest gives a guest who has accepted another role, other privileges or another end, in one step and without a
// new invitation. The address stays.
func (m Membership) ChangeGuest(in Invitation, by Actor, now time.Time) (Membership, Event, error) {
	if m.Kind != KindGuest {
		return m, Event{}, ErrNotFound
	}
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	if m.AcceptedAt.IsZero() {
		return m, Event{}, stale("not_accepted")
	}
	if err := by.StandsBehind(in.membership()); err != nil {
		return m, Event{}, err
	}
	if in.Email != m.Email {
		return m, Event{}, Problems{"email": {Code: "email_fixed"}}
	}
	if m.sameEnd(in.EndsAt, by, now) {
		in.EndsAt = m.EndsAt
	}
	if m.UserID == by.User.ID && m.later(in.EndsAt) {
		return m, Event{}, forbidden("extend_self") // a guest who has come to a place of their own here
	}
	before := m
	m.Role, m.Scope, m.Grants, m.Workspace, m.Company, m.EndsAt = in.Role, in.Scope, in.Grants, in.Workspace, in.Company, in.EndsAt
	m = m.switched(in, by, now)
	e := m.event(GuestChanged, by, now).moved("role", string(before.Role), string(m.Role)).
		moved("scope", before.Scope.String(), m.Scope.String()).grants(before, m).moved("ends_at", stamp(before.EndsAt), stamp(m.EndsAt)).active(before, m)
	if len(e.After) == 0 && before.Company == m.Company {
		return before, Event{}, stale("guest_same")
	}
	return m, e, nil
}

// Decline is the guest saying no. Only they do, and only while it is open.
func (m Membership) Decline(u User, from string, now time.Time) (Membership, Event, error) {
	switch {
	case m.Kind != KindGuest || u.ID == "" || u.Email != m.Email:
		return m, Event{}, ErrNotFound
	case m.State(now) != StatePending:
		return m, Event{}, stale("not_pending", "State", string(m.State(now)))
	}
	m.DeclinedAt = now
	return m, m.event(InviteDeclined, Actor{User: u, From: from}, now), nil
}

// Leave is the guest giving up the access by themself.
func (m Membership) Leave(u User, from string, now time.Time) (Membership, Event, error) {
	if m.Kind != KindGuest || u.ID == "" || u.ID != m.UserID || !m.RemovedAt.IsZero() {
		return m, Event{}, ErrNotFound
	}
	m.RemovedAt = now
	return m, m.event(GuestLeft, Actor{User: u, From: from}, now), nil
}

// Enter is the guest going into the host company's dashboard: their last use.
func (m Membership) Enter(u User, from string, now time.Time) (Event, error) {
	switch {
	case m.Kind != KindGuest || u.ID == "" || u.ID != m.UserID:
		return Event{}, ErrNotFound
	case !m.Active(now):
		return Event{}, stale("guest_no_access")
	}
	return m.event(GuestEntered, Actor{User: u, From: from}, now), nil
}

// OtherCompany refuses what was meant for a company in which the session does not stand: with one browser in two of them, a
// form from over there must not be taken for here. here is where it stands; empty: at home, and company is where it was meant.
func OtherCompany(here, company string) error {
	if here == "" {
		return stale("back_home", "Company", company)
	}
	return stale("other_company", "Company", here)
}

// Return is the guest going back to their own accounts.
func (m Membership) Return(u User, from string, now time.Time) Event {
	return m.event(GuestReturned, Actor{User: u, From: from}, now)
}

// TellEnd says that the end of a guest's access is near, once for each end.
func (m Membership) TellEnd(now time.Time) (Membership, Event, error) {
	near := m.Kind == KindGuest && !m.AcceptedAt.IsZero() && m.RemovedAt.IsZero() && m.EndsAt.After(now) && !m.EndsAt.After(now.Add(GuestNotice))
	if !near || m.EndTold.Equal(m.EndsAt) {
		return m, Event{}, stale("no_reminder")
	}
	m.EndTold = m.EndsAt
	return m, m.event(GuestEnding, Actor{}, now), nil
}

// May is all that a guest may do anywhere, in the order of TreePrivileges.
func (m Membership) May() Privileges {
	return slices.DeleteFunc(slices.Clone(TreePrivileges), func(p Privilege) bool {
		return !slices.ContainsFunc(m.Grants, func(g Grant) bool { return g.May.Has(p) })
	})
}

// grants notes what a guest may do: in one word for people, and node by node.
func (e Event) grants(before, after Membership) Event {
	if before.Kind != KindGuest && after.Kind != KindGuest {
		return e
	}
	return e.moved("privileges", before.May().String(), after.May().String()).moved("grants", grantsText(before.Grants), grantsText(after.Grants))
}

func grantsText(grants []Grant) string {
	lines := make([]string, len(grants))
	for i, g := range grants {
		lines[i] = g.Node.Path() + "=" + strings.ReplaceAll(g.May.String(), " ", ",")
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}
