package views

import (
	"slices"
	"testing"

	"gatehouse/domain"
)

// Whatever a role may has its words in every language: what somebody loses with another role is told in them.
func TestPrivilegesHaveWords(t *testing.T) {
	for _, kind := range []domain.AccountKind{domain.Customer, domain.Partner} {
		for _, role := range domain.RolesOf(kind) {
			for _, l := range Languages {
				for _, p := range slices.DeleteFunc(role.Privileges(), func(p domain.Privilege) bool { return p == domain.Enter }) {
					if PrivilegesText(WithLocale(t.Context(), Locale{Lang: l.Code}), domain.Privileges{p}) == "" {
						t.Errorf("%s of %s has no words in %s", p, role.ID, l.Code)
					}
				}
			}
		}
	}
}
