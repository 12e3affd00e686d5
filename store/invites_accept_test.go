package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// INV-07: an invite is accepted by its own address, however one is signed in; INV-15: what the draft of a person
// holds is all that a form can say.
func TestAcceptAsSomebody(t *testing.T) {
	inHouse(t, func(h house) {
		lars := h.at(store.Lars, store.Larkspur)
		m, err := h.CreateInvite(h.ctx(), lars, draft(store.Priya))
		must(t, err)
		token := h.InviteToken(m.ID, m.Generation)
		if o, err := h.FindInviteByToken(h.ctx(), token); err != nil || !o.Known {
			t.Errorf("known %v, %v", o.Known, err)
		}
		owen, err := h.PersonByEmail(h.ctx(), store.Owen)
		must(t, err)
		priya, err := h.PersonByEmail(h.ctx(), store.Priya)
		must(t, err)
		before := h.written()
		if _, err := h.AcceptInviteAs(h.ctx(), owen.ID, token, ""); reason(err) != "other_address" {
			t.Errorf("as somebody else: %v", err)
		}
		if _, err := h.AcceptInviteAs(h.ctx(), "", token, ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("as nobody: %v", err)
		}
		if _, _, err := h.accept(m); reason(err) != "sign_in_first" || !errors.Is(err, domain.ErrStale) {
			t.Errorf("as a new person: %v", err)
		}
		if h.written() != before || h.number("select count(*) from users where email = $1", store.Priya) != 1 {
			t.Error("something was written")
		}
		in, err := h.AcceptInviteAs(h.ctx(), priya.ID, token, "203.0.113.9")
		if err != nil || in.UserID != priya.ID || in.FirstName != "Priya" {
			t.Errorf("as themself: %+v, %v", in, err)
		}
	})
}

func TestAcceptChecksTheDraft(t *testing.T) {
	inHouse(t, func(h house) {
		d := draft("texted@brightwater.example")
		d.Phone, d.NotifyText = "+15035550123", "on"
		m, err := h.CreateInvite(h.ctx(), h.at(store.Dana, store.Brightwater), d)
		must(t, err)
		before := h.written()
		// INV-20: the phone rule of the account's country.
		_, _, err = h.AcceptInvite(h.ctx(), h.InviteToken(m.ID, 1), domain.PersonDraft{LastName: "X", Phone: "503-555-0199", Language: "en"}, "hash", "")
		if reason(err) != "problems: first_name: required, phone: phone_us" {
			t.Errorf("%v", err)
		}
		if h.written() != before || h.number("select count(*) from users where email = $1", m.Email) != 0 {
			t.Error("something was written")
		}
	})
}

// INV-02, INV-03: the period ends by the clock alone, at the end of it and not before; the page shown earlier does
// not keep it open.
func TestAcceptAtTheEndOfThePeriod(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		late, err := h.CreateInvite(h.ctx(), dana, draft("late@brightwater.example"))
		must(t, err)
		early, err := h.CreateInvite(h.ctx(), dana, draft("early@brightwater.example"))
		must(t, err)
		h.clock.Advance(7*24*time.Hour - time.Second)
		if _, _, err := h.accept(early); err != nil {
			t.Errorf("a second before: %v", err)
		}
		if _, err := h.FindInviteByToken(h.ctx(), h.InviteToken(late.ID, 1)); err != nil {
			t.Errorf("shown a second before: %v", err)
		}
		h.clock.Advance(2 * time.Second)
		before := h.written()
		if _, _, err := h.accept(late); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a second after: %v", err)
		}
		if h.written() != before {
			t.Error("something was written")
		}
	})
}

