package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// things is a table of the tests' own, so that they stand apart from what the product keeps; beside it stands what
// Open itself reads and takes over.
const things = `-- +goose Up
create table settings (name text primary key, value text not null);
create table deliveries (leased_by text, lease_until bigint, sent_at bigint, failed_at bigint);
create table imports (lease_until bigint, confirmed_at bigint, finished_at bigint);
create table things (id text primary key, name text not null, n bigint not null);
create unique index things_name on things (lower(name));
`

func steps(more ...string) fstest.MapFS {
	found := fstest.MapFS{}
	for i, sql := range append([]string{things}, more...) {
		found[fmt.Sprintf("%05d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(sql)}
	}
	return found
}

func withThings(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			test(t, open(t, store.Config{DSN: storetest.Empty(t, engine), Key: storetest.Key}.WithSteps(steps())))
		})
	}
}

func open(t *testing.T, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), c)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, s *store.Store, id string, n int64) {
	t.Helper()
	must(t, s.Tx(t.Context(), func(tx *store.Tx) error {
		_, err := store.Exec(t.Context(), tx, "insert into things (id, name, n) values ($1, $1, $2)", id, n)
		return err
	}))
}

func count(t *testing.T, s *store.Store, sql string) int64 {
	t.Helper()
	n, err := s.Number(t.Context(), sql)
	must(t, err)
	return n
}

