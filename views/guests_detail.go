package views

import (
	"context"
	"strings"

	"gatehouse/domain"
	"gatehouse/static"
)

// mostPlaces is how many places are named in a line.
const mostPlaces = 4

// GuestWhere tells the mode and what it reaches: "Groups: North plant room, Roof".
func GuestWhere(ctx context.Context, mode domain.Workspace, places []string) string {
	if len(places) == 0 {
		return T(ctx, "guests.where-line", "Mode", WorkspaceName(ctx, mode), "Places", T(ctx, "guests.everything"))
	}
	named := strings.Join(places[:min(len(places), mostPlaces)], ", ")
	if more := len(places) - mostPlaces; more > 0 {
		named += " +" + Number(ctx, more)
	}
	return T(ctx, "guests.where-line", "Mode", WorkspaceName(ctx, mode), "Places", named)
}

func (d GuestDetail) facts(ctx context.Context) []Fact {
	m := d.Guest
	role, _ := d.By.Account.Role(m.Role) // one that is gone may nothing
	facts := GuestFacts(ctx, d.By.Account, m.Role, m.Workspace, d.Places, m.May().And(role.Privileges()), m.EndsAt)
	if m.Company != "" {
		facts = append([]Fact{{Term: T(ctx, "guests.company"), Text: m.Company}}, facts...)
	}
	visit := Fact{Term: T(ctx, "guests.last-visit"), Text: T(ctx, "guests.never")}
	if !m.LastSignInAt.IsZero() {
		visit = Fact{Term: visit.Term, View: MomentAs(m.LastSignInAt, DateTime(ctx, m.LastSignInAt))}
	}
	return append(facts, visit)
}

// buttons are the changes of this guest that can be made now.
func (d GuestDetail) buttons(ctx context.Context) []ButtonProps {
	if !d.By.Can(domain.EditGuests) || d.By.MayTouch(d.Guest) != nil {
		return nil
	}
	m, now, back := d.Guest, LocaleOf(ctx).Now, "&from="+from(ctx)
	out := []ButtonProps{{Label: T(ctx, "guests.remove"), Href: d.Base + "/removals/new?id=" + m.ID + back, Dialog: true, Icon: static.IconUserRoundX, Variant: OutlineDestructive}}
	if m.SuspendedAt.IsZero() {
		out = append(out, ButtonProps{Label: T(ctx, "guests.make-inactive"), Href: d.Base + "/deactivations/new?id=" + m.ID + back, Dialog: true, Icon: static.IconCircleX, Variant: Outline})
	} else {
		out = append(out, ButtonProps{Label: T(ctx, "guests.make-active"), Href: d.Base + "/activations/new?id=" + m.ID + back, Dialog: true, Icon: static.IconCircleCheck, Variant: Outline})
	}
	if _, _, err := m.Resend(d.By, now); err == nil {
		out = append(out, ButtonProps{Label: T(ctx, "guests.resend"), Href: d.Base + "/sendings/new?id=" + m.ID + back, Dialog: true, Icon: static.IconSend, Variant: Outline})
	}
	return append(out, ButtonProps{Label: T(ctx, "guests.edit"), Href: d.Base + "/" + m.ID + "/edit?from=" + from(ctx), Dialog: true, Icon: static.IconPencil})
}
