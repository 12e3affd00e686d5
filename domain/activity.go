package domain

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Topic groups kinds of event for the filter of the Activity page.
type Topic string

// The topics, in the order of the filter.
const (
	TopicInvites  Topic = "invites"
	TopicAccess   Topic = "access"
	TopicSignIn   Topic = "sign-in"
	TopicSettings Topic = "settings"
	TopicSites    Topic = "sites"
	TopicSupport  Topic = "support"
	TopicDenied   Topic = "denied"
)

// Topics lists every topic.
var Topics = []Topic{TopicInvites, TopicAccess, TopicSignIn, TopicSettings, TopicSites, TopicSupport, TopicDenied}

// topics says which by the word before the dot of a kind. What is not here are settings.
var topics = map[string]Topic{
	"invite": TopicInvites, "import": TopicInvites,
	"user": TopicAccess, "guest": TopicAccess, "customer": TopicAccess, "administrator": TopicAccess,
	"person": TopicSignIn, "factor": TopicSignIn, "session": TopicSignIn, "passkey": TopicSignIn,
	"site": TopicSites, "group": TopicSites, "device": TopicSites, "panel": TopicSites, "credits": TopicSites,
	"support": TopicSupport,
	"access":  TopicDenied,
}

// Topic is the group the kind belongs to.
func (k EventKind) Topic() Topic {
	word, _, _ := strings.Cut(string(k), ".")
	if t, ok := topics[word]; ok {
		return t
	}
	return TopicSettings
}

// SiteIDs lists the sites an event speaks of, sorted: those of the scopes before and after.
func (e Event) SiteIDs() []string {
	var ids []string
	for _, values := range []map[string]string{e.Before, e.After} {
		for _, path := range strings.Fields(values["scope"]) {
			if site, _, _ := strings.Cut(path, "/"); site != WholeAccount {
				ids = append(ids, site)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Searchable is what the search of events reads, folded: who, for whom, on whom, their addresses and where from.
func (e Event) Searchable() string {
	words := append([]string{e.ActorName, e.OnBehalf, e.SubjectName, e.From}, e.Addresses...)
	return strings.Join(strings.Fields(Fold(strings.Join(words, " "))), " ")
}

// Denial is the entry for what an actor asked for and may not have. door is the method and the pattern of the address,
// never the address itself, which can hold what somebody typed; status is the answer.
func (a Actor) Denial(door string, status int, now time.Time) Event {
	e := a.User.Event(Denied, a.From, now)
	e.AccountID, e.OnBehalf = a.Account.ID, a.OnBehalf
	if a.Membership != "" {
		e.SubjectID = a.Membership
	}
	e.After = map[string]string{"door": door, "answer": strconv.Itoa(status)}
	return e
}

// RetentionMonths are the choices, in months; 0 keeps the history for ever.
var RetentionMonths = []int{0, 6, 12, 24, 36, 60, 84, 120}

// RetentionDraft is the form that says how long the history is kept.
type RetentionDraft struct {
	Months string `form:"months"`
}

// SetRetention changes how long the account keeps its history. Problems name the field "months"; ErrStale when it stays
// as it is.
func (a Account) SetRetention(d RetentionDraft, by Actor, now time.Time) (Account, Event, error) {
	months, err := strconv.Atoi(d.Months)
	switch {
	case !by.Can(SetRetention) || by.Account.ID != a.ID:
		return a, Event{}, ErrForbidden
	case err != nil || !slices.Contains(RetentionMonths, months):
		return a, Event{}, Problems{"months": {Code: "choice"}}
	case months == a.KeepMonths:
		return a, Event{}, stale("same_retention")
	}
	e := by.User.Event(RetentionChanged, by.From, now)
	e.AccountID, e.OnBehalf, e.SubjectID, e.SubjectName = a.ID, by.OnBehalf, a.ID, a.Name
	e = e.changed("keep_months", strconv.Itoa(a.KeepMonths), strconv.Itoa(months))
	a.KeepMonths = months
	return a, e, nil
}

// KeepsFrom is the moment before which the account's history may go; the zero time when nothing ever does.
func (a Account) KeepsFrom(now time.Time) time.Time {
	if a.KeepMonths == 0 {
		return time.Time{}
	}
	return now.AddDate(0, -a.KeepMonths, 0)
}

// Purge is the entry for a beginning of the history that was deleted after its time: how many entries, and the seal of
// the last of them, which is what the rest of the chain hangs on.
func (a Account) Purge(entries int, last Seal, now time.Time) Event {
	return Event{
		AccountID: a.ID, At: now, Kind: HistoryPurged, SubjectID: a.ID, SubjectName: a.Name,
		After: map[string]string{"entries": strconv.Itoa(entries), "last_number": strconv.FormatInt(last.Number, 10), "last_hash": last.Hash},
	}
}
