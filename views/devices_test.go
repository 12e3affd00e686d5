package views

import (
	"strings"
	"testing"

	"gatehouse/static"
)

func TestDevice(t *testing.T) {
	ctx := reader(t, "en")
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36":                            "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0":              "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15":                      "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/150.0 Mobile/15E148 Safari/604.1":     "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
		"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0":                                                                     "Firefox on Linux",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36":                             "Chrome on ChromeOS",
		"Firefox/145.0": "Firefox",
		"Windows":       "Windows",
		"curl/8.5":      "Unknown browser",
		"":              "Unknown browser",
		"<script>":      "Unknown browser",
	} {
		if got := Device(ctx, agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
	if deviceIcon("… iPhone …") != static.IconSmartphone || deviceIcon("Windows") != static.IconMonitor {
		t.Error("the icon is that of another device")
	}
}

func TestZoneOptions(t *testing.T) {
	find := func(options []Option, value string) int {
		for i, o := range options {
			if o.Value == value {
				return i
			}
		}
		return -1
	}
	ctx := reader(t, "en")
	options := ZoneOptions(ctx, "America/Los_Angeles")
	la, rome := find(options, "America/Los_Angeles"), find(options, "Europe/Rome")
	if la < 0 || rome < la || options[la].Label != "(UTC−8) Los Angeles" || options[rome].Label != "(UTC+1) Rome" {
		t.Errorf("%d %d %v", la, rome, options)
	}
	if len(options) != len(zones) {
		t.Errorf("%d of %d zones are known", len(options), len(zones))
	}
	if own := ZoneOptions(ctx, "Asia/Kathmandu"); find(own, "Asia/Kathmandu") < 0 || len(own) != len(zones)+1 {
		t.Error("a person's own zone is not among them")
	}
	if none := ZoneOptions(ctx, "../../etc/passwd"); len(none) != len(zones) {
		t.Error("what is no zone is offered")
	}
	for _, o := range options {
		if strings.Contains(o.Label, "_") {
			t.Errorf("%s reads %s", o.Value, o.Label)
		}
	}
}
