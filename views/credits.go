package views

import (
	"context"
	"strconv"
	"time"

	"gatehouse/domain"
	"gatehouse/static"
)

// CreditsPart is the id of all that credits change, and the name of its fragment.
const CreditsPart = "credits"

const creditTable = "credit-table"

// CreditsList is the page of a partner's ledger.
type CreditsList struct {
	By    domain.Actor
	Base  string // its address
	Query ListQuery
	Pager Pager
	Sums  domain.CreditSums
	Rows  []domain.CreditEntry
}

// CreditsKeys are the filters of the ledger.
var CreditsKeys = []string{"kind", "since"}

func (v CreditsList) stats(ctx context.Context) []Stat {
	last := Stat{Label: T(ctx, "credits.last"), Value: T(ctx, "common.none")}
	if v.Sums.Last > 0 {
		last.Value, last.Note = credits(ctx, v.Sums.Last), Date(ctx, v.Sums.LastAt)
	}
	return []Stat{
		{Label: T(ctx, "credits.available"), Value: credits(ctx, v.Sums.Available())},
		{Label: T(ctx, "credits.at-sites"), Value: credits(ctx, v.Sums.AtSites())},
		{Label: T(ctx, "credits.this-month"), Value: credits(ctx, v.Sums.ThisMonth)},
		last,
	}
}

// credits writes a number of them.
func credits(ctx context.Context, n int64) string { return Number(ctx, int(n)) }

// chart is the balance at the end of each month over what was allocated in it.
func (v CreditsList) chart(ctx context.Context) ChartProps {
	c := ChartProps{
		ID: "year", Title: T(ctx, "credits.year"), Corner: T(ctx, "credits.month"), Series: []Series{{T(ctx, "credits.kind.allocated"), "s-pen"}},
		Line:   &ChartLine{Label: T(ctx, "credits.available-end"), Class: "l-bal"},
		Beside: []ChartLine{{Label: T(ctx, "credits.kind.returned")}, {Label: T(ctx, "credits.kind.added")}},
	}
	for _, m := range v.Sums.Months {
		c.Bars = append(c.Bars, Bar{monthName(ctx, m.Start), []int{int(m.Allocated)}})
		c.Line.Values = append(c.Line.Values, int(m.Available))
		c.Beside[0].Values, c.Beside[1].Values = append(c.Beside[0].Values, int(m.Returned)), append(c.Beside[1].Values, int(m.Added))
	}
	return c
}

// monthName is "Nov", and with the year in January.
func monthName(ctx context.Context, start time.Time) string {
	start = start.In(LocaleOf(ctx).Zone)
	name := monthNames[LocaleOf(ctx).Lang][start.Month()-1]
	if start.Month() == time.January {
		return name + " " + strconv.Itoa(start.Year())
	}
	return name
}

func (v CreditsList) list(ctx context.Context) ListProps {
	kinds := Filter{Key: "kind", Label: T(ctx, "credits.what"), Many: true}
	for _, k := range domain.CreditKinds {
		kinds.Options = append(kinds.Options, Option{Value: string(k), Label: T(ctx, "credits.kind."+string(k))})
	}
	since := Filter{Key: "since", Label: T(ctx, "credits.since"), Day: true}
	for _, typed := range v.Query.Values("since") {
		if day, err := time.ParseInLocation(time.DateOnly, typed, LocaleOf(ctx).Zone); err == nil {
			since.Options = append(since.Options, Option{Value: typed, Label: Date(ctx, day)})
		}
	}
	p := ListProps{
		ID: creditTable, Label: T(ctx, "credits.ledger"), Query: v.Query, Search: T(ctx, "credits.search"), Pager: v.Pager, Filters: []Filter{since, kinds},
		Columns: []Column{
			{Label: T(ctx, "credits.when"), Sort: "when", Class: "w-[9.5rem]"},
			{Label: T(ctx, "credits.what"), Class: "w-[7.5rem]"},
			{Label: T(ctx, "credits.for")},
			{Label: T(ctx, "credits.by"), Class: "p2 w-[10rem]"},
			{Label: T(ctx, "credits.credits"), Class: "r w-[6.5rem]"},
			{Label: T(ctx, "credits.balance"), Class: "r w-[6.5rem]"},
		},
	}
	switch {
	case len(v.Rows) > 0:
	case v.Query.Narrowed():
		p.Empty = NoMatch(ctx, p)
	default:
		p.Empty = &EmptyProps{Icon: static.IconCoins, Title: T(ctx, "credits.nothing"), Text: T(ctx, "credits.nothing-text")}
		if v.By.Can(domain.AddCredits) {
			p.Empty.Actions = []ButtonProps{{Label: T(ctx, "credits.add"), Icon: static.IconPlus, Href: v.Base + "/additions/new", Dialog: true}}
		}
	}
	return p
}

