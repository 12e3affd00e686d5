package deliver

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"gatehouse/domain"
)

const sender = "Gatehouse <gatehouse@portal.example>"

func smtpTo(t testing.TB, address string) *SMTP {
	t.Helper()
	s, err := NewSMTP(address, sender)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Rest)
	return s
}

func letterTo(to string) Mail {
	return Mail{ID: "0197-id", To: to, Subject: "Grüße", Text: "Hello\n.\nhttps://portal.example/invites/t0ken\n", HTML: "<p>Hello</p>", Secret: "t0ken"}
}

// MSG-05: the same sender always, a Message-ID that every copy has, marked as made by a machine.
func TestHeaders(t *testing.T) {
	p := openPost(t, "127.0.0.1:0", nil)
	s := smtpTo(t, "smtp://"+p.addr)
	for range 2 {
		if err := s.Send(t.Context(), letterTo("a@b.com")); err != nil {
			t.Fatal(err)
		}
	}
	got := p.wait(t, 2)
	if len(got) != 2 {
		t.Fatalf("%d arrived", len(got))
	}
	for _, m := range got {
		for header, want := range map[string]string{
			"From": `"Gatehouse" <gatehouse@portal.example>`, "Reply-To": `"Gatehouse" <gatehouse@portal.example>`, "To": "<a@b.com>",
			"Message-Id": "<0197-id@portal.example>", "Auto-Submitted": "auto-generated", "User-Agent": "", "X-Mailer": "",
		} {
			if v := strings.Join(m.header[header], "|"); v != want {
				t.Errorf("%s: %q, want %q", header, v, want)
			}
		}
		if m.from != "gatehouse@portal.example" || m.to != "a@b.com" || !strings.Contains(m.raw, "multipart/alternative") {
			t.Errorf("from %s to %s:\n%s", m.from, m.to, m.raw)
		}
	}
}

// MSG-01, MSG-04: whatever stands in subject or address, there is one recipient and no header more.
func TestNothingIsInjected(t *testing.T) {
	p := openPost(t, "127.0.0.1:0", nil)
	s := smtpTo(t, "smtp://"+p.addr)
	for _, subject := range []string{"A\r\nBcc: x@y.com\r\n\r\nbody", "A\nBcc: x@y.com", "A\u2028Bcc: x@y.com", "=?utf-8?q?A=0D=0ABcc:_x@y.com?="} {
		m := letterTo("a@b.com")
		m.Subject = subject
		err := s.Send(t.Context(), m)
		if err != nil {
			continue // refusing it is fine
		}
		got := p.all()
		if last := got[len(got)-1]; last.header.Get("Bcc") != "" || len(last.header["To"]) != 1 || last.to != "a@b.com" || last.header.Get("Message-Id") == "" {
			t.Errorf("%q came as:\n%s", subject, last.raw)
		}
	}
	before := len(p.all())
	for _, to := range []string{"a@b.com, c@d.com", "a@b.com;c@d.com", "<a@b.com>", "a@b.com (x)", "a@b.com\r\nRCPT TO:<c@d.com>", "A@b.com", "", "A <a@b.com>", `"a"@b.com`} {
		var no *Refused
		if err := s.Send(t.Context(), letterTo(to)); !errors.As(err, &no) || no.Reason != domain.ReasonAddress {
			t.Errorf("%q: %v", to, err)
		}
	}
	if n := len(p.all()); n != before {
		t.Errorf("%d mails went to bad addresses", n-before)
	}
}

func TestAnswers(t *testing.T) {
	long := strings.Repeat("x", 500)
	for name, c := range map[string]struct {
		fault   fault
		refused bool
		reason  string
	}{
		"no such user":             {fault{rcpt: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}}, true, "550 5.1.1 no such user"},
		"come again":               {fault{rcpt: &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}}, false, "451 4.7.1 greylisted"},
		"the text is not wanted":   {fault{data: &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "spam: https://portal.example/invites/t0ken"}}, true, "554 5.7.1 spam: https://portal.example/invites/…"},
		"the mailbox is full":      {fault{data: &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "full"}}, false, "452 4.2.2 full"},
		"our own sign-in is wrong": {fault{rcpt: &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "sign in"}}, false, "530 5.7.0 sign in"},
		"a long story":             {fault{rcpt: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 0, 0}, Message: long}}, true, "550 5.0.0 " + long[:189] + "…"},
		"the line is cut":          {fault{cut: true}, false, domain.ReasonCutOff},
	} {
		t.Run(name, func(t *testing.T) {
			p := openPost(t, "127.0.0.1:0", nil)
			s := smtpTo(t, "smtp://"+p.addr)
			p.fault = func(n int, _ string) fault {
				if n == 1 {
					return c.fault
				}
				return fault{}
			}
			err := s.Send(t.Context(), letterTo("a@b.com"))
			var no *Refused
			var later *Undelivered
			switch {
			case errors.As(err, &no):
				if !c.refused || no.Reason != c.reason {
					t.Errorf("refused: %q", no.Reason)
				}
			case errors.As(err, &later):
				if c.refused || later.Reason != c.reason || strings.Contains(err.Error(), "t0ken") {
					t.Errorf("later: %q, %v", later.Reason, err)
				}
			default:
				t.Fatalf("got %v", err)
			}
			// The next message goes through, on this connection or another.
			if err := s.Send(t.Context(), letterTo("c@d.com")); err != nil {
				t.Errorf("the next one: %v", err)
			}
		})
	}
}

