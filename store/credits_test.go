package store_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const helga = "helga.stroud@northgate.example"

// once names a form that was never sent.
func once() string { return rand.Text() }

// ledger is where the ledger of Northgate stands; it must not contradict itself.
func (h house) ledger() domain.Ledger {
	h.t.Helper()
	nora := h.at(store.Nora, store.Northgate)
	wrong, err := h.CheckCredits(h.ctx(), nora.Account.ID)
	must(h.t, err)
	for _, w := range wrong {
		h.t.Error(w)
	}
	sums, err := h.CreditSums(h.ctx(), nora)
	must(h.t, err)
	return sums.Ledger
}

func (h house) addCredits(n int) error {
	_, _, err := h.AddCredits(h.ctx(), h.at(store.Nora, store.Northgate), domain.CreditAddDraft{Amount: strconv.Itoa(n), Reference: "Order", Once: once()})
	return err
}

func (h house) allocate(site string, n int) error {
	_, err := h.AllocateCredits(h.ctx(), h.at(store.Devon, store.Northgate), domain.CreditDraft{Sites: []string{site}, Amount: strconv.Itoa(n), Once: once()}, false)
	return err
}

func (h house) takeBack(site string, n int) error {
	_, _, err := h.TakeBackCredits(h.ctx(), h.at(store.Devon, store.Northgate), domain.CreditDraft{Sites: []string{site}, Amount: strconv.Itoa(n), Once: once()})
	return err
}

// problem is the code of a field's problem.
func problem(err error, field string) string {
	var p domain.Problems
	if !errors.As(err, &p) {
		return fmt.Sprint(err)
	}
	return p[field].Code
}

// Whatever is added, allocated and taken back in whatever order, by one form or many at once, what was added is what is
// available and what sites have, and nothing is below zero: in the ledger, its entries and the sites' rows.
func TestCreditsWalk(t *testing.T) {
	inHouse(t, func(h house) {
		sites := []string{h.site(store.Brightwater, "HPT"), h.site(store.Brightwater, "ESP"), h.site(store.Cobalt, "GSW")}
		was := h.ledger()
		if was.Available() != 1260 || was.AtSites() != 2914 {
			t.Errorf("the demo begins with %d and %d at sites", was.Available(), was.AtSites())
		}
		added := was.Added
		done := map[string]int{}
		rapid.Check(t, func(t *rapid.T) {
			for range rapid.IntRange(1, 3).Draw(t, "steps") {
				site, n := rapid.SampledFrom(sites).Draw(t, "site"), rapid.IntRange(1, 700).Draw(t, "credits")
				what := rapid.SampledFrom([]string{"add", "allocate", "allocate", "many", "take back", "take back"}).Draw(t, "what")
				var err error
				switch what {
				case "add":
					if err = h.addCredits(n/4 + 1); err == nil {
						added += int64(n/4 + 1)
					}
				case "allocate":
					err = h.allocate(site, n)
				case "many":
					_, err = h.AllocateCredits(h.ctx(), h.at(store.Devon, store.Northgate),
						domain.CreditDraft{Sites: sites, Amount: strconv.Itoa(n), Lines: "cobalt/NLG 5\nnowhere 7", Once: once()}, false)
				case "take back":
					err = h.takeBack(site, n)
				}
				if code := problem(err, "amount"); err != nil && code != "credits_short" && code != "credits_at_site" {
					t.Fatalf("%s: %v", what, err)
				}
				done[fmt.Sprint(what, err == nil)]++
			}
			if now := h.ledger(); now.Added != added || now.Available()+now.AtSites() != added || now.Available() < 0 {
				t.Fatalf("%+v, %d were added", now, added)
			}
		})
		for _, what := range []string{"addtrue", "allocatetrue", "allocatefalse", "manytrue", "manyfalse", "take backtrue", "take backfalse"} {
			if done[what] == 0 {
				h.t.Errorf("%s never came about: %v", what, done)
			}
		}
	})
}

