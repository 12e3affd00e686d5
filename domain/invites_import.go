package domain

import "strings"

// An InviteLine is one line of a file of invites.
type InviteLine struct {
	InviteDraft
	// Sites are what its scope names, for the store to look up; Scope holds the whole account where the line says so.
	Sites []string `json:",omitempty"`
}

// inviteHeadings are the names of the columns in every language, reduced to letters without accents and case.
var inviteHeadings = map[string]string{
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

// inviteColumns are the columns of a file of invites.
var inviteColumns = columns{known: inviteHeadings, needed: []column{
	{"first_name", "First name"}, {"last_name", "Last name"}, {"email", "E-mail"}, {"role", "Role"},
}}

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

// ReadInvites reads a file of invites to an account. A line's own problems are with it; what a draft cannot be, its Check
// finds.
func ReadInvites(file []byte, in Account) ([]ImportLine[InviteLine], error) {
	return readFile(file, inviteColumns, func(l *ImportLine[InviteLine], cell map[string]string) { readInvite(l, cell, in) })
}

func readInvite(l *ImportLine[InviteLine], cell map[string]string, in Account) {
	d := &l.Draft
	d.InviteDraft = InviteDraft{
		FirstName: cell["first_name"], LastName: cell["last_name"], Email: cell["email"], Phone: cell["phone"], EndsOn: cell["ends_on"], Message: cell["message"],
		NotifyEmail: meaning(cell["notify_email"], switches), NotifyText: meaning(cell["notify_text"], switches), Language: meaning(cell["language"], languageNames),
		Role: string(roleOfWord(cell["role"], in)),
	}
	scope := cell["scope"]
	if in.Kind == Partner && scope == "" {
		scope = WholeAccount // a partner's people have no sites
	}
	if strings.Count(scope, ";")+strings.Count(scope, "|")+strings.Count(scope, "\n") > maxSitesNamed {
		l.Problems.Add("scope", "too_long")
		return
	}
	for part := range strings.FieldsFuncSeq(scope, func(r rune) bool { return r == ';' || r == '|' || r == '\n' }) {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case wholeWords[letters(part)]:
			d.Scope = append(d.Scope, WholeAccount)
		default:
			d.Sites = append(d.Sites, part)
		}
	}
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

// PlaceInvite fills in the draft's scope. found holds, for each folded name or code, the ids of the sites that the
// inviter reaches under it: a name that none of them has, and one that several have, are problems.
func PlaceInvite(l *ImportLine[InviteLine], found map[string][]string) {
	for _, name := range l.Draft.Sites {
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

// MarkRepeated finds lines for an address that an earlier line of the file has already.
func MarkRepeated(lines []ImportLine[InviteLine]) {
	markRepeated(lines, "email", "repeated", func(d InviteLine) (string, bool) { return ParseEmail(d.Email) })
}
