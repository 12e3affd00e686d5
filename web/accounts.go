package web

import (
	"errors"
	"net/http"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// companies is the address of a partner's Accounts & Sites.
const (
	companies = "/accounts/:account/companies"
	client    = companies + "/:client"
)

// accountQuery is what the address of Accounts & Sites asks the store for. What it does not know matches nothing.
func accountQuery(q views.ListQuery) store.AccountQuery {
	return store.AccountQuery{
		Search: q.Q, States: typed[domain.AccountState](q.Values("state")),
		Paging: store.Paging{Sort: q.Sort, After: q.After, Before: q.Before},
	}
}

func (r *request) accountList() views.ListQuery {
	q := views.ParseListQuery(r.account("/companies"), r.Request().URL.Query(), "state")
	q.Order = "name"
	return q
}

// clientFrame is the page around something below Accounts & Sites.
func (r *request) clientFrame(title string, crumbs ...views.Crumb) views.Page {
	all := append([]views.Crumb{{Label: views.T(r.ctx(), "accounts.title"), Href: r.account("/companies")}}, crumbs...)
	return r.page(title, append(all, views.Crumb{Label: title})...)
}

func (r *request) clientCrumb(a domain.Account) views.Crumb {
	return views.Crumb{Label: a.Name, Href: r.account("/companies/" + a.ID)}
}

// listAccounts is Accounts & Sites.
func (s *Server) listAccounts(r *request) error {
	q := r.accountList()
	page, err := s.store.Clients(r.ctx(), r.by, accountQuery(q))
	if err != nil {
		return err
	}
	v := views.Accounts{By: r.by, Base: r.account("/companies"), Query: q, Pager: pager(page)}
	for _, c := range page.Rows {
		v.Rows = append(v.Rows, views.AccountLine{Account: c.Account, Sites: total(c.Sites)})
	}
	title := views.T(r.ctx(), "accounts.title")
	return s.show(r, http.StatusOK, views.AccountsPage(r.page(title, views.Crumb{Label: title}), v))
}

// exportAccounts is exactly the list of the address as a file, all pages of it.
func (s *Server) exportAccounts(r *request) error {
	ctx := r.ctx()
	file := r.sheet("accounts", views.AccountHeads(ctx)...)
	err := s.store.EachClient(ctx, r.by, accountQuery(r.accountList()), func(c store.Client) error {
		return file.row(views.AccountCells(ctx, views.AccountLine{Account: c.Account, Sites: total(c.Sites)})...)
	})
	return file.end(err)
}

// newAccount is the window in which an account is set up.
func (s *Server) newAccount(r *request) error {
	return s.showAccountForm(r, http.StatusOK, views.AccountForm{Draft: domain.AccountDraft{Country: r.by.Account.Country, Language: r.by.User.Language}})
}

func (s *Server) showAccountForm(r *request, status int, f views.AccountForm) error {
	f.Base, f.Days = r.account("/companies"), domain.DefaultInviteDays
	return s.show(r, status, views.AccountFormPage(r.clientFrame(views.T(r.ctx(), "accounts.new-title")), f))
}

// createAccount opens the account and invites its first Admin.
func (s *Server) createAccount(r *request) error {
	var d domain.AccountDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	a, err := s.store.CreateClient(r.ctx(), r.by, d)
	f := views.AccountForm{Draft: d}
	if status := r.refusedOffer(err, &f.Problems, &f.Wait); status != 0 {
		return s.showAccountForm(r, status, f)
	}
	if err != nil {
		return err
	}
	return s.done(r, r.account("/companies/"+a.ID), views.Flash{Title: views.T(r.ctx(), "accounts.created-flash", "Name", a.Name), Text: s.sentText(r, d.Email)})
}

// sentText says under a flash where the invite went.
func (s *Server) sentText(r *request, to string) string {
	if !s.config.Mailed {
		return views.T(r.ctx(), "accounts.not-mailed")
	}
	return views.T(r.ctx(), "accounts.mailed", "Email", to)
}

// clientSitesShown is how many sites a page of an account lists.
const clientSitesShown = 25

// showClient is one customer account as its partner sees it.
func (s *Server) showClient(r *request) error {
	ctx := r.ctx()
	c, err := s.store.Client(ctx, r.by, r.Param("client"))
	if err != nil {
		return err
	}
	at := r.account("/companies/" + c.ID)
	d := views.ClientDetail{By: r.by, Base: r.account("/companies"), Account: c.Account, Sites: total(c.Sites), Query: views.ParseListQuery(at, r.Request().URL.Query())}
	if d.Rows, d.Next, err = s.store.ClientSites(ctx, r.by, c.Account, d.Query.Q, d.Query.After, clientSitesShown); err != nil {
		return err
	}
	if d.Admin, d.Vacant, err = s.store.FirstAdmin(ctx, r.by, c.Account); err != nil {
		return err
	}
	if d.History, err = r.historyOf(c.ID, at); err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.ClientDetailPage(r.clientFrame(c.Name), d))
}

