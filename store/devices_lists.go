package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gatehouse/domain"
)

// A DeviceQuery is what a list of devices asks for; it comes from the address. Empty fields ask for nothing, values that
// do not exist match nothing. Several values of one field are alternatives.
type DeviceQuery struct {
	Search string
	States []domain.DeviceState
	Kinds  []domain.DeviceKind
	// Groups are ids, NoGroup for devices in none.
	Groups []string
	Paging
}

// devicesList is a site's devices.
var devicesList = list[domain.Device]{
	table: "devices", fields: deviceFields, scan: scanDevice, own: "place",
	finish: func(context.Context, querier, []domain.Device) error { return nil },
	orders: map[string]order{
		"place":  {"place_key", "devices_place", false},
		"label":  {"label_key", "devices_label", false},
		"serial": {"serial", "devices_number", false},
		"seen":   {"last_seen_at", "devices_seen", true},
		"rssi":   {"rssi", "devices_rssi", true},
		"added":  {"created_at", "devices_added", true},
	},
}

// Devices lists a page of a site's devices that the actor may see.
func (s *Store) Devices(ctx context.Context, by domain.Actor, site string, query DeviceQuery) (Page[domain.Device], error) {
	l, err := s.listDevices(ctx, by, site, query)
	if err != nil {
		return Page[domain.Device]{}, err
	}
	return l.page(ctx, query.Paging)
}

// EachDevice gives every row of the same list to do, for an export; it stops at the first error.
func (s *Store) EachDevice(ctx context.Context, by domain.Actor, site string, query DeviceQuery, do func(domain.Device) error) error {
	l, err := s.listDevices(ctx, by, site, query)
	if err != nil {
		return err
	}
	return l.each(ctx, do)
}

// DeviceIDs collects the ids of the same list, up to MostChosen.
func (s *Store) DeviceIDs(ctx context.Context, by domain.Actor, site string, query DeviceQuery) (ids []string, more bool, err error) {
	l, err := s.listDevices(ctx, by, site, query)
	if err != nil {
		return nil, false, err
	}
	found, err := l.rows(ctx, nil, false, MostChosen+1)
	for _, row := range found[:min(len(found), MostChosen)] {
		ids = append(ids, row.at.id)
	}
	return ids, len(found) > MostChosen, err
}

// CountDevices counts the same list, as far as is worth it. All of a site that the actor reaches whole is kept.
func (s *Store) CountDevices(ctx context.Context, by domain.Actor, site domain.Site, query DeviceQuery) (Count, error) {
	l, err := s.listDevices(ctx, by, site.ID, query)
	if err != nil {
		return Count{}, err
	}
	if len(l.conds) == 0 {
		return Count{N: site.Devices}, nil
	}
	return l.count(ctx)
}

// DeviceTotals counts the devices the actor may see, and those of them that are silent: kept for a whole account and for
// whole sites, capped otherwise.
func (s *Store) DeviceTotals(ctx context.Context, by domain.Actor) (every, silent Count, err error) {
	reach := by.Reach(domain.ViewDevices)
	if !reach.AccountWide() {
		return s.deviceTotalsOf(ctx, by, reach.SiteIDs())
	}
	n, err := one(ctx, s.read, number, "select devices from accounts where id = $1", by.Account.ID)
	if err != nil {
		return every, silent, wrap(err, "count devices")
	}
	quiet, err := one(ctx, s.read, number, "select count(*) from (select 1 from devices m"+s.indexedBy("devices_heard")+
		" where m.account_id = $1 and m.removed_at = 0 and m.last_seen_at > 0 and m.last_seen_at <= $2 order by m.last_seen_at limit $3) c",
		by.Account.ID, micros(s.now().Add(-domain.SilentAfter)), s.fewest+1)
	return Count{N: int(n)}, Count{N: min(int(quiet), s.fewest), More: int(quiet) > s.fewest}, wrap(err, "count silent devices")
}

// mostSites is over how many sites totals are summed for somebody who reaches only some; beyond it there are "more".
const mostSites = 100

func (s *Store) deviceTotalsOf(ctx context.Context, by domain.Actor, sites []string) (every, silent Count, err error) {
	for i, id := range sites {
		if i == mostSites {
			every.More, silent.More = true, true
			break
		}
		site, err := s.Site(ctx, by, id)
		if errors.Is(err, domain.ErrNotFound) {
			continue
		}
		if err != nil {
			return every, silent, err
		}
		for _, sum := range []struct {
			into  *Count
			query DeviceQuery
		}{{&every, DeviceQuery{}}, {&silent, DeviceQuery{States: []domain.DeviceState{domain.Silent}}}} {
			n, err := s.CountDevices(ctx, by, site, sum.query)
			if err != nil {
				return every, silent, err
			}
			sum.into.N, sum.into.More = sum.into.N+n.N, sum.into.More || n.More
		}
	}
	return every, silent, nil
}

