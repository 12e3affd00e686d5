package store

import (
	"context"
	"fmt"

	"gatehouse/domain"
)

// CheckCredits goes through a ledger from its beginning and says where it contradicts itself, empty when nowhere: numbers
// without a gap, each balance the one before with the entry's credits, never below zero, and what sites have.
func (s *Store) CheckCredits(ctx context.Context, account string) (wrong []string, err error) {
	f := creditFilter{store: s, account: account}
	l := prepare(s, s.read, creditList, "when", f.base, nil)
	var was domain.Ledger
	sites := map[string]int64{}
	err = l.each(ctx, func(e domain.CreditEntry) error {
		want := was
		want.Entries, want.At = want.Entries+1, e.After.At
		switch e.Kind {
		case domain.CreditAdded:
			want.Added += e.Credits
		case domain.CreditAllocated:
			want.Allocated += e.Credits
			sites[e.Site.ID] += e.Credits
		case domain.CreditReturned:
			want.Returned += e.Credits
			sites[e.Site.ID] -= e.Credits
		}
		moved := e.Kind == domain.CreditAllocated || e.Kind == domain.CreditReturned
		if e.After != want || e.After.At.Before(was.At) || e.After.Available() < 0 || e.After.AtSites() < 0 || moved && (sites[e.Site.ID] < 0 || e.Site.Credits != sites[e.Site.ID]) {
			wrong = append(wrong, fmt.Sprintf("entry %d: %+v after %+v", e.After.Entries, e, was))
		}
		was = e.After
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("check a ledger: %w", err)
	}
	now, err := readLedger(ctx, s.read, account)
	if err != nil {
		return nil, err
	}
	if now != was {
		wrong = append(wrong, fmt.Sprintf("the ledger stands at %+v, its last entry at %+v", now, was))
	}
	type holding struct {
		site    string
		credits int64
	}
	held, err := all(ctx, s.read, func(row scanner) (h holding, err error) { return h, row.Scan(&h.site, &h.credits) },
		"select site_id, credits from credit_sites where account_id = $1", account)
	for _, h := range held {
		if sites[h.site] != h.credits {
			wrong = append(wrong, fmt.Sprintf("site %s has %d, its entries come to %d", h.site, h.credits, sites[h.site]))
		}
		delete(sites, h.site)
	}
	for site := range sites {
		wrong = append(wrong, "site "+site+" has entries and no row")
	}
	return wrong, wrap(err, "check what sites have")
}
