package store_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// AUD-01: a history is read newest first, page by page, by its own account only.
func TestEventsOf(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		kelly := place(t, s, store.Kelly, store.Brightwater)
		var kinds []string
		cursor := ""
		for {
			page, next, err := s.EventsOf(ctx, dana, kelly.ID, cursor, 2)
			if err != nil || len(page) > 2 {
				t.Fatalf("%d events, %v", len(page), err)
			}
			for _, e := range page {
				kinds = append(kinds, string(e.Kind))
				if e.AccountID != dana.Account.ID || e.SubjectName != "Kelly Dunne" || e.ID == "" {
					t.Errorf("%+v", e)
				}
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		if got := strings.Join(kinds, " "); got != "invite.reminded invite.reminded invite.resent invite.expired invite.reminded invite.reminded invite.sent" {
			t.Errorf("Kelly's history is %s", got)
		}
		cora := storetest.As(t, s, store.Cora, store.Cobalt)
		if found, _, err := s.EventsOf(ctx, cora, kelly.ID, "", 50); err != nil || len(found) != 0 {
			t.Errorf("another account reads %d events, %v", len(found), err)
		}
	})
}

// TEN-08: what a history says of sites is cut to the reader's scope.
func TestEventsWithinScope(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		ingrid := storetest.As(t, s, store.Ingrid, store.Brightwater)
		// Priya reaches Harbor Point Tower, which is Ingrid's too, and Union Yard, which is not.
		priya := place(t, s, store.Priya, store.Brightwater)
		scope := func(by domain.Actor) []string {
			events, _, err := s.EventsOf(t.Context(), by, priya.ID, "", 50)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(events, func(e domain.Event) bool { return e.Kind == domain.InviteSent })
			return strings.Fields(events[at].After["scope"])
		}
		if got := scope(dana); len(got) != 2 {
			t.Errorf("Dana reads %v", got)
		}
		if got := scope(ingrid); len(got) != 1 || !slices.Contains(ingrid.Scope.SiteIDs(), got[0]) {
			t.Errorf("Ingrid reads %v", got)
		}
	})
}
