package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// inviteList is the Invites tab as a list whose rows can be changed together.
var inviteList = &rowList{
	id: views.InviteTable, path: "/settings/invites", filters: []string{"state", "role", "site", "mail"},
	crumbs: func(r *request) []views.Crumb {
		return views.Settings{Base: r.account("/settings"), Tab: "invites"}.Crumbs(r.ctx(), "")
	},
	text: func(ctx context.Context, key string, kv ...any) string { return views.T(ctx, "invites."+key, kv...) },
	chosen: func(r *request, ids []string) ([]domain.Membership, error) {
		return r.server.store.ChosenRows(r.ctx(), r.by, ids)
	},
	matching: func(r *request, q views.ListQuery) ([]string, bool, error) {
		return r.server.store.InviteIDs(r.ctx(), r.by, inviteQuery(q))
	},
}

// What can be done to several invites.
var (
	sendInvites = &act{
		list: inviteList, noun: "sendings",
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.Resend(r.ctx(), r.by, chosen)
		},
		words: inviteWords, why: inviteSince,
	}
	revokeInvites = &act{
		list: inviteList, noun: "revocations", destructive: true,
		run: func(r *request, chosen store.Chosen, _ choice) ([]store.Outcome, error) {
			return r.server.store.Revoke(r.ctx(), r.by, chosen)
		},
		words: inviteWords, why: inviteSince,
	}
)

// inviteWords tells an invite by its state. What was pending and is sent again says only until when it is now.
func inviteWords(r *request, outcomes []store.Outcome) (func(domain.Membership) string, error) {
	before := map[string]domain.Membership{}
	for _, o := range outcomes {
		before[o.Before.ID] = o.Before
	}
	ctx, now := r.ctx(), r.server.store.Now()
	return func(m domain.Membership) string {
		was, state := before[m.ID], views.InviteStateOf(m, now)
		if m.Generation > was.Generation {
			return views.T(ctx, "invites.pending-until", "Date", views.Date(ctx, m.ExpiresAt))
		}
		return views.InviteStateName(ctx, state)
	}, nil
}

// inviteSince tells of an invite whose state does not allow a change since when it is in it: "Expired on Nov 17".
func inviteSince(r *request, o store.Outcome) string {
	var refusal *domain.Refusal
	if !errors.As(o.Err, &refusal) || refusal.Code != "not_pending" && refusal.Code != "already_accepted" {
		return ""
	}
	return views.InviteSince(r.ctx(), o.Before)
}

// inviteQuery is what the address of the Invites tab asks the store for. What it does not know matches nobody.
func inviteQuery(q views.ListQuery) store.Query {
	out := storeQuery(q)
	out.States, out.Mail = typed[domain.State](q.Values("state")), typed[domain.MailState](q.Values("mail"))
	return out
}

// listInvites is the Invites tab (A27).
func (s *Server) listInvites(r *request) error {
	q := inviteList.query(r, choice{List: r.Request().URL.RawQuery})
	q.Order = "-sent"
	if to, asked, err := r.foundSites(q); err != nil || asked {
		if err != nil {
			return err
		}
		return r.goTo(to.URL())
	}
	page, err := s.store.Invites(r.ctx(), r.by, inviteQuery(q))
	if err != nil {
		return err
	}
	v := views.Invites{By: r.by, Query: q, Pager: pager(page), Rows: page.Rows}
	if v.Settings, err = r.settings("invites", q.Values("site")); err != nil {
		return err
	}
	if v.Sites, err = r.siteNames(page.Rows...); err != nil {
		return err
	}
	if v.SiteFilter, err = r.siteFilter(views.T(r.ctx(), "invites.site"), q); err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.InvitesPage(r.page(v.PageTitle(r.ctx()), r.settingsCrumbs(v.Settings)...), v))
}

// viewInvite is one invite with its history.
func (s *Server) viewInvite(r *request) error {
	m, err := s.store.Invite(r.ctx(), r.by, r.Param("invite"))
	if err != nil {
		return err
	}
	d := views.InviteDetail{By: r.by, Invite: m, Base: r.account(inviteList.path), Users: r.account(userList.path)}
	if d.History, err = r.history(m, d.Base+"/"+m.ID); err != nil {
		return err
	}
	_, d.Sites = views.ScopeNames(m.Scope, d.History.Places)
	return s.show(r, http.StatusOK, views.InviteDetailPage(r.inviteFrame(m.Name()), d))
}

// inviteFrame is the page around something below the Invites tab.
func (r *request) inviteFrame(title string) views.Page {
	return r.page(title, append(inviteList.crumbs(r), views.Crumb{Label: title})...)
}

