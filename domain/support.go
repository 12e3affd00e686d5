package domain

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// KindSupport is what an Actor is who stands in an account by a grant of support access. No membership is of this kind.
const KindSupport MembershipKind = "support"

// A SupportGrant lets the account's partner help in it for a while, or asks for that. It is one row from the asking, or
// from the granting where nobody asked, to its end.
type SupportGrant struct {
	ID, AccountID, PartnerID string
	// AccountName is how the account was called when this began.
	AccountName string
	// AskedAt, AskedBy and AskerName tell who asked for it; nobody did when the account gave it by itself.
	AskedAt            time.Time
	AskedBy, AskerName string
	Reason             string
	// Length is for how long it is asked for, or was given.
	Length           time.Duration
	StartsAt, EndsAt time.Time
	// EndedAt is when it was ended before its time, or the request taken back; zero if nobody did.
	EndedAt   time.Time
	RefusedAt time.Time
	// GrantedBy and AnswererName are who granted or refused it.
	GrantedBy, AnswererName string
	// ChangedAt is when any of this changed last.
	ChangedAt time.Time
	Version   int
}

// A SupportState is what a SupportGrant is now; "support.state.<state>" is its word.
type SupportState string

// The states, in the order of the filter.
const (
	SupportOpen    SupportState = "granted"
	SupportWaiting SupportState = "asked"
	SupportOver    SupportState = "ended"
	SupportDenied  SupportState = "refused"
)

// SupportStates lists them.
var SupportStates = []SupportState{SupportOpen, SupportWaiting, SupportOver, SupportDenied}

// State follows from the times alone.
func (g SupportGrant) State(now time.Time) SupportState {
	switch {
	case !g.RefusedAt.IsZero():
		return SupportDenied
	case g.Live(now):
		return SupportOpen
	case g.StartsAt.IsZero() && g.EndedAt.IsZero():
		return SupportWaiting
	}
	return SupportOver
}

// Since is the moment the state began; of a grant in force, when it will end.
func (g SupportGrant) Since(now time.Time) time.Time {
	switch g.State(now) {
	case SupportDenied:
		return g.RefusedAt
	case SupportOpen:
		return g.EndsAt
	case SupportWaiting:
		return g.AskedAt
	}
	if g.EndedAt.IsZero() {
		return g.EndsAt
	}
	return g.EndedAt
}

// Live reports whether the grant is in force.
func (g SupportGrant) Live(now time.Time) bool {
	return g.RefusedAt.IsZero() && g.EndedAt.IsZero() && !now.Before(g.StartsAt) && now.Before(g.EndsAt)
}

// Between reports whether the grant is between this account and its partner.
func (g SupportGrant) Between(a Account) bool {
	return g.AccountID == a.ID && a.PartnerID != "" && g.PartnerID == a.PartnerID
}

// Provides reports whether a membership makes its person a Support Provider of the account: an active administrator of
// the account's partner, while the account grants support access (seed 000, product.md: where the sources clash, 1).
func (g SupportGrant) Provides(to Account, m Membership, now time.Time) bool {
	return g.Between(to) && m.AccountID == to.PartnerID && m.Kind == KindUser && m.Active(now) && g.Live(now)
}

// Actor is who somebody of the partner is inside the account that grants support access, and ErrNotFound when they are
// nobody there: the grant is not in force, or they do not give support any more. at is their present place in the partner.
func (g SupportGrant) Actor(at Actor, in Account, now time.Time) (Actor, error) {
	role, known := ParseRole(string(RoleSupport), Customer)
	if !known || !g.Live(now) || !g.Between(in) || !in.SuspendedAt.IsZero() || in.Kind != Customer || !g.mayGive(at) || at.MustEnrol(now) {
		return Actor{}, ErrNotFound
	}
	by := Actor{
		User: at.User, Account: in, Membership: g.ID, Kind: KindSupport, Role: role, Scope: Whole(in.ID), From: at.From, OnBehalf: at.Account.Name, Until: g.EndsAt,
	}
	if by.MustEnrol(now) {
		return by, ErrMustEnrol
	}
	return by, nil
}

// mayGive reports whether somebody gives support for the partner of this grant.
func (g SupportGrant) mayGive(by Actor) bool {
	return by.Can(GiveSupport) && by.Kind != KindGuest && by.Kind != KindSupport && by.Account.ID == g.PartnerID
}

