package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/domain"
)

// An ActivityQuery is what the Activity page asks for; it comes from the address. Empty fields ask for nothing, values
// that do not exist match nothing. Several values of one field are alternatives.
type ActivityQuery struct {
	// Search is for words of names, of e-mail addresses of people, and of network addresses.
	Search string
	Topics []domain.Topic
	// People are ids of memberships or of persons: what they did and what was done to them.
	People []string
	// Sites are those an event speaks of.
	Sites []string
	// From and To limit the time: from the first on, up to the second and without it. The zero time is no limit.
	From, To time.Time
	Paging
}

// ActivityPageSize is how many events a page shows.
const ActivityPageSize = 50

var activityList = list[domain.Event]{
	table: "events", fields: "m." + strings.ReplaceAll(eventColumns, ", ", ", m."), scan: scanEvent, own: "-when",
	finish: func(context.Context, querier, []domain.Event) error { return nil },
	orders: map[string]order{"when": {"at", "events_account", true}},
}

// Activity reads a page of the account's history. Whoever asks reaches the whole account (domain.ViewActivity).
func (s *Store) Activity(ctx context.Context, by domain.Actor, query ActivityQuery) (Page[domain.Event], error) {
	l, err := s.listEvents(ctx, by, query)
	if err != nil {
		return Page[domain.Event]{}, err
	}
	if query.Limit == 0 {
		query.Limit = ActivityPageSize
	}
	return l.page(ctx, query.Paging)
}

// EachEvent gives every event of a list in its order, however many.
func (s *Store) EachEvent(ctx context.Context, by domain.Actor, query ActivityQuery, do func(domain.Event) error) error {
	l, err := s.listEvents(ctx, by, query)
	if err != nil {
		return err
	}
	return l.each(ctx, do)
}

// Event finds one event of the account.
func (s *Store) Event(ctx context.Context, by domain.Actor, id string) (domain.Event, error) {
	if !storable(id) {
		return domain.Event{}, domain.ErrNotFound
	}
	e, err := one(ctx, s.read, scanEvent, "select "+eventColumns+" from events where id = $1 and account_id = $2", id, by.Account.ID)
	return e, wrap(err, "read an event")
}

// listEvents prepares a list of events.
func (s *Store) listEvents(ctx context.Context, by domain.Actor, query ActivityQuery) (*listing[domain.Event], error) {
	f := eventFilter{s, by.Account.ID, query.From, query.To}
	var conds []condition
	if len(searchWords(query.Search)) > 0 {
		c, err := f.search(ctx, query.Search)
		if err != nil {
			return nil, err
		}
		conds = append(conds, c)
	}
	if len(query.People) > 0 {
		c, err := f.people(ctx, texts(query.People))
		if err != nil {
			return nil, err
		}
		conds = append(conds, c)
	}
	if len(query.Sites) > 0 {
		conds = append(conds, f.sites(texts(query.Sites)))
	}
	if len(query.Topics) > 0 {
		conds = append(conds, f.topics(texts(query.Topics)))
	}
	return prepare(s, s.read.planned(), activityList, query.Sort, f.base, conds), nil
}

// eventFilter turns the fields of an ActivityQuery into conditions.
type eventFilter struct {
	store    *Store
	account  string
	from, to time.Time
}

// base is the account and the period, which the index of the order serves.
func (f eventFilter) base(a *args) string { return f.within("m", a) }

// within is the same of events and of what their sites have of them.
func (f eventFilter) within(table string, a *args) string {
	where := table + ".account_id = " + a.add(f.account)
	if !f.from.IsZero() {
		where += " and " + table + ".at >= " + a.add(micros(f.from))
	}
	if !f.to.IsZero() {
		where += " and " + table + ".at < " + a.add(micros(f.to))
	}
	return where
}

// through finds rows by an index.
func (f eventFilter) through(index string, holds func(*args) string) func(*args) string {
	return func(a *args) string {
		return "select m." + f.store.rowColumn() + " from events m" + f.store.indexedBy(index) + " where " + f.base(a) + " and " + holds(a)
	}
}

func (f eventFilter) search(ctx context.Context, typed string) (condition, error) {
	hits, err := f.store.find(ctx, f.store.read, history, f.account, typed)
	if err != nil {
		return condition{}, err
	}
	return hits.condition(f.account), nil
}

func (f eventFilter) topics(of []string) condition {
	var lanes []lane
	for _, topic := range distinct(slices.Clone(of)) {
		lanes = append(lanes, lane{holds: func(a *args) string { return "m.topic = " + a.add(topic) }, index: "events_topic"})
	}
	if len(of) == 1 {
		of = append(of, of[0]) // see filter.oneOf
	}
	holds := func(a *args) string { return "m.topic in (" + a.add(values(of)...) + ")" }
	return condition{holds: holds, by: f.store.rowColumn(), found: []func(*args) string{f.through("events_topic", holds)}, lanes: map[string][]lane{"at": lanes}}
}

// sites leaves the events that speak of some sites, of the account alone.
func (f eventFilter) sites(of []string) condition {
	of = distinct(of)
	speaks := func(a *args, event string, of []string) string {
		// Not "exists": PostgreSQL would rather put the two tables side by side, and read all of this one.
		return "coalesce((select 1 from event_sites s where s.event_id = " + event + " and s.site_id in (" + a.add(values(of)...) + ") limit 1), 0)"
	}
	base := func(a *args) string { return f.within("p", a) }
	var lanes []lane
	for i, site := range of {
		lanes = append(lanes, lane{index: "event_sites_when", trail: &trail{table: "event_sites", id: "event_id", base: base}, holds: func(a *args) string {
			own := "p.site_id = " + a.add(site)
			if i > 0 { // an event of several sites is in the first one's lane
				own += " and " + speaks(a, "p.event_id", of[:i]) + " = 0"
			}
			return own
		}})
	}
	return condition{
		holds: func(a *args) string { return speaks(a, "m.id", of) + " = 1" },
		found: []func(*args) string{func(a *args) string {
			return "select p.event_id from event_sites p" + f.store.indexedBy("event_sites_when") + " where " + base(a) + " and p.site_id in (" + a.add(values(of)...) + ")"
		}},
		twice: len(of) > 1,
		lanes: map[string][]lane{"at": lanes},
	}
}

