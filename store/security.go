package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gatehouse/domain"
)

const policyColumns = `a.allowed_domains, a.second_factor, a.second_factor_from, a.session_idle, a.session_age, a.min_password, a.lower_own,
	a.policy_version, a.trial_began, a.trial_until, a.trial_by, a.trial_by_name, a.trial_before`

// policyRow is a policy on its way out of a row; into lists where its columns go.
type policyRow struct {
	kept                keptGuards
	least, version      int
	lower               bool
	began, until        int64
	by, byName, confirm string
}

// keptGuards are guards as they are stored, in columns or, of before a trial, as JSON.
type keptGuards struct {
	Domains      string
	SecondFactor string
	FactorFrom   int64
	Idle, Age    int64 // seconds
}

func keep(g domain.Guards) keptGuards {
	return keptGuards{
		strings.Join(g.Domains, " "), string(g.SecondFactor), micros(g.SecondFactorFrom),
		int64(g.SessionIdle / time.Second), int64(g.SessionAge / time.Second),
	}
}

func (k keptGuards) guards() domain.Guards {
	return domain.Guards{
		Domains: strings.Fields(k.Domains), SecondFactor: domain.FactorRule(k.SecondFactor), SecondFactorFrom: fromMicros(k.FactorFrom),
		SessionIdle: time.Duration(k.Idle) * time.Second, SessionAge: time.Duration(k.Age) * time.Second,
	}
}

func (r *policyRow) into() []any {
	return []any{
		&r.kept.Domains, &r.kept.SecondFactor, &r.kept.FactorFrom, &r.kept.Idle, &r.kept.Age, &r.least, &r.lower,
		&r.version, &r.began, &r.until, &r.by, &r.byName, &r.confirm,
	}
}

// policy is the policy as stored, whether its trial has run out or not.
func (r *policyRow) policy() (domain.Policy, error) {
	p := domain.Policy{Guards: r.kept.guards(), MinPassword: r.least, LowerOwn: r.lower, Version: r.version}
	if r.until == 0 {
		return p, nil
	}
	var before keptGuards
	if err := json.Unmarshal([]byte(r.confirm), &before); err != nil {
		return p, fmt.Errorf("read what stood before a trial: %w", err)
	}
	p.Trial = domain.Trial{Began: fromMicros(r.began), Until: fromMicros(r.until), By: r.by, ByName: r.byName, Before: before.guards()}
	return p, nil
}

// storedPolicy reads an account's policy as it is stored.
func storedPolicy(ctx context.Context, q querier, account string) (domain.Policy, error) {
	scan := func(row scanner) (domain.Policy, error) {
		var r policyRow
		if err := row.Scan(r.into()...); err != nil {
			return domain.Policy{}, err
		}
		return r.policy()
	}
	p, err := one(ctx, q, scan, "select "+policyColumns+" from accounts a where a.id = $1", account)
	return p, wrap(err, "read a policy")
}

// saveSecurity writes what Security Settings say, under the guard that nobody wrote them since (domain.ErrStale).
func saveSecurity(ctx context.Context, t *tx, a domain.Account, version int) error {
	p := a.Policy
	k, was, before := keep(p.Guards), keep(p.Trial.Before), ""
	if p.Trial.On() {
		b, err := json.Marshal(was)
		if err != nil {
			return fmt.Errorf("write what stood before a trial: %w", err)
		}
		before = string(b)
	}
	err := changed(ctx, t, `update accounts set invite_days = $1, reminders = $2, site_admins_invite = $3, allowed_domains = $4, second_factor = $5,
		second_factor_from = $6, session_idle = $7, session_age = $8, min_password = $9, lower_own = $10, trial_began = $11, trial_until = $12,
		trial_by = $13, trial_by_name = $14, trial_before = $15, trial_idle = $16, trial_age = $17, policy_version = $18
		where id = $19 and policy_version = $20`,
		int(a.Period()/(24*time.Hour)), bit(a.Reminders), bit(a.SiteAdminsInvite), k.Domains, k.SecondFactor,
		k.FactorFrom, k.Idle, k.Age, p.MinPassword, bit(p.LowerOwn), micros(p.Trial.Began), micros(p.Trial.Until),
		p.Trial.By, p.Trial.ByName, before, was.Idle, was.Age, version+1, a.ID, version)
	return wrap(err, "change security settings")
}

