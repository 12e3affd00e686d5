package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/store"
)

var (
	printedSignIn   = regexp.MustCompile(`(?m)^ +(account admin|deployer|support) +(\S+@\S+)$`)
	printedPassword = regexp.MustCompile(`(?m)^ +password +(\S.*)$`)
	printedLink     = regexp.MustCompile(`(?m)http://\S+/set-up/\S+$`)
)

// TestFirstMinute is what somebody meets who has never seen Gatehouse: `make run` in an empty folder.
func TestFirstMinute(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Bare: true})
	printed := s.Logs()
	for _, want := range []string{"Gatehouse is at " + s.URL + "\n", s.URL + "/dev/mail\n"} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q was not printed", want)
		}
	}
	signIns := printedSignIn.FindAllStringSubmatch(printed, -1)
	password := printedPassword.FindStringSubmatch(printed)
	if len(signIns) != 3 || password == nil {
		t.Fatalf("three sign-ins and a password were not printed:\n%s", printed)
	}
	for _, signIn := range signIns {
		c := s.Client(t)
		c.SignIn(signIn[2], password[1])
		if to := c.Get("/").Want(http.StatusSeeOther).Location; !strings.HasPrefix(to, "/accounts/") {
			t.Errorf("the %s is sent to %s", signIn[1], to)
		}
	}
	t.Run("browser", func(t *testing.T) {
		p := s.Person(t)
		p.Open("/")
		p.SeeURL("^/sign-in")
		p.SignIn(signIns[0][2], password[1])
		p.SeeURL("^/accounts/brightwater$")
		p.See("Account Settings")
		p.Open("/forgot")
		p.Fill("E-mail", store.Dana)
		p.Click("Send the link")
		p.SeeURL("^/forgot/sent$")
		p.Open(s.URL + "/dev/mail")
		p.Click("Set a new password…")
		p.See(store.Dana)
	})
	if _, err := os.Stat(filepath.Join(s.Dir, "data", "gatehouse.db")); err != nil {
		t.Errorf("the database is not where the README says: %v", err)
	}
	t.Run("again", func(t *testing.T) {
		before := len(s.Logs())
		s.Restart()
		if again := s.Logs()[before:]; len(printedSignIn.FindAllString(again, -1)) != 3 || strings.Contains(again, "/set-up/") {
			t.Errorf("the second start printed:\n%s", again)
		}
	})
}

// TestSetUp begins with nobody: the link of the log makes the partner and its first Master, once (C6, C7).
func TestSetUp(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Bare: true, Empty: true})
	link := printedLink.FindString(s.Logs())
	if link == "" || strings.Contains(s.Logs(), "account admin") || strings.Contains(s.Logs(), "/dev/mail") {
		t.Fatal("an empty portal prints its set-up link and nothing of the demo")
	}
	stranger := s.Person(t)
	stranger.Open("/")
	stranger.See("Nobody has set this portal up yet")

	p := s.Person(t)
	p.Open(link)
	fill := func(password string) {
		p.Fill("Company name", "Westhaven Controls")
		p.Fill("First name", "Maren")
		p.Fill("Last name", "Oduya")
		p.Fill("E-mail", "maren@westhaven.example")
		p.Fill("Password", password)
		p.Click("Activate the partner portal")
	}
	fill("westhaven1234")
	if got := p.Value("Company name"); got != "Westhaven Controls" {
		t.Errorf("after a weak password the company's name reads %q", got)
	}
	fill("a gate that opens once")
	p.SeeURL("^/accounts/westhaven-controls$")
	p.See("Westhaven Controls", "Maren Oduya", "Master")

	stranger.Open(link)
	stranger.See("This set-up link does not work")
	stranger.SignIn("maren@westhaven.example", "a gate that opens once")
	stranger.SeeURL("^/accounts/westhaven-controls$")
	before := len(s.Logs())
	s.Restart()
	if link := printedLink.FindString(s.Logs()[before:]); link != "" {
		t.Errorf("a portal that is set up prints %s", link)
	}
}

// TestTheProgramStopsAndComesBack holds the harness and the program together: on both engines a stop is clean, a kill
// loses nobody's session (SESS-13), and a second process on the same SQLite file is refused (CRASH-12).
func TestTheProgramStopsAndComesBack(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{Engine: engine, NoMail: true})
			p := s.Person(t)
			p.SignIn(store.Dana, store.DemoPassword)
			s.Restart()
			p.Reload()
			p.See("Dana Whitfield")
			s.Kill9()
			s.Begin()
			p.Reload()
			p.See("Dana Whitfield")
			if engine == "sqlite" {
				if out, err := s.Run("serve", "--addr", "127.0.0.1:0"); err == nil || !strings.Contains(out, "already open in another process") {
					t.Errorf("a second process on the same file: %v\n%s", err, out)
				}
				p.Reload()
				p.See("Dana Whitfield")
			}
		})
	}
}

// TestMailLeavesByEveryKindOfConnection: STARTTLS and TLS with a sign-in, and openly to the own machine.
func TestMailLeavesByEveryKindOfConnection(t *testing.T) {
	t.Parallel()
	for _, security := range []Security{PlainMail, StartTLSMail, ImplicitMail} {
		t.Run(string(security), func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{Security: security})
			c := s.Client(t)
			c.Post("/forgot", "email", store.Dana).Want(303)
			m := s.Mail.Wait(t, store.Dana, "")
			link := m.Link(t, "/reset/")
			if !strings.HasPrefix(link, s.URL+"/reset/") || m.From != "no-reply@localhost" {
				t.Errorf("from %s with the link %s", m.From, link)
			}
			c.Get(strings.TrimPrefix(link, s.URL)).Want(200)
			if strings.Contains(s.Logs(), link[strings.LastIndex(link, "/")+1:]) || strings.Contains(s.Logs(), fmt.Sprintf("%q", s.Mail.Password)) && s.Mail.Password != "" {
				t.Error("a secret stands in the log (INV-15)")
			}
		})
	}
}
