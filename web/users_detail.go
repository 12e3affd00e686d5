package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"gatehouse/domain"
	"gatehouse/views"
)

// showUser is the page of one person: in the drawer with script.
func (s *Server) showUser(r *request) error {
	m, err := s.store.User(r.ctx(), r.by, r.Param("user"))
	if err != nil {
		return err
	}
	return s.showAccess(r, http.StatusOK, views.UserDetail{User: m, Draft: m.Access(r.by.User.Zone()), List: r.listBehind(r.QueryParam("list"))})
}

// listBehind is the query string of the list a person was opened from, as strict as the list reads it.
func (r *request) listBehind(typed string) string {
	return userList.query(r, choice{List: typed}).String()
}

// saveUser writes what the form of a person has changed.
func (s *Server) saveUser(r *request) error {
	var form struct {
		List string `form:"list"`
	}
	var d domain.AccessDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	if err := r.bind(&form); err != nil {
		return err
	}
	was, err := s.store.User(r.ctx(), r.by, r.Param("user"))
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(d.Version)
	if err != nil || version < 1 {
		return badRequest("the version is not a number")
	}
	u := views.UserDetail{User: was, Draft: d, List: r.listBehind(form.List)}
	m, err := s.store.SaveAccess(r.ctx(), r.by, was.ID, version, d)
	var refusal *domain.Refusal
	var loss *domain.Unconfirmed
	switch {
	case err == nil:
	case errors.As(err, &u.Problems):
		return s.showAccess(r, http.StatusUnprocessableEntity, u)
	case errors.As(err, &loss):
		u.Lost = loss.Loss
		return s.showAccess(r, http.StatusUnprocessableEntity, u)
	case errors.As(err, &refusal):
		u.Why = views.RefusalText(r.ctx(), refusal)
		return s.showAccess(r, s.denied(r, err), u)
	case errors.Is(err, domain.ErrStale):
		u.Stale = true
		u.Draft.Version = strconv.Itoa(was.Version) // saved again, it replaces what it has been shown beside
		return s.showAccess(r, http.StatusConflict, u)
	default:
		return err
	}
	f := views.Flash{Title: views.T(r.ctx(), "users.detail.saved", "Name", m.Name())}
	if m.Version == version {
		f.Title = views.T(r.ctx(), "users.detail.unchanged")
	}
	return s.done(r, r.stayAt(m, u.List), f)
}

// stayAt is the person's page again; oneself may just have lost it.
func (r *request) stayAt(m domain.Membership, list string) string {
	to := r.account(userList.path) + "/" + m.ID
	switch {
	case !r.staysIn(m):
		return ownPage
	case list != "":
		to += "?list=" + url.QueryEscape(list)
	}
	return to
}

// endUserSession signs a person out of one browser.
func (s *Server) endUserSession(r *request) error {
	var d struct {
		ID   string `form:"id"`
		List string `form:"list"`
	}
	if err := r.bind(&d); err != nil {
		return err
	}
	m, err := s.store.User(r.ctx(), r.by, r.Param("user"))
	if err != nil {
		return err
	}
	if err := s.store.EndSessionOf(r.ctx(), r.by, m.ID, d.ID); err != nil {
		return err
	}
	return ended(s.done(r, r.stayAt(m, r.listBehind(d.List)), views.Flash{Title: views.T(r.ctx(), "users.detail.session-ended")}))
}

// showAccess completes the page of a person and shows it.
func (s *Server) showAccess(r *request, status int, d views.UserDetail) error {
	ctx := r.ctx()
	var err error
	if d.Settings, err = r.settings("users", nil); err != nil {
		return err
	}
	d.By = r.by
	keepers := 1
	if r.by.Can(domain.EditUsers) {
		last, err := s.store.LastKeeper(ctx, r.by)
		if err != nil {
			return err
		}
		if last == d.User.ID {
			keepers = 0
		}
	}
	d.May = views.MayDo(ctx, r.by, d.User, keepers)
	if d.Scope, err = r.scopeField(d.Draft.Scope); err != nil {
		return err
	}
	d.Scope.Problems = d.Problems
	if d.May.SignOut == "" {
		if d.Sessions, err = s.store.SessionsOf(ctx, d.User.UserID); err != nil {
			return err
		}
	}
	if d.History, err = r.history(d.User, r.account(userList.path)+"/"+d.User.ID); err != nil {
		return err
	}
	d.Sites = d.History.Places
	if d.History.Older != "" && d.List != "" {
		d.History.Older += "&list=" + url.QueryEscape(d.List)
	}
	if r.fragment() == drawer {
		if err := s.findNeighbours(r, &d); err != nil {
			return err
		}
	}
	title := d.User.Name()
	crumbs := append(r.settingsCrumbs(d.Settings), views.Crumb{Label: title})
	if d.Explain.Asked {
		title = views.T(ctx, "explain.of", "Name", title)
	}
	return s.show(r, status, views.UserPage(r.page(title, crumbs...), d))
}

// findNeighbours finds who stands before and behind the person on the page of the list they were opened from.
func (s *Server) findNeighbours(r *request, d *views.UserDetail) error {
	page, err := s.store.Users(r.ctx(), r.by, userQuery(r, userList.query(r, choice{List: d.List})))
	if errors.Is(err, domain.ErrNotFound) {
		return nil // the list has moved on
	}
	if err != nil {
		return err
	}
	at := slices.IndexFunc(page.Rows, func(m domain.Membership) bool { return m.ID == d.User.ID })
	if at > 0 {
		d.Prev = r.stayAt(page.Rows[at-1], d.List)
	}
	if at >= 0 && at+1 < len(page.Rows) {
		d.Next = r.stayAt(page.Rows[at+1], d.List)
	}
	return nil
}
