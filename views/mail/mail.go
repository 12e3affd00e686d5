// Package mail is what the portal's e-mails say, as HTML and as plain text, in the recipient's language.
//
// Here belong the texts' composition and the look of a mail. Here do not belong addresses, headers, sending
// (deliver) or reading what a mail is about (store). Mail programs know no style sheets of ours and no policy
// against inline style: the HTML carries its style itself, and asks for nothing from outside.
package mail

import (
	"context"
	"strings"
	"time"

	"gatehouse/domain"
	"gatehouse/views"
)

// A Letter is what a mail tells. All text in it was typed by somebody: it is shown, and never becomes a link.
type Letter struct {
	Kind domain.DeliveryKind
	// To is the recipient's address, Name what they are called.
	To, Name string
	Account  string
	// Inviter and InviterAddress are who stands behind the offer.
	Inviter, InviterAddress string
	Role                    domain.Role
	// Sites are the names of the sites it is about; none means all.
	Sites   []string
	EndsAt  time.Time
	Message string
	// Invitee and InviteeAddress are who was invited, in mails to the sender.
	Invitee, InviteeAddress string
	// Link is the one link. Until is when it stops working, or when the invite did.
	Link  string
	Until time.Time
	// At is when it happened.
	At time.Time
	// Guest is there when it is about a guest.
	Guest *Guest
	// About is what happened, or the value it is about, where the kind does not say.
	About string
	// Support is there when it is about support access.
	Support *Support
	// AtPartner: who sent the invite did it for the account's partner, and the link leads to the account there.
	AtPartner bool
}

// body is a mail's text in its parts, made once for HTML and plain text alike.
type body struct {
	title, intro, preview string
	facts                 []fact
	quoted                string // who wrote the quote
	quote                 []string
	button, link          string
	secret                bool // the link opens something: say how long and for whom
	until, only           string
	why, sentBy           string
}

type fact struct{ label, strong, text string }

// Subject is the mail's subject line.
func Subject(ctx context.Context, l Letter) string {
	by, account, name := line(l.Inviter), line(l.Account), line(l.Invitee)
	if l.Guest != nil && l.Kind != domain.InviteExpiredMail && l.Kind != domain.InviteAskedMail {
		return guestSubject(ctx, l)
	}
	if l.Support != nil {
		return supportSubject(ctx, l)
	}
	switch l.Kind {
	case domain.ReminderMail:
		return views.T(ctx, "mail.reminder.subject", "By", by, "Account", account)
	case domain.InviteExpiredMail:
		return views.T(ctx, "mail.expired.subject", "Name", name)
	case domain.InviteAskedMail:
		return views.T(ctx, "mail.asked.subject", "Name", name)
	case domain.PasswordResetMail:
		return views.T(ctx, "mail.reset.subject")
	case domain.PasswordChangedMail:
		return views.T(ctx, "mail.changed.subject")
	case domain.EmailConfirmMail:
		return views.T(ctx, "mail.email-confirm.subject")
	case domain.EmailNoticeMail:
		return views.T(ctx, "mail.email-notice.subject")
	case domain.EmailChangedMail:
		return views.T(ctx, "mail.email-changed.subject")
	case domain.NewDeviceMail:
		return views.T(ctx, "mail.device.subject")
	case domain.FactorsMail:
		return views.T(ctx, "mail.factors.subject")
	}
	return views.T(ctx, "mail.invite.subject", "By", by, "Account", account)
}

