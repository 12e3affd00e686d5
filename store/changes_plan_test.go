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
			for sql, args := range everyChange(h, e) {
				switch {
				case strings.HasPrefix(sql, "insert into"), strings.Contains(sql, "limit"):
					continue
				}
				storetest.NoScan(t, h.Store, sql, args, "memberships", "events", "users", "grants", "invite_links", "sessions")
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
		h.clock.Advance(8 * 24 * 3600e9)
		_, err = h.RemindDue(h.ctx(), 5)
		must(h.t, err)
		_, err = h.ExpireDue(h.ctx(), 5)
		must(h.t, err)
	})
}
