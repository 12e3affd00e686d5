package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// draft is a good New Invite form for an address: a User of the whole account.
func draft(email string) domain.InviteDraft {
	return domain.InviteDraft{FirstName: "New", LastName: "Person", Email: email, Role: "user", Scope: []string{"account"}, NotifyEmail: "on", Language: "en"}
}

// aboutMe is what somebody new types on acceptance.
var aboutMe = domain.PersonDraft{FirstName: "Newly", LastName: "Come", Phone: "+15035550199", Language: "es", TimeZone: "Europe/Madrid"}

// accept is a new person accepting by the link of a membership's present send.
func (h house) accept(m domain.Membership) (domain.User, domain.Membership, error) {
	return h.AcceptInvite(h.ctx(), h.InviteToken(m.ID, m.Generation), aboutMe, "hash", "203.0.113.9")
}

// owed are the kinds of messages owed about a membership, by their recipients.
func (h house) owed(m domain.Membership, kind domain.DeliveryKind) []string {
	h.t.Helper()
	to, err := h.Texts(h.ctx(), "select recipient from deliveries where membership_id = $1 and kind = $2 order by id", m.ID, string(kind))
	must(h.t, err)
	return to
}

// told counts the lines of history of one kind about a membership.
func (h house) told(m domain.Membership, kind domain.EventKind) int64 {
	h.t.Helper()
	return h.number("select count(*) from events where subject_id = $1 and kind = $2", m.ID, string(kind))
}

// The whole way: invited, mailed, shown, accepted. INV-17: what is accepted is what was offered.
func TestInviteAndAccept(t *testing.T) {
	inHouse(t, func(h house) {
		dana, hpt := h.at(store.Dana, store.Brightwater), h.site(store.Brightwater, "HPT")
		d := draft("  New.Person@Brightwater.example ")
		d.Role, d.Scope, d.Phone, d.NotifyText, d.EndsOn, d.Message = "deployer", []string{hpt}, "+15035550123", "on", "2027-03-31", "Welcome"
		m, err := h.CreateInvite(h.ctx(), dana, d)
		must(t, err)
		if got, err := h.ReadMembership(h.ctx(), m.ID); err != nil || got.Email != "new.person@brightwater.example" || got.Generation != 1 || got.Mail.State != domain.MailQueued {
			t.Errorf("stored %+v, %v", got, err)
		}
		if to := h.owed(m, domain.InviteMail); !slices.Equal(to, []string{"new.person@brightwater.example"}) || h.told(m, domain.InviteSent) != 1 {
			t.Errorf("owed to %v, told %d", to, h.told(m, domain.InviteSent))
		}
		o, err := h.FindInviteByToken(h.ctx(), h.InviteToken(m.ID, 1))
		must(t, err)
		if o.Membership.ID != m.ID || o.Account.Name != "Brightwater Energy" || o.Known || o.Sites[hpt] != "Harbor Point Tower" || o.Membership.InviterName != "Dana Whitfield" {
			t.Errorf("shows %+v", o)
		}
		ingrid := h.at(store.Ingrid, store.Brightwater)
		before, err := h.CountUsers(h.ctx(), ingrid, store.Query{})
		must(t, err)
		u, in, err := h.accept(m)
		must(t, err)
		if after, err := h.CountUsers(h.ctx(), ingrid, store.Query{}); err != nil || after.N != before.N+1 {
			t.Errorf("the site's admin counts %+v after %+v, %v", after, before, err)
		}
		if u.Email != m.Email || u.FirstName != "Newly" || u.TimeZone != "Europe/Madrid" || u.PasswordHash != "hash" || u.Version != 1 {
			t.Errorf("made %+v", u)
		}
		if in.Role != domain.RoleDeployer || in.Scope.String() != hpt || !in.NotifyEmail || !in.NotifyText || !in.EndsAt.Equal(m.EndsAt) || in.UserID != u.ID {
			t.Errorf("accepted %+v", in)
		}
		by := h.at(m.Email, store.Brightwater)
		if by.Role.ID != domain.RoleDeployer || by.Scope.String() != hpt || h.told(m, domain.InviteAccepted) != 1 {
			t.Errorf("came in as %s on %s", by.Role.ID, by.Scope)
		}
		page, err := h.Users(h.ctx(), dana, store.Query{Search: "newly come", Sites: []string{hpt}})
		if err != nil || len(page.Rows) != 1 {
			t.Errorf("listed %v, %v", emails(page.Rows), err)
		}
	})
}

