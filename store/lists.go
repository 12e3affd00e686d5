package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/domain"
)

// PageSize is how many rows a page has unless asked otherwise; MaxPageSize is the most.
const (
	PageSize    = 25
	MaxPageSize = 100
)

// A Page is a part of a list.
type Page[T any] struct {
	Rows []T
	// Next and Previous are the cursors of the pages beside this one, empty where there is none.
	Next, Previous string
	// First is the place of the first row in the list, from 1; 0 when there are no rows.
	First int
	Total Count
}

// A Count is a number that is not worth counting to its end.
type Count struct {
	N int
	// More says that there are at least N; otherwise there are exactly N.
	More bool
}

// Paging is where in a list to be: the part of its query that every list has.
type Paging struct {
	// Sort names an order of the list, with "-" in front for descending. An unknown one is the list's own order.
	Sort string
	// After and Before are cursors of an earlier page.
	After, Before string
	// Limit is how many rows to give; 0 means PageSize.
	Limit int
}

// list is a kind of list: of what, in which orders.
type list[T any] struct {
	table, fields string
	scan          func(scanner) (T, error)
	// finish completes rows with what lies in other tables.
	finish func(context.Context, querier, []T) error
	orders map[string]order
	// own is the order of a list that names none.
	own string
}

// order is a column to sort by and the index that is kept in that order, ties by id.
type order struct {
	column, index string
	number        bool
}

// args collects the values of a statement.
type args []any

// add takes values in and gives their placeholders.
func (a *args) add(v ...any) string {
	*a = append(*a, v...)
	return in(len(v), len(*a)-len(v)+1)
}

// page reads the page at the cursors.
func (r *listing[T]) page(ctx context.Context, p Paging) (page Page[T], err error) {
	limit := p.Limit
	if limit <= 0 || limit > MaxPageSize {
		limit = PageSize
	}
	cursor, back := p.After, false
	if p.Before != "" {
		cursor, back = p.Before, true
	}
	from, err := r.parse(cursor)
	if err != nil {
		return page, err
	}
	found, err := r.rows(ctx, from, back, limit+1)
	if err != nil {
		return page, err
	}
	more := len(found) > limit
	if back && len(found) < limit || from != nil && len(found) == 0 {
		// The beginning is reached, or all that followed is gone: show a whole first page.
		from, back = nil, false
		if found, err = r.rows(ctx, nil, false, limit+1); err != nil {
			return page, err
		}
		more = len(found) > limit
	}
	found = found[:min(len(found), limit)]
	first := 1
	if from != nil {
		first = from.nth + 1
	}
	if back {
		slices.Reverse(found)
		first = from.nth - len(found)
	}
	page, err = r.cut(ctx, found, max(first, 1))
	if err != nil || len(found) == 0 {
		return page, err
	}
	if more || back {
		page.Next = r.cursor(found[len(found)-1].at)
	}
	if from != nil && (more || !back) {
		page.Previous = r.cursor(found[0].at)
	}
	page.Total, err = r.total(ctx, from == nil && !more, len(found), page.First)
	return page, err
}

// cut numbers the rows of a page and completes them.
func (r *listing[T]) cut(ctx context.Context, found []listed[T], first int) (Page[T], error) {
	var page Page[T]
	for i := range found {
		found[i].at.nth = first + i
		page.Rows = append(page.Rows, found[i].row)
	}
	if len(found) > 0 {
		page.First = first
	}
	return page, r.list.finish(ctx, r.q, page.Rows)
}

// total says how many rows the list has, without counting when that is known, and never less than are seen.
func (r *listing[T]) total(ctx context.Context, whole bool, rows, first int) (Count, error) {
	if whole {
		return Count{N: rows}, nil
	}
	c, err := r.count(ctx)
	if seen := first - 1 + rows; c.More && c.N < seen {
		c.N = seen
	}
	return c, err
}

// each gives every row of the list in its order, a batch in memory at a time.
func (r *listing[T]) each(ctx context.Context, do func(T) error) error {
	const batch = 500
	var from *place
	for {
		found, err := r.rows(ctx, from, false, batch)
		if err != nil {
			return err
		}
		page, err := r.cut(ctx, found, 1)
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			if err := do(row); err != nil {
				return err
			}
		}
		if len(found) < batch {
			return nil
		}
		from = &found[batch-1].at
	}
}

// written is a cursor: a place in an order. It holds nothing the page did not show, so it is not signed; the
// account and the scope are conditions of their own (API-13).
type written struct {
	Order string `json:"o"`
	Key   string `json:"k"`
	ID    string `json:"i"`
	Nth   int    `json:"n"`
}

func (r *listing[T]) cursor(at place) string {
	b, err := json.Marshal(written{r.name, fmt.Sprint(at.key), at.id, at.nth})
	if err != nil {
		panic(err) // three texts and a number
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// parse reads a cursor of this list in this order; anything else is domain.ErrNotFound.
func (r *listing[T]) parse(cursor string) (*place, error) {
	if cursor == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) > 4096 {
		return nil, domain.ErrNotFound
	}
	var w written
	if err := json.Unmarshal(raw, &w); err != nil || w.Order != r.name || w.Nth < 1 || w.Nth > 1<<40 || !storable(w.Key, w.ID) {
		return nil, domain.ErrNotFound
	}
	at := &place{key: w.Key, id: w.ID, nth: w.Nth}
	if r.order.number {
		n, err := strconv.ParseInt(w.Key, 10, 64)
		if err != nil {
			return nil, errors.Join(domain.ErrNotFound, err)
		}
		at.key = n
	}
	return at, nil
}

// storable reports whether texts can be asked for at all: PostgreSQL refuses what is not UTF-8 or holds a zero.
func storable(texts ...string) bool {
	for _, t := range texts {
		if !utf8.ValidString(t) || strings.ContainsRune(t, 0) {
			return false
		}
	}
	return true
}

// rowColumn is how an index of this table gives its rows: SQLite knows them by their number.
func (s *Store) rowColumn() string {
	if s.engine == sqlite {
		return "rowid"
	}
	return "id"
}

func nothing(*args) string    { return "1 = 0" }
func everything(*args) string { return "1 = 1" }

// texts are values as texts, without those no row can hold.
func texts[T ~string](list []T) []string {
	var out []string
	for _, v := range list {
		if storable(string(v)) {
			out = append(out, string(v))
		}
	}
	return out
}
