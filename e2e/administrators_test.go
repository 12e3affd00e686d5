package e2e

import (
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

const (
	northgate = "/accounts/" + store.Northgate
	admins    = northgate + "/administrators"
	abel      = "abel.winslow@northgate.example" // Admin of the partner
	helga     = "helga.stroud@northgate.example" // Master of the partner
	lucia     = "lucia.romano@northgate.example" // Operator
	bram      = "bram.devries@northgate.example" // Operator, locked
	yara      = "yara.lindgren@northgate.example"
	pia       = "pia.okonkwo@northgate.example"
)

// Admins signs somebody of the partner in and opens Admin & Technicians from the sidebar.
func (s *Server) Admins(t testing.TB, email string) *Person {
	t.Helper()
	p := s.In(t, email)
	p.In(".rail").Click("Admin & Technicians")
	p.SeeURL("^" + admins)
	return p
}

// StageAdmins opens the window "Invite Admins" and adds people: their type and address in turn.
func (p *Person) StageAdmins(staged ...string) {
	p.t.Helper()
	p.Click("Invite")
	d := p.In("dialog")
	for i := 0; i < len(staged); i += 2 {
		d.Choose("Admin Type", staged[i])
		d.Fill("E-mail", staged[i+1])
		d.Click("Add")
		d.Row(staged[i+1]).See(staged[i])
	}
}

// InviteAdmins is all of it: the window, OK, the message, Confirm.
func (p *Person) InviteAdmins(staged ...string) {
	p.t.Helper()
	p.StageAdmins(staged...)
	p.In("dialog").Click("OK")
	p.In("dialog").See("Invite " + map[bool]string{true: "1 administrator?", false: ""}[len(staged) == 2])
	p.In("dialog").Click("Confirm")
	p.In("dialog").Gone()
}

// AcceptAdmin takes the newest link mailed to an administrator and makes their account.
func (s *Server) AcceptAdmin(t testing.TB, email string) *Person {
	t.Helper()
	p := s.Person(t)
	p.Open(s.Mail.Wait(t, email, " invites you to ").Link(t, "/invites/"))
	p.Fill("First name", "Yara")
	p.Fill("Last name", "Lindgren")
	p.Fill("Password", fresh)
	p.Click("Accept and sign in")
	p.See("Welcome to")
	return p
}

// AtTopLeft checks that an action on the ticked rows is an icon at the top left of the list, above its rows.
func (p *Person) AtTopLeft(action string) {
	p.t.Helper()
	var there bool
	p.Eval(`(name => {
		document.scrollingElement.scrollTo({ top: 0, behavior: 'instant' })
		const button = [...document.querySelectorAll('.bulk button')].find(b => b.textContent.trim() === name), list = button.closest('.list')
		const at = button.getBoundingClientRect(), all = list.getBoundingClientRect(), first = list.querySelector('tbody tr').getBoundingClientRect()
		return button.querySelector('svg').checkVisibility() && at.left < all.left + all.width / 2 && at.bottom <= first.top + 1
	})(`+quoted(action)+`)`, &there)
	if !there {
		p.t.Errorf("%s is no icon at the top left of the list", action)
	}
}

// Sent makes the invitation of an address as old as if it had been sent that much earlier.
func (s *Server) Sent(t testing.TB, email string, earlier time.Duration) {
	t.Helper()
	s.Stop()
	defer s.Begin()
	db, err := sql.Open("sqlite", s.Database)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "update memberships set created_at = created_at - $1, sent_at = sent_at - $1, expires_at = expires_at - $1 where email = $2",
		earlier.Microseconds(), email)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// Choosing ticks the rows of some people and presses an icon over the list.
func (p *Person) Choosing(action string, names ...string) *Person {
	p.t.Helper()
	for _, name := range names {
		p.Check("Select " + name)
	}
	p.In(".bulk").See(action)
	p.AtTopLeft(action)
	p.In(".bulk").Click(action)
	return p.In("dialog")
}

// Erase deletes somebody: the icon over the list, the word, Confirm.
func (p *Person) Erase(name string) {
	p.t.Helper()
	d := p.Choosing("Delete", name)
	d.Fill("Type DELETE to confirm", "DELETE")
	d.Click("Confirm")
}

// CloseMessage closes the message of what was done.
func (p *Person) CloseMessage() {
	p.t.Helper()
	p.In("#dialog footer").Click("Close")
	p.In("dialog").Gone()
}

// Types are the levels that the window "Invite Admins" offers.
func (p *Person) Types() string {
	p.t.Helper()
	p.Click("Invite")
	p.In("dialog").See("Admin Type")
	var offered []string
	p.Eval(`[...document.querySelectorAll('#dialog select[name=type] option')].map(o => o.textContent.trim())`, &offered)
	return strings.Join(offered, " ")
}

// AtClient opens a customer's account in Accounts & Sites from the sidebar.
func (p *Person) AtClient(name string) {
	p.t.Helper()
	p.In(".rail").Click("Accounts & Sites")
	p.SeeURL("^" + companies + "$")
	p.Click(name)
	p.SeeURL("^" + companies + "/")
}

// OpenSite opens a site of a customer.
func (p *Person) OpenSite(client, name string) {
	p.t.Helper()
	p.AtClient(client)
	p.Click("New site", "link")
	p.In("dialog").Fill("Name", name)
	p.In("dialog").Click("Create")
	p.See(name + " created")
}

// AllocateCredits gives credits to a site of the demo that one word finds.
func (p *Person) AllocateCredits(word, site, credits string) {
	p.t.Helper()
	p.In(".rail").Click("Credits")
	p.SeeURL("^" + ledger + "$")
	p.Click("Allocate")
	p.Within("dialog", func(d *Person) {
		d.Fill("Search site, code or account", word)
		d.WaitCount("#site-list li", 1)
		d.Check(site + "…")
		d.Fill("Credits for each site", credits)
		d.Click("Allocate", "button")
	})
	p.See(credits + " credits allocated to " + site)
}

// C1: partner administrators have one of four roles, each of which the list names, and it is they who decide which of them
// gets to a customer's site.
func TestC1_FourRoles(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	for email, level := range map[string]string{store.Nora: "Master", abel: "Admin", store.Devon: "Operator"} {
		nora.Row(email).See(level)
	}
	nora.Open(admins + "?q=" + store.Sanjay)
	nora.Row(store.Sanjay).See("Observer")
	if got := nora.Types(); got != "Observer Operator Admin Master" {
		t.Errorf("a Master is offered %s", got)
	}
	for email, lets := range map[string]bool{store.Sanjay: false, store.Devon: false, abel: true, helga: true} {
		p := s.In(t, email)
		p.AtClient("Cobalt Field Services")
		p.See("Grant Street Works")
		if p.Offers("Invite a colleague to Grant Street Works") != lets {
			t.Errorf("%s lets others into sites: %t", email, !lets)
		}
	}
}

// C2: an Observer sees what there is of customers' sites and of the administrators, and changes nothing.
func TestC2_ObserverLooks(t *testing.T) {
	t.Parallel()
	sanjay := Start(t, Options{}).Admins(t, store.Sanjay)
	sanjay.Row(store.Devon).See("Operator", "Unlocked")
	sanjay.Absent("Invite", "Select Devon Ashby", "Lock account of Devon Ashby", "Operator, level of Devon Ashby")
	sanjay.Row(store.Devon).Click("Actions for…")
	sanjay.In("menu").Offered("Open details")
	sanjay.In("menu").Absent("Lock…", "Delete…")
	sanjay.Press("Escape")
	id := sanjay.RowID(store.Devon)
	sanjay.Refused("an Observer's invite", sanjay.Forge(admins+"/invites", "staged", "observer "+yara), http.StatusForbidden)
	sanjay.Refused("an Observer's lock", sanjay.Forge(admins+"/locks", "id", id), http.StatusForbidden)
	sanjay.Refused("an Observer's level", sanjay.Forge(admins+"/levels", "id", id, "role", "observer"), http.StatusForbidden)
	sanjay.Refused("an Observer's deletion", sanjay.Forge(admins+"/deletions", "id", id, "offers", "adopt"), http.StatusForbidden)

	sanjay.AtClient("Cobalt Field Services")
	sanjay.See("Grant Street Works", "North Lot Garage")
	sanjay.Absent("New site", "Invite a colleague to Grant Street Works")
	sanjay.Refused("an Observer's site", sanjay.Forge(sanjay.URL()+"/sites", "name", "Quay House", "time_zone", "UTC"), http.StatusForbidden)
	sanjay.In(".rail").Click("Credits")
	sanjay.In(".stats").See("Available")
	sanjay.Absent("Allocate", "Take back", "Add credits")
	sanjay.Refused("an Observer's credits", sanjay.Forge(ledger+"/allocations", "amount", "1"), http.StatusForbidden)
}

// C3: an Operator sets up sites and allocates credits, and neither changes administrators' permissions nor invites
// administrators.
func TestC3_OperatorLeavesAdministratorsAlone(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	devon := s.In(t, store.Devon)
	devon.OpenSite("Cobalt Field Services", "Quay House")
	devon.AllocateCredits("grant", "Grant Street Works", "5")

	devon = s.Admins(t, store.Devon)
	devon.Row(lucia).See("Operator")
	devon.Absent("Invite", "Operator, level of Lucia Romano")
	devon.Refused("an Operator's level", devon.Forge(admins+"/levels", "id", devon.RowID(lucia), "role", "observer"), http.StatusForbidden)
	devon.Refused("an Operator's invite", devon.Forge(admins+"/invites", "staged", "observer "+yara), http.StatusForbidden)
	devon.Refused("an Operator's deletion", devon.Forge(admins+"/deletions", "id", devon.RowID(lucia), "offers", "adopt"), http.StatusForbidden)
}

// C4, C8: an Admin invites and manages administrators, but no Masters.
func TestC4_AdminManagesAllButMasters(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Admins(t, abel)
	p.InviteAdmins("Operator", yara)
	p.Row(yara).See("Pending", "Operator")
	p.Row(lucia).Click("Operator, level of Lucia Romano")
	p.In("menu").Click("Observer…", "menuitem")
	p.In("dialog").Click("Confirm")
	p.Open(admins + "?q=" + lucia)
	p.Row(lucia).See("Observer")
	p.Row(lucia).Click("Lock account of Lucia Romano")
	p.In("dialog").Click("Confirm")
	p.Row(lucia).See("Locked")
	p.Erase("Lucia Romano")
	p.CloseMessage()
	p.NotSee("Lucia Romano")

	p.Open(admins)
	d := p.Choosing("Delete", "Helga Stroud")
	d.See("Helga Stroud cannot be deleted")
	d.Absent("Confirm", "Yes")
	p.CloseMessage()
	id := p.RowID(helga)
	p.Refused("an Admin deletes a Master", p.Forge(admins+"/deletions", "id", id, "offers", "revoke", "typed", "DELETE"), http.StatusForbidden)
	p.Refused("an Admin demotes a Master", p.Forge(admins+"/levels", "id", id, "role", "observer"), http.StatusForbidden)
	p.Refused("an Admin makes a Master", p.Forge(admins+"/invites", "staged", "master "+pia), http.StatusUnprocessableEntity)
	p.Reload()
	p.Row(helga).See("Master", "Accepted")
	p.Row(helga).Absent("Master, level of Helga Stroud")
}

// C5: a Master does everything: with administrators, Masters included, with sites and with credits.
func TestC5_MasterDoesEverything(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.In(t, store.Nora)
	nora.OpenSite("Cobalt Field Services", "Quay House")
	nora.AllocateCredits("grant", "Grant Street Works", "5")
	nora.Offered("Add credits")

	nora = s.Admins(t, store.Nora)
	nora.InviteAdmins("Master", yara)
	nora.Row(yara).See("Pending", "Master")
	nora.Row(helga).Click("Master, level of Helga Stroud")
	nora.In("menu").Click("Admin…", "menuitem")
	nora.In("dialog").Click("Confirm")
	nora.Row(helga).See("Admin")
	nora.Row(helga).Click("Admin, level of Helga Stroud")
	nora.In("menu").Click("Master…", "menuitem")
	nora.In("dialog").Click("Confirm")
	nora.Row(helga).See("Master")
	nora.Erase("Helga Stroud")
	nora.In("dialog").See("1 administrator deleted")
	nora.CloseMessage()
	nora.NotSee(helga)
	nora.In(".rail").Offered("Settings", "Activity")
}

// setUp makes the partner and its first Master by the printed link.
func setUp(t *testing.T, s *Server) *Person {
	t.Helper()
	p := s.Person(t)
	p.Open(printedLink.FindString(s.Logs()))
	p.Fill("Company name", "Westhaven Controls")
	p.Fill("First name", "Maren")
	p.Fill("Last name", "Oduya")
	p.Fill("E-mail", "maren@westhaven.example")
	p.Fill("Password", fresh)
	p.Click("Activate the partner portal")
	p.SeeURL("^/accounts/westhaven-controls$")
	return p
}

// C6: whoever activates the portal is its Master, and no one else can.
func TestC6_OnlyAMasterActivates(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Bare: true, Empty: true})
	p := setUp(t, s)
	p.In(".rail").Click("Admin & Technicians")
	p.Row("maren@westhaven.example").See("Master", "Accepted")
	link := printedLink.FindString(s.Logs())
	other := s.Person(t)
	other.Open(link)
	other.See("This set-up link does not work")
	other.Refused("setting the portal up again", other.Forge(strings.TrimPrefix(link, s.URL), "name", "Easthaven Controls", "first_name", "Eve", "last_name", "Oduya",
		"email", "eve@westhaven.example", "password", fresh, "country", "US", "language", "en", "time_zone", "UTC"), http.StatusNotFound)
	p.Reload()
	p.WaitCount("#admin-table tbody tr", 1)
}

