package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// start serves until the test ends and returns what it printed so far.
func start(t *testing.T, args ...string) func() string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, append([]string{"serve"}, args...), w) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	var printed bytes.Buffer
	return func() string {
		buf := make([]byte, 4096)
		deadline := time.AfterFunc(time.Minute, func() { r.CloseWithError(context.DeadlineExceeded) })
		defer deadline.Stop()
		for !strings.HasSuffix(printed.String(), "\n\n") {
			n, err := r.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			printed.Write(buf[:n])
		}
		return printed.String()
	}
}

func TestAnEmptyDatabasePrintsASetUpLink(t *testing.T) {
	printed := start(t, "--addr", "127.0.0.1:0", "--database", filepath.Join(t.TempDir(), "a.db"))()
	if !strings.Contains(printed, "/set-up/") || strings.Contains(printed, "password") {
		t.Errorf("printed:\n%s", printed)
	}
}

func TestTheDemoPrintsWhoCanSignIn(t *testing.T) {
	printed := start(t, "--demo", "--addr", "127.0.0.1:0", "--database", filepath.Join(t.TempDir(), "a.db"))()
	for _, want := range []string{"account admin", "deployer", "support", "/dev/mail"} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q was not printed:\n%s", want, printed)
		}
	}
	if strings.Contains(printed, "/set-up/") {
		t.Error("the demo needs no set-up link")
	}
}

// What stops a start is one clear line.
func TestWhatStopsAStart(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := busy.Close(); err != nil {
			t.Error(err)
		}
	})
	file := filepath.Join(t.TempDir(), "a.db")
	start(t, "--addr", "127.0.0.1:0", "--database", file)()
	blocked := filepath.Join(t.TempDir(), "blocked")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a busy port":               {[]string{"--addr", busy.Addr().String(), "--database", filepath.Join(t.TempDir(), "b.db")}, "already in use"},
		"CRASH-12 a second process": {[]string{"--addr", "127.0.0.1:0", "--database", file}, "already open in another process"},
		"a folder that is none":     {[]string{"--addr", "127.0.0.1:0", "--database", filepath.Join(blocked, "c.db")}, "not a directory"},
		"a short key":               {[]string{"--addr", "127.0.0.1:0", "--key", "c2hvcnQ="}, "base64 of at least 32 bytes"},
		"PostgreSQL keyless":        {[]string{"--addr", "127.0.0.1:0", "--database", "postgres://127.0.0.1/x"}, "PostgreSQL needs --key"},
		"a base URL":                {[]string{"--addr", "127.0.0.1:0", "--base-url", "example", "--database", filepath.Join(t.TempDir(), "d.db")}, "is not like https://"},
		"a proxy":                   {[]string{"--addr", "127.0.0.1:0", "--proxies", "here", "--database", filepath.Join(t.TempDir(), "e.db")}, "is not a network"},
		"an unknown flag":           {[]string{"--sail"}, "unknown flag"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(t.Context(), append([]string{"serve"}, c.args...), io.Discard)
			if err == nil || !strings.Contains(oneLine(err), c.want) {
				t.Errorf("got %v, want a line with %q", err, c.want)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"routes", "--json"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"path": "/sign-in"`, `"privilege": "anyone"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in the list of doors", want)
		}
	}
}