// compose says everything once. From here on every text is inert (MSG-02).
func compose(ctx context.Context, l Letter) body {
	by, account, invitee := inert(l.Inviter), inert(l.Account), inert(l.Invitee)
	if l.Guest != nil && l.Kind != domain.InviteExpiredMail && l.Kind != domain.InviteAskedMail {
		return composeGuest(ctx, l)
	}
	if l.Support != nil {
		return composeSupport(ctx, l)
	}
	b := body{link: l.Link, until: views.WeekdayFullTime(ctx, l.Until)}
	var intro string
	switch l.Kind {
	case domain.PasswordResetMail:
		b.title, intro = views.T(ctx, "mail.reset.title"), views.T(ctx, "mail.reset.intro")
		b.button, b.why = views.T(ctx, "mail.reset.button"), views.T(ctx, "mail.reset.why", "Address", l.To)
		b.secret, b.only = true, views.T(ctx, "mail.once")
	case domain.PasswordChangedMail:
		b.title = views.T(ctx, "mail.changed.title")
		intro = views.T(ctx, "mail.changed.intro", "When", views.WeekdayFullTime(ctx, l.At))
		b.button, b.why = views.T(ctx, "mail.changed.button"), views.T(ctx, "mail.changed.why")
	case domain.EmailConfirmMail:
		b.title, intro = views.T(ctx, "mail.email-confirm.title"), views.T(ctx, "mail.email-confirm.intro")
		b.button, b.why = views.T(ctx, "mail.email-confirm.button"), views.T(ctx, "mail.email-confirm.why")
		b.secret, b.only = true, views.T(ctx, "mail.once")
	case domain.EmailNoticeMail:
		b.title, intro = views.T(ctx, "mail.email-notice.title"), views.T(ctx, "mail.email-notice.intro", "Address", inert(l.About))
		b.button, b.why = views.T(ctx, "mail.email-notice.button"), views.T(ctx, "mail.email-notice.why")
		b.secret, b.only = true, views.T(ctx, "mail.once")
	case domain.EmailChangedMail:
		b.title = views.T(ctx, "mail.email-changed.title")
		intro = views.T(ctx, "mail.email-changed.intro", "Address", inert(l.About), "When", views.WeekdayFullTime(ctx, l.At))
		b.button, b.why = views.T(ctx, "mail.changed.button"), views.T(ctx, "mail.email-changed.why")
	case domain.NewDeviceMail:
		b.title, intro = views.T(ctx, "mail.device.title"), views.T(ctx, "mail.device.intro")
		b.facts = signIn(ctx, l)
		b.button, b.why = views.T(ctx, "mail.device.button"), views.T(ctx, "mail.device.why")
		b.secret, b.only = true, views.T(ctx, "mail.once")
	case domain.FactorsMail:
		b.title = views.T(ctx, "mail.factors.title")
		what, who, reset := strings.Cut(l.About, "\n")
		intro = views.T(ctx, "mail.factors."+what, "When", views.WeekdayFullTime(ctx, l.At))
		if reset {
			intro = views.T(ctx, "mail.factors-reset", "By", inert(who), "When", views.WeekdayFullTime(ctx, l.At))
		}
		b.button, b.why = views.T(ctx, "mail.factors.button"), views.T(ctx, "mail.factors.why")
	case domain.InviteExpiredMail:
		b.title, intro = views.T(ctx, "mail.expired.title"), views.T(ctx, "mail.expired.intro", "Name", invitee, "Account", account)
	case domain.InviteAskedMail:
		b.title, intro = views.T(ctx, "mail.asked.title"), views.T(ctx, "mail.asked.intro", "Name", invitee, "Account", account)
	case domain.ReminderMail:
		b.title, intro = views.T(ctx, "mail.reminder.title", "Account", account), views.T(ctx, "mail.reminder.intro", "By", by)
	default:
		b.title, intro = views.T(ctx, "mail.invite.title", "Account", account), views.T(ctx, "mail.invite.intro", "By", by)
	}
	switch l.Kind {
	case domain.InviteMail, domain.ReminderMail:
		b.facts = append(offer(ctx, l), end(ctx, l.EndsAt))
		b.quoted, b.quote = views.T(ctx, "mail.message-from", "By", by), quote(l.Message)
		b.button, b.why = views.T(ctx, "mail.invite.button"), views.T(ctx, "mail.invite.why", "By", by, "Address", l.InviterAddress)
		b.secret, b.only = true, views.T(ctx, "mail.only-for", "Address", l.To)
	case domain.InviteExpiredMail, domain.InviteAskedMail:
		who := fact{views.T(ctx, "mail.expired.who"), invitee, ", " + l.InviteeAddress}
		b.facts = append(append([]fact{who}, offer(ctx, l)...), fact{label: views.T(ctx, "mail.expired.was-open-until"), text: b.until})
		b.button, b.why = views.T(ctx, "mail.expired.button"), views.T(ctx, "mail.expired.why")
		if l.AtPartner {
			b.button = views.T(ctx, "mail.expired.button-partner")
		}
	}
	b.intro, b.preview = hello(ctx, l.Name, intro), intro
	b.sentBy = views.T(ctx, "mail.sent-by-alone")
	if account != "" {
		b.sentBy = views.T(ctx, "mail.sent-by", "Account", account)
	}
	return b
}

