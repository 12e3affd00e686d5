package storetest

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/store"
)

// What a test does to a database beside the store: arrange what no change can make, copy it, see what was written.

func openingOf(t testing.TB, s *store.Store) opening {
	t.Helper()
	o, ok := opened.Load(s)
	if !ok {
		t.Fatal("this store was not opened by storetest")
	}
	return o.(opening)
}

// beside is a connection of the test's own to a store's database.
func beside(t testing.TB, s *store.Store) *sql.DB {
	t.Helper()
	db, err := openBeside(s.Engine(), openingOf(t, s).config.DSN)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func openBeside(engine, dsn string) (*sql.DB, error) {
	driver := "pgx"
	if engine == "sqlite" {
		u := url.URL{Scheme: "file", Path: dsn, RawQuery: "_txlock=immediate&_foreign_keys=on&_busy_timeout=10000"}
		driver, dsn = "sqlite", u.String()
	}
	db, err := sql.Open(driver, dsn)
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

func end(t testing.TB, db *sql.DB) {
	if err := db.Close(); err != nil {
		t.Errorf("close the connection beside the store: %v", err)
	}
}

// Exec runs a statement beside the store, to arrange what no change of it can: an end date in the past, say.
func Exec(t testing.TB, s *store.Store, statement string, args ...any) {
	t.Helper()
	db := beside(t, s)
	defer end(t, db)
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Frozen is a database as it was at one moment, to be copied.
type Frozen struct {
	config  store.Config
	content []byte // of the file, on SQLite; on PostgreSQL the database itself is the template
}

// Freeze closes a store and keeps its database to make copies of. It costs less than arranging it anew.
func Freeze(t testing.TB, s *store.Store) *Frozen {
	t.Helper()
	o := openingOf(t, s)
	if err := o.close(); err != nil {
		t.Fatal(err)
	}
	f := &Frozen{config: o.config}
	if s.Engine() == "sqlite" {
		var err error
		if f.content, err = os.ReadFile(o.config.DSN); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// Thaw opens a copy. It is closed when the test ends, or by Close.
func (f *Frozen) Thaw(t testing.TB) *store.Store {
	t.Helper()
	c := f.config
	if f.content == nil {
		template, err := nameIn(c.DSN)
		if err != nil {
			t.Fatal(err)
		}
		c.DSN = fresh(t, template)
		return open(t, c)
	}
	c.DSN = filepath.Join(t.TempDir(), "gatehouse.db")
	if err := os.WriteFile(c.DSN, f.content, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, c)
}

// Close closes a store before its test ends.
func Close(t testing.TB, s *store.Store) {
	t.Helper()
	if err := openingOf(t, s).close(); err != nil {
		t.Fatal(err)
	}
}

// A Watch tells what is written to a store's database, whoever writes it.
type Watch struct {
	t      testing.TB
	db     *sql.DB
	sqlite bool
	except []string
	tables []string
	moment string              // changes with every commit that wrote something
	rows   map[string][]string // by table, sorted
	first  map[string][]string // rows as they were in the beginning
}

// NewWatch begins to watch. except names tables and columns ("sessions.seen_at") that may change without a word.
func NewWatch(t testing.TB, s *store.Store, except ...string) *Watch {
	t.Helper()
	w := &Watch{t: t, db: beside(t, s), sqlite: s.Engine() == "sqlite", except: except}
	t.Cleanup(w.end)
	tables := "select table_name from information_schema.tables where table_schema = 'public'"
	if w.sqlite {
		tables = "select name from sqlite_master where type = 'table' and sql not like 'create virtual%' and name not like 'sqlite_%' and name not like '%!_fts%' escape '!'"
	}
	for _, row := range w.read(tables, nil) {
		if name := row[0]; !slices.Contains(except, name) {
			w.tables = append(w.tables, name)
		}
	}
	if len(w.tables) == 0 {
		t.Fatal("there are no tables to watch")
	}
	w.moment, w.rows = w.now(), w.all()
	w.first = w.rows
	return w
}

// On is the same watch over another copy of what this one began with. It does not read it all again.
func (w *Watch) On(s *store.Store) *Watch {
	w.t.Helper()
	n := *w
	n.db = beside(w.t, s)
	w.t.Cleanup(n.end)
	n.moment, n.rows = n.now(), w.first
	return &n
}

// Written reports whether anything was committed since Changes was asked last, excepted or not. It costs next to nothing.
func (w *Watch) Written() bool { return w.now() != w.moment }

func (w *Watch) end() {
	if w.db != nil {
		end(w.t, w.db)
		w.db = nil
	}
}

// Stop ends the watch before its test ends.
func (w *Watch) Stop() { w.end() }

// Changes says what has been written since it was asked last, one line for each row; nothing when nothing was.
func (w *Watch) Changes() []string {
	w.t.Helper()
	if !w.Written() {
		return nil
	}
	now, rows := w.now(), w.all()
	var out []string
	for _, table := range w.tables {
		out = append(out, missing("- "+table, w.rows[table], rows[table])...)
		out = append(out, missing("+ "+table, rows[table], w.rows[table])...)
	}
	w.moment, w.rows = now, rows
	return out
}

// missing lists what a has and b has not; both are sorted.
func missing(mark string, a, b []string) []string {
	var out []string
	for _, row := range a {
		if _, there := slices.BinarySearch(b, row); !there {
			out = append(out, mark+": "+row)
		}
	}
	return out
}

// now names the database's moment: on SQLite the counter of what other connections have committed, on PostgreSQL the
// next transaction id, which only those that write take.
func (w *Watch) now() string {
	statement := "select pg_snapshot_xmax(pg_current_snapshot())::text"
	if w.sqlite {
		statement = "pragma data_version"
	}
	return w.read(statement, nil)[0][0]
}

func (w *Watch) all() map[string][]string {
	out := map[string][]string{}
	for _, table := range w.tables {
		var lines []string
		for _, row := range w.read("select * from "+table, func(column string) bool { return slices.Contains(w.except, table+"."+column) }) {
			lines = append(lines, strings.Join(row, " | "))
		}
		slices.Sort(lines)
		out[table] = lines
	}
	return out
}

// read reads rows as texts; columns that skip names are left out, and long values are told by their hash.
func (w *Watch) read(statement string, skip func(string) bool) (out [][]string) {
	w.t.Helper()
	rows, err := w.db.QueryContext(w.t.Context(), statement)
	if err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			w.t.Error(err)
		}
	}()
	columns, err := rows.Columns()
	if err != nil {
		w.t.Fatal(err)
	}
	into, values := make([]any, len(columns)), make([]any, len(columns))
	for i := range into {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			w.t.Fatal(err)
		}
		var row []string
		for i, v := range values {
			if skip != nil && skip(columns[i]) {
				continue
			}
			text := fmt.Sprint(v)
			if len(text) > 200 {
				text = fmt.Sprintf("%.60s… %x", text, sha256.Sum256([]byte(text)))
			}
			row = append(row, text)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
	return out
}

// Rows is all that stands in a table, one line for each row, long values whole.
func Rows(t testing.TB, s *store.Store, table string) []string {
	t.Helper()
	db := beside(t, s)
	defer end(t, db)
	rows, err := db.QueryContext(t.Context(), "select * from "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	into, values := make([]any, len(columns)), make([]any, len(columns))
	for i := range into {
		into[i] = &values[i]
	}
	var out []string
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(values...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Saying lists what stands in any table of a store's database and holds one of some words: the table and the row.
func Saying(t testing.TB, s *store.Store, words ...string) (out []string) {
	t.Helper()
	w := NewWatch(t, s)
	defer w.Stop()
	for _, table := range w.tables {
		for _, row := range Rows(t, s, table) {
			if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(row, word) }) {
				out = append(out, table+": "+row)
			}
		}
	}
	return out
}
