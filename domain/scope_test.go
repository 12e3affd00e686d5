package domain

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// universe is every node of two small accounts, and the zero Node.
func universe() []Node {
	out := []Node{{}}
	for _, account := range []string{"a", "b"} {
		out = append(out, Node{Account: account})
		for _, site := range []string{"s", "t"} {
			out = append(out, Node{Account: account, Site: site})
			for _, group := range []string{"g", "h"} {
				out = append(out, Node{Account: account, Site: site, Group: group})
				for _, device := range []string{"d", "e"} {
					out = append(out, Node{Account: account, Site: site, Group: group, Device: device})
				}
			}
		}
	}
	// Paths with a gap are nothing that is stored; they must not mean more than they say either.
	return append(out, Node{Account: "a", Group: "g"}, Node{Account: "a", Device: "d"}, Node{Site: "s"}, Node{Account: "a", Site: "s", Device: "d"})
}

var (
	anyNode  = rapid.SampledFrom(universe())
	anyScope = rapid.Custom(func(t *rapid.T) Scope { return rapid.SliceOfN(anyNode, 0, 5).Draw(t, "nodes") })
)

// TestCoversIsAPartialOrder along the tree.
func TestCoversIsAPartialOrder(t *testing.T) {
	all := universe()
	for _, a := range all {
		if a.Covers(a) != (a.Account != "") {
			t.Errorf("%+v covers itself: %t", a, a.Covers(a))
		}
		for _, b := range all {
			if a.Covers(b) && b.Covers(a) && a != b {
				t.Errorf("%+v and %+v cover each other", a, b)
			}
			if a.Covers(b) && a.Account != b.Account {
				t.Errorf("%+v covers %+v of another account", a, b)
			}
			for _, c := range all {
				if a.Covers(b) && b.Covers(c) && !a.Covers(c) {
					t.Errorf("%+v covers %+v covers %+v, and not the first the last", a, b, c)
				}
			}
		}
	}
	for _, c := range []struct {
		a, b Node
		want bool
	}{
		{Node{Account: "a"}, Node{Account: "a", Site: "s"}, true},
		{Node{Account: "a"}, Node{Account: "a", Site: "s", Group: "g", Device: "d"}, true},
		{Node{Account: "a", Site: "s"}, Node{Account: "a"}, false},
		{Node{Account: "a", Site: "s"}, Node{Account: "a", Site: "t"}, false},
		{Node{Account: "a", Site: "s", Group: "g"}, Node{Account: "a", Site: "t", Group: "g"}, false},
		{Node{Account: "a", Site: "s", Group: "g"}, Node{Account: "a", Site: "s", Group: "g", Device: "d"}, true},
		{Node{Account: "a"}, Node{Account: "b", Site: "s"}, false},
		{Node{}, Node{Account: "a"}, false},
		{Node{}, Node{}, false},
		{Node{Account: "a"}, Node{}, false},
	} {
		if c.a.Covers(c.b) != c.want {
			t.Errorf("%+v covers %+v: %t", c.a, c.b, !c.want)
		}
	}
}

func TestScopeLaws(t *testing.T) {
	all := universe()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyScope.Draw(t, "a"), anyScope.Draw(t, "b"), anyScope.Draw(t, "c")
		if a.Contains(b) && b.Contains(c) && !a.Contains(c) {
			t.Fatal("Contains is not transitive")
		}
		part := a.Within(b)
		for _, n := range part {
			if !slices.Contains(a, n) || !b.Covers(n) {
				t.Fatalf("%+v is not within both", n)
			}
		}
		if len(part) > 0 && (!a.Contains(part) || !b.Contains(part)) {
			t.Fatalf("%v is not within both", part)
		}
		if b.Contains(a) != (len(a) > 0 && len(part) == len(a)) {
			t.Fatal("to contain a scope is to keep all of it")
		}
		for _, n := range all {
			if a.Contains(b) && b.Covers(n) && !a.Covers(n) {
				t.Fatalf("a contains b, and misses %+v of it", n)
			}
			if a.Equal(b) && a.Covers(n) != b.Covers(n) {
				t.Fatalf("equal, and differ in %+v", n)
			}
		}
		if a.Equal(b) != b.Equal(a) || !a.Equal(append(Scope{}, part...)) && len(part) == len(a) && b.Contains(a) {
			t.Fatal("Equal is not symmetric, or not reflexive")
		}
		if wide := a.Covers(Node{Account: "a"}) || a.Covers(Node{Account: "b"}); a.AccountWide() != wide {
			t.Fatalf("%v is account-wide: %t", a, a.AccountWide())
		}
		if a.AccountWide() != (a.String() == "account") || a.AccountWide() && a.SiteIDs() != nil {
			t.Fatalf("%v is called %q with the sites %v", a, a.String(), a.SiteIDs())
		}
		if ids := a.SiteIDs(); !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Fatalf("sites %v", ids)
		}
		backwards := slices.Clone(a)
		slices.Reverse(backwards)
		if a.String() != append(backwards, a...).String() {
			t.Fatal("the order of the nodes is seen in the history")
		}
	})
}

