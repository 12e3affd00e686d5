package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// C8: what state or rank forbids is said of each row; the others are done. A preview says the same and does nothing.
func TestBulkTellsRowByRow(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		rows := []domain.Membership{
			h.row(store.Owen, store.Brightwater), h.row(store.Aisha, store.Brightwater), h.row(store.Noor, store.Brightwater),
			h.row(store.Dana, store.Brightwater), h.row(store.Samuel, store.Brightwater),
		}
		want := []string{"", "already_disabled", "not_accepted", "not_yourself", ""}
		c := chosen(append(rows, rows[0])...)
		before := h.written()
		c.Preview = true
		seen, err := h.Suspend(h.ctx(), dana, c)
		must(t, err)
		if !slices.Equal(reasons(seen), want) {
			t.Errorf("previewed %q, want %q", reasons(seen), want)
		}
		if h.written() != before || !h.row(store.Owen, store.Brightwater).SuspendedAt.IsZero() {
			t.Error("the preview wrote something")
		}
		c.Preview = false
		done, err := h.Suspend(h.ctx(), dana, c)
		must(t, err)
		if !slices.Equal(reasons(done), want) {
			t.Errorf("did %q, want %q", reasons(done), want)
		}
		for i, o := range done {
			if m := h.row(rows[i].Email, store.Brightwater); m.ID != o.Membership.ID || !m.SuspendedAt.Equal(o.Membership.SuspendedAt) {
				t.Errorf("%s is not as told", m.Email)
			}
		}
		if n := h.number("select count(*) from events where kind = 'user.disabled' and at = $1", h.clock.Now().UnixMicro()); n != 2 {
			t.Errorf("%d events, want 2", n)
		}
		if _, err := h.Suspend(h.ctx(), dana, store.Chosen{IDs: make([]string, store.MostChosen+1)}); !errors.Is(err, domain.ErrTooMany) {
			t.Errorf("too many rows: %v", err)
		}
	})
}

// PRIV-01: of all inviters and all offers only those of the can-grant table within the inviter's scope are made, by
// invite, correction, resend, change of role and change of scope.
func TestOnlyWhatOneMayGrant(t *testing.T) {
	inHouse(t, func(h house) {
		must(t, h.Exec(h.ctx(), "update accounts set site_admins_invite = 1 where slug <> 'twin'"))
		hpt, uyb := h.site(store.Brightwater, "HPT"), h.site(store.Brightwater, "UYB")
		account := h.row(store.Samuel, store.Brightwater).AccountID
		scopes := map[string]domain.Scope{"account": domain.Whole(account), "HPT": domain.Sites(account, hpt), "UYB": domain.Sites(account, uyb), "both": domain.Sites(account, hpt, uyb)}
		grants := []domain.RoleID{domain.RoleMember, domain.RoleUser, domain.RoleAdmin, domain.RoleDeployer}
		n := 0
		for _, role := range grants {
			for _, scope := range []string{"account", "HPT"} {
				samuel := h.row(store.Samuel, store.Brightwater)
				as := samuel
				as.Role, as.Scope = role, scopes[scope]
				_, err := h.RewriteMembership(h.ctx(), samuel, as)
				must(t, err)
				by := h.at(store.Samuel, store.Brightwater)
				for _, offered := range append(grants, domain.RoleSupport, domain.RoleMaster, "king", "") {
					for to := range scopes {
						n++
						may := (role == domain.RoleAdmin || role == domain.RoleDeployer) && slices.Contains(grants, offered) && (scope == "account" || to == "HPT")
						h.grant(by, offered, scopes[to], n, may)
					}
				}
			}
		}
	})
}

