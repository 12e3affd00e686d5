package store_test

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// C36: nothing is left of somebody who is erased but their history; the address starts anew, as another person.
func TestDeleteAdministrators(t *testing.T) {
	inHouse(t, func(h house) {
		nora, lucia := h.at(store.Nora, store.Northgate), h.row("lucia.romano@northgate.example", store.Northgate)
		if _, _, err := h.SignIn(h.ctx(), attempt(lucia.Email, store.DemoPassword, "", "")); err != nil {
			t.Fatal(err)
		}
		outcomes, err := h.DeleteAdministrators(h.ctx(), nora, store.Chosen{IDs: []string{lucia.ID}, Preview: true}, "")
		if err != nil || outcomes[0].Err != nil || h.row(lucia.Email, store.Northgate).ID != lucia.ID {
			t.Fatalf("the preview: %+v, %v", outcomes, err)
		}
		outcomes, err = h.DeleteAdministrators(h.ctx(), nora, chosen(h.row(lucia.Email, store.Northgate)), "")
		if err != nil || outcomes[0].Err != nil {
			t.Fatal(outcomes, err)
		}
		for _, of := range []struct{ table, columns string }{
			{"memberships", "email || first_name || last_name || name_key || search_text || phone || message || coalesce(user_id, '') || suspended_by || inviter_name"},
			{"users", "email || first_name || last_name || phone"},
			{"deliveries", "recipient"},
		} {
			for _, word := range []string{"Romano", "romano", lucia.Phone} {
				if n := h.number("select count(*) from "+of.table+" where id not like '010%' and "+of.columns+" like $1", "%"+word+"%"); n != 0 {
					t.Errorf("%s: %d rows say %s", of.table, n, word)
				}
			}
		}
		for _, left := range []string{
			"select count(*) from invite_links where membership_id = '" + lucia.ID + "'",
			"select count(*) from sessions where user_id = '" + lucia.UserID + "'",
			"select count(*) from known_devices where user_id = '" + lucia.UserID + "'",
		} {
			if n := h.number(left); n != 0 {
				t.Errorf("%d: %s", n, left)
			}
		}
		if _, _, err := h.SignIn(h.ctx(), attempt(lucia.Email, store.DemoPassword, "", "")); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the erased signs in: %v", err)
		}
		again, err := h.InviteAdministrators(h.ctx(), nora, []domain.Staged{{Email: lucia.Email, Role: domain.RoleObserver}}, false)
		if err != nil || again[0].Err != nil || again[0].Membership.ID == lucia.ID {
			t.Fatalf("invited again: %+v, %v", again, err)
		}
		u, m, err := h.accept(again[0].Membership)
		if err != nil || u.ID == lucia.UserID || m.State(h.clock.Now()) != domain.StateAccepted {
			t.Errorf("a new person: %+v, %v", u, err)
		}
	})
}

// Who is somebody elsewhere too stays there, and can go on signing in.
func TestDeleteAdministratorElsewhere(t *testing.T) {
	inHouse(t, func(h house) {
		nora, priya := h.at(store.Nora, store.Northgate), h.row(store.Priya, store.Brightwater)
		made, err := h.InviteAdministrators(h.ctx(), nora, []domain.Staged{{Email: store.Priya, Role: domain.RoleObserver}}, false)
		must(t, err)
		m := made[0].Membership
		_, err = h.AcceptInviteAs(h.ctx(), priya.UserID, h.InviteToken(m.ID, m.Generation), "")
		must(t, err)
		outcomes, err := h.DeleteAdministrators(h.ctx(), nora, chosen(h.row(store.Priya, store.Northgate)), "")
		if err != nil || outcomes[0].Err != nil {
			t.Fatal(outcomes, err)
		}
		if after := h.row(store.Priya, store.Brightwater); after.Name() != priya.Name() || after.UserID != priya.UserID {
			t.Errorf("elsewhere she is %+v", after)
		}
		if _, _, err := h.SignIn(h.ctx(), attempt(store.Priya, store.DemoPassword, "", "")); err != nil {
			t.Errorf("she cannot sign in: %v", err)
		}
	})
}

