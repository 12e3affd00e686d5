package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// everyState are memberships of a kind in every combination of what can have become of them, at every side of the moment.
func everyState(account string, kind domain.MembershipKind, role domain.RoleID, now time.Time) (out []domain.Membership) {
	past, next := now.Add(-time.Hour), now.Add(time.Hour)
	on := func(bit int) time.Time {
		if bit == 0 {
			return time.Time{}
		}
		return past
	}
	mails := []domain.MailState{domain.MailSent, domain.MailFailed, domain.MailQueued}
	factors := []domain.Factor{domain.AppFactor, domain.NoFactor, domain.PasskeyFactor, domain.NoFactor}
	spaces := []domain.Workspace{domain.GroupsAndDevices, domain.Groups, domain.Devices}
	for _, expires := range []time.Time{past, now, next} {
		for _, ends := range []time.Time{{}, past, now, next} {
			for n := range 64 {
				m := domain.Membership{
					AccountID: account, Kind: kind, Role: role, Scope: domain.Whole(account), ExpiresAt: expires, EndsAt: ends,
					SentAt: past, CreatedAt: past, Generation: 1, Language: "en",
					AcceptedAt: on(n & 1), DeclinedAt: on(n & 2), RevokedAt: on(n & 4), SuspendedAt: on(n & 8), RemovedAt: on(n & 16),
					NotifyEmail: n&32 == 0, NotifyText: len(out)%3 == 0, Factor: factors[len(out)%len(factors)],
				}
				if m.AcceptedAt.IsZero() && !ends.IsZero() && expires.After(ends) {
					continue // no offer outlives the access it offers
				}
				m.Email = fmt.Sprintf("%s.%d@every.example", kind, len(out))
				if m.Mail.State = mails[len(out)%len(mails)]; kind == domain.KindGuest {
					m.Workspace = spaces[len(out)%len(spaces)]
				}
				out = append(out, m)
			}
		}
	}
	return out
}

// a way of asking a list, and whom domain says it leaves.
type way struct {
	query store.Query
	holds func(domain.Membership) bool
}

// Each list leaves those whom domain says it should, by every state and every other filter, however the list is read.
func TestListsAgreeWithDomain(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport() // it exempts the partner's people from domains, and they have the same addresses here
		dana, nora := h.at(store.Dana, store.Brightwater), h.at(store.Nora, store.Northgate)
		now := h.clock.Now()
		for account, kinds := range map[string]map[domain.MembershipKind]domain.RoleID{
			dana.Account.ID: {domain.KindUser: domain.RoleUser, domain.KindGuest: "user"},
			nora.Account.ID: {domain.KindUser: domain.RoleObserver},
		} {
			for kind, role := range kinds {
				must(t, h.PutMemberships(h.ctx(), everyState(account, kind, role, now)))
			}
		}
		everyone, err := h.Everyone(h.ctx())
		must(t, err)
		in := func(m domain.Membership) bool { return !m.AcceptedAt.IsZero() }
		offered := func(m domain.Membership) domain.State {
			if in(m) {
				return domain.StateAccepted
			}
			return m.State(now)
		}
		visits := func(m domain.Membership) domain.State {
			if s := m.State(now); s != domain.StateSuspended {
				return s
			}
			return domain.StateAccepted
		}
		for name, list := range map[string]struct {
			each  func(context.Context, domain.Actor, store.Query, func(domain.Membership) error) error
			by    domain.Actor
			of    func(domain.Membership) bool
			state func(domain.Membership) domain.State
			more  map[string]way
		}{
			"users": {h.EachUser, dana, func(m domain.Membership) bool { return m.Kind == domain.KindUser && in(m) }, func(m domain.Membership) domain.State { return m.State(now) }, map[string]way{
				"mail on":  {store.Query{Email: store.On}, func(m domain.Membership) bool { return m.NotifyEmail }},
				"mail off": {store.Query{Email: store.Off}, func(m domain.Membership) bool { return !m.NotifyEmail }},
				"text on":  {store.Query{Text: store.On}, func(m domain.Membership) bool { return m.NotifyText }},
				"no factor": {store.Query{NoFactor: []domain.RoleID{domain.RoleUser}}, func(m domain.Membership) bool {
					return m.Active(now) && m.Factor == domain.NoFactor && m.Role == domain.RoleUser
				}},
				"outside": {store.Query{Outside: &domain.AllowedDomains{"brightwater.example"}}, func(m domain.Membership) bool {
					return domain.EmailDomain(m.Email) != "brightwater.example"
				}},
			}},
			"invites": {h.EachInvite, dana, func(m domain.Membership) bool { return m.Kind == domain.KindUser }, offered, map[string]way{
				"mail": {store.Query{Mail: []domain.MailState{domain.MailFailed}}, func(m domain.Membership) bool { return !in(m) && m.Mail.State == domain.MailFailed }},
			}},
			"guests": {h.EachGuest, dana, func(m domain.Membership) bool { return m.Kind == domain.KindGuest }, visits, map[string]way{
				"on":    {store.Query{Active: store.On}, func(m domain.Membership) bool { return m.SuspendedAt.IsZero() }},
				"off":   {store.Query{Active: store.Off}, func(m domain.Membership) bool { return !m.SuspendedAt.IsZero() }},
				"modes": {store.Query{Workspaces: []domain.Workspace{domain.Groups}}, func(m domain.Membership) bool { return m.Workspace == domain.Groups }},
			}},
			"administrators": {h.EachAdministrator, nora, func(m domain.Membership) bool { return m.Kind == domain.KindUser }, offered, nil},
		} {
			ways := map[string]way{"all": {holds: func(domain.Membership) bool { return true }}}
			for _, state := range []domain.State{
				domain.StatePending, domain.StateExpired, domain.StateRevoked, domain.StateDeclined, domain.StateAccepted, domain.StateSuspended, domain.StateEnded,
			} {
				ways[string(state)] = way{store.Query{States: []domain.State{state}}, func(m domain.Membership) bool { return list.state(m) == state }}
			}
			for what, more := range list.more {
				ways[what] = more
			}
			for what, w := range ways {
				var want []string
				for _, m := range everyone {
					if m.AccountID == list.by.Account.ID && m.RemovedAt.IsZero() && list.of(m) && w.holds(m) {
						want = append(want, m.ID)
					}
				}
				slices.Sort(want)
				for _, fewest := range []int{1, 1000} {
					h.SetFewest(fewest)
					var got []string
					must(t, list.each(h.ctx(), list.by, w.query, func(m domain.Membership) error {
						got = append(got, m.ID)
						return nil
					}))
					slices.Sort(got)
					if !slices.Equal(got, want) {
						t.Errorf("%s, %s, %d are few: %d rows, want %d", name, what, fewest, len(got), len(want))
					}
				}
			}
		}
	})
}

