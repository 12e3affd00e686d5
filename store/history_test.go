package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// CRASH-11: a change whose history cannot be written is not made; with its history it is one change and one line.
func TestCRASH11_NoChangeWithoutItsHistory(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		owen, aisha, noor, freya := h.row(store.Owen, store.Brightwater), h.row(store.Aisha, store.Brightwater), h.row(store.Noor, store.Brightwater), h.row(store.Freya, store.Brightwater)
		one := func(outcomes []store.Outcome, err error) error {
			if err != nil {
				return err
			}
			return outcomes[0].Err
		}
		changes := map[string]func() error{
			"invite": func() error {
				_, err := h.CreateInvite(h.ctx(), dana, draft("history@brightwater.example"))
				return err
			},
			"accept":  func() error { _, _, err := h.accept(noor); return err },
			"copy":    func() error { _, err := h.CopyLink(h.ctx(), dana, freya.ID); return err },
			"profile": func() error { return h.changeProfile(store.Samuel) },
		}
		for name, do := range theChanges {
			m := map[string]domain.Membership{"resume": aisha, "resend": freya, "revoke": freya, "scope": h.row(store.Samuel, store.Brightwater), "erase": h.row(store.Samuel, store.Brightwater)}[name]
			if m.ID == "" {
				m = owen
			}
			changes[name] = func() error { return one(do(h, dana, chosen(m))) }
		}
		broken := []string{"create trigger broken before insert on events begin select raise(abort, 'the history is broken'); end"}
		mended := "drop trigger broken"
		if h.Engine() == "postgres" {
			broken = []string{
				"create function broken() returns trigger language plpgsql as $f$ begin raise exception 'the history is broken'; end $f$",
				"create trigger broken before insert on events for each row execute function broken()",
			}
			mended = "drop trigger broken on events"
		}
		everything := func() string {
			var all []string
			for _, table := range []string{"memberships", "grants", "events", "deliveries", "users", "sessions", "invite_links"} {
				all = append(all, fmt.Sprint(table, " ", h.number("select count(*) from "+table)))
			}
			return fmt.Sprint(all, h.written(), h.number("select coalesce(sum(version), 0) from users"))
		}
		for _, statement := range broken {
			must(t, h.Exec(h.ctx(), statement))
		}
		for name, do := range changes {
			before := everything()
			if err := do(); err == nil || !strings.Contains(err.Error(), "the history is broken") {
				t.Errorf("%s: %v", name, err)
			}
			if after := everything(); after != before {
				t.Errorf("%s without its history: %s, was %s", name, after, before)
			}
		}
		must(t, h.Exec(h.ctx(), mended))
		// Those that end a row's part in the others come last.
		for _, name := range []string{"invite", "copy", "resend", "revoke", "accept", "profile", "notify", "end", "scope", "role", "sign out", "suspend", "resume", "remove", "erase"} {
			before := h.number("select count(*) from events")
			if err := changes[name](); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if n := h.number("select count(*) from events") - before; n != 1 {
				t.Errorf("%s has %d lines of history", name, n)
			}
			delete(changes, name)
		}
		for name := range changes {
			t.Errorf("%s is a change nobody tried with its history", name)
		}
	})
}

// changeProfile gives somebody another first name.
func (h house) changeProfile(email string) error {
	u, err := h.PersonByEmail(h.ctx(), email)
	if err != nil {
		return err
	}
	to := domain.Person{FirstName: "Another", LastName: u.LastName, Phone: u.Phone, Language: u.Language, TimeZone: u.TimeZone, Theme: u.Theme}
	_, err = h.UpdateProfile(h.ctx(), u, to, "203.0.113.9")
	return err
}

// RACE-06: of a demotion and what the demoted does at the same moment, either theirs stands before it in the history, or
// it is refused.
func TestRACE06_DemotedWhileTheyInvite(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		before, refused := 0, 0
		for round := range rounds(t, 30) {
			samuel := h.row(store.Samuel, store.Brightwater)
			as := samuel
			as.Role = domain.RoleAdmin
			_, err := h.RewriteMembership(h.ctx(), samuel, as)
			must(t, err)
			by := h.at(store.Samuel, store.Brightwater)
			var invited domain.Membership
			var inviting, demoting error
			together(
				func() {
					invited, inviting = h.CreateInvite(h.ctx(), by, draft(fmt.Sprintf("race06-%d@brightwater.example", round)))
				},
				func() { _, demoting = h.ChangeRoles(h.ctx(), dana, chosen(samuel), "user") },
			)
			must(t, demoting)
			if inviting != nil {
				var problems domain.Problems // a User may give no role
				if !errors.Is(inviting, domain.ErrForbidden) && !errors.As(inviting, &problems) {
					h.t.Fatalf("round %d: %v", round, inviting)
				}
				refused++
				continue
			}
			before++
			first, err := h.Texts(h.ctx(), "select kind from events where subject_id in ($1, $2) and kind in ('invite.sent', 'user.role_changed') order by id desc limit 2", invited.ID, samuel.ID)
			must(t, err)
			if strings.Join(first, " ") != "user.role_changed invite.sent" {
				h.t.Fatalf("round %d: the newest first: %q", round, first)
			}
		}
		t.Logf("%d before the demotion, %d refused", before, refused)
	})
}
