package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/domain"
)

// PrepareDevices reads a file of devices of a site, checks each row as if it were registered now, and keeps it with its
// report. Nothing is registered before ConfirmImport. A file that cannot be read is domain.Problems of the field "file".
func (s *Store) PrepareDevices(ctx context.Context, by domain.Actor, site, fileName string, file []byte) (domain.Import, error) {
	in, at, err := deployPlaces(ctx, s.read, by, site)
	if err != nil {
		return domain.Import{}, wrap(err, "prepare an import of devices")
	}
	lines, err := domain.ReadDevices(file)
	if err != nil {
		return domain.Import{}, err
	}
	domain.MarkRepeatedSerials(lines)
	serials := make([]string, len(lines))
	for n, l := range lines {
		serials[n] = l.Draft.Serial
	}
	taken, err := takenSerials(ctx, s.read, by, serials)
	if err != nil {
		return domain.Import{}, wrap(err, "look for the serial numbers of a file")
	}
	now := s.now()
	for n := range lines {
		l := &lines[n]
		if _, _, err := domain.RegisterLine(by, l.Draft, at, taken, now); err != nil {
			if !refused(err) {
				return domain.Import{}, fmt.Errorf("check a row: %w", err)
			}
			l.Refused(err, "may_not_deploy")
		}
	}
	i := domain.Import{Kind: domain.ImportDevices, SiteID: in.ID, AccountID: by.Account.ID, CreatedBy: by.User.ID, FileName: fileName}
	return keepImport(ctx, s, i, lines)
}

// deployPlaces are the places of a site by name, for somebody who may deploy at some place of it.
func deployPlaces(ctx context.Context, q querier, by domain.Actor, site string) (domain.Site, map[string]domain.Place, error) {
	in, err := readSite(ctx, q, by, site)
	if err == nil && !by.Reach(domain.Deploy).Touches(in.Node()) {
		err = domain.ErrForbidden
	}
	if err != nil {
		return domain.Site{}, nil, err
	}
	groups, err := readGroups(ctx, q, by, site)
	return in, domain.NamedPlaces(in, groups), err
}

// makeDevices registers the devices of some rows, with what the confirmer may now.
func makeDevices(ctx context.Context, t *tx, i domain.Import, by domain.Actor, rows []domain.ImportRow[domain.DeviceDraft], now time.Time) error {
	_, at, gone := deployPlaces(ctx, t, by, i.SiteID)
	if gone != nil && !errors.Is(gone, domain.ErrNotFound) && !errors.Is(gone, domain.ErrForbidden) {
		return gone
	}
	serials := make([]string, len(rows))
	for n, row := range rows {
		serials[n] = row.Draft.Serial
	}
	taken, err := takenSerials(ctx, t, by, serials)
	if err != nil {
		return err
	}
	w := writing{c: changing{t, by, now}}
	for n := range rows {
		row := &rows[n]
		d, e, err := domain.Device{}, domain.Event{}, gone
		if gone == nil {
			d, e, err = domain.RegisterLine(by, row.Draft, at, taken, now)
		}
		switch {
		case err == nil:
			d.ID = newID()
			row.MadeID, e.SubjectID, taken[d.Serial] = d.ID, d.ID, domain.SerialHere(d)
			w.add(d, e)
		case refused(err) || errors.Is(err, domain.ErrForbidden):
			row.Refused(err, "may_not_deploy")
		default:
			return fmt.Errorf("make the row of line %d: %w", row.Line, err)
		}
	}
	return w.end(ctx)
}
