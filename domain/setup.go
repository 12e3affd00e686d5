package domain

import (
	"strconv"
	"strings"
	"time"
)

// Countries are the ones a company can be of; the country decides the phone rule.
var Countries = []string{"US", "CA", "ES", "IT", "GB", "DE", "FR", "MX"}

// A SetupDraft is the set-up form as typed: the partner company and its first Master (seed 002).
type SetupDraft struct {
	Company   string `form:"company"`
	Country   string `form:"country"`
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Email     string `form:"email"`
	Phone     string `form:"phone"`
	Language  string `form:"language"`
	TimeZone  string `form:"time_zone"`
	Password  string `form:"password"`
}

// A Setup is a SetupDraft found good.
type Setup struct {
	Company, Country, Email, Password string
	Person                            Person
}

// Check reads the draft. blocked knows the passwords that everybody tries first.
func (d SetupDraft) Check(blocked func(string) bool) (Setup, error) {
	p := Problems{}
	out := Setup{Password: d.Password}
	out.Company = text(p, "company", d.Company, 100)
	out.Country = choice(p, "country", d.Country, Countries)
	out.Email = email(p, d.Email)
	person := PersonDraft{FirstName: d.FirstName, LastName: d.LastName, Phone: d.Phone, Language: d.Language, TimeZone: d.TimeZone}
	out.Person = person.read(p, d.Country, false)
	if code := CheckPassword(d.Password, MinPassword, blocked, d.Email, d.FirstName+" "+d.LastName, d.Company); code != "" {
		p.Add("password", code, "Least", strconv.Itoa(MinPassword))
	}
	return out, p.Err()
}

// Begin makes the partner and its first Master, who is in at once: nobody could have invited them.
// account and user are the ids they get.
func (s Setup) Begin(account, user, passwordHash, from string, now time.Time) (Account, User, Membership, []Event) {
	a := Account{
		ID: account, Slug: Slug(s.Company), Name: s.Company, Kind: Partner, Country: s.Country, InviteDays: DefaultInviteDays, Reminders: true, CreatedAt: now,
	}
	u := User{
		ID: user, Email: s.Email, FirstName: s.Person.FirstName, LastName: s.Person.LastName, Phone: s.Person.Phone, Language: s.Person.Language,
		TimeZone: s.Person.TimeZone, PasswordHash: passwordHash, PasswordChangedAt: now, CreatedAt: now, Version: 1,
	}
	m := Membership{
		AccountID: a.ID, Kind: KindUser, UserID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Phone: u.Phone, Language: u.Language,
		Role: RoleMaster, Scope: Whole(a.ID), NotifyEmail: true, InvitedBy: u.ID, InviterName: u.Name(),
		SentAt: now, ExpiresAt: now.Add(a.Period()), AcceptedAt: now, CreatedAt: now, Mail: Mail{State: MailNotMailed, At: now},
	}
	created := u.Event(AccountCreated, from, now)
	created.AccountID, created.SubjectID, created.SubjectName = a.ID, a.ID, a.Name
	return a, u, m, []Event{created, m.event(InviteAccepted, Actor{User: u, From: from}, now).changed("role", "", string(m.Role))}
}

// Slug makes a company's name fit for an address: lower-case letters and digits with dashes between the words.
func Slug(name string) string {
	words := strings.FieldsFunc(Fold(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	s := strings.Join(words, "-")
	s = strings.Trim(s[:min(len(s), 40)], "-")
	if s == "" {
		return "company"
	}
	return s
}
