package views

import (
	"context"
	"slices"
	"strings"

	"gatehouse/domain"
)

// InviteFiles are the files of invites of an account; base is the Invites tab.
func InviteFiles(ctx context.Context, by domain.Actor, base string) ImportFiles {
	f := ImportFiles{Kind: domain.ImportInvites, Base: base + "/imports", Back: base}
	add := func(field, holds string, required bool) {
		f.Columns = append(f.Columns, ImportColumn{Field: field, Label: f.say(ctx, "column."+strings.ReplaceAll(field, "_", "-")), Holds: holds, Required: required})
	}
	holds := func(key string, kv ...any) string { return f.say(ctx, "holds."+key, kv...) }
	var roles []string
	for _, r := range by.GrantableRoles() {
		roles = append(roles, RoleName(ctx, r))
	}
	scope := holds("scope")
	if !by.Scope.AccountWide() {
		scope = holds("scope-sites")
	}
	add("first_name", holds("first-name"), true)
	add("last_name", holds("last-name"), true)
	add("email", holds("email"), true)
	add("phone", PhoneRule(ctx, by.Account.Country), false)
	add("role", holds("role", "Roles", strings.Join(roles, ", ")), true)
	add(ScopeName, scope, by.Account.Kind != domain.Partner) // a partner's people have no sites
	add("notify_email", holds("notify-email"), false)
	add("notify_text", holds("notify-text"), false)
	add("ends_on", holds("ends-on"), false)
	add("message", holds("message"), false)
	add("language", holds("language"), false)
	return f
}

// InviteImportLine is a row of a file of invites to an account.
func InviteImportLine(ctx context.Context, in domain.Account, f ImportFiles, row domain.ImportRow[domain.InviteLine]) ImportLine {
	d := row.Draft
	l := ImportLine{
		Line: row.Line, Name: strings.TrimSpace(d.FirstName + " " + d.LastName), Under: d.Email, Where: d.Role, WhereUnder: T(ctx, "common.none"), Problems: row.Problems,
	}
	if r, ok := in.Role(domain.RoleID(d.Role)); ok {
		l.Where = RoleName(ctx, r) // else what stands there in its place
	}
	switch {
	case slices.Contains(d.Scope, domain.WholeAccount):
		l.WhereUnder = T(ctx, "common.all-sites")
	case len(d.Sites) > 0:
		l.WhereUnder = strings.Join(d.Sites, ", ")
	}
	if row.MadeID != "" {
		l.Made = f.Back + "/" + row.MadeID
	}
	return l
}
