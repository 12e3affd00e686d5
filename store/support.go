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

// Support access is one row from the asking to its end. Between an account and its partner stands at most one at a time, as
// an index sees to; the others are history. What somebody inside may do is read anew with every request and every change.

const supportColumns = `m.id, m.account_id, m.partner_id, m.account_name, m.asked_at, m.asked_by, m.asker_name, m.reason, m.length, m.starts_at, m.ends_at,
	m.ended_at, m.refused_at, m.granted_by, m.answerer_name, m.changed_at, m.version`

// supportRow is a grant on its way out of a row; into lists where its columns go.
type supportRow struct {
	domain.SupportGrant
	asked, length, starts, ends, ended, refused, changed int64
}

func (r *supportRow) into() []any {
	return []any{
		&r.ID, &r.AccountID, &r.PartnerID, &r.AccountName, &r.asked, &r.AskedBy, &r.AskerName, &r.Reason, &r.length, &r.starts, &r.ends,
		&r.ended, &r.refused, &r.GrantedBy, &r.AnswererName, &r.changed, &r.Version,
	}
}

func (r *supportRow) grant() domain.SupportGrant {
	g := r.SupportGrant
	g.AskedAt, g.Length, g.StartsAt, g.EndsAt = fromMicros(r.asked), time.Duration(r.length)*time.Second, fromMicros(r.starts), fromMicros(r.ends)
	g.EndedAt, g.RefusedAt, g.ChangedAt = fromMicros(r.ended), fromMicros(r.refused), fromMicros(r.changed)
	return g
}

func scanSupport(row scanner) (domain.SupportGrant, error) {
	var r supportRow
	err := row.Scan(r.into()...)
	return r.grant(), err
}

// supportOf lists the grants of support access that are in force in an account.
func (s *Store) supportOf(ctx context.Context, q querier, a domain.Account) ([]domain.SupportGrant, error) {
	if a.PartnerID == "" {
		return nil, nil
	}
	now := s.now()
	found, err := all(ctx, q, scanSupport, "select "+supportColumns+" from support_grants m where m.account_id = $1 and m.ends_at > $2 and m.ended_at = 0", a.ID, micros(now))
	if err != nil {
		return nil, fmt.Errorf("look for granted support access: %w", err)
	}
	return slices.DeleteFunc(found, func(g domain.SupportGrant) bool { return !g.Between(a) || !g.Live(now) }), nil
}

// standingSupport is what stands between an account and its partner: a request, or a grant that may have come to its end by
// itself. The zero value when nothing does.
func (s *Store) standingSupport(ctx context.Context, q querier, a domain.Account) (domain.SupportGrant, error) {
	found, err := all(ctx, q, scanSupport, "select "+supportColumns+" from support_grants m where m.account_id = $1 and m.standing = 1", a.ID)
	if err != nil {
		return domain.SupportGrant{}, fmt.Errorf("read support access: %w", err)
	}
	if len(found) == 0 || !found[0].Between(a) {
		return domain.SupportGrant{}, nil
	}
	return found[0], nil
}

func insertSupport(ctx context.Context, t *tx, g domain.SupportGrant, standing bool) error {
	return insertAll(ctx, t, `support_grants (id, account_id, partner_id, account_name, asked_at, asked_by, asker_name, reason, length, starts_at, ends_at,
		ended_at, refused_at, granted_by, answerer_name, changed_at, version, search_text, standing)`, [][]any{{
		g.ID, g.AccountID, g.PartnerID, g.AccountName, micros(g.AskedAt), g.AskedBy, g.AskerName, g.Reason, int64(g.Length / time.Second), micros(g.StartsAt), micros(g.EndsAt),
		micros(g.EndedAt), micros(g.RefusedAt), g.GrantedBy, g.AnswererName, micros(g.ChangedAt), g.Version, g.Searchable(), bit(standing),
	}})
}

// beginSupport writes a new request or grant in place of what stood there, which domain has found to be over.
func beginSupport(ctx context.Context, t *tx, g domain.SupportGrant) (domain.SupportGrant, error) {
	if _, err := exec(ctx, t, "update support_grants set standing = 0 where account_id = $1 and standing = 1", g.AccountID); err != nil {
		return g, fmt.Errorf("close support access that is over: %w", err)
	}
	g.ID, g.Version = newID(), 1
	err := insertSupport(ctx, t, g, true)
	if violated(err) == "support_grants_standing" {
		return g, domain.ErrStale // somebody else was quicker
	}
	return g, wrap(err, "write support access")
}

