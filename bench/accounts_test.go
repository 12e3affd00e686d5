package bench

import (
	"flag"
	"fmt"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var accounts = flag.Int("accounts", 100_000, "how many customer accounts the large partner has")

// openPartner is a store where Northgate has n more customer accounts, and its Master.
func openPartner(b *testing.B, engine string, n int) (*store.Store, domain.Actor) {
	b.Helper()
	s := storetest.Open(b, engine)
	must(b, s.LoadDemo(b.Context()))
	nora := storetest.As(b, s, store.Nora, store.Northgate)
	storetest.FillClients(b, s, nora.Account, n)
	return s, nora
}

// BenchmarkAccounts measures a page of the list of a partner of -accounts customer accounts beside the same page of one of
// 100.
func BenchmarkAccounts(b *testing.B) {
	for _, engine := range storetest.Engines {
		small, few := openPartner(b, engine, 100)
		large, many := openPartner(b, engine, *accounts)
		by := func(sort string) store.AccountQuery { return store.AccountQuery{Paging: store.Paging{Sort: sort}} }
		of := func(s domain.AccountState, sort string) store.AccountQuery {
			q := by(sort)
			q.States = []domain.AccountState{s}
			return q
		}
		for _, page := range []struct {
			name  string
			query store.AccountQuery
		}{
			{"name", by("name")},
			{"created", by("-created")},
			{"active-by-name", of(domain.AccountActive, "name")},
			{"suspended-by-name", of(domain.AccountClosed, "-name")},
			{"suspended-by-created", of(domain.AccountClosed, "created")},
			{"search-few-hits", store.AccountQuery{Search: "1000055"}},
			{"search-many-hits", store.AccountQuery{Search: "crowd"}},
			{"search-suspended", store.AccountQuery{Search: "crowd", States: []domain.AccountState{domain.AccountClosed}}},
		} {
			read := func(s *store.Store, by domain.Actor) func() {
				return func() {
					_, err := s.Clients(b.Context(), by, page.query)
					must(b, err)
				}
			}
			compared(b, fmt.Sprintf("%s/%s", engine, page.name), read(small, few), read(large, many))
		}
	}
}
