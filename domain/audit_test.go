package domain

import (
	"errors"
	"testing"
	"time"
)

// AUD-03: the hash is of exactly the text that is documented, so that anybody can compute it again.
func TestHashIsOfTheDocumentedText(t *testing.T) {
	e := Event{
		ID: "e1", AccountID: "acme", At: time.UnixMicro(1700000000000001).UTC(), Kind: RoleChanged, ActorID: "u1", ActorName: "Dana Ø", OnBehalf: "Volt", From: "192.0.2.7",
		SubjectID: "m1", SubjectName: "Owen", Before: map[string]string{"role": "user"}, After: map[string]string{"role": "admin", "a": ""},
		Sealed: Seal{Number: 2, Prev: "ff"}, Addresses: []string{"owen@example.com"}, Digests: [Parts]string{"aa", "bb", "cc"},
	}
	// printf 'gatehouse event 2\n2:ff,1:2,2:e1,4:acme,16:1700000000000001,17:user.role_changed,2:u1,4:Volt,2:m1,1:1,4:role,4:user,1:2,1:a,0:,4:role,5:admin,2:aa,2:bb,2:cc,' | sha256sum
	const want = "186b8b88f855b3a5408e280925acd0437479fe3dc58f0a2ba77fb6a34a09f22e"
	if got := e.Hash(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestCheck(t *testing.T) {
	var last Seal
	var events []Event
	for i := range 4 {
		e := Event{ID: string(rune('a' + i)), AccountID: "acme", Kind: InviteSent, ActorName: "Ines", SubjectName: "Ana"}.Seal(last, [Parts]string{"k", "l", "m"})
		events, last = append(events, e), e.Sealed
	}
	if last.Number != 4 || events[0].Sealed.Prev != "" || events[3].Sealed.Prev != events[2].Sealed.Hash {
		t.Fatalf("%+v", events)
	}
	check := func(events []Event, kept Seal) (FlawKind, int64) {
		var at Seal
		var err error
		for _, e := range events {
			if at, err = at.Check(e); err != nil {
				break
			}
		}
		if err == nil {
			err = at.CheckEnd(kept)
		}
		var f *Flaw
		if !errors.As(err, &f) {
			return "", 0
		}
		return f.Kind, f.Number
	}
	changed := func(i int, change func(*Event)) []Event {
		out := append([]Event(nil), events...)
		change(&out[i])
		return out
	}
	other := last
	other.Hash = "x"
	for what, c := range map[string]struct {
		events []Event
		kept   Seal
		kind   FlawKind
		number int64
	}{
		"good":            {events, last, "", 0},
		"none":            {nil, Seal{}, "", 0},
		"changed":         {changed(1, func(e *Event) { e.From = "x" }), last, FlawChanged, 2},
		"a name changed":  {changed(1, func(e *Event) { e.ActorName = "x" }), last, FlawChanged, 2},
		"a name emptied":  {changed(1, func(e *Event) { e.SubjectName = "" }), last, FlawChanged, 2},
		"a digest":        {changed(1, func(e *Event) { e.Digests[0] = "" }), last, FlawChanged, 2},
		"a name, no key":  {changed(1, func(e *Event) { e.Keys[1] = "" }), last, FlawChanged, 2},
		"a deed changed":  {changed(1, func(e *Event) { e.Kind = InviteRevoked }), last, FlawChanged, 2},
		"resealed":        {changed(1, func(e *Event) { e.OnBehalf = "x"; e.Sealed.Hash = e.Hash() }), last, FlawBroken, 3},
		"left out":        {append(append([]Event(nil), events[:1]...), events[2:]...), last, FlawMissing, 2},
		"twice":           {append(append([]Event(nil), events[:2]...), events[1:]...), last, FlawTwice, 2},
		"cut":             {events[:2], last, FlawCut, 3},
		"added":           {events, events[2].Sealed, FlawAdded, 4},
		"another end":     {events, other, FlawEnd, 4},
		"the first is no": {events[1:], last, FlawMissing, 1},
	} {
		if kind, number := check(c.events, c.kept); kind != c.kind || number != c.number {
			t.Errorf("%s: entry %d %q, want %d %q", what, number, kind, c.number, c.kind)
		}
	}
}

// Every kind of event has a topic of the filter.
func TestTopics(t *testing.T) {
	for kind, want := range map[EventKind]Topic{
		InviteSent: TopicInvites, ImportStarted: TopicInvites, RoleChanged: TopicAccess, SignedInEvent: TopicSignIn, AccountCreated: TopicSettings,
		Denied: TopicDenied, RetentionChanged: TopicSettings, "support.granted": TopicSupport, "device.moved": TopicSites, "": TopicSettings,
	} {
		if got := kind.Topic(); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}
