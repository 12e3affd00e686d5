package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// kindsOf are the kinds of event an account's history has of a subject, the newest first.
func (h house) kindsOf(slug, subject string) []string {
	h.t.Helper()
	kinds, err := h.Texts(h.ctx(), "select kind from events where account_id = (select id from accounts where slug = $1) and subject_id = $2 order by at desc, id desc", slug, subject)
	must(h.t, err)
	return kinds
}

// An account comes with its first Admin's invite, mail and the history of both companies, and gives the partner's people no
// place in it; the Admin accepts, and from then on invites whom they want (TEN-18).
func TestCreateClient(t *testing.T) {
	inHouse(t, func(h house) {
		devon := h.at(store.Devon, store.Northgate)
		a, err := h.CreateClient(h.ctx(), devon, accountDraft("Blue Heron Énergie"))
		must(t, err)
		if a.Slug != "blue-heron-energie" || a.PartnerID != devon.Account.ID || a.SetUpBy != "Devon Ashby" || a.Kind != domain.Customer {
			t.Errorf("%+v", a)
		}
		m := h.row("alba.ruiz@heron.example", a.Slug)
		if m.State(h.clock.Now()) != domain.StatePending || m.Role != domain.RoleAdmin || !m.Scope.AccountWide() || m.InvitedBy != devon.User.ID || m.Language != "es" {
			t.Errorf("%+v", m)
		}
		if to := h.owed(m, domain.InviteMail); !slices.Equal(to, []string{m.Email}) {
			t.Errorf("mailed %v", to)
		}
		if got := h.kindsOf(store.Northgate, a.ID); !slices.Equal(got, []string{"account.admin_invited", "account.created"}) {
			t.Errorf("the partner's history: %v", got)
		}
		if got := h.kindsOf(a.Slug, a.ID); !slices.Equal(got, []string{"account.created"}) || len(h.kindsOf(a.Slug, m.ID)) != 1 {
			t.Errorf("the account's history: %v", got)
		}
		behalf, err := h.Texts(h.ctx(), "select on_behalf from events where account_id = $1", a.ID)
		if err != nil || slices.ContainsFunc(behalf, func(v string) bool { return v != "Northgate Integrators" }) {
			t.Errorf("told on behalf of %v, %v", behalf, err)
		}
		_, session := h.signIn(store.Devon)
		if _, err := h.Actor(h.ctx(), session, a.Slug, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("who set it up is in it: %v", err)
		}
		u, in, err := h.accept(m)
		must(t, err)
		alba := storetest.As(t, h.Store, u.Email, a.Slug)
		if in.AccountID != a.ID || alba.Role.ID != domain.RoleAdmin || !alba.Scope.AccountWide() {
			t.Errorf("%+v", in)
		}
		_, err = h.CreateInvite(h.ctx(), alba, domain.InviteDraft{FirstName: "Teo", LastName: "Marin", Email: "teo@heron.example", Role: "admin", Scope: []string{"account"}, Language: "en"})
		must(t, err)
		if _, vacant, err := h.FirstAdmin(h.ctx(), devon, a); err != nil || vacant {
			t.Errorf("waits for its first Admin still: %v", err)
		}
		_, err = h.InviteFirstAdmin(h.ctx(), devon, a.ID, domain.FirstAdminDraft{FirstName: "E", LastName: "V", Email: "eve@northgate.example", Language: "en"})
		if reason(err) != "client_has_admin" {
			t.Errorf("a second first Admin: %v", err)
		}
	})
}

