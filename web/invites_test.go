package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
	"gatehouse/views"
)

const (
	brightwaterInvites = "/accounts/brightwater/settings/invites"
	cobaltInvites      = "/accounts/cobalt/settings/invites"
)

// inviteRow is the line of the list about an address.
func (a *answer) inviteRow(email string) *goquery.Selection {
	a.t.Helper()
	found := a.page().Find("#invite-table tbody tr").FilterFunction(func(_ int, tr *goquery.Selection) bool {
		return strings.Contains(tr.Find(".c-main").Text(), email)
	})
	if found.Length() != 1 {
		a.t.Fatalf("%s stands %d times in the list:\n%s", email, found.Length(), a.Text())
	}
	return found
}

// emails are the addresses of the rows, in their order.
func (a *answer) emails() (out []string) {
	a.page().Find("#invite-table tbody tr .c-main").Each(func(_ int, s *goquery.Selection) {
		fields := strings.Fields(s.Text())
		out = append(out, fields[len(fields)-1])
	})
	return out
}

// everyInvite are the invites of an account as somebody sees them, newest first.
func (p *portal) everyInvite(t *testing.T, by, account string) (all []domain.Membership) {
	t.Helper()
	err := p.store.EachInvite(t.Context(), p.actor(t, by, account), store.Query{}, func(m domain.Membership) error {
		all = append(all, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// decline makes a guest's answer of an invite to staff: no door does that yet, but the list must tell it.
func (p *portal) decline(t *testing.T, email string) {
	t.Helper()
	storetest.Exec(t, p.store, fmt.Sprintf("update memberships set declined_at = sent_at + 1000000 where email = '%s'", email))
}

func TestInvitesTellStateExpiryAndDelivery(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) { // days are told by the calendar
		clock.Advance(time.Second)
		const andre = "andre.baptiste@brightwater.example"
		p.decline(t, andre)
		a := p.as(t, store.Dana).get(brightwaterInvites).expect(http.StatusOK)
		for _, c := range []struct {
			email, tone, state, expires, mailTone, mail, note string
		}{
			{store.Noor, "info", "Pending", "in 6 days", "ok", "Sent", ""},
			{store.MeiLing, "info", "Pending", "in 7 days", "info", "Queued", "Next try in 3 min"},
			{store.Patrick, "info", "Pending", "in 7 days", "bad", "Failed", "550 5.1.1 Mailbox unavailable"},
			{store.Freya, "info", "Pending", "in 3 days", "dim", "Not mailed", "No mail server: copy the link"},
			{store.Kelly, "info", "Pending", "in 8 h", "ok", "Sent", ""},
			{store.Tom, "dim", "Revoked", "–No expiry", "ok", "Sent", ""},
			{store.Stefan, "warn", "Expired", "5 days ago", "ok", "Sent", ""},
			{andre, "plum", "Declined", "–No expiry", "ok", "Sent", ""},
			{"priyanka.rao@brightwater.example", "ok", "Accepted", "–No expiry", "ok", "Sent", ""},
		} {
			tr := a.inviteRow(c.email)
			if state := tr.Find(".state"); state.AttrOr("data-tone", "") != c.tone || words(state) != c.state || state.Find("svg").Length() != 1 {
				t.Errorf("%s is %q in %q", c.email, words(state), state.AttrOr("data-tone", ""))
			}
			if got := words(tr.Find("[data-l=Expires]")); got != c.expires {
				t.Errorf("%s expires %q, want %q", c.email, got, c.expires)
			}
			mail := tr.Find(".say").Last()
			if mail.AttrOr("data-tone", "") != c.mailTone || words(mail) != c.mail {
				t.Errorf("%s: delivery %q in %q", c.email, words(mail), mail.AttrOr("data-tone", ""))
			}
			if note := words(mail.Parent().Find(".sub2")); c.note != "" && note != c.note {
				t.Errorf("%s: delivery note %q, want %q", c.email, note, c.note)
			}
		}
		if kelly := a.inviteRow(store.Kelly); kelly.Find("[data-l=Expires] .say[data-tone=warn] time[datetime][title]").Length() != 1 {
			t.Error("what expires within a day is no warning")
		}
		noor := a.inviteRow(store.Noor)
		if role := words(noor.Find(".c-w").First()); role != "Deployer User Harbor Point Tower +1" {
			t.Errorf("role and scope: %q", role)
		}
		if by := words(noor.Find(".p3 .sub2")); by != "Dana Whitfield" {
			t.Errorf("sent by %q", by)
		}
		if got := words(a.page().Find(".tabs a[aria-current=page]")); got != "Invites 8" {
			t.Errorf("tab: %q", got)
		}
	})
}

func TestInvitesMenuSaysWhatCannotBeDone(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		ask := func(email, account, row string) string {
			v := p.as(t, email).get("/accounts/" + account + "/settings/invites?q=" + row).expect(http.StatusOK)
			var items []string
			v.inviteRow(row).Find("[role=menuitem]").Each(func(_ int, s *goquery.Selection) {
				word := words(s)
				if s.AttrOr("aria-disabled", "") == "true" {
					word = "(" + word + ")"
				}
				items = append(items, word)
			})
			return strings.Join(items, ", ")
		}
		for _, c := range []struct{ who, account, row, want string }{
			{store.Dana, store.Brightwater, store.Noor, "Resend, Revoke, Correct… New details, new link, Copy link, History"},
			{store.Dana, store.Brightwater, store.Stefan, "Resend, (Revoke Only a pending invite allows this), Correct… New details, new link, (Copy link Only a pending invite allows this), History"},
			{store.Dana, store.Brightwater, store.Tom, "Resend, (Revoke Only a pending invite allows this), Correct… New details, new link, (Copy link Only a pending invite allows this), History"},
			{
				store.Dana, store.Brightwater, "priyanka.rao@brightwater.example",
				"(Resend Already accepted), (Revoke Only a pending invite allows this), (Correct… Already accepted), (Copy link Only a pending invite allows this), History",
			},
			{store.Samuel, store.Brightwater, store.Noor, "History"},                                       // a User changes nothing
			{hectors, store.Brightwater, store.Noor, "(Revoke It reaches beyond your own sites), History"}, // seed 000: a site's admin does not invite
			{store.Priya, store.Cobalt, "shawn.ortiz@cobaltfield.example", "Resend, Revoke, Correct… New details, new link, Copy link, History"},
		} {
			if got := ask(c.who, c.account, c.row); got != c.want {
				t.Errorf("%s on %s:\n got %s\nwant %s", c.who, c.row, got, c.want)
			}
		}
		for who, boxes := range map[string]bool{store.Dana: true, hectors: true, store.Samuel: false} {
			if got := p.as(t, who).get(brightwaterInvites).page().Find("[data-row]").Length() > 0; got != boxes {
				t.Errorf("%s can choose rows: %v", who, got)
			}
		}
	})
}

