package web

import (
	"context"
	"net/http"
	"strings"

	"gatehouse/domain"
	"gatehouse/static"
	"gatehouse/store"
	"gatehouse/views"
)

// userList is the Users tab as a list whose rows can be changed together.
var userList = &rowList{
	id: "user-table", path: "/settings/users", order: "name", filters: []string{"state", "role", "site", "email", "text", "domain", "factor"},
	crumbs: func(r *request) []views.Crumb {
		return views.Settings{Base: r.account("/settings"), Tab: "users"}.Crumbs(r.ctx(), "")
	},
	text: func(ctx context.Context, key string, kv ...any) string { return views.T(ctx, "users.act."+key, kv...) },
	chosen: func(r *request, ids []string) ([]domain.Membership, error) {
		return r.server.store.ChosenRows(r.ctx(), r.by, ids)
	},
	matching: func(r *request, q views.ListQuery) ([]string, bool, error) {
		return r.server.store.UserIDs(r.ctx(), r.by, userQuery(r, q))
	},
}

// userStates are the words of the address for the states of somebody who is in.
var userStates = map[string]domain.State{"active": domain.StateAccepted, "disabled": domain.StateSuspended, "ended": domain.StateEnded}

// userQuery is what the address of the Users tab asks the store for. What it does not know matches nobody.
func userQuery(r *request, q views.ListQuery) store.Query {
	out := storeQuery(q)
	for _, typed := range q.Values("state") {
		out.States = append(out.States, userStates[typed])
	}
	for _, typed := range q.Values("domain") {
		out.Outside = &domain.AllowedDomains{} // which leave out nobody
		if typed == "outside" {
			out.Outside = &r.by.Account.Policy.Domains
		}
	}
	for _, typed := range q.Values("factor") {
		out.NoFactor = []domain.RoleID{}
		switch typed {
		case "none":
			out.NoFactor = r.by.Account.Concerned(domain.FactorForAll)
		case "asked": // for, by the rule of the account
			out.NoFactor = r.by.Account.Concerned(r.by.Account.Policy.SecondFactor)
		}
	}
	out.Email, out.Text = strings.Join(q.Values("email"), " "), strings.Join(q.Values("text"), " ")
	return out
}

// listUsers is the Users tab (A8).
func (s *Server) listUsers(r *request) error {
	q := userList.query(r, choice{List: r.Request().URL.RawQuery})
	if to, asked, err := r.foundSites(q); err != nil || asked {
		if err != nil {
			return err
		}
		return r.goTo(to.URL())
	}
	page, err := s.store.Users(r.ctx(), r.by, userQuery(r, q))
	if err != nil {
		return err
	}
	head, err := r.settings("users", q.Values("site"))
	if err != nil {
		return err
	}
	l := views.UserList{Settings: head, By: r.by, Rows: page.Rows, Invite: r.by.Can(domain.CreateInvites)}
	if l.Sites, err = r.siteNames(page.Rows...); err != nil {
		return err
	}
	if r.by.Can(domain.EditUsers) {
		if l.LastKeeper, err = s.store.LastKeeper(r.ctx(), r.by); err != nil {
			return err
		}
	}
	if l.List, err = s.userTable(r, q, l, pager(page)); err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.Users(r.page(head.PageTitle(r.ctx()), r.settingsCrumbs(head)...), l))
}

// userTable is the list without its rows.
func (s *Server) userTable(r *request, q views.ListQuery, l views.UserList, p views.Pager) (views.ListProps, error) {
	ctx := r.ctx()
	sites, err := r.siteFilter(views.T(ctx, "users.filter.site"), q)
	if err != nil {
		return views.ListProps{}, err
	}
	t := views.ListProps{
		ID: userList.id, Label: views.T(ctx, "settings.tab.users"), Query: q, Search: views.T(ctx, "users.search"), Menu: true, Pager: p,
		Columns: views.UserColumns(ctx), Filters: views.UserFilters(ctx, r.by.Account, sites),
	}
	if r.by.Can(domain.EditUsers) {
		t.Bulk, t.Forms = views.UserBulk(ctx, l.Base), views.UserForms(l.Base, t.ID, q.String())
	}
	var invite []views.ButtonProps
	if l.Invite {
		l.List.Query = q
		t.Pager.Note = views.UserListNote(l.InviteHref(fromNotListed))
		invite = append(invite, views.ButtonProps{Label: views.T(ctx, "users.new-invite"), Href: l.InviteHref(fromNotListed), Dialog: true})
	}
	switch {
	case len(l.Rows) > 0:
	case q.Narrowed():
		t.Empty = views.NoMatch(ctx, t, invite...)
	default:
		t.Empty = &views.EmptyProps{Icon: static.IconUsers, Title: views.T(ctx, "users.nobody"), Text: views.T(ctx, "users.nobody-text"), Actions: invite}
	}
	return t, nil
}
