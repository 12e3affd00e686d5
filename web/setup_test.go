package web

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// empty is a portal that nobody has set up.
func empty(s *store.Store) *portal {
	base := &url.URL{Scheme: "https", Host: "gatehouse.test"}
	return &portal{New(s, Config{BaseURL: base, SessionAge: 12 * time.Hour}), s, base}
}

var first = []string{
	"company", "Northgate Integrators", "country", "US", "language", "en", "time_zone", "America/Los_Angeles",
	"first_name", "Ruben", "last_name", "Castellanos", "email", "ruben@northgate.example", "phone", "+15035550142", "password", fresh,
}

// C6, C7 of the behaviours: the link makes the partner and its first Master, and nobody is in before.
func TestSetup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		p := empty(s)
		older, err := s.SetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		token, err := s.SetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		v := p.visitor(t)
		v.get("/sign-in").expect(http.StatusOK).see("Nobody has set this portal up yet")
		v.post("/sign-in", "email", "ruben@northgate.example", "password", fresh).expect(http.StatusUnprocessableEntity)
		for _, dead := range []string{"garbage", older, token[:len(token)-1], token + "A"} {
			v.get("/set-up/" + dead).expect(http.StatusNotFound).see("does not work")
			v.post("/set-up/"+dead, first...).expect(http.StatusNotFound)
		}
		link := "/set-up/" + token
		a := v.get(link).expect(http.StatusOK).see("Set up the partner portal", "What happens next")
		if policy := a.Header.Get("Referrer-Policy"); policy != "no-referrer" { // HDR-05
			t.Errorf("Referrer-Policy %q", policy)
		}
		a = v.post(link, "company", "Northgate", "country", "XX", "language", "en", "time_zone", "Not/A_Zone", "first_name", "", "last_name", "Castellanos",
			"email", "ruben@", "phone", "1", "password", "northgate 2026").expect(http.StatusUnprocessableEntity).see("6 things to correct")
		for _, field := range []string{"country", "time_zone", "first_name", "email", "phone", "password"} {
			if a.page().Find("#"+field+"-e").Length() != 1 {
				t.Errorf("nothing beside %s", field)
			}
		}
		if got := a.page().Find("#company").AttrOr("value", ""); got != "Northgate" {
			t.Errorf("the company is not kept: %q", got)
		}
		other := p.visitor(t)
		other.headers = map[string]string{"Sec-Fetch-Site": "cross-site"} // HDR-01
		other.post(link, first...).expect(http.StatusForbidden)
		v.out()

		a = v.post(link, first...).expect(http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != "/accounts/northgate-integrators" {
			t.Errorf("leads to %s", to)
		}
		v.is("ruben@northgate.example")
		v.get("/profile").see("Northgate Integrators", "Master:")
		by := p.actor(t, "ruben@northgate.example", "northgate-integrators")
		if by.Role.ID != domain.RoleMaster || by.Account.Kind != domain.Partner {
			t.Errorf("%+v", by)
		}
		p.visitor(t).get(link).expect(http.StatusNotFound)
		p.visitor(t).post(link, first...).expect(http.StatusNotFound)
		if a := p.visitor(t).get("/sign-in"); a.page().Find(".alert").Length() > 0 {
			t.Error("sign-in still speaks of the set-up")
		}
	})
}
