package domain

import "time"

// An EventKind names what happened; "event.<kind>" is its sentence.
type EventKind string

// The kinds of event. A new one needs its sentence in every language.
const (
	InviteSent       EventKind = "invite.sent"
	InviteResent     EventKind = "invite.resent"
	InviteCorrected  EventKind = "invite.corrected"
	InviteRevoked    EventKind = "invite.revoked"
	InviteAccepted   EventKind = "invite.accepted"
	InviteDeclined   EventKind = "invite.declined"
	InviteExpired    EventKind = "invite.expired"
	InviteReminded   EventKind = "invite.reminded"
	InviteLinkCopied EventKind = "invite.link_copied"
	InviteAsked      EventKind = "invite.asked"
	InviteAdopted    EventKind = "invite.adopted"

	RoleChanged          EventKind = "user.role_changed"
	ScopeChanged         EventKind = "user.scope_changed"
	NotificationsChanged EventKind = "user.notifications_changed"
	EndDateChanged       EventKind = "user.end_date_changed"
	UserDisabled         EventKind = "user.disabled"
	UserEnabled          EventKind = "user.enabled"
	SessionsEnded        EventKind = "user.sessions_ended"
	FactorsReset         EventKind = "user.factors_reset"
	UserRemoved          EventKind = "user.removed"
	PasswordForced       EventKind = "user.password_forced"
	UserErased           EventKind = "user.erased"
	UserLocked           EventKind = "user.locked"
	UserUnlocked         EventKind = "user.unlocked"

	GuestChanged     EventKind = "guest.changed"
	GuestActivated   EventKind = "guest.activated"
	GuestDeactivated EventKind = "guest.deactivated"
	GuestLeft        EventKind = "guest.left"
	GuestEntered     EventKind = "guest.entered"
	GuestReturned    EventKind = "guest.returned"
	GuestEnding      EventKind = "guest.ending"

	SignedInEvent   EventKind = "person.signed_in"
	PasswordChanged EventKind = "person.password_changed"
	PasswordReset   EventKind = "person.password_reset"
	ProfileChanged  EventKind = "person.profile_changed"
	AppAdded        EventKind = "person.app_added"
	AppRemoved      EventKind = "person.app_removed"
	CodesRenewed    EventKind = "person.codes_renewed"
	CodeUsed        EventKind = "person.code_used"
	EmailAsked      EventKind = "person.email_asked"
	EmailChanged    EventKind = "person.email_changed"
	EmailStopped    EventKind = "person.email_stopped"
	PasskeyAdded    EventKind = "person.passkey_added"
	PasskeyRemoved  EventKind = "person.passkey_removed"
	SignInDisowned  EventKind = "person.sign_in_disowned"

	AccountCreated     EventKind = "account.created"
	AccountStopped     EventKind = "account.suspended"
	AccountResumed     EventKind = "account.resumed"
	SiteOpened         EventKind = "account.site_opened"         // in the partner's history
	FirstAdminInvited  EventKind = "account.admin_invited"       // likewise
	ColleagueInvited   EventKind = "account.colleague_invited"   // likewise
	ColleagueWithdrawn EventKind = "account.colleague_withdrawn" // likewise
	SecurityChanged    EventKind = "security.changed"
	SecurityConfirmed  EventKind = "security.confirmed"
	SecurityReverted   EventKind = "security.reverted"

	RoleMade    EventKind = "role.made"
	RoleEdited  EventKind = "role.changed"
	RoleDeleted EventKind = "role.deleted"

	SiteCreated EventKind = "site.created"
	SiteChanged EventKind = "site.changed"
	SiteRemoved EventKind = "site.removed"

	GroupCreated EventKind = "group.created"
	GroupRenamed EventKind = "group.renamed"
	GroupRemoved EventKind = "group.removed"

	DeviceRegistered EventKind = "device.registered"
	DeviceConfigured EventKind = "device.configured"
	DeviceMoved      EventKind = "device.moved"
	DeviceReplaced   EventKind = "device.replaced"
	DeviceRemoved    EventKind = "device.removed"
	DeviceReported   EventKind = "device.reported"
	DevicesStarted   EventKind = "device.import_started"
	DevicesFinished  EventKind = "device.import_finished"

	ImportStarted  EventKind = "import.started"
	ImportFinished EventKind = "import.finished"
	Denied         EventKind = "access.denied"

	CreditsAdded     EventKind = "credits.added"
	CreditsAllocated EventKind = "credits.allocated"
	CreditsReturned  EventKind = "credits.returned"
	CreditsRefused   EventKind = "credits.refused"

	SupportAsked     EventKind = "support.asked"
	SupportWithdrawn EventKind = "support.withdrawn"
	SupportGranted   EventKind = "support.granted"
	SupportRefused   EventKind = "support.refused"
	SupportExtended  EventKind = "support.extended"
	SupportEnded     EventKind = "support.ended"
	SupportEntered   EventKind = "support.entered"
	SupportLeft      EventKind = "support.left"
	SupportUsed      EventKind = "support.used"

	RetentionChanged EventKind = "activity.retention_changed"
	HistoryPurged    EventKind = "activity.purged"
)

