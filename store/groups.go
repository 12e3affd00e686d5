package store

import (
	"context"

	"gatehouse/domain"
)

const groupColumns = "g.id, g.account_id, g.site_id, g.name, g.devices, g.created_at, g.removed_at, g.version"

func scanGroup(row scanner) (g domain.Group, err error) {
	var created, removed int64
	err = row.Scan(&g.ID, &g.AccountID, &g.SiteID, &g.Name, &g.Devices, &created, &removed, &g.Version)
	g.CreatedAt, g.RemovedAt = fromMicros(created), fromMicros(removed)
	return g, err
}

// groupsName is the index that keeps two groups of a site from having one name.
const groupsName = "groups_name"

// Groups lists the groups of a site that the actor reaches, or of which they reach a device, as they were made. A site
// has no more than domain.MaxGroups.
func (s *Store) Groups(ctx context.Context, by domain.Actor, site string) ([]domain.Group, error) {
	found, err := readGroups(ctx, s.read, by, site)
	return found, wrap(err, "list groups")
}

func readGroups(ctx context.Context, q querier, by domain.Actor, site string) ([]domain.Group, error) {
	if !storable(site) {
		return nil, nil
	}
	found, err := all(ctx, q, scanGroup, "select "+groupColumns+" from groups g where g.account_id = $1 and g.site_id = $2 and g.removed_at = 0 order by g.id", by.Account.ID, site)
	if err != nil {
		return nil, err
	}
	reach := by.Reach(domain.ViewDevices)
	var seen []domain.Group
	for _, g := range found {
		switch {
		case reach.Covers(g.Node()):
			seen = append(seen, g)
		case reach.Touches(g.Node()):
			g.Devices = 0 // how many others there are is not theirs to know
			seen = append(seen, g)
		}
	}
	return seen, nil
}

// GroupsIn lists the groups of several sites, by site, for those who reach them whole.
func (s *Store) GroupsIn(ctx context.Context, by domain.Actor, sites []domain.Site) (map[string][]domain.Group, error) {
	ids := make([]string, len(sites))
	for i, v := range sites {
		ids[i] = v.ID
	}
	found, err := all(ctx, s.read, scanGroup, "select "+groupColumns+" from groups g where g.account_id = $1 and g.removed_at = 0 and g.site_id in ("+in(len(ids), 2)+") order by g.id",
		append([]any{by.Account.ID}, values(ids)...)...)
	in := map[string][]domain.Group{}
	for _, g := range found {
		if by.Reach(domain.ViewDevices).Covers(g.Node()) {
			in[g.SiteID] = append(in[g.SiteID], g)
		}
	}
	return in, wrap(err, "list groups of sites")
}

// Group finds a group the actor reaches. domain.ErrNotFound for any other, there or not.
func (s *Store) Group(ctx context.Context, by domain.Actor, id string) (domain.Group, error) {
	g, err := readGroup(ctx, s.read, by, id)
	return g, wrap(err, "find a group")
}

func readGroup(ctx context.Context, q querier, by domain.Actor, id string) (domain.Group, error) {
	if !storable(id) {
		return domain.Group{}, domain.ErrNotFound
	}
	g, err := one(ctx, q, scanGroup, "select "+groupColumns+" from groups g where g.id = $1 and g.account_id = $2 and g.removed_at = 0", id, by.Account.ID)
	if err == nil && !by.Reach(domain.ViewDevices).Covers(g.Node()) {
		err = domain.ErrNotFound
	}
	return g, err
}

// readPlace reads where devices are or go to: a site the actor reaches, and a group of it, "" for none.
func readPlace(ctx context.Context, q querier, by domain.Actor, site, group string) (p domain.Place, err error) {
	if p.Site, err = readSite(ctx, q, by, site); err != nil || group == "" {
		return p, err
	}
	if !storable(group) {
		return p, domain.ErrNotFound
	}
	p.Group, err = one(ctx, q, scanGroup, "select "+groupColumns+" from groups g where g.id = $1 and g.account_id = $2 and g.site_id = $3 and g.removed_at = 0",
		group, by.Account.ID, site)
	return p, err
}

// CreateGroup makes a group of a site. A name the site has already is domain.Problems, as is a draft that is not good.
func (s *Store) CreateGroup(ctx context.Context, by domain.Actor, site string, d domain.GroupDraft) (made domain.Group, err error) {
	name, err := d.Check()
	if err != nil {
		return made, err
	}
	err = s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		in, err := readSite(ctx, t, c.by, site)
		if err != nil {
			return err
		}
		g, e, err := domain.NewGroup(c.by, in, name, c.now)
		if err != nil {
			return err
		}
		g.ID = newID()
		e.SubjectID, made = g.ID, g
		if err := insertGroups(ctx, t, g); err != nil {
			return err
		}
		if err := changed(ctx, t, "update sites set groups = groups + 1 where id = $1", site); err != nil {
			return err
		}
		return record(ctx, t, e)
	})
	return made, wrap(nameTaken(err), "create a group")
}

