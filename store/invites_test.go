package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// draft is a good New Invite form for an address: a User of the whole account.
func draft(email string) domain.InviteDraft {
	return domain.InviteDraft{FirstName: "New", LastName: "Person", Email: email, Role: "user", Scope: []string{"account"}, NotifyEmail: "on", Language: "en"}
}

// aboutMe is what somebody new types on acceptance.
var aboutMe = domain.PersonDraft{FirstName: "Newly", LastName: "Come", Phone: "+15035550199", Language: "es", TimeZone: "Europe/Madrid"}

// accept is a new person accepting by the link of a membership's present send.
func (h house) accept(m domain.Membership) (domain.User, domain.Membership, error) {
	return h.AcceptInvite(h.ctx(), h.InviteToken(m.ID, m.Generation), aboutMe, "hash", "203.0.113.9")
}

// owed are the kinds of messages owed about a membership, by their recipients.
func (h house) owed(m domain.Membership, kind domain.DeliveryKind) []string {
	h.t.Helper()
	to, err := h.Texts(h.ctx(), "select recipient from deliveries where membership_id = $1 and kind = $2 order by id", m.ID, string(kind))
	must(h.t, err)
	return to
}

// told counts the lines of history of one kind about a membership.
func (h house) told(m domain.Membership, kind domain.EventKind) int64 {
	h.t.Helper()
	return h.number("select count(*) from events where subject_id = $1 and kind = $2", m.ID, string(kind))
}

// The whole way: invited, mailed, shown, accepted. INV-17: what is accepted is what was offered.
func TestInviteAndAccept(t *testing.T) {
	inHouse(t, func(h house) {
		dana, hpt := h.at(store.Dana, store.Brightwater), h.site(store.Brightwater, "HPT")
		d := draft("  New.Person@Brightwater.example ")
		d.Role, d.Scope, d.Phone, d.NotifyText, d.EndsOn, d.Message = "deployer", []string{hpt}, "+15035550123", "on", "2027-03-31", "Welcome"
		m, err := h.CreateInvite(h.ctx(), dana, d)
		must(t, err)
		if got, err := h.ReadMembership(h.ctx(), m.ID); err != nil || got.Email != "new.person@brightwater.example" || got.Generation != 1 || got.Mail.State != domain.MailQueued {
			t.Errorf("stored %+v, %v", got, err)
		}
		if to := h.owed(m, domain.InviteMail); !slices.Equal(to, []string{"new.person@brightwater.example"}) || h.told(m, domain.InviteSent) != 1 {
			t.Errorf("owed to %v, told %d", to, h.told(m, domain.InviteSent))
		}
		o, err := h.FindInviteByToken(h.ctx(), h.InviteToken(m.ID, 1))
		must(t, err)
		if o.Membership.ID != m.ID || o.Account.Name != "Brightwater Energy" || o.Known || o.Sites[hpt] != "Harbor Point Tower" || o.Membership.InviterName != "Dana Whitfield" {
			t.Errorf("shows %+v", o)
		}
		u, in, err := h.accept(m)
		must(t, err)
		if u.Email != m.Email || u.FirstName != "Newly" || u.TimeZone != "Europe/Madrid" || u.PasswordHash != "hash" || u.Version != 1 {
			t.Errorf("made %+v", u)
		}
		if in.Role != domain.RoleDeployer || in.Scope.String() != hpt || !in.NotifyEmail || !in.NotifyText || !in.EndsAt.Equal(m.EndsAt) || in.UserID != u.ID {
			t.Errorf("accepted %+v", in)
		}
		by := h.at(m.Email, store.Brightwater)
		if by.Role.ID != domain.RoleDeployer || by.Scope.String() != hpt || h.told(m, domain.InviteAccepted) != 1 {
			t.Errorf("came in as %s on %s", by.Role.ID, by.Scope)
		}
		page, err := h.Users(h.ctx(), dana, store.Query{Search: "newly come", Sites: []string{hpt}})
		if err != nil || len(page.Rows) != 1 {
			t.Errorf("listed %v, %v", emails(page.Rows), err)
		}
	})
}

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

