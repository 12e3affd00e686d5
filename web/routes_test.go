package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// A door asks for its privilege before anything behind it is done, whatever its handler would refuse by itself: it lets by
// who may and nobody else. Each is tried by somebody who may do less; but who may not even enter an account comes to no door
// of it.
func TestEveryDoorAsksFirst(t *testing.T) {
	c := theCast(t)
	refuses := map[string]bool{}
	for _, who := range souls {
		if !slices.Contains([]string{"nobody", "member", "guest", "observer"}, who.name) {
			continue
		}
		p := c.open(t, who)
		var route Route
		for _, path := range []string{"/tried", "/accounts/:account/tried"} {
			p.echo.GET(path, func(c echo.Context) error { return p.door(route)(c) })
		}
		visitor := c.as(t, p, who)
		asked := map[string]domain.Actor{} // who they are at an address, as a door for anyone finds them
		for _, door := range p.routes() {
			path := "/tried"
			if strings.Contains(door.Path, ":account") {
				path = "/accounts/" + who.home + "/tried"
			}
			let := false
			if _, ok := asked[path]; !ok {
				route = Route{get, "/", domain.Anyone, func(r *request) error {
					asked[path] = r.by
					return r.NoContent(http.StatusNoContent)
				}}
				visitor.get(path)
			}
			route = door
			route.Do = func(r *request) error {
				let = true
				return r.NoContent(http.StatusNoContent)
			}
			visitor.get(path)
			by := asked[path]
			if may := by.Can(door.May) && (!door.ofCustomers() || by.Account.Kind != domain.Partner); let != may {
				t.Errorf("%s %s: %s is let by: %v, may: %v", door.Method, door.Path, who.name, let, may)
			}
			less := domain.Enter
			if door.May == domain.SignedIn {
				less = domain.Anyone
			}
			if !let && by.Can(less) {
				refuses[door.Method+" "+door.Path] = true
			}
		}
	}
	for _, door := range c.open(t, admin()).routes() {
		if door.May != domain.Anyone && door.May != domain.Enter && !refuses[door.Method+" "+door.Path] {
			t.Errorf("%s %s, which asks for %s, was not tried by who may less", door.Method, door.Path, door.May)
		}
	}
}

// AUTH-20: none of these doors opens to a session whose last proof is old, whatever is sent along; each asks for one.
func TestAUTH20_DoorsThatAskForAProof(t *testing.T) {
	const security = "/accounts/brightwater/settings/security"
	looks := []string{
		"/profile/email", passkeysPath + "/new", passkeysPath + "/none/removals/new", appPath, appPath + "/removals/new",
		"/profile/recovery-codes/new", bwUsers + "/factor-resets/new?id=none",
	}
	changes := []string{
		"/profile/email", passkeysPath, passkeysPath + "/none/removals", appPath, appPath + "/confirmations", appPath + "/removals",
		"/profile/recovery-codes", "/companies/returns", bwUsers + "/factor-resets", activityPath + "/retentions",
		security, security + "/domains", security + "/confirmations", security + "/reversions", security + "/support",
		security + "/support/none/allowances", security + "/support/none/extensions",
	}
	const resets = "/accounts/northgate/administrators/factor-resets"
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		dana, nora := p.as(t, store.Dana), p.as(t, store.Nora)
		clock.Advance(20 * time.Minute)
		asker := func(path string) *visitor {
			if strings.HasPrefix(path, resets) {
				return nora
			}
			return dana
		}
		p.unwritten(t, "without a proof", func() {
			for _, path := range append(looks, resets+"/new?id=none") {
				if to := asker(path).get(path).expect(http.StatusSeeOther).Header.Get("Location"); to != proofsPath+"/new?next="+url.QueryEscape(path) {
					t.Errorf("GET %s leads to %s", path, to)
				}
			}
			for _, path := range append(changes, resets) {
				a := asker(path).post(path, "version", "1", "email", "new@brightwater.example", "code", "000000").expect(http.StatusForbidden)
				if a.page().Find("input[name=proof_password]").Length() != 1 {
					t.Errorf("POST %s asks for no proof", path)
				}
			}
			phone := dana.ask(http.MethodPost, "/profile", p.mine(t, "phone", "+15035550155")).expect(http.StatusForbidden)
			if phone.page().Find("input[name=proof_password]").Length() != 1 {
				t.Error("another phone asks for no proof")
			}
		})
	})
}
