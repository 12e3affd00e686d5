package main

import (
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// inStatements takes out the conditions of the SQL in a declaration, one at a time. A constant that holds some becomes
// a variable.
func (t *tree) inStatements(f *file, in string, d ast.Node) {
	var within []*ast.GenDecl
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			if n.Tok == token.IMPORT {
				return false
			}
			within = append(within, n)
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(n.Value)
			if err != nil || !statement.MatchString(text) {
				return true
			}
			for _, c := range conditions(text) {
				now := strconv.Quote(text[:c.from] + c.now + text[c.to:])
				m := t.add(f, in, "sql", n, now, "mutantText(%d, ", ", "+now+")")
				m.Name = f.path + " " + in + " sql " + squeeze(text[c.from:c.to])
				for _, g := range within {
					if at := t.at(g.Pos()); g.Tok == token.CONST && at <= m.from && m.to <= t.at(g.End()) {
						f.replace[at] = "const"
					}
				}
			}
		}
		return true
	})
}

// statement is a text that looks like a piece of SQL with a condition in it.
var statement = regexp.MustCompile(`(?i)(^|\W)(where|having)\s|^\s*(and|or) [\w.(' ]+|^[\w.]+ (=|<=|>=|<>|in \(|<|>) ?|\) and `)

// one is a condition in a text, and what is written in its place.
type one struct {
	from, to int
	now      string
}

var word = regexp.MustCompile(`'(?:[^']|'')*'|[A-Za-z_][\w.]*|[()]`)

// open is a condition whose end is not found yet.
type open struct {
	from    int
	or      bool // it follows or
	between bool // the next and belongs to it
	group   bool // it stands behind a parenthesis
}

// conditions finds the conditions in a piece of SQL: what stands behind where, and, or, up to the next of these, at
// the same depth of parentheses.
func conditions(sql string) (out []one) {
	depth, cases := 0, 0
	now := map[int]*open{}
	add := func(o *open, to int, or bool) {
		if c, ok := taken(sql, o.from, to, o.or || or); ok {
			out = append(out, c)
		}
	}
	end := func(at int, or bool) {
		if o := now[depth]; o != nil {
			add(o, at, or)
		}
		delete(now, depth)
	}
	if start := strings.TrimLeft(sql, " \n\t"); bare.MatchString(start) {
		now[0] = &open{from: len(sql) - len(start)}
	}
	for _, at := range word.FindAllStringIndex(sql, -1) {
		o := now[depth]
		switch w := strings.ToLower(sql[at[0]:at[1]]); w {
		case "(":
			opens := o != nil && opening.MatchString(sql[o.from:at[0]]) && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(sql[at[1]:])), "select")
			depth++
			if opens {
				now[depth] = &open{from: at[1], group: true}
			}
		case ")":
			if o != nil && o.group && !o.or {
				delete(now, depth) // a single condition in parentheses: what is around it is taken
			} else {
				end(at[0], false)
			}
			depth--
		case "case":
			cases++
		case "end":
			cases = max(0, cases-1)
		case "where", "having":
			end(at[0], false)
			now[depth] = &open{from: at[1]}
		case "and", "or":
			if cases > 0 {
				continue
			}
			if o != nil && o.between {
				o.between = false
				continue
			}
			end(at[0], w == "or")
			now[depth] = &open{from: at[1], or: w == "or"}
		case "between":
			if o != nil {
				o.between = true
			}
		case "order", "group", "limit", "returning", "union", "join", "left", "cross", "on", "set", "from", "then", "else":
			if cases == 0 {
				end(at[0], false)
			}
		}
	}
	for _, depth = range slices.Sorted(maps.Keys(now)) {
		end(len(sql), false)
	}
	return out
}

var (
	bare     = regexp.MustCompile(`^[a-z_.]+ (=|<=|>=|<>|<|>|in \()`)
	opening  = regexp.MustCompile(`(?i)^\s*(not )?\s*$`)
	compares = regexp.MustCompile(`(?i)[=<>]|\b(in|like|exists|between|is)\b`)
	whole    = regexp.MustCompile(`^[\w.]*(id|slug|hash|user|account) = $`)
	list     = regexp.MustCompile(`^[\w.]*(id|email|email\)|slug|site|part) in \($`)
	number   = regexp.MustCompile(`^[\w.]+_(at|until) (<=|>=|=|<|>) $`)
)

// taken is the condition that holds for every row, or, beside or, for none. Nothing for what is no condition, is not
// complete in this text, or is a search, which stands alone.
func taken(sql string, from, to int, or bool) (one, bool) {
	for from < to && (sql[from] == ' ' || sql[from] == '\n' || sql[from] == '\t') {
		from++
	}
	c := strings.TrimRight(sql[from:to], " \n\t")
	if tail := sql[from:]; to == len(sql) && !or { // the other side comes from elsewhere
		switch {
		case whole.MatchString(tail):
			return one{from, to, "'' <= "}, true
		case list.MatchString(tail):
			return one{from, to, "'' not in ("}, true
		case number.MatchString(tail):
			return one{from, to, "-9000000000000000000 <= "}, true
		}
	}
	if c == "" || !compares.MatchString(c) || strings.Count(c, "(") != strings.Count(c, ")") || strings.Contains(c, " match ") {
		return one{}, false
	}
	if last := c[len(c)-1]; strings.ContainsRune("=<>,($+-*|", rune(last)) || strings.Contains(topLevel(c), ",") {
		return one{}, false
	}
	now := "(" + c + " or true)"
	if or {
		now = "(" + c + " and false)"
	}
	return one{from, from + len(c), now}, true
}

// topLevel is what stands outside parentheses.
func topLevel(s string) string {
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		default:
			if depth == 0 {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}