// However many allocate, take back and add at once, no more is given than there is, and none is lost.
func TestCreditsUnderRace(t *testing.T) {
	inHouse(t, func(h house) {
		site, other := h.site(store.Brightwater, "HPT"), h.site(store.Cobalt, "NLG")
		was := h.ledger()
		const each, many = 100, 30 // 30 times 100 is more than twice what there is
		var given, short atomic.Int64
		var all []func()
		for i := range many {
			to := []string{site, other}[i%2]
			all = append(all, func() {
				switch err := h.allocate(to, each); {
				case err == nil:
					given.Add(1)
				case problem(err, "amount") == "credits_short":
					short.Add(1)
				default:
					t.Errorf("%v", err)
				}
			})
		}
		together(all...)
		now := h.ledger()
		if given.Load() != was.Available()/each || given.Load()+short.Load() != many || now.Available() != was.Available()%each {
			t.Errorf("%d given and %d refused of %d; %d are left", given.Load(), short.Load(), was.Available(), now.Available())
		}
		if n := h.number("select count(*) from credit_entries where kind = 'refused'"); n != short.Load()+1 { // one is the demo's
			t.Errorf("%d refusals are written down, %d were refused", n, short.Load())
		}
		// From the other side: a site gives back no more than it has, while credits are added.
		had := h.number("select credits from credit_sites where site_id = $1", other)
		var back, added atomic.Int64
		all = nil
		for i := range 24 {
			all = append(all, func() {
				if i%6 == 0 {
					must(t, h.addCredits(1))
					added.Add(1)
					return
				}
				if err := h.takeBack(other, each); err == nil {
					back.Add(1)
				} else if problem(err, "amount") != "credits_at_site" {
					t.Errorf("%v", err)
				}
			})
		}
		together(all...)
		then := h.ledger()
		if left := h.number("select credits from credit_sites where site_id = $1", other); back.Load() != min(20, had/each) || left != had-back.Load()*each {
			t.Errorf("%d times taken back of %d, %d are left", back.Load(), had, left)
		}
		if then.Available() != now.Available()+back.Load()*each+added.Load() {
			t.Errorf("%d are left, then %d", now.Available(), then.Available())
		}
	})
}

// A form sent twice, or by many hands at once, does what it asks once, and is answered alike; filled in anew it is refused.
func TestCreditFormsCountOnce(t *testing.T) {
	inHouse(t, func(h house) {
		nora, devon := h.at(store.Nora, store.Northgate), h.at(store.Devon, store.Northgate)
		site := h.site(store.Brightwater, "HPT")
		was := h.ledger()
		add := domain.CreditAddDraft{Amount: "70", Reference: "Order", Once: once()}
		give := domain.CreditDraft{Sites: []string{site}, Amount: "30", Once: once()}
		take := domain.CreditDraft{Sites: []string{site}, Amount: "10", Once: once()}
		bulk := domain.CreditDraft{Sites: []string{site}, Amount: "5", Lines: "cobalt/NLG 6\nnowhere 9", Once: once()}
		over := domain.CreditDraft{Sites: []string{site}, Amount: "9000", Once: once()}
		var first atomic.Int64
		var all []func()
		for range 6 {
			all = append(all, func() {
				_, again, err := h.AddCredits(h.ctx(), nora, add)
				must(t, err)
				if !again {
					first.Add(1)
				}
				result, err := h.AllocateCredits(h.ctx(), devon, give, false)
				must(t, err)
				if result.Sum != 30 || result.Done() != 1 {
					t.Errorf("allocated: %+v", result)
				}
				if result, err = h.AllocateCredits(h.ctx(), devon, bulk, false); err != nil || result.Sum != 11 || result.Done() != 2 || problem(result.Outcomes[2].Err, "lines") != "credits_site" {
					t.Errorf("allocated to many: %+v, %v", result, err)
				}
				made, _, err := h.TakeBackCredits(h.ctx(), devon, take)
				if err != nil || made.Credits != 10 || made.Site.ID != site {
					t.Errorf("taken back: %+v, %v", made, err)
				}
				if _, err = h.AllocateCredits(h.ctx(), devon, over, false); problem(err, "amount") != "credits_short" {
					t.Errorf("too much: %v", err)
				}
			})
		}
		together(all...)
		now := h.ledger()
		if now.Added != was.Added+70 || now.Allocated != was.Allocated+41 || now.Returned != was.Returned+10 || now.Entries != was.Entries+6 || first.Load() != 1 {
			t.Errorf("%+v after %+v", now, was)
		}
		before := h.written()
		add.Amount, give.Amount, take.Amount = "71", "31", "11"
		var refusal *domain.Refusal
		for name, ask := range map[string]func() error{
			"add":       func() error { _, _, err := h.AddCredits(h.ctx(), nora, add); return err },
			"allocate":  func() error { _, err := h.AllocateCredits(h.ctx(), devon, give, false); return err },
			"take back": func() error { _, _, err := h.TakeBackCredits(h.ctx(), devon, take); return err },
		} {
			if err := ask(); !errors.As(err, &refusal) || refusal.Code != "credits_form" {
				t.Errorf("%s, changed: %v", name, err)
			}
		}
		if h.written() != before {
			t.Error("something was written")
		}
	})
}

