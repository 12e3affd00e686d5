package domain

import (
	"strconv"
	"strings"
)

// A DeviceDraft is the form in which a device is registered, as typed, and a line of a file of them.
type DeviceDraft struct {
	Serial     string `form:"serial"`
	Kind       string `form:"kind"`
	Label      string `form:"label"`
	Group      string `form:"group"` // a group's id; in a file, its name
	Partitions string `form:"partitions"`
}

// A Registration is a DeviceDraft found good, but for its group.
type Registration struct {
	Serial     string
	Kind       DeviceKind
	Label      string
	Partitions []string
}

const (
	maxLabel = 60
	// MaxPartitions is how many partitions a panel has at most.
	MaxPartitions = 64
	minSerial     = 4
	maxSerial     = 40
)

// ParseSerial reads a serial number: 4 to 40 letters, digits, dashes, dots or slashes, in capitals. Spaces around it
// are a slip of the keyboard and are cut.
func ParseSerial(typed string) (string, bool) {
	s := strings.ToUpper(strings.Trim(typed, " \t"))
	if len(s) < minSerial || len(s) > maxSerial || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./") != "" || strings.Trim(s, "-./") == "" {
		return "", false
	}
	return s, true
}

// Check turns the draft into a registration.
func (d DeviceDraft) Check() (Registration, error) {
	p := Problems{}
	r := Registration{Kind: DeviceKind(d.Kind), Label: line(p, "label", d.Label, maxLabel, false), Serial: serial(p, d.Serial)}
	switch {
	case d.Kind == "":
		p.Add("kind", "required")
	case !knownKind(r.Kind):
		p.Add("kind", "choice")
	}
	if n := partitions(p, d.Partitions); r.Kind == KindPanel {
		r.Partitions = make([]string, max(n, 1))
	} else if n > 0 {
		p.Add("partitions", "partitions_panel")
	}
	return r, p.Err()
}

func serial(p Problems, typed string) string {
	s, ok := ParseSerial(typed)
	switch {
	case strings.TrimSpace(typed) == "":
		p.Add("serial", "required")
	case !ok:
		p.Add("serial", "serial")
	}
	return s
}

func knownKind(kind DeviceKind) bool {
	for _, k := range DeviceKinds {
		if k == kind {
			return true
		}
	}
	return false
}

// partitions reads how many a panel has; empty is not said.
func partitions(p Problems, typed string) int {
	if strings.TrimSpace(typed) == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil || n < 0 || n > MaxPartitions {
		p.Add("partitions", "partitions", "Most", strconv.Itoa(MaxPartitions))
		return 0
	}
	return n
}

// A LabelsDraft is the form of a device that is there, as typed.
type LabelsDraft struct {
	Label string `form:"label"`
	// Names are the partitions' in their order; Count says how many there are, when it was asked for.
	Names   []string `form:"partition"`
	Count   string   `form:"partitions"`
	Version string   `form:"version"`
}

// Labels are a LabelsDraft found good.
type Labels struct {
	Label      string
	Partitions []string
}

// Labels is the device as its form shows it.
func (d Device) Labels() LabelsDraft {
	l := LabelsDraft{Label: d.Label, Names: d.Partitions, Version: strconv.Itoa(d.Version)}
	if d.Kind == KindPanel {
		l.Count = strconv.Itoa(len(d.Partitions))
	}
	return l
}

// Check reads the draft. More partitions than names are without a name, and names beyond their number are dropped.
func (d LabelsDraft) Check() (Labels, error) {
	p := Problems{}
	l := Labels{Label: line(p, "label", d.Label, maxLabel, false)}
	n := partitions(p, d.Count)
	if d.Count == "" {
		n = min(len(d.Names), MaxPartitions)
	}
	for i := range n {
		name := ""
		if i < len(d.Names) {
			name = line(p, "partition", d.Names[i], maxLabel, false)
		}
		l.Partitions = append(l.Partitions, name)
	}
	return l, p.Err()
}

// ParseRSSI reads a signal strength in dBm as an instrument shows it: −54, -54 or 54.
func ParseRSSI(typed string) (int, error) {
	s := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(typed), "dBm"))
	s = strings.TrimPrefix(strings.Replace(s, "−", "-", 1), "-")
	n, err := strconv.Atoi(s)
	if err != nil || -n < LowestRSSI || -n > HighestRSSI || strings.HasPrefix(s, "+") {
		return 0, Problems{"rssi": {Code: "rssi"}}
	}
	return -n, nil
}

// MaxPasted is how many serial numbers are registered in one step; more come in a file.
const MaxPasted = 200

// PasteSerials reads serial numbers as they are pasted: one to a line, or with spaces, commas or semicolons between.
// Each is a draft of its own with what holds for all.
func PasteSerials(pasted string, all DeviceDraft) ([]DeviceDraft, error) {
	p := Problems{}
	var out []DeviceDraft
	for s := range strings.FieldsFuncSeq(pasted, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) }) {
		d := all
		d.Serial = s
		if out = append(out, d); len(out) > MaxPasted {
			p.Add("serials", "too_many_serials", "Most", strconv.Itoa(MaxPasted))
			return nil, p.Err()
		}
	}
	if len(out) == 0 {
		p.Add("serials", "required")
	}
	return out, p.Err()
}

// SerialTaken is the answer to a serial number that somebody else has, or that the actor cannot see who has: the same
// for both, so that nobody learns what stands elsewhere (TEN-10).
func SerialTaken() Problem { return Problem{Code: "serial_taken"} }

// SerialHere is the answer to a serial number of a device that the actor sees.
func SerialHere(d Device) Problem {
	return Problem{Code: "serial_here", Args: map[string]string{"Name": d.Name()}}
}

// ParseNode reads a node as Node.Path writes it.
func ParseNode(account, path string) (Node, bool) {
	if path == WholeAccount {
		return Node{Account: account}, true
	}
	parts := strings.Split(path, "/")
	if len(parts) > 3 || parts[0] == "" || parts[len(parts)-1] == "" {
		return Node{}, false
	}
	n := Node{Account: account, Site: parts[0]}
	if len(parts) > 1 {
		n.Group = parts[1]
	}
	if len(parts) > 2 {
		n.Device = parts[2]
	}
	return n, true
}

// Path is the node below the account, as forms send it: "site", "site/group", "site/group/device", and
// "site//device" for a device that stands in no group. The whole account is "account".
func (n Node) Path() string {
	if n.Site == "" {
		return WholeAccount
	}
	return strings.TrimRight(n.Site+"/"+n.Group+"/"+n.Device, "/")
}
