package store_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// bareAccount writes an account and its sites with nothing in them.
func bareAccount(t *testing.T, s *store.Store, id string, sites ...string) {
	t.Helper()
	err := s.Exec(t.Context(), `insert into accounts (id, slug, name, kind, country, invite_days, reminders, site_admins_invite, suspended_at, created_at)
		values ($1, $1, $1, 'customer', 'US', 7, 1, 0, 0, 1)`, id)
	for _, site := range sites {
		err = errors.Join(err, s.Exec(t.Context(), `insert into sites (id, account_id, name, name_key, code, address, time_zone, created_at, removed_at)
			values ($1, $2, $1, $1, '', '', 'UTC', 1, 0)`, site, id))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestMembershipComesBackAsWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		bareAccount(t, s, "a", "s1", "s2")
		at := func(n int64) time.Time { return time.UnixMicro(1_700_000_000_000_000 + n).UTC() }
		m := domain.Membership{
			AccountID: "a", Kind: domain.KindUser, Email: "zoe@example.com", FirstName: "Zoë", LastName: "Noor", Phone: "+12025550100", Language: "es",
			Role: domain.RoleUser, Scope: domain.Sites("a", "s1", "s2"), NotifyEmail: true, Message: "Hi", InvitedBy: "x", InviterName: "X", Generation: 3,
			SentAt: at(1), ExpiresAt: at(2), AcceptedAt: at(3), DeclinedAt: at(4), RevokedAt: at(5), SuspendedAt: at(6), SuspendedBy: "Y", SuspendedByID: "y", EndsAt: at(7),
			Reminders: 1, ExpiryTold: true, LastSignInAt: at(9), Mail: domain.Mail{State: domain.MailFailed, At: at(10), Error: "550"}, CreatedAt: at(11),
		}
		put, err := s.PutMembership(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.ReadMembership(t.Context(), put.ID)
		if err != nil || !reflect.DeepEqual(got, put) {
			t.Fatalf("read %+v, %v\nwant %+v", got, err, put)
		}

		after := got
		after.Scope, after.NotifyText, after.RemovedAt, after.UserID = domain.Whole("a"), true, at(8), ""
		after.DeclinedAt, after.Generation = time.Time{}, 4
		now, err := s.RewriteMembership(t.Context(), got, after)
		if err != nil || now.Version != 2 {
			t.Fatalf("rewrite: version %d, %v", now.Version, err)
		}
		if got, err = s.ReadMembership(t.Context(), put.ID); err != nil || !reflect.DeepEqual(got, now) {
			t.Fatalf("read %+v, %v\nwant %+v", got, err, now)
		}

		// RACE-12: the row has moved on since it was read.
		if _, err := s.RewriteMembership(t.Context(), put, after); !errors.Is(err, domain.ErrStale) {
			t.Errorf("a second writer got %v, want ErrStale", err)
		}
	})
}
