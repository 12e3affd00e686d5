package domain

import (
	"testing"
	"time"
)

// keeping is what guests are offered in these tests: a role of the account's own at one site.
func keeping() Invitation {
	at := Node{Account: "acme", Site: "s1"}
	return Invitation{
		Kind: KindGuest, Email: "ana@example.com", Role: "keeper", Scope: Scope{at}, Workspace: GroupsAndDevices, Company: "Novak",
		Grants: []Grant{{at, Privileges{ViewDevices}}},
	}
}

// PRIV-17: nobody lets a guest in with more than they have: role, places and privileges, and only who may edit guests.
func TestPRIV17_GuestsAreOfferedNoMore(t *testing.T) {
	h, at := host(t), Node{Account: "acme", Site: "s1"}
	with := func(a Actor, role Role) Actor {
		a.Account.Roles = append(a.Account.Roles, role)
		return a
	}
	at1 := h
	at1.Scope = Scope{at}
	narrow := h
	narrow.Role = OwnRole("narrow", "Narrow", Privileges{EditGuests, ViewDevices})
	all := []Grant{{at, Privileges{ViewDevices}}}
	for name, c := range map[string]struct {
		by      Actor
		role    RoleID
		grants  []Grant
		verdict string
	}{
		"as it should be":         {h, "keeper", all, "ok"},
		"an Admin of a site":      {at1, "keeper", all, "403"},
		"a role of ours":          {h, RoleUser, all, "403 role_above"},
		"a role that is gone":     {h, "gone", all, "403 role_above"},
		"a role beyond the maker": {narrow, "keeper", all, "403 role_above"},
		"a role within":           {with(narrow, OwnRole("viewer", "Viewer", Privileges{ViewDevices})), "viewer", all, "ok"},
		"nowhere":                 {h, "keeper", nil, "403 scope_beyond"},
		"next door":               {h, "keeper", []Grant{{Node{Account: "globex"}, Privileges{ViewDevices}}}, "403 scope_beyond"},
		"beyond the maker":        {h, "keeper", []Grant{{at, Privileges{ViewDevices, Deploy}}}, "403 privileges_beyond"},
		"no privilege of a tree":  {h, "keeper", []Grant{{at, Privileges{ViewDevices, EditUsers}}}, "403 privileges_beyond"},
	} {
		m := guestIn(StatePending)
		m.Role, m.Grants = c.role, c.grants
		want(t, name, c.by.StandsBehind(m), c.verdict)
	}
	// What is asked of staff in its place, a guest's maker would not pass, and the other way round.
	staff := offered(acme, RoleUser, Whole("acme"))
	want(t, "staff", h.StandsBehind(staff), "ok")
	if roles := h.GuestRoles(); len(roles) != 1 || roles[0].ID != "keeper" {
		t.Errorf("an Admin gives %v", roles)
	}
	if roles := narrow.GuestRoles(); len(roles) != 0 {
		t.Errorf("who has less than the role gives %v", roles)
	}
}

// Guests have privileges of their own kind: who handles people does not handle them by that.
func TestWhatGuestsNeed(t *testing.T) {
	guest, staff := guestIn(StateAccepted), offered(acme, RoleUser, Whole("acme"))
	for p, want := range map[Privilege]Privilege{
		ViewUsers: ViewGuests, ViewInvites: ViewGuests, EditUsers: EditGuests, CreateInvites: EditGuests, ResendInvites: EditGuests, RevokeInvites: EditGuests,
	} {
		if got := guest.Needs(p); got != want {
			t.Errorf("%s of a guest: %s, want %s", p, got, want)
		}
		if got := staff.Needs(p); got != p {
			t.Errorf("%s of staff: %s", p, got)
		}
	}
}

