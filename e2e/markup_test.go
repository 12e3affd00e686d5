package e2e

import (
	"encoding/csv"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
)

var (
	markups    = flag.Int("markups", 48, "how many ways to write script are tried; 0 for all of them")
	markupSeed = flag.Uint64("markup-seed", uint64(time.Now().UnixNano()), "seed of which")
)

// payloads are ways to make a page run what somebody typed: elements × what sets them off, ways out of attributes and
// elements, addresses that run, htmx's attributes, and spellings that filters miss. Each would open a dialog, or be told
// by the page's policy.
func payloads() []string {
	var all []string
	for _, element := range []string{"img src=x", "svg", "body", "video src=x", "audio src=x", "input autofocus", "details open", "iframe src=x", "marquee", "object data=x", "b tabindex=0 autofocus", "select autofocus", "textarea autofocus"} {
		for _, event := range []string{"onerror", "onload", "onfocus", "ontoggle", "onstart", "onpointerenter", "onanimationstart"} {
			all = append(all, "<"+element+" "+event+"=alert(1)>")
		}
	}
	for _, out := range []string{`"`, `'`, "`", `">`, `'>`, "</title>", "</textarea>", "</option></select>", "</template>", "-->", "]]>", "</style>", "</script>", "</dialog>", "</svg>", `" x="`} {
		for _, then := range []string{"<script>alert(1)</script>", "<svg onload=alert(1)>", ` onfocus=alert(1) autofocus x="`, "<img src=x onerror=alert(1)>"} {
			all = append(all, out+then)
		}
	}
	for _, address := range []string{"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java&Tab;script:alert(1)", " javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:alert(1)", "//evil.example/x.js", "&#106;avascript:alert(1)"} {
		all = append(all, address, `<a href="`+address+`">x</a>`, `<script src="`+address+`"></script>`, `<form action="`+address+`"><button>`)
	}
	for _, own := range []string{`hx-on:load="alert(1)"`, `hx-get="javascript:alert(1)" hx-trigger=load`, `hx-trigger="load[alert(1)]" hx-get=/`, `hx-vals="js:{a:alert(1)}"`, `data-in=dialog href=javascript:alert(1)`, `style="background:url(x)"`} {
		all = append(all, "<p "+own+">", `" `+own+` x="`, "<hx-partial "+own+">")
	}
	return append(all,
		"<ScRiPt>alert(1)</ScRiPt>", "<script >alert(1)</script >", "<<script>alert(1)//<</script>", "<scr<script>ipt>alert(1)</script>", "%3Cscript%3Ealert(1)%3C/script%3E",
		"&lt;script&gt;alert(1)&lt;/script&gt;", "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e", "＜script＞alert(1)＜/script＞", "<svg><script>alert(1)</script></svg>",
		"<math><mtext></p><img src=x onerror=alert(1)>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0;url=//evil.example>", "<link rel=stylesheet href=//evil.example>",
		"{{constructor.constructor('alert(1)')()}}", "${alert(1)}", "<%= alert(1) %>", "#{alert(1)}", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<template><script>alert(1)</script></template>",
	)
}

// asName is a payload where a name is asked for: the longest are for messages.
func asName(payload string) string {
	if len(payload) > 60 {
		return "Robin"
	}
	return payload
}

// INP-01, HDR-04: more than 200 ways to write script, in every text of an invite, wherever it is shown: the report of an
// import, lists, details with their history, questions, the search, the mail. None runs, and none is so much as stopped.
func TestINP01_NothingTypedRuns(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	all := payloads()
	if len(all) < 200 {
		t.Fatalf("only %d payloads", len(all))
	}
	if *markups > 0 && *markups < len(all) {
		t.Logf("-markup-seed %d", *markupSeed)
		rand.New(rand.NewPCG(*markupSeed, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:*markups]
	}
	const bunch = 8 // in one message
	var file strings.Builder
	w := csv.NewWriter(&file)
	rows := [][]string{{"First name", "Last name", "E-mail", "Role", "Scope", "Message"}}
	for i, payload := range all {
		message := ""
		if i%bunch == 0 {
			message = strings.Join(all[i:min(i+bunch, len(all))], "\n")
		}
		rows = append(rows, []string{asName(payload), asName(all[(i+7)%len(all)]), fmt.Sprintf("x%03d@brightwater.example", i), "User", "All sites", message})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}

	p := s.In(t, store.Dana)
	pages := func(from string) { // all pages of a list
		for from != "" {
			p.Open(from)
			var next string
			p.Eval(`document.querySelector('a[href*="after="]')?.getAttribute('href') ?? ''`, &next)
			from = next
		}
	}
	p.Open(brightwater + invites + "/imports/new")
	p.Attach("CSV file", "<img src=x onerror=alert(1)>.csv", []byte(file.String()))
	p.Click("Check the file", "button")
	invite := "Invite " + fmt.Sprint(len(all)) + " people"
	p.See(invite)
	report := p.URL()
	pages(report)
	p.Open(report)
	p.Click("Invite " + fmt.Sprint(len(all)) + " people")
	p.See(fmt.Sprint(len(all)) + " people were invited")
	pages(brightwater + invites + "?q=brightwater.example")

	var texts []string
	for i := 0; i < len(all); i += bunch {
		email := fmt.Sprintf("x%03d@brightwater.example", i)
		p.Open(brightwater + invites + "?q=" + email)
		id := p.RowID(email)
		p.Open(brightwater + invites + "/" + id)
		p.See("Message from Dana Whitfield")
		texts = append(texts, p.Text(".whitespace-pre-line"))
		p.Open(brightwater + invites + "/revocations/new?id=" + id)
		p.Open(brightwater + invites + "?q=" + url.QueryEscape(strings.Join(all[i:min(i+bunch, len(all))], " ")))
	}
	shown := strings.Join(texts, "\n")
	for _, payload := range all { // as it was typed, but for the space around it
		if !strings.Contains(strings.Join(strings.Fields(shown), " "), strings.Join(strings.Fields(payload), " ")) {
			t.Errorf("%q is not shown as it was typed", payload)
		}
	}

	// A mail program has no policy that would stop anything.
	m := s.Person(t)
	for i := 0; i < len(all); i += bunch * 3 {
		letter := s.Mail.Wait(t, fmt.Sprintf("x%03d@brightwater.example", i), "")
		m.Open("about:blank")
		m.Eval(`document.open(); document.write(`+quoted(letter.HTML)+`); document.close()`, nil)
		m.tab.settle()
		var links []string
		m.Eval(`[...document.links].map(a => a.protocol)`, &links)
		if slices.ContainsFunc(links, func(l string) bool { return l != "http:" }) {
			t.Errorf("the mail to x%03d links to %v", i, links)
		}
	}
	for _, who := range []*Person{p, m} {
		if problems := who.Problems(); len(problems) > 0 {
			t.Errorf("something ran, or would have: %q", problems)
		}
	}
}
