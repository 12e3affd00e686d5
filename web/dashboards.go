package web

import (
	"net/http"
	"time"

	"gatehouse/domain"
	"gatehouse/static"
	"gatehouse/store"
	"gatehouse/views"
)

// dashboardSites is how many sites the account's dashboard lists; each costs two counts.
const dashboardSites = 8

// showAccount is the account's dashboard. Who may see nothing of it is at home in their profile.
func (s *Server) showAccount(r *request) error {
	if !r.by.Can(domain.ViewSites) {
		to, err := r.landing()
		if err != nil {
			return err
		}
		return r.goTo(to)
	}
	d := views.Dashboard{Account: r.by.Account, Base: r.account(""), Shared: r.by.Kind == domain.KindGuest}
	if r.by.Can(domain.ViewUsers) {
		d.Settings = r.account("/settings/users")
		if r.by.Account.Kind == domain.Partner {
			d.Settings = r.account("/settings")
		}
	}
	if r.by.Can(domain.ViewAccounts) {
		if err := s.countAccounts(r, &d); err != nil {
			return err
		}
		return s.dashboard(r, d, nil)
	}
	sites, _, err := s.store.Sites(r.ctx(), r.by, "", "", dashboardSites)
	if err != nil {
		return err
	}
	if d.Sites, err = s.countSites(r); err != nil {
		return err
	}
	if d.ViewDevices = r.by.Can(domain.ViewDevices); d.ViewDevices {
		every, silent, err := s.store.DeviceTotals(r.ctx(), r.by)
		if err != nil {
			return err
		}
		d.Devices, d.Silent = total(every), total(silent)
	}
	for _, site := range sites {
		line := views.SiteLine{Site: site}
		if d.ViewDevices {
			if line.Devices, line.Silent, err = s.devicesAt(r, site); err != nil {
				return err
			}
		}
		if d.Settings != "" {
			if line.People, line.OpenInvites, err = s.countAt(r, site); err != nil {
				return err
			}
		}
		d.Rows = append(d.Rows, line)
	}
	return s.dashboard(r, d, nil)
}

// countAccounts adds a partner's customers: how many there are, and the newest.
func (s *Server) countAccounts(r *request, d *views.Dashboard) error {
	page, err := s.store.Clients(r.ctx(), r.by, store.AccountQuery{Paging: store.Paging{Sort: "-created", Limit: dashboardSites}})
	if err != nil {
		return err
	}
	closed, err := s.store.CountClients(r.ctx(), r.by, store.AccountQuery{States: []domain.AccountState{domain.AccountClosed}})
	if err != nil {
		return err
	}
	d.Accounts, d.Suspended = total(page.Total), total(closed)
	for _, c := range page.Rows {
		d.Newest = append(d.Newest, views.AccountLine{Account: c.Account, Sites: total(c.Sites)})
	}
	return nil
}

// devicesAt counts the devices of one site, and those of them that are silent.
func (s *Server) devicesAt(r *request, site domain.Site) (every, silent views.Total, err error) {
	n, err := s.store.CountDevices(r.ctx(), r.by, site, store.DeviceQuery{})
	if err != nil || n.N == 0 {
		return total(n), silent, err
	}
	quiet, err := s.store.CountDevices(r.ctx(), r.by, site, store.DeviceQuery{States: []domain.DeviceState{domain.Silent}})
	return total(n), total(quiet), err
}

// showSite is the dashboard of one site.
func (s *Server) showSite(r *request) error {
	site, err := s.store.Site(r.ctx(), r.by, r.Param("site"))
	if err != nil {
		return err
	}
	d := views.Dashboard{Account: r.by.Account, Site: site, Base: r.account("")}
	if r.by.Can(domain.ViewUsers) {
		d.Settings = r.account("/settings/users?site=" + site.ID)
	}
	d.Edit, d.Remove = r.by.CanAt(domain.EditSites, site.Node()), r.mayOpenSites()
	if d.ViewDevices = r.by.Can(domain.ViewDevices); d.ViewDevices {
		n, err := s.store.CountDevices(r.ctx(), r.by, site, store.DeviceQuery{})
		if err != nil {
			return err
		}
		d.Devices = total(n)
		if d.List, err = r.siteDevices(site, r.Request().URL.RawQuery); err != nil {
			return err
		}
	}
	return s.dashboard(r, d, []string{site.ID})
}

