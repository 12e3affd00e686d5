package domain

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// volt is the partner of acme, with somebody of each level; helper is who gives support.
func supportCast() (in Account, at func(RoleID) Actor) {
	in = acme
	in.PartnerID = "volt"
	partner := Account{ID: "volt", Name: "Volt", Kind: Partner}
	return in, func(role RoleID) Actor { return actor("hal", partner, role, Whole("volt")) }
}

func liveGrant() SupportGrant {
	return SupportGrant{ID: "g", AccountID: "acme", PartnerID: "volt", AccountName: "Acme", StartsAt: now.Add(-time.Hour), EndsAt: now.Add(time.Hour), GrantedBy: "dana"}
}

// PRIV-12: who gives support is Support inside and nothing else, and only while all of it holds: the grant, the account and
// the partner being open, and a place of Operator or up in that partner.
func TestPRIV12_SupportActor(t *testing.T) {
	for name, c := range map[string]struct {
		role   RoleID
		change func(*SupportGrant, *Actor, *Account)
		want   string
	}{
		"an operator":         {RoleOperator, nil, "ok"},
		"an admin":            {RolePartnerAdmin, nil, "ok"},
		"a master":            {RoleMaster, nil, "ok"},
		"an observer":         {RoleObserver, nil, "404"},
		"nobody":              {RoleOperator, func(_ *SupportGrant, by *Actor, _ *Account) { *by = Actor{} }, "404"},
		"of another partner":  {RoleOperator, func(_ *SupportGrant, by *Actor, _ *Account) { by.Account.ID = "other" }, "404"},
		"an own role":         {RoleOperator, func(_ *SupportGrant, by *Actor, _ *Account) { by.Role = Role{ID: "own"} }, "404"},
		"the partner stopped": {RoleOperator, func(_ *SupportGrant, by *Actor, _ *Account) { by.Account.SuspendedAt = now }, "404"},
		"the account stopped": {RoleOperator, func(_ *SupportGrant, _ *Actor, in *Account) { in.SuspendedAt = now }, "404"},
		"the account moved":   {RoleOperator, func(_ *SupportGrant, _ *Actor, in *Account) { in.PartnerID = "other" }, "404"},
		"over":                {RoleOperator, func(g *SupportGrant, _ *Actor, _ *Account) { g.EndsAt = now }, "404"},
		"ended":               {RoleOperator, func(g *SupportGrant, _ *Actor, _ *Account) { g.EndedAt = now }, "404"},
		"refused":             {RoleOperator, func(g *SupportGrant, _ *Actor, _ *Account) { g.RefusedAt = now }, "404"},
		"only asked":          {RoleOperator, func(g *SupportGrant, _ *Actor, _ *Account) { g.StartsAt, g.EndsAt = time.Time{}, time.Time{} }, "404"},
		"without the second factor that the account asks for": {RoleOperator, func(_ *SupportGrant, _ *Actor, in *Account) { in.Policy.SecondFactor = FactorForAll }, "enrol"},
		"without the one that the partner asks for":           {RoleOperator, func(_ *SupportGrant, by *Actor, _ *Account) { by.Account.Policy.SecondFactor = FactorForAll }, "404"},
	} {
		in, at := supportCast()
		g, by := liveGrant(), at(c.role)
		by.From = "192.0.2.7"
		if c.change != nil {
			c.change(&g, &by, &in)
		}
		inside, err := g.Actor(by, in, now)
		got := "ok"
		switch {
		case errors.Is(err, ErrNotFound):
			got = "404"
		case errors.Is(err, ErrMustEnrol):
			got = "enrol"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
			continue
		}
		if got != "ok" {
			continue
		}
		if inside.Role.ID != RoleSupport || inside.Kind != KindSupport || inside.OnBehalf != "Volt" || inside.From != by.From || !inside.Scope.AccountWide() {
			t.Errorf("%s is inside %+v", name, inside)
		}
		for p := nobody; int(p) < len(privilegeNames); p++ {
			may := map[Privilege]bool{Anyone: true, SignedIn: true, Enter: true, ViewUsers: true, ViewInvites: true, ResendInvites: true, RevokeInvites: true}[p]
			if inside.Can(p) != may {
				t.Errorf("%s may %v inside: %v", name, p, !may)
			}
		}
	}
}

