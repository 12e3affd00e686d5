package store_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// AUTH-14: failures at every spelling of an address share one counter; the waits grow, and in all there are no more
// than the limit, however long somebody tries. An unknown address counts alike.
func TestFailuresShareACounter(t *testing.T) {
	limits := store.Limits{FreeFailures: 3, Failures: 10, FailuresPerPlace: 1000}
	atDemo(t, limits, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		for _, spellings := range [][]string{
			{"owen.pritchard@brightwater.example", "OWEN.Pritchard@BRIGHTWATER.example", " owen.pritchard@brightwater.example ", "Owen.pritchard@brightwater.example"},
			{"nobody@brightwater.example", "Nobody@brightwater.example", " NOBODY@brightwater.example", "nobody@BRIGHTWATER.example"},
		} {
			try := func(i int) error {
				_, _, err := s.SignIn(t.Context(), attempt(spellings[i%len(spellings)], "wrong", "", fmt.Sprintf("198.51.%d.1", i)))
				return err
			}
			for i := range 3 {
				if err := try(i); !errors.Is(err, domain.ErrNotFound) {
					t.Fatalf("free try %d: %v", i, err)
				}
			}
			var wait *domain.Wait
			if err := try(3); !errors.As(err, &wait) || wait.For != time.Second {
				t.Errorf("the fourth at once: %v, want a wait of 1 s", err)
			}
			tried := 3
			for i := range 40 {
				clock.Advance(20 * time.Minute)
				if err := try(i); errors.Is(err, domain.ErrNotFound) {
					tried++
				} else if !errors.Is(err, domain.ErrTooMany) {
					t.Fatal(err)
				}
			}
			if tried != 8 { // ten, less the two that are kept for known browsers
				t.Errorf("%s: %d tries were let through, want 8", spellings[0], tried)
			}
			if _, _, err := s.SignIn(t.Context(), attempt(spellings[1], store.DemoPassword, "", "198.51.0.9")); !errors.Is(err, domain.ErrTooMany) {
				t.Errorf("the right password after them: %v, want ErrTooMany", err)
			}
		}
	})
}

// AUTH-15: strangers cannot lock out the owner's own browser, and its sign-in ends what they did.
func TestKnownBrowserGetsPastStrangers(t *testing.T) {
	limits := store.Limits{FreeFailures: 3, Failures: 10, FailuresPerPlace: 5}
	atDemo(t, limits, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		_, device, err := s.SignIn(t.Context(), attempt(store.Owen, store.DemoPassword, "", "203.0.113.1"))
		if err != nil {
			t.Fatal(err)
		}
		try := func(email, password, device, from string) error {
			_, _, err := s.SignIn(t.Context(), attempt(email, password, device, from))
			return err
		}
		for i := range 1000 {
			if err := try(store.Owen, "wrong", "guessed", fmt.Sprintf("203.0.113.%d", i%250)); err == nil {
				t.Fatal("a wrong password was right")
			}
			if i < 10 {
				clock.Advance(20 * time.Minute)
			}
		}
		if err := try(store.Owen, store.DemoPassword, "", "203.0.113.1"); !errors.Is(err, domain.ErrTooMany) {
			t.Errorf("another browser: %v, want ErrTooMany", err)
		}
		if err := try(store.Dana, store.DemoPassword, device, "203.0.113.1"); err != nil {
			t.Errorf("Dana with Owen's cookie, as a stranger: %v", err)
		}
		if err := try(store.Owen, store.DemoPassword, device, "203.0.113.1"); err != nil {
			t.Errorf("the known browser at its first try: %v", err)
		}
		if err := try(store.Owen, store.DemoPassword, "", "203.0.113.1"); err != nil {
			t.Errorf("another browser afterwards: %v", err)
		}
	})
}

