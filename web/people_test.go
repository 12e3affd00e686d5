package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/domain"
	"gatehouse/static"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// A soul is one kind of person the doors are tried as.
type soul struct {
	name  string // in the golden file
	email string // empty for nobody
	// home is the company whose things are their own, if anything is; away is one that is none of their business, or at
	// least not here. outside is a company they are not in: away when it is empty.
	home, away, outside string
	// part: their scope is the site named first in the company, or less, so there is a sibling to it.
	part bool
	// guest: their session stands in home as a guest's.
	guest bool
	// support: it stands there by a grant of support access.
	support bool
	// from is their network address; empty is somewhere else.
	from string
	// arrange makes them what they are on a copy of the cast; nil when they are already.
	arrange func(t *testing.T, s *store.Store)
}

// Those whom the demo does not have. All were Admins when they last had a place.
const (
	edith  = "edith.ended@brightwater.example"
	dora   = "dora.disabled@brightwater.example"
	rhoda  = "rhoda.removed@brightwater.example"
	hector = "hector.point@brightwater.example" // Admin of one site
	gina   = "gina.grant@cobaltfield.example"   // User of one site at Cobalt
	dwight = "dwight.ames@cobaltfield.example"  // User at Cobalt, disabled Admin at Brightwater
	lucia  = "lucia.romano@northgate.example"
	helga  = "helga.stroud@northgate.example" // of the partner, giving support
	oscar  = "oscar.villanueva@villanueva-pv.example"
	femi   = "femi.adeyemi@brightwater.example" // User of the site of those with a part
	vera   = "vera.quillfeather@larkspur.example"
)

// souls are the kinds of people, in the order of the golden file.
var souls = []soul{
	{name: "nobody", home: store.Brightwater, away: store.Larkspur},
	{name: "nobody-here", home: store.Brightwater, away: store.Larkspur, from: "127.0.0.1:4711"},
	{name: "member", email: store.Leonard, home: store.Brightwater, away: store.Larkspur},
	{name: "user", email: store.Samuel, home: store.Brightwater, away: store.Larkspur},
	{name: "site-user", email: store.Owen, home: store.Brightwater, away: store.Larkspur, part: true},
	{name: "admin", email: store.Dana, home: store.Brightwater, away: store.Larkspur},
	{name: "site-admin", email: hector, home: store.Brightwater, away: store.Larkspur, part: true},
	{name: "site-admin-invites", email: store.Priya, home: store.Cobalt, away: store.Larkspur, part: true},
	{name: "deployer", email: store.Jonas, home: store.Brightwater, away: store.Larkspur},
	{name: "disabled", email: dora, home: store.Brightwater, away: store.Larkspur},
	{name: "ended", email: edith, home: store.Brightwater, away: store.Larkspur},
	{name: "removed", email: rhoda, home: store.Brightwater, away: store.Larkspur},
	{name: "disabled-in-elsewhere", email: dwight, home: store.Brightwater, away: store.Larkspur},
	// Priya is a User at Brightwater; what is hers to manage at Cobalt is foreign here.
	{name: "in-two", email: store.Priya, home: store.Brightwater, away: store.Cobalt, outside: store.Larkspur, part: true},
	// A foreign Admin: what is own to everybody above is foreign to him.
	{name: "foreign-admin", email: store.Lars, home: store.Larkspur, away: store.Brightwater},
	// Guests stand in the host company: what is the account's is not theirs. One is there for each workspace mode: everywhere
	// and in some sites, in one group, in chosen devices. What is theirs, and what is beside it, findGuestThings says.
	{name: "guest", email: store.Elias, home: store.Brightwater, away: store.Larkspur, guest: true},
	{name: "guest-groups", email: store.Anais, home: store.Brightwater, away: store.Larkspur, part: true, guest: true},
	{name: "guest-places", email: oscar, home: store.Brightwater, away: store.Larkspur, part: true, guest: true},
	{name: "guest-devices", email: store.Birte, home: store.Brightwater, away: store.Larkspur, part: true, guest: true},
	// Of the partner, inside by a live grant of support access.
	{name: "support", email: helga, home: store.Brightwater, away: store.Larkspur, support: true},
	// TEN-18: being somebody at the partner opens nothing at its customers.
	{name: "observer", email: store.Sanjay, home: store.Northgate, away: store.Brightwater},
	{name: "operator", email: store.Devon, home: store.Northgate, away: store.Brightwater},
	{name: "partner-admin", email: store.Marisol, home: store.Northgate, away: store.Brightwater},
	{name: "master", email: store.Nora, home: store.Northgate, away: store.Brightwater},
	{name: "closed-admin", email: store.Lars, home: store.Larkspur, away: store.Brightwater, arrange: func(t *testing.T, s *store.Store) {
		storetest.Exec(t, s, "update accounts set suspended_at = 1 where slug = '"+store.Larkspur+"'")
	}},
}

