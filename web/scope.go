package web

import (
	"net/http"
	"net/url"
	"slices"

	"gatehouse/domain"
	"gatehouse/views"
)

// A scope field lists up to pickedSites sites where a script can look for more; a page, which must do without, lists
// up to everySite.
const (
	pickedSites = 100
	everySite   = 5000
)

// scopeField is what the field for a scope can offer to the person asking.
func (r *request) scopeField(chosen []string) (views.ScopeProps, error) {
	p := views.ScopeProps{Whole: r.by.Scope.AccountWide(), Chosen: chosen}
	most := everySite
	if r.fragment() != "" {
		most = pickedSites
	}
	sites, more, err := r.server.store.Sites(r.ctx(), r.by, "", "", most)
	if err != nil {
		return p, err
	}
	p.Sites, p.Total = sites, views.Total{N: len(sites)}
	if more == "" {
		return p, nil
	}
	p.Find = r.account("/settings/sites")
	if p.Total, err = r.countSites(); err != nil {
		return p, err
	}
	p.Sites, err = r.chosenFirst(chosen, sites)
	return p, err
}

// countSites counts the sites the person reaches, as far as is worth it.
func (r *request) countSites() (views.Total, error) {
	const most = 1000
	n, err := r.server.store.CountSites(r.ctx(), r.by, most)
	return views.Total{N: min(n, most), More: n > most}, err
}

// chosenFirst puts the sites that are chosen before the others, which are not all there are.
func (r *request) chosenFirst(chosen []string, sites []domain.Site) ([]domain.Site, error) {
	names, err := r.server.store.SiteNames(r.ctx(), r.by, chosen)
	if err != nil {
		return nil, err
	}
	var first []domain.Site
	for _, id := range chosen {
		at := slices.IndexFunc(sites, func(s domain.Site) bool { return s.ID == id })
		switch {
		case at >= 0:
			first = append(first, sites[at])
		case names[id] != "":
			first = append(first, domain.Site{ID: id, Name: names[id]})
		}
	}
	rest := slices.DeleteFunc(slices.Clone(sites), func(s domain.Site) bool { return slices.Contains(chosen, s.ID) })
	return append(first, rest...), nil
}

// pickSites answers the search in a scope field: what is chosen stays, and below stands what was found. Whoever asks
// for it as a page gets the list of sites.
func (s *Server) pickSites(r *request) error {
	typed, err := r.query("q")
	if err != nil {
		return err
	}
	if r.fragment() == "" {
		return r.goTo(r.account("/sites?q=" + url.QueryEscape(typed)))
	}
	found, _, err := s.store.Sites(r.ctx(), r.by, typed, "", pickedSites)
	if err != nil {
		return err
	}
	chosen := r.Request().URL.Query()[views.ScopeName]
	if found, err = r.chosenFirst(chosen, found); err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.ScopeFound(found, chosen))
}
