package views

import (
	"net/url"
	"slices"
	"strings"
)

// ListQuery is the state of a list as its address holds it:
// /accounts/brightwater/settings/invites?q=noor&state=pending,expired&sort=-sent&after=abc
type ListQuery struct {
	Path   string
	Q      string       // what is searched for
	Chosen []ChosenKeys // the filters that are set, in the order of the list's keys
	Sort   string       // column key, with "-" before it when descending; empty: Order
	Order  string       // the list's own order, which stands in no address
	After  string       // cursor: the page behind it
	Before string       // cursor: the page in front of it
}

// ChosenKeys is one filter with the values chosen in it.
type ChosenKeys struct {
	Key    string
	Values []string
}

// ParseListQuery reads the state of the list at path from its query string. keys are the list's
// filters; other keys are dropped. Values may be repeated (as a plain form sends them) or joined
// by commas (as URL writes them); they are not judged here.
func ParseListQuery(path string, query url.Values, keys ...string) ListQuery {
	l := ListQuery{Path: path, Q: strings.TrimSpace(query.Get("q")), Sort: query.Get("sort"), After: query.Get("after"), Before: query.Get("before")}
	if l.After != "" {
		l.Before = ""
	}
	for _, key := range keys {
		if values := splitValues(query[key]); len(values) > 0 {
			l.Chosen = append(l.Chosen, ChosenKeys{key, values})
		}
	}
	return l
}

func splitValues(given []string) []string {
	var values []string
	for _, g := range given {
		for _, v := range strings.Split(g, ",") {
			if v != "" && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
	}
	return values
}

// Values returns what is chosen in a filter, nil if it is not set.
func (l ListQuery) Values(key string) []string {
	for _, c := range l.Chosen {
		if c.Key == key {
			return c.Values
		}
	}
	return nil
}

// Has reports whether value is chosen in a filter.
func (l ListQuery) Has(key, value string) bool { return slices.Contains(l.Values(key), value) }

// Narrowed reports whether a search or a filter hides rows.
func (l ListQuery) Narrowed() bool { return l.Q != "" || len(l.Chosen) > 0 }

// URL returns the address: search, filters, sort, cursor, each only if set.
func (l ListQuery) URL() string {
	if q := l.String(); q != "" {
		return l.Path + "?" + q
	}
	return l.Path
}

// String returns the query string of the address.
func (l ListQuery) String() string {
	var parts []string
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, url.QueryEscape(key)+"="+value)
		}
	}
	add("q", url.QueryEscape(l.Q))
	for _, c := range l.Chosen {
		escaped := make([]string, len(c.Values))
		for i, v := range c.Values {
			escaped[i] = url.QueryEscape(v)
		}
		add(c.Key, strings.Join(escaped, ","))
	}
	if l.Sort != l.Order {
		add("sort", url.QueryEscape(l.Sort))
	}
	add("after", url.QueryEscape(l.After))
	add("before", url.QueryEscape(l.Before))
	return strings.Join(parts, "&")
}

// FirstPage returns the list without its cursor. Everything that changes what is listed starts there.
func (l ListQuery) FirstPage() ListQuery {
	l.After, l.Before = "", ""
	return l
}

// With returns the list with the values of one filter replaced; without values the filter is gone.
func (l ListQuery) With(key string, values ...string) ListQuery {
	l = l.FirstPage()
	chosen := make([]ChosenKeys, 0, len(l.Chosen)+1)
	found := false
	for _, c := range l.Chosen {
		if c.Key == key {
			found = true
			c.Values = values
		}
		if len(c.Values) > 0 {
			chosen = append(chosen, c)
		}
	}
	if !found && len(values) > 0 {
		chosen = append(chosen, ChosenKeys{key, values})
	}
	l.Chosen = chosen
	return l
}

// Without returns the list with one filter removed.
func (l ListQuery) Without(key string) ListQuery { return l.With(key) }

// Sorted is the order the list is in: the one asked for, else its own.
func (l ListQuery) Sorted() string {
	if l.Sort == "" {
		return l.Order
	}
	return l.Sort
}

// Cleared returns the list without search and filters, sorted as before.
func (l ListQuery) Cleared() ListQuery {
	return ListQuery{Path: l.Path, Sort: l.Sort, Order: l.Order}
}

// SortedBy returns the list sorted by a column: ascending first, the other way round when it already is.
func (l ListQuery) SortedBy(column string) ListQuery {
	l = l.FirstPage()
	if l.Sorted() == column {
		column = "-" + column
	}
	l.Sort = column
	return l
}

// Behind returns the page behind a cursor.
func (l ListQuery) Behind(cursor string) ListQuery {
	l.After, l.Before = cursor, ""
	return l
}

// InFrontOf returns the page in front of a cursor.
func (l ListQuery) InFrontOf(cursor string) ListQuery {
	l.After, l.Before = "", cursor
	return l
}

// leadingBack adds the list behind an address to it.
func leadingBack(address, list string) string {
	switch {
	case list == "":
		return address
	case strings.Contains(address, "?"):
		return address + "&list=" + url.QueryEscape(list)
	}
	return address + "?list=" + url.QueryEscape(list)
}
