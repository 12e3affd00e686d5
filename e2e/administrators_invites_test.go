package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
)

// C16, C19: Pending until the link is taken and the account activated, then Accepted. The link leads to the registration, and
// who has an account already to signing in.
func TestC16_PendingUntilActivated(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.InviteAdmins("Operator", yara)
	nora.Row(yara).See("Pending")
	s.AcceptAdmin(t, yara).See("Northgate Integrators")
	nora.Reload()
	nora.Row(yara).See("Yara Lindgren", "Accepted")

	nora.InviteAdmins("Observer", store.Priya) // a User of a customer
	nora.Open(admins + "?q=" + store.Priya)
	nora.Row(store.Priya).See("Pending")
	priya := s.Person(t)
	priya.Open(s.Mail.Wait(t, store.Priya, "Northgate Integrators").Link(t, "/invites/"))
	priya.See("You have an account")
	priya.Absent("First name", "Accept and sign in")
	priya.Fill("Password", store.DemoPassword)
	priya.Click("Sign in and accept")
	priya.See("Welcome to Northgate Integrators", "Your role is Observer.")
	nora.Reload()
	nora.Row(store.Priya).See("Priya Raman", "Accepted")
}

// C17: up to 7 days an invitation can be accepted; then it is Expired, and its link opens nothing.
func TestC17_SevenDays(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.InviteAdmins("Operator", yara, "Operator", pia)
	nora.Row(yara).See("expires in 7 days")
	late := s.Mail.Wait(t, pia, " invites you to ").Link(t, "/invites/")
	s.Sent(t, yara, 7*day-time.Hour)
	s.Sent(t, pia, 7*day)

	nora.Open(admins + "?q=" + yara)
	nora.Row(yara).See("Pending")
	s.AcceptAdmin(t, yara)
	nora.Reload()
	nora.Row(yara).See("Accepted")
	nora.Open(admins + "?q=" + pia)
	nora.Row(pia).See("Expired")
	p := s.Person(t)
	p.Open(late)
	p.See("This invitation cannot be opened")
	p.Absent("Accept and sign in")
}

// C18, C24, C26: an expired invitation is sent again, and its new link lets the person sign up.
func TestC18_ExpiredIsResent(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.Open(admins + "?q=" + store.Wanda)
	d := nora.Choosing("Resend", "Wanda Kaczmarek")
	d.Click("Yes")
	nora.In("dialog").See("1 invitation resent")
	nora.CloseMessage()
	nora.Row(store.Wanda).See("Pending")
	s.AcceptAdmin(t, store.Wanda)
	nora.Reload()
	nora.Row(store.Wanda).See("Accepted")
}

// C19: Accepted only once registration is complete.
func TestC19_AcceptedWhenComplete(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.InviteAdmins("Operator", yara)
	link := s.Mail.Wait(t, yara, " invites you to ").Link(t, "/invites/")
	p := s.Person(t)
	p.Open(link) // looking is no acceptance
	p.See("Northgate Integrators")
	nora.Reload()
	nora.Row(yara).See("Pending")
	s.AcceptAdmin(t, yara)
	nora.Reload()
	nora.Row(yara).See("Accepted", "Unlocked")
}

// C20: after cancelling the status is Revoked and the link does not work, not even for who has opened it before.
func TestC20_RevokedLinkIsDead(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.InviteAdmins("Observer", yara)
	link := s.Mail.Wait(t, yara, " invites you to ").Link(t, "/invites/")
	early := s.Person(t)
	early.Open(link)
	early.Fill("First name", "Yara")
	early.Fill("Last name", "Lindgren")
	early.Fill("Password", fresh)
	nora.Open(admins + "?q=yara")
	nora.Choosing("Revoke", yara).Click("Yes")
	nora.CloseMessage()
	nora.Row(yara).See("Revoked")
	p := s.Person(t)
	p.Open(link)
	p.See("This invitation cannot be opened")
	p.Absent("Accept and sign in")
	early.Click("Accept and sign in")
	early.See("This invitation cannot be opened")
	nora.Reload()
	nora.Row(yara).See("Revoked")
}

