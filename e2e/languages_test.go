package e2e

import (
	"strings"
	"testing"

	"gatehouse/store"
)

// spoken is what a language calls the things a person looks for here.
type spoken struct {
	code, name, help, title, signIn, steps, settings string
	reader                                           string // somebody of the demo who reads it
}

var languages = []spoken{
	{"en", "English (US)", "Help", "Help and walkthrough", "Sign in", "Choose Invite", "Account Settings", store.Dana},
	{"es", "Español", "Ayuda", "Ayuda y recorrido", "Iniciar sesión", "Elige Invitar", "Ajustes de la cuenta", store.Rosa},
	{"it", "Italiano", "Aiuto", "Aiuto e percorso guidato", "Accedi", "Scegli Invita", "Impostazioni account", "elena.marchetti@brightwater.example"},
}

// A30: the help is a walkthrough, reached from every page; the pages exist in English (US), Spanish and Italian.
func TestA30_HelpFromEveryPageInThreeLanguages(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	lines := map[string][]string{}
	for _, l := range languages {
		p := s.Person(t)
		p.Speaks(l.code)
		for _, page := range []string{"/sign-in", "/forgot", "/help", "/invites/none", "/reset/none"} {
			p.Open(page)
			if got := p.Language(); got != l.code {
				t.Errorf("%s speaks %q to somebody who reads %s", page, got, l.code)
			}
			p.Offered(l.help)
		}
		p.Click(l.help, "link")
		p.SeeURL("^/help$")
		p.Exactly("h1", l.title)
		p.See(l.steps)
		if n := p.Count("ol > li"); n != 8 {
			t.Errorf("the walkthrough in %s has %d steps", l.name, n)
		}
		lines[l.code] = strings.Split(p.In("main").Text(""), "\n")
		// Each step has its picture, of the portal in that language.
		var missing []string
		p.Eval(`Promise.all([...document.querySelectorAll('ol img')].map(i => fetch(i.src).then(r => r.ok && i.alt && i.src.includes('/help/`+l.code+`/') ? '' : i.src))).then(all => all.filter(Boolean))`, &missing)
		if n := p.Count("ol > li img"); n != 8 || len(missing) > 0 {
			t.Errorf("the walkthrough in %s has %d pictures, without %q", l.name, n, missing)
		}

		p = s.In(t, l.reader)
		for _, page := range []string{brightwater, brightwater + "/sites", brightwater + users, brightwater + invites, brightwater + "/nothing-here", "/profile"} {
			p.helpFrom(t, page, l)
		}
		if l.code != "it" { // of those who read it nobody has all tabs; Dana looks below
			p.tabsSpeak(t, l)
		}
	}
	// What is translated reads otherwise: no sentence is left in another language.
	for i, l := range languages {
		for _, line := range lines[l.code] {
			for _, other := range languages[i+1:] {
				for _, theirs := range lines[other.code] {
					if line == theirs && strings.Count(line, " ") > 1 {
						t.Errorf("%s and %s both say %q", l.name, other.name, line)
					}
				}
			}
		}
	}

	// The language is chosen at the door, and in the profile.
	p := s.Person(t)
	p.Open("/sign-in")
	for _, l := range append(languages[1:], languages[0]) {
		p.Click(l.name, "link")
		p.Exactly("h1", l.signIn)
	}
	dana := s.In(t, store.Dana)
	dana.Open("/profile")
	dana.Choose("Language", "Italiano")
	dana.Click("Save", "button")
	dana.In(".rail").Click("Aiuto")
	dana.Exactly("h1", "Aiuto e percorso guidato")
	dana.tabsSpeak(t, languages[2])
}

// tabsSpeak opens every tab of the settings in the reader's language.
func (p *Person) tabsSpeak(t *testing.T, l spoken) {
	t.Helper()
	for _, tab := range settingsTabs {
		p.Open(brightwater + tab.path)
		if got, title := p.Language(), p.Text("h1"); got != l.code || title != l.settings {
			t.Errorf("%s speaks %q and is called %q to somebody who reads %s", tab.path, got, title, l.code)
		}
		p.In(".rail").Offered(l.help)
	}
}

