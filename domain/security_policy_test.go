package domain

import (
	"testing"
	"time"
)

// A13, A16: no trial is no trial that has run out; guards are the same only when each of them is.
func TestGuardsAndTrials(t *testing.T) {
	p := guarded("example.com").Policy
	if p.Trial.Lapsed(now) || !p.At(now).Domains.Has("example.com") {
		t.Error("a policy that is not on trial is taken back")
	}
	g := Guards{Domains: AllowedDomains{"a.example"}, SecondFactor: FactorForAll, SecondFactorFrom: now, SessionIdle: time.Minute, SessionAge: time.Hour}
	for what, change := range map[string]func(*Guards){
		"domains": func(g *Guards) { g.Domains = nil }, "second factor": func(g *Guards) { g.SecondFactor = FactorForSettings },
		"its day": func(g *Guards) { g.SecondFactorFrom = now.Add(day) }, "idle": func(g *Guards) { g.SessionIdle = time.Hour }, "age": func(g *Guards) { g.SessionAge = 2 * time.Hour },
	} {
		other := g
		if change(&other); g.Equal(other) || !g.Equal(g) {
			t.Errorf("%s: another one is taken for the same", what)
		}
	}
	if p.TriesOut(AllowedDomains{}) || p.TriesOut(AllowedDomains{"a.example", "example.com"}) || !p.TriesOut(AllowedDomains{"a.example"}) {
		t.Error("what lets everybody in is tried out, or what keeps somebody out is not")
	}
}

// TEN-04: a trial is ended in its own account.
func TestTrialOfAnotherAccount(t *testing.T) {
	a := guarded("example.com", "b.example")
	author := actor("admin", a, RoleAdmin, Whole("acme"))
	tried, _, err := a.ChangeDomains(DomainsDraft{Domains: []string{"example.com"}, Version: "1"}, author, bounds, now)
	want(t, "a trial", err, "ok")
	stranger := author
	stranger.Account.ID, stranger.Scope = "globex", Whole("globex")
	_, _, err = tried.ConfirmTrial(stranger, now.Add(time.Second), now.Add(time.Minute))
	want(t, "confirmed by another account", err, "404")
	_, _, err = tried.TakeBackTrial(stranger, now.Add(time.Minute))
	want(t, "taken back by another account", err, "404")
}
