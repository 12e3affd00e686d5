package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/domain"
)

// A NodeName is a node of the tree as a person knows it.
type NodeName struct {
	Node domain.Node
	Name string
	// Within is the site of a group or a device.
	Within string
	// Serial is a device's number.
	Serial string
}

// Level is how deep in the tree a search for nodes goes.
type Level int

// The levels of the tree below the account.
const (
	ToSites Level = iota
	ToGroups
	ToDevices
	// OnlyDevices leaves out what they stand in.
	OnlyDevices
)

// mostNodeWords is more words than the name of a node has room for: who types more finds nothing (DOS-03).
const mostNodeWords = 100

// FindNodes finds up to n nodes that the actor reaches, by a part of a site's name or code, a group's name, a device's
// label or serial number: sites first, then groups, then devices. Nothing typed gives the first sites and their groups.
func (s *Store) FindNodes(ctx context.Context, by domain.Actor, typed string, down Level, n int) ([]NodeName, error) {
	if down == OnlyDevices {
		return s.onlyDevices(ctx, by, typed, n)
	}
	if len(searchWords(typed)) > mostNodeWords {
		return nil, nil
	}
	sites, _, err := s.Sites(ctx, by, typed, "", n)
	if err != nil {
		return nil, err
	}
	var out []NodeName
	for _, site := range sites {
		if by.Scope.Covers(site.Node()) {
			out = append(out, NodeName{Node: site.Node(), Name: site.Name})
		}
	}
	if down == ToSites {
		return out, nil
	}
	if len(searchWords(typed)) == 0 {
		return s.withGroups(ctx, by, sites, n)
	}
	groups, err := s.findGroups(ctx, by, typed, n)
	if err != nil {
		return nil, err
	}
	out = append(out, groups...)
	if down == ToDevices && len(out) < n {
		found, err := s.findDevices(ctx, by, typed, n-len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return s.within(ctx, by, out[:min(len(out), n)])
}

// withGroups lists sites, each with its groups below it.
func (s *Store) withGroups(ctx context.Context, by domain.Actor, sites []domain.Site, n int) (out []NodeName, err error) {
	for _, site := range sites {
		if by.Scope.Covers(site.Node()) {
			out = append(out, NodeName{Node: site.Node(), Name: site.Name})
		}
		if site.Groups > 0 {
			groups, err := s.Groups(ctx, by, site.ID)
			if err != nil {
				return nil, err
			}
			for _, g := range groups {
				if by.Scope.Covers(g.Node()) {
					out = append(out, NodeName{Node: g.Node(), Name: g.Name, Within: site.Name})
				}
			}
		}
		if len(out) >= n {
			return out[:n], nil
		}
	}
	return out, nil
}

// inSites is a condition on site_id: the sites of somebody who does not reach all.
func inSites(by domain.Actor, a *args) string {
	if by.Scope.AccountWide() {
		return ""
	}
	return " and m.site_id in (" + a.add(values(by.Scope.SiteIDs())...) + ")"
}

func (s *Store) findGroups(ctx context.Context, by domain.Actor, typed string, n int) (out []NodeName, err error) {
	var a args
	account := a.add(by.Account.ID)
	words, patterns := likeWords("m.name_key", searchWords(typed), len(a)+1)
	a.add(patterns...)
	where := inSites(by, &a)
	found, err := all(ctx, s.read, scanNode, "select m.account_id, m.site_id, m.id, '', m.name, '' from groups m where m.account_id = "+account+
		" and m.removed_at = 0 and "+words+where+fmt.Sprintf(" order by m.name_key, m.id limit %d", n), a...)
	return covered(by, found), wrap(err, "find groups")
}

func (s *Store) findDevices(ctx context.Context, by domain.Actor, typed string, n int) ([]NodeName, error) {
	hits, err := s.find(ctx, s.read, devices, by.Account.ID, typed)
	if err != nil || hits.nothing() {
		return nil, err
	}
	var a args
	account := a.add(by.Account.ID)
	where, more := hits.where("m", len(a)+1)
	a.add(more...)
	where += inSites(by, &a)
	table := "devices m"
	if s.engine == sqlite && len(hits.rows) > 0 {
		table += " not indexed" // by their numbers
	} else {
		table += s.indexedBy("devices_heard")
	}
	found, err := all(ctx, s.read, scanNode, "select m.account_id, m.site_id, m.group_id, m.id, m.label, m.serial from "+table+
		" where m.account_id = "+account+" and m.removed_at = 0 and "+where+fmt.Sprintf(" limit %d", n), a...)
	return covered(by, found), wrap(err, "find devices")
}

// onlyDevices finds devices; nothing typed gives the first ones, site by site.
func (s *Store) onlyDevices(ctx context.Context, by domain.Actor, typed string, n int) ([]NodeName, error) {
	var found []NodeName
	var err error
	if len(searchWords(typed)) > 0 {
		found, err = s.findDevices(ctx, by, typed, n)
	} else {
		var a args
		account := a.add(by.Account.ID)
		where := inSites(by, &a)
		found, err = all(ctx, s.read, scanNode, "select m.account_id, m.site_id, m.group_id, m.id, m.label, m.serial from devices m"+s.indexedBy("devices_place")+
			" where m.account_id = "+account+" and m.removed_at = 0"+where+fmt.Sprintf(" order by m.site_id, m.place_key, m.id limit %d", n), a...)
	}
	if err != nil {
		return nil, wrap(err, "find devices")
	}
	return s.within(ctx, by, covered(by, found))
}

func scanNode(row scanner) (v NodeName, err error) {
	err = row.Scan(&v.Node.Account, &v.Node.Site, &v.Node.Group, &v.Node.Device, &v.Name, &v.Serial)
	if v.Name == "" {
		v.Name = v.Serial
	}
	return v, err
}

// covered leaves what the actor reaches.
func covered(by domain.Actor, found []NodeName) (out []NodeName) {
	for _, v := range found {
		if by.Scope.Covers(v.Node) {
			out = append(out, v)
		}
	}
	return out
}

// within names the sites that groups and devices are in.
func (s *Store) within(ctx context.Context, by domain.Actor, found []NodeName) ([]NodeName, error) {
	var ids []string
	for _, v := range found {
		ids = append(ids, v.Node.Site)
	}
	names, err := s.SiteNames(ctx, by, ids)
	for i, v := range found {
		if v.Node.Group != "" || v.Node.Device != "" {
			found[i].Within = names[v.Node.Site]
		}
	}
	return found, err
}

// PathNames names what the paths of the history mean, by path, wherever it stands by now. What is gone, or out of the
// actor's reach, has no name.
func (s *Store) PathNames(ctx context.Context, by domain.Actor, paths []string) (map[string]string, error) {
	var sites, deeper []string
	for _, path := range paths {
		if strings.Contains(path, "/") {
			deeper = append(deeper, path)
		} else {
			sites = append(sites, path)
		}
	}
	names, err := s.SiteNames(ctx, by, sites)
	if err != nil || len(deeper) == 0 {
		return names, err
	}
	at, err := existingNodes(ctx, s.read, by.Account.ID, deeper)
	if err != nil {
		return names, err
	}
	found, err := s.NodeNames(ctx, by, slices.Collect(maps.Values(at)))
	called := map[domain.Node]string{}
	for _, v := range found {
		called[v.Node] = v.Name
	}
	for path, node := range at {
		names[path] = called[node]
	}
	return names, err
}

// NodeNames names nodes that the actor reaches, in the order asked for: what a scope field has chosen. One that is not
// there, not theirs, or at another place by now, is left out.
func (s *Store) NodeNames(ctx context.Context, by domain.Actor, nodes []domain.Node) ([]NodeName, error) {
	at := map[domain.Node]NodeName{}
	var sites, groups, single []string
	for _, n := range nodes[:min(len(nodes), 5000)] {
		switch {
		case !storable(n.Site, n.Group, n.Device):
		case n.Device != "":
			single = append(single, n.Device)
		case n.Group != "":
			groups = append(groups, n.Group)
		default:
			sites = append(sites, n.Site)
		}
	}
	names, err := s.SiteNames(ctx, by, sites)
	if err != nil {
		return nil, err
	}
	for id, name := range names {
		n := domain.Node{Account: by.Account.ID, Site: id}
		at[n] = NodeName{Node: n, Name: name}
	}
	for _, part := range []struct {
		fields, table string
		ids           []string
	}{
		{"m.account_id, m.site_id, m.id, '', m.name, ''", "groups", groups},
		{"m.account_id, m.site_id, m.group_id, m.id, m.label, m.serial", "devices", single},
	} {
		found, err := all(ctx, s.read, scanNode, "select "+part.fields+" from "+part.table+" m where m.account_id = $1 and m.removed_at = 0 and m.id in ("+in(len(part.ids), 2)+")",
			append([]any{by.Account.ID}, values(part.ids)...)...)
		if err != nil {
			return nil, wrap(err, "read names of nodes")
		}
		for _, v := range found {
			at[v.Node] = v
		}
	}
	var out []NodeName
	for _, n := range nodes {
		if v, ok := at[n]; ok {
			out = append(out, v)
			delete(at, n)
		}
	}
	return s.within(ctx, by, covered(by, out))
}
