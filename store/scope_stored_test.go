package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// grown is a random tree of Brightwater's, as the test believes it to be.
type grown struct {
	s       *store.Store
	jonas   domain.Actor // deploys everywhere
	sites   []domain.Site
	groups  []domain.Group
	devices map[string]domain.Node
	// held are the scopes of some people, by address, as they are stored.
	held map[string]domain.Scope
}

// holders are the people whose scopes the test writes: two who see, one who deploys.
var holders = []string{store.Owen, store.Jun, store.Yuki}

func grow(rt *rapid.T, t *testing.T, s *store.Store, jonas domain.Actor, nth int) *grown {
	t.Helper()
	g := &grown{s: s, jonas: jonas, devices: map[string]domain.Node{}, held: map[string]domain.Scope{}}
	for n := range rapid.IntRange(1, 3).Draw(rt, "sites") {
		site, err := s.CreateSite(t.Context(), jonas, domain.SiteDraft{Name: fmt.Sprintf("Grown %d-%d", nth, n), TimeZone: "UTC"})
		must(t, err)
		g.sites = append(g.sites, site)
		in := []string{""}
		for k := range rapid.IntRange(0, 2).Draw(rt, "groups") {
			group, err := s.CreateGroup(t.Context(), jonas, site.ID, domain.GroupDraft{Name: fmt.Sprint("Room ", k)})
			must(t, err)
			g.groups, in = append(g.groups, group), append(in, group.ID)
		}
		var drafts []domain.DeviceDraft
		for k := range rapid.IntRange(1, 4).Draw(rt, "devices") {
			drafts = append(drafts, domain.DeviceDraft{Serial: fmt.Sprintf("GROWN-%d-%d-%d", nth, n, k), Kind: "meter", Group: rapid.SampledFrom(in).Draw(rt, "in")})
		}
		outcomes, err := s.RegisterDevices(t.Context(), jonas, site.ID, drafts)
		must(t, err)
		for _, o := range outcomes {
			must(t, o.Err)
			g.devices[o.Device.ID] = o.Device.Node()
		}
	}
	return g
}

// places are where devices can stand.
func (g *grown) places() (out []domain.Node) {
	for _, v := range g.sites {
		out = append(out, v.Node())
	}
	for _, v := range g.groups {
		out = append(out, v.Node())
	}
	return out
}

func (g *grown) ids() []string { return slices.Sorted(maps.Keys(g.devices)) }

// hold stores a scope for somebody.
func (g *grown) hold(t *testing.T, email string, scope domain.Scope) {
	t.Helper()
	if scope.AccountWide() {
		scope = domain.Whole(g.jonas.Account.ID) // with the whole account nothing else is kept
	}
	by, err := g.s.ActorFor(t.Context(), email, store.Brightwater)
	must(t, err)
	must(t, g.s.PutScope(t.Context(), by.Membership, scope))
	g.held[email] = scope
}

// moved is what a move does to what the test believes: grants on the device follow it.
func (g *grown) moved(id string, to domain.Node) {
	to.Device = id
	for _, scope := range g.held {
		for i := range scope {
			if scope[i].Device == id {
				scope[i] = to
			}
		}
	}
	g.devices[id] = to
}

func (g *grown) forget(gone func(domain.Node) bool) {
	for email, scope := range g.held {
		g.held[email] = slices.DeleteFunc(scope, gone)
	}
}

// step changes the tree by what a Deployer of the whole account may do.
func (g *grown) step(rt *rapid.T, t *testing.T) {
	t.Helper()
	id := rapid.SampledFrom(g.ids()).Draw(rt, "device")
	switch what := rapid.IntRange(0, 9).Draw(rt, "step"); {
	case what == 0 && len(g.devices) > 1:
		_, err := g.s.RemoveDevices(t.Context(), g.jonas, store.Chosen{IDs: []string{id}})
		must(t, err)
		delete(g.devices, id)
		g.forget(func(n domain.Node) bool { return n.Device == id })
	case what == 1 && len(g.groups) > 0:
		at := rapid.IntRange(0, len(g.groups)-1).Draw(rt, "group")
		group, err := g.s.Group(t.Context(), g.jonas, g.groups[at].ID)
		must(t, err)
		if _, err := g.s.RemoveGroup(t.Context(), g.jonas, group.ID, group.Version, "none"); err != nil {
			rt.Fatal(err)
		}
		for id, n := range g.devices {
			if n.Group == group.ID {
				g.moved(id, domain.Node{Account: n.Account, Site: n.Site})
			}
		}
		g.groups = slices.Delete(g.groups, at, at+1)
		g.forget(func(n domain.Node) bool { return n.Group == group.ID && n.Device == "" })
	default:
		to := rapid.SampledFrom(g.places()).Draw(rt, "to")
		outcomes, err := g.s.MoveDevices(t.Context(), g.jonas, store.Chosen{IDs: []string{id}}, to.Site, to.Group)
		must(t, err)
		if outcomes[0].Err == nil {
			g.moved(id, to)
		}
	}
}

func touches(scope domain.Scope, n domain.Node) bool {
	return slices.ContainsFunc(scope, func(have domain.Node) bool { return have.Covers(n) || n.Covers(have) })
}

// check holds every list of somebody against what Covers says of the scope that is believed to be stored.
func (g *grown) check(rt *rapid.T, t *testing.T, email string) {
	t.Helper()
	ctx, scope := t.Context(), g.held[email]
	by, err := g.s.ActorFor(ctx, email, store.Brightwater)
	must(t, err)
	if by.Scope.String() != scope.String() {
		rt.Fatalf("TEN-11: %s holds %q, want %q", email, by.Scope, scope)
	}
	g.tree(rt, t, by, scope)
}

