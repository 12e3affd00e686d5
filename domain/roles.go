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
	// ExplainUsers tells what somebody of the account may do at a node of the tree, and whence: to who sees both.
	ExplainUsers
	// ExplainGuests is ExplainUsers for guests.
	ExplainGuests
	// ExportUsers and ExportInvites take these lists out as files: for who views them, but support staff.
	ExportUsers
	ExportInvites
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
	// ViewDevices shows groups and devices and their state.
	ViewDevices
	// ExportDevices takes device data out as a file.
	ExportDevices
	// ConfigureDevices changes labels, groups and the names of partitions.
	ConfigureDevices
	// EditSites creates, changes and removes sites.
	EditSites
	// ViewGuests opens the Guests tab.
	ViewGuests
	// EditGuests invites people of other companies, and changes and ends what they may.
	EditGuests
	// ViewRoles opens the Roles tab.
	ViewRoles
	// EditRoles makes, changes and deletes the account's own roles.
	EditRoles
	// ViewSecurity opens Security Settings.
	ViewSecurity
	// EditSecurity changes them.
	EditSecurity
	// ViewActivity opens the Activity tab.
	ViewActivity
	// SetRetention says how long the history is kept.
	SetRetention
	// ViewCredits opens a partner's ledger of credits.
	ViewCredits
	// AllocateCredits gives credits to sites and takes them back.
	AllocateCredits
	// AddCredits adds to what there is to give.
	AddCredits
	// ViewAdministrators opens a partner's Admin & Technicians.
	ViewAdministrators
	// EditAdministrators invites a partner's administrators, changes their levels, locks and deletes them.
	EditAdministrators
	// ViewAccounts opens a partner's Accounts & Sites.
	ViewAccounts
	// SetUpAccounts makes a partner's customer accounts, with their first Admin's invite, and sites in them.
	SetUpAccounts
	// SuspendAccounts stops everything in a customer account, and lets it go on.
	SuspendAccounts
	// InviteColleagues offers an administrator of the partner a place at sites of its customers (C14).
	InviteColleagues
	// ViewSupport opens the list of support access that customers gave or were asked for.
	ViewSupport
	// GiveSupport asks for support access and works in the accounts that grant it.
	GiveSupport
)

var privilegeNames = [...]string{
	nobody: "nobody", Anyone: "anyone", SignedIn: "signed-in", Enter: "enter", ViewSites: "view-sites", Deploy: "deploy",
	ViewUsers: "view-users", EditUsers: "edit-users", ViewInvites: "view-invites", CreateInvites: "create-invites",
	ResendInvites: "resend-invites", RevokeInvites: "revoke-invites", ViewDevices: "view-devices", ExportDevices: "export-devices",
	ConfigureDevices: "configure-devices", EditSites: "edit-sites", ViewGuests: "view-guests", EditGuests: "edit-guests",
	ViewRoles: "view-roles", EditRoles: "edit-roles", ViewSecurity: "view-security", EditSecurity: "edit-security",
	ViewActivity: "view-activity", SetRetention: "set-retention",
	ViewCredits: "view-credits", AllocateCredits: "allocate-credits", AddCredits: "add-credits",
	ViewAdministrators: "view-administrators", EditAdministrators: "edit-administrators",
	ViewAccounts: "view-accounts", SetUpAccounts: "set-up-accounts", SuspendAccounts: "suspend-accounts", InviteColleagues: "invite-colleagues",
	ViewSupport: "view-support", GiveSupport: "give-support",
	ExplainUsers: "explain-users", ExplainGuests: "explain-guests", ExportUsers: "export-users", ExportInvites: "export-invites",
}

// joined are the privileges that no role has by itself: who has all of these has them.
var joined = map[Privilege]Privileges{
	ExplainUsers: {ViewUsers, ViewDevices}, ExplainGuests: {ViewGuests, ViewDevices}, ExportUsers: {ViewUsers}, ExportInvites: {ViewInvites},
}

// staying are those of them that support staff lack: they view an account's people and invites there, and carry none away.
var staying = Privileges{ExportUsers, ExportInvites}

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
	// Name is what the account calls a role of its own; a built-in one is called in the reader's language.
	Name string
	// may is what the role allows inside its account.
	may Privileges
	// grants is the can-grant table's row: the built-in roles its holder may give, and whose holders it may touch.
	grants []RoleID
}

