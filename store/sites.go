package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/domain"
)

const siteColumns = "s.id, s.account_id, s.name, s.code, s.address, s.time_zone, s.groups, s.devices, s.created_at, s.removed_at, s.version"

func scanSite(row scanner) (v domain.Site, err error) {
	var created, removed int64
	err = row.Scan(&v.ID, &v.AccountID, &v.Name, &v.Code, &v.Address, &v.TimeZone, &v.Groups, &v.Devices, &created, &removed, &v.Version)
	v.CreatedAt, v.RemovedAt = fromMicros(created), fromMicros(removed)
	return v, err
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
	v, err := readSite(ctx, s.read, by, id)
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

// existingSites are those of these ids that are sites of the account: a draft's scope is checked against them.
func existingSites(ctx context.Context, q querier, account string, ids []string) ([]string, error) {
	ids = few(ids)
	found, err := all(ctx, q, text, "select s.id from sites s where s.account_id = $1 and s.removed_at = 0 and s.id in ("+in(len(ids), 2)+")",
		append([]any{account}, values(ids)...)...)
	return found, wrap(err, "look for sites")
}

// few keeps a list that came from outside below what one statement takes. Nothing asks for more at a time.
func few[T any](some []T) []T { return some[:min(len(some), 5000)] }

// insertSites writes new sites of some accounts.
func insertSites(ctx context.Context, t *tx, of []domain.Account, sites ...domain.Site) error {
	rows := make([][]any, len(sites))
	for i, v := range sites {
		in := of[slices.IndexFunc(of, func(a domain.Account) bool { return a.ID == v.AccountID })]
		rows[i] = []any{
			v.ID, v.AccountID, v.Name, domain.Fold(v.Name), v.Code, v.Address, v.TimeZone, micros(v.CreatedAt), 0, v.Groups, v.Devices, max(v.Version, 1),
			orNull(in.PartnerID), siteText(v, in),
		}
	}
	err := insertAll(ctx, t, "sites (id, account_id, name, name_key, code, address, time_zone, created_at, removed_at, groups, devices, version, partner_id, search_text)", rows)
	return wrap(err, "write sites")
}

// siteText is what finds a site among those of a partner's customers. An account keeps its name.
func siteText(v domain.Site, in domain.Account) string {
	return strings.Join(strings.Fields(domain.Fold(v.Name+" "+v.Code+" "+in.Name)), " ")
}

// CreateSite opens a site. A draft that is not good is domain.Problems.
func (s *Store) CreateSite(ctx context.Context, by domain.Actor, d domain.SiteDraft) (made domain.Site, err error) {
	in, err := d.Check()
	if err != nil {
		return made, err
	}
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		made, err = openSite(ctx, c, in)
		return err
	})
	return made, wrap(err, "create a site")
}

// openSite writes a new site that was found good, with its history.
func openSite(ctx context.Context, c changing, in domain.Site) (domain.Site, error) {
	site, e, err := domain.NewSite(c.by, in, c.now)
	if err != nil {
		return site, err
	}
	site.ID = newID()
	e.SubjectID = site.ID
	e.After["scope"] = site.ID
	if err := insertSites(ctx, c.tx, []domain.Account{c.by.Account}, site); err != nil {
		return site, err
	}
	return site, record(ctx, c.tx, e)
}

// SaveSite gives a site other values; domain.ErrStale when it has another version by now.
func (s *Store) SaveSite(ctx context.Context, by domain.Actor, id string, version int, d domain.SiteDraft) (domain.Site, error) {
	in, err := d.Check()
	if err != nil {
		return domain.Site{}, err
	}
	return s.changeSite(ctx, by, id, version, func(c changing, v domain.Site) (domain.Site, domain.Event, error) { return v.Change(c.by, in, c.now) })
}

// RemoveSite closes a site without devices, with its groups and every right on it or on one of them.
func (s *Store) RemoveSite(ctx context.Context, by domain.Actor, id string, version int) (domain.Site, error) {
	return s.changeSite(ctx, by, id, version, func(c changing, v domain.Site) (domain.Site, domain.Event, error) { return v.Remove(c.by, c.now) })
}

func (s *Store) changeSite(ctx context.Context, by domain.Actor, id string, version int,
	decide func(changing, domain.Site) (domain.Site, domain.Event, error),
) (after domain.Site, err error) {
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		was, err := readSite(ctx, t, c.by, id)
		if err != nil {
			return err
		}
		if was.Version != version {
			return domain.ErrStale
		}
		var e domain.Event
		if after, e, err = decide(c, was); err != nil || after == was {
			return err
		}
		err = changed(ctx, t, `update sites set name = $1, name_key = $2, code = $3, address = $4, time_zone = $5, removed_at = $6, version = $7, search_text = $8
			where id = $9 and version = $10`, after.Name, domain.Fold(after.Name), after.Code, after.Address, after.TimeZone, micros(after.RemovedAt), after.Version,
			siteText(after, c.by.Account), id, was.Version)
		if err != nil {
			return err
		}
		if !after.RemovedAt.IsZero() {
			if err := forgetSite(ctx, t, after, c.now); err != nil {
				return err
			}
		}
		return record(ctx, t, e)
	})
	return after, wrap(err, "change a site")
}

// forgetSite takes away what stood in a site that is removed, and every right on it: it can be reached by nobody.
func forgetSite(ctx context.Context, t *tx, v domain.Site, now time.Time) error {
	if _, err := exec(ctx, t, "update groups set removed_at = $1 where account_id = $2 and site_id = $3 and removed_at = 0", micros(now), v.AccountID, v.ID); err != nil {
		return err
	}
	_, err := exec(ctx, t, "delete from grants where account_id = $1 and site_id = $2", v.AccountID, v.ID)
	return err
}

// readSite is Site inside a change.
func readSite(ctx context.Context, q querier, by domain.Actor, id string) (domain.Site, error) {
	if !storable(id) {
		return domain.Site{}, domain.ErrNotFound
	}
	where, args := reached(by, 2)
	return one(ctx, q, scanSite, "select "+siteColumns+" from sites s where s.id = $1 and "+where, append([]any{id}, args...)...)
}
