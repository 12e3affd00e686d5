package domain

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The whole life of a membership (INV-01): every action, in every state, by every kind of actor, written out.
//
// A row names actors, then what happens in each state, in the order of the variable states. One word stands for all
// states. F is forbidden, R and B too, because the role is above or the scope beyond the actor's; N is not found;
// field:code is a problem of a field, any other word is the code of a refusal because of the state.
var lifeCodes = map[string]string{"ok": "ok", "F": "403", "R": "403 role_above", "B": "403 scope_beyond", "N": "404"}

// closed may do nothing to anybody, whatever the action.
const closed = "user member site-user site-member inviting-user suspended-admin foreign-user observer operator nobody person"

// An action of the table: what it may change, what it makes of each state, and what it writes.
type action struct {
	name  string
	do    func(m Membership, a Actor) (Membership, Event, error)
	event EventKind
	// to is the state afterwards, empty where it stays as it is.
	to State
	// fields are all that may differ afterwards.
	fields string
	// user and operator are the rows for the two targets: a User of site 1 of Acme, an Operator of Volt.
	user, operator string
}

const sending = " Generation InvitedBy InviterName SentAt ExpiresAt DeclinedAt RevokedAt Mail"

var offering = Invitation{
	Email: "ana@example.com", FirstName: "Anita", LastName: "Bianchi", Phone: "+15550001111", Language: "es", Message: "Hello",
	Role: RoleMember, Scope: Sites("acme", "s1"), NotifyText: true,
}

// fit makes the invitation, role and scope that the actions ask for fit the target's account.
func fit(m Membership) (in Invitation, role RoleID, scope Scope) {
	in, scope = offering, Scope{{Account: "acme", Site: "s1", Group: "g1"}}
	if m.AccountID == "volt" {
		in.Role, in.Scope, scope = RoleObserver, Whole("volt"), Sites("volt", "p1")
	}
	return in, in.Role, scope
}

