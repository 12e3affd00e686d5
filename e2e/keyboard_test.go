package e2e

import (
	"testing"

	"gatehouse/store"
)

// atScript is what has the focus, by its name, and whether that is seen.
const atScript = `(() => {
	const el = document.activeElement
	if (!el || el === document.body) return { Name: '', Ring: true }
	let ring = el.type === 'date' // between its parts the browser draws its own mark
	for (let e = el, i = 0; e && i < 4 && !ring; e = e.parentElement, i++) {
		const s = getComputedStyle(e)
		ring = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && !/, 0\)$|transparent/.test(s.outlineColor)
	}
	const label = el.labels?.[0]?.textContent
	return { Name: (el.computedName || el.ariaLabel || label || el.textContent || '').replace(/\s+/g, ' ').trim(), Ring: ring, Value: el.value || '', Checked: !!el.checked }
})()`

// focus is what has the focus.
type focus struct {
	Name, Value   string
	Ring, Checked bool
}

func (p *Person) focus() focus {
	p.t.Helper()
	var at focus
	p.Eval(atScript, &at)
	return at
}

// TabTo presses Tab until what has that name has the focus. Every stop on the way is seen.
func (p *Person) TabTo(name string) {
	p.t.Helper()
	for range 120 {
		at := p.focus()
		if begins(at.Name, name) {
			return
		}
		if !at.Ring {
			p.t.Errorf("at %s the focus on “%s” is not seen", p.URL(), at.Name)
		}
		p.Press("Tab")
	}
	p.fail("Tab does not come to “%s”", name)
}

func begins(name, want string) bool { return len(name) >= len(want) && name[:len(want)] == want }

// TestKeyboardAlone: the main job without a mouse, by Tab, Enter, Space, arrows and Escape.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Person(t)
	p.Open("/sign-in")
	p.TabTo("E-mail")
	p.Type(store.Dana)
	p.TabTo("Password")
	p.Type(store.DemoPassword)
	p.Press("Enter")
	p.See("Dana Whitfield")

	// Open the window, close it with Escape: the focus is back where it came from; open it again.
	p.Open(brightwater + invites)
	for range 2 {
		p.TabTo("+ New Invite")
		p.Press("Enter")
		p.In("dialog").See("Contact Info")
		p.tab.settle()
		if at := p.focus(); !begins(at.Name, "First name") {
			t.Errorf("the window opens with the focus on “%s”", at.Name)
		}
		p.Press("Escape")
		p.In("dialog").Gone()
		if at := p.focus(); !begins(at.Name, "+ New Invite") {
			t.Errorf("the window closes with the focus on “%s”", at.Name)
		}
	}
	p.Press("Enter")
	p.In("dialog").See("Contact Info")
	p.tab.settle()
	p.Type("Mara")
	for _, field := range []struct{ label, value string }{{"Last name", "Oyelaran"}, {"E-mail", mara("").email}} {
		p.TabTo(field.label)
		p.Type(field.value)
	}
	p.TabTo("Member")
	p.Press("Space")
	for range 6 { // the roles are one stop; arrows go from one to the next
		if at := p.focus(); begins(at.Name, "User") && at.Checked {
			break
		}
		p.Press("ArrowDown")
	}
	p.TabTo("Chosen sites")
	p.Press("ArrowLeft")
	if at := p.focus(); !begins(at.Name, "Whole account") || !at.Checked {
		t.Errorf("the arrow leads to “%s”", at.Name)
	}
	p.Press("Enter")
	p.See("Invite sent to Mara Oyelaran")
	p.Row(mara("").email).See("User", "All sites", "Pending")
	s.Mail.Wait(t, mara("").email, "invites you")

	// The row's menu: opened by Enter, walked by arrows, left by Escape, and back.
	p.Open(brightwater + invites + "?q=mara")
	p.TabTo("Actions for")
	p.Press("Enter")
	p.In("menu").See("Revoke")
	p.Press("Escape")
	p.In("menu").Gone()
	if at := p.focus(); !begins(at.Name, "Actions for") {
		t.Errorf("the menu closes with the focus on “%s”", at.Name)
	}
	p.Press("ArrowDown")
	p.In("menu").See("Revoke")
	for range 8 {
		if begins(p.focus().Name, "Revoke") {
			break
		}
		p.Press("ArrowDown")
	}
	p.Press("Enter")
	p.In("dialog").See("Revoke the invite of Mara Oyelaran?")
	p.tab.settle()
	p.TabTo("Confirm")
	p.Press("Space")
	p.Row(mara("").email).See("Revoked")
}
