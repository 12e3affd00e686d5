package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// seal seals all that is due.
func (h house) seal() (sealed int) {
	h.t.Helper()
	for {
		n, err := h.SealDue(h.ctx(), 50)
		must(h.t, err)
		if sealed += n; n == 0 {
			return sealed
		}
	}
}

// verify checks the chain of one account.
func (h house) verify(slug string) store.Audit {
	h.t.Helper()
	found, err := h.VerifyAudit(h.ctx(), slug)
	if err != nil || len(found) != 1 {
		h.t.Fatalf("%d audits, %v", len(found), err)
	}
	return found[0]
}

// AUD-03: every event gets its place in the chain of its account, and a chain that nobody touched is good.
func TestSealAndVerify(t *testing.T) {
	inHouse(t, func(h house) {
		if a := h.verify(store.Brightwater); a.Flaw != nil || a.Sealed != 0 || a.Waiting == 0 {
			t.Fatalf("before sealing: %+v", a)
		}
		all := h.number("select count(*) from events")
		if n := h.seal(); int64(n) != all {
			t.Fatalf("sealed %d of %d", n, all)
		}
		audits, err := h.VerifyAudit(h.ctx(), "")
		must(t, err)
		var sum int64
		for _, a := range audits {
			if a.Flaw != nil || a.Waiting != 0 || a.Last.Number != a.Sealed {
				t.Errorf("%s: %+v", a.Account.Slug, a)
			}
			sum += a.Sealed
		}
		if len(audits) != 6+1 || sum != all {
			t.Errorf("%d chains with %d entries, want 6 and that of the twin with %d", len(audits), sum, all)
		}
		if _, err := h.VerifyAudit(h.ctx(), "nobody"); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("an account that is not there: %v", err)
		}
	})
}

// The order of sealing is the chain's order: an event that another node stamped earlier and committed later is sealed
// behind those that came before it.
func TestSealOutOfOrder(t *testing.T) {
	inHouse(t, func(h house) {
		h.seal()
		before := h.verify(store.Brightwater).Last.Number
		dana := h.at(store.Dana, store.Brightwater)
		for _, ago := range []time.Duration{time.Hour, 3 * time.Hour, 2 * time.Hour} {
			h.clock.Advance(-ago)
			must(t, h.Deny(h.ctx(), dana, "GET /", 403))
			h.clock.Advance(ago)
			h.seal()
		}
		a := h.verify(store.Brightwater)
		if a.Flaw != nil || a.Last.Number != before+3 {
			t.Fatalf("%+v", a)
		}
		if n := h.number("select count(*) from events a join events b on b.account_id = a.account_id and b.seq = a.seq + 1 where a.seq > $1 and b.at < a.at", before); n != 1 {
			t.Errorf("%d entries stand behind a later one, want the one", n)
		}
	})
}

// Many nodes seal at once while people make changes: each event gets one place.
func TestSealAtOnce(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 12 {
					if _, err := h.SealDue(h.ctx(), 7); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Go(func() {
			for i := range 10 {
				if err := h.Deny(h.ctx(), dana, fmt.Sprint("GET /", i), 403); err != nil {
					t.Error(err)
				}
			}
		})
		all.Wait()
		h.seal()
		audits, err := h.VerifyAudit(h.ctx(), "")
		must(t, err)
		for _, a := range audits {
			if a.Flaw != nil || a.Waiting != 0 {
				t.Errorf("%s: %+v", a.Account.Slug, a)
			}
		}
	})
}

