package views

import (
	"context"
	"slices"
	"strings"
	"time"
)

// zones are the time zones to choose from, by their names in the IANA database: one for each offset and rule in
// common use, and those of the countries a company can be of. A person's own, if another, joins them.
var zones = strings.Fields(`
	Pacific/Honolulu America/Anchorage America/Los_Angeles America/Vancouver America/Tijuana America/Phoenix America/Denver
	America/Edmonton America/Chicago America/Winnipeg America/Mexico_City America/Regina America/New_York America/Toronto
	America/Cancun America/Bogota America/Lima America/Halifax America/Puerto_Rico America/Caracas America/Santiago
	America/St_Johns America/Sao_Paulo America/Argentina/Buenos_Aires Atlantic/Azores Atlantic/Canary Europe/London
	Europe/Dublin Europe/Lisbon UTC Europe/Madrid Europe/Rome Europe/Paris Europe/Berlin Europe/Brussels Europe/Amsterdam
	Europe/Zurich Europe/Vienna Europe/Stockholm Europe/Warsaw Africa/Casablanca Africa/Lagos Africa/Johannesburg
	Africa/Cairo Europe/Athens Europe/Bucharest Europe/Helsinki Asia/Jerusalem Europe/Istanbul Africa/Nairobi Asia/Riyadh
	Asia/Dubai Asia/Karachi Asia/Kolkata Asia/Dhaka Asia/Bangkok Asia/Jakarta Asia/Singapore Asia/Shanghai Asia/Manila
	Australia/Perth Asia/Tokyo Asia/Seoul Australia/Adelaide Australia/Brisbane Australia/Sydney Pacific/Auckland`)

// ZoneOptions lists the time zones from west to east, each with its offset now: "(UTC−8) Los Angeles".
func ZoneOptions(ctx context.Context, chosen string) []Option {
	now := LocaleOf(ctx).Now
	names := zones
	if !slices.Contains(names, chosen) && chosen != "" {
		names = append(slices.Clone(names), chosen)
	}
	type row struct {
		Option
		offset int
	}
	var rows []row
	for _, name := range names {
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue // typed, and no time zone: the field says so
		}
		_, offset := now.In(zone).Zone()
		label := "(" + offsetText(offset) + ") " + city(name)
		if name == "UTC" {
			label = name
		}
		rows = append(rows, row{Option{Value: name, Label: label}, offset})
	}
	slices.SortStableFunc(rows, func(a, b row) int { return a.offset - b.offset })
	options := make([]Option, len(rows))
	for i, r := range rows {
		options[i] = r.Option
	}
	return options
}

// city is the place a zone is named for.
func city(zone string) string {
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}
