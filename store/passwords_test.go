package store_test

import (
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// AUTH-12: what everybody tries first is refused, and nothing else is.
func TestCommonPassword(t *testing.T) {
	for _, p := range []string{
		"password", "passwordpassword", "qwertyuiopas", "1q2w3e4r5t6y", "123456789012", "987654321098", "aaaaaaaaaaaa", "abcabcabcabc",
		"correcthorsebatterystaple", "correct horse battery staple", "p@ssw0rd123", "qwerty123456789", "abc123456789", "iloveyou1111", "welcome12345!",
	} {
		if !store.CommonPassword(p) {
			t.Errorf("%q is not taken for common", p)
		}
	}
	for _, p := range []string{store.DemoPassword, "marble-kestrel-97-thaw", "copper lantern 8 orbit", "tangerine4711zeppelin", "", "x", "🦊🦉🐙🦀🐝🐞🐢🐍🦎🦖🦕🐬"} {
		if store.CommonPassword(p) {
			t.Errorf("%q is taken for common", p)
		}
	}
	if code := domain.CheckPassword(store.DemoPassword, domain.MinPassword, store.CommonPassword, "gatehouse", store.Dana); code != "" {
		t.Errorf("the demo's own password is refused: %s", code)
	}
	if code := domain.CheckPassword(strings.ToUpper("PasswordPassword"), domain.MinPassword, store.CommonPassword); code != "password_common" {
		t.Errorf("capitals got past the list: %q", code)
	}
}