// E9, E10: a guest who is in is changed in one step: by whom, to what, and not to what they have.
func TestChangeGuest(t *testing.T) {
	h, in := host(t), guestIn(StateAccepted)
	in.EndsAt = now.Add(20*day + time.Hour)
	as := func(change func(*Invitation)) Invitation {
		to := keeping()
		to.EndsAt = in.EndsAt
		if change != nil {
			change(&to)
		}
		return to
	}
	export := func(i *Invitation) { i.Grants = []Grant{{i.Scope[0], Privileges{ViewDevices, ExportDevices}}} }
	own := in
	own.UserID = h.User.ID
	staff, above := offered(acme, RoleUser, Whole("acme")).in(StateAccepted), in
	above.Role = "gone"
	for name, c := range map[string]struct {
		m       Membership
		by      Actor
		to      Invitation
		verdict string
	}{
		"nothing":          {in, h, as(nil), "409 guest_same"},
		"more":             {in, h, as(export), "ok"},
		"another company":  {in, h, as(func(i *Invitation) { i.Company = "Vega" }), "ok"},
		"off":              {in, h, as(func(i *Invitation) { i.Inactive = true }), "ok"},
		"another hour":     {in, h, as(func(i *Invitation) { i.EndsAt = in.EndsAt.Add(-time.Hour) }), "409 guest_same"},
		"no end":           {in, h, as(func(i *Invitation) { i.EndsAt = time.Time{} }), "ok"},
		"longer oneself":   {own, h, as(func(i *Invitation) { i.EndsAt = in.EndsAt.Add(2 * day) }), "403 extend_self"},
		"forever oneself":  {own, h, as(func(i *Invitation) { i.EndsAt = time.Time{} }), "403 extend_self"},
		"shorter oneself":  {own, h, as(func(i *Invitation) { i.EndsAt = in.EndsAt.Add(-2 * day) }), "ok"},
		"another address":  {in, h, as(func(i *Invitation) { i.Email = "x@example.com" }), "422 email:email_fixed"},
		"beyond the maker": {in, h, as(func(i *Invitation) { i.Grants = []Grant{{i.Scope[0], Privileges{ViewDevices, Deploy}}} }), "403 privileges_beyond"},
		"by who may not":   {in, by(t, "site-admin"), as(export), "403"},
		"holding more":     {above, h, as(export), "403 role_above"},
		"not answered":     {guestIn(StatePending), h, as(export), "409 not_accepted"},
		"one of ours":      {staff, h, as(export), "404"},
	} {
		after, e, err := c.m.ChangeGuest(c.to, c.by, now)
		want(t, name, err, c.verdict)
		if err == nil && (e.Kind != GuestChanged || after.Company != c.to.Company || after.SuspendedAt.IsZero() == c.to.Inactive) {
			t.Errorf("%s: %s, %+v", name, e.Kind, after)
		}
	}
	off := guestIn(StateSuspended)
	for _, c := range []struct {
		inactive bool
		change   func(Membership) bool
	}{
		{false, func(m Membership) bool { return m.SuspendedAt.IsZero() && m.SuspendedBy == "" }},
		{true, func(m Membership) bool {
			return m.SuspendedAt.Equal(off.SuspendedAt) && m.SuspendedBy == off.SuspendedBy
		}},
	} {
		to := as(export)
		to.Inactive = c.inactive
		if after, _, err := off.ChangeGuest(to, h, now); err != nil || !c.change(after) {
			t.Errorf("from off, to inactive %t: %v, %s by %q", c.inactive, err, after.SuspendedAt, after.SuspendedBy)
		}
	}
	if m := staff.switched(Invitation{Inactive: true}, h, now); !m.SuspendedAt.IsZero() {
		t.Error("the host's switch of guests has suspended one of its own people")
	}
	_, _, err := guestIn(StatePending).SetEnd(h, now.Add(day), 1, now)
	want(t, "the end of who has not answered", err, "409 not_accepted")
	_, err = guestIn(StatePending).CopyLink(h, now)
	want(t, "the link of a guest (GST-01)", err, "403")
}

// GST-02: what guests do, they do themselves, being guests; a person without an id is nobody.
func TestGST02_GuestsAct(t *testing.T) {
	ana, nobody := User{ID: "ana", Email: "ana@example.com"}, User{Email: "ana@example.com"}
	staff := offered(acme, RoleUser, Whole("acme"))
	for name, do := range map[string]func(m Membership, u User) error{
		"decline": func(m Membership, u User) error { _, _, err := m.in(StatePending).Decline(u, "", now); return err },
		"leave":   func(m Membership, u User) error { _, _, err := m.in(StateAccepted).Leave(u, "", now); return err },
		"enter":   func(m Membership, u User) error { _, err := m.in(StateAccepted).Enter(u, "", now); return err },
	} {
		guest := guestIn(StatePending)
		want(t, name, do(guest, ana), "ok")
		want(t, name+" as staff", do(staff, ana), "404")
		want(t, name+" as nobody", do(guest, nobody), "404")
		want(t, name+" as somebody", do(guest, User{ID: "x", Email: "x@example.com"}), "404")
	}
	open := guestIn(StatePending) // nobody has it yet, and nobody is not who has it
	_, _, err := open.Leave(nobody, "", now)
	want(t, "leaving what nobody has", err, "404")
	_, err = open.Enter(nobody, "", now)
	want(t, "entering what nobody has", err, "404")
	want(t, "at home", OtherCompany("", "Novak"), "409 back_home")
	want(t, "elsewhere", OtherCompany("Vega", "Novak"), "409 other_company")
}

// What a guest may anywhere is what some grant gives, each once.
func TestWhatAGuestMay(t *testing.T) {
	m := guestIn(StateAccepted)
	m.Grants = []Grant{{Node{Account: "acme", Site: "s1"}, Privileges{ViewDevices}}, {Node{Account: "acme", Site: "s2"}, Privileges{ViewDevices, ExportDevices}}}
	if got := m.May().String(); got != "view-devices export-devices" {
		t.Errorf("may %s", got)
	}
}
