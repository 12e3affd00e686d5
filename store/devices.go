package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

// A DeviceOutcome is what a change came to for one device, or would come to.
type DeviceOutcome struct {
	// Before is the device as it was. Device is it afterwards; as it was when Err says why it could not be changed.
	Before, Device domain.Device
	Err            error
}

// changeDevices makes one change to each chosen device, in one transaction. A device that the actor cannot see is
// domain.ErrNotFound and nothing is changed; what only one row does not allow is that row's outcome.
func (s *Store) changeDevices(ctx context.Context, by domain.Actor, chosen Chosen,
	prepare func(changing) error, decide func(changing, domain.Device) (domain.Device, domain.Event, error),
) (outcomes []DeviceOutcome, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		found, err := chosenDevices(ctx, t, c.by, chosen)
		if err != nil {
			return err
		}
		if prepare != nil {
			if err := prepare(c); err != nil {
				return err
			}
		}
		w := writing{c: c}
		outcomes = outcomes[:0]
		for _, d := range found {
			after, e, err := decide(c, d)
			if err == nil && e.Kind != "" {
				err = w.write(ctx, d, after, e)
			}
			if err != nil && !refused(err) && !errors.Is(err, domain.ErrForbidden) {
				return err
			}
			if err != nil {
				after = d
			}
			outcomes = append(outcomes, DeviceOutcome{d, after, err})
		}
		if err := w.end(ctx); err != nil {
			return err
		}
		if chosen.Preview {
			return errPreview
		}
		return nil
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	if err != nil {
		return nil, wrap(err, "change devices")
	}
	return outcomes, nil
}

// changeDevice is changeDevices for one: what it does not allow is the error.
func (s *Store) changeDevice(ctx context.Context, by domain.Actor, id string, version int,
	decide func(changing, domain.Device) (domain.Device, domain.Event, error),
) (domain.Device, error) {
	outcomes, err := s.changeDevices(ctx, by, Chosen{IDs: []string{id}, Version: version}, nil, decide)
	if err != nil {
		return domain.Device{}, err
	}
	return outcomes[0].Device, outcomes[0].Err
}

// SaveDevice changes the label and the partitions.
func (s *Store) SaveDevice(ctx context.Context, by domain.Actor, id string, version int, d domain.LabelsDraft) (domain.Device, error) {
	to, err := d.Check()
	if err != nil {
		return domain.Device{}, err
	}
	return s.changeDevice(ctx, by, id, version, func(c changing, d domain.Device) (domain.Device, domain.Event, error) {
		return d.Configure(c.by, to, c.now)
	})
}

// ReportDevice notes that a device was heard, with its signal as typed.
func (s *Store) ReportDevice(ctx context.Context, by domain.Actor, id, rssi string) (domain.Device, error) {
	n, err := domain.ParseRSSI(rssi)
	if err != nil {
		return domain.Device{}, err
	}
	return s.changeDevice(ctx, by, id, 0, func(c changing, d domain.Device) (domain.Device, domain.Event, error) {
		return d.Report(c.by, n, c.now)
	})
}

// ReplaceDevice puts another device, by its serial number, in the stead of one.
func (s *Store) ReplaceDevice(ctx context.Context, by domain.Actor, id string, version int, typed string) (domain.Device, error) {
	serial, ok := domain.ParseSerial(typed)
	if !ok {
		return domain.Device{}, domain.Problems{"serial": {Code: "serial"}}
	}
	after, err := s.changeDevice(ctx, by, id, version, func(c changing, d domain.Device) (domain.Device, domain.Event, error) {
		after, e, err := d.Replace(c.by, serial, c.now)
		if err != nil {
			return d, e, err
		}
		have, err := holders(ctx, c.tx, serial)
		if err != nil {
			return d, e, err
		}
		if other, taken := have[serial]; taken {
			return d, e, domain.Problems{"serial": takenBy(c.by, other)}
		}
		return after, e, nil
	})
	return after, serialTaken(err)
}