func (v CreditsList) buttons(ctx context.Context) (out []ButtonProps) {
	if len(v.Rows) > 0 || v.Query.Narrowed() {
		q := v.Query.FirstPage()
		q.Path += ".csv"
		out = append(out, ButtonProps{Label: T(ctx, "credits.export"), Icon: static.IconDownload, Variant: Outline, Href: q.URL(), Attrs: map[string]any{"download": true}})
	}
	if v.By.Can(domain.AllocateCredits) {
		out = append(out,
			ButtonProps{Label: T(ctx, "credits.take-back"), Icon: static.IconUndo2, Variant: Outline, Href: v.Base + "/returns/new", Dialog: true},
			ButtonProps{Label: T(ctx, "credits.allocate"), Icon: static.IconArrowUpRight, Variant: Outline, Href: v.Base + "/allocations/new", Dialog: true})
	}
	if v.By.Can(domain.AddCredits) {
		out = append(out, ButtonProps{Label: T(ctx, "credits.add"), Icon: static.IconPlus, Href: v.Base + "/additions/new", Dialog: true})
	}
	return out
}

// creditTone is how an entry's kind looks.
func creditTone(k domain.CreditKind) (Tone, static.Icon) {
	switch k {
	case domain.CreditAdded:
		return ToneOK, static.IconPlus
	case domain.CreditReturned:
		return TonePlum, static.IconUndo2
	case domain.CreditRefused:
		return ToneBad, static.IconBan
	}
	return ToneInfo, static.IconArrowUpRight
}

// moved is an entry's number with its sign.
func moved(ctx context.Context, e domain.CreditEntry) string {
	if e.Kind == domain.CreditAdded || e.Kind == domain.CreditReturned {
		return "+" + credits(ctx, e.Credits)
	}
	return "−" + credits(ctx, e.Credits)
}

// CreditHeads are the heads of the columns of CreditCells.
func CreditHeads(ctx context.Context) []string {
	return []string{
		T(ctx, "credits.file.number"), T(ctx, "credits.when"), T(ctx, "credits.what"), T(ctx, "credits.file.site"), T(ctx, "credits.file.account"), T(ctx, "credits.reference"),
		T(ctx, "credits.by"), T(ctx, "credits.file.in"), T(ctx, "credits.file.out"), T(ctx, "credits.file.refused"), T(ctx, "credits.balance"),
	}
}

// CreditCells are an entry as a row of a file: words in the reader's language, the moment to the second in their zone. What
// came and what went have a column each, for a number with a sign is a formula to a spreadsheet.
func CreditCells(ctx context.Context, e domain.CreditEntry) []string {
	n := strconv.FormatInt(e.Credits, 10)
	cells := []string{
		strconv.FormatInt(e.After.Entries, 10), e.After.At.In(LocaleOf(ctx).Zone).Format("2006-01-02 15:04:05"), T(ctx, "credits.kind."+string(e.Kind)), e.Site.Name, e.Site.Customer,
		e.Reference, ErasedName(ctx, e.ActorName, e.ActorID), "", "", "", strconv.FormatInt(e.After.Available(), 10),
	}
	at := map[domain.CreditKind]int{domain.CreditAdded: 7, domain.CreditReturned: 7, domain.CreditAllocated: 8, domain.CreditRefused: 9}[e.Kind]
	cells[at] = n
	return cells
}

// CreditNode is a site to choose, with whose it is and what it has.
func CreditNode(ctx context.Context, v domain.CreditSite, chosen bool) PickNode {
	n := PickNode{Value: v.ID, Label: v.Name + " · " + v.Customer, Chosen: chosen}
	if v.Credits > 0 {
		n.Note = T(ctx, "credits.has", "Count", int(v.Credits))
	}
	return n
}

// CreditAddForm is the window in which a Master adds credits.
type CreditAddForm struct {
	Base     string
	Draft    domain.CreditAddDraft
	Problems domain.Problems
	Why      string
	Balance  domain.Ledger
}

