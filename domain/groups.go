package domain

import (
	"strconv"
	"time"
)

// A Group is a part of a site: a room, a roof, a feeder.
type Group struct {
	ID, AccountID, SiteID string
	Name                  string
	// Devices is how many stand in it, kept with every change.
	Devices   int
	CreatedAt time.Time
	RemovedAt time.Time
	Version   int
}

// MaxGroups is how many groups a site has at most: they are listed whole.
const MaxGroups = 500

const maxGroupName = 60

// Node is the group's place in the tree.
func (g Group) Node() Node { return Node{Account: g.AccountID, Site: g.SiteID, Group: g.ID} }

// A GroupDraft is the form of a group, as typed.
type GroupDraft struct {
	Name    string `form:"name"`
	Version string `form:"version"`
}

// Draft is the group as its form shows it.
func (g Group) Draft() GroupDraft { return GroupDraft{Name: g.Name, Version: strconv.Itoa(g.Version)} }

// Check reads the group's name.
func (d GroupDraft) Check() (name string, err error) {
	p := Problems{}
	name = line(p, "name", d.Name, maxGroupName, true)
	return name, p.Err()
}

// NewGroup makes a group of a site.
func NewGroup(by Actor, in Site, name string, now time.Time) (Group, Event, error) {
	if err := in.may(by, ConfigureDevices); err != nil {
		return Group{}, Event{}, err
	}
	if in.Groups >= MaxGroups {
		return Group{}, Event{}, stale("too_many_groups", "Most", strconv.Itoa(MaxGroups))
	}
	g := Group{AccountID: in.AccountID, SiteID: in.ID, Name: name, CreatedAt: now, Version: 1}
	return g, g.event(GroupCreated, by, now), nil
}

// Rename gives a group another name.
func (g Group) Rename(by Actor, name string, now time.Time) (Group, Event, error) {
	if err := g.may(by, ConfigureDevices); err != nil {
		return g, Event{}, err
	}
	if name == g.Name {
		return g, Event{}, nil
	}
	after := g
	after.Name = name
	after.Version++
	return after, after.event(GroupRenamed, by, now).changed("name", g.Name, name), nil
}

// Remove takes away a group without devices. Those it had were moved before, each by its own rules.
func (g Group) Remove(by Actor, now time.Time) (Group, Event, error) {
	if err := g.may(by, ConfigureDevices); err != nil {
		return g, Event{}, err
	}
	if g.Devices > 0 {
		return g, Event{}, stale("group_has_devices")
	}
	after := g
	after.RemovedAt = now
	after.Version++
	return after, g.event(GroupRemoved, by, now), nil
}

// MayEmpty answers whether the actor can move the group's devices out in one step, of which most is the largest.
func (g Group) MayEmpty(by Actor, most int) error {
	switch {
	case g.Devices == 0:
		return nil
	case !by.CanAt(Deploy, g.Node()):
		return forbidden("no_deploy_here")
	case g.Devices > most:
		return stale("group_large", "Most", strconv.Itoa(most))
	}
	return nil
}

func (g Group) may(by Actor, p Privilege) error {
	switch {
	case g.AccountID != by.Account.ID || !g.RemovedAt.IsZero() || !by.Reach(ViewDevices).Covers(g.Node()):
		return ErrNotFound
	case !by.CanAt(p, g.Node()):
		return ErrForbidden
	}
	return nil
}

func (g Group) event(kind EventKind, by Actor, now time.Time) Event {
	return treeEvent(kind, by, g.ID, g.Name, g.Node(), now)
}
