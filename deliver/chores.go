package deliver

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"gatehouse/store"
)

// Chores does what the clock owes: invites that have expired tell their senders, reminders go out, what has run out is
// tidied away. Any number of nodes may do it at once: each change is guarded by its own state.
type Chores struct {
	Store *store.Store
	Every time.Duration // how often to look: 30 s when zero
	Log   *slog.Logger  // nil means silence
}

// chunk is how many rows one transaction of a chore changes.
const chunk = 100

// Run looks at once and then again and again until ctx ends.
func (c Chores) Run(ctx context.Context) {
	c.Every = cmp.Or(c.Every, 30*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	tick := time.NewTicker(c.Every)
	defer tick.Stop()
	for {
		c.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (c Chores) look(ctx context.Context) {
	for _, chore := range []struct {
		name string
		some func(context.Context) (int, error) // says how many it did
	}{
		{"expire", func(ctx context.Context) (int, error) { return c.Store.ExpireDue(ctx, chunk) }},
		{"remind", func(ctx context.Context) (int, error) { return c.Store.RemindDue(ctx, chunk) }},
		{"tidy", func(ctx context.Context) (int, error) { return 0, c.Store.Tidy(ctx) }},
	} {
		for ctx.Err() == nil {
			n, err := chore.some(ctx)
			if err != nil && ctx.Err() == nil {
				c.Log.ErrorContext(ctx, "chore", "name", chore.name, "error", err)
			}
			if err != nil || n < chunk {
				break
			}
		}
	}
}
