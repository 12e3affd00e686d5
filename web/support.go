package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// support is the address of the partner's page about support access.
const support = "/accounts/:account/support"

// The page has three parts: the list, the form that asks, and the search of an address across the accounts that grant access.

// listSupport is the page Support.
func (s *Server) listSupport(r *request) error {
	var v views.SupportPage
	again, err := r.query("again")
	if err != nil {
		return err
	}
	if again != "" {
		line, err := s.store.SupportLine(r.ctx(), r.by, again)
		if err != nil {
			return err
		}
		v.Draft = domain.SupportDraft{Account: line.Account.Name, Reason: line.Reason}
	}
	return s.showSupport(r, http.StatusOK, v)
}

// showSupport shows the page, with the form as typed and what is wrong with it.
func (s *Server) showSupport(r *request, status int, v views.SupportPage) error {
	q := views.ParseListQuery(r.account("/support"), r.Request().URL.Query(), "state")
	q.Order = "-when"
	page, err := s.store.Supports(r.ctx(), r.by, store.SupportQuery{
		Search: q.Q, States: typed[domain.SupportState](q.Values("state")), Paging: store.Paging{Sort: q.Sort, After: q.After, Before: q.Before},
	})
	if err != nil {
		return err
	}
	v.By, v.Base, v.Query, v.Pager = r.by, r.account("/support"), q, pager(page)
	for _, l := range page.Rows {
		v.Rows = append(v.Rows, views.SupportLine{Grant: l.SupportGrant, Account: l.Account})
	}
	if v.Address, err = r.query("address"); err != nil {
		return err
	}
	if v.Address != "" && r.by.Can(domain.GiveSupport) {
		hits, err := s.store.FindForSupport(r.ctx(), r.by, v.Address)
		if err != nil {
			return err
		}
		for _, h := range hits {
			v.Hits = append(v.Hits, views.SupportHit{Grant: h.Line.SupportGrant, Account: h.Line.Account, Membership: h.Membership, Resend: h.Resend, Revoke: h.Revoke})
		}
	}
	title := views.T(r.ctx(), "support.title")
	return s.show(r, status, views.SupportListPage(r.page(title, views.Crumb{Label: title}), v))
}

// mostSupportChoices is how many accounts are offered for what was typed.
const mostSupportChoices = 8

// askSupport asks an account for support access. What was typed for it is its address or its name; what has no more than
// words of them is offered to choose from, and nobody is asked yet: the request mails another company's Admins.
func (s *Server) askSupport(r *request) error {
	var d domain.SupportDraft
	var chosen struct {
		Meant string `form:"meant"` // the address of one of those
	}
	if err := errors.Join(r.bind(&d), r.bind(&chosen)); err != nil {
		return err
	}
	v := views.SupportPage{Draft: d}
	if chosen.Meant != "" {
		v.Draft.Account, d.Account = chosen.Meant, chosen.Meant
	} else if meant, sure, err := s.meantAccounts(r, d.Account); err != nil {
		return err
	} else if sure {
		d.Account, v.Draft.Account = meant[0].Slug, meant[0].Name // so that what is said of "this account" is said of one that is named
	} else {
		d.Account, v.Choices = "", meant
	}
	g, err := s.store.AskSupport(r.ctx(), r.by, d)
	if err == nil {
		return s.done(r, r.account("/support"), views.Flash{Title: views.T(r.ctx(), "support.flash-asked", "Account", g.AccountName)})
	}
	status := r.refusedOffer(err, &v.Problems, &v.Wait)
	if status == 0 {
		return err
	}
	if len(v.Choices) > 0 {
		v.Problems["account"] = domain.WhichSupport(len(v.Choices))
	}
	return s.showSupport(r, status, v)
}

// meantAccounts are the customers that what was typed can mean: those of exactly this address or name, else all that have
// its words, which are none that anybody is sure of. Two companies may have one name.
func (s *Server) meantAccounts(r *request, typed string) (meant []domain.Account, sure bool, err error) {
	if strings.TrimSpace(typed) == "" {
		return nil, false, nil
	}
	page, err := s.store.Clients(r.ctx(), r.by, store.AccountQuery{Search: typed, Paging: store.Paging{Limit: mostSupportChoices}})
	if err != nil {
		return nil, false, err
	}
	var named []domain.Account
	for _, c := range page.Rows {
		if c.Slug == domain.Fold(typed) {
			return []domain.Account{c.Account}, true, nil
		}
		if domain.Fold(c.Name) == domain.Fold(typed) {
			named = append(named, c.Account)
		}
		meant = append(meant, c.Account)
	}
	if len(named) > 0 {
		return named, len(named) == 1, nil
	}
	return meant, false, nil
}

