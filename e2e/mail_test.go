package e2e

import (
	"strings"
	"testing"

	"gatehouse/store"
)

// A mail server that refuses the address: the row says "Failed" and why, in the server's words; so does the dashboard.
func TestMailRefused(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	s.Mail.Refuse(mara("").email, 550, "No such user here", 0)
	dana := s.In(t, store.Dana)
	dana.Open(brightwater)
	dana.See("1 invite could not be delivered") // Patrick's
	dana.Invite(brightwater, mara("User"))
	dana.until("see that it failed", func() (bool, string) {
		dana.Reload()
		text := dana.Row(mara("").email).Text("")
		return strings.Contains(text, "Failed") && strings.Contains(text, "550 5.1.1 No such user here"), text
	})
	dana.Row(mara("").email).See("Pending")
	dana.Open(brightwater)
	dana.See("2 invites could not be delivered")
	dana.Click("Fix…")
	dana.Row(mara("").email).See("Failed")
	dana.Row(store.Patrick).See("Failed")
	dana.WaitCount("tbody tr", 2)

	// Once the server takes it, a resend delivers it.
	s.Mail.Heal()
	dana.RowMenu(mara("").email, "Resend")
	dana.In("dialog").Click("Confirm")
	s.Mail.Wait(t, mara("").email, "invites you")
}

// A mail server that is busy for now: the message waits, the row says until when, and it arrives.
func TestMailPutOff(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Env: map[string]string{"GATEHOUSE_FIRST_RETRY": "1s", "GATEHOUSE_OUTBOX_INTERVAL": "200ms"}})
	s.Mail.Refuse(mara("").email, 451, "Try again later", 1)
	dana := s.In(t, store.Dana)
	dana.Invite(brightwater, mara("User"))
	s.Mail.Wait(t, mara("").email, "invites you")
	dana.until("see that it was sent", func() (bool, string) {
		dana.Reload()
		text := dana.Row(mara("").email).Text("")
		return strings.Contains(text, "Sent"), text
	})
}

// With no mail server the row says "Not mailed", and the link can be copied once and works.
func TestNoMailServer(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	s.Stop()
	s = Start(t, Options{Database: s.Database, Empty: true, NoMail: true}) // without --demo, which comes with a mailbox
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + invites)
	dana.Click("+ New Invite")
	dana.In("dialog").See("There is no mail server: copy the link afterwards.")
	dana.FillInvite(mara("User"))
	dana.In("dialog").Click("Invite", "button")
	dana.See("Invite for Mara Oyelaran made")
	dana.Row(mara("").email).See("Pending")
	dana.until("see that it is not mailed", func() (bool, string) { // the worker says so, as it does of what was sent
		dana.Reload()
		text := dana.Row(mara("").email).Text("")
		return strings.Contains(text, "Not mailed") && strings.Contains(text, "copy the link"), text
	})
	dana.RowMenu(mara("").email, "Copy link")
	dana.See("Link for Mara Oyelaran")
	var link string
	dana.Eval(`document.querySelector(".secret code").textContent`, &link)
	if !strings.HasPrefix(link, s.URL+"/invites/") {
		t.Fatalf("the link is %q", link)
	}
	in := s.Accept(t, Message{Links: []string{link}}, "")
	in.See("Your role is User.")
	// The invite's history says that the link was taken (AUD-01).
	dana.Open(brightwater + users + "?q=mara")
	dana.Row(mara("").email).See("Active")
}
