package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
)

const bwRoles = "/accounts/brightwater/settings/roles"

// role is one of Brightwater's own roles by its name.
func (p *portal) role(t *testing.T, name string) domain.Role {
	t.Helper()
	own := p.actor(t, store.Dana, store.Brightwater).Account.Roles
	i := slices.IndexFunc(own, func(r domain.Role) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("no role %s", name)
	}
	return own[i]
}

// A role's form comes back with what was typed: 422 for what is wrong, 409 for what somebody else has changed. What its
// holders would lose is told first.
func TestRoleForms(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana := p.as(t, store.Dana)
		ticked := func(page *goquery.Document) string {
			return strings.Join(page.Find("main input[name=may][checked]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "") }), " ")
		}
		for name, form := range map[string][]string{
			"no name":            {"name", "", "may", "view-devices"},
			"a built-in name":    {"name", "Admin", "may", "view-devices"},
			"a name that is had": {"name", "installer", "may", "view-devices"},
			"nothing chosen":     {"name", "Night Watch"},
			"beyond her own":     {"name", "Night Watch", "may", "deploy"},
		} {
			page := dana.post(bwRoles, form...).expect(http.StatusUnprocessableEntity).page()
			if got := page.Find("main input[name=name]").AttrOr("value", ""); got != form[1] || page.Find("main .error").Length() != 1 {
				t.Errorf("%s: kept %q with %d faults", name, got, page.Find("main .error").Length())
			}
			if want := strings.Join(form[2:], " "); !strings.Contains("may "+ticked(page), want) {
				t.Errorf("%s: ticked %q, want %q", name, ticked(page), want)
			}
		}
		made := p.actor(t, store.Dana, store.Brightwater).Account.Roles
		if len(made) != 4 {
			t.Errorf("%d roles", len(made))
		}

		// Maintenance is held by Jun: taking Export away is told and confirmed.
		at := bwRoles + "/" + string(p.role(t, store.Maintenance).ID)
		page := dana.post(at, "version", "1", "name", "Caretaker", "may", "view-devices").expect(http.StatusUnprocessableEntity).page()
		if got := words(page.Find("main .alert")); !strings.Contains(got, "Export device data") || page.Find("main input[name=confirm][value=export-devices]").Length() != 1 {
			t.Errorf("what is lost: %q", got)
		}
		if p.role(t, store.Maintenance).May(domain.ExportDevices) == false {
			t.Error("taken away before it was confirmed")
		}
		dana.follow(dana.post(at, "version", "1", "name", "Caretaker", "may", "view-devices", "confirm", "export-devices")).see("Caretaker")
		if p.role(t, "Caretaker").May(domain.ExportDevices) {
			t.Error("not taken away")
		}
		page = dana.post(at, "version", "1", "name", "Concierge", "may", "view-devices").expect(http.StatusConflict).page()
		if got := page.Find("main input[name=name]").AttrOr("value", ""); got != "Concierge" || page.Find("main input[name=version]").AttrOr("value", "") != "2" {
			t.Errorf("typed over an older state: %q", got)
		}
	})
}

// A role that somebody holds is deleted only with what they get instead.
func TestDeleteRoleWithReplacement(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		dana := p.as(t, store.Dana)
		role := p.role(t, store.Maintenance)
		at := bwRoles + "/" + string(role.ID) + "/deletions"
		if n := dana.get(at + "/new").expect(http.StatusOK).page().Find("main select[name=people] option").Length(); n < 5 {
			t.Errorf("%d to choose from", n)
		}
		for name, people := range map[string]string{"nothing": "", "itself": string(role.ID), "none": "no-such-role"} {
			page := dana.post(at, "version", "1", "people", people).expect(http.StatusUnprocessableEntity).page()
			if page.Find("main select[name=people][aria-invalid=true]").Length() != 1 {
				t.Errorf("%s: not marked", name)
			}
		}
		dana.post(at, "version", "7", "people", "user").expect(http.StatusConflict)
		dana.follow(dana.post(at, "version", "1", "people", "user", "guests", string(p.role(t, store.Viewer).ID))).expect(http.StatusOK)
		if m := p.user(t, p.ids(t, store.Jun)[0]); m.Role != domain.RoleUser {
			t.Errorf("Jun is %s", m.Role)
		}
		dana.get(bwRoles + "/" + string(role.ID)).expect(http.StatusNotFound)
	})
}
