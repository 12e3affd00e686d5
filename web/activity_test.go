package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/pquerna/otp/totp"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const activityPath = "/accounts/brightwater/settings/activity"

// rows are the acts told by the Activity tab, "who: act".
func (a *answer) acts() (out []string) {
	a.t.Helper()
	a.page().Find("#activity-table tbody tr:not(.grp)").Each(func(_ int, row *goquery.Selection) {
		out = append(out, strings.TrimSpace(row.Find("td").Eq(1).Text())+": "+strings.TrimSpace(row.Find("td").Eq(2).Text()))
	})
	return out
}

// AUD-01: who, what, on whom, where from, when, before and after.
func TestActivity(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana := p.as(t, store.Dana)
		owen := p.userID(t, store.Dana, store.Brightwater, store.Owen)
		dana.post("/accounts/brightwater/settings/users/roles", "id", owen, "role", "member", "given", "1").expect(http.StatusSeeOther)
		list := dana.get(activityPath).expect(http.StatusOK)
		acts := list.acts()
		if len(acts) != store.ActivityPageSize || acts[0] != "Dana Whitfield: Changed the role · Owen Pritchard" || !slices.Contains(acts, "Dana Whitfield: Signed in") {
			t.Fatalf("%d rows: %q", len(acts), acts[:3])
		}
		if got := list.page().Find(`.rail a[aria-current="page"]`).Text(); !strings.Contains(got, "Activity") {
			t.Errorf("the rail stands at %q", got)
		}
		href, _ := list.page().Find("#activity-table tbody td.c-menu a").First().Attr("href")
		one := dana.get(href).expect(http.StatusOK).see("Dana Whitfield", "Owen Pritchard", "192.0.2.7", "Not sealed yet")
		if got := strings.Join(strings.Fields(one.page().Find(".diff").Text()), ""); !strings.Contains(got, "RoleUserMember") {
			t.Errorf("before and after: %q", got)
		}
		if _, err := p.store.SealDue(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
		dana.get(href).expect(http.StatusOK).see("in the account’s chain of entries")
		drawer := p.as(t, store.Dana)
		drawer.headers = map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "dialog#drawer"}
		if body := drawer.get(href).expect(http.StatusOK).Body; strings.Contains(body, "<html") || !strings.Contains(body, "drawer-t") {
			t.Error("the drawer gets a page")
		}
		if got := dana.get(activityPath + "?person=" + owen).acts(); len(got) < 2 || got[0] != acts[0] {
			t.Errorf("everything about Owen: %q", got)
		}
		to := dana.get(activityPath + "?find_person=owen").expect(http.StatusSeeOther).Header.Get("Location")
		if to != activityPath+"?person="+owen {
			t.Errorf("looking for Owen leads to %s", to)
		}
		dana.get(to).expect(http.StatusOK).see("Owen Pritchard")
		foreign := p.actor(t, store.Lars, store.Larkspur)
		page, err := p.store.Activity(t.Context(), foreign, store.ActivityQuery{})
		if err != nil {
			t.Fatal(err)
		}
		dana.get(activityPath + "/" + page.Rows[0].ID).expect(http.StatusNotFound)
	})
}

// The address is the state: search, topic, period and order.
func TestActivityAddress(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana := p.as(t, store.Dana)
		count := func(query string) int {
			t.Helper()
			return len(dana.get(activityPath + "?" + query).expect(http.StatusOK).acts())
		}
		today := p.store.Now().In(p.actor(t, store.Dana, store.Brightwater).User.Zone())
		day := func(ago int) string { return today.AddDate(0, 0, -ago).Format(time.DateOnly) }
		all := count("from=" + day(3))
		for query, want := range map[string]bool{
			"topic=sailing": false, "when=someday": false, "from=then": false, "to=2026-13-40": false, "to=" + day(5000): false, "q=zzzz": false, "person=x": false,
			"topic=sign-in": true, "when=today": true, "when=7d&to=" + day(0): true, "q=owen": true, "from=" + day(0): true, "to=" + day(0): true, "sort=when": true, "nothing=x": true,
		} {
			if n := count(query); n > 0 != want {
				t.Errorf("%s: %d rows", query, n)
			}
		}
		if parts := count("from="+day(3)+"&to="+day(2)) + count("from="+day(1)); parts != all {
			t.Errorf("four days have %d events, their halves %d", all, parts)
		}
		if got := dana.get(activityPath + "?sort=when").acts(); !strings.Contains(got[0], "created") {
			t.Errorf("the oldest first: %q", got[0])
		}
		// The chips say what is asked for.
		dana.get(activityPath+"?topic=access&when=30d&from=2026-01-02").expect(http.StatusOK).see("Access changes", "Last 30 days", "Jan 2, 2026")
	})
}

