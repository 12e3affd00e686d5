package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/domain"
)

// DemoPassword is everybody's in the demo. It is public: the demo is for trying Gatehouse, never for use.
const DemoPassword = "correct horse battery gatehouse"

// demoHash is DemoPassword, stretched beforehand so that the demo loads at once.
const demoHash = "$argon2id$v=19$m=19456,t=2,p=1$Z2F0ZWhvdXNlLWRlbW8tMQ$l5etZYT8r/RofR1J60NpYeIbHz7IPGvaEMYB1XAMRpY" //nolint:gosec // of the public demo password

// The companies of the demo, by their slugs: a partner, two customers of it, and one of another partner that none of the
// people of the others may ever see a word of (Canary).
const (
	Northgate   = "northgate"
	Stonecrop   = "stonecrop"
	Brightwater = "brightwater"
	Cobalt      = "cobalt"
	Larkspur    = "larkspur"
)

// ErrNotEmpty says that there are people or companies in the database already.
var ErrNotEmpty = errors.New("the database is not empty")

// LoadDemo puts the demo companies into an empty database, as if they had lived with Gatehouse until now: every
// state an invite or a person can be in, made by the changes of package domain with their history. ErrNotEmpty
// when somebody is there.
func (s *Store) LoadDemo(ctx context.Context) error {
	err := s.tx(ctx, func(t *tx) error {
		empty, err := needsSetup(ctx, t)
		if err != nil {
			return err
		}
		if !empty {
			return ErrNotEmpty
		}
		d := demo{now: s.now(), people: map[string]domain.User{}}
		d.build()
		if d.err != nil {
			return d.err
		}
		return s.writeDemo(ctx, t, &d)
	})
	return wrap(err, "load the demo")
}

// demo is the demo in the making: all in memory first.
type demo struct {
	now       time.Time
	accounts  []domain.Account
	sites     []domain.Site
	groups    []domain.Group
	devices   []domain.Device
	people    map[string]domain.User
	order     []string // addresses, as they joined
	lives     []life
	events    []domain.Event
	credits   demoCredits
	supported demoSupport
	err       error // the first one
}

// life is one membership with what happened to it.
type life struct {
	domain.Membership
	happened []domain.Event
}

func (d *demo) build() {
	partner := d.company(domain.Account{Slug: Northgate, Name: "Northgate Integrators", Kind: domain.Partner}, nil)
	northgate := d.fill(partner, northgatePeople, northgateInvites)
	stonecrop := d.company(domain.Account{Slug: Stonecrop, Name: "Stonecrop Systems", Kind: domain.Partner}, nil)
	brightwater := d.fill(d.company(domain.Account{Slug: Brightwater, Name: "Brightwater Energy", PartnerID: partner.ID, SetUpBy: Nora, Roles: brightwaterRoles()}, brightwaterSites),
		brightwaterPeople, brightwaterInvites)
	cobalt := d.fill(d.company(domain.Account{Slug: Cobalt, Name: "Cobalt Field Services", PartnerID: partner.ID, SetUpBy: Marisol, SiteAdminsInvite: true, Roles: cobaltRoles()}, cobaltSites),
		cobaltPeople, cobaltInvites)
	d.fill(d.company(domain.Account{Slug: Larkspur, Name: "Larkspur " + Canary, PartnerID: stonecrop.ID, SetUpBy: Petra, Roles: larkspurRoles()}, larkspurSites),
		larkspurPeople, larkspurInvites)
	d.fill(stonecrop, stonecropPeople, nil)
	for i, a := range d.accounts { // now that they have names
		if u, known := d.people[a.SetUpBy]; known {
			d.accounts[i].SetUpBy, d.accounts[i].SetUpByID = u.Name(), u.ID
		}
	}

	d.furnish()
	d.earn(northgate)
	d.guests(brightwater, brightwaterGuests)
	d.guests(cobalt, cobaltGuests)

	d.suspend(northgate, "bram.devries@northgate.example", Marisol, 22*day)
	d.suspend(brightwater, Aisha, Dana, 9*day)
	d.suspend(brightwater, "viktor.lindqvist@gridmark.example", Ingrid, 6*day)
	d.end(brightwater, Chiara, Dana, 7*day, 39*day)
	d.end(brightwater, Beatriz, Dana, 2*day, 54*day)

	d.administrators(northgate)
	d.support(northgate, brightwater, cobalt)
}

