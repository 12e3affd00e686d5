package web

import (
	"net/http"
	"net/url"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// mostFound is how many hits the search of an explanation lists.
const mostFound = 8

// explainUser shows a person's page with what they may do at a node of the tree, and whence: the node that is chosen, or
// the only one of that name.
func (s *Server) explainUser(r *request) error {
	if !r.by.Can(domain.ViewDevices) {
		return domain.ErrForbidden
	}
	m, err := s.store.User(r.ctx(), r.by, r.Param("user"))
	if err != nil {
		return err
	}
	typed, err := r.query("q")
	if err != nil {
		return err
	}
	chosen, err := r.query("node")
	if err != nil {
		return err
	}
	x := views.Explain{Asked: true, Typed: typed}
	var found []store.NodeName
	if node, ok := domain.ParseNode(r.by.Account.ID, chosen); ok {
		found, err = s.store.NodeNames(r.ctx(), r.by, []domain.Node{node})
	} else if typed != "" {
		found, err = s.store.FindNodes(r.ctx(), r.by, typed, store.ToDevices, mostFound+1)
	}
	if err != nil {
		return err
	}
	list := r.listBehind(r.QueryParam("list"))
	if len(found) == 1 {
		if x.Answer, err = r.explain(m, found[0]); err != nil {
			return err
		}
	} else {
		x.More = len(found) > mostFound
		for _, n := range found[:min(len(found), mostFound)] {
			q := url.Values{"q": {typed}, "node": {n.Node.Path()}, "list": {list}}
			x.Found = append(x.Found, views.Hit{Label: n.Name, Note: n.Within, Href: r.account(userList.path) + "/" + m.ID + "/access?" + q.Encode()})
		}
	}
	return s.showAccess(r, http.StatusOK, views.UserDetail{User: m, Draft: m.Access(r.by.User.Zone()), List: list, Explain: x})
}

// explainDevice shows a device's page with what somebody may do at it, and whence: the person who is chosen, or the only
// one of that name.
func (s *Server) explainDevice(r *request) error {
	d, err := s.store.Device(r.ctx(), r.by, r.Param("device"))
	if err != nil {
		return err
	}
	typed, err := r.query("q")
	if err != nil {
		return err
	}
	x := views.Explain{Asked: true, Typed: typed}
	var found []domain.Membership
	if id := r.QueryParam("user"); id != "" {
		m, err := s.store.User(r.ctx(), r.by, id)
		if err != nil {
			return err
		}
		found = []domain.Membership{m}
	} else if typed != "" {
		page, err := s.store.Users(r.ctx(), r.by, store.Query{Search: typed, Paging: store.Paging{Limit: mostFound + 1}})
		if err != nil {
			return err
		}
		found = page.Rows
	}
	list := r.QueryParam("list")
	if len(found) == 1 {
		if x.Answer, err = r.explain(found[0], store.NodeName{Node: d.Node(), Name: d.Name()}); err != nil {
			return err
		}
	} else {
		x.More = len(found) > mostFound
		for _, m := range found[:min(len(found), mostFound)] {
			q := url.Values{"q": {typed}, "user": {m.ID}, "list": {list}}
			x.Found = append(x.Found, views.Hit{Label: m.Name(), Note: m.Email, Href: r.account("/devices/"+d.ID) + "/access?" + q.Encode()})
		}
	}
	return s.showDeviceDetail(r, http.StatusOK, views.DeviceDetail{Device: d, Draft: d.Labels(), List: list, Explain: x})
}

// explain puts together what one person may do at one node.
func (r *request) explain(m domain.Membership, at store.NodeName) (*views.Explained, error) {
	account := r.by.Account
	x := &views.Explained{
		Explanation: account.Explain(m, at.Node, r.server.store.Now()), Who: m.Name(), Where: at.Name, Role: account.RoleOf(m.Role),
	}
	var err error
	if x.GivenBy, x.GivenAt, err = r.server.store.RoleGiven(r.ctx(), r.by, m); err != nil {
		return nil, err
	}
	through := x.Through
	if through == (domain.Node{}) || through == at.Node || through == (domain.Node{Account: account.ID}) {
		return x, nil
	}
	names, err := r.server.store.NodeNames(r.ctx(), r.by, []domain.Node{through})
	if len(names) == 1 {
		x.ThroughName = names[0].Name
	}
	return x, err
}