func (h house) grant(by domain.Actor, role domain.RoleID, scope domain.Scope, n int, may bool) {
	h.t.Helper()
	what := fmt.Sprintf("%s of %s offers %q on %s", by.Role.ID, by.Scope, role, scope)
	before := h.written()
	d := draft(fmt.Sprintf("grant%d@brightwater.example", n))
	d.Role, d.Scope = string(role), domain.FormatScope(scope)
	m, err := h.CreateInvite(h.ctx(), by, d)
	if (err == nil) != may {
		h.t.Errorf("%s: %v", what, err)
	}
	if !may {
		if h.written() != before {
			h.t.Errorf("%s: something was written", what)
		}
		return
	}
	if m.Role != role || !m.Scope.Equal(scope) {
		h.t.Errorf("%s: became %s on %s", what, m.Role, m.Scope)
	}
}

// PRIV-01: a standing offer above oneself is neither resent nor corrected, nobody above oneself is changed.
func TestNothingAboveOneself(t *testing.T) {
	inHouse(t, func(h house) {
		marisol, samuel := h.at(store.Marisol, store.Northgate), h.at(store.Samuel, store.Brightwater)
		nora, helga := h.row(store.Nora, store.Northgate), h.row("helga.stroud@northgate.example", store.Northgate)
		before := h.written()
		// PRIV-06: a partner's Admin over Masters.
		for name, do := range theChanges {
			if name == "resend" || name == "revoke" || name == "role" || name == "scope" {
				continue
			}
			outcomes, err := do(h, marisol, chosen(nora, helga))
			if err != nil || !slices.Equal(reasons(outcomes), []string{"role_above", "role_above"}) {
				t.Errorf("%s: %v, %v", name, reasons(outcomes), err)
			}
		}
		outcomes, err := h.ChangeRoles(h.ctx(), marisol, chosen(nora), "observer")
		if err != nil || !slices.Equal(reasons(outcomes), []string{"role_above"}) {
			t.Errorf("demote: %v, %v", reasons(outcomes), err)
		}
		outcomes, err = h.ChangeRoles(h.ctx(), marisol, chosen(h.row(store.Devon, store.Northgate)), "master")
		if err != nil || !slices.Equal(reasons(outcomes), []string{"role_above"}) {
			t.Errorf("appoint a Master: %v, %v", reasons(outcomes), err)
		}
		// Who may edit nobody is refused whole.
		for name, do := range theChanges {
			if _, err := do(h, samuel, chosen(h.row(store.Owen, store.Brightwater))); !errors.Is(err, domain.ErrForbidden) {
				t.Errorf("a User, %s: %v", name, err)
			}
		}
		// An invite to Master that Nora made is out of Marisol's hands.
		d := draft("third@northgate.example")
		d.Role = string(domain.RoleMaster)
		if h.written() != before {
			t.Error("something was written")
		}
		m, err := h.CreateInvite(h.ctx(), h.at(store.Nora, store.Northgate), d)
		must(t, err)
		for _, do := range []string{"resend", "revoke"} {
			outcomes, err := theChanges[do](h, marisol, chosen(m))
			if err != nil || !slices.Equal(reasons(outcomes), []string{"role_above"}) {
				t.Errorf("%s: %v, %v", do, reasons(outcomes), err)
			}
		}
		d = m.Draft(marisol.User.Zone())
		d.Role = string(domain.RoleOperator)
		if _, err := h.Correct(h.ctx(), marisol, m.ID, d); reason(err) != "role_above" {
			t.Errorf("correct: %v", err)
		}
		if _, err := h.CopyLink(h.ctx(), marisol, m.ID); reason(err) != "role_above" {
			t.Errorf("copy the link: %v", err)
		}
	})
}

