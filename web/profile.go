package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// showProfile shows the person's own page.
func (s *Server) showProfile(r *request) error {
	return s.showMe(r, http.StatusOK, views.Me{User: r.by.User, Draft: r.by.User.Draft()})
}

// changeProfile writes what the person says of themself. A form that was opened before the last change comes back with
// what stands there now (409).
func (s *Server) changeProfile(r *request) error {
	var d domain.PersonDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	u := r.by.User
	if d.Version != strconv.Itoa(u.Version) {
		return s.showMe(r, http.StatusConflict, views.Me{User: u, Draft: d, Stale: true})
	}
	in, err := s.store.AccountsOf(r.ctx(), u.ID)
	if err != nil {
		return err
	}
	to, err := d.Check(phoneCountry(u, in, d.Phone), false)
	if err != nil {
		problems, err := problemsOf(err)
		if err != nil {
			return err
		}
		return s.showMe(r, http.StatusUnprocessableEntity, views.Me{User: u, Draft: d, Problems: problems})
	}
	if to.Phone != u.Phone { // texts and codes go there (AUTH-20)
		if asked, err := s.askProof(r); asked || err != nil {
			return err
		}
	}
	u, err = s.store.UpdateProfile(r.ctx(), u, to, r.RealIP())
	if errors.Is(err, domain.ErrStale) {
		if u, err = s.store.Person(r.ctx(), r.by.User.ID); err != nil {
			return err
		}
		return s.showMe(r, http.StatusConflict, views.Me{User: u, Draft: d, Stale: true})
	}
	if err != nil {
		return err
	}
	r.by.User = u
	r.speak(s.store.Now()) // in the language just chosen
	return s.done(r, "/profile", views.Flash{Title: views.T(r.ctx(), "profile.saved")})
}

// phoneCountry is the country whose rule a person's phone number follows: of their accounts, one that admits it, else
// the first. The number that stands there already is not checked anew.
func phoneCountry(u domain.User, in []domain.Belonging, typed string) string {
	if len(in) == 0 || typed == u.Phone {
		return domain.Anywhere
	}
	for _, b := range in {
		if _, ok := domain.ParsePhone(typed, b.Account.Country); ok {
			return b.Account.Country
		}
	}
	return in[0].Account.Country
}

func (s *Server) showMe(r *request, status int, me views.Me) error {
	var err error
	if me.In, err = s.store.AccountsOf(r.ctx(), me.User.ID); err != nil {
		return err
	}
	if me.Sessions, err = s.store.SessionsOf(r.ctx(), me.User.ID); err != nil {
		return err
	}
	if me.RecoveryLeft, err = s.store.RecoveryLeft(r.ctx(), me.User); err != nil {
		return err
	}
	if me.Passkeys, err = s.store.PasskeysOf(r.ctx(), me.User.ID); err != nil {
		return err
	}
	me.PasskeysHere = r.passkeysHere()
	if err := r.notifications(&me); err != nil {
		return err
	}
	me.Country, me.This = phoneCountry(domain.User{}, me.In, "-"), store.HashSecret(r.session.ID)
	// The one at hand stands first, wherever its last use would put it.
	if i := slices.IndexFunc(me.Sessions, func(v domain.Session) bool { return v.Hash == me.This }); i > 0 {
		this := me.Sessions[i]
		me.Sessions = slices.Insert(slices.Delete(me.Sessions, i, i+1), 0, this)
	}
	title := views.T(r.ctx(), "profile.title")
	return s.show(r, status, views.Profile(r.page(title, views.Crumb{Label: title}), me))
}

// notifications adds what the person gets from the account in hand, and where they may change it.
func (r *request) notifications(me *views.Me) error {
	if r.by.Membership == "" {
		return nil
	}
	m, err := r.server.store.User(r.ctx(), r.by, r.by.Membership)
	if errors.Is(err, domain.ErrNotFound) { // no site left to be seen at
		return nil
	}
	me.Here, me.Account, me.Lower = m, r.by.Account.Name, r.by.Account.Policy.LowerOwn
	if r.by.Account.Kind != domain.Partner && r.by.Can(domain.EditUsers) && r.by.MayTouch(m) == nil {
		me.Change = r.account("/settings/users/notifications/new?id=" + m.ID)
	}
	return err
}

// endOwnSessions ends one of the person's sessions, or all but the one at hand (SESS-11).
func (s *Server) endOwnSessions(r *request) error {
	var d domain.EndingDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	this, n := store.HashSecret(r.session.ID), int64(1)
	var err error
	switch {
	case d.Others == "on":
		n, err = s.store.EndOwnSessions(r.ctx(), r.by.User, this, r.RealIP())
	case d.ID == this:
		return s.endSession(r)
	default:
		err = s.store.EndOwnSession(r.ctx(), r.by.User, d.ID, r.RealIP())
	}
	if err != nil {
		return err
	}
	return s.done(r, "/profile", views.Flash{Title: views.T(r.ctx(), "profile.ended", "Count", int(n))})
}
