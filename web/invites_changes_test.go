package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
	"gatehouse/views"
)

const declined = "andre.baptiste@brightwater.example"

// INV-01, INV-05, INV-06 over HTTP: every action in every state; what the state does not allow is a 409 that writes and
// mails nothing.
func TestINV01_ActionsOnInvites(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		p.decline(t, declined)
		people := map[domain.State]string{
			domain.StatePending: store.Noor, domain.StateExpired: store.Stefan, domain.StateRevoked: store.Tom,
			domain.StateDeclined: declined, domain.StateAccepted: "priyanka.rao@brightwater.example",
		}
		by := p.actor(t, store.Dana, store.Brightwater)
		v := p.as(t, store.Dana)
		actions := map[string]func(m domain.Membership) *answer{
			"revoke": func(m domain.Membership) *answer { return v.post(brightwaterInvites+"/revocations", "id", m.ID) },
			"resend": func(m domain.Membership) *answer { return v.post(brightwaterInvites+"/sendings", "id", m.ID) },
			"copy":   func(m domain.Membership) *answer { return v.post(brightwaterInvites + "/" + m.ID + "/links") },
			"correct": func(m domain.Membership) *answer {
				return v.ask(http.MethodPost, brightwaterInvites+"/"+m.ID+"/corrections", jo("email", "", "version", strconv.Itoa(m.Version)))
			},
		}
		for _, action := range []string{"copy", "revoke", "correct", "resend"} { // those that leave the state first
			for state, email := range people {
				m := p.invited(t, by, email)
				if action == "revoke" && state == domain.StatePending {
					m, _ = p.invite(t, store.Dana, store.Brightwater, "to.revoke@brightwater.example")
				} else if got := views.InviteStateOf(m, p.store.Now()); got != state && action != "resend" && action != "correct" {
					t.Fatalf("%s is %s, not %s", email, got, state)
				}
				now := views.InviteStateOf(m, p.store.Now())
				want := now == domain.StatePending
				if action == "resend" || action == "correct" {
					want = now != domain.StateAccepted
				}
				before := len(p.owedNew(t))
				if !want {
					p.unwritten(t, action+" of one who is "+string(now), func() {
						if a := actions[action](m); a.Status != http.StatusConflict {
							t.Errorf("%s of one who is %s: %d, want 409", action, now, a.Status)
						}
					})
					if got := p.owedNew(t)[before:]; len(got) > 0 {
						t.Errorf("%s of one who is %s mails to %q", action, now, got)
					}
					continue
				}
				a := actions[action](m)
				if ok := map[bool]int{true: http.StatusOK, false: http.StatusSeeOther}[action == "copy"]; a.Status != ok {
					t.Errorf("%s of one who is %s: %d\n%s", action, now, a.Status, a.Text())
				}
				after := p.membership(t, by, m.ID)
				mails := p.owedNew(t)[before:]
				switch action {
				case "revoke":
					if after.State(p.store.Now()) != domain.StateRevoked || len(mails) > 0 {
						t.Errorf("revoked: %s, mails %q", after.State(p.store.Now()), mails)
					}
				case "resend", "correct":
					if after.State(p.store.Now()) != domain.StatePending || after.Generation != m.Generation+1 || !slices.Equal(mails, []string{m.Email}) {
						t.Errorf("%s: %s, generation %d after %d, mails %q", action, after.State(p.store.Now()), after.Generation, m.Generation, mails)
					}
				}
			}
		}
	})
}

