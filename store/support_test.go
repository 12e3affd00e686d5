package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var twoHours = domain.SupportDraft{Reason: "Invites do not arrive", Hours: "2"}

// noSupport forgets the support access of the demo.
func (h house) noSupport() {
	h.t.Helper()
	must(h.t, h.Exec(h.ctx(), "delete from support_grants"))
}

// grantSupport lets Dana grant support access to Brightwater for two hours.
func (h house) grantSupport() domain.SupportGrant {
	h.t.Helper()
	g, err := h.GrantSupport(h.ctx(), h.at(store.Dana, store.Brightwater), twoHours)
	must(h.t, err)
	return g
}

func (h house) askSupport(email, slug string) (domain.SupportGrant, error) {
	d := twoHours
	d.Account = slug
	return h.AskSupport(h.ctx(), h.at(email, store.Northgate), d)
}

// enterSupport takes somebody of the partner inside, in a new session.
func (h house) enterSupport(email string, g domain.SupportGrant) (string, error) {
	_, hash := h.signIn(email)
	bound := store.HashSecret(store.NewSecret())
	_, err := h.EnterSupport(h.ctx(), h.at(email, store.Northgate), g.ID, hash, bound)
	return bound, err
}

// inside is who a session is in Brightwater; no Membership when it is nobody there.
func (h house) inside(session string) domain.Actor {
	h.t.Helper()
	by, err := h.Actor(h.ctx(), session, store.Brightwater, "203.0.113.9")
	if err != nil {
		wantErr(h.t, "who is inside", err, domain.ErrNotFound)
		return domain.Actor{}
	}
	return by
}

// The whole way of a request: asked, told by mail, answered, told by mail; and both histories say so.
func TestSupportIsAskedForAndAnswered(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport()
		mails := func(kind domain.DeliveryKind) []string {
			to, err := h.Texts(h.ctx(), "select recipient from deliveries where kind = $1 and sent_at = 0 and failed_at = 0 order by recipient", string(kind))
			must(t, err)
			return to
		}
		g, err := h.askSupport(store.Devon, store.Brightwater)
		must(t, err)
		if to := mails(domain.SupportAskedMail); !slices.Contains(to, store.Dana) || !slices.Contains(to, store.Jonas) || slices.Contains(to, store.Ingrid) || slices.Contains(to, store.Samuel) {
			t.Errorf("a request is told to %v", to)
		}
		if _, err := h.askSupport(store.Marisol, store.Brightwater); problem(err, "account") != "support_waiting" {
			t.Errorf("a second request: %v", err)
		}
		if _, err := h.GrantSupport(h.ctx(), h.at(store.Dana, store.Brightwater), twoHours); !errors.Is(err, domain.ErrStale) {
			t.Errorf("granted beside a request: %v", err)
		}
		if _, err := h.enterSupport(store.Devon, g); !errors.Is(err, domain.ErrStale) {
			t.Errorf("entered by a request: %v", err)
		}
		dana := h.at(store.Dana, store.Brightwater)
		g, err = h.AnswerSupport(h.ctx(), dana, g.ID, true)
		must(t, err)
		if to := mails(domain.SupportAnsweredMail); !slices.Equal(to, []string{store.Devon}) || g.State(h.clock.Now()) != domain.SupportOpen {
			t.Errorf("%s, the answer is told to %v", g.State(h.clock.Now()), to)
		}
		if _, err := h.AnswerSupport(h.ctx(), dana, g.ID, false); !errors.Is(err, domain.ErrStale) {
			t.Errorf("answered twice: %v", err)
		}
		owed, err := h.ClaimDeliveries(h.ctx(), "w", time.Minute, 100)
		must(t, err)
		for _, d := range owed {
			if d.Kind == domain.SupportAskedMail && h.superseded(d) == "" {
				t.Error("an answered request is still mailed")
			}
			if d.Kind == domain.SupportAnsweredMail {
				if m := message(t, h.Store, d); m.Superseded != "" || m.Partner.Slug != store.Northgate || m.Support.ID != g.ID {
					t.Errorf("%+v", m)
				}
			}
		}
		for _, slug := range []string{store.Brightwater, store.Northgate} {
			kinds, err := h.Texts(h.ctx(), "select kind from events where subject_id = $1 and account_id = (select id from accounts where slug = $2) order by at, kind", g.ID, slug)
			must(t, err)
			if !slices.Equal(kinds, []string{"support.asked", "support.granted"}) {
				t.Errorf("%s: %v", slug, kinds)
			}
		}
		// Refused, then asked again, then taken back.
		must(t, second(h.EndSupport(h.ctx(), dana, g.ID)))
		g, err = h.askSupport(store.Devon, store.Brightwater)
		must(t, err)
		must(t, second(h.AnswerSupport(h.ctx(), dana, g.ID, false)))
		g, err = h.askSupport(store.Devon, store.Brightwater)
		must(t, err)
		must(t, second(h.WithdrawSupport(h.ctx(), h.at(store.Marisol, store.Northgate), g.ID)))
		if _, err := h.AnswerSupport(h.ctx(), dana, g.ID, true); !errors.Is(err, domain.ErrStale) {
			t.Errorf("allowed after it was taken back: %v", err)
		}
	})
}