// company adds an account and its sites.
func (d *demo) company(a domain.Account, sites []demoSite) domain.Account {
	if a.Kind == "" {
		a.Kind = domain.Customer
	}
	a.ID, a.Country, a.InviteDays, a.Reminders, a.CreatedAt = newID(), "US", domain.DefaultInviteDays, true, d.now.Add(-701*day)
	d.accounts = append(d.accounts, a)
	d.events = append(d.events, domain.Event{AccountID: a.ID, At: a.CreatedAt, Kind: domain.AccountCreated, SubjectID: a.ID, SubjectName: a.Name})
	for _, v := range sites {
		d.sites = append(d.sites, domain.Site{ID: newID(), AccountID: a.ID, Name: v.name, Code: v.code, Address: v.address, TimeZone: "America/Los_Angeles", CreatedAt: a.CreatedAt, Version: 1})
	}
	return a
}

// fill lets people join an account and invites others.
func (d *demo) fill(a domain.Account, people []demoPerson, invites []demoInvite) domain.Account {
	for i, p := range people {
		d.join(a, i, p)
		if i == 0 {
			d.makeRoles(a, p.email)
		}
	}
	for _, v := range invites {
		d.invite(a, v)
	}
	return a
}

// join invites somebody and lets them accept some hours later. The first one of an account is invited by nobody.
func (d *demo) join(a domain.Account, i int, p demoPerson) {
	at := d.ago(p.invited - time.Duration(i*41%300)*time.Minute)
	by := d.actor(a, p.by)
	if p.by == "" {
		by.Role, by.Scope = topRole(a.Kind), domain.Whole(a.ID)
		by.User = domain.User{ID: newID(), FirstName: "Gatehouse", Language: "en"}
	}
	l := d.offer(a, by, at, p.name, p.email, p.role, p.sites, p.language, "")
	accepted := at.Add(time.Duration(1+i*13%61) * time.Hour)
	if accepted.After(d.now) {
		accepted = d.now.Add(-time.Hour)
	}
	d.remind(&l, accepted)
	u := d.person(p, l.Phone, accepted)
	d.step(&l)(l.Accept(u, by, "203.0.113.24", accepted))
	if p.by == "" {
		l.InvitedBy, l.InviterName = u.ID, u.Name()
		l.happened = l.happened[len(l.happened)-1:]
	}
	if p.seen > 0 {
		l.LastSignInAt = d.ago(p.seen)
	}
	l.Mail = domain.Mail{State: domain.MailSent, At: at.Add(4 * time.Second)}
	d.lives = append(d.lives, l)
}

// person makes the user of an address the first time somebody joins with it.
func (d *demo) person(p demoPerson, phone string, joined time.Time) domain.User {
	if u, ok := d.people[p.email]; ok {
		return u
	}
	first, last, _ := strings.Cut(p.name, " ")
	u := domain.User{
		ID: newID(), Email: p.email, FirstName: first, LastName: last, Phone: phone, Language: language(p.language), TimeZone: "America/Los_Angeles",
		PasswordHash: demoHash, PasswordChangedAt: joined, CreatedAt: joined, Version: 1,
	}
	if p.seen > 0 {
		u.LastSignInAt = d.ago(p.seen)
		d.events = append(d.events, u.Event(domain.SignedInEvent, "203.0.113.24", u.LastSignInAt))
	}
	d.people[p.email] = u
	d.order = append(d.order, p.email)
	return u
}

func (d *demo) invite(a domain.Account, v demoInvite) {
	at := d.ago(v.sent)
	by := d.actor(a, v.by)
	l := d.offer(a, by, at, v.name, v.email, v.role, v.sites, v.language, v.message)
	if v.resent > 0 {
		d.remind(&l, at.Add(a.Period()))
		d.lapse(&l, d.ago(v.resent))
		at = d.ago(v.resent)
		d.step(&l)(l.Resend(by, at))
	}
	if v.revoked > 0 {
		d.remind(&l, d.ago(v.revoked))
		d.step(&l)(l.Revoke(by, d.ago(v.revoked)))
	} else {
		d.remind(&l, d.now)
		d.lapse(&l, d.now)
	}
	l.Mail = domain.Mail{State: v.mail, At: at.Add(4 * time.Second), Error: v.reason}
	if v.mail == domain.MailQueued {
		l.Mail.At = d.now.Add(4 * time.Minute)
	}
	d.lives = append(d.lives, l)
}

func (d *demo) offer(a domain.Account, by domain.Actor, at time.Time, name, email string, role domain.RoleID, sites, lang, message string) life {
	first, last, _ := strings.Cut(name, " ")
	in := domain.Invitation{
		Email: email, FirstName: first, LastName: last, Phone: fmt.Sprintf("+1503555%04d", 100+len(d.lives)), Language: language(lang),
		Message: message, Role: roleNamed(a, role), Scope: d.scope(a, sites), NotifyEmail: true, NotifyText: len(d.lives)%3 == 0,
	}
	var l life
	d.step(&l)(domain.Invite(domain.Membership{}, in, by, at))
	return l
}

