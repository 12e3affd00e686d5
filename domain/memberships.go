package domain

import (
	"strconv"
	"time"
)

// MembershipKind tells staff from guests and end customers.
type MembershipKind string

// The kinds of membership.
const (
	KindUser     MembershipKind = "user"
	KindGuest    MembershipKind = "guest"
	KindCustomer MembershipKind = "customer"
)

// A Membership is an address's access to one account and holds its whole life.
// An invite is a membership that has not been accepted yet.
type Membership struct {
	ID        string
	AccountID string
	Kind      MembershipKind
	// UserID is the person, once accepted.
	UserID    string
	Email     string // canonical; fixed for the life of the membership
	FirstName string
	LastName  string
	Phone     string
	Language  string // the invitee's, for mails before they have an account
	Role      RoleID
	Scope     Scope
	// Grants say what a guest may do at each node of Scope, and Workspace how that was chosen; staff have neither.
	Grants    []Grant
	Workspace Workspace
	// Company is where a guest comes from, in the words of who invited them.
	Company string
	// Beyond says that Scope is cut to what its viewer reaches, and in truth goes beyond (SeenBy).
	Beyond bool
	// NotifyEmail and NotifyText are the channels an Admin has switched on. Nothing is sent on them
	// before the person has signed in once with a password of their own (seed 001).
	NotifyEmail bool
	NotifyText  bool
	// Message is the inviter's own words.
	Message string
	// InvitedBy is the person under whose authority the offer stands; InviterName is theirs at that time.
	InvitedBy   string
	InviterName string
	// Via is the partner that has offered one of its people this place in a customer's account (C14). It opens nothing while
	// they are locked at the partner, and ends when they are deleted there; one that the account has widened to the whole of
	// it is its own.
	Via string
	// Generation counts sends; each has its own link and kills the one before.
	Generation int
	SentAt     time.Time
	ExpiresAt  time.Time
	AcceptedAt time.Time
	DeclinedAt time.Time
	RevokedAt  time.Time
	// SuspendedAt pauses the access; SuspendedBy is the name of who did it then, SuspendedByID who that is.
	SuspendedAt   time.Time
	SuspendedBy   string
	SuspendedByID string
	// EndsAt ends the access by itself; the zero time is never.
	EndsAt time.Time
	// EndTold is the end that a guest and their sponsor were told of before it came.
	EndTold time.Time
	// RemovedAt ended it for good.
	RemovedAt time.Time
	// Reminders counts the reminders of this send; ExpiryTold says that its expiry is in the history.
	Reminders    int
	ExpiryTold   bool
	LastSignInAt time.Time
	// Factor is the strongest second factor of the person.
	Factor    Factor
	Mail      Mail
	CreatedAt time.Time
	// Version grows with every change; a form that was filled in over an older one is refused.
	Version int
}

// Name is how the person is called in this account.
func (m Membership) Name() string { return fullName(m.FirstName, m.LastName, m.Email) }

// Follow takes over what the person now says of themself. A phone against the rule of the account's country does not
// replace the invited one, and one that texts are sent to is not lost.
func (m Membership) Follow(p Person, country string) Membership {
	m.FirstName, m.LastName, m.Language = p.FirstName, p.LastName, p.Language
	if number, ok := ParsePhone(p.Phone, country); ok || (p.Phone == "" && !m.NotifyText) {
		m.Phone = number
	}
	return m
}

// A State is derived from the facts and the time, never stored.
type State string

// The states (product.md). Screens choose the word: a user is "Active", an invite "Accepted".
const (
	StatePending   State = "pending"
	StateExpired   State = "expired"
	StateRevoked   State = "revoked"
	StateDeclined  State = "declined"
	StateAccepted  State = "accepted"
	StateSuspended State = "suspended"
	StateEnded     State = "ended"
	StateRemoved   State = "removed"
)

// State of the membership at a moment.
func (m Membership) State(now time.Time) State {
	ended := !m.EndsAt.IsZero() && !now.Before(m.EndsAt)
	switch {
	case !m.RemovedAt.IsZero():
		return StateRemoved
	case !m.AcceptedAt.IsZero() && ended:
		return StateEnded
	case !m.AcceptedAt.IsZero() && !m.SuspendedAt.IsZero():
		return StateSuspended
	case !m.AcceptedAt.IsZero():
		return StateAccepted
	case !m.RevokedAt.IsZero():
		return StateRevoked
	case !m.DeclinedAt.IsZero():
		return StateDeclined
	case !now.Before(m.ExpiresAt): // which never lies past EndsAt
		return StateExpired
	}
	return StatePending
}

