package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
)

// A Seal is an event's place in the chain of its account: its number from 1 on, the hash of the event before it ("" for
// the first one) and its own. The zero Seal is an event that has not been sealed yet.
type Seal struct {
	Number     int64
	Prev, Hash string
}

// Seal puts an event behind the last one of its account's chain, with keys of chance for its parts. The order of sealing is
// the order of the chain, whatever the clocks of the nodes that wrote the events say.
func (e Event) Seal(last Seal, keys [Parts]string) Event {
	e = e.blind(keys)
	e.Sealed = Seal{Number: last.Number + 1, Prev: last.Hash}
	e.Sealed.Hash = e.Hash()
	return e
}

// Hash is the SHA-256, in lower case hexadecimal, of the canonical text of a sealed event. The text is
//
//	gatehouse event 2
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
//	actor's id · on whose behalf · subject's id
//	how many values there were before, decimal, then each name and value, sorted by name
//	how many values there are after, decimal, then each name and value, sorted by name
//	the digests of the three parts that speak of people
//
// Values that name people are no part of it, nor is what is derived (the words of the search, the topic, the sites). A
// digest is the HMAC-SHA-256, in lower case hexadecimal, under the part's key, of fields written likewise: of the first
// part the actor's name and the network address; of the second the subject's name; of the third each name and value that
// was before, sorted by name, an empty field, those that are after, and an empty field. What a person did alone
// (person.*) has all its values in the third part; an invited colleague (account.colleague_invited) their name.
func (e Event) Hash() string {
	h := sha256.New()
	io.WriteString(h, "gatehouse event 2\n") //nolint:errcheck // a hash takes everything
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
	e.facts(h)
	return hex.EncodeToString(h.Sum(nil))
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
	case e.Sealed.Hash != e.Hash() || !e.whole():
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
