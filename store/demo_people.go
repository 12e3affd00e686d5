package store

import (
	"time"

	"gatehouse/domain"
)

// The people of the demo who are spoken of by name: in the README, in tests, at sign-in.
const (
	Nora    = "nora.lindqvist@northgate.example" // Master of the partner
	Marisol = "marisol.vega@northgate.example"   // Admin of the partner
	Devon   = "devon.ashby@northgate.example"    // Operator of the partner: its support staff
	Sanjay  = "sanjay.mehta@northgate.example"   // Observer of the partner
	Petra   = "petra.hale@stonecrop.example"     // Master of another partner

	Dana    = "dana.whitfield@brightwater.example"  // Admin
	Rosa    = "rosa.delgado@brightwater.example"    // Admin
	Ingrid  = "ingrid.solberg@brightwater.example"  // Admin of three sites
	Jonas   = "jonas.ekstrom@brightwater.example"   // Deployer User
	Tomas   = "tomas.herrera@brightwater.example"   // Deployer User
	Yuki    = "yuki.tanabe@brightwater.example"     // Deployer User of two sites
	Samuel  = "samuel.okafor@brightwater.example"   // User
	Owen    = "owen.pritchard@brightwater.example"  // User of one site
	Leonard = "leonard.brandt@brightwater.example"  // Member
	Aisha   = "aisha.karimi@brightwater.example"    // disabled
	Beatriz = "beatriz.salgado@brightwater.example" // has never signed in
	Chiara  = "chiara.benedetti@gridmark.example"   // until a date, from another domain
	Liam    = "liam.doherty@brightwater.example"    // Installer of one site
	Jun     = "jun.watanabe@brightwater.example"    // Maintenance of one site
	Faisal  = "faisal.rahman@brightwater.example"   // Front Desk
	Priya   = "priya.raman@cobaltfield.example"     // User at Brightwater, Admin of one site at Cobalt
	Cora    = "cora.beltran@cobaltfield.example"    // Admin of Cobalt
	Lars    = "lars.quillfeather@larkspur.example"  // Admin of Larkspur
	Kelly   = "kelly.dunne@brightwater.example"     // pending, sent twice
	Patrick = "p.nolan@brightwater.example"         // pending, the mail failed
	MeiLing = "meiling.zhao@brightwater.example"    // pending, the mail is queued
	Freya   = "freya.magnusson@brightwater.example" // pending, not mailed
	Stefan  = "stefan.weiss@gridmark.example"       // expired
	Tom     = "tom.aldous@brightwater.example"      // revoked
	Noor    = "noor.vandijk@brightwater.example"    // pending
	Colm    = "colm.farrell@northgate.example"      // pending administrator of the partner
	Wanda   = "wanda.kaczmarek@northgate.example"   // expired administrator
	Bloom   = "terrence.bloom@northgate.example"    // revoked administrator
	Wren    = "wren.quillfeather@larkspur.example"  // pending at Larkspur
	Canary  = "Quillfeather"                        // stands in every text of Larkspur, which nobody else may ever see
)

// Who is shown at the start of the demo: an account admin, a deployer, and a partner's support staff.
const (
	DemoAdmin    = Dana
	DemoDeployer = Jonas
	DemoSupport  = Devon
)

const day = 24 * time.Hour

// demoSite is a site by the short code the people below name it with.
type demoSite struct{ code, name, address string }

var brightwaterSites = []demoSite{
	{"HPT", "Harbor Point Tower", "1200 SW Harbor Way, Portland, OR"},
	{"ESP", "Eastfield Solar Park", "88 Eastfield Road, Hermiston, OR"},
	{"CSS", "Cedar Street Substation", "410 Cedar Street, Salem, OR"},
	{"UYB", "Union Yard Battery Store", "2 Union Yard, Portland, OR"},
	{"MPS", "Millbrook Pumping Station", "71 Millbrook Lane, Oregon City, OR"},
	{"KRO", "Kings Row Offices", "15 Kings Row, Beaverton, OR"},
	{"LMC", "Larkspur Medical Center", "900 Larkspur Avenue, Eugene, OR"},
	{"RCS", "Riverside Cold Storage", "33 Riverside Drive, Astoria, OR"},
	{"SDH", "Summit Data Hall", "5 Summit Loop, Bend, OR"},
	{"PNT", "Pier 9 Terminal", "Pier 9, Vancouver, WA"},
	{"FRD", "Fremont Depot", "640 Fremont Street, Portland, OR"},
	{"TCH", "Tanner Creek Hydro", "Tanner Creek Road, Bonneville, OR"},
	{"ASH", "Ashgrove School", "27 Ashgrove Street, Corvallis, OR"},
	{"WLF", "Windy Lookout Farm", "Lookout Road, Arlington, OR"},
}

