package domain

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestINV02AcceptAroundTheExpiry(t *testing.T) {
	m := offered(acme, RoleUser, Sites("acme", "s1")) // nobody has told its expiry: the time alone decides
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{-time.Second, "ok"},
		{-time.Microsecond, "ok"},
		{0, "409 not_pending"},
		{time.Microsecond, "409 not_pending"},
		{time.Second, "409 not_pending"},
		{1000 * day, "409 not_pending"},
	} {
		at := m.ExpiresAt.Add(c.after)
		after, _, err := m.Accept(ana(), by(t, "admin"), "", at)
		want(t, "accept "+c.after.String()+" after the expiry", err, c.want)
		if err == nil && (!after.AcceptedAt.Equal(at) || !after.Active(at)) {
			t.Errorf("accepted at %s", after.AcceptedAt)
		}
	}
}

func TestINV05ResendMakesANewPeriod(t *testing.T) {
	for _, days := range []int{0, 1, 7, 30} {
		admin := by(t, "admin")
		admin.Account.InviteDays = days
		period := time.Duration(days) * day
		if days == 0 {
			period = 7 * day // what an account that never chose has
		}
		for _, s := range []State{StatePending, StateExpired, StateRevoked, StateDeclined} {
			before := offered(acme, RoleUser, Whole("acme")).in(s)
			before.Reminders, before.ExpiryTold = 2, true
			m, e, err := before.Resend(admin, now)
			want(t, string(s), err, "ok")
			checkSentFor(t, m, before.Generation+1, period)
			if e.Kind != InviteResent {
				t.Errorf("event %s", e.Kind)
			}
			// Again in the same moment: yet another link.
			again, _, err := m.Resend(admin, now)
			want(t, "again", err, "ok")
			checkSentFor(t, again, before.Generation+2, period)
		}
		m, _, err := Invite(Membership{}, offering, admin, now)
		want(t, "invite", err, "ok")
		checkSentFor(t, m, 1, period)
	}
	accepted := offered(acme, RoleUser, Whole("acme")).in(StateAccepted)
	_, _, err := accepted.Resend(by(t, "admin"), now)
	want(t, "resend to somebody who is in", err, "409 already_accepted")
}

func checkSentFor(t *testing.T, m Membership, generation int, period time.Duration) {
	t.Helper()
	if m.Generation != generation || !m.SentAt.Equal(now) || !m.ExpiresAt.Equal(now.Add(period)) || m.State(now) != StatePending ||
		m.State(now.Add(period)) != StateExpired || m.Reminders != 0 || m.ExpiryTold {
		t.Errorf("not a fresh send of %s: %+v", period, m)
	}
}

// TestINV06RevokedIsDead: what is revoked cannot be accepted, copied or revoked again, and comes back by a new send only.
func TestINV06RevokedIsDead(t *testing.T) {
	admin := by(t, "admin")
	revoked, _, err := offered(acme, RoleUser, Sites("acme", "s1")).Revoke(admin, now)
	want(t, "revoke", err, "ok")
	_, _, err = revoked.Accept(ana(), admin, "", now)
	want(t, "accept", err, "409 not_pending")
	_, err = revoked.CopyLink(admin, now)
	want(t, "copy", err, "409 not_pending")
	_, _, err = revoked.Revoke(admin, now)
	want(t, "revoke again", err, "409 not_pending")
	_, _, err = revoked.Remind(now)
	want(t, "remind", err, "409 no_reminder")
	back, _, err := revoked.Resend(admin, now)
	want(t, "resend", err, "ok")
	if back.Generation != revoked.Generation+1 || !back.RevokedAt.IsZero() {
		t.Errorf("%+v", back)
	}
	fresh, e, err := Invite(revoked, offering, admin, now) // seed 000: a fresh, corrected one can be sent
	want(t, "invite anew", err, "ok")
	if fresh.Role != RoleMember || fresh.ID != revoked.ID || e.Kind != InviteSent {
		t.Errorf("%+v", fresh)
	}
}