// A cast is the demo with everybody in souls, signed in, and the things they are asked about, kept to be copied.
type cast struct {
	frozen  *storetest.Frozen
	cookies map[string]string // of each soul's session, by address
	// things are ids by company and kind: "brightwater user". "brightwater sibling user" is out of the scope of those
	// with a part. Without a company it is the same for everybody.
	things map[string]string
}

// theCast is the cast on SQLite, made once: its copies need nothing of the test it was made in.
func theCast(t *testing.T) *cast {
	t.Helper()
	castMade.Do(func() { castKept = newCast(t, "sqlite") })
	if castKept == nil {
		t.Fatal("the cast could not be made")
	}
	return castKept
}

var (
	castMade sync.Once
	castKept *cast
)

// admin is the soul that may use the most doors.
func admin() soul {
	return souls[slices.IndexFunc(souls, func(who soul) bool { return who.name == "admin" })]
}

// missing is a well-formed id of nothing.
const missing = "0190a1b2-0000-7000-8000-000000000000"

func newCast(t *testing.T, engine string) *cast {
	t.Helper()
	// The clock stands still: what was proven when everybody signed in stays fresh however long the tests take.
	clock := storetest.NewClock(time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC))
	p := serve(storetest.OpenDemo(t, engine, storetest.WithClock(clock), manySessions))
	c := &cast{cookies: map[string]string{}, things: map[string]string{}}
	dana := p.actor(t, store.Dana, store.Brightwater)
	c.findThings(t, p)
	harbor, grant := c.things["brightwater site"], c.things["cobalt site"]

	hash, err := p.store.HashPassword(t.Context(), store.DemoPassword)
	if err != nil {
		t.Fatal(err)
	}
	admin := func(d *domain.InviteDraft) { d.Role = "admin" }
	join := func(by, account, email string, change ...func(*domain.InviteDraft)) domain.Membership {
		m, _ := p.invite(t, by, account, email, change...)
		token := p.store.InviteToken(m.ID, m.Generation)
		if u, err := p.store.PersonByEmail(t.Context(), email); err == nil {
			m, err = p.store.AcceptInviteAs(t.Context(), u.ID, token, "")
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		if _, m, err = p.store.AcceptInvite(t.Context(), token, domain.PersonDraft{FirstName: "Some", LastName: "Body", Language: "en"}, hash, ""); err != nil {
			t.Fatal(err)
		}
		return m
	}
	done := func(outcomes []store.Outcome, err error) {
		t.Helper()
		if err != nil || len(outcomes) != 1 || outcomes[0].Err != nil {
			t.Fatalf("%v %v", outcomes, err)
		}
	}
	for _, email := range []string{edith, dora, rhoda, dwight} {
		c.things[email] = join(store.Dana, store.Brightwater, email, admin).ID
	}
	join(store.Dana, store.Brightwater, hector, admin, func(d *domain.InviteDraft) { d.Scope = []string{harbor} })
	join(store.Cora, store.Cobalt, gina, func(d *domain.InviteDraft) { d.Scope = []string{grant} })
	for key, of := range map[string]struct{ by, account, email string }{
		"brightwater":         {store.Dana, store.Brightwater, femi},
		"brightwater sibling": {store.Dana, store.Brightwater, "caleb.morrow@brightwater.example"},
		"cobalt":              {store.Cora, store.Cobalt, gina},
		"cobalt sibling":      {store.Cora, store.Cobalt, dwight},
		"northgate":           {store.Nora, store.Northgate, lucia},
		"larkspur":            {store.Lars, store.Larkspur, vera},
	} {
		// A sign-in is noted with the membership, so it comes before the version is read.
		c.things[key+" user-session"] = store.HashSecret(c.signIn(t, p, of.email))
		m := p.found(t, of.by, of.account, of.email)
		c.things[key+" user"] = m.ID
		c.things["version "+m.ID] = strconv.Itoa(m.Version)
	}

	for _, v := range souls {
		if v.email != "" && c.cookies[v.email] == "" {
			c.cookies[v.email] = c.signIn(t, p, v.email)
			c.things[v.email+" session"] = store.HashSecret(c.signIn(t, p, v.email)) // of another browser
		}
	}
	c.findGuests(t, p)
	c.findSupport(t, p)
	c.findGuestThings(t, p)
	// Now that they are signed in, they lose their places.
	done(p.store.Suspend(t.Context(), dana, store.Chosen{IDs: []string{c.things[dora]}}))
	done(p.store.Suspend(t.Context(), dana, store.Chosen{IDs: []string{c.things[dwight]}}))
	done(p.store.Remove(t.Context(), dana, store.Chosen{IDs: []string{c.things[rhoda]}}))
	storetest.Exec(t, p.store, "update memberships set ends_at = 1 where email = '"+edith+"'")

	for i, email := range []string{store.Dana, store.Lars} {
		id := fmt.Sprintf("0190a1b2-222%d-7000-8000-000000000000", i)
		storetest.Exec(t, p.store, "insert into passkeys (id, user_id, name, hash, credential, created_at, used_at) values ('"+id+"', '"+p.person(t, email).ID+"', 'Laptop', '"+id+"', '{}', 1, 0)")
		c.things[email+" passkey"] = id
	}
	c.findInvites(t, p, harbor, grant)
	// Everybody has been denied so often that no more of it is written down: else every denial would write its entry. What
	// it writes is TestDenials'.
	storetest.Exec(t, p.store, "insert into counters (name, count, first_at, last_at) select 'denials of ' || id, 1000000, 9000000000000000, 9000000000000000 from users")
	c.frozen = storetest.Freeze(t, p.store)
	return c
}

