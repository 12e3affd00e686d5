package views

import (
	"context"

	"gatehouse/domain"
)

// RoleName is a role in words: "Deployer User".
func RoleName(ctx context.Context, role domain.RoleID) string {
	if role == "" {
		return T(ctx, "roles.name.none")
	}
	return T(ctx, "roles.name."+string(role))
}

// RoleMeaning says in one sentence what a role may do: the hint beside each choice.
func RoleMeaning(ctx context.Context, role domain.RoleID) string {
	return T(ctx, "roles.may."+string(role))
}

// KnownLanguage reports whether every text exists in the language of that code.
func KnownLanguage(code string) bool { return localizers[code] != nil }