// TestINV07OnlyTheInvitedAddressAccepts: the person's proved address is the invite's, or nothing happens. There is no
// way to give Accept an address: the form's cannot reach it.
func TestINV07OnlyTheInvitedAddressAccepts(t *testing.T) {
	m := offered(acme, RoleUser, Sites("acme", "s1"))
	for email, expected := range map[string]string{
		"ana@example.com": "ok", "bob@example.com": "403 other_address", "": "403 other_address", "Ana@example.com": "403 other_address",
		"ana@example.com ": "403 other_address", "ana@example.com.evil.com": "403 other_address",
	} {
		u := ana()
		u.Email = email
		after, _, err := m.Accept(u, by(t, "admin"), "", now)
		want(t, email, err, expected)
		if err == nil && (after.Email != "ana@example.com" || after.UserID != "ana") {
			t.Errorf("%+v", after)
		}
	}
	u := ana()
	u.ID = ""
	_, _, err := m.Accept(u, by(t, "admin"), "", now)
	want(t, "a person who is not stored", err, "403 other_address")
	_, _, err = m.Accept(User{}, by(t, "admin"), "", now)
	want(t, "nobody", err, "403 other_address")
	m.Email = ""
	_, _, err = m.Accept(User{}, by(t, "admin"), "", now)
	want(t, "nobody, on an invite to nobody", err, "403 other_address")
}

// TestINV17AcceptKeepsWhatWasOffered: role, scope, account, end and channels are the invite's.
func TestINV17AcceptKeepsWhatWasOffered(t *testing.T) {
	m := offered(acme, RoleUser, Sites("acme", "s1"))
	m.EndsAt, m.NotifyText = now.Add(100*day), true
	after, e, err := m.Accept(ana(), by(t, "admin"), "192.0.2.9", now)
	want(t, "accept", err, "ok")
	changed := differing(m, after)
	slices.Sort(changed)
	if got := strings.Join(changed, " "); got != "AcceptedAt FirstName Phone UserID" { // last name and language are the same
		t.Errorf("changed %s", got)
	}
	if after.FirstName != "Anna" || after.Phone != "+15557654321" || after.UserID != "ana" || e.From != "192.0.2.9" || e.ActorID != "ana" {
		t.Errorf("%+v, %+v", after, e)
	}
	// Somebody who joined elsewhere without a phone, or with one against the rule here, gets texts where the inviter said (INV-20).
	for _, phone := range []string{"", "+393331234567", "5557654321"} {
		u := ana()
		u.Phone = phone
		after, _, err = m.Accept(u, by(t, "admin"), "", now)
		want(t, "accept", err, "ok")
		if after.Phone != m.Phone {
			t.Errorf("phone %q became %q", phone, after.Phone)
		}
	}
}

