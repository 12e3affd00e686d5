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

var registered = flag.Int("register", 10_000, "how many devices are registered at once")

// Indexes of the devices that only their lists ask: a group's in each order, and a group's of one kind.
var (
	groupIndexes = []string{"devices_group_place", "devices_group_label", "devices_group_number", "devices_group_seen", "devices_group_rssi", "devices_group_added"}
	kindIndexes  = []string{"devices_group_kind_number", "devices_group_kind_label"}
)

// BenchmarkRegistration measures what those indexes cost: registering -register devices with all of them and without those
// of kinds, beside the same with none of them, in turns.
func BenchmarkRegistration(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			var took [3]time.Duration
			var sites [3]site
			for i, without := range [][]string{slices.Concat(groupIndexes, kindIndexes), kindIndexes, nil} {
				sites[i] = openSite(b, engine, 100)
				for _, index := range without {
					storetest.Exec(b, sites[i].store, "drop index "+index)
				}
			}
			n := 0
			for b.Loop() {
				n++
				for turn := range sites {
					i := (turn + n) % len(sites)
					begin := time.Now()
					sites[i].register(b, n)
					took[i] += time.Since(begin)
				}
			}
			b.ReportMetric(float64(*registered*n)/took[2].Seconds(), "devices/s")
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "groups-ofnone")
			b.ReportMetric(took[2].Seconds()/took[0].Seconds(), "all-ofnone")
		})
	}
}

// register registers devices of every kind in every group, some hundred in each transaction as an import does.
func (in site) register(b *testing.B, round int) {
	b.Helper()
	var drafts []domain.DeviceDraft
	for i := range *registered {
		drafts = append(drafts, domain.DeviceDraft{
			Serial: fmt.Sprintf("GH-REG-%d-%06d", round, i), Label: fmt.Sprint("Registered ", i), Group: in.groups[i%len(in.groups)].ID,
			Kind: string(domain.DeviceKinds[i%len(domain.DeviceKinds)]),
		})
	}
	jonas := storetest.As(b, in.store, store.Jonas, store.Brightwater)
	for some := range slices.Chunk(drafts, 200) {
		outcomes, err := in.store.RegisterDevices(b.Context(), jonas, in.id, some)
		must(b, err)
		for _, o := range outcomes {
			must(b, o.Err)
		}
	}
}
