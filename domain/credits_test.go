package domain

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestCreditsRandomWalk: whatever is added, allocated and taken back in whatever order, nothing is ever below zero, what
// was added is what is available and what sites have, and each entry is the one before with its credits.
func TestCreditsRandomWalk(t *testing.T) {
	done := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		master, at := actors()["master"], now
		var l Ledger
		sites := map[string]CreditSite{}
		for _, id := range []string{"s1", "s2", "s3"} {
			sites[id] = CreditSite{ID: id, Name: id, Customer: "Acme", Closed: id == "s3"}
		}
		var added int64
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(-2, 50).Draw(t, "hours")) * time.Hour)
			id := rapid.SampledFrom([]string{"s1", "s2", "s3"}).Draw(t, "site")
			n := rapid.OneOf(rapid.Int64Range(-5, 400), rapid.SampledFrom([]int64{MostCredits, MostCredits + 1, 1 << 62, -1 << 63})).Draw(t, "credits")
			what := rapid.SampledFrom([]string{"add", "allocate", "allocate", "allocate", "take back", "take back", "refuse"}).Draw(t, "what")
			var step CreditStep
			var err error
			switch what {
			case "add":
				step, err = l.AddCredits(master, CreditAddition{Credits: n, Reference: "PO"}, at)
			case "allocate":
				step, err = l.Allocate(master, sites[id], n, at)
			case "take back":
				step, err = l.TakeBack(master, sites[id], n, at)
			case "refuse":
				if creditsFit(n) {
					step = l.Refuse(master, sites[id], n, at)
				} else {
					err = errors.New("no credits")
				}
			}
			if err != nil {
				done["no "+what]++
				continue
			}
			done[what]++
			after := step.Ledger
			if after.Entries != l.Entries+1 || after.At.Before(l.At) || step.Entry.After != after || step.Event.Kind == "" {
				t.Fatalf("%s: %+v after %+v", what, step, l)
			}
			moved := map[string][3]int64{"add": {n, 0, 0}, "allocate": {0, n, 0}, "take back": {0, 0, n}}[what]
			if got := [3]int64{after.Added - l.Added, after.Allocated - l.Allocated, after.Returned - l.Returned}; got != moved {
				t.Fatalf("%s %d moved %v", what, n, got)
			}
			if what == "add" {
				added += n
			}
			if step.Site.ID != "" {
				sites[id] = step.Site
			}
			l = after
			var held int64
			for _, s := range sites {
				if held += s.Credits; s.Credits < 0 {
					t.Fatalf("%s has %d", s.ID, s.Credits)
				}
			}
			if l.Available() < 0 || held != l.AtSites() || l.Available()+held != added || l.Added != added {
				t.Fatalf("available %d, at sites %d, which have %d; %d were added", l.Available(), l.AtSites(), held, added)
			}
		}
	})
	for _, what := range []string{"add", "allocate", "take back", "refuse", "no add", "no allocate", "no take back"} {
		if done[what] == 0 {
			t.Errorf("no walk ever came to %q: the walk proves little", what)
		}
	}
}

func TestWhoMovesCredits(t *testing.T) {
	full := Ledger{Added: 100, Allocated: 50}
	site := CreditSite{ID: "s1", Credits: 50}
	for name, a := range actors() {
		_, add := Ledger{}.AddCredits(a, CreditAddition{Credits: 5, Reference: "PO"}, now)
		_, give := full.Allocate(a, site, 5, now)
		_, take := full.TakeBack(a, site, 5, now)
		dealer := slices.Contains([]string{"operator", "partner-admin", "master"}, name)
		for what, c := range map[string]struct {
			err error
			may bool
		}{"adds": {add, name == "master"}, "allocates": {give, dealer}, "takes back": {take, dealer}} {
			if (c.err == nil) != c.may || !c.may && !errors.Is(c.err, ErrForbidden) {
				t.Errorf("%s %s: %v", name, what, c.err)
			}
		}
	}
	// A role with every privilege of credits moves none in a customer's account.
	odd := actor("x", acme, RoleAdmin, Whole("acme"))
	odd.Role.may = append(slices.Clone(odd.Role.may), AddCredits, AllocateCredits)
	_, add := Ledger{}.AddCredits(odd, CreditAddition{Credits: 5}, now)
	want(t, "in a customer's account", add, "403")
}

