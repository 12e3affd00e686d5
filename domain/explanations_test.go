package domain

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// Every fact that stands in the way is told, the widest grant is named, and what may be done is what the doors allow.
func TestExplain(t *testing.T) {
	panel := Node{Account: "acme", Site: "s1", Group: "g1", Device: "d1"}
	site := Node{Account: "acme", Site: "s1"}
	in := func(change ...func(*Membership)) Membership {
		m := offered(acme, RoleUser, Sites("acme", "s1")).in(StateAccepted)
		for _, f := range change {
			f(&m)
		}
		return m
	}
	demanding := acme
	demanding.Policy.Guards.SecondFactor = FactorForAll
	later := demanding
	later.Policy.SecondFactorFrom = now.Add(48 * time.Hour)
	closed := acme
	closed.SuspendedAt = now
	for name, c := range map[string]struct {
		account  Account
		m        Membership
		at       Node
		obstacle Obstacle
		may      Privileges
		through  Node
	}{
		"a site holds its devices":  {acme, in(), panel, "", Privileges{ViewDevices, ExportDevices}, site},
		"on a site, the site's own": {acme, in(), site, "", Privileges{ViewSites, ViewDevices, ExportDevices}, site},
		"the widest grant":          {acme, in(func(m *Membership) { m.Scope = Scope{panel, site, {Account: "acme"}} }), panel, "", Privileges{ViewDevices, ExportDevices}, Node{Account: "acme"}},
		"another site":              {acme, in(func(m *Membership) { m.Scope = Sites("acme", "s2") }), panel, OutOfScope, nil, Node{}},
		"a role without the tree":   {acme, in(func(m *Membership) { m.Role = RoleMember }), panel, RoleTooSmall, nil, site},
		"a role that is gone":       {acme, in(func(m *Membership) { m.Role = "own-gone" }), panel, RoleTooSmall, nil, site},
		"an invite":                 {acme, offered(acme, RoleUser, Sites("acme", "s1")), panel, NotAccepted, nil, site},
		"disabled":                  {acme, in().in(StateSuspended), panel, AccessDisabled, nil, site},
		"ended":                     {acme, in().in(StateEnded), panel, AccessEnded, nil, site},
		"a closed account":          {closed, in(), panel, AccountSuspended, nil, site},
		"no second factor":          {demanding, in(), panel, FactorMissing, nil, site},
		"a second factor":           {demanding, in(func(m *Membership) { m.Factor = AppFactor }), panel, "", Privileges{ViewDevices, ExportDevices}, site},
		"not yet asked for":         {later, in(), panel, "", Privileges{ViewDevices, ExportDevices}, site},
		"a guest's own privileges": {acme, in(func(m *Membership) {
			m.Kind, m.Grants = KindGuest, []Grant{{Node: site, May: Privileges{ViewDevices}}}
		}), panel, "", Privileges{ViewDevices}, site},
	} {
		e := c.account.Explain(c.m, c.at, now)
		if e.Obstacle != c.obstacle || !slices.Equal(e.May, c.may) || e.Through != c.through || e.At != c.at {
			t.Errorf("%s: %+v", name, e)
		}
		who := c.m.actor(c.account)
		if open := e.Obstacle == ""; open != (who.CanAt(ViewDevices, c.at) && c.m.Active(now) && !who.MustEnrol(now)) {
			t.Errorf("%s: the explanation and the doors disagree", name)
		}
	}
	if e := later.Explain(in(), panel, now); !e.EnrolBy.Equal(later.Policy.SecondFactorFrom) {
		t.Errorf("the day of the second factor is %v", e.EnrolBy)
	}
	if e := acme.Explain(in(func(m *Membership) { m.EndsAt = now.Add(time.Hour) }), panel, now); !e.Until.Equal(now.Add(time.Hour)) {
		t.Errorf("it ends at %v", e.Until)
	}
}

