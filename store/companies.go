package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/domain"
)

// A Company is another company that has invited a person as a guest.
type Company struct {
	Membership domain.Membership
	Account    domain.Account
	// Open says that the person can enter it now: accepted, active on both sides, not ended, and at home nowhere locked.
	Open bool
	// Places are the names of what the access reaches; none for the whole account.
	Places []string
}

// ofGuest is the condition under which the guest membership m concerns the person $1 with the address $2: theirs, or
// offered to their address and not withdrawn.
const ofGuest = `m.kind = 'guest' and m.removed_at = 0 and m.revoked_at = 0 and `

// guestRows reads a person's guest memberships: those they have accepted, and those offered to their address.
func (s *Store) guestRows(ctx context.Context, q querier, u domain.User) ([]domain.Membership, error) {
	mine, err := readMemberships(ctx, q, s.indexedBy("memberships_user")+" where "+ofGuest+"m.user_id = $1", u.ID)
	if err != nil {
		return nil, err
	}
	offered, err := readMemberships(ctx, q, s.indexedBy("memberships_waiting")+" where "+ofGuest+"m.email = $1 and m.accepted_at = 0", u.Email)
	return append(offered, mine...), err
}

// Companies lists everything a person has been invited to as a guest: what waits for an answer first, then by name.
func (s *Store) Companies(ctx context.Context, u domain.User) ([]Company, error) {
	rows, err := s.guestRows(ctx, s.read, u)
	if err != nil {
		return nil, err
	}
	home, err := s.homeOpen(ctx, s.read, u.ID)
	if err != nil {
		return nil, err
	}
	var out []Company
	for _, m := range rows {
		c := Company{Membership: m}
		by, err := s.AccountByID(ctx, m.AccountID)
		if err != nil {
			return nil, err
		}
		if c.Account, err = s.withRoles(ctx, by); err != nil {
			return nil, err
		}
		if c.Places, err = nodeNames(ctx, s.read, m); err != nil {
			return nil, err
		}
		c.Open = m.Active(s.now()) && c.Account.SuspendedAt.IsZero() && home
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Company) int {
		return strings.Compare(domain.Fold(a.Account.Name)+a.Membership.ID, domain.Fold(b.Account.Name)+b.Membership.ID)
	})
	return out, nil
}

// withRoles adds the roles the account has made.
func (s *Store) withRoles(ctx context.Context, a domain.Account) (domain.Account, error) {
	var err error
	a.Roles, err = ownRoles(ctx, s.read, a.ID)
	return a, err
}

// homeOpen reports whether a person's own places leave them a guest elsewhere: one is open, or they never had any.
func (s *Store) homeOpen(ctx context.Context, q querier, user string) (bool, error) {
	found, err := all(ctx, q, number, "select case when "+strings.ReplaceAll(active(2), "m.", "h.")+" and a.suspended_at = 0 and not ("+strings.ReplaceAll(s.severed(2), "m.", "h.")+") then 1 else 0 end from memberships h"+
		s.indexedBy("memberships_person")+" join accounts a on a.id = h.account_id where h.user_id = $1 and h.kind <> 'guest'", user, micros(s.now()))
	return len(found) == 0 || slices.Contains(found, 1), wrap(err, "look at a person's own places")
}

// Invited counts a person's companies and the invitations that wait for an answer: for the menu.
func (s *Store) Invited(ctx context.Context, u domain.User) (all, waiting int, err error) {
	rows, err := s.guestRows(ctx, s.read, u)
	for _, m := range rows {
		if m.State(s.now()) == domain.StatePending {
			waiting++
		}
	}
	return len(rows), waiting, err
}

// guestOf finds one of a person's own rows; anybody else's is domain.ErrNotFound.
func (s *Store) guestOf(ctx context.Context, q querier, u domain.User, id string) (domain.Membership, error) {
	if !storable(id) {
		return domain.Membership{}, domain.ErrNotFound
	}
	return readMembership(ctx, q, "where m.id = $1 and "+ofGuest+"(m.user_id = $2 or m.email = $3 and m.accepted_at = 0)", id, u.ID, u.Email)
}

// AnswerCompany is the guest's answer: everything is checked again as at any acceptance. What is not theirs is
// domain.ErrNotFound, what is not open any more a *domain.Refusal.
func (s *Store) AnswerCompany(ctx context.Context, user domain.User, id string, yes bool, from string) (answered domain.Membership, err error) {
	err = s.tx(ctx, func(t *tx) error {
		u, err := person(ctx, t, user.ID)
		if err != nil {
			return err
		}
		m, err := s.guestOf(ctx, t, u, id)
		if err != nil {
			return err
		}
		if !yes {
			after, event, err := m.Decline(u, from, s.now())
			return s.answer(ctx, t, m, after, event, err, &answered)
		}
		offered, err := living(ctx, t, m)
		if err != nil {
			return err
		}
		inviter, err := s.offerer(ctx, t, m)
		if err != nil {
			return err
		}
		after, event, err := offered.Accept(u, inviter, from, s.now())
		return s.answer(ctx, t, m, after, event, err, &answered)
	})
	return answered, err
}

