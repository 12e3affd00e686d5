package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TEN-02, TEN-04, INP-08: whatever is asked for by an id that is the twin company's, or that no row can have, is not
// found: for reading and for changing, on both engines, and nothing is written.
func TestTEN02_IDsOfOthersAndOfNone(t *testing.T) {
	inHouse(t, func(h house) {
		ctx := h.ctx()
		dana, jonas, devon := h.at(store.Dana, store.Brightwater), h.at(store.Jonas, store.Brightwater), h.at(store.Devon, store.Northgate)
		one := func(sql string) string {
			t.Helper()
			ids, err := h.Texts(ctx, sql+" limit 1", dana.Account.ID)
			if err != nil || len(ids) != 1 {
				h.t.Fatalf("%s: %v, %v", sql, ids, err)
			}
			return ids[0]
		}
		of := map[string]string{
			"site": h.site(store.Brightwater, "HPT"), "group": one("select id from groups where account_id = $1 and removed_at = 0"),
			"device": one("select id from devices where account_id = $1 and removed_at = 0"), "role": one("select id from roles where account_id = $1"),
			"user":   one("select id from memberships where account_id = $1 and kind = 'user' and accepted_at > 0 and removed_at = 0"),
			"invite": one("select id from memberships where account_id = $1 and kind = 'user' and accepted_at = 0 and revoked_at = 0 and removed_at = 0"),
			"guest":  one("select id from memberships where account_id = $1 and kind = 'guest' and removed_at = 0"),
			"event":  one("select id from events where account_id = $1"), "import": "none", "support": "none",
		}
		rename := domain.GroupDraft{Name: "Another"}
		for name, ask := range map[string]func(id string) error{
			"site group": func(id string) error { _, err := h.CreateGroup(ctx, jonas, id, rename); return err },
			"site":       func(id string) error { _, err := h.Site(ctx, dana, id); return err },
			"site devices": func(id string) error {
				return none(h.Devices(ctx, dana, id, store.DeviceQuery{Paging: store.Paging{Limit: 9}}))
			},
			"site change": func(id string) error {
				_, err := h.SaveSite(ctx, dana, id, 1, domain.SiteDraft{Name: "X", Code: "X", TimeZone: "UTC"})
				return err
			},
			"group":        func(id string) error { _, err := h.Group(ctx, dana, id); return err },
			"group rename": func(id string) error { _, err := h.RenameGroup(ctx, jonas, id, 1, rename); return err },
			"group remove": func(id string) error { _, err := h.RemoveGroup(ctx, jonas, id, 1, store.NoGroup); return err },
			"device":       func(id string) error { _, err := h.Device(ctx, dana, id); return err },
			"role":         func(id string) error { _, _, err := h.Role(ctx, dana, id); return err },
			"role change": func(id string) error {
				_, err := h.ChangeRole(ctx, dana, id, 1, domain.RoleDraft{Name: "X"})
				return err
			},
			"role deletion": func(id string) error {
				_, err := h.DeleteRole(ctx, dana, id, 1, domain.RoleDeletionDraft{})
				return err
			},
			"user": func(id string) error { _, err := h.User(ctx, dana, id); return err },
			"user changed": func(id string) error {
				_, err := h.SaveAccess(ctx, dana, id, 1, domain.AccessDraft{Role: "user", Scope: []string{domain.WholeAccount}})
				return err
			},
			"user lowers": func(id string) error { _, err := h.LowerNotifications(ctx, dana.User, id, "email", ""); return err },
			"invite":      func(id string) error { _, err := h.Invite(ctx, dana, id); return err },
			"invite link": func(id string) error { _, err := h.CopyLink(ctx, dana, id); return err },
			"guest":       func(id string) error { _, err := h.Guest(ctx, dana, id); return err },
			"guest enter": func(id string) error { _, err := h.EnterCompany(ctx, dana.User, "s", "r", id, ""); return err },
			"guest leave": func(id string) error { _, err := h.LeaveCompany(ctx, dana.User, id, ""); return err },
			"event":       func(id string) error { _, err := h.Event(ctx, dana, id); return err },
			"import":      func(id string) error { _, err := h.Import(ctx, dana, id); return err },
			"support":     func(id string) error { _, err := h.SupportLine(ctx, devon, id); return err },
			"support answered": func(id string) error {
				_, err := h.AnswerSupport(ctx, dana, id, true)
				return err
			},
		} {
			own := of[strings.Fields(name)[0]]
			before := h.written()
			for _, id := range []string{storetest.TwinID(own), own + "\x00", "\xff" + own, ""} {
				if err := ask(id); !errors.Is(err, domain.ErrNotFound) {
					h.t.Errorf("%s %q: %v", name, id, err)
				}
			}
			if h.written() != before {
				h.t.Errorf("%s: something was written", name)
			}
		}
		nodes := func(id string) []domain.Node {
			site := h.site(store.Brightwater, "HPT")
			return []domain.Node{
				{Account: dana.Account.ID, Site: id}, {Account: dana.Account.ID, Site: site, Group: id}, {Account: dana.Account.ID, Site: site, Device: id},
			}
		}
		for _, id := range []string{storetest.TwinID(of["site"]), storetest.TwinID(of["group"]), storetest.TwinID(of["device"]), "a\x00", "\xff"} {
			if found, err := h.NodeNames(ctx, dana, nodes(id)); err != nil || len(found) != 0 {
				h.t.Errorf("names of %q: %v, %v", id, found, err)
			}
			if found, err := h.Groups(ctx, dana, id); err != nil || len(found) != 0 {
				h.t.Errorf("groups of %q: %v, %v", id, found, err)
			}
			if found, err := h.ExistingSites(ctx, dana.Account.ID, []string{storetest.TwinID(of["site"])}); err != nil || len(found) != 0 {
				h.t.Errorf("sites there are: %v, %v", found, err)
			}
		}
	})
}

