package storetest

import (
	"strings"
	"testing"

	"gatehouse/store"
)

func TestFrozenCopiesAreApart(t *testing.T) {
	Each(t, func(t *testing.T, s *store.Store) {
		if err := s.LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		f := Freeze(t, s)
		one, two := f.Thaw(t), f.Thaw(t)
		watch := NewWatch(t, two)
		Exec(t, one, "update users set theme = 'dark' where email = '"+store.Dana+"'")
		if u, err := one.PersonByEmail(t.Context(), store.Dana); err != nil || u.Theme != "dark" {
			t.Errorf("the first copy was not changed: %q, %v", u.Theme, err)
		}
		if got := watch.Changes(); len(got) != 0 || watch.Written() {
			t.Errorf("a change of one copy shows in the other: %v", got)
		}
		third := f.Thaw(t)
		watch = watch.On(third)
		Exec(t, third, "update users set theme = 'dark' where email = '"+store.Dana+"'")
		if !watch.Written() || len(watch.Changes()) != 2 || watch.Written() {
			t.Error("a change of the third copy does not show as one")
		}
	})
}

func TestWatchTellsWhatIsWritten(t *testing.T) {
	Each(t, func(t *testing.T, s *store.Store) {
		if err := s.LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		watch := NewWatch(t, s, "sessions.seen_at", "counters")
		if _, err := s.PersonByEmail(t.Context(), store.Dana); err != nil {
			t.Fatal(err)
		}
		if got := watch.Changes(); len(got) != 0 {
			t.Fatalf("reading counts as writing: %v", got)
		}
		if err := s.CreateSession(t.Context(), store.Start{Hash: "h"}); err != nil {
			t.Fatal(err)
		}
		if got := watch.Changes(); len(got) != 1 || !strings.HasPrefix(got[0], "+ sessions: h | ") {
			t.Fatalf("a new session is told as %v", got)
		}
		Exec(t, s, "update sessions set seen_at = seen_at + 1")
		if got := watch.Changes(); len(got) != 0 {
			t.Fatalf("what is excepted is told: %v", got)
		}
		if _, _, err := s.Bump(t.Context(), "c", 1, 1); err != nil {
			t.Fatal(err)
		}
		if got := watch.Changes(); len(got) != 0 {
			t.Fatalf("what is excepted is told: %v", got)
		}
		Exec(t, s, "update users set theme = 'dark' where email = '"+store.Dana+"'")
		if got := watch.Changes(); len(got) != 2 {
			t.Fatalf("a changed row is told as %v", got)
		}
	})
}