// TEN-04: an invite of another account is not there: nothing is told of it, nothing changes, nobody is mailed.
func TestTEN04_ForeignInvites(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		foreign := p.found(t, store.Lars, store.Larkspur, store.Wren)
		own := p.found(t, store.Dana, store.Brightwater, store.Noor)
		v := p.as(t, store.Dana)
		p.unwritten(t, "what is foreign", func() {
			for _, id := range []string{foreign.ID, missing} {
				answers := []*answer{
					v.get(brightwaterInvites + "/" + id), v.get(brightwaterInvites + "/" + id + "/corrections/new"),
					v.get(brightwaterInvites + "/revocations/new?id=" + id), v.get(brightwaterInvites + "/sendings/new?id=" + own.ID + "&id=" + id),
					v.post(brightwaterInvites+"/revocations", "id", id), v.post(brightwaterInvites+"/sendings", "id", own.ID, "id", id),
					v.post(brightwaterInvites + "/" + id + "/links"),
					v.ask(http.MethodPost, brightwaterInvites+"/"+id+"/corrections", jo("email", "", "version", "1")),
				}
				for i, a := range answers {
					if a.Status != http.StatusNotFound || strings.Contains(a.Body, store.Canary) {
						t.Errorf("%d: %d for %s", i, a.Status, id)
					}
				}
			}
		})
		if got := p.owedNew(t); len(got) > 0 {
			t.Errorf("mails to %q", got)
		}
	})
}

// One or many: what would become of each row, "Yes", and a result for each.
func TestRevokeSeveral(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		by := p.actor(t, store.Dana, store.Brightwater)
		ids := url.Values{}
		for _, email := range []string{store.Noor, store.Freya, store.Stefan, "priyanka.rao@brightwater.example"} {
			ids.Add("id", p.invited(t, by, email).ID)
		}
		v := p.as(t, store.Dana)
		var preview *answer
		p.unwritten(t, "the preview", func() {
			preview = v.get(brightwaterInvites + "/revocations/new?list=state%3Dpending&" + ids.Encode()).expect(http.StatusOK)
		})
		d := preview.page()
		if got := words(d.Find("main h1")); got != "Revoke 2 of 4 invites?" {
			t.Errorf("asked: %s", got)
		}
		if got := words(d.Find("main footer")); got != "No Yes" {
			t.Errorf("answers: %s", got)
		}
		stefan := p.invited(t, by, store.Stefan)
		preview.see("The links stop working at once.", "Will be revoked (2)", "Pending → Revoked", "Cannot be revoked (2)",
			"Expired on "+views.Date(views.WithLocale(t.Context(), views.Locale{Lang: "en", Zone: by.User.Zone(), Now: p.store.Now()}), stefan.ExpiresAt), "Accepted on ")
		result := v.follow(v.ask(http.MethodPost, brightwaterInvites+"/revocations", preview.form("form#dialog-form"))).expect(http.StatusOK).see("2 invites revoked, 2 were not")
		if got := words(result.page().Find("main footer")); got != "Close" {
			t.Errorf("closed by %q", got)
		}
		if back := result.page().Find("main footer a").AttrOr("href", ""); back != brightwaterInvites+"?state=pending" {
			t.Errorf("leads back to %s", back)
		}
		for email, want := range map[string]domain.State{store.Noor: domain.StateRevoked, store.Freya: domain.StateRevoked, store.Stefan: domain.StateExpired} {
			if got := p.invited(t, by, email).State(p.store.Now()); got != want {
				t.Errorf("%s is %s", email, got)
			}
		}
		// A single one is asked for by "Confirm".
		one := v.get(brightwaterInvites + "/sendings/new?id=" + stefan.ID).see("Resend the invite of Stefan Weiss?")
		if got := words(one.page().Find("main footer")); got != "Cancel Confirm" {
			t.Errorf("answers: %s", got)
		}
	})
}

