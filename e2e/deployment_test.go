package e2e

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/store"
)

const (
	deviceTable = "#device-table"
	tool        = "#deployment-tool"
)

// AtSite opens the Site Dashboard of a site and returns its address.
func (p *Person) AtSite(account, name string) string {
	p.t.Helper()
	at := account + "/sites/" + p.SiteID(account, name)
	p.Open(at)
	p.See(name)
	return at
}

// A18: a Deployer User has the Deployment Tool on the Site Dashboard: registers by hand and by pasted serial numbers, in a
// group, renames, moves, replaces and removes; and sees and edits every setting as an Admin does.
func TestA18_DeployerUserDeploysDevices(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	jonas := s.In(t, store.Jonas)
	at := jonas.AtSite(brightwater, "Harbor Point Tower")
	jonas.In(tool).Exactly("h2", "Deployment Tool")

	// By hand, into a group. What is wrong with it is said by its field, and what was typed stays.
	d := jonas.In(tool)
	d.Fill("Serial number", "GH-MTR-20C4-1187") // the chiller's
	d.Fill("Label optional", "Garage meter")
	d.Choose("Kind", "Meter")
	d.Choose("Group", "Parking levels")
	d.Click("Add device")
	jonas.See("registered already, as Chiller meter A.")
	if got := jonas.Value("Serial number"); got != "GH-MTR-20C4-1187" {
		t.Errorf("the number became %q", got)
	}
	jonas.Fill("Serial number", "gh-mtr-20c4-9001")
	jonas.In("main").Click("Add device", "button")
	jonas.See("Garage meter added")
	jonas.In(tool).See("Just added", "Garage meter", "Waiting for first contact")
	jonas.Open(at + "?q=garage")
	jonas.In(deviceTable).See("Parking levels")
	jonas.In(deviceTable).Row("Garage meter").See("GH-MTR-20C4-9001", "Waiting", "No signal")

	// By pasting: one number is good, one is there already, one belongs to another company and is told as any that cannot be.
	jonas.Open(at)
	jonas.Click("Paste serials")
	jonas.Within("dialog", func(d *Person) {
		d.Fill("Serial numbers", "GH-SNS-91B0-9002, GH-SNS-91B0-9003\nGH-SNS-91B0-4410 GH-QUILLFEATHER-0001")
		d.Choose("Kind", "Sensor")
		d.Choose("Group", "Roof")
		d.Click("Register")
		d.See("2 devices registered, 2 were not")
		d.Row("GH-SNS-91B0-4410").See("registered already, as Supply air sensor.")
		d.Row("GH-QUILLFEATHER-0001").See("cannot be registered here")
		d.In("footer").Click("Close")
	})
	jonas.In("dialog").Gone()
	jonas.Open(at + "?q=GH-SNS-91B0-900")
	jonas.WaitCount(deviceTable+" tbody tr:not(.grp)", 2)
	jonas.In(deviceTable).See("Roof")

	// Rename.
	jonas.In(deviceTable).Row("GH-SNS-91B0-9002").Click("GH-SNS-91B0-9002", "link")
	jonas.Within("dialog", func(d *Person) {
		d.Fill("Label", "Wind sensor 2")
		d.Click("Save")
	})
	jonas.See("Wind sensor 2 saved")
	jonas.Open(at + "?q=wind")

	// Move to another site: whoever reaches only that one has it at once, whoever reaches only this one does not (TEN-11).
	owen, yuki := s.In(t, store.Owen), s.In(t, store.Yuki)
	owen.Open(at + "?q=wind")
	owen.In(deviceTable).Row("GH-SNS-91B0-9002").See("Wind sensor 2")
	yard := yuki.AtSite(brightwater, "Union Yard Battery Store")
	jonas.In(deviceTable).RowMenu("Wind sensor 2", "Move…")
	jonas.Within("dialog", func(d *Person) {
		d.See("Move Wind sensor 2 to…")
		d.Choose("Place", "Union Yard Battery Store · Battery hall")
		d.Click("Continue")
		d.See("Move Wind sensor 2?", "Harbor Point Tower · Roof", "Union Yard Battery Store · Battery hall")
		d.Click("Confirm")
	})
	jonas.See("Wind sensor 2 moved")
	owen.Reload()
	owen.NotSee("Wind sensor 2")
	yuki.Open(yard + "?q=wind")
	yuki.In(deviceTable).Row("Wind sensor 2").See("GH-SNS-91B0-9002")

	// Replace keeps the place and the label; the old number is free.
	yuki.In(deviceTable).RowMenu("Wind sensor 2", "Replace…")
	yuki.Within("dialog", func(d *Person) {
		d.See("GH-SNS-91B0-9002")
		d.Fill("Serial number of the new device", "GH-SNS-91B0-9009")
		d.Click("Replace", "button")
	})
	yuki.See("Wind sensor 2 replaced")
	yuki.Open(yard + "?q=wind")
	yuki.In(deviceTable).See("Battery hall")
	yuki.In(deviceTable).Row("Wind sensor 2").See("GH-SNS-91B0-9009", "Waiting")

	// Remove.
	yuki.In(deviceTable).RowMenu("Wind sensor 2", "Remove…")
	yuki.Within("dialog", func(d *Person) {
		d.See("Remove Wind sensor 2?")
		d.Click("Confirm")
	})
	yuki.See("Wind sensor 2 removed")
	yuki.In(deviceTable).See("Nothing here matches “wind”")

	// Every setting is theirs as an Admin's.
	jonas.Open(brightwater)
	jonas.Click("Account Settings")
	tabs := jonas.In(`nav[aria-label="Account Settings"]`)
	tabs.See("Users", "Invites", "Roles", "Security Settings", "Activity")
	jonas.Open(brightwater + users)
	jonas.Offered("Invite User")
}

// A18: an Admin who is no Deployer, and a User, have no such section, and its doors are closed.
func TestA18_OnlyDeployersHaveTheTool(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	for _, email := range []string{store.Dana, store.Owen} {
		p := s.In(t, email)
		at := p.AtSite(brightwater, "Harbor Point Tower")
		p.In(deviceTable).See("Panel 3 North")
		p.NotSee("Deployment Tool")
		p.Absent("Add device", "Paste serials")
		p.In(deviceTable).Row("Panel 3 North").Click("Actions for…")
		if got := strings.Join(strings.Split(p.In("menu").Text("[role=menuitem]"), "\n"), ", "); got != "Open" {
			t.Errorf("%s may do to a device: %s", email, got)
		}
		p.Press("Escape")
		p.Refused("registering a device", p.Forge(at+"/devices", "serial", "GH-NEW-0001", "kind", "meter"), http.StatusForbidden)
		p.Refused("registering several", p.Forge(at+"/devices/batches", "serials", "GH-NEW-0001", "kind", "meter"), http.StatusForbidden)
		p.Allow("403")
	}
}
