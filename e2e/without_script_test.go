package e2e

import (
	"testing"

	"gatehouse/store"
)

// Without script the portal does all it does with it: what opens over a page is a page, what changes in place leads on.
func TestWithoutScript(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Person(t)
	p.NoScript()
	p.SignIn(store.Dana, store.DemoPassword)

	// Invite: one person; a form that is wrong keeps what was typed.
	p.Open(brightwater + invites)
	p.Click("+ New Invite")
	p.SeeURL("/invites/new")
	p.Fill("First name", "Mara")
	p.Fill("Last name", "Oyelaran")
	p.Fill("E-mail", "mara at brightwater")
	p.Eval(`document.querySelector('#invite-form').noValidate = true`, nil)
	p.Click("Invite", "button")
	p.See("things to correct")
	if got := p.Value("First name"); got != "Mara" {
		t.Errorf("the first name became %q", got)
	}
	p.Fill("E-mail", mara("").email)
	p.Choose("Role", "Admin…")
	p.Choose("Scope", "Whole account")
	p.Click("Invite", "button")
	p.See("Invite sent to Mara Oyelaran")
	p.Row(mara("").email).See("Admin", "Pending")
	s.Mail.Wait(t, mara("").email, "invites you")

	// Correct and resend, from the row's menu.
	p.RowMenu(mara("").email, "Correct…")
	p.Exactly("h1", "Correct the invite of Mara Oyelaran")
	p.Choose("Role", "User…")
	p.Click("Correct and send")
	p.See("Invite of Mara Oyelaran corrected and sent again")
	p.Row(mara("").email).See("User", "Pending")
	p.RowMenu(mara("").email, "Resend")
	p.See("Resend the invite of Mara Oyelaran?")
	p.Click("Confirm")
	p.See("Invite of Mara Oyelaran resent")
	mails := s.Mail.WaitFor(t, mara("").email, 3)

	// Revoke one, then several: preview and result are pages.
	p.RowMenu(store.Noor, "Revoke")
	p.Click("Confirm")
	p.Row(store.Noor).See("Revoked")
	for _, email := range []string{store.Kelly, store.Stefan} {
		p.Row(email).Check("Select…")
	}
	p.In(".bulk").Click("Revoke")
	p.SeeURL("/revocations/new")
	p.See("Revoke 1 of 2 invites?", "Will be revoked (1)", "Cannot be revoked (1)")
	p.Click("Yes")
	p.SeeURL("/outcome")
	p.See("1 invite revoked, 1 was not")
	p.Click("Close")
	p.Row(store.Kelly).See("Revoked")
	p.Row(store.Stefan).See("Expired")

	// Accept the invite in another browser, look round by the menu, and sign out.
	in := s.Person(t)
	in.NoScript()
	in.Open(mails[2].Link(t, "/invites/"))
	in.Fill("Password", fresh)
	in.Click("Accept and sign in")
	in.See("Welcome to Brightwater Energy", "Your role is User.")
	in.Click("Mara Oyelaran…")
	in.In("menu").Click("Sign out")
	in.SeeURL("/sign-in")
	in.Open(brightwater)
	in.SeeURL("/sign-in")
}
