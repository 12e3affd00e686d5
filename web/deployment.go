package web

import (
	"errors"
	"net/http"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// justAdded is how many of the newest devices the Deployment Tool shows.
const justAdded = 3

// deploymentTool is the section of the site's dashboard, empty for a new device.
func (r *request) deploymentTool(site domain.Site, groups []domain.Group) (views.DeploymentTool, error) {
	v := views.DeploymentTool{Site: site, Base: r.account("/sites/" + site.ID), Draft: domain.DeviceDraft{Kind: string(domain.KindSensor)}}
	for _, g := range groups {
		if r.by.CanAt(domain.Deploy, g.Node()) {
			v.Groups = append(v.Groups, g)
		}
	}
	page, err := r.server.store.Devices(r.ctx(), r.by, site.ID, store.DeviceQuery{Paging: store.Paging{Sort: "-added", Limit: justAdded}})
	v.Added = page.Rows
	return v, err
}

// toolAt is the tool of the site in the address.
func (r *request) toolAt() (views.DeploymentTool, error) {
	site, err := r.deploySite()
	if err != nil {
		return views.DeploymentTool{}, err
	}
	groups, err := r.server.store.Groups(r.ctx(), r.by, site.ID)
	if err != nil {
		return views.DeploymentTool{}, err
	}
	return r.deploymentTool(site, groups)
}

// newDevice is the form for one device, for who comes from an empty list.
func (s *Server) newDevice(r *request) error {
	v, err := r.toolAt()
	if err != nil {
		return err
	}
	return s.showDeploy(r, http.StatusOK, v)
}

func (s *Server) showDeploy(r *request, status int, v views.DeploymentTool) error {
	title := views.T(r.ctx(), "deployment.add-title", "Site", v.Site.Name)
	return s.show(r, status, views.DeployPage(r.page(title, r.siteCrumbs(v.Site.ID, title)...), v))
}

// createDevice registers one device.
func (s *Server) createDevice(r *request) error {
	var d domain.DeviceDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	v, err := r.toolAt()
	if err != nil {
		return err
	}
	v.Draft = d
	outcomes, err := s.store.RegisterDevices(r.ctx(), r.by, v.Site.ID, []domain.DeviceDraft{d})
	if err != nil {
		return err
	}
	var refusal *domain.Refusal
	switch err := outcomes[0].Err; {
	case err == nil:
	case errors.As(err, &v.Problems):
		return s.showDeploy(r, http.StatusUnprocessableEntity, v)
	case errors.As(err, &refusal):
		v.Why = views.RefusalText(r.ctx(), refusal)
		return s.showDeploy(r, s.denied(r, err), v)
	default:
		return err
	}
	return s.done(r, v.Base, views.Flash{Title: views.T(r.ctx(), "deployment.done", "Name", outcomes[0].Device.Name()), Text: views.T(r.ctx(), "deployment.waiting")})
}

// newBatch asks for several serial numbers at once.
func (s *Server) newBatch(r *request) error {
	v, err := r.toolAt()
	if err != nil {
		return err
	}
	return s.showBatch(r, http.StatusOK, v)
}

func (s *Server) showBatch(r *request, status int, v views.DeploymentTool) error {
	title := views.T(r.ctx(), "deployment.paste-title", "Site", v.Site.Name)
	return s.show(r, status, views.PastePage(r.page(title, r.siteCrumbs(v.Site.ID, title)...), v))
}

// createBatch registers the devices of several serial numbers; what became of each is told row by row.
func (s *Server) createBatch(r *request) error {
	var form struct {
		Serials string `form:"serials"`
	}
	var d domain.DeviceDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	if err := r.bind(&form); err != nil {
		return err
	}
	v, err := r.toolAt()
	if err != nil {
		return err
	}
	v.Draft, v.Serials = d, form.Serials
	drafts, err := domain.PasteSerials(form.Serials, d)
	if errors.As(err, &v.Problems) {
		return s.showBatch(r, http.StatusUnprocessableEntity, v)
	}
	outcomes, err := s.store.RegisterDevices(r.ctx(), r.by, v.Site.ID, drafts)
	if err != nil {
		return err
	}
	if problems := common(outcomes); problems != nil {
		v.Problems = problems
		return s.showBatch(r, http.StatusUnprocessableEntity, v)
	}
	var done, not []views.OutcomeRow
	for _, o := range outcomes {
		if o.Err != nil {
			not = append(not, views.BulkNot(o.Device.Serial, "", whyNot(r.ctx(), o.Err)))
			continue
		}
		done = append(done, views.BulkDone(o.Device.Name(), "", views.T(r.ctx(), "devices.act.batches.registered")))
	}
	return s.keepDevices(r, v.Site, "", views.T(r.ctx(), "devices.act.batches.done", "Count", len(done)), done, not)
}

// common are the problems of what holds for all rows: the kind, the group, the partitions. They belong to their fields
// and not to every row.
func common(outcomes []store.DeviceOutcome) domain.Problems {
	for _, o := range outcomes {
		var problems domain.Problems
		if !errors.As(o.Err, &problems) {
			continue
		}
		shared := domain.Problems{}
		for _, field := range []string{"kind", "group", "partitions", "label"} {
			if p, ok := problems[field]; ok {
				shared[field] = p
			}
		}
		if len(shared) > 0 {
			return shared
		}
	}
	return nil
}
