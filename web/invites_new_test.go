package web

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// jo is a good form of the window "New Invite"; change sets fields, and takes those away whose value is empty.
func jo(change ...string) url.Values {
	form := url.Values{
		"first_name": {"Jo"}, "last_name": {"Ferreira"}, "email": {"jo.ferreira@brightwater.example"}, "phone": {"+15035550177"}, "role": {"user"},
		"scope": {domain.WholeAccount}, "notify_email": {"on"}, "language": {"en"}, "message": {"Welcome on board"},
	}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
		if change[i+1] == "" {
			form.Del(change[i])
		}
	}
	return form
}

// unwritten fails the test unless what do does leaves the database and the outbox as they are. What is only counted,
// when a session was seen last, and the entry of a denial (C8) may change.
func (p *portal) unwritten(t *testing.T, what string, do func()) {
	t.Helper()
	watch := storetest.NewWatch(t, p.store, "counters", "sessions.seen_at", "sessions.data")
	defer watch.Stop()
	do()
	entry := func(line string) bool {
		return strings.HasPrefix(line, "+ events: ") && strings.Contains(line, " access.denied ")
	}
	if changes := slices.DeleteFunc(watch.Changes(), entry); len(changes) > 0 {
		t.Errorf("%s wrote %q", what, changes)
	}
}

func TestNewInviteWindow(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		page := v.get(brightwaterInvites + "/new").expect(http.StatusOK).page()
		if got := words(page.Find("main h1")); got != "New Invite" {
			t.Errorf("the window is called %q", got)
		}
		var groups, roles []string
		page.Find("legend").Each(func(_ int, s *goquery.Selection) { groups = append(groups, words(s)) })
		if !slices.Equal(groups, []string{"Contact Info", "Permissions", "Notifications"}) {
			t.Errorf("groups: %q", groups)
		}
		page.Find("[name=role]").Each(func(_ int, s *goquery.Selection) {
			roles = append(roles, s.AttrOr("value", ""))
			if words(s.Parent().Find("small")) == "" {
				t.Error("a role without a sentence")
			}
		})
		want := []string{"member", "user", "admin", "deployer"}
		for _, own := range storetest.As(t, p.store, store.Dana, store.Brightwater).Account.Roles {
			want = append(want, string(own.ID))
		}
		if len(want) == 4 || !slices.Equal(roles, want) || page.Find("[name=role][checked]").Length() > 0 {
			t.Errorf("roles: %q", roles)
		}
		if n := page.Find("input[name=scope][type=checkbox]").Length(); n != 14 || page.Find("input[name=scope][type=radio]").Length() != 2 {
			t.Errorf("%d sites to choose from", n)
		}
		if page.Find("input[type=search][placeholder='Search 14 sites']").Length() != 1 {
			t.Error("no search over the sites")
		}
		text := words(page.Find("main"))
		for _, want := range []string{
			"They get an e-mail with a link that works for 7 days.", "+1 and ten digits", "Check e-mail and phone: with a wrong one the person gets no notifications.",
			"Nothing is sent until they have signed in once and set their own password.",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing", want)
			}
		}
		if page.Find("input.toggle[name=notify_email][checked]").Length() != 1 || page.Find("input.toggle[name=notify_text]:not([checked])").Length() != 1 {
			t.Error("the switches do not begin with e-mail on and text off")
		}
		if page.Find("form#invite-form[method=post][action='"+brightwaterInvites+"']:not([hx-post])").Length() != 1 {
			t.Error("on a page of its own the form is not a plain one")
		}
		for query, want := range map[string]string{"": "Invite", "?from=users": "Invite User", "?from=not-listed": "Invite"} {
			part := v.script(http.MethodGet, brightwaterInvites+"/new"+query, "dialog", nil).expect(http.StatusOK).page()
			if got := words(part.Find("footer button[type=submit]")); got != want {
				t.Errorf("%s submits with %q", query, got)
			}
			target := map[bool]string{true: "#invite-table", false: "#user-table"}[query == ""]
			if got := part.Find("form#invite-form").AttrOr("hx-target", ""); got != target {
				t.Errorf("%s replaces %s", query, got)
			}
		}
		harbor := p.siteByCode(t, store.Dana, store.Brightwater, "HPT")
		if got := v.get(brightwaterInvites+"/new?site="+harbor).page().Find("input[name=scope][checked][type=checkbox]").AttrOr("value", ""); got != harbor {
			t.Errorf("from a site's list, %q is chosen", got)
		}
	})
}

