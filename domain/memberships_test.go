package domain

import (
	"testing"
	"time"
)

// member is somebody who is in.
func member(in Account, id string, role RoleID, scope Scope) Membership {
	m := offered(in, role, scope).in(StateAccepted)
	m.ID, m.UserID, m.Email = "m-"+id, id, id+"@example.com"
	return m
}

// TestPRIV02NobodyWidensBeyondTheirOwn: neither their own scope nor somebody else's, neither to the account nor to
// a site they lack.
func TestPRIV02NobodyWidensBeyondTheirOwn(t *testing.T) {
	for _, c := range []struct {
		by     string
		target Membership
		to     Scope
		want   string
	}{
		{"site-admin", member(acme, "ana", RoleUser, Sites("acme", "s1")), Whole("acme"), "403 scope_beyond"},
		{"site-admin", member(acme, "ana", RoleUser, Sites("acme", "s1")), Sites("acme", "s1", "s2"), "403 scope_beyond"},
		{"site-admin", member(acme, "ana", RoleUser, Sites("acme", "s1")), Sites("acme", "s2"), "403 scope_beyond"},
		{"site-admin", member(acme, "ana", RoleUser, Sites("acme", "s1")), Sites("globex", "s1"), "403 scope_beyond"},
		{"site-admin", member(acme, "site-admin", RoleAdmin, Sites("acme", "s1")), Whole("acme"), "403 scope_beyond"},
		{"site-admin", member(acme, "site-admin", RoleAdmin, Sites("acme", "s1")), Sites("acme", "s1", "s2"), "403 scope_beyond"},
		// Nor may they take away what they do not reach themselves: here the other site stays.
		{"site-admin", member(acme, "ana", RoleUser, Sites("acme", "s1", "s2")), Sites("acme", "s1"), "403 scope_beyond"},
		{"site-admin", member(acme, "ana", RoleUser, Whole("acme")), Sites("acme", "s1"), "404"},
		{"site-admin", member(acme, "ana", RoleUser, Sites("acme", "s1")), nil, "422 scope:required"},
		{"two-sites", member(acme, "ana", RoleUser, Sites("acme", "s1", "s2")), Sites("acme", "s2"), "ok"},
		{"two-sites", member(acme, "ana", RoleUser, Sites("acme", "s1", "s2")), Sites("acme", "s2", "s1"), "409 same_scope"},
		{"admin", member(acme, "ana", RoleUser, Whole("acme")), append(Whole("acme"), Sites("acme", "s1")...), "409 same_scope"},
	} {
		after, e, err := c.target.ChangeScope(by(t, c.by), c.to, 1, now)
		what := c.by + " gives " + c.target.Scope.String() + " " + c.to.String()
		want(t, what, err, c.want)
		if err != nil && !after.Scope.Equal(c.target.Scope) {
			t.Errorf("%s: refused, yet it is %s", what, after.Scope)
		}
		if err == nil && (!after.Scope.Equal(c.to) || e.Before["scope"] != c.target.Scope.String() || e.After["scope"] != c.to.String()) {
			t.Errorf("%s: %s, %+v", what, after.Scope, e)
		}
	}
}

// losing are all the ways to lose a keeper.
var losing = map[string]func(m Membership, a Actor, keepers int) (Membership, Event, error){
	"demote": func(m Membership, a Actor, keepers int) (Membership, Event, error) {
		to := RoleUser
		if a.Account.Kind == Partner {
			to = RolePartnerAdmin
		}
		return m.ChangeRole(a, to, keepers, now)
	},
	"narrow": func(m Membership, a Actor, keepers int) (Membership, Event, error) {
		return m.ChangeScope(a, Sites(a.Account.ID, "s1"), keepers, now)
	},
	"suspend": func(m Membership, a Actor, keepers int) (Membership, Event, error) { return m.Suspend(a, keepers, now) },
	"let end": func(m Membership, a Actor, keepers int) (Membership, Event, error) {
		return m.SetEnd(a, now.Add(day), keepers, now)
	},
	"remove": func(m Membership, a Actor, keepers int) (Membership, Event, error) { return m.Remove(a, keepers, now) },
}

