package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/domain"
)

const importColumns = `i.id, i.account_id, i.kind, i.site_id, i.created_by, i.confirmed_by, i.file_name, i.created_at, i.confirmed_at, i.finished_at,
	i.total, i.good, i.done, i.failed`

func scanImport(row scanner) (domain.Import, error) {
	var i domain.Import
	var created, confirmed, finished int64
	err := row.Scan(&i.ID, &i.AccountID, &i.Kind, &i.SiteID, &i.CreatedBy, &i.ConfirmedBy, &i.FileName, &created, &confirmed, &finished, &i.Total, &i.Good, &i.Done, &i.Failed)
	i.CreatedAt, i.ConfirmedAt, i.FinishedAt = fromMicros(created), fromMicros(confirmed), fromMicros(finished)
	return i, err
}

// keepImport writes an import down with its lines.
func keepImport[D any](ctx context.Context, s *Store, i domain.Import, lines []domain.ImportLine[D]) (domain.Import, error) {
	for _, l := range lines {
		if len(l.Problems) == 0 {
			i.Good++
		}
	}
	i.ID, i.CreatedAt, i.Total = newID(), s.now(), len(lines)
	i.FileName, _ = domain.ParseText(i.FileName, 200)
	return i, s.tx(ctx, func(t *tx) error { return insertImport(ctx, t, i, lines) })
}

func insertImport[D any](ctx context.Context, t *tx, i domain.Import, lines []domain.ImportLine[D]) error {
	rows := make([][]any, len(lines))
	for n, l := range lines {
		draft, problems, err := writeLine(l)
		if err != nil {
			return err
		}
		rows[n] = []any{i.ID, l.Line, draft, problems, "", 0}
	}
	_, err := exec(ctx, t, `insert into imports (id, account_id, kind, site_id, created_by, file_name, created_at, confirmed_at, confirmed_by, confirmed_from,
		finished_at, total, good, done, failed, lease_until) values ($1, $2, $3, $4, $5, $6, $7, 0, '', '', 0, $8, $9, 0, 0, 0)`,
		i.ID, i.AccountID, string(i.Kind), i.SiteID, i.CreatedBy, i.FileName, micros(i.CreatedAt), i.Total, i.Good)
	if err != nil {
		return fmt.Errorf("write an import: %w", err)
	}
	return wrap(insertAll(ctx, t, "import_rows (import_id, line, draft_json, problems_json, made_id, done_at)", rows), "write the rows of an import")
}

func writeLine[D any](l domain.ImportLine[D]) (draft, problems string, err error) {
	d, err := json.Marshal(l.Draft)
	if err != nil {
		return "", "", fmt.Errorf("write a row: %w", err)
	}
	problems, err = writeProblems(l.Problems)
	return string(d), problems, err
}

func writeProblems(p domain.Problems) (string, error) {
	if len(p) == 0 {
		return "", nil
	}
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write a row's problems: %w", err)
	}
	return string(b), nil
}

const importRowColumns = "r.line, r.draft_json, r.problems_json, r.made_id, r.done_at"

func scanImportRow[D any](row scanner) (domain.ImportRow[D], error) {
	var r domain.ImportRow[D]
	var draft, problems string
	var done int64
	if err := row.Scan(&r.Line, &draft, &problems, &r.MadeID, &done); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(draft), &r.Draft); err != nil {
		return r, fmt.Errorf("read a row: %w", err)
	}
	r.DoneAt, r.Problems = fromMicros(done), domain.Problems{}
	if problems != "" {
		if err := json.Unmarshal([]byte(problems), &r.Problems); err != nil {
			return r, fmt.Errorf("read a row's problems: %w", err)
		}
	}
	return r, nil
}

// Import finds an import of the actor's account: their own, or anybody's for those who reach all that it can speak of: the
// whole account, or the whole of its site. Whoever may not make such rows has none. domain.ErrNotFound for any other, there
// or not.
func (s *Store) Import(ctx context.Context, by domain.Actor, id string) (domain.Import, error) {
	return readImport(ctx, s.read, by, id)
}

func readImport(ctx context.Context, q querier, by domain.Actor, id string) (domain.Import, error) {
	if !storable(id) {
		return domain.Import{}, domain.ErrNotFound
	}
	i, err := one(ctx, q, scanImport, "select "+importColumns+" from imports i where i.id = $1 and i.account_id = $2", id, by.Account.ID)
	if err == nil && !i.SeenBy(by) {
		err = domain.ErrNotFound
	}
	if err != nil {
		return domain.Import{}, wrap(err, "find an import")
	}
	return i, nil
}