// listDevices prepares the list for an actor.
func (s *Store) listDevices(ctx context.Context, by domain.Actor, site string, query DeviceQuery) (*listing[domain.Device], error) {
	f := deviceFilter{s, by.Account.ID, site}
	conds, err := f.conditions(ctx, by, query)
	if err != nil {
		return nil, err
	}
	return prepare(s, s.read.planned(), devicesList, query.Sort, f.base, conds), nil
}

// deviceFilter turns the fields of a DeviceQuery into conditions on the rows of a site.
type deviceFilter struct {
	store         *Store
	account, site string
}

func (f deviceFilter) base(a *args) string {
	return "m.account_id = " + a.add(f.account) + " and m.site_id = " + a.add(f.site) + " and m.removed_at = 0"
}

func (f deviceFilter) conditions(ctx context.Context, by domain.Actor, query DeviceQuery) (conds []condition, err error) {
	if !storable(f.site) {
		return []condition{matchesNothing()}, nil
	}
	if len(searchWords(query.Search)) > 0 {
		hits, err := f.store.find(ctx, f.store.read, devices, f.account, query.Search)
		if err != nil {
			return nil, err
		}
		conds = append(conds, hits.condition(f.account))
	}
	groups := slices.Clone(query.Groups)
	for i, id := range groups {
		if id == NoGroup {
			groups[i] = ""
		}
	}
	reach := by.Reach(domain.ViewDevices)
	whole := reach.Covers(domain.Node{Account: f.account, Site: f.site})
	if !whole {
		conds = append(conds, f.reach(reach, groups))
	}
	if len(groups) > 0 {
		c := f.oneOf("m.group_id", texts(groups), "devices_group_label")
		if c.lanes = f.lanes(texts(groups)); !whole {
			c.found, c.lanes = nil, nil // the reach knows of it
		}
		conds = append(conds, c)
	}
	if len(query.States) > 0 {
		conds = append(conds, f.states(query.States))
	}
	if len(query.Kinds) > 0 {
		if i := slices.IndexFunc(conds, func(c condition) bool { return c.lanes != nil }); i >= 0 {
			if narrowed, ok := f.ofKinds(conds[i], distinct(texts(query.Kinds)), query.Sort); ok {
				conds[i] = narrowed
				return conds, nil
			}
		}
		c := f.oneOf("m.kind", texts(query.Kinds), "devices_kind_number")
		c.lanes = f.lanesOf("m.kind", texts(query.Kinds), map[string]string{"serial": "devices_kind_number", "label_key": "devices_kind_label"})
		conds = append(conds, c)
	}
	return conds, nil
}

func matchesNothing() condition { return condition{holds: nothing, known: &handful{column: "id"}} }

// reach leaves what lies in some groups, and some devices. It is domain.Scope.Covers in SQL; a test holds the two together.
// When only some groups are asked for (another condition), it looks into no others.
func (f deviceFilter) reach(scope domain.Scope, asked []string) condition {
	var groups, single []string
	for _, n := range scope {
		switch {
		case n.Site != f.site:
		case n.Device != "":
			single = append(single, n.Device)
		case n.Group != "" && (len(asked) == 0 || slices.Contains(asked, n.Group)):
			groups = append(groups, n.Group)
		}
	}
	if len(groups)+len(single) == 0 {
		return matchesNothing()
	}
	inGroups := func(a *args) string { return "m.group_id in (" + a.add(values(groups)...) + ")" }
	chosen := func(a *args) string { return "m.id in (" + a.add(values(single)...) + ")" }
	c := condition{guard: true, by: f.store.rowColumn(), holds: func(a *args) string { return "(" + inGroups(a) + " or " + chosen(a) + ")" }}
	if len(groups) > 0 {
		c.found = append(c.found, f.through("devices_group_label", inGroups))
	}
	beside := func(a *args) string {
		if len(groups) == 0 { // "not in" a list of nothing is neither true nor false
			return chosen(a)
		}
		return chosen(a) + " and not " + inGroups(a)
	}
	if len(groups) > 0 {
		c.lanes = f.lanes(groups)
	}
	if len(single) > 0 {
		const key = "sqlite_autoindex_devices_1" // the primary key
		c.found = append(c.found, f.through(key, beside))
		for column, lanes := range c.lanes {
			c.lanes[column] = append(lanes, lane{holds: beside, index: key, few: true})
		}
	}
	return c
}

