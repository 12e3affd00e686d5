package e2e

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/store"
)

// A1: Admin and Deployer User see the users there are, update them, and invite new ones who sign up and use the platform.
func TestA1_AdminAndDeployerManageUsers(t *testing.T) {
	t.Parallel()
	for name, who := range map[string]string{"Admin": store.Dana, "Deployer User": store.Jonas} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{})
			p := s.In(t, who)
			p.Open(brightwater + users)
			p.Row(store.Aisha).See("Aisha Karimi", "User", "Millbrook Pumping Station", "Disabled")
			p.Fill("Search name or e-mail", "okafor")
			p.Row(store.Samuel).See("Samuel Okafor", "User", "All sites", "Active")

			p.RowMenu(store.Samuel, "Set end date…")
			p.In("dialog").Fill("Last day of access", "2099-12-31")
			p.In("dialog").Click("Continue")
			p.In("dialog").Click("Confirm")
			p.Row(store.Samuel).See("until Dec 31, 2099")

			p.Invite(brightwater, mara("User"))
			in := s.Accept(t, s.Mail.Wait(t, mara("").email, "invites you"), "")
			in.Open(brightwater)
			in.See("Brightwater Energy", "Harbor Point Tower")
			p.Open(brightwater + users + "?q=mara")
			p.Row(mara("").email).See("Mara Oyelaran", "User", "Active", "just now")
		})
	}
}

// A2: they change a user's role; it holds from that user's next click on.
func TestA2_ChangeRole(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	samuel := s.In(t, store.Samuel)
	samuel.Open(brightwater + users)
	samuel.Absent("Invite User", "+ New Invite")

	dana := s.In(t, store.Dana)
	dana.Open(brightwater + users + "?q=samuel")
	dana.RowMenu(store.Samuel, "Change role…")
	dana.Within("dialog", func(d *Person) {
		d.See("Change the role of Samuel Okafor")
		d.Choose("New role", "Admin…")
		d.Click("Continue")
		d.See("Change the role of Samuel Okafor?", "User", "Admin")
		d.Click("Confirm")
	})
	dana.See("The role of Samuel Okafor is changed")
	dana.Row(store.Samuel).See("Admin")

	samuel.Reload()
	samuel.Offered("Invite User", "+ New Invite")

	jonas := s.In(t, store.Jonas) // a Deployer User takes it back
	jonas.Open(brightwater + users + "?q=samuel")
	jonas.RowMenu(store.Samuel, "Change role…")
	jonas.Within("dialog", func(d *Person) {
		d.Choose("New role", "User…")
		d.Click("Continue")
		d.Click("Confirm")
	})
	jonas.See("The role of Samuel Okafor is changed")
	samuel.Reload()
	samuel.See("Samuel Okafor")
	samuel.Absent("Invite User", "+ New Invite")
}

// A3: they resend an invitation: a new mail with a new link that works, the old link is dead at once (INV-05).
func TestA3_ResendInvitation(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Invite(brightwater, mara("User"))
	first := s.Mail.Wait(t, mara("").email, "invites you").Link(t, "/invites/")

	dana.RowMenu(mara("").email, "Resend")
	dana.Within("dialog", func(d *Person) {
		d.See("Resend the invite of Mara Oyelaran?")
		d.Click("Confirm")
	})
	dana.See("Invite of Mara Oyelaran resent")
	dana.Row(mara("").email).See("Pending", "in 7 days")
	mails := s.Mail.WaitFor(t, mara("").email, 2)
	second := mails[1].Link(t, "/invites/")
	if first == second {
		t.Error("the second mail has the first one's link")
	}
	v := s.Person(t)
	v.Open(first)
	v.See("This invitation cannot be opened")
	s.Accept(t, mails[1], "")

	jonas := s.In(t, store.Jonas) // a Deployer User, for one that has expired
	jonas.Open(brightwater + invites)
	jonas.Row(store.Stefan).See("Expired")
	jonas.RowMenu(store.Stefan, "Resend")
	jonas.In("dialog").Click("Confirm")
	jonas.Row(store.Stefan).See("Pending", "in 7 days")
	s.Accept(t, s.Mail.Wait(t, store.Stefan, "invites you"), "").See("Your role is User.")
}

