package store

import (
	"context"
	"fmt"
	"time"

	"gatehouse/domain"
)

// demoCredits is the ledger of the demo's partner.
type demoCredits struct {
	ledger  domain.Ledger
	sites   map[string]*domain.CreditSite // by code
	entries []domain.CreditEntry
}

// demoEntry is one change of that ledger.
type demoEntry struct {
	ago     time.Duration
	kind    domain.CreditKind
	credits int64
	at      string // code of a site, or the reference
	by      string
}

const (
	helga = "helga.stroud@northgate.example"
	lucia = "lucia.romano@northgate.example"
)

// thisMonth are the last entries; before them 70 credits are left.
var thisMonth = []demoEntry{
	{18*day + 3*time.Hour, domain.CreditAdded, 500, "Purchase order 2026-1102", helga},
	{13 * day, domain.CreditAllocated, 90, "SDH", Devon},
	{12*day - 3*time.Hour, domain.CreditReturned, 30, "PNT", lucia},
	{10*day + 3*time.Hour, domain.CreditAllocated, 18, "NLG", Devon},
	{7*day + time.Hour, domain.CreditAllocated, 120, "ESP", lucia},
	{5*day - 6*time.Hour, domain.CreditRefused, 420, "ESP", lucia},
	{4*day - 3*time.Hour, domain.CreditAllocated, 60, "LMC", Devon},
	{2*day + 3*time.Hour, domain.CreditAdded, 1000, "Purchase order 2026-1184", Nora},
	{2*day + time.Hour, domain.CreditReturned, 12, "KRO", lucia},
	{day - 4*time.Hour, domain.CreditAllocated, 24, "GSW", Devon},
	{day - 9*time.Hour, domain.CreditAllocated, 40, "HPT", Devon},
}

// earlier are the orders of the year before, 2,674 credits, spread over it.
var earlier = []int64{420, 300, 360, 250, 400, 300, 320, 324}

// earn fills the ledger of a partner with a year, every entry made as in life.
func (d *demo) earn(a domain.Account) {
	c := &d.credits
	c.sites = map[string]*domain.CreditSite{}
	for _, v := range d.sites {
		for _, of := range d.accounts {
			if of.ID == v.AccountID && of.PartnerID == a.ID {
				c.sites[v.Code] = &domain.CreditSite{ID: v.ID, Name: v.Name, Code: v.Code, CustomerID: of.ID, Customer: of.Name, Slug: of.Slug}
			}
		}
	}
	codes := []string{"HPT", "ESP", "GSW", "UYB", "MPS", "KRO", "LMC", "NLG", "RCS", "SDH", "PNT", "FRD"}
	const first, last, every = 362, 24, 4 // days ago
	for n, back := 0, first; back > last; n, back = n+1, back-every {
		ago := time.Duration(back)*day - time.Duration(n*97%540)*time.Minute
		if n%10 == 0 && n/10 < len(earlier) {
			d.earned(a, demoEntry{ago + time.Hour, domain.CreditAdded, earlier[n/10], fmt.Sprintf("Purchase order 2026-%04d", 120+n*12), []string{Nora, helga}[n/10%2]})
		}
		by := Devon
		if n%3 == 1 && back < 290 {
			by = lucia
		}
		site := codes[n*5%len(codes)]
		if had := c.sites[site].Credits; n%9 == 8 && had > 20 {
			d.earned(a, demoEntry{ago, domain.CreditReturned, had / 4, site, by})
		} else if credits := int64(12 + n*31%60); credits <= c.ledger.Available() {
			d.earned(a, demoEntry{ago, domain.CreditAllocated, credits, site, by})
		}
	}
	switch rest := c.ledger.Available() - 70; {
	case rest > 0:
		d.earned(a, demoEntry{23 * day, domain.CreditAllocated, rest, "UYB", Devon})
	case rest < 0:
		d.earned(a, demoEntry{23 * day, domain.CreditReturned, -rest, "UYB", Devon})
	}
	for _, e := range thisMonth {
		d.earned(a, e)
	}
}

// earned makes one change of the ledger.
func (d *demo) earned(a domain.Account, v demoEntry) {
	c := &d.credits
	by, at := d.actor(a, v.by), d.ago(v.ago)
	var step domain.CreditStep
	var err error
	switch v.kind {
	case domain.CreditAdded:
		step, err = c.ledger.AddCredits(by, domain.CreditAddition{Credits: v.credits, Reference: v.at}, at)
	case domain.CreditAllocated:
		step, err = c.ledger.Allocate(by, *c.sites[v.at], v.credits, at)
	case domain.CreditReturned:
		step, err = c.ledger.TakeBack(by, *c.sites[v.at], v.credits, at)
	case domain.CreditRefused:
		step = c.ledger.Refuse(by, *c.sites[v.at], v.credits, at)
	}
	if err != nil {
		if d.err == nil {
			d.err = fmt.Errorf("%s %d credits, %s: %w", v.kind, v.credits, v.at, err)
		}
		return
	}
	c.ledger = step.Ledger
	if step.Site.ID != "" {
		*c.sites[v.at] = step.Site
	}
	step.Entry.ID = newID()
	c.entries = append(c.entries, step.Entry)
	d.events = append(d.events, step.Event)
}

func (c demoCredits) write(ctx context.Context, t *tx) error {
	if len(c.entries) == 0 {
		return nil
	}
	partner, l := c.entries[0].AccountID, c.ledger
	_, err := exec(ctx, t, "insert into credit_ledgers (account_id, seq, at, added, allocated, returned) values ($1, $2, $3, $4, $5, $6)",
		partner, l.Entries, micros(l.At), l.Added, l.Allocated, l.Returned)
	if err != nil {
		return wrap(err, "write a ledger")
	}
	var rows [][]any
	for _, v := range c.sites {
		if v.Credits > 0 {
			rows = append(rows, []any{partner, v.ID, v.Credits})
		}
	}
	if err := insertAll(ctx, t, "credit_sites (account_id, site_id, credits)", rows); err != nil {
		return wrap(err, "write what sites have")
	}
	return insertCredits(ctx, t, "demo", "", 0, c.entries...)
}