// hectors is an Admin of three sites of an account that does not let site admins invite.
const hectors = store.Ingrid

func TestInvitesFiltersSortsAndPages(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		all := p.everyInvite(t, store.Dana, store.Brightwater)
		now := p.store.Now()
		harbor := p.siteByCode(t, store.Dana, store.Brightwater, "HPT")
		v := p.as(t, store.Dana)
		walk := func(query string) []string {
			var out []string
			for path := brightwaterInvites + "?" + query; path != ""; {
				a := v.get(path).expect(http.StatusOK)
				out = append(out, a.emails()...)
				next := a.page().Find(".pager nav a").FilterFunction(func(_ int, s *goquery.Selection) bool { return words(s) == "Next" })
				path = next.AttrOr("href", "")
			}
			return out
		}
		state := func(m domain.Membership) domain.State { return views.InviteStateOf(m, now) }
		filters := map[string]func(domain.Membership) bool{
			"":              func(domain.Membership) bool { return true },
			"state=pending": func(m domain.Membership) bool { return state(m) == domain.StatePending },
			"state=expired,revoked": func(m domain.Membership) bool {
				return state(m) == domain.StateExpired || state(m) == domain.StateRevoked
			},
			"state=accepted":       func(m domain.Membership) bool { return state(m) == domain.StateAccepted },
			"state=declined":       func(domain.Membership) bool { return false },
			"state=nonsense":       func(domain.Membership) bool { return false },
			"role=deployer,member": func(m domain.Membership) bool { return m.Role == domain.RoleDeployer || m.Role == domain.RoleMember },
			"mail=failed":          func(m domain.Membership) bool { return m.Mail.State == domain.MailFailed && m.AcceptedAt.IsZero() },
			"q=noor":               func(m domain.Membership) bool { return m.Email == store.Noor },
			"q=%25":                func(domain.Membership) bool { return false },
			"site=" + harbor:       func(m domain.Membership) bool { return m.Scope.Covers(domain.Node{Account: m.AccountID, Site: harbor}) },
			"unknown=1&state=pending&role=user": func(m domain.Membership) bool {
				return state(m) == domain.StatePending && m.Role == domain.RoleUser
			},
		}
		for query, keep := range filters {
			var want []string
			for _, m := range all {
				if keep(m) {
					want = append(want, m.Email)
				}
			}
			if got := walk(query); !slices.Equal(got, want) {
				t.Errorf("%s:\n got %v\nwant %v", query, got, want)
			}
		}
		sorts := map[string]func(a, b domain.Membership) int{
			"name":    func(a, b domain.Membership) int { return strings.Compare(domain.Fold(a.Name()), domain.Fold(b.Name())) },
			"email":   func(a, b domain.Membership) int { return strings.Compare(a.Email, b.Email) },
			"sent":    func(a, b domain.Membership) int { return a.SentAt.Compare(b.SentAt) },
			"expires": func(a, b domain.Membership) int { return a.ExpiresAt.Compare(b.ExpiresAt) },
		}
		for key, cmp := range sorts {
			for _, sign := range []int{1, -1} {
				list := slices.Clone(all)
				slices.SortFunc(list, func(a, b domain.Membership) int {
					if c := cmp(a, b); c != 0 {
						return sign * c
					}
					return sign * strings.Compare(a.ID, b.ID)
				})
				var want []string
				for _, m := range list {
					want = append(want, m.Email)
				}
				query := "sort=" + map[int]string{1: "", -1: "-"}[sign] + key
				if got := walk(query); !slices.Equal(got, want) {
					t.Errorf("%s:\n got %v\nwant %v", query, got, want)
				}
			}
		}
		// What nobody wrote leads to nothing: no error, and no order that is not one (INP-06).
		for _, query := range []string{"sort=" + url.QueryEscape("name;drop table users"), "sort=password_hash", "q=" + url.QueryEscape("' or 1=1 --"), "state=" + url.QueryEscape("a' or 'b"), "q=" + strings.Repeat("x", 10000)} {
			v.get(brightwaterInvites + "?" + query).expect(http.StatusOK)
		}
		v.get(brightwaterInvites + "?after=nonsense").expect(http.StatusNotFound)
		// A search that finds nobody repeats what was asked, and offers to invite.
		a := v.get(brightwaterInvites+"?q=nobody.at.all&state=pending").expect(http.StatusOK).see("Nothing here matches “nobody.at.all”", "State: Pending")
		if a.page().Find(".empty a[href^='"+brightwaterInvites+"/new']").Length() != 1 || a.page().Find(".empty a[data-variant=outline]").AttrOr("href", "") != brightwaterInvites {
			t.Error("no way on from an empty result")
		}
	})
}