func (s *Store) answer(ctx context.Context, t *tx, before, after domain.Membership, event domain.Event, err error, into *domain.Membership) error {
	if err != nil {
		return err
	}
	if *into, err = s.updateMembership(ctx, t, before, after); err != nil {
		return err
	}
	return record(ctx, t, event)
}

// LeaveCompany ends a person's access as a guest by their own wish.
func (s *Store) LeaveCompany(ctx context.Context, u domain.User, id, from string) (left domain.Membership, err error) {
	err = s.tx(ctx, func(t *tx) error {
		m, err := s.guestOf(ctx, t, u, id)
		if err != nil {
			return err
		}
		after, event, err := m.Leave(u, from, s.now())
		return s.answer(ctx, t, m, after, event, err, &left)
	})
	return left, err
}

// EnterCompany binds a session to the company of a guest membership, under a new secret: from then on it reaches that
// company and nothing else (GST-07). It is written down as the guest's last use.
func (s *Store) EnterCompany(ctx context.Context, u domain.User, session, renewed, id, from string) (domain.Membership, error) {
	var m domain.Membership
	err := s.tx(ctx, func(t *tx) error {
		var err error
		if m, err = s.guestOf(ctx, t, u, id); err != nil {
			return err
		}
		event, err := m.Enter(u, from, s.now())
		if err != nil {
			return err
		}
		home, err := s.homeOpen(ctx, t, u.ID)
		if err != nil {
			return err
		}
		closed, err := one(ctx, t, number, "select a.suspended_at from accounts a where a.id = $1", m.AccountID)
		if err != nil {
			return err
		}
		if !home || closed > 0 {
			return &domain.Refusal{Code: "guest_no_access", Kind: domain.ErrStale}
		}
		if err := s.bind(ctx, t, u, session, renewed, m.ID); err != nil {
			return err
		}
		if _, err := exec(ctx, t, "update memberships set last_sign_in_at = $1 where id = $2", micros(s.now()), m.ID); err != nil {
			return fmt.Errorf("note a guest's visit: %w", err)
		}
		return record(ctx, t, event)
	})
	return m, err
}

// ReturnHome takes a session back to its person's own accounts, under a new secret, also when it is there already. Nothing is
// written down of a company whose access has ended meanwhile. domain.ErrNotFound when there is no such session.
func (s *Store) ReturnHome(ctx context.Context, u domain.User, session, renewed, from string) error {
	return s.tx(ctx, func(t *tx) error {
		bound, err := one(ctx, t, text, "select s.company_id from sessions s where s.hash = $1 and s.user_id = $2", session, u.ID)
		if err != nil {
			return err
		}
		if err := s.bind(ctx, t, u, session, renewed, ""); err != nil || bound == "" {
			return err
		}
		found, err := readMemberships(ctx, t, "where m.id = $1 and "+ofGuest+"m.user_id = $2", bound, u.ID)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return s.leaveSupport(ctx, t, u, bound, from)
		}
		return record(ctx, t, found[0].Return(u, from, s.now()))
	})
}

func (s *Store) bind(ctx context.Context, t *tx, u domain.User, session, renewed, company string) error {
	err := changed(ctx, t, "update sessions set hash = $1, company_id = $2 where hash = $3 and user_id = $4", renewed, company, session, u.ID)
	return wrap(gone(err), "bind a session")
}

// JoinAsGuest makes the account of somebody who was invited as a guest and has none: the link in their mail proves the
// address. The invitation stays open: they answer it themself. It is told in no history: the only account that could hold
// the line is the host's, who must not learn that the address was new (GST-01). domain.ErrStale when the address has a person.
func (s *Store) JoinAsGuest(ctx context.Context, token string, d domain.PersonDraft, passwordHash string) (u domain.User, err error) {
	err = s.tx(ctx, func(t *tx) error {
		m, err := s.byToken(ctx, t, token)
		if err != nil {
			return err
		}
		if !s.opens(m, token) || m.Kind != domain.KindGuest || m.State(s.now()) != domain.StatePending {
			return domain.ErrNotFound
		}
		inviter, err := s.offerer(ctx, t, m)
		if err != nil {
			return err
		}
		if inviter.StandsBehind(m) != nil {
			return domain.ErrNotFound
		}
		_, known, err := personKnown(ctx, t, m.Email)
		if err != nil {
			return err
		}
		if known {
			return &domain.Refusal{Code: "sign_in_first", Kind: domain.ErrStale}
		}
		p, err := d.Check(inviter.Account.Country, false)
		if err != nil {
			return err
		}
		u = newPerson(m.Email, p, passwordHash, s.now())
		return insertUser(ctx, t, u)
	})
	if violated(err) == "users_email" {
		return domain.User{}, &domain.Refusal{Code: "sign_in_first", Kind: domain.ErrStale}
	}
	return u, err
}
