package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// A person's page says what they may do at a node of the tree, and whence.
func TestExplainUser(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		dana := p.actor(t, store.Dana, store.Brightwater)
		id := p.ids(t, store.Chiara)[0]
		path := bwUsers + "/" + id
		if v.get(path).page().Find("#explain input[type=search][name=q]").Length() != 1 {
			t.Error("a person's page does not let one ask")
		}
		path += "/access"
		v.get(path+"?q=Cedar+Street").expect(http.StatusOK).see(
			"Chiara Benedetti may do this at Cedar Street Substation:", "View devices and their state", "User, given by Dana Whitfield on", "Cedar Street Substation itself", "Until:")
		v.get(path+"?q=Harbor+Point+Tower").see("Chiara Benedetti may do nothing at Harbor Point Tower: it lies outside the scope.", "no grant reaches Harbor Point Tower")
		v.get(path + "?q=nowhere+of+that+name").see("Nothing found for")
		v.get(path).see("Type a part of the name first.")

		// Of several, one is chosen: with script only the answer is replaced.
		found := v.get(path + "?q=e").page().Find("#explain ul a")
		if found.Length() < 2 {
			t.Fatalf("%d found", found.Length())
		}
		part := v.script(http.MethodGet, found.First().AttrOr("href", ""), "explain", nil).expect(http.StatusOK)
		if part.page().Find("#explain ol li").Length() < 3 || part.page().Find("h1").Length() != 0 {
			t.Error("script does not get the answer alone")
		}

		// A device is reached through its site, by a role that an Admin has changed.
		device := p.nodeIn(t, dana, "Cedar Street Substation")
		v.follow(v.post(bwUsers+"/roles", "id", id, "given", "1", "role", "deployer"))
		v.get(path+"?node="+url.QueryEscape(device.Node.Path())).see("Deploy: register, move, replace and remove devices",
			"Deployer User, given by Dana Whitfield on", "Cedar Street Substation, which holds "+device.Name)
		v.follow(v.post(bwUsers+"/suspensions", "id", id))
		v.get(path + "?node=" + url.QueryEscape(device.Node.Path())).see("the access is disabled.")

		// Another company's node is one that is not there.
		foreign, err := p.foreignSite(t)
		if err != nil {
			t.Fatal(err)
		}
		if got, none := v.get(path+"?node="+foreign).Text(), v.get(path+"?node="+missing).Text(); got != strings.ReplaceAll(none, missing, foreign) {
			t.Error("a foreign node is answered otherwise than one that is not there")
		}
	})
}

// nodeIn is a device of a site.
func (p *portal) nodeIn(t *testing.T, by domain.Actor, site string) store.NodeName {
	t.Helper()
	page, err := p.store.Devices(t.Context(), by, p.siteID(t, site), store.DeviceQuery{})
	if err != nil || len(page.Rows) == 0 {
		t.Fatalf("the devices of %s: %v", site, err)
	}
	return store.NodeName{Node: page.Rows[0].Node(), Name: page.Rows[0].Name()}
}

// A device's page says who may do what at it.
func TestExplainDevice(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		device := p.nodeIn(t, p.actor(t, store.Dana, store.Brightwater), "Cedar Street Substation")
		path := "/accounts/" + store.Brightwater + "/devices/" + device.Node.Device
		if v.get(path).page().Find("#explain input[type=search][name=q]").Length() != 1 {
			t.Error("a device's page does not let one ask")
		}
		v.get(path+"/access?q=chiara").see("Chiara Benedetti may do this at "+device.Name, "Cedar Street Substation, which holds")
		v.get(path+"/access?q=jonas").see("Jonas Ekström may do this at "+device.Name, "Deploy:", "the whole account")
		if n := v.get(path + "/access?q=brightwater").page().Find("#explain ul a[href*='user=']").Length(); n < 2 {
			t.Errorf("%d people to choose from", n)
		}
		v.get(path + "/access?user=" + missing).expect(http.StatusNotFound)
	})
}

