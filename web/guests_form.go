package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// everyNode is up to how many places, or devices, a page lists, which must do without looking for more.
const everyNode = 500

// guestStep are the fields of the form beside the draft: where it was opened, and how far it is.
type guestStep struct {
	From      string `form:"from"`
	List      string `form:"list"`
	Asked     string `form:"asked"`     // "1": another role was chosen
	Confirmed string `form:"confirmed"` // "1": the warning was answered
	Again     string `form:"again"`     // "1": it was not, back to the form
}

func (o guestStep) back(r *request, id string) string {
	if id == "" {
		return guestList.query(r, choice{List: o.List}).URL()
	}
	return guestList.behind(r, choice{List: o.List, From: o.From, IDs: []string{id}})
}

// target is what the answer to the form replaces.
func (o guestStep) target() string {
	switch o.From {
	case fromDrawer:
		return drawer
	case fromPage:
		return ""
	}
	return guestList.id
}

// newGuest is the window in which somebody of another company is let in (E5 to E11).
func (s *Server) newGuest(r *request) error {
	d := domain.GuestDraft{}
	var o guestStep
	if err := errors.Join(r.bindQuery(&d), r.bindQuery(&o)); err != nil {
		return err
	}
	if o.Asked == "" {
		d = domain.GuestDraft{Active: "on", Workspace: string(domain.GroupsAndDevices), Places: []string{domain.WholeAccount}}
		if roles := r.by.GuestRoles(); len(roles) == 1 {
			d.Role = string(roles[0].ID)
		}
	}
	d.May = r.allowedNames(d.Role)
	return s.showGuestForm(r, http.StatusOK, views.GuestForm{Draft: d}, o)
}

// allowedNames are the privileges of a role, all ticked: they can be reduced.
func (r *request) allowedNames(role string) []string {
	var out []string
	for _, p := range r.by.GuestPrivileges(domain.RoleID(role)) {
		out = append(out, p.String())
	}
	return out
}

// editGuest is the same form with what the guest has.
func (s *Server) editGuest(r *request) error {
	var d domain.GuestDraft
	var o guestStep
	if err := errors.Join(r.bindQuery(&d), r.bindQuery(&o)); err != nil {
		return err
	}
	m, err := s.store.Guest(r.ctx(), r.by, r.Param("guest"))
	if err != nil {
		return err
	}
	if err := r.by.MayTouch(m); err != nil {
		return err
	}
	if o.Asked == "" {
		d = m.GuestDraft(r.by.User.Zone())
	} else {
		d.May = r.allowedNames(d.Role)
	}
	return s.showGuestForm(r, http.StatusOK, views.GuestForm{Draft: d, Was: &m}, o)
}

func (s *Server) showGuestForm(r *request, status int, f views.GuestForm, o guestStep) error {
	f.By, f.Base, f.Target = r.by, r.account(guestList.path), o.target()
	f.Hidden = []views.Hidden{{Name: "from", Value: o.From}, {Name: "list", Value: o.List}}
	title, id := views.T(r.ctx(), "guests.form.title"), ""
	if f.Was != nil {
		title, id = views.T(r.ctx(), "guests.form.edit-title", "Name", f.Was.Name()), f.Was.ID
	}
	f.Back = o.back(r, id)
	if err := r.guestNodes(&f); err != nil {
		return err
	}
	return s.show(r, status, views.GuestFormPage(r.guestFrame(title), f))
}

// guestNodes fills the lists of the form: the first nodes there are, what is chosen before them, and where to look for more.
func (r *request) guestNodes(f *views.GuestForm) error {
	most := everyNode
	if r.fragment() != "" {
		most = pickedSites
	}
	if r.by.Can(domain.ViewSites) {
		f.FindPlaces = r.account("/settings/nodes?down=group&name=place&whole=1")
		f.FindDevices = r.account("/settings/nodes?down=only-device&name=device")
		f.FindGroups = r.account(guestList.path + "/groups")
	}
	var err error
	if f.Places, err = r.nodes("", store.ToGroups, f.Draft.Places, most); err != nil {
		return err
	}
	f.Places = r.withEverything(f.Places, f.Draft.Places)
	if f.Groups, err = r.guestGroups("", f.Draft, most); err != nil {
		return err
	}
	f.Devices, err = r.nodes("", store.OnlyDevices, f.Draft.Devices, most)
	return err
}

// guestGroups are the rows of the table of groups: those with a tick first.
func (r *request) guestGroups(typed string, d domain.GuestDraft, most int) ([]views.PickNode, error) {
	d.Workspace = string(domain.Groups)
	return r.nodes(typed, store.ToGroups, d.Nodes(), most)
}

// findGuestGroups answers the search above that table. Whoever asks for it as a page gets the list of guests.
func (s *Server) findGuestGroups(r *request) error {
	var d domain.GuestDraft
	if err := r.bindQuery(&d); err != nil {
		return err
	}
	typed, err := r.query("group")
	if err != nil {
		return err
	}
	if r.fragment() == "" {
		return r.goTo(r.account(guestList.path))
	}
	f := views.GuestForm{By: r.by, Draft: d}
	if f.Groups, err = r.guestGroups(typed, d, pickedSites); err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.GuestMatrix(f))
}

