package store_test

import (
	"errors"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// C14, SESS-07: a colleague's place at a customer's site stands still while they are locked at the partner, and ends with
// their deletion there, told in both histories; what the account gave somebody itself stays theirs.
func TestAColleaguesPlaceHangsOnThePartner(t *testing.T) {
	inHouse(t, func(h house) {
		nora, account := h.at(store.Nora, store.Northgate), h.at(store.Dana, store.Brightwater).Account.ID
		offer, err := h.InviteColleague(h.ctx(), nora, account, domain.ColleagueDraft{Colleague: felipe, Role: "user", Site: h.site(store.Brightwater, "HPT")})
		must(t, err)
		if offer.Via != nora.Account.ID {
			t.Fatalf("offered through %q", offer.Via)
		}
		person := h.row(felipe, store.Northgate).UserID
		_, err = h.AcceptInviteAs(h.ctx(), person, h.InviteToken(offer.ID, offer.Generation), "")
		must(t, err)
		_, session := h.signIn(felipe)
		in := func() error {
			_, err := h.Actor(h.ctx(), session, store.Brightwater, "")
			return err
		}
		must(t, in())
		lock := func(act func() ([]store.Outcome, error)) {
			t.Helper()
			o, err := act()
			if err := errors.Join(err, firstErr(o)); err != nil {
				t.Fatal(err)
			}
		}
		lock(func() ([]store.Outcome, error) {
			return h.Suspend(h.ctx(), nora, chosen(h.row(felipe, store.Northgate)))
		})
		_, session = h.signIn(felipe)
		if err := in(); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("locked at the partner: %v", err)
		}
		if own, err := h.AccountsOf(h.ctx(), person); err != nil || len(own) != 0 {
			t.Errorf("he may still choose %d accounts, %v", len(own), err)
		}
		lock(func() ([]store.Outcome, error) {
			return h.Resume(h.ctx(), nora, chosen(h.row(felipe, store.Northgate)))
		})
		must(t, in())
		lock(func() ([]store.Outcome, error) {
			return h.DeleteAdministrators(h.ctx(), nora, chosen(h.row(felipe, store.Northgate)), domain.RevokeOffers)
		})
		if err := in(); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("deleted at the partner: %v", err)
		}
		left, err := h.ReadMembership(h.ctx(), offer.ID)
		if err != nil || left.RemovedAt.IsZero() || left.Email+left.Name()+left.UserID != "" {
			t.Errorf("his place: %+v, %v", left, err)
		}
		if got := h.kindsOf(store.Brightwater, offer.ID); len(got) == 0 || got[0] != "user.erased" {
			t.Errorf("there: %v", got)
		}
		if got := h.kindsOf(store.Northgate, account); len(got) == 0 || got[0] != "account.colleague_withdrawn" {
			t.Errorf("here: %v", got)
		}
	})
}
