package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/store"
)

// twinned are the tables that a company's rows stand in, in the order in which they refer to each other, with the rows
// that are copied.
var twinned = []struct{ table, of string }{
	{"accounts", "id = $1"},
	{"users", "id in (select user_id from memberships where account_id = $1)"},
	{"sites", "account_id = $1"},
	{"groups", "account_id = $1"},
	{"devices", "account_id = $1"},
	{"roles", "account_id = $1"},
	{"memberships", "account_id = $1"},
	{"grants", "account_id = $1"},
	{"invite_links", "membership_id in (select id from memberships where account_id = $1)"},
}

// keys are columns with ids.
var keys = []string{"id", "account_id", "user_id", "site_id", "group_id", "device_id", "membership_id", "invited_by"}

// buried are the tables whose rows are marked when they are removed, with what a removed row has lost besides.
var buried = []struct {
	table string
	lost  map[string]string
}{
	{"sites", map[string]string{"groups": "0", "devices": "0"}},
	{"groups", map[string]string{"devices": "0"}},
	{"devices", nil},
	{"memberships", map[string]string{"inviter_name": "''"}}, // it is forgotten with who has invited
}

// unlike says what else is different in a twin: what may stand there only once, and what the worker would find due.
var unlike = map[string]string{
	"slug": "'twin'", "email": "'twin.' || email", "serial": "'TW' || serial", "hash": "'twin' || substr(hash, 1, 40)",
	"partner_id": "null", // whose accounts have different names
	"expires_at": "9000000000000000", "remind_at": "0", "end_told": "ends_at",
}

// belongings are what its people have, each one of a kind, with ids before all others.
var belongings = []string{
	`insert into sessions (hash, user_id, data, created_at, seen_at, expires_at, place, agent)
		select 'twin' || id, id, '{}', created_at, 9000000000000000, 9000000000000000, '192.0.2.0/24', 'twin' from users where id like '00%'`,
	"insert into known_devices (hash, user_id, created_at) select 'twin' || id, id, created_at from users where id like '00%'",
	`insert into authenticators (user_id, secret, created_at, confirmed_at, last_step)
		select id, 'twin', 9000000000000000, case when id < (select max(id) from users where id like '00%') then 1 else 0 end, 0 from users where id like '00%'`,
	"insert into recovery_codes (hash, user_id, created_at, used_at) select 'twin' || id, id, created_at, 0 from users where id like '00%'",
	`insert into passkeys (id, user_id, name, hash, credential, created_at, used_at)
		select id, id, 'twin', 'twin' || id, '{}', created_at, 0 from users where id like '00%'`,
	`insert into imports (id, account_id, created_by, file_name, created_at, confirmed_at, confirmed_by, confirmed_from, finished_at, total, good, done, failed, lease_until, kind, site_id)
		select '00' || id, account_id, user_id, 'twin.csv', 1, 1, user_id, '', 0, 2, 2, 0, 0, 9000000000000000, 'invites', '' from memberships where id = (select min(id) from memberships where id like '00%' and kind = 'user' and role = 'admin' and accepted_at > 0 and user_id is not null)`,
	"insert into import_rows (import_id, line, draft_json, problems_json, made_id, done_at) select id, 2, '{}', '', '', 0 from imports where id like '00%'",
	`insert into deliveries (id, account_id, kind, membership_id, generation, token_id, user_id, recipient, language, created_at, next_at, attempts, lease_until, leased_by, sent_at, failed_at, error, about)
		select id, '', 'reset', '', 0, id, id, email, language, 1, 9000000000000000, 1, 9000000000000000, 'twin', 0, 0, '', '' from users where id like '00%'`,
	`insert into tokens (id, purpose, user_id, hash, created_at, expires_at, used_at)
		select id, 'reset', id, 'twin' || id, created_at, 9000000000000000, 0 from users where id like '00%'`,
}

