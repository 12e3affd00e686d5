package store_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// CRASH-06: a step that fails half-way leaves nothing, the steps before it stay, and the next start completes;
// a program that knows fewer steps refuses.
func TestCRASH06Migrations(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			c := store.Config{DSN: storetest.Empty(t, engine), Key: storetest.Key}
			good := "-- +goose Up\ncreate table second (id text primary key);\n"
			half := "-- +goose Up\ncreate table third (id text primary key);\ninsert into third (id) values ('x');\n"
			_, err := store.Open(t.Context(), c.WithSteps(steps(good, half+"insert into nowhere (id) values ('x');\n")))
			if err == nil {
				t.Fatal("the broken step was taken")
			}
			s, err := store.Open(t.Context(), c.WithSteps(steps(good)))
			must(t, err)
			if n, err := s.Number(t.Context(), "select count(*) from second"); err != nil || n != 0 {
				t.Errorf("the step before the broken one: %d, %v", n, err)
			}
			if _, err := s.Number(t.Context(), "select count(*) from third"); err == nil {
				t.Error("half of the broken step was left behind")
			}
			must(t, s.Close())
			s, err = store.Open(t.Context(), c.WithSteps(steps(good, half)))
			must(t, err)
			if n := count(t, s, "select count(*) from third"); n != 1 {
				t.Errorf("the mended step left %d rows", n)
			}
			must(t, s.Close())
			if _, err := store.Open(t.Context(), c.WithSteps(steps(good))); !errors.Is(err, store.ErrNewer) {
				t.Errorf("an older program: %v", err)
			}
		})
	}
}

func TestStepsPerEngine(t *testing.T) {
	all := steps()
	all["00002_kind.sqlite.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\ninsert into things values ('sqlite', 'x', 1);\n")}
	all["00002_kind.postgres.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\ninsert into things values ('postgres', 'x', 1);\n")}
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			c := store.Config{DSN: storetest.Empty(t, engine), Key: storetest.Key}
			s := open(t, c.WithSteps(all))
			got, err := s.Texts(t.Context(), "select id from things")
			if err != nil || strings.Join(got, ",") != engine {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// Both engines get the same steps, each in a transaction.
func TestShippedSteps(t *testing.T) {
	files, err := fs.Glob(os.DirFS("migrations"), "*.sql")
	must(t, err)
	engines := map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile("migrations/" + file)
		must(t, err)
		if strings.Contains(strings.ToLower(string(content)), "no transaction") {
			t.Errorf("%s gives up its transaction", file)
		}
		name, rest, _ := strings.Cut(file, ".")
		engines[name] += rest + " "
	}
	for name, got := range engines {
		if got != "sql " && got != "postgres.sql sqlite.sql " {
			t.Errorf("%s is there as %s", name, got)
		}
	}
}
