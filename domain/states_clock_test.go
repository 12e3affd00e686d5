package domain

import (
	"strings"
	"testing"
	"time"
)

// TestINV01TheClockInEveryState is the table for what nobody does: the clock, and the invitee with a dead link.
func TestINV01TheClockInEveryState(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(Membership) (Membership, Event, error)
		event  EventKind
		fields string
		row    string
	}{
		{
			"Expire", func(m Membership) (Membership, Event, error) { return m.Expire(now) }, InviteExpired, "ExpiryTold",
			"not_expired ok not_expired not_expired not_expired not_expired not_expired not_expired",
		},
		{
			"Remind", func(m Membership) (Membership, Event, error) { return m.Remind(now) }, InviteReminded, "Reminders",
			"ok no_reminder no_reminder no_reminder no_reminder no_reminder no_reminder no_reminder",
		},
		{"AskAgain", func(m Membership) (Membership, Event, error) {
			e, err := m.AskAgain(now)
			return m, e, err
		}, InviteAsked, "", "not_expired ok ok not_expired not_expired not_expired not_expired not_expired"},
	} {
		for i, s := range states {
			t.Run(c.name+"/"+string(s), func(t *testing.T) {
				expected := strings.Fields(c.row)[i]
				if expected != "ok" {
					expected = "409 " + expected
				}
				before := offered(acme, RoleUser, Sites("acme", "s1")).in(s)
				after, e, err := c.do(before)
				want(t, c.name, err, expected)
				for _, f := range differing(before, after) {
					if err != nil || f != c.fields {
						t.Errorf("%s changed as well", f)
					}
				}
				if after.State(now) != s {
					t.Errorf("state %s", after.State(now))
				}
				if err != nil {
					return
				}
				if e.Kind != c.event || e.SubjectID != "target" || e.ActorID != "" || e.ActorName != "" || !e.At.Equal(now) || e.AccountID != "acme" {
					t.Errorf("event %+v", e)
				}
			})
		}
	}
}

func TestStateAtItsBoundaries(t *testing.T) {
	const tick = time.Microsecond // what the store keeps
	pending := offered(acme, RoleUser, Whole("acme"))
	accepted := pending.in(StateAccepted)
	ending := accepted
	ending.EndsAt = now
	suspended := ending.in(StateSuspended)
	suspended.EndsAt = now
	revoked, declined := pending.in(StateRevoked), pending.in(StateDeclined)
	removed := suspended
	removed.RemovedAt = now
	early := pending // which no change makes
	early.SuspendedAt = now.Add(-day)
	for _, c := range []struct {
		name string
		m    Membership
		at   time.Time
		want State
	}{
		{"never sent", Membership{}, now, StateExpired},
		{"a tick before expiry", pending, pending.ExpiresAt.Add(-tick), StatePending},
		{"at expiry", pending, pending.ExpiresAt, StateExpired},
		{"long after", pending, pending.ExpiresAt.Add(1000 * day), StateExpired},
		{"accepted does not expire", accepted, pending.ExpiresAt.Add(day), StateAccepted},
		{"revoked does not expire", revoked, pending.ExpiresAt.Add(day), StateRevoked},
		{"declined does not expire", declined, pending.ExpiresAt.Add(day), StateDeclined},
		{"a tick before the end", ending, now.Add(-tick), StateAccepted},
		{"at the end", ending, now, StateEnded},
		{"suspended before the end", suspended, now.Add(-tick), StateSuspended},
		{"suspended at the end", suspended, now, StateEnded},
		{"removed stands above all", removed, now, StateRemoved},
		{"an offer is not disabled", early, pending.ExpiresAt.Add(-tick), StatePending},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.m.State(c.at); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if c.m.Active(c.at) != (c.want == StateAccepted) {
				t.Errorf("active: %t", c.m.Active(c.at))
			}
		})
	}
}