// TestPRIV06TheLastKeeperStays: the last active account-wide Admin or Deployer, the last active Master.
func TestPRIV06TheLastKeeperStays(t *testing.T) {
	all := Whole("acme")
	ending, suspended := member(acme, "ana", RoleAdmin, all), member(acme, "ana", RoleAdmin, all)
	ending.EndsAt = now.Add(day / 2)
	suspended.SuspendedAt, suspended.SuspendedBy = sent, "x"
	guest := member(acme, "ana", RoleAdmin, all)
	guest.Kind = KindGuest
	for _, c := range []struct {
		name string
		m    Membership
		by   string
		kept bool
	}{
		{"Admin", member(acme, "ana", RoleAdmin, all), "deployer", true},
		{"Deployer", member(acme, "ana", RoleDeployer, all), "admin", true},
		{"Master", member(volt, "ana", RoleMaster, Whole("volt")), "master", true},
		// These do not keep an account, so they can go.
		{"Admin of a site", member(acme, "ana", RoleAdmin, Sites("acme", "s1", "s2")), "admin", false},
		{"ending Admin", ending, "admin", false},
		{"suspended Admin", suspended, "admin", false},
		{"User", member(acme, "ana", RoleUser, all), "admin", false},
		{"guest of a role of that name", guest, "admin", false},
		{"partner Admin", member(volt, "ana", RolePartnerAdmin, Whole("volt")), "master", false},
	} {
		for way, lose := range losing {
			t.Run(c.name+"/"+way, func(t *testing.T) {
				alone, beside := "409 last_admin", "ok"
				switch {
				case way == "suspend" && (c.m.Role == RoleMaster || c.m.Role == RolePartnerAdmin):
					alone, beside = "403 not_lockable", "403 not_lockable"
				case way == "suspend" && c.name == "suspended Admin":
					alone, beside = "409 already_disabled", "409 already_disabled"
				case way == "demote" && (c.m.Role == RoleUser || c.m.Role == RolePartnerAdmin):
					alone, beside = "409 same_role", "409 same_role"
				case !c.kept:
					alone = "ok"
				}
				after, _, err := lose(c.m, by(t, c.by), 0)
				want(t, "alone", err, alone)
				if err != nil && len(differing(c.m, after)) > 0 {
					t.Error("refused, yet changed")
				}
				_, _, err = lose(c.m, by(t, c.by), 1)
				want(t, "beside another", err, beside)
			})
		}
	}
	// What does not lose them is allowed to the last one too.
	for name, change := range map[string]func(Membership) error{
		"Admin to Deployer": func(m Membership) error {
			_, _, err := m.ChangeRole(by(t, "deployer"), RoleDeployer, 0, now)
			return err
		},
		"their channels": func(m Membership) error {
			_, _, err := m.SetNotifications(by(t, "admin"), false, false, now)
			return err
		},
		"their sessions": func(m Membership) error {
			_, _, err := m.EndSessions(by(t, "admin"), now)
			return err
		},
	} {
		if err := change(member(acme, "ana", RoleAdmin, all)); err != nil {
			t.Errorf("%s: %s", name, verdict(err))
		}
	}
}

