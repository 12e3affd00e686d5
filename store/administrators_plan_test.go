package store_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// The administrators of some roles are those of the whole list who have them, in its order, and a page of them by level
// begins at their levels: it reads nobody above.
func TestAdministratorsOfARoleAreReadAlone(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			nora := h.at(store.Nora, store.Northgate)
			storetest.FillAdministrators(t, h.Store, nora.Account, 300)
			list := func(q store.Query) (found []domain.Membership) {
				q.Limit = 60
				for {
					page, err := h.Administrators(h.ctx(), nora, q)
					must(t, err)
					found = append(found, page.Rows...)
					if q.After = page.Next; q.After == "" {
						return found
					}
				}
			}
			h.SetFewest(1)
			for _, sort := range []string{"level", "-level", "name"} {
				all := list(store.Query{Paging: store.Paging{Sort: sort}})
				for _, roles := range [][]domain.RoleID{
					{domain.RoleObserver}, {domain.RoleOperator}, {domain.RolePartnerAdmin, domain.RoleObserver}, {domain.RoleMaster}, {"nothing"}, {domain.RoleOperator, "nothing"},
				} {
					var want, got []string
					for _, m := range all {
						if slices.Contains(roles, m.Role) {
							want = append(want, m.ID)
						}
					}
					heard := e.listen(func() {
						for _, m := range list(store.Query{Roles: roles, Paging: store.Paging{Sort: sort}}) {
							got = append(got, m.ID)
						}
					})
					if !slices.Equal(got, want) {
						t.Errorf("%v by %s: %d are listed, not the %d of the whole list", roles, sort, len(got), len(want))
					}
					if engine == "postgres" || sort == "name" || len(roles) > 1 || roles[0] == "nothing" || roles[0] == domain.RoleMaster { // two Masters are gathered
						continue
					}
					plans := ""
					for sql, args := range heard {
						plans += storetest.Plan(t, h.Store, sql, args) + "\n"
					}
					if !strings.Contains(plans, "memberships_level (account_id=? AND kind=? AND level>") {
						t.Errorf("%v by %s begins elsewhere:\n%s", roles, sort, plans)
					}
				}
			}
		})
	}
}
