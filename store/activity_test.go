package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// activity reads all pages of a list and gives the events; it holds every row against the list's promises.
func (h house) activity(by domain.Actor, q store.ActivityQuery) []domain.Event {
	h.t.Helper()
	var all []domain.Event
	for {
		page, err := h.Activity(h.ctx(), by, q)
		must(h.t, err)
		if len(page.Rows) > 0 && page.First != len(all)+1 {
			h.t.Errorf("a page says that it begins at %d after %d rows", page.First, len(all))
		}
		all = append(all, page.Rows...)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	for _, e := range all {
		if e.AccountID != by.Account.ID {
			h.t.Fatalf("an event of another account: %+v", e)
		}
	}
	return all
}

// every is the account's history as it stands in the database, newest first.
func (h house) every(account string) []string {
	h.t.Helper()
	ids, err := h.Texts(h.ctx(), "select id from events where account_id = $1 order by at desc, id desc", account)
	must(h.t, err)
	return ids
}

func idsOf(events []domain.Event) []string {
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

// AUD-01: the page shows every event of its account, both ways, page by page, and nothing of another one.
func TestActivityShowsEverything(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		want := h.every(dana.Account.ID)
		if got := idsOf(h.activity(dana, store.ActivityQuery{Paging: store.Paging{Limit: 7}})); !slices.Equal(got, want) {
			t.Errorf("got %d events, want %d, the newest first", len(got), len(want))
		}
		slices.Reverse(want)
		if got := idsOf(h.activity(dana, store.ActivityQuery{Paging: store.Paging{Limit: 7, Sort: "when"}})); !slices.Equal(got, want) {
			t.Errorf("got %d events, want %d, the oldest first", len(got), len(want))
		}
		var streamed []domain.Event
		must(t, h.EachEvent(h.ctx(), dana, store.ActivityQuery{Paging: store.Paging{Sort: "when"}}, func(e domain.Event) error {
			streamed = append(streamed, e)
			return nil
		}))
		if !slices.Equal(idsOf(streamed), want) {
			t.Errorf("the export has %d events", len(streamed))
		}
		if _, err := h.Event(h.ctx(), dana, want[0]); err != nil {
			t.Error(err)
		}
		for _, id := range []string{h.every(h.at(store.Cora, store.Cobalt).Account.ID)[0], store.NewID(), "", "\x00"} {
			if _, err := h.Event(h.ctx(), dana, id); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("event %q: %v", id, err)
			}
		}
	})
}