// A22, A23: each inviter is offered what they may give, and no more.
func TestNewInviteOffersWhatTheInviterHas(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		grant := p.siteByCode(t, store.Cora, store.Cobalt, "GSW")
		page := p.as(t, store.Priya).get(cobaltInvites + "/new").expect(http.StatusOK).page()
		boxes := page.Find("input[name=scope]")
		if boxes.Length() != 1 || boxes.AttrOr("value", "") != grant || boxes.AttrOr("type", "") != "checkbox" {
			t.Errorf("a site's admin is offered %d scopes", boxes.Length())
		}
		if _, chosen := boxes.Attr("checked"); !chosen {
			t.Error("the only site there is, is not chosen")
		}
	})
}

func TestCreateInvite(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		a := v.ask(http.MethodPost, brightwaterInvites, jo("ends_on", "2036-05-31", "notify_text", "on", "list", "state=pending&sort=name")).expect(http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != brightwaterInvites+"?state=pending&sort=name" {
			t.Errorf("leads to %s", to)
		}
		list := v.follow(a).expect(http.StatusOK).see("Invite sent to Jo Ferreira", "The link works until")
		if words(list.inviteRow("jo.ferreira@brightwater.example").Find(".state")) != "Pending" {
			t.Error("not in the list")
		}
		m := p.found(t, store.Dana, store.Brightwater, "jo.ferreira@brightwater.example")
		got := m.Draft(p.person(t, store.Dana).Zone())
		want := domain.InviteDraft{
			FirstName: "Jo", LastName: "Ferreira", Email: m.Email, Phone: "+15035550177", Role: "user", Scope: []string{"account"}, NotifyEmail: "on",
			NotifyText: "on", EndsOn: "2036-05-31", Language: "en", Message: "Welcome on board", Version: "1",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v\nwant %+v", got, want)
		}
		if mails := p.owedNew(t); !slices.Equal(mails, []string{m.Email}) {
			t.Errorf("mails to %q", mails)
		}
		if e := p.latest(t, store.Dana, store.Brightwater, m.ID); e.Kind != domain.InviteSent || e.ActorName != "Dana Whitfield" || e.From == "" {
			t.Errorf("the history says %+v", e)
		}
		// By script the list is replaced, with a toast, and the tab counts (INV-22).
		v.script(http.MethodPost, brightwaterInvites, "invite-table", jo("email", "second@brightwater.example")).expect(http.StatusSeeOther)
		part := v.script(http.MethodGet, brightwaterInvites, "invite-table", nil).expect(http.StatusOK)
		d := part.page()
		if d.Find("body > #invite-table").Length() != 1 || words(d.Find("[hx-swap-oob] .toast[role=status] b")) != "Invite sent to Jo Ferreira" ||
			words(d.Find("nav.tabs[hx-swap-oob] .count")) != "11" {
			t.Errorf("the answer to the script: %s", part.Text())
		}
	})
}

// latest is the last thing that happened to something.
func (p *portal) latest(t *testing.T, by, account, id string) domain.Event {
	t.Helper()
	events, _, err := p.store.EventsOf(t.Context(), p.actor(t, by, account), id, "", 1)
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	return events[0]
}

func TestCreateInviteWithoutMail(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		v.get(brightwaterInvites + "/new").see("There is no mail server: copy the link afterwards. It works for 7 days.")
		list := v.follow(v.ask(http.MethodPost, brightwaterInvites, jo())).see("Invite for Jo Ferreira made", "It was not mailed: there is no mail server.")
		m := p.found(t, store.Dana, store.Brightwater, "jo.ferreira@brightwater.example")
		link := list.page().Find(".alert[role=status] a.link")
		if link.AttrOr("href", "") != brightwaterInvites+"/"+m.ID || words(link) != "Copy the link" {
			t.Errorf("leads to %s", link.AttrOr("href", ""))
		}
		if v.get(link.AttrOr("href", "")).page().Find("footer button[formaction='"+brightwaterInvites+"/"+m.ID+"/links']").Length() != 1 {
			t.Error("the link cannot be copied there")
		}
	}, func(c *Config) { c.Mailed = false })
}

