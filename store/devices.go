package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gatehouse/domain"
)

// deviceFields names the columns for a select from "devices m".
const deviceFields = "m.id, m.account_id, m.site_id, m.group_id, m.serial, m.kind, m.label, m.partitions, m.rssi, m.last_seen_at, m.created_at, m.removed_at, m.version"

func scanDevice(row scanner) (d domain.Device, err error) {
	var partitions string
	var seen, created, removed int64
	if err := row.Scan(&d.ID, &d.AccountID, &d.SiteID, &d.GroupID, &d.Serial, &d.Kind, &d.Label, &partitions, &d.RSSI, &seen, &created, &removed, &d.Version); err != nil {
		return d, err
	}
	d.LastSeenAt, d.CreatedAt, d.RemovedAt = fromMicros(seen), fromMicros(created), fromMicros(removed)
	if partitions != "" {
		if err := json.Unmarshal([]byte(partitions), &d.Partitions); err != nil {
			return d, fmt.Errorf("read the partitions of a device: %w", err)
		}
	}
	return d, nil
}

var deviceColumns = []string{
	"id", "account_id", "site_id", "group_id", "serial", "kind", "label", "label_key", "place_key", "search_text", "partitions", "rssi",
	"last_seen_at", "created_at", "removed_at", "version",
}

func deviceValues(d domain.Device) ([]any, error) {
	partitions := ""
	if len(d.Partitions) > 0 {
		b, err := json.Marshal(d.Partitions)
		if err != nil {
			return nil, fmt.Errorf("write the partitions of a device: %w", err)
		}
		partitions = string(b)
	}
	key := domain.Fold(d.Name())
	group := d.GroupID
	if group == "" {
		group = "z" // behind the groups
	}
	return []any{
		d.ID, d.AccountID, d.SiteID, d.GroupID, d.Serial, string(d.Kind), d.Label, key, group + " " + key, domain.Fold(d.Label + " " + d.Serial),
		partitions, d.RSSI, micros(d.LastSeenAt), micros(d.CreatedAt), micros(d.RemovedAt), max(d.Version, 1),
	}, nil
}

func insertDevices(ctx context.Context, t *tx, devices ...domain.Device) error {
	rows := make([][]any, len(devices))
	for i, d := range devices {
		var err error
		if rows[i], err = deviceValues(d); err != nil {
			return err
		}
	}
	return insertAll(ctx, t, "devices ("+strings.Join(deviceColumns, ", ")+")", rows)
}

// Device finds a device the actor may see. domain.ErrNotFound for any other, there or not.
func (s *Store) Device(ctx context.Context, by domain.Actor, id string) (domain.Device, error) {
	found, err := chosenDevices(ctx, s.read, by, Chosen{IDs: []string{id}})
	if err != nil {
		return domain.Device{}, wrap(err, "find a device")
	}
	return found[0], nil
}

// ChosenDevices reads the devices a change is meant for, in the order asked for, each once. domain.ErrNotFound when one
// of them is not theirs to see.
func (s *Store) ChosenDevices(ctx context.Context, by domain.Actor, ids []string) ([]domain.Device, error) {
	return chosenDevices(ctx, s.read, by, Chosen{IDs: ids})
}

func chosenDevices(ctx context.Context, q querier, by domain.Actor, chosen Chosen) ([]domain.Device, error) {
	if len(chosen.IDs) > MostChosen {
		return nil, fmt.Errorf("read %d devices: %w", len(chosen.IDs), domain.ErrTooMany)
	}
	var a args
	account, list := a.add(by.Account.ID), a.add(values(texts(chosen.IDs))...)
	found, err := all(ctx, q, scanDevice, "select "+deviceFields+" from devices m where m.account_id = "+account+" and m.removed_at = 0 and m.id in ("+list+")", a...)
	if err != nil {
		return nil, err
	}
	reach, at := by.Reach(domain.ViewDevices), map[string]domain.Device{}
	for _, d := range found {
		if reach.Covers(d.Node()) {
			at[d.ID] = d
		}
	}
	var rows []domain.Device
	taken := map[string]bool{}
	for _, id := range chosen.IDs {
		d, ok := at[id]
		if !ok {
			return nil, domain.ErrNotFound
		}
		if !taken[id] {
			taken[id] = true
			rows = append(rows, d)
		}
	}
	if len(rows) == 0 {
		return nil, domain.ErrNotFound
	}
	if chosen.Version != 0 && (len(rows) != 1 || rows[0].Version != chosen.Version) {
		return nil, domain.ErrStale
	}
	return rows, nil
}

// PlaceOf is where a device stands that the actor has found.
func (s *Store) PlaceOf(ctx context.Context, by domain.Actor, d domain.Device) (domain.Place, error) {
	p, err := readPlace(ctx, s.read, by, d.SiteID, d.GroupID)
	return p, wrap(err, "find the place of a device")
}

// PlaceNames are the places of devices in words, "site · group", as far as the actor knows them.
func (s *Store) PlaceNames(ctx context.Context, by domain.Actor, of []domain.Device) (map[domain.Node]string, error) {
	var sites, groups []string
	for _, d := range of {
		sites = append(sites, d.SiteID)
		if d.GroupID != "" {
			groups = append(groups, d.GroupID)
		}
	}
	sites, groups = distinct(sites), distinct(groups)
	names, err := s.SiteNames(ctx, by, sites)
	if err != nil {
		return nil, err
	}
	places := map[domain.Node]string{}
	for id, name := range names {
		places[domain.Node{Account: by.Account.ID, Site: id}] = name
	}
	found, err := all(ctx, s.read, scanGroup, "select "+groupColumns+" from groups g where g.account_id = $1 and g.id in ("+in(len(groups), 2)+")",
		append([]any{by.Account.ID}, values(groups)...)...)
	for _, g := range found {
		if site, ok := names[g.SiteID]; ok {
			places[g.Node()] = site + " · " + g.Name
		}
	}
	return places, wrap(err, "read names of places")
}

func distinct(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}