// siteByCode is the id of a site by its code.
func (p *portal) siteByCode(t *testing.T, by, account, code string) string {
	t.Helper()
	sites, _, err := p.store.Sites(t.Context(), p.actor(t, by, account), code, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sites {
		if s.Code == code {
			return s.ID
		}
	}
	t.Fatalf("no site %s", code)
	return ""
}

func TestInvitesOfAnEmptyAccount(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		storetest.Exec(t, p.store, "update memberships set removed_at = 1 where email like '%@larkspur.example' and email <> '"+store.Lars+"'")
		v := p.as(t, store.Lars)
		a := v.get("/accounts/larkspur/settings/invites").expect(http.StatusOK).see("No invites yet", "they get a link that works for 7 days")
		if got := words(a.page().Find(".empty .acts")); got != "+ New Invite Import" || a.page().Find(".tabs .count, table, .acts a[download]").Length() != 0 {
			t.Errorf("offered: %s", got)
		}
		v.get("/accounts/larkspur/settings/invites?state=pending").expect(http.StatusOK).see("Nothing here matches", "With the filter State: Pending.")
	})
}

// TEN-06, TEN-08: who has a part sees the invites to that part, and nothing tells of others: list, search, count, filters,
// export, dashboard.
func TestTEN08_InvitesOfAPart(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		by := p.actor(t, store.Ingrid, store.Brightwater)
		var want, others []string
		for _, m := range p.everyInvite(t, store.Dana, store.Brightwater) {
			if len(m.Scope.Within(by.Scope)) > 0 {
				want = append(want, m.Email)
			} else {
				others = append(others, m.Email, m.ID)
			}
		}
		if len(want) == 0 || len(others) < 20 {
			t.Fatalf("a poor part: %d and %d", len(want), len(others))
		}
		v := p.as(t, store.Ingrid)
		list := v.get(brightwaterInvites)
		if got := list.emails(); !slices.Equal(got, want[:min(len(want), 25)]) {
			t.Errorf("list: %v\nwant %v", got, want)
		}
		file := v.get(brightwaterInvites + ".csv").expect(http.StatusOK)
		if rows := file.csv(); len(rows) != len(want)+1 {
			t.Errorf("the export has %d rows, want %d", len(rows)-1, len(want))
		}
		open, err := p.store.OpenInvites(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		pages := []*answer{list, file, v.get(brightwaterInvites + "?q=brightwater"), v.get(brightwaterInvites + "?sort=email"), v.get("/accounts/brightwater")}
		for _, a := range pages {
			for _, other := range others {
				if strings.Contains(a.Body, other) {
					t.Errorf("%s stands on a page of somebody who does not reach it", other)
				}
			}
		}
		if got := words(list.page().Find(".tabs a[aria-current] .count")); got != views.Number(context.Background(), open.N) {
			t.Errorf("the tab counts %q, of %d", got, open.N)
		}
		if ops := list.page().Find("#invite-table input[name=site]").Length(); ops != 3 {
			t.Errorf("the filter offers %d sites", ops)
		}
		foreign := p.siteByCode(t, store.Dana, store.Brightwater, "RCS")
		if got := v.get(brightwaterInvites + "?site=" + foreign).expect(http.StatusOK); len(got.emails()) > 0 || strings.Contains(got.Body, "Riverside") {
			t.Error("a site out of reach can be filtered by")
		}
	})
}

