package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// INV-18: when a partner suspends an account, everything in it stops with the next request: its people in every role, its
// guests and those it has invited, links, what is under way in files, reminders, mails that wait, reports of devices. When
// it goes on, who was in is in again.
func TestINV18_ASuspendedAccountStands(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		marisol, dana, jonas := h.at(store.Marisol, store.Northgate), h.at(store.Dana, store.Brightwater), h.at(store.Jonas, store.Brightwater)
		guest := h.guest(dana, h.guestDraft(store.Lars, store.Brightwater, "HPT"))
		asked, err := h.InviteGuest(h.ctx(), dana, h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		must(t, err)
		bound := h.enter(store.Lars, guest)
		device := deviceOf(t, h.Store, jonas, h.site(store.Brightwater, "HPT"), "GH-MTR-20C4-1187")
		noor := h.row(store.Noor, store.Brightwater)
		link := h.InviteToken(noor.ID, noor.Generation)
		i := prepare(t, h.Store, dana, importFile(30))
		confirm(t, h.Store, dana, i.ID)
		_, err = h.Store.Resend(h.ctx(), dana, chosen(noor))
		must(t, err)
		noor = h.row(store.Noor, store.Brightwater)
		waiting := h.waiting(noor, domain.InviteMail)
		_, session := h.signIn(store.Dana)
		_, guests := h.signIn(store.Lars)

		closed, err := h.SuspendClient(h.ctx(), marisol, dana.Account.ID)
		if err != nil || closed.SuspendedBy != "Northgate Integrators" || !closed.SuspendedAt.Equal(h.clock.Now()) {
			t.Fatalf("%+v, %v", closed, err)
		}
		if _, err := h.SuspendClient(h.ctx(), marisol, dana.Account.ID); reason(err) != "client_suspended" {
			t.Errorf("again: %v", err)
		}
		for _, slug := range []string{store.Northgate, store.Brightwater} {
			if got := h.kindsOf(slug, dana.Account.ID); len(got) == 0 || got[0] != "account.suspended" {
				t.Errorf("the history of %s: %v", slug, got)
			}
		}

		cora, lars := h.known(store.Cora), h.known(store.Lars)
		by, err := h.Actor(h.ctx(), session, store.Brightwater, "")
		if !errors.Is(err, domain.ErrAccountSuspended) || by.Account.SuspendedBy != "Northgate Integrators" {
			t.Errorf("its Admin: %v, by %q", err, by.Account.SuspendedBy)
		}
		if _, err := h.GuestActor(h.ctx(), bound, ""); !errors.Is(err, domain.ErrAccountSuspended) {
			t.Errorf("its guest: %v", err)
		}
		before := h.written()
		for what, err := range map[string]error{
			"an invite by its Admin": failed(h.CreateInvite(h.ctx(), dana, draft("late@brightwater.example"))),
			"a site":                 failed(h.CreateSite(h.ctx(), dana, domain.SiteDraft{Name: "Late"})),
			"a report of a device":   failed(h.ReportDevice(h.ctx(), jonas, device.ID, "-60")),
			"a guest enters":         failed(h.EnterCompany(h.ctx(), lars, guests, "x", guest.ID, "")),
			"a guest accepts":        failed(h.AnswerCompany(h.ctx(), cora, asked.ID, true, "")),
			"a link is opened":       failed(h.FindInviteByToken(h.ctx(), h.InviteToken(noor.ID, noor.Generation))),
			"a link from before":     failed(h.FindInviteByToken(h.ctx(), link)),
			"an acceptance":          failed(h.AcceptInviteAs(h.ctx(), h.known(store.Rosa).ID, h.InviteToken(noor.ID, noor.Generation), "")),
			"a colleague is invited": failed(h.InviteColleague(h.ctx(), marisol, dana.Account.ID, domain.ColleagueDraft{Colleague: store.Devon, Role: "user", Site: h.site(store.Brightwater, "HPT")})),
			"a partner's site":       failed(h.CreateClientSite(h.ctx(), marisol, dana.Account.ID, domain.SiteDraft{Name: "Late"})),
			"security, lowered":      failed(h.LowerNotifications(h.ctx(), jonas.User, jonas.Membership, "", "")),
		} {
			if err == nil {
				t.Errorf("%s: goes on", what)
			}
		}
		if h.written() != before {
			t.Error("something was written")
		}
		for _, mail := range waiting {
			if h.superseded(mail) == "" {
				t.Error("a mail that waited goes out")
			}
		}
		if len(waiting) == 0 {
			t.Error("no mail waited")
		}
		runImport(t, h.Store)
		if n := h.number("select count(*) from memberships where email like 'import%'"); n != 0 {
			t.Errorf("%d invites of the file went out", n)
		}
		reminders := h.number("select count(*) from deliveries where kind = 'invite_reminder' and account_id = $1", dana.Account.ID)
		h.clock.Advance(50 * time.Hour)
		_, err = h.RemindDue(h.ctx(), 1000)
		must(t, err)
		if n := h.number("select count(*) from deliveries where kind = 'invite_reminder' and account_id = $1", dana.Account.ID); n != reminders {
			t.Errorf("%d reminders went out", n-reminders)
		}

		open, err := h.ResumeClient(h.ctx(), h.at(store.Marisol, store.Northgate), dana.Account.ID)
		if err != nil || open.State() != domain.AccountActive || open.SuspendedBy != "" {
			t.Fatalf("%+v, %v", open, err)
		}
		if _, err := h.FindInviteByToken(h.ctx(), h.InviteToken(noor.ID, noor.Generation)); err != nil {
			t.Errorf("its links afterwards: %v", err)
		}
		storetest.As(t, h.Store, store.Dana, store.Brightwater)
		if got := h.kindsOf(store.Brightwater, dana.Account.ID); got[0] != "account.resumed" {
			t.Errorf("%v", got)
		}
	})
}