// mayAnswer reports whether somebody decides about support access to the account of this grant.
func (g SupportGrant) mayAnswer(by Actor) bool { return by.Can(EditSecurity) && g.Between(by.Account) }

// SupportHours are the lengths to choose from.
var SupportHours = []int{2, 8, 24, 168}

// MostSupport is how far ahead support access can end.
const MostSupport = 168 * time.Hour

// MostReason is how long a reason can be.
const MostReason = 300

// A SupportDraft is the form that asks for support access or grants it, as typed.
type SupportDraft struct {
	Account string `form:"account"` // its address; only in the partner's form
	Reason  string `form:"reason"`
	Hours   string `form:"hours"`
}

func (d SupportDraft) length(p Problems) time.Duration {
	hours, err := strconv.Atoi(d.Hours)
	if err != nil || !slices.Contains(SupportHours, hours) {
		p.Add("hours", "choice")
	}
	return time.Duration(hours) * time.Hour
}

// check reads the reason, which stays in the account's history, and the length.
func (d SupportDraft) check(p Problems) (reason string, length time.Duration) {
	reason, code := ParseText(d.Reason, MostReason)
	switch {
	case code != "":
		p.Add("reason", code, "Max", strconv.Itoa(MostReason))
	case reason == "":
		p.Add("reason", "required")
	}
	return reason, d.length(p)
}

// AskSupport asks an account of the partner's for support access. have is what stands between the two now, zero for
// nothing. Problems name the fields "account", "reason" and "hours".
func AskSupport(have SupportGrant, to Account, d SupportDraft, by Actor, now time.Time) (SupportGrant, Event, error) {
	p := Problems{}
	g := SupportGrant{AccountID: to.ID, AccountName: to.Name, PartnerID: by.Account.ID, AskedAt: now, AskedBy: by.User.ID, AskerName: by.User.Name(), ChangedAt: now}
	if !g.mayGive(by) {
		return have, Event{}, ErrForbidden
	}
	g.Reason, g.Length = d.check(p)
	switch {
	case to.ID == "" || to.PartnerID != by.Account.ID || to.Kind != Customer:
		p.Add("account", "support_account")
	case !to.SuspendedAt.IsZero():
		p.Add("account", "support_suspended")
	case have.State(now) == SupportOpen:
		p.Add("account", "support_open")
	case have.State(now) == SupportWaiting && have.ID != "":
		p.Add("account", "support_waiting")
	}
	if len(p) > 0 {
		return have, Event{}, p
	}
	return g, g.event(SupportAsked, by, now).changed("reason", "", g.Reason).changed("hours", "", g.hours()), nil
}

// GrantSupport gives the account's partner support access unasked. A request that waits is answered instead.
func GrantSupport(have SupportGrant, d SupportDraft, by Actor, now time.Time) (SupportGrant, Event, error) {
	p := Problems{}
	g := SupportGrant{AccountID: by.Account.ID, AccountName: by.Account.Name, PartnerID: by.Account.PartnerID, ChangedAt: now}
	if !g.mayAnswer(by) {
		return have, Event{}, ErrForbidden
	}
	if have.ID != "" {
		switch have.State(now) {
		case SupportOpen:
			return have, Event{}, stale("support_open")
		case SupportWaiting:
			return have, Event{}, stale("support_waiting")
		}
	}
	if g.Reason, g.Length = d.check(p); len(p) > 0 {
		return have, Event{}, p
	}
	return g.grant(by, now)
}

func (g SupportGrant) grant(by Actor, now time.Time) (SupportGrant, Event, error) {
	g.StartsAt, g.EndsAt, g.ChangedAt = now, now.Add(g.Length), now
	g.GrantedBy, g.AnswererName = by.User.ID, by.User.Name()
	return g, g.event(SupportGranted, by, now).changed("reason", "", g.Reason).changed("until", "", stamp(g.EndsAt)), nil
}

// Answer is what the account says to a request.
func (g SupportGrant) Answer(yes bool, by Actor, now time.Time) (SupportGrant, Event, error) {
	if !g.mayAnswer(by) {
		return g, Event{}, ErrForbidden
	}
	if g.State(now) != SupportWaiting {
		return g, Event{}, stale("support_answered")
	}
	if yes {
		return g.grant(by, now)
	}
	g.RefusedAt, g.ChangedAt, g.GrantedBy, g.AnswererName = now, now, by.User.ID, by.User.Name()
	return g, g.event(SupportRefused, by, now), nil
}

