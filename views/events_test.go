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

func TestEventChanges(t *testing.T) {
	ctx := reader(t, "en")
	e := domain.Event{
		Kind: domain.InviteCorrected, ActorName: "Dana", SubjectName: "Noor",
		Before: map[string]string{"role": "user", "scope": "s1 s2", "ends_at": "", "email": "true"},
		After:  map[string]string{"role": "deployer", "scope": "s2/g1 s3", "ends_at": "2027-01-01T00:00:00Z", "email": "true"},
	}
	if got := EventSites([]domain.Event{e}); strings.Join(got, " ") != "s1 s2 s3" {
		t.Errorf("sites %v", got)
	}
	got := changesText(WithLocale(ctx, Locale{Lang: "en", Zone: time.UTC, Now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}), e, map[string]string{"s1": "Harbor", "s2": "Pier"})
	if want := "Role: User → Deployer User · Scope: Harbor, Pier → Pier · End date: Dec 31, 2026"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	e.After["scope"] = "s9"
	if got := changesText(ctx, e, nil); !strings.Contains(got, "Scope: Other sites") {
		t.Errorf("sites one may not know: %s", got)
	}
	if got := EventText(ctx, domain.Event{Kind: domain.InviteExpired}); got != "The invite expired" {
		t.Errorf("by the clock: %q", got)
	}
}
