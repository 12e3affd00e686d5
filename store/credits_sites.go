package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/domain"
)

// Sites of a partner's customers, as far as credits are concerned. Whatever is asked for, only those are there.

const creditSiteColumns = `s.id, s.name, s.code, a.id, a.name, a.slug, coalesce(c.credits, 0), case when s.removed_at = 0 and a.suspended_at = 0 then 0 else 1 end`

const (
	creditSiteJoins  = " join accounts a on a.id = s.account_id left join credit_sites c on c.account_id = a.partner_id and c.site_id = s.id"
	creditSiteTables = " from sites s" + creditSiteJoins
)

func scanCreditSite(row scanner) (v domain.CreditSite, err error) {
	var closed int64
	err = row.Scan(&v.ID, &v.Name, &v.Code, &v.CustomerID, &v.Customer, &v.Slug, &v.Credits, &closed)
	v.Closed = closed == 1
	return v, err
}

// creditSite finds a site of one of the actor's customers, removed or not.
func creditSite(ctx context.Context, q querier, by domain.Actor, id string) (domain.CreditSite, error) {
	if !storable(id) {
		return domain.CreditSite{}, domain.ErrNotFound
	}
	return one(ctx, q, scanCreditSite, "select "+creditSiteColumns+creditSiteTables+" where s.id = $1 and a.partner_id = $2", id, by.Account.ID)
}

// CreditSites are those of these sites that belong to the actor's customers, removed or not, with what they have, in the order
// asked for.
func (s *Store) CreditSites(ctx context.Context, by domain.Actor, ids []string) (sites []domain.CreditSite, err error) {
	if !by.Can(domain.AllocateCredits) {
		return nil, domain.ErrForbidden
	}
	ids = texts(ids)
	ids = ids[:min(len(ids), domain.MostCreditLines)]
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := all(ctx, s.read, scanCreditSite, "select "+creditSiteColumns+creditSiteTables+" where s.id in ("+in(len(ids), 2)+") and a.partner_id = $1",
		append([]any{by.Account.ID}, values(ids)...)...)
	if err != nil {
		return nil, wrap(err, "find sites")
	}
	for _, id := range ids {
		if i := slices.IndexFunc(found, func(v domain.CreditSite) bool { return v.ID == id }); i >= 0 {
			sites = append(sites, found[i])
		}
	}
	return sites, nil
}

// calledCreditSites are up to two sites that somebody can mean: by code, else by name, in one account when the typed begins
// with its name in addresses and a slash.
func calledCreditSites(ctx context.Context, q querier, by domain.Actor, typed string) ([]domain.CreditSite, error) {
	if !storable(typed) {
		return nil, nil
	}
	find := func(in, column, value string) ([]domain.CreditSite, error) {
		args := []any{by.Account.ID, value}
		where := " where a.partner_id = $1 and s.removed_at = 0 and " + column + " = $2"
		if in != "" {
			where, args = where+" and lower(a.slug) = $3", append(args, in)
		}
		return all(ctx, q, scanCreditSite, "select "+creditSiteColumns+creditSiteTables+where+" order by s.id limit 2", args...)
	}
	in, rest, within := strings.Cut(typed, "/")
	asked := [][2]string{{"", typed}}
	if within {
		asked = append(asked, [2]string{strings.ToLower(strings.TrimSpace(in)), strings.TrimSpace(rest)})
	}
	for _, a := range asked {
		for _, by := range [][2]string{{"lower(s.code)", strings.ToLower(a[1])}, {"s.name_key", domain.Fold(a[1])}} {
			if by[1] == "" {
				continue
			}
			if found, err := find(a[0], by[0], by[1]); err != nil || len(found) > 0 {
				return found, err
			}
		}
	}
	return nil, nil
}

