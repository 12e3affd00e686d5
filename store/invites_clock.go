package store

import (
	"context"
	"time"

	"gatehouse/domain"
)

// ExpireDue writes down up to n expiries that nobody has written down yet and tells the senders. The state itself
// follows from the time alone (INV-02); this is its history. It returns how many it found: n or more to come.
func (s *Store) ExpireDue(ctx context.Context, n int) (found int, err error) {
	err = s.tx(ctx, func(t *tx) error {
		now := s.now()
		due, err := readMemberships(ctx, t, s.indexedBy("memberships_lapsing")+" where "+open+
			" and m.removed_at = 0 and m.expiry_told = 0 and m.expires_at <= $1 order by m.expires_at limit $2", micros(now), n)
		if err != nil {
			return err
		}
		found = len(due)
		for _, m := range due {
			after, event, err := m.Expire(now)
			if err != nil {
				return wrap(err, "expire an invite")
			}
			if _, err := s.updateMembership(ctx, t, m, after); err != nil {
				return err
			}
			if err := record(ctx, t, event); err != nil {
				return err
			}
			// Ten thousand imported invites lapse in one minute; their sender is not mailed ten thousand times.
			told, err := s.countOnce(ctx, t, "expiries told to "+m.InvitedBy, 24*time.Hour, s.limits.ExpiredPerSender)
			if err != nil {
				return err
			}
			if told {
				if err := s.tellSender(ctx, t, m, domain.InviteExpiredMail); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return found, wrap(err, "expire invites")
}

// RemindDue mails up to n reminders that are due. An account with reminders switched off skips the date without a word.
// It returns how many it found: n or more to come.
func (s *Store) RemindDue(ctx context.Context, n int) (found int, err error) {
	err = s.tx(ctx, func(t *tx) error {
		now := s.now()
		due, err := readMemberships(ctx, t, s.indexedBy("memberships_reminding")+" where m.remind_at > 0 and "+open+
			" and m.removed_at = 0 and m.remind_at <= $1 order by m.remind_at limit $2", micros(now), n)
		if err != nil {
			return err
		}
		found = len(due)
		accounts := map[string]domain.Account{}
		for _, m := range due {
			in, ok := accounts[m.AccountID]
			if !ok {
				if in, err = one(ctx, t, s.scanAccount, "select "+accountColumns+" from accounts a where a.id = $1", m.AccountID); err != nil {
					return err
				}
				accounts[in.ID] = in
			}
			if err := s.remind(ctx, t, m, in, now); err != nil {
				return err
			}
		}
		return nil
	})
	return found, wrap(err, "send reminders")
}

func (s *Store) remind(ctx context.Context, t *tx, m domain.Membership, in domain.Account, now time.Time) error {
	after, event, err := m.Remind(now)
	if err != nil {
		// Expired before the clock came round to it: nothing is owed any more.
		return wrap(changed(ctx, t, "update memberships set remind_at = 0 where id = $1 and version = $2", m.ID, m.Version), "drop a reminder")
	}
	if _, err := s.updateMembership(ctx, t, m, after); err != nil {
		return err
	}
	if !in.Reminders || !in.SuspendedAt.IsZero() {
		return nil
	}
	if err := record(ctx, t, event); err != nil {
		return err
	}
	return deliver(ctx, t, mailTo(after, domain.ReminderMail, now))
}

// tellSender owes a message to whoever stands behind an offer, if they still have a place in the account, or stand there
// for its partner.
func (s *Store) tellSender(ctx context.Context, t *tx, m domain.Membership, kind domain.DeliveryKind) error {
	by, err := s.standingBehind(ctx, t, m)
	if err != nil || by.User.ID == "" || by.Helps() && !by.Hears(m, s.now()) {
		return err
	}
	return deliver(ctx, t, domain.Delivery{
		AccountID: m.AccountID, Kind: kind, MembershipID: m.ID, Generation: m.Generation,
		UserID: by.User.ID, To: by.User.Email, Language: by.User.Language, CreatedAt: s.now(),
	})
}

// countOnce counts one more of something within a window, in the transaction that does it, unless it is over the limit.
func (s *Store) countOnce(ctx context.Context, t *tx, name string, window time.Duration, limit int) (bool, error) {
	found, err := readCounters(ctx, t, name)
	if err != nil {
		return false, err
	}
	c, now := found[name], s.now()
	if c.full(now, window, limit) > 0 {
		return false, nil
	}
	return true, writeCounter(ctx, t, c.more(now, window))
}