// A loss is what could be done and reached before and no longer can; a gain is none.
func TestLost(t *testing.T) {
	of := func(role RoleID, scope Scope) Membership { return offered(acme, role, scope).in(StateAccepted) }
	s1, both := Sites("acme", "s1"), Sites("acme", "s1", "s2")
	for name, c := range map[string]struct {
		was, now Membership
		nodes    Scope
		loses    Privileges // some that are lost
		keeps    Privileges
	}{
		"the same":          {of(RoleUser, s1), of(RoleUser, s1), nil, nil, nil},
		"more":              {of(RoleUser, s1), of(RoleAdmin, both), nil, nil, nil},
		"a lower role":      {of(RoleDeployer, s1), of(RoleUser, s1), nil, Privileges{Deploy, EditUsers, EditSites}, Privileges{ViewDevices, ViewUsers}},
		"a site":            {of(RoleUser, both), of(RoleUser, s1), Sites("acme", "s2"), nil, Privileges{ViewDevices}},
		"the whole account": {of(RoleAdmin, Whole("acme")), of(RoleAdmin, s1), Whole("acme"), Privileges{EditSecurity, ViewRoles, ViewActivity}, Privileges{EditUsers, EditSites}},
	} {
		l := acme.Lost(c.was, c.now)
		if !l.Nodes.Equal(c.nodes) || len(c.loses) == 0 && len(l.May) > 0 || !c.loses.Within(l.May) || len(l.May.And(c.keeps)) > 0 {
			t.Errorf("%s: %v at %v", name, l.May, l.Nodes)
		}
		if l.None() != (l.String() == "") || l.None() != (len(c.loses) == 0 && len(c.nodes) == 0) {
			t.Errorf("%s: %q", name, l)
		}
	}
}

// A guest loses nodes, privileges everywhere, and privileges at single nodes; what still comes with a wider node is not lost.
func TestGuestLoses(t *testing.T) {
	site, roof, hall := Node{Account: "acme", Site: "s1"}, Node{Account: "acme", Site: "s1", Group: "roof"}, Node{Account: "acme", Site: "s1", Group: "hall"}
	look, both := Privileges{ViewDevices}, Privileges{ViewDevices, ConfigureDevices}
	in := acme
	in.Roles = []Role{OwnRole("own", "Fitter", both)}
	guest := func(grants ...Grant) Membership {
		m := Membership{ID: "g", AccountID: "acme", UserID: "u", Kind: KindGuest, Role: "own", Grants: grants, AcceptedAt: now}
		for _, g := range grants {
			m.Scope = append(m.Scope, g.Node)
		}
		return m
	}
	was := guest(Grant{roof, both}, Grant{hall, both})
	for name, c := range map[string]struct {
		now  Membership
		want Loss
	}{
		"nothing":               {was, Loss{}},
		"a group":               {guest(Grant{roof, both}), Loss{Nodes: Scope{hall}}},
		"a privilege in one":    {guest(Grant{roof, look}, Grant{hall, both}), Loss{Less: []Grant{{roof, Privileges{ConfigureDevices}}}}},
		"a privilege in all":    {guest(Grant{roof, look}, Grant{hall, look}), Loss{May: Privileges{ConfigureDevices}}},
		"what the site gives":   {guest(Grant{site, both}), Loss{}},
		"what it gives in part": {guest(Grant{site, look}, Grant{hall, both}), Loss{Less: []Grant{{roof, Privileges{ConfigureDevices}}}}},
	} {
		got := in.Lost(was, c.now)
		if !slices.Equal(got.May, c.want.May) || !got.Nodes.Equal(c.want.Nodes) || !slices.EqualFunc(got.Less, c.want.Less, Grant.Equal) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		var told *Unconfirmed
		switch err := in.Confirm(was, c.now, ""); {
		case c.want.None():
			if err != nil || got.String() != "" {
				t.Errorf("%s: %v, %q", name, err, got)
			}
		case !errors.As(err, &told) || told.Loss.String() != c.want.String():
			t.Errorf("%s, not confirmed: %v", name, err)
		default:
			if err := in.Confirm(was, c.now, told.Loss.String()); err != nil {
				t.Errorf("%s, confirmed: %v", name, err)
			}
			if err := in.Confirm(was, c.now, (Loss{May: Privileges{ExportDevices}}).String()); err == nil {
				t.Errorf("%s: another loss was confirmed", name)
			}
		}
	}
}

// Who may see devices at a node reaches it; who may only do something else there does not.
func TestExplanationReaches(t *testing.T) {
	for may, want := range map[string]bool{"view-devices": true, "view-devices deploy": true, "view-users": false, "": false} {
		held, _ := ParsePrivileges(may)
		if got := (Explanation{May: held}).Reaches(); got != want {
			t.Errorf("%q: %t", may, got)
		}
	}
}
