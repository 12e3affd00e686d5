package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
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
