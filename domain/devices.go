package domain

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DeviceKind is what a device is.
type DeviceKind string

// The kinds of device.
const (
	KindPanel  DeviceKind = "panel"
	KindMeter  DeviceKind = "meter"
	KindSensor DeviceKind = "sensor"
)

// DeviceKinds in the order of the form.
var DeviceKinds = []DeviceKind{KindPanel, KindMeter, KindSensor}

// A Device is a thing that reports from a site. Its serial number is its own in the whole deployment.
type Device struct {
	ID, AccountID, SiteID string
	GroupID               string // empty when it stands in no group
	Serial                string
	Kind                  DeviceKind
	Label                 string
	// Partitions of a panel are numbered from 1; one without a name is the empty text.
	Partitions []string
	// RSSI is the strength of its signal when it was last heard, in dBm: below 0.
	RSSI       int
	LastSeenAt time.Time // zero: it has not been heard since it was registered or replaced
	CreatedAt  time.Time
	RemovedAt  time.Time
	Version    int
}

// Node is the device's place in the tree.
func (d Device) Node() Node {
	return Node{Account: d.AccountID, Site: d.SiteID, Group: d.GroupID, Device: d.ID}
}

// Name is what the device is called: its label, else its serial number.
func (d Device) Name() string {
	if d.Label == "" {
		return d.Serial
	}
	return d.Label
}

// DeviceState says whether a device is heard, and how well.
type DeviceState string

// The states of a device, derived from when and how strongly it was last heard.
const (
	Online  DeviceState = "online"
	Weak    DeviceState = "weak"
	Silent  DeviceState = "silent"
	Waiting DeviceState = "waiting" // for its first contact
)

// DeviceStates in the order of the filter.
var DeviceStates = []DeviceState{Online, Weak, Silent, Waiting}

const (
	// SilentAfter is how long a device may say nothing before it counts as silent.
	SilentAfter = 2 * time.Hour
	// WeakBelow is the signal strength, in dBm, below which a device may be lost.
	WeakBelow = -80
	// LowestRSSI and HighestRSSI bound what a radio can report.
	LowestRSSI, HighestRSSI = -130, -1
)

// State is the device's state at a moment.
func (d Device) State(now time.Time) DeviceState {
	switch {
	case d.LastSeenAt.IsZero():
		return Waiting
	case !d.LastSeenAt.After(now.Add(-SilentAfter)):
		return Silent
	case d.RSSI < WeakBelow:
		return Weak
	}
	return Online
}

// Bars is the signal in bars: 4 strong, 3 good, 2 weak, 1 hardly any, 0 none.
func (d Device) Bars(now time.Time) int {
	switch s := d.State(now); {
	case s == Waiting || s == Silent:
		return 0
	case d.RSSI >= -60:
		return 4
	case d.RSSI >= WeakBelow:
		return 3
	case d.RSSI >= -90:
		return 2
	}
	return 1
}

// A Place is where in a site a device is or goes to: its group, the zero Group for none.
type Place struct {
	Site  Site
	Group Group
}

// Node is the place in the tree.
func (p Place) Node() Node {
	return Node{Account: p.Site.AccountID, Site: p.Site.ID, Group: p.Group.ID}
}

// MayPlace answers whether the actor may put devices there: Deploy on the target (TEN-10). What they do not see is not
// there; a group of another site is none of this one's.
func (a Actor) MayPlace(at Place) error {
	switch {
	case at.Site.ID == "" || at.Site.AccountID != a.Account.ID || !at.Site.RemovedAt.IsZero() || !a.Scope.Touches(at.Site.Node()):
		return ErrNotFound
	case at.Group.ID != "" && (at.Group.SiteID != at.Site.ID || !at.Group.RemovedAt.IsZero()):
		return ErrNotFound
	case !a.CanAt(Deploy, at.Node()):
		return forbidden("no_deploy_there")
	}
	return nil
}

// Touches reports whether the scope reaches the node, or something below it: whether its page is worth opening.
func (s Scope) Touches(n Node) bool {
	return slices.ContainsFunc(s, func(have Node) bool { return have.Covers(n) || n.Covers(have) })
}

// Register adds a device at a place.
func Register(by Actor, in Registration, at Place, now time.Time) (Device, Event, error) {
	if err := by.MayPlace(at); err != nil {
		return Device{}, Event{}, err
	}
	d := Device{
		AccountID: at.Site.AccountID, SiteID: at.Site.ID, GroupID: at.Group.ID, Serial: in.Serial, Kind: in.Kind, Label: in.Label,
		Partitions: slices.Clone(in.Partitions), CreatedAt: now, Version: 1,
	}
	e := d.event(DeviceRegistered, by, now).moved("serial", "", d.Serial).moved("kind", "", string(d.Kind)).moved("group", "", at.Group.Name)
	return d, e, nil
}

