package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Person is somebody at a browser of their own: their cookies are nobody else's. The methods do what a person does,
// by the words a person reads, wait for what they need and fail the test when it does not come. At the end the test
// fails if a page wrote an error to the console, broke its own security policy or missed a file.
type Person struct {
	t     testing.TB
	base  string
	tab   *tab
	scope []step
	touch *bool // shared by all handles of the person: they use a finger
}

// step narrows where a person looks.
type step struct {
	By    string `json:"by"` // "css" (or the name of a role), "row", "group"
	Value string `json:"value"`
}

// Person gives somebody a browser, looking at this server.
func (s *Server) Person(t testing.TB) *Person {
	t.Helper()
	return Visitor(t, s.URL)
}

// Visitor gives somebody a browser for pages below base.
func Visitor(t testing.TB, base string) *Person {
	t.Helper()
	p := &Person{t: t, base: base, tab: newTab(t, nil), touch: new(bool)}
	t.Cleanup(p.end)
	return p
}

// NewTab opens another tab of the same browser, with the same cookies.
func (p *Person) NewTab() *Person {
	p.t.Helper()
	other := &Person{t: p.t, base: p.base, tab: newTab(p.t, p.tab), touch: new(bool)}
	p.t.Cleanup(other.end)
	return other
}

func (p *Person) end() {
	for _, problem := range p.tab.wrong() {
		p.t.Errorf("in the browser: %s", problem)
	}
}

// Allow says that problems containing text are what the test is about.
func (p *Person) Allow(text string) {
	p.tab.mu.Lock()
	defer p.tab.mu.Unlock()
	p.tab.allowed = append(p.tab.allowed, text)
}

// Problems returns the problems of the pages so far that were not allowed.
func (p *Person) Problems() []string { return p.tab.wrong() }

// Open goes to an address: a path of the server, or a whole link from a mail.
func (p *Person) Open(address string) {
	p.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = p.base + address
	}
	if err := chromedp.Do(p.tab.ctx, chromedp.Navigate(address)); err != nil {
		p.fail("open %s: %v", address, err)
	}
	p.tab.settle()
}

// Reload loads the page again.
func (p *Person) Reload() {
	p.t.Helper()
	if err := chromedp.Do(p.tab.ctx, chromedp.Reload()); err != nil {
		p.fail("reload: %v", err)
	}
	p.tab.settle()
}

// Back goes back one page.
func (p *Person) Back() {
	p.t.Helper()
	if err := chromedp.Do(p.tab.ctx, chromedp.NavigateBack()); err != nil {
		p.fail("go back: %v", err)
	}
	p.tab.settle()
}

// SignIn signs in at the front door and waits until the door is behind.
func (p *Person) SignIn(email, password string) {
	p.t.Helper()
	p.Open("/sign-in")
	p.Fill("E-mail", email)
	p.Fill("Password", password)
	p.Click("Sign in", "button")
	p.until("be signed in as "+email, func() (bool, string) {
		url := p.URL()
		return !strings.Contains(url, "/sign-in"), "still at " + url + ":\n" + p.pageText()
	})
	p.tab.settle()
}

// Within lets f look only inside a part of the page: a role ("dialog", "menu", "main", "navigation", "form" …: the
// one on top) or a CSS selector (the first one visible).
func (p *Person) Within(part string, f func(p *Person)) { f(p.In(part)) }

// In returns a handle that looks only inside a part of the page; see Within.
func (p *Person) In(part string) *Person { return p.narrow(step{By: "css", Value: part}) }

// Row returns a handle that looks only inside the one table row, list item or card that contains text.
func (p *Person) Row(text string) *Person { return p.narrow(step{By: "row", Value: text}) }

// Group returns a handle that looks only inside the named group, section, form, table or dialog.
func (p *Person) Group(name string) *Person { return p.narrow(step{By: "group", Value: name}) }

func (p *Person) narrow(s step) *Person {
	other := *p
	other.scope = append(append([]step{}, p.scope...), s)
	return &other
}

// Click presses the visible button, link, tab, menu item, option or box of that name, with the mouse at its middle.
// A name ending in "…" is a beginning. With a role, only things of that role count.
func (p *Person) Click(name string, role ...string) {
	p.t.Helper()
	arg := map[string]any{"name": name}
	if len(role) > 0 {
		arg["role"] = role[0]
	}
	p.press("click “"+name+"”", "press", arg)
}

