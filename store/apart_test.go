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

// A partner sees its own ledger and the sites of its own customers, whatever another one has.
func TestTEN18_AnotherPartnersCredits(t *testing.T) {
	inHouse(t, func(h house) {
		ctx, petra, nora := h.ctx(), h.at(store.Petra, store.Stonecrop), h.at(store.Nora, store.Northgate)
		sums, err := h.CreditSums(ctx, petra)
		must(t, err)
		if sums.Ledger != (domain.Ledger{}) || sums.Last != 0 || sums.ThisMonth != 0 {
			t.Errorf("nothing was booked, and it is %+v", sums)
		}
		for _, m := range sums.Months {
			if m.Added != 0 || m.Allocated != 0 || m.Returned != 0 || m.Available != 0 {
				t.Errorf("a month of nothing is %+v", m)
			}
		}
		if page, err := h.Credits(ctx, petra, store.CreditQuery{}); err != nil || len(page.Rows) != 0 {
			t.Errorf("%d entries, %v", len(page.Rows), err)
		}
		if holders, err := h.CreditHolders(ctx, petra, "", 50); err != nil || len(holders) != 0 {
			t.Errorf("%d sites hold credits, %v", len(holders), err)
		}
		found, err := h.FindCreditSites(ctx, petra, "", 50)
		must(t, err)
		if len(found) == 0 || slices.ContainsFunc(found, func(v domain.CreditSite) bool { return v.Slug != store.Larkspur }) {
			t.Errorf("sites of others: %+v", found)
		}
		if o, err := h.AllocateCredits(ctx, petra, domain.CreditDraft{Lines: "HPT 1", Once: once()}, true); err == nil && o.Outcomes[0].Err == nil {
			t.Error("another partner's site is known by its code")
		}
		hpt, err := h.Site(ctx, h.at(store.Dana, store.Brightwater), h.site(store.Brightwater, "HPT"))
		must(t, err)
		for typed, one := range map[string]bool{"hpt": true, hpt.Name[:6]: true, "nothing like it": false, "brightwater": true} {
			for what, find := range map[string]func() ([]domain.CreditSite, error){
				"to be given": func() ([]domain.CreditSite, error) { return h.FindCreditSites(ctx, nora, typed, 50) },
				"having some": func() ([]domain.CreditSite, error) { return h.CreditHolders(ctx, nora, typed, 50) },
			} {
				got, err := find()
				must(t, err)
				if there := slices.ContainsFunc(got, func(v domain.CreditSite) bool { return v.ID == hpt.ID }); there != one {
					t.Errorf("%q finds HPT among sites %s: %v", typed, what, there)
				}
			}
		}
		_, err = h.SuspendClient(ctx, nora, hpt.AccountID)
		must(t, err)
		if got, err := h.FindCreditSites(ctx, nora, "hpt", 50); err != nil || len(got) != 0 {
			t.Errorf("sites of a suspended account: %+v, %v", got, err)
		}
		// A form of the other partner may have the same name, and its ledger may stand at the same entry.
		form := domain.CreditAddDraft{Amount: "3", Reference: "Order", Once: once()}
		_, _, err = h.AddCredits(ctx, nora, form)
		must(t, err)
		storetest.Exec(t, h.Store, `insert into credit_ledgers (account_id, seq, at, added, allocated, returned)
			select $1, seq, at, added, allocated, returned from credit_ledgers where account_id = $2`, hpt.AccountID, nora.Account.ID)
		before := storetest.Rows(t, h.Store, "credit_ledgers")
		if _, again, err := h.AddCredits(ctx, petra, form); err != nil || again {
			t.Errorf("a form of the same name: sent again %v, %v", again, err)
		}
		after := storetest.Rows(t, h.Store, "credit_ledgers")
		for _, row := range before {
			if !slices.Contains(after, row) {
				t.Errorf("another's ledger has changed: %s", row)
			}
		}
		other := slices.DeleteFunc(after, func(row string) bool { return strings.Contains(row, nora.Account.ID) })
		_, _, err = h.AddCredits(ctx, nora, domain.CreditAddDraft{Amount: "3", Reference: "Order", Once: once()})
		must(t, err)
		for _, row := range other {
			if !slices.Contains(storetest.Rows(t, h.Store, "credit_ledgers"), row) {
				t.Errorf("another's ledger at the same entry has changed: %s", row)
			}
		}
	})
}

// What is told of one person is theirs alone: who gave their role, who locked them, their last sign-in at home.
func TestWhatIsToldOfOnePerson(t *testing.T) {
	inHouse(t, func(h house) {
		ctx, dana, nora := h.ctx(), h.at(store.Dana, store.Brightwater), h.at(store.Nora, store.Northgate)
		h.clock.Advance(time.Minute)
		_, err := h.ChangeRoles(ctx, dana, chosen(h.row(store.Samuel, store.Brightwater)), "member")
		must(t, err)
		h.clock.Advance(time.Minute)
		_, err = h.ChangeRoles(ctx, h.at(store.Rosa, store.Brightwater), chosen(h.row(store.Owen, store.Brightwater)), "member")
		must(t, err)
		if by, _, err := h.RoleGiven(ctx, dana, h.row(store.Samuel, store.Brightwater)); err != nil || by != dana.User.Name() {
			t.Errorf("the role was given by %q, %v", by, err)
		}
		bram := h.row("bram.devries@northgate.example", store.Northgate)
		_, err = h.DeleteAdministrators(ctx, nora, chosen(h.row("lucia.romano@northgate.example", store.Northgate)), "")
		must(t, err)
		if now := h.row(bram.Email, store.Northgate); bram.SuspendedBy == "" || now.SuspendedBy != bram.SuspendedBy {
			t.Errorf("locked by %q, and now by %q", bram.SuspendedBy, now.SuspendedBy)
		}
		h.hostRoles(store.Brightwater)
		guest := h.guest(dana, h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		h.clock.Advance(time.Minute)
		_, _ = h.signIn(store.Cora)
		if now, err := h.ReadMembership(ctx, guest.ID); err != nil || !now.LastSignInAt.Equal(guest.LastSignInAt) {
			t.Errorf("a sign-in at home is a visit: %v, %v", now.LastSignInAt, err)
		}
		// GST-11: a closed account at home leaves nobody a guest elsewhere.
		bound := h.enter(store.Cora, guest)
		if _, err := h.Actor(ctx, bound, store.Brightwater, ""); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, h.Store, "update accounts set suspended_at = 1 where slug = $1", store.Cobalt)
		if _, err := h.Actor(ctx, bound, store.Brightwater, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a guest whose account at home is closed: %v", err)
		}
		// The first Admin's offer is the one for the whole account, whoever else was invited since.
		client, err := h.CreateClient(ctx, nora, accountDraft("Two Offers"))
		must(t, err)
		m, vacant, err := h.FirstAdmin(ctx, nora, client)
		must(t, err)
		for i, role := range []domain.RoleID{domain.RoleUser, domain.RoleAdmin} {
			other := m
			other.ID, other.Email, other.Role, other.SentAt = "", string(rune('a'+i))+"@two.example", role, m.SentAt.Add(time.Hour)
			if role == domain.RoleAdmin {
				other.Scope = domain.Sites(client.ID, h.site(store.Brightwater, "HPT"))
			}
			_, err = h.PutMembership(ctx, other)
			must(t, err)
		}
		if now, still, err := h.FirstAdmin(ctx, nora, client); err != nil || !vacant || !still || now.ID != m.ID {
			t.Errorf("the first Admin's offer is %q, was %q: %v, %v, %v", now.Email, m.Email, vacant, still, err)
		}
	})
}
