package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/domain"
)

// demoGroup is a group of a site, by the company and the site's code, with its devices one to a line:
// "label | serial | kind | partitions | dBm | last heard". No dBm: it waits for its first contact.
type demoGroup struct{ account, site, name, devices string }

var demoGroups = []demoGroup{
	{Brightwater, "HPT", "North plant room", `
		Panel 3 North      | GH-PNL-7F21-0394 | panel  | 8 | -54 | 12s
		Chiller meter A    | GH-MTR-20C4-1187 | meter  |   | -67 | 31s
		Chiller meter B    | GH-MTR-20C4-1188 | meter  |   | -84 | 2m
		Supply air sensor  | GH-SNS-91B0-4410 | sensor |   | -71 | 4h`},
	{Brightwater, "HPT", "Lobby and level 1", `
		Panel 1 Lobby          | GH-PNL-7F21-0391 | panel  | 4 | -49 | 8s
		Revolving door contact | GH-SNS-91B0-4402 | sensor |   | -70 | 19s
		Loading dock contact   | GH-SNS-91B0-4403 | sensor |   | -72 | 22s
		Lobby air sensor       | GH-SNS-91B0-4405 | sensor |   | -58 | 14s
		Lobby main meter       | GH-MTR-20C4-1179 | meter  |   | -51 | 9s`},
	{Brightwater, "HPT", "Roof", `
		PV string meter 1 | GH-MTR-20C4-1201 | meter  | | -78 | 40s
		PV string meter 2 | GH-MTR-20C4-1202 | meter  | | -74 | 37s
		Irradiance sensor | GH-SNS-91B0-4420 | sensor | | -69 | 55s`},
	{Brightwater, "HPT", "Boiler room", `
		Boiler meter     | GH-MTR-20C4-1210 | meter  | | -61 | 44s
		Exhaust sensor 1 | GH-SNS-91B0-4430 | sensor | | -83 | 50s
		Exhaust sensor 2 | GH-SNS-91B0-4431 | sensor | |     |`},
	{Brightwater, "HPT", "Parking levels", `
		Panel 2 Parking   | GH-PNL-7F21-0392 | panel  | 6 | -63 | 21s
		Charger meter 1   | GH-MTR-20C4-1220 | meter  |   | -66 | 33s
		Charger meter 2   | GH-MTR-20C4-1221 | meter  |   | -88 | 3m
		Ramp gate contact | GH-SNS-91B0-4440 | sensor |   | -70 | 9h`},
	{Brightwater, "HPT", "Levels 2 to 9", ""},
	{Brightwater, "ESP", "Inverter row A", `
		Inverter meter A1 | GH-MTR-3110-0001 | meter | | -59 | 15s
		Inverter meter A2 | GH-MTR-3110-0002 | meter | | -62 | 17s
		Inverter meter A3 | GH-MTR-3110-0003 | meter | | -65 | 20s`},
	{Brightwater, "ESP", "Weather mast", `
		Wind sensor       | GH-SNS-3110-0101 | sensor | | -77 | 25s
		Module temperature | GH-SNS-3110-0102 | sensor | | -75 | 25s`},
	{Brightwater, "CSS", "Switchgear", `
		Feeder meter 1 | GH-MTR-4410-0201 | meter | | -52 | 11s
		Feeder meter 2 | GH-MTR-4410-0202 | meter | | -57 | 12s`},
	{Brightwater, "UYB", "Battery hall", `
		Rack panel 1       | GH-PNL-5100-0301 | panel  | 12 | -55 | 10s
		Rack panel 2       | GH-PNL-5100-0302 | panel  | 12 | -60 | 30h
		Hall smoke sensor  | GH-SNS-5100-0310 | sensor |    | -64 | 5h
		Container meter    | GH-MTR-5100-0320 | meter  |    | -68 | 5h`},
	{Brightwater, "MPS", "Pumps", `
		Pump meter 1   | GH-MTR-6100-0401 | meter  | | -56 | 13s
		Pump meter 2   | GH-MTR-6100-0402 | meter  | | -58 | 16s
		Flow sensor    | GH-SNS-6100-0410 | sensor | | -79 | 29s`},
	{Brightwater, "KRO", "Offices", `
		Reception panel | GH-PNL-7100-0501 | panel | 3 | -53 | 18s
		Floor meter     | GH-MTR-7100-0510 | meter |   | -61 | 26s`},
	{Brightwater, "LMC", "Operating wing", `
		Wing panel         | GH-PNL-8100-0601 | panel  | 16 | -50 | 7s
		Oxygen sensor      | GH-SNS-8100-0610 | sensor |    | -86 | 48s
		Emergency meter    | GH-MTR-8100-0620 | meter  |    | -70 | 6h`},
	{Brightwater, "RCS", "Cold rooms", `
		Cold room 1 sensor | GH-SNS-9100-0701 | sensor | | -73 | 34s
		Cold room 2 sensor | GH-SNS-9100-0702 | sensor | | -76 | 36s`},
	{Brightwater, "TCH", "Turbine hall", `
		Turbine meter | GH-MTR-9200-0801 | meter | | -60 | 23s`},
	{Cobalt, "GSW", "Workshop", `
		Workshop panel | GH-PNL-A100-0901 | panel  | 2 | -57 | 28s
		Press meter    | GH-MTR-A100-0910 | meter  |   | -66 | 39s`},
	{Cobalt, "NLG", "Gate", `
		Gate contact | GH-SNS-A200-1001 | sensor | | -71 | 41s`},
	{Larkspur, Canary + "1", Canary + " ward", `
		` + Canary + ` panel | GH-` + Canary + `-0001 | panel | 2 | -52 | 12s
		` + Canary + ` meter | GH-` + Canary + `-0002 | meter |   | -64 | 6h`},
	{Larkspur, Canary + "2", Canary + " bench", `
		` + Canary + ` sensor | GH-` + Canary + `-0003 | sensor | | -85 | 20s`},
}