var (
	viewing  = Privileges{Enter, ViewSites, ViewUsers, ViewInvites}
	managing = append(slices.Clone(viewing), EditUsers, CreateInvites, ResendInvites, RevokeInvites, ViewActivity, SetRetention)
	// guarding is managing with Security Settings.
	guarding = append(slices.Clone(managing), ViewSecurity, EditSecurity)
	// looking are the privileges that change nothing.
	looking = Privileges{
		Anyone, SignedIn, Enter, ViewSites, ViewUsers, ViewInvites, ViewDevices, ExportDevices, ViewGuests, ViewRoles, ViewSecurity, ViewActivity, ViewCredits,
		ViewAdministrators, ViewAccounts, ViewSupport,
	}

	// What customers have and partners do not: a tree, guests, roles of their own.
	tree    = Privileges{ViewDevices, ExportDevices}
	owning  = append(slices.Clone(tree), ViewGuests, ViewRoles)
	editing = append(slices.Clone(owning), ConfigureDevices, EditSites, EditGuests, EditRoles)

	// What partners have and customers do not.
	counting  = Privileges{ViewCredits, ViewAdministrators}
	dealing   = append(slices.Clone(counting), AllocateCredits, ViewSupport, GiveSupport)
	governing = append(slices.Clone(dealing), EditAdministrators)
	// Likewise: other companies.
	settingUp  = Privileges{ViewAccounts, SetUpAccounts}
	overseeing = append(slices.Clone(settingUp), SuspendAccounts, InviteColleagues)

	accountGrants = []RoleID{RoleMember, RoleUser, RoleAdmin, RoleDeployer}
	partnerGrants = []RoleID{RoleObserver, RoleOperator, RolePartnerAdmin}
)

// The can-grant table is explicit: there is no rank number to compare.
var roles = []Role{
	{RoleAdmin, Customer, "", slices.Concat(guarding, editing), accountGrants},
	{RoleDeployer, Customer, "", slices.Concat(guarding, editing, Privileges{Deploy}), accountGrants},
	{RoleUser, Customer, "", slices.Concat(viewing, owning, Privileges{ViewSecurity, ViewActivity}), nil},
	{RoleMember, Customer, "", Privileges{Enter}, nil},
	// Support grants nothing for lack of CreateInvites; its row says whose invites it may resend and revoke.
	{RoleSupport, Customer, "", Privileges{Enter, ViewUsers, ViewInvites, ResendInvites, RevokeInvites}, accountGrants},
	{RoleObserver, Partner, "", slices.Concat(viewing, counting, Privileges{ViewAccounts}), nil},
	{RoleOperator, Partner, "", slices.Concat(viewing, dealing, settingUp), nil},
	{RolePartnerAdmin, Partner, "", slices.Concat(managing, Privileges{ViewSecurity}, governing, overseeing), partnerGrants},
	{RoleMaster, Partner, "", slices.Concat(guarding, governing, Privileges{AddCredits}, overseeing), append(slices.Clone(partnerGrants), RoleMaster)},
}

// ParseRole finds the built-in role of that id on the plane of an account of this kind; Account.Role knows the
// account's own ones as well.
func ParseRole(id string, kind AccountKind) (Role, bool) {
	for _, r := range roles {
		if string(r.ID) == id && r.Kind == kind {
			return r, true
		}
	}
	return Role{}, false
}

// RolesOf lists the built-in roles that people of an account of this kind can hold, lowest first.
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
func (r Role) May(p Privilege) bool { return r.may.Has(p) }

// within reports whether r allows nothing that other does not.
func (r Role) within(other Role) bool { return r.may.Within(other.may) }

// ChangesSettings reports whether the role may do more than look.
func (r Role) ChangesSettings() bool { return !r.may.Within(looking) }

// keeper is a role that keeps an account manageable: the last active holder cannot vanish.
func (r Role) keeper() bool {
	return r.ID == RoleAdmin || r.ID == RoleDeployer || r.ID == RoleMaster
}

// Lockable reports whether holders can be suspended: partner administrators of role Admin or Master
// can be neither locked nor unlocked (seed 002).
func (r Role) Lockable() bool { return r.ID != RolePartnerAdmin && r.ID != RoleMaster }

// Level is the place of a partner's role among them, the highest first: lists are sorted by it. 0 for roles of customers.
func (id RoleID) Level() int {
	levels := []RoleID{RoleMaster, RolePartnerAdmin, RoleOperator, RoleObserver}
	return slices.Index(levels, id) + 1
}

// KeeperRoles lists, for an account's kind, the roles of which one active, account-wide, unending holder must remain.
func KeeperRoles(kind AccountKind) []RoleID {
	if kind == Partner {
		return []RoleID{RoleMaster}
	}
	return []RoleID{RoleAdmin, RoleDeployer}
}

// Privileges lists what the role may.
func (r Role) Privileges() Privileges { return slices.Clone(r.may) }

// Role finds a role of the account: a built-in one of its plane, or its own.
func (a Account) Role(id RoleID) (Role, bool) {
	if r, ok := ParseRole(string(id), a.Kind); ok {
		return r, true
	}
	i := slices.IndexFunc(a.Roles, func(r Role) bool { return r.ID == id })
	if i < 0 {
		return Role{}, false
	}
	return a.Roles[i], true
}

// RoleOf is Role for a screen: one that is gone has its id alone, and may nothing.
func (a Account) RoleOf(id RoleID) Role {
	if r, ok := a.Role(id); ok {
		return r
	}
	return Role{ID: id, Kind: a.Kind}
}

// AllRoles lists the roles that people of the account can hold: the built-in ones, lowest first, then its own.
func (a Account) AllRoles() []Role { return slices.Concat(RolesOf(a.Kind), a.Roles) }
