package domain

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// at is an account with roles of its own, as an actor of a built-in or own role sees it.
func withRoles(a Actor, own ...Role) Actor {
	a.Account.Roles = own
	if r, ok := a.Account.Role(a.Role.ID); ok {
		a.Role = r
	}
	return a
}

func TestOwnRolesAreComplete(t *testing.T) {
	r := OwnRole("r", "Front desk", Privileges{CreateInvites, Deploy})
	want := Privileges{Enter, ViewInvites, CreateInvites, ViewSites, ViewDevices, Deploy}
	if !slices.Equal(r.Privileges(), want) {
		t.Errorf("who invites and deploys may %v, want %v", r.Privileges(), want)
	}
	if !slices.Equal(r.Chosen().Complete(), r.Chosen()) {
		t.Error("what is complete is completed again")
	}
}

func TestRoleDraft(t *testing.T) {
	all := Whole("acme")
	desk := OwnRole("desk", "Front Desk", Privileges{ViewUsers})
	for name, c := range map[string]struct {
		by    RoleID
		draft RoleDraft
		field string
		code  string
	}{
		"good":                    {RoleAdmin, RoleDraft{Name: "Installer", May: []string{"view-devices"}}, "", ""},
		"no name":                 {RoleAdmin, RoleDraft{Name: "  ", May: []string{"view-devices"}}, "name", "required"},
		"of a built-in":           {RoleAdmin, RoleDraft{Name: "ADMIN", May: []string{"view-devices"}}, "name", "role_built_in"},
		"of one in Spanish":       {RoleAdmin, RoleDraft{Name: "Instalador", May: []string{"view-devices"}}, "name", "role_built_in"},
		"taken":                   {RoleAdmin, RoleDraft{Name: "front desk", May: []string{"view-devices"}}, "name", "role_taken"},
		"empty":                   {RoleAdmin, RoleDraft{Name: "Nothing"}, "may", "role_empty"},
		"made up":                 {RoleAdmin, RoleDraft{Name: "X", May: []string{"owner"}}, "may", "choice"},
		"everybody's":             {RoleAdmin, RoleDraft{Name: "X", May: []string{"anyone"}}, "may", "choice"},
		"an Admin puts in Deploy": {RoleAdmin, RoleDraft{Name: "X", May: []string{"deploy"}}, "may", "role_beyond"},
		"a Deployer may":          {RoleDeployer, RoleDraft{Name: "X", May: []string{"deploy"}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			by := withRoles(actor("by", acme, c.by, all), desk)
			made, event, err := by.MakeRole(c.draft, now)
			var problems Problems
			switch {
			case c.field == "" && err == nil:
				if event.Kind != RoleMade || event.AccountID != "acme" || event.After["may"] != made.Chosen().String() || event.After["name"] != made.Name {
					t.Errorf("the history says %+v", event)
				}
			case c.field == "" || !errors.As(err, &problems) || len(problems) != 1 || problems[c.field].Code != c.code:
				t.Errorf("%v, want %s: %s", err, c.field, c.code)
			}
		})
	}
}

// PRIV-01: making and changing roles belongs to account scope and to who may it.
func TestPRIV01WhoEditsRoles(t *testing.T) {
	own := OwnRole("own", "Installer", Privileges{ViewDevices, Deploy})
	keeper := OwnRole("keeper", "Keeper of roles", Privileges{EditRoles, ViewDevices})
	draft := RoleDraft{Name: "Installer", May: []string{"view-devices"}}
	for name, c := range map[string]struct {
		by   Actor
		want error
	}{
		"an Admin":                           {actor("a", acme, RoleAdmin, Whole("acme")), nil},
		"an Admin of one site":               {actor("a", acme, RoleAdmin, Sites("acme", "s1")), ErrForbidden},
		"a User":                             {actor("a", acme, RoleUser, Whole("acme")), ErrForbidden},
		"an own role that is not above it":   {Actor{User: User{ID: "k"}, Account: acme, Role: keeper, Scope: Whole("acme")}, ErrForbidden},
		"the same role for who has its sort": {Actor{User: User{ID: "k"}, Account: acme, Role: OwnRole("keeper", "Keeper of roles", Privileges{EditRoles, Deploy}), Scope: Whole("acme")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			by := c.by
			by.Account.Roles = []Role{own, by.Role}
			if _, _, err := own.Change(by, draft, now); !errors.Is(err, c.want) {
				t.Errorf("change: %v, want %v", err, c.want)
			}
			if _, err := own.Delete(by, now); !errors.Is(err, c.want) {
				t.Errorf("delete: %v, want %v", err, c.want)
			}
		})
	}
	admin := withRoles(actor("a", acme, RoleAdmin, Whole("acme")), own)
	builtIn, _ := ParseRole("user", Customer)
	if _, _, err := builtIn.Change(admin, draft, now); !errors.Is(err, ErrNotFound) {
		t.Errorf("a built-in role is changed: %v", err)
	}
	if same, event, err := own.Change(admin, own.Draft(), now); err != nil || event.Kind != "" || same.Name != own.Name {
		t.Errorf("as it was: %+v, %v", event, err)
	}
	// An Admin may not put Deploy in; where a Deployer has, it may stay or go.
	if to, _, err := own.Change(admin, RoleDraft{Name: "Fitter", May: []string{"deploy"}}, now); err != nil || !to.May(Deploy) {
		t.Errorf("what was there cannot stay: %v", err)
	}
}