// C7: before a Master is active nobody gets in and is told why; afterwards others do.
func TestC7_NobodyBeforeAMaster(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Empty: true})
	early := s.Person(t)
	early.Open("/sign-in")
	early.See("Nobody has set this portal up yet")
	early.Fill("E-mail", yara)
	early.Fill("Password", fresh)
	early.Allow("422")
	early.Click("Sign in", "button")
	early.See("Nobody has set this portal up yet")
	p := setUp(t, s)
	p.In(".rail").Click("Admin & Technicians")
	p.InviteAdmins("Observer", yara)
	s.AcceptAdmin(t, yara).See("Westhaven Controls")
}

// C7: where no Master is active any more, the others sign in and are told why nothing opens.
func TestC7_NobodyWithoutAMaster(t *testing.T) {
	t.Parallel()
	database := storetest.Empty(t, "sqlite")
	st, err := store.Open(t.Context(), store.Config{DSN: database, Key: storetest.Key})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.LoadDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "update memberships set accepted_at = 0 where level = 1")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	p := Start(t, Options{Database: database}).Person(t)
	p.Open("/sign-in")
	p.Fill("E-mail", abel)
	p.Fill("Password", store.DemoPassword)
	p.Allow("403")
	p.Click("Sign in", "button")
	p.See("Northgate Integrators waits for its Master", "Nobody of another level gets in")
}

