package domain

import (
	"slices"
	"strconv"
	"time"
)

// The sections of Security Settings; each is a form of its own.
const (
	SectionInvites       = "invites"
	SectionNotifications = "notifications"
	SectionFactors       = "factors"
	SectionSessions      = "sessions"
	SectionPasswords     = "passwords"
)

// A SecurityDraft is one section's form as typed. The fields of other sections are not looked at.
type SecurityDraft struct {
	Section string `form:"section"`
	Version string `form:"version"`

	InviteDays string `form:"invite_days"`
	Reminders  string `form:"reminders"` // "on" or empty
	WhoInvites string `form:"who_invites"`

	LowerOwn string `form:"lower_own"` // "on" or empty

	SecondFactor     string `form:"second_factor"`
	SecondFactorFrom string `form:"second_factor_from"` // 2006-01-02, the first day in the zone of who fills it in; empty is at once

	SessionIdle string `form:"session_idle"` // minutes, or ServersLimit
	SessionAge  string `form:"session_age"`

	MinPassword string `form:"min_password"`
}

// Values of fields of a SecurityDraft.
const (
	FactorOptionalValue = "optional"
	ServersLimit        = "server"
	AccountInvites      = "account"
	SitesInvite         = "sites"
)

// Bounds are what the server allows, and how long a trial is.
type Bounds struct {
	SessionIdle, SessionAge time.Duration
	Trial                   time.Duration
}

// The session limits that can be chosen, in minutes.
var (
	IdleChoices = []int{5, 10, 15, 30, 60, 120}
	AgeChoices  = []int{60, 120, 240, 480, 720, 1440}
)

// ShortestPassword and LongestDemand are what an account can demand of passwords.
const (
	ShortestDemand = MinPassword
	LongestDemand  = 64
)

// Security is a section's form as it stands, for a reader in this zone.
func (a Account) Security(zone *time.Location) SecurityDraft {
	p := a.Policy
	d := SecurityDraft{
		Version: strconv.Itoa(p.Version), InviteDays: strconv.Itoa(int(a.Period() / (24 * time.Hour))), WhoInvites: AccountInvites,
		SecondFactor: string(p.SecondFactor), SessionIdle: minutes(p.SessionIdle), SessionAge: minutes(p.SessionAge),
		MinPassword: strconv.Itoa(PasswordLength(false, p)),
	}
	if a.Reminders {
		d.Reminders = "on"
	}
	if a.SiteAdminsInvite {
		d.WhoInvites = SitesInvite
	}
	if p.LowerOwn {
		d.LowerOwn = "on"
	}
	if p.SecondFactor == FactorOptional {
		d.SecondFactor = FactorOptionalValue
	}
	if !p.SecondFactorFrom.IsZero() {
		d.SecondFactorFrom = p.SecondFactorFrom.In(zone).Format(dayLayout)
	}
	return d
}

// Typed is the draft with the fields of one section as typed.
func (d SecurityDraft) Typed(by SecurityDraft) SecurityDraft {
	switch d.Section = by.Section; by.Section {
	case SectionInvites:
		d.InviteDays, d.Reminders, d.WhoInvites = by.InviteDays, by.Reminders, by.WhoInvites
	case SectionNotifications:
		d.LowerOwn = by.LowerOwn
	case SectionFactors:
		d.SecondFactor, d.SecondFactorFrom = by.SecondFactor, by.SecondFactorFrom
	case SectionSessions:
		d.SessionIdle, d.SessionAge = by.SessionIdle, by.SessionAge
	case SectionPasswords:
		d.MinPassword = by.MinPassword
	}
	return d
}

// A LowerDraft switches one's own channel off: each field is the membership it is off for, or empty.
type LowerDraft struct {
	Email string `form:"email"`
	Text  string `form:"text"`
}

func minutes(d time.Duration) string {
	if d == 0 {
		return ServersLimit
	}
	return strconv.Itoa(int(d / time.Minute))
}

