package e2e

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"gatehouse/store"
)

const cobalt = "/accounts/" + store.Cobalt

// A17: the window "New Invite" asks for the person's details and one role.
func TestA17_NewInviteAsksForDetailsAndOneRole(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + invites)
	dana.Click("+ New Invite")
	d := dana.In("dialog")
	d.Exactly("h2", "New Invite")
	for _, field := range []string{"First name", "Last name", "E-mail", "Phone"} {
		if got := d.Value(field); got != "" {
			t.Errorf("%s begins as %q", field, got)
		}
	}
	chosen := func() (n int) {
		dana.Eval(`document.querySelectorAll('dialog [name=role]:checked').length`, &n)
		return n
	}
	roles := []string{"Member", "User", "Admin", "Deployer User", store.FrontDesk, store.Installer, store.Maintenance, store.Viewer}
	d.WaitCount("[name=role]", len(roles))
	for _, role := range roles {
		d.Choose("Role", role+"…")
		if chosen() != 1 {
			t.Errorf("after choosing %s %d roles are chosen", role, chosen())
		}
	}
	// Without a name, an address, a number that can be called and a scope nothing is sent; what was typed stays.
	d.Fill("E-mail", "mara at brightwater")
	d.Fill("Phone", "+1 503 555 0188")
	dana.Eval(`document.querySelector('#invite-form').noValidate = true`, nil)
	d.Click("Invite", "button")
	d.See("5 things to correct")
	if got := d.Value("E-mail"); got != "mara at brightwater" {
		t.Errorf("the address became %q", got)
	}
	dana.FillInvite(mara("Deployer User"))
	d.Click("Invite", "button")
	dana.See("Invite sent to Mara Oyelaran")
	dana.Row(mara("").email).See("Mara Oyelaran", "Deployer User", "All sites", "Pending")
	if n := len(s.Mail.WaitFor(t, mara("").email, 1)); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// A22: the inviter can give only a scope equal to their own or smaller (PRIV-01, TEN-02).
func TestA22_ScopeWithinTheInviters(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	other := s.In(t, store.Cora).SiteID(cobalt, "North Lot Garage")

	priya := s.In(t, store.Priya) // Admin of Grant Street Works, where site admins may invite
	priya.Open(cobalt + invites)
	priya.Click("+ New Invite")
	d := priya.In("dialog")
	d.See("Grant Street Works")
	d.NotSee("North Lot Garage")
	if n := d.Count(`[name=scope][type=checkbox]`); n != 1 {
		t.Errorf("%d sites to choose from", n)
	}
	d.Absent("Whole account")
	i := mara("User")
	i.whole, i.sites = false, []string{"Grant Street Works"}
	priya.FillInvite(i)
	d.Click("Invite", "button")
	priya.See("Invite sent to Mara Oyelaran")
	priya.Row(i.email).See("Grant Street Works")
	s.Mail.Wait(t, i.email, "invites you")

	typed := func(scope ...string) []string {
		form := []string{"first_name", "Eve", "last_name", "Wide", "email", "eve.wide@cobaltfield.example", "role", "user", "language", "en"}
		for _, v := range scope {
			form = append(form, "scope", v)
		}
		return form
	}
	for name, scope := range map[string][]string{"the whole account": {"account"}, "another site": {other}, "both": {"account", other}} {
		priya.Refused("an invite to "+name, priya.Forge(cobalt+invites, typed(scope...)...), http.StatusUnprocessableEntity, http.StatusNotFound, http.StatusForbidden)
	}
	ingrid := s.In(t, store.Ingrid) // Admin of three sites, where site admins may not invite
	ingrid.Open(brightwater + invites)
	ingrid.Absent("+ New Invite", "Import")
	for _, scope := range []string{"account", ingrid.SiteID(brightwater, "Harbor Point Tower")} {
		ingrid.Refused("an invite by Ingrid", ingrid.Forge(brightwater+invites, typed(scope)...), http.StatusForbidden)
	}
	priya.Open(cobalt + invites + "?q=eve")
	priya.See("Nothing here matches “eve”")
	if n := s.Invited(); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
}