func TestTxRollsBack(t *testing.T) {
	withThings(t, func(t *testing.T, s *store.Store) {
		wrong := errors.New("wrong")
		insert := func(tx *store.Tx) {
			_, err := store.Exec(t.Context(), tx, "insert into things (id, name, n) values ('a', 'a', 1)")
			must(t, err)
		}
		if err := s.Tx(t.Context(), func(tx *store.Tx) error { insert(tx); return wrong }); !errors.Is(err, wrong) {
			t.Fatalf("got %v, want the change's own error", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			must(t, s.Tx(t.Context(), func(tx *store.Tx) error { insert(tx); panic("boom") }))
		}()
		if n := count(t, s, "select count(*) from things"); n != 0 {
			t.Fatalf("%d rows were left behind", n)
		}
		put(t, s, "a", 1)
	})
}

// Two owners demote each other at the same moment, each seeing that the other is left: one must not succeed.
func TestTxHasAnOrder(t *testing.T) {
	withThings(t, func(t *testing.T, s *store.Store) {
		for round := range 20 {
			a, b := fmt.Sprint("a", round), fmt.Sprint("b", round)
			put(t, s, a, 1)
			put(t, s, b, 1)
			before := count(t, s, "select sum(n) from things")
			demote := func(id string) error {
				return s.Tx(t.Context(), func(tx *store.Tx) error {
					n, err := store.Number(t.Context(), tx, "select sum(n) from things where id in ($1, $2)", a, b)
					if err != nil {
						return err
					}
					if n < 2 {
						return domain.ErrStale
					}
					return store.Changed(t.Context(), tx, "update things set n = 0 where id = $1 and n = 1", id)
				})
			}
			errs := make(chan error, 2)
			for _, id := range []string{a, b} {
				go func() { errs <- demote(id) }()
			}
			stale := 0
			for range 2 {
				if err := <-errs; errors.Is(err, domain.ErrStale) {
					stale++
				} else if err != nil {
					t.Fatal(err)
				}
			}
			if left := count(t, s, "select sum(n) from things"); stale != 1 || left != before-1 {
				t.Fatalf("%d refused, %d owners left of %d", stale, left, before)
			}
		}
	})
}

// RACE-14: transactions that read and then write, side by side, fail on neither engine.
func TestRACE14ReadThenWrite(t *testing.T) {
	withThings(t, func(t *testing.T, s *store.Store) {
		put(t, s, "a", 0)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					err := s.Tx(t.Context(), func(tx *store.Tx) error {
						n, err := store.Number(t.Context(), tx, "select n from things where id = 'a'")
						if err != nil {
							return err
						}
						return store.Changed(t.Context(), tx, "update things set n = $1 where id = 'a'", n+1)
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := count(t, s, "select n from things"); n != 80 {
			t.Errorf("%d of 80 additions arrived", n)
		}
	})
}

func TestHelpers(t *testing.T) {
	withThings(t, func(t *testing.T, s *store.Store) {
		for i, id := range []string{"a", "b", "c"} {
			put(t, s, id, int64(i))
		}
		t.Run("a guard that does not hold is stale", func(t *testing.T) {
			err := s.Tx(t.Context(), func(tx *store.Tx) error {
				return store.Changed(t.Context(), tx, "update things set n = 7 where id = 'a' and n = 99")
			})
			if !errors.Is(err, domain.ErrStale) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("no row is not found", func(t *testing.T) {
			if _, err := s.Number(t.Context(), "select n from things where id = 'z'"); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("a broken index is named", func(t *testing.T) {
			err := s.Tx(t.Context(), func(tx *store.Tx) error {
				_, err := store.Exec(t.Context(), tx, "insert into things (id, name, n) values ('d', 'A', 1)")
				return err
			})
			if index := store.Violated(err); index != "things_name" {
				t.Errorf("got %q from %v", index, err)
			}
			if index := store.Violated(errors.New("other")); index != "" {
				t.Errorf("another error is said to break %q", index)
			}
		})
		t.Run("lists of values", func(t *testing.T) {
			got, err := s.Texts(t.Context(), "select id from things where n < $1 and id in ("+store.In(2, 2)+") order by id", 9, "a", "c")
			if err != nil || strings.Join(got, "") != "ac" {
				t.Errorf("got %v, %v", got, err)
			}
			got, err = s.Texts(t.Context(), "select id from things where id in ("+store.In(0, 1)+")")
			if err != nil || len(got) != 0 {
				t.Errorf("an empty list found %v, %v", got, err)
			}
		})
		t.Run("times", func(t *testing.T) {
			for _, at := range []time.Time{{}, time.Date(2026, 11, 22, 12, 0, 0, 123456000, time.UTC), time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)} {
				n, err := s.Number(t.Context(), "select cast($1 as bigint)", store.Micros(at))
				must(t, err)
				if got := store.FromMicros(n); !got.Equal(at) || got.IsZero() != at.IsZero() {
					t.Errorf("%v came back as %v", at, got)
				}
			}
		})
		t.Run("ids sort as they are made", func(t *testing.T) {
			last := ""
			for range 100 {
				id := store.NewID()
				if id <= last {
					t.Fatalf("%s after %s", id, last)
				}
				last = id
			}
		})
		t.Run("many rows", func(t *testing.T) {
			var rows [][]any
			for i := range 250 {
				rows = append(rows, []any{fmt.Sprint("many", i), fmt.Sprint("many", i), 1000 + i})
			}
			must(t, s.Tx(t.Context(), func(tx *store.Tx) error {
				return store.InsertAll(t.Context(), tx, "things (id, name, n)", rows)
			}))
			if n := count(t, s, "select sum(n) from things where n >= 1000"); n != 250*1000+249*250/2 {
				t.Errorf("the rows add up to %d", n)
			}
		})
		t.Run("readers cannot write", func(t *testing.T) {
			if s.Engine() != "sqlite" {
				return // one pool there
			}
			if _, err := s.Texts(t.Context(), "delete from things"); err == nil {
				t.Error("a read deleted")
			}
		})
	})
}

func TestClock(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			clock := storetest.NewClock(time.Date(2026, 11, 22, 12, 0, 0, 1999, time.FixedZone("", 3600)))
			s := storetest.Open(t, engine, storetest.WithClock(clock))
			clock.Advance(time.Hour)
			if want := time.Date(2026, 11, 22, 12, 0, 0, 1000, time.UTC); s.Clock() != want {
				t.Errorf("got %v, want %v", s.Clock(), want)
			}
			real := storetest.Open(t, engine)
			if off := time.Until(real.Clock()).Abs(); off > time.Second {
				t.Errorf("the real clock is off by %v", off)
			}
		})
	}
}

// CRASH-05: the settings the promises rest on are those in force.
func TestCRASH05Settings(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	got, err := s.Settings(t.Context())
	must(t, err)
	var major, minor, patch int
	_, err = fmt.Sscanf(got.Version, "%d.%d.%d", &major, &minor, &patch)
	must(t, err)
	if major*1_000_000+minor*1000+patch < 3_051_003 {
		t.Errorf("SQLite %s", got.Version)
	}
	if got.Journal != "wal" || got.Synchronous != "full" || !got.ForeignKeys || got.BusyTimeout < time.Second {
		t.Errorf("%+v", got)
	}
}

// CRASH-12: one process per file. The second one is this test, run again by itself.
func TestCRASH12SecondProcess(t *testing.T) {
	if path := os.Getenv("GATEHOUSE_TEST_OPEN"); path != "" {
		s, err := store.Open(t.Context(), store.Config{DSN: path, Key: storetest.Key})
		if err != nil {
			fmt.Println("refused:", err, errors.Is(err, store.ErrInUse))
			return
		}
		fmt.Println("opened")
		must(t, s.Close())
		return
	}
	c := storetest.Config(t, "sqlite")
	second := func() string {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCRASH12SecondProcess$")
		cmd.Env = append(os.Environ(), "GATEHOUSE_TEST_OPEN="+c.DSN)
		out, err := cmd.Output()
		must(t, err)
		line, err := bufio.NewReader(strings.NewReader(string(out))).ReadString('\n')
		must(t, err)
		return line
	}
	s, err := store.Open(t.Context(), c)
	must(t, err)
	if got := second(); !strings.Contains(got, c.DSN+" is already open in another process true") {
		t.Errorf("the second process: %s", got)
	}
	if _, err := store.Open(t.Context(), c); !errors.Is(err, store.ErrInUse) {
		t.Errorf("a second store in this process: %v", err)
	}
	must(t, s.Ready(t.Context()))
	must(t, s.Close())
	if got := second(); got != "opened\n" {
		t.Errorf("after it was closed: %s", got)
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "here", "a?b#c%20.db")
	s := open(t, store.Config{DSN: "sqlite:" + path, Key: storetest.Key}.WithSteps(steps()))
	put(t, s, "a", 1)
	for name, want := range map[string]os.FileMode{path: 0o600, path + "-wal": 0o600, path + ".lock": 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		must(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s is %o, want %o", name, got, want)
		}
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	_, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(file, "a.db"), Key: storetest.Key})
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), file) {
		t.Errorf("want one line that names the place, got: %v", err)
	}
}

func TestKey(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			c := storetest.Config(t, engine)
			c.Key = []byte("another secret, just as long as the first")
			if _, err := store.Open(t.Context(), c); !errors.Is(err, store.ErrWrongKey) {
				t.Errorf("another key: %v", err)
			}
			c.Key = storetest.Key
			open(t, c)
			c.Key = []byte("short")
			if _, err := store.Open(t.Context(), c); err == nil {
				t.Error("a short key was taken")
			}
		})
	}
}
