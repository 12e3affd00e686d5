package store

import (
	"context"
	"fmt"
	"time"

	"gatehouse/domain"
)

// demoSupport is the support access of the demo's partner: requests and grants, each with whether it stands now.
type demoSupport struct {
	grants   []domain.SupportGrant
	standing []bool
}

// support asks for support access, grants, refuses and ends it, each as in life.
func (d *demo) support(partner, brightwater, cobalt domain.Account) {
	devon, lucia := d.actor(partner, Devon), d.actor(partner, lucia)
	dana, cora := d.actor(brightwater, Dana), d.actor(cobalt, Cora)
	old := d.ask(devon, brightwater, "2", "Expired invites of the night shift", 11*day)
	old = d.answer(old, true, dana, 11*day-20*time.Minute)
	d.keep(old, false)
	d.keep(d.answer(d.ask(lucia, cobalt, "8", "Wrong scope on two invites", 8*day), false, cora, 7*day), false)
	outage := d.answer(d.ask(devon, cobalt, "8", "Bulk resend after mail outage", 5*day), true, cora, 5*day-time.Hour)
	d.keep(d.told(outage.End(cora, d.ago(5*day-4*time.Hour))), false)
	d.keep(d.ask(devon, cobalt, "8", "Invites sent twice after an address change", 25*time.Minute), true)
	live, e, err := domain.GrantSupport(domain.SupportGrant{}, domain.SupportDraft{Reason: "Invites of the new shift team do not arrive", Hours: "2"}, dana, d.ago(18*time.Minute))
	live.ID = newID()
	e.SubjectID = live.ID
	d.keep(d.told(live, e, err), true)
}

// ask is somebody of the partner asking an account.
func (d *demo) ask(by domain.Actor, to domain.Account, hours, reason string, ago time.Duration) domain.SupportGrant {
	g, e, err := domain.AskSupport(domain.SupportGrant{}, to, domain.SupportDraft{Reason: reason, Hours: hours}, by, d.ago(ago))
	g.ID = newID()
	e.SubjectID = g.ID
	return d.told(g, e, err)
}

func (d *demo) answer(g domain.SupportGrant, yes bool, by domain.Actor, ago time.Duration) domain.SupportGrant {
	return d.told(g.Answer(yes, by, d.ago(ago)))
}

// told writes a step down in both histories.
func (d *demo) told(g domain.SupportGrant, e domain.Event, err error) domain.SupportGrant {
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("support access of %s: %w", g.AccountName, err)
	}
	d.events = append(d.events, e, g.AtPartner(e))
	return g
}

func (d *demo) keep(g domain.SupportGrant, standing bool) {
	g.Version = 1
	d.supported.grants, d.supported.standing = append(d.supported.grants, g), append(d.supported.standing, standing)
}

func (d demoSupport) write(ctx context.Context, t *tx) error {
	for i, g := range d.grants {
		if err := insertSupport(ctx, t, g, d.standing[i]); err != nil {
			return fmt.Errorf("write the demo's support access: %w", err)
		}
	}
	return nil
}