// A23: an account-wide inviter gives account-wide or site scope. A24: site scope is one site or several.
func TestA23_AccountWideInviterGivesAccountOrSites(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	whole := mara("User")
	dana.Invite(brightwater, whole)
	dana.Row(whole.email).See("All sites")
	site := invitation{first: "Sven", last: "Hall", email: "sven.hall@brightwater.example", role: "Admin", sites: []string{"Summit Data Hall"}}
	dana.Invite(brightwater, site)
	dana.Row(site.email).See("Summit Data Hall")
	for i, want := range map[string]string{whole.email: "Where: All sites\n", site.email: "Where: Summit Data Hall\n"} {
		if m := s.Mail.Wait(t, i, "invites you"); !strings.Contains(m.Text, want) {
			t.Errorf("the mail to %s does not say %q:\n%s", i, want, m.Text)
		}
	}
}

func TestA24_SiteScopeIsOneOrSeveralSites(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	one := invitation{first: "Sven", last: "Hall", email: "sven.hall@brightwater.example", role: "User", sites: []string{"Pier 9 Terminal"}}
	several := mara("User")
	several.whole, several.sites = false, []string{"Ashgrove School", "Kings Row Offices", "Windy Lookout Farm"}
	for _, i := range []invitation{one, several} {
		dana.Invite(brightwater, i)
		in := s.Accept(t, s.Mail.Wait(t, i.email, "invites you"), "")
		in.Open(brightwater + "/sites")
		if got, want := in.Text("tbody .c-main"), strings.Join(i.sites, "\n"); got != want {
			t.Errorf("%s reaches\n%s\nwant\n%s", i.name(), got, want)
		}
	}
	dana.Open(brightwater + users + "?q=mara")
	dana.Row(several.email).See("Ashgrove School +2")
}

// A25: a search bar finds the scope, and what it finds is picked.
func TestA25_SearchFindsAndPicksTheScope(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + invites)
	dana.Click("+ New Invite")
	d := dana.In("dialog")
	i := mara("User")
	i.whole = false
	dana.FillInvite(i)
	d.Choose("Scope", "Chosen sites")
	sites := d.In(".picker")
	sites.WaitCount("li", 14)
	sites.Fill("Search 14 sites", "summit")
	sites.WaitCount("li", 1)
	sites.Check("Summit Data Hall…")
	sites.Fill("Search 14 sites", "KRO") // by its code
	sites.WaitCount("li", 1)
	sites.Check("Kings Row Offices…")
	sites.Fill("Search 14 sites", "no such place")
	sites.WaitCount("li label", 0)
	sites.Fill("Search 14 sites", "")
	sites.WaitCount("li", 14)
	sites.See("2 chosen:")
	d.Click("Invite", "button")
	dana.See("Invite sent to Mara Oyelaran")
	dana.Row(i.email).See("Kings Row Offices +1")
	if m := s.Mail.Wait(t, i.email, "invites you"); !strings.Contains(m.Text, "Where: Kings Row Offices, Summit Data Hall\n") {
		t.Errorf("the mail says:\n%s", m.Text)
	}
}

// A26: "Invite" sends it, and nothing before it does.
func TestA26_InviteSendsIt(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + invites)
	dana.Click("+ New Invite")
	dana.FillInvite(mara("User"))
	dana.In("dialog").Exactly("footer button", "Invite")
	dana.In("dialog").Click("Cancel")
	dana.In("dialog").Gone()
	dana.Open(brightwater + invites + "?q=mara")
	dana.See("Nothing here matches “mara”")
	if n := s.Invited(); n != 0 {
		t.Fatalf("%d mails before Invite", n)
	}
	dana.Click("+ New Invite")
	dana.FillInvite(mara("User"))
	dana.In("dialog").Click("Invite", "button")
	dana.See("Invite sent to Mara Oyelaran")
	m := s.Mail.Wait(t, mara("").email, "Dana Whitfield invites you to Brightwater Energy")
	m.Link(t, s.URL+"/invites/")
	dana.Open(brightwater + invites + "?q=mara")
	dana.Row(mara("").email).See("Sent", "Dana Whitfield", "in 7 days")
}

