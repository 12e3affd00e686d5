package domain

import (
	"errors"
	"time"
)

// MayOffer answers whether the actor may offer this role on this scope now: asked at every send and again
// at acceptance, of whoever stands behind the invite then.
func (a Actor) MayOffer(role RoleID, scope Scope) error {
	switch {
	case !a.Can(CreateInvites):
		return ErrForbidden
	case !a.MayGrant(role):
		return forbidden("role_above")
	case !a.Scope.Contains(scope):
		return forbidden("scope_beyond")
	}
	return nil
}

// StandsBehind answers whether the actor could make this offer now, as MayOffer for staff: asked of whoever stands
// behind it at every send and again at acceptance.
func (a Actor) StandsBehind(m Membership) error {
	switch {
	case a.Role.ID == roleProvider:
		return a.mayHelp(m)
	case m.Kind == KindGuest:
		return a.mayOfferGuest(m.Role, m.Grants)
	}
	return a.MayOffer(m.Role, m.Scope)
}

// Invite offers access to an address. have is the membership the address has in this account, zero if none:
// a closed one (revoked, expired, declined) is replaced by the new offer, an open or accepted one is a problem
// of the e-mail field (seed 000: a fresh, corrected invite can be sent after revoking). Whose access has ended
// is still in: they are given another end date. A removed one is as none: the address starts a new membership,
// to which the store gives its id, and to the event its subject.
func Invite(have Membership, in Invitation, by Actor, now time.Time) (Membership, Event, error) {
	if err := by.StandsBehind(in.membership()); err != nil {
		return have, Event{}, err
	}
	if by.Account.Admits(in.Email) != nil {
		return have, Event{}, outside(in.Email)
	}
	m := Membership{AccountID: by.Account.ID, Kind: in.membership().Kind, Email: in.Email, CreatedAt: now}
	if have.ID != "" && have.RemovedAt.IsZero() {
		if err := have.replaceable(in, by, now); err != nil {
			return have, Event{}, err
		}
		m = have
	}
	m = m.offer(in).send(by, now).switched(in, by, now)
	m.Via = by.via(m)
	e := m.event(InviteSent, by, now).ofRole(by.Account, "", m.Role).changed("scope", "", m.Scope.String())
	return m, e.grants(Membership{}, m).moved("ends_at", "", stamp(m.EndsAt)), nil
}

// outside is how a form is told what Account.Admits refuses.
func outside(email string) Problems {
	return Problems{"email": {Code: "domain_outside", Args: pairs([]string{"Domain", EmailDomain(email)})}}
}

// replaceable refuses a new offer over a membership that is open, taken or not the actor's to change, and names it.
// Of one that lies outside the actor's scope the answer says nothing: neither its state nor whether it is closed (PRIV-20).
func (m Membership) replaceable(in Invitation, by Actor, now time.Time) error {
	switch {
	case m.AccountID != by.Account.ID || m.Email != in.Email:
		return ErrNotFound
	case by.Role.ID == roleProvider:
		return m.helpable(in, now)
	}
	touch := by.MayTouch(m)
	code, taken := takenCode[m.State(now)]
	switch {
	case touch == nil && !taken:
		return nil
	case !taken || errors.Is(touch, ErrNotFound):
		return Problems{"email": {Code: "email_beyond"}}
	}
	return Problems{"email": {Code: code, Args: pairs([]string{"ID", m.ID})}}
}

var takenCode = map[State]string{
	StatePending: "already_invited", StateAccepted: "already_in", StateSuspended: "already_in_disabled", StateEnded: "already_in_ended",
}

// Resend makes a new link and a new period from Pending, Expired, Revoked or Declined; the old link is dead at once.
// Whoever may invite stands behind the offer from now on; support staff resend under the authority it had.
func (m Membership) Resend(by Actor, now time.Time) (Membership, Event, error) {
	if err := m.unaccepted(ResendInvites, by, now); err != nil {
		return m, Event{}, err
	}
	switch {
	case len(m.Scope) == 0:
		return m, Event{}, stale("scope_gone")
	case !m.EndsAt.IsZero() && !m.EndsAt.After(now):
		return m, Event{}, stale("end_passed")
	}
	if err := by.Account.Admits(m.Email); err != nil {
		return m, Event{}, err
	}
	authority := m
	m = m.send(by, now)
	if !by.Role.May(m.Needs(CreateInvites)) {
		m.InvitedBy, m.InviterName = authority.InvitedBy, authority.InviterName
	}
	return m, m.event(InviteResent, by, now), nil
}

