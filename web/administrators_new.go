package web

import (
	"errors"
	"net/http"

	"gatehouse/domain"
	"gatehouse/views"
)

// The window "Invite Admins" keeps nothing on the server: its form carries those that are staged. Each button posts it
// whole, and the answer is the window as it stands then.

// newAdmins is the window in which administrators are invited (C9).
func (s *Server) newAdmins(r *request) error {
	list, err := r.query("list")
	if err != nil {
		return err
	}
	return s.showAdminsForm(r, http.StatusOK, views.AdminsForm{List: list})
}

// showAdminsForm completes the window and shows it.
func (s *Server) showAdminsForm(r *request, status int, f views.AdminsForm) error {
	var err error
	if f.Staged, err = f.Draft.Read(r.by); err != nil {
		// What the form carried was not written by it: it starts anew, and says so.
		if f.Problems, err = problemsOf(err); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	return s.show(r, status, views.AdminsFormPage(r.adminFrame(views.T(r.ctx(), "administrators.form.title")), s.adminsForm(r, f)))
}

func (s *Server) adminsForm(r *request, f views.AdminsForm) views.AdminsForm {
	q := adminList.query(r, choice{List: f.List})
	f.By, f.Base, f.List, f.Back = r.by, r.account(adminList.path), q.String(), q.URL()
	return f
}

// adminsPosted is what the buttons of the window send beside the draft.
type adminsPosted struct {
	List  string `form:"list"`
	Do    string `form:"do"`    // "add"; empty: "OK"
	Again string `form:"again"` // "1": back from the message to the window
}

// stageAdmins adds to those that are staged, takes one out, or with "OK" asks whether they are to be invited (C10 to C13).
func (s *Server) stageAdmins(r *request) error {
	var d domain.AdminsDraft
	var posted adminsPosted
	if err := errors.Join(r.bind(&d), r.bind(&posted)); err != nil {
		return err
	}
	var err error
	ready := d.Remove == "" && posted.Do != "add"
	switch {
	case d.Remove != "":
		d, err = d.Take(r.by)
	case posted.Do == "add", len(domain.Addresses(d.Email)) > 0: // what is typed beside "OK" is meant too
		d, err = d.Stage(r.by)
	}
	f := views.AdminsForm{Draft: d, List: posted.List}
	if f.Problems, err = problemsOf(err); err != nil {
		return err
	}
	switch {
	case len(f.Problems) > 0:
		return s.showAdminsForm(r, http.StatusUnprocessableEntity, f)
	case !ready:
		return s.showAdminsForm(r, http.StatusOK, f)
	}
	return s.confirmAdmins(r, f)
}

// confirmAdmins is the message before the invitations go out: what would become of each.
func (s *Server) confirmAdmins(r *request, f views.AdminsForm) error {
	staged, err := f.Draft.Ready(r.by)
	if f.Problems, err = problemsOf(err); err != nil {
		return err
	}
	if len(f.Problems) > 0 {
		return s.showAdminsForm(r, http.StatusUnprocessableEntity, f)
	}
	outcomes, err := s.store.InviteAdministrators(r.ctx(), r.by, staged, true)
	if status := r.refusedOffer(err, &f.Problems, &f.Wait); status != 0 {
		return s.showAdminsForm(r, status, f)
	}
	if err != nil {
		return err
	}
	f.Staged = staged
	c := views.AdminsConfirm{AdminsForm: s.adminsForm(r, f), Mailed: s.config.Mailed}
	for i, o := range outcomes {
		if o.Err != nil {
			c.Not = append(c.Not, views.BulkNot(o.Before.Email, o.Before.Email, whyNot(r.ctx(), o.Err)))
			continue
		}
		c.Will = append(c.Will, staged[i])
	}
	return s.show(r, http.StatusOK, views.AdminsConfirmPage(r.adminFrame(views.T(r.ctx(), "administrators.form.title")), c))
}

// createAdmins sends the invitations (C13). Who cannot be invited any more is told, and stays out.
func (s *Server) createAdmins(r *request) error {
	var d domain.AdminsDraft
	var posted adminsPosted
	if err := errors.Join(r.bind(&d), r.bind(&posted)); err != nil {
		return err
	}
	f := views.AdminsForm{Draft: d, List: posted.List}
	if posted.Again != "" {
		return s.showAdminsForm(r, http.StatusOK, f)
	}
	staged, err := d.Ready(r.by)
	if f.Problems, err = problemsOf(err); err != nil {
		return err
	}
	if len(f.Problems) > 0 {
		return s.showAdminsForm(r, http.StatusUnprocessableEntity, f)
	}
	outcomes, err := s.store.InviteAdministrators(r.ctx(), r.by, staged, false)
	if status := r.refusedOffer(err, &f.Problems, &f.Wait); status != 0 {
		return s.showAdminsForm(r, status, f)
	}
	if err != nil {
		return err
	}
	sent := 0
	var text string
	for _, o := range outcomes {
		if o.Err == nil {
			sent++
			continue
		}
		text = joinSentences(text, o.Before.Email+": "+whyNot(r.ctx(), o.Err))
	}
	flash := views.Flash{Title: views.T(r.ctx(), "administrators.form.sent", "Count", sent), Text: text, Failed: sent == 0}
	if !s.config.Mailed {
		flash.Text = joinSentences(flash.Text, views.T(r.ctx(), "invites.flash-copy"))
	}
	return s.done(r, adminList.query(r, choice{List: posted.List}).URL(), flash)
}