// C8: inviting needs Admin or higher.
func TestC8_InvitingNeedsAdmin(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	s.Admins(t, store.Sanjay).Absent("Invite")
	s.Admins(t, store.Devon).Absent("Invite")
	s.Admins(t, abel).Offered("Invite")
	s.Admins(t, store.Nora).Offered("Invite")
}

// C9, C10: "Admin & Technicians" in the sidebar; "Invite" at the top right opens "Invite Admins" with "Admin Type".
func TestC9_InviteOpensInviteAdmins(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	_, _, railEnds, _ := nora.In(`.rail a[href$="/administrators"]`).Box()
	left, _, right, bottom := nora.In(`.pagehead a[href*="/invites/new"]`).Box()
	_, listBegins, _, _ := nora.In("#admin-table").Box()
	if railEnds > 320 || left < 1280/2 || right < 1280-100 || bottom > listBegins {
		t.Errorf("Admin & Technicians ends at %.0f; Invite stands from %.0f to %.0f, and ends %.0f above the list", railEnds, left, right, listBegins-bottom)
	}
	nora.In(".pagehead").Click("Invite")
	nora.In("dialog").Exactly("h2", "Invite Admins")
	nora.In("dialog").See("Admin Type")
}

// C10: the type is chosen first, then the address, and the invitation is of that type; an Admin is not offered Master.
func TestC10_AdminType(t *testing.T) {
	t.Parallel()
	p := Start(t, Options{}).Admins(t, abel)
	if got := p.Types(); got != "Observer Operator Admin" {
		t.Errorf("an Admin is offered %s", got)
	}
	d := p.In("dialog")
	kind, _, _, _ := d.In("#type").Box()
	if address, _, _, _ := d.In("#email").Box(); kind >= address {
		t.Errorf("Admin Type stands at %.0f, the address before it at %.0f", kind, address)
	}
	d.Choose("Admin Type", "Admin")
	d.Fill("E-mail", yara)
	d.Click("Add")
	d.Row(yara).See("Admin")
	d.Click("OK")
	d.Row(yara).See("Admin")
	d.Click("Confirm")
	p.Row(yara).See("Admin", "Pending")
}

