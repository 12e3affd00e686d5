package store_test

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// rounds is how often a race is run: the variable GATEHOUSE_ROUNDS asks for more.
func rounds(t *testing.T, usual int) int {
	t.Helper()
	asked := os.Getenv("GATEHOUSE_ROUNDS")
	if asked == "" {
		return usual
	}
	n, err := strconv.Atoi(asked)
	must(t, err)
	return n
}

// together starts all at once and waits for them.
func together(do ...func()) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, f := range do {
		wg.Go(func() {
			<-start
			f()
		})
	}
	close(start)
	wg.Wait()
}

// PRIV-06: the last one who keeps an account manageable cannot be lost by any path; pending, disabled, ending and
// site-scoped ones do not count.
func TestTheLastKeeperStays(t *testing.T) {
	inHouse(t, func(h house) {
		cora := h.at(store.Cora, store.Cobalt)
		row := h.row(store.Cora, store.Cobalt)
		site := h.site(store.Cobalt, "GSW")
		refusedWith := func(what, want string, outcomes []store.Outcome, err error) {
			t.Helper()
			if err != nil || !slices.Equal(reasons(outcomes), []string{want}) {
				t.Errorf("%s: %v, %v", what, reasons(outcomes), err)
			}
		}
		attempt := func(by domain.Actor, own string) {
			t.Helper()
			outcomes, err := h.ChangeRoles(h.ctx(), by, chosen(row), "user")
			refusedWith("demote", "last_admin", outcomes, err)
			outcomes, err = h.ChangeScopes(h.ctx(), by, chosen(row), []string{site})
			refusedWith("narrow", "last_admin", outcomes, err)
			outcomes, err = h.SetEnds(h.ctx(), by, chosen(row), "2030-01-31")
			refusedWith("end", "last_admin", outcomes, err)
			outcomes, err = h.Suspend(h.ctx(), by, chosen(row))
			refusedWith("disable", own, outcomes, err)
			outcomes, err = h.Remove(h.ctx(), by, chosen(row))
			refusedWith("remove", own, outcomes, err)
		}
		attempt(cora, "not_yourself")

		// Four who do not count: an invited one, a disabled one, one with an end, one of a site.
		_, err := h.CreateInvite(h.ctx(), cora, domain.InviteDraft{FirstName: "A", LastName: "B", Email: "next@cobaltfield.example", Role: "admin", Scope: []string{"account"}, Language: "en"})
		must(t, err)
		dwight := h.row("dwight.ames@cobaltfield.example", store.Cobalt)
		ends := dwight
		ends.Role, ends.Scope, ends.EndsAt = domain.RoleAdmin, domain.Whole(row.AccountID), h.clock.Now().Add(48*3600e9)
		ends, err = h.RewriteMembership(h.ctx(), dwight, ends)
		must(t, err)
		attempt(h.at("dwight.ames@cobaltfield.example", store.Cobalt), "last_admin")
		paused := ends
		paused.EndsAt, paused.SuspendedAt = dwight.EndsAt, h.clock.Now()
		paused, err = h.RewriteMembership(h.ctx(), ends, paused)
		must(t, err)
		attempt(cora, "not_yourself")

		// One who counts frees her.
		free := paused
		free.SuspendedAt = dwight.SuspendedAt
		_, err = h.RewriteMembership(h.ctx(), paused, free)
		must(t, err)
		outcomes, err := h.Remove(h.ctx(), h.at("dwight.ames@cobaltfield.example", store.Cobalt), chosen(row))
		refusedWith("remove one of two", "", outcomes, err)
	})
}

// PRIV-06: of all keepers chosen at once one stays, and is told of.
func TestAllKeepersAtOnce(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		others := []domain.Membership{h.row(store.Rosa, store.Brightwater), h.row(store.Tomas, store.Brightwater), h.row(store.Jonas, store.Brightwater), h.row(store.Dana, store.Brightwater)}
		outcomes, err := h.ChangeRoles(h.ctx(), dana, chosen(others...), "user")
		must(t, err)
		if !slices.Equal(reasons(outcomes), []string{"", "", "", "last_admin"}) {
			t.Errorf("%q", reasons(outcomes))
		}
	})
}

// RACE-04: two last admins take each other's place away by any path at once: one of them stays.
func TestTwoLastAdmins(t *testing.T) {
	inHouse(t, func(h house) {
		dwight := h.row("dwight.ames@cobaltfield.example", store.Cobalt)
		cora := h.row(store.Cora, store.Cobalt)
		ways := []string{"role", "scope", "end", "suspend", "remove"}
		for round := range rounds(t, 40) {
			reset := `update memberships set role = 'admin', account_wide = 1, ends_at = 0, suspended_at = 0, suspended_by = '', removed_at = 0 where id in ($1, $2)`
			must(t, h.Exec(h.ctx(), reset, cora.ID, dwight.ID))
			must(t, h.Exec(h.ctx(), "update grants set site_id = '' where membership_id in ($1, $2)", cora.ID, dwight.ID))
			one, two := h.at(store.Cora, store.Cobalt), h.at("dwight.ames@cobaltfield.example", store.Cobalt)
			how, back := ways[round%len(ways)], ways[round/len(ways)%len(ways)]
			var a, b []store.Outcome
			var errA, errB error
			together(
				func() { a, errA = theChanges[how](h, one, chosen(dwight)) },
				func() { b, errB = theChanges[back](h, two, chosen(cora)) },
			)
			left := h.number(`select count(*) from memberships where id in ($1, $2) and role = 'admin' and account_wide = 1
				and ends_at = 0 and suspended_at = 0 and removed_at = 0`, cora.ID, dwight.ID)
			done := 0
			for _, o := range slices.Concat(a, b) {
				if o.Err == nil {
					done++
				}
			}
			if left != 1 || done != 1 {
				t.Fatalf("%s against %s: %d left, %d done (%v %v, %v %v)", how, back, left, done, reasons(a), errA, reasons(b), errB)
			}
			for _, err := range []error{errA, errB} {
				if err != nil && !errors.Is(err, domain.ErrNotFound) && !errors.Is(err, domain.ErrForbidden) {
					t.Fatalf("%s against %s: %v", how, back, err)
				}
			}
		}
	})
}
