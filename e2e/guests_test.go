package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/store"
)

const guests = "/settings/guests"

// NewGuest opens the window "New Guest" of an account and says who and as what.
func (p *Person) NewGuest(account, email, role string) {
	p.t.Helper()
	p.Open(account + guests)
	p.Click("New Guest")
	d := p.In("dialog")
	d.Fill("E-mail", email)
	d.Choose("Role", role)
}

// InviteGuest invites somebody of another company and waits until the list has them.
func (p *Person) InviteGuest(account, email, role string) {
	p.t.Helper()
	p.NewGuest(account, email, role)
	p.In("dialog").Click("Save")
	p.In("dialog").See("Send an invitation to " + email + "?")
	p.In("dialog").Click("Confirm")
	p.See("Invitation sent to")
	p.Row(email).See("Active", "Pending")
}

// AnswerGuest accepts an invitation of a company in the section "Companies" and enters its dashboard.
func (p *Person) AnswerGuest(company string) {
	p.t.Helper()
	p.Open("/companies")
	p.Click("Accept the invitation of " + company)
	p.See("Accepted: you can enter the dashboard of " + company)
	p.Click("Enter dashboard of " + company)
	p.See("You are in " + company + " as a guest")
}

// toneOf is the colour of a state in a row of the Guests tab, as the styles are told it.
func (p *Person) toneOf(row, column string) string {
	p.t.Helper()
	return p.Row(row).Attr(column+" [data-tone]", "data-tone")
}

// E1: an administrator gives somebody outside the company access; nobody else can.
func TestE1_AdminGivesAccessToOutsiders(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	samuel := s.In(t, store.Samuel)
	samuel.Open(brightwater + guests)
	samuel.Absent("New Guest")
	samuel.Refused("a User's guest", samuel.Forge(brightwater+guests, "email", store.Lars, "confirmed", "1"), http.StatusForbidden)

	dana := s.In(t, store.Dana)
	dana.InviteGuest(brightwater, store.Lars, "Viewer")
	lars := s.In(t, store.Lars)
	lars.AnswerGuest("Brightwater Energy")
	lars.See("Harbor Point Tower")
	dana.Reload()
	dana.Row(store.Lars).See("Lars Quillfeather", "Viewer", "Validated")
}

// E2: guests are made and changed under Admin, Guests.
func TestE2_GuestsAreManagedUnderAdmin(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.In(".rail").See("Admin")
	dana.In(".rail").Click("Guests")
	dana.SeeURL("^" + brightwater + guests + "$")
	dana.Offered("New Guest")
	dana.RowMenu(store.Elias, "Edit…")
	dana.Within("dialog", func(d *Person) {
		d.See("Edit Elias Novak")
		if got := d.Value("E-mail"); got != store.Elias {
			t.Errorf("the address is %q", got)
		}
		d.Fill("Company optional", "Novak Heating")
		d.Click("Save")
	})
	dana.See("Elias Novak saved")
	dana.Row(store.Elias).See("Novak Heating")
}

// E3, E7: Active is green or red, the host's administrator switches it at will, and it holds at the guest's next click.
func TestE3_ActiveIsTheHostsSwitch(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	anais := s.In(t, store.Anais)
	anais.Open("/companies")
	anais.Click("Enter dashboard of Brightwater Energy")
	anais.See("Eastfield Solar Park")

	dana := s.In(t, store.Dana)
	dana.Open(brightwater + guests)
	// Green and red, the red of what is wrong elsewhere: the text of the switch has the colour, and the word says it too.
	colour := func(row string) (css string) {
		dana.Row(row).See("ctive")
		dana.Eval("getComputedStyle([...document.querySelectorAll('tr')].find(r => r.textContent.includes("+quoted(row)+")).querySelector('.flip')).color", &css)
		return css
	}
	if on, off := colour(store.Anais), colour(store.Amir); on == "" || on == off {
		t.Errorf("active is %q, inactive is %q", on, off)
	}
	dana.Row(store.Amir).See("Inactive")
	dana.Row(store.Anais).Uncheck("Anaïs Lefèvre is active")
	dana.See("Anaïs Lefèvre is inactive")
	dana.Row(store.Anais).See("Inactive", "Validated")
	anais.Allow("404")
	anais.Reload()
	anais.NotSee("Eastfield Solar Park")
	anais.Open("/companies")
	anais.See("Switched off by the company")
	anais.Absent("Enter dashboard of Brightwater Energy")
}

