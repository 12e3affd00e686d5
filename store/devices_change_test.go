package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// counted holds the kept numbers against the truth.
func counted(t testing.TB, s *store.Store) {
	t.Helper()
	for _, sql := range []string{
		"select count(*) from accounts a where a.devices <> (select count(*) from devices d where d.account_id = a.id and d.removed_at = 0)",
		"select count(*) from sites a where a.devices <> (select count(*) from devices d where d.site_id = a.id and d.removed_at = 0)",
		"select count(*) from sites a where a.removed_at = 0 and a.groups <> (select count(*) from groups d where d.site_id = a.id and d.removed_at = 0)",
		"select count(*) from groups a where a.devices <> (select count(*) from devices d where d.group_id = a.id and d.removed_at = 0)",
	} {
		if n, err := s.Number(t.Context(), sql); err != nil || n != 0 {
			t.Errorf("%d counters are wrong (%v): %s", n, err, sql)
		}
	}
}

// TEN-10: a move needs rights on both ends; what is foreign is as what is not there; nothing half-done.
func TestMoveDevices(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		jonas, yuki, dana := storetest.As(t, s, store.Jonas, store.Brightwater), storetest.As(t, s, store.Yuki, store.Brightwater), storetest.As(t, s, store.Dana, store.Brightwater)
		lars := storetest.As(t, s, store.Lars, store.Larkspur)
		hpt, uyb := siteOf(t, s, jonas, "HPT"), siteOf(t, s, jonas, "UYB")
		panel := deviceOf(t, s, jonas, hpt.ID, "GH-PNL-7F21-0394")
		meter := deviceOf(t, s, jonas, hpt.ID, "GH-MTR-20C4-1187")
		one := store.Chosen{IDs: []string{panel.ID}}
		far := siteOf(t, s, lars, store.Canary+"1")
		for name, err := range map[string]error{
			"a foreign site":            move(s, jonas, one, far.ID, ""),
			"no site":                   move(s, jonas, one, "none", ""),
			"a group of another site":   move(s, jonas, one, uyb.ID, panel.GroupID),
			"a device not of her sites": move(s, yuki, one, uyb.ID, ""),
			"a foreign device":          move(s, lars, one, far.ID, ""),
			"one of two is not there":   move(s, jonas, store.Chosen{IDs: []string{meter.ID, "none"}}, uyb.ID, ""),
		} {
			if !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := move(s, dana, one, uyb.ID, ""); !errors.Is(err, domain.ErrForbidden) {
			t.Errorf("an Admin moves a device: %v", err)
		}
		if d, err := s.Device(ctx, jonas, meter.ID); err != nil || d.SiteID != hpt.ID {
			t.Errorf("half-done: %+v, %v", d, err)
		}
		outcomes, err := s.MoveDevices(ctx, jonas, store.Chosen{IDs: []string{panel.ID}, Preview: true}, uyb.ID, "")
		if d, _ := s.Device(ctx, jonas, panel.ID); err != nil || outcomes[0].Err != nil || d.SiteID != hpt.ID {
			t.Errorf("a preview: %+v, %v", outcomes, err)
		}
		if err := move(s, jonas, one, uyb.ID, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Device(ctx, yuki, panel.ID); err != nil {
			t.Errorf("who reaches the new place has it at once: %v", err)
		}
		if err := move(s, jonas, store.Chosen{IDs: []string{panel.ID}, Version: panel.Version}, hpt.ID, ""); !errors.Is(err, domain.ErrStale) {
			t.Errorf("an old version: %v", err)
		}
		counted(t, s)
	})
}

func move(s *store.Store, by domain.Actor, chosen store.Chosen, site, group string) error {
	outcomes, err := s.MoveDevices(context.Background(), by, chosen, site, group)
	if err == nil {
		err = outcomes[0].Err
	}
	return err
}

// TEN-10: a foreign serial number is answered as any that cannot be; one that is seen says where it is.
func TestRegisterDevices(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		jonas, yuki := storetest.As(t, s, store.Jonas, store.Brightwater), storetest.As(t, s, store.Yuki, store.Brightwater)
		uyb := siteOf(t, s, jonas, "UYB")
		draft := func(serial string) domain.DeviceDraft { return domain.DeviceDraft{Serial: serial, Kind: "meter"} }
		outcomes, err := s.RegisterDevices(ctx, yuki, uyb.ID, []domain.DeviceDraft{
			draft("GH-NEW-0001"), draft("gh-new-0001"), draft("GH-QUILLFEATHER-0001"), draft("GH-PNL-7F21-0394"), draft("GH-PNL-5100-0301"), draft("x"),
			{Serial: "GH-NEW-0002", Kind: "meter", Group: "none of hers"},
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range outcomes {
			word := "done"
			if o.Err != nil {
				word = o.Err.Error()
			}
			got = append(got, word)
		}
		want := []string{
			"done", "problems: serial: serial_here", "problems: serial: serial_taken", "problems: serial: serial_taken", "problems: serial: serial_here",
			"problems: serial: serial", "problems: group: choice",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		counted(t, s)
		// A serial number is free again when its device is removed; replacing keeps the place and takes the number.
		d := outcomes[0].Device
		if _, err := s.ReplaceDevice(ctx, yuki, d.ID, 1, "GH-QUILLFEATHER-0001"); err == nil || err.Error() != "problems: serial: serial_taken" {
			t.Errorf("a foreign number: %v", err)
		}
		d, err = s.ReplaceDevice(ctx, yuki, d.ID, 1, "GH-NEW-0009")
		if err != nil || d.Serial != "GH-NEW-0009" || d.SiteID != uyb.ID {
			t.Errorf("%+v, %v", d, err)
		}
		if outcomes, err := s.RemoveDevices(ctx, yuki, store.Chosen{IDs: []string{d.ID}}); err != nil || outcomes[0].Err != nil {
			t.Errorf("%+v, %v", outcomes, err)
		}
		if outcomes, err := s.RegisterDevices(ctx, jonas, uyb.ID, []domain.DeviceDraft{draft("GH-NEW-0009")}); err != nil || outcomes[0].Err != nil {
			t.Errorf("again: %+v, %v", outcomes, err)
		}
		counted(t, s)
	})
}

// Two register one serial number: one has it, the other is told.
func TestRaceForASerialNumber(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		jonas := storetest.As(t, s, store.Jonas, store.Brightwater)
		hpt := siteOf(t, s, jonas, "HPT")
		for round := range 5 {
			var wg sync.WaitGroup
			errs := make([]error, 4)
			for i := range errs {
				wg.Go(func() {
					outcomes, err := s.RegisterDevices(t.Context(), jonas, hpt.ID, []domain.DeviceDraft{{Serial: fmt.Sprint("GH-RACE-", round), Kind: "meter"}})
					if err == nil {
						err = outcomes[0].Err
					}
					errs[i] = err
				})
			}
			wg.Wait()
			won := 0
			for _, err := range errs {
				var problems domain.Problems
				if err == nil {
					won++
				} else if !errors.As(err, &problems) {
					t.Error(err)
				}
			}
			if won != 1 {
				t.Errorf("%d have the number: %v", won, errs)
			}
		}
		counted(t, s)
	})
}