// INV-01: every state × every action: only the moves of the contract are made, anything else leaves no trace.
func TestStatesAndActions(t *testing.T) {
	who := map[domain.State]string{
		domain.StatePending: store.Noor, domain.StateExpired: store.Stefan, domain.StateRevoked: store.Tom,
		domain.StateAccepted: store.Owen, domain.StateSuspended: store.Aisha,
	}
	actions := map[string]func(h house, by domain.Actor, m domain.Membership) error{
		"resend": func(h house, by domain.Actor, m domain.Membership) error {
			o, err := h.Store.Resend(h.ctx(), by, chosen(m))
			return errors.Join(err, o[0].Err)
		},
		"revoke": func(h house, by domain.Actor, m domain.Membership) error {
			o, err := h.Revoke(h.ctx(), by, chosen(m))
			return errors.Join(err, o[0].Err)
		},
		"correct": func(h house, by domain.Actor, m domain.Membership) error {
			d := m.Draft(by.User.Zone())
			d.Role = "member"
			_, err := h.Correct(h.ctx(), by, m.ID, d)
			return err
		},
		"copy": func(h house, by domain.Actor, m domain.Membership) error {
			_, err := h.CopyLink(h.ctx(), by, m.ID)
			return err
		},
		"invite": func(h house, by domain.Actor, m domain.Membership) error {
			_, err := h.CreateInvite(h.ctx(), by, draft(m.Email))
			return err
		},
		"accept": func(h house, _ domain.Actor, m domain.Membership) error {
			_, _, err := h.accept(m)
			return err
		},
	}
	may := map[domain.State]string{
		domain.StatePending: "resend revoke correct copy accept", domain.StateExpired: "resend correct invite", domain.StateRevoked: "resend correct invite",
		domain.StateAccepted: "", domain.StateSuspended: "",
	}
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t, engine)
			for state, email := range who {
				for name, act := range actions {
					dana, m := h.at(store.Dana, store.Brightwater), h.row(email, store.Brightwater)
					if m.State(h.clock.Now()) != state {
						t.Fatalf("%s is %s", email, m.State(h.clock.Now()))
					}
					before := h.written()
					err := act(h, dana, m)
					if want := slices.Contains(strings.Fields(may[state]), name); (err == nil) != want {
						t.Errorf("%s, %s: %v", state, name, err)
					}
					if after := h.written(); (err == nil) == (after == before) {
						t.Errorf("%s, %s: %v, and wrote %v after %v", state, name, err, after, before)
					}
					if err == nil {
						h = newHouse(t, engine)
					}
				}
			}
		})
	}
}

// INV-05: a resend makes a new link and a new period, and the old link is dead at once.
func TestResend(t *testing.T) {
	inHouse(t, func(h house) {
		noor := h.row(store.Noor, store.Brightwater)
		old := h.InviteToken(noor.ID, noor.Generation)
		h.clock.Advance(time.Hour)
		outcomes, err := h.Store.Resend(h.ctx(), h.at(store.Jonas, store.Brightwater), chosen(noor, h.row(store.Owen, store.Brightwater)))
		must(t, err)
		if !slices.Equal(reasons(outcomes), []string{"", "already_accepted"}) {
			t.Errorf("%q", reasons(outcomes))
		}
		now := h.row(store.Noor, store.Brightwater)
		if !now.ExpiresAt.Equal(h.clock.Now().Add(7*24*time.Hour)) || now.Generation != noor.Generation+1 || now.InviterName != "Jonas Ekström" {
			t.Errorf("%+v", now)
		}
		if _, err := h.FindInviteByToken(h.ctx(), old); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old link shows: %v", err)
		}
		if _, _, err := h.AcceptInvite(h.ctx(), old, aboutMe, "hash", ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old link lets in: %v", err)
		}
		generation := h.number("select max(generation) from deliveries where membership_id = $1 and kind = 'invite'", noor.ID)
		if generation != int64(now.Generation) {
			t.Errorf("owes generation %d", generation)
		}
		if _, _, err := h.accept(now); err != nil {
			t.Errorf("the new link: %v", err)
		}
	})
}

