package domain

import (
	"reflect"
	"strings"
	"testing"
)

// AUD-03, C36: an event says nothing of somebody who was erased, keeps what it says of others, and its seal stays good.
func TestWithout(t *testing.T) {
	keys := [Parts]string{"k1", "k2", "k3"}
	sealed := Event{
		ID: "e", Kind: ProfileChanged, ActorID: "u1", ActorName: "Dana Whitfield", From: "192.0.2.7", SubjectID: "u1", SubjectName: "Dana Whitfield",
		Before: map[string]string{"phone": "+15035550188"}, After: map[string]string{"phone": ""},
	}.Seal(Seal{}, keys)
	if _, spoke := sealed.Without("u2", ""); spoke {
		t.Error("it speaks of somebody else")
	}
	gone, spoke := sealed.Without("u1")
	if !spoke || gone.ActorName+gone.From+gone.SubjectName != "" || len(gone.Before)+len(gone.After) != 0 || gone.Keys != [Parts]string{} || sealed.Before["phone"] == "" {
		t.Errorf("%v: %+v", spoke, gone)
	}
	if _, err := (Seal{}).Check(gone); err != nil || gone.Hash() != sealed.Hash() {
		t.Errorf("its seal: %v", err)
	}
	if got := gone.Gone(); !reflect.DeepEqual(got, []string{"u1", "u1", "u1"}) || gone.CheckErased(map[string]bool{"u1": true}) != nil || gone.CheckErased(nil) == nil {
		t.Errorf("gone: %v", got)
	}

	other := Event{ID: "e", Kind: RoleChanged, ActorID: "u1", ActorName: "Dana", SubjectID: "m2", SubjectName: "Owen", After: map[string]string{"role": "admin"}}.Seal(Seal{}, keys)
	gone, _ = other.Without("m2", "u2")
	if gone.ActorName != "Dana" || gone.SubjectName != "" || gone.After["role"] != "admin" {
		t.Errorf("%+v", gone)
	}
	if _, err := (Seal{}).Check(gone); err != nil {
		t.Errorf("its seal: %v", err)
	}

	colleague := Event{
		ID: "e", Kind: ColleagueInvited, ActorID: "u1", ActorName: "Dana", SubjectID: "a1", SubjectName: "Acme",
		After: map[string]string{"name": "Owen", ColleagueKept: "m2", "site": "Roof"},
	}.Seal(Seal{}, keys)
	gone, _ = colleague.Without("m2")
	if gone.After["name"] != "" || gone.SubjectName != "Acme" || gone.After["site"] != "Roof" || strings.Join(gone.Gone(), "") != "m2" {
		t.Errorf("%+v", gone)
	}
}
