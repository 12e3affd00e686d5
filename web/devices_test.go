package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
)

// device finds a device of Brightwater by its site's code and its serial number, as Dana sees it.
func (p *portal) device(t *testing.T, code, serial string) domain.Device {
	t.Helper()
	dana := p.actor(t, store.Dana, store.Brightwater)
	sites, _, err := p.store.Sites(t.Context(), dana, code, "", 1)
	if err != nil || len(sites) != 1 {
		t.Fatal(sites, err)
	}
	page, err := p.store.Devices(t.Context(), dana, sites[0].ID, store.DeviceQuery{Search: serial})
	if err != nil || len(page.Rows) != 1 {
		t.Fatal(page, err)
	}
	return page.Rows[0]
}

// Forms about devices come back with what was typed and what is wrong with it by its field; nothing is written.
func TestDeviceForms(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		d := p.device(t, "HPT", "GH-PNL-7F21-0391")
		site, at := "/accounts/brightwater/sites/"+d.SiteID, "/accounts/brightwater/devices/"+d.ID
		jonas := p.as(t, store.Jonas)
		version := fmt.Sprint(d.Version)
		for _, c := range []struct {
			name, path string
			form       []string
			faults     string            // the fields that are marked
			kept       map[string]string // by field
		}{
			{
				"a new one", site + "/devices",
				[]string{"serial", "?", "label", "Attic meter", "kind", "meter", "partitions", "many"},
				"partitions serial",
				map[string]string{"serial": "?", "label": "Attic meter", "partitions": "many"},
			},
			{"a number that is taken", site + "/devices", []string{"serial", "GH-PNL-7F21-0391", "kind", "panel"}, "serial", map[string]string{"serial": "GH-PNL-7F21-0391"}},
			{"a group of another site", site + "/devices", []string{"serial", "GH-NEW-0001", "kind", "meter", "group", p.device(t, "UYB", "GH-PNL-5100-0301").GroupID}, "group", map[string]string{"serial": "GH-NEW-0001"}},
			{"several", site + "/devices/batches", []string{"serials", "GH-NEW-0001", "kind", "toaster"}, "kind", nil},
			{"none of several", site + "/devices/batches", []string{"serials", " , ", "kind", "meter"}, "serials", nil},
			{"a label", at, []string{"version", version, "label", strings.Repeat("x", 61), "partitions", "65"}, "label partitions", map[string]string{"label": strings.Repeat("x", 61), "partitions": "65"}},
			{"a report", at + "/reports", []string{"rssi", "loud"}, "rssi", map[string]string{"rssi": "loud"}},
			{"a replacement", at + "/replacements", []string{"version", version, "serial", "GH-MTR-20C4-1187"}, "serial", map[string]string{"serial": "GH-MTR-20C4-1187"}},
		} {
			page := jonas.post(c.path, c.form...).expect(http.StatusUnprocessableEntity).page()
			marked := page.Find("main [aria-invalid=true]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("name", "") })
			slices.Sort(marked)
			if got := strings.Join(marked, " "); got != c.faults {
				t.Errorf("%s: marked %q, want %q", c.name, got, c.faults)
			}
			for field, want := range c.kept {
				if got := page.Find("main input[name="+field+"]").AttrOr("value", ""); got != want {
					t.Errorf("%s: %s became %q", c.name, field, got)
				}
			}
		}
		if now := p.device(t, "HPT", "GH-PNL-7F21-0391"); now.Version != d.Version || now.Label != d.Label {
			t.Errorf("written: %+v", now)
		}
		// What somebody else changed meanwhile is shown beside what was typed (409).
		jonas.follow(jonas.post(at, "version", version, "label", "Lobby panel", "partitions", "4"))
		page := jonas.post(at, "version", version, "label", "Front panel", "partitions", "4").expect(http.StatusConflict).see("Somebody changed Lobby panel meanwhile").page()
		if got := page.Find("main input[name=label]").AttrOr("value", ""); got != "Front panel" {
			t.Errorf("typed over: %q", got)
		}
	})
}