// A4: they disable a user: the user's open page is refused at the next click, and they cannot sign in any more (SESS-07).
func TestA4_DisableUser(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	owen := s.In(t, store.Owen)
	owen.Open(brightwater)
	owen.See("Harbor Point Tower")

	dana := s.In(t, store.Dana)
	dana.Open(brightwater + users + "?q=owen")
	dana.RowMenu(store.Owen, "Disable…")
	dana.Within("dialog", func(d *Person) {
		d.See("Disable Owen Pritchard?", "Access ends with the next click.")
		d.Click("Confirm")
	})
	dana.See("Owen Pritchard is disabled")
	dana.Row(store.Owen).See("Disabled", "by Dana W.")

	owen.In(".rail").Click("Harbor Point Tower")
	owen.SeeURL("^/sign-in")
	owen.NotSee("Harbor Point Tower")
	owen.Fill("E-mail", store.Owen)
	owen.Fill("Password", store.DemoPassword)
	owen.Click("Sign in", "button")
	owen.See("E-mail and password do not go together.")
	owen.SeeURL("^/sign-in")

	dana.RowMenu(store.Owen, "Enable")
	dana.Row(store.Owen).See("Active")
	owen.SignIn(store.Owen, store.DemoPassword)
	owen.Open(brightwater)
	owen.See("Harbor Point Tower")

	jonas := s.In(t, store.Jonas) // a Deployer User may as well
	jonas.Open(brightwater + users + "?q=owen")
	jonas.RowMenu(store.Owen, "Disable…")
	jonas.In("dialog").Click("Confirm")
	jonas.Row(store.Owen).See("Disabled", "by Jonas E.")
	owen.Reload()
	owen.SeeURL("^/sign-in")
}

// A5: user management is reached from the settings of every dashboard: the account's and each site's.
func TestA5_SettingsOfEveryDashboard(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater)
	dana.Click("Account Settings")
	dana.SeeURL("^" + brightwater + users + "$")
	dana.Exactly("h1", "Account Settings")
	dana.Row(store.Dana).See("Dana Whitfield")

	sites := strings.Split(dana.In(".rail").Text(`a[href*="/sites/"]`), "\n")
	if len(sites) != 5 {
		t.Fatalf("the rail names %q", sites)
	}
	for _, site := range append(sites, "Windy Lookout Farm") {
		if !dana.In(".rail").Offers(site) { // the rail names five, the others stand behind "All sites"
			dana.In(".rail").Click("All sites")
		}
		dana.Click(site, "link")
		dana.Exactly("h1", site)
		dana.Click("Site Settings")
		dana.SeeURL("^" + brightwater + users + `\?site=`)
		dana.Exactly("h1", "Site Settings")
		dana.Row(store.Dana).See("All sites") // whoever reaches all sites reaches this one
	}
	// The settings of a site list who reaches it, and nobody else.
	dana.Open(brightwater + "/sites?q=Pier")
	dana.In("main").Row("Pier 9 Terminal").Click("Pier 9 Terminal", "link")
	dana.Click("Site Settings")
	dana.See("giorgio.mancini@brightwater.example")
	dana.NotSee(store.Owen)
}

