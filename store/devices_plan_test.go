package store_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// deviceOrders are the orders of a list of devices, each one way or the other.
func deviceOrders(nth int) []string {
	orders := []string{"place", "label", "serial", "seen", "rssi", "added"}
	for i := range orders {
		if (nth+i)%2 == 1 {
			orders[i] = "-" + orders[i]
		}
	}
	return orders
}

// reachingParts are people who reach the whole account, one group, several groups and a device, and two devices.
func reachingParts(h house, site domain.Site, groups []domain.Group) map[string]domain.Actor {
	dana := h.at(store.Dana, store.Brightwater)
	last := groups[len(groups)-1].Node()
	one, two := deviceOf(h.t, h.Store, dana, site.ID, "GH-SNS-91B0-4440").Node(), deviceOf(h.t, h.Store, dana, site.ID, "GH-MTR-20C4-1187").Node()
	out := map[string]domain.Actor{}
	for name, scope := range map[string]domain.Scope{
		"all": dana.Scope, "one group": {last}, "several": {groups[1].Node(), groups[2].Node(), last, one}, "devices": {one, two},
	} {
		by := dana
		by.Scope = scope
		out[name] = by
	}
	return out
}

// deviceQueries are every filter alone and some together.
func deviceQueries(groups []domain.Group) []store.DeviceQuery {
	first, second, last := groups[0].ID, groups[1].ID, groups[len(groups)-1].ID
	all := []store.DeviceQuery{
		{},
		{Search: "crowd"},
		{Search: "lobby"},
		{Search: "1000017"},
		{Search: "c"},
		{Groups: []string{first}},
		{Groups: []string{last}},
		{Groups: []string{second, store.NoGroup}},
		{Search: "crowd", States: []domain.DeviceState{domain.Silent, domain.Waiting}},
		{Groups: []string{last}, Kinds: []domain.DeviceKind{domain.KindPanel}},
		{Groups: []string{second, last}, Kinds: []domain.DeviceKind{domain.KindSensor, domain.KindPanel}, States: []domain.DeviceState{domain.Silent}},
		{States: []domain.DeviceState{domain.Weak}, Kinds: []domain.DeviceKind{domain.KindMeter}, Groups: []string{store.NoGroup}},
	}
	for _, state := range domain.DeviceStates {
		all = append(all, store.DeviceQuery{States: []domain.DeviceState{state}})
	}
	for _, kind := range domain.DeviceKinds {
		all = append(all, store.DeviceQuery{Kinds: []domain.DeviceKind{kind}})
	}
	return all
}

// Whatever a list of devices is asked for, by whom and in which order, it is what the whole list is in this order, without
// what they do not reach or did not ask for: read in every way, and in pages.
func TestDeviceListsAgreeInEveryWay(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		site := siteOf(t, h.Store, dana, "HPT")
		groups, err := h.Groups(h.ctx(), dana, site.ID)
		must(t, err)
		storetest.FillSite(t, h.Store, site, groups, h.clock.Now(), 60)
		for nth, order := range append(deviceOrders(0), deviceOrders(1)...) {
			every := h.devices(dana, site, store.DeviceQuery{Paging: store.Paging{Sort: order, Limit: 100}})
			for name, by := range reachingParts(h, site, groups) {
				for i, q := range deviceQueries(groups) {
					if (i+nth)%3 > 0 {
						continue
					}
					h.SetFewest(1 + 999*(i%2))
					q.Paging = store.Paging{Sort: order, Limit: 11}
					got := h.devices(by, site, q)
					var want []string
					for _, d := range every {
						if by.Scope.Covers(d.Node()) && wantedOf(q, d, h) {
							want = append(want, d.Name())
						}
					}
					if labels(got) != strings.Join(want, ", ") {
						t.Errorf("%s by %s, %+v: %s, want %s", name, order, q, labels(got), want)
					}
				}
			}
		}
	})
}

// devices reads all pages of a list.
func (h house) devices(by domain.Actor, site domain.Site, q store.DeviceQuery) (out []domain.Device) {
	h.t.Helper()
	for {
		page, err := h.Devices(h.ctx(), by, site.ID, q)
		must(h.t, err)
		out = append(out, page.Rows...)
		if q.After = page.Next; q.After == "" {
			return out
		}
	}
}

// wantedOf answers whether a query asks for a device.
func wantedOf(q store.DeviceQuery, d domain.Device, h house) bool {
	group := d.GroupID
	if group == "" {
		group = store.NoGroup
	}
	found := true
	switch text := domain.Fold(d.Label + " " + d.Serial); len(q.Search) {
	case 0:
	case 1:
		found = strings.HasPrefix(text, q.Search) || strings.Contains(text, " "+q.Search)
	default:
		found = strings.Contains(text, q.Search)
	}
	return found && (len(q.Groups) == 0 || slices.Contains(q.Groups, group)) && (len(q.Kinds) == 0 || slices.Contains(q.Kinds, d.Kind)) &&
		(len(q.States) == 0 || slices.Contains(q.States, d.State(h.clock.Now())))
}