// Export is exactly the view, formula-safe, and its lines are enough to compute every hash again (INP-03, AUD-03).
func TestActivityExport(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		by := p.actor(t, store.Dana, store.Brightwater)
		storetest.Exec(t, p.store, "update events set subject_name = '=1+1' where id = (select min(id) from events where account_id = $1)", by.Account.ID)
		for range 5 {
			if _, err := p.store.SealDue(t.Context(), 1000); err != nil {
				t.Fatal(err)
			}
		}
		dana := p.as(t, store.Dana)
		for _, query := range []string{"", "?topic=invites&sort=when", "?q=owen", "?topic=sailing"} {
			var want []domain.Event
			q, err := url.ParseQuery(strings.TrimPrefix(query, "?"))
			if err != nil {
				t.Fatal(err)
			}
			ask := store.ActivityQuery{Search: q.Get("q"), Paging: store.Paging{Sort: q.Get("sort")}}
			if q.Has("topic") {
				ask.Topics = []domain.Topic{domain.Topic(q.Get("topic"))}
			}
			err = p.store.EachEvent(t.Context(), by, ask, func(e domain.Event) error { want = append(want, e); return nil })
			if err != nil {
				t.Fatal(err)
			}
			sheet := dana.get(activityPath + ".csv" + query).expect(http.StatusOK)
			if rows := sheet.csv(); len(rows) != len(want)+1 {
				t.Errorf("%s: %d rows of %d", query, len(rows)-1, len(want))
			}
			if query == "" && (!strings.Contains(sheet.Body, "'=1+1") || strings.Contains(sheet.Body, ",=1+1")) {
				t.Error("a formula stands in the spreadsheet")
			}
			file := dana.get(activityPath + ".jsonl" + query).expect(http.StatusOK)
			if kind := file.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/x-ndjson") {
				t.Errorf("a file of %s", kind)
			}
			var i int
			for line := range strings.Lines(file.Body) {
				var l eventLine
				if err := json.Unmarshal([]byte(line), &l); err != nil {
					t.Fatal(err)
				}
				if l.ID != want[i].ID {
					t.Fatalf("%s: line %d is %s, want %s", query, i, l.ID, want[i].ID)
				}
				at, err := time.Parse(time.RFC3339Nano, l.At)
				if err != nil {
					t.Fatal(err)
				}
				e := domain.Event{
					ID: l.ID, AccountID: l.AccountID, At: at, Kind: l.Kind, ActorID: l.ActorID, ActorName: l.Actor, OnBehalf: l.OnBehalf, From: l.From,
					SubjectID: l.SubjectID, SubjectName: l.Subject, Before: l.Before, After: l.After, Sealed: domain.Seal{Number: l.Number, Prev: l.Prev},
				}
				copy(e.Digests[:], l.Digests)
				copy(e.Keys[:], l.Keys)
				if l.Number > 0 && e.Hash() != l.Hash {
					t.Errorf("%s: the hash of line %d is not that of its text", query, i)
				}
				i++
			}
			if i != len(want) {
				t.Errorf("%s: %d lines of %d", query, i, len(want))
			}
		}
	})
}