// Each filter leaves what a plain reading of all events leaves, however the list is read.
func TestActivityFilters(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		marisol := h.at(store.Marisol, store.Northgate)
		owen := h.row(store.Owen, store.Brightwater)
		site, other := h.site(store.Brightwater, "HPT"), h.site(store.Brightwater, "ESP")
		must(t, h.Suspend1(dana, owen.ID))
		must(t, h.Deny(h.ctx(), dana, "GET /", 403))
		_, err := h.StartSession(h.ctx(), marisol.User, "", store.Start{Hash: "x", From: "198.51.100.77"})
		must(t, err)
		now := h.clock.Now()
		everything := h.activity(dana, store.ActivityQuery{})
		for what, c := range map[string]struct {
			q    store.ActivityQuery
			want func(domain.Event) bool
		}{
			"a topic": {store.ActivityQuery{Topics: []domain.Topic{domain.TopicAccess}}, func(e domain.Event) bool {
				return strings.HasPrefix(string(e.Kind), "user.") || strings.HasPrefix(string(e.Kind), "guest.")
			}},
			"two topics": {store.ActivityQuery{Topics: []domain.Topic{domain.TopicDenied, domain.TopicSignIn}}, func(e domain.Event) bool {
				return e.Kind == domain.Denied || strings.HasPrefix(string(e.Kind), "person.")
			}},
			"no topic": {store.ActivityQuery{Topics: []domain.Topic{"sailing"}}, func(domain.Event) bool { return false }},
			"a person by membership": {store.ActivityQuery{People: []string{owen.ID}}, func(e domain.Event) bool {
				return slices.Contains([]string{owen.ID, owen.UserID}, e.SubjectID) || e.ActorID == owen.UserID
			}},
			"a person": {store.ActivityQuery{People: []string{owen.UserID}}, func(e domain.Event) bool {
				return e.SubjectID == owen.ID || e.SubjectID == owen.UserID || e.ActorID == owen.UserID
			}},
			"two persons": {store.ActivityQuery{People: []string{owen.ID, dana.Membership}}, func(e domain.Event) bool {
				return slices.Contains([]string{owen.ID, owen.UserID, dana.Membership, dana.User.ID}, e.SubjectID) || e.ActorID == owen.UserID || e.ActorID == dana.User.ID
			}},
			"nobody":      {store.ActivityQuery{People: []string{store.NewID()}}, func(domain.Event) bool { return false }},
			"a foreigner": {store.ActivityQuery{People: []string{marisol.Membership}}, func(domain.Event) bool { return false }},
			"a site":      {store.ActivityQuery{Sites: []string{site}}, func(e domain.Event) bool { return slices.Contains(e.SiteIDs(), site) }},
			"two sites": {store.ActivityQuery{Sites: []string{site, other}}, func(e domain.Event) bool {
				return slices.Contains(e.SiteIDs(), site) || slices.Contains(e.SiteIDs(), other)
			}},
			"no site": {store.ActivityQuery{Sites: []string{"x"}}, func(domain.Event) bool { return false }},
			"a period": {store.ActivityQuery{From: now.Add(-20 * 24 * time.Hour), To: now.Add(-3 * 24 * time.Hour)}, func(e domain.Event) bool {
				return !e.At.Before(now.Add(-20*24*time.Hour)) && e.At.Before(now.Add(-3*24*time.Hour))
			}},
			"from":   {store.ActivityQuery{From: now}, func(e domain.Event) bool { return !e.At.Before(now) }},
			"a name": {store.ActivityQuery{Search: "priya"}, func(e domain.Event) bool { return strings.Contains(e.ActorName+e.SubjectName, "Priya") }},
			"two words": {store.ActivityQuery{Search: "DANA  oWen"}, func(e domain.Event) bool {
				return strings.Contains(e.ActorName+e.SubjectName, "Owen") && strings.Contains(e.ActorName+e.SubjectName, "Dana")
			}},
			"an address":   {store.ActivityQuery{Search: store.Owen}, func(e domain.Event) bool { return e.SubjectID == owen.ID || e.ActorID == owen.UserID }},
			"a network":    {store.ActivityQuery{Search: "203.0.113.9"}, func(e domain.Event) bool { return strings.HasPrefix(e.From, "203.0.113.9") }},
			"no such word": {store.ActivityQuery{Search: "zzz"}, func(domain.Event) bool { return false }},
			"all of it": {store.ActivityQuery{Search: "owen", Topics: []domain.Topic{domain.TopicAccess}, People: []string{dana.Membership}, From: now}, func(e domain.Event) bool {
				return e.Kind == domain.UserDisabled && !e.At.Before(now)
			}},
			"a site in a period": {store.ActivityQuery{Sites: []string{site}, From: now.Add(-30 * 24 * time.Hour), To: now}, func(e domain.Event) bool {
				return slices.Contains(e.SiteIDs(), site) && !e.At.Before(now.Add(-30*24*time.Hour)) && e.At.Before(now)
			}},
		} {
			var want []string
			for _, e := range everything {
				if c.want(e) {
					want = append(want, e.ID)
				}
			}
			if len(want) == 0 && !slices.Contains([]string{"no topic", "nobody", "a foreigner", "no site", "no such word"}, what) {
				t.Errorf("%s: the demo has none, so nothing is tested", what)
			}
			for _, fewest := range []int{1000, 2} {
				h.SetFewest(fewest)
				for _, limit := range []int{3, 100} {
					c.q.Limit = limit
					if got := idsOf(h.activity(dana, c.q)); !slices.Equal(got, want) {
						t.Errorf("%s, fewest %d, pages of %d: %d events, want %d", what, fewest, limit, len(got), len(want))
					}
				}
			}
			h.SetFewest(1000)
		}
	})
}

