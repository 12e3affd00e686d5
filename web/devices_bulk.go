package web

import (
	"errors"
	"net/http"
	"strconv"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// A deviceAct is one change that can be made to the chosen devices of a site: asked for the value it needs, if any,
// shown row by row, and only then made. It is act for another kind of row.
type deviceAct struct {
	noun        string
	destructive bool
	ask         bool // for a place
	run         func(*request, store.Chosen, domain.Node) ([]store.DeviceOutcome, error)
}

// A deviceChoice is what the forms about chosen devices send.
type deviceChoice struct {
	IDs     []string `form:"id"`
	All     string   `form:"all"`   // "1": all that match List, whatever IDs are
	List    string   `form:"list"`  // the query string of the list behind
	To      string   `form:"to"`    // where they go, as domain.Node.Path
	Given   string   `form:"given"` // "1": the place was asked for
	Version string   `form:"version"`
}

var (
	moveDevices = &deviceAct{
		noun: "moves", ask: true,
		run: func(r *request, chosen store.Chosen, to domain.Node) ([]store.DeviceOutcome, error) {
			return r.server.store.MoveDevices(r.ctx(), r.by, chosen, to.Site, to.Group)
		},
	}
	removeDevices = &deviceAct{
		noun: "removals", destructive: true,
		run: func(r *request, chosen store.Chosen, _ domain.Node) ([]store.DeviceOutcome, error) {
			return r.server.store.RemoveDevices(r.ctx(), r.by, chosen)
		},
	}
)

func (a *deviceAct) say(r *request, key string, kv ...any) string {
	return views.T(r.ctx(), "devices.act."+a.noun+"."+key, kv...)
}

// deviceSite is the site of the address, for somebody who may deploy at some place of it.
func (r *request) deploySite() (domain.Site, error) {
	site, err := r.server.store.Site(r.ctx(), r.by, r.Param("site"))
	if err == nil && !r.by.Reach(domain.Deploy).Touches(site.Node()) {
		err = domain.ErrForbidden
	}
	return site, err
}

// newDeviceAct is the dialog before the change.
func (s *Server) newDeviceAct(a *deviceAct) func(*request) error {
	return func(r *request) error {
		var c deviceChoice
		if err := r.bindQuery(&c); err != nil {
			return err
		}
		site, err := r.deploySite()
		if err != nil {
			return err
		}
		note := ""
		if c.All == chosenAll {
			var more bool
			if c.IDs, more, err = s.store.DeviceIDs(r.ctx(), r.by, site.ID, deviceQuery(r.deviceList(site.ID, c.List))); err != nil {
				return err
			}
			if more {
				note = views.T(r.ctx(), "bulk.capped", "Most", store.MostChosen)
			}
		}
		if len(c.IDs) > store.MostChosen {
			return badRequest("too many rows")
		}
		if len(c.IDs) == 0 {
			return s.noDevices(r, a, site, c)
		}
		if a.ask && c.To == "" {
			var problems domain.Problems
			if c.Given == chosenAll {
				problems = domain.Problems{"to": {Code: "choice"}}
			}
			return s.askPlace(r, a, site, c, problems)
		}
		return s.previewDevices(r, a, site, c, http.StatusOK, note)
	}
}

func (s *Server) noDevices(r *request, _ *deviceAct, site domain.Site, c deviceChoice) error {
	title := views.T(r.ctx(), "bulk.nothing-chosen")
	return s.show(r, http.StatusOK, views.BulkOutcome(r.page(title, r.siteCrumbs(site.ID, title)...), views.DialogProps{
		Title: title, Lead: views.T(r.ctx(), "bulk.nothing-chosen-text"), Safe: views.T(r.ctx(), "common.close"), Back: r.deviceList(site.ID, c.List).URL(),
	}, "", nil))
}

// hidden are the fields that carry the choice on to the next form.
func (c deviceChoice) hidden(place bool) []views.Hidden {
	var out []views.Hidden
	for _, id := range c.IDs {
		out = append(out, views.Hidden{Name: "id", Value: id})
	}
	out = append(out, views.Hidden{Name: "list", Value: c.List})
	if c.Version != "" {
		out = append(out, views.Hidden{Name: "version", Value: c.Version})
	}
	if place {
		out = append(out, views.Hidden{Name: "to", Value: c.To})
	}
	return out
}

// placePicker is the choice of where devices of a site can go: first in the site itself, then elsewhere. Where a script can
// look for more it lists the first sites only; a page, which must do without, lists them all.
func (r *request) placePicker(site domain.Site, chosen string) (views.PickerProps, error) {
	p := views.PickerProps{Name: "to", One: true}
	most := everySite
	if r.fragment() != "" {
		most = pickedSites
	}
	sites, more, err := r.server.store.Sites(r.ctx(), r.by, "", "", most)
	if err != nil {
		return p, err
	}
	if more != "" {
		p.Find = r.account("/settings/nodes?down=group&name=" + p.Name + "&one=1")
	}
	ordered := []domain.Site{site}
	for _, other := range sites {
		if other.ID != site.ID {
			ordered = append(ordered, other)
		}
	}
	groups, err := r.server.store.GroupsIn(r.ctx(), r.by, ordered)
	if err != nil {
		return p, err
	}
	add := func(at domain.Node, label string) {
		if r.by.CanAt(domain.Deploy, at) {
			p.Nodes = append(p.Nodes, views.PickNode{Value: at.Path(), Label: label, Chosen: at.Path() == chosen})
		}
	}
	for _, v := range ordered {
		add(v.Node(), v.Name+" · "+views.T(r.ctx(), "devices.no-group"))
		for _, g := range groups[v.ID] {
			add(g.Node(), v.Name+" · "+g.Name)
		}
	}
	if chosen == "" && len(p.Nodes) > 0 {
		p.Nodes[0].Chosen = true // one of them it will be
	}
	return p, nil
}

// askPlace asks where the devices go.
func (s *Server) askPlace(r *request, a *deviceAct, site domain.Site, c deviceChoice, problems domain.Problems) error {
	rows, err := s.store.ChosenDevices(r.ctx(), r.by, c.IDs)
	if err != nil {
		return err
	}
	title := a.say(r, "ask", "Count", len(rows))
	if len(rows) == 1 {
		title = a.say(r, "ask-one", "Name", rows[0].Name())
	}
	picker, err := r.placePicker(site, c.To)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	d := views.DialogProps{
		Title: title, Size: views.DialogLarge, Safe: views.T(r.ctx(), "bulk.cancel"), Back: r.deviceList(site.ID, c.List).URL(), Verb: views.T(r.ctx(), "bulk.next"),
		Form: views.FormProps{
			Get: true, Action: r.account("/sites/"+site.ID) + "/devices/" + a.noun + "/new", Target: dialog,
			Hidden: append(c.hidden(false), views.Hidden{Name: "given", Value: chosenAll}),
		},
	}
	picker.Label, picker.Search, picker.Error = a.say(r, "field"), a.say(r, "search"), views.ProblemText(r.ctx(), problems, "to")
	return s.show(r, status, withField(views.BulkChoice(r.page(title, r.siteCrumbs(site.ID, title)...), d), views.Picker(picker)))
}

// target reads the place that was chosen. One that the actor does not reach is not there.
func (a *deviceAct) target(r *request, c deviceChoice) (domain.Node, error) {
	if !a.ask {
		return domain.Node{}, nil
	}
	n, ok := domain.ParseNode(r.by.Account.ID, c.To)
	if !ok || n.Site == "" || n.Device != "" {
		return n, domain.ErrNotFound
	}
	return n, nil
}

// previewDevices shows what would become of each chosen device, and asks.
func (s *Server) previewDevices(r *request, a *deviceAct, site domain.Site, c deviceChoice, status int, note string) error {
	to, err := a.target(r, c)
	if err != nil {
		return err
	}
	outcomes, err := a.run(r, store.Chosen{IDs: c.IDs, Preview: true}, to)
	if err != nil {
		return err
	}
	will, not, err := a.tell(r, outcomes, views.FromTo)
	if err != nil {
		return err
	}
	ctx, back := r.ctx(), r.deviceList(site.ID, c.List).URL()
	d := views.DialogProps{Title: views.T(ctx, "bulk.nothing-to-do"), Lead: views.T(ctx, "bulk.nothing-to-do-text"), Size: views.DialogLarge, Safe: views.T(ctx, "common.close"), Back: back}
	single := len(outcomes) == 1
	switch {
	case single && len(will) == 0:
		d.Title, d.Lead = a.say(r, "cannot-one", "Name", outcomes[0].Before.Name()), ""
	case single:
		d.Title, d.Lead = a.say(r, "title-one", "Name", outcomes[0].Before.Name()), a.say(r, "lead")
		d.Safe, d.Verb = views.T(ctx, "bulk.cancel"), views.T(ctx, "bulk.confirm")
		c.Version = strconv.Itoa(outcomes[0].Before.Version)
	case len(will) > 0:
		d.Title, d.Lead = a.say(r, "title", "Count", len(will)), a.say(r, "lead")
		if len(not) > 0 {
			d.Title = a.say(r, "title-some", "Count", len(will), "Total", len(outcomes))
		}
		d.Safe, d.Verb = views.T(ctx, "bulk.answer-no"), views.T(ctx, "bulk.yes")
	}
	if d.Verb != "" {
		d.Destructive, d.Confirm = a.destructive, true
		d.Form = views.FormProps{Action: r.account("/sites/"+site.ID) + "/devices/" + a.noun, Target: dialog, Hidden: c.hidden(a.ask)}
		if single {
			d.Form.Target = views.DeviceTable
		}
	}
	groups := []views.BulkGroup{bulkGroup("", will), bulkGroup("", not)}
	if !single {
		groups[0].Title, groups[1].Title = a.say(r, "will", "Total", len(will)), a.say(r, "cannot", "Total", len(not))
	}
	return s.show(r, status, views.BulkOutcome(r.page(d.Title, r.siteCrumbs(site.ID, d.Title)...), d, note, groups))
}

// tell puts the outcomes into words: those that could be done, and those that could not, and why.
func (a *deviceAct) tell(r *request, outcomes []store.DeviceOutcome, words func(was, now string) string) (done, not []views.OutcomeRow, err error) {
	var of []domain.Device
	for _, o := range outcomes {
		of = append(of, o.Before, o.Device)
	}
	places, err := r.server.store.PlaceNames(r.ctx(), r.by, of)
	if err != nil {
		return nil, nil, err
	}
	place := func(d domain.Device) string {
		n := d.Node()
		n.Device = ""
		return places[n]
	}
	for _, o := range outcomes {
		if o.Err != nil {
			not = append(not, views.BulkNot(o.Before.Name(), o.Before.Serial, whyNot(r.ctx(), o.Err)))
			continue
		}
		word := place(o.Before)
		if a.ask {
			word = words(word, place(o.Device))
		}
		done = append(done, views.BulkDone(o.Device.Name(), o.Device.Serial, word))
	}
	return done, not, nil
}

// doDeviceAct makes the change.
func (s *Server) doDeviceAct(a *deviceAct) func(*request) error {
	return func(r *request) error {
		var c deviceChoice
		if err := r.bind(&c); err != nil {
			return err
		}
		site, err := r.deploySite()
		if err != nil {
			return err
		}
		if len(c.IDs) == 0 {
			return s.noDevices(r, a, site, c)
		}
		to, err := a.target(r, c)
		if err != nil {
			return err
		}
		chosen := store.Chosen{IDs: c.IDs}
		if c.Version != "" {
			if chosen.Version, err = (listForm{Version: c.Version}).number(); err != nil {
				return err
			}
		}
		outcomes, err := a.run(r, chosen, to)
		switch {
		case errors.Is(err, domain.ErrStale) && chosen.Version != 0:
			return s.previewDevices(r, a, site, c, http.StatusConflict, views.T(r.ctx(), "bulk.moved"))
		case err != nil:
			return err
		}
		if len(outcomes) == 1 {
			if err := outcomes[0].Err; err != nil {
				return s.previewDevices(r, a, site, c, s.denied(r, err), "")
			}
			return s.done(r, r.deviceList(site.ID, c.List).URL(), views.Flash{Title: a.say(r, "done-one", "Name", outcomes[0].Device.Name())})
		}
		done, not, err := a.tell(r, outcomes, func(_, now string) string { return now })
		if err != nil {
			return err
		}
		return s.keepDevices(r, site, c.List, a.say(r, "done", "Count", len(done)), done, not)
	}
}

// keepDevices keeps the result of a change of several devices for the dialog that tells it.
func (s *Server) keepDevices(r *request, site domain.Site, list, title string, done, not []views.OutcomeRow) error {
	all := bulkGroup("", append(not, done...))
	at := r.account("/sites/" + site.ID)
	r.session.Values[outcomeValue] = outcome{
		List: at, Back: r.deviceList(site.ID, list).URL(), Some: len(not) > 0, Rows: all.Rows, More: all.More,
		Title: views.BulkTotal(r.ctx(), title, len(done), len(not)),
	}
	if err := r.session.Save(r.Request(), r.Response()); err != nil {
		return ended(err)
	}
	return r.goTo(at + "/devices/outcome")
}

// showDevicesOutcome tells the result of a change of several devices, once.
func (s *Server) showDevicesOutcome(r *request) error {
	site, err := s.store.Site(r.ctx(), r.by, r.Param("site"))
	if err != nil {
		return err
	}
	return s.tellOutcome(r, r.account("/sites/"+site.ID), func(title string) []views.Crumb { return r.siteCrumbs(site.ID, title) })
}