// Who may not suspend does not: an Operator, an Observer, the account's own Admin, another partner.
func TestSuspendClientRefused(t *testing.T) {
	inHouse(t, func(h house) {
		cobalt, err := h.AccountBySlug(h.ctx(), store.Cobalt)
		must(t, err)
		before := h.written()
		for name, c := range map[string]struct {
			by   domain.Actor
			want error
		}{
			"operator": {h.at(store.Devon, store.Northgate), domain.ErrForbidden}, "observer": {h.at(store.Sanjay, store.Northgate), domain.ErrForbidden},
			"its own Admin": {h.at(store.Cora, store.Cobalt), domain.ErrNotFound}, "another partner": {h.at(store.Petra, store.Stonecrop), domain.ErrNotFound},
		} {
			if _, err := h.SuspendClient(h.ctx(), c.by, cobalt.ID); !errors.Is(err, c.want) {
				t.Errorf("%s suspends: %v", name, err)
			}
			if _, err := h.ResumeClient(h.ctx(), c.by, cobalt.ID); !errors.Is(err, c.want) {
				t.Errorf("%s resumes: %v", name, err)
			}
		}
		if h.written() != before {
			t.Error("something was written")
		}
	})
}

// RACE-08 for accounts: of a suspension and an acceptance at once each has its answer, and whatever came first, nobody is in
// the account after the suspension.
func TestRACE08_SuspendAgainstAccept(t *testing.T) {
	inHouse(t, func(h house) {
		nora, dana := h.at(store.Nora, store.Northgate), h.at(store.Dana, store.Brightwater)
		for round := range rounds(t, 20) {
			m, err := h.CreateInvite(h.ctx(), dana, draft(fmt.Sprintf("late%d@brightwater.example", round)))
			must(t, err)
			u, session := h.known(m.Email), ""
			_, session = h.signIn(u.Email)
			var accepted, suspended error
			together(
				func() { _, accepted = h.AcceptInviteAs(h.ctx(), u.ID, h.InviteToken(m.ID, m.Generation), "") },
				func() { _, suspended = h.SuspendClient(h.ctx(), nora, dana.Account.ID) },
			)
			must(t, suspended)
			row := h.row(m.Email, store.Brightwater)
			if accepted != nil && !errors.Is(accepted, domain.ErrNotFound) || (accepted == nil) == row.AcceptedAt.IsZero() {
				t.Fatalf("round %d: accepted %v, the row %+v", round, accepted, row)
			}
			if _, err := h.Actor(h.ctx(), session, store.Brightwater, ""); err == nil {
				t.Fatalf("round %d: in after the suspension", round)
			}
			if _, err := h.AcceptInviteAs(h.ctx(), u.ID, h.InviteToken(m.ID, m.Generation), ""); !errors.Is(err, domain.ErrNotFound) {
				t.Fatalf("round %d: the link afterwards: %v", round, err)
			}
			_, err = h.ResumeClient(h.ctx(), nora, dana.Account.ID)
			must(t, err)
		}
	})
}

