package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/domain"
)

// A SupportLine is a request or a grant in the partner's list.
type SupportLine struct {
	domain.SupportGrant
	// Account is as it stands now.
	Account domain.Account
}

// A SupportQuery is what the partner's list asks for; it comes from the address. Empty fields ask for nothing, values that
// do not exist match nothing. Several values of one field are alternatives.
type SupportQuery struct {
	// Search is for words of accounts, people and reasons.
	Search string
	States []domain.SupportState
	Paging
}

// Supports reads a page of what the actor's account, a partner, has asked for and was granted.
func (s *Store) Supports(ctx context.Context, by domain.Actor, query SupportQuery) (Page[SupportLine], error) {
	if !by.Can(domain.ViewSupport) {
		return Page[SupportLine]{}, domain.ErrForbidden
	}
	kind := list[SupportLine]{
		table: "support_grants", fields: supportColumns, own: "-when", finish: s.supportAccounts,
		scan: func(row scanner) (SupportLine, error) {
			g, err := scanSupport(row)
			return SupportLine{SupportGrant: g}, err
		},
		orders: map[string]order{"when": {"changed_at", "support_grants_order", true}},
	}
	f := supportFilter{s, by.Account.ID}
	var conds []condition
	if len(searchWords(query.Search)) > 0 {
		hits, err := s.find(ctx, s.read, supports, f.partner, query.Search)
		if err != nil {
			return Page[SupportLine]{}, err
		}
		conds = append(conds, hits.condition(f.partner))
	}
	if len(query.States) > 0 {
		conds = append(conds, f.states(query.States))
	}
	return prepare(s, s.read, kind, query.Sort, f.base, conds).page(ctx, query.Paging)
}

// supportAccounts completes a page with the accounts as they are called now.
func (s *Store) supportAccounts(ctx context.Context, q querier, rows []SupportLine) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.AccountID
	}
	found, err := all(ctx, q, s.scanAccount, "select "+accountColumns+" from accounts a where a.id in ("+in(len(ids), 1)+")", values(ids)...)
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	for i := range rows {
		if at := slices.IndexFunc(found, func(a domain.Account) bool { return a.ID == rows[i].AccountID }); at >= 0 {
			rows[i].Account = found[at]
		}
	}
	return nil
}

// SupportLine finds a row of that list.
func (s *Store) SupportLine(ctx context.Context, by domain.Actor, id string) (SupportLine, error) {
	g, err := s.supportFor(ctx, s.read, by, helping, id)
	if err != nil {
		return SupportLine{}, err
	}
	if !by.Can(domain.ViewSupport) {
		return SupportLine{}, domain.ErrNotFound
	}
	rows := []SupportLine{{SupportGrant: g}}
	err = s.supportAccounts(ctx, s.read, rows)
	return rows[0], err
}

// supportFilter turns the fields of a SupportQuery into conditions.
type supportFilter struct {
	store   *Store
	partner string
}

func (f supportFilter) base(a *args) string { return "m.partner_id = " + a.add(f.partner) }

// through finds rows by an index.
func (f supportFilter) through(index string, holds func(*args) string) func(*args) string {
	return func(a *args) string {
		return "select m." + f.store.rowColumn() + " from support_grants m" + f.store.indexedBy(index) + " where " + f.base(a) + " and " + holds(a)
	}
}

const (
	supportOpen   = "m.starts_at > 0 and m.ended_at = 0 and m.ends_at > "
	supportLapsed = "m.starts_at > 0 and m.ended_at = 0 and m.ends_at <= "
)

// states is domain.SupportGrant.State in SQL; a test holds the two together.
func (f supportFilter) states(of []domain.SupportState) condition {
	now := micros(f.store.now())
	plain := func(sql string) func(*args) string { return func(*args) string { return sql } }
	at := func(sql string) func(*args) string { return func(a *args) string { return sql + a.add(now) } }
	var holds []func(*args) string
	c := condition{by: f.store.rowColumn()}
	find := func(index string, those func(*args) string) {
		holds = append(holds, those)
		c.found = append(c.found, f.through(index, those))
	}
	for _, state := range domain.SupportStates {
		if !slices.Contains(of, state) {
			continue
		}
		switch state {
		case domain.SupportOpen:
			find("support_grants_live", at(supportOpen))
		case domain.SupportWaiting:
			find("support_grants_asked", plain("m.starts_at = 0 and m.ended_at = 0 and m.refused_at = 0"))
		case domain.SupportDenied:
			find("support_grants_refused", plain("m.refused_at > 0"))
		case domain.SupportOver:
			find("support_grants_live", at(supportLapsed))
			find("support_grants_ended", plain("m.ended_at > 0"))
		}
	}
	if len(holds) == 0 {
		return condition{holds: nothing, known: &handful{column: "id"}}
	}
	c.holds = func(a *args) string {
		parts := make([]string, len(holds))
		for i, h := range holds {
			parts[i] = h(a)
		}
		return "(" + strings.Join(parts, " or ") + ")"
	}
	return c
}