// Bounds are what the server allows accounts to ask for.
func (s *Store) Bounds() domain.Bounds {
	return domain.Bounds{SessionIdle: s.limits.SessionIdle, SessionAge: s.limits.SessionAge, Trial: s.limits.TrialFor}
}

// ChangeSecurity makes what one section's form asks for, with its event. Problems name the form's fields;
// domain.ErrStale: the settings have changed since the form was opened.
func (s *Store) ChangeSecurity(ctx context.Context, by domain.Actor, d domain.SecurityDraft) (domain.Account, error) {
	return s.secure(ctx, by, func(c changing) (domain.Account, domain.Event, error) {
		return c.by.Account.ChangeSecurity(d, c.by, s.Bounds(), c.now)
	})
}

// ChangeDomains lets the account admit the addresses of these domains only; as ChangeSecurity.
func (s *Store) ChangeDomains(ctx context.Context, by domain.Actor, d domain.DomainsDraft) (domain.Account, error) {
	return s.secure(ctx, by, func(c changing) (domain.Account, domain.Event, error) {
		var err error
		if c.by.Account, err = s.providing(ctx, c, c.by.Account, []string{c.by.User.Email}); err != nil {
			return c.by.Account, domain.Event{}, err
		}
		return c.by.Account.ChangeDomains(d, c.by, s.Bounds(), c.now)
	})
}

// ConfirmTrial keeps what is on trial. session is the hash of the session that asks: it must be younger than the trial.
func (s *Store) ConfirmTrial(ctx context.Context, by domain.Actor, session string) (domain.Account, error) {
	return s.secure(ctx, by, func(c changing) (domain.Account, domain.Event, error) {
		began, err := one(ctx, c, number, "select created_at from sessions where hash = $1 and user_id = $2", session, c.by.User.ID)
		if err != nil {
			return c.by.Account, domain.Event{}, wrap(err, "look when a session began")
		}
		return c.by.Account.ConfirmTrial(c.by, fromMicros(began), c.now)
	})
}

// TakeBackTrial puts back what stood before the trial.
func (s *Store) TakeBackTrial(ctx context.Context, by domain.Actor) (domain.Account, error) {
	return s.secure(ctx, by, func(c changing) (domain.Account, domain.Event, error) {
		return c.by.Account.TakeBackTrial(c.by, c.now)
	})
}

// secure makes one change to an account's security settings, or none when decide gives the zero Event. A trial that
// has run out is written down first: it comes before the change in the history as well.
func (s *Store) secure(ctx context.Context, by domain.Actor, decide func(changing) (domain.Account, domain.Event, error)) (after domain.Account, err error) {
	err = s.tx(ctx, func(t *tx) error {
		if err := s.endLapsed(ctx, t, by.Account.ID); err != nil {
			return err
		}
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		var event domain.Event
		if after, event, err = decide(c); err != nil || event.Kind == "" {
			return err
		}
		version := c.by.Account.Policy.Version
		if err := saveSecurity(ctx, t, after, version); err != nil {
			return err
		}
		after.Policy.Version = version + 1
		return record(ctx, t, event)
	})
	return after, err
}

// endLapsed writes down that an account's trial has run out, if it has: what is in force followed from the time alone.
func (s *Store) endLapsed(ctx context.Context, t *tx, account string) error {
	stored, err := storedPolicy(ctx, t, account)
	if err != nil || !stored.Trial.Lapsed(s.now()) {
		return err
	}
	a, err := one(ctx, t, s.scanAccount, "select "+accountColumns+" from accounts a where a.id = $1", account)
	if err != nil {
		return wrap(err, "read an account")
	}
	a.Policy = stored
	after, event, err := a.Revert(s.now())
	if err != nil {
		return wrap(err, "end a trial")
	}
	if err := saveSecurity(ctx, t, after, stored.Version); err != nil {
		return err
	}
	return record(ctx, t, event)
}

