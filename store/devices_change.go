package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/domain"
)

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