// The open offers of somebody who is erased are asked about, and taken over or withdrawn as said.
func TestDeletedOffers(t *testing.T) {
	for _, offers := range []domain.Offers{domain.AdoptOffers, domain.RevokeOffers} {
		t.Run(string(offers), func(t *testing.T) {
			inHouse(t, func(h house) {
				nora, marisol, colm := h.at(store.Nora, store.Northgate), h.row(store.Marisol, store.Northgate), h.row(store.Colm, store.Northgate)
				open, _, err := h.OpenOffers(h.ctx(), nora, []string{marisol.UserID})
				if err != nil || !strings.Contains(strings.Join(emailsOfOffers(open), " "), store.Colm) {
					t.Fatalf("%v, %v", emailsOfOffers(open), err)
				}
				var p domain.Problems
				if _, err := h.DeleteAdministrators(h.ctx(), nora, chosen(marisol), ""); !errors.As(err, &p) || p["offers"].Code == "" {
					t.Fatalf("not asked: %v", err)
				}
				outcomes, err := h.DeleteAdministrators(h.ctx(), nora, chosen(marisol), offers)
				if err != nil || outcomes[0].Err != nil {
					t.Fatal(outcomes, err)
				}
				after := h.row(store.Colm, store.Northgate)
				_, _, err = h.accept(after)
				if offers == domain.AdoptOffers && (after.InvitedBy != nora.User.ID || after.Generation != colm.Generation || err != nil) {
					t.Errorf("taken over: %+v, %v", after, err)
				}
				if offers == domain.RevokeOffers && (after.State(h.clock.Now()) != domain.StateRevoked || !errors.Is(err, domain.ErrNotFound)) {
					t.Errorf("withdrawn: %s, %v", after.State(h.clock.Now()), err)
				}
				if n := h.number("select count(*) from memberships where inviter_name = 'Marisol Vega'"); n != 0 {
					t.Errorf("%d rows still name her", n)
				}
			})
		})
	}
}

// RACE-04, PRIV-06: the two Masters of a partner take each other's place away by any path at once: one of them stays.
func TestRACE04_TheLastMaster(t *testing.T) {
	inHouse(t, func(h house) {
		erase := func(by domain.Actor, m domain.Membership) error {
			o, err := h.DeleteAdministrators(h.ctx(), by, chosen(m), domain.RevokeOffers)
			return errors.Join(err, firstErr(o))
		}
		demote := func(by domain.Actor, m domain.Membership) error {
			o, err := h.ChangeRoles(h.ctx(), by, chosen(m), "observer")
			return errors.Join(err, firstErr(o))
		}
		end := func(by domain.Actor, m domain.Membership) error {
			o, err := h.SetEnds(h.ctx(), by, chosen(m), "2036-01-31")
			return errors.Join(err, firstErr(o))
		}
		one, two := store.Nora, helga
		for _, paths := range [][2]func(domain.Actor, domain.Membership) error{{demote, demote}, {end, demote}, {erase, demote}, {erase, erase}} {
			for _, email := range []string{one, two} { // both are Masters, for as long as they are not ended
				must(t, h.Exec(h.ctx(), "update memberships set role = 'master', level = 1, ends_at = 0, version = version + 1 where email = '"+email+"' and removed_at = 0"))
			}
			first, second := h.at(one, store.Northgate), h.at(two, store.Northgate)
			a, b := h.row(one, store.Northgate), h.row(two, store.Northgate)
			var errs [2]error
			together(func() { errs[0] = paths[0](first, b) }, func() { errs[1] = paths[1](second, a) })
			n := h.number("select count(*) from memberships where role = 'master' and accepted_at > 0 and removed_at = 0 and ends_at = 0")
			if n < 1 || errs[0] == nil && errs[1] == nil {
				t.Fatalf("%d Masters are left: %v", n, errs)
			}
			if h.number("select count(*) from memberships where email in ($1, $2) and removed_at = 0", one, two) < 2 {
				break // one is erased: there are no two any more
			}
		}
	})
}

func emailsOfOffers(open []store.LeftOffer) (emails []string) {
	for _, o := range open {
		emails = append(emails, o.Email)
	}
	return emails
}

func firstErr(o []store.Outcome) error {
	if len(o) == 0 {
		return nil
	}
	return o[0].Err
}
