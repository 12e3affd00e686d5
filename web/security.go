package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// showSecurity is the tab Security Settings (A12).
func (s *Server) showSecurity(r *request) error {
	return s.security(r, http.StatusOK, r.by.Account.Security(r.by.User.Zone()), nil)
}

// security shows the tab: as it stands, or with one section as typed and what is wrong with it.
func (s *Server) security(r *request, status int, d domain.SecurityDraft, problems domain.Problems) error {
	v, err := s.securityView(r, status, d, problems)
	if err != nil {
		return err
	}
	return s.showSecurityView(r, status, v)
}

func (s *Server) showSecurityView(r *request, status int, v views.Security) error {
	return s.show(r, status, views.SecuritySettings(r.page(v.PageTitle(r.ctx()), r.settingsCrumbs(v.Settings)...), v))
}

func (s *Server) securityView(r *request, status int, d domain.SecurityDraft, problems domain.Problems) (views.Security, error) {
	head, err := r.settings("security", nil)
	if err != nil {
		return views.Security{}, err
	}
	a := r.by.Account
	v := views.Security{
		Settings: head, Account: a, May: r.by.Can(domain.EditSecurity), Draft: d, Problems: problems, Stale: status == http.StatusConflict,
		Bounds: s.store.Bounds(), Disable: r.by.Can(domain.EditUsers), Author: a.Policy.Trial.By == r.by.User.ID,
		Without: map[domain.FactorRule]views.Total{}, GuestsWithout: map[domain.FactorRule]views.Total{},
	}
	known, _ := r.session.Values[loadedKey{}].(loaded) // somebody is signed in here
	v.Fresh = known.session.CreatedAt.After(a.Policy.Trial.Began)
	out, err := s.store.Outside(r.ctx(), r.by, a.Policy.Domains)
	if err != nil {
		return views.Security{}, err
	}
	v.People, v.Invites, v.First = total(out.People), total(out.Invites), out.FirstPeople
	v.Guests, v.GuestInvites = total(out.Guests), total(out.GuestInvites)
	for _, rule := range []domain.FactorRule{domain.FactorForSettings, domain.FactorForAll} {
		n, first, guests, err := s.store.WithoutFactor(r.ctx(), r.by, a.Concerned(rule))
		if err != nil {
			return views.Security{}, err
		}
		v.Without[rule], v.GuestsWithout[rule] = total(n), total(guests)
		if rule == a.Policy.SecondFactor {
			v.Unproved = first
		}
	}
	v.Support, err = s.securitySupport(r)
	return v, err
}

// saveSecurity changes one section.
func (s *Server) saveSecurity(r *request) error {
	var d domain.SecurityDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	a, err := s.store.ChangeSecurity(r.ctx(), r.by, d)
	if errors.Is(err, domain.ErrStale) {
		return s.securityOvertaken(r, d)
	}
	if err != nil {
		problems, err := problemsOf(err)
		if err != nil {
			return err
		}
		return s.security(r, http.StatusUnprocessableEntity, r.by.Account.Security(r.by.User.Zone()).Typed(d), problems)
	}
	return s.secured(r, a, views.T(r.ctx(), "security.saved"))
}

// securityOvertaken shows the section as typed beside what stands there now: somebody else has changed the settings since
// the form was opened. Saving it again replaces that.
func (s *Server) securityOvertaken(r *request, d domain.SecurityDraft) error {
	if err := r.reread(); err != nil {
		return err
	}
	return s.security(r, http.StatusConflict, r.by.Account.Security(r.by.User.Zone()).Typed(d), nil)
}

// reread is the reader and the account as they stand now, after a change that was not made as it came too late.
func (r *request) reread() error {
	known, _ := r.session.Values[loadedKey{}].(loaded) // somebody is signed in here
	return r.place(known)
}

// secured tells what was done, and that it is on trial if it is.
func (s *Server) secured(r *request, a domain.Account, title string) error {
	f := views.Flash{Title: title}
	switch t := a.Policy.Trial; {
	case a.Policy.Version == r.by.Account.Policy.Version:
		f.Title = views.T(r.ctx(), "security.unchanged")
	case t.On() && !t.Began.Equal(r.by.Account.Policy.Trial.Began):
		f.Text = views.T(r.ctx(), "security.on-trial", "Time", views.Clock(r.ctx(), t.Until))
	}
	return s.done(r, r.account("/settings/security"), f)
}

