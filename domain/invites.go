package domain

import (
	"slices"
	"strings"
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
}

// WholeAccount is the value of a scope field that means every site.
const WholeAccount = "account"

// Check reads the draft for this inviter. Roles they cannot grant and sites they cannot reach are as unknown
// as ones that do not exist. sites are the draft's site ids that exist in the account (the store looked).
func (d InviteDraft) Check(by Actor, sites []string, now time.Time) (Invitation, error) {
	p := Problems{}
	var in Invitation
	if d.Email == "" {
		p.Add("email", "required")
	} else if email, ok := ParseEmail(d.Email); ok {
		in.Email = email
	} else {
		p.Add("email", "email")
	}
	in.FirstName = text(p, "first_name", d.FirstName, 100, true)
	in.LastName = text(p, "last_name", d.LastName, 100, true)
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
	role, ok := ParseRole(d.Role, by.Account.Kind)
	switch {
	case d.Role == "":
		p.Add("role", "required")
	case !ok || !by.Role.Grants(role.ID):
		p.Add("role", "choice")
	}
	return role.ID
}

// ParseScope reads the values of a scope field: "account", or the ids of sites that exist and are within the actor's reach.
func ParseScope(p Problems, by Actor, typed, sites []string) Scope {
	if slices.Contains(typed, WholeAccount) {
		if !by.Scope.AccountWide() {
			p.Add("scope", "choice")
		}
		return Whole(by.Account.ID)
	}
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
func ParseEnd(p Problems, typed string, zone *time.Location, now time.Time) time.Time {
	if typed == "" {
		return time.Time{}
	}
	day, err := time.ParseInLocation("2006-01-02", typed, zone)
	if err != nil || day.Year() > 9000 {
		p.Add("ends_on", "date")
		return time.Time{}
	}
	end := day.AddDate(0, 0, 1)
	if !end.After(now) {
		p.Add("ends_on", "past")
	}
	return end
}

// Zone is the person's time zone, UTC when it is not known.
func (u User) Zone() *time.Location {
	if z, err := time.LoadLocation(u.TimeZone); err == nil {
		return z
	}
	return time.UTC
}

func toggle(p Problems, field, typed string) bool {
	if typed != "" && typed != "on" {
		p.Add(field, "choice")
	}
	return typed == "on"
}

// MayOffer answers whether the actor may offer this role on this scope now: asked at every send and again
// at acceptance, of whoever stands behind the invite then.
func (a Actor) MayOffer(role RoleID, scope Scope) error {
	switch {
	case !a.Can(CreateInvites):
		return ErrForbidden
	case !a.Role.Grants(role):
		return forbidden("role_above")
	case !a.Scope.Contains(scope):
		return forbidden("scope_beyond")
	}
	return nil
}

// Invite offers access to an address. have is the membership the address has in this account, zero if none:
// a closed one (revoked, expired, declined) is replaced by the new offer, an open or accepted one is a problem
// of the e-mail field (seed 000: a fresh, corrected invite can be sent after revoking).
func Invite(have Membership, in Invitation, by Actor, now time.Time) (Membership, Event, error) {
	if err := by.MayOffer(in.Role, in.Scope); err != nil {
		return have, Event{}, err
	}
	m := have
	if m.ID == "" || m.State(now) == StateRemoved {
		m = Membership{AccountID: by.Account.ID, Kind: KindUser, Email: in.Email, CreatedAt: now}
	} else if code, taken := takenCode[m.State(now)]; taken {
		return have, Event{}, Problems{"email": {Code: code}}
	}
	m = m.offer(in).send(by, now)
	return m, m.event(InviteSent, by, now).changed("role", "", string(m.Role)).changed("scope", "", m.Scope.String()), nil
}

var takenCode = map[State]string{
	StatePending: "already_invited", StateAccepted: "already_in", StateSuspended: "already_in_disabled", StateEnded: "already_in_ended",
}

// Resend makes a new link and a new period from Pending, Expired, Revoked or Declined; the old link is dead at once.
// Whoever may invite stands behind the offer from now on; support staff resend under the authority it had.
func (m Membership) Resend(by Actor, now time.Time) (Membership, Event, error) {
	if err := m.resendable(by, now); err != nil {
		return m, Event{}, err
	}
	authority := m
	m = m.send(by, now)
	if !by.Role.May(CreateInvites) {
		m.InvitedBy, m.InviterName = authority.InvitedBy, authority.InviterName
	}
	return m, m.event(InviteResent, by, now), nil
}

func (m Membership) resendable(by Actor, now time.Time) error {
	if !by.Can(ResendInvites) {
		return ErrForbidden
	}
	if err := by.MayTouch(m); err != nil {
		return err
	}
	switch m.State(now) {
	case StateRemoved:
		return ErrNotFound
	case StateAccepted, StateSuspended, StateEnded:
		return stale("already_accepted")
	}
	if by.Role.May(CreateInvites) {
		if err := by.MayOffer(m.Role, m.Scope); err != nil {
			return err
		}
	}
	if !m.EndsAt.IsZero() && !m.EndsAt.After(now) {
		return stale("end_passed")
	}
	return nil
}

// Correct replaces role, scope and details in one step and sends again: the old link is dead at once.
// The address stays; a wrong address is revoked and invited anew.
func (m Membership) Correct(in Invitation, by Actor, now time.Time) (Membership, Event, error) {
	if err := m.resendable(by, now); err != nil && !isCode(err, "end_passed") {
		return m, Event{}, err
	}
	if err := by.MayOffer(in.Role, in.Scope); err != nil {
		return m, Event{}, err
	}
	if in.Email != m.Email {
		return m, Event{}, Problems{"email": {Code: "email_fixed"}}
	}
	before := m
	m = m.offer(in).send(by, now)
	e := m.event(InviteCorrected, by, now).changed("role", string(before.Role), string(m.Role)).changed("scope", before.Scope.String(), m.Scope.String())
	return m, e, nil
}

// Revoke withdraws an invite; only from Pending (seed 002).
func (m Membership) Revoke(by Actor, now time.Time) (Membership, Event, error) {
	if !by.Can(RevokeInvites) {
		return m, Event{}, ErrForbidden
	}
	if err := by.MayTouch(m); err != nil {
		return m, Event{}, err
	}
	if m.State(now) != StatePending {
		return m, Event{}, stale("not_pending", "State", string(m.State(now)))
	}
	m.RevokedAt = now
	return m, m.event(InviteRevoked, by, now), nil
}

// CopyLink hands the link of a pending invite to somebody who may send it; it is written down who did.
func (m Membership) CopyLink(by Actor, now time.Time) (Event, error) {
	if err := by.MayTouch(m); err != nil {
		return Event{}, err
	}
	if err := by.MayOffer(m.Role, m.Scope); err != nil {
		return Event{}, err
	}
	if m.State(now) != StatePending {
		return Event{}, stale("not_pending", "State", string(m.State(now)))
	}
	return m.event(InviteLinkCopied, by, now), nil
}

// Accept lets the person in. The address is the invite's and never the form's; inviter is who stands behind
// the offer, as they are now (the zero Actor if they are gone): the offer holds only if they could make it today.
func (m Membership) Accept(u User, inviter Actor, from string, now time.Time) (Membership, Event, error) {
	if m.State(now) != StatePending {
		return m, Event{}, stale("not_pending", "State", string(m.State(now)))
	}
	if err := inviter.MayOffer(m.Role, m.Scope); err != nil {
		return m, Event{}, stale("offer_withdrawn")
	}
	if u.Email != m.Email {
		return m, Event{}, forbidden("other_address")
	}
	m.UserID, m.AcceptedAt = u.ID, now
	m.FirstName, m.LastName, m.Phone, m.Language = u.FirstName, u.LastName, u.Phone, u.Language
	return m, m.event(InviteAccepted, Actor{User: u, From: from}, now), nil
}

// Expire writes down that the period is over; the state itself follows from the time alone.
func (m Membership) Expire(now time.Time) (Membership, Event, error) {
	if m.State(now) != StateExpired || m.ExpiryTold {
		return m, Event{}, stale("not_expired")
	}
	m.ExpiryTold = true
	return m, m.event(InviteExpired, Actor{}, now), nil
}

// Remind says that a reminder is due and counts it.
func (m Membership) Remind(now time.Time) (Membership, Event, error) {
	if m.State(now) != StatePending || m.Reminders >= len(ReminderDays) || now.Before(m.NextReminder()) {
		return m, Event{}, stale("no_reminder")
	}
	m.Reminders++
	return m, m.event(InviteReminded, Actor{}, now), nil
}

// NextReminder is when the next reminder of this send is due; far in the future when all are sent.
func (m Membership) NextReminder() time.Time {
	if m.Reminders >= len(ReminderDays) {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return m.SentAt.AddDate(0, 0, ReminderDays[m.Reminders])
}

// AskAgain is the invitee asking the sender for a new link: possible while the offer is closed but the row is theirs.
func (m Membership) AskAgain(now time.Time) (Event, error) {
	if s := m.State(now); s != StateExpired && s != StateRevoked {
		return Event{}, stale("not_expired")
	}
	return m.event(InviteAsked, Actor{}, now), nil
}

func (m Membership) offer(in Invitation) Membership {
	m.FirstName, m.LastName, m.Phone, m.Language = in.FirstName, in.LastName, in.Phone, in.Language
	m.Role, m.Scope, m.Message, m.EndsAt = in.Role, in.Scope, in.Message, in.EndsAt
	m.NotifyEmail, m.NotifyText = in.NotifyEmail, in.NotifyText
	return m
}

func (m Membership) send(by Actor, now time.Time) Membership {
	m.Generation++
	m.InvitedBy, m.InviterName = by.User.ID, by.User.Name()
	m.SentAt, m.ExpiresAt = now, now.Add(by.Account.Period())
	m.RevokedAt, m.DeclinedAt = time.Time{}, time.Time{}
	m.Reminders, m.ExpiryTold = 0, false
	m.Mail = Mail{State: MailQueued, At: now}
	return m
}

func isCode(err error, code string) bool {
	r, ok := err.(*Refusal)
	return ok && r.Code == code
}

// FormatScope turns a scope into the values of a scope field.
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
		Scope: FormatScope(m.Scope), Language: m.Language, Message: m.Message,
	}
	if m.NotifyEmail {
		d.NotifyEmail = "on"
	}
	if m.NotifyText {
		d.NotifyText = "on"
	}
	if !m.EndsAt.IsZero() {
		d.EndsOn = strings.TrimSpace(m.EndsAt.In(zone).AddDate(0, 0, -1).Format("2006-01-02"))
	}
	return d
}