// Who may not set up does not, and what cannot be sent is not kept: no account without its Admin's invite.
func TestCreateClientRefused(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t, engine, func(c *store.Config) { c.Limits.SendsPerHour = 1 })
			devon := h.at(store.Devon, store.Northgate)
			before := h.written()
			for name, by := range map[string]domain.Actor{"observer": h.at(store.Sanjay, store.Northgate), "a customer's Admin": h.at(store.Dana, store.Brightwater)} {
				if _, err := h.CreateClient(h.ctx(), by, accountDraft("Nope")); !errors.Is(err, domain.ErrForbidden) {
					t.Errorf("%s: %v", name, err)
				}
			}
			for field, d := range map[string]domain.AccountDraft{
				"problems: name: account_exists": accountDraft(" brightwater ENERGY"), "problems: email: required": {Name: "X", Country: "US", FirstName: "A", LastName: "B", Language: "en"},
			} {
				if _, err := h.CreateClient(h.ctx(), devon, d); reason(err) != field {
					t.Errorf("%s: %v", field, err)
				}
			}
			if h.written() != before {
				t.Error("something was written")
			}
			_, err := h.CreateClient(h.ctx(), devon, accountDraft("One"))
			must(t, err)
			if _, err := h.CreateClient(h.ctx(), devon, accountDraft("Two")); !errors.Is(err, domain.ErrTooMany) || h.number("select count(*) from accounts where name = 'Two'") != 0 {
				t.Errorf("over the hourly limit: %v", err)
			}
		})
	}
}

// RACE-10 for accounts: of many who set up the same company at once one does, and the others are told so; companies of one
// name at two partners both are, and have slugs of their own.
func TestRACE10_SameAccountAtOnce(t *testing.T) {
	inHouse(t, func(h house) {
		devon, nora, petra := h.at(store.Devon, store.Northgate), h.at(store.Nora, store.Northgate), h.at(store.Petra, store.Stonecrop)
		for round := range rounds(t, 10) {
			name := fmt.Sprintf("Twice Works %d", round)
			errs := make([]error, 9)
			var all []func()
			for i := range errs {
				by := []domain.Actor{devon, nora, petra}[i%3]
				all = append(all, func() { _, errs[i] = h.CreateClient(h.ctx(), by, accountDraft(name)) })
			}
			together(all...)
			made := map[int]int{}
			for i, err := range errs {
				switch {
				case err == nil:
					made[i%3/2]++
				case reason(err) != "problems: name: account_exists":
					t.Errorf("%d: %v", i, err)
				}
			}
			slugs, err := h.Texts(h.ctx(), "select slug from accounts where name = $1 order by slug", name)
			must(t, err)
			first := fmt.Sprintf("twice-works-%d", round)
			if made[0] != 1 || made[1] != 1 || !slices.Equal(slugs, []string{first, first + "-2"}) {
				t.Errorf("round %d: made %v, %v", round, made, slugs)
			}
			invites := h.number("select count(*) from memberships m join accounts a on a.id = m.account_id where a.name = $1", name)
			if invites != 2 {
				t.Errorf("%d invites of two accounts", invites)
			}
		}
	})
}

// The first Admin's place is offered again until somebody takes it: to the same address with a new link, or to another one,
// which ends the older offer. A partner who was removed stands behind nothing any more.
func TestInviteFirstAdminAgain(t *testing.T) {
	inHouse(t, func(h house) {
		devon, petra := h.at(store.Devon, store.Northgate), h.at(store.Petra, store.Stonecrop)
		a, err := h.CreateClient(h.ctx(), devon, accountDraft("Heron"))
		must(t, err)
		alba := h.row("alba.ruiz@heron.example", a.Slug)
		d := domain.FirstAdminDraft{FirstName: "Alba", LastName: "Ruiz", Email: alba.Email, Language: "en"}
		if _, err := h.InviteFirstAdmin(h.ctx(), petra, a.ID, d); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("another partner: %v", err)
		}
		_, err = h.InviteFirstAdmin(h.ctx(), devon, a.ID, d)
		must(t, err)
		if again := h.row(alba.Email, a.Slug); again.ID != alba.ID || again.Generation != 2 {
			t.Errorf("%+v", again)
		}
		if _, _, err := h.accept(alba); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old link: %v", err)
		}
		d.Email = "bea.sanz@heron.example"
		_, err = h.InviteFirstAdmin(h.ctx(), devon, a.ID, d)
		must(t, err)
		if old := h.row(alba.Email, a.Slug); old.State(h.clock.Now()) != domain.StateRevoked {
			t.Errorf("the older offer is %s", old.State(h.clock.Now()))
		}
		m, vacant, err := h.FirstAdmin(h.ctx(), devon, a)
		if err != nil || !vacant || m.Email != d.Email {
			t.Errorf("%+v, %t, %v", m, vacant, err)
		}
		bea := h.row(d.Email, a.Slug)
		if _, err := h.FindInviteByToken(h.ctx(), h.InviteToken(bea.ID, bea.Generation)); err != nil {
			t.Errorf("the new link: %v", err)
		}
		must(t, h.Suspend1(h.at(store.Nora, store.Northgate), devon.Membership))
		if _, err := h.FindInviteByToken(h.ctx(), h.InviteToken(bea.ID, bea.Generation)); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("sent by somebody who is locked now: %v", err)
		}
	})
}

