package views

import (
	"context"

	"gatehouse/domain"
	"gatehouse/static"
)

// AdminTable is the id of the list of administrators and the name of its fragment.
const AdminTable = "admin-table"

// AdminList is Admin & Technicians: everybody of a partner, invited and in (seed 002).
type AdminList struct {
	Base  string // "/accounts/northgate/administrators"
	By    domain.Actor
	Query ListQuery
	Pager Pager
	Rows  []domain.Membership
	// Mailed: messages leave, so a link for a new password reaches who needs it.
	Mailed bool
	// LastKeeper is the one who cannot be lost, if there is just one.
	LastKeeper string
}

// edits says that the reader manages administrators.
func (l AdminList) edits() bool { return l.By.Can(domain.EditAdministrators) }

// behind is an address below the list that leads back to it as it stands.
func (l AdminList) behind(path string) string { return leadingBack(l.Base+path, l.Query.String()) }

// act is the address of the popup of a change of one row.
func (l AdminList) act(noun string, m domain.Membership) string {
	return l.behind("/" + noun + "/new?id=" + m.ID + "&from=row")
}

// keepers is what a transition wants to know of a row: how many others keep the account manageable.
func (l AdminList) keepers(m domain.Membership) int {
	if m.ID == l.LastKeeper {
		return 0
	}
	return 1
}

func (l AdminList) list(ctx context.Context) ListProps {
	p := ListProps{
		ID: AdminTable, Label: T(ctx, "administrators.list"), Query: l.Query, Search: T(ctx, "administrators.search"), Menu: true, Pager: l.Pager,
		Filters: AdminFilters(ctx),
		Columns: []Column{
			{Label: T(ctx, "administrators.column.name"), Sort: "name", Second: &Column{Label: T(ctx, "administrators.column.email"), Sort: "email"}},
			{Label: T(ctx, "administrators.column.level"), Sort: "level", Class: "w-[7.25rem]"},
			{Label: T(ctx, "administrators.column.state"), Class: "w-[8rem]"},
			{Label: T(ctx, "administrators.column.lock"), Class: "w-[8.5rem]"},
			{Label: T(ctx, "administrators.column.factor"), Class: "p3 w-[7.5rem]"},
			{Label: T(ctx, "administrators.column.sign-in"), Sort: "sign-in", Class: "w-[8.75rem]"},
		},
	}
	if l.edits() {
		p.Bulk = []ButtonProps{
			BulkAction(T(ctx, "administrators.revoke"), static.IconBan, l.Base+"/revocations/new"),
			BulkAction(T(ctx, "administrators.resend"), static.IconSend, l.Base+"/sendings/new"),
			BulkAction(T(ctx, "administrators.lock"), static.IconLock, l.Base+"/locks/new"),
			BulkAction(T(ctx, "administrators.unlock"), static.IconLockOpen, l.Base+"/unlocks/new"),
			BulkAction(T(ctx, "administrators.delete"), static.IconTrash2, l.Base+"/deletions/new"),
		}
		p.Forms = append(lockForms(l.Base, l.Query.String()), linkForm(l.Base))
	}
	if len(l.Rows) == 0 { // the reader is one of them: only a search leaves nobody
		if l.edits() {
			p.Empty = NoMatch(ctx, p, l.invite(ctx))
		} else {
			p.Empty = NoMatch(ctx, p)
		}
	}
	return p
}

// invite opens the window "Invite Admins" (C9).
func (l AdminList) invite(ctx context.Context) ButtonProps {
	return ButtonProps{Label: T(ctx, "administrators.invite"), Icon: static.IconUserRoundPlus, Href: l.behind("/invites/new"), Dialog: true}
}

// AdminStates are the invitation states of the filter, in its order: nobody declines to be an administrator.
var AdminStates = []domain.State{domain.StatePending, domain.StateAccepted, domain.StateExpired, domain.StateRevoked}

// AdminFilters are the filters of the list.
func AdminFilters(ctx context.Context) []Filter {
	levels := Filter{Key: "role", Label: T(ctx, "administrators.column.level"), Many: true}
	for _, r := range domain.RolesOf(domain.Partner) {
		levels.Options = append(levels.Options, Option{Value: string(r.ID), Label: RoleName(ctx, r)})
	}
	states := Filter{Key: "state", Label: T(ctx, "administrators.column.state"), Many: true}
	for _, s := range AdminStates {
		states.Options = append(states.Options, Option{Value: string(s), Label: InviteStateName(ctx, s)})
	}
	return []Filter{levels, states, mailFilter(ctx)}
}

// The forms of the switch in the column Lock Account: each opens the popup that asks (C32).
const (
	lockForm   = "admins-lock"
	unlockForm = "admins-unlock"
)

func lockForms(base, list string) []FormProps {
	form := func(id, noun string) FormProps {
		return FormProps{ID: id, Get: true, Action: base + "/" + noun + "/new", Target: "dialog", Hidden: []Hidden{{"from", "row"}, {"list", list}}}
	}
	return []FormProps{form(lockForm, "locks"), form(unlockForm, "unlocks")}
}

