package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

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
			if n := h.number("select count(*) from events where "+historyText+" like $1", "%"+word+"%"); n != 0 {
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
			for _, typed := range []string{store.Marisol, "vega", "felipe"} {
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

// C36: of somebody who set an account up, invited, asked for support access and used it, locked people, booked credits, and
// was mailed about all that, no table has the name, the address, the phone or where they were any more.
func TestErasureLeavesNoName(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouseAlone(t, engine)
			nora, devon := h.at(store.Nora, store.Northgate), h.at(store.Devon, store.Northgate)
			cora, was := h.at(store.Cora, store.Cobalt), h.row(store.Devon, store.Northgate)
			devon.From = "198.51.100.75"
			client, err := h.CreateClient(h.ctx(), devon, accountDraft("Blue Heron"))
			must(t, err)
			_, _, err = h.accept(h.row("alba.ruiz@heron.example", client.Slug))
			must(t, err)
			waiting, err := h.Texts(h.ctx(), "select id from support_grants where standing = 1 and account_id = $1", cora.Account.ID)
			must(t, err)
			must(t, second(h.AnswerSupport(h.ctx(), cora, waiting[0], true))) // which is mailed to who asked
			live, err := h.Texts(h.ctx(), "select id from support_grants where standing = 1 and account_id = $1", h.at(store.Dana, store.Brightwater).Account.ID)
			must(t, err)
			session, err := h.enterSupport(store.Devon, domain.SupportGrant{ID: live[0]})
			must(t, err)
			inside, err := h.Actor(h.ctx(), session, store.Brightwater, "198.51.100.76")
			must(t, err)
			out, err := h.Resend(h.ctx(), inside, chosen(h.row(store.Stefan, store.Brightwater)))
			must(t, errors.Join(err, firstErr(out)))
			for _, device := range []string{"", "another"} {
				_, _, err := h.SignIn(h.ctx(), attempt(store.Devon, store.DemoPassword, device, "198.51.100.77"))
				must(t, err)
			}
			must(t, h.Exec(h.ctx(), "update accounts set trial_by = $1, trial_by_name = $2 where id = $3", devon.User.ID, devon.User.Name(), nora.Account.ID))
			h.seal()
			words := []string{"Devon", "devon", "Ashby", "ashby", was.Phone, "198.51.100"}
			if before := storetest.Saying(t, h.Store, words[:4]...); len(before) < 30 {
				t.Fatalf("only %d rows said something before", len(before))
			}
			out, err = h.DeleteAdministrators(h.ctx(), nora, chosen(was), domain.RevokeOffers)
			must(t, errors.Join(err, firstErr(out)))
			for _, row := range storetest.Saying(t, h.Store, words...) {
				if !strings.HasPrefix(row, "counters: guesses from: ") { // of a network, whoever is in it, and gone in a day
					t.Error(row)
				}
			}
		})
	}
}

