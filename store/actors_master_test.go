package store_test

import (
	"errors"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// C6, C7: Observers, Operators and Admins of a partner get in while a Master is active: accepted, not locked, not deleted,
// not past an end. Then nothing of theirs is taken either, and a Master who comes opens it again.
func TestNobodyBeforeAMaster(t *testing.T) {
	inHouse(t, func(h house) {
		abel := h.at("abel.winslow@northgate.example", store.Northgate)
		levels := []string{abel.User.Email, store.Devon, store.Sanjay}
		sessions := map[string]string{}
		for _, who := range append(levels, store.Nora, store.Dana) {
			sessions[who] = sessionOf(h, who)
		}
		const masters = " where level = 1 and account_id in (select id from accounts where slug = 'northgate') and id not like '010%'"
		for state, set := range map[string]string{
			"locked": "suspended_at = 1", "deleted": "removed_at = 1", "ended": "accepted_at = 1, ends_at = 2", "invited": "accepted_at = 0",
		} {
			storetest.Exec(h.t, h.Store, "update memberships set "+set+masters)
			for _, who := range levels {
				by, err := h.Actor(h.ctx(), sessions[who], store.Northgate, "")
				if !errors.Is(err, domain.ErrNoMaster) || by.Can(domain.ViewSites) || by.Account.Name == "" {
					h.t.Errorf("all Masters %s, %s: %v", state, who, err)
				}
			}
			before := h.written()
			if _, err := h.InviteAdministrators(h.ctx(), abel, []domain.Staged{{Email: "late@northgate.example", Role: domain.RoleObserver}}, false); err == nil {
				h.t.Errorf("all Masters %s: an Admin whose page is still open invites", state)
			}
			if h.written() != before {
				h.t.Errorf("all Masters %s: something was written", state)
			}
			if _, err := h.Actor(h.ctx(), sessions[store.Dana], store.Brightwater, ""); err != nil {
				h.t.Errorf("a customer's Admin: %v", err)
			}
			storetest.Exec(h.t, h.Store, "update memberships set suspended_at = 0, removed_at = 0, ends_at = 0, accepted_at = 1"+masters+" and user_id is not null")
			for who := range sessions {
				if who == store.Dana {
					continue
				}
				if _, err := h.Actor(h.ctx(), sessions[who], store.Northgate, ""); err != nil {
					h.t.Errorf("with Masters again, %s: %v", who, err)
				}
			}
		}
	})
}

func sessionOf(h house, email string) string {
	_, session := h.signIn(email)
	return session
}
