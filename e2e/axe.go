package e2e

import (
	_ "embed" // axe-core
	"fmt"
	"strings"
)

//go:embed testdata/axe.min.js
var axe string

// Axe examines the page as it stands with axe-core: WCAG 2.2 A and AA and its best practices. Every finding fails the
// test. Rules named in except are left out; say why where you call it.
func (p *Person) Axe(except ...string) {
	p.t.Helper()
	findings := p.axe(except...)
	if len(findings) > 0 {
		p.fail("axe found:\n%s", strings.Join(findings, "\n"))
	}
}

func (p *Person) axe(except ...string) []string {
	p.t.Helper()
	off := ""
	for _, rule := range except {
		off += fmt.Sprintf("%q: {enabled: false},", rule)
	}
	return p.axeRun("document", `runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], rules: {`+off+`}`)
}

// axeColours examines colours alone, in the part of the page that a JavaScript expression names: they are all that
// another scheme changes.
func (p *Person) axeColours(part string) []string {
	p.t.Helper()
	return p.axeRun(part, `runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }`)
}

func (p *Person) axeRun(part, options string) []string {
	p.t.Helper()
	var there bool
	if p.Eval("!!window.axe", &there); !there {
		p.Eval(axe+"\n;0", nil)
	}
	var findings []string
	p.Eval(`axe.run(`+part+`, { `+options+`, resultTypes: ['violations'],
	}).then(r => r.violations.map(v => v.id + ' (' + v.impact + '): ' + v.help +
		v.nodes.slice(0, 5).map(n => '\\n    ' + n.target.join(' ') + '  ' + n.html.slice(0, 160) +
			'\\n      ' + (n.any[0] || n.all[0] || n.none[0] || {}).message).join('')))`, &findings)
	return findings
}

// NoSidewaysScroll fails the test when the page is wider than its window.
func (p *Person) NoSidewaysScroll() {
	p.t.Helper()
	at, err := p.root().ask("sideways", nil)
	if err != nil || !at.OK {
		p.fail("the page scrolls sideways: %s", why(at, err))
	}
}
