package domain

import (
	"slices"
	"testing"
	"time"
)

// inAs is somebody who is in, with that role and scope.
func inAs(role RoleID, scope Scope) Membership { return offered(acme, role, scope).in(StateAccepted) }

func TestAccessDraftCheck(t *testing.T) {
	m := inAs(RoleUser, Sites("acme", "s1"))
	m.EndsAt = now.Add(-time.Hour) // an end that has passed, on a site that is gone: as they are, nobody judges them
	for name, c := range map[string]struct {
		change  func(*AccessDraft)
		by      string
		verdict string
	}{
		"as it is":              {func(*AccessDraft) {}, "admin", "ok"},
		"said with the mode":    {func(d *AccessDraft) { d.Scope = []string{ChosenSites, "s1"} }, "admin", "ok"},
		"another role":          {func(d *AccessDraft) { d.Role = "deployer" }, "admin", "ok"},
		"no role":               {func(d *AccessDraft) { d.Role = "" }, "admin", "422 role:choice"},
		"a role elsewhere":      {func(d *AccessDraft) { d.Role = "master" }, "admin", "422 role:choice"},
		"another site":          {func(d *AccessDraft) { d.Scope = []string{"s2"} }, "admin", "ok"},
		"a site gone":           {func(d *AccessDraft) { d.Scope = []string{"s1", "s9"} }, "admin", "422 scope:choice"},
		"no site":               {func(d *AccessDraft) { d.Scope = nil }, "admin", "422 scope:required"},
		"everything":            {func(d *AccessDraft) { d.Scope = []string{WholeAccount} }, "admin", "ok"},
		"everything, by a site": {func(d *AccessDraft) { d.Scope = []string{WholeAccount} }, "site-admin", "422 scope:choice"},
		"another's site":        {func(d *AccessDraft) { d.Scope = []string{"s1", "s2"} }, "site-admin", "422 scope:choice"},
		"another day, past":     {func(d *AccessDraft) { d.EndsOn = "2026-11-20" }, "admin", "422 ends_on:past"},
		"no day":                {func(d *AccessDraft) { d.EndsOn = "" }, "admin", "ok"},
		"nonsense": {func(d *AccessDraft) {
			d.Role, d.Scope, d.NotifyEmail, d.NotifyText, d.EndsOn = "x", []string{"x"}, "x", "x", "x"
		}, "admin", "422 ends_on:date notify_email:choice notify_text:choice role:choice scope:choice"},
	} {
		d := m.Access(time.UTC)
		c.change(&d)
		_, err := d.Check(by(t, c.by), m, []string{"s2"}, now)
		want(t, name, err, c.verdict)
	}
}

// What differs is changed, each with its event; one that cannot be leaves all as it was.
func TestChangeAccess(t *testing.T) {
	m := inAs(RoleUser, Sites("acme", "s1"))
	same := Access{Role: m.Role, Scope: m.Scope, NotifyEmail: m.NotifyEmail, NotifyText: m.NotifyText, EndsAt: m.EndsAt}
	all := Access{Role: RoleAdmin, Scope: Whole("acme"), NotifyText: true, EndsAt: now.Add(10 * day)}
	for name, c := range map[string]struct {
		m       Membership
		by      string
		to      Access
		keepers int
		verdict string
		kinds   []EventKind
	}{
		"nothing":            {m, "admin", same, 1, "ok", nil},
		"everything":         {m, "admin", all, 1, "ok", []EventKind{RoleChanged, ScopeChanged, NotificationsChanged, EndDateChanged}},
		"nothing, by a user": {m, "user", same, 1, "403", nil},
		"beyond one's sites": {m, "site-admin", all, 1, "403 scope_beyond", nil},
		"out of sight":       {m, "next-site", same, 1, "404", nil},
		"the last keeper":    {inAs(RoleAdmin, Whole("acme")), "deployer", Access{Role: RoleAdmin, Scope: Sites("acme", "s1"), NotifyEmail: true}, 0, "409 last_admin", nil},
		"of several keepers": {inAs(RoleAdmin, Whole("acme")), "deployer", Access{Role: RoleAdmin, Scope: Sites("acme", "s1"), NotifyEmail: true}, 1, "ok", []EventKind{ScopeChanged}},
		"not in any more":    {offered(acme, RoleUser, Sites("acme", "s1")).in(StateRemoved), "admin", all, 1, "404", nil},
		"not in yet":         {offered(acme, RoleUser, Sites("acme", "s1")), "admin", all, 1, "409 not_accepted", nil},
	} {
		after, events, err := c.m.ChangeAccess(by(t, c.by), c.to, c.keepers, now)
		want(t, name, err, c.verdict)
		var kinds []EventKind
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		if !slices.Equal(kinds, c.kinds) {
			t.Errorf("%s: tells %v", name, kinds)
		}
		if err != nil && (after.Role != c.m.Role || !after.Scope.Equal(c.m.Scope) || after.NotifyText != c.m.NotifyText) {
			t.Errorf("%s: refused, and yet changed", name)
		}
		if err == nil && (after.Role != c.to.Role || !after.Scope.Equal(c.to.Scope) || after.NotifyEmail != c.to.NotifyEmail || after.NotifyText != c.to.NotifyText || !after.EndsAt.Equal(c.to.EndsAt)) {
			t.Errorf("%s: is now %+v", name, after)
		}
	}
}

func TestSameScope(t *testing.T) {
	was := AccessDraft{Scope: []string{"s1", "s2"}}
	for _, c := range []struct {
		scope []string
		same  bool
	}{
		{[]string{"s2", "s1"}, true},
		{[]string{ChosenSites, "s1", "s2", "s1"}, true},
		{[]string{"s1"}, false},
		{[]string{WholeAccount}, false},
		{nil, false},
	} {
		if was.SameScope(AccessDraft{Scope: c.scope}) != c.same {
			t.Errorf("%q: %t", c.scope, !c.same)
		}
	}
}