// Fill replaces what the field of that label holds by pasting and typing; Type types every key.
func (p *Person) Fill(label, value string) {
	p.t.Helper()
	what, arg := "fill “"+label+"”", map[string]any{"name": label, "value": value}
	if p.press(what, "field", arg).Kind == "set" { // what is typed into a date field depends on the machine's locale
		p.find(what, "set", arg)
		p.tab.settle()
		return
	}
	at := p.find(what, "select", arg)
	switch {
	case value != "":
		// All but the last character at once, as a paste: a key for each would take most of a test's time.
		_, size := utf8.DecodeLastRuneInString(value)
		p.call(what, func() error {
			_, err := chromedp.Call(p.tab.ctx, input.InsertText, input.InsertTextParams{Text: value[:len(value)-size]})
			return err
		})
		p.Type(value[len(value)-size:])
	case !at.Empty:
		p.Press("Backspace")
	}
}

// Type types into whatever has the focus.
func (p *Person) Type(text string) {
	p.t.Helper()
	p.keys("type", typed(text))
}

// Press presses one key, as "Enter", "Escape", "ArrowDown", "Shift+Tab" or "Control+k".
func (p *Person) Press(key string) {
	p.t.Helper()
	keys, err := pressed(key)
	if err != nil {
		p.fail("%v", err)
	}
	p.keys("press "+key, keys)
}

// Choose picks an option: of a list, of a group of radio buttons, or of a box with suggestions.
func (p *Person) Choose(label, option string) {
	p.t.Helper()
	what, arg := "choose “"+option+"” of “"+label+"”", map[string]any{"name": label, "option": option}
	at := p.find(what, "choose", arg)
	if at.Kind == "done" {
		p.tab.settle()
		return
	}
	p.press(what, "choose", arg)
	if at.Kind == "open" {
		p.Type(option)
		p.root().Click(option, "option")
	}
}

// Check ticks the box or turns on the switch of that label, unless it is on.
func (p *Person) Check(label string) {
	p.t.Helper()
	p.check(label, true)
}

// Uncheck takes the tick away, or turns the switch off.
func (p *Person) Uncheck(label string) {
	p.t.Helper()
	p.check(label, false)
}

func (p *Person) check(label string, on bool) {
	p.t.Helper()
	what, arg := fmt.Sprintf("set “%s” to %t", label, on), map[string]any{"name": label, "on": on}
	if p.find(what, "check", arg).Kind == "press" {
		p.press(what, "check", arg)
	}
}

// Checked reports whether the box of that label is ticked.
func (p *Person) Checked(label string) bool {
	p.t.Helper()
	return p.find("look at “"+label+"”", "checked", map[string]any{"name": label}).Yes
}

// Value returns what the field of that label holds; of a list, the words of the chosen option.
func (p *Person) Value(label string) string {
	p.t.Helper()
	return p.find("read “"+label+"”", "value", map[string]any{"name": label}).Text
}

// Offers reports whether there is something of that name to press, now.
func (p *Person) Offers(name string) bool {
	p.t.Helper()
	return p.find("look for “"+name+"”", "offers", map[string]any{"name": name}).Yes
}

// Attach puts a file with this content into the file field of that label.
func (p *Person) Attach(label, name string, content []byte) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		p.fail("attach %s: %v", name, err)
	}
	p.find("attach "+name+" to “"+label+"”", "attach", map[string]any{"name": label})
	if err := chromedp.Do(p.tab.ctx, chromedp.SetUploadFiles(chromedp.CSS("[data-e2e-file]"), []string{file}, chromedp.NodeReady)); err != nil {
		p.fail("attach %s: %v", name, err)
	}
	p.tab.settle()
}

// Hover moves the mouse over the thing of that name, or over that text; "" is the middle of the row or part itself.
func (p *Person) Hover(text string) {
	p.t.Helper()
	at := p.find("point at “"+text+"”", "hover", map[string]any{"name": text})
	if err := chromedp.Do(p.tab.ctx, chromedp.MouseEvent(chromedp.MouseMoved, at.X, at.Y)); err != nil {
		p.fail("point at %q: %v", text, err)
	}
}