// INV-11: a link that is expired, revoked, used, replaced, of a closed company or made up: one answer after the same
// statements.
func TestDeadLinksAreAlike(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			token := func(email, slug string, back int) string {
				m := h.row(email, slug)
				return h.InviteToken(m.ID, m.Generation-back)
			}
			must(t, h.Exec(h.ctx(), "update accounts set suspended_at = 1 where slug = $1", store.Larkspur))
			live := token(store.Noor, store.Brightwater, 0)
			links := map[string]string{
				"expired": token(store.Stefan, store.Brightwater, 0), "revoked": token(store.Tom, store.Brightwater, 0), "used": token(store.Owen, store.Brightwater, 0),
				"replaced": token(store.Kelly, store.Brightwater, 1), "closed company": token(store.Wren, store.Larkspur, 0), "garbage": "garbage", "empty": "",
				"cut": live[:len(live)-1], "longer": live + "A", "other case": strings.ToLower(live), "zero": "\x00", "not UTF-8": "\xff", "long": strings.Repeat("A", 100_000),
			}
			statements := func(link string) []string {
				var ran []string
				for sql := range e.listen(func() {
					o, err := h.FindInviteByToken(h.ctx(), link)
					if !errors.Is(err, domain.ErrNotFound) || err.Error() != domain.ErrNotFound.Error() || o.Membership.ID != "" || o.Account.ID != "" {
						t.Errorf("%v, %+v", err, o)
					}
				}) {
					ran = append(ran, sql)
				}
				slices.Sort(ran)
				return ran
			}
			usual := statements(links["garbage"])
			for name, link := range links {
				ran := statements(link)
				// The sites of an offer, and the scope it has, are looked up where there are some: of a real row only.
				ran = slices.DeleteFunc(ran, func(sql string) bool {
					return strings.Contains(sql, "from grants") || strings.HasPrefix(sql, "select s.id from sites")
				})
				if len(ran) != len(usual) {
					t.Errorf("%s: %d statements, garbage takes %d", name, len(ran), len(usual))
				}
				before := h.written()
				if _, _, err := h.AcceptInvite(h.ctx(), link, aboutMe, "hash", ""); !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("%s lets in: %v", name, err)
				}
				if h.written() != before {
					t.Errorf("%s: something was written", name)
				}
			}
			if _, err := h.FindInviteByToken(h.ctx(), live); err != nil {
				t.Errorf("the live one: %v", err)
			}
		})
	}
}

// INV-15: the database holds no token, only the hash of each.
func TestTokensAreNotStored(t *testing.T) {
	inHouse(t, func(h house) {
		dana, noor := h.at(store.Dana, store.Brightwater), h.row(store.Noor, store.Brightwater)
		token, err := h.CopyLink(h.ctx(), dana, noor.ID)
		must(t, err)
		if token != h.InviteToken(noor.ID, noor.Generation) || len(token) != 43 || h.told(noor, domain.InviteLinkCopied) != 1 {
			t.Errorf("%q, told %d", token, h.told(noor, domain.InviteLinkCopied))
		}
		if _, err := h.FindInviteByToken(h.ctx(), token); err != nil {
			t.Errorf("the copied link: %v", err)
		}
		must(t, h.AskAgain(h.ctx(), token))
		_, err = h.Store.Resend(h.ctx(), dana, chosen(noor))
		must(t, err)
		for generation := 1; generation <= 2; generation++ {
			token := h.InviteToken(noor.ID, generation)
			if h.number("select count(*) from invite_links where hash = $1", store.HashSecret(token)) != 1 {
				t.Errorf("the hash of generation %d is not kept", generation)
			}
			found := int64(0)
			for table, columns := range everyText(h) {
				if n := h.number("select count(*) from "+table+" where "+columns+" like $1", "%"+token+"%"); n > 0 {
					t.Errorf("%d rows of %s hold a token", n, table)
				}
				found += h.number("select count(*) from "+table+" where "+columns+" like $1", "%"+store.HashSecret(token)+"%")
			}
			if found != 1 {
				t.Errorf("this way of looking finds %d hashes", found)
			}
		}
		if h.InviteToken(noor.ID, 1) == h.InviteToken(noor.ID, 2) || h.InviteToken(noor.ID, 11) == h.InviteToken(noor.ID+"1", 1) {
			t.Error("tokens are not their own")
		}
	})
}

// everyText is every table with all its columns as one text.
func everyText(h house) map[string]string {
	h.t.Helper()
	tables := map[string]string{}
	query := "select table_name || ' ' || column_name from information_schema.columns where table_schema = 'public'"
	if h.Engine() == "sqlite" {
		query = "select m.name || ' ' || c.name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name not like '%fts%'"
	}
	columns, err := h.Texts(h.ctx(), query)
	must(h.t, err)
	for _, line := range columns {
		table, column, _ := strings.Cut(line, " ")
		text := "coalesce(cast(" + column + " as text), '')"
		if tables[table] != "" {
			text = tables[table] + " || " + text
		}
		tables[table] = text
	}
	if len(tables) < 15 {
		h.t.Fatalf("found %d tables", len(tables))
	}
	return tables
}