// nameTaken turns the violated index of group names into a problem of the field.
func nameTaken(err error) error {
	if violated(err) == groupsName {
		return domain.Problems{"name": {Code: "group_name"}}
	}
	return err
}

func insertGroups(ctx context.Context, t *tx, groups ...domain.Group) error {
	rows := make([][]any, len(groups))
	for i, g := range groups {
		rows[i] = []any{g.ID, g.AccountID, g.SiteID, g.Name, domain.Fold(g.Name), g.Devices, micros(g.CreatedAt), 0, max(g.Version, 1)}
	}
	return insertAll(ctx, t, "groups (id, account_id, site_id, name, name_key, devices, created_at, removed_at, version)", rows)
}

// RenameGroup gives a group another name; domain.ErrStale when it has another version by now.
func (s *Store) RenameGroup(ctx context.Context, by domain.Actor, id string, version int, d domain.GroupDraft) (after domain.Group, err error) {
	name, err := d.Check()
	if err != nil {
		return after, err
	}
	err = s.changeGroup(ctx, by, id, version, func(c changing, g domain.Group) error {
		var e domain.Event
		if after, e, err = g.Rename(c.by, name, c.now); err != nil || after.Version == g.Version {
			return err
		}
		if err := writeGroup(ctx, c.tx, g, after); err != nil {
			return err
		}
		return record(ctx, c.tx, e)
	})
	return after, wrap(nameTaken(err), "rename a group")
}

// Where the devices of a group go that is removed: nowhere, as it has none (KeepDevices), or out of any group of the
// site (NoGroup), or into another group, by its id.
const (
	KeepDevices = ""
	NoGroup     = "none"
)

// RemoveGroup takes a group away, and every right on it. to says where its devices go, each by the rules of a move.
func (s *Store) RemoveGroup(ctx context.Context, by domain.Actor, id string, version int, to string) (after domain.Group, err error) {
	err = s.changeGroup(ctx, by, id, version, func(c changing, g domain.Group) error {
		if to != KeepDevices && g.Devices > 0 {
			if err := s.emptyGroup(ctx, c, g, to); err != nil {
				return err
			}
			if g, err = readGroup(ctx, c.tx, c.by, id); err != nil {
				return err
			}
		}
		var e domain.Event
		if after, e, err = g.Remove(c.by, c.now); err != nil {
			return err
		}
		if err := writeGroup(ctx, c.tx, g, after); err != nil {
			return err
		}
		if _, err := exec(ctx, c.tx, "delete from grants where account_id = $1 and group_id = $2 and group_id <> ''", g.AccountID, g.ID); err != nil {
			return err
		}
		if err := changed(ctx, c.tx, "update sites set groups = groups - 1 where id = $1", g.SiteID); err != nil {
			return err
		}
		return record(ctx, c.tx, e)
	})
	return after, wrap(err, "remove a group")
}

// emptyGroup moves the devices of a group to another one of its site, or to none.
func (s *Store) emptyGroup(ctx context.Context, c changing, g domain.Group, to string) error {
	if err := g.MayEmpty(c.by, MostChosen); err != nil {
		return err
	}
	if to == NoGroup {
		to = ""
	}
	if to == g.ID {
		return domain.Problems{"to": {Code: "choice"}}
	}
	target, err := readPlace(ctx, c.tx, c.by, g.SiteID, to)
	if err != nil {
		return err
	}
	found, err := all(ctx, c.tx, scanDevice, "select "+deviceFields+" from devices m where m.account_id = $1 and m.site_id = $2 and m.group_id = $3 and m.removed_at = 0 order by m.id",
		g.AccountID, g.SiteID, g.ID)
	if err != nil {
		return err
	}
	w := writing{c: c}
	for _, d := range found {
		after, e, err := d.Move(c.by, domain.Place{Site: target.Site, Group: g}, target, c.now)
		if err != nil {
			return err
		}
		if err := w.write(ctx, d, after, e); err != nil {
			return err
		}
	}
	return w.end(ctx)
}

func (s *Store) changeGroup(ctx context.Context, by domain.Actor, id string, version int, change func(changing, domain.Group) error) error {
	return s.tx(ctx, func(t *tx) error {
		c, err := s.changing(ctx, t, by)
		if err != nil {
			return err
		}
		g, err := readGroup(ctx, t, c.by, id)
		if err != nil {
			return err
		}
		if g.Version != version {
			return domain.ErrStale
		}
		return change(c, g)
	})
}

func writeGroup(ctx context.Context, t *tx, was, after domain.Group) error {
	return changed(ctx, t, "update groups set name = $1, name_key = $2, removed_at = $3, version = $4 where id = $5 and version = $6 and removed_at = 0",
		after.Name, domain.Fold(after.Name), micros(after.RemovedAt), after.Version, was.ID, was.Version)
}