// What a narrower role or scope takes away is said before it is done.
func TestLossIsToldFirst(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		id := p.ids(t, store.Ingrid)[0]
		was := p.user(t, id)

		v.get(bwUsers+"/roles/new?given=1&role=member&id="+id).see("No longer may:", "Change users")
		v.get(bwUsers + "/scopes/new?given=1&scope=" + p.siteID(t, "Pier 9 Terminal") + "&id=" + id).see("Loses:")
		if strings.Contains(v.get(bwUsers+"/roles/new?given=1&role=deployer&id="+id).Text(), "No longer may:") {
			t.Error("a wider role is said to take something away")
		}

		path := bwUsers + "/" + id
		form := v.get(path).form("#user-form")
		form.Set("role", "user")
		form.Set("notify_text", "on")
		a := v.ask(http.MethodPost, path, form).expect(http.StatusUnprocessableEntity)
		a.see("This takes something away from", "Change users", "Save and take away")
		if p.user(t, id).Version != was.Version {
			t.Error("it is done before it is confirmed")
		}
		again := a.form("#user-form")
		if again.Get("role") != "user" || again.Get("notify_text") != "on" || again.Get("confirm") == "" {
			t.Errorf("the form lost what was typed: %v", again)
		}
		other := a.form("#user-form")
		other.Set("role", "member") // takes away more than was confirmed
		v.ask(http.MethodPost, path, other).expect(http.StatusUnprocessableEntity)
		v.follow(v.ask(http.MethodPost, path, again)).see("saved")
		if m := p.user(t, id); m.Role != domain.RoleUser || !m.NotifyText {
			t.Errorf("saved %+v", m)
		}
	})
}

// The same for guests: devices, privileges, and privileges in one group of several.
func TestGuestLossIsToldFirst(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		birte := p.guest(t, store.Birte)
		path := bwGuests + "/" + birte.ID
		form := v.get(path + "/edit").form("#guest-form")
		form["device"], form["may"] = form["device"][:1], []string{"view-devices"}
		a := v.ask(http.MethodPost, path, form).expect(http.StatusUnprocessableEntity)
		a.see("This takes something away from Birte Sander", "Loses: ", "No longer may: Export", "Save and take away")
		again := a.form("#guest-form")
		if len(again["device"]) != 1 || len(again["may"]) != 1 || p.guest(t, store.Birte).Version != birte.Version {
			t.Errorf("the form comes back as %v, or it is done before it is confirmed", again)
		}
		v.follow(v.ask(http.MethodPost, path, again)).see("Birte Sander saved")
		if m := p.guest(t, store.Birte); len(m.Grants) != 1 || m.May().String() != "view-devices" {
			t.Errorf("saved %+v", m.Grants)
		}

		cora := p.guest(t, store.Cora)
		path = bwGuests + "/" + cora.ID
		form = v.get(path + "/edit").form("#guest-form")
		for _, g := range cora.Grants {
			form.Add("cell", g.Node.Path()+":export-devices")
		}
		v.follow(v.ask(http.MethodPost, path, form)).see("Cora Beltrán saved") // more is asked about nowhere
		form = v.get(path + "/edit").form("#guest-form")
		form["cell"] = slices.DeleteFunc(form["cell"], func(cell string) bool { return cell == cora.Grants[0].Node.Path()+":export-devices" })
		a = v.ask(http.MethodPost, path, form).expect(http.StatusUnprocessableEntity).see("This takes something away from Cora Beltrán", " no longer: Export")
		if strings.Contains(a.Text(), "Loses:") || strings.Contains(a.Text(), "No longer may:") {
			t.Errorf("more is said to be lost: %s", a.Text())
		}
		v.follow(v.ask(http.MethodPost, path, a.form("#guest-form"))).see("Cora Beltrán saved")
	})
}

