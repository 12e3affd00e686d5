package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gatehouse/domain"
)

// A partner's ledger of credits only grows. Whoever writes holds its row in credit_ledgers, so that entries follow one
// another; what an entry does, the ledger's row, the site's and the event are one transaction. Constraints of the tables
// refuse what would bring a balance below zero, whatever asked for it.
//
// Each form has a name of its own (once), which its entries keep: sent again, it is answered as it was the first time.

// A CreditOutcome is what became of one line of an allocation, or would become.
type CreditOutcome struct {
	Line domain.CreditLine
	// Site is the line's, with what it has afterwards; none when nothing is called so.
	Site domain.CreditSite
	Err  error
}

// A CreditResult is what an allocation came to, or would come to.
type CreditResult struct {
	Outcomes []CreditOutcome
	// Sum is what all lines together that can be done take.
	Sum int64
	// Before is the ledger as it was.
	Before domain.Ledger
	// Again says that the same form had been sent before, and that nothing more was done now.
	Again bool
}

// Done counts the lines that were done.
func (r CreditResult) Done() (n int) {
	for _, o := range r.Outcomes {
		if o.Err == nil {
			n++
		}
	}
	return n
}

// errCreditForm says that a form's name was used for something else: it was filled in anew after it had been sent.
var errCreditForm = &domain.Refusal{Code: "credits_form", Kind: domain.ErrStale}

// AddCredits adds credits to those of the actor's account. Problems name the draft's fields. again says that this form had
// been sent before.
func (s *Store) AddCredits(ctx context.Context, by domain.Actor, d domain.CreditAddDraft) (made domain.CreditEntry, again bool, err error) {
	if !by.Can(domain.AddCredits) {
		return made, false, domain.ErrForbidden
	}
	in, err := d.Check()
	if err != nil {
		return made, false, err
	}
	asked := digestOf("add", strconv.FormatInt(in.Credits, 10), in.Reference)
	err = s.tx(ctx, func(t *tx) error {
		b, err := s.book(ctx, t, by, d.Once, asked)
		if err != nil {
			return err
		}
		if again = len(b.before) > 0; again {
			made = b.before[0]
			return nil
		}
		step, err := b.ledger.AddCredits(b.by, in, b.now)
		if err != nil {
			return err
		}
		made = step.Entry
		return b.write(ctx, step)
	})
	return made, again, wrap(err, "add credits")
}

