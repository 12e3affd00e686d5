package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// deviceFilters are the keys of the address of a site's devices.
var deviceFilters = []string{"state", "kind", "group"}

// deviceList reads the state of a site's list of devices from a query string.
func (r *request) deviceList(site, query string) views.ListQuery {
	q, err := url.ParseQuery(query)
	if err != nil {
		q = nil // what is no query narrows nothing
	}
	l := views.ParseListQuery(r.account("/sites/"+site), q, deviceFilters...)
	l.Order = "place"
	return l
}

// deviceQuery is what the address asks the store for. What it does not know matches nothing.
func deviceQuery(q views.ListQuery) store.DeviceQuery {
	return store.DeviceQuery{
		Search: q.Q, States: typed[domain.DeviceState](q.Values("state")), Kinds: typed[domain.DeviceKind](q.Values("kind")), Groups: q.Values("group"),
		Paging: store.Paging{Sort: q.Sort, After: q.After, Before: q.Before},
	}
}

// siteDevices is the list of a site's devices, and beside it the Deployment Tool for those who may use it there.
func (r *request) siteDevices(site domain.Site, query string) (v views.SiteDevices, err error) {
	v = views.SiteDevices{By: r.by, Site: site, Base: r.account(""), Query: r.deviceList(site.ID, query)}
	st, ctx := r.server.store, r.ctx()
	v.Deploy = r.by.Reach(domain.Deploy).Touches(site.Node())
	v.Configure, v.Export = r.by.CanAt(domain.ConfigureDevices, site.Node()), r.by.Reach(domain.ExportDevices).Touches(site.Node())
	page, err := st.Devices(ctx, r.by, site.ID, deviceQuery(v.Query))
	if err != nil {
		return v, err
	}
	v.Rows, v.Pager = page.Rows, pager(page)
	if v.Groups, err = st.Groups(ctx, r.by, site.ID); err != nil {
		return v, err
	}
	for state, into := range map[domain.DeviceState]*views.Total{domain.Silent: &v.Silent, domain.Weak: &v.Weak} {
		n, err := st.CountDevices(ctx, r.by, site, store.DeviceQuery{States: []domain.DeviceState{state}})
		if err != nil {
			return v, err
		}
		*into = total(n)
	}
	if v.Deploy {
		v.Tool, err = r.deploymentTool(site, v.Groups)
	}
	return v, err
}

// exportDevices is exactly the list of the address as a file, all pages of it.
func (s *Server) exportDevices(r *request) error {
	site, err := s.store.Site(r.ctx(), r.by, r.Param("site"))
	if err != nil {
		return err
	}
	if !r.by.Reach(domain.ExportDevices).Touches(site.Node()) {
		return domain.ErrForbidden
	}
	groups, err := s.store.Groups(r.ctx(), r.by, site.ID)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, g := range groups {
		names[g.ID] = g.Name
	}
	file := r.sheet("devices", views.DeviceHeads(r.ctx())...)
	err = s.store.EachDevice(r.ctx(), r.by, site.ID, deviceQuery(r.deviceList(site.ID, r.Request().URL.RawQuery)), func(d domain.Device) error {
		if !r.by.CanAt(domain.ExportDevices, d.Node()) {
			return nil // it may be seen and not taken out
		}
		return file.row(views.DeviceCells(r.ctx(), d, names)...)
	})
	return file.end(err)
}

// showDevice is the page of one device: in the drawer with script.
func (s *Server) showDevice(r *request) error {
	d, err := s.store.Device(r.ctx(), r.by, r.Param("device"))
	if err != nil {
		return err
	}
	return s.showDeviceDetail(r, http.StatusOK, views.DeviceDetail{Device: d, Draft: d.Labels(), List: r.QueryParam("list")})
}

// showDeviceDetail completes the page of a device and shows it.
func (s *Server) showDeviceDetail(r *request, status int, v views.DeviceDetail) error {
	ctx := r.ctx()
	v.By, v.Base = r.by, r.account("")
	v.List = r.deviceList(v.Device.SiteID, v.List).String()
	var err error
	if v.Place, err = s.store.PlaceOf(ctx, r.by, v.Device); err != nil {
		return err
	}
	if v.History, err = r.historyOf(v.Device.ID, v.Base+"/devices/"+v.Device.ID); err != nil {
		return err
	}
	site := v.Place.Site
	crumbs := []views.Crumb{{Label: views.T(ctx, "dashboards.sites"), Href: r.account("/sites")}, {Label: site.Name, Href: r.account("/sites/" + site.ID)}, {Label: v.Device.Name()}}
	title := v.Device.Name()
	if v.Explain.Asked {
		title = views.T(ctx, "explain.at", "Name", title)
	}
	return s.show(r, status, views.DevicePage(r.page(title, crumbs...), v))
}

// listForm is the query of the list behind a form, and the version it was filled in for.
type listForm struct {
	List    string `form:"list"`
	Version string `form:"version"`
}

// number reads the version; what is none was not sent by a form of ours.
func (f listForm) number() (int, error) {
	version, err := strconv.Atoi(f.Version)
	if err != nil || version < 1 {
		return 0, badRequest("the version is not a number")
	}
	return version, nil
}

