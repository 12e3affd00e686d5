package store_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// No page, filter, order or count of the Guests list, no guest's Companies and no notice of an end reads all people: so a
// list of 100,000 guests answers like a short one.
func TestGuestListScansNothing(t *testing.T) {
	for engine, size := range map[string]int{"sqlite": 300, "postgres": 3000} {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			dana := h.at(store.Dana, store.Brightwater)
			var rows []domain.Membership
			now := h.clock.Now()
			for i := range size {
				m := domain.Membership{
					AccountID: dana.Account.ID, Kind: domain.KindGuest, Email: fmt.Sprintf("guest%d@elsewhere.example", i), FirstName: "Crowd", LastName: fmt.Sprint("Guest ", i),
					Language: "en", Role: dana.Account.Roles[i%len(dana.Account.Roles)].ID, InvitedBy: dana.User.ID, InviterName: dana.User.Name(), Generation: 1,
					SentAt: now.Add(-30 * 24 * 3600e9), ExpiresAt: now.Add(-23 * 24 * 3600e9), CreatedAt: now, Workspace: domain.Workspaces[i%3], Scope: domain.Whole(dana.Account.ID),
				}
				if i%4 > 0 {
					m.AcceptedAt = now.Add(-20 * 24 * 3600e9)
				}
				if i%50 == 0 {
					m.SuspendedAt = now.Add(-1e9)
				}
				rows = append(rows, m)
			}
			must(t, h.PutMemberships(h.ctx(), rows))
			if engine == "postgres" {
				must(t, h.Exec(h.ctx(), "analyze"))
			}
			elias, err := h.PersonByEmail(h.ctx(), store.Elias)
			must(t, err)
			for sql, args := range e.listen(func() { everyGuestList(h, dana, elias) }) {
				if strings.HasPrefix(sql, "select") || strings.HasPrefix(sql, "with") {
					storetest.NoScan(t, h.Store, sql, args, "memberships", "users")
				}
			}
		})
	}
}

func everyGuestList(h house, by domain.Actor, guest domain.User) {
	h.t.Helper()
	all := []store.Query{{}, {Search: "elias"}, {Search: "crowd"}, {Active: store.On}, {Active: store.Off}, {Roles: []domain.RoleID{by.Account.Roles[0].ID}}}
	for _, w := range domain.Workspaces {
		all = append(all, store.Query{Workspaces: []domain.Workspace{w}})
	}
	for _, state := range []domain.State{domain.StatePending, domain.StateExpired, domain.StateRevoked, domain.StateDeclined, domain.StateAccepted, domain.StateEnded} {
		all = append(all, store.Query{States: []domain.State{state}})
	}
	for _, q := range all {
		pages(h, by, q, []string{"name", "email", "role", "visit", "ends"}, h.Guests)
		_, err := h.CountGuests(h.ctx(), by, q)
		must(h.t, err)
	}
	for _, allowed := range []domain.AllowedDomains{{"brightwater.example"}, {"a.example", "elsewhere.example"}} {
		_, err := h.Outside(h.ctx(), by, allowed)
		must(h.t, err)
	}
	for _, rule := range []domain.FactorRule{domain.FactorForSettings, domain.FactorForAll} {
		_, _, _, err := h.WithoutFactor(h.ctx(), by, by.Account.Concerned(rule))
		must(h.t, err)
	}
	_, err := h.Companies(h.ctx(), guest)
	must(h.t, err)
	_, _, err = h.Invited(h.ctx(), guest)
	must(h.t, err)
	_, err = h.TellGuestEnds(h.ctx(), 10)
	must(h.t, err)
}
