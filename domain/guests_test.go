package domain

import (
	"errors"
	"strconv"
	"testing"
	"time"
)

// host is the Admin of an account with a role to give.
func host(t *testing.T) Actor {
	t.Helper()
	a := by(t, "admin")
	a.Account.Roles = []Role{OwnRole("keeper", "Keeper", Privileges{ViewDevices, ExportDevices, Deploy})}
	return a
}

// guestIn is a guest at one site in some state.
func guestIn(s State) Membership {
	m := offered(acme, "keeper", Sites("acme", "s1"))
	m.Kind, m.Workspace, m.Company = KindGuest, GroupsAndDevices, "Novak"
	m.Grants = []Grant{{m.Scope[0], Privileges{ViewDevices}}}
	return m.in(s)
}

// GST-02: the switch is the host's, in every state; the answer is the guest's, while it is open.
func TestGST02_SwitchAndAnswer(t *testing.T) {
	h, ana := host(t), User{ID: "ana", Email: "ana@example.com"}
	for _, s := range states[:6] {
		m := guestIn(s)
		on := s != StateSuspended
		after, e, err := m.SetActive(h, !on, now)
		if err != nil || after.SuspendedAt.IsZero() == on || e.Kind == "" {
			t.Errorf("%s: %v, %s", s, err, e.Kind)
		}
		if _, _, err := m.SetActive(h, on, now); !errors.Is(err, ErrStale) {
			t.Errorf("%s: twice: %v", s, err)
		}
		for _, name := range []string{"user", "member", "support", "site-admin", "foreign-admin", "nobody"} {
			if _, _, err := m.SetActive(by(t, name), !on, now); err == nil {
				t.Errorf("%s: %s switched a guest", s, name)
			}
		}
		if _, _, err := m.Decline(ana, "", now); (err == nil) != (s == StatePending) {
			t.Errorf("%s: declining: %v", s, err)
		}
		if _, _, err := m.Decline(User{ID: "x", Email: "x@example.com"}, "", now); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: somebody else declines: %v", s, err)
		}
		if _, err := m.Enter(ana, "", now); (err == nil) != (s == StateAccepted) {
			t.Errorf("%s: entering: %v", s, err)
		}
	}
	if _, _, err := offered(acme, RoleUser, Whole("acme")).SetActive(h, false, now); !errors.Is(err, ErrNotFound) {
		t.Errorf("one's own people have no such switch: %v", err)
	}
}

