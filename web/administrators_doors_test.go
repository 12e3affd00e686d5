package web

import (
	"net/http"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// A partner's people are in Admin & Technicians alone, where a deletion erases: the doors of a customer's Users and Invites
// lead there, or are not there.
func TestUsersAndInvitesAreForCustomers(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		const at = "/accounts/northgate"
		nora := p.as(t, store.Nora)
		devon := p.found(t, store.Nora, store.Northgate, store.Devon)
		for path, status := range map[string]int{
			"users": http.StatusSeeOther, "invites": http.StatusSeeOther, "users.csv": http.StatusNotFound, "invites/new": http.StatusNotFound,
			"users/removals/new?id=" + devon.ID: http.StatusNotFound, "users/" + devon.ID: http.StatusNotFound, "invites/" + devon.ID: http.StatusNotFound,
		} {
			if a := nora.get(at + "/settings/" + path).expect(status); status == http.StatusSeeOther && a.Header.Get("Location") != at+"/administrators" {
				t.Errorf("%s leads to %s", path, a.Header.Get("Location"))
			}
		}
		for _, noun := range []string{"users/suspensions", "users/removals", "users/roles", "invites/revocations", "invites"} {
			nora.post(at+"/settings/"+noun, "id", devon.ID, "role", "observer").expect(http.StatusNotFound)
		}
		p.as(t, store.Sanjay).post(at+"/settings/users/removals", "id", devon.ID).expect(http.StatusForbidden)
		if m := p.found(t, store.Nora, store.Northgate, store.Devon); m.Version != devon.Version || m.State(p.store.Now()) != domain.StateAccepted {
			t.Errorf("Devon was changed: %+v", m)
		}
	})
}
