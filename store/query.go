package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/domain"
)

// querier runs statements: a tx for changes, s.read for single reads outside one.
type querier interface {
	query(ctx context.Context, sql string, args []any) (*sql.Rows, error)
}

// scanner is a row to be read.
type scanner interface{ Scan(into ...any) error }

// reader runs single statements on the reading connections; SQLite refuses writes there.
type reader struct {
	db *sql.DB
	engine
	trace func(string, []any)
	anew  bool // see planned
}

// planned is a reader whose statements PostgreSQL plans anew each time, for the values they are given. A statement it
// has seen a few times it plans once for all accounts, sites and words alike: what is right for most is far from it
// for one that is a hundred times as large.
func (r reader) planned() reader {
	r.anew = r.engine == postgres
	return r
}

func (r reader) query(ctx context.Context, sql string, args []any) (*sql.Rows, error) {
	if r.trace != nil {
		r.trace(sql, args)
	}
	if r.anew {
		args = unprepared(args)
	}
	return r.db.QueryContext(ctx, r.placeholders(sql, len(args)), args...)
}

// tx is one change in the making.
type tx struct {
	sql *sql.Tx
	engine
	trace func(string, []any)
	owes  bool // a message was written that somebody should send once this is committed
}

func (t *tx) query(ctx context.Context, sql string, args []any) (*sql.Rows, error) {
	if t.trace != nil {
		t.trace(sql, args)
	}
	return t.sql.QueryContext(ctx, t.placeholders(sql, len(args)), args...)
}

// placeholders writes ? for $1, $2, … when there are many, each used once and in this order. To SQLite $1 is a name,
// which it looks up among all the others, for writing the statement and for giving it its values: the work
// grows with the square of their number, and a thousand rows took seconds.
func (e engine) placeholders(sql string, values int) string {
	if e != sqlite || values < 32 {
		return sql
	}
	var b strings.Builder
	rest := sql
	for n := 1; ; n++ {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		number := strconv.Itoa(n)
		after, next := strings.CutPrefix(after, number)
		if !next || after != "" && '0' <= after[0] && after[0] <= '9' {
			return sql
		}
		b.WriteByte('?')
		rest = after
	}
}

// attempts bounds the retries of a transaction that PostgreSQL could not put into an order with others.
const attempts = 30

// tx runs change in one transaction and commits unless it fails. Changes look as if they ran one after the
// other: SQLite has one writer, PostgreSQL is serializable and tries again when it finds no such order. So
// change can run more than once and must do nothing but read, decide and write through its tx.
func (s *Store) tx(ctx context.Context, change func(*tx) error) error {
	for i := 1; ; i++ {
		err := s.attempt(ctx, change)
		if err == nil {
			s.written.Store(true)
			return nil
		}
		if !conflicted(err) || i == attempts {
			return told(err)
		}
		most := min(2*time.Millisecond<<i, 100*time.Millisecond)
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(rand.N(most)):
		}
	}
}

func (s *Store) attempt(ctx context.Context, change func(*tx) error) (err error) {
	options := &sql.TxOptions{}
	if s.engine == postgres {
		options.Isolation = sql.LevelSerializable
	}
	t, err := s.write.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	committed := false
	defer func() {
		if committed {
			return
		}
		// After a panic too. A transaction the context has ended is already rolled back.
		if e := t.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("roll back: %w", e))
		}
	}()
	made := &tx{sql: t, engine: s.engine, trace: s.trace}
	if err := change(made); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	if made.owes {
		select {
		case s.owed <- struct{}{}:
		default: // somebody is being woken already
		}
	}
	return nil
}

// told marks the failures that lie in the database and not in what was asked of it.
func told(err error) error {
	if err == nil || errors.Is(err, ErrUnavailable) || !unavailableSQLite(err) && !unavailablePostgres(err) && !errors.Is(err, driver.ErrBadConn) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// all reads every row, to the end, before it returns: a second statement beside open rows breaks pgx.
func all[T any](ctx context.Context, q querier, scan func(scanner) (T, error), sql string, args ...any) (found []T, err error) {
	defer func() { err = told(err) }()
	rows, err := q.query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, rows.Err()
}

// one reads the first row; domain.ErrNotFound when there is none.
func one[T any](ctx context.Context, q querier, scan func(scanner) (T, error), sql string, args ...any) (T, error) {
	var none T
	found, err := all(ctx, q, scan, sql, args...)
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, domain.ErrNotFound
	}
	return found[0], nil
}

// text scans a row of one text column.
func text(row scanner) (string, error) {
	var v string
	err := row.Scan(&v)
	return v, err
}

// number scans a row of one integer column.
func number(row scanner) (int64, error) {
	var v int64
	err := row.Scan(&v)
	return v, err
}

// exec writes and says how many rows it changed.
func exec(ctx context.Context, t *tx, sql string, args ...any) (int64, error) {
	if t.trace != nil {
		t.trace(sql, args)
	}
	result, err := t.sql.ExecContext(ctx, t.placeholders(sql, len(args)), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// insertAll writes many rows of one table, a few hundred in a statement: one statement for each row costs
// several times as much. into is the table with its columns; every row has the same number of values.
func insertAll(ctx context.Context, t *tx, into string, rows [][]any) error {
	const most = 20000 // values in a statement; SQLite takes 32,766, PostgreSQL 65,535
	for len(rows) > 0 {
		width := len(rows[0])
		n := min(len(rows), most/width)
		var b strings.Builder
		b.WriteString("insert into " + into + " values ")
		args := make([]any, 0, n*width)
		for i, row := range rows[:n] {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString("(" + in(width, i*width+1) + ")")
			args = append(args, row...)
		}
		if _, err := exec(ctx, t, b.String(), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// changed writes one row under a guard in its where clause; domain.ErrStale when the guard did not hold.
func changed(ctx context.Context, t *tx, sql string, args ...any) error {
	n, err := exec(ctx, t, sql, args...)
	if err != nil {
		return err
	}
	if n != 1 {
		return domain.ErrStale
	}
	return nil
}

// in lists n placeholders from $from on, for "x in (…)". With n = 0 the list holds null, which nothing equals.
func in(n, from int) string {
	if n == 0 {
		return "null"
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i))
	}
	return b.String()
}

// values turns a list into arguments for in.
func values[T any](list []T) []any {
	args := make([]any, len(list))
	for i, v := range list {
		args[i] = v
	}
	return args
}

// micros is how a time is stored: UTC microseconds since 1970, 0 for no time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros reads what micros wrote.
func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// newID makes an id for a row; ids made later sort later.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// like escapes what a person typed for a pattern of "like … escape '\'".
func like(typed string) string { return likeEscapes.Replace(typed) }

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// violated names the unique index a failed write would have broken, "" when there is none. Indexes on an expression are
// named on both engines; for one on plain columns SQLite says "table.column".
func violated(err error) string { return violatedPostgres(err) + violatedSQLite(err) }