var cobaltSites = []demoSite{
	{"GSW", "Grant Street Works", "300 Grant Street, Tacoma, WA"},
	{"NLG", "North Lot Garage", "18 North Lot, Tacoma, WA"},
}

var larkspurSites = []demoSite{
	{Canary + "1", Canary + " Clinic", "1 " + Canary + " Hill, Boise, ID"},
	{Canary + "2", Canary + " Laboratory", "2 " + Canary + " Hill, Boise, ID"},
}

// demoPerson is somebody who is in. The inviter is an address of somebody above in the same list, or empty for
// the first one.
type demoPerson struct {
	name, email string
	role        domain.RoleID
	sites       string // codes, or empty for the whole account
	by          string
	invited     time.Duration // ago
	seen        time.Duration // last sign-in, ago; 0 is never
	language    string        // empty is English
}

var northgatePeople = []demoPerson{
	{"Nora Lindqvist", Nora, domain.RoleMaster, "", "", 700 * day, 3 * time.Hour, ""},
	{"Helga Stroud", "helga.stroud@northgate.example", domain.RoleMaster, "", Nora, 640 * day, 26 * time.Hour, ""},
	{"Marisol Vega", Marisol, domain.RolePartnerAdmin, "", Nora, 600 * day, 12 * time.Minute, "es"},
	{"Devon Ashby", Devon, domain.RoleOperator, "", Marisol, 410 * day, time.Hour, ""},
	{"Lucia Romano", "lucia.romano@northgate.example", domain.RoleOperator, "", Marisol, 300 * day, 3 * time.Hour, "it"},
	{"Bram de Vries", "bram.devries@northgate.example", domain.RoleOperator, "", Marisol, 61 * day, 23 * day, ""},
	{"Sanjay Mehta", Sanjay, domain.RoleObserver, "", Marisol, 43 * day, 3 * day, ""},
}

var stonecropPeople = []demoPerson{
	{"Petra Hale", Petra, domain.RoleMaster, "", "", 700 * day, 5 * day, ""},
}

