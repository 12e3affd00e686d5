package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	sqlitedriver "modernc.org/sqlite"
)

// A page asks a dozen questions, the same for everybody, and SQLite takes longer to parse and plan most of them than to
// answer. So a connection keeps what it has prepared, as PostgreSQL's driver does by itself.

// mostKept is how many statements a connection keeps. All pages together ask some two hundred; who is asking and what
// stands around every page are among the latest at any time.
const mostKept = 100

// longestKept is the longest text that is kept, in bytes: what writes hundreds of rows at once is seldom asked again and
// takes far more memory than a question of a page.
const longestKept = 8 << 10

// keeping opens connections that keep their statements.
type keeping struct{ driver.Connector }

// keepStatements is a source of connections to the SQLite file of that DSN.
func keepStatements(dsn string) (driver.Connector, error) {
	c, err := sqlitedriver.NewConnector(dsn)
	return keeping{c}, err
}

// Connect opens a connection.
func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := c.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a connection to SQLite is a %T, which lacks a method", c), c.Close())
	}
	return &keptConn{sqliteConn: conn}, nil
}

// sqliteConn is all that database/sql asks of a connection.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keptConn is used by one goroutine at a time. A statement in use is not among the kept: asked again meanwhile, the same
// text is prepared a second time.
type keptConn struct {
	sqliteConn
	kept []keptStmt // the latest used last
}

type keptStmt struct {
	text string
	stmt sqliteStmt
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// again says whether a statement is worth keeping: the schema and settings are changed once.
func again(text string) bool {
	if len(text) > longestKept {
		return false
	}
	verb, _, _ := strings.Cut(strings.TrimLeft(text, " \t\n"), " ")
	return slices.Contains([]string{"select", "insert", "update", "delete", "with"}, verb)
}

// ExecContext runs a statement without rows.
func (c *keptConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if !again(text) {
		return c.sqliteConn.ExecContext(ctx, text, args)
	}
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	return result, c.putBack(text, s, err)
}

// QueryContext runs a statement with rows.
func (c *keptConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if !again(text) {
		return c.sqliteConn.QueryContext(ctx, text, args)
	}
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, c.putBack(text, s, err)
	}
	return &keptRows{rows, func(err error) error { return c.putBack(text, s, err) }}, nil
}

func (c *keptConn) take(ctx context.Context, text string) (sqliteStmt, error) {
	for i, k := range slices.Backward(c.kept) {
		if k.text == text {
			c.kept = slices.Delete(c.kept, i, i+1)
			return k.stmt, nil
		}
	}
	s, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	stmt, ok := s.(sqliteStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a statement of SQLite is a %T, which lacks a method", s), s.Close())
	}
	return stmt, nil
}

// putBack keeps a statement that did its work, and returns how that went.
func (c *keptConn) putBack(text string, s sqliteStmt, err error) error {
	if err != nil {
		return errors.Join(err, s.Close())
	}
	c.kept = append(c.kept, keptStmt{text, s})
	if len(c.kept) <= mostKept {
		return nil
	}
	oldest := c.kept[0].stmt
	c.kept = slices.Delete(c.kept, 0, 1)
	return oldest.Close()
}

// Close closes the statements, then the connection.
func (c *keptConn) Close() error {
	var errs []error
	for _, k := range c.kept {
		errs = append(errs, k.stmt.Close())
	}
	c.kept = nil
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// keptRows are rows whose statement is free again once they are closed.
type keptRows struct {
	driver.Rows
	done func(error) error
}

// Close ends the reading.
func (r *keptRows) Close() error {
	done := r.done
	if done == nil { // closed already
		return nil
	}
	r.done = nil
	return done(r.Rows.Close())
}
