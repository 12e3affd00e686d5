package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/domain"
)

// RoleGiven tells who gave somebody the role they hold, and when: whoever changed it last, else whoever invited them. The
// name is empty where nobody did: the portal's first Master. The caller has looked the person up in the actor's scope.
func (s *Store) RoleGiven(ctx context.Context, by domain.Actor, m domain.Membership) (name string, at time.Time, err error) {
	kind := domain.RoleChanged
	if m.Kind == domain.KindGuest {
		kind = domain.GuestChanged
	}
	last, err := all(ctx, s.read, scanEvent, "select "+eventColumns+` from events
		where subject_id = $1 and account_id = $2 and kind = $3 order by at desc, id desc limit 1`, m.ID, by.Account.ID, string(kind))
	switch {
	case err != nil:
		return "", time.Time{}, wrap(err, "find who gave a role")
	case len(last) == 1:
		return last[0].ActorName, last[0].At, nil
	case m.InviterName != "":
		return m.InviterName, m.SentAt, nil
	}
	return "", m.AcceptedAt, nil
}

// ExplainAccess is domain.Account.Explain, with what only the store knows: whether anything at home lets a guest in, and
// whether a colleague of the partner is in there.
func (s *Store) ExplainAccess(ctx context.Context, by domain.Actor, m domain.Membership, at domain.Node) (domain.Explanation, error) {
	e := by.Account.Explain(m, at, s.now())
	if m.Via != "" && e.Obstacle == "" {
		away, err := all(ctx, s.read, number, "select 1 from memberships m where m.id = $1 and "+s.severed(2), m.ID, micros(s.now()))
		if err != nil || len(away) == 0 {
			return e, wrap(err, "look whether the partner has somebody")
		}
		return e.Severed(), nil
	}
	if m.Kind != domain.KindGuest || e.Obstacle != "" {
		return e, nil
	}
	if home, err := s.homeOpen(ctx, s.read, m.UserID); err != nil || home {
		return e, err
	}
	return e.Closed(), nil
}

// A Reacher is somebody who reaches a node, and how.
type Reacher struct {
	Membership  domain.Membership
	Explanation domain.Explanation
}

// mostReachers is how many people a page of them has room for; each page looks at mostLooked at most, so that one costs the
// same whoever else there is in the account.
const (
	mostReachers = 50
	mostLooked   = 400
)

// Reachers lists who sees a device: people of the account, and its guests to whom may view those. They come in the order
// in which they were invited; next is where the following page begins, empty at the end. A cursor can be anything.
func (s *Store) Reachers(ctx context.Context, by domain.Actor, at domain.Node, after string) (found []Reacher, next string, err error) {
	if !storable(after) {
		return nil, "", nil
	}
	for looked := 0; ; {
		ids, err := s.holders(ctx, by, at, after, mostReachers)
		if err != nil || len(ids) == 0 {
			return found, "", err
		}
		people, err := readMemberships(ctx, s.read, "where m.id in ("+in(len(ids), 1)+")", values(ids)...)
		if err != nil {
			return nil, "", err
		}
		slices.SortFunc(people, func(a, b domain.Membership) int { return strings.Compare(a.ID, b.ID) })
		for _, m := range people {
			if len(found) == mostReachers {
				return found, after, nil
			}
			after = m.ID
			if !visible(by, m) {
				continue
			}
			e, err := s.ExplainAccess(ctx, by, m, at)
			if err != nil {
				return nil, "", err
			}
			if e.Reaches() {
				found = append(found, Reacher{m.SeenBy(by), e})
			}
		}
		switch looked += len(ids); {
		case len(ids) < mostReachers:
			return found, "", nil
		case looked >= mostLooked:
			return found, after, nil
		}
	}
}

// holders are the first n memberships behind a cursor that hold a grant on the device, or on what it stands in. Each node
// on the way down is one stretch of the index grants_node, read in its order and no further than n.
func (s *Store) holders(ctx context.Context, by domain.Actor, at domain.Node, after string, n int) ([]string, error) {
	parts := []string{string(domain.KindUser) + " in"}
	if by.Can(domain.ViewGuests) {
		parts = append(parts, string(domain.KindGuest)+" in")
	}
	nodes := []domain.Node{{}, {Site: at.Site}}
	if at.Group != "" {
		nodes = append(nodes, domain.Node{Site: at.Site, Group: at.Group})
	}
	nodes = append(nodes, at)
	var a args
	var each []string
	for _, node := range nodes {
		for _, part := range parts {
			each = append(each, "select * from (select g.membership_id from grants g"+s.indexedBy("grants_node")+" where g.account_id = "+a.add(by.Account.ID)+
				" and g.site_id = "+a.add(node.Site)+" and g.group_id = "+a.add(node.Group)+" and g.device_id = "+a.add(node.Device)+
				" and g.part = "+a.add(part)+" and g.membership_id > "+a.add(after)+fmt.Sprintf(" order by g.membership_id limit %d) as h%d", n, len(each)))
		}
	}
	ids, err := all(ctx, s.read, text, strings.Join(each, " union ")+fmt.Sprintf(" order by 1 limit %d", n), a...)
	return ids, wrap(err, "find who reaches a device")
}