// Active reports whether the membership gives access at this moment.
func (m Membership) Active(now time.Time) bool { return m.State(now) == StateAccepted }

// keeper reports whether the account can rely on this membership to stay manageable:
// an active, account-wide member of a keeping role with no end date.
func (m Membership) keeper(now time.Time) bool {
	r := Role{ID: m.Role}
	return m.Kind == KindUser && r.keeper() && m.Active(now) && m.Scope.AccountWide() && m.EndsAt.IsZero()
}

// MayTouch answers the second question for what is done to somebody: is their role one the actor could
// grant, and their scope within the actor's? Who lies outside the actor's scope altogether is not found.
// Who has no site left belongs to those who reach the whole account.
func (a Actor) MayTouch(m Membership) error {
	theirs := m.Scope
	if len(theirs) == 0 {
		theirs = Whole(m.AccountID)
	}
	switch {
	case a.Account.ID != m.AccountID || !m.RemovedAt.IsZero() || len(theirs.Within(a.Scope)) == 0:
		return ErrNotFound
	case !a.MayGrant(m.Role):
		return forbidden("role_above")
	case m.Beyond || !a.Scope.Contains(theirs):
		return forbidden("scope_beyond")
	}
	return nil
}

// SeenBy is the membership as the actor may know it: the part of its scope that they reach, and whether there is
// more. That there is more only says that they cannot change it.
func (m Membership) SeenBy(a Actor) Membership {
	if a.Scope.Covers(Node{Account: m.AccountID}) {
		return m
	}
	m.Beyond = m.Beyond || !a.Scope.Contains(m.Scope)
	m.Scope = m.Scope.Within(a.Scope)
	return m
}

// lastKeeper refuses to lose the last one. keepers is how many others there are; the store counts them
// inside the same transaction.
func (m Membership) lastKeeper(now time.Time, keepers int) error {
	if m.keeper(now) && keepers == 0 {
		return stale("last_admin")
	}
	return nil
}

// accepted refuses what only fits somebody who is in.
func (m Membership) accepted(now time.Time) error {
	switch m.State(now) {
	case StateAccepted, StateSuspended, StateEnded:
		return nil
	}
	return stale("not_accepted")
}

// change is the gate before every change to somebody who is in. Guests are in the list from the beginning: they are
// changed and removed before they have answered too.
func (m Membership) change(by Actor, now time.Time) error {
	if !by.Can(m.Needs(EditUsers)) {
		return ErrForbidden
	}
	if err := by.MayTouch(m); err != nil || m.Kind == KindGuest {
		return err
	}
	return m.accepted(now)
}

// ChangeRole gives another role. keepers is the number of other people who keep the account manageable.
func (m Membership) ChangeRole(by Actor, to RoleID, keepers int, now time.Time) (Membership, Event, error) {
	role, known := by.Account.Role(to)
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	switch {
	case !known:
		return m, Event{}, Problems{"role": {Code: "choice"}}
	case to == m.Role:
		return m, Event{}, stale("same_role")
	case !by.MayGrant(to):
		return m, Event{}, forbidden("role_above")
	case m.UserID == by.User.ID && !role.within(by.Role):
		return m, Event{}, forbidden("raise_self")
	case !m.SuspendedAt.IsZero() && !role.Lockable():
		return m, Event{}, stale("unlock_first")
	case !role.keeper():
		if err := m.lastKeeper(now, keepers); err != nil {
			return m, Event{}, err
		}
	}
	e := m.event(RoleChanged, by, now).ofRole(by.Account, m.Role, to)
	m.Role = to
	return m, e, nil
}

// ChangeScope lets the membership reach other nodes. Both the old and the new scope must be within the actor's.
func (m Membership) ChangeScope(by Actor, to Scope, keepers int, now time.Time) (Membership, Event, error) {
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	switch {
	case len(to) == 0:
		return m, Event{}, Problems{"scope": {Code: "required"}}
	case !by.Scope.Contains(to):
		return m, Event{}, forbidden("scope_beyond")
	case to.Equal(m.Scope):
		return m, Event{}, stale("same_scope")
	case !to.AccountWide():
		if err := m.lastKeeper(now, keepers); err != nil {
			return m, Event{}, err
		}
	}
	e := m.event(ScopeChanged, by, now).changed("scope", m.Scope.String(), to.String())
	m.Scope = to
	return m, e, nil
}

