package domain

import (
	"strings"
	"testing"
)

// stray is somebody whose account and scope have come apart: each check must hold without the other (TEN-02).
func stray(t *testing.T, where string) Actor {
	t.Helper()
	a := by(t, "deployer")
	a.Scope = Whole(where)
	return a
}

// TEN-02, TEN-10, TEN-18: who may open, change and close a site, and where devices may stand; what is not seen is not there.
func TestSiteAndPlaceGuards(t *testing.T) {
	globex := Site{ID: "g1", AccountID: "globex", Name: "Globex", Version: 1}
	gone := north
	gone.RemovedAt = now
	full := north
	full.Devices = 1
	part := by(t, "site-deployer")
	part.Scope = Scope{{Account: "acme", Site: "s1", Group: "g1"}}
	goneGroup := roof
	goneGroup.Group.RemovedAt = now
	to := Site{Name: "Other", TimeZone: "UTC"}
	change := func(a Actor, s Site) error { _, _, err := s.Change(a, to, now); return err }
	remove := func(a Actor, s Site) error { _, _, err := s.Remove(a, now); return err }
	open := func(a Actor) error { _, _, err := NewSite(a, to, now); return err }
	for _, c := range []struct {
		what string
		err  error
		want string
	}{
		{"an Admin opens", open(by(t, "admin")), "ok"},
		{"an Admin of a site opens", open(by(t, "site-admin")), "403"},
		{"a User opens", open(by(t, "user")), "403"},
		{"nobody opens", open(by(t, "nobody")), "403"},
		{"an Admin changes", change(by(t, "admin"), north), "ok"},
		{"an Admin of the site changes", change(by(t, "site-admin"), north), "ok"},
		{"an Admin of the next site changes", change(by(t, "next-site"), north), "404"},
		{"a User changes", change(by(t, "user"), north), "403"},
		{"a foreign Admin changes", change(by(t, "foreign-admin"), north), "404"},
		{"a scope of another account changes its site", change(stray(t, "globex"), globex), "404"},
		{"an account's actor changes without a scope there", change(stray(t, "globex"), north), "404"},
		{"an Admin changes what is closed", change(by(t, "admin"), gone), "404"},
		{"an Admin closes", remove(by(t, "admin"), north), "ok"},
		{"an Admin of the site closes", remove(by(t, "site-admin"), north), "403 whole_account"},
		{"a User closes", remove(by(t, "user"), north), "403"},
		{"a foreign Admin closes", remove(by(t, "foreign-admin"), north), "404"},
		{"an Admin closes it twice", remove(by(t, "admin"), gone), "404"},
		{"an Admin closes one with devices", remove(by(t, "admin"), full), "409 site_has_devices"},

		{"a place", by(t, "deployer").MayPlace(roof), "ok"},
		{"a site without a group", by(t, "deployer").MayPlace(Place{Site: north}), "ok"},
		{"no site", by(t, "deployer").MayPlace(Place{Site: Site{AccountID: "acme"}}), "404"},
		{"another account's site", stray(t, "globex").MayPlace(Place{Site: globex}), "404"},
		{"a site that is closed", by(t, "deployer").MayPlace(Place{Site: gone}), "404"},
		{"a site out of reach", by(t, "site-deployer").MayPlace(cellar), "404"},
		{"another site's group", by(t, "deployer").MayPlace(Place{Site: north, Group: cellar.Group}), "404"},
		{"a group that is gone", by(t, "deployer").MayPlace(goneGroup), "404"},
		{"the group that is one's scope", part.MayPlace(roof), "ok"},
		{"beside the group that is one's scope", part.MayPlace(Place{Site: north}), "403 no_deploy_there"},
		{"a place, without Deploy", by(t, "admin").MayPlace(roof), "403 no_deploy_there"},
	} {
		want(t, c.what, c.err, c.want)
	}
	same, e, err := north.Change(by(t, "admin"), north, now)
	if err != nil || same != north || e.Kind != "" {
		t.Errorf("a form that changes nothing: %+v, %+v, %v", same, e, err)
	}
	_, err = SiteDraft{Name: " "}.Check()
	want(t, "a site without a name", err, "422 name:required")
	_, err = SiteDraft{Name: "North"}.Check()
	want(t, "a site without a code and an address", err, "ok")
}

