package store_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// rounds is how often a race is run: the variable GATEHOUSE_ROUNDS asks for more.
func rounds(t *testing.T, usual int) int {
	t.Helper()
	asked := os.Getenv("GATEHOUSE_ROUNDS")
	if asked == "" {
		return usual
	}
	n, err := strconv.Atoi(asked)
	must(t, err)
	return n
}

// together starts all at once and waits for them.
func together(do ...func()) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, f := range do {
		wg.Go(func() {
			<-start
			f()
		})
	}
	close(start)
	wg.Wait()
}

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
		sites, err := h.Texts(h.ctx(), "select id from sites where account_id = $1 order by id limit 1", by.Account.ID)
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

// C8: what state or rank forbids is said of each row; the others are done. A preview says the same and does nothing.
func TestBulkTellsRowByRow(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		rows := []domain.Membership{
			h.row(store.Owen, store.Brightwater), h.row(store.Aisha, store.Brightwater), h.row(store.Noor, store.Brightwater),
			h.row(store.Dana, store.Brightwater), h.row(store.Samuel, store.Brightwater),
		}
		want := []string{"", "already_disabled", "not_accepted", "not_yourself", ""}
		c := chosen(append(rows, rows[0])...)
		before := h.written()
		c.Preview = true
		seen, err := h.Suspend(h.ctx(), dana, c)
		must(t, err)
		if !slices.Equal(reasons(seen), want) {
			t.Errorf("previewed %q, want %q", reasons(seen), want)
		}
		if h.written() != before || !h.row(store.Owen, store.Brightwater).SuspendedAt.IsZero() {
			t.Error("the preview wrote something")
		}
		c.Preview = false
		done, err := h.Suspend(h.ctx(), dana, c)
		must(t, err)
		if !slices.Equal(reasons(done), want) {
			t.Errorf("did %q, want %q", reasons(done), want)
		}
		for i, o := range done {
			if m := h.row(rows[i].Email, store.Brightwater); m.ID != o.Membership.ID || !m.SuspendedAt.Equal(o.Membership.SuspendedAt) {
				t.Errorf("%s is not as told", m.Email)
			}
		}
		if n := h.number("select count(*) from events where kind = 'user.disabled' and at = $1", h.clock.Now().UnixMicro()); n != 2 {
			t.Errorf("%d events, want 2", n)
		}
		if _, err := h.Suspend(h.ctx(), dana, store.Chosen{IDs: make([]string, store.MostChosen+1)}); !errors.Is(err, domain.ErrTooMany) {
			t.Errorf("too many rows: %v", err)
		}
	})
}

// PRIV-01: of all inviters and all offers only those of the can-grant table within the inviter's scope are made, by
// invite, correction, resend, change of role and change of scope.
func TestOnlyWhatOneMayGrant(t *testing.T) {
	inHouse(t, func(h house) {
		must(t, h.Exec(h.ctx(), "update accounts set site_admins_invite = 1"))
		hpt, uyb := h.site(store.Brightwater, "HPT"), h.site(store.Brightwater, "UYB")
		account := h.row(store.Samuel, store.Brightwater).AccountID
		scopes := map[string]domain.Scope{"account": domain.Whole(account), "HPT": domain.Sites(account, hpt), "UYB": domain.Sites(account, uyb), "both": domain.Sites(account, hpt, uyb)}
		grants := []domain.RoleID{domain.RoleMember, domain.RoleUser, domain.RoleAdmin, domain.RoleDeployer}
		n := 0
		for _, role := range grants {
			for _, scope := range []string{"account", "HPT"} {
				samuel := h.row(store.Samuel, store.Brightwater)
				as := samuel
				as.Role, as.Scope = role, scopes[scope]
				_, err := h.RewriteMembership(h.ctx(), samuel, as)
				must(t, err)
				by := h.at(store.Samuel, store.Brightwater)
				for _, offered := range append(grants, domain.RoleSupport, domain.RoleMaster, "king", "") {
					for to := range scopes {
						n++
						may := (role == domain.RoleAdmin || role == domain.RoleDeployer) && slices.Contains(grants, offered) && (scope == "account" || to == "HPT")
						h.grant(by, offered, scopes[to], n, may)
					}
				}
			}
		}
	})
}

