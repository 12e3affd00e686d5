package web

import (
	"context"
	"net/http"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// adminList is Admin & Technicians as a list whose rows can be changed together.
var adminList = &rowList{
	id: views.AdminTable, path: "/administrators", order: "level", filters: []string{"state", "role", "mail"},
	crumbs: func(r *request) []views.Crumb {
		return []views.Crumb{{Label: views.T(r.ctx(), "administrators.title"), Href: r.account("/administrators")}}
	},
	text: func(ctx context.Context, key string, kv ...any) string {
		return views.T(ctx, "administrators.act."+key, kv...)
	},
	chosen: func(r *request, ids []string) ([]domain.Membership, error) {
		return r.server.store.ChosenRows(r.ctx(), r.by, ids)
	},
	matching: func(r *request, q views.ListQuery) ([]string, bool, error) {
		return r.server.store.AdministratorIDs(r.ctx(), r.by, adminQuery(q))
	},
}

// adminQuery is what the address of the list asks the store for. What it does not know matches nobody.
func adminQuery(q views.ListQuery) store.Query {
	out := storeQuery(q)
	out.Sites, out.States, out.Mail = nil, typed[domain.State](q.Values("state")), typed[domain.MailState](q.Values("mail"))
	return out
}

// listAdministrators is Admin & Technicians (C9, C15).
func (s *Server) listAdministrators(r *request) error {
	q := adminList.query(r, choice{List: r.Request().URL.RawQuery})
	page, err := s.store.Administrators(r.ctx(), r.by, adminQuery(q))
	if err != nil {
		return err
	}
	l, err := s.administrators(r, q)
	if err != nil {
		return err
	}
	l.Pager, l.Rows = pager(page), page.Rows
	title := views.T(r.ctx(), "administrators.title")
	return s.show(r, http.StatusOK, views.AdminsPage(r.page(title, views.Crumb{Label: title}), l))
}

// administrators is the list without its rows.
func (s *Server) administrators(r *request, q views.ListQuery) (views.AdminList, error) {
	l := views.AdminList{Base: r.account(adminList.path), By: r.by, Query: q, Mailed: s.config.Mailed}
	if !r.by.Can(domain.EditAdministrators) {
		return l, nil
	}
	var err error
	l.LastKeeper, err = s.store.LastKeeper(r.ctx(), r.by)
	return l, err
}

// exportAdministrators is exactly the list of the address as a file, all pages of it.
func (s *Server) exportAdministrators(r *request) error {
	q := adminList.query(r, choice{List: r.Request().URL.RawQuery})
	file := r.sheet("administrators", views.AdminHeads(r.ctx())...)
	err := s.store.EachAdministrator(r.ctx(), r.by, adminQuery(q), func(m domain.Membership) error {
		return file.row(views.AdminCells(r.ctx(), r.by.Account, m)...)
	})
	return file.end(err)
}

// showAdministrator is one person of the partner with their history: in the drawer with script.
func (s *Server) showAdministrator(r *request) error {
	m, err := s.store.Administrator(r.ctx(), r.by, r.Param("administrator"))
	if err != nil {
		return err
	}
	l, err := s.administrators(r, adminList.query(r, choice{List: r.QueryParam("list")}))
	if err != nil {
		return err
	}
	d := views.AdminDetail{AdminList: l, Admin: m}
	if d.History, err = r.history(m, l.Base+"/"+m.ID); err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.AdminDetailPage(r.adminFrame(m.Name()), d))
}

// adminFrame is the page around something below the list.
func (r *request) adminFrame(title string) views.Page {
	return r.page(title, append(adminList.crumbs(r), views.Crumb{Label: title})...)
}