// furnish fills the companies' sites with groups and devices.
func (d *demo) furnish() {
	for _, v := range demoGroups {
		if d.err != nil {
			return
		}
		if err := d.group(v); err != nil {
			d.err = fmt.Errorf("%s: %w", v.name, err)
		}
	}
}

// demoInstallers are who set the devices up.
var demoInstallers = map[string]string{Brightwater: Tomas, Cobalt: Cora, Larkspur: Lars}

func (d *demo) group(v demoGroup) error {
	a := d.accounts[slices.IndexFunc(d.accounts, func(a domain.Account) bool { return a.Slug == v.account })]
	site := &d.sites[slices.IndexFunc(d.sites, func(s domain.Site) bool { return s.AccountID == a.ID && s.Code == v.site })]
	by := d.actor(a, demoInstallers[v.account])
	by.Role, _ = domain.ParseRole(string(domain.RoleDeployer), a.Kind) // for Cobalt's and Larkspur's admins the partner's installer did it
	at := d.ago(300 * day)
	g, e, err := domain.NewGroup(by, *site, v.name, at)
	if err != nil {
		return err
	}
	g.ID = newID()
	e.SubjectID = g.ID
	site.Groups++
	d.events = append(d.events, e)
	for row := range strings.Lines(strings.TrimSpace(v.devices)) {
		if strings.TrimSpace(row) == "" {
			continue
		}
		if err := d.device(by, domain.Place{Site: *site, Group: g}, strings.Split(row, "|")); err != nil {
			return err
		}
		g.Devices++
		site.Devices++
	}
	d.groups = append(d.groups, g)
	return nil
}

func (d *demo) device(by domain.Actor, at domain.Place, cells []string) error {
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	in, err := domain.DeviceDraft{Label: cells[0], Serial: cells[1], Kind: cells[2], Partitions: cells[3]}.Check()
	if err != nil {
		return err
	}
	when := d.ago(290*day - time.Duration(len(d.devices))*day)
	switch cells[0] {
	case "Exhaust sensor 2":
		when = d.ago(9 * time.Minute)
	case "Boiler meter":
		when = d.ago(35 * time.Minute)
	}
	v, e, err := domain.Register(by, in, at, when)
	if err != nil {
		return err
	}
	v.ID = newID()
	e.SubjectID = v.ID
	if len(v.Partitions) > 0 {
		v.Partitions[0] = "Main entrance"
		if by.Account.Slug == Larkspur {
			v.Partitions[0] = Canary + " door"
		}
	}
	if cells[4] != "" {
		ago, err := time.ParseDuration(cells[5])
		if err != nil {
			return err
		}
		if v.RSSI, err = domain.ParseRSSI(cells[4]); err != nil {
			return err
		}
		v.LastSeenAt = d.ago(ago)
	}
	d.devices, d.events = append(d.devices, v), append(d.events, e)
	return nil
}

// writeTree writes sites, groups and devices, and how many there are.
func (d *demo) writeTree(ctx context.Context, t *tx) error {
	if err := insertSites(ctx, t, d.accounts, d.sites...); err != nil {
		return err
	}
	if err := insertGroups(ctx, t, d.groups...); err != nil {
		return err
	}
	if err := insertDevices(ctx, t, d.devices...); err != nil {
		return err
	}
	for _, a := range d.accounts {
		n := 0
		for _, v := range d.devices {
			if v.AccountID == a.ID {
				n++
			}
		}
		if err := changed(ctx, t, "update accounts set devices = $1 where id = $2", n, a.ID); err != nil {
			return err
		}
	}
	return nil
}
