package domain

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// privileges are all there are, in the order of the columns of the table below.
var privileges = []Privilege{
	Anyone, SignedIn, Enter, ViewSites, Deploy, ViewUsers, EditUsers, ViewInvites, CreateInvites, ResendInvites, RevokeInvites,
	ViewActivity, SetRetention,
}

// TestRolePrivileges is product.md's table of roles, in a form that fails when somebody widens one. For each actor:
// x may, . may not.
func TestRolePrivileges(t *testing.T) {
	//                     anyone signed-in enter sites deploy view-u edit-u view-i create resend revoke activity retention
	for name, row := range map[string]string{
		"nobody":            " x      .        .     .     .      .      .      .      .      .      .      .        .",
		"person":            " x      x        .     .     .      .      .      .      .      .      .      .        .",
		"admin":             " x      x        x     x     .      x      x      x      x      x      x      x        x",
		"deployer":          " x      x        x     x     x      x      x      x      x      x      x      x        x",
		"user":              " x      x        x     x     .      x      .      x      .      .      .      x        .",
		"member":            " x      x        x     .     .      .      .      .      .      .      .      .        .",
		"support":           " x      x        x     .     .      x      .      x      .      x      x      .        .",
		"site-admin":        " x      x        x     x     .      x      x      x      .      .      x      .        .",
		"site-deployer":     " x      x        x     x     x      x      x      x      .      .      x      .        .",
		"site-user":         " x      x        x     x     .      x      .      x      .      .      .      .        .",
		"site-member":       " x      x        x     .     .      .      .      .      .      .      .      .        .",
		"inviting-admin":    " x      x        x     x     .      x      x      x      x      x      x      .        .",
		"inviting-deployer": " x      x        x     x     x      x      x      x      x      x      x      .        .",
		"inviting-user":     " x      x        x     x     .      x      .      x      .      .      .      .        .",
		"next-site":         " x      x        x     x     .      x      x      x      x      x      x      .        .",
		"two-sites":         " x      x        x     x     .      x      x      x      x      x      x      .        .",
		"no-site":           " x      x        x     x     .      x      x      x      x      x      x      .        .",
		"foreign-admin":     " x      x        x     x     .      x      x      x      x      x      x      x        x",
		"foreign-user":      " x      x        x     x     .      x      .      x      .      .      .      x        .",
		"observer":          " x      x        x     x     .      x      .      x      .      .      .      .        .",
		"operator":          " x      x        x     x     .      x      .      x      .      .      .      .        .",
		"partner-admin":     " x      x        x     x     .      x      x      x      x      x      x      x        x",
		"master":            " x      x        x     x     .      x      x      x      x      x      x      x        x",
		// INV-18: in a suspended account nobody may anything, whatever the role.
		"suspended-admin": "     x      x        .     .     .      .      .      .      .      .      .      .        .",
	} {
		cells := strings.Fields(row)
		if len(cells) != len(privileges) {
			t.Fatalf("%s: %d cells", name, len(cells))
		}
		for i, p := range privileges {
			if got := by(t, name).Can(p); got != (cells[i] == "x") {
				t.Errorf("%s, %s: %t", name, p, got)
			}
		}
	}
}

// whoMay is the rest of that table, a line for each privilege: who may, of all actors there are; the others may not.
var whoMay = map[Privilege]string{
	ViewDevices:      treeViewers + " " + treeEditors,
	ExportDevices:    treeViewers + " " + treeEditors,
	ConfigureDevices: treeEditors,
	EditSites:        treeEditors,
	ViewGuests:       "admin deployer user foreign-admin foreign-user",
	EditGuests:       "admin deployer foreign-admin",
	ViewRoles:        "admin deployer user foreign-admin foreign-user",
	EditRoles:        "admin deployer foreign-admin",
	ViewSecurity:     "admin deployer user foreign-admin foreign-user partner-admin master",
	EditSecurity:     "admin deployer foreign-admin master",
	ViewCredits:      "observer operator partner-admin master",
	AllocateCredits:  "operator partner-admin master",
	AddCredits:       "master",
	ViewSupport:      "operator partner-admin master",
	GiveSupport:      "operator partner-admin master",
	ExplainUsers:     treeViewers + " " + treeEditors,
	ExplainGuests:    "admin deployer user foreign-admin foreign-user",
	ExportUsers:      treeViewers + " " + treeEditors + " observer operator partner-admin master",
	ExportInvites:    treeViewers + " " + treeEditors + " observer operator partner-admin master",

	ViewAdministrators: "observer operator partner-admin master",
	EditAdministrators: "partner-admin master",
	ViewAccounts:       "observer operator partner-admin master",
	SetUpAccounts:      "operator partner-admin master",
	SuspendAccounts:    "partner-admin master",
	InviteColleagues:   "partner-admin master",
}

