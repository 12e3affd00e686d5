package domain

import "time"

// deviceColumns are the columns of a file of devices of a site.
var deviceColumns = columns{
	known: map[string]string{
		"serialnumber": "serial", "serial": "serial", "numerodeserie": "serial", "serie": "serial", "numerodiserie": "serial", "matricola": "serial",
		"label": "label", "etiqueta": "label", "etichetta": "label",
		"kind": "kind", "type": "kind", "tipo": "kind",
		"group": "group", "grupo": "group", "gruppo": "group",
		"partitions": "partitions", "particiones": "partitions", "partizioni": "partitions",
	},
	needed: []column{{"serial", "Serial number"}, {"kind", "Kind"}},
}

// kindWords are the kinds of device in every language, reduced as headings are.
var kindWords = map[string]DeviceKind{
	"panel": KindPanel, "pannello": KindPanel, "centralina": KindPanel,
	"meter": KindMeter, "medidor": KindMeter, "contador": KindMeter, "contatore": KindMeter,
	"sensor": KindSensor, "sensore": KindSensor,
}

// ReadDevices reads a file of devices of a site. A draft's Group is the group's name here; what the draft cannot be, its
// Check finds.
func ReadDevices(file []byte) ([]ImportLine[DeviceDraft], error) {
	return readFile(file, deviceColumns, func(l *ImportLine[DeviceDraft], cell map[string]string) {
		l.Draft = DeviceDraft{
			Serial: cell["serial"], Label: cell["label"], Kind: string(meaning(DeviceKind(cell["kind"]), kindWords)),
			Group: cell["group"], Partitions: cell["partitions"],
		}
	})
}

// MarkRepeatedSerials finds lines for a serial number that an earlier line of the file has already.
func MarkRepeatedSerials(lines []ImportLine[DeviceDraft]) {
	markRepeated(lines, "serial", "serial_repeated", func(d DeviceDraft) (string, bool) { return ParseSerial(d.Serial) })
}

// NamedPlaces are the places of a site by their groups' names, folded; the empty name is the site itself.
func NamedPlaces(in Site, groups []Group) map[string]Place {
	at := map[string]Place{"": {Site: in}}
	for _, g := range groups {
		at[Fold(g.Name)] = Place{Site: in, Group: g}
	}
	return at
}

// RegisterLine registers the device of a line of a file. A group that is not there, or not the actor's to see, is told by
// its name alone, and a serial number that is taken as taken says.
func RegisterLine(by Actor, d DeviceDraft, at map[string]Place, taken map[string]Problem, now time.Time) (Device, Event, error) {
	return register(by, d, at[Fold(d.Group)], taken, Problem{Code: "group_unknown", Args: map[string]string{"Group": brief(d.Group)}}, now)
}
