package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// siteOf is a site of the actor's by its code.
func siteOf(t testing.TB, s *store.Store, by domain.Actor, code string) domain.Site {
	t.Helper()
	found, _, err := s.Sites(t.Context(), by, code, "", 5)
	if err != nil || len(found) == 0 {
		t.Fatalf("site %s: %v, %v", code, found, err)
	}
	return found[0]
}

func labels(devices []domain.Device) string {
	var out []string
	for _, d := range devices {
		out = append(out, d.Name())
	}
	return strings.Join(out, ", ")
}

// deviceOf is a device of the actor's by its serial number.
func deviceOf(t testing.TB, s *store.Store, by domain.Actor, site, serial string) domain.Device {
	t.Helper()
	page, err := s.Devices(t.Context(), by, site, store.DeviceQuery{Search: serial})
	if err != nil || len(page.Rows) != 1 {
		t.Fatalf("device %s: %s, %v", serial, labels(page.Rows), err)
	}
	return page.Rows[0]
}

// The list of a site's devices: search, filters, orders, pages. TEN-06, TEN-08: nothing of other sites or companies.
func TestDevices(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		dana, ingrid, cora := storetest.As(t, s, store.Dana, store.Brightwater), storetest.As(t, s, store.Ingrid, store.Brightwater), storetest.As(t, s, store.Cora, store.Cobalt)
		hpt, esp := siteOf(t, s, dana, "HPT"), siteOf(t, s, dana, "ESP")
		if hpt.Devices != 19 || hpt.Groups != 6 {
			t.Errorf("%+v", hpt)
		}
		for _, c := range []struct {
			query store.DeviceQuery
			want  string
		}{
			{store.DeviceQuery{Search: "chiller"}, "Chiller meter A, Chiller meter B"},
			{store.DeviceQuery{Search: "gh-pnl", Paging: store.Paging{Sort: "-label"}}, "Panel 3 North, Panel 2 Parking, Panel 1 Lobby"},
			{store.DeviceQuery{Search: "inverter"}, ""},
			{store.DeviceQuery{Search: "%"}, ""},
			{store.DeviceQuery{Search: store.Canary}, ""},
			{store.DeviceQuery{States: []domain.DeviceState{domain.Silent}}, "Supply air sensor, Ramp gate contact"},
			{store.DeviceQuery{States: []domain.DeviceState{domain.Weak}, Paging: store.Paging{Sort: "rssi"}}, "Charger meter 2, Chiller meter B, Exhaust sensor 1"},
			{store.DeviceQuery{States: []domain.DeviceState{domain.Waiting}}, "Exhaust sensor 2"},
			{store.DeviceQuery{States: []domain.DeviceState{"none"}}, ""},
			{store.DeviceQuery{Kinds: []domain.DeviceKind{domain.KindPanel}}, "Panel 3 North, Panel 1 Lobby, Panel 2 Parking"},
			{store.DeviceQuery{Kinds: []domain.DeviceKind{domain.KindPanel}, Search: "lobby"}, "Panel 1 Lobby"},
			{store.DeviceQuery{Groups: []string{store.NoGroup}}, ""},
		} {
			for name, by := range map[string]domain.Actor{"Dana": dana, "Ingrid": ingrid} {
				page, err := s.Devices(ctx, by, hpt.ID, c.query)
				if err != nil || labels(page.Rows) != c.want {
					t.Errorf("%s, %+v: %s, %v", name, c.query, labels(page.Rows), err)
				}
			}
		}
		for _, order := range []string{"place", "label", "serial", "seen", "rssi", "added"} {
			for _, direction := range []string{"", "-"} {
				var seen []string
				q := store.DeviceQuery{Paging: store.Paging{Sort: direction + order, Limit: 4}}
				for {
					page, err := s.Devices(ctx, dana, hpt.ID, q)
					if err != nil {
						t.Fatal(err)
					}
					for _, d := range page.Rows {
						seen = append(seen, d.ID)
					}
					if q.After = page.Next; q.After == "" {
						break
					}
				}
				slices.Sort(seen)
				if len(slices.Compact(seen)) != 19 {
					t.Errorf("by %s%s: %d devices", direction, order, len(seen))
				}
			}
		}
		for _, site := range []string{esp.ID, "none", ""} {
			page, err := s.Devices(ctx, ingrid, site, store.DeviceQuery{})
			if err != nil || len(page.Rows) != 0 {
				t.Errorf("TEN-08: Ingrid sees %s of a site that is not hers, %v", labels(page.Rows), err)
			}
		}
		if page, err := s.Devices(ctx, cora, hpt.ID, store.DeviceQuery{}); err != nil || len(page.Rows) != 0 {
			t.Errorf("TEN-06: Cora sees %s, %v", labels(page.Rows), err)
		}
		every, silent, err := s.DeviceTotals(ctx, dana)
		if err != nil || every.N != 41 || silent.N != 6 {
			t.Errorf("totals: %+v, %+v, %v", every, silent, err)
		}
		if every, silent, err = s.DeviceTotals(ctx, ingrid); err != nil || every.N != 23 || silent.N != 2 {
			t.Errorf("TEN-08: Ingrid's totals: %+v, %+v, %v", every, silent, err)
		}
		panel := deviceOf(t, s, dana, hpt.ID, "GH-PNL-7F21-0394")
		if d, err := s.Device(ctx, dana, panel.ID); err != nil || d.Label != "Panel 3 North" || len(d.Partitions) != 8 {
			t.Errorf("%+v, %v", d, err)
		}
		yuki := storetest.As(t, s, store.Yuki, store.Brightwater)
		for _, by := range []domain.Actor{yuki, cora, {}} {
			if _, err := s.Device(ctx, by, panel.ID); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("TEN-02: %s finds a device: %v", by.User.Name(), err)
			}
		}
	})
}
