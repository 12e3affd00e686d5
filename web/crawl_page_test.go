package web

import (
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// What must hold on every page, whoever reads it in whatever language.

// ours are the htmx attributes that mean what we use them for in version 4 (interface.md §13). Others are of version 2, or
// need eval, which the policy forbids.
var ours = []string{
	"hx-get", "hx-post", "hx-target", "hx-swap", "hx-swap-oob", "hx-trigger", "hx-include", "hx-push-url", "hx-sync", "hx-disable", "hx-encoding",
}

// refers are the attributes that name the ids of other elements; those in lists name several.
var refers = []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "aria-owns", "popovertarget", "list", "form", "data-copy", "data-reveal", "data-meter", "data-adds"}

// faultsOf lists what is wrong with a page or a fragment. whole says that it is a page; a fragment lands in one, so
// the ids it refers to may be there.
func faultsOf(doc *goquery.Document, base *url.URL, langs []string, whole bool) (faults []string) {
	fault := func(s *goquery.Selection, what string) {
		faults = append(faults, what+": "+shown(s))
	}
	if whole {
		if got := doc.Find("html").AttrOr("lang", ""); !slices.Contains(langs, got) {
			faults = append(faults, "the page is in "+got)
		}
		if strings.TrimSpace(doc.Find("title").Text()) == "" {
			faults = append(faults, "no title")
		}
		if n := doc.Find("h1").Length(); n != 1 {
			faults = append(faults, strings.Repeat("h1 ", n)+"instead of one h1")
		}
		if doc.Find("main#main").Length() != 1 {
			faults = append(faults, "no main")
		}
	}
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if id == "" || ids[id] || strings.ContainsAny(id, " \t\n") {
			fault(s, "id "+id+" is empty, odd or there twice")
		}
		ids[id] = true
	})
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, what := range attributeFaults(s, base) {
			fault(s, what)
		}
		if whole {
			for _, what := range reference(s, ids) {
				fault(s, what)
			}
		}
	})
	faults = append(faults, contentFaults(doc, whole)...)
	return faults
}

// attributeFaults: nothing inline (HDR-04), nothing from elsewhere (INV-15), nothing of htmx 2.
func attributeFaults(s *goquery.Selection, base *url.URL) (faults []string) {
	for _, a := range s.Nodes[0].Attr {
		switch {
		case a.Key == "style":
			faults = append(faults, "inline style")
		case strings.HasPrefix(a.Key, "on"):
			faults = append(faults, "inline handler")
		case strings.HasPrefix(a.Key, "hx-") && !slices.Contains(ours, strings.TrimSuffix(a.Key, ":inherited")):
			faults = append(faults, a.Key+" is no attribute of htmx 4 that we use")
		case a.Key == "hx-trigger" && strings.Contains(a.Val, "["):
			faults = append(faults, "a trigger filter needs eval")
		case strings.HasPrefix(a.Key, "hx-") && strings.Contains(a.Val, "js:"):
			faults = append(faults, "a value of script needs eval")
		case slices.Contains([]string{"href", "src", "action", "formaction", "hx-get", "hx-post", "data", "poster", "srcset", "cite", "background", "xlink:href"}, a.Key):
			u, err := base.Parse(a.Val)
			switch {
			case err != nil:
				faults = append(faults, "no address")
			case u.Scheme == "mailto" || u.Scheme == "tel":
			case u.Scheme != base.Scheme || u.Host != base.Host:
				faults = append(faults, "leads elsewhere: "+a.Val)
			}
		case a.Key == "target" && a.Val == "_blank" && !strings.Contains(s.AttrOr("rel", ""), "noopener"):
			faults = append(faults, "the other page gets hold of this one")
		}
	}
	return faults
}

// reference: what is named is there.
func reference(s *goquery.Selection, ids map[string]bool) (faults []string) {
	for _, key := range refers {
		for _, id := range strings.Fields(s.AttrOr(key, "")) {
			// The heading of what a dialog will hold comes with it.
			filled := goquery.NodeName(s) == "dialog" && id == s.AttrOr("id", "")+"-t"
			if !ids[id] && !filled {
				faults = append(faults, key+" names "+id+", which is not there")
			}
		}
	}
	if href := s.AttrOr("href", ""); len(href) > 1 && href[0] == '#' && !ids[href[1:]] {
		faults = append(faults, href+" is not there")
	}
	target := s.AttrOr("hx-target", s.AttrOr("hx-target:inherited", ""))
	if id, named := strings.CutPrefix(target, "#"); named && !ids[id] {
		faults = append(faults, "the target "+target+" is not there")
	} else if !named && target != "" && target != "this" && !strings.HasPrefix(target, "closest ") {
		faults = append(faults, "a target without a name: "+target)
	}
	return faults
}

