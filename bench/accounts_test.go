package bench

import (
	"flag"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var (
	accounts = flag.Int("accounts", 100_000, "how many customer accounts the large partner has")
	admins   = flag.Int("admins", 100_000, "how many administrators the large partner has")
	credits  = flag.Int("credits", 1_000_000, "how many entries the large ledger has")
)

// smallPartner is how many of each the partner has that the large one stands beside: every list of them fills a page.
const smallPartner = 2000

// partner is Northgate with more of what is measured, and its Master.
type partner struct {
	*store.Store
	nora domain.Actor
	size int
}

func openPartner(b *testing.B, engine string, size int, fill func(s *store.Store, nora domain.Actor)) partner {
	b.Helper()
	s := storetest.Open(b, engine)
	must(b, s.LoadDemo(b.Context()))
	nora := storetest.As(b, s, store.Nora, store.Northgate)
	fill(s, nora)
	return partner{s, nora, size}
}

// partners are a small one and a large one.
func partners(b *testing.B, engine string, size int, fill func(s *store.Store, nora domain.Actor, size int)) (small, large partner) {
	b.Helper()
	of := func(size int) partner {
		return openPartner(b, engine, size, func(s *store.Store, nora domain.Actor) { fill(s, nora, size) })
	}
	return of(smallPartner), of(size)
}

// BenchmarkAccounts measures a page of the list of a partner of -accounts customer accounts beside the same page of one of
// 2,000.
func BenchmarkAccounts(b *testing.B) {
	for _, engine := range storetest.Engines {
		small, large := partners(b, engine, *accounts, func(s *store.Store, nora domain.Actor, n int) { storetest.FillClients(b, s, nora.Account, n) })
		of := func(sort string, states ...domain.AccountState) store.AccountQuery {
			return store.AccountQuery{Paging: store.Paging{Sort: sort}, States: states}
		}
		read := func(p partner, q store.AccountQuery) (store.Page[store.Client], error) {
			return p.Clients(b.Context(), p.nora, q)
		}
		for _, page := range []struct {
			name   string
			query  store.AccountQuery
			middle bool
		}{
			{"name", of("name"), false},
			{"name-from-the-end", of("-name"), false},
			{"middle", of(""), true},
			{"created", of("-created"), false},
			{"created-oldest", of("created"), false},
			{"active-by-name", of("name", domain.AccountActive), false},
			{"suspended-by-name", of("-name", domain.AccountClosed), false},
			{"suspended-by-created", of("created", domain.AccountClosed), false},
			{"search-few-hits", store.AccountQuery{Search: "1000055"}, false},
			{"search-many-hits", store.AccountQuery{Search: "crowd"}, false},
			{"search-suspended", store.AccountQuery{Search: "crowd", States: []domain.AccountState{domain.AccountClosed}}, false},
		} {
			at := func(p partner) func() {
				q := page.query
				if page.middle {
					q.After = halfway(b, p.size, func(at store.Paging) (store.Page[store.Client], error) {
						return read(p, store.AccountQuery{Paging: at})
					})
				}
				return func() {
					_, err := read(p, q)
					must(b, err)
				}
			}
			compared(b, engine+"/"+page.name, at(small), at(large))
		}
	}
}

// BenchmarkAdministrators measures a page of the list of a partner's -admins administrators beside the same page of 2,000.
func BenchmarkAdministrators(b *testing.B) {
	for _, engine := range storetest.Engines {
		small, large := partners(b, engine, *admins, func(s *store.Store, nora domain.Actor, n int) { storetest.FillAdministrators(b, s, nora.Account, n) })
		of := func(sort string, states ...domain.State) store.Query {
			return store.Query{Paging: store.Paging{Sort: sort}, States: states}
		}
		role := func(r domain.RoleID) store.Query { return store.Query{Roles: []domain.RoleID{r}} }
		read := func(p partner, q store.Query) (store.Page[domain.Membership], error) {
			return p.Administrators(b.Context(), p.nora, q)
		}
		for _, page := range []struct {
			name   string
			query  store.Query
			middle bool
		}{
			{"level", of("level"), false},
			{"level-from-the-end", of("-level"), false},
			{"middle", of(""), true},
			{"name", of("name"), false},
			{"email", of("-email"), false},
			{"sign-in", of("-sign-in"), false},
			{"accepted", of("", domain.StateAccepted), false},
			{"pending", of("", domain.StatePending), false},
			{"expired", of("", domain.StateExpired), false},
			{"revoked", of("", domain.StateRevoked), false},
			{"operators", role(domain.RoleOperator), false},
			{"admins-by-name", store.Query{Roles: []domain.RoleID{domain.RolePartnerAdmin}, Paging: store.Paging{Sort: "name"}}, false},
			{"search-few-hits", store.Query{Search: "crew1000055"}, false},
			{"search-many-hits", store.Query{Search: "crew"}, false},
			{"search-pending", store.Query{Search: "crew", States: []domain.State{domain.StatePending}}, false},
		} {
			at := func(p partner) func() {
				q := page.query
				if page.middle {
					q.After = halfway(b, p.size, func(at store.Paging) (store.Page[domain.Membership], error) { return read(p, store.Query{Paging: at}) })
				}
				return func() {
					_, err := read(p, q)
					must(b, err)
				}
			}
			compared(b, engine+"/"+page.name, at(small), at(large))
		}
	}
}

// BenchmarkCredits measures a page of a ledger of -credits entries, and its figures, beside the same of one of 2,000.
func BenchmarkCredits(b *testing.B) {
	for _, engine := range storetest.Engines {
		small, large := partners(b, engine, *credits, func(s *store.Store, nora domain.Actor, n int) { storetest.Credits(b, s, nora.Account.ID, n) })
		kind := func(k domain.CreditKind) store.CreditQuery { return store.CreditQuery{Kinds: []domain.CreditKind{k}} }
		read := func(p partner, q store.CreditQuery) (store.Page[domain.CreditEntry], error) {
			return p.Credits(b.Context(), p.nora, q)
		}
		for _, page := range []struct {
			name   string
			query  store.CreditQuery
			middle bool
		}{
			{"newest", store.CreditQuery{}, false},
			{"oldest", store.CreditQuery{Paging: store.Paging{Sort: "when"}}, false},
			{"middle", store.CreditQuery{}, true},
			{"added", kind(domain.CreditAdded), false},
			{"allocated", kind(domain.CreditAllocated), false},
			{"returned", kind(domain.CreditReturned), false},
			{"returned-of-30-days", store.CreditQuery{Kinds: []domain.CreditKind{domain.CreditReturned}, Since: time.Now().AddDate(0, 0, -30)}, false},
			{"of-30-days", store.CreditQuery{Since: time.Now().AddDate(0, 0, -30)}, false},
			{"search-few-hits", store.CreditQuery{Search: "order 1777"}, false},
			{"search-many-hits", store.CreditQuery{Search: "devon"}, false},
			{"search-returned", store.CreditQuery{Search: "harbor", Kinds: []domain.CreditKind{domain.CreditReturned}}, false},
		} {
			at := func(p partner) func() {
				q := page.query
				if page.middle {
					q.After = halfway(b, p.size, func(at store.Paging) (store.Page[domain.CreditEntry], error) {
						return read(p, store.CreditQuery{Paging: at})
					})
				}
				return func() {
					_, err := read(p, q)
					must(b, err)
				}
			}
			compared(b, engine+"/"+page.name, at(small), at(large))
		}
		sums := func(p partner) func() {
			return func() {
				_, err := p.CreditSums(b.Context(), p.nora)
				must(b, err)
			}
		}
		compared(b, engine+"/sums", sums(small), sums(large))
	}
}