// tree holds what the actor is shown of sites, groups and devices against what Covers says of the scope.
func (g *grown) tree(rt *rapid.T, t *testing.T, by domain.Actor, scope domain.Scope) {
	t.Helper()
	ctx, email := t.Context(), by.User.Email
	sites, _, err := g.s.Sites(ctx, by, "", "", 5000)
	must(t, err)
	for _, site := range g.sites {
		listed := slices.ContainsFunc(sites, func(v domain.Site) bool { return v.ID == site.ID })
		if listed != touches(scope, site.Node()) {
			rt.Fatalf("%s with %q: %s is listed %t", email, scope, site.Name, listed)
		}
		var got, want []string
		must(t, g.s.EachDevice(ctx, by, site.ID, store.DeviceQuery{}, func(d domain.Device) error {
			got = append(got, d.ID)
			return nil
		}))
		for id, n := range g.devices {
			if n.Site == site.ID && scope.Covers(n) {
				want = append(want, id)
			}
			if _, err := g.s.Device(ctx, by, id); (err == nil) != scope.Covers(n) || err != nil && !errors.Is(err, domain.ErrNotFound) {
				rt.Fatalf("%s with %q, device %v: %v", email, scope, n, err)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			rt.Fatalf("%s with %q: devices %q of %s, want %q", email, scope, got, site.Name, want)
		}
		groups, err := g.s.Groups(ctx, by, site.ID)
		must(t, err)
		for _, group := range g.groups {
			listed := slices.ContainsFunc(groups, func(v domain.Group) bool { return v.ID == group.ID })
			if group.SiteID == site.ID && listed != touches(scope, group.Node()) {
				rt.Fatalf("%s with %q: group %v is listed %t", email, scope, group.Node(), listed)
			}
		}
	}
}

// people holds the list of users of an admin of some sites, or of all, against what Covers says.
func (g *grown) people(rt *rapid.T, t *testing.T, reach domain.Scope) {
	t.Helper()
	g.hold(t, store.Ingrid, reach)
	ingrid, err := g.s.ActorFor(t.Context(), store.Ingrid, store.Brightwater)
	must(t, err)
	listed := map[string]domain.Scope{}
	must(t, g.s.EachUser(t.Context(), ingrid, store.Query{}, func(m domain.Membership) error {
		listed[m.Email] = m.Scope
		return nil
	}))
	for _, email := range holders {
		var want domain.Scope
		for _, n := range g.held[email] {
			if reach.Covers(n) {
				want = append(want, n)
			}
		}
		got, there := listed[email]
		if there != (len(want) > 0 || reach.AccountWide()) || there && got.String() != want.String() {
			rt.Fatalf("an admin of %q sees %s: %t with %q, want %q", reach, email, there, got, want)
		}
	}
}

// TEN-11: whatever moves in the tree, every stored grant follows it, and every list of devices, groups, sites and people is
// what Covers says of it.
func TestTEN11EveryListFollowsTheTree(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		jonas := storetest.As(t, s, store.Jonas, store.Brightwater)
		nth := 0
		rapid.Check(t, func(rt *rapid.T) {
			nth++
			g := grow(rt, t, s, jonas, nth)
			nodes := append(domain.Scope{{Account: jonas.Account.ID}}, g.places()...)
			for _, id := range g.ids() {
				nodes = append(nodes, g.devices[id])
			}
			for _, email := range holders {
				g.hold(t, email, rapid.SliceOfNDistinct(rapid.SampledFrom(nodes), 0, 4, rapid.ID).Draw(rt, email))
			}
			for range rapid.IntRange(1, 3).Draw(rt, "steps") {
				g.step(rt, t)
			}
			for _, email := range holders {
				g.check(rt, t, email)
			}
			reach := domain.Whole(jonas.Account.ID)
			if rapid.Bool().Draw(rt, "of sites") {
				reach = domain.Sites(jonas.Account.ID, rapid.SampledFrom(g.sites).Draw(rt, "site").ID)
			}
			g.people(rt, t, reach)
		})
		counted(t, s)
	})
}

// TEN-10: somebody moves a device exactly when their stored scope covers where it is and where it goes.
func TestTEN10MovesNeedRightsOnBothEnds(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		jonas := storetest.As(t, s, store.Jonas, store.Brightwater)
		nth := 1000
		rapid.Check(t, func(rt *rapid.T) {
			nth++
			g := grow(rt, t, s, jonas, nth)
			nodes := append(domain.Scope{}, g.places()...)
			for _, id := range g.ids() {
				nodes = append(nodes, g.devices[id])
			}
			scope := domain.Scope(rapid.SliceOfNDistinct(rapid.SampledFrom(nodes), 1, 4, rapid.ID).Draw(rt, "scope"))
			g.hold(t, store.Yuki, scope)
			yuki, err := s.ActorFor(t.Context(), store.Yuki, store.Brightwater)
			must(t, err)
			for _, id := range g.ids() {
				for _, to := range g.places() {
					from := g.devices[id]
					same := from.Site == to.Site && from.Group == to.Group
					err := move(s, yuki, store.Chosen{IDs: []string{id}, Preview: true}, to.Site, to.Group)
					if want := scope.Covers(from) && scope.Covers(to) && !same; (err == nil) != want {
						rt.Fatalf("TEN-10: with %q from %v to %v: %v", scope, from, to, err)
					}
					if seen := scope.Covers(from) && touches(scope, domain.Node{Account: to.Account, Site: to.Site}); !seen && !errors.Is(err, domain.ErrNotFound) {
						rt.Fatalf("TEN-10: with %q, what is not seen from %v to %v: %v", scope, from, to, err)
					}
				}
			}
		})
	})
}