// none is domain.ErrNotFound for a page without rows.
func none[T any](p store.Page[T], err error) error {
	if err == nil && len(p.Rows) == 0 {
		return domain.ErrNotFound
	}
	return err
}

// What a form sends is judged before anything is looked for, also where several are changed at once.
func TestFormsAreJudgedByTheStore(t *testing.T) {
	inHouse(t, func(h house) {
		ctx, dana, jonas := h.ctx(), h.at(store.Dana, store.Brightwater), h.at(store.Jonas, store.Brightwater)
		site := h.site(store.Brightwater, "HPT")
		groups, err := h.Groups(ctx, jonas, site)
		if err != nil || len(groups) < 2 {
			h.t.Fatalf("groups %v, %v", groups, err)
		}
		before := h.written()
		var p domain.Problems
		for name, ask := range map[string]func() error{
			"name": func() error {
				_, err := h.RenameGroup(ctx, jonas, groups[0].ID, groups[0].Version, domain.GroupDraft{})
				return err
			},
			"name taken": func() error {
				_, err := h.RenameGroup(ctx, jonas, groups[0].ID, groups[0].Version, domain.GroupDraft{Name: groups[1].Name})
				return err
			},
			"name made twice": func() error {
				_, err := h.CreateGroup(ctx, jonas, site, domain.GroupDraft{Name: groups[1].Name})
				return err
			},
			"file": func() error { _, err := h.PrepareDevices(ctx, jonas, site, "x.csv", []byte("\xff\xfe")); return err },
			"ends_on": func() error {
				_, err := h.SetEnds(ctx, dana, chosen(h.row(store.Samuel, store.Brightwater)), "yesterday")
				return err
			},
		} {
			p = nil
			if err := ask(); !errors.As(err, &p) || p[strings.Fields(name)[0]].Code == "" {
				h.t.Errorf("%s: %v", name, err)
			}
		}
		many := make([]domain.DeviceDraft, store.MostChosen+1)
		if _, err := h.RegisterDevices(ctx, jonas, site, many); !errors.Is(err, domain.ErrTooMany) {
			h.t.Errorf("more devices than go at once: %v", err)
		}
		if h.written() != before {
			h.t.Error("something was written")
		}
		// A removed group is none.
		_, err = h.RemoveGroup(ctx, jonas, groups[0].ID, groups[0].Version, store.NoGroup)
		must(h.t, err)
		if left, err := h.Groups(ctx, jonas, site); err != nil || slices.ContainsFunc(left, func(g domain.Group) bool { return g.ID == groups[0].ID }) {
			h.t.Errorf("a removed group is listed: %v", err)
		}
		if found, err := h.NodeNames(ctx, dana, []domain.Node{groups[0].Node()}); err != nil || len(found) != 0 {
			h.t.Errorf("a removed group is named: %v, %v", found, err)
		}
		at, err := h.Site(ctx, jonas, site)
		must(h.t, err)
		if in, err := h.GroupsIn(ctx, jonas, []domain.Site{at}); err != nil || len(in[site]) != len(groups)-1 {
			h.t.Errorf("%d groups of %d are left, %v", len(in[site]), len(groups), err)
		}
		if _, err := h.Group(ctx, jonas, groups[0].ID); !errors.Is(err, domain.ErrNotFound) {
			h.t.Errorf("a removed group is found: %v", err)
		}
	})
}

