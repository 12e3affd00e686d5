package views

import (
	"context"
	"slices"

	"gatehouse/domain"
)

// DeviceFiles are the files of devices of a site; base is the site's address.
func DeviceFiles(ctx context.Context, site domain.Site, base string) ImportFiles {
	f := ImportFiles{Kind: domain.ImportDevices, Base: base + "/devices/imports", Back: base, Site: site.Name}
	for _, c := range []struct {
		field    string
		required bool
	}{{"serial", true}, {"label", false}, {"kind", true}, {"group", false}, {"partitions", false}} {
		f.Columns = append(f.Columns, f.column(ctx, c.field, c.required))
	}
	return f
}

// DeviceImportLine is a row of a file of devices; devices is where an account's devices are.
func DeviceImportLine(ctx context.Context, devices string, row domain.ImportRow[domain.DeviceDraft]) ImportLine {
	d := row.Draft
	l := ImportLine{Line: row.Line, Name: d.Label, Under: d.Serial, Where: d.Kind, WhereUnder: d.Group, Problems: row.Problems}
	if l.Name == "" {
		l.Name, l.Under = d.Serial, ""
	}
	if kind := domain.DeviceKind(d.Kind); slices.Contains(domain.DeviceKinds, kind) {
		l.Where = KindName(ctx, kind) // else what stands there in its place
	}
	if d.Group == "" {
		l.WhereUnder = T(ctx, "devices.no-group")
	}
	if row.MadeID != "" {
		l.Made = devices + "/" + row.MadeID
	}
	return l
}