// How long the history is kept is set in one form, which says what it deletes.
func TestRetention(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana := p.as(t, store.Dana)
		dana.get(activityPath + "/retentions/new").expect(http.StatusOK).see("Older entries are deleted for good")
		dana.post(activityPath+"/retentions", "months", "7").expect(http.StatusUnprocessableEntity)
		dana.post(activityPath+"/retentions", "months", "24").expect(http.StatusSeeOther)
		page := dana.get(activityPath).expect(http.StatusOK).see("Kept for 2 years")
		if got := page.acts()[0]; got != "Dana Whitfield: Set how long the history is kept · Brightwater Energy" {
			t.Errorf("the history says %q", got)
		}
		dana.post(activityPath+"/retentions", "months", "24").expect(http.StatusSeeOther) // as it is
		p.as(t, store.Ingrid).post(activityPath+"/retentions", "months", "0").expect(http.StatusForbidden)
	})
}

// AUD-01, C8: a denied attempt of somebody signed in is one entry in the account at hand, and nothing else is written;
// looking for what is not there is told as looking for what is not theirs, and neither says what was typed.
func TestDenials(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		owen := p.as(t, store.Owen)
		lars := p.userID(t, store.Lars, store.Larkspur, store.Lars)
		watch := storetest.NewWatch(t, p.store, "sessions.seen_at", "sessions.data")
		for _, c := range []struct {
			path   string
			form   []string
			script bool
			status int
			door   string
		}{
			{path: activityPath, status: 403, door: "GET /accounts/:account/settings/activity"},
			{path: "/accounts/brightwater/settings/users/roles", form: []string{"id", lars, "role", "admin"}, status: 403, door: "POST /accounts/:account/settings/users/roles"},
			{path: "/accounts/brightwater/settings/users/roles", form: []string{"id", lars}, script: true, status: 403, door: "POST /accounts/:account/settings/users/roles"},
			{path: "/accounts/brightwater/settings/users/" + lars, status: 404, door: "GET /accounts/:account/settings/users/:user"},
			{path: "/accounts/brightwater/settings/users/" + missing, status: 404, door: "GET /accounts/:account/settings/users/:user"},
			{path: "/accounts/larkspur", status: 404, door: "GET /accounts/:account"},
			{path: "/accounts/s3cret-typed-here", status: 404, door: "GET /accounts/:account"},
		} {
			owen.headers = map[string]string{}
			if c.script {
				owen.headers = map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#dialog"}
			}
			if c.form == nil {
				owen.get(c.path).expect(c.status)
			} else {
				owen.post(c.path, c.form...).expect(c.status)
			}
			var entries int
			for _, line := range watch.Changes() {
				switch {
				case strings.HasPrefix(line, "+ events:") && strings.Contains(line, "access.denied"):
					entries++
				case strings.Contains(line, "counters: denials of "):
				default:
					t.Errorf("%s: written beside the entry: %s", c.path, line)
				}
			}
			page, err := p.store.Activity(t.Context(), p.actor(t, store.Dana, store.Brightwater), store.ActivityQuery{})
			if err != nil {
				t.Fatal(err)
			}
			watch.Changes() // Dana's looking
			e := page.Rows[0]
			for _, row := range page.Rows {
				if row.Kind == domain.Denied {
					e = row
					break
				}
			}
			if entries != 1 || e.After["door"] != c.door || e.After["answer"] != map[int]string{403: "403", 404: "404"}[c.status] || e.ActorName != "Owen Pritchard" || e.From != "192.0.2.7" {
				t.Errorf("%s: %d entries, the last %+v", c.path, entries, e)
			}
		}
		// None of these is an attempt at anything.
		nobody := p.visitor(t)
		nobody.get(activityPath)
		nobody.get("/accounts/larkspur")
		owen.headers = map[string]string{"Origin": "https://elsewhere.test", "Sec-Fetch-Site": "cross-site"}
		owen.post("/profile").expect(http.StatusForbidden)
		owen.headers = map[string]string{}
		owen.get("/no/such/door").expect(http.StatusNotFound)
		owen.get("/invites/no-such-token")
		for _, line := range watch.Changes() {
			if strings.Contains(line, "events:") {
				t.Errorf("no denial, and yet written: %s", line)
			}
		}
		for _, email := range []string{store.Dana} {
			body := p.as(t, email).get(activityPath + "?topic=denied").expect(http.StatusOK).Body
			if strings.Contains(body, "s3cret-typed-here") || strings.Contains(body, lars) {
				t.Error("the history tells what was typed")
			}
		}
	})
}

