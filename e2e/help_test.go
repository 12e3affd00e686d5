package e2e

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"gatehouse/store"
)

var updatePictures = flag.Bool("update", false, "take the walkthrough's pictures anew")

// TestHelpPictures does each step of the walkthrough in each language. With -update it takes the pictures that the help
// shows; without, it finds that every one is there.
func TestHelpPictures(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "es", "it"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{})
			speaks(t, s, store.Dana, lang)
			w := &walkthrough{Person: s.Person(t), lang: lang}
			w.SetViewport(1280, 800)
			w.SignIn(store.Dana, store.DemoPassword)
			w.take()
			if lang == "en" && *updatePictures {
				w.Open(brightwaterSettings + "/users")
				w.picture(filepath.Join("..", "docs", "users.png"), page.CaptureScreenshotFormatPng)
			}
		})
	}
}

const brightwaterSettings = "/accounts/" + store.Brightwater + "/settings"

// walkthrough is an administrator who shows how it is done.
type walkthrough struct {
	*Person
	lang  string
	taken int
}

var profileVersion = regexp.MustCompile(`name="version" value="(\d+)"`)

// speaks changes somebody's language in their profile.
func speaks(t *testing.T, s *Server, email, lang string) {
	t.Helper()
	c := s.Client(t)
	c.SignIn(email, store.DemoPassword)
	version := profileVersion.FindStringSubmatch(c.Get("/profile").Want(http.StatusOK).Body)
	if version == nil {
		t.Fatal("the profile's form has no version")
	}
	c.Post("/profile", "first_name", "Dana", "last_name", "Whitfield", "phone", "+15035550111", "language", lang,
		"time_zone", "America/Los_Angeles", "theme", "light", "version", version[1]).Want(http.StatusSeeOther)
}

// take does the eight steps.
func (w *walkthrough) take() {
	w.Open("/accounts/" + store.Brightwater)
	w.step()
	w.Open(brightwaterSettings + "/users?q=mara")
	w.step()
	w.Open(brightwaterSettings + "/invites")
	w.press(`.acts a[href*="invites/new"]`)
	w.WaitCount("dialog[open] [name=first_name]", 1)
	w.Eval(`for (const [name, value] of Object.entries({first_name: 'Mara', last_name: 'Oyelaran', email: 'mara.oyelaran@brightwater.example', phone: '+15035550188'}))
		document.querySelector('dialog [name=' + name + ']').value = value`, nil)
	w.Eval(`document.querySelector('dialog [name=role][value=user]').click()`, nil)
	w.Eval(`document.querySelector('dialog [name=scope][type=checkbox]').click()`, nil)
	w.step()
	w.press(`dialog footer button[type=submit]`)
	w.WaitCount("dialog[open]", 0)
	w.See("Mara Oyelaran")
	w.step()
	w.press("#invite-table tbody tr:first-child button.kebab")
	w.WaitCount(".menu:popover-open", 1)
	w.step()
	w.press(`.menu:popover-open a[href*="corrections/new"]`)
	w.WaitCount("dialog[open] [name=first_name]", 1)
	w.step()
	w.Open(brightwaterSettings + "/invites")
	w.press("#invite-table tbody tr:first-child button.kebab")
	w.press(`.menu:popover-open a[href*="revocations/new"]`)
	w.WaitCount("dialog[open] footer button[type=submit]", 1)
	w.step()
	w.press("dialog footer button[type=submit]")
	w.WaitCount("dialog[open]", 0)
	w.step()
}

func (w *walkthrough) press(css string) {
	w.t.Helper()
	w.Eval(`document.querySelector(`+strconv.Quote(css)+`).click()`, nil)
}

// step takes the next picture, or finds it.
func (w *walkthrough) step() {
	w.t.Helper()
	w.taken++
	file := filepath.Join("..", "static", "help", w.lang, strconv.Itoa(w.taken)+".webp")
	if *updatePictures {
		w.picture(file, page.CaptureScreenshotFormatWebp)
	}
	if _, err := os.Stat(file); err != nil {
		w.t.Errorf("no picture of step %d: go test ./e2e -run TestHelpPictures -update takes it", w.taken)
	}
}

func (w *walkthrough) picture(file string, format page.CaptureScreenshotFormat) {
	w.t.Helper()
	time.Sleep(300 * time.Millisecond) // what moves has come to rest
	p := page.CaptureScreenshotParams{Format: format}
	if format == page.CaptureScreenshotFormatWebp {
		quality := int64(60)
		p.Quality = &quality
	}
	shot, err := chromedp.Call(w.tab.ctx, page.CaptureScreenshot, p)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, shot.Data, 0o644); err != nil {
		w.t.Fatal(err)
	}
}
