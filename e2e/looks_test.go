package e2e

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/store"
)

// ringScript looks at what has the focus: whether it, or the group around it, is outlined by at least 2 px.
const ringScript = `(() => {
	const el = document.activeElement
	if (!el || el === document.body) return { At: '' }
	let ring = false
	for (let e = el, i = 0; e && i < 4 && !ring; e = e.parentElement, i++) {
		const s = getComputedStyle(e)
		ring = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && !/, 0\)$|transparent/.test(s.outlineColor)
	}
	const seen = el.dataset.e2eStop
	if (!seen) el.dataset.e2eStop = ++window.e2eStops || (window.e2eStops = 1)
	return { At: el.localName + ' “' + (el.ariaLabel || el.textContent || el.name || '').trim().slice(0, 40) + '”', Ring: ring, N: +el.dataset.e2eStop, Again: !!seen }
})()`

// TestFocusIsSeen: going through a page with Tab, everybody sees where they are. Inside a date field the browser draws
// its own mark.
func TestFocusIsSeen(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{NoMail: true})
	p := s.Person(t)
	tour := func(where string) {
		t.Helper()
		stops, last := 0, 0
		for range 90 {
			p.Press("Tab")
			var at struct {
				At          string
				Ring, Again bool
				N           int
			}
			p.Eval(ringScript, &at)
			if at.At == "" || at.Again && at.N != last {
				break // round once, or out of the page
			}
			last = at.N
			if at.Again {
				continue // the next part of a date
			}
			stops++
			if !at.Ring {
				t.Errorf("%s: stop %d, %s, shows no focus", where, stops, at.At)
			}
		}
		if stops < 4 {
			t.Errorf("%s: Tab stops only %d times", where, stops)
		}
		t.Logf("%s: %d stops", where, stops)
	}
	p.Open("/sign-in")
	tour("sign-in")
	p.SignIn(store.Dana, store.DemoPassword)
	const account = "/accounts/" + store.Brightwater
	for _, dark := range []bool{false, true} {
		p.Dark(dark)
		for _, page := range []string{account, account + "/settings/users?q=rosa", account + "/settings/invites?q=mei", "/profile"} {
			p.Open(page)
			tour(fmt.Sprintf("%s, dark %t", page, dark))
		}
		p.Open(account + "/settings/users")
		p.Click("Invite User")
		p.In("dialog").See("Contact Info")
		tour(fmt.Sprintf("New Invite, dark %t", dark))
	}
}

// TestMenusStayInside: the menu of the last row opens where there is room for it, on a desk and in a hand.
func TestMenusStayInside(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{NoMail: true})
	p := s.Person(t)
	p.SignIn(store.Dana, store.DemoPassword)
	for _, width := range []int{1280, 390} {
		p.SetViewport(width, 800)
		for _, list := range []string{"users", "invites"} {
			for _, row := range []string{"first", "last"} {
				p.Open("/accounts/" + store.Brightwater + "/settings/" + list)
				var name string
				p.Eval(`[...document.querySelectorAll('tbody .kebab')].at(`+map[string]string{"first": "0", "last": "-1"}[row]+`).getAttribute('aria-label')`, &name)
				p.Click(name)
				var at struct {
					Inside bool
					Items  int
					Box    string
				}
				p.Eval(`(() => { const m = document.querySelector('.menu:popover-open'), r = m?.getBoundingClientRect()
					return { Inside: !!m && r.left >= 0 && r.top >= 0 && r.right <= innerWidth && r.bottom <= innerHeight, Items: m?.querySelectorAll('[role^=menuitem]').length ?? 0,
						Box: JSON.stringify(r) } })()`, &at)
				if !at.Inside || at.Items == 0 {
					t.Errorf("%s, the %s row, %d wide: the menu has %d things and stands at %s", list, row, width, at.Items, at.Box)
				}
				p.Press("Escape")
				p.In("menu").Gone()
			}
		}
	}
}

// clippedScript finds what has more words than room: buttons, tabs, states, heads of columns, whose text leaves its box or
// ends in dots. Words for screen readers alone stand in boxes of 1 px.
const clippedScript = `(() => {
	const out = []
	for (const el of document.querySelectorAll('button, .btn, .tabs a, .state, .chip, .pill, th, [role=columnheader], legend, label, h1, h2')) {
		if (!el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || el.closest('[popover]:not(:popover-open)')) continue
		const box = el.getBoundingClientRect()
		if (box.width <= 2) continue
		let left = box.left, right = box.right, dots = false
		for (const e of [el, ...el.querySelectorAll('*')]) {
			if (e.getBoundingClientRect().width <= 2) continue
			dots ||= getComputedStyle(e).textOverflow === 'ellipsis' && e.scrollWidth > e.clientWidth
			for (const n of e.childNodes) {
				if (n.nodeType !== 3 || !n.data.trim()) continue
				const range = document.createRange()
				range.selectNodeContents(n)
				const words = range.getBoundingClientRect()
				left = Math.min(left, words.left)
				right = Math.max(right, words.right)
			}
		}
		if (right > box.right + 1 || left < box.left - 1 || dots && !el.matches('label, h1, h2')) {
			out.push(el.localName + '.' + el.className + ' “' + el.textContent.trim().slice(0, 40) + '” ' + Math.round(right - left) + ' px in ' + Math.round(box.width))
		}
	}
	return out
})()`

// TestOtherLanguagesFit: Spanish and Italian are longer, and have the room they need.
func TestOtherLanguagesFit(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{NoMail: true})
	const account = "/accounts/" + store.Brightwater
	for _, reader := range []struct{ language, email, tabs string }{{"es", store.Rosa, "Usuarios"}, {"it", store.Tomas, "Utenti"}} {
		t.Run(reader.language, func(t *testing.T) {
			t.Parallel()
			p := s.Person(t)
			p.SignIn(reader.email, store.DemoPassword)
			p.Open("/profile")
			p.Eval(`(() => { const l = document.querySelector('[name=language]'); l.value = '`+reader.language+`'; l.form.requestSubmit() })()`, nil)
			p.tab.settle()
			p.Open(account + "/settings/users")
			p.See(reader.tabs)
			check := func(where string) {
				t.Helper()
				for _, width := range []int{1280, 820, 390, 320} {
					p.SetViewport(width, 800)
					if wide, err := p.root().ask("sideways", nil); err != nil || !wide.OK {
						t.Errorf("%s scrolls sideways at %d: %s", where, width, why(wide, err))
					}
					var clipped []string
					if p.Eval(clippedScript, &clipped); len(clipped) > 0 {
						t.Errorf("%s, %d wide, has no room for\n  %s", where, width, strings.Join(clipped, "\n  "))
					}
				}
				p.SetViewport(1280, 800)
			}
			for _, page := range []string{account, account + "/settings/users", account + "/settings/invites", account + "/settings/invites/imports/new", "/profile", "/help"} {
				p.Open(page)
				check(page)
			}
			for _, list := range []string{"users", "invites"} {
				p.Open(account + "/settings/" + list)
				p.Eval(`document.querySelector('tbody a[data-in=drawer]').click()`, nil)
				p.WaitCount("dialog[open] > *", 1)
				check("a drawer of " + list)
			}
			p.Open(account + "/settings/users")
			p.Eval(`document.querySelector('a[href*="/invites/new"][data-in=dialog]').click()`, nil)
			p.WaitCount("dialog[open] > *", 1)
			check("New Invite")
			p.Open(account + "/settings/invites")
			p.Eval(`document.querySelectorAll('[data-row]').forEach(r => r.click())`, nil)
			check("the bulk bar")
		})
	}
}
