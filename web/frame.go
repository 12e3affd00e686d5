package web

import (
	"slices"
	"strings"

	"gatehouse/domain"
	"gatehouse/static"
	"gatehouse/views"
)

// page is what stands around the content: who is here, where they are, what was just done. The last crumb is the page.
func (r *request) page(title string, crumbs ...views.Crumb) views.Page {
	p := views.Page{Title: title, Theme: r.theme(), Flash: r.takeFlash(), Crumbs: crumbs}
	if safe(r.Request().Method) && !carriesToken(r.Path()) {
		p.Path = r.Request().URL.RequestURI()
	}
	if r.by.Membership == "" && r.by.User.ID != "" && r.surround() && r.invited > 0 {
		p.Frame = r.guestFrameAtHome()
	}
	if r.by.Membership != "" && r.surround() {
		p.Frame = r.frame()
		p.EnrolBy = r.by.EnrolBy(views.LocaleOf(r.ctx()).Now)
		p.Banner = r.banner()
		p.Crumbs = append([]views.Crumb{{Label: r.by.Account.Name, Href: r.account("")}}, crumbs...)
	}
	return p
}

// doorPage stands around a page whose address is a secret: the links to other languages do not name it, and whoever is
// signed in has a language already.
func (r *request) doorPage(title string) views.Page {
	p := views.Page{Title: title, Theme: r.theme(), Flash: r.takeFlash()}
	if r.by.User.ID == "" {
		p.Path = "?"
	}
	return p
}

// account is an address inside the account in hand.
func (r *request) account(path string) string { return "/accounts/" + r.by.Account.Slug + path }

// frame is the rail, the switcher and the person's menu. It asks the same predicates as the doors.
func (r *request) frame() *views.Frame {
	ctx, here := r.ctx(), r.Request().URL.Path
	item := func(label, path string, icon static.Icon) views.NavItem {
		return views.NavItem{Label: views.T(ctx, label), Href: r.account(path), Icon: icon, Current: here == r.account(path)}
	}
	f := &views.Frame{
		Account: r.accountLink(r.by.Account), WhoName: r.by.User.Name(), WhoEmail: r.by.User.Email,
		Profile: "/profile", SignOut: "/sign-out", Help: "/help",
	}
	for _, b := range r.accounts {
		f.Accounts = append(f.Accounts, r.accountLink(b.Account))
	}
	switch r.by.Kind {
	case domain.KindSupport:
		f.Account.Kind = views.T(ctx, "support.session")
		f.Accounts = []views.AccountLink{f.Account}
	case domain.KindGuest:
		f.Account.Kind = views.T(ctx, "companies.banner-label")
		f.Accounts = []views.AccountLink{f.Account}
	}
	if r.by.Kind != domain.KindSupport {
		r.addCompanies(f)
		f.Nav = append(f.Nav, r.firstGroup(item))
	}
	f.Nav = append(f.Nav, r.partnerGroups(item)...)
	if len(r.sites) > 0 {
		group := views.NavGroup{ID: "sites", Label: views.T(ctx, "frame.sites")}
		for _, site := range r.sites {
			path := "/sites/" + site.ID
			group.Items = append(group.Items, views.NavItem{Label: site.Name, Href: r.account(path), Icon: static.IconBuilding2, Current: here == r.account(path)})
		}
		group.Items = append(group.Items, item("frame.all-sites", "/sites", static.IconEllipsis))
		f.Nav = append(f.Nav, group)
	}
	if i := slices.IndexFunc(views.SettingsTabs, func(t views.SettingsTab) bool { return t.Opens(r.by) }); i >= 0 {
		admin := views.NavGroup{ID: "admin", Label: views.T(ctx, "frame.admin")}
		users := item("frame.users-settings", "/settings/"+views.SettingsTabs[i].Name, static.IconUsers)
		if r.by.Account.Kind == domain.Partner {
			users.Label, users.Icon = views.T(ctx, "frame.settings"), static.IconSettings
		}
		history := item("frame.activity", "/settings/activity", static.IconHistory)
		history.Current = strings.HasPrefix(here, r.account("/settings/activity"))
		guests := item("settings.tab.guests", "/settings/guests", static.IconUserRoundPlus)
		guests.Current = strings.HasPrefix(here, guests.Href)
		users.Current = strings.HasPrefix(here, r.account("/settings/")) && !history.Current && !guests.Current
		admin.Items = append(admin.Items, users)
		if r.by.Can(domain.ViewGuests) {
			admin.Items = append(admin.Items, guests)
		}
		if r.by.Can(domain.ViewActivity) {
			admin.Items = append(admin.Items, history)
		}
		f.Nav = append(f.Nav, admin)
	}
	return f
}

// firstGroup is what stands first in the rail: where one is at home, and what else is theirs alone.
func (r *request) firstGroup(item func(label, path string, icon static.Icon) views.NavItem) views.NavGroup {
	first := views.NavGroup{ID: "main"}
	if r.by.Can(domain.ViewSites) {
		first.Items = append(first.Items, item("frame.dashboard", "", static.IconLayoutDashboard))
	} else {
		profile := item("common.frame.profile", "", static.IconUserRound)
		profile.Href, profile.Current = "/profile", r.Request().URL.Path == "/profile"
		first.Items = append(first.Items, profile)
	}
	if r.invited > 0 {
		first.Items = append(first.Items, r.companiesItem())
	}
	if r.by.Can(domain.ViewAdministrators) {
		administrators := item("administrators.title", adminList.path, static.IconShieldUser)
		administrators.Current = strings.HasPrefix(r.Request().URL.Path, administrators.Href)
		first.Items = append(first.Items, administrators)
	}
	return first
}