// helpFrom opens a page in the reader's language and looks for the help: in the rail, and in the person's own menu.
func (p *Person) helpFrom(t *testing.T, page string, l spoken) {
	t.Helper()
	p.Open(page)
	if got := p.Language(); got != l.code {
		t.Errorf("%s speaks %q to somebody who reads %s", page, got, l.code)
	}
	p.In(".rail").Offered(l.help)
	p.Eval(`document.querySelector('button.me').click()`, nil)
	p.In("menu").Click(l.title, "menuitem")
	p.SeeURL("^/help$")
	p.Exactly("h1", l.title)
}

// The labels that the source documents name read as they do there, letter by letter (interface.md, Words). Those of
// pages that are not there yet come with them.
func TestLiteralLabels(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater)
	dana.Exactly("main a.btn", "Account Settings")
	dana.In(".rail").Exactly("nav a", "Users Settings")
	dana.In(".rail").Exactly("nav h2", "Admin")
	dana.In(".rail").Click("Harbor Point Tower")
	dana.Exactly("main a.btn", "Site Settings")

	dana.Open(brightwater + users)
	dana.Exactly("h1", "Account Settings")
	dana.Exactly("main nav a", "Users")
	dana.Exactly("main nav a", "Invites")
	dana.Exactly("main a.btn", "Invite User")
	dana.Exactly("main .pager a", "+ New Invite")
	dana.Click("Invite User", "link")
	d := dana.In("dialog")
	d.Exactly("h2", "New Invite")
	d.Exactly("footer button", "Invite User")
	d.Click("Cancel")

	dana.Open(brightwater + invites)
	dana.Exactly("h1", "Account Settings")
	dana.Exactly("main a.btn", "+ New Invite")
	dana.Click("+ New Invite")
	d.Exactly("h2", "New Invite")
	for _, part := range []string{"Contact Info", "Permissions", "Notifications"} {
		d.Exactly("legend", part)
	}
	for _, role := range []string{"Deployer User", "Admin", "User", "Member"} {
		d.Exactly(".choices b", role)
	}
	d.See("Can view and edit any settings, and has the Deployment Tool on the Site Dashboard.", "Can view and edit any settings.", "Can view anything, cannot change any settings.")
	d.Exactly("footer button", "Invite")
	d.Click("Cancel")
	for state, row := range map[string]string{"Pending": store.Noor, "Expired": store.Stefan, "Revoked": store.Tom, "Accepted": "luca.ferrante@brightwater.example"} {
		dana.Fill("Search name or e-mail", strings.SplitN(row, "@", 2)[0])
		dana.Row(row).Exactly(".state", state)
	}
	dana.Open(brightwater + invites)
	dana.Row(store.Noor).Click("Actions for…")
	dana.In("menu").Exactly("[role=menuitem]", "Revoke")
	dana.In("menu").Exactly("[role=menuitem]", "Resend")
	dana.In("menu").Click("Revoke", "menuitem")
	d.Exactly("footer button", "Confirm")
	d.Click("Cancel")
	for _, email := range []string{store.Noor, store.Kelly} {
		dana.Row(email).Check("Select…")
	}
	dana.In(".bulk").Exactly("button", "Revoke")
	dana.In(".bulk").Click("Resend")
	d.Exactly("footer button", "Yes")
	d.Click("Yes")
	d.Exactly("footer button", "Close")
	d.In("footer").Click("Close")

	dana.Open(brightwater + users)
	for css, word := range map[string]string{"[role=switch][aria-checked=true]": "ON", "[role=switch][aria-checked=false]": "OFF"} {
		attr := "data-" + strings.ToLower(word)
		if got := dana.In("tbody").Attr(css, attr); got != word {
			t.Errorf("a switch reads %q, want %q", got, word)
		}
	}
}
