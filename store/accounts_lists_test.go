package store_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// clientQueries are every filter alone and some together.
func clientQueries() []store.AccountQuery {
	active, closed := domain.AccountActive, domain.AccountClosed
	return []store.AccountQuery{
		{},
		{Search: "crowd"},
		{Search: "1000047"},
		{Search: "cob"},
		{Search: "c"},
		{Search: "nowhere"},
		{States: []domain.AccountState{active}},
		{States: []domain.AccountState{closed}},
		{States: []domain.AccountState{closed, active, closed}},
		{States: []domain.AccountState{"gone"}},
		{Search: "crowd", States: []domain.AccountState{closed}},
		{Search: "bright", States: []domain.AccountState{active}},
	}
}

var clientOrders = []string{"", "name", "-name", "created", "-created", "slug"}

// clients reads all pages of a list.
func (h house) clients(by domain.Actor, q store.AccountQuery) (out []store.Client) {
	h.t.Helper()
	for {
		page, err := h.Clients(h.ctx(), by, q)
		must(h.t, err)
		out = append(out, page.Rows...)
		if q.After = page.Next; q.After == "" {
			return out
		}
	}
}

func clientNames(clients []store.Client) string {
	var out []string
	for _, c := range clients {
		out = append(out, c.Name)
	}
	return strings.Join(out, ", ")
}

func wantedClient(q store.AccountQuery, c store.Client) bool {
	text := domain.Fold(c.Name + " " + c.Slug)
	found := q.Search == "" || strings.Contains(text, q.Search)
	if len(q.Search) == 1 {
		found = strings.HasPrefix(text, q.Search) || strings.Contains(text, " "+q.Search)
	}
	return found && (len(q.States) == 0 || slices.Contains(q.States, c.State()))
}

// Whatever a partner's list of accounts is asked for, in which order, it is what the whole list is without what was not asked
// for: read in every way, in pages, and as a file. Another partner's accounts are in none of them (TEN-06).
func TestClientListsAgreeInEveryWay(t *testing.T) {
	inHouse(t, func(h house) {
		nora := h.at(store.Nora, store.Northgate)
		if got := clientNames(h.clients(nora, store.AccountQuery{})); got != "Brightwater Energy, Cobalt Field Services" {
			t.Fatal(got)
		}
		storetest.FillClients(t, h.Store, nora.Account, 90)
		for nth, order := range clientOrders {
			every := h.clients(nora, store.AccountQuery{Paging: store.Paging{Sort: order, Limit: 100}})
			if len(every) != 92 {
				t.Fatalf("%d accounts", len(every))
			}
			for i, q := range clientQueries() {
				h.SetFewest(1 + 999*((i+nth)%2))
				q.Paging = store.Paging{Sort: order, Limit: 11}
				var want, file []store.Client
				for _, c := range every {
					if wantedClient(q, c) {
						want = append(want, c)
					}
				}
				if got := clientNames(h.clients(nora, q)); got != clientNames(want) {
					t.Errorf("by %s, %+v: %s, want %s", order, q, got, clientNames(want))
				}
				must(t, h.EachClient(h.ctx(), nora, q, func(c store.Client) error { file = append(file, c); return nil }))
				if clientNames(file) != clientNames(want) {
					t.Errorf("by %s, %+v as a file: %s, want %s", order, q, clientNames(file), clientNames(want))
				}
				n, err := h.CountClients(h.ctx(), nora, q)
				must(t, err)
				if n.N > len(want) || n.N != len(want) && !n.More {
					t.Errorf("%+v: counted %+v of %d", q, n, len(want))
				}
			}
		}
		if got := clientNames(h.clients(h.at(store.Petra, store.Stonecrop), store.AccountQuery{})); got != "Larkspur "+store.Canary {
			t.Errorf("the other partner has %s", got)
		}
	})
}