// TEN-02, GST-05: groups are changed by those who configure devices there.
func TestGroupGuards(t *testing.T) {
	group := Group{ID: "g1", AccountID: "acme", SiteID: "s1", Name: "Roof", Version: 1}
	foreign := Group{ID: "x", AccountID: "globex", SiteID: "g1", Name: "X", Version: 1}
	gone, used, full := group, group, north
	gone.RemovedAt, used.Devices, full.Groups = now, 3, MaxGroups
	almost := north
	almost.Groups = MaxGroups - 1
	create := func(a Actor, in Site) error { _, _, err := NewGroup(a, in, "Yard", now); return err }
	rename := func(a Actor, g Group) error { _, _, err := g.Rename(a, "Yard", now); return err }
	remove := func(a Actor, g Group) error { _, _, err := g.Remove(a, now); return err }
	for _, c := range []struct {
		what string
		err  error
		want string
	}{
		{"an Admin makes one", create(by(t, "site-admin"), north), "ok"},
		{"a User makes one", create(by(t, "user"), north), "403"},
		{"an Admin of the next site makes one", create(by(t, "next-site"), north), "404"},
		{"the last that fits", create(by(t, "admin"), almost), "ok"},
		{"one too many", create(by(t, "admin"), full), "409 too_many_groups"},
		{"an Admin renames", rename(by(t, "admin"), group), "ok"},
		{"a User renames", rename(by(t, "user"), group), "403"},
		{"a Member renames", rename(by(t, "member"), group), "404"},
		{"an Admin of the next site renames", rename(by(t, "next-site"), group), "404"},
		{"a foreign Admin renames", rename(by(t, "foreign-admin"), group), "404"},
		{"a scope of another account renames its group", rename(stray(t, "globex"), foreign), "404"},
		{"an Admin renames what is gone", rename(by(t, "admin"), gone), "404"},
		{"an Admin removes", remove(by(t, "admin"), group), "ok"},
		{"a User removes", remove(by(t, "user"), group), "403"},
		{"an Admin removes one with devices", remove(by(t, "admin"), used), "409 group_has_devices"},
		{"empty, by anybody", group.MayEmpty(by(t, "user"), 2), "ok"},
		{"emptied by a Deployer", used.MayEmpty(by(t, "deployer"), 3), "ok"},
		{"emptied by an Admin", used.MayEmpty(by(t, "admin"), 3), "403 no_deploy_here"},
		{"too large to be emptied", used.MayEmpty(by(t, "deployer"), 2), "409 group_large"},
	} {
		want(t, c.what, c.err, c.want)
	}
	same, e, err := group.Rename(by(t, "admin"), "Roof", now)
	if err != nil || same != group || e.Kind != "" {
		t.Errorf("the name it has: %+v, %+v, %v", same, e, err)
	}
}