// What one line does not allow is that line's outcome, whoever else's site it names; a preview tells and changes nothing; if
// the others want more than is left, none is done.
func TestManyAllocations(t *testing.T) {
	inHouse(t, func(h house) {
		devon := h.at(store.Devon, store.Northgate)
		larkspur, harbor := h.site(store.Larkspur, store.Canary+"1"), h.site(store.Brightwater, "HPT")
		storetest.Exec(t, h.Store, "update sites set removed_at = 1 where id = $1", h.site(store.Brightwater, "ASH"))
		// Another customer's site has the name of one and the code of another.
		storetest.Exec(t, h.Store, `insert into sites (id, account_id, name, name_key, code, address, time_zone, created_at, removed_at)
			select c.id || '1', c.account_id, s.name, s.name_key, 'HPT', '', 'UTC', 1, 0 from sites c join sites s on s.id = $2 where c.id = $1`,
			h.site(store.Cobalt, "NLG"), h.site(store.Brightwater, "ESP"))
		d := domain.CreditDraft{Sites: []string{harbor}, Amount: "40", Once: once(), Lines: strings.Join([]string{
			"brightwater/ESP 20", "Eastfield Solar Park 20", "Grant Street Works; 5", "cobalt/nlg: 7", "larkspur/" + store.Canary + "1 3", store.Canary + " Clinic 3", "HPT 4", "brightwater/HPT 4",
			"brightwater/ASH 4", "KRO many", "KRO",
		}, "\n")}
		want := []string{
			"HPT 40",
			"ESP 20", "lines credits_sites", "GSW 5", "NLG 7", "lines credits_site", "lines credits_site", "lines credits_sites", "lines credits_twice",
			"lines credits_site", "lines between", "lines credits_line",
		}
		before := h.written()
		result, err := h.AllocateCredits(h.ctx(), devon, d, true)
		must(t, err)
		if h.written() != before {
			t.Error("a preview was written")
		}
		told := func(r store.CreditResult) (out []string) {
			for _, o := range r.Outcomes {
				var p domain.Problems
				if errors.As(o.Err, &p) {
					for field, problem := range p {
						out = append(out, field+" "+problem.Code)
					}
					continue
				}
				out = append(out, fmt.Sprint(o.Site.Code, " ", o.Line.Credits))
			}
			return out
		}
		if got := told(result); !slices.Equal(got, want) || result.Sum != 72 || result.Before.Available() != 1260 {
			t.Errorf("preview %d of %d: %q", result.Sum, result.Before.Available(), got)
		}
		result, err = h.AllocateCredits(h.ctx(), devon, d, false)
		must(t, err)
		if got := told(result); !slices.Equal(got, want) || result.Done() != 4 {
			t.Errorf("done: %q", got)
		}
		if now := h.ledger(); now.Available() != 1260-72 {
			t.Errorf("%d are left", now.Available())
		}
		before = h.written()
		_, err = h.AllocateCredits(h.ctx(), devon, domain.CreditDraft{Sites: []string{harbor}, Amount: "1000", Lines: "cobalt/NLG 189", Once: once()}, false)
		if problem(err, "amount") != "credits_short" || h.written() != before {
			t.Errorf("more than is left: %v", err)
		}
		for _, id := range []string{larkspur, "none", "a\x00", storetest.TwinID(larkspur)} {
			if code := problem(h.allocate(id, 5), "site"); code != "credits_site" {
				t.Errorf("allocated to %q: %s", id, code)
			}
			if code := problem(h.takeBack(id, 5), "site"); code != "credits_site" {
				t.Errorf("taken back from %q: %s", id, code)
			}
			// Among good ones nobody gets anything (TEN-02).
			for _, preview := range []bool{true, false} {
				_, err := h.AllocateCredits(h.ctx(), devon, domain.CreditDraft{Sites: []string{harbor, id}, Amount: "5", Once: once()}, preview)
				if !errors.Is(err, domain.ErrNotFound) || h.written() != before {
					t.Errorf("%q among good ones: %v", id, err)
				}
			}
			if found, err := h.CreditSites(h.ctx(), devon, []string{id}); err != nil || len(found) != 0 {
				t.Errorf("%q: %v, %v", id, found, err)
			}
		}
		// What is typed wrong is said by its field, before the ledger is asked.
		for field, d := range map[string]domain.CreditDraft{"amount": {Sites: []string{harbor}, Amount: "many"}, "site": {Amount: "5"}} {
			d.Once = once()
			want := map[string]string{"amount": "between", "site": "credits_no_site"}[field]
			if _, _, err := h.TakeBackCredits(h.ctx(), devon, d); problem(err, field) != want {
				t.Errorf("taken back by a form without %s: %v", field, err)
			}
		}
		add := domain.CreditAddDraft{Amount: "many", Reference: "Order", Once: once()}
		if _, _, err := h.AddCredits(h.ctx(), h.at(store.Nora, store.Northgate), add); problem(err, "amount") != "between" {
			t.Errorf("added by a form without an amount: %v", err)
		}
		// A site of a suspended account gets nothing, and gives back what it has.
		storetest.Exec(t, h.Store, "update accounts set suspended_at = 1 where slug = 'brightwater'")
		if code := problem(h.allocate(harbor, 5), "site"); code != "credits_closed" {
			t.Errorf("to a suspended account: %s", code)
		}
		must(t, h.takeBack(harbor, 5))
	})
}