// INV-14: over the hourly limit none of a selection is sent, and the form says so with what is typed.
func TestINV14_TheHourlyLimitHolds(t *testing.T) {
	clocked(t, store.Limits{SendsPerHour: 2}, func(t *testing.T, p *portal, _ *storetest.Clock) {
		by := p.actor(t, store.Dana, store.Brightwater)
		v := p.as(t, store.Dana)
		form := url.Values{}
		for _, email := range []string{store.Noor, store.Freya, store.Stefan} {
			form.Add("id", p.invited(t, by, email).ID)
		}
		p.unwritten(t, "too many at once", func() {
			v.ask(http.MethodPost, brightwaterInvites+"/sendings", form).expect(http.StatusTooManyRequests)
		})
		for i := range 2 {
			v.ask(http.MethodPost, brightwaterInvites, jo("email", fmt.Sprintf("n%d@brightwater.example", i))).expect(http.StatusSeeOther)
		}
		p.unwritten(t, "one too many", func() {
			a := v.ask(http.MethodPost, brightwaterInvites, jo("email", "n3@brightwater.example")).expect(http.StatusTooManyRequests).see("too many invites within the hour")
			if a.Header.Get("Retry-After") == "" {
				t.Error("the answer does not say after how long")
			}
			if a.page().Find("#email").AttrOr("value", "") != "n3@brightwater.example" {
				t.Error("what was typed is gone")
			}
			part := v.script(http.MethodPost, brightwaterInvites, "invite-table", jo("email", "n3@brightwater.example")).expect(http.StatusTooManyRequests)
			if part.Header.Get("HX-Retarget") != "#dialog" {
				t.Error("by script the window does not say so")
			}
		})
		if got := p.owedNew(t); len(got) != 2 {
			t.Errorf("mails to %q", got)
		}
	})
}

func TestCorrectInvite(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		by := p.actor(t, store.Dana, store.Brightwater)
		m := p.invited(t, by, store.Noor)
		old := "/invites/" + p.store.InviteToken(m.ID, m.Generation)
		path := brightwaterInvites + "/" + m.ID + "/corrections"
		v := p.as(t, store.Dana)
		page := v.get(path + "/new").expect(http.StatusOK)
		d := page.see("The old link stops working at once.", "Now: Harbor Point Tower and 1 more").page()
		if email := d.Find("#email"); email.AttrOr("value", "") != store.Noor || !email.Is("[readonly]") {
			t.Error("the address can be changed")
		}
		if d.Find("input[name=role][checked]").AttrOr("value", "") != "deployer" || d.Find("input[name=scope][type=checkbox][checked]").Length() != 2 || d.Find("#first_name").AttrOr("value", "") != "Noor" {
			t.Error("the form does not begin with what is there")
		}
		form := page.form("form#invite-form")
		form.Set("role", "user")
		form["scope"] = []string{domain.WholeAccount}
		v.follow(v.ask(http.MethodPost, path, form)).see("Invite of Noor van Dijk corrected and sent again", "Role: Deployer User → User.", "Scope: Harbor Point Tower, Union Yard Battery Store → All sites.")
		after := p.membership(t, by, m.ID)
		if after.Role != domain.RoleUser || !after.Scope.AccountWide() || after.Generation != m.Generation+1 || after.Email != store.Noor || after.Message != m.Message || after.Phone != m.Phone {
			t.Errorf("%+v", after)
		}
		if got := p.owedNew(t); !slices.Equal(got, []string{store.Noor}) {
			t.Errorf("mails to %q", got)
		}
		p.visitor(t).get(old).expect(http.StatusNotFound)
		p.visitor(t).get("/invites/" + p.store.InviteToken(m.ID, after.Generation)).expect(http.StatusOK)
		v.get(brightwaterInvites+"/"+m.ID).see("Role: Deployer User → User", "Scope: Harbor Point Tower, Union Yard Battery Store → All sites")

		// RACE-12: over the old state nothing is saved; what is typed stays, beside what is there now, and can be sent again.
		form.Set("role", "admin")
		var stale *answer
		p.unwritten(t, "a stale form", func() { stale = v.ask(http.MethodPost, path, form).expect(http.StatusConflict) })
		stale.see("This invite has changed in the meantime", "Now: User")
		d = stale.page()
		if d.Find("input[name=role][checked]").AttrOr("value", "") != "admin" || d.Find("input[name=version]").AttrOr("value", "") != strconv.Itoa(after.Version) {
			t.Error("what was typed is gone, or cannot be sent again")
		}
		form.Set("version", strconv.Itoa(after.Version))
		v.ask(http.MethodPost, path, form).expect(http.StatusSeeOther)
		if got := p.membership(t, by, m.ID); got.Role != domain.RoleAdmin {
			t.Errorf("is %s", got.Role)
		}
		// An address typed all the same is no way to another one.
		form.Set("version", strconv.Itoa(after.Version+1))
		form.Set("email", "eve@evil.example")
		v.ask(http.MethodPost, path, form).expect(http.StatusUnprocessableEntity).see("The address of an invite stays as it is")
		// Bad input comes back by its field.
		form.Del("email")
		form.Set("phone", "555")
		v.ask(http.MethodPost, path, form).expect(http.StatusUnprocessableEntity).see("Only +1 and ten digits")
	})
}