// A message counts as taken with the 250, and is not sent again because the connection breaks after it.
func TestCutAfterTheAnswer(t *testing.T) {
	p := openPost(t, "127.0.0.1:0", nil)
	p.fault = func(int, string) fault { return fault{cutAfter: true} }
	s := smtpTo(t, "smtp://"+p.addr)
	for range 3 {
		if err := s.Send(t.Context(), letterTo("a@b.com")); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(p.all()); n != 3 {
		t.Errorf("%d copies of 3 mails", n)
	}
}

func TestEncryptionAndSignIn(t *testing.T) {
	trusted := withTLS(t)
	p := openPost(t, "127.0.0.1:0", trusted)
	_, port, _ := net.SplitHostPort(p.addr)
	const user = "gatehouse:s3cret%3A%2F%40@"
	if err := smtpTo(t, "smtp://"+user+"localhost:"+port+"?tls=starttls").Send(t.Context(), letterTo("a@b.com")); err != nil {
		t.Fatal(err)
	}
	if got := p.wait(t, 1); !got[0].secure {
		t.Error("sent in the open")
	}
	for name, address := range map[string]string{
		"a wrong password":         "smtp://gatehouse:wrong@localhost:" + port + "?tls=starttls",
		"no sign-in":               "smtp://localhost:" + port + "?tls=starttls",
		"another name":             "smtp://" + user + "127.0.0.2:" + port + "?tls=starttls",
		"the password in the open": "smtp://" + user + "localhost:" + port + "?tls=off",
	} {
		err := smtpTo(t, address).Send(t.Context(), letterTo("a@b.com"))
		var later *Undelivered
		if !errors.As(err, &later) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	sealed := openPost(t, "127.0.0.1:0", func(p *post) { trusted(p); p.implicit = true })
	_, port, _ = net.SplitHostPort(sealed.addr)
	if err := smtpTo(t, "smtp://"+user+"localhost:"+port+"?tls=implicit").Send(t.Context(), letterTo("a@b.com")); err != nil {
		t.Fatal(err)
	}
	if got := sealed.wait(t, 1); !got[0].secure {
		t.Error("sent in the open")
	}
	// A server that cannot encrypt gets nothing, unless that was asked for.
	open := openPost(t, "127.0.0.1:0", nil)
	if err := smtpTo(t, "smtp://"+open.addr+"?tls=starttls").Send(t.Context(), letterTo("a@b.com")); err == nil || len(open.all()) != 0 {
		t.Errorf("sent in the open: %v", err)
	}
	if err := smtpTo(t, "smtp://"+open.addr+"?tls=off").Send(t.Context(), letterTo("a@b.com")); err != nil {
		t.Error(err)
	}
}

func TestUnreachable(t *testing.T) {
	var later *Undelivered
	if err := smtpTo(t, "smtp://"+nobody(t)).Send(t.Context(), letterTo("a@b.com")); !errors.As(err, &later) || later.Reason != domain.ReasonUnreachable {
		t.Errorf("got %v", err)
	}
}

func TestNewSMTP(t *testing.T) {
	for _, address := range []string{
		"", "localhost:25", "http://localhost", "smtp://", "smtp://h/path", "smtp://h:port", "smtp://h?tls=maybe", "smtp://h?debug=1", "smtp://u:hunter2@h:99999", "smtp://u:hunter2@h:%zz",
	} {
		if _, err := NewSMTP(address, sender); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, from := range []string{"", "Gatehouse", "a@b.com, c@d.com", "<>"} {
		if _, err := NewSMTP("smtp://localhost", from); err == nil {
			t.Errorf("sender %q is accepted", from)
		}
	}
}
