package domain

import (
	"slices"
	"strings"
)

// A Node is a place in an account's tree: account ⊃ site ⊃ group ⊃ device.
// The path from the account down is written out; what lies below the node is empty.
type Node struct {
	Account, Site, Group, Device string
}

// Covers reports whether other is this node or lies below it. The zero Node covers nothing.
func (n Node) Covers(other Node) bool {
	return n.Account != "" && n.Account == other.Account &&
		(n.Site == "" || n.Site == other.Site) &&
		(n.Group == "" || n.Group == other.Group) &&
		(n.Device == "" || n.Device == other.Device)
}

// A Scope is the set of nodes a membership reaches. The empty scope reaches nothing.
type Scope []Node

// Whole is the scope of the whole account.
func Whole(account string) Scope { return Scope{{Account: account}} }

// Sites is the scope of these sites of an account, each once. An empty id names no site: it would be the whole account.
func Sites(account string, sites ...string) Scope {
	var s Scope
	for _, id := range sites {
		if n := (Node{Account: account, Site: id}); id != "" && !slices.Contains(s, n) {
			s = append(s, n)
		}
	}
	return s
}

// Covers reports whether some node of the scope covers n.
func (s Scope) Covers(n Node) bool {
	return slices.ContainsFunc(s, func(have Node) bool { return have.Covers(n) })
}

// Contains reports whether other is the same or smaller: every node of it is covered, and there is one.
func (s Scope) Contains(other Scope) bool {
	for _, n := range other {
		if !s.Covers(n) {
			return false
		}
	}
	return len(other) > 0
}

// AccountWide reports whether the scope is the whole account.
func (s Scope) AccountWide() bool {
	return slices.ContainsFunc(s, func(n Node) bool { return n.Account != "" && n == Node{Account: n.Account} })
}

// SiteIDs lists the sites named by the scope, sorted; none when it is account-wide.
func (s Scope) SiteIDs() []string {
	if s.AccountWide() {
		return nil
	}
	var ids []string
	for _, n := range s {
		if !slices.Contains(ids, n.Site) {
			ids = append(ids, n.Site)
		}
	}
	slices.Sort(ids)
	return ids
}

// Within keeps the part of s that outer reaches: what a scoped actor may see of somebody's scope.
func (s Scope) Within(outer Scope) Scope {
	var seen Scope
	for _, n := range s {
		if outer.Covers(n) {
			seen = append(seen, n)
		}
	}
	return seen
}

// Equal reports whether both reach the same nodes, in any order.
func (s Scope) Equal(other Scope) bool {
	return len(s) == 0 && len(other) == 0 || s.Contains(other) && other.Contains(s)
}

// String is the scope as the history keeps it: the paths of its nodes below the account, sorted, or "account".
func (s Scope) String() string {
	if s.AccountWide() {
		return WholeAccount
	}
	var paths []string
	for _, n := range s {
		paths = append(paths, strings.TrimRight(n.Site+"/"+n.Group+"/"+n.Device, "/"))
	}
	slices.Sort(paths)
	return strings.Join(slices.Compact(paths), " ")
}