// openClient is the account of the address, in which something is to begin.
func (r *request) openClient() (domain.Account, error) {
	c, err := r.server.store.Client(r.ctx(), r.by, r.Param("client"))
	if err != nil {
		return c.Account, err
	}
	return c.Account, c.Open()
}

// newFirstAdmin is the window in which the first Admin's place is offered again, filled with the last offer.
func (s *Server) newFirstAdmin(r *request) error {
	a, err := r.openClient()
	if err != nil {
		return err
	}
	m, vacant, err := s.store.FirstAdmin(r.ctx(), r.by, a)
	if err != nil {
		return err
	}
	if !vacant {
		return domain.FirstAdminTaken()
	}
	d := domain.FirstAdminDraft{FirstName: m.FirstName, LastName: m.LastName, Email: m.Email, Language: m.Language}
	if m.ID == "" {
		d.Language = r.by.User.Language
	}
	return s.showFirstAdmin(r, http.StatusOK, views.FirstAdminForm{Account: a, Draft: d})
}

func (s *Server) showFirstAdmin(r *request, status int, f views.FirstAdminForm) error {
	f.Base = r.account("/companies")
	title := views.T(r.ctx(), "accounts.admin-title", "Name", f.Account.Name)
	return s.show(r, status, views.FirstAdminFormPage(r.clientFrame(title, r.clientCrumb(f.Account)), f))
}

func (s *Server) createFirstAdmin(r *request) error {
	var d domain.FirstAdminDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	a, err := r.openClient()
	if err != nil {
		return err
	}
	_, err = s.store.InviteFirstAdmin(r.ctx(), r.by, a.ID, d)
	f := views.FirstAdminForm{Account: a, Draft: d}
	if status := r.refusedOffer(err, &f.Problems, &f.Wait); status != 0 {
		return s.showFirstAdmin(r, status, f)
	}
	if err != nil {
		return err
	}
	return s.done(r, r.account("/companies/"+a.ID), views.Flash{Title: views.T(r.ctx(), "accounts.admin-invited"), Text: s.sentText(r, d.Email)})
}

// newClientSite is the window in which a site of a customer is opened.
func (s *Server) newClientSite(r *request) error {
	a, err := r.openClient()
	if err != nil {
		return err
	}
	return s.showClientSite(r, http.StatusOK, a, views.SiteForm{Draft: domain.SiteDraft{TimeZone: r.by.User.TimeZone}})
}

func (s *Server) showClientSite(r *request, status int, a domain.Account, f views.SiteForm) error {
	page := r.clientFrame(views.T(r.ctx(), "sites.new-title"), r.clientCrumb(a))
	return s.show(r, status, views.ClientSiteFormPage(page, views.ClientSiteForm{Base: r.account("/companies"), Account: a, SiteForm: f}))
}

func (s *Server) createClientSite(r *request) error {
	var d domain.SiteDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	a, err := r.openClient()
	if err != nil {
		return err
	}
	site, err := s.store.CreateClientSite(r.ctx(), r.by, a.ID, d)
	if problems, other := problemsOf(err); problems != nil {
		return s.showClientSite(r, http.StatusUnprocessableEntity, a, views.SiteForm{Draft: d, Problems: problems})
	} else if other != nil {
		return other
	}
	return s.done(r, r.account("/companies/"+a.ID), views.Flash{Title: views.T(r.ctx(), "sites.created", "Name", site.Name)})
}

// newSuspension asks before an account is suspended, and newResumption before it goes on.
func (s *Server) newSuspension(r *request) error { return s.askAccount(r, false) }
func (s *Server) newResumption(r *request) error { return s.askAccount(r, true) }

func (s *Server) askAccount(r *request, resume bool) error {
	c, err := s.store.Client(r.ctx(), r.by, r.Param("client"))
	if err != nil {
		return err
	}
	now := s.store.Now()
	if resume {
		_, _, err = c.Resume(r.by, now) // only to say why not
	} else {
		_, _, err = c.Suspend(r.by, now)
	}
	return s.showAccountQuestion(r, http.StatusOK, views.AccountQuestion{Account: c.Account, Resume: resume}, err)
}

