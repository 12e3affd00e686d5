package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// The words of the address for how deep in the tree a picker goes.
var levels = map[string]store.Level{"site": store.ToSites, "group": store.ToGroups, "device": store.ToDevices, "only-device": store.OnlyDevices}

// nodes are what is chosen and then what is found, up to most of that.
func (r *request) nodes(typed string, down store.Level, chosen []string, most int) ([]views.PickNode, error) {
	named, ticked, err := r.namedNodes(typed, down, chosen, most)
	var out []views.PickNode
	for i, v := range named {
		n := views.PickNode{Value: v.Node.Path(), Label: v.Name, Note: v.Within, Chosen: i < ticked}
		if !n.Chosen && typed == "" && v.Node.Group != "" {
			n.Depth, n.Note = 1, "" // it stands below its site
		}
		out = append(out, n)
	}
	return out, err
}

// places are nodes as places to put something, each by the whole of its name.
func (r *request) places(typed string, down store.Level, chosen []string) ([]views.PickNode, error) {
	named, ticked, err := r.namedNodes(typed, down, chosen, pickedSites)
	var out []views.PickNode
	for i, v := range named {
		n := views.PickNode{Value: v.Node.Path(), Label: v.Name + " · " + views.T(r.ctx(), "devices.no-group"), Chosen: i < ticked}
		if v.Within != "" {
			n.Label = v.Within + " · " + v.Name
		}
		out = append(out, n)
	}
	return out, err
}

// namedNodes are what is chosen, and then what is found, each once: ticked is how many are chosen.
func (r *request) namedNodes(typed string, down store.Level, chosen []string, most int) (named []store.NodeName, ticked int, err error) {
	var of []domain.Node
	for _, path := range chosen {
		if n, ok := domain.ParseNode(r.by.Account.ID, path); ok {
			of = append(of, n)
		}
	}
	first, err := r.server.store.NodeNames(r.ctx(), r.by, of)
	if err != nil {
		return nil, 0, err
	}
	found, err := r.server.store.FindNodes(r.ctx(), r.by, typed, down, most)
	if err != nil {
		return nil, 0, err
	}
	had := map[domain.Node]bool{}
	for i, v := range slices.Concat(first, found) {
		if had[v.Node] {
			continue
		}
		had[v.Node] = true
		named = append(named, v)
		if i < len(first) {
			ticked++
		}
	}
	return named, ticked, nil
}

// withEverything puts the whole account before the nodes, for whoever can give it.
func (r *request) withEverything(nodes []views.PickNode, chosen []string) []views.PickNode {
	if !r.by.Scope.AccountWide() {
		return nodes
	}
	whole := views.PickNode{Value: domain.WholeAccount, Label: views.T(r.ctx(), "guests.everything"), Chosen: slices.Contains(chosen, domain.WholeAccount)}
	return slices.Insert(nodes, 0, whole)
}

// fieldName is what a field of ours is called.
var fieldName = regexp.MustCompile(`^[a-z][a-z_]{0,30}$`)

// findNodes answers the search in a field that picks nodes: what is chosen stays, and below stands what was found. Whoever
// asks for it as a page gets the list of sites.
func (s *Server) findNodes(r *request) error {
	typed, err := r.query("q")
	if err != nil {
		return err
	}
	name, err := r.query("name")
	if err != nil {
		return err
	}
	down, err := r.query("down")
	if err != nil {
		return err
	}
	if r.fragment() == "" {
		return r.goTo(r.account("/sites?q=" + url.QueryEscape(typed)))
	}
	level, known := levels[down]
	if !known || !fieldName.MatchString(name) {
		return badRequest("no such field")
	}
	chosen := r.Request().URL.Query()[name]
	if one, err := r.query("one"); err != nil {
		return err
	} else if one != "" {
		nodes, err := r.places(typed, level, chosen)
		if err != nil {
			return err
		}
		return s.show(r, http.StatusOK, views.NodesFound(name, nodes, true))
	}
	nodes, err := r.nodes(typed, level, chosen, pickedSites)
	if err != nil {
		return err
	}
	if whole, err := r.query("whole"); err != nil {
		return err
	} else if whole != "" {
		nodes = r.withEverything(nodes, chosen)
	}
	return s.show(r, http.StatusOK, views.NodesFound(name, nodes, false))
}