// INV-06: a revoked link shows what any dead one shows.
func TestRevoke(t *testing.T) {
	inHouse(t, func(h house) {
		dana, noor := h.at(store.Dana, store.Brightwater), h.row(store.Noor, store.Brightwater)
		outcomes, err := h.Revoke(h.ctx(), dana, chosen(noor, h.row(store.Stefan, store.Brightwater), h.row(store.Tom, store.Brightwater), h.row(store.Owen, store.Brightwater)))
		must(t, err)
		if !slices.Equal(reasons(outcomes), []string{"", "not_pending", "not_pending", "not_pending"}) {
			t.Errorf("%q", reasons(outcomes))
		}
		if _, err := h.FindInviteByToken(h.ctx(), h.InviteToken(noor.ID, noor.Generation)); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("shows %v", err)
		}
		if _, _, err := h.accept(noor); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("lets in: %v", err)
		}
	})
}

// INV-12: one address has one offer, however it is written.
func TestInvitedTwice(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		m, err := h.CreateInvite(h.ctx(), dana, draft("twice@brightwater.example"))
		must(t, err)
		before := h.written()
		for _, typed := range []string{"twice@brightwater.example", "Twice@Brightwater.Example", " TWICE@brightwater.example "} {
			if _, err := h.CreateInvite(h.ctx(), dana, draft(typed)); reason(err) != "problems: email: already_invited" {
				t.Errorf("%q: %v", typed, err)
			}
		}
		for email, code := range map[string]string{store.Owen: "already_in", store.Aisha: "already_in_disabled"} {
			if _, err := h.CreateInvite(h.ctx(), dana, draft(email)); reason(err) != "problems: email: "+code {
				t.Errorf("%s: %v", email, err)
			}
		}
		if h.written() != before || len(h.owed(m, domain.InviteMail)) != 1 {
			t.Error("something was written")
		}
		// PRIV-20: of an address outside their sites a site admin learns no more than that it cannot be.
		must(t, h.Exec(h.ctx(), "update accounts set site_admins_invite = 1 where slug <> 'twin'"))
		ingrid, hpt := h.at(store.Ingrid, store.Brightwater), h.site(store.Brightwater, "HPT")
		for _, email := range []string{store.Yuki, store.Kelly, store.Tom} {
			d := draft(email)
			d.Scope = []string{hpt}
			if _, err := h.CreateInvite(h.ctx(), ingrid, d); reason(err) != "problems: email: email_beyond" {
				t.Errorf("%s: %v", email, err)
			}
		}
	})
}

// INV-14: an account sends so many invites in an hour and no more; a bulk resend over the limit sends none.
func TestHourlyLimit(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t, engine, func(c *store.Config) { c.Limits.SendsPerHour = 3 })
			dana, lars := h.at(store.Dana, store.Brightwater), h.at(store.Lars, store.Larkspur)
			noor, kelly, tom := h.row(store.Noor, store.Brightwater), h.row(store.Kelly, store.Brightwater), h.row(store.Tom, store.Brightwater)
			_, err := h.CreateInvite(h.ctx(), dana, draft("one@brightwater.example"))
			must(t, err)
			before := h.written()
			var wait *domain.Wait
			if _, err := h.Store.Resend(h.ctx(), dana, chosen(noor, kelly, tom)); !errors.As(err, &wait) || wait.For != time.Hour {
				t.Errorf("three more at once: %v", err)
			}
			preview := chosen(noor, kelly, tom)
			preview.Preview = true
			if _, err := h.Store.Resend(h.ctx(), dana, preview); !errors.Is(err, domain.ErrTooMany) {
				t.Errorf("the preview: %v", err)
			}
			if h.written() != before {
				t.Error("something was written")
			}
			_, err = h.Store.Resend(h.ctx(), dana, chosen(noor, kelly))
			must(t, err)
			if _, err := h.CreateInvite(h.ctx(), dana, draft("four@brightwater.example")); !errors.Is(err, domain.ErrTooMany) {
				t.Errorf("the fourth: %v", err)
			}
			if _, err := h.CreateInvite(h.ctx(), lars, draft("one@larkspur.example")); err != nil {
				t.Errorf("another company: %v", err)
			}
			h.clock.Advance(time.Hour)
			if _, err := h.CreateInvite(h.ctx(), dana, draft("four@brightwater.example")); err != nil {
				t.Errorf("an hour later: %v", err)
			}
		})
	}
}