// INV-01: every state × every action: only the moves of the contract are made, anything else leaves no trace.
func TestStatesAndActions(t *testing.T) {
	who := map[domain.State]string{
		domain.StatePending: store.Noor, domain.StateExpired: store.Stefan, domain.StateRevoked: store.Tom,
		domain.StateAccepted: store.Owen, domain.StateSuspended: store.Aisha,
	}
	actions := map[string]func(h house, by domain.Actor, m domain.Membership) error{
		"resend": func(h house, by domain.Actor, m domain.Membership) error {
			o, err := h.Store.Resend(h.ctx(), by, chosen(m))
			return errors.Join(err, o[0].Err)
		},
		"revoke": func(h house, by domain.Actor, m domain.Membership) error {
			o, err := h.Revoke(h.ctx(), by, chosen(m))
			return errors.Join(err, o[0].Err)
		},
		"correct": func(h house, by domain.Actor, m domain.Membership) error {
			d := m.Draft(by.User.Zone())
			d.Role = "member"
			_, err := h.Correct(h.ctx(), by, m.ID, d)
			return err
		},
		"copy": func(h house, by domain.Actor, m domain.Membership) error {
			_, err := h.CopyLink(h.ctx(), by, m.ID)
			return err
		},
		"invite": func(h house, by domain.Actor, m domain.Membership) error {
			_, err := h.CreateInvite(h.ctx(), by, draft(m.Email))
			return err
		},
		"accept": func(h house, _ domain.Actor, m domain.Membership) error {
			_, _, err := h.accept(m)
			return err
		},
	}
	may := map[domain.State]string{
		domain.StatePending: "resend revoke correct copy accept", domain.StateExpired: "resend correct invite", domain.StateRevoked: "resend correct invite",
		domain.StateAccepted: "", domain.StateSuspended: "",
	}
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t, engine)
			for state, email := range who {
				for name, act := range actions {
					dana, m := h.at(store.Dana, store.Brightwater), h.row(email, store.Brightwater)
					if m.State(h.clock.Now()) != state {
						t.Fatalf("%s is %s", email, m.State(h.clock.Now()))
					}
					before := h.written()
					err := act(h, dana, m)
					if want := slices.Contains(strings.Fields(may[state]), name); (err == nil) != want {
						t.Errorf("%s, %s: %v", state, name, err)
					}
					if after := h.written(); (err == nil) == (after == before) {
						t.Errorf("%s, %s: %v, and wrote %v after %v", state, name, err, after, before)
					}
					if err == nil {
						h = newHouse(t, engine)
					}
				}
			}
		})
	}
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

// INV-05: a resend makes a new link and a new period, and the old link is dead at once.
func TestResend(t *testing.T) {
	inHouse(t, func(h house) {
		noor := h.row(store.Noor, store.Brightwater)
		old := h.InviteToken(noor.ID, noor.Generation)
		h.clock.Advance(time.Hour)
		outcomes, err := h.Store.Resend(h.ctx(), h.at(store.Jonas, store.Brightwater), chosen(noor, h.row(store.Owen, store.Brightwater)))
		must(t, err)
		if !slices.Equal(reasons(outcomes), []string{"", "already_accepted"}) {
			t.Errorf("%q", reasons(outcomes))
		}
		now := h.row(store.Noor, store.Brightwater)
		if !now.ExpiresAt.Equal(h.clock.Now().Add(7*24*time.Hour)) || now.Generation != noor.Generation+1 || now.InviterName != "Jonas Ekström" {
			t.Errorf("%+v", now)
		}
		if _, err := h.FindInviteByToken(h.ctx(), old); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old link shows: %v", err)
		}
		if _, _, err := h.AcceptInvite(h.ctx(), old, aboutMe, "hash", ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old link lets in: %v", err)
		}
		generation := h.number("select max(generation) from deliveries where membership_id = $1 and kind = 'invite'", noor.ID)
		if generation != int64(now.Generation) {
			t.Errorf("owes generation %d", generation)
		}
		if _, _, err := h.accept(now); err != nil {
			t.Errorf("the new link: %v", err)
		}
	})
}

