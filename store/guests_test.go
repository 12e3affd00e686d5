package store_test

import (
	"context"
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

const (
	maintenance = domain.RoleID("role-maintenance")
	readOnly    = domain.RoleID("role-read-only")
)

// hostRoles gives an account two roles of its own to give guests, and sends those of the demo away.
func (h house) hostRoles(slug string) {
	h.t.Helper()
	storetest.Exec(h.t, h.Store, "update memberships set removed_at = 1 where kind = 'guest' and account_id = (select id from accounts where slug = $1)", slug)
	const sql = "insert into roles (id, account_id, name, name_key, privileges, created_at, version) select $1, id, $2, $2, $3, 1, 1 from accounts where slug = $4"
	storetest.Exec(h.t, h.Store, sql, string(maintenance)+slug, "maintenance of "+slug, "view-devices export-devices configure-devices", slug)
	storetest.Exec(h.t, h.Store, sql, string(readOnly)+slug, "read only of "+slug, "view-devices", slug)
}

// guestDraft is a guest at one site with two privileges.
func (h house) guestDraft(email, slug, code string) domain.GuestDraft {
	return domain.GuestDraft{
		Email: email, Company: "Novak HVAC", Role: string(maintenance) + slug, Active: "on", Workspace: string(domain.GroupsAndDevices),
		May: []string{"view-devices", "export-devices"}, Places: []string{h.site(slug, code)},
	}
}

// guest invites somebody and lets them accept.
func (h house) guest(by domain.Actor, d domain.GuestDraft) domain.Membership {
	h.t.Helper()
	m, err := h.InviteGuest(h.ctx(), by, d)
	must(h.t, err)
	u, err := h.PersonByEmail(h.ctx(), d.Email)
	must(h.t, err)
	m, err = h.AnswerCompany(h.ctx(), u, m.ID, true, "203.0.113.9")
	must(h.t, err)
	return m
}

// signIn is a session of somebody, by its hash.
func (h house) signIn(email string) (domain.User, string) {
	h.t.Helper()
	u, err := h.PersonByEmail(h.ctx(), email)
	must(h.t, err)
	hash := store.HashSecret(store.NewSecret())
	_, err = h.StartSession(h.ctx(), u, "", store.Start{Hash: hash})
	must(h.t, err)
	return u, hash
}

// enter takes somebody into the company of a guest membership, in a new session.
func (h house) enter(email string, m domain.Membership) string {
	h.t.Helper()
	u, hash := h.signIn(email)
	bound := store.HashSecret(store.NewSecret())
	_, err := h.EnterCompany(h.ctx(), u, hash, bound, m.ID, "203.0.113.9")
	must(h.t, err)
	return bound
}

func wantErr(t *testing.T, what string, err, is error) {
	t.Helper()
	if !errors.Is(err, is) {
		t.Errorf("%s: %v, want %v", what, err, is)
	}
}

// GST-01: the host's answer, the row and its history are the same whether the address has an account or not; only the
// mail differs, and only the address's own account can answer.
func TestGST01_InviteTellsNothingOfAccounts(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		var told []string
		for _, email := range []string{store.Cora, "nobody.yet@novak.example"} {
			m, err := h.InviteGuest(h.ctx(), dana, h.guestDraft(email, store.Brightwater, "HPT"))
			must(t, err)
			if to := h.owed(m, domain.InviteMail); !slices.Equal(to, []string{email}) {
				t.Errorf("%s: mails to %v", email, to)
			}
			told = append(told, h.toldOf(m))
		}
		if told[0] != told[1] {
			t.Errorf("the host can tell who has an account:\n%s\n%s", told[0], told[1])
		}
		unknown := h.row("nobody.yet@novak.example", store.Brightwater)
		token := h.InviteToken(unknown.ID, unknown.Generation)
		// The link of an invite to staff makes nobody a guest's account.
		noor := h.row(store.Noor, store.Brightwater)
		_, err := h.JoinAsGuest(h.ctx(), h.InviteToken(noor.ID, noor.Generation), aboutMe, "hash")
		wantErr(t, "the link of an invite to staff", err, domain.ErrNotFound)
		// The link lets nobody in by itself.
		_, _, err = h.AcceptInvite(h.ctx(), token, aboutMe, "hash", "203.0.113.9")
		wantErr(t, "accepting by the link", err, domain.ErrNotFound)
		u, err := h.JoinAsGuest(h.ctx(), token, aboutMe, "hash")
		must(t, err)
		if u.Email != unknown.Email {
			t.Errorf("the account is %s", u.Email)
		}
		if h.row(unknown.Email, store.Brightwater).State(h.clock.Now()) != domain.StatePending {
			t.Error("making an account has answered the invitation")
		}
		// Somebody else's invitation is as none.
		cora, err := h.PersonByEmail(h.ctx(), store.Cora)
		must(t, err)
		_, err = h.AnswerCompany(h.ctx(), cora, unknown.ID, true, "")
		wantErr(t, "answering for somebody else", err, domain.ErrNotFound)
		if h.CopyLinkOf(dana, unknown.ID) == nil {
			t.Error("the host was given the guest's link")
		}
	})
}

