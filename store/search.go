package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/domain"
)

// Search finds every word typed in any part of a person's name or address; a word of one or two letters,
// for which no index of three exists, only at the start of a word.
//
// Neither walking the sorted list nor asking the index of three characters is quick for both rare and
// frequent words, so a search is two steps. find asks the index for at most 1,001 rows of the account. Up to
// 1,000 are all there are: the list asks for exactly these rows and sorts them. More mean that the word is
// frequent: the list walks its sorted index as without a search and leaves out what does not match, which
// fills a page soon. Either way the list is the same statement with one more condition (where).
//
// SQLite: FTS5 with the trigram tokenizer, kept by triggers. PostgreSQL: pg_trgm and btree_gin.

// fewest is how many rows of a search are still listed one by one.
const fewest = 1000

// mostWords bounds the work of one search. No name and address together have so many words.
const mostWords = 32

// searchable is a table with search_text and the company a row is of, and on SQLite its index TABLE_fts.
type searchable string

const (
	memberships searchable = "memberships"
	history     searchable = "events"
	devices     searchable = "devices"
	ledgers     searchable = "credit_entries"
	clients     searchable = "accounts"       // of a partner
	supports    searchable = "support_grants" // of a partner
	places      searchable = "sites"          // of a partner's customers
)

// live is the condition of the rows that are in the index of PostgreSQL; SQLite's triggers see to it themselves.
func (t searchable) live() string {
	if t == memberships || t == devices {
		return " and removed_at = 0"
	}
	return ""
}

// owner is the column that says whose a row is.
func (t searchable) owner() string {
	if t == clients || t == supports || t == places {
		return "partner_id"
	}
	return "account_id"
}

// along is, for the end of a statement about a company's rows, an order that an index keeps them in, from one end or the
// other; a removed site is in none.
func (t searchable) along(direction string) string {
	columns := map[searchable]string{
		memberships: "kind, name_key, id", devices: "site_id, place_key, id", history: "at, id", ledgers: "seq, id",
		clients: "name_key, id", supports: "changed_at, id", places: "name_key, id",
	}[t]
	live := t.live()
	if t == places {
		live = " and removed_at = 0"
	}
	return fmt.Sprintf("%s order by %s %s", live, strings.ReplaceAll(columns, ",", " "+direction+","), direction)
}

// found is what a search came to.
type found struct {
	table    searchable
	engine   engine
	words    []string
	asked    []string // of these, the ones that the index is asked for; the others are compared in the rows it gives
	frequent bool
	rows     []any // when not frequent: rowids on SQLite, ids on PostgreSQL
	some     []any // when frequent: the first of them
}

// find searches the rows of one account that are not removed.
func (s *Store) find(ctx context.Context, q querier, table searchable, account, typed string) (found, error) {
	f := found{table: table, engine: s.engine, words: searchWords(typed)}
	if len(f.words) == 0 || len(f.words) > mostWords {
		return f, nil
	}
	var err error
	if f.asked, err = s.uncommon(ctx, q, table, account, f.words); err != nil {
		return f, fmt.Errorf("search %s: %w", table, err)
	}
	if s.engine == sqlite {
		// The account is matched by a digest of its id; the list's own account_id = $1 makes it exact.
		var rows []int64
		var few bool
		if rows, few, err = s.findByPart(ctx, q, f, account); err == nil && !few {
			rows, err = s.match(ctx, q, f, account)
		}
		f.rows = values(rows)
	} else {
		var rows []string
		rows, err = s.findByLook(ctx, q, f, account)
		f.rows = values(rows)
	}
	if err != nil {
		return f, fmt.Errorf("search %s: %w", table, err)
	}
	if len(f.rows) > s.fewest {
		f.frequent, f.rows, f.some = true, nil, f.rows[:s.fewest]
	}
	return f, nil
}

// findByLook is PostgreSQL's search. Its index gives the first row only when it has gathered all of them, which takes a
// tenth of a second of a million: so some rows are looked at first, and a word that every second of them has is known to be
// frequent without the index.
func (s *Store) findByLook(ctx context.Context, q querier, f found, account string) ([]string, error) {
	cond, args := f.holds("search_text", 2)
	asked, more := likeWords("search_text", f.asked, 2+len(args))
	mine := fmt.Sprintf("from %s where %s = $1", f.table, f.table.owner())
	// Planned as if all were read, read only as far as is asked for: see listing.add.
	return all(ctx, q, text, fmt.Sprintf(`with looked as materialized (select id, search_text %s%s limit %d),
		seen (n) as materialized (select id from looked where %s limit %d),
		found (n) as materialized (select id %[1]s%[7]s and %[6]s and %[4]s and (select count(*) from seen) < %[5]d)
		select n from seen where (select count(*) from seen) = %[5]d union all select n from found limit %[5]d`,
		mine, f.table.along("desc"), 2*s.fewest, cond, s.fewest+1, asked, f.table.live()), slices.Concat([]any{account}, args, more)...)
}

// looked is how many rows at each end of an order are looked at to learn which words are common.
const looked = 50

