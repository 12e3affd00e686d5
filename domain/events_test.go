package domain

import "testing"

// Only what somebody did to themself, outside any account, is theirs alone.
func TestPersonalEvents(t *testing.T) {
	for _, c := range []struct {
		e    Event
		want bool
	}{
		{Event{ActorID: "ana", SubjectID: "ana"}, true},
		{Event{ActorID: "ana", SubjectID: "ana", AccountID: "acme"}, false},
		{Event{ActorID: "ana", SubjectID: "leo"}, false},
		{Event{}, false},
	} {
		if c.e.Personal() != c.want {
			t.Errorf("%+v: %t", c.e, !c.want)
		}
	}
}