// A SupportHit is what an address has in an account that grants support access now.
type SupportHit struct {
	Line       SupportLine
	Membership domain.Membership
	// Resend and Revoke say whether that could be done to it now, by the actor inside.
	Resend, Revoke bool
}

// mostGrants is how many grants in force one search looks through.
const mostGrants = 1000

// FindForSupport looks an address up in every account that grants the actor's partner support access now, and in no other:
// the work grows with the grants in force alone, whatever other accounts have of the address.
func (s *Store) FindForSupport(ctx context.Context, by domain.Actor, typed string) ([]SupportHit, error) {
	if !by.Can(domain.GiveSupport) {
		return nil, domain.ErrForbidden
	}
	email, ok := domain.ParseEmail(typed)
	if !ok {
		return nil, nil
	}
	found, err := all(ctx, s.read, s.scanSupportAnd, "select "+supportColumns+", "+accountColumns+" from support_grants m"+s.indexedBy("support_grants_live")+
		" join accounts a on a.id = m.account_id where m.partner_id = $1 and "+supportOpen+"$2 order by m.ends_at desc, m.id limit $3", by.Account.ID, micros(s.now()), mostGrants)
	if err != nil {
		return nil, fmt.Errorf("list granted support access: %w", err)
	}
	inside, lines, ids := map[string]domain.Actor{}, map[string]SupportLine{}, []string{}
	for _, f := range found {
		if at, err := f.grant.Actor(by, f.in, s.now()); err == nil {
			inside[f.in.ID], lines[f.in.ID] = at, SupportLine{f.grant, f.in}
			ids = append(ids, f.in.ID)
		}
	}
	var hits []SupportHit
	for some := range slices.Chunk(ids, 500) {
		rows, err := readMemberships(ctx, s.read, s.indexedBy("memberships_address")+" where m.account_id in ("+in(len(some), 2)+") and m.kind = 'user' and lower(m.email) = $1 and m.removed_at = 0",
			append([]any{email}, values(some)...)...)
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			at := inside[m.AccountID]
			if at.Account.Roles, err = ownRoles(ctx, s.read, m.AccountID); err != nil {
				return nil, err
			}
			if at.Account, err = s.admitting(ctx, s.read, at.Account, m.Email); err != nil {
				return nil, err
			}
			h := SupportHit{Line: lines[m.AccountID], Membership: m.SeenBy(at)}
			h.Line.Account.Roles = at.Account.Roles
			_, _, err = m.Resend(at, s.now())
			h.Resend = err == nil
			_, _, err = m.Revoke(at, s.now())
			h.Revoke = err == nil
			hits = append(hits, h)
		}
	}
	slices.SortFunc(hits, func(a, b SupportHit) int {
		return strings.Compare(domain.Fold(a.Line.Account.Name)+a.Membership.ID, domain.Fold(b.Line.Account.Name)+b.Membership.ID)
	})
	return hits, nil
}

// ActForSupport resends or revokes one invite of an account that grants support access, from the partner's own page: by who
// the actor is inside, and written down there as a use of the grant. by comes from SupportActor.
func (s *Store) ActForSupport(ctx context.Context, by domain.Actor, chosen Chosen, resend bool) ([]Outcome, error) {
	if by.Kind != domain.KindSupport || len(chosen.IDs) != 1 {
		return nil, domain.ErrNotFound
	}
	return s.change(ctx, by, chosen, func(ctx context.Context, c changing, m domain.Membership) (after domain.Membership, event domain.Event, err error) {
		if resend {
			after, event, err = s.resend(ctx, c, m)
		} else {
			after, event, err = m.Revoke(c.by, c.now)
		}
		if err != nil {
			return m, event, err
		}
		g, err := s.supportFor(ctx, c, c.by, hosting, c.by.Membership)
		if err != nil {
			return m, event, err
		}
		return after, event, recordSupport(ctx, c.tx, g, g.Used(domain.SupportUsed, c.by, c.now))
	})
}
