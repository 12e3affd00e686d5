package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// roleNamed is a role of the actor's account, by its name.
func roleNamed(t *testing.T, by domain.Actor, name string) domain.Role {
	t.Helper()
	i := slices.IndexFunc(by.Account.Roles, func(r domain.Role) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("%s has no role %q", by.Account.Name, name)
	}
	return by.Account.Roles[i]
}

func versionOf(t *testing.T, s *store.Store, by domain.Actor, r domain.Role) int {
	t.Helper()
	_, version, err := s.Role(t.Context(), by, string(r.ID))
	must(t, err)
	return version
}

// A role is made, changed and deleted, each with its event; an older form, a name in use and a foreign role are refused.
func TestRoles(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		before := h.written()
		made, err := h.CreateRole(h.ctx(), dana, domain.RoleDraft{Name: " Night watch ", May: []string{"export-devices"}})
		must(t, err)
		if after := h.written(); after[0] != before[0]+1 {
			t.Errorf("making one wrote %v over %v", after, before)
		}
		got, version, err := h.Role(h.ctx(), dana, string(made.ID))
		if err != nil || version != 1 || got.Name != "Night watch" || !got.May(domain.ViewDevices) || !got.May(domain.ViewSites) || got.May(domain.Deploy) {
			t.Errorf("made %+v, version %d, %v", got, version, err)
		}
		for want, c := range map[string]struct {
			by      domain.Actor
			id      domain.RoleID
			version int
			draft   domain.RoleDraft
		}{
			"stale":                      {dana, made.ID, 7, got.Draft()},
			"read a role: not found":     {h.at(store.Cora, store.Cobalt), made.ID, 1, got.Draft()}, // TEN-04
			"forbidden":                  {h.at(store.Samuel, store.Brightwater), made.ID, 1, got.Draft()},
			"problems: name: role_taken": {dana, made.ID, 1, domain.RoleDraft{Name: "front DESK", May: got.Draft().May}},
			"problems: may: role_beyond": {dana, made.ID, 1, domain.RoleDraft{Name: "x", May: []string{"deploy"}}},
			"problems: name: characters": {dana, made.ID, 1, domain.RoleDraft{Name: "x\x00", May: got.Draft().May}},
		} {
			if _, err := h.ChangeRole(h.ctx(), c.by, string(c.id), c.version, c.draft); reason(err) != want {
				t.Errorf("%s: %v", want, err)
			}
		}
		for _, id := range []string{"gone", "admin", "", "\x00", string(roleNamed(t, h.at(store.Lars, store.Larkspur), store.Canary+" Watch").ID)} {
			if _, _, err := h.Role(h.ctx(), dana, id); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%q is read: %v", id, err)
			}
			if _, err := h.DeleteRole(h.ctx(), dana, id, 1, domain.RoleDeletionDraft{}); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%q is deleted: %v", id, err)
			}
		}
		before = h.written()
		if _, err := h.ChangeRole(h.ctx(), dana, string(made.ID), 1, got.Draft()); err != nil || h.written() != before {
			t.Errorf("as it was: %v, wrote %v over %v", err, h.written(), before)
		}
		changed, err := h.ChangeRole(h.ctx(), dana, string(made.ID), 1, domain.RoleDraft{Name: "Day watch", May: []string{"view-devices"}})
		if err != nil || changed.Name != "Day watch" || changed.May(domain.ExportDevices) || versionOf(t, h.Store, dana, made) != 2 {
			t.Errorf("changed to %+v, %v", changed, err)
		}
		if _, err := h.DeleteRole(h.ctx(), dana, string(made.ID), 2, domain.RoleDeletionDraft{}); err != nil {
			t.Errorf("nobody holds it: %v", err)
		}
		if _, _, err := h.Role(h.ctx(), dana, string(made.ID)); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("deleted, and there: %v", err)
		}
	})
}