// saveSupport writes what has changed, under the guard that nobody wrote it since (domain.ErrStale).
func saveSupport(ctx context.Context, t *tx, g domain.SupportGrant) (domain.SupportGrant, error) {
	err := changed(ctx, t, `update support_grants set starts_at = $1, ends_at = $2, ended_at = $3, refused_at = $4, granted_by = $5, answerer_name = $6,
		changed_at = $7, search_text = $8, standing = $9, version = version + 1 where id = $10 and version = $11`,
		micros(g.StartsAt), micros(g.EndsAt), micros(g.EndedAt), micros(g.RefusedAt), g.GrantedBy, g.AnswererName, micros(g.ChangedAt), g.Searchable(),
		bit(g.EndedAt.IsZero() && g.RefusedAt.IsZero()), g.ID, g.Version)
	g.Version++
	return g, wrap(err, "change support access")
}

// recordSupport writes an entry in the account's history and in its partner's.
func recordSupport(ctx context.Context, t *tx, g domain.SupportGrant, e domain.Event) error {
	e.SubjectID = g.ID
	return record(ctx, t, e, g.AtPartner(e))
}

// AskSupport asks an account of the partner's for support access, and its Admins by mail. Problems name the draft's fields.
func (s *Store) AskSupport(ctx context.Context, by domain.Actor, d domain.SupportDraft) (g domain.SupportGrant, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		to, have := domain.Account{}, domain.SupportGrant{}
		found, err := all(ctx, t, s.scanAccount, "select "+accountColumns+" from accounts a where lower(a.slug) = $1 and a.partner_id = $2", strings.ToLower(d.Account), c.by.Account.ID)
		if err != nil {
			return wrap(err, "read an account")
		}
		if len(found) == 1 {
			to = found[0]
			if have, err = s.standingSupport(ctx, t, to); err != nil {
				return err
			}
		}
		var event domain.Event
		if g, event, err = domain.AskSupport(have, to, d, c.by, c.now); err != nil {
			return err
		}
		if err := s.countSend(ctx, c); err != nil {
			return err
		}
		if g, err = beginSupport(ctx, t, g); err != nil {
			return err
		}
		if err := recordSupport(ctx, t, g, event); err != nil {
			return err
		}
		return s.tellAdmins(ctx, t, g)
	})
	return g, err
}

// mostTold is how many Admins of an account are told of a request.
const mostTold = 50

// tellAdmins owes a mail about a request to those who keep the account.
func (s *Store) tellAdmins(ctx context.Context, t *tx, g domain.SupportGrant) error {
	ids, err := keeperIDs(ctx, t, domain.Account{ID: g.AccountID, Kind: domain.Customer}, "", mostTold)
	if err != nil || len(ids) == 0 {
		return err
	}
	found, err := readMemberships(ctx, t, s.indexedBy(primaryKey)+" where m.id in ("+in(len(ids), 1)+")", values(ids)...)
	if err != nil {
		return err
	}
	var owed []domain.Delivery
	for _, m := range found {
		owed = append(owed, domain.Delivery{
			AccountID: g.AccountID, Kind: domain.SupportAskedMail, MembershipID: m.ID, UserID: m.UserID, To: m.Email, Language: m.Language, About: g.ID, CreatedAt: s.now(),
		})
	}
	return deliver(ctx, t, owed...)
}

// GrantSupport gives the partner of the actor's account support access. Problems name the draft's fields.
func (s *Store) GrantSupport(ctx context.Context, by domain.Actor, d domain.SupportDraft) (g domain.SupportGrant, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		have, err := s.standingSupport(ctx, t, c.by.Account)
		if err != nil {
			return err
		}
		var event domain.Event
		if g, event, err = domain.GrantSupport(have, d, c.by, c.now); err != nil {
			return err
		}
		if g, err = beginSupport(ctx, t, g); err != nil {
			return err
		}
		return recordSupport(ctx, t, g, event)
	})
	return g, err
}

