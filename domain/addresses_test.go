package domain

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestPRIV10OnlyOnePlainAddress: what comes through is one bare address in its one canonical form, or nothing
// (AUTH-04, MSG-01, MSG-04).
func TestPRIV10OnlyOnePlainAddress(t *testing.T) {
	for typed, canonical := range map[string]string{
		"ana@example.com":                                             "ana@example.com",
		"Ana@EXAMPLE.com":                                             "ana@example.com",
		"  ana@example.com ":                                          "ana@example.com",
		"ana@sub.example.com":                                         "ana@sub.example.com", // an address, and not one of example.com
		"ana@evilexample.com":                                         "ana@evilexample.com",
		"ana@example.com.evil.com":                                    "ana@example.com.evil.com",
		"ana+test@example.com":                                        "ana+test@example.com", // the tag stays: it may be another mailbox
		"a.n.a@example.com":                                           "a.n.a@example.com",    // so do the dots
		"o'neil@example.com":                                          "o'neil@example.com",
		"ana_rossi-2@exa-mple.co.uk":                                  "ana_rossi-2@exa-mple.co.uk",
		"ana@xn--exmple-cua.com":                                      "ana@xn--exmple-cua.com", // an address of that other domain
		"ana@1.example.com":                                           "ana@1.example.com",
		"ana@example.c0m":                                             "ana@example.c0m",
		strings.Repeat("a", 64) + "@e.com":                            strings.Repeat("a", 64) + "@e.com",
		"a@" + strings.Repeat("b", 63) + ".":                          "",
		"a@" + strings.Repeat("b", 63) + ".com":                       "a@" + strings.Repeat("b", 63) + ".com",
		"a@" + strings.Repeat("b", 64) + ".com":                       "",
		strings.Repeat("a", 65) + "@example.com":                      "",
		"a@" + strings.Repeat(strings.Repeat("b", 49)+".", 5) + "com": "",

		// The address list of the checklist.
		"ana@example.com.":            "",
		"ana@.example.com":            "",
		"ana@example..com":            "",
		"ana@example.com@evil":        "",
		"ana@evil.com@example.com":    "",
		`"ana"@example.com`:           "",
		`"a@evil.com "@example.com`:   "",
		`ana\@evil.com@example.com`:   "",
		"ana%00@example.com":          "",
		"ana@example.com%00.evil.com": "",
		"ana\x00@example.com":         "",
		"ana@example.com\x00":         "",
		"ana@exam\x00ple.com":         "",
		"ana@example。com":             "", // ideographic full stop
		"ana@example\uff0ecom":        "", // full-width dot
		"ana＠example.com":             "", // full-width at
		"ａna@example.com":             "", // full-width letter
		"ana@exаmple.com":             "", // Cyrillic а
		"аna@example.com":             "",
		"\u212aate@example.com":       "", // the Kelvin sign, whose lower case is k
		"\u0130an@example.com":        "", // dotted capital I, whose lower case is i
		"ana@\u212aelvin.com":         "",
		"ana@exampl\u00e9.com":        "",
		"ana@192.0.2.1":               "",
		"ana@[192.0.2.1]":             "",
		"ana@[IPv6:2001:db8::1]":      "",
		"ana@localhost":               "",
		"ana@example.123":             "",
		"ana@-example.com":            "",
		"ana@example-.com":            "",
		"ana@exa_mple.com":            "",
		"ana@":                        "",
		"@example.com":                "",
		"@":                           "",
		"ana":                         "",
		"":                            "",
		" ":                           "",
		".ana@example.com":            "",
		"ana.@example.com":            "",
		"a..na@example.com":           "",
		"ana @example.com":            "",
		"ana@ example.com":            "",
		"ana@exam ple.com":            "",
		"ana\t@example.com":           "",
		"\tana@example.com":           "",
		"ana@example.com\u00a0":       "", // only plain spaces are a slip
		"ana\u200b@example.com":       "",
		"\ufeffana@example.com":       "",

		// AUTH-04, MSG-01, MSG-04: more than one, or more than an address.
		"ana@example.com,bob@example.com":         "",
		"ana@example.com, bob@example.com":        "",
		"ana@example.com;bob@example.com":         "",
		"ana@example.com bob@example.com":         "",
		"ana,bob@example.com":                     "",
		"ana@example.com\nbob@example.com":        "",
		"ana@example.com\r\nBcc: bob@example.com": "",
		"ana@example.com\n":                       "",
		"ana%0abob@example.com":                   "",
		"ana%0d%0aBcc:bob@example.com":            "",
		"ana@example.com%0d%0a":                   "",
		"ana\u2028@example.com":                   "",
		"ana@example.com\u2029":                   "",
		"<ana@example.com>":                       "",
		"Ana <ana@example.com>":                   "",
		"ana@example.com (Ana)":                   "",
		"ana(comment)@example.com":                "",
		"mailto:ana@example.com":                  "",
		"friends:ana@example.com;":                "",
		"=?utf-8?q?ana?=@example.com":             "",
		"=?utf-8?b?YW5h?=@example.com":            "",
		"ana@=?utf-8?q?example?=.com":             "",
		`["ana@example.com"]`:                     "",
		"ana@example.com?cc=bob@example.com":      "",
		"ana@example.com\xff":                     "",
		"\xed\xa0\x80ana@example.com":             "", // a lone surrogate (INP-08)
		"ana@example.com/..":                      "",
		"ana@example.com:25":                      "",
	} {
		got, ok := ParseEmail(typed)
		if got != canonical || ok != (canonical != "") {
			t.Errorf("ParseEmail(%q) = %q, %t", typed, got, ok)
		}
	}
}

