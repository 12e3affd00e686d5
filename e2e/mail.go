package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Security is how the mail server wants to be spoken to.
type Security string

// The three kinds of connection of an SMTP server.
const (
	PlainMail    Security = "off"
	StartTLSMail Security = "starttls"
	ImplicitMail Security = "implicit"
)

// Post is a mail server of one test: it keeps what it is sent and can be told to behave badly.
type Post struct {
	Addr     string   // host:port
	Security Security // what the client must use
	User     string   // when set, the client must sign in with User and Password
	Password string
	Trust    string // file with the certificate to trust, when Security is not PlainMail

	server *smtp.Server
	mu     sync.Mutex
	got    []Message
	bad    []error // messages that could not be read
	faults []*fault
}

// fault is one way to treat mail for one address badly.
type fault struct {
	address string // lower case; "" is everybody
	left    int    // how many times more; -1 is always
	answer  *smtp.SMTPError
	delay   time.Duration
	cut     cut
}

type cut int

const (
	noCut cut = iota
	cutBeforeAnswer
	cutAfterAnswer
)

// StartPost starts a mail server on a free loopback port, for as long as the test runs. With a security other than
// PlainMail it makes a certificate of its own and wants user "gatehouse", password "secret".
func StartPost(t testing.TB, security Security) *Post {
	t.Helper()
	if security == "" {
		security = PlainMail
	}
	p := &Post{Security: security}
	p.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &delivery{post: p, conn: c.Conn(), in: security == PlainMail}, nil
	}))
	p.server.Domain = "localhost"
	p.server.AllowInsecureAuth = security == PlainMail
	p.server.EnableSMTPUTF8 = true
	p.server.MaxMessageBytes = 10 << 20
	p.server.ErrorLog = silent{} // a cut connection is what the test asked for
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("mail server: %v", err)
	}
	p.Addr = listener.Addr().String()
	if security != PlainMail {
		p.User, p.Password = "gatehouse", "secret"
		p.Trust = filepath.Join(t.TempDir(), "mail.pem")
		config, err := certificate(p.Trust)
		if err != nil {
			t.Fatalf("mail server: %v", err)
		}
		p.server.TLSConfig = config
		if security == ImplicitMail {
			listener = tls.NewListener(listener, config)
		}
	}
	served := make(chan error, 1)
	go func() { served <- p.server.Serve(listener) }()
	t.Cleanup(func() {
		if err := p.server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Errorf("close the mail server: %v", err)
		}
		if err := <-served; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("mail server: %v", err)
		}
		for _, err := range p.bad {
			t.Errorf("a mail could not be read: %v", err)
		}
	})
	return p
}

// URL is what the product's configuration needs to send by this server.
func (p *Post) URL() string {
	sign := ""
	if p.User != "" {
		sign = p.User + ":" + p.Password + "@"
	}
	return "smtp://" + sign + p.Addr + "?tls=" + string(p.Security)
}

// Refuse answers recipients with code (550 for good, 451 for now) and text, times times; 0 is always.
// The address "" means every address.
func (p *Post) Refuse(address string, code int, text string, times int) {
	class := code / 100
	p.fault(&fault{address: address, left: times, answer: &smtp.SMTPError{
		Code: code, EnhancedCode: smtp.EnhancedCode{class, 1, 1}, Message: text,
	}})
}

// LoseAnswer takes the message and cuts the connection before saying so, times times; 0 is always: the sender cannot
// know that it arrived.
func (p *Post) LoseAnswer(address string, times int) {
	p.fault(&fault{address: address, left: times, cut: cutBeforeAnswer})
}

// HangUp takes the message, answers 250 and cuts the connection, times times; 0 is always.
func (p *Post) HangUp(address string, times int) {
	p.fault(&fault{address: address, left: times, cut: cutAfterAnswer})
}

// Delay lets the sender wait for the answer to the message.
func (p *Post) Delay(address string, d time.Duration) {
	p.fault(&fault{address: address, delay: d})
}

// Heal ends every fault.
func (p *Post) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

