package domain

import "slices"

// A Privilege is a verb on a noun. The route table names one per door; the zero Privilege admits nobody.
type Privilege uint8

// The privileges that some door enforces.
const (
	// nobody is the zero Privilege: a door without a label stays shut.
	nobody Privilege = iota
	// Anyone is said aloud on public doors.
	Anyone
	// SignedIn is a person without an account in hand: profile, choosing a company.
	SignedIn
	// Enter is every active member of the account, whatever the role.
	Enter
	// ViewSites opens the account's and the sites' dashboards.
	ViewSites
	// Deploy opens the Deployment Tool.
	Deploy
	// ViewUsers opens the Users tab and the people in it.
	ViewUsers
	// EditUsers changes role, scope, state, end date, notifications and sessions of people.
	EditUsers
	// ViewInvites opens the Invites tab.
	ViewInvites
	// CreateInvites invites, corrects, imports and copies links.
	CreateInvites
	// ResendInvites sends an open or lapsed invite again.
	ResendInvites
	// RevokeInvites withdraws a pending invite.
	RevokeInvites
)

var privilegeNames = [...]string{
	nobody: "nobody", Anyone: "anyone", SignedIn: "signed-in", Enter: "enter", ViewSites: "view-sites", Deploy: "deploy",
	ViewUsers: "view-users", EditUsers: "edit-users", ViewInvites: "view-invites", CreateInvites: "create-invites",
	ResendInvites: "resend-invites", RevokeInvites: "revoke-invites",
}

// String names the privilege in the route list and the golden matrix.
func (p Privilege) String() string {
	if int(p) >= len(privilegeNames) {
		return privilegeNames[nobody]
	}
	return privilegeNames[p]
}

// RoleID names a role in forms, rows and the API.
type RoleID string

// The built-in roles (product.md, Roles). Support is never assigned.
const (
	RoleAdmin        RoleID = "admin"
	RoleDeployer     RoleID = "deployer"
	RoleUser         RoleID = "user"
	RoleMember       RoleID = "member"
	RoleSupport      RoleID = "support"
	RoleObserver     RoleID = "observer"
	RoleOperator     RoleID = "operator"
	RolePartnerAdmin RoleID = "partner-admin"
	RoleMaster       RoleID = "master"
)

// A Role is a named set of privileges on one plane.
type Role struct {
	ID   RoleID
	Kind AccountKind
	// may is what the role allows inside its account.
	may []Privilege
	// grants is the can-grant table's row: the roles its holder may give, and whose holders it may touch.
	grants []RoleID
}

var (
	viewing  = []Privilege{Enter, ViewSites, ViewUsers, ViewInvites}
	managing = append(slices.Clone(viewing), EditUsers, CreateInvites, ResendInvites, RevokeInvites)

	accountGrants = []RoleID{RoleMember, RoleUser, RoleAdmin, RoleDeployer}
	partnerGrants = []RoleID{RoleObserver, RoleOperator, RolePartnerAdmin}
)

// The can-grant table is explicit: there is no rank number to compare.
var roles = []Role{
	{RoleAdmin, Customer, managing, accountGrants},
	{RoleDeployer, Customer, append(slices.Clone(managing), Deploy), accountGrants},
	{RoleUser, Customer, viewing, nil},
	{RoleMember, Customer, []Privilege{Enter}, nil},
	// Support grants nothing for lack of CreateInvites; its row says whose invites it may resend and revoke.
	{RoleSupport, Customer, []Privilege{Enter, ViewUsers, ViewInvites, ResendInvites, RevokeInvites}, accountGrants},
	{RoleObserver, Partner, viewing, nil},
	{RoleOperator, Partner, viewing, nil},
	{RolePartnerAdmin, Partner, managing, partnerGrants},
	{RoleMaster, Partner, managing, append(slices.Clone(partnerGrants), RoleMaster)},
}

// ParseRole finds the role of that id on the plane of an account of this kind.
func ParseRole(id string, kind AccountKind) (Role, bool) {
	for _, r := range roles {
		if string(r.ID) == id && r.Kind == kind {
			return r, true
		}
	}
	return Role{}, false
}

// RolesOf lists the roles that people of an account of this kind can hold, lowest first.
func RolesOf(kind AccountKind) []Role {
	if kind == Partner {
		return pick(RoleObserver, RoleOperator, RolePartnerAdmin, RoleMaster)
	}
	return pick(RoleMember, RoleUser, RoleAdmin, RoleDeployer)
}

func pick(ids ...RoleID) []Role {
	var out []Role
	for _, id := range ids {
		for _, r := range roles {
			if r.ID == id {
				out = append(out, r)
			}
		}
	}
	return out
}

// May reports whether the role holds the privilege.
func (r Role) May(p Privilege) bool { return p != nobody && slices.Contains(r.may, p) }

// Grants reports whether a holder of r may give other to somebody, or change somebody who holds it.
func (r Role) Grants(other RoleID) bool { return slices.Contains(r.grants, other) }

// within reports whether r allows nothing that other does not.
func (r Role) within(other Role) bool {
	for _, p := range r.may {
		if !other.May(p) {
			return false
		}
	}
	return true
}

// keeper is a role that keeps an account manageable: the last active holder cannot vanish.
func (r Role) keeper() bool {
	return r.ID == RoleAdmin || r.ID == RoleDeployer || r.ID == RoleMaster
}

// Lockable reports whether holders can be suspended: partner administrators of role Admin or Master
// can be neither locked nor unlocked (seed 002).
func (r Role) Lockable() bool { return r.ID != RolePartnerAdmin && r.ID != RoleMaster }

// KeeperRoles lists, for an account's kind, the roles of which one active, account-wide, unending holder must remain.
func KeeperRoles(kind AccountKind) []RoleID {
	if kind == Partner {
		return []RoleID{RoleMaster}
	}
	return []RoleID{RoleAdmin, RoleDeployer}
}

// An Actor is who is asking: a person, and where one is in hand, their place in an account.
// It is read anew on every request, so a change is in force at the next click.
type Actor struct {
	User       User
	Account    Account
	Membership string
	Role       Role
	Scope      Scope
	// From is the network address the request came from, for the history.
	From string
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
	if a.User.ID == "" || a.Account.ID == "" || !a.Account.SuspendedAt.IsZero() || !a.Role.May(p) {
		return false
	}
	// Offering belongs to account scope (seed 000) unless the account lets its site admins do it. A resend is an
	// offer: it gives a new period and can bring back what somebody else revoked.
	if (p == CreateInvites || p == ResendInvites) && !a.Scope.Covers(Node{Account: a.Account.ID}) {
		return a.Account.SiteAdminsInvite
	}
	return true
}

// GrantableRoles lists what the actor may give, lowest first: the choices of every role field.
// Support staff give none; their row of the table says only whose invites they may touch.
func (a Actor) GrantableRoles() []Role {
	if !a.Can(CreateInvites) && !a.Can(EditUsers) {
		return nil
	}
	var out []Role
	for _, r := range RolesOf(a.Account.Kind) {
		if a.Role.Grants(r.ID) {
			out = append(out, r)
		}
	}
	return out
}
