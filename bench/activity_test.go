package bench

import (
	"flag"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var events = flag.Int("events", 1_000_000, "how many entries the long history has")

// shortHistory is how many entries the history has that the long one stands beside.
const shortHistory = 1000

// history is Brightwater's with n entries more, a minute apart, and who reads it.
type history struct {
	*store.Store
	dana   domain.Actor
	site   string
	oldest time.Time
	n      int
}

func openHistory(b *testing.B, engine string, n int) history {
	b.Helper()
	s := storetest.Open(b, engine)
	must(b, s.LoadDemo(b.Context()))
	storetest.Past(b, s, n)
	h := history{Store: s, dana: storetest.As(b, s, store.Dana, store.Brightwater), n: n}
	page, err := s.Activity(b.Context(), h.dana, store.ActivityQuery{Paging: store.Paging{Sort: "when"}})
	must(b, err)
	h.oldest = page.Rows[0].At
	sites, _, err := s.Sites(b.Context(), h.dana, "", "", 100)
	must(b, err)
	for _, site := range sites {
		if h.site == "" || site.ID < h.site {
			h.site = site.ID
		}
	}
	return h
}

// at is the cursor of the page of a list that begins so many entries after the oldest one. A cursor holds a place in an order
// and nothing of what led there, so that it is found by the time.
func (h history) at(b *testing.B, sort string, entries int) string {
	b.Helper()
	q := store.ActivityQuery{Paging: store.Paging{Sort: sort}}
	if moment := h.oldest.Add(time.Duration(entries) * time.Minute); sort == "when" {
		q.From = moment
	} else {
		q.To = moment
	}
	page, err := h.Activity(b.Context(), h.dana, q)
	must(b, err)
	return page.Next
}

// BenchmarkActivity measures a page of the history of an account with -events entries beside the same page of one of 1,000.
func BenchmarkActivity(b *testing.B) {
	topic := func(of ...domain.Topic) store.ActivityQuery { return store.ActivityQuery{Topics: of} }
	person := func(id string) store.ActivityQuery { return store.ActivityQuery{People: []string{id}} }
	oldest := store.Paging{Sort: "when"}
	for _, engine := range storetest.Engines {
		small, large := openHistory(b, engine, shortHistory), openHistory(b, engine, *events)
		after := func(sort string, part int, narrowed store.ActivityQuery) func(h history) store.ActivityQuery {
			return func(h history) store.ActivityQuery {
				narrowed.Paging = store.Paging{Sort: sort, After: h.at(b, sort, h.n*part/100)}
				return narrowed
			}
		}
		is := func(q store.ActivityQuery) func(history) store.ActivityQuery {
			return func(history) store.ActivityQuery { return q }
		}
		of := func(h history) store.ActivityQuery { return store.ActivityQuery{Sites: []string{h.site}} }
		period := func(h history) store.ActivityQuery {
			return store.ActivityQuery{From: h.oldest.Add(time.Duration(h.n) * time.Minute / 10), To: h.oldest.Add(time.Duration(h.n) * time.Minute * 9 / 10)}
		}
		for _, page := range []struct {
			name  string
			query func(h history) store.ActivityQuery
		}{
			{"newest", is(store.ActivityQuery{})},
			{"oldest", is(store.ActivityQuery{Paging: oldest})},
			{"middle", after("-when", 50, store.ActivityQuery{})},
			{"middle-oldest-first", after("when", 50, store.ActivityQuery{})},
			{"back-from-the-middle", func(h history) store.ActivityQuery {
				return store.ActivityQuery{Paging: store.Paging{Before: h.at(b, "-when", h.n/2)}}
			}},
			{"last", func(h history) store.ActivityQuery {
				return store.ActivityQuery{Paging: store.Paging{After: h.at(b, "-when", store.ActivityPageSize+10)}}
			}},
			{"topic", is(topic(domain.TopicAccess))},
			{"topic-oldest", is(store.ActivityQuery{Topics: []domain.Topic{domain.TopicAccess}, Paging: oldest})},
			{"topic-middle", after("-when", 50, topic(domain.TopicAccess))},
			{"topic-of-few", is(topic(domain.TopicSettings))},
			{"two-topics", is(topic(domain.TopicSites, domain.TopicDenied))},
			{"person-of-a-fiftieth", is(person("past 7"))},
			{"person-middle", after("-when", 50, person("past 7"))},
			{"subject-of-a-500th", is(person("thing 7"))},
			{"person-and-topic", is(store.ActivityQuery{People: []string{"past 8"}, Topics: []domain.Topic{domain.TopicAccess}})},
			{"site-of-a-hundredth", of},
			{"site-oldest", func(h history) store.ActivityQuery {
				q := of(h)
				q.Paging = oldest
				return q
			}},
			{"site-middle", func(h history) store.ActivityQuery { return after("-when", 50, of(h))(h) }},
			{"site-and-topic", func(h history) store.ActivityQuery {
				q := of(h)
				q.Topics = []domain.Topic{domain.TopicAccess, domain.TopicSettings}
				return q
			}},
			{"period", period},
			{"period-oldest", func(h history) store.ActivityQuery {
				q := period(h)
				q.Paging = oldest
				return q
			}},
			{"period-middle-oldest-first", func(h history) store.ActivityQuery { return after("when", 50, period(h))(h) }},
			{"period-of-a-site", func(h history) store.ActivityQuery {
				q := period(h)
				q.Sites = []string{h.site}
				return q
			}},
			{"search-few-hits", is(store.ActivityQuery{Search: "solberg"})},
			{"search-an-address", is(store.ActivityQuery{Search: store.Noor})},
			{"search-a-500th", is(store.ActivityQuery{Search: "499"})},
			{"search-a-500th-and-many", is(store.ActivityQuery{Search: "person 499"})},
			{"search-many-hits", is(store.ActivityQuery{Search: "person"})},
			{"search-many-hits-of-a-topic", is(store.ActivityQuery{Search: "person", Topics: []domain.Topic{domain.TopicAccess}})},
		} {
			at := func(h history) func() {
				q := page.query(h)
				return func() {
					_, err := h.Activity(b.Context(), h.dana, q)
					must(b, err)
				}
			}
			compared(b, engine+"/"+page.name, at(small), at(large))
		}
	}
}
