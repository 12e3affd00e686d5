package domain

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The sites that exist in Acme.
var acmeSites = []string{"s1", "s2", "s3"}

func goodDraft() InviteDraft {
	return InviteDraft{
		FirstName: "Ana", LastName: "Rossi", Email: "Ana@Example.com", Phone: "+15551234567", Role: "user", Scope: []string{"s1"},
		NotifyEmail: "on", EndsOn: "2026-12-24", Language: "it", Message: "Welcome\r\nAna",
	}
}

func TestInviteDraft(t *testing.T) {
	in, err := goodDraft().Check(by(t, "admin"), acmeSites, now)
	want(t, "good", err, "ok")
	expected := Invitation{
		Email: "ana@example.com", FirstName: "Ana", LastName: "Rossi", Phone: "+15551234567", Language: "it", Message: "Welcome\nAna",
		Role: RoleUser, Scope: Sites("acme", "s1"), NotifyEmail: true, EndsAt: time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC),
	}
	if !reflect.DeepEqual(in, expected) {
		t.Errorf("%+v", in)
	}
	for name, c := range map[string]struct {
		by     string
		change func(*InviteDraft)
		want   string
	}{
		"no address":                 {"admin", func(d *InviteDraft) { d.Email = " " }, "422 email:required"},
		"two addresses (MSG-04)":     {"admin", func(d *InviteDraft) { d.Email = "a@example.com,b@example.com" }, "422 email:email"},
		"a header in the address":    {"admin", func(d *InviteDraft) { d.Email = "a@example.com\r\nBcc: b@example.com" }, "422 email:email"},
		"no first name":              {"admin", func(d *InviteDraft) { d.FirstName = "" }, "422 first_name:required"},
		"no last name":               {"admin", func(d *InviteDraft) { d.LastName = "\u00a0" }, "422 last_name:required"},
		"a header in a name":         {"admin", func(d *InviteDraft) { d.FirstName = "Ana\nTo: b@example.com" }, "422 first_name:characters"},
		"NUL in a name (INP-08)":     {"admin", func(d *InviteDraft) { d.LastName = "Rossi\x00" }, "422 last_name:characters"},
		"bytes in a name (INP-08)":   {"admin", func(d *InviteDraft) { d.LastName = "Ross\xff" }, "422 last_name:characters"},
		"a phone with dashes":        {"admin", func(d *InviteDraft) { d.Phone = "+1-555-123-4567" }, "422 phone:phone_us"},
		"nine digits (INV-20)":       {"admin", func(d *InviteDraft) { d.Phone = "+1555123456" }, "422 phone:phone_us"},
		"texts without a phone":      {"admin", func(d *InviteDraft) { d.Phone, d.NotifyText = "", "on" }, "422 phone:phone_needed"},
		"no phone, no texts":         {"admin", func(d *InviteDraft) { d.Phone = "" }, "ok"},
		"a toggle that says true":    {"admin", func(d *InviteDraft) { d.NotifyEmail = "true" }, "422 notify_email:choice"},
		"another toggle":             {"admin", func(d *InviteDraft) { d.NotifyText = "ON" }, "422 notify_text:choice"},
		"no role":                    {"admin", func(d *InviteDraft) { d.Role = "" }, "422 role:required"},
		"no such role":               {"admin", func(d *InviteDraft) { d.Role = "owner" }, "422 role:choice"},
		"support":                    {"admin", func(d *InviteDraft) { d.Role = "support" }, "422 role:choice"},
		"a role of the other plane":  {"admin", func(d *InviteDraft) { d.Role = "master" }, "422 role:choice"},
		"a role by somebody without": {"user", func(d *InviteDraft) {}, "422 role:choice"},
		"no scope":                   {"admin", func(d *InviteDraft) { d.Scope = nil }, "422 scope:required"},
		"an empty site":              {"admin", func(d *InviteDraft) { d.Scope = []string{""} }, "422 scope:choice"},
		"a site and an empty one":    {"admin", func(d *InviteDraft) { d.Scope = []string{"s1", ""} }, "422 scope:choice"},
		"no such site":               {"admin", func(d *InviteDraft) { d.Scope = []string{"s1", "s9"} }, "422 scope:choice"},
		"a foreign account's id":     {"admin", func(d *InviteDraft) { d.Scope = []string{"globex"} }, "422 scope:choice"},
		"the whole account":          {"admin", func(d *InviteDraft) { d.Scope = []string{"account"} }, "ok"},
		"beyond one's site":          {"inviting-admin", func(d *InviteDraft) { d.Scope = []string{"s1", "s2"} }, "422 scope:choice"},
		"the account from a site":    {"inviting-admin", func(d *InviteDraft) { d.Scope = []string{"account"} }, "422 scope:choice"},
		"both from a site":           {"inviting-admin", func(d *InviteDraft) { d.Scope = []string{"s1", "account"} }, "422 scope:choice"},
		"one's own site":             {"inviting-admin", func(d *InviteDraft) {}, "ok"},
		"no end":                     {"admin", func(d *InviteDraft) { d.EndsOn = "" }, "ok"},
		"today":                      {"admin", func(d *InviteDraft) { d.EndsOn = "2026-11-22" }, "ok"},
		"yesterday":                  {"admin", func(d *InviteDraft) { d.EndsOn = "2026-11-21" }, "422 ends_on:past"},
		"no such day":                {"admin", func(d *InviteDraft) { d.EndsOn = "2027-02-29" }, "422 ends_on:date"},
		"another notation":           {"admin", func(d *InviteDraft) { d.EndsOn = "24.12.2026" }, "422 ends_on:date"},
		"a time as well":             {"admin", func(d *InviteDraft) { d.EndsOn = "2026-12-24T00:00" }, "422 ends_on:date"},
		"the year 9999":              {"admin", func(d *InviteDraft) { d.EndsOn = "9999-12-31" }, "422 ends_on:date"},
		"the year 12026":             {"admin", func(d *InviteDraft) { d.EndsOn = "12026-12-24" }, "422 ends_on:date"},
		"another language":           {"admin", func(d *InviteDraft) { d.Language = "de" }, "422 language:choice"},
		"a long message":             {"admin", func(d *InviteDraft) { d.Message = strings.Repeat("é", 1001) }, "422 message:too_long"},
		"1,000 characters":           {"admin", func(d *InviteDraft) { d.Message = strings.Repeat("é", 1000) }, "ok"},
		"an escape in the message":   {"admin", func(d *InviteDraft) { d.Message = "\x1b[31m" }, "422 message:characters"},
		"everything wrong": {
			"admin", func(d *InviteDraft) {
				*d = InviteDraft{Email: "a", Phone: "1", Role: "x", Scope: []string{"x"}, NotifyEmail: "x", NotifyText: "x", EndsOn: "x", Language: "x", Message: "\x00"}
			},
			"422 email:email ends_on:date first_name:required language:choice last_name:required message:characters notify_email:choice notify_text:choice phone:phone_us role:choice scope:choice",
		},
	} {
		d := goodDraft()
		c.change(&d)
		_, err := d.Check(by(t, c.by), acmeSites, now)
		want(t, name, err, c.want)
	}
	d := goodDraft()
	d.Language = ""
	in, err = d.Check(by(t, "admin"), acmeSites, now)
	want(t, "no language", err, "ok")
	if in.Language != "en" {
		t.Errorf("the inviter's language is en, the mail's %q", in.Language)
	}
}

