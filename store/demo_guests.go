package store

import (
	"slices"
	"strings"
	"time"

	"gatehouse/domain"
)

// The guests of the demo who are spoken of by name. They belong to other companies, or to none here.
const (
	Elias = "elias.novak@novak-hvac.example"     // guest of Brightwater: everywhere
	Anais = "anais.lefevre@citeo.example"        // guest of Brightwater and of Cobalt
	Amir  = "amir.rezaei@rezaei-glass.example"   // guest of Brightwater, inactive
	Hugo  = "hugo.brandao@brandao-lifts.example" // invited to Brightwater, has no account
	Lena  = "lena.fuchs@novak-hvac.example"      // declined
	Birte = "birte.sander@sander-kaelte.example" // guest of Brightwater: two devices of it, and nothing else
)

// demoGuest is somebody of another company. Without a name they have no account; without an answer they have not given
// one.
type demoGuest struct {
	name, email, company string
	role                 string
	mode                 domain.Workspace
	places               string // codes of sites, in the mode Devices serial numbers; empty for the whole account
	may                  domain.Privileges
	by                   string
	invited              time.Duration // ago
	answer               demoAnswer
	visited              time.Duration // ago; 0 is never
	ends                 time.Duration // from now; 0 is never
	inactive             bool          // switched off the day after their visit
}

type demoAnswer int

const (
	waiting demoAnswer = iota
	accepting
	declining
)

var brightwaterGuests = []demoGuest{
	{"Elias Novak", Elias, "Novak HVAC", Maintenance, domain.GroupsAndDevices, "", domain.Privileges{domain.ViewDevices, domain.ExportDevices}, Dana, 90 * day, accepting, 2 * time.Hour, 0, false},
	{"Cora Beltrán", Cora, "Cobalt Field Services", Maintenance, domain.Groups, "HPT MPS", domain.Privileges{domain.ViewDevices}, Dana, 40 * day, accepting, 10 * day, 130 * day, false},
	{"Anaïs Lefèvre", Anais, "Citeo Solar", Viewer, domain.Groups, "ESP", domain.Privileges{domain.ViewDevices}, Tomas, 60 * day, accepting, 4 * day, 0, false},
	{"Amir Rezaei", Amir, "Rezaei Glass", Viewer, domain.GroupsAndDevices, "KRO", domain.Privileges{domain.ViewDevices}, Rosa, 70 * day, accepting, 25 * day, 0, true},
	{"Oscar Villanueva", "oscar.villanueva@villanueva-pv.example", "Villanueva PV", Installer, domain.GroupsAndDevices, "ESP UYB", domain.Privileges{domain.ViewDevices, domain.ConfigureDevices}, Jonas, 30 * day, accepting, 19 * day, 5 * day, false},
	{"", Hugo, "Brandão Lifts", Viewer, domain.GroupsAndDevices, "HPT", domain.Privileges{domain.ViewDevices}, Dana, 40 * time.Hour, waiting, 0, 0, false},
	{"Dwight Ames", "dwight.ames@cobaltfield.example", "Cobalt Field Services", Viewer, domain.GroupsAndDevices, "HPT", domain.Privileges{domain.ViewDevices}, Dana, 20 * time.Hour, waiting, 0, 200 * day, false},
	{"Lena Fuchs", Lena, "Novak HVAC", Viewer, domain.GroupsAndDevices, "", domain.Privileges{domain.ViewDevices}, Dana, 20 * day, declining, 0, 0, false},
	{"Birte Sander", Birte, "Sander Kältetechnik", Maintenance, domain.Devices, "GH-MTR-20C4-1187 GH-MTR-20C4-1210", domain.Privileges{domain.ViewDevices, domain.ExportDevices}, Dana, 55 * day, accepting, 3 * day, 0, false},
	{"", "s.desai@lumen-audit.example", "Lumen Audit", Maintenance, domain.Groups, "HPT CSS", domain.Privileges{domain.ViewDevices, domain.ExportDevices}, Rosa, 19 * day, waiting, 0, 0, false},
}

var cobaltGuests = []demoGuest{
	{"Anaïs Lefèvre", Anais, "Citeo Solar", Viewer, domain.GroupsAndDevices, "", domain.Privileges{domain.ViewDevices}, Cora, 50 * day, accepting, 9 * day, 0, false},
}

// guests invites people of other companies.
func (d *demo) guests(a domain.Account, all []demoGuest) {
	for _, g := range all {
		d.guest(a, g)
	}
}

func (d *demo) guest(a domain.Account, g demoGuest) {
	at, by := d.ago(g.invited), d.actor(a, g.by)
	in := domain.Invitation{
		Kind: domain.KindGuest, Email: g.email, Language: "en", Company: g.company, Role: roleNamed(a, domain.RoleID(g.role)), Workspace: g.mode,
	}
	for _, n := range d.reached(a, g) {
		in.Scope, in.Grants = append(in.Scope, n), append(in.Grants, domain.Grant{Node: n, May: g.may})
	}
	if g.ends > 0 {
		in.EndsAt = d.now.Add(g.ends).Truncate(day)
	}
	var l life
	d.step(&l)(domain.Invite(domain.Membership{}, in, by, at))
	l.Mail = domain.Mail{State: domain.MailSent, At: at.Add(4 * time.Second)}
	answered := at.Add(26 * time.Hour)
	if g.answer != waiting {
		u := d.person(demoPerson{name: g.name, email: g.email, seen: max(g.visited, 25*time.Hour)}, "", answered)
		if g.answer == accepting {
			d.step(&l)(l.Accept(u, by, "203.0.113.24", answered))
		} else {
			d.step(&l)(l.Decline(u, "203.0.113.24", answered))
		}
	} else {
		d.remind(&l, d.now)
		d.lapse(&l, d.now)
	}
	if g.visited > 0 {
		l.LastSignInAt = d.ago(g.visited)
		if e, err := l.Enter(d.people[g.email], "203.0.113.24", l.LastSignInAt); err == nil {
			l.happened = append(l.happened, e)
		}
	}
	if g.inactive {
		d.step(&l)(l.Suspend(by, 1, d.ago(g.visited-day)))
	}
	d.lives = append(d.lives, l)
}

// reached is what a guest is let in to.
func (d *demo) reached(a domain.Account, g demoGuest) (nodes domain.Scope) {
	if g.mode != domain.Devices {
		return d.scope(a, g.places)
	}
	for _, v := range d.devices {
		if v.AccountID == a.ID && slices.Contains(strings.Fields(g.places), v.Serial) {
			nodes = append(nodes, v.Node())
		}
	}
	return nodes
}

func cobaltRoles() []domain.Role {
	return []domain.Role{domain.OwnRole(domain.RoleID(newID()), Viewer, domain.Privileges{domain.ViewDevices})}
}
