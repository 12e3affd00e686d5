package web

import (
	"errors"
	"net/http"
	"strconv"

	"gatehouse/domain"
	"gatehouse/views"
)

// mayOpenSites: whoever makes or removes sites reaches the whole account.
func (r *request) mayOpenSites() bool {
	return r.by.CanAt(domain.EditSites, domain.Node{Account: r.by.Account.ID})
}

func (s *Server) newSite(r *request) error {
	if !r.mayOpenSites() {
		return domain.ErrForbidden
	}
	return s.showSiteForm(r, http.StatusOK, views.SiteForm{Draft: domain.SiteDraft{TimeZone: r.by.User.TimeZone}})
}

func (s *Server) showSiteForm(r *request, status int, v views.SiteForm) error {
	v.Base = r.account("")
	title := views.T(r.ctx(), "sites.new-title")
	crumbs := []views.Crumb{{Label: views.T(r.ctx(), "dashboards.sites"), Href: r.account("/sites")}, {Label: title}}
	if v.Site.ID != "" {
		title = views.T(r.ctx(), "sites.edit-title", "Name", v.Site.Name)
		crumbs = r.siteCrumbs(v.Site.ID, title)
	}
	return s.show(r, status, views.SiteFormPage(r.page(title, crumbs...), v))
}

func (s *Server) createSite(r *request) error {
	var d domain.SiteDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	site, err := s.store.CreateSite(r.ctx(), r.by, d)
	if problems, other := problemsOf(err); problems != nil {
		return s.showSiteForm(r, http.StatusUnprocessableEntity, views.SiteForm{Draft: d, Problems: problems})
	} else if other != nil {
		return other
	}
	return s.done(r, r.account("/sites/"+site.ID), views.Flash{Title: views.T(r.ctx(), "sites.created", "Name", site.Name)})
}

// editedSite is the site of the address, for somebody who may change it.
func (r *request) editedSite() (domain.Site, error) {
	site, err := r.server.store.Site(r.ctx(), r.by, r.Param("site"))
	if err == nil && !r.by.CanAt(domain.EditSites, site.Node()) {
		err = domain.ErrForbidden
	}
	return site, err
}

func (s *Server) editSite(r *request) error {
	site, err := r.editedSite()
	if err != nil {
		return err
	}
	return s.showSiteForm(r, http.StatusOK, views.SiteForm{Site: site, Draft: site.Draft()})
}

func (s *Server) saveSite(r *request) error {
	var d domain.SiteDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	was, err := r.editedSite()
	if err != nil {
		return err
	}
	version, err := (listForm{Version: d.Version}).number()
	if err != nil {
		return err
	}
	v := views.SiteForm{Site: was, Draft: d}
	site, err := s.store.SaveSite(r.ctx(), r.by, was.ID, version, d)
	switch {
	case err == nil:
	case errors.As(err, &v.Problems):
		return s.showSiteForm(r, http.StatusUnprocessableEntity, v)
	case errors.Is(err, domain.ErrStale):
		v.Stale, v.Draft.Version = true, strconv.Itoa(was.Version)
		return s.showSiteForm(r, http.StatusConflict, v)
	default:
		return err
	}
	return s.done(r, r.account("/sites/"+site.ID), views.Flash{Title: views.T(r.ctx(), "sites.saved", "Name", site.Name)})
}

func (s *Server) newSiteRemoval(r *request) error {
	site, err := r.editedSite()
	if err != nil {
		return err
	}
	_, _, err = site.Remove(r.by, s.store.Now()) // only to say why not
	return s.showSiteRemoval(r, http.StatusOK, site, err)
}

func (s *Server) showSiteRemoval(r *request, status int, site domain.Site, why error) error {
	v := views.SiteForm{Site: site, Base: r.account(""), Draft: site.Draft()}
	if why != nil {
		v.Why = whyNot(r.ctx(), why)
	}
	title := views.T(r.ctx(), "sites.remove-title", "Name", site.Name)
	return s.show(r, status, views.SiteRemovalPage(r.page(title, r.siteCrumbs(site.ID, title)...), v))
}

func (s *Server) removeSite(r *request) error {
	var form listForm
	if err := r.bind(&form); err != nil {
		return err
	}
	site, err := r.editedSite()
	if err != nil {
		return err
	}
	version, err := form.number()
	if err != nil {
		return err
	}
	if _, err := s.store.RemoveSite(r.ctx(), r.by, site.ID, version); err != nil {
		var refusal *domain.Refusal
		if errors.As(err, &refusal) {
			return s.showSiteRemoval(r, s.denied(r, err), site, err)
		}
		return err
	}
	return s.done(r, r.account("/sites"), views.Flash{Title: views.T(r.ctx(), "sites.removed", "Name", site.Name)})
}
