package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// How a crawl fills, keeps and sends the forms it is shown.

// form follows a form that asks, and keeps one that changes.
func (w *crawl) form(from string, root, s *goquery.Selection) {
	action := s.AttrOr("action", "")
	if strings.EqualFold(s.AttrOr("method", ""), "get") {
		for _, some := range []bool{false, true} {
			fields := fieldsOf(root, s, some)
			w.ask(from, strings.TrimSuffix(action, "?")+"?"+fields.Encode())
			buttons(root, s).Each(func(_ int, b *goquery.Selection) {
				to, with := b.AttrOr("formaction", action), maps.Clone(fields)
				if name := b.AttrOr("name", ""); name != "" {
					with.Set(name, b.AttrOr("value", ""))
				}
				w.ask(from, to+"?"+with.Encode())
			})
		}
		return
	}
	kept := shownForm{target: strings.TrimPrefix(s.AttrOr("hx-target", ""), "#"), from: from, fields: fieldsOf(root, s, true)}
	s.Find("input, textarea").Each(func(_ int, i *goquery.Selection) {
		switch i.AttrOr("type", "text") {
		case "hidden", "checkbox", "radio", "submit", "search":
		default:
			name := i.AttrOr("name", "")
			kept.typed = append(kept.typed, name)
			if kept.fields.Get(name) == "" {
				kept.fields.Set(name, something[i.AttrOr("type", "text")])
			}
		}
	})
	if s.AttrOr("enctype", "") == "multipart/form-data" {
		kept.fields.Set(fileField, "First name,Last name,E-mail,Role,Scope\nIan,Imported,ian@brightwater.example,user,all\n")
		if strings.Contains(action, "/devices/") {
			kept.fields.Set(fileField, "Serial number,Kind\nGH-NEW-0005,meter\n")
		}
	}
	send := buttons(root, s)
	if send.Length() == 0 && s.Find("input:not([type=hidden])").Length() > 0 {
		w.keep(kept, action) // by Enter
	}
	send.Each(func(_ int, b *goquery.Selection) {
		f := kept
		if name := b.AttrOr("name", ""); name != "" {
			f.fields = maps.Clone(kept.fields)
			f.fields.Set(name, b.AttrOr("value", ""))
		}
		w.keep(f, b.AttrOr("formaction", action))
	})
}

// something is what a person types into an empty field, by its type.
var something = map[string]string{
	"text": "Robin", "email": "robin@brightwater.example", "password": "seven quiet herons", "tel": "+13125550123", "date": "2036-01-31",
}

// keep keeps a form to be sent, one of each kind. It must lead to a door that is open to the person.
func (w *crawl) keep(f shownForm, action string) {
	u, err := w.at(f.from).Parse(action)
	if err != nil {
		return // faultsOf tells
	}
	door, ok := w.door(post, u.Path)
	if !ok {
		w.tell(f.from, []string{"a form to " + action + ", where there is no door"})
		return
	}
	w.doors[post+" "+door.Path] = true
	if !w.may(door, u.Path) {
		w.tell(f.from, []string{"a form to " + action + ", which " + w.who.name + " may not use"})
	}
	f.action = u.RequestURI()
	key := door.Path + "#" + f.target + "?" + asked(f.fields)
	if _, there := w.forms[key]; !there {
		w.forms[key] = f
	}
}

// may asks the door's question for the person in the account of the address.
func (w *crawl) may(door Route, path string) bool {
	if door.May == domain.Anyone || w.who.email == "" {
		return door.May == domain.Anyone
	}
	slug := ""
	if strings.HasPrefix(path, "/accounts/") {
		slug, _, _ = strings.Cut(strings.TrimPrefix(path, "/accounts/"), "/")
	}
	by, there := w.by[slug]
	if !there {
		if w.aside == nil {
			w.aside = w.c.open(w.t, w.who)
		}
		by = domain.Actor{User: w.aside.person(w.t, w.who.email)}
		switch {
		case slug != "" && (w.who.guest || w.who.support):
			var err error
			if by, err = w.aside.store.GuestActor(w.t.Context(), store.HashSecret(w.c.cookies[w.who.email]), ""); err != nil {
				w.t.Fatal(err)
			}
		case slug != "":
			by = w.aside.actor(w.t, w.who.email, slug)
		}
		w.by[slug] = by
	}
	return by.Can(door.May)
}