// A27: the settings show the list "Invites".
func TestA27_SettingsShowTheInvites(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater)
	dana.Click("Account Settings")
	dana.In("main").Click("Invites…", "link")
	dana.SeeURL(invites + "$")
	dana.In(`nav[aria-label="Account Settings"]`).See("Invites")
	for row, want := range map[string][]string{
		store.Patrick: {"Patrick Nolan", "User", "Kings Row Offices", "Pending", "Failed", "550 5.1.1 Mailbox unavailable", "Dana Whitfield"},
		store.MeiLing: {"Admin", "Eastfield Solar Park", "Pending", "Queued", "Tomás Herrera"},
		store.Freya:   {"Member", "All sites", "Pending", "Not mailed"},
		store.Stefan:  {"Cedar Street Substation", "Expired", "Sent"},
		store.Tom:     {"Admin", "Revoked"},
		store.Noor:    {"Deployer User", "Harbor Point Tower +1", "Pending", "Sent"},
	} {
		dana.Row(row).See(want...)
	}
	dana.Open(brightwater + invites + "?state=expired&role=member")
	dana.Row("lotte.hansen@brightwater.example").See("Expired", "Member")
	dana.NotSee(store.Stefan)
}

// A28: "Revoke" stands in the menu of three dots that shows when the name is pointed at, or reached by the keyboard.
func TestA28_RevokeInTheThreeDotMenu(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + invites)
	shown := func() (opacity float64) {
		dana.Eval(`Number(getComputedStyle([...document.querySelectorAll('tbody tr')].find(r => r.textContent.includes('Noor van Dijk')).querySelector('.kebab')).opacity)`, &opacity)
		return opacity
	}
	if at := shown(); at >= 1 {
		t.Errorf("the dots stand out before the name is pointed at: %v", at)
	}
	row := dana.Row(store.Noor)
	row.Hover("Noor van Dijk")
	dana.until("see the dots in full", func() (bool, string) { return shown() == 1, strconv.FormatFloat(shown(), 'f', 2, 64) })
	row.Click("Actions for Noor van Dijk")
	dana.In("menu").Exactly("[role=menuitem]", "Revoke")
	dana.Press("Escape")
	dana.In("menu").Gone()
	dana.Hover("Account Settings")

	// The same by keyboard alone: from the name with Tab to the dots, Enter, the arrow, Enter.
	dana.Eval(`document.activeElement.blur()`, nil)
	dana.Eval(`[...document.querySelectorAll('tbody tr')].find(r => r.textContent.includes('Noor van Dijk')).querySelector('.c-main a').focus()`, nil)
	dana.Press("Tab")
	if at := dana.Focused(); !strings.Contains(at, "Actions for Noor van Dijk") {
		t.Errorf("Tab leads from the name to %s", at)
	}
	dana.until("see the dots in full", func() (bool, string) { return shown() == 1, strconv.FormatFloat(shown(), 'f', 2, 64) })
	dana.Press("Enter")
	dana.In("menu").See("Revoke")
	dana.Press("ArrowDown")
	if at := dana.Focused(); !strings.Contains(at, "Revoke") {
		t.Errorf("the arrow leads to %s", at)
	}
	dana.Press("Enter")
	dana.Within("dialog", func(d *Person) {
		d.See("Revoke the invite of Noor van Dijk?", "The links stop working at once.")
		if at := dana.Focused(); !strings.Contains(at, "Cancel") {
			t.Errorf("the question begins on %s, not on its safe button", at)
		}
		d.Click("Confirm")
	})
	dana.See("Invite of Noor van Dijk revoked")
	dana.Row(store.Noor).See("Revoked")
}

// A29: revoking is for a wrong role or scope; then a fresh, corrected invite can be sent, and accepted.
func TestA29_RevokeThenInviteAfresh(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Invite(brightwater, mara("Admin")) // wrong role, wrong scope
	wrong := s.Mail.Wait(t, mara("").email, "invites you").Link(t, "/invites/")
	dana.RowMenu(mara("").email, "Revoke")
	dana.In("dialog").Click("Confirm")
	dana.Row(mara("").email).See("Revoked")
	v := s.Person(t)
	v.Open(wrong)
	v.See("This invitation cannot be opened") // INV-06

	right := mara("User")
	right.whole, right.sites = false, []string{"Harbor Point Tower"}
	dana.Invite(brightwater, right)
	dana.Open(brightwater + invites + "?q=mara")
	dana.WaitCount("tbody tr", 1) // the same person, not twice
	dana.Row(right.email).See("User", "Harbor Point Tower", "Pending")
	mails := s.Mail.WaitFor(t, right.email, 2)
	v.Open(wrong)
	v.See("This invitation cannot be opened")
	in := s.Accept(t, mails[1], "")
	in.See("Your role is User.")
	in.Open(brightwater + "/sites")
	in.WaitCount("tbody tr", 1)
	in.In("main").Row("Harbor Point Tower").See("HPT")
	dana.Open(brightwater + users + "?q=mara")
	dana.Row(right.email).See("User", "Harbor Point Tower", "Active")
}