// uncommon are those of several words that the index is asked for. A word that every second row of an end has makes it no
// quicker and costs it most: of a million entries, "person 499" would take four times what "499" does. When all are common,
// the longest is asked for.
func (s *Store) uncommon(ctx context.Context, q querier, table searchable, account string, words []string) ([]string, error) {
	if len(words) < 2 {
		return words, nil
	}
	some := min(looked, s.fewest)
	common := map[string]bool{}
	for _, direction := range []string{"desc", "asc"} {
		texts, err := all(ctx, q, text, fmt.Sprintf("select search_text from %s where %s = $1%s limit %d",
			table, table.owner(), table.along(direction), some), account)
		if err != nil || len(texts) < some {
			return words, err
		}
		for _, w := range words {
			n := 0
			for _, t := range texts {
				if strings.Contains(t, w) && (!short(w) || strings.HasPrefix(t, w) || strings.Contains(t, " "+w)) {
					n++
				}
			}
			common[w] = common[w] || 2*n >= some
		}
	}
	asked := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return common[w] })
	if len(asked) == 0 {
		asked = []string{slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })}
	}
	return asked, nil
}

// holds is the condition on a row that it has all words. Said so, PostgreSQL does not read the whole posting list of a
// frequent word, and takes a third of the rows for hits: of "like" it would take one in 200, and read and sort all of a list
// rather than walk it.
func (f found) holds(column string, from int) (string, []any) {
	holds, args := likeWords(column, f.words, from)
	return "case when " + holds + " then 1 else 0 end > 0", args
}

// nothing: there were words and no row has them all.
func (f found) nothing() bool { return len(f.words) > 0 && !f.frequent && len(f.rows) == 0 }

// where is the condition for a list's where clause, with its values from $from on.
func (f found) where(alias string, from int) (string, []any) {
	switch {
	case len(f.words) == 0:
		return "1 = 1", nil
	case f.nothing():
		return "1 = 0", nil
	case f.frequent:
		return f.holds(alias+".search_text", from)
	}
	return f.among(alias, f.rows, from)
}

// among leaves some of the rows found.
func (f found) among(alias string, rows []any, from int) (string, []any) {
	// The list is filled up with its last row to a power of two: few texts, so that they stay prepared.
	last := rows[len(rows)-1]
	for len(rows)&(len(rows)-1) != 0 {
		rows = append(rows, last)
	}
	column := ".id"
	if f.engine == sqlite {
		column = ".rowid"
	}
	return alias + column + " in (" + in(len(rows), from) + ")", rows
}

// all is the statement that gives every row found, of a search with frequent words too: every row that the index gives.
func (f found) all(account string) func(*args) string {
	return func(a *args) string {
		if f.engine == sqlite {
			return fmt.Sprintf("select rowid from %s_fts where %[1]s_fts match %s", f.table, a.add(matchText(account, f.asked)))
		}
		in := a.add(account)
		cond, patterns := likeWords("search_text", f.asked, len(*a)+1)
		a.add(patterns...)
		return fmt.Sprintf("select id from %s where %s = %s%s and %s", f.table, f.table.owner(), in, f.table.live(), cond)
	}
}

// condition leaves the rows of a list that were found.
func (f found) condition(account string) condition {
	column := "id"
	if f.engine == sqlite {
		column = "rowid"
	}
	if !f.frequent {
		return condition{holds: everything, known: &handful{column, f.rows}}
	}
	return condition{more: true, loose: true, guard: len(f.asked) < len(f.words), by: column, found: []func(*args) string{f.all(account)}, holds: func(a *args) string {
		sql, more := f.where("m", len(*a)+1)
		a.add(more...)
		return sql
	}}
}

// searchWords folds what was typed the way the searched text was folded. What cannot be in a text becomes a
// character nobody has in a name: it finds nothing, and the engines never see it.
func searchWords(typed string) []string {
	const none = unicode.ReplacementChar
	typed = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return none
		}
		return r
	}, strings.ToValidUTF8(typed, string(none)))
	return strings.Fields(domain.Fold(typed))
}

// likeWords is the search said with like: what the indexes answer, one row at a time.
func likeWords(column string, words []string, from int) (string, []any) {
	var conds []string
	var args []any
	pattern := func(p string) string {
		args = append(args, p)
		return fmt.Sprintf(`%s like $%d escape '\'`, column, from+len(args)-1)
	}
	for _, w := range words {
		if short(w) {
			conds = append(conds, "("+pattern(like(w)+"%")+" or "+pattern("% "+like(w)+"%")+")")
		} else {
			conds = append(conds, pattern("%"+like(w)+"%"))
		}
	}
	return strings.Join(conds, " and "), args
}

func short(word string) bool { return utf8.RuneCountInString(word) < 3 }

// matchText is the search in FTS5's language. Words are quoted, so nothing typed is an operator in it; each is
// a run of characters in the text, a short one together with the two spaces that begin a word.
func matchText(account string, words []string) string {
	parts := []string{`account : "` + accountMark(account) + `"`}
	for _, w := range words {
		if n := utf8.RuneCountInString(w); n < 3 {
			w = strings.Repeat(" ", 3-n) + w
		}
		parts = append(parts, `text : "`+strings.ReplaceAll(w, `"`, `""`)+`"`)
	}
	return strings.Join(parts, " AND ")
}

// accountMark is the account's three characters in the index, as migration 2 makes them.
func accountMark(id string) string {
	var mark []rune
	runes := []rune(id)
	for group := range 3 {
		n := 0
		for i := range 3 {
			at := len(runes) - 9 + 3*group + i
			digit := 0
			if at >= 0 {
				digit = strings.IndexRune("0123456789abcdef", runes[at]) + 1
			}
			n = 17*n + digit
		}
		mark = append(mark, rune(19968+n))
	}
	return string(mark)
}