// E7: a guest can be switched on and off as often as needed, without a new invitation.
func TestE7_ActiveAtWill(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + guests)
	before := len(s.Mail.To(store.Elias))
	for range 2 {
		dana.Row(store.Elias).Uncheck("Elias Novak is active")
		dana.Row(store.Elias).See("Inactive")
		dana.Row(store.Elias).Check("Elias Novak is active")
		dana.Row(store.Elias).NotSee("Inactive")
	}
	elias := s.In(t, store.Elias)
	elias.Open("/companies")
	elias.Click("Enter dashboard of Brightwater Energy")
	elias.See("You are in Brightwater Energy as a guest", "Harbor Point Tower")
	if after := len(s.Mail.To(store.Elias)); after != before {
		t.Errorf("%d mails for a switch", after-before)
	}
}

// E4: Validated is red until the guest accepts and then green; the host has no way to set it.
func TestE4_ValidatedIsTheGuests(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.InviteGuest(brightwater, store.Lars, "Viewer")
	if tone := dana.toneOf(store.Lars, ".c-b"); tone != "bad" && tone != "warn" {
		t.Errorf("pending is %q", tone)
	}
	if n := dana.Row(store.Lars).Count(".c-b input, .c-b button, .c-b a"); n != 0 {
		t.Errorf("the host has %d controls for Validated", n)
	}
	id := dana.RowID(store.Lars)
	dana.Refused("the host's own validation", dana.Forge("/companies/"+id+"/acceptances"), http.StatusNotFound)
	lars := s.In(t, store.Lars)
	lars.AnswerGuest("Brightwater Energy")
	dana.Reload()
	dana.Row(store.Lars).See("Validated")
	if tone := dana.toneOf(store.Lars, ".c-b"); tone != "ok" {
		t.Errorf("validated is %q", tone)
	}
}

// E5: only an account with this same address can validate. The host gets the same answer for every address; who has no
// account is mailed how to make one.
func TestE5_TheGuestHasAnAccountWithThatAddress(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	const nobody = "pia.winther@winther-lifts.example"
	var answers []string
	for _, email := range []string{store.Lars, nobody} {
		dana.InviteGuest(brightwater, email, "Viewer")
		picture := dana.Row(email).Text(".av") // the first letters of the address
		words := strings.Fields(strings.ReplaceAll(dana.Row(email).Text(""), email, "·"))
		words = slices.DeleteFunc(words, func(word string) bool { return word == picture })
		answers = append(answers, strings.Join(words, " "))
	}
	if answers[0] != answers[1] {
		t.Errorf("the host can tell who has an account:\n%s\n%s", answers[0], answers[1])
	}
	m := s.Mail.Wait(t, nobody, "as a guest")
	if !strings.Contains(m.Text, "You have no account with this address yet") {
		t.Errorf("the mail says %q", m.Text)
	}
	// Somebody else's account does not validate it.
	link := m.Link(t, "/invites/")
	owen := s.In(t, store.Owen)
	owen.Allow("403")
	owen.Open(link)
	owen.See(store.Owen, nobody)

	pia := s.Person(t)
	pia.Open(link)
	pia.See("Brightwater Energy")
	if got := pia.Value("E-mail"); got != nobody {
		t.Errorf("the address is %q", got)
	}
	pia.Fill("First name", "Pia")
	pia.Fill("Last name", "Winther")
	pia.Fill("Password", fresh)
	pia.Click("Make the account")
	pia.See("Your account is made: now answer the invitation")
	dana.Reload()
	dana.Row(nobody).See("Pending") // making the account is no answer yet
	pia.AnswerGuest("Brightwater Energy")
	dana.Reload()
	dana.Row(nobody).See("Pia Winther", "Validated")
}

