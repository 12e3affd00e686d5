package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

func names(sites []domain.Site) []string {
	var out []string
	for _, v := range sites {
		out = append(out, v.Name)
	}
	return out
}

// TEN-08: sites outside an actor's scope are invisible in the list, by search, by id, by name and in the count.
func TestSites(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		ingrid := storetest.As(t, s, store.Ingrid, store.Brightwater)
		cora := storetest.As(t, s, store.Cora, store.Cobalt)

		whole, next, err := s.Sites(ctx, dana, "", "", 50)
		if err != nil || next != "" || len(whole) != 14 || !slices.IsSorted(names(whole)) {
			t.Fatalf("%v %q, %v", names(whole), next, err)
		}
		var paged []domain.Site
		cursor, pages := "", 0
		for {
			page, next, err := s.Sites(ctx, dana, "", cursor, 5)
			if err != nil || len(page) > 5 {
				t.Fatalf("%v, %v", names(page), err)
			}
			paged, pages = append(paged, page...), pages+1
			if cursor = next; cursor == "" {
				break
			}
		}
		if !slices.Equal(names(paged), names(whole)) || pages != 3 {
			t.Errorf("in %d pages: %v", pages, names(paged))
		}

		mine, _, err := s.Sites(ctx, ingrid, "", "", 50)
		if err != nil || strings.Join(names(mine), ", ") != "Harbor Point Tower, Millbrook Pumping Station, Tanner Creek Hydro" {
			t.Errorf("Ingrid sees %v, %v", names(mine), err)
		}
		for search, want := range map[string]int{"HÁRBOR": 1, "creek": 1, "solar": 0, "%": 0, "_": 0, "\\": 0, "' or 1=1 --": 0, "hpt": 1, "ESP": 0, strings.Repeat("x%", 5000): 0} {
			found, _, err := s.Sites(ctx, ingrid, search, "", 50)
			if err != nil || len(found) != want {
				t.Errorf("search %.20q: %v, %v, want %d", search, names(found), err, want)
			}
		}
		for by, want := range map[*domain.Actor]int{&dana: 14, &ingrid: 3, &cora: 2} {
			if n, err := s.CountSites(ctx, *by, 1000); err != nil || n != want {
				t.Errorf("%s counts %d, %v, want %d", by.User.Name(), n, err, want)
			}
		}
		if n, err := s.CountSites(ctx, dana, 10); err != nil || n != 11 {
			t.Errorf("a capped count is %d, %v, want 11", n, err)
		}

		solar := whole[slices.Index(names(whole), "Eastfield Solar Park")]
		if v, err := s.Site(ctx, dana, solar.ID); err != nil || v != solar {
			t.Errorf("%+v, %v", v, err)
		}
		for _, by := range []domain.Actor{ingrid, cora, {}} {
			for _, id := range []string{solar.ID, "none", ""} {
				if _, err := s.Site(ctx, by, id); !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("%s finds %q: %v", by.User.Name(), id, err)
				}
			}
		}
		ids := []string{solar.ID, mine[0].ID, mine[0].ID, "none"}
		if got, err := s.SiteNames(ctx, ingrid, ids); err != nil || len(got) != 1 || got[mine[0].ID] != "Harbor Point Tower" {
			t.Errorf("names for Ingrid: %v, %v", got, err)
		}
		if got, err := s.ExistingSites(ctx, dana.Account.ID, ids); err != nil || len(got) != 2 {
			t.Errorf("existing: %v, %v", got, err)
		}
		if got, err := s.ExistingSites(ctx, cora.Account.ID, ids); err != nil || len(got) != 0 {
			t.Errorf("TEN-02: a foreign site exists: %v, %v", got, err)
		}
		if got, err := s.ExistingSites(ctx, dana.Account.ID, make([]string, 50000)); err != nil || len(got) != 0 {
			t.Errorf("fifty thousand ids: %v, %v", got, err)
		}
	})
}

// API-13: a cursor that nobody was given is no cursor.
func TestForeignCursors(t *testing.T) {
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		dana := storetest.As(t, s, store.Dana, store.Brightwater)
		for _, cursor := range []string{"x", "-1", "AAAA", "1.5", "9.none", "%00", "' or 1=1", strings.Repeat("A", 100), strings.Repeat("eHh4", 12), "AAAA==", "9999999999999999999999.0193"} {
			if _, _, err := s.Sites(t.Context(), dana, "", cursor, 5); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("sites from %q: %v", cursor, err)
			}
			if _, _, err := s.EventsOf(t.Context(), dana, dana.Membership, cursor, 5); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("events from %q: %v", cursor, err)
			}
		}
	})
}