// toldOf is all that a host is told of a guest: the row as it stands, and the whole history of it, without what is the
// address's and the ids.
func (h house) toldOf(m domain.Membership) string {
	h.t.Helper()
	events, err := h.Texts(h.ctx(), "select kind || ' ' || subject_name || ' ' || actor_name || ' ' || before_json || ' ' || after_json || ' ' || at from events where subject_id = $1 order by id", m.ID)
	must(h.t, err)
	if len(events) == 0 {
		h.t.Errorf("nothing is written down of %s", m.Email)
	}
	row, err := h.ReadMembership(h.ctx(), m.ID)
	must(h.t, err)
	email := row.Email
	row.ID, row.Email = "", "·"
	return strings.ReplaceAll(fmt.Sprintf("%+v\n%s", row, strings.Join(events, "\n")), email, "·")
}

// CopyLinkOf tries to take an invite's link.
func (h house) CopyLinkOf(by domain.Actor, id string) error {
	_, err := h.CopyLink(h.ctx(), by, id)
	return err
}

// GST-02: access only when the host says Active and the guest has validated; asked anew on every request.
func TestGST02_GuestNeedsActiveAndValidated(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		for _, active := range []string{"on", ""} {
			for _, validated := range []bool{true, false} {
				d := h.guestDraft(store.Cora, store.Brightwater, "HPT")
				d.Active = active
				m, err := h.InviteGuest(h.ctx(), dana, d)
				must(t, err)
				u, hash := h.signIn(store.Cora)
				if validated {
					_, err = h.AnswerCompany(h.ctx(), u, m.ID, true, "")
					must(t, err)
				}
				_, err = h.EnterCompany(h.ctx(), u, hash, "bound"+m.ID, m.ID, "")
				if open := active == "on" && validated; (err == nil) != open {
					t.Errorf("active %q, validated %v: %v", active, validated, err)
				}
				_, err = h.RemoveGuests(h.ctx(), dana, store.Chosen{IDs: []string{m.ID}})
				must(t, err)
			}
		}
	})
}