func TestParseScope(t *testing.T) {
	for _, c := range []struct {
		by    string
		typed []string
		scope Scope
		want  string
	}{
		{"admin", []string{"s1", "s1", "s2"}, Sites("acme", "s1", "s2"), "ok"}, // a site stands once
		{"admin", []string{"account", "s1"}, Whole("acme"), "ok"},
		{"admin", []string{"sites", "s1"}, Sites("acme", "s1"), "ok"},
		{"admin", []string{"sites", "account"}, Whole("acme"), "ok"},
		{"admin", []string{"sites"}, nil, "422 scope:required"},
		{"two-sites", []string{"s2", "s1"}, Sites("acme", "s1", "s2"), "ok"},
		{"next-site", []string{"s1"}, nil, "422 scope:choice"},
		{"no-site", []string{"s1"}, nil, "422 scope:choice"},
		{"no-site", []string{"account"}, nil, "422 scope:choice"},
		{"foreign-admin", []string{"s1"}, Sites("globex", "s1"), "ok"}, // the store looks sites up in the actor's account
	} {
		p := Problems{}
		scope := ParseScope(p, by(t, c.by), c.typed, acmeSites)
		want(t, c.by+" "+strings.Join(c.typed, " "), p.Err(), c.want)
		if p.Err() == nil && (!scope.Equal(c.scope) || len(scope) != len(c.scope)) {
			t.Errorf("%v became %v", c.typed, scope)
		}
	}
}

