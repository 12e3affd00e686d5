package store_test

import (
	"errors"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// An invitation that waits is corrected to another level in one step: a new link, and the old one is dead; a level that one
// may not give, and somebody who is in, are refused.
func TestCorrectLevels(t *testing.T) {
	inHouse(t, func(h house) {
		marisol, colm := h.at(store.Marisol, store.Northgate), h.row(store.Colm, store.Northgate)
		to := domain.RoleObserver
		if colm.Role == to {
			to = domain.RoleOperator
		}
		outcomes, err := h.CorrectLevels(h.ctx(), marisol, chosen(colm), string(to))
		must(t, errors.Join(err, firstErr(outcomes)))
		now := h.row(store.Colm, store.Northgate)
		if now.Role != to || now.State(h.clock.Now()) != domain.StatePending || now.Generation != colm.Generation+1 || now.Scope.AccountWide() != colm.Scope.AccountWide() {
			t.Errorf("%+v", now)
		}
		if h.told(colm, domain.InviteCorrected) != 1 || len(h.owed(colm, domain.InviteMail)) == 0 {
			t.Error("not told, or not mailed")
		}
		if _, _, err := h.accept(colm); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old link: %v", err)
		}
		_, in, err := h.accept(now)
		if err != nil || in.Role != to {
			t.Errorf("accepted as %s, %v", in.Role, err)
		}
		wanda, bloom := h.row(store.Wanda, store.Northgate), h.row(store.Bloom, store.Northgate) // expired, revoked
		for name, c := range map[string]struct {
			m    domain.Membership
			role string
		}{
			"a Master's level":    {wanda, "master"},
			"the same level":      {bloom, string(bloom.Role)},
			"somebody who is in":  {h.row(felipe, store.Northgate), "observer"},
			"a customer's role":   {wanda, "admin"},
			"no role":             {wanda, ""},
			"somebody one is not": {h.row(store.Nora, store.Northgate), "observer"},
		} {
			outcomes, err := h.CorrectLevels(h.ctx(), marisol, chosen(c.m), c.role)
			if errors.Join(err, firstErr(outcomes)) == nil {
				t.Errorf("%s: done", name)
			}
		}
	})
}
