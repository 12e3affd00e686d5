package domain

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// walk is one account whose people do things to each other at random, while time passes.
type walk struct {
	account Account
	clock   time.Time
	members []Membership
	people  []User
	done    map[string]int
}

// TestRandomWalk: whatever several actors do, the account keeps a keeper, no impossible combination of facts comes
// about, and every change tells whom it happened to, and no secret.
func TestRandomWalk(t *testing.T) {
	done := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := &walk{
			account: Account{ID: "a", Kind: rapid.SampledFrom([]AccountKind{Customer, Partner}).Draw(t, "kind"), Country: "US", InviteDays: 7, SiteAdminsInvite: rapid.Bool().Draw(t, "on")},
			clock:   now, done: done,
		}
		for i := range 6 {
			id := fmt.Sprintf("p%d", i)
			u := User{ID: id, Email: id + "@example.com", FirstName: id, LastName: "Walker", Language: "en", TimeZone: zones[i], PasswordHash: secret}
			if i%2 == 0 {
				u.Phone = fmt.Sprintf("+1555000000%d", i)
			}
			w.people = append(w.people, u)
		}
		keeper := KeeperRoles(w.account.Kind)[0]
		root := Membership{
			ID: "m0", AccountID: "a", Kind: KindUser, UserID: "p0", Email: "p0@example.com", FirstName: "p0", LastName: "Walker", Role: keeper,
			Scope: Whole("a"), Generation: 1, SentAt: now.Add(-day), ExpiresAt: now.Add(6 * day), AcceptedAt: now, Language: "en",
		}
		w.members = append(w.members, root)
		for range rapid.IntRange(100, 300).Draw(t, "steps") {
			w.step(t)
			w.check(t)
		}
	})
	for _, name := range []string{
		"invite", "resend", "correct", "revoke", "copy", "accept", "role", "scope", "notify", "end", "suspend", "resume", "sessions", "remove", "expire", "remind", "ask",
	} {
		t.Logf("%s: %d", name, done[name])
		if done[name] == 0 {
			t.Errorf("no walk ever came to %s: the walk proves little", name)
		}
	}
}

// actor is a member as the one who asks: the zero Actor for those without access.
func (w *walk) actor(m Membership) Actor {
	if !m.Active(w.clock) {
		return Actor{}
	}
	r, ok := ParseRole(string(m.Role), w.account.Kind)
	if !ok {
		return Actor{}
	}
	i := slices.IndexFunc(w.people, func(u User) bool { return u.ID == m.UserID })
	return Actor{User: w.people[i], Account: w.account, Membership: m.ID, Role: r, Scope: m.Scope}
}

// behind is who stands behind an offer, as they are now.
func (w *walk) behind(m Membership) Actor {
	for _, other := range w.members {
		if other.UserID == m.InvitedBy && other.RemovedAt.IsZero() {
			return w.actor(other)
		}
	}
	return Actor{}
}

// keeps is the rule in other words than domain's: who keeps the account manageable.
func (w *walk) keeps(m Membership) bool {
	return m.UserID != "" && m.RemovedAt.IsZero() && m.SuspendedAt.IsZero() && m.EndsAt.IsZero() &&
		(m.Role == "admin" || m.Role == "deployer" || m.Role == "master") && slices.Contains(m.Scope, Node{Account: "a"})
}

