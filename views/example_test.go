package views

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/static"
	"github.com/a-h/templ"
)

// This file shows how a list page and a dialog are composed. In a .templ file the same reads
//
//	templ Invites(p Page, invites []Invite, l ListProps) {
//		@Layout(p) {
//			@PageHead(PageHeadProps{Title: T(ctx, "settings.title")}) {
//				@Button(ButtonProps{Label: T(ctx, "invites.new"), Href: newInvite, Dialog: true})
//			}
//			@Tabs(T(ctx, "settings.title"), tabs)
//			@List(l) {
//				for i, invite := range invites {
//					<tr role="row">
//						@RowBox(invite.ID, invite.Name)
//						<td role="cell" class="c-main">@Who(WhoProps{…})</td>
//						…
//						@RowMenu(MenuProps{ID: "m" + strconv.Itoa(i), …})
//					</tr>
//				}
//			}
//		}
//	}
//
//	templ NewInvite(p Page, d domain.InviteDraft, problems domain.Problems) {
//		@Layout(p) {
//			@Dialog(DialogProps{…, Form: FormProps{Action: invites, Target: "invite-table"}}) {
//				@Field(FieldProps{Name: "email", Value: d.Email, Error: ProblemText(ctx, problems, "email"), …})
//			}
//		}
//	}
//
// The page renders whole, or, when htmx asks, by templ.RenderFragments: "invite-table" is the list
// alone, "dialog" the dialog's inside.

// with gives a component its children.
func with(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		all := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			return templ.Join(children...).Render(templ.ClearChildren(ctx), w)
		})
		return c.Render(templ.WithChildren(ctx, all), w)
	})
}

// in wraps components in raw markup: in("<td>", x, "</td>").
func in(open string, c templ.Component, closing string) templ.Component {
	return templ.Join(templ.Raw(open), c, templ.Raw(closing))
}

const settings = "/accounts/brightwater/settings"

func examplePage() Page {
	return Page{
		Title: "Invites · Account Settings", Path: settings + "/invites",
		Crumbs: []Crumb{{"Brightwater Energy", "/accounts/brightwater"}, {"Account Settings", settings + "/users"}, {"Invites", settings + "/invites"}},
		Frame: &Frame{
			Account: AccountLink{Name: "Brightwater Energy", Kind: "Customer account", Href: "/accounts/brightwater"},
			Accounts: []AccountLink{
				{Name: "Brightwater Energy", Kind: "Customer account", Href: "/accounts/brightwater"},
				{Name: "Cobalt Field Services", Kind: "Customer account", Href: "/accounts/cobalt"},
				{Name: "Northgate Integrators", Kind: "Partner", Href: "/accounts/northgate", Partner: true},
			},
			Companies: "/companies", OpenInvitations: 2, WhoName: "Dana Whitfield", WhoEmail: "dana.whitfield@brightwater.example",
			Profile: "/profile", SignOut: "/sign-out", Help: "/help",
			Nav: []NavGroup{
				{Items: []NavItem{{Label: "Dashboard", Href: "/accounts/brightwater", Icon: static.IconLayoutDashboard}}},
				{ID: "sites", Label: "Sites", Items: []NavItem{
					{Label: "Harbor Point Tower", Href: "#", Icon: static.IconBuilding2},
					{Label: "Eastfield Solar Park", Href: "#", Icon: static.IconBuilding2},
					{Label: "Cedar Street Substation", Href: "#", Icon: static.IconBuilding2},
					{Label: "Union Yard Battery Store", Href: "#", Icon: static.IconBuilding2},
					{Label: "Millbrook Pumping Station", Href: "#", Icon: static.IconBuilding2},
					{Label: "All 14 sites", Href: "#", Icon: static.IconEllipsis},
				}},
				{ID: "admin", Label: "Admin", Items: []NavItem{
					{Label: "Users Settings", Href: settings + "/users", Icon: static.IconUsers, Current: true},
					{Label: "Guests", Href: settings + "/guests", Icon: static.IconUserRoundPlus},
					{Label: "API & Webhooks", Href: "#", Icon: static.IconWebhook},
					{Label: "Activity", Href: "#", Icon: static.IconHistory},
				}},
			},
		},
	}
}

