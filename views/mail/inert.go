package mail

import (
	"strings"
	"unicode"
)

// gap is a zero-width space: nobody sees it, and no mail program reads across it.
const gap = '\u200b'

// marks are what addresses are made of, besides letters and digits.
const marks = ".:@/。．"

// joins reports whether an address can go on with this rune.
func joins(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(marks+"_-", r)
}

// inert keeps what somebody typed on one line and from becoming a link: mail programs make one of everything that
// looks like an address, so a name such as "evil.example/login" would be clickable (MSG-02). A gap on
// each side of the marks between letters breaks them apart.
func inert(s string) string {
	s = line(s)
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		if strings.ContainsRune(marks, r) && i > 0 && joins(runes[i-1]) && i < len(runes)-1 && joins(runes[i+1]) {
			b.WriteRune(gap)
			b.WriteRune(r)
			b.WriteRune(gap)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// line makes one line of printable text of whatever is there: nothing in it can end a header or a line, turn the
// reading direction round, or pass for an encoded word (MSG-01). The forms refuse such text; this is for
// what came another way.
func line(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "=?", "= ?")
}

// quote is a message of several lines, each inert, in quotation marks; none when it is empty.
func quote(s string) []string {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil
	}
	var out []string
	for l := range strings.SplitSeq("“"+s+"”", "\n") {
		out = append(out, inert(l))
	}
	return out
}
