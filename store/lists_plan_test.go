package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// ear hears the statements a store runs.
type ear struct {
	mu    sync.Mutex
	heard map[string][]any
}

func (e *ear) hear(sql string, args []any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.heard != nil {
		e.heard[sql] = args
	}
}

// listen runs something and gives the statements it ran.
func (e *ear) listen(do func()) map[string][]any {
	e.mu.Lock()
	e.heard = map[string][]any{}
	e.mu.Unlock()
	do()
	e.mu.Lock()
	defer e.mu.Unlock()
	heard := e.heard
	e.heard = nil
	return heard
}

// queries are every filter of a list alone and, for who sees all, with every other one.
func queries(one []store.Query, by domain.Actor) []store.Query {
	all := append([]store.Query{{}}, one...)
	for i, a := range one {
		for _, b := range one[i+1:] {
			if by.Scope.AccountWide() {
				all = append(all, merge(a, b))
			}
		}
	}
	return all
}

func merge(a, b store.Query) store.Query {
	if b.Search != "" {
		a.Search = b.Search
	}
	a.Roles, a.States, a.Sites, a.Mail = append(a.Roles, b.Roles...), append(a.States, b.States...), append(a.Sites, b.Sites...), append(a.Mail, b.Mail...)
	if b.Email != "" {
		a.Email = b.Email
	}
	if b.Text != "" {
		a.Text = b.Text
	}
	if b.Outside != nil {
		a.Outside = b.Outside
	}
	if b.NoFactor != nil {
		a.NoFactor = b.NoFactor
	}
	return a
}

// crowd fills an account with people and invites, so that conditions are frequent and the planner has something to weigh.
func crowd(h house, slug string, people, invites int) {
	h.t.Helper()
	by := h.at(map[string]string{store.Brightwater: store.Dana, store.Cobalt: store.Cora}[slug], slug)
	sites, err := h.Texts(h.ctx(), "select id from sites where account_id = $1 order by id", by.Account.ID)
	must(h.t, err)
	var rows []domain.Membership
	now := h.clock.Now()
	for i := range people + invites {
		m := domain.Membership{
			AccountID: by.Account.ID, Kind: domain.KindUser, Email: fmt.Sprintf("crowd%d@%s.example", i, slug), FirstName: "Crowd", LastName: fmt.Sprint("Person ", i),
			Language: "en", Role: []domain.RoleID{domain.RoleUser, domain.RoleMember, domain.RoleAdmin, domain.RoleDeployer}[i%4], InvitedBy: by.User.ID, InviterName: by.User.Name(),
			Generation: 1, SentAt: now.Add(-30 * 24 * 3600e9), ExpiresAt: now.Add(-23 * 24 * 3600e9), CreatedAt: now, NotifyEmail: i%2 == 0, NotifyText: i%3 == 0,
			Scope: domain.Sites(by.Account.ID, sites[i%len(sites)]), Mail: domain.Mail{State: domain.MailSent, At: now},
		}
		if i%7 == 0 {
			m.Scope = domain.Whole(by.Account.ID)
		}
		switch {
		case i < people:
			m.AcceptedAt = now.Add(-20 * 24 * 3600e9)
			if i%3 == 0 {
				m.SuspendedAt = now.Add(-1e9)
			}
			if i%5 == 0 {
				m.EndsAt = now.Add(-1e9)
			}
		case i%3 == 0:
			m.RevokedAt, m.Mail.State = now.Add(-1e9), domain.MailQueued
		case i%3 == 1:
			m.SentAt, m.ExpiresAt = now, now.Add(7*24*3600e9)
		}
		rows = append(rows, m)
	}
	must(h.t, h.PutMemberships(h.ctx(), rows))
	if h.Engine() == "postgres" {
		must(h.t, h.Exec(h.ctx(), "analyze"))
	}
}

// No page, filter, order or count reads all people, all events or all persons: with few people, read in both ways,
// and with so many that PostgreSQL has something to weigh.
func TestListsScanNothing(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine+"/few", func(t *testing.T) { scansNothing(t, engine, 0, 1000) })
	}
	t.Run("sqlite/walked", func(t *testing.T) { scansNothing(t, "sqlite", 0, 1) })
	t.Run("postgres/many", func(t *testing.T) { scansNothing(t, "postgres", 2000, 1000) })
}

