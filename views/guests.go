package views

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gatehouse/domain"
	"gatehouse/static"
)

// GuestTable is the id of the list of guests and the name of its fragment.
const GuestTable = "guest-table"

// Guests is the Guests tab: people of other companies with access to this one.
type Guests struct {
	Settings
	By    domain.Actor
	Query ListQuery
	Pager Pager
	Rows  []domain.Membership
	// Names are what sites are called.
	Names map[string]string
}

func (v Guests) at(path string) string { return v.Base + "/guests" + path }

// behind is an address below the tab that leads back to this list as it stands.
func (v Guests) behind(path string) string { return leadingBack(v.at(path), v.Query.String()) }

// PrivilegeName is a privilege on the tree in a word: "View".
func PrivilegeName(ctx context.Context, p domain.Privilege) string {
	return T(ctx, "guests.privilege."+p.String())
}

// GuestPrivilegesText lists privileges in words.
func GuestPrivilegesText(ctx context.Context, may domain.Privileges) string {
	var words []string
	for _, p := range domain.TreePrivileges.And(may) {
		words = append(words, PrivilegeName(ctx, p))
	}
	if len(words) == 0 {
		return T(ctx, "common.none")
	}
	return strings.Join(words, ", ")
}

// WorkspaceName is a workspace mode in words.
func WorkspaceName(ctx context.Context, w domain.Workspace) string {
	return T(ctx, "guests.workspace."+string(w))
}

// GuestRole is what the account calls a role of its own.
func GuestRole(ctx context.Context, in domain.Account, id domain.RoleID) string {
	if role, ok := in.Role(id); ok && role.Own() {
		return role.Name
	}
	return T(ctx, "common.none")
}

// guestPlaces says under the mode how much it reaches: "3 groups, different privileges".
func guestPlaces(ctx context.Context, m domain.Membership) string {
	if m.Scope.AccountWide() {
		return T(ctx, "guests.everything")
	}
	n := len(m.Grants)
	switch m.Workspace {
	case domain.Groups:
		for _, g := range m.Grants {
			if !g.May.Within(m.Grants[0].May) || !m.Grants[0].May.Within(g.May) {
				return T(ctx, "guests.groups-differ", "Count", n)
			}
		}
		return T(ctx, "guests.groups", "Count", n)
	case domain.Devices:
		return T(ctx, "guests.devices", "Count", n)
	}
	return T(ctx, "guests.places", "Count", n)
}

// validated is the guest's own answer: tone, shape and word.
func validated(ctx context.Context, m domain.Membership) (Tone, static.Icon, string) {
	state := m.State(LocaleOf(ctx).Now)
	word := T(ctx, "guests.validated."+string(state))
	switch state {
	case domain.StatePending:
		return ToneBad, static.IconHourglass, word
	case domain.StateExpired:
		return ToneWarn, static.IconHourglass, word
	case domain.StateRevoked:
		return ToneDim, static.IconBan, word
	case domain.StateDeclined:
		return TonePlum, static.IconCircleMinus, word
	case domain.StateEnded:
		return ToneDim, static.IconCalendarX2, word
	}
	return ToneOK, static.IconBadgeCheck, T(ctx, "guests.validated.accepted")
}

// ValidatedWord is the guest's own answer in a word.
func ValidatedWord(ctx context.Context, m domain.Membership) string {
	_, _, word := validated(ctx, m)
	return word
}

// ActiveWord is the host's switch in a word.
func ActiveWord(ctx context.Context, m domain.Membership) string {
	if m.SuspendedAt.IsZero() {
		return T(ctx, "guests.active")
	}
	return T(ctx, "guests.inactive")
}

// visitNote stands under the last visit: since when it is switched off, until when it lasts, when it was declined.
func visitNote(ctx context.Context, m domain.Membership) string {
	switch state := m.State(LocaleOf(ctx).Now); {
	case !m.SuspendedAt.IsZero():
		return T(ctx, "guests.inactive-since", "Date", Date(ctx, m.SuspendedAt))
	case state == domain.StateDeclined:
		return T(ctx, "guests.declined-on", "Date", Date(ctx, m.DeclinedAt))
	case state == domain.StatePending:
		return T(ctx, "guests.answer-until", "Date", Date(ctx, m.ExpiresAt))
	case !m.EndsAt.IsZero():
		return T(ctx, "users.until", "Date", LastDay(ctx, m.EndsAt))
	}
	return ""
}