// SetNotifications switches the two channels (seed 001: only Admins change theirs and others').
func (m Membership) SetNotifications(by Actor, email, text bool, now time.Time) (Membership, Event, error) {
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	if text && m.Phone == "" {
		return m, Event{}, Problems{"notify_text": {Code: "phone_needed"}}
	}
	if email == m.NotifyEmail && text == m.NotifyText {
		return m, Event{}, stale("same_notifications")
	}
	e := m.event(NotificationsChanged, by, now).
		changed("email", strconv.FormatBool(m.NotifyEmail), strconv.FormatBool(email)).
		changed("text", strconv.FormatBool(m.NotifyText), strconv.FormatBool(text))
	m.NotifyEmail, m.NotifyText = email, text
	return m, e, nil
}

// SetEnd lets the access end by itself; the zero time takes the end away. Nobody extends their own.
func (m Membership) SetEnd(by Actor, at time.Time, keepers int, now time.Time) (Membership, Event, error) {
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	switch {
	case m.AcceptedAt.IsZero():
		return m, Event{}, stale("not_accepted")
	case !at.IsZero() && !at.After(now):
		return m, Event{}, Problems{"ends_on": {Code: "past"}}
	case m.sameEnd(at, by, now):
		return m, Event{}, stale("same_end")
	case m.UserID == by.User.ID && m.later(at):
		return m, Event{}, forbidden("extend_self")
	case !at.IsZero():
		if err := m.lastKeeper(now, keepers); err != nil {
			return m, Event{}, err
		}
	}
	e := m.event(EndDateChanged, by, now).changed("ends_at", stamp(m.EndsAt), stamp(at))
	m.EndsAt = at
	return m, e, nil
}

// later reports whether an end at that time is more than the membership has.
func (m Membership) later(at time.Time) bool {
	return !m.EndsAt.IsZero() && (at.IsZero() || at.After(m.EndsAt))
}

// sameEnd reports whether at is the end there is, as the actor sees it. Forms show days, and a day ends elsewhere
// at another hour: a form that leaves the day alone moves nothing.
func (m Membership) sameEnd(at time.Time, by Actor, now time.Time) bool {
	zone := by.User.Zone()
	return at.Equal(m.EndsAt) || m.EndsAt.After(now) && LastDay(at, zone) == LastDay(m.EndsAt, zone)
}

// Suspend pauses the access: the word of the screen is Disabled or Locked.
func (m Membership) Suspend(by Actor, keepers int, now time.Time) (Membership, Event, error) {
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	switch {
	case !(Role{ID: m.Role}).Lockable():
		return m, Event{}, forbidden("not_lockable")
	case m.UserID == by.User.ID:
		return m, Event{}, forbidden("not_yourself")
	case m.State(now) == StateSuspended:
		return m, Event{}, stale("already_disabled")
	case m.State(now) != StateAccepted:
		return m, Event{}, stale("not_active")
	}
	if err := m.lastKeeper(now, keepers); err != nil {
		return m, Event{}, err
	}
	m.SuspendedAt, m.SuspendedBy, m.SuspendedByID = now, by.User.Name(), by.User.ID
	kind := UserDisabled
	if by.Account.Kind == Partner {
		kind = UserLocked
	}
	return m, m.event(kind, by, now), nil
}

// Resume ends a suspension. Who has come to a role that cannot be unlocked is given another role first.
func (m Membership) Resume(by Actor, now time.Time) (Membership, Event, error) {
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	switch {
	case !(Role{ID: m.Role}).Lockable():
		return m, Event{}, forbidden("not_lockable")
	case m.State(now) != StateSuspended:
		return m, Event{}, stale("not_disabled")
	}
	m.SuspendedAt, m.SuspendedBy, m.SuspendedByID = time.Time{}, "", ""
	kind := UserEnabled
	if by.Account.Kind == Partner {
		kind = UserUnlocked
	}
	return m, m.event(kind, by, now), nil
}

// EndSessions signs the person out everywhere. It leaves the membership as it is.
func (m Membership) EndSessions(by Actor, now time.Time) (Membership, Event, error) {
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	return m, m.event(SessionsEnded, by, now), nil
}

// Remove ends the access for good; the address can be invited again as a new membership.
func (m Membership) Remove(by Actor, keepers int, now time.Time) (Membership, Event, error) {
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	if m.UserID == by.User.ID {
		return m, Event{}, forbidden("not_yourself")
	}
	if err := m.lastKeeper(now, keepers); err != nil {
		return m, Event{}, err
	}
	m.RemovedAt = now
	return m, m.event(UserRemoved, by, now).ofRole(by.Account, m.Role, ""), nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
