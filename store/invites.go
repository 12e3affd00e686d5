package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gatehouse/domain"
)

// Invites lists the offers of the actor's account that the actor may see: open, closed and taken ones. A cursor that
// no page of this list in this order gave is domain.ErrNotFound.
func (s *Store) Invites(ctx context.Context, by domain.Actor, query Query) (Page[domain.Membership], error) {
	return s.membershipPage(ctx, invitesView, by, query)
}

// EachInvite gives every row of the same list to do, for an export; it stops at the first error.
func (s *Store) EachInvite(ctx context.Context, by domain.Actor, query Query, do func(domain.Membership) error) error {
	return s.eachMembership(ctx, invitesView, by, query, do)
}

// InviteIDs are the ids of the same list, up to MostChosen, and whether there are more: for "select all that match".
func (s *Store) InviteIDs(ctx context.Context, by domain.Actor, query Query) (ids []string, more bool, err error) {
	return s.membershipIDs(ctx, invitesView, by, query)
}

// OpenInvites counts the pending ones, as far as the actor may see (INV-22).
func (s *Store) OpenInvites(ctx context.Context, by domain.Actor) (Count, error) {
	return s.CountInvites(ctx, by, Query{States: []domain.State{domain.StatePending}})
}

// CountInvites counts the rows of the list.
func (s *Store) CountInvites(ctx context.Context, by domain.Actor, query Query) (Count, error) {
	return s.countMemberships(ctx, invitesView, by, query)
}

// CountLapsing counts the pending offers of a query that will have expired by then.
func (s *Store) CountLapsing(ctx context.Context, by domain.Actor, query Query, then time.Time) (Count, error) {
	query.States = []domain.State{domain.StatePending}
	soon := invitesView
	soon.more = " and m.expires_at <= " + strconv.FormatInt(micros(then), 10)
	return s.countMemberships(ctx, soon, by, query)
}

// Invite finds an offer. One the actor may not see is domain.ErrNotFound, there or not.
func (s *Store) Invite(ctx context.Context, by domain.Actor, id string) (domain.Membership, error) {
	return s.seenMembership(ctx, invitesView, by, id)
}

// CreateInvite offers access to an address: the row, its history and its mail in one transaction. What is wrong with
// the draft, an address that is in already included, are domain.Problems; over the account's hourly limit it is
// a *domain.Wait.
func (s *Store) CreateInvite(ctx context.Context, by domain.Actor, d domain.InviteDraft) (m domain.Membership, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		if m, err = s.invite(ctx, c, d); err != nil {
			return err
		}
		return s.countSend(ctx, c)
	})
	if violated(err) == "memberships_address" {
		// Somebody else was quicker, in the moment between looking and writing (INV-12, RACE-10).
		return domain.Membership{}, domain.Problems{"email": {Code: "already_invited"}}
	}
	if err != nil {
		return domain.Membership{}, err
	}
	return m.SeenBy(by), nil
}

// invite writes one offer. The limit on how many is the caller's.
func (s *Store) invite(ctx context.Context, c changing, d domain.InviteDraft) (domain.Membership, error) {
	sites, err := existingSites(ctx, c, c.by.Account.ID, texts(d.Scope))
	if err != nil {
		return domain.Membership{}, err
	}
	if c.by.Account, err = s.admitting(ctx, c, c.by.Account, d.Email); err != nil {
		return domain.Membership{}, err
	}
	in, err := d.Check(c.by, sites, c.now)
	if err != nil {
		return domain.Membership{}, err
	}
	in.Kind = domain.KindUser
	return s.offer(ctx, c, in)
}

// offer writes down what was found good, over what the address has already.
func (s *Store) offer(ctx context.Context, c changing, in domain.Invitation) (domain.Membership, error) {
	var none domain.Membership
	have, err := readMembership(ctx, c, s.indexedBy("memberships_address")+" where m.account_id = $1 and m.kind = $2 and lower(m.email) = $3 and m.removed_at = 0",
		c.by.Account.ID, string(in.Kind), in.Email)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return none, err
	}
	m, event, err := domain.Invite(have, in, c.by, c.now)
	if err != nil {
		return none, err
	}
	if have.ID == "" {
		m, err = s.insertMembership(ctx, c.tx, m)
		event.SubjectID = m.ID
	} else {
		m, err = s.updateMembership(ctx, c.tx, have, m)
	}
	if err != nil {
		return none, err
	}
	if err := record(ctx, c.tx, event); err != nil {
		return none, err
	}
	return m, deliver(ctx, c.tx, mailTo(m, domain.InviteMail, c.now))
}

// mailTo is a message to the invitee about the present send.
func mailTo(m domain.Membership, kind domain.DeliveryKind, now time.Time) domain.Delivery {
	return domain.Delivery{
		AccountID: m.AccountID, Kind: kind, MembershipID: m.ID, Generation: m.Generation,
		To: m.Email, Language: m.Language, CreatedAt: now,
	}
}