// PRIV-12's sibling: whoever tries to be let in by two offers of the first Admin's place, one is enough and the other is dead.
func TestOneFirstAdmin(t *testing.T) {
	inHouse(t, func(h house) {
		devon := h.at(store.Devon, store.Northgate)
		for round := range rounds(t, 10) {
			a, err := h.CreateClient(h.ctx(), devon, accountDraft(fmt.Sprint("Heron ", round)))
			must(t, err)
			first := h.row("alba.ruiz@heron.example", a.Slug)
			var accepted, invited error
			together(
				func() {
					_, err := h.AcceptInviteAs(h.ctx(), h.known(first.Email).ID, h.InviteToken(first.ID, first.Generation), "")
					accepted = err
				},
				func() {
					_, invited = h.InviteFirstAdmin(h.ctx(), devon, a.ID, domain.FirstAdminDraft{FirstName: "B", LastName: "S", Email: "bea.sanz@heron.example", Language: "en"})
				},
			)
			now := h.row(first.Email, a.Slug)
			switch {
			case accepted == nil && reason(invited) == "client_has_admin":
			case errors.Is(accepted, domain.ErrNotFound) && invited == nil && !now.RevokedAt.IsZero():
			default:
				t.Fatalf("round %d: accepted %v, invited %v, %+v", round, accepted, invited, now)
			}
		}
	})
}

// known is the person of an address, made if there is none.
func (h house) known(email string) domain.User {
	h.t.Helper()
	u, err := h.PersonByEmail(h.ctx(), email)
	if err == nil {
		return u
	}
	must(h.t, h.Exec(h.ctx(), `insert into users (id, email, first_name, last_name, phone, language, time_zone, theme, password_hash, password_changed_at, last_sign_in_at, created_at, version)
		values ($1, $2, 'Some', 'Body', '', 'en', 'UTC', '', '', 0, 0, 1, 1)`, store.NewID(), email))
	u, err = h.PersonByEmail(h.ctx(), email)
	must(h.t, err)
	return u
}

// TEN-02, TEN-18: an account that is another partner's, a partner itself or not there at all is one and the same to every
// door of the store, and nothing is written.
func TestTEN18_ClientsOfOthersAndOfNone(t *testing.T) {
	inHouse(t, func(h house) {
		nora := h.at(store.Nora, store.Northgate)
		ids, err := h.Texts(h.ctx(), "select id from accounts where slug in ('larkspur', 'northgate', 'stonecrop', 'twin') order by slug")
		must(t, err)
		before := h.written()
		site := h.site(store.Larkspur, store.Canary+"1")
		for _, id := range append(ids, "", "a\x00", "\xff", store.NewID()) {
			for name, err := range map[string]error{
				"read":      failed(h.Client(h.ctx(), nora, id)),
				"site":      failed(h.CreateClientSite(h.ctx(), nora, id, domain.SiteDraft{Name: "X"})),
				"suspend":   failed(h.SuspendClient(h.ctx(), nora, id)),
				"resume":    failed(h.ResumeClient(h.ctx(), nora, id)),
				"admin":     failed(h.InviteFirstAdmin(h.ctx(), nora, id, domain.FirstAdminDraft{FirstName: "A", LastName: "B", Email: "a@b.example", Language: "en"})),
				"colleague": failed(h.InviteColleague(h.ctx(), nora, id, domain.ColleagueDraft{Colleague: store.Devon, Role: "user", Site: site})),
			} {
				if !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("%s %q: %v", name, id, err)
				}
			}
		}
		larkspur, err := h.AccountBySlug(h.ctx(), store.Larkspur)
		must(t, err)
		if _, _, err := h.ClientSites(h.ctx(), nora, larkspur, "", "", 5); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("sites: %v", err)
		}
		if _, err := h.ClientSite(h.ctx(), nora, larkspur, site); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a site: %v", err)
		}
		cobalt, err := h.AccountBySlug(h.ctx(), store.Cobalt)
		must(t, err)
		if _, err := h.ClientSite(h.ctx(), nora, cobalt, site); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a site of another account: %v", err)
		}
		_, err = h.InviteColleague(h.ctx(), nora, cobalt.ID, domain.ColleagueDraft{Colleague: store.Devon, Role: "user", Site: site})
		if reason(err) != "problems: site: choice" {
			t.Errorf("a colleague at a site of another account: %v", err)
		}
		if h.written() != before {
			t.Error("something was written")
		}
		lars, err := h.PersonByEmail(h.ctx(), store.Lars)
		must(t, err)
		_, err = h.PutMembership(h.ctx(), domain.Membership{
			AccountID: nora.Account.ID, UserID: lars.ID, Kind: domain.KindGuest, Role: domain.RoleOperator, Scope: domain.Whole(nora.Account.ID),
			Email: lars.Email, AcceptedAt: h.clock.Now(), Language: "en",
		})
		must(t, err)
		before = h.written()
		_, err = h.InviteColleague(h.ctx(), nora, cobalt.ID, domain.ColleagueDraft{Colleague: lars.Email, Role: "user", Site: h.site(store.Cobalt, "GSW")})
		if reason(err) != "problems: colleague: colleague_unknown" {
			t.Errorf("a guest is a colleague: %v", err)
		}
		if h.written() != before {
			t.Error("something was written")
		}
	})
}