// C11: "Add" is active only while what is typed can be used.
func TestC11_AddWhenUsable(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	nora.Click("Invite")
	d := nora.In("dialog")
	active := func(want bool) {
		t.Helper()
		d.until("see whether Add is active", func() (bool, string) {
			return d.Count("#admins-add:not([disabled])") == 1 == want, "it is not as it should be"
		})
	}
	active(false)
	d.Fill("E-mail", "m.castle@northgate")
	active(false)
	d.Fill("E-mail", "m.castle@northgate.example")
	active(true)
	d.Click("Add")
	d.Row("m.castle@northgate.example").See("Observer")
	active(false)
}

// C12: those added stand below the address, each with their own type, and can be taken out again; many pasted at once are
// many. Each who is left is invited at theirs.
func TestC12_StagedEachWithTheirType(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.StageAdmins("Operator", yara, "Admin", pia)
	d := nora.In("dialog")
	d.See("To be invited (2)")
	d.Row(yara).See("Operator")
	d.Row(pia).See("Admin")
	_, _, _, field := d.In("#email").Box()
	if _, first, _, _ := d.Row(yara).Box(); first < field {
		t.Errorf("the first one stands at %.0f, the address ends at %.0f", first, field)
	}
	d.Choose("Admin Type", "Observer")
	d.Fill("E-mail", "one@northgate.example, two@northgate.example three@northgate.example")
	d.Click("Add")
	d.See("To be invited (5)")
	d.Row("two@northgate.example").See("Observer")
	d.Click("Take " + yara + " off the list")
	d.See("To be invited (4)")
	d.NotSee(yara)
	d.Click("OK")
	d.See("Invite 4 administrators?")
	d.Click("Confirm")
	nora.See("4 administrators invited")
	for email, level := range map[string]string{pia: "Admin", "one@northgate.example": "Observer", "two@northgate.example": "Observer", "three@northgate.example": "Observer"} {
		s.Mail.Wait(t, email, " invites you to ")
		nora.Open(admins + "?q=" + email)
		nora.Row(email).See(level, "Pending")
	}
	if n := len(s.Mail.To(yara)); n != 0 {
		t.Errorf("%d mails to who was taken off the list", n)
	}
}