// A move and a removal at once: the device is gone, and nothing is counted twice.
func TestRaceMoveAgainstRemove(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		jonas := storetest.As(t, s, store.Jonas, store.Brightwater)
		hpt, uyb := siteOf(t, s, jonas, "HPT"), siteOf(t, s, jonas, "UYB")
		for _, serial := range []string{"GH-PNL-7F21-0394", "GH-MTR-20C4-1187", "GH-MTR-20C4-1188"} {
			one := store.Chosen{IDs: []string{deviceOf(t, s, jonas, hpt.ID, serial).ID}}
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := move(s, jonas, one, uyb.ID, ""); err != nil && !errors.Is(err, domain.ErrNotFound) {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if outcomes, err := s.RemoveDevices(t.Context(), jonas, one); err != nil || outcomes[0].Err != nil {
					t.Error(outcomes, err)
				}
			})
			wg.Wait()
			if _, err := s.Device(t.Context(), jonas, one.IDs[0]); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%s is still there: %v", serial, err)
			}
		}
		counted(t, s)
	})
}

// Random scopes and moves: every list, page and count of devices and sites says what domain's Covers does (TEN-08, TEN-11).
func TestScopeInSQLAndInGoAgree(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		jonas := storetest.As(t, s, store.Jonas, store.Brightwater)
		sites, _, err := s.Sites(ctx, jonas, "", "", 100)
		must(t, err)
		every := map[string]domain.Device{}
		var places []domain.Node
		read := func() {
			clear(every)
			places = places[:0]
			for _, site := range sites {
				places = append(places, site.Node())
				groups, err := s.Groups(ctx, jonas, site.ID)
				must(t, err)
				for _, g := range groups {
					places = append(places, g.Node())
				}
				must(t, s.EachDevice(ctx, jonas, site.ID, store.DeviceQuery{}, func(d domain.Device) error {
					every[d.ID] = d
					return nil
				}))
			}
		}
		read()
		rapid.Check(t, func(rt *rapid.T) {
			ids := slices.Sorted(maps.Keys(every))
			at := rapid.SampledFrom(places).Draw(rt, "to")
			chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, 4, rapid.ID).Draw(rt, "moved")
			if _, err := s.MoveDevices(ctx, jonas, store.Chosen{IDs: chosen}, at.Site, at.Group); err != nil {
				rt.Fatal(err)
			}
			read()
			nodes := slices.Clone(places)
			for _, id := range ids {
				nodes = append(nodes, every[id].Node())
			}
			who := jonas
			who.Scope = rapid.SliceOfN(rapid.SampledFrom(nodes), 0, 6).Draw(rt, "scope")
			reach := who.Reach(domain.ViewDevices)
			for _, site := range sites {
				var want, got []string
				for _, id := range ids {
					if d := every[id]; d.SiteID == site.ID && reach.Covers(d.Node()) {
						want = append(want, id)
					}
				}
				if err := s.EachDevice(ctx, who, site.ID, store.DeviceQuery{}, func(d domain.Device) error {
					got = append(got, d.ID)
					return nil
				}); err != nil {
					rt.Fatal(err)
				}
				slices.Sort(got)
				n, err := s.CountDevices(ctx, who, site, store.DeviceQuery{})
				if err != nil || !slices.Equal(got, want) {
					rt.Fatalf("%s: %d listed, %d covered, %v", site.Name, len(got), len(want), err)
				}
				if fresh, err := s.Site(ctx, jonas, site.ID); err != nil || !reach.Covers(site.Node()) && n.N != len(want) || fresh.Devices < len(want) {
					rt.Fatalf("%s: counted %d of %d, %v", site.Name, n.N, len(want), err)
				}
				_, err = s.Site(ctx, who, site.ID)
				if found := err == nil; found != who.Scope.Touches(site.Node()) {
					rt.Fatalf("%s: found %v, %v", site.Name, found, err)
				}
			}
		})
		counted(t, s)
	})
}