const (
	treeViewers = "user site-user inviting-user foreign-user"
	treeEditors = "admin deployer site-admin site-deployer inviting-admin inviting-deployer next-site two-sites no-site foreign-admin"
)

func TestWhoMay(t *testing.T) {
	for p, names := range whoMay {
		for name, a := range actors() {
			if got := a.Can(p); got != slices.Contains(strings.Fields(names), name) {
				t.Errorf("%s, %s: %t", name, p, got)
			}
		}
	}
}

// Whence somebody has their access is told to who sees both them and the tree; no role has that by itself.
func TestWhoMayExplain(t *testing.T) {
	for _, c := range []struct {
		of            Privileges
		users, guests bool
	}{
		{Privileges{ViewUsers}, false, false},
		{Privileges{ViewGuests}, false, false},
		{Privileges{ViewDevices}, false, false},
		{Privileges{ExplainUsers, ExplainGuests}, false, false},
		{Privileges{ViewUsers, ViewDevices}, true, false},
		{Privileges{ViewGuests, ViewDevices}, false, true},
	} {
		who := Actor{User: User{ID: "x"}, Account: acme, Role: OwnRole("r", "Some role", c.of), Scope: Whole(acme.ID)}
		if users, guests := who.Can(ExplainUsers), who.Can(ExplainGuests); users != c.users || guests != c.guests {
			t.Errorf("%s: users %t, guests %t", c.of, users, guests)
		}
	}
}

// TestUnlabelledDoorAdmitsNobody: the zero Privilege, and numbers that are no privilege, admit nobody at all.
func TestUnlabelledDoorAdmitsNobody(t *testing.T) {
	known := map[Privilege]bool{}
	for _, p := range slices.AppendSeq(slices.Clone(privileges), maps.Keys(whoMay)) {
		known[p] = true
		if name := p.String(); name == "" || name == "nobody" {
			t.Errorf("privilege %d has no name", p)
		}
	}
	for n := range 256 {
		p := Privilege(n)
		if known[p] {
			continue
		}
		if p.String() != "nobody" {
			t.Errorf("%d is called %q and stands in no table", n, p)
		}
		for name, a := range actors() {
			if a.Can(p) || a.Role.May(p) {
				t.Errorf("%s passes a door labelled %d", name, n)
			}
		}
	}
	everything := Role{ID: "all", Kind: Customer, may: []Privilege{nobody, Anyone, 200}}
	if everything.May(nobody) || (Actor{User: User{ID: "x"}, Account: acme, Role: everything, Scope: Whole("acme")}).Can(nobody) {
		t.Error("a role that lists the zero Privilege passes an unlabelled door")
	}
}

