package domain

import (
	"errors"
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
