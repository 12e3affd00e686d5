package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The index of SQLite is followed through all who have any three characters of a word, and most of an address stands in
// everybody's: among 100,000 people "dana.whitfield@brightwater.example" costs a hundred times what "whitfield" does. So a
// long word is looked for by its parts, until one is found that few have; their texts are then compared with all that was
// typed.

// longWord is from how many characters on a word is looked for by its parts. mostParts is how many of them are tried: each
// costs no more than the first thousand who have it.
const (
	longWord  = 8
	mostParts = 4
)

// match asks SQLite's index for the rows of an account that have all words, and for no more than are listed one by one.
func (s *Store) match(ctx context.Context, q querier, f found, account string) ([]int64, error) {
	a := args{matchText(account, f.asked)}
	sql := fmt.Sprintf("select f.rowid from %s_fts f", f.table)
	where := fmt.Sprintf(" where f.%s_fts match $1", f.table)
	if len(f.asked) < len(f.words) {
		holds, patterns := f.holds("m.search_text", 2)
		sql += fmt.Sprintf(" cross join %s m not indexed on m.rowid = f.rowid", f.table)
		where += " and " + holds
		a.add(patterns...)
	}
	return all(ctx, q, number, fmt.Sprintf("%s%s limit %d", sql, where, s.fewest+1), a...)
}

// findByPart is match for words of which few rows have some part; ok says that it is so.
func (s *Store) findByPart(ctx context.Context, q querier, f found, account string) (rows []int64, ok bool, err error) {
	for _, part := range wordParts(f.asked) {
		word := []string{part}
		some, err := s.match(ctx, q, found{table: f.table, words: word, asked: word}, account)
		switch {
		case err != nil:
			return nil, false, err
		case len(some) > s.fewest:
			continue
		case len(some) == 0:
			return nil, true, nil
		}
		for len(some)&(len(some)-1) != 0 { // few texts of the statement, so that they stay prepared
			some = append(some, some[len(some)-1])
		}
		said, patterns := likeWords("m.search_text", f.words, len(some)+1)
		rows, err := all(ctx, q, number, fmt.Sprintf("select m.rowid from %s m not indexed where m.rowid in (%s) and %s", f.table, in(len(some), 1), said),
			append(values(some), patterns...)...)
		return rows, true, err
	}
	return nil, false, nil
}

// wordParts are parts of long words, those first that few are likely to have: what follows an "@" comes last, the longer
// before the shorter.
func wordParts(words []string) (parts []string) {
	var hosts []string
	for _, w := range words {
		if utf8.RuneCountInString(w) < longWord {
			continue
		}
		host := false
		for _, part := range cutWord(w) {
			if host {
				hosts = append(hosts, part)
			} else {
				parts = append(parts, part)
			}
			host = host || strings.Contains(part, "@")
		}
	}
	longer := func(a, b string) int { return cmp.Compare(len(b), len(a)) }
	slices.SortStableFunc(parts, longer)
	slices.SortStableFunc(hosts, longer)
	parts = append(parts, hosts...)
	return parts[:min(len(parts), mostParts)]
}

// cutWord cuts a word where letters, digits and signs follow one another: each part ends with its signs and has three
// characters or more. A word that has one part has none.
func cutWord(w string) (parts []string) {
	begin, before := 0, 0
	for i, r := range w {
		kind := kindOf(r)
		if kind != 0 && kind != before && utf8.RuneCountInString(w[begin:i]) >= 3 {
			parts = append(parts, w[begin:i])
			begin = i
		}
		before = kind
	}
	switch {
	case len(parts) == 0:
		return nil
	case utf8.RuneCountInString(w[begin:]) < 3:
		parts[len(parts)-1] += w[begin:]
	default:
		parts = append(parts, w[begin:])
	}
	if len(parts) == 1 {
		return nil
	}
	return parts
}

// kindOf tells letters from digits, and both from signs.
func kindOf(r rune) int {
	switch {
	case unicode.IsLetter(r):
		return 1
	case unicode.IsDigit(r):
		return 2
	}
	return 0
}
