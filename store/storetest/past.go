package storetest

import (
	"database/sql"
	"fmt"
	"testing"

	"gatehouse/store"
)

// Past gives Brightwater a history of n more entries, as copies of one of the demo's, a minute apart and before all it has:
// of four topics, by fifty people, on five hundred things, one in a hundred at the first site by id. They are sealed nowhere.
// The rows are written past the store.
func Past(t testing.TB, s *store.Store, n int) {
	t.Helper()
	db := beside(t, s)
	defer end(t, db)
	numbers := fmt.Sprintf("with recursive s (n) as (select 1 union all select n + 1 from s where n < %d) select n from s", n)
	if s.Engine() == "postgres" {
		numbers = fmt.Sprintf("select n from generate_series(1, %d) as s (n)", n)
	}
	const number = "cast(n as text)"
	brightwater := "(select id from accounts where slug = '" + store.Brightwater + "')"
	entries := copied(t, db, "events", map[string]string{
		"id": "'past-' || " + number,
		// Asked once: PostgreSQL would pass by all it has written already for every row.
		"at":           "(select min(at) from events where account_id = " + brightwater + ") - cast(n as bigint) * 60000000",
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
	model := "e.id = (select min(id) from events where kind = 'invite.sent' and account_id = " + brightwater + ")"
	statements := []string{
		"insert into events " + entries + " from events e, (" + numbers + ") as many where " + model,
		"insert into event_sites (event_id, account_id, site_id, at) select m.id, m.account_id, (select min(s.id) from sites s where s.account_id = m.account_id and s.removed_at = 0), m.at from events m where m.id like 'past-%00'",
	}
	fill(t, s, db, "events_search", statements...)
}

// fill runs statements that write many rows. PostgreSQL builds the index of a search at once, which takes a tenth of the time,
// and cleans up, as it does by itself before long; SQLite keeps no statistics here, and gets room for its indexes.
func fill(t testing.TB, s *store.Store, db *sql.DB, search string, statements ...string) {
	t.Helper()
	if s.Engine() == "sqlite" {
		statements = append([]string{"pragma cache_size = -400000"}, statements...)
	} else {
		made := ""
		if err := db.QueryRowContext(t.Context(), "select indexdef from pg_indexes where indexname = $1", search).Scan(&made); err != nil {
			t.Fatal(err)
		}
		statements = append([]string{"drop index " + search}, statements...)
		statements = append(statements, made, "vacuum analyze")
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
