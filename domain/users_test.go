package domain

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// common stands for the store's list: what everybody tries first.
func common(s string) bool {
	return map[string]bool{"password": true, "qwertyuiop12": true, "123456789012": true, "letmein": true, "iloveyou": true, "p@ssw0rd": true}[s]
}

// TestAUTH12Passwords: length, the blocklist and one's own names; no rule about what a password is made of.
func TestAUTH12Passwords(t *testing.T) {
	for typed, expected := range map[string]string{
		// No composition rules: any of these is fine.
		"correct horse battery staple":  "",
		"   three leading spaces":       "",
		"two trailing spaces  ":         "",
		"tabs\tand\tother\tthings":      "",
		"vierzehn schöne Äpfel":         "",
		"🐎🔋📎🧷🐎🔋📎🧷🌍🌎🌏🌕":                  "",
		"horse 🐎 battery 🔋":             "",
		"девять больших слонов":         "",
		"十二文字以上の長い合言葉です。":               "",
		"kvbdmtzwqxrl":                  "", // lower case only
		"KVBDMTZWQXRL":                  "",
		"482915730164":                  "", // digits only
		"!#)(&%^$@*~<":                  "", // marks only
		"a1!a1!a1!a1!":                  "", // whether it is too simple is the list's to say
		strings.Repeat("xk", 32):        "", // 64
		strings.Repeat("xk7#", 64):      "", // 256
		strings.Repeat("🐎", 64):         "", // 256 bytes
		"passwords are a bore":          "", // holds a common one, and more
		"the house behind the gate":     "",
		"gatehouse keeper of the north": "", // holds the product's name, and more
		"gatehouse🐎🔋📎🧷":                 "", // only ASCII is filler
		"rossini overtures":             "", // one's own name begins another word
		"my company is called Acme":     "",
		"long walks with Ana and Bob":   "",
		"elevenchars":                   "password_short",
		"éééééééééééé":                  "", // twelve characters, twenty-four bytes
		"ééééééééééé":                   "password_short",
		"":                              "password_short",
		"            ":                  "", // twelve spaces are twelve characters; the store's list knows what repeats
		strings.Repeat("x", 257):        "password_long",
		strings.Repeat("🐎", 65):         "password_long",
		strings.Repeat("x", 1_000_000):  "password_long",
		"caf\xe9 caf\xe9 caf\xe9":       "characters",
		"twelve\x00chars":               "characters",
		"lone \xed\xa0\x80 surrogate":   "characters",
		"qwertyuiop12":                  "password_common",
		"QwertyUiop12":                  "password_common",
		"123456789012":                  "password_common",
		" 123456789012 ":                "password_common",
		"Password2026!":                 "password_common",
		"!!!password!!!":                "password_common",
		"$$$letmein$$$":                 "password_common",
		"pássword1234":                  "password_common",
		"ｐａｓｓｗｏｒｄ１２３４":                  "password_common",
		"2026p@ssw0rd2026":              "password_common",
		"iloveyou 1234":                 "password_common",
		"gatehouse2026":                 "password_obvious",
		"GateHouse!!!!":                 "password_obvious",
		"gatehouse####":                 "password_obvious",
		"G-a-t-e-h-o-u-s-e":             "password_obvious",
		"gatehousegatehouse":            "password_obvious",
		"my gatehouse 1":                "password_obvious",
		"Acme Energy 1":                 "password_obvious",
		"acmeenergy2026":                "password_obvious",
		"ACME-ENERGY-22":                "password_obvious",
		"energy energy":                 "password_obvious",
		"acme@gatehouse":                "password_obvious",
		"Ana Rossi 2026":                "password_obvious",
		"rossirossirossi":               "password_obvious",
		"ana.rossi@northwind.example":   "password_obvious",
		"northwind12345":                "password_obvious",
		"ana.rossi 1234":                "password_obvious",
	} {
		words := []string{"ana.rossi@northwind.example", "Ana Rossi", "Acme Energy", "", " ", "Li", "3M"}
		if got := CheckPassword(typed, MinPassword, common, words...); got != expected {
			t.Errorf("%.40q: %q, want %q", typed, got, expected)
		}
	}
	// Accents and case of a name do not hide it.
	for _, typed := range []string{"José Ñandú 12", "jose nandu 12", "NANDU-NANDU-1"} {
		if got := CheckPassword(typed, MinPassword, common, "José Ñandú"); got != "password_obvious" {
			t.Errorf("%q: %q", typed, got)
		}
	}
	// Short names are part of too many words.
	if got := CheckPassword("liliputian lili", MinPassword, common, "Li"); got != "" {
		t.Errorf("a short name: %q", got)
	}
	// The longest word is looked for first: a name that is part of another does not spoil it.
	if got := CheckPassword("gatehouse2026", MinPassword, common, "Bill Gate"); got != "password_obvious" {
		t.Errorf("the product's name, which begins with a person's: %q", got)
	}
	if got := CheckPassword("gatehouse2026", MinPassword, common); got != "password_obvious" {
		t.Errorf("the product's name without other words: %q", got)
	}
	if MinPassword != 12 || MaxPassword != 256 {
		t.Errorf("passwords of %d to %d", MinPassword, MaxPassword)
	}
}

