package e2e

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

const support = northgate + "/support"

// The whole way of support access, as persons go it: the account ends what is granted and grants it anew, who gives support
// finds an address, sends its invite again in two clicks, enters, revokes, and is refused at every other door; the account
// sees both names and ends it, and the next click inside is answered by a page that says so. Then a request and its answers.
func TestSupportAccess(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana, devon := s.In(t, store.Dana), s.In(t, store.Devon)

	// At the start of the demo there is something to do.
	devon.Open(northgate)
	devon.In(".rail").Click("Support")
	devon.See("Invites of the new shift team do not arrive", "Granted", "Asked", "Ended", "Refused")
	devon.Offered("Enter Brightwater Energy")
	devon.Axe()

	dana.Open(brightwater + security)
	dana.In("#support-access").See("Northgate Integrators may work in this account", "Granted")
	dana.Click("End now")
	dana.See("Support access is ended")
	dana.In("#support-access").See("Ended")
	dana.Allow("422")
	dana.Click("Grant support access to Northgate Integrators")
	dana.In("#support-access").See("Fill this in.")
	dana.In("#support-access").Fill("Reason", "Kelly waits for her invite")
	dana.In("#support-access").Choose("For how long", "8 hours")
	dana.Click("Grant support access to Northgate Integrators")
	dana.See("Support access is granted")
	dana.In("#support-access").See("Kelly waits for her invite", "Granted by Dana Whitfield")
	dana.Axe()

	// Two clicks from the address to the mail.
	devon.Open(support)
	devon.Fill("Find an invite", store.Cora) // in at Cobalt, which grants nothing
	devon.Click("Find")
	devon.See("Nothing for " + store.Cora)
	devon.Fill("Find an invite", strings.ToUpper(store.Kelly))
	devon.Click("Find")
	devon.In("#support-search").See("Brightwater Energy", "Kelly Dunne", "Pending")
	devon.Click("Resend the invite of Brightwater Energy")
	devon.In("dialog").See("Resend the invite of Kelly Dunne to Brightwater Energy?")
	devon.In("dialog").Click("Confirm")
	devon.See("Invite of Kelly Dunne to Brightwater Energy resent")
	s.Mail.Wait(t, store.Kelly, "")

	devon.Click("Enter Brightwater Energy")
	devon.See("Support session", "in Brightwater Energy, as Devon Ashby of Northgate Integrators.")
	devon.SeeURL("^" + brightwater + invites + "$")
	devon.Absent("+ New Invite", "Guests", "Security Settings", "Activity")
	devon.Row(store.Kelly).See("Pending")
	devon.Axe()
	devon.RowMenu(store.Kelly, "Revoke")
	devon.In("dialog").Click("Confirm")
	devon.Row(store.Kelly).See("Revoked")
	devon.Allow("403")
	devon.Allow("409")
	for _, door := range []string{security, guests, "/settings/activity", "/settings/roles", invites + "/new"} {
		if status := devon.Status(brightwater + door); status != http.StatusForbidden {
			t.Errorf("%s is answered %d", door, status)
		}
	}
	devon.Refused("an invite by support", devon.Forge(brightwater+invites, "email", "x@brightwater.example", "role", "user", "scope", domain.WholeAccount), http.StatusForbidden)
	devon.Refused("the partner from inside", devon.Status(support), http.StatusConflict)

	dana.Open(brightwater + "/settings/activity")
	dana.See("Support, Northgate Integrators", "Entered Brightwater Energy for support")
	dana.Open(brightwater + security)
	dana.In("#support-access").See("Devon Ashby entered Brightwater Energy for support")
	dana.Click("End now")
	dana.See("Support access is ended")
	devon.Click("Users", "link")
	devon.See("Support access to Brightwater Energy is over")
	devon.Open(support)
	devon.See("Ask again")
	devon.Fill("Find an invite", store.Kelly)
	devon.Click("Find")
	devon.See("Nothing for " + store.Kelly)

	// Asked, answered, entered and left.
	devon.Fill("Account", "brightw")
	devon.Fill("Reason", "Two invites expired over the holiday")
	devon.Allow("422")
	devon.Click("Ask")
	devon.See("One account fits: choose it if you mean it.")
	devon.Choose("Which account", "Brightwater Energy…")
	devon.Click("Ask")
	devon.See("Brightwater Energy was asked for support access")
	m := s.Mail.Wait(t, store.Dana, "asks for support access")
	if !strings.Contains(m.Text, "Two invites expired over the holiday") {
		t.Error(m.Text)
	}
	dana.Open(brightwater + security)
	dana.Click("Allow support access for Northgate Integrators")
	dana.See("Support access is granted")
	s.Mail.Wait(t, store.Devon, "grants support access")
	devon.Open(support)
	devon.Click("Enter Brightwater Energy")
	devon.See("Support session")
	devon.Click("End session")
	devon.NotSee("Support session")
	devon.SeeURL("^" + northgate)

	// An Observer finds nothing of it, nor does the account's User.
	sanjay := s.In(t, store.Sanjay)
	sanjay.Allow("403")
	sanjay.Absent("Support")
	if status := sanjay.Status(support); status != http.StatusForbidden {
		t.Errorf("an Observer is answered %d", status)
	}
}

// A request is taken back and refused; all of it works without script and on a phone.
func TestSupportWithoutScript(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	devon := s.Person(t)
	devon.NoScript()
	devon.SignIn(store.Devon, store.DemoPassword)
	devon.Phone()
	devon.Open(support)
	devon.NoSidewaysScroll()
	devon.Click("Withdraw the request to Cobalt Field Services")
	devon.See("The request to Cobalt Field Services was taken back")
	devon.Open(support)
	devon.Fill("Account", "Cobalt Field Services")
	devon.Fill("Reason", "Guests ask us")
	devon.Click("Ask")
	devon.See("Cobalt Field Services was asked for support access")
	cora := s.Person(t)
	cora.NoScript()
	cora.SignIn(store.Cora, store.DemoPassword)
	cora.Open("/accounts/cobalt" + security)
	cora.Click("Rechazar el acceso de soporte a Northgate Integrators") // she reads Spanish
	cora.See("La solicitud está rechazada")
	s.Mail.Wait(t, store.Devon, "refused support access")
	devon.Click("Enter Brightwater Energy")
	devon.See("in Brightwater Energy, as Devon Ashby of Northgate Integrators.")
	devon.NoSidewaysScroll()
	devon.Click("End session")
	devon.SeeURL("^" + northgate)
}
