package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/domain"
)

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
		if violated(err) != devicesSerial || try == attempts {
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
	serials := make([]string, len(drafts))
	for i, d := range drafts {
		serials[i] = d.Serial
	}
	taken, err := takenSerials(ctx, c.tx, c.by, serials)
	if err != nil {
		return nil, err
	}
	w := writing{c: c}
	outcomes := make([]DeviceOutcome, len(drafts))
	for i, draft := range drafts {
		d, e, err := domain.RegisterDraft(c.by, draft, at, taken, c.now)
		if err != nil && !refused(err) {
			return nil, err
		}
		outcomes[i] = DeviceOutcome{Device: d, Err: err}
		if err != nil {
			outcomes[i].Device.Serial, outcomes[i].Device.Label = draft.Serial, draft.Label
			continue
		}
		d.ID = newID()
		e.SubjectID, outcomes[i].Device, taken[d.Serial] = d.ID, d, domain.SerialHere(d)
		w.add(d, e)
	}
	return outcomes, w.end(ctx)
}

// devicesSerial is the index that keeps a serial number from being registered twice.
const devicesSerial = "devices_serial"

// serialTaken turns that index, violated in a race, into the problem it stands for.
func serialTaken(err error) error {
	if violated(err) == devicesSerial {
		return domain.Problems{"serial": domain.SerialTaken()}
	}
	return err
}

// holders are the devices of the whole deployment that have these serial numbers.
func holders(ctx context.Context, q querier, serials ...string) (map[string]domain.Device, error) {
	have := map[string]domain.Device{}
	for some := range slices.Chunk(serials, 1000) {
		lower := make([]any, len(some))
		for i, serial := range some {
			lower[i] = strings.ToLower(serial)
		}
		found, err := all(ctx, q, scanDevice, "select "+deviceFields+" from devices m where m.removed_at = 0 and lower(m.serial) in ("+in(len(some), 1)+")", lower...)
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

// takenSerials are those of the serial numbers, as typed, that somebody has, with what the actor is told.
func takenSerials(ctx context.Context, q querier, by domain.Actor, typed []string) (map[string]domain.Problem, error) {
	var serials []string
	for _, s := range typed {
		if serial, ok := domain.ParseSerial(s); ok {
			serials = append(serials, serial)
		}
	}
	have, err := holders(ctx, q, serials...)
	why := map[string]domain.Problem{}
	for serial, d := range have {
		why[serial] = takenBy(by, d)
	}
	return why, err
}
