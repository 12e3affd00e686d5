package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// theChanges are all changes to people, as one actor asks for them.
var theChanges = map[string]func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error){
	"role": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.ChangeRoles(h.ctx(), by, c, "member")
	},
	"scope": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.ChangeScopes(h.ctx(), by, c, []string{h.reach(by)})
	},
	"notify": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.SetNotifications(h.ctx(), by, c, store.Off, "")
	},
	"end": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.SetEnds(h.ctx(), by, c, "2030-01-31")
	},
	"suspend": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.Suspend(h.ctx(), by, c)
	},
	"resume": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.Resume(h.ctx(), by, c)
	},
	"sign out": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.EndSessions(h.ctx(), by, c)
	},
	"remove": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.Remove(h.ctx(), by, c)
	},
	"erase": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.DeleteAdministrators(h.ctx(), by, c, domain.RevokeOffers)
	},
	"resend": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.Store.Resend(h.ctx(), by, c)
	},
	"revoke": func(h house, by domain.Actor, c store.Chosen) ([]store.Outcome, error) {
		return h.Revoke(h.ctx(), by, c)
	},
}

// reach is a value of a scope field that the actor may give.
func (h house) reach(by domain.Actor) string {
	if by.Scope.AccountWide() {
		sites, err := h.Texts(h.ctx(), "select id from sites where account_id = $1 and removed_at = 0 order by id limit 1", by.Account.ID)
		if err != nil || len(sites) == 0 {
			return domain.WholeAccount
		}
		return sites[0]
	}
	return by.Scope.SiteIDs()[0]
}

// TEN-08: a site-scoped admin sees the people and invites of their sites, and of these the part within them.
func TestSiteAdminSeesTheirSites(t *testing.T) {
	inHouse(t, func(h house) {
		ingrid, dana := h.at(store.Ingrid, store.Brightwater), h.at(store.Dana, store.Brightwater)
		var all, theirs []string
		must(t, h.EachUser(h.ctx(), dana, store.Query{}, func(m domain.Membership) error {
			all = append(all, m.Email)
			if !m.Scope.AccountWide() && len(m.Scope.Within(ingrid.Scope)) > 0 {
				theirs = append(theirs, m.Email)
			}
			return nil
		}))
		if len(theirs) < 5 || len(theirs) == len(all) {
			h.t.Fatalf("the demo has %d of %d people on these sites", len(theirs), len(all))
		}
		page, err := h.Users(h.ctx(), ingrid, store.Query{})
		must(t, err)
		if !slices.Equal(emails(page.Rows), theirs) || page.Total.N != len(theirs) || page.Total.More {
			t.Errorf("lists %v of %+v, want %v", emails(page.Rows), page.Total, theirs)
		}
		var exported []string
		must(t, h.EachUser(h.ctx(), ingrid, store.Query{}, func(m domain.Membership) error {
			if !ingrid.Scope.Contains(m.Scope) {
				t.Errorf("exports the scope %s of %s", m.Scope, m.Email)
			}
			exported = append(exported, m.Email)
			return nil
		}))
		if !slices.Equal(exported, theirs) {
			t.Errorf("exports %v, want %v", exported, theirs)
		}
		ids, _, err := h.UserIDs(h.ctx(), ingrid, store.Query{})
		must(t, err)
		if len(ids) != len(theirs) {
			t.Errorf("selects %d, want %d", len(ids), len(theirs))
		}
		for name, q := range map[string]store.Query{
			"search":          {Search: "dana"},
			"another site":    {Sites: []string{h.site(store.Brightwater, "UYB")}},
			"a foreign site":  {Sites: []string{h.site(store.Larkspur, store.Canary+"1")}},
			"a missing site":  {Sites: []string{"00000000-0000-7000-8000-000000000000"}},
			"the whole thing": {Sites: []string{""}},
		} {
			page, err := h.Users(h.ctx(), ingrid, q)
			must(t, err)
			n, err := h.CountUsers(h.ctx(), ingrid, q)
			must(t, err)
			if len(page.Rows) > 0 || n.N > 0 || n.More {
				t.Errorf("%s: %v, %+v", name, emails(page.Rows), n)
			}
		}
		if _, err := h.User(h.ctx(), ingrid, h.row(store.Dana, store.Brightwater).ID); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("by id: %v", err)
		}

		// Priya reaches one site of Ingrid's and one that is not: looked at, not changed.
		priya, err := h.User(h.ctx(), ingrid, h.row(store.Priya, store.Brightwater).ID)
		must(t, err)
		if !priya.Beyond || priya.Scope.String() != h.site(store.Brightwater, "HPT") {
			t.Errorf("Priya: %s, beyond %v", priya.Scope, priya.Beyond)
		}
		before := h.written()
		outcomes, err := h.Suspend(h.ctx(), ingrid, chosen(priya))
		must(t, err)
		if !slices.Equal(reasons(outcomes), []string{"scope_beyond"}) || outcomes[0].Membership.Scope.String() != priya.Scope.String() || h.written() != before {
			t.Errorf("suspend: %v, shows %s", reasons(outcomes), outcomes[0].Membership.Scope)
		}
		if err := ingrid.MayTouch(priya); reason(err) != "scope_beyond" {
			t.Errorf("the screen is told %v", err)
		}

		open, err := h.OpenInvites(h.ctx(), ingrid)
		must(t, err)
		if open != (store.Count{N: 2}) { // Noor (HPT UYB) and Omar (MPS)
			t.Errorf("%+v open invites", open)
		}
		weeks, _, err := h.InviteWeeks(h.ctx(), ingrid, store.Query{})
		must(t, err)
		pending := 0
		for _, w := range weeks {
			pending += w.States[domain.StatePending]
		}
		if pending != 2 {
			t.Errorf("the chart shows %d pending", pending)
		}
	})
}