// A row says how many sites an account has, as far as is worth counting; those that are removed are none.
func TestClientSitesAreCounted(t *testing.T) {
	inHouse(t, func(h house) {
		nora := h.at(store.Nora, store.Northgate)
		sites := func() (out []store.Count) {
			for _, c := range h.clients(nora, store.AccountQuery{}) {
				one, err := h.Client(h.ctx(), nora, c.ID)
				must(t, err)
				if one.Sites != c.Sites || one.Name != c.Name {
					t.Errorf("%s: %+v in the list, %+v alone", c.Name, c.Sites, one.Sites)
				}
				out = append(out, c.Sites)
			}
			return out
		}
		if got := sites(); !slices.Equal(got, []store.Count{{N: 14}, {N: 2}}) {
			t.Errorf("%+v", got)
		}
		must(t, h.Exec(h.ctx(), "update sites set removed_at = 1 where id = $1", h.site(store.Cobalt, "NLG")))
		must(t, h.Exec(h.ctx(), `insert into sites (id, account_id, name, name_key, code, address, time_zone, created_at, removed_at)
			select s.id || d.id, s.account_id, s.name, s.name_key, '', '', 'UTC', 1, 0 from sites s cross join devices d where s.id = $1`, h.site(store.Brightwater, "HPT")))
		if got := sites(); !slices.Equal(got, []store.Count{{N: 100, More: true}, {N: 1}}) {
			t.Errorf("%+v", got)
		}
	})
}

// A list of 100,000 accounts answers like a short one, in every order and with every filter: nothing reads the accounts from
// end to end, sorts them, or passes by more of them than a few pages hold; nor do setting one up and what is asked then.
func TestClientListsPassByFew(t *testing.T) {
	for engine, size := range map[string]int{"sqlite": 60, "postgres": 8_000} {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			nora := h.at(store.Nora, store.Northgate)
			storetest.FillClients(t, h.Store, nora.Account, size)
			seen := map[string]bool{}
			for sql, args := range e.listen(func() { everyClientList(h, nora) }) {
				if !seen[sql] && (strings.HasPrefix(sql, "select") || strings.HasPrefix(sql, "with")) {
					seen[sql] = true
					storetest.NoScan(t, h.Store, sql, args, "accounts", "sites", "memberships", "events", "users")
					passesByFew(h, "nora", sql, args)
				}
			}
		})
	}
}

func everyClientList(h house, by domain.Actor) {
	h.t.Helper()
	for _, q := range clientQueries() {
		for _, order := range clientOrders {
			q.Paging = store.Paging{Sort: order, Limit: 2}
			page, err := h.Clients(h.ctx(), by, q)
			must(h.t, err)
			if q.After = page.Next; q.After == "" {
				continue
			}
			page, err = h.Clients(h.ctx(), by, q)
			must(h.t, err)
			q.After, q.Before = "", page.Previous
			_, err = h.Clients(h.ctx(), by, q)
			must(h.t, err)
		}
		q.Paging = store.Paging{}
		_, err := h.CountClients(h.ctx(), by, q)
		must(h.t, err)
	}
	a, err := h.CreateClient(h.ctx(), by, accountDraft("Crowd"))
	must(h.t, err)
	_, _, err = h.FirstAdmin(h.ctx(), by, a)
	must(h.t, err)
	site, err := h.CreateClientSite(h.ctx(), by, a.ID, domain.SiteDraft{Name: "Quay"})
	must(h.t, err)
	_, _, err = h.ClientSites(h.ctx(), by, a, "qu", "", 5)
	must(h.t, err)
	m, err := h.InviteColleague(h.ctx(), by, a.ID, domain.ColleagueDraft{Colleague: store.Devon, Role: "user", Site: site.ID})
	must(h.t, err)
	_, err = h.FindInviteByToken(h.ctx(), h.InviteToken(m.ID, m.Generation))
	must(h.t, err)
}

// accountDraft is the good form of a new account.
func accountDraft(name string) domain.AccountDraft {
	return domain.AccountDraft{Name: name, Country: "US", FirstName: "Alba", LastName: "Ruiz", Email: "alba.ruiz@heron.example", Language: "es"}
}