func TestEmailDomain(t *testing.T) {
	for canonical, domain := range map[string]string{
		"ana@example.com": "example.com", "ana@sub.example.com": "sub.example.com", "a@evilexample.com": "evilexample.com", "": "",
	} {
		if got := EmailDomain(canonical); got != domain {
			t.Errorf("EmailDomain(%q) = %q", canonical, got)
		}
	}
}

// TestParsedAddressesArePlain: for any text, what comes through is canonical, one line, one @, printable ASCII.
func TestParsedAddressesArePlain(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"a", "Z", "9", "@", ".", "-", "+", " ", "example", "com", "K", "İ", "＠", "\n", "\r", "\x00", ",", ";", "<", ">", "(", "%", "=?", "?=", "é", "\xff"})
	rapid.Check(t, func(t *rapid.T) {
		typed := strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(t, "pieces"), "")
		if rapid.Bool().Draw(t, "any text") {
			typed = rapid.String().Draw(t, "typed")
		}
		got, ok := ParseEmail(typed)
		if !ok {
			if got != "" {
				t.Fatalf("refused, yet %q", got)
			}
			return
		}
		if strings.Count(got, "@") != 1 || len(got) > 254 || strings.ToLower(got) != got {
			t.Fatalf("%q", got)
		}
		for _, r := range got {
			if r <= ' ' || r > '~' || strings.ContainsRune(`,;:<>()[]"\%`, r) {
				t.Fatalf("%q holds %q", got, r)
			}
		}
		if again, ok := ParseEmail(got); !ok || again != got {
			t.Fatalf("%q is read as %q", got, again)
		}
		if strings.ToLower(strings.Trim(typed, " ")) != got {
			t.Fatalf("%q became %q", typed, got)
		}
	})
}

// TestINV20Phones: +1 and ten digits, nothing else, nothing stripped; elsewhere E.164.
func TestINV20Phones(t *testing.T) {
	for _, c := range []struct {
		typed     string
		us, other bool
	}{
		{"+15551234567", true, true},
		{"+10000000000", true, true},
		{"15551234567", false, false},
		{"5551234567", false, false},
		{"+1 555 123 4567", false, false},
		{"+1-555-123-4567", false, false},
		{"+1(555)1234567", false, false},
		{"+1.555.123.4567", false, false},
		{" +15551234567", false, false},
		{"+15551234567 ", false, false},
		{"+15551234567\n", false, false},
		{"+155512345678", false, true},
		{"+1555123456", false, true},
		{"+25551234567", false, true},
		{"+393331234567", false, true},
		{"+34600123456", false, true},
		{"001555123456", false, false},
		{"+015551234567", false, false},
		{"++15551234567", false, false},
		{"+1555123456a", false, false},
		{"+1555123456x7", false, false},
		{"+１5551234567", false, false}, // full-width digit
		{"+1٥551234567", false, false}, // Arabic digit
		{"+1234567", false, false},
		{"+12345678", false, true},
		{"+123456789012345", false, true},
		{"+1234567890123456", false, false},
		{"+", false, false},
		{"", false, false},
		{"+1555123456\x00", false, false},
	} {
		for country, expected := range map[string]bool{"US": c.us, "CA": c.us, "": c.us, "IT": c.other, "ES": c.other, "GB": c.other} {
			got, ok := ParsePhone(c.typed, country)
			if ok != expected || ok && got != c.typed || !ok && got != "" {
				t.Errorf("ParsePhone(%q, %q) = %q, %t", c.typed, country, got, ok)
			}
		}
	}
}

