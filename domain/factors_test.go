package domain

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestFactor(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	u := User{ID: "u", Email: "a@b.example"}
	if u.Factor() != NoFactor {
		t.Errorf("nobody has %s", u.Factor())
	}
	with, e, err := u.AddApp("192.0.2.1", now)
	if err != nil || !with.SecondFactor || with.Factor() != AppFactor || e.Kind != AppAdded || e.ActorID != "u" {
		t.Errorf("%+v %+v %v", with, e, err)
	}
	if _, _, err := with.AddApp("", now); !errors.Is(err, ErrStale) {
		t.Errorf("a second app: %v", err)
	}
	if _, err := with.RenewCodes("", now); err != nil {
		t.Errorf("new codes: %v", err)
	}
	if _, err := u.RenewCodes("", now); !errors.Is(err, ErrStale) {
		t.Errorf("codes without an app: %v", err)
	}
	if both := with.With(now, 1); both.Factor() != PasskeyFactor {
		t.Errorf("both are %s", both.Factor())
	}
	left, _, err := with.With(now, 1).RemoveApp("", now)
	if err != nil || !left.SecondFactor || left.Factor() != PasskeyFactor {
		t.Errorf("a passkey is left: %+v, %v", left, err)
	}
	none, _, err := with.RemoveApp("", now)
	if err != nil || none.SecondFactor {
		t.Errorf("nothing is left: %+v, %v", none, err)
	}
	if _, _, err := none.RemoveApp("", now); !errors.Is(err, ErrStale) {
		t.Errorf("removed twice: %v", err)
	}
	if got := CodeOf(" 12 34-56\u00a0aB "); got != "123456ab" {
		t.Errorf("read as %q", got)
	}
}

// PRIV-09: a change of address is held to the domains of each account, by the same verdict as every other way in.
func TestPRIV09_AddressFollowsWhereItIsAdmitted(t *testing.T) {
	m := Membership{ID: "m", Email: "a@brightwater.example"}
	in := Account{Name: "Brightwater", Policy: Policy{Guards: Guards{Domains: AllowedDomains{"brightwater.example"}}}}
	if after, err := m.FollowEmail("b@brightwater.example", in); err != nil || after.Email != "b@brightwater.example" {
		t.Errorf("%q, %v", after.Email, err)
	}
	var p Problems
	for _, to := range []string{"b@elsewhere.example", "b@sub.brightwater.example", "b@evilbrightwater.example"} {
		after, err := m.FollowEmail(to, in)
		if !errors.As(err, &p) || p["email"].Code != "email_not_admitted" || p["email"].Args["Account"] != "Brightwater" || after.Email != m.Email {
			t.Errorf("%s: %q, %v", to, after.Email, err)
		}
	}
	if _, err := m.FollowEmail("b@elsewhere.example", Account{}); err != nil {
		t.Errorf("without a list: %v", err)
	}
}

// PRIV-06: a second factor is reset from above alone, by wider role or scope, and by who is above everywhere it guards.
func TestPRIV06FactorsAreResetFromAbove(t *testing.T) {
	all, s1 := Whole("acme"), Sites("acme", "s1")
	of := func(in Account, role RoleID, scope Scope) Membership {
		m := member(in, "ana", role, scope)
		m.Factor = AppFactor
		return m
	}
	for _, c := range []struct {
		by   string
		of   Membership
		want string
	}{
		{"admin", of(acme, RoleUser, all), "ok"},
		{"admin", of(acme, RoleMember, s1), "ok"},
		{"admin", of(acme, RoleAdmin, s1), "ok"}, // a wider scope
		{"deployer", of(acme, RoleAdmin, all), "ok"},
		{"admin", of(acme, RoleAdmin, all), "403 factor_of_peer"},
		{"admin", of(acme, RoleDeployer, all), "403 factor_of_peer"},
		{"admin", of(acme, RoleDeployer, s1), "403 factor_of_peer"},
		{"deployer", of(acme, RoleDeployer, all), "403 factor_of_peer"},
		{"site-admin", of(acme, RoleUser, s1), "ok"},
		{"site-admin", of(acme, RoleAdmin, s1), "403 factor_of_peer"},
		{"site-admin", of(acme, RoleUser, Sites("acme", "s1", "s2")), "403 scope_beyond"},
		{"site-admin", of(acme, RoleUser, all), "404"},
		{"user", of(acme, RoleMember, s1), "403"},
		{"support", of(acme, RoleUser, all), "403"},
		{"foreign-admin", of(acme, RoleUser, all), "404"},
		{"suspended-admin", of(acme, RoleUser, all), "403"},
		{"master", of(volt, RolePartnerAdmin, Whole("volt")), "ok"},
		{"master", of(volt, RoleMaster, Whole("volt")), "403 factor_of_peer"},
		{"partner-admin", of(volt, RolePartnerAdmin, Whole("volt")), "403 factor_of_peer"},
		{"partner-admin", of(volt, RoleMaster, Whole("volt")), "403 role_above"},
		{"admin", member(acme, "ana", RoleUser, all), "409 no_factor"},
		{"admin", offered(acme, RoleUser, all).in(StatePending), "409 not_accepted"},
	} {
		after, e, err := c.of.ResetFactors(by(t, c.by), nil, now)
		want(t, c.by+" resets "+string(c.of.Role)+" of "+c.of.Scope.String(), err, c.want)
		if err != nil && after.Factor != c.of.Factor || err == nil && (after.Factor != NoFactor || e.Kind != FactorsReset || e.SubjectID != c.of.ID) {
			t.Errorf("%s: %+v, %+v", c.by, after, e)
		}
	}
	own := of(acme, RoleUser, all)
	own.UserID = by(t, "admin").User.ID
	_, _, err := own.ResetFactors(by(t, "admin"), nil, now)
	want(t, "one's own", err, "403 not_yourself")

	for name, there := range map[string]Elsewhere{
		"nobody there":      {Actor{}, of(volt, RoleObserver, Whole("volt"))},
		"a reader there":    {by(t, "operator"), of(volt, RoleObserver, Whole("volt"))},
		"no higher there":   {by(t, "master"), of(volt, RoleMaster, Whole("volt"))},
		"of another place":  {by(t, "master"), of(acme, RoleUser, all)},
		"above them there ": {by(t, "master"), of(volt, RoleOperator, Whole("volt"))},
	} {
		expected := "403 factor_elsewhere"
		if strings.HasPrefix(name, "above") {
			expected = "ok"
		}
		_, _, err := of(acme, RoleUser, all).ResetFactors(by(t, "admin"), []Elsewhere{there}, now)
		want(t, name, err, expected)
	}
}

// A06: who has a second factor, or is not asked for one yet, need not enrol.
func TestMustEnrol(t *testing.T) {
	demanding := acme
	demanding.Policy.SecondFactor, demanding.Policy.SecondFactorFrom = FactorForAll, now
	for _, c := range []struct {
		what   string
		in     Account
		factor bool
		at     time.Time
		want   bool
	}{
		{"from the day", demanding, false, now, true},
		{"with a factor", demanding, true, now, false},
		{"before the day", demanding, false, now.Add(-time.Second), false},
		{"where none is asked for", acme, false, now, false},
	} {
		a := actor("ana", c.in, RoleUser, Whole("acme"))
		a.User.SecondFactor = c.factor
		if a.MustEnrol(c.at) != c.want {
			t.Errorf("%s: %t", c.what, !c.want)
		}
	}
}
