package domain

import (
	"errors"
	"sort"
	"strings"
	"time"
)

// The failures every layer speaks of. web/errors.go maps each to one status.
var (
	// ErrNotFound: there is no such thing, or none this actor may know of.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: the thing is visible, the change is not the actor's to make.
	ErrForbidden = errors.New("forbidden")
	// ErrStale: the thing has moved on; what was asked no longer fits its state.
	ErrStale = errors.New("stale")
	// ErrTooMany: a limit on how often is reached.
	ErrTooMany = errors.New("too many")
	// ErrSecondFactor: the password is right, and a second factor is needed beside it.
	ErrSecondFactor = errors.New("second factor needed")
	// ErrOutgrown: who it is, is proved, and they set a new password before they get in: theirs is too short without the
	// second factor it was chosen beside, or was voided.
	ErrOutgrown = errors.New("password must be set anew")
	// ErrMustEnrol: the account asks for a second factor that the actor does not have.
	ErrMustEnrol = errors.New("second factor must be set up")
	// ErrAccountSuspended: the actor belongs to the account, which is closed for now.
	ErrAccountSuspended = errors.New("account suspended")
	// ErrNoMaster: the partner has no active Master, and nobody else gets in before it has one.
	ErrNoMaster = errors.New("no active master")
)

// A Wait is ErrTooMany with the time after which it is worth trying again.
type Wait struct{ For time.Duration }

func (w *Wait) Error() string { return ErrTooMany.Error() + ": wait " + w.For.String() }

// Unwrap makes errors.Is see ErrTooMany.
func (w *Wait) Unwrap() error { return ErrTooMany }

// A Problem says what is wrong with one field, as a message key ("problem.<Code>")
// and the values its text needs. The words are the screen's.
type Problem struct {
	Code string
	Args map[string]string
}

// Problems maps a form's field to what is wrong with it. Never empty as an error.
type Problems map[string]Problem

// Error lists fields and codes for the log; people read the translated messages.
func (p Problems) Error() string {
	var b []string
	for field, problem := range p {
		b = append(b, field+": "+problem.Code)
	}
	sort.Strings(b)
	return "problems: " + strings.Join(b, ", ")
}

// Add records the first problem of a field; later ones would hide it.
func (p Problems) Add(field, code string, args ...string) {
	if _, ok := p[field]; ok {
		return
	}
	p[field] = Problem{Code: code, Args: pairs(args)}
}

// Err is the problems as an error, nil when there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// A Refusal says why a change cannot be made ("refusal.<Code>" is its message).
// It unwraps to ErrForbidden (never for this actor) or ErrStale (not in this state).
type Refusal struct {
	Code string
	Args map[string]string
	Kind error
}

func (r *Refusal) Error() string { return r.Kind.Error() + ": " + r.Code }

// Unwrap makes errors.Is see the kind.
func (r *Refusal) Unwrap() error { return r.Kind }

func forbidden(code string, args ...string) error {
	return &Refusal{Code: code, Args: pairs(args), Kind: ErrForbidden}
}

func stale(code string, args ...string) error {
	return &Refusal{Code: code, Args: pairs(args), Kind: ErrStale}
}

// pairs turns "Name", value, … into a map.
func pairs(kv []string) map[string]string {
	if len(kv) == 0 {
		return nil
	}
	m := make(map[string]string, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}