// The question where devices go offers each place by its whole name, finds more than it lists where there are many, and
// wants an answer.
func TestWhereDevicesGo(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		d := p.device(t, "HPT", "GH-PNL-7F21-0391")
		at := "/accounts/brightwater/sites/" + d.SiteID + "/devices/moves/new?id=" + d.ID
		jonas := p.as(t, store.Jonas)
		labels := func(page *goquery.Document) []string {
			return page.Find("label:has(input[name=to])").Map(func(_ int, s *goquery.Selection) string { return words(s) })
		}
		page := jonas.get(at).expect(http.StatusOK).page()
		if got := labels(page); len(got) < 25 || got[0] != "Harbor Point Tower · No group" || !slices.Contains(got, "Union Yard Battery Store · Battery hall") {
			t.Errorf("offers %q", got)
		}
		if n := page.Find(".picker input[type=radio][name=to]").Length(); n != len(labels(page)) || page.Find(".picker [hx-get]").Length() != 0 {
			t.Errorf("%d to choose from, or it looks for what is all there", n)
		}
		if n := jonas.get(at + "&given=1").expect(http.StatusUnprocessableEntity).page().Find("main .error").Length(); n != 1 {
			t.Errorf("nothing chosen: %d faults", n)
		}

		by := p.actor(t, store.Jonas, store.Brightwater)
		for n := range 90 { // beyond what a dialog lists
			if _, err := p.store.CreateSite(t.Context(), by, domain.SiteDraft{Name: fmt.Sprintf("Annex %03d", n), TimeZone: "UTC"}); err != nil {
				t.Fatal(err)
			}
		}
		page = jonas.script(http.MethodGet, at, dialog, nil).expect(http.StatusOK).page()
		find := page.Find(".picker input[type=search]").AttrOr("hx-get", "")
		if got := labels(page); slices.Contains(got, "Windy Lookout Farm · No group") || find == "" {
			t.Fatalf("all of them are there, or nothing finds more: %q", find)
		}
		page = jonas.script(http.MethodGet, find+"&q=windy&to="+url.QueryEscape(d.SiteID), "to-list", nil).expect(http.StatusOK).page()
		if got := labels(page); !slices.Equal(got, []string{"Harbor Point Tower · No group", "Windy Lookout Farm · No group"}) {
			t.Errorf("finds %q", got)
		}
		if got := page.Find("input[type=radio][name=to]:checked, input[type=radio][checked]").AttrOr("value", ""); got != d.SiteID {
			t.Errorf("what was chosen is %q", got)
		}
		page = jonas.get(at).expect(http.StatusOK).page() // without script all are there
		if !slices.Contains(labels(page), "Windy Lookout Farm · No group") {
			t.Error("a page does not list all places")
		}
	})
}

// Every privilege that an own role can be given is asked for by some door, so that none is an empty promise.
func TestEveryPrivilegeOpensADoor(t *testing.T) {
	c := theCast(t)
	asked := map[domain.Privilege]bool{}
	p := c.open(t, admin())
	for _, door := range p.routes() {
		asked[door.May] = true
	}
	offered := c.as(t, p, admin()).get("/accounts/brightwater/settings/roles/new").expect(http.StatusOK).page().Find("input[name=may]")
	if offered.Length() < 15 {
		t.Errorf("%d privileges are offered", offered.Length())
	}
	offered.Each(func(_ int, s *goquery.Selection) {
		if may, ok := domain.ParsePrivilege(s.AttrOr("value", "")); !ok || !asked[may] {
			t.Errorf("no door asks for %s", s.AttrOr("value", ""))
		}
	})
}

// What is silent is counted on the account's and the site's dashboard, and how strongly a device is heard is told by a word,
// by bars and by a number, never by colour alone. The partitions of a panel are numbered.
func TestSignals(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		at := "/accounts/" + store.Brightwater
		v := p.as(t, store.Owen) // a User: changes nothing
		p.as(t, store.Dana).get(at).see("Devices", "41", "6 offline", "17 of 19")
		panel := p.device(t, "HPT", "GH-PNL-7F21-0394")
		site := v.get(at+"/sites/"+panel.SiteID).see("2 offline", "3 weak")
		for name, want := range map[string][]string{
			"Panel 3 North":     {"Online", "4", "Strong", "−54 dBm"},
			"Chiller meter B":   {"Weak", "2", "Weak", "−84 dBm"},
			"Supply air sensor": {"Offline", "", "", "No signal"},
		} {
			row := site.page().Find("#device-table tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), name) })
			bars := row.Find("svg.rssi")
			got := []string{words(row.Find("[data-tone]").First()), bars.AttrOr("data-level", ""), bars.AttrOr("aria-label", ""), ""}
			if strings.Contains(row.Text(), want[3]) {
				got[3] = want[3]
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s shows %q, want %q\n%s", name, got, want, words(row))
			}
		}
		v.get(at+"/devices/"+panel.ID).see("1 Main entrance", "Partition 8")
		jonas := p.as(t, store.Jonas).get(at + "/devices/" + panel.ID).page()
		numbers := jonas.Find("label:has(input[name=partition])").Map(func(_ int, s *goquery.Selection) string { return words(s) })
		if want := "1 2 3 4 5 6 7 8"; strings.Join(numbers, " ") != want {
			t.Errorf("the fields of the partitions are numbered %q", numbers)
		}
	})
}
