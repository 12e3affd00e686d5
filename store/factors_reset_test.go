package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// An administrator takes a colleague's second factors away: all of them, with the sessions, the event and the mail, or
// nothing at all.
func TestResetFactors(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		_, secret, codes := enrolled(t, h.Store, store.Samuel)
		must(t, h.Exec(h.ctx(), `insert into passkeys (id, user_id, name, hash, credential, created_at, used_at) select 'k', id, 'Phone', 'h', '{}', 1, 0 from users where email = $1`, store.Samuel))
		must(t, h.Exec(h.ctx(), "update users set passkeys = 1 where email = $1", store.Samuel))
		waiting := halfway(t, h.Store, store.Samuel)
		samuel := h.row(store.Samuel, store.Brightwater)
		before := h.written()
		for _, preview := range []bool{true, false} {
			c := chosen(samuel)
			c.Preview = preview
			done, err := h.ResetFactors(h.ctx(), dana, c)
			if err != nil || !slices.Equal(reasons(done), []string{""}) || done[0].Membership.Factor != domain.NoFactor {
				t.Fatalf("%v, %+v", err, done)
			}
			if preview && (h.written() != before || h.row(store.Samuel, store.Brightwater).Factor != domain.AppFactor) {
				t.Error("the preview wrote something")
			}
		}
		u, err := h.PersonByEmail(h.ctx(), store.Samuel)
		must(t, err)
		if u.SecondFactor || !u.AppAt.IsZero() || u.Passkeys != 0 || h.row(store.Samuel, store.Brightwater).Factor != domain.NoFactor {
			t.Errorf("%+v", u)
		}
		for _, table := range []string{"authenticators", "recovery_codes", "passkeys", "sessions"} {
			if n := h.number("select count(*) from "+table+" where user_id = $1", u.ID); n != 0 {
				t.Errorf("%d rows in %s", n, table)
			}
		}
		for _, pass := range []store.Pass{passing(waiting, codeAt(t, secret, h.Now()), false), passing(waiting, codes[0], true)} {
			if _, _, err := h.PassFactor(h.ctx(), pass); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("a sign-in that waited for the old one: %v", err)
			}
		}
		if n := h.number("select count(*) from events where kind = 'user.factors_reset' and subject_id = $1 and actor_id = $2", samuel.ID, dana.User.ID); n != 1 {
			t.Errorf("%d events", n)
		}
		about, err := h.Texts(h.ctx(), "select about from deliveries where kind = 'factors' and recipient = $1 order by id desc", store.Samuel)
		if err != nil || len(about) != 2 || !strings.HasPrefix(about[0], "factors_reset\nDana") {
			t.Errorf("told by %q, %v", about, err)
		}
		again, err := h.ResetFactors(h.ctx(), dana, chosen(samuel))
		if err != nil || !slices.Equal(reasons(again), []string{"no_factor"}) {
			t.Errorf("again: %v, %v", err, reasons(again))
		}
	})
}

// PRIV-06: nobody resets a peer's, nobody's of another company, and nobody's whose second factor guards another company too.
func TestPRIV06WhoseFactorsStay(t *testing.T) {
	inHouse(t, func(h house) {
		for _, email := range []string{store.Rosa, store.Jonas, store.Priya, store.Cora} {
			enrolled(t, h.Store, email)
		}
		dana := h.at(store.Dana, store.Brightwater)
		before := h.written()
		for email, why := range map[string]string{store.Rosa: "factor_of_peer", store.Jonas: "factor_of_peer", store.Priya: "factor_elsewhere"} {
			done, err := h.ResetFactors(h.ctx(), dana, chosen(h.row(email, store.Brightwater)))
			if err != nil || !slices.Equal(reasons(done), []string{why}) {
				t.Errorf("%s: %v, %v", email, err, reasons(done))
			}
		}
		if _, err := h.ResetFactors(h.ctx(), dana, chosen(h.row(store.Cora, store.Cobalt))); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("another company's: %v", err)
		}
		if h.written() != before || h.number("select count(*) from authenticators where user_id not like '00%'") != 5 {
			t.Error("something was written")
		}
		// A Deployer stands above Admins.
		done, err := h.ResetFactors(h.ctx(), h.at(store.Tomas, store.Brightwater), chosen(h.row(store.Rosa, store.Brightwater)))
		if err != nil || !slices.Equal(reasons(done), []string{""}) {
			t.Errorf("a Deployer resets an Admin's: %v, %v", err, reasons(done))
		}
	})
}
