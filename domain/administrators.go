package domain

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// An AdminsDraft is the window "Invite Admins" as it stands: what is typed, and who is staged already, each as
// Staged.String writes them (seed 002).
type AdminsDraft struct {
	Type   string   `form:"type"`
	Email  string   `form:"email"`
	Staged []string `form:"staged"`
	Remove string   `form:"remove"` // the address whose row is taken out again
}

// A Staged administrator is to be invited at a level of their own.
type Staged struct {
	Email string
	Role  RoleID
}

// String is the staged one in a form.
func (s Staged) String() string { return string(s.Role) + " " + s.Email }

// MostStaged is how many administrators one window invites at most.
const MostStaged = 100

// Stage adds what is typed to those that are staged. Several addresses at once, with spaces, commas or line breaks
// between them, are several people. What is good is staged; what is not stays typed, and Problems name the field "email"
// or "type". A staged address comes once, with the level it was given last.
func (d AdminsDraft) Stage(by Actor) (AdminsDraft, error) {
	p := Problems{}
	role := RoleID(d.Type)
	if !by.MayGrant(role) {
		p.Add("type", "choice")
		return d, p
	}
	staged, err := d.Read(by)
	if err != nil {
		return d, err
	}
	typed := Addresses(d.Email)
	if len(typed) == 0 {
		p.Add("email", "required")
	}
	var left []string
	for _, one := range typed {
		email, ok := ParseEmail(one)
		switch {
		case !ok:
			p.Add("email", "email")
		case by.Account.Admits(email) != nil:
			p.Add("email", "domain_outside", "Domain", EmailDomain(email))
		case len(staged) >= MostStaged:
			p.Add("email", "too_many_staged", "Most", strconv.Itoa(MostStaged))
		default:
			staged = append(without(staged, email), Staged{email, role})
			continue
		}
		left = append(left, one)
	}
	d.Staged, d.Email = lines(staged), strings.Join(left, " ")
	return d, p.Err()
}

// Take takes the row of an address out again.
func (d AdminsDraft) Take(by Actor) (AdminsDraft, error) {
	staged, err := d.Read(by)
	d.Staged, d.Remove = lines(without(staged, d.Remove)), ""
	return d, err
}

// Read gives those that are staged. The form carries them, so they are judged like what is typed: a level the actor may
// not give, and an address that is none, is a problem of the field "staged".
func (d AdminsDraft) Read(by Actor) ([]Staged, error) {
	var out []Staged
	for _, line := range d.Staged {
		role, typed, _ := strings.Cut(line, " ")
		email, ok := ParseEmail(typed)
		if !ok || !by.MayGrant(RoleID(role)) || len(out) == MostStaged {
			return nil, Problems{"staged": {Code: "choice"}}
		}
		out = append(without(out, email), Staged{email, RoleID(role)})
	}
	return out, nil
}

// Ready is Read for sending: nobody is a problem of the field "email".
func (d AdminsDraft) Ready(by Actor) ([]Staged, error) {
	staged, err := d.Read(by)
	if err == nil && len(staged) == 0 {
		err = Problems{"email": {Code: "nobody_staged"}}
	}
	return staged, err
}

// Invitation is the offer to a staged one. It opens the partner's portal and no site: those are invited to apart (C14).
func (s Staged) Invitation(by Actor) Invitation {
	return Invitation{
		Kind: KindUser, Email: s.Email, Role: s.Role, Scope: Whole(by.Account.ID), Language: by.User.Language, NotifyEmail: true,
	}
}