// newDomains shows what adding domains, or taking one away, would do to whom. It changes nothing.
func (s *Server) newDomains(r *request) error {
	var d domain.DomainsDraft
	if err := r.bindQuery(&d); err != nil {
		return err
	}
	if d.Add == "" && d.Remove == "" {
		return s.askDomains(r, http.StatusOK, "", nil)
	}
	to, err := d.Proposed(r.by.Account)
	if err != nil {
		problems, err := problemsOf(err)
		if err != nil {
			return err
		}
		return s.askDomains(r, http.StatusUnprocessableEntity, d.Add, problems)
	}
	return s.previewDomains(r, http.StatusOK, to, domain.DomainsDraft{Version: strconv.Itoa(r.by.Account.Policy.Version)}, nil)
}

// askDomains asks for domains, again when they had problems.
func (s *Server) askDomains(r *request, status int, typed string, problems domain.Problems) error {
	head := views.Settings{Base: r.account("/settings"), Tab: "security"}
	page := r.page(views.T(r.ctx(), "security.add-title"), r.settingsCrumbs(head)...)
	return s.show(r, status, views.AskDomains(page, head, typed, problems))
}

func (s *Server) previewDomains(r *request, status int, to domain.AllowedDomains, d domain.DomainsDraft, problems domain.Problems) error {
	out, err := s.store.Outside(r.ctx(), r.by, to)
	if err != nil {
		return err
	}
	own, err := s.store.LeavesOut(r.ctx(), r.by, to)
	if err != nil {
		return err
	}
	head := views.Settings{Base: r.account("/settings"), Tab: "security"}
	p := views.DomainsPreview{
		Settings: head, Was: r.by.Account.Policy.Domains, To: to, Version: d.Version, People: total(out.People), Invites: total(out.Invites),
		FirstPeople: out.FirstPeople, FirstInvites: out.FirstInvites, Guests: total(out.Guests), GuestInvites: total(out.GuestInvites),
		FirstGuests: out.FirstGuests, FirstGuestInvites: out.FirstGuestInvites, Own: own, Known: d.Own == "on", Email: r.by.User.Email, Problems: problems,
		Stale: status == http.StatusConflict,
	}
	if r.by.Account.Policy.TriesOut(to) {
		p.Trial = views.Span(r.ctx(), s.store.Bounds().Trial)
	}
	return s.show(r, status, views.PreviewDomains(r.page(views.T(r.ctx(), "security.domains"), r.settingsCrumbs(head)...), p))
}

// setDomains applies a list of allowed domains (A10, A13, A16).
func (s *Server) setDomains(r *request) error {
	var d domain.DomainsDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	a, err := s.store.ChangeDomains(r.ctx(), r.by, d)
	if err == nil {
		return s.secured(r, a, views.T(r.ctx(), "security.applied"))
	}
	if errors.Is(err, domain.ErrStale) {
		if err := r.reread(); err != nil {
			return err
		}
		d.Version = strconv.Itoa(r.by.Account.Policy.Version) // applied again, it replaces what it is shown beside
		return s.domainsAgain(r, http.StatusConflict, d, nil)
	}
	problems, err := problemsOf(err)
	if err != nil {
		return err
	}
	return s.domainsAgain(r, http.StatusUnprocessableEntity, d, problems)
}

// domainsAgain shows the preview again, or asks again for what is no list of domains.
func (s *Server) domainsAgain(r *request, status int, d domain.DomainsDraft, problems domain.Problems) error {
	to, err := d.Listed()
	wrong, err := problemsOf(err)
	switch {
	case err != nil:
		return err
	case wrong != nil:
		return s.askDomains(r, http.StatusUnprocessableEntity, strings.Join(d.Domains, " "), domain.Problems{"add": wrong["domain"]})
	}
	return s.previewDomains(r, status, to, d, problems)
}

// confirmTrial keeps what is on trial.
func (s *Server) confirmTrial(r *request) error {
	if _, err := s.store.ConfirmTrial(r.ctx(), r.by, store.HashSecret(r.session.ID)); err != nil {
		return err
	}
	return s.done(r, r.account("/settings/security"), views.Flash{Title: views.T(r.ctx(), "security.confirmed")})
}

// takeBackTrial puts back what stood before the trial.
func (s *Server) takeBackTrial(r *request) error {
	if _, err := s.store.TakeBackTrial(r.ctx(), r.by); err != nil {
		return err
	}
	return s.done(r, r.account("/settings/security"), views.Flash{Title: views.T(r.ctx(), "security.taken-back")})
}

// lowerNotifications switches a channel of one's own off, where the account allows it.
func (s *Server) lowerNotifications(r *request) error {
	var d domain.LowerDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	channel := "email"
	id := d.Email
	if id == "" {
		channel, id = "text", d.Text
	}
	if _, err := s.store.LowerNotifications(r.ctx(), r.by.User, id, channel, r.RealIP()); err != nil {
		return err
	}
	return s.done(r, "/profile", views.Flash{Title: views.T(r.ctx(), "profile.lowered")})
}
