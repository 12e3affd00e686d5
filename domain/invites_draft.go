package domain

import (
	"slices"
	"strconv"
	"time"
)

// An InviteDraft is the New Invite form as typed. Scope holds "account" or site ids.
type InviteDraft struct {
	FirstName   string   `form:"first_name"`
	LastName    string   `form:"last_name"`
	Email       string   `form:"email"`
	Phone       string   `form:"phone"`
	Role        string   `form:"role"`
	Scope       []string `form:"scope"`
	NotifyEmail string   `form:"notify_email"` // "on" or empty
	NotifyText  string   `form:"notify_text"`
	EndsOn      string   `form:"ends_on"` // 2006-01-02, the last day of access in the inviter's zone
	Language    string   `form:"language"`
	Message     string   `form:"message"`
	Version     string   `form:"version"`
}

// An Invitation is an InviteDraft found good: what is offered to whom.
type Invitation struct {
	Email, FirstName, LastName, Phone, Language, Message string
	Role                                                 RoleID
	Scope                                                Scope
	NotifyEmail, NotifyText                              bool
	EndsAt                                               time.Time
	// Kind is KindUser unless a guest is invited; the rest is of guests alone.
	Kind      MembershipKind
	Grants    []Grant
	Workspace Workspace
	Company   string
	Inactive  bool
}

// membership is what is offered, before it is anybody's.
func (in Invitation) membership() Membership {
	kind := in.Kind
	if kind == "" {
		kind = KindUser
	}
	return Membership{Kind: kind, Email: in.Email, Role: in.Role, Scope: in.Scope, Grants: in.Grants}
}

// WholeAccount is the value of a scope field that means every site; ChosenSites says aloud that the sites beside it are
// meant, and none by itself.
const (
	WholeAccount = "account"
	ChosenSites  = "sites"
)

// Check reads the draft for this inviter. Roles they cannot grant and sites they cannot reach are as unknown
// as ones that do not exist. sites are the draft's site ids that exist in the account (the store looked).
func (d InviteDraft) Check(by Actor, sites []string, now time.Time) (Invitation, error) {
	p := Problems{}
	var in Invitation
	in.Email = email(p, d.Email)
	if in.Email != "" && by.Account.Admits(in.Email) != nil {
		p.Add("email", "domain_outside", "Domain", EmailDomain(in.Email))
	}
	in.FirstName = text(p, "first_name", d.FirstName, 100)
	in.LastName = text(p, "last_name", d.LastName, 100)
	in.NotifyEmail = toggle(p, "notify_email", d.NotifyEmail)
	in.NotifyText = toggle(p, "notify_text", d.NotifyText)
	in.Phone = phone(p, d.Phone, by.Account.Country, in.NotifyText)
	in.Role = d.role(p, by)
	in.Scope = ParseScope(p, by, d.Scope, sites)
	in.EndsAt = ParseEnd(p, d.EndsOn, by.User.Zone(), now)
	in.Language = d.Language
	if in.Language == "" {
		in.Language = by.User.Language
	}
	choice(p, "language", in.Language, Languages)
	var code string
	if in.Message, code = ParseMessage(d.Message, 1000); code != "" {
		p.Add("message", code)
	}
	return in, p.Err()
}

func (d InviteDraft) role(p Problems, by Actor) RoleID {
	id := RoleID(d.Role)
	switch {
	case id == "":
		p.Add("role", "required")
	case !by.MayGrant(id): // nor what is no role
		p.Add("role", "choice")
	}
	return id
}

// ParseScope reads the values of a scope field: WholeAccount, or the ids of sites that exist and are within the actor's reach.
func ParseScope(p Problems, by Actor, typed, sites []string) Scope {
	if slices.Contains(typed, WholeAccount) {
		if !by.Scope.Covers(Node{Account: by.Account.ID}) {
			p.Add("scope", "choice")
		}
		return Whole(by.Account.ID)
	}
	typed = slices.DeleteFunc(slices.Clone(typed), func(id string) bool { return id == ChosenSites })
	scope := Sites(by.Account.ID, typed...)
	if len(typed) == 0 {
		p.Add("scope", "required")
		return nil
	}
	for _, id := range typed {
		if !slices.Contains(sites, id) || !by.Scope.Covers(Node{Account: by.Account.ID, Site: id}) {
			p.Add("scope", "choice")
		}
	}
	return scope
}

// ParseEnd reads the last day of access; access ends when that day does, in the given zone.
// LastDay is its inverse.
func ParseEnd(p Problems, typed string, zone *time.Location, now time.Time) time.Time {
	if typed == "" {
		return time.Time{}
	}
	day, err := time.Parse(dayLayout, typed)
	if err != nil || day.Year() > 9000 {
		p.Add("ends_on", "date")
		return time.Time{}
	}
	end := startOfDay(day.Year(), day.Month(), day.Day()+1, zone)
	if !end.After(now) {
		p.Add("ends_on", "past")
	}
	return end
}

// dayLayout is how a form's date field writes a day.
const dayLayout = "2006-01-02"

// startOfDay is the first moment of a day. Where the clocks jump over midnight (Havana, Beirut, Santiago) it is the
// moment of the jump, which time.Date gives as an hour of the day before in some zones.
func startOfDay(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if t.Hour() > 12 {
		_, t = t.ZoneBounds()
	}
	return t
}

// LastDay is the last day on which somebody has access, as a form's date field writes it: what ParseEnd reads.
// It is empty for access without an end.
func LastDay(end time.Time, zone *time.Location) string {
	if end.IsZero() {
		return ""
	}
	return end.Add(-time.Nanosecond).In(zone).Format(dayLayout)
}

func toggle(p Problems, field, typed string) bool {
	if typed != "" && typed != "on" {
		p.Add(field, "choice")
	}
	return typed == "on"
}

// FormatScope turns the scope of staff, which is the account or sites, into the values of a scope field.
func FormatScope(s Scope) []string {
	if s.AccountWide() {
		return []string{WholeAccount}
	}
	return s.SiteIDs()
}

// Draft is the invite as its form shows it: what Correct starts from.
func (m Membership) Draft(zone *time.Location) InviteDraft {
	d := InviteDraft{
		FirstName: m.FirstName, LastName: m.LastName, Email: m.Email, Phone: m.Phone, Role: string(m.Role),
		Scope: FormatScope(m.Scope), EndsOn: LastDay(m.EndsAt, zone), Language: m.Language, Message: m.Message,
		Version: strconv.Itoa(m.Version),
	}
	if m.NotifyEmail {
		d.NotifyEmail = "on"
	}
	if m.NotifyText {
		d.NotifyText = "on"
	}
	return d
}
