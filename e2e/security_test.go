package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/store"
)

const security = "/settings/security"

// allowed lets Brightwater admit these domains as well, by somebody who may.
func (s *Server) allowed(t *testing.T, who, domains string) *Person {
	t.Helper()
	p := s.In(t, who)
	p.Open(brightwater + security)
	p.Fill("Allowed domains", domains)
	p.Click("Add")
	p.In("dialog").Click("Apply")
	p.See("The allowed domains are set")
	return p
}

// refused tries to invite an address and is told that its domain is not allowed.
func (p *Person) refused(email, domain string) {
	p.t.Helper()
	p.Open(brightwater + invites)
	p.Click("+ New Invite")
	kim := mara("User")
	kim.email = email
	p.FillInvite(kim)
	p.Allow("422")
	p.In("dialog").Click("Invite", "button")
	p.In("dialog").See(domain + " is not one of the allowed domains of this account.")
}

// A10: Admin and Deployer with account scope name approved domains; with a smaller scope, and as a User, nobody does.
func TestA10_AdminAndDeployerNameDomains(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	s.allowed(t, store.Dana, "Brightwater.Example")
	jonas := s.allowed(t, store.Jonas, "gridmark.example")
	jonas.In("#allowed-domains").See("brightwater.example", "gridmark.example")
	samuel := s.In(t, store.Samuel) // User of the whole account: looks, changes nothing
	samuel.Open(brightwater + security)
	samuel.See("You can look at these settings.")
	samuel.See("brightwater.example", "gridmark.example")
	samuel.Absent("Save", "Add", "Remove gridmark.example")
	ingrid, yuki := s.In(t, store.Ingrid), s.In(t, store.Yuki) // Admin of three sites, Deployer User of two
	for _, p := range []*Person{ingrid, yuki} {
		p.Open(brightwater + users)
		p.Absent("Security Settings")
	}
	for _, p := range []*Person{samuel, ingrid, yuki} {
		p.Refused("a list of domains", p.Forge(brightwater+security+"/domains", "domain", "elsewhere.example", "version", "3"), http.StatusForbidden)
	}
	jonas.Reload()
	jonas.WaitCount("#allowed-domains .pill", 2)
}

// A11: only people with an approved domain reach the account: an open invite of another domain opens nothing any more,
// and who is in already is shown and can be disabled in one step.
func TestA11_OnlyApprovedDomainsReachTheAccount(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana, chiara := s.In(t, store.Dana), s.In(t, store.Chiara) // her domain is another one
	chiara.Open(brightwater)
	chiara.See("Cedar Street Substation")
	kim := mara("User")
	kim.email = "kim@elsewhere.example"
	dana.Invite(brightwater, kim)
	link := s.Mail.Wait(t, kim.email, "invites you").Link(t, "/invites/")

	dana.Open(brightwater + security)
	dana.Fill("Allowed domains", "brightwater.example")
	dana.Click("Add")
	dana.Within("dialog", func(d *Person) {
		d.See("would be outside", "Chiara Benedetti", "1 pending invite could not be accepted any more", "kim@elsewhere.example")
		d.Click("Apply")
	})
	dana.See("are outside the allowed domains", "1 pending invite cannot be accepted")

	in := s.Person(t)
	in.Allow("404")
	in.Open(link)
	in.See("This invitation cannot be opened")
	in.NotSee("Brightwater Energy")
	approved := mara("User") // whose domain is approved reaches the account and its sites
	dana.Invite(brightwater, approved)
	in = s.Accept(t, s.Mail.Wait(t, approved.email, "invites you"), "")
	in.AtSite(brightwater, "Cedar Street Substation")
	dana.Open(brightwater + security)

	dana.Click("Disable who is outside the allowed domains")
	dana.Within("dialog", func(d *Person) {
		d.See("Chiara Benedetti")
		d.Click("Yes")
		d.See("2 people disabled")
	})
	dana.Open(brightwater + users + "?domain=outside")
	dana.Row(store.Chiara).See("Disabled")
	chiara.In(".rail").Click("Cedar Street Substation")
	chiara.SeeURL("^/sign-in")
}

// A12: the place is Account Settings > Security Settings > User Management.
func TestA12_PlaceOfAllowedDomains(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater)
	dana.Click("Account Settings") // at the top right: TestA7
	dana.In(`nav[aria-label="Account Settings"]`).Click("Security Settings", "link")
	dana.SeeURL("^" + brightwater + security + "$")
	place := dana.Group("User Management")
	place.Fill("Allowed domains", "brightwater.example")
	place.Click("Add")
	dana.In("dialog").Click("Apply")
	dana.See("The allowed domains are set")
	place.See("brightwater.example")
}

