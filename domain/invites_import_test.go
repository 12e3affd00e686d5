package domain

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadInvites(t *testing.T) {
	want := []ImportLine[InviteLine]{{
		Line: 2, Problems: Problems{},
		Draft: InviteLine{
			InviteDraft: InviteDraft{
				FirstName: "Zoë", LastName: "Night, Shift", Email: "zoe@example.com", Phone: "+15035550100", Role: "deployer",
				NotifyEmail: "on", EndsOn: "2027-01-31", Message: "Two\nlines", Language: "es",
			},
			Sites: []string{"HPT", "Cedar Street"},
		},
	}}
	for name, file := range map[string]string{
		"english, commas": "First name,Last name,E-mail,Phone,Role,Scope,E-mail notifications,Text notifications,End date,Message,Language\n" +
			`Zoë,"Night, Shift",zoe@example.com,+15035550100,Deployer User,HPT; Cedar Street,yes,no,2027-01-31,"Two` + "\n" + `lines",Spanish` + "\n",
		"a mark at the beginning": "\ufeffFirst name,Last name,E-mail,Phone,Role,Scope,E-mail notifications,End date,Message,Language\r\n" +
			`Zoë,"Night, Shift",zoe@example.com,+15035550100,deployer,HPT;Cedar Street,X,2027-01-31,"Two` + "\r\n" + `lines",es` + "\r\n",
		"spanish, semicolons": "Nombre;Apellidos;Correo electrónico;Teléfono;Rol;Alcance;Avisos por correo;Avisos por SMS;Último día;Mensaje;Idioma\n" +
			`Zoë;Night, Shift;zoe@example.com;+15035550100;Instalador;"HPT;Cedar Street";sí;no;2027-01-31;"Two` + "\n" + `lines";Español` + "\n",
		"italian, tabs": "Nome\tCognome\tE-mail\tTelefono\tRuolo\tAmbito\tNotifiche e-mail\tNotifiche SMS\tUltimo giorno\tMessaggio\tLingua\n" +
			"Zoë\tNight, Shift\tzoe@example.com\t+15035550100\tInstallatore\tHPT|Cedar Street\tSì\tNo\t2027-01-31\t\"Two\nlines\"\tSpagnolo\n\t\t\t\t\t\t\t\t\t\t\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadInvites([]byte(file), Account{Kind: Customer})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadInvitesKeepsWhatItDoesNotKnow(t *testing.T) {
	lines, err := ReadInvites([]byte("first name,last name,email,role,scope,language,text notifications\n"+
		"A,B,c@d.com,Overlord,All sites,Klingon,perhaps\nA,B,c@d.com,user\nA,B,c@d.com,user,x,en,no,more\n"), Account{Kind: Customer})
	if err != nil {
		t.Fatal(err)
	}
	d := lines[0].Draft
	if d.Role != "Overlord" || d.Language != "Klingon" || d.NotifyText != "perhaps" || len(d.Scope) != 1 || d.Scope[0] != WholeAccount {
		t.Errorf("the line became %+v", d)
	}
	if len(lines[1].Problems) != 0 || lines[1].Draft.Scope != nil {
		t.Errorf("a short line became %+v", lines[1])
	}
	if lines[2].Problems["row"].Code != "row_columns" {
		t.Errorf("a cell without a column: %v", lines[2].Problems)
	}
	for _, mark := range []string{"✓", "-", "1", "☑"} {
		lines, err = ReadInvites([]byte("first name,last name,email,role,text notifications\nA,B,c@d.com,user,"+mark+"\n"), Account{Kind: Customer})
		if err != nil || lines[0].Draft.NotifyText != mark {
			t.Errorf("%q became %+v, %v", mark, lines, err)
		}
	}
	partner, err := ReadInvites([]byte("first name,last name,email,role\nA,B,c@d.com,Admin\n"), Account{Kind: Partner})
	if err != nil || partner[0].Draft.Role != string(RolePartnerAdmin) || partner[0].Draft.Scope[0] != WholeAccount {
		t.Errorf("an administrator of a partner became %+v, %v", partner, err)
	}
}

func TestReadInvitesRefusesFiles(t *testing.T) {
	const head = "first name,last name,email,role\n"
	for name, c := range map[string]struct{ file, code string }{
		"empty":          {"", "file_empty"},
		"only a heading": {head, "file_empty"},
		"not UTF-8":      {head + "Zo\xeb,B,c@d.com,user\n", "file_encoding"},
		"UTF-16":         {"\xff\xfef\x00i\x00", "file_encoding"},
		"a spreadsheet":  {"PK\x03\x04\x00\x00", "file_encoding"},
		"open heading":   {"first name,last name,\"email,role\n", "file_csv"},
		"open quotes":    {head + "A,\"B,c@d.com,user\n", "file_csv"},
		"unknown column": {"first name,last name,email,role,shoe size\nA,B,c@d.com,user,44\n", "file_column"},
		"a column twice": {"first name,nombre,last name,email,role\nA,A,B,c@d.com,user\n", "file_column_twice"},
		"no address":     {"first name,last name,role\nA,B,user\n", "file_column_missing"},
		"too many rows":  {head + strings.Repeat("A,B,c@d.com,user\n", MaxImportRows+1), "file_rows"},
		"too large":      {head + strings.Repeat("x", MaxImportBytes), "file_large"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadInvites([]byte(c.file), Account{Kind: Customer})
			var p Problems
			if !errors.As(err, &p) || p["file"].Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
	if lines, err := ReadInvites([]byte(head+strings.Repeat("A,B,c@d.com,user\n", MaxImportRows)), Account{Kind: Customer}); err != nil || len(lines) != MaxImportRows {
		t.Errorf("%d rows: %v", len(lines), err)
	}
}

// INV-14: the same address twice in a file, however it is written.
func TestMarkRepeated(t *testing.T) {
	lines, err := ReadInvites([]byte("first name,last name,email,role\nA,B,c@d.com,user\nA,B,nonsense,user\nA,B, C@D.com ,user\nA,B,nonsense,user\n"), Account{Kind: Customer})
	if err != nil {
		t.Fatal(err)
	}
	MarkRepeated(lines)
	if p := lines[2].Problems["email"]; p.Code != "repeated" || p.Args["Line"] != "2" {
		t.Errorf("the second one: %v", p)
	}
	for _, n := range []int{0, 1, 3} {
		if len(lines[n].Problems) != 0 {
			t.Errorf("line %d: %v", lines[n].Line, lines[n].Problems)
		}
	}
}

func TestPlace(t *testing.T) {
	l := ImportLine[InviteLine]{Draft: InviteLine{Sites: []string{"hpt", "CÉDAR", "Twin", "Nowhere"}}, Problems: Problems{}}
	found := map[string][]string{"hpt": {"1"}, "cedar": {"2"}, "twin": {"3", "4"}, "nowhere": nil}
	PlaceInvite(&l, found)
	if diff := cmp.Diff([]string{"1", "2"}, l.Draft.Scope); diff != "" || l.Problems["scope"].Code != "site_ambiguous" {
		t.Errorf("%s %v", diff, l.Problems)
	}
}

// A cell of places: several with any separator, gaps between them left out.
func TestImportedPlaces(t *testing.T) {
	file := "first name,last name,email,role,scope\nA,B,c@d.com,user,\"North; ; South|East\nWest\"\n"
	lines, err := ReadInvites([]byte(file), Account{Kind: Customer})
	if err != nil || len(lines) != 1 || !slices.Equal(lines[0].Draft.Sites, []string{"North", "South", "East", "West"}) || len(lines[0].Problems) > 0 {
		t.Errorf("%+v, %v", lines, err)
	}
}

// INV-14: what refuses a line later is told at its field, unless the file's own fault stands there already.
func TestRefusedLines(t *testing.T) {
	l := ImportLine[InviteLine]{Problems: Problems{"role": {Code: "choice"}}}
	l.Refused(Problems{"role": {Code: "required"}, "email": {Code: "already_in"}}, "may_not_invite")
	want(t, "by its fields", l.Problems, "422 email:already_in role:choice")
	l = ImportLine[InviteLine]{Problems: Problems{}}
	l.Refused(ErrForbidden, "may_not_invite")
	want(t, "as a whole", l.Problems, "422 row:may_not_invite")
}

func TestImportRuns(t *testing.T) {
	for _, c := range []struct {
		i    Import
		want bool
	}{
		{Import{}, false},
		{Import{ConfirmedAt: now}, true},
		{Import{ConfirmedAt: now, FinishedAt: now}, false},
	} {
		if c.i.Running() != c.want {
			t.Errorf("%+v runs: %t", c.i, !c.want)
		}
	}
}