// C13: OK, the message, and only Confirm sends. It works without script too, and what is wrong loses nothing.
func TestC13_OKConfirmSends(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.StageAdmins("Operator", yara, "Observer", store.Colm)
	nora.In("dialog").Click("OK")
	nora.In("dialog").See("Invite 1 administrator?", yara, "Cannot be invited (1)", store.Colm)
	if n := len(s.Mail.To(yara)); n != 0 {
		t.Errorf("%d mails before Confirm", n)
	}
	nora.In("dialog").Click("Cancel") // back, with everybody
	nora.In("dialog").See("To be invited (2)")
	nora.In("dialog").Click("OK")
	nora.In("dialog").Click("Confirm")
	nora.See("1 administrator invited")
	nora.Row(yara).See("Pending")
	s.Mail.Wait(t, yara, " invites you to ")

	p := s.In(t, abel)
	p.NoScript()
	p.Open(admins)
	p.Click("Invite")
	p.Choose("Admin Type", "Observer")
	p.Fill("E-mail", "half@northgate "+pia)
	p.Allow("422")
	p.Click("Add")
	p.See("To be invited (1)", pia, "An address has one @")
	if got := p.Value("E-mail"); got != "half@northgate" {
		t.Errorf("what is wrong comes back as %q", got)
	}
	p.Fill("E-mail", "")
	p.Click("OK")
	p.See("Invite 1 administrator?")
	p.Click("Confirm")
	p.See("1 administrator invited")
}

