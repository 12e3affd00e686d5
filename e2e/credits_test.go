package e2e

import (
	"strings"
	"testing"

	"gatehouse/store"
)

const ledger = "/accounts/northgate/credits"

// A Master adds credits with a reference, an Operator allocates them and takes them back; what is not there is refused, with
// what was typed kept; several sites get theirs after a preview; an Observer looks on. The ledger tells it all, and leaves as
// a file.
func TestCreditsOfAPartner(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	nora, devon, sanjay := s.In(t, store.Nora), s.In(t, store.Devon), s.In(t, store.Sanjay)

	nora.Open("/accounts/northgate")
	nora.Click("Credits", "link")
	nora.In(".stats").See("1,260", "2,914", "1,000")
	nora.Click("Add credits")
	nora.Within("dialog", func(d *Person) {
		d.Fill("Credits", "1.5")
		d.Fill("Reference", "Purchase order 2026-1201")
		d.Allow("422")
		d.Click("Add", "button")
		d.See("A whole number from 1 to 1000000.")
		if amount, reference := d.Value("Credits"), d.Value("Reference"); amount != "1.5" || reference != "Purchase order 2026-1201" {
			t.Errorf("what was typed is %q, %q now", amount, reference)
		}
		d.Fill("Credits", "240")
		d.Click("Add", "button")
	})
	nora.See("240 credits added", "Purchase order 2026-1201")
	nora.In(".stats").See("1,500")

	devon.Open(ledger)
	if devon.Offers("Add credits") {
		t.Error("an Operator is offered to add credits")
	}
	devon.Click("Allocate")
	devon.Within("dialog", func(d *Person) {
		d.Fill("Search site, code or account", "grant")
		d.WaitCount("#site-list li", 1)
		d.Check("Grant Street Works · Cobalt Field Services has 240")
		d.Fill("Credits for each site", "1501")
		d.Allow("422")
		d.Click("Allocate", "button")
		d.See("Only 1,500 are available.")
		if got := d.Value("Credits for each site"); got != "1501" {
			t.Errorf("the amount is %q now", got)
		}
		d.Fill("Credits for each site", "500")
		d.Click("Allocate", "button")
	})
	devon.See("500 credits allocated to Grant Street Works")
	devon.In(".stats").See("1,000")
	devon.Row("−1,501").See("Refused", "1,500 were left")

	devon.Click("Take back")
	devon.Within("dialog", func(d *Person) {
		d.Fill("Search site, code or account", "grant")
		d.WaitCount("#site-list li", 1)
		d.Check("Grant Street Works · Cobalt Field Services has 740")
		d.Fill("Credits", "900")
		d.Allow("422")
		d.Click("Take back", "button")
		d.See("The site has only 740.")
		d.Fill("Credits", "40")
		d.Click("Take back", "button")
	})
	devon.See("40 credits taken back from Grant Street Works")
	devon.In(".stats").See("1,040")

	devon.Click("Allocate")
	devon.Within("dialog", func(d *Person) {
		d.Click("Other amounts for other sites")
		d.Fill("One site in each line, and its credits optional", "HPT 30\ncobalt/NLG 10\nnowhere 5")
		d.Click("Allocate", "button")
		d.See("Allocate to 2 sites?", "Will get credits (2)", "Harbor Point Tower", "North Lot Garage", "Will get none (1)", "nowhere", "1,000")
		d.Click("Allocate", "button")
		d.See("2 sites got credits", "1 was not")
		d.In("footer").Click("Close")
	})
	devon.In(".stats").See("1,000")

	sanjay.Open(ledger + "?q=grant+street&kind=returned")
	sanjay.Row("Grant Street Works").See("Taken back", "+40")
	for _, act := range []string{"Add credits", "Allocate", "Take back"} {
		if sanjay.Offers(act) {
			t.Errorf("an Observer is offered: %s", act)
		}
	}
	name, file := sanjay.Download(func() { sanjay.Click("Export") })
	if text := string(file); !strings.HasPrefix(name, "northgate-credits-") || !strings.Contains(text, "Grant Street Works") || strings.Contains(text, "Harbor Point") {
		t.Errorf("%s: %s", name, text)
	}
}
