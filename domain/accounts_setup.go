package domain

import (
	"slices"
	"time"
)

// What a partner does with its customers' accounts: sets them up, opens sites, suspends them, and offers places in them.

// roleProvider is what a partner's people are in a customer's account, where they have no place: it is nobody's role in
// any list, and what its holder may offer stands in Actor.Help.
const roleProvider RoleID = "provider"

// Help is what a partner's actor may offer in an account of a customer.
type Help struct {
	// FirstAdmin: the account has nobody yet who keeps it.
	FirstAdmin bool
	// Colleagues are the addresses of accepted administrators of the partner whom the account has not turned away, as far as
	// the change at hand concerns them.
	Colleagues []string
}

// Toward is the actor as their partner stands in the account of one of its customers. They may open sites there and make
// the offers of help, and see nothing (TEN-18). An account that is not their partner's customer is ErrNotFound.
func (a Actor) Toward(client Account, help Help) (Actor, error) {
	if a.Account.Kind != Partner || a.Account.ID == "" || client.Kind != Customer || client.PartnerID != a.Account.ID {
		return Actor{}, ErrNotFound
	}
	var may Privileges
	if a.Can(SetUpAccounts) {
		may = append(may, EditSites, CreateInvites)
	} else {
		help.FirstAdmin = false
	}
	if a.Can(InviteColleagues) {
		may = append(may, CreateInvites)
	} else {
		help.Colleagues = nil
	}
	return Actor{
		User: a.User, Account: client, Kind: KindUser, Role: Role{ID: roleProvider, Kind: Customer, may: may}, Scope: Whole(client.ID),
		From: a.From, OnBehalf: a.Account.Name, Help: help,
	}, nil
}

// via is the partner through which the actor offers a place: its own people's, not the first Admin's.
func (a Actor) via(m Membership) string {
	if a.Role.ID != roleProvider || !slices.Contains(ColleagueRoles, m.Role) {
		return ""
	}
	return a.Account.PartnerID
}

// Withdraw erases a place that a partner has offered to somebody in a customer's account, because they are deleted at the
// partner: told there and in the partner's own history.
func (m Membership) Withdraw(client Account, by Actor, now time.Time) (Membership, []Event) {
	there := m.event(UserErased, by, now)
	there.SubjectName, there.Addresses, there.OnBehalf = "", []string{by.User.Email}, by.Account.Name
	if m.UserID != "" {
		there = there.moved("erased", "", m.UserID)
	}
	return m.forgotten(now), []Event{there, client.Told(ColleagueWithdrawn, by, now, "role", string(m.Role))}
}

// ColleagueRoles are the roles a partner offers its own people at a customer's sites, lowest first: to look, or to deploy.
var ColleagueRoles = []RoleID{RoleUser, RoleDeployer}

// mayHelp is MayOffer for a partner: the first Admin's place, or a colleague's at some sites, never the whole account.
func (a Actor) mayHelp(m Membership) error {
	switch {
	case !a.Can(CreateInvites) || m.Kind != KindUser || !a.Scope.Contains(m.Scope):
		return ErrForbidden
	case m.Role == RoleAdmin && m.Scope.AccountWide() && a.Help.FirstAdmin:
		return nil
	case slices.Contains(ColleagueRoles, m.Role) && !m.Scope.AccountWide() && slices.Contains(a.Help.Colleagues, m.Email):
		return nil
	}
	return ErrForbidden
}

// helpable is replaceable for a partner: an offer that ran out is made again, and so is the first Admin's while the account
// has none. What its Admins have withdrawn they alone give again. The answer tells none of it apart (PRIV-20).
func (m Membership) helpable(in Invitation, now time.Time) error {
	state := m.State(now)
	if state == StateExpired || in.Role == RoleAdmin && m.Role == RoleAdmin && m.AcceptedAt.IsZero() {
		return nil
	}
	return Problems{"email": {Code: "colleague_taken"}}
}

// Helps reports whether the actor stands in a customer's account as its partner, without a place of their own.
func (a Actor) Helps() bool { return a.Role.ID == roleProvider }

// Hears reports whether the actor is told of what becomes of an offer they have made: they see it, or, as a partner, can
// make it again.
func (a Actor) Hears(m Membership, now time.Time) bool {
	if a.Helps() {
		return a.StandsBehind(m) == nil && m.helpable(Invitation{Role: m.Role}, now) == nil
	}
	return a.Can(m.Needs(ViewInvites)) && a.MayTouch(m) == nil
}

// FirstAdminTaken refuses to offer the first Admin's place in an account that somebody keeps.
func FirstAdminTaken() error { return stale("client_has_admin") }

// SiteGone refuses what a partner would do at a site of a customer that was removed.
func SiteGone() error { return stale("site_gone") }

// Replaced withdraws an offer of the first Admin's place because its partner has made another one.
func (m Membership) Replaced(by Actor, now time.Time) (Membership, Event, error) {
	if by.StandsBehind(m) != nil || m.State(now) != StatePending {
		return m, Event{}, stale("not_pending", "State", string(m.State(now)))
	}
	m.RevokedAt = now
	return m, m.event(InviteRevoked, by, now), nil
}

// An AccountDraft is the form of a new customer account as typed: the company and its first Admin.
type AccountDraft struct {
	Name      string `form:"name"`
	Country   string `form:"country"`
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Email     string `form:"email"`
	Language  string `form:"language"`
}

// Admin is the part of the form about the first Admin.
func (d AccountDraft) Admin() FirstAdminDraft {
	return FirstAdminDraft{FirstName: d.FirstName, LastName: d.LastName, Email: d.Email, Language: d.Language}
}