// E6: the role is one of those the company has made.
func TestE6_TheRoleIsTheCompanysOwn(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + guests)
	dana.Click("New Guest")
	var offered []string
	dana.Eval(`[...document.querySelectorAll('#dialog select[name=role] option')].map(o => o.textContent.trim())`, &offered)
	for _, own := range []string{"Installer", "Maintenance", "Viewer"} {
		if !slices.Contains(offered, own) {
			t.Errorf("%s is not offered: %q", own, offered)
		}
	}
	for _, builtIn := range []string{"Admin", "Deployer User", "User", "Member"} {
		if slices.Contains(offered, builtIn) {
			t.Errorf("%s is offered", builtIn)
		}
	}
	forged := []string{"email", store.Lars, "workspace", "all", "place", "account", "may", "view-devices", "confirmed", "1", "role"}
	dana.Refused("a guest without a role", dana.Forge(brightwater+guests, append(forged, "")...), http.StatusUnprocessableEntity)
	dana.Refused("a guest of a built-in role", dana.Forge(brightwater+guests, append(forged, "admin")...), http.StatusUnprocessableEntity)
}

// E8: in the mode Groups and devices the same privileges hold everywhere.
func TestE8_GroupsAndDevicesTheSameEverywhere(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.NewGuest(brightwater, store.Lars, "Viewer")
	dana.In("dialog").Choose("Workspace mode", "Groups and devices…")
	dana.In("dialog").Click("Save")
	dana.In("dialog").See("Send an invitation to", "Groups and devices: Everything")
	dana.In("dialog").Click("Confirm")
	dana.Row(store.Lars).See("Groups and devices", "Everything")
	lars := s.In(t, store.Lars)
	lars.AnswerGuest("Brightwater Energy")
	for _, site := range []string{"Harbor Point Tower", "Cedar Street Substation"} {
		lars.Open(brightwater + "/sites")
		lars.In("main").Click(site)
		lars.See(site, map[string]string{"Harbor Point Tower": "Chiller meter A", "Cedar Street Substation": "of 2"}[site])
	}
}

// E11: the privileges of the role are ticked and can be taken away.
func TestE11_PrivilegesAreTickedAndReducible(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.NewGuest(brightwater, store.Lars, "Maintenance")
	dana.Within("dialog", func(d *Person) {
		d.See("Device data as a file.")
		if !d.Checked("View…") || !d.Checked("Export…") {
			t.Error("what the role allows is not ticked")
		}
		d.NotSee("Register, move, replace, remove.") // the role does not allow it, so it is not there to tick
		d.Uncheck("Export…")
		d.Click("Save")
		d.See("Maintenance: View")
		d.Click("Confirm")
	})
	dana.Row(store.Lars).See("Maintenance")
	lars := s.In(t, store.Lars)
	lars.AnswerGuest("Brightwater Energy")
	lars.Open(brightwater + "/sites")
	lars.In("main").Click("Harbor Point Tower")
	lars.See("Harbor Point Tower")
	lars.Absent("Export")
}

// E12: saving warns that an invitation is about to go out; only the answer to that sends it.
func TestE12_SavingWarnsFirst(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.NewGuest(brightwater, store.Lars, "Viewer")
	dana.Within("dialog", func(d *Person) {
		d.Click("Save")
		d.See("Send an invitation to "+store.Lars+"?", "An e-mail with an invitation is about to be sent to this address.")
		d.Click("Cancel") // back to the form, as it was filled in
		d.See("New Guest", "Workspace mode")
		if got := d.Value("E-mail"); got != store.Lars {
			t.Errorf("the form comes back with %q", got)
		}
		d.Click("Cancel")
	})
	dana.Open(brightwater + guests + "?q=" + store.Lars)
	dana.See("No")
	dana.Absent("Actions for " + store.Lars)
	if n := len(s.Mail.To(store.Lars)); n != 0 {
		t.Errorf("%d mails before the warning was answered", n)
	}
	dana.InviteGuest(brightwater, store.Lars, "Viewer")
	s.Mail.Wait(t, store.Lars, "as a guest")
}

// E13: the mail's link leads into the guest's own account, to the section Companies.
func TestE13_TheLinkLeadsToCompanies(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.InviteGuest(brightwater, store.Lars, "Viewer")
	link := s.Mail.Wait(t, store.Lars, "as a guest").Link(t, "/companies")
	lars := s.Person(t)
	lars.Open(link)
	lars.SeeURL("^/sign-in")
	lars.Fill("E-mail", store.Lars)
	lars.Fill("Password", store.DemoPassword)
	lars.Click("Sign in", "button")
	lars.SeeURL("^/companies")
	lars.See("Companies", "Brightwater Energy", "Invited by Dana Whitfield", "Larkspur Quillfeather")
}

