package mail

import (
	"context"
	"strings"
	"time"

	"gatehouse/domain"
	"gatehouse/views"
)

// A Guest is what is told of a guest's access, in mails to the guest and to the sponsor.
type Guest struct {
	// Role is what the company calls it, May what it comes to.
	Role string
	May  domain.Privileges
	// Groups and Devices are how many are named one by one.
	Groups, Devices int
	// Known: the address has an account. Sponsor: the mail goes to who invited.
	Known, Sponsor bool
}

func guestSubject(ctx context.Context, l Letter) string {
	by, account := line(l.Inviter), line(l.Account)
	switch l.Kind {
	case domain.GuestEndingMail:
		return views.T(ctx, "mail.guest-ending.subject", "Account", account, "Date", lastDate(ctx, l.EndsAt))
	case domain.ReminderMail:
		return views.T(ctx, "mail.guest.reminder-subject", "By", by, "Account", account)
	}
	return views.T(ctx, "mail.guest.subject", "By", by, "Account", account)
}

// composeGuest is compose for what is about a guest.
func composeGuest(ctx context.Context, l Letter) body {
	by, account, name := inert(l.Inviter), inert(l.Account), inert(l.Invitee)
	b := body{link: l.Link, facts: append(guestOffer(ctx, l), end(ctx, l.EndsAt)), sentBy: views.T(ctx, "mail.sent-by", "Account", account)}
	if l.Kind == domain.GuestEndingMail {
		return endingGuest(ctx, l, b)
	}
	intro := views.T(ctx, "mail.guest.intro", "By", by, "Account", account)
	b.title, b.button = views.T(ctx, "mail.guest.title", "Account", account), views.T(ctx, "mail.guest.button")
	if !l.Guest.Known {
		intro, b.button = views.T(ctx, "mail.guest.new-intro", "By", by, "Account", account), views.T(ctx, "mail.guest.new-button")
		b.secret, b.until, b.only = true, views.WeekdayFullTime(ctx, l.Until), views.T(ctx, "mail.only-for", "Address", l.To)
	}
	b.why = views.T(ctx, "mail.invite.why", "By", by, "Address", l.InviterAddress)
	b.intro, b.preview = hello(ctx, l.Name, intro), intro
	if name == "" {
		b.intro = hello(ctx, "", intro)
	}
	return b
}

func endingGuest(ctx context.Context, l Letter, b body) body {
	account, date := inert(l.Account), lastDate(ctx, l.EndsAt)
	b.title = views.T(ctx, "mail.guest-ending.title")
	intro := views.T(ctx, "mail.guest-ending.intro", "Account", account, "Date", date, "By", inert(l.Inviter))
	b.button, b.why = views.T(ctx, "mail.guest-ending.button"), views.T(ctx, "mail.guest-ending.why", "Account", account)
	if l.Guest.Sponsor {
		intro = views.T(ctx, "mail.guest-ending.sponsor-intro", "Name", inert(l.Invitee), "Account", account, "Date", date)
		b.button, b.why = views.T(ctx, "mail.guest-ending.sponsor-button"), views.T(ctx, "mail.guest-ending.sponsor-why")
	}
	b.intro, b.preview = hello(ctx, l.Name, intro), intro
	return b
}

func lastDate(ctx context.Context, end time.Time) string {
	return views.FullDate(ctx, end.Add(-time.Second))
}

// guestOffer tells as what and where.
func guestOffer(ctx context.Context, l Letter) []fact {
	g := l.Guest
	at := []string{}
	if len(l.Sites) > 0 || g.Groups+g.Devices == 0 {
		at = append(at, where(ctx, l.Sites))
	}
	if g.Groups > 0 {
		at = append(at, views.T(ctx, "mail.guest.groups", "Count", g.Groups))
	}
	if g.Devices > 0 {
		at = append(at, views.T(ctx, "mail.guest.devices", "Count", g.Devices))
	}
	return []fact{
		{label: views.T(ctx, "mail.as"), text: views.T(ctx, "mail.guest.as", "Role", inert(g.Role), "May", views.GuestPrivilegesText(ctx, g.May))},
		{label: views.T(ctx, "mail.where"), text: strings.Join(at, ", ")},
	}
}