// MoveDevices puts devices at another place: a site, and a group of it or none. It needs Deploy on both ends (TEN-10).
func (s *Store) MoveDevices(ctx context.Context, by domain.Actor, chosen Chosen, site, group string) ([]DeviceOutcome, error) {
	var to domain.Place
	return s.changeDevices(ctx, by, chosen,
		func(c changing) (err error) {
			to, err = readPlace(ctx, c.tx, c.by, site, group)
			return err
		},
		func(c changing, d domain.Device) (domain.Device, domain.Event, error) {
			from, err := readPlace(ctx, c.tx, c.by, d.SiteID, d.GroupID)
			if err != nil {
				return d, domain.Event{}, err
			}
			return d.Move(c.by, from, to, c.now)
		})
}

// RemoveDevices takes devices out of the account, with every right on them.
func (s *Store) RemoveDevices(ctx context.Context, by domain.Actor, chosen Chosen) ([]DeviceOutcome, error) {
	return s.changeDevices(ctx, by, chosen, nil, func(c changing, d domain.Device) (domain.Device, domain.Event, error) { return d.Remove(c.by, c.now) })
}

// RegisterDevices adds devices to a site, each line a draft whose Group is a group's id or empty. A line that cannot be
// is that line's outcome. Where several lines hold one serial number the first counts.
func (s *Store) RegisterDevices(ctx context.Context, by domain.Actor, site string, drafts []domain.DeviceDraft) (outcomes []DeviceOutcome, err error) {
	if len(drafts) > MostChosen {
		return nil, fmt.Errorf("register %d devices: %w", len(drafts), domain.ErrTooMany)
	}
	for try := 1; ; try++ {
		err = s.tx(ctx, func(t *tx) error {
			c, err := s.changing(ctx, t, by)
			if err != nil {
				return err
			}
			outcomes, err = s.register(ctx, c, site, drafts)
			return err
		})
		// Somebody registered one of the numbers between looking and writing: looking again finds it.
		if index, ok := violated(err); !ok || index != devicesSerial || try == attempts {
			return outcomes, wrap(err, "register devices")
		}
	}
}

func (s *Store) register(ctx context.Context, c changing, site string, drafts []domain.DeviceDraft) ([]DeviceOutcome, error) {
	in, err := readSite(ctx, c.tx, c.by, site)
	if err != nil {
		return nil, err
	}
	if !c.by.Reach(domain.Deploy).Touches(in.Node()) {
		return nil, domain.ErrForbidden
	}
	groups, err := readGroups(ctx, c.tx, c.by, site)
	if err != nil {
		return nil, err
	}
	at := map[string]domain.Place{"": {Site: in}}
	for _, g := range groups {
		at[g.ID] = domain.Place{Site: in, Group: g}
	}
	var serials []string
	for _, d := range drafts {
		if serial, ok := domain.ParseSerial(d.Serial); ok {
			serials = append(serials, serial)
		}
	}
	have, err := holders(ctx, c.tx, serials...)
	if err != nil {
		return nil, err
	}
	w := writing{c: c}
	outcomes := make([]DeviceOutcome, len(drafts))
	for i, draft := range drafts {
		d, e, err := registerOne(c, draft, at, have)
		if err != nil && !refused(err) {
			return nil, err
		}
		outcomes[i] = DeviceOutcome{Device: d, Err: err}
		if err != nil {
			outcomes[i].Device.Serial, outcomes[i].Device.Label = draft.Serial, draft.Label
			continue
		}
		d.ID = newID()
		e.SubjectID, outcomes[i].Device, have[d.Serial] = d.ID, d, d
		w.add(d, e)
	}
	return outcomes, w.end(ctx)
}

// registerOne asks the domain about one line.
func registerOne(c changing, draft domain.DeviceDraft, at map[string]domain.Place, have map[string]domain.Device) (domain.Device, domain.Event, error) {
	in, err := draft.Check()
	p := domain.Problems{}
	if err != nil && !errors.As(err, &p) {
		return domain.Device{}, domain.Event{}, err
	}
	to, ok := at[draft.Group]
	if !ok {
		p.Add("group", "choice")
	}
	if other, taken := have[in.Serial]; taken {
		problem := takenBy(c.by, other)
		p["serial"] = problem
	}
	if err := p.Err(); err != nil {
		return domain.Device{}, domain.Event{}, err
	}
	return domain.Register(c.by, in, to, c.now)
}

