package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
)

// vera is of another company.
const vera = "vera.quillfeather@larkspur.example"

// EnterAsGuest lets vera be invited to Brightwater, as more fills the window in, and enter its dashboard.
func (s *Server) EnterAsGuest(t *testing.T, role string, more func(d *Person)) *Person {
	t.Helper()
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + "/settings/guests")
	dana.Click("New Guest")
	d := dana.In("dialog")
	d.Fill("E-mail", vera)
	d.Choose("Role", role)
	more(d)
	d.Click("Save", "button")
	d.See("Send an invitation to " + vera + "?")
	d.Click("Confirm", "button")
	dana.See("Invitation sent to " + vera)
	p := s.In(t, vera)
	p.AnswerGuest("Brightwater Energy")
	return p
}

// Status is what an address of ours answers the person's browser, wherever it leads.
func (p *Person) Status(path string) (status int) {
	p.t.Helper()
	p.Eval(`fetch(`+quoted(path)+`).then(r => r.status)`, &status)
	return status
}

// DeviceAt is the address of a device, from its link in the list of its site.
func (p *Person) DeviceAt(site, label string) string {
	p.t.Helper()
	p.AtSite(brightwater, site)
	href := p.In(deviceTable).Row(label).Attr(".c-main a", "href")
	href, _, _ = strings.Cut(href, "?")
	return href
}

// E9: in the mode "Groups" each group has privileges of its own, and a group without any is not there.
func TestE9_PrivilegesPerGroup(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.EnterAsGuest(t, store.Installer, func(d *Person) {
		d.Choose("Workspace mode", "Groups Different…")
		d.Check("View in Roof")
		d.Check("View in Parking levels")
		d.Check("Configure in Parking levels")
	})
	p.Allow("40") // it asks for what it may not
	roof, parking := p.DeviceAt("Harbor Point Tower", "PV string meter 1"), p.DeviceAt("Harbor Point Tower", "Charger meter 1")
	p.In(deviceTable).NotSee("Boiler meter", "Chiller meter A")
	p.Open(parking)
	p.Offered("Save")
	p.Open(roof)
	p.See("PV string meter 1")
	p.Absent("Save")
	p.Refused("renaming where one may only look", p.Forge(roof, "label", "mine", "version", "1"), http.StatusForbidden, http.StatusNotFound)
}

// E10: in the mode "Devices" the chosen devices are all there is (GST-04).
func TestE10_ChosenDevicesOnly(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	dana := s.In(t, store.Dana)
	other := dana.DeviceAt("Harbor Point Tower", "Boiler meter")
	p := s.EnterAsGuest(t, store.Maintenance, func(d *Person) {
		d.Choose("Workspace mode", "Devices Only…")
		d.SlowNetwork(time.Second) // what is ticked before the answer is there stays ticked in it
		d.Fill("Search devices", "chiller meter")
		d.WaitCount("input.htmx-request", 1)
		d.Check("Chiller meter A…")
		d.SlowNetwork(0)
		d.NotSee("Panel 3 North")
	})
	p.Allow("404")
	p.See("Harbor Point Tower")
	p.NotSee("Union Yard Battery Store", "Eastfield Solar Park")
	at := p.AtSite(brightwater, "Harbor Point Tower")
	p.In(deviceTable).See("Chiller meter A")
	p.WaitCount(deviceTable+" tbody tr:not(.grp)", 1)
	p.Open(at + "?q=boiler")
	p.See("Nothing here matches")
	if got := p.Status(other); got != http.StatusNotFound {
		t.Errorf("a device that was not chosen answers %d", got)
	}
	var csv string
	p.Eval(`fetch(`+quoted(at+"/devices.csv")+`).then(r => r.text())`, &csv)
	if !strings.Contains(csv, "Chiller meter A") || strings.Contains(csv, "Boiler") || strings.Contains(csv, "Chiller meter B") {
		t.Errorf("the export has %q", csv)
	}
}