// unaccepted is the gate before everything that sends an offer again. Role and scope being the actor's to touch,
// they are the actor's to offer.
func (m Membership) unaccepted(needs Privilege, by Actor, now time.Time) error {
	if !by.Can(m.Needs(needs)) {
		return ErrForbidden
	}
	if err := by.MayTouch(m); err != nil {
		return err
	}
	if !m.AcceptedAt.IsZero() {
		return stale("already_accepted")
	}
	return nil
}

// MayCorrect answers whether the actor may correct this invite at all; what they make of it, Correct judges.
func (m Membership) MayCorrect(by Actor, now time.Time) error {
	return m.unaccepted(CreateInvites, by, now)
}

// Correct replaces role, scope and details in one step and sends again: the old link is dead at once.
// Both the old and the new offer must be the actor's to make. The address stays; a wrong one is revoked and
// the right one invited anew.
func (m Membership) Correct(in Invitation, by Actor, now time.Time) (Membership, Event, error) {
	if err := m.unaccepted(CreateInvites, by, now); err != nil {
		return m, Event{}, err
	}
	if err := by.StandsBehind(in.membership()); err != nil {
		return m, Event{}, err
	}
	if in.Email != m.Email {
		return m, Event{}, Problems{"email": {Code: "email_fixed"}}
	}
	if by.Account.Admits(m.Email) != nil {
		return m, Event{}, outside(m.Email)
	}
	if m.sameEnd(in.EndsAt, by, now) {
		in.EndsAt = m.EndsAt
	}
	before := m
	m = m.offer(in).send(by, now).switched(in, by, now)
	e := m.event(InviteCorrected, by, now).ofRole(by.Account, before.Role, m.Role).changed("scope", before.Scope.String(), m.Scope.String())
	return m, e.grants(before, m).active(before, m).moved("ends_at", stamp(before.EndsAt), stamp(m.EndsAt)), nil
}

// Revoke withdraws an invite; only from Pending (seed 002).
func (m Membership) Revoke(by Actor, now time.Time) (Membership, Event, error) {
	if !by.Can(m.Needs(RevokeInvites)) {
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

// CopyLink hands the link of a pending invite to somebody who may send it, or who could make it for the account's partner; it
// is written down who did. A guest's goes to the guest alone: it tells whether the address has an account (GST-01).
func (m Membership) CopyLink(by Actor, now time.Time) (Event, error) {
	if m.Kind == KindGuest || !by.Can(CreateInvites) {
		return Event{}, ErrForbidden
	}
	may := by.MayTouch
	if by.Helps() {
		may = by.StandsBehind
	}
	if err := may(m); err != nil {
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
	if inviter.StandsBehind(m) != nil || inviter.Account.Admits(m.Email) != nil {
		return m, Event{}, stale("offer_withdrawn")
	}
	if u.ID == "" || u.Email != m.Email {
		return m, Event{}, forbidden("other_address")
	}
	m.UserID, m.AcceptedAt, m.Factor = u.ID, now, u.Factor()
	m.FirstName, m.LastName, m.Language = u.FirstName, u.LastName, u.Language
	// A person who joined elsewhere may have no phone, or one against the rule of this account: texts go to the invited one.
	if number, ok := ParsePhone(u.Phone, inviter.Account.Country); ok {
		m.Phone = number
	}
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

// Remind says that a reminder is due and counts it, together with those that were missed while nobody looked:
// the person gets one.
func (m Membership) Remind(now time.Time) (Membership, Event, error) {
	if m.State(now) != StatePending || now.Before(m.NextReminder()) {
		return m, Event{}, stale("no_reminder")
	}
	for !now.Before(m.NextReminder()) {
		m.Reminders++
	}
	return m, m.event(InviteReminded, Actor{}, now), nil
}

// NextReminder is when the next reminder of this send is due; far in the future when all are sent.
func (m Membership) NextReminder() time.Time {
	if m.Reminders >= len(ReminderDays) {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return m.SentAt.Add(time.Duration(ReminderDays[m.Reminders]) * 24 * time.Hour)
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
	m.Grants, m.Workspace, m.Company = in.Grants, in.Workspace, in.Company
	return m
}

func (m Membership) send(by Actor, now time.Time) Membership {
	m.Generation++
	m.InvitedBy, m.InviterName = by.User.ID, by.User.Name()
	m.SentAt, m.ExpiresAt = now, now.Add(by.Account.Period())
	if !m.EndsAt.IsZero() && m.EndsAt.Before(m.ExpiresAt) {
		m.ExpiresAt = m.EndsAt // an offer is not open for longer than what it offers
	}
	m.RevokedAt, m.DeclinedAt = time.Time{}, time.Time{}
	m.Reminders, m.ExpiryTold = 0, false
	m.Mail = Mail{State: MailQueued, At: now}
	return m
}