// people leaves what some people did and what was done to them. What they do stands under the person, what is done to
// them under their membership.
func (f eventFilter) people(ctx context.Context, of []string) (condition, error) {
	type place struct{ membership, person string }
	scan := func(row scanner) (p place, err error) { return p, row.Scan(&p.membership, &p.person) }
	actors, subjects := slices.Clone(of), slices.Clone(of)
	n := len(of)
	for _, column := range []string{"m.id", "m.user_id"} {
		found, err := all(ctx, f.store.read, scan, "select m.id, coalesce(m.user_id, '') from memberships m where m.account_id = $1 and "+column+" in ("+in(n, 2)+")",
			append([]any{f.account}, values(of)...)...)
		if err != nil {
			return condition{}, fmt.Errorf("look for people of the history: %w", err)
		}
		for _, p := range found {
			subjects = append(subjects, p.membership)
			if p.person != "" {
				actors, subjects = append(actors, p.person), append(subjects, p.person)
			}
		}
	}
	slices.Sort(actors)
	slices.Sort(subjects)
	actors, subjects = slices.Compact(actors), slices.Compact(subjects)
	did := func(a *args) string { return "m.actor_id in (" + a.add(values(actors)...) + ")" }
	suffered := func(a *args) string { return "m.subject_id in (" + a.add(values(subjects)...) + ")" }
	var lanes []lane
	for _, id := range actors {
		lanes = append(lanes, lane{holds: func(a *args) string { return "m.actor_id = " + a.add(id) }, index: "events_actor"})
	}
	for _, id := range subjects {
		lanes = append(lanes, lane{holds: func(a *args) string { return "m.subject_id = " + a.add(id) + " and not " + did(a) }, index: "events_subject"})
	}
	if len(actors) == 1 {
		actors = append(actors, actors[0])
	}
	if len(subjects) == 1 {
		subjects = append(subjects, subjects[0])
	}
	return condition{
		lanes: map[string][]lane{"at": lanes},
		by:    f.store.rowColumn(),
		holds: func(a *args) string { return "(" + did(a) + " or " + suffered(a) + ")" },
		found: []func(*args) string{
			f.through("events_actor", did),
			f.through("events_subject", func(a *args) string { return suffered(a) + " and not " + did(a) }),
		},
	}, nil
}

// NamesInActivity tells how people are called whom the history is filtered by, by the ids of that filter.
func (s *Store) NamesInActivity(ctx context.Context, by domain.Actor, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range texts(ids) {
		for _, column := range []string{"m.id", "m.user_id"} {
			found, err := readMemberships(ctx, s.read, "where m.account_id = $1 and "+column+" = $2", by.Account.ID, id)
			if err != nil {
				return nil, err
			}
			if len(found) > 0 {
				names[id] = found[0].Name()
			}
		}
		if names[id] != "" {
			continue
		}
		found, err := all(ctx, s.read, text, "select actor_name from events"+s.indexedBy("events_actor")+
			" where account_id = $1 and actor_id = $2 order by at desc, id desc limit 1", by.Account.ID, id)
		if err != nil {
			return nil, fmt.Errorf("look for a name in the history: %w", err)
		}
		if len(found) > 0 && id != "" {
			names[id] = found[0]
		}
	}
	return names, nil
}

// PeopleInActivity finds people of the account by what is typed, members and invited: up to n ids of memberships.
func (s *Store) PeopleInActivity(ctx context.Context, by domain.Actor, typed string, n int) ([]string, error) {
	l, err := s.listMemberships(ctx, s.read, invitesView, by, Query{Search: typed})
	if err != nil {
		return nil, err
	}
	found, err := l.rows(ctx, nil, false, n)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, row := range found {
		ids = append(ids, row.at.id)
	}
	return ids, nil
}

// SetRetention changes how long the account's history is kept, for those who may at that moment: what it lets go is gone
// for good (RACE-06). Problems name the field "months".
func (s *Store) SetRetention(ctx context.Context, by domain.Actor, d domain.RetentionDraft) (a domain.Account, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		now := c.by.Account
		var e domain.Event
		if a, e, err = now.SetRetention(d, c.by, c.now); err != nil {
			return err
		}
		err = changed(ctx, t, "update accounts set keep_months = $1 where id = $2 and keep_months = $3", a.KeepMonths, a.ID, now.KeepMonths)
		if err != nil {
			return wrap(err, "set how long the history is kept")
		}
		return record(ctx, t, e)
	})
	return a, err
}

// Deny writes down that somebody was refused, up to Limits.Denials within an hour for each person: what is beyond them is
// not counted, so that a flood neither fills the history nor the disk (AUD-01).
func (s *Store) Deny(ctx context.Context, by domain.Actor, door string, status int) error {
	name := "denials of " + by.User.ID
	return s.tx(ctx, func(t *tx) error {
		now := s.now()
		found, err := readCounters(ctx, t, name)
		if err != nil {
			return err
		}
		c := found[name]
		if c.full(now, time.Hour, s.limits.Denials) > 0 {
			return nil
		}
		if err := writeCounter(ctx, t, c.more(now, time.Hour)); err != nil {
			return err
		}
		return record(ctx, t, by.Denial(door, status, now))
	})
}