func (h house) grant(by domain.Actor, role domain.RoleID, scope domain.Scope, n int, may bool) {
	h.t.Helper()
	what := fmt.Sprintf("%s of %s offers %q on %s", by.Role.ID, by.Scope, role, scope)
	before := h.written()
	d := draft(fmt.Sprintf("grant%d@brightwater.example", n))
	d.Role, d.Scope = string(role), domain.FormatScope(scope)
	m, err := h.CreateInvite(h.ctx(), by, d)
	if (err == nil) != may {
		h.t.Errorf("%s: %v", what, err)
	}
	if !may {
		if h.written() != before {
			h.t.Errorf("%s: something was written", what)
		}
		return
	}
	if m.Role != role || !m.Scope.Equal(scope) {
		h.t.Errorf("%s: became %s on %s", what, m.Role, m.Scope)
	}
}

// PRIV-01: a standing offer above oneself is neither resent nor corrected, nobody above oneself is changed.
func TestNothingAboveOneself(t *testing.T) {
	inHouse(t, func(h house) {
		marisol, samuel := h.at(store.Marisol, store.Northgate), h.at(store.Samuel, store.Brightwater)
		nora, helga := h.row(store.Nora, store.Northgate), h.row("helga.stroud@northgate.example", store.Northgate)
		before := h.written()
		// PRIV-06: a partner's Admin over Masters.
		for name, do := range theChanges {
			if name == "resend" || name == "revoke" || name == "role" || name == "scope" {
				continue
			}
			outcomes, err := do(h, marisol, chosen(nora, helga))
			if err != nil || !slices.Equal(reasons(outcomes), []string{"role_above", "role_above"}) {
				t.Errorf("%s: %v, %v", name, reasons(outcomes), err)
			}
		}
		outcomes, err := h.ChangeRoles(h.ctx(), marisol, chosen(nora), "observer")
		if err != nil || !slices.Equal(reasons(outcomes), []string{"role_above"}) {
			t.Errorf("demote: %v, %v", reasons(outcomes), err)
		}
		outcomes, err = h.ChangeRoles(h.ctx(), marisol, chosen(h.row(store.Devon, store.Northgate)), "master")
		if err != nil || !slices.Equal(reasons(outcomes), []string{"role_above"}) {
			t.Errorf("appoint a Master: %v, %v", reasons(outcomes), err)
		}
		// Who may edit nobody is refused whole.
		for name, do := range theChanges {
			if _, err := do(h, samuel, chosen(h.row(store.Owen, store.Brightwater))); !errors.Is(err, domain.ErrForbidden) {
				t.Errorf("a User, %s: %v", name, err)
			}
		}
		// An invite to Master that Nora made is out of Marisol's hands.
		d := draft("third@northgate.example")
		d.Role = string(domain.RoleMaster)
		if h.written() != before {
			t.Error("something was written")
		}
		m, err := h.CreateInvite(h.ctx(), h.at(store.Nora, store.Northgate), d)
		must(t, err)
		for _, do := range []string{"resend", "revoke"} {
			outcomes, err := theChanges[do](h, marisol, chosen(m))
			if err != nil || !slices.Equal(reasons(outcomes), []string{"role_above"}) {
				t.Errorf("%s: %v, %v", do, reasons(outcomes), err)
			}
		}
		d = m.Draft(marisol.User.Zone())
		d.Role = string(domain.RoleOperator)
		if _, err := h.Correct(h.ctx(), marisol, m.ID, d); reason(err) != "role_above" {
			t.Errorf("correct: %v", err)
		}
		if _, err := h.CopyLink(h.ctx(), marisol, m.ID); reason(err) != "role_above" {
			t.Errorf("copy the link: %v", err)
		}
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

// PRIV-06: the last one who keeps an account manageable cannot be lost by any path; pending, disabled, ending and
// site-scoped ones do not count.
func TestTheLastKeeperStays(t *testing.T) {
	inHouse(t, func(h house) {
		cora := h.at(store.Cora, store.Cobalt)
		row := h.row(store.Cora, store.Cobalt)
		site := h.site(store.Cobalt, "GSW")
		refusedWith := func(what, want string, outcomes []store.Outcome, err error) {
			t.Helper()
			if err != nil || !slices.Equal(reasons(outcomes), []string{want}) {
				t.Errorf("%s: %v, %v", what, reasons(outcomes), err)
			}
		}
		attempt := func(by domain.Actor, own string) {
			t.Helper()
			outcomes, err := h.ChangeRoles(h.ctx(), by, chosen(row), "user")
			refusedWith("demote", "last_admin", outcomes, err)
			outcomes, err = h.ChangeScopes(h.ctx(), by, chosen(row), []string{site})
			refusedWith("narrow", "last_admin", outcomes, err)
			outcomes, err = h.SetEnds(h.ctx(), by, chosen(row), "2030-01-31")
			refusedWith("end", "last_admin", outcomes, err)
			outcomes, err = h.Suspend(h.ctx(), by, chosen(row))
			refusedWith("disable", own, outcomes, err)
			outcomes, err = h.Remove(h.ctx(), by, chosen(row))
			refusedWith("remove", own, outcomes, err)
		}
		attempt(cora, "not_yourself")

		// Four who do not count: an invited one, a disabled one, one with an end, one of a site.
		_, err := h.CreateInvite(h.ctx(), cora, domain.InviteDraft{FirstName: "A", LastName: "B", Email: "next@cobaltfield.example", Role: "admin", Scope: []string{"account"}, Language: "en"})
		must(t, err)
		dwight := h.row("dwight.ames@cobaltfield.example", store.Cobalt)
		ends := dwight
		ends.Role, ends.Scope, ends.EndsAt = domain.RoleAdmin, domain.Whole(row.AccountID), h.clock.Now().Add(48*3600e9)
		ends, err = h.RewriteMembership(h.ctx(), dwight, ends)
		must(t, err)
		attempt(h.at("dwight.ames@cobaltfield.example", store.Cobalt), "last_admin")
		paused := ends
		paused.EndsAt, paused.SuspendedAt = dwight.EndsAt, h.clock.Now()
		paused, err = h.RewriteMembership(h.ctx(), ends, paused)
		must(t, err)
		attempt(cora, "not_yourself")

		// One who counts frees her.
		free := paused
		free.SuspendedAt = dwight.SuspendedAt
		_, err = h.RewriteMembership(h.ctx(), paused, free)
		must(t, err)
		outcomes, err := h.Remove(h.ctx(), h.at("dwight.ames@cobaltfield.example", store.Cobalt), chosen(row))
		refusedWith("remove one of two", "", outcomes, err)
	})
}

// PRIV-06: of all keepers chosen at once one stays, and is told of.
func TestAllKeepersAtOnce(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		others := []domain.Membership{h.row(store.Rosa, store.Brightwater), h.row(store.Tomas, store.Brightwater), h.row(store.Jonas, store.Brightwater), h.row(store.Dana, store.Brightwater)}
		outcomes, err := h.ChangeRoles(h.ctx(), dana, chosen(others...), "user")
		must(t, err)
		if !slices.Equal(reasons(outcomes), []string{"", "", "", "last_admin"}) {
			t.Errorf("%q", reasons(outcomes))
		}
	})
}

// RACE-04: two last admins take each other's place away by any path at once: one of them stays.
func TestTwoLastAdmins(t *testing.T) {
	inHouse(t, func(h house) {
		dwight := h.row("dwight.ames@cobaltfield.example", store.Cobalt)
		cora := h.row(store.Cora, store.Cobalt)
		ways := []string{"role", "scope", "end", "suspend", "remove"}
		for round := range rounds(t, 40) {
			reset := `update memberships set role = 'admin', account_wide = 1, ends_at = 0, suspended_at = 0, suspended_by = '', removed_at = 0 where id in ($1, $2)`
			must(t, h.Exec(h.ctx(), reset, cora.ID, dwight.ID))
			must(t, h.Exec(h.ctx(), "update grants set site_id = '' where membership_id in ($1, $2)", cora.ID, dwight.ID))
			one, two := h.at(store.Cora, store.Cobalt), h.at("dwight.ames@cobaltfield.example", store.Cobalt)
			how, back := ways[round%len(ways)], ways[round/len(ways)%len(ways)]
			var a, b []store.Outcome
			var errA, errB error
			together(
				func() { a, errA = theChanges[how](h, one, chosen(dwight)) },
				func() { b, errB = theChanges[back](h, two, chosen(cora)) },
			)
			left := h.number(`select count(*) from memberships where id in ($1, $2) and role = 'admin' and account_wide = 1
				and ends_at = 0 and suspended_at = 0 and removed_at = 0`, cora.ID, dwight.ID)
			done := 0
			for _, o := range slices.Concat(a, b) {
				if o.Err == nil {
					done++
				}
			}
			if left != 1 || done != 1 {
				t.Fatalf("%s against %s: %d left, %d done (%v %v, %v %v)", how, back, left, done, reasons(a), errA, reasons(b), errB)
			}
			for _, err := range []error{errA, errB} {
				if err != nil && !errors.Is(err, domain.ErrNotFound) && !errors.Is(err, domain.ErrForbidden) {
					t.Fatalf("%s against %s: %v", how, back, err)
				}
			}
		}
	})
}

// RACE-12: of two forms filled in over the same version the second is refused, one after the other and at once.
func TestTwoFormsOverOneVersion(t *testing.T) {
	inHouse(t, func(h house) {
		dana, rosa := h.at(store.Dana, store.Brightwater), h.at(store.Rosa, store.Brightwater)
		owen := h.row(store.Owen, store.Brightwater)
		c := chosen(owen)
		c.Version = owen.Version
		_, err := h.ChangeRoles(h.ctx(), dana, c, "member")
		must(t, err)
		if _, err := h.Suspend(h.ctx(), rosa, c); !errors.Is(err, domain.ErrStale) {
			t.Errorf("the second: %v", err)
		}
		c.Version = h.row(store.Owen, store.Brightwater).Version
		var errs [2]error
		together(
			func() { _, errs[0] = h.ChangeRoles(h.ctx(), dana, c, "user") },
			func() { _, errs[1] = h.SetEnds(h.ctx(), rosa, c, "2030-01-31") },
		)
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs[:]...), domain.ErrStale) {
			t.Errorf("at once: %v", errs)
		}
	})
}