// INV-20, MSG-01, MSG-04, INP-08, AUTH-04: what is wrong stands by its field with what was typed; nothing is written,
// nobody is mailed.
func TestCreateInviteTellsWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		foreign, err := p.foreignSite(t)
		if err != nil {
			t.Fatal(err)
		}
		cases := []struct{ field, value, says string }{
			{"first_name", "", "Fill this in."},
			{"last_name", " \u2028 ", "Some characters cannot be used here"},
			{"first_name", "Jo\r\nBcc: eve@evil.example", "Some characters cannot be used here"},
			{"last_name", strings.Repeat("x", 101), "Too long"},
			{"email", "", "Fill this in."},
			{"email", "jo", "An address has one @"},
			{"email", "jo@brightwater.example,eve@evil.example", "An address has one @"},
			{"email", "jo@brightwater.example;eve@evil.example", "An address has one @"},
			{"email", "Jo <jo@brightwater.example>", "An address has one @"},
			{"email", "jo(comment)@brightwater.example", "An address has one @"},
			{"email", "jo@brightwater.example\nBcc: eve@evil.example", "An address has one @"},
			{"email", "jo@brightwater.example eve@evil.example", "An address has one @"},
			{"email", "jo%0d%0aBcc:eve@evil.example", "An address has one @"},
			{"phone", "+1 (503) 555-0164", "Only +1 and ten digits"},
			{"phone", "5035550164", "Only +1 and ten digits"},
			{"phone", "+150355501640", "Only +1 and ten digits"},
			{"phone", "+44 20 7946 0000", "Only +1 and ten digits"},
			{"phone", "+1503555016", "Only +1 and ten digits"},
			{"role", "", "Fill this in."},
			{"role", "master", "Choose one of the options."},
			{"role", "support", "Choose one of the options."},
			{"role", "superuser", "Choose one of the options."},
			{"scope", "", "Choose at least one site, or the whole account."},
			{"scope", domain.ChosenSites, "Choose at least one site, or the whole account."},
			{"scope", foreign, "Choose one of the options."},
			{"scope", missing, "Choose one of the options."},
			{"scope", "' or 1=1 --", "Choose one of the options."},
			{"ends_on", "2020-01-01", "Choose"},
			{"ends_on", "31/12/2036", "A date has day, month and year"},
			{"language", "xx", "Choose one of the options."},
			{"notify_email", "maybe", "Choose one of the options."},
			{"message", strings.Repeat("m", 1001), "Too long"},
			{"message", "bell \a", "Some characters cannot be used here"},
		}
		p.unwritten(t, "bad forms", func() {
			for _, c := range cases {
				a := v.ask(http.MethodPost, brightwaterInvites, jo(c.field, c.value)).expect(http.StatusUnprocessableEntity)
				d := a.page()
				if got := words(d.Find("#" + c.field + "-e")); !strings.Contains(got, c.says) {
					t.Errorf("%s %q: %q by the field\n%s", c.field, c.value, got, a.Text())
				}
				if got := d.Find("[id=last_name]").AttrOr("value", ""); c.field != "last_name" && got != "Ferreira" {
					t.Errorf("%s %q: the last name typed is now %q", c.field, c.value, got)
				}
				if len(c.value) < 100 && slices.Contains([]string{"email", "phone"}, c.field) && d.Find("#"+c.field).AttrOr("value", "") != c.value {
					t.Errorf("%s: %q typed, %q kept", c.field, c.value, d.Find("#"+c.field).AttrOr("value", ""))
				}
			}
			// What no page of ours sends (INP-08).
			for _, bytes := range []string{"\xff\xfe", "a\x00b", "\xed\xa0\x80"} {
				v.ask(http.MethodPost, brightwaterInvites, jo("first_name", bytes)).expect(http.StatusBadRequest)
				v.ask(http.MethodPost, brightwaterInvites, jo("scope", bytes)).expect(http.StatusBadRequest)
			}
			// Texts without a number; several things at once are summed up.
			v.ask(http.MethodPost, brightwaterInvites, jo("notify_text", "on", "phone", "")).expect(http.StatusUnprocessableEntity).see("Text notifications need a phone number.")
			a := v.ask(http.MethodPost, brightwaterInvites, jo("email", "x", "phone", "y", "scope", "")).expect(http.StatusUnprocessableEntity).see("3 things to correct")
			for _, id := range []string{"email", "phone", "scope"} {
				if a.page().Find(".alert a[href='#"+id+"']").Length() != 1 || a.page().Find("#"+id).Length() != 1 {
					t.Errorf("the summary does not lead to %s", id)
				}
			}
			// By script it comes back into the dialog.
			part := v.script(http.MethodPost, brightwaterInvites, "invite-table", jo("email", "x")).expect(http.StatusUnprocessableEntity)
			if part.Header.Get("HX-Retarget") != "#dialog" || part.Header.Get("HX-Reswap") != "innerHTML" || part.page().Find("body > div #email[aria-invalid]").Length() != 1 {
				t.Error("by script it does not come back into the dialog")
			}
		})
		if got := p.owedNew(t); len(got) > 0 {
			t.Errorf("mails to %q", got)
		}
	})
}