var brightwaterPeople = []demoPerson{
	{"Dana Whitfield", Dana, domain.RoleAdmin, "", "", 612 * day, 2 * time.Minute, ""},
	{"Rosa Delgado-Pike", Rosa, domain.RoleAdmin, "", Dana, 530 * day, 19 * day, "es"},
	{"Ingrid Solberg", Ingrid, domain.RoleAdmin, "HPT MPS TCH", Dana, 401 * day, 2 * time.Hour, ""},
	{"Tomás Herrera", Tomas, domain.RoleDeployer, "", Dana, 380 * day, 38 * time.Minute, "es"},
	{"Jonas Ekström", Jonas, domain.RoleDeployer, "", Dana, 120 * day, 51 * time.Minute, ""},
	{"Yuki Tanabe", Yuki, domain.RoleDeployer, "UYB ESP", Tomas, 266 * day, 4 * day, ""},
	{"Luca Ferrante", "luca.ferrante@brightwater.example", domain.RoleDeployer, "PNT", Tomas, 12 * day, 5 * day, "it"},
	{"Samuel Okafor", Samuel, domain.RoleUser, "", Dana, 330 * day, 25 * time.Hour, ""},
	{"Owen Pritchard", Owen, domain.RoleUser, "HPT", Dana, 240 * day, 11 * day, ""},
	{"Aisha Karimi", Aisha, domain.RoleUser, "MPS", Dana, 310 * day, 10 * day, ""},
	{"Caleb Morrow", "caleb.morrow@brightwater.example", domain.RoleUser, "RCS", Rosa, 190 * day, 31 * day, ""},
	{"Chiara Benedetti", Chiara, domain.RoleUser, "CSS", Dana, 264 * day, 31 * time.Minute, "it"},
	{"Giorgio Mancini", "giorgio.mancini@brightwater.example", domain.RoleUser, "PNT", Tomas, 81 * day, 27 * day, "it"},
	{"Hannah Whitlock", "hannah.whitlock@brightwater.example", domain.RoleUser, "SDH", Dana, 79 * day, 26 * day, ""},
	{"Marcus Oyelaran", "marcus.oyelaran@brightwater.example", domain.RoleUser, "ESP", Tomas, 77 * day, 5 * time.Hour, ""},
	{"Nathan Feld", "nathan.feld@brightwater.example", domain.RoleUser, "KRO", Rosa, 74 * day, 18 * day, ""},
	{"Viktor Lindqvist", "viktor.lindqvist@gridmark.example", domain.RoleUser, "TCH", Dana, 72 * day, 25 * day, ""},
	{"Priya Raman", Priya, domain.RoleUser, "HPT UYB", Dana, 66 * day, 6 * time.Hour, ""},
	{"Elena Marchetti", "elena.marchetti@brightwater.example", domain.RoleUser, "KRO", Rosa, 64 * day, 8 * day, "it"},
	{"Femi Adeyemi", "femi.adeyemi@brightwater.example", domain.RoleUser, "HPT", Dana, 60 * day, 2 * day, ""},
	{"Grace Holloway", "grace.holloway@brightwater.example", domain.RoleUser, "LMC", Dana, 58 * day, 14 * day, ""},
	{"Hugo Lindgren", "hugo.lindgren@brightwater.example", domain.RoleUser, "LMC ASH", Dana, 53 * day, 6 * day, ""},
	{"Ruth Okonkwo", "ruth.okonkwo@brightwater.example", domain.RoleUser, "", Rosa, 51 * day, 9 * day, ""},
	{"Jun Watanabe", Jun, Maintenance, "UYB", Tomas, 46 * day, time.Hour, ""},
	{"Katja Brenner", "katja.brenner@brightwater.example", domain.RoleUser, "SDH FRD", Dana, 44 * day, 20 * day, ""},
	{"Liam Doherty", Liam, Installer, "FRD", Jonas, 39 * day, 16 * day, ""},
	{"Manuela Prieto", "manuela.prieto@brightwater.example", domain.RoleUser, "ASH", Dana, 37 * day, 7 * day, "es"},
	{"Dmitri Volkov", "dmitri.volkov@brightwater.example", domain.RoleUser, "FRD", Dana, 16 * day, 3 * day, ""},
	{"Priyanka Rao", "priyanka.rao@brightwater.example", domain.RoleUser, "SDH", Jonas, 11 * day, 2 * day, ""},
	{"Leonard Brandt", Leonard, domain.RoleMember, "", Dana, 205 * day, 5 * day, ""},
	{"Lucía Paredes", "lucia.paredes@brightwater.example", domain.RoleMember, "", Dana, 150 * day, 29 * day, "es"},
	{"Beatriz Salgado", Beatriz, domain.RoleMember, "", Dana, 32 * day, 0, "es"},
	{"Alan Thorne", "alan.thorne@brightwater.example", domain.RoleMember, "", Rosa, 30 * day, 12 * day, ""},
	{"Bridget Nwosu", "bridget.nwosu@brightwater.example", domain.RoleMember, "", Dana, 25 * day, 21 * day, ""},
	{"Cosimo Ricci", "cosimo.ricci@brightwater.example", domain.RoleMember, "PNT", Tomas, 23 * day, 13 * day, "it"},
	{"Esther Lindholm", "esther.lindholm@brightwater.example", domain.RoleMember, "HPT", Dana, 18 * day, 15 * day, ""},
	{"Faisal Rahman", Faisal, FrontDesk, "", Jonas, 9 * day, 4 * day, ""},
	{"Gwendolyn Pike", "gwendolyn.pike@brightwater.example", domain.RoleMember, "WLF", Dana, 4 * day, 22 * time.Hour, ""},
}

var cobaltPeople = []demoPerson{
	{"Cora Beltrán", Cora, domain.RoleAdmin, "", "", 280 * day, 9 * time.Hour, "es"},
	{"Priya Raman", Priya, domain.RoleAdmin, "GSW", Cora, 200 * day, 6 * time.Hour, ""},
	{"Dwight Ames", "dwight.ames@cobaltfield.example", domain.RoleUser, "NLG", Cora, 70 * day, 8 * day, ""},
}

var larkspurPeople = []demoPerson{
	{"Lars " + Canary, Lars, domain.RoleAdmin, "", "", 330 * day, 2 * day, ""},
	{"Vera " + Canary, "vera.quillfeather@larkspur.example", domain.RoleUser, Canary + "1", Lars, 20 * day, 6 * day, ""},
}

// demoInvite is an offer that nobody has taken. An expired one needs no more than having been sent long ago.
type demoInvite struct {
	name, email string
	role        domain.RoleID
	sites       string
	by          string
	sent        time.Duration // ago
	resent      time.Duration // ago; 0 when it was sent once
	revoked     time.Duration // ago; 0 when it was not
	mail        domain.MailState
	reason      string // why the mail failed
	language    string
	message     string
}

