package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/domain"
)

const importColumns = `i.id, i.account_id, i.created_by, i.confirmed_by, i.file_name, i.created_at, i.confirmed_at, i.finished_at,
	i.total, i.good, i.done, i.failed`

func scanImport(row scanner) (domain.Import, error) {
	var i domain.Import
	var created, confirmed, finished int64
	err := row.Scan(&i.ID, &i.AccountID, &i.CreatedBy, &i.ConfirmedBy, &i.FileName, &created, &confirmed, &finished, &i.Total, &i.Good, &i.Done, &i.Failed)
	i.CreatedAt, i.ConfirmedAt, i.FinishedAt = fromMicros(created), fromMicros(confirmed), fromMicros(finished)
	return i, err
}

// PrepareImport reads a file of invites, checks each row as if it were sent now, and keeps it with its report. Nothing is
// sent before ConfirmImport (INV-14). A file that cannot be read is domain.Problems of the field "file".
func (s *Store) PrepareImport(ctx context.Context, by domain.Actor, fileName string, file []byte) (domain.Import, error) {
	if !by.Can(domain.CreateInvites) {
		return domain.Import{}, fmt.Errorf("prepare an import: %w", domain.ErrForbidden)
	}
	lines, err := domain.ReadInvites(file, by.Account)
	if err != nil {
		return domain.Import{}, err
	}
	now := s.now()
	if err := s.place(ctx, by, lines); err != nil {
		return domain.Import{}, err
	}
	domain.MarkRepeated(lines)
	have, err := s.addressed(ctx, s.read, by.Account.ID, lines)
	if err != nil {
		return domain.Import{}, err
	}
	if by.Account, err = s.admitting(ctx, s.read, by.Account, draftEmails(lines)...); err != nil {
		return domain.Import{}, err
	}
	name, _ := domain.ParseText(fileName, 200)
	i := domain.Import{ID: newID(), AccountID: by.Account.ID, CreatedBy: by.User.ID, FileName: name, CreatedAt: now, Total: len(lines)}
	for n := range lines {
		l := &lines[n]
		in, err := l.Draft.Check(by, l.Draft.Scope, now) // place has just looked its sites up
		if err == nil {
			_, _, err = domain.Invite(have[in.Email], in, by, now)
		}
		if err != nil {
			if !refused(err) {
				return domain.Import{}, fmt.Errorf("check a row: %w", err)
			}
			l.Refused(err)
		}
		if len(l.Problems) == 0 {
			i.Good++
		}
	}
	return i, s.tx(ctx, func(t *tx) error { return insertImport(ctx, t, i, lines) })
}

// place looks up the sites that the lines name, among those the actor reaches.
func (s *Store) place(ctx context.Context, by domain.Actor, lines []domain.ImportLine) error {
	found := map[string][]string{}
	for _, l := range lines {
		for _, name := range l.Sites {
			found[domain.Fold(name)] = nil
		}
	}
	if len(found) > 0 {
		where, args := reached(by, 1)
		sites, err := all(ctx, s.read, scanSite, "select "+siteColumns+" from sites s where "+where, args...)
		if err != nil {
			return fmt.Errorf("look for the sites of a file: %w", err)
		}
		for _, v := range sites {
			name, code := domain.Fold(v.Name), domain.Fold(v.Code)
			if _, wanted := found[name]; wanted {
				found[name] = append(found[name], v.ID)
			}
			if _, wanted := found[code]; wanted && code != name {
				found[code] = append(found[code], v.ID)
			}
		}
	}
	for i := range lines {
		lines[i].Place(found)
	}
	return nil
}

// addressed finds the memberships that the lines' addresses have in the account, by address.
func (s *Store) addressed(ctx context.Context, q querier, account string, lines []domain.ImportLine) (map[string]domain.Membership, error) {
	var emails []string
	for _, l := range lines {
		if email, ok := domain.ParseEmail(l.Draft.Email); ok {
			emails = append(emails, email)
		}
	}
	have := make(map[string]domain.Membership)
	for len(emails) > 0 {
		some := emails[:min(len(emails), 1000)]
		emails = emails[len(some):]
		found, err := readMemberships(ctx, q, s.indexedBy("memberships_address")+" where m.account_id = $1 and m.kind = 'user' and m.removed_at = 0 and lower(m.email) in ("+
			in(len(some), 2)+")", append([]any{account}, values(some)...)...)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			have[m.Email] = m
		}
	}
	return have, nil
}

// draftEmails are the addresses of lines as typed.
func draftEmails(lines []domain.ImportLine) []string {
	emails := make([]string, len(lines))
	for i, l := range lines {
		emails[i] = l.Draft.Email
	}
	return emails
}