func TestCreditsAreBounded(t *testing.T) {
	master := by(t, "master")
	site := CreditSite{ID: "s1", Credits: 10}
	l := Ledger{Added: 30, Allocated: 10}
	step := func(_ CreditStep, err error) error { return err }
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"nothing":                 {step(l.Allocate(master, site, 0, now)), "422 amount:between"},
		"less than nothing":       {step(l.TakeBack(master, site, -1, now)), "422 amount:between"},
		"too much at once":        {step(l.AddCredits(master, CreditAddition{Credits: MostCredits + 1}, now)), "422 amount:between"},
		"one more than is left":   {step(l.Allocate(master, site, 21, now)), "422 amount:credits_short"},
		"all that is left":        {step(l.Allocate(master, site, 20, now)), "ok"},
		"one more than it has":    {step(l.TakeBack(master, site, 11, now)), "422 amount:credits_at_site"},
		"all it has":              {step(l.TakeBack(master, site, 10, now)), "ok"},
		"to a closed site":        {step(l.Allocate(master, CreditSite{ID: "s2", Closed: true}, 1, now)), "422 site:credits_closed"},
		"from a closed site":      {step(l.TakeBack(master, CreditSite{ID: "s2", Closed: true, Credits: 3}, 3, now)), "ok"},
		"beyond all there can be": {step(Ledger{Added: mostCreditsEver}.AddCredits(master, CreditAddition{Credits: 1}, now)), "422 amount:credits_full"},
		"moved too often": {
			step(Ledger{Added: 10, Allocated: mostCreditsEver, Returned: mostCreditsEver}.Allocate(master, site, 1, now)), "422 amount:credits_full",
		},
	} {
		want(t, name, c.err, c.want)
	}
}

func TestCreditDrafts(t *testing.T) {
	add := func(amount, reference string) error {
		_, err := CreditAddDraft{Amount: amount, Reference: reference}.Check()
		return err
	}
	for amount, answer := range map[string]string{
		"1": "ok", " 40 ": "ok", "007": "ok", "1000000": "ok", "": "422 amount:required", "0": "422 amount:between", "1000001": "422 amount:between", "-4": "422 amount:between",
		"+4": "422 amount:between", "1.5": "422 amount:between", "1,000": "422 amount:between", "1e3": "422 amount:between", "４": "422 amount:between",
		"99999999999999999999": "422 amount:between", "forty": "422 amount:between",
	} {
		want(t, fmt.Sprintf("%q", amount), add(amount, "PO 1"), answer)
	}
	want(t, "no reference", add("5", " "), "422 reference:required")
	want(t, "a long one", add("5", strings.Repeat("x", maxReference+1)), "422 reference:too_long")

	for name, c := range map[string]struct {
		draft CreditDraft
		want  string
	}{
		"nothing":           {CreditDraft{Amount: "5"}, "422 site:credits_no_site"},
		"two sites":         {CreditDraft{Sites: []string{"a", "b"}, Amount: "5"}, "a  5;b  5"},
		"sites and lines":   {CreditDraft{Sites: []string{"a"}, Amount: "5", Lines: "HPT 40"}, "a  5; HPT 40"},
		"no amount":         {CreditDraft{Sites: []string{"a"}}, "422 amount:required"},
		"lines":             {CreditDraft{Lines: "HPT 40\n\n Harbor Point Tower;\t7 \r\nbrightwater/HPT, 3\nSite 9: 12"}, " HPT 40; Harbor Point Tower 7; brightwater/HPT 3; Site 9 12"},
		"one without":       {CreditDraft{Lines: "HPT"}, "422 lines:credits_line"},
		"one too large":     {CreditDraft{Lines: "HPT 1000001"}, "422 lines:between"},
		"one of two":        {CreditDraft{Lines: "HPT x\nESP 4"}, " HPT 0 !between; ESP 4"},
		"with a zero":       {CreditDraft{Lines: "H\x00T 4\nESP 4"}, "  0 !characters; ESP 4"},
		"too many lines":    {CreditDraft{Lines: strings.Repeat("HPT 1\n", MostCreditLines+1)}, "422 lines:credits_lines"},
		"too many and long": {CreditDraft{Lines: strings.Repeat("HPT 1\n", 9*MostCreditLines)}, "422 lines:credits_lines"},
	} {
		lines, err := c.draft.Check()
		var got []string
		for _, l := range lines {
			one := fmt.Sprintf("%s %s %d", l.ID, l.Typed, l.Credits)
			if l.Wrong != nil {
				one += " !" + l.Wrong["lines"].Code
			}
			got = append(got, one)
		}
		if strings.HasPrefix(c.want, "422") {
			want(t, name, err, c.want)
		} else if err != nil || strings.Join(got, ";") != c.want {
			t.Errorf("%s: %v, %q, want %q", name, err, strings.Join(got, ";"), c.want)
		}
	}
	one := func(d CreditDraft) error { _, err := d.OneSite(); return err }
	want(t, "from one site", one(CreditDraft{Sites: []string{"a"}, Amount: "5"}), "ok")
	want(t, "from two", one(CreditDraft{Sites: []string{"a", "b"}, Amount: "5"}), "422 site:credits_no_site")
	if p := (CreditDraft{Lines: "HPT 40"}).Placed(Problems{"amount": {Code: "credits_short"}}); p["lines"].Code != "credits_short" || len(p) != 1 {
		t.Errorf("placed: %v", p)
	}
	for typed, ok := range map[string]bool{"ABCDEFGHIJKLMNOPQRSTUVWX27": true, "": false, "abcdefghijklmnopqrstuvwx27": false, "ABCDEFGHIJKLMNOPQRSTUVWX2": false, "ABCDEFGHIJKLMNOPQRSTUVWX28": false, "ABCDEFGHIJKLMNOPQRSTUVWX21": false} {
		if _, got := ParseOnce(typed); got != ok {
			t.Errorf("%q: %t", typed, got)
		}
	}
}