// PRIV-12, A15: the real grants make Support Providers of the partner's people, exempt from the allowed domains while they
// last and no longer.
func TestPRIV12_RealGrantsExempt(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport()
		must(t, h.Exec(h.ctx(), "update accounts set allowed_domains = 'brightwater.example' where slug = $1", store.Brightwater))
		invite := func() error {
			_, err := h.CreateInvite(h.ctx(), h.at(store.Dana, store.Brightwater), draftFor(store.Devon))
			return err
		}
		for _, end := range []func(domain.SupportGrant){
			func(g domain.SupportGrant) {
				must(t, second(h.EndSupport(h.ctx(), h.at(store.Dana, store.Brightwater), g.ID)))
			},
			func(domain.SupportGrant) { h.clock.Advance(2 * time.Hour) },
		} {
			if problem(invite(), "email") != "domain_outside" {
				t.Error("exempt before access is granted")
			}
			g := h.grantSupport()
			m, err := h.CreateInvite(h.ctx(), h.at(store.Dana, store.Brightwater), draftFor(store.Devon))
			must(t, err)
			must(t, second(h.Revoke(h.ctx(), h.at(store.Dana, store.Brightwater), store.Chosen{IDs: []string{m.ID}})))
			end(g)
		}
		if problem(invite(), "email") != "domain_outside" {
			t.Error("exempt after it is over")
		}
	})
}

