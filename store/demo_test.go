package store_test

import (
	"testing"
	"time"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

func TestDemoLoadsQuickly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		start := time.Now()
		if err := s.LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("loaded in %v", time.Since(start))
	})
}