// An account-wide viewer who looks at one site sees whose scope includes it: those with the site, and the whole account.
func TestSiteFilterOfAnAccountAdmin(t *testing.T) {
	inHouse(t, func(h house) {
		page, err := h.Users(h.ctx(), h.at(store.Dana, store.Brightwater), store.Query{Sites: []string{h.site(store.Brightwater, "UYB")}, Paging: store.Paging{Limit: 100}})
		must(t, err)
		for email, want := range map[string]bool{store.Yuki: true, store.Priya: true, store.Dana: true, store.Leonard: true, store.Owen: false, store.Ingrid: false} {
			if slices.Contains(emails(page.Rows), email) != want {
				t.Errorf("%s: listed %v, want %v", email, !want, want)
			}
		}
	})
}

// TEN-02, TEN-04, C8: with one id that is not theirs to see, foreign or outside their sites, the whole call is not
// found and nothing is changed; an id of nobody gets the same answer.
func TestForeignIDsChangeNothing(t *testing.T) {
	inHouse(t, func(h house) {
		ingrid, dana := h.at(store.Ingrid, store.Brightwater), h.at(store.Dana, store.Brightwater)
		owen, omar := h.row(store.Owen, store.Brightwater), h.row("omar.haddad@brightwater.example", store.Brightwater)
		for name, c := range map[string]struct {
			by domain.Actor
			id string
		}{
			"foreign person":       {dana, h.row("vera.quillfeather@larkspur.example", store.Larkspur).ID},
			"foreign invite":       {dana, h.row(store.Wren, store.Larkspur).ID},
			"outside their sites":  {ingrid, h.row(store.Yuki, store.Brightwater).ID},
			"account-wide person":  {ingrid, h.row(store.Samuel, store.Brightwater).ID},
			"invite of other site": {ingrid, h.row(store.Kelly, store.Brightwater).ID},
			"nobody":               {dana, "00000000-0000-7000-8000-000000000000"},
			"no id":                {dana, "' or '1'='1"},
			"zero byte":            {dana, "\x00"},
			"not UTF-8":            {dana, "\xff\xfe"},
		} {
			before := h.written()
			for change, do := range theChanges {
				if _, err := do(h, c.by, store.Chosen{IDs: []string{owen.ID, c.id, omar.ID}}); !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("%s, %s: %v", name, change, err)
				}
			}
			_, correct := h.Correct(h.ctx(), c.by, c.id, domain.InviteDraft{Version: "1"})
			_, link := h.CopyLink(h.ctx(), c.by, c.id)
			_, user := h.User(h.ctx(), c.by, c.id)
			_, invite := h.Invite(h.ctx(), c.by, c.id)
			_, rows := h.ChosenRows(h.ctx(), c.by, []string{c.id})
			for _, err := range []error{correct, link, user, invite, rows} {
				if !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if h.written() != before {
				t.Errorf("%s: something was written", name)
			}
		}
	})
}

