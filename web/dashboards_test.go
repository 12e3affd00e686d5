package web

import (
	"net/http"
	"testing"

	"gatehouse/store"
)

func TestDashboards(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana := p.as(t, store.Dana)
		account := dana.get("/accounts/brightwater").expect(http.StatusOK).see("Account Settings", "People with access", "Invites by state", "All 14 sites")
		if n := account.page().Find("svg.chart[role=img]").Length(); n != 1 {
			t.Errorf("%d charts", n)
		}
		if n := account.page().Find("figure table tbody tr").Length(); n != 12 {
			t.Errorf("the chart's table has %d weeks, want 12", n)
		}
		site, _ := account.page().Find(`section[aria-labelledby=sites] tbody a[href*="/sites/"]`).First().Attr("href")
		dana.get(site).expect(http.StatusOK).see("Site Settings")
		// A form of a site shows the time zone it has: saved untouched, it stays.
		if zone := dana.get(site+"/edit").page().Find("select[name=time_zone] option[selected]").AttrOr("value", ""); zone != "America/Los_Angeles" {
			t.Errorf("a site is edited with the time zone %q", zone)
		}
		dana.get("/accounts/brightwater/sites?q=harbor").expect(http.StatusOK).see("Harbor Point Tower")

		// TEN-08: a site-scoped admin finds their own sites and no trace of the others.
		ingrid := p.as(t, store.Ingrid)
		if n := ingrid.get("/accounts/brightwater/sites").page().Find("#site-table tbody tr").Length(); n != 3 {
			t.Errorf("Ingrid reaches %d sites, want 3", n)
		}
		// TEN-01: a site out of scope, one of another company and one that never was are the same answer.
		foreign, err := p.foreignSite(t)
		if err != nil {
			t.Fatal(err)
		}
		missing := ingrid.get("/accounts/brightwater/sites/0190a1b2-0000-7000-8000-000000000000").expect(http.StatusNotFound).Body
		if ingrid.get("/accounts/brightwater/sites/"+foreign).expect(http.StatusNotFound).Body != missing {
			t.Error("a foreign site does not look like a missing one")
		}
		// A Member is at home in the profile.
		p.as(t, store.Leonard).get("/accounts/brightwater").expect(http.StatusSeeOther)
	})
}

// foreignSite is a site of another company.
func (p *portal) foreignSite(t *testing.T) (string, error) {
	t.Helper()
	sites, _, err := p.store.Sites(t.Context(), p.actor(t, store.Lars, store.Larkspur), "", "", 1)
	if err != nil || len(sites) == 0 {
		return "", err
	}
	return sites[0].ID, nil
}
