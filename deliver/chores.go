package deliver

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"gatehouse/store"
)

// Chores does what the clock owes and nobody asks for: expired invites are written down and told, reminders go out,
// confirmed imports are made, the history is sealed, and what has run out is swept away. They may run on every node at once.
type Chores struct {
	Store *store.Store
	Log   *slog.Logger // nil means silence

	// What is zero has its default.

	Every time.Duration // how often to look for what is due: 30 s
	Sweep time.Duration // how often to sweep: 1 h
}

// dueAtOnce is how many invites one transaction expires or reminds, and how many events it seals; purgeAtOnce how many
// events or messages it deletes.
const (
	dueAtOnce   = 200
	purgeAtOnce = 1000
)

// Run does the chores until ctx ends, and returns when the one it is at is done or taken back.
func (c Chores) Run(ctx context.Context) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	every, sweep := cmp.Or(c.Every, 30*time.Second), cmp.Or(c.Sweep, time.Hour)
	var all sync.WaitGroup
	repeat := func(name string, d time.Duration, wake <-chan struct{}, work func(context.Context) error) {
		all.Go(func() { c.repeat(ctx, name, d, wake, work) })
	}
	repeat("expire invites", every, nil, untilNone(dueAtOnce, c.Store.ExpireDue))
	repeat("send reminders", every, nil, untilNone(dueAtOnce, c.Store.RemindDue))
	repeat("end trials", every, nil, untilNone(dueAtOnce, c.Store.RevertDue))
	repeat("seal the history", every, nil, untilNone(dueAtOnce, c.Store.SealDue))
	repeat("tell guests of their end", every, nil, untilNone(dueAtOnce, c.Store.TellGuestEnds))
	repeat("run imports", every, c.Store.Confirmed(), c.imports)
	repeat("tidy", sweep, nil, c.Store.Tidy)
	repeat("purge the history", sweep, nil, untilNone(purgeAtOnce, c.Store.PurgeDue))
	repeat("sweep messages", sweep, nil, untilNone(purgeAtOnce, c.Store.SweepDeliveries))
	repeat("tidy imports", sweep, nil, c.Store.TidyImports)
	all.Wait()
}

// repeat does one chore at once, then again and again, and when it is woken.
func (c Chores) repeat(ctx context.Context, name string, d time.Duration, wake <-chan struct{}, work func(context.Context) error) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			c.Log.ErrorContext(ctx, "chore failed", "chore", name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-wake:
		}
	}
}

// untilNone repeats work of which there may be more than is done at once.
func untilNone(atOnce int, work func(context.Context, int) (int, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		for ctx.Err() == nil {
			if n, err := work(ctx, atOnce); err != nil || n < atOnce {
				return err
			}
		}
		return nil
	}
}

// imports makes the confirmed imports, one after the other.
func (c Chores) imports(ctx context.Context) error {
	for ctx.Err() == nil {
		if ran, err := c.Store.RunImport(ctx); err != nil || !ran {
			return err
		}
	}
	return nil
}
