package store_test

import (
	"gatehouse/domain"
)

// draft is a good New Invite form for an address: a User of the whole account.
func draft(email string) domain.InviteDraft {
	return domain.InviteDraft{FirstName: "New", LastName: "Person", Email: email, Role: "user", Scope: []string{"account"}, NotifyEmail: "on", Language: "en"}
}
