package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"gatehouse/store"
)

// Authenticator puts a device into the person's browser that keeps passkeys and knows its owner. Passkeys are kept for a
// name, so the person looks at the server by one.
func (p *Person) Authenticator() {
	p.t.Helper()
	p.base = strings.Replace(p.base, "127.0.0.1", "localhost", 1)
	p.call("enable passkeys", func() error {
		if _, err := chromedp.Call(p.tab.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := chromedp.Call(p.tab.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return err
	})
}

// A passkey is made in the browser, signs in without an address, is the second factor beside a password, and goes again.
func TestPasskeys(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Person(t)
	p.Authenticator()
	p.SignIn(store.Dana, store.DemoPassword)
	for _, name := range []string{"Work laptop", "Spare key"} {
		p.Open("/profile")
		p.Click("Add a passkey")
		p.Fill("Name", name)
		if name == "Work laptop" {
			p.Axe()
			p.NoSidewaysScroll()
			p.Click("Make the passkey")
			p.See("Passkey “Work laptop” added")
			continue
		}
		p.Click("Make the passkey") // the same device keeps one for each person
		p.See("The passkey could not be used")
	}
	p.Open("/profile")
	p.Row("Passkey “Work laptop”").See("Added")

	p.ForgetCookies()
	p.Open("/sign-in")
	p.Click("Sign in with a passkey")
	p.Axe()
	p.Click("Use a passkey")
	p.SeeURL("/accounts/brightwater$")
	p.Open("/profile")
	p.Row("Passkey “Work laptop”").See("Used just now")

	p.ForgetCookies()
	p.Open("/sign-in?next=/profile")
	p.Fill("E-mail", store.Dana)
	p.Fill("Password", store.DemoPassword)
	p.Click("Sign in", "button")
	p.See("Now one of your passkeys")
	p.Open("/accounts/brightwater")
	p.SeeURL("/sign-in") // the password alone opens nothing
	p.Open("/sign-in/second-factor?next=/profile")
	p.Click("Use a passkey")
	p.Click("Use a passkey")
	p.SeeURL("/profile$")
	p.Row("Passkey “Work laptop”").Click("Remove…")
	p.See("Your password alone signs you in")
	p.Click("Remove")
	p.See("Passkey removed")
	p.ForgetCookies()
	p.SignIn(store.Dana, store.DemoPassword)
}

// An authenticator app is added, asked for at sign-in, and replaced by a recovery code when it is not at hand.
func TestAuthenticatorApp(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.In(t, store.Dana)
	p.Open("/profile")
	p.Click("Add an authenticator app")
	p.See("Scan this")
	p.Axe()
	secret := strings.ReplaceAll(p.Text("#app-secret"), " ", "")
	p.Fill("Code", code(t, secret, 0))
	p.Click("Confirm")
	p.See("They are shown this once")
	p.Axe()
	codes := strings.Fields(p.Text("#recovery-codes"))
	p.Click("I have kept them")
	p.Row("Recovery codes").See("10 of 10 left")
	s.Mail.Wait(t, store.Dana, "How you sign in has changed")

	other := s.Person(t)
	other.Phone()
	other.Allow("422")
	step := func() {
		t.Helper()
		other.Open("/sign-in")
		other.Fill("E-mail", store.Dana)
		other.Fill("Password", store.DemoPassword)
		other.Click("Sign in", "button")
		other.See("One more step")
	}
	step()
	other.Axe()
	other.NoSidewaysScroll()
	other.Fill("Code", "000000")
	other.Click("Sign in", "button")
	other.See("This code does not fit")
	other.Fill("Code", code(t, secret, 30*time.Second)) // the one of now confirmed the app
	other.Click("Sign in", "button")
	other.SeeURL("/accounts/brightwater$")
	other.ForgetCookies()
	step()
	other.Click("Use a recovery code")
	other.Fill("Recovery code", codes[0])
	other.Click("Sign in", "button")
	other.See("Signed in with a recovery code", "9 of 10 left")
}

// A sign-in from a new browser is told, and "This wasn't me" ends all sessions and leads to a new password.
func TestThisWasNotMe(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	mine := s.In(t, store.Dana)
	theirs := s.In(t, store.Dana)
	link := s.Mail.Wait(t, store.Dana, "New sign-in to your account").Link(t, "/not-me/")
	p := s.Person(t)
	p.Open(link)
	p.See("This wasn’t me", "Chrome")
	p.Axe()
	p.Click("End all sessions and set a new password")
	p.See("All sessions have ended")
	for _, who := range []*Person{mine, theirs} {
		who.Open("/profile")
		who.SeeURL("/sign-in")
	}
	p.Fill("New password", "seven quiet herons")
	p.Click("Set password")
	p.SignIn(store.Dana, "seven quiet herons")
}

// Another address is asked for in the profile, confirmed from its mailbox, and told at the old one.
func TestChangeOfAddress(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.In(t, store.Dana)
	p.Open("/profile")
	p.Click("Change… E-mail")
	p.Axe()
	p.Fill("New address", "dana@brightwater.example")
	p.Click("Send the link")
	p.See("Look into the new mailbox")
	s.Mail.Wait(t, store.Dana, "Your address is about to change").Link(t, "/address-stop/")
	p.Open(s.Mail.Wait(t, "dana@brightwater.example", "Confirm your new address").Link(t, "/address/"))
	p.See(store.Dana, "dana@brightwater.example")
	p.Axe()
	p.Click("Use the new address")
	p.See("Address changed")
	s.Mail.Wait(t, store.Dana, "Your address was changed")
	s.Person(t).SignIn("dana@brightwater.example", store.DemoPassword)
}

func code(t *testing.T, secret string, ahead time.Duration) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, time.Now().Add(ahead))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
