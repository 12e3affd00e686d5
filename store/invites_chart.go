package store

import (
	"context"
	"strconv"
	"time"

	"gatehouse/domain"
)

// InviteWeek is the offers that were last sent in one week, by the state they are in now.
type InviteWeek struct {
	Start  time.Time // Monday, in the viewer's time zone
	States map[domain.State]int
}

// The chart looks back over chartWeeks and at no more than the newest chartReads offers.
const (
	chartWeeks = 12
	chartReads = 5000
)

// InviteWeeks are the last twelve weeks of the offers of a query that the actor may see, oldest first. partial says that there were
// more than the newest 5,000, and that the oldest are left out.
func (s *Store) InviteWeeks(ctx context.Context, by domain.Actor, query Query) (weeks []InviteWeek, partial bool, err error) {
	now, zone := s.now(), by.User.Zone()
	today := now.In(zone)
	monday := func(weeks int) time.Time {
		back := (int(today.Weekday())+6)%7 + 7*weeks
		return time.Date(today.Year(), today.Month(), today.Day()-back, 0, 0, 0, 0, zone)
	}
	for n := chartWeeks - 1; n >= 0; n-- {
		weeks = append(weeks, InviteWeek{Start: monday(n), States: map[domain.State]int{}})
	}
	slim := invitesView
	slim.fields = "m.sent_at, m.expires_at, m.accepted_at, m.declined_at, m.revoked_at"
	slim.scan = scanFacts
	slim.more = " and m.sent_at >= " + strconv.FormatInt(micros(weeks[0].Start), 10)
	l, err := s.listMemberships(ctx, s.read.planned(), slim, by, query)
	if err != nil {
		return nil, false, err
	}
	found, err := l.rows(ctx, nil, false, chartReads+1)
	if err != nil {
		return nil, false, err
	}
	for _, row := range found[:min(len(found), chartReads)] {
		for i := len(weeks) - 1; i >= 0; i-- {
			if !row.row.SentAt.Before(weeks[i].Start) {
				weeks[i].States[stateOfOffer(row.row, now)]++
				break
			}
		}
	}
	return weeks, len(found) > chartReads, nil
}

// scanFacts reads what the state of an offer follows from.
func scanFacts(row scanner) (m domain.Membership, err error) {
	var at [5]int64
	err = row.Scan(&at[0], &at[1], &at[2], &at[3], &at[4])
	m.SentAt, m.ExpiresAt, m.AcceptedAt, m.DeclinedAt, m.RevokedAt =
		fromMicros(at[0]), fromMicros(at[1]), fromMicros(at[2]), fromMicros(at[3]), fromMicros(at[4])
	return m, err
}

// stateOfOffer is the state as the Invites tab counts it: what became of the person afterwards is not the offer's.
func stateOfOffer(m domain.Membership, now time.Time) domain.State {
	if !m.AcceptedAt.IsZero() {
		return domain.StateAccepted
	}
	return m.State(now)
}
