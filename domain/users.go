package domain

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A User is a person: one proved address, one password, known to many accounts.
type User struct {
	ID        string
	Email     string // canonical and proved
	FirstName string
	LastName  string
	Phone     string
	Language  string // en, es or it
	TimeZone  string // IANA name
	Theme     string // light, dark or empty for the system's
	// PasswordHash is an argon2id PHC string; empty only where a person has never chosen one.
	PasswordHash string
	// PasswordChangedAt is when it was last set.
	PasswordChangedAt time.Time
	LastSignInAt      time.Time
	CreatedAt         time.Time
	Version           int
}

// Name is how the person is called on screens and in the history.
func (u User) Name() string { return fullName(u.FirstName, u.LastName, u.Email) }

func fullName(first, last, email string) string {
	if n := strings.TrimSpace(first + " " + last); n != "" {
		return n
	}
	return email
}

// Zone is the person's time zone, UTC when it is not known.
func (u User) Zone() *time.Location {
	if z, err := time.LoadLocation(u.TimeZone); err == nil {
		return z
	}
	return time.UTC
}

// Languages are the ones every string exists in.
var Languages = []string{"en", "es", "it"}

// Themes are the looks a person can choose; empty follows the system.
var Themes = []string{"", "light", "dark"}

// A PersonDraft is what somebody types about themself: on acceptance, in set-up and in the profile.
type PersonDraft struct {
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Phone     string `form:"phone"`
	Language  string `form:"language"`
	TimeZone  string `form:"time_zone"`
	Theme     string `form:"theme"`
	Version   string `form:"version"`
}

// A Person is a PersonDraft found good.
type Person struct {
	FirstName, LastName, Phone, Language, TimeZone, Theme string
}

// Check reads the draft. Phone is demanded only where texts would go to it.
func (d PersonDraft) Check(country string, phoneNeeded bool) (Person, error) {
	p := Problems{}
	out := d.read(p, country, phoneNeeded)
	return out, p.Err()
}

func (d PersonDraft) read(p Problems, country string, phoneNeeded bool) Person {
	var out Person
	out.FirstName = text(p, "first_name", d.FirstName, 100, true)
	out.LastName = text(p, "last_name", d.LastName, 100, true)
	out.Phone = phone(p, d.Phone, country, phoneNeeded)
	out.Language = choice(p, "language", d.Language, Languages)
	out.Theme = choice(p, "theme", d.Theme, Themes)
	out.TimeZone = d.TimeZone
	if out.TimeZone == "" {
		out.TimeZone = "UTC"
	}
	// LoadLocation itself refuses names that would leave the zones' folder; "Local" is the server's own zone.
	if _, err := time.LoadLocation(out.TimeZone); err != nil || out.TimeZone == "Local" {
		p.Add("time_zone", "choice")
	}
	return out
}

// ChangeProfile writes what a person says of themself and tells what changed.
func (u User) ChangeProfile(to Person, from string, now time.Time) (User, Event) {
	e := u.Event(ProfileChanged, from, now)
	for _, v := range []struct {
		what string
		old  *string
		new  string
	}{
		{"first_name", &u.FirstName, to.FirstName},
		{"last_name", &u.LastName, to.LastName},
		{"phone", &u.Phone, to.Phone},
		{"language", &u.Language, to.Language},
		{"time_zone", &u.TimeZone, to.TimeZone},
		{"theme", &u.Theme, to.Theme},
	} {
		if *v.old != v.new {
			e = e.changed(v.what, *v.old, v.new)
			*v.old = v.new
		}
	}
	u.Version++
	return u, e
}

// A PasswordDraft is somebody changing their own password.
type PasswordDraft struct {
	Current  string `form:"current"`
	Password string `form:"password"`
}

// MinPassword is the shortest password accepted, in characters; MaxPassword, in bytes, is refused before hashing.
const (
	MinPassword = 12
	MaxPassword = 256
)

// CheckPassword applies the length rule and the blocklist. Exact bytes count: nothing is trimmed or cut
// (NIST SP 800-63B: no composition rules). forbidden holds words that must not be the password: the person's
// address and name and the company's; the product's is always among them. blocked is asked about the folded
// password, and about it without the digits and marks that people put around a common one.
func CheckPassword(typed string, blocked func(string) bool, forbidden ...string) (code string) {
	switch {
	case len(typed) > MaxPassword:
		return "password_long"
	case !utf8.ValidString(typed) || strings.ContainsRune(typed, 0):
		return "characters"
	case utf8.RuneCountInString(typed) < MinPassword:
		return "password_short"
	}
	folded := Fold(typed)
	switch {
	case blocked(folded) || blocked(strings.TrimFunc(folded, filler)):
		return "password_common"
	case obvious(folded, append([]string{"gatehouse"}, forbidden...)):
		return "password_obvious"
	}
	return ""
}

// filler is what is put around and between words to make a password look like one: ASCII digits, marks and spaces.
func filler(r rune) bool { return r < utf8.RuneSelf && !unicode.IsLetter(r) }

// obvious reports whether a folded password is little more than some of the words: without them and without filler
// fewer than four characters are left. Words shorter than that are part of too many others to count.
func obvious(folded string, words []string) bool {
	const few = 4
	var parts []string
	for _, w := range words {
		split := strings.FieldsFunc(Fold(w), filler)
		parts = append(append(parts, strings.Join(split, "")), split...)
	}
	// The longest first: "gate" must not spoil "gatehouse".
	slices.SortFunc(parts, func(a, b string) int { return len(b) - len(a) })
	all := strings.Join(strings.FieldsFunc(folded, filler), "")
	left := all
	for _, w := range parts {
		if utf8.RuneCountInString(w) >= few {
			left = strings.ReplaceAll(left, w, "")
		}
	}
	return left != all && utf8.RuneCountInString(left) < few
}

// text, email, phone and choice read one field each and note what is wrong with it.
func text(p Problems, field, typed string, max int, required bool) string {
	s, code := ParseText(typed, max)
	switch {
	case code != "":
		p.Add(field, code)
	case required && !strings.ContainsFunc(s, visible):
		p.Add(field, "required")
	}
	return s
}

func email(p Problems, typed string) string {
	canonical, ok := ParseEmail(typed)
	switch {
	case strings.TrimSpace(typed) == "":
		p.Add("email", "required")
	case !ok:
		p.Add("email", "email")
	}
	return canonical
}

// visible is false for spaces and for what only joins other characters.
func visible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

func phone(p Problems, typed, country string, required bool) string {
	if typed == "" {
		if required {
			p.Add("phone", "phone_needed")
		}
		return ""
	}
	s, ok := ParsePhone(typed, country)
	if !ok {
		code := "phone"
		if northAmerican(country) {
			code = "phone_us"
		}
		p.Add("phone", code)
	}
	return s
}

func choice(p Problems, field, typed string, from []string) string {
	if !slices.Contains(from, typed) {
		p.Add(field, "choice")
	}
	return typed
}