// SESS-07, SESS-08: what is changed is in force at the next request; whose last place ends is signed out.
func TestChangesAreInForceAtOnce(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		signIn := func(email string) string {
			t.Helper()
			u, err := h.PersonByEmail(h.ctx(), email)
			must(t, err)
			session := store.HashSecret(store.NewSecret())
			_, err = h.StartSession(h.ctx(), u, "", store.Start{Hash: session, From: "203.0.113.9"})
			must(t, err)
			return session
		}
		sessions := func(email string) int64 {
			return h.number("select count(*) from sessions s join users u on u.id = s.user_id where u.email = $1", email)
		}
		owen, priya, samuel, yuki := signIn(store.Owen), signIn(store.Priya), signIn(store.Samuel), signIn(store.Yuki)
		actor := func(session string) (domain.Actor, error) {
			return h.Actor(h.ctx(), session, store.Brightwater, "203.0.113.9")
		}
		done := func(outcomes []store.Outcome, err error) {
			t.Helper()
			must(t, err)
			for _, o := range outcomes {
				must(t, o.Err)
			}
		}
		done(h.ChangeRoles(h.ctx(), dana, chosen(h.row(store.Samuel, store.Brightwater)), "admin"))
		if by, err := actor(samuel); err != nil || !by.Can(domain.EditUsers) {
			t.Errorf("promoted: %v", err)
		}
		done(h.Suspend(h.ctx(), dana, chosen(h.row(store.Owen, store.Brightwater), h.row(store.Priya, store.Brightwater))))
		if _, err := actor(owen); !errors.Is(err, domain.ErrNotFound) || sessions(store.Owen) != 0 {
			t.Errorf("disabled: %v, %d sessions", err, sessions(store.Owen))
		}
		// Priya has another company to work for.
		if _, err := actor(priya); !errors.Is(err, domain.ErrNotFound) || sessions(store.Priya) != 1 {
			t.Errorf("disabled in one of two: %v, %d sessions", err, sessions(store.Priya))
		}
		done(h.EndSessions(h.ctx(), dana, chosen(h.row(store.Yuki, store.Brightwater))))
		if _, err := actor(yuki); !errors.Is(err, domain.ErrNotFound) || sessions(store.Yuki) != 0 {
			t.Errorf("signed out: %v", err)
		}
		gone := h.row(store.Samuel, store.Brightwater)
		done(h.Remove(h.ctx(), dana, chosen(gone)))
		if _, err := actor(samuel); !errors.Is(err, domain.ErrNotFound) || sessions(store.Samuel) != 0 {
			t.Errorf("removed: %v", err)
		}
		if _, err := h.User(h.ctx(), dana, gone.ID); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the removed one is shown: %v", err)
		}
		outcomes, err := h.Remove(h.ctx(), dana, chosen(gone))
		if err != nil || !errors.Is(outcomes[0].Err, domain.ErrNotFound) {
			t.Errorf("removed twice: %v, %v", outcomes, err)
		}
		again, err := h.CreateInvite(h.ctx(), dana, draft(store.Samuel))
		if err != nil || again.ID == gone.ID {
			t.Errorf("invited again: %v", err)
		}
	})
}