// RevertDue writes down up to n trials that have run out. It returns how many it found: n or more to come.
func (s *Store) RevertDue(ctx context.Context, n int) (found int, err error) {
	err = s.tx(ctx, func(t *tx) error {
		due, err := all(ctx, t, text, "select a.id from accounts a where a.trial_until > 0 and a.trial_until <= $1 order by a.trial_until limit $2", micros(s.now()), n)
		if err != nil {
			return err
		}
		found = len(due)
		for _, id := range due {
			if err := s.endLapsed(ctx, t, id); err != nil {
				return err
			}
		}
		return nil
	})
	return found, wrap(err, "end trials")
}

// sessionLimits are two columns: the strictest limits of idle time and of age, in seconds, of the accounts that user is
// in; 0 is none. $n is the time. It is domain.Policy.At in SQL, so that a session is still read in one query; a test holds the two together.
func (s *Store) sessionLimits(user string, n int) string {
	strictest := func(limit string) string {
		return "coalesce((select min(nullif(case when a.trial_until > 0 and a.trial_until <= $" + strconv.Itoa(n) + " then a.trial_" + limit + " else a.session_" + limit +
			" end, 0)) from memberships m" + s.indexedBy("memberships_user") + " join accounts a on a.id = m.account_id where m.user_id = " + user + " and " + active(n) + "), 0)"
	}
	return strictest("idle") + ", " + strictest("age")
}

// boundSession is a session with the limits of its person's accounts, as sessionLimits gives them.
type boundSession struct {
	domain.Session
	idle, age int64
}

// limits are how long the session lasts: as the strictest account says, and never longer than the server's.
func (s *Store) limitsOf(v boundSession) (idle, age time.Duration) {
	return domain.Shorten(s.limits.SessionIdle, time.Duration(v.idle)*time.Second), domain.Shorten(s.limits.SessionAge, time.Duration(v.age)*time.Second)
}

// lives reports whether a session is within those limits.
func (s *Store) lives(v boundSession) bool {
	now := s.now()
	idle, age := s.limitsOf(v)
	return now.Sub(v.SeenAt) < idle && now.Sub(v.CreatedAt) < age
}

// LowerNotifications switches one's own channel off ("email" or "text"), in the account of one's own membership, where
// the account allows it. domain.ErrNotFound when the membership is somebody else's.
func (s *Store) LowerNotifications(ctx context.Context, u domain.User, id, channel, from string) (after domain.Membership, err error) {
	if !storable(id) {
		return after, domain.ErrNotFound
	}
	err = s.tx(ctx, func(t *tx) error {
		m, err := readMembership(ctx, t, "where m.id = $1 and m.user_id = $2 and m.removed_at = 0", id, u.ID)
		if err != nil {
			return err
		}
		in, err := one(ctx, t, s.scanAccount, "select "+accountColumns+" from accounts a where a.id = $1", m.AccountID)
		if err != nil {
			return wrap(err, "read the account of a membership")
		}
		email, text := m.NotifyEmail && channel != "email", m.NotifyText && channel != "text"
		lowered, event, err := m.LowerNotifications(u, in, email, text, from, s.now())
		if err != nil {
			return err
		}
		if after, err = s.updateMembership(ctx, t, m, lowered); err != nil {
			return err
		}
		return record(ctx, t, event)
	})
	return after, err
}

// noteFactor copies to a person's memberships which second factor they have. Whatever confirms one or takes one away calls
// it in the same transaction.
func noteFactor(ctx context.Context, t *tx, user string, f domain.Factor) error {
	_, err := exec(ctx, t, "update memberships set second_factor = $1 where user_id = $2 and removed_at = 0", storedFactor(f), user)
	return wrap(err, "note a second factor in memberships")
}
