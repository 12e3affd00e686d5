package e2e

import (
	_ "embed" // find.js
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed find.js
var find string

// patience is how long a person waits for what they expect to see. CI shares its processors with other packages.
var patience = func() time.Duration {
	if os.Getenv("CI") != "" {
		return time.Minute
	}
	return 20 * time.Second
}()

// found is what find.js answers.
type found struct {
	OK    bool    `json:"ok"`
	Why   string  `json:"why"`
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	W     float64 `json:"w"`
	H     float64 `json:"h"`
	Kind  string  `json:"kind"`
	Text  string  `json:"text"`
	N     int     `json:"n"`
	Yes   bool    `json:"yes"`
	Empty bool    `json:"empty"`
}

// ask asks the page once; see find.js.
func (p *Person) ask(op string, arg map[string]any) (found, error) {
	if arg == nil {
		arg = map[string]any{}
	}
	question := []any{op, append([]step{}, p.scope...), arg}
	encoded, err := json.Marshal(question)
	if err != nil {
		return found{}, err
	}
	var answer found
	// The brackets of the list become those of a call.
	err = p.tab.evaluate(strings.TrimSpace(find)+"("+string(encoded[1:len(encoded)-1])+")", &answer)
	return answer, err
}

// find asks the page until it says yes.
func (p *Person) find(what, op string, arg map[string]any) found {
	p.t.Helper()
	var at found
	p.until(what, func() (bool, string) {
		var err error
		if at, err = p.ask(op, arg); err != nil {
			return false, err.Error() // between two pages there is nobody to ask
		}
		return at.OK, at.Why
	})
	return at
}

// until tries until it works out, or fails with the last reason why not.
func (p *Person) until(what string, try func() (ok bool, why string)) {
	p.t.Helper()
	end := time.Now().Add(patience)
	for {
		ok, why := try()
		if ok {
			return
		}
		if time.Now().After(end) {
			p.fail("could not %s: %s", what, why)
		}
		time.Sleep(15 * time.Millisecond)
	}
}

// press waits until the thing is there, free and still, and presses it at its middle.
func (p *Person) press(what, op string, arg map[string]any) found {
	p.t.Helper()
	var at found
	p.until(what, func() (bool, string) {
		first, err := p.ask(op, arg)
		if err != nil || !first.OK {
			return false, why(first, err)
		}
		time.Sleep(10 * time.Millisecond)
		if at, err = p.ask(op, arg); err != nil || !at.OK {
			return false, why(at, err)
		}
		return at.X == first.X && at.Y == first.Y, "it does not stand still"
	})
	if *p.touch {
		p.do(what, chromedp.TapXY(at.X, at.Y))
	} else {
		p.do(what, chromedp.Steps(chromedp.MouseEvent(chromedp.MouseMoved, at.X, at.Y), chromedp.MouseClickXY(at.X, at.Y)))
	}
	p.tab.settle()
	return at
}

func why(at found, err error) string {
	if err != nil {
		return err.Error()
	}
	return at.Why
}

// typed is the keys that write a text. What no keyboard has as one key is put in as an input method does.
func typed(text string) []*input.DispatchKeyEventParams {
	var keys []*input.DispatchKeyEventParams
	for _, r := range text {
		if r == '\n' {
			r = '\r'
		}
		if r >= utf8.RuneSelf {
			keys = append(keys, &input.DispatchKeyEventParams{Type: kb.KeyChar, Text: string(r)})
			continue
		}
		keys = append(keys, stroke(r)...)
	}
	return keys
}

var namedKeys = map[string]string{
	"Enter": kb.Enter, "Escape": kb.Escape, "Tab": kb.Tab, "Backspace": kb.Backspace, "Delete": kb.Delete, "Space": " ",
	"ArrowDown": kb.ArrowDown, "ArrowUp": kb.ArrowUp, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageDown": kb.PageDown, "PageUp": kb.PageUp,
}

// pressed is the events of one key with its modifiers.
func pressed(key string) ([]*input.DispatchKeyEventParams, error) {
	parts := strings.Split(key, "+")
	last := parts[len(parts)-1]
	if named, ok := namedKeys[last]; ok {
		last = named
	}
	if utf8.RuneCountInString(last) != 1 {
		return nil, fmt.Errorf("no key is named %q", key)
	}
	modifiers, quiet := int64(0), false
	for _, m := range parts[:len(parts)-1] {
		switch m {
		case "Shift":
			modifiers |= int64(chromedp.ModifierShift)
		case "Control":
			modifiers, quiet = modifiers|int64(chromedp.ModifierCtrl), true
		case "Alt":
			modifiers, quiet = modifiers|int64(chromedp.ModifierAlt), true
		case "Meta":
			modifiers, quiet = modifiers|int64(chromedp.ModifierMeta), true
		default:
			return nil, fmt.Errorf("no modifier is named %q", m)
		}
	}
	r, _ := utf8.DecodeRuneInString(last)
	var keys []*input.DispatchKeyEventParams
	for _, k := range stroke(r) {
		if quiet {
			k.Text, k.UnmodifiedText = "", "" // a shortcut types nothing
		}
		k.Modifiers |= modifiers
		keys = append(keys, k)
	}
	return keys, nil
}

// stroke is a key going down, with what it types, and up. What it types is one event with the going down, as from a
// keyboard: as two, the second could come so late that it goes to the dialog that the first has opened, and close it.
func stroke(r rune) []*input.DispatchKeyEventParams {
	keys := kb.Encode(r)
	if len(keys) == 3 {
		keys[0].Text, keys[0].UnmodifiedText = keys[1].Text, keys[1].UnmodifiedText
		keys = slices.Delete(keys, 1, 2)
	}
	return keys
}

func (p *Person) keys(what string, keys []*input.DispatchKeyEventParams) {
	p.t.Helper()
	for _, key := range keys {
		p.call(what, func() error {
			_, err := chromedp.Call(p.tab.ctx, input.DispatchKeyEvent, *key)
			return err
		})
	}
	p.tab.settle()
}

func (p *Person) do(what string, action chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.call(what, func() error { return chromedp.Do(p.tab.ctx, action) })
}

func (p *Person) call(what string, f func() error) {
	p.t.Helper()
	if err := f(); err != nil {
		p.fail("%s: %v", what, err)
	}
}

// root is the person looking at the whole page.
func (p *Person) root() *Person {
	other := *p
	other.scope = nil
	return &other
}

func (p *Person) pageText() string {
	at, err := p.root().ask("text", map[string]any{})
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return at.Text
}

// fail ends the test, with a picture of the page and what stands on it.
func (p *Person) fail(format string, args ...any) {
	p.t.Helper()
	message := fmt.Sprintf(format, args...)
	if len(p.scope) > 0 {
		message += fmt.Sprintf("\n  looking only in %v", p.scope)
	}
	picture := filepath.Join(artifacts(p.t.Name()), fmt.Sprintf("failed-%d.png", time.Now().UnixMilli()%1e6))
	if err := p.capture(picture, nil); err != nil {
		picture = "no picture: " + err.Error()
	}
	text := p.pageText()
	if len(text) > 6000 {
		text = text[:6000] + " …"
	}
	picture = strings.TrimPrefix(picture, ".."+string(filepath.Separator))
	p.t.Fatalf("%s\n  at %s, see %s\n  on the page:\n%s", message, p.URL(), picture, text)
}

// artifacts is where the pictures of a test go: below dist/, which git ignores.
func artifacts(test string) string {
	dir := os.Getenv("E2E_ARTIFACTS")
	if dir == "" {
		dir = filepath.Join("..", "dist", "e2e")
	}
	return filepath.Join(dir, filepath.FromSlash(test))
}

// Screenshot writes a picture of the window, or of the part looked at with a little around it, as PNG. A path without
// a folder goes to the test's artifacts.
func (p *Person) Screenshot(path string) {
	p.t.Helper()
	if filepath.Base(path) == path {
		path = filepath.Join(artifacts(p.t.Name()), path)
	}
	var clip *page.Viewport
	if len(p.scope) > 0 {
		const around = 12
		at := p.find("find what to picture", "box", nil)
		clip = &page.Viewport{X: max(at.X-around, 0), Y: max(at.Y-around, 0), Width: at.W + 2*around, Height: at.H + 2*around, Scale: 1}
	}
	if err := p.capture(path, clip); err != nil {
		p.fail("picture %s: %v", path, err)
	}
}

func (p *Person) capture(path string, clip *page.Viewport) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	shot, err := chromedp.Call(p.tab.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng, Clip: clip})
	if err != nil {
		return err
	}
	return os.WriteFile(path, shot.Data, 0o644)
}