// RACE: what a person read before somebody else changed them is not written over: neither password nor profile.
func TestOlderPeopleAreNotWritten(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		u, session := storetest.SignIn(t, s, store.Dana)
		d := domain.PasswordDraft{Current: store.DemoPassword, Password: "seven quiet herons by the lake"}
		must(t, s.ChangePassword(ctx, u, d, session, "second", ""))
		d.Password = "nine loud geese on the roof"
		if err := s.ChangePassword(ctx, u, d, "second", "third", ""); err == nil {
			t.Error("a password was set over a newer one")
		}
		if _, _, err := s.SignIn(ctx, attempt(store.Dana, "seven quiet herons by the lake", "", "")); err != nil {
			t.Errorf("the first change counts: %v", err)
		}
	})
}

// Passkeys of two people stay apart, and nobody loses one with another's.
func TestAUTH17_PasskeysOfTwoPeopleStayApart(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		ctx := t.Context()
		add := func(u domain.User, session, id string) domain.Passkey {
			t.Helper()
			k := store.NewPasskey{Name: id, ID: []byte(id), Credential: "{}", Challenge: s.Challenge(store.PasskeyMaking, u.ID)}
			must(t, s.AddPasskey(ctx, u, k, session, "renewed "+id, ""))
			keys, err := s.PasskeysOf(ctx, u.ID)
			must(t, err)
			i := slices.IndexFunc(keys, func(k domain.Passkey) bool { return k.Name == id })
			return keys[i]
		}
		dana, danas := storetest.SignIn(t, s, store.Dana)
		rosa, rosas := storetest.SignIn(t, s, store.Rosa)
		first, second := add(dana, danas, "first"), add(rosa, rosas, "second")
		third := add(rosa, "renewed second", "third")
		if keys, err := s.PasskeysOf(ctx, dana.ID); err != nil || len(keys) != 1 || keys[0].ID != first.ID {
			t.Errorf("Dana's: %+v, %v", keys, err)
		}
		in := store.Shown{Passkey: second, Challenge: s.Challenge(store.PasskeySignIn, ""), Start: store.Start{Hash: "in"}}
		in.Passkey.Credential = `{"used":1}`
		if _, _, err := s.SignInByPasskey(ctx, in); err != nil {
			t.Errorf("signing in with one of three: %v", err)
		}
		wrong := in
		wrong.Passkey.UserID, wrong.Challenge, wrong.Start = dana.ID, s.Challenge(store.PasskeySignIn, ""), store.Start{Hash: "wrong"}
		if _, _, err := s.SignInByPasskey(ctx, wrong); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("another's passkey: %v", err)
		}
		for _, k := range []domain.Passkey{first, second, third} {
			who := map[bool]domain.User{true: dana, false: rosa}[k.ID == first.ID]
			now, err := s.Passkey(ctx, who, k.ID)
			if want := map[bool]string{true: `{"used":1}`, false: "{}"}[k.ID == second.ID]; err != nil || string(now.Credential) != want {
				t.Errorf("%s is %s, %v", k.Name, now.Credential, err)
			}
		}
		if err := s.RemovePasskey(ctx, rosa, first.ID, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("Rosa forgets Dana's: %v", err)
		}
		must(t, s.RemovePasskey(ctx, rosa, third.ID, ""))
		if keys, err := s.PasskeysOf(ctx, rosa.ID); err != nil || len(keys) != 1 || keys[0].ID != second.ID {
			t.Errorf("Rosa's after one went: %+v, %v", keys, err)
		}
		told, err := s.Texts(ctx, "select before_json || after_json from events where kind = $1 and actor_id = $2", string(domain.PasskeyRemoved), rosa.ID)
		if err != nil || len(told) != 1 || !strings.Contains(told[0], "third") {
			t.Errorf("the history tells of the one that went: %v, %v", told, err)
		}
	})
}

