package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// people puts accounts and memberships in, just as much of them as search looks at.
func people(t *testing.T, s *store.Store, account string, named ...string) {
	t.Helper()
	must(t, s.Tx(t.Context(), func(tx *store.Tx) error {
		_, err := store.Exec(t.Context(), tx, `insert into accounts (id, slug, name, kind, country, invite_days, reminders, site_admins_invite, suspended_at, created_at)
			values ($1, $1, 'x', 'customer', 'US', 14, 0, 0, 0, 1)`, account)
		if err != nil {
			return err
		}
		for i, name := range named {
			_, err := store.Exec(t.Context(), tx, `insert into memberships (id, account_id, kind, email, first_name, last_name, name_key, search_text, phone, language, role, account_wide,
				notify_email, notify_text, message, invited_by, inviter_name, generation, sent_at, expires_at, accepted_at, declined_at, revoked_at, suspended_at, suspended_by,
				ends_at, removed_at, reminders, remind_at, expiry_told, last_sign_in_at, mail_state, mail_at, mail_error, created_at, version)
				values ($1, $2, 'user', $3, $4, '', $5, $5, '', 'en', 'user', 0, 1, 1, '', '', '', 1, 1, 1, 1, 0, 0, 0, '', 0, 0, 0, 0, 0, 0, '', 0, '', 1, 1)`,
				fmt.Sprintf("%s %s", account[len(account)-4:], name), account, fmt.Sprintf("%d@x.example", i), name, domain.Fold(name))
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

const (
	mine   = "019aa000-0000-7000-8000-00000000aaaa"
	theirs = "019aa000-0000-7000-8000-00000000bbbb"
)

// TEN-06 and INP-06: what is typed is searched for, never understood; only the account's own people are found.
func TestTEN06Search(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		names := []string{"José Müller", "Maria O'Hara", "100% Cotton", "under_score", `quo"te`, "Jo Ng", "OR and AND", `back\slash`, "Ｗｉｄｅ Łuk", "Straße", "Иван Петров", "account near", "dana.whitfield@x.example", "ann.whitfield@x.example", "crew1000055 c", "crew1000056 c", "11-whitfields"}
		people(t, s, mine, names...)
		people(t, s, theirs, names...)
		for typed, want := range map[string]string{
			"jose": "José Müller", "MÜLL": "José Müller", "mull jos": "José Müller", "osé": "José Müller",
			"o'hara": "Maria O'Hara", "%": "", "0%": "", "100%": "100% Cotton", "_": "", "er_sc": "under_score", "erxsc": "",
			`"`: "", `o"te`: `quo"te`, `" OR "`: "", "maria OR jose": "", "or": "OR and AND", "OR AND": "OR and AND", "NOT": "",
			"j": "Jo Ng,José Müller", "jo": "Jo Ng,José Müller", "ng": "Jo Ng", "ri": "", "jo müll": "José Müller",
			`back\`: `back\slash`, `\`: "", "wide": "Ｗｉｄｅ Łuk", "strasse": "Straße", "иван": "Иван Петров", "ив": "Иван Петров",
			"dana.whitfield@x.example": "dana.whitfield@x.example", "ana.whitfield@x": "dana.whitfield@x.example", "WHITFIELD@x.example": "ann.whitfield@x.example,dana.whitfield@x.example",
			"crew1000055": "crew1000055 c", "rew1000055 C": "crew1000055 c", "crew1000057": "", "dana.whitfields": "", "11-whitfield": "11-whitfields", "crew100005%": "", "crew100005_": "",
			"account : x": "", "account": "account near", "near(": "", "*": "", "mari*": "", "^maria": "", "'; drop table memberships; --": "",
			"a\x00b": "", "mar\xff": "", strings.Repeat("a ", 33): "", strings.Repeat("x", 10_000): "",
		} {
			ids, frequent, _, _, err := s.Search(t.Context(), mine, typed)
			if err != nil {
				t.Errorf("%q: %v", typed, err)
				continue
			}
			var found []string
			for _, id := range ids {
				found = append(found, strings.TrimPrefix(id, "aaaa "))
			}
			if got := strings.Join(found, ","); got != want || frequent {
				t.Errorf("%q found %q, want %q", typed, got, want)
			}
		}
		if ids, _, _, _, err := s.Search(t.Context(), mine, "  "); err != nil || len(ids) != len(names) {
			t.Errorf("no words found %d of %d, %v", len(ids), len(names), err)
		}
	})
}

func TestSearchFollowsTheRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		people(t, s, mine, "Maria Rossi", "Anna Bianchi")
		finds := func(typed string, want int) {
			t.Helper()
			if ids, _, _, _, err := s.Search(t.Context(), mine, typed); err != nil || len(ids) != want {
				t.Errorf("%q found %v, %v, want %d", typed, ids, err, want)
			}
		}
		change := func(sql string) {
			t.Helper()
			must(t, s.Tx(t.Context(), func(tx *store.Tx) error { return store.Changed(t.Context(), tx, sql) }))
		}
		change("update memberships set search_text = 'maria verdi' where id = 'aaaa Maria Rossi'")
		finds("rossi", 0)
		finds("verdi", 1)
		change("update memberships set removed_at = 5 where id = 'aaaa Maria Rossi'")
		finds("verdi", 0)
		change("update memberships set removed_at = 0 where id = 'aaaa Maria Rossi'")
		finds("verdi", 1)
		change("update memberships set removed_at = 5 where id = 'aaaa Maria Rossi'")
		change("delete from memberships where id = 'aaaa Maria Rossi'")
		change("delete from memberships where id = 'aaaa Anna Bianchi'")
		finds("anna", 0)
	})
}

// A word of more than 1,000 people is answered by the sorted list, a rarer one by its rows; neither reads the table.
func TestSearchFrequentAndRare(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var names []string
		for i := range 1001 {
			names = append(names, fmt.Sprintf("Maria %04d", i))
		}
		people(t, s, mine, names...)
		people(t, s, theirs, "Maria other")
		for _, c := range []struct {
			typed    string
			frequent bool
			first    string
			rows     int
		}{{"maria", true, "aaaa Maria 0000", 50}, {"m", true, "aaaa Maria 0000", 50}, {"maria 000", false, "aaaa Maria 0000", 11}, {"0042", false, "aaaa Maria 0042", 1}} {
			ids, frequent, sql, args, err := s.Search(t.Context(), mine, c.typed)
			must(t, err)
			if frequent != c.frequent || len(ids) != c.rows || ids[0] != c.first {
				t.Errorf("%q: frequent %v, %d rows from %v", c.typed, frequent, len(ids), ids[:1])
			}
			storetest.NoScan(t, s, sql, args, "memberships")
		}
	})
}

// SQLite may renumber rows when the file is rewritten; the index points at these numbers.
func TestSearchSurvivesVacuum(t *testing.T) {
	c := storetest.Config(t, "sqlite")
	s, err := store.Open(t.Context(), c)
	must(t, err)
	people(t, s, mine, "Maria Rossi", "Anna Bianchi", "Luca Verdi")
	must(t, s.Tx(t.Context(), func(tx *store.Tx) error {
		return store.Changed(t.Context(), tx, "delete from memberships where id = 'aaaa Maria Rossi'")
	}))
	must(t, s.Vacuum(t.Context()))
	ids, _, _, _, err := s.Search(t.Context(), mine, "anna")
	if err != nil || len(ids) != 1 || ids[0] != "aaaa Anna Bianchi" {
		t.Errorf("found %v, %v", ids, err)
	}
	must(t, s.Close())
}

// A long word of which everybody has most is found by a part that few have: the index is not followed through everybody.
func TestLongWordsAreFoundByAPart(t *testing.T) {
	e := &ear{}
	h := newHouseAlone(t, "sqlite", func(c *store.Config) { c.Trace = e.hear })
	nora := h.at(store.Nora, store.Northgate)
	storetest.FillAdministrators(t, h.Store, nora.Account, 300)
	h.SetFewest(100)
	for typed, want := range map[string]int{
		"crew1000055": 1, "crew1000055@northgate.example": 1, "crew100005@northgate.example": 0, "rew1000055@north Crew": 1, "crew1000": 300,
	} {
		q, rows := store.Query{Search: typed, Paging: store.Paging{Limit: 100}}, 0
		for sql, args := range e.listen(func() {
			for {
				page, err := h.Administrators(h.ctx(), nora, q)
				must(t, err)
				rows += len(page.Rows)
				if q.After = page.Next; q.After == "" {
					return
				}
			}
		}) {
			if want <= 1 && strings.Contains(sql, "_fts match") && strings.Contains(fmt.Sprint(args), typed[:8]) {
				t.Errorf("%q is asked for as a whole: %s %v", typed, sql, args)
			}
		}
		if rows != want {
			t.Errorf("%q found %d, want %d", typed, rows, want)
		}
	}
}

// Of several words the index is asked for those that not every second row has; the rows it gives are compared with the
// others. Which words are common is seen at both ends of an order that an index keeps, in every list there is.
func TestCommonWordsAreComparedInTheRows(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			crowd(h, store.Brightwater, 300, 0)
			dana, nora, site := h.at(store.Dana, store.Brightwater), h.at(store.Nora, store.Northgate), h.site(store.Brightwater, "HPT")
			finds := func(typed string, want ...string) {
				t.Helper()
				for sql, args := range e.listen(func() {
					page, err := h.Users(h.ctx(), dana, store.Query{Search: typed})
					must(t, err)
					var got []string
					for _, m := range page.Rows {
						got = append(got, m.LastName)
					}
					if !slices.Equal(got, want) {
						t.Errorf("%q found %q, want %q", typed, got, want)
					}
				}) {
					for _, arg := range args {
						if text := fmt.Sprint(arg); strings.Contains(sql, "_fts match") && strings.Contains(text, "crowd") && strings.Contains(text, "17") {
							t.Errorf("%q: the index is asked for %s", typed, text)
						}
					}
				}
			}
			finds("crowd 1177")
			finds("crowd 117", "Person 117")
			finds("117 crowd person", "Person 117")
			finds("117 nobody")
			finds("crowd crew 117")
			finds("crowd pe 117", "Person 117")
			finds("crowd er 117") // no word begins with it
			looks := 0
			for sql, args := range e.listen(func() {
				_, err := h.Users(h.ctx(), dana, store.Query{Search: "crowd person"})
				must(t, err)
				_, err = h.Devices(h.ctx(), dana, site, store.DeviceQuery{Search: "panel lobby"})
				must(t, err)
				_, err = h.Activity(h.ctx(), dana, store.ActivityQuery{Search: "dana owen"})
				must(t, err)
				_, err = h.Clients(h.ctx(), nora, store.AccountQuery{Search: "cobalt field"})
				must(t, err)
				_, err = h.Credits(h.ctx(), nora, store.CreditQuery{Search: "harbor tower"})
				must(t, err)
				_, err = h.FindCreditSites(h.ctx(), nora, "harbor tower", 10)
				must(t, err)
				_, err = h.Supports(h.ctx(), nora, store.SupportQuery{Search: "devon ashby"})
				must(t, err)
			}) {
				if !strings.HasPrefix(sql, "select search_text") {
					continue
				}
				looks++
				// Of the few rows of the demo PostgreSQL may sort some; SQLite goes by its indexes alone.
				if plan := storetest.Plan(t, h.Store, sql, args); engine == "sqlite" && strings.Contains(plan, "TEMP B-TREE") {
					t.Errorf("sorts: %s\n%s", sql, plan)
				}
			}
			if looks < 7 {
				t.Errorf("looked %d times", looks)
			}
		})
	}
}