// dashboard adds what is counted of people and invites, at these sites or everywhere, and shows the page.
func (s *Server) dashboard(r *request, d views.Dashboard, sites []string) error {
	if d.Settings != "" {
		if err := s.countPeople(r, &d, sites); err != nil {
			return err
		}
	}
	crumbs := []views.Crumb{{Label: views.T(r.ctx(), "dashboards.dashboard")}}
	title := crumbs[0].Label + " · " + d.Account.Name
	if d.Site.ID != "" {
		crumbs = []views.Crumb{{Label: views.T(r.ctx(), "dashboards.sites"), Href: r.account("/sites")}, {Label: d.Site.Name}}
		title = d.Site.Name
	}
	return s.show(r, http.StatusOK, views.DashboardPage(r.page(title, crumbs...), d))
}

func (s *Server) countPeople(r *request, d *views.Dashboard, sites []string) error {
	ctx, pending := r.ctx(), []domain.State{domain.StatePending}
	people, err := s.store.CountUsers(ctx, r.by, store.Query{Sites: sites})
	if err != nil {
		return err
	}
	open, err := s.store.CountInvites(ctx, r.by, store.Query{Sites: sites, States: pending})
	if err != nil {
		return err
	}
	failed, err := s.store.CountInvites(ctx, r.by, store.Query{Sites: sites, States: pending, Mail: []domain.MailState{domain.MailFailed}})
	if err != nil {
		return err
	}
	weeks, partial, err := s.store.InviteWeeks(ctx, r.by, store.Query{Sites: sites})
	if err != nil {
		return err
	}
	soon, err := s.store.CountLapsing(ctx, r.by, store.Query{Sites: sites}, views.LocaleOf(ctx).Now.Add(24*time.Hour))
	if err != nil {
		return err
	}
	d.People, d.OpenInvites, d.Undelivered, d.ExpireToday, d.Partial = total(people), total(open), total(failed), total(soon), partial
	for _, w := range weeks {
		d.Weeks = append(d.Weeks, views.InviteWeek{
			Label: views.Date(ctx, w.Start), Accepted: w.States[domain.StateAccepted], Pending: w.States[domain.StatePending],
			Expired: w.States[domain.StateExpired], Revoked: w.States[domain.StateRevoked] + w.States[domain.StateDeclined],
		})
	}
	return nil
}

// countAt counts the people and the open invites of one site.
func (s *Server) countAt(r *request, site domain.Site) (people, open views.Total, err error) {
	q := store.Query{Sites: []string{site.ID}}
	p, err := s.store.CountUsers(r.ctx(), r.by, q)
	if err != nil {
		return people, open, err
	}
	q.States = []domain.State{domain.StatePending}
	o, err := s.store.CountInvites(r.ctx(), r.by, q)
	return total(p), total(o), err
}

func (s *Server) countSites(r *request) (views.Total, error) {
	const most = 1000
	n, err := s.store.CountSites(r.ctx(), r.by, most+1)
	return views.Total{N: min(n, most), More: n > most}, err
}

func total(c store.Count) views.Total { return views.Total{N: c.N, More: c.More} }

// sitesShown is how many sites a page of the list shows.
const sitesShown = 25

// listSites lists the sites the person reaches, by name.
func (s *Server) listSites(r *request) error {
	ctx := r.ctx()
	q := views.ParseListQuery(r.account("/sites"), r.Request().URL.Query())
	rows, next, err := s.store.Sites(ctx, r.by, q.Q, q.After, sitesShown)
	if err != nil {
		return err
	}
	all, err := s.countSites(r)
	if err != nil {
		return err
	}
	l := views.ListProps{
		ID: "site-table", Label: views.T(ctx, "dashboards.sites"), Query: q, Search: views.T(ctx, "dashboards.search-sites"), OneLine: true,
		Columns: []views.Column{
			{Label: views.T(ctx, "dashboards.site")},
			{Label: views.T(ctx, "dashboards.code"), Class: "w-28"},
			{Label: views.T(ctx, "dashboards.address"), Class: "w-[40%]"},
			{Label: views.T(ctx, "dashboards.devices"), Class: "w-28"},
		},
		Pager: views.Pager{Total: all, Next: next},
	}
	switch {
	case len(rows) == 0 && q.Narrowed():
		l.Empty = views.NoMatch(ctx, l)
	case len(rows) == 0:
		l.Empty = &views.EmptyProps{Icon: static.IconBuilding2, Title: views.T(ctx, "dashboards.no-sites"), Text: views.T(ctx, "dashboards.no-sites-text")}
	}
	v := views.SiteList{Base: r.account(""), List: l, New: r.mayOpenSites()}
	for _, site := range rows {
		line := views.SiteLine{Site: site}
		if r.by.Can(domain.ViewDevices) {
			if line.Devices, line.Silent, err = s.devicesAt(r, site); err != nil {
				return err
			}
		}
		v.Rows = append(v.Rows, line)
	}
	crumb := views.Crumb{Label: views.T(ctx, "dashboards.sites")}
	return s.show(r, http.StatusOK, views.SitesPage(r.page(crumb.Label, crumb), v))
}
