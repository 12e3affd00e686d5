package domain

import (
	"strings"
	"testing"
)

func TestPrivilegesAreStoredByName(t *testing.T) {
	for p := range Privilege(64) {
		if p.String() == "nobody" {
			continue
		}
		if back, ok := ParsePrivilege(p.String()); !ok || back != p {
			t.Errorf("%s is read back as %s", p, back)
		}
	}
	all, ok := ParsePrivileges(TreePrivileges.String() + " view-devices")
	if !ok || all.String() != TreePrivileges.String() {
		t.Errorf("read back %q, %t", all, ok)
	}
	for _, wrong := range []string{"nobody", "owner", "view-devices,deploy"} {
		if ps, ok := ParsePrivileges(wrong); ok || len(ps) > 0 {
			t.Errorf("%q is read as %q", wrong, ps)
		}
	}
}

// GST-05, PRIV-17: a guest may at a node what the grant there says, and never more than the role has now.
func TestPRIV17GuestsReachWhatGrantAndRoleAllow(t *testing.T) {
	roof, yard := Node{"acme", "s1", "roof", ""}, Node{"acme", "s1", "yard", ""}
	guest := Actor{
		User: User{ID: "g"}, Account: acme, Kind: KindGuest, Role: OwnRole("r", "Installer", Privileges{ViewDevices, ConfigureDevices}),
		Scope:  Scope{roof, yard},
		Grants: []Grant{{roof, Privileges{ViewDevices, ConfigureDevices, Deploy}}, {yard, Privileges{ViewDevices}}},
	}
	panel := Node{"acme", "s1", "roof", "d1"}
	moved := Node{"acme", "s1", "yard", "d1"}
	for _, c := range []struct {
		may  Privilege
		at   Node
		want bool
	}{
		{ViewDevices, panel, true},
		{ConfigureDevices, panel, true},
		{ConfigureDevices, moved, false}, // the device went to the other group: the rights went with it
		{Deploy, panel, false},           // the grant says so, the role does not
		{ExportDevices, panel, false},
		{ViewDevices, Node{"acme", "s2", "", "d2"}, false},
		{ViewDevices, Node{"volt", "s1", "roof", "d1"}, false},
		{ViewSites, Node{"acme", "s1", "roof", ""}, true},
	} {
		if got := guest.CanAt(c.may, c.at); got != c.want {
			t.Errorf("%s at %v: %t", c.may, c.at, got)
		}
	}
	guest.Role = OwnRole("r", "Installer", Privileges{ViewDevices})
	if guest.Can(ConfigureDevices) || guest.CanAt(ConfigureDevices, panel) || !guest.CanAt(ViewDevices, panel) {
		t.Error("what the role has lost is still there for the guest")
	}
	guest.Role = OwnRole("r", "All", append(Privileges{ViewUsers, EditUsers, CreateInvites, EditGuests}, TreePrivileges...))
	for _, p := range []Privilege{ViewUsers, EditUsers, CreateInvites, EditGuests} {
		if guest.Can(p) || len(guest.Reach(p)) > 0 {
			t.Errorf("a guest may %s", p)
		}
	}
}

// PRIV-01: whoever may grant at all may give the account's own roles, and a holder of one gives only what it has itself.
func TestPRIV01OwnRoles(t *testing.T) {
	company := acme
	company.Roles = []Role{
		OwnRole("desk", "Front desk", Privileges{ViewUsers, EditUsers, ViewInvites, CreateInvites, ViewDevices}),
		OwnRole("eyes", "Eyes", Privileges{ViewDevices}),
		OwnRole("tools", "Tools", Privileges{ViewDevices, Deploy}),
	}
	as := func(id RoleID) Actor {
		role, ok := company.Role(id)
		if !ok {
			t.Fatalf("no role %s", id)
		}
		return Actor{User: User{ID: "x"}, Account: company, Kind: KindUser, Role: role, Scope: Whole("acme")}
	}
	for id, want := range map[RoleID]string{
		RoleAdmin: "member user admin deployer desk eyes tools", "desk": "member desk eyes", "eyes": "", RoleUser: "",
	} {
		var got []string
		for _, r := range as(id).GrantableRoles() {
			got = append(got, string(r.ID))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s gives %v, want %s", id, got, want)
		}
	}
	if as(RoleAdmin).MayGrant("gone") {
		t.Error("a role that is not there can be given")
	}
}

// GST-04, GST-05: grants are the same when node and privileges are.
func TestGrantsAreEqual(t *testing.T) {
	one := Grant{roof.Node(), Privileges{ViewDevices, Deploy}}
	for _, c := range []struct {
		other Grant
		same  bool
	}{
		{Grant{roof.Node(), Privileges{Deploy, ViewDevices}}, true},
		{Grant{cellar.Node(), Privileges{ViewDevices, Deploy}}, false},
		{Grant{roof.Node(), Privileges{ViewDevices}}, false},
		{Grant{roof.Node(), Privileges{ViewDevices, Deploy, ExportDevices}}, false},
	} {
		if one.Equal(c.other) != c.same {
			t.Errorf("%v: %t", c.other, !c.same)
		}
	}
}
