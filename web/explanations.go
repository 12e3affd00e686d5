package web

import (
	"errors"
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
	m, err := s.store.User(r.ctx(), r.by, r.Param("user"))
	if err != nil {
		return err
	}
	list := r.listBehind(r.QueryParam("list"))
	x, err := r.explainNodes(m, r.account(userList.path), list)
	if err != nil {
		return err
	}
	return s.showAccess(r, http.StatusOK, views.UserDetail{User: m, Draft: m.Access(r.by.User.Zone()), List: list, Explain: x})
}

// explainGuest is explainUser for a guest.
func (s *Server) explainGuest(r *request) error {
	m, err := s.store.Guest(r.ctx(), r.by, r.Param("guest"))
	if err != nil {
		return err
	}
	x, err := r.explainNodes(m, r.account(guestList.path), "")
	if err != nil {
		return err
	}
	return s.showGuestDetail(r, views.GuestDetail{Guest: m, Explain: x})
}

// explainNodes answers the question of a person's page: about the node that is chosen, or the only one of that name.
func (r *request) explainNodes(m domain.Membership, base, list string) (x views.Explain, err error) {
	x.Asked = true
	if x.Typed, err = r.query("q"); err != nil {
		return x, err
	}
	chosen, err := r.query("node")
	if err != nil {
		return x, err
	}
	var found []store.NodeName
	if node, ok := domain.ParseNode(r.by.Account.ID, chosen); ok {
		found, err = r.server.store.NodeNames(r.ctx(), r.by, []domain.Node{node})
	} else if x.Typed != "" {
		found, err = r.server.store.FindNodes(r.ctx(), r.by, x.Typed, store.ToDevices, mostFound+1)
	}
	if err != nil {
		return x, err
	}
	if len(found) == 1 {
		x.Answer, err = r.explain(m, found[0])
		return x, err
	}
	x.More = len(found) > mostFound
	for _, n := range found[:min(len(found), mostFound)] {
		q := url.Values{"q": {x.Typed}, "node": {n.Node.Path()}, "list": {list}}
		x.Found = append(x.Found, views.Hit{Label: n.Name, Note: n.Within, Href: base + "/" + m.ID + "/access?" + q.Encode()})
	}
	return x, nil
}

// explainDevice shows a device's page with what somebody may do at it, and whence: the person who is chosen, or the only
// one of that name; or with everybody who reaches it.
func (s *Server) explainDevice(r *request) error {
	d, err := s.store.Device(r.ctx(), r.by, r.Param("device"))
	if err != nil {
		return err
	}
	everybody, err := r.query("everybody")
	if err != nil {
		return err
	}
	list := r.QueryParam("list")
	var x views.Explain
	if everybody != "" {
		x, err = r.explainReachers(d, list)
	} else {
		x, err = r.explainPeople(d, list)
	}
	if err != nil {
		return err
	}
	return s.showDeviceDetail(r, http.StatusOK, views.DeviceDetail{Device: d, Draft: d.Labels(), List: list, Explain: x})
}

// explainPeople answers the question of a device's page about one person.
func (r *request) explainPeople(d domain.Device, list string) (x views.Explain, err error) {
	x.Asked = true
	if x.Typed, err = r.query("q"); err != nil {
		return x, err
	}
	var found []domain.Membership
	if id := r.QueryParam("user"); id != "" {
		m, err := r.personOrGuest(id)
		if err != nil {
			return x, err
		}
		found = []domain.Membership{m}
	} else if x.Typed != "" {
		if found, err = r.peopleAndGuests(store.Query{Search: x.Typed, Paging: store.Paging{Limit: mostFound + 1}}); err != nil {
			return x, err
		}
	}
	if len(found) == 1 {
		x.Answer, err = r.explain(found[0], store.NodeName{Node: d.Node(), Name: d.Name()})
		return x, err
	}
	x.More = len(found) > mostFound
	for _, m := range found[:min(len(found), mostFound)] {
		q := url.Values{"q": {x.Typed}, "user": {m.ID}, "list": {list}}
		x.Found = append(x.Found, views.Hit{Label: m.Name(), Note: m.Email, Href: r.account("/devices/"+d.ID) + "/access?" + q.Encode()})
	}
	return x, nil
}

// personOrGuest finds somebody of the account, or a guest of it for whom may view those.
func (r *request) personOrGuest(id string) (domain.Membership, error) {
	m, err := r.server.store.User(r.ctx(), r.by, id)
	if errors.Is(err, domain.ErrNotFound) && r.by.Can(domain.ViewGuests) {
		return r.server.store.Guest(r.ctx(), r.by, id)
	}
	return m, err
}

// peopleAndGuests finds people of the account and, for whom may view those, guests of it.
func (r *request) peopleAndGuests(q store.Query) ([]domain.Membership, error) {
	people, err := r.server.store.Users(r.ctx(), r.by, q)
	if err != nil || !r.by.Can(domain.ViewGuests) {
		return people.Rows, err
	}
	guests, err := r.server.store.Guests(r.ctx(), r.by, q)
	return append(people.Rows, guests.Rows...), err
}

// explainReachers lists everybody who reaches the device, a page at a time.
func (r *request) explainReachers(d domain.Device, list string) (x views.Explain, err error) {
	after, err := r.query("after")
	if err != nil {
		return x, err
	}
	found, next, err := r.server.store.Reachers(r.ctx(), r.by, d.Node(), after)
	if err != nil {
		return x, err
	}
	x.Asked = true
	x.Everybody = &views.Reachers{Where: d.Name(), Further: after != ""}
	here := r.account("/devices/" + d.ID + "/access?")
	for _, v := range found {
		q := url.Values{"user": {v.Membership.ID}, "list": {list}}
		x.Everybody.Rows = append(x.Everybody.Rows, views.ReacherRow{Membership: v.Membership, Explanation: v.Explanation, Role: r.by.Account.RoleOf(v.Membership.Role), Href: here + q.Encode()})
	}
	if next != "" {
		x.Everybody.Next = here + url.Values{"everybody": {"1"}, "after": {next}, "list": {list}}.Encode()
	}
	return x, nil
}

// explain puts together what one person may do at one node.
func (r *request) explain(m domain.Membership, at store.NodeName) (*views.Explained, error) {
	st, account := r.server.store, r.by.Account
	e, err := st.ExplainAccess(r.ctx(), r.by, m, at.Node)
	if err != nil {
		return nil, err
	}
	x := &views.Explained{Explanation: e, Kind: m.Kind, Who: m.Name(), Where: at.Name, Role: account.RoleOf(m.Role), Names: map[domain.Node]string{}}
	if x.GivenBy, x.GivenAt, err = st.RoleGiven(r.ctx(), r.by, m); err != nil {
		return nil, err
	}
	var outer []domain.Node
	for _, n := range append([]domain.Node{e.Through}, nodesOf(e.Grants)...) {
		if n != (domain.Node{}) && n != at.Node && n != (domain.Node{Account: account.ID}) {
			outer = append(outer, n)
		}
	}
	names, err := st.NodeNames(r.ctx(), r.by, outer)
	for _, n := range names {
		x.Names[n.Node] = n.Name
	}
	return x, err
}

func nodesOf(grants []domain.Grant) (out []domain.Node) {
	for _, g := range grants {
		out = append(out, g.Node)
	}
	return out
}
