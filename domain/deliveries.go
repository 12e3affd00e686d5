package domain

import "time"

// A DeliveryKind names a message owed to the outside.
type DeliveryKind string

// The kinds of message.
const (
	InviteMail          DeliveryKind = "invite"
	ReminderMail        DeliveryKind = "invite_reminder"
	InviteExpiredMail   DeliveryKind = "invite_expired"   // to the sender
	InviteAskedMail     DeliveryKind = "invite_asked"     // to the sender: the invitee asks for a new link
	GuestEndingMail     DeliveryKind = "guest_ending"     // to the guest and the sponsor: the end is near
	PasswordResetMail   DeliveryKind = "password_reset"   // the link
	PasswordChangedMail DeliveryKind = "password_changed" // the notice
	EmailConfirmMail    DeliveryKind = "email_confirm"    // to the new address: the link
	EmailNoticeMail     DeliveryKind = "email_notice"     // to the old one: what is asked for, and the link to stop it
	EmailChangedMail    DeliveryKind = "email_changed"    // to the old one: it was confirmed
	NewDeviceMail       DeliveryKind = "new_device"       // a sign-in from a browser not used before; About says which and whence
	FactorsMail         DeliveryKind = "factors"          // a second factor came, went or was used up; About says which, and who reset them
	SupportAskedMail    DeliveryKind = "support_asked"    // to the account's Admins: the partner asks for support access; About is the request
	SupportAnsweredMail DeliveryKind = "support_answered" // to who asked; About is the request
)

// A Delivery is one message owed to the outside, written in the transaction of the change and sent
// by a worker afterwards, at least once. It holds no link and no secret: those are derived when it is sent.
type Delivery struct {
	ID        string
	AccountID string
	Kind      DeliveryKind
	// MembershipID and Generation bind an invite's mail to one send: a newer send supersedes it.
	MembershipID string
	Generation   int
	// TokenID is the reset it announces.
	TokenID string
	// UserID is the person it goes to, where they have one.
	UserID string
	To     string
	// Language the message is written in.
	Language string
	// About is what it tells of, where its kind does not say: an event, a value.
	About     string
	CreatedAt time.Time
	NextAt    time.Time
	Attempts  int
	SentAt    time.Time
	FailedAt  time.Time
	Error     string
}

// Sending limits (safety.md C7): at most 8 attempts within 24 hours, then visible as failed.
const (
	MaxAttempts = 8
	GiveUpAfter = 24 * time.Hour
)

// waits are the pauses after a failed attempt, in units of the first one. With a minute for the first they
// spread eight attempts over about 18 hours, and with the widest spread over less than 24.
var waits = [MaxAttempts - 1]time.Duration{1, 4, 15, 45, 120, 300, 600}

// NextTry is when to try again after an attempt that failed for now. first is the pause after the first
// attempt; spread, from 0 to 1, moves the pause by up to a fifth either way, so that messages that failed
// together do not come back together. again is false when it is time to give up.
func (d Delivery) NextTry(now time.Time, first time.Duration, spread float64) (at time.Time, again bool) {
	if d.Attempts < 1 || d.Attempts >= MaxAttempts {
		return time.Time{}, false
	}
	wait := float64(first * waits[d.Attempts-1])
	at = now.Add(time.Duration(wait * (0.8 + 0.4*spread)))
	return at, !at.After(d.CreatedAt.Add(GiveUpAfter))
}

// A MailState is what is known of an invite's message; "mail.<state>" is its word.
type MailState string

// The states of an invite's message, shown in its row.
const (
	MailQueued    MailState = "queued"
	MailSent      MailState = "sent"
	MailFailed    MailState = "failed"
	MailNotMailed MailState = "not_mailed" // nothing was sent, and Error says why: without a mail server the link can be copied
)

// Mail is the delivery state of an invite's latest message.
type Mail struct {
	State MailState
	At    time.Time // when it was sent or given up, or the next try
	Error string    // the mail server's reason in its own words, or one of the words below
}

// Why a message was not taken, where no mail server has said so; "mail.reason.<word>" is what people read.
const (
	ReasonNoServer    = "no_server"    // none is configured
	ReasonUnreachable = "unreachable"  // it does not answer, or not as it should
	ReasonCutOff      = "cut_off"      // the connection broke in between
	ReasonMovedOn     = "moved_on"     // what it was about was no longer so when it was to be sent
	ReasonInviterGone = "inviter_gone" // who stands behind the invite may not invite any more
	ReasonAddress     = "address"      // no mail can be sent to such an address
	ReasonInternal    = "internal"     // our own mistake; the log says more
)

// Reasons lists those words.
var Reasons = []string{
	ReasonNoServer, ReasonUnreachable, ReasonCutOff, ReasonMovedOn, ReasonInviterGone, ReasonAddress, ReasonInternal,
}