// AUTH-03, AUTH-22, GST-11: who has an active place or an open offer may come in, and nobody for anything that is over.
func TestWhoMayEnter(t *testing.T) {
	inHouse(t, func(h house) {
		now := h.clock.Now()
		past, next := now.Add(-time.Hour), now.Add(time.Hour)
		dana := h.at(store.Dana, store.Brightwater)
		storetest.Exec(t, h.Store, `insert into users (id, email, first_name, last_name, phone, language, time_zone, theme, password_hash, password_changed_at, last_sign_in_at, created_at, version)
			values ('somebody', 'somebody@every.example', 'Some', 'Body', '', 'en', 'UTC', '', '', 0, 0, 1, 1)`)
		u, err := h.PersonByEmail(h.ctx(), "somebody@every.example")
		must(t, err)
		enters := func() bool {
			t.Helper()
			may, err := h.MayEnter(h.ctx(), u)
			must(t, err)
			return may
		}
		if enters() {
			t.Error("who has no place enters")
		}
		end := func(id string) {
			for _, table := range []string{"grants", "invite_links"} {
				storetest.Exec(t, h.Store, "delete from "+table+" where membership_id = $1", id)
			}
			storetest.Exec(t, h.Store, "delete from memberships where id = $1", id)
		}
		for _, kind := range []domain.MembershipKind{domain.KindUser, domain.KindGuest} {
			for _, accepted := range []bool{true, false} {
				for name, change := range map[string]func(*domain.Membership){
					"good":            func(*domain.Membership) {},
					"good and dated":  func(m *domain.Membership) { m.EndsAt = next },
					"removed":         func(m *domain.Membership) { m.RemovedAt = past },
					"suspended":       func(m *domain.Membership) { m.SuspendedAt = past },
					"ended":           func(m *domain.Membership) { m.EndsAt, m.ExpiresAt = past, next },
					"ended now":       func(m *domain.Membership) { m.EndsAt, m.ExpiresAt = now, next },
					"declined":        func(m *domain.Membership) { m.DeclinedAt = past },
					"revoked":         func(m *domain.Membership) { m.RevokedAt = past },
					"expired":         func(m *domain.Membership) { m.ExpiresAt = now },
					"another address": func(m *domain.Membership) { m.Email, m.UserID = "another@every.example", dana.User.ID },
				} {
					m := domain.Membership{
						AccountID: dana.Account.ID, Kind: kind, Role: domain.RoleUser, Scope: domain.Whole(dana.Account.ID), Email: u.Email, Generation: 1,
						Language: "en", CreatedAt: past, SentAt: past, ExpiresAt: next,
					}
					if accepted {
						m.AcceptedAt, m.UserID, m.ExpiresAt = past, u.ID, past
					}
					change(&m)
					if !accepted {
						m.UserID = ""
					}
					put, err := h.PutMembership(h.ctx(), m)
					must(t, err)
					want := m.Email == u.Email && (accepted && m.Active(now) || !accepted && m.State(now) == domain.StatePending && (m.EndsAt.IsZero() || m.EndsAt.After(now)))
					if got := enters(); got != want {
						t.Errorf("%s, accepted %v, %s: %v", kind, accepted, name, got)
					}
					if want { // who had a place of their own once is a guest nowhere when it is gone
						own := put
						own.ID, own.Kind, own.UserID, own.AccountID, own.AcceptedAt, own.RemovedAt = "", domain.KindUser, u.ID, h.at(store.Cora, store.Cobalt).Account.ID, past, past
						own.Scope = domain.Whole(own.AccountID)
						gone, err := h.PutMembership(h.ctx(), own)
						must(t, err)
						if got := enters(); got != (kind == domain.KindUser) {
							t.Errorf("%s, accepted %v, %s, whose own place is gone: %v", kind, accepted, name, got)
						}
						end(gone.ID)
					}
					end(put.ID)
				}
			}
		}
	})
}