// Suspend1 suspends one person.
func (h house) Suspend1(by domain.Actor, id string) error {
	outcomes, err := h.Suspend(h.ctx(), by, store.Chosen{IDs: []string{id}})
	if err != nil {
		return err
	}
	return outcomes[0].Err
}

// What a person does alone is told in every account they have a place in, once, and in no other.
func TestPersonalEventsAreToldInTheirAccounts(t *testing.T) {
	inHouse(t, func(h house) {
		priya := h.at(store.Priya, store.Brightwater).User
		before := h.number("select count(*) from events where kind = 'person.signed_in'")
		_, err := h.StartSession(h.ctx(), priya, "", store.Start{Hash: "x", From: "198.51.100.77"})
		must(t, err)
		slugs, err := h.Texts(h.ctx(), "select a.slug from events e join accounts a on a.id = e.account_id where e.actor_id = $1 and e.at = $2 order by 1", priya.ID, store.Micros(h.clock.Now()))
		must(t, err)
		if got := fmt.Sprint(slugs); got != "[brightwater cobalt]" {
			t.Errorf("told in %s", got)
		}
		if n := h.number("select count(*) from events where kind = 'person.signed_in'"); n != before+2 {
			t.Errorf("%d entries more", n-before)
		}
	})
}

// AUD-01: who is refused is written down, at most so often; what is beyond writes nothing at all.
func TestDenialsAreLimited(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t, engine, func(c *store.Config) { c.Limits.Denials = 3 })
			dana, owen := h.at(store.Dana, store.Brightwater), h.at(store.Owen, store.Brightwater)
			for range 3 {
				must(t, h.Deny(h.ctx(), owen, "POST /accounts/:account/settings/users/:user", 403))
			}
			watch := storetest.NewWatch(t, h.Store)
			for range 5 {
				must(t, h.Deny(h.ctx(), owen, "GET /", 403))
			}
			if changes := watch.Changes(); changes != nil {
				t.Errorf("beyond the limit: %q", changes)
			}
			must(t, h.Deny(h.ctx(), dana, "GET /", 404)) // somebody else
			h.clock.Advance(time.Hour)
			must(t, h.Deny(h.ctx(), owen, "GET /", 404)) // an hour later
			found := h.activity(dana, store.ActivityQuery{Topics: []domain.Topic{domain.TopicDenied}})
			if len(found) != 5 {
				t.Fatalf("%d denials, want 5", len(found))
			}
			e := found[4]
			if e.Kind != domain.Denied || e.ActorName != owen.User.Name() || e.SubjectID != owen.Membership || e.From != owen.From ||
				e.After["door"] != "POST /accounts/:account/settings/users/:user" || e.After["answer"] != "403" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// No page, filter, search or count of the history reads all of it, whether its rows are few or many.
func TestActivityScansNothing(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine+"/few", func(t *testing.T) { activityScansNothing(t, engine, 0, 1000) })
		t.Run(engine+"/walked", func(t *testing.T) { activityScansNothing(t, engine, 0, 1) })
	}
	t.Run("postgres/many", func(t *testing.T) { activityScansNothing(t, "postgres", 20_000, 1000) })
	t.Run("sqlite/many", func(t *testing.T) { activityScansNothing(t, "sqlite", 5_000, 1000) })
}

