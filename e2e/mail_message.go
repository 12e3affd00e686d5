package e2e

import (
	"encoding/base64"
	"errors"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Message is one mail as it arrived.
type Message struct {
	From    string   // envelope sender
	To      []string // envelope recipients
	Subject string
	ID      string // Message-ID, with its angle brackets
	Header  mail.Header
	Text    string   // the text/plain part
	HTML    string   // the text/html part
	Links   []string // every address in either part, in order, each once
	At      time.Time
}

// Link returns the first link that contains part, or fails the test.
func (m Message) Link(t testing.TB, part string) string {
	t.Helper()
	for _, link := range m.Links {
		if strings.Contains(link, part) {
			return link
		}
	}
	t.Fatalf("no link with %q in the mail %q to %v; its links: %v\n%s", part, m.Subject, m.To, m.Links, m.Text)
	return ""
}

var (
	hrefs = regexp.MustCompile(`href="([^"]+)"`)
	plain = regexp.MustCompile(`https?://[^\s<>"')\]]+`)
)

func readMessage(r io.Reader) (Message, error) {
	raw, err := mail.ReadMessage(r)
	if err != nil {
		return Message{}, err
	}
	m := Message{Header: raw.Header, ID: raw.Header.Get("Message-Id")}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(raw.Header.Get("Subject")); err != nil {
		return Message{}, err
	}
	if err := m.part(raw.Header.Get("Content-Type"), raw.Header.Get("Content-Transfer-Encoding"), raw.Body); err != nil {
		return Message{}, err
	}
	for _, found := range hrefs.FindAllStringSubmatch(m.HTML, -1) {
		m.link(html.UnescapeString(found[1]))
	}
	for _, found := range plain.FindAllString(m.Text, -1) {
		m.link(strings.TrimRight(found, ".,;:!?"))
	}
	return m, nil
}

func (m *Message) link(address string) {
	if !slices.Contains(m.Links, address) {
		m.Links = append(m.Links, address)
	}
}

// part reads a body part, and the parts in it.
func (m *Message) part(kind, encoding string, body io.Reader) error {
	if kind == "" {
		kind = "text/plain"
	}
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return err
	}
	if strings.HasPrefix(media, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.part(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	switch media {
	case "text/plain":
		m.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
	case "text/html":
		m.HTML = string(text)
	}
	return nil
}
