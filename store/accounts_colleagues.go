package store

import (
	"context"
	"errors"
	"slices"

	"gatehouse/domain"
)

// InviteColleague offers one of the partner's administrators a place at a site of a customer, as an invite of that account
// (C14). What is wrong with the draft are domain.Problems.
func (s *Store) InviteColleague(ctx context.Context, by domain.Actor, id string, d domain.ColleagueDraft) (m domain.Membership, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		if !c.by.Can(domain.InviteColleagues) {
			return domain.ErrForbidden
		}
		client, err := s.openClient(ctx, c, id)
		if err != nil {
			return err
		}
		colleague, site, err := s.colleagueAt(ctx, c, client, d)
		if err != nil {
			return err
		}
		if client, err = s.admitting(ctx, c, client, colleague.Email); err != nil {
			return err
		}
		in, err := d.Check(client, colleague, site, c.now)
		if err != nil {
			return err
		}
		if m, err = s.offerThere(ctx, c, client, in); err != nil {
			return colleagueProblem(err)
		}
		return record(ctx, t, client.Told(domain.ColleagueInvited, c.by, c.now, "name", m.Name(), domain.ColleagueKept, colleague.ID, "role", string(m.Role), "site", site.Name))
	})
	if violated(err) == "memberships_address" {
		err = domain.Problems{"colleague": {Code: "colleague_taken"}}
	}
	if err != nil {
		return domain.Membership{}, err
	}
	return m, nil
}

// colleagueProblem says at the field of the form why an offer to a colleague cannot be made: they have been turned away, or
// have one already, and the partner is not told which (PRIV-20).
func colleagueProblem(err error) error {
	var p domain.Problems
	if errors.As(err, &p) || errors.Is(err, domain.ErrForbidden) {
		return domain.Problems{"colleague": {Code: "colleague_taken"}}
	}
	return err
}

// colleagueAt finds the administrator and the site a draft names; zero where there is none of the partner's.
func (s *Store) colleagueAt(ctx context.Context, c changing, client domain.Account, d domain.ColleagueDraft) (m domain.Membership, site domain.Site, err error) {
	if email, ok := domain.ParseEmail(d.Colleague); ok {
		m, err = readMembership(ctx, c, s.indexedBy("memberships_address")+" where m.account_id = $1 and m.kind = 'user' and lower(m.email) = $2 and m.removed_at = 0",
			c.by.Account.ID, email)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return m, site, err
		}
	}
	there, err := c.by.Toward(client, domain.Help{})
	if err != nil {
		return m, site, err
	}
	site, err = readSite(ctx, c, there, d.Site)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return m, site, err
	}
	return m, site, nil
}

// Colleagues are the partner's administrators who are in, by name: up to n, and whether there are more.
func (s *Store) Colleagues(ctx context.Context, by domain.Actor, n int) ([]domain.Membership, bool, error) {
	page, err := s.Users(ctx, by, Query{States: []domain.State{domain.StateAccepted}, Paging: Paging{Sort: "name", Limit: n}})
	return page.Rows, page.Next != "", err
}

// CopyClientLink is CopyLink for an offer in a customer's account that the actor could make for its partner: the first
// Admin's, or a colleague's. Any other is domain.ErrNotFound.
func (s *Store) CopyClientLink(ctx context.Context, by domain.Actor, id, offer string) (m domain.Membership, token string, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		client, err := s.openClient(ctx, c, id)
		if err != nil {
			return err
		}
		if !storable(offer) {
			return domain.ErrNotFound
		}
		if m, err = readMembership(ctx, t, "where m.id = $1 and m.account_id = $2 and m.removed_at = 0", offer, client.ID); err != nil {
			return err
		}
		there, err := s.toward(ctx, t, c.by, client, m.Email)
		if err != nil {
			return err
		}
		event, err := m.CopyLink(there, c.now)
		if errors.Is(err, domain.ErrForbidden) {
			return domain.ErrNotFound // what else is in the account is none of the partner's business (TEN-18)
		}
		if err != nil {
			return err
		}
		return record(ctx, t, event)
	})
	if err != nil {
		return domain.Membership{}, "", err
	}
	return m, s.InviteToken(m.ID, m.Generation), nil
}

// withdraw erases the places that the partner has offered to somebody in its customers' accounts, and takes what lies about
// them away; the history there is erased with theirs.
func (s *Store) withdraw(ctx context.Context, c changing, m domain.Membership) error {
	var places []domain.Membership
	for _, of := range [][2]string{{"email", m.Email}, {"user_id", m.UserID}} { // an offer knows the address alone, and a person may have another since
		found, err := readMemberships(ctx, c.tx, s.indexedBy("memberships_via_"+of[0])+" where m.via <> '' and m.via = $1 and m."+of[0]+" = $2 and m.removed_at = 0", m.AccountID, of[1])
		if err != nil {
			return err
		}
		for _, place := range found {
			if !slices.ContainsFunc(places, func(p domain.Membership) bool { return p.ID == place.ID }) {
				places = append(places, place)
			}
		}
	}
	for _, place := range places {
		if place.Scope.AccountWide() {
			continue // the account has made it its own
		}
		if err := s.withdrawPlace(ctx, c, place); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) withdrawPlace(ctx context.Context, c changing, place domain.Membership) error {
	client, err := s.readClient(ctx, c, c.by, place.AccountID)
	if err != nil {
		return err
	}
	after, events := place.Withdraw(client, c.by, c.now)
	if err := forgetOffer(ctx, c, place); err != nil {
		return err
	}
	ids := []string{place.ID}
	if place.UserID != "" {
		ids = append(ids, place.UserID)
		if err := s.eraseNames(ctx, c.tx, place.AccountID, place.UserID); err != nil {
			return err
		}
	}
	if _, err := s.eraseEvents(ctx, c, place.AccountID, ids); err != nil {
		return err
	}
	if _, err := s.updateMembership(ctx, c.tx, place, after); err != nil {
		return err
	}
	return record(ctx, c.tx, events...)
}