// TestPRIV06LowerRolesDoNotTouchHigher: by no action at all.
func TestPRIV06LowerRolesDoNotTouchHigher(t *testing.T) {
	for _, act := range life {
		switch act.name {
		case "Invite", "Accept": // offers, tested with PRIV-01
			continue
		}
		for _, s := range states[:len(states)-1] {
			expected := "403 role_above"
			before := offered(volt, RoleMaster, Whole("volt")).in(s)
			after, _, err := act.do(before, by(t, "partner-admin"))
			want(t, "partner Admin, "+act.name+" a Master who is "+string(s), err, expected)
			if len(differing(before, after)) > 0 {
				t.Errorf("%s: refused, yet changed", act.name)
			}
			for _, reader := range []string{"observer", "operator"} {
				_, _, err = act.do(offered(volt, RoleObserver, Whole("volt")).in(s), by(t, reader))
				want(t, reader+", "+act.name, err, "403")
			}
		}
	}
	// A scope that is partly the actor's is seen and not touched; one that is not at all is not there (TEN-08).
	for _, act := range life {
		if act.name == "Invite" || act.name == "Accept" {
			continue
		}
		for _, s := range states[:len(states)-1] {
			_, _, err := act.do(offered(acme, RoleUser, Sites("acme", "s1", "s2")).in(s), by(t, "inviting-admin"))
			want(t, act.name+" beyond the scope", err, "403 scope_beyond")
			_, _, err = act.do(offered(acme, RoleAdmin, Whole("acme")).in(s), by(t, "inviting-admin"))
			want(t, act.name+" outside the scope", err, "404")
		}
	}
}

// TestPRIV08LockedAndUnlocked: partner administrators of role Admin or Master can be neither locked nor unlocked, and
// nobody becomes one while locked.
func TestPRIV08LockedAndUnlocked(t *testing.T) {
	master := by(t, "master")
	for role, expected := range map[RoleID]string{
		RoleObserver: "ok", RoleOperator: "ok", RolePartnerAdmin: "403 not_lockable", RoleMaster: "403 not_lockable",
	} {
		m := member(volt, "ana", role, Whole("volt"))
		_, _, err := m.Suspend(master, 3, now)
		want(t, "lock "+string(role), err, expected)
		m.SuspendedAt, m.SuspendedBy = sent, "x"
		_, _, err = m.Resume(master, now)
		want(t, "unlock "+string(role), err, expected)
		if (Role{ID: role}).Lockable() != (expected == "ok") {
			t.Errorf("%s lockable", role)
		}
	}
	for _, role := range []RoleID{RoleAdmin, RoleDeployer, RoleUser, RoleMember} {
		if !(Role{ID: role}).Lockable() {
			t.Errorf("%s cannot be disabled", role)
		}
	}
	// Whose access has ended is not unlocked, only given another end.
	ended := member(volt, "ana", RoleOperator, Whole("volt"))
	ended.SuspendedAt, ended.SuspendedBy, ended.EndsAt = sent, "x", now
	_, _, err := ended.Resume(master, now)
	want(t, "unlock who has ended", err, "409 not_disabled")
	longer, _, err := ended.SetEnd(master, now.Add(day), 3, now)
	want(t, "another end", err, "ok")
	if longer.State(now) != StateSuspended {
		t.Errorf("they are %s", longer.State(now))
	}
	locked := member(volt, "ana", RoleOperator, Whole("volt"))
	locked.SuspendedAt, locked.SuspendedBy = sent, "x"
	for to, expected := range map[RoleID]string{
		RolePartnerAdmin: "409 unlock_first", RoleMaster: "409 unlock_first", RoleObserver: "ok",
	} {
		_, _, err := locked.ChangeRole(master, to, 3, now)
		want(t, "make a locked Operator "+string(to), err, expected)
	}
	// A locked Admin, should there be one, is given a lower role first and unlocked then.
	stuck := member(volt, "ana", RolePartnerAdmin, Whole("volt"))
	stuck.SuspendedAt, stuck.SuspendedBy = sent, "x"
	lower, _, err := stuck.ChangeRole(master, RoleOperator, 3, now)
	want(t, "lower a locked Admin", err, "ok")
	free, _, err := lower.Resume(master, now)
	want(t, "unlock then", err, "ok")
	if !free.SuspendedAt.IsZero() || free.SuspendedBy != "" || !free.Active(now) {
		t.Errorf("still locked: %+v", free)
	}
}

