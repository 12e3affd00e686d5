package views

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/domain"
)

// EventText tells what happened in one sentence: who did it, to whom.
func EventText(ctx context.Context, e domain.Event) string {
	return T(ctx, "event."+string(e.Kind), "By", eventBy(ctx, e), "Name", eventOn(ctx, e))
}

// ErasedName is how somebody is called who was erased: their name there is empty, their id is not.
func ErasedName(ctx context.Context, name, id string) string {
	if name != "" || id == "" {
		return name
	}
	return T(ctx, "events.erased-person", "Code", domain.Pseudonym(id))
}

// eventBy is who did it: the clock has the name of the portal.
func eventBy(ctx context.Context, e domain.Event) string {
	if e.ActorID == "" && e.ActorName == "" {
		return T(ctx, "events.clock")
	}
	return ErasedName(ctx, e.ActorName, e.ActorID)
}

// eventOn is to whom or what it happened, empty where that is nothing with a name.
func eventOn(ctx context.Context, e domain.Event) string {
	if t := e.Kind.Topic(); t == domain.TopicAccess || t == domain.TopicInvites || t == domain.TopicSignIn {
		return ErasedName(ctx, e.SubjectName, e.SubjectID)
	}
	return e.SubjectName
}

// EventPlaces are the paths of the sites, groups and devices that events name.
func EventPlaces(events []domain.Event) []string {
	var paths []string
	for _, e := range events {
		for _, what := range []string{"scope", "grants"} {
			for _, side := range [][2]string{{e.Before[what], e.After[what]}, {e.After[what], e.Before[what]}} {
				for _, path := range placesOf(what, side[0], side[1]) {
					if path != domain.WholeAccount && !slices.Contains(paths, path) {
						paths = append(paths, path)
					}
				}
			}
		}
	}
	return paths
}

// placesOf are the paths of a value that are looked at: those first that the other side of the change does not have.
// Twice as many as are named, as some may be gone.
func placesOf(what, value, other string) []string {
	parts := apart(what, value, other)
	for i := range parts {
		parts[i], _, _ = strings.Cut(parts[i], "=")
	}
	return parts[:min(len(parts), 2*mostPlaces)]
}

// apart are the parts of a value, those first that the other one does not have: what has changed is named before what has
// not. Of what may be done at single places only what has changed is told.
func apart(what, value, other string) []string {
	had := map[string]bool{}
	for _, part := range strings.Fields(other) {
		had[part] = true
	}
	var same, changed []string
	for _, part := range strings.Fields(value) {
		if had[part] {
			same = append(same, part)
		} else {
			changed = append(changed, part)
		}
	}
	if what == "grants" {
		return changed
	}
	return append(changed, same...)
}

// EventChanges are the values an event changed, before and after, in words. places are names by path.
func EventChanges(ctx context.Context, e domain.Event, places map[string]string) []Change {
	var out []Change
	for _, what := range eventValues {
		was, had := e.Before[what]
		now, has := e.After[what]
		if (had || has) && was != now {
			switch what {
			case "role":
				was, now = eventRole(ctx, was, e.Before), eventRole(ctx, now, e.After)
			case "scope":
				was, now = eventScope(ctx, was, now, e.Before, places), eventScope(ctx, now, was, e.After, places)
			case "grants":
				was, now = eventGrants(ctx, was, now, places), eventGrants(ctx, now, was, places)
				if was == "" || now == "" { // what came or went whole stands in the scope
					continue
				}
			default:
				was, now = eventValue(ctx, what, was), eventValue(ctx, what, now)
			}
			out = append(out, Change{T(ctx, "events.what."+what), was, now})
		}
	}
	return out
}

// eventValues are the values events keep, in the order they are told.
var eventValues = []string{
	"name", "role", "may", "scope", "email", "text", "ends_at", "first_name", "last_name", "phone", "language", "time_zone", "theme", "privileges", "grants", "active", "keep_months", "entries", "last_number", "last_hash", "door", "answer", "good", "done", "failed",
	"code", "address", "serial", "kind", "group", "label", "partitions", "rssi",
	"domains", "second_factor", "second_factor_from", "session_idle", "session_age", "min_password", "lower_own", "invite_days", "reminders",
	"site_admins_invite", "trial_until", "customer", "credits", "available", "site", "reason", "hours", "until",
}