// GST-07: a session in the host company reaches that company and nothing of the guest's own, and the other way round;
// it comes back by returning, or with another session.
func TestGST07_SessionReachesOneCompany(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		m := h.guest(h.at(store.Dana, store.Brightwater), h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		u, home := h.signIn(store.Cora)
		_, err := h.Actor(h.ctx(), home, store.Brightwater, "")
		wantErr(t, "the host company from home", err, domain.ErrNotFound)
		bound := h.enter(store.Cora, m)
		by, err := h.Actor(h.ctx(), bound, store.Brightwater, "")
		must(t, err)
		if by.Kind != domain.KindGuest || by.Membership != m.ID || !by.Can(domain.ViewDevices) || by.Can(domain.ConfigureDevices) || by.Can(domain.ViewUsers) {
			t.Errorf("in the host company: %+v", by)
		}
		if at := by.Reach(domain.ViewDevices); !at.Equal(domain.Sites(by.Account.ID, h.site(store.Brightwater, "HPT"))) {
			t.Errorf("reaches %s", at)
		}
		_, err = h.Actor(h.ctx(), bound, store.Cobalt, "")
		wantErr(t, "the own company while a guest", err, domain.ErrNotFound)
		must(t, h.ReturnHome(h.ctx(), u, bound, "returned"+m.ID, ""))
		_, err = h.Actor(h.ctx(), bound, store.Brightwater, "")
		wantErr(t, "the old secret", err, domain.ErrNotFound)
		_, err = h.Actor(h.ctx(), "returned"+m.ID, store.Brightwater, "")
		wantErr(t, "the host company after returning", err, domain.ErrNotFound)
		_, err = h.Actor(h.ctx(), "returned"+m.ID, store.Cobalt, "")
		must(t, err)
		if h.told(m, domain.GuestEntered) != 1 || h.told(m, domain.GuestReturned) != 1 || h.row(store.Cora, store.Brightwater).LastSignInAt.IsZero() {
			t.Error("the visit is not written down")
		}
	})
}

// GST-08: what the host switches off, ends or removes, and what the guest leaves, is over with the next request: pages,
// exports, and a change by who was in a moment ago. A mail still waiting does not go out. (The guest's only tokens are the
// session and the invitation's link, next test.)
func TestGST08_AccessEndsAtOnce(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		ways := map[string]func(domain.Membership) error{
			"inactive": func(m domain.Membership) error {
				_, err := h.SetGuestsActive(h.ctx(), dana, store.Chosen{IDs: []string{m.ID}}, false)
				return err
			},
			"removed": func(m domain.Membership) error {
				_, err := h.RemoveGuests(h.ctx(), dana, store.Chosen{IDs: []string{m.ID}})
				return err
			},
			"left": func(m domain.Membership) error {
				u, err := h.PersonByEmail(h.ctx(), store.Cora)
				must(t, err)
				_, err = h.LeaveCompany(h.ctx(), u, m.ID, "")
				return err
			},
			"ended": func(m domain.Membership) error {
				storetest.Exec(t, h.Store, "update memberships set ends_at = $1 where id = $2", store.Micros(h.clock.Now())-1, m.ID)
				return nil
			},
			"the company suspended": func(domain.Membership) error {
				storetest.Exec(t, h.Store, "update accounts set suspended_at = 1 where slug = $1", store.Brightwater)
				return nil
			},
		}
		for _, how := range []string{"inactive", "removed", "left", "ended", "the company suspended"} {
			h.forget(store.Cora)
			d := h.guestDraft(store.Cora, store.Brightwater, "HPT")
			d.May, d.EndsOn = []string{"view-devices", "configure-devices"}, domain.LastDay(h.clock.Now().Add(3*24*time.Hour), dana.User.Zone())
			m := h.guest(dana, d)
			_, err := h.TellGuestEnds(h.ctx(), 100)
			must(t, err)
			waiting := h.waiting(m, domain.GuestEndingMail)
			if len(waiting) != 2 {
				t.Fatalf("%s: %d mails about the end wait, want the guest's and the sponsor's", how, len(waiting))
			}
			for _, mail := range waiting {
				if why := h.superseded(mail); why != "" {
					t.Errorf("%s: the mail about the end was stopped before: %s", how, why)
				}
			}
			bound := h.enter(store.Cora, m)
			by, err := h.Actor(h.ctx(), bound, store.Brightwater, "")
			must(t, err)
			device := deviceOf(t, h.Store, by, h.site(store.Brightwater, "HPT"), "GH-MTR-20C4-1187")
			must(t, ways[how](m))
			if _, err := h.Actor(h.ctx(), bound, store.Brightwater, ""); err == nil {
				t.Errorf("%s: still in", how)
			}
			if _, err := h.SaveDevice(h.ctx(), by, device.ID, device.Version, domain.LabelsDraft{Label: "mine"}); err == nil {
				t.Errorf("%s: a form that was open is still taken", how)
			}
			for _, mail := range waiting {
				if h.superseded(mail) == "" {
					t.Errorf("%s: %s is still told of the end", how, mail.To)
				}
			}
		}
	})
}