// RoleHolders counts the account's own, as they stand: removed, revoked and declined ones hold nothing.
func TestRoleHoldersCountsWhoHolds(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		role := maintenance + store.Brightwater
		for i, end := range []string{"", "removed_at", "revoked_at", "declined_at"} {
			email := string(rune('a'+i)) + "@novak.example"
			m, err := h.InviteGuest(h.ctx(), dana, h.guestDraft(email, store.Brightwater, "HPT"))
			must(h.t, err)
			if end != "" {
				storetest.Exec(h.t, h.Store, "update memberships set "+end+" = $1 where id = $2", store.Micros(h.clock.Now().Add(-time.Hour)), m.ID)
			}
		}
		another := h.guestDraft("another@novak.example", store.Brightwater, "HPT")
		another.Role, another.May = string(readOnly)+store.Brightwater, []string{"view-devices"}
		_, err := h.InviteGuest(h.ctx(), dana, another)
		must(h.t, err)
		storetest.Exec(h.t, h.Store, "update memberships set role = $1 where email = $2 and removed_at = 0", string(role), store.Samuel)
		if n, err := h.RoleHolders(h.ctx(), dana, role); err != nil || n.Guests.N != 1 {
			h.t.Errorf("%d guests, %v", n.Guests.N, err)
		}
		if n, err := h.RoleHolders(h.ctx(), h.at(store.Cora, store.Cobalt), role); err != nil || n.Guests.N != 0 {
			h.t.Errorf("asked for by another company, %d guests, %v", n.Guests.N, err)
		}
		// Who was let go holds nothing up: the role can be deleted without a choice for them.
		_, err = h.RevokeGuests(h.ctx(), dana, chosen(h.row("another@novak.example", store.Brightwater)))
		must(h.t, err)
		_, err = h.DeleteRole(h.ctx(), h.at(store.Dana, store.Brightwater), string(readOnly+store.Brightwater), 1, domain.RoleDeletionDraft{})
		must(h.t, err)
	})
}

// joins gives Dana the place that somebody of Cobalt has, under her address.
func joins(t *testing.T, s *store.Store, email string) {
	t.Helper()
	storetest.Exec(t, s, "update memberships set email = $1, user_id = (select id from users where email = $1) where kind = 'user' and email = $2 and removed_at = 0 and account_id = (select id from accounts where slug = $3)",
		store.Dana, email, store.Cobalt)
}

