package domain

import (
	"errors"
	"testing"
)

// AUTH-20: either of the two is something shown, and a problem is told by the field of the form.
func TestProofDrafts(t *testing.T) {
	for draft, empty := range map[ProofDraft]bool{{}: true, {Password: "a"}: false, {Code: "1"}: false, {Password: "a", Code: "1"}: false} {
		if draft.Empty() != empty {
			t.Errorf("%+v is empty: %t", draft, !empty)
		}
	}
	other := errors.New("another failure")
	for what, c := range map[string]struct {
		err  error
		want string
	}{
		"the field":     {Problems{"code": {Code: "wrong"}}, "422 proof_code:wrong"},
		"another field": {Problems{"name": {Code: "required"}}, "422 name:required"},
		"no problem":    {other, other.Error()},
		"nothing":       {nil, "ok"},
	} {
		want(t, what, Named(c.err, "code", "proof_code"), c.want)
	}
}

func TestPasskeysHaveABound(t *testing.T) {
	u := ana().With(now, MostPasskeys-1)
	u, _, err := u.AddPasskey("the last", "192.0.2.7", now)
	want(t, "the last one that fits", err, "ok")
	_, _, err = u.AddPasskey("one more", "192.0.2.7", now)
	want(t, "one more", err, "409 passkeys_many")
}
