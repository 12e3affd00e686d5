package domain

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The limits of a file of invites.
const (
	MaxImportRows  = 10_000
	MaxImportBytes = 5 << 20
)

// ImportColumns are the headings of the template, in English; ReadInvites knows them in every language.
var ImportColumns = []string{
	"First name", "Last name", "E-mail", "Phone", "Role", "Scope", "E-mail notifications", "Text notifications", "End date", "Message", "Language",
}

// An Import is a file of invites: read and checked, then confirmed, then made row by row in the background.
type Import struct {
	ID, AccountID string
	// CreatedBy is who brought the file, ConfirmedBy under whose authority its invites go out.
	CreatedBy, ConfirmedBy string
	FileName               string
	CreatedAt              time.Time
	ConfirmedAt            time.Time // zero: nothing is sent yet
	FinishedAt             time.Time
	// Total rows, of which Good could be invited when the file was read.
	Total, Good int
	// Done invites are sent; Failed could not be made when their turn came.
	Done, Failed int
}

// Bad is how many rows were wrong when the file was read; they are never sent.
func (i Import) Bad() int { return i.Total - i.Good }

// Running reports whether rows are still waiting for their turn.
func (i Import) Running() bool { return !i.ConfirmedAt.IsZero() && i.FinishedAt.IsZero() }

// Event is a line of history about the import. It is made by whoever confirmed it, in person or through the clock.
func (i Import) Event(kind EventKind, by Actor, now time.Time) Event {
	e := by.User.Event(kind, by.From, now)
	e.AccountID, e.SubjectID, e.SubjectName = i.AccountID, i.ID, i.FileName
	e = e.moved("good", "", strconv.Itoa(i.Good))
	if kind == ImportFinished {
		e = e.changed("done", "", strconv.Itoa(i.Done)).changed("failed", "", strconv.Itoa(i.Failed))
	}
	return e
}

// An ImportRow is a row of an Import with what became of it.
type ImportRow struct {
	ImportLine
	// MembershipID is the invite that was made of it, DoneAt when its turn was.
	MembershipID string
	DoneAt       time.Time
}

// An ImportLine is one line of a file of invites: its draft and what is wrong with it so far. Sites are
// what its scope names, for the store to look up; Draft.Scope holds the whole account where the line says so.
type ImportLine struct {
	Line     int // in the file, from 1
	Draft    InviteDraft
	Sites    []string
	Problems Problems
}

// headings are the names of the columns in every language, reduced to letters without accents and case.
var headings = map[string]string{
	"firstname": "first_name", "givenname": "first_name", "nombre": "first_name", "nome": "first_name",
	"lastname": "last_name", "surname": "last_name", "familyname": "last_name", "apellido": "last_name", "apellidos": "last_name", "cognome": "last_name",
	"email": "email", "emailaddress": "email", "mail": "email", "correo": "email", "correoelectronico": "email", "postaelettronica": "email", "indirizzoemail": "email",
	"phone": "phone", "phonenumber": "phone", "mobile": "phone", "telefono": "phone", "movil": "phone", "cellulare": "phone",
	"role": "role", "rol": "role", "ruolo": "role",
	"scope": "scope", "sites": "scope", "alcance": "scope", "sitios": "scope", "ambito": "scope", "siti": "scope",
	"emailnotifications": "notify_email", "notificacionesporcorreo": "notify_email", "avisosporcorreo": "notify_email", "notificheemail": "notify_email", "notificheviaemail": "notify_email",
	"textnotifications": "notify_text", "smsnotifications": "notify_text", "notificacionesporsms": "notify_text", "avisosporsms": "notify_text", "notifichesms": "notify_text", "notificheviasms": "notify_text",
	"enddate": "ends_on", "lastday": "ends_on", "fechadefin": "ends_on", "ultimodia": "ends_on", "datadifine": "ends_on", "ultimogiorno": "ends_on",
	"message": "message", "mensaje": "message", "messaggio": "message",
	"language": "language", "idioma": "language", "lingua": "language",
}

// needed are the columns without which no line could be good.
var needed = []struct{ field, heading string }{
	{"first_name", "First name"},
	{"last_name", "Last name"},
	{"email", "E-mail"},
	{"role", "Role"},
}

