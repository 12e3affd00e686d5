package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strconv"
)

// A Seal is an event's place in the chain of its account: its number from 1 on, the hash of the event before it ("" for
// the first one) and its own. The zero Seal is an event that has not been sealed yet.
type Seal struct {
	Number     int64
	Prev, Hash string
}

// Seal puts an event behind the last one of its account's chain. The order of sealing is the order of the chain,
// whatever the clocks of the nodes that wrote the events say.
func (e Event) Seal(last Seal) Event {
	e.Sealed = Seal{Number: last.Number + 1, Prev: last.Hash}
	e.Sealed.Hash = e.Hash()
	return e
}

// Hash is the SHA-256, in lower case hexadecimal, of the canonical text of a sealed event. The text is
//
//	gatehouse event 1
//
// and a line feed, followed by these fields in this order, each written as its length in bytes in decimal, a colon, its
// bytes, and a comma:
//
//	hash of the event before ("" for the first)
//	number in the chain, decimal
//	id
//	account's id
//	time, UTC microseconds since 1970, decimal
//	kind
//	actor's id · actor's name · on whose behalf · network address
//	subject's id · subject's name
//	how many values there were before, decimal, then each name and value, sorted by name
//	how many values there are after, decimal, then each name and value, sorted by name
//
// What is derived from these (the words of the search, the topic, the sites) is not part of it.
func (e Event) Hash() string {
	h := sha256.New()
	io.WriteString(h, "gatehouse event 1\n") //nolint:errcheck // a hash takes everything
	field(h, e.Sealed.Prev)
	field(h, strconv.FormatInt(e.Sealed.Number, 10))
	field(h, e.ID)
	field(h, e.AccountID)
	at := int64(0)
	if !e.At.IsZero() {
		at = e.At.UnixMicro()
	}
	field(h, strconv.FormatInt(at, 10))
	field(h, string(e.Kind))
	for _, text := range []string{e.ActorID, e.ActorName, e.OnBehalf, e.From, e.SubjectID, e.SubjectName} {
		field(h, text)
	}
	for _, values := range []map[string]string{e.Before, e.After} {
		field(h, strconv.Itoa(len(values)))
		for _, name := range slices.Sorted(maps.Keys(values)) {
			field(h, name)
			field(h, values[name])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func field(h hash.Hash, text string) {
	fmt.Fprintf(h, "%d:%s,", len(text), text) // a hash takes everything
}

// FlawKind says what is wrong with a chain.
type FlawKind string

// What can be wrong with a chain.
const (
	FlawChanged FlawKind = "was changed"                        // its hash is not that of its text
	FlawMissing FlawKind = "is missing"                         // numbers are left out
	FlawBroken  FlawKind = "does not hang on the one before it" // a hash before it is another's
	FlawTwice   FlawKind = "is there twice"                     // its number was given already
	FlawCut     FlawKind = "is missing at the end"              // the chain is shorter than it was
	FlawAdded   FlawKind = "was added behind the end"           // the chain is longer than what was sealed
	FlawEnd     FlawKind = "is not the end that was sealed"     // the kept end of the chain was tampered with
)

// A Flaw is the first thing wrong with a chain.
type Flaw struct {
	Kind   FlawKind
	Number int64 // of the entry that is wrong, or missing
	Event  Event // the entry it was seen at; the zero Event at the end of the chain
}

func (f *Flaw) Error() string {
	text := "entry " + strconv.FormatInt(f.Number, 10) + " " + string(f.Kind)
	if f.Event.ID != "" {
		text += " (seen at " + f.Event.ID + ", " + string(f.Event.Kind) + ", " + f.Event.At.UTC().Format("2006-01-02 15:04:05.000000Z") + ")"
	}
	return text
}

// Check looks at the next entry behind the last one that was good, and gives its seal. The error is a *Flaw.
func (last Seal) Check(e Event) (Seal, error) {
	flaw := func(kind FlawKind, number int64) (Seal, error) {
		return last, &Flaw{Kind: kind, Number: number, Event: e}
	}
	switch {
	case e.Sealed.Number <= last.Number:
		return flaw(FlawTwice, e.Sealed.Number)
	case e.Sealed.Number != last.Number+1:
		return flaw(FlawMissing, last.Number+1)
	case e.Sealed.Prev != last.Hash:
		return flaw(FlawBroken, e.Sealed.Number)
	case e.Sealed.Hash != e.Hash():
		return flaw(FlawChanged, e.Sealed.Number)
	}
	return e.Sealed, nil
}

// CheckEnd compares the last entry that is there with the end that was kept when it was sealed. The error is a *Flaw.
func (last Seal) CheckEnd(kept Seal) error {
	switch {
	case last.Number < kept.Number:
		return &Flaw{Kind: FlawCut, Number: last.Number + 1}
	case last.Number > kept.Number:
		return &Flaw{Kind: FlawAdded, Number: kept.Number + 1}
	case last.Hash != kept.Hash:
		return &Flaw{Kind: FlawEnd, Number: last.Number}
	}
	return nil
}