func (s *Server) showAccountQuestion(r *request, status int, q views.AccountQuestion, why error) error {
	q.Base = r.account("/companies")
	if why != nil {
		q.Why = whyNot(r.ctx(), why)
	}
	key := "accounts.suspend-title"
	if q.Resume {
		key = "accounts.resume-title"
	}
	return s.show(r, status, views.AccountQuestionPage(r.clientFrame(views.T(r.ctx(), key, "Name", q.Account.Name), r.clientCrumb(q.Account)), q))
}

// suspendAccount stops everything in an account, and resumeAccount lets it go on.
func (s *Server) suspendAccount(r *request) error {
	a, err := s.store.SuspendClient(r.ctx(), r.by, r.Param("client"))
	return s.switched(r, a, err, false, "accounts.suspended-flash")
}

func (s *Server) resumeAccount(r *request) error {
	a, err := s.store.ResumeClient(r.ctx(), r.by, r.Param("client"))
	return s.switched(r, a, err, true, "accounts.resumed-flash")
}

func (s *Server) switched(r *request, a domain.Account, err error, resume bool, told string) error {
	var refusal *domain.Refusal
	switch {
	case errors.As(err, &refusal):
		return s.showAccountQuestion(r, s.denied(r, err), views.AccountQuestion{Account: a, Resume: resume}, err)
	case err != nil:
		return err
	}
	return s.done(r, r.account("/companies/"+a.ID), views.Flash{Title: views.T(r.ctx(), told, "Name", a.Name)})
}

// colleaguesShown is up to how many administrators are chosen from a list; the address of one of more is typed.
const colleaguesShown = 100

// newColleague is the window in which one of the partner's own people is invited to a site (C14).
func (s *Server) newColleague(r *request) error {
	site, err := r.query("site")
	if err != nil {
		return err
	}
	a, err := r.openClient()
	if err != nil {
		return err
	}
	return s.showColleague(r, http.StatusOK, a, views.ColleagueForm{Draft: domain.ColleagueDraft{Site: site, Role: string(domain.RoleUser)}})
}

func (s *Server) showColleague(r *request, status int, a domain.Account, f views.ColleagueForm) error {
	var err error
	f.Base, f.Account = r.account("/companies"), a
	if f.Site, err = s.store.ClientSite(r.ctx(), r.by, a, f.Draft.Site); err != nil {
		return err
	}
	if f.Colleagues, f.More, err = s.store.Colleagues(r.ctx(), r.by, colleaguesShown); err != nil {
		return err
	}
	title := views.T(r.ctx(), "accounts.colleague-title", "Site", f.Site.Name)
	return s.show(r, status, views.ColleagueFormPage(r.clientFrame(title, r.clientCrumb(a)), f))
}

func (s *Server) inviteColleague(r *request) error {
	var d domain.ColleagueDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	a, err := r.openClient()
	if err != nil {
		return err
	}
	m, err := s.store.InviteColleague(r.ctx(), r.by, a.ID, d)
	f := views.ColleagueForm{Draft: d}
	if status := r.refusedOffer(err, &f.Problems, &f.Wait); status != 0 {
		err = s.showColleague(r, status, a, f)
		var refusal *domain.Refusal
		if errors.As(err, &refusal) { // the site was removed while the form was open
			return s.done(r, r.account("/companies/"+a.ID), views.Flash{Failed: true, Title: views.RefusalText(r.ctx(), refusal)})
		}
		return err
	}
	if err != nil {
		return err
	}
	if !s.config.Mailed { // the partner has no list of these offers to copy it from later
		return s.showClientLink(r, a.ID, m.ID)
	}
	return s.done(r, r.account("/companies/"+a.ID), views.Flash{Title: views.T(r.ctx(), "accounts.colleague-invited", "Name", m.Name()), Text: s.sentText(r, m.Email)})
}

// copyClientLink hands out the link of what the partner has offered in an account, once for each asking (INV-15).
func (s *Server) copyClientLink(r *request) error {
	return s.showClientLink(r, r.Param("client"), r.Param("offer"))
}

func (s *Server) showClientLink(r *request, client, offer string) error {
	c, err := s.store.Client(r.ctx(), r.by, client)
	if err != nil {
		return err
	}
	m, token, err := s.store.CopyClientLink(r.ctx(), r.by, c.ID, offer)
	if err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.InviteLinkPage(r.clientFrame(m.Name(), r.clientCrumb(c.Account)), views.InviteLink{
		Invite: m, Link: s.Link("/invites/" + token), Back: r.account("/companies/" + c.ID),
	}))
}