// Whoever may not is refused before anything is read, and what they may is asked for anew.
func TestCreditsArePrivileged(t *testing.T) {
	inHouse(t, func(h house) {
		harbor := h.site(store.Brightwater, "HPT")
		before := h.written()
		for who, by := range map[string]domain.Actor{
			"observer": h.at(store.Sanjay, store.Northgate), "customer": h.at(store.Dana, store.Brightwater), "operator": h.at(store.Devon, store.Northgate),
		} {
			_, _, add := h.AddCredits(h.ctx(), by, domain.CreditAddDraft{Amount: "5", Reference: "X", Once: once()})
			_, give := h.AllocateCredits(h.ctx(), by, domain.CreditDraft{Sites: []string{harbor}, Amount: "5", Once: once()}, true)
			_, _, take := h.TakeBackCredits(h.ctx(), by, domain.CreditDraft{Sites: []string{harbor}, Amount: "0", Once: once()})
			_, find := h.FindCreditSites(h.ctx(), by, "", 5)
			_, held := h.CreditHolders(h.ctx(), by, "", 5)
			if !errors.Is(add, domain.ErrForbidden) {
				t.Errorf("%s adds: %v", who, add)
			}
			if who == "operator" {
				continue
			}
			for what, err := range map[string]error{"allocates": give, "takes back": take, "finds": find, "looks for": held} {
				if !errors.Is(err, domain.ErrForbidden) {
					t.Errorf("%s %s: %v", who, what, err)
				}
			}
			_, list := h.Credits(h.ctx(), by, store.CreditQuery{})
			_, sums := h.CreditSums(h.ctx(), by)
			_, balance := h.CreditBalance(h.ctx(), by)
			if looks := who == "observer"; (list == nil) != looks || (sums == nil) != looks || (balance == nil) != looks {
				t.Errorf("%s looks: %v, %v, %v", who, list, sums, balance)
			}
		}
		if h.written() != before {
			t.Error("who was refused, or only asked, has written")
		}
		stale := h.at(store.Devon, store.Northgate)
		storetest.Exec(t, h.Store, "update memberships set role = 'observer' where email = $1 and removed_at = 0", store.Devon)
		if _, err := h.AllocateCredits(h.ctx(), stale, domain.CreditDraft{Sites: []string{harbor}, Amount: "5", Once: once()}, false); !errors.Is(err, domain.ErrForbidden) {
			t.Errorf("demoted meanwhile: %v", err)
		}
		if n := h.ledger().Entries; n != h.number("select count(*) from credit_entries") {
			t.Errorf("%d entries", n)
		}
	})
}

