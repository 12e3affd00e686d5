package storetest

import (
	"strconv"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// FillAdministrators gives the demo's Northgate n more administrators, "Crew 1000001" and on: of three roles by turns, one
// in four an offer that is open, of which one in ten has expired, and one in forty an offer that was revoked.
func FillAdministrators(t testing.TB, s *store.Store, partner domain.Account, n int) {
	t.Helper()
	db := beside(t, s)
	defer end(t, db)
	const (
		number = "cast(1000000 + n as text)"
		by     = "case n % 3 when 0 then "
	)
	offered := func(then, otherwise string) string {
		return "case when n % 4 = 0 then " + then + " else " + otherwise + " end"
	}
	rows := copied(t, db, "memberships", map[string]string{
		"id": "'crew-' || " + number, "user_id": "null",
		"first_name": "'Crew'", "last_name": number, "email": "'crew' || " + number + " || '@northgate.example'",
		"name_key": "'crew ' || " + number, "search_text": "'crew ' || " + number + " || ' crew' || " + number + " || '@northgate.example'",
		"role":            by + "'partner-admin' when 1 then 'operator' else 'observer' end",
		"level":           by + "2 when 1 then 3 else 4 end",
		"sent_at":         "m.sent_at + n",
		"accepted_at":     offered("0", "m.accepted_at + n"),
		"expires_at":      "case when n % 40 = 8 then m.sent_at + n else m.accepted_at + 100000000000000 end",
		"revoked_at":      "case when n % 40 = 4 then m.sent_at + n else 0 end",
		"last_sign_in_at": offered("0", "m.last_sign_in_at + n"),
	})
	// The part of the list a grant is in stands beside it as a copy: read from the rows of the demo.
	grants := copied(t, db, "grants", map[string]string{
		"membership_id": "m.id",
		"part":          "case when m.accepted_at > 0 then g.part else (select min(part) from grants x join memberships y on y.id = x.membership_id where y.email = 'hank.dorsey@northgate.example') end",
	})
	model := "m.email = 'abel.winslow@northgate.example' and m.accepted_at > 0 and m.account_id = '" + partner.ID + "'"
	statements := []string{
		"insert into memberships " + rows + " from memberships m, (with recursive s (n) as (select 1 union all select n + 1 from s where n < " + strconv.Itoa(n) + ") select n from s) as many where " + model,
		"insert into grants " + grants + " from memberships m, grants g where m.id like 'crew-%' and g.membership_id = (select m.id from memberships m where " + model + ")",
	}
	fill(t, s, db, "memberships_search", statements...)
}
