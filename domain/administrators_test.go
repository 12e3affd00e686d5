package domain

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// C10 to C12, PRIV-01: what is typed is staged at its level, several addresses at once; what is not good stays typed, and
// nobody stages a level they may not give.
func TestStage(t *testing.T) {
	master, admin := by(t, "master"), by(t, "partner-admin")
	for _, c := range []struct {
		name         string
		by           Actor
		role, typed  string
		staged       []string
		want         string // those staged afterwards
		left, why    string // what stays typed, and why
		whyElsewhere string // a problem of the type
	}{
		{name: "one", by: master, role: "operator", typed: " Yara@Volt.example ", want: "operator yara@volt.example"},
		{name: "several", by: admin, role: "observer", typed: "a@volt.example, b@volt.example;c@volt.example\nd@volt.example\t", want: "observer a@volt.example, observer b@volt.example, observer c@volt.example, observer d@volt.example"},
		{name: "beside others", by: admin, role: "partner-admin", typed: "b@volt.example", staged: []string{"observer a@volt.example"}, want: "observer a@volt.example, partner-admin b@volt.example"},
		{name: "again at another level", by: master, role: "master", typed: "a@volt.example", staged: []string{"observer a@volt.example", "observer b@volt.example"}, want: "observer b@volt.example, master a@volt.example"},
		{name: "half an address", by: master, role: "operator", typed: "m.castle@volt", left: "m.castle@volt", why: "email"},
		{name: "one of two", by: master, role: "operator", typed: "m.castle@volt a@volt.example", want: "operator a@volt.example", left: "m.castle@volt", why: "email"},
		{name: "nothing", by: master, role: "operator", typed: " ,; ", left: "", why: "required"},
		{name: "above oneself", by: admin, role: "master", typed: "a@volt.example", left: "a@volt.example", whyElsewhere: "choice"},
		{name: "no level", by: admin, typed: "a@volt.example", left: "a@volt.example", whyElsewhere: "choice"},
		{name: "an Operator", by: by(t, "operator"), role: "observer", typed: "a@volt.example", left: "a@volt.example", whyElsewhere: "choice"},
	} {
		d, err := AdminsDraft{Type: c.role, Email: c.typed, Staged: c.staged}.Stage(c.by)
		var problems Problems
		if err != nil && !errors.As(err, &problems) {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := strings.Join(d.Staged, ", "); got != c.want {
			t.Errorf("%s: staged %q", c.name, got)
		}
		if d.Email != c.left || problems["email"].Code != c.why || problems["type"].Code != c.whyElsewhere {
			t.Errorf("%s: %q stays, %v", c.name, d.Email, problems)
		}
	}
}

// What a form carries is judged like what is typed.
func TestStagedAreJudged(t *testing.T) {
	admin := by(t, "partner-admin")
	good := []string{"observer a@volt.example", "operator b@volt.example"}
	if staged, err := (AdminsDraft{Staged: good}).Ready(admin); err != nil || len(staged) != 2 || staged[1].Role != RoleOperator {
		t.Errorf("%v, %v", staged, err)
	}
	for _, bad := range []string{"master a@volt.example", "observer", "observer a@volt", "admin a@volt.example", "", "observer a@volt.example b@volt.example"} {
		if _, err := (AdminsDraft{Staged: append(slices.Clone(good), bad)}).Ready(admin); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	var many []string
	for i := range MostStaged + 1 {
		many = append(many, "observer a"+strings.Repeat("b", i%50)+string(rune('a'+i/50))+"@volt.example")
	}
	if _, err := (AdminsDraft{Staged: many}).Ready(admin); err == nil {
		t.Error("more than fit are taken")
	}
	if _, err := (AdminsDraft{}).Ready(admin); err == nil {
		t.Error("nobody is sent to")
	}
	d, err := AdminsDraft{Staged: good, Remove: "a@volt.example", Email: "half@"}.Take(admin)
	if err != nil || strings.Join(d.Staged, ",") != good[1] || d.Email != "half@" {
		t.Errorf("taken out: %+v, %v", d, err)
	}
}

// C36, PRIV-06, RACE-04: what is erased says nothing of anybody; the last Master, oneself and those above stay.
func TestErase(t *testing.T) {
	master, admin := by(t, "master"), by(t, "partner-admin")
	operator := offered(volt, RoleOperator, Whole("volt")).in(StateAccepted)
	operator.Phone, operator.Message, operator.SuspendedBy, operator.Company = "+15035550100", "Welcome", "Somebody", "Volt"
	after, e, err := operator.Erase(admin, 1, now)
	if err != nil || e.Kind != UserErased || e.SubjectID != operator.ID || e.SubjectName != "" || slices.Contains(e.Addresses, operator.Email) {
		t.Fatalf("%+v, %v", e, err)
	}
	if after.State(now) != StateRemoved || after.Email+after.FirstName+after.LastName+after.Phone+after.Message+after.SuspendedBy+after.UserID+after.Company != "" {
		t.Errorf("left is %+v", after)
	}
	above := offered(volt, RoleMaster, Whole("volt")).in(StateAccepted)
	for name, c := range map[string]struct {
		m       Membership
		by      Actor
		keepers int
		why     string
	}{
		"a Master by an Admin": {above, admin, 1, "forbidden: role_above"},
		"the last Master":      {above, master, 0, "stale: last_admin"},
		"by an Operator":       {operator, by(t, "operator"), 1, "forbidden"},
		"by another company":   {operator, by(t, "admin"), 1, "not found"},
	} {
		got, _, err := c.m.Erase(c.by, c.keepers, now)
		if err == nil || err.Error() != c.why || got.Email != c.m.Email {
			t.Errorf("%s: %v", name, err)
		}
	}
	self := above
	self.UserID = master.User.ID
	if _, _, err := self.Erase(master, 1, now); err == nil || err.Error() != "forbidden: not_yourself" {
		t.Errorf("oneself: %v", err)
	}
	if _, _, err := offered(volt, RoleObserver, Whole("volt")).in(StatePending).Erase(admin, 1, now); err != nil {
		t.Errorf("somebody invited: %v", err)
	}
}

// Only a Master, and only where an account cannot be locked.
func TestForcePassword(t *testing.T) {
	master := by(t, "master")
	m := func(role RoleID) Membership { return offered(volt, role, Whole("volt")).in(StateAccepted) }
	for _, role := range []RoleID{RoleMaster, RolePartnerAdmin} {
		if _, e, err := m(role).ForcePassword(master, now); err != nil || e.Kind != PasswordForced {
			t.Errorf("%s: %v", role, err)
		}
	}
	for name, err := range map[string]error{
		"an Operator":  second(m(RoleOperator).ForcePassword(master, now)),
		"by an Admin":  second(m(RolePartnerAdmin).ForcePassword(by(t, "partner-admin"), now)),
		"not accepted": second(offered(volt, RoleMaster, Whole("volt")).in(StatePending).ForcePassword(master, now)),
	} {
		if err == nil {
			t.Errorf("%s: done", name)
		}
	}
}

func second(_ Membership, _ Event, err error) error { return err }

// An open offer is adopted by whoever could make it.
func TestAdopt(t *testing.T) {
	m := offered(volt, RoleMaster, Whole("volt")).in(StatePending)
	at := m.SentAt.Add(time.Hour)
	after, e, err := m.Adopt(by(t, "master"), at)
	if err != nil || after.InvitedBy != by(t, "master").User.ID || e.Kind != InviteAdopted || after.Generation != m.Generation {
		t.Errorf("%+v, %v", after, err)
	}
	if _, _, err := m.Adopt(by(t, "partner-admin"), at); err == nil {
		t.Error("an Admin stands behind a Master's offer")
	}
}

// C12: who may not correct an invitation is not told what it offers, and one that is accepted is no invitation, whatever
// level is asked for.
func TestCorrectLevel(t *testing.T) {
	master := by(t, "master")
	open := Membership{ID: "m", AccountID: master.Account.ID, Kind: KindUser, Email: "a@volt.example", Role: RoleOperator, Scope: Whole(master.Account.ID), SentAt: now, ExpiresAt: now.Add(time.Hour)}
	in := open
	in.UserID, in.AcceptedAt = "u", now
	for name, c := range map[string]struct {
		m    Membership
		by   Actor
		to   RoleID
		want string
	}{
		"another level":         {open, master, RoleObserver, "ok"},
		"the same":              {open, master, RoleOperator, "409 same_role"},
		"accepted":              {in, master, RoleObserver, "409 already_accepted"},
		"accepted, the same":    {in, master, RoleOperator, "409 already_accepted"},
		"an Observer":           {open, by(t, "observer"), RoleObserver, "403"},
		"an Observer, the same": {open, by(t, "observer"), RoleOperator, "403"},
	} {
		_, _, err := c.m.CorrectLevel(c.by, c.to, now)
		want(t, name, err, c.want)
	}
}

// C17: what cannot be undone is meant by its word, however it is typed, and by no other.
func TestConfirmWord(t *testing.T) {
	for typed, good := range map[string]bool{"DELETE": true, " delete ": true, "": false, "DELET": false, "DELETE IT": false} {
		if err := ConfirmWord(typed, "DELETE"); (err == nil) != good {
			t.Errorf("%q: %v", typed, err)
		}
	}
}
