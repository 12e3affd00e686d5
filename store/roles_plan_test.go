package store_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// Deleting a role reads and writes its holders a batch at a time, each found where the last one ended, and nobody else:
// what it costs is bounded by how many they are, for each gets an event of their own. Counting them ends early.
func TestDeletingARoleScansNothing(t *testing.T) {
	const batch = 500
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouse(t, engine, func(c *store.Config) { c.Trace = e.hear })
			h.hostRoles(store.Brightwater)
			dana := h.at(store.Dana, store.Brightwater)
			held, other := maintenance+store.Brightwater, readOnly+store.Brightwater
			var rows []domain.Membership
			now := h.clock.Now()
			for i := range 2 * (batch + 50) { // every second one holds it
				m := domain.Membership{
					AccountID: dana.Account.ID, Kind: domain.KindGuest, Email: fmt.Sprintf("guest%d@elsewhere.example", i), FirstName: "Crowd", LastName: fmt.Sprint("Guest ", i),
					Language: "en", Role: []domain.RoleID{held, other}[i%2], InvitedBy: dana.User.ID, InviterName: dana.User.Name(), Generation: 1,
					SentAt: now.Add(-30 * 24 * 3600e9), ExpiresAt: now.Add(-23 * 24 * 3600e9), AcceptedAt: now.Add(-20 * 24 * 3600e9), CreatedAt: now,
					Workspace: domain.GroupsAndDevices, Scope: domain.Whole(dana.Account.ID),
				}
				rows = append(rows, m)
			}
			must(t, h.PutMemberships(h.ctx(), rows))
			if engine == "postgres" {
				storetest.Exec(t, h.Store, "analyze")
			}
			n, err := h.RoleHolders(h.ctx(), dana, held)
			must(t, err)
			if n.Guests.N != batch+50 {
				t.Fatalf("%d guests hold it", n.Guests.N)
			}
			reads := 0
			for sql, args := range e.listen(func() {
				_, err := h.RoleHolders(h.ctx(), dana, held)
				must(t, err)
				_, version, err := h.Role(h.ctx(), dana, string(held))
				must(t, err)
				_, err = h.DeleteRole(h.ctx(), dana, string(held), version, domain.RoleDeletionDraft{People: string(domain.RoleUser), Guests: string(other)})
				must(t, err)
			}) {
				verb, _, _ := strings.Cut(sql, " ")
				if verb != "select" && verb != "with" && verb != "update" {
					continue
				}
				storetest.NoScan(t, h.Store, sql, args, "memberships", "grants", "users", "events")
				if strings.Contains(sql, "m.role = $3") && strings.Contains(sql, "m.id > $4") {
					reads++
					if engine == "sqlite" && !strings.Contains(storetest.Plan(t, h.Store, sql, args), "memberships_role (account_id=? AND kind=? AND role=? AND id>?)") {
						t.Errorf("the next holders are not found where the last one ended:\n%s", storetest.Plan(t, h.Store, sql, args))
					}
				}
			}
			if reads == 0 {
				t.Error("no reading of holders was heard")
			}
			if left := h.number("select count(*) from memberships where role = $1 and removed_at = 0", string(held)); left != 0 {
				t.Errorf("%d still hold it", left)
			}
		})
	}
}