// RACE-12: of two forms filled in over the same version the second is refused, one after the other and at once.
func TestTwoFormsOverOneVersion(t *testing.T) {
	inHouse(t, func(h house) {
		dana, rosa := h.at(store.Dana, store.Brightwater), h.at(store.Rosa, store.Brightwater)
		owen := h.row(store.Owen, store.Brightwater)
		c := chosen(owen)
		c.Version = owen.Version
		_, err := h.ChangeRoles(h.ctx(), dana, c, "member")
		must(t, err)
		if _, err := h.Suspend(h.ctx(), rosa, c); !errors.Is(err, domain.ErrStale) {
			t.Errorf("the second: %v", err)
		}
		c.Version = h.row(store.Owen, store.Brightwater).Version
		var errs [2]error
		together(
			func() { _, errs[0] = h.ChangeRoles(h.ctx(), dana, c, "user") },
			func() { _, errs[1] = h.SetEnds(h.ctx(), rosa, c, "2030-01-31") },
		)
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs[:]...), domain.ErrStale) {
			t.Errorf("at once: %v", errs)
		}
	})
}

// SESS-07, SESS-08: what is changed is in force at the next request; whose last place ends is signed out.
func TestChangesAreInForceAtOnce(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		signIn := func(email string) string {
			t.Helper()
			u, err := h.PersonByEmail(h.ctx(), email)
			must(t, err)
			session := store.HashSecret(store.NewSecret())
			_, err = h.StartSession(h.ctx(), u, "", store.Start{Hash: session, From: "203.0.113.9"})
			must(t, err)
			return session
		}
		sessions := func(email string) int64 {
			return h.number("select count(*) from sessions s join users u on u.id = s.user_id where u.email = $1", email)
		}
		owen, priya, samuel, yuki := signIn(store.Owen), signIn(store.Priya), signIn(store.Samuel), signIn(store.Yuki)
		actor := func(session string) (domain.Actor, error) {
			return h.Actor(h.ctx(), session, store.Brightwater, "203.0.113.9")
		}
		done := func(outcomes []store.Outcome, err error) {
			t.Helper()
			must(t, err)
			for _, o := range outcomes {
				must(t, o.Err)
			}
		}
		done(h.ChangeRoles(h.ctx(), dana, chosen(h.row(store.Samuel, store.Brightwater)), "admin"))
		if by, err := actor(samuel); err != nil || !by.Can(domain.EditUsers) {
			t.Errorf("promoted: %v", err)
		}
		done(h.Suspend(h.ctx(), dana, chosen(h.row(store.Owen, store.Brightwater), h.row(store.Priya, store.Brightwater))))
		if _, err := actor(owen); !errors.Is(err, domain.ErrNotFound) || sessions(store.Owen) != 0 {
			t.Errorf("disabled: %v, %d sessions", err, sessions(store.Owen))
		}
		// Priya has another company to work for.
		if _, err := actor(priya); !errors.Is(err, domain.ErrNotFound) || sessions(store.Priya) != 1 {
			t.Errorf("disabled in one of two: %v, %d sessions", err, sessions(store.Priya))
		}
		done(h.EndSessions(h.ctx(), dana, chosen(h.row(store.Yuki, store.Brightwater))))
		if _, err := actor(yuki); !errors.Is(err, domain.ErrNotFound) || sessions(store.Yuki) != 0 {
			t.Errorf("signed out: %v", err)
		}
		gone := h.row(store.Samuel, store.Brightwater)
		done(h.Remove(h.ctx(), dana, chosen(gone)))
		if _, err := actor(samuel); !errors.Is(err, domain.ErrNotFound) || sessions(store.Samuel) != 0 {
			t.Errorf("removed: %v", err)
		}
		if _, err := h.User(h.ctx(), dana, gone.ID); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the removed one is shown: %v", err)
		}
		outcomes, err := h.Remove(h.ctx(), dana, chosen(gone))
		if err != nil || !errors.Is(outcomes[0].Err, domain.ErrNotFound) {
			t.Errorf("removed twice: %v, %v", outcomes, err)
		}
		again, err := h.CreateInvite(h.ctx(), dana, draft(store.Samuel))
		if err != nil || again.ID == gone.ID {
			t.Errorf("invited again: %v", err)
		}
	})
}
