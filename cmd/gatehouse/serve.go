package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"gatehouse/deliver"
	"gatehouse/store"
	"gatehouse/web"
)

// Run serves the portal until the context ends, then finishes what is in flight.
func (c serve) Run(ctx context.Context, out io.Writer) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	c.Dev = c.Dev || c.Demo
	// The address first: a busy port should leave nothing behind.
	listener, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // serving closes it too: the second close tells nothing new
	if c.Addr = listener.Addr().String(); c.BaseURL == "" {
		c.BaseURL = "http://" + c.Addr
	}
	st, err := c.open(ctx, log, c.Limits)
	if err != nil {
		return err
	}
	err = c.run(ctx, out, log, listener, st)
	return errors.Join(err, st.Close())
}

func (c serve) run(ctx context.Context, out io.Writer, log *slog.Logger, listener net.Listener, st *store.Store) error {
	if err := c.welcome(ctx, out, log, st); err != nil {
		return err
	}
	base, err := c.baseURL()
	if err != nil {
		return err
	}
	proxies, err := c.proxies()
	if err != nil {
		return err
	}
	sender, err := c.sender(st)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           web.New(st, web.Config{BaseURL: base, Dev: c.Dev, Mailed: sender != nil, Proxies: proxies, SessionAge: cmp.Or(c.Limits.SessionAge, 12*time.Hour), Flood: c.Flood, Logger: log}),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 5 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() {
		deliver.Worker{Store: st, Sender: sender, BaseURL: base.String(), Poll: c.OutboxInterval, Lease: c.OutboxLease, FirstRetry: c.FirstRetry, Log: log}.Run(working)
	})
	work.Go(func() { deliver.Chores{Store: st, Every: c.ChoresInterval, Log: log}.Run(working) })
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err = <-served:
	case <-ctx.Done():
		finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		err = server.Shutdown(finish)
		cancel()
	}
	// Requests are answered by now; what they owe to the outside is written down and finished or given back here.
	stop()
	work.Wait()
	return err
}

// sender is the way out for messages: the mail server, in development without one the mailbox page, else none.
func (c serve) sender(st *store.Store) (deliver.Sender, error) {
	switch {
	case c.SMTPURL != "":
		return deliver.NewSMTP(c.SMTPURL, c.MailFrom)
	case c.Dev:
		return deliver.Mailbox{Store: st}, nil
	}
	return nil, nil
}

// welcome prepares an empty database and prints how to begin.
func (c serve) welcome(ctx context.Context, out io.Writer, log *slog.Logger, st *store.Store) error {
	settings, err := st.Settings(ctx)
	if err != nil {
		return err
	}
	log.Info("database", "settings", settings)
	if c.Demo {
		if err := st.LoadDemo(ctx); err != nil && !errors.Is(err, store.ErrNotEmpty) {
			return err
		}
	}
	fmt.Fprintf(out, "\nGatehouse is at %s\n", c.BaseURL)
	if c.Demo {
		fmt.Fprintf(out, "\n  account admin  %s\n  deployer       %s\n  support        %s\n  password       %s\n",
			store.DemoAdmin, store.DemoDeployer, store.DemoSupport, store.DemoPassword)
	}
	if c.Dev && c.SMTPURL == "" {
		fmt.Fprintf(out, "\nMail of this development server: %s/dev/mail\n", c.BaseURL)
	}
	secret, err := st.SetupToken(ctx)
	if err != nil {
		return err
	}
	if secret != "" {
		fmt.Fprintf(out, "\nNobody is here yet. This link makes the partner company and its first Master; it works once, for 24 hours:\n%s/set-up/%s\n", c.BaseURL, secret)
	}
	fmt.Fprintln(out)
	return nil
}

// listen opens the address, or says in one line why it cannot.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is already in use: is Gatehouse running already? (--addr chooses another)", addr)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %s", addr, strings.TrimPrefix(err.Error(), "listen tcp "))
	}
	return l, nil
}