// Revoking several: what would become of each, "Yes", what became of each, "Close" (C21 to C23).
func TestRevokeSeveralInvites(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + invites)
	for _, email := range []string{store.Noor, store.Kelly, store.Stefan, store.Tom} {
		dana.Row(email).Check("Select…")
	}
	bar := dana.In(".bulk")
	bar.See("4 selected")
	bar.Click("Revoke")
	dana.Within("dialog", func(d *Person) {
		d.Exactly("h2", "Revoke 2 of 4 invites?")
		d.See("Will be revoked (2)", "Cannot be revoked (2)")
		d.Row(store.Noor).See("Pending", "Revoked")
		d.Row(store.Stefan).See("Expired")
		d.Row(store.Tom).See("Revoked")
		d.Exactly("footer button", "No")
		d.Exactly("footer button", "Yes")
		d.Click("No")
	})
	dana.In("dialog").Gone()
	dana.Row(store.Noor).See("Pending") // nothing was done
	dana.In(".bulk").Click("Revoke")
	dana.In("dialog").Click("Yes")
	dana.Within("dialog", func(d *Person) {
		d.Exactly("h2", "2 invites revoked, 2 were not")
		d.Row(store.Noor).See("Revoked")
		d.Row(store.Stefan).See("Expired on")
		d.Row(store.Tom).See("Revoked on")
		d.Exactly("footer button", "Close")
		d.In("footer").Click("Close")
	})
	dana.In("dialog").Gone()
	dana.Row(store.Noor).See("Revoked")
	dana.Row(store.Kelly).See("Revoked")
	dana.Row(store.Stefan).See("Expired")
	// The tab's counter equals what there is (INV-22).
	dana.In(`nav[aria-label="Account Settings"]`).See("Invites 7")
	dana.Open(brightwater + invites + "?state=pending")
	dana.WaitCount("tbody tr", 7)
}

// Correct changes role and scope in one step: a new link by a new mail, the old one dead.
func TestCorrectAnInvite(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Invite(brightwater, mara("Admin"))
	wrong := s.Mail.Wait(t, mara("").email, "invites you").Link(t, "/invites/")
	dana.RowMenu(mara("").email, "Correct…")
	dana.Within("dialog", func(d *Person) {
		d.Exactly("h2", "Correct the invite of Mara Oyelaran")
		d.Choose("Role", "User…")
		d.Choose("Scope", "Chosen sites")
		d.Check("Pier 9 Terminal…")
		d.Click("Correct and send")
	})
	dana.See("Invite of Mara Oyelaran corrected and sent again")
	dana.Row(mara("").email).See("User", "Pier 9 Terminal", "Pending")
	mails := s.Mail.WaitFor(t, mara("").email, 2)
	v := s.Person(t)
	v.Open(wrong)
	v.See("This invitation cannot be opened")
	s.Accept(t, mails[1], "").See("Your role is User.")
}

