package store

import (
	"context"
	"fmt"
	"time"
)

// setClock gives the store its clock. All nodes on one PostgreSQL must agree on what has expired, so each
// corrects its own clock by the database's, measured now and once a minute. A clock given by the caller
// is taken as it is.
func (s *Store) setClock(ctx, background context.Context, given func() time.Time) error {
	if given != nil {
		s.now = func() time.Time { return given().UTC().Truncate(time.Microsecond) }
		return nil
	}
	s.now = func() time.Time {
		return time.Now().UTC().Add(time.Duration(s.offset.Load()) * time.Microsecond).Truncate(time.Microsecond)
	}
	if s.engine != postgres {
		return nil
	}
	if err := s.measureClock(ctx); err != nil {
		return err
	}
	s.every(background, time.Minute, s.measureClock)
	return nil
}

// measureClock asks the database for the time and takes the answer to be from the middle of the journey.
func (s *Store) measureClock(ctx context.Context) error {
	const ask = "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)"
	sent := time.Now()
	theirs, err := one(ctx, s.read, number, ask)
	if err != nil {
		return fmt.Errorf("read the database's clock: %w", err)
	}
	s.offset.Store(theirs - sent.Add(time.Since(sent)/2).UnixMicro())
	return nil
}

// Now is the time everything is stamped with and every state is derived at.
func (s *Store) Now() time.Time { return s.now() }
