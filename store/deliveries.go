package store

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gatehouse/domain"
)

// deliver writes messages owed to the outside in the transaction of the change they tell of. The worker sends
// them after the commit and never before; a change that is rolled back takes its messages with it (CRASH-02).
// What the caller leaves out is filled in: the id, and NextAt as "at once".
func deliver(ctx context.Context, tx *tx, owed ...domain.Delivery) error {
	rows := make([][]any, len(owed))
	for i, d := range owed {
		if d.ID == "" {
			d.ID = newID()
		}
		if d.NextAt.IsZero() {
			d.NextAt = d.CreatedAt
		}
		rows[i] = []any{
			d.ID, d.AccountID, string(d.Kind), d.MembershipID, d.Generation, d.TokenID, d.UserID, d.To, d.Language,
			micros(d.CreatedAt), micros(d.NextAt), 0, 0, "", 0, 0, "", d.About,
		}
	}
	if err := insertAll(ctx, tx, `deliveries (id, account_id, kind, membership_id, generation, token_id, user_id, recipient, language,
		created_at, next_at, attempts, lease_until, leased_by, sent_at, failed_at, error, about)`, rows); err != nil {
		return fmt.Errorf("write down a message owed: %w", err)
	}
	tx.owes = true
	return nil
}

// Owed tells, without repeating itself, that a change committed by this process owes a message.
func (s *Store) Owed() <-chan struct{} { return s.owed }

const deliveryColumns = `id, account_id, kind, membership_id, generation, token_id, user_id, recipient, language,
	created_at, next_at, attempts, sent_at, failed_at, error, about`

func scanDelivery(row scanner) (domain.Delivery, error) {
	var d domain.Delivery
	var created, next, sent, failed int64
	err := row.Scan(&d.ID, &d.AccountID, &d.Kind, &d.MembershipID, &d.Generation, &d.TokenID, &d.UserID, &d.To, &d.Language,
		&created, &next, &d.Attempts, &sent, &failed, &d.Error, &d.About)
	d.CreatedAt, d.NextAt, d.SentAt, d.FailedAt = fromMicros(created), fromMicros(next), fromMicros(sent), fromMicros(failed)
	return d, err
}

// ClaimDeliveries takes up to n messages that are due, oldest first, for one worker until the lease runs out, and
// counts the attempt. worker is a name no other worker has, in any process. A message whose worker died
// becomes due again with the end of its lease.
func (s *Store) ClaimDeliveries(ctx context.Context, worker string, lease time.Duration, n int) ([]domain.Delivery, error) {
	now := s.now()
	// The condition stands twice: the inner one chooses, the outer one is asked again by PostgreSQL when another
	// worker has taken a chosen row first (MN-04). One statement needs no transaction around it.
	const due = "sent_at = 0 and failed_at = 0 and next_at <= $3 and lease_until <= $3"
	claimed, err := all(ctx, reader{db: s.write, engine: s.engine, trace: s.trace}, scanDelivery, `update deliveries
		set lease_until = $1, leased_by = $2, attempts = attempts + 1
		where id in (select id from deliveries where `+due+` order by next_at, id limit $4) and `+due+`
		returning `+deliveryColumns, micros(now.Add(lease)), worker, micros(now), n)
	if err != nil {
		return nil, fmt.Errorf("claim messages owed: %w", err)
	}
	slices.SortFunc(claimed, func(a, b domain.Delivery) int {
		return cmp.Or(a.NextAt.Compare(b.NextAt), strings.Compare(a.ID, b.ID))
	})
	return claimed, nil
}

// ReleaseDeliveries gives back what a worker has claimed and not tried, as if it had not been claimed (CRASH-07).
func (s *Store) ReleaseDeliveries(ctx context.Context, worker string) error {
	return s.tx(ctx, func(tx *tx) error {
		_, err := exec(ctx, tx, `update deliveries set lease_until = 0, leased_by = '', attempts = attempts - 1
			where leased_by = $1 and sent_at = 0 and failed_at = 0 and lease_until > 0`, worker)
		if err != nil {
			return fmt.Errorf("release messages: %w", err)
		}
		return nil
	})
}

