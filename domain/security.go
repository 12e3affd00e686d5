package domain

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Policy is what an account asks of its people beyond their role: Security Settings. The store gives it as it is in
// force at the moment (At), so nobody else asks whether a trial has run out.
type Policy struct {
	Guards
	// MinPassword is the shortest password that members may set, in characters; 0 is the usual one (PasswordLength).
	MinPassword int
	// LowerOwn lets people switch off their own notifications, never on (product.md, where the sources clash: 2).
	LowerOwn bool
	// Trial is the guards' time on trial; the zero Trial is none.
	Trial Trial
	// Version grows with every change; a form that was filled in over an older one is refused.
	Version int
}

// Guards are the parts of a policy that can keep people out, the author among them. A change that makes them stricter
// is on trial first.
type Guards struct {
	Domains AllowedDomains
	// SecondFactor says who must have one, from SecondFactorFrom on; the zero time is at once.
	SecondFactor     FactorRule
	SecondFactorFrom time.Time
	// SessionIdle and SessionAge end a session of any member; 0 is the server's limit, which they never exceed.
	SessionIdle, SessionAge time.Duration
}

// A FactorRule says who must have a second factor.
type FactorRule string

// The rules there are.
const (
	FactorOptional    FactorRule = ""
	FactorForSettings FactorRule = "settings" // for roles that can change settings
	FactorForAll      FactorRule = "everyone"
)

// A Trial says until when stricter guards are tried and what stood before. They go back by themselves unless their
// author confirms them from a sign-in that is newer than the trial: who cannot get in any more needs no help.
type Trial struct {
	Began, Until time.Time
	By, ByName   string
	Before       Guards
}

// On reports whether there is a trial.
func (t Trial) On() bool { return !t.Until.IsZero() }

// Lapsed reports whether a trial has run out without being confirmed.
func (t Trial) Lapsed(now time.Time) bool { return t.On() && !now.Before(t.Until) }

// At is the policy in force at a moment, given the one that is stored: a trial that has run out never was. It has the
// version it gets when that is written down, so that a form over it can be saved before and after.
func (p Policy) At(now time.Time) Policy {
	if p.Trial.Lapsed(now) {
		p.Guards, p.Trial = p.Trial.Before, Trial{}
		p.Version++
	}
	return p
}

// NeedsSecondFactor reports whether somebody of this role must have a second factor at this moment.
func (p Policy) NeedsSecondFactor(role Role, now time.Time) bool {
	return p.WillNeedSecondFactor(role) && !now.Before(p.SecondFactorFrom)
}

// WillNeedSecondFactor reports whether somebody of this role must have one now or from the day that is set.
func (p Policy) WillNeedSecondFactor(role Role) bool { return p.Guards.concerns(role) }

func (g Guards) concerns(role Role) bool {
	return g.SecondFactor == FactorForAll || g.SecondFactor == FactorForSettings && role.ChangesSettings()
}