// A13: any number of domains, several at once, in their canonical form; one can be taken away; public mail is warned about.
func TestA13_AnyNumberOfDomains(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + security)
	dana.Fill("Allowed domains", "@Brightwater.example, ops.brightwater.example; GRIDMARK.example gmail.com")
	dana.Click("Add")
	dana.Within("dialog", func(d *Person) {
		d.See("Allow only 4 domains?", "gridmark.example", "Everybody can have an address at gmail.com")
		d.Click("Apply")
	})
	dana.See("The allowed domains are set")
	dana.WaitCount("#allowed-domains .pill", 4)
	dana.Click("Remove gmail.com")
	dana.Within("dialog", func(d *Person) {
		d.See("Allow only 3 domains?")
		d.Click("Apply")
	})
	dana.WaitCount("#allowed-domains .pill", 3)
	var more strings.Builder
	for n := range 60 {
		fmt.Fprintf(&more, "plant%d.example ", n)
	}
	dana.Fill("Allowed domains", more.String())
	dana.Click("Add")
	dana.In("dialog").See("Allow only 63 domains?")
	dana.In("dialog").Click("Apply")
	dana.WaitCount("#allowed-domains .pill", 63)
	dana.Allow("422")
	dana.Fill("Allowed domains", "not a domain")
	dana.Click("Add")
	dana.In("dialog").See("is no domain such as company.com")
}

// A14: once applied, only these domains can be sent an invite; a resend is refused as well. It is on trial until its author
// confirms it from a new sign-in.
func TestA14_OnlyAllowedDomainsAreInvited(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	kim := mara("User")
	kim.email = "kim@elsewhere.example"
	dana.Invite(brightwater, kim)
	s.Mail.Wait(t, kim.email, "invites you")
	dana = s.allowed(t, store.Dana, "brightwater.example")
	dana.See("On trial until", "go back by themselves unless you confirm them")
	dana.refused("lee@elsewhere.example", "elsewhere.example")
	dana.refused("lee@mail.brightwater.example", "mail.brightwater.example") // a domain that is not listed itself
	dana.Open(brightwater + invites)
	id := dana.RowID(kim.email)
	dana.Row(kim.email).Click("Actions for…") // not this one again either, though it was sent before
	dana.In("menu").See("Resend elsewhere.example is not one of the allowed domains")
	dana.Press("Escape")
	dana.Forge(brightwater+invites+"/sendings", "id", id) // the mails are counted below
	dana.Open(brightwater + guests)
	dana.NewGuest(brightwater, store.Lars, "Viewer") // nor a guest
	dana.In("dialog").Click("Save")
	dana.In("dialog").See("larkspur.example is not one of the allowed domains of this account.")
	dana.Invite(brightwater, mara("User"))
	s.Mail.Wait(t, mara("").email, "invites you")
	if n := s.Invited(); n != 2 {
		t.Errorf("%d mails, want 2", n)
	}

	again := s.In(t, store.Dana)
	again.Open(brightwater + security)
	again.Click("Confirm the settings")
	again.See("The settings are confirmed")
	again.NotSee("On trial until")
}

// A15: Support Providers are exempt only while access is granted: from the moment it is ended they are not.
func TestA15_SupportProvidersNeedGrantedAccess(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.allowed(t, store.Dana, "brightwater.example")
	dana.Click("End now")
	dana.See("Support access is ended")
	dana.refused(store.Devon, "northgate.example")
	dana.Open(brightwater + security)
	dana.In("#support-access").Fill("Reason", "Invites do not arrive")
	dana.Click("Grant support access to Northgate Integrators")
	dana.See("Support access is granted")
	kim := mara("User")
	kim.email = store.Devon
	dana.Invite(brightwater, kim)
	dana.Row(store.Devon).See("Pending")
	link := s.Mail.Wait(t, store.Devon, "invites you").Link(t, "/invites/")
	dana.refused("somebody.else@northgate.example", "northgate.example") // of the provider's domain, but no Support Provider

	// Ended before he has accepted: the invite opens nothing. Granted anew: it does.
	dana.Open(brightwater + security)
	dana.Click("End now")
	dana.See("Support access is ended")
	devon := s.In(t, store.Devon)
	devon.Open(link)
	devon.See("This invitation cannot be opened")
	dana.In("#support-access").Fill("Reason", "Invites do not arrive")
	dana.Click("Grant support access to Northgate Integrators")
	dana.See("Support access is granted")
	devon.Open(link)
	devon.Click("Accept", "button")
	devon.See("Welcome to Brightwater Energy")
}

// A16: with no domain listed nothing is restricted, and the page says so.
func TestA16_NoDomainNoRestriction(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.allowed(t, store.Dana, "brightwater.example")
	dana.Click("Remove brightwater.example")
	dana.Within("dialog", func(d *Person) {
		d.See("Allow every address?")
		d.Click("Apply")
	})
	dana.See("No domain is listed: access is unrestricted.")
	kim := mara("User")
	kim.email = "kim@elsewhere.example"
	dana.Invite(brightwater, kim)
	dana.Row(kim.email).See("Pending")
	s.Accept(t, s.Mail.Wait(t, kim.email, "invites you"), "")
}