// The ledger is no place to fill: of one person 60 refusals are written down within an hour. What they did otherwise, what
// others were refused, and what they were refused at another partner they work for does not count.
func TestRefusalsFillNoLedger(t *testing.T) {
	inHouse(t, func(h house) {
		const most = 60
		site, other := h.site(store.Brightwater, "HPT"), h.site(store.Cobalt, "NLG")
		refused := func(by domain.Actor) int64 {
			t.Helper()
			entries := func() int64 { return h.number("select count(*) from credit_entries") }
			before := entries()
			_, err := h.AllocateCredits(h.ctx(), by, domain.CreditDraft{Sites: []string{site}, Amount: "9000", Once: once()}, false)
			if problem(err, "amount") != "credits_short" {
				t.Fatalf("too much: %v", err)
			}
			return entries() - before
		}
		devon, nora := h.at(store.Devon, store.Northgate), h.at(store.Nora, store.Northgate)
		must(t, h.allocate(other, 1))
		must(t, h.takeBack(other, 1))
		elsewhere := fmt.Sprintf(`with recursive n (i) as (select 1 union all select i + 1 from n where i < %d)
			insert into credit_entries (id, account_id, seq, at, kind, credits, available, added, allocated, returned, site_id, site_name, customer_id, customer_name, site_credits, actor_id, actor_name, reference, once, line, asked, search_text)
			select 'elsewhere-' || cast(i as text), a.id, 100000 + i, %d, 'refused', 1, 0, 0, 0, 0, '', '', '', '', 0, '%s', 'Devon', '', 'elsewhere', i, '', ''
			from n cross join accounts a where a.slug = '%s'`, most, store.Micros(h.clock.Now()), devon.User.ID, store.Stonecrop)
		must(t, h.Exec(h.ctx(), elsewhere))
		for n := range most {
			if refused(devon) != 1 {
				t.Fatalf("refusal %d was not written down", n+1)
			}
		}
		if refused(devon) != 0 {
			t.Errorf("refusal %d was written down", most+1)
		}
		if refused(nora) != 1 {
			t.Error("somebody else's was not written down")
		}
		h.clock.Advance(time.Hour)
		if refused(devon) != 1 {
			t.Error("an hour later none was written down")
		}
		h.ledger()
	})
}