// A withdrawn or removed invitation is dead: its mail does not go out and its link makes no account.
func TestGST08_AWithdrawnInvitationIsDead(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		for how, end := range map[string]func(context.Context, domain.Actor, store.Chosen) ([]store.Outcome, error){"withdrawn": h.RevokeGuests, "removed": h.RemoveGuests} {
			m, err := h.InviteGuest(h.ctx(), dana, h.guestDraft(how+"@novak.example", store.Brightwater, "HPT"))
			must(t, err)
			waiting := h.waiting(m, domain.InviteMail)
			if len(waiting) != 1 || h.superseded(waiting[0]) != "" {
				t.Fatalf("%s: %d invitations wait", how, len(waiting))
			}
			before := h.InviteToken(m.ID, m.Generation)
			_, err = h.ResendGuests(h.ctx(), dana, store.Chosen{IDs: []string{m.ID}})
			must(t, err)
			_, err = h.JoinAsGuest(h.ctx(), before, aboutMe, "hash")
			wantErr(t, how+": the link of an earlier mail", err, domain.ErrNotFound)
			m = h.row(m.Email, store.Brightwater)
			waiting = h.waiting(m, domain.InviteMail)
			_, err = end(h.ctx(), dana, store.Chosen{IDs: []string{m.ID}})
			must(t, err)
			if h.superseded(waiting[0]) == "" {
				t.Errorf("%s: the invitation is still sent", how)
			}
			_, err = h.JoinAsGuest(h.ctx(), h.InviteToken(m.ID, m.Generation), aboutMe, "hash")
			wantErr(t, how+": the link", err, domain.ErrNotFound)
		}
	})
}

// waiting are the messages about a guest that a worker has claimed and not sent yet.
func (h house) waiting(m domain.Membership, kind domain.DeliveryKind) []domain.Delivery {
	h.t.Helper()
	return slices.DeleteFunc(claim(h.t, h.Store, "w", 1000), func(d domain.Delivery) bool { return d.MembershipID != m.ID || d.Kind != kind })
}

// superseded is why a message is not sent any more.
func (h house) superseded(d domain.Delivery) string { return message(h.t, h.Store, d).Superseded }

// forget removes somebody's guest rows beside the store.
func (h house) forget(email string) {
	storetest.Exec(h.t, h.Store, "update memberships set removed_at = 1 where kind = 'guest' and email = $1", email)
}

// TEN-04: a place of another company is given to no guest, and is refused as one that never was.
func TestTEN04_GuestsGetNoForeignPlaces(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		own := h.site(store.Brightwater, "HPT")
		groups, err := h.Groups(h.ctx(), dana, own)
		must(t, err)
		ask := func(path string) (string, error) {
			d := h.guestDraft("foreign@novak.example", store.Brightwater, "HPT")
			d.Places = []string{path}
			_, err := h.InviteGuest(h.ctx(), dana, d)
			return reason(err), err
		}
		group := groups[0].Node()
		made := group
		made.Group = store.NewID()
		nowhere := map[bool]string{}
		for deep, path := range map[bool]string{false: store.NewID(), true: made.Path()} {
			told, err := ask(path)
			if nowhere[deep] = told; err == nil {
				t.Fatalf("%s, which never was, was given", path)
			}
		}
		before := h.written()
		twin := group
		twin.Site, twin.Group = storetest.TwinID(group.Site), storetest.TwinID(group.Group)
		mixed := group
		mixed.Group = twin.Group
		for path, deep := range map[string]bool{h.site(store.Larkspur, store.Canary+"1"): false, storetest.TwinID(own): false, twin.Path(): true, mixed.Path(): true} {
			if told, _ := ask(path); told != nowhere[deep] {
				t.Errorf("%s: %q, and %q of one that never was", path, told, nowhere[deep])
			}
		}
		if h.written() != before {
			t.Error("something was written")
		}
		if _, err := ask(group.Path()); err != nil {
			t.Errorf("a group of one's own: %v", err)
		}
	})
}

