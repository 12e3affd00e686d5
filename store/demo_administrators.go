package store

import (
	"context"
	"fmt"
	"time"

	"gatehouse/domain"
)

// Of the partner, Gwen is an Observer whose account is locked, and Kofi an Operator with an authenticator app whose secret
// nobody knows: he signs in when his second factor has been reset.
const (
	Gwen = "gwen.tallis@northgate.example"
	Kofi = "kofi.asante@northgate.example"
)

// The rest of the partner's people. They join after everybody else, so that what the demo gives by turns stays as it was.
var northgateCrew = []demoPerson{
	{"Felipe Arce", "felipe.arce@northgate.example", domain.RoleOperator, "", Marisol, 260 * day, 11 * day, "es"},
	{"Nadia Sorensen", "nadia.sorensen@northgate.example", domain.RoleObserver, "", Marisol, 240 * day, 9 * day, ""},
	{"Gwen Tallis", Gwen, domain.RoleObserver, "", Marisol, 230 * day, 61 * day, ""},
	{"Abel Winslow", "abel.winslow@northgate.example", domain.RolePartnerAdmin, "", Nora, 220 * day, 5 * time.Hour, ""},
	{"Petra Hollis", "petra.hollis@northgate.example", domain.RoleOperator, "", Marisol, 200 * day, 2 * day, ""},
	{"Ravi Chandran", "ravi.chandran@northgate.example", domain.RoleOperator, "", Marisol, 180 * day, 27 * time.Hour, ""},
	{"Marta Kowalska", "marta.kowalska@northgate.example", domain.RoleObserver, "", Marisol, 160 * day, 16 * day, ""},
	{"Theo Brandt", "theo.brandt@northgate.example", domain.RoleOperator, "", Marisol, 140 * day, 4 * day, ""},
	{"Ines Duarte", "ines.duarte@northgate.example", domain.RoleObserver, "", Marisol, 120 * day, 33 * day, "es"},
	{"Kofi Asante", Kofi, domain.RoleOperator, "", Marisol, 100 * day, 8 * time.Hour, ""},
	{"Sylvie Marchand", "sylvie.marchand@northgate.example", domain.RoleObserver, "", Marisol, 80 * day, 6 * day, ""},
	{"Dario Conti", "dario.conti@northgate.example", domain.RoleOperator, "", Marisol, 55 * day, 12 * day, "it"},
}

var northgateOffers = []demoInvite{
	{"Hank Dorsey", "hank.dorsey@northgate.example", domain.RolePartnerAdmin, "", Nora, 2 * day, 0, 0, domain.MailSent, "", "", ""},
	{"", "y.lindgren@northgate.example", domain.RoleOperator, "", Marisol, 3 * day, 0, 0, domain.MailSent, "", "", ""},
	{"", "p.okonkwo@northgate.example", domain.RoleObserver, "", Marisol, 30 * time.Hour, 0, 0, domain.MailFailed, "550 5.1.1 Mailbox unavailable", "", ""},
	{"Tilda Frost", "tilda.frost@northgate.example", domain.RoleOperator, "", Marisol, 24 * day, 0, 0, domain.MailSent, "", "", ""},
	{"Emil Haas", "emil.haas@northgate.example", domain.RoleObserver, "", Marisol, 35 * day, 0, 0, domain.MailSent, "", "", ""},
	{"Rosalind Ker", "rosalind.ker@northgate.example", domain.RoleObserver, "", Marisol, 20 * day, 0, 19 * day, domain.MailSent, "", "", ""},
	{"", "bruno.silva@northgate.example", domain.RoleOperator, "", Marisol, 48 * day, 0, 47 * day, domain.MailFailed, "550 5.1.1 Mailbox unavailable", "es", ""},
	{"Olive Tran", "olive.tran@northgate.example", domain.RoleOperator, "", Marisol, 12 * day, 5 * day, 0, domain.MailSent, "", "", ""},
}

// administrators fill the partner up.
func (d *demo) administrators(partner domain.Account) {
	for i, p := range northgateCrew {
		d.join(partner, i, p)
	}
	for _, v := range northgateOffers {
		d.invite(partner, v)
	}
	d.suspend(partner, Gwen, Marisol, 60*day)
	kofi, event, err := d.people[Kofi].AddApp("203.0.113.24", d.ago(98*day))
	if err != nil && d.err == nil {
		d.err = err
	}
	d.people[Kofi], d.events = kofi, append(d.events, event)
}

// writeDemoApps writes the apps of people of the demo.
func (s *Store) writeDemoApps(ctx context.Context, t *tx, people []domain.User) error {
	for _, u := range people {
		if u.AppAt.IsZero() {
			continue
		}
		sealed, err := s.newApp(u)
		if err != nil {
			return err
		}
		err = insertAll(ctx, t, "authenticators (user_id, secret, created_at, confirmed_at, last_step)", [][]any{{u.ID, sealed, micros(u.AppAt), micros(u.AppAt), 0}})
		if err != nil {
			return fmt.Errorf("write an app of the demo: %w", err)
		}
		if err := noteFactors(ctx, t, u); err != nil {
			return err
		}
	}
	return nil
}