// AllocateCredits gives credits to sites of the actor's customers. Problems name the draft's fields.
//
// What only one line does not allow is that line's outcome. If the others together want more than is left, none of them
// is done, and the problem is the field "amount"; asked for by a single line, that is an entry of its own. A preview is the
// same transaction, taken back.
func (s *Store) AllocateCredits(ctx context.Context, by domain.Actor, d domain.CreditDraft, preview bool) (result CreditResult, err error) {
	if !by.Can(domain.AllocateCredits) {
		return result, domain.ErrForbidden
	}
	lines, err := d.Check()
	if err != nil {
		return result, err
	}
	var short error
	err = s.tx(ctx, func(t *tx) error {
		result, short = CreditResult{}, nil
		b, err := s.book(ctx, t, by, d.Once, digestOfLines("allocate", lines))
		if err != nil {
			return err
		}
		result.Before = b.ledger
		if result.Outcomes, err = creditOutcomes(ctx, t, b.by, lines); err != nil {
			return err
		}
		if len(b.before) > 0 {
			result.Again = true
			short = b.replay(&result)
			return nil
		}
		if short, err = b.allocate(ctx, &result); err != nil {
			return err
		}
		if preview {
			return errPreview
		}
		return nil
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	if err == nil {
		err = short
	}
	return result, wrap(err, "allocate credits")
}

// TakeBackCredits takes credits from a site of one of the actor's customers. Problems name the draft's fields.
func (s *Store) TakeBackCredits(ctx context.Context, by domain.Actor, d domain.CreditDraft) (made domain.CreditEntry, again bool, err error) {
	if !by.Can(domain.AllocateCredits) {
		return made, false, domain.ErrForbidden
	}
	in, err := d.OneSite()
	if err != nil {
		return made, false, err
	}
	err = s.tx(ctx, func(t *tx) error {
		b, err := s.book(ctx, t, by, d.Once, digestOfLines("return", []domain.CreditLine{in}))
		if err != nil {
			return err
		}
		if again = len(b.before) > 0; again {
			made = b.before[0]
			return nil
		}
		site, err := creditSite(ctx, t, b.by, in.ID)
		if errors.Is(err, domain.ErrNotFound) {
			return domain.Problems{"site": {Code: "credits_site"}}
		}
		if err != nil {
			return err
		}
		step, err := b.ledger.TakeBack(b.by, site, in.Credits, b.now)
		if err != nil {
			return err
		}
		made = step.Entry
		return b.write(ctx, step)
	})
	return made, again, wrap(err, "take credits back")
}

// book is a ledger that is being written to.
type book struct {
	changing
	ledger domain.Ledger
	once   string
	asked  string
	line   int
	// before are the entries that the same form made earlier.
	before []domain.CreditEntry
}

// book opens the ledger of the actor's account for one form, with the actor as they are now. Nobody else writes to it
// until the transaction ends.
func (s *Store) book(ctx context.Context, t *tx, by domain.Actor, once, asked string) (*book, error) {
	if t.engine == postgres {
		// Before anything is read: what comes after is then seen as it is when the one before is done. The row alone would
		// make all but one of those who wait begin anew.
		if _, err := exec(ctx, t, "lock table credit_ledgers in share row exclusive mode"); err != nil {
			return nil, err
		}
	}
	c, err := s.changing(ctx, t, by)
	if err != nil {
		return nil, err
	}
	b := &book{changing: c, once: once, asked: asked}
	if b.ledger, err = readLedger(ctx, t, c.by.Account.ID); err != nil {
		return nil, err
	}
	b.before, err = all(ctx, t, scanCredit, "select "+creditColumns+" from credit_entries m where m.account_id = $1 and m.once = $2 order by m.line", c.by.Account.ID, once)
	if err != nil {
		return nil, err
	}
	if len(b.before) > 0 {
		was, err := one(ctx, t, text, "select asked from credit_entries where account_id = $1 and once = $2 limit 1", c.by.Account.ID, once)
		if err != nil {
			return nil, err
		}
		if was != asked {
			return nil, errCreditForm
		}
	}
	return b, nil
}

// allocate does each line that can be done, if all of them together are covered. short says that they are not.
func (b *book) allocate(ctx context.Context, result *CreditResult) (short, err error) {
	for i := range result.Outcomes {
		o := &result.Outcomes[i]
		if o.Err != nil {
			continue
		}
		// A ledger with room for all tells what is wrong with the line alone.
		ample := domain.Ledger{Added: domain.MostCredits}
		if _, o.Err = ample.Allocate(b.by, o.Site, o.Line.Credits, b.now); o.Err == nil {
			result.Sum += o.Line.Credits
		} else if !refused(o.Err) {
			return nil, o.Err
		}
	}
	if short = b.ledger.Short(result.Sum); short != nil {
		if len(result.Outcomes) > 1 {
			return short, nil
		}
		o := result.Outcomes[0]
		return short, b.refuse(ctx, o)
	}
	for i := range result.Outcomes {
		o := &result.Outcomes[i]
		if o.Err != nil {
			continue
		}
		step, err := b.ledger.Allocate(b.by, o.Site, o.Line.Credits, b.now)
		if err != nil {
			return nil, err
		}
		if err := b.write(ctx, step); err != nil {
			return nil, err
		}
		o.Site = step.Site
	}
	if len(result.Outcomes) == 1 {
		return result.Outcomes[0].Err, nil
	}
	return nil, nil
}

// mostRefusals is how many refused entries of one person are written down within an hour: the ledger is no place to fill.
const mostRefusals = 60

// refuse writes down that more was asked for than is left.
func (b *book) refuse(ctx context.Context, o CreditOutcome) error {
	n, err := one(ctx, b.tx, number, `select count(*) from (select 1 from credit_entries m where m.account_id = $1 and m.kind = 'refused' and m.actor_id = $2
		and m.seq > $3 and m.at > $4 limit $5) c`, b.by.Account.ID, b.by.User.ID, b.ledger.Entries-1000, micros(b.now.Add(-time.Hour)), mostRefusals)
	if err != nil || n >= mostRefusals {
		return err
	}
	return b.write(ctx, b.ledger.Refuse(b.by, o.Site, o.Line.Credits, b.now))
}

// replay says of a form that was sent before what had become of it.
func (b *book) replay(result *CreditResult) error {
	result.Sum = 0
	for i := range result.Outcomes {
		o := &result.Outcomes[i]
		for _, e := range b.before {
			switch {
			case e.Site.ID != o.Site.ID || o.Site.ID == "":
			case e.Kind == domain.CreditRefused:
				return e.After.Short(e.Credits)
			default:
				o.Err, o.Site = nil, e.Site
				result.Sum += e.Credits
			}
		}
	}
	return nil
}

// write writes an entry, and where ledger and site stand with it.
func (b *book) write(ctx context.Context, step domain.CreditStep) error {
	l, e := step.Ledger, step.Entry
	e.ID = newID()
	if b.ledger.Entries == 0 {
		_, err := exec(ctx, b.tx, "insert into credit_ledgers (account_id, seq, at, added, allocated, returned) values ($1, 0, 0, 0, 0, 0)", e.AccountID)
		if err != nil {
			return wrap(err, "begin a ledger")
		}
	}
	err := changed(ctx, b.tx, "update credit_ledgers set seq = $1, at = $2, added = $3, allocated = $4, returned = $5 where account_id = $6 and seq = $7",
		l.Entries, micros(l.At), l.Added, l.Allocated, l.Returned, e.AccountID, b.ledger.Entries)
	if err != nil {
		return wrap(err, "move a ledger")
	}
	if e.Kind == domain.CreditAllocated || e.Kind == domain.CreditReturned {
		if err := keepAtSite(ctx, b.tx, e); err != nil {
			return err
		}
	}
	if err := insertCredits(ctx, b.tx, b.once, b.asked, b.line, e); err != nil {
		return err
	}
	b.ledger, b.line = l, b.line+1
	return record(ctx, b.tx, step.Event)
}

// keepAtSite adds to what a site has, or takes from it: never more than is there, which the row itself refuses.
func keepAtSite(ctx context.Context, t *tx, e domain.CreditEntry) error {
	more := e.Credits
	if e.Kind == domain.CreditReturned {
		more = -more
		return wrap(changed(ctx, t, "update credit_sites set credits = credits + $1 where account_id = $2 and site_id = $3", more, e.AccountID, e.Site.ID), "take from a site")
	}
	_, err := exec(ctx, t, `insert into credit_sites (account_id, site_id, credits) values ($1, $2, $3)
		on conflict (account_id, site_id) do update set credits = credit_sites.credits + excluded.credits`, e.AccountID, e.Site.ID, more)
	return wrap(err, "give to a site")
}

const creditColumns = `m.id, m.account_id, m.seq, m.at, m.kind, m.credits, m.added, m.allocated, m.returned, m.site_id, m.site_name,
	m.customer_id, m.customer_name, m.site_credits, m.reference, m.actor_id, m.actor_name`

func scanCredit(row scanner) (e domain.CreditEntry, err error) {
	var at int64
	err = row.Scan(&e.ID, &e.AccountID, &e.After.Entries, &at, &e.Kind, &e.Credits, &e.After.Added, &e.After.Allocated, &e.After.Returned, &e.Site.ID, &e.Site.Name,
		&e.Site.CustomerID, &e.Site.Customer, &e.Site.Credits, &e.Reference, &e.ActorID, &e.ActorName)
	e.After.At = fromMicros(at)
	return e, err
}

func insertCredits(ctx context.Context, t *tx, once, asked string, from int, entries ...domain.CreditEntry) error {
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = []any{
			e.ID, e.AccountID, e.After.Entries, micros(e.After.At), string(e.Kind), e.Credits, e.After.Available(), e.After.Added, e.After.Allocated, e.After.Returned,
			e.Site.ID, e.Site.Name, e.Site.CustomerID, e.Site.Customer, e.Site.Credits, e.Reference, e.ActorID, e.ActorName, once, from + i, asked, e.Searchable(),
		}
	}
	return wrap(insertAll(ctx, t, `credit_entries (id, account_id, seq, at, kind, credits, available, added, allocated, returned,
		site_id, site_name, customer_id, customer_name, site_credits, reference, actor_id, actor_name, once, line, asked, search_text)`, rows), "write to a ledger")
}

// readLedger is where an account's ledger stands; at its beginning when nothing was written yet.
func readLedger(ctx context.Context, q querier, account string) (domain.Ledger, error) {
	scan := func(row scanner) (l domain.Ledger, err error) {
		var at int64
		err = row.Scan(&l.Entries, &at, &l.Added, &l.Allocated, &l.Returned)
		l.At = fromMicros(at)
		return l, err
	}
	l, err := one(ctx, q, scan, "select seq, at, added, allocated, returned from credit_ledgers where account_id = $1", account)
	if errors.Is(err, domain.ErrNotFound) {
		return l, nil
	}
	return l, wrap(err, "read a ledger")
}

// digestOf tells one form's content from another's.
func digestOf(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(h[:16])
}

func digestOfLines(verb string, lines []domain.CreditLine) string {
	parts := []string{verb}
	for _, l := range lines {
		parts = append(parts, fmt.Sprintf("%s %q %d", l.ID, l.Typed, l.Credits))
	}
	return digestOf(parts...)
}