func hello(ctx context.Context, name, text string) string {
	if name == "" {
		return views.T(ctx, "mail.hello-nobody", "Text", text)
	}
	return views.T(ctx, "mail.hello", "Name", inert(name), "Text", text)
}

// offer tells as what and where.
func offer(ctx context.Context, l Letter) []fact {
	if l.Guest != nil {
		return guestOffer(ctx, l)
	}
	as := fact{views.T(ctx, "mail.as"), inert(views.RoleName(ctx, l.Role)), ": "}
	if l.Role.BuiltIn() {
		as.text += views.T(ctx, "mail.may."+string(l.Role.ID))
	} else {
		as.text += views.RoleMeaning(ctx, l.Role)
	}
	at := fact{label: views.T(ctx, "mail.where"), text: where(ctx, l.Sites)}
	if l.Role.Kind == domain.Partner { // it opens no site: those are invited to apart (C14)
		at.text = views.T(ctx, "administrators.portal-only")
	}
	return []fact{as, at}
}

// signIn tells of a sign-in from what browser, from where and when.
func signIn(ctx context.Context, l Letter) []fact {
	agent, place, _ := strings.Cut(l.About, "\n")
	return []fact{
		{label: views.T(ctx, "mail.device.browser"), text: views.Device(ctx, agent)},
		{label: views.T(ctx, "mail.where"), text: inert(views.PlaceText(ctx, place))},
		{label: views.T(ctx, "mail.device.when"), text: views.WeekdayFullTime(ctx, l.At)},
	}
}

// mostSites is how many sites a mail names: the screen behind the link names all.
const mostSites = 5

func where(ctx context.Context, sites []string) string {
	if len(sites) == 0 {
		return views.T(ctx, "common.all-sites")
	}
	named := make([]string, min(len(sites), mostSites))
	for i := range named {
		named[i] = inert(sites[i])
	}
	text := strings.Join(named, ", ")
	if more := len(sites) - len(named); more > 0 {
		return views.T(ctx, "mail.more-sites", "Sites", text, "Count", more)
	}
	return text
}

func end(ctx context.Context, at time.Time) fact {
	f := fact{label: views.T(ctx, "mail.until"), text: views.T(ctx, "mail.no-end")}
	if !at.IsZero() {
		// Access ends when the day does, so the moment before is still on its last day.
		f.text = views.FullDate(ctx, at.Add(-time.Second))
	}
	return f
}

// Text is the mail as plain text.
func Text(ctx context.Context, l Letter) string {
	b := compose(ctx, l)
	var t strings.Builder
	say := func(lines ...string) {
		for _, s := range lines {
			t.WriteString(s + "\n")
		}
	}
	say(b.title, "", b.intro)
	if len(b.facts) > 0 {
		say("")
	}
	for _, f := range b.facts {
		say(f.label + ": " + f.strong + f.text)
	}
	if len(b.quote) > 0 {
		say("", b.quoted)
		for _, s := range b.quote {
			say("> " + s)
		}
	}
	say("", b.button+":", b.link)
	if b.secret {
		say("", views.T(ctx, "mail.works-until")+" "+b.until+b.only)
	}
	say("", b.why, "", "-- ", b.sentBy)
	return t.String()
}