// step takes the outcome of a change into a life.
func (d *demo) step(l *life) func(domain.Membership, domain.Event, error) {
	return func(m domain.Membership, e domain.Event, err error) {
		if err != nil && d.err == nil {
			d.err = fmt.Errorf("%s: %w", m.Email, err)
		}
		l.Membership = m
		l.happened = append(l.happened, e)
	}
}

// remind sends the reminders that were due until then.
func (d *demo) remind(l *life, until time.Time) {
	for at := l.NextReminder(); at.Before(until) && at.Before(l.ExpiresAt); at = l.NextReminder() {
		d.step(l)(l.Remind(at))
	}
}

// lapse writes down that the invite expired, if it has by then.
func (d *demo) lapse(l *life, by time.Time) {
	if !l.ExpiresAt.After(by) {
		d.step(l)(l.Expire(l.ExpiresAt))
	}
}

func (d *demo) suspend(a domain.Account, email, by string, ago time.Duration) {
	l := d.life(a, email)
	d.step(l)(l.Suspend(d.actor(a, by), 1, d.ago(ago)))
}

func (d *demo) end(a domain.Account, email, by string, ago, in time.Duration) {
	l := d.life(a, email)
	d.step(l)(l.SetEnd(d.actor(a, by), d.now.Add(in).Truncate(day), 1, d.ago(ago)))
}

func (d *demo) life(a domain.Account, email string) *life {
	return &d.lives[slices.IndexFunc(d.lives, func(l life) bool { return l.AccountID == a.ID && l.Email == email })]
}

// actor is somebody who joined the account, as they are at the end; the account alone for nobody.
func (d *demo) actor(a domain.Account, email string) domain.Actor {
	by := domain.Actor{Account: a, From: "203.0.113.24"}
	if email == "" {
		return by
	}
	l := d.life(a, email)
	by.User, by.Scope = d.people[email], l.Scope
	by.Role = a.RoleOf(l.Role)
	return by
}

func (d *demo) scope(a domain.Account, codes string) domain.Scope {
	if codes == "" {
		return domain.Whole(a.ID)
	}
	var ids []string
	for _, v := range d.sites {
		if v.AccountID == a.ID && slices.Contains(strings.Fields(codes), v.Code) {
			ids = append(ids, v.ID)
		}
	}
	return domain.Sites(a.ID, ids...)
}

func (d *demo) ago(t time.Duration) time.Time { return d.now.Add(-t) }

// topRole is the role that may grant every other, for the first person of an account.
func topRole(kind domain.AccountKind) domain.Role {
	id := domain.RoleAdmin
	if kind == domain.Partner {
		id = domain.RoleMaster
	}
	role, _ := domain.ParseRole(string(id), kind)
	return role
}

func language(typed string) string {
	if typed == "" {
		return "en"
	}
	return typed
}

func (s *Store) writeDemo(ctx context.Context, t *tx, d *demo) error {
	for _, a := range d.accounts {
		if err := insertAccount(ctx, t, a); err != nil {
			return err
		}
		if err := insertRoles(ctx, t, a.ID, micros(a.CreatedAt), a.Roles...); err != nil {
			return err
		}
	}
	if err := d.writeTree(ctx, t); err != nil {
		return err
	}
	people := make([]domain.User, len(d.order))
	for i, email := range d.order {
		people[i] = d.people[email]
	}
	if err := insertUser(ctx, t, people...); err != nil {
		return err
	}
	for _, l := range d.lives {
		m, err := s.insertMembership(ctx, t, l.Membership)
		if err != nil {
			return err
		}
		for _, e := range l.happened {
			e.SubjectID = m.ID
			d.events = append(d.events, e)
		}
		if m.Mail.State == domain.MailQueued {
			if err := deliver(ctx, t, inviteDelivery(m)); err != nil {
				return err
			}
		}
	}
	if err := s.writeDemoApps(ctx, t, people); err != nil {
		return err
	}
	if err := d.credits.write(ctx, t); err != nil {
		return err
	}
	if err := d.supported.write(ctx, t); err != nil {
		return err
	}
	return record(ctx, t, d.events...)
}

// inviteDelivery is the queued mail of an invite.
func inviteDelivery(m domain.Membership) domain.Delivery {
	return domain.Delivery{
		AccountID: m.AccountID, Kind: domain.InviteMail, MembershipID: m.ID, Generation: m.Generation, To: m.Email, Language: m.Language,
		CreatedAt: m.SentAt, NextAt: m.Mail.At,
	}
}
