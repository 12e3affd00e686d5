package store_test

import (
	"errors"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const felipe = "felipe.arce@northgate.example"

// historyText is all that an entry of the history says, joined.
const historyText = "actor_name || ' ' || from_addr || ' ' || subject_name || ' ' || before_json || ' ' || after_json || ' ' || search_text"

// C36, AUD-03: an erasure reaches what the history said before, sealed or not, in the partner's account and in those of its
// customers: no name, address or phone is left and no search finds one, others stay named and found, and every chain holds.
func TestErasureReachesTheHistory(t *testing.T) {
	inHouse(t, func(h house) {
		nora, marisol := h.at(store.Nora, store.Northgate), h.at(store.Marisol, store.Northgate)
		was := h.row(store.Marisol, store.Northgate)
		account := h.at(store.Dana, store.Brightwater).Account.ID
		_, err := h.SuspendClient(h.ctx(), marisol, account)
		must(t, err)
		_, err = h.ResumeClient(h.ctx(), marisol, account)
		must(t, err)
		_, err = h.InviteColleague(h.ctx(), nora, account, domain.ColleagueDraft{Colleague: felipe, Role: "user", Site: h.site(store.Brightwater, "HPT")})
		must(t, err)
		_, err = h.UpdateProfile(h.ctx(), marisol.User, domain.Person{FirstName: "Marisol", LastName: "Vega", Phone: "+15035550177", Language: "en", TimeZone: "UTC"}, "203.0.113.77")
		must(t, err)
		h.seal()
		if _, _, err := h.SignIn(h.ctx(), attempt(store.Marisol, store.DemoPassword, "", "203.0.113.78")); err != nil {
			t.Fatal(err) // and this one is not sealed yet
		}
		for _, m := range []domain.Membership{was, h.row(felipe, store.Northgate)} {
			outcomes, err := h.DeleteAdministrators(h.ctx(), nora, chosen(h.row(m.Email, store.Northgate)), domain.AdoptOffers)
			if err := errors.Join(err, firstErr(outcomes)); err != nil {
				t.Fatal(err)
			}
		}
		whole := func(when string) {
			t.Helper()
			audits, err := h.VerifyAudit(h.ctx(), "")
			must(t, err)
			for _, a := range audits {
				if a.Flaw != nil {
					t.Errorf("%s, %q: %v", when, a.Account.Slug, a.Flaw)
				}
			}
		}
		whole("before the erasure is sealed")
		h.seal()
		whole("afterwards")
		for _, word := range []string{"Marisol", "marisol", "Vega", "5550177", "203.0.113.77", "203.0.113.78", "Arce", "felipe.arce"} {
			if n := h.number("select count(*) from events where (account_id = $2 or $1 not like '%rce%') and "+historyText+" like $1", "%"+word+"%", nora.Account.ID); n != 0 {
				t.Errorf("%d entries say %s", n, word)
			}
			if n := h.number("select count(*) from credit_entries where actor_name || search_text like $1", "%"+word+"%"); n != 0 {
				t.Errorf("%d entries of the ledger say %s", n, word)
			}
			if n := h.number("select count(*) from accounts where set_up_by like $1", "%"+word+"%"); n != 0 {
				t.Errorf("%d accounts say %s", n, word)
			}
		}
		for _, by := range []domain.Actor{h.at(store.Nora, store.Northgate), h.at(store.Dana, store.Brightwater)} {
			for _, typed := range []string{store.Marisol, "vega"} {
				page, err := h.Activity(h.ctx(), by, store.ActivityQuery{Search: typed})
				if err != nil || len(page.Rows) != 0 {
					t.Errorf("%q still finds %d entries of %s, %v", typed, len(page.Rows), by.Account.Name, err)
				}
			}
			if page, err := h.Activity(h.ctx(), by, store.ActivityQuery{Search: by.User.Email}); err != nil || len(page.Rows) == 0 {
				t.Errorf("%s: others are not found any more, %v", by.Account.Name, err)
			}
		}
		if n := h.number("select count(*) from events where actor_id = $1 and actor_name = '' and kind = 'account.suspended'", was.UserID); n != 2 {
			t.Errorf("%d entries keep what she did under her pseudonym, want 2", n)
		}
	})
}

// AUD-03: who empties an entry by hand is found out, with the key or without.
func TestErasureByHand(t *testing.T) {
	inHouse(t, func(h house) {
		h.seal()
		const one = " where id = (select max(id) from events where actor_name <> '' and account_id = (select id from accounts where slug = 'brightwater'))"
		for _, set := range []string{
			"actor_name = '', from_addr = ''",
			"actor_name = '', from_addr = '', part_keys = '- ' || substr(part_keys, length(part_keys) / 3 + 2)",
			"part_keys = ''",
			"actor_name = 'Somebody Else'",
		} {
			storetest.Exec(h.t, h.Store, "create table kept as select * from events"+one)
			storetest.Exec(h.t, h.Store, "update events set "+set+" where id = (select id from kept)")
			var flaw *domain.Flaw
			if a := h.verify(store.Brightwater); !errors.As(a.Flaw, &flaw) {
				h.t.Errorf("%s: %v", set, a.Flaw)
			}
			storetest.Exec(h.t, h.Store, `update events set actor_name = (select actor_name from kept), from_addr = (select from_addr from kept),
				part_keys = (select part_keys from kept) where id = (select id from kept)`)
			storetest.Exec(h.t, h.Store, "drop table kept")
		}
		if a := h.verify(store.Brightwater); a.Flaw != nil {
			h.t.Errorf("as it was: %v", a.Flaw)
		}
	})
}
