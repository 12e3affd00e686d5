package web

import (
	"net/http"
	"testing"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// C6, C7: without an active Master a partner's people sign in, and find a page that says why nothing opens. No door of the
// partner answers them, and their own page does.
func TestNobodyBeforeAMaster(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		const masters = " where level = 1 and user_id is not null and account_id in (select id from accounts where slug = 'northgate')"
		inside := p.as(t, store.Devon)
		inside.get("/accounts/northgate").expect(http.StatusOK)
		storetest.Exec(t, p.store, "update memberships set accepted_at = 0"+masters)
		for _, who := range []string{store.Sanjay, store.Devon, "abel.winslow@northgate.example"} {
			v := p.as(t, who)
			v.follow(v.get("/")).see("Northgate Integrators waits for its Master", "Nobody of another level gets in")
			for _, door := range []string{"", "/administrators", "/companies", "/credits", "/settings/activity"} {
				v.get("/accounts/northgate" + door).expect(http.StatusForbidden).see("Northgate Integrators waits for its Master")
			}
			v.get("/profile").expect(http.StatusOK)
		}
		inside.post("/accounts/northgate/companies", "name", "Late").expect(http.StatusForbidden)
		storetest.Exec(t, p.store, "update memberships set accepted_at = 1"+masters)
		inside.get("/accounts/northgate").expect(http.StatusOK)
	})
}
