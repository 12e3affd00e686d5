package domain

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
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
	local, host, _ := strings.Cut(s, "@") // without one the host is empty, and none
	if len(local) > 64 || len(s) > 254 || !dotAtom(local) || !hostName(host) || strings.Contains(local, "=?") {
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
	fits := len(digits) >= 8 && len(digits) <= 15
	if TenDigits(country) {
		fits = digits[0] == '1' && len(digits) == 11
	}
	if !fits {
		return "", false
	}
	return typed, true
}

// Anywhere is the country of people who are in no account: their phones follow E.164.
const Anywhere = "ZZ"

// TenDigits reports whether an account's phones follow the rule of seed 001; an account without a country does.
func TenDigits(country string) bool { return country == "US" || country == "CA" || country == "" }

// Fold makes two spellings of a name comparable: case, accents and width are folded (product: search and sort).
// It gives valid UTF-8 for any bytes, and folding twice changes nothing.
func Fold(s string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToValidUTF8(s, "")))
	// Lower case comes after: cases.Fold exchanges the two cases of Cherokee letters instead of making them one.
	return strings.TrimSpace(norm.NFKC.String(strokes.Replace(strings.ToLower(cases.Fold().String(bare)))))
}

// strokes folds the letters whose accent Unicode does not take apart. The dotless i is among them: who types
// "isik" finds Işık.
var strokes = strings.NewReplacer("ı", "i", "ł", "l", "ø", "o", "đ", "d", "ħ", "h", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe")

// ParseText reads one line typed by a person: valid UTF-8, no invisible or line-breaking characters, at most max runes.
// The code of the problem is empty when the text is fine. Spaces around it are cut.
func ParseText(typed string, max int) (text, code string) {
	text = strings.TrimSpace(typed)
	switch {
	case strings.ContainsFunc(typed, unprintable):
		return "", "characters"
	case utf8.RuneCountInString(text) > max:
		return "", "too_long"
	}
	return text, ""
}

// unprintable covers controls, line and paragraph separators, format characters, which disguise text, and U+FFFD: what
// any byte that is no UTF-8 reads as, and what a decoder makes of a lone surrogate. The joiners and the two plain
// direction marks are part of how some languages and emoji are written.
func unprintable(r rune) bool {
	switch r {
	case '\u200c', '\u200d', '\u200e', '\u200f':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError
}

// ParseMessage reads a few lines typed by a person; line feeds are allowed, everything else as ParseText.
func ParseMessage(typed string, max int) (text, code string) {
	lines := strings.ReplaceAll(typed, "\r\n", "\n")
	text = strings.TrimSpace(lines)
	if utf8.RuneCountInString(text) > max {
		return "", "too_long"
	}
	if _, bad := ParseText(strings.ReplaceAll(lines, "\n", " "), len(lines)); bad != "" {
		return "", bad
	}
	return text, ""
}