// InviteRows lists up to n rows of a file of invites behind a line, in the file's order: all, or only those that are wrong.
func (s *Store) InviteRows(ctx context.Context, by domain.Actor, id string, wrong bool, behind, n int) ([]domain.ImportRow[domain.InviteLine], error) {
	return importRows[domain.InviteLine](ctx, s, by, domain.ImportInvites, id, wrong, behind, n)
}

// DeviceRows is InviteRows for a file of devices.
func (s *Store) DeviceRows(ctx context.Context, by domain.Actor, id string, wrong bool, behind, n int) ([]domain.ImportRow[domain.DeviceDraft], error) {
	return importRows[domain.DeviceDraft](ctx, s, by, domain.ImportDevices, id, wrong, behind, n)
}

func importRows[D any](ctx context.Context, s *Store, by domain.Actor, kind domain.ImportKind, id string, wrong bool, behind, n int) ([]domain.ImportRow[D], error) {
	i, err := s.Import(ctx, by, id)
	if err == nil && i.Kind != kind {
		err = domain.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	which := ""
	if wrong {
		which = " and r.problems_json <> ''"
	}
	rows, err := all(ctx, s.read, scanImportRow[D], "select "+importRowColumns+" from import_rows r where r.import_id = $1 and r.line > $2"+
		which+" order by r.line limit $3", id, behind, n)
	return rows, wrap(err, "list the rows of an import")
}

// ConfirmImport lets the good rows be made, under the authority of the actor, and wakes who makes them. An import that is
// confirmed already, or has no good row, is domain.ErrStale; over the account's hourly limit it is a *domain.Wait.
func (s *Store) ConfirmImport(ctx context.Context, by domain.Actor, id string) (i domain.Import, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		if i, err = readImport(ctx, t, c.by, id); err != nil {
			return err
		}
		if !i.ConfirmedAt.IsZero() || i.Good == 0 {
			return domain.ErrStale
		}
		lately, err := one(ctx, t, number, "select cast(coalesce(sum(i.good), 0) as bigint) from imports i where i.account_id = $1 and i.kind = $2 and i.confirmed_at > $3",
			i.AccountID, string(i.Kind), micros(c.now.Add(-time.Hour)))
		if err != nil {
			return err
		}
		if int(lately)+i.Good > s.limits.ImportedPerHour {
			return &domain.Wait{For: time.Hour}
		}
		i.ConfirmedAt, i.ConfirmedBy = c.now, c.by.User.ID
		err = changed(ctx, t, "update imports set confirmed_at = $1, confirmed_by = $2, confirmed_from = $3 where id = $4",
			micros(c.now), c.by.User.ID, c.by.From, id)
		if err != nil {
			return err
		}
		return record(ctx, t, i.Started(c.by, c.now))
	})
	if err != nil {
		return domain.Import{}, wrap(err, "confirm an import")
	}
	select {
	case s.confirmed <- struct{}{}:
	default:
	}
	return i, nil
}

// DiscardImport throws away an import that is not confirmed; domain.ErrStale when it is.
func (s *Store) DiscardImport(ctx context.Context, by domain.Actor, id string) error {
	err := s.tx(ctx, func(t *tx) error {
		i, err := readImport(ctx, t, by, id)
		if err != nil {
			return err
		}
		if !i.ConfirmedAt.IsZero() {
			return domain.ErrStale
		}
		return deleteImports(ctx, t, "id = $1", id)
	})
	return wrap(err, "discard an import")
}

// What is kept of an import that nobody confirmed, and of one that is long finished: nothing.
const (
	unconfirmedLife = 7 * 24 * time.Hour
	finishedLife    = 90 * 24 * time.Hour
)

// TidyImports deletes old files: they hold names and addresses. What was made of them and its history stay.
func (s *Store) TidyImports(ctx context.Context) error {
	now := s.now()
	err := s.tx(ctx, func(t *tx) error {
		return deleteImports(ctx, t, "confirmed_at = 0 and created_at <= $1 or finished_at > 0 and finished_at <= $2",
			micros(now.Add(-unconfirmedLife)), micros(now.Add(-finishedLife)))
	})
	return wrap(err, "tidy imports")
}

func deleteImports(ctx context.Context, t *tx, where string, args ...any) error {
	if _, err := exec(ctx, t, "delete from import_rows where import_id in (select id from imports where "+where+")", args...); err != nil {
		return err
	}
	_, err := exec(ctx, t, "delete from imports where "+where, args...)
	return err
}