// The words a cell may hold, reduced as headings are. Other words stay as they are and are found wrong.
var (
	switches = map[string]string{
		"yes": "on", "y": "on", "on": "on", "true": "on", "x": "on", "si": "on", "s": "on", "vero": "on", "verdadero": "on",
		"": "", "no": "", "n": "", "off": "", "false": "", "falso": "",
	}
	languageNames = map[string]string{
		"english": "en", "ingles": "en", "inglese": "en", "englishus": "en",
		"spanish": "es", "espanol": "es", "spagnolo": "es",
		"italian": "it", "italiano": "it",
	}
	customerRoles = map[string]RoleID{
		"admin": RoleAdmin, "administrator": RoleAdmin, "administrador": RoleAdmin, "amministratore": RoleAdmin,
		"deployer": RoleDeployer, "deployeruser": RoleDeployer, "instalador": RoleDeployer, "installatore": RoleDeployer,
		"user": RoleUser, "usuario": RoleUser, "utente": RoleUser,
		"member": RoleMember, "miembro": RoleMember, "membro": RoleMember,
	}
	partnerRoles = map[string]RoleID{
		"observer": RoleObserver, "observador": RoleObserver, "osservatore": RoleObserver,
		"operator": RoleOperator, "operador": RoleOperator, "operatore": RoleOperator,
		"admin": RolePartnerAdmin, "administrator": RolePartnerAdmin, "administrador": RolePartnerAdmin, "amministratore": RolePartnerAdmin,
		"master": RoleMaster,
	}
	wholeWords = map[string]bool{
		"allsites": true, "all": true, "account": true, "wholeaccount": true, "todoslossitios": true, "todos": true, "todalacuenta": true,
		"tuttiisiti": true, "tutti": true, "tuttolaccount": true,
	}
)

// maxSitesNamed is how many sites a line names at most; more is a slip.
const maxSitesNamed = 500

// letters reduces a heading or a word to its letters and digits, without accents and case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, Fold(s))
}

// ReadInvites reads a file of invites to an account: UTF-8 with or without a mark at its beginning,
// RFC 4180 with commas, semicolons or tabs, as its heading shows. Problems of the field "file" are about the file
// as a whole. A line's own problems are with it; what a draft cannot be, its Check finds.
func ReadInvites(file []byte, in Account) ([]ImportLine, error) {
	if len(file) > MaxImportBytes {
		return nil, wrongFile(Problem{Code: "file_large"})
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if !utf8.Valid(file) || bytes.ContainsRune(file, 0) {
		return nil, wrongFile(Problem{Code: "file_encoding"})
	}
	r := csv.NewReader(bytes.NewReader(file))
	r.Comma, r.FieldsPerRecord = delimiter(file), -1
	heading, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, wrongFile(Problem{Code: "file_empty"})
	}
	if err != nil {
		return nil, malformed(err)
	}
	columns, err := readHeading(heading)
	if err != nil {
		return nil, err
	}
	var lines []ImportLine
	for {
		cells, err := r.Read()
		switch {
		case errors.Is(err, io.EOF) && len(lines) == 0:
			return nil, wrongFile(Problem{Code: "file_empty"})
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return nil, malformed(err)
		case strings.TrimSpace(strings.Join(cells, "")) == "":
			continue // an empty line of a spreadsheet
		case len(lines) == MaxImportRows:
			return nil, wrongFile(Problem{Code: "file_rows", Args: map[string]string{"Rows": strconv.Itoa(MaxImportRows)}})
		}
		at, _ := r.FieldPos(0)
		lines = append(lines, readLine(at, columns, cells, in))
	}
}

func wrongFile(p Problem) error { return Problems{"file": p} }

func malformed(err error) error {
	line := 1
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		line = wrong.StartLine
	}
	return wrongFile(Problem{Code: "file_csv", Args: map[string]string{"Line": strconv.Itoa(line)}})
}

// delimiter is the mark that stands most often between the headings.
func delimiter(file []byte) rune {
	first, _, _ := bytes.Cut(file, []byte("\n"))
	best, most := ',', bytes.Count(first, []byte(","))
	for _, mark := range []rune{';', '\t'} {
		if n := bytes.Count(first, []byte(string(mark))); n > most {
			best, most = mark, n
		}
	}
	return best
}

