package domain

import "slices"

// SettingsPrivileges are those on the account's settings: what an own role's upper half offers (product.md, Roles).
var SettingsPrivileges = Privileges{
	ViewUsers, EditUsers, ViewInvites, CreateInvites, ResendInvites, RevokeInvites, ViewGuests, EditGuests, ViewRoles, EditRoles,
	ViewSecurity, EditSecurity, ViewActivity, SetRetention, ViewSites, EditSites,
}

// implied says what nobody can do without seeing: who changes something sees it, and who sees devices sees the sites
// they are in.
var implied = map[Privilege]Privilege{
	EditUsers: ViewUsers, CreateInvites: ViewInvites, ResendInvites: ViewInvites, RevokeInvites: ViewInvites,
	EditGuests: ViewGuests, EditRoles: ViewRoles, EditSites: ViewSites, EditSecurity: ViewSecurity, SetRetention: ViewActivity,
	ExportDevices: ViewDevices, ConfigureDevices: ViewDevices, Deploy: ViewDevices, ViewDevices: ViewSites,
}

// Complete adds what the set implies, in the order in which roles list privileges.
func (ps Privileges) Complete() Privileges {
	all := slices.Clone(ps)
	for i := 0; i < len(all); i++ {
		if needs := implied[all[i]]; needs != nobody && !all.Has(needs) {
			all = append(all, needs)
		}
	}
	return slices.Concat(SettingsPrivileges, TreePrivileges).And(all)
}

// OwnRole is a role an account has made: it may enter, and do what was chosen and what that implies.
func OwnRole(id RoleID, name string, chosen Privileges) Role {
	return Role{ID: id, Kind: Customer, Name: name, may: append(Privileges{Enter}, chosen.Complete()...)}
}

// Own reports whether the account has made the role itself.
func (r Role) Own() bool { return r.Name != "" }

// BuiltIn reports whether the role is one of product.md's.
func (r Role) BuiltIn() bool {
	return slices.ContainsFunc(roles, func(known Role) bool { return known.ID == r.ID })
}

// Chosen is what the role may beyond entering: what its boxes tick.
func (r Role) Chosen() Privileges {
	return slices.DeleteFunc(slices.Clone(r.may), func(p Privilege) bool { return p == Enter })
}

// ofRole notes a role before and after. An own one is kept with its name, which may change or vanish later.
func (e Event) ofRole(a Account, was, now RoleID) Event {
	e = e.changed("role", string(was), string(now))
	if name := a.RoleOf(was).Name; name != "" {
		e.Before = with(e.Before, RoleNameKept, name)
	}
	if name := a.RoleOf(now).Name; name != "" {
		e.After = with(e.After, RoleNameKept, name)
	}
	return e
}

// RoleNameKept is where an event keeps what an own role was called.
const RoleNameKept = "role_name"
