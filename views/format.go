package views

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

var monthNames = map[string][12]string{
	"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	"es": {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"},
	"it": {"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"},
}

var dayNames = map[string][7]string{
	"en": {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	"es": {"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
	"it": {"dom", "lun", "mar", "mer", "gio", "ven", "sab"},
}

// daysAhead is how far ahead a moment is told in days; beyond it stands the date.
const daysAhead = 31

// hoursBack is how long the hours count across midnight, before "Yesterday" says it better.
const hoursBack = 6 * time.Hour

// Relative tells t in words of the reader's now: "38 min ago", "Yesterday", "Nov 12", "in 6 days".
func Relative(ctx context.Context, t time.Time) string {
	l := LocaleOf(ctx)
	now, t := l.Now.In(l.Zone), t.In(l.Zone)
	if l.Now.IsZero() {
		return Date(ctx, t)
	}
	days := dayNumber(t) - dayNumber(now)
	if t.After(now) {
		switch ahead := t.Sub(now); {
		case ahead < time.Hour:
			return T(ctx, "common.time.in-minutes", "Count", max(int(ahead/time.Minute), 1))
		case ahead < 24*time.Hour:
			return T(ctx, "common.time.in-hours", "Count", int(ahead/time.Hour))
		case days <= daysAhead:
			return T(ctx, "common.time.in-days", "Count", days)
		}
		return Date(ctx, t)
	}
	switch ago := now.Sub(t); {
	case ago < time.Minute:
		return T(ctx, "common.time.just-now")
	case ago < time.Hour:
		return T(ctx, "common.time.minutes-ago", "Count", int(ago/time.Minute))
	case days == 0 || ago < hoursBack:
		return T(ctx, "common.time.hours-ago", "Count", int(ago/time.Hour))
	case days == -1:
		return T(ctx, "common.time.yesterday")
	}
	return Date(ctx, t)
}

// dayNumber counts calendar days, so that the difference of two is what people call days.
func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// Date returns the day of t: "Nov 12", with the year when it is another than now's.
func Date(ctx context.Context, t time.Time) string {
	l := LocaleOf(ctx)
	t = t.In(l.Zone)
	return dateText(l, t, t.Year() != l.Now.In(l.Zone).Year())
}

// FullDate returns the day of t with its year: "Nov 12, 2026".
func FullDate(ctx context.Context, t time.Time) string {
	l := LocaleOf(ctx)
	return dateText(l, t.In(l.Zone), true)
}

// DateTime returns the day and the time of day: "Nov 19, 8:14 AM".
func DateTime(ctx context.Context, t time.Time) string {
	l := LocaleOf(ctx)
	return Date(ctx, t) + ", " + clockText(l, t.In(l.Zone))
}

// Clock is the time of day: "10:28 PM".
func Clock(ctx context.Context, t time.Time) string {
	l := LocaleOf(ctx)
	return clockText(l, t.In(l.Zone))
}

// WeekdayTime returns DateTime with the day of the week: "Fri, Nov 27, 10:28 PM".
func WeekdayTime(ctx context.Context, t time.Time) string {
	l := LocaleOf(ctx)
	return dayNames[l.Lang][t.In(l.Zone).Weekday()] + ", " + DateTime(ctx, t)
}

// FullTime returns the whole moment with its zone: "Nov 21, 2026, 10:28 PM PST".
func FullTime(ctx context.Context, t time.Time) string {
	l := LocaleOf(ctx)
	t = t.In(l.Zone)
	return dateText(l, t, true) + ", " + clockText(l, t) + " " + zoneText(t)
}

// WeekdayFullTime returns FullTime with the day of the week: "Fri, Nov 27, 2026, 10:28 PM PST".
func WeekdayFullTime(ctx context.Context, t time.Time) string {
	l := LocaleOf(ctx)
	return dayNames[l.Lang][t.In(l.Zone).Weekday()] + ", " + FullTime(ctx, t)
}

func dateText(l Locale, t time.Time, year bool) string {
	month := monthNames[l.Lang][t.Month()-1]
	if l.Lang == "en" {
		if year {
			return fmt.Sprintf("%s %d, %d", month, t.Day(), t.Year())
		}
		return fmt.Sprintf("%s %d", month, t.Day())
	}
	if year {
		return fmt.Sprintf("%d %s %d", t.Day(), month, t.Year())
	}
	return fmt.Sprintf("%d %s", t.Day(), month)
}

func clockText(l Locale, t time.Time) string {
	if l.Lang == "en" {
		return t.Format("3:04 PM")
	}
	return t.Format("15:04")
}

// zoneText names the zone of t. Zones without letters of their own ("-03") are told from UTC.
func zoneText(t time.Time) string {
	name, offset := t.Zone()
	if name != "" && name[0] != '+' && name[0] != '-' {
		return name
	}
	return offsetText(offset)
}

// offsetText tells how far a zone is from UTC: "UTC−8", "UTC+5:30", "UTC".
func offsetText(seconds int) string {
	sign := "+"
	switch {
	case seconds == 0:
		return "UTC"
	case seconds < 0:
		sign, seconds = "−", -seconds
	}
	text := "UTC" + sign + strconv.Itoa(seconds/3600)
	if minutes := seconds / 60 % 60; minutes != 0 {
		text += fmt.Sprintf(":%02d", minutes)
	}
	return text
}

// machineTime is what stands in <time datetime>.
func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Number writes n with the reader's separators and a true minus sign.
func Number(ctx context.Context, n int) string {
	digits, minus := strconv.Itoa(n), ""
	if n < 0 {
		digits, minus = digits[1:], "−"
	}
	separator, from := ",", 4
	switch LocaleOf(ctx).Lang {
	case "es":
		separator, from = ".", 5 // four digits stay together in Spanish
	case "it":
		separator = "."
	}
	if len(digits) < from {
		return minus + digits
	}
	var b strings.Builder
	b.WriteString(minus)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Total is how many there are, counted up to a limit: nobody counts a million rows for one line.
type Total struct {
	N    int
	More bool // there are more than N
}

// Text writes the total: "73", or "1,000+" when counting stopped.
func (t Total) Text(ctx context.Context) string {
	if t.More {
		return Number(ctx, t.N) + "+"
	}
	return Number(ctx, t.N)
}
