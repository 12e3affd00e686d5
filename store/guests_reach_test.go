package store_test

import (
	"cmp"
	"slices"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// GST-04: in the mode Devices the chosen ones are all there is: by id, in lists, counts, search, exports and totals, on
// every engine.
func TestGST04_ChosenDevicesAreAllThereIs(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		site := siteOf(t, h.Store, dana, "HPT")
		chosen, other := deviceOf(t, h.Store, dana, site.ID, "GH-MTR-20C4-1187"), deviceOf(t, h.Store, dana, site.ID, "GH-MTR-20C4-1188")
		d := h.guestDraft(store.Cora, store.Brightwater, "HPT")
		d.Workspace, d.Places, d.Devices = string(domain.Devices), nil, []string{chosen.Node().Path()}
		by, err := h.Actor(h.ctx(), h.enter(store.Cora, h.guest(dana, d)), store.Brightwater, "")
		must(t, err)

		_, err = h.Device(h.ctx(), by, chosen.ID)
		must(t, err)
		_, err = h.Device(h.ctx(), by, other.ID)
		wantErr(t, "another device by its id", err, domain.ErrNotFound)
		if _, err = h.Site(h.ctx(), by, siteOf(t, h.Store, dana, "UYB").ID); err == nil {
			t.Error("a site without a chosen device is there")
		}
		for search, want := range map[string]int{"": 1, "chiller": 1, "boiler": 0} {
			q := store.DeviceQuery{Search: search}
			page, err := h.Devices(h.ctx(), by, site.ID, q)
			must(t, err)
			n, err := h.CountDevices(h.ctx(), by, site, q)
			must(t, err)
			exported := 0
			must(t, h.EachDevice(h.ctx(), by, site.ID, q, func(domain.Device) error { exported++; return nil }))
			if len(page.Rows) != want || n.N != want || exported != want {
				t.Errorf("%q: %d listed, %d counted, %d exported, want %d", search, len(page.Rows), n.N, exported, want)
			}
		}
		every, _, err := h.DeviceTotals(h.ctx(), by)
		must(t, err)
		if every.N != 1 {
			t.Errorf("%d devices in all", every.N)
		}
		for _, typed := range []string{"", "meter"} {
			found, err := h.FindNodes(h.ctx(), by, typed, store.OnlyDevices, 50)
			must(t, err)
			for _, n := range found {
				if n.Node.Device != chosen.ID {
					t.Errorf("a picker finds %s", n.Name)
				}
			}
		}
	})
}

// GST-05: in the mode Groups a device that is moved has the rights of its new group at once, or is gone. A device that
// was chosen by itself stays chosen at its new place.
func TestGST05_AMovedDeviceHasTheRightsOfItsGroup(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana, jonas := h.at(store.Dana, store.Brightwater), h.at(store.Jonas, store.Brightwater)
		site := siteOf(t, h.Store, dana, "HPT")
		meter, parking, boiler := deviceOf(t, h.Store, dana, site.ID, "GH-MTR-20C4-1201"), "", ""
		groups, err := h.Groups(h.ctx(), dana, site.ID)
		must(t, err)
		for _, g := range groups {
			switch g.Name {
			case "Parking levels":
				parking = g.ID
			case "Boiler room":
				boiler = g.ID
			}
		}
		d := h.guestDraft(store.Cora, store.Brightwater, "HPT")
		d.Workspace, d.Places, d.May = string(domain.Groups), nil, nil
		d.Cells = []string{site.ID + "/" + meter.GroupID + ":view-devices", site.ID + "/" + parking + ":view-devices", site.ID + "/" + parking + ":configure-devices"}
		m := h.guest(dana, d)
		bound := h.enter(store.Cora, m)
		sees := func(what string, view, configure bool) {
			t.Helper()
			by, err := h.Actor(h.ctx(), bound, store.Brightwater, "")
			must(t, err)
			now, err := h.Device(h.ctx(), jonas, meter.ID)
			must(t, err)
			if _, err = h.Device(h.ctx(), by, meter.ID); (err == nil) != view {
				t.Errorf("%s: seen %v, %v", what, err == nil, err)
			}
			if by.CanAt(domain.ConfigureDevices, now.Node()) != configure {
				t.Errorf("%s: configures %v", what, !configure)
			}
		}
		sees("where one may look", true, false)
		must(t, move(h.Store, jonas, store.Chosen{IDs: []string{meter.ID}}, site.ID, parking))
		sees("where one may configure", true, true)
		must(t, move(h.Store, jonas, store.Chosen{IDs: []string{meter.ID}}, site.ID, boiler))
		sees("where one has nothing", false, false)

		h.forget(store.Cora)
		alone, err := h.Device(h.ctx(), dana, meter.ID)
		must(t, err)
		d.Workspace, d.Cells, d.Devices, d.May = string(domain.Devices), nil, []string{alone.Node().Path()}, []string{"view-devices"}
		bound = h.enter(store.Cora, h.guest(dana, d))
		must(t, move(h.Store, jonas, store.Chosen{IDs: []string{meter.ID}}, siteOf(t, h.Store, dana, "UYB").ID, ""))
		sees("chosen by itself, at another site", true, false)
	})
}