func (f CreditAddForm) dialog(ctx context.Context) DialogProps {
	return DialogProps{
		Title: T(ctx, "credits.add"), Lead: T(ctx, "credits.add-lead", "Count", int(f.Balance.Available())), Safe: T(ctx, "bulk.cancel"), Back: f.Base, Verb: T(ctx, "credits.add-do"),
		Form:   FormProps{Action: f.Base + "/additions", Target: CreditsPart, Hidden: []Hidden{{"once", f.Draft.Once}}},
		Faults: FaultsOf(f.Problems, Fault{"amount", T(ctx, "credits.credits")}, Fault{"reference", T(ctx, "credits.reference")}),
	}
}

// CreditForm is the window in which credits are allocated, or taken back.
type CreditForm struct {
	Base     string
	Back     bool // taken back
	Draft    domain.CreditDraft
	Problems domain.Problems
	Why      string
	Balance  domain.Ledger
	Sites    []PickNode
}

func (f CreditForm) dialog(ctx context.Context) DialogProps {
	d := DialogProps{
		Title: T(ctx, "credits.allocate-title"), Lead: T(ctx, "credits.allocate-lead", "Count", int(f.Balance.Available())), Size: DialogLarge, Safe: T(ctx, "bulk.cancel"), Back: f.Base,
		Verb: T(ctx, "credits.allocate"), Form: FormProps{Action: f.Base + "/allocations", Target: CreditsPart, Hidden: []Hidden{{"once", f.Draft.Once}}},
		Faults: FaultsOf(f.Problems, Fault{"site", T(ctx, "credits.sites")}, Fault{"amount", T(ctx, "credits.each")}, Fault{"lines", T(ctx, "credits.lines")}),
	}
	if f.Back {
		d.Title, d.Lead, d.Verb, d.Form.Action = T(ctx, "credits.take-back"), T(ctx, "credits.take-back-lead"), T(ctx, "credits.take-back-do"), f.Base+"/returns"
		d.Faults = FaultsOf(f.Problems, Fault{"site", T(ctx, "credits.site")}, Fault{"amount", T(ctx, "credits.credits")})
	}
	return d
}

func (f CreditForm) picker(ctx context.Context) PickerProps {
	p := PickerProps{
		Name: "site", Label: T(ctx, "credits.sites"), Search: T(ctx, "credits.find"), Find: f.Base + "/sites", Nodes: f.Sites, Error: ProblemText(ctx, f.Problems, "site"),
	}
	if f.Back {
		p.Label, p.One, p.Find = T(ctx, "credits.site"), true, f.Base+"/sites?held=1"
	}
	return p
}

// CreditPreview tells what would become of each site before credits are allocated to several.
type CreditPreview struct {
	Base   string
	Draft  domain.CreditDraft
	Sum    int64
	Before domain.Ledger
	Sites  int // that get some
	Groups []BulkGroup
	Short  bool
}

func (v CreditPreview) dialog(ctx context.Context) DialogProps {
	d := DialogProps{
		Title: T(ctx, "credits.preview-title", "Count", v.Sites), Size: DialogLarge, Safe: T(ctx, "credits.change"), Again: "again", Back: v.Base + "/allocations/new",
		Verb: T(ctx, "credits.preview-do"), VerbOff: v.Short || v.Sites == 0, Form: FormProps{ID: "credit-preview", Action: v.Base + "/allocations", Target: "dialog"},
	}
	for _, id := range v.Draft.Sites {
		d.Form.Hidden = append(d.Form.Hidden, Hidden{"site", id})
	}
	d.Form.Hidden = append(d.Form.Hidden, Hidden{"amount", v.Draft.Amount}, Hidden{"lines", v.Draft.Lines}, Hidden{"once", v.Draft.Once}, Hidden{"confirmed", "1"})
	return d
}

// sums are the figures of the preview: what is there, what is taken, what is left.
func (v CreditPreview) sums(ctx context.Context) []Fact {
	left := v.Before.Available() - v.Sum
	facts := []Fact{{Term: T(ctx, "credits.available"), Text: credits(ctx, v.Before.Available())}, {Term: T(ctx, "credits.together"), Text: credits(ctx, v.Sum)}}
	if left >= 0 {
		facts = append(facts, Fact{Term: T(ctx, "credits.left"), Text: credits(ctx, left)})
	}
	return facts
}