// INV-06: a revoked link shows what any dead one shows.
func TestRevoke(t *testing.T) {
	inHouse(t, func(h house) {
		dana, noor := h.at(store.Dana, store.Brightwater), h.row(store.Noor, store.Brightwater)
		outcomes, err := h.Revoke(h.ctx(), dana, chosen(noor, h.row(store.Stefan, store.Brightwater), h.row(store.Tom, store.Brightwater), h.row(store.Owen, store.Brightwater)))
		must(t, err)
		if !slices.Equal(reasons(outcomes), []string{"", "not_pending", "not_pending", "not_pending"}) {
			t.Errorf("%q", reasons(outcomes))
		}
		if _, err := h.FindInviteByToken(h.ctx(), h.InviteToken(noor.ID, noor.Generation)); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("shows %v", err)
		}
		if _, _, err := h.accept(noor); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("lets in: %v", err)
		}
	})
}

// INV-11: a link that is expired, revoked, used, replaced, of a closed company or made up: one answer after the same
// statements.
func TestDeadLinksAreAlike(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouse(t, engine, func(c *store.Config) { c.Trace = e.hear })
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

// INV-12: one address has one offer, however it is written.
func TestInvitedTwice(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		m, err := h.CreateInvite(h.ctx(), dana, draft("twice@brightwater.example"))
		must(t, err)
		before := h.written()
		for _, typed := range []string{"twice@brightwater.example", "Twice@Brightwater.Example", " TWICE@brightwater.example "} {
			if _, err := h.CreateInvite(h.ctx(), dana, draft(typed)); reason(err) != "problems: email: already_invited" {
				t.Errorf("%q: %v", typed, err)
			}
		}
		for email, code := range map[string]string{store.Owen: "already_in", store.Aisha: "already_in_disabled"} {
			if _, err := h.CreateInvite(h.ctx(), dana, draft(email)); reason(err) != "problems: email: "+code {
				t.Errorf("%s: %v", email, err)
			}
		}
		if h.written() != before || len(h.owed(m, domain.InviteMail)) != 1 {
			t.Error("something was written")
		}
		// PRIV-20: of an address outside their sites a site admin learns no more than that it cannot be.
		must(t, h.Exec(h.ctx(), "update accounts set site_admins_invite = 1"))
		ingrid, hpt := h.at(store.Ingrid, store.Brightwater), h.site(store.Brightwater, "HPT")
		for _, email := range []string{store.Yuki, store.Kelly, store.Tom} {
			d := draft(email)
			d.Scope = []string{hpt}
			if _, err := h.CreateInvite(h.ctx(), ingrid, d); reason(err) != "problems: email: email_beyond" {
				t.Errorf("%s: %v", email, err)
			}
		}
	})
}

