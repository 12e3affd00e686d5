package domain

import "time"

// AccountKind tells the two planes apart: a partner runs installations for others, a customer owns sites.
type AccountKind string

// The kinds of account.
const (
	Partner  AccountKind = "partner"
	Customer AccountKind = "customer"
)

// An Account is a company. Everything below it carries its id.
type Account struct {
	ID   string
	Slug string // short, stable, stands in addresses
	Name string
	Kind AccountKind
	// PartnerID is the partner of a customer account, empty for a partner.
	PartnerID string
	// Country (ISO 3166 alpha-2) decides the phone rule: US means +1 and ten digits.
	Country string
	// InviteDays is how long an invite stays open after its last send: 1 to 30, 7 by default (seed 002).
	InviteDays int
	// Reminders on day 2 and 5 of an open invite.
	Reminders bool
	// SiteAdminsInvite lets Admins and Deployers of site scope invite, resend, correct and copy links within
	// their sites. Off by default: seed 000 gives inviting to account scope. Without it they still see, manage
	// and remove the people of their sites, and revoke their invites: to withdraw is not to offer.
	SiteAdminsInvite bool
	// Roles are those the account has made, by name.
	Roles []Role
	// Policy is Security Settings, as in force when the account was read.
	Policy Policy
	// Providers are addresses of Support Providers with granted access, as far as the change at hand concerns them:
	// the store looks for those outside the allowed domains.
	Providers []string
	// KeepMonths is how long the history is kept; 0 is for ever.
	KeepMonths int
	// SuspendedAt stops everything in it; SuspendedBy is the company that did it.
	SuspendedAt time.Time
	SuspendedBy string
	// NoMaster: it is a partner without an active Master (Actor.AwaitsMaster). Known where an actor is read.
	NoMaster bool
	// SetUpBy is the name of who set it up then, at its partner, SetUpByID who that is.
	SetUpBy, SetUpByID string
	CreatedAt          time.Time
}

// An AccountState is whether an account is open; "accounts.state.<state>" is its word.
type AccountState string

// The states of an account.
const (
	AccountActive AccountState = "active"
	AccountClosed AccountState = "suspended"
)

// AccountStates lists them.
var AccountStates = []AccountState{AccountActive, AccountClosed}

// State of the account.
func (a Account) State() AccountState {
	if a.SuspendedAt.IsZero() {
		return AccountActive
	}
	return AccountClosed
}

// DefaultInviteDays is the period of an invite (seed 002: up to 7 days).
const DefaultInviteDays = 7

// ReminderDays are the days after a send on which a still pending invite is mailed again.
var ReminderDays = []int{2, 5}

// Period is how long an invite of this account stays open after a send.
func (a Account) Period() time.Duration {
	days := a.InviteDays
	if days == 0 {
		days = DefaultInviteDays
	}
	return time.Duration(days) * 24 * time.Hour
}
