package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqlitePath reads the path out of a DSN; false when it is for PostgreSQL.
func sqlitePath(dsn string) (string, bool) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return "", false
	}
	return strings.TrimPrefix(dsn, "sqlite:"), true
}

// readOnly is how a pool that can only read is opened. mmap_size per connection is small on purpose: mapped pages count as
// the process's memory.
const readOnly = "mode=ro&_query_only=on&_foreign_keys=on&_busy_timeout=10000&_pragma=mmap_size(67108864)"

// openSQLite opens one writing connection, whose transactions take the write lock when they begin (a
// read-then-write that starts as a reader fails at once with SQLITE_BUSY), and a pool that can only read.
func (s *Store) openSQLite(ctx context.Context, path string) error {
	s.engine = sqlite
	path, err := s.prepareFile(path)
	if err != nil {
		return err
	}
	// synchronous=FULL: what was acknowledged is on the disk. Checkpoints run in the background (checkpoint);
	// the automatic one on the committing connection is only the brake for when that falls behind (64 MB).
	s.write = openFile(path, "_txlock=immediate&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_busy_timeout=10000"+
		"&_pragma=wal_autocheckpoint(16384)&_pragma=journal_size_limit(67108864)", 1)
	if err := s.enforce(ctx); err != nil {
		return err
	}
	s.reads = openFile(path, readOnly, max(4, 2*runtime.GOMAXPROCS(0)))
	s.copier = openFile(path, "_synchronous=FULL&_busy_timeout=10000", 1)
	return nil
}

func openFile(path, query string, conns int) *sql.DB {
	u := url.URL{Scheme: "file", Path: path, RawQuery: query + "&_dqs=0&_error_rc=1"}
	c, err := keepStatements(u.String())
	if err != nil {
		panic(err) // the parameters are ours, and nothing is opened yet
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db
}

// indexedBy tells SQLite, which keeps no statistics, what to use.
func (s *Store) indexedBy(index string) string {
	if s.engine != sqlite {
		return ""
	}
	return " indexed by " + index
}

// prepareFile makes the folder and the file, readable by their owner only, and takes the lock that keeps a
// second process out. The lock is on a file of its own: opening and closing the database file beside SQLite
// would drop SQLite's own locks on it.
func (s *Store) prepareFile(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", path, err)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // so that two names of one file share one lock
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("make the folder of the database: %w", err)
	}
	if s.lock, err = lockFile(path); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", fmt.Errorf("the database cannot be written: %w", err)
	}
	return path, errors.Join(f.Chmod(0o600), f.Close())
}

func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the database's folder cannot be written: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		err = fmt.Errorf("%s is %w", path, ErrInUse)
	case err != nil:
		err = fmt.Errorf("lock %s.lock: %w", path, err)
	default:
		return f, nil
	}
	return nil, errors.Join(err, f.Close())
}

// enforce refuses to run on a SQLite that does not keep what Gatehouse promises.
func (s *Store) enforce(ctx context.Context) error {
	got, err := s.Settings(ctx)
	switch {
	case err != nil:
		return err
	case got.Journal != "wal" || got.Synchronous != "full" || !got.ForeignKeys:
		return fmt.Errorf("SQLite does not keep the settings asked for: %+v", got)
	case !atLeast(got.Version, 3, 51, 3):
		return fmt.Errorf("SQLite %s is too old, 3.51.3 is needed", got.Version)
	}
	return nil
}

func atLeast(version string, want ...int) bool {
	var have [3]int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &have[0], &have[1], &have[2]); err != nil {
		return false
	}
	for i, w := range want {
		if have[i] != w {
			return have[i] > w
		}
	}
	return true
}

// checkpoint copies the log into the file on a connection of its own, waiting for nobody: done by the
// committing connection it costs one commit in many up to 70 ms.
func (s *Store) checkpoint(ctx context.Context) error {
	if !s.written.Swap(false) {
		return nil
	}
	if _, err := s.copier.ExecContext(ctx, "pragma wal_checkpoint(passive)"); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

func violatedSQLite(err error) string {
	var e *driver.Error
	if !errors.As(err, &e) || (e.Code() != sqlite3.SQLITE_CONSTRAINT_UNIQUE && e.Code() != sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return ""
	}
	_, what, _ := strings.Cut(e.Error(), "UNIQUE constraint failed: ")
	what, _, _ = strings.Cut(what, " (")
	if name, ok := strings.CutPrefix(what, "index '"); ok {
		return strings.TrimSuffix(name, "'")
	}
	return what
}

// unavailableSQLite: the disk is full, read-only, failing or gone, or another process holds the file.
func unavailableSQLite(err error) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff { // the primary code
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY:
		return true
	}
	return false
}
