package domain

import (
	"strings"
	"time"
)

// A Factor is what a person proves themself with beside their password; "users.factor.<factor>" is its word.
type Factor string

// The second factors.
const (
	NoFactor      Factor = ""
	AppFactor     Factor = "app"     // codes of an authenticator app (RFC 6238)
	PasskeyFactor Factor = "passkey" // a key kept by the browser or device
)

// Factor is the strongest second factor the person has.
func (u User) Factor() Factor {
	switch {
	case u.Passkeys > 0:
		return PasskeyFactor
	case !u.AppAt.IsZero():
		return AppFactor
	}
	return NoFactor
}

// With is the person with these second factors: since when an app, how many passkeys.
func (u User) With(app time.Time, passkeys int) User {
	u.AppAt, u.Passkeys = app, passkeys
	u.SecondFactor = u.Factor() != NoFactor
	return u
}

// AddApp takes an authenticator app that has shown a right code.
func (u User) AddApp(from string, now time.Time) (User, Event, error) {
	if !u.AppAt.IsZero() {
		return u, Event{}, stale("app_there")
	}
	return u.With(now, u.Passkeys), u.Event(AppAdded, from, now), nil
}

// RemoveApp forgets the authenticator app, and with it the recovery codes.
func (u User) RemoveApp(from string, now time.Time) (User, Event, error) {
	if u.AppAt.IsZero() {
		return u, Event{}, stale("app_gone")
	}
	return u.With(time.Time{}, u.Passkeys), u.Event(AppRemoved, from, now), nil
}

// RenewCodes replaces the recovery codes: those of before are void.
func (u User) RenewCodes(from string, now time.Time) (Event, error) {
	if u.AppAt.IsZero() {
		return Event{}, stale("app_gone")
	}
	return u.Event(CodesRenewed, from, now), nil
}

// A CodeDraft is a code as typed: of the app or, with Recovery, one of the recovery codes.
type CodeDraft struct {
	Code     string `form:"code"`
	Recovery string `form:"recovery"` // "on" or empty
	Next     string `form:"next"`
}

// RecoveryCodes is how many are given at once.
const RecoveryCodes = 10

// CodeOf reads a code however it is written: apps and people group digits and letters.
func CodeOf(typed string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, typed))
}

// An Elsewhere is somebody in another account of theirs, and the actor there: the zero Actor where they have no place.
type Elsewhere struct {
	By         Actor
	Membership Membership
}

// ResetFactors takes a colleague's second factors away, so that their password alone lets them in and they set up others.
// Only somebody above them may, and in every account whose staff they are: their second factor guards them all.
func (m Membership) ResetFactors(by Actor, elsewhere []Elsewhere, now time.Time) (Membership, Event, error) {
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	switch {
	case m.UserID == by.User.ID:
		return m, Event{}, forbidden("not_yourself")
	case m.Factor == NoFactor:
		return m, Event{}, stale("no_factor")
	case !by.above(m):
		return m, Event{}, forbidden("factor_of_peer")
	}
	for _, there := range elsewhere {
		if there.Membership.change(there.By, now) != nil || !there.By.above(there.Membership) {
			return m, Event{}, forbidden("factor_elsewhere")
		}
	}
	m.Factor = NoFactor
	return m, m.event(FactorsReset, by, now), nil
}

// above reports whether the actor may all that somebody may, everywhere they may it, and more: a wider role or scope.
// Whether they may touch them at all has been asked.
func (a Actor) above(m Membership) bool {
	role := a.Account.RoleOf(m.Role)
	return role.within(a.Role) && (!a.Role.within(role) || !m.Scope.Contains(a.Scope))
}

// MustEnrol reports whether the account asks the actor for a second factor that they do not have, from now on.
func (a Actor) MustEnrol(now time.Time) bool {
	return !a.User.SecondFactor && a.Account.Policy.NeedsSecondFactor(a.Role, now)
}

// EnrolBy is the day from which the account will ask the actor for a second factor that they do not have; zero when none
// is asked for, or it is asked for already.
func (a Actor) EnrolBy(now time.Time) time.Time {
	if a.User.SecondFactor || !a.Account.Policy.WillNeedSecondFactor(a.Role) || a.MustEnrol(now) {
		return time.Time{}
	}
	return a.Account.Policy.SecondFactorFrom
}
