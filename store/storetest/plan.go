package storetest

import (
	"regexp"
	"strings"
	"testing"

	"gatehouse/store"
)

// Plan is how the engine means to run a statement. PostgreSQL is asked to avoid reading whole tables, which it
// rightly prefers while they are small.
func Plan(t testing.TB, s *store.Store, sql string, args []any) string {
	t.Helper()
	plan, err := s.Explain(t.Context(), sql, args)
	if err != nil {
		t.Fatalf("explain %s: %v", sql, err)
	}
	return plan
}

// NoScan fails the test when the statement would read one of the tables from end to end, by itself or by one
// of its indexes.
func NoScan(t testing.TB, s *store.Store, sql string, args []any, tables ...string) {
	t.Helper()
	plan := Plan(t, s, sql, args)
	for _, table := range tables {
		if line := scan(s.Engine(), plan, sql, table); line != "" {
			t.Errorf("reads all of %s (%s):\n%s\n%s", table, line, sql, plan)
		}
	}
}

// scan is the plan's line that reads all of a table, "" when none does.
func scan(engine, plan, sql, table string) string {
	lines := strings.Split(plan, "\n")
	for i, line := range lines {
		if engine == "sqlite" {
			for _, name := range names(sql, table) {
				if walk := "SCAN " + name; line == walk || strings.HasPrefix(line, walk+" ") && !strings.Contains(line, "VIRTUAL TABLE") {
					return line
				}
			}
			continue
		}
		if regexp.MustCompile(`Seq Scan on ` + table + `\b`).MatchString(line) {
			return line
		}
		// An index scan with no condition below it walks the whole index.
		if regexp.MustCompile(`Index (Only )?Scan (Backward )?using \S+ on `+table+`\b`).MatchString(line) && !conditioned(lines[i:]) {
			return line
		}
	}
	return ""
}

// conditioned: the first node of these lines has a condition on its index. Its details stand deeper than it.
func conditioned(lines []string) bool {
	for _, l := range lines[1:] {
		if strings.Contains(l, "->") {
			return false
		}
		if strings.Contains(l, "Index Cond:") {
			return true
		}
	}
	return false
}

// names are what SQLite calls the table in the plan: itself and its aliases in the statement.
func names(sql, table string) []string {
	found := []string{table}
	for _, m := range regexp.MustCompile(`(?i)\b`+table+`\s+(?:as\s+)?(\w+)`).FindAllStringSubmatch(sql, -1) {
		found = append(found, m[1])
	}
	return found
}
