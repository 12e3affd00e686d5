package domain

import (
	"testing"
	"time"
)

// The history's term is set by those who may, to one of the terms there are.
func TestSetRetention(t *testing.T) {
	a := acme
	a.KeepMonths = 24
	set := func(who Actor, months string) error {
		_, _, err := a.SetRetention(RetentionDraft{Months: months}, who, now)
		return err
	}
	globex := by(t, "admin")
	globex.Account.ID, globex.Scope = "globex", Whole("globex")
	for _, c := range []struct {
		what string
		err  error
		want string
	}{
		{"an Admin", set(by(t, "admin"), "12"), "ok"},
		{"an Admin of a site", set(by(t, "site-admin"), "12"), "403"},
		{"a User", set(by(t, "user"), "12"), "403"},
		{"an Admin of another account", set(globex, "12"), "403"},
		{"as it is", set(by(t, "admin"), "24"), "409 same_retention"},
		{"a term there is not", set(by(t, "admin"), "11"), "422 months:choice"},
		{"no number", set(by(t, "admin"), "0x"), "422 months:choice"},
	} {
		want(t, c.what, c.err, c.want)
	}
	if got := a.KeepsFrom(now); !got.Equal(now.AddDate(0, -24, 0)) {
		t.Errorf("kept from %s", got)
	}
	if got := acme.KeepsFrom(now); !got.Equal(time.Time{}) {
		t.Errorf("kept for ever, and yet from %s", got)
	}
}
