package bench

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var (
	devices = flag.Int("devices", 100_000, "how many devices the large site has")
	guests  = flag.Int("guests", 100_000, "how many guests the large host has")
)

// compared runs something of a small store and of a large one in turns, so that a busy machine slows both, and tells the
// middle of what it takes of the clock in the large one, and that beside the middle of the small one. (Not the processor's
// time: PostgreSQL works in processes of its own.)
func compared(b *testing.B, name string, small, large func()) {
	b.Helper()
	took := func(do func()) time.Duration {
		begin := time.Now()
		do()
		return time.Since(begin)
	}
	b.Run(name, func(b *testing.B) {
		small()
		large()
		var few, many []time.Duration
		for b.Loop() {
			few, many = append(few, took(small)), append(many, took(large))
		}
		slices.Sort(few)
		slices.Sort(many)
		middle := many[len(many)/2]
		b.ReportMetric(float64(middle.Nanoseconds()), "ns/op")
		b.ReportMetric(middle.Seconds()/few[len(few)/2].Seconds(), "ofsmall")
	})
}

// halfway is the cursor of a page in the middle of a list of n.
func halfway[T any](b *testing.B, n int, read func(store.Paging) (store.Page[T], error)) (after string) {
	b.Helper()
	for range n / 2 / store.MaxPageSize {
		page, err := read(store.Paging{After: after, Limit: store.MaxPageSize})
		must(b, err)
		after = page.Next
	}
	return after
}

// site is a filled site of one store, and who asks for its devices.
type site struct {
	store  *store.Store
	id     string
	groups []domain.Group
	lone   domain.Device
	dana   domain.Actor
}

func openSite(b *testing.B, engine string, n int) site {
	b.Helper()
	s := storetest.Open(b, engine)
	must(b, s.LoadDemo(b.Context()))
	in := site{store: s, dana: storetest.As(b, s, store.Dana, store.Brightwater)}
	found, _, err := s.Sites(b.Context(), in.dana, "HPT", "", 1)
	must(b, err)
	in.id = found[0].ID
	in.groups, err = s.Groups(b.Context(), in.dana, in.id)
	must(b, err)
	storetest.FillSite(b, s, found[0], in.groups, time.Now(), n)
	page, err := s.Devices(b.Context(), in.dana, in.id, store.DeviceQuery{Search: "GH-SNS-91B0-4440"})
	must(b, err)
	in.lone = page.Rows[0]
	return in
}

// scopes are of whom a list is asked: the whole account, the first and the last group, several and a device, a device.
func (in site) scope(name string) domain.Scope {
	last := in.groups[len(in.groups)-1].Node()
	switch name {
	case "first-group":
		return domain.Scope{in.groups[0].Node()}
	case "last-group":
		return domain.Scope{last}
	case "several":
		return domain.Scope{in.groups[1].Node(), in.groups[2].Node(), last, in.lone.Node()}
	case "device":
		return domain.Scope{in.lone.Node()}
	}
	return in.dana.Scope
}

// BenchmarkDevices measures a page of a site of -devices devices beside the same page of a site of 100.
func BenchmarkDevices(b *testing.B) {
	for _, engine := range storetest.Engines {
		small, large := openSite(b, engine, 100), openSite(b, engine, *devices)
		for _, scope := range []string{"account", "first-group", "last-group", "several", "device"} {
			for _, page := range []struct {
				name  string
				query func(in site) store.DeviceQuery
			}{
				{"place", func(site) store.DeviceQuery { return sorted("place") }},
				{"label", func(site) store.DeviceQuery { return sorted("label") }},
				{"serial", func(site) store.DeviceQuery { return sorted("serial") }},
				{"seen", func(site) store.DeviceQuery { return sorted("-seen") }},
				{"rssi", func(site) store.DeviceQuery { return sorted("rssi") }},
				{"added", func(site) store.DeviceQuery { return sorted("-added") }},
				{"of-last-group", func(in site) store.DeviceQuery {
					return store.DeviceQuery{Groups: []string{in.groups[len(in.groups)-1].ID}}
				}},
				{"silent", func(site) store.DeviceQuery { return store.DeviceQuery{States: []domain.DeviceState{domain.Silent}} }},
				{"weak", func(site) store.DeviceQuery { return store.DeviceQuery{States: []domain.DeviceState{domain.Weak}} }},
				{"sensors-by-serial", func(site) store.DeviceQuery {
					q := sorted("serial")
					q.Kinds = []domain.DeviceKind{domain.KindSensor}
					return q
				}},
				{"search-few-hits", func(site) store.DeviceQuery { return store.DeviceQuery{Search: "1000055"} }},
				{"search-many-hits", func(site) store.DeviceQuery { return store.DeviceQuery{Search: "crowd"} }},
			} {
				read := func(in site) func() {
					by := in.dana
					by.Scope = in.scope(scope)
					q := page.query(in)
					return func() {
						_, err := in.store.Devices(b.Context(), by, in.id, q)
						must(b, err)
					}
				}
				compared(b, fmt.Sprintf("%s/%s/%s", engine, scope, page.name), read(small), read(large))
			}
		}
	}
}

func sorted(by string) store.DeviceQuery { return store.DeviceQuery{Paging: store.Paging{Sort: by}} }

// openHost is a store with n guests at Brightwater.
func openHost(b *testing.B, engine string, n int) (*store.Store, domain.Actor) {
	b.Helper()
	config := storetest.Config(b, engine)
	s, err := store.Open(b.Context(), config)
	must(b, err)
	must(b, s.LoadDemo(b.Context()))
	must(b, s.Close())
	storetest.Guests(b, config.DSN, n)
	s, err = store.Open(b.Context(), config)
	must(b, err)
	b.Cleanup(func() { must(b, s.Close()) })
	return s, storetest.As(b, s, store.Dana, store.Brightwater)
}

// BenchmarkGuests measures a page of a list of -guests guests beside the same page of one of 100.
func BenchmarkGuests(b *testing.B) {
	for _, engine := range storetest.Engines {
		small, dana := openHost(b, engine, 100)
		large, host := openHost(b, engine, *guests)
		for _, page := range []struct {
			name  string
			query store.Query
		}{
			{"name", store.Query{}},
			{"email", store.Query{Paging: store.Paging{Sort: "-email"}}},
			{"role", store.Query{Paging: store.Paging{Sort: "role"}}},
			{"visit", store.Query{Paging: store.Paging{Sort: "-visit"}}},
			{"ends", store.Query{Paging: store.Paging{Sort: "ends"}}},
			{"active", store.Query{Active: store.On}},
			{"inactive", store.Query{Active: store.Off}},
			{"mode-devices", store.Query{Workspaces: []domain.Workspace{domain.Devices}}},
			{"pending", store.Query{States: []domain.State{domain.StatePending}}},
			{"accepted", store.Query{States: []domain.State{domain.StateAccepted}}},
			{"ended", store.Query{States: []domain.State{domain.StateEnded}}},
			{"search-few-hits", store.Query{Search: "guest100 "}},
			{"search-many-hits", store.Query{Search: "elsewhere"}},
		} {
			read := func(s *store.Store, by domain.Actor) func() {
				return func() {
					_, err := s.Guests(b.Context(), by, page.query)
					must(b, err)
				}
			}
			compared(b, engine+"/"+page.name, read(small, dana), read(large, host))
		}
	}
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
