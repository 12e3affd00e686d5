package views

import (
	"context"
	"strings"
	"time"

	"gatehouse/domain"
)

// UserHeads are the heads of the columns of UserCells.
func UserHeads(ctx context.Context) []string {
	return []string{
		T(ctx, "users.file.first-name"), T(ctx, "users.file.last-name"), T(ctx, "users.file.email"), T(ctx, "users.file.phone"), T(ctx, "users.filter.role"),
		T(ctx, "scope.title"), T(ctx, "users.column.state"), T(ctx, "users.detail.end"), T(ctx, "users.column.joined"), T(ctx, "users.column.sign-in"),
		T(ctx, "users.act.email-label"), T(ctx, "users.act.text-label"),
	}
}

// UserCells are a person as a row of a file: words in the reader's language, moments a spreadsheet can sort by, in
// their zone.
func UserCells(ctx context.Context, in domain.Account, m domain.Membership, sites map[string]string) []string {
	zone := LocaleOf(ctx).Zone
	all, names := ScopeNames(m.Scope, sites)
	scope := strings.Join(names, "; ")
	if all {
		scope = T(ctx, "common.all-sites")
	}
	_, _, state := UserState(ctx, m)
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format("2006-01-02 15:04")
	}
	return []string{
		m.FirstName, m.LastName, m.Email, m.Phone, RoleName(ctx, in.RoleOf(m.Role)), scope, state, domain.LastDay(m.EndsAt, zone),
		moment(m.AcceptedAt), moment(m.LastSignInAt), onOrOff(ctx, m.NotifyEmail), onOrOff(ctx, m.NotifyText),
	}
}
