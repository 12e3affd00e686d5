package domain

import (
	"slices"
	"strings"
)

// Privileges is a set of them.
type Privileges []Privilege

// Has reports whether p is one of them.
func (ps Privileges) Has(p Privilege) bool { return p != nobody && slices.Contains(ps, p) }

// Within reports whether other has all of them.
func (ps Privileges) Within(other Privileges) bool {
	return !slices.ContainsFunc(ps, func(p Privilege) bool { return !other.Has(p) })
}

// And is what both have, in the order of ps.
func (ps Privileges) And(other Privileges) Privileges {
	return slices.DeleteFunc(slices.Clone(ps), func(p Privilege) bool { return !other.Has(p) })
}

// String is the set as it is stored: the names with a space between.
func (ps Privileges) String() string {
	names := make([]string, len(ps))
	for i, p := range ps {
		names[i] = p.String()
	}
	return strings.Join(names, " ")
}

// ParsePrivileges reads what String has written; ok is false when a name is no privilege's.
func ParsePrivileges(stored string) (ps Privileges, ok bool) {
	ok = true
	for name := range strings.FieldsSeq(stored) {
		p, known := ParsePrivilege(name)
		ok = ok && known
		if known && !ps.Has(p) {
			ps = append(ps, p)
		}
	}
	return ps, ok
}

// ParsePrivilege finds the privilege of that name, as forms and rows tell it.
func ParsePrivilege(name string) (Privilege, bool) {
	i := slices.Index(privilegeNames[:], name)
	return Privilege(max(i, 0)), i > 0
}

// TreePrivileges are those on the account's tree: what a guest's boxes and an own role's lower half offer (product.md, Roles).
var TreePrivileges = Privileges{ViewDevices, ExportDevices, ConfigureDevices, Deploy}

// A Grant is what a membership may do on one node of the tree and below it.
type Grant struct {
	Node Node
	// May is the part of the role's privileges that holds there.
	May Privileges
}

// allows leaves aside the role, which is asked first: what it loses, every grant under it loses at once (PRIV-17).
func (g Grant) allows(p Privilege) bool { return g.May.Has(p) }

// Equal reports whether both allow the same at the same node.
func (g Grant) Equal(other Grant) bool {
	return g.Node == other.Node && g.May.Within(other.May) && other.May.Within(g.May)
}

// A Workspace says how a guest's privileges are laid over the tree (seed 004).
type Workspace string

// The workspace modes. Staff have none.
const (
	// GroupsAndDevices: the same privileges everywhere.
	GroupsAndDevices Workspace = "all"
	// Groups: a different set per group.
	Groups Workspace = "groups"
	// Devices: only those chosen; the rest does not exist for the guest.
	Devices Workspace = "devices"
)

// Workspaces in the order of the form.
var Workspaces = []Workspace{GroupsAndDevices, Groups, Devices}
