package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// An inviter and whom they have invited are deleted together, whichever of them is chosen first: a row that the same call
// has changed is not taken for stale.
func TestDeletedWithWhomTheyInvited(t *testing.T) {
	for _, pair := range [][2]string{{store.Marisol, store.Colm}, {store.Colm, store.Marisol}} {
		t.Run(pair[0], func(t *testing.T) {
			inHouse(t, func(h house) {
				both := chosen(h.row(pair[0], store.Northgate), h.row(pair[1], store.Northgate))
				for _, both.Preview = range []bool{true, false} {
					outcomes, err := h.DeleteAdministrators(h.ctx(), h.at(store.Nora, store.Northgate), both, "adopt")
					if err != nil || len(outcomes) != 2 || outcomes[0].Err != nil || outcomes[1].Err != nil {
						h.t.Fatalf("preview %t: %+v, %v", both.Preview, outcomes, err)
					}
				}
				for _, id := range both.IDs {
					if h.number("select count(*) from memberships where id = $1 and removed_at > 0", id) != 1 || h.number("select count(*) from events where subject_id = $1 and kind = 'invite.adopted'", id) != 0 {
						h.t.Error("not deleted, or taken over as well")
					}
				}
			})
		})
	}
}

// What somebody leaves open that is above who deletes them is withdrawn: nobody stands behind it any more.
func TestDeletedOffersAbove(t *testing.T) {
	inHouse(t, func(h house) {
		abel, marisol, colm := h.at("abel.winslow@northgate.example", store.Northgate), h.row(store.Marisol, store.Northgate), h.row(store.Colm, store.Northgate)
		must(h.t, h.Exec(h.ctx(), "update memberships set role = 'master', level = 1 where id = '"+colm.ID+"'"))
		outcomes, err := h.DeleteAdministrators(h.ctx(), abel, chosen(colm, marisol), "adopt")
		if err != nil || outcomes[0].Err == nil || outcomes[1].Err != nil {
			h.t.Fatalf("%+v, %v", outcomes, err)
		}
		if after := h.row(store.Colm, store.Northgate); after.State(h.clock.Now()) != domain.StateRevoked {
			h.t.Errorf("it is %s", after.State(h.clock.Now()))
		}
	})
}

// What becomes of open offers is asked only for those who will be deleted.
func TestOffersOfTheUndeleted(t *testing.T) {
	inHouse(t, func(h house) {
		nora, lucia := h.at(store.Nora, store.Northgate), h.row("lucia.romano@northgate.example", store.Northgate)
		made, err := h.InviteAdministrators(h.ctx(), nora, []domain.Staged{{Email: "yara@northgate.example", Role: domain.RoleObserver}}, false)
		must(h.t, err)
		outcomes, err := h.DeleteAdministrators(h.ctx(), nora, chosen(h.row(store.Nora, store.Northgate), lucia), "")
		if err != nil || reason(outcomes[0].Err) != "not_yourself" || outcomes[1].Err != nil {
			h.t.Fatalf("%+v, %v", outcomes, err)
		}
		if after := h.row(made[0].Membership.Email, store.Northgate); after.State(h.clock.Now()) != domain.StatePending {
			h.t.Errorf("the offer of who stays is %s", after.State(h.clock.Now()))
		}
	})
}