// AnswerSupport is the account's answer to a request of its partner. Who asked is told by mail.
func (s *Store) AnswerSupport(ctx context.Context, by domain.Actor, id string, yes bool) (domain.SupportGrant, error) {
	return s.changeSupport(ctx, by, hosting, id, func(t *tx, c changing, g domain.SupportGrant) (domain.SupportGrant, domain.Event, error) {
		after, event, err := g.Answer(yes, c.by, c.now)
		if err != nil {
			return g, event, err
		}
		u, err := person(ctx, t, g.AskedBy)
		if errors.Is(err, domain.ErrNotFound) {
			return after, event, nil // whoever asked is gone, and is told nothing
		}
		if err != nil {
			return g, event, err
		}
		return after, event, deliver(ctx, t, domain.Delivery{
			AccountID: g.AccountID, Kind: domain.SupportAnsweredMail, UserID: u.ID, To: u.Email, Language: u.Language, About: g.ID, CreatedAt: c.now,
		})
	})
}

// ExtendSupport puts the end of what is granted later.
func (s *Store) ExtendSupport(ctx context.Context, by domain.Actor, id string, d domain.SupportDraft) (domain.SupportGrant, error) {
	return s.changeSupport(ctx, by, hosting, id, func(_ *tx, c changing, g domain.SupportGrant) (domain.SupportGrant, domain.Event, error) {
		return g.Extend(d, c.by, c.now)
	})
}

// EndSupport ends at once what is granted.
func (s *Store) EndSupport(ctx context.Context, by domain.Actor, id string) (domain.SupportGrant, error) {
	return s.changeSupport(ctx, by, hosting, id, func(_ *tx, c changing, g domain.SupportGrant) (domain.SupportGrant, domain.Event, error) {
		return g.End(c.by, c.now)
	})
}

// WithdrawSupport takes a request of the partner's back.
func (s *Store) WithdrawSupport(ctx context.Context, by domain.Actor, id string) (domain.SupportGrant, error) {
	return s.changeSupport(ctx, by, helping, id, func(_ *tx, c changing, g domain.SupportGrant) (domain.SupportGrant, domain.Event, error) {
		return g.Withdraw(c.by, c.now)
	})
}

// A side of support access: the account that lets its partner in, or the partner. Each column names a company.
type side string

const (
	hosting side = "account_id"
	helping side = "partner_id"
)

// changeSupport makes one change to a row on whose side the actor's account stands; any other is domain.ErrNotFound.
func (s *Store) changeSupport(ctx context.Context, by domain.Actor, as side, id string,
	decide func(*tx, changing, domain.SupportGrant) (domain.SupportGrant, domain.Event, error),
) (after domain.SupportGrant, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		g, err := s.supportFor(ctx, t, c.by, as, id)
		if err != nil {
			return err
		}
		var event domain.Event
		if after, event, err = decide(t, c, g); err != nil {
			return err
		}
		if after, err = saveSupport(ctx, t, after); err != nil {
			return err
		}
		return recordSupport(ctx, t, after, event)
	})
	return after, err
}

// supportFor finds a row on whose side the actor's account stands.
func (s *Store) supportFor(ctx context.Context, q querier, by domain.Actor, as side, id string) (domain.SupportGrant, error) {
	if !storable(id) {
		return domain.SupportGrant{}, domain.ErrNotFound
	}
	g, err := one(ctx, q, scanSupport, "select "+supportColumns+" from support_grants m where m.id = $1 and m."+string(as)+" = $2", id, by.Account.ID)
	return g, wrap(err, "read support access")
}

// A SupportView is what Security Settings tell of support access.
type SupportView struct {
	Partner domain.Account
	// Grant is what stands between the account and its partner now; the zero value for nothing.
	Grant domain.SupportGrant
	// Uses are who used the last grant and when, the newest first.
	Uses []domain.Event
}

// Support tells what an account and its partner have agreed; no Partner where there is none.
func (s *Store) Support(ctx context.Context, by domain.Actor) (v SupportView, err error) {
	if by.Account.PartnerID == "" {
		return v, nil
	}
	if v.Partner, err = s.AccountByID(ctx, by.Account.PartnerID); err != nil {
		return v, err
	}
	last, err := all(ctx, s.read, scanSupport, "select "+supportColumns+" from support_grants m"+s.indexedBy("support_grants_last")+
		" where m.account_id = $1 order by m.changed_at desc, m.id desc limit 1", by.Account.ID)
	if err != nil {
		return v, fmt.Errorf("read the last support access: %w", err)
	}
	if len(last) == 0 || !last[0].Between(by.Account) {
		return v, nil
	}
	v.Grant = last[0]
	v.Uses, _, err = s.EventsOf(ctx, by, v.Grant.ID, "", mostShown)
	return v, err
}
