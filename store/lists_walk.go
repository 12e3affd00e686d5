package store

import (
	"fmt"
	"slices"
	"strings"
)

// lane is a part of a list that an index keeps in an order.
type lane struct {
	holds func(*args) string
	index string
	// few says that these are few rows, which the index finds in no order.
	few bool
	// trail is the table that keeps these rows in the order where the list's own does not: holds and index are of it.
	trail *trail
}

// trail is a table, called p, with a row for each of a list's rows that it leads to: their id, and by the order's own name
// what the order sorts by.
type trail struct {
	table, id string
	// base holds for every row of it that may be the list's, as the list's own does.
	base func(*args) string
}

// mostLanes is how many lanes are walked side by side: each costs a page of rows.
const mostLanes = 16

// walked is the table as it is read in its order.
func (r *listing[T]) walked() string { return r.list.table + " m" + r.store.indexedBy(r.order.index) }

// lanes are what is walked: those of the condition that has some, else the whole list.
func (r *listing[T]) lanes() []lane {
	if r.lead == nil {
		return []lane{{holds: everything, index: r.order.index}}
	}
	return r.lead.lanes[r.order.column]
}

// walking is a statement that reads up to n rows in order, beyond one place and up to another: their place and what
// fields names, and with filtered only those that match. Of several lanes each gives its first n, which are merged.
func (r *listing[T]) walking(a *args, fields func(*args) string, filtered bool, from, to *place, back bool, n int) string {
	lanes := r.lanes()
	parts := make([]string, len(lanes))
	for i, l := range lanes {
		key, id := "m."+r.order.column, "m.id"
		if l.trail != nil {
			key, id = "p."+r.order.column, "p."+l.trail.id
		}
		sql := fmt.Sprintf("select %s, %s as id%s from %s where ", key, id, fields(a), r.lane(l))
		sql += r.between(a, key, id, from, to, back)
		if l.trail != nil {
			sql += l.trail.base(a) + " and "
		}
		sql += l.holds(a) + " and " + r.base(a)
		for j := range r.conds {
			if c := &r.conds[j]; !r.led(c) && (filtered || slices.Contains(c.along, r.order.column)) {
				sql += " and " + c.holds(a)
			}
		}
		by := r.by(key, id, back)
		if l.few {
			by = r.sorted(back)
		}
		parts[i] = fmt.Sprintf("%s %s limit %d", sql, by, n)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	for i, part := range parts {
		parts[i] = fmt.Sprintf("select * from (%s) l%d", part, i)
	}
	direction := r.direction(back)
	return fmt.Sprintf("%s order by 1 %s, 2 %[2]s limit %d", strings.Join(parts, " union all "), direction, n)
}

// led: the walk meets no row that this condition leaves out.
func (r *listing[T]) led(c *condition) bool { return c == r.lead && !c.wide }

// lane is where a lane is read from. Of two tables the one that leads is read first, in its order, and of the other one row
// for each: PostgreSQL would not always see it (listing.from).
func (r *listing[T]) lane(l lane) string {
	switch {
	case l.trail == nil:
		return r.list.table + " m" + r.store.indexedBy(l.index)
	case r.store.engine == sqlite:
		return fmt.Sprintf("%s p indexed by %s cross join %s m indexed by sqlite_autoindex_%[3]s_1 on m.id = p.%[4]s", l.trail.table, l.index, r.list.table, l.trail.id)
	}
	return fmt.Sprintf("%s p cross join lateral (select * from %s where id = p.%s limit 1) m", l.trail.table, r.list.table, l.trail.id)
}

// by is the order, or the other way round.
func (r *listing[T]) by(key, id string, back bool) string {
	direction := r.direction(back)
	return fmt.Sprintf("order by %s %s, %s %s", key, direction, id, direction)
}

// sorted is the same of a few rows that are found otherwise. Told of the order's own column, PostgreSQL might rather walk
// its index past all others, in the hope to be done soon.
func (r *listing[T]) sorted(back bool) string {
	if r.store.engine == sqlite {
		return r.by("m."+r.order.column, "m.id", back)
	}
	same := " || ''"
	if r.order.number {
		same = " + 0"
	}
	return fmt.Sprintf("order by m.%s%s %s, m.id %[3]s", r.order.column, same, r.direction(back))
}

func (r *listing[T]) direction(back bool) string {
	if r.reverse != back {
		return "desc"
	}
	return "asc"
}
