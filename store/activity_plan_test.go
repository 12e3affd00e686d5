package store_test

import (
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// A page of the history costs the same wherever it is and whatever was asked for, after a thousand entries and after a
// million: it begins at its cursor, and each topic, person and site has its entries in the order of the list. On PostgreSQL
// the rows are counted that are read.
func TestActivityPassesByFew(t *testing.T) {
	for engine, size := range map[string]int{"sqlite": 600, "postgres": 8_000} {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			dana := h.at(store.Dana, store.Brightwater)
			storetest.Past(t, h.Store, size)
			first, err := h.Activity(h.ctx(), dana, store.ActivityQuery{Paging: store.Paging{Sort: "when"}})
			must(t, err)
			oldest := first.Rows[0].At
			middle := oldest.Add(time.Duration(size) * time.Minute / 2)
			sites, err := h.Texts(h.ctx(), "select distinct site_id from event_sites where account_id = $1 order by site_id", dana.Account.ID)
			must(t, err)
			for _, sort := range []string{"when", "-when"} {
				q := store.ActivityQuery{Paging: store.Paging{Sort: sort, Limit: 2}}
				if sort == "when" {
					q.From = middle
				} else {
					q.To = middle
				}
				page, err := h.Activity(h.ctx(), dana, q)
				must(t, err)
				for _, q := range []store.ActivityQuery{
					{},
					{Topics: []domain.Topic{domain.TopicAccess}},
					{Topics: []domain.Topic{domain.TopicDenied, domain.TopicSettings}},
					{People: []string{"past 7"}},
					{People: []string{"past 7", "thing 8", dana.Membership}},
					{Sites: sites[:1]},
					{Sites: sites[:2]},
					{From: oldest.Add(10 * time.Minute), To: oldest.Add(time.Duration(size-10) * time.Minute)},
					{From: oldest.Add(10 * time.Minute), Sites: sites[:1]},
					{From: oldest.Add(10 * time.Minute), Topics: []domain.Topic{domain.TopicSites}},
				} {
					for sql, args := range e.listen(func() {
						for _, p := range []store.Paging{{}, {After: page.Next}, {Before: page.Next}} {
							q.Paging = p
							q.Sort, q.Limit = sort, 2
							_, err := h.Activity(h.ctx(), dana, q)
							must(t, err)
						}
					}) {
						storetest.NoScan(t, h.Store, sql, args, "events", "event_sites")
						passesByFew(h, sort, sql, args)
						beginsAtItsCursor(h, sql, args)
					}
				}
			}
		})
	}
}