// A FirstAdminDraft is the form that offers the first Admin's place, as typed.
type FirstAdminDraft struct {
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Email     string `form:"email"`
	Language  string `form:"language"`
}

// maxAccountName is what a company's name holds at most, in characters.
const maxAccountName = 100

// Check turns the draft into an account without an id and a slug, and the offer to its first Admin, whose scope the
// account's id completes.
func (d AccountDraft) Check(by Actor, now time.Time) (Account, Invitation, error) {
	p := Problems{}
	a := Account{
		Name: text(p, "name", d.Name, maxAccountName), Kind: Customer, PartnerID: by.Account.ID, Country: choice(p, "country", d.Country, Countries),
		InviteDays: DefaultInviteDays, Reminders: true, SetUpBy: by.User.Name(), SetUpByID: by.User.ID, CreatedAt: now,
	}
	in := d.Admin().read(p)
	return a, in, p.Err()
}

// Check reads the first Admin of an account.
func (d FirstAdminDraft) Check(in Account) (Invitation, error) {
	p := Problems{}
	offer := d.read(p)
	offer.Scope = Whole(in.ID)
	if offer.Email != "" && in.Admits(offer.Email) != nil {
		p.Add("email", "domain_outside", "Domain", EmailDomain(offer.Email))
	}
	return offer, p.Err()
}

func (d FirstAdminDraft) read(p Problems) Invitation {
	return Invitation{
		Kind: KindUser, Role: RoleAdmin, Email: email(p, d.Email), FirstName: text(p, "first_name", d.FirstName, 100), LastName: text(p, "last_name", d.LastName, 100),
		Language: choice(p, "language", d.Language, Languages), NotifyEmail: true,
	}
}

// A ColleagueDraft is the form that offers one of a partner's administrators a place at a site.
type ColleagueDraft struct {
	Colleague string `form:"colleague"` // their address at the partner
	Role      string `form:"role"`
	Site      string `form:"site"`
}

// Check reads the draft for an account. colleague and site are what the store found for it, zero if there is none: what is
// not there and what is none of the partner's are the same.
func (d ColleagueDraft) Check(in Account, colleague Membership, site Site, now time.Time) (Invitation, error) {
	p := Problems{}
	switch {
	case d.Colleague == "":
		p.Add("colleague", "required")
	case colleague.AccountID != in.PartnerID || colleague.Kind != KindUser || !colleague.Active(now):
		p.Add("colleague", "colleague_unknown")
	case in.Admits(colleague.Email) != nil:
		p.Add("colleague", "domain_outside", "Domain", EmailDomain(colleague.Email))
	}
	switch {
	case d.Role == "":
		p.Add("role", "required")
	case !slices.Contains(ColleagueRoles, RoleID(d.Role)):
		p.Add("role", "choice")
	}
	if site.ID == "" || site.AccountID != in.ID {
		p.Add("site", "choice")
	}
	return Invitation{
		Kind: KindUser, Email: colleague.Email, FirstName: colleague.FirstName, LastName: colleague.LastName, Language: colleague.Language,
		Role: RoleID(d.Role), Scope: Sites(in.ID, site.ID), NotifyEmail: true,
	}, p.Err()
}

// both tells of something in two histories: the customer's, with the company it was done for, and the partner's own.
func (a Account) both(kind EventKind, by Actor, now time.Time) []Event {
	there, here := a.event(kind, by, now), a.event(kind, by, now)
	there.OnBehalf, here.AccountID = by.Account.Name, by.Account.ID
	return []Event{there, here}
}

// SetUp opens a customer account that Check has found good, once it has its id and its slug.
func (a Account) SetUp(by Actor, now time.Time) ([]Event, error) {
	if !by.Can(SetUpAccounts) || a.PartnerID != by.Account.ID {
		return nil, ErrForbidden
	}
	return a.both(AccountCreated, by, now), nil
}

// Suspend stops everything in a customer account: its people, its guests, its links and what is under way end at the next
// request. Nothing in it is lost.
func (a Account) Suspend(by Actor, now time.Time) (Account, []Event, error) {
	if err := a.mayOversee(by); err != nil {
		return a, nil, err
	}
	if !a.SuspendedAt.IsZero() {
		return a, nil, stale("client_suspended")
	}
	a.SuspendedAt, a.SuspendedBy = now, by.Account.Name
	return a, a.both(AccountStopped, by, now), nil
}

// Resume lets it go on.
func (a Account) Resume(by Actor, now time.Time) (Account, []Event, error) {
	if err := a.mayOversee(by); err != nil {
		return a, nil, err
	}
	if a.SuspendedAt.IsZero() {
		return a, nil, stale("client_active")
	}
	a.SuspendedAt, a.SuspendedBy = time.Time{}, ""
	return a, a.both(AccountResumed, by, now), nil
}

func (a Account) mayOversee(by Actor) error {
	switch {
	case a.Kind != Customer || by.Account.Kind != Partner || a.PartnerID != by.Account.ID || by.Account.ID == "":
		return ErrNotFound
	case !by.Can(SuspendAccounts):
		return ErrForbidden
	}
	return nil
}

// Open refuses what a partner would begin in an account that is suspended.
func (a Account) Open() error {
	if !a.SuspendedAt.IsZero() {
		return stale("client_suspended")
	}
	return nil
}

// Told is an act in a customer's account as the partner's own history keeps it: what was done, where, in which words.
func (a Account) Told(kind EventKind, by Actor, now time.Time, values ...string) Event {
	e := a.event(kind, by, now)
	e.AccountID = by.Account.ID
	for i := 0; i+1 < len(values); i += 2 {
		e = e.moved(values[i], "", values[i+1])
	}
	return e
}