// owedNew are the recipients of invites that are due, without those of the demo.
func (p *portal) owedNew(t *testing.T) (to []string) {
	t.Helper()
	for _, m := range p.owed(t, domain.InviteMail) {
		if m.To != store.MeiLing {
			to = append(to, m.To)
		}
	}
	return to
}

// INP-09: only the body counts, and a field given twice is refused.
func TestINP09_InviteFieldsComeFromTheBody(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		p.unwritten(t, "a double field", func() {
			form := jo()
			form.Add("email", "eve@evil.example")
			v.ask(http.MethodPost, brightwaterInvites, form).expect(http.StatusBadRequest)
			v.ask(http.MethodPost, brightwaterInvites+"?email=eve@evil.example", jo("email", "")).expect(http.StatusUnprocessableEntity)
			form = jo()
			form["email[]"] = []string{"eve@evil.example"}
			form.Del("email")
			v.ask(http.MethodPost, brightwaterInvites, form).expect(http.StatusUnprocessableEntity)
			v.bring(http.MethodPost, brightwaterInvites, "application/json", strings.NewReader(`{"email":["a@b.example"]}`)).expect(http.StatusUnsupportedMediaType)
		})
		v.ask(http.MethodPost, brightwaterInvites+"?email=eve@evil.example&role=admin", jo()).expect(http.StatusSeeOther)
		if m := p.found(t, store.Dana, store.Brightwater, "jo.ferreira@brightwater.example"); m.Role != domain.RoleUser {
			t.Errorf("became %s", m.Role)
		}
	})
}

