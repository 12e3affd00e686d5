package store

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// ErrOlder says that the database waits for a migration: until then this program does not understand it.
var ErrOlder = errors.New("the database is older than this program: migrate it first")

// OpenToRead opens a database beside the process that serves it, only to read: on SQLite without the lock that keeps a
// second process out, since readers of the log are in nobody's way. It migrates nothing, and every change fails.
// Errors: ErrWrongKey, ErrNewer, ErrOlder, or what keeps the database from being opened.
func OpenToRead(ctx context.Context, c Config) (*Store, error) {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Store{key: c.Key, log: c.Logger, trace: c.Trace, limits: c.Limits.orDefaults(), fewest: fewest, steps: usualSteps, hashes: make(chan struct{}, runtime.GOMAXPROCS(0)), stop: stop}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.startToRead(ctx, background, c); err != nil {
		return nil, fmt.Errorf("open store to read: %w", errors.Join(err, s.Close()))
	}
	return s, nil
}

func (s *Store) startToRead(ctx, background context.Context, c Config) error {
	file, ok := sqlitePath(c.DSN)
	var err error
	if ok {
		err = s.openSQLiteToRead(file)
	} else {
		err = s.openPostgres(ctx, c.DSN, true)
	}
	if err != nil {
		return err
	}
	s.read = reader{db: s.reads, engine: s.engine, trace: s.trace}
	if err := s.setClock(ctx, background, c.Now); err != nil {
		return err
	}
	if err := s.sameSchema(ctx, c); err != nil {
		return err
	}
	known, err := one(ctx, s.read, text, "select value from settings where name = 'key_fingerprint'")
	if err != nil {
		return fmt.Errorf("read the key's fingerprint: %w", err)
	}
	if !hmac.Equal([]byte(known), []byte(s.fingerprint())) {
		return ErrWrongKey
	}
	return nil
}

func (s *Store) openSQLiteToRead(file string) error {
	s.engine = sqlite
	file, err := filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("find %s: %w", file, err)
	}
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("there is no database: %w", err)
	}
	s.reads = openFile(file, readOnly, max(4, 2*runtime.GOMAXPROCS(0)))
	s.write = s.reads
	return nil
}

// sameSchema refuses a database of another version than this program's. goose, asked for the version, may write.
func (s *Store) sameSchema(ctx context.Context, c Config) error {
	steps, err := allSteps(c.steps)
	if err != nil {
		return err
	}
	mine, err := stepsFor(s.engine, steps)
	if err != nil {
		return fmt.Errorf("find the migrations: %w", err)
	}
	var want int64
	for name := range mine {
		n, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return fmt.Errorf("read the number of migration %s: %w", name, err)
		}
		want = max(want, version)
	}
	have, err := one(ctx, s.read, number, "select coalesce(max(version_id), 0) from goose_db_version where is_applied")
	switch {
	case err != nil:
		return fmt.Errorf("read the schema's version: %w", err)
	case have > want:
		return fmt.Errorf("%w: its schema is version %d, this program knows %d", ErrNewer, have, want)
	case have < want:
		return fmt.Errorf("%w: its schema is version %d, this program needs %d", ErrOlder, have, want)
	}
	return nil
}