// LockWord is the word of the column Lock Account; empty for whoever has not signed up.
func LockWord(ctx context.Context, m domain.Membership) string {
	switch {
	case m.AcceptedAt.IsZero():
		return ""
	case m.SuspendedAt.IsZero():
		return T(ctx, "administrators.unlocked")
	}
	return T(ctx, "administrators.locked")
}

// levels are what a click on somebody's level offers (C34): what cannot be given says why.
func (l AdminList) levels(ctx context.Context, m domain.Membership, id string) MenuProps {
	p := MenuProps{ID: id, Label: T(ctx, "administrators.level-of", "Name", m.Name()), Start: true}
	for _, r := range domain.RolesOf(domain.Partner) {
		item := MenuItem{Label: RoleName(ctx, r), Hint: RoleMeaning(ctx, r), Chosen: r.ID == m.Role}
		if r.ID != m.Role {
			item.Href, item.Dialog = l.act("levels", m)+"&given=1&role="+string(r.ID), true
			if _, _, err := m.ChangeRole(l.By, r.ID, l.keepers(m), LocaleOf(ctx).Now); err != nil {
				item.Disabled, item.Hint = true, whyNot(ctx, err)
			}
		}
		p.Items = append(p.Items, item)
	}
	return p
}

// menu is what can be done to somebody. It asks the transitions themselves what cannot be done now and why.
func (l AdminList) menu(ctx context.Context, m domain.Membership, id string) MenuProps {
	p := MenuProps{ID: id, Label: T(ctx, "administrators.actions", "Name", m.Name())}
	p.Items = append(p.Items, MenuItem{Label: T(ctx, "administrators.open"), Icon: static.IconUserRound, Href: l.behind("/" + m.ID), Drawer: true})
	if !l.edits() {
		return p
	}
	for _, d := range l.deeds(ctx, m) {
		item := MenuItem{Label: d.label, Hint: d.hint, Icon: d.icon, Destructive: d.destructive, Href: l.act(d.noun, m), Dialog: true}
		if d.why != "" {
			item.Disabled, item.Hint = true, d.why
		}
		if d.noun == copying {
			item.Href, item.Dialog, item.Form, item.Post = "", false, linkFormID, l.Base+"/"+m.ID+"/links"
		}
		if d.noun == "deletions" {
			p.Items = append(p.Items, MenuItem{Rule: true})
		}
		p.Items = append(p.Items, item)
	}
	return p
}

// adminDeed is one thing that can be done to somebody: to its noun's popup, or why it cannot be done now.
type adminDeed struct {
	label, hint, why string
	icon             static.Icon
	noun             string
	destructive      bool
}

// copying is the deed that opens no popup of its own: it shows the link.
const copying = "links"

// deeds are those that fit somebody, in the order of the menu. What the reader never may is not among them.
func (l AdminList) deeds(ctx context.Context, m domain.Membership) (deeds []adminDeed) {
	by, keepers, now := l.By, l.keepers(m), LocaleOf(ctx).Now
	add := func(err error, d adminDeed) {
		offered, why := offers(ctx, err)
		if d.why = why; offered {
			deeds = append(deeds, d)
		}
	}
	third := func(_ domain.Membership, _ domain.Event, err error) error { return err }
	role, _ := by.Account.Role(m.Role)
	switch {
	case m.AcceptedAt.IsZero():
		add(third(m.Resend(by, now)), adminDeed{label: T(ctx, "administrators.resend-ask"), icon: static.IconSend, noun: "sendings"})
		add(third(m.Revoke(by, now)), adminDeed{label: T(ctx, "administrators.revoke-ask"), icon: static.IconBan, noun: "revocations", destructive: true})
		add(m.MayCorrect(by, now), adminDeed{label: T(ctx, "invites.correct"), hint: T(ctx, "administrators.correct-hint"), icon: static.IconPencil, noun: "corrections"})
		if _, err := m.CopyLink(by, now); err == nil {
			add(nil, adminDeed{label: T(ctx, "administrators.copy-link"), icon: static.IconLink, noun: copying})
		}
	case m.SuspendedAt.IsZero():
		if !role.Lockable() {
			_, _, err := m.ForcePassword(by, now)
			if err == nil && !l.Mailed {
				err = domain.NeedsMail()
			}
			add(err, adminDeed{
				label: T(ctx, "administrators.force"), hint: T(ctx, "administrators.force-hint"), icon: static.IconMonitorSmartphone, noun: "passwords",
			})
		}
		if m.Factor != domain.NoFactor {
			add(third(m.ResetFactors(by, nil, now)), adminDeed{label: T(ctx, "users.menu.reset-factors"), icon: static.IconShieldAlert, noun: "factor-resets"})
		}
		add(third(m.Suspend(by, keepers, now)), adminDeed{label: T(ctx, "administrators.lock-ask"), icon: static.IconLock, noun: "locks"})
	default:
		add(third(m.Resume(by, now)), adminDeed{label: T(ctx, "administrators.unlock-ask"), icon: static.IconLockOpen, noun: "unlocks"})
	}
	add(third(m.Erase(by, keepers, now)), adminDeed{label: T(ctx, "administrators.delete-ask"), icon: static.IconTrash2, noun: "deletions", destructive: true})
	return deeds
}