func scansNothing(t *testing.T, engine string, size, fewest int) {
	e := &ear{}
	h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
	h.SetFewest(fewest)
	if size > 0 {
		crowd(h, store.Brightwater, size, size)
		crowd(h, store.Cobalt, 4*size, 4*size)
	} else if engine == "postgres" {
		must(t, h.Exec(h.ctx(), "analyze")) // without statistics every index costs the same
	}
	actors := []domain.Actor{h.at(store.Dana, store.Brightwater), h.at(store.Ingrid, store.Brightwater)}
	site, owen := h.site(store.Brightwater, "HPT"), h.row(store.Owen, store.Brightwater).ID
	for sql, args := range e.listen(func() { everyList(h, actors, site, owen) }) {
		if strings.HasPrefix(sql, "select") || strings.HasPrefix(sql, "with") {
			storetest.NoScan(t, h.Store, sql, args, "memberships", "events", "users")
		}
	}
}

func everyList(h house, actors []domain.Actor, site, owen string) {
	h.t.Helper()
	common := []store.Query{
		{Search: "noor"},
		{Search: "crowd"},
		{Search: "n"},
		{Search: "example noor"}, // a word that everybody has, and one that few have
		{Sites: []string{site}},
		{Roles: []domain.RoleID{domain.RoleUser}},
		{Roles: []domain.RoleID{domain.RoleAdmin, domain.RoleDeployer}},
	}
	users := common
	for _, state := range []domain.State{domain.StateAccepted, domain.StateSuspended, domain.StateEnded} {
		users = append(users, store.Query{States: []domain.State{state}})
	}
	users = append(users, store.Query{Email: store.On}, store.Query{Email: store.Off}, store.Query{Text: store.On}, store.Query{Text: store.Off})
	few, many := domain.AllowedDomains{"brightwater.example"}, domain.AllowedDomains{"a.example", "gridmark.example"} // are outside
	concerned := actors[0].Account.Concerned(domain.FactorForSettings)
	users = append(users, store.Query{Outside: &few}, store.Query{Outside: &many}, store.Query{NoFactor: concerned}, store.Query{NoFactor: actors[0].Account.Concerned(domain.FactorForAll)})
	invites := common
	for _, state := range []domain.State{domain.StatePending, domain.StateExpired, domain.StateRevoked, domain.StateDeclined, domain.StateAccepted} {
		invites = append(invites, store.Query{States: []domain.State{state}})
	}
	for _, mail := range []domain.MailState{domain.MailQueued, domain.MailSent, domain.MailFailed, domain.MailNotMailed} {
		invites = append(invites, store.Query{Mail: []domain.MailState{mail}})
	}
	for _, by := range actors {
		for _, q := range queries(users, by) {
			pages(h, by, q, []string{"name", "email", "role", "sign-in", "joined"}, h.Users)
		}
		for _, q := range queries(invites, by) {
			pages(h, by, q, []string{"name", "email", "sent", "expires"}, h.Invites)
		}
		_, err := h.CountUsers(h.ctx(), by, store.Query{})
		must(h.t, err)
		_, err = h.Outside(h.ctx(), by, few)
		must(h.t, err)
		_, _, _, err = h.WithoutFactor(h.ctx(), by, concerned)
		must(h.t, err)
		_, err = h.OpenInvites(h.ctx(), by)
		must(h.t, err)
		_, _, err = h.InviteWeeks(h.ctx(), by, store.Query{})
		must(h.t, err)
		_, err = h.User(h.ctx(), by, owen)
		must(h.t, err)
	}
	_, err := h.ExpireDue(h.ctx(), 10)
	must(h.t, err)
	_, err = h.RemindDue(h.ctx(), 10)
	must(h.t, err)
}

// pages reads two pages and the way back in every order, of two filters together the first page in one order.
func pages(h house, by domain.Actor, q store.Query, orders []string, list listOf) {
	h.t.Helper()
	both := filters(q) > 1
	if both {
		orders = orders[filters(q)%len(orders):][:1]
	}
	for _, order := range orders {
		for _, direction := range []string{"", "-"} {
			q.Paging = store.Paging{Sort: direction + order, Limit: 2}
			page, err := list(h.ctx(), by, q)
			must(h.t, err)
			if both {
				break
			}
			if page.Next != "" {
				q.After = page.Next
				page, err = list(h.ctx(), by, q)
				must(h.t, err)
			}
			if page.Previous != "" {
				q.After, q.Before = "", page.Previous
				_, err = list(h.ctx(), by, q)
				must(h.t, err)
			}
		}
	}
}

func filters(q store.Query) int {
	n := len(q.Roles) + len(q.States) + len(q.Sites) + len(q.Mail)
	for _, typed := range []string{q.Search, q.Email, q.Text} {
		if typed != "" {
			n++
		}
	}
	if q.Outside != nil {
		n++
	}
	if q.NoFactor != nil {
		n++
	}
	return n
}