// TestEndsWithTheDay: access ends when the last day does, where the clocks change as well.
func TestEndsWithTheDay(t *testing.T) {
	for _, c := range []struct{ zone, day, end string }{
		{"UTC", "2026-12-24", "2026-12-25T00:00:00Z"},
		{"Europe/Rome", "2026-12-24", "2026-12-24T23:00:00Z"},
		{"America/New_York", "2026-12-24", "2026-12-25T05:00:00Z"},
		{"Pacific/Kiritimati", "2026-12-31", "2026-12-31T10:00:00Z"},
		{"UTC", "2028-02-28", "2028-02-29T00:00:00Z"},
		{"UTC", "2026-12-31", "2027-01-01T00:00:00Z"},
		{"Europe/Rome", "2027-03-28", "2027-03-28T22:00:00Z"}, // a day of 23 hours
		{"Europe/Rome", "2027-10-31", "2027-10-31T23:00:00Z"}, // and of 25
		{"America/New_York", "2027-03-14", "2027-03-15T04:00:00Z"},
		{"America/New_York", "2027-11-07", "2027-11-08T05:00:00Z"},
		// The clocks jump over midnight: the day begins at one, and the one before ends then.
		{"America/Santiago", "2027-09-04", "2027-09-05T04:00:00Z"},
		{"America/Santiago", "2027-09-05", "2027-09-06T03:00:00Z"},
		{"Asia/Beirut", "2027-03-27", "2027-03-27T22:00:00Z"},
		{"Asia/Beirut", "2027-03-28", "2027-03-28T21:00:00Z"},
		{"America/Havana", "2027-03-13", "2027-03-14T05:00:00Z"},
		{"America/Havana", "2027-03-14", "2027-03-15T04:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		p := Problems{}
		end := ParseEnd(p, c.day, zone, now)
		if got := end.UTC().Format(time.RFC3339); got != c.end || p.Err() != nil {
			t.Errorf("%s in %s ends %s, %v, want %s", c.day, c.zone, got, p.Err(), c.end)
		}
		if got := LastDay(end, zone); got != c.day {
			t.Errorf("%s in %s is shown as %s", c.day, c.zone, got)
		}
	}
	if got := LastDay(time.Time{}, time.UTC); got != "" {
		t.Errorf("no end is shown as %q", got)
	}
	// Today still works until its last moment.
	for _, c := range []struct {
		now  time.Time
		want string
	}{
		{time.Date(2026, 11, 22, 23, 59, 59, 999999000, time.UTC), "ok"},
		{time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), "422 ends_on:past"},
	} {
		p := Problems{}
		ParseEnd(p, "2026-11-22", time.UTC, c.now)
		want(t, c.now.String(), p.Err(), c.want)
	}
}