// readHeading tells which field stands in which column. A heading that is not known is said: its cells would be
// lost without anybody noticing.
func readHeading(cells []string) ([]string, error) {
	columns := make([]string, len(cells))
	seen := map[string]bool{}
	for i, cell := range cells {
		field, known := headings[letters(cell)]
		name, _ := ParseText(cell, 100)
		switch {
		case !known:
			return nil, wrongFile(Problem{Code: "file_column", Args: map[string]string{"Column": name}})
		case seen[field]:
			return nil, wrongFile(Problem{Code: "file_column_twice", Args: map[string]string{"Column": name}})
		}
		columns[i], seen[field] = field, true
	}
	for _, n := range needed {
		if !seen[n.field] {
			return nil, wrongFile(Problem{Code: "file_column_missing", Args: map[string]string{"Column": n.heading}})
		}
	}
	return columns, nil
}

func readLine(at int, columns, cells []string, in Account) ImportLine {
	l := ImportLine{Line: at, Problems: Problems{}}
	if len(cells) > len(columns) {
		l.Problems.Add("row", "row_columns")
	}
	d := &l.Draft
	scope := ""
	into := map[string]*string{
		"first_name": &d.FirstName, "last_name": &d.LastName, "email": &d.Email, "phone": &d.Phone, "role": &d.Role, "scope": &scope,
		"notify_email": &d.NotifyEmail, "notify_text": &d.NotifyText, "ends_on": &d.EndsOn, "message": &d.Message, "language": &d.Language,
	}
	for i, cell := range cells[:min(len(cells), len(columns))] {
		*into[columns[i]] = strings.TrimSpace(cell)
	}
	d.NotifyEmail, d.NotifyText = meaning(d.NotifyEmail, switches), meaning(d.NotifyText, switches)
	d.Language = meaning(d.Language, languageNames)
	d.Role = string(roleOfWord(d.Role, in))
	if in.Kind == Partner && scope == "" {
		scope = WholeAccount // a partner's people have no sites
	}
	if strings.Count(scope, ";")+strings.Count(scope, "|")+strings.Count(scope, "\n") > maxSitesNamed {
		l.Problems.Add("scope", "too_long")
		return l
	}
	for part := range strings.FieldsFuncSeq(scope, func(r rune) bool { return r == ';' || r == '|' || r == '\n' }) {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case wholeWords[letters(part)]:
			d.Scope = append(d.Scope, WholeAccount)
		default:
			l.Sites = append(l.Sites, part)
		}
	}
	return l
}

// roleOfWord finds the role that a cell calls by its name, a built-in one in any language.
func roleOfWord(word string, in Account) RoleID {
	for _, own := range in.Roles {
		if Fold(own.Name) == Fold(word) {
			return own.ID
		}
	}
	if in.Kind == Partner {
		return meaning(RoleID(word), partnerRoles)
	}
	return meaning(RoleID(word), customerRoles)
}

// meaning turns a word of a cell into the value of a form's field, and leaves what it does not know as it is. A cell
// that holds marks alone is not an empty one: a tick would switch off what it was meant to switch on.
func meaning[T ~string](word T, known map[string]T) T {
	reduced := letters(string(word))
	if v, ok := known[reduced]; ok && (reduced != "" || word == "") {
		return v
	}
	return word
}

// Place fills in the draft's scope. found holds, for each folded name or code, the ids of the sites that the
// inviter reaches under it: a name that none of them has, and one that several have, are problems.
func (l *ImportLine) Place(found map[string][]string) {
	for _, name := range l.Sites {
		switch ids := found[Fold(name)]; len(ids) {
		case 0:
			l.Problems.Add("scope", "site_unknown", "Site", brief(name))
		case 1:
			l.Draft.Scope = append(l.Draft.Scope, ids[0])
		default:
			l.Problems.Add("scope", "site_ambiguous", "Site", brief(name))
		}
	}
}

func brief(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:99]) + "…"
	}
	return s
}

// MarkRepeated finds lines for an address that an earlier line of the file has already.
func MarkRepeated(lines []ImportLine) {
	first := map[string]int{}
	for i := range lines {
		email, ok := ParseEmail(lines[i].Draft.Email)
		if !ok {
			continue
		}
		if at, twice := first[email]; twice {
			lines[i].Problems.Add("email", "repeated", "Line", strconv.Itoa(at))
			continue
		}
		first[email] = lines[i].Line
	}
}

// Refused turns the reason why an invite cannot be made into problems of its line.
func (l *ImportLine) Refused(err error) {
	var p Problems
	switch {
	case errors.As(err, &p):
		for field, problem := range p {
			if _, there := l.Problems[field]; !there {
				l.Problems[field] = problem
			}
		}
	default:
		l.Problems.Add("row", "may_not_invite")
	}
}