// csv is the answer's file.
func (a *answer) csv() [][]string {
	a.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.Body, "\ufeff"))).ReadAll()
	if err != nil {
		a.t.Fatal(err)
	}
	return rows
}

// INP-03: the export is exactly the view, and no cell of it runs.
func TestINP03_ExportOfInvites(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		for i, name := range []string{"=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "＝1+1", "＠x", `a,"b"`} {
			p.invite(t, store.Dana, store.Brightwater, fmt.Sprintf("f%d@brightwater.example", i), func(d *domain.InviteDraft) { d.FirstName, d.Phone = name, "+15035550188" })
		}
		v := p.as(t, store.Dana)
		a := v.get(brightwaterInvites + ".csv").expect(http.StatusOK)
		if kind := a.Header.Get("Content-Type"); kind != "text/csv; charset=utf-8" {
			t.Errorf("sent as %s", kind)
		}
		if name := a.Header.Get("Content-Disposition"); !strings.HasPrefix(name, `attachment; filename="brightwater-invites-20`) {
			t.Errorf("named %s", name)
		}
		rows := a.csv()
		all := p.everyInvite(t, store.Dana, store.Brightwater)
		if len(rows) != len(all)+1 || len(rows[0]) != 14 {
			t.Fatalf("%d rows of %d columns, want %d", len(rows)-1, len(rows[0]), len(all))
		}
		for i, m := range all {
			if rows[i+1][2] != m.Email {
				t.Errorf("row %d is %s, want %s", i, rows[i+1][2], m.Email)
			}
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
					t.Errorf("the cell %q runs", cell)
				}
			}
		}
		if got := v.get(brightwaterInvites + ".csv?q=noor&state=pending").csv(); len(got) != 2 || got[1][2] != store.Noor ||
			!slices.Equal(got[1][4:8], []string{"Deployer User", "Harbor Point Tower; Union Yard Battery Store", "Pending", got[1][7]}) {
			t.Errorf("the filtered view: %q", got)
		}
		if got := v.get(brightwaterInvites + ".csv?q=nobody.at.all").csv(); len(got) != 1 {
			t.Errorf("an empty view: %q", got)
		}
		if href := v.get(brightwaterInvites+"?state=pending&sort=name").page().Find(".acts a[download]").AttrOr("href", ""); href != brightwaterInvites+".csv?state=pending&sort=name" {
			t.Errorf("the export leads to %s", href)
		}
	})
}