// A guest can leave; nobody else can for them, and nobody twice.
func TestGuestLeaves(t *testing.T) {
	m := guestIn(StateAccepted)
	if _, _, err := m.Leave(User{ID: "x"}, "", now); !errors.Is(err, ErrNotFound) {
		t.Errorf("somebody else: %v", err)
	}
	left, e, err := m.Leave(User{ID: "ana"}, "", now)
	if err != nil || e.Kind != GuestLeft || left.State(now) != StateRemoved {
		t.Errorf("left: %v, %s, %s", err, e.Kind, left.State(now))
	}
	if _, _, err := left.Leave(User{ID: "ana"}, "", now); !errors.Is(err, ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
}

// The end is told once for each end, within seven days before it.
func TestGuestEndIsToldOnce(t *testing.T) {
	for _, c := range []struct {
		in   time.Duration
		want bool
	}{{8 * day, false}, {7 * day, true}, {time.Hour, true}, {0, false}, {-time.Hour, false}} {
		m := guestIn(StateAccepted)
		m.EndsAt = now.Add(c.in)
		told, _, err := m.TellEnd(now)
		if (err == nil) != c.want {
			t.Errorf("%s before: %v", c.in, err)
		}
		if _, _, again := told.TellEnd(now); c.want && again == nil {
			t.Errorf("%s before: told twice", c.in)
		}
	}
}

// PRIV-17: a draft gives no more than role and maker have, nowhere but at nodes that the mode chooses, and nothing unknown.
func TestPRIV17_GuestDraft(t *testing.T) {
	h := host(t)
	site, group, device := Node{Account: "acme", Site: "s1"}, Node{"acme", "s1", "g1", ""}, Node{"acme", "s1", "g1", "d1"}
	known := map[string]Node{"account": {Account: "acme"}, site.Path(): site, group.Path(): group, device.Path(): device}
	var many []string
	for i := range mostGrants + 1 {
		n := Node{Account: "acme", Site: "t" + strconv.Itoa(i)}
		known[n.Path()], many = n, append(many, n.Path())
	}
	h.Account.Roles = append(h.Account.Roles, OwnRole("clerk", "Clerk", Privileges{ViewUsers}))
	narrow := h
	narrow.Role = OwnRole("narrow", "Narrow", Privileges{EditGuests, ViewDevices})
	for name, c := range map[string]struct {
		change  func(*GuestDraft)
		by      Actor
		verdict string
	}{
		"everything":                   {func(d *GuestDraft) { d.Places = []string{"account"} }, h, "ok"},
		"a group":                      {func(d *GuestDraft) { d.Places = []string{group.Path()} }, h, "ok"},
		"no place":                     {func(d *GuestDraft) { d.Places = nil }, h, "422 place:required"},
		"an unknown place":             {func(d *GuestDraft) { d.Places = []string{"s9"} }, h, "422 place:choice"},
		"a device as a place":          {func(d *GuestDraft) { d.Places = []string{device.Path()} }, h, "422 place:choice"},
		"a device":                     {func(d *GuestDraft) { d.Workspace, d.Devices = "devices", []string{device.Path()} }, h, "ok"},
		"a site among devices":         {func(d *GuestDraft) { d.Workspace, d.Devices = "devices", []string{site.Path()} }, h, "422 device:choice"},
		"cells":                        {func(d *GuestDraft) { d.Workspace, d.Cells = "groups", []string{group.Path() + ":export-devices"} }, h, "ok"},
		"cells of a device":            {func(d *GuestDraft) { d.Workspace, d.Cells = "groups", []string{device.Path() + ":view-devices"} }, h, "422 cell:choice"},
		"no cell":                      {func(d *GuestDraft) { d.Workspace = "groups" }, h, "422 cell:required"},
		"beyond the role":              {func(d *GuestDraft) { d.May = []string{"configure-devices"} }, h, "422 may:beyond_role"},
		"beyond the maker":             {func(d *GuestDraft) { d.May = []string{"deploy"} }, h, "422 may:beyond_role"},
		"no privilege":                 {func(d *GuestDraft) { d.May = nil }, h, "422 may:required"},
		"a role of ours":               {func(d *GuestDraft) { d.Role = "admin" }, h, "422 role:choice"},
		"no role":                      {func(d *GuestDraft) { d.Role = "" }, h, "422 role:required"},
		"no such mode":                 {func(d *GuestDraft) { d.Workspace = "all of it" }, h, "422 workspace:choice"},
		"a company of one line":        {func(d *GuestDraft) { d.Company = "Novak\u0000" }, h, "422 company:characters"},
		"the whole account as a group": {func(d *GuestDraft) { d.Workspace, d.Cells = "groups", []string{"account:view-devices"} }, h, "422 cell:choice"},
		"a role that is gone":          {func(d *GuestDraft) { d.Role = "gone" }, h, "422 role:choice"},
		"a role beyond the maker":      {func(*GuestDraft) {}, narrow, "422 role:choice"},
		"a role that opens nothing":    {func(d *GuestDraft) { d.Role = "clerk" }, h, "422 role:opens_nothing"},
		"as many places as go":         {func(d *GuestDraft) { d.Places = many[:mostGrants] }, h, "ok"},
		"one more":                     {func(d *GuestDraft) { d.Places = many }, h, "422 place:too_many_nodes"},
	} {
		d := GuestDraft{Email: "ana@example.com", Role: "keeper", Active: "on", Workspace: "all", May: []string{"view-devices"}, Places: []string{site.Path()}}
		c.change(&d)
		in, err := d.Check(c.by, known, now)
		want(t, name, err, c.verdict)
		if err == nil && !in.Grants[0].May.Has(ViewDevices) {
			t.Errorf("%s: who may something sees it: %v", name, in.Grants)
		}
	}
	p := Problems{}
	guestPrivileges(p, "may", Privileges{Deploy}, []string{"deploy"})
	want(t, "what needs to be seen, and is not", p.Err(), "422 may:view_needed")
}

// A grant within a wider one that gives as much is left out; what it gives beyond, or elsewhere, is kept.
func TestWidestGrants(t *testing.T) {
	site, group, other := Node{Account: "acme", Site: "s1"}, Node{"acme", "s1", "g1", ""}, Node{Account: "acme", Site: "s2"}
	view, export := Privileges{ViewDevices}, Privileges{ViewDevices, ExportDevices}
	for name, c := range map[string]struct {
		grants []Grant
		left   int
	}{
		"within":   {[]Grant{{site, view}, {group, view}}, 1},
		"more":     {[]Grant{{site, view}, {group, export}}, 2},
		"next to":  {[]Grant{{site, view}, {other, view}}, 2},
		"the same": {[]Grant{{site, view}}, 1},
	} {
		if got := widest(c.grants); len(got) != c.left || got[0].Node != site {
			t.Errorf("%s: %v", name, got)
		}
	}
}
