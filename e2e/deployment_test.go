package e2e

import (
	"fmt"
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

// A18: many devices come in a file: nothing is registered before the report was read and confirmed, how far it is stands on
// the page, also after a reload, and then all good rows are devices and no other.
func TestA18_DevicesByFile(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Engine: "postgres"})
	jonas := s.In(t, store.Jonas)
	at := jonas.AtSite(brightwater, "Harbor Point Tower")
	jonas.In(tool).Click("Import CSV")
	name, template := jonas.Download(func() { jonas.Click("Download the template") })
	if name != "devices.csv" || string(template) != "\ufeffSerial number,Label,Kind,Group,Partitions\r\n" {
		t.Errorf("the template %s is %q", name, template)
	}
	jonas.Attach("CSV file…", "floor.csv", []byte("Serial number,Colour\nGH-FLR-0001,red\n"))
	jonas.Click("Check the file")
	jonas.See("The column “Colour” is not known")

	var file strings.Builder
	file.Write(template)
	const good = 300
	for n := range good {
		fmt.Fprintf(&file, "GH-FLR-%04d,Floor sensor %d,Sensor,Levels 2 to 9,\r\n", n, n)
	}
	file.WriteString("GH-FLR-0007,Again,Sensor,,\r\nGH-PNL-7F21-0394,There already,Panel,,\r\nGH-QUILLFEATHER-0001,Of another company,Panel,,\r\n" +
		"GH-FLR-9001,Of another site,Meter,Battery hall,\r\nGH-FLR-9002,Nowhere,Meter,Attic,\r\n")
	jonas.Attach("CSV file…", "floor.csv", []byte(file.String()))
	jonas.Click("Check the file")
	jonas.Exactly("h1", "Check floor.csv")
	jonas.See("300 of 305 rows will be registered, 5 cannot be. Nothing is registered yet.")
	jonas.Click("5 with problems")
	for row, want := range map[string]string{
		"Again": "Serial number: The same serial number stands in line 9.", "There already": "registered already, as Panel 3 North.",
		"Of another company": "Serial number: This serial number cannot be registered here.",
		"Of another site":    "Group: The site has no group “Battery hall”.", "Nowhere": "Group: The site has no group “Attic”.",
	} {
		jonas.Row(row).See(want)
	}
	jonas.Screenshot("report.png")
	// It stops in its second batch of rows.
	release := s.hold(t, `insert into devices select (jsonb_populate_record(m, jsonb_build_object('id', 'held', 'serial', 'GH-FLR-0250'))).* from devices m limit 1`)
	jonas.Click("Register 300 devices")
	jonas.Exactly("h1", "Registering from floor.csv")
	jonas.See("66 %", "You can leave this page: the work goes on without it.")
	jonas.Reload()
	jonas.See("66 %")
	jonas.Screenshot("progress.png")
	release()
	jonas.See("300 devices were registered, 5 were not") // the page comes to it by itself
	jonas.Reload()
	jonas.Exactly("h1", "Registered from floor.csv")
	jonas.Click("Back to Harbor Point Tower")
	jonas.See("319 devices in 6 groups")
	jonas.Open(at + "?q=GH-FLR-0299")
	jonas.In(deviceTable).Row("Floor sensor 299").See("GH-FLR-0299", "Waiting")
}
