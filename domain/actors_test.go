package domain

import "testing"

// SESS-08: each part of an actor is needed, at any privilege.
func TestCanNeedsPersonAndAccount(t *testing.T) {
	for _, p := range []Privilege{Enter, ViewSites, EditUsers} {
		if a := by(t, "admin"); !a.Can(p) {
			t.Errorf("an Admin cannot %s", p)
		}
		for what, take := range map[string]func(*Actor){
			"person": func(a *Actor) { a.User = User{} }, "account": func(a *Actor) { a.Account.ID = "" },
			"open account": func(a *Actor) { a.Account.SuspendedAt = now }, "role": func(a *Actor) { a.Role = Role{} },
		} {
			a := by(t, "admin")
			if take(&a); a.Can(p) {
				t.Errorf("without a %s they can %s", what, p)
			}
		}
	}
	guest := Actor{User: User{ID: "g"}, Account: acme, Kind: KindGuest, Role: OwnRole("r", "R", Privileges{ViewDevices})}
	if !guest.Can(Enter) || !guest.Can(ViewSites) || guest.Can(ViewDevices) {
		t.Error("a guest without a grant enters, and no more")
	}
}

// PRIV-01: what is no role is not given by anybody, and own roles only by who gives roles at all.
func TestMayGrantWhatThereIs(t *testing.T) {
	own := OwnRole("one", "One", Privileges{EditUsers})
	holder := withRoles(actor("h", acme, RoleAdmin, Whole("acme")), own)
	holder.Role = own
	if holder.MayGrant("nonsense") || holder.MayGrant("") || !holder.MayGrant("one") {
		t.Error("who holds an own role gives that role and nothing that is not there")
	}
	for name, may := range map[string]bool{"admin": true, "deployer": true, "user": false, "member": false} {
		if a := withRoles(by(t, name), own); a.MayGrant("one") != may {
			t.Errorf("%s gives an own role: %t", name, !may)
		}
	}
	if !own.Own() || own.BuiltIn() || !holder.Account.RoleOf(RoleUser).BuiltIn() || (Role{ID: "nonsense"}).BuiltIn() {
		t.Error("an own role is taken for one of ours")
	}
}