func TestScopesBySite(t *testing.T) {
	for _, c := range []struct {
		s    Scope
		text string
		ids  []string
		form []string
	}{
		{Whole("a"), "account", nil, []string{"account"}},
		{Sites("a", "t", "s"), "s t", []string{"s", "t"}, []string{"s", "t"}},
		{Sites("a", "s", "s"), "s", []string{"s"}, []string{"s"}},
		{Sites("a", ""), "", nil, nil}, // no site is not the whole account
		{Sites("a"), "", nil, nil},
		{append(Sites("a", "s"), Whole("a")...), "account", nil, []string{"account"}},
		{Scope{{Account: "a", Site: "s", Group: "g", Device: "d"}, {Account: "a", Site: "s", Group: "g"}}, "s/g s/g/d", []string{"s"}, []string{"s"}},
	} {
		if got := c.s.String(); got != c.text {
			t.Errorf("%v is called %q", c.s, got)
		}
		if got := c.s.SiteIDs(); !slices.Equal(got, c.ids) {
			t.Errorf("%v has the sites %v", c.s, got)
		}
		if got := FormatScope(c.s); !slices.Equal(got, c.form) {
			t.Errorf("%v stands in a form as %v", c.s, got)
		}
	}
	if len(Sites("a", "s", "t", "s")) != 2 {
		t.Error("a site stands twice in a scope")
	}
	if n := (Site{ID: "s", AccountID: "a"}).Node(); n != (Node{Account: "a", Site: "s"}) {
		t.Errorf("%+v", n)
	}
	if !Scope(nil).Equal(Scope{}) || Scope(nil).Equal(Whole("a")) || Scope(nil).Contains(nil) || Scope(nil).AccountWide() {
		t.Error("the empty scope is equal to itself, and contains nothing")
	}
}

// TestNobodyGrantsThroughAnother: whoever I can appoint can appoint nobody whom I could not.
func TestNobodyGrantsThroughAnother(t *testing.T) {
	for _, r := range roles {
		for _, g := range roles {
			for _, h := range roles {
				if grants(r, g.ID) && grants(g, h.ID) && !grants(r, h.ID) {
					t.Errorf("%s appoints %s who appoints %s", r.ID, g.ID, h.ID)
				}
			}
			if grants(r, g.ID) && r.Kind != g.Kind {
				t.Errorf("%s of the %s plane grants %s of the other", r.ID, r.Kind, g.ID)
			}
		}
	}
}

// TestDelegationNeverWidens: whatever an actor manages to offer or change, of any role and scope, is within what the
// actor holds, and of a role the actor may grant.
func TestDelegationNeverWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		account := Account{ID: "a", Kind: rapid.SampledFrom([]AccountKind{Customer, Partner}).Draw(t, "kind"), InviteDays: 7, SiteAdminsInvite: rapid.Bool().Draw(t, "on")}
		var ids []RoleID
		for _, r := range roles {
			ids = append(ids, r.ID)
		}
		anyRole := rapid.SampledFrom(append(ids, "", "owner"))
		a := Actor{User: User{ID: "x", Email: "x@example.com", Language: "en"}, Account: account, Scope: anyScope.Draw(t, "actor's scope")}
		a.Role, _ = ParseRole(string(anyRole.Draw(t, "actor's role")), account.Kind)
		in := offering
		in.Role, in.Scope = anyRole.Draw(t, "role"), anyScope.Draw(t, "scope")
		within := func(m Membership, err error) {
			if err == nil && (!a.Scope.Contains(m.Scope) || !a.MayGrant(m.Role) || m.AccountID != "a") {
				t.Fatalf("%s on %v gives %s on %v", a.Role.ID, a.Scope, m.Role, m.Scope)
			}
		}
		m, _, err := Invite(Membership{}, in, a, now)
		within(m, err)
		have := offered(account, anyRole.Draw(t, "old role"), anyScope.Draw(t, "old scope"))
		for _, s := range states {
			m, _, err = Invite(have.in(s), in, a, now)
			within(m, err)
			m, _, err = have.in(s).Correct(in, a, now)
			within(m, err)
			m, _, err = have.in(s).ChangeScope(a, in.Scope, 1, now)
			within(m, err)
			m, _, err = have.in(s).Resend(a, now)
			within(m, err)
			m, _, err = have.in(s).ChangeRole(a, in.Role, 1, now)
			if err == nil && len(have.Scope) > 0 { // who has no site left may be given a role all the same
				within(m, err)
			}
			m, _, err = have.in(s).Accept(ana(), a, "", now)
			within(m, err)
		}
		d := goodDraft()
		d.Role, d.Scope = string(in.Role), rapid.SliceOfN(rapid.SampledFrom([]string{"s", "t", "account", "", "u"}), 0, 3).Draw(t, "typed")
		got, err := d.Check(a, []string{"s", "t"}, now)
		within(Membership{AccountID: "a", Role: got.Role, Scope: got.Scope}, err)
		for _, r := range a.GrantableRoles() {
			if !a.MayGrant(r.ID) || r.ID == RoleSupport {
				t.Fatalf("%s is offered %s to give", a.Role.ID, r.ID)
			}
		}
	})
}
