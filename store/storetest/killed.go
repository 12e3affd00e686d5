package storetest

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
)

// LeaveLog makes a copy of a SQLite database as a process leaves it that is killed: with a write-ahead log of at least so
// many bytes that nobody has folded in. It gives the path of the copy.
func LeaveLog(t testing.TB, dsn string, bytes int64) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+dsn+"?_journal_mode=WAL&_pragma=wal_autocheckpoint(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer end(t, db)
	db.SetMaxOpenConns(1)
	for {
		if _, err := db.ExecContext(t.Context(), "update memberships set version = version + 1 where id like 'crowd-%'"); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(dsn + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() >= bytes {
			break
		}
	}
	killed := filepath.Join(t.TempDir(), "killed.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(dsn + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(killed+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return killed
}