var brightwaterInvites = []demoInvite{
	{"Patrick Nolan", Patrick, domain.RoleUser, "KRO", Dana, 9 * time.Hour, 0, 0, domain.MailFailed, "550 5.1.1 Mailbox unavailable", "", ""},
	{"Mei-Ling Zhao", MeiLing, domain.RoleAdmin, "ESP", Tomas, 3 * time.Minute, 0, 0, domain.MailQueued, "", "", ""},
	{"Paolo Greco", "paolo.greco@brightwater.example", Maintenance, "PNT", Tomas, 2 * time.Hour, 0, 0, domain.MailSent, "", "it", "Benvenuto! I turni iniziano lunedì."},
	{"Noor van Dijk", Noor, domain.RoleDeployer, "HPT UYB", Dana, 26 * time.Hour, 0, 0, domain.MailSent, "", "", "Please set up before the panels arrive on Thursday."},
	{"Andre Baptiste", "andre.baptiste@brightwater.example", domain.RoleUser, "", Jonas, 75 * time.Hour, 0, 0, domain.MailSent, "", "", ""},
	{"Freya Magnusson", Freya, domain.RoleMember, "", Dana, 4*day + 2*time.Hour, 0, 0, domain.MailNotMailed, domain.ReasonNoServer, "", ""},
	{"Inés Carvajal", "ines.carvajal@brightwater.example", domain.RoleUser, "ASH", Rosa, 5*day + 7*time.Hour, 0, 0, domain.MailSent, "", "es", ""},
	{"Omar Haddad", "omar.haddad@brightwater.example", domain.RoleUser, "MPS", Dana, 6*day + 15*time.Hour, 0, 0, domain.MailSent, "", "", ""},
	{"Kelly Dunne", Kelly, domain.RoleUser, "KRO", Dana, 15 * day, 6*day + 15*time.Hour, 0, domain.MailSent, "", "", ""},
	{"Tom Aldous", Tom, domain.RoleAdmin, "", Dana, 10 * day, 0, 9*day + 20*time.Hour, domain.MailSent, "", "", ""},
	{"Helen Sato", "helen.sato@brightwater.example", domain.RoleUser, "RCS", Rosa, 15 * day, 0, 14 * day, domain.MailSent, "", "", ""},
	{"Ivo Marek", "ivo.marek@gridmark.example", domain.RoleUser, "CSS", Tomas, 33 * day, 0, 32 * day, domain.MailSent, "", "", ""},
	{"Joan Castell", "joan.castell@brightwater.example", domain.RoleDeployer, "WLF", Dana, 47 * day, 0, 46 * day, domain.MailSent, "", "es", ""},
	{"Kwame Boateng", "kwame.boateng@brightwater.example", domain.RoleUser, "", Rosa, 68 * day, 0, 65 * day, domain.MailFailed, "550 5.7.1 Relaying denied", "", ""},
	{"Stefan Weiss", Stefan, domain.RoleUser, "CSS", Dana, 12 * day, 0, 0, domain.MailSent, "", "", ""},
	{"Carla Moretti", "carla.moretti@brightwater.example", domain.RoleUser, "LMC", Tomas, 14 * day, 0, 0, domain.MailFailed, "552 5.2.2 Mailbox full", "it", ""},
	{"Lotte Hansen", "lotte.hansen@brightwater.example", domain.RoleMember, "", Dana, 26 * day, 0, 0, domain.MailSent, "", "", ""},
	{"Mateo Ruiz", "mateo.ruiz@brightwater.example", domain.RoleUser, "FRD", Jonas, 40 * day, 0, 0, domain.MailSent, "", "es", ""},
	{"Nils Aaberg", "nils.aaberg@brightwater.example", domain.RoleUser, "TCH", Dana, 52 * day, 0, 0, domain.MailSent, "", "", ""},
	{"Olga Petrenko", "olga.petrenko@brightwater.example", domain.RoleUser, "SDH", Dana, 62 * day, 0, 0, domain.MailNotMailed, domain.ReasonNoServer, "", ""},
	{"Pilar Soto", "pilar.soto@brightwater.example", domain.RoleMember, "", Rosa, 76 * day, 0, 0, domain.MailSent, "", "es", ""},
}

var northgateInvites = []demoInvite{
	{"Colm Farrell", Colm, domain.RoleOperator, "", Marisol, 5 * day, 0, 0, domain.MailSent, "", "", ""},
	{"Ida Kristensen", "ida.kristensen@northgate.example", domain.RoleObserver, "", Marisol, 20 * time.Hour, 0, 0, domain.MailSent, "", "", ""},
	{"Terrence Bloom", Bloom, domain.RoleOperator, "", Marisol, 9 * day, 0, 8 * day, domain.MailSent, "", "", ""},
	{"Wanda Kaczmarek", Wanda, domain.RoleObserver, "", Marisol, 13 * day, 0, 0, domain.MailSent, "", "", ""},
}

var cobaltInvites = []demoInvite{
	{"Shawn Ortiz", "shawn.ortiz@cobaltfield.example", domain.RoleUser, "GSW", Priya, 30 * time.Hour, 0, 0, domain.MailSent, "", "", ""},
}

var larkspurInvites = []demoInvite{
	{"Wren " + Canary, Wren, domain.RoleUser, Canary + "2", Lars, 2 * day, 0, 0, domain.MailFailed, "550 " + Canary + " unknown", "", "Ask for " + Canary + " at the door."},
}