// GST-10: a guest of two companies finds nothing of the one in the other.
func TestGST10_GuestOfTwoCompanies(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		h.hostRoles(store.Cobalt)
		lars := store.Lars
		one := h.guest(h.at(store.Dana, store.Brightwater), h.guestDraft(lars, store.Brightwater, "HPT"))
		two := h.guest(h.at(store.Cora, store.Cobalt), h.guestDraft(lars, store.Cobalt, "GSW"))
		in := h.enter(lars, one)
		by, err := h.Actor(h.ctx(), in, store.Brightwater, "")
		must(t, err)
		_, err = h.Actor(h.ctx(), in, store.Cobalt, "")
		wantErr(t, "the other host", err, domain.ErrNotFound)
		_, err = h.Site(h.ctx(), by, h.site(store.Cobalt, "GSW"))
		wantErr(t, "a site of the other host", err, domain.ErrNotFound)
		_, err = h.Site(h.ctx(), by, h.site(store.Brightwater, "ESP"))
		wantErr(t, "a site beside", err, domain.ErrNotFound)
		_, err = h.Guest(h.ctx(), h.at(store.Dana, store.Brightwater), two.ID)
		wantErr(t, "the other host's guest", err, domain.ErrNotFound)
		_, err = h.SetGuestsActive(h.ctx(), h.at(store.Dana, store.Brightwater), store.Chosen{IDs: []string{two.ID}}, false)
		wantErr(t, "changing the other host's guest", err, domain.ErrNotFound)
		_, err = h.Suspend(h.ctx(), h.at(store.Dana, store.Brightwater), store.Chosen{IDs: []string{one.ID}})
		wantErr(t, "a guest among the users", err, domain.ErrNotFound)
		// Who goes home has left the company they were in, and that one's history says so.
		for _, m := range []domain.Membership{two, one} {
			in = h.enter(lars, m)
			must(t, h.ReturnHome(h.ctx(), h.at(lars, store.Larkspur).User, in, in, ""))
		}
		for _, m := range []domain.Membership{one, two} {
			if n := h.told(m, domain.GuestReturned); n != 1 {
				t.Errorf("the history of %s tells %d times that he left", m.AccountID, n)
			}
		}
	})
}

// GST-11: who is locked or removed at home is a guest nowhere, and comes in again with the own place.
func TestGST11_LockedAtHome(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		m := h.guest(h.at(store.Dana, store.Brightwater), h.guestDraft("dwight.ames@cobaltfield.example", store.Brightwater, "HPT"))
		home := h.row2(m.Email, store.Cobalt)
		cora := h.at(store.Cora, store.Cobalt)
		bound := h.enter(m.Email, m)
		_, elsewhere := h.signIn(m.Email)
		_, err := h.Actor(h.ctx(), bound, store.Brightwater, "")
		must(t, err)
		_, err = h.Suspend(h.ctx(), cora, store.Chosen{IDs: []string{home}})
		must(t, err)
		_, err = h.Actor(h.ctx(), bound, store.Brightwater, "")
		wantErr(t, "locked at home", err, domain.ErrNotFound)
		u, err := h.PersonByEmail(h.ctx(), m.Email)
		must(t, err)
		_, err = h.StartSession(h.ctx(), u, "", store.Start{Hash: "again"})
		wantErr(t, "signing in", err, domain.ErrNotFound)
		before := h.written()
		_, err = h.EnterCompany(h.ctx(), u, elsewhere, "bound again", m.ID, "")
		if wantErr(t, "entering again", err, domain.ErrStale); reason(err) != "guest_no_access" || h.written() != before {
			t.Errorf("entering again: %v", err)
		}
		_, err = h.Resume(h.ctx(), cora, store.Chosen{IDs: []string{home}})
		must(t, err)
		bound = h.enter(m.Email, m)
		_, err = h.Remove(h.ctx(), cora, store.Chosen{IDs: []string{home}})
		must(t, err)
		_, err = h.Actor(h.ctx(), bound, store.Brightwater, "")
		wantErr(t, "removed at home", err, domain.ErrNotFound)
	})
}