// R7, PRIV-12: whatever ends it, the next question is answered as by nobody, on every node: each reads it anew.
func TestPRIV12_SupportEndsAtOnce(t *testing.T) {
	inHouse(t, func(h house) {
		for name, end := range map[string]func(g domain.SupportGrant){
			"ended": func(g domain.SupportGrant) {
				must(t, second(h.EndSupport(h.ctx(), h.at(store.Dana, store.Brightwater), g.ID)))
			},
			"its time is over": func(domain.SupportGrant) {
				must(t, h.Exec(h.ctx(), "update support_grants set ends_at = $1", store.Micros(h.clock.Now())))
			},
			"locked":         func(domain.SupportGrant) { h.atPartner("suspended_at = 1") },
			"removed":        func(domain.SupportGrant) { h.atPartner("removed_at = 1") },
			"past their end": func(domain.SupportGrant) { h.atPartner("ends_at = 1") },
			"demoted":        func(domain.SupportGrant) { h.atPartner("role = 'observer'") },
			"account suspended": func(domain.SupportGrant) {
				must(t, h.Exec(h.ctx(), "update accounts set suspended_at = 1 where slug = $1", store.Brightwater))
			},
			"partner suspended": func(domain.SupportGrant) {
				must(t, h.Exec(h.ctx(), "update accounts set suspended_at = 1 where slug = $1", store.Northgate))
			},
			"account moved": func(domain.SupportGrant) {
				must(t, h.Exec(h.ctx(), "update accounts set partner_id = null where slug = $1", store.Brightwater))
			},
		} {
			h.noSupport()
			g := h.grantSupport()
			session, err := h.enterSupport(store.Devon, g)
			must(t, err)
			by := h.inside(session)
			if by.Role.ID != domain.RoleSupport || by.OnBehalf != "Northgate Integrators" || by.Account.Slug != store.Brightwater {
				t.Fatalf("inside as %+v", by)
			}
			patrick := h.row(store.Patrick, store.Brightwater)
			end(g)
			if now := h.inside(session); now.Membership != "" {
				t.Errorf("%s: still inside", name)
			}
			// Who asked before it ended changes nothing after it.
			_, err = h.Revoke(h.ctx(), by, store.Chosen{IDs: []string{patrick.ID}})
			wantErr(t, name+": revoke", err, domain.ErrNotFound)
			if h.row(store.Patrick, store.Brightwater).State(h.clock.Now()) != patrick.State(h.clock.Now()) {
				t.Errorf("%s: the invite has changed", name)
			}
			must(t, h.Exec(h.ctx(), "update accounts set suspended_at = 0"))
			must(t, h.Exec(h.ctx(), "update accounts set partner_id = (select id from accounts where slug = $1) where slug = $2", store.Northgate, store.Brightwater))
			h.atPartner("suspended_at = 0, removed_at = 0, ends_at = 0, role = 'operator'")
			// A session whose access is over goes home.
			u, err := h.PersonByEmail(h.ctx(), store.Devon)
			must(t, err)
			must(t, h.ReturnHome(h.ctx(), u, session, session, ""))
			if home, err := h.Actor(h.ctx(), session, store.Northgate, ""); err != nil || home.Role.ID != domain.RoleOperator {
				t.Errorf("%s: not at home again: %v", name, err)
			}
		}
	})
}

// atPartner changes Devon's place in the partner, past all rules; not the removed copy that every place has here.
func (h house) atPartner(set string) {
	h.t.Helper()
	must(h.t, h.Exec(h.ctx(), "update memberships set "+set+" where email = $1 and account_id = (select id from accounts where slug = $2) and id not like '010%'",
		store.Devon, store.Northgate))
}

// SESS, TEN: a session stands in one place: inside it is nobody at home and elsewhere, and the other way round.
func TestTEN15_SupportBindsTheSession(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport()
		g := h.grantSupport()
		_, home := h.signIn(store.Devon)
		if by := h.inside(home); by.Membership != "" {
			t.Error("inside without having entered")
		}
		session, err := h.enterSupport(store.Devon, g)
		must(t, err)
		for _, slug := range []string{store.Northgate, store.Cobalt, store.Larkspur, "twin"} {
			_, err := h.Actor(h.ctx(), session, slug, "")
			wantErr(t, slug+" from inside", err, domain.ErrNotFound)
		}
		// Another session of theirs stays at home, and who else is inside is themself.
		if by := h.inside(home); by.Membership != "" {
			t.Error("inside by another session")
		}
		other, err := h.enterSupport("lucia.romano@northgate.example", g)
		must(t, err)
		for hash, email := range map[string]string{session: store.Devon, other: "lucia.romano@northgate.example"} {
			if by := h.inside(hash); by.User.Email != email {
				t.Errorf("%s is inside as %q", email, by.User.Email)
			}
		}
		at, err := h.GuestActor(h.ctx(), session, "")
		if must(t, err); at.Account.Slug != store.Brightwater || at.Kind != domain.KindSupport {
			t.Errorf("the session stands in %s as %s", at.Account.Slug, at.Kind)
		}
		// Somebody else's bound session is nobody's: an Observer, and one of another partner, cannot enter.
		if _, err := h.enterSupport(store.Sanjay, g); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("an Observer enters: %v", err)
		}
		must(t, h.Exec(h.ctx(), "update support_grants set partner_id = (select id from accounts where slug = 'larkspur')"))
		if _, err := h.enterSupport(store.Devon, g); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("another partner's grant lets in: %v", err)
		}
		if by := h.inside(session); by.Membership != "" {
			t.Error("still inside by another partner's grant")
		}
	})
}

