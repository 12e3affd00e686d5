package deliver

import (
	"context"
	"strings"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
	"gatehouse/views/mail"
)

// write turns a message into a mail, in the recipient's language and time.
func write(ctx context.Context, m store.Message, base string) (Mail, error) {
	l := mail.Letter{
		Kind: m.Kind, To: m.To, Name: m.Person.FirstName, Account: m.Account.Name,
		Inviter: m.Inviter.Name(), InviterAddress: m.Inviter.Email,
		Role: m.Account.RoleOf(m.Membership.Role), Sites: m.Sites, EndsAt: m.Membership.EndsAt, Message: m.Membership.Message,
		Invitee: m.Membership.Name(), InviteeAddress: m.Membership.Email, Link: link(m, base), Until: m.Until, At: m.CreatedAt, About: m.About,
	}
	if m.Kind == domain.InviteMail || m.Kind == domain.ReminderMail {
		l.Name = m.Membership.FirstName
	}
	l.AtPartner = m.Partner.ID != "" && m.Support.ID == ""
	if g := m.Support; g.ID != "" {
		l.Support = &mail.Support{Partner: m.Partner.Name, Reason: g.Reason, Length: g.Length, Answerer: g.AnswererName, Until: g.EndsAt}
	}
	if g := m.Membership; g.Kind == domain.KindGuest {
		role, _ := m.Account.Role(g.Role) // one that is gone has no name
		l.Guest = &mail.Guest{Role: role.Name, May: g.May().And(role.Privileges()), Known: m.Known, Sponsor: m.Kind == domain.GuestEndingMail && m.UserID != g.UserID}
		for _, n := range g.Scope {
			switch {
			case n.Device != "":
				l.Guest.Devices++
			case n.Group != "":
				l.Guest.Groups++
			}
		}
		if m.Kind == domain.InviteMail || m.Kind == domain.ReminderMail {
			l.Name = m.Person.FirstName
		}
	}
	ctx = views.WithLocale(ctx, views.Locale{Lang: m.Language, Zone: zone(m)})
	var html strings.Builder
	if err := mail.HTML(l).Render(ctx, &html); err != nil {
		return Mail{}, err
	}
	return Mail{ID: m.ID, To: m.To, Subject: mail.Subject(ctx, l), Text: mail.Text(ctx, l), HTML: html.String(), Secret: m.Token}, nil
}

// link is the mail's one link.
func link(m store.Message, base string) string {
	switch m.Kind {
	case domain.PasswordResetMail:
		return base + "/reset/" + m.Token
	case domain.EmailConfirmMail:
		return base + "/address/" + m.Token
	case domain.EmailNoticeMail:
		return base + "/address-stop/" + m.Token
	case domain.PasswordChangedMail, domain.EmailChangedMail:
		return base + "/sign-in"
	case domain.NewDeviceMail:
		return base + "/not-me/" + m.Token
	case domain.FactorsMail:
		return base + "/profile"
	case domain.SupportAskedMail:
		return base + "/accounts/" + m.Account.Slug + "/settings/security"
	case domain.SupportAnsweredMail:
		return base + "/accounts/" + m.Partner.Slug + "/support"
	case domain.InviteExpiredMail, domain.InviteAskedMail:
		if m.Partner.ID != "" { // who sent it sees the account from there, and nothing in it
			return base + "/accounts/" + m.Partner.Slug + "/companies/" + m.Account.ID
		}
		if m.Membership.Kind == domain.KindGuest {
			return base + "/accounts/" + m.Account.Slug + "/settings/guests"
		}
		if m.Account.Kind == domain.Partner {
			return base + "/accounts/" + m.Account.Slug + "/administrators"
		}
		return base + "/accounts/" + m.Account.Slug + "/settings/invites"
	case domain.GuestEndingMail:
		if m.UserID != m.Membership.UserID {
			return base + "/accounts/" + m.Account.Slug + "/settings/guests"
		}
		return base + "/companies"
	}
	if m.Known { // a guest answers in their own account, which needs no secret
		return base + "/companies"
	}
	return base + "/invites/" + m.Token
}

// zone is the recipient's, or, where they have not told theirs, that of who invites them.
func zone(m store.Message) *time.Location {
	if m.Person.ID != "" {
		return m.Person.Zone()
	}
	return m.Inviter.Zone()
}