// INV-15: the link's token stands in the window that was asked for it, and nowhere else: not in lists, pages, files,
// addresses or logs, and no page lets it leave in a Referer. Who took it is in the history.
func TestINV15_TheTokenStaysIn(t *testing.T) {
	var log bytes.Buffer
	each(t, func(t *testing.T, p *portal) {
		log.Reset()
		by := p.actor(t, store.Dana, store.Brightwater)
		m := p.invited(t, by, store.Noor)
		token := p.store.InviteToken(m.ID, m.Generation)
		v := p.as(t, store.Dana)
		a := v.script(http.MethodPost, brightwaterInvites+"/"+m.ID+"/links", "dialog", url.Values{}).expect(http.StatusOK)
		link := "https://gatehouse.test/invites/" + token
		if got := words(a.page().Find(".secret code")); got != link {
			t.Errorf("the link is %s", got)
		}
		if a.Header.Get("Cache-Control") != "private, no-store" || a.Header.Get("Location") != "" {
			t.Error("the answer with the link can be kept")
		}
		if strings.Count(a.Body, token) != 1 {
			t.Errorf("the token stands %d times in the window", strings.Count(a.Body, token))
		}
		if e := p.latest(t, store.Dana, store.Brightwater, m.ID); e.Kind != domain.InviteLinkCopied || e.ActorName != "Dana Whitfield" || strings.Contains(fmt.Sprint(e), token) {
			t.Errorf("the history says %+v", e)
		}
		for _, path := range []string{"", "?q=noor", ".csv", "/" + m.ID, "/" + m.ID + "/corrections/new", "/sendings/new?id=" + m.ID, "/revocations/new?id=" + m.ID} {
			if a := v.get(brightwaterInvites + path).expect(http.StatusOK); strings.Contains(a.Body+fmt.Sprint(a.Header), token) {
				t.Errorf("%s holds the token", path)
			}
		}
		accept := p.visitor(t).get("/invites/" + token).expect(http.StatusOK)
		if accept.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Error("the page of the link lets it leave in a Referer")
		}
		accept.page().Find("[src], link[href]").Each(func(_ int, s *goquery.Selection) {
			if from := s.AttrOr("src", s.AttrOr("href", "")); !strings.HasPrefix(from, "/") || strings.HasPrefix(from, "//") {
				t.Errorf("the page of the link loads %s", from)
			}
		})
		if strings.Contains(log.String(), token) {
			t.Error("the log holds the token")
		}
		if log.Len() == 0 {
			t.Error("nothing is logged at all")
		}
		v.get(brightwaterInvites + "/" + m.ID).see("History")
	}, func(c *Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
}

// INV-22: after each change the tab counts what is open, on a page and beside a list replaced by script.
func TestINV22_TheTabCountsWhatIsOpen(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		by := p.actor(t, store.Dana, store.Brightwater)
		v := p.as(t, store.Dana)
		check := func(after string) {
			t.Helper()
			open, now := 0, p.store.Now()
			err := p.store.EachInvite(t.Context(), by, store.Query{}, func(m domain.Membership) error {
				if m.State(now) == domain.StatePending {
					open++
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			page := words(v.get(brightwaterInvites).page().Find(".tabs a[aria-current=page] .count"))
			part := words(v.script(http.MethodGet, brightwaterInvites+"?q=x", "invite-table", nil).page().Find(".tabs[hx-swap-oob] .count"))
			users := words(v.get("/accounts/brightwater/settings/users").page().Find(".tabs .count"))
			if want := strconv.Itoa(open); page != want || part != want || users != want {
				t.Errorf("after %s the tabs count %s, %s and %s, of %s", after, page, part, users, want)
			}
		}
		check("nothing")
		v.ask(http.MethodPost, brightwaterInvites, jo()).expect(http.StatusSeeOther)
		check("an invite")
		jos := p.invited(t, by, "jo.ferreira@brightwater.example")
		v.post(brightwaterInvites+"/revocations", "id", jos.ID).expect(http.StatusSeeOther)
		check("a revocation")
		v.post(brightwaterInvites+"/sendings", "id", jos.ID, "id", p.invited(t, by, store.Stefan).ID).expect(http.StatusSeeOther)
		check("two sent again")
		jos = p.membership(t, by, jos.ID)
		p.visitor(t).post("/invites/"+p.store.InviteToken(jos.ID, jos.Generation), answer1...).expect(http.StatusSeeOther)
		check("an acceptance")
		storetest.Exec(t, p.store, "update memberships set expires_at = 1 where email = '"+store.Noor+"'")
		check("an expiry")
	})
}

func TestInviteDetail(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		by := p.actor(t, store.Dana, store.Brightwater)
		v := p.as(t, store.Dana)
		m := p.invited(t, by, store.Patrick)
		a := v.get(brightwaterInvites+"/"+m.ID).expect(http.StatusOK).see("Patrick Nolan", "Pending", "Kings Row Offices", "550 5.1.1 Mailbox unavailable", "History")
		if got := words(a.page().Find("main .card footer")); got != "Revoke Copy link Correct… Resend" {
			t.Errorf("offered: %s", got)
		}
		if got := words(v.get(brightwaterInvites + "/" + p.invited(t, by, store.Tom).ID).page().Find("main .card footer")); got != "Correct… Resend" {
			t.Errorf("of a revoked one: %s", got)
		}
		in := p.invited(t, by, "priyanka.rao@brightwater.example")
		if got := v.get(brightwaterInvites + "/" + in.ID).page().Find("main .card footer a"); got.Length() != 1 || got.AttrOr("href", "") != "/accounts/brightwater/settings/users/"+in.ID {
			t.Errorf("of an accepted one: %s", words(got))
		}
		if got := p.as(t, store.Samuel).get(brightwaterInvites + "/" + m.ID).expect(http.StatusOK).page().Find("main .card footer .btn").Length(); got != 0 {
			t.Errorf("a User is offered %d changes", got)
		}
		part := v.script(http.MethodGet, brightwaterInvites+"/"+m.ID, "drawer", nil).expect(http.StatusOK).page()
		if part.Find("body > div > header #drawer-t").Length() != 1 || part.Find("a[href*='from=drawer']").Length() != 3 {
			t.Error("in the drawer the changes do not lead back there")
		}
		// From the drawer a change comes back to it, and makes the list behind show itself anew.
		v.script(http.MethodPost, brightwaterInvites+"/revocations", "drawer", url.Values{"id": {m.ID}, "from": {"drawer"}}).expect(http.StatusSeeOther)
		back := v.script(http.MethodGet, brightwaterInvites+"/"+m.ID, "drawer", nil)
		if back.Header.Get("HX-Trigger") != views.ListChanged || words(back.page().Find("header .state")) != "Revoked" {
			t.Errorf("triggers %q, shows %s", back.Header.Get("HX-Trigger"), words(back.page().Find("header")))
		}
	})
}