// AUD-03: any change, deletion, insertion and gap is found, and the first bad entry named.
func TestVerifyFindsTampering(t *testing.T) {
	const third = " where seq = 3 and account_id = (select id from accounts where slug = 'brightwater')"
	const chain = " where account_id = (select id from accounts where slug = 'brightwater')"
	tampered := map[string]struct {
		with   string
		kind   domain.FlawKind
		number int64
	}{
		"the time":             {"update events set at = at + 1" + third, domain.FlawChanged, 3},
		"the kind":             {"update events set kind = 'user.removed'" + third, domain.FlawChanged, 3},
		"the actor":            {"update events set actor_id = 'x'" + third, domain.FlawChanged, 3},
		"the actor's name":     {"update events set actor_name = 'Somebody Else'" + third, domain.FlawChanged, 3},
		"on whose behalf":      {"update events set on_behalf = 'Northgate'" + third, domain.FlawChanged, 3},
		"the address":          {"update events set from_addr = '192.0.2.99'" + third, domain.FlawChanged, 3},
		"the subject":          {"update events set subject_id = 'x'" + third, domain.FlawChanged, 3},
		"the subject's name":   {"update events set subject_name = 'x'" + third, domain.FlawChanged, 3},
		"the values before":    {`update events set before_json = '{"role":"admin"}'` + third, domain.FlawChanged, 3},
		"the values after":     {`update events set after_json = '{"role":"member","x":"1"}'` + third, domain.FlawChanged, 3},
		"values of no kind":    {"update events set after_json = 'nothing'" + third, domain.FlawChanged, 3},
		"the id":               {"update events set id = 'x'" + third, domain.FlawChanged, 3},
		"the hash":             {"update events set hash = 'x'" + third, domain.FlawChanged, 3},
		"the hash before":      {"update events set prev_hash = 'x'" + third, domain.FlawBroken, 3},
		"one deleted":          {"delete from events" + third, domain.FlawMissing, 3},
		"the first deleted":    {"delete from events" + strings.Replace(third, "seq = 3", "seq = 1", 1), domain.FlawMissing, 1},
		"the last deleted":     {"delete from events where seq = (select max(seq) from events" + chain + ") and" + strings.TrimPrefix(chain, " where"), domain.FlawCut, 0},
		"moved to another one": {"update events set account_id = (select id from accounts where slug = 'larkspur'), seq = 999" + third, domain.FlawMissing, 3},
		"taken out of it":      {"update events set seq = 0" + third, domain.FlawMissing, 3},
		"put far behind":       {"update events set seq = 99999" + third, domain.FlawMissing, 3},
		"a number below none":  {"update events set seq = -1" + third, domain.FlawTwice, -1},
		"two exchanged": {"update events set seq = case seq when 3 then -4 when 4 then -3 end where seq in (3, 4) and" + strings.TrimPrefix(chain, " where") +
			"; update events set seq = -seq where seq < 0", domain.FlawBroken, 3},
		"the chain's end":    {"update event_chains set seq = 2" + chain, "", 0},
		"the chain's anchor": {"update event_chains set anchor_seq = 2" + chain, "", 0},
		"the chain dropped":  {"delete from event_chains" + chain, domain.FlawAdded, 1},
	}
	inHouse(t, func(h house) {
		h.seal()
		storetest.Exec(h.t, h.Store, "delete from event_sites")
		last := h.verify(store.Brightwater).Last.Number
		for _, table := range []string{"events", "event_chains"} {
			storetest.Exec(h.t, h.Store, "create table kept_"+table+" as select * from "+table)
		}
		for what, tamper := range tampered {
			for _, statement := range strings.Split(tamper.with, ";") {
				storetest.Exec(h.t, h.Store, statement)
			}
			h.finds(what, tamper.kind, cmp.Or(tamper.number, last))
			for _, table := range []string{"events", "event_chains"} {
				storetest.Exec(h.t, h.Store, "delete from "+table)
				storetest.Exec(h.t, h.Store, "insert into "+table+" select * from kept_"+table)
			}
		}
		if a := h.verify(store.Brightwater); a.Flaw != nil {
			h.t.Errorf("what was put back is not what was there: %v", a.Flaw)
		}
	})
}

// finds asks that the check of the history names this flaw, at this entry; without a kind, that the chain's own row is forged.
func (h house) finds(what string, kind domain.FlawKind, number int64) {
	h.t.Helper()
	a := h.verify(store.Brightwater)
	if kind == "" {
		if !errors.Is(a.Flaw, store.ErrForged) {
			h.t.Errorf("%s: got %v", what, a.Flaw)
		}
		return
	}
	var f *domain.Flaw
	if !errors.As(a.Flaw, &f) || f.Kind != kind || f.Number != number {
		h.t.Errorf("%s: got %v, want that entry %d %s", what, a.Flaw, number, kind)
	}
}