// OpenDemoTwin is OpenDemo with a twin of a company: another one with the same sites, groups, devices, roles, people and
// invites, whose ids come before all others. What a statement takes or changes for lack of one of its conditions is then
// the twin's as well, and the test that asked for it sees too much, or fails when it ends: nothing of the twin may have
// changed.
func OpenDemoTwin(t testing.TB, engine, slug string, with ...func(*store.Config)) *store.Store {
	t.Helper()
	s := openDemo(t, engine, slug, with...)
	db := beside(t, s)
	defer end(t, db)
	// A process that opens a SQLite file takes up what the last one had claimed (CRASH-02).
	for _, table := range []string{"imports", "deliveries"} {
		if _, err := db.ExecContext(t.Context(), "update "+table+" set lease_until = 9000000000000000 where id like '00%' and lease_until = 0"); err != nil {
			t.Fatal(err)
		}
	}
	before := twins(t, db)
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		db := beside(t, s)
		defer end(t, db)
		for table, rows := range twins(t, db) {
			for _, gone := range missing("- "+table, before[table], rows) {
				t.Errorf("changed in a company that has nothing to do with it: %s", gone)
			}
		}
	})
	return s
}

// makeTwin writes the twin of a company, and what is removed.
func makeTwin(ctx context.Context, db *sql.DB, slug string) error {
	var account string
	if err := db.QueryRowContext(ctx, "select id from accounts where slug = $1", slug).Scan(&account); err != nil {
		return fmt.Errorf("%s has no twin: %w", slug, err)
	}
	for _, v := range twinned {
		columns, err := columnsOf(ctx, db, v.table)
		if err != nil {
			return err
		}
		values := slices.Clone(columns)
		for i, c := range columns {
			if slices.Contains(keys, c) {
				values[i] = "case when length(" + c + ") = 36 then '00' || substr(" + c + ", 3) else " + c + " end"
			} else if other, ok := unlike[c]; ok {
				values[i] = other
			}
		}
		statement := "insert into " + v.table + " (" + strings.Join(columns, ", ") + ") select " + strings.Join(values, ", ") + " from " + v.table + " where " + v.of
		if _, err := db.ExecContext(ctx, statement, account); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	for _, statement := range belongings {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return bury(ctx, db)
}

// bury makes a removed copy of each site, group, device, person's place and invite, with an id before that of what is
// there: a statement that does not ask whether something is removed takes or changes these as well.
func bury(ctx context.Context, db *sql.DB) error {
	for _, v := range buried {
		columns, err := columnsOf(ctx, db, v.table)
		if err != nil {
			return err
		}
		values := slices.Clone(columns)
		for i, c := range columns {
			switch lost, ok := v.lost[c]; {
			case ok:
				values[i] = lost
			case c == "id":
				values[i] = "'010' || substr(id, 4)"
			case c == "removed_at":
				values[i] = "1"
			}
		}
		statement := "insert into " + v.table + " (" + strings.Join(columns, ", ") + ") select " + strings.Join(values, ", ") + " from " + v.table + " where removed_at = 0 and id not like '00%'"
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func columnsOf(ctx context.Context, db *sql.DB, table string) (columns []string, err error) {
	rows, err := db.QueryContext(ctx, "select * from "+table+" limit 0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err = rows.Columns()
	return columns, errors.Join(err, rows.Err())
}

// twins are the rows of the twin, by table, sorted.
func twins(t testing.TB, db *sql.DB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for table, key := range map[string]string{
		"accounts": "id", "users": "id", "sites": "id", "groups": "id", "devices": "id", "roles": "id", "memberships": "id", "grants": "membership_id",
		"invite_links": "membership_id", "sessions": "user_id", "known_devices": "user_id", "tokens": "user_id", "authenticators": "user_id",
		"recovery_codes": "user_id", "passkeys": "user_id", "imports": "id", "import_rows": "import_id", "deliveries": "id",
	} {
		out[table] = lines(t, db, "select * from "+table+" where "+key+" like '00%' or "+key+" like '010%'")
	}
	return out
}

// lines are the rows of a statement as texts, sorted. It may be asked when the test has ended.
func lines(t testing.TB, db *sql.DB, statement string) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(context.WithoutCancel(t.Context()), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, rows)
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	into, values := make([]any, len(columns)), make([]any, len(columns))
	for i := range into {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(values...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func shut(t testing.TB, rows *sql.Rows) {
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
}

// TwinID is the id that a row's twin has.
func TwinID(id string) string { return "00" + id[min(2, len(id)):] }
