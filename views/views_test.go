package views

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

// now is the moment of the design's pictures.
var now = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

// reader is somebody on the west coast who reads lang.
func reader(t testing.TB, lang string) context.Context {
	t.Helper()
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	return WithLocale(t.Context(), Locale{Lang: lang, Zone: zone, Now: now})
}

// render renders c for an English reader.
func render(t testing.TB, c templ.Component) *goquery.Selection {
	t.Helper()
	return renderIn(t, reader(t, "en"), c)
}

func renderIn(t testing.TB, ctx context.Context, c templ.Component) *goquery.Selection {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return parse(t, &b)
}

func renderFragment(t testing.TB, c templ.Component, id string) *goquery.Selection {
	t.Helper()
	var b bytes.Buffer
	if err := templ.RenderFragments(reader(t, "en"), &b, c, id); err != nil {
		t.Fatal(err)
	}
	return parse(t, &b)
}

func parse(t testing.TB, b *bytes.Buffer) *goquery.Selection {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(b)
	if err != nil {
		t.Fatal(err)
	}
	return d.Selection
}

// text is what a selector's elements say, with runs of white space as one blank.
func text(s *goquery.Selection, selector string) string {
	return string(bytes.Join(bytes.Fields([]byte(s.Find(selector).Text())), []byte(" ")))
}
