package domain

import (
	"slices"
	"time"
)

// An Actor is who is asking: a person, and where one is in hand, their place in an account.
// It is read anew on every request, so a change is in force at the next click.
type Actor struct {
	User       User
	Account    Account
	Membership string
	Kind       MembershipKind
	Role       Role
	Scope      Scope
	// Grants say what a guest may do where; staff have their role everywhere in their scope, and none.
	Grants []Grant
	// From is the network address the request came from, for the history.
	From string
	// OnBehalf is the company of support staff while they act in an account that is not theirs; else empty.
	OnBehalf string
	// Until is when their access ends by itself: the support, or the place; zero when it does not.
	Until time.Time
	// Severed: the partner that offered them their place does not have them among its people, for now or for good
	// (Membership.Via). Known where an actor is read.
	Severed bool
	// Help is what a partner's actor may offer in an account of a customer, where they have no place (Toward).
	Help Help
}

// Can answers the first question at every door: may this actor use it at all?
func (a Actor) Can(p Privilege) bool {
	switch p {
	case nobody:
		return false
	case Anyone:
		return true
	case SignedIn:
		return a.User.ID != ""
	}
	if of, ok := joined[p]; ok {
		if a.Role.ID == RoleSupport && staying.Has(p) {
			return false
		}
		return !slices.ContainsFunc(of, func(each Privilege) bool { return !a.Can(each) })
	}
	if a.User.ID == "" || a.Account.ID == "" || !a.Account.SuspendedAt.IsZero() || a.AwaitsMaster() || a.Severed || !a.Role.May(p) {
		return false
	}
	if a.Kind == KindGuest {
		return p == Enter || p == ViewSites || slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.allows(p) })
	}
	if slices.Contains(accountWide, p) {
		return a.Scope.Covers(Node{Account: a.Account.ID})
	}
	// Offering belongs to account scope (seed 000) unless the account lets its site admins do it. A resend is an
	// offer: it gives a new period and can bring back what somebody else revoked.
	if (p == CreateInvites || p == ResendInvites) && !a.Scope.Covers(Node{Account: a.Account.ID}) {
		return a.Account.SiteAdminsInvite
	}
	return true
}

// AwaitsMaster reports whether the actor waits outside their partner until it has an active Master: accepted, not locked,
// not deleted (seed 002; C6, C7). Set-up makes the first one and the last one cannot vanish, so it happens only where both
// were got around.
func (a Actor) AwaitsMaster() bool {
	return a.Account.Kind == Partner && a.Account.NoMaster && a.Role.ID != RoleMaster
}

// accountWide are the privileges that only those have who reach the whole account (product.md, Scope).
var accountWide = Privileges{
	ViewGuests, EditGuests, ViewRoles, EditRoles, ViewSecurity, EditSecurity, ViewActivity, SetRetention, ViewCredits, AllocateCredits, AddCredits,
	ViewAccounts, SetUpAccounts, SuspendAccounts, InviteColleagues, ViewSupport, GiveSupport,
}

// Reach is where the actor holds a privilege: for staff their scope, for guests the nodes that give it to them.
// It reaches nothing when they do not hold it at all.
func (a Actor) Reach(p Privilege) Scope {
	if !a.Can(p) {
		return nil
	}
	if a.Kind != KindGuest || p == Enter || p == ViewSites {
		return a.Scope
	}
	var at Scope
	for _, g := range a.Grants {
		if g.allows(p) {
			at = append(at, g.Node)
		}
	}
	return at
}

// CanAt answers whether the actor holds a privilege at a node of the account's tree.
func (a Actor) CanAt(p Privilege, at Node) bool { return a.Reach(p).Covers(at) }

// MayGrant answers whether the actor's role lets them give another, or change somebody who holds it: the can-grant
// table for built-in roles; whoever may grant at all may grant the account's own; and an own role only what it has itself.
func (a Actor) MayGrant(id RoleID) bool {
	role, known := a.Account.Role(id)
	switch {
	case !known:
		return false
	case a.Role.Own():
		return role.within(a.Role)
	case role.Own():
		return len(a.Role.grants) > 0
	}
	return slices.Contains(a.Role.grants, id)
}

// GrantableRoles lists what the actor may give, the built-in ones lowest first: the choices of every role field.
// Support staff give none; their row of the table says only whose invites they may touch.
func (a Actor) GrantableRoles() []Role {
	if !a.Can(CreateInvites) && !a.Can(EditUsers) {
		return nil
	}
	return slices.DeleteFunc(a.Account.AllRoles(), func(r Role) bool { return !a.MayGrant(r.ID) })
}