// A6: creating and inviting users is a right of Admin and Deployer User with account scope.
func TestA6_WhoMayInvite(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	typed := func(email string) []string {
		return []string{"first_name", "Mara", "last_name", "Oyelaran", "email", email, "role", "user", "scope", "account", "language", "en"}
	}
	for _, may := range []string{store.Dana, store.Jonas} {
		p := s.In(t, may)
		for _, tab := range []string{users, invites} {
			p.Open(brightwater + tab)
			p.Click("+ New Invite")
			p.In("dialog").Exactly("h2", "New Invite")
			p.In("dialog").Offered("Invite")
		}
		first := strings.SplitN(may, ".", 2)[0]
		made := invitation{first: "Mara", last: "By " + first, email: "by." + first + "@brightwater.example", role: "User", whole: true}
		p.FillInvite(made)
		p.In("dialog").Click("Invite", "button")
		p.See("Invite sent to " + made.name())
		in := s.Accept(t, s.Mail.Wait(t, made.email, "invites you"), "") // a new user, who is in
		in.Open(brightwater)
		in.See("Harbor Point Tower")
	}
	for _, not := range []string{store.Ingrid, store.Yuki, store.Samuel, store.Leonard} {
		p := s.In(t, not)
		for _, tab := range []string{users, invites} {
			p.Open(brightwater + tab)
			p.Absent("Invite User", "+ New Invite", "Import")
		}
		p.Open(brightwater + invites + "/new")
		p.NotSee("Contact Info")
		email := "by." + strings.SplitN(not, ".", 2)[0] + "@brightwater.example"
		p.Refused("an invite by "+not, p.Forge(brightwater+invites, typed(email)...), http.StatusForbidden)
	}
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + users + "?q=by.")
	dana.WaitCount("tbody tr", 2)
	dana.Open(brightwater + invites + "?q=by.&state=pending")
	dana.See("Nothing here matches “by.”")
	if n := s.Invited(); n != 2 {
		t.Errorf("%d mails, want 2", n)
	}
}

// A7: an invite starts on the dashboard that fits what the invitee should reach: an account user's on the Account
// dashboard, by "Account Settings" at the top right.
func TestA7_InviteStartsOnTheDashboard(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater)
	dana.Exactly("main a.btn", "Account Settings")
	var place struct{ Right, Top, Wide float64 }
	dana.Eval(`(() => {
		const b = [...document.querySelectorAll('main a.btn')].find(b => b.textContent.trim() === 'Account Settings').getBoundingClientRect()
		return {right: b.right, top: b.top, wide: innerWidth}
	})()`, &place)
	if place.Right < place.Wide-40 || place.Top > 120 {
		t.Errorf("Account Settings does not stand at the top right: %+v", place)
	}
	dana.Click("Account Settings")
	dana.Click("+ New Invite")
	account := mara("User")
	dana.FillInvite(account)
	dana.In("dialog").Click("Invite", "button")
	dana.See("Invite sent to Mara Oyelaran")
	dana.Open(brightwater + invites)
	dana.Row(account.email).See("All sites", "Pending")
	in := s.Accept(t, s.Mail.Wait(t, account.email, "invites you"), "")
	in.Open(brightwater + "/sites")
	in.WaitCount("tbody tr", 14)

	// From a site's dashboard it is an invite to that site.
	dana.Open(brightwater + "/sites?q=Summit")
	dana.In("main").Row("Summit Data Hall").Click("Summit Data Hall", "link")
	dana.Click("Site Settings")
	dana.Click("+ New Invite")
	site := invitation{first: "Sven", last: "Hall", email: "sven.hall@brightwater.example", role: "User"}
	dana.FillInvite(site)
	dana.In("dialog").Click("Invite", "button")
	dana.See("Invite sent to Sven Hall")
	dana.Open(brightwater + invites)
	dana.Row(site.email).See("Summit Data Hall", "Pending")
	in = s.Accept(t, s.Mail.Wait(t, site.email, "invites you"), "")
	in.Open(brightwater + "/sites")
	in.WaitCount("tbody tr", 1)
	in.In("main").See("Summit Data Hall")
}

// A8: the settings have a tab "Users"; there the admin looks first whether the person is there already.
func TestA8_LookIntoTheUsersTab(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater)
	dana.Click("Account Settings")
	tabs := dana.In(`nav[aria-label="Account Settings"]`)
	tabs.Exactly("a[aria-current=page]", "Users")
	dana.Click("Invites…", "link")
	dana.SeeURL(invites)
	tabs.Click("Users", "link")
	dana.SeeURL(users + "$")

	dana.Fill("Search name or e-mail", "pritch") // the list follows what is typed
	dana.SeeURL(`\?q=pritch$`)
	dana.WaitCount("tbody tr", 1)
	dana.Row(store.Owen).See("Owen Pritchard", "User", "Harbor Point Tower", "Active")
	dana.Reload()
	dana.WaitCount("tbody tr", 1)
	dana.Fill("Search name or e-mail", "herrera tomas") // without regard to accents and order
	dana.Row(store.Tomas).See("Tomás Herrera")
}