// opened is where a form about an invite was opened, to go back there.
type opened struct {
	From string `form:"from"` // see below; empty: the Invites tab
	List string `form:"list"` // the query string of the list behind
}

// Where an invite is made or corrected from, beside the Invites tab, fromDrawer and fromPage.
const (
	fromUsers     = "users"      // the button "Invite User" of the Users tab
	fromNotListed = "not-listed" // the line below the Users tab
)

// list is the list behind the form.
func (o opened) list() *rowList {
	if o.From == fromUsers || o.From == fromNotListed {
		return userList
	}
	return inviteList
}

// back is where the form leads when it is through; id is the invite it is about, empty for a new one.
func (o opened) back(r *request, id string) string {
	if id == "" {
		return o.list().query(r, choice{List: o.List}).URL()
	}
	return o.list().behind(r, choice{List: o.List, From: o.From, IDs: []string{id}})
}

// target is what the answer to the form replaces.
func (o opened) target() string {
	switch o.From {
	case fromDrawer:
		return drawer
	case fromPage:
		return ""
	}
	return o.list().id
}

// newInvite is the window in which somebody is invited (A9, A17).
func (s *Server) newInvite(r *request) error {
	var o opened
	if err := r.bindQuery(&o); err != nil {
		return err
	}
	site, err := r.query("site")
	if err != nil {
		return err
	}
	d := domain.InviteDraft{NotifyEmail: "on", Language: r.by.User.Language}
	if site != "" {
		d.Scope = []string{site}
	} else if ids := r.by.Scope.SiteIDs(); len(ids) == 1 {
		d.Scope = ids // there is nothing to choose
	}
	return s.showInviteForm(r, http.StatusOK, views.InviteForm{Draft: d}, o)
}

// showInviteForm shows the form with what is typed.
func (s *Server) showInviteForm(r *request, status int, f views.InviteForm, o opened) error {
	f.By, f.Mailed, f.Base, f.Target, f.Users = r.by, s.config.Mailed, r.account(inviteList.path), o.target(), o.From == fromUsers
	f.Hidden = []views.Hidden{{Name: "from", Value: o.From}, {Name: "list", Value: o.List}}
	f.Back = o.back(r, "")
	title := views.T(r.ctx(), "invites.form.title")
	if f.Was != nil {
		title, f.Back = views.T(r.ctx(), "invites.form.correct-title", "Name", f.Was.Name()), o.back(r, f.Was.ID)
	}
	if p, ok := f.Problems["email"]; ok && p.Args["ID"] != "" {
		f.Taken = r.account(userList.path) + "/" + p.Args["ID"]
		if p.Code == "already_invited" {
			f.Taken = r.account(inviteList.path) + "/" + p.Args["ID"]
		}
	}
	var err error
	if f.Scope, err = r.scopeField(f.Draft.Scope); err != nil {
		return err
	}
	return s.show(r, status, views.InviteFormPage(r.inviteFrame(title), f))
}

// createInvite invites somebody (A26).
func (s *Server) createInvite(r *request) error {
	var d domain.InviteDraft
	var o opened
	if err := errors.Join(r.bind(&d), r.bind(&o)); err != nil {
		return err
	}
	m, err := s.store.CreateInvite(r.ctx(), r.by, d)
	f := views.InviteForm{Draft: d}
	if status := r.refusedOffer(err, &f.Problems, &f.Wait); status != 0 {
		return s.showInviteForm(r, status, f, o)
	}
	if err != nil {
		return err
	}
	ctx := r.ctx()
	flash := views.Flash{Title: views.T(ctx, "invites.flash-sent", "Name", m.Name()), Text: views.T(ctx, "invites.flash-until", "When", views.DateTime(ctx, m.ExpiresAt))}
	if !s.config.Mailed {
		flash = s.toCopy(r, m, "invites.flash-made")
	}
	return s.done(r, o.back(r, ""), flash)
}

// refusedOffer says with which status a form that sends an invite comes back, 0 when it does not: with its problems, or with
// after what time the company may send again.
func (r *request) refusedOffer(err error, problems *domain.Problems, wait *time.Duration) int {
	switch {
	case errors.As(err, problems):
		return http.StatusUnprocessableEntity
	case errors.Is(err, domain.ErrTooMany):
		*wait = waitOf(err)
		r.Response().Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		return http.StatusTooManyRequests
	}
	return 0
}

// toCopy tells that nothing was mailed, and where the link is.
func (s *Server) toCopy(r *request, m domain.Membership, key string) views.Flash {
	ctx := r.ctx()
	return views.Flash{
		Title: views.T(ctx, key, "Name", m.Name()), Text: views.T(ctx, "invites.flash-copy"),
		Href: r.account(inviteList.path) + "/" + url.PathEscape(m.ID), Link: views.T(ctx, "invites.flash-link"),
	}
}