// The open offers that somebody has made in customers' accounts for their partner are asked about like the others; those
// they have made there as one of the account's own are not the partner's business (TEN-18).
func TestDeletedOffersAtCustomers(t *testing.T) {
	for _, offers := range []string{"adopt", "revoke"} {
		t.Run(offers, func(t *testing.T) {
			inHouse(t, func(h house) {
				nora, marisol := h.at(store.Nora, store.Northgate), h.row(store.Marisol, store.Northgate)
				by := h.at(store.Marisol, store.Northgate)
				client, err := h.CreateClient(h.ctx(), by, accountDraft("Blue Heron"))
				must(h.t, err)
				colleague, err := h.InviteColleague(h.ctx(), by, h.at(store.Cora, store.Cobalt).Account.ID, domain.ColleagueDraft{Colleague: store.Devon, Role: "deployer", Site: h.site(store.Cobalt, "GSW")})
				must(h.t, err)
				must(h.t, h.Exec(h.ctx(), "update memberships set revoked_at = 1, version = version + 1 where invited_by = '"+marisol.UserID+"' and account_id = '"+nora.Account.ID+"' and accepted_at = 0 and removed_at = 0"))
				if _, err := h.DeleteAdministrators(h.ctx(), nora, chosen(marisol), ""); reason(err) != "problems: offers: choice" {
					h.t.Fatalf("not asked: %v", err)
				}
				open, _, err := h.OpenOffers(h.ctx(), nora, []string{marisol.UserID})
				var where []string
				for _, o := range open {
					where = append(where, o.Account.Name+" "+o.Email)
				}
				slices.Sort(where)
				if want := []string{"Blue Heron alba.ruiz@heron.example", "Cobalt Field Services " + store.Devon}; err != nil || !slices.Equal(where, want) {
					h.t.Fatalf("asked about %q, %v", where, err)
				}
				outcomes, err := h.DeleteAdministrators(h.ctx(), nora, chosen(marisol), domain.Offers(offers))
				if err != nil || outcomes[0].Err != nil {
					h.t.Fatalf("%+v, %v", outcomes, err)
				}
				first := h.row("alba.ruiz@heron.example", client.Slug)
				_, _, err = h.accept(first)
				switch at := h.row(colleague.Email, store.Cobalt); {
				case offers == "adopt" && (err != nil || first.InvitedBy != nora.User.ID || at.InvitedBy != nora.User.ID || h.told(first, domain.InviteAdopted) != 1):
					h.t.Errorf("taken over: %+v, %v", first, err)
				case offers == "revoke" && (!errors.Is(err, domain.ErrNotFound) || first.State(h.clock.Now()) != domain.StateRevoked || at.State(h.clock.Now()) != domain.StateRevoked):
					h.t.Errorf("withdrawn: %s, %s, %v", first.State(h.clock.Now()), at.State(h.clock.Now()), err)
				}
			})
		})
	}
	t.Run("of their own account", func(t *testing.T) {
		inHouse(t, func(h house) {
			nora, jonas := h.at(store.Nora, store.Northgate), h.row(store.Jonas, store.Brightwater)
			made, err := h.InviteAdministrators(h.ctx(), nora, []domain.Staged{{Email: jonas.Email, Role: domain.RoleObserver}}, false)
			must(h.t, err)
			m := made[0].Membership
			_, err = h.AcceptInviteAs(h.ctx(), jonas.UserID, h.InviteToken(m.ID, m.Generation), "")
			must(h.t, err)
			own, err := h.CreateInvite(h.ctx(), h.at(store.Jonas, store.Brightwater), draft("own@brightwater.example"))
			must(h.t, err)
			outcomes, err := h.DeleteAdministrators(h.ctx(), nora, chosen(h.row(jonas.Email, store.Northgate)), "")
			if err != nil || outcomes[0].Err != nil {
				h.t.Fatalf("%+v, %v", outcomes, err)
			}
			if _, _, err := h.accept(own); err != nil {
				h.t.Errorf("the offer of an account's own: %v", err)
			}
		})
	})
}

// A lock is known by who made it, whatever they are called then and now: their namesake's stays as it is.
func TestDeletedLockers(t *testing.T) {
	inHouse(t, func(h house) {
		nora, marisol, abel := h.at(store.Nora, store.Northgate), h.at(store.Marisol, store.Northgate), h.at("abel.winslow@northgate.example", store.Northgate)
		devon, lucia := h.row(store.Devon, store.Northgate), h.row("lucia.romano@northgate.example", store.Northgate)
		one, err := h.Suspend(h.ctx(), marisol, chosen(devon))
		must(h.t, errors.Join(err, firstErr(one)))
		must(h.t, h.Exec(h.ctx(), "update users set first_name = 'Marisol', last_name = 'Vega' where id = '"+abel.User.ID+"'"))
		two, err := h.Suspend(h.ctx(), abel, chosen(lucia))
		must(h.t, errors.Join(err, firstErr(two)))
		must(h.t, h.Exec(h.ctx(), "update memberships set last_name = 'Vega Ruiz' where id = '"+marisol.Membership+"'"))
		gone, err := h.DeleteAdministrators(h.ctx(), nora, chosen(h.row(store.Marisol, store.Northgate)), "revoke")
		must(h.t, errors.Join(err, firstErr(gone)))
		if got := h.row(devon.Email, store.Northgate).SuspendedBy; got != "" {
			h.t.Errorf("the erased %q has locked somebody", got)
		}
		if got := h.row(lucia.Email, store.Northgate).SuspendedBy; got != "Marisol Vega" {
			h.t.Errorf("a namesake's lock is by %q", got)
		}
	})
}

// Somebody who stands behind more open invites than a page or a call names leaves none of them behind: what was chosen holds
// for all.
func TestDeletedOffersBeyondThePage(t *testing.T) {
	inHouse(t, func(h house) {
		nora, marisol, colm := h.at(store.Nora, store.Northgate), h.row(store.Marisol, store.Northgate), h.row(store.Colm, store.Northgate)
		for i := range store.MostChosen + 5 {
			m := colm
			m.Email, m.ID, m.InvitedBy = fmt.Sprintf("crowd%d@northgate.example", i), "", marisol.UserID
			_, err := h.PutMembership(h.ctx(), m)
			must(h.t, err)
		}
		open, more, err := h.OpenOffers(h.ctx(), nora, []string{marisol.UserID})
		if err != nil || !more || len(open) > store.MostChosen {
			h.t.Fatalf("%d, more: %t, %v", len(open), more, err)
		}
		outcomes, err := h.DeleteAdministrators(h.ctx(), nora, chosen(marisol), domain.AdoptOffers)
		must(h.t, errors.Join(err, firstErr(outcomes)))
		if n := h.number("select count(*) from memberships where email like 'crowd%' and invited_by = $1", nora.User.ID); n != store.MostChosen+5 {
			h.t.Errorf("%d were taken over", n)
		}
		if n := h.number("select count(*) from memberships where invited_by = $1 and accepted_at = 0 and revoked_at = 0 and removed_at = 0 and expires_at > $2 and id not like '00%'", marisol.UserID, h.clock.Now().UnixMicro()); n != 0 {
			h.t.Errorf("%d have nobody behind them", n)
		}
	})
}