// factorSecrets are what Rosa is given while she sets up an app and asks for another address.
func (p *portal) factorSecrets(t *testing.T) []string {
	t.Helper()
	rosa, ctx := p.person(t, store.Rosa), t.Context()
	_, session := storetest.SignIn(t, p.store, store.Rosa)
	if err := p.store.StartApp(ctx, rosa); err != nil {
		t.Fatal(err)
	}
	secret, err := p.store.WaitingApp(ctx, rosa)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(secret, p.store.Now())
	if err != nil {
		t.Fatal(err)
	}
	codes, err := p.store.ConfirmApp(ctx, rosa, code, session, store.NewSecret(), "203.0.113.9")
	if err != nil {
		t.Fatal(err)
	}
	return append(codes, secret, session)
}

// AUD-01: what a form or a window says no to is an entry as well, as if the page of refusals had said it.
func TestAUD01_DenialsToldInAForm(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		ingrid := p.as(t, store.Ingrid)
		priya := p.userID(t, store.Dana, store.Brightwater, store.Priya) // who reaches beyond Ingrid's sites
		for path, form := range map[string][]string{
			bwUsers + "/roles":    {"id", priya, "version", "1", "role", "member"},
			bwUsers + "/" + priya: {"version", "1", "role", "member", "scope", p.siteID(t, "Harbor Point Tower")},
		} {
			watch := storetest.NewWatch(t, p.store, "counters", "sessions.seen_at", "sessions.data")
			ingrid.post(path, form...).expect(http.StatusForbidden).see("Priya")
			if got := watch.Changes(); len(got) != 1 || !strings.Contains(got[0], "+ events:") || !strings.Contains(got[0], "access.denied") {
				t.Errorf("%s wrote %q", path, got)
			}
			watch.Stop()
		}
	})
}

// R9, AUD-01: no secret that was given out stands in the history, in no column and no export.
func TestNoSecretsInTheHistory(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		var secrets []string
		m, token := p.invite(t, store.Dana, store.Brightwater, "greta.secret@brightwater.example")
		dana := p.as(t, store.Dana)
		copied := dana.post("/accounts/brightwater/settings/invites/" + m.ID + "/links").Body
		link := regexp.MustCompile(`/invites/([A-Za-z0-9_-]{20,})`).FindStringSubmatch(copied)
		if link != nil {
			secrets = append(secrets, link[1])
		}
		reset := p.resetToken(t, store.Rosa)
		p.visitor(t).post("/reset/"+reset, "password", "seven quiet herons swim").expect(http.StatusSeeOther)
		dana.post("/profile/password", "current", store.DemoPassword, "password", "nine loud herons swim").expect(http.StatusSeeOther)
		p.visitor(t).post("/invites/"+token, "first_name", "Greta", "last_name", "Secret", "language", "en", "time_zone", "UTC", "password", "four calm herons swim")
		dana.get("/accounts/" + token).expect(http.StatusNotFound)
		for _, c := range dana.cookies {
			if c.Name != "lang" {
				secrets = append(secrets, c.Value, store.HashSecret(c.Value))
			}
		}
		secrets = append(secrets, p.factorSecrets(t)...)
		secrets = append(secrets, token, reset, store.HashSecret(token), store.HashSecret(reset), store.DemoPassword, "seven quiet herons swim", "nine loud herons swim", "four calm herons swim", "$argon2id")
		history := dana.get(activityPath + ".jsonl").expect(http.StatusOK).Body
		var sheets strings.Builder
		for _, line := range storetest.Rows(t, p.store, "events") {
			sheets.WriteString(line + "\n")
		}
		for _, s := range secrets {
			if s == "" {
				t.Fatal("an empty secret")
			}
			if strings.Contains(history, s) || strings.Contains(sheets.String(), s) {
				t.Errorf("the history holds the secret %.12s…", s)
			}
		}
		if !strings.Contains(history, "password_reset") && !strings.Contains(sheets.String(), "password_reset") {
			t.Error("the history does not tell of the reset, so nothing is tested")
		}
	})
}