// TEN-02: who is somebody in two companies is in each who they are there, at every change.
func TestTEN02_OnePersonOfTwoCompanies(t *testing.T) {
	inHouse(t, func(h house) {
		joins(h.t, h.Store, store.Cora)
		storetest.Exec(h.t, h.Store, "update memberships set role = 'user' where email = $1 and removed_at = 0 and account_id = (select id from accounts where slug = $2)", store.Dana, store.Cobalt)
		for slug, may := range map[string]bool{store.Brightwater: true, store.Cobalt: false} {
			if by := h.at(store.Dana, slug); by.Account.Slug != slug {
				h.t.Errorf("at %s she is at %s", slug, by.Account.Slug)
			}
			_, err := h.CreateInvite(h.ctx(), h.at(store.Dana, slug), draft("new@"+slug+".example"))
			if (err == nil) != may {
				h.t.Errorf("invites at %s: %v", slug, err)
			}
		}
	})
}

// C6: what is over, and what the address is as a guest, does not stand in the way of a new address.
func TestNewAddressPastWhatIsOver(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		const fresh = "d.whitfield@brightwater.example"
		joins(t, s, store.Cora)
		storetest.Exec(t, s, "update memberships set removed_at = 1 where email = $1 and removed_at = 0 and account_id = (select id from accounts where slug = $2)", store.Dana, store.Cobalt)
		storetest.Exec(t, s, "update accounts set allowed_domains = 'cobalt.example' where slug = $1", store.Cobalt)
		confirm, _ := newAddress(t, s, fresh)
		storetest.Exec(t, s, "update memberships set email = $1 where kind = 'guest' and account_id = (select id from accounts where slug = $2) and id = (select min(id) from memberships where removed_at = 0 and kind = 'guest' and account_id = (select id from accounts where slug = $2))", fresh, store.Brightwater)
		storetest.Exec(t, s, "update memberships set email = $1, removed_at = 1 where email = $2 and removed_at = 0", fresh, store.Samuel)
		if u, err := s.ConfirmEmail(t.Context(), confirm, ""); err != nil || u.Email != fresh {
			t.Errorf("%q, %v", u.Email, err)
		}
	})
}

// An offer that was removed with its account's people lapses without a word.
func TestRemovedOffersDoNotExpire(t *testing.T) {
	inHouse(t, func(h house) {
		m, err := h.CreateInvite(h.ctx(), h.at(store.Dana, store.Brightwater), draft("gone@brightwater.example"))
		must(h.t, err)
		storetest.Exec(h.t, h.Store, "update memberships set removed_at = 1 where id = $1", m.ID)
		h.clock.Advance(8 * 24 * time.Hour)
		must(h.t, drain(h))
		if n := h.number("select count(*) from events where kind = 'invite.expired' and subject_id = $1", m.ID); n != 0 {
			h.t.Error("a removed offer has expired")
		}
	})
}

// PRIV-06: a place that is over, or a guest's, guards nobody's second factor.
func TestPRIV06PlacesThatGuardNothing(t *testing.T) {
	inHouse(t, func(h house) {
		for _, over := range []string{"removed_at = 1", "kind = 'guest'"} {
			enrolled(h.t, h.Store, store.Priya)
			dana, priya := h.at(store.Dana, store.Brightwater), h.row(store.Priya, store.Brightwater)
			where := " where user_id = $1 and account_id <> $2 and id not like '010%'"
			storetest.Exec(h.t, h.Store, "update memberships set "+over+where, priya.UserID, priya.AccountID)
			done, err := h.ResetFactors(h.ctx(), dana, chosen(h.row(store.Priya, store.Brightwater)))
			if err != nil || !slices.Equal(reasons(done), []string{""}) {
				h.t.Errorf("%s: %v, %v", over, err, reasons(done))
			}
			storetest.Exec(h.t, h.Store, "update memberships set removed_at = 0"+where, priya.UserID, priya.AccountID)
		}
	})
}

