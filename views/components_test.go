package views

import (
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/static"
	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

// has fails for each selector that finds nothing.
func has(t *testing.T, d *goquery.Selection, selectors ...string) {
	t.Helper()
	for _, s := range selectors {
		if d.Find(s).Length() == 0 {
			h, _ := d.Html()
			t.Errorf("nothing matches %s in %s", s, h)
		}
	}
}

func hasNot(t *testing.T, d *goquery.Selection, selectors ...string) {
	t.Helper()
	for _, s := range selectors {
		if d.Find(s).Length() > 0 {
			h, _ := d.Html()
			t.Errorf("something matches %s in %s", s, h)
		}
	}
}

func TestButtons(t *testing.T) {
	d := render(t, Button(ButtonProps{Label: "Invite"}))
	has(t, d, "button.btn[type=submit]:not([data-variant])")

	d = render(t, Button(ButtonProps{Label: "Close", Icon: static.IconX, Size: IconSm, Variant: Ghost, Idle: true}))
	has(t, d, "button[type=button][data-size=icon-sm][aria-label=Close][title=Close] > svg[aria-hidden=true]")
	if text(d, "button") != "" {
		t.Error("an icon button shows words")
	}

	d = render(t, Button(ButtonProps{Label: "+ New Invite", Href: "/invites/new", Dialog: true}))
	has(t, d, "a.btn[href='/invites/new'][data-in=dialog]")
	d = render(t, Button(ButtonProps{Label: "Export", Href: "/x", Disabled: true}))
	has(t, d, "span.btn[aria-disabled=true]")
	hasNot(t, d, "a")
}

func TestButtonsDoNotRunWhatPeopleTyped(t *testing.T) {
	d := render(t, Button(ButtonProps{Label: `"><script>alert(1)</script>`, Href: "javascript:alert(1)"}))
	hasNot(t, d, "script", "a[href^=javascript]")
}

func TestStateIsColourShapeAndWord(t *testing.T) {
	d := render(t, State(ToneWarn, static.IconHourglass, "Expired"))
	has(t, d, ".state[data-tone=warn] > svg[aria-hidden=true] > use[href$='#hourglass']")
	if got := text(d, ".state"); got != "Expired" {
		t.Errorf("word %q", got)
	}
}

func TestMonograms(t *testing.T) {
	for _, c := range []struct{ name, email, want string }{
		{"Dana Whitfield", "", "DW"},
		{"Rosa Delgado-Pike", "", "RD"},
		{"Anna Maria van Dijk", "", "AD"},
		{"Çelik", "", "Ç"},
		{"élodie  brun ", "", "ÉB"},
		{"", "jonas.ekstrom@x.example", "JE"},
		{"", "m_castle+1@x.example", "M1"},
		{"", "", "?"},
		{"— …", "", "?"},
	} {
		if got := initials(c.name, c.email); got != c.want {
			t.Errorf("%q %q: %s, want %s", c.name, c.email, got, c.want)
		}
	}
	seen := map[string]bool{}
	for _, name := range strings.Fields("Aisha Beatriz Caleb Chiara Dana Giorgio Hannah Ingrid Leonard Marcus Nathan Owen Rosa Yuki") {
		seen[tint(name)] = true
		if !strings.Contains("012345", tint(name)) {
			t.Errorf("%s: tint %q", name, tint(name))
		}
	}
	if len(seen) < 4 {
		t.Errorf("only the tints %v for fourteen people", seen)
	}
}

func TestWhoWithoutAName(t *testing.T) {
	d := render(t, Who(WhoProps{Email: "noor@x.example", Href: "/p"}))
	if text(d, "a.b") != "noor@x.example" || d.Find("small").Length() != 0 {
		t.Error("the address stands alone")
	}
	has(t, render(t, Who(WhoProps{Name: "Dana", Email: "d@x.example", You: true})), "b", "small", ".you")
}

func TestFieldTellsTheErrorThenTheHint(t *testing.T) {
	problems := domain.Problems{}
	problems.Add("phone", "phone_us")
	d := render(t, Field(FieldProps{Name: "phone", Label: "Phone", Type: "tel", Value: "+1503555019", Hint: "For text notifications.", Error: ProblemText(reader(t, "en"), problems, "phone")}))
	has(t, d, ".field[data-invalid=true] > label[for=phone]", "input#phone[type=tel][name=phone][value='+1503555019'][aria-invalid=true][aria-describedby='phone-e phone-h'][autofocus]", "p.error#phone-e + p#phone-h")

	d = render(t, Field(FieldProps{Name: "email", Label: "E-mail", Optional: true}))
	hasNot(t, d, "[aria-invalid]", "[aria-describedby]", "[autofocus]", "[required]", "[data-invalid]")
	if text(d, "label .opt") != "optional" {
		t.Error("optional is said")
	}
	d = render(t, Field(FieldProps{Name: "email", Label: "E-mail", Type: "email", Value: "a@b.example", Locked: true}))
	has(t, d, ".input-group > svg + input#email[readonly][value='a@b.example']")
}

func TestFieldKeepsWhatWasTyped(t *testing.T) {
	typed := `"><b onclick=x>' & \` + "`"
	for name, d := range map[string]string{
		"input":    render(t, Field(FieldProps{Name: "x", Value: typed})).Find("input").AttrOr("value", ""),
		"textarea": render(t, Textarea(FieldProps{Name: "x", Value: typed})).Find("textarea").Text(),
	} {
		if d != typed {
			t.Errorf("%s: %q", name, d)
		}
	}
}

func TestSelectChoosesTheValue(t *testing.T) {
	d := render(t, Select(FieldProps{Name: "role", Label: "Role", Value: "user"}, []Option{{Value: "member", Label: "Member"}, {Value: "user", Label: "User"}}))
	has(t, d, "select.select#role[name=role] > option[value=user][selected]")
	if d.Find("option[selected]").Length() != 1 {
		t.Error("one is chosen")
	}
}

func TestPassword(t *testing.T) {
	d := render(t, Password(FieldProps{Name: "password", Label: "Password"}, true))
	has(t, d, "input[type=password][autocomplete=new-password][data-meter=password-m][aria-describedby=password-h]", "#password-m.meter[data-score='0'][aria-labelledby=password-w]",
		"#password-h > #password-w[role=status]", "button[type=button][data-reveal=password][aria-pressed=false][aria-label='Show password']")
	if words := strings.Split(d.Find("#password-w").AttrOr("data-words", ""), "|"); len(words) != 5 {
		t.Errorf("words for five strengths: %q", words)
	}
	if got := text(d, "#password-h"); got != "At least 12 characters; three unrelated words work well." {
		t.Errorf("the rule: %q", got)
	}
	d = render(t, Password(FieldProps{Name: "password", Label: "Password", Value: "secret"}, false))
	has(t, d, "input[autocomplete=current-password]")
	hasNot(t, d, ".meter")
}

func TestErrorSummaryLeadsToTheFields(t *testing.T) {
	problems := domain.Problems{}
	problems.Add("phone", "phone_us")
	problems.Add("email", "email")
	d := render(t, ErrorSummary(FaultsOf(problems, Fault{"email", "E-mail"}, Fault{"phone", "Phone"}, Fault{"role", "Role"})))
	has(t, d, "[role=alert][tabindex='-1'][autofocus]")
	if got := text(d, "a"); got != "E-mailPhone" {
		t.Errorf("links %q", got)
	}
	has(t, d, "a[href='#email']", "a[href='#phone']")
	hasNot(t, render(t, ErrorSummary([]Fault{{"email", "E-mail"}})), "*[role]")
}

func TestChoicesAndPicker(t *testing.T) {
	d := render(t, Choices(ChoicesProps{Name: "role", Label: "Role", Error: "Choose one.", Options: []Option{{Value: "m", Label: "Member", Hint: "Own profile"}, {Value: "u", Label: "User", Chosen: true, Disabled: true}}}))
	has(t, d, "[role=radiogroup][aria-labelledby=role-l][aria-describedby=role-e]", "#role-l", "#role-e", "label > input.radio#role[value=m] ~ small", "input[value=u][checked][disabled]")

	d = render(t, Picker(PickerProps{Name: "site", Label: "Scope", Search: "Search 14 sites", Error: "Choose one.", Nodes: []PickNode{{Value: "a", Label: "Harbor Point Tower", Chosen: true}, {Value: "b", Label: "Roof", Depth: 1}}}))
	has(t, d, ".picker input[type=search]#site:not([name])[aria-invalid=true]", "li input[type=checkbox][name=site][value=a][checked]", "li.ps-4 input[value=b]")
	if got := text(d, "footer"); !strings.HasPrefix(got, "1 chosen:") || !strings.Contains(got, "Harbor Point Tower") {
		t.Errorf("chosen: %q", got)
	}
}

// B14: ON and OFF carry their word, and are switches with a name that says whose.
func TestTogglesSayOnAndOff_B14(t *testing.T) {
	on := ToggleProps{Name: "text", Value: "m1", Label: "Text notifications for Dana Whitfield", On: true, Held: true, Form: "notify"}
	d := render(t, ToggleButton(on))
	has(t, d, "button.toggle[type=submit][role=switch][aria-checked=true][data-on=ON][data-off=OFF][data-held][form=notify][name=text][value=m1]")
	if d.Find("button").AttrOr("aria-label", "") != on.Label {
		t.Error("whose it is")
	}
	on.On, on.Held = false, false
	has(t, render(t, ToggleButton(on)), "button.toggle[aria-checked=false]:not([data-held])")
	has(t, render(t, ToggleBox(on)), "input.toggle[type=checkbox][role=switch]:not([checked])")
	has(t, renderIn(t, reader(t, "es"), ToggleBox(on)), "input[data-on=SÍ][data-off=NO]")
}

func TestFlip(t *testing.T) {
	d := render(t, Flip(FlipProps{Label: "Lock Ines", Word: "Locked", Tone: ToneBad, On: true, Form: "f", Name: "id", Value: "1"}))
	has(t, d, "button.flip[role=switch][data-tone=bad][aria-checked=true][aria-label='Lock Ines'][form=f] > i")
	if text(d, "button") != "Locked" {
		t.Error("the word says the state")
	}
}

func TestMenuItems(t *testing.T) {
	d := render(t, RowMenu(MenuProps{ID: "m1", Label: "Actions for Omar", Items: []MenuItem{
		{Label: "Open", Href: "/o", Drawer: true},
		{Label: "Enable", Form: "enable", Field: "id", Value: "1"},
		{Label: "Admin", Href: "/l", Chosen: true},
		{Rule: true},
		{Label: "Revoke", Href: "/r", Disabled: true, Hint: "Only a pending invite can be revoked"},
		{Label: "Remove…", Href: "/x", Dialog: true, Destructive: true},
	}}))
	// the cell needs its table to survive the parser, so look at the parts
	has(t, d, "button.kebab[popovertarget=m1][aria-haspopup=menu][aria-expanded=false][aria-label='Actions for Omar']", "#m1[popover][role=menu].menu",
		"a[role=menuitem][href='/o'][data-in=drawer]", "button[type=submit][role=menuitem][form=enable][name=id][value='1']", "a[href='/l'][aria-current=true]", "hr[role=separator]",
		"button[type=button][role=menuitem][aria-disabled=true]", "a[data-variant=destructive][data-in=dialog]")
	if got := text(d, "[aria-disabled] small"); got != "Only a pending invite can be revoked" {
		t.Errorf("the reason: %q", got)
	}
	hasNot(t, d, "[else]", "form")
}

func TestListWithChipsSortAndPager(t *testing.T) {
	ctx := reader(t, "en")
	l := exampleList(ctx, "q=noor&state=pending,expired&sort=name&after=abc")
	l.Pager = Pager{From: 26, To: 50, Total: Total{N: 1000, More: true}, Prev: "p", Next: "n"}
	d := render(t, with(List(l), exampleRow(0)))

	if got := text(d, ".chip:not([data-add]) > button"); got != "State Pending, Expired" {
		t.Errorf("chip %q", got)
	}
	has(t, d, "form.toolbar[role=search][method=get][action='"+settings+"/invites'] input[type=search][name=q][value=noor]", "form.toolbar input[type=hidden][name=sort][value=name]",
		".chip .rm[href='"+settings+"/invites?q=noor&sort=name'][aria-label='Remove filter State: Pending, Expired']",
		"#invite-table-f-state input[type=checkbox][name=state][value=expired][checked]", "#invite-table-f-add input[type=radio][name=role][value=admin]:not([checked])",
		"th[aria-sort=ascending] > a[href$='&sort=-name'] use[href$='#arrow-up']", "a[aria-label='Next page'][href$='sort=name&after=n']", ".pager a[href$='sort=name&before=p']",
		"form.tablewrap#invite-table-rows[method=get] .bulk button[formaction$='/revocations/new'][hx-get$='/revocations/new'][hx-include='closest form']", "th:first-child input[data-all]",
		"form#invites-send[method=post][hx-post][hx-target='#invite-table']", "output[data-t='{n} selected']")
	if got := text(d, ".pager > span"); got != "26–50 of 1,000+" {
		t.Errorf("range %q", got)
	}
	// Every option of every filter is in the form exactly once, so that applying one keeps the others.
	for _, f := range l.Filters {
		for _, o := range f.Options {
			if n := d.Find("form.toolbar input[name=" + f.Key + "][value=" + o.Value + "]").Length(); n != 1 {
				t.Errorf("%s %s stands %d times", f.Key, o.Value, n)
			}
		}
	}
}

func TestListsThreeEmptinesses(t *testing.T) {
	ctx := reader(t, "en")
	l := exampleList(ctx, "q=nobody&state=pending")
	d := render(t, List(l))
	if got := text(d, ".empty h2"); got != "Nothing here matches “nobody”" {
		t.Errorf("title %q", got)
	}
	if got := text(d, ".empty > p"); got != "With the filter State: Pending." {
		t.Errorf("text %q", got)
	}
	has(t, d, ".toolbar", ".acts a[href='"+settings+"/invites/new']", ".acts a[data-variant=outline][href='"+settings+"/invites'][hx-get]")
	hasNot(t, d, "table", ".pager")

	l = exampleList(ctx, "")
	l.Empty = &EmptyProps{Icon: static.IconMail, Title: "No invites yet"}
	d = render(t, List(l))
	has(t, d, ".empty h2")
	hasNot(t, d, ".toolbar", "table", ".list .list")
}

// A filter's value that nobody offers is shown as it stands, so that it can be removed.
func TestUnknownFilterValueShowsItsChip(t *testing.T) {
	d := render(t, List(exampleList(reader(t, "en"), "state=gone")))
	if got := text(d, ".chip:not([data-add]) b"); got != "gone" {
		t.Errorf("chip %q", got)
	}
}

func TestRowsCostLittle(t *testing.T) {
	var b strings.Builder
	if err := exampleRow(0).Render(reader(t, "en"), &b); err != nil {
		t.Fatal(err)
	}
	// 25 rows of 4.5 kB are 110 kB before compression, which takes nineteen parts of twenty away.
	if b.Len() > 4500 {
		t.Errorf("a row has %d bytes", b.Len())
	}
}

func TestChartIsATableToo(t *testing.T) {
	p := ChartProps{ID: "c", Title: "Invites by state", Corner: "Week of", Series: []Series{{"Accepted", "s-acc"}, {"Expired", "s-exp"}}, Bars: []Bar{{"Nov 10", []int{8, 2}}, {"Nov 17", []int{4, 0}}, {"Nov 24", []int{0, 0}}}}
	d := render(t, Chart(p))
	has(t, d, "svg.chart[role=img][aria-labelledby=c-t] > title#c-t", "details > summary", "tbody tr:first-child > th[scope=row]")
	if n := d.Find("svg.chart > rect").Length(); n != 3 {
		t.Errorf("%d pieces, want 3: none for nothing", n)
	}
	if got := text(d, "tbody tr:first-child"); got != "Nov 1082" {
		t.Errorf("first row %q", got)
	}
	if got := text(d, ".legend b"); got != "122" {
		t.Errorf("sums %q", got)
	}
	hasNot(t, d, "[style]")

	for highest, want := range map[int]int{0: 1, 3: 1, 4: 2, 12: 4, 16: 6, 25: 10, 30: 10, 31: 20, 1000: 400} {
		if got := niceStep(highest); got != want {
			t.Errorf("step for %d: %d, want %d", highest, got, want)
		}
	}
	render(t, Chart(ChartProps{ID: "none"})) // nothing to show is no failure
}

func TestFlashAndToast(t *testing.T) {
	d := render(t, FlashOut(Flash{Title: "Invite sent to Jonas Ekström", Text: "The link works until Nov 27."}))
	has(t, d, "[hx-swap-oob='beforeend:.toaster'] > .toast[role=status][data-tone=ok][data-ttl]", "button[data-dismiss]")
	d = render(t, Toast(Flash{Failed: true, Title: "Not saved", Href: "/x", Link: "See how it stands"}))
	has(t, d, ".toast[role=alert][data-tone=bad]:not([data-ttl]) a[href='/x']")
}

func TestSmallParts(t *testing.T) {
	has(t, render(t, Secret("s1", "https://x.example/i/abc")), ".secret > code#s1", "button[type=button][data-copy=s1]")
	d := render(t, Diff([]Change{{"Role", "User", "Admin"}, {"End date", "", "Dec 31"}}))
	has(t, d, ".diff[role=table] .was", ".now", ".mute")
	has(t, render(t, Progress("Import", 300, 1000)), "progress[value='300'][max='1000'][aria-label=Import]")
	d = render(t, Dl([]Fact{{Term: "As", Text: "User"}, {Term: "Until", View: None("No end date")}}))
	if got := text(d, "dd"); got != "User–No end date" {
		t.Errorf("facts %q", got)
	}
	d = render(t, ScopeLine(false, []string{"Harbor Point Tower", "Pier 9", "Roof"}))
	if text(d, ".sub2") != "Harbor Point Tower +2" || d.Find(".sub2").AttrOr("title", "") != "Harbor Point Tower, Pier 9, Roof" {
		t.Errorf("scope %q", text(d, ".sub2"))
	}
	has(t, render(t, Tabs("Settings", []Tab{{Label: "Users", Href: "/u", Current: true}, {Label: "Invites", Href: "/i", Count: 9}})), "nav.tabs a[aria-current=page]", ".count")
}

// Nothing in any component needs what the content policy forbids.
func TestNothingInline(t *testing.T) {
	ctx := reader(t, "en")
	for _, c := range []templ.Component{exampleInvites(ctx, "q=x&state=pending"), exampleNewInvite("x", "y", []Fault{{"a", "A"}, {"b", "B"}}), exampleRevoke(), Door(Page{Path: "/sign-in"}, "/help"), ServerError(Page{}, "1")} {
		hasNot(t, render(t, c), "[style]", "style", "script:not([src])", "[onclick]", "[href^=javascript]", "[else]")
	}
}