// What is over stands once among what is over, however it came to its end.
func TestSupportThatIsOverStandsOnce(t *testing.T) {
	inHouse(t, func(h house) {
		page, err := h.Supports(h.ctx(), h.at(store.Nora, store.Northgate), store.SupportQuery{States: []domain.SupportState{domain.SupportOver}})
		must(t, err)
		seen := map[string]bool{}
		for _, line := range page.Rows {
			if seen[line.ID] {
				t.Errorf("%q stands there twice", line.Reason)
			}
			seen[line.ID] = true
		}
		want := h.number("select count(*) from support_grants where starts_at > 0 and (ended_at > 0 or ends_at <= $1)", store.Micros(h.clock.Now()))
		if int64(len(seen)) != want || want < 2 {
			t.Errorf("%d are over, want %d", len(seen), want)
		}
	})
}

// Who may enter and has not the second factor that the account asks for is told so, and stays where they are; where there
// is nothing to enter any more it is said that it is over.
func TestSupportIsToldWhatKeepsItOut(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport()
		g := h.grantSupport()
		policy := func(rule string) {
			must(t, h.Exec(h.ctx(), "update accounts set second_factor = $1, second_factor_from = 1 where slug = $2", rule, store.Brightwater))
		}
		policy(string(domain.FactorForAll))
		_, home := h.signIn(store.Devon)
		for want, arrange := range map[string]func(){
			"support_factor": func() {},
			"support_over": func() {
				must(t, h.Exec(h.ctx(), "update support_grants set ended_at = 1 where id = $1", g.ID))
			},
		} {
			must(t, h.Exec(h.ctx(), "update support_grants set ended_at = 0 where id = $1", g.ID))
			arrange()
			_, err := h.EnterSupport(h.ctx(), h.at(store.Devon, store.Northgate), g.ID, home, "bound")
			var refusal *domain.Refusal
			if !errors.As(err, &refusal) || refusal.Code != want || refusal.Args["Company"] != g.AccountName || !errors.Is(err, domain.ErrStale) {
				t.Errorf("%v, want %s", err, want)
			}
			if by, err := h.Actor(h.ctx(), home, store.Northgate, ""); err != nil || by.Account.Slug != store.Northgate {
				t.Errorf("%s: not at home: %v", want, err)
			}
		}
	})
}

// AUD-01: what is done inside stands in the account's history with both names, and an invite sent again keeps who stands
// behind it.
func TestAUD01_BothNames(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport()
		g := h.grantSupport()
		session, err := h.enterSupport(store.Devon, g)
		must(t, err)
		by := h.inside(session)
		was := h.row(store.Stefan, store.Brightwater)
		out, err := h.Resend(h.ctx(), by, store.Chosen{IDs: []string{was.ID}})
		must(t, err)
		must(t, out[0].Err)
		if now := h.row(store.Stefan, store.Brightwater); now.InvitedBy != was.InvitedBy || now.Generation != was.Generation+1 {
			t.Errorf("%+v", now)
		}
		events, _, err := h.EventsOf(h.ctx(), h.at(store.Dana, store.Brightwater), was.ID, "", 1)
		must(t, err)
		if e := events[0]; e.Kind != domain.InviteResent || e.ActorName != "Devon Ashby" || e.OnBehalf != "Northgate Integrators" {
			t.Errorf("%+v", e)
		}
		u, err := h.PersonByEmail(h.ctx(), store.Devon)
		must(t, err)
		must(t, h.ReturnHome(h.ctx(), u, session, session, "203.0.113.9"))
		v, err := h.Support(h.ctx(), h.at(store.Dana, store.Brightwater))
		must(t, err)
		var kinds []string
		for _, e := range v.Uses {
			kinds = append(kinds, string(e.Kind)+" "+e.ActorName+" "+e.OnBehalf)
		}
		slices.Sort(kinds)
		if want := []string{"support.entered Devon Ashby Northgate Integrators", "support.granted Dana Whitfield ", "support.left Devon Ashby Northgate Integrators"}; !slices.Equal(kinds, want) {
			t.Errorf("%q", kinds)
		}
	})
}