var zones = []string{"UTC", "Europe/Rome", "America/New_York", "America/Havana", "America/Santiago", "Asia/Beirut", "Africa/Cairo", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe"}

// TestEveryDayComesBack: the form shows the day that was typed, in any zone; the next day ends later.
func TestEveryDayComesBack(t *testing.T) {
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		var last time.Time
		for d := range 3 * 365 {
			typed := now.AddDate(0, 0, d+2).Format(dayLayout)
			p := Problems{}
			end := ParseEnd(p, typed, zone, now)
			if got := LastDay(end, zone); got != typed || p.Err() != nil {
				t.Fatalf("%s in %s comes back as %s, %v", typed, name, got, p.Err())
			}
			if !last.IsZero() && (end.Sub(last) < 23*time.Hour || end.Sub(last) > 25*time.Hour) {
				t.Fatalf("%s in %s is %s long", typed, name, end.Sub(last))
			}
			last = end
		}
	}
}

// TestDraftRoundTrip: the form of an invite, sent back as it was shown, is the same invitation.
func TestDraftRoundTrip(t *testing.T) {
	whole := [][]string{{"s1"}, {"s2", "s1"}, {"account"}, {"s3"}}
	reaches := map[string][][]string{ // what is each inviter's to offer
		"admin": whole, "deployer": whole, "two-sites": {{"s1"}, {"s2"}, {"s2", "s1"}}, "inviting-admin": {{"s1"}},
	}
	rapid.Check(t, func(t *rapid.T) {
		inviter := rapid.SampledFrom([]string{"admin", "deployer", "two-sites", "inviting-admin"}).Draw(t, "inviter")
		a := actors()[inviter]
		a.User.TimeZone = rapid.SampledFrom(zones).Draw(t, "zone")
		d := goodDraft()
		d.Role = rapid.SampledFrom([]string{"member", "user", "admin", "deployer"}).Draw(t, "role")
		reach := reaches[inviter]
		d.Scope = reach[rapid.IntRange(0, len(reach)-1).Draw(t, "scope")]
		d.NotifyEmail = rapid.SampledFrom([]string{"", "on"}).Draw(t, "email")
		d.NotifyText = rapid.SampledFrom([]string{"", "on"}).Draw(t, "text")
		d.EndsOn = ""
		if rapid.Bool().Draw(t, "ends") {
			d.EndsOn = now.AddDate(0, 0, rapid.IntRange(1, 2000).Draw(t, "day")).Format(dayLayout)
		}
		d.Message = rapid.SampledFrom([]string{"", "Hello", "Two\nlines"}).Draw(t, "message")
		in, err := d.Check(a, acmeSites, now)
		if err != nil {
			t.Fatalf("%s may offer %+v: %v", inviter, d, err)
		}
		m, _, err := Invite(Membership{}, in, a, now)
		if err != nil {
			t.Fatal(err)
		}
		m.ID, m.Version = "target", 3
		again := m.Draft(a.User.Zone())
		if again.Version != "3" {
			t.Fatalf("version %q", again.Version)
		}
		same, err := again.Check(a, acmeSites, now)
		if err != nil {
			t.Fatalf("%+v: %v", again, err)
		}
		if !same.EndsAt.Equal(in.EndsAt) || !same.Scope.Equal(in.Scope) {
			t.Fatalf("%+v became %+v", in, same)
		}
		same.EndsAt, same.Scope = in.EndsAt, in.Scope
		if !reflect.DeepEqual(same, in) {
			t.Fatalf("%+v became %+v", in, same)
		}
		// Corrected from anywhere, the end stays where it was while the day is left alone.
		elsewhere := a
		elsewhere.User.TimeZone = rapid.SampledFrom(zones).Draw(t, "corrector's zone")
		there, err := m.Draft(elsewhere.User.Zone()).Check(elsewhere, acmeSites, now)
		if err != nil {
			t.Fatal(err)
		}
		corrected, e, err := m.Correct(there, elsewhere, now)
		if err != nil {
			t.Fatal(err)
		}
		if !corrected.EndsAt.Equal(m.EndsAt) || e.After["ends_at"] != "" {
			t.Fatalf("%s became %s by a form that left the day alone", m.EndsAt, corrected.EndsAt)
		}
	})
}
