package web

import (
	"gatehouse/domain"
	"gatehouse/views"
)

// inviteFiles are the files of invites of an account.
var inviteFiles = &files{
	kind: domain.ImportInvites, param: "import",
	at: func(r *request) (filesAt, error) {
		return filesAt{ImportFiles: views.InviteFiles(r.ctx(), r.by, r.account(inviteList.path)), page: r.inviteFrame}, nil
	},
	check: func(r *request, _ filesAt, name string, file []byte) (domain.Import, error) {
		return r.server.store.PrepareInvites(r.ctx(), r.by, name, file)
	},
	rows: func(r *request, at filesAt, id string, wrong bool, behind, n int) (lines []views.ImportLine, err error) {
		rows, err := r.server.store.InviteRows(r.ctx(), r.by, id, wrong, behind, n)
		for _, row := range rows {
			lines = append(lines, views.InviteImportLine(r.ctx(), r.by.Account, at.ImportFiles, row))
		}
		return lines, err
	},
	heads: func(r *request) (what, where string) {
		return views.T(r.ctx(), "invites.person"), views.T(r.ctx(), "invites.role-scope")
	},
}