// contentFaults are about elements: scripts, forms, fields and what they are called.
func contentFaults(doc *goquery.Document, whole bool) (faults []string) {
	fault := func(what string) func(int, *goquery.Selection) {
		return func(_ int, s *goquery.Selection) { faults = append(faults, what+": "+shown(s)) }
	}
	doc.Find("script").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("src", "") == "" || strings.TrimSpace(s.Text()) != "" {
			fault("inline script")(0, s)
		}
	})
	doc.Find("style, iframe, object, embed, base, meta[http-equiv], font, applet").Each(fault("not allowed"))
	doc.Find("a:not([href])").Each(fault("a link to nowhere"))
	doc.Find("form").Each(func(_ int, s *goquery.Selection) {
		if m := strings.ToLower(s.AttrOr("method", "")); m != "get" && m != "post" || s.AttrOr("action", "") == "" {
			fault("a form without method or action")(0, s)
		}
		if twin, ok := s.Attr("hx-post"); ok && (twin != s.AttrOr("action", "") || s.AttrOr("method", "") != "post") {
			fault("a form that script sends elsewhere")(0, s)
		}
		if twin, ok := s.Attr("hx-get"); ok && (twin != s.AttrOr("action", "") || s.AttrOr("method", "") != "get") {
			fault("a form that script sends elsewhere")(0, s)
		}
	})
	doc.Find("[hx-post]:not(form)").Each(func(_ int, s *goquery.Selection) {
		// A button may send its form elsewhere, if it says so to the browser and to htmx.
		form := doc.Find("form#" + s.AttrOr("form", "none"))
		if s.AttrOr("formaction", "") != s.AttrOr("hx-post", "") || whole && form.AttrOr("method", "") != "post" {
			fault("a change that only script can make")(0, s)
		}
	})
	doc.Find("form[hx-post] button[formaction]:not([hx-post])").Each(fault("htmx does not see a formaction"))
	doc.Find("form [formaction]").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("form", "") == "" && s.ParentsFiltered("form").AttrOr("method", "") == "post" {
			fault("a button that changes the address of a change")(0, s)
		}
	})
	doc.Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		switch strings.ToLower(s.AttrOr("type", "")) {
		case "hidden", "submit", "button":
			return
		}
		id := s.AttrOr("id", "")
		if s.AttrOr("aria-label", "") == "" && s.AttrOr("aria-labelledby", "") == "" && s.ParentsFiltered("label").Length() == 0 &&
			(id == "" || doc.Find("label[for='"+id+"']").Length() == 0) {
			fault("a field without a label")(0, s)
		}
		if s.AttrOr("aria-invalid", "") == "true" && s.AttrOr("aria-describedby", "") == "" {
			fault("a field that is wrong and does not say why")(0, s)
		}
	})
	doc.Find("button, a[href], [role=menuitem], summary").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.Text()) == "" && s.AttrOr("aria-label", "") == "" && s.AttrOr("aria-labelledby", "") == "" && s.Find("img[alt], svg title").Length() == 0 {
			fault("nothing says what this does")(0, s)
		}
	})
	doc.Find("img:not([alt])").Each(fault("a picture without words"))
	doc.Find("use").Each(func(_ int, s *goquery.Selection) {
		if _, icon, _ := strings.Cut(s.AttrOr("href", ""), "#"); !sprite()[icon] {
			fault("there is no such icon")(0, s)
		}
	})
	if !whole {
		return faults
	}
	doc.Find("table").Each(func(_ int, s *goquery.Selection) {
		if s.Find("th").Length() == 0 {
			fault("a table without heads")(0, s)
		}
	})
	return faults
}

// sprite has the names of the icons there are.
var sprite = sync.OnceValue(func() map[string]bool {
	drawn, err := os.ReadFile("../static/icons.svg")
	if err != nil {
		panic(err)
	}
	names := map[string]bool{}
	for _, found := range regexp.MustCompile(` id="([^"]+)"`).FindAllSubmatch(drawn, -1) {
		names[string(found[1])] = true
	}
	return names
})

// shown is an element in short.
func shown(s *goquery.Selection) string {
	html, err := goquery.OuterHtml(s)
	if err != nil {
		return err.Error()
	}
	html = strings.Join(strings.Fields(html), " ")
	return html[:min(len(html), 200)]
}

// The views hold no name of htmx 2, and nothing that needs eval.
func TestViewsSpeakHTMX4(t *testing.T) {
	old := regexp.MustCompile(`hx-(on|vars|vals|ext|headers|boost|select|request|params|history|prompt|confirm|preserve|validate|disinherit|disabled-elt|indicator|ws|sse)\b|HX-(Reselect|Prompt|Boosted)|htmx:(afterSwap|beforeSwap|configRequest|responseError|afterRequest|beforeRequest|load)|hx-trigger="[^"]*\[|"?hx-trigger"?: *"[^"]*\[`)
	read := 0
	for _, dir := range []string{"../views", "../static/src", "."} {
		err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				if d != nil && d.Name() == "node_modules" {
					return fs.SkipDir
				}
				return err
			}
			if !strings.HasSuffix(path, ".templ") && !strings.HasSuffix(path, ".js") && !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(dir + "/" + path)
			if err != nil {
				return err
			}
			read++
			for i, line := range strings.Split(string(text), "\n") {
				if found := old.FindString(line); found != "" {
					t.Errorf("%s/%s:%d: %s", dir, path, i+1, found)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 50 {
		t.Errorf("only %d files read", read)
	}
}
