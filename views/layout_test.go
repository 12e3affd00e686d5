package views

import (
	"testing"

	"github.com/a-h/templ"
)

func TestFrame(t *testing.T) {
	p := examplePage()
	p.Theme, p.Flash = "dark", &Flash{Title: "Saved"}
	p.Banner = &Banner{Support: true, Label: "Support session", Text: "As Marisol Vega.", Verb: "End session", Action: "/support/end"}
	d := render(t, with(Layout(p), templ.Raw("<h1>Here</h1>")))

	if got := d.Find("title").Text(); got != "Invites · Account Settings · Gatehouse" {
		t.Errorf("title %q", got)
	}
	has(t, d, "html[lang=en].dark", `meta[name=htmx-config][content='{"noSwap":[204,304,"5xx"],"extensions":"none"}']`, "link[rel=stylesheet][href^='/static/app.']", "link[rel=preload][as=font][crossorigin]",
		"script[src^='/static/htmx.'][defer]", "a.skip[href='#main']", "main#main > h1", "#rail[popover]", ".burger[popovertarget=rail]", ".switcher[popovertarget=switch]",
		"#switch a[role=menuitem][href='/accounts/cobalt']", "nav li > a[aria-current=page]", ".banner[data-tone=support][role=region] form[method=post][action='/support/end'] button[type=submit]",
		"form#sign-out[method=post][action='/sign-out']", "#me button[type=submit][form=sign-out]", "#me a[href='/profile']", "dialog#dialog.dialog", "dialog#drawer.drawer", ".toaster[aria-live=polite]",
		"template#failed", "main .alert[data-tone=ok][role=status]")
	if got := text(d, "#me a[href='/profile#language'] small"); got != "English (US)" {
		t.Errorf("language %q", got)
	}
	if got := text(d, "#me a[href='/profile#theme'] small"); got != "Dark" {
		t.Errorf("theme %q", got)
	}
	if got := text(d, ".breadcrumb [aria-current=page]"); got != "Invites" {
		t.Errorf("breadcrumb %q", got)
	}
	if n := d.Find("#switch svg.end").Length(); n != 1 {
		t.Errorf("%d accounts are the open one", n)
	}
	if got := d.Find("dialog#dialog").Children().Length(); got != 0 {
		t.Error("the dialog starts empty")
	}
}

func TestThemeOfTheSystemHasNoClass(t *testing.T) {
	if _, ok := render(t, Layout(examplePage())).Find("html").Attr("class"); ok {
		t.Error("a class decides instead of the system")
	}
}

// A Member belongs to one account, has no companies, and their rail has only what they may open.
func TestFrameShowsOnlyWhatItIsGiven(t *testing.T) {
	p := examplePage()
	p.Frame.Companies, p.Frame.Nav = "", nil
	d := render(t, Layout(p))
	hasNot(t, d, "a[href='/companies']", ".rail nav li", ".banner", "main .alert")
}

func TestDoorsOfferTheLanguages(t *testing.T) {
	for name, c := range map[string]templ.Component{
		"door": with(Door(Page{Title: "Sign in", Path: "/sign-in?next=%2F"}, "/help"), templ.Raw("<h1>x</h1>")), "sheet": with(Sheet(Page{Title: "Invite", Path: "/sign-in?next=%2F"}, "!max-w-lg"), templ.Raw("<h1>x</h1>")),
	} {
		d := renderIn(t, reader(t, "it"), c)
		has(t, d, "html[lang=it]", "main#main > h1", "[aria-current=true]", "a[lang=es][href='/sign-in?lang=es&next=%2F']")
		if got := text(d, "[aria-current=true]"); got != "Italiano" {
			t.Errorf("%s: now %q", name, got)
		}
		hasNot(t, d, ".rail", "#me", "a[lang=it]")
	}
	if inLanguage("/invites/abc", "es") != "/invites/abc?lang=es" {
		t.Error("a path without a query")
	}
}

func TestTroublePages(t *testing.T) {
	ctx := reader(t, "en")
	signedIn, anybody := examplePage(), Page{}
	for code, c := range map[string]templ.Component{
		"403": Forbidden(ctx, signedIn, "Account Settings", "Member", "Brightwater Energy"), "404": NotFound(ctx, signedIn), "405": Refused(ctx, signedIn, "405"),
		"409": Stale(ctx, signedIn, "", "/back"), "429": TooMany(ctx, anybody, 0), "500": ServerError(anybody, "01JD9XB3F8KQ"),
	} {
		d := render(t, c)
		if got := text(d, ".empty .num"); got != code {
			t.Errorf("%s says %q", code, got)
		}
		if d.Find("h1").Length() != 1 || text(d, "h1")+" · Gatehouse" != d.Find("title").Text() {
			t.Errorf("%s: h1 %q, title %q", code, text(d, "h1"), d.Find("title").Text())
		}
	}
	if got := text(render(t, Forbidden(ctx, signedIn, "", "Member", "Brightwater")), "h1"); got != "Your role cannot open this page" {
		t.Errorf("403 without a name: %q", got)
	}
	has(t, render(t, NotFound(ctx, anybody)), ".sheet a[href='/sign-in']")
	if got := text(render(t, TooMany(ctx, anybody, 0)), ".empty p:last-of-type"); got != "Wait 1 minute and try again." {
		t.Errorf("429: %q", got)
	}
	has(t, render(t, ServerError(anybody, "01JD9XB3F8KQ")), "code#request")
	hasNot(t, render(t, ServerError(anybody, "1")), ".rail")
}