// PRIV-01, PRIV-17: whatever somebody of an own role does with roles, nobody ends with more than they had, and nobody
// raises themself. Random roles, editors, drafts and holders.
func TestPRIV17NobodyEndsWithMoreThanTheGranterHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.Custom(func(t *rapid.T) Privileges {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(Offered()), 0, 6, rapid.ID[Privilege]).Draw(t, "privileges")
		})
		mine := OwnRole("mine", "Mine", append(some.Draw(t, "mine"), EditRoles))
		one, two := OwnRole("one", "One", some.Draw(t, "one")), OwnRole("two", "Two", some.Draw(t, "two"))
		by := Actor{User: User{ID: "me"}, Account: acme, Role: mine, Scope: Whole("acme")}
		by.Account.Roles = []Role{mine, one, two}

		was := rapid.SampledFrom(by.Account.Roles).Draw(t, "edited")
		d := RoleDraft{Name: "New"}
		for _, p := range some.Draw(t, "draft") {
			d.May = append(d.May, p.String())
		}
		to, _, err := was.Change(by, d, now)
		if err == nil && !to.within(mine) {
			t.Fatalf("%v made of %s %v, which is more than %v", to.Chosen(), was.ID, was.Chosen(), mine.Chosen())
		}
		if made, _, err := by.MakeRole(d, now); err == nil && !made.within(mine) {
			t.Fatalf("%v made by %v", made.Chosen(), mine.Chosen())
		}

		holder := Membership{ID: "m", AccountID: "acme", Kind: KindUser, UserID: rapid.SampledFrom([]string{"me", "other"}).Draw(t, "holder"), Role: was.ID, Scope: Whole("acme"), AcceptedAt: now.Add(-day)}
		if rapid.Bool().Draw(t, "guest") {
			holder.Kind = KindGuest
		}
		target := rapid.SampledFrom([]RoleID{"mine", "one", "two", RoleAdmin, RoleDeployer, RoleUser, RoleMember, "gone", ""}).Draw(t, "to")
		after, _, err := holder.ReplaceRole(by, target, now)
		if err != nil {
			if after.Role != was.ID {
				t.Fatalf("refused, and changed: %s", after.Role)
			}
			return
		}
		got, known := by.Account.Role(after.Role)
		if !known || !got.within(mine) || after.Role == was.ID || holder.Kind == KindGuest && !got.Own() {
			t.Fatalf("%v replaced %s by %s", mine.Chosen(), was.ID, after.Role)
		}
	})
}

// An Admin's roles hold no more than an Admin may, or than a Deployer has put in before.
func TestPRIV17AdminsKeepWhatWasThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was := OwnRole("one", "One", rapid.SliceOfNDistinct(rapid.SampledFrom(Offered()), 0, 16, rapid.ID[Privilege]).Draw(t, "was"))
		by := withRoles(actor("a", acme, RoleAdmin, Whole("acme")), was)
		d := RoleDraft{Name: "New"}
		for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom(Offered()), 1, 16, rapid.ID[Privilege]).Draw(t, "draft") {
			d.May = append(d.May, p.String())
		}
		to, _, err := was.Change(by, d, now)
		if err == nil && to.May(Deploy) && !was.May(Deploy) {
			t.Fatal("an Admin has put Deploy in")
		}
		if err != nil && (!slices.Contains(d.May, "deploy") || was.May(Deploy)) {
			t.Fatalf("refused: %v", err)
		}
	})
}

func TestReplaceRole(t *testing.T) {
	one, two := OwnRole("one", "One", Privileges{ViewDevices}), OwnRole("two", "Two", Privileges{ViewDevices, ExportDevices})
	admin := withRoles(actor("a", acme, RoleAdmin, Whole("acme")), one, two)
	offer := Membership{ID: "m", AccountID: "acme", Kind: KindUser, Role: "one", Scope: Whole("acme"), InvitedBy: "desk", InviterName: "Desk", ExpiresAt: now.Add(day)}
	after, event, err := offer.ReplaceRole(admin, "two", now)
	if err != nil || after.Role != "two" || after.InvitedBy != "a" || event.Kind != RoleChanged ||
		event.Before["role"] != "one" || event.Before[RoleNameKept] != "One" || event.After[RoleNameKept] != "Two" {
		t.Errorf("an open offer: %+v, %+v, %v", after, event, err)
	}
	guest := offer
	guest.Kind = KindGuest
	if _, _, err := guest.ReplaceRole(admin, RoleUser, now); err == nil {
		t.Error("a guest is given a role of staff")
	}
	if got := one.Replacements(admin, KindGuest); len(got) != 1 || got[0].ID != "two" {
		t.Errorf("guests can be given %v", got)
	}
	if got := one.Replacements(admin, KindUser); len(got) != 5 {
		t.Errorf("people can be given %v", got)
	}
	for _, r := range one.Replacements(admin, KindUser) {
		if after, _, err := offer.ReplaceRole(admin, r.ID, now); err != nil || after.Role != r.ID {
			t.Errorf("%s is offered and refused: %v", r.ID, err)
		}
	}
	foreign := offer
	foreign.AccountID = "globex"
	if _, _, err := foreign.ReplaceRole(admin, "two", now); !errors.Is(err, ErrNotFound) {
		t.Errorf("TEN-05: a row of another account: %v", err)
	}
}