// RACE-06: who ends the access and who revokes by it at once: the change comes before the end in the history, or is refused.
func TestRACE06_EndedWhileRevoking(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport()
		dana := h.at(store.Dana, store.Brightwater)
		before, refused := 0, 0
		for i := range 30 {
			g := h.grantSupport()
			by, err := h.SupportActor(h.ctx(), h.at(store.Devon, store.Northgate), g.ID)
			must(t, err)
			m, err := h.CreateInvite(h.ctx(), dana, draftFor(fmt.Sprintf("race%d@brightwater.example", i)))
			must(t, err)
			var revoked, ended error
			together(func() { _, revoked = h.ActForSupport(h.ctx(), by, store.Chosen{IDs: []string{m.ID}}, false) },
				func() { _, ended = h.EndSupport(h.ctx(), dana, g.ID) })
			must(t, ended)
			state := h.row(m.Email, store.Brightwater).State(h.clock.Now())
			switch {
			case revoked == nil && state == domain.StateRevoked:
				before++
				order, err := h.Texts(h.ctx(), "select kind from events where account_id = $1 and (subject_id = $2 and kind = 'invite.revoked' or subject_id = $3 and kind = 'support.ended') order by id", dana.Account.ID, m.ID, g.ID)
				must(t, err)
				if !slices.Equal(order, []string{"invite.revoked", "support.ended"}) {
					t.Errorf("%v", order)
				}
			case errors.Is(revoked, domain.ErrNotFound) && state == domain.StatePending:
				refused++
			default:
				t.Errorf("%v, and the invite is %s", revoked, state)
			}
			h.clock.Advance(time.Second)
		}
		t.Logf("%d revoked before the end, %d refused", before, refused)
	})
}

// RACE: many ask and grant at once: one thing stands between an account and its partner.
func TestRACE10_OneSupportAtATime(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport()
		var done, other atomic.Int64
		var all []func()
		for i := range 12 {
			all = append(all, func() {
				var err error
				if i%2 == 0 {
					_, err = h.askSupport(store.Devon, store.Brightwater)
				} else {
					_, err = h.GrantSupport(h.ctx(), h.at(store.Dana, store.Brightwater), twoHours)
				}
				var p domain.Problems
				switch {
				case err == nil:
					done.Add(1)
				case !errors.As(err, &p) && !errors.Is(err, domain.ErrStale):
					other.Add(1)
					t.Error(err)
				}
			})
		}
		together(all...)
		if n := h.number("select count(*) from support_grants"); done.Load() != 1 || n != 1 {
			t.Errorf("%d were told it is done, %d rows", done.Load(), n)
		}
	})
}

