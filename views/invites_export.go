package views

import (
	"context"
	"strings"
	"time"

	"gatehouse/domain"
)

// InviteHeads are the heads of the columns of InviteCells.
func InviteHeads(ctx context.Context) []string {
	return []string{
		T(ctx, "invites.first-name"), T(ctx, "invites.last-name"), T(ctx, "invites.email"), T(ctx, "invites.phone"), T(ctx, "invites.role"),
		T(ctx, "scope.title"), T(ctx, "invites.state-head"), T(ctx, "invites.sent"), T(ctx, "invites.expires"), T(ctx, "invites.invited-by"),
		T(ctx, "invites.delivery"), T(ctx, "invites.reason"), T(ctx, "invites.ends-on"), T(ctx, "invites.language"),
	}
}

// InviteCells are an offer as a row of a file: words in the reader's language, moments a spreadsheet can sort by, in
// their zone.
func InviteCells(ctx context.Context, in domain.Account, m domain.Membership, sites map[string]string, now time.Time, zone *time.Location) []string {
	all, names := ScopeNames(m.Scope, sites)
	scope := strings.Join(names, "; ")
	if all {
		scope = T(ctx, "common.all-sites")
	}
	reason := ""
	if m.Mail.State != domain.MailSent {
		reason = MailReason(ctx, m.Mail.Error)
	}
	moment := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04") }
	return []string{
		m.FirstName, m.LastName, m.Email, m.Phone, RoleName(ctx, in.RoleOf(m.Role)), scope, InviteStateName(ctx, InviteStateOf(m, now)),
		moment(m.SentAt), moment(m.ExpiresAt), m.InviterName, MailStateName(ctx, m.Mail.State), reason, domain.LastDay(m.EndsAt, zone), m.Language,
	}
}
