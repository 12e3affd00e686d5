package domain

import (
	"errors"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

// The world of these tests: the customer Acme with three sites, its partner Volt, and Globex next door.
var (
	now  = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	acme = Account{ID: "acme", Name: "Acme Energy", Kind: Customer, PartnerID: "volt", Country: "US", InviteDays: 7}
	volt = Account{ID: "volt", Name: "Volt Partners", Kind: Partner, Country: "US", InviteDays: 7}
)

const day = 24 * time.Hour

// actor is somebody of that role and scope; the id of the person is the name they have in the tests.
func actor(name string, in Account, role RoleID, scope Scope) Actor {
	r, ok := ParseRole(string(role), in.Kind)
	if !ok && role != "" {
		panic("no role " + role)
	}
	return Actor{
		User:       User{ID: name, Email: name + "@example.com", FirstName: name, LastName: "Actor", Language: "en", TimeZone: "UTC", PasswordHash: secret},
		Account:    in,
		Membership: "m-" + name,
		Role:       r,
		Scope:      scope,
		From:       "192.0.2.7",
	}
}

// secret stands for what must never reach the history.
const secret = "$argon2id$v=19$m=19456,t=2,p=1$c2VjcmV0$c2VjcmV0"

// actors are all the kinds there are, by name.
func actors() map[string]Actor {
	inviting, suspended := acme, acme
	inviting.SiteAdminsInvite = true
	suspended.SuspendedAt = now.Add(-time.Hour)
	globex := acme
	globex.ID, globex.SiteAdminsInvite = "globex", true
	all, s1, s2 := Whole("acme"), Sites("acme", "s1"), Sites("acme", "s2")
	out := map[string]Actor{}
	for name, a := range map[string]Actor{
		"admin": actor("", acme, RoleAdmin, all), "deployer": actor("", acme, RoleDeployer, all),
		"user": actor("", acme, RoleUser, all), "member": actor("", acme, RoleMember, all), "support": actor("", acme, RoleSupport, all),
		"site-admin": actor("", acme, RoleAdmin, s1), "site-deployer": actor("", acme, RoleDeployer, s1),
		"site-user": actor("", acme, RoleUser, s1), "site-member": actor("", acme, RoleMember, s1),
		// Where the account lets them invite.
		"inviting-admin": actor("", inviting, RoleAdmin, s1), "inviting-deployer": actor("", inviting, RoleDeployer, s1),
		"inviting-user": actor("", inviting, RoleUser, s1),
		"next-site":     actor("", inviting, RoleAdmin, s2), "two-sites": actor("", inviting, RoleAdmin, Sites("acme", "s1", "s2")),
		"no-site":         actor("", inviting, RoleAdmin, nil),
		"suspended-admin": actor("", suspended, RoleAdmin, all),
		"foreign-admin":   actor("", globex, RoleAdmin, Whole("globex")), "foreign-user": actor("", globex, RoleUser, Whole("globex")),
		"observer": actor("", volt, RoleObserver, Whole("volt")), "operator": actor("", volt, RoleOperator, Whole("volt")),
		"partner-admin": actor("", volt, RolePartnerAdmin, Whole("volt")), "master": actor("", volt, RoleMaster, Whole("volt")),
	} {
		named := actor(name, a.Account, a.Role.ID, a.Scope)
		named.Role = a.Role
		out[name] = named
	}
	out["nobody"] = Actor{}
	person := actor("person", Account{}, "", nil)
	person.Membership = ""
	out["person"] = person
	return out
}

// by finds one actor.
func by(t *testing.T, name string) Actor {
	t.Helper()
	a, ok := actors()[name]
	if !ok {
		t.Fatalf("no actor %q", name)
	}
	return a
}

// The states in the order of the tables' columns.
var states = []State{
	StatePending, StateExpired, StateRevoked, StateDeclined, StateAccepted, StateSuspended, StateEnded, StateRemoved,
}

// sent is when every membership of these tests was offered.
var sent = now.Add(-2 * day)

// offered is a pending invite: role and scope as asked, sent two days ago by the person "inviter".
func offered(in Account, role RoleID, scope Scope) Membership {
	return Membership{
		ID: "target", AccountID: in.ID, Kind: KindUser, Email: "ana@example.com", FirstName: "Ana", LastName: "Rossi", Phone: "+15551234567",
		Language: "it", Role: role, Scope: scope, NotifyEmail: true, Message: "Welcome", InvitedBy: "inviter", InviterName: "Ines Inviter",
		Generation: 3, SentAt: sent, ExpiresAt: sent.Add(7 * day), Mail: Mail{State: MailSent, At: sent}, CreatedAt: sent.Add(-90 * day), Version: 5,
	}
}

// in brings a pending invite into a state.
func (m Membership) in(s State) Membership {
	switch s {
	case StateExpired:
		m.SentAt, m.ExpiresAt = now.Add(-8*day), now.Add(-day)
	case StateRevoked:
		m.RevokedAt = now.Add(-day)
	case StateDeclined:
		m.DeclinedAt = now.Add(-day)
	case StateAccepted, StateSuspended, StateEnded, StateRemoved:
		m.UserID, m.AcceptedAt = "ana", sent.Add(time.Hour)
	}
	switch s {
	case StateSuspended:
		m.SuspendedAt, m.SuspendedBy = now.Add(-time.Hour), "Ines Inviter"
	case StateEnded:
		m.EndsAt = now.Add(-time.Hour)
	case StateRemoved:
		m.RemovedAt = now.Add(-time.Hour)
	}
	return m
}

// ana is the person the target belongs to.
func ana() User {
	return User{
		ID: "ana", Email: "ana@example.com", FirstName: "Anna", LastName: "Rossi", Phone: "+15557654321", Language: "it", TimeZone: "Europe/Rome",
		PasswordHash: secret,
	}
}

// verdict is an error in a few words: "ok", "403 role_above", "404", "409 not_pending", "422 email:already_in".
func verdict(err error) string {
	var problems Problems
	var refusal *Refusal
	code := ""
	if errors.As(err, &refusal) {
		code = " " + refusal.Code
	}
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &problems):
		var fields []string
		for f, p := range problems {
			fields = append(fields, f+":"+p.Code)
		}
		sort.Strings(fields)
		return "422 " + strings.Join(fields, " ")
	case errors.Is(err, ErrForbidden):
		return "403" + code
	case errors.Is(err, ErrNotFound):
		return "404" + code
	case errors.Is(err, ErrStale):
		return "409" + code
	}
	return err.Error()
}

func want(t *testing.T, what string, err error, expected string) {
	t.Helper()
	if got := verdict(err); got != expected {
		t.Errorf("%s: %s, want %s", what, got, expected)
	}
}

// grants is the can-grant table as it is written down.
func grants(r Role, id RoleID) bool { return slices.Contains(r.grants, id) }
