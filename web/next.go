package web

import (
	"net/url"
	"strings"
)

// ownPath says whether an address given from outside stays on this site, and returns it cleaned.
// Only an absolute path counts: no scheme, no host, nothing a browser could read as one (INP-05).
func ownPath(next string) (string, bool) {
	low := strings.ToLower(next)
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsAny(next, "\\\x00\t\r\n") || strings.ContainsFunc(next, func(r rune) bool { return r < ' ' || r == 0x7f }) ||
		strings.Contains(low, "%2f%2f") || strings.HasPrefix(low, "/%2f") || strings.HasPrefix(low, "/%5c") {
		return "", false
	}
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, "\\") {
		return "", false
	}
	return u.RequestURI(), true
}
