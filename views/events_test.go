package views

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
)

// Every kind of event has its sentence in every language, and nothing else has.
func TestEveryEventHasItsSentence(t *testing.T) {
	source, err := os.ReadFile("../domain/events.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, m := range regexp.MustCompile(`EventKind = "([a-z_.]+)"`).FindAllStringSubmatch(string(source), -1) {
		kinds["event."+m[1]] = true
	}
	if len(kinds) < 20 {
		t.Fatalf("found only %d kinds", len(kinds))
	}
	for lang, all := range texts(t) {
		for key := range kinds {
			if all[key] == nil {
				t.Errorf("%s: no sentence %s", lang, key)
			}
		}
		for key := range all {
			if strings.HasPrefix(key, "event.") && !kinds[key] {
				t.Errorf("%s: %s is no event", lang, key)
			}
		}
	}
}

// Support is named where there is support access; what else a partner does in an account it does as the partner.
func TestActedFor(t *testing.T) {
	ctx := reader(t, "en")
	for kind, want := range map[domain.EventKind]string{
		domain.SupportEntered: "Support, Northgate", domain.InviteResent: "Support, Northgate", domain.InviteRevoked: "Support, Northgate", domain.Denied: "Support, Northgate",
		domain.InviteSent: "Northgate", domain.SiteCreated: "Northgate", domain.AccountStopped: "Northgate", domain.UserErased: "Northgate",
	} {
		if got := actedFor(ctx, domain.Event{Kind: kind, OnBehalf: "Northgate"}); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

func TestEventChanges(t *testing.T) {
	ctx := reader(t, "en")
	e := domain.Event{
		Kind: domain.InviteCorrected, ActorName: "Dana", SubjectName: "Noor",
		Before: map[string]string{"role": "user", "scope": "s1 s2", "ends_at": "", "email": "true"},
		After:  map[string]string{"role": "deployer", "scope": "s2/g1 s3", "ends_at": "2027-01-01T00:00:00Z", "email": "true"},
	}
	if got := EventPlaces([]domain.Event{e}); strings.Join(got, " ") != "s1 s2 s2/g1 s3" {
		t.Errorf("places %v", got)
	}
	got := changesText(WithLocale(ctx, Locale{Lang: "en", Zone: time.UTC, Now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}), e, map[string]string{"s1": "Harbor", "s2": "Pier", "s2/g1": "Roof"})
	if want := "Role: User → Deployer User · Scope: Harbor, Pier → Roof · End date: Dec 31, 2026"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	e.After["scope"] = "s9"
	if got := changesText(ctx, e, nil); !strings.Contains(got, "Scope: Other sites") {
		t.Errorf("sites one may not know: %s", got)
	}
	e.After["scope"] = "s1/g7 s1/g8/d1"
	if got := changesText(ctx, e, nil); !strings.Contains(got, "Scope: Other sites → 2 places that are gone") {
		t.Errorf("what is gone: %s", got)
	}
	partner := domain.Event{Kind: domain.InviteSent, After: map[string]string{"role": string(domain.RoleOperator), "scope": domain.WholeAccount}}
	if got := changesText(ctx, partner, nil); !strings.Contains(got, "Scope: The partner portal; no site") {
		t.Errorf("a partner's administrator: %s", got)
	}
	if got := EventText(ctx, domain.Event{Kind: domain.InviteExpired}); got != "The invite expired" {
		t.Errorf("by the clock: %q", got)
	}
}

// What a guest was given is told by the names of the groups and devices: those that came or went first, and not all of many.
func TestEventPlaces(t *testing.T) {
	ctx := reader(t, "en")
	names := map[string]string{
		"s1/g1": "Roof", "s1/g2": "Yard", "s1/g1/d1": "Meter 1", "s1/g1/d2": "Meter 2", "s1/g1/d3": "Meter 3", "s1/g1/d4": "Meter 4", "s1/g1/d5": "Meter 5", "s1//d6": "Gate",
	}
	for _, c := range []struct{ what, was, now, want string }{
		{"scope", "s1/g1/d1 s1/g1/d2", "s1/g1/d1 s1//d6", "Scope: Meter 2, Meter 1 → Gate, Meter 1"},
		{"scope", "s1/g1/d1 s1/g1/d2 s1/g1/d3 s1/g1/d4", "s1/g1/d1 s1/g1/d2 s1/g1/d3 s1/g1/d4 s1/g1/d5", "Scope: Meter 1, Meter 2, Meter 3, Meter 4 → Meter 5, Meter 1, Meter 2, Meter 3 and 1 more"},
		{"scope", "", "s1/g1/gone s1/g2", "Scope: Yard and 1 more"},
		{"scope", "account", "s1/g2", "Scope: All sites → Yard"},
		{"grants", "s1/g1=view-devices s1/g2=view-devices", "s1/g1=view-devices,export-devices s1/g2=view-devices", "At single places: Roof: View → Roof: View, Export"},
		{"grants", "s1/g1=view-devices s1/g2=view-devices", "s1/g1=view-devices,deploy s1/g2=view-devices,deploy", ""}, // the privileges say it
		{"grants", "s1/g1=view-devices,deploy", "s1/g1=view-devices,deploy s1/g2=view-devices", ""},                    // the scope says it
	} {
		e := domain.Event{Kind: domain.GuestChanged, Before: map[string]string{c.what: c.was}, After: map[string]string{c.what: c.now}}
		if got := changesText(ctx, e, names); got != c.want {
			t.Errorf("%s → %s\n%s\nwant %s", c.was, c.now, got, c.want)
		}
		for _, path := range EventPlaces([]domain.Event{e}) {
			if path == domain.WholeAccount || strings.Contains(path, "=") {
				t.Errorf("%q is asked for as a place", path)
			}
		}
	}
	many := domain.Event{After: map[string]string{"scope": strings.Repeat("s1/g1/x ", 300)}}
	if got := EventPlaces([]domain.Event{many}); len(got) > 2*mostPlaces {
		t.Errorf("%d places are asked for", len(got))
	}
}