func exampleList(ctx context.Context, query string) ListProps {
	v, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	l := ListProps{
		ID: "invite-table", Label: "Invites", Search: "Search name or e-mail", Menu: true,
		Query: ParseListQuery(settings+"/invites", v, "state", "role"),
		Filters: []Filter{
			{Key: "state", Label: "State", Many: true, Options: []Option{{Value: "pending", Label: "Pending"}, {Value: "expired", Label: "Expired"}, {Value: "revoked", Label: "Revoked"}, {Value: "accepted", Label: "Accepted"}}},
			{Key: "role", Label: "Role", Options: []Option{{Value: "user", Label: "User"}, {Value: "admin", Label: "Admin"}}},
		},
		Columns: []Column{
			{Label: "Invited person", Sort: "name"},
			{Label: "Role and scope", Class: "w-[9.5rem] xl:w-[11rem]"},
			{Label: "State", Class: "w-[6rem]"},
			{Label: "Expires", Sort: "expires", Class: "w-[5.75rem]"},
			{Label: "Delivery", Class: "w-[9.5rem] xl:w-[11.25rem]"},
			{Label: "Sent", Sort: "sent", Class: "p3 w-[6.875rem]"},
		},
		Bulk: []ButtonProps{
			BulkAction("Resend", static.IconSend, settings+"/invites/sendings/new"),
			BulkAction("Revoke", static.IconBan, settings+"/invites/revocations/new"),
		},
		Forms: []FormProps{RowForm("invites-send", settings+"/invites/sendings", "invite-table")},
		Pager: Pager{From: 1, To: 12, Total: Total{N: 73}, Next: "cursor"},
	}
	l.Query.Order = "-sent"
	if l.Query.Q == "nobody" {
		l.Empty = NoMatch(ctx, l, ButtonProps{Label: "+ New Invite", Href: settings + "/invites/new", Dialog: true})
	}
	return l
}

func exampleRow(i int) templ.Component {
	names := []string{"Jonas Ekström", "Mei-Ling Zhao", "Andre Baptiste", "Freya Magnusson", "Omar Haddad", "Kelly Dunne"}
	name := names[i%len(names)]
	email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@brightwater.example"
	id := fmt.Sprintf("i%d", i)
	return in(`<tr role="row">`, templ.Join(
		RowBox(id, name),
		in(`<td role="cell" class="c-main">`, Who(WhoProps{Name: name, Email: email, Href: settings + "/invites/" + id}), `</td>`),
		in(`<td role="cell" class="c-w cut"><span class="b">User</span> `, ScopeLine(i%3 == 0, []string{"Harbor Point Tower", "Kings Row Offices", "Summit Data Hall"}[:i%3+1]), `</td>`),
		in(`<td role="cell" class="c-a">`, State(ToneInfo, static.IconClock3, "Pending"), `</td>`),
		in(`<td role="cell" class="c-b" data-l="Expires">`, Moment(now.Add(time.Duration(9+24*i)*time.Hour)), `</td>`),
		in(`<td role="cell" class="c-w cut">`, templ.Join(Say(ToneOK, static.IconMailCheck, "Sent"), in(` <span class="sub2">`, Moment(now.Add(-time.Hour*time.Duration(i*5))), `</span>`)), `</td>`),
		in(`<td role="cell" class="p3 cut c-x">`, in("", Moment(now.Add(-time.Hour*time.Duration(i*5))), ` <span class="sub2">Dana Whitfield</span>`), `</td>`),
		RowMenu(MenuProps{ID: fmt.Sprintf("m%d", i), Label: "Actions for " + name, Items: []MenuItem{
			{Label: "Resend", Icon: static.IconSend, Form: "invites-send", Field: "id", Value: id},
			{Label: "Revoke…", Icon: static.IconBan, Href: settings + "/invites/revocations/new?id=" + id, Dialog: true, Destructive: true},
			{Rule: true},
			{Label: "Correct…", Hint: "New details, new link", Icon: static.IconPencil, Href: settings + "/invites/" + id + "/corrections/new", Dialog: true},
			{Label: "Copy link", Hint: "Only a pending invite has one", Icon: static.IconLink, Disabled: true},
		}}),
	), `</tr>`)
}