// C14, TEN-18: the portal opens no site; the invitation to a site is another one, and opens that.
func TestC14_NoSiteAccess(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.Click("Invite")
	nora.In("dialog").See("This gives access to the partner portal only. Invite them to sites separately.")
	nora.In("dialog").Click("Cancel")
	nora.InviteAdmins("Admin", yara)
	offer := s.Mail.Wait(t, yara, " invites you to ")
	invited := s.Person(t)
	invited.Open(offer.Link(t, "/invites/"))
	invited.See("The partner portal; no site")
	if !strings.Contains(offer.Text, "Where: The partner portal; no site\n") {
		t.Errorf("the mail says\n%s", offer.Text)
	}
	nora.Row(yara).Click(yara)
	nora.In("dialog").See("Scope The partner portal; no site", "Scope: The partner portal; no site")
	nora.In("dialog").Click("Close")
	p := s.AcceptAdmin(t, yara)
	p.Allow("404")
	p.Open(brightwater)
	p.NotSee("Harbor Point Tower")
	p.Open(brightwater + "/sites")
	p.NotSee("Harbor Point Tower")
	p.Open(cobalt + "/sites")
	p.NotSee("Grant Street Works")

	nora.AtClient("Cobalt Field Services")
	nora.Click("Invite a colleague to Grant Street Works")
	nora.Within("dialog", func(d *Person) {
		d.Choose("Colleague", "Yara Lindgren · "+yara)
		d.Choose("Role", "User…")
		d.Click("Invite", "button")
	})
	nora.See("Yara Lindgren is invited")
	p.Open(s.Mail.Wait(t, yara, "Cobalt Field Services").Link(t, s.URL+"/invites/"))
	p.Click("Accept", "button")
	p.Open(cobalt + "/sites")
	p.See("Grant Street Works")
	p.NotSee("North Lot Garage")
	p.Open(brightwater + "/sites")
	p.NotSee("Harbor Point Tower")
}

// C15: the list shows an invitation status for each, and filters by it.
func TestC15_InvitationStatus(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	nora.In("thead").See("Invitation status")
	for email, status := range map[string]string{store.Devon: "Accepted", store.Colm: "Pending", store.Bloom: "Revoked"} {
		nora.Row(email).See(status)
	}
	nora.Open(admins + "?state=expired")
	nora.Row(store.Wanda).See("Expired")
	nora.NotSee("Pending", store.Devon)
}