// saveDevice changes the label and the partitions.
func (s *Server) saveDevice(r *request) error {
	var form listForm
	var draft domain.LabelsDraft
	if err := r.bind(&draft); err != nil {
		return err
	}
	if err := r.bind(&form); err != nil {
		return err
	}
	was, err := s.store.Device(r.ctx(), r.by, r.Param("device"))
	if err != nil {
		return err
	}
	version, err := form.number()
	if err != nil {
		return err
	}
	v := views.DeviceDetail{Device: was, Draft: draft, List: form.List}
	d, err := s.store.SaveDevice(r.ctx(), r.by, was.ID, version, draft)
	switch {
	case err == nil:
	case errors.As(err, &v.Problems):
		return s.showDeviceDetail(r, http.StatusUnprocessableEntity, v)
	case errors.Is(err, domain.ErrStale):
		v.Stale = true
		v.Draft.Version = strconv.Itoa(was.Version) // saved again, it replaces what it has been shown beside
		return s.showDeviceDetail(r, http.StatusConflict, v)
	default:
		return err
	}
	f := views.Flash{Title: views.T(r.ctx(), "devices.saved", "Name", d.Name())}
	if d.Version == version {
		f.Title = views.T(r.ctx(), "devices.unchanged")
	}
	return s.done(r, r.deviceAt(d, form.List), f)
}

// deviceAt is a device's page, which leads back to the list behind.
func (r *request) deviceAt(d domain.Device, list string) string {
	to := r.account("/devices/" + d.ID)
	if list != "" {
		to += "?list=" + url.QueryEscape(list)
	}
	return to
}

// reportDevice notes the signal that an installer reads.
func (s *Server) reportDevice(r *request) error {
	var form struct {
		RSSI string `form:"rssi"`
		List string `form:"list"`
	}
	if err := r.bind(&form); err != nil {
		return err
	}
	was, err := s.store.Device(r.ctx(), r.by, r.Param("device"))
	if err != nil {
		return err
	}
	d, err := s.store.ReportDevice(r.ctx(), r.by, was.ID, form.RSSI)
	if problems, other := problemsOf(err); problems != nil {
		return s.showDeviceDetail(r, http.StatusUnprocessableEntity, views.DeviceDetail{Device: was, Draft: was.Labels(), List: form.List, RSSI: form.RSSI, Problems: problems})
	} else if other != nil {
		return other
	}
	return s.done(r, r.deviceAt(d, form.List), views.Flash{Title: views.T(r.ctx(), "devices.reported", "Name", d.Name())})
}

// newReplacement asks for the number of the device that takes another's place.
func (s *Server) newReplacement(r *request) error {
	d, err := s.store.Device(r.ctx(), r.by, r.Param("device"))
	if err != nil {
		return err
	}
	if !r.by.CanAt(domain.Deploy, d.Node()) {
		return domain.ErrForbidden
	}
	return s.showReplacement(r, http.StatusOK, views.DeviceReplace{Device: d, Version: strconv.Itoa(d.Version)})
}

func (s *Server) showReplacement(r *request, status int, v views.DeviceReplace) error {
	v.Base = r.account("")
	title := views.T(r.ctx(), "devices.replace-title", "Name", v.Device.Name())
	return s.show(r, status, views.DeviceReplacePage(r.page(title, r.siteCrumbs(v.Device.SiteID, title)...), v))
}

// siteCrumbs stand above a page of a site.
func (r *request) siteCrumbs(site, title string) []views.Crumb {
	names, err := r.server.store.SiteNames(r.ctx(), r.by, []string{site})
	if err != nil && r.broken == nil {
		r.broken = err
	}
	return []views.Crumb{
		{Label: views.T(r.ctx(), "dashboards.sites"), Href: r.account("/sites")}, {Label: names[site], Href: r.account("/sites/" + site)}, {Label: title},
	}
}

// createReplacement puts the new device in the old one's stead.
func (s *Server) createReplacement(r *request) error {
	var form struct {
		Serial string `form:"serial"`
	}
	var version listForm
	if err := r.bind(&form); err != nil {
		return err
	}
	if err := r.bind(&version); err != nil {
		return err
	}
	was, err := s.store.Device(r.ctx(), r.by, r.Param("device"))
	if err != nil {
		return err
	}
	n, err := version.number()
	if err != nil {
		return err
	}
	v := views.DeviceReplace{Device: was, Serial: form.Serial, Version: version.Version}
	d, err := s.store.ReplaceDevice(r.ctx(), r.by, was.ID, n, form.Serial)
	var refusal *domain.Refusal
	switch {
	case err == nil:
	case errors.As(err, &v.Problems):
		return s.showReplacement(r, http.StatusUnprocessableEntity, v)
	case errors.As(err, &refusal):
		v.Why = views.RefusalText(r.ctx(), refusal)
		return s.showReplacement(r, s.denied(r, err), v)
	case errors.Is(err, domain.ErrStale):
		v.Why, v.Version = views.T(r.ctx(), "devices.stale", "Name", was.Name()), strconv.Itoa(was.Version)
		return s.showReplacement(r, http.StatusConflict, v)
	default:
		return err
	}
	return s.done(r, r.account("/sites/"+d.SiteID), views.Flash{Title: views.T(r.ctx(), "devices.replaced", "Name", d.Name()), Text: views.T(r.ctx(), "deployment.waiting")})
}
