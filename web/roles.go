package web

import (
	"errors"
	"net/http"
	"strconv"

	"gatehouse/domain"
	"gatehouse/views"
)

const rolesTab = "roles"

// listRoles is the Roles tab: the account's own roles with who holds them, and the built-in ones.
func (s *Server) listRoles(r *request) error {
	head, err := r.settings(rolesTab, nil)
	if err != nil {
		return err
	}
	t := views.RoleTab{Settings: head, By: r.by}
	for _, role := range r.by.Account.AllRoles() {
		line := views.RoleLine{Role: role}
		if line.Holders, err = r.holders(role); err != nil {
			return err
		}
		if role.Own() {
			t.Own = append(t.Own, line)
		} else {
			t.All = append(t.All, line)
		}
	}
	return s.show(r, http.StatusOK, views.Roles(r.page(head.PageTitle(r.ctx()), r.settingsCrumbs(head)...), t))
}

// holders counts who holds a role, capped.
func (r *request) holders(role domain.Role) (views.RoleHolders, error) {
	h, err := r.server.store.RoleHolders(r.ctx(), r.by, role.ID)
	return views.RoleHolders{Users: total(h.Users), Invites: total(h.Invites), Guests: total(h.Guests)}, err
}

func (s *Server) newRole(r *request) error {
	return s.showRoleForm(r, http.StatusOK, views.RoleForm{})
}

func (s *Server) createRole(r *request) error {
	var d domain.RoleDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	made, err := s.store.CreateRole(r.ctx(), r.by, d)
	problems, err := problemsOf(err)
	switch {
	case err != nil:
		return err
	case problems != nil:
		return s.showRoleForm(r, http.StatusUnprocessableEntity, views.RoleForm{Draft: d, Problems: problems})
	}
	return s.done(r, r.account("/settings/roles"), views.Flash{Title: views.T(r.ctx(), "roles.form.made", "Role", made.Name)})
}

// editRole shows the form of one of the account's own roles.
func (s *Server) editRole(r *request) error {
	f, err := s.roleForm(r)
	if err != nil {
		return err
	}
	return s.showRoleForm(r, http.StatusOK, f)
}

// roleForm reads the role of the address, with a form as it is.
func (s *Server) roleForm(r *request) (views.RoleForm, error) {
	role, version, err := s.store.Role(r.ctx(), r.by, r.Param("role"))
	if err != nil {
		return views.RoleForm{}, err
	}
	if err := r.by.MayEdit(role); err != nil {
		return views.RoleForm{}, err
	}
	f := views.RoleForm{Was: role, Draft: role.Draft()}
	f.Draft.Version = strconv.Itoa(version)
	f.Holders, err = r.holders(role)
	return f, err
}

// saveRole changes a role. What its holders would lose is told first, and confirmed.
func (s *Server) saveRole(r *request) error {
	var d domain.RoleDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	version, err := versionOf(d.Version)
	if err != nil {
		return err
	}
	f, err := s.roleForm(r)
	if err != nil {
		return err
	}
	now := f.Draft.Version
	f.Draft = d
	saved, err := s.store.ChangeRole(r.ctx(), r.by, string(f.Was.ID), version, d)
	var loss *domain.Unconfirmed
	switch {
	case err == nil:
		return s.done(r, r.account("/settings/roles"), views.Flash{Title: views.T(r.ctx(), "roles.form.saved", "Role", saved.Name)})
	case errors.As(err, &f.Problems):
		return s.showRoleForm(r, http.StatusUnprocessableEntity, f)
	case errors.As(err, &loss):
		f.Lost = loss.Loss.May
		if f.Holders, err = r.holders(f.Was); err != nil {
			return err
		}
		return s.showRoleForm(r, http.StatusUnprocessableEntity, f)
	case errors.Is(err, domain.ErrStale):
		f.Stale = true
		f.Draft.Version = now // saved again, it replaces what it has been shown beside
		return s.showRoleForm(r, http.StatusConflict, f)
	}
	return err
}

func versionOf(typed string) (int, error) {
	version, err := strconv.Atoi(typed)
	if err != nil || version < 1 {
		return 0, badRequest("the version is not a number")
	}
	return version, nil
}

func (s *Server) showRoleForm(r *request, status int, f views.RoleForm) error {
	var err error
	if f.Settings, err = r.settings(rolesTab, nil); err != nil {
		return err
	}
	f.By = r.by
	title := views.T(r.ctx(), "roles.form.new")
	if f.Was.ID != "" {
		title = views.T(r.ctx(), "roles.form.edit", "Role", f.Was.Name)
	}
	crumbs := append(r.settingsCrumbs(f.Settings), views.Crumb{Label: title})
	return s.show(r, status, views.RoleFormPage(r.page(title, crumbs...), f))
}

// newRoleDeletion asks what the holders of a role get when it is deleted.
func (s *Server) newRoleDeletion(r *request) error {
	f, err := s.roleForm(r)
	if err != nil {
		return err
	}
	return s.showRoleDeletion(r, http.StatusOK, views.RoleDeletion{Role: f.Was, Holders: f.Holders, Draft: domain.RoleDeletionDraft{Version: f.Draft.Version}})
}

func (s *Server) deleteRole(r *request) error {
	var d domain.RoleDeletionDraft
	if err := r.bind(&d); err != nil {
		return err
	}
	version, err := versionOf(d.Version)
	if err != nil {
		return err
	}
	f, err := s.roleForm(r)
	if err != nil {
		return err
	}
	v := views.RoleDeletion{Role: f.Was, Holders: f.Holders, Draft: d}
	deleted, err := s.store.DeleteRole(r.ctx(), r.by, string(f.Was.ID), version, d)
	var refusal *domain.Refusal
	switch {
	case err == nil:
		return s.done(r, r.account("/settings/roles"), views.Flash{Title: views.T(r.ctx(), "roles.delete.done", "Role", deleted.Name)})
	case errors.As(err, &v.Problems):
		return s.showRoleDeletion(r, http.StatusUnprocessableEntity, v)
	case errors.As(err, &refusal):
		v.Why = views.RefusalText(r.ctx(), refusal)
		return s.showRoleDeletion(r, s.denied(r, err), v)
	case errors.Is(err, domain.ErrStale):
		v.Why, v.Draft.Version = views.T(r.ctx(), "roles.form.stale"), f.Draft.Version
		return s.showRoleDeletion(r, http.StatusConflict, v)
	}
	return err
}

func (s *Server) showRoleDeletion(r *request, status int, d views.RoleDeletion) error {
	var err error
	if d.Settings, err = r.settings(rolesTab, nil); err != nil {
		return err
	}
	d.By = r.by
	title := views.T(r.ctx(), "roles.delete.title", "Role", d.Role.Name)
	crumbs := append(r.settingsCrumbs(d.Settings), views.Crumb{Label: title})
	return s.show(r, status, views.RoleDeletionPage(r.page(title, crumbs...), d))
}