var life = []action{
	{
		name: "Invite", event: InviteSent, to: StatePending,
		do: func(m Membership, a Actor) (Membership, Event, error) {
			in, _, _ := fit(m)
			return Invite(m, in, a, now)
		},
		fields: "FirstName LastName Phone Language Message Role Scope NotifyEmail NotifyText EndsAt" + sending,
		user: `
			admin deployer inviting-admin inviting-deployer two-sites = email:already_invited ok ok ok email:already_in email:already_in_disabled email:already_in_ended ok
			next-site no-site foreign-admin = B
			partner-admin master = R
			support site-admin site-deployer = F`,
		operator: `
			partner-admin master = email:already_invited ok ok ok email:already_in email:already_in_disabled email:already_in_ended ok
			admin deployer inviting-admin inviting-deployer two-sites next-site no-site foreign-admin = R
			support site-admin site-deployer = F`,
	},
	{
		name: "Correct", event: InviteCorrected, to: StatePending,
		do: func(m Membership, a Actor) (Membership, Event, error) {
			in, _, _ := fit(m)
			return m.Correct(in, a, now)
		},
		fields: "FirstName LastName Phone Language Message Role Scope NotifyEmail NotifyText EndsAt" + sending,
		user: `
			admin deployer inviting-admin inviting-deployer two-sites = ok ok ok ok already_accepted already_accepted already_accepted N
			next-site no-site foreign-admin partner-admin master = N
			support site-admin site-deployer = F`,
		operator: `
			partner-admin master = ok ok ok ok already_accepted already_accepted already_accepted N
			admin deployer inviting-admin inviting-deployer two-sites next-site no-site foreign-admin = N
			support site-admin site-deployer = F`,
	},
	{
		name: "Resend", event: InviteResent, to: StatePending,
		do:     func(m Membership, a Actor) (Membership, Event, error) { return m.Resend(a, now) },
		fields: sending,
		user: `
			admin deployer support inviting-admin inviting-deployer two-sites = ok ok ok ok already_accepted already_accepted already_accepted N
			next-site no-site foreign-admin partner-admin master = N
			site-admin site-deployer = F`,
		operator: `
			partner-admin master = ok ok ok ok already_accepted already_accepted already_accepted N
			admin deployer support inviting-admin inviting-deployer two-sites next-site no-site foreign-admin = N
			site-admin site-deployer = F`,
	},
	{
		name: "Revoke", event: InviteRevoked, to: StateRevoked,
		do:     func(m Membership, a Actor) (Membership, Event, error) { return m.Revoke(a, now) },
		fields: "RevokedAt",
		user: `
			admin deployer support inviting-admin inviting-deployer two-sites = ok not_pending not_pending not_pending not_pending not_pending not_pending N
			site-admin site-deployer = ok not_pending not_pending not_pending not_pending not_pending not_pending N
			next-site no-site foreign-admin partner-admin master = N`,
		operator: `
			partner-admin master = ok not_pending not_pending not_pending not_pending not_pending not_pending N
			admin deployer support inviting-admin inviting-deployer two-sites next-site no-site foreign-admin = N
			site-admin site-deployer = N`,
	},
	{
		name: "CopyLink", event: InviteLinkCopied,
		do: func(m Membership, a Actor) (Membership, Event, error) {
			e, err := m.CopyLink(a, now)
			return m, e, err
		},
		user: `
			admin deployer inviting-admin inviting-deployer two-sites = ok not_pending not_pending not_pending not_pending not_pending not_pending N
			next-site no-site foreign-admin partner-admin master = N
			support site-admin site-deployer = F`,
		operator: `
			partner-admin master = ok not_pending not_pending not_pending not_pending not_pending not_pending N
			admin deployer inviting-admin inviting-deployer two-sites next-site no-site foreign-admin = N
			support site-admin site-deployer = F`,
	},
	{
		name: "ChangeRole", event: RoleChanged,
		do: func(m Membership, a Actor) (Membership, Event, error) {
			_, role, _ := fit(m)
			return m.ChangeRole(a, role, 1, now)
		},
		fields: "Role", user: editUser, operator: editOperator,
	},
	{
		name: "ChangeScope", event: ScopeChanged,
		do: func(m Membership, a Actor) (Membership, Event, error) {
			_, _, scope := fit(m)
			return m.ChangeScope(a, scope, 1, now)
		},
		fields: "Scope", user: editUser, operator: editOperator,
	},
	{
		name: "SetNotifications", event: NotificationsChanged,
		do:     func(m Membership, a Actor) (Membership, Event, error) { return m.SetNotifications(a, false, true, now) },
		fields: "NotifyEmail NotifyText", user: editUser, operator: editOperator,
	},
	{
		name: "SetEnd", event: EndDateChanged,
		do:     func(m Membership, a Actor) (Membership, Event, error) { return m.SetEnd(a, now.Add(30*day), 1, now) },
		fields: "EndsAt", user: editUser, operator: editOperator,
	},
	{
		name: "Suspend", event: UserDisabled, to: StateSuspended,
		do:     func(m Membership, a Actor) (Membership, Event, error) { return m.Suspend(a, 1, now) },
		fields: "SuspendedAt SuspendedBy SuspendedByID",
		user: `
			admin deployer inviting-admin inviting-deployer two-sites = not_accepted not_accepted not_accepted not_accepted ok already_disabled not_active N
			site-admin site-deployer = not_accepted not_accepted not_accepted not_accepted ok already_disabled not_active N
			next-site no-site foreign-admin partner-admin master = N
			support = F`,
		operator: `
			partner-admin master = not_accepted not_accepted not_accepted not_accepted ok already_disabled not_active N
			admin deployer inviting-admin inviting-deployer two-sites site-admin site-deployer next-site no-site foreign-admin = N
			support = F`,
	},
	{
		name: "Resume", event: UserEnabled, to: StateAccepted,
		do:     func(m Membership, a Actor) (Membership, Event, error) { return m.Resume(a, now) },
		fields: "SuspendedAt SuspendedBy SuspendedByID",
		user: `
			admin deployer inviting-admin inviting-deployer two-sites = not_accepted not_accepted not_accepted not_accepted not_disabled ok not_disabled N
			site-admin site-deployer = not_accepted not_accepted not_accepted not_accepted not_disabled ok not_disabled N
			next-site no-site foreign-admin partner-admin master = N
			support = F`,
		operator: `
			partner-admin master = not_accepted not_accepted not_accepted not_accepted not_disabled ok not_disabled N
			admin deployer inviting-admin inviting-deployer two-sites site-admin site-deployer next-site no-site foreign-admin = N
			support = F`,
	},
	{
		name: "EndSessions", event: SessionsEnded,
		do:   func(m Membership, a Actor) (Membership, Event, error) { return m.EndSessions(a, now) },
		user: editUser, operator: editOperator,
	},
	{
		name: "Remove", event: UserRemoved, to: StateRemoved,
		do:     func(m Membership, a Actor) (Membership, Event, error) { return m.Remove(a, 1, now) },
		fields: "RemovedAt", user: editUser, operator: editOperator,
	},
	{
		// The actor is who stands behind the offer when the person accepts.
		name: "Accept", event: InviteAccepted, to: StateAccepted,
		do:     func(m Membership, a Actor) (Membership, Event, error) { return m.Accept(ana(), a, "192.0.2.9", now) },
		fields: "UserID AcceptedAt FirstName LastName Phone Language",
		user: `
			admin deployer inviting-admin inviting-deployer two-sites = ok not_pending not_pending not_pending not_pending not_pending not_pending not_pending
			support site-admin site-deployer next-site no-site foreign-admin partner-admin master = offer_withdrawn not_pending not_pending not_pending not_pending not_pending not_pending not_pending
			user member site-user site-member inviting-user suspended-admin foreign-user observer operator nobody person = offer_withdrawn not_pending not_pending not_pending not_pending not_pending not_pending not_pending`,
		operator: `
			partner-admin master = ok not_pending not_pending not_pending not_pending not_pending not_pending not_pending
			admin deployer inviting-admin inviting-deployer two-sites site-admin site-deployer next-site no-site foreign-admin support = offer_withdrawn not_pending not_pending not_pending not_pending not_pending not_pending not_pending
			user member site-user site-member inviting-user suspended-admin foreign-user observer operator nobody person = offer_withdrawn not_pending not_pending not_pending not_pending not_pending not_pending not_pending`,
	},
}

