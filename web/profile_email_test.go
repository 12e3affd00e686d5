package web

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

func TestChangeOwnAddress(t *testing.T) {
	clocked(t, store.Limits{}, func(t *testing.T, p *portal, clock *storetest.Clock) {
		v := p.as(t, store.Dana)
		v.get("/profile/email").expect(http.StatusOK).see("Present address")
		v.post("/profile/email", "email", "nothing").expect(http.StatusUnprocessableEntity).see("one @")
		clock.Advance(10 * time.Minute)
		page := v.post("/profile/email", "email", "d.w@brightwater.example").expect(http.StatusForbidden).page() // AUTH-20
		if got := page.Find("input[type=hidden][name=email]").AttrOr("value", ""); got != "d.w@brightwater.example" {
			t.Errorf("what was typed is lost: %q", got)
		}
		v.follow(v.post("/profile/email", "email", "d.w@brightwater.example", "proof_password", store.DemoPassword)).see("Look into the new mailbox", store.Dana)
		confirm, stop := p.owed(t, domain.EmailConfirmMail), p.owed(t, domain.EmailNoticeMail)
		if len(confirm) != 1 || confirm[0].To != "d.w@brightwater.example" || len(stop) != 1 || stop[0].To != store.Dana {
			t.Fatalf("mails %+v %+v", confirm, stop)
		}
		link := "/address/" + confirm[0].Token
		for range 3 { // looking changes nothing (INV-09)
			p.visitor(t).get(link).expect(http.StatusOK).see(store.Dana, "d.w@brightwater.example")
			p.visitor(t).get("/address-stop/" + stop[0].Token).expect(http.StatusOK).see("Keep the present address")
		}
		v.is(store.Dana)
		v.follow(v.post(link)).see("Address changed")
		v.is("d.w@brightwater.example")
		dead := p.visitor(t).get(link).expect(http.StatusNotFound)
		same(t, dead, p.visitor(t).post("/address-stop/"+stop[0].Token).expect(http.StatusNotFound), "", "")
		same(t, dead, p.visitor(t).get("/address/garbage"), "", "")
	})
}

func TestStopAChangeOfAddress(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		intruder, owner := p.as(t, store.Dana), p.visitor(t)
		intruder.post("/profile/email", "email", "eve@elsewhere.example").expect(http.StatusSeeOther)
		a := owner.post("/address-stop/" + p.owed(t, domain.EmailNoticeMail)[0].Token)
		intruder.out()
		owner.follow(a).expect(http.StatusOK).see("The address stays as it is")
		owner.post(a.Header.Get("Location"), "password", "seven quiet herons").expect(http.StatusSeeOther)
		p.visitor(t).post("/sign-in", "email", store.Dana, "password", "seven quiet herons").expect(http.StatusSeeOther)
	})
}