func activityScansNothing(t *testing.T, engine string, more, fewest int) {
	e := &ear{}
	h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
	h.SetFewest(fewest)
	dana := h.at(store.Dana, store.Brightwater)
	if more > 0 {
		pastEvents(h, dana.Account.ID, more)
		pastEvents(h, h.at(store.Cora, store.Cobalt).Account.ID, more)
		if engine == "postgres" {
			must(t, h.Exec(h.ctx(), "analyze"))
		}
	}
	owen, site, now := h.row(store.Owen, store.Brightwater).ID, h.site(store.Brightwater, "HPT"), h.clock.Now()
	one := []store.ActivityQuery{
		{},
		{Search: "noor"},
		{Search: "n"},
		{Search: "person"},
		{Topics: []domain.Topic{domain.TopicAccess}},
		{Topics: []domain.Topic{domain.TopicDenied, domain.TopicSites}},
		{People: []string{owen}},
		{People: []string{owen, dana.Membership}},
		{Sites: []string{site}},
		{From: now.Add(-time.Hour)},
		{To: now.Add(-time.Hour)},
		{From: now.Add(-100 * time.Hour), To: now.Add(-time.Hour)},
	}
	heard := e.listen(func() {
		for i, a := range one {
			for _, b := range one[i:] {
				q := a
				q.Search = a.Search + " " + b.Search
				q.Topics, q.People, q.Sites = slices.Concat(a.Topics, b.Topics), slices.Concat(a.People, b.People), slices.Concat(a.Sites, b.Sites)
				if b.From.After(q.From) {
					q.From = b.From
				}
				if !b.To.IsZero() {
					q.To = b.To
				}
				for _, sort := range []string{"when", "-when"} {
					q.Paging = store.Paging{Sort: sort, Limit: 2}
					page, err := h.Activity(h.ctx(), dana, q)
					must(t, err)
					if page.Next != "" {
						q.After = page.Next
						page, err = h.Activity(h.ctx(), dana, q)
						must(t, err)
					}
					if page.Previous != "" {
						q.After, q.Before = "", page.Previous
						_, err = h.Activity(h.ctx(), dana, q)
						must(t, err)
					}
				}
			}
		}
		_, err := h.NamesInActivity(h.ctx(), dana, []string{owen, dana.User.ID, "x"})
		must(t, err)
		_, err = h.Event(h.ctx(), dana, "x")
		if !errors.Is(err, domain.ErrNotFound) {
			t.Error(err)
		}
	})
	if len(heard) < 20 {
		t.Fatalf("only %d statements were heard", len(heard))
	}
	for sql, args := range heard {
		if strings.HasPrefix(sql, "select") || strings.HasPrefix(sql, "with") {
			storetest.NoScan(t, h.Store, sql, args, "events", "event_sites", "memberships")
		}
	}
}

// pastEvents multiplies an account's history: n more, of every topic, by many.
func pastEvents(h house, account string, n int) {
	h.t.Helper()
	numbers := fmt.Sprintf("select n from generate_series(1, %d) as s (n)", n)
	if h.Engine() == "sqlite" {
		numbers = fmt.Sprintf("with recursive s (n) as (select 1 union all select n + 1 from s where n < %d) select n from s", n)
	}
	must(h.t, h.Exec(h.ctx(), `insert into events (id, account_id, at, kind, actor_id, actor_name, from_addr, subject_id, subject_name, before_json, after_json, topic, search_text, seq)
		select substr($1, 28) || '-' || cast(n as text), $1, cast(n as bigint) * 1000000, 'user.role_changed', 'person ' || cast(n % 50 as text), 'Person ' || cast(n % 50 as text), '192.0.2.1',
		'thing ' || cast(n % 500 as text), 'Thing', '', '', case n % 4 when 0 then 'access' when 1 then 'invites' when 2 then 'sign-in' else 'sites' end,
		'person ' || cast(n % 50 as text) || ' thing 192.0.2.1', n from (`+numbers+`) as many`, account))
}