// What changes somebody who is in, whatever it changes.
const (
	editUser = `
		admin deployer inviting-admin inviting-deployer two-sites = not_accepted not_accepted not_accepted not_accepted ok ok ok N
		site-admin site-deployer = not_accepted not_accepted not_accepted not_accepted ok ok ok N
		next-site no-site foreign-admin partner-admin master = N
		support = F`
	editOperator = `
		partner-admin master = not_accepted not_accepted not_accepted not_accepted ok ok ok N
		admin deployer inviting-admin inviting-deployer two-sites site-admin site-deployer next-site no-site foreign-admin = N
		support = F`
)

// partnerSays are the kinds that the history of a partner tells in the words of its list (seed 002).
var partnerSays = map[EventKind]EventKind{UserDisabled: UserLocked, UserEnabled: UserUnlocked}

func TestINV01EveryActionInEveryStateByEveryActor(t *testing.T) {
	for _, act := range life {
		for _, target := range []struct {
			name string
			m    Membership
			rows string
		}{
			{"a User of one site", offered(acme, RoleUser, Sites("acme", "s1")), act.user},
			{"an Operator of the partner", offered(volt, RoleOperator, Whole("volt")), act.operator},
		} {
			expected := lifeRows(t, act.name, target.rows)
			for name, a := range actors() {
				for i, s := range states {
					t.Run(act.name+"/"+target.name+"/"+string(s)+"/"+name, func(t *testing.T) {
						row, ok := expected[name]
						if !ok {
							t.Fatal("the table says nothing of this actor")
						}
						try(t, act, target.m.in(s), a, row[i])
					})
				}
			}
		}
	}
}