// A file names own roles as the account does; a role gone is a line's problem.
func TestReadInvitesKnowsOwnRoles(t *testing.T) {
	in := acme
	in.Roles = []Role{OwnRole("r1", "Front Desk", Privileges{ViewUsers})}
	lines, err := ReadInvites([]byte("first name,last name,email,role\nA,B,c@d.com,front DESK\nA,B,e@d.com,Back desk\n"), in)
	if err != nil || lines[0].Draft.Role != "r1" || lines[1].Draft.Role != "Back desk" {
		t.Errorf("%+v, %v", lines, err)
	}
}

// PRIV-01: who makes roles, and how many there are.
func TestMakeRoleIsRefused(t *testing.T) {
	draft := RoleDraft{Name: "Watch", May: []string{ViewSites.String()}}
	make := func(a Actor) error { _, _, err := a.MakeRole(draft, now); return err }
	full := by(t, "admin")
	for i := range MaxRoles {
		full.Account.Roles = append(full.Account.Roles, OwnRole(RoleID(fmt.Sprint(i)), fmt.Sprint("Role ", i), Privileges{ViewSites}))
	}
	almost := full
	almost.Account.Roles = full.Account.Roles[1:]
	for _, c := range []struct {
		what string
		err  error
		want string
	}{
		{"an Admin", make(by(t, "admin")), "ok"},
		{"an Admin of a site", make(by(t, "site-admin")), "403"},
		{"a User", make(by(t, "user")), "403"},
		{"the last that fits", make(almost), "ok"},
		{"one too many", make(full), "409 roles_many"},
	} {
		want(t, c.what, c.err, c.want)
	}
}

// PRIV-01, PRIV-06: handing a role's holders over asks for the role, for each holder, and raises nobody's own rights.
func TestReplaceRoleIsRefused(t *testing.T) {
	less, more := OwnRole("less", "Less", Privileges{ViewSites}), OwnRole("more", "More", Privileges{ViewSites, ViewDevices})
	editing := OwnRole("editing", "Editing", Privileges{ViewSites, EditRoles, EditUsers})
	admin := withRoles(by(t, "admin"), less, more, editing)
	editor := withRoles(actor("ed", acme, RoleUser, Whole("acme")), less, more, editing)
	editor.Role = editing
	holder := member(acme, "ana", "less", Whole("acme"))
	replace := func(a Actor, m Membership, to RoleID) error { _, _, err := m.ReplaceRole(a, to, now); return err }
	self := func(a Actor, role RoleID) Membership { return member(acme, a.User.ID, role, Whole("acme")) }
	foreign, gone, open := holder, holder, offered(acme, "less", Whole("acme"))
	foreign.AccountID, gone.RemovedAt, open.UserID = "globex", now, ""
	for _, c := range []struct {
		what string
		err  error
		want string
	}{
		{"a holder", replace(admin, holder, "more"), "ok"},
		{"an offer, which is nobody's yet", replace(admin, open, "more"), "ok"},
		{"to what is none", replace(admin, holder, "nonsense"), "422 people:choice"},
		{"to the same", replace(admin, holder, "less"), "422 people:choice"},
		{"a User's doing", replace(withRoles(by(t, "user"), less, more), holder, "more"), "403"},
		{"another account's", replace(admin, foreign, "more"), "404"},
		{"who is gone", replace(admin, gone, "more"), "404"},
		{"of a built-in role", replace(admin, member(acme, "ana", RoleUser, Whole("acme")), "more"), "404"},
		{"one's own, to less", replace(editor, self(editor, "editing"), "less"), "ok"},
		{"one's own, within one's role", replace(admin, self(admin, "less"), "more"), "ok"},
	} {
		want(t, c.what, c.err, c.want)
	}
	raised := admin // an Admin who gives themself Deploy by way of a role that is deleted
	deploying := OwnRole("deploying", "Deploying", Privileges{Deploy})
	raised = withRoles(raised, less, deploying)
	raised.Account.Roles = []Role{less, deploying}
	want(t, "one's own, beyond one's role", replace(raised, self(raised, "less"), "deploying"), "403 raise_self")
	want(t, "somebody else's, beyond one's role", replace(raised, holder, "deploying"), "ok")
}
