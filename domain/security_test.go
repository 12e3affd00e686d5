package domain

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var bounds = Bounds{SessionIdle: 30 * time.Minute, SessionAge: 12 * time.Hour, Trial: 30 * time.Minute}

// guarded is an account with allowed domains.
func guarded(domains ...string) Account {
	a := acme
	a.Policy.Domains, a.Policy.Version = AllowedDomains{}.With(domains...), 1
	return a
}

// TestPRIV10OnlyTheExactDomainIsAdmitted: whatever looks like a listed domain, and is not, is left out (PRIV-10).
func TestPRIV10OnlyTheExactDomainIsAdmitted(t *testing.T) {
	a := guarded("example.com", "ops.example.com")
	for email, admitted := range map[string]bool{
		"ana@example.com": true, "ana+tag@example.com": true, "ana@ops.example.com": true, "ANA@EXAMPLE.COM": true,
		"ana@sub.example.com": false, "ana@example.com.": false, "ana@evilexample.com": false, "ana@example.com.evil.com": false,
		"a@example.com@evil": false, `"a@example.com"@evil.com`: false, "a%00@example.com": false, "ana@example.com%00": false,
		"ana@ｅxample.com": false, "ana＠example.com": false, "ana@exаmple.com": false, "ana@xn--exmple-4nf.com": false, "ana@[127.0.0.1]": false,
		"ana@ops": false, "": false, "example.com": false, "@example.com": false,
	} {
		if got := a.Admits(email) == nil; got != admitted {
			t.Errorf("%q is admitted: %t", email, got)
		}
	}
	if (AllowedDomains{}).Admits("anybody@anywhere.example") != true { // A16
		t.Error("an empty list restricts")
	}
}

// TestPRIV09EveryOfferAsksForTheDomain: create, resend, correct and accept have one verdict (PRIV-09).
func TestPRIV09EveryOfferAsksForTheDomain(t *testing.T) {
	for _, c := range []struct {
		name    string
		account Account
		in      bool
	}{
		{"unrestricted", acme, true},
		{"another domain", guarded("acme.example"), false},
		{"its domain", guarded("example.com"), true},
		{"a support provider", func() Account {
			a := guarded("acme.example")
			a.Providers = []string{"ana@example.com"}
			return a
		}(), true},
	} {
		by := actor("admin", c.account, RoleAdmin, Whole("acme"))
		in := offering
		pending := offered(acme, RoleUser, Sites("acme", "s1"))
		is := func(what string, err error, refused string) {
			t.Helper()
			if c.in {
				refused = "ok"
			}
			want(t, c.name+": "+what, err, refused)
		}
		_, _, err := Invite(Membership{}, in, by, now)
		is("invite", err, "422 email:domain_outside")
		_, _, err = pending.Resend(by, now)
		is("resend", err, "409 domain_outside")
		_, _, err = pending.Correct(in, by, now)
		is("correct", err, "422 email:domain_outside")
		_, _, err = pending.Accept(ana(), by, "", now)
		is("accept", err, "409 offer_withdrawn")
		draft := InviteDraft{FirstName: "Ana", LastName: "Rossi", Email: "ana@example.com", Role: "user", Scope: []string{"account"}}
		_, err = draft.Check(by, nil, now)
		is("the form, and a row of a file", err, "422 email:domain_outside")
	}
}

