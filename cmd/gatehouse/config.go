package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/store"
)

// Database is where everything is kept, and the secret it is kept with.
type Database struct {
	Database string `help:"SQLite file, or postgres://… for PostgreSQL." default:"data/gatehouse.db" placeholder:"DSN"`
	Key      string `help:"Server secret, base64 of at least 32 bytes. Every node of one database needs the same. Without it a key file beside the SQLite file is made and used." placeholder:"BASE64"`
}

// serve's flags are the settings of a running portal.
type serve struct {
	Database
	Addr    string `help:"Address to listen on." default:"127.0.0.1:8080"`
	BaseURL string `help:"Address people use; links in mails start with it. Default: http:// and the listening address." placeholder:"URL"`
	Demo    bool   `help:"Load the demo companies into an empty database; implies --dev."`
	Dev     bool   `help:"Development: with no mail server, messages stand at /dev/mail on loopback."`

	SMTPURL  string `name:"smtp-url" help:"Mail server: smtp://user:password@host:port?tls=starttls|implicit|off. Without it nothing is mailed." placeholder:"URL"`
	MailFrom string `help:"Sender of every mail." default:"Gatehouse <no-reply@localhost>" placeholder:"ADDRESS"`

	Proxies []string `help:"Networks of reverse proxies whose X-Forwarded-For is believed." placeholder:"CIDR"`
	Flood   float64  `help:"Requests a second that one address may make; 0 is no limit." default:"100"`

	OutboxInterval time.Duration `help:"How often the outbox is looked at." default:"1s"`
	OutboxLease    time.Duration `help:"After how long a node takes over the messages of one that died. One message may take half of it, 30 s at most." default:"1m"`
	FirstRetry     time.Duration `help:"The pause after a first failure to mail; later ones grow from it." default:"1m"`
	ChoresInterval time.Duration `help:"How often expiries, reminders and clean-up are looked at." default:"30s"`
	LogLevel       slog.Level    `help:"debug, info, warn or error." default:"info"`

	Limits store.Limits `embed:"" prefix:"limit-" group:"Limits; 0 is the default, see docs/security.md"`
}

// open opens the database with its key.
func (d Database) open(ctx context.Context, log *slog.Logger, limits store.Limits) (*store.Store, error) {
	key, err := d.key()
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, store.Config{DSN: d.Database, Key: key, Logger: log, Limits: limits})
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", d.name(), err)
	}
	return st, nil
}

// openToRead opens the database beside the process that serves it. A key is made for none that is not there.
func (d Database) openToRead(ctx context.Context) (*store.Store, error) {
	if !strings.HasPrefix(d.Database, "postgres") {
		if _, err := os.Stat(strings.TrimPrefix(d.Database, "sqlite:")); err != nil {
			return nil, fmt.Errorf("cannot open %s: %w", d.name(), err)
		}
	}
	key, err := d.key()
	if err != nil {
		return nil, err
	}
	st, err := store.OpenToRead(ctx, store.Config{DSN: d.Database, Key: key})
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", d.name(), err)
	}
	return st, nil
}

// name is the DSN without its password, for messages.
func (d Database) name() string {
	if u, err := url.Parse(d.Database); err == nil && u.Host != "" {
		return u.Redacted()
	}
	return d.Database
}

// key is the secret from the settings, or the one in the key file beside an SQLite file, made on first use.
func (d Database) key() ([]byte, error) {
	if d.Key != "" {
		return decodeKey(d.Key)
	}
	if strings.HasPrefix(d.Database, "postgres") {
		return nil, errors.New("PostgreSQL needs --key (GATEHOUSE_KEY): base64 of at least 32 random bytes, the same on every node")
	}
	path := strings.TrimPrefix(d.Database, "sqlite:") + ".key"
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the key file: %w", err)
	}
	return decodeKey(strings.TrimSpace(string(text)))
}

func decodeKey(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) < 32 {
		return nil, errors.New("the key is not base64 of at least 32 bytes")
	}
	return key, nil
}

// makeKey writes a new key; O_EXCL lets one of two first processes win.
func makeKey(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the data folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot write the key file: %w", err)
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand aborts the process instead
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("cannot write the key file: %w", err)
	}
	return key, nil
}

// baseURL is the address people use.
func (c serve) baseURL() (*url.URL, error) {
	text := c.BaseURL
	if text == "" {
		text = "http://" + c.Addr
	}
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("the base URL %q is not like https://gatehouse.example", text)
	}
	return u, nil
}

func (c serve) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range c.Proxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("--proxies: %q is not a network like 10.0.0.0/8", text)
		}
		out = append(out, p)
	}
	return out, nil
}