func (p *Post) fault(f *fault) {
	f.address = strings.ToLower(f.address)
	if f.left == 0 {
		f.left = -1
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, f)
}

// take returns the first fault of the address that fits, and counts it.
func (p *Post) take(address string, fits func(*fault) bool) *fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		if f.left == 0 || !fits(f) || (f.address != "" && f.address != strings.ToLower(address)) {
			continue
		}
		if f.left > 0 {
			f.left--
		}
		return f
	}
	return nil
}

// All returns every message so far, oldest first.
func (p *Post) All() []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

// To returns the messages to the address so far, oldest first.
func (p *Post) To(address string) []Message {
	return slices.DeleteFunc(p.All(), func(m Message) bool {
		return !slices.ContainsFunc(m.To, func(to string) bool { return strings.EqualFold(to, address) })
	})
}

// Wait returns the newest message to the address whose subject contains part, waiting for it as long as patience.
func (p *Post) Wait(t testing.TB, address, part string) Message {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		messages := p.To(address)
		for _, m := range slices.Backward(messages) {
			if strings.Contains(m.Subject, part) {
				return m
			}
		}
	}
	var had strings.Builder
	for _, m := range p.All() {
		had.WriteString("\n  " + strings.Join(m.To, ", ") + ": " + m.Subject)
	}
	t.Fatalf("no mail to %s with the subject %q within %s; arrived:%s", address, part, patience, had.String())
	return Message{}
}

// WaitFor waits until the address has n messages, and returns them.
func (p *Post) WaitFor(t testing.TB, address string, n int) []Message {
	t.Helper()
	var got []Message
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got = p.To(address); len(got) >= n {
			return got
		}
	}
	t.Fatalf("%d mails to %s within %s, want %d", len(got), address, patience, n)
	return nil
}

// delivery is one SMTP connection.
type delivery struct {
	post *Post
	conn net.Conn
	in   bool // signed in, or not asked to
	from string
	to   []string
	cut  bool // close once the answer is out
}

func (d *delivery) AuthMechanisms() []string {
	if d.post.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (d *delivery) Auth(mechanism string) (sasl.Server, error) {
	check := func(_, user, password string) error {
		if user != d.post.User || password != d.post.Password {
			return smtp.ErrAuthFailed
		}
		d.in = true
		return nil
	}
	if mechanism == sasl.Plain {
		return sasl.NewPlainServer(check), nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	if !d.in {
		return smtp.ErrAuthRequired
	}
	d.from = from
	return nil
}

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if f := d.post.take(to, func(f *fault) bool { return f.answer != nil }); f != nil {
		return f.answer
	}
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err // cut off in the middle: nothing was taken, and nothing will be answered
	}
	m, err := readMessage(bytes.NewReader(raw))
	if err != nil {
		d.post.mu.Lock()
		d.post.bad = append(d.post.bad, err)
		d.post.mu.Unlock()
		return err
	}
	m.From, m.To, m.At = d.from, slices.Clone(d.to), time.Now()
	for _, to := range d.to {
		if f := d.post.take(to, func(f *fault) bool { return f.delay > 0 }); f != nil {
			time.Sleep(f.delay)
		}
	}
	d.post.mu.Lock()
	d.post.got = append(d.post.got, m)
	d.post.mu.Unlock()
	for _, to := range d.to {
		f := d.post.take(to, func(f *fault) bool { return f.cut != noCut })
		if f == nil {
			continue
		}
		if f.cut == cutBeforeAnswer {
			return d.conn.Close()
		}
		d.cut = true
	}
	return nil
}

// Reset follows the answer to every message, so it is where a connection is cut after it.
func (d *delivery) Reset() {
	d.from, d.to = "", nil
	if d.cut {
		d.cut = false
		// The client may have hung up first; either way the line is dead.
		if err := d.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			d.post.mu.Lock()
			d.post.bad = append(d.post.bad, err)
			d.post.mu.Unlock()
		}
	}
}

func (d *delivery) Logout() error { return nil }

// certificate makes a certificate for 127.0.0.1 and localhost, and writes it to file for the sender to trust.
func certificate(file string) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, nil
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
