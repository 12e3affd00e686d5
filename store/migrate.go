package store

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migrate applies the steps the database has not seen. Each step is one transaction on both engines, so a
// crash leaves it done or not begun. On PostgreSQL one node migrates and the others wait for it.
func (s *Store) migrate(ctx context.Context, steps fs.FS) error {
	steps, err := allSteps(steps)
	if err != nil {
		return err
	}
	mine, err := stepsFor(s.engine, steps)
	if err != nil {
		return fmt.Errorf("find the migrations: %w", err)
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{goose.WithSlog(s.log), goose.WithDisableGlobalRegistry(true)}
	if s.engine == postgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return fmt.Errorf("prepare the migrations: %w", err)
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, s.write, mine, options...)
	if err != nil {
		return fmt.Errorf("prepare the migrations: %w", err)
	}
	// The provider is not closed: that would close the database under the store.
	have, want, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("read the schema's version: %w", err)
	case have > want:
		return fmt.Errorf("%w: its schema is version %d, this program knows %d", ErrNewer, have, want)
	case have == want:
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// allSteps are the migrations given, or those in the binary.
func allSteps(given fs.FS) (fs.FS, error) {
	if given != nil {
		return given, nil
	}
	steps, err := fs.Sub(embedded, "migrations")
	return steps, wrap(err, "find the migrations")
}

// stepFiles shows goose one engine's migrations: NNNNN_name.sql for both, NNNNN_name.sqlite.sql and
// NNNNN_name.postgres.sql where the engines must differ, under the plain name.
type stepFiles map[string][]byte

func stepsFor(e engine, steps fs.FS) (stepFiles, error) {
	found, err := fs.Glob(steps, "*.sql")
	if err != nil {
		return nil, err
	}
	mine := stepFiles{}
	for _, file := range found {
		base := strings.TrimSuffix(file, ".sql")
		name, only, marked := strings.Cut(base, ".")
		if marked && engine(only) != e {
			if only != string(sqlite) && only != string(postgres) {
				return nil, fmt.Errorf("%s is for no engine known", file)
			}
			continue
		}
		if _, twice := mine[name+".sql"]; twice {
			return nil, fmt.Errorf("%s.sql is there twice for %s", name, e)
		}
		if mine[name+".sql"], err = fs.ReadFile(steps, file); err != nil {
			return nil, err
		}
	}
	if len(mine) == 0 {
		return nil, errors.New("there are none")
	}
	return mine, nil
}

// Glob lists the steps that match in their order, which goose relies on.
func (f stepFiles) Glob(pattern string) (names []string, err error) {
	for name := range f {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names, nil
}

// Open opens a step, for goose.
func (f stepFiles) Open(name string) (fs.File, error) {
	content, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return step{bytes.NewReader(content)}, nil
}

// step is an open migration. goose reads it and asks nothing else.
type step struct{ *bytes.Reader }

func (step) Close() error { return nil }

func (step) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }
