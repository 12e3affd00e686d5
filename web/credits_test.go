package web

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// northgateCredits is the ledger of the demo's partner.
const northgateCredits = "/accounts/northgate/credits"

// balance is what Northgate has, and how many entries its ledger.
func (p *portal) balance(t *testing.T) (available, entries int64) {
	t.Helper()
	l, err := p.store.CreditBalance(t.Context(), p.actor(t, store.Nora, store.Northgate))
	if err != nil {
		t.Fatal(err)
	}
	return l.Available(), l.Entries
}

// creditSite is a site of a customer of Northgate's.
func (p *portal) creditSite(t *testing.T, code string) string {
	t.Helper()
	if code == "GSW" || code == "NLG" {
		return p.siteByCode(t, store.Cora, store.Cobalt, code)
	}
	return p.siteByCode(t, store.Dana, store.Brightwater, code)
}

// What cannot be done comes back with what was typed, the reason beside its field; nothing moved.
func TestCreditsKeepWhatIsTyped(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora, devon := p.as(t, store.Nora), p.as(t, store.Devon)
		harbor := p.creditSite(t, "HPT")
		available, _ := p.balance(t)
		const whole, order = "A whole number from 1 to 1000000.", "Purchase order 7"
		for _, c := range []struct {
			v         *visitor
			path      string
			form      url.Values
			at        string // the field it is said at
			see       string
			name, has string // a field, and what it has
		}{
			{nora, "additions", url.Values{"amount": {"1.5"}, "reference": {order}}, "amount", whole, "reference", order},
			{nora, "additions", url.Values{"amount": {"-5"}, "reference": {order}}, "amount", whole, "amount", "-5"},
			{nora, "additions", url.Values{"amount": {"many"}, "reference": {order}}, "amount", whole, "amount", "many"},
			{nora, "additions", url.Values{"amount": {"1000001"}, "reference": {order}}, "amount", whole, "amount", "1000001"},
			{nora, "additions", url.Values{"amount": {"5"}}, "reference", "Fill this in.", "amount", "5"},
			{devon, "allocations", url.Values{"amount": {"-1"}, "site": {harbor}}, "amount", whole, "amount", "-1"},
			{devon, "allocations", url.Values{"amount": {"1261"}, "site": {harbor}}, "amount", "Only 1,260 are available.", "amount", "1261"},
			{devon, "allocations", url.Values{"amount": {"5"}}, "site", "Choose a site.", "amount", "5"},
			{devon, "allocations", url.Values{"lines": {"HPT"}}, "lines", "A line is a site and a number", "lines", "HPT"},
			{devon, "allocations", url.Values{"lines": {"HPT 1261"}}, "lines", "Only 1,260 are available.", "lines", "HPT 1261"},
			{devon, "returns", url.Values{"amount": {"1000000"}, "site": {harbor}}, "amount", "The site has only", "amount", "1000000"},
			{devon, "returns", url.Values{"amount": {"5"}}, "site", "Choose a site.", "amount", "5"},
		} {
			c.form.Set("once", rand.Text())
			a := c.v.ask(http.MethodPost, northgateCredits+"/"+c.path, c.form).expect(http.StatusUnprocessableEntity)
			if got := words(a.page().Find("#main #" + c.at + "-e")); !strings.HasPrefix(got, c.see) {
				t.Errorf("%s %v: at %s stands %q", c.path, c.form, c.at, got)
			}
			field := a.page().Find("#main [name=" + c.name + "]")
			if got := field.AttrOr("value", field.Text()); got != c.has {
				t.Errorf("%s %v: %s has %q", c.path, c.form, c.name, got)
			}
			if site := c.form.Get("site"); site != "" && a.page().Find("#main input[name=site][checked][value='"+site+"']").Length() != 1 {
				t.Errorf("%s %v: the site is not chosen any more", c.path, c.form)
			}
			if once := a.page().Find("#main input[name=once]").AttrOr("value", ""); once == c.form.Get("once") || len(once) != 26 {
				t.Errorf("%s %v: the form that comes back is called %q", c.path, c.form, once)
			}
		}
		if now, _ := p.balance(t); now != available {
			t.Errorf("%d are available, %d were", now, available)
		}
	})
}

// A form that is sent twice counts once, and says so; under the same name nothing else is done.
func TestCreditFormsCountOnce(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora, devon := p.as(t, store.Nora), p.as(t, store.Devon)
		harbor := p.creditSite(t, "HPT")
		for _, c := range []struct {
			v    *visitor
			path string
			form url.Values
			by   int64
		}{
			{nora, "additions", url.Values{"amount": {"40"}, "reference": {"Order 7"}}, 40},
			{devon, "allocations", url.Values{"amount": {"30"}, "site": {harbor}}, -30},
			{devon, "returns", url.Values{"amount": {"20"}, "site": {harbor}}, 20},
		} {
			available, entries := p.balance(t)
			c.form.Set("once", rand.Text())
			for i := range 2 {
				told := c.v.follow(c.v.ask(http.MethodPost, northgateCredits+"/"+c.path, c.form).expect(http.StatusSeeOther))
				if again := strings.Contains(told.Text(), "it counts once"); again != (i == 1) {
					t.Errorf("%s: the %d. time it says that it was sent before: %v", c.path, i+1, again)
				}
			}
			if now, n := p.balance(t); now != available+c.by || n != entries+1 {
				t.Errorf("%s: %d are available, %d were; %d entries", c.path, now, available, n-entries)
			}
			c.form.Set("amount", "41")
			c.v.ask(http.MethodPost, northgateCredits+"/"+c.path, c.form).expect(http.StatusConflict).see("This form was sent already")
			for _, name := range []string{"", "x", strings.Repeat("a", 26)} {
				c.form.Set("once", name)
				c.v.ask(http.MethodPost, northgateCredits+"/"+c.path, c.form).expect(http.StatusBadRequest)
			}
			if now, n := p.balance(t); now != available+c.by || n != entries+1 {
				t.Errorf("%s: %d are available and %d entries more after what was refused", c.path, now, n-entries)
			}
		}
	})
}

// Several sites get theirs after a preview, which keeps what was ticked and typed: on the way back to the form, and to what
// is done then. What stands there twice is done once.
func TestCreditPreviewKeepsTheChoice(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		devon := p.as(t, store.Devon)
		harbor, grant := p.creditSite(t, "HPT"), p.creditSite(t, "GSW")
		available, _ := p.balance(t)
		form := url.Values{"site": {harbor, grant}, "amount": {"40"}, "lines": {"cobalt/NLG 7\nHPT 3\nnowhere 5"}, "once": {rand.Text()}}
		preview := devon.ask(http.MethodPost, northgateCredits+"/allocations", form).expect(http.StatusOK).
			see("Allocate to 3 sites?", "Will get credits (3)", "Will get none (2)", "This site stands there already", "There is no such site")
		kept := preview.form("#credit-preview")
		for name, want := range form {
			if got := kept[name]; strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("the preview has %s %q, not %q", name, got, want)
			}
		}
		if now, _ := p.balance(t); now != available {
			t.Error("the preview was written")
		}
		back := url.Values{}
		for name, values := range kept {
			back[name] = values
		}
		back.Set("again", "1")
		page := devon.ask(http.MethodPost, northgateCredits+"/allocations", back).expect(http.StatusOK).page()
		var ticked []string
		for _, box := range page.Find("#main input[name=site][checked]").EachIter() {
			ticked = append(ticked, box.AttrOr("value", ""))
		}
		if strings.Join(ticked, "|") != strings.Join(form["site"], "|") || page.Find("#main textarea[name=lines]").Text() != form.Get("lines") || page.Find("#main input[name=amount]").AttrOr("value", "") != "40" {
			t.Errorf("back in the form %q are ticked: %s", ticked, words(page.Find("#main")))
		}
		devon.follow(devon.ask(http.MethodPost, northgateCredits+"/allocations", kept).expect(http.StatusSeeOther)).see("3 sites got credits", "2 were not")
		if now, _ := p.balance(t); now != available-87 {
			t.Errorf("%d are available, %d were", now, available)
		}
		// Too many together: nobody gets any.
		short := url.Values{"site": {harbor, grant}, "amount": {"900"}, "once": {rand.Text()}}
		over := devon.ask(http.MethodPost, northgateCredits+"/allocations", short).expect(http.StatusUnprocessableEntity).see("1,800 together and only 1,173 are available")
		if got := over.form("#credit-preview")["site"]; strings.Join(got, "|") != strings.Join(short["site"], "|") {
			t.Errorf("the preview of too many has %q", got)
		}
	})
}