// TestAUTH12ExactBytes: the caller's words are not written to, and the same words give the same answer.
func TestAUTH12ExactBytes(t *testing.T) {
	words := make([]string, 1, 8)
	words[0] = "Acme Energy"
	for range 2 {
		if got := CheckPassword("acme energy 1", MinPassword, common, words...); got != "password_obvious" {
			t.Errorf("%q", got)
		}
	}
	if all := words[:8]; !reflect.DeepEqual(all, []string{"Acme Energy", "", "", "", "", "", "", ""}) {
		t.Errorf("the caller's words became %q", all)
	}
}

func TestPersonDraft(t *testing.T) {
	good := PersonDraft{FirstName: " Ana ", LastName: "Rossi", Phone: "+15551234567", Language: "it", TimeZone: "Europe/Rome", Theme: "dark"}
	p, err := good.Check("US", true)
	want(t, "good", err, "ok")
	if p != (Person{FirstName: "Ana", LastName: "Rossi", Phone: "+15551234567", Language: "it", TimeZone: "Europe/Rome", Theme: "dark"}) {
		t.Errorf("%+v", p)
	}
	for name, c := range map[string]struct {
		change func(*PersonDraft)
		want   string
	}{
		"no first name":        {func(d *PersonDraft) { d.FirstName = " " }, "422 first_name:required"},
		"an invisible name":    {func(d *PersonDraft) { d.LastName = "\u200d \u200e" }, "422 last_name:required"},
		"a header in the name": {func(d *PersonDraft) { d.LastName = "Rossi\r\nBcc: bob@example.com" }, "422 last_name:characters"},
		"a long name":          {func(d *PersonDraft) { d.FirstName = strings.Repeat("é", 101) }, "422 first_name:too_long"},
		"100 characters":       {func(d *PersonDraft) { d.FirstName = strings.Repeat("é", 100) }, "ok"},
		"no phone":             {func(d *PersonDraft) { d.Phone = "" }, "422 phone:phone_needed"},
		"a phone with dashes":  {func(d *PersonDraft) { d.Phone = "+1-555-123-4567" }, "422 phone:phone_us"},
		"another language":     {func(d *PersonDraft) { d.Language = "fr" }, "422 language:choice"},
		"no language":          {func(d *PersonDraft) { d.Language = "" }, "422 language:choice"},
		"another theme":        {func(d *PersonDraft) { d.Theme = "pink" }, "422 theme:choice"},
		"the system's theme":   {func(d *PersonDraft) { d.Theme = "" }, "ok"},
		"no zone":              {func(d *PersonDraft) { d.TimeZone = "" }, "ok"},
		"the server's zone":    {func(d *PersonDraft) { d.TimeZone = "Local" }, "422 time_zone:choice"},
		"no such zone":         {func(d *PersonDraft) { d.TimeZone = "Mars/Base" }, "422 time_zone:choice"},
		"a path for a zone":    {func(d *PersonDraft) { d.TimeZone = "../../../etc/passwd" }, "422 time_zone:choice"},
		"a rooted path":        {func(d *PersonDraft) { d.TimeZone = "/etc/localtime" }, "422 time_zone:choice"},
		"a zone with NUL":      {func(d *PersonDraft) { d.TimeZone = "UTC\x00" }, "422 time_zone:choice"},
		"a huge zone":          {func(d *PersonDraft) { d.TimeZone = strings.Repeat("x", 10000) }, "422 time_zone:choice"},
		"everything wrong": {
			func(d *PersonDraft) { *d = PersonDraft{Phone: "1", Theme: "x", TimeZone: "x"} },
			"422 first_name:required language:choice last_name:required phone:phone_us theme:choice time_zone:choice",
		},
	} {
		d := good
		c.change(&d)
		_, err := d.Check("US", true)
		want(t, name, err, c.want)
	}
	good.Phone = ""
	_, err = good.Check("US", false)
	want(t, "a phone nobody needs", err, "ok")
	good.Phone = "+393331234567"
	_, err = good.Check("IT", true)
	want(t, "another country's phone", err, "ok")
	good.Phone = "333 1234567"
	_, err = good.Check("IT", true)
	want(t, "spaces in another country's phone", err, "422 phone:phone")
	p, err = PersonDraft{FirstName: "A", LastName: "B", Language: "en"}.Check("US", false)
	want(t, "the least", err, "ok")
	if p.TimeZone != "UTC" {
		t.Errorf("zone %q", p.TimeZone)
	}
}

