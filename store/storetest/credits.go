package storetest

import (
	"fmt"
	"testing"

	"gatehouse/store"
)

// Credits makes the ledger of a demo's partner n entries longer: over and over 100 credits are added, 60 and 40 allocated to
// the site of the last entry and 20 taken back between. The rows are written past the store, which would take hours.
func Credits(t testing.TB, s *store.Store, account string, n int) {
	t.Helper()
	db := beside(t, s)
	defer end(t, db)
	numbers := fmt.Sprintf("with recursive s (n) as (select 1 union all select n + 1 from s where n < %d) select n, (n - 1) / 4 as round, (n - 1) %% 4 as nth from s", n)
	if s.Engine() == "postgres" {
		numbers = fmt.Sprintf("select n, (n - 1) / 4 as round, (n - 1) %% 4 as nth from generate_series(1, %d) as s (n)", n)
	}
	const (
		allocated = "100 * round + case when nth >= 3 then 100 when nth >= 1 then 60 else 0 end"
		returned  = "20 * round + case when nth >= 2 then 20 else 0 end"
		number    = "cast(n as text)"
	)
	own := func(column string) string { return "case when nth = 0 then '' else " + column + " end" }
	rows := copied(t, db, "credit_entries", map[string]string{
		"id": "'credit-' || " + number, "seq": "c.seq + n", "at": "c.at + n", "kind": "case nth when 0 then 'added' when 2 then 'returned' else 'allocated' end",
		"credits": "case nth when 0 then 100 when 1 then 60 when 2 then 20 else 40 end",
		"added":   "c.added + 100 * (round + 1)", "allocated": "c.allocated + " + allocated, "returned": "c.returned + " + returned,
		"available":    "c.available + 100 * (round + 1) - (" + allocated + ") + " + returned,
		"site_credits": "case when nth = 0 then 0 else c.site_credits + " + allocated + " - (" + returned + ") end",
		"site_id":      own("c.site_id"), "site_name": own("c.site_name"), "customer_id": own("c.customer_id"), "customer_name": own("c.customer_name"),
		"reference": "case when nth = 0 then 'Order ' || " + number + " else '' end", "once": "'crowd'", "line": "n",
		"search_text": "case when nth = 0 then 'order ' || " + number + " || ' devon ashby' else c.search_text end",
	})
	last := "account_id = '" + account + "' and seq = (select max(seq) from credit_entries where account_id = '" + account + "')"
	statements := []string{
		"insert into credit_entries " + rows + " from credit_entries c, (" + numbers + ") as many where c." + last,
		"update credit_ledgers set (seq, at, added, allocated, returned) = (select seq, at, added, allocated, returned from credit_entries where " + last + ") where account_id = '" + account + "'",
		"update credit_sites set credits = e.site_credits from credit_entries e where e.site_id = credit_sites.site_id and e." + last + "",
	}
	fill(t, s, db, "credit_entries_search", statements...)
}