// TestPRIV01WhoGrantsWhat is the can-grant table.
func TestPRIV01WhoGrantsWhat(t *testing.T) {
	every := []RoleID{
		RoleAdmin, RoleDeployer, RoleUser, RoleMember, RoleSupport, RoleObserver, RoleOperator, RolePartnerAdmin, RoleMaster, "", "owner", "Admin",
	}
	for granter, granted := range map[RoleID]string{
		RoleAdmin:    "member user admin deployer",
		RoleDeployer: "member user admin deployer",
		RoleUser:     "", RoleMember: "", RoleObserver: "", RoleOperator: "", "": "",
		RoleSupport:      "member user admin deployer", // whose invites they may touch; they give nothing
		RolePartnerAdmin: "observer operator partner-admin",
		RoleMaster:       "observer operator partner-admin master",
	} {
		var r Role
		for _, kind := range []AccountKind{Customer, Partner} {
			if found, ok := ParseRole(string(granter), kind); ok {
				r = found
			}
		}
		for _, other := range every {
			if got := grants(r, other); got != slices.Contains(strings.Fields(granted), string(other)) {
				t.Errorf("%q grants %q: %t", granter, other, got)
			}
		}
	}
	for name, choices := range map[string]string{
		"admin": "member user admin deployer", "site-deployer": "member user admin deployer", "inviting-admin": "member user admin deployer",
		"user": "", "member": "", "support": "", "nobody": "", "person": "", "observer": "", "operator": "", "suspended-admin": "",
		"partner-admin": "observer operator partner-admin", "master": "observer operator partner-admin master",
	} {
		var got []string
		for _, r := range by(t, name).GrantableRoles() {
			got = append(got, string(r.ID))
		}
		if strings.Join(got, " ") != choices {
			t.Errorf("%s is offered %v to give", name, got)
		}
	}
}

// TestTEN02AScopeOfAnotherAccountReachesNothing: whole in one account is nothing in another (TEN-02, TEN-15).
func TestTEN02AScopeOfAnotherAccountReachesNothing(t *testing.T) {
	a := actor("x", acme, RoleAdmin, Whole("globex"))
	if a.Can(CreateInvites) || a.Can(ResendInvites) {
		t.Error("it invites as if account-wide")
	}
	if a.Can(ViewSecurity) || a.Can(EditSecurity) {
		t.Error("it guards as if account-wide")
	}
	p := Problems{}
	ParseScope(p, a, []string{"account"}, acmeSites)
	want(t, "the whole account", p.Err(), "422 scope:choice")
	want(t, "a member", a.MayTouch(member(acme, "ana", RoleUser, Sites("acme", "s1"))), "404")
	want(t, "a member without a site", a.MayTouch(member(acme, "ana", RoleUser, nil)), "404")
	a.Account.SiteAdminsInvite = true
	want(t, "an offer", a.MayOffer(RoleUser, Whole("acme")), "403 scope_beyond")
	b := actor("x", Account{ID: "globex", Kind: Customer}, RoleAdmin, Whole("acme"))
	want(t, "a member of the scope's account, not of the actor's", b.MayTouch(member(acme, "ana", RoleUser, Whole("acme"))), "404")
}

func TestParseRole(t *testing.T) {
	for _, c := range []struct {
		id   string
		kind AccountKind
		ok   bool
	}{
		{"admin", Customer, true},
		{"admin", Partner, false}, // the two planes share no role
		{"partner-admin", Partner, true},
		{"master", Customer, false},
		{"support", Customer, true}, // what support staff get; nobody can grant it
		{"", Customer, false},
		{"Admin", Customer, false},
		{"admin ", Customer, false},
		{"admin", "", false},
	} {
		if r, ok := ParseRole(c.id, c.kind); ok != c.ok || ok && string(r.ID) != c.id || !ok && r.ID != "" {
			t.Errorf("ParseRole(%q, %q) = %q, %t", c.id, c.kind, r.ID, ok)
		}
	}
	for kind, ids := range map[AccountKind]string{
		Customer: "member user admin deployer", Partner: "observer operator partner-admin master",
	} {
		var got []string
		for _, r := range RolesOf(kind) {
			got = append(got, string(r.ID))
		}
		if strings.Join(got, " ") != ids {
			t.Errorf("roles of %s: %v", kind, got)
		}
	}
	if !slices.Equal(KeeperRoles(Customer), []RoleID{RoleAdmin, RoleDeployer}) || !slices.Equal(KeeperRoles(Partner), []RoleID{RoleMaster}) {
		t.Error("other roles keep an account")
	}
}