// PRIV-17: what a role loses, everybody who holds it has lost at their next request.
func TestPRIV17ARoleRelimitsEveryoneAtOnce(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		jonas := storetest.As(t, s, store.Jonas, store.Brightwater)
		_, hash := storetest.SignIn(t, s, store.Liam)
		liam, err := s.Actor(t.Context(), hash, store.Brightwater, "")
		if err != nil || liam.Role.Name != store.Installer || !liam.Can(domain.Deploy) || !liam.Can(domain.ViewSites) || liam.Can(domain.ViewUsers) {
			t.Fatalf("Liam is %+v, %v", liam.Role, err)
		}
		installer := roleNamed(t, jonas, store.Installer)
		looker := domain.RoleDraft{Name: "Looker", May: []string{"view-devices"}, Confirm: "deploy"}
		watch := storetest.NewWatch(t, s)
		_, err = s.ChangeRole(t.Context(), jonas, string(installer.ID), 1, looker)
		var loss *domain.Unconfirmed
		if got := watch.Changes(); !errors.As(err, &loss) || loss.Loss.May.String() != "configure-devices deploy" || len(got) != 0 {
			t.Fatalf("with something else confirmed: %v, written %q", err, got)
		}
		watch.Stop()
		looker.Confirm = loss.Loss.May.String()
		_, err = s.ChangeRole(t.Context(), jonas, string(installer.ID), 1, looker)
		must(t, err)
		liam, err = s.Actor(t.Context(), hash, store.Brightwater, "")
		if err != nil || liam.Can(domain.Deploy) || liam.Can(domain.ConfigureDevices) || !liam.Can(domain.ViewDevices) || liam.Role.Name != "Looker" {
			t.Errorf("after the role changed, Liam is %+v, %v", liam.Role, err)
		}
		in, err := s.AccountsOf(t.Context(), liam.User.ID)
		if err != nil || len(in) != 1 || in[0].Role.Name != "Looker" || in[0].Role.May(domain.Deploy) {
			t.Errorf("the switcher says %+v, %v", in, err)
		}
		// An offer that whoever stands behind it could not make any more opens no door.
		faisal := storetest.As(t, s, store.Faisal, store.Brightwater)
		m, err := s.CreateInvite(t.Context(), faisal, domain.InviteDraft{FirstName: "A", LastName: "B", Email: "ab@brightwater.example", Role: "member", Scope: []string{"account"}, Language: "en"})
		must(t, err)
		desk := roleNamed(t, jonas, store.FrontDesk)
		token := s.InviteToken(m.ID, m.Generation)
		if o, err := s.FindInviteByToken(t.Context(), token); err != nil || o.Account.RoleOf(faisal.Role.ID).Name != store.FrontDesk {
			t.Errorf("the offer of the front desk: %v", err)
		}
		_, err = s.ChangeRole(t.Context(), jonas, string(desk.ID), 1, domain.RoleDraft{
			Name: store.FrontDesk, May: []string{"view-users"}, Confirm: desk.Loses(domain.OwnRole(desk.ID, desk.Name, domain.Privileges{domain.ViewUsers})).String(),
		})
		must(t, err)
		if _, err := s.FindInviteByToken(t.Context(), token); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the front desk may not invite any more, and its offer opens: %v", err)
		}
	})
}

// PRIV-01: an own role gives only what it has itself, whichever way it is asked.
func TestPRIV01AnOwnRoleGrantsWithinItself(t *testing.T) {
	inHouse(t, func(h house) {
		faisal := h.at(store.Faisal, store.Brightwater)
		for role, want := range map[domain.RoleID]string{
			domain.RoleMember: "", faisal.Role.ID: "", domain.RoleUser: "problems: role: choice", domain.RoleAdmin: "problems: role: choice",
			roleNamed(t, faisal, store.Viewer).ID: "problems: role: choice", "gone": "problems: role: choice",
			roleNamed(t, h.at(store.Lars, store.Larkspur), store.Canary+" Watch").ID: "problems: role: choice",
		} {
			_, err := h.CreateInvite(h.ctx(), faisal, domain.InviteDraft{
				FirstName: "A", LastName: "B", Email: strings.ToLower(string(role)) + "@brightwater.example", Role: string(role), Scope: []string{"account"}, Language: "en",
			})
			if reason(err) != want {
				t.Errorf("inviting as %s: %v, want %q", role, err, want)
			}
		}
		if _, err := h.Revoke(h.ctx(), faisal, store.Chosen{IDs: []string{h.row(store.Noor, store.Brightwater).ID}, Preview: true}); err != nil {
			t.Error(err)
		}
	})
}