// Every state and every change: only what the state allows, by whom it is for.
func TestSupportTransitions(t *testing.T) {
	in, at := supportCast()
	dana := actor("dana", in, RoleAdmin, Whole("acme"))
	user := actor("uma", in, RoleUser, Whole("acme"))
	site := actor("sue", in, RoleAdmin, Sites("acme", "s1"))
	foreign := actor("fay", Account{ID: "globex", Kind: Customer, PartnerID: "volt"}, RoleAdmin, Whole("globex"))
	hal, observer := at(RoleOperator), at(RoleObserver)
	states := map[SupportState]SupportGrant{
		SupportOpen:    liveGrant(),
		SupportWaiting: {ID: "g", AccountID: "acme", PartnerID: "volt", AskedAt: now, AskedBy: "hal", Length: time.Hour},
		SupportOver:    {ID: "g", AccountID: "acme", PartnerID: "volt", StartsAt: now.Add(-2 * time.Hour), EndsAt: now.Add(-time.Hour)},
		SupportDenied:  {ID: "g", AccountID: "acme", PartnerID: "volt", AskedAt: now, RefusedAt: now},
	}
	draft := SupportDraft{Account: "acme", Reason: "Mail trouble", Hours: "2"}
	type change = func(SupportGrant, Actor) (SupportGrant, Event, error)
	for name, c := range map[string]struct {
		do   change
		may  Actor
		from string
		to   SupportState
		kind EventKind
	}{
		"ask":      {func(g SupportGrant, by Actor) (SupportGrant, Event, error) { return AskSupport(g, in, draft, by, now) }, hal, "ended refused", SupportWaiting, SupportAsked},
		"grant":    {func(g SupportGrant, by Actor) (SupportGrant, Event, error) { return GrantSupport(g, draft, by, now) }, dana, "ended refused", SupportOpen, SupportGranted},
		"allow":    {func(g SupportGrant, by Actor) (SupportGrant, Event, error) { return g.Answer(true, by, now) }, dana, "asked", SupportOpen, SupportGranted},
		"refuse":   {func(g SupportGrant, by Actor) (SupportGrant, Event, error) { return g.Answer(false, by, now) }, dana, "asked", SupportDenied, SupportRefused},
		"extend":   {func(g SupportGrant, by Actor) (SupportGrant, Event, error) { return g.Extend(draft, by, now) }, dana, "granted", SupportOpen, SupportExtended},
		"end":      {func(g SupportGrant, by Actor) (SupportGrant, Event, error) { return g.End(by, now) }, dana, "granted", SupportOver, SupportEnded},
		"withdraw": {func(g SupportGrant, by Actor) (SupportGrant, Event, error) { return g.Withdraw(by, now) }, hal, "asked", SupportOver, SupportWithdrawn},
	} {
		for state, g := range states {
			if g.State(now) != state {
				t.Fatalf("%s is %s", state, g.State(now))
			}
			after, e, err := c.do(g, c.may)
			allowed := strings.Contains(c.from, string(state))
			if (err == nil) != allowed {
				t.Errorf("%s when %s: %v", name, state, err)
			}
			if err == nil && (after.State(now) != c.to || e.Kind != c.kind || e.AccountID != "acme" || !after.ChangedAt.Equal(now)) {
				t.Errorf("%s when %s: %s, %+v", name, state, after.State(now), e)
			}
			if err == nil && (e.OnBehalf == "Volt") != (c.may.Account.ID == "volt") {
				t.Errorf("%s is for %q", name, e.OnBehalf)
			}
			for who, by := range map[string]Actor{"a user": user, "a site admin": site, "a foreign admin": foreign, "an observer": observer, "nobody": {}, "the other side": map[bool]Actor{true: dana, false: hal}[c.may.Account.ID == "volt"]} {
				if name == "grant" && who == "a foreign admin" {
					continue // their own account's
				}
				if _, _, err := c.do(g, by); err == nil {
					t.Errorf("%s by %s when %s", name, who, state)
				}
			}
		}
	}
}

