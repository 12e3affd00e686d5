package views

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gatehouse/domain"
	"gatehouse/static"
)

// UserList is the Users tab: the people of an account whom the reader may see.
type UserList struct {
	Settings
	By   domain.Actor
	List ListProps
	Rows []domain.Membership
	// Sites are the names of the sites in their scopes.
	Sites map[string]string
	// LastKeeper is the one who cannot be lost, if there is just one.
	LastKeeper string
	// Invite says that the reader may invite.
	Invite bool
}

// UserState is a person's state in an account: tone, shape and word.
func UserState(ctx context.Context, m domain.Membership) (Tone, static.Icon, string) {
	state := m.State(LocaleOf(ctx).Now)
	word := T(ctx, "users.state."+string(state))
	switch state {
	case domain.StateAccepted:
		return ToneOK, static.IconCircleCheck, word
	case domain.StateSuspended:
		return ToneBad, static.IconCirclePause, word
	case domain.StateEnded:
		return ToneDim, static.IconCalendarX2, word
	}
	return ToneDim, static.IconUserRoundX, word // removed
}

// FactorWord says which second factor somebody has.
func FactorWord(ctx context.Context, m domain.Membership) string {
	if m.Factor == domain.NoFactor {
		return T(ctx, "users.factor.none")
	}
	return T(ctx, "users.factor."+string(m.Factor))
}

// userStateNote is the line under the state: who paused it, until when it holds.
func userStateNote(ctx context.Context, m domain.Membership) string {
	switch m.State(LocaleOf(ctx).Now) {
	case domain.StateSuspended:
		if m.SuspendedBy != "" {
			return T(ctx, "users.by", "Name", shortName(m.SuspendedBy))
		}
	case domain.StateEnded:
		return T(ctx, "users.since", "Date", Date(ctx, m.EndsAt))
	}
	if !m.EndsAt.IsZero() {
		return T(ctx, "users.until", "Date", LastDay(ctx, m.EndsAt))
	}
	return ""
}

// LastDay is the last day of an access that ends at a moment.
func LastDay(ctx context.Context, end time.Time) string { return Date(ctx, end.Add(-1)) }

// shortName leaves the initial of the last name: "Dana W."
func shortName(name string) string {
	words := strings.Fields(name)
	if len(words) < 2 {
		return name
	}
	return words[0] + " " + string([]rune(words[len(words)-1])[:1]) + "."
}

// ScopeNames are the names of a scope's sites that the reader may know, in their order, and whether it is the whole account.
func ScopeNames(scope domain.Scope, sites map[string]string) (all bool, names []string) {
	for _, id := range scope.SiteIDs() {
		if name := sites[id]; name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return scope.AccountWide(), names
}

// keepers is what a transition wants to know of a row: how many others keep the account manageable.
func (l UserList) keepers(m domain.Membership) int {
	if m.ID == l.LastKeeper {
		return 0
	}
	return 1
}

// row is an address about one person; what is behind the list's own address comes back to it.
func (l UserList) row(path string, m domain.Membership) string {
	return leadingBack(l.Base+path+m.ID, l.List.Query.String())
}

// menu is what can be done to somebody. It asks the transitions themselves what cannot be done now and why; what the
// reader never may is not there.
func (l UserList) menu(ctx context.Context, m domain.Membership, id string, may Doable) MenuProps {
	p := MenuProps{ID: id, Label: T(ctx, "users.menu.label", "Name", m.Name())}
	p.Items = append(p.Items, MenuItem{Label: T(ctx, "users.menu.open"), Icon: static.IconUserRound, Href: l.row("/users/", m), Drawer: true})
	if !l.By.Can(domain.EditUsers) {
		return p
	}
	add := func(label string, icon static.Icon, noun, why string, destructive bool) {
		p.Items = append(p.Items, MenuItem{
			Label: label, Icon: icon, Href: l.row("/users/"+noun+"/new?id=", m), Dialog: true, Disabled: why != "", Hint: why, Destructive: destructive,
		})
	}
	add(T(ctx, "users.menu.role"), static.IconShield, "roles", may.Role, false)
	add(T(ctx, "users.menu.scope"), static.IconMapPin, "scopes", may.Scope, false)
	add(T(ctx, "users.menu.end"), static.IconCalendarClock, "ends", may.End, false)
	p.Items = append(p.Items, MenuItem{Rule: true})
	add(T(ctx, "users.menu.sign-out"), static.IconMonitorSmartphone, "sign-outs", may.SignOut, false)
	if m.Factor != domain.NoFactor {
		add(T(ctx, "users.menu.reset-factors"), static.IconShieldAlert, "factor-resets", may.Reset, false)
	}
	if m.SuspendedAt.IsZero() {
		add(T(ctx, "users.menu.disable"), static.IconCirclePause, "suspensions", may.Disable, false)
	} else {
		p.Items = append(p.Items, MenuItem{
			Label: T(ctx, "users.menu.enable"), Icon: static.IconCirclePlay, Form: enableForm, Field: "id", Value: m.ID, Disabled: may.Enable != "", Hint: may.Enable,
		})
	}
	add(T(ctx, "users.menu.remove"), static.IconUserRoundX, "removals", may.Remove, true)
	return p
}

// Doable says for each change of a person why it cannot be made; empty where it can.
type Doable struct{ Role, Scope, End, SignOut, Reset, Disable, Enable, Remove, Notify string }

// MayDo asks the transitions what the actor may do to somebody now. keepers is how many others keep the account.
func MayDo(ctx context.Context, by domain.Actor, m domain.Membership, keepers int) Doable {
	now := LocaleOf(ctx).Now
	why := func(_ domain.Membership, _ domain.Event, err error) string { return whyNot(ctx, err) }
	d := Doable{
		SignOut: why(m.EndSessions(by, now)), Reset: why(m.ResetFactors(by, nil, now)), Disable: why(m.Suspend(by, keepers, now)), Enable: why(m.Resume(by, now)),
		Remove: why(m.Remove(by, keepers, now)),
	}
	d.Notify = d.SignOut // the gate that all changes share
	d.Scope, d.End = d.SignOut, d.SignOut
	if d.SignOut == "" && m.Scope.AccountWide() {
		d.Scope = why(m.ChangeScope(by, domain.Sites(m.AccountID, "any"), keepers, now))
	}
	if d.SignOut == "" && m.EndsAt.IsZero() {
		d.End = why(m.SetEnd(by, now.AddDate(1, 0, 0), keepers, now))
	}
	d.Role = d.SignOut
	for _, role := range by.GrantableRoles() {
		if role.ID == m.Role {
			continue
		}
		if d.Role = why(m.ChangeRole(by, role.ID, keepers, now)); d.Role == "" {
			break
		}
	}
	return d
}

// whyNot is a refusal in words; what says no more than that it cannot be is said so.
func whyNot(ctx context.Context, err error) string {
	var refusal *domain.Refusal
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refusal):
		return RefusalText(ctx, refusal)
	}
	return T(ctx, "users.menu.cannot")
}

