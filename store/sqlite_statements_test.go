package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestStatementsAreKept: a connection answers from kept statements as from new ones, whatever happened to them before.
// PostgreSQL's driver keeps its own.
func TestStatementsAreKept(t *testing.T) {
	ctx := context.Background()
	db := openFile(filepath.Join(t.TempDir(), "kept.db"), "_txlock=immediate", 1)
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	run := func(text string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(ctx, text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	number := func(text string, args ...any) (n int) {
		t.Helper()
		if err := db.QueryRowContext(ctx, text, args...).Scan(&n); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return n
	}
	run("create table things (id integer primary key, name text unique)")
	for i := range 5 {
		run("insert into things (name) values ($1)", fmt.Sprint("thing ", i))
	}

	// What it is given is forgotten afterwards.
	for want, name := range map[int]string{1: "thing 0", 4: "thing 3", 0: "nothing"} {
		if n := number("select coalesce(max(id), 0) from things where name = $1", name); n != want {
			t.Errorf("%s is %d, want %d", name, n, want)
		}
	}

	// The same question inside the rows of itself.
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	const things = "select id from things order by id"
	pairs := 0
	each(t, tx, things, func() { each(t, tx, things, func() { pairs++ }) })
	if pairs != 25 {
		t.Errorf("%d pairs", pairs)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}

	// One that failed and one that was given up do their work the next time.
	if _, err := db.ExecContext(ctx, "insert into things (name) values ($1)", "thing 0"); err == nil {
		t.Error("a second thing of one name")
	}
	run("insert into things (name) values ($1)", "thing 5")
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := db.QueryRowContext(gone, things).Scan(new(int)); err == nil {
		t.Error("an answer to somebody who left")
	}
	if n := number("select count(*) from things"); n != 6 {
		t.Errorf("%d things", n)
	}

	// A changed table is asked anew, and more texts than are kept are answered all the same.
	run("alter table things add column size integer not null default 7")
	if n := number("select size from things where id = 1"); n != 7 {
		t.Errorf("a size of %d", n)
	}
	run("alter table things drop column size")
	if err := db.QueryRowContext(ctx, "select size from things where id = 1").Scan(new(int)); err == nil {
		t.Error("the size of a thing that has none any more")
	}
	for round := range 2 {
		for i := range mostKept + 10 {
			if n := number(fmt.Sprint("select ", i)); n != i {
				t.Errorf("round %d: %d for %d", round, n, i)
			}
		}
	}

	// No more are kept than said, and none that is long.
	if n := number("select 3 -- " + strings.Repeat("long ", longestKept)); n != 3 {
		t.Errorf("%d for 3", n)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = conn.Raw(func(raw any) error {
		kept := raw.(*keptConn).kept
		if len(kept) != mostKept || slices.ContainsFunc(kept, func(k keptStmt) bool { return len(k.text) > longestKept }) {
			t.Errorf("%d are kept", len(kept))
		}
		return nil
	})
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Error(err)
	}
}

// each runs do beside every open row.
func each(t *testing.T, tx *sql.Tx, text string, do func()) {
	t.Helper()
	rows, err := tx.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Error(err)
		}
	}()
	for rows.Next() {
		do()
	}
}
