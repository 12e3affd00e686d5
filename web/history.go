package web

import (
	"net/url"

	"gatehouse/domain"
	"gatehouse/views"
)

// historyShown is how many events a page of somebody's history shows.
const historyShown = 20

// history reads a part of what happened to a membership, newest first, and the names of the places it and its
// scope speak of. page is the address it is shown at; older events are a parameter of it.
func (r *request) history(m domain.Membership, page string) (views.History, error) {
	return r.historyOf(m.ID, page, m.Scope.SiteIDs()...)
}

// historyOf is history for any subject that the reader may see; sites are named beside those of the events.
func (r *request) historyOf(subject, page string, sites ...string) (views.History, error) {
	cursor := ""
	if safe(r.Request().Method) {
		cursor = r.QueryParam("history")
	}
	events, next, err := r.server.store.EventsOf(r.ctx(), r.by, subject, cursor, historyShown)
	if err != nil {
		return views.History{}, err
	}
	h := views.History{Events: events}
	if h.Places, err = r.server.store.PathNames(r.ctx(), r.by, append(views.EventPlaces(events), sites...)); err != nil {
		return h, err
	}
	if next != "" {
		h.Older = page + "?history=" + url.QueryEscape(next)
	}
	return h, nil
}