// Correct replaces the offer in one step, over the version its form was filled in on (RACE-12).
func TestCorrect(t *testing.T) {
	inHouse(t, func(h house) {
		dana, noor := h.at(store.Dana, store.Brightwater), h.row(store.Noor, store.Brightwater)
		d := noor.Draft(dana.User.Zone())
		d.Role, d.Scope, d.Email = "user", []string{h.site(store.Brightwater, "KRO")}, ""
		for _, version := range []string{"", "0", "-1", "x", fmt.Sprint(noor.Version + 1)} {
			d.Version = version
			if _, err := h.Correct(h.ctx(), dana, noor.ID, d); !errors.Is(err, domain.ErrStale) {
				t.Errorf("version %q: %v", version, err)
			}
		}
		d.Version = fmt.Sprint(noor.Version)
		bad := d
		bad.Phone, bad.Email = "555", "another@brightwater.example"
		if _, err := h.Correct(h.ctx(), dana, noor.ID, bad); reason(err) != "problems: phone: phone_us" {
			t.Errorf("%v", err)
		}
		bad.Phone = ""
		if _, err := h.Correct(h.ctx(), dana, noor.ID, bad); reason(err) != "problems: email: email_fixed" {
			t.Errorf("%v", err)
		}
		m, err := h.Correct(h.ctx(), dana, noor.ID, d)
		must(t, err)
		if m.Role != domain.RoleUser || m.Generation != noor.Generation+1 || h.told(noor, domain.InviteCorrected) != 1 {
			t.Errorf("%+v", m)
		}
		if _, _, err := h.AcceptInvite(h.ctx(), h.InviteToken(noor.ID, noor.Generation), aboutMe, "hash", ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old link lets in: %v", err)
		}
		_, in, err := h.accept(m)
		if err != nil || in.Role != domain.RoleUser {
			t.Errorf("%s, %v", in.Role, err)
		}
	})
}

// INV-22: the counter of the tab is what the rows say, after each change.
func TestOpenInvitesAreCounted(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		check := func(after string) {
			t.Helper()
			truth := h.number(`select count(*) from memberships where account_id = $1 and kind = 'user' and accepted_at = 0 and declined_at = 0
				and revoked_at = 0 and removed_at = 0 and expires_at > $2 and (ends_at = 0 or ends_at > $2)`, dana.Account.ID, h.clock.Now().UnixMicro())
			n, err := h.OpenInvites(h.ctx(), dana)
			must(t, err)
			if n.More || int64(n.N) != truth || truth == 0 {
				t.Errorf("after %s: %+v, the rows say %d", after, n, truth)
			}
		}
		check("nothing")
		m, err := h.CreateInvite(h.ctx(), dana, draft("counted@brightwater.example"))
		must(t, err)
		check("invite")
		_, err = h.Revoke(h.ctx(), dana, chosen(m))
		must(t, err)
		check("revoke")
		_, err = h.Store.Resend(h.ctx(), dana, chosen(m, h.row(store.Stefan, store.Brightwater)))
		must(t, err)
		check("resend")
		_, _, err = h.accept(h.row(m.Email, store.Brightwater))
		must(t, err)
		check("accept")
		h.clock.Advance(24 * time.Hour)
		check("a day")
		_, err = h.ExpireDue(h.ctx(), 100)
		must(t, err)
		check("the clock's round")
	})
}