// TEN-02, TEN-10: each refusal about a device by itself.
func TestDeviceGuards(t *testing.T) {
	panel := Device{ID: "p1", AccountID: "acme", SiteID: "s1", Serial: "GH-P", Kind: KindPanel, Label: "Panel", Partitions: []string{"Hall"}, Version: 1}
	foreign := Device{ID: "x1", AccountID: "globex", SiteID: "g1", Serial: "GH-X", Kind: KindMeter, Version: 1}
	gone := heater
	gone.RemovedAt = now
	deployer := by(t, "deployer")
	move := func(d Device, to Place) error { _, _, err := d.Move(deployer, Place{}, to, now); return err }
	replace := func(a Actor, serial string) error { _, _, err := heater.Replace(a, serial, now); return err }
	report := func(a Actor, d Device, rssi int) error { _, _, err := d.Report(a, rssi, now); return err }
	for _, c := range []struct {
		what string
		err  error
		want string
	}{
		{"out of the group, on the same site", move(heater, Place{Site: north}), "ok"},
		{"to another site, without a group on either", move(panel, Place{Site: south}), "ok"},
		{"to where it is, without a group", move(panel, Place{Site: north}), "409 same_place"},
		{"another in its stead", replace(deployer, "GH-2"), "ok"},
		{"itself in its stead", replace(deployer, "GH-1"), "409 same_serial"},
		{"another, by an Admin", replace(by(t, "admin"), "GH-2"), "403"},
		{"another, by a stranger", replace(by(t, "foreign-admin"), "GH-2"), "404"},
		{"heard", report(deployer, heater, -54), "ok"},
		{"heard as low as can be", report(deployer, heater, LowestRSSI), "ok"},
		{"heard lower", report(deployer, heater, LowestRSSI-1), "422 rssi:rssi"},
		{"heard as high as can be", report(deployer, heater, HighestRSSI), "ok"},
		{"heard higher", report(deployer, heater, HighestRSSI+1), "422 rssi:rssi"},
		{"heard by an Admin", report(by(t, "admin"), heater, -54), "403"},
		{"heard by a scope of another account", report(stray(t, "globex"), foreign, -54), "404"},
		{"heard by an account's actor without a scope there", report(stray(t, "globex"), heater, -54), "404"},
		{"heard after its removal", report(deployer, gone, -54), "404"},
	} {
		want(t, c.what, c.err, c.want)
	}
	for what, c := range map[string]struct {
		to      Labels
		changes bool
	}{
		"as it is":           {Labels{"Panel", []string{"Hall"}}, false},
		"another label":      {Labels{"Door", []string{"Hall"}}, true},
		"another partition":  {Labels{"Panel", []string{"Roof"}}, true},
		"one partition more": {Labels{"Panel", []string{"Hall", "Roof"}}, true},
	} {
		after, e, err := panel.Configure(by(t, "admin"), c.to, now)
		if err != nil || (e.Kind != "") != c.changes || (after.Version != panel.Version) != c.changes {
			t.Errorf("%s: %+v, %+v, %v", what, after, e, err)
		}
	}
	if n := (Device{}).Bars(now); n != 0 {
		t.Errorf("a device that was never heard has %d bars", n)
	}
}

// What is read from forms of the tree has bounds.
func TestTreeFormsHaveBounds(t *testing.T) {
	if _, ok := ParseSerial("GH" + strings.Repeat("1", maxSerial-2)); !ok {
		t.Error("the longest serial number is refused")
	}
	if _, ok := ParseSerial("GH" + strings.Repeat("1", maxSerial-1)); ok {
		t.Error("a longer serial number is taken")
	}
	_, err := PasteSerials(strings.Repeat("GH-1 ", MaxPasted), DeviceDraft{})
	want(t, "as many as go", err, "ok")
	_, err = PasteSerials(strings.Repeat("GH-1 ", MaxPasted+1), DeviceDraft{})
	want(t, "one more", err, "422 serials:too_many_serials")
	for path, node := range map[string]Node{
		"s": {"acme", "s", "", ""}, "s/g": {"acme", "s", "g", ""}, "s/g/d": {"acme", "s", "g", "d"}, "s//d": {"acme", "s", "", "d"},
		"account": {Account: "acme"},
		"":        {}, "/g": {}, "s/": {}, "s/g/": {}, "s/g/d/x": {}, "//d": {},
	} {
		if got, ok := ParseNode("acme", path); got != node || ok != (node != Node{}) {
			t.Errorf("%q is %v, %t", path, got, ok)
		}
	}
}

// A scope below a site touches the site, and what is beside it is not reached.
func TestTouches(t *testing.T) {
	s := Scope{{Account: "acme", Site: "s1", Group: "g1"}}
	for _, c := range []struct {
		at   Node
		want bool
	}{
		{north.Node(), true},
		{roof.Node(), true},
		{heater.Node(), true},
		{south.Node(), false},
		{Node{Account: "acme", Site: "s1", Group: "g9"}, false},
		{Node{Account: "globex", Site: "s1"}, false},
	} {
		if s.Touches(c.at) != c.want {
			t.Errorf("%v: %t", c.at, !c.want)
		}
	}
	if (Scope{}).Touches(north.Node()) {
		t.Error("the empty scope touches a site")
	}
}