// creditOutcomes finds the site of each line. A site among several that is chosen and none of a customer is
// domain.ErrNotFound, for no list has offered it.
func creditOutcomes(ctx context.Context, q querier, by domain.Actor, lines []domain.CreditLine) ([]CreditOutcome, error) {
	out := make([]CreditOutcome, len(lines))
	seen := map[string]bool{}
	for i, line := range lines {
		o := CreditOutcome{Line: line}
		field := "lines"
		switch {
		case line.Wrong != nil:
			o.Err = line.Wrong
		case line.ID != "":
			field = "site"
			var err error
			if o.Site, err = creditSite(ctx, q, by, line.ID); errors.Is(err, domain.ErrNotFound) && len(lines) == 1 {
				o.Err = domain.Problems{"site": {Code: "credits_site"}}
			} else if err != nil {
				return nil, err
			}
		default:
			found, err := calledCreditSites(ctx, q, by, line.Typed)
			switch {
			case err != nil:
				return nil, err
			case len(found) == 0:
				o.Err = domain.Problems{"lines": {Code: "credits_site"}}
			case len(found) > 1:
				o.Err = domain.Problems{"lines": {Code: "credits_sites"}}
			default:
				o.Site = found[0]
			}
		}
		switch {
		case o.Err != nil:
		case seen[o.Site.ID]:
			o.Err = domain.Problems{field: {Code: "credits_twice"}}
		case o.Site.Closed:
			o.Err = domain.Problems{field: {Code: "credits_closed"}}
		}
		seen[o.Site.ID] = true
		out[i] = o
	}
	return out, nil
}

// FindCreditSites lists up to n open sites of the actor's customers by name, those whose name or code, or whose account's
// name, has the words typed. Of words that a thousand sites have it looks at the first thousand found: who sees n of them
// types more.
func (s *Store) FindCreditSites(ctx context.Context, by domain.Actor, typed string, n int) ([]domain.CreditSite, error) {
	if !by.Can(domain.AllocateCredits) {
		return nil, domain.ErrForbidden
	}
	hits, err := s.find(ctx, s.read, places, by.Account.ID, typed)
	if err != nil || hits.nothing() {
		return nil, err
	}
	from, cond, args := " from sites s"+s.indexedBy("sites_partner"), "1 = 1", []any{by.Account.ID, n}
	if rows := append(hits.rows, hits.some...); len(rows) > 0 {
		only, more := hits.among("s", rows, 3)
		from, cond, args = " from sites s", only, append(args, more...)
	}
	found, err := all(ctx, s.read.planned(), scanCreditSite, "select "+creditSiteColumns+from+creditSiteJoins+` where s.partner_id = $1 and a.partner_id = $1
		and a.suspended_at = 0 and s.removed_at = 0 and `+cond+" order by s.name_key, s.id limit $2", args...)
	return found, wrap(err, "find sites for credits")
}

// mostHolders is how many sites that have credits are looked at for words that a thousand sites have.
const mostHolders = 5000

// CreditHolders lists up to n sites that have credits of the actor's, most first, and of those that match what is typed: of
// frequent words among those that have most.
func (s *Store) CreditHolders(ctx context.Context, by domain.Actor, typed string, n int) ([]domain.CreditSite, error) {
	if !by.Can(domain.AllocateCredits) {
		return nil, domain.ErrForbidden
	}
	hits, err := s.find(ctx, s.read, places, by.Account.ID, typed)
	if err != nil || hits.nothing() {
		return nil, err
	}
	with, from := "", " from credit_sites c"+s.indexedBy("credit_sites_most")+" join sites s on s.id = c.site_id"
	switch {
	case hits.frequent:
		with = "with most as materialized (select h.* from credit_sites h" + s.indexedBy("credit_sites_most") +
			fmt.Sprintf(" where h.account_id = $1 and h.credits > 0 order by h.credits desc, h.site_id limit %d) ", mostHolders)
		from = " from most c join sites s on s.id = c.site_id"
	case len(hits.rows) > 0:
		from = " from sites s join credit_sites c on c.site_id = s.id"
	}
	cond, args := hits.where("s", 3)
	found, err := all(ctx, s.read.planned(), scanCreditSite, with+"select "+creditSiteColumns+from+" join accounts a on a.id = s.account_id where c.account_id = $1 and c.credits > 0 and "+
		cond+" order by c.credits desc, c.site_id limit $2", append([]any{by.Account.ID, n}, args...)...)
	return found, wrap(err, "find sites with credits")
}
