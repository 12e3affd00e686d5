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
}

// mostLanes is how many lanes are walked side by side: each costs a page of rows.
const mostLanes = 16

// walked is the table as it is read in its order.
func (r *listing[T]) walked() string { return r.list.table + " m" + r.store.indexedBy(r.order.index) }

// lanes are what is walked: those of the condition that has some, else the whole list.
func (r *listing[T]) lanes() []lane {
	if r.lead == nil {
		return []lane{{everything, r.order.index, false}}
	}
	return r.lead.lanes[r.order.column]
}

// walking is a statement that reads up to n rows in order, beyond one place and up to another: their place and what
// fields names, and with filtered only those that match. Of several lanes each gives its first n, which are merged.
func (r *listing[T]) walking(a *args, fields func(*args) string, filtered bool, from, to *place, back bool, n int) string {
	lanes := r.lanes()
	parts := make([]string, len(lanes))
	for i, l := range lanes {
		sql := fmt.Sprintf("select m.%s, m.id%s from %s m%s where ", r.order.column, fields(a), r.list.table, r.store.indexedBy(l.index))
		sql += r.base(a) + " and " + l.holds(a)
		for j := range r.conds {
			if c := &r.conds[j]; c != r.lead && (filtered || slices.Contains(c.along, r.order.column)) {
				sql += " and " + c.holds(a)
			}
		}
		by := r.by("m", back)
		if l.few {
			by = r.sorted(back)
		}
		parts[i] = fmt.Sprintf("%s%s %s limit %d", sql, r.between(a, from, to, back), by, n)
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

// by is the order, or the other way round.
func (r *listing[T]) by(alias string, back bool) string {
	return fmt.Sprintf("order by %s.%s %s, %[1]s.id %[3]s", alias, r.order.column, r.direction(back))
}

// sorted is the same of a few rows that are found otherwise. Told of the order's own column, PostgreSQL might rather walk
// its index past all others, in the hope to be done soon.
func (r *listing[T]) sorted(back bool) string {
	if r.store.engine == sqlite {
		return r.by("m", back)
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
