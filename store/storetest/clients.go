package storetest

import (
	"fmt"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// FillClients gives a partner n more customer accounts, "Crowd 1000001 Works" and on: set up in another order than that of
// their names, every fortieth suspended, in two countries. The database makes them itself.
func FillClients(t testing.TB, s *store.Store, partner domain.Account, n int) {
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
		if err := db.QueryRowContext(t.Context(), "select indexdef from pg_indexes where indexname = 'accounts_search'").Scan(&search); err != nil {
			t.Fatal(err)
		}
		exec("drop index accounts_search")
	}
	at := partner.CreatedAt.UnixMicro()
	exec(fmt.Sprintf(`with recursive n (i) as (select 1 union all select i + 1 from n where i < %[1]d),
		made (i, number, made_at) as (select i, cast(1000000 + i as text), %[2]d + cast(1000000 as bigint) * (i * 7919 %% 100003) from n)
		insert into accounts (id, slug, name, kind, partner_id, country, invite_days, reminders, site_admins_invite, suspended_at, created_at,
			name_key, search_text, set_up_by, suspended_by)
		select '01999999-0000-7000-a000-0000' || cast(10000000 + i as text), 'crowd-' || number, 'Crowd ' || number || ' Works', 'customer', $1,
			case i %% 2 when 0 then 'US' else 'ES' end, 7, 1, 0, case when i %% 40 = 7 then made_at else 0 end, made_at,
			'crowd ' || number || ' works', 'crowd ' || number || ' works crowd-' || number, 'Some Operator', case when i %% 40 = 7 then 'Some Partner' else '' end
		from made`, n, at), partner.ID)
	if search != "" {
		exec(search)
		exec("vacuum analyze") // as it does by itself before long; SQLite keeps no statistics here
	}
}
