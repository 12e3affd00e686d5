package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Explain is the engine's plan for a statement, one step per line, without running it. On PostgreSQL plans
// that read a whole table are made unattractive, so that a small table does not hide a missing index.
func (s *Store) Explain(ctx context.Context, sql string, args []any) (string, error) {
	if s.engine == sqlite {
		step := func(row scanner) (string, error) {
			var id, parent, unused int64
			var detail string
			err := row.Scan(&id, &parent, &unused, &detail)
			return detail, err
		}
		lines, err := all(ctx, reader{db: s.reads}, step, "explain query plan "+sql, args...)
		return strings.Join(lines, "\n"), err
	}
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	q := &tx{sql: t}
	lines, err := func() ([]string, error) {
		if _, err := exec(ctx, q, "set local enable_seqscan = off"); err != nil {
			return nil, err
		}
		return all(ctx, q, text, "explain "+sql, args...)
	}()
	if err := errors.Join(err, t.Rollback()); err != nil {
		return "", fmt.Errorf("explain: %w", err)
	}
	return strings.Join(lines, "\n"), nil
}
