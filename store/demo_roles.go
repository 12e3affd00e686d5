package store

import "gatehouse/domain"

// The roles that Brightwater has made, by their names.
const (
	Installer   = "Installer"
	Maintenance = "Maintenance"
	Viewer      = "Viewer"
	FrontDesk   = "Front Desk"
)

func brightwaterRoles() []domain.Role {
	own := func(name string, may ...domain.Privilege) domain.Role {
		return domain.OwnRole(domain.RoleID(newID()), name, may)
	}
	return []domain.Role{
		own(FrontDesk, domain.ViewUsers, domain.ViewInvites, domain.CreateInvites, domain.ResendInvites, domain.RevokeInvites, domain.ViewSites),
		own(Installer, domain.ViewDevices, domain.ConfigureDevices, domain.Deploy),
		own(Maintenance, domain.ViewDevices, domain.ExportDevices),
		own(Viewer, domain.ViewDevices),
	}
}

func larkspurRoles() []domain.Role {
	return []domain.Role{domain.OwnRole(domain.RoleID(newID()), Canary+" Watch", domain.Privileges{domain.ViewDevices})}
}

// makeRoles writes down that somebody has made the account's roles, some months ago.
func (d *demo) makeRoles(a domain.Account, email string) {
	u, at := d.people[email], d.ago(300*day)
	for _, r := range a.Roles {
		e := u.Event(domain.RoleMade, "203.0.113.24", at)
		e.AccountID, e.SubjectID, e.SubjectName = a.ID, string(r.ID), r.Name
		e.After = map[string]string{"name": r.Name, "may": r.Chosen().String()}
		d.events = append(d.events, e)
	}
}

// roleNamed is the role the lists below name: an own one by its name.
func roleNamed(a domain.Account, role domain.RoleID) domain.RoleID {
	for _, r := range a.Roles {
		if r.Name == string(role) {
			return r.ID
		}
	}
	return role
}
