package domain

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadDevices(t *testing.T) {
	want := []ImportLine[DeviceDraft]{{
		Line: 2, Problems: Problems{}, Draft: DeviceDraft{Serial: "GH-PNL-1", Label: "Panel, north", Kind: "panel", Group: "Roof", Partitions: "4"},
	}, {
		Line: 3, Problems: Problems{}, Draft: DeviceDraft{Serial: "GH-X-2", Kind: "toaster"},
	}}
	for name, file := range map[string]string{
		"english":             "Serial number,Label,Kind,Group,Partitions\nGH-PNL-1,\"Panel, north\",Panel,Roof,4\nGH-X-2,,toaster,,\n",
		"spanish, semicolons": "\ufeffNúmero de serie;Etiqueta;Tipo;Grupo;Particiones\r\nGH-PNL-1;Panel, north;panel;Roof;4\r\nGH-X-2;;toaster\r\n",
		"italian, tabs":       "Tipo\tNumero di serie\tEtichetta\tGruppo\tPartizioni\nPannello\tGH-PNL-1\tPanel, north\tRoof\t4\ntoaster\tGH-X-2\n",
	} {
		got, err := ReadDevices([]byte(file))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for code, file := range map[string]string{
		"file_column_missing": "Serial number,Label\nGH-PNL-1,x\n", "file_column": "Serial number,Kind,Colour\nGH-PNL-1,panel,red\n",
		"file_encoding": "Serial number,Kind\nGH\x00,panel\n", "file_csv": "Serial number,Kind\n\"GH,panel\n", "file_empty": "Serial number,Kind\n",
	} {
		_, err := ReadDevices([]byte(file))
		var p Problems
		if !errors.As(err, &p) || p["file"].Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	lines := []ImportLine[DeviceDraft]{
		{Line: 2, Draft: DeviceDraft{Serial: "gh-0001"}, Problems: Problems{}},
		{Line: 3, Draft: DeviceDraft{Serial: "?"}, Problems: Problems{}},
		{Line: 4, Draft: DeviceDraft{Serial: " GH-0001 "}, Problems: Problems{}},
		{Line: 5, Draft: DeviceDraft{Serial: "?"}, Problems: Problems{}},
	}
	MarkRepeatedSerials(lines)
	if p := lines[2].Problems["serial"]; p.Code != "serial_repeated" || p.Args["Line"] != "2" || len(lines[0].Problems)+len(lines[1].Problems)+len(lines[3].Problems) != 0 {
		t.Errorf("%+v", lines)
	}
}

// TEN-10: a group that is foreign and one that is not there are one answer.
func TestRegisterLine(t *testing.T) {
	at := NamedPlaces(north, []Group{{ID: "g", AccountID: "acme", SiteID: "s1", Name: "Sala Técnica"}})
	d, e, err := RegisterLine(by(t, "deployer"), DeviceDraft{Serial: "gh-0001", Kind: "meter", Group: "sala tecnica"}, at, nil, now)
	if err != nil || d.GroupID != "g" || d.Serial != "GH-0001" || e.Kind != DeviceRegistered {
		t.Errorf("%+v, %+v, %v", d, e, err)
	}
	_, _, err = RegisterLine(by(t, "deployer"), DeviceDraft{Serial: "gh-0001", Kind: "", Group: "Elsewhere", Partitions: "many"}, at, map[string]Problem{"GH-0001": SerialTaken()}, now)
	want := Problems{
		"serial": SerialTaken(), "kind": {Code: "required"}, "group": {Code: "group_unknown", Args: map[string]string{"Group": "Elsewhere"}},
		"partitions": {Code: "partitions", Args: map[string]string{"Most": "64"}},
	}
	var got Problems
	if !errors.As(err, &got) || cmp.Diff(want, got) != "" {
		t.Errorf("%v", err)
	}
}

func TestImportSeenBy(t *testing.T) {
	file := Import{AccountID: "a", Kind: ImportDevices, SiteID: "s", CreatedBy: "u"}
	by := func(user string, role RoleID, scope ...Node) Actor {
		r, _ := ParseRole(string(role), Customer)
		return Actor{User: User{ID: user}, Account: Account{ID: "a", Kind: Customer}, Membership: "m", Role: r, Scope: scope}
	}
	for name, c := range map[string]struct {
		by   Actor
		want bool
	}{
		"the bringer":                       {by("u", RoleDeployer, Node{Account: "a", Site: "s"}), true},
		"the bringer, of a group by now":    {by("u", RoleDeployer, Node{Account: "a", Site: "s", Group: "g"}), true},
		"the bringer, moved away":           {by("u", RoleDeployer, Node{Account: "a", Site: "t"}), false},
		"the bringer, no Deployer any more": {by("u", RoleAdmin, Node{Account: "a"}), false},
		"a Deployer of the site":            {by("v", RoleDeployer, Node{Account: "a", Site: "s"}), true},
		"a Deployer of a part of it":        {by("v", RoleDeployer, Node{Account: "a", Site: "s", Group: "g"}), false},
	} {
		if got := file.SeenBy(c.by); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	invites := Import{AccountID: "a", Kind: ImportInvites, CreatedBy: "u"}
	whole, site := Node{Account: "a"}, Node{Account: "a", Site: "s"}
	elsewhere := by("u", RoleAdmin, Node{Account: "b"})
	elsewhere.Account.ID = "b"
	inviting := by("u", RoleAdmin, site)
	inviting.Account.SiteAdminsInvite = true
	other := inviting
	other.User.ID = "v"
	for name, c := range map[string]struct {
		by   Actor
		want bool
	}{
		"the bringer":                        {by("u", RoleAdmin, whole), true},
		"the bringer, of a site":             {inviting, true},
		"the bringer, who invites no more":   {by("u", RoleUser, whole), false},
		"the bringer in another account":     {elsewhere, false},
		"an Admin":                           {by("v", RoleAdmin, whole), true},
		"an Admin of a site":                 {other, false},
		"somebody who does not invite there": {by("v", RoleUser, whole), false},
	} {
		if got := invites.SeenBy(c.by); got != c.want {
			t.Errorf("invites: %s: %t", name, got)
		}
	}
}