// TestINV18WhatStandsBehindAnOfferIsAskedAgain: at acceptance the inviter must still be one who could make it.
func TestINV18WhatStandsBehindAnOfferIsAskedAgain(t *testing.T) {
	offer := offered(acme, RoleAdmin, Sites("acme", "s1", "s2"))
	admin := by(t, "admin")
	demoted, narrowed, closed, moved := admin, admin, admin, admin
	demoted.Role, _ = ParseRole("user", Customer)
	narrowed.Scope = Sites("acme", "s1")
	narrowed.Account.SiteAdminsInvite = true
	closed.Account.SuspendedAt = now.Add(-time.Hour)
	moved.Account.ID, moved.Scope = "globex", Whole("globex")
	kept := admin
	kept.Scope = Sites("acme", "s2", "s1")
	for _, c := range []struct {
		name    string
		inviter Actor
		on      bool
		want    string
	}{
		{"as they were", admin, false, "ok"},
		{"gone", Actor{}, false, "409 offer_withdrawn"},
		{"demoted", demoted, false, "409 offer_withdrawn"},
		{"narrowed", narrowed, true, "409 offer_withdrawn"},
		{"account suspended", closed, false, "409 offer_withdrawn"},
		{"of another account", moved, false, "409 offer_withdrawn"},
		{"a site admin of these sites, inviting", kept, true, "ok"},
		{"a site admin of these sites, no longer inviting", kept, false, "409 offer_withdrawn"},
	} {
		c.inviter.Account.SiteAdminsInvite = c.on
		_, _, err := offer.Accept(ana(), c.inviter, "", now)
		want(t, c.name, err, c.want)
	}
	// Sites that are gone: the scope shrinks, and an offer of nothing is dead.
	offer.Scope = Sites("acme", "s2")
	after, _, err := offer.Accept(ana(), admin, "", now)
	want(t, "one site gone", err, "ok")
	if !after.Scope.Equal(Sites("acme", "s2")) {
		t.Errorf("reaches %s", after.Scope)
	}
	offer.Scope = nil
	_, _, err = offer.Accept(ana(), admin, "", now)
	want(t, "no site left", err, "409 offer_withdrawn")
	_, _, err = offer.Resend(admin, now)
	want(t, "resend an offer of nothing", err, "409 scope_gone")
	_, _, err = offer.Resend(by(t, "support"), now)
	want(t, "support resends an offer of nothing", err, "409 scope_gone")
	in := offering
	_, _, err = offer.Correct(in, admin, now)
	want(t, "correct it", err, "ok")
}

// TestResendBySupportKeepsTheAuthority: support staff may not invite, so they cannot stand behind an offer.
func TestResendBySupportKeepsTheAuthority(t *testing.T) {
	m, e, err := offered(acme, RoleAdmin, Whole("acme")).in(StateExpired).Resend(by(t, "support"), now)
	want(t, "support", err, "ok")
	if m.InvitedBy != "inviter" || m.InviterName != "Ines Inviter" || e.ActorID != "support" {
		t.Errorf("behind it stands %s, done by %s", m.InvitedBy, e.ActorID)
	}
	_, _, err = m.Accept(ana(), by(t, "support"), "", now)
	want(t, "support as the inviter", err, "409 offer_withdrawn")
	m, _, err = m.Resend(by(t, "deployer"), now)
	want(t, "a Deployer", err, "ok")
	if m.InvitedBy != "deployer" {
		t.Errorf("behind it stands %s", m.InvitedBy)
	}
}

// TestInviteOverWhatIsThere: one answer for all that lies outside a site admin's scope, so that it tells nothing
// (TEN-08, PRIV-20); INV-12 for the rest.
func TestInviteOverWhatIsThere(t *testing.T) {
	admin, site, padmin := by(t, "admin"), by(t, "inviting-admin"), by(t, "partner-admin")
	for _, s := range states[:len(states)-1] {
		for _, elsewhere := range []Scope{Sites("acme", "s2"), Whole("acme"), nil} {
			_, _, err := Invite(offered(acme, RoleUser, elsewhere).in(s), offering, site, now)
			want(t, "over one who is "+string(s)+" outside", err, "422 email:email_beyond")
			if named := namesRow(err); named != "" {
				t.Errorf("a problem about a row outside the scope names it: %s", named)
			}
		}
	}
	for s, expected := range map[State]string{
		StatePending: "422 email:already_invited", StateAccepted: "422 email:already_in", StateSuspended: "422 email:already_in_disabled",
		StateEnded: "422 email:already_in_ended", StateExpired: "422 email:email_beyond", StateRevoked: "422 email:email_beyond", StateDeclined: "422 email:email_beyond",
	} {
		// Seen and not the actor's to change: the open ones say what they are, the closed ones stay.
		_, _, err := Invite(offered(acme, RoleUser, Sites("acme", "s1", "s2")).in(s), offering, site, now)
		want(t, "over one who is "+string(s)+" partly outside", err, expected)
		if named := namesRow(err); (named == "target") == (expected == "422 email:email_beyond") {
			t.Errorf("over one who is %s the problem names the row %q", s, named)
		}
		in := offering
		in.Role, in.Scope = RoleOperator, Whole("volt")
		_, _, err = Invite(offered(volt, RoleMaster, Whole("volt")).in(s), in, padmin, now)
		want(t, "over a Master who is "+string(s), err, expected)
	}
	have := offered(acme, RoleUser, Whole("acme")).in(StateRevoked)
	in := offering
	in.Email = "bob@example.com"
	_, _, err := Invite(have, in, admin, now)
	want(t, "somebody else's row", err, "404")
	have.AccountID = "globex"
	_, _, err = Invite(have, offering, admin, now)
	want(t, "another account's row", err, "404")

	// A removed one is as none: no trace of the old life.
	gone := offered(acme, RoleDeployer, Whole("acme")).in(StateRemoved)
	m, e, err := Invite(gone, offering, admin, now)
	want(t, "over a removed one", err, "ok")
	if m.ID != "" || m.UserID != "" || !m.AcceptedAt.IsZero() || !m.RemovedAt.IsZero() || m.Generation != 1 || m.Version != 0 || m.Kind != KindUser ||
		m.AccountID != "acme" || m.Email != "ana@example.com" || !m.CreatedAt.Equal(now) {
		t.Errorf("%+v", m)
	}
	if e.Before["role"] != "" || e.After["role"] != "member" || e.After["scope"] != "s1" {
		t.Errorf("%+v", e)
	}
}

