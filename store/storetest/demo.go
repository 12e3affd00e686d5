package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
)

// Demo is Each with the demo companies loaded.
func Demo(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) { test(t, OpenDemo(t, engine)) })
	}
}

// OpenDemo is Open with the demo companies loaded: a copy of a database that is filled once for all tests of the process
// that have the same clock, or none in the same minute, for filling one costs many times what a copy does.
func OpenDemo(t testing.TB, engine string, with ...func(*store.Config)) *store.Store {
	t.Helper()
	return openDemo(t, engine, "", with...)
}

// openDemo is OpenDemo, with a twin of the company with that slug if it is given.
func openDemo(t testing.TB, engine, twin string, with ...func(*store.Config)) *store.Store {
	t.Helper()
	c := store.Config{Key: Key}
	for _, change := range with {
		change(&c)
	}
	if engine == "postgres" && lent(t) {
		s := Open(t, engine, with...)
		if err := s.LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		if twin != "" {
			db := beside(t, s)
			defer end(t, db)
			if err := makeTwin(t.Context(), db, twin); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	moment := time.Now().Truncate(time.Minute)
	if c.Now != nil {
		moment = c.Now()
	}
	image, _ := images.LoadOrStore(imageOf{engine, twin, moment}, sync.OnceValues(func() (*Frozen, error) { return demoImage(engine, twin, c.Now) }))
	frozen, err := image.(func() (*Frozen, error))()
	if err != nil {
		t.Fatalf("load the demo: %v", err)
	}
	f := Frozen{config: c, content: frozen.content}
	f.config.DSN = frozen.config.DSN
	return f.Thaw(t)
}

// images are the databases that OpenDemo copies.
var images sync.Map

type imageOf struct {
	engine, twin string

	moment time.Time
}

// demoImage loads the demo into a database that lasts as long as the process.
func demoImage(engine, twin string, now func() time.Time) (f *Frozen, err error) {
	dir, err := os.MkdirTemp("", "gatehouse-demo-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c := store.Config{DSN: filepath.Join(dir, "demo.db"), Key: Key, Now: now}
	if engine == "postgres" {
		p, err := postgres()
		if err != nil {
			return nil, err
		}
		if c.DSN, err = p.create(p.template); err != nil {
			return nil, err
		}
	}
	s, err := store.Open(context.Background(), c)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.LoadDemo(context.Background()), s.Close()); err != nil {
		return nil, err
	}
	if twin != "" {
		db, err := openBeside(engine, c.DSN)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(makeTwin(context.Background(), db, twin), db.Close()); err != nil {
			return nil, err
		}
	}
	f = &Frozen{config: c}
	if engine == "sqlite" {
		f.content, err = os.ReadFile(c.DSN)
	}
	return f, err
}

// SignIn signs somebody in without their password and gives the hash of the session.
func SignIn(t testing.TB, s *store.Store, email string) (domain.User, string) {
	t.Helper()
	u, err := s.PersonByEmail(t.Context(), email)
	if err != nil {
		t.Fatalf("%s: %v", email, err)
	}
	hash := store.HashSecret(store.NewSecret())
	if _, err := s.StartSession(t.Context(), u, "", store.Start{Hash: hash, From: "203.0.113.9", Agent: "test"}); err != nil {
		t.Fatalf("sign %s in: %v", email, err)
	}
	return u, hash
}

// As is the actor somebody of the demo is in an account, read the way every request reads it.
func As(t testing.TB, s *store.Store, email, account string) domain.Actor {
	t.Helper()
	_, hash := SignIn(t, s, email)
	by, err := s.Actor(t.Context(), hash, account, "203.0.113.9")
	if err != nil {
		t.Fatalf("%s in %s: %v", email, account, err)
	}
	return by
}
