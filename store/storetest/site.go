package storetest

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
)

// FillSite puts n devices into a site as a large company's might lie there, worst for who looks for the last of them: they
// were registered group by group and named after their group, numbers tell the kind, a few are silent. Four tenths are in
// the first of the groups, three in the second, two in the last, and one in none. The database makes them itself: that
// takes seconds where a hundred thousand values would take minutes.
func FillSite(t testing.TB, s *store.Store, site domain.Site, groups []domain.Group, now time.Time, n int) {
	t.Helper()
	db := beside(t, s)
	defer end(t, db)
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	search := ""
	if s.Engine() == "postgres" { // built at once it takes a tenth of the time
		if err := db.QueryRowContext(t.Context(), "select indexdef from pg_indexes where indexname = 'devices_search'").Scan(&search); err != nil {
			t.Fatal(err)
		}
		exec("drop index devices_search")
	}
	first, second, last := groups[0].ID, groups[1].ID, groups[len(groups)-1].ID
	at := now.UnixMicro()
	exec(fmt.Sprintf(`with recursive n (i) as (select 1 union all select i + 1 from n where i < %[1]d),
		part (i, at, group_id, word) as (select i, i * 10 / (%[1]d + 1), case when i * 10 / (%[1]d + 1) < 4 then '%[2]s' when i * 10 / (%[1]d + 1) < 7 then '%[3]s'
			when i * 10 / (%[1]d + 1) < 9 then '%[4]s' else '' end, substr('abcdefghij', 1 + i * 10 / (%[1]d + 1), 1) || ' crowd ' || cast(1000000 + i as text) from n),
		made (i, group_id, label, number, kind, word) as (select i, group_id, word, cast(1000000 + i as text),
			case i %% 3 when 0 then 'panel' when 1 then 'meter' else 'sensor' end, case i %% 3 when 0 then 'pnl' when 1 then 'mtr' else 'sns' end from part)
		insert into devices (id, account_id, site_id, group_id, serial, kind, label, label_key, place_key, search_text, partitions, rssi,
			last_seen_at, created_at, removed_at, version)
		select '01999999-0000-7000-9000-0000' || cast(10000000 + i as text), $1, $2, group_id, 'GH-' || upper(word) || '-' || number, kind, label, label,
			case group_id when '' then 'z' else group_id end || ' ' || label, label || ' gh ' || word || ' ' || number, '', -50 - i %% 45,
			case when i %% 100 = 0 then 0 when i %% 40 = 0 then %[5]d - 86400000000 else %[5]d - 1000000 * (i %% 100) end, %[5]d - 100000000000 + i, 0, 1
		from made`, n, first, second, last, at), site.AccountID, site.ID)
	exec("update sites set devices = devices + $1 where id = $2", n, site.ID)
	exec("update accounts set devices = devices + $1 where id = $2", n, site.AccountID)
	for _, g := range []string{first, second, last} {
		exec("update groups set devices = (select count(*) from devices where group_id = $1) where id = $2", g, g)
	}
	if search != "" {
		exec(search)
		exec("vacuum analyze") // as it does by itself before long; SQLite keeps no statistics here
	}
}
