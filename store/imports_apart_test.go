package store_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// CRASH-02: who cannot go on with an import gives it back, and no other that is held until the same moment.
func TestAStoppedImportIsGivenBackAlone(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var running atomic.Bool
			h := newHouse(t, engine, func(c *store.Config) {
				c.Trace = func(sql string, _ []any) {
					if running.Load() && strings.Contains(sql, "import_rows") {
						stop()
					}
				}
			})
			dana := h.at(store.Dana, store.Brightwater)
			var ids []string
			for range 2 {
				i := prepare(t, h.Store, dana, importFile(2))
				confirm(t, h.Store, dana, i.ID)
				ids = append(ids, i.ID)
				h.clock.Advance(time.Second)
			}
			until := h.clock.Now().Add(store.ImportLease).UnixMicro()
			must(t, h.Exec(t.Context(), "update imports set lease_until = $1 where id = $2", until, ids[1]))
			running.Store(true)
			ran, stopped := h.RunImport(ctx)
			if !ran || stopped == nil {
				t.Fatalf("ran %v and was not stopped: %v", ran, stopped)
			}
			running.Store(false)
			if n := h.number("select lease_until from imports where id = $1", ids[0]); n != 0 {
				t.Errorf("it is held until %d: %v", n, stopped)
			}
			if n := h.number("select lease_until from imports where id = $1", ids[1]); n != until {
				t.Errorf("the other one is held until %d, was %d", n, until)
			}
			runImport(t, h.Store)
		})
	}
}