// An Event is one line of history: who did what to whom, when, from where, before and after.
// It never holds a secret. The store gives it its id in the transaction of the change.
type Event struct {
	ID        string
	AccountID string // empty for what concerns a person alone
	At        time.Time
	Kind      EventKind
	// ActorID and ActorName are empty when the clock did it.
	ActorID   string
	ActorName string
	// OnBehalf is the second name when support staff act in an account that is not theirs: their company.
	OnBehalf string
	From     string
	// SubjectID is the membership, person or account it happened to; SubjectName is how it was called then.
	SubjectID   string
	SubjectName string
	Before      map[string]string
	After       map[string]string
	// Addresses are those of the people it names, for the search alone: they are not told.
	Addresses []string
	// Keys and Digests are of its parts, once it is sealed; a part that was erased has no key (audit_parts.go).
	Keys, Digests [Parts]string
	// Sealed is its place in the chain of its account, soon after it was written.
	Sealed Seal
}

// event starts an Event about a membership, made by the actor (the zero Actor is the clock).
func (m Membership) event(kind EventKind, by Actor, now time.Time) Event {
	e := Event{AccountID: m.AccountID, At: now, Kind: kind, ActorID: by.User.ID, From: by.From, SubjectID: m.ID, SubjectName: m.Name()}
	e.OnBehalf, e.Addresses = by.OnBehalf, []string{m.Email}
	if by.User.ID != "" {
		e.ActorName = by.User.Name()
		e.Addresses = append(e.Addresses, by.User.Email)
	}
	return e
}

// Event starts an Event about the person alone, made by themself: it belongs to no account, and is told in each one
// they have a place in (Personal).
func (u User) Event(kind EventKind, from string, now time.Time) Event {
	return Event{
		At: now, Kind: kind, ActorID: u.ID, ActorName: u.Name(), From: from, SubjectID: u.ID, SubjectName: u.Name(), Addresses: []string{u.Email},
	}
}

// Personal reports whether an event concerns a person alone.
func (e Event) Personal() bool {
	return e.AccountID == "" && e.ActorID != "" && e.ActorID == e.SubjectID
}

// InSupport reports whether who acted for another company did so by support access: at the access itself, at invites that
// were sent already, or refused. What else a partner does in an account it does as the partner.
func (e Event) InSupport() bool {
	switch e.Kind {
	case InviteResent, InviteRevoked, Denied:
		return e.OnBehalf != ""
	}
	return e.OnBehalf != "" && e.Kind.Topic() == TopicSupport
}

// changed notes one value before and after.
func (e Event) changed(what, before, after string) Event {
	e.Before, e.After = with(e.Before, what, before), with(e.After, what, after)
	return e
}

// moved is changed for a value that often stays as it is: then nothing is noted.
func (e Event) moved(what, before, after string) Event {
	if before == after {
		return e
	}
	return e.changed(what, before, after)
}

func with(m map[string]string, k, v string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[k] = v
	return m
}
