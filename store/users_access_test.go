package store_test

import (
	"errors"
	"sync"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// One form is one transaction: all that it changes, or nothing of it (RACE-12).
func TestSaveAccess(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		m := h.row(store.Owen, store.Brightwater)
		d := m.Access(dana.User.Zone())
		before := h.written()
		if got, err := h.SaveAccess(h.ctx(), dana, m.ID, m.Version, d); err != nil || got.Version != m.Version || h.written() != before {
			t.Errorf("an unchanged form: version %d, %v, written %v", got.Version, err, h.written())
		}
		d.Role, d.Scope, d.EndsOn = "deployer", []string{h.site(store.Brightwater, "PNT"), domain.ChosenSites}, "2027-01-31"
		var loss *domain.Unconfirmed
		if _, err := h.SaveAccess(h.ctx(), dana, m.ID, m.Version, d); !errors.As(err, &loss) || h.written() != before {
			t.Fatalf("what takes a site away, not confirmed: %v, written %v", err, h.written())
		}
		d.Confirm = loss.Loss.String()
		got, err := h.SaveAccess(h.ctx(), dana, m.ID, m.Version, d)
		must(t, err)
		if got.Version != m.Version+1 || got.Role != domain.RoleDeployer || len(got.Scope) != 1 || got.EndsAt.IsZero() || h.row(store.Owen, store.Brightwater).Role != domain.RoleDeployer {
			t.Errorf("saved %+v", got)
		}
		if after := h.written(); after[0] != before[0]+3 || after[2] != before[2]+1 {
			t.Errorf("wrote %v over %v", after, before)
		}
		before = h.written()
		for want, c := range map[string]struct {
			by      domain.Actor
			id      string
			version int
			d       domain.AccessDraft
		}{
			"stale":                  {dana, m.ID, m.Version, d},
			"not found":              {h.at(store.Cora, store.Cobalt), m.ID, got.Version, d},
			"role_above":             {h.at(store.Marisol, store.Northgate), h.row(store.Nora, store.Northgate).ID, 0, domain.AccessDraft{Role: "operator", Scope: []string{"account"}}},
			"forbidden":              {h.at(store.Samuel, store.Brightwater), m.ID, got.Version, d},
			"problems: role: choice": {dana, m.ID, got.Version, domain.AccessDraft{Role: "x", Scope: d.Scope, EndsOn: d.EndsOn}},
		} {
			_, err := h.SaveAccess(h.ctx(), c.by, c.id, c.version, c.d)
			if reason(err) != want {
				t.Errorf("%s: %v", want, err)
			}
		}
		if h.written() != before {
			t.Error("a refused form wrote something")
		}
	})
}

// confirmed makes a change, and makes it again with the loss confirmed when it takes something away.
func confirmed(save func(loss string) error) error {
	err := save("")
	var told *domain.Unconfirmed
	if errors.As(err, &told) {
		return save(told.Loss.String())
	}
	return err
}

// RACE-12: of several forms over one version one is saved.
func TestRACE12_FormsAtOnce(t *testing.T) {
	inHouse(t, func(h house) {
		dana, m := h.at(store.Dana, store.Brightwater), h.row(store.Owen, store.Brightwater)
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			d := m.Access(dana.User.Zone())
			d.EndsOn = []string{"2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"}[i]
			wg.Go(func() { _, errs[i] = h.SaveAccess(h.ctx(), dana, m.ID, m.Version, d) })
		}
		wg.Wait()
		saved := 0
		for _, err := range errs {
			switch {
			case err == nil:
				saved++
			case !errors.Is(err, domain.ErrStale):
				t.Errorf("%v", err)
			}
		}
		if saved != 1 || h.row(store.Owen, store.Brightwater).Version != m.Version+1 {
			t.Errorf("%d of four were saved", saved)
		}
	})
}

func TestEndSessionOf(t *testing.T) {
	inHouse(t, func(h house) {
		dana, m := h.at(store.Dana, store.Brightwater), h.row(store.Owen, store.Brightwater)
		u, one := storetest.SignIn(t, h.Store, store.Owen)
		_, two := storetest.SignIn(t, h.Store, store.Owen)
		before := h.written()
		for what, err := range map[string]error{
			"another's session": h.EndSessionOf(h.ctx(), dana, h.row(store.Samuel, store.Brightwater).ID, one),
			"no session":        h.EndSessionOf(h.ctx(), dana, m.ID, "x"),
			"another account":   h.EndSessionOf(h.ctx(), h.at(store.Cora, store.Cobalt), m.ID, one),
		} {
			if !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := h.EndSessionOf(h.ctx(), h.at(store.Samuel, store.Brightwater), m.ID, one); !errors.Is(err, domain.ErrForbidden) {
			t.Errorf("by a viewer: %v", err)
		}
		if h.written() != before {
			t.Error("a refusal wrote something")
		}
		must(t, h.EndSessionOf(h.ctx(), dana, m.ID, one))
		left, err := h.SessionsOf(h.ctx(), u.ID)
		must(t, err)
		if len(left) != 1 || left[0].Hash != two || h.written()[0] != before[0]+1 {
			t.Errorf("%d sessions are left", len(left))
		}
	})
}

// What screens ask before a change: the rows it is meant for, and who cannot be lost.
func TestChosenRowsAndTheLastKeeper(t *testing.T) {
	inHouse(t, func(h house) {
		ingrid := h.at(store.Ingrid, store.Brightwater)
		priya, owen := h.row(store.Priya, store.Brightwater), h.row(store.Owen, store.Brightwater)
		rows, err := h.ChosenRows(h.ctx(), ingrid, []string{priya.ID, owen.ID, priya.ID})
		must(t, err)
		if len(rows) != 2 || rows[0].ID != priya.ID || !rows[0].Beyond || len(rows[0].Scope) != 1 {
			t.Errorf("chosen %+v", rows)
		}
		if _, err := h.ChosenRows(h.ctx(), ingrid, []string{owen.ID, h.row(store.Dana, store.Brightwater).ID}); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("beyond her sites: %v", err)
		}
		if _, err := h.ChosenRows(h.ctx(), ingrid, make([]string, store.MostChosen+1)); !errors.Is(err, domain.ErrTooMany) {
			t.Errorf("too many: %v", err)
		}
		for slug, want := range map[string]string{store.Brightwater: "", store.Larkspur: h.row(store.Lars, store.Larkspur).ID, store.Northgate: ""} {
			by := map[string]string{store.Brightwater: store.Dana, store.Larkspur: store.Lars, store.Northgate: store.Nora}[slug]
			if got, err := h.LastKeeper(h.ctx(), h.at(by, slug)); err != nil || got != want {
				t.Errorf("%s: %q, %v", slug, got, err)
			}
		}
	})
}
