package views

import (
	"testing"
	"time"
)

func TestRelativeTimes(t *testing.T) {
	// The reader's now is Saturday, Nov 21, 2026, 10:30 PM in Los Angeles.
	for _, c := range []struct {
		name       string
		at         time.Time
		en, es, it string
	}{
		{"now", now, "just now", "ahora mismo", "proprio ora"},
		{"59 s", now.Add(-59 * time.Second), "just now", "ahora mismo", "proprio ora"},
		{"1 min", now.Add(-time.Minute), "1 min ago", "hace 1 min", "1 min fa"},
		{"38 min", now.Add(-38*time.Minute - 59*time.Second), "38 min ago", "hace 38 min", "38 min fa"},
		{"1 h", now.Add(-time.Hour), "1 h ago", "hace 1 h", "1 h fa"},
		{"same day", now.Add(-22 * time.Hour), "22 h ago", "hace 22 h", "22 h fa"},
		{"day before", now.Add(-23 * time.Hour), "Yesterday", "Ayer", "Ieri"},
		{"day before, early", now.Add(-46 * time.Hour), "Yesterday", "Ayer", "Ieri"},
		{"two days before", now.Add(-47 * time.Hour), "Nov 19", "19 nov", "19 nov"},
		{"another year", time.Date(2025, 9, 3, 12, 0, 0, 0, time.UTC), "Sep 3, 2025", "3 sept 2025", "3 set 2025"},
		{"in a moment", now.Add(20 * time.Second), "in 1 min", "en 1 min", "tra 1 min"},
		{"in 59 min", now.Add(59 * time.Minute), "in 59 min", "en 59 min", "tra 59 min"},
		{"in 9 h", now.Add(9*time.Hour + time.Minute), "in 9 h", "en 9 h", "tra 9 h"},
		{"in 24 h", now.Add(24 * time.Hour), "in 1 day", "en 1 día", "tra 1 giorno"},
		{"in 7 days", now.Add(7*24*time.Hour - time.Second), "in 7 days", "en 7 días", "tra 7 giorni"},
		{"in 31 days", now.Add(31 * 24 * time.Hour), "in 31 days", "en 31 días", "tra 31 giorni"},
		{"beyond", now.Add(40 * 24 * time.Hour), "Dec 31", "31 dic", "31 dic"},
		{"next year", time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC), "Mar 31, 2027", "31 mar 2027", "31 mar 2027"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for lang, want := range map[string]string{"en": c.en, "es": c.es, "it": c.it} {
				if got := Relative(reader(t, lang), c.at); got != want {
					t.Errorf("%s: %q, want %q", lang, got, want)
				}
			}
		})
	}
}

func TestShortlyAfterMidnightHoursStillCount(t *testing.T) {
	midnight := time.Date(2026, 11, 21, 8, 30, 0, 0, time.UTC) // half past midnight in Los Angeles
	l := LocaleOf(reader(t, "en"))
	l.Now = midnight
	ctx := WithLocale(t.Context(), l)
	for at, want := range map[time.Duration]string{-40 * time.Minute: "40 min ago", -2 * time.Hour: "2 h ago", -7 * time.Hour: "Yesterday"} {
		if got := Relative(ctx, midnight.Add(at)); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}

func TestAbsoluteTimes(t *testing.T) {
	at := time.Date(2026, 11, 22, 6, 28, 0, 0, time.UTC)
	for lang, want := range map[string][5]string{
		"en": {"Nov 21, 2026, 10:28 PM PST", "Nov 21, 10:28 PM", "Sat, Nov 21, 10:28 PM", "Nov 21", "Nov 21, 2026"},
		"es": {"21 nov 2026, 22:28 PST", "21 nov, 22:28", "sáb, 21 nov, 22:28", "21 nov", "21 nov 2026"},
		"it": {"21 nov 2026, 22:28 PST", "21 nov, 22:28", "sab, 21 nov, 22:28", "21 nov", "21 nov 2026"},
	} {
		ctx := reader(t, lang)
		got := [5]string{FullTime(ctx, at), DateTime(ctx, at), WeekdayTime(ctx, at), Date(ctx, at), FullDate(ctx, at)}
		if got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

func TestZonesWithoutANameAreToldFromUTC(t *testing.T) {
	for zone, want := range map[string]string{"America/Sao_Paulo": "UTC−3", "Asia/Kathmandu": "UTC+5:45", "Europe/Madrid": "CET", "UTC": "UTC"} {
		l, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := zoneText(now.In(l)); got != want {
			t.Errorf("%s: %q, want %q", zone, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		n          int
		en, es, it string
	}{
		{0, "0", "0", "0"},
		{999, "999", "999", "999"},
		{1000, "1,000", "1000", "1.000"},
		{-54, "−54", "−54", "−54"},
		{-12345, "−12,345", "−12.345", "−12.345"},
		{1234567, "1,234,567", "1.234.567", "1.234.567"},
	} {
		for lang, want := range map[string]string{"en": c.en, "es": c.es, "it": c.it} {
			if got := Number(reader(t, lang), c.n); got != want {
				t.Errorf("%s, %d: %q, want %q", lang, c.n, got, want)
			}
		}
	}
	if got := (Total{N: 1000, More: true}).Text(reader(t, "en")); got != "1,000+" {
		t.Errorf("capped: %q", got)
	}
	if got := (Total{N: 73}).Text(reader(t, "en")); got != "73" {
		t.Errorf("known: %q", got)
	}
}

func TestMomentCarriesTheWholeMoment(t *testing.T) {
	d := render(t, Moment(now.Add(-31*time.Minute)))
	m := d.Find("time")
	if at, _ := m.Attr("datetime"); at != "2026-11-22T05:59:00Z" {
		t.Errorf("datetime %q", at)
	}
	if title, _ := m.Attr("title"); title != "Nov 21, 2026, 9:59 PM PST" {
		t.Errorf("title %q", title)
	}
	if m.Text() != "31 min ago" {
		t.Errorf("text %q", m.Text())
	}
}