// row2 is the id of somebody's own membership.
func (h house) row2(email, slug string) string {
	h.t.Helper()
	ids, err := h.Texts(h.ctx(), "select m.id from memberships m join accounts a on a.id = m.account_id where a.slug = $1 and m.email = $2 and m.kind = 'user' and m.removed_at = 0", slug, email)
	if err != nil || len(ids) != 1 {
		h.t.Fatalf("%s at %s: %v, %v", email, slug, ids, err)
	}
	return ids[0]
}

// PRIV-17: a guest gets no more than the role and the maker have; a role that loses something takes it from everybody at once.
func TestPRIV17_GuestPrivilegesAreLimited(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		storetest.Exec(t, h.Store, "update roles set privileges = privileges || ' deploy' where id = $1", string(maintenance)+store.Brightwater)
		for _, beyond := range []struct{ role, may string }{{string(readOnly), "export-devices"}, {string(maintenance), "deploy"}, {string(maintenance), "view-users"}} {
			d := h.guestDraft(store.Cora, store.Brightwater, "HPT")
			d.Role, d.May = beyond.role+store.Brightwater, []string{"view-devices", beyond.may}
			_, err := h.InviteGuest(h.ctx(), dana, d)
			var p domain.Problems
			if !errors.As(err, &p) || p["may"].Code != "beyond_role" {
				t.Errorf("%s with %s: %v", beyond.role, beyond.may, err)
			}
		}
		d := h.guestDraft(store.Cora, store.Brightwater, "HPT")
		d.Role = string(domain.RoleUser)
		_, err := h.InviteGuest(h.ctx(), dana, d)
		var p domain.Problems
		if !errors.As(err, &p) || p["role"].Code != "choice" {
			t.Errorf("a built-in role: %v", err)
		}
		m := h.guest(dana, h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		bound := h.enter(store.Cora, m)
		storetest.Exec(t, h.Store, "update roles set privileges = 'view-devices' where id = $1", string(maintenance)+store.Brightwater)
		by, err := h.Actor(h.ctx(), bound, store.Brightwater, "")
		must(t, err)
		if by.Can(domain.ExportDevices) || !by.Can(domain.ViewDevices) {
			t.Error("the role lost a privilege and its guest did not")
		}
	})
}

