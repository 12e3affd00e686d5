package deliver

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const base = "https://portal.example"

// working runs a test on the demo with all its own mails sent, and stops every worker it starts.
func working(t *testing.T, test func(t *testing.T, s *store.Store, dana domain.Actor)) {
	t.Helper()
	storetest.Demo(t, func(t *testing.T, s *store.Store) {
		drain(t, s, Mailbox{s})
		test(t, s, storetest.As(t, s, store.Dana, store.Brightwater))
	})
}

// drain sends what is owed now.
func drain(t testing.TB, s *store.Store, out Sender) {
	t.Helper()
	w := defaults(Worker{Store: s, Sender: out, BaseURL: base, FirstRetry: time.Millisecond})
	for {
		n, err := w.round(t.Context(), t.Name())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// start runs a worker until stop is called or the test ends.
func start(t testing.TB, w Worker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { w.Run(ctx) })
	stop = func() { cancel(); done.Wait() }
	t.Cleanup(stop)
	return stop
}

func invite(t testing.TB, s *store.Store, by domain.Actor, email string) domain.Membership {
	t.Helper()
	m, err := s.CreateInvite(t.Context(), by, domain.InviteDraft{
		FirstName: "Ines", LastName: "Número", Email: email, Role: "user", Scope: []string{domain.WholeAccount}, Language: "es", Message: "Hola",
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mailOf(t testing.TB, s *store.Store, by domain.Actor, id string) domain.Mail {
	t.Helper()
	m, err := s.Invite(t.Context(), by, id)
	if err != nil {
		t.Fatal(err)
	}
	return m.Mail
}

// tokenIn finds the link's token in the text part.
func tokenIn(t testing.TB, m arrived) string {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := mail.ReadMessage(strings.NewReader(m.raw))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(whole.Body, params["boundary"]).NextPart()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(part); err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(base + `/invites/([A-Za-z0-9_-]+)`).FindStringSubmatch(text.String())
	if found == nil {
		t.Fatalf("no link in:\n%s", text.String())
	}
	return found[1]
}

func TestInviteArrives(t *testing.T) {
	working(t, func(t *testing.T, s *store.Store, dana domain.Actor) {
		p := openPost(t, "127.0.0.1:0", nil)
		var log bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		stop := start(t, Worker{Store: s, Sender: smtpTo(t, "smtp://"+p.addr), BaseURL: base, Log: logger, Poll: time.Hour})
		m := invite(t, s, dana, "ines@brightwater.example")
		got := p.wait(t, 1)
		until(t, func() bool { return mailOf(t, s, dana, m.ID).State == domain.MailSent })
		stop()
		subject, err := new(mime.WordDecoder).DecodeHeader(got[0].header.Get("Subject"))
		if err != nil || subject != "Dana Whitfield te invita a Brightwater Energy" || got[0].to != m.Email {
			t.Errorf("%q to %s: %v", subject, got[0].to, err)
		}
		token := tokenIn(t, got[0])
		if o, err := s.FindInviteByToken(t.Context(), token); err != nil || o.Membership.ID != m.ID {
			t.Errorf("the link opens %+v: %v", o, err)
		}
		// INV-15
		if strings.Contains(log.String(), token) || strings.Contains(log.String(), m.Email) || !strings.Contains(log.String(), "message sent") {
			t.Errorf("the log says:\n%s", log.String())
		}
	})
}

func TestRefusedIsVisible(t *testing.T) {
	working(t, func(t *testing.T, s *store.Store, dana domain.Actor) {
		p := openPost(t, "127.0.0.1:0", nil)
		p.fault = func(int, string) fault {
			return fault{rcpt: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}}
		}
		m := invite(t, s, dana, "ines@brightwater.example")
		drain(t, s, smtpTo(t, "smtp://"+p.addr))
		if got := mailOf(t, s, dana, m.ID); got.State != domain.MailFailed || got.Error != "550 5.1.1 no such user" {
			t.Errorf("the row shows %+v", got)
		}
		if p.seen != 1 {
			t.Errorf("asked %d times", p.seen)
		}
	})
}

// A server that is away and comes back, or says to come again: the row tells why it waits, then one copy arrives.
func TestDownThenUp(t *testing.T) {
	working(t, func(t *testing.T, s *store.Store, dana domain.Actor) {
		addr := nobody(t)
		start(t, Worker{Store: s, Sender: smtpTo(t, "smtp://"+addr), BaseURL: base, Poll: 10 * time.Millisecond, FirstRetry: 20 * time.Millisecond})
		m := invite(t, s, dana, "ines@brightwater.example")
		until(t, func() bool {
			mail := mailOf(t, s, dana, m.ID)
			return mail.State == domain.MailQueued && mail.Error == domain.ReasonUnreachable
		})
		up := openPost(t, addr, func(p *post) {
			p.fault = func(n int, _ string) fault {
				if n == 1 {
					return fault{rcpt: &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}}
				}
				return fault{}
			}
		})
		until(t, func() bool { return mailOf(t, s, dana, m.ID).State == domain.MailSent })
		if n := len(up.all()); n != 1 {
			t.Errorf("%d copies", n)
		}
	})
}

// CRASH-02, C7: the text was taken and the answer lost, as when the process dies in between: a second copy comes, with the
// same Message-ID and the same working link.
func TestRepeatedAfterACrash(t *testing.T) {
	working(t, func(t *testing.T, s *store.Store, dana domain.Actor) {
		p := openPost(t, "127.0.0.1:0", nil)
		p.fault = func(n int, _ string) fault { return fault{cut: n == 1} }
		start(t, Worker{Store: s, Sender: smtpTo(t, "smtp://"+p.addr), BaseURL: base, Poll: 10 * time.Millisecond, FirstRetry: 10 * time.Millisecond})
		m := invite(t, s, dana, "ines@brightwater.example")
		until(t, func() bool { return mailOf(t, s, dana, m.ID).State == domain.MailSent })
		got := p.all()
		if len(got) != 2 || got[0].header.Get("Message-Id") != got[1].header.Get("Message-Id") || tokenIn(t, got[0]) != tokenIn(t, got[1]) {
			t.Fatalf("%d copies: %v", len(got), got)
		}
		if o, err := s.FindInviteByToken(t.Context(), tokenIn(t, got[1])); err != nil || o.Membership.ID != m.ID {
			t.Errorf("the link opens %+v: %v", o, err)
		}
	})
}

// INV-05, CRASH-02: an invite that was sent again or withdrawn before its mail went out is not mailed in its old form.
func TestOldSendsAreNotMailed(t *testing.T) {
	working(t, func(t *testing.T, s *store.Store, dana domain.Actor) {
		p := openPost(t, "127.0.0.1:0", nil)
		again, gone := invite(t, s, dana, "again@brightwater.example"), invite(t, s, dana, "gone@brightwater.example")
		for range 3 {
			if _, err := s.Resend(t.Context(), dana, store.Chosen{IDs: []string{again.ID}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Revoke(t.Context(), dana, store.Chosen{IDs: []string{gone.ID}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Resend(t.Context(), dana, store.Chosen{IDs: []string{again.ID}, Preview: true}); err != nil {
			t.Fatal(err)
		}
		drain(t, s, smtpTo(t, "smtp://"+p.addr))
		got := p.all()
		if len(got) != 1 || got[0].to != again.Email {
			t.Fatalf("%d mails went out", len(got))
		}
		if o, err := s.FindInviteByToken(t.Context(), tokenIn(t, got[0])); err != nil || o.Membership.Generation != again.Generation+3 {
			t.Errorf("the link opens %+v: %v", o, err)
		}
		if mail := mailOf(t, s, dana, gone.ID); mail.State != domain.MailNotMailed || mail.Error != domain.ReasonMovedOn {
			t.Errorf("the withdrawn one shows %+v", mail)
		}
	})
}

func TestWithoutAMailServer(t *testing.T) {
	working(t, func(t *testing.T, s *store.Store, dana domain.Actor) {
		m := invite(t, s, dana, "ines@brightwater.example")
		drain(t, s, nil)
		if mail := mailOf(t, s, dana, m.ID); mail.State != domain.MailNotMailed || mail.Error != domain.ReasonNoServer {
			t.Errorf("the row shows %+v", mail)
		}
		if _, err := s.Resend(t.Context(), dana, store.Chosen{IDs: []string{m.ID}}); err != nil {
			t.Fatal(err)
		}
		drain(t, s, Mailbox{s})
		box, err := s.Mailbox(t.Context())
		if err != nil || len(box) == 0 || box[0].To != m.Email {
			t.Fatalf("%+v, %v", box, err)
		}
		if l, err := s.Mail(t.Context(), box[0].ID); err != nil || !strings.Contains(l.Text, base+"/invites/") || !strings.Contains(l.HTML, base+"/invites/") {
			t.Errorf("%+v, %v", l, err)
		}
		if mail := mailOf(t, s, dana, m.ID); mail.State != domain.MailSent {
			t.Errorf("the row shows %+v", mail)
		}
	})
}

// A message whose worker dies every time is given up too.
func TestPoisonIsGivenUp(t *testing.T) {
	working(t, func(t *testing.T, s *store.Store, dana domain.Actor) {
		m := invite(t, s, dana, "ines@brightwater.example")
		for range domain.MaxAttempts {
			if claimed, err := s.ClaimDeliveries(t.Context(), "dies", -time.Second, 1); err != nil || len(claimed) != 1 {
				t.Fatal(claimed, err)
			}
		}
		drain(t, s, Mailbox{s})
		if mail := mailOf(t, s, dana, m.ID); mail.State != domain.MailFailed || mail.Error != domain.ReasonCutOff {
			t.Errorf("the row shows %+v", mail)
		}
	})
}

// CRASH-07: a worker that is told to stop finishes what it is sending and gives the rest back.
func TestStopsGracefully(t *testing.T) {
	working(t, func(t *testing.T, s *store.Store, dana domain.Actor) {
		const n = 12
		for i := range n {
			invite(t, s, dana, fmt.Sprintf("ines%d@brightwater.example", i))
		}
		slow := &slowSender{began: make(chan struct{}, n), going: make(chan struct{})}
		stop := start(t, Worker{Store: s, Sender: slow, BaseURL: base, Lanes: 2})
		<-slow.began
		<-slow.began
		stopped := make(chan struct{})
		go func() { stop(); close(stopped) }()
		time.Sleep(20 * time.Millisecond)
		select {
		case <-stopped:
			t.Fatal("did not wait for the messages it was sending")
		default:
		}
		close(slow.going)
		<-stopped
		left, err := s.ClaimDeliveries(t.Context(), "next", time.Minute, 100)
		if err != nil || len(left)+slow.sent() != n || len(left) == 0 {
			t.Fatalf("%d sent, %d left at once, of %d: %v", slow.sent(), len(left), n, err)
		}
		for _, d := range left {
			if d.Attempts != 1 {
				t.Errorf("one that was not tried counts %d attempts", d.Attempts-1)
			}
		}
	})
}

type slowSender struct {
	began, going chan struct{}
	mu           sync.Mutex
	n            int
}

func (s *slowSender) Send(context.Context, Mail) error {
	s.began <- struct{}{}
	<-s.going
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	return nil
}

func (s *slowSender) sent() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

func (*slowSender) Rest() {}

// MN-04: three workers on one database, some hundred mails, each exactly once.
func TestThreeWorkersNoDuplicate(t *testing.T) {
	working(t, func(t *testing.T, s *store.Store, dana domain.Actor) {
		const n = 400
		var file strings.Builder
		file.WriteString("First name,Last name,E-mail,Role,Scope\n")
		for i := range n {
			fmt.Fprintf(&file, "Ines,Number,ines%d@brightwater.example,Member,All sites\n", i)
		}
		i, err := s.PrepareInvites(t.Context(), dana, "x.csv", []byte(file.String()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ConfirmImport(t.Context(), dana, i.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RunImport(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := openPost(t, "127.0.0.1:0", nil)
		began := time.Now()
		var stops []func()
		for range 3 {
			stops = append(stops, start(t, Worker{Store: s, Sender: smtpTo(t, "smtp://"+p.addr), BaseURL: base, Poll: 10 * time.Millisecond}))
		}
		p.wait(t, n)
		t.Logf("%d mails in %v", n, time.Since(began))
		for _, stop := range stops {
			stop()
		}
		copies := map[string]int{}
		for _, m := range p.all() {
			copies[m.header.Get("Message-Id")]++
		}
		if len(copies) != n || len(p.all()) != n {
			t.Errorf("%d mails with %d Message-IDs, want %d of each", len(p.all()), len(copies), n)
		}
	})
}

// The clock's work: expiry is told to the sender, a reminder goes out, a confirmed import is made.
func TestChores(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			clock := storetest.NewClock(time.Now())
			s := storetest.Open(t, engine, storetest.WithClock(clock))
			if err := s.LoadDemo(t.Context()); err != nil {
				t.Fatal(err)
			}
			dana := storetest.As(t, s, store.Dana, store.Brightwater)
			m := invite(t, s, dana, "ines@brightwater.example")
			drain(t, s, Mailbox{s})
			ctx, cancel := context.WithCancel(t.Context())
			var done sync.WaitGroup
			done.Go(func() { Chores{Store: s, Every: 10 * time.Millisecond}.Run(ctx) })
			mailed := func(to, words string) func() bool {
				return func() bool {
					drain(t, s, Mailbox{s})
					box, err := s.Mailbox(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					for _, l := range box {
						if l.To == to && strings.Contains(l.Subject, words) {
							return true
						}
					}
					return false
				}
			}
			clock.Advance(49 * time.Hour)
			until(t, mailed(m.Email, "Recordatorio"))
			clock.Advance(6 * 24 * time.Hour)
			until(t, mailed(store.Dana, "The invitation of Ines Número has expired"))
			dana = storetest.As(t, s, store.Dana, store.Brightwater)
			i, err := s.PrepareInvites(t.Context(), dana, "x.csv", []byte("First name,Last name,E-mail,Role,Scope\nA,B,ab@brightwater.example,Member,All sites\n"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.ConfirmImport(t.Context(), dana, i.ID); err != nil {
				t.Fatal(err)
			}
			until(t, mailed("ab@brightwater.example", "Dana Whitfield invites you"))
			cancel()
			done.Wait()
		})
	}
}
