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

// A list page is read in one of two ways, and which one is found out by asking (search.go does the same for words).
// Each condition that can be rare has an index of its own; through it the list asks for at most 1,001 ids. Up to
// 1,000 are all there are: just these rows are fetched, the other conditions leave some out, and the rest is
// sorted. When every condition is frequent the list walks the index of its order and leaves out what does not
// match, which fills a page soon. Pages are cut by the last row's place in the order (keyset), never by OFFSET.

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

// countMost is where counting ends, countReads how many rows a count looks at to find those that match.
const (
	countMost  = 1000
	countReads = 2000
)

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

// condition leaves rows out.
type condition struct {
	// holds is the condition on a row of the table, called m.
	holds func(*args) string
	// found are statements without their limit that together give the ids of all rows for which it holds, through
	// indexes of its own. None: it is never rare.
	found []func(*args) string
	// known is the answer of a search: what found would have given.
	known *handful
	dense bool // it was asked for, and there are more than a handful
}

// handful are the rows that one condition leaves.
type handful struct {
	column string // id, or rowid where SQLite's search index gave it
	rows   []any
}

// listing is one list of one account with its conditions, ready to be read.
type listing[T any] struct {
	list  list[T]
	store *Store
	q     querier
	// base holds for every row of the list and names the account; it implies what the partial indexes are made of.
	base    func(*args) string
	conds   []condition
	name    string // of the order
	order   order
	reverse bool
	few     *handful
}

// prepare finds out how to read a list. base and conds are as in listing.
func prepare[T any](ctx context.Context, s *Store, q querier, l list[T], sort string, base func(*args) string, conds []condition) (*listing[T], error) {
	name, reverse := strings.CutPrefix(sort, "-")
	at, ok := l.orders[name]
	if !ok {
		name, reverse = strings.CutPrefix(l.own, "-")
		at = l.orders[name]
	}
	r := &listing[T]{list: l, store: s, q: q, base: base, conds: conds, name: name, order: at, reverse: reverse}
	if reverse {
		r.name = "-" + name
	}
	for i := range conds {
		rows, err := r.ask(ctx, &conds[i])
		if err != nil {
			return nil, err
		}
		if rows != nil && (r.few == nil || len(rows.rows) < len(r.few.rows)) {
			r.few = rows
		}
		if r.few != nil {
			break
		}
	}
	return r, nil
}

// ask gives the rows of a condition when they are a handful.
func (r *listing[T]) ask(ctx context.Context, c *condition) (*handful, error) {
	if c.known != nil || len(c.found) == 0 {
		return c.known, nil
	}
	rows := handful{column: "id"}
	for _, find := range c.found {
		var a args
		sql := find(&a)
		ids, err := all(ctx, r.q, text, fmt.Sprintf("%s limit %d", sql, fewest+1-len(rows.rows)), a...)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", r.list.table, err)
		}
		rows.rows = append(rows.rows, values(ids)...)
		if len(rows.rows) > fewest {
			c.dense = true
			return nil, nil
		}
	}
	return &rows, nil
}

// from is the table as the list reads it. SQLite keeps no statistics and is told which index to use.
func (r *listing[T]) from() string {
	table := r.list.table + " m"
	switch {
	case r.store.engine != sqlite:
		return table
	case r.few == nil:
		return table + " indexed by " + r.order.index
	case r.few.column == "rowid":
		return table + " not indexed"
	}
	return table + " indexed by sqlite_autoindex_" + r.list.table + "_1" // the primary key
}

// where are all conditions that hold for the list's rows.
func (r *listing[T]) where(a *args) string {
	parts := []string{r.base(a)}
	if r.few != nil {
		// Filled up to a power of two with the last one: few texts, so that they stay prepared.
		rows := slices.Clone(r.few.rows)
		for len(rows)&(len(rows)-1) != 0 {
			rows = append(rows, rows[len(rows)-1])
		}
		parts = append(parts, "m."+r.few.column+" in ("+a.add(rows...)+")")
	}
	for _, c := range r.conds {
		parts = append(parts, c.holds(a))
	}
	return strings.Join(parts, " and ")
}

// none: a condition holds for no row.
func (r *listing[T]) none() bool { return r.few != nil && len(r.few.rows) == 0 }

// place is where a row stands in its list.
type place struct {
	key any // int64 or string, the value sorted by
	id  string
	nth int
}

// listed is a row and where it stands.
type listed[T any] struct {
	row T
	at  place
}

// keyed reads a row's place together with the row.
type keyed struct {
	scanner
	key any
	id  *string
}

func (k keyed) Scan(into ...any) error {
	return k.scanner.Scan(append([]any{k.key, k.id}, into...)...)
}

// rows reads up to n rows from a place on, backwards when asked; nil is the beginning (or end).
func (r *listing[T]) rows(ctx context.Context, from *place, back bool, n int) ([]listed[T], error) {
	if r.none() {
		return nil, nil
	}
	direction, beyond := "asc", ">"
	if r.reverse != back {
		direction, beyond = "desc", "<"
	}
	var a args
	column := "m." + r.order.column
	where := r.where(&a)
	if from != nil {
		where += fmt.Sprintf(" and (%s, m.id) %s (%s)", column, beyond, a.add(from.key, from.id))
	}
	sql := fmt.Sprintf("select %s, m.id, %s from %s where %s order by %[1]s %[5]s, m.id %[5]s limit %d",
		column, r.list.fields, r.from(), where, direction, n)
	found, err := all(ctx, r.q, r.scan, sql, a...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", r.list.table, err)
	}
	return found, nil
}

func (r *listing[T]) scan(row scanner) (l listed[T], err error) {
	if r.order.number {
		var key int64
		l.row, err = r.list.scan(keyed{row, &key, &l.at.id})
		l.at.key = key
		return l, err
	}
	var key string
	l.row, err = r.list.scan(keyed{row, &key, &l.at.id})
	l.at.key = key
	return l, err
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
		c.N = min(seen, countMost)
	}
	return c, err
}

// count looks at a bounded number of rows. What it has not seen by then is said to be more.
func (r *listing[T]) count(ctx context.Context) (Count, error) {
	switch {
	case r.none():
		return Count{}, nil
	case r.few == nil && len(r.conds) == 1 && r.conds[0].dense:
		return Count{N: countMost, More: true}, nil
	}
	var a args
	if len(r.conds) == 0 || r.few != nil {
		// The order only keeps PostgreSQL on the index of this account.
		n, err := one(ctx, r.q, number, fmt.Sprintf("select count(*) from (select 1 from %s where %s order by m.%s, m.id limit %d) c",
			r.from(), r.where(&a), r.order.column, countMost+1), a...)
		if err != nil {
			return Count{}, fmt.Errorf("count %s: %w", r.list.table, err)
		}
		return Count{N: min(int(n), countMost), More: n > countMost}, nil
	}
	var hits []string
	base := r.base(&a)
	for _, c := range r.conds {
		hits = append(hits, c.holds(&a))
	}
	type sums struct{ read, hit int }
	scan := func(row scanner) (c sums, err error) { return c, row.Scan(&c.read, &c.hit) }
	c, err := one(ctx, r.q, scan, fmt.Sprintf(`select count(*), coalesce(sum(c.hit), 0) from (
		select case when %s then 1 else 0 end as hit from %s where %s order by m.%s, m.id limit %d) c`,
		strings.Join(hits, " and "), r.from(), base, r.order.column, countReads), a...)
	if err != nil {
		return Count{}, fmt.Errorf("count %s: %w", r.list.table, err)
	}
	return Count{N: min(c.hit, countMost), More: c.hit > countMost || c.read == countReads}, nil
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
