package store_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// No page, filter, figure or change of the ledger reads all of it, so a ledger of a million entries answers like a short one.
func TestCreditsScanNothing(t *testing.T) {
	for engine, size := range map[string]int{"sqlite": 400, "postgres": 3000} {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			nora := h.at(store.Nora, store.Northgate)
			storetest.Credits(t, h.Store, nora.Account.ID, size)
			if engine == "postgres" {
				must(t, h.Exec(h.ctx(), "analyze"))
			}
			queries := []store.CreditQuery{{}, {Search: "harbor"}, {Search: "order 2"}, {Search: "h"}, {Since: h.clock.Now().Add(-30 * 24 * time.Hour)}}
			for _, kind := range domain.CreditKinds {
				queries = append(queries, store.CreditQuery{Kinds: []domain.CreditKind{kind}},
					store.CreditQuery{Kinds: []domain.CreditKind{kind, domain.CreditAdded}, Since: h.clock.Now().Add(-60 * 24 * time.Hour)}, store.CreditQuery{Kinds: []domain.CreditKind{kind}, Search: "devon"})
			}
			harbor := h.site(store.Brightwater, "HPT")
			heard := 0
			for sql, args := range e.listen(func() {
				for _, q := range queries {
					for _, few := range []int{1, 1000} {
						h.SetFewest(few)
						for _, sort := range []string{"", "when"} {
							q.Paging = store.Paging{Sort: sort, Limit: 3}
							page, err := h.Credits(h.ctx(), nora, q)
							must(t, err)
							if q.After = page.Next; q.After != "" {
								_, err = h.Credits(h.ctx(), nora, q)
								must(t, err)
							}
						}
					}
				}
				_, err := h.CreditSums(h.ctx(), nora)
				must(t, err)
				must(t, h.addCredits(50))
				must(t, h.allocate(harbor, 5))
				must(t, h.takeBack(harbor, 5))
				if err := h.allocate(harbor, 1_000_000); problem(err, "amount") != "credits_short" {
					t.Error(err)
				}
			}) {
				verb, _, _ := strings.Cut(sql, " ")
				if verb == "select" || verb == "with" || verb == "update" {
					heard++
					storetest.NoScan(t, h.Store, sql, args, "credit_entries", "credit_sites", "sites")
				}
			}
			if heard < 20 {
				t.Errorf("%d statements were heard", heard)
			}
		})
	}
}

// The forms of the ledger read of a partner's sites what they show: those that have most in the order of an index, those
// that are chosen at once.
func TestCreditSitesScanNothing(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			nora := h.at(store.Nora, store.Northgate)
			const many = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 8000) "
			const own = "'crowd-' || cast(i as text)"
			must(t, h.Exec(h.ctx(), many+"insert into sites (id, account_id, name, name_key, code, address, time_zone, created_at, removed_at, partner_id, search_text) select "+own+
				", a.id, 'Site', 'site', 'C' || cast(i as text), '', 'UTC', 1, 0, a.partner_id, 'site c' || cast(i as text) || ' cobalt field' from n, accounts a where a.slug = 'cobalt'"))
			must(t, h.Exec(h.ctx(), many+"insert into sites (id, account_id, name, name_key, code, address, time_zone, created_at, removed_at, partner_id, search_text) select 'other-' || cast(i as text)"+
				", a.id, 'Site', 'site', 'C' || cast(i as text), '', 'UTC', 1, 0, a.partner_id, 'site c' || cast(i as text) || ' other' from n, accounts a where a.slug = 'larkspur'"))
			must(t, h.Exec(h.ctx(), many+"insert into credit_sites (account_id, site_id, credits) select a.id, "+own+", i % 7 from n, accounts a where a.slug = 'northgate'"))
			if engine == "postgres" {
				must(t, h.Exec(h.ctx(), "analyze"))
			}
			var ids []string
			for i := range 10 {
				ids = append(ids, "crowd-"+strconv.Itoa(i+1))
			}
			heard := e.listen(func() {
				_, err := h.CreditHolders(h.ctx(), nora, "", 20)
				must(t, err)
				sites, err := h.CreditSites(h.ctx(), nora, ids)
				if err != nil || len(sites) != len(ids) {
					t.Errorf("%d sites, %v", len(sites), err)
				}
			})
			if len(heard) != 2 {
				t.Errorf("%d statements were heard", len(heard))
			}
			for sql, args := range heard {
				storetest.NoScan(t, h.Store, sql, args, "credit_sites", "sites")
				if plan := storetest.Plan(t, h.Store, sql, args); strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort") {
					t.Errorf("sorts:\n%s\n%s", sql, plan)
				}
			}
			// What is typed is asked of the index of the search; a frequent word lets an index of the order be walked.
			for typed, want := range map[string]int{"": 20, "site": 20, "cobalt field": 20, "c4711": 1, "site c471": 11, "harbor": 1, "c": 20, "nothing such": 0} {
				for sql, args := range e.listen(func() {
					found, err := h.FindCreditSites(h.ctx(), nora, typed, 20)
					if err != nil || len(found) != want {
						t.Errorf("%q: %d sites, %v, want %d", typed, len(found), err, want)
					}
					_, err = h.CreditHolders(h.ctx(), nora, typed, 20)
					must(t, err)
				}) {
					storetest.NoScan(t, h.Store, sql, args, "credit_sites", "sites")
					if plan := storetest.Plan(t, h.Store, sql, args); typed == "" && (strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort")) {
						t.Errorf("sorts:\n%s\n%s", sql, plan)
					}
				}
			}
			if balance := e.listen(func() {
				_, err := h.CreditBalance(h.ctx(), nora)
				must(t, err)
			}); len(balance) != 1 {
				t.Errorf("the balance takes %d statements", len(balance))
			}
		})
	}
}
