package storetest_test

import (
	"testing"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

func TestEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
