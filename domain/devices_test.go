package domain

import (
	"errors"
	"testing"
	"time"
)

// roof and cellar are places of two sites of Acme; heater stands on the roof.
var (
	north  = Site{ID: "s1", AccountID: "acme", Name: "North", Version: 1}
	south  = Site{ID: "s2", AccountID: "acme", Name: "South", Version: 1}
	roof   = Place{Site: north, Group: Group{ID: "g1", AccountID: "acme", SiteID: "s1", Name: "Roof"}}
	cellar = Place{Site: south, Group: Group{ID: "g2", AccountID: "acme", SiteID: "s2", Name: "Cellar"}}
	heater = Device{ID: "d1", AccountID: "acme", SiteID: "s1", GroupID: "g1", Serial: "GH-1", Kind: KindMeter, Label: "Heater", Version: 1}
)

// Who may do what with a device: what is not seen is not there, what is seen and not allowed is refused. TEN-10: a move
// needs rights on both ends.
func TestDeviceChanges(t *testing.T) {
	type outcome struct{ register, configure, move, remove error }
	for name, want := range map[string]outcome{
		"deployer":        {nil, nil, nil, nil},
		"site-deployer":   {nil, nil, ErrNotFound, nil}, // the target is not theirs
		"admin":           {ErrForbidden, nil, ErrForbidden, ErrForbidden},
		"user":            {ErrForbidden, ErrForbidden, ErrForbidden, ErrForbidden},
		"member":          {ErrForbidden, ErrNotFound, ErrNotFound, ErrNotFound},
		"next-site":       {ErrNotFound, ErrNotFound, ErrNotFound, ErrNotFound},
		"foreign-admin":   {ErrNotFound, ErrNotFound, ErrNotFound, ErrNotFound},
		"suspended-admin": {ErrForbidden, ErrNotFound, ErrNotFound, ErrNotFound},
		"nobody":          {ErrNotFound, ErrNotFound, ErrNotFound, ErrNotFound},
	} {
		who := by(t, name)
		got := outcome{}
		_, _, got.register = Register(who, Registration{Serial: "GH-2", Kind: KindSensor}, roof, now)
		_, _, got.configure = heater.Configure(who, Labels{Label: "Boiler"}, now)
		_, _, got.move = heater.Move(who, roof, cellar, now)
		_, _, got.remove = heater.Remove(who, now)
		for what, pair := range map[string][2]error{
			"register": {got.register, want.register}, "configure": {got.configure, want.configure}, "move": {got.move, want.move}, "remove": {got.remove, want.remove},
		} {
			if !errors.Is(pair[0], pair[1]) || pair[1] == nil && pair[0] != nil {
				t.Errorf("%s, %s: %v, want %v", name, what, pair[0], pair[1])
			}
		}
	}
}

// A move says from where to where, a replacement keeps everything but what the old device told.
func TestDeviceMoveAndReplace(t *testing.T) {
	who := by(t, "deployer")
	d, e, err := heater.Move(who, roof, cellar, now)
	if err != nil || d.Node() != (Node{"acme", "s2", "g2", "d1"}) || d.Version != 2 || e.Kind != DeviceMoved || e.Before["scope"] != "s1" || e.After["scope"] != "s2" || e.After["group"] != "Cellar" {
		t.Errorf("%+v %+v %v", d, e, err)
	}
	if _, _, err := heater.Move(who, roof, roof, now); !errors.Is(err, ErrStale) {
		t.Errorf("to where it is: %v", err)
	}
	foreign := Place{Site: north, Group: cellar.Group}
	if _, _, err := heater.Move(who, roof, foreign, now); !errors.Is(err, ErrNotFound) {
		t.Errorf("into a group of another site: %v", err)
	}
	heard := heater
	heard.RSSI, heard.LastSeenAt = -50, now
	d, _, err = heard.Replace(who, "GH-9", now)
	if err != nil || d.Serial != "GH-9" || d.Label != "Heater" || d.Node() != heard.Node() || d.State(now) != Waiting || d.RSSI != 0 {
		t.Errorf("%+v %v", d, err)
	}
}

// States follow the clock, at their edges.
func TestDeviceStates(t *testing.T) {
	for _, c := range []struct {
		ago  time.Duration
		rssi int
		want DeviceState
		bars int
	}{
		{0, -60, Online, 4},
		{0, -61, Online, 3},
		{0, -80, Online, 3},
		{0, -81, Weak, 2},
		{0, -91, Weak, 1},
		{SilentAfter - 1, -50, Online, 4},
		{SilentAfter, -50, Silent, 0},
		{SilentAfter + time.Hour, -90, Silent, 0},
	} {
		d := Device{RSSI: c.rssi, LastSeenAt: now.Add(-c.ago)}
		if d.State(now) != c.want || d.Bars(now) != c.bars {
			t.Errorf("%v %d: %s %d, want %s %d", c.ago, c.rssi, d.State(now), d.Bars(now), c.want, c.bars)
		}
	}
	if (Device{}).State(now) != Waiting {
		t.Error("a new device does not wait")
	}
}

// What is typed into the Deployment Tool.
func TestDeviceDrafts(t *testing.T) {
	for typed, want := range map[string]string{
		"GH-1": "GH-1", " gh-1a ": "GH-1A", "": "", "abc": "", "---.": "", "GH 1234": "", "GH_1234": "", "ＧＨ-1234": "", "GH-1\x00234": "", "=cmd|1234": "",
	} {
		if got, ok := ParseSerial(typed); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v", typed, got, ok)
		}
	}
	for typed, want := range map[string]int{"-54": -54, "−54": -54, "54": -54, " -54 dBm": -54, "-130": -130, "0": 0, "-131": 0, "+5": 0, "x": 0, "": 0, "--5": 0} {
		if got, err := ParseRSSI(typed); got != want || (err == nil) != (want != 0) {
			t.Errorf("%q is %d, %v", typed, got, err)
		}
	}
	for draft, want := range map[DeviceDraft]string{
		{Serial: "GH-1", Kind: "meter"}:                   "",
		{Serial: "GH-1", Kind: "panel", Partitions: "8"}:  "",
		{Serial: "GH-1", Kind: "panel", Partitions: "65"}: "problems: partitions: partitions",
		{Serial: "GH-1", Kind: "sensor", Partitions: "2"}: "problems: partitions: partitions_panel",
		{Kind: "oven"}:   "problems: kind: choice, serial: required",
		{Serial: "GH-1"}: "problems: kind: required",
		{Serial: "G", Kind: "meter", Label: "a\u202eb"}: "problems: label: characters, serial: serial",
	} {
		_, err := draft.Check()
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%+v: %s, want %s", draft, got, want)
		}
	}
	if rows, err := PasteSerials("GH-1, GH-2\nGH-3;GH-4\tGH-5", DeviceDraft{Kind: "meter"}); err != nil || len(rows) != 5 || rows[4].Serial != "GH-5" || rows[4].Kind != "meter" {
		t.Errorf("%+v, %v", rows, err)
	}
}
