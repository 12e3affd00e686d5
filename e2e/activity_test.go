package e2e

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/store"
)

const activity = "/settings/activity"

// The history as an administrator uses it: what was done and what was refused stands there, is searched, filtered by what
// and when, looked at one by one, and taken away as a file of exactly what is seen (AUD-01).
func TestActivityIsReadAndTakenAway(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Env: map[string]string{"GATEHOUSE_CHORES_INTERVAL": "100ms"}})
	dana := s.In(t, store.Dana)
	dana.Open(brightwater + users + "?q=okafor")
	dana.RowMenu(store.Samuel, "Change role…")
	dana.In("dialog").Choose("New role", "Member…")
	dana.In("dialog").Click("Continue")
	dana.In("dialog").Click("Confirm")
	dana.Row(store.Samuel).See("Member")
	owen := s.In(t, store.Owen) // a User of one site
	owen.Allow("403")
	owen.Refused(activity, owen.Forge(brightwater+users+"/roles", "id", "x", "role", "admin"), http.StatusForbidden)

	dana.Open(brightwater)
	dana.In(".rail").Click("Activity")
	dana.SeeURL("/settings/activity$")
	dana.Row("Changed the role · Samuel Okafor").See("Dana Whitfield")

	// A search finds people by name; the address bar is the state of the list.
	dana.Fill("Search person or address", "okafor")
	dana.SeeURL(`q=okafor`)
	dana.Row("Changed the role · Samuel Okafor").Click("Details of Changed the role…")
	dana.Within("#drawer", func(d *Person) {
		d.See("Changed the role", "Dana Whitfield", "Role", "User", "Member", "127.0.0.1")
	})
	// A page of its own says the same, and soon where it stands in the chain.
	one := dana.Attr("#drawer a[href*='/settings/activity/0']", "href")
	dana.until("see the seal", func() (bool, string) {
		dana.Open(one)
		return strings.Contains(dana.pageText(), "in the account’s chain of entries"), "it is not sealed"
	})

	// What was refused, today.
	dana.Open(brightwater + activity)
	dana.Click("Filter")
	dana.In("#activity-table-f-add").Check("Refused")
	dana.In("#activity-table-f-add").Click("Apply")
	dana.SeeURL("topic=denied")
	dana.Row("Owen Pritchard").Click("Details of…")
	dana.In("#drawer").See("POST /accounts/:account/settings/users/roles", "403")
	dana.Open(brightwater + activity + "?topic=denied&when=today")
	dana.Row("Owen Pritchard").See("Owen Pritchard")
	dana.Open(brightwater + activity + "?topic=denied&to=2020-01-01")
	dana.NotSee("Owen Pritchard")

	// Both files hold what the list shows, and nothing else.
	dana.Open(brightwater + activity + "?q=okafor&topic=access")
	dana.Click("Export")
	name, content := dana.Download(func() { dana.In("#activity-export").Click("Spreadsheet…") })
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(content), "\ufeff"))).ReadAll()
	if err != nil || !strings.HasSuffix(name, ".csv") || len(rows) < 2 || !strings.Contains(strings.Join(rows[1], " "), "Dana Whitfield") {
		t.Fatalf("%s: %v, %q", name, err, rows)
	}
	dana.Reload()
	dana.Click("Export")
	name, content = dana.Download(func() { dana.In("#activity-export").Click("JSON Lines…") })
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	var first map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || !strings.HasSuffix(name, ".jsonl") || len(lines) != len(rows)-1 {
		t.Fatalf("%s: %v, %d lines beside %d rows", name, err, len(lines), len(rows)-1)
	}
	for _, line := range lines {
		if !strings.Contains(line, "Okafor") {
			t.Errorf("what was not asked for: %s", line)
		}
	}
	keys := []string{}
	for key := range first {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, secret := range []string{"argon2", "password", "token"} {
		if strings.Contains(string(content), secret) {
			t.Errorf("the file holds %q; its fields are %v", secret, keys)
		}
	}
}