// lifeRows reads the rows of one action and target: actor → verdict in each state.
func lifeRows(t *testing.T, action, rows string) map[string][]string {
	t.Helper()
	if action != "Accept" {
		rows += "\n" + closed + " = F"
	}
	out := map[string][]string{}
	for _, row := range strings.Split(strings.TrimSpace(rows), "\n") {
		who, what, _ := strings.Cut(row, "=")
		cells := strings.Fields(what)
		if len(cells) == 1 {
			cells = slices.Repeat(cells, len(states))
		}
		if len(cells) != len(states) {
			t.Fatalf("%s: %d states in %q", action, len(cells), row)
		}
		for i, c := range cells {
			switch {
			case lifeCodes[c] != "":
				cells[i] = lifeCodes[c]
			case strings.Contains(c, ":"):
				cells[i] = "422 " + c
			default:
				cells[i] = "409 " + c
			}
		}
		for _, name := range strings.Fields(who) {
			if out[name] != nil {
				t.Fatalf("%s: %s stands twice", action, name)
			}
			out[name] = cells
		}
	}
	return out
}

// try makes one attempt and checks the verdict, what changed, and the history.
func try(t *testing.T, act action, before Membership, a Actor, expected string) {
	t.Helper()
	after, e, err := act.do(before, a)
	want(t, act.name, err, expected)
	if err != nil {
		if !reflect.DeepEqual(after, before) {
			t.Errorf("refused, yet changed %v", differing(before, after))
		}
		if !reflect.DeepEqual(e, Event{}) {
			t.Errorf("refused, yet there is an event: %+v", e)
		}
		return
	}
	if before.State(now) == StateRemoved { // a removed row is as none: a new life starts
		before = Membership{AccountID: before.AccountID, Kind: KindUser, Email: before.Email, CreatedAt: now}
	}
	for _, f := range differing(before, after) {
		if !slices.Contains(strings.Fields(act.fields), f) {
			t.Errorf("%s changed as well", f)
		}
	}
	to := act.to
	switch {
	case act.name == "SetEnd" && before.State(now) == StateEnded:
		to = StateAccepted
	case to == "":
		to = before.State(now)
	}
	if got := after.State(now); got != to {
		t.Errorf("state %s, want %s", got, to)
	}
	sends := strings.HasSuffix(act.fields, sending)
	if sends {
		checkSent(t, before, after, a)
	}
	by := a.User
	if act.name == "Accept" {
		by = ana()
	}
	kind := act.event
	if said, ok := partnerSays[kind]; ok && a.Account.Kind == Partner {
		kind = said
	}
	if e.Kind != kind || e.AccountID != before.AccountID || e.SubjectID != before.ID || e.SubjectName != after.Name() || !e.At.Equal(now) ||
		e.ActorID != by.ID || e.ActorName != by.Name() || e.From == "" {
		t.Errorf("event %+v", e)
	}
	noSecret(t, e)
}

// checkSent checks what every send makes: a new link, a new period, nothing left of the closed offer (INV-05).
func checkSent(t *testing.T, before, after Membership, a Actor) {
	t.Helper()
	if after.Generation != before.Generation+1 || !after.SentAt.Equal(now) || !after.ExpiresAt.Equal(now.Add(7*day)) ||
		!after.RevokedAt.IsZero() || !after.DeclinedAt.IsZero() || after.Reminders != 0 || after.ExpiryTold || after.Mail != (Mail{State: MailQueued, At: now}) {
		t.Errorf("not a fresh send: %+v", after)
	}
	if a.User.ID == "support" { // the offer stays under the authority it had
		if after.InvitedBy != "inviter" || after.InviterName != "Ines Inviter" {
			t.Errorf("support stands behind the offer: %q", after.InvitedBy)
		}
	} else if after.InvitedBy != a.User.ID || after.InviterName != a.User.Name() {
		t.Errorf("%q stands behind the offer", after.InvitedBy)
	}
}

func noSecret(t *testing.T, e Event) {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "argon2") {
		t.Errorf("a secret stands in the history: %s", b)
	}
}

// differing names the fields in which two memberships differ.
func differing(a, b Membership) []string {
	var out []string
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		if !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			out = append(out, x.Type().Field(i).Name)
		}
	}
	return out
}