// countSend counts one more invite of the account within the hour, in the transaction that sends it: fifty at once
// cannot get past the limit (INV-14, RACE-10).
func (s *Store) countSend(ctx context.Context, c changing) error {
	name := "sends of " + c.by.Account.ID
	found, err := readCounters(ctx, c.tx, name)
	if err != nil {
		return err
	}
	n := found[name]
	if wait := n.full(c.now, time.Hour, s.limits.SendsPerHour); wait > 0 {
		return &domain.Wait{For: wait}
	}
	return writeCounter(ctx, c.tx, n.more(c.now, time.Hour))
}

// Resend gives each chosen offer a new link and a new period; the old links are dead at once.
func (s *Store) Resend(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	return s.change(ctx, by, chosen, s.resend)
}

func (s *Store) resend(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
	m, err := c.living(ctx, m)
	if err != nil {
		return m, domain.Event{}, err
	}
	if c.by.Account, err = s.admitting(ctx, c, c.by.Account, m.Email); err != nil {
		return m, domain.Event{}, err
	}
	after, event, err := m.Resend(c.by, c.now)
	if err != nil {
		return m, event, err
	}
	if err := s.countSend(ctx, c); err != nil {
		return m, event, err
	}
	return after, event, deliver(ctx, c.tx, mailTo(after, domain.InviteMail, c.now))
}

// Revoke withdraws each chosen offer that is pending.
func (s *Store) Revoke(ctx context.Context, by domain.Actor, chosen Chosen) ([]Outcome, error) {
	return s.change(ctx, by, chosen, func(_ context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
		return m.Revoke(c.by, c.now)
	})
}

// Correct replaces what is offered and sends it again. A draft without an address means that of the invite; its
// version is that of the row when the form was filled in, and an older one is domain.ErrStale.
func (s *Store) Correct(ctx context.Context, by domain.Actor, id string, d domain.InviteDraft) (domain.Membership, error) {
	version, err := strconv.Atoi(d.Version)
	if err != nil || version < 1 {
		return domain.Membership{}, domain.ErrStale
	}
	return only(s.change(ctx, by, Chosen{IDs: []string{id}, Version: version},
		func(ctx context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
			sites, err := existingSites(ctx, c, m.AccountID, texts(d.Scope))
			if err != nil {
				return m, domain.Event{}, err
			}
			typed := d
			if typed.Email == "" {
				typed.Email = m.Email
			}
			if c.by.Account, err = s.admitting(ctx, c, c.by.Account, typed.Email, m.Email); err != nil {
				return m, domain.Event{}, err
			}
			in, err := typed.Check(c.by, sites, c.now)
			if err != nil {
				return m, domain.Event{}, err
			}
			after, event, err := m.Correct(in, c.by, c.now)
			if err != nil {
				return m, event, err
			}
			if err := s.countSend(ctx, c); err != nil {
				return m, event, err
			}
			return after, event, deliver(ctx, c.tx, mailTo(after, domain.InviteMail, c.now))
		}))
}

// only is the outcome of a change to one row.
func only(outcomes []Outcome, err error) (domain.Membership, error) {
	if err != nil {
		return domain.Membership{}, err
	}
	return outcomes[0].Membership, outcomes[0].Err
}

// CopyLink gives the token of a pending invite's link to somebody who may send it, and writes down who took it.
func (s *Store) CopyLink(ctx context.Context, by domain.Actor, id string) (token string, err error) {
	_, err = only(s.change(ctx, by, Chosen{IDs: []string{id}},
		func(_ context.Context, c changing, m domain.Membership) (domain.Membership, domain.Event, error) {
			event, err := m.CopyLink(c.by, c.now)
			token = s.InviteToken(m.ID, m.Generation)
			return m, event, err
		}))
	if err != nil {
		return "", err
	}
	return token, nil
}

// living takes sites out of the offer's scope that are not there any more: it shrinks and never widens (INV-18).
func (c changing) living(ctx context.Context, m domain.Membership) (domain.Membership, error) {
	return living(ctx, c, m)
}

func living(ctx context.Context, q querier, m domain.Membership) (domain.Membership, error) {
	if m.Kind == domain.KindGuest {
		return livingGuest(ctx, q, m)
	}
	ids := m.Scope.SiteIDs()
	if m.Scope.AccountWide() || len(ids) == 0 {
		return m, nil
	}
	sites, err := existingSites(ctx, q, m.AccountID, ids)
	if err != nil {
		return m, fmt.Errorf("look at an offer's sites: %w", err)
	}
	m.Scope = slices.DeleteFunc(slices.Clone(m.Scope), func(n domain.Node) bool { return !slices.Contains(sites, n.Site) })
	return m, nil
}
