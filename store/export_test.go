package store

import (
	"context"
	"io/fs"
	"time"
)

// What the tests beside this package need of its inside. They cannot be in the package: storetest imports it.

type Tx = tx

var (
	Violated   = violated
	Changed    = changed
	Exec       = exec
	InsertAll  = insertAll
	In         = in
	Micros     = micros
	FromMicros = fromMicros
	NewID      = newID

	ImportLease = importLease
)

func (c Config) WithSteps(steps fs.FS) Config { c.steps = steps; return c }

func (s *Store) Tx(ctx context.Context, change func(*Tx) error) error { return s.tx(ctx, change) }

func (s *Store) ExistingSites(ctx context.Context, account string, ids []string) ([]string, error) {
	return existingSites(ctx, s.read, account, ids)
}

func (s *Store) Clock() time.Time { return s.now() }

func (s *Store) Texts(ctx context.Context, sql string, args ...any) ([]string, error) {
	return all(ctx, s.read, text, sql, args...)
}

func (s *Store) Number(ctx context.Context, sql string, args ...any) (int64, error) {
	return one(ctx, s.read, number, sql, args...)
}

func Number(ctx context.Context, t *Tx, sql string, args ...any) (int64, error) {
	return one(ctx, t, number, sql, args...)
}

// Search lists the ids of the people found, sorted as the lists are.
func (s *Store) Search(ctx context.Context, account, typed string) (ids []string, frequent bool, sql string, args []any, err error) {
	f, err := s.find(ctx, s.read, memberships, account, typed)
	if err != nil {
		return nil, false, "", nil, err
	}
	more, args := f.where("m", 2)
	args = append([]any{account}, args...)
	from := "memberships m"
	switch {
	case s.engine == sqlite && len(f.rows) > 0:
		from += " not indexed"
	case s.engine == sqlite:
		from += " indexed by memberships_name"
	}
	sql = "select m.id from " + from +
		" where m.account_id = $1 and m.kind = 'user' and m.removed_at = 0 and " + more + " order by m.name_key, m.id limit 50"
	ids, err = all(ctx, s.read, text, sql, args...)
	return ids, f.frequent, sql, args, err
}

// ReadOnly takes the right to write from the database, or gives it back.
func (s *Store) ReadOnly(ctx context.Context, on bool) error {
	s.write.SetMaxOpenConns(1) // the one that is told
	value := map[bool]string{true: "on", false: "off"}[on]
	statement := "set default_transaction_read_only = " + value
	if s.engine == sqlite {
		statement = "pragma query_only = " + value
	}
	_, err := s.write.ExecContext(ctx, statement)
	return err
}

func (s *Store) Vacuum(ctx context.Context) error {
	_, err := s.write.ExecContext(ctx, "vacuum")
	return err
}

// Analyze runs a statement on PostgreSQL, which is asked to avoid reading whole tables, and gives its plan with what it read.
func (s *Store) Analyze(ctx context.Context, sql string, args []any) (lines []string, err error) {
	err = s.tx(ctx, func(t *tx) error {
		if _, err := exec(ctx, t, "set local enable_seqscan = off"); err != nil {
			return err
		}
		lines, err = all(ctx, t, text, "explain (analyze, timing off, summary off) "+sql, unprepared(args)...)
		return err
	})
	return lines, err
}