// RegisterDraft registers the device of a form, whose Group is a group's id. taken are the serial numbers that cannot be
// used, with the reason.
func RegisterDraft(by Actor, d DeviceDraft, at map[string]Place, taken map[string]Problem, now time.Time) (Device, Event, error) {
	return register(by, d, at[d.Group], taken, Problem{Code: "choice"}, now)
}

// register turns a draft into a device at a place; the zero Place is none, which unplaced tells.
func register(by Actor, d DeviceDraft, at Place, taken map[string]Problem, unplaced Problem, now time.Time) (Device, Event, error) {
	in, err := d.Check()
	p := Problems{}
	if err != nil && !errors.As(err, &p) {
		return Device{}, Event{}, err
	}
	if at.Site.ID == "" {
		p["group"] = unplaced
	}
	if problem, ok := taken[in.Serial]; ok {
		p["serial"] = problem
	}
	if err := p.Err(); err != nil {
		return Device{}, Event{}, err
	}
	return Register(by, in, at, now)
}

// Configure changes the label and the partitions.
func (d Device) Configure(by Actor, to Labels, now time.Time) (Device, Event, error) {
	if err := d.may(by, ConfigureDevices); err != nil {
		return d, Event{}, err
	}
	after := d
	after.Label, after.Partitions = to.Label, slices.Clone(to.Partitions)
	if d.Kind != KindPanel {
		after.Partitions = nil
	}
	if after.Label == d.Label && slices.Equal(after.Partitions, d.Partitions) {
		return d, Event{}, nil
	}
	e := after.event(DeviceConfigured, by, now).moved("label", d.Label, after.Label).moved("partitions", told(d.Partitions), told(after.Partitions))
	after.Version++
	return after, e, nil
}

// Move puts the device at another place. It needs Deploy on both ends, and every scope, guest and end customer follows.
func (d Device) Move(by Actor, from, to Place, now time.Time) (Device, Event, error) {
	if err := d.may(by, Deploy); err != nil {
		return d, Event{}, err
	}
	if err := by.MayPlace(to); err != nil {
		return d, Event{}, err
	}
	if d.SiteID == to.Site.ID && d.GroupID == to.Group.ID {
		return d, Event{}, stale("same_place")
	}
	after := d
	after.SiteID, after.GroupID = to.Site.ID, to.Group.ID
	e := after.event(DeviceMoved, by, now).changed("group", from.Group.Name, to.Group.Name)
	e.Before = with(e.Before, "scope", d.SiteID)
	after.Version++
	return after, e, nil
}

// Replace puts another device in its stead. Place, label, partitions and everybody's rights stay; what the old one has
// reported does not.
func (d Device) Replace(by Actor, serial string, now time.Time) (Device, Event, error) {
	if err := d.may(by, Deploy); err != nil {
		return d, Event{}, err
	}
	if serial == d.Serial {
		return d, Event{}, stale("same_serial")
	}
	after := d
	after.Serial, after.RSSI, after.LastSeenAt = serial, 0, time.Time{}
	after.Version++
	return after, after.event(DeviceReplaced, by, now).changed("serial", d.Serial, serial), nil
}

// Remove takes the device out of the account. Its serial number is free again.
func (d Device) Remove(by Actor, now time.Time) (Device, Event, error) {
	if err := d.may(by, Deploy); err != nil {
		return d, Event{}, err
	}
	after := d
	after.RemovedAt = now
	after.Version++
	return after, d.event(DeviceRemoved, by, now).moved("serial", d.Serial, ""), nil
}

// Report notes that the device was heard now, as its installer reads it.
func (d Device) Report(by Actor, rssi int, now time.Time) (Device, Event, error) {
	if err := d.may(by, Deploy); err != nil {
		return d, Event{}, err
	}
	if rssi < LowestRSSI || rssi > HighestRSSI {
		return d, Event{}, Problems{"rssi": {Code: "rssi"}}
	}
	after := d
	after.RSSI, after.LastSeenAt = rssi, now // the version stays: what is heard is no reason to type a label again
	return after, after.event(DeviceReported, by, now).changed("rssi", rssiText(d), rssiText(after)), nil
}

// may is the gate of every change: what the actor does not see is not there.
func (d Device) may(by Actor, p Privilege) error {
	switch {
	case d.AccountID != by.Account.ID || !d.RemovedAt.IsZero() || !by.Reach(ViewDevices).Covers(d.Node()):
		return ErrNotFound
	case !by.CanAt(p, d.Node()):
		return ErrForbidden
	}
	return nil
}

func (d Device) event(kind EventKind, by Actor, now time.Time) Event {
	return treeEvent(kind, by, d.ID, d.Name(), d.Node(), now)
}

func rssiText(d Device) string {
	if d.LastSeenAt.IsZero() {
		return ""
	}
	return strconv.Itoa(d.RSSI) + " dBm"
}

// told is a panel's partitions for the history.
func told(partitions []string) string {
	names := make([]string, len(partitions))
	for i, name := range partitions {
		names[i] = strings.TrimSpace(strconv.Itoa(i+1) + " " + name)
	}
	return strings.Join(names, ", ")
}
