package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// A list page is read in one of two ways. Either the index of its order is walked and what does not match is left out:
// with frequent conditions a page is soon full. Or the rows of one rare condition are fetched, which an index of its
// own finds, what the others do not want is left out, and the rest is sorted. Which way is found out by trying: ask
// whether a condition leaves no more rows than a short walk passes; if none does, take the walk; while the page is not
// full, the same again with a walk several times as long. So no page costs much more than the better of the two
// ways, whatever the conditions and however they lie to the order. (A search is asked at once, search.go.)
//
// What is walked may be lanes: a condition that many rows meet, all behind many others, has an index for each of its values
// that keeps them in the order. A page is then merged from the first rows of each.
//
// Pages are cut by the last row's place in the order (keyset), never by OFFSET, and cost the same wherever they are.

// listSteps are the length of the first walk, for each row wanted, and how much longer each next one is.
type listSteps struct{ first, growth int }

var usualSteps = listSteps{12, 8}

// condition leaves rows out.
type condition struct {
	// holds is the condition on a row of the table, called m.
	holds func(*args) string
	// found are statements that together give all rows for which it holds, through indexes of its own: by their id, or
	// by the column that by names. None: it is never rare.
	found []func(*args) string
	by    string
	// twice says that found may give a row more than once.
	twice bool
	// loose says that found gives also rows that are not the list's.
	loose bool
	// guard says that it is looked at again in the rows that found gave.
	guard bool
	// known are the rows, when they were asked for already and are few: a search is.
	known *handful
	// more says that it was asked for and leaves too many to be listed one by one.
	more bool
	// lanes are, by the order's column, the parts of the list it leaves, each kept in that order by an index of its own.
	lanes map[string][]lane
	// wide says that the lanes have also rows it leaves out.
	wide bool
	// along are columns of orders along which the rows it leaves lie in one stretch: there they are met by walking.
	along []string
}

// handful are rows by their number.
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
	// few are all rows there can be; rarest is the condition whose rows are fetched. Neither: the order is walked.
	few    *handful
	rarest *condition
	asked  bool // there is nothing to find out any more
	// lead is the condition whose lanes are walked instead of the whole order, if one has any.
	lead *condition
}

// prepare makes a list ready. base and conds are as in listing.
func prepare[T any](s *Store, q querier, l list[T], sort string, base func(*args) string, conds []condition) *listing[T] {
	name, reverse := strings.CutPrefix(sort, "-")
	at, ok := l.orders[name]
	if !ok {
		name, reverse = strings.CutPrefix(l.own, "-")
		at = l.orders[name]
	}
	r := &listing[T]{list: l, store: s, q: q, base: base, conds: conds, name: name, order: at, reverse: reverse, asked: true}
	if reverse {
		r.name = "-" + name
	}
	for i := range conds {
		c := &conds[i]
		if c.known != nil && (r.few == nil || len(c.known.rows) < len(r.few.rows)) {
			r.few = c.known
		}
		if n := len(c.lanes[at.column]); n > 0 && n <= mostLanes && (r.lead == nil || n < len(r.lanes())) {
			r.lead = c
		}
	}
	for i := range conds {
		r.asked = r.asked && !r.rare(&conds[i])
	}
	r.asked = r.asked || r.few != nil
	return r
}

// rare: a condition may leave so few rows that they are better fetched than met on the walk.
func (r *listing[T]) rare(c *condition) bool {
	return len(c.found) > 0 && !r.led(c) && !slices.Contains(c.along, r.order.column)
}

// ask looks for the condition that leaves the fewest rows, and no more than most.
func (r *listing[T]) ask(ctx context.Context, most int) error {
	for i := range r.conds {
		c := &r.conds[i]
		if !r.rare(c) {
			continue
		}
		n, err := r.add(ctx, most, c)
		if err != nil {
			return err
		}
		c.more = n.N > r.store.fewest || n.More && most >= r.store.fewest
		if !n.More && (r.rarest == nil || n.N < most) {
			r.rarest, most = c, n.N
		}
	}
	r.asked = r.rarest != nil
	return nil
}

// from is the table as the list reads it. SQLite keeps no statistics and is told which index to use.
func (r *listing[T]) from() string {
	key := "id"
	switch {
	case r.few != nil:
		key = r.few.column
	case r.rarest != nil && r.rarest.by != "":
		key = r.rarest.by
	}
	table := r.list.table + " m"
	if r.store.engine == sqlite {
		switch {
		case r.few == nil && r.rarest == nil:
			return r.walked()
		case key == "rowid":
			table += " not indexed"
		default:
			table += " indexed by sqlite_autoindex_" + r.list.table + "_1" // the primary key
		}
	}
	if r.few != nil || r.rarest == nil {
		return table
	}
	if r.store.engine == sqlite {
		return "found cross join " + table
	}
	// The limit, which leaves nothing out, is for PostgreSQL. Given the rows to be found and the table side by side, it would
	// walk an index, or the whole table, and look each row up among those found: for 100,000 of them that took minutes.
	return fmt.Sprintf("found cross join lateral (select * from %s where %s = found.n limit 1) m", r.list.table, key)
}