// ChangeSecurity makes what one section's form asks for. Nothing changed is the zero Event. An older version than the
// policy's is ErrStale. Guards that would keep their author out are a problem of the field.
func (a Account) ChangeSecurity(d SecurityDraft, by Actor, bounds Bounds, now time.Time) (Account, Event, error) {
	if err := a.mayGuard(by, d.Version); err != nil {
		return a, Event{}, err
	}
	p, after, to := Problems{}, a, a.Policy.Guards
	switch d.Section {
	case SectionInvites:
		after.InviteDays = whole(p, "invite_days", d.InviteDays, 1, 30)
		after.Reminders = toggle(p, "reminders", d.Reminders)
		after.SiteAdminsInvite = choice(p, "who_invites", d.WhoInvites, []string{AccountInvites, SitesInvite}) == SitesInvite
	case SectionNotifications:
		after.Policy.LowerOwn = toggle(p, "lower_own", d.LowerOwn)
	case SectionPasswords:
		after.Policy.MinPassword = whole(p, "min_password", d.MinPassword, ShortestDemand, LongestDemand)
		if after.Policy.MinPassword == MinPassword {
			after.Policy.MinPassword = 0
		}
	case SectionSessions:
		to.SessionIdle = limit(p, "session_idle", d.SessionIdle, IdleChoices, bounds.SessionIdle, to.SessionIdle)
		to.SessionAge = limit(p, "session_age", d.SessionAge, AgeChoices, bounds.SessionAge, to.SessionAge)
	case SectionFactors:
		to = d.factors(p, to, by, now)
	default:
		p.Add("section", "choice")
	}
	if err := p.Err(); err != nil {
		return a, Event{}, err
	}
	return a.changed(after, to, by, bounds, now)
}

// factors reads the section about second factors. Whoever demands one has one: else the day it is in force would be the
// day its author is out.
func (d SecurityDraft) factors(p Problems, to Guards, by Actor, now time.Time) Guards {
	was := by.Account.Security(by.User.Zone()).SecondFactorFrom
	rule := choice(p, "second_factor", d.SecondFactor, []string{FactorOptionalValue, string(FactorForSettings), string(FactorForAll)})
	if rule == FactorOptionalValue {
		to.SecondFactor, to.SecondFactorFrom = FactorOptional, time.Time{}
		return to
	}
	to.SecondFactor = FactorRule(rule)
	if d.SecondFactorFrom != was || d.SecondFactorFrom == "" { // the day it has had for long is not judged anew
		to.SecondFactorFrom = firstDay(p, "second_factor_from", d.SecondFactorFrom, by.User.Zone(), now)
	}
	if to.concerns(by.Role) && !by.User.SecondFactor {
		p.Add("second_factor", "factor_first")
	}
	return to
}

// DomainsDraft is the form of the allowed domains: first what to add or take away, then the whole list that is to be.
type DomainsDraft struct {
	Add     string   `form:"add"`    // a typed or pasted list
	Remove  string   `form:"remove"` // one listed domain
	Domains []string `form:"domain"`
	Own     string   `form:"own"` // "on": the author knows that their own address is left out
	Version string   `form:"version"`
}

// Proposed reads what is to be added and taken away, and gives the list that would be. Problems name the field "add".
func (d DomainsDraft) Proposed(a Account) (AllowedDomains, error) {
	p := Problems{}
	to := a.Policy.Domains
	switch {
	case d.Remove != "":
		to = to.Without(d.Remove)
	default:
		more := ParseDomains(p, "add", d.Add)
		if len(more) == 0 {
			p.Add("add", "required")
		}
		to = to.With(more...)
	}
	if len(to) > MostDomains {
		p.Add("add", "domains_many")
	}
	if len(p) == 0 && slices.Equal(to, a.Policy.Domains) {
		p.Add("add", "domains_same")
	}
	return to, p.Err()
}