// C21, C22, C23: several are ticked and revoked by the icon over the list; of those only the Pending ones.
func TestC21_SeveralAreRevoked(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	d := nora.Choosing("Revoke", "Colm Farrell", "Hank Dorsey")
	d.See("Revoke the invitations of 2 administrators?", "Colm Farrell", "Hank Dorsey")
	d.Click("Yes")
	nora.In("dialog").See("2 invitations revoked")
	nora.CloseMessage()
	nora.Row(store.Colm).See("Revoked")
	nora.Row("hank.dorsey@northgate.example").See("Revoked")
}

// C22: who is not Pending cannot be revoked, and the popup says why.
func TestC22_OnlyPendingIsRevoked(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	d := nora.Choosing("Revoke", "Colm Farrell", "Terrence Bloom", "Devon Ashby")
	d.See("Revoke the invitation of 1 of 3 administrators?", "Cannot be revoked (2)", "Revoked on", "Accepted on")
	d.Click("Yes")
	nora.In("dialog").See("1 invitation revoked, 2 were not")
	nora.CloseMessage()
	nora.Row(store.Devon).See("Accepted")
	for _, email := range []string{store.Devon, store.Bloom} {
		nora.Refused("revoking "+email, nora.Forge(admins+"/revocations", "id", nora.RowID(email)), http.StatusConflict)
	}
	nora.Open(admins + "?q=" + store.Wanda)
	nora.Refused("revoking what has expired", nora.Forge(admins+"/revocations", "id", nora.RowID(store.Wanda)), http.StatusConflict)
}

// C23: the popup is answered Yes, the success message closed with Close, and the row shows Revoked: one row too.
func TestC23_YesAndClose(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	d := nora.Choosing("Revoke", "Colm Farrell")
	d.See("Revoke the invitation of Colm Farrell?")
	d.Offered("Yes", "No")
	d.Click("Yes")
	nora.In("dialog").See("1 invitation revoked")
	nora.CloseMessage()
	nora.Row(store.Colm).See("Revoked")
}

// C24: a lost mail is sent again; the link before is dead, the new one works. So is one that never arrived.
func TestC24_LostMail(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.InviteAdmins("Observer", yara)
	first := s.Mail.Wait(t, yara, " invites you to ").Link(t, "/invites/")
	nora.Open(admins + "?q=yara")
	nora.Choosing("Resend", yara).Click("Yes")
	nora.CloseMessage()
	s.Mail.WaitFor(t, yara, 2)
	p := s.Person(t)
	p.Allow("404")
	p.Allow("410")
	p.Open(first)
	p.NotSee("Accept and sign in")
	s.AcceptAdmin(t, yara)

	s.Mail.Refuse(pia, 550, "No such user here", 0)
	nora.Open(admins)
	nora.InviteAdmins("Observer", pia)
	nora.until("see that the mail failed", func() (bool, string) {
		nora.Open(admins + "?mail=failed&q=" + pia)
		text := nora.Text("main")
		return strings.Contains(text, "Pending"), text
	})
	s.Mail.Heal()
	nora.Choosing("Resend", pia).Click("Yes")
	nora.CloseMessage()
	s.AcceptAdmin(t, pia).See("Northgate Integrators")
}

// C25: Pending, Expired and Revoked ones are resent together; Accepted ones are not.
func TestC25_ResendFromEveryOpenState(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	d := nora.Choosing("Resend", "Colm Farrell", "Terrence Bloom", "Tilda Frost", "Devon Ashby")
	d.See("Will be resent (3)", "Cannot be resent (1)")
	d.Click("Yes")
	nora.In("dialog").See("3 invitations resent, 1 was not")
	nora.CloseMessage()
	for _, email := range []string{store.Colm, store.Bloom, "tilda.frost@northgate.example"} {
		nora.Row(email).See("Pending")
	}
}

// C26: Yes, Close, and the row shows Pending again.
func TestC26_ResentIsPending(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	d := nora.Choosing("Resend", "Terrence Bloom")
	d.Offered("Yes")
	d.Click("Yes")
	nora.In("dialog").See("1 invitation resent")
	nora.CloseMessage()
	nora.Row(store.Bloom).See("Pending", "expires in 7 days")
}