// TestNobodyRaisesOrExtendsThemself, nor locks or removes themself.
func TestNobodyRaisesOrExtendsThemself(t *testing.T) {
	admin, deployer, padmin, master := by(t, "admin"), by(t, "deployer"), by(t, "partner-admin"), by(t, "master")
	self := func(a Actor) Membership { return member(a.Account, a.User.ID, a.Role.ID, a.Scope) }
	for _, c := range []struct {
		a    Actor
		to   RoleID
		want string
	}{
		{admin, RoleDeployer, "403 raise_self"},
		{admin, RoleUser, "ok"},
		{admin, RoleAdmin, "409 same_role"},
		{deployer, RoleAdmin, "ok"},
		{deployer, RoleMember, "ok"},
		{padmin, RoleMaster, "403 role_above"},
		{padmin, RoleOperator, "ok"},
		{master, RolePartnerAdmin, "ok"},
	} {
		_, _, err := self(c.a).ChangeRole(c.a, c.to, 1, now)
		want(t, c.a.User.ID+" makes themself "+string(c.to), err, c.want)
	}
	// To others an Admin gives what they lack themself: the can-grant table says so.
	_, _, err := member(acme, "ana", RoleUser, Whole("acme")).ChangeRole(admin, RoleDeployer, 1, now)
	want(t, "an Admin makes a Deployer", err, "ok")

	ending := self(admin)
	ending.EndsAt = now.Add(10 * day)
	others := ending
	others.UserID = "ana"
	for _, c := range []struct {
		what string
		m    Membership
		at   time.Time
		want string
	}{
		{"extend oneself", ending, now.Add(11 * day), "403 extend_self"},
		{"take one's end away", ending, time.Time{}, "403 extend_self"},
		{"shorten oneself", ending, now.Add(2 * day), "ok"},
		{"end oneself", self(admin), now.Add(2 * day), "ok"},
		{"extend somebody", others, now.Add(11 * day), "ok"},
		{"take somebody's end away", others, time.Time{}, "ok"},
		{"the end there is", others, others.EndsAt, "409 same_end"},
		{"no end there was", member(acme, "ana", RoleUser, Whole("acme")), time.Time{}, "409 same_end"},
		{"in the past", others, now.Add(-time.Second), "422 ends_on:past"},
		{"this moment", others, now, "422 ends_on:past"},
		{"in a moment", others, now.Add(time.Microsecond), "ok"},
	} {
		after, e, err := c.m.SetEnd(admin, c.at, 1, now)
		want(t, c.what, err, c.want)
		if err == nil && (!after.EndsAt.Equal(c.at) || e.Before["ends_at"] != stamp(c.m.EndsAt) || e.After["ends_at"] != stamp(c.at)) {
			t.Errorf("%s: %s, %+v", c.what, after.EndsAt, e)
		}
	}

	_, _, err = self(admin).Suspend(admin, 3, now)
	want(t, "disable oneself", err, "403 not_yourself")
	_, _, err = self(admin).Remove(admin, 3, now)
	want(t, "remove oneself", err, "403 not_yourself")
	_, _, err = self(master).Remove(master, 3, now)
	want(t, "a Master removes themself", err, "403 not_yourself")
	_, _, err = self(admin).EndSessions(admin, now)
	want(t, "end one's own sessions", err, "ok")
}

// TestEndOfAnotherZone: a form shows days, and the same day ends elsewhere at another hour. A form that leaves the day
// alone moves nothing.
func TestEndOfAnotherZone(t *testing.T) {
	inNewYork := by(t, "admin")
	inNewYork.User.TimeZone = "America/New_York"
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	m := member(acme, "ana", RoleUser, Whole("acme"))
	m.EndsAt = ParseEnd(Problems{}, "2026-12-24", rome, now)
	shown := LastDay(m.EndsAt, inNewYork.User.Zone())
	_, _, err = m.SetEnd(inNewYork, ParseEnd(Problems{}, shown, inNewYork.User.Zone(), now), 1, now)
	want(t, "the same day", err, "409 same_end")
	after, _, err := m.SetEnd(inNewYork, ParseEnd(Problems{}, "2026-12-25", inNewYork.User.Zone(), now), 1, now)
	want(t, "the day after", err, "ok")
	if got := after.EndsAt.UTC().Format(time.RFC3339); got != "2026-12-26T05:00:00Z" {
		t.Errorf("ends %s", got)
	}
	// One that ended earlier on this very day is opened again until the day's end.
	m.EndsAt = now.Add(-time.Hour)
	after, _, err = m.SetEnd(inNewYork, ParseEnd(Problems{}, "2026-11-22", inNewYork.User.Zone(), now), 1, now)
	want(t, "until tonight", err, "ok")
	if !after.Active(now) {
		t.Error("still ended")
	}
}

