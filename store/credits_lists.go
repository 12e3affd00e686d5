package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/domain"
)

// A CreditQuery is what the list of the ledger asks for; it comes from the address. Empty fields ask for nothing, values
// that do not exist match nothing. Several values of one field are alternatives.
type CreditQuery struct {
	// Search is for words of sites, accounts, references and people.
	Search string
	Kinds  []domain.CreditKind
	// Since is the moment from which on entries are wanted; the zero time is the beginning.
	Since time.Time
	Paging
}

var creditList = list[domain.CreditEntry]{
	table: "credit_entries", fields: creditColumns, scan: scanCredit, own: "-when",
	finish: func(context.Context, querier, []domain.CreditEntry) error { return nil },
	// By number: it follows the moments, and tells those of one moment apart.
	orders: map[string]order{"when": {"seq", "credit_entries_order", true}},
}

// Credits reads a page of the ledger of the actor's account.
func (s *Store) Credits(ctx context.Context, by domain.Actor, query CreditQuery) (Page[domain.CreditEntry], error) {
	l, err := s.listCredits(ctx, by, query)
	if err != nil {
		return Page[domain.CreditEntry]{}, err
	}
	return l.page(ctx, query.Paging)
}

// EachCredit gives every entry of a list in its order, however many.
func (s *Store) EachCredit(ctx context.Context, by domain.Actor, query CreditQuery, do func(domain.CreditEntry) error) error {
	l, err := s.listCredits(ctx, by, query)
	if err != nil {
		return err
	}
	return l.each(ctx, do)
}

func (s *Store) listCredits(ctx context.Context, by domain.Actor, query CreditQuery) (*listing[domain.CreditEntry], error) {
	if !by.Can(domain.ViewCredits) {
		return nil, domain.ErrForbidden
	}
	f := creditFilter{store: s, account: by.Account.ID}
	var conds []condition
	if !query.Since.IsZero() {
		// Moments follow the numbers, so a period is a stretch of them: found once, it is walked as the whole is.
		first, err := all(ctx, s.read, number, "select m.seq from credit_entries m"+s.indexedBy("credit_entries_at")+
			" where m.account_id = $1 and m.at >= $2 order by m.at, m.seq limit 1", f.account, micros(query.Since))
		if err != nil {
			return nil, fmt.Errorf("find the first entry of a period: %w", err)
		}
		if len(first) == 0 {
			conds = append(conds, matchesNothing())
		} else {
			f.first = first[0]
		}
	}
	if len(searchWords(query.Search)) > 0 {
		hits, err := s.find(ctx, s.read, ledgers, f.account, query.Search)
		if err != nil {
			return nil, err
		}
		conds = append(conds, hits.condition(f.account))
	}
	if len(query.Kinds) > 0 {
		conds = append(conds, f.kinds(texts(query.Kinds)))
	}
	return prepare(s, s.read.planned(), creditList, query.Sort, f.base, conds), nil
}

// creditFilter turns the fields of a CreditQuery into conditions.
type creditFilter struct {
	store   *Store
	account string
	first   int64 // the number of the first entry wanted
}

func (f creditFilter) base(a *args) string {
	where := "m.account_id = " + a.add(f.account)
	if f.first > 0 {
		where += " and m.seq >= " + a.add(f.first)
	}
	return where
}

// kinds leaves entries of some kinds, each kept in order by an index.
func (f creditFilter) kinds(of []string) condition {
	of = distinct(of)
	var lanes []lane
	for _, kind := range of {
		lanes = append(lanes, lane{holds: func(a *args) string { return "m.kind = " + a.add(kind) }, index: "credit_entries_kind"})
	}
	if len(of) == 1 {
		of = append(of, of[0]) // see filter.oneOf
	}
	holds := func(a *args) string { return "m.kind in (" + a.add(values(of)...) + ")" }
	found := func(a *args) string {
		return "select m." + f.store.rowColumn() + " from credit_entries m" + f.store.indexedBy("credit_entries_kind") + " where " + f.base(a) + " and " + holds(a)
	}
	return condition{holds: holds, by: f.store.rowColumn(), found: []func(*args) string{found}, lanes: map[string][]lane{"seq": lanes}}
}

// CreditBalance reads where the ledger of the actor's account stands.
func (s *Store) CreditBalance(ctx context.Context, by domain.Actor) (domain.Ledger, error) {
	if !by.Can(domain.ViewCredits) {
		return domain.Ledger{}, domain.ErrForbidden
	}
	return readLedger(ctx, s.read, by.Account.ID)
}

// creditMonths is how many months the plot shows.
const creditMonths = 12

// CreditSums reads where the ledger of the actor's account stands and how it came there, by months as the actor's clock
// counts them. Each figure is the difference between two entries that an index finds: no more is read for a long ledger.
func (s *Store) CreditSums(ctx context.Context, by domain.Actor) (sums domain.CreditSums, err error) {
	if !by.Can(domain.ViewCredits) {
		return sums, domain.ErrForbidden
	}
	if sums.Ledger, err = readLedger(ctx, s.read, by.Account.ID); err != nil {
		return sums, err
	}
	last, err := all(ctx, s.read, scanCredit, "select "+creditColumns+" from credit_entries m"+s.indexedBy("credit_entries_kind")+
		" where m.account_id = $1 and m.kind = 'added' order by m.seq desc, m.id desc limit 1", by.Account.ID)
	if err != nil {
		return sums, fmt.Errorf("read what was added last: %w", err)
	}
	if len(last) > 0 {
		sums.Last, sums.LastAt = last[0].Credits, last[0].After.At
	}
	zone := by.User.Zone()
	y, m, _ := s.now().In(zone).Date()
	start := func(back int) time.Time { return time.Date(y, m-time.Month(back), 1, 0, 0, 0, 0, zone) }
	was, err := s.ledgerBefore(ctx, by.Account.ID, start(creditMonths-1))
	if err != nil {
		return sums, err
	}
	for back := creditMonths - 1; back >= 0; back-- {
		now := sums.Ledger
		if back > 0 {
			if now, err = s.ledgerBefore(ctx, by.Account.ID, start(back-1)); err != nil {
				return sums, err
			}
		}
		sums.Months = append(sums.Months, domain.CreditMonth{
			Start: start(back), Added: now.Added - was.Added, Allocated: now.Allocated - was.Allocated, Returned: now.Returned - was.Returned, Available: now.Available(),
		})
		was = now
	}
	sums.ThisMonth = sums.Months[creditMonths-1].Allocated
	return sums, nil
}

// ledgerBefore is where a ledger stood at a moment.
func (s *Store) ledgerBefore(ctx context.Context, account string, at time.Time) (domain.Ledger, error) {
	e, err := one(ctx, s.read, scanCredit, "select "+creditColumns+" from credit_entries m"+s.indexedBy("credit_entries_at")+
		" where m.account_id = $1 and m.at < $2 order by m.at desc, m.seq desc limit 1", account, micros(at))
	if errors.Is(err, domain.ErrNotFound) {
		return domain.Ledger{}, nil
	}
	return e.After, wrap(err, "read an earlier ledger")
}