func exampleInvites(ctx context.Context, query string) templ.Component {
	rows := make([]templ.Component, 12)
	for i := range rows {
		rows[i] = exampleRow(i)
	}
	return with(Layout(examplePage()),
		with(PageHead(PageHeadProps{Title: "Account Settings"}),
			Button(ButtonProps{Label: "Export", Icon: static.IconDownload, Variant: Outline, Href: settings + "/invites.csv"}),
			Button(ButtonProps{Label: "+ New Invite", Href: settings + "/invites/new", Dialog: true})),
		Tabs("Account Settings", []Tab{{Label: "Users", Href: settings + "/users"}, {Label: "Invites", Href: settings + "/invites", Count: 9, Current: true}, {Label: "Guests", Href: settings + "/guests"}, {Label: "Security Settings", Href: settings + "/security"}}),
		with(List(exampleList(ctx, query)), rows...))
}

// exampleNewInvite is a form with what was typed and what is wrong with it.
func exampleNewInvite(email, problem string, faults []Fault) templ.Component {
	return with(Layout(examplePage()), with(Dialog(DialogProps{
		Title: "New Invite", Lead: "They get an e-mail with a link that works for 7 days.", Size: DialogWide, Faults: faults,
		Form: FormProps{ID: "invite-form", Action: settings + "/invites", Target: "invite-table"},
		Safe: "Cancel", Back: settings + "/invites", Verb: "Invite",
	}), in(`<div class="grid gap-x-6 gap-y-4 md:grid-cols-2"><fieldset class="grid gap-3 content-start"><legend class="mb-2 text-sm font-semibold">Contact Info</legend>`, templ.Join(
		in(`<div class="grid grid-cols-2 gap-3">`, templ.Join(
			Field(FieldProps{Name: "first_name", Label: "First name", Value: "Noor", Autofocus: problem == ""}),
			Field(FieldProps{Name: "last_name", Label: "Last name", Value: "van Dijk"})), `</div>`),
		Field(FieldProps{Name: "email", Label: "E-mail", Type: "email", Value: email, Error: problem, Required: true}),
		Field(FieldProps{Name: "phone", Label: "Phone", Type: "tel", Value: "+15035550164", Hint: "+1 and ten digits, no dashes or parentheses.", InputMode: "tel"}),
		Alert(AlertProps{Tone: ToneInfo, Text: "Check e-mail and phone: with a wrong one the person gets no notifications."}),
		Textarea(FieldProps{Name: "message", Label: "Message", Optional: true, Value: "Hello Noor"}),
		Field(FieldProps{Name: "ends_on", Label: "End date", Type: "date", Optional: true, Class: "max-w-44"}),
	), `</fieldset>`), in(`<fieldset class="grid gap-3 content-start"><legend class="mb-2 text-sm font-semibold">Permissions</legend>`, templ.Join(
		Select(FieldProps{Name: "role", Label: "Role", Value: "deployer", Hint: "Sees and edits every setting."}, []Option{{Value: "user", Label: "User"}, {Value: "deployer", Label: "Deployer User"}}),
		Picker(PickerProps{Name: "scope", Label: "Scope", Search: "Search 14 sites", Nodes: []PickNode{
			{Value: "s1", Label: "Harbor Point Tower", Note: "412 devices", Chosen: true},
			{Value: "s2", Label: "Larkspur Medical Center", Note: "388 devices"},
			{Value: "s3", Label: "Union Yard Battery Store", Note: "204 devices", Chosen: true},
			{Value: "s4", Label: "Cedar Street Substation", Note: "96 devices"},
		}}),
		ToggleRow(ToggleProps{Name: "notify_email", Value: "on", Label: "E-mail notifications", On: true}, "E-mail", ""),
		ToggleRow(ToggleProps{Name: "notify_text", Value: "on", Label: "Text notifications"}, "Text", ""),
	), `</fieldset></div>`)))
}