const (
	guestOnForm  = "guests-on"
	guestOffForm = "guests-off"
)

func (v Guests) list(ctx context.Context) ListProps {
	p := ListProps{
		ID: GuestTable, Label: T(ctx, "settings.tab.guests"), Query: v.Query, Search: T(ctx, "guests.search"), Menu: true, Pager: v.Pager,
		Filters: v.filters(ctx),
		Columns: []Column{
			{Label: T(ctx, "guests.guest"), Sort: "name", Second: &Column{Label: T(ctx, "guests.email"), Sort: "email"}},
			{Label: T(ctx, "guests.role"), Sort: "role", Class: "w-[8.4375rem]"},
			{Label: T(ctx, "guests.active-head"), Class: "w-[6.5rem]"},
			{Label: T(ctx, "guests.validated-head"), Class: "w-[7rem]"},
			{Label: T(ctx, "guests.workspace-mode"), Class: "p2 w-[9.5rem]"},
			{Label: T(ctx, "guests.sponsor"), Class: "p4 w-[6.25rem]"},
			{Label: T(ctx, "guests.last-visit"), Sort: "visit", Class: "p3 w-[8.75rem]"},
		},
	}
	if v.By.Can(domain.EditGuests) {
		p.Bulk = []ButtonProps{
			BulkAction(T(ctx, "guests.make-active"), static.IconCircleCheck, v.at("/activations/new")),
			BulkAction(T(ctx, "guests.make-inactive"), static.IconCircleX, v.at("/deactivations/new")),
			BulkAction(T(ctx, "guests.resend"), static.IconSend, v.at("/sendings/new")),
			BulkAction(T(ctx, "guests.revoke"), static.IconBan, v.at("/revocations/new")),
			BulkAction(T(ctx, "guests.set-end"), static.IconCalendarClock, v.at("/ends/new")),
			BulkAction(T(ctx, "guests.remove"), static.IconUserRoundX, v.at("/removals/new")),
		}
		for _, f := range []struct{ id, noun string }{{guestOnForm, "/activations"}, {guestOffForm, "/deactivations"}} {
			form := RowForm(f.id, v.at(f.noun), GuestTable)
			form.Hidden = []Hidden{{Name: "list", Value: v.Query.String()}}
			p.Forms = append(p.Forms, form)
		}
	}
	switch {
	case len(v.Rows) > 0:
	case v.Query.Narrowed():
		p.Empty = NoMatch(ctx, p, v.new(ctx)...)
	default:
		p.Empty = &EmptyProps{Icon: static.IconUserRoundPlus, Title: T(ctx, "guests.nobody"), Text: T(ctx, "guests.nobody-text"), Actions: v.new(ctx)}
	}
	return p
}

func (v Guests) filters(ctx context.Context) []Filter {
	active := Filter{Key: "active", Label: T(ctx, "guests.active-head"), Options: []Option{
		{Value: "on", Label: T(ctx, "guests.active")}, {Value: "off", Label: T(ctx, "guests.inactive")},
	}}
	answer := Filter{Key: "state", Label: T(ctx, "guests.validated-head"), Many: true}
	for _, s := range []domain.State{domain.StatePending, domain.StateAccepted, domain.StateDeclined, domain.StateExpired, domain.StateRevoked, domain.StateEnded} {
		answer.Options = append(answer.Options, Option{Value: string(s), Label: T(ctx, "guests.validated."+string(s))})
	}
	role := Filter{Key: "role", Label: T(ctx, "guests.role"), Many: true}
	for _, r := range v.By.Account.Roles {
		role.Options = append(role.Options, Option{Value: string(r.ID), Label: r.Name})
	}
	mode := Filter{Key: "mode", Label: T(ctx, "guests.workspace-mode"), Many: true}
	for _, w := range domain.Workspaces {
		mode.Options = append(mode.Options, Option{Value: string(w), Label: WorkspaceName(ctx, w)})
	}
	if len(role.Options) == 0 {
		return []Filter{active, answer, mode}
	}
	return []Filter{active, answer, role, mode}
}

