package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"gatehouse/store"
)

// Past gives Brightwater a history of n more entries, as copies of one of the demo's, a minute apart: of four topics, by
// fifty people, on five hundred things, one in a hundred at its first site. They are sealed nowhere. The rows are written
// past the store: nothing has the database open meanwhile.
func Past(t testing.TB, dsn string, n int) {
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
	entries := copied(t, db, "events", map[string]string{
		"id":           "'past-' || " + number,
		"at":           "e.at - cast(n as bigint) * 60000000",
		"actor_id":     "'past ' || cast(n % 50 as text)",
		"actor_name":   "'Person ' || cast(n % 50 as text)",
		"subject_id":   "'thing ' || cast(n % 500 as text)",
		"subject_name": "'Thing ' || cast(n % 500 as text)",
		"search_text":  "'person ' || cast(n % 50 as text) || ' thing ' || cast(n % 500 as text) || ' 192.0.2.1'",
		"seq":          "0",
		"prev_hash":    "''",
		"hash":         "''",
		"topic":        "case n % 4 when 0 then 'access' when 1 then 'invites' when 2 then 'sign-in' else 'sites' end",
	})
	brightwater := "(select id from accounts where slug = '" + store.Brightwater + "')"
	model := "e.id = (select min(id) from events where kind = 'invite.sent' and account_id = " + brightwater + ")"
	statements := []string{
		"insert into events " + entries + " from events e, (" + numbers + ") as many where " + model,
		"insert into event_sites (event_id, account_id, site_id) select m.id, m.account_id, (select min(s.id) from sites s where s.account_id = m.account_id) from events m where m.id like 'past-%00'",
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
