package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const deviceHead = "Serial number,Label,Kind,Group,Partitions\n"

func prepareDevices(t testing.TB, s *store.Store, by domain.Actor, site, rows string) domain.Import {
	t.Helper()
	i, err := s.PrepareDevices(t.Context(), by, site, "devices.csv", []byte(deviceHead+rows))
	must(t, err)
	return i
}

// reported is what a report says is wrong, as "line field code".
func reported(t testing.TB, s *store.Store, by domain.Actor, id string) (said []string) {
	t.Helper()
	rows, err := s.DeviceRows(t.Context(), by, id, true, 0, 1000)
	must(t, err)
	for _, row := range rows {
		for _, field := range slices.Sorted(maps.Keys(row.Problems)) {
			said = append(said, fmt.Sprint(row.Line, " ", field, " ", row.Problems[field].Code))
		}
	}
	return said
}

// TEN-10, INV-14 for devices: what is foreign is told as what is not there, nothing is registered before the confirmation,
// and of a bad row nothing ever is.
func TestImportDevices(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		jonas, yuki, dana := storetest.As(t, s, store.Jonas, store.Brightwater), storetest.As(t, s, store.Yuki, store.Brightwater), storetest.As(t, s, store.Dana, store.Brightwater)
		uyb := siteOf(t, s, yuki, "UYB")
		before := uyb.Devices
		i := prepareDevices(t, s, yuki, uyb.ID, `gh-csv-0001,Hall meter,Meter,battery HALL,
GH-CSV-0002,,panel,,6
GH-CSV-0001,Again,meter,,
GH-PNL-5100-0301,Hers,panel,,
GH-PNL-7F21-0394,Not seen by her,panel,,
GH-QUILLFEATHER-0001,Of another company,panel,,
GH-CSV-0003,Of another site,meter,Roof,
GH-CSV-0004,Of another company,meter,Quillfeather ward,
GH-CSV-0005,Nowhere,meter,No such group,
GH-CSV-0006,Partitions,meter,,4
GH-CSV-0007,Kind,toaster,,
?,Number,meter,,
GH-CSV-0008,Too many cells,meter,,,x
`)
		want := []string{
			"4 serial serial_repeated", "5 serial serial_here", "6 serial serial_taken", "7 serial serial_taken", "8 group group_unknown", "9 group group_unknown", "10 group group_unknown",
			"11 partitions partitions_panel", "12 kind choice", "13 serial serial", "14 row row_columns",
		}
		if got := reported(t, s, yuki, i.ID); !slices.Equal(got, want) || i.Total != 13 || i.Good != 2 {
			t.Errorf("%+v\n%q", i, got)
		}
		if ran, err := s.RunImport(ctx); ran || err != nil {
			t.Errorf("a file that nobody confirmed ran: %v, %v", ran, err)
		}
		confirm(t, s, yuki, i.ID)
		runImport(t, s)
		counted(t, s)
		if i, err := s.Import(ctx, yuki, i.ID); err != nil || i.Done != 2 || i.Failed != 0 || i.Running() {
			t.Errorf("%+v, %v", i, err)
		}
		uyb = siteOf(t, s, yuki, "UYB")
		panel, meter := deviceOf(t, s, yuki, uyb.ID, "GH-CSV-0002"), deviceOf(t, s, yuki, uyb.ID, "GH-CSV-0001")
		if uyb.Devices != before+2 || len(panel.Partitions) != 6 || panel.GroupID != "" || meter.GroupID == "" || meter.Label != "Hall meter" {
			t.Errorf("%+v %+v %+v", uyb, panel, meter)
		}
		rows, err := s.DeviceRows(ctx, yuki, i.ID, false, 0, 1)
		if err != nil || len(rows) != 1 || rows[0].MadeID != meter.ID || rows[0].DoneAt.IsZero() {
			t.Errorf("%+v, %v", rows, err)
		}
		if n := howMany(t, s, "select count(*) from events where subject_id = $1 and kind in ('device.import_started', 'device.import_finished')", i.ID); n != 2 {
			t.Errorf("%d events of the import", n)
		}
		if n := howMany(t, s, "select count(*) from events where subject_id in ($1, $2) and kind = 'device.registered' and actor_name = 'Yuki Tanabe'", panel.ID, meter.ID); n != 2 {
			t.Errorf("%d events of the devices", n)
		}

		// Whoever reaches the whole site may read it; an Admin, another site's Deployer and another company have none.
		tomas := storetest.As(t, s, store.Tomas, store.Brightwater)
		if _, err := s.Import(ctx, tomas, i.ID); err != nil {
			t.Error(err)
		}
		hpt := siteOf(t, s, jonas, "HPT")
		far := prepareDevices(t, s, jonas, hpt.ID, "GH-CSV-0100,,meter,,\n")
		for name, err := range map[string]error{
			"an Admin":             second(s.Import(ctx, dana, i.ID)),
			"another site's":       second(s.Import(ctx, yuki, far.ID)),
			"another company's":    second(s.Import(ctx, storetest.As(t, s, store.Lars, store.Larkspur), i.ID)),
			"none":                 second(s.Import(ctx, jonas, "none")),
			"rows of another kind": second(s.InviteRows(ctx, jonas, far.ID, false, 0, 1)),
			"for a foreign site":   second(s.PrepareDevices(ctx, yuki, hpt.ID, "x.csv", []byte(deviceHead+"GH-CSV-0101,,meter,,\n"))),
			"for no site":          second(s.PrepareDevices(ctx, yuki, "none", "x.csv", []byte(deviceHead+"GH-CSV-0101,,meter,,\n"))),
		} {
			if !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.PrepareDevices(ctx, dana, hpt.ID, "x.csv", []byte(deviceHead+"GH-CSV-0101,,meter,,\n")); !errors.Is(err, domain.ErrForbidden) {
			t.Errorf("an Admin brings a file: %v", err)
		}
		must(t, s.DiscardImport(ctx, jonas, far.ID))
	})
}