// TEN-02, TEN-04: another company's grant is as none, for reading and for every change.
func TestTEN04_ForeignSupport(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport()
		g := h.grantSupport()
		asked, err := h.askSupport(store.Devon, store.Cobalt)
		must(t, err)
		cora, lars := h.at(store.Cora, store.Cobalt), h.at(store.Lars, store.Larkspur)
		for name, err := range map[string]error{
			"end":      second(h.EndSupport(h.ctx(), cora, g.ID)),
			"extend":   second(h.ExtendSupport(h.ctx(), cora, g.ID, twoHours)),
			"answer":   second(h.AnswerSupport(h.ctx(), lars, asked.ID, true)),
			"withdraw": second(h.WithdrawSupport(h.ctx(), lars, asked.ID)),
			"inside":   second(h.SupportActor(h.ctx(), cora, g.ID)),
			"line":     second(h.SupportLine(h.ctx(), lars, g.ID)),
			"none":     second(h.EndSupport(h.ctx(), cora, "none")),
			"no id":    second(h.EndSupport(h.ctx(), cora, "\x00")),
		} {
			wantErr(t, name, err, domain.ErrNotFound)
		}
		// So is, for either side, what is the other's to do.
		devon, dana := h.at(store.Devon, store.Northgate), h.at(store.Dana, store.Brightwater)
		wantErr(t, "the partner grants itself", second(h.AnswerSupport(h.ctx(), devon, asked.ID, true)), domain.ErrNotFound)
		wantErr(t, "the partner extends", second(h.ExtendSupport(h.ctx(), devon, g.ID, twoHours)), domain.ErrNotFound)
		wantErr(t, "the partner ends", second(h.EndSupport(h.ctx(), devon, g.ID)), domain.ErrNotFound)
		wantErr(t, "the account withdraws", second(h.WithdrawSupport(h.ctx(), cora, asked.ID)), domain.ErrNotFound)
		wantErr(t, "the account enters", second(h.SupportActor(h.ctx(), dana, g.ID)), domain.ErrNotFound)
		// Only who is inside acts there from the partner's page, on one invite.
		patrick, noor := h.row(store.Patrick, store.Brightwater), h.row(store.Noor, store.Brightwater)
		inside, err := h.SupportActor(h.ctx(), h.at(store.Devon, store.Northgate), g.ID)
		must(t, err)
		for who, ask := range map[string]struct {
			by   domain.Actor
			rows []domain.Membership
		}{"the account's Admin": {dana, []domain.Membership{patrick}}, "two at once": {inside, []domain.Membership{patrick, noor}}, "none": {inside, nil}} {
			wantErr(t, who, second(h.ActForSupport(h.ctx(), ask.by, chosen(ask.rows...), true)), domain.ErrNotFound)
		}
		if _, err := h.askSupport(store.Devon, store.Larkspur); problem(err, "account") != "support_account" {
			t.Errorf("a foreign account: %v", err)
		}
		if _, err := h.askSupport(store.Devon, "nowhere"); problem(err, "account") != "support_account" {
			t.Errorf("no account: %v", err)
		}
	})
}

// TEN-06: an address is found in accounts that grant access now, and the search is the same work whatever others have of it.
func TestTEN06_FindForSupport(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouse(t, engine, func(c *store.Config) { c.Trace = e.hear })
			h.noSupport()
			devon := h.at(store.Devon, store.Northgate)
			find := func(email string) (found []string, heard string) {
				var all []string
				for sql := range e.listen(func() {
					hits, err := h.FindForSupport(h.ctx(), devon, email)
					must(t, err)
					for _, hit := range hits {
						found = append(found, fmt.Sprint(hit.Line.Account.Slug, " ", hit.Membership.State(h.clock.Now()), " ", hit.Resend, " ", hit.Revoke))
					}
				}) {
					all = append(all, sql)
				}
				slices.Sort(all)
				return found, strings.Join(all, "\n")
			}
			// Patrick waits at Brightwater, Noor too; nobody grants anything.
			_, nobody := find("nobody@nowhere.example")
			if found, heard := find(store.Patrick); len(found) != 0 || heard != nobody {
				t.Errorf("found %v without a grant, by other statements", found)
			}
			h.grantSupport()
			if found, _ := find(strings.ToUpper(store.Patrick)); !slices.Equal(found, []string{"brightwater pending true true"}) {
				t.Errorf("%v", found)
			}
			if found, _ := find(store.Stefan); !slices.Equal(found, []string{"brightwater expired true false"}) {
				t.Errorf("%v", found)
			}
			if found, _ := find(store.Dana); !slices.Equal(found, []string{"brightwater accepted false false"}) {
				t.Errorf("%v", found)
			}
			// Cora is in at Cobalt, which grants nothing: she is as somebody nobody knows.
			_, nobody = find("nobody@nowhere.example")
			if found, heard := find(store.Cora); len(found) != 0 || heard != nobody {
				t.Errorf("found %v where nothing is granted", found)
			}
			if found, heard := find("no address"); len(found) != 0 || heard != "" {
				t.Errorf("%v", found)
			}
			if _, err := h.FindForSupport(h.ctx(), h.at(store.Sanjay, store.Northgate), store.Patrick); !errors.Is(err, domain.ErrForbidden) {
				t.Errorf("an Observer finds: %v", err)
			}
		})
	}
}

