package store_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// administratorQueries are filters of Admin & Technicians, and whom each leaves of the whole list.
func administratorQueries(h house) map[*store.Query]func(domain.Membership) bool {
	out := map[*store.Query]func(domain.Membership) bool{}
	for _, roles := range [][]domain.RoleID{
		{domain.RoleObserver}, {domain.RoleOperator}, {domain.RolePartnerAdmin, domain.RoleObserver}, {domain.RoleMaster}, {"nothing"}, {domain.RoleOperator, "nothing"},
	} {
		out[&store.Query{Roles: roles}] = func(m domain.Membership) bool { return slices.Contains(roles, m.Role) }
	}
	for _, states := range [][]domain.State{
		{domain.StatePending},
		{domain.StateExpired},
		{domain.StateRevoked},
		{domain.StateDeclined},
		{domain.StateAccepted},
		{domain.StateRevoked, domain.StateExpired},
		{domain.StatePending, domain.StateAccepted},
	} {
		in := func(m domain.Membership) bool {
			state := m.State(h.clock.Now())
			if !m.AcceptedAt.IsZero() {
				state = domain.StateAccepted
			}
			return slices.Contains(states, state)
		}
		out[&store.Query{States: states}] = in
		out[&store.Query{States: states, Roles: []domain.RoleID{domain.RoleOperator}, Search: "crew"}] = func(m domain.Membership) bool {
			return in(m) && m.Role == domain.RoleOperator && m.FirstName == "Crew"
		}
	}
	return out
}

// Each filter leaves those of the whole list whom it should, in its order, however the list is read.
func TestAdministratorListsAgreeInEveryWay(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouseAlone(t, engine)
			nora := h.at(store.Nora, store.Northgate)
			storetest.FillAdministrators(t, h.Store, nora.Account, 300)
			list := func(q store.Query) (found []domain.Membership) {
				for q.Limit = 40; ; {
					page, err := h.Administrators(h.ctx(), nora, q)
					must(t, err)
					found = append(found, page.Rows...)
					if q.After = page.Next; q.After == "" {
						return found
					}
				}
			}
			for i, sort := range []string{"level", "-level", "-name", "email", "sign-in", "-sign-in"} {
				all := list(store.Query{Paging: store.Paging{Sort: sort}})
				for q, in := range administratorQueries(h) {
					var want []string
					for _, m := range all {
						if in(m) {
							want = append(want, m.ID)
						}
					}
					h.SetFewest(1 + 999*(i%2))
					q.Sort = sort
					if got := ids(list(*q)); !slices.Equal(got, want) {
						t.Errorf("%+v: %d are listed, not the %d of the whole list", *q, len(got), len(want))
					}
				}
			}
		})
	}
}

// A page of the list costs the same wherever it is and whatever was asked for: it begins at its cursor, those of a role at
// their level, and offers are not looked for among all who are in. On PostgreSQL the rows are counted that are read.
func TestAdministratorListsPassByFew(t *testing.T) {
	for engine, size := range map[string]int{"sqlite": 300, "postgres": 8_000} {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			nora := h.at(store.Nora, store.Northgate)
			storetest.FillAdministrators(t, h.Store, nora.Account, size)
			h.SetFewest(100)
			for _, sort := range []string{"level", "-level", "name", "-email", "sign-in"} {
				middle := ""
				for range size / 2 / store.MaxPageSize {
					page, err := h.Administrators(h.ctx(), nora, store.Query{Paging: store.Paging{Sort: sort, After: middle, Limit: store.MaxPageSize}})
					must(t, err)
					middle = page.Next
				}
				all := []store.Query{{}, {Roles: []domain.RoleID{domain.RoleOperator}}}
				for _, state := range []domain.State{domain.StatePending, domain.StateExpired, domain.StateRevoked, domain.StateDeclined} {
					all = append(all, store.Query{States: []domain.State{state}})
				}
				for _, q := range all {
					heard := e.listen(func() {
						for _, p := range []store.Paging{{}, {After: middle}, {Before: middle}} {
							q.Paging = p
							q.Sort, q.Limit = sort, 2
							_, err := h.Administrators(h.ctx(), nora, q)
							must(t, err)
						}
					})
					offers := ""
					for sql, args := range heard {
						storetest.NoScan(t, h.Store, sql, args, "memberships", "users")
						passesByFew(h, sort, sql, args)
						beginsAtItsCursor(h, sql, args)
						if engine == "sqlite" {
							offers += storetest.Plan(t, h.Store, sql, args)
						}
					}
					if q.States != nil && q.States[0] != domain.StateDeclined && engine == "sqlite" && !strings.Contains(offers, "INDEX memberships_offered_") {
						t.Errorf("%v by %s are looked for among all:\n%s", q.States, sort, offers)
					}
				}
			}
		})
	}
}