// TestINP08Texts: one printable line of valid UTF-8, or a problem (MSG-01).
func TestINP08Texts(t *testing.T) {
	for typed, expected := range map[string]string{
		"Ana":                         "Ana",
		"  Ana María  ":               "Ana María",
		"O'Neil-Smith, Jr.":           "O'Neil-Smith, Jr.",
		"李明":                          "李明",
		"עברית\u200f":                 "עברית\u200f", // a plain direction mark is part of how it is written
		"👨\u200d👩\u200d👧":             "👨\u200d👩\u200d👧",
		"می\u200cخواهم":               "می\u200cخواهم",
		"<script>alert(1)</script>":   "<script>alert(1)</script>", // markup is text; the screen escapes it
		"=?utf-8?q?Ana?=":             "=?utf-8?q?Ana?=",           // so is what looks like an encoded word; the mail encodes it
		"%0d%0aBcc: bob@example.com":  "%0d%0aBcc: bob@example.com",
		"":                            "",
		"   ":                         "",
		"Ana\nBcc: bob@example.com":   "characters",
		"Ana\r\nBcc: bob@example.com": "characters",
		"Ana\r":                       "characters",
		"\nAna":                       "characters",
		"Ana\n":                       "characters",
		"Ana\tRossi":                  "characters",
		"Ana\u2028Rossi":              "characters",
		"Ana\u2029":                   "characters",
		"Ana\u0085Rossi":              "characters",
		"Ana\x00":                     "characters",
		"\x00":                        "characters",
		"Ana\x1b[31m":                 "characters",
		"Ana\x7f":                     "characters",
		"Ana\xff":                     "characters",
		"Ana\xc3":                     "characters",
		"Ana\xed\xa0\x80":             "characters", // a lone surrogate, encoded
		"Ana\xed\xa0\xbd\xed\xb8\x80": "characters", // a pair, encoded as two
		"Ana\ufffd":                   "characters", // what a decoder makes of one
		"\xc0\xae":                    "characters", // an overlong dot
		"Ana\u202eissoR":              "characters",
		"Ana\u2066Rossi\u2069":        "characters",
		"Ana\ufeff":                   "characters",
		"Ana\u200bRossi":              "characters",
		"Ana\u00adRossi":              "characters",
		"Ana\U000e0041":               "characters",
		"0123456789":                  "0123456789",
		"0123456789 ":                 "0123456789",
		"01234567890":                 "too_long",
		"éééééééééé":                  "éééééééééé", // characters count, not bytes
	} {
		max := 100
		if strings.HasPrefix(typed, "0123") || strings.HasPrefix(typed, "éé") {
			max = 10
		}
		text, code := ParseText(typed, max)
		if got := text + code; got != expected || text != "" && code != "" || code == "" && !utf8.ValidString(text) {
			t.Errorf("ParseText(%q) = %q, %q", typed, text, code)
		}
	}
}

func TestMessages(t *testing.T) {
	for typed, expected := range map[string]string{
		"Hello":                        "Hello",
		"\n Hello\r\nyou \n\n":         "Hello\nyou",
		"Hello\n\nyou":                 "Hello\n\nyou",
		"Hello\ryou":                   "characters",
		"Hello\r":                      "characters",
		"Hello\u2028you":               "characters",
		"Hello\x00":                    "characters",
		"Hello\u202e":                  "characters",
		"Hello\xff":                    "characters",
		"":                             "",
		strings.Repeat("é", 20):        strings.Repeat("é", 20),
		strings.Repeat("é", 21):        "too_long",
		"\n" + strings.Repeat("x", 20): strings.Repeat("x", 20),
	} {
		text, code := ParseMessage(typed, 20)
		if text+code != expected || text != "" && code != "" {
			t.Errorf("ParseMessage(%q) = %q, %q", typed, text, code)
		}
	}
}

func TestFold(t *testing.T) {
	for s, expected := range map[string]string{
		"":                       "",
		"   ":                    "",
		"Ana":                    "ana",
		"ANA MARÍA":              "ana maria",
		"  Ana ":                 "ana",
		"José":                   "jose",
		"Jose\u0301":             "jose", // the accent as a character of its own
		"Ñandú":                  "nandu",
		"Zürich":                 "zurich",
		"Straße":                 "strasse",
		"STRASSE":                "strasse",
		"STRAẞE":                 "strasse",
		"ＡＣＭＥ　１２":                "acme 12", // full width
		"ｱｸﾒ":                    "アクメ",     // half width
		"ﬁn":                     "fin",
		"Ⅳ":                      "iv",
		"Işık":                   "isik",
		"ISIK":                   "isik",
		"İstanbul":               "istanbul",
		"ıstanbul":               "istanbul",
		"ΣΊΣΥΦΟΣ":                "σισυφοσ",
		"Σίσυφος":                "σισυφοσ",
		"Łódź":                   "lodz",
		"Søren Đorđević Ægir":    "soren dordevic aegir",
		"Ꭰ":                      "ꭰ",
		"ꭰ":                      "ꭰ",
		"O’Neil":                 "o’neil",
		"Ana\u00a0Rossi":         "ana rossi",
		"\u212aelvin \u212bngst": "kelvin angst",
		"Ana\xffRossi":           "anarossi",
		"\xff\xfe":               "",
		"Ana\xed\xa0\x80":        "ana",
		"100%_\\":                "100%_\\", // the wildcards of a search stay: the store escapes them
	} {
		if got := Fold(s); got != expected {
			t.Errorf("Fold(%q) = %q, want %q", s, got, expected)
		}
	}
}

// TestFoldIsAForm: folding twice changes nothing, cases do not matter, and the result can be stored.
func TestFoldIsAForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if rapid.Bool().Draw(t, "bytes") {
			s = string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		}
		once := Fold(s)
		if !utf8.ValidString(once) {
			t.Fatalf("Fold(%q) = %q", s, once)
		}
		if twice := Fold(once); twice != once {
			t.Fatalf("%q, then %q", once, twice)
		}
	})
}