// A9: whoever is not in the list is invited by "+ New Invite".
func TestA9_NotListedNewInvite(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + users)
	dana.See("Not in the list?")
	dana.Fill("Search name or e-mail", "mara oyelaran")
	dana.See("Nothing here matches “mara oyelaran”")
	dana.In("main").Exactly("a, button", "+ New Invite")
	dana.Click("+ New Invite")
	dana.In("dialog").Exactly("h2", "New Invite")
	dana.FillInvite(mara("User"))
	dana.In("dialog").Click("Invite", "button")
	dana.See("Invite sent to Mara Oyelaran")
	s.Mail.Wait(t, mara("").email, "invites you")
}

const ruth = "ruth.okonkwo@brightwater.example"

// settingsTabs are all tabs of the settings of a customer's account.
var settingsTabs = []struct{ name, path string }{
	{"Users", users}, {"Invites…", invites}, {"Guests", guests}, {"Roles", ownRoles}, {"Security Settings", security}, {"Activity", history},
}

const (
	ownRoles = "/settings/roles"
	history  = "/settings/activity"
)

// editsEverySetting opens every tab and sets something of each: a person in each way, an invite in each way, a guest, a role,
// the security settings, how long the history is kept, and a site. It is what A18 and A19 say of their roles.
func editsEverySetting(t *testing.T, who string) {
	t.Helper()
	s := Start(t, Options{})
	p := s.In(t, who)
	p.Open(brightwater)
	p.Click("Account Settings")
	for _, tab := range settingsTabs {
		p.In(`nav[aria-label="Account Settings"]`).Click(tab.name, "link")
		p.SeeURL(tab.path + "$")
		p.Exactly("h1", "Account Settings")
	}
	p.Open(brightwater + users + "?q=ruth")
	change := func(item string, fill func(d *Person), row ...string) {
		p.RowMenu(ruth, item)
		d := p.In("dialog")
		if fill != nil {
			fill(d)
			d.Click("Continue")
		}
		d.Click("Confirm")
		p.Row(ruth).See(row...)
	}
	change("Change role…", func(d *Person) { d.Choose("New role", "Member…") }, "Member")
	change("Change scope…", func(d *Person) { d.Choose("Scope", "Chosen sites"); d.Check("Fremont Depot…") }, "Fremont Depot")
	change("Set end date…", func(d *Person) { d.Fill("Last day of access", "2099-01-31") }, "until Jan 31, 2099")
	p.Row(ruth).Check("E-mail notifications for Ruth Okonkwo")
	p.Row(ruth).Uncheck("E-mail notifications for Ruth Okonkwo")
	change("End sessions…", nil)
	change("Disable…", nil, "Disabled")
	p.RowMenu(ruth, "Enable")
	p.Row(ruth).See("Active")
	p.RowMenu(ruth, "Remove…")
	p.In("dialog").Click("Confirm")
	p.See("Ruth Okonkwo is removed")
	p.Row(ruth).Gone()

	p.Invite(brightwater, mara("Member"))
	for _, act := range []string{"Resend", "Revoke"} {
		p.RowMenu(mara("").email, act)
		p.In("dialog").Click("Confirm")
	}
	p.Row(mara("").email).See("Revoked")

	p.Open(brightwater + guests)
	p.Row(store.Elias).Uncheck("Elias Novak is active")
	p.Row(store.Elias).See("Inactive")
	p.RowMenu(store.Elias, "Edit…")
	p.Within("dialog", func(d *Person) {
		d.Fill("Company optional", "Novak Heating")
		d.Click("Save")
	})
	p.Row(store.Elias).See("Novak Heating")
	p.Open(brightwater + ownRoles)
	p.Click("New role")
	p.Within("dialog", func(d *Person) {
		d.Fill("Name", "Night Watch")
		d.Check("See invites")
		d.Click("Make role")
	})
	p.Group("Roles of your own").Row("Night Watch").See("See invites")
	p.Open(brightwater + security)
	p.Fill("Invite period", "10")
	p.Click("Save: Invites")
	p.See("The settings are saved")
	p.Reload()
	if got := p.Value("Invite period"); got != "10" {
		t.Errorf("invites are open for %s days", got)
	}
	p.Open(brightwater + history)
	p.Click("Kept for…")
	p.In("dialog").Choose("Keep the history", "Kept for 2 years")
	p.In("dialog").Click("Save")
	p.Exactly("main a.btn", "Kept for 2 years")
	p.Open(brightwater + "/sites")
	p.Click("New site", "link")
	p.In("dialog").Fill("Name", "Fleet Yard")
	p.In("dialog").Click("Create")
	p.Exactly("h1", "Fleet Yard")
	p.Click("Actions for Fleet Yard")
	p.In("menu").Click("Edit site", "menuitem")
	p.In("dialog").Fill("Address optional", "9 Fleet Lane")
	p.In("dialog").Click("Save")
	p.See("9 Fleet Lane.")
}

