package e2e

import (
	"net/http"
	"testing"

	"gatehouse/store"
)

// C27: whoever has accepted can be locked, given another level and deleted; until they have, they can be neither locked nor
// given another level.
func TestC27_AfterAcceptance(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.Row(lucia).Offered("Lock account of Lucia Romano", "Operator, level of Lucia Romano")
	nora.Row(lucia).Click("Actions for…")
	nora.In("menu").Offered("Lock…", "Delete…")
	nora.Press("Escape")
	nora.Row(store.Colm).Absent("Lock account of Colm Farrell", "Operator, level of Colm Farrell")
	nora.InviteAdmins("Operator", yara)
	s.AcceptAdmin(t, yara)
	nora.Open(admins + "?q=yara")
	nora.Row(yara).Offered("Lock account of Yara Lindgren", "Operator, level of Yara Lindgren")
	nora.Row(yara).Click("Actions for…")
	nora.In("menu").Offered("Lock…", "Delete…")
}

// C28: the lock is only for those who have signed up.
func TestC28_LockNeedsSignUp(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	d := nora.Choosing("Lock", "Colm Farrell", "Lucia Romano")
	d.See("Lock 1 of 2 accounts?", "Has not accepted the invite yet")
	d.Click("Yes")
	nora.CloseMessage()
	nora.Row(lucia).See("Locked")
	nora.Row(store.Colm).NotSee("Locked")
	nora.Refused("the lock of who has not signed up", nora.Forge(admins+"/locks", "id", nora.RowID(store.Colm)), http.StatusConflict)
}

// C29: the locked cannot sign in, nor go on where they are signed in; with the lock gone they can, as who they were before.
func TestC29_LockedCannotSignIn(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Person(t)
	p.Allow("422")
	p.Open("/sign-in")
	p.Fill("E-mail", bram)
	p.Fill("Password", store.DemoPassword)
	p.Click("Sign in", "button")
	p.See("E-mail and password do not go together")
	nora := s.Admins(t, store.Nora)
	nora.Choosing("Unlock", "Bram de Vries").Click("Yes")
	nora.CloseMessage()
	nora.Row(bram).See("Bram de Vries", "Operator", "Accepted", "Unlocked")
	p.SignIn(bram, store.DemoPassword)
	p.See("Bram de Vries")
	p.In(".rail").Click("Admin & Technicians")
	p.Row(bram).See("Operator")
	nora.Choosing("Lock", "Bram de Vries").Click("Yes")
	nora.CloseMessage()
	p.Reload()
	p.SeeURL("^/sign-in")
}

// C30: the column reads Locked or Unlocked; who has just signed up is Unlocked.
func TestC30_LockedOrUnlocked(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora := s.Admins(t, store.Nora)
	nora.In("thead").See("Lock Account")
	nora.Row(bram).See("Locked")
	nora.Row(lucia).See("Unlocked")
	nora.InviteAdmins("Operator", yara)
	s.AcceptAdmin(t, yara)
	nora.Reload()
	nora.Row(yara).See("Unlocked")
}

// C31, PRIV-08: Admins and Masters can be neither locked nor unlocked, and a locked Operator is not raised.
func TestC31_AdminsAndMastersAreNotLocked(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	nora.Row(helga).See("Unlocked")
	nora.Row(helga).Absent("Lock account of Helga Stroud")
	nora.Row(abel).See("Unlocked")
	nora.Row(abel).Absent("Lock account of Abel Winslow")
	for _, action := range []string{"Lock", "Unlock"} {
		d := nora.Choosing(action, "Helga Stroud", "Abel Winslow")
		d.See("Nothing to do", "Admins and Masters cannot be locked or unlocked")
		d.Absent("Yes", "Confirm")
		nora.CloseMessage()
		nora.In(".bulk").Click("Clear")
	}
	for _, email := range []string{helga, abel} {
		id := nora.RowID(email)
		nora.Refused("the lock of "+email, nora.Forge(admins+"/locks", "id", id), http.StatusForbidden)
		nora.Refused("the unlocking of "+email, nora.Forge(admins+"/unlocks", "id", id), http.StatusForbidden)
	}
	nora.Refused("a locked Operator raised", nora.Forge(admins+"/levels", "id", nora.RowID(bram), "role", "partner-admin"), http.StatusConflict)
}

// C32: one person is locked by the switch in the row, a popup, Confirm.
func TestC32_TheSwitchConfirms(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	nora.Row(lucia).Click("Lock account of Lucia Romano")
	nora.In("dialog").See("Lock the account of Lucia Romano?")
	nora.In("dialog").Click("Cancel")
	nora.Row(lucia).See("Unlocked")
	nora.Row(lucia).Click("Lock account of Lucia Romano")
	nora.In("dialog").Click("Confirm")
	nora.Row(lucia).See("Locked")
	nora.Row(lucia).Click("Lock account of Lucia Romano")
	nora.In("dialog").Click("Confirm")
	nora.Row(lucia).See("Unlocked")
}

