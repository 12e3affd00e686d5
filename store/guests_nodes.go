package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"gatehouse/domain"
)

// GuestPlaces are the names of what a guest's access reaches; none for the whole account.
func (s *Store) GuestPlaces(ctx context.Context, m domain.Membership) ([]string, error) {
	return nodeNames(ctx, s.read, m)
}

// nodeNames are the names of what a guest's access reaches, sites first; none for the whole account.
func nodeNames(ctx context.Context, q querier, m domain.Membership) ([]string, error) {
	if m.Scope.AccountWide() {
		return nil, nil
	}
	sites, groups, single := idsOfNodes(m.Scope)
	var out []string
	for _, part := range []struct {
		from, order string
		ids         []string
	}{
		{"s.name from sites s where s.account_id = $1 and s.removed_at = 0 and s.id", "s.name_key, s.id", sites},
		{"g.name from groups g where g.account_id = $1 and g.removed_at = 0 and g.id", "g.name_key, g.id", groups},
		{"case when d.label = '' then d.serial else d.label end from devices d where d.account_id = $1 and d.removed_at = 0 and d.id", "d.label_key, d.id", single},
	} {
		if len(part.ids) == 0 {
			continue
		}
		names, err := all(ctx, q, text, "select "+part.from+" in ("+in(len(part.ids), 2)+") order by "+part.order, append([]any{m.AccountID}, values(part.ids)...)...)
		if err != nil {
			return nil, wrap(err, "read names of places")
		}
		out = append(out, names...)
	}
	return out, nil
}

// idsOfNodes sorts nodes by what they are: whole sites, groups, and devices.
func idsOfNodes(nodes []domain.Node) (sites, groups, single []string) {
	for _, n := range few(nodes) {
		switch {
		case !storable(n.Site, n.Group, n.Device):
		case n.Device != "":
			single = append(single, n.Device)
		case n.Group != "":
			groups = append(groups, n.Group)
		case n.Site != "":
			sites = append(sites, n.Site)
		}
	}
	return sites, groups, single
}

// livingGuest takes nodes out of the offer that are not there any more (INV-18).
func livingGuest(ctx context.Context, q querier, m domain.Membership) (domain.Membership, error) {
	var paths []string
	for _, g := range m.Grants {
		paths = append(paths, g.Node.Path())
	}
	known, err := existingNodes(ctx, q, m.AccountID, paths)
	if err != nil {
		return m, err
	}
	gone := func(n domain.Node) bool { _, ok := known[n.Path()]; return !ok }
	m.Grants = slices.DeleteFunc(slices.Clone(m.Grants), func(g domain.Grant) bool { return gone(g.Node) })
	m.Scope = slices.DeleteFunc(slices.Clone(m.Scope), gone)
	return m, nil
}

// existingNodes are those of these paths that are nodes of the account, where they stand now: what has been moved since
// the path was written is at its new place.
func existingNodes(ctx context.Context, q querier, account string, paths []string) (map[string]domain.Node, error) {
	known, nodes := map[string]domain.Node{}, map[string]domain.Node{}
	for _, path := range few(paths) {
		n, ok := domain.ParseNode(account, path)
		switch {
		case ok && n.Site == "":
			known[path] = n
		case ok:
			nodes[path] = n
		}
	}
	sites, groups, single := idsOfNodes(slices.Collect(maps.Values(nodes)))
	at := map[string]domain.Node{}
	for _, part := range []struct {
		from string
		ids  []string
	}{
		{"m.id, '', '' from sites m", sites},
		{"m.site_id, m.id, '' from groups m", groups},
		{"m.site_id, m.group_id, m.id from devices m", single},
	} {
		if len(part.ids) == 0 {
			continue
		}
		found, err := all(ctx, q, scanPlace, "select m.account_id, "+part.from+" where m.account_id = $1 and m.removed_at = 0 and m.id in ("+in(len(part.ids), 2)+")",
			append([]any{account}, values(part.ids)...)...)
		if err != nil {
			return nil, wrap(err, "look for nodes")
		}
		for _, n := range found {
			at[lowest(n)] = n
		}
	}
	for path, n := range nodes {
		if there, ok := at[lowest(n)]; ok {
			known[path] = there
		}
	}
	return known, nil
}

func scanPlace(row scanner) (n domain.Node, err error) {
	err = row.Scan(&n.Account, &n.Site, &n.Group, &n.Device)
	return n, err
}

// lowest is the id of the node itself; ids are of one thing only.
func lowest(n domain.Node) string { return cmp.Or(n.Device, n.Group, n.Site) }

// personKnown reports whether an address has an account.
func personKnown(ctx context.Context, q querier, email string) (domain.User, bool, error) {
	u, err := personByEmail(ctx, q, email)
	if errors.Is(err, domain.ErrNotFound) {
		return u, false, nil
	}
	return u, err == nil, err
}