// The list narrows by state as domain says, and by words of accounts, people and reasons; it and the search of addresses
// read no table whole.
func TestSupportsListScansNothing(t *testing.T) {
	for engine, size := range map[string]int{"sqlite": 300, "postgres": 3000} {
		t.Run(engine, func(t *testing.T) {
			e := &ear{}
			h := newHouseAlone(t, engine, func(c *store.Config) { c.Trace = e.hear })
			h.noSupport()
			asked, err := h.askSupport(store.Devon, store.Cobalt)
			must(t, err)
			g := h.grantSupport()
			now := h.clock.Now()
			for i := range size {
				at := now.Add(-time.Duration(i+1) * time.Hour)
				started, refused, ended := store.Micros(at), int64(0), int64(0)
				switch i % 3 {
				case 1:
					ended = store.Micros(at)
				case 2:
					started, refused = 0, store.Micros(at)
				}
				must(t, h.Exec(h.ctx(), `insert into support_grants (id, account_id, partner_id, starts_at, ends_at, ended_at, granted_by, reason, refused_at, changed_at, search_text)
					values ($1, $2, $3, $4, $5, $6, '', 'Old', $7, $8, 'old cobalt')`, fmt.Sprint("old", i), asked.AccountID, g.PartnerID, started, store.Micros(at), ended, refused, store.Micros(at)))
			}
			if engine == "postgres" {
				must(t, h.Exec(h.ctx(), "analyze"))
			}
			devon := h.at(store.Devon, store.Northgate)
			ids := func(q store.SupportQuery) (out []domain.SupportState) {
				q.Limit = 5
				page, err := h.Supports(h.ctx(), devon, q)
				must(t, err)
				for _, l := range page.Rows {
					out = append(out, l.State(now))
				}
				if q.After = page.Next; q.After != "" {
					_, err = h.Supports(h.ctx(), devon, q)
					must(t, err)
				}
				return out
			}
			heard := 0
			for sql, args := range e.listen(func() {
				for _, few := range []int{1, 1000} {
					h.SetFewest(few)
					for _, state := range domain.SupportStates {
						got := ids(store.SupportQuery{States: []domain.SupportState{state}})
						if len(got) == 0 || slices.ContainsFunc(got, func(s domain.SupportState) bool { return s != state }) {
							t.Errorf("%s gives %v", state, got)
						}
						ids(store.SupportQuery{States: []domain.SupportState{state}, Search: "old"})
					}
					if got := ids(store.SupportQuery{}); len(got) != 5 {
						t.Errorf("%v", got)
					}
					if got := ids(store.SupportQuery{Search: "brightw arrive"}); !slices.Equal(got, []domain.SupportState{domain.SupportOpen}) {
						t.Errorf("the search gives %v", got)
					}
					ids(store.SupportQuery{Search: "old"})
					if got := ids(store.SupportQuery{States: []domain.SupportState{"x"}}); len(got) != 0 {
						t.Errorf("%v", got)
					}
				}
				must(t, second(h.FindForSupport(h.ctx(), devon, store.Patrick)))
				must(t, second(h.Support(h.ctx(), h.at(store.Dana, store.Brightwater))))
				session, err := h.enterSupport(store.Devon, g)
				must(t, err)
				h.inside(session)
				_, err = h.SupportedBy(h.ctx(), g.ID)
				must(t, err)
			}) {
				verb, _, _ := strings.Cut(sql, " ")
				if verb == "select" || verb == "with" || verb == "update" {
					heard++
					storetest.NoScan(t, h.Store, sql, args, "support_grants")
				}
			}
			if heard < 20 {
				t.Errorf("%d statements were heard", heard)
			}
		})
	}
}

// SESS-05: whoever is inside and does nothing for as long as a session may idle is nobody there, though the grant goes on.
func TestSESS05_SupportThatIdlesIsOver(t *testing.T) {
	inHouse(t, func(h house) {
		h.noSupport()
		bound, err := h.enterSupport(store.Devon, h.grantSupport())
		must(h.t, err)
		if h.inside(bound).Membership == "" {
			t.Fatal("nobody is inside")
		}
		h.clock.Advance(29 * time.Minute)
		if h.inside(bound).Membership == "" {
			t.Error("out too early")
		}
		h.clock.Advance(2 * time.Minute)
		if h.inside(bound).Membership != "" {
			t.Error("still inside after 31 minutes")
		}
	})
}
