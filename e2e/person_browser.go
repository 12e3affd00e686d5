package e2e

import (
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// What a person changes about their browser: its window, what it prefers, what it keeps.

// SetViewport gives the window another size, in CSS pixels.
func (p *Person) SetViewport(width, height int) {
	p.t.Helper()
	*p.touch = false
	p.do("resize", chromedp.EmulateViewport(int64(width), int64(height)))
}

// Phone makes the browser a phone's of 390 by 844: touched, not clicked.
func (p *Person) Phone() {
	p.t.Helper()
	*p.touch = true
	p.do("be a phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
}

// Dark sets what the system prefers, dark or light.
func (p *Person) Dark(on bool) {
	p.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	p.call("prefer "+scheme, func() error {
		_, err := chromedp.Call(p.tab.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return err
	})
}

// NoScript turns the scripts of pages off from the next page on.
func (p *Person) NoScript() {
	p.t.Helper()
	p.call("turn scripts off", func() error {
		_, err := chromedp.Call(p.tab.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}

// SlowNetwork makes every answer take that much longer; 0 ends it.
func (p *Person) SlowNetwork(more time.Duration) {
	p.t.Helper()
	p.call("have a slow network", func() error {
		_, err := chromedp.Call(p.tab.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Latency: float64(more.Milliseconds()), DownloadThroughput: -1, UploadThroughput: -1}},
		})
		return err
	})
}

// Speaks sets the language the browser asks for, as "es".
func (p *Person) Speaks(language string) {
	p.t.Helper()
	p.call("speak "+language, func() error {
		_, err := chromedp.Call(p.tab.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
			Headers: network.Headers{"Accept-Language": language},
		})
		return err
	})
}

// ForgetCache empties the browser's cache, as if it had never been here.
func (p *Person) ForgetCache() {
	p.t.Helper()
	p.call("forget the cache", func() error {
		_, err := chromedp.Call(p.tab.ctx, network.ClearBrowserCache, cdp.Empty{})
		return err
	})
}

// ForgetCookies deletes every cookie, as signing out by clearing the browser does.
func (p *Person) ForgetCookies() {
	p.t.Helper()
	p.call("forget cookies", func() error {
		_, err := chromedp.Call(p.tab.ctx, network.ClearBrowserCookies, cdp.Empty{})
		return err
	})
}
