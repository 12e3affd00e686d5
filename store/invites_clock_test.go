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

// The clock's work: each expiry and each reminder once, with its history and its mail, by however many nodes.
func TestTheClocksWork(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		work := func() {
			t.Helper()
			var errs [4]error
			for {
				var expired, reminded [2]int
				together(
					func() { expired[0], errs[0] = h.ExpireDue(h.ctx(), 3) },
					func() { expired[1], errs[1] = h.ExpireDue(h.ctx(), 3) },
					func() { reminded[0], errs[2] = h.RemindDue(h.ctx(), 3) },
					func() { reminded[1], errs[3] = h.RemindDue(h.ctx(), 3) },
				)
				must(t, errors.Join(errs[:]...))
				if max(expired[0], expired[1], reminded[0], reminded[1]) < 3 {
					return
				}
			}
		}
		work()
		before := h.written()
		work()
		if h.written() != before {
			t.Error("the same was done twice")
		}
		m, err := h.CreateInvite(h.ctx(), dana, draft("slow@brightwater.example"))
		must(t, err)
		// The fourth to the ninth day: reminders on the second and the fifth, the end after the seventh.
		for day, want := range [][3]int{{}, {1}, {1}, {1}, {2}, {2}, {2, 1, 1}, {2, 1, 1}} {
			h.clock.Advance(24 * time.Hour)
			work()
			got := [3]int{len(h.owed(m, domain.ReminderMail)), len(h.owed(m, domain.InviteExpiredMail)), int(h.told(m, domain.InviteExpired))}
			if got != want || h.told(m, domain.InviteReminded) != int64(want[0]) {
				t.Errorf("day %d: reminded, told, written %v, want %v", day+1, got, want)
			}
		}
		if to := h.owed(m, domain.InviteExpiredMail); !slices.Equal(to, []string{store.Dana}) {
			t.Errorf("told %v of the end", to)
		}
	})
}

func TestRemindersSwitchedOff(t *testing.T) {
	inHouse(t, func(h house) {
		m, err := h.CreateInvite(h.ctx(), h.at(store.Dana, store.Brightwater), draft("quiet@brightwater.example"))
		must(t, err)
		must(t, h.Exec(h.ctx(), "update accounts set reminders = 0 where slug = 'brightwater'"))
		h.clock.Advance(3 * 24 * time.Hour)
		for {
			n, err := h.RemindDue(h.ctx(), 100)
			must(t, err)
			if n == 0 {
				break
			}
		}
		if len(h.owed(m, domain.ReminderMail)) != 0 || h.told(m, domain.InviteReminded) != 0 {
			t.Error("reminded all the same")
		}
		must(t, h.Exec(h.ctx(), "update accounts set reminders = 1 where slug <> 'twin'"))
		h.clock.Advance(3 * 24 * time.Hour)
		_, err = h.RemindDue(h.ctx(), 100)
		must(t, err)
		if len(h.owed(m, domain.ReminderMail)) != 1 {
			t.Error("not reminded after it was switched on")
		}
	})
}

// One sender is not mailed ten thousand times when an import expires.
func TestExpiriesToldAreFew(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t, engine, func(c *store.Config) { c.Limits.ExpiredPerSender = 2 })
			must(t, drain(h))
			dana := h.at(store.Dana, store.Brightwater)
			for i := range 5 {
				_, err := h.CreateInvite(h.ctx(), dana, draft(fmt.Sprintf("lapse%d@brightwater.example", i)))
				must(t, err)
			}
			h.clock.Advance(8 * 24 * time.Hour)
			must(t, drain(h))
			events := h.number("select count(*) from events where kind = 'invite.expired' and at = $1", h.clock.Now().UnixMicro())
			mails := h.number("select count(*) from deliveries where kind = 'invite_expired' and recipient = $1 and created_at = $2", store.Dana, h.clock.Now().UnixMicro())
			if events < 5 || mails != 2 {
				t.Errorf("%d expired, %d mails", events, mails)
			}
		})
	}
}

func drain(h house) error {
	for {
		if n, err := h.ExpireDue(h.ctx(), 100); err != nil || n == 0 {
			return err
		}
	}
}

// The chart shows each offer once, in the week it was last sent.
func TestInviteWeeks(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		weeks, partial, err := h.InviteWeeks(h.ctx(), dana, store.Query{})
		must(t, err)
		if len(weeks) != 12 || partial || weeks[11].Start.Weekday() != time.Monday || weeks[11].Start.After(h.clock.Now()) {
			t.Fatalf("%d weeks to %s, partial %v", len(weeks), weeks[len(weeks)-1].Start, partial)
		}
		want := map[domain.State]int{}
		must(t, h.EachInvite(h.ctx(), dana, store.Query{}, func(m domain.Membership) error {
			if !m.SentAt.Before(weeks[0].Start) {
				state := m.State(h.clock.Now())
				if !m.AcceptedAt.IsZero() {
					state = domain.StateAccepted
				}
				want[state]++
			}
			return nil
		}))
		got := map[domain.State]int{}
		for _, w := range weeks {
			for state, n := range w.States {
				got[state] += n
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || got[domain.StatePending] == 0 || got[domain.StateExpired] == 0 || got[domain.StateRevoked] == 0 || got[domain.StateAccepted] == 0 {
			t.Errorf("shows %v, want %v", got, want)
		}
	})
}