func TestNamesAndZones(t *testing.T) {
	for _, c := range []struct {
		u    User
		name string
	}{
		{User{FirstName: "Ana", LastName: "Rossi", Email: "a@example.com"}, "Ana Rossi"},
		{User{FirstName: "Ana", Email: "a@example.com"}, "Ana"},
		{User{LastName: "Rossi", Email: "a@example.com"}, "Rossi"},
		{User{Email: "a@example.com"}, "a@example.com"},
	} {
		if got := c.u.Name(); got != c.name {
			t.Errorf("%+v is called %q", c.u, got)
		}
		if got := (Membership{FirstName: c.u.FirstName, LastName: c.u.LastName, Email: c.u.Email}).Name(); got != c.name {
			t.Errorf("the membership of %+v is called %q", c.u, got)
		}
	}
	for zone, expected := range map[string]string{"Europe/Rome": "Europe/Rome", "": "UTC", "Mars/Base": "UTC"} {
		if got := (User{TimeZone: zone}).Zone().String(); got != expected {
			t.Errorf("zone %q is %s", zone, got)
		}
	}
}

func TestChangeProfile(t *testing.T) {
	u := ana()
	u.Version = 4
	to := Person{FirstName: u.FirstName, LastName: "Bianchi", Phone: "", Language: "es", TimeZone: u.TimeZone, Theme: "dark"}
	after, e := u.ChangeProfile(to, "192.0.2.9", now)
	if after.LastName != "Bianchi" || after.Phone != "" || after.Language != "es" || after.Theme != "dark" || after.FirstName != u.FirstName || after.Version != 5 ||
		after.Email != u.Email || after.PasswordHash != u.PasswordHash {
		t.Errorf("%+v", after)
	}
	before := map[string]string{"last_name": "Rossi", "phone": "+15557654321", "language": "it", "theme": ""}
	if e.Kind != ProfileChanged || e.ActorID != "ana" || e.SubjectID != "ana" || e.AccountID != "" || !e.At.Equal(now) || e.From != "192.0.2.9" ||
		!reflect.DeepEqual(e.Before, before) || len(e.After) != len(before) || e.After["last_name"] != "Bianchi" {
		t.Errorf("%+v", e)
	}
	noSecret(t, e)
}

