package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// An Obstacle is why somebody may do nothing at a node.
type Obstacle string

// The obstacles, in the order in which they are asked about (product.md, Effective access).
const (
	NotAccepted      Obstacle = "not-accepted"
	AccountSuspended Obstacle = "account-suspended"
	AccessDisabled   Obstacle = "disabled"
	AccessEnded      Obstacle = "ended"
	FactorMissing    Obstacle = "factor"
	ClosedAtHome     Obstacle = "home"
	AwayFromPartner  Obstacle = "partner"
	OutOfScope       Obstacle = "scope"
	RoleTooSmall     Obstacle = "role"
)

// An Explanation is what somebody may do at a node of the tree, and whence.
type Explanation struct {
	At Node
	// May is what they may do there now: nothing when there is an Obstacle.
	May      Privileges
	Obstacle Obstacle
	// Through is the node of the grant that reaches At, the widest one; the zero Node when none does.
	Through Node
	// Grants are a guest's that reach At, the widest first: each has privileges of its own.
	Grants []Grant
	// Until is when their access ends by itself; the zero time is never.
	Until time.Time
	// EnrolBy is the day from which they get in only with a second factor, which they do not have.
	EnrolBy time.Time
}

// nodePrivileges are what can be said of one node: those on the tree, and on a site its own.
func nodePrivileges(at Node) Privileges {
	if at.Group == "" && at.Device == "" {
		return append(Privileges{ViewSites, EditSites}, TreePrivileges...)
	}
	return TreePrivileges
}

// actor is the person of the membership in their account, as they stand there when nothing pauses them.
func (m Membership) actor(in Account) Actor {
	return Actor{
		User: User{ID: m.UserID, SecondFactor: m.Factor != NoFactor}, Account: in, Membership: m.ID, Kind: m.Kind,
		Role: in.RoleOf(m.Role), Scope: m.Scope, Grants: m.Grants,
	}
}

// Explain says what the person of a membership may do at a node of this account, through which grant and until when, or
// what stands in the way. It asks what the doors ask.
func (a Account) Explain(m Membership, at Node, now time.Time) Explanation {
	who := m.actor(a)
	e := Explanation{At: at, Until: m.EndsAt, EnrolBy: who.EnrolBy(now)}
	for _, node := range m.Scope {
		if node.Covers(at) && (e.Through == Node{} || node.Covers(e.Through)) {
			e.Through = node
		}
	}
	for _, g := range m.Grants {
		if g.Node.Covers(at) {
			e.Grants = append(e.Grants, g)
		}
	}
	slices.SortFunc(e.Grants, func(x, y Grant) int { return len(x.Node.Path()) - len(y.Node.Path()) })
	switch state := m.State(now); {
	case !slices.Contains([]State{StateAccepted, StateSuspended, StateEnded}, state):
		e.Obstacle = NotAccepted
	case !a.SuspendedAt.IsZero():
		e.Obstacle = AccountSuspended
	case state == StateSuspended:
		e.Obstacle = AccessDisabled
	case state == StateEnded:
		e.Obstacle = AccessEnded
	case who.MustEnrol(now):
		e.Obstacle = FactorMissing
	case e.Through == Node{}:
		e.Obstacle = OutOfScope
	default:
		for _, p := range nodePrivileges(at) {
			if who.CanAt(p, at) {
				e.May = append(e.May, p)
			}
		}
		if len(e.May) == 0 {
			e.Obstacle = RoleTooSmall
		}
	}
	return e
}

// Closed is the explanation for a guest whom nothing at home lets in any more (GST-11).
func (e Explanation) Closed() Explanation {
	if e.Obstacle == "" {
		e.Obstacle, e.May = ClosedAtHome, nil
	}
	return e
}

// Severed is the explanation for a colleague of the partner who is locked there, or gone (C14).
func (e Explanation) Severed() Explanation {
	if e.Obstacle == "" {
		e.Obstacle, e.May = AwayFromPartner, nil
	}
	return e
}

// Reaches reports whether they see what is at the node.
func (e Explanation) Reaches() bool { return e.May.Has(ViewDevices) }

// A Loss is what a change takes away from somebody.
type Loss struct {
	May Privileges
	// Nodes are those of their grants that they no longer reach.
	Nodes Scope
	// Less is what a guest loses at single nodes that they still reach, beside May.
	Less []Grant
}

// String tells one loss from another: who confirms confirms this one.
func (l Loss) String() string {
	if l.None() {
		return ""
	}
	text := l.May.String() + " at " + l.Nodes.String()
	for _, g := range l.Less {
		text += "; " + g.May.String() + " at " + g.Node.Path()
	}
	sum := sha256.Sum256([]byte(text)) // a guest may have hundreds of nodes
	return hex.EncodeToString(sum[:16])
}

// None reports whether nothing is taken away.
func (l Loss) None() bool { return len(l.May) == 0 && len(l.Nodes) == 0 && len(l.Less) == 0 }

// Unconfirmed refuses a change that takes something away until who makes it has confirmed that.
type Unconfirmed struct{ Loss Loss }

func (u *Unconfirmed) Error() string { return "what is taken away was not confirmed" }

// Confirm lets a change of a membership of this account through that takes nothing away, or what was confirmed: confirmed
// is the loss as its String has it. Else the error is *Unconfirmed.
func (a Account) Confirm(was, now Membership, confirmed string) error {
	if l := a.Lost(was, now); !l.None() && l.String() != confirmed {
		return &Unconfirmed{l}
	}
	return nil
}

// Confirm lets a change of a role through from which its holders lose nothing, or what was confirmed: confirmed is what they
// lose, as Privileges has it. Else the error is *Unconfirmed, where the role has holders.
func (r Role) Confirm(to Role, confirmed string) error {
	if lost := r.Loses(to); len(lost) > 0 && lost.String() != confirmed {
		return &Unconfirmed{Loss{May: lost}}
	}
	return nil
}

// Lost compares a membership of this account before a change and after it. Whether it is paused or has ended counts for
// neither: it would be lost all the same.
func (a Account) Lost(was, now Membership) Loss {
	var l Loss
	before, after := was.actor(a), now.actor(a)
	for p := range Privilege(len(privilegeNames)) {
		if _, told := joined[p]; told {
			continue // by those it is made of
		}
		if p > Enter && before.Can(p) && !after.Can(p) {
			l.May = append(l.May, p)
		}
	}
	for _, node := range was.Scope {
		if !now.Scope.Covers(node) {
			l.Nodes = append(l.Nodes, node)
		}
	}
	for _, g := range was.Grants {
		less := Grant{Node: g.Node}
		for _, p := range g.May {
			if now.Scope.Covers(g.Node) && before.CanAt(p, g.Node) && !after.CanAt(p, g.Node) && !l.May.Has(p) {
				less.May = append(less.May, p)
			}
		}
		if len(less.May) > 0 {
			l.Less = append(l.Less, less)
		}
	}
	return l
}