// Who can write to the database but has no key cannot make another chain: not even a shorter one.
func TestVerifyFindsAForgedChain(t *testing.T) {
	inHouse(t, func(h house) {
		h.seal()
		id := h.at(store.Dana, store.Brightwater).Account.ID
		storetest.Exec(t, h.Store, "delete from event_sites")
		storetest.Exec(t, h.Store, "delete from events where account_id = $1 and seq > 5", id)
		storetest.Exec(t, h.Store, "update event_chains set seq = 5, hash = (select hash from events where account_id = $1 and seq = 5) where account_id = $1", id)
		if a := h.verify(store.Brightwater); !errors.Is(a.Flaw, store.ErrForged) {
			t.Errorf("got %v", a.Flaw)
		}
	})
}

// How long the history is kept: what is older goes in small batches from the beginning, an anchor stays, the rest is a
// good chain, and the history says so.
func TestPurge(t *testing.T) {
	inHouse(t, func(h house) {
		h.seal()
		dana := h.at(store.Dana, store.Brightwater)
		if n, err := h.PurgeDue(h.ctx(), 10); err != nil || n != 0 {
			t.Fatalf("kept for ever, and yet %d went: %v", n, err)
		}
		a, err := h.SetRetention(h.ctx(), dana, domain.RetentionDraft{Months: "6"})
		if err != nil || a.KeepMonths != 6 {
			t.Fatalf("%+v %v", a, err)
		}
		for months, want := range map[string]error{"6": domain.ErrStale, "7": domain.Problems{}, "": domain.Problems{}} {
			_, err := h.SetRetention(h.ctx(), dana, domain.RetentionDraft{Months: months})
			var p domain.Problems
			if !errors.Is(err, domain.ErrStale) && !errors.As(err, &p) {
				t.Errorf("%q: %v, want %v", months, err, want)
			}
		}
		if _, err := h.SetRetention(h.ctx(), h.at(store.Ingrid, store.Brightwater), domain.RetentionDraft{Months: "12"}); !errors.Is(err, domain.ErrForbidden) {
			t.Errorf("somebody of one site: %v", err)
		}
		keep := h.clock.Now().AddDate(0, -6, 0)
		due := h.number("select count(*) from events where account_id = $1 and at < $2 and seq > 0", dana.Account.ID, store.Micros(keep))
		others := h.number("select count(*) from events where account_id <> $1", dana.Account.ID)
		// By their sites entries are found that stay.
		const atSites = "select count(*) from event_sites where event_id in (select id from events where account_id <> $1 or at >= $2)"
		sites := h.number(atSites, dana.Account.ID, store.Micros(keep))
		var purged, batches int
		for {
			n, err := h.PurgeDue(h.ctx(), 10)
			must(t, err)
			if n == 0 {
				break
			}
			purged += n
			batches++
		}
		if int64(purged) != due || due == 0 || batches < 2 {
			t.Errorf("%d of %d went in %d batches", purged, due, batches)
		}
		if n := h.number("select count(*) from events where account_id <> $1", dana.Account.ID); n != others {
			t.Error("another account lost entries")
		}
		if n := h.number(atSites, dana.Account.ID, store.Micros(keep)); n != sites || n == 0 {
			t.Errorf("%d sites of entries that stay are left of %d", n, sites)
		}
		h.seal()
		audit := h.verify(store.Brightwater)
		if audit.Flaw != nil || audit.Last.Number-audit.Sealed != due {
			t.Errorf("%+v, want %d gone before it", audit, due)
		}
		page, err := h.Activity(h.ctx(), dana, store.ActivityQuery{})
		must(t, err)
		if got := page.Rows[0]; got.Kind != domain.HistoryPurged || got.After["last_number"] != fmt.Sprint(due) {
			t.Errorf("the history says %+v", got)
		}
		storetest.Exec(t, h.Store, "delete from event_sites")
		storetest.Exec(t, h.Store, "delete from events where account_id = $1 and seq = $2", dana.Account.ID, due+1)
		var f *domain.Flaw
		if audit := h.verify(store.Brightwater); !errors.As(audit.Flaw, &f) || f.Kind != domain.FlawMissing || f.Number != due+1 {
			t.Errorf("one more gone behind the anchor: %v", audit.Flaw)
		}
	})
}
