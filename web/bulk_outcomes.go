package web

import (
	"encoding/json"
	"errors"
	"strconv"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// doAct makes the change.
func (s *Server) doAct(a *act) func(*request) error {
	return func(r *request) error {
		var c choice
		if err := r.bind(&c); err != nil {
			return err
		}
		if err := c.tidy(); err != nil {
			return err
		}
		c.All = "" // a change is made to what was shown
		if len(c.IDs) == 0 {
			return s.nothingChosen(r, a, c)
		}
		chosen := store.Chosen{IDs: c.IDs}
		if c.Version != "" {
			version, err := strconv.Atoi(c.Version)
			if err != nil || version < 1 {
				return badRequest("the version is not a number")
			}
			chosen.Version = version
		}
		outcomes, err := a.run(r, chosen, c)
		var problems domain.Problems
		switch {
		case errors.As(err, &problems) && a.fields != nil:
			return s.previewAgain(r, a, c, 422, "", problems)
		case errors.As(err, &problems) && a.ask != nil:
			return s.askFor(r, a, c, problems)
		case errors.Is(err, domain.ErrStale) && chosen.Version != 0:
			note := views.T(r.ctx(), "bulk.moved")
			if refusal := new(domain.Refusal); errors.As(err, &refusal) {
				note = views.RefusalText(r.ctx(), refusal)
			}
			return s.preview(r, a, c, 409, note)
		case err != nil:
			return err
		}
		if len(outcomes) > 1 || a.fromBar(c) && outcomes[0].Err == nil {
			return s.keepOutcome(r, a, c, outcomes)
		}
		if err := outcomes[0].Err; err != nil {
			if chosen.Version != 0 {
				return s.preview(r, a, c, s.denied(r, err), "") // the dialog is still there to say why
			}
			return err
		}
		return s.doneOne(r, a, c, outcomes[0].Membership)
	}
}

// doneOne ends the change of a single row. What was done to oneself may have closed the door behind one.
func (s *Server) doneOne(r *request, a *act, c choice, m domain.Membership) error {
	to := a.list.behind(r, c)
	if a.gone {
		to = a.list.query(r, c).URL()
	}
	if !r.staysIn(m) {
		to = ownPage
	}
	return ended(s.done(r, to, views.Flash{Title: a.say(r, "done-one", "Name", m.Name())}))
}

// ownPage is where people are whose role opens nothing else.
const ownPage = "/profile"

// staysIn reports whether the person asking can still see the list after a change to m.
func (r *request) staysIn(m domain.Membership) bool {
	if m.ID != r.by.Membership {
		return true
	}
	return r.by.Account.RoleOf(m.Role).May(domain.ViewUsers)
}

// ended turns "the session is gone" after a change that ended one's own sessions into a new sign-in.
func ended(err error) error {
	if errors.Is(err, domain.ErrNotFound) {
		return errSignIn
	}
	return err
}

const outcomeValue = "outcome"

// An outcome is what a change of several rows came to, kept in the session until it is shown.
type outcome struct {
	List  string // the list's own address: it is shown nowhere else
	Back  string // with what was searched for
	Title string
	Some  bool // not all could be done
	Rows  []views.OutcomeRow
	More  int
}

// keepOutcome keeps the result for the dialog that tells it, the rows that could not be changed first.
func (s *Server) keepOutcome(r *request, a *act, c choice, outcomes []store.Outcome) error {
	done, not, err := a.tell(r, outcomes, func(_, now string) string { return now })
	if err != nil {
		return err
	}
	all := bulkGroup("", append(not, done...))
	r.session.Values[outcomeValue] = outcome{
		List: r.account(a.list.path), Back: a.list.query(r, c).URL(), Some: len(not) > 0, Rows: all.Rows, More: all.More,
		Title: views.BulkTotal(r.ctx(), a.say(r, "done", "Count", len(done)), len(done), len(not)),
	}
	if err := r.session.Save(r.Request(), r.Response()); err != nil {
		return ended(err)
	}
	for _, o := range outcomes {
		if !r.staysIn(o.Membership) {
			return r.goTo(ownPage)
		}
	}
	return r.goTo(r.account(a.list.path) + "/outcome")
}

// showOutcome tells the result once and makes the list behind show itself anew.
func (s *Server) showOutcome(l *rowList) func(*request) error {
	return func(r *request) error {
		return s.tellOutcome(r, r.account(l.path), func(string) []views.Crumb { return l.crumbs(r) })
	}
}

// tellOutcome is showOutcome for the list at an address.
func (s *Server) tellOutcome(r *request, list string, crumbs func(title string) []views.Crumb) error {
	var o outcome
	raw, ok := r.session.Values[outcomeValue].(json.RawMessage)
	if ok {
		if err := json.Unmarshal(raw, &o); err != nil {
			return err
		}
	}
	if o.List != list {
		return r.goTo(list)
	}
	delete(r.session.Values, outcomeValue)
	if err := r.session.Save(r.Request(), r.Response()); err != nil {
		return err
	}
	d := views.DialogProps{Title: o.Title, Size: views.DialogLarge, Safe: views.T(r.ctx(), "common.close"), Back: o.Back}
	if o.Some {
		d.Lead = views.T(r.ctx(), "bulk.result-text")
	}
	r.Response().Header().Set("HX-Trigger", views.ListChanged)
	return s.show(r, 200, views.BulkOutcome(r.page(o.Title, crumbs(o.Title)...), d, "", []views.BulkGroup{{Rows: o.Rows, More: o.More}}))
}
