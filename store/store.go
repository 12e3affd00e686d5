// Package store remembers: it turns the values of package domain into rows and rows back into values,
// on SQLite and on PostgreSQL, and makes each change together with its event and its deliveries.
//
// Here belong SQL, transactions, migrations, the clock everything is stamped with and the ids rows get.
// Here do not belong rules (who may, which state follows which: domain), HTTP, words for people, or sending.
//
// One file per feature. Their toolkit is small: all, one and exec read and write, tx makes a change,
// changed guards it, in builds placeholder lists, find answers a search. SQL is written by hand for both
// engines at once, with $1 for every value.
package store

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrInUse: another process has the SQLite file open.
	ErrInUse = errors.New("already open in another process")
	// ErrWrongKey: the database belongs to another secret key; links and sealed secrets could not be read.
	ErrWrongKey = errors.New("the database was first opened with another secret key")
	// ErrNewer: a later version of the program has migrated this database.
	ErrNewer = errors.New("the database is newer than this program")
	// ErrUnavailable: the database cannot do it now: it is gone, full or read-only. Nothing was changed, and later it may
	// go on by itself.
	ErrUnavailable = errors.New("the database is not available")
)

// Config is what Open needs to know.
type Config struct {
	// DSN is "sqlite:PATH" or a bare path for SQLite, "postgres://…" for PostgreSQL.
	DSN string
	// Key is the server's secret of at least 32 bytes. Link tokens and sealed secrets are derived from it.
	Key []byte
	// Now is the clock; nil means the real one.
	Now func() time.Time
	// Logger hears of work in the background; nil means silence.
	Logger *slog.Logger
	// Limits are how long and how often; what is zero has its default.
	Limits Limits
	// Trace is told every statement before it runs; nil means nobody. For tests.
	Trace func(sql string, args []any)

	steps fs.FS // the migrations; nil means those in the binary
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	engine engine
	write  *sql.DB
	reads  *sql.DB
	copier *sql.DB // SQLite: the connection that checkpoints
	read   reader  // runs single statements outside a transaction
	now    func() time.Time
	key    []byte
	log    *slog.Logger
	trace  func(string, []any)
	limits Limits
	fewest int           // see search.go
	steps  listSteps     // see lists.go
	hashes chan struct{} // a place for each password being hashed: one for each core

	offset    atomic.Int64  // what the database's clock is ahead of ours, in microseconds
	written   atomic.Bool   // something was committed since the last checkpoint
	owed      chan struct{} // tells that a committed change owes a message
	confirmed chan struct{} // tells that an import waits to be made
	stop      context.CancelFunc
	ended     sync.WaitGroup
	lock      io.Closer
}

// engine names the two kinds of database; the few places that differ switch on it.
type engine string

const (
	sqlite   engine = "sqlite"
	postgres engine = "postgres"
)

// Open opens the database, brings its schema up to date and checks that the key is the one it was made with.
// Errors: ErrInUse, ErrWrongKey, ErrNewer, or what keeps the database from being opened.
func Open(ctx context.Context, c Config) (*Store, error) {
	if len(c.Key) < 32 {
		return nil, errors.New("open store: the secret key must have at least 32 bytes")
	}
	s := &Store{key: c.Key, log: c.Logger, trace: c.Trace, owed: make(chan struct{}, 1), confirmed: make(chan struct{}, 1), limits: c.Limits.orDefaults(), fewest: fewest, steps: usualSteps, hashes: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	err := s.start(ctx, background, c)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", errors.Join(err, s.Close()))
	}
	return s, nil
}

func (s *Store) start(ctx, background context.Context, c Config) error {
	var err error
	if path, ok := sqlitePath(c.DSN); ok {
		err = s.openSQLite(ctx, path)
	} else {
		err = s.openPostgres(ctx, c.DSN, false)
	}
	if err != nil {
		return err
	}
	s.read = reader{db: s.reads, engine: s.engine, trace: s.trace}
	if err := s.setClock(ctx, background, c.Now); err != nil {
		return err
	}
	if err := s.migrate(ctx, c.steps); err != nil {
		return err
	}
	if err := s.checkKey(ctx); err != nil {
		return err
	}
	if s.engine == sqlite {
		s.every(background, time.Second, s.checkpoint)
		return s.inherit(ctx)
	}
	return nil
}

// Close ends the background work and closes the database.
func (s *Store) Close() error {
	s.stop()
	s.ended.Wait()
	var errs []error
	// The readers go first: SQLite's last connection to close folds the log into the file, and must be able to write.
	if s.reads != nil && s.reads != s.write {
		errs = append(errs, s.reads.Close())
	}
	if s.copier != nil {
		errs = append(errs, s.copier.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// Ready says whether the database answers.
func (s *Store) Ready(ctx context.Context) error {
	var n int
	if err := s.reads.QueryRowContext(ctx, "select 1").Scan(&n); err != nil {
		return fmt.Errorf("database does not answer: %w", err)
	}
	return nil
}

// Engine names the kind of database: "sqlite" or "postgres".
func (s *Store) Engine() string { return string(s.engine) }

// derive makes a 32-byte key for one purpose from the server's secret, so that no two uses share a key.
func (s *Store) derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, s.key, nil, "gatehouse "+purpose, 32)
	if err != nil {
		panic(err) // only a length over 8,160 bytes can fail
	}
	return key
}

// checkKey remembers a fingerprint of the key in a new database and refuses another key later:
// links in the post would no longer open, and sealed secrets would be lost.
func (s *Store) checkKey(ctx context.Context) error {
	mine := s.fingerprint()
	return s.tx(ctx, func(tx *tx) error {
		known, err := all(ctx, tx, text, "select value from settings where name = 'key_fingerprint'")
		switch {
		case err != nil:
			return fmt.Errorf("read the key's fingerprint: %w", err)
		case len(known) == 0:
			_, err = exec(ctx, tx, "insert into settings (name, value) values ('key_fingerprint', $1)", mine)
			return err
		case !hmac.Equal([]byte(known[0]), []byte(mine)):
			return ErrWrongKey
		}
		return nil
	})
}

// fingerprint tells one key from another without telling the key.
func (s *Store) fingerprint() string { return hex.EncodeToString(s.derive("key fingerprint")[:16]) }

// every runs a piece of background work now and then until the store closes.
func (s *Store) every(ctx context.Context, d time.Duration, work func(context.Context) error) {
	s.ended.Add(1)
	go func() {
		defer s.ended.Done()
		tick := time.NewTicker(d)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := work(ctx); err != nil && ctx.Err() == nil {
					s.log.Warn("store: background work failed", "error", err)
				}
			}
		}
	}()
}
