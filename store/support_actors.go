package store

import (
	"context"
	"errors"
	"strings"

	"gatehouse/domain"
)

// supportAnd is a grant with the account that gives it.
type supportAnd struct {
	grant domain.SupportGrant
	in    domain.Account
}

func (s *Store) scanSupportAnd(row scanner) (supportAnd, error) {
	var g supportRow
	var a accountRow
	if err := row.Scan(append(g.into(), a.into()...)...); err != nil {
		return supportAnd{}, err
	}
	in, err := a.account(s.now())
	return supportAnd{g.grant(), in}, err
}

const supportAndAccount = "select " + supportColumns + ", " + accountColumns + " from support_grants m join accounts a on a.id = m.account_id "

// supportActor reads who somebody is inside the account of a grant, now. domain.ErrNotFound when they are nobody there any
// more: it was ended or is over, the account or the partner is suspended, their own place was taken away or does not reach
// so far. Inside a change the grant and their place are held until it is done, so that who ends it comes before it or after.
func (s *Store) supportActor(ctx context.Context, q querier, user, id string) (domain.Actor, error) {
	hold := ""
	if s.held(q) != "" {
		hold = " for share of m, a"
	}
	found, err := one(ctx, q, s.scanSupportAnd, supportAndAccount+"where m.id = $1"+hold, id)
	if err != nil {
		return domain.Actor{}, wrap(err, "read the support access somebody stands in")
	}
	at, err := s.actorOf(ctx, q, user, found.grant.PartnerID)
	if err != nil {
		return domain.Actor{}, err
	}
	by, err := found.grant.Actor(at, found.in, s.now())
	if err != nil && !errors.Is(err, domain.ErrMustEnrol) {
		return domain.Actor{}, err
	}
	own, rolesErr := ownRoles(ctx, q, by.Account.ID)
	by.Account.Roles = own
	return by, errors.Join(err, rolesErr)
}

// boundSupport reads who is asking when the session stands in the account of that slug by a grant.
func (s *Store) boundSupport(ctx context.Context, session, slug string) (domain.Actor, error) {
	now := s.now()
	type bound struct{ user, grant string }
	scan := func(row scanner) (b bound, err error) {
		err = row.Scan(&b.user, &b.grant)
		return b, err
	}
	b, err := one(ctx, s.read, scan, `select s.user_id, s.company_id from sessions s join support_grants g on g.id = s.company_id join accounts a on a.id = g.account_id
		where s.hash = $1 and lower(a.slug) = $2 and s.user_id is not null and s.expires_at > $3 and s.seen_at > $4`,
		session, strings.ToLower(slug), micros(now), micros(now.Add(-s.limits.SessionIdle)))
	if err != nil {
		return domain.Actor{}, wrap(err, "read where a session stands")
	}
	return s.supportActor(ctx, s.read, b.user, b.grant)
}

// SupportActor is who the actor, an administrator of a partner, is inside the account of one of its grants: to work there
// from the partner's own page. domain.ErrNotFound where they would be nobody.
func (s *Store) SupportActor(ctx context.Context, by domain.Actor, id string) (domain.Actor, error) {
	g, err := s.supportFor(ctx, s.read, by, helping, id)
	if err != nil {
		return domain.Actor{}, err
	}
	in, err := s.supportActor(ctx, s.read, by.User.ID, g.ID)
	in.From = by.From
	return in, err
}

// SupportedBy is the account of a grant, whoever asks: to tell somebody what they have fallen out of. The zero Account when
// there is no such grant.
func (s *Store) SupportedBy(ctx context.Context, id string) (domain.Account, error) {
	found, err := one(ctx, s.read, s.scanSupportAnd, supportAndAccount+"where m.id = $1", id)
	if errors.Is(err, domain.ErrNotFound) {
		return domain.Account{}, nil
	}
	return found.in, wrap(err, "read the account of a support access")
}

// EnterSupport binds a session to the account of a grant, under a new secret: from then on it reaches that account and
// nothing else. It is written down in the account's history and the partner's.
func (s *Store) EnterSupport(ctx context.Context, by domain.Actor, id, session, renewed string) (in domain.Account, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		g, err := s.supportFor(ctx, t, c.by, helping, id)
		if err != nil {
			return err
		}
		if !c.by.Can(domain.GiveSupport) {
			return domain.ErrNotFound
		}
		inside, err := s.supportActor(ctx, t, c.by.User.ID, g.ID)
		switch {
		case errors.Is(err, domain.ErrNotFound):
			return &domain.Refusal{Code: "support_over", Args: map[string]string{"Company": g.AccountName}, Kind: domain.ErrStale}
		case errors.Is(err, domain.ErrMustEnrol):
			return &domain.Refusal{Code: "support_factor", Args: map[string]string{"Company": g.AccountName}, Kind: domain.ErrStale}
		case err != nil:
			return err
		}
		in, inside.From = inside.Account, by.From
		if err := s.bind(ctx, t, c.by.User, session, renewed, g.ID); err != nil {
			return err
		}
		return recordSupport(ctx, t, g, g.Used(domain.SupportEntered, inside, c.now))
	})
	return in, err
}

// leaveSupport writes down that a session went home from an account, while it could still be there.
func (s *Store) leaveSupport(ctx context.Context, t *tx, u domain.User, id, from string) error {
	by, err := s.supportActor(ctx, t, u.ID, id)
	if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrMustEnrol) {
		return nil
	}
	if err != nil {
		return err
	}
	by.From = from
	g, err := s.supportFor(ctx, t, by, hosting, id)
	if err != nil {
		return err
	}
	return recordSupport(ctx, t, g, g.Used(domain.SupportLeft, by, s.now()))
}