// Extend puts the end later by a length; never further than MostSupport from now.
func (g SupportGrant) Extend(d SupportDraft, by Actor, now time.Time) (SupportGrant, Event, error) {
	p := Problems{}
	if !g.mayAnswer(by) {
		return g, Event{}, ErrForbidden
	}
	if !g.Live(now) {
		return g, Event{}, stale("support_over", "Company", by.Account.Name)
	}
	was, length := g.EndsAt, d.length(p)
	if g.EndsAt.Add(length).After(now.Add(MostSupport)) && len(p) == 0 {
		p.Add("hours", "support_far")
	}
	if len(p) > 0 {
		return g, Event{}, p
	}
	g.EndsAt, g.ChangedAt = g.EndsAt.Add(length), now
	return g, g.event(SupportExtended, by, now).changed("until", stamp(was), stamp(g.EndsAt)), nil
}

// End ends the access at once: whoever is inside is out at the next request.
func (g SupportGrant) End(by Actor, now time.Time) (SupportGrant, Event, error) {
	if !g.mayAnswer(by) {
		return g, Event{}, ErrForbidden
	}
	if !g.Live(now) {
		return g, Event{}, stale("support_over", "Company", by.Account.Name)
	}
	g.EndedAt, g.ChangedAt = now, now
	return g, g.event(SupportEnded, by, now).changed("until", stamp(g.EndsAt), stamp(now)), nil
}

// Withdraw takes a request back that waits for its answer. Anybody who could have asked may.
func (g SupportGrant) Withdraw(by Actor, now time.Time) (SupportGrant, Event, error) {
	if !g.mayGive(by) {
		return g, Event{}, ErrForbidden
	}
	if g.State(now) != SupportWaiting {
		return g, Event{}, stale("support_answered")
	}
	g.EndedAt, g.ChangedAt = now, now
	return g, g.event(SupportWithdrawn, by, now), nil
}

// Used is the entry for what somebody of the partner does with the access: they enter, leave, or work from outside. by is
// who they are inside.
func (g SupportGrant) Used(kind EventKind, by Actor, now time.Time) Event {
	return g.event(kind, by, now)
}

// hours is the length, for the history.
func (g SupportGrant) hours() string { return strconv.Itoa(int(g.Length / time.Hour)) }

// event starts an Event about the grant in the history of its account. Who acts for the partner has two names there.
func (g SupportGrant) event(kind EventKind, by Actor, now time.Time) Event {
	e := by.User.Event(kind, by.From, now)
	e.AccountID, e.SubjectID, e.SubjectName, e.OnBehalf = g.AccountID, g.ID, g.AccountName, by.OnBehalf
	if by.Account.ID == g.PartnerID {
		e.OnBehalf = by.Account.Name
	}
	return e
}

// AtPartner is the same entry in the history of the partner, which is not told where the account's own people were.
func (g SupportGrant) AtPartner(e Event) Event {
	if e.AccountID = g.PartnerID; e.OnBehalf == "" {
		e.From, e.Addresses = "", nil
	}
	e.OnBehalf = ""
	return e
}

// Without is the grant without what it says of somebody who is erased. The id stays: it is their pseudonym.
func (g SupportGrant) Without(user string) SupportGrant {
	if g.AskedBy == user {
		g.AskerName = ""
	}
	if g.GrantedBy == user {
		g.AnswererName = ""
	}
	return g
}

// Searchable is what the search of the partner's list reads, folded: which account, who asked, why.
func (g SupportGrant) Searchable() string {
	words := strings.Join([]string{g.AccountName, g.AskerName, g.AnswererName, g.Reason}, " ")
	return strings.Join(strings.Fields(Fold(words)), " ")
}

// OutOfSupport refuses what was meant for an account in which the session stood until now: the access is over.
func OutOfSupport(in Account) error { return stale("support_over", "Company", in.Name) }

// WhichSupport says that what was typed for an account is no whole name: one account has it in its name, or several do, and
// who asks chooses.
func WhichSupport(found int) Problem {
	if found == 1 {
		return Problem{Code: "support_meant"}
	}
	return Problem{Code: "support_which"}
}
