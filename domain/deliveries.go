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
	PasswordResetMail   DeliveryKind = "password_reset"   // the link
	PasswordChangedMail DeliveryKind = "password_changed" // the notice
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
	Language  string
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

// A MailState is what is known of an invite's message; "mail.<state>" is its word.
type MailState string

// The states of an invite's message, shown in its row.
const (
	MailQueued    MailState = "queued"
	MailSent      MailState = "sent"
	MailFailed    MailState = "failed"
	MailNotMailed MailState = "not_mailed" // no mail server: the link can be copied
)

// Mail is the delivery state of an invite's latest message.
type Mail struct {
	State MailState
	At    time.Time // when it was sent or given up, or the next try
	Error string    // the mail server's reason
}