// What the host does to guests, one or many: switch, edit, send again, withdraw, end, remove.
func TestGuestChanges(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		m := h.guest(dana, h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		mails := len(h.owed(m, domain.InviteMail))
		d := m.GuestDraft(dana.User.Zone())
		d.May, d.EndsOn, d.Places = []string{"configure-devices"}, "2027-03-31", []string{domain.WholeAccount}
		var after domain.Membership
		must(t, confirmed(func(loss string) (err error) {
			d.Confirm = loss
			after, err = h.SaveGuest(h.ctx(), dana, m.ID, d)
			return err
		}))
		if after.May().String() != "view-devices configure-devices" || !after.Scope.AccountWide() || len(h.owed(m, domain.InviteMail)) != mails || h.told(m, domain.GuestChanged) != 1 {
			t.Errorf("saved: %+v", after)
		}
		_, err := h.SaveGuest(h.ctx(), dana, m.ID, d)
		wantErr(t, "an older version", err, domain.ErrStale)
		// Whose access is over is given a new end, or none; the old one is past.
		for end, want := range map[string]string{"2026-11-21": "past", "2027-05-31": "", "": ""} {
			must(t, h.Exec(h.ctx(), "update memberships set ends_at = $1 where id = $2", store.Micros(time.Date(2026, 11, 22, 0, 0, 0, 0, dana.User.Zone())), m.ID))
			over := h.row(m.Email, store.Brightwater).GuestDraft(dana.User.Zone())
			over.EndsOn = end
			err := confirmed(func(loss string) error {
				over.Confirm = loss
				_, err := h.SaveGuest(h.ctx(), dana, m.ID, over)
				return err
			})
			var p domain.Problems
			if errors.As(err, &p); p["ends_on"].Code != want || (err == nil) != (want == "") {
				t.Errorf("a new end, %q: %v", end, err)
			}
		}
		open, err := h.InviteGuest(h.ctx(), dana, h.guestDraft(store.Lars, store.Brightwater, "ESP"))
		must(t, err)
		d = open.GuestDraft(dana.User.Zone())
		d.Active = ""
		open, err = h.SaveGuest(h.ctx(), dana, open.ID, d)
		must(t, err)
		if open.Generation != 2 || open.SuspendedAt.IsZero() || len(h.owed(open, domain.InviteMail)) != 2 {
			t.Errorf("corrected: %+v", open)
		}
		both := store.Chosen{IDs: []string{m.ID, open.ID}}
		outcomes, err := h.SetGuestsActive(h.ctx(), dana, both, true)
		must(t, err)
		if outcomes[0].Err == nil || outcomes[1].Err != nil {
			t.Errorf("made active: %v, %v", outcomes[0].Err, outcomes[1].Err)
		}
		outcomes, err = h.ResendGuests(h.ctx(), dana, both)
		must(t, err)
		if outcomes[0].Err == nil || outcomes[1].Err != nil {
			t.Errorf("sent again: %v, %v", outcomes[0].Err, outcomes[1].Err)
		}
		outcomes, err = h.RevokeGuests(h.ctx(), dana, both)
		must(t, err)
		if outcomes[1].Membership.State(h.clock.Now()) != domain.StateRevoked {
			t.Errorf("revoked: %v", outcomes[1].Err)
		}
		outcomes, err = h.EndGuests(h.ctx(), dana, both, "2026-12-15")
		must(t, err)
		if outcomes[0].Err != nil || outcomes[1].Err == nil {
			t.Errorf("ended: %v, %v", outcomes[0].Err, outcomes[1].Err)
		}
		_, err = h.RemoveGuests(h.ctx(), dana, both)
		must(t, err)
		page, err := h.Guests(h.ctx(), dana, store.Query{})
		must(t, err)
		for _, left := range page.Rows {
			if left.ID == m.ID || left.ID == open.ID {
				t.Errorf("%s is still in the list", left.Email)
			}
		}
		d = h.guestDraft(store.Samuel, store.Brightwater, "HPT")
		var p domain.Problems
		if _, err = h.InviteGuest(h.ctx(), dana, d); !errors.As(err, &p) || p["email"].Code != "guest_is_staff" {
			t.Errorf("one's own people as guests: %v", err)
		}
		if _, err = h.InviteGuest(h.ctx(), h.at(store.Samuel, store.Brightwater), h.guestDraft(store.Cora, store.Brightwater, "HPT")); err == nil {
			t.Error("a User invited a guest")
		}
	})
}

// The sponsor is told of the end while they view guests, when it is written down and when it is sent; in their stead nobody is.
func TestSponsorIsToldWhileTheyViewGuests(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		gone := map[string]string{
			"demoted": "update memberships set role = 'member' where id = $1", "removed": "update memberships set removed_at = 1 where id = $1",
			"disabled": "update memberships set suspended_at = 1 where id = $1",
		}
		for _, how := range []string{"demoted", "removed", "disabled"} {
			for _, before := range []bool{true, false} {
				h.forget(store.Cora)
				storetest.Exec(t, h.Store, "update memberships set role = 'admin', removed_at = 0, suspended_at = 0 where id = $1", dana.Membership)
				d := h.guestDraft(store.Cora, store.Brightwater, "HPT")
				d.EndsOn = domain.LastDay(h.clock.Now().Add(3*24*time.Hour), dana.User.Zone())
				m := h.guest(dana, d)
				if before {
					storetest.Exec(t, h.Store, gone[how], dana.Membership)
				}
				_, err := h.TellGuestEnds(h.ctx(), 100)
				must(t, err)
				if before {
					if to := h.owed(m, domain.GuestEndingMail); !slices.Equal(to, []string{store.Cora}) {
						t.Errorf("%s before: told %v", how, to)
					}
					continue
				}
				waiting := h.waiting(m, domain.GuestEndingMail)
				storetest.Exec(t, h.Store, gone[how], dana.Membership)
				if len(waiting) != 2 {
					t.Fatalf("%s: %d mails wait", how, len(waiting))
				}
				for _, mail := range waiting {
					if why := h.superseded(mail); (why == "") != (mail.To == store.Cora) {
						t.Errorf("%s after: the mail to %s: %q", how, mail.To, why)
					}
				}
			}
		}
	})
}

