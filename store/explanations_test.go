package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// reachers are the addresses of everybody who reaches a node, page by page, each told once and in order.
func (h house) reachers(by domain.Actor, at domain.Node) (emails []string) {
	h.t.Helper()
	last := ""
	for after := ""; ; {
		rows, next, err := h.Reachers(h.ctx(), by, at, after)
		must(h.t, err)
		for _, r := range rows {
			if r.Membership.ID <= last {
				h.t.Errorf("%s comes again, or out of order", r.Membership.Email)
			}
			last = r.Membership.ID
			emails = append(emails, string(r.Membership.Kind)+" "+r.Membership.Email)
		}
		if next == "" {
			slices.Sort(emails)
			return emails
		}
		after = next
	}
}

// Everybody who reaches a device is who the domain says reaches it, asked about each one: on every device, to whom sees the
// whole account, to whom sees a part of it and no guests; and nobody of another company.
func TestReachers(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		everyone, err := h.Everyone(h.ctx())
		must(t, err)
		guests, devices := 0, 0
		for _, by := range []domain.Actor{dana, h.at(store.Ingrid, store.Brightwater)} {
			sites, _, err := h.Sites(h.ctx(), by, "", "", 100)
			must(t, err)
			for _, site := range sites {
				page, err := h.Devices(h.ctx(), by, site.ID, store.DeviceQuery{})
				must(t, err)
				for _, d := range page.Rows {
					var want []string
					for _, m := range everyone {
						told := m.Kind == domain.KindUser || m.Kind == domain.KindGuest && by.Can(domain.ViewGuests)
						if m.AccountID == by.Account.ID && told && len(m.Scope.Within(by.Scope)) > 0 && by.Account.Explain(m, d.Node(), h.clock.Now()).Reaches() {
							want = append(want, string(m.Kind)+" "+m.Email)
						}
					}
					slices.Sort(want)
					got := h.reachers(by, d.Node())
					if !slices.Equal(got, want) {
						t.Errorf("%s to %s: %q, want %q", d.Name(), by.User.Email, got, want)
					}
					devices++
					guests += strings.Count(strings.Join(got, " "), "guest ")
				}
			}
		}
		if devices < 20 || guests < 20 {
			t.Errorf("only %d devices and %d guests were asked about", devices, guests)
		}
	})
}

// GST-11: a guest whom nothing at home lets in any more reaches nothing, and that is why.
func TestGST11_ReachersAtHome(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		site := siteOf(t, h.Store, dana, "HPT")
		at := deviceOf(t, h.Store, dana, site.ID, "GH-MTR-20C4-1187").Node()
		if got := h.reachers(dana, at); !slices.Contains(got, "guest "+store.Cora) {
			t.Fatalf("Cora is none of %q", got)
		}
		must(t, h.Exec(h.ctx(), "update memberships set suspended_at = 1 where kind = 'user' and removed_at = 0 and email = '"+store.Cora+"'"))
		if got := h.reachers(dana, at); slices.Contains(got, "guest "+store.Cora) {
			t.Error("she is locked at home, and reaches it")
		}
		guests, err := h.Guests(h.ctx(), dana, store.Query{Search: store.Cora})
		must(t, err)
		e, err := h.ExplainAccess(h.ctx(), dana, guests.Rows[0], at)
		must(t, err)
		if e.Obstacle != domain.ClosedAtHome || e.Reaches() {
			t.Errorf("explained as %+v", e)
		}
	})
}

// A page of who reaches a device is found by the steps down to it, in as many statements and rows whoever else there is:
// guests of other devices of the group, people of other sites, and a crowd that holds the whole account and sees no device.
func TestReachersScanNothing(t *testing.T) {
	for engine, size := range map[string]int{"sqlite": 300, "postgres": 3000} {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouse(t, engine, func(c *store.Config) { c.Trace = e.hear })
			dana := h.at(store.Dana, store.Brightwater)
			site := siteOf(t, h.Store, dana, "HPT")
			at, beside := deviceOf(t, h.Store, dana, site.ID, "GH-MTR-20C4-1187").Node(), deviceOf(t, h.Store, dana, site.ID, "GH-MTR-20C4-1188").Node()
			ask := func() (reads map[string][]any, shown int) {
				reads = e.listen(func() {
					rows, _, err := h.Reachers(h.ctx(), dana, at, "")
					must(t, err)
					shown = len(rows)
				})
				return reads, shown
			}
			few, before := ask()
			var rows []domain.Membership
			now := h.clock.Now()
			for i := range size {
				m := domain.Membership{
					AccountID: dana.Account.ID, Kind: domain.KindGuest, Email: fmt.Sprintf("crowd%d@elsewhere.example", i), FirstName: "Crowd", LastName: fmt.Sprint("Guest ", i),
					Language: "en", Role: dana.Account.Roles[i%len(dana.Account.Roles)].ID, InvitedBy: dana.User.ID, InviterName: dana.User.Name(), Generation: 1,
					SentAt: now.Add(-30 * 24 * time.Hour), ExpiresAt: now.Add(-23 * 24 * time.Hour), AcceptedAt: now.Add(-20 * 24 * time.Hour), CreatedAt: now,
					Workspace: domain.Devices, Scope: domain.Scope{beside}, Grants: []domain.Grant{{Node: beside, May: domain.Privileges{domain.ViewDevices}}},
				}
				if i%3 == 0 {
					m.Kind, m.Workspace, m.Grants, m.Role, m.Scope = domain.KindUser, "", nil, domain.RoleMember, domain.Whole(dana.Account.ID)
				}
				rows = append(rows, m)
			}
			must(t, h.PutMemberships(h.ctx(), rows))
			if engine == "postgres" {
				must(t, h.Exec(h.ctx(), "analyze"))
			}
			many, after := ask()
			if after < before || len(many) > len(few)+1 {
				t.Errorf("%d people in %d statements, and beside a crowd %d in %d", before, len(few), after, len(many))
			}
			for sql, args := range many {
				storetest.NoScan(t, h.Store, sql, args, "memberships", "grants", "accounts")
				if strings.Contains(sql, " union ") {
					plan := storetest.Plan(t, h.Store, sql, args)
					if strings.Count(plan, "grants_node")+strings.Count(plan, "grants_device") < 8 { // the last step has an index of its own, too
						t.Errorf("not by the steps down to it:\n%s", plan)
					}
				}
			}
			if got, want := h.reachers(dana, at), before; len(got) != want {
				t.Errorf("the crowd that sees nothing reaches it: %d, want %d", len(got), want)
			}
		})
	}
}