// Concerned are the roles of the account that a rule asks for a second factor.
func (a Account) Concerned(rule FactorRule) []RoleID {
	ids := []RoleID{}
	for _, r := range a.AllRoles() {
		if (Guards{SecondFactor: rule}).concerns(r) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Equal reports whether both guard the same.
func (g Guards) Equal(other Guards) bool {
	return slices.Equal(g.Domains, other.Domains) && g.SecondFactor == other.SecondFactor && g.SecondFactorFrom.Equal(other.SecondFactorFrom) &&
		g.SessionIdle == other.SessionIdle && g.SessionAge == other.SessionAge
}

// stricter reports whether somebody could be kept out by g who was not by before.
func (g Guards) stricter(before Guards) bool {
	shorter := func(now, was time.Duration) bool { return now != 0 && (was == 0 || now < was) }
	switch {
	case len(g.Domains) > 0 && (len(before.Domains) == 0 || !g.Domains.contain(before.Domains)):
		return true
	case g.SecondFactor == FactorForAll && before.SecondFactor != FactorForAll,
		g.SecondFactor != FactorOptional && before.SecondFactor == FactorOptional,
		g.SecondFactor != FactorOptional && g.SecondFactorFrom.Before(before.SecondFactorFrom):
		return true
	}
	return shorter(g.SessionIdle, before.SessionIdle) || shorter(g.SessionAge, before.SessionAge)
}

// guard puts other guards in force. What is stricter than the last confirmed ones is on trial, by its last author.
func (p Policy) guard(g Guards, by Actor, trial time.Duration, now time.Time) Policy {
	confirmed := p.Guards
	if p.Trial.On() {
		confirmed = p.Trial.Before
	}
	p.Guards, p.Trial = g, Trial{}
	if g.stricter(confirmed) {
		p.Trial = Trial{Began: now, Until: now.Add(trial), By: by.User.ID, ByName: by.User.Name(), Before: confirmed}
	}
	return p
}

// The sessions a person may have follow the strictest of the accounts they are in.

// Shorten is the stricter of two session limits, of which 0 is none.
func Shorten(limit, policy time.Duration) time.Duration {
	if policy > 0 && policy < limit {
		return policy
	}
	return limit
}

// PasswordLength is the shortest password for somebody in all of these accounts. Beside a second factor a shorter one
// will do, unless an account demands more.
func PasswordLength(secondFactor bool, policies ...Policy) int {
	n := MinPassword
	if secondFactor {
		n = MinPasswordBeside
	}
	for _, p := range policies {
		n = max(n, p.MinPassword)
	}
	return n
}

// Tried tells what is on trial: before and after, as an Event would.
func (p Policy) Tried() Event { return Event{}.guards(p.Trial.Before, p.Guards) }

// TriesOut reports whether a list of domains would be on trial first.
func (p Policy) TriesOut(d AllowedDomains) bool {
	to, confirmed := p.Guards, p.Guards
	to.Domains = d
	if p.Trial.On() {
		confirmed = p.Trial.Before
	}
	return to.stricter(confirmed)
}

// event starts an Event about the account itself, made by the actor (the zero Actor is the clock).
func (a Account) event(kind EventKind, by Actor, now time.Time) Event {
	e := Event{AccountID: a.ID, At: now, Kind: kind, ActorID: by.User.ID, OnBehalf: by.OnBehalf, From: by.From, SubjectID: a.ID, SubjectName: a.Name}
	if by.User.ID != "" {
		e.ActorName = by.User.Name()
	}
	return e
}

// told notes in an event what differs between two states of an account's security.
func (e Event) told(before, after Account) Event {
	b, a := before.Policy, after.Policy
	e = e.guards(b.Guards, a.Guards)
	e = e.moved("min_password", count(b.MinPassword), count(a.MinPassword))
	e = e.moved("lower_own", strconv.FormatBool(b.LowerOwn), strconv.FormatBool(a.LowerOwn))
	e = e.moved("invite_days", count(before.InviteDays), count(after.InviteDays))
	e = e.moved("reminders", strconv.FormatBool(before.Reminders), strconv.FormatBool(after.Reminders))
	e = e.moved("site_admins_invite", strconv.FormatBool(before.SiteAdminsInvite), strconv.FormatBool(after.SiteAdminsInvite))
	if a.Trial.On() && !a.Trial.Until.Equal(b.Trial.Until) {
		e = e.changed("trial_until", "", stamp(a.Trial.Until))
	}
	return e
}

func (e Event) guards(before, after Guards) Event {
	e = e.moved("domains", strings.Join(before.Domains, " "), strings.Join(after.Domains, " "))
	e = e.moved("second_factor", string(before.SecondFactor), string(after.SecondFactor))
	e = e.moved("second_factor_from", stamp(before.SecondFactorFrom), stamp(after.SecondFactorFrom))
	e = e.moved("session_idle", span(before.SessionIdle), span(after.SessionIdle))
	return e.moved("session_age", span(before.SessionAge), span(after.SessionAge))
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func span(d time.Duration) string { return count(int(d / time.Minute)) }

// ConfirmTrial ends the trial of stricter guards: they stay. Only their author can, from a session that began after the
// trial did, because that is what proves that they still get in.
func (a Account) ConfirmTrial(by Actor, signedIn, now time.Time) (Account, Event, error) {
	if err := a.mayEndTrial(by); err != nil {
		return a, Event{}, err
	}
	switch t := a.Policy.Trial; {
	case t.By != by.User.ID:
		return a, Event{}, forbidden("trial_of_other")
	case !signedIn.After(t.Began):
		return a, Event{}, stale("sign_in_anew")
	}
	e := a.event(SecurityConfirmed, by, now).guards(a.Policy.Trial.Before, a.Policy.Guards)
	a.Policy.Trial = Trial{}
	return a, e, nil
}

// TakeBackTrial ends the trial the other way: what stood before stands again.
func (a Account) TakeBackTrial(by Actor, now time.Time) (Account, Event, error) {
	if err := a.mayEndTrial(by); err != nil {
		return a, Event{}, err
	}
	return a.revert(by, now)
}

// Revert writes down that a trial has run out; what is in force followed from the time alone.
func (a Account) Revert(now time.Time) (Account, Event, error) {
	if !a.Policy.Trial.Lapsed(now) {
		return a, Event{}, stale("no_trial")
	}
	return a.revert(Actor{}, now)
}

func (a Account) revert(by Actor, now time.Time) (Account, Event, error) {
	e := a.event(SecurityReverted, by, now).guards(a.Policy.Guards, a.Policy.Trial.Before)
	a.Policy.Guards, a.Policy.Trial = a.Policy.Trial.Before, Trial{}
	return a, e, nil
}

func (a Account) mayEndTrial(by Actor) error {
	switch {
	case by.Account.ID != a.ID:
		return ErrNotFound
	case !by.Can(EditSecurity):
		return ErrForbidden
	case !a.Policy.Trial.On():
		return stale("no_trial")
	}
	return nil
}

// LowerNotifications switches one's own channels off. Switching on stays with the administrators (seed 001), and so
// does switching off unless the account allows it.
func (m Membership) LowerNotifications(u User, in Account, email, text bool, from string, now time.Time) (Membership, Event, error) {
	switch {
	case u.ID == "" || m.UserID != u.ID || m.AccountID != in.ID || !m.Active(now):
		return m, Event{}, ErrNotFound
	case !in.Policy.LowerOwn || !in.SuspendedAt.IsZero():
		return m, Event{}, ErrForbidden
	case email && !m.NotifyEmail || text && !m.NotifyText:
		return m, Event{}, forbidden("only_lower")
	case email == m.NotifyEmail && text == m.NotifyText:
		return m, Event{}, stale("same_notifications")
	}
	e := m.event(NotificationsChanged, Actor{User: u, From: from}, now).
		moved("email", strconv.FormatBool(m.NotifyEmail), strconv.FormatBool(email)).
		moved("text", strconv.FormatBool(m.NotifyText), strconv.FormatBool(text))
	m.NotifyEmail, m.NotifyText = email, text
	return m, e, nil
}
