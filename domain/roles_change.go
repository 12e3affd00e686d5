package domain

import (
	"slices"
	"time"
)

// MaxRoles is how many roles an account may make: they are read with everybody who asks.
const MaxRoles = 50

// maxRoleName is the longest name of a role, in characters.
const maxRoleName = 60

// A RoleDraft is the form of an account's own role, as typed.
type RoleDraft struct {
	Name    string   `form:"name"`
	May     []string `form:"may"`
	Version string   `form:"version"`
	// Confirm is what its holders lose, as Privileges has it, once whoever changes it has been told.
	Confirm string `form:"confirm"`
}

// Draft is the role as its form shows it.
func (r Role) Draft() RoleDraft {
	d := RoleDraft{Name: r.Name}
	for _, p := range r.Chosen() {
		d.May = append(d.May, p.String())
	}
	return d
}

// Offered are the privileges a role can be made of.
func Offered() Privileges { return slices.Concat(SettingsPrivileges, TreePrivileges) }

// Check reads the draft over the role as it was, the zero Role for a new one. Only what the editor has themself can be
// put in; what is there already may stay.
func (d RoleDraft) Check(by Actor, was Role) (Role, error) {
	p := Problems{}
	name := text(p, "name", d.Name, maxRoleName)
	_, built := customerRoles[letters(name)]
	switch {
	case built:
		p.Add("name", "role_built_in")
	case slices.ContainsFunc(by.Account.Roles, func(r Role) bool { return r.ID != was.ID && Fold(r.Name) == Fold(name) }):
		p.Add("name", "role_taken")
	}
	var chosen Privileges
	for _, typed := range d.May {
		privilege, known := ParsePrivilege(typed)
		if !known || !Offered().Has(privilege) {
			p.Add("may", "choice")
		}
		chosen = append(chosen, privilege)
	}
	to := OwnRole(was.ID, name, chosen)
	added := slices.DeleteFunc(to.Chosen(), was.May)
	switch {
	case len(chosen) == 0:
		p.Add("may", "role_empty")
	case !added.Within(by.Role.may):
		p.Add("may", "role_beyond")
	}
	return to, p.Err()
}

// MayEdit answers whether the actor may change or delete a role of the account: an own one they could grant.
func (a Actor) MayEdit(r Role) error {
	switch {
	case !a.Can(EditRoles):
		return ErrForbidden
	case !r.Own():
		return ErrNotFound
	case !a.MayGrant(r.ID):
		return forbidden("role_above")
	}
	return nil
}

// MakeRole makes a role of the account's own; the store gives it its id, and to the event its subject.
func (a Actor) MakeRole(d RoleDraft, now time.Time) (Role, Event, error) {
	if !a.Can(EditRoles) {
		return Role{}, Event{}, ErrForbidden
	}
	made, err := d.Check(a, Role{})
	switch {
	case err != nil:
		return Role{}, Event{}, err
	case len(a.Account.Roles) >= MaxRoles:
		return Role{}, Event{}, stale("roles_many")
	}
	e := made.event(RoleMade, a, now).changed("name", "", made.Name).changed("may", "", made.Chosen().String())
	return made, e, nil
}

// Change makes the role what the draft says, for all its holders at once (PRIV-17). The event is empty when it stays
// as it was.
func (r Role) Change(by Actor, d RoleDraft, now time.Time) (Role, Event, error) {
	if err := by.MayEdit(r); err != nil {
		return r, Event{}, err
	}
	to, err := d.Check(by, r)
	if err != nil {
		return r, Event{}, err
	}
	e := to.event(RoleEdited, by, now).moved("name", r.Name, to.Name).moved("may", r.Chosen().String(), to.Chosen().String())
	if e.After == nil {
		return r, Event{}, nil
	}
	return to, e, nil
}

// Delete ends the role. Its holders are given another one first (Membership.ReplaceRole).
func (r Role) Delete(by Actor, now time.Time) (Event, error) {
	if err := by.MayEdit(r); err != nil {
		return Event{}, err
	}
	return r.event(RoleDeleted, by, now).changed("name", r.Name, "").changed("may", r.Chosen().String(), ""), nil
}

func (r Role) event(kind EventKind, by Actor, now time.Time) Event {
	e := by.User.Event(kind, by.From, now)
	e.AccountID, e.SubjectID, e.SubjectName = by.Account.ID, string(r.ID), r.Name
	return e
}

// Replacements are what the actor can give the holders of a role that is deleted: guests only roles of the account's own.
func (r Role) Replacements(by Actor, kind MembershipKind) []Role {
	return slices.DeleteFunc(by.Account.AllRoles(), func(to Role) bool { return !r.replaceable(by, to, kind) })
}

func (r Role) replaceable(by Actor, to Role, kind MembershipKind) bool {
	return to.ID != r.ID && by.MayGrant(to.ID) && (kind != KindGuest || to.Own())
}

// ReplaceRole gives a holder of a role that is deleted another one, whatever state they are in. Who changes an open
// offer stands behind it from then on, if they may make it: the inviter may not be able to give the new role.
func (m Membership) ReplaceRole(by Actor, to RoleID, now time.Time) (Membership, Event, error) {
	was := by.Account.RoleOf(m.Role)
	if err := by.MayEdit(was); err != nil {
		return m, Event{}, err
	}
	if err := by.MayTouch(m); err != nil {
		return m, Event{}, err
	}
	role, _ := by.Account.Role(to) // what is none is not replaceable
	switch {
	case !was.replaceable(by, role, m.Kind):
		return m, Event{}, Problems{ReplacementField(m.Kind): {Code: "choice"}}
	case m.UserID == by.User.ID && !role.within(by.Role):
		return m, Event{}, forbidden("raise_self")
	}
	e := m.event(RoleChanged, by, now).ofRole(by.Account, m.Role, to)
	m.Role = to
	if m.AcceptedAt.IsZero() && by.MayOffer(to, m.Scope) == nil {
		m.InvitedBy, m.InviterName = by.User.ID, by.User.Name()
	}
	return m, e, nil
}

// ReplacementField names the field that says what holders of a kind get.
func ReplacementField(kind MembershipKind) string {
	if kind == KindGuest {
		return "guests"
	}
	return "people"
}

// A RoleDeletionDraft is the form in which a role is deleted: what its holders get.
type RoleDeletionDraft struct {
	People  string `form:"people"`
	Guests  string `form:"guests"`
	Version string `form:"version"`
}

// For is what holders of a kind get.
func (d RoleDeletionDraft) For(kind MembershipKind) RoleID {
	if kind == KindGuest {
		return RoleID(d.Guests)
	}
	return RoleID(d.People)
}

// Loses is what holders of the role could no longer do as another.
func (r Role) Loses(to Role) Privileges {
	return slices.DeleteFunc(r.Chosen(), to.May)
}
