package store

import (
	"context"
	"slices"
	"strings"

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

// filter turns the fields of a Query into conditions on the rows of a view.
type filter struct {
	store   *Store
	view    view
	account string
}

func (f filter) base(a *args) string {
	return "m.account_id = " + a.add(f.account) + " and " + f.view.ofKind() + " and " + f.view.rows + f.view.more
}

// conditions are in the order of what is likely to leave least.
func (f filter) conditions(ctx context.Context, q querier, by domain.Actor, query Query) (conds []condition, err error) {
	if len(searchWords(query.Search)) > 0 {
		c, err := f.search(ctx, q, query.Search)
		if err != nil {
			return nil, err
		}
		conds = append(conds, c)
	}
	if !by.Scope.AccountWide() || len(query.Sites) > 0 {
		c, err := f.reach(ctx, q, by, query.Sites)
		if err != nil {
			return nil, err
		}
		conds = append(conds, c)
	}
	if f.view.domains != "" && query.Outside != nil {
		c, err := f.outside(ctx, q, by, *query.Outside)
		if err != nil {
			return nil, err
		}
		conds = append(conds, c)
	}
	if query.NoFactor != nil {
		conds = append(conds, f.noFactor(query.NoFactor))
	}
	if len(query.Mail) > 0 {
		conds = append(conds, f.oneOf("m.accepted_at = 0 and m.mail_state", texts(query.Mail), "memberships_mail"))
	}
	if len(query.States) > 0 {
		conds = append(conds, f.states(query.States))
	}
	if len(query.Roles) > 0 {
		conds = append(conds, f.oneOf("m.role", texts(query.Roles), f.view.roles))
	}
	if f.view.channels != "" && query.Email != "" {
		conds = append(conds, f.channel("m.notify_email", "m.notify_text", query.Email))
	}
	if f.view.channels != "" && query.Text != "" {
		conds = append(conds, f.channel("m.notify_text", "m.notify_email", query.Text))
	}
	if f.view.kind == domain.KindGuest && query.Active != "" {
		conds = append(conds, f.switched(query.Active))
	}
	if f.view.kind == domain.KindGuest && len(query.Workspaces) > 0 {
		conds = append(conds, f.oneOf("m.workspace", texts(query.Workspaces), "memberships_guest_mode"))
	}
	return conds, nil
}

// search asks the index of three characters.
func (f filter) search(ctx context.Context, q querier, typed string) (condition, error) {
	hits, err := f.store.find(ctx, q, memberships, f.account, typed)
	if err != nil {
		return condition{}, err
	}
	return hits.condition(f.account), nil
}

// rowColumn is how an index of this table gives its rows: SQLite knows them by their number.
func (s *Store) rowColumn() string {
	if s.engine == sqlite {
		return "rowid"
	}
	return "id"
}

// reach leaves the people of some sites. A site-scoped viewer sees who has a grant on a site of theirs, and
// account-wide people only where the viewer is account-wide too (TEN-08). A site that is not there, not the
// account's or not the viewer's leaves nobody.
func (f filter) reach(ctx context.Context, q querier, by domain.Actor, asked []string) (condition, error) {
	sites := by.Scope.SiteIDs()
	if len(asked) > 0 {
		known, err := existingSites(ctx, q, f.account, texts(asked))
		if err != nil {
			return condition{}, err
		}
		sites = slices.DeleteFunc(known, func(id string) bool {
			return !by.Scope.Covers(domain.Node{Account: f.account, Site: id})
		})
	}
	if len(sites) == 0 {
		return condition{holds: nothing, known: &handful{column: "id"}}, nil
	}
	if by.Scope.AccountWide() {
		sites = append(sites, "") // the site of a grant on the whole account
	}
	places := values(sites)
	return condition{
		guard: true, // it is the viewer's scope
		loose: f.view.more != "",
		holds: func(a *args) string {
			// Not "exists": PostgreSQL would rather read all grants once, whoever's they are, and look rows up among them.
			return "(select 1 from grants g where g.membership_id = m.id and g.site_id in (" + a.add(places...) + ") limit 1) = 1"
		},
		found: f.granted(places),
		twice: true, // who has grants on several of the sites, or on several things at one
	}, nil
}

// granted are the statements that find who has a grant at some sites. Of few sites each is read in the order of its
// index, which PostgreSQL can stop at any row; told of several at once it reads them all.
func (f filter) granted(places []any) []func(*args) string {
	const few = 4
	if f.store.engine == sqlite || len(places) > few {
		return []func(*args) string{func(a *args) string {
			return "select g.membership_id from grants g" + f.store.indexedBy("grants_site") +
				" where g.account_id = " + a.add(f.account) + " and g.site_id in (" + a.add(places...) + ")" +
				" and g.part in (" + a.add(values(f.view.parts)...) + ")"
		}}
	}
	var out []func(*args) string
	for _, site := range places {
		for _, part := range f.view.parts {
			out = append(out, func(a *args) string {
				return "(select g.membership_id from grants g where g.account_id = " + a.add(f.account) + " and g.site_id = " + a.add(site) +
					" and g.part = " + a.add(part) + " order by g.membership_id)"
			})
		}
	}
	return out
}

// oneOf leaves rows with one of some values.
func (f filter) oneOf(column string, of []string, index string) condition {
	if len(of) == 1 {
		// "In" one value is "=": PostgreSQL takes the column for a constant then, and a list sorted by it for one
		// sorted by the id, which it walks through all accounts.
		of = append(of, of[0])
	}
	holds := func(a *args) string { return column + " in (" + a.add(values(of)...) + ")" }
	return condition{holds: holds, by: f.store.rowColumn(), found: []func(*args) string{f.through(index, holds)}}
}

// through is a statement that finds rows by an index.
func (f filter) through(index string, holds func(*args) string) func(*args) string {
	return func(a *args) string {
		return "select m." + f.store.rowColumn() + " from memberships m" + f.store.indexedBy(index) + " where " + f.base(a) + " and " + holds(a)
	}
}

// states leaves rows in one of some states.
func (f filter) states(of []domain.State) condition {
	var each []func(*args) string
	now := micros(f.store.now())
	c := condition{by: f.store.rowColumn()}
	rare := true
	taken := map[domain.State]bool{}
	for _, state := range of {
		in, ok := f.view.states[state]
		if !ok || taken[state] {
			continue // the rows of one state twice would be counted twice
		}
		taken[state] = true
		holds := func(a *args) string {
			if !strings.Contains(in.holds, "$now") {
				return in.holds
			}
			return strings.ReplaceAll(in.holds, "$now", a.add(now))
		}
		each = append(each, holds)
		if in.index == "" {
			rare = false
			continue
		}
		c.found = append(c.found, f.through(in.index, holds))
	}
	if len(each) == 0 {
		return condition{holds: nothing, known: &handful{column: "id"}}
	}
	if !rare {
		c.found = nil
	}
	c.holds = func(a *args) string {
		var parts []string
		for _, holds := range each {
			parts = append(parts, "("+holds(a)+")")
		}
		return "(" + strings.Join(parts, " or ") + ")"
	}
	return c
}

// channel leaves people with a notification channel switched on or off.
func (f filter) channel(column, other, typed string) condition {
	if typed != On && typed != Off {
		return condition{holds: nothing, known: &handful{column: "id"}}
	}
	holds := func(a *args) string { return column + " = " + a.add(bit(typed == On)) }
	return condition{holds: holds, by: f.store.rowColumn(), found: []func(*args) string{
		f.through(f.view.channels, func(a *args) string { return other + " in (0, 1) and " + holds(a) }),
	}}
}

func nothing(*args) string    { return "1 = 0" }
func everything(*args) string { return "1 = 1" }

// texts are values as texts, without those no row can hold.
func texts[T ~string](list []T) []string {
	var out []string
	for _, v := range list {
		if storable(string(v)) {
			out = append(out, string(v))
		}
	}
	return out
}
