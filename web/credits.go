package web

import (
	"net/http"
	"slices"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// creditsAt is the address of the ledger.
func (r *request) creditsAt() string { return r.account("/credits") }

func (r *request) creditsQuery() (views.ListQuery, store.CreditQuery) {
	q := views.ParseListQuery(r.creditsAt(), r.Request().URL.Query(), views.CreditsKeys...)
	q.Order = "-when"
	return q, store.CreditQuery{
		Search: q.Q, Kinds: typed[domain.CreditKind](q.Values("kind")), Since: r.since(q), Paging: store.Paging{Sort: q.Sort, After: q.After, Before: q.Before},
	}
}

// since is the beginning of the latest day that the address names, as the reader's clock counts days. What is no day has
// no entries behind it.
func (r *request) since(q views.ListQuery) (from time.Time) {
	for _, typed := range q.Values("since") {
		day, err := time.ParseInLocation(time.DateOnly, typed, r.by.User.Zone())
		if err != nil {
			return never
		}
		if day.After(from) {
			from = day
		}
	}
	return from
}

// listCredits is the ledger of a partner, with its figures.
func (s *Server) listCredits(r *request) error {
	q, query := r.creditsQuery()
	page, err := s.store.Credits(r.ctx(), r.by, query)
	if err != nil {
		return err
	}
	v := views.CreditsList{By: r.by, Base: r.creditsAt(), Query: q, Pager: pager(page), Rows: page.Rows}
	if v.Sums, err = s.store.CreditSums(r.ctx(), r.by); err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.CreditsPage(r.creditsPage(""), v))
}

// creditsPage is the frame of the ledger, or of a page behind it.
func (r *request) creditsPage(title string) views.Page {
	ledger := views.T(r.ctx(), "credits.title")
	if title == "" {
		return r.page(ledger, views.Crumb{Label: ledger})
	}
	return r.page(title, views.Crumb{Label: ledger, Href: r.creditsAt()}, views.Crumb{Label: title})
}

// exportCredits is exactly the list of the address as a file, all pages of it.
func (s *Server) exportCredits(r *request) error {
	_, query := r.creditsQuery()
	file := r.sheet("credits", views.CreditHeads(r.ctx())...)
	err := s.store.EachCredit(r.ctx(), r.by, query, func(e domain.CreditEntry) error {
		return file.row(views.CreditCells(r.ctx(), e)...)
	})
	return file.end(err)
}

// findCreditSites answers the search in the field that picks sites. Whoever asks for it as a page gets the ledger.
func (s *Server) findCreditSites(r *request) error {
	typed, err := r.query("q")
	if err != nil {
		return err
	}
	held, err := r.query("held")
	if err != nil {
		return err
	}
	if r.fragment() == "" {
		return r.goTo(r.creditsAt())
	}
	nodes, err := r.creditNodes(typed, held != "", r.Request().URL.Query()["site"], pickedSites)
	if err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.NodesFound("site", nodes, held != ""))
}

// creditNodes are the sites that are chosen, and then up to most of those that are found, each once.
func (r *request) creditNodes(typed string, held bool, chosen []string, most int) (nodes []views.PickNode, err error) {
	find := r.server.store.FindCreditSites
	if held {
		find = r.server.store.CreditHolders
	}
	found, err := find(r.ctx(), r.by, typed, most)
	if err != nil {
		return nil, err
	}
	picked, err := r.server.store.CreditSites(r.ctx(), r.by, chosen)
	for _, v := range picked {
		nodes = append(nodes, views.CreditNode(r.ctx(), v, true))
	}
	for _, v := range found {
		if !slices.ContainsFunc(picked, func(p domain.CreditSite) bool { return p.ID == v.ID }) {
			nodes = append(nodes, views.CreditNode(r.ctx(), v, false))
		}
	}
	return nodes, err
}
