package e2e

import (
	"fmt"
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
	p.Click("Open the invitation of " + company)
	p.In("dialog").Click("Accept")
	p.See("Accepted: you can enter the dashboard of " + company)
	p.Click("Enter dashboard of " + company)
	p.See("You are in " + company + " as a guest")
}

// ColourOf is what colour somebody sees the word of a row's state in: "red", "green", or neither.
func (p *Person) ColourOf(row, css string) string {
	p.t.Helper()
	var rgb []int
	p.Eval(`(() => {
		const row = [...document.querySelectorAll('tbody tr')].find(r => r.textContent.includes(`+quoted(row)+`))
		const pen = document.createElement('canvas').getContext('2d')
		pen.fillStyle = getComputedStyle(row.querySelector(`+quoted(css)+`)).color
		pen.fillRect(0, 0, 1, 1)
		return [...pen.getImageData(0, 0, 1, 1).data]
	})()`, &rgb)
	switch r, g, b := rgb[0], rgb[1], rgb[2]; {
	case r > 2*g && r > 2*b: // the amber of a warning is less
		return "red"
	case g > r+20 && g > b+20:
		return "green"
	}
	return fmt.Sprint(rgb)
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

// E2: guests are made and changed under Admin / Guests.
func TestE2_GuestsAreManagedUnderAdmin(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.In(".rail").See("Admin")
	dana.In(".rail").Click("Guests")
	dana.SeeURL("^" + brightwater + guests + "$")
	dana.Click("New Guest")
	dana.Within("dialog", func(d *Person) {
		d.Exactly("h2", "New Guest")
		d.Fill("E-mail", store.Lars)
		d.Choose("Role", "Viewer")
		d.Click("Save")
		d.Click("Confirm")
	})
	dana.Row(store.Lars).See("Viewer", "Active", "Pending")
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
	id := dana.RowID(store.Anais)
	active := ".c-a .flip"
	if on, off := dana.ColourOf(store.Anais, active), dana.ColourOf(store.Amir, active); on != "green" || off != "red" {
		t.Errorf("active is %s, inactive is %s", on, off)
	}
	dana.Row(store.Anais).Exactly(".c-a", "Active")
	dana.Row(store.Amir).See("Inactive")
	dana.Row(store.Anais).Uncheck("Anaïs Lefèvre is active")
	dana.See("Anaïs Lefèvre is inactive")
	dana.Row(store.Anais).See("Inactive", "Validated")
	if off := dana.ColourOf(store.Anais, active); off != "red" {
		t.Errorf("switched off it is %s", off)
	}
	anais.Allow("404")
	anais.Reload()
	anais.NotSee("Eastfield Solar Park")
	anais.Open("/companies")
	anais.See("Switched off by the company")
	anais.Absent("Enter dashboard of Brightwater Energy")
	anais.Refused("the guest's own switch", anais.Forge(brightwater+guests+"/activations", "id", id), http.StatusNotFound, http.StatusForbidden, http.StatusConflict)
	dana.Reload()
	dana.Row(store.Anais).See("Inactive")
	samuel := s.In(t, store.Samuel) // he has no switch, and reads the same
	samuel.Open(brightwater + guests)
	if off, on := samuel.ColourOf(store.Anais, ".c-a .state"), samuel.ColourOf(store.Elias, ".c-a .state"); on != "green" || off != "red" {
		t.Errorf("to who may not switch active is %s, inactive is %s", on, off)
	}
}

// E7: a guest can be switched on and off as often as needed, without a new invitation.
func TestE7_ActiveAtWill(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + guests)
	before := len(s.Mail.To(store.Anais))
	anais := s.In(t, store.Anais)
	for range 2 {
		dana.Row(store.Anais).Uncheck("Anaïs Lefèvre is active")
		dana.Row(store.Anais).See("Inactive")
		anais.Open("/companies")
		anais.See("Switched off by the company")
		anais.Absent("Enter dashboard of Brightwater Energy")
		dana.Row(store.Anais).Check("Anaïs Lefèvre is active")
		dana.Row(store.Anais).NotSee("Inactive")
		anais.Reload()
		anais.Offered("Enter dashboard of Brightwater Energy")
	}
	anais.Click("Enter dashboard of Brightwater Energy")
	anais.See("You are in Brightwater Energy as a guest", "Eastfield Solar Park")
	if after := len(s.Mail.To(store.Anais)); after != before {
		t.Errorf("%d mails for a switch", after-before)
	}
}