// INV-18 and the contract's second check: the offer stands only while whoever made it could make it, the company is
// open and there is a site left; a site that is gone takes nothing else along.
func TestOffersThatNoLongerStand(t *testing.T) {
	set := func(email string, change func(h house, m *domain.Membership)) func(h house) {
		return func(h house) {
			was := h.row(email, store.Brightwater)
			m := was
			change(h, &m)
			_, err := h.RewriteMembership(h.ctx(), was, m)
			must(h.t, err)
		}
	}
	run := func(sql, slug string) func(h house) { return func(h house) { must(h.t, h.Exec(h.ctx(), sql, slug)) } }
	for name, withdraw := range map[string]func(h house){
		"the sender is disabled":  set(store.Dana, func(h house, m *domain.Membership) { m.SuspendedAt = h.clock.Now() }),
		"the sender is removed":   set(store.Dana, func(h house, m *domain.Membership) { m.RemovedAt = h.clock.Now() }),
		"the sender's time ended": set(store.Dana, func(h house, m *domain.Membership) { m.EndsAt = h.clock.Now() }),
		"the sender is demoted":   set(store.Dana, func(_ house, m *domain.Membership) { m.Role = domain.RoleUser }),
		"the sender is narrowed": set(store.Dana, func(h house, m *domain.Membership) {
			m.Scope = domain.Sites(m.AccountID, h.site(store.Brightwater, "KRO"))
		}),
		"the company is closed": run("update accounts set suspended_at = 1 where slug = $1", store.Brightwater),
		"all sites are gone":    run("update sites set removed_at = 1 where account_id = (select id from accounts where slug = $1)", store.Brightwater),
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h house) {
				noor := h.row(store.Noor, store.Brightwater)
				withdraw(h)
				before := h.written()
				if _, err := h.FindInviteByToken(h.ctx(), h.InviteToken(noor.ID, noor.Generation)); !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("shows: %v", err)
				}
				if _, _, err := h.accept(noor); !errors.Is(err, domain.ErrNotFound) {
					t.Errorf("lets in: %v", err)
				}
				if h.written() != before {
					t.Error("something was written")
				}
			})
		})
	}
	inHouse(t, func(h house) {
		hpt, uyb := h.site(store.Brightwater, "HPT"), h.site(store.Brightwater, "UYB")
		must(t, h.Exec(h.ctx(), "update sites set removed_at = 1 where id = $1", uyb))
		noor := h.row(store.Noor, store.Brightwater)
		if o, err := h.FindInviteByToken(h.ctx(), h.InviteToken(noor.ID, noor.Generation)); err != nil || o.Membership.Scope.String() != hpt {
			t.Errorf("shows %s, %v", o.Membership.Scope, err)
		}
		_, in, err := h.accept(noor)
		must(t, err)
		if in.Scope.String() != hpt || h.row(store.Noor, store.Brightwater).Scope.String() != hpt {
			t.Errorf("lets in on %s", in.Scope)
		}
	})
}

// The holder of any old link can ask for a new one; the answer never differs, and the sender is told once a day.
func TestAskAgain(t *testing.T) {
	inHouse(t, func(h house) {
		ask := func(m domain.Membership, generation int) {
			t.Helper()
			must(t, h.AskAgain(h.ctx(), h.InviteToken(m.ID, generation)))
		}
		stefan, tom, noor, owen := h.row(store.Stefan, store.Brightwater), h.row(store.Tom, store.Brightwater), h.row(store.Noor, store.Brightwater), h.row(store.Owen, store.Brightwater)
		before := h.written()
		ask(noor, noor.Generation)
		ask(owen, owen.Generation)
		for _, garbage := range []string{"", "garbage", "\x00", "\xff", strings.Repeat("x", 100_000)} {
			must(t, h.AskAgain(h.ctx(), garbage))
		}
		if h.written() != before {
			t.Error("an open, a taken or no invite was asked for")
		}
		for range 3 {
			ask(stefan, stefan.Generation)
			ask(tom, tom.Generation)
		}
		if to := h.owed(stefan, domain.InviteAskedMail); !slices.Equal(to, []string{store.Dana}) || h.told(stefan, domain.InviteAsked) != 1 {
			t.Errorf("told %v", to)
		}
		h.clock.Advance(24 * time.Hour)
		ask(stefan, stefan.Generation)
		if to := h.owed(stefan, domain.InviteAskedMail); len(to) != 2 {
			t.Errorf("the next day told %v", to)
		}
		// An old link of an invite that was sent again and has expired since.
		_, err := h.Store.Resend(h.ctx(), h.at(store.Dana, store.Brightwater), chosen(noor))
		must(t, err)
		h.clock.Advance(8 * 24 * time.Hour)
		ask(noor, noor.Generation)
		if len(h.owed(noor, domain.InviteAskedMail)) != 1 {
			t.Error("an old link does not ask")
		}
		// The sender has left: it is history, and nobody's mail.
		dana := h.row(store.Dana, store.Brightwater)
		gone := dana
		gone.RemovedAt = h.clock.Now()
		_, err = h.RewriteMembership(h.ctx(), dana, gone)
		must(t, err)
		lotte := h.row("lotte.hansen@brightwater.example", store.Brightwater)
		ask(lotte, lotte.Generation)
		if len(h.owed(lotte, domain.InviteAskedMail)) != 0 || h.told(lotte, domain.InviteAsked) != 1 {
			t.Error("a sender who has left is told")
		}
	})
}
