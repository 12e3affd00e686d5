package domain

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A GuestDraft is the form of a guest, as typed. Nodes are paths (Node.Path); which of the fields count, the workspace
// mode says.
type GuestDraft struct {
	Email     string `form:"email"`
	Company   string `form:"company"`
	Role      string `form:"role"`
	Active    string `form:"active"` // "on" or empty
	EndsOn    string `form:"ends_on"`
	Workspace string `form:"workspace"`
	// May are the privileges ticked for Places or Devices; Cells are "PATH:PRIVILEGE", one for each tick of the groups.
	May     []string `form:"may"`
	Places  []string `form:"place"`
	Devices []string `form:"device"`
	Cells   []string `form:"cell"`
	Version string   `form:"version"`
	Confirm string   `form:"confirm"` // the loss that was told and confirmed, as Loss.String has it
}

// mostGrants is at how many nodes one guest can have privileges: above that, whole sites or the account are meant.
const mostGrants = 500

// Nodes are the paths that the draft names, each once.
func (d GuestDraft) Nodes() []string {
	var paths []string
	switch Workspace(d.Workspace) {
	case GroupsAndDevices:
		paths = slices.Clone(d.Places)
	case Groups:
		for _, cell := range d.Cells {
			path, _, _ := strings.Cut(cell, ":")
			paths = append(paths, path)
		}
	case Devices:
		paths = slices.Clone(d.Devices)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// Check reads the draft for this host. known are the nodes of the account that the draft's paths name (the store
// looked); others are as unknown as those the host cannot reach.
func (d GuestDraft) Check(by Actor, known map[string]Node, now time.Time) (Invitation, error) {
	p := Problems{}
	in := Invitation{Kind: KindGuest, Language: by.User.Language, Workspace: Workspace(d.Workspace)}
	in.Email = email(p, d.Email)
	if in.Email != "" && by.Account.Admits(in.Email) != nil {
		p.Add("email", "domain_outside", "Domain", EmailDomain(in.Email))
	}
	if d.Company != "" {
		company, code := ParseText(d.Company, 100)
		if code != "" {
			p.Add("company", code)
		}
		in.Company = company
	}
	in.EndsAt = ParseEnd(p, d.EndsOn, by.User.Zone(), now)
	in.Inactive = !toggle(p, "active", d.Active)
	switch role, _ := by.Account.Role(RoleID(d.Role)); {
	case d.Role == "":
		p.Add("role", "required")
	case !role.Own() || !by.MayGrant(role.ID): // nor what is no role
		p.Add("role", "choice")
	case len(by.GuestPrivileges(role.ID)) == 0:
		p.Add("role", "opens_nothing")
	default:
		in.Role = role.ID
	}
	if !slices.Contains(Workspaces, in.Workspace) {
		p.Add("workspace", "choice")
	}
	if in.Role != "" && p["workspace"].Code == "" {
		in.Grants = d.grants(p, by, known)
	}
	for _, g := range in.Grants {
		in.Scope = append(in.Scope, g.Node)
	}
	return in, p.Err()
}

// grants lays the ticked privileges over the chosen nodes. What is wrong is a problem of the part of the form that the
// mode shows.
func (d GuestDraft) grants(p Problems, by Actor, known map[string]Node) []Grant {
	field := map[Workspace]string{GroupsAndDevices: "place", Groups: "cell", Devices: "device"}[Workspace(d.Workspace)]
	paths := d.Nodes()
	switch {
	case len(paths) == 0:
		p.Add(field, "required")
		return nil
	case len(paths) > mostGrants:
		p.Add(field, "too_many_nodes", "Most", strconv.Itoa(mostGrants))
		return nil
	}
	may := map[string][]string{}
	for _, cell := range d.Cells {
		path, privilege, _ := strings.Cut(cell, ":")
		may[path] = append(may[path], privilege)
	}
	var out []Grant
	for _, path := range paths {
		node, ok := known[path]
		if !ok || !by.Scope.Covers(node) || !node.fits(Workspace(d.Workspace)) {
			p.Add(field, "choice")
			return nil
		}
		ticked, from := d.May, "may"
		if Workspace(d.Workspace) == Groups {
			ticked, from = may[path], field
		}
		out = append(out, Grant{Node: node, May: guestPrivileges(p, from, by.GuestPrivileges(RoleID(d.Role)), ticked)})
	}
	return widest(out)
}

// fits reports whether the mode chooses such nodes.
func (n Node) fits(w Workspace) bool {
	switch w {
	case Groups:
		return n.Site != "" && n.Device == "" // a site's row stands for all groups it has and will have
	case Devices:
		return n.Device != ""
	}
	return n.Device == ""
}

// guestPrivileges reads ticked boxes. Who may do something at a node sees it.
func guestPrivileges(p Problems, field string, allowed Privileges, ticked []string) Privileges {
	var asked Privileges
	for _, name := range ticked {
		privilege, known := ParsePrivilege(name)
		if !known || !allowed.Has(privilege) {
			p.Add(field, "beyond_role")
			return nil
		}
		asked = append(asked, privilege)
	}
	switch {
	case len(asked) == 0:
		p.Add(field, "required")
	case !allowed.Has(ViewDevices):
		p.Add(field, "view_needed")
	}
	return TreePrivileges.And(append(asked, ViewDevices))
}

// widest leaves out what a wider grant gives already.
func widest(grants []Grant) []Grant {
	return slices.DeleteFunc(slices.Clone(grants), func(g Grant) bool {
		return slices.ContainsFunc(grants, func(other Grant) bool {
			return other.Node != g.Node && other.Node.Covers(g.Node) && g.May.Within(other.May)
		})
	})
}

// GuestDraft is a guest as the form shows them.
func (m Membership) GuestDraft(zone *time.Location) GuestDraft {
	d := GuestDraft{
		Email: m.Email, Company: m.Company, Role: string(m.Role), EndsOn: LastDay(m.EndsAt, zone), Workspace: string(m.Workspace),
		Version: strconv.Itoa(m.Version),
	}
	if m.SuspendedAt.IsZero() {
		d.Active = "on"
	}
	for _, p := range m.May() {
		d.May = append(d.May, p.String())
	}
	for _, g := range m.Grants {
		path := g.Node.Path()
		switch m.Workspace {
		case Groups:
			for _, p := range g.May {
				d.Cells = append(d.Cells, path+":"+p.String())
			}
		case Devices:
			d.Devices = append(d.Devices, path)
		default:
			d.Places = append(d.Places, path)
		}
	}
	return d
}