// INV-14: an account sends so many invites in an hour and no more; a bulk resend over the limit sends none.
func TestHourlyLimit(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t, engine, func(c *store.Config) { c.Limits.SendsPerHour = 3 })
			dana, lars := h.at(store.Dana, store.Brightwater), h.at(store.Lars, store.Larkspur)
			noor, kelly, tom := h.row(store.Noor, store.Brightwater), h.row(store.Kelly, store.Brightwater), h.row(store.Tom, store.Brightwater)
			_, err := h.CreateInvite(h.ctx(), dana, draft("one@brightwater.example"))
			must(t, err)
			before := h.written()
			var wait *domain.Wait
			if _, err := h.Store.Resend(h.ctx(), dana, chosen(noor, kelly, tom)); !errors.As(err, &wait) || wait.For != time.Hour {
				t.Errorf("three more at once: %v", err)
			}
			preview := chosen(noor, kelly, tom)
			preview.Preview = true
			if _, err := h.Store.Resend(h.ctx(), dana, preview); !errors.Is(err, domain.ErrTooMany) {
				t.Errorf("the preview: %v", err)
			}
			if h.written() != before {
				t.Error("something was written")
			}
			_, err = h.Store.Resend(h.ctx(), dana, chosen(noor, kelly))
			must(t, err)
			if _, err := h.CreateInvite(h.ctx(), dana, draft("four@brightwater.example")); !errors.Is(err, domain.ErrTooMany) {
				t.Errorf("the fourth: %v", err)
			}
			if _, err := h.CreateInvite(h.ctx(), lars, draft("one@larkspur.example")); err != nil {
				t.Errorf("another company: %v", err)
			}
			h.clock.Advance(time.Hour)
			if _, err := h.CreateInvite(h.ctx(), dana, draft("four@brightwater.example")); err != nil {
				t.Errorf("an hour later: %v", err)
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

// Correct replaces the offer in one step, over the version its form was filled in on (RACE-12).
func TestCorrect(t *testing.T) {
	inHouse(t, func(h house) {
		dana, noor := h.at(store.Dana, store.Brightwater), h.row(store.Noor, store.Brightwater)
		d := noor.Draft(dana.User.Zone())
		d.Role, d.Scope, d.Email = "user", []string{h.site(store.Brightwater, "KRO")}, ""
		for _, version := range []string{"", "0", "-1", "x", fmt.Sprint(noor.Version + 1)} {
			d.Version = version
			if _, err := h.Correct(h.ctx(), dana, noor.ID, d); !errors.Is(err, domain.ErrStale) {
				t.Errorf("version %q: %v", version, err)
			}
		}
		d.Version = fmt.Sprint(noor.Version)
		bad := d
		bad.Phone, bad.Email = "555", "another@brightwater.example"
		if _, err := h.Correct(h.ctx(), dana, noor.ID, bad); reason(err) != "problems: phone: phone_us" {
			t.Errorf("%v", err)
		}
		bad.Phone = ""
		if _, err := h.Correct(h.ctx(), dana, noor.ID, bad); reason(err) != "problems: email: email_fixed" {
			t.Errorf("%v", err)
		}
		m, err := h.Correct(h.ctx(), dana, noor.ID, d)
		must(t, err)
		if m.Role != domain.RoleUser || m.Generation != noor.Generation+1 || h.told(noor, domain.InviteCorrected) != 1 {
			t.Errorf("%+v", m)
		}
		if _, _, err := h.AcceptInvite(h.ctx(), h.InviteToken(noor.ID, noor.Generation), aboutMe, "hash", ""); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the old link lets in: %v", err)
		}
		_, in, err := h.accept(m)
		if err != nil || in.Role != domain.RoleUser {
			t.Errorf("%s, %v", in.Role, err)
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

// INV-22: the counter of the tab is what the rows say, after each change.
func TestOpenInvitesAreCounted(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		check := func(after string) {
			t.Helper()
			truth := h.number(`select count(*) from memberships where account_id = $1 and kind = 'user' and accepted_at = 0 and declined_at = 0
				and revoked_at = 0 and removed_at = 0 and expires_at > $2 and (ends_at = 0 or ends_at > $2)`, dana.Account.ID, h.clock.Now().UnixMicro())
			n, err := h.OpenInvites(h.ctx(), dana)
			must(t, err)
			if n.More || int64(n.N) != truth || truth == 0 {
				t.Errorf("after %s: %+v, the rows say %d", after, n, truth)
			}
		}
		check("nothing")
		m, err := h.CreateInvite(h.ctx(), dana, draft("counted@brightwater.example"))
		must(t, err)
		check("invite")
		_, err = h.Revoke(h.ctx(), dana, chosen(m))
		must(t, err)
		check("revoke")
		_, err = h.Store.Resend(h.ctx(), dana, chosen(m, h.row(store.Stefan, store.Brightwater)))
		must(t, err)
		check("resend")
		_, _, err = h.accept(h.row(m.Email, store.Brightwater))
		must(t, err)
		check("accept")
		h.clock.Advance(24 * time.Hour)
		check("a day")
		_, err = h.ExpireDue(h.ctx(), 100)
		must(t, err)
		check("the clock's round")
	})
}

// The clock's work: each expiry and each reminder once, with its history and its mail, by however many nodes.
func TestTheClocksWork(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		work := func() {
			t.Helper()
			var errs [4]error
			for {
				var expired, reminded [2]int
				together(
					func() { expired[0], errs[0] = h.ExpireDue(h.ctx(), 3) },
					func() { expired[1], errs[1] = h.ExpireDue(h.ctx(), 3) },
					func() { reminded[0], errs[2] = h.RemindDue(h.ctx(), 3) },
					func() { reminded[1], errs[3] = h.RemindDue(h.ctx(), 3) },
				)
				must(t, errors.Join(errs[:]...))
				if max(expired[0], expired[1], reminded[0], reminded[1]) < 3 {
					return
				}
			}
		}
		work()
		before := h.written()
		work()
		if h.written() != before {
			t.Error("the same was done twice")
		}
		m, err := h.CreateInvite(h.ctx(), dana, draft("slow@brightwater.example"))
		must(t, err)
		// The fourth to the ninth day: reminders on the second and the fifth, the end after the seventh.
		for day, want := range [][3]int{{}, {1}, {1}, {1}, {2}, {2}, {2, 1, 1}, {2, 1, 1}} {
			h.clock.Advance(24 * time.Hour)
			work()
			got := [3]int{len(h.owed(m, domain.ReminderMail)), len(h.owed(m, domain.InviteExpiredMail)), int(h.told(m, domain.InviteExpired))}
			if got != want || h.told(m, domain.InviteReminded) != int64(want[0]) {
				t.Errorf("day %d: reminded, told, written %v, want %v", day+1, got, want)
			}
		}
		if to := h.owed(m, domain.InviteExpiredMail); !slices.Equal(to, []string{store.Dana}) {
			t.Errorf("told %v of the end", to)
		}
	})
}

