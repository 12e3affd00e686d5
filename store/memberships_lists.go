package store

import (
	"context"

	"gatehouse/domain"
)

// A Query is what a list of people or invites asks for; it comes from the address. Empty fields ask for nothing,
// values that do not exist match nothing. Several values of one field are alternatives.
type Query struct {
	Search string
	Roles  []domain.RoleID
	States []domain.State
	// Sites are those a person's scope includes: by a grant on the site or, for an account-wide viewer, on the account.
	Sites []string
	// Outside are domains: only addresses of none of them. NoFactor are roles: only active people of them without a
	// second factor.
	Outside  *domain.AllowedDomains
	NoFactor []domain.RoleID
	// Email and Text are On or Off.
	Email, Text string
	// Mail are delivery states of offers that nobody has accepted.
	Mail []domain.MailState
	// Active is the host's switch of guests, On or Off; Workspaces are their modes.
	Active     string
	Workspaces []domain.Workspace
	Paging
}

// On and Off are the values of a notification filter.
const (
	On  = "on"
	Off = "off"
)

// view is one of the lists that memberships make.
type view struct {
	list[domain.Membership]
	kind domain.MembershipKind
	// rows holds for all of it, in the words of its partial indexes; parts are how grants say the same.
	rows  string
	parts []string
	// more is what else holds for all of it; grants do not know.
	more string
	// roles and channels are the indexes that find a role and a notification channel; without channels the list
	// has no such filter.
	roles, channels string
	// domains is the index that finds an address's domain; without it the list has no such filter.
	domains string
	// states are conditions on a row, $now being the time, and the index that finds such rows ("" when there is none).
	states map[domain.State]stateOf
	// offered are the indexes of the offers that nobody has taken, by an order's column; none where such a list is walked whole.
	offered map[string]string
}

// ofKind is written out, not an argument: partial indexes are of one kind.
func (v view) ofKind() string { return "m.kind = '" + string(v.kind) + "'" }

type stateOf struct{ holds, index string }

// The Users tab: people who are in. Ended comes before disabled, as in domain.Membership.State.
var usersView = view{
	kind: domain.KindUser,
	list: list[domain.Membership]{
		table: "memberships", fields: membershipFields, scan: scanMembership, finish: loadScopes, own: "name",
		orders: map[string]order{
			"name":    {"name_key", "memberships_in_name", false},
			"email":   {"email", "memberships_in_email", false},
			"role":    {"role", "memberships_in_role", false},
			"sign-in": {"last_sign_in_at", "memberships_in_seen", true},
			"joined":  {"accepted_at", "memberships_in_joined", true},
		},
	},
	rows:     "m.accepted_at > 0 and m.removed_at = 0",
	parts:    []string{"user in"},
	roles:    "memberships_in_role",
	channels: "memberships_in_channels",
	domains:  "memberships_in_domain",
	states: map[domain.State]stateOf{
		domain.StateAccepted:  {"m.suspended_at = 0 and (m.ends_at = 0 or m.ends_at > $now)", ""},
		domain.StateSuspended: {"m.suspended_at > 0 and (m.ends_at = 0 or m.ends_at > $now)", "memberships_in_paused"},
		domain.StateEnded:     {"m.ends_at > 0 and m.ends_at <= $now", "memberships_in_ending"},
	},
}

// The Invites tab: every offer, open, closed or taken. An offer never outlives the access it offers
// (domain.Invite), so its expiry alone tells Pending from Expired.
var invitesView = view{
	kind: domain.KindUser,
	list: list[domain.Membership]{
		table: "memberships", fields: membershipFields, scan: scanMembership, finish: loadScopes, own: "-sent",
		orders: map[string]order{
			"name":    {"name_key", "memberships_name", false},
			"email":   {"email", "memberships_email", false},
			"sent":    {"sent_at", "memberships_sent", true},
			"expires": {"expires_at", "memberships_expires", true},
		},
	},
	rows:  "m.removed_at = 0",
	parts: []string{"user in", "user offered"},
	roles: "memberships_role",
	states: map[domain.State]stateOf{
		domain.StatePending:  {open + " and m.expires_at > $now", "memberships_open"},
		domain.StateExpired:  {open + " and m.expires_at <= $now", "memberships_open"},
		domain.StateRevoked:  {"m.revoked_at > 0 and m.accepted_at = 0", "memberships_revoked"},
		domain.StateDeclined: {"m.declined_at > 0 and m.revoked_at = 0 and m.accepted_at = 0", "memberships_declined"},
		domain.StateAccepted: {"m.accepted_at > 0", "memberships_in_joined"},
	},
}