// beyond is where a page begins: a row's place.
var beyond = regexp.MustCompile(`\([mp]\.(\w+), [mp]\.(\w+)\) ([<>]) `)

// beginsAtItsCursor: what SQLite walks it begins to walk at the cursor, and not at another bound of the list, from where it
// would pass by all rows before the page.
func beginsAtItsCursor(h house, sql string, args []any) {
	h.t.Helper()
	if h.Engine() != "sqlite" || !strings.Contains(sql, "indexed by") || strings.HasPrefix(sql, "with") {
		return
	}
	for _, m := range beyond.FindAllStringSubmatch(sql, -1) {
		if plan := storetest.Plan(h.t, h.Store, sql, args); !strings.Contains(plan, fmt.Sprintf("(%s,%s)%s(?,?)", m[1], m[2], m[3])) {
			h.t.Errorf("begins elsewhere:\n%s\n%s", sql, plan)
		}
	}
}

// A bound that a list has of its own, on what it is sorted by, does not take the cursor's place.
func TestPagesBeginAtTheirCursor(t *testing.T) {
	e := &ear{}
	h := newHouse(t, "sqlite", func(c *store.Config) { c.Trace = e.hear })
	dana, nora := h.at(store.Dana, store.Brightwater), h.at(store.Nora, store.Northgate)
	long := h.clock.Now().AddDate(-20, 0, 0)
	site := siteOf(t, h.Store, dana, "HPT").ID
	for what, next := range map[string]func(store.Paging) (string, error){
		"people by their day": func(p store.Paging) (string, error) {
			p.Sort = "joined"
			page, err := h.Users(h.ctx(), dana, store.Query{Paging: p})
			return page.Next, err
		},
		"administrators by level": func(p store.Paging) (string, error) {
			page, err := h.Administrators(h.ctx(), nora, store.Query{Paging: p, Roles: []domain.RoleID{domain.RoleOperator, domain.RoleObserver}})
			return page.Next, err
		},
		"a period of the history": func(p store.Paging) (string, error) {
			p.Sort = "when"
			page, err := h.Activity(h.ctx(), dana, store.ActivityQuery{From: long, Paging: p})
			return page.Next, err
		},
		"a period of a site": func(p store.Paging) (string, error) {
			p.Sort = "when"
			page, err := h.Activity(h.ctx(), dana, store.ActivityQuery{From: long, Sites: []string{site}, Paging: p})
			return page.Next, err
		},
		"a period of the ledger": func(p store.Paging) (string, error) {
			p.Sort = "when"
			page, err := h.Credits(h.ctx(), nora, store.CreditQuery{Since: long, Paging: p})
			return page.Next, err
		},
	} {
		after, err := next(store.Paging{Limit: 1})
		must(t, err)
		pages := 0
		for sql, args := range e.listen(func() {
			_, err := next(store.Paging{Limit: 1, After: after})
			must(t, err)
		}) {
			pages += len(beyond.FindAllString(sql, -1))
			beginsAtItsCursor(h, sql, args)
		}
		if pages == 0 {
			t.Errorf("%s: there was no second page", what)
		}
	}
}