// fieldsOf is what a browser would send of a form; some ticks the first two boxes of each name and chooses the first of
// what nothing is chosen of.
func fieldsOf(root, form *goquery.Selection, some bool) url.Values {
	out := url.Values{}
	if form.Length() == 0 {
		return out
	}
	of := form.Find("input, select, textarea")
	if id := form.AttrOr("id", ""); id != "" {
		of = of.AddSelection(root.Find("input[form='" + id + "'], select[form='" + id + "'], textarea[form='" + id + "']"))
	}
	of.Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		_, off := s.Attr("disabled")
		_, on := s.Attr("checked")
		if name == "" || off {
			return
		}
		switch s.AttrOr("type", goquery.NodeName(s)) {
		case "checkbox":
			if on || some && len(out[name]) < 2 && name != "all" {
				out.Add(name, s.AttrOr("value", "on"))
			}
		case "radio":
			if on || some && !out.Has(name) {
				out.Set(name, s.AttrOr("value", "on"))
			}
		case "file", "submit", "button":
		case "select":
			chosen := s.Find("option[selected]")
			if chosen.Length() == 0 {
				chosen = s.Find("option").First()
			}
			out.Add(name, chosen.AttrOr("value", chosen.Text()))
		case "textarea":
			out.Add(name, s.Text())
		default:
			out.Add(name, s.AttrOr("value", ""))
		}
	})
	return out
}

// buttons are what sends a form.
func buttons(root, form *goquery.Selection) *goquery.Selection {
	const sends = "button:not([type=button]):not([type=reset])"
	of := form.Find(sends).Not("[form]")
	if id := form.AttrOr("id", ""); id != "" {
		of = of.AddSelection(root.Find(sends + "[form='" + id + "']"))
	}
	return of.Not("[disabled]")
}

// thorough says that the person's forms are sent in every way: they have all there are.
func (who soul) thorough() bool {
	return slices.Contains([]string{"nobody", "admin", "site-admin-invites", "master"}, who.name)
}

// submit sends every form that was shown, as it was shown and with nothing typed, with script and without, each to a copy
// of the portal that nobody has changed. None is refused for who sends it, and what comes back is a whole page, or lands
// where it should.
func (w *crawl) submit() {
	if w.lang != "en" && w.who.name != "admin" {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(w.forms)) {
		f := w.forms[key]
		blank := maps.Clone(f.fields)
		for _, name := range f.typed {
			blank[name] = []string{""}
		}
		w.send(f, f.fields, false)
		if !w.who.thorough() {
			continue
		}
		w.send(f, blank, false)
		if f.target != "" {
			w.send(f, blank, true)
			w.send(f, f.fields, true)
		}
	}
}

func (w *crawl) send(f shownForm, fields url.Values, script bool) {
	if w.spare == nil {
		w.spare = w.open()
	}
	v := w.visitor(w.spare)
	var a *answer
	if script {
		a = v.script(post, f.action, f.target, fields)
	} else {
		a = v.ask(post, f.action, fields)
	}
	// What was wrong changes nothing, but tries of a password are counted.
	tried := strings.Contains(fields.Encode(), "password=")
	if tried || a.Status != http.StatusUnprocessableEntity {
		defer func() {
			storetest.Close(w.t, w.spare.store)
			w.spare = nil
		}()
	}
	at := "the form to " + f.action + " on " + f.from
	door, _ := w.door(post, f.action)
	switch {
	case a.Status == http.StatusSeeOther:
		to := a.Header.Get("Location")
		var ok bool
		if door, ok = w.door(get, to); !ok {
			w.t.Errorf("%s leads to %s, where there is no door", at, to)
			return
		}
		w.doors[get+" "+door.Path] = true
		if script {
			a = v.script(get, to, f.target, nil)
		} else {
			a = v.get(to)
		}
		if a.Status != http.StatusOK && a.Status != http.StatusSeeOther {
			w.t.Errorf("%s leads to %s, which answers %d", at, to, a.Status)
		}
	case script && a.Status == http.StatusUnauthorized && a.Header.Get("HX-Redirect") == "/sign-in":
		if v.get("/profile").Status == http.StatusOK {
			w.t.Errorf("%s with %v is answered as to a stranger", at, fields)
		}
		return // they signed themselves out
	case !slices.Contains([]int{http.StatusOK, http.StatusConflict, http.StatusUnprocessableEntity}, a.Status):
		// Somebody else's invite is shown with the offer to switch.
		if door.Path != "/invites/:token" || a.Status != http.StatusForbidden {
			w.t.Errorf("%s with %v answers %d", at, fields, a.Status)
		}
	case script && a.Header.Get("HX-Redirect") != "":
		w.t.Errorf("%s with %v answers %d to script and leads away to %s: what was typed is lost", at, fields, a.Status, a.Header.Get("HX-Redirect"))
	}
	if a.Status == http.StatusSeeOther || a.Body == "" {
		return
	}
	doc := a.page()
	w.tell(at+", answered "+strconv.Itoa(a.Status), faultsOf(doc, w.at(f.action), w.spoken(door, w.lang), !script))
	doc.Find("a[href^='/']").Each(func(_ int, s *goquery.Selection) {
		if _, ok := w.door(get, s.AttrOr("href", "")); !ok {
			w.tell(at, []string{"the answer leads to " + s.AttrOr("href", "") + ", where there is no door"})
		}
	})
}
