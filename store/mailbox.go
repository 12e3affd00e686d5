package store

import (
	"context"
	"fmt"
	"time"
)

// A Letter is a mail in the development mailbox: what would have been sent while no mail server is configured.
// It holds the working link, so the mailbox is for development only.
type Letter struct {
	ID        string // the delivery's
	At        time.Time
	To        string
	Subject   string
	MessageID string
	Text      string
	HTML      string
}

const letterColumns = "id, at, recipient, subject, message_id, text_body, html_body"

func scanLetter(row scanner) (l Letter, err error) {
	var at int64
	err = row.Scan(&l.ID, &at, &l.To, &l.Subject, &l.MessageID, &l.Text, &l.HTML)
	l.At = fromMicros(at)
	return l, err
}

// mailboxAge is how long the development mailbox keeps a mail.
const mailboxAge = 14 * 24 * time.Hour

// AddToMailbox puts a mail in the development mailbox; the same one again is not put there twice.
func (s *Store) AddToMailbox(ctx context.Context, l Letter) error {
	now := s.now()
	return s.tx(ctx, func(tx *tx) error {
		there, err := all(ctx, tx, text, "select id from mailbox where id = $1", l.ID)
		if err != nil || len(there) > 0 {
			return wrap(err, "look into the mailbox")
		}
		if _, err := exec(ctx, tx, "delete from mailbox where at <= $1", micros(now.Add(-mailboxAge))); err != nil {
			return fmt.Errorf("empty the mailbox: %w", err)
		}
		_, err = exec(ctx, tx, "insert into mailbox ("+letterColumns+") values ($1, $2, $3, $4, $5, $6, $7)",
			l.ID, micros(now), l.To, l.Subject, l.MessageID, l.Text, l.HTML)
		return wrap(err, "put a mail in the mailbox")
	})
}

// Mailbox lists the newest 100 mails, newest first, without their bodies.
func (s *Store) Mailbox(ctx context.Context) ([]Letter, error) {
	found, err := all(ctx, s.read, scanLetter, "select id, at, recipient, subject, message_id, '', '' from mailbox order by id desc limit 100")
	return found, wrap(err, "list the mailbox")
}

// Mail reads one mail of the development mailbox. domain.ErrNotFound when there is none of this id.
func (s *Store) Mail(ctx context.Context, id string) (Letter, error) {
	l, err := one(ctx, s.read, scanLetter, "select "+letterColumns+" from mailbox where id = $1", id)
	return l, wrap(err, "read a mail of the mailbox")
}