// C14, TEN-18: a freshly accepted administrator of the partner is in no account and at no site of its customers; the invite
// to a site lets them in there, and to that site alone. Its Admins see it and can revoke it.
func TestTEN18_AColleagueIsInvitedToASite(t *testing.T) {
	inHouse(t, func(h house) {
		marisol, dana := h.at(store.Marisol, store.Northgate), h.at(store.Dana, store.Brightwater)
		brightwater, harbor := dana.Account.ID, h.site(store.Brightwater, "HPT")
		fresh, err := h.CreateInvite(h.ctx(), marisol, domain.InviteDraft{FirstName: "Femke", LastName: "Bos", Email: "femke.bos@northgate.example", Role: "operator", Scope: []string{"account"}, Language: "en"})
		must(t, err)
		d := domain.ColleagueDraft{Colleague: fresh.Email, Role: "deployer", Site: harbor}
		if _, err := h.InviteColleague(h.ctx(), marisol, brightwater, d); reason(err) != "problems: colleague: colleague_unknown" {
			t.Errorf("who has not accepted yet: %v", err)
		}
		u, _, err := h.accept(fresh)
		must(t, err)
		_, session := h.signIn(u.Email)
		for _, slug := range []string{store.Brightwater, store.Cobalt, store.Larkspur} {
			if _, err := h.Actor(h.ctx(), session, slug, ""); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("in %s before an invite there: %v", slug, err)
			}
		}
		for name, by := range map[string]domain.Actor{"operator": h.at(store.Devon, store.Northgate), "observer": h.at(store.Sanjay, store.Northgate)} {
			if _, err := h.InviteColleague(h.ctx(), by, brightwater, d); !errors.Is(err, domain.ErrForbidden) {
				t.Errorf("%s invites: %v", name, err)
			}
		}
		m, err := h.InviteColleague(h.ctx(), marisol, brightwater, d)
		must(t, err)
		seen, err := h.Invite(h.ctx(), dana, m.ID)
		if err != nil || seen.Scope.String() != harbor || seen.Role != domain.RoleDeployer || seen.InviterName != "Marisol Vega" {
			t.Errorf("the account's Admin sees %+v, %v", seen, err)
		}
		if got := h.kindsOf(store.Northgate, brightwater); got[0] != "account.colleague_invited" || !slices.Equal(h.kindsOf(store.Brightwater, m.ID), []string{"invite.sent"}) {
			t.Errorf("told %v", got)
		}
		if to := h.owed(m, domain.InviteMail); !slices.Equal(to, []string{fresh.Email}) {
			t.Errorf("mailed %v", to)
		}
		if _, err := h.InviteColleague(h.ctx(), marisol, brightwater, d); reason(err) != "problems: colleague: colleague_taken" {
			t.Errorf("twice: %v", err)
		}
		_, err = h.AcceptInviteAs(h.ctx(), u.ID, h.InviteToken(m.ID, m.Generation), "")
		must(t, err)
		in := storetest.As(t, h.Store, u.Email, store.Brightwater)
		if in.Scope.String() != harbor || !in.Can(domain.Deploy) {
			t.Errorf("%+v", in)
		}
		if _, err := h.Site(h.ctx(), in, h.site(store.Brightwater, "RCS")); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("another site: %v", err)
		}
		// What the account ended, its partner does not begin again.
		must(t, first(h.Store.Remove(h.ctx(), dana, chosen(m))))
		if _, err := h.InviteColleague(h.ctx(), marisol, brightwater, d); reason(err) != "problems: colleague: colleague_taken" {
			t.Errorf("who was removed: %v", err)
		}
		d.Colleague = store.Devon
		m, err = h.InviteColleague(h.ctx(), marisol, brightwater, d)
		must(t, err)
		must(t, first(h.Store.Revoke(h.ctx(), dana, chosen(m))))
		if _, err := h.FindInviteByToken(h.ctx(), h.InviteToken(m.ID, m.Generation)); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the link of a revoked invite: %v", err)
		}
		if _, err := h.InviteColleague(h.ctx(), marisol, brightwater, d); reason(err) != "problems: colleague: colleague_taken" {
			t.Errorf("whose invite was revoked: %v", err)
		}
	})
}

// PRIV-09, PRIV-12's sibling: the allowed domains of the account hold for its partner's people, at the offer and at the
// acceptance; and who sent it must still be somebody who could.
func TestPRIV12_ColleaguesAreCheckedAgain(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport() // else they are exempt
		marisol, nora, dana := h.at(store.Marisol, store.Northgate), h.at(store.Nora, store.Northgate), h.at(store.Dana, store.Brightwater)
		d := domain.ColleagueDraft{Colleague: store.Devon, Role: "user", Site: h.site(store.Brightwater, "HPT")}
		m, err := h.InviteColleague(h.ctx(), marisol, dana.Account.ID, d)
		must(t, err)
		find := func() error { return failed(h.FindInviteByToken(h.ctx(), h.InviteToken(m.ID, m.Generation))) }
		must(t, find())
		must(t, h.Exec(h.ctx(), "update accounts set allowed_domains = 'brightwater.example' where id = $1", dana.Account.ID))
		if err := find(); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("outside the allowed domains by now: %v", err)
		}
		d.Colleague = store.Sanjay
		if _, err := h.InviteColleague(h.ctx(), marisol, dana.Account.ID, d); reason(err) != "problems: colleague: domain_outside" {
			t.Errorf("outside: %v", err)
		}
		must(t, h.Exec(h.ctx(), "update accounts set allowed_domains = 'brightwater.example northgate.example' where id = $1", dana.Account.ID))
		must(t, find())
		_, err = h.ChangeRoles(h.ctx(), nora, store.Chosen{IDs: []string{marisol.Membership}}, "operator")
		must(t, err)
		if err := find(); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("sent by somebody who is an Operator now: %v", err)
		}
		_, err = h.ChangeRoles(h.ctx(), nora, store.Chosen{IDs: []string{marisol.Membership}}, "partner-admin")
		must(t, err)
		must(t, find())
		must(t, h.Suspend1(nora, h.row(store.Devon, store.Northgate).ID))
		if err := find(); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("to a colleague who is locked now: %v", err)
		}
	})
}

// first is the error of a change to one row, whichever it is.
func first(outcomes []store.Outcome, err error) error {
	if err != nil {
		return err
	}
	return outcomes[0].Err
}
