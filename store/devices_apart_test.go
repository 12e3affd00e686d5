package store_test

import (
	"errors"
	"slices"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TEN-10, TEN-11: a device that goes takes the rights on itself along and no others; totals and lists forget it.
func TestWhatGoesWithADevice(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		jonas := storetest.As(t, s, store.Jonas, store.Brightwater)
		hpt, uyb := siteOf(t, s, jonas, "HPT"), siteOf(t, s, jonas, "UYB")
		panel, meter := deviceOf(t, s, jonas, hpt.ID, "GH-PNL-7F21-0394"), deviceOf(t, s, jonas, hpt.ID, "GH-MTR-20C4-1187")
		for _, d := range []domain.Device{panel, meter} {
			storetest.Exec(t, s, "insert into grants (membership_id, account_id, site_id, group_id, device_id, privileges, part) select id, account_id, '"+
				d.SiteID+"', '"+d.GroupID+"', '"+d.ID+"', 'view-devices', part from (select distinct m.id, m.account_id, g.part from memberships m join grants g on g.membership_id = m.id where m.email = '"+store.Samuel+"') x")
		}
		granted := func(d domain.Device, site string) int64 {
			t.Helper()
			return count(t, s, "select count(*) from grants g join memberships m on m.id = g.membership_id where m.email = '"+store.Samuel+"' and g.device_id = '"+d.ID+"' and g.site_id = '"+site+"'")
		}
		if granted(panel, hpt.ID) != 1 || granted(meter, hpt.ID) != 1 {
			t.Fatal("the grants are not there")
		}
		must(t, move(s, jonas, store.Chosen{IDs: []string{panel.ID}}, uyb.ID, ""))
		if granted(panel, uyb.ID) != 1 || granted(meter, hpt.ID) != 1 || granted(meter, uyb.ID) != 0 {
			t.Error("the rights on the meter went with the panel")
		}
		before, _, err := s.DeviceTotals(ctx, jonas)
		must(t, err)
		outcomes, err := s.RemoveDevices(ctx, jonas, store.Chosen{IDs: []string{panel.ID}})
		if err != nil || outcomes[0].Err != nil {
			t.Fatalf("%+v, %v", outcomes, err)
		}
		if granted(panel, uyb.ID) != 0 || granted(meter, hpt.ID) != 1 {
			t.Error("the rights on the panel stay, or those on the meter went with it")
		}
		after, _, err := s.DeviceTotals(ctx, jonas)
		if err != nil || after.N != before.N-1 {
			t.Errorf("%d devices after %d, %v", after.N, before.N, err)
		}
	})
}

// A change names at least one device, all of them there, and a version speaks of one; what is taken is told by who sees it.
func TestChosenDevices(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		jonas := storetest.As(t, s, store.Jonas, store.Brightwater)
		hpt, uyb := siteOf(t, s, jonas, "HPT"), siteOf(t, s, jonas, "UYB")
		panel, meter := deviceOf(t, s, jonas, hpt.ID, "GH-PNL-7F21-0394"), deviceOf(t, s, jonas, hpt.ID, "GH-MTR-20C4-1187")
		if _, err := s.MoveDevices(ctx, jonas, store.Chosen{}, uyb.ID, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("no device: %v", err)
		}
		if _, err := s.MoveDevices(ctx, jonas, store.Chosen{IDs: []string{panel.ID, meter.ID}, Version: panel.Version}, uyb.ID, ""); !errors.Is(err, domain.ErrStale) {
			t.Errorf("a version for two: %v", err)
		}
		of, err := s.Groups(ctx, jonas, hpt.ID)
		must(t, err)
		if _, err := s.MoveDevices(ctx, jonas, store.Chosen{IDs: []string{panel.ID}}, uyb.ID, of[0].ID); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a group of another site: %v", err)
		}
		crowd := store.Chosen{IDs: slices.Repeat([]string{panel.ID}, store.MostChosen+1)}
		if _, err := s.MoveDevices(ctx, jonas, crowd, uyb.ID, ""); !errors.Is(err, domain.ErrTooMany) {
			t.Errorf("more than can be chosen: %v", err)
		}
		if _, err := s.ReplaceDevice(ctx, jonas, panel.ID, panel.Version, meter.Serial); err == nil || err.Error() != "problems: serial: serial_here" {
			t.Errorf("the number of a device that stands here: %v", err)
		}
	})
}
