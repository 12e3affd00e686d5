package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/domain"
	"gatehouse/static"
	"gatehouse/store"
	"gatehouse/views"
)

const activityTable = "activity-table"

// findPerson is the text field of the filter by person, and foundPeople how many it sets at most.
const (
	findPerson  = "find_person"
	foundPeople = 10
)

// activityList is the state of the Activity tab as its address holds it.
func (r *request) activityList() views.ListQuery {
	q := views.ParseListQuery(r.account("/settings/activity"), r.Request().URL.Query(), "topic", "person", "site", "when", "from", "to")
	q.Order = "-when"
	return q
}

// activityQuery is what the address asks the store for. What it does not know matches nothing.
func (r *request) activityQuery(q views.ListQuery) store.ActivityQuery {
	from, to := r.period(q)
	return store.ActivityQuery{
		Search: q.Q, Topics: typed[domain.Topic](q.Values("topic")), People: q.Values("person"), Sites: q.Values("site"), From: from, To: to,
		Paging: store.Paging{Sort: q.Sort, After: q.After, Before: q.Before},
	}
}

// never is a moment after which nothing has happened.
var never = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// period is the time between the days of the address, both included, as the reader's clock counts days. A preset and days
// together are what lies in both.
func (r *request) period(q views.ListQuery) (from, to time.Time) {
	zone := r.by.User.Zone()
	y, m, d := r.server.store.Now().In(zone).Date()
	later := func(at time.Time) {
		if at.After(from) {
			from = at
		}
	}
	for _, preset := range q.Values("when") {
		back, known := views.ActivityPresets[preset]
		if !known {
			return never, to
		}
		later(time.Date(y, m, d-back, 0, 0, 0, 0, zone))
	}
	for _, typed := range q.Values("from") {
		day, err := time.ParseInLocation(time.DateOnly, typed, zone)
		if err != nil {
			return never, to
		}
		later(day)
	}
	for _, typed := range q.Values("to") {
		day, err := time.ParseInLocation(time.DateOnly, typed, zone)
		if err != nil {
			return never, to
		}
		if next := day.AddDate(0, 0, 1); to.IsZero() || next.Before(to) {
			to = next
		}
	}
	return from, to
}

// listActivity is the Activity tab.
func (s *Server) listActivity(r *request) error {
	q := r.activityList()
	if to, asked, err := r.foundSites(q); err != nil || asked {
		return r.orGoTo(to, err)
	}
	if to, asked, err := r.foundPeople(q); err != nil || asked {
		return r.orGoTo(to, err)
	}
	page, err := s.store.Activity(r.ctx(), r.by, r.activityQuery(q))
	if err != nil {
		return err
	}
	head, err := r.settings("activity", nil)
	if err != nil {
		return err
	}
	l := views.ActivityList{Settings: head, By: r.by, Rows: page.Rows, Retention: r.by.Can(domain.SetRetention)}
	if l.Places, err = s.store.PathNames(r.ctx(), r.by, views.EventPlaces(page.Rows)); err != nil {
		return err
	}
	if l.List, err = s.activityTable(r, q, pager(page), len(page.Rows) > 0); err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.Activity(r.page(head.PageTitle(r.ctx()), r.settingsCrumbs(head)...), l))
}

// orGoTo goes to a list, unless finding out which failed.
func (r *request) orGoTo(q views.ListQuery, err error) error {
	if err != nil {
		return err
	}
	return r.goTo(q.URL())
}

// foundPeople answers the text field of the filter by person: the list filtered to those it finds.
func (r *request) foundPeople(q views.ListQuery) (to views.ListQuery, asked bool, err error) {
	typed, err := r.query(findPerson)
	if err != nil || typed == "" {
		return q, false, err
	}
	found, err := r.server.store.PeopleInActivity(r.ctx(), r.by, typed, foundPeople)
	if err != nil {
		return q, false, err
	}
	ids := slices.Clone(q.Values("person"))
	for _, id := range found {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		ids = []string{typed}
	}
	return q.With("person", ids...), true, nil
}

// activityTable is the list without its rows.
func (s *Server) activityTable(r *request, q views.ListQuery, p views.Pager, rows bool) (views.ListProps, error) {
	ctx := r.ctx()
	people, err := s.store.NamesInActivity(ctx, r.by, q.Values("person"))
	if err != nil {
		return views.ListProps{}, err
	}
	filters := views.ActivityFilters(ctx, q, people, findPerson)
	if r.by.Account.Kind == domain.Customer {
		sites, err := r.siteFilter(views.T(ctx, "activity.filter.site"), q)
		if err != nil {
			return views.ListProps{}, err
		}
		filters = append(filters, sites)
	}
	t := views.ListProps{
		ID: activityTable, Label: views.T(ctx, "settings.tab.activity"), Query: q, Search: views.T(ctx, "activity.search"), OneLine: true, Pager: p,
		Columns: views.ActivityColumns(ctx), Filters: filters,
	}
	switch {
	case rows:
	case q.Narrowed():
		t.Empty = views.NoMatch(ctx, t)
	default:
		t.Empty = &views.EmptyProps{Icon: static.IconHistory, Title: views.T(ctx, "activity.nothing"), Text: views.T(ctx, "activity.nothing-text")}
	}
	return t, nil
}