// TestPRIV04DraftsHoldNoMoreThanTheirForms: what a form can bind is written out. Account, state, inviter, kind,
// support and the like cannot be among it.
func TestPRIV04DraftsHoldNoMoreThanTheirForms(t *testing.T) {
	for _, c := range []struct {
		draft  any
		fields string
	}{
		{InviteDraft{}, "first_name last_name email phone role scope notify_email notify_text ends_on language message version"},
		{PersonDraft{}, "first_name last_name phone language time_zone theme version"},
		{PasswordDraft{}, "current password"},
		{AcceptDraft{}, "first_name last_name phone time_zone password"}, // no address (INV-07), no role or scope (INV-17)
		{SignInDraft{}, "email password next"},
		{SignOutDraft{}, "next"},
		{EndingDraft{}, "id others"},
		{ForgotDraft{}, "email"},
		{ResetDraft{}, "password"},
		{SetupDraft{}, "company country first_name last_name email phone language time_zone password"},
	} {
		draft := reflect.TypeOf(c.draft)
		var got []string
		for i := range draft.NumField() {
			f := draft.Field(i)
			if k := f.Type.String(); k != "string" && k != "[]string" {
				t.Errorf("%s.%s is a %s: drafts hold what was typed", draft.Name(), f.Name, k)
			}
			got = append(got, f.Tag.Get("form"))
		}
		if strings.Join(got, " ") != c.fields {
			t.Errorf("%s binds %s", draft.Name(), got)
		}
	}
}

func TestSetup(t *testing.T) {
	d := SetupDraft{
		Company: "Volt Partners", Country: "US", FirstName: "Mia", LastName: "Master", Email: "Mia@Volt.example", Phone: "+15551234567",
		Language: "en", TimeZone: "UTC", Password: "three unrelated words",
	}
	in, err := d.Check(common)
	want(t, "good", err, "ok")
	a, u, m, events := in.Begin("volt", "mia", secret, "192.0.2.7", now)
	if a.Kind != Partner || a.Slug != "volt-partners" || a.Period() != 7*day || a.PartnerID != "" {
		t.Errorf("%+v", a)
	}
	if u.Email != "mia@volt.example" || u.PasswordHash != secret || !u.PasswordChangedAt.Equal(now) {
		t.Errorf("%+v", u)
	}
	if m.Role != RoleMaster || !m.keeper(now) || m.UserID != "mia" || m.Email != u.Email || m.AccountID != "volt" {
		t.Errorf("%+v", m)
	}
	if len(events) != 2 || events[0].Kind != AccountCreated || events[0].SubjectID != "volt" || events[1].Kind != InviteAccepted {
		t.Errorf("%+v", events)
	}
	for _, e := range events {
		noSecret(t, e)
	}
	_, err = SetupDraft{Password: "volt"}.Check(common)
	want(t, "empty", err, "422 company:required country:choice email:required first_name:required language:choice last_name:required password:password_short")
	d.Password, d.Email, d.TimeZone = "volt partners 1", "mia", "Local"
	_, err = d.Check(common)
	want(t, "the company's name for a password", err, "422 email:email password:password_obvious time_zone:choice")
	d.Password = "mia@volt.example"
	d.Email = "mia@volt.example"
	_, err = d.Check(common)
	want(t, "one's address for a password", err, "422 password:password_obvious time_zone:choice")
}

