// Package deliver tells the outside what the store has written down as owed, and does what the clock owes.
//
// Here belong the outbox worker (claim, lease, back-off, giving up), the ways out (SMTP, the development
// mailbox) and the regular chores. Here do not belong the words of a message (views/mail), who may have it, or
// its bookkeeping (store).
package deliver

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
)

// A Mail is a message ready to be sent.
type Mail struct {
	ID      string // the delivery's; the Message-ID is made of it
	To      string // one bare address
	Subject string
	Text    string
	HTML    string
	// Secret is the token of its link: no reason and no log line may repeat it.
	Secret string
}

// A Sender is a way out. Send returns nil when the message was taken, Refused when it never will be, and any other
// error when it is worth trying again. It is called from several goroutines at once.
type Sender interface {
	Send(ctx context.Context, m Mail) error
	// Rest is called when there is nothing more to send for now.
	Rest()
}

// Refused is an answer that will not change: the address does not exist, the message is not wanted.
type Refused struct{ Reason string }

func (r *Refused) Error() string { return "refused: " + r.Reason }

// Undelivered is a failure that may pass. Reason is what people are shown, Err what the log tells.
type Undelivered struct {
	Reason string
	Err    error
}

func (u *Undelivered) Error() string { return u.Err.Error() }

// Unwrap gives the cause.
func (u *Undelivered) Unwrap() error { return u.Err }

// Worker empties the outbox. Several may run on one database, in one process or on several nodes.
type Worker struct {
	Store *store.Store
	// Sender is the way out. Without one nothing is sent, and the rows say so.
	Sender Sender
	// BaseURL is the portal's address without a slash at the end; links begin with it.
	BaseURL string
	Log     *slog.Logger // nil means silence

	// What is zero has its default.

	Poll       time.Duration // how often to look, besides being woken: 5 s
	FirstRetry time.Duration // the pause after a first failure; later ones grow from it: 1 min
	Lease      time.Duration // how long a claim holds when its worker dies: 1 min
	Batch      int           // how many messages are claimed at once: 20
	Lanes      int           // how many are sent side by side: 4
}

// Run sends what is owed until ctx ends. Then it finishes the messages it is in the middle of, gives the others back
// and returns (CRASH-07).
func (w Worker) Run(ctx context.Context) {
	w = defaults(w)
	name := rand.Text()
	tick := time.NewTicker(w.Poll)
	defer tick.Stop()
	for {
		for ctx.Err() == nil {
			n, err := w.round(ctx, name)
			if err != nil && ctx.Err() == nil {
				w.Log.ErrorContext(ctx, "outbox", "error", err)
			}
			if err != nil || n == 0 {
				break
			}
		}
		if w.Sender != nil {
			w.Sender.Rest()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.Store.Owed():
		}
	}
}

func defaults(w Worker) Worker {
	w.Poll, w.FirstRetry = cmp.Or(w.Poll, 5*time.Second), cmp.Or(w.FirstRetry, time.Minute)
	w.Lease, w.Batch, w.Lanes = cmp.Or(w.Lease, time.Minute), cmp.Or(w.Batch, 20), cmp.Or(w.Lanes, 4)
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
	return w
}

// sendTimeout is the longest one message may take; under a short lease it is half of that, for a lease must outlast it.
const sendTimeout = 30 * time.Second

func (w Worker) timeout() time.Duration { return min(sendTimeout, w.Lease/2) }

// round claims some messages and sees each through. It says how many it claimed.
func (w Worker) round(ctx context.Context, name string) (int, error) {
	began := time.Now()
	claimed, err := w.Store.ClaimDeliveries(ctx, name, w.Lease, w.Batch)
	if err != nil || len(claimed) == 0 {
		return 0, err
	}
	// What is begun is finished, and marked, whatever happens to ctx.
	whole := context.WithoutCancel(ctx)
	queue := make(chan domain.Delivery)
	var lanes sync.WaitGroup
	for range min(w.Lanes, len(claimed)) {
		lanes.Go(func() {
			for d := range queue {
				w.see(whole, d)
			}
		})
	}
	// No message is begun that the lease might not outlast: another worker could begin it too.
	for _, d := range claimed {
		if ctx.Err() != nil || time.Since(began)+w.timeout() > w.Lease {
			break
		}
		queue <- d
	}
	close(queue)
	lanes.Wait()
	if err := w.Store.ReleaseDeliveries(whole, name); err != nil {
		return 0, err
	}
	return len(claimed), nil
}

// see tries one message and writes down how it went.
func (w Worker) see(ctx context.Context, d domain.Delivery) {
	log := w.Log.With("delivery", d.ID, "kind", d.Kind, "attempt", d.Attempts)
	if err := w.try(ctx, d, log); err != nil {
		// Nothing is marked: the message is due again when the lease runs out.
		log.ErrorContext(ctx, "message neither sent nor put off", "error", err)
	}
}

func (w Worker) try(ctx context.Context, d domain.Delivery, log *slog.Logger) error {
	if d.Attempts > domain.MaxAttempts {
		// Claimed again and again and never marked: its worker died every time.
		log.WarnContext(ctx, "message given up")
		return w.Store.DeliveryFailed(ctx, d, domain.ReasonCutOff)
	}
	err := w.send(ctx, d)
	var no *Refused
	var not *notMailed
	switch {
	case err == nil:
		log.InfoContext(ctx, "message sent")
		return w.Store.DeliverySent(ctx, d)
	case errors.As(err, &not):
		log.InfoContext(ctx, "message not mailed", "reason", not.reason)
		return w.Store.DeliveryNotMailed(ctx, d, not.reason)
	case errors.As(err, &no):
		log.WarnContext(ctx, "message refused", "reason", no.Reason)
		return w.Store.DeliveryFailed(ctx, d, no.Reason)
	}
	reason := domain.ReasonInternal
	var later *Undelivered
	if errors.As(err, &later) {
		reason = later.Reason
	}
	again, mark := w.Store.DeliveryUndelivered(ctx, d, w.FirstRetry, reason)
	log.WarnContext(ctx, "message not sent", "again", again, "error", err)
	return mark
}

// notMailed says that a message is not sent at all.
type notMailed struct{ reason string }

func (n *notMailed) Error() string { return "not mailed: " + n.reason }

// send reads what the message needs as late as possible: between the claim and now its recipient may have
// lost the right to it.
func (w Worker) send(ctx context.Context, d domain.Delivery) error {
	m, err := w.Store.Message(ctx, d)
	switch {
	case err != nil:
		return err
	case m.Superseded != "":
		return &notMailed{m.Superseded}
	case w.Sender == nil:
		return &notMailed{domain.ReasonNoServer}
	}
	mail, err := write(ctx, m, w.BaseURL)
	if err != nil {
		return fmt.Errorf("write the mail: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, w.timeout())
	defer cancel()
	return w.Sender.Send(ctx, mail)
}