// The scopes of PRIV-01's tables, by the names that stand in them.
var namedScopes = map[string]Scope{
	"account": Whole("acme"), "s1": Sites("acme", "s1"), "s2": Sites("acme", "s2"), "s1+s2": Sites("acme", "s1", "s2"), "s3": Sites("acme", "s3"),
	"s1+s3": Sites("acme", "s1", "s3"), "s1/g": {{Account: "acme", Site: "s1", Group: "g"}},
	"globex": Whole("globex"), "globex/s1": Sites("globex", "s1"), "s1+globex": append(Sites("acme", "s1"), Whole("globex")...), "none": nil,
}

// legal are all pairs of role and scope that each inviter may give: every role of the list with every scope of the
// list. Whatever does not stand here is refused, by every way in.
var legal = []struct {
	inviter string
	role    RoleID
	scope   string
	on      bool // the account lets its site admins invite
	roles   string
	scopes  string
}{
	{"Admin of the account", RoleAdmin, "account", false, "member user admin deployer", "account s1 s2 s1+s2 s3 s1+s3 s1/g"},
	{"Deployer of the account", RoleDeployer, "account", false, "member user admin deployer", "account s1 s2 s1+s2 s3 s1+s3 s1/g"},
	{"Admin of the account, site admins invite", RoleAdmin, "account", true, "member user admin deployer", "account s1 s2 s1+s2 s3 s1+s3 s1/g"},
	{"Admin of a site", RoleAdmin, "s1", false, "", ""},
	{"Deployer of a site", RoleDeployer, "s1", false, "", ""},
	{"Admin of two sites", RoleAdmin, "s1+s2", false, "", ""},
	{"Admin of a site, inviting", RoleAdmin, "s1", true, "member user admin deployer", "s1 s1/g"},
	{"Deployer of a site, inviting", RoleDeployer, "s1", true, "member user admin deployer", "s1 s1/g"},
	{"Admin of two sites, inviting", RoleAdmin, "s1+s2", true, "member user admin deployer", "s1 s2 s1+s2 s1/g"},
	{"Deployer of two sites, inviting", RoleDeployer, "s1+s2", true, "member user admin deployer", "s1 s2 s1+s2 s1/g"},
	{"Admin of a group, inviting", RoleAdmin, "s1/g", true, "member user admin deployer", "s1/g"},
	{"Admin of nothing, inviting", RoleAdmin, "none", true, "", ""},
	{"User of the account", RoleUser, "account", true, "", ""},
	{"User of a site", RoleUser, "s1", true, "", ""},
	{"Member of the account", RoleMember, "account", true, "", ""},
	{"Member of a site", RoleMember, "s1", true, "", ""},
	{"Support", RoleSupport, "account", true, "", ""},
}

// TestPRIV01OnlyLegalPairs tries every role and scope for every inviter, by every way to give one.
func TestPRIV01OnlyLegalPairs(t *testing.T) {
	every := []RoleID{RoleAdmin, RoleDeployer, RoleUser, RoleMember, RoleSupport, RoleObserver, RolePartnerAdmin, RoleMaster, "", "owner"}
	tried, allowed := 0, 0
	for _, l := range legal {
		account := acme
		account.SiteAdminsInvite = l.on
		inviter := actor("inviter", account, l.role, namedScopes[l.scope])
		for _, role := range every {
			for name, scope := range namedScopes {
				tried++
				ok := slices.Contains(strings.Fields(l.roles), string(role)) && slices.Contains(strings.Fields(l.scopes), name)
				if ok {
					allowed++
				}
				check := func(way string, err error) {
					t.Helper()
					if (err == nil) != ok {
						t.Errorf("%s, %s gives %q on %s: %s", way, l.inviter, role, name, verdict(err))
					}
				}
				in := offering
				in.Role, in.Scope = role, scope
				check("offer", inviter.MayOffer(role, scope))
				_, _, err := Invite(Membership{}, in, inviter, now)
				check("invite", err)
				// The offer as it stands, sent again or taken while this inviter stands behind it.
				held := offered(account, role, scope)
				_, _, err = held.Accept(ana(), inviter, "", now)
				check("accept", err)
				if l.role != RoleSupport { // who resends under the authority that was there
					_, _, err = held.Resend(inviter, now)
					check("resend", err)
				}
				// From an offer that this inviter may touch to this one.
				least := offered(account, RoleMember, inviter.Scope)
				_, _, err = least.Correct(in, inviter, now)
				check("correct", err)
			}
		}
	}
	if tried != 17*10*11 || allowed != 3*4*7+2*4*2+2*4*4+4 {
		t.Errorf("%d pairs tried, %d legal", tried, allowed)
	}
}