// Listed reads the whole list that is to be. Problems name the field "domain".
func (d DomainsDraft) Listed() (AllowedDomains, error) {
	p := Problems{}
	to := d.listed(p)
	return to, p.Err()
}

func (d DomainsDraft) listed(p Problems) AllowedDomains {
	var to AllowedDomains
	for _, typed := range d.Domains {
		to = append(to, ParseDomains(p, "domain", typed)...)
	}
	if to = to.With(); len(to) > MostDomains {
		p.Add("domain", "domains_many")
	}
	return to
}

// LeavesOut reports whether a list leaves out the address of whoever is about to set it.
func (a Actor) LeavesOut(d AllowedDomains) bool {
	account := a.Account
	account.Policy.Domains = d
	return account.Admits(a.User.Email) != nil
}

// ChangeDomains lets an account admit the addresses of these domains only; none admits all. An author whose own address
// is not among them says that they know it ("own"). ErrStale as ChangeSecurity.
func (a Account) ChangeDomains(d DomainsDraft, by Actor, bounds Bounds, now time.Time) (Account, Event, error) {
	if err := a.mayGuard(by, d.Version); err != nil {
		return a, Event{}, err
	}
	p, to := Problems{}, a.Policy.Guards
	to.Domains = d.listed(p)
	if by.LeavesOut(to.Domains) && d.Own != "on" {
		p.Add("own", "domain_own", "Email", by.User.Email)
	}
	if err := p.Err(); err != nil {
		return a, Event{}, err
	}
	return a.changed(a, to, by, bounds, now)
}

// mayGuard is the gate before every change of Security Settings.
func (a Account) mayGuard(by Actor, version string) error {
	switch {
	case by.Account.ID != a.ID:
		return ErrNotFound
	case !by.Can(EditSecurity):
		return ErrForbidden
	case version != strconv.Itoa(a.Policy.Version):
		return ErrStale
	}
	return nil
}

// changed puts the guards in force and tells what has changed; the zero Event when nothing has.
func (a Account) changed(after Account, to Guards, by Actor, bounds Bounds, now time.Time) (Account, Event, error) {
	if !to.Equal(a.Policy.Guards) {
		after.Policy = after.Policy.guard(to, by, bounds.Trial, now)
	}
	e := a.event(SecurityChanged, by, now).told(a, after)
	if len(e.After) == 0 {
		return a, Event{}, nil
	}
	return after, e, nil
}

// whole reads a whole number within bounds.
func whole(p Problems, field, typed string, least, most int) int {
	n, err := strconv.Atoi(typed)
	if err != nil || n < least || n > most || strconv.Itoa(n) != typed {
		p.Add(field, "between", "Least", strconv.Itoa(least), "Most", strconv.Itoa(most))
	}
	return n
}

// limit reads a session limit: one of the choices, and never longer than the server's. The one there is stays possible.
func limit(p Problems, field, typed string, choices []int, server, now time.Duration) time.Duration {
	if typed == ServersLimit {
		return 0
	}
	n, err := strconv.Atoi(typed)
	d := time.Duration(n) * time.Minute
	if d == now && err == nil && now != 0 {
		return d
	}
	if err != nil || !slices.Contains(choices, n) || d > server {
		p.Add(field, "choice")
	}
	return d
}

// firstDay reads the day something begins to hold; empty is at once.
func firstDay(p Problems, field, typed string, zone *time.Location, now time.Time) time.Time {
	if typed == "" {
		return time.Time{}
	}
	day, err := time.Parse(dayLayout, typed)
	if err != nil || day.Year() > 9000 {
		p.Add(field, "date")
		return time.Time{}
	}
	from := startOfDay(day.Year(), day.Month(), day.Day(), zone)
	if from.AddDate(0, 0, 1).Before(now) {
		p.Add(field, "past")
	}
	return from
}