func TestRemindersSwitchedOff(t *testing.T) {
	inHouse(t, func(h house) {
		m, err := h.CreateInvite(h.ctx(), h.at(store.Dana, store.Brightwater), draft("quiet@brightwater.example"))
		must(t, err)
		must(t, h.Exec(h.ctx(), "update accounts set reminders = 0"))
		h.clock.Advance(3 * 24 * time.Hour)
		for {
			n, err := h.RemindDue(h.ctx(), 100)
			must(t, err)
			if n == 0 {
				break
			}
		}
		if len(h.owed(m, domain.ReminderMail)) != 0 || h.told(m, domain.InviteReminded) != 0 {
			t.Error("reminded all the same")
		}
		must(t, h.Exec(h.ctx(), "update accounts set reminders = 1"))
		h.clock.Advance(3 * 24 * time.Hour)
		_, err = h.RemindDue(h.ctx(), 100)
		must(t, err)
		if len(h.owed(m, domain.ReminderMail)) != 1 {
			t.Error("not reminded after it was switched on")
		}
	})
}

// One sender is not mailed ten thousand times when an import expires.
func TestExpiriesToldAreFew(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t, engine, func(c *store.Config) { c.Limits.ExpiredPerSender = 2 })
			must(t, drain(h))
			dana := h.at(store.Dana, store.Brightwater)
			for i := range 5 {
				_, err := h.CreateInvite(h.ctx(), dana, draft(fmt.Sprintf("lapse%d@brightwater.example", i)))
				must(t, err)
			}
			h.clock.Advance(8 * 24 * time.Hour)
			must(t, drain(h))
			events := h.number("select count(*) from events where kind = 'invite.expired' and at = $1", h.clock.Now().UnixMicro())
			mails := h.number("select count(*) from deliveries where kind = 'invite_expired' and recipient = $1 and created_at = $2", store.Dana, h.clock.Now().UnixMicro())
			if events < 5 || mails != 2 {
				t.Errorf("%d expired, %d mails", events, mails)
			}
		})
	}
}

func drain(h house) error {
	for {
		if n, err := h.ExpireDue(h.ctx(), 100); err != nil || n == 0 {
			return err
		}
	}
}

// The chart shows each offer once, in the week it was last sent.
func TestInviteWeeks(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		weeks, partial, err := h.InviteWeeks(h.ctx(), dana, store.Query{})
		must(t, err)
		if len(weeks) != 12 || partial || weeks[11].Start.Weekday() != time.Monday || weeks[11].Start.After(h.clock.Now()) {
			t.Fatalf("%d weeks to %s, partial %v", len(weeks), weeks[len(weeks)-1].Start, partial)
		}
		want := map[domain.State]int{}
		must(t, h.EachInvite(h.ctx(), dana, store.Query{}, func(m domain.Membership) error {
			if !m.SentAt.Before(weeks[0].Start) {
				state := m.State(h.clock.Now())
				if !m.AcceptedAt.IsZero() {
					state = domain.StateAccepted
				}
				want[state]++
			}
			return nil
		}))
		got := map[domain.State]int{}
		for _, w := range weeks {
			for state, n := range w.States {
				got[state] += n
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || got[domain.StatePending] == 0 || got[domain.StateExpired] == 0 || got[domain.StateRevoked] == 0 || got[domain.StateAccepted] == 0 {
			t.Errorf("shows %v, want %v", got, want)
		}
	})
}

