package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// shared is the one browser of this test process, started by the first person.
var shared struct {
	once   sync.Once
	ctx    context.Context //nolint:containedctx // chromedp keeps a browser in its context
	cancel context.CancelFunc
	err    error
}

func startBrowser() (context.Context, error) {
	shared.once.Do(func() {
		path := "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
		for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
			if found, err := exec.LookPath(name); err == nil {
				path = found
				break
			}
		}
		options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
			chromedp.ExecPath(path),
			chromedp.NoSandbox,
			chromedp.DisableGPU,
			chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("lang", "en-US"),
			chromedp.Flag("accept-lang", "en-US"),
			// Nothing moves while it is being clicked.
			chromedp.Flag("force-prefers-reduced-motion", true),
			// Elements tell the name and role that assistive technology hears.
			chromedp.Flag("enable-blink-features", "ComputedAccessibilityInfo"),
			chromedp.WindowSize(1280, 800),
		)
		allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
		shared.ctx, shared.cancel = chromedp.NewContext(allocator)
		end := shared.cancel
		shared.cancel = func() { end(); cancel() }
		if err := chromedp.Do(shared.ctx); err != nil {
			shared.err = fmt.Errorf("start the browser %s: %w", path, err)
		}
	})
	return shared.ctx, shared.err
}

func closeBrowser() {
	if shared.cancel == nil {
		return
	}
	if err := chromedp.Cancel(shared.ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Println("close the browser:", err)
	}
	shared.cancel()
}

// tab is one browser tab, and what went wrong in it.
type tab struct {
	ctx       context.Context //nolint:containedctx // chromedp keeps a tab in its context
	downloads string          // where this person's downloads go

	mu       sync.Mutex
	problems []string
	allowed  []string
	open     map[network.RequestID]string // requests not answered yet, by the document that sent them
	asked    int                          // how many documents were asked for
	settled  int                          // of these, before the last input
}

// newTab opens a tab: of a new person, who shares nothing with others, or beside another tab of the same person.
func newTab(t testing.TB, beside *tab) *tab {
	t.Helper()
	b := &tab{open: map[network.RequestID]string{}}
	parent, err := startBrowser()
	if err != nil {
		t.Fatal(err)
	}
	options := []chromedp.ContextOption{chromedp.WithListener(b.hear)}
	if beside == nil {
		options = append(options, chromedp.WithNewBrowserContext())
		b.downloads = t.TempDir()
	} else {
		parent, b.downloads = beside.ctx, beside.downloads
	}
	ctx, cancel := chromedp.NewContext(parent, options...)
	b.ctx = ctx
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800)); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	// A violation of the page's policy is told to the console by Chrome as well; this says which directive and where.
	// And that a form or a link is about to lead elsewhere: Chrome asks for the next document some time after it has
	// said that the input was dealt with.
	const watch = `addEventListener('securitypolicyviolation', e => console.error('content security policy: ' +
		e.effectiveDirective + ' blocked ' + (e.blockedURI || e.sample) + ' at ' + e.sourceFile + ':' + e.lineNumber))
	addEventListener('submit', e => {
		window.e2eLeaving ||= !e.defaultPrevented && e.target.method !== 'dialog' && !e.target.target
	})
	addEventListener('click', e => {
		const a = e.target.closest?.('a[href^="/"], a[href^="http"], a[href^="?"]')
		window.e2eLeaving ||= !e.defaultPrevented && !!a && !a.target && !a.hasAttribute('download') && !a.hash
	})`
	yes := true
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	if err == nil {
		_, err = chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	}
	if err == nil {
		_, err = chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: b.downloads, EventsEnabled: &yes,
			BrowserContextID: chromedp.FromContext(ctx).BrowserContextID,
		})
	}
	if err != nil {
		t.Fatalf("prepare a tab: %v", err)
	}
	return b
}