// The tables themselves refuse what no code of ours asks for: entries changed or deleted, balances below zero.
func TestTheLedgerOnlyGrows(t *testing.T) {
	inHouse(t, func(h house) {
		for _, sql := range []string{
			"update credit_entries set credits = 1", "update credit_entries set available = 5", "delete from credit_entries", "update credit_entries set at = 0 where seq = 1",
			"update credit_sites set credits = -1", "update credit_ledgers set allocated = added + returned + 1", "update credit_ledgers set returned = allocated + 1",
		} {
			if err := h.Exec(h.ctx(), sql); err == nil {
				t.Errorf("%s: was done", sql)
			}
		}
		// A name can be erased, and is not found any more.
		must(t, h.Exec(h.ctx(), "update credit_entries set actor_name = 'Erased person', search_text = 'gone' where actor_name = 'Devon Ashby'"))
		page, err := h.Credits(h.ctx(), h.at(store.Nora, store.Northgate), store.CreditQuery{Search: "ashby"})
		if err != nil || len(page.Rows) != 0 {
			t.Errorf("found: %v, %v", page.Rows, err)
		}
		h.ledger()
	})
}

// The list's filters and the search, in both directions and pages; the figures of the months.
func TestCreditList(t *testing.T) {
	inHouse(t, func(h house) {
		nora := h.at(store.Nora, store.Northgate)
		read := func(q store.CreditQuery) (out []domain.CreditEntry) {
			t.Helper()
			for q.Limit = 7; ; {
				page, err := h.Credits(h.ctx(), nora, q)
				must(t, err)
				out = append(out, page.Rows...)
				if q.After = page.Next; q.After == "" {
					return out
				}
			}
		}
		every := read(store.CreditQuery{})
		if len(every) != int(h.ledger().Entries) || every[0].Site.Name != "Harbor Point Tower" || every[0].After.Available() != 1260 {
			t.Fatalf("%d entries, %+v", len(every), every[0])
		}
		month := h.clock.Now().AddDate(0, 0, -20)
		for name, c := range map[string]struct {
			query store.CreditQuery
			want  func(domain.CreditEntry) bool
		}{
			"added": {store.CreditQuery{Kinds: []domain.CreditKind{domain.CreditAdded}}, func(e domain.CreditEntry) bool { return e.Kind == domain.CreditAdded }},
			"two": {store.CreditQuery{Kinds: []domain.CreditKind{domain.CreditRefused, domain.CreditReturned}}, func(e domain.CreditEntry) bool {
				return e.Kind == domain.CreditRefused || e.Kind == domain.CreditReturned
			}},
			"unknown": {store.CreditQuery{Kinds: []domain.CreditKind{"x"}}, func(domain.CreditEntry) bool { return false }},
			"since":   {store.CreditQuery{Since: month}, func(e domain.CreditEntry) bool { return !e.After.At.Before(month) }},
			"to come": {store.CreditQuery{Since: h.clock.Now().Add(time.Hour)}, func(domain.CreditEntry) bool { return false }},
			"site":    {store.CreditQuery{Search: "harbor tow"}, func(e domain.CreditEntry) bool { return e.Site.Name == "Harbor Point Tower" }},
			"account": {store.CreditQuery{Search: "cobalt"}, func(e domain.CreditEntry) bool { return e.Site.Customer == "Cobalt Field Services" }},
			"person":  {store.CreditQuery{Search: "lucia"}, func(e domain.CreditEntry) bool { return e.ActorName == "Lucia Romano" }},
			"address": {store.CreditQuery{Search: helga}, func(e domain.CreditEntry) bool { return e.ActorName == "Helga Stroud" }},
			"order":   {store.CreditQuery{Search: "2026-1184"}, func(e domain.CreditEntry) bool { return e.Reference == "Purchase order 2026-1184" }},
			"together": {store.CreditQuery{Search: "devon", Since: month, Kinds: []domain.CreditKind{domain.CreditAllocated}}, func(e domain.CreditEntry) bool {
				return e.ActorName == "Devon Ashby" && !e.After.At.Before(month) && e.Kind == domain.CreditAllocated
			}},
		} {
			for _, few := range []int{1, 1000} {
				h.SetFewest(few)
				for _, sort := range []string{"", "when"} {
					var want []int64
					for _, e := range every {
						if c.want(e) {
							want = append(want, e.After.Entries)
						}
					}
					if sort != "" {
						slices.Reverse(want)
					}
					q := c.query
					q.Sort = sort
					var got []int64
					for _, e := range read(q) {
						got = append(got, e.After.Entries)
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s %s: %v, want %v", name, sort, got, want)
					}
				}
			}
		}
		sums, err := h.CreditSums(h.ctx(), nora)
		must(t, err)
		if sums.ThisMonth != 352 || sums.Last != 1000 || len(sums.Months) != 12 || sums.Months[11].Available != 1260 {
			t.Errorf("%+v", sums)
		}
		for i, m := range sums.Months {
			var want domain.CreditMonth
			end := h.clock.Now()
			if i < 11 {
				end = sums.Months[i+1].Start
			}
			for _, e := range every {
				if e.After.At.Before(m.Start) || !e.After.At.Before(end) {
					continue
				}
				switch e.Kind {
				case domain.CreditAdded:
					want.Added += e.Credits
				case domain.CreditAllocated:
					want.Allocated += e.Credits
				case domain.CreditReturned:
					want.Returned += e.Credits
				}
			}
			want.Start, want.Available = m.Start, m.Available
			if m != want {
				t.Errorf("%v: %+v, want %+v", m.Start, m, want)
			}
		}
		found, err := h.FindCreditSites(h.ctx(), nora, "quill", 20)
		if err != nil || len(found) != 0 {
			t.Errorf("found a site of nobody's customer: %v, %v", found, err)
		}
		held, err := h.CreditHolders(h.ctx(), nora, "works", 20)
		if err != nil || len(held) != 1 || held[0].Code != "GSW" {
			t.Errorf("held: %+v, %v", held, err)
		}
		held, err = h.CreditHolders(h.ctx(), nora, "", 20)
		must(t, err)
		if most := slices.IsSortedFunc(held, func(a, b domain.CreditSite) int { return int(b.Credits - a.Credits) }); len(held) < 2 || !most {
			t.Errorf("held, not the most first: %+v", held)
		}
		// An account is found by its name however it is typed.
		storetest.Exec(t, h.Store, "update accounts set name = $1, name_key = $2 where slug = 'cobalt'", "Blue Heron Énergie", domain.Fold("Blue Heron Énergie"))
		storetest.Exec(t, h.Store, "update sites set search_text = name_key || ' blue heron energie' where removed_at = 0 and account_id = (select id from accounts where slug = 'cobalt')")
		for _, typed := range []string{"énergie", "energie", "ÉNERGIE", "heron é"} {
			found, err := h.FindCreditSites(h.ctx(), nora, typed, 20)
			must(t, err)
			held, err := h.CreditHolders(h.ctx(), nora, typed, 20)
			must(t, err)
			if len(found) != 2 || len(held) != 2 || held[0].Customer != "Blue Heron Énergie" {
				t.Errorf("%q: found %+v, held %+v", typed, found, held)
			}
		}
		// Those that are chosen come in the order asked for, each once for each time it was.
		var chosen []string
		for _, v := range append(found, held...) {
			chosen = append(chosen, v.ID)
		}
		chosen = append(chosen, "none", "a\x00", h.site(store.Larkspur, store.Canary+"1"))
		slices.Reverse(chosen)
		sites, err := h.CreditSites(h.ctx(), nora, chosen)
		must(t, err)
		for i, v := range sites {
			if v.ID != chosen[i+3] || v.Credits == 0 {
				t.Errorf("chosen %q, read %+v", chosen, sites)
			}
		}
		if len(sites) != len(chosen)-3 {
			t.Errorf("chosen %q, read %+v", chosen, sites)
		}
		if balance, err := h.CreditBalance(h.ctx(), nora); err != nil || balance != sums.Ledger {
			t.Errorf("the balance is %+v, not %+v: %v", balance, sums.Ledger, err)
		}
	})
}
