// Package storetest gives tests a real store on each engine: a fresh SQLite file, and a fresh database on a
// PostgreSQL that is started for the test process and ends with it.
//
// Here belong fresh stores, a clock to set and the reading of query plans. Here do not belong people and
// companies to test with (store's demo) or anything a program outside tests needs.
package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"gatehouse/store"
)

// Engines are the two every store test runs on.
var Engines = []string{"sqlite", "postgres"}

// Key is the secret of every store made here.
var Key = []byte("a secret for tests, never for real use")

// Each runs a test on a fresh store of each engine, as the subtests "sqlite" and "postgres".
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) { test(t, Open(t, engine)) })
	}
}

// Open opens a fresh store that is closed when the test ends. Each of with may change the configuration first.
func Open(t testing.TB, engine string, with ...func(*store.Config)) *store.Store {
	t.Helper()
	c := Config(t, engine)
	for _, change := range with {
		change(&c)
	}
	return open(t, c)
}

func open(t testing.TB, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatalf("open %s: %v", c.DSN, err)
	}
	end := sync.OnceValue(s.Close)
	opened.Store(s, opening{c, end})
	t.Cleanup(func() {
		opened.Delete(s)
		if err := end(); err != nil {
			t.Errorf("close %s: %v", c.DSN, err)
		}
	})
	return s
}

// opening is how a store was opened, and how it closes: once, whoever asks first.
type opening struct {
	config store.Config
	close  func() error
}

var opened sync.Map // of each store that is open, its opening

// Config is the configuration of a fresh, migrated database that goes away when the test ends.
func Config(t testing.TB, engine string) store.Config {
	t.Helper()
	if engine == "postgres" {
		p, err := postgres()
		if err != nil {
			t.Fatal(err)
		}
		c := store.Config{DSN: fresh(t, p.template), Key: Key}
		if p.template == bare {
			s, err := store.Open(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	dsn := Empty(t, engine)
	migrated, err := migratedFile()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dsn, migrated, 0o600); err != nil {
		t.Fatal(err)
	}
	return store.Config{DSN: dsn, Key: Key}
}

// migratedFile is a SQLite database with nothing in it but the schema, made once: a copy is quicker than
// the migrations.
var migratedFile = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "gatehouse-template-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := os.RemoveAll(dir); err == nil {
			err = e
		}
	}()
	path := filepath.Join(dir, "t.db")
	s, err := store.Open(context.Background(), store.Config{DSN: path, Key: Key})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Clock is a clock that stands still until it is moved. Give its Now to the store's configuration.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts a clock at a given time.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// WithClock makes the store use the clock.
func WithClock(c *Clock) func(*store.Config) {
	return func(config *store.Config) { config.Now = c.Now }
}
