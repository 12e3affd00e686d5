package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"gatehouse/domain"
)

const siteColumns = "s.id, s.account_id, s.name, s.code, s.address, s.time_zone"

func scanSite(row scanner) (v domain.Site, err error) {
	return v, row.Scan(&v.ID, &v.AccountID, &v.Name, &v.Code, &v.Address, &v.TimeZone)
}

// reached is the condition under which an actor reaches the site s, with its arguments in place of $n and on.
func reached(by domain.Actor, n int) (string, []any) {
	where := fmt.Sprintf("s.account_id = $%d and s.removed_at = 0", n)
	if by.Scope.AccountWide() {
		return where, []any{by.Account.ID}
	}
	ids := by.Scope.SiteIDs()
	return where + " and s.id in (" + in(len(ids), n+1) + ")", append([]any{by.Account.ID}, values(ids)...)
}

// Sites lists up to n sites the actor reaches, by name, from a cursor on; search finds a part of the name or the code.
// next is the cursor of the following sites, empty at the end. A cursor that this method did not make is
// domain.ErrNotFound.
func (s *Store) Sites(ctx context.Context, by domain.Actor, search, cursor string, n int) (sites []domain.Site, next string, err error) {
	key, id, err := siteCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	where, args := reached(by, 5)
	pattern := "%" + like(domain.Fold(cut(search, 200))) + "%"
	sites, err = all(ctx, s.read, scanSite, "select "+siteColumns+` from sites s where (s.name_key, s.id) > ($1, $2)
		and (s.name_key like $3 escape '\' or lower(s.code) like $3 escape '\') and `+where+" order by s.name_key, s.id limit $4",
		append([]any{key, id, pattern, n + 1}, args...)...)
	if err != nil {
		return nil, "", fmt.Errorf("list sites: %w", err)
	}
	if len(sites) > n {
		sites = sites[:n]
		last := sites[n-1]
		next = base64.RawURLEncoding.EncodeToString([]byte(last.ID + domain.Fold(last.Name)))
	}
	return sites, next, nil
}

func siteCursor(cursor string) (key, id string, err error) {
	if cursor == "" {
		return "", "", nil
	}
	const idLength = 36
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) < idLength || uuid.Validate(string(b[:idLength])) != nil || strings.ToValidUTF8(string(b), "") != string(b) || strings.ContainsRune(string(b), 0) {
		return "", "", domain.ErrNotFound
	}
	return string(b[idLength:]), string(b[:idLength]), nil
}

// CountSites counts the sites the actor reaches, up to most: beyond that the answer is most+1, "more".
func (s *Store) CountSites(ctx context.Context, by domain.Actor, most int) (int, error) {
	where, args := reached(by, 2)
	n, err := one(ctx, s.read, number, "select count(*) from (select 1 from sites s where "+where+" limit $1) counted", append([]any{most + 1}, args...)...)
	return int(n), wrap(err, "count sites")
}

// Site finds a site the actor reaches. domain.ErrNotFound for any other, there or not.
func (s *Store) Site(ctx context.Context, by domain.Actor, id string) (domain.Site, error) {
	where, args := reached(by, 2)
	v, err := one(ctx, s.read, scanSite, "select "+siteColumns+" from sites s where s.id = $1 and "+where, append([]any{id}, args...)...)
	return v, wrap(err, "find a site")
}

// SiteNames are the names of those of these sites that the actor reaches, by id: for scope columns.
func (s *Store) SiteNames(ctx context.Context, by domain.Actor, ids []string) (map[string]string, error) {
	names := map[string]string{}
	where, args := reached(by, 1)
	ids = few(ids)
	found, err := all(ctx, s.read, scanSite, "select "+siteColumns+" from sites s where "+where+" and s.id in ("+in(len(ids), len(args)+1)+")",
		append(args, values(ids)...)...)
	for _, v := range found {
		names[v.ID] = v.Name
	}
	return names, wrap(err, "read names of sites")
}

// ExistingSites are those of these ids that are sites of the account: a draft's scope is checked against them.
func (s *Store) ExistingSites(ctx context.Context, account string, ids []string) ([]string, error) {
	return existingSites(ctx, s.read, account, ids)
}

func existingSites(ctx context.Context, q querier, account string, ids []string) ([]string, error) {
	ids = few(ids)
	found, err := all(ctx, q, text, "select s.id from sites s where s.account_id = $1 and s.removed_at = 0 and s.id in ("+in(len(ids), 2)+")",
		append([]any{account}, values(ids)...)...)
	return found, wrap(err, "look for sites")
}

// few keeps a list that came from outside below what one statement takes. Nothing asks for more at a time.
func few(ids []string) []string { return ids[:min(len(ids), 5000)] }

func insertSites(ctx context.Context, t *tx, created int64, sites ...domain.Site) error {
	rows := make([][]any, len(sites))
	for i, v := range sites {
		rows[i] = []any{v.ID, v.AccountID, v.Name, domain.Fold(v.Name), v.Code, v.Address, v.TimeZone, created, 0}
	}
	err := insertAll(ctx, t, "sites (id, account_id, name, name_key, code, address, time_zone, created_at, removed_at)", rows)
	return wrap(err, "write sites")
}
