package domain

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// ParseEmail reads one bare address and returns its canonical form: lower case, plain ASCII.
// It accepts the dot-atom form of RFC 5322 with a host name of RFC 1123 and nothing else: no display
// name, quotes, comments, address lists, IP literals or look-alike letters (PRIV-10, MSG-04, AUTH-04).
// Percent signs and what reads as an encoded word are refused too: some mail programs decode them.
// Spaces around it are a slip of the keyboard and are cut.
func ParseEmail(typed string) (string, bool) {
	// Only ASCII is put in lower case: by Unicode's rules the Kelvin sign would turn into a k.
	s := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, strings.Trim(typed, " "))
	local, host, ok := strings.Cut(s, "@")
	if !ok || len(local) > 64 || len(s) > 254 || !dotAtom(local) || !hostName(host) || strings.Contains(local, "=?") {
		return "", false
	}
	return s, true
}

// EmailDomain is the part after the @ of a canonical address.
func EmailDomain(canonical string) string {
	_, host, _ := strings.Cut(canonical, "@")
	return host
}

func dotAtom(s string) bool {
	for _, atom := range strings.Split(s, ".") {
		if atom == "" || strings.Trim(atom, "abcdefghijklmnopqrstuvwxyz0123456789!#$&'*+-/=?^_`{|}~") != "" {
			return false
		}
	}
	return true
}

func hostName(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	top := labels[len(labels)-1]
	return len(labels) >= 2 && strings.Trim(top, "0123456789") != ""
}

// ParsePhone reads a phone number by the account's country. In the US (and Canada) it starts with +1
// followed by ten digits with nothing between them (seed 001); elsewhere it is E.164: + and 8 to 15 digits.
// Nothing is stripped silently.
func ParsePhone(typed, country string) (string, bool) {
	digits, ok := strings.CutPrefix(typed, "+")
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' {
		return "", false
	}
	if country == "US" || country == "CA" || country == "" {
		return typed, digits[0] == '1' && len(digits) == 11
	}
	return typed, len(digits) >= 8 && len(digits) <= 15
}

// Fold makes two spellings of a name comparable: case, accents and width are folded (product: search and sort).
func Fold(s string) string {
	strip := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFKC)
	out, _, err := transform.String(strip, s)
	if err != nil {
		// Only invalid UTF-8 gets here, and ParseText keeps it out of every stored field.
		out = strings.ToValidUTF8(s, "")
	}
	return strings.TrimSpace(cases.Fold().String(out))
}

// ParseText reads one line typed by a person: valid UTF-8, no control or line-breaking characters, at most max runes.
// The code of the problem is empty when the text is fine. Spaces around it are cut.
func ParseText(typed string, max int) (text, code string) {
	text = strings.TrimSpace(typed)
	switch {
	case strings.ToValidUTF8(text, "") != text || strings.ContainsFunc(text, unprintable):
		return "", "characters"
	case len([]rune(text)) > max:
		return "", "too_long"
	}
	return text, ""
}

// unprintable covers controls, line and paragraph separators, and the direction marks that disguise text.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' ||
		(r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069')
}

// ParseMessage reads a few lines typed by a person; line feeds are allowed, everything else as ParseText.
func ParseMessage(typed string, max int) (text, code string) {
	text = strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if _, bad := ParseText(strings.ReplaceAll(text, "\n", " "), max); bad != "" {
		return "", bad
	}
	return text, ""
}