// manySessions: everything above is found by somebody signed in, at one and the same moment. Beyond the limit any of their
// sessions could be the one that gives way, the soul's own too.
func manySessions(c *store.Config) { c.Limits.SessionsPerUser = 1000 }

func (c *cast) signIn(t *testing.T, p *portal, email string) (cookie string) {
	t.Helper()
	secret := store.NewSecret()
	if _, err := p.store.StartSession(t.Context(), p.person(t, email), "", store.Start{Hash: store.HashSecret(secret), From: "192.0.2.7"}); err != nil {
		t.Fatal(err)
	}
	return secret
}

// findGuests takes the guests among them into their host company, and finds the guests of the companies.
func (c *cast) findGuests(t *testing.T, p *portal) {
	t.Helper()
	viewer := p.actor(t, store.Lars, store.Larkspur).Account.Roles[0].ID
	_, err := p.store.InviteGuest(t.Context(), p.actor(t, store.Lars, store.Larkspur), domain.GuestDraft{
		Email: "gail.quillfeather@elsewhere.example", Role: string(viewer), Active: "on", Workspace: string(domain.GroupsAndDevices), May: []string{"view-devices"}, Places: []string{domain.WholeAccount},
	})
	if err != nil {
		t.Fatal(err)
	}
	for slug, of := range map[string][2]string{
		store.Brightwater: {store.Dana, store.Amir}, store.Cobalt: {store.Cora, store.Anais}, store.Larkspur: {store.Lars, "gail.quillfeather@elsewhere.example"},
	} {
		by := p.actor(t, of[0], slug)
		page, err := p.store.Guests(t.Context(), by, store.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Rows {
			if m.Email == of[1] {
				c.things[slug+" guest"], c.things["version "+m.ID] = m.ID, strconv.Itoa(m.Version)
			}
			if slug == store.Brightwater {
				c.things[m.Email+" company"] = m.ID
			}
		}
		c.things[slug+" guest-role"] = string(by.GuestRoles()[0].ID)
		for _, r := range by.GuestRoles() {
			if r.May(domain.ViewDevices) {
				c.things[slug+" guest-role"] = string(r.ID)
			}
		}
	}
	for _, who := range souls {
		if !who.guest {
			continue
		}
		secret := store.NewSecret()
		_, err := p.store.EnterCompany(t.Context(), p.person(t, who.email), store.HashSecret(c.cookies[who.email]), store.HashSecret(secret), c.things[who.email+" company"], "192.0.2.7")
		if err != nil {
			t.Fatalf("%s enters: %v", who.email, err)
		}
		c.cookies[who.email] = secret
	}
}

// findGuestThings says what is a guest's own and what is beside it: to one in a single group that group and another of the
// site, to one in chosen devices one of them and another, to one in some sites the first of them and a site of others.
func (c *cast) findGuestThings(t *testing.T, p *portal) {
	t.Helper()
	dana := p.actor(t, store.Dana, store.Brightwater)
	site := c.things["brightwater site"]
	groups, err := p.store.Groups(t.Context(), dana, site)
	if err != nil || len(groups) < 2 {
		t.Fatal(groups, err)
	}
	in := func(site string, q store.DeviceQuery) string {
		t.Helper()
		page, err := p.store.Devices(t.Context(), dana, site, q)
		if err != nil || len(page.Rows) == 0 {
			t.Fatal(page, err)
		}
		return page.Rows[0].ID
	}
	c.things["guest-groups group"], c.things["guest-groups device"] = groups[0].ID, in(site, store.DeviceQuery{Groups: []string{groups[0].ID}})
	c.things["guest-groups sibling group"], c.things["guest-groups sibling device"] = groups[1].ID, in(site, store.DeviceQuery{Groups: []string{groups[1].ID}})
	m := p.guest(t, store.Anais)
	d := m.GuestDraft(time.UTC)
	d.Role, d.Workspace, d.Cells = string(p.role(t, store.Installer).ID), string(domain.Groups), []string{groups[0].Node().Path() + ":configure-devices"}
	_, err = p.store.SaveGuest(t.Context(), dana, m.ID, d)
	var told *domain.Unconfirmed
	if errors.As(err, &told) { // it takes something away
		d.Confirm = told.Loss.String()
		_, err = p.store.SaveGuest(t.Context(), dana, m.ID, d)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.things["guest-devices device"] = in(site, store.DeviceQuery{Search: "GH-MTR-20C4-1187"})
	c.things["guest-devices sibling device"] = in(site, store.DeviceQuery{Search: "GH-PNL-7F21-0394"})

	esp := p.siteByCode(t, store.Dana, store.Brightwater, "ESP")
	if groups, err = p.store.Groups(t.Context(), dana, esp); err != nil || len(groups) == 0 {
		t.Fatal(groups, err)
	}
	c.things["guest-places site"], c.things["guest-places group"], c.things["guest-places device"] = esp, groups[0].ID, in(esp, store.DeviceQuery{})
}

// findThings finds sites, and things that have nothing to do with a company.
func (c *cast) findThings(t *testing.T, p *portal) {
	t.Helper()
	for slug, of := range map[string]struct{ email, site, sibling string }{
		store.Brightwater: {store.Dana, "HPT", "RCS"},
		store.Cobalt:      {store.Cora, "GSW", "NLG"},
		store.Larkspur:    {store.Lars, store.Canary + "1", store.Canary + "2"},
	} {
		sites, _, err := p.store.Sites(t.Context(), p.actor(t, of.email, slug), "", "", 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, site := range sites {
			switch site.Code {
			case of.site:
				c.things[slug+" site"] = site.ID
			case of.sibling:
				c.things[slug+" sibling site"] = site.ID
			}
		}
	}
	watch, err := p.store.CreateRole(t.Context(), p.actor(t, store.Cora, store.Cobalt), domain.RoleDraft{Name: "Cobalt watch", May: []string{"view-devices"}})
	if err != nil {
		t.Fatal(err)
	}
	c.things["cobalt role"] = string(watch.ID)
	for email, slug := range map[string]string{store.Dana: store.Brightwater, store.Lars: store.Larkspur} {
		own := p.actor(t, email, slug).Account.Roles
		c.things[slug+" role"] = string(own[len(own)-1].ID) // the last one, which nobody holds
	}
	c.things["northgate client-site"], c.things["brightwater client-site"] = c.things["cobalt site"], c.things["larkspur site"]
	// A partner's customers: one of Northgate's, and one that is another's.
	c.things["northgate client"] = p.actor(t, store.Cora, store.Cobalt).Account.ID
	c.things["brightwater client"] = p.actor(t, store.Lars, store.Larkspur).Account.ID
	for slug, email := range map[string]string{
		store.Brightwater: store.Dana, store.Cobalt: store.Cora, store.Larkspur: store.Lars, store.Northgate: store.Nora,
	} {
		c.things[slug+" account"] = slug
		page, err := p.store.Activity(t.Context(), p.actor(t, email, slug), store.ActivityQuery{})
		if err != nil || len(page.Rows) == 0 {
			t.Fatalf("the history of %s: %v", slug, err)
		}
		c.things[slug+" event"] = page.Rows[0].ID
	}
	c.findTree(t, p)
	letter := store.Letter{ID: "0190a1b2-1111-7000-8000-000000000000", To: store.Noor, Subject: "You are invited", Text: "https://gatehouse.test/invites/abc"}
	if err := p.store.AddToMailbox(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	c.things["mail"] = letter.ID
	c.things["*"] = strings.TrimPrefix(static.URL("app.css"), "/static/")
	c.things["token reset"] = p.resetToken(t, store.Rosa)
	p.as(t, store.Rosa)
	p.as(t, store.Rosa) // from another browser
	if err := p.store.AskEmail(t.Context(), p.person(t, store.Rosa), domain.EmailDraft{Email: "rosa.pike@brightwater.example"}, ""); err != nil {
		t.Fatal(err)
	}
	c.things["token address"] = p.owed(t, domain.EmailConfirmMail)[0].Token
	c.things["token address-stop"] = p.owed(t, domain.EmailNoticeMail)[0].Token
	c.things["token not-me"] = p.owed(t, domain.NewDeviceMail)[0].Token
}

// findSupport lets Brightwater grant support access, and Larkspur its own partner; Cobalt is asked for it. Who gives support
// among the souls enters.
func (c *cast) findSupport(t *testing.T, p *portal) {
	t.Helper()
	storetest.Exec(t, p.store, "delete from support_grants")
	d := domain.SupportDraft{Account: store.Cobalt, Reason: "Invites do not arrive", Hours: "2"}
	for email, slug := range map[string]string{store.Dana: store.Brightwater, store.Lars: store.Larkspur} {
		g, err := p.store.GrantSupport(t.Context(), p.actor(t, email, slug), d)
		if err != nil {
			t.Fatal(err)
		}
		c.things[slug+" grant"] = g.ID
	}
	asked, err := p.store.AskSupport(t.Context(), p.actor(t, store.Devon, store.Northgate), d)
	if err != nil {
		t.Fatal(err)
	}
	c.things["cobalt grant"] = asked.ID
	c.things["northgate support"], c.things["brightwater support"] = c.things["brightwater grant"], c.things["larkspur grant"]
	for _, who := range souls {
		if !who.support {
			continue
		}
		secret := store.NewSecret()
		_, err := p.store.EnterSupport(t.Context(), p.actor(t, who.email, store.Northgate), c.things["brightwater grant"], store.HashSecret(c.cookies[who.email]), store.HashSecret(secret))
		if err != nil {
			t.Fatalf("%s enters: %v", who.email, err)
		}
		c.cookies[who.email] = secret
	}
}

// findTree finds a group and a device of each site.
func (c *cast) findTree(t *testing.T, p *portal) {
	t.Helper()
	for slug, email := range map[string]string{store.Brightwater: store.Dana, store.Cobalt: store.Cora, store.Larkspur: store.Lars} {
		by := p.actor(t, email, slug)
		for _, which := range []string{"", "sibling "} {
			site := c.things[slug+" "+which+"site"]
			groups, err := p.store.Groups(t.Context(), by, site)
			if err != nil || len(groups) == 0 {
				t.Fatal(groups, err)
			}
			page, err := p.store.Devices(t.Context(), by, site, store.DeviceQuery{})
			if err != nil || len(page.Rows) == 0 {
				t.Fatal(page, err)
			}
			c.things[slug+" "+which+"group"], c.things[slug+" "+which+"device"] = groups[0].ID, page.Rows[0].ID
			installer := by // the partner's, where the company has none
			installer.Role, _ = domain.ParseRole(string(domain.RoleDeployer), domain.Customer)
			file := fmt.Sprintf("Serial number,Kind\nGH-FILE-%d,meter\n", len(c.things))
			i, err := p.store.PrepareDevices(t.Context(), installer, site, "devices.csv", []byte(file))
			if err != nil {
				t.Fatal(err)
			}
			c.things[slug+" "+which+"file"] = i.ID
		}
	}
}

// findInvites makes and finds open invites, and imports, in every company.
func (c *cast) findInvites(t *testing.T, p *portal, harbor, grant string) {
	t.Helper()
	at := func(site string) func(*domain.InviteDraft) {
		return func(d *domain.InviteDraft) { d.Scope = []string{site} }
	}
	m, _ := p.invite(t, store.Dana, store.Brightwater, "holly.park@brightwater.example", at(harbor))
	c.things["brightwater invite"] = m.ID
	c.things["token invites"] = p.store.InviteToken(m.ID, m.Generation)
	dead := p.found(t, store.Dana, store.Brightwater, store.Tom) // revoked
	c.things["dead token invites"] = p.store.InviteToken(dead.ID, dead.Generation)
	c.things["brightwater sibling invite"] = p.found(t, store.Dana, store.Brightwater, store.Patrick).ID
	c.things["cobalt invite"] = p.found(t, store.Cora, store.Cobalt, "shawn.ortiz@cobaltfield.example").ID
	m, _ = p.invite(t, store.Cora, store.Cobalt, "nina.lot@cobaltfield.example", at(c.things["cobalt sibling site"]))
	c.things["cobalt sibling invite"] = m.ID
	c.things["northgate invite"] = p.found(t, store.Nora, store.Northgate, "ida.kristensen@northgate.example").ID
	c.things["larkspur invite"] = p.found(t, store.Lars, store.Larkspur, store.Wren).ID
	c.things["northgate support-invite"], c.things["brightwater support-invite"] = c.things["brightwater invite"], c.things["larkspur invite"]

	for slug, of := range map[string][2]string{
		store.Brightwater: {store.Dana, "user"}, store.Cobalt: {store.Cora, "user"}, store.Larkspur: {store.Lars, "user"}, store.Northgate: {store.Nora, "observer"},
	} {
		file := "First name,Last name,E-mail,Role,Scope\nIvy,Import,ivy.import@" + slug + ".example," + of[1] + ",all\n"
		i, err := p.store.PrepareInvites(t.Context(), p.actor(t, of[0], slug), "people.csv", []byte(file))
		if err != nil {
			t.Fatalf("prepare an import: %v", err)
		}
		c.things[slug+" import"] = i.ID
		m, err := p.store.Invite(t.Context(), p.actor(t, of[0], slug), c.things[slug+" invite"])
		if err != nil {
			t.Fatal(err)
		}
		c.things["version "+m.ID], c.things["email "+m.ID] = strconv.Itoa(m.Version), m.Email
	}
}

// open is a fresh copy of the cast's portal as one of them finds it.
func (c *cast) open(t *testing.T, who soul, change ...func(*Config)) *portal {
	t.Helper()
	s := c.frozen.Thaw(t)
	if who.arrange != nil {
		who.arrange(t, s)
	}
	return serve(s, append([]func(*Config){func(c *Config) { c.Dev = true }}, change...)...)
}

// as is the soul's browser, with the session from before.
func (c *cast) as(t *testing.T, p *portal, who soul) *visitor {
	t.Helper()
	v := p.visitor(t)
	if who.from != "" {
		v.from = who.from
	}
	if who.email != "" {
		v.cookies[p.sessions.cookie(sessionName)] = &http.Cookie{Name: p.sessions.cookie(sessionName), Value: c.cookies[who.email]}
	}
	return v
}

// thing is an id of that kind for somebody: own, sibling, foreign, outside or missing. There may be none.
func (c *cast) thing(who soul, which, kind string) (id string, ok bool) {
	if which == "missing" {
		switch kind {
		case "account":
			return "no-such-company", true
		case "*":
			return "nothing.css", true
		}
		return missing, true
	}
	key := kind
	switch which {
	case "own":
		key = who.home + " " + kind
	case "sibling":
		key = who.home + " sibling " + kind
	case "foreign":
		key = who.away + " " + kind
	case "outside":
		key = who.outside + " " + kind
		if who.outside == "" {
			key = who.away + " " + kind
		}
	}
	switch kind {
	case "customer-site": // to a partner its customers' sites are own, all others foreign; to others none is either
		switch {
		case who.home == store.Northgate && which == "own":
			return c.thing(who, "foreign", "site")
		case who.home == store.Northgate && which != "sibling":
			return c.things[store.Larkspur+" site"], true
		}
		return missing, which == "own"
	case "company":
		key = who.email + " company"
		if which != "own" {
			key = store.Hugo + " company"
		}
		id, ok = c.things[key]
		return id, ok && which != "sibling"
	case "session", "passkey":
		switch {
		case which == "sibling":
			return "", false
		case which == "own":
			key = who.email + " " + kind
		case who.email == store.Dana:
			key = store.Lars + " " + kind
		default:
			key = store.Dana + " " + kind
		}
	case "scope":
		if which == "own" && !who.part {
			return domain.WholeAccount, true
		}
		return c.thing(who, which, "site")
	}
	if id, ok = c.things[strings.Replace(key, who.home, who.name, 1)]; ok && who.guest && (which == "own" || which == "sibling") {
		return id, true
	}
	if id, ok = c.things[key]; ok {
		return id, true
	}
	switch which {
	case "own":
		id, ok = c.things[kind]
	case "foreign", "outside":
		id, ok = c.things["dead "+kind]
	}
	return id, ok
}
