package store_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// accountRead is SQLite reading all people of an account: an index of which only the account is used, or what all
// of them have in common. It keeps no statistics, and takes such an index to hold ten people.
var accountRead = regexp.MustCompile(`(?m)^.*memberships.* \(account_id=\?( AND kind=\?)?( AND accepted_at>\?)?\)$`)

// No change reads a whole table, nor all people of an account.
func TestChangesReadWhatTheyChange(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			if engine == "postgres" {
				crowd(h, store.Brightwater, 500, 500)
				crowd(h, store.Cobalt, 2000, 2000)
			}
			tables := []string{"memberships", "events", "users", "grants", "invite_links", "sessions"}
			if engine == "sqlite" { // PostgreSQL reads a table whole that holds next to nothing
				tables = append(tables, "import_rows", "deliveries")
			}
			for sql, args := range everyChange(h, e) {
				switch {
				case strings.HasPrefix(sql, "insert into"), strings.HasPrefix(sql, "lock table"), strings.Contains(sql, "limit"):
					continue
				}
				storetest.NoScan(t, h.Store, sql, args, tables...)
				if all := accountRead.FindString(storetest.Plan(t, h.Store, sql, args)); all != "" {
					t.Errorf("reads all people of an account (%s):\n%s", all, sql)
				}
			}
		})
	}
}

// everyChange makes each of them once and gives the statements that ran.
func everyChange(h house, e *ear) map[string][]any {
	h.t.Helper()
	dana, jonas := h.at(store.Dana, store.Brightwater), h.at(store.Jonas, store.Brightwater)
	samuel, owen, aisha := h.row(store.Samuel, store.Brightwater), h.row(store.Owen, store.Brightwater), h.row(store.Aisha, store.Brightwater)
	noor, kelly, site := h.row(store.Noor, store.Brightwater), h.row(store.Kelly, store.Brightwater), h.site(store.Brightwater, "HPT")
	site2 := h.site(store.Brightwater, "PNT")
	partners := partnersChanges(h)
	done := func(outcomes []store.Outcome, err error) {
		h.t.Helper()
		must(h.t, err)
		for _, o := range outcomes {
			must(h.t, o.Err)
		}
	}
	return e.listen(func() {
		if _, err := h.Actor(h.ctx(), "no session", store.Brightwater, ""); !errors.Is(err, domain.ErrNotFound) {
			h.t.Fatal(err)
		}
		_, err := h.AccountsOf(h.ctx(), dana.User.ID)
		must(h.t, err)
		done(h.ChangeRoles(h.ctx(), dana, chosen(samuel, owen), "member"))
		done(h.ChangeScopes(h.ctx(), dana, chosen(samuel, owen), []string{site2}))
		done(h.SetNotifications(h.ctx(), dana, chosen(samuel), store.Off, ""))
		done(h.SetEnds(h.ctx(), dana, chosen(samuel, owen), "2027-01-31"))
		done(h.Suspend(h.ctx(), jonas, chosen(samuel)))
		done(h.Resume(h.ctx(), dana, chosen(aisha)))
		must(h.t, confirmed(func(loss string) error {
			_, err := h.SaveAccess(h.ctx(), dana, aisha.ID, aisha.Version+1, domain.AccessDraft{Role: "member", Scope: []string{site, site2}, EndsOn: "2027-02-28", Confirm: loss})
			return err
		}))
		if err := h.EndSessionOf(h.ctx(), dana, aisha.ID, "no session"); !errors.Is(err, domain.ErrNotFound) {
			h.t.Fatal(err)
		}
		done(h.EndSessions(h.ctx(), dana, chosen(owen)))
		done(h.Remove(h.ctx(), dana, chosen(owen)))
		done(h.Resend(h.ctx(), dana, chosen(noor, kelly)))
		done(h.Revoke(h.ctx(), dana, chosen(kelly)))
		noor, err := h.Invite(h.ctx(), dana, noor.ID)
		must(h.t, err)
		d := noor.Draft(dana.User.Zone())
		d.Scope = []string{site}
		noor, err = h.Correct(h.ctx(), dana, noor.ID, d)
		must(h.t, err)
		token, err := h.CopyLink(h.ctx(), dana, noor.ID)
		must(h.t, err)
		_, err = h.FindInviteByToken(h.ctx(), token)
		must(h.t, err)
		_, _, err = h.AcceptInvite(h.ctx(), token, domain.PersonDraft{FirstName: "Noor", LastName: "van Dijk", Phone: "+15035550100", Language: "en", TimeZone: "UTC"}, "hash", "203.0.113.9")
		must(h.t, err)
		must(h.t, h.AskAgain(h.ctx(), h.InviteToken(kelly.ID, kelly.Generation)))
		_, err = h.CreateInvite(h.ctx(), dana, draft("new@brightwater.example"))
		must(h.t, err)
		partners(done)
		h.clock.Advance(8 * 24 * 3600e9)
		_, err = h.RemindDue(h.ctx(), 5)
		must(h.t, err)
		_, err = h.ExpireDue(h.ctx(), 5)
		must(h.t, err)
	})
}

// partnersChanges makes those of a partner: of its administrators, its customers' accounts and its credits. What they need is
// looked up before, so that only they are heard.
func partnersChanges(h house) func(done func([]store.Outcome, error)) {
	h.t.Helper()
	nora, marisol := h.at(store.Nora, store.Northgate), h.row(store.Marisol, store.Northgate)
	cobalt, gsw := h.at(store.Cora, store.Cobalt).Account.ID, h.site(store.Cobalt, "GSW")
	must(h.t, h.addCredits(5))
	return func(done func([]store.Outcome, error)) {
		h.t.Helper()
		done(h.InviteAdministrators(h.ctx(), nora, []domain.Staged{{Email: "plan@northgate.example", Role: domain.RoleOperator}}, false))
		client, err := h.CreateClient(h.ctx(), nora, accountDraft("Blue Heron"))
		must(h.t, err)
		_, err = h.InviteFirstAdmin(h.ctx(), nora, client.ID, domain.FirstAdminDraft{FirstName: "Bea", LastName: "Sanz", Email: "bea@heron.example", Language: "es"})
		must(h.t, err)
		_, err = h.InviteColleague(h.ctx(), nora, cobalt, domain.ColleagueDraft{Colleague: store.Devon, Role: "deployer", Site: gsw})
		must(h.t, err)
		_, err = h.SuspendClient(h.ctx(), nora, client.ID)
		must(h.t, err)
		_, err = h.ResumeClient(h.ctx(), nora, client.ID)
		must(h.t, err)
		_, err = h.AllocateCredits(h.ctx(), nora, domain.CreditDraft{Sites: []string{gsw}, Amount: "2", Once: once()}, false)
		must(h.t, err)
		_, _, err = h.TakeBackCredits(h.ctx(), nora, domain.CreditDraft{Sites: []string{gsw}, Amount: "1", Once: once()})
		must(h.t, err)
		done(h.ForcePasswords(h.ctx(), nora, chosen(marisol)))
		done(h.DeleteAdministrators(h.ctx(), nora, chosen(marisol), domain.AdoptOffers))
	}
}