// A site that is no customer's of the partner, among good ones: nobody gets anything, and the answer is that of a site
// that is not there (TEN-02).
func TestTEN02_CreditsForAForeignSite(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		devon := p.as(t, store.Devon)
		harbor, foreign := p.creditSite(t, "HPT"), p.siteByCode(t, store.Lars, store.Larkspur, store.Canary+"1")
		available, entries := p.balance(t)
		var answers []string
		for _, id := range []string{foreign, storetest.TwinID(foreign), "none"} {
			for _, confirmed := range []string{"", "1"} {
				a := devon.ask(http.MethodPost, northgateCredits+"/allocations", url.Values{"site": {harbor, id}, "amount": {"5"}, "once": {rand.Text()}, "confirmed": {confirmed}})
				answers = append(answers, a.expect(http.StatusNotFound).Text())
			}
			for _, path := range []string{"allocations", "returns"} {
				devon.ask(http.MethodPost, northgateCredits+"/"+path, url.Values{"site": {id}, "amount": {"5"}, "once": {rand.Text()}}).expect(http.StatusUnprocessableEntity).see("There is no such site")
			}
		}
		for _, a := range answers[1:] {
			if a != answers[0] {
				t.Errorf("told apart:\n%s\n%s", a, answers[0])
			}
		}
		if now, n := p.balance(t); now != available || n != entries {
			t.Errorf("%d are available, %d were; %d entries more", now, available, n-entries)
		}
	})
}

// Each role finds on the page what it may, and behind it no door that it may not.
func TestCreditsByRole(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		harbor := p.creditSite(t, "HPT")
		_, entries := p.balance(t)
		doors := []string{"additions", "allocations", "returns"}
		for email, may := range map[string][]bool{store.Sanjay: {false, false, false}, store.Devon: {false, true, true}, store.Nora: {true, true, true}} {
			v := p.as(t, email)
			page := v.get(northgateCredits).expect(http.StatusOK).see("1,260", "Purchase order").page()
			for i, door := range doors {
				at := northgateCredits + "/" + door
				if offered := page.Find("#main a[href='"+at+"/new']").Length() > 0; offered != may[i] {
					t.Errorf("%s is offered %s: %v", email, door, offered)
				}
				want := http.StatusForbidden
				if may[i] {
					want = http.StatusOK
				}
				v.get(at + "/new").expect(want)
				if !may[i] {
					v.ask(http.MethodPost, at, url.Values{"site": {harbor}, "amount": {"5"}, "reference": {"X"}, "once": {rand.Text()}}).expect(http.StatusForbidden)
				}
			}
			found := http.StatusForbidden
			if may[1] {
				found = http.StatusOK
			}
			v.script(http.MethodGet, northgateCredits+"/sites?q=grant", "site-list", nil).expect(found)
			if may[1] && v.get(northgateCredits+"/allocations/new?amount=7&site="+harbor).page().Find("#main input[name=amount]").AttrOr("value", "x") != "" {
				t.Errorf("%s: a link has filled in more than the site", email)
			}
		}
		if _, n := p.balance(t); n != entries {
			t.Errorf("%d entries more", n-entries)
		}
	})
}

// The file has exactly the entries of the address, what came and what went in a column each, and no formula.
func TestExportCredits(t *testing.T) {
	each(t, func(t *testing.T, p *portal) {
		nora := p.as(t, store.Nora)
		nora.ask(http.MethodPost, northgateCredits+"/additions", url.Values{"amount": {"11"}, "reference": {"=1+1"}, "once": {rand.Text()}}).expect(http.StatusSeeOther)
		p.as(t, store.Devon).ask(http.MethodPost, northgateCredits+"/allocations", url.Values{"amount": {"7"}, "site": {p.creditSite(t, "GSW")}, "once": {rand.Text()}}).expect(http.StatusSeeOther)
		_, entries := p.balance(t)
		sanjay := p.as(t, store.Sanjay)
		rows := sanjay.get(northgateCredits + ".csv").expect(http.StatusOK).csv()
		if len(rows) != int(entries)+1 {
			t.Fatalf("%d rows for %d entries", len(rows), entries)
		}
		if got := strings.Join(rows[0], "|"); got != "Number|When|What|Site|Account|Reference|By|In|Out|Refused|Balance" {
			t.Error(got)
		}
		for i, want := range []string{"Allocated|Grant Street Works|Cobalt Field Services||Devon Ashby||7||1264", "Added|||'=1+1|Nora Lindqvist|11|||1271"} {
			if got := strings.Join(rows[i+1][2:], "|"); got != want {
				t.Errorf("row %d is %q, want %q", i+1, got, want)
			}
		}
		rows = sanjay.get(northgateCredits + ".csv?kind=refused&q=nothing+like+it").expect(http.StatusOK).csv()
		if len(rows) != 1 {
			t.Errorf("%q", rows)
		}
		for _, row := range sanjay.get(northgateCredits + ".csv?kind=" + string(domain.CreditReturned)).expect(http.StatusOK).csv()[1:] {
			if row[2] != "Taken back" || row[7] == "" || row[8] != "" {
				t.Errorf("%q", row)
			}
		}
	})
}
