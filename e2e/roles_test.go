package e2e

import (
	"testing"

	"gatehouse/store"
)

// An account makes a role of its own, gives it, takes a part of it away, which is told first, and deletes it: whoever holds
// it gets another one. Each change holds from the holder's next click on (PRIV-17).
func TestRolesOfAnAccount(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana, owen := s.In(t, store.Dana), s.In(t, store.Owen)
	dana.Open(brightwater)
	dana.Click("Account Settings")
	dana.In(`nav[aria-label="Account Settings"]`).Click("Roles")
	dana.Click("New role")
	dana.Within("dialog", func(d *Person) {
		d.Fill("Name", "Installer") // there already
		d.Check("See invites")
		d.Click("Make role")
		d.See("The account has a role of this name already.")
		d.Fill("Name", "Night Watch")
		d.Check("Export device data")
		if d.Offers("Deploy: register, move, replace and remove devices") {
			t.Error("an Admin can put into a role what is not theirs")
		}
		d.Click("Make role")
	})
	dana.See("Night Watch is ready to be given")
	dana.Group("Roles of your own").Row("Night Watch").See("See invites", "Export device data", "Nobody holds it")

	dana.Open(brightwater + users + "?q=owen")
	dana.RowMenu(store.Owen, "Change role…")
	dana.Within("dialog", func(d *Person) {
		d.Choose("New role", "Night Watch…")
		d.Click("Continue")
		d.Click("Confirm")
	})
	dana.Row(store.Owen).See("Night Watch")
	owen.Open(brightwater + invites)
	owen.See("Invites")

	dana.Open(brightwater + "/settings/roles")
	dana.Group("Roles of your own").Click("Edit Night Watch")
	dana.Within("dialog", func(d *Person) {
		d.Uncheck("See invites")
		d.Click("Save")
		d.See("Those who hold it", "will lose:", "See invites")
		d.Click("Save and take away")
	})
	dana.See("Night Watch saved")
	owen.Allow("403")
	owen.Reload()
	owen.NotSee(store.Noor)

	dana.Group("Roles of your own").Click("Delete Night Watch")
	dana.Within("dialog", func(d *Person) {
		d.See("Delete Night Watch?", "1 user")
		d.Choose("Users and open invites get", "User")
		d.Click("Delete", "button")
	})
	dana.See("Night Watch deleted")
	dana.Group("Roles of your own").NotSee("Night Watch")
	dana.Open(brightwater + users + "?q=owen")
	dana.Row(store.Owen).See("User", "Harbor Point Tower")
	owen.Open(brightwater + invites)
	owen.See("Noor van Dijk")
}
