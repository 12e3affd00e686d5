package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// house is a store with the demo companies and a twin of Brightwater in it, and a clock that stands still.
type house struct {
	*store.Store
	t     *testing.T
	clock *storetest.Clock
}

// inHouse runs a test in a house of each engine, in both at the same time.
func inHouse(t *testing.T, test func(h house)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(newHouse(t, engine))
		})
	}
}

func newHouse(t *testing.T, engine string, with ...func(*store.Config)) house {
	t.Helper()
	h := house{t: t, clock: storetest.NewClock(houseOpens)}
	h.Store = storetest.OpenDemoTwin(t, engine, store.Brightwater, append(with, storetest.WithClock(h.clock))...)
	return h
}

// houseOpens is when the tests of a house begin.
var houseOpens = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// newHouseAlone is a house without a twin of Brightwater: for plans of statements, which depend on how many rows there are.
func newHouseAlone(t *testing.T, engine string, with ...func(*store.Config)) house {
	t.Helper()
	h := house{t: t, clock: storetest.NewClock(houseOpens)}
	h.Store = storetest.OpenDemo(t, engine, append(with, storetest.WithClock(h.clock))...)
	return h
}

func (h house) ctx() context.Context { return h.t.Context() }

// at is somebody in one of the demo companies, as the next request would know them.
func (h house) at(email, slug string) domain.Actor {
	h.t.Helper()
	by, err := h.ActorFor(h.ctx(), email, slug)
	if err != nil || by.Membership == "" {
		h.t.Fatalf("%s at %s: %v", email, slug, err)
	}
	by.From = "203.0.113.9"
	return by
}

// row is somebody's membership as it stands in the database.
func (h house) row(email, slug string) domain.Membership {
	h.t.Helper()
	ids, err := h.Texts(h.ctx(), "select m.id from memberships m join accounts a on a.id = m.account_id where a.slug = $1 and m.email = $2 and m.removed_at = 0", slug, email)
	if err != nil || len(ids) != 1 {
		h.t.Fatalf("%s at %s: %d rows, %v", email, slug, len(ids), err)
	}
	m, err := h.ReadMembership(h.ctx(), ids[0])
	must(h.t, err)
	return m
}

func (h house) site(slug, code string) string {
	h.t.Helper()
	ids, err := h.Texts(h.ctx(), "select s.id from sites s join accounts a on a.id = s.account_id where a.slug = $1 and s.code = $2 and s.removed_at = 0", slug, code)
	if err != nil || len(ids) != 1 {
		h.t.Fatalf("site %s of %s: %v", code, slug, err)
	}
	return ids[0]
}

func (h house) number(sql string, args ...any) int64 {
	h.t.Helper()
	n, err := h.Number(h.ctx(), sql, args...)
	must(h.t, err)
	return n
}

// written counts everything a change could leave behind.
func (h house) written() [4]int64 {
	h.t.Helper()
	return [4]int64{
		h.number("select count(*) from events"), h.number("select count(*) from deliveries"),
		h.number("select coalesce(sum(version), 0) from memberships"), h.number("select count(*) from grants"),
	}
}

func chosen(rows ...domain.Membership) store.Chosen {
	var c store.Chosen
	for _, m := range rows {
		c.IDs = append(c.IDs, m.ID)
	}
	return c
}

func emails(rows []domain.Membership) []string {
	var out []string
	for _, m := range rows {
		out = append(out, m.Email)
	}
	return out
}

// reasons are the codes of a bulk change's outcomes, "" for what was done.
func reasons(outcomes []store.Outcome) []string {
	var out []string
	for _, o := range outcomes {
		out = append(out, reason(o.Err))
	}
	return out
}

func reason(err error) string {
	var r *domain.Refusal
	var p domain.Problems
	switch {
	case err == nil:
		return ""
	case errors.As(err, &r):
		return r.Code
	case errors.As(err, &p):
		return p.Error()
	}
	return err.Error()
}

func TestUsersPagesAndCounts(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		page, err := h.Users(h.ctx(), dana, store.Query{})
		must(t, err)
		if len(page.Rows) != store.PageSize || page.First != 1 || page.Total.N != 38 || page.Total.More || page.Previous != "" || page.Next == "" {
			h.t.Fatalf("first page: %d rows from %d of %+v, previous %q", len(page.Rows), page.First, page.Total, page.Previous)
		}
		next, err := h.Users(h.ctx(), dana, store.Query{Paging: store.Paging{After: page.Next}})
		must(t, err)
		if len(next.Rows) != 13 || next.First != 26 || next.Next != "" || next.Total != page.Total {
			h.t.Fatalf("second page: %d rows from %d of %+v, next %q", len(next.Rows), next.First, next.Total, next.Next)
		}
		back, err := h.Users(h.ctx(), dana, store.Query{Paging: store.Paging{Before: next.Previous}})
		must(t, err)
		if !slices.Equal(emails(back.Rows), emails(page.Rows)) || back.First != 1 || back.Previous != "" {
			h.t.Fatalf("back: %v from %d", emails(back.Rows), back.First)
		}
	})
}

// A page whose rows have all gone shows the first one instead of nothing.
func TestPageThatIsGone(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		q := store.Query{Paging: store.Paging{Limit: 36}}
		first, err := h.Users(h.ctx(), dana, q)
		must(t, err)
		q.After = first.Next
		last, err := h.Users(h.ctx(), dana, q)
		must(t, err)
		must(t, h.Exec(h.ctx(), "update memberships set removed_at = 1 where id in ($1, $2)", last.Rows[0].ID, last.Rows[1].ID))
		page, err := h.Users(h.ctx(), dana, q)
		must(t, err)
		if !slices.Equal(emails(page.Rows), emails(first.Rows)) || page.First != 1 || page.Previous != "" {
			t.Errorf("shows %d rows from %d", len(page.Rows), page.First)
		}
	})
}

// A count is exact as long as it is small, however its list is read, and never more than there are.
func TestCountsAreExact(t *testing.T) {
	inHouse(t, func(h house) {
		dana, ingrid := h.at(store.Dana, store.Brightwater), h.at(store.Ingrid, store.Brightwater)
		for name, c := range map[string]struct {
			by   domain.Actor
			q    store.Query
			want int
		}{
			"a role":           {dana, store.Query{Roles: []domain.RoleID{domain.RoleDeployer}}, 4},
			"a state, twice":   {dana, store.Query{States: []domain.State{domain.StateSuspended, domain.StateSuspended}}, 2},
			"two roles":        {dana, store.Query{Roles: []domain.RoleID{domain.RoleUser, domain.RoleMember}}, 28},
			"a role and state": {dana, store.Query{Roles: []domain.RoleID{domain.RoleUser}, States: []domain.State{domain.StateSuspended}}, 2},
			"their sites":      {ingrid, store.Query{}, 7},
		} {
			for _, fewest := range []int{30, 1000} {
				h.SetFewest(fewest)
				c.q.Limit = 1
				page, err := h.Users(h.ctx(), c.by, c.q)
				must(t, err)
				want := store.Count{N: c.want}
				if c.want > fewest {
					want = store.Count{N: fewest, More: true}
				}
				alone, err := h.CountUsers(h.ctx(), c.by, c.q)
				must(t, err)
				if page.Total != want || alone != want {
					t.Errorf("%s: %+v and %+v, want %+v", name, page.Total, alone, want)
				}
			}
		}
	})
}

// listOf is Users or Invites.
type listOf = func(context.Context, domain.Actor, store.Query) (store.Page[domain.Membership], error)
