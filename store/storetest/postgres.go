package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver the databases are made with

	"gatehouse/store"
)

// serverVariable names a PostgreSQL that runs already, to be used instead of starting one: a DSN of a role
// that may create databases.
const serverVariable = "GATEHOUSE_TEST_POSTGRES"

// server is where the test process makes its databases.
type server struct {
	dsn      string // of a database that is always there
	admin    *sql.DB
	template string // what to copy: a migrated database, or bare on a server of somebody else
}

// bare is PostgreSQL's own template without any schema.
const bare = "template0"

// Empty is the DSN of a fresh database without a schema, or a path where no file is yet.
func Empty(t testing.TB, engine string) string {
	t.Helper()
	if engine != "postgres" {
		return filepath.Join(t.TempDir(), "gatehouse.db")
	}
	return fresh(t, bare)
}

func fresh(t testing.TB, template string) string {
	t.Helper()
	p, err := postgres()
	if err != nil {
		t.Fatal(err)
	}
	dsn, err := p.create(template)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.drop(dsn); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return dsn
}

// lent reports whether the server is somebody else's, where nothing may be left behind.
func lent(t testing.TB) bool {
	t.Helper()
	p, err := postgres()
	if err != nil {
		t.Fatal(err)
	}
	return p.template == bare
}

// create makes a database from a template and gives its DSN.
func (p *server) create(template string) (string, error) {
	name := "gatehouse_" + strings.ToLower(rand.Text())
	if _, err := p.admin.Exec("create database " + name + " template " + template); err != nil {
		return "", fmt.Errorf("create a database: %w", err)
	}
	return at(p.dsn, name)
}

func (p *server) drop(dsn string) error {
	name, err := nameIn(dsn)
	if err == nil {
		_, err = p.admin.Exec("drop database " + name + " with (force)")
	}
	return err
}

// at is the DSN of another database on the same server.
func at(dsn, database string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", fmt.Errorf("%s is no address: %w", serverVariable, err)
	}
	u.Path = "/" + database
	return u.String(), nil
}

// nameIn is the name of the database that a DSN is of.
func nameIn(dsn string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(u.Path, "/"), nil
}

// postgres finds or starts the server and makes the template, once per test process.
var postgres = sync.OnceValues(func() (*server, error) {
	p := &server{dsn: os.Getenv(serverVariable), template: bare}
	own := p.dsn == ""
	if own {
		dir, err := startPostgres()
		if err != nil {
			return nil, err
		}
		p.dsn = "postgres://gatehouse@/postgres?host=" + url.QueryEscape(dir)
	}
	var err error
	if p.admin, err = sql.Open("pgx", p.dsn); err != nil {
		return nil, err
	}
	if err := waitFor(p.admin); err != nil || !own {
		return p, err
	}
	dsn, err := p.create(bare)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(context.Background(), store.Config{DSN: dsn, Key: Key})
	if err != nil {
		return nil, fmt.Errorf("migrate the template: %w", err)
	}
	if p.template, err = nameIn(dsn); err != nil {
		return nil, err
	}
	return p, s.Close()
})

// startPostgres makes a cluster in a temporary folder and starts it on a socket there, with nothing flushed
// to the disk. A shell watches over it: its standard input is a pipe from the test process, so when that
// ends, however it ends, the shell stops the server and removes the folder.
func startPostgres() (dir string, err error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp(memory(), "gatehouse-pg-"); err != nil {
		return "", err
	}
	as, err := unprivileged(dir)
	if err != nil {
		return "", err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata="+dir+"/data", "--username=gatehouse", "--auth=trust",
		"--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = dir, as
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	const watch = `"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
		-c shared_buffers=64MB -c max_wal_size=256MB -c max_connections=200 -c max_wal_senders=0 -c wal_level=minimal -c jit=off -c deadlock_timeout=50ms >"$2/log" 2>&1 &
		read -r never; kill -QUIT $!; wait $!; rm -rf "$2"`
	shell := exec.Command("/bin/sh", "-c", watch, "sh", bin, dir)
	shell.Dir, shell.SysProcAttr = dir, as
	// Its input stays open as long as this process lives: nothing else refers to it, and nothing closes it.
	hold, err := shell.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := shell.Start(); err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	held = append(held, hold)
	return dir, nil
}

// memory is a folder that is kept in memory and has room for a cluster, where there is one: making and dropping a database
// touches a thousand files, which costs the server more than most tests ask of it. Empty is the usual temporary folder.
func memory() string {
	const folder, room = "/dev/shm", 4 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(folder, &fs); err != nil || fs.Type != tmpfs || fs.Bavail*uint64(fs.Bsize) < room { //nolint:gosec // G115: a block's size is not negative
		return ""
	}
	return folder
}

// tmpfs is what statfs(2) calls a file system in memory.
const tmpfs = 0x01021994

// held keeps the inputs of watching shells from being collected, which would close them.
var held []io.Closer

func waitFor(db *sql.DB) error {
	var err error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = db.Ping(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("PostgreSQL does not answer: %w", err)
}

// binaries finds the newest PostgreSQL on this machine.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	version := func(i int) int {
		n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(found[i]))))
		if err != nil {
			return 0
		}
		return n
	}
	sort.Slice(found, func(i, j int) bool { return version(i) > version(j) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("these tests need PostgreSQL's programs: install the package postgresql (Debian: apt-get install postgresql), or set " + serverVariable)
	}
	return filepath.Dir(initdb), nil
}

// unprivileged: PostgreSQL refuses to run as root, so root hands the folder to another user and starts it as
// that one. The group of its own keeps a Ctrl-C in the terminal from reaching the server before the shell.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	as := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return as, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("PostgreSQL cannot run as root: %w", err)
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return as, os.Chown(dir, int(uid), int(gid))
}
