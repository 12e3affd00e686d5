package store_test

import (
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
				must(t, h.allocate(h.site(store.Brightwater, "HPT"), 5))
				must(t, h.takeBack(h.site(store.Brightwater, "HPT"), 5))
				if err := h.allocate(h.site(store.Brightwater, "HPT"), 1_000_000); problem(err, "amount") != "credits_short" {
					t.Error(err)
				}
			}) {
				verb, _, _ := strings.Cut(sql, " ")
				if verb == "select" || verb == "with" || verb == "update" {
					heard++
					storetest.NoScan(t, h.Store, sql, args, "credit_entries")
				}
			}
			if heard < 20 {
				t.Errorf("%d statements were heard", heard)
			}
		})
	}
}
