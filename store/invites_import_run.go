package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gatehouse/domain"
)

const (
	// importBatch is how many rows one transaction makes: enough to be quick, few enough for others to get in between.
	importBatch = 200
	// importLease is how long an import waits for a node that has stopped in the middle of it.
	importLease = time.Minute
)

// Confirmed tells, without repeating itself, that this process has confirmed an import.
func (s *Store) Confirmed() <-chan struct{} { return s.confirmed }

// RunImport makes the rows of one confirmed import that waits, to its end, and says whether there was one. Each row
// is made exactly once: what was made, and that it was, are one transaction. When ctx ends the rest waits for
// the next call, on this node or another.
func (s *Store) RunImport(ctx context.Context) (ran bool, err error) {
	r, err := s.claimImport(ctx)
	if err != nil || r == nil {
		return false, wrap(err, "claim an import")
	}
	for err == nil && !r.finished {
		err = s.importSome(ctx, r)
	}
	if err != nil {
		// Not through: give it back rather than let it wait for the lease.
		free := s.tx(context.WithoutCancel(ctx), func(t *tx) error {
			_, err := exec(ctx, t, "update imports set lease_until = 0 where id = $1 and lease_until = $2", r.id, r.lease)
			return err
		})
		return true, errors.Join(wrap(err, "run an import"), wrap(free, "give an import back"))
	}
	return true, nil
}

// importRun is an import being made by this process; the end of its lease is what tells it from others.
type importRun struct {
	id       string
	lease    int64
	finished bool
}

func (s *Store) claimImport(ctx context.Context) (*importRun, error) {
	now := s.now()
	const waits = "confirmed_at > 0 and finished_at = 0 and lease_until <= $2"
	r := &importRun{lease: micros(now.Add(importLease))}
	ids, err := all(ctx, reader{db: s.write, engine: s.engine, trace: s.trace}, text, `update imports set lease_until = $1
		where id in (select id from imports where `+waits+` order by confirmed_at limit 1) and `+waits+" returning id", r.lease, micros(now))
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	r.id = ids[0]
	return r, nil
}

// importSome makes the next rows in one transaction.
func (s *Store) importSome(ctx context.Context, r *importRun) error {
	for try := 1; ; try++ {
		next := micros(s.now().Add(importLease))
		finished := false
		err := s.tx(ctx, func(t *tx) error {
			var err error
			finished, err = s.importBatch(ctx, t, r, next)
			return err
		})
		// Somebody invited one of the addresses between looking and writing: looking again finds it.
		if index, ok := violated(err); ok && index == "memberships_address" && try < attempts {
			continue
		}
		if err != nil {
			return err
		}
		r.lease, r.finished = next, finished
		return nil
	}
}

func (s *Store) importBatch(ctx context.Context, t *tx, r *importRun, lease int64) (finished bool, err error) {
	i, err := one(ctx, t, scanImport, "select "+importColumns+" from imports i where i.id = $1 and i.lease_until = $2 and i.finished_at = 0", r.id, r.lease)
	if err != nil {
		return false, err // the lease is lost: another node makes the rest
	}
	rows, err := all(ctx, t, scanImportRow, `select line, draft_json, problems_json, membership_id, done_at from import_rows
		where import_id = $1 and done_at = 0 and problems_json = '' order by line limit $2`, i.ID, importBatch)
	if err != nil {
		return false, err
	}
	now := s.now()
	by, err := s.confirmer(ctx, t, i)
	if err != nil {
		return false, err
	}
	made, err := s.importRows(ctx, t, i.ID, by, rows, now)
	if err != nil {
		return false, err
	}
	i.Done, i.Failed = i.Done+made, i.Failed+len(rows)-made
	ended := int64(0)
	if finished = len(rows) < importBatch; finished {
		ended, lease = micros(now), 0
		if err := record(ctx, t, i.Event(domain.ImportFinished, by, now)); err != nil {
			return false, err
		}
	}
	return finished, changed(ctx, t, "update imports set done = $1, failed = $2, finished_at = $3, lease_until = $4 where id = $5 and lease_until = $6",
		i.Done, i.Failed, ended, lease, i.ID, r.lease)
}

// confirmer is who confirmed the import, with what they may now. Somebody without a place any more still has a name.
func (s *Store) confirmer(ctx context.Context, t *tx, i domain.Import) (domain.Actor, error) {
	by, err := s.actorOf(ctx, t, i.ConfirmedBy, i.AccountID)
	if err != nil {
		return by, err
	}
	if by.User.ID == "" {
		if by.User, err = person(ctx, t, i.ConfirmedBy); err != nil {
			return by, err
		}
	}
	by.From, err = one(ctx, t, text, "select confirmed_from from imports where id = $1", i.ID)
	return by, err
}

