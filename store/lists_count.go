package store

import (
	"context"
	"fmt"
	"strings"
)

// countReads is how many rows a count of several conditions looks at to find those that match. Counting ends where
// rows are too many to be listed one by one (fewest).
const countReads = 1000

// count looks at a bounded number of rows. What it has not seen by then is said to be more.
func (r *listing[T]) count(ctx context.Context) (Count, error) {
	most := r.store.fewest
	switch {
	case r.none():
		return Count{}, nil
	case len(r.conds) == 0 || r.few != nil:
		var a args
		// The order only keeps PostgreSQL on the index of this account.
		n, err := one(ctx, r.q, number, fmt.Sprintf("select count(*) from (select 1 from %s where %s %s limit %d) c",
			r.from(), r.where(&a), r.by("m."+r.order.column, "m.id", false), most+1), a...)
		return Count{N: min(int(n), most), More: int(n) > most}, wrap(err, "count "+r.list.table)
	case len(r.conds) == 1 && r.conds[0].more && !r.conds[0].loose:
		return Count{N: most, More: true}, nil
	case len(r.conds) == 1 && len(r.conds[0].found) > 0 && !r.conds[0].loose:
		return r.add(ctx, most, &r.conds[0])
	}
	var a args
	hit := func(a *args) string {
		var hits []string
		for i := range r.conds {
			if c := &r.conds[i]; !r.led(c) {
				hits = append(hits, c.holds(a))
			}
		}
		return ", case when " + strings.Join(hits, " and ") + " then 1 else 0 end as hit"
	}
	type sums struct{ read, hit int }
	scan := func(row scanner) (c sums, err error) { return c, row.Scan(&c.read, &c.hit) }
	c, err := one(ctx, r.q, scan, "select count(*), coalesce(sum(c.hit), 0) from ("+r.walking(&a, hit, false, nil, nil, false, countReads)+") c", a...)
	if err != nil {
		return Count{}, fmt.Errorf("count %s: %w", r.list.table, err)
	}
	return Count{N: c.hit, More: c.read == countReads}, nil
}

func (s *Store) lazily() string {
	if s.engine == postgres {
		return "materialized"
	}
	return ""
}

// add counts the rows that a condition finds, up to most. PostgreSQL reads no more of a "materialized" table than is
// asked for, but plans as if it were all: told of the limit, it would rather read any index from its beginning, in
// the hope that this account's rows are spread over all of it. SQLite would read the whole.
func (r *listing[T]) add(ctx context.Context, most int, of *condition) (Count, error) {
	if of.twice {
		return r.addOnce(ctx, most, of)
	}
	var c Count
	for _, rows := range of.found {
		var a args
		n, err := one(ctx, r.q, number, fmt.Sprintf("with found (n) as %s (%s) select count(*) from (select 1 from found limit %d) c",
			r.store.lazily(), rows(&a), most+1-c.N), a...)
		if err != nil {
			return c, fmt.Errorf("count %s: %w", r.list.table, err)
		}
		if c.N += int(n); c.N > most {
			return Count{N: most, More: true}, nil
		}
	}
	return c, nil
}

// addOnce is add for rows that come more than once: it reads on until it has seen enough different ones.
func (r *listing[T]) addOnce(ctx context.Context, most int, of *condition) (Count, error) {
	type sums struct{ read, rows int }
	scan := func(row scanner) (s sums, err error) { return s, row.Scan(&s.read, &s.rows) }
	for length := most + 1; ; length *= 4 {
		var a args
		n, err := one(ctx, r.q, scan, fmt.Sprintf("with found (n) as %s (%s) select count(*), count(distinct n) from (select n from found limit %d) c",
			r.store.lazily(), of.all(&a), length), a...)
		switch {
		case err != nil:
			return Count{}, fmt.Errorf("count %s: %w", r.list.table, err)
		case n.rows > most:
			return Count{N: most, More: true}, nil
		case n.read < length:
			return Count{N: n.rows}, nil
		}
	}
}
