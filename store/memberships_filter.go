package store

import (
	"context"
	"slices"
	"strings"

	"gatehouse/domain"
)

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
	if len(f.view.offered) > 0 && !taken[domain.StateAccepted] {
		// Offers lie behind those who are in, of one state behind those of others: their own indexes are walked.
		c.wide, c.lanes = true, map[string][]lane{}
		for column, index := range f.view.offered {
			c.lanes[column] = []lane{{holds: func(*args) string { return "m.accepted_at = 0" }, index: index}}
		}
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