// with names the rows of the rarest condition "found", for from and where. They are put together first: joined
// directly, PostgreSQL would rather walk the order.
func (r *listing[T]) with(a *args) string {
	if r.few != nil || r.rarest == nil {
		return ""
	}
	all := r.rarest.all(a)
	if r.rarest.twice {
		return "with every (n) as (" + all + "), found (n) as materialized (select distinct n from every) "
	}
	return "with found (n) as materialized (" + all + ") "
}

// all is one statement of those that find the condition's rows.
func (c *condition) all(a *args) string {
	var all []string
	for _, rows := range c.found {
		all = append(all, rows(a))
	}
	return strings.Join(all, " union all ")
}

// where are all conditions that hold for the list's rows.
func (r *listing[T]) where(a *args) string {
	parts := []string{r.base(a)}
	switch {
	case r.few != nil:
		// Filled up to a power of two with the last one: few texts, so that they stay prepared.
		rows := slices.Clone(r.few.rows)
		for len(rows)&(len(rows)-1) != 0 {
			rows = append(rows, rows[len(rows)-1])
		}
		parts = append(parts, "m."+r.few.column+" in ("+a.add(rows...)+")")
	case r.rarest != nil && r.store.engine == sqlite:
		parts = append(parts, "m."+cmp.Or(r.rarest.by, "id")+" = found.n")
	}
	for i := range r.conds {
		if c := &r.conds[i]; c != r.rarest || c.guard {
			parts = append(parts, c.holds(a))
		}
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
	if r.asked {
		return r.read(ctx, from, nil, back, n)
	}
	var found []listed[T]
	for length := r.store.steps.first * n; ; length *= r.store.steps.growth {
		if err := r.ask(ctx, length); err != nil {
			return nil, err
		}
		if r.asked {
			rest, err := r.read(ctx, from, nil, back, n-len(found))
			return append(found, rest...), err
		}
		more, edge, err := r.walk(ctx, from, back, n-len(found), length)
		if found = append(found, more...); err != nil || len(found) == n || edge == nil {
			return found, err
		}
		from = edge
	}
}

// walk reads up to n of the next rows of the order, and says where it ended; nil when nothing is left.
func (r *listing[T]) walk(ctx context.Context, from *place, back bool, n, rows int) ([]listed[T], *place, error) {
	edge, err := r.edge(ctx, from, back, rows)
	if edge == nil || err != nil {
		return nil, nil, err
	}
	found, err := r.read(ctx, from, edge, back, n)
	return found, edge, err
}

// read reads rows in order, beyond one place and up to another.
func (r *listing[T]) read(ctx context.Context, from, to *place, back bool, n int) ([]listed[T], error) {
	var a args
	var sql string
	if r.few == nil && r.rarest == nil {
		sql = r.walking(&a, func(*args) string { return ", " + r.list.fields }, true, from, to, back, n)
	} else {
		with := r.with(&a)
		where := r.between(&a, "m."+r.order.column, "m.id", from, to, back) + r.where(&a)
		sql = fmt.Sprintf("%sselect m.%s, m.id, %s from %s where %s %s limit %d",
			with, r.order.column, r.list.fields, r.from(), where, r.by("m."+r.order.column, "m.id", back), n)
	}
	found, err := all(ctx, r.q, r.scan, sql, a...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", r.list.table, err)
	}
	return found, nil
}

// edge is the place of the nth row of the order from a place on, whatever the conditions, or of the last one. Nil
// when there is none.
func (r *listing[T]) edge(ctx context.Context, from *place, back bool, n int) (*place, error) {
	var a args
	walk := r.walking(&a, func(*args) string { return "" }, false, from, nil, back, n)
	key := "e." + r.order.column
	sql := fmt.Sprintf("select %s, e.id from (%s) e %s limit 1", key, walk, r.by(key, "e.id", !back))
	found, err := all(ctx, r.q, r.scanPlace, sql, a...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", r.list.table, err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return &found[0], nil
}

// between limits rows to those beyond one place and up to another, for the beginning of a where clause: of two lower bounds
// of a column both engines begin at the one that is said first, and a list may have one of its own, such as a period.
func (r *listing[T]) between(a *args, key, id string, from, to *place, back bool) string {
	beyond, upTo := ">", "<="
	if r.reverse != back {
		beyond, upTo = "<", ">="
	}
	var where string
	if from != nil {
		where += fmt.Sprintf("(%s, %s) %s (%s) and ", key, id, beyond, a.add(from.key, from.id))
	}
	if to != nil {
		where += fmt.Sprintf("(%s, %s) %s (%s) and ", key, id, upTo, a.add(to.key, to.id))
	}
	return where
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

func (r *listing[T]) scanPlace(row scanner) (at place, err error) {
	if r.order.number {
		var key int64
		err = row.Scan(&key, &at.id)
		at.key = key
		return at, err
	}
	var key string
	err = row.Scan(&key, &at.id)
	at.key = key
	return at, err
}
