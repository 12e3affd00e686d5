package store_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/domain"
	"gatehouse/store"
)

// guestMay are the privileges a guest of the role "maintenance" can have at a node.
var guestMay = domain.Privileges{domain.ViewDevices, domain.ExportDevices, domain.ConfigureDevices}

// TEN-11, GST-04, GST-05: a guest with different privileges at different nodes has each of them where Covers says, in
// every list and by every id, whatever moves, and whatever the role loses (PRIV-17).
func TestTEN11_GST05_EveryGrantOfAGuestFollowsTheTree(t *testing.T) {
	inHouse(t, func(h house) {
		t := h.t
		h.hostRoles(store.Brightwater)
		jonas := h.at(store.Jonas, store.Brightwater)
		m := h.guest(h.at(store.Dana, store.Brightwater), h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		bound, nth := h.enter(store.Cora, m), 2000
		rapid.Check(t, func(rt *rapid.T) {
			nth++
			g := grow(rt, t, h.Store, jonas, nth)
			nodes := append(domain.Scope{{Account: jonas.Account.ID}}, g.places()...)
			for _, id := range g.ids() {
				nodes = append(nodes, g.devices[id])
			}
			var grants []domain.Grant
			for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom(nodes), 1, 5, rapid.ID).Draw(rt, "nodes") {
				may := domain.Privileges{domain.ViewDevices} // who may do something at a node sees it
				may = append(may, rapid.SliceOfNDistinct(rapid.SampledFrom(guestMay[1:]), 0, 2, rapid.ID).Draw(rt, "may")...)
				grants = append(grants, domain.Grant{Node: n, May: may})
				for _, p := range may {
					g.held[p.String()] = append(g.held[p.String()], n)
				}
			}
			must(t, h.PutGrants(h.ctx(), m.ID, grants))
			for range rapid.IntRange(1, 3).Draw(rt, "steps") {
				g.step(rt, t)
			}
			left := domain.Privileges{domain.ViewDevices} // which the others imply
			for _, p := range guestMay[1:] {
				if rapid.Bool().Draw(rt, "keeps "+p.String()) {
					left = append(left, p)
				} else {
					delete(g.held, p.String())
				}
			}
			must(t, h.Exec(h.ctx(), "update roles set privileges = $1 where id = $2", left.String(), string(maintenance)+store.Brightwater))

			by, err := h.Actor(h.ctx(), bound, store.Brightwater, "")
			must(t, err)
			for _, p := range guestMay {
				for id, at := range g.devices {
					if want := g.held[p.String()].Covers(at); by.CanAt(p, at) != want {
						rt.Fatalf("a guest with %v: %s at %v (%s), want %t", grants, p, at, id, want)
					}
				}
			}
			seen := g.held[domain.ViewDevices.String()]
			g.tree(rt, t, by, seen)
			g.found(rt, t, by, seen)
		})
	})
}

// found holds what a picker finds of the grown devices, all rounds of them, and what is counted in all, against what Covers says.
func (g *grown) found(rt *rapid.T, t *testing.T, by domain.Actor, scope domain.Scope) {
	t.Helper()
	found, err := g.s.FindNodes(t.Context(), by, "grown-", store.OnlyDevices, 5000)
	must(t, err)
	var got []string
	for _, n := range found {
		if _, grown := g.devices[n.Node.Device]; grown {
			got = append(got, n.Node.Device)
		}
	}
	var want []string
	for _, id := range g.ids() {
		if scope.Covers(g.devices[id]) {
			want = append(want, id)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		rt.Fatalf("with %q a picker finds the devices %q, want %q", scope, got, want)
	}
	if scope.AccountWide() {
		return // what grew in other rounds counts as well
	}
	if every, _, err := g.s.DeviceTotals(t.Context(), by); err != nil || every.N != len(want) {
		rt.Fatalf("with %q %d devices are counted, %v, want %d", scope, every.N, err, len(want))
	}
}
