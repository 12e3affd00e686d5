// Package e2e drives the shipped program as people do: the built binary, a real browser, a real mail server.
//
// Here belong the harness (Start, Person, Post) and the tests of what only a browser shows, one per behaviour and
// named after it. Here do not belong rules, queries or pages, nor knowledge of how they are made: a test that could
// run without the browser belongs beside what it tests.
package e2e

import (
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// Options say what kind of server a test wants. The zero value is the usual one: SQLite, the demo companies, mail.
type Options struct {
	Engine   string            // "sqlite" (also when empty) or "postgres"
	Empty    bool              // start without the demo companies
	Bare     bool              // start as on a first day: told the address and nothing else, all it makes goes below Dir
	NoMail   bool              // start with no mail server configured
	Security Security          // how the mail server wants to be spoken to; PlainMail when empty
	Database string            // use this database instead of a fresh one, for a second server beside the first
	Env      map[string]string // further settings, such as GATEHOUSE_OUTBOX_INTERVAL
}

// Server is one running program with data of its own.
type Server struct {
	URL      string // without a slash at the end
	Dir      string // its working directory
	Database string // as in GATEHOUSE_DATABASE; empty with Bare
	Mail     *Post  // nil with NoMail and Bare

	t    testing.TB
	args []string
	env  []string
	logs *os.File // the program writes to it by itself, so nothing it wrote before it answered is missing
	mu   sync.Mutex
	cmd  *exec.Cmd
	gone chan error // closed with the result once cmd has ended
}

// Start starts a server on a free loopback port and waits until it is ready. It ends with the test; what it wrote is
// shown when the test fails.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{t: t, Dir: t.TempDir(), Database: o.Database, args: []string{"serve"}}
	address := freeAddress(t)
	s.URL = "http://" + address
	settings := map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": s.Dir, "TMPDIR": s.Dir, "TZ": "UTC",
		"GATEHOUSE_ADDR": address,
	}
	if !o.Bare {
		if s.Database == "" {
			s.Database = storetest.Empty(t, o.Engine)
		}
		settings["GATEHOUSE_BASE_URL"] = s.URL
		settings["GATEHOUSE_DATABASE"] = s.Database
		settings["GATEHOUSE_KEY"] = base64.StdEncoding.EncodeToString(storetest.Key)
	}
	if !o.Empty {
		s.args = append(s.args, "--demo")
	}
	if !o.NoMail && !o.Bare {
		s.Mail = StartPost(t, o.Security)
		settings["GATEHOUSE_SMTP_URL"] = s.Mail.URL()
		if s.Mail.Trust != "" {
			settings["SSL_CERT_FILE"] = s.Mail.Trust
		}
	}
	for name, value := range o.Env {
		settings[name] = value
	}
	for name, value := range settings {
		s.env = append(s.env, name+"="+value)
	}
	slices.Sort(s.env)
	logs, err := os.OpenFile(filepath.Join(t.TempDir(), "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	s.logs = logs
	t.Cleanup(s.end)
	s.Begin()
	return s
}

// Begin starts the program again after Stop or Kill9, on the same data, and waits until it is ready.
func (s *Server) Begin() {
	s.t.Helper()
	cmd := exec.Command(Binary(s.t), s.args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.Dir, s.env, s.logs, s.logs
	dieWithUs(cmd)
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("start the server: %v", err)
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	s.mu.Lock()
	s.cmd, s.gone = cmd, gone
	s.mu.Unlock()

	for end := time.Now().Add(patience); time.Now().Before(end); {
		select {
		case err := <-gone:
			gone <- err
			s.t.Fatalf("the server ended before it was ready: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
		if s.ready() {
			return
		}
	}
	s.t.Fatalf("the server was not ready within %s", patience)
}

func (s *Server) ready() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/readyz", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false // not listening yet
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// Stop asks the program to end (SIGTERM) and waits until it has. A server that does not end cleanly within ten
// seconds fails the test.
func (s *Server) Stop() {
	s.t.Helper()
	if err := s.signal(syscall.SIGTERM); err != nil {
		s.t.Errorf("the server did not end cleanly: %v", err)
	}
}

// Kill9 ends the program at once, as a power cut does.
func (s *Server) Kill9() {
	s.t.Helper()
	var exit *exec.ExitError
	if err := s.signal(syscall.SIGKILL); err != nil && !errors.As(err, &exit) {
		s.t.Errorf("kill the server: %v", err)
	}
}

// Restart stops the program and starts it again on the same data.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	s.Begin()
}

// signal sends the signal to a running program and waits for its end.
func (s *Server) signal(signal syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return nil
	}
	defer func() { s.cmd = nil }()
	if err := s.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-s.gone:
		return err
	case <-time.After(patience):
		return errors.Join(fmt.Errorf("still running after %s", patience), s.cmd.Process.Kill(), <-s.gone)
	}
}

// Logs returns all the program has written so far.
func (s *Server) Logs() string {
	text, err := os.ReadFile(s.logs.Name())
	if err != nil {
		s.t.Errorf("read what the server wrote: %v", err)
	}
	return string(text)
}

// WaitLog waits until the program has written text.
func (s *Server) WaitLog(text string) {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(s.Logs(), text) {
			return
		}
	}
	s.t.Fatalf("the server did not write %q within %s", text, patience)
}

func (s *Server) end() {
	s.Stop()
	logs := s.Logs()
	if err := s.logs.Close(); err != nil {
		s.t.Error(err)
	}
	for _, bad := range []string{"panic:", "DATA RACE", "fatal error:"} {
		if strings.Contains(logs, bad) {
			s.t.Errorf("the server wrote %q", bad)
		}
	}
	if s.t.Failed() {
		lines := strings.Split(strings.TrimSpace(logs), "\n")
		if len(lines) > 200 {
			lines = append([]string{fmt.Sprintf("(%d lines before)", len(lines)-200)}, lines[len(lines)-200:]...)
		}
		s.t.Logf("the server wrote:\n%s", strings.Join(lines, "\n"))
	}
}

// Run runs the program once with these arguments, in the server's directory with its settings, and returns what it
// wrote and whether it ended well.
func (s *Server) Run(args ...string) (string, error) {
	cmd := exec.Command(Binary(s.t), args...)
	cmd.Dir, cmd.Env = s.Dir, s.env
	dieWithUs(cmd)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// built is where this process keeps the binary.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// Binary builds the program, once per test process, and returns its path.
func Binary(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "gatehouse-e2e-"); built.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", built.dir, "gatehouse/cmd/gatehouse").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("build gatehouse: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "gatehouse")
}

// Main runs the tests of a package that uses this harness: at most three at once, because each has a server and a
// browser tab, and cleans up what they share.
func Main(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); runtime.GOMAXPROCS(0) > 3 && parallel.Value.String() == parallel.DefValue {
		if err := parallel.Value.Set("3"); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	closeBrowser()
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}

// Memory is how much of the machine's memory the running program has, in bytes.
func (s *Server) Memory() int64 {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(status), &size, &resident); err != nil {
		s.t.Fatal(err)
	}
	return resident * int64(os.Getpagesize())
}