func TestCorrect(t *testing.T) {
	admin := by(t, "admin")
	before := offered(acme, RoleAdmin, Whole("acme"))
	in := offering
	in.EndsAt = now.Add(50 * day)
	m, e, err := before.Correct(in, admin, now)
	want(t, "correct", err, "ok")
	if m.Role != RoleMember || !m.Scope.Equal(Sites("acme", "s1")) || m.FirstName != "Anita" || m.LastName != "Bianchi" || m.Phone != "+15550001111" ||
		m.Language != "es" || m.Message != "Hello" || m.NotifyEmail || !m.NotifyText || !m.EndsAt.Equal(in.EndsAt) || m.Generation != before.Generation+1 {
		t.Errorf("%+v", m)
	}
	if e.Before["role"] != "admin" || e.After["role"] != "member" || e.Before["scope"] != "account" || e.After["scope"] != "s1" ||
		e.Before["ends_at"] != "" || e.After["ends_at"] != stamp(in.EndsAt) {
		t.Errorf("%+v", e)
	}
	in.Email = "bob@example.com"
	_, _, err = before.Correct(in, admin, now)
	want(t, "another address", err, "422 email:email_fixed")

	// Neither the old nor the new offer may be beyond who corrects.
	site := by(t, "inviting-admin")
	_, _, err = offered(acme, RoleUser, Sites("acme", "s1", "s2")).Correct(offering, site, now)
	want(t, "an old scope beyond the corrector's", err, "403 scope_beyond")
	in = offering
	in.Scope = Sites("acme", "s1", "s2")
	_, _, err = offered(acme, RoleUser, Sites("acme", "s1")).Correct(in, site, now)
	want(t, "a new scope beyond the corrector's", err, "403 scope_beyond")
	in.Role, in.Scope = RoleMaster, Whole("volt")
	_, _, err = offered(volt, RoleOperator, Whole("volt")).Correct(in, by(t, "partner-admin"), now)
	want(t, "a new role above the corrector's", err, "403 role_above")
	in.Role = RoleOperator
	_, _, err = offered(volt, RoleMaster, Whole("volt")).Correct(in, by(t, "partner-admin"), now)
	want(t, "an old role above the corrector's", err, "403 role_above")
}