// GST-07: a session is bound to a company by its own person alone.
func TestGST07_AnothersSessionIsNotBound(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		m := h.guest(h.at(store.Dana, store.Brightwater), h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		cora, session := h.signIn(store.Cora)
		samuel, other := h.signIn(store.Samuel)
		if _, err := h.EnterCompany(h.ctx(), cora, other, "renewed", m.ID, ""); !errors.Is(err, domain.ErrNotFound) {
			h.t.Errorf("entering with Samuel's session: %v", err)
		}
		_, err := h.EnterCompany(h.ctx(), cora, session, "bound", m.ID, "")
		must(h.t, err)
		if err := h.ReturnHome(h.ctx(), samuel, "bound", "renewed", ""); !errors.Is(err, domain.ErrNotFound) {
			h.t.Errorf("returning with Cora's session: %v", err)
		}
	})
}

// A guest's address can be invited as one of the account's own people: the guest's row is another one, and stays.
func TestAGuestIsInvitedAsStaff(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		guest := h.guest(dana, h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		_, err := h.CreateInvite(h.ctx(), dana, draft(store.Cora))
		must(h.t, err)
		now, err := h.ReadMembership(h.ctx(), guest.ID)
		if err != nil || now.Version != guest.Version {
			h.t.Errorf("the guest's version is %d, was %d, %v", now.Version, guest.Version, err)
		}
	})
}

// GST-08: an offer that was withdrawn or removed is nowhere among a person's companies.
func TestGST08_NoCompanyOfAWithdrawnOffer(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		dana := h.at(store.Dana, store.Brightwater)
		cora, err := h.PersonByEmail(h.ctx(), store.Cora)
		must(h.t, err)
		for _, end := range []func(context.Context, domain.Actor, store.Chosen) ([]store.Outcome, error){h.RevokeGuests, h.RemoveGuests} {
			m, err := h.InviteGuest(h.ctx(), dana, h.guestDraft(store.Cora, store.Brightwater, "HPT"))
			must(h.t, err)
			there, _, err := h.Invited(h.ctx(), cora)
			must(h.t, err)
			_, err = end(h.ctx(), dana, store.Chosen{IDs: []string{m.ID}})
			must(h.t, err)
			if left, _, err := h.Invited(h.ctx(), cora); err != nil || left != there-1 {
				h.t.Errorf("%d companies, there were %d: %v", left, there, err)
			}
		}
	})
}

// Lists and sessions of guests: the switch filters both ways, a session finds its own company, and the history names
// nobody but whom it is asked for.
func TestGuestsAreToldApart(t *testing.T) {
	inHouse(t, func(h house) {
		h.hostRoles(store.Brightwater)
		h.hostRoles(store.Cobalt)
		dana, cora := h.at(store.Dana, store.Brightwater), h.at(store.Cora, store.Cobalt)
		here := h.guest(dana, h.guestDraft(store.Cora, store.Brightwater, "HPT"))
		there := h.guest(cora, h.guestDraft(store.Dana, store.Cobalt, "GSW"))
		for session, slug := range map[string]string{h.enter(store.Cora, here): store.Brightwater, h.enter(store.Dana, there): store.Cobalt} {
			if by, err := h.GuestActor(h.ctx(), session, ""); err != nil || by.Account.Slug != slug {
				h.t.Errorf("a session at %s is at %q, %v", slug, by.Account.Slug, err)
			}
		}
		off := h.guestDraft("off@novak.example", store.Brightwater, "HPT")
		off.Active = ""
		_, err := h.InviteGuest(h.ctx(), dana, off)
		must(h.t, err)
		for active, email := range map[string]string{store.On: store.Cora, store.Off: off.Email} {
			page, err := h.Guests(h.ctx(), dana, store.Query{Active: active, Paging: store.Paging{Limit: 9}})
			if err != nil || !slices.Equal(emails(page.Rows), []string{email}) {
				h.t.Errorf("%s: %v, %v", active, emails(page.Rows), err)
			}
		}
		if names, err := h.NamesInActivity(h.ctx(), dana, []string{"nobody at all"}); err != nil || len(names) != 0 {
			h.t.Errorf("named %v, %v", names, err)
		}
	})
}