// TestA15SupportProvidersOnlyWhileGranted is the exemption and each way it ends.
func TestA15SupportProvidersOnlyWhileGranted(t *testing.T) {
	grant := SupportGrant{AccountID: "acme", PartnerID: "volt", StartsAt: now.Add(-time.Hour), EndsAt: now.Add(time.Hour)}
	helper := member(volt, "helper", RoleOperator, Whole("volt"))
	for name, c := range map[string]struct {
		change func(*SupportGrant, *Membership, *Account)
		yes    bool
	}{
		"granted":              {func(*SupportGrant, *Membership, *Account) {}, true},
		"not begun":            {func(g *SupportGrant, _ *Membership, _ *Account) { g.StartsAt = now.Add(time.Minute) }, false},
		"over":                 {func(g *SupportGrant, _ *Membership, _ *Account) { g.EndsAt = now }, false},
		"ended":                {func(g *SupportGrant, _ *Membership, _ *Account) { g.EndedAt = now.Add(-time.Minute) }, false},
		"by another account":   {func(g *SupportGrant, _ *Membership, _ *Account) { g.AccountID = "globex" }, false},
		"to another partner":   {func(g *SupportGrant, _ *Membership, _ *Account) { g.PartnerID = "other" }, false},
		"the account moved on": {func(_ *SupportGrant, _ *Membership, a *Account) { a.PartnerID = "other" }, false},
		"without a partner": {func(g *SupportGrant, m *Membership, a *Account) {
			g.PartnerID, m.AccountID, a.PartnerID = "", "", ""
		}, false},
		"somebody of another":     {func(_ *SupportGrant, m *Membership, _ *Account) { m.AccountID = "other" }, false},
		"a customer of theirs":    {func(_ *SupportGrant, m *Membership, _ *Account) { m.Kind = KindCustomer }, false},
		"a locked administrator":  {func(_ *SupportGrant, m *Membership, _ *Account) { m.SuspendedAt = now }, false},
		"an administrator in spe": {func(_ *SupportGrant, m *Membership, _ *Account) { m.AcceptedAt = time.Time{} }, false},
	} {
		g, m, a := grant, helper, acme
		c.change(&g, &m, &a)
		if got := g.Provides(a, m, now); got != c.yes {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestA13ManyDomainsAtOnce: a pasted list, each in its canonical form, and nothing bent into a domain.
func TestA13ManyDomainsAtOnce(t *testing.T) {
	p := Problems{}
	got := ParseDomains(p, "add", " Acme.Example, @ops.acme.example\nacme.example;globex.example\tB.example ")
	if want := "acme.example b.example globex.example ops.acme.example"; strings.Join(got, " ") != want || len(p) > 0 {
		t.Errorf("%q, %v", got, p)
	}
	for _, typed := range []string{
		"acme", "ana@acme.example", "acme.example.", "*.acme.example", "exаmple.com", "127.0.0.1", "http://acme.example", "-a.example", "a..example",
		"@@acme.example", strings.Repeat("a", 64) + ".example",
	} {
		p := Problems{}
		if got := ParseDomains(p, "add", typed); p["add"].Code != "domain" {
			t.Errorf("%q is read as %q, %v", typed, got, p)
		}
	}
	var many []string
	for i := range MostDomains + 1 {
		many = append(many, "d"+strconv.Itoa(i)+".example")
	}
	p = Problems{}
	if ParseDomains(p, "add", strings.Join(many, " ")); p["add"].Code != "domains_many" {
		t.Errorf("more than there is room for: %v", p)
	}
	if !PublicMail("gmail.com") || PublicMail("acme.example") {
		t.Error("public mail is not told from a company's")
	}
}

func TestProposedDomains(t *testing.T) {
	a := guarded("acme.example", "b.example")
	for _, c := range []struct {
		draft DomainsDraft
		want  string
	}{
		{DomainsDraft{Add: "c.example B.example"}, "acme.example b.example c.example"},
		{DomainsDraft{Remove: "b.example"}, "acme.example"},
		{DomainsDraft{Add: "b.example"}, "422 add:domains_same"},
		{DomainsDraft{Remove: "z.example"}, "422 add:domains_same"},
		{DomainsDraft{Add: " , "}, "422 add:required"},
		{DomainsDraft{Add: "nonsense"}, "422 add:domain"},
	} {
		got, err := c.draft.Proposed(a)
		if err != nil {
			want(t, "proposed", err, c.want)
		} else if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %q, want %q", c.draft, got, c.want)
		}
	}
}

// TestSecurityIsForEditorsOfTheWholeAccount asks every kind of actor for every change.
func TestSecurityIsForEditorsOfTheWholeAccount(t *testing.T) {
	for name, a := range actors() {
		may := slices.Contains(strings.Fields(whoMay[EditSecurity]), name)
		account := a.Account
		account.Policy.Version = 1
		a.Account = account
		_, _, err := account.ChangeSecurity(SecurityDraft{Section: SectionNotifications, Version: "1", LowerOwn: "on"}, a, bounds, now)
		_, _, domains := account.ChangeDomains(DomainsDraft{Domains: []string{"example.com"}, Version: "1"}, a, bounds, now)
		if (err == nil) != may || (domains == nil) != may {
			t.Errorf("%s: %v, %v", name, err, domains)
		}
	}
	a := guarded()
	foreign := actor("x", Account{ID: "globex", Kind: Customer}, RoleAdmin, Whole("globex"))
	_, _, err := a.ChangeSecurity(SecurityDraft{Version: "1"}, foreign, bounds, now)
	want(t, "another account's", err, "404")
}

func TestChangeSecurity(t *testing.T) {
	a := guarded()
	a.Reminders = true
	by := actor("admin", a, RoleAdmin, Whole("acme"))
	proved := by
	proved.User.SecondFactor = true
	for _, c := range []struct {
		name  string
		by    Actor
		draft SecurityDraft
		want  string
		trial bool
	}{
		{"an older form", by, SecurityDraft{Section: SectionInvites, Version: "0"}, "409", false},
		{"no section", by, SecurityDraft{Section: "x", Version: "1"}, "422 section:choice", false},
		{"as it is", by, SecurityDraft{Section: SectionInvites, InviteDays: "7", Reminders: "on", WhoInvites: "account"}, "same", false},
		{"invites", by, SecurityDraft{Section: SectionInvites, InviteDays: "30", WhoInvites: "sites"}, "ok", false},
		{"no days", by, SecurityDraft{Section: SectionInvites, InviteDays: "0", WhoInvites: "account"}, "422 invite_days:between", false},
		{"too many days", by, SecurityDraft{Section: SectionInvites, InviteDays: "31", WhoInvites: "account"}, "422 invite_days:between", false},
		{"odd days", by, SecurityDraft{Section: SectionInvites, InviteDays: "+7", Reminders: "x", WhoInvites: ""}, "422 invite_days:between reminders:choice who_invites:choice", false},
		{"lower own", by, SecurityDraft{Section: SectionNotifications, LowerOwn: "on"}, "ok", false},
		{"passwords", by, SecurityDraft{Section: SectionPasswords, MinPassword: "15"}, "ok", false},
		{"short passwords", by, SecurityDraft{Section: SectionPasswords, MinPassword: "11"}, "422 min_password:between", false},
		{"sessions", by, SecurityDraft{Section: SectionSessions, SessionIdle: "10", SessionAge: "server"}, "ok", true},
		{"longer than the server's", by, SecurityDraft{Section: SectionSessions, SessionIdle: "60", SessionAge: "1440"}, "422 session_age:choice session_idle:choice", false},
		{"a session of a second", by, SecurityDraft{Section: SectionSessions, SessionIdle: "0", SessionAge: "1"}, "422 session_age:choice session_idle:choice", false},
		{"a factor the author has not", by, SecurityDraft{Section: SectionFactors, SecondFactor: "settings"}, "422 second_factor:factor_first", false},
		{"nor later", by, SecurityDraft{Section: SectionFactors, SecondFactor: "everyone", SecondFactorFrom: "2026-12-24"}, "422 second_factor:factor_first", false},
		{"a factor", proved, SecurityDraft{Section: SectionFactors, SecondFactor: "everyone", SecondFactorFrom: "2026-12-24"}, "ok", true},
		{"a day that is past", proved, SecurityDraft{Section: SectionFactors, SecondFactor: "everyone", SecondFactorFrom: "2026-11-01"}, "422 second_factor_from:past", false},
		{"no rule", proved, SecurityDraft{Section: SectionFactors, SecondFactor: ""}, "422 second_factor:choice", false},
	} {
		if c.draft.Version == "" {
			c.draft.Version = "1"
		}
		after, e, err := a.ChangeSecurity(c.draft, c.by, bounds, now)
		if err == nil && e.Kind == "" {
			if c.want != "same" {
				t.Errorf("%s: nothing changed", c.name)
			}
			continue
		}
		want(t, c.name, err, c.want)
		if after.Policy.Trial.On() != c.trial {
			t.Errorf("%s: on trial: %t", c.name, after.Policy.Trial.On())
		}
		if err == nil && (e.Kind != SecurityChanged || len(e.After) == 0 || e.ActorID != "admin" || e.SubjectID != "acme") {
			t.Errorf("%s tells %+v", c.name, e)
		}
	}
}

// TestOwnDomainIsLeftOutOnPurposeOnly: an author who would leave themself out says so.
func TestOwnDomainIsLeftOutOnPurposeOnly(t *testing.T) {
	a := guarded()
	by := actor("admin", a, RoleAdmin, Whole("acme")) // admin@example.com
	_, _, err := a.ChangeDomains(DomainsDraft{Domains: []string{"acme.example"}, Version: "1"}, by, bounds, now)
	want(t, "without a word", err, "422 own:domain_own")
	after, e, err := a.ChangeDomains(DomainsDraft{Domains: []string{"acme.example"}, Own: "on", Version: "1"}, by, bounds, now)
	want(t, "knowing it", err, "ok")
	if e.After["domains"] != "acme.example" || !after.Policy.Trial.On() {
		t.Errorf("%+v, %+v", e, after.Policy)
	}
	by.Account.Providers = []string{by.User.Email}
	if by.LeavesOut(AllowedDomains{"acme.example"}) {
		t.Error("a Support Provider is left out")
	}
}

// TestTrialRevertsByItself: what is stricter holds at once, and no longer than the trial unless its author, signed in
// anew, confirms it. What is looser needs no trial.
func TestTrialRevertsByItself(t *testing.T) {
	a := guarded("example.com", "b.example")
	by := actor("admin", a, RoleAdmin, Whole("acme"))
	tried, _, err := a.ChangeDomains(DomainsDraft{Domains: []string{"example.com"}, Version: "1"}, by, bounds, now)
	want(t, "fewer domains", err, "ok")
	until := now.Add(bounds.Trial)
	if p := tried.Policy.At(until.Add(-time.Second)); p.Domains.Has("b.example") || !p.Trial.On() {
		t.Error("it does not hold while it is tried")
	}
	if p := tried.Policy.At(until); !p.Domains.Has("b.example") || p.Trial.On() {
		t.Error("it holds after the trial")
	}
	by.Account = tried
	_, _, err = tried.ConfirmTrial(by, now.Add(-time.Minute), now.Add(time.Minute))
	want(t, "from the session of the change", err, "409 sign_in_anew")
	_, _, err = tried.ConfirmTrial(by, now, now.Add(time.Minute))
	want(t, "from a session of that moment", err, "409 sign_in_anew")
	other := actor("deployer", tried, RoleDeployer, Whole("acme"))
	_, _, err = tried.ConfirmTrial(other, now.Add(time.Second), now.Add(time.Minute))
	want(t, "by somebody else", err, "403 trial_of_other")
	user := actor("admin", tried, RoleUser, Whole("acme"))
	_, _, err = tried.ConfirmTrial(user, now.Add(time.Second), now.Add(time.Minute))
	want(t, "by the author, who is no admin any more", err, "403")
	kept, e, err := tried.ConfirmTrial(by, now.Add(time.Second), now.Add(time.Minute))
	want(t, "from a new sign-in", err, "ok")
	if p := kept.Policy.At(until.Add(time.Hour)); p.Domains.Has("b.example") || e.Kind != SecurityConfirmed {
		t.Error("it does not hold after it was confirmed")
	}
	back, e, err := tried.TakeBackTrial(other, now)
	want(t, "taken back by another", err, "ok")
	if !back.Policy.Domains.Has("b.example") || back.Policy.Trial.On() || e.Kind != SecurityReverted {
		t.Errorf("%+v", back.Policy)
	}
	_, _, err = back.TakeBackTrial(other, now)
	want(t, "twice", err, "409 no_trial")
	_, _, err = tried.Revert(until.Add(-time.Second))
	want(t, "by the clock, too early", err, "409 no_trial")
	_, e, err = tried.Revert(until)
	want(t, "by the clock", err, "ok")
	if e.ActorName != "" || e.Before["domains"] != "example.com" || e.After["domains"] != "b.example example.com" {
		t.Errorf("%+v", e)
	}

	// A second change while the first is tried: what stands again is what was confirmed last.
	tried.Policy.Version, by.Account.Policy.Version = 2, 2
	by.Account = tried
	again, _, err := tried.ChangeDomains(DomainsDraft{Domains: []string{"example.com", "c.example"}, Version: "2"}, by, bounds, now.Add(time.Minute))
	want(t, "again", err, "ok")
	if p := again.Policy.At(until.Add(time.Hour)); !p.Domains.Has("b.example") || p.Domains.Has("c.example") {
		t.Errorf("%+v", p.Domains)
	}
	looser, _, err := tried.ChangeDomains(DomainsDraft{Domains: []string{"example.com", "b.example", "c.example"}, Version: "2"}, by, bounds, now)
	want(t, "looser than what was confirmed", err, "ok")
	if looser.Policy.Trial.On() {
		t.Error("what keeps nobody out is on trial")
	}
}

func TestStricter(t *testing.T) {
	far, near := now.Add(48*time.Hour), now.Add(24*time.Hour)
	for _, c := range []struct {
		before, after Guards
		yes           bool
	}{
		{Guards{}, Guards{}, false},
		{Guards{}, Guards{Domains: AllowedDomains{"a.example"}}, true},
		{Guards{Domains: AllowedDomains{"a.example"}}, Guards{}, false},
		{Guards{Domains: AllowedDomains{"a.example"}}, Guards{Domains: AllowedDomains{"a.example", "b.example"}}, false},
		{Guards{Domains: AllowedDomains{"a.example"}}, Guards{Domains: AllowedDomains{"b.example"}}, true},
		{Guards{}, Guards{SecondFactor: FactorForSettings}, true},
		{Guards{SecondFactor: FactorForSettings}, Guards{SecondFactor: FactorForAll}, true},
		{Guards{SecondFactor: FactorForAll}, Guards{SecondFactor: FactorForSettings}, false},
		{Guards{SecondFactor: FactorForAll, SecondFactorFrom: far}, Guards{SecondFactor: FactorForAll, SecondFactorFrom: near}, true},
		{Guards{SecondFactor: FactorForAll, SecondFactorFrom: near}, Guards{SecondFactor: FactorForAll, SecondFactorFrom: far}, false},
		{Guards{SecondFactor: FactorForAll, SecondFactorFrom: near}, Guards{}, false},
		{Guards{}, Guards{SessionIdle: time.Minute}, true},
		{Guards{SessionIdle: time.Minute}, Guards{SessionIdle: time.Hour}, false},
		{Guards{SessionAge: time.Hour}, Guards{SessionAge: time.Minute}, true},
		{Guards{SessionAge: time.Hour}, Guards{}, false},
	} {
		if got := c.after.stricter(c.before); got != c.yes {
			t.Errorf("%+v after %+v: %t", c.after, c.before, got)
		}
	}
}

func TestNeedsSecondFactor(t *testing.T) {
	admin, user := by(t, "admin").Role, by(t, "user").Role
	for _, c := range []struct {
		rule        FactorRule
		from        time.Time
		admin, user bool
	}{
		{FactorOptional, time.Time{}, false, false},
		{FactorForSettings, time.Time{}, true, false},
		{FactorForAll, time.Time{}, true, true},
		{FactorForAll, now, true, true},
		{FactorForAll, now.Add(time.Second), false, false},
	} {
		p := Policy{Guards: Guards{SecondFactor: c.rule, SecondFactorFrom: c.from}}
		if p.NeedsSecondFactor(admin, now) != c.admin || p.NeedsSecondFactor(user, now) != c.user {
			t.Errorf("%+v", c)
		}
	}
	for name, changes := range map[string]bool{"admin": true, "deployer": true, "user": false, "member": false, "observer": false, "partner-admin": true, "master": true} {
		if got := by(t, name).Role.ChangesSettings(); got != changes {
			t.Errorf("%s changes settings: %t", name, got)
		}
	}
}

// TestMSG11PeopleLowerTheirOwn: off and never on, one's own and nobody else's, where the account allows it (MSG-11).
func TestMSG11PeopleLowerTheirOwn(t *testing.T) {
	allowing := acme
	allowing.Policy.LowerOwn = true
	closed := allowing
	closed.SuspendedAt = now
	m := member(acme, "ana", RoleMember, Whole("acme"))
	m.NotifyEmail, m.NotifyText = true, false
	nobodys, silent, both, elsewhere := m, m, m, allowing
	nobodys.UserID, silent.NotifyEmail, silent.NotifyText, both.NotifyText, elsewhere.ID = "", false, true, true, "globex"
	for _, c := range []struct {
		name        string
		who         User
		in          Account
		m           Membership
		email, text bool
		want        string
	}{
		{"off", ana(), allowing, m, false, false, "ok"},
		{"not allowed", ana(), acme, m, false, false, "403"},
		{"a suspended account", ana(), closed, m, false, false, "403"},
		{"on", ana(), allowing, m, true, true, "403 only_lower"},
		{"as it is", ana(), allowing, m, true, false, "409 same_notifications"},
		{"somebody else's", User{ID: "other"}, allowing, m, false, false, "404"},
		{"nobody", User{}, allowing, m, false, false, "404"},
		{"disabled", ana(), allowing, m.in(StateSuspended), false, false, "404"},
		{"nobody's, by nobody", User{}, allowing, nobodys, false, false, "404"},
		{"in another account", ana(), elsewhere, m, false, false, "404"},
		{"texts on", ana(), allowing, m, false, true, "403 only_lower"},
		{"mail on", ana(), allowing, silent, true, false, "403 only_lower"},
		{"texts off, and mail as it is", ana(), allowing, both, true, false, "ok"},
		{"mail off, and texts as they are", ana(), allowing, both, false, true, "ok"},
		{"texts off, where mail was off", ana(), allowing, silent, false, false, "ok"},
	} {
		after, e, err := c.m.LowerNotifications(c.who, c.in, c.email, c.text, "192.0.2.7", now)
		want(t, c.name, err, c.want)
		if err == nil && (after.NotifyEmail != c.email || after.NotifyText != c.text || e.ActorID != "ana") {
			t.Errorf("%s: %+v, %+v", c.name, after, e)
		}
	}
}

func TestPasswordLength(t *testing.T) {
	usual, strict := Policy{}, Policy{MinPassword: 15}
	for _, c := range []struct {
		factor   bool
		policies []Policy
		least    int
	}{
		{false, nil, 12},
		{false, []Policy{usual, strict, {MinPassword: 14}}, 15},
		{true, nil, 8},
		{true, []Policy{usual}, 8},
		{true, []Policy{usual, strict}, 15},
	} {
		if got := PasswordLength(c.factor, c.policies...); got != c.least {
			t.Errorf("with a second factor: %v, %v: %d", c.factor, c.policies, got)
		}
	}
	if (User{}).Outgrown("twelve chars") || !(User{}).Outgrown("eleven char") || (User{SecondFactor: true}).Outgrown("eight ch") {
		t.Error("a short password lives as long as the second factor beside it")
	}
}