// E14: only who has been invited has the section Companies.
func TestE14_OnlyTheInvitedHaveCompanies(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	lars := s.In(t, store.Lars)
	lars.Absent("Companies")
	lars.Allow("404")
	lars.Open("/companies")
	lars.NotSee("Companies that invited you as a guest")
	s.In(t, store.Dana).InviteGuest(brightwater, store.Lars, "Viewer")
	lars.Open("/")
	lars.In(".rail").Click("Companies…")
	lars.See("Companies that invited you as a guest", "Brightwater Energy")
}

// E15: there stand all invitations; opening one offers to accept or to decline.
func TestE15_InvitationsAreAcceptedOrDeclined(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	const dwight, larkspur = "dwight.ames@cobaltfield.example", "Larkspur " + store.Canary // Brightwater has invited him already
	s.In(t, store.Lars).InviteGuest("/accounts/"+store.Larkspur, dwight, store.Canary+" Watch")
	p := s.In(t, dwight)
	p.Open("/companies")
	for _, company := range []string{"Brightwater Energy", larkspur} {
		p.See(company)
		if !p.Offers("Accept the invitation of " + company) {
			p.In("main").Click(company + "…")
		}
		p.Offered("Accept the invitation of "+company, "Decline the invitation of "+company)
	}
	p.Click("Decline the invitation of " + larkspur)
	p.See("Declined the invitation of " + larkspur)
	p.AnswerGuest("Brightwater Energy")
	lars := s.In(t, store.Lars)
	lars.Open("/accounts/" + store.Larkspur + guests)
	lars.Row(dwight).See("Declined")
}

// E16, E17: after acceptance an icon opens the host's dashboard, and there only the host's devices show.
func TestE16_TheIconOpensTheHostsDashboard(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	elias := s.In(t, store.Elias)
	elias.Open("/companies")
	if n := elias.Row("Brightwater Energy").Count("form[action$='/visits'] svg"); n != 1 {
		t.Errorf("%d icons open the dashboard", n)
	}
	elias.Click("Enter dashboard of Brightwater Energy")
	elias.SeeURL("^" + brightwater + "$")
	elias.See("You are in Brightwater Energy as a guest", "Harbor Point Tower")
}

// E17: in the host's dashboard the guest's own devices do not show, and their own doors are shut until they are back.
func TestE17_OnlyTheHostsDevices(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	own := s.In(t, store.Lars)
	own.Open("/accounts/" + store.Larkspur)
	own.See(store.Canary + " Clinic")
	s.In(t, store.Dana).InviteGuest(brightwater, store.Lars, "Viewer")
	other := own.NewTab()
	own.AnswerGuest("Brightwater Energy")
	own.NotSee(store.Canary + " Clinic")
	own.Open(brightwater + "/sites?q=" + store.Canary)
	own.NotSee(store.Canary+" Clinic", "Harbor Point Tower 19")
	own.Allow("404")
	own.Open("/accounts/" + store.Larkspur)
	own.NotSee(store.Canary + " Clinic")
	// A form left open in another tab, from before, writes nothing into either company.
	other.Allow("404")
	other.Allow("409")
	other.Open(brightwater)
	other.Refused("a change in the other context", other.Forge("/accounts/"+store.Larkspur+"/sites", "name", "Somewhere", "code", "XX"), http.StatusNotFound, http.StatusConflict)
}

// E18: signing out and in again brings the guest's own devices back; so does Return, in one step.
func TestE18_SigningInAgainReturns(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	s.In(t, store.Dana).InviteGuest(brightwater, store.Lars, "Viewer")
	lars := s.In(t, store.Lars)
	lars.AnswerGuest("Brightwater Energy")
	lars.Click("Lars Quillfeather")
	lars.In("menu").Click("Sign out", "menuitem")
	lars.SeeURL("^/sign-in")
	lars.SignIn(store.Lars, store.DemoPassword)
	lars.Open("/accounts/" + store.Larkspur)
	lars.See(store.Canary + " Clinic")
	lars.Open("/companies")
	lars.Click("Enter dashboard of Brightwater Energy")
	lars.See("You are in Brightwater Energy as a guest")
	lars.Click("Return to Larkspur Quillfeather")
	lars.NotSee("You are in Brightwater Energy as a guest")
	lars.See(store.Canary + " Clinic")
}