// INV-12, PRIV-20: an address that is there already is told at its field, with the way to its row for those who may see it.
func TestINV12_AnAddressIsInvitedOnce(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		v.ask(http.MethodPost, brightwaterInvites, jo()).expect(http.StatusSeeOther)
		first := p.found(t, store.Dana, store.Brightwater, "jo.ferreira@brightwater.example")
		if got := p.owedNew(t); !slices.Equal(got, []string{first.Email}) {
			t.Fatalf("mails to %q", got)
		}
		samuel := p.found(t, store.Dana, store.Brightwater, store.Samuel)
		p.unwritten(t, "a second invite", func() {
			for _, again := range []string{"jo.ferreira@brightwater.example", "JO.Ferreira@BRIGHTWATER.example", " jo.ferreira@brightwater.example "} {
				a := v.ask(http.MethodPost, brightwaterInvites, jo("email", again)).expect(http.StatusUnprocessableEntity).see("This address has an open invite already")
				if got := a.page().Find("#email-e a").AttrOr("href", ""); got != brightwaterInvites+"/"+first.ID {
					t.Errorf("%s leads to %q", again, got)
				}
			}
			a := v.ask(http.MethodPost, brightwaterInvites, jo("email", store.Samuel)).expect(http.StatusUnprocessableEntity).see("This address belongs to somebody who is in already.")
			if got := a.page().Find("#email-e a").AttrOr("href", ""); got != "/accounts/brightwater/settings/users/"+samuel.ID {
				t.Errorf("leads to %q", got)
			}
			a = v.ask(http.MethodPost, brightwaterInvites, jo("email", store.Aisha)).expect(http.StatusUnprocessableEntity).see("disabled")
			if a.page().Find("#email-e a").Length() != 1 {
				t.Error("no way to somebody disabled")
			}
		})
		// Out of a site admin's part, all are the same, and nothing is said of them.
		lot := p.siteByCode(t, store.Cora, store.Cobalt, "NLG")
		gsw := p.siteByCode(t, store.Cora, store.Cobalt, "GSW")
		beyond := map[string]domain.State{"open@cobaltfield.example": domain.StatePending, "gone@cobaltfield.example": domain.StateRevoked}
		for email, state := range beyond {
			m, _ := p.invite(t, store.Cora, store.Cobalt, email, func(d *domain.InviteDraft) { d.FirstName, d.LastName, d.Scope = "Zebulon", "Quartz", []string{lot} })
			if state == domain.StateRevoked {
				if _, err := p.store.Revoke(t.Context(), p.actor(t, store.Cora, store.Cobalt), store.Chosen{IDs: []string{m.ID}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		v = p.as(t, store.Priya)
		p.unwritten(t, "an invite over one out of reach", func() {
			var answers []string
			for _, email := range slices.Sorted(maps.Keys(beyond)) {
				a := v.ask(http.MethodPost, cobaltInvites, jo("email", email, "scope", gsw)).expect(http.StatusUnprocessableEntity)
				if d := a.page(); d.Find("#email-e").Length() != 1 || d.Find("#email-e a").Length() > 0 || strings.Contains(a.Body, "Zebulon") || strings.Contains(a.Body, "Quartz") {
					t.Errorf("%s: %s", email, a.Text())
				}
				answers = append(answers, strings.ReplaceAll(a.Body, email, "x"))
			}
			if answers[0] != answers[1] {
				t.Error("an open one out of reach is told from a closed one")
			}
		})
	})
}

// PRIV-01, PRIV-02: every inviter, over the form: only roles and scopes that the table of product.md gives pass, as an
// invite and as a correction of one. A partner's are TestPRIV01_OnlyTheLevelsTheInviterMayGive.
func TestPRIV01_OnlyWhatTheInviterMayGive(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		customer := []string{"member", "user", "admin", "deployer"}
		gsw, nlg := p.siteByCode(t, store.Cora, store.Cobalt, "GSW"), p.siteByCode(t, store.Cora, store.Cobalt, "NLG")
		hpt := p.siteByCode(t, store.Dana, store.Brightwater, "HPT")
		n := 0 // each address is invited once
		for who, c := range map[string]struct {
			account       string
			roles, scopes []string // that pass
		}{
			store.Dana:   {store.Brightwater, customer, []string{"account", hpt}},
			store.Jonas:  {store.Brightwater, customer, []string{"account", hpt}},
			store.Cora:   {store.Cobalt, customer, []string{"account", gsw, nlg, gsw + " " + nlg}},
			store.Priya:  {store.Cobalt, customer, []string{gsw}},
			store.Ingrid: {account: store.Brightwater}, store.Samuel: {account: store.Brightwater}, store.Leonard: {account: store.Brightwater},
			store.Devon: {account: store.Northgate}, store.Sanjay: {account: store.Northgate},
		} {
			v := p.as(t, who)
			by := p.actor(t, who, c.account) // once: each is a session, of which a person has so many
			base := "/accounts/" + c.account + "/settings/invites"
			var mine domain.Membership // an invite of theirs, to be corrected
			for _, role := range append(slices.Clone(customer), "observer", "operator", "partner-admin", "master", "support") {
				for _, scope := range []string{"account", hpt, gsw, nlg, gsw + " " + nlg} {
					n++
					form := jo("role", role, "email", fmt.Sprintf("n%d@%s.example", n, c.account))
					form["scope"] = strings.Fields(scope)
					legal := slices.Contains(c.roles, role) && slices.Contains(c.scopes, scope)
					want := map[bool]int{true: http.StatusSeeOther, false: http.StatusUnprocessableEntity}[legal]
					if c.roles == nil {
						want = http.StatusForbidden
					}
					if a := v.ask(http.MethodPost, base, form); a.Status != want {
						t.Errorf("%s gives %s on %s: %d, want %d", who, role, scope, a.Status, want)
					}
					if legal && mine.ID == "" {
						mine = p.invited(t, by, fmt.Sprintf("n%d@%s.example", n, c.account))
					}
					if mine.ID == "" {
						continue
					}
					before := p.membership(t, by, mine.ID)
					form.Set("version", fmt.Sprint(before.Version))
					form.Del("email")
					if a := v.ask(http.MethodPost, base+"/"+mine.ID+"/corrections", form); a.Status != want {
						t.Errorf("%s corrects to %s on %s: %d, want %d", who, role, scope, a.Status, want)
					}
					after := p.membership(t, by, mine.ID)
					if !legal && fmt.Sprint(before) != fmt.Sprint(after) {
						t.Errorf("%s changed an invite by a correction to %s on %s", who, role, scope)
					}
				}
			}
		}
	})
}