// new is the button of the window; only for who may use it.
func (v Guests) new(ctx context.Context) []ButtonProps {
	if !v.By.Can(domain.EditGuests) {
		return nil
	}
	return []ButtonProps{{Label: T(ctx, "guests.new"), Icon: static.IconPlus, Href: v.behind("/new"), Dialog: true}}
}

// export is the address of exactly this view as a file.
func (v Guests) export() string {
	q := v.Query.FirstPage()
	q.Path += ".csv"
	return q.URL()
}

// guestMenu asks the domain of each change whether it could be made now.
func guestMenu(ctx context.Context, v Guests, m domain.Membership, i int) MenuProps {
	now := LocaleOf(ctx).Now
	p := MenuProps{ID: "m" + strconv.Itoa(i), Label: T(ctx, "guests.actions", "Name", m.Name())}
	p.Items = append(p.Items, MenuItem{Label: T(ctx, "guests.open"), Icon: static.IconUserRound, Href: v.behind("/" + m.ID), Drawer: true})
	if !v.By.Can(domain.EditGuests) {
		return p
	}
	add := func(err error, item MenuItem) {
		if offered, why := offers(ctx, err); offered {
			if why != "" {
				item.Disabled, item.Hint = true, why
			}
			item.Dialog = true
			p.Items = append(p.Items, item)
		}
	}
	add(v.By.MayTouch(m), MenuItem{Label: T(ctx, "guests.edit"), Icon: static.IconPencil, Href: v.behind("/" + m.ID + "/edit")})
	_, _, err := m.Resend(v.By, now)
	add(err, MenuItem{Label: T(ctx, "guests.resend"), Icon: static.IconSend, Href: v.behind("/sendings/new?id=" + m.ID)})
	_, _, err = m.SetEnd(v.By, now.Add(10000*24*time.Hour), 1, now)
	add(err, MenuItem{Label: T(ctx, "guests.set-end"), Icon: static.IconCalendarClock, Href: v.behind("/ends/new?id=" + m.ID)})
	p.Items = append(p.Items, MenuItem{Rule: true})
	_, _, err = m.Revoke(v.By, now)
	add(err, MenuItem{Label: T(ctx, "guests.revoke"), Icon: static.IconBan, Href: v.behind("/revocations/new?id=" + m.ID), Destructive: true})
	_, _, err = m.Remove(v.By, 1, now)
	add(err, MenuItem{Label: T(ctx, "guests.remove"), Icon: static.IconUserRoundX, Href: v.behind("/removals/new?id=" + m.ID), Destructive: true})
	return p
}

// GuestHeads are the heads of the guests as a file.
func GuestHeads(ctx context.Context) []string {
	var heads []string
	for _, key := range []string{"guest", "email", "company", "role", "active-head", "validated-head", "workspace-mode", "where", "privileges", "sponsor", "end-date", "last-visit"} {
		heads = append(heads, T(ctx, "guests."+key))
	}
	return heads
}

// GuestCells are one guest as a line of a file.
func GuestCells(ctx context.Context, in domain.Account, m domain.Membership) []string {
	visit, end := "", ""
	if !m.LastSignInAt.IsZero() {
		visit = m.LastSignInAt.UTC().Format(time.RFC3339)
	}
	if !m.EndsAt.IsZero() {
		end = domain.LastDay(m.EndsAt, LocaleOf(ctx).Zone)
	}
	return []string{
		nameOnly(m), m.Email, m.Company, GuestRole(ctx, in, m.Role), ActiveWord(ctx, m), ValidatedWord(ctx, m), WorkspaceName(ctx, m.Workspace),
		guestPlaces(ctx, m), GuestPrivilegesText(ctx, m.May()), m.InviterName, end, visit,
	}
}
