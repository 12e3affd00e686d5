package web

import (
	"errors"
	"net/http"
	"strconv"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// listGroups lists the groups of a site.
func (s *Server) listGroups(r *request) error {
	site, err := s.store.Site(r.ctx(), r.by, r.Param("site"))
	if err != nil {
		return err
	}
	v := views.GroupList{Site: site, Base: r.account("/sites/" + site.ID), Edit: r.by.CanAt(domain.ConfigureDevices, site.Node())}
	groups, err := s.store.Groups(r.ctx(), r.by, site.ID)
	if err != nil {
		return err
	}
	for _, g := range groups {
		v.Groups = append(v.Groups, views.GroupLine{Group: g, Edit: r.by.CanAt(domain.ConfigureDevices, g.Node())})
	}
	title := views.T(r.ctx(), "groups.title")
	return s.show(r, http.StatusOK, views.GroupsPage(r.page(title+" · "+site.Name, r.siteCrumbs(site.ID, title)...), v))
}

// configureSite is the site of the address, for somebody who may make groups there.
func (r *request) configureSite() (domain.Site, error) {
	site, err := r.server.store.Site(r.ctx(), r.by, r.Param("site"))
	if err == nil && !r.by.CanAt(domain.ConfigureDevices, site.Node()) {
		err = domain.ErrForbidden
	}
	return site, err
}

func (s *Server) newGroup(r *request) error {
	site, err := r.configureSite()
	if err != nil {
		return err
	}
	return s.showGroupForm(r, http.StatusOK, views.GroupForm{Site: site})
}

func (s *Server) showGroupForm(r *request, status int, v views.GroupForm) error {
	v.Base = r.account("/sites/" + v.Site.ID)
	title := views.T(r.ctx(), "groups.new-title", "Site", v.Site.Name)
	if v.Group.ID != "" {
		title = views.T(r.ctx(), "groups.rename-title", "Name", v.Group.Name)
	}
	return s.show(r, status, views.GroupFormPage(r.page(title, r.siteCrumbs(v.Site.ID, title)...), v))
}

// refusedGroup says why a form of groups comes back: with its problems, or with a reason.
func (s *Server) refusedGroup(r *request, v views.GroupForm, err error) error {
	var refusal *domain.Refusal
	switch {
	case errors.As(err, &v.Problems):
		return s.showGroupForm(r, http.StatusUnprocessableEntity, v)
	case errors.As(err, &refusal):
		v.Why = views.RefusalText(r.ctx(), refusal)
		return s.showGroupForm(r, s.denied(r, err), v)
	case errors.Is(err, domain.ErrStale) && v.Group.ID != "":
		v.Stale, v.Draft.Version = true, strconv.Itoa(v.Group.Version)
		return s.showGroupForm(r, http.StatusConflict, v)
	}
	return err
}

func (s *Server) createGroup(r *request) error {
	var d domain.GroupDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	site, err := r.configureSite()
	if err != nil {
		return err
	}
	g, err := s.store.CreateGroup(r.ctx(), r.by, site.ID, d)
	if err != nil {
		return s.refusedGroup(r, views.GroupForm{Site: site, Draft: d}, err)
	}
	return s.done(r, r.account("/sites/"+site.ID+"/groups"), views.Flash{Title: views.T(r.ctx(), "groups.created", "Name", g.Name)})
}

// groupAt is the group of the address, in the site of the address, for somebody who may change it: a guest perhaps that one
// alone.
func (r *request) groupAt() (domain.Site, domain.Group, error) {
	site, err := r.server.store.Site(r.ctx(), r.by, r.Param("site"))
	if err != nil {
		return site, domain.Group{}, err
	}
	g, err := r.server.store.Group(r.ctx(), r.by, r.Param("group"))
	switch {
	case err != nil:
	case g.SiteID != site.ID:
		err = domain.ErrNotFound
	case !r.by.CanAt(domain.ConfigureDevices, g.Node()):
		err = domain.ErrForbidden
	}
	return site, g, err
}

func (s *Server) editGroup(r *request) error {
	site, g, err := r.groupAt()
	if err != nil {
		return err
	}
	return s.showGroupForm(r, http.StatusOK, views.GroupForm{Site: site, Group: g, Draft: g.Draft()})
}

func (s *Server) saveGroup(r *request) error {
	var d domain.GroupDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	site, g, err := r.groupAt()
	if err != nil {
		return err
	}
	version, err := (listForm{Version: d.Version}).number()
	if err != nil {
		return err
	}
	after, err := s.store.RenameGroup(r.ctx(), r.by, g.ID, version, d)
	if err != nil {
		return s.refusedGroup(r, views.GroupForm{Site: site, Group: g, Draft: d}, err)
	}
	return s.done(r, r.account("/sites/"+site.ID+"/groups"), views.Flash{Title: views.T(r.ctx(), "groups.saved", "Name", after.Name)})
}

func (s *Server) newGroupRemoval(r *request) error {
	_, g, err := r.groupAt()
	if err != nil {
		return err
	}
	v := views.GroupRemoval{Group: g, Version: strconv.Itoa(g.Version)}
	if err := g.MayEmpty(r.by, store.MostChosen); err != nil {
		v.Why, v.Kept = whyNot(r.ctx(), err), true
	}
	return s.showGroupRemoval(r, http.StatusOK, v)
}

func (s *Server) showGroupRemoval(r *request, status int, v views.GroupRemoval) error {
	v.Base = r.account("/sites/" + v.Group.SiteID)
	var err error
	if v.Groups, err = s.store.Groups(r.ctx(), r.by, v.Group.SiteID); err != nil {
		return err
	}
	title := views.T(r.ctx(), "groups.remove-title", "Name", v.Group.Name)
	return s.show(r, status, views.GroupRemovalPage(r.page(title, r.siteCrumbs(v.Group.SiteID, title)...), v))
}

func (s *Server) removeGroup(r *request) error {
	var form struct {
		To      string `form:"to"`
		Version string `form:"version"`
	}
	if err := r.bind(&form); err != nil {
		return err
	}
	site, g, err := r.groupAt()
	if err != nil {
		return err
	}
	version, err := (listForm{Version: form.Version}).number()
	if err != nil {
		return err
	}
	v := views.GroupRemoval{Group: g, Version: form.Version, To: form.To}
	_, err = s.store.RemoveGroup(r.ctx(), r.by, g.ID, version, form.To)
	var refusal *domain.Refusal
	switch {
	case err == nil:
	case errors.As(err, &v.Problems):
		return s.showGroupRemoval(r, http.StatusUnprocessableEntity, v)
	case errors.As(err, &refusal):
		v.Why = views.RefusalText(r.ctx(), refusal)
		return s.showGroupRemoval(r, s.denied(r, err), v)
	case errors.Is(err, domain.ErrStale):
		v.Why, v.Version = views.T(r.ctx(), "groups.stale", "Name", g.Name), strconv.Itoa(g.Version)
		return s.showGroupRemoval(r, http.StatusConflict, v)
	default:
		return err
	}
	return s.done(r, r.account("/sites/"+site.ID+"/groups"), views.Flash{Title: views.T(r.ctx(), "groups.removed", "Name", g.Name)})
}
