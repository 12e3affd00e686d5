package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatehouse/store"
)

// Crowd multiplies one of the demo's people: n more in Brightwater, "Number 1" to "Number n", of whom one in a hundred is
// at the account's first site, one in a thousand disabled, and one in four an open invite. The rows are written past the
// store, which would take minutes: nothing has the database open meanwhile.
func Crowd(t testing.TB, dsn string, n int) {
	t.Helper()
	driver, numbers := "sqlite", fmt.Sprintf("with recursive s (n) as (select 1 union all select n + 1 from s where n < %d) select n from s", n)
	if strings.HasPrefix(dsn, "postgres") {
		driver, numbers = "pgx", fmt.Sprintf("select n from generate_series(1, %d) as s (n)", n)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer end(t, db)
	db.SetMaxOpenConns(1)
	const number, open = "cast(n as text)", "n % 4 = 0"
	one := func(when, then, otherwise string) string {
		return "case when " + when + " then " + then + " else " + otherwise + " end"
	}
	people := copied(t, db, "memberships", map[string]string{
		"id":              "'crowd-' || " + number,
		"user_id":         "null",
		"email":           "'person' || " + number + " || '@brightwater.example'",
		"last_name":       "'Number ' || " + number,
		"name_key":        "'samuel number ' || " + number,
		"search_text":     "'samuel number ' || " + number + " || ' person' || " + number + " || '@brightwater.example'",
		"account_wide":    one("n % 100 = 0", "0", "1"),
		"sent_at":         "m.sent_at + n",
		"accepted_at":     one(open, "0", "m.accepted_at + n"),
		"expires_at":      one(open, "m.accepted_at + 100000000000000", "m.expires_at"), // three years on
		"suspended_at":    one("n % 1000 = 1", "m.accepted_at", "0"),
		"last_sign_in_at": one(open, "0", "m.last_sign_in_at + n"),
	})
	// The part of the list a grant is in stands beside it as a copy: read from the rows of the demo.
	grants := copied(t, db, "grants", map[string]string{
		"membership_id": "m.id",
		"site_id":       one("m.account_wide = 1", "''", "(select min(id) from sites where account_id = m.account_id)"),
		"part":          one("m.accepted_at = 0", "(select min(part) from grants x join memberships y on y.id = x.membership_id where y.email = '"+store.Noor+"')", "g.part"),
	})
	model := "m.email = '" + store.Samuel + "' and m.accepted_at > 0"
	statements := []string{
		"insert into memberships " + people + " from memberships m, (" + numbers + ") as many where " + model,
		"insert into grants " + grants + " from memberships m, grants g where m.id like 'crowd-%' and g.membership_id = (select m.id from memberships m where " + model + ")",
	}
	if driver == "pgx" {
		statements = append(statements, "vacuum analyze") // as it does by itself before long; SQLite keeps no statistics here
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// copied is the columns of a table and a select of them, all as they are but some. The table is m, or its first letter.
func copied(t testing.TB, db *sql.DB, table string, but map[string]string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "select * from "+table+" where 1 = 0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Error(err)
		}
	}()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, c := range columns {
		if v, ok := but[c]; ok {
			values = append(values, v)
			continue
		}
		values = append(values, table[:1]+"."+c)
	}
	return "(" + strings.Join(columns, ", ") + ") select " + strings.Join(values, ", ")
}

// Guests multiplies one of the guests of the demo's Brightwater, as Crowd does people: n more, "Number 1" to "Number n", of
// every workspace mode, of whom one in four has not answered, one in fifty is switched off and one in ten has an end.
func Guests(t testing.TB, dsn string, n int) {
	t.Helper()
	driver, numbers := "sqlite", fmt.Sprintf("with recursive s (n) as (select 1 union all select n + 1 from s where n < %d) select n from s", n)
	if strings.HasPrefix(dsn, "postgres") {
		driver, numbers = "pgx", fmt.Sprintf("select n from generate_series(1, %d) as s (n)", n)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer end(t, db)
	db.SetMaxOpenConns(1)
	const number = "cast(n as text)"
	rows := copied(t, db, "memberships", map[string]string{
		"id":              "'guest-' || " + number,
		"user_id":         "null",
		"email":           "'guest' || " + number + " || '@elsewhere.example'",
		"last_name":       "'Number ' || " + number,
		"name_key":        "'elias number ' || " + number,
		"search_text":     "'elias number ' || " + number + " || ' guest' || " + number + " || ' elsewhere example'",
		"workspace":       "case n % 3 when 0 then 'devices' when 1 then 'groups' else m.workspace end",
		"accepted_at":     "case when n % 4 = 0 then 0 else m.accepted_at + n end",
		"expires_at":      "m.sent_at + 100000000000000 + n",
		"suspended_at":    "case when n % 50 = 1 then m.sent_at else 0 end",
		"ends_at":         "case when n % 10 = 3 then m.sent_at + n else 0 end",
		"end_told":        "case when n % 10 = 3 then m.sent_at + n else 0 end",
		"last_sign_in_at": "m.last_sign_in_at + n",
	})
	grants := copied(t, db, "grants", map[string]string{"membership_id": "m.id"})
	model := "m.email = '" + store.Elias + "' and m.kind = 'guest' and m.removed_at = 0 and m.accepted_at > 0 and m.account_id = (select id from accounts where slug = '" + store.Brightwater + "')"
	statements := []string{
		"insert into memberships " + rows + " from memberships m, (" + numbers + ") as many where " + model,
		"insert into grants " + grants + " from memberships m, grants g where m.id like 'guest-%' and g.membership_id = (select m.id from memberships m where " + model + ")",
	}
	if driver == "pgx" {
		statements = append(statements, "vacuum analyze")
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