// AUD-03: each history has its own entry about an erasure, which goes no sooner than what was erased in it: those of others
// stay whole when the one of the account is over.
func TestErasureIsToldInEachHistory(t *testing.T) {
	inHouse(t, func(h house) {
		nora, was := h.at(store.Nora, store.Northgate), h.row(store.Marisol, store.Northgate)
		// What she did while she had no account.
		must(t, h.Exec(h.ctx(), "update events set account_id = '' where actor_id = $1 and kind = 'person.signed_in'", was.UserID))
		h.seal()
		outcomes, err := h.DeleteAdministrators(h.ctx(), nora, chosen(was), domain.RevokeOffers)
		must(t, errors.Join(err, firstErr(outcomes)))
		h.seal()
		must(t, h.Exec(h.ctx(), "update accounts set keep_months = 6 where slug = $1", store.Northgate))
		h.clock.Advance(8 * 31 * 24 * time.Hour)
		for n := 1; n > 0; {
			n, err = h.PurgeDue(h.ctx(), 1000)
			must(t, err)
		}
		if n := h.number("select count(*) from events where kind = 'user.erased' and account_id = $1", nora.Account.ID); n != 0 {
			t.Fatalf("%d entries about it are left", n)
		}
		audits, err := h.VerifyAudit(h.ctx(), "")
		must(t, err)
		for _, a := range audits {
			if a.Flaw != nil {
				t.Errorf("%q: %v", a.Account.Slug, a.Flaw)
			}
		}
		if last := audits[len(audits)-1]; last.Account.ID != "" || last.Sealed < 2 {
			t.Errorf("of people without an account %d entries are read", last.Sealed)
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

// C36: an erasure reaches the customers' histories also when the partner's own, which said where they had worked, is over.
func TestErasureReachesPastTheOwnHistory(t *testing.T) {
	inHouse(t, func(h house) {
		nora, was := h.at(store.Nora, store.Northgate), h.row(store.Devon, store.Northgate)
		h.noSupport()
		session, err := h.enterSupport(store.Devon, h.grantSupport())
		must(t, err)
		by := h.inside(session)
		out, err := h.Resend(h.ctx(), by, chosen(h.row(store.Stefan, store.Brightwater)))
		must(t, errors.Join(err, firstErr(out)))
		h.seal()
		storetest.Exec(t, h.Store, "update accounts set keep_months = 6 where slug = $1", store.Northgate)
		h.clock.Advance(8 * 31 * 24 * time.Hour)
		for n := 1; n > 0; {
			n, err = h.PurgeDue(h.ctx(), 1000)
			must(t, err)
		}
		named := func() int64 {
			return h.number("select count(*) from events where account_id = $1 and "+historyText+" like '%Devon%'", by.Account.ID)
		}
		if named() == 0 {
			t.Fatal("the account's history does not name who helped")
		}
		out, err = h.DeleteAdministrators(h.ctx(), nora, chosen(was), domain.AdoptOffers)
		must(t, errors.Join(err, firstErr(out)))
		if n := named(); n != 0 {
			t.Errorf("%d entries of the account still name who was erased", n)
		}
	})
}

// C36: a place that another partner has given them in one of its customers is not the partner's to withdraw.
func TestErasureLeavesPlacesOfAnotherPartner(t *testing.T) {
	inHouse(t, func(h house) {
		nora, devon := h.at(store.Nora, store.Northgate), h.at(store.Devon, store.Northgate)
		vera := h.row("vera.quillfeather@larkspur.example", store.Larkspur)
		must(t, h.Exec(h.ctx(), "update memberships set via = (select id from accounts where slug = $1), email = $2, user_id = $3 where id = $4",
			store.Stonecrop, store.Devon, devon.User.ID, vera.ID))
		out, err := h.DeleteAdministrators(h.ctx(), nora, chosen(h.row(store.Devon, store.Northgate)), domain.RevokeOffers)
		must(t, errors.Join(err, firstErr(out)))
		if m := h.row(store.Devon, store.Larkspur); m.ID != vera.ID || m.UserID != devon.User.ID || len(m.Scope) == 0 {
			t.Errorf("left with %+v", m)
		}
	})
}

// C36: the erasure of one person leaves what the same tables say of others as it was, in the partner's accounts and beyond.
func TestErasureLeavesOthersAsTheyWere(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouseAlone(t, engine)
			nora, devon := h.at(store.Nora, store.Northgate), h.at(store.Devon, store.Northgate)
			for i, by := range []domain.Actor{nora, devon} {
				d := accountDraft([]string{"Grey Heron", "Blue Heron"}[i])
				d.Email = []string{"grey@heron.example", "blue@heron.example"}[i]
				_, err := h.CreateClient(h.ctx(), by, d)
				must(t, err)
				_, _, err = h.AddCredits(h.ctx(), nora, domain.CreditAddDraft{Amount: "3", Reference: "Order", Once: once()})
				must(t, err)
			}
			// Somebody else did the same in each table, also in the accounts of others and at another time.
			must(t, h.Exec(h.ctx(), "update support_grants set asked_by = $1, asker_name = 'Nora', granted_by = $1, answerer_name = 'Nora' where asked_by <> $2", nora.User.ID, devon.User.ID))
			must(t, h.Exec(h.ctx(), "update accounts set trial_by = $1, trial_by_name = 'Nora' where slug <> $2", nora.User.ID, store.Northgate))
			must(t, h.Exec(h.ctx(), "update memberships set suspended_by = 'Nora', suspended_by_id = $1 where suspended_at > 0 and suspended_by_id <> $2", nora.User.ID, devon.User.ID))
			// What he is himself to a company of another partner is that company's to keep.
			larkspur := h.at(store.Lars, store.Larkspur).Account
			for _, sql := range []string{
				"update accounts set trial_by = $1, trial_by_name = 'Devon', set_up_by_id = $1, set_up_by = 'Devon' where id = $2",
				"update memberships set invited_by = $1, inviter_name = 'Devon', suspended_by_id = $1, suspended_by = 'Devon' where account_id = $2",
				`update support_grants set account_id = $2, partner_id = (select partner_id from accounts where id = $2), granted_by = $1
					where id = (select min(id) from support_grants where asked_by = $1)`,
			} {
				must(t, h.Exec(h.ctx(), sql, devon.User.ID, larkspur.ID))
			}
			told := map[string][]string{}
			tables := []string{"accounts", "memberships", "support_grants", "credit_entries", "users", "passkeys", "authenticators", "recovery_codes", "known_devices", "tokens", "import_rows"}
			was := h.row(store.Devon, store.Northgate)
			for _, table := range tables {
				for _, row := range storetest.Rows(t, h.Store, table) {
					if strings.Contains(row, larkspur.ID) || !strings.Contains(row, devon.User.ID) && !strings.Contains(row, was.ID) {
						told[table] = append(told[table], row)
					}
				}
			}
			out, err := h.DeleteAdministrators(h.ctx(), nora, chosen(was), domain.RevokeOffers)
			must(t, errors.Join(err, firstErr(out)))
			for _, table := range tables {
				after := storetest.Rows(t, h.Store, table)
				for _, row := range told[table] {
					if !slices.Contains(after, row) {
						t.Errorf("%s: changed with somebody else: %s", table, row)
					}
				}
			}
		})
	}
}
