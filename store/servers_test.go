package store_test

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgproto3"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// standby is a server in recovery, with whatever it has not heard of yet: it says so, and writes down what it is asked.
type standby struct {
	mu    sync.Mutex
	asked []string
}

func (s *standby) dial() (net.Conn, error) {
	ours, theirs := net.Pipe()
	go s.serve(ours)
	return theirs, nil
}

func (s *standby) serve(c net.Conn) {
	defer c.Close() //nolint:errcheck // a pipe
	b := pgproto3.NewBackend(c, c)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return
	}
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	for b.Flush() == nil {
		said, err := b.Receive()
		if err != nil {
			return
		}
		q, ok := said.(*pgproto3.Query)
		if !ok {
			s.note(fmt.Sprintf("%T", said))
			return
		}
		s.note(q.String)
		b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("pg_is_in_recovery"), DataTypeOID: 16, DataTypeSize: 1, TypeModifier: -1}}})
		b.Send(&pgproto3.DataRow{Values: [][]byte{[]byte("t")}})
		b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	}
}

func (s *standby) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, what)
}

// MN-09: where a standby is named beside the primary, and before it, it is asked whether it is one and nothing more: who may
// is read from the primary. Where there is a standby alone the portal does not start.
func TestMN09_StandbyDecidesNothing(t *testing.T) {
	config := storetest.Config(t, "postgres")
	primary := storetest.Through(t, &config)
	behind := &standby{}
	line := storetest.NewLine(t, behind.dial)
	through := func(dirs ...string) store.Config {
		u, err := url.Parse(config.DSN)
		must(t, err)
		u.RawQuery = url.Values{"host": {strings.Join(dirs, ",")}}.Encode()
		c := config
		c.DSN = u.String()
		return c
	}
	if s, err := store.Open(t.Context(), through(line.Dir)); err == nil {
		t.Error("it starts with a standby alone")
		must(t, s.Close())
	}
	s, err := store.Open(t.Context(), through(line.Dir, primary.Dir))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.LoadDemo(t.Context()))
	dana, owen := storetest.As(t, s, store.Dana, store.Brightwater), storetest.As(t, s, store.Owen, store.Brightwater)
	u, err := s.PersonByEmail(t.Context(), store.Owen)
	must(t, err)
	_, err = s.StartSession(t.Context(), u, "", store.Start{Hash: "owen"})
	must(t, err)
	_, err = s.Actor(t.Context(), "owen", store.Brightwater, "")
	must(t, err)
	outcomes, err := s.Suspend(t.Context(), dana, store.Chosen{IDs: []string{owen.Membership}})
	if err != nil || outcomes[0].Err != nil {
		t.Fatal(outcomes, err)
	}
	if _, err := s.Actor(t.Context(), "owen", store.Brightwater, ""); err == nil {
		t.Error("who was disabled is let in")
	}
	behind.mu.Lock()
	defer behind.mu.Unlock()
	if len(behind.asked) == 0 {
		t.Error("the standby was never tried: the test proves nothing")
	}
	for _, sql := range behind.asked {
		if sql != "select pg_is_in_recovery()" {
			t.Errorf("the standby was asked %q", sql)
		}
	}
}

// shipped are the steps of this version and some of the next one.
func shipped(t *testing.T, next ...string) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{}
	files, err := filepath.Glob("migrations/*.sql")
	must(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(t, err)
		all[filepath.Base(file)] = &fstest.MapFile{Data: content}
	}
	for i, sql := range next {
		all[fmt.Sprintf("%05d_next.sql", 90001+i)] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql)}
	}
	return all
}

// MN-06: this version goes on reading and writing, without a failure, while a next one starts beside it and adds its columns,
// tables and indexes, and afterwards beside it. (A SQLite file has one process at a time: there the next one is refused.)
func TestMN06_VersionsSideBySide(t *testing.T) {
	next := []string{
		"create table later (id text primary key);\nalter table memberships add column later text not null default '';\nalter table devices add column later bigint not null default 0;\n",
		"create index memberships_later on memberships (account_id, later);\nalter table events add column later text not null default '';\nalter table sessions add column later text not null default '';\n",
	}
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			config := storetest.Config(t, engine)
			config.Limits.SendsPerHour = 1 << 30
			s, err := store.Open(t.Context(), config)
			must(t, err)
			t.Cleanup(func() { must(t, s.Close()) })
			must(t, s.LoadDemo(t.Context()))
			dana := storetest.As(t, s, store.Dana, store.Brightwater)
			site := siteOf(t, s, dana, "HPT")

			var stage, made atomic.Int64
			var wg sync.WaitGroup
			for worker := range 3 {
				wg.Go(func() {
					for i, after := 0, 0; after < 10; i++ {
						if stage.Load() > 0 {
							after++
						}
						if err := someWork(t, s, dana, site, fmt.Sprintf("side%d-%d@brightwater.example", worker, i)); err != nil {
							t.Errorf("worker %d, round %d: %v", worker, i, err)
							return
						}
						made.Add(1)
					}
				})
			}
			for made.Load() < 10 && !t.Failed() {
				runtime.Gosched()
			}
			newer, err := store.Open(t.Context(), config.WithSteps(shipped(t, next...)))
			switch {
			case engine == "sqlite" && !errors.Is(err, store.ErrInUse):
				t.Errorf("a second process on the file: %v", err)
			case engine == "postgres" && err != nil:
				t.Error(err)
			}
			stage.Store(1)
			wg.Wait()
			if err == nil {
				must(t, someWork(t, newer, dana, site, "newer@brightwater.example"))
				must(t, newer.Close())
			}
			var emails []string
			must(t, s.EachInvite(t.Context(), dana, store.Query{Search: "side"}, func(m domain.Membership) error {
				emails = append(emails, m.Email)
				return nil
			}))
			slices.Sort(emails)
			if n := len(slices.Compact(emails)); int64(n) != made.Load() {
				t.Errorf("%d of %d invites are there", n, made.Load())
			}
		})
	}
}

// someWork is what requests do: who is asking, lists, a change.
func someWork(t *testing.T, s *store.Store, by domain.Actor, site domain.Site, email string) error {
	if _, err := s.ActorFor(t.Context(), store.Dana, store.Brightwater); err != nil {
		return err
	}
	if _, err := s.Users(t.Context(), by, store.Query{Search: "owen"}); err != nil {
		return err
	}
	if _, err := s.Devices(t.Context(), by, site.ID, store.DeviceQuery{}); err != nil {
		return err
	}
	_, err := s.CreateInvite(t.Context(), by, draft(email))
	return err
}
