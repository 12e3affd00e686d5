package web

import "testing"

// INP-05: only a path of our own comes back from ownPath, whatever the browser would make of the rest.
func TestINP05OwnPath(t *testing.T) {
	for _, good := range []string{"/", "/accounts/brightwater", "/accounts/brightwater/settings/users?q=a%20b&sort=-name", "/profile#x"} {
		if _, ok := ownPath(good); !ok {
			t.Errorf("ownPath(%q) refused a path of our own", good)
		}
	}
	for _, bad := range []string{
		"", "//evil.example", "/\\evil.example", "\\/evil.example", "https:evil.example", "https://evil.example", "http:/evil.example",
		"/%2f%2fevil.example", "/%2Fevil.example", "/%5cevil.example", "ht\ttps://evil.example", "/\t/evil.example", "/\n/evil.example", "@evil.example",
		"javascript:alert(1)", "data:text/html,x", " /x", "evil.example", "///evil.example", "/a\x00b", "/\r\nSet-Cookie: a=b",
	} {
		if to, ok := ownPath(bad); ok {
			t.Errorf("ownPath(%q) = %q, want refused", bad, to)
		}
	}
}
