package views

import (
	"context"
	"strings"

	"gatehouse/static"
)

// sign is a word in a browser's description of itself and what it stands for. The first that fits counts: many
// browsers name others too, to be treated like them.
type sign struct{ word, name string }

var (
	browsers = []sign{
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"EdgiOS/", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Vivaldi/", "Vivaldi"},
		{"FxiOS/", "Firefox"},
		{"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chromium/", "Chromium"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
	}
	systems = []sign{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"}, {"Macintosh", "macOS"}, {"Linux", "Linux"},
	}
)

func read(agent string, signs []sign) string {
	for _, s := range signs {
		if strings.Contains(agent, s.word) {
			return s.name
		}
	}
	return ""
}

// Device names a browser by its User-Agent: "Chrome on Windows". What it does not know it calls unknown: the header
// is the sender's own word and is never shown as it came.
func Device(ctx context.Context, agent string) string {
	browser, system := read(agent, browsers), read(agent, systems)
	switch {
	case browser == "" && system == "":
		return T(ctx, "profile.device-unknown")
	case system == "":
		return browser
	case browser == "":
		return system
	}
	return T(ctx, "profile.device", "Browser", browser, "System", system)
}

// deviceIcon is a phone for what is held in the hand.
func deviceIcon(agent string) static.Icon {
	switch read(agent, systems) {
	case "iPhone", "iPad", "Android":
		return static.IconSmartphone
	}
	return static.IconMonitor
}