// newCorrection is the same form with what the invite says (A29).
func (s *Server) newCorrection(r *request) error {
	var o opened
	if err := r.bindQuery(&o); err != nil {
		return err
	}
	m, err := s.store.Invite(r.ctx(), r.by, r.Param("invite"))
	if err != nil {
		return err
	}
	if err := m.MayCorrect(r.by, s.store.Now()); err != nil {
		return err
	}
	return s.showCorrection(r, http.StatusOK, m, views.InviteForm{Draft: m.Draft(r.by.User.Zone())}, o)
}

func (s *Server) showCorrection(r *request, status int, m domain.Membership, f views.InviteForm, o opened) error {
	names, err := r.siteNames(m)
	if err != nil {
		return err
	}
	f.Was = &m
	_, f.WasSites = views.ScopeNames(m.Scope, names)
	return s.showInviteForm(r, status, f, o)
}

// createCorrection replaces what is offered and sends it again.
func (s *Server) createCorrection(r *request) error {
	var d domain.InviteDraft
	var o opened
	if err := errors.Join(r.bind(&d), r.bind(&o)); err != nil {
		return err
	}
	id := r.Param("invite")
	was, err := s.store.Invite(r.ctx(), r.by, id)
	if err != nil {
		return err
	}
	after, err := s.store.Correct(r.ctx(), r.by, id, d)
	var refusal *domain.Refusal
	f := views.InviteForm{Draft: d}
	status := r.refusedOffer(err, &f.Problems, &f.Wait)
	switch {
	case status != 0:
		return s.showCorrection(r, status, was, f, o)
	case errors.Is(err, domain.ErrStale) && !errors.As(err, &refusal):
		return s.correctionOvertaken(r, id, f, o)
	case errors.As(err, &refusal):
		return s.notCorrected(r, was, err, o)
	case err != nil:
		return err
	}
	flash, err := s.correctedFlash(r, was, after)
	if err != nil {
		return err
	}
	return s.done(r, o.back(r, id), flash)
}

// correctionOvertaken shows what is typed beside what is there now: sending it again replaces that.
func (s *Server) correctionOvertaken(r *request, id string, f views.InviteForm, o opened) error {
	m, err := s.store.Invite(r.ctx(), r.by, id)
	if err != nil {
		return err
	}
	if err := m.MayCorrect(r.by, s.store.Now()); err != nil {
		return s.notCorrected(r, m, err, o)
	}
	f.Stale, f.Draft.Version = true, m.Draft(r.by.User.Zone()).Version
	return s.showCorrection(r, http.StatusConflict, m, f, o)
}

// notCorrected says in the window why it cannot be done any more.
func (s *Server) notCorrected(r *request, m domain.Membership, why error, o opened) error {
	title := views.T(r.ctx(), "invites.form.cannot-correct", "Name", m.Name())
	d := views.DialogProps{Title: title, Lead: whyNot(r.ctx(), why), Safe: views.T(r.ctx(), "common.close"), Back: o.back(r, m.ID)}
	return s.show(r, s.denied(r, why), views.BulkOutcome(r.inviteFrame(title), d, "", nil))
}

// correctedFlash tells what was offered before and what is now.
func (s *Server) correctedFlash(r *request, was, now domain.Membership) (views.Flash, error) {
	names, err := r.siteNames(was, now)
	if err != nil {
		return views.Flash{}, err
	}
	ctx := r.ctx()
	f := views.Flash{Title: views.T(ctx, "invites.flash-corrected", "Name", now.Name()), Text: views.InviteChange(ctx, r.by.Account, was, now, names)}
	if !s.config.Mailed {
		copied := s.toCopy(r, now, "invites.flash-corrected-made")
		copied.Text = joinSentences(f.Text, copied.Text)
		return copied, nil
	}
	return f, nil
}

func joinSentences(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// copyLink hands out the link of a pending invite of a list, once for each asking; the history says to whom (INV-15).
func (s *Server) copyLink(l *rowList, param string) func(*request) error {
	return func(r *request) error {
		m, err := s.store.Invite(r.ctx(), r.by, r.Param(param))
		if err != nil {
			return err
		}
		token, err := s.store.CopyLink(r.ctx(), r.by, m.ID)
		if err != nil {
			return err
		}
		page := r.page(m.Name(), append(l.crumbs(r), views.Crumb{Label: m.Name()})...)
		return s.show(r, http.StatusOK, views.InviteLinkPage(page, views.InviteLink{
			Invite: m, Link: s.Link("/invites/" + token), Back: r.account(l.path) + "/" + url.PathEscape(m.ID),
		}))
	}
}