// TestWhoHasNoSiteLeft (INV-18): whose sites are all gone has access to nothing; account admins still reach them.
func TestWhoHasNoSiteLeft(t *testing.T) {
	m := member(acme, "ana", RoleUser, nil)
	for name, expected := range map[string]string{"admin": "ok", "site-admin": "404", "no-site": "404", "foreign-admin": "404", "user": "403"} {
		_, _, err := m.Remove(by(t, name), 1, now)
		want(t, name+" removes them", err, expected)
	}
	after, _, err := m.ChangeScope(by(t, "admin"), Sites("acme", "s2"), 1, now)
	want(t, "a new site", err, "ok")
	if !after.Scope.Covers(Node{Account: "acme", Site: "s2"}) {
		t.Errorf("reaches %s", after.Scope)
	}
}

// TestTEN08SeenBy: a scoped actor sees the part of a scope that is theirs, and that there is more; never what.
func TestTEN08SeenBy(t *testing.T) {
	m := member(acme, "ana", RoleUser, Sites("acme", "s1", "s2"))
	for _, c := range []struct {
		by     string
		scope  Scope
		beyond bool
		touch  string
	}{
		{"admin", Sites("acme", "s1", "s2"), false, "ok"},
		{"two-sites", Sites("acme", "s1", "s2"), false, "ok"},
		{"inviting-admin", Sites("acme", "s1"), true, "403 scope_beyond"},
		{"next-site", Sites("acme", "s2"), true, "403 scope_beyond"},
		{"no-site", nil, true, "404"},
		{"foreign-admin", nil, true, "404"},
	} {
		seen := m.SeenBy(by(t, c.by))
		if !seen.Scope.Equal(c.scope) || seen.Beyond != c.beyond {
			t.Errorf("%s sees %v, beyond: %t", c.by, seen.Scope, seen.Beyond)
		}
		// What was cut for the screen is judged as the whole is.
		want(t, c.by, by(t, c.by).MayTouch(seen), c.touch)
		want(t, c.by, by(t, c.by).MayTouch(m), c.touch)
		if twice := seen.SeenBy(by(t, c.by)); twice.Beyond != c.beyond {
			t.Errorf("%s, seen twice, beyond: %t", c.by, twice.Beyond)
		}
	}
}

func TestNotifications(t *testing.T) {
	admin := by(t, "admin")
	m := member(acme, "ana", RoleUser, Whole("acme"))
	m.NotifyEmail, m.NotifyText = true, false
	after, e, err := m.SetNotifications(admin, true, true, now)
	want(t, "texts on", err, "ok")
	if !after.NotifyEmail || !after.NotifyText || e.Before["text"] != "false" || e.After["text"] != "true" || e.Before["email"] != "true" {
		t.Errorf("%+v, %+v", after, e)
	}
	_, _, err = m.SetNotifications(admin, true, false, now)
	want(t, "as they are", err, "409 same_notifications")
	m.Phone = ""
	_, _, err = m.SetNotifications(admin, true, true, now)
	want(t, "texts to nowhere", err, "422 notify_text:phone_needed")
	_, _, err = m.SetNotifications(admin, false, false, now)
	want(t, "mails off", err, "ok")
}

func TestChangeRoleToWhatIsNone(t *testing.T) {
	for to, expected := range map[RoleID]string{
		"": "422 role:choice", "owner": "422 role:choice", RoleMaster: "422 role:choice", RoleSupport: "403 role_above",
	} {
		_, _, err := member(acme, "ana", RoleUser, Whole("acme")).ChangeRole(by(t, "admin"), to, 1, now)
		want(t, string(to), err, expected)
	}
}