// createGuest invites a guest: first the warning, then the invitation (E12).
func (s *Server) createGuest(r *request) error { return s.saveGuestForm(r, nil) }

// saveGuest changes a guest. One who has not accepted is invited anew, after the same warning.
func (s *Server) saveGuest(r *request) error {
	m, err := s.store.Guest(r.ctx(), r.by, r.Param("guest"))
	if err != nil {
		return err
	}
	return s.saveGuestForm(r, &m)
}

func (s *Server) saveGuestForm(r *request, was *domain.Membership) error {
	var d domain.GuestDraft
	var o guestStep
	if err := errors.Join(r.bind(&d), r.bind(&o)); err != nil {
		return err
	}
	id := ""
	if was != nil {
		id, d.Email = was.ID, was.Email
	}
	f := views.GuestForm{Draft: d, Was: was}
	if o.Again == "1" {
		return s.showGuestForm(r, http.StatusOK, f, o)
	}
	sends := was == nil || was.AcceptedAt.IsZero()
	var m domain.Membership
	_, err := s.store.ReadGuest(r.ctx(), r.by, d)
	switch {
	case err != nil:
	case sends && o.Confirmed != "1":
		return s.warnGuest(r, d, was, o)
	case was == nil:
		m, err = s.store.InviteGuest(r.ctx(), r.by, d)
	default:
		m, err = s.store.SaveGuest(r.ctx(), r.by, id, d)
	}
	var refusal *domain.Refusal
	var loss *domain.Unconfirmed
	status := r.refusedOffer(err, &f.Problems, &f.Wait)
	switch {
	case err == nil:
	case status != 0:
		return s.showGuestForm(r, status, f, o)
	case errors.As(err, &loss):
		f.Lost = loss.Loss
		if f.Names, err = r.lostNames(f.Lost); err != nil {
			return err
		}
		return s.showGuestForm(r, http.StatusUnprocessableEntity, f, o)
	case errors.As(err, &refusal) && refusal.Code == "guest_same":
		return s.done(r, o.back(r, id), views.Flash{Title: views.T(r.ctx(), "guests.flash-same", "Name", was.Name())})
	case errors.Is(err, domain.ErrStale) && !errors.As(err, &refusal) && was != nil:
		f.Stale, f.Draft.Version = true, was.GuestDraft(r.by.User.Zone()).Version
		return s.showGuestForm(r, http.StatusConflict, f, o)
	default:
		return err
	}
	flash := views.Flash{Title: views.T(r.ctx(), "guests.flash-saved", "Name", m.Name())}
	if sends {
		flash = views.Flash{Title: views.T(r.ctx(), "guests.flash-sent", "Name", m.Name()), Text: views.T(r.ctx(), "invites.flash-until", "When", views.DateTime(r.ctx(), m.ExpiresAt))}
		if !s.config.Mailed {
			flash.Text = views.T(r.ctx(), "guests.flash-unmailed")
		}
	}
	return s.done(r, o.back(r, id), flash)
}

// lostNames are the names of the nodes of a loss.
func (r *request) lostNames(l domain.Loss) (map[domain.Node]string, error) {
	nodes := slices.Clone(l.Nodes)
	for _, g := range l.Less {
		nodes = append(nodes, g.Node)
	}
	named, err := r.server.store.NodeNames(r.ctx(), r.by, nodes)
	names := map[domain.Node]string{}
	for _, n := range named {
		names[n.Node] = n.Name
	}
	return names, err
}

// warnGuest is the warning that an invitation is about to go to that address. It carries what was typed.
func (s *Server) warnGuest(r *request, d domain.GuestDraft, was *domain.Membership, o guestStep) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	w := views.GuestWarning{Email: strings.TrimSpace(d.Email), Action: r.account(guestList.path), Target: o.target(), Mailed: s.config.Mailed, Hidden: hiddenFields(form)}
	if was != nil {
		w.Action += "/" + was.ID
	}
	w.Hidden = append(w.Hidden, views.Hidden{Name: "confirmed", Value: "1"})
	in, err := s.store.ReadGuest(r.ctx(), r.by, d)
	if err != nil {
		return err
	}
	after := domain.Membership{Kind: domain.KindGuest, AccountID: r.by.Account.ID, Grants: in.Grants, Scope: in.Scope}
	places, err := s.store.GuestPlaces(r.ctx(), after)
	if err != nil {
		return err
	}
	w.Facts = views.GuestFacts(r.ctx(), r.by.Account, in.Role, in.Workspace, places, after.May(), in.EndsAt)
	return s.show(r, http.StatusOK, views.GuestWarningPage(r.guestFrame(views.T(r.ctx(), "guests.form.title")), w))
}

// hiddenFields carries a form on to the next one.
func hiddenFields(form url.Values) []views.Hidden {
	var out []views.Hidden
	for _, name := range []string{"email", "company", "role", "active", "ends_on", "workspace", "may", "place", "device", "cell", "version", "from", "list"} {
		for _, v := range slices.Compact(slices.Clone(form[name])) {
			out = append(out, views.Hidden{Name: name, Value: v})
		}
	}
	return out
}