// TestMayCorrect asks what Correct would answer for an offer that is the actor's to make.
func TestMayCorrect(t *testing.T) {
	for _, s := range states {
		for name, a := range actors() {
			m := offered(acme, RoleUser, Sites("acme", "s1")).in(s)
			_, _, err := m.Correct(offering, a, now)
			want(t, name+" of one who is "+string(s), m.MayCorrect(a, now), verdict(err))
		}
	}
}

// namesRow is the row that the problem of the address names.
func namesRow(err error) string {
	var p Problems
	errors.As(err, &p)
	return p["email"].Args["ID"]
}

// TestOfferIsNotOpenBeyondItsEnd: the earlier of period and end date closes it.
func TestOfferIsNotOpenBeyondItsEnd(t *testing.T) {
	admin := by(t, "admin")
	in := offering
	in.EndsAt = now.Add(2 * day)
	m, e, err := Invite(Membership{}, in, admin, now)
	want(t, "invite", err, "ok")
	if !m.ExpiresAt.Equal(in.EndsAt) || m.State(in.EndsAt) != StateExpired || e.After["ends_at"] != stamp(in.EndsAt) {
		t.Errorf("open until %s", m.ExpiresAt)
	}
	m.ID = "target"
	_, _, err = m.Resend(admin, in.EndsAt.Add(-time.Microsecond))
	want(t, "resend before the end", err, "ok")
	_, _, err = m.Resend(admin, in.EndsAt)
	want(t, "resend after the end", err, "409 end_passed")
	in.EndsAt = now.Add(30 * day)
	later, _, err := m.Correct(in, admin, now.Add(3*day))
	want(t, "correct the end", err, "ok")
	if !later.ExpiresAt.Equal(now.Add(10 * day)) {
		t.Errorf("open until %s", later.ExpiresAt)
	}
}

func TestReminders(t *testing.T) {
	m := offered(acme, RoleUser, Whole("acme"))
	if got := m.NextReminder(); !got.Equal(sent.Add(2 * day)) {
		t.Errorf("first on %s", got)
	}
	_, _, err := m.Remind(sent.Add(2*day - time.Microsecond))
	want(t, "before day 2", err, "409 no_reminder")
	first, e, err := m.Remind(sent.Add(2 * day))
	want(t, "day 2", err, "ok")
	if first.Reminders != 1 || e.Kind != InviteReminded || !first.NextReminder().Equal(sent.Add(5*day)) {
		t.Errorf("%+v", first)
	}
	_, _, err = first.Remind(sent.Add(5*day - time.Microsecond))
	want(t, "before day 5", err, "409 no_reminder")
	second, _, err := first.Remind(sent.Add(5 * day))
	want(t, "day 5", err, "ok")
	_, _, err = second.Remind(sent.Add(6 * day))
	want(t, "after both", err, "409 no_reminder")
	missed, _, err := m.Remind(sent.Add(6 * day)) // nobody looked for days: one reminder, not two in a row
	want(t, "both missed", err, "ok")
	if missed.Reminders != 2 || missed.NextReminder().Year() != 9999 {
		t.Errorf("%+v", missed)
	}
	again, _, err := missed.Resend(by(t, "admin"), now)
	want(t, "resend", err, "ok")
	if !again.NextReminder().Equal(now.Add(2 * day)) {
		t.Errorf("after a resend on %s", again.NextReminder())
	}
	_, _, err = m.Remind(m.ExpiresAt)
	want(t, "expired", err, "409 no_reminder")
}

func TestExpiryIsToldOnce(t *testing.T) {
	m := offered(acme, RoleUser, Whole("acme"))
	_, _, err := m.Expire(m.ExpiresAt.Add(-time.Microsecond))
	want(t, "before", err, "409 not_expired")
	told, e, err := m.Expire(m.ExpiresAt)
	want(t, "at the expiry", err, "ok")
	if !told.ExpiryTold || e.Kind != InviteExpired || e.ActorID != "" {
		t.Errorf("%+v", e)
	}
	_, _, err = told.Expire(m.ExpiresAt.Add(day))
	want(t, "again", err, "409 not_expired")
}
