package web

import (
	"errors"
	"net/http"

	"gatehouse/domain"
	"gatehouse/views"
)

// securitySupport is the section about support access, for accounts that have a partner.
func (s *Server) securitySupport(r *request) (views.SecuritySupport, error) {
	v, err := s.store.Support(r.ctx(), r.by)
	return views.SecuritySupport{Partner: v.Partner.Name, Grant: v.Grant, Uses: v.Uses}, err
}

// grantSupport lets the partner in unasked.
func (s *Server) grantSupport(r *request) error {
	var d domain.SupportDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	_, err := s.store.GrantSupport(r.ctx(), r.by, d)
	return s.supportSaved(r, d, err, "support.flash-granted")
}

// answerSupport allows what the partner asks for, or refuses it.
func (s *Server) answerSupport(yes bool) func(*request) error {
	return func(r *request) error {
		_, err := s.store.AnswerSupport(r.ctx(), r.by, r.Param("grant"), yes)
		if yes {
			return s.supportSaved(r, domain.SupportDraft{}, err, "support.flash-granted")
		}
		return s.supportSaved(r, domain.SupportDraft{}, err, "support.flash-refused")
	}
}

// extendSupport puts the end later.
func (s *Server) extendSupport(r *request) error {
	var d domain.SupportDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	_, err := s.store.ExtendSupport(r.ctx(), r.by, r.Param("grant"), d)
	return s.supportSaved(r, d, err, "support.flash-extended")
}

// endSupport ends it at once.
func (s *Server) endSupport(r *request) error {
	_, err := s.store.EndSupport(r.ctx(), r.by, r.Param("grant"))
	return s.supportSaved(r, domain.SupportDraft{}, err, "support.flash-ended")
}

// supportSaved tells what was done, or shows the page again: with what is wrong with the form, or how it stands by now.
func (s *Server) supportSaved(r *request, d domain.SupportDraft, failure error, done string) error {
	if failure == nil {
		return s.done(r, r.account("/settings/security"), views.Flash{Title: views.T(r.ctx(), done)})
	}
	status, why := http.StatusUnprocessableEntity, ""
	problems, err := problemsOf(failure)
	switch {
	case errors.Is(err, domain.ErrStale):
		status, why = http.StatusConflict, whyNot(r.ctx(), err)
	case err != nil:
		return err
	}
	v, err := s.securityView(r, http.StatusUnprocessableEntity, r.by.Account.Security(r.by.User.Zone()), nil)
	if err != nil {
		return err
	}
	v.Support.Draft, v.Support.Problems, v.Support.Why = d, problems, why
	return s.showSecurityView(r, status, v)
}