// showEvent is the page of one event: in the drawer with script.
func (s *Server) showEvent(r *request) error {
	e, err := s.store.Event(r.ctx(), r.by, r.Param("event"))
	if err != nil {
		return err
	}
	d := views.EventDetail{Event: e, List: r.account("/settings/activity")}
	if d.Places, err = s.store.PathNames(r.ctx(), r.by, views.EventPlaces([]domain.Event{e})); err != nil {
		return err
	}
	head, err := r.settings("activity", nil)
	if err != nil {
		return err
	}
	title := views.EventText(r.ctx(), e)
	return s.show(r, http.StatusOK, views.EventPage(r.page(title, append(r.settingsCrumbs(head), views.Crumb{Label: title})...), d))
}

// exportActivity is exactly the list of the address as a file for spreadsheets.
func (s *Server) exportActivity(r *request) error {
	file := r.sheet("activity", views.EventHeads(r.ctx())...)
	named := r.namer(s.store.PathNames)
	err := s.store.EachEvent(r.ctx(), r.by, r.activityQuery(r.activityList()), func(e domain.Event) error {
		places, err := named(views.EventPlaces([]domain.Event{e}))
		if err != nil {
			return err
		}
		return file.row(views.EventCells(r.ctx(), e, places)...)
	})
	return file.end(err)
}

// eventLine is an event as a line of JSON: all that its hash is made of, and the hash.
type eventLine struct {
	ID        string            `json:"id"`
	AccountID string            `json:"account_id"`
	At        string            `json:"at"`
	Kind      domain.EventKind  `json:"kind"`
	ActorID   string            `json:"actor_id"`
	Actor     string            `json:"actor"`
	OnBehalf  string            `json:"on_behalf"`
	From      string            `json:"from"`
	SubjectID string            `json:"subject_id"`
	Subject   string            `json:"subject"`
	Before    map[string]string `json:"before"`
	After     map[string]string `json:"after"`
	Keys      []string          `json:"keys"`
	Digests   []string          `json:"digests"`
	Number    int64             `json:"number"`
	Prev      string            `json:"prev_hash"`
	Hash      string            `json:"hash"`
}

// exportActivityLines is exactly the list of the address as JSON Lines, as it is stored: for programs.
func (s *Server) exportActivityLines(r *request) error {
	file := r.lines("activity")
	err := s.store.EachEvent(r.ctx(), r.by, r.activityQuery(r.activityList()), func(e domain.Event) error {
		return file.row(eventLine{
			e.ID, e.AccountID, e.At.UTC().Format("2006-01-02T15:04:05.000000Z"), e.Kind, e.ActorID, e.ActorName, e.OnBehalf, e.From,
			e.SubjectID, e.SubjectName, e.Before, e.After, e.Keys[:], e.Digests[:], e.Sealed.Number, e.Sealed.Prev, e.Sealed.Hash,
		})
	})
	return file.end(err)
}

// newRetention asks how long the history is kept.
func (s *Server) newRetention(r *request) error {
	return s.showRetention(r, http.StatusOK, views.RetentionForm{})
}

func (s *Server) showRetention(r *request, status int, f views.RetentionForm) error {
	head, err := r.settings("activity", nil)
	if err != nil {
		return err
	}
	f.List, f.Months = r.account("/settings/activity"), r.by.Account.KeepMonths
	title := views.T(r.ctx(), "activity.retention.title")
	return s.show(r, status, views.Retention(r.page(title, append(r.settingsCrumbs(head), views.Crumb{Label: title})...), f))
}

// createRetention sets how long the history is kept.
func (s *Server) createRetention(r *request) error {
	var d domain.RetentionDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	a, err := s.store.SetRetention(r.ctx(), r.by, d)
	var refusal *domain.Refusal
	if errors.As(err, &refusal) && errors.Is(err, domain.ErrStale) { // it is what it was to be
		a, err = r.by.Account, nil
	}
	problems, err := problemsOf(err)
	switch {
	case err != nil:
		return err
	case problems != nil:
		return s.showRetention(r, http.StatusUnprocessableEntity, views.RetentionForm{Problems: problems})
	}
	return s.done(r, r.account("/settings/activity"), views.Flash{Title: views.RetentionText(r.ctx(), a.KeepMonths)})
}

// denied is the status of a refusal that its own form or window shows, in place of the page of failures. The attempt is
// written down all the same.
func (s *Server) denied(r *request, failure error) int {
	s.deny(r, failure)
	return statusOf(failure)
}

// deny writes down that somebody who is signed in was refused: by the door, by the change, or because there is no such
// thing that they may know of. Whether it is not there or not theirs is the same here too (C8). Addresses that are no door
// are no attempt at anything.
func (s *Server) deny(r *request, failure error) {
	status := statusOf(failure)
	refused := status == http.StatusForbidden && !errors.Is(failure, domain.ErrAccountSuspended) && !errors.Is(failure, domain.ErrMustEnrol) &&
		!errors.Is(failure, errCrossOrigin)
	missed := status == http.StatusNotFound && strings.Contains(r.Path(), ":")
	if r.by.User.ID == "" || carriesToken(r.Path()) || !refused && !missed {
		return
	}
	method := r.Request().Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if err := s.store.Deny(context.WithoutCancel(r.ctx()), r.by, method+" "+r.Path(), status); err != nil {
		s.log.Error("cannot write down a denial", "request", requestID(r), "error", err)
	}
}