// The list of a large site's devices answers like a small one's, in every order, with every filter and for whoever reaches a
// part of it: nothing reads the devices from end to end, sorts them, or passes by more of them than a few pages hold. On
// PostgreSQL the rows that are read are counted, of so many devices that its planner chooses as it does with 100,000;
// SQLite keeps no statistics and chooses the same whatever there is.
func TestDeviceListsPassByFew(t *testing.T) {
	for engine, size := range map[string]int{"sqlite": 60, "postgres": 8_000} {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouse(t, engine, func(c *store.Config) { c.Trace = e.hear })
			dana := h.at(store.Dana, store.Brightwater)
			site := siteOf(t, h.Store, dana, "HPT")
			groups, err := h.Groups(h.ctx(), dana, site.ID)
			must(t, err)
			storetest.FillSite(t, h.Store, site, groups, h.clock.Now(), size)
			site = siteOf(t, h.Store, dana, "HPT")
			seen := map[string]bool{}
			for name, by := range reachingParts(h, site, groups) {
				for sql, args := range e.listen(func() { everyDeviceList(h, by, site, deviceQueries(groups)) }) {
					if !seen[sql] && (strings.HasPrefix(sql, "select") || strings.HasPrefix(sql, "with")) {
						seen[sql] = true
						storetest.NoScan(t, h.Store, sql, args, "devices", "groups", "sites", "memberships", "events")
						passesByFew(h, name, sql, args)
					}
				}
			}
		})
	}
}

func everyDeviceList(h house, by domain.Actor, site domain.Site, queries []store.DeviceQuery) {
	h.t.Helper()
	for i, q := range queries {
		orders := deviceOrders(i)
		if i > 0 {
			orders = []string{orders[i%6], orders[(i+2)%6], orders[(i+5)%6]}
		}
		for _, order := range orders {
			q.Paging = store.Paging{Sort: order, Limit: 2}
			page, err := h.Devices(h.ctx(), by, site.ID, q)
			must(h.t, err)
			if q.After = page.Next; q.After == "" || i > 5 {
				continue
			}
			page, err = h.Devices(h.ctx(), by, site.ID, q)
			must(h.t, err)
			q.After, q.Before = "", page.Previous
			_, err = h.Devices(h.ctx(), by, site.ID, q)
			must(h.t, err)
		}
		q.Paging = store.Paging{}
		_, err := h.CountDevices(h.ctx(), by, site, q)
		must(h.t, err)
	}
	_, _, err := h.DeviceTotals(h.ctx(), by)
	must(h.t, err)
}

// sortsAll is a plan of SQLite that sorts what an index of the list gave.
var sortsAll = regexp.MustCompile(`SEARCH \w+ USING INDEX (?:devices|accounts|memberships_level|memberships_offered|events|event_sites)_[^\n]*\nUSE TEMP B-TREE FOR (ORDER BY|GROUP BY|DISTINCT)`)

// touched is what a line of PostgreSQL's plan has read: rows it gave, in how many rounds, or rows it left out in each.
var touched = regexp.MustCompile(`rows=(\d+)(?:\.\d+)? loops=(\d+)|Rows Removed by (?:Index Recheck|Filter|Join Filter): (\d+)`)

func passesByFew(h house, who, sql string, args []any) {
	h.t.Helper()
	if h.Engine() == "sqlite" {
		if plan := storetest.Plan(h.t, h.Store, sql, args); sortsAll.MatchString(plan) {
			h.t.Errorf("%s: sorts the devices:\n%s\n%s", who, sql, plan)
		}
		return
	}
	if strings.Contains(sql, "select count(*)") {
		return // it ends with the row it has counted enough at
	}
	const most = 2600 // the third walk for a page of two passes 2,304
	lines, err := h.Analyze(h.ctx(), sql, args)
	must(h.t, err)
	rounds := 1
	for _, line := range lines {
		m := touched.FindStringSubmatch(line)
		if m == nil || strings.Contains(line, "Bitmap Index Scan") { // of a search: no rows yet
			continue
		}
		n := 0
		for i, s := range m[1:] {
			v, err := strconv.Atoi(s)
			switch {
			case err != nil:
			case i == 1:
				rounds = max(v, 1)
			default:
				n = v
			}
		}
		if n *= rounds; n > most {
			h.t.Errorf("%s: reads %d rows:\n%s\n%s", who, n, sql, strings.Join(lines, "\n"))
			return
		}
	}
}