// RACE-01: of fifty acceptances at once one lets in, and makes one person.
func TestFiftyAcceptances(t *testing.T) {
	inHouse(t, func(h house) {
		noor := h.row(store.Noor, store.Brightwater)
		errs := make([]error, 50)
		var all []func()
		for i := range errs {
			all = append(all, func() { _, _, errs[i] = h.accept(noor) })
		}
		together(all...)
		in := 0
		for _, err := range errs {
			switch {
			case err == nil:
				in++
			case !errors.Is(err, domain.ErrNotFound):
				t.Errorf("%v", err)
			}
		}
		if in != 1 || h.number("select count(*) from users where email = $1", store.Noor) != 1 || h.told(noor, domain.InviteAccepted) != 1 {
			t.Errorf("%d let in, %d people, %d events", in, h.number("select count(*) from users where email = $1", store.Noor), h.told(noor, domain.InviteAccepted))
		}
	})
}

// RACE-02: of a revocation and an acceptance at once one wins, and the row says which.
func TestRevokeAgainstAccept(t *testing.T) {
	inHouse(t, func(h house) {
		dana := h.at(store.Dana, store.Brightwater)
		must(t, h.Exec(h.ctx(), "update accounts set reminders = 0"))
		wins := [2]int{}
		for round := range rounds(t, 200) {
			if round%1000 == 999 {
				h.clock.Advance(time.Hour)
			}
			m, err := h.CreateInvite(h.ctx(), dana, draft(fmt.Sprintf("race%d@brightwater.example", round)))
			must(t, err)
			var outcomes []store.Outcome
			var revoked, accepted error
			together(
				func() { outcomes, revoked = h.Revoke(h.ctx(), dana, chosen(m)) },
				func() { _, _, accepted = h.accept(m) },
			)
			must(t, revoked)
			now := h.row(m.Email, store.Brightwater)
			switch {
			case outcomes[0].Err == nil && errors.Is(accepted, domain.ErrNotFound) && !now.RevokedAt.IsZero() && now.AcceptedAt.IsZero():
				wins[0]++
			case reason(outcomes[0].Err) == "not_pending" && accepted == nil && now.RevokedAt.IsZero() && !now.AcceptedAt.IsZero():
				wins[1]++
			default:
				t.Fatalf("round %d: revoked %v, accepted %v, the row %+v", round, outcomes[0].Err, accepted, now)
			}
		}
		t.Logf("revoked %d, accepted %d", wins[0], wins[1])
	})
}

// RACE-10: fifty invites of one address at once are one invite and one mail; fifty addresses at once stay within
// the limit.
func TestFiftyInvites(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t, engine, func(c *store.Config) { c.Limits.SendsPerHour = 11 })
			dana := h.at(store.Dana, store.Brightwater)
			errs := make([]error, 50)
			at := func(email func(i int) string) {
				var all []func()
				for i := range errs {
					all = append(all, func() { _, errs[i] = h.CreateInvite(h.ctx(), dana, draft(email(i))) })
				}
				together(all...)
			}
			good := func() (n int) {
				for _, err := range errs {
					if err == nil {
						n++
					}
				}
				return n
			}
			at(func(int) string { return "fifty@brightwater.example" })
			m := h.row("fifty@brightwater.example", store.Brightwater)
			if good() != 1 || len(h.owed(m, domain.InviteMail)) != 1 || m.Generation != 1 {
				t.Errorf("%d invites, %d mails, generation %d", good(), len(h.owed(m, domain.InviteMail)), m.Generation)
			}
			for _, err := range errs {
				if err != nil && reason(err) != "problems: email: already_invited" {
					t.Errorf("%v", err)
				}
			}
			at(func(i int) string { return fmt.Sprintf("many%d@brightwater.example", i) })
			if n := h.number("select count(*) from memberships where email like 'many%'"); good() != 10 || n != 10 {
				t.Errorf("%d invites were made, %d are there; 10 were left", good(), n)
			}
			for _, err := range errs {
				if err != nil && !errors.Is(err, domain.ErrTooMany) {
					t.Errorf("%v", err)
				}
			}
		})
	}
}
