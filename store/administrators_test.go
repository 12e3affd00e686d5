package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// C15: one list of everybody, invited or in, the highest level first; each filter leaves exactly its rows.
func TestAdministrators(t *testing.T) {
	inHouse(t, func(h house) {
		nora := h.at(store.Nora, store.Northgate)
		all := everyAdministrator(h, nora, store.Query{})
		if len(all) < 30 {
			t.Fatalf("only %d administrators", len(all))
		}
		if !slices.IsSortedFunc(all, func(a, b domain.Membership) int { return a.Role.Level() - b.Role.Level() }) {
			t.Error("not sorted by level")
		}
		now := h.clock.Now()
		for name, c := range map[string]struct {
			query store.Query
			want  func(domain.Membership) bool
		}{
			"pending":  {store.Query{States: []domain.State{domain.StatePending}}, func(m domain.Membership) bool { return m.State(now) == domain.StatePending }},
			"expired":  {store.Query{States: []domain.State{domain.StateExpired}}, func(m domain.Membership) bool { return m.State(now) == domain.StateExpired }},
			"revoked":  {store.Query{States: []domain.State{domain.StateRevoked}}, func(m domain.Membership) bool { return m.State(now) == domain.StateRevoked }},
			"accepted": {store.Query{States: []domain.State{domain.StateAccepted}}, func(m domain.Membership) bool { return !m.AcceptedAt.IsZero() }},
			"masters":  {store.Query{Roles: []domain.RoleID{domain.RoleMaster}}, func(m domain.Membership) bool { return m.Role == domain.RoleMaster }},
			"both": {store.Query{Roles: []domain.RoleID{domain.RoleOperator}, States: []domain.State{domain.StateRevoked}}, func(m domain.Membership) bool {
				return m.Role == domain.RoleOperator && m.State(now) == domain.StateRevoked
			}},
			"failed":  {store.Query{Mail: []domain.MailState{domain.MailFailed}}, func(m domain.Membership) bool { return m.AcceptedAt.IsZero() && m.Mail.State == domain.MailFailed }},
			"search":  {store.Query{Search: "gwen"}, func(m domain.Membership) bool { return m.Email == store.Gwen }},
			"nothing": {store.Query{States: []domain.State{"nonsense"}}, func(domain.Membership) bool { return false }},
		} {
			var want []string
			for _, m := range all {
				if c.want(m) {
					want = append(want, m.Email)
				}
			}
			if got := emailsOf(everyAdministrator(h, nora, c.query)); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
		for _, sort := range []string{"name", "email", "level", "sign-in"} {
			up := emailsOf(everyAdministrator(h, nora, store.Query{Paging: store.Paging{Sort: sort}}))
			down := emailsOf(everyAdministrator(h, nora, store.Query{Paging: store.Paging{Sort: "-" + sort}}))
			slices.Reverse(down)
			if !slices.Equal(up, down) || len(up) != len(all) {
				t.Errorf("sorted by %s it is another list backwards", sort)
			}
		}
	})
}

func everyAdministrator(h house, by domain.Actor, q store.Query) (all []domain.Membership) {
	h.t.Helper()
	q.Limit = 7
	for {
		page, err := h.Administrators(h.ctx(), by, q)
		must(h.t, err)
		all = append(all, page.Rows...)
		if q.After = page.Next; q.After == "" {
			return all
		}
	}
}

func emailsOf(all []domain.Membership) (emails []string) {
	for _, m := range all {
		emails = append(emails, m.Email)
	}
	return emails
}

// No page, filter, order or count of the list reads all people, with few and with so many that PostgreSQL weighs.
func TestAdministratorsScanNothing(t *testing.T) {
	for _, engine := range storetest.Engines {
		for _, fewest := range []int{1, 1000} {
			t.Run(fmt.Sprint(engine, fewest), func(t *testing.T) {
				e := &ear{}
				h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
				h.SetFewest(fewest)
				partnerCrowd(h, 3000)
				nora, marisol := h.at(store.Nora, store.Northgate), h.row(store.Marisol, store.Northgate)
				heard := e.listen(func() {
					one := []store.Query{
						{Search: "crowd"},
						{Search: "gwen"},
						{Roles: []domain.RoleID{domain.RoleMaster}},
						{Roles: []domain.RoleID{domain.RoleObserver}},
						{Mail: []domain.MailState{domain.MailFailed}},
					}
					for _, s := range []domain.State{domain.StatePending, domain.StateExpired, domain.StateRevoked, domain.StateAccepted} {
						one = append(one, store.Query{States: []domain.State{s}})
					}
					for _, q := range queries(one, nora) {
						pages(h, nora, q, []string{"level", "name", "email", "sign-in"}, h.Administrators)
					}
					_, _, err := h.OpenOffers(h.ctx(), nora, []string{marisol.UserID})
					must(t, err)
				})
				for sql, args := range heard {
					if strings.HasPrefix(sql, "select") || strings.HasPrefix(sql, "with") {
						storetest.NoScan(t, h.Store, sql, args, "memberships", "users")
					}
					if strings.Contains(strings.ToLower(sql), "offset") {
						t.Errorf("an offset: %s", sql)
					}
				}
			})
		}
	}
}

// partnerCrowd gives the partner many people, in every state.
func partnerCrowd(h house, n int) {
	h.t.Helper()
	by, now := h.at(store.Nora, store.Northgate), h.clock.Now()
	var rows []domain.Membership
	for i := range n {
		m := domain.Membership{
			AccountID: by.Account.ID, Kind: domain.KindUser, Email: fmt.Sprintf("crowd%d@northgate.example", i), FirstName: "Crowd", LastName: fmt.Sprint("Person ", i),
			Language: "en", Role: []domain.RoleID{domain.RoleObserver, domain.RoleOperator, domain.RoleObserver, domain.RolePartnerAdmin}[i%4],
			InvitedBy: by.User.ID, InviterName: by.User.Name(), Generation: 1, SentAt: now.Add(-30 * 24 * time.Hour), ExpiresAt: now.Add(-23 * 24 * time.Hour),
			CreatedAt: now, Scope: domain.Whole(by.Account.ID), Mail: domain.Mail{State: domain.MailSent, At: now},
		}
		switch i % 5 {
		case 0, 1:
			m.AcceptedAt, m.LastSignInAt = now.Add(-20*24*time.Hour), now.Add(-time.Duration(i)*time.Hour)
		case 2:
			m.RevokedAt = now.Add(-time.Hour)
		case 3:
			m.SentAt, m.ExpiresAt = now, now.Add(7*24*time.Hour)
		}
		rows = append(rows, m)
	}
	must(h.t, h.PutMemberships(h.ctx(), rows))
	if h.Engine() == "postgres" {
		must(h.t, h.Exec(h.ctx(), "analyze"))
	}
}

// C13, INV-12, RACE-10: the staged are invited together; who is in or invited already is told and left alone; many at
// once leave one offer each.
func TestInviteAdministrators(t *testing.T) {
	inHouse(t, func(h house) {
		nora := h.at(store.Nora, store.Northgate)
		staged := []domain.Staged{
			{Email: "yara@northgate.example", Role: domain.RoleOperator},
			{Email: store.Marisol, Role: domain.RoleObserver},
			{Email: store.Colm, Role: domain.RoleObserver},
			{Email: "hank@northgate.example", Role: domain.RoleMaster},
		}
		tell := func(outcomes []store.Outcome) (words string) {
			for _, o := range outcomes {
				var p domain.Problems
				switch {
				case o.Err == nil:
					words += " invited"
				case errors.As(o.Err, &p):
					words += " " + p["email"].Code
				default:
					words += " " + o.Err.Error()
				}
			}
			return strings.TrimSpace(words)
		}
		const want = "invited already_in already_invited invited"
		outcomes, err := h.InviteAdministrators(h.ctx(), nora, staged, true)
		must(h.t, err)
		if got := tell(outcomes); got != want {
			t.Errorf("the preview says %q", got)
		}
		if got := everyAdministrator(h, nora, store.Query{Search: "yara@"}); len(got) != 0 {
			t.Error("the preview invited somebody")
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := h.InviteAdministrators(h.ctx(), nora, staged, false); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for email, role := range map[string]domain.RoleID{"yara@northgate.example": domain.RoleOperator, "hank@northgate.example": domain.RoleMaster} {
			got := everyAdministrator(h, nora, store.Query{Search: email})
			if len(got) != 1 || got[0].Role != role || got[0].State(h.clock.Now()) != domain.StatePending || got[0].Generation != 1 {
				t.Errorf("%s is %+v", email, got)
			}
		}
		// Nobody stages what they may not grant, whatever the form carries (PRIV-01).
		marisol := h.at(store.Marisol, store.Northgate)
		if outcomes, err = h.InviteAdministrators(h.ctx(), marisol, []domain.Staged{{Email: "eve@northgate.example", Role: domain.RoleMaster}}, false); err != nil || outcomes[0].Err == nil {
			t.Errorf("an Admin invites a Master: %+v, %v", outcomes, err)
		}
		if _, err = h.InviteAdministrators(h.ctx(), h.at(store.Devon, store.Northgate), staged[:1], false); !errors.Is(err, domain.ErrForbidden) {
			t.Errorf("an Operator invites: %v", err)
		}
	})
}

// Only a Master makes an Admin or Master set a new password; no password opens their account then but one set by the link.
func TestForcePasswords(t *testing.T) {
	inHouse(t, func(h house) {
		nora, marisol := h.at(store.Nora, store.Northgate), h.row(store.Marisol, store.Northgate)
		if _, err := h.ForcePasswords(h.ctx(), h.at("abel.winslow@northgate.example", store.Northgate), chosen(marisol)); !errors.Is(err, domain.ErrForbidden) {
			t.Errorf("an Admin forces a password: %v", err)
		}
		if _, err := h.ForcePasswords(h.ctx(), nora, chosen(h.row(store.Devon, store.Northgate))); !errors.Is(err, domain.ErrForbidden) {
			t.Errorf("an Operator's password, who can be locked: %v", err)
		}
		if _, _, err := h.SignIn(h.ctx(), attempt(store.Marisol, store.DemoPassword, "", "")); err != nil {
			t.Fatal(err)
		}
		u, session := storetest.SignIn(t, h.Store, store.Marisol)
		must(t, h.AddPasskey(h.ctx(), u, store.NewPasskey{Name: "Laptop", ID: []byte("marisol"), Credential: "{}", Challenge: h.Challenge(store.PasskeyMaking, u.ID)}, session, "renewed", ""))
		keys, err := h.PasskeysOf(h.ctx(), u.ID)
		must(t, err)
		byPasskey := func(hash string) error {
			_, _, err := h.SignInByPasskey(h.ctx(), store.Shown{Passkey: keys[0], Challenge: h.Challenge(store.PasskeySignIn, ""), Start: store.Start{Hash: hash}})
			return err
		}
		must(t, byPasskey("before"))
		outcomes, err := h.ForcePasswords(h.ctx(), nora, chosen(marisol))
		if err != nil || outcomes[0].Err != nil {
			t.Fatal(outcomes, err)
		}
		if n, err := h.Number(h.ctx(), "select count(*) from sessions where user_id = $1", marisol.UserID); err != nil || n != 0 {
			t.Errorf("%d sessions are left, %v", n, err)
		}
		if _, _, err := h.SignIn(h.ctx(), attempt(store.Marisol, store.DemoPassword, "", "")); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old password: %v", err)
		}
		if n, err := h.Number(h.ctx(), "select count(*) from deliveries where user_id = $1 and kind = $2", marisol.UserID, string(domain.PasswordResetMail)); err != nil || n != 1 {
			t.Errorf("%d mails with a link, %v", n, err)
		}
		// A passkey does not go round it, and works again once there is a new password.
		if err := byPasskey("between"); !errors.Is(err, domain.ErrOutgrown) || h.number("select count(*) from sessions where user_id = $1", marisol.UserID) != 0 {
			t.Errorf("by a passkey: %v", err)
		}
		must(t, h.Exec(h.ctx(), "update users set password_hash = 'another' where id = '"+marisol.UserID+"'"))
		must(t, byPasskey("after"))
	})
}
