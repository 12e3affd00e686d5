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
		// Not through: give it back rather than let it wait for the lease, also when this process is told to stop.
		ctx := context.WithoutCancel(ctx)
		free := s.tx(ctx, func(t *tx) error {
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
		// Somebody took one of the addresses or numbers between looking and writing: looking again finds it.
		if index := violated(err); (index == "memberships_address" || index == devicesSerial) && try < attempts {
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
	now := s.now()
	by, err := s.confirmer(ctx, t, i)
	if err != nil {
		return false, err
	}
	var made, took int
	switch i.Kind {
	case domain.ImportInvites:
		made, took, err = makeRows(ctx, t, i, by, now, s.makeInvites)
	case domain.ImportDevices:
		made, took, err = makeRows(ctx, t, i, by, now, makeDevices)
	default:
		err = fmt.Errorf("a file of %q", i.Kind)
	}
	if err != nil {
		return false, err
	}
	i.Done, i.Failed = i.Done+made, i.Failed+took-made
	ended := int64(0)
	if finished = took < importBatch; finished {
		ended, lease = micros(now), 0
		if err := record(ctx, t, i.Finished(by, now)); err != nil {
			return false, err
		}
	}
	return finished, changed(ctx, t, "update imports set done = $1, failed = $2, finished_at = $3, lease_until = $4 where id = $5 and lease_until = $6",
		i.Done, i.Failed, ended, lease, i.ID, r.lease)
}

// confirmer is who confirmed the import, with what they may now: at home there, else as a guest. Somebody without a place
// any more still has a name.
func (s *Store) confirmer(ctx context.Context, t *tx, i domain.Import) (domain.Actor, error) {
	by, err := s.actorOf(ctx, t, i.ConfirmedBy, i.AccountID)
	if err == nil && by.User.ID == "" {
		by, err = s.again(ctx, t, domain.Actor{User: domain.User{ID: i.ConfirmedBy}, Account: domain.Account{ID: i.AccountID}, Kind: domain.KindGuest})
	}
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

// makeRows makes the next rows and marks each as done: took is how many they were, made how many could be. make sets a
// row's MadeID, or says in its Problems why not.
func makeRows[D any](ctx context.Context, t *tx, i domain.Import, by domain.Actor, now time.Time,
	make func(context.Context, *tx, domain.Import, domain.Actor, []domain.ImportRow[D], time.Time) error,
) (made, took int, err error) {
	rows, err := all(ctx, t, scanImportRow[D], "select "+importRowColumns+` from import_rows r
		where r.import_id = $1 and r.done_at = 0 and r.problems_json = '' order by r.line limit $2`, i.ID, importBatch)
	if err != nil {
		return 0, 0, err
	}
	if err := make(ctx, t, i, by, rows, now); err != nil {
		return 0, 0, err
	}
	for _, row := range rows {
		if row.MadeID != "" {
			made++
		}
	}
	return made, len(rows), markRows(ctx, t, i.ID, rows, now)
}

// markRows writes down what became of the rows: of those that were made in one statement.
func markRows[D any](ctx context.Context, t *tx, id string, rows []domain.ImportRow[D], now time.Time) error {
	args := []any{micros(now)}
	var whens strings.Builder
	var lines []any
	for _, row := range rows {
		if row.MadeID != "" {
			fmt.Fprintf(&whens, " when $%d then cast($%d as text)", len(args)+1, len(args)+2)
			args, lines = append(args, row.Line, row.MadeID), append(lines, row.Line)
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
	n, err := exec(ctx, t, "update import_rows set done_at = $1, made_id = case line"+whens.String()+" end where import_id = $"+
		strconv.Itoa(len(args))+" and done_at = 0 and line in ("+in(len(lines), len(args)+1)+")", append(args, lines...)...)
	if err == nil && int(n) != len(lines) {
		err = domain.ErrStale
	}
	return wrap(err, "mark rows")
}
