package deliver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"gatehouse/domain"
)

// SMTP sends by a mail server and keeps its connections open while there is something to send.
type SMTP struct {
	from    *netmail.Address
	host    string
	options []mail.Option
	dial    func(context.Context) (net.Conn, error)

	mu   sync.Mutex
	idle []*smtp.Client
}

// NewSMTP reads the mail server's address, smtp://user:password@host:port?tls=starttls|implicit|off, and the
// sender's, as in "Gatehouse <gatehouse@example.com>". Without tls= the connection is encrypted by STARTTLS or
// there is none, except to the own machine. The user is optional. No error repeats the password.
func NewSMTP(address, sender string) (*SMTP, error) {
	from, err := netmail.ParseAddress(sender)
	if err != nil || domain.EmailDomain(from.Address) == "" {
		return nil, fmt.Errorf("%q is no sender's address, such as Gatehouse <gatehouse@example.com>", sender)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "smtp" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("the mail server's address must read smtp://user:password@host:port?tls=starttls|implicit|off")
	}
	mode, err := encryption(u)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(u.Port())
	if u.Port() == "" {
		port, err = map[string]int{"starttls": 587, "implicit": 465, "off": 25}[mode], nil
	}
	if err != nil {
		return nil, errors.New("the mail server's port is no number")
	}
	s := &SMTP{from: from, host: u.Hostname()}
	at := net.JoinHostPort(u.Hostname(), strconv.Itoa(port))
	s.options = []mail.Option{mail.WithPort(port), mail.WithTimeout(sendTimeout), mail.WithTLSPolicy(mail.TLSMandatory)}
	plain := []mail.SMTPAuthType{mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5}
	s.dial = func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", at) }
	switch mode {
	case "implicit":
		s.options = append(s.options, mail.WithSSL())
		config := &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
		s.dial = func(ctx context.Context) (net.Conn, error) {
			return (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", at)
		}
	case "off":
		s.options = append(s.options, mail.WithTLSPolicy(mail.NoTLS))
		plain = []mail.SMTPAuthType{mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthCramMD5, mail.SMTPAuthPlainNoEnc, mail.SMTPAuthLoginNoEnc}
	}
	if u.User != nil {
		password, _ := u.User.Password()
		s.options = append(s.options, mail.WithUsername(u.User.Username()), mail.WithPassword(password), mail.WithOpportunisticSMTPAuth(plain...))
	}
	if _, err := mail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("prepare to send mail: %w", err)
	}
	return s, nil
}

// encryption reads how the server wants to be spoken to. Nothing but the own machine is spoken to openly unless
// that is asked for.
func encryption(u *url.URL) (string, error) {
	q := u.Query()
	mode := q.Get("tls")
	q.Del("tls")
	switch {
	case len(q) > 0:
		return "", errors.New("the mail server's address has settings other than tls=")
	case mode == "starttls", mode == "implicit", mode == "off":
		return mode, nil
	case mode != "":
		return "", fmt.Errorf("tls=%s: must be starttls, implicit or off", mode)
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return "off", nil
	}
	return "starttls", nil
}

// Send hands one message to the mail server. It counts as taken with the server's 250 after the text: what
// happens to the connection afterwards changes nothing.
func (s *SMTP) Send(ctx context.Context, m Mail) error {
	raw, err := s.encode(m)
	if err != nil {
		return err
	}
	c, err := s.connection(ctx)
	if err != nil {
		return &Undelivered{domain.ReasonUnreachable, err}
	}
	if err := s.transmit(ctx, c, m.To, raw); err != nil {
		s.keep(c, err)
		return judge(err, m.Secret)
	}
	s.keep(c, nil)
	return nil
}

func (s *SMTP) transmit(ctx context.Context, c *smtp.Client, to string, raw []byte) error {
	if err := c.UpdateDeadline(timeLeft(ctx)); err != nil {
		return err
	}
	if err := c.Mail("<" + s.from.Address + ">"); err != nil {
		return err
	}
	if err := c.Rcpt("<" + to + ">"); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err // not closed: that would end the text and send the half of it
	}
	return w.Close()
}

// timeLeft is how long the message at hand may still take. A connection does not end with a context by itself.
func timeLeft(ctx context.Context) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return min(sendTimeout, time.Until(end))
	}
	return sendTimeout
}

// judge tells answers that will not change from those that may. A refused sign-in is the operator's to mend
// and says nothing of this message.
func judge(err error, secret string) error {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return &Undelivered{domain.ReasonCutOff, err}
	}
	reason := strings.Join(strings.Fields(strings.ToValidUTF8(strconv.Itoa(answer.Code)+" "+answer.Msg, "")), " ")
	if secret != "" {
		reason = strings.ReplaceAll(reason, secret, "…")
	}
	if long := []rune(reason); len(long) > 200 {
		reason = string(long[:199]) + "…"
	}
	switch answer.Code {
	case 530, 534, 535, 538:
		return &Undelivered{reason, errors.New(reason)}
	}
	if answer.Code >= 500 {
		return &Refused{reason}
	}
	return &Undelivered{reason, errors.New(reason)}
}

// encode writes the message out. Sender and reply address are always the same; whose words the message tells
// changes neither (MSG-05).
func (s *SMTP) encode(m Mail) ([]byte, error) {
	to, ok := domain.ParseEmail(m.To)
	if !ok || to != m.To {
		return nil, &Refused{domain.ReasonAddress}
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.from)
	msg.ReplyToMailAddress(s.from)
	msg.ToMailAddress(&netmail.Address{Address: to})
	msg.Subject(m.Subject)
	// The same for every copy: a mail that is repeated after a crash can be told to be the same one.
	msg.SetMessageIDWithValue(m.ID + "@" + domain.EmailDomain(s.from.Address))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("encode a mail: %w", err)
	}
	return b.Bytes(), nil
}

// connection takes an open connection that still answers, or makes one.
func (s *SMTP) connection(ctx context.Context) (*smtp.Client, error) {
	for {
		s.mu.Lock()
		n := len(s.idle)
		if n == 0 {
			s.mu.Unlock()
			break
		}
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		if c.UpdateDeadline(timeLeft(ctx)) == nil && c.Noop() == nil {
			return c, nil
		}
		drop(c)
	}
	// We dial ourselves: when the greeting, the encryption or the sign-in fails, the library leaves the
	// connection open.
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	given := mail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil })
	client, err := mail.NewClient(s.host, append(slices.Clone(s.options), given)...)
	if err == nil {
		var c *smtp.Client
		if c, err = client.DialToSMTPClientWithContext(ctx); err == nil {
			return c, nil
		}
	}
	return nil, errors.Join(err, conn.Close())
}

// keep puts a connection back for the next message, if it is still good for one.
func (s *SMTP) keep(c *smtp.Client, failed error) {
	var answer *textproto.Error
	if failed != nil && (!errors.As(failed, &answer) || answer.Code == 421 || c.Reset() != nil) {
		drop(c)
		return
	}
	s.mu.Lock()
	s.idle = append(s.idle, c)
	s.mu.Unlock()
}

// Rest says good-bye on the connections that are open.
func (s *SMTP) Rest() {
	s.mu.Lock()
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
	for _, c := range idle {
		if c.UpdateDeadline(sendTimeout/10) != nil || c.Quit() != nil {
			drop(c)
		}
	}
}

// drop ends a connection that is of no use any more, so that how it ends is of no interest.
func drop(c *smtp.Client) { _ = c.Close() }
