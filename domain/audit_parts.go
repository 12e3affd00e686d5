package domain

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What an event says of people is in three parts, each about one of them: who did it and from where, whom it happened to,
// and the values that name somebody. The chain holds a keyed digest of each part, so that a part can be erased, with its
// key, and the chain stays whole: what is left is a digest that nobody can compare with a guessed name.

// Parts is how many parts an event has; Keys and Digests have one for each.
const Parts = 3

// ColleagueKept is the value of an event that says whose name its other values hold: the id of a membership.
const ColleagueKept = "colleague"

// A part is whom it is about, by id, and its text.
type part struct {
	about string
	texts []string
}

func (e Event) parts() [Parts]part {
	named := part{about: e.SubjectID}
	if of := e.After[ColleagueKept]; of != "" {
		named.about = of
	}
	for _, values := range []map[string]string{e.Before, e.After} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if e.names(name) {
				named.texts = append(named.texts, name, values[name])
			}
		}
		named.texts = append(named.texts, "")
	}
	return [Parts]part{{e.ActorID, []string{e.ActorName, e.From}}, {e.SubjectID, []string{e.SubjectName}}, named}
}

// names reports whether a value of the event names somebody: all that a person did alone is theirs.
func (e Event) names(value string) bool {
	if strings.HasPrefix(string(e.Kind), "person.") {
		return true
	}
	return value == "name" && e.Kind == ColleagueInvited
}

// digest is the HMAC-SHA-256 of a part under its key, in lower case hexadecimal; the text is its texts, each as a field.
func (p part) digest(key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	for _, text := range p.texts {
		field(mac, text)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// empty reports whether nothing is left of a part.
func (p part) empty() bool {
	return !slices.ContainsFunc(p.texts, func(text string) bool { return text != "" })
}

// facts writes what the event says of nobody, and the digests of the rest.
func (e Event) facts(h io.Writer) {
	for _, text := range []string{e.ActorID, e.OnBehalf, e.SubjectID} {
		field(h, text)
	}
	for _, values := range []map[string]string{e.Before, e.After} {
		of := maps.Clone(values)
		maps.DeleteFunc(of, func(name, _ string) bool { return e.names(name) })
		field(h, strconv.Itoa(len(of)))
		for _, name := range slices.Sorted(maps.Keys(of)) {
			field(h, name)
			field(h, of[name])
		}
	}
	for _, digest := range e.Digests {
		field(h, digest)
	}
}

// whole reports whether every part is what was sealed, or was erased altogether.
func (e Event) whole() bool {
	for i, p := range e.parts() {
		if e.Keys[i] == "" && !p.empty() || e.Keys[i] != "" && p.digest(e.Keys[i]) != e.Digests[i] {
			return false
		}
	}
	return true
}

// Gone are the ids of those whose parts were erased after they were sealed. An entry of the history says so of each
// (Erased), else somebody has emptied it.
func (e Event) Gone() []string {
	var ids []string
	for i, p := range e.parts() {
		if e.Keys[i] == "" && e.Sealed.Number > 0 {
			ids = append(ids, p.about)
		}
	}
	return ids
}

// Erased are the ids that an entry about an erasure stands for, none for any other.
func (e Event) Erased() []string {
	if e.Kind != UserErased {
		return nil
	}
	return append(strings.Fields(e.After["erased"]), e.SubjectID)
}

// Without is the event without what it says of those ids, and whether it said anything of them. The ids stay: they are
// their pseudonyms.
func (e Event) Without(ids ...string) (Event, bool) {
	found := false
	for i, p := range e.parts() {
		if p.about == "" || !slices.Contains(ids, p.about) || p.empty() {
			continue
		}
		found = true
		e.Keys[i] = ""
		switch i {
		case 0:
			e.ActorName, e.From = "", ""
		case 1:
			e.SubjectName = ""
		case 2:
			e.Before, e.After = maps.Clone(e.Before), maps.Clone(e.After)
			for _, values := range []map[string]string{e.Before, e.After} {
				maps.DeleteFunc(values, func(name, _ string) bool { return e.names(name) })
			}
		}
	}
	return e, found
}

// ErasedIn is the entry about an erasure for another history in which the erased was named: the ids say who.
func (e Event) ErasedIn(account string, by Actor, ids ...string) Event {
	e.AccountID, e.OnBehalf = account, by.Account.Name
	e.After = map[string]string{"erased": strings.Join(ids, " ")}
	e.Before = nil
	return e
}

// Pseudonym is what the history calls somebody who is erased: the end of their id.
func Pseudonym(id string) string {
	return strings.ToUpper(id[max(0, len(id)-4):])
}

// FlawErased is that a part is empty and no entry says that its person was erased.
const FlawErased FlawKind = "was emptied without an entry that says who was erased"

// CheckErased is the flaw of an event that lacks what nobody was erased for; nil when there is none.
func (e Event) CheckErased(erased map[string]bool) error {
	for _, id := range e.Gone() {
		if !erased[id] {
			return &Flaw{Kind: FlawErased, Number: e.Sealed.Number, Event: e}
		}
	}
	return nil
}

// blind gives the event keys for its parts and makes their digests, before it is sealed.
func (e Event) blind(keys [Parts]string) Event {
	e.Keys = keys
	for i, p := range e.parts() {
		e.Digests[i] = p.digest(keys[i])
	}
	return e
}

func field(w io.Writer, text string) {
	fmt.Fprintf(w, "%d:%s,", len(text), text) // only hashes are written to, and they take everything
}