// lanes are what some groups have, in every order of the list.
func (f deviceFilter) lanes(groups []string) map[string][]lane {
	return f.lanesOf("m.group_id", groups, map[string]string{
		"place_key": "devices_group_place", "label_key": "devices_group_label", "serial": "devices_group_number", "last_seen_at": "devices_group_seen",
		"rssi": "devices_group_rssi", "created_at": "devices_group_added",
	})
}

// lanesOf are a lane for each value of a column, in the orders that have such indexes.
func (f deviceFilter) lanesOf(column string, of []string, indexes map[string]string) map[string][]lane {
	by := map[string][]lane{}
	for _, v := range distinct(slices.Clone(of)) {
		holds := func(a *args) string { return column + " = " + a.add(v) }
		for order, index := range indexes {
			by[order] = append(by[order], lane{holds: holds, index: index})
		}
	}
	return by
}

// ofKinds narrows a condition that has a lane for each group to some kinds: a lane for each kind of each group, in the orders
// that kinds are often apart in. In others, and where those were too many, it does not.
func (f deviceFilter) ofKinds(c condition, kinds []string, sort string) (condition, bool) {
	column := devicesList.orders[strings.TrimPrefix(sort, "-")].column
	index, ok := map[string]string{"serial": "devices_group_kind_number", "label_key": "devices_group_kind_label"}[column]
	if !ok {
		return c, false
	}
	all := func(a *args) string { return "m.kind in (" + a.add(values(kinds)...) + ")" }
	var lanes []lane
	for _, l := range c.lanes[column] {
		if l.few {
			lanes = append(lanes, lane{holds: func(a *args) string { return l.holds(a) + " and " + all(a) }, index: l.index, few: true})
			continue
		}
		for _, kind := range kinds {
			lanes = append(lanes, lane{holds: func(a *args) string { return l.holds(a) + " and m.kind = " + a.add(kind) }, index: index})
		}
	}
	if len(lanes) == 0 || len(lanes) > mostLanes {
		return c, false
	}
	narrowed := condition{guard: c.guard, by: c.by, holds: func(a *args) string { return c.holds(a) + " and " + all(a) }, lanes: map[string][]lane{column: lanes}}
	for _, l := range lanes {
		narrowed.found = append(narrowed.found, f.through(l.index, l.holds))
	}
	return narrowed, true
}

func (f deviceFilter) oneOf(column string, of []string, index string) condition {
	if len(of) == 0 {
		return matchesNothing()
	}
	if len(of) == 1 {
		of = append(of, of[0]) // see filter.oneOf
	}
	holds := func(a *args) string { return column + " in (" + a.add(values(of)...) + ")" }
	return condition{holds: holds, by: f.store.rowColumn(), found: []func(*args) string{f.through(index, holds)}}
}

// through is a statement that finds rows by an index.
func (f deviceFilter) through(index string, holds func(*args) string) func(*args) string {
	return func(a *args) string {
		return "select m." + f.store.rowColumn() + " from devices m" + f.store.indexedBy(index) + " where " + f.base(a) + " and " + holds(a)
	}
}

// states leaves devices in one of some states, which are domain.Device.State in SQL.
func (f deviceFilter) states(of []domain.DeviceState) condition {
	cut := micros(f.store.now().Add(-domain.SilentAfter))
	c := condition{by: f.store.rowColumn()}
	var each []func(*args) string
	rare := true
	var along []string
	for _, state := range slices.Compact(slices.Sorted(slices.Values(of))) {
		var holds func(*args) string
		index := "devices_seen"
		along = []string{"last_seen_at"}
		switch state {
		case domain.Online:
			index, along = "", []string{"last_seen_at", "rssi"}
			holds = func(a *args) string {
				return "m.last_seen_at > " + a.add(cut) + " and m.rssi >= " + a.add(domain.WeakBelow)
			}
		case domain.Weak:
			index, along = "devices_rssi", []string{"last_seen_at", "rssi"}
			holds = func(a *args) string {
				return "m.rssi < " + a.add(domain.WeakBelow) + " and m.last_seen_at > " + a.add(cut)
			}
		case domain.Silent:
			holds = func(a *args) string { return "m.last_seen_at > 0 and m.last_seen_at <= " + a.add(cut) }
		case domain.Waiting:
			holds = func(*args) string { return "m.last_seen_at = 0" }
		default:
			continue
		}
		each = append(each, holds)
		if index == "" {
			rare = false
			continue
		}
		c.found = append(c.found, f.through(index, holds))
	}
	if len(each) == 0 {
		return matchesNothing()
	}
	if !rare {
		c.found = nil
	}
	if len(each) == 1 {
		c.along = along
	}
	c.holds = func(a *args) string {
		parts := ""
		for i, holds := range each {
			if i > 0 {
				parts += " or "
			}
			parts += "(" + holds(a) + ")"
		}
		return "(" + parts + ")"
	}
	return c
}
