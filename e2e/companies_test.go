package e2e

import (
	"net/http"
	"testing"

	"gatehouse/store"
)

const companies = "/accounts/northgate/companies"

// A partner sets up a customer from its front page on: the company and its first Admin in one window. The Admin gets a mail,
// is in, and finds the site that the partner has opened; the partner finds nothing of theirs.
func TestPartnerSetsUpAnAccount(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.In(t, store.Nora)
	nora.See("Newest accounts", "Brightwater Energy")
	nora.Click("Accounts & Sites")
	nora.Click("New account")
	nora.Within("dialog", func(d *Person) {
		d.Fill("Company name", "Cobalt Field Services") // there already
		d.Choose("Country", "Spain")
		d.Fill("First name", "Alba")
		d.Fill("Last name", "Ruiz")
		d.Fill("E-mail", "alba@heron.example")
		d.Click("Create and invite")
	})
	nora.See("You have an account of this name already")
	if v := nora.Value("First name"); v != "Alba" {
		t.Errorf("what was typed is %q now", v)
	}
	nora.Fill("Company name", "Blue Heron")
	nora.Click("Create and invite")
	nora.See("Blue Heron is set up", "It waits for its first Admin", "Alba Ruiz, alba@heron.example.")
	nora.Axe()
	nora.Click("New site", "link")
	nora.Within("dialog", func(d *Person) {
		d.Fill("Name", "Heron Quay")
		d.Click("Create")
	})
	nora.See("Heron Quay created", "Nora Lindqvist opened a site of Blue Heron")

	m := s.Mail.Wait(t, "alba@heron.example", "")
	alba := s.Accept(t, m, "")
	alba.Open("/accounts/blue-heron/sites")
	alba.See("Heron Quay")
	nora.Allow("404")
	nora.Open("/accounts/blue-heron")
	nora.NotSee("Heron Quay")
	nora.Open(companies + "?q=heron")
	nora.See("Blue Heron", "Spain", "Nora Lindqvist")
	nora.NotSee("Cobalt Field Services")
}

// TEN-18: who has just accepted the invitation to the partner's portal is refused by every door of its customers, until they
// are invited to a site: then they are in at that one, and nowhere else. The account's Admin sees the invite among the others.
func TestTEN18_ANewAdministratorIsNowhere(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora, cora := s.In(t, store.Nora), s.In(t, store.Cora)
	sanjay := s.In(t, store.Sanjay) // an administrator with no place at any customer
	sanjay.Allow("404")
	doors := []string{"", "/sites", "/settings/users", "/settings/invites", "/settings/guests", "/settings/activity"}
	for _, path := range doors {
		if got := sanjay.Status("/accounts/cobalt" + path); got != http.StatusNotFound {
			t.Errorf("%s: %d before the invite", path, got)
		}
	}
	sanjay.Open(companies)
	sanjay.Click("Cobalt Field Services")
	sanjay.See("Grant Street Works")
	sanjay.NotSee("Invite a colleague", "Cora")

	nora.Open(companies)
	nora.Click("Cobalt Field Services")
	nora.Click("Invite a colleague to Grant Street Works")
	nora.Within("dialog", func(d *Person) {
		d.Choose("Colleague", "Sanjay Mehta · "+store.Sanjay)
		d.Choose("Role", "User…")
		d.Click("Invite", "button")
	})
	nora.See("Sanjay Mehta is invited", "Nora Lindqvist invited a colleague to a site of Cobalt Field Services")
	cora.Open("/accounts/cobalt/settings/invites?q=sanjay")
	cora.Row(store.Sanjay).See("Grant Street Works") // she reads Spanish

	m := s.Mail.Wait(t, store.Sanjay, "")
	sanjay.Open(m.Link(t, s.URL+"/invites/"))
	sanjay.Click("Accept", "button")
	sanjay.See("Grant Street Works")
	sanjay.Open("/accounts/cobalt/sites")
	sanjay.See("Grant Street Works")
	sanjay.NotSee("North Lot Garage")
}

// Suspending an account asks first and says what stops; its people are told by whom at their next click; ending it lets them
// go on where they were.
func TestSuspendAnAccount(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora, dana := s.In(t, store.Nora), s.In(t, store.Dana)
	nora.Open(companies)
	nora.RowMenu("Brightwater Energy", "Suspend…")
	nora.Within("dialog", func(d *Person) {
		d.See("Suspend Brightwater Energy?", "Nothing is deleted")
		d.Click("Confirm")
	})
	nora.See("Brightwater Energy is suspended", "Nobody gets in")
	nora.Axe()
	dana.Allow("403")
	dana.Open(brightwater + users)
	dana.See("Brightwater Energy is suspended", "Northgate Integrators suspended it on")
	dana.Axe()
	nora.Open(companies + "?state=suspended")
	nora.RowMenu("Brightwater Energy", "End suspension…")
	nora.In("dialog").Click("Confirm")
	nora.See("Brightwater Energy is open again")
	dana.Open(brightwater + users)
	dana.See("Aisha Karimi")
}