// A role in use is deleted only with what its holders get: people, open offers and guests, in one transaction, each
// with their event, and nobody else.
func TestDeleteRole(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		role, viewer := roleNamed(t, dana, store.Maintenance), roleNamed(t, dana, store.Viewer)
		change(t, s, store.Owen, store.Brightwater, func(m *domain.Membership) {
			m.Kind, m.Role, m.Grants = domain.KindGuest, role.ID, []domain.Grant{{Node: m.Scope[0], May: domain.Privileges{domain.ViewDevices}}}
		})
		change(t, s, store.Tom, store.Brightwater, func(m *domain.Membership) { m.Role = role.ID }) // revoked
		paolo := place(t, s, "paolo.greco@brightwater.example", store.Brightwater)
		for want, d := range map[string]domain.RoleDeletionDraft{
			"problems: people: role_replacement": {Guests: string(viewer.ID)},
			"problems: guests: role_replacement": {People: "user"},
			"problems: guests: choice":           {People: "user", Guests: "user"},
			"problems: people: choice":           {People: string(role.ID), Guests: string(viewer.ID)},
		} {
			if _, err := s.DeleteRole(ctx, dana, string(role.ID), 1, d); reason(err) != want {
				t.Errorf("%s: %v", want, err)
			}
		}
		if got := place(t, s, store.Jun, store.Brightwater); got.Role != role.ID || versionOf(t, s, dana, role) != 1 {
			t.Fatal("a refused deletion has changed something")
		}
		if _, err := s.DeleteRole(ctx, dana, string(role.ID), 1, domain.RoleDeletionDraft{People: "user", Guests: string(viewer.ID)}); err != nil {
			t.Fatal(err)
		}
		for email, want := range map[string]domain.RoleID{store.Jun: domain.RoleUser, paolo.Email: domain.RoleUser, store.Owen: viewer.ID, store.Tom: domain.RoleUser, store.Liam: roleNamed(t, dana, store.Installer).ID} {
			if got := place(t, s, email, store.Brightwater); got.Role != want {
				t.Errorf("%s is %s now, want %s", email, got.Role, want)
			}
		}
		if after := place(t, s, paolo.Email, store.Brightwater); after.InvitedBy != dana.User.ID || after.Generation != paolo.Generation || after.Version != paolo.Version+1 {
			t.Errorf("the open offer became %+v", after)
		}
		if _, err := s.FindInviteByToken(ctx, s.InviteToken(paolo.ID, paolo.Generation)); err != nil {
			t.Errorf("the offer's link died: %v", err)
		}
		told, _, err := s.EventsOf(ctx, dana, place(t, s, store.Jun, store.Brightwater).ID, "", 1)
		must(t, err)
		if e := told[0]; e.Kind != domain.RoleChanged || e.Before[domain.RoleNameKept] != store.Maintenance || e.After["role"] != "user" || e.ActorID != dana.User.ID {
			t.Errorf("Jun's history says %+v", e)
		}
		jun := storetest.As(t, s, store.Jun, store.Brightwater)
		if jun.Role.ID != domain.RoleUser || len(jun.Account.Roles) != 3 {
			t.Errorf("Jun is %+v of %d roles", jun.Role, len(jun.Account.Roles))
		}
		clock.Advance(time.Minute)
	})
}
