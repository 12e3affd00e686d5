package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres opens one pool for reading and writing.
func (s *Store) openPostgres(ctx context.Context, dsn string, toRead bool) error {
	s.engine = postgres
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("read the address of PostgreSQL: %w", err) // pgx keeps the password out of it
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 10 * time.Second
	}
	if c.ValidateConnect == nil && !toRead {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary // a standby knows late who may
	}
	// A node that hangs in the middle of a change must not hold up the others for ever.
	defaults := map[string]string{"application_name": "gatehouse", "idle_in_transaction_session_timeout": "60000"}
	if toRead {
		defaults["default_transaction_read_only"] = "on"
	}
	for name, value := range defaults {
		if _, ok := c.RuntimeParams[name]; !ok {
			c.RuntimeParams[name] = value
		}
	}
	s.write = sql.OpenDB(stdlib.GetConnector(*c))
	s.reads = s.write
	conns := max(8, 4*runtime.GOMAXPROCS(0))
	s.write.SetMaxOpenConns(conns)
	s.write.SetMaxIdleConns(conns)
	s.write.SetConnMaxIdleTime(5 * time.Minute)
	if err := s.write.PingContext(ctx); err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return nil
}

// unprepared are the values of a statement with a word to pgx that it is to be planned for them: see planned.
func unprepared(args []any) []any { return append([]any{pgx.QueryExecModeExec}, args...) }

// conflicted: PostgreSQL found no order for concurrent changes, or a deadlock. The change can be tried again.
func conflicted(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

func violatedPostgres(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != "23505" {
		return ""
	}
	return e.ConstraintName
}

// unavailablePostgres: no connection (08, none at all, or one that has ended, before or in the middle), no room (53),
// read-only (25006), stopping or starting (57P0x).
func unavailablePostgres(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		class := e.Code[:min(2, len(e.Code))]
		return class == "08" || class == "53" || e.Code == "25006" || strings.HasPrefix(e.Code, "57P0")
	}
	var refused *pgconn.ConnectError
	var network *net.OpError
	return errors.As(err, &refused) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}