// E4: Validated is red until the guest accepts and then green; the host has no way to set it.
func TestE4_ValidatedIsTheGuests(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.InviteGuest(brightwater, store.Lars, "Viewer")
	validated := ".c-b .state"
	if colour := dana.ColourOf(store.Lars, validated); colour != "red" {
		t.Errorf("pending is %s", colour)
	}
	if n := dana.Row(store.Lars).Count(".c-b input, .c-b button, .c-b a"); n != 0 {
		t.Errorf("the host has %d controls for Validated", n)
	}
	id := dana.RowID(store.Lars)
	dana.Refused("the host's own validation", dana.Forge("/companies/"+id+"/acceptances"), http.StatusNotFound)
	elias := s.In(t, store.Elias)
	elias.Refused("another guest's validation", elias.Forge("/companies/"+id+"/acceptances"), http.StatusNotFound)
	dana.Reload()
	dana.Row(store.Lars).See("Pending")
	lars := s.In(t, store.Lars)
	lars.AnswerGuest("Brightwater Energy")
	dana.Reload()
	dana.Row(store.Lars).See("Validated")
	if colour := dana.ColourOf(store.Lars, validated); colour != "green" {
		t.Errorf("validated is %s", colour)
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
	owen.Refused("somebody else's validation", owen.Forge(strings.TrimPrefix(link, s.URL), "first_name", "Owen", "last_name", "Pritchard", "password", fresh), http.StatusForbidden)

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

// E6: the role is one of those the company has made, one made just now too, and the guest has what it allows: with another
// role another thing.
func TestE6_TheRoleIsTheCompanysOwn(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + ownRoles)
	dana.Click("New role")
	dana.Within("dialog", func(d *Person) {
		d.Fill("Name", "Lift Service")
		d.Check("View devices and their state")
		d.Check("Configure labels, groups and partition names")
		d.Click("Make role")
	})
	dana.See("Lift Service is ready to be given")
	dana.Open(brightwater + guests)
	dana.Click("New Guest")
	dana.In("dialog").See("Workspace mode")
	var offered []string
	dana.Eval(`[...document.querySelectorAll('#dialog select[name=role] option')].map(o => o.textContent.trim())`, &offered)
	for _, own := range []string{"Installer", "Maintenance", "Viewer", "Lift Service"} {
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

	dana.InviteGuest(brightwater, store.Lars, "Lift Service")
	lars := s.In(t, store.Lars)
	lars.AnswerGuest("Brightwater Energy")
	lars.Open(lars.DeviceAt("Harbor Point Tower", "Boiler meter"))
	lars.Offered("Save")
	dana.RowMenu(store.Lars, "Edit…")
	dana.Within("dialog", func(d *Person) {
		d.Choose("Role", "Viewer")
		d.NotSee("Labels, groups and partition names.")
		d.Click("Save")
		d.Click("Save and take away")
	})
	dana.Row(store.Lars).See("Viewer")
	lars.Reload()
	lars.See("Boiler meter")
	lars.Absent("Save")
}

// E8: in the mode Groups and devices the same privileges hold everywhere: all groups and devices of every site are there, and
// each can be configured.
func TestE8_GroupsAndDevicesTheSameEverywhere(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.NewGuest(brightwater, store.Lars, store.Installer)
	dana.In("dialog").Choose("Workspace mode", "Groups and devices…")
	dana.In("dialog").Click("Save")
	dana.In("dialog").See("Send an invitation to", "Groups and devices: Everything")
	dana.In("dialog").Click("Confirm")
	dana.Row(store.Lars).See("Groups and devices", "Everything")
	lars := s.In(t, store.Lars)
	lars.AnswerGuest("Brightwater Energy")
	all := ""
	for i, p := range []*Person{dana, lars} {
		p.Open(brightwater + "/sites")
		sites := p.In("main").Text("tbody .c-main")
		for _, site := range []string{"Harbor Point Tower", "Cedar Street Substation"} {
			p.AtSite(brightwater, site)
			p.In(deviceTable).Count("tbody tr")
			sites += "\n" + p.In(deviceTable).Text("tbody tr.grp, tbody .c-main")
		}
		if i == 0 {
			all = sites
		} else if sites != all {
			t.Errorf("the guest sees\n%s\nthe host\n%s", sites, all)
		}
	}
	for device, site := range map[string]string{"Chiller meter A": "Harbor Point Tower", "PV string meter 1": "Harbor Point Tower", "Feeder meter 1": "Cedar Street Substation"} {
		lars.Open(lars.DeviceAt(site, device))
		lars.Fill("Label", device+" of Lars")
		lars.Click("Save")
		lars.See(device + " of Lars saved")
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
		d.Group("Privileges").WaitCount("input", 2)
		d.NotSee("Register, move, replace, remove.") // the role does not allow it, so it is not there to tick
		d.Uncheck("Export…")
		d.Click("Save")
		d.See("Maintenance: View")
		d.Click("Confirm")
	})
	dana.Row(store.Lars).See("Maintenance")
	// Elias has the same role with both ticked.
	elias, lars := s.In(t, store.Elias), s.In(t, store.Lars)
	elias.Open("/companies")
	elias.Click("Enter dashboard of Brightwater Energy")
	lars.AnswerGuest("Brightwater Energy")
	for p, want := range map[*Person]int{elias: http.StatusOK, lars: http.StatusForbidden} {
		at := p.AtSite(brightwater, "Harbor Point Tower")
		p.In(deviceTable).See("Boiler meter")
		p.Click("Actions for Harbor Point Tower")
		if got := slices.Contains(strings.Split(p.In("menu").Text("[role=menuitem]"), "\n"), "Export"); got != (want == http.StatusOK) {
			t.Errorf("export is offered: %t, the file would be answered %d", got, want)
		}
		p.Allow("403")
		p.Refused("the file of devices", p.Status(at+"/devices.csv"), want)
	}
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

// E15: there stand all invitations; opening one opens a window that offers to accept or to decline.
func TestE15_InvitationsAreAcceptedOrDeclined(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	const dwight, larkspur = invitedGuest, "Larkspur " + store.Canary // Brightwater has invited him already
	s.In(t, store.Lars).InviteGuest("/accounts/"+store.Larkspur, dwight, store.Canary+" Watch")
	p := s.In(t, dwight)
	p.Open("/companies")
	p.Group("Invitations").WaitCount("li", 2)
	p.Absent("Accept", "Decline") // before one is opened
	for company, facts := range map[string][]string{"Brightwater Energy": {"Viewer: View", "Harbor Point Tower"}, larkspur: {store.Canary + " Watch: View", "Everything"}} {
		p.Group("Invitations").See(company)
		p.Click("Open the invitation of " + company)
		p.Within("dialog", func(d *Person) {
			d.Exactly("h2", "Invitation of "+company)
			d.See(facts...)
			d.Offered("Accept", "Decline")
			d.Screenshot("invitation.png")
		})
		p.Press("Escape") // looking answers nothing
		p.In("dialog").Gone()
	}
	p.Click("Open the invitation of " + larkspur)
	p.In("dialog").Click("Decline")
	p.See("Declined the invitation of " + larkspur)
	p.Click("Open the invitation of " + larkspur)
	p.In("dialog").See("Ask Lars " + store.Canary + " to send it again")
	p.In("dialog").Absent("Accept", "Decline")
	p.AnswerGuest("Brightwater Energy")
	lars := s.In(t, store.Lars)
	lars.Open("/accounts/" + store.Larkspur + guests)
	lars.Row(dwight).See("Declined")
}

// E16: after acceptance, and not before, an icon opens the host's dashboard.
func TestE16_TheIconOpensTheHostsDashboard(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	s.In(t, store.Dana).InviteGuest(brightwater, store.Lars, "Viewer")
	lars := s.In(t, store.Lars)
	lars.Open("/companies")
	icon := "form[action$='/visits'] svg"
	lars.Group("Invitations").See("Brightwater Energy")
	lars.WaitCount(icon, 0)
	lars.Absent("Enter dashboard of Brightwater Energy")
	lars.Click("Open the invitation of Brightwater Energy")
	lars.In("dialog").Click("Accept")
	lars.See("Accepted: you can enter the dashboard of Brightwater Energy")
	lars.WaitCount(icon, 1)
	lars.Row("Brightwater Energy").WaitCount(icon, 1)
	lars.Click("Enter dashboard of Brightwater Energy")
	lars.SeeURL("^" + brightwater + "$")
	lars.Exactly("h1", "Brightwater Energy")
	lars.See("You are in Brightwater Energy as a guest", "Harbor Point Tower")
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
	own.See("Harbor Point Tower")
	own.NotSee(store.Canary + " Clinic")
	own.Open(own.DeviceAt("Harbor Point Tower", "Boiler meter")) // the host's
	own.See("Boiler meter")
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
	lars.AtSite("/accounts/"+store.Larkspur, store.Canary+" Clinic")
	lars.In(deviceTable).See("GH-QUILLFEATHER-0001")
	lars.Open("/companies")
	lars.Click("Enter dashboard of Brightwater Energy")
	lars.See("You are in Brightwater Energy as a guest")
	lars.Click("Return to Larkspur Quillfeather")
	lars.NotSee("You are in Brightwater Energy as a guest")
	lars.See(store.Canary + " Clinic")
}
