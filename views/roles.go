package views

import (
	"context"
	"strings"

	"gatehouse/domain"
)

// RoleName is a role in words: "Deployer User", or what the account calls a role of its own. Who holds only a role's id
// asks the account for the role: domain.Account.RoleOf.
func RoleName(ctx context.Context, role domain.Role) string {
	switch {
	case role.Own():
		return role.Name
	case role.ID == "":
		return T(ctx, "roles.name.none")
	case !role.BuiltIn():
		return T(ctx, "roles.name.gone")
	}
	return T(ctx, "roles.name."+string(role.ID))
}

// RoleMeaning says in one sentence what a role may do: the hint beside each choice.
func RoleMeaning(ctx context.Context, role domain.Role) string {
	switch {
	case role.Own():
		return PrivilegesText(ctx, role.Chosen())
	case !role.BuiltIn():
		return T(ctx, "roles.may.nothing")
	}
	return T(ctx, "roles.may."+string(role.ID))
}

// PrivilegesText is a set of privileges as a sentence.
func PrivilegesText(ctx context.Context, may domain.Privileges) string {
	if len(may) == 0 {
		return T(ctx, "roles.may.nothing")
	}
	names := make([]string, len(may))
	for i, p := range may {
		names[i] = T(ctx, "roles.privilege."+p.String())
	}
	return strings.Join(names, " · ")
}

// KnownLanguage reports whether every text exists in the language of that code.
func KnownLanguage(code string) bool { return localizers[code] != nil }
