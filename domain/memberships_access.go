package domain

import (
	"slices"
	"strconv"
	"time"
)

// An AccessDraft is the form of somebody who is in, as typed: what they may do, where, what they hear of, until when.
type AccessDraft struct {
	Role        string   `form:"role"`
	Scope       []string `form:"scope"`
	NotifyEmail string   `form:"notify_email"` // "on" or empty
	NotifyText  string   `form:"notify_text"`
	EndsOn      string   `form:"ends_on"` // 2006-01-02, the last day of access in the zone of who fills it in
	Version     string   `form:"version"`
	Confirm     string   `form:"confirm"` // the loss that was told and confirmed, as Loss.String has it
}

// An Access is an AccessDraft found good.
type Access struct {
	Role                    RoleID
	Scope                   Scope
	NotifyEmail, NotifyText bool
	EndsAt                  time.Time
}

// Access is the membership as its form shows it.
func (m Membership) Access(zone *time.Location) AccessDraft {
	d := m.Draft(zone)
	return AccessDraft{Role: d.Role, Scope: d.Scope, NotifyEmail: d.NotifyEmail, NotifyText: d.NotifyText, EndsOn: d.EndsOn, Version: strconv.Itoa(m.Version)}
}

// Check reads the draft of m for this actor. What the form left as it was is not judged anew: an end that has passed,
// a site that is gone. sites are the draft's site ids that exist in the account.
func (d AccessDraft) Check(by Actor, m Membership, sites []string, now time.Time) (Access, error) {
	p := Problems{}
	was := m.Access(by.User.Zone())
	to := Access{Role: RoleID(d.Role), Scope: m.Scope, EndsAt: m.EndsAt}
	if _, known := by.Account.Role(RoleID(d.Role)); !known {
		p.Add("role", "choice")
	}
	if !sameSites(d.Scope, was.Scope) {
		to.Scope = ParseScope(p, by, d.Scope, sites)
	}
	to.NotifyEmail = toggle(p, "notify_email", d.NotifyEmail)
	to.NotifyText = toggle(p, "notify_text", d.NotifyText)
	if d.EndsOn != was.EndsOn {
		to.EndsAt = ParseEnd(p, d.EndsOn, by.User.Zone(), now)
	}
	return to, p.Err()
}

// SameScope reports whether two drafts ask for the same scope.
func (d AccessDraft) SameScope(other AccessDraft) bool { return sameSites(d.Scope, other.Scope) }

// sameSites reports whether two scope fields say the same. ChosenSites beside sites adds nothing.
func sameSites(typed, was []string) bool {
	clean := func(list []string) []string {
		list = slices.DeleteFunc(slices.Clone(list), func(id string) bool { return id == ChosenSites })
		slices.Sort(list)
		return slices.Compact(list)
	}
	return slices.Equal(clean(typed), clean(was))
}

// ChangeAccess makes the changes that to asks for, each with its event; none when it is as it was. The first one that
// cannot be made is the answer, and then nothing has changed.
func (m Membership) ChangeAccess(by Actor, to Access, keepers int, now time.Time) (Membership, []Event, error) {
	if err := m.change(by, now); err != nil {
		return m, nil, err
	}
	changed, events := m, []Event(nil)
	for _, step := range []struct {
		differs bool
		change  func(Membership) (Membership, Event, error)
	}{
		{to.Role != m.Role, func(m Membership) (Membership, Event, error) { return m.ChangeRole(by, to.Role, keepers, now) }},
		{!to.Scope.Equal(m.Scope), func(m Membership) (Membership, Event, error) { return m.ChangeScope(by, to.Scope, keepers, now) }},
		{to.NotifyEmail != m.NotifyEmail || to.NotifyText != m.NotifyText, func(m Membership) (Membership, Event, error) {
			return m.SetNotifications(by, to.NotifyEmail, to.NotifyText, now)
		}},
		{!to.EndsAt.Equal(m.EndsAt), func(m Membership) (Membership, Event, error) { return m.SetEnd(by, to.EndsAt, keepers, now) }},
	} {
		if !step.differs {
			continue
		}
		after, event, err := step.change(changed)
		if err != nil {
			return m, nil, err
		}
		changed, events = after, append(events, event)
	}
	return changed, events, nil
}