func insertImport(ctx context.Context, t *tx, i domain.Import, lines []domain.ImportLine) error {
	rows := make([][]any, len(lines))
	for n, l := range lines {
		draft, problems, err := writeLine(l)
		if err != nil {
			return err
		}
		rows[n] = []any{i.ID, l.Line, draft, problems, "", 0}
	}
	_, err := exec(ctx, t, `insert into imports (id, account_id, created_by, file_name, created_at, confirmed_at, confirmed_by, confirmed_from,
		finished_at, total, good, done, failed, lease_until) values ($1, $2, $3, $4, $5, 0, '', '', 0, $6, $7, 0, 0, 0)`,
		i.ID, i.AccountID, i.CreatedBy, i.FileName, micros(i.CreatedAt), i.Total, i.Good)
	if err != nil {
		return fmt.Errorf("write an import: %w", err)
	}
	return wrap(insertAll(ctx, t, "import_rows (import_id, line, draft_json, problems_json, membership_id, done_at)", rows), "write the rows of an import")
}

// A keptLine is how a row's draft is stored.
type keptLine struct {
	Draft domain.InviteDraft
	Sites []string `json:",omitempty"`
}

func writeLine(l domain.ImportLine) (draft, problems string, err error) {
	d, err := json.Marshal(keptLine{l.Draft, l.Sites})
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

func scanImportRow(row scanner) (domain.ImportRow, error) {
	var r domain.ImportRow
	var draft, problems string
	var done int64
	if err := row.Scan(&r.Line, &draft, &problems, &r.MembershipID, &done); err != nil {
		return r, err
	}
	var kept keptLine
	if err := json.Unmarshal([]byte(draft), &kept); err != nil {
		return r, fmt.Errorf("read a row: %w", err)
	}
	r.Draft, r.Sites, r.DoneAt, r.Problems = kept.Draft, kept.Sites, fromMicros(done), domain.Problems{}
	if problems != "" {
		if err := json.Unmarshal([]byte(problems), &r.Problems); err != nil {
			return r, fmt.Errorf("read a row's problems: %w", err)
		}
	}
	return r, nil
}

// Import finds an import of the actor's account: their own, or with account scope anybody's. Whoever may not invite
// has none. domain.ErrNotFound for any other, there or not.
func (s *Store) Import(ctx context.Context, by domain.Actor, id string) (domain.Import, error) {
	return readImport(ctx, s.read, by, id)
}

func readImport(ctx context.Context, q querier, by domain.Actor, id string) (domain.Import, error) {
	if !by.Can(domain.CreateInvites) {
		return domain.Import{}, fmt.Errorf("find an import: %w", domain.ErrNotFound)
	}
	// A file tells of sites, so one brought by somebody else is only for those who reach all of them.
	i, err := one(ctx, q, scanImport, "select "+importColumns+" from imports i where i.id = $1 and i.account_id = $2 and (i.created_by = $3 or $4 = 1)",
		id, by.Account.ID, by.User.ID, bit(by.Scope.AccountWide()))
	return i, wrap(err, "find an import")
}

// ImportRows lists up to n rows of an import behind a line, in the file's order: all, or only those that are wrong.
func (s *Store) ImportRows(ctx context.Context, by domain.Actor, id string, wrong bool, behind, n int) ([]domain.ImportRow, error) {
	if _, err := s.Import(ctx, by, id); err != nil {
		return nil, err
	}
	which := ""
	if wrong {
		which = " and r.problems_json <> ''"
	}
	rows, err := all(ctx, s.read, scanImportRow, "select r.line, r.draft_json, r.problems_json, r.membership_id, r.done_at from import_rows r where r.import_id = $1 and r.line > $2"+
		which+" order by r.line limit $3", id, behind, n)
	return rows, wrap(err, "list the rows of an import")
}

// ConfirmImport lets the good rows go out, under the authority of the actor, and wakes who sends them. An import that is
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
		lately, err := one(ctx, t, number, "select cast(coalesce(sum(i.good), 0) as bigint) from imports i where i.account_id = $1 and i.confirmed_at > $2",
			i.AccountID, micros(c.now.Add(-time.Hour)))
		if err != nil {
			return err
		}
		if int(lately)+i.Good > s.limits.ImportedPerHour {
			return &domain.Wait{For: time.Hour}
		}
		i.ConfirmedAt, i.ConfirmedBy = c.now, c.by.User.ID
		err = changed(ctx, t, "update imports set confirmed_at = $1, confirmed_by = $2, confirmed_from = $3 where id = $4 and confirmed_at = 0",
			micros(c.now), c.by.User.ID, c.by.From, id)
		if err != nil {
			return err
		}
		return record(ctx, t, i.Event(domain.ImportStarted, c.by, c.now))
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

// TidyImports deletes old files of invites: they hold names and addresses. The invites and their history stay.
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