// devicesSerial is the index that keeps a serial number from being registered twice.
const devicesSerial = "devices_serial"

// serialTaken turns that index, violated in a race, into the problem it stands for.
func serialTaken(err error) error {
	if index, ok := violated(err); ok && index == devicesSerial {
		return domain.Problems{"serial": domain.SerialTaken()}
	}
	return err
}

// holders are the devices of the whole deployment that have these serial numbers.
func holders(ctx context.Context, t *tx, serials ...string) (map[string]domain.Device, error) {
	have := map[string]domain.Device{}
	for some := range slices.Chunk(serials, 1000) {
		lower := make([]any, len(some))
		for i, serial := range some {
			lower[i] = strings.ToLower(serial)
		}
		found, err := all(ctx, t, scanDevice, "select "+deviceFields+" from devices m where m.removed_at = 0 and lower(m.serial) in ("+in(len(some), 1)+")", lower...)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			have[d.Serial] = d
		}
	}
	return have, nil
}

// takenBy says who has a serial number: to those who see that device, and nothing to others.
func takenBy(by domain.Actor, other domain.Device) domain.Problem {
	if by.Reach(domain.ViewDevices).Covers(other.Node()) {
		return domain.SerialHere(other)
	}
	return domain.SerialTaken()
}

// writing collects what a change of devices writes: rows at once, new ones, counters, events at its end.
type writing struct {
	c      changing
	fresh  []domain.Device
	events []domain.Event
	// more devices, by account, site and group
	accounts, sites, groups map[string]int
}

func (w *writing) count(d domain.Device, n int) {
	if w.accounts == nil {
		w.accounts, w.sites, w.groups = map[string]int{}, map[string]int{}, map[string]int{}
	}
	w.accounts[d.AccountID] += n
	w.sites[d.SiteID] += n
	if d.GroupID != "" {
		w.groups[d.GroupID] += n
	}
}

// add keeps a new device.
func (w *writing) add(d domain.Device, e domain.Event) {
	w.fresh, w.events = append(w.fresh, d), append(w.events, e)
	w.count(d, 1)
}

// write changes a device's row, and with its place or its end the rights on it (TEN-11).
func (w *writing) write(ctx context.Context, was, after domain.Device, e domain.Event) error {
	row, err := deviceValues(after)
	if err != nil {
		return err
	}
	set := make([]string, len(deviceColumns))
	for i, column := range deviceColumns {
		set[i] = fmt.Sprintf("%s = $%d", column, i+1)
	}
	err = changed(ctx, w.c.tx, fmt.Sprintf("update devices set %s where id = $%d and version = $%d and removed_at = 0", strings.Join(set[1:], ", "), 1, len(row)+1),
		append(row, was.Version)...)
	if err != nil {
		return err
	}
	w.events = append(w.events, e)
	moved := was.SiteID != after.SiteID || was.GroupID != after.GroupID
	switch {
	case !after.RemovedAt.IsZero():
		w.count(was, -1)
		_, err = exec(ctx, w.c.tx, "delete from grants where account_id = $1 and device_id = $2 and device_id <> ''", was.AccountID, was.ID)
	case moved:
		w.count(was, -1)
		w.count(after, 1)
		_, err = exec(ctx, w.c.tx, "update grants set site_id = $1, group_id = $2 where account_id = $3 and device_id = $4 and device_id <> ''",
			after.SiteID, after.GroupID, was.AccountID, was.ID)
	}
	return err
}

// end writes what was collected.
func (w *writing) end(ctx context.Context) error {
	if err := insertDevices(ctx, w.c.tx, w.fresh...); err != nil {
		return err
	}
	for _, table := range []struct {
		name string
		more map[string]int
	}{{"accounts", w.accounts}, {"sites", w.sites}, {"groups", w.groups}} {
		for _, id := range slices.Sorted(maps.Keys(table.more)) {
			n := table.more[id]
			if n == 0 {
				continue
			}
			if err := changed(ctx, w.c.tx, "update "+table.name+" set devices = devices + $1 where id = $2", n, id); err != nil {
				return err
			}
		}
	}
	return record(ctx, w.c.tx, w.events...)
}