// eventValue is one value in words, empty when there was none.
func eventValue(ctx context.Context, what, value string) string {
	if value == "" {
		return ""
	}
	switch what {
	case "may":
		may, _ := domain.ParsePrivileges(value) // one that is not there any more is left out
		return PrivilegesText(ctx, may)
	case "email", "text", "lower_own", "reminders", "site_admins_invite":
		return onOrOff(ctx, value == "true")
	case "ends_at":
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return FullDate(ctx, at.Add(-time.Nanosecond))
		}
	case "second_factor_from", "trial_until", "until":
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return DateTime(ctx, at)
		}
	case "second_factor":
		return T(ctx, "events.factor."+value)
	case "kind":
		return KindName(ctx, domain.DeviceKind(value))
	case "privileges":
		may, _ := domain.ParsePrivileges(value) // a name of another time is left out
		return GuestPrivilegesText(ctx, may)
	case "active":
		if value == "true" {
			return T(ctx, "guests.active")
		}
		return T(ctx, "guests.inactive")
	case "language":
		return LanguageName(value)
	case "theme":
		return ThemeName(ctx, value)
	}
	return value
}

// eventRole is a role in words, an own one as it was called then; empty when there was none.
func eventRole(ctx context.Context, id string, values map[string]string) string {
	if id == "" {
		return ""
	}
	return RoleName(ctx, domain.Role{ID: domain.RoleID(id), Name: values[domain.RoleNameKept]})
}

// eventScope names the places of a scope as the history keeps it, before and after: the first few, and how many more. A
// site that the reader cannot know of is not among them. A partner's role, among the values beside it, opens no site (C14).
func eventScope(ctx context.Context, value, other string, values, places map[string]string) string {
	switch {
	case value == "":
		return ""
	case value == domain.WholeAccount && domain.RoleID(values["role"]).Level() > 0:
		return T(ctx, "administrators.portal-only")
	case value == domain.WholeAccount:
		return T(ctx, "common.all-sites")
	}
	var names []string
	more := 0
	for _, path := range apart("scope", value, other) {
		name := places[path]
		switch {
		case slices.Contains(names, name):
		case name != "" && len(names) < mostPlaces:
			names = append(names, name)
		case name != "" || strings.Contains(path, "/"):
			more++
		}
	}
	switch {
	case len(names) > 0 && more > 0:
		return T(ctx, "events.and-more", "Names", strings.Join(names, ", "), "Count", more)
	case len(names) > 0:
		return strings.Join(names, ", ")
	case more > 0:
		return T(ctx, "events.gone", "Count", more)
	}
	return T(ctx, "events.other-sites")
}

// eventGrants tells what a guest may at single places where that has changed: "Roof: View, Export".
func eventGrants(ctx context.Context, value, other string, places map[string]string) string {
	also, sets, others := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, part := range strings.Fields(value) {
		_, may, _ := strings.Cut(part, "=")
		sets[may] = true
	}
	for _, part := range strings.Fields(other) {
		path, may, _ := strings.Cut(part, "=")
		also[path], others[may] = true, true
	}
	if len(sets) < 2 && len(others) < 2 {
		return "" // the same everywhere: the privileges say it
	}
	var lines []string
	more := 0
	for _, part := range apart("grants", value, other) {
		path, names, _ := strings.Cut(part, "=")
		if !also[path] {
			continue
		}
		name := places[path]
		if path == domain.WholeAccount {
			name = T(ctx, "common.all-sites")
		}
		if name == "" || len(lines) == mostPlaces {
			more++
			continue
		}
		may, _ := domain.ParsePrivileges(strings.ReplaceAll(names, ",", " ")) // a name of another time is left out
		lines = append(lines, name+": "+GuestPrivilegesText(ctx, may))
	}
	if len(lines) > 0 && more > 0 {
		return T(ctx, "events.and-more", "Names", strings.Join(lines, "; "), "Count", more)
	}
	return strings.Join(lines, "; ")
}
