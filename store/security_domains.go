package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/domain"
)

// admitting gives an account the addresses, of those in question, that belong to Support Providers with granted access.
// It looks only for what the allowed domains leave out.
func (s *Store) admitting(ctx context.Context, q querier, a domain.Account, emails ...string) (domain.Account, error) {
	var outside []string
	for _, typed := range emails {
		if email, ok := domain.ParseEmail(typed); ok && a.Admits(email) != nil {
			outside = append(outside, email)
		}
	}
	if len(outside) == 0 {
		return a, nil
	}
	return s.providing(ctx, q, a, outside)
}

func (s *Store) providing(ctx context.Context, q querier, a domain.Account, emails []string) (domain.Account, error) {
	grants, err := s.supportOf(ctx, q, a)
	if err != nil || len(grants) == 0 {
		return a, err
	}
	for some := range slices.Chunk(emails, 1000) {
		found, err := readMemberships(ctx, q, s.indexedBy("memberships_address")+" where m.account_id = $1 and m.kind = 'user' and m.removed_at = 0 and lower(m.email) in ("+
			in(len(some), 2)+")", append([]any{a.PartnerID}, values(some)...)...)
		if err != nil {
			return a, err
		}
		for _, m := range found {
			if slices.ContainsFunc(grants, func(g domain.SupportGrant) bool { return g.Provides(a, m, s.now()) }) {
				a.Providers = append(slices.Clone(a.Providers), m.Email)
			}
		}
	}
	return a, nil
}

// Outsiders are those whom a list of allowed domains leaves out.
type Outsiders struct {
	People  Count
	Invites Count
	// Guests are those who are in, GuestInvites those with a pending invitation.
	Guests, GuestInvites Count
	// The first of each, by name, and offers by the time they were sent; guests' offers by name.
	FirstPeople, FirstInvites, FirstGuests, FirstGuestInvites []domain.Membership
}

// mostShown is how many of those left out a preview names.
const mostShown = 10

// Outside tells whom a list of allowed domains leaves out: people who are in, and pending invites that could not be
// accepted any more, and the same of guests to who views them. It reads no more than it tells, by an index on the addresses'
// domains.
func (s *Store) Outside(ctx context.Context, by domain.Actor, allowed domain.AllowedDomains) (o Outsiders, err error) {
	if len(allowed) == 0 {
		return o, nil
	}
	query := Query{Outside: &allowed, Paging: Paging{Limit: mostShown}}
	if o.People, o.FirstPeople, err = s.counted(ctx, usersView, by, query); err != nil {
		return o, err
	}
	if o.Invites, o.FirstInvites, err = s.counted(ctx, s.pending(invitesView), by, query); err != nil || !by.Can(domain.ViewGuests) {
		return o, err
	}
	if o.Guests, o.FirstGuests, err = s.counted(ctx, guestsIn(), by, query); err != nil {
		return o, err
	}
	o.GuestInvites, o.FirstGuestInvites, err = s.counted(ctx, s.pending(guestsView), by, query)
	return o, err
}

// counted is how many rows a list has, and the first of them.
func (s *Store) counted(ctx context.Context, v view, by domain.Actor, query Query) (Count, []domain.Membership, error) {
	n, err := s.countMemberships(ctx, v, by, query)
	if err != nil || n.N == 0 {
		return n, nil, err
	}
	page, err := s.membershipPage(ctx, v, by, query)
	return n, page.Rows, err
}

// pending is a list of offers, pending ones only, in which one condition is counted by its own index.
func (s *Store) pending(v view) view {
	v.more = fmt.Sprintf(" and %s and m.expires_at > %d", open, micros(s.now()))
	v.domains = "memberships_open_domain"
	return v
}

// guestsIn is the list of guests who have accepted, in which one condition is counted by its own index.
func guestsIn() view {
	v := guestsView
	v.more, v.parts = " and m.accepted_at > 0", []string{"guest in"}
	v.domains = "memberships_in_domain"
	return v
}