func second[T any](_ T, err error) error { return err }

// What changes between report and turn is told on the row: a number that somebody takes, a group that goes, a Deployer who
// is none any more. The rest is registered.
func TestImportDevicesChecksAgain(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		jonas := storetest.As(t, s, store.Jonas, store.Brightwater)
		hpt := siteOf(t, s, jonas, "HPT")
		var many strings.Builder
		for n := range 250 { // more than one transaction
			fmt.Fprintf(&many, "GH-MANY-%04d,,sensor,Levels 2 to 9,\n", n)
		}
		i := prepareDevices(t, s, jonas, hpt.ID, "GH-CSV-0001,,meter,,\nGH-CSV-0002,,meter,Lobby and level 1,\n"+many.String())
		confirm(t, s, jonas, i.ID)
		outcomes, err := s.RegisterDevices(ctx, jonas, hpt.ID, []domain.DeviceDraft{{Serial: "GH-CSV-0001", Kind: "meter"}})
		if err != nil || outcomes[0].Err != nil {
			t.Fatal(outcomes, err)
		}
		groups, err := s.Groups(ctx, jonas, hpt.ID)
		must(t, err)
		lobby := groups[slices.IndexFunc(groups, func(g domain.Group) bool { return g.Name == "Lobby and level 1" })]
		if _, err := s.RenameGroup(ctx, jonas, lobby.ID, lobby.Version, domain.GroupDraft{Name: "Lobby"}); err != nil {
			t.Fatal(err)
		}
		runImport(t, s)
		if got := reported(t, s, jonas, i.ID); !slices.Equal(got, []string{"2 serial serial_here", "3 group group_unknown"}) {
			t.Errorf("%q", got)
		}
		if i, err := s.Import(ctx, jonas, i.ID); err != nil || i.Done != 250 || i.Failed != 2 {
			t.Errorf("%+v, %v", i, err)
		}
		counted(t, s)

		i = prepareDevices(t, s, jonas, hpt.ID, "GH-CSV-0010,,meter,,\n")
		confirm(t, s, jonas, i.ID)
		must(t, s.Exec(ctx, "update memberships set role = 'admin' where id = $1", jonas.Membership))
		runImport(t, s)
		tomas := storetest.As(t, s, store.Tomas, store.Brightwater)
		if got := reported(t, s, tomas, i.ID); !slices.Equal(got, []string{"2 row may_not_deploy"}) {
			t.Errorf("%q", got)
		}
		counted(t, s)
	})
}

// A guest who may deploy brings a file as somebody at home does, and each row is made with what they may when its turn
// comes: nothing any more once the host has switched them off (GST-08).
func TestImportDevicesOfAGuest(t *testing.T) {
	inHouse(t, func(h house) {
		jonas := h.at(store.Jonas, store.Brightwater)
		hpt := siteOf(h.t, h.Store, jonas, "HPT")
		groups, err := h.Groups(h.ctx(), jonas, hpt.ID)
		must(h.t, err)
		own := jonas.Account.Roles
		m := h.guest(jonas, domain.GuestDraft{
			Email: store.Lars, Role: string(own[slices.IndexFunc(own, func(r domain.Role) bool { return r.Name == store.Installer })].ID), Active: "on",
			Workspace: string(domain.Groups), Cells: []string{groups[0].Node().Path() + ":deploy"},
		})
		lars, err := h.Actor(h.ctx(), h.enter(store.Lars, m), store.Brightwater, "203.0.113.9")
		must(h.t, err)

		i := prepareDevices(h.t, h.Store, lars, hpt.ID, "GH-CSV-0001,,meter,"+groups[0].Name+",\nGH-CSV-0002,,meter,"+groups[1].Name+",\nGH-CSV-0003,,meter,,\n")
		confirm(h.t, h.Store, lars, i.ID)
		runImport(h.t, h.Store)
		if i, err := h.Import(h.ctx(), lars, i.ID); err != nil || i.Done != 1 || i.Failed != 0 || i.Total != 3 {
			h.t.Errorf("%+v, %v: %q", i, err, reported(h.t, h.Store, lars, i.ID))
		}
		made := deviceOf(h.t, h.Store, jonas, hpt.ID, "GH-CSV-0001")
		if n := howMany(h.t, h.Store, "select count(*) from events where subject_id = $1 and kind = 'device.registered' and actor_name = $2", made.ID, lars.User.Name()); n != 1 || made.GroupID != groups[0].ID {
			h.t.Errorf("made %+v, with %d events", made, n)
		}

		i = prepareDevices(h.t, h.Store, lars, hpt.ID, "GH-CSV-0004,,meter,"+groups[0].Name+",\n")
		confirm(h.t, h.Store, lars, i.ID)
		outcomes, err := h.SetGuestsActive(h.ctx(), jonas, store.Chosen{IDs: []string{m.ID}}, false)
		if err != nil || outcomes[0].Err != nil {
			h.t.Fatal(outcomes, err)
		}
		runImport(h.t, h.Store)
		if got := reported(h.t, h.Store, jonas, i.ID); !slices.Equal(got, []string{"2 row may_not_deploy"}) {
			h.t.Errorf("of a guest who was switched off: %q", got)
		}
		counted(h.t, h.Store)
	})
}