// The forms that the rows of the list share.
const enableForm = "users-enable"

// switchForm names the form of a row's notification switch: it turns the channel the other way.
func switchForm(channel string, on bool) string {
	if on {
		return "users-" + channel + "-off"
	}
	return "users-" + channel + "-on"
}

// UserForms are the forms that the rows of the list share.
func UserForms(base, list, query string) []FormProps {
	form := func(id, noun string, values ...Hidden) FormProps {
		f := RowForm(id, base+"/users/"+noun, list)
		f.Hidden = append(values, Hidden{"list", query})
		return f
	}
	return []FormProps{
		form(enableForm, "resumptions"),
		form("users-email-on", "notifications", Hidden{"notify_email", "on"}), form("users-email-off", "notifications", Hidden{"notify_email", "off"}),
		form("users-text-on", "notifications", Hidden{"notify_text", "on"}), form("users-text-off", "notifications", Hidden{"notify_text", "off"}),
	}
}

// UserBulk are the actions of the bulk bar.
func UserBulk(ctx context.Context, base string) []ButtonProps {
	action := func(label string, icon static.Icon, noun string) ButtonProps {
		return BulkAction(label, icon, base+"/users/"+noun+"/new")
	}
	return []ButtonProps{
		action(T(ctx, "users.bulk.role"), static.IconShield, "roles"),
		action(T(ctx, "users.bulk.scope"), static.IconMapPin, "scopes"),
		action(T(ctx, "users.bulk.notifications"), static.IconBell, "notifications"),
		action(T(ctx, "users.bulk.end"), static.IconCalendarClock, "ends"),
		action(T(ctx, "users.bulk.sign-out"), static.IconMonitorSmartphone, "sign-outs"),
		action(T(ctx, "users.bulk.disable"), static.IconCirclePause, "suspensions"),
		action(T(ctx, "users.bulk.enable"), static.IconCirclePlay, "resumptions"),
		action(T(ctx, "users.bulk.remove"), static.IconUserRoundX, "removals"),
	}
}

// UserFilters are the filters of the Users tab.
func UserFilters(ctx context.Context, by domain.Account, sites Filter) []Filter {
	states := Filter{Key: "state", Label: T(ctx, "users.filter.state"), Many: true, Options: []Option{
		{Value: "active", Label: T(ctx, "users.state.accepted")},
		{Value: "disabled", Label: T(ctx, "users.state.suspended")},
		{Value: "ended", Label: T(ctx, "users.state.ended")},
	}}
	roles := Filter{Key: "role", Label: T(ctx, "users.filter.role"), Many: true}
	for _, r := range by.AllRoles() {
		roles.Options = append(roles.Options, Option{Value: string(r.ID), Label: RoleName(ctx, r)})
	}
	channel := []Option{{Value: "on", Label: T(ctx, "common.on")}, {Value: "off", Label: T(ctx, "common.off")}}
	return []Filter{
		states, roles, sites,
		{Key: "email", Label: T(ctx, "users.filter.email"), Options: channel},
		{Key: "text", Label: T(ctx, "users.filter.text"), Options: channel},
		{Key: "domain", Label: T(ctx, "users.filter.domain"), Options: []Option{{Value: "outside", Label: T(ctx, "users.filter.outside")}}},
		{Key: "factor", Label: T(ctx, "users.filter.factor"), Options: []Option{{Value: "none", Label: T(ctx, "users.factor.none")}, {Value: "asked", Label: T(ctx, "users.filter.factor-asked")}}},
	}
}