// Admin & Technicians: everybody of a partner, invited or in (seed 002). Those of one level stand in the order they came.
var administratorsView = view{
	kind: domain.KindUser,
	list: list[domain.Membership]{
		table: "memberships", fields: membershipFields, scan: scanMembership, finish: loadScopes, own: "level",
		orders: map[string]order{
			"name":    {"name_key", "memberships_name", false},
			"email":   {"email", "memberships_email", false},
			"level":   {"level", "memberships_level", true},
			"sign-in": {"last_sign_in_at", "memberships_level_seen", true},
		},
	},
	rows:   "m.level > 0 and m.removed_at = 0",
	parts:  []string{"user in", "user offered"},
	roles:  "memberships_role",
	states: invitesView.states,
	offered: map[string]string{
		"name_key": "memberships_offered_name", "email": "memberships_offered_email", "level": "memberships_offered_level", "last_sign_in_at": "memberships_offered_seen",
	},
}

// open is an offer that was neither taken nor closed by somebody.
const open = "m.accepted_at = 0 and m.revoked_at = 0 and m.declined_at = 0"

// listMemberships prepares a list for an actor: in their account, and of what they reach.
func (s *Store) listMemberships(ctx context.Context, q querier, v view, by domain.Actor, query Query) (*listing[domain.Membership], error) {
	f := filter{s, v, by.Account.ID}
	conds, err := f.conditions(ctx, q, by, query)
	if err != nil {
		return nil, err
	}
	return prepare(s, q, v.list, query.Sort, f.base, conds), nil
}

// membershipPage reads a page of a view.
func (s *Store) membershipPage(ctx context.Context, v view, by domain.Actor, query Query) (Page[domain.Membership], error) {
	l, err := s.listMemberships(ctx, s.read.planned(), v, by, query)
	if err != nil {
		return Page[domain.Membership]{}, err
	}
	page, err := l.page(ctx, query.Paging)
	for i, m := range page.Rows {
		page.Rows[i] = m.SeenBy(by)
	}
	return page, err
}

// eachMembership streams a view.
func (s *Store) eachMembership(ctx context.Context, v view, by domain.Actor, query Query, do func(domain.Membership) error) error {
	l, err := s.listMemberships(ctx, s.read.planned(), v, by, query)
	if err != nil {
		return err
	}
	return l.each(ctx, func(m domain.Membership) error { return do(m.SeenBy(by)) })
}

// membershipIDs collects the ids of a view, up to MostChosen.
func (s *Store) membershipIDs(ctx context.Context, v view, by domain.Actor, query Query) (ids []string, more bool, err error) {
	l, err := s.listMemberships(ctx, s.read.planned(), v, by, query)
	if err != nil {
		return nil, false, err
	}
	found, err := l.rows(ctx, nil, false, MostChosen+1)
	for _, row := range found[:min(len(found), MostChosen)] {
		ids = append(ids, row.at.id)
	}
	return ids, len(found) > MostChosen, err
}

// countMemberships counts a view.
func (s *Store) countMemberships(ctx context.Context, v view, by domain.Actor, query Query) (Count, error) {
	l, err := s.listMemberships(ctx, s.read.planned(), v, by, query)
	if err != nil {
		return Count{}, err
	}
	return l.count(ctx)
}

// seenMembership finds one row of a view.
func (s *Store) seenMembership(ctx context.Context, v view, by domain.Actor, id string) (domain.Membership, error) {
	if !storable(id) {
		return domain.Membership{}, domain.ErrNotFound
	}
	m, err := readMembership(ctx, s.read, "where m.id = $1 and m.account_id = $2 and "+v.ofKind()+" and "+v.rows, id, by.Account.ID)
	if err == nil && !visible(by, m) {
		err = domain.ErrNotFound
	}
	if err != nil {
		return domain.Membership{}, err
	}
	return m.SeenBy(by), nil
}