// A guest's page says what they may do at a node, by which of the grants they were given, from whom and until when.
func TestExplainGuest(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		at := func(email string) string { return bwGuests + "/" + p.guest(t, email).ID }
		if v.get(at(store.Elias)).page().Find("#explain input[type=search][name=q]").Length() != 1 {
			t.Error("a guest's page does not let one ask")
		}
		v.get(at(store.Elias)+"/access?q=Harbor+Point+Tower").expect(http.StatusOK).see(
			"Elias Novak may do this at Harbor Point Tower:", "Maintenance, given by Dana Whitfield on", "the whole account: View, Export", "no end date")
		v.get(at(store.Birte)+"/access?q=chiller+meter+a").see("Birte Sander may do this at Chiller meter A:", "Chiller meter A itself: View, Export")
		v.get(at(store.Birte)+"/access?q=chiller+meter+b").see("Birte Sander may do nothing at Chiller meter B:", "it is not among what the guest was given.", "no grant reaches Chiller meter B")
		v.get(at("oscar.villanueva@villanueva-pv.example")+"/access?q=rack+panel+1").see("Union Yard Battery Store, which holds Rack panel 1: View, Configure", "Until: Nov")
		v.get(at(store.Amir) + "/access?q=reception").see("the guest is inactive.")
		v.get(at(store.Hugo) + "/access?q=harbor").see("the invitation has not been accepted.")
		storetest.Exec(t, p.store, "update memberships set suspended_at = 1 where kind = 'user' and email = '"+store.Cora+"'")
		v.get(at(store.Cora) + "/access?q=harbor+point").see("no company lets this person in at present.")

		part := v.script(http.MethodGet, at(store.Elias)+"/access?q=eastfield", "explain", nil).expect(http.StatusOK)
		if part.page().Find("h1").Length() != 0 || part.page().Find("#explain ol li").Length() < 3 {
			t.Error("script does not get the answer alone")
		}
		p.as(t, store.Ingrid).get(at(store.Elias) + "/access?q=harbor").expect(http.StatusForbidden)
		lars := p.as(t, store.Lars)
		foreign := "/accounts/" + store.Larkspur + "/settings/guests/"
		id := p.guest(t, store.Elias).ID
		same(t, lars.get(foreign+id+"/access?q=a").expect(http.StatusNotFound), lars.get(foreign+missing+"/access?q=a"), id, missing)
	})
}

// A device's page lists everybody who reaches it, guests too for whom may view them; each leads to how.
func TestExplainEverybody(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		v := p.as(t, store.Dana)
		device := p.device(t, "HPT", "GH-MTR-20C4-1187")
		path := "/accounts/" + store.Brightwater + "/devices/" + device.ID
		href := v.get(path).page().Find("#explain a").AttrOr("href", "")
		if !strings.HasPrefix(href, path+"/access?everybody=1") {
			t.Fatalf("the device leads to %q", href)
		}
		a := v.get(href).see("These people reach Chiller meter A:", "Dana Whitfield", "Jonas Ekström", "Deployer User", "Elias Novak", "Guest, Maintenance", "Birte Sander")
		rows := a.page().Find("#explain li")
		for _, other := range []string{"Anaïs Lefèvre", "Amir Rezaei", "Leonard", "Aisha"} { // elsewhere, inactive, a Member, disabled
			if strings.Contains(words(rows), other) {
				t.Errorf("%s reaches it", other)
			}
		}
		rows.Each(func(_ int, row *goquery.Selection) {
			if name := words(row.Find("a")); !strings.Contains(v.get(row.Find("a").AttrOr("href", "")).expect(http.StatusOK).Text(), name+" may do this at Chiller meter A:") {
				t.Errorf("%s is listed, and explained otherwise", name)
			}
		})
		part := v.script(http.MethodGet, href, "explain", nil).expect(http.StatusOK).page()
		if part.Find("h1").Length() != 0 || part.Find("#explain li").Length() != rows.Length() {
			t.Error("script does not get the answer alone")
		}
		v.get(path+"/access?q=elias").see("Elias Novak may do this at Chiller meter A:", "the whole account: View, Export")
		v.get(href + "&after=" + url.QueryEscape("zzz")).see("There is nobody else.")

		ingrid := p.as(t, store.Ingrid) // of some sites: no guests, and nobody she does not see
		if text := words(ingrid.get(href).expect(http.StatusOK).page().Find("#explain")); strings.Contains(text, "Elias") || strings.Contains(text, "Dana") || !strings.Contains(text, "Ingrid") {
			t.Errorf("an Admin of some sites is told %q", text)
		}
		ingrid.get(path + "/access?user=" + p.guest(t, store.Elias).ID).expect(http.StatusNotFound)
	})
}
