package storetest

import "testing"

func TestScan(t *testing.T) {
	for _, c := range []struct {
		engine, plan, sql string
		want              bool
	}{
		{"sqlite", "SCAN m USING INDEX memberships_name", "select 1 from memberships as m", true},
		{"sqlite", "SCAN memberships", "select 1 from memberships", true},
		{"sqlite", "SEARCH m USING INDEX memberships_name (account_id=?)", "select 1 from memberships m", false},
		{"sqlite", "SCAN memberships_fts VIRTUAL TABLE INDEX 0:M2", "select 1 from memberships_fts", false},
		{"postgres", "Limit\n  ->  Seq Scan on memberships m\n        Filter: x", "", true},
		{"postgres", "Limit\n  ->  Index Scan using a on memberships m\n        Filter: x\n  ->  Index Scan using b on users\n        Index Cond: y", "", true},
		{"postgres", "Index Only Scan Backward using a on memberships\n  Index Cond: x", "", false},
		{"postgres", "Seq Scan on memberships_old", "", false},
	} {
		if got := scan(c.engine, c.plan, c.sql, "memberships") != ""; got != c.want {
			t.Errorf("%s: %q: scan %v", c.engine, c.plan, got)
		}
	}
}
