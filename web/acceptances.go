package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// showInvite shows what an invite offers. Looking uses nothing up: mail scanners open links (INV-09).
func (s *Server) showInvite(r *request) error {
	o, inviter, err := s.findInvite(r)
	if err != nil {
		return s.deadInvite(r, err)
	}
	if o.Membership.Kind == domain.KindGuest {
		return s.joinAsGuest(r, o, inviter)
	}
	m := o.Membership
	d := domain.AcceptDraft{FirstName: m.FirstName, LastName: m.LastName, Phone: m.Phone, TimeZone: inviter.TimeZone}
	return s.showOffer(r, http.StatusOK, o, d, nil, "")
}

// acceptInvite lets somebody in: whoever is signed in with the invited address, whoever signs in with it now, or a new
// person. Role, scope and address are the invite's; the form has no say in them (INV-07, INV-17).
func (s *Server) acceptInvite(r *request) error {
	var d domain.AcceptDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	o, _, err := s.findInvite(r)
	if err != nil {
		return s.deadInvite(r, err)
	}
	if o.Membership.Kind == domain.KindGuest {
		return s.makeGuest(r, o, d)
	}
	stranger := r.by.User.ID == ""
	switch {
	case stranger && !o.Known:
		return s.acceptNew(r, o, d)
	case stranger:
		if _, err := s.signIn(r, o.Membership.Email, d.Password); err != nil {
			if errors.Is(err, domain.ErrSecondFactor) {
				return r.goTo(secondStep(r.Request().URL.Path)) // and back here, to accept as themself
			}
			status, wrong := r.whyNotIn(err)
			if wrong == "" {
				return err
			}
			return s.showOffer(r, status, o, d, nil, wrong)
		}
	case r.by.User.Email != o.Membership.Email:
		return s.showOffer(r, http.StatusForbidden, o, d, nil, "")
	default:
		// More is in reach from here on, so the session gets another id (SESS-02).
		if err := s.sessions.renew(r); err != nil {
			return err
		}
	}
	m, err := s.store.AcceptInviteAs(r.ctx(), r.by.User.ID, r.Param("token"), r.RealIP())
	switch {
	case err == nil:
		return s.welcome(r, o.Account, o.Account.RoleOf(m.Role))
	case stranger: // they came to accept, and that failed: nobody stays signed in for having tried (RACE-01)
		if ended := s.sessions.end(r); ended != nil {
			return ended
		}
	}
	return s.deadInvite(r, err)
}

// acceptNew makes a person out of what they typed, and signs them in.
func (s *Server) acceptNew(r *request, o store.Offer, d domain.AcceptDraft) error {
	if problems, err := problemsOf(d.Check(o.Membership, o.Account, store.CommonPassword)); err != nil || problems != nil {
		return errors.Join(err, s.showOffer(r, http.StatusUnprocessableEntity, o, d, problems, ""))
	}
	hash, err := s.store.HashPassword(r.ctx(), d.Password)
	if err != nil {
		return err
	}
	u, m, err := s.store.AcceptInvite(r.ctx(), r.Param("token"), d.Person(views.LocaleOf(r.ctx()).Lang), hash, r.RealIP())
	if errors.Is(err, domain.ErrStale) { // somebody has made an account with this address at this moment
		o.Known = true
		return s.showOffer(r, http.StatusConflict, o, d, nil, "")
	}
	if err != nil {
		return s.deadInvite(r, err)
	}
	if err := s.startSession(r, u); err != nil {
		return err
	}
	return s.welcome(r, o.Account, o.Account.RoleOf(m.Role))
}

// welcome leads somebody who has just accepted to the dashboard; a Member, who has none, to their own page.
func (s *Server) welcome(r *request, to domain.Account, as domain.Role) error {
	path := "/accounts/" + to.Slug
	if !as.May(domain.ViewSites) {
		path = "/profile"
	}
	if err := r.stay(to.Slug); err != nil {
		return err
	}
	return s.done(r, path, views.Flash{
		Title: views.T(r.ctx(), "acceptances.welcome", "Account", to.Name),
		Text:  views.T(r.ctx(), "acceptances.welcome-as", "Role", views.RoleName(r.ctx(), as)),
	})
}

// findInvite finds the open offer of the address's link, and who stands behind it. A stranger reads it in the language
// they were invited in, unless they have chosen one, and in the inviter's time.
func (s *Server) findInvite(r *request) (store.Offer, domain.User, error) {
	o, err := s.store.FindInviteByToken(r.ctx(), r.Param("token"))
	if err != nil {
		return o, domain.User{}, err
	}
	inviter, err := s.store.Person(r.ctx(), o.Membership.InvitedBy)
	if err != nil {
		return o, inviter, err
	}
	if r.by.User.ID == "" {
		l := views.LocaleOf(r.ctx())
		l.Zone = inviter.Zone()
		if r.chosenLanguage() == "" {
			l.Lang = o.Membership.Language
		}
		r.SetRequest(r.Request().WithContext(views.WithLocale(r.ctx(), l)))
	}
	return o, inviter, nil
}

func (s *Server) showOffer(r *request, status int, o store.Offer, d domain.AcceptDraft, problems domain.Problems, wrong string) error {
	m := o.Membership
	shown := views.Offer{
		Link: r.Request().URL.Path, Account: o.Account, Role: o.Account.RoleOf(m.Role), Email: m.Email, All: m.Scope.AccountWide(), Until: m.EndsAt, AnswerBy: m.ExpiresAt,
		From: m.InviterName, Message: m.Message, TextsOn: m.NotifyText, Known: o.Known, Mine: r.by.User.Email == m.Email,
	}
	if !shown.Mine {
		shown.Other = r.by.User.Email
	}
	for _, name := range o.Sites {
		shown.Sites = append(shown.Sites, name)
	}
	slices.SortFunc(shown.Sites, func(a, b string) int { return strings.Compare(domain.Fold(a), domain.Fold(b)) })
	p := r.doorPage(views.T(r.ctx(), "acceptances.title"))
	return s.show(r, status, views.AcceptInvite(p, shown, d, problems, wrong))
}

// deadInvite answers for every link that does not open, alike (INV-11); other failures stay what they are.
func (s *Server) deadInvite(r *request, err error) error {
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	p := r.doorPage(views.T(r.ctx(), "acceptances.dead-title"))
	return s.show(r, http.StatusNotFound, views.DeadInvite(p, "/invites/"+url.PathEscape(r.Param("token"))+"/requests"))
}

// requestInvite asks the sender of a link for a new one. The answer says nothing of whether there was one.
func (s *Server) requestInvite(r *request) error {
	if err := s.store.AskAgain(r.ctx(), r.Param("token")); err != nil {
		return err
	}
	return r.goTo("/invites/requested")
}

func (s *Server) inviteRequested(r *request) error {
	return s.show(r, http.StatusOK, views.InviteRequested(r.page(views.T(r.ctx(), "acceptances.asked-title"))))
}
