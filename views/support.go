package views

import (
	"context"
	"time"
)

// SupportLength is for how long support access is asked for or granted.
func SupportLength(ctx context.Context, d time.Duration) string {
	return supportHoursText(ctx, int(d/time.Hour))
}

func supportHoursText(ctx context.Context, hours int) string {
	if days := hours / 24; days > 0 {
		return T(ctx, "support.days", "Count", days)
	}
	return T(ctx, "support.hours", "Count", hours)
}

// SupportLeft is how long it is until the end of what is granted: to the minute within a day, as it says when one is out.
func SupportLeft(ctx context.Context, until time.Time) string {
	left := until.Sub(LocaleOf(ctx).Now).Round(time.Minute)
	hours, minutes := int(left/time.Hour), int(left%time.Hour/time.Minute)
	switch {
	case hours >= 24:
		return supportHoursText(ctx, hours)
	case hours > 0 && minutes > 0:
		return T(ctx, "support.hours-minutes", "Hours", hours, "Minutes", minutes)
	case hours > 0:
		return supportHoursText(ctx, hours)
	}
	return T(ctx, "support.minutes", "Minutes", max(minutes, 1))
}
