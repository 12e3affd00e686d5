package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// AUD-03: the history is checked beside the process that serves it, as it is at that moment, and nothing is changed.
func TestOpenToRead(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			c := storetest.Config(t, engine)
			serving, err := store.Open(t.Context(), c)
			must(t, err)
			must(t, serving.LoadDemo(t.Context()))
			verify := func() store.Audit {
				t.Helper()
				beside, err := store.OpenToRead(t.Context(), c)
				must(t, err)
				audits, err := beside.VerifyAudit(t.Context(), store.Brightwater)
				must(t, err)
				if err := beside.Exec(t.Context(), "delete from events"); err == nil {
					t.Error("what was opened to read deletes the history")
				}
				must(t, beside.Close())
				return audits[0]
			}
			before := verify()
			if before.Flaw != nil || before.Sealed != 0 || before.Waiting == 0 {
				t.Fatalf("before sealing: %+v", before)
			}
			for n := 1; n > 0; {
				n, err = serving.SealDue(t.Context(), 1000)
				must(t, err)
			}
			sealed := verify()
			if sealed.Flaw != nil || sealed.Sealed != before.Waiting || sealed.Waiting != 0 {
				t.Errorf("after sealing: %+v", sealed)
			}
			must(t, serving.Exec(t.Context(), "update events set actor_name = 'Somebody else' where seq = 3"))
			if bad := verify(); bad.Flaw == nil {
				t.Error("what was changed is not found")
			}
			must(t, serving.Ready(t.Context()))
			must(t, serving.Close())
			if alone := verify(); alone.Flaw == nil {
				t.Error("what was changed is not found once nothing serves it")
			}

			other := c
			other.Key = []byte("another secret, just as long as the first")
			if _, err := store.OpenToRead(t.Context(), other); !errors.Is(err, store.ErrWrongKey) {
				t.Errorf("another key: %v", err)
			}
		})
	}
}

// What another version of the program has made is not read, and what is not there is not made.
func TestOpenToReadRefuses(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			c := store.Config{DSN: storetest.Empty(t, engine), Key: storetest.Key}
			one, two := steps("-- +goose Up\ncreate table second (id text primary key);\n"), steps()
			s, err := store.Open(t.Context(), c.WithSteps(one))
			must(t, err)
			must(t, s.Close())
			if _, err := store.OpenToRead(t.Context(), c.WithSteps(two)); !errors.Is(err, store.ErrNewer) {
				t.Errorf("an older program: %v", err)
			}
			if _, err := store.OpenToRead(t.Context(), c); !errors.Is(err, store.ErrOlder) {
				t.Errorf("a newer program: %v", err)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "none.db")
	if _, err := store.OpenToRead(t.Context(), store.Config{DSN: missing, Key: storetest.Key}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	if _, err := os.Stat(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a database was made: %v", err)
	}
}
