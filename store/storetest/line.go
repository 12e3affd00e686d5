package storetest

import (
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"gatehouse/store"
)

// A Line leads to PostgreSQL and can be cut, as when a network fails or another server takes over.
type Line struct {
	// Dir is the folder of its socket: what a DSN names as the host.
	Dir string

	listener net.Listener
	to       func() (net.Conn, error)
	mu       sync.Mutex
	dead     bool
	open     map[net.Conn]bool
}

// Through leads a configuration over a line of its own.
func Through(t testing.TB, c *store.Config) *Line {
	t.Helper()
	at, err := pgx.ParseConfig(c.DSN)
	if err != nil {
		t.Fatal(err)
	}
	network, address := "tcp", net.JoinHostPort(at.Host, strconv.Itoa(int(at.Port)))
	if strings.HasPrefix(at.Host, "/") {
		network, address = "unix", filepath.Join(at.Host, ".s.PGSQL."+strconv.Itoa(int(at.Port)))
	}
	l := NewLine(t, func() (net.Conn, error) { return net.Dial(network, address) })
	u, err := url.Parse(c.DSN)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = ""
	u.RawQuery = url.Values{"host": {l.Dir}}.Encode()
	c.DSN = u.String()
	return l
}

// NewLine leads to whatever answers.
func NewLine(t testing.TB, to func() (net.Conn, error)) *Line {
	t.Helper()
	dir, err := os.MkdirTemp("", "line-") // short: a socket's path has 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	l := &Line{Dir: dir, listener: listener, to: to, open: map[net.Conn]bool{}}
	go l.serve()
	t.Cleanup(func() {
		if err := errors.Join(listener.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
		l.Cut()
	})
	return l
}

func (l *Line) serve() {
	for {
		from, err := l.listener.Accept()
		if err != nil {
			return // it is closed
		}
		to, err := l.to()
		if err != nil || !l.keep(from, to) {
			l.drop(from)
			continue
		}
		go l.carry(to, from)
		go l.carry(from, to)
	}
}

func (l *Line) carry(to, from net.Conn) {
	io.Copy(to, from) //nolint:errcheck // a line that is cut fails, and both ends learn of it
	l.drop(to)
	l.drop(from)
}

// keep remembers two ends, unless the line is cut.
func (l *Line) keep(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range ends {
		if l.dead {
			c.Close() //nolint:errcheck // it is to be of no use
			continue
		}
		l.open[c] = true
	}
	return !l.dead
}

func (l *Line) drop(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
	c.Close() //nolint:errcheck // the other end may have
}

// Cut ends what is said on the line and lets nobody in.
func (l *Line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
	for c := range l.open {
		c.Close() //nolint:errcheck // it is to be of no use
	}
	clear(l.open)
}

// Mend undoes Cut.
func (l *Line) Mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = false
}
