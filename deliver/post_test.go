package deliver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// post is a mail server for tests. fault decides, for each message in turn from 1, how it is treated.
type post struct {
	addr  string
	fault func(n int, to string) fault

	server   *smtp.Server
	auth     bool
	implicit bool
	mu       sync.Mutex
	seen     int
	got      []arrived
}

type fault struct {
	rcpt, data *smtp.SMTPError
	cut        bool // the connection breaks before the answer to the text, which has arrived
	cutAfter   bool // … and after it
}

// arrived is one message that was taken.
type arrived struct {
	from, to string
	raw      string
	header   mail.Header
	secure   bool
}

func openPost(t testing.TB, addr string, with func(*post)) *post {
	t.Helper()
	p := &post{fault: func(int, string) fault { return fault{} }}
	p.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &visit{post: p, conn: c}, nil }))
	p.server.Domain, p.server.AllowInsecureAuth, p.server.ErrorLog = "localhost", true, log.New(io.Discard, "", 0)
	if with != nil {
		with(p)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	if p.implicit {
		l = tls.NewListener(l, p.server.TLSConfig)
	}
	go p.server.Serve(l) //nolint:errcheck // ends with Close
	t.Cleanup(func() { p.server.Close() })
	return p
}

// nobody is an address where no server listens.
func nobody(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

func (p *post) all() []arrived {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]arrived(nil), p.got...)
}

// wait waits until n messages have arrived.
func (p *post) wait(t testing.TB, n int) []arrived {
	t.Helper()
	until(t, func() bool { return len(p.all()) >= n })
	return p.all()
}

// until waits for something that a worker does; the limit is only there to end a test that would never end.
func until(t testing.TB, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

type visit struct {
	post     *post
	conn     *smtp.Conn
	signedIn bool
	from, to string
	fault    fault
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "gatehouse" || password != "s3cret:/@" {
			return smtp.ErrAuthFailed
		}
		v.signedIn = true
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	if v.post.auth && !v.signedIn {
		return &smtp.SMTPError{Code: 530, Message: "sign in first"}
	}
	v.from = from
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.post.mu.Lock()
	v.post.seen++
	v.to, v.fault = to, v.post.fault(v.post.seen, to)
	v.post.mu.Unlock()
	if v.fault.rcpt != nil {
		return v.fault.rcpt
	}
	return nil
}

func (v *visit) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if v.fault.data != nil {
		return v.fault.data
	}
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	_, secure := v.conn.TLSConnectionState()
	v.post.mu.Lock()
	v.post.got = append(v.post.got, arrived{v.from, v.to, string(raw), m.Header, secure})
	v.post.mu.Unlock()
	if v.fault.cut {
		return errors.Join(errors.New("gone"), v.conn.Conn().Close())
	}
	if v.fault.cutAfter {
		time.AfterFunc(20*time.Millisecond, func() {
			if err := v.conn.Conn().Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				panic(err)
			}
		})
	}
	return nil
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

// certificate is one for the whole process, which reads whom to trust only once.
var certificate = sync.OnceValues(func() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
})

// withTLS makes a server that encrypts and wants a sign-in, with a certificate that this process trusts.
func withTLS(t *testing.T) func(*post) {
	t.Helper()
	own, err := certificate()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "trust.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file)
	return func(p *post) {
		p.auth = true
		p.server.AllowInsecureAuth = false
		p.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{own}}
	}
}
