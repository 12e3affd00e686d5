package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"gatehouse/domain"
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
			if may := by.Can(door.May) && !(door.ofCustomers() && by.Account.Kind == domain.Partner); let != may {
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
