package web

import (
	"gatehouse/domain"
	"gatehouse/views"
)

// deviceFiles are the files of devices of a site.
var deviceFiles = &files{
	kind: domain.ImportDevices, param: "file",
	at: func(r *request) (filesAt, error) {
		site, err := r.deploySite()
		return filesAt{
			ImportFiles: views.DeviceFiles(r.ctx(), site, r.account("/sites/"+site.ID)), site: site.ID,
			page: func(title string) views.Page { return r.page(title, r.siteCrumbs(site.ID, title)...) },
		}, err
	},
	check: func(r *request, at filesAt, name string, file []byte) (domain.Import, error) {
		return r.server.store.PrepareDevices(r.ctx(), r.by, at.site, name, file)
	},
	rows: func(r *request, _ filesAt, id string, wrong bool, behind, n int) (lines []views.ImportLine, err error) {
		rows, err := r.server.store.DeviceRows(r.ctx(), r.by, id, wrong, behind, n)
		for _, row := range rows {
			lines = append(lines, views.DeviceImportLine(r.ctx(), r.account("/devices"), row))
		}
		return lines, err
	},
	heads: func(r *request) (what, where string) {
		return views.T(r.ctx(), "devices.device"), views.T(r.ctx(), "imports.kind-group")
	},
}
