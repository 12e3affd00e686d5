package domain

import (
	"errors"
	"slices"
	"testing"
)

// helping is somebody of Volt as they stand in Acme's account, where they have no place.
func helping(t *testing.T, name string, help Help) Actor {
	t.Helper()
	there, err := by(t, name).Toward(acme, help)
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// TEN-18: at its customer's a partner may open sites and make two offers. It holds no other privilege there, may touch
// nobody, and at any account that is not its customer's it is nobody at all.
func TestTEN18WhatAPartnerMayAtItsCustomers(t *testing.T) {
	full := Help{FirstAdmin: true, Colleagues: []string{"cole@volt.example"}}
	for name, may := range map[string][]Privilege{
		"observer": nil, "operator": {EditSites, CreateInvites}, "partner-admin": {EditSites, CreateInvites}, "master": {EditSites, CreateInvites},
	} {
		there := helping(t, name, full)
		for p := range Privilege(len(privilegeNames)) {
			if p == Anyone || p == SignedIn {
				continue
			}
			if got := there.Can(p); got != slices.Contains(may, p) {
				t.Errorf("%s, %s at the customer's: %t", name, p, got)
			}
		}
		want(t, name+" touches a member", there.MayTouch(member(acme, "ana", RoleUser, Whole("acme"))), "403 role_above")
		if there.OnBehalf != volt.Name || len(there.GrantableRoles()) > 0 {
			t.Errorf("%s is told as of %q and gives %v", name, there.OnBehalf, there.GrantableRoles())
		}
	}
	foreign, partner := acme, volt
	foreign.PartnerID = "other"
	partner.PartnerID = "volt" // which no partner has
	for name, a := range map[string]Account{"another partner's": foreign, "a partner": partner, "nothing": {}} {
		if there, err := by(t, "master").Toward(a, full); !errors.Is(err, ErrNotFound) || there.User.ID != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := by(t, "admin").Toward(acme, full); !errors.Is(err, ErrNotFound) {
		t.Errorf("a customer towards itself: %v", err)
	}
	for name, a := range actors() {
		if a.Account.Kind == Partner {
			continue
		}
		if _, _, err := acme.Suspend(a, now); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s suspends: %v", name, err)
		}
	}
}

// What a partner may offer at its customer's: the first Admin's place while nobody keeps the account, and its colleagues a
// place as User or Deployer User at sites. Never more, never to others, never the whole account (PRIV-01).
func TestPRIV01WhatAPartnerOffers(t *testing.T) {
	const cole = "cole@volt.example"
	offer := func(role RoleID, scope Scope, email string) Membership {
		return Membership{Kind: KindUser, Role: role, Scope: scope, Email: email, AccountID: "acme"}
	}
	site, all := Sites("acme", "s1"), Whole("acme")
	vacant, kept := Help{FirstAdmin: true, Colleagues: []string{cole}}, Help{Colleagues: []string{cole}}
	for _, c := range []struct {
		name  string
		by    string
		help  Help
		offer Membership
		want  string
	}{
		{"the first Admin", "operator", vacant, offer(RoleAdmin, all, "ana@example.com"), "ok"},
		{"the first Admin, by an observer", "observer", vacant, offer(RoleAdmin, all, "ana@example.com"), "403"},
		{"a second Admin", "master", kept, offer(RoleAdmin, all, "ana@example.com"), "403"},
		{"an Admin of a site", "master", vacant, offer(RoleAdmin, site, cole), "403"},
		{"a first Deployer", "master", vacant, offer(RoleDeployer, all, "ana@example.com"), "403"},
		{"a colleague, to look", "partner-admin", kept, offer(RoleUser, site, cole), "ok"},
		{"a colleague, to deploy", "master", kept, offer(RoleDeployer, Sites("acme", "s1", "s2"), cole), "ok"},
		{"a colleague, by an operator", "operator", kept, offer(RoleUser, site, cole), "403"},
		{"a colleague, everywhere", "master", kept, offer(RoleUser, all, cole), "403"},
		{"a colleague, nowhere", "master", kept, offer(RoleUser, nil, cole), "403"},
		{"a colleague, as Member", "master", kept, offer(RoleMember, site, cole), "403"},
		{"a colleague, as Support", "master", kept, offer(RoleSupport, site, cole), "403"},
		{"a colleague, elsewhere", "master", kept, offer(RoleUser, Sites("globex", "s1"), cole), "403"},
		{"a stranger", "master", kept, offer(RoleUser, site, "ana@example.com"), "403"},
	} {
		want(t, c.name, helping(t, c.by, c.help).StandsBehind(c.offer), c.want)
	}
	guest := offer(RoleUser, site, cole)
	guest.Kind = KindGuest
	want(t, "a guest", helping(t, "master", kept).StandsBehind(guest), "403")
	closed := acme
	closed.SuspendedAt = now
	there, err := by(t, "master").Toward(closed, vacant)
	if err != nil || there.Can(CreateInvites) || there.Can(EditSites) {
		t.Errorf("in a suspended account: %v, %v", err, there.Can(EditSites))
	}
	want(t, "an offer in a suspended account", there.StandsBehind(offer(RoleUser, site, cole)), "403")
}

// What the address has there already decides whether the offer can be made again. Whatever is in the way is told alike
// (PRIV-20): the partner learns neither a state nor an id.
func TestPRIV20WhatStandsInTheWayOfAColleague(t *testing.T) {
	in := Invitation{Kind: KindUser, Email: "ana@example.com", FirstName: "Ana", LastName: "Rossi", Language: "it", Role: RoleUser, Scope: Sites("acme", "s1")}
	there := helping(t, "master", Help{FirstAdmin: true, Colleagues: []string{in.Email}})
	const taken = "422 email:colleague_taken"
	for state, wanted := range map[State]string{
		StatePending: taken, StateExpired: "ok", StateRevoked: taken, StateDeclined: taken, StateAccepted: taken, StateSuspended: taken, StateEnded: taken,
		StateRemoved: "ok", // the store does not count them among the colleagues any more
	} {
		have := offered(acme, RoleUser, Sites("acme", "s1")).in(state)
		m, e, err := Invite(have, in, there, now)
		want(t, string(state), err, wanted)
		if err == nil && (m.InvitedBy != "master" || e.OnBehalf != volt.Name || e.AccountID != "acme") {
			t.Errorf("%s: invited by %q, told %+v", state, m.InvitedBy, e)
		}
	}
	in.Role, in.Scope = RoleAdmin, Whole("acme")
	for state, wanted := range map[State]string{StatePending: "ok", StateExpired: "ok", StateRevoked: "ok", StateAccepted: taken} {
		_, _, err := Invite(offered(acme, RoleAdmin, Whole("acme")).in(state), in, there, now)
		want(t, "the first Admin again, "+string(state), err, wanted)
	}
	other := offered(acme, RoleAdmin, Whole("acme"))
	after, e, err := other.Replaced(there, now)
	if want(t, "an older offer", err, "ok"); after.State(now) != StateRevoked || e.Kind != InviteRevoked {
		t.Errorf("%s, %s", after.State(now), e.Kind)
	}
	_, _, err = other.in(StateExpired).Replaced(there, now)
	want(t, "one that ran out", err, "409 not_pending")
	_, _, err = offered(acme, RoleUser, Whole("acme")).Replaced(there, now)
	want(t, "somebody else's invite", err, "409 not_pending")
}

// Suspending and resuming are told in both histories, once, by those who may.
func TestSuspendAnAccount(t *testing.T) {
	for name, wanted := range map[string]string{"observer": "403", "operator": "403", "partner-admin": "ok", "master": "ok"} {
		a := by(t, name)
		after, events, err := acme.Suspend(a, now)
		want(t, name, err, wanted)
		if err != nil {
			if !after.SuspendedAt.IsZero() || len(events) > 0 {
				t.Errorf("%s has suspended it", name)
			}
			continue
		}
		if after.State() != AccountClosed || after.SuspendedBy != volt.Name || len(events) != 2 ||
			events[0].AccountID != "acme" || events[0].OnBehalf != volt.Name || events[1].AccountID != "volt" || events[1].SubjectID != "acme" || events[1].OnBehalf != "" {
			t.Errorf("%s: %+v, %+v", name, after, events)
		}
		_, _, err = after.Suspend(a, now)
		want(t, "again", err, "409 client_suspended")
		want(t, "begin something", after.Open(), "409 client_suspended")
		open, events, err := after.Resume(a, now)
		if want(t, "resume", err, "ok"); open.State() != AccountActive || open.SuspendedBy != "" || len(events) != 2 {
			t.Errorf("%s: %+v, %+v", name, open, events)
		}
		_, _, err = open.Resume(a, now)
		want(t, "resume again", err, "409 client_active")
	}
	foreign := acme
	foreign.PartnerID = "other"
	_, _, err := foreign.Suspend(by(t, "master"), now)
	want(t, "another partner's", err, "404")
	nobodys := volt
	nobodys.PartnerID = "volt"
	_, _, err = nobodys.Suspend(by(t, "master"), now)
	want(t, "a partner", err, "404")
}

func TestAccountDraft(t *testing.T) {
	good := AccountDraft{Name: " Blue Heron Energy ", Country: "ES", FirstName: "Alba", LastName: "Ruiz", Email: "Alba@BlueHeron.example", Language: "es"}
	operator := by(t, "operator")
	a, in, err := good.Check(operator, now)
	if err != nil || a.Name != "Blue Heron Energy" || a.PartnerID != "volt" || a.Kind != Customer || a.SetUpBy != operator.User.Name() || a.Period() != 7*day || !a.Reminders {
		t.Errorf("%+v, %v", a, err)
	}
	if in.Email != "alba@blueheron.example" || in.Role != RoleAdmin || in.Kind != KindUser || !in.NotifyEmail || in.Scope != nil {
		t.Errorf("%+v", in)
	}
	if _, err := a.SetUp(by(t, "observer"), now); !errors.Is(err, ErrForbidden) {
		t.Errorf("by an observer: %v", err)
	}
	events, err := a.SetUp(operator, now)
	if err != nil || len(events) != 2 || events[0].Kind != AccountCreated || events[1].AccountID != "volt" {
		t.Errorf("%+v, %v", events, err)
	}
	foreign := a
	foreign.PartnerID = "other"
	if _, err := foreign.SetUp(operator, now); !errors.Is(err, ErrForbidden) {
		t.Errorf("another partner's: %v", err)
	}
	for field, change := range map[string]func(*AccountDraft){
		"name:required": func(d *AccountDraft) { d.Name = "  " }, "country:choice": func(d *AccountDraft) { d.Country = "XX" },
		"first_name:required": func(d *AccountDraft) { d.FirstName = "" }, "last_name:required": func(d *AccountDraft) { d.LastName = "" },
		"email:email": func(d *AccountDraft) { d.Email = "alba" }, "language:choice": func(d *AccountDraft) { d.Language = "" },
	} {
		d := good
		change(&d)
		_, _, err := d.Check(operator, now)
		want(t, field, err, "422 "+field)
	}
	strict := acme
	strict.Policy.Domains = AllowedDomains{"acme.example"}
	_, err = good.Admin().Check(strict)
	want(t, "an Admin from outside the allowed domains (PRIV-09)", err, "422 email:domain_outside")
	again, err := good.Admin().Check(acme)
	if err != nil || !again.Scope.AccountWide() {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestColleagueDraft(t *testing.T) {
	cole := member(volt, "cole", RoleOperator, Whole("volt"))
	site := Site{ID: "s1", AccountID: "acme"}
	good := ColleagueDraft{Colleague: cole.Email, Role: "deployer", Site: "s1"}
	in, err := good.Check(acme, cole, site, now)
	if err != nil || in.Email != cole.Email || in.Role != RoleDeployer || in.Scope.String() != "s1" || in.FirstName != cole.FirstName {
		t.Errorf("%+v, %v", in, err)
	}
	strict, elsewhere, guest := acme, cole, cole
	strict.Policy.Domains = AllowedDomains{"acme.example"}
	elsewhere.AccountID, guest.Kind = "other", KindGuest
	for name, c := range map[string]struct {
		in        Account
		draft     ColleagueDraft
		colleague Membership
		site      Site
		want      string
	}{
		"nobody chosen":     {acme, ColleagueDraft{Role: "user", Site: "s1"}, Membership{}, site, "422 colleague:required"},
		"a stranger":        {acme, good, Membership{}, site, "422 colleague:colleague_unknown"},
		"of another":        {acme, good, elsewhere, site, "422 colleague:colleague_unknown"},
		"a guest":           {acme, good, guest, site, "422 colleague:colleague_unknown"},
		"locked":            {acme, good, cole.in(StateSuspended), site, "422 colleague:colleague_unknown"},
		"outside":           {strict, good, cole, site, "422 colleague:domain_outside"},
		"no role":           {acme, ColleagueDraft{Colleague: cole.Email, Site: "s1"}, cole, site, "422 role:required"},
		"an Admin":          {acme, ColleagueDraft{Colleague: cole.Email, Role: "admin", Site: "s1"}, cole, site, "422 role:choice"},
		"no site":           {acme, good, cole, Site{}, "422 site:choice"},
		"a site of another": {acme, good, cole, Site{ID: "s1", AccountID: "globex"}, "422 site:choice"},
	} {
		_, err := c.draft.Check(c.in, c.colleague, c.site, now)
		want(t, name, err, c.want)
	}
}
