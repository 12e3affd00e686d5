package web

import (
	"context"
	"slices"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// openSettings leads to the first tab.
func (s *Server) openSettings(r *request) error {
	if i := slices.IndexFunc(views.SettingsTabs, func(t views.SettingsTab) bool { return t.Opens(r.by) }); i >= 0 {
		return r.goTo(r.account("/settings/" + views.SettingsTabs[i].Name))
	}
	return r.goTo(r.account(adminList.path))
}

// settings is the head of a tab of the settings. A list that is filtered to one site stands in that site's settings (A5).
func (r *request) settings(tab string, sites []string) (views.Settings, error) {
	st := r.server.store
	head := views.Settings{Base: r.account("/settings"), Tab: tab, Reader: r.by}
	if len(sites) == 1 {
		names, err := st.SiteNames(r.ctx(), r.by, sites)
		if err != nil {
			return head, err
		}
		if name := names[sites[0]]; name != "" {
			head.Site = domain.Site{ID: sites[0], Name: name}
		}
	}
	if r.by.Can(domain.ViewInvites) {
		n, err := st.OpenInvites(r.ctx(), r.by)
		if err != nil {
			return head, err
		}
		head.OpenInvites = n.N
	}
	return head, nil
}

// settingsCrumbs say where a tab stands below the account.
func (r *request) settingsCrumbs(head views.Settings) []views.Crumb {
	return head.Crumbs(r.ctx(), r.account("/sites/"+head.Site.ID))
}

// siteNames are the names of the sites in the scopes of some rows.
func (r *request) siteNames(rows ...domain.Membership) (map[string]string, error) {
	var ids []string
	for _, m := range rows {
		ids = append(ids, m.Scope.SiteIDs()...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	return r.server.store.SiteNames(r.ctx(), r.by, slices.Compact(ids))
}

// namesOfSites is siteNames for the rows of a long list, one after the other: names seen once are not read again.
func (r *request) namesOfSites() func(domain.Membership) (map[string]string, error) {
	named := r.namer(r.server.store.SiteNames)
	return func(m domain.Membership) (map[string]string, error) { return named(m.Scope.SiteIDs()) }
}

// namer gives the names that read reads, each of them once.
func (r *request) namer(read func(context.Context, domain.Actor, []string) (map[string]string, error)) func([]string) (map[string]string, error) {
	names := map[string]string{}
	return func(ids []string) (map[string]string, error) {
		unknown := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
			_, known := names[id]
			return known
		})
		if len(unknown) == 0 {
			return names, nil
		}
		found, err := read(r.ctx(), r.by, unknown)
		for _, id := range unknown {
			names[id] = found[id]
		}
		return names, err
	}
}

// listedSites is up to how many sites a filter lists them; more are looked up by what is typed.
const listedSites = 30

// findSite is the text field of a site filter that does not list the sites.
const findSite = "find_site"

// siteFilter is the filter by site of a list.
func (r *request) siteFilter(label string, q views.ListQuery) (views.Filter, error) {
	f := views.Filter{Key: "site", Label: label, Many: true}
	sites, more, err := r.server.store.Sites(r.ctx(), r.by, "", "", listedSites)
	if err != nil {
		return f, err
	}
	if more == "" {
		for _, site := range sites {
			f.Options = append(f.Options, views.Option{Value: site.ID, Label: site.Name})
		}
		return f, nil
	}
	f.Find, f.Placeholder = findSite, views.T(r.ctx(), "settings.find-site")
	names, err := r.server.store.SiteNames(r.ctx(), r.by, q.Values("site"))
	if err != nil {
		return f, err
	}
	for _, id := range q.Values("site") {
		if name := names[id]; name != "" {
			f.Options = append(f.Options, views.Option{Value: id, Label: name})
		}
	}
	return f, nil
}

// foundSites answers the text field of a site filter: the list filtered to the sites it finds. None is a filter that
// nothing passes.
func (r *request) foundSites(q views.ListQuery) (to views.ListQuery, asked bool, err error) {
	typed, err := r.query(findSite)
	if err != nil || typed == "" {
		return q, false, err
	}
	found, _, err := r.server.store.Sites(r.ctx(), r.by, typed, "", listedSites)
	if err != nil {
		return q, false, err
	}
	ids := slices.Clone(q.Values("site"))
	for _, site := range found {
		if !slices.Contains(ids, site.ID) {
			ids = append(ids, site.ID)
		}
	}
	if len(ids) == 0 {
		ids = []string{typed}
	}
	return q.With("site", ids...), true, nil
}

// storeQuery is what a list asks the store for: the part every list has.
func storeQuery(q views.ListQuery) store.Query {
	return store.Query{
		Search: q.Q, Roles: typed[domain.RoleID](q.Values("role")), Sites: q.Values("site"),
		Paging: store.Paging{Sort: q.Sort, After: q.After, Before: q.Before},
	}
}

func typed[T ~string](values []string) []T {
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = T(v)
	}
	return out
}

// pager says where in a list a page stands.
func pager[T any](page store.Page[T]) views.Pager {
	p := views.Pager{Total: total(page.Total), Prev: page.Previous, Next: page.Next}
	if len(page.Rows) > 0 {
		p.From, p.To = page.First, page.First+len(page.Rows)-1
	}
	return p
}