// A18, without the Deployment Tool.
func TestA18_DeployerSeesAndEditsEverySetting(t *testing.T) {
	t.Parallel()
	editsEverySetting(t, store.Jonas)
}

func TestA19_AdminSeesAndEditsEverySetting(t *testing.T) {
	t.Parallel()
	editsEverySetting(t, store.Dana)
}

// A20: a User sees everything, every tab of the settings and the history too, and changes no setting: nothing offers it, and
// what no page offers is refused.
func TestA20_UserSeesEverythingChangesNothing(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	seen := map[string]string{}
	pages := []string{"", "/sites", users, users + "?sort=-joined", invites, invites + "?state=pending", guests, guests + "?q=novak"}
	for _, page := range pages {
		dana.Open(brightwater + page)
		seen[page] = dana.In("main").Text("tbody .c-main")
	}
	dana.Open(brightwater + users + "?q=owen")
	owen := dana.RowID(store.Owen)
	dana.Open(brightwater + invites)
	noor := dana.RowID(store.Noor)
	dana.Open(brightwater + guests)
	elias := dana.RowID(store.Elias)
	tower := dana.SiteID(brightwater, "Harbor Point Tower")

	samuel := s.In(t, store.Samuel)
	for _, page := range pages {
		samuel.Open(brightwater + page)
		if got := strings.ReplaceAll(samuel.In("main").Text("tbody .c-main"), "\nyou", ""); got != strings.ReplaceAll(seen[page], "\nyou", "") {
			t.Errorf("at %s an Admin sees\n%s\na User sees\n%s", page, seen[page], got)
		}
		samuel.Absent("Invite User", "+ New Invite", "Import", "New Guest", "New site")
		if n := samuel.Count("main input[name=id], main [role=switch], main .bulk"); n != 0 {
			t.Errorf("%d boxes and switches at %s", n, page)
		}
	}
	samuel.Open(brightwater)
	samuel.Click("Account Settings")
	for _, tab := range settingsTabs {
		samuel.In(`nav[aria-label="Account Settings"]`).Click(tab.name, "link")
		samuel.SeeURL(tab.path + "$")
		if n := samuel.Count("main form[method=post] button"); n != 0 {
			t.Errorf("%d buttons change something at %s", n, tab.path)
		}
	}
	samuel.See("Dana Whitfield") // what the last tab tells: who did what
	samuel.Absent("Kept for…")
	samuel.Open(brightwater + ownRoles)
	samuel.Group("Roles of your own").See("Installer", "Maintenance")
	samuel.Absent("New role", "Edit Installer", "Delete Installer")
	samuel.Open(brightwater + security)
	samuel.See("You can look at these settings.", "No domain is listed", "Invite period", "Second factor")
	samuel.Absent("Add", "Save: Invites", "End now", "Grant support access to Northgate Integrators")
	samuel.Open(brightwater + users + "?q=owen")
	samuel.Row(store.Owen).Click("Actions for…")
	samuel.In("menu").Exactly("[role=menuitem]", "Open details")
	if n := samuel.Count("[role=menu]:popover-open [role=menuitem]"); n != 1 {
		t.Errorf("%d things can be done to Owen", n)
	}
	samuel.Press("Escape")
	samuel.Open(brightwater + invites)
	samuel.Row(store.Noor).Click("Actions for…")
	samuel.In("menu").Exactly("[role=menuitem]", "History")
	if n := samuel.Count("[role=menu]:popover-open [role=menuitem]"); n != 1 {
		t.Errorf("%d things can be done to the invite", n)
	}

	for path, form := range map[string][]string{
		users + "/roles":                      {"id", owen, "role", "admin"},
		users + "/scopes":                     {"id", owen, "scope", "account"},
		users + "/notifications":              {"id", owen, "notify_email", "off"},
		users + "/ends":                       {"id", owen, "ends_on", "2099-12-31"},
		users + "/suspensions":                {"id", owen},
		users + "/resumptions":                {"id", owen},
		users + "/sign-outs":                  {"id", owen},
		users + "/removals":                   {"id", owen},
		invites:                               {"first_name", "M", "last_name", "O", "email", mara("").email, "role", "user", "scope", "account", "language", "en"},
		invites + "/sendings":                 {"id", noor},
		invites + "/revocations":              {"id", noor},
		invites + "/" + noor + "/corrections": {"first_name", "M", "last_name", "O", "role", "user", "scope", "account", "language", "en", "version", "1"},
		invites + "/" + noor + "/links":       {},
		invites + "/imports":                  {},
		guests:                                {"email", store.Lars, "workspace", "all", "place", "account", "may", "view-devices", "active", "on", "confirmed", "1"},
		guests + "/" + elias:                  {"company", "Samuel's", "version", "1"},
		guests + "/deactivations":             {"id", elias},
		guests + "/removals":                  {"id", elias},
		ownRoles:                              {"name", "Samuel's own", "may", "view-users"},
		security:                              {"section", "invites", "invite_days", "30", "version", "1"},
		security + "/domains":                 {"domain", "elsewhere.example", "version", "1"},
		security + "/support":                 {"reason", "for Samuel", "hours", "8"},
		history + "/retentions":               {"months", "12"},
		"/sites":                              {"name", "Samuel's site"},
		"/sites/" + tower:                     {"name", "Samuel's site", "version", "1"},
		"/sites/" + tower + "/groups":         {"name", "Samuel's group"},
		"/sites/" + tower + "/devices":        {"serial", "GH-NEW-0001", "kind", "meter"},
	} {
		samuel.Refused(path, samuel.Forge(brightwater+path, form...), http.StatusForbidden)
	}
	dana.Open(brightwater + users + "?q=owen")
	dana.Row(store.Owen).See("User", "Harbor Point Tower", "Active")
	dana.Open(brightwater + invites)
	dana.Row(store.Noor).See("Deployer User", "Pending")
	dana.Open(brightwater + guests)
	dana.Row(store.Elias).See("Novak HVAC", "Active", "Validated")
	dana.Open(brightwater + "/sites?q=samuel")
	dana.See("Nothing here matches “samuel”")
	if n := s.Invited(); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

// A21: scope says what a person can reach, and nothing else of the account can be seen or inferred (TEN-08).
func TestA21_ScopeIsWhatAPersonReaches(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	tower, offices := dana.SiteID(brightwater, "Harbor Point Tower"), dana.SiteID(brightwater, "Kings Row Offices")

	owen := s.In(t, store.Owen)
	owen.Open(brightwater + "/sites")
	owen.WaitCount("tbody tr", 1)
	owen.Open(brightwater + "/sites/" + tower)
	owen.Exactly("h1", "Harbor Point Tower")
	owen.Open(brightwater + "/sites/" + offices)
	owen.See("There is nothing at this address")
	owen.NotSee("Kings Row")
	owen.Open(brightwater + users + "?q=nathan") // he works at Kings Row
	owen.See("Nothing here matches “nathan”")

	dana.Open(brightwater + users + "?q=owen")
	dana.RowMenu(store.Owen, "Change scope…")
	dana.Within("dialog", func(d *Person) {
		d.Check("Kings Row Offices…")
		d.Click("Continue")
		d.See("Harbor Point Tower", "Kings Row Offices")
		d.Click("Confirm")
	})
	dana.Row(store.Owen).See("Harbor Point Tower +1")

	owen.Open(brightwater + "/sites/" + offices) // the next click
	owen.Exactly("h1", "Kings Row Offices")
	owen.Open(brightwater + "/sites")
	owen.WaitCount("tbody tr", 2)
	owen.Open(brightwater + users + "?q=nathan")
	owen.See("Nathan Feld")
}