// A reason and one of the lengths are asked for; nothing is granted further ahead than seven days.
func TestSupportDrafts(t *testing.T) {
	in, at := supportCast()
	for name, c := range map[string]struct {
		d    SupportDraft
		to   Account
		want string
	}{
		"good":              {SupportDraft{Reason: "x", Hours: "168"}, in, "ok"},
		"no reason":         {SupportDraft{Reason: "  ", Hours: "2"}, in, "422 reason:required"},
		"a long reason":     {SupportDraft{Reason: strings.Repeat("x", MostReason+1), Hours: "2"}, in, "422 reason:too_long"},
		"another length":    {SupportDraft{Reason: "x", Hours: "3"}, in, "422 hours:choice"},
		"no length":         {SupportDraft{Reason: "x"}, in, "422 hours:choice"},
		"no account":        {SupportDraft{Reason: "x", Hours: "2"}, Account{}, "422 account:support_account"},
		"another's account": {SupportDraft{Reason: "x", Hours: "2"}, Account{ID: "a", Kind: Customer, PartnerID: "other"}, "422 account:support_account"},
		"a closed account":  {SupportDraft{Reason: "x", Hours: "2"}, Account{ID: "a", Kind: Customer, PartnerID: "volt", SuspendedAt: now}, "422 account:support_suspended"},
	} {
		_, _, err := AskSupport(SupportGrant{}, c.to, c.d, at(RoleOperator), now)
		want(t, name, err, c.want)
	}
	for _, kind := range []MembershipKind{KindGuest, KindSupport} {
		visitor := at(RoleOperator)
		visitor.Kind = kind
		_, _, err := AskSupport(SupportGrant{}, in, SupportDraft{Reason: "x", Hours: "2"}, visitor, now)
		want(t, "asked for as "+string(kind), err, "403")
	}
	dana := actor("dana", in, RoleAdmin, Whole("acme"))
	g, _, err := liveGrant().Extend(SupportDraft{Hours: "24"}, dana, now)
	if want(t, "a day more", err, "ok"); !g.EndsAt.Equal(now.Add(25 * time.Hour)) {
		t.Errorf("it ends %v", g.EndsAt.Sub(now))
	}
	_, _, err = g.Extend(SupportDraft{Hours: "168"}, dana, now)
	want(t, "more than seven days ahead", err, "422 hours:support_far")
	_, _, err = g.Extend(SupportDraft{Hours: "-2"}, dana, now)
	want(t, "less", err, "422 hours:choice")
	alone := dana
	alone.Account.PartnerID = ""
	_, _, err = GrantSupport(SupportGrant{}, SupportDraft{Reason: "x", Hours: "2"}, alone, now)
	want(t, "without a partner", err, "403")
}

// The partner reads the same entries, without where the account's own people were.
func TestSupportEventsAtPartner(t *testing.T) {
	in, at := supportCast()
	dana, hal := actor("dana", in, RoleAdmin, Whole("acme")), at(RoleOperator)
	dana.From, hal.From = "192.0.2.1", "192.0.2.2"
	g := liveGrant()
	_, e, err := g.End(dana, now)
	want(t, "end", err, "ok")
	if p := g.AtPartner(e); p.AccountID != "volt" || p.From != "" || p.OnBehalf != "" || p.ActorName != e.ActorName || p.SubjectName != "Acme" {
		t.Errorf("%+v", p)
	}
	inside, err := g.Actor(hal, in, now)
	want(t, "enter", err, "ok")
	e = g.Used(SupportEntered, inside, now)
	if e.OnBehalf != "Volt" || e.AccountID != "acme" {
		t.Errorf("%+v", e)
	}
	if p := g.AtPartner(e); p.AccountID != "volt" || p.From != "192.0.2.2" || p.OnBehalf != "" {
		t.Errorf("%+v", p)
	}
}
