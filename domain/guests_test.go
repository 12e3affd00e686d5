package domain

import (
	"errors"
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
	for name, c := range map[string]struct {
		change func(*GuestDraft)
		field  string
	}{
		"everything":            {func(d *GuestDraft) { d.Places = []string{"account"} }, ""},
		"a group":               {func(d *GuestDraft) { d.Places = []string{group.Path()} }, ""},
		"no place":              {func(d *GuestDraft) { d.Places = nil }, "place"},
		"an unknown place":      {func(d *GuestDraft) { d.Places = []string{"s9"} }, "place"},
		"a device as a place":   {func(d *GuestDraft) { d.Places = []string{device.Path()} }, "place"},
		"a device":              {func(d *GuestDraft) { d.Workspace, d.Devices = "devices", []string{device.Path()} }, ""},
		"a site among devices":  {func(d *GuestDraft) { d.Workspace, d.Devices = "devices", []string{site.Path()} }, "device"},
		"cells":                 {func(d *GuestDraft) { d.Workspace, d.Cells = "groups", []string{group.Path() + ":export-devices"} }, ""},
		"cells of a device":     {func(d *GuestDraft) { d.Workspace, d.Cells = "groups", []string{device.Path() + ":view-devices"} }, "cell"},
		"no cell":               {func(d *GuestDraft) { d.Workspace = "groups" }, "cell"},
		"beyond the role":       {func(d *GuestDraft) { d.May = []string{"configure-devices"} }, "may"},
		"beyond the maker":      {func(d *GuestDraft) { d.May = []string{"deploy"} }, "may"},
		"no privilege":          {func(d *GuestDraft) { d.May = nil }, "may"},
		"a role of ours":        {func(d *GuestDraft) { d.Role = "admin" }, "role"},
		"no role":               {func(d *GuestDraft) { d.Role = "" }, "role"},
		"no such mode":          {func(d *GuestDraft) { d.Workspace = "all of it" }, "workspace"},
		"a company of one line": {func(d *GuestDraft) { d.Company = "Novak\u0000" }, "company"},
	} {
		d := GuestDraft{Email: "ana@example.com", Role: "keeper", Active: "on", Workspace: "all", May: []string{"view-devices"}, Places: []string{site.Path()}}
		c.change(&d)
		in, err := d.Check(h, known, now)
		var p Problems
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.field == "" && !in.Grants[0].May.Has(ViewDevices):
			t.Errorf("%s: who may something sees it: %v", name, in.Grants)
		case c.field != "" && (!errors.As(err, &p) || p[c.field].Code == ""):
			t.Errorf("%s: %v, want a problem of %s", name, err, c.field)
		}
	}
}