// partnerGroups are the groups of the rail that only partners have, each where the reader may open something in it.
func (r *request) partnerGroups(item func(label, path string, icon static.Icon) views.NavItem) []views.NavGroup {
	groups := []struct {
		id, label string
		items     []partnerItem
	}{
		{"companies", "frame.companies", partnerCompanies},
	}
	var out []views.NavGroup
	for _, g := range groups {
		group := views.NavGroup{ID: g.id, Label: views.T(r.ctx(), g.label)}
		for _, i := range g.items {
			if !r.by.Can(i.may) {
				continue
			}
			shown := item(i.label, i.path, i.icon)
			shown.Current = strings.HasPrefix(r.Request().URL.Path, shown.Href)
			group.Items = append(group.Items, shown)
		}
		if len(group.Items) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// partnerItem is a line of the partner's rail.
type partnerItem struct {
	label, path string
	icon        static.Icon
	may         domain.Privilege
}

// partnerCompanies are the partner's pages about its customers' companies.
var partnerCompanies = []partnerItem{
	{"accounts.title", "/companies", static.IconBuilding, domain.ViewAccounts},
	{"credits.title", "/credits", static.IconCoins, domain.ViewCredits},
	{"support.title", "/support", static.IconLifeBuoy, domain.ViewSupport},
}

// addCompanies shows the section to people who have been invited as guests, and to nobody else (E14).
func (r *request) addCompanies(f *views.Frame) {
	if r.invited > 0 {
		f.Companies, f.OpenInvitations = "/companies", r.waiting
	}
}

func (r *request) companiesItem() views.NavItem {
	return views.NavItem{
		Label: views.T(r.ctx(), "companies.title"), Href: "/companies", Icon: static.IconBuilding, Count: r.waiting,
		Current: strings.HasPrefix(r.Request().URL.Path, "/companies"),
	}
}

// guestFrameAtHome is the frame of somebody who is at home nowhere but invited somewhere.
func (r *request) guestFrameAtHome() *views.Frame {
	ctx := r.ctx()
	f := &views.Frame{
		Account: views.AccountLink{Name: r.by.User.Name(), Kind: views.T(ctx, "companies.guest"), Href: "/companies"},
		WhoName: r.by.User.Name(), WhoEmail: r.by.User.Email, Profile: "/profile", SignOut: "/sign-out", Help: "/help",
	}
	f.Accounts = []views.AccountLink{f.Account}
	r.addCompanies(f)
	profile := views.NavItem{Label: views.T(ctx, "common.frame.profile"), Href: "/profile", Icon: static.IconUserRound, Current: r.Request().URL.Path == "/profile"}
	f.Nav = []views.NavGroup{{ID: "main", Items: []views.NavItem{r.companiesItem(), profile}}}
	return f
}

// banner says that one is in another company, and leads back (E17, E18).
func (r *request) banner() *views.Banner {
	ctx := r.ctx()
	switch r.by.Kind {
	case domain.KindGuest:
	case domain.KindSupport:
		return &views.Banner{
			Support: true, Label: views.T(ctx, "support.session"), Verb: views.T(ctx, "support.end-session"), Action: "/support/endings",
			Text: views.T(ctx, "support.banner", "Company", r.by.Account.Name, "Name", r.by.User.Name(), "Partner", r.by.OnBehalf, "Time", views.SupportLeft(ctx, r.by.Until)),
		}
	default:
		return nil
	}
	role := r.by.Role.Name
	if !r.by.Until.IsZero() {
		role += ", " + views.T(ctx, "users.until", "Date", views.LastDay(ctx, r.by.Until))
	}
	b := &views.Banner{
		Label: views.T(ctx, "companies.banner-label"), Company: r.by.Account.Name, Text: views.T(ctx, "companies.banner", "Company", r.by.Account.Name, "Role", role),
		Verb: views.T(ctx, "companies.return-alone"), Action: "/companies/returns",
	}
	if len(r.accounts) > 0 {
		b.Verb = views.T(ctx, "companies.return", "Account", r.accounts[0].Account.Name)
	}
	return b
}

func (r *request) accountLink(a domain.Account) views.AccountLink {
	kind := "frame.customer"
	if a.Kind == domain.Partner {
		kind = "frame.partner"
	}
	return views.AccountLink{Name: a.Name, Kind: views.T(r.ctx(), kind), Href: "/accounts/" + a.Slug, Partner: a.Kind == domain.Partner}
}

// railSites is how many sites the rail names before "All sites".
const railSites = 5

// surround reads what every framed page shows: the person's accounts and the first sites. It reports whether it could;
// what kept it from it waits for show.
func (r *request) surround() bool {
	if !r.framed && r.broken == nil {
		r.framed = true
		if r.accounts, r.broken = r.server.store.AccountsOf(r.ctx(), r.by.User.ID); r.broken == nil && r.by.Can(domain.ViewSites) {
			r.sites, _, r.broken = r.server.store.Sites(r.ctx(), r.by, "", "", railSites)
		}
		if r.broken == nil {
			r.invited, r.waiting, r.broken = r.server.store.Invited(r.ctx(), r.by.User)
		}
	}
	return r.broken == nil
}