// membership is an invite as somebody sees it.
func (p *portal) membership(t *testing.T, by domain.Actor, id string) domain.Membership {
	t.Helper()
	m, err := p.store.Invite(t.Context(), by, id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// invited is the invite of an address as somebody sees it.
func (p *portal) invited(t *testing.T, by domain.Actor, email string) domain.Membership {
	t.Helper()
	found, err := p.store.Invites(t.Context(), by, store.Query{Search: email})
	if err != nil || len(found.Rows) == 0 {
		t.Fatalf("%s is not invited: %v", email, err)
	}
	return found.Rows[0]
}

// PRIV-04: fields that the form does not have change nothing.
func TestPRIV04_InviteIgnoresOtherFields(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		larkspur := p.actor(t, store.Lars, store.Larkspur).Account.ID
		v.ask(http.MethodPost, brightwaterInvites, jo("account_id", larkspur, "account", "larkspur", "kind", "guest", "is_support", "true", "active", "1", "accepted_at", "1",
			"user_id", p.person(t, store.Rosa).ID, "invited_by", "nobody", "expires_at", "9999", "generation", "7", "id", missing, "version", "3")).expect(http.StatusSeeOther)
		m := p.found(t, store.Dana, store.Brightwater, "jo.ferreira@brightwater.example")
		if m.AccountID == larkspur || m.Kind != domain.KindUser || m.State(p.store.Now()) != domain.StatePending || m.UserID != "" || m.InviterName != "Dana Whitfield" ||
			m.Generation != 1 || m.ExpiresAt.Sub(m.SentAt) != m7days || m.ID == missing || m.Version != 1 {
			t.Errorf("%+v", m)
		}
	})
}

const m7days = 7 * 24 * 3600 * 1e9