// C33: several are locked by one icon over the list and unlocked by another: Yes, and the message closed with Close.
func TestC33_SeveralAreLocked(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	d := nora.Choosing("Lock", "Lucia Romano", "Devon Ashby")
	d.See("Lock 2 accounts?")
	d.Click("Yes")
	nora.In("dialog").See("2 accounts locked")
	nora.CloseMessage()
	nora.Row(lucia).See("Locked")
	nora.Row(store.Devon).See("Locked")
	d = nora.Choosing("Unlock", "Lucia Romano", "Devon Ashby", "Bram de Vries")
	d.See("Unlock 3 accounts?")
	d.Click("Yes")
	nora.In("dialog").See("3 accounts unlocked")
	nora.CloseMessage()
	for _, email := range []string{lucia, store.Devon, bram} {
		nora.Row(email).See("Unlocked")
	}
}

// C34: a click on the level offers the others; Confirm changes it, and it holds at the person's next click.
func TestC34_TheLevelCell(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	devon := s.Admins(t, store.Devon)
	nora := s.Admins(t, store.Nora)
	nora.Row(store.Devon).Click("Operator, level of Devon Ashby")
	nora.In("menu").Click("Admin…", "menuitem")
	nora.In("dialog").See("Change the level of Devon Ashby?", "Operator → Admin")
	nora.In("dialog").Click("Confirm")
	nora.Row(store.Devon).See("Admin")
	devon.Reload()
	devon.Offered("Invite")
}

// C35: one or more are deleted by the icon over the list: the popup says what is lost and offers Lock instead, Confirm after
// the word is typed, and the message closed with Close.
func TestC35_Delete(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	d := nora.Choosing("Delete", "Lucia Romano")
	d.See("Delete Lucia Romano for good?", "cannot be restored", "lock it instead")
	d.Click("Cancel")
	nora.In("dialog").Gone()
	nora.Row(lucia).See("Accepted")
	nora.In(".bulk").Click("Delete")
	nora.Allow("422")
	d.Click("Confirm")
	nora.In("dialog").See("Type DELETE here to confirm.")
	nora.In("dialog").Fill("Type DELETE to confirm", "delete")
	nora.In("dialog").Click("Confirm")
	nora.In("dialog").See("1 administrator deleted")
	nora.CloseMessage()
	nora.NotSee(lucia)
	d = nora.Choosing("Delete", "Bram de Vries", "Devon Ashby")
	d.See("Delete 2 administrators for good?")
	d.Fill("Type DELETE to confirm", "DELETE")
	d.Click("Confirm")
	nora.In("dialog").See("2 administrators deleted")
	nora.CloseMessage()
	nora.NotSee(bram, store.Devon)
}

// C36: the deleted cannot sign in, their data is gone, from the history too, and their address is invited again as that of a
// new person.
func TestC36_TheDeletedAreGone(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.In(t, lucia)
	nora := s.Admins(t, store.Nora)
	nora.Erase("Lucia Romano")
	nora.CloseMessage()
	nora.NotSee(lucia)
	p.Reload()
	p.SeeURL("^/sign-in")
	stranger := s.Person(t)
	stranger.Allow("422")
	stranger.Open("/sign-in")
	stranger.Fill("E-mail", lucia)
	stranger.Fill("Password", store.DemoPassword)
	stranger.Click("Sign in", "button")
	stranger.See("E-mail and password do not go together")
	nora.In(".rail").Click("Activity")
	nora.See("Erased person")
	nora.NotSee("Lucia Romano", lucia)
	nora.In(".rail").Click("Admin & Technicians")
	nora.InviteAdmins("Operator", lucia)
	s.AcceptAdmin(t, lucia)
	nora.Reload()
	nora.Row(lucia).See("Yara Lindgren", "Operator", "Accepted")
}

// C37: the deleted are not in the list any more; open invites they have sent are taken over.
func TestC37_TheDeletedLeaveTheList(t *testing.T) {
	t.Parallel()
	nora := Start(t, Options{}).Admins(t, store.Nora)
	d := nora.Choosing("Delete", "Marisol Vega", "Bram de Vries")
	d.See("Delete 2 administrators for good?", "Open invites they have sent (5)", store.Colm)
	if !d.Checked("I take them over…") {
		t.Error("the popup comes without an answer")
	}
	d.Fill("Type DELETE to confirm", "DELETE")
	d.Click("Confirm")
	nora.In("dialog").See("2 administrators deleted")
	nora.CloseMessage()
	nora.NotSee(store.Marisol, bram)
	nora.Row(store.Colm).See("Pending")
	nora.Open(admins + "?q=vega")
	nora.NotSee("Marisol")
}
