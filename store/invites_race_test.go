package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// RACE-01: of fifty acceptances at once one lets in, and makes one person.
func TestFiftyAcceptances(t *testing.T) {
	inHouse(t, func(h house) {
		noor := h.row(store.Noor, store.Brightwater)
		errs := make([]error, 50)
		var all []func()
		for i := range errs {
			all = append(all, func() { _, _, errs[i] = h.accept(noor) })
		}
		together(all...)
		in := 0
		for _, err := range errs {
			switch {
			case err == nil:
				in++
			case !errors.Is(err, domain.ErrNotFound):
				t.Errorf("%v", err)
			}
		}
		if in != 1 || h.number("select count(*) from users where email = $1", store.Noor) != 1 || h.told(noor, domain.InviteAccepted) != 1 {
			t.Errorf("%d let in, %d people, %d events", in, h.number("select count(*) from users where email = $1", store.Noor), h.told(noor, domain.InviteAccepted))
		}
	})
}

// RACE-02: of a revocation and an acceptance at once one wins, and the row says which.
func TestRevokeAgainstAccept(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		must(t, h.Exec(h.ctx(), "update accounts set reminders = 0 where slug <> 'twin'"))
		wins := [2]int{}
		for round := range rounds(t, 200) {
			if round%1000 == 999 {
				h.clock.Advance(time.Hour)
			}
			m, err := h.CreateInvite(h.ctx(), dana, draft(fmt.Sprintf("race%d@brightwater.example", round)))
			must(t, err)
			var outcomes []store.Outcome
			var revoked, accepted error
			together(
				func() { outcomes, revoked = h.Revoke(h.ctx(), dana, chosen(m)) },
				func() { _, _, accepted = h.accept(m) },
			)
			must(t, revoked)
			now := h.row(m.Email, store.Brightwater)
			switch {
			case outcomes[0].Err == nil && errors.Is(accepted, domain.ErrNotFound) && !now.RevokedAt.IsZero() && now.AcceptedAt.IsZero():
				wins[0]++
			case reason(outcomes[0].Err) == "not_pending" && accepted == nil && now.RevokedAt.IsZero() && !now.AcceptedAt.IsZero():
				wins[1]++
			default:
				t.Fatalf("round %d: revoked %v, accepted %v, the row %+v", round, outcomes[0].Err, accepted, now)
			}
		}
		t.Logf("revoked %d, accepted %d", wins[0], wins[1])
	})
}

// RACE-10: fifty invites of one address at once are one invite and one mail; fifty addresses at once stay within
// the limit.
func TestFiftyInvites(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t, engine, func(c *store.Config) { c.Limits.SendsPerHour = 11 })
			dana := h.at(store.Dana, store.Brightwater)
			errs := make([]error, 50)
			at := func(email func(i int) string) {
				var all []func()
				for i := range errs {
					all = append(all, func() { _, errs[i] = h.CreateInvite(h.ctx(), dana, draft(email(i))) })
				}
				together(all...)
			}
			good := func() (n int) {
				for _, err := range errs {
					if err == nil {
						n++
					}
				}
				return n
			}
			at(func(int) string { return "fifty@brightwater.example" })
			m := h.row("fifty@brightwater.example", store.Brightwater)
			if good() != 1 || len(h.owed(m, domain.InviteMail)) != 1 || m.Generation != 1 {
				t.Errorf("%d invites, %d mails, generation %d", good(), len(h.owed(m, domain.InviteMail)), m.Generation)
			}
			for _, err := range errs {
				if err != nil && reason(err) != "problems: email: already_invited" {
					t.Errorf("%v", err)
				}
			}
			at(func(i int) string { return fmt.Sprintf("many%d@brightwater.example", i) })
			if n := h.number("select count(*) from memberships where email like 'many%'"); good() != 10 || n != 10 {
				t.Errorf("%d invites were made, %d are there; 10 were left", good(), n)
			}
			for _, err := range errs {
				if err != nil && !errors.Is(err, domain.ErrTooMany) {
					t.Errorf("%v", err)
				}
			}
		})
	}
}