func TestAcceptDraft(t *testing.T) {
	m := offered(acme, RoleUser, Sites("acme", "s1"))
	m.NotifyText = true
	good := AcceptDraft{FirstName: "Ana", LastName: "Rossi", Phone: "+15551234567", TimeZone: "Europe/Rome", Password: "three unrelated words"}
	for name, c := range map[string]struct {
		change func(*AcceptDraft)
		want   string
	}{
		"good":                      {func(d *AcceptDraft) {}, "ok"},
		"no phone for the texts":    {func(d *AcceptDraft) { d.Phone = "" }, "422 phone:phone_needed"},
		"a phone of another shape":  {func(d *AcceptDraft) { d.Phone = "+39 333 1234567" }, "422 phone:phone_us"},
		"a zone nobody knows":       {func(d *AcceptDraft) { d.TimeZone = "../../etc/passwd" }, "ok"}, // the browser told it, not the person
		"the address for password":  {func(d *AcceptDraft) { d.Password = "ana@example.com" }, "422 password:password_obvious"},
		"the company":               {func(d *AcceptDraft) { d.Password = "acme energy 2026" }, "422 password:password_obvious"},
		"the name":                  {func(d *AcceptDraft) { d.Password = "Ana Rossi 1985" }, "422 password:password_obvious"},
		"a common one":              {func(d *AcceptDraft) { d.Password = "Password2026" }, "422 password:password_common"},
		"everything wrong (INP-08)": {func(d *AcceptDraft) { *d = AcceptDraft{FirstName: "\xff", Phone: "x", Password: "\x00"} }, "422 first_name:characters last_name:required password:characters phone:phone_us"},
	} {
		d := good
		c.change(&d)
		want(t, name, d.Check(m, acme, common), c.want)
	}
	good.TimeZone = "Mars/Base"
	if p := good.Person("it"); p.TimeZone != "" || p.Language != "it" || p.FirstName != "Ana" {
		t.Errorf("%+v", p)
	}
	m.NotifyText, good.Phone = false, ""
	want(t, "no texts, no phone", good.Check(m, acme, common), "ok")
	for typed, expected := range map[string]string{"ana@example.com": "ok", "": "422 email:required", " ": "422 email:required", "a,b": "422 email:email", "a\nb@example.com": "422 email:email"} {
		want(t, typed, ForgotDraft{Email: typed}.Check(), expected)
	}
	u := ana()
	u.Version = 7
	if d := u.Draft(); d != (PersonDraft{FirstName: "Anna", LastName: "Rossi", Phone: "+15557654321", Language: "it", TimeZone: "Europe/Rome", Version: "7"}) {
		t.Errorf("%+v", d)
	}
}

func TestSlug(t *testing.T) {
	for name, slug := range map[string]string{
		"Acme Energy": "acme-energy", "Zürich & Söhne AG": "zurich-sohne-ag", "  --  ": "company", "": "company", "李明": "company", "A/../B": "a-b", "Route 66": "route-66", "3/4 Time 09": "3-4-time-09",
		strings.Repeat("ab ", 30): "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-a", strings.Repeat("a", 39) + " b": strings.Repeat("a", 39),
	} {
		if got := Slug(name); got != slug {
			t.Errorf("Slug(%q) = %q", name, got)
		}
	}
}

func TestErrors(t *testing.T) {
	p := Problems{}
	if p.Err() != nil {
		t.Error("no problems are an error")
	}
	p.Add("email", "email")
	p.Add("email", "required", "Name", "x")
	p.Add("phone", "phone", "Name", "x", "odd")
	if p["email"].Code != "email" || p["email"].Args != nil || len(p["phone"].Args) != 1 || p["phone"].Args["Name"] != "x" {
		t.Errorf("%+v", p)
	}
	if got := p.Err().Error(); got != "problems: email: email, phone: phone" {
		t.Error(got)
	}
	if got := forbidden("role_above").Error(); got != "forbidden: role_above" {
		t.Error(got)
	}
	if got := (&Wait{For: time.Minute}).Error(); got != "too many: wait 1m0s" {
		t.Error(got)
	}
}