// importRows makes the invites of some rows and marks each row as done; made is how many could be.
func (s *Store) importRows(ctx context.Context, t *tx, id string, by domain.Actor, rows []domain.ImportRow, now time.Time) (made int, err error) {
	lines := make([]domain.ImportLine, len(rows))
	for n := range rows {
		lines[n] = rows[n].ImportLine
	}
	have, err := s.addressed(ctx, t, by.Account.ID, lines)
	if err != nil {
		return 0, err
	}
	sites, err := sitesThatExist(ctx, t, by.Account.ID, lines)
	if err != nil {
		return 0, err
	}
	if by.Account, err = s.admitting(ctx, t, by.Account, draftEmails(lines)...); err != nil {
		return 0, err
	}
	b := batch{now: now}
	for n := range rows {
		row := &rows[n]
		m, e, err := offerRow(have, row, by, sites, now)
		switch {
		case err != nil && !refused(err) && !errors.Is(err, domain.ErrForbidden):
			return 0, fmt.Errorf("make the row of line %d: %w", row.Line, err)
		case err != nil:
			row.Refused(err)
		case m.ID == "":
			b.fresh, b.freshRows, b.freshEvents = append(b.fresh, m), append(b.freshRows, row), append(b.freshEvents, e)
		default:
			if m, err = s.updateMembership(ctx, t, have[m.Email], m); err != nil {
				return 0, err
			}
			b.add(row, m, e)
		}
	}
	if err := s.insertMemberships(ctx, t, b.fresh); err != nil {
		return 0, err
	}
	for n, m := range b.fresh {
		b.add(b.freshRows[n], m, b.freshEvents[n])
	}
	if err := record(ctx, t, b.events...); err != nil {
		return 0, err
	}
	if err := deliver(ctx, t, b.owed...); err != nil {
		return 0, err
	}
	return len(b.owed), markRows(ctx, t, id, rows, now)
}

// batch collects what some rows come to, to be written in a few statements.
type batch struct {
	now         time.Time
	fresh       []domain.Membership // of addresses that had none
	freshRows   []*domain.ImportRow
	freshEvents []domain.Event
	events      []domain.Event
	owed        []domain.Delivery
}

func (b *batch) add(row *domain.ImportRow, m domain.Membership, e domain.Event) {
	row.MembershipID, e.SubjectID = m.ID, m.ID
	b.events = append(b.events, e)
	b.owed = append(b.owed, mailTo(m, domain.InviteMail, b.now))
}

// offerRow checks a row again, with what the confirmer may now, and makes the offer.
func offerRow(have map[string]domain.Membership, row *domain.ImportRow, by domain.Actor, sites []string, now time.Time) (domain.Membership, domain.Event, error) {
	if !by.Can(domain.CreateInvites) {
		return domain.Membership{}, domain.Event{}, domain.ErrForbidden
	}
	in, err := row.Draft.Check(by, sites, now)
	if err != nil {
		return domain.Membership{}, domain.Event{}, err
	}
	return domain.Invite(have[in.Email], in, by, now)
}

// sitesThatExist are those that the rows' scopes name and that are still there.
func sitesThatExist(ctx context.Context, t *tx, account string, lines []domain.ImportLine) ([]string, error) {
	seen := map[string]bool{domain.WholeAccount: true}
	var ids []string
	for _, l := range lines {
		for _, id := range l.Draft.Scope {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return existingSites(ctx, t, account, ids)
}

// markRows writes down what became of the rows: of those that were made in one statement.
func markRows(ctx context.Context, t *tx, id string, rows []domain.ImportRow, now time.Time) error {
	args := []any{micros(now)}
	var whens strings.Builder
	var lines []any
	for _, row := range rows {
		if row.MembershipID != "" {
			fmt.Fprintf(&whens, " when $%d then cast($%d as text)", len(args)+1, len(args)+2)
			args, lines = append(args, row.Line, row.MembershipID), append(lines, row.Line)
			continue
		}
		problems, err := writeProblems(row.Problems)
		if err != nil {
			return err
		}
		err = changed(ctx, t, "update import_rows set done_at = $1, problems_json = $2 where import_id = $3 and line = $4 and done_at = 0",
			micros(now), problems, id, row.Line)
		if err != nil {
			return wrap(err, "mark a row")
		}
	}
	if len(lines) == 0 {
		return nil
	}
	args = append(args, id)
	n, err := exec(ctx, t, "update import_rows set done_at = $1, membership_id = case line"+whens.String()+" end where import_id = $"+
		strconv.Itoa(len(args))+" and done_at = 0 and line in ("+in(len(lines), len(args)+1)+")", append(args, lines...)...)
	if err == nil && int(n) != len(lines) {
		err = domain.ErrStale
	}
	return wrap(err, "mark rows")
}