// inherit takes over what the last process on this SQLite file was in the middle of: there is no other one now, so
// nobody has to wait for the end of its leases.
func (s *Store) inherit(ctx context.Context) error {
	return s.tx(ctx, func(tx *tx) error {
		_, err := exec(ctx, tx, "update deliveries set lease_until = 0, leased_by = '' where sent_at = 0 and failed_at = 0 and lease_until > 0")
		if err == nil {
			_, err = exec(ctx, tx, "update imports set lease_until = 0 where confirmed_at > 0 and finished_at = 0 and lease_until > 0")
		}
		return wrap(err, "take over from the last process")
	})
}

// DeliverySent marks a message that the mail server has taken.
func (s *Store) DeliverySent(ctx context.Context, d domain.Delivery) error {
	now := s.now()
	return s.settle(ctx, d, domain.Mail{State: domain.MailSent, At: now},
		"sent_at = $2, error = $3", micros(now), "")
}

// DeliveryUndelivered marks an attempt that failed for now, with the reason people are shown: the message is put off,
// or given up after too many attempts (domain.Delivery.NextTry, of which first is the pause after the first).
func (s *Store) DeliveryUndelivered(ctx context.Context, d domain.Delivery, first time.Duration, reason string) (again bool, err error) {
	next, again := d.NextTry(s.now(), first, rand.Float64())
	if !again {
		return false, s.DeliveryFailed(ctx, d, reason)
	}
	mail := domain.Mail{State: domain.MailQueued, At: next, Error: reason}
	return true, s.settle(ctx, d, unlessReminder(d, mail), "next_at = $2, error = $3", micros(next), reason)
}

// DeliveryFailed marks a message that will not be tried again, with the reason people are shown.
func (s *Store) DeliveryFailed(ctx context.Context, d domain.Delivery, reason string) error {
	now := s.now()
	return s.settle(ctx, d, domain.Mail{State: domain.MailFailed, At: now, Error: reason}, "failed_at = $2, error = $3", micros(now), reason)
}

// DeliveryNotMailed marks a message that is not sent at all, and why: there is no mail server, or its recipient
// may not have it any more.
func (s *Store) DeliveryNotMailed(ctx context.Context, d domain.Delivery, reason string) error {
	now := s.now()
	mail := domain.Mail{State: domain.MailNotMailed, At: now, Error: reason}
	return s.settle(ctx, d, unlessReminder(d, mail), "failed_at = $2, error = $3", micros(now), reason)
}

// settledLife is how long a message is kept that was sent or given up. What became of an invite's stands in the invite.
const settledLife = 30 * 24 * time.Hour

// SweepDeliveries deletes up to n messages that were settled and are older than 30 days, the oldest first, and says how many:
// who was mailed what is nobody's to look up for ever.
func (s *Store) SweepDeliveries(ctx context.Context, n int) (swept int, err error) {
	err = s.tx(ctx, func(tx *tx) error {
		gone, err := exec(ctx, tx, `delete from deliveries where id in (select id from deliveries
			where (sent_at > 0 or failed_at > 0) and created_at <= $1 order by created_at, id limit $2)`, micros(s.now().Add(-settledLife)), n)
		swept = int(gone)
		return err
	})
	return swept, wrap(err, "sweep messages")
}

// unlessReminder keeps "sent" in the row of an invite whose reminder waits or falls away.
func unlessReminder(d domain.Delivery, mail domain.Mail) domain.Mail {
	if d.Kind == domain.ReminderMail {
		return domain.Mail{}
	}
	return mail
}

// settle writes how an attempt ended and, for an invite's message of the present send, what the invite's row
// shows. The worker's delivery state is no change of the invite: its version stays.
func (s *Store) settle(ctx context.Context, d domain.Delivery, mail domain.Mail, set string, at int64, reason string) error {
	return s.tx(ctx, func(tx *tx) error {
		n, err := exec(ctx, tx, "update deliveries set lease_until = 0, leased_by = '', "+set+`
			where id = $1 and sent_at = 0 and failed_at = 0`, d.ID, at, reason)
		if err != nil {
			return fmt.Errorf("mark a message: %w", err)
		}
		ofInvite := d.Kind == domain.InviteMail || d.Kind == domain.ReminderMail
		if n == 0 || !ofInvite || mail.State == "" {
			return nil
		}
		_, err = exec(ctx, tx, `update memberships set mail_state = $3, mail_at = $4, mail_error = $5
			where id = $1 and generation = $2`, d.MembershipID, d.Generation, string(mail.State), micros(mail.At), mail.Error)
		if err != nil {
			return fmt.Errorf("mark an invite's message: %w", err)
		}
		return nil
	})
}
