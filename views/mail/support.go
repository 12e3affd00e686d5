package mail

import (
	"context"
	"time"

	"gatehouse/domain"
	"gatehouse/views"
)

// Support is what a mail about support access tells: the partner who asks, for how long and why, and what was answered.
type Support struct {
	Partner, Reason string
	Length          time.Duration
	// Answerer is who answered; Until is the end of what was granted, zero when it was refused.
	Answerer string
	Until    time.Time
}

// answer is the part of the keys of the mail to who asked.
func (s Support) answer() string {
	if s.Until.IsZero() {
		return "refused"
	}
	return "granted"
}

func supportSubject(ctx context.Context, l Letter) string {
	if l.Kind == domain.SupportAskedMail {
		return views.T(ctx, "mail.support-asked.subject", "Partner", line(l.Support.Partner), "Account", line(l.Account))
	}
	return views.T(ctx, "mail.support-answered."+l.Support.answer()+"-subject", "Account", line(l.Account))
}

func composeSupport(ctx context.Context, l Letter) body {
	partner, account, by := inert(l.Support.Partner), inert(l.Account), inert(l.Inviter)
	b := body{link: l.Link, sentBy: views.T(ctx, "mail.sent-by", "Account", account), quote: quote(l.Support.Reason)}
	b.quoted = views.T(ctx, "mail.support-asked.reason", "By", by)
	if l.Kind == domain.SupportAskedMail {
		intro := views.T(ctx, "mail.support-asked.intro", "By", by, "Partner", partner, "Account", account)
		b.title, b.intro, b.preview = views.T(ctx, "mail.support-asked.title", "Partner", partner), hello(ctx, l.Name, intro), intro
		b.facts = []fact{
			{views.T(ctx, "mail.support-asked.who"), by, ", " + l.InviterAddress},
			{label: views.T(ctx, "mail.support-asked.long"), text: views.SupportLength(ctx, l.Support.Length)},
			{label: views.T(ctx, "mail.support-asked.may"), text: views.T(ctx, "mail.support-asked.may-text")},
		}
		b.button, b.why = views.T(ctx, "mail.support-asked.button"), views.T(ctx, "mail.support-asked.why", "Account", account)
		return b
	}
	key := "mail.support-answered." + l.Support.answer()
	intro := views.T(ctx, key+"-intro", "By", inert(l.Support.Answerer))
	b.title, b.intro, b.preview = views.T(ctx, key+"-title", "Account", account), hello(ctx, l.Name, intro), intro
	if !l.Support.Until.IsZero() {
		b.facts = []fact{{label: views.T(ctx, "mail.until"), text: views.WeekdayFullTime(ctx, l.Support.Until)}}
	}
	b.button, b.why = views.T(ctx, "mail.support-answered.button"), views.T(ctx, "mail.support-answered.why", "Account", account)
	return b
}
