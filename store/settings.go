package store

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Settings is what the database says of itself, for the log at start (CRASH-05).
type Settings struct {
	Engine, Version string
	// Journal and Synchronous are "wal" and "full" on SQLite; on PostgreSQL Synchronous is synchronous_commit.
	Journal, Synchronous string
	ForeignKeys          bool
	BusyTimeout          time.Duration
}

// LogValue writes the settings as one group of the log line.
func (v Settings) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("engine", v.Engine), slog.String("version", v.Version),
		slog.String("journal", v.Journal), slog.String("synchronous", v.Synchronous),
		slog.Bool("foreign_keys", v.ForeignKeys), slog.Duration("busy_timeout", v.BusyTimeout))
}

// Settings asks the writing connection how it is set.
func (s *Store) Settings(ctx context.Context) (Settings, error) {
	v := Settings{Engine: s.Engine()}
	scan := func(sql string, into any) error {
		if err := s.write.QueryRowContext(ctx, sql).Scan(into); err != nil {
			return fmt.Errorf("read the database's settings: %w", err)
		}
		return nil
	}
	if s.engine == postgres {
		v.ForeignKeys = true
		if err := scan("show server_version", &v.Version); err != nil {
			return v, err
		}
		return v, scan("show synchronous_commit", &v.Synchronous)
	}
	var synchronous, milliseconds int64
	for sql, into := range map[string]any{
		"select sqlite_version()": &v.Version,
		"pragma journal_mode":     &v.Journal,
		"pragma synchronous":      &synchronous,
		"pragma foreign_keys":     &v.ForeignKeys,
		"pragma busy_timeout":     &milliseconds,
	} {
		if err := scan(sql, into); err != nil {
			return v, err
		}
	}
	v.Synchronous = []string{"off", "normal", "full", "extra"}[synchronous]
	v.BusyTimeout = time.Duration(milliseconds) * time.Millisecond
	return v, nil
}