// hear is told every event of the tab, in order, on chromedp's own goroutine: it only takes notes.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, arg := range e.Args {
				if len(arg.Value) > 0 {
					words = append(words, strings.Trim(string(arg.Value), `"`))
				} else {
					words = append(words, arg.Description)
				}
			}
			b.problem("console: " + strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		what := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			what += " " + e.ExceptionDetails.Exception.Description
		}
		b.problem("script: " + what)
	case *log.EventEntryAdded:
		// What failed to load is told by its own event, with its status.
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			b.problem(string(e.Entry.Source) + ": " + e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		if e.Type != network.ResourceTypeEventSource && e.Type != network.ResourceTypePing && strings.HasPrefix(e.Request.URL, "http") {
			b.open[e.RequestID] = string(e.LoaderID)
		}
		if e.Type == network.ResourceTypeDocument {
			b.asked++
		}
	case *network.EventResponseReceived:
		b.answer(e)
	case *network.EventLoadingFinished:
		delete(b.open, e.RequestID)
	case *network.EventLoadingFailed:
		delete(b.open, e.RequestID)
		// A server that is stopped on purpose ends its open streams; a page that is left ends its requests.
		if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" {
			b.problem(fmt.Sprintf("request (%s): %s %s", e.Type, e.ErrorText, e.BlockedReason))
		}
	case *page.EventFrameNavigated:
		if e.Frame.ParentID == "" { // nobody tells what became of the requests of the document before
			maps.DeleteFunc(b.open, func(_ network.RequestID, by string) bool { return by != string(e.Frame.LoaderID) })
		}
	case *page.EventJavascriptDialogOpening:
		b.problem("a script dialog opened: " + e.Message)
		go b.dismiss()
	}
}

// dismiss closes a script's dialog, which would hold up everything else.
func (b *tab) dismiss() {
	_, err := chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
	if err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.problem("close a script dialog: " + err.Error())
	}
}

func (b *tab) answer(e *network.EventResponseReceived) {
	if strings.HasPrefix(e.Response.MimeType, "text/event-stream") {
		delete(b.open, e.RequestID) // it stays open for as long as the page does
	}
	// A page or a fragment may be refused on purpose; what a page is made of may not, and no answer may be a failure
	// of the server.
	whole := e.Type == network.ResourceTypeDocument || e.Type == network.ResourceTypeXHR || e.Type == network.ResourceTypeFetch
	if e.Response.Status >= 500 || e.Response.Status >= 400 && !whole {
		b.problem(fmt.Sprintf("request: %d %s", e.Response.Status, e.Response.URL))
	}
}

func (b *tab) problem(text string) {
	if !slices.Contains(b.problems, text) {
		b.problems = append(b.problems, text)
	}
}

// wrong returns the problems nobody allowed.
func (b *tab) wrong() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.problems), func(p string) bool {
		return slices.ContainsFunc(b.allowed, func(a string) bool { return strings.Contains(p, a) })
	})
}

// busy reports whether an answer is awaited, or the next document is about to be asked for.
func (b *tab) busy(leaving bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.open) > 0 || leaving && b.asked == b.settled
}

// settling is how long an input is given: who needs what it sets off waits for that by themselves.
const settling = 10 * time.Second

// settle lets what an input set off happen: until no request is open and the page is complete, twice in a row.
func (b *tab) settle() {
	quiet, leaving := 0, false
	for end := time.Now().Add(settling); quiet < 2 && time.Now().Before(end); time.Sleep(8 * time.Millisecond) {
		var state struct{ Complete, Leaving bool }
		err := b.evaluate(`(() => {
			const Leaving = !!window.e2eLeaving
			window.e2eLeaving = false // a download leaves the page as it is
			return {Complete: document.readyState === 'complete', Leaving}
		})()`, &state)
		leaving = leaving || state.Leaving
		if err == nil && state.Complete && !b.busy(leaving) {
			quiet++
		} else {
			quiet = 0
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settled = b.asked
}

// evaluate runs JavaScript in the page, allowed by no policy and needing none, waits for a promise, and decodes the
// result.
func (b *tab) evaluate(expression string, into any) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if into == nil {
		return chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](expression, chromedp.EvalAwaitPromise))
	}
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}