// The same address twice is one invite: the second form says so, and no second mail goes out (INV-12).
func TestInvitedTwice(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Invite(brightwater, mara("User"))
	again := mara("Admin")
	again.email = "Mara.Oyelaran@BRIGHTWATER.example"
	dana.Click("+ New Invite")
	dana.FillInvite(again)
	dana.In("dialog").Click("Invite", "button")
	dana.In("dialog").See("E-mail")
	if at := dana.In("dialog").Count("[aria-invalid=true]"); at != 1 {
		t.Errorf("%d fields are marked", at)
	}
	dana.In("dialog").Click("See it")
	dana.See("Mara Oyelaran", "Pending")
	if n := len(s.Mail.WaitFor(t, mara("").email, 1)); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// importFile is n rows of which every seventh has a fault, each another one.
func importFile(n int) (file []byte, bad int) {
	faults := []string{
		"Ann,Wrong,wrong %d,,User,All sites",
		"Ann,Phone,phone%d@brightwater.example,503-555-0100,User,All sites",
		"Ann,Role,role%d@brightwater.example,,Emperor,All sites",
		"Ann,Site,site%d@brightwater.example,,User,Atlantis",
		"Dana,In%d,dana.whitfield@brightwater.example,,User,All sites",
		",,nameless%d@brightwater.example,,User,All sites",
		"Twice,Row%d,imp001@brightwater.example,,User,All sites",
	}
	var b strings.Builder
	b.WriteString("First name,Last name,E-mail,Phone,Role,Scope\r\n")
	for i := 1; i <= n; i++ {
		if i%7 == 0 {
			fmt.Fprintf(&b, faults[bad%len(faults)]+"\r\n", i)
			bad++
			continue
		}
		fmt.Fprintf(&b, "Ima,Port%03d,imp%03d@brightwater.example,,User,%s\r\n", i, i, []string{"All sites", "KRO; HPT", "Pier 9 Terminal"}[i%3])
	}
	return []byte(b.String()), bad
}

// A file of 300 invites: nothing is sent before the report was read and confirmed; how far it is stands on the page,
// also after a reload; then all good rows are invited and no other (INV-14).
func TestImportInvites(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Engine: "postgres"})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + invites)
	dana.Click("Import")
	name, template := dana.Download(func() { dana.Click("Download the template") })
	if !strings.HasSuffix(name, ".csv") || !strings.Contains(string(template), "First name,Last name,E-mail,Phone,Role,Scope") {
		t.Errorf("the template %s is %q", name, template)
	}
	file, bad := importFile(300)
	good := 300 - bad
	dana.Attach("CSV file…", "people.csv", file)
	dana.Click("Check the file")
	dana.Exactly("h1", "Check people.csv")
	dana.See(fmt.Sprintf("%d of 300 rows will be invited, %d cannot be. Nothing is sent yet.", good, bad))
	dana.Click(fmt.Sprintf("%d with problems", bad))
	for row, want := range map[string]string{
		"wrong 7": "E-mail: An address has one @", "phone14@": "Phone: Only +1 and ten digits", "role21@": "Role: Choose one of the options.",
		"site28@": "Scope: There is no site “Atlantis” that you can give.", "Dana In35": "E-mail: This address belongs to somebody who is in already.",
		"nameless42@": "Last name: Fill this in.", "Twice Row49": "E-mail: The same address stands in line 2.",
	} {
		dana.Row(row).See(want)
	}
	dana.Screenshot("import.png")
	if n := s.Invited(); n != 0 {
		t.Fatalf("%d mails before the report was confirmed", n)
	}
	release := s.holdAddress(t, "imp290@brightwater.example") // it stops in its second batch of rows
	dana.Click(fmt.Sprintf("Invite %d people", good))
	dana.Exactly("h1", "Inviting from people.csv")
	dana.See("77 %", "You can leave this page: the work goes on without it.")
	dana.Reload()
	dana.See("77 %")
	dana.Screenshot("progress.png")
	release()
	done := fmt.Sprintf("%d people were invited, %d were not", good, bad)
	dana.See(done) // the page comes to it by itself
	dana.Exactly("h1", "Invited from people.csv")
	dana.Reload()
	dana.See(done)
	dana.Open(brightwater + invites + "?q=imp&state=pending")
	dana.See(fmt.Sprintf("of %d", good))
	dana.until("have all mails", func() (bool, string) {
		n := s.Invited()
		return n >= good, fmt.Sprintf("%d mails", n)
	})
	to := map[string]int{}
	for _, m := range s.Mail.All() {
		if strings.HasPrefix(m.To[0], "imp") {
			to[m.To[0]]++
		}
	}
	if len(to) != good || to["imp001@brightwater.example"] != 1 {
		t.Errorf("%d people got mail, want %d", len(to), good)
	}
}

// holdAddress keeps everybody from writing an invite of this address; see hold.
func (s *Server) holdAddress(t *testing.T, email string) (release func()) {
	t.Helper()
	return s.hold(t, `insert into memberships
		select (jsonb_populate_record(m, jsonb_build_object('id', 'held', 'email', $1::text))).* from memberships m
		where m.account_id = (select id from accounts where slug = $2) limit 1`, email, store.Brightwater)
}

// hold keeps everybody on PostgreSQL from writing what the statement writes, as a slow transaction does, until it is
// released.
func (s *Server) hold(t *testing.T, statement string, args ...any) (release func()) {
	t.Helper()
	db, err := sql.Open("pgx", s.Database)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		if err := errors.Join(tx.Rollback(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	_, err = tx.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	return release
}
