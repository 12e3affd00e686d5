package domain

import (
	"testing"
	"time"
)

// C7 of the safety contract: at most eight attempts within 24 hours, whatever the spread.
func TestNextTry(t *testing.T) {
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, spread := range []float64{0, 0.5, 1} {
		now, attempts, d := start, 0, Delivery{CreatedAt: start}
		for {
			attempts++
			d.Attempts = attempts
			at, again := d.NextTry(now, time.Minute, spread)
			if !again {
				break
			}
			if !at.After(now) {
				t.Fatalf("attempt %d: the next try at %v is not after %v", attempts, at, now)
			}
			now = at
		}
		if attempts != MaxAttempts {
			t.Errorf("spread %v: gave up after %d attempts, want %d", spread, attempts, MaxAttempts)
		}
		if took := now.Sub(start); took > GiveUpAfter || took < GiveUpAfter/2 {
			t.Errorf("spread %v: the last attempt came after %v, want 12 to 24 hours", spread, took)
		}
	}
	if _, again := (Delivery{CreatedAt: start, Attempts: 1}).NextTry(start.Add(GiveUpAfter), time.Minute, 0); again {
		t.Error("tries again after 24 hours")
	}
}

// What was never tried has no next try.
func TestNextTryFollowsATry(t *testing.T) {
	if at, again := (Delivery{CreatedAt: now}).NextTry(now, time.Minute, 0); again || !at.IsZero() {
		t.Errorf("tried again at %v, %t", at, again)
	}
}