// See waits until the text stands on the page, or in the part looked at.
func (p *Person) See(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		p.find("see “"+text+"”", "see", map[string]any{"text": text})
	}
}

// NotSee waits until the text does not stand there. Of something that was never going to come it proves little: See
// first what comes with it or in its place.
func (p *Person) NotSee(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		p.until("no longer see “"+text+"”", func() (bool, string) {
			at, err := p.ask("see", map[string]any{"text": text})
			return err == nil && !at.OK, "it is still there"
		})
	}
}

// Gone waits until the row or part looked at is not there.
func (p *Person) Gone() {
	p.t.Helper()
	p.until(fmt.Sprintf("see %v go", p.scope), func() (bool, string) {
		at, err := p.ask("there", nil)
		return err == nil && !at.OK, "it is still there"
	})
}

// SeeURL waits until the address, without the server's name, matches the regular expression.
func (p *Person) SeeURL(pattern string) {
	p.t.Helper()
	match := regexp.MustCompile(pattern)
	p.until("be at "+pattern, func() (bool, string) { return match.MatchString(p.URL()), "at " + p.URL() })
}

// URL returns the address: of this server, its path and query; of another, all of it.
func (p *Person) URL() string {
	var at string
	if err := p.tab.evaluate("location.href", &at); err != nil {
		return "" // on the way to another page
	}
	return strings.TrimPrefix(at, p.base)
}

// Count returns how many visible elements the CSS selector finds, now.
func (p *Person) Count(css string) int {
	p.t.Helper()
	return p.find("count "+css, "count", map[string]any{"css": css}).N
}

// WaitCount waits until the CSS selector finds n visible elements.
func (p *Person) WaitCount(css string, n int) {
	p.t.Helper()
	p.until(fmt.Sprintf("count %d of %s", n, css), func() (bool, string) {
		at, err := p.ask("count", map[string]any{"css": css})
		return err == nil && at.OK && at.N == n, fmt.Sprintf("there are %d %s", at.N, at.Why)
	})
}

// Text returns the visible text of the elements the CSS selector finds, one line each; "" is all looked at.
func (p *Person) Text(css string) string {
	p.t.Helper()
	return p.find("read "+css, "text", map[string]any{"css": css}).Text
}

// Attr returns an attribute of the first element the CSS selector finds; "" when it has none.
func (p *Person) Attr(css, name string) string {
	p.t.Helper()
	return p.find("read "+name+" of "+css, "attr", map[string]any{"css": css, "name": name}).Text
}

// Focused describes what has the focus, as <button> “Save”.
func (p *Person) Focused() string {
	p.t.Helper()
	return p.root().find("find the focus", "focus", nil).Text
}

// Box is where the part looked at stands on the page, in CSS pixels.
func (p *Person) Box() (left, top, right, bottom float64) {
	p.t.Helper()
	at := p.find("find where it stands", "box", nil)
	return at.X, at.Y, at.X + at.W, at.Y + at.H
}

// Eval runs JavaScript in the page, waits for its promise and decodes the result into a pointer, or drops it for nil.
func (p *Person) Eval(javascript string, into any) {
	p.t.Helper()
	if err := p.tab.evaluate(javascript, into); err != nil {
		p.fail("run %s: %v", javascript, err)
	}
}

// Download does what starts a download, waits for it and returns its name and content.
func (p *Person) Download(start func()) (name string, content []byte) {
	p.t.Helper()
	before := map[string]bool{}
	for _, file := range p.files() {
		before[file] = true
	}
	start()
	p.until("get a download", func() (bool, string) {
		for _, file := range p.files() {
			// Chrome writes to another name and gives the file its own once it is whole.
			if before[file] || strings.HasSuffix(file, ".crdownload") || strings.HasPrefix(filepath.Base(file), ".") {
				continue
			}
			read, err := os.ReadFile(file)
			if err != nil {
				return false, err.Error()
			}
			if len(read) == 0 { // so Chrome reserves the name
				return false, file + " is empty"
			}
			name, content = filepath.Base(file), read
			return true, ""
		}
		return false, "nothing was downloaded"
	})
	return name, content
}

func (p *Person) files() []string {
	all, err := filepath.Glob(filepath.Join(p.tab.downloads, "*"))
	if err != nil {
		p.fail("look for downloads: %v", err)
	}
	return all
}