// TEN-02: foreign sites in a form are as unknown as ones that do not exist.
func TestForeignSitesInForms(t *testing.T) {
	inHouse(t, func(h house) {
		dana, owen := h.at(store.Dana, store.Brightwater), h.row(store.Owen, store.Brightwater)
		before := h.written()
		for _, site := range []string{h.site(store.Larkspur, store.Canary+"1"), "00000000-0000-7000-8000-000000000000", "", "\x00", "\xff"} {
			_, err := h.ChangeScopes(h.ctx(), dana, chosen(owen), []string{h.site(store.Brightwater, "HPT"), site})
			if reason(err) != "problems: scope: choice" {
				t.Errorf("scope %q: %v", site, err)
			}
			d := draft("somebody@brightwater.example")
			d.Scope = []string{site}
			if _, err := h.CreateInvite(h.ctx(), dana, d); reason(err) != "problems: scope: choice" {
				t.Errorf("invite to %q: %v", site, err)
			}
		}
		if h.written() != before {
			t.Error("something was written")
		}
	})
}

// TEN-06: whatever is typed into the search is searched for, in one's own account.
func TestSearchStaysInside(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		for _, typed := range []string{"%", "_", "%%%", "'", `"`, "' or 1=1 --", `" OR account : "`, "* OR text:a", "NEAR(a b)", store.Canary, "\x00", "\xff", strings.Repeat("a ", 10_000), strings.Repeat("%_", 5_000)} {
			for _, list := range []listOf{h.Users, h.Invites} {
				page, err := list(h.ctx(), dana, store.Query{Search: typed})
				if err != nil {
					t.Errorf("%.20q: %v", typed, err)
				}
				if len(page.Rows) > 0 {
					t.Errorf("%.20q finds %v", typed, emails(page.Rows))
				}
			}
		}
	})
}

// Whose sites are all gone reaches nothing, and is there for who keeps the account, and for nobody of one site.
func TestWhoReachesNothingIsSeen(t *testing.T) {
	inHouse(t, func(h house) {
		dana, owen := h.at(store.Dana, store.Brightwater), h.row(store.Owen, store.Brightwater)
		must(t, h.Exec(h.ctx(), "delete from grants where membership_id = $1", owen.ID))
		if m, err := h.User(h.ctx(), dana, owen.ID); err != nil || m.ID != owen.ID {
			t.Errorf("%v", err)
		}
		_, err := h.User(h.ctx(), h.at(store.Ingrid, store.Brightwater), owen.ID)
		wantErr(t, "of one site", err, domain.ErrNotFound)
		outcomes, err := h.Remove(h.ctx(), dana, chosen(owen))
		must(t, errors.Join(err, firstErr(outcomes)))
	})
}

// PRIV-02: a site admin widens neither their own nor anybody's scope.
func TestSiteAdminWidensNobody(t *testing.T) {
	inHouse(t, func(h house) {
		ingrid := h.at(store.Ingrid, store.Brightwater)
		hpt, uyb := h.site(store.Brightwater, "HPT"), h.site(store.Brightwater, "UYB")
		before := h.written()
		for _, email := range []string{store.Ingrid, store.Owen} {
			for _, scope := range [][]string{{domain.WholeAccount}, {uyb}, {hpt, uyb}, {hpt, domain.WholeAccount}} {
				if _, err := h.ChangeScopes(h.ctx(), ingrid, chosen(h.row(email, store.Brightwater)), scope); reason(err) != "problems: scope: choice" {
					t.Errorf("%s to %v: %v", email, scope, err)
				}
			}
		}
		// With a stale idea of their own scope it is the transaction that says no.
		stale := ingrid
		stale.Scope = domain.Whole(ingrid.Account.ID)
		outcomes, err := h.ChangeScopes(h.ctx(), stale, chosen(h.row(store.Owen, store.Brightwater)), []string{uyb})
		if err != nil || !slices.Equal(reasons(outcomes), []string{"scope_beyond"}) {
			t.Errorf("stale actor: %v, %v", reasons(outcomes), err)
		}
		if h.written() != before {
			t.Error("something was written")
		}
	})
}
