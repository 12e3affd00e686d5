package e2e

import (
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// look examines a page as it is in light and dark, on a desk and in a hand, down to 320 px.
func (p *Person) look() {
	p.t.Helper()
	for _, dark := range []bool{false, true} {
		p.Dark(dark)
		p.Reload() // a change of the scheme under an open page leaves some colours behind in headless Chromium
		p.SetViewport(1280, 800)
		p.Axe()
		p.Phone()
		p.Axe()
	}
	for _, width := range []int{320, 820, 1280} {
		p.SetViewport(width, 800)
		p.NoSidewaysScroll()
	}
	p.Dark(false)
}

// TestDoors looks at the pages that no link leads to: those behind the secret address of a mail.
func TestDoors(t *testing.T) {
	database := storetest.Empty(t, "sqlite")
	st, err := store.Open(t.Context(), store.Config{DSN: database, Key: storetest.Key})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.LoadDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	by := storetest.As(t, st, store.Dana, store.Brightwater)
	invite := func(email string) string {
		m, err := st.CreateInvite(t.Context(), by, domain.InviteDraft{
			FirstName: "Mara", LastName: "Oyelaran", Email: email, Role: "deployer", Scope: []string{domain.WholeAccount}, NotifyEmail: "on", NotifyText: "on",
			Phone: "+15035550188", EndsOn: "2199-12-31", Language: "en", Message: "You start on Monday.\nBring your badge.",
		})
		if err != nil {
			t.Fatal(err)
		}
		return "/invites/" + st.InviteToken(m.ID, m.Generation)
	}
	stranger, known := invite("mara@brightwater.example"), invite(store.Nora)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	s := Start(t, Options{Database: database})

	p := s.Person(t)
	for _, lang := range []string{"", "?lang=es", "?lang=it", "?lang=en"} {
		for _, page := range []string{stranger, known, "/invites/garbage", "/reset/garbage", "/set-up/garbage"} {
			if p.Open(page + lang); lang == "" {
				p.look()
			}
			p.SetViewport(320, 800)
			p.NoSidewaysScroll()
		}
	}
	p.SignIn(store.Nora, store.DemoPassword)
	for _, page := range []string{stranger, known} {
		p.Open(page)
		p.look()
	}
}

// TestForgottenPasswordWithoutScript goes from the front door through a mail and back in, with forms alone. The mail's
// page sends no referrer, so that its form arrives without a named origin: only a real browser shows that it is taken.
func TestForgottenPasswordWithoutScript(t *testing.T) {
	s := Start(t, Options{})
	p := s.Person(t)
	p.NoScript()
	p.Open("/sign-in")
	p.Click("Forgot your password?", "link")
	p.Fill("E-mail", store.Dana)
	p.Click("Send the link", "button")
	p.See("Look into your mailbox")
	reset := s.Mail.Wait(t, store.Dana, "Set a new password").Link(t, "/reset/")
	withScript := s.Person(t)
	withScript.Open(reset)
	withScript.look()
	p.Open(reset)
	p.Fill("New password", "marble-kestrel-97-thaw")
	p.Click("Set password", "button")
	p.See("Password set", "Sign in")
	p.SignIn(store.Dana, "marble-kestrel-97-thaw")
	p.See("Dana Whitfield")
	s.Mail.Wait(t, store.Dana, "changed")
}

// TestSetupKnowsTheTimeZone: the browser tells it, so that nobody looks for theirs among seventy.
func TestSetupKnowsTheTimeZone(t *testing.T) {
	s := Start(t, Options{Empty: true})
	s.WaitLog("/set-up/")
	_, token, _ := strings.Cut(s.Logs(), "/set-up/")
	token, _, _ = strings.Cut(token, "\n")
	p := s.Person(t)
	p.Open("/set-up/" + token)
	p.look()
	var zone string
	p.Eval("Intl.DateTimeFormat().resolvedOptions().timeZone", &zone)
	if got := p.Value("Time zone"); got != zone {
		t.Errorf("the form says %q, the browser is in %q", got, zone)
	}
}