// LeavesOut reports whether a list of allowed domains would leave out the actor's own address.
func (s *Store) LeavesOut(ctx context.Context, by domain.Actor, allowed domain.AllowedDomains) (bool, error) {
	var err error
	by.Account, err = s.providing(ctx, s.read, by.Account, []string{by.User.Email})
	return by.LeavesOut(allowed), err
}

// WithoutFactor tells who of these roles is active and has no second factor: how many, and the first by name; and of how many
// guests the same is true, to who views them.
func (s *Store) WithoutFactor(ctx context.Context, by domain.Actor, roles []domain.RoleID) (people Count, first []domain.Membership, guests Count, err error) {
	query := Query{NoFactor: roles, Paging: Paging{Limit: mostShown}}
	if people, first, err = s.counted(ctx, usersView, by, query); err != nil || !by.Can(domain.ViewGuests) {
		return people, first, guests, err
	}
	guests, err = s.countMemberships(ctx, guestsIn(), by, query)
	return people, first, guests, err
}

// outside leaves those whose address is of none of the domains, nor a Support Provider's. They lie in the gaps between
// the domains, in the order of the index: each gap is a range of it, whatever the number of people inside.
func (f filter) outside(ctx context.Context, q querier, by domain.Actor, allowed domain.AllowedDomains) (condition, error) {
	if len(allowed) == 0 {
		return condition{holds: nothing, known: &handful{column: "id"}}, nil
	}
	grants, err := f.store.supportOf(ctx, q, by.Account)
	if err != nil {
		return condition{}, err
	}
	// providers leaves out who is a Support Provider now; no text when nobody is.
	providers := func(a *args) string {
		if len(grants) == 0 {
			return ""
		}
		now := micros(f.store.now())
		return ` and not exists (select 1 from memberships p where p.account_id = ` + a.add(by.Account.PartnerID) + ` and p.kind = 'user'
			and lower(p.email) = m.email and p.removed_at = 0 and p.accepted_at > 0 and p.suspended_at = 0 and (p.ends_at = 0 or p.ends_at > ` + a.add(now) + "))"
	}
	rows := func(a *args, first string) string {
		var b strings.Builder
		b.WriteString("(values " + first)
		for i, host := range allowed {
			if i > 0 || first != "" {
				b.WriteByte(',')
			}
			b.WriteString("(" + a.add(host) + ")")
		}
		return b.String() + ") v"
	}
	c := condition{by: f.store.rowColumn(), holds: func(a *args) string {
		return "m.email_domain not in (" + a.add(values(allowed)...) + ")" + providers(a)
	}}
	// The database itself puts the domains in order: only its own order is that of its index.
	c.found = []func(*args) string{
		func(a *args) string {
			return "select m." + f.store.rowColumn() + " from (select v.column1 as lo, lead(v.column1) over (order by v.column1) as hi from " + rows(a, "('')") +
				") gap cross join memberships m" + f.store.indexedBy(f.view.domains) + " where " + f.base(a) +
				" and m.email_domain > gap.lo and m.email_domain < gap.hi" + providers(a)
		},
		func(a *args) string {
			return "select m." + f.store.rowColumn() + " from memberships m" + f.store.indexedBy(f.view.domains) + " where " + f.base(a) +
				" and m.email_domain > (select max(v.column1) from " + rows(a, "") + ")" + providers(a)
		},
	}
	return c, nil
}

// noFactor leaves active people of some roles who have no second factor.
func (f filter) noFactor(roles []domain.RoleID) condition {
	of := texts(roles)
	if len(of) == 0 {
		return condition{holds: nothing, known: &handful{column: "id"}}
	}
	if len(of) == 1 {
		of = append(of, of[0]) // as in oneOf
	}
	now := micros(f.store.now())
	holds := func(a *args) string {
		return "m.second_factor = 0 and m.role in (" + a.add(values(of)...) + ") and m.suspended_at = 0 and (m.ends_at = 0 or m.ends_at > " + a.add(now) + ")"
	}
	return condition{holds: holds, by: f.store.rowColumn(), found: []func(*args) string{f.through("memberships_in_unproved", holds)}}
}
