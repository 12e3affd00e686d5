package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// Where the tests go; the rest they find by clicking.
const (
	brightwater = "/accounts/" + store.Brightwater
	users       = "/settings/users"
	invites     = "/settings/invites"
)

// fresh is the password of everybody who makes an account in a test.
const fresh = "plinth walrus October 41"

// In gives somebody of the demo a browser in which they are signed in.
func (s *Server) In(t testing.TB, email string) *Person {
	t.Helper()
	p := s.Person(t)
	p.SignIn(email, store.DemoPassword)
	return p
}

// invitation is what somebody types into the window "New Invite". What is empty stays as the window has it.
type invitation struct {
	first, last, email, phone, message, ends, language, role string
	whole                                                    bool
	sites                                                    []string // by name
}

// mara is whom most tests invite.
func mara(role string) invitation {
	return invitation{first: "Mara", last: "Oyelaran", email: "mara.oyelaran@brightwater.example", phone: "+15035550188", role: role, whole: true}
}

func (i invitation) name() string { return i.first + " " + i.last }

// FillInvite fills the window that is open.
func (p *Person) FillInvite(i invitation) {
	p.t.Helper()
	d := p.In("dialog")
	for _, field := range []struct{ label, value string }{
		{"First name", i.first},
		{"Last name", i.last},
		{"E-mail", i.email},
		{"Phone", i.phone},
		{"Message optional", i.message},
		{"End date optional", i.ends},
	} {
		if field.value != "" {
			d.Fill(field.label, field.value)
		}
	}
	if i.language != "" {
		d.Choose("Language", i.language)
	}
	if i.role != "" {
		d.Choose("Role", i.role+"…")
	}
	if i.whole {
		d.Choose("Scope", "Whole account")
	}
	if len(i.sites) > 0 {
		if d.Count("[name=scope][type=radio]") > 0 || d.Offers("Chosen sites") {
			d.Choose("Scope", "Chosen sites")
		}
		for _, site := range i.sites {
			d.Check(site + "…")
		}
	}
}

// Invite invites somebody from the Invites tab of an account and waits until the list has them.
func (p *Person) Invite(account string, i invitation) {
	p.t.Helper()
	p.Open(account + invites)
	p.Click("+ New Invite")
	p.FillInvite(i)
	p.In("dialog").Click("Invite", "button")
	p.See("Invite sent to " + i.name())
	p.Row(i.email).See("Pending")
}

// Accept opens the link of a mail in a browser of its own, makes the account and waits until the person is in.
func (s *Server) Accept(t testing.TB, m Message, phone string) *Person {
	t.Helper()
	p := s.Person(t)
	p.Open(m.Link(t, "/invites/"))
	if phone != "" {
		p.Fill("Phone", phone)
	}
	p.Fill("Password", fresh)
	p.Click("Accept and sign in")
	p.See("Welcome to")
	return p
}

// Invited counts the invites that were mailed. The demo's reminders and notices of expiry are none.
func (s *Server) Invited() int {
	n := 0
	for _, m := range s.Mail.All() {
		if !strings.HasPrefix(m.Subject, "Reminder") && strings.Contains(m.Subject, " invites you to ") {
			n++
		}
	}
	return n
}

// RowMenu opens the three dots of the row that has this text and chooses an item.
func (p *Person) RowMenu(row, item string) {
	p.t.Helper()
	p.Row(row).Click("Actions for…")
	p.In("menu").Click(item, "menuitem")
}

// Forge posts a form that no page offers, from the person's own browser and with all it holds, and returns the
// status: 0 is an answer that led on to another page. Names and values take turns.
func (p *Person) Forge(path string, form ...string) int {
	p.t.Helper()
	pairs := make([][2]string, 0, len(form)/2)
	for i := 0; i+1 < len(form); i += 2 {
		pairs = append(pairs, [2]string{form[i], form[i+1]})
	}
	body, err := json.Marshal(pairs)
	if err != nil {
		p.t.Fatal(err)
	}
	var status int
	p.Eval(`fetch(`+quoted(path)+`, {method: 'POST', redirect: 'manual', body: new URLSearchParams(`+string(body)+`)}).then(r => r.status)`, &status)
	return status
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string is always JSON
	}
	return string(b)
}

// Refused checks that a forged post was answered with one of these.
func (p *Person) Refused(what string, got int, want ...int) {
	p.t.Helper()
	for _, w := range want {
		if got == w {
			return
		}
	}
	p.t.Errorf("%s was answered %d %s, want %v", what, got, http.StatusText(got), want)
}

// Exactly waits until a line of the first visible element the CSS selector finds reads so, letter by letter.
func (p *Person) Exactly(css, want string) {
	p.t.Helper()
	p.until(fmt.Sprintf("read %q in %s", want, css), func() (bool, string) {
		texts := strings.Split(p.Text(css), "\n")
		return slices.Contains(texts, want), fmt.Sprintf("it reads %q", texts)
	})
}

// Absent checks that nothing of these names can be pressed now.
func (p *Person) Absent(names ...string) {
	p.t.Helper()
	for _, name := range names {
		if p.Offers(name) {
			p.t.Errorf("%q is offered at %s", name, p.URL())
		}
	}
}

// Offered checks that each of these names can be pressed now.
func (p *Person) Offered(names ...string) {
	p.t.Helper()
	for _, name := range names {
		if !p.Offers(name) {
			p.t.Errorf("%q is not offered at %s", name, p.URL())
		}
	}
}

// RowID is the id of the row that has this text.
func (p *Person) RowID(text string) string {
	p.t.Helper()
	href := p.Row(text).Attr(".c-main a", "href")
	id := href[strings.LastIndex(href, "/")+1:]
	id, _, _ = strings.Cut(id, "?")
	return id
}

// SiteID is the id of a site, from its link in the list of sites.
func (p *Person) SiteID(account, name string) string {
	p.t.Helper()
	p.Open(account + "/sites?q=" + strings.ReplaceAll(name, " ", "+"))
	href := p.In("main").Row(name).Attr("a", "href")
	return href[strings.LastIndex(href, "/")+1:]
}

// LinkOf is the secret of the link that somebody of the demo was sent once: the demo mails nobody, so it is read from
// the database while the server is stopped.
func (s *Server) LinkOf(t testing.TB, email string) string {
	t.Helper()
	s.Stop()
	defer s.Begin()
	st, err := store.Open(t.Context(), store.Config{DSN: s.Database, Key: storetest.Key})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	found, err := st.Invites(t.Context(), storetest.As(t, st, store.Dana, store.Brightwater), store.Query{Search: email})
	if err != nil || len(found.Rows) != 1 {
		t.Fatalf("%d invites of %s: %v", len(found.Rows), email, err)
	}
	return st.InviteToken(found.Rows[0].ID, found.Rows[0].Generation)
}

// Language is the language the page says it is in.
func (p *Person) Language() (code string) {
	p.t.Helper()
	p.Eval("document.documentElement.lang", &code)
	return code
}