// A guest and their sponsor are told seven days before the end, once for each end.
func TestGuestEndIsTold(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		d := h.guestDraft(store.Cora, store.Brightwater, "HPT")
		d.EndsOn = "2026-12-31"
		m := h.guest(dana, d)
		tell := func(want int) {
			t.Helper()
			_, err := h.TellGuestEnds(h.ctx(), 100)
			must(t, err)
			if to := h.owed(m, domain.GuestEndingMail); len(to) != want {
				t.Errorf("told %v, want %d", to, want)
			}
		}
		tell(0)
		h.clock.Advance(34 * 24 * time.Hour)
		tell(2)
		tell(2)
		if to := h.owed(m, domain.GuestEndingMail); !slices.Contains(to, store.Cora) || !slices.Contains(to, store.Dana) {
			t.Errorf("told %v", to)
		}
		_, err := h.EndGuests(h.ctx(), dana, store.Chosen{IDs: []string{m.ID}}, "2027-01-01")
		must(t, err)
		tell(4)
	})
}

// A withdrawn invitation in a role that is there no more is nobody's to correct, into whatever they could offer.
func TestAGuestOfAGoneRoleIsNotCorrected(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		open, err := h.InviteGuest(h.ctx(), dana, h.guestDraft(store.Lars, store.Brightwater, "HPT"))
		must(h.t, err)
		out, err := h.RevokeGuests(h.ctx(), dana, chosen(open))
		must(h.t, errors.Join(err, firstErr(out)))
		must(h.t, h.Exec(h.ctx(), "delete from roles where id = $1", string(maintenance)+store.Brightwater))
		d := out[0].Membership.GuestDraft(dana.User.Zone())
		d.Role, d.May = string(readOnly)+store.Brightwater, []string{"view-devices"}
		before := h.written()
		_, err = h.SaveGuest(h.ctx(), dana, open.ID, d)
		wantErr(h.t, "saved", err, domain.ErrForbidden)
		if h.written() != before {
			h.t.Error("something was written")
		}
	})
}

// GST-01: what a guest does about themself is told at home, and not to their host.
func TestAGuestsOwnAffairsAreTheirs(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		m := h.guest(h.at(store.Dana, store.Brightwater), h.guestDraft(store.Lars, store.Brightwater, "HPT"))
		must(t, h.changeProfile(store.Lars))
		told, err := h.Texts(h.ctx(), "select a.slug from events e join accounts a on a.id = e.account_id where e.kind = $1 and e.actor_id = $2", string(domain.ProfileChanged), m.UserID)
		if err != nil || !slices.Equal(told, []string{store.Larkspur}) {
			t.Errorf("told in %v, %v", told, err)
		}
	})
}

// A company stands once in a guest's list, whether it was answered or not.
func TestCompaniesStandOnce(t *testing.T) {
	inHouse(t, func(h house) {
		for email, waits := range map[string]int{store.Anais: 0, "dwight.ames@cobaltfield.example": 1} {
			u, err := h.PersonByEmail(h.ctx(), email)
			must(h.t, err)
			list, err := h.Companies(h.ctx(), u)
			must(h.t, err)
			seen := map[string]bool{}
			for _, c := range list {
				if seen[c.Membership.ID] || c.Membership.Kind != domain.KindGuest {
					t.Errorf("%s finds %s twice, or as staff", email, c.Account.Name)
				}
				seen[c.Membership.ID] = true
			}
			all, waiting, err := h.Invited(h.ctx(), u)
			must(h.t, err)
			if len(list) == 0 || all != len(list) || waiting != waits {
				t.Errorf("%s: %d companies, %d counted, %d waiting", email, len(list), all, waiting)
			}
		}
	})
}