// Addresses takes a pasted text apart into what could be addresses.
func Addresses(pasted string) []string {
	return strings.FieldsFunc(pasted, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' })
}

func without(staged []Staged, email string) []Staged {
	return slices.DeleteFunc(slices.Clone(staged), func(s Staged) bool { return s.Email == email })
}

func lines(staged []Staged) []string {
	var out []string
	for _, s := range staged {
		out = append(out, s.String())
	}
	return out
}

// CorrectLevel offers an administrator who has not accepted another level, and sends the invitation again: the old link is
// dead at once.
func (m Membership) CorrectLevel(by Actor, to RoleID, now time.Time) (Membership, Event, error) {
	if err := m.MayCorrect(by, now); err != nil {
		return m, Event{}, err
	}
	if to == m.Role {
		return m, Event{}, stale("same_role")
	}
	return m.Correct(Invitation{
		Kind: m.Kind, Email: m.Email, FirstName: m.FirstName, LastName: m.LastName, Phone: m.Phone, Language: m.Language, Message: m.Message,
		Role: to, Scope: m.Scope, NotifyEmail: m.NotifyEmail, NotifyText: m.NotifyText, EndsAt: m.EndsAt,
	}, by, now)
}

// ForcePassword signs a partner's administrator out everywhere and lets them in only with a new password: what a Master
// does where an account cannot be locked.
func (m Membership) ForcePassword(by Actor, now time.Time) (Membership, Event, error) {
	if err := m.change(by, now); err != nil {
		return m, Event{}, err
	}
	switch {
	case by.Role.ID != RoleMaster || (Role{ID: m.Role}).Lockable():
		return m, Event{}, ErrForbidden
	case m.UserID == by.User.ID:
		return m, Event{}, forbidden("not_yourself")
	}
	return m, m.event(PasswordForced, by, now), nil
}

// NeedsMail refuses what nobody would hear of without a mail server.
func NeedsMail() error { return stale("needs_mail") }

// ConfirmWord holds what was typed against the word that says that a change that cannot be undone is meant. It is a problem
// of the field "typed".
func ConfirmWord(typed, word string) error {
	if strings.EqualFold(strings.TrimSpace(typed), word) {
		return nil
	}
	p := Problems{}
	p.Add("typed", "word", "Word", word)
	return p
}

// Erase takes somebody out for good, with all that the account knows of them: it cannot be undone, and the address can be
// invited again as a new person (product.md, where the sources clash: 7). Whoever is only invited can be erased too.
func (m Membership) Erase(by Actor, keepers int, now time.Time) (Membership, Event, error) {
	if !by.Can(m.Needs(EditUsers)) {
		return m, Event{}, ErrForbidden
	}
	if err := by.MayTouch(m); err != nil {
		return m, Event{}, err
	}
	if m.UserID != "" && m.UserID == by.User.ID {
		return m, Event{}, forbidden("not_yourself")
	}
	if err := m.lastKeeper(now, keepers); err != nil {
		return m, Event{}, err
	}
	e := m.event(UserErased, by, now).ofRole(by.Account, m.Role, "")
	e.SubjectName, e.Addresses = "", []string{by.User.Email}
	if m.UserID != "" {
		e = e.moved("erased", "", m.UserID)
	}
	return m.forgotten(now), e, nil
}

// forgotten is what stays of a membership whose person is erased: its id, which is their pseudonym in the history, and when
// it was what.
func (m Membership) forgotten(now time.Time) Membership {
	m.RemovedAt = now
	m.UserID, m.Email, m.FirstName, m.LastName, m.Phone, m.Message, m.Company = "", "", "", "", "", "", ""
	m.SuspendedBy, m.SuspendedByID = "", ""
	m.NotifyEmail, m.NotifyText, m.Factor = false, false, NoFactor
	m.Mail = Mail{State: m.Mail.State, At: m.Mail.At}
	return m
}

// Offers says what becomes of the open offers of somebody who is erased.
type Offers string

// What becomes of them.
const (
	AdoptOffers  Offers = "adopt"  // who erases stands behind them from now on
	RevokeOffers Offers = "revoke" // they are withdrawn
)

// Chosen reports whether one of the two is.
func (o Offers) Chosen() bool { return o == AdoptOffers || o == RevokeOffers }

// Settle does with an open offer, whose inviter is erased, what was chosen. One that is not the actor's to make is withdrawn
// whatever was chosen: nobody stands behind it any more, and it is not to look as if it were open.
func (o Offers) Settle(m Membership, by Actor, now time.Time) (Membership, Event, error) {
	if o == AdoptOffers {
		if after, event, err := m.Adopt(by, now); err == nil {
			return after, event, nil
		}
	}
	switch {
	case by.Account.ID != m.AccountID:
		return m, Event{}, ErrNotFound
	case m.State(now) != StatePending:
		return m, Event{}, stale("not_pending", "State", string(m.State(now)))
	}
	m.RevokedAt = now
	return m, m.event(InviteRevoked, by, now), nil
}

// Adopt puts another inviter behind an open offer whose own is erased. They must be able to make it.
func (m Membership) Adopt(by Actor, now time.Time) (Membership, Event, error) {
	if m.State(now) != StatePending {
		return m, Event{}, stale("not_pending", "State", string(m.State(now)))
	}
	if err := by.StandsBehind(m); err != nil {
		return m, Event{}, err
	}
	m.InvitedBy, m.InviterName = by.User.ID, by.User.Name()
	return m, m.event(InviteAdopted, by, now), nil
}
