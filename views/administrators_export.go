package views

import (
	"context"
	"time"

	"gatehouse/domain"
)

// AdminHeads are the heads of the columns of AdminCells.
func AdminHeads(ctx context.Context) []string {
	return []string{
		T(ctx, "invites.first-name"), T(ctx, "invites.last-name"), T(ctx, "invites.email"), T(ctx, "administrators.column.level"),
		T(ctx, "administrators.column.state"), T(ctx, "administrators.column.lock"), T(ctx, "administrators.column.factor"),
		T(ctx, "invites.sent"), T(ctx, "invites.expires"), T(ctx, "users.column.joined"), T(ctx, "administrators.column.sign-in"), T(ctx, "invites.invited-by"),
	}
}

// AdminCells are somebody of a partner as a row of a file: words in the reader's language, moments a spreadsheet can sort
// by, in their zone.
func AdminCells(ctx context.Context, in domain.Account, m domain.Membership) []string {
	l := LocaleOf(ctx)
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(l.Zone).Format("2006-01-02 15:04")
	}
	factor, expires := "", moment(m.ExpiresAt)
	if !m.AcceptedAt.IsZero() {
		factor, expires = FactorWord(ctx, m), ""
	}
	return []string{
		m.FirstName, m.LastName, m.Email, RoleName(ctx, in.RoleOf(m.Role)), InviteStateName(ctx, InviteStateOf(m, l.Now)), LockWord(ctx, m), factor,
		moment(m.SentAt), expires, moment(m.AcceptedAt), moment(m.LastSignInAt), m.InviterName,
	}
}
