package domain

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the zones people live in, on machines that have no database of them
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
	// PasswordHash is an argon2id PHC string; empty where it was voided: then nothing lets the person in, not a passkey
	// either, before they have set another.
	PasswordHash string
	// PasswordChangedAt is when it was last set.
	PasswordChangedAt time.Time
	// SecondFactor says that the person has one that is confirmed: their password alone does not sign them in.
	SecondFactor bool
	// AppAt is when their authenticator app was confirmed, zero without one; Passkeys is how many they have.
	AppAt        time.Time
	Passkeys     int
	LastSignInAt time.Time
	CreatedAt    time.Time
	Version      int
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
	if z, ok := loadedZones.Load(u.TimeZone); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(u.TimeZone)
	if err != nil {
		return time.UTC
	}
	loadedZones.Store(u.TimeZone, z)
	return z
}

// loadedZones keeps the zones that were asked for: each is a file, read and parsed.
var loadedZones sync.Map

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

// Draft is the person as their own form shows them.
func (u User) Draft() PersonDraft {
	return PersonDraft{
		FirstName: u.FirstName, LastName: u.LastName, Phone: u.Phone, Language: u.Language, TimeZone: u.TimeZone, Theme: u.Theme,
		Version: strconv.Itoa(u.Version),
	}
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
	out.FirstName = text(p, "first_name", d.FirstName, 100)
	out.LastName = text(p, "last_name", d.LastName, 100)
	out.Phone = phone(p, d.Phone, country, phoneNeeded)
	out.Language = choice(p, "language", d.Language, Languages)
	out.Theme = choice(p, "theme", d.Theme, Themes)
	out.TimeZone = d.TimeZone
	if out.TimeZone == "" {
		out.TimeZone = "UTC"
	}
	if !knownZone(out.TimeZone) {
		p.Add("time_zone", "choice")
	}
	return out
}

// knownZone reports whether there is a time zone of that name. LoadLocation itself refuses names that would leave the
// zones' folder; "Local" is the server's own zone.
func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
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

// A ForgotDraft asks for a link to set a new password.
type ForgotDraft struct {
	Email string `form:"email"`
}

// Check reads the draft: only whether it is an address at all, never whose (AUTH-03, AUTH-04).
func (d ForgotDraft) Check() error {
	p := Problems{}
	email(p, d.Email)
	return p.Err()
}

// A ResetDraft is the new password of somebody who has a link to set it.
type ResetDraft struct {
	Password string `form:"password"`
}

// An AcceptDraft is the form of somebody who accepts an invite. A person who is known signs in with the password alone;
// a new one chooses it. The address is the invite's and has no field (INV-07).
type AcceptDraft struct {
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Phone     string `form:"phone"`
	TimeZone  string `form:"time_zone"`
	Password  string `form:"password"`
}

// Person is what the draft says of a new person, who reads in the given language. Nobody types the time zone there: the
// browser tells it, and one that is not known here counts as not told.
func (d AcceptDraft) Person(language string) PersonDraft {
	if !knownZone(d.TimeZone) {
		d.TimeZone = ""
	}
	return PersonDraft{FirstName: d.FirstName, LastName: d.LastName, Phone: d.Phone, Language: language, TimeZone: d.TimeZone}
}

// Check reads what a new person typed, against the invite and its account. blocked knows the passwords that everybody
// tries first.
func (d AcceptDraft) Check(m Membership, to Account, blocked func(string) bool) error {
	p := Problems{}
	d.Person(Languages[0]).read(p, to.Country, m.NotifyText)
	least := PasswordLength(false, to.Policy)
	if code := CheckPassword(d.Password, least, blocked, m.Email, d.FirstName+" "+d.LastName, to.Name); code != "" {
		p.Add("password", code, "Least", strconv.Itoa(least))
	}
	return p.Err()
}

// MinPassword is the shortest password accepted, in characters, and MinPasswordBeside that of somebody who has a second
// factor (safety.md, C6); MaxPassword, in bytes, is refused before hashing.
const (
	MinPassword       = 12
	MinPasswordBeside = 8
	MaxPassword       = 256
)

// Outgrown reports whether a password that is right has become too short to go on with: it was chosen beside a second
// factor that the person no longer has.
func (u User) Outgrown(password string) bool {
	return !u.SecondFactor && utf8.RuneCountInString(password) < MinPassword
}

// CheckPassword applies the length rule and the blocklist. Exact bytes count: nothing is trimmed or cut
// (NIST SP 800-63B: no composition rules). forbidden holds words that must not be the password: the person's
// address and name and the company's, each looked for whole and in its parts; the product's is always among them. blocked is asked about the folded
// password, and about it without the digits and marks that people put around a common one.
func CheckPassword(typed string, least int, blocked func(string) bool, forbidden ...string) (code string) {
	switch {
	case len(typed) > MaxPassword:
		return "password_long"
	case !utf8.ValidString(typed) || strings.ContainsRune(typed, 0):
		return "characters"
	case utf8.RuneCountInString(typed) < least:
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
func text(p Problems, field, typed string, max int) string {
	s, code := ParseText(typed, max)
	switch {
	case code != "":
		p.Add(field, code)
	case !strings.ContainsFunc(s, visible):
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
		if TenDigits(country) {
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