// TestPRIV01ByEdit: an edit gives no more than an invite would, but site admins edit within their sites also where
// they may not invite.
func TestPRIV01ByEdit(t *testing.T) {
	for _, c := range []struct {
		by     string
		roles  string // that may be given to a User of site 1
		scopes string // to which a User of site 1 may be changed
	}{
		{"admin", "member admin deployer", "account s2 s1+s2 s3 s1+s3 s1/g"},
		{"deployer", "member admin deployer", "account s2 s1+s2 s3 s1+s3 s1/g"},
		{"site-admin", "member admin deployer", "s1/g"},
		{"site-deployer", "member admin deployer", "s1/g"},
		{"inviting-admin", "member admin deployer", "s1/g"},
		{"two-sites", "member admin deployer", "s2 s1+s2 s1/g"},
		{"next-site", "", ""},
		{"no-site", "", ""},
		{"user", "", ""},
		{"member", "", ""},
		{"support", "", ""},
		{"site-user", "", ""},
		{"foreign-admin", "", ""},
		{"master", "", ""},
		{"nobody", "", ""},
		{"suspended-admin", "", ""},
	} {
		m := offered(acme, RoleUser, Sites("acme", "s1")).in(StateAccepted)
		for _, role := range []RoleID{RoleAdmin, RoleDeployer, RoleUser, RoleMember, RoleSupport, RoleObserver, RoleMaster, "", "owner"} {
			_, _, err := m.ChangeRole(by(t, c.by), role, 1, now)
			if (err == nil) != slices.Contains(strings.Fields(c.roles), string(role)) {
				t.Errorf("%s makes a User %q: %s", c.by, role, verdict(err))
			}
		}
		for name, scope := range namedScopes {
			_, _, err := m.ChangeScope(by(t, c.by), scope, 1, now)
			if (err == nil) != slices.Contains(strings.Fields(c.scopes), name) {
				t.Errorf("%s gives a User of s1 %s: %s", c.by, name, verdict(err))
			}
		}
	}
}

// TestPRIV01OnThePartnerPlane: an Admin gives up to Admin, a Master gives all, nobody else anything.
func TestPRIV01OnThePartnerPlane(t *testing.T) {
	for inviter, roles := range map[string]string{
		"observer": "", "operator": "", "partner-admin": "observer operator partner-admin", "master": "observer operator partner-admin master",
	} {
		for _, role := range []RoleID{RoleObserver, RoleOperator, RolePartnerAdmin, RoleMaster, RoleAdmin, RoleDeployer, RoleUser, RoleSupport} {
			for _, scope := range []Scope{Whole("volt"), Whole("acme"), Sites("acme", "s1")} {
				in := offering
				in.Role, in.Scope = role, scope
				_, _, err := Invite(Membership{}, in, by(t, inviter), now)
				if (err == nil) != (slices.Contains(strings.Fields(roles), string(role)) && scope[0].Account == "volt") {
					t.Errorf("%s invites %s on %v: %s", inviter, role, scope, verdict(err))
				}
			}
			m := offered(volt, RoleObserver, Whole("volt")).in(StateAccepted)
			_, _, err := m.ChangeRole(by(t, inviter), role, 1, now)
			if (err == nil) != (slices.Contains(strings.Fields(roles), string(role)) && role != RoleObserver) {
				t.Errorf("%s makes an Observer %s: %s", inviter, role, verdict(err))
			}
		}
	}
}
