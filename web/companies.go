package web

import (
	"errors"
	"net/http"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// listCompanies is the section "Companies" (E14, E15). Who was never invited finds nothing there.
func (s *Server) listCompanies(r *request) error {
	v, err := s.companies(r)
	if err != nil {
		return err
	}
	title := views.T(r.ctx(), "companies.title")
	return s.show(r, http.StatusOK, views.CompaniesPage(r.page(title, views.Crumb{Label: title}), v))
}

// showInvitation is the window in which one of the reader's own invitations is answered (E15).
func (s *Server) showInvitation(r *request) error {
	v, err := s.companies(r)
	if err != nil {
		return err
	}
	for _, c := range v.Invitations {
		if c.Membership.ID == r.Param("company") {
			title := views.T(r.ctx(), "companies.invitation-of", "Account", c.Account.Name)
			return s.show(r, http.StatusOK, views.InvitationPage(r.page(title, views.Crumb{Label: views.T(r.ctx(), "companies.title"), Href: "/companies"}, views.Crumb{Label: title}), c))
		}
	}
	return domain.ErrNotFound
}

func (s *Server) companies(r *request) (views.Companies, error) {
	var v views.Companies
	all, err := s.store.Companies(r.ctx(), r.by.User)
	if err != nil {
		return v, err
	}
	if len(all) == 0 {
		return v, domain.ErrNotFound
	}
	for _, c := range all {
		line := views.CompanyLine{Membership: c.Membership, Account: c.Account, Open: c.Open, Places: c.Places, Here: r.by.Kind == domain.KindGuest && r.by.Membership == c.Membership.ID}
		switch {
		case !c.Membership.AcceptedAt.IsZero():
			v.Accepted = append(v.Accepted, line)
		case c.Membership.State(s.store.Now()) == domain.StatePending:
			v.Invitations = append([]views.CompanyLine{line}, v.Invitations...)
		default:
			v.Invitations = append(v.Invitations, line)
		}
	}
	return v, nil
}

// answerCompany accepts or declines an invitation.
func (s *Server) answerCompany(yes bool) func(*request) error {
	return func(r *request) error {
		m, err := s.store.AnswerCompany(r.ctx(), r.by.User, r.Param("company"), yes, r.RealIP())
		if err != nil {
			return err
		}
		in, err := s.store.AccountByID(r.ctx(), m.AccountID)
		if err != nil {
			return err
		}
		key := "companies.flash-declined"
		if yes {
			key = "companies.flash-accepted"
		}
		return s.done(r, "/companies", views.Flash{Title: views.T(r.ctx(), key, "Account", in.Name)})
	}
}

// enterCompany takes the session into the host company's dashboard (E16, E17).
func (s *Server) enterCompany(r *request) error {
	secret := store.NewSecret()
	m, err := s.store.EnterCompany(r.ctx(), r.by.User, store.HashSecret(r.session.ID), store.HashSecret(secret), r.Param("company"), r.RealIP())
	if err != nil {
		return err
	}
	s.sessions.adopt(r, secret)
	in, err := s.store.AccountByID(r.ctx(), m.AccountID)
	if err != nil {
		return err
	}
	return r.goTo("/accounts/" + in.Slug)
}

// returnHome takes the session back to the person's own accounts. Signing out and in does the same (E18).
func (s *Server) returnHome(r *request) error {
	if err := s.sessions.bringHome(r); err != nil {
		return err
	}
	return r.goTo("/")
}

// newLeaving asks before a guest gives the access up.
func (s *Server) newLeaving(r *request) error {
	v, err := s.companies(r)
	if err != nil {
		return err
	}
	for _, c := range v.Accepted {
		if c.Membership.ID == r.Param("company") {
			title := views.T(r.ctx(), "companies.leave-title", "Account", c.Account.Name)
			return s.show(r, http.StatusOK, views.LeaveCompanyPage(r.page(title, views.Crumb{Label: views.T(r.ctx(), "companies.title"), Href: "/companies"}, views.Crumb{Label: title}), c))
		}
	}
	return domain.ErrNotFound
}

// leaveCompany is the guest giving the access up. Whoever stands in that company is at home again.
func (s *Server) leaveCompany(r *request) error {
	m, err := s.store.LeaveCompany(r.ctx(), r.by.User, r.Param("company"), r.RealIP())
	if err != nil {
		return err
	}
	if r.by.Kind == domain.KindGuest && r.by.Membership == m.ID {
		if err := s.sessions.bringHome(r); errors.Is(err, errSignIn) { // that was their last place, and with it the session has ended
			return r.goTo("/")
		} else if err != nil {
			return err
		}
	}
	in, err := s.store.AccountByID(r.ctx(), m.AccountID)
	if err != nil {
		return err
	}
	to := "/companies"
	if all, _, err := s.store.Invited(r.ctx(), r.by.User); err != nil || all == 0 {
		if err != nil {
			return err
		}
		to = "/"
	}
	err = s.done(r, to, views.Flash{Title: views.T(r.ctx(), "companies.flash-left", "Account", in.Name)})
	if errors.Is(err, domain.ErrNotFound) { // that was their last place, and with it the session has ended
		return r.goTo("/")
	}
	return err
}

// joinAsGuest answers the link in the mail to a guest: to their own Companies where they have an account, else a form to
// make one. The invitation itself is answered only there (E13, GST-01).
func (s *Server) joinAsGuest(r *request, o store.Offer, inviter domain.User) error {
	m := o.Membership
	if o.Known && (r.by.User.ID == "" || r.by.User.Email == m.Email) {
		return r.goTo("/companies")
	}
	d := domain.AcceptDraft{TimeZone: inviter.TimeZone}
	return s.showJoin(r, http.StatusOK, o, d, nil)
}

func (s *Server) showJoin(r *request, status int, o store.Offer, d domain.AcceptDraft, problems domain.Problems) error {
	m := o.Membership
	shown := views.Offer{Link: r.Request().URL.Path, Account: o.Account, Email: m.Email, From: m.InviterName}
	if r.by.User.ID != "" && r.by.User.Email != m.Email {
		shown.Other = r.by.User.Email
	}
	places, err := s.store.GuestPlaces(r.ctx(), m)
	if err != nil {
		return err
	}
	role, _ := o.Account.Role(m.Role) // one that is gone may nothing
	facts := views.GuestFacts(r.ctx(), o.Account, m.Role, m.Workspace, places, m.May().And(role.Privileges()), m.EndsAt)
	return s.show(r, status, views.JoinAsGuestPage(r.doorPage(views.T(r.ctx(), "acceptances.title")), shown, facts, d, problems))
}

// makeGuest makes the account of a guest who has none and leads them to their Companies.
func (s *Server) makeGuest(r *request, o store.Offer, d domain.AcceptDraft) error {
	switch {
	case r.by.User.ID != "" && r.by.User.Email != o.Membership.Email:
		return s.showJoin(r, http.StatusForbidden, o, d, nil)
	case o.Known:
		return r.goTo("/companies")
	}
	if problems, err := problemsOf(d.Check(o.Membership, o.Account, store.CommonPassword)); err != nil || problems != nil {
		return errors.Join(err, s.showJoin(r, http.StatusUnprocessableEntity, o, d, problems))
	}
	hash, err := s.store.HashPassword(r.ctx(), d.Password)
	if err != nil {
		return err
	}
	u, err := s.store.JoinAsGuest(r.ctx(), r.Param("token"), d.Person(views.LocaleOf(r.ctx()).Lang), hash)
	if errors.Is(err, domain.ErrStale) {
		return r.goTo("/companies")
	}
	if err != nil {
		return s.deadInvite(r, err)
	}
	if err := s.startSession(r, u); err != nil {
		return err
	}
	return s.done(r, "/companies", views.Flash{Title: views.T(r.ctx(), "companies.flash-joined")})
}