// INP-01: what looks like markup comes back as text, everywhere it is shown.
func TestINP01_InviteTextsAreText(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		payloads := []string{
			`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `</textarea><script>x</script>`,
			`<svg/onload=alert(1)>`, `{{.}}{{constructor}}`, `" hx-get="/sign-out" hx-trigger="load`, `&lt;b&gt;`, `</title><script>1</script>`,
		}
		v := p.as(t, store.Dana)
		check := func(where string, a *answer, payload string) {
			t.Helper()
			d := a.page()
			bad := d.Find("script:not([src]), [onerror], [onload], [onmouseover], img, a[href^='javascript:']").Length()
			d.Find("[hx-get]").Each(func(_ int, s *goquery.Selection) {
				if strings.HasPrefix(s.AttrOr("hx-get", ""), "/sign-out") {
					bad++
				}
			})
			if bad > 0 {
				t.Errorf("%s: %q is alive", where, payload)
			}
			if strings.ContainsAny(payload, "<") && strings.Contains(a.Body, payload) {
				t.Errorf("%s: %q stands as it was typed", where, payload)
			}
		}
		for i, payload := range payloads {
			email := fmt.Sprintf("x%d@brightwater.example", i)
			typed := []string{"first_name", payload, "last_name", payload, "message", payload, "email", payload, "phone", payload, "role", payload, "scope", payload, "ends_on", payload, "language", payload, "list", payload, "from", payload}
			a := v.ask(http.MethodPost, brightwaterInvites, jo(typed...)).expect(http.StatusUnprocessableEntity)
			check("the form", a, payload)
			if got := a.page().Find("#first_name").AttrOr("value", ""); got != payload {
				t.Errorf("%q typed, %q kept", payload, got)
			}
			if got := a.page().Find("#message").Text(); html.UnescapeString(got) != payload && got != payload {
				t.Errorf("%q typed, %q kept", payload, got)
			}
			v.ask(http.MethodPost, brightwaterInvites, jo("first_name", payload, "last_name", payload, "message", payload, "email", email)).expect(http.StatusSeeOther)
			m := p.found(t, store.Dana, store.Brightwater, email)
			check("the flash and the list", v.get(brightwaterInvites+"?q="+email), payload)
			check("the detail", v.get(brightwaterInvites+"/"+m.ID), payload)
			check("the correction", v.get(brightwaterInvites+"/"+m.ID+"/corrections/new"), payload)
			check("the preview", v.get(brightwaterInvites+"/revocations/new?id="+m.ID), payload)
			check("the search", v.get(brightwaterInvites+"?q="+url.QueryEscape(payload)+"&state="+url.QueryEscape(payload)), payload)
			if !strings.Contains(v.get(brightwaterInvites+"/"+m.ID).Text(), strings.Join(strings.Fields(payload), " ")) {
				t.Errorf("%q is not shown at all", payload)
			}
		}
	})
}

// TEN-06, DOS-03: the search over sites finds what is within reach, with what is chosen before it.
func TestScopeFieldSearchesSites(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		account := p.actor(t, store.Dana, store.Brightwater).Account.ID
		for i := range 150 {
			storetest.Exec(t, p.store, fmt.Sprintf(`insert into sites (id, account_id, name, name_key, code, address, time_zone, created_at, removed_at)
				values ('0190a1b2-%04d-7000-8000-00000000abcd', '%s', 'Zone %03d', 'zone %03d', 'Z%03d', '', 'UTC', 1, 0)`, i, account, i, i, i))
		}
		v := p.as(t, store.Dana)
		// A page does without script, so it lists them all.
		if n := v.get(brightwaterInvites + "/new").page().Find("input[name=scope][type=checkbox]").Length(); n != 164 {
			t.Errorf("a page lists %d sites", n)
		}
		late := "0190a1b2-0149-7000-8000-00000000abcd"
		part := v.script(http.MethodGet, brightwaterInvites+"/new?site="+late, "dialog", nil).expect(http.StatusOK).page()
		boxes := part.Find("input[name=scope][type=checkbox]")
		if boxes.Length() != 101 || boxes.First().AttrOr("value", "") != late {
			t.Errorf("the dialog lists %d, the first is %s", boxes.Length(), boxes.First().AttrOr("value", ""))
		}
		search := part.Find(".picker input[type=search]")
		if search.AttrOr("hx-get", "") != "/accounts/brightwater/settings/sites" || search.AttrOr("placeholder", "") != "Search 164 sites" {
			t.Errorf("searched at %q: %s", search.AttrOr("hx-get", ""), search.AttrOr("placeholder", ""))
		}
		harbor := p.siteByCode(t, store.Dana, store.Brightwater, "HPT")
		found := v.script(http.MethodGet, "/accounts/brightwater/settings/sites?q=ZONE+14&scope="+harbor, "scope-list", nil).expect(http.StatusOK).page()
		if n := found.Find("li").Length(); n != 11 || found.Find("input[checked]").Length() != 1 || words(found.Find("li").First()) != "Harbor Point Tower" {
			t.Errorf("%d found: %s", n, words(found.Find("ul")))
		}
		for _, q := range []string{"%25", "_", "' or 1=1 --", strings.Repeat("%25", 3000)} {
			a := v.script(http.MethodGet, "/accounts/brightwater/settings/sites?q="+url.QueryEscape(q), "scope-list", nil).expect(http.StatusOK)
			if a.page().Find("li input").Length() > 0 {
				t.Errorf("%.20q finds sites", q)
			}
		}
		// Without a script it is the list of sites.
		if to := v.get("/accounts/brightwater/settings/sites?q=zone").expect(http.StatusSeeOther).Header.Get("Location"); to != "/accounts/brightwater/sites?q=zone" {
			t.Errorf("leads to %s", to)
		}
		part = p.as(t, store.Ingrid).script(http.MethodGet, "/accounts/brightwater/settings/sites?q=&scope="+late, "scope-list", nil).page()
		if n := part.Find("li input").Length(); n != 3 || strings.Contains(words(part.Find("ul")), "Zone") {
			t.Errorf("who has three sites finds %d", n)
		}
	})
}
