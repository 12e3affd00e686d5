package domain

import "testing"

// C6, C7: while a partner has no active Master, nobody else can anything there, and a Master everything.
func TestNobodyBeforeAMaster(t *testing.T) {
	without := volt
	without.NoMaster = true
	for _, role := range []RoleID{RoleObserver, RoleOperator, RolePartnerAdmin, RoleMaster} {
		before, after := actor("a", without, role, Whole("volt")), actor("a", volt, role, Whole("volt"))
		if before.AwaitsMaster() != (role != RoleMaster) || after.AwaitsMaster() {
			t.Errorf("%s: waits %v without a Master, %v with one", role, before.AwaitsMaster(), after.AwaitsMaster())
		}
		for _, p := range after.Role.Privileges() {
			if got := before.Can(p); got != (role == RoleMaster && after.Can(p)) {
				t.Errorf("%s without a Master: %s is %v", role, p, got)
			}
		}
		if !before.Can(SignedIn) {
			t.Errorf("%s is not even signed in", role)
		}
	}
	customers := acme
	customers.NoMaster = true
	if actor("a", customers, RoleUser, Whole("acme")).AwaitsMaster() {
		t.Error("a customer's people wait for a Master")
	}
}