// A site that the partner opens is the customer's, told in both histories, and a suspended account gets none.
func TestCreateClientSite(t *testing.T) {
	inHouse(t, func(h house) {
		devon, cora := h.at(store.Devon, store.Northgate), h.at(store.Cora, store.Cobalt)
		cobalt := cora.Account
		if _, err := h.CreateClientSite(h.ctx(), h.at(store.Sanjay, store.Northgate), cobalt.ID, domain.SiteDraft{Name: "Quay"}); !errors.Is(err, domain.ErrForbidden) {
			t.Errorf("an observer: %v", err)
		}
		if _, err := h.CreateClientSite(h.ctx(), devon, cobalt.ID, domain.SiteDraft{}); reason(err) != "problems: name: required" {
			t.Errorf("no name: %v", err)
		}
		site, err := h.CreateClientSite(h.ctx(), devon, cobalt.ID, domain.SiteDraft{Name: "Quay", Code: "qy", TimeZone: "Europe/Madrid"})
		must(t, err)
		got, err := h.Site(h.ctx(), cora, site.ID)
		if err != nil || got.Name != "Quay" || got.Code != "QY" || got.AccountID != cobalt.ID {
			t.Errorf("%+v, %v", got, err)
		}
		if got := h.kindsOf(store.Northgate, cobalt.ID); got[0] != "account.site_opened" || !slices.Equal(h.kindsOf(store.Cobalt, site.ID), []string{"site.created"}) {
			t.Errorf("told %v", got)
		}
		rows, _, err := h.ClientSites(h.ctx(), devon, cobalt, "qua", "", 5)
		if err != nil || len(rows) != 1 || rows[0].ID != site.ID {
			t.Errorf("%+v, %v", rows, err)
		}
		nora := h.at(store.Nora, store.Northgate)
		_, err = h.SuspendClient(h.ctx(), nora, cobalt.ID)
		must(t, err)
		if _, err := h.CreateClientSite(h.ctx(), devon, cobalt.ID, domain.SiteDraft{Name: "Pier"}); reason(err) != "client_suspended" {
			t.Errorf("suspended: %v", err)
		}
		if _, _, err := h.ClientSites(h.ctx(), devon, cobalt, "", "", 5); err != nil {
			t.Errorf("their names: %v", err)
		}
		if strings.Contains(strings.Join(h.kindsOf(store.Cobalt, site.ID), " "), "account") {
			t.Error("the partner's line stands in the customer's history")
		}
	})
}

// failed is the error of what gives something as well.
func failed[T any](_ T, err error) error { return err }