// exampleRevoke is the preview of a bulk action.
func exampleRevoke() templ.Component {
	return with(Layout(examplePage()), with(Dialog(DialogProps{
		Title: "Revoke 3 of 5 invites?", Lead: "The links stop working at once. The invites stay in the list and can be resent.", Size: DialogLarge,
		Form: FormProps{Action: settings + "/invites/revocations", Target: "invite-table"},
		Safe: "No", Back: settings + "/invites", Verb: "Yes", Destructive: true, Confirm: true,
	}),
		Outcomes("Will be revoked (1)", []OutcomeRow{{Title: "Jonas Ekström", Under: "jonas.ekstrom@brightwater.example", Tone: ToneOK, Icon: static.IconCircleCheck, Word: "Pending → Revoked"}}),
		Outcomes("Cannot be revoked (1)", []OutcomeRow{{Title: "Stefan Weiss", Under: "stefan.weiss@gridmark.example", Tone: ToneDim, Icon: static.IconBan, Word: "Expired on Nov 17"}})))
}

func TestListPageAndItsFragment(t *testing.T) {
	page := exampleInvites(reader(t, "en"), "q=noor&state=pending&after=x")
	for name, d := range map[string]interface {
		Length() int
	}{
		"page": render(t, page).Find("html[lang=en] main #invite-table table[aria-label=Invites]"),
		"part": renderFragment(t, page, "invite-table").Find("body > #invite-table table[aria-label=Invites]"),
	} {
		if d.Length() != 1 {
			t.Errorf("%s: the list stands %d times", name, d.Length())
		}
	}
	part := renderFragment(t, page, "invite-table")
	if part.Find("main, .rail, h1").Length() > 0 {
		t.Error("the fragment brings more than the list")
	}
	if n := renderFragment(t, page, "dialog").Find("body *").Length(); n > 0 {
		t.Error("a fragment the page does not have is not empty")
	}
}

func TestDialogIsAPageWithoutScript(t *testing.T) {
	c := exampleNewInvite("noor@gmial.example", "gmial.example is not an allowed domain.", []Fault{{"email", "E-mail"}, {"phone", "Phone"}})
	page, part := render(t, c), renderFragment(t, c, "dialog")

	if got := text(page, "main h1"); got != "New Invite" {
		t.Errorf("page: h1 %q", got)
	}
	if page.Find("main .card form#invite-form[method=post][action='"+settings+"/invites'] #email").Length() != 1 {
		t.Error("page: the form does not work without script")
	}
	if href, _ := page.Find("main .card footer a.btn").Attr("href"); href != settings+"/invites" {
		t.Errorf("page: Cancel leads to %q", href)
	}
	if page.Find("main [data-close]").Length() > 0 {
		t.Error("page: something closes a dialog that is not there")
	}

	if got := text(part, "body > div[data-size=xl] > header > h2#dialog-t"); got != "New Invite" {
		t.Errorf("part: h2 %q", got)
	}
	if part.Find("h1, .card").Length() > 0 {
		t.Error("part: looks like a page")
	}
	if part.Find("section form#invite-form[hx-post][hx-target='#invite-table'][hx-swap=outerHTML]").Length() != 1 {
		t.Error("part: the form does not target the list")
	}
	if part.Find("footer button[type=button][data-close]").Length() != 1 || text(part, "footer button[type=submit][form=invite-form]") != "Invite" {
		t.Error("part: the footer wants Cancel and Invite")
	}
	for name, d := range map[string]string{"page": text(page, ".alert[role=alert] strong"), "part": text(part, ".alert[role=alert] strong")} {
		if d != "2 things to correct" {
			t.Errorf("%s: summary %q", name, d)
		}
	}
}

func TestConfirmationFocusesTheSafeButton(t *testing.T) {
	part := renderFragment(t, exampleRevoke(), "dialog")
	if got := text(part, "footer [autofocus]"); got != "No" {
		t.Errorf("focus on %q", got)
	}
	yes := part.Find("footer button[type=submit]")
	if by, _ := yes.Attr("aria-describedby"); by != "dialog-t" || yes.AttrOr("data-variant", "") != "destructive" {
		t.Errorf("the verb is described by %q and looks %q", by, yes.AttrOr("data-variant", ""))
	}
	if part.Find(".rows .say[data-tone=ok]").Length() != 1 || part.Find(".rows .say[data-tone=dim]").Length() != 1 {
		t.Error("a row for each outcome")
	}
}