// withdrawSupport takes a request back.
func (s *Server) withdrawSupport(r *request) error {
	g, err := s.store.WithdrawSupport(r.ctx(), r.by, r.Param("support"))
	if err != nil {
		return err
	}
	return s.done(r, r.account("/support"), views.Flash{Title: views.T(r.ctx(), "support.flash-withdrawn", "Account", g.AccountName)})
}

// enterSupport takes the session into the account, as it takes guests into a company.
func (s *Server) enterSupport(r *request) error {
	secret := store.NewSecret()
	in, err := s.store.EnterSupport(r.ctx(), r.by, r.Param("support"), store.HashSecret(r.session.ID), store.HashSecret(secret))
	if err != nil {
		return err
	}
	s.sessions.adopt(r, secret)
	return r.goTo("/accounts/" + in.Slug + "/settings/invites")
}

// leaveSupport ends a support session. It takes rights away only, and so asks for no proof.
func (s *Server) leaveSupport(r *request) error {
	if r.by.Kind == domain.KindGuest {
		return domain.ErrNotFound
	}
	if err := s.sessions.bringHome(r); err != nil {
		return err
	}
	return r.goTo("/")
}

// A supportAct is what can be done to an invite from the partner's page.
type supportAct struct {
	noun   string
	resend bool
}

var (
	supportResend = supportAct{"sendings", true}
	supportRevoke = supportAct{"revocations", false}
)

// newSupportAct asks before an invite is sent again or revoked, from the partner's page.
func (s *Server) newSupportAct(a supportAct) func(*request) error {
	return func(r *request) error {
		inside, err := s.store.SupportActor(r.ctx(), r.by, r.Param("support"))
		if err != nil {
			return err
		}
		out, err := s.store.ActForSupport(r.ctx(), inside, store.Chosen{IDs: []string{r.Param("offer")}, Preview: true}, a.resend)
		if err != nil {
			return err
		}
		return s.showSupportAct(r, http.StatusOK, a, inside, out[0])
	}
}

func (s *Server) showSupportAct(r *request, status int, a supportAct, inside domain.Actor, o store.Outcome) error {
	v := views.SupportQuestion{
		Base: r.account("/support"), Action: r.Request().URL.Path, Account: inside.Account.Name, Membership: o.Before, Resend: a.resend,
		Version: strconv.Itoa(o.Before.Version),
	}
	v.Action = strings.TrimSuffix(v.Action, "/new")
	if o.Err != nil {
		v.Why = whyNot(r.ctx(), o.Err)
	}
	page := r.page(v.Title(r.ctx()), views.Crumb{Label: views.T(r.ctx(), "support.title"), Href: r.account("/support")}, views.Crumb{Label: o.Before.Name()})
	return s.show(r, status, views.SupportQuestionPage(page, v))
}

// doSupportAct does it, in the right account and by who the actor is inside.
func (s *Server) doSupportAct(a supportAct) func(*request) error {
	return func(r *request) error {
		var c choice
		if err := r.bind(&c); err != nil {
			return err
		}
		inside, err := s.store.SupportActor(r.ctx(), r.by, r.Param("support"))
		if err != nil {
			return err
		}
		version, err := strconv.Atoi(c.Version)
		if err != nil {
			version = 0 // a form without one
		}
		out, err := s.store.ActForSupport(r.ctx(), inside, store.Chosen{IDs: []string{r.Param("offer")}, Version: version}, a.resend)
		if err != nil {
			return err
		}
		if out[0].Err != nil {
			return s.showSupportAct(r, http.StatusConflict, a, inside, out[0])
		}
		key := "support.flash-revoked"
		if a.resend {
			key = "support.flash-resent"
		}
		m := out[0].Membership
		return s.done(r, r.account("/support")+"?address="+url.QueryEscape(m.Email), views.Flash{Title: views.T(r.ctx(), key, "Name", m.Name(), "Account", inside.Account.Name)})
	}
}
