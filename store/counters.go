package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/domain"
)

// counterLife is how long a counter that nobody touches is kept.
const counterLife = 30 * 24 * time.Hour

// A counter says how often something was tried. It is written in a transaction of its own, before the try: a change
// that is rolled back, a crash, or fifty tries at once do not get around it (AUTH-18).
type counter struct {
	name        string
	count       int
	first, last time.Time
}

func readCounters(ctx context.Context, t *tx, names ...string) (map[string]counter, error) {
	scan := func(row scanner) (c counter, err error) {
		var first, last int64
		err = row.Scan(&c.name, &c.count, &first, &last)
		c.first, c.last = fromMicros(first), fromMicros(last)
		return c, err
	}
	found, err := all(ctx, t, scan, "select name, count, first_at, last_at from counters where name in ("+in(len(names), 1)+")", values(names)...)
	if err != nil {
		return nil, fmt.Errorf("read counters: %w", err)
	}
	m := map[string]counter{}
	for _, name := range names {
		m[name] = counter{name: name}
	}
	for _, c := range found {
		m[c.name] = c
	}
	return m, nil
}

// more counts one try now, in a new window when the present one is over; window 0 has no end.
func (c counter) more(now time.Time, window time.Duration) counter {
	if c.count == 0 || (window > 0 && !now.Before(c.first.Add(window))) {
		c.count, c.first = 0, now
	}
	c.count++
	c.last = now
	return c
}

func writeCounter(ctx context.Context, t *tx, c counter) error {
	_, err := exec(ctx, t, `insert into counters (name, count, first_at, last_at) values ($1, $2, $3, $4)
		on conflict (name) do update set count = excluded.count, first_at = excluded.first_at, last_at = excluded.last_at`,
		c.name, c.count, micros(c.first), micros(c.last))
	return wrap(err, "write a counter")
}

// full is how long to wait until the window has room again, 0 when it has.
func (c counter) full(now time.Time, window time.Duration, limit int) time.Duration {
	if c.count < limit {
		return 0
	}
	return max(0, c.first.Add(window).Sub(now))
}

// Bump counts one try of something and says whether it is allowed: at most limit within a window. When it is not,
// it is not counted, and retryAfter says when the window ends. The name should hold no secret.
func (s *Store) Bump(ctx context.Context, name string, window time.Duration, limit int) (allowed bool, retryAfter time.Duration, err error) {
	err = s.tx(ctx, func(t *tx) error {
		now := s.now()
		found, err := readCounters(ctx, t, name)
		if err != nil {
			return err
		}
		c := found[name]
		retryAfter = c.full(now, window, limit)
		if allowed = retryAfter == 0; !allowed {
			return nil
		}
		return writeCounter(ctx, t, c.more(now, window))
	})
	return allowed, retryAfter, err
}

// A guess is one try of a password, counted as failed until it proves right.
type guess struct {
	about string // what endGuess forgets: the address, or what stands for it
	place string // the counter of the caller's network address; empty when it was not counted
}

// Counter names hold a hash of the address: what is typed into the wrong field may be anything.
func strangers(about string) string { return "guesses of strangers: " + tokenHash(about)[:32] }
func known(about string) string     { return "guesses of known: " + tokenHash(about)[:32] }

// startGuess counts a try at the password of an address, however it is written (AUTH-14), or refuses it with
// a *domain.Wait. Strangers share one counter per address and one per network address of theirs. A browser that this
// person has signed in with before has a counter apart, which strangers cannot fill (AUTH-15).
func (s *Store) startGuess(ctx context.Context, about, user, device, from string) (guess, error) {
	reserved := s.limits.Failures / 5
	name, most, g := strangers(about), s.limits.Failures-reserved, guess{about: about}
	if device != "" && user != "" {
		_, err := one(ctx, s.read, number, "select 1 from known_devices where hash = $1 and user_id = $2", HashSecret(device), user)
		switch {
		case err == nil:
			name, most = known(about), reserved
		case !errors.Is(err, domain.ErrNotFound):
			return g, fmt.Errorf("look for a known device: %w", err)
		}
	}
	if place := prefix(from, 32, 64); place != "" && name == strangers(about) {
		g.place = "guesses from: " + place
	}
	return g, s.tx(ctx, func(t *tx) error {
		now := s.now()
		found, err := readCounters(ctx, t, name, g.place)
		if err != nil {
			return err
		}
		c, place := found[name], found[g.place]
		wait := s.wait(c, most, now)
		if g.place != "" {
			wait = max(wait, place.full(now, s.limits.PlaceWindow, s.limits.FailuresPerPlace))
		}
		if wait > 0 {
			return &domain.Wait{For: wait}
		}
		if err := writeCounter(ctx, t, c.more(now, 0)); err != nil || g.place == "" {
			return err
		}
		return writeCounter(ctx, t, place.more(now, s.limits.PlaceWindow))
	})
}

// wait is how long the next try must wait after so many failures in a row.
func (s *Store) wait(c counter, most int, now time.Time) time.Duration {
	over := c.count - s.limits.FreeFailures
	switch {
	case c.count >= most:
		return max(0, c.last.Add(counterLife).Sub(now))
	case over < 0:
		return 0
	}
	pause := s.limits.WaitMost
	if over < 30 {
		pause = min(pause, s.limits.WaitFrom<<over)
	}
	return max(0, c.last.Add(pause).Sub(now))
}

// endGuess forgets the failures of an address after the right password.
func (s *Store) endGuess(ctx context.Context, g guess) error {
	return s.tx(ctx, func(t *tx) error {
		if err := forgive(ctx, t, g.about); err != nil || g.place == "" {
			return err
		}
		_, err := exec(ctx, t, "update counters set count = count - 1 where name = $1 and count > 0", g.place)
		return wrap(err, "take back a counted guess")
	})
}

// forgive deletes the counters of failed guesses.
func forgive(ctx context.Context, t *tx, about string) error {
	_, err := exec(ctx, t, "delete from counters where name in ($1, $2)", strangers(about), known(about))
	return wrap(err, "forget failed guesses")
}
