package web

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"gatehouse/views"
)

// dialog is the id of the one dialog element and the name of its fragment.
const dialog = "dialog"

// show is the only writer of HTML. Without htmx, or when htmx replaces the whole page, it writes the page. When htmx
// asks for one element, it writes the fragment named like that element's id, out of the same page, and the flash out
// of band. The page is rendered into a buffer first, so a failing template is a clean 500.
//
// A form in the dialog targets the list behind it: when it comes back with problems (422, 409) or a reason why not
// (403, 429) the answer is turned back into the dialog. What was done in the dialog or the drawer makes the list behind
// show itself anew. A form that is answered by a question (200) shows that in the dialog. A page that has no such fragment (signed out meanwhile) sends the browser to itself.
func (s *Server) show(r *request, status int, page templ.Component) error {
	if err := r.broken; err != nil {
		r.broken = nil // the page that says so has no surroundings
		return err
	}
	if status == http.StatusOK && r.Param("account") != "" && r.by.Membership != "" {
		if err := r.stay(r.by.Account.Slug); err != nil {
			return ended(err)
		}
	}
	h := r.Response().Header()
	h.Add("Vary", "HX-Request, HX-Request-Type, HX-Target")
	var out bytes.Buffer
	target := r.fragment()
	if target == "" {
		if err := page.Render(r.ctx(), &out); err != nil {
			return err
		}
		return r.HTMLBlob(status, out.Bytes())
	}
	part, err := r.part(&out, status, page, target)
	if err != nil {
		return err
	}
	if part == "" {
		return r.leave(status)
	}
	if part != dialog && part != drawer {
		// What a list shows is counted above it (INV-22).
		if err := templ.RenderFragments(r.ctx(), &out, page, views.TabsPart); err != nil {
			return err
		}
	}
	if part != target {
		h.Set("HX-Retarget", "#"+dialog)
		h.Set("HX-Reswap", "innerHTML")
	}
	if f := r.flash; f != nil {
		told := views.FlashOut(*f)
		if part == dialog || part == drawer {
			h.Set("HX-Trigger", views.ListChanged)
			told = views.FlashInto(part, *f)
		}
		if err := told.Render(r.ctx(), &out); err != nil {
			return err
		}
	}
	return r.HTMLBlob(status, out.Bytes())
}

// part writes the fragment that answers a request for target, and names it: the dialog for what was refused there, if
// the page has one. None is the empty name.
func (r *request) part(out *bytes.Buffer, status int, page templ.Component, target string) (string, error) {
	parts := []string{target}
	switch status {
	case http.StatusUnprocessableEntity, http.StatusConflict, http.StatusForbidden, http.StatusTooManyRequests:
		parts = []string{dialog, target}
	case http.StatusOK:
		if !safe(r.Request().Method) { // a form answered by another question
			parts = append(parts, dialog)
		}
	}
	for _, part := range parts {
		if err := templ.RenderFragments(r.ctx(), out, page, part); err != nil || out.Len() > 0 {
			return part, err
		}
	}
	return "", nil
}

// leave answers a request for a fragment that the page does not have: the browser goes to the page itself. The status
// stays what it is: what a script asks for changes no verdict (PRIV-19).
func (r *request) leave(status int) error {
	to := "/"
	if safe(r.Request().Method) {
		to = r.Request().URL.RequestURI()
	}
	r.Response().Header().Set("HX-Redirect", to)
	return r.NoContent(status)
}

// fragment is the id of the element htmx wants, empty when it or the browser wants a page.
func (r *request) fragment() string {
	h := r.Request().Header
	if h.Get("HX-Request") != "true" || h.Get("HX-Request-Type") != "partial" {
		return ""
	}
	_, id, _ := strings.Cut(h.Get("HX-Target"), "#")
	return id
}

// done ends a change: the next page tells what happened.
func (s *Server) done(r *request, to string, f views.Flash) error {
	if err := r.remember(f); err != nil {
		return err
	}
	return r.goTo(to)
}

// goTo sends the browser to another page of ours by GET. htmx follows it with the same target.
func (r *request) goTo(path string) error { return r.Redirect(http.StatusSeeOther, path) }
