package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/domain"
)

// A Client is a customer account as its partner sees it: the account, and how many sites it has.
type Client struct {
	domain.Account
	Sites Count
}

// An AccountQuery is what the list of a partner's customer accounts asks for; it comes from the address. Empty fields ask
// for nothing, values that do not exist match nothing.
type AccountQuery struct {
	Search string
	States []domain.AccountState
	Paging
}

// clientsList is a partner's customer accounts.
var clientsList = list[Client]{
	table: "accounts", fields: strings.ReplaceAll(accountColumns, "a.", "m."), own: "name",
	orders: map[string]order{
		"name":    {"name_key", "accounts_name", false},
		"created": {"created_at", "accounts_created", true},
	},
}

// clientLanes are the indexes of accounts of one state, by the column of an order.
var clientLanes = map[domain.AccountState]struct {
	holds  string
	orders map[string]string
}{
	domain.AccountActive: {"m.suspended_at = 0", map[string]string{"name_key": "accounts_open_name", "created_at": "accounts_open_created"}},
	domain.AccountClosed: {"m.suspended_at > 0", map[string]string{"name_key": "accounts_closed_name", "created_at": "accounts_closed_created"}},
}

// Clients lists a page of the customer accounts of the actor's partner.
func (s *Store) Clients(ctx context.Context, by domain.Actor, query AccountQuery) (Page[Client], error) {
	l, err := s.listClients(ctx, by, query)
	if err != nil {
		return Page[Client]{}, err
	}
	return l.page(ctx, query.Paging)
}

// EachClient gives every row of the same list to do, for an export; it stops at the first error.
func (s *Store) EachClient(ctx context.Context, by domain.Actor, query AccountQuery, do func(Client) error) error {
	l, err := s.listClients(ctx, by, query)
	if err != nil {
		return err
	}
	return l.each(ctx, do)
}

// CountClients counts the rows of the same list, as far as is worth it.
func (s *Store) CountClients(ctx context.Context, by domain.Actor, query AccountQuery) (Count, error) {
	l, err := s.listClients(ctx, by, query)
	if err != nil {
		return Count{}, err
	}
	return l.count(ctx)
}

func (s *Store) listClients(ctx context.Context, by domain.Actor, query AccountQuery) (*listing[Client], error) {
	q := s.read.planned()
	base := func(a *args) string { return "m.partner_id = " + a.add(by.Account.ID) }
	var conds []condition
	if len(searchWords(query.Search)) > 0 {
		hits, err := s.find(ctx, q, clients, by.Account.ID, query.Search)
		if err != nil {
			return nil, err
		}
		conds = append(conds, hits.condition(by.Account.ID))
	}
	if len(query.States) > 0 {
		conds = append(conds, s.clientStates(base, query.States))
	}
	l := clientsList
	l.scan, l.finish = s.scanClient, countSitesOf
	return prepare(s, q, l, query.Sort, base, conds), nil
}

// clientStates leaves accounts of some states: each is a lane of its own in every order.
func (s *Store) clientStates(base func(*args) string, of []domain.AccountState) condition {
	c := condition{by: s.rowColumn(), lanes: map[string][]lane{}}
	var each []string
	for _, state := range slices.Compact(slices.Sorted(slices.Values(of))) {
		v, ok := clientLanes[state]
		if !ok {
			continue
		}
		each = append(each, v.holds)
		holds := func(*args) string { return v.holds }
		for column, index := range v.orders {
			c.lanes[column] = append(c.lanes[column], lane{holds: holds, index: index})
		}
		c.found = append(c.found, func(a *args) string {
			return "select m." + s.rowColumn() + " from accounts m" + s.indexedBy(v.orders["name_key"]) + " where " + base(a) + " and " + v.holds
		})
	}
	if len(each) == 0 {
		return matchesNothing()
	}
	c.holds = func(*args) string { return "(" + strings.Join(each, " or ") + ")" }
	return c
}

func (s *Store) scanClient(row scanner) (Client, error) {
	a, err := s.scanAccount(row)
	return Client{Account: a}, err
}

// mostSitesCounted is how far the sites of one account are counted for its row.
const mostSitesCounted = 100

// countSitesOf counts the sites of each account on a page, as far as is worth it.
func countSitesOf(ctx context.Context, q querier, rows []Client) error {
	at := map[string]int{}
	var ids []any
	for i, c := range rows {
		at[c.ID] = i
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	type counted struct {
		id string
		n  int
	}
	scan := func(row scanner) (c counted, err error) { return c, row.Scan(&c.id, &c.n) }
	found, err := all(ctx, q, scan, fmt.Sprintf(`select a.id, (select count(*) from (select 1 from sites s where s.account_id = a.id and s.removed_at = 0 limit %d) c)
		from accounts a where a.id in (%s)`, mostSitesCounted+1, in(len(ids), 1)), ids...)
	for _, c := range found {
		rows[at[c.id]].Sites = Count{N: min(c.n, mostSitesCounted), More: c.n > mostSitesCounted}
	}
	return wrap(err, "count the sites of accounts")
}

// Client finds a customer account of the actor's partner. Any other account is domain.ErrNotFound, there or not.
func (s *Store) Client(ctx context.Context, by domain.Actor, id string) (Client, error) {
	a, err := s.readClient(ctx, s.read, by, id)
	if err != nil {
		return Client{}, err
	}
	rows := []Client{{Account: a}}
	err = countSitesOf(ctx, s.read, rows)
	return rows[0], err
}

func (s *Store) readClient(ctx context.Context, q querier, by domain.Actor, id string) (domain.Account, error) {
	if !storable(id) {
		return domain.Account{}, domain.ErrNotFound
	}
	a, err := one(ctx, q, s.scanAccount, "select "+accountColumns+" from accounts a where a.id = $1 and a.partner_id = $2", id, by.Account.ID)
	return a, wrap(err, "find a customer account")
}

// ClientSites lists up to n sites of a customer account by name, as Sites does. Their names are all that the partner reads
// of them.
func (s *Store) ClientSites(ctx context.Context, by domain.Actor, client domain.Account, search, cursor string, n int) ([]domain.Site, string, error) {
	there, err := by.Toward(client, domain.Help{})
	if err != nil {
		return nil, "", err
	}
	return s.Sites(ctx, there, search, cursor, n)
}

// ClientSite finds one of them.
func (s *Store) ClientSite(ctx context.Context, by domain.Actor, client domain.Account, id string) (domain.Site, error) {
	there, err := by.Toward(client, domain.Help{})
	if err != nil {
		return domain.Site{}, err
	}
	site, err := s.Site(ctx, there, id)
	if !errors.Is(err, domain.ErrNotFound) || !storable(id) {
		return site, err
	}
	was, other := all(ctx, s.read, number, "select 1 from sites s where s.id = $1 and s.account_id = $2", id, client.ID)
	switch {
	case other != nil:
		return site, fmt.Errorf("look for a site that was removed: %w", other)
	case len(was) > 0:
		return site, domain.SiteGone()
	}
	return site, err
}