func (w *walk) step(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "time passes") == 0 {
		w.clock = w.clock.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour)
	}
	who := rapid.SampledFrom(w.members).Draw(t, "who")
	if rapid.IntRange(0, 3).Draw(t, "anybody") > 0 { // mostly somebody who may do much
		if able := slices.DeleteFunc(slices.Clone(w.members), func(m Membership) bool { return !w.actor(m).Can(EditUsers) }); len(able) > 0 {
			who = rapid.SampledFrom(able).Draw(t, "who, able")
		}
	}
	by := w.actor(who)
	if w.account.Kind == Customer && rapid.IntRange(0, 9).Draw(t, "support") == 0 {
		by = actor("support", w.account, RoleSupport, Whole("a"))
	}
	var ids []RoleID
	for _, r := range RolesOf(w.account.Kind) {
		ids = append(ids, r.ID)
	}
	role := rapid.SampledFrom(ids).Draw(t, "role")
	scope := rapid.SampledFrom([]Scope{Whole("a"), Whole("a"), Sites("a", "s"), Sites("a", "t"), Sites("a", "s", "t"), Sites("b", "s"), nil}).Draw(t, "scope")
	var end time.Time
	if rapid.IntRange(0, 4).Draw(t, "ends") == 0 {
		end = w.clock.Add(time.Duration(rapid.IntRange(-5, 400).Draw(t, "hours to the end")) * time.Hour)
	}
	person := rapid.SampledFrom(w.people).Draw(t, "person")
	in := Invitation{
		Email: person.Email, FirstName: "Invited", LastName: "Walker", Phone: "+15559999999", Language: "en", Role: role, Scope: scope,
		NotifyText: rapid.Bool().Draw(t, "texts"), EndsAt: end,
	}
	if !in.NotifyText {
		in.Phone = ""
	}
	i := rapid.IntRange(0, len(w.members)-1).Draw(t, "target")
	before := w.members[i]
	keepers := 0
	for _, m := range w.members {
		if m.ID != before.ID && w.keeps(m) {
			keepers++
		}
	}
	after, e, err := before, Event{}, error(nil)
	if rapid.IntRange(0, 2).Draw(t, "the fitting person") > 0 {
		person = w.people[slices.IndexFunc(w.people, func(u User) bool { return u.Email == before.Email })]
	}
	what := rapid.SampledFrom([]string{
		"invite", "invite", "invite", "accept", "accept", "accept", "resend", "correct", "revoke", "copy", "role", "scope", "notify", "end", "suspend", "suspend", "resume", "resume",
		"sessions", "remove", "expire", "remind", "ask",
	}).Draw(t, "action")
	switch what {
	case "invite":
		i = slices.IndexFunc(w.members, func(m Membership) bool { return m.Email == in.Email && m.RemovedAt.IsZero() })
		before = Membership{}
		if i >= 0 {
			before = w.members[i]
		}
		after, e, err = Invite(before, in, by, w.clock)
		if err == nil && i < 0 {
			i, after.ID = len(w.members), fmt.Sprintf("m%d", len(w.members))
			e.SubjectID = after.ID
			w.members = append(w.members, after)
		}
	case "accept":
		after, e, err = before.Accept(person, w.behind(before), "", w.clock)
	case "resend":
		after, e, err = before.Resend(by, w.clock)
	case "correct":
		in.Email = before.Email
		after, e, err = before.Correct(in, by, w.clock)
	case "revoke":
		after, e, err = before.Revoke(by, w.clock)
	case "copy":
		e, err = before.CopyLink(by, w.clock)
	case "role":
		after, e, err = before.ChangeRole(by, role, keepers, w.clock)
	case "scope":
		after, e, err = before.ChangeScope(by, scope, keepers, w.clock)
	case "notify":
		after, e, err = before.SetNotifications(by, rapid.Bool().Draw(t, "email"), in.NotifyText, w.clock)
	case "end":
		if rapid.Bool().Draw(t, "soon") {
			end = w.clock.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "hours to that end")) * time.Hour)
		}
		after, e, err = before.SetEnd(by, end, keepers, w.clock)
	case "suspend":
		after, e, err = before.Suspend(by, keepers, w.clock)
	case "resume":
		after, e, err = before.Resume(by, w.clock)
	case "sessions":
		after, e, err = before.EndSessions(by, w.clock)
	case "remove":
		after, e, err = before.Remove(by, keepers, w.clock)
	case "expire":
		after, e, err = before.Expire(w.clock)
	case "remind":
		after, e, err = before.Remind(w.clock)
	case "ask":
		e, err = before.AskAgain(w.clock)
	}
	if err != nil {
		if len(differing(before, after)) > 0 || e.Kind != "" {
			t.Fatalf("%s is refused (%v), yet there is %+v", what, err, e)
		}
		return
	}
	w.done[what]++
	w.members[i] = after
	if e.SubjectID != after.ID || e.AccountID != "a" || e.Kind == "" || !e.At.Equal(w.clock) || e.SubjectName != after.Name() {
		t.Fatalf("%s: %+v", what, e)
	}
	if text := fmt.Sprintf("%+v", e); strings.Contains(text, "argon2") || after.Phone != "" && strings.Contains(text, after.Phone) {
		t.Fatalf("%s tells too much: %s", what, text)
	}
}

// check looks for what must never be.
func (w *walk) check(t *rapid.T) {
	if !slices.ContainsFunc(w.members, w.keeps) {
		t.Fatal("nobody keeps the account")
	}
	open := map[string]bool{}
	for _, m := range w.members {
		isIn := !m.AcceptedAt.IsZero()
		_, known := ParseRole(string(m.Role), w.account.Kind)
		for what, wrong := range map[string]bool{
			"a person without acceptance, or the other way round": isIn != (m.UserID != ""),
			"accepted and closed":                                  isIn && (!m.RevokedAt.IsZero() || !m.DeclinedAt.IsZero()),
			"closed twice":                                         !m.RevokedAt.IsZero() && !m.DeclinedAt.IsZero(),
			"suspended or removed, and never in":                   !isIn && (!m.SuspendedAt.IsZero() || !m.RemovedAt.IsZero()),
			"suspended by nobody, or not suspended by somebody":    m.SuspendedAt.IsZero() != (m.SuspendedBy == ""),
			"suspended in a role that cannot be":                   !m.SuspendedAt.IsZero() && (m.Role == RolePartnerAdmin || m.Role == RoleMaster),
			"texts to nowhere":                                     m.NotifyText && m.Phone == "",
			"a role that nobody holds":                             !known || m.Role == RoleSupport,
			"no scope, or one that leaves the account":             !Whole("a").Contains(m.Scope),
			"never sent":                                           m.Generation < 1 || m.SentAt.IsZero(),
			"open for longer than the period, or not at all":       m.ExpiresAt.Sub(m.SentAt) > 7*day || !m.ExpiresAt.After(m.SentAt) && m.EndsAt.IsZero(),
			"open beyond its end":                                  !isIn && !m.EndsAt.IsZero() && m.ExpiresAt.After(m.EndsAt),
			"too many reminders":                                   m.Reminders > 2,
			"an expiry told of what is still open":                 m.ExpiryTold && m.State(w.clock) == StatePending,
			"changed in the future":                                m.SentAt.After(w.clock) || m.AcceptedAt.After(w.clock) || m.RevokedAt.After(w.clock),
			"two lives of one address":                             m.RemovedAt.IsZero() && open[m.Email],
			"somebody else's person":                               isIn && m.Email != m.UserID+"@example.com",
			"active without access, or the other way round":        m.Active(w.clock) != (isIn && m.SuspendedAt.IsZero() && m.RemovedAt.IsZero() && (m.EndsAt.IsZero() || w.clock.Before(m.EndsAt))),
			"another account, kind or no name for the one invited": m.AccountID != "a" || m.Kind != KindUser || m.Name() == "",
		} {
			if wrong {
				t.Fatalf("%s: %+v", what, m)
			}
		}
		open[m.Email] = open[m.Email] || m.RemovedAt.IsZero()
	}
}
