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
	by := e.ActorName
	if by == "" {
		by = T(ctx, "events.clock")
	}
	return T(ctx, "event."+string(e.Kind), "By", by, "Name", e.SubjectName)
}

// EventSites are the ids of the sites that events speak of.
func EventSites(events []domain.Event) []string {
	var ids []string
	for _, e := range events {
		for _, values := range []map[string]string{e.Before, e.After} {
			for _, path := range strings.Fields(values["scope"]) {
				if site, _, _ := strings.Cut(path, "/"); site != domain.WholeAccount && !slices.Contains(ids, site) {
					ids = append(ids, site)
				}
			}
		}
	}
	return ids
}

// EventChanges are the values an event changed, before and after, in words. sites are names by id.
func EventChanges(ctx context.Context, e domain.Event, sites map[string]string) []Change {
	var out []Change
	for _, what := range eventValues {
		was, had := e.Before[what]
		now, has := e.After[what]
		if (had || has) && was != now {
			if what == "role" {
				was, now = eventRole(ctx, was, e.Before), eventRole(ctx, now, e.After)
			} else {
				was, now = eventValue(ctx, what, was, sites), eventValue(ctx, what, now, sites)
			}
			out = append(out, Change{T(ctx, "events.what."+what), was, now})
		}
	}
	return out
}

// eventValues are the values events keep, in the order they are told.
var eventValues = []string{
	"name", "role", "may", "scope", "email", "text", "ends_at", "first_name", "last_name", "phone", "language", "time_zone", "theme", "privileges", "active", "keep_months", "entries", "last_number", "last_hash", "door", "answer", "good", "done", "failed",
	"code", "address", "serial", "kind", "group", "label", "partitions", "rssi",
	"domains", "second_factor", "second_factor_from", "session_idle", "session_age", "min_password", "lower_own", "invite_days", "reminders",
	"site_admins_invite", "trial_until", "customer", "credits", "available",
}

// eventValue is one value in words, empty when there was none.
func eventValue(ctx context.Context, what, value string, sites map[string]string) string {
	if value == "" {
		return ""
	}
	switch what {
	case "may":
		may, _ := domain.ParsePrivileges(value) // one that is not there any more is left out
		return PrivilegesText(ctx, may)
	case "scope":
		return eventScope(ctx, value, sites)
	case "email", "text", "lower_own", "reminders", "site_admins_invite":
		if value == "true" {
			return T(ctx, "common.on")
		}
		return T(ctx, "common.off")
	case "ends_at":
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return FullDate(ctx, at.Add(-time.Nanosecond))
		}
	case "second_factor_from", "trial_until":
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

// eventScope names the sites of a scope as the history keeps it. What the reader cannot know of is not among them.
func eventScope(ctx context.Context, paths string, sites map[string]string) string {
	if paths == domain.WholeAccount {
		return T(ctx, "common.all-sites")
	}
	var names []string
	for _, path := range strings.Fields(paths) {
		site, _, _ := strings.Cut(path, "/")
		if name := sites[site]; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return T(ctx, "events.other-sites")
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