// A known browser may fail as well, but not for ever.
func TestKnownBrowserHasALimit(t *testing.T) {
	limits := store.Limits{FreeFailures: 3, Failures: 10}
	atDemo(t, limits, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		_, device, err := s.SignIn(t.Context(), attempt(store.Owen, store.DemoPassword, "", ""))
		if err != nil {
			t.Fatal(err)
		}
		let := 0
		for range 10 {
			if _, _, err := s.SignIn(t.Context(), attempt(store.Owen, "wrong", device, "")); errors.Is(err, domain.ErrNotFound) {
				let++
			}
			clock.Advance(20 * time.Minute)
		}
		if let != 2 {
			t.Errorf("%d tries were let through, want 2", let)
		}
	})
}

// AUTH-18: counters stand beside the change that fails; fifty at once do not get around them.
func TestCountersSurviveWhatFails(t *testing.T) {
	atDemo(t, store.Limits{}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ctx := t.Context()
		why := errors.New("the change failed")
		for i := range 3 {
			allowed, _, err := s.Bump(ctx, "a code", time.Minute, 2)
			if err != nil || allowed != (i < 2) {
				t.Errorf("try %d: allowed %v, %v", i, allowed, err)
			}
			if err := s.Fail(ctx, why); !errors.Is(err, why) {
				t.Fatal(err)
			}
		}
		clock.Advance(20 * time.Second)
		if allowed, after, err := s.Bump(ctx, "a code", time.Minute, 2); err != nil || allowed || after != 40*time.Second {
			t.Errorf("in the window: %v %v %v, want a wait of 40 s", allowed, after, err)
		}
		if allowed, _, err := s.Bump(ctx, "another code", time.Minute, 2); err != nil || !allowed {
			t.Errorf("another name: %v %v", allowed, err)
		}
		clock.Advance(40 * time.Second)
		if allowed, _, err := s.Bump(ctx, "a code", time.Minute, 2); err != nil || !allowed {
			t.Errorf("after the window: %v %v", allowed, err)
		}

		var wg sync.WaitGroup
		var let atomic.Int32
		for range 50 {
			wg.Go(func() {
				allowed, _, err := s.Bump(ctx, "at once", time.Minute, 6)
				if err != nil {
					t.Error(err)
				}
				if allowed {
					let.Add(1)
				}
			})
		}
		wg.Wait()
		if let.Load() != 6 {
			t.Errorf("%d of 50 at once were allowed, want 6", let.Load())
		}
	})
}

// Many failures from one network address close it to strangers, whoever they try; known browsers there go on.
func TestFailuresOfOnePlace(t *testing.T) {
	atDemo(t, store.Limits{FailuresPerPlace: 4}, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		try := func(email, password, device, from string) (string, error) {
			_, device, err := s.SignIn(t.Context(), attempt(email, password, device, from))
			return device, err
		}
		device, err := try(store.Owen, store.DemoPassword, "", "2001:db8:5:5::1")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			if _, err := try(fmt.Sprintf("guess%d@brightwater.example", i), "wrong", "", fmt.Sprintf("2001:db8:5:5:%d::1", i)); !errors.Is(err, domain.ErrNotFound) {
				t.Fatalf("guess %d: %v", i, err)
			}
		}
		if _, err := try(store.Dana, store.DemoPassword, "", "2001:db8:5:5::7"); !errors.Is(err, domain.ErrTooMany) {
			t.Errorf("from there: %v, want ErrTooMany", err)
		}
		if _, err := try(store.Dana, store.DemoPassword, "", "2001:db8:5:6::7"); err != nil {
			t.Errorf("from the next network: %v", err)
		}
		if _, err := try(store.Owen, store.DemoPassword, device, "2001:db8:5:5::1"); err != nil {
			t.Errorf("a known browser from there: %v", err)
		}
		clock.Advance(15 * time.Minute)
		if _, err := try(store.Dana, store.DemoPassword, "", "2001:db8:5:5::7"); err != nil {
			t.Errorf("after the window: %v", err)
		}
	})
}
