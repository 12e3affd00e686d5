package domain

import (
	"strconv"
	"strings"
	"time"
)

// A Site is a place of a customer account.
type Site struct {
	ID        string
	AccountID string
	Name      string
	Code      string
	Address   string
	TimeZone  string // IANA name
	// Groups and Devices are how many stand in it, kept with every change.
	Groups, Devices int
	CreatedAt       time.Time
	RemovedAt       time.Time
	Version         int
}

// Node is the site's place in the tree.
func (s Site) Node() Node { return Node{Account: s.AccountID, Site: s.ID} }

// A SiteDraft is the form of a site, as typed.
type SiteDraft struct {
	Name     string `form:"name"`
	Code     string `form:"code"`
	Address  string `form:"address"`
	TimeZone string `form:"time_zone"`
	Version  string `form:"version"`
}

// Draft is the site as its form shows it.
func (s Site) Draft() SiteDraft {
	return SiteDraft{Name: s.Name, Code: s.Code, Address: s.Address, TimeZone: s.TimeZone, Version: strconv.Itoa(s.Version)}
}

// What a site's texts hold at most, in characters.
const (
	maxSiteName    = 80
	maxSiteCode    = 12
	maxSiteAddress = 200
)

// Check turns the draft into the values of a site. An empty code is none.
func (d SiteDraft) Check() (Site, error) {
	p := Problems{}
	s := Site{
		Name: line(p, "name", d.Name, maxSiteName, true), Code: strings.ToUpper(line(p, "code", d.Code, maxSiteCode, false)),
		Address: line(p, "address", d.Address, maxSiteAddress, false), TimeZone: d.TimeZone,
	}
	if s.TimeZone == "" {
		s.TimeZone = "UTC"
	}
	if !knownZone(s.TimeZone) {
		p.Add("time_zone", "choice")
	}
	return s, p.Err()
}

// line reads one line of a form's field.
func line(p Problems, field, typed string, most int, needed bool) string {
	text, code := ParseText(typed, most)
	switch {
	case code != "":
		p.Add(field, code)
	case text == "" && needed:
		p.Add(field, "required")
	}
	return text
}

// NewSite opens a site. Only those who reach the whole account may: a place outside one's sites is no part of them.
func NewSite(by Actor, in Site, now time.Time) (Site, Event, error) {
	if !by.CanAt(EditSites, Node{Account: by.Account.ID}) {
		return Site{}, Event{}, ErrForbidden
	}
	in.AccountID, in.CreatedAt, in.Version = by.Account.ID, now, 1
	e := in.event(SiteCreated, by, now)
	return in, e.moved("name", "", in.Name).moved("code", "", in.Code).moved("address", "", in.Address).moved("time_zone", "", in.TimeZone), nil
}

// Change gives a site other values.
func (s Site) Change(by Actor, to Site, now time.Time) (Site, Event, error) {
	if err := s.may(by, EditSites); err != nil {
		return s, Event{}, err
	}
	after := s
	after.Name, after.Code, after.Address, after.TimeZone = to.Name, to.Code, to.Address, to.TimeZone
	if after == s {
		return s, Event{}, nil
	}
	e := after.event(SiteChanged, by, now)
	e = e.moved("name", s.Name, after.Name).moved("code", s.Code, after.Code).moved("address", s.Address, after.Address).moved("time_zone", s.TimeZone, after.TimeZone)
	after.Version++
	return after, e, nil
}

// Remove closes a site that has no devices any more. Every scope and guest loses it at once. As opening one, it is for
// those who reach the whole account.
func (s Site) Remove(by Actor, now time.Time) (Site, Event, error) {
	if err := s.may(by, EditSites); err != nil {
		return s, Event{}, err
	}
	switch {
	case !by.CanAt(EditSites, Node{Account: s.AccountID}):
		return s, Event{}, forbidden("whole_account")
	case s.Devices > 0:
		return s, Event{}, stale("site_has_devices")
	}
	after := s
	after.RemovedAt = now
	after.Version++
	return after, s.event(SiteRemoved, by, now), nil
}

// may is the gate of every change: what the actor does not see is not there.
func (s Site) may(by Actor, p Privilege) error {
	switch {
	case s.AccountID != by.Account.ID || !s.RemovedAt.IsZero() || !by.Scope.Covers(s.Node()):
		return ErrNotFound
	case !by.CanAt(p, s.Node()):
		return ErrForbidden
	}
	return nil
}

// event starts an Event about the site, which stands in its scope.
func (s Site) event(kind EventKind, by Actor, now time.Time) Event {
	return treeEvent(kind, by, s.ID, s.Name, s.Node(), now)
}

// treeEvent starts an Event about a node of the tree. "scope" is its site, so that who reaches other sites alone is
// told nothing of it.
func treeEvent(kind EventKind, by Actor, id, name string, at Node, now time.Time) Event {
	e := by.User.Event(kind, by.From, now)
	e.AccountID, e.SubjectID, e.SubjectName, e.OnBehalf = at.Account, id, name, by.OnBehalf
	e.Before, e.After = with(nil, "scope", at.Site), with(nil, "scope", at.Site)
	return e
}