// GST-13, PRIV-09: the list of allowed domains is asked again when the guest answers.
func TestGST13_PRIV09_DomainsAreAskedAtTheAnswer(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		m, err := h.InviteGuest(h.ctx(), dana, h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		must(t, err)
		storetest.Exec(t, h.Store, "update accounts set allowed_domains = $1 where id = $2", "brightwater.example", dana.Account.ID)
		u, err := h.PersonByEmail(h.ctx(), store.Cora)
		must(t, err)
		if _, err = h.AnswerCompany(h.ctx(), u, m.ID, true, ""); err == nil {
			t.Error("an address outside the domains was let in")
		}
		if h.row(store.Cora, store.Brightwater).State(h.clock.Now()) != domain.StatePending {
			t.Error("the refused answer has changed the invitation")
		}
		storetest.Exec(t, h.Store, "update accounts set allowed_domains = $1 where id = $2", "brightwater.example cobaltfield.example", dana.Account.ID)
		_, err = h.AnswerCompany(h.ctx(), u, m.ID, true, "")
		must(t, err)
	})
}

// TEN-10: a guest who may deploy in one group puts its devices into no other one, nor out of any, when they remove it.
func TestAGroupIsEmptiedWhereOneMayDeploy(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		m := h.guest(dana, h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		groups, err := h.Groups(h.ctx(), dana, h.site(store.Brightwater, "HPT"))
		must(h.t, err)
		at := slices.IndexFunc(groups, func(g domain.Group) bool { return g.Devices > 0 })
		full := groups[at]
		other := groups[(at+1)%len(groups)]
		may := domain.Privileges{domain.ViewDevices, domain.ConfigureDevices, domain.Deploy}
		must(h.t, h.Exec(h.ctx(), "update roles set privileges = $1 where id = $2", may.String(), string(maintenance)+store.Brightwater))
		must(h.t, h.PutGrants(h.ctx(), m.ID, []domain.Grant{{Node: full.Node(), May: may}}))
		by, err := h.Actor(h.ctx(), h.enter(store.Cora, m), store.Brightwater, "")
		must(h.t, err)
		before := h.written()
		for _, to := range []string{store.NoGroup, other.ID} {
			_, err := h.RemoveGroup(h.ctx(), by, full.ID, full.Version, to)
			wantErr(h.t, "to "+to, err, domain.ErrForbidden)
		}
		if h.written() != before {
			h.t.Error("something was written")
		}
	})
}

// TEN-06: a picker that shows a few finds the account's own, however many of the same name come before them elsewhere.
func TestTEN06_PickersStopAtTheAccount(t *testing.T) {
	inHouse(t, func(h house) {
		dana, owen := h.at(store.Dana, store.Brightwater), h.at(store.Owen, store.Brightwater)
		groups, err := h.Groups(h.ctx(), dana, h.site(store.Brightwater, "HPT"))
		must(h.t, err)
		// Whoever reaches one site finds what is there, however much comes before it at others.
		for _, code := range []string{"HPT", "UYB", "ESP"} {
			owen.Scope = domain.Sites(owen.Account.ID, h.site(store.Brightwater, code))
			for _, typed := range []string{"", "meter"} {
				every, err := h.FindNodes(h.ctx(), owen, typed, store.OnlyDevices, 50)
				must(h.t, err)
				first, err := h.FindNodes(h.ctx(), owen, typed, store.OnlyDevices, 1)
				if must(h.t, err); len(first) != min(1, len(every)) {
					t.Errorf("%q finds %d at %s, and none when asked for one", typed, len(every), code)
				}
			}
		}
		for i, ask := range []struct {
			typed string
			down  store.Level
		}{{groups[0].Name, store.ToGroups}, {"meter", store.OnlyDevices}, {"meter", store.OnlyDevices}, {"", store.ToSites}, {"", store.ToGroups}, {"", store.OnlyDevices}} {
			h.SetFewest(1000 - 999*(i%2)) // a word that many have, and one that few have
			every, err := h.FindNodes(h.ctx(), dana, ask.typed, ask.down, 50)
			must(h.t, err)
			first, err := h.FindNodes(h.ctx(), dana, ask.typed, ask.down, 1)
			must(h.t, err)
			for _, v := range every {
				if id := cmp.Or(v.Node.Device, v.Node.Group, v.Node.Site); h.number("select count(*) from (select id, removed_at from sites union all select id, removed_at from groups union all select id, removed_at from devices) n where id = $1 and removed_at = 0", id) != 1 {
					t.Errorf("%q finds what was removed: %v", ask.typed, v.Node)
				}
			}
			if len(every) == 0 || len(first) != 1 || first[0].Node.Account != dana.Account.ID {
				t.Errorf("%q finds %d, of which the first is %v", ask.typed, len(every), first)
			}
		}
	})
}
