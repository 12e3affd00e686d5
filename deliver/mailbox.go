package deliver

import (
	"context"

	"gatehouse/store"
)

// Mailbox is the way out in development, where no mail server is configured: messages go into a table and count as sent.
type Mailbox struct{ Store *store.Store }

// Send puts the message in the development mailbox.
func (b Mailbox) Send(ctx context.Context, m Mail) error {
	return b.Store.AddToMailbox(ctx, store.Letter{
		ID: m.ID, To: m.To, Subject: m.Subject, MessageID: "<" + m.ID + "@localhost>", Text: m.Text, HTML: m.HTML,
	})
}

// Rest does nothing: there is no connection to close.
func (Mailbox) Rest() {}
