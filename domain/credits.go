package domain

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Credits are whole. One entry moves from 1 to MostCredits of them; what was ever added, allocated or taken back stays
// within mostCreditsEver, far from where a sum of 64 bits ends.
const (
	MostCredits     = 1_000_000
	mostCreditsEver = 1_000_000_000_000_000
)

// MostCreditLines is to how many sites credits are allocated at once.
const MostCreditLines = 500

// maxReference is what a reference holds at most, in characters.
const maxReference = 120

// A CreditKind is what an entry of the ledger did.
type CreditKind string

// The kinds of entry. A refused one moved nothing: it says what was asked for when less was left.
const (
	CreditAdded     CreditKind = "added"
	CreditAllocated CreditKind = "allocated"
	CreditReturned  CreditKind = "returned"
	CreditRefused   CreditKind = "refused"
)

// CreditKinds lists every kind, in the order of the filter.
var CreditKinds = []CreditKind{CreditAllocated, CreditReturned, CreditAdded, CreditRefused}

// A Ledger is where the ledger of a partner stands: what its last entry says. Available and AtSites are never below zero,
// and together are what was added.
type Ledger struct {
	// Entries is how many there are: the number of the last one.
	Entries int64
	// At is when the last one was written. Later ones are never earlier, whatever the clock does.
	At time.Time
	// What was ever added, allocated, and taken back.
	Added, Allocated, Returned int64
}

// Available is what can still be allocated.
func (l Ledger) Available() int64 { return l.Added - l.Allocated + l.Returned }

// AtSites is what sites have.
func (l Ledger) AtSites() int64 { return l.Allocated - l.Returned }

// CreditSums are the figures above the ledger.
type CreditSums struct {
	Ledger
	// ThisMonth is what was allocated since the month began where the reader is.
	ThisMonth int64
	// Last are the credits added last, if any, and when.
	Last   int64
	LastAt time.Time
	// Months are the last twelve, this one last.
	Months []CreditMonth
}

// A CreditMonth is what happened to a ledger within a month, and what was available at its end.
type CreditMonth struct {
	Start                      time.Time
	Added, Allocated, Returned int64
	Available                  int64
}

// A CreditSite is a site of a customer of the partner, with what it has of the partner's credits.
type CreditSite struct {
	ID, Name, Code             string
	CustomerID, Customer, Slug string
	Credits                    int64
	// Closed says that the site was removed or its account suspended: it is given nothing more.
	Closed bool
}

// A CreditEntry is one line of the ledger.
type CreditEntry struct {
	ID, AccountID string
	Kind          CreditKind
	Credits       int64
	// After is the ledger with this entry: its number, its moment and the balance.
	After Ledger
	// Site is what it was for, as it was called then and with what it had afterwards; none when credits were added.
	Site CreditSite
	// Reference says what they were added for.
	Reference          string
	ActorID, ActorName string
	// ActorEmail is for the search alone.
	ActorEmail string
}

// Searchable is what the search of the ledger reads, folded: site, account, reference, and who did it.
func (e CreditEntry) Searchable() string {
	words := []string{e.Site.Name, e.Site.Code, e.Site.Customer, e.Reference, e.ActorName, e.ActorEmail}
	return strings.Join(strings.Fields(Fold(strings.Join(words, " "))), " ")
}

// A CreditStep is one change of a ledger: how it stands then, the site, the entry and the event that tells of it.
type CreditStep struct {
	Ledger Ledger
	Site   CreditSite
	Entry  CreditEntry
	Event  Event
}

// AddCredits adds credits to the partner's own. Problems name the field "amount".
func (l Ledger) AddCredits(by Actor, in CreditAddition, now time.Time) (CreditStep, error) {
	switch {
	case !by.mayCredits(AddCredits):
		return CreditStep{}, ErrForbidden
	case !creditsFit(in.Credits):
		return CreditStep{}, Problems{"amount": creditProblem()}
	case l.Added > mostCreditsEver-in.Credits:
		return CreditStep{}, Problems{"amount": {Code: "credits_full"}}
	}
	after := l
	after.Added += in.Credits
	return l.step(by, CreditAdded, after, CreditSite{}, in.Credits, in.Reference, now), nil
}

// Allocate gives credits to a site. Problems name the field "amount" when fewer are left, "site" when it is closed.
func (l Ledger) Allocate(by Actor, to CreditSite, credits int64, now time.Time) (CreditStep, error) {
	switch {
	case !by.mayCredits(AllocateCredits):
		return CreditStep{}, ErrForbidden
	case !creditsFit(credits):
		return CreditStep{}, Problems{"amount": creditProblem()}
	case to.Closed:
		return CreditStep{}, Problems{"site": {Code: "credits_closed"}}
	case credits > l.Available():
		return CreditStep{}, l.Short(credits)
	case l.Allocated > mostCreditsEver-credits:
		return CreditStep{}, Problems{"amount": {Code: "credits_full"}}
	}
	after := l
	after.Allocated += credits
	to.Credits += credits
	return l.step(by, CreditAllocated, after, to, credits, "", now), nil
}

// TakeBack takes credits from a site, removed or not: at most what it has.
func (l Ledger) TakeBack(by Actor, from CreditSite, credits int64, now time.Time) (CreditStep, error) {
	switch {
	case !by.mayCredits(AllocateCredits):
		return CreditStep{}, ErrForbidden
	case !creditsFit(credits):
		return CreditStep{}, Problems{"amount": creditProblem()}
	case credits > from.Credits || credits > l.AtSites():
		return CreditStep{}, Problems{"amount": {Code: "credits_at_site", Args: map[string]string{"Count": strconv.FormatInt(from.Credits, 10)}}}
	}
	after := l
	after.Returned += credits
	from.Credits -= credits
	return l.step(by, CreditReturned, after, from, credits, "", now), nil
}

// Refuse writes down that more was asked for than was left. It moves nothing.
func (l Ledger) Refuse(by Actor, to CreditSite, credits int64, now time.Time) CreditStep {
	return l.step(by, CreditRefused, l, to, credits, "", now)
}

// Short says that so many credits are not left, nil when they are.
func (l Ledger) Short(credits int64) error {
	if credits <= l.Available() {
		return nil
	}
	return Problems{"amount": {Code: "credits_short", Args: map[string]string{"Count": strconv.FormatInt(l.Available(), 10)}}}
}

func (a Actor) mayCredits(p Privilege) bool { return a.Account.Kind == Partner && a.Can(p) }

// creditsFit reports whether an entry can be of so many.
func creditsFit(n int64) bool { return 1 <= n && n <= MostCredits }

func creditProblem() Problem {
	return Problem{Code: "between", Args: map[string]string{"Least": "1", "Most": strconv.Itoa(MostCredits)}}
}

// creditEvents are how the history calls what an entry did.
var creditEvents = map[CreditKind]EventKind{
	CreditAdded: CreditsAdded, CreditAllocated: CreditsAllocated, CreditReturned: CreditsReturned, CreditRefused: CreditsRefused,
}

// step writes the entry that follows the ledger's last one, and its event.
func (l Ledger) step(by Actor, kind CreditKind, after Ledger, site CreditSite, credits int64, reference string, now time.Time) CreditStep {
	after.Entries = l.Entries + 1
	after.At = now
	if now.Before(l.At) {
		after.At = l.At
	}
	entry := CreditEntry{
		AccountID: by.Account.ID, Kind: kind, Credits: credits, After: after, Site: site, Reference: reference,
		ActorID: by.User.ID, ActorName: by.User.Name(), ActorEmail: by.User.Email,
	}
	e := by.User.Event(creditEvents[kind], by.From, now)
	e.AccountID, e.OnBehalf, e.SubjectID, e.SubjectName = by.Account.ID, by.OnBehalf, by.Account.ID, reference
	if site.ID != "" {
		e.SubjectID, e.SubjectName = site.ID, site.Name
		e.After = with(e.After, "customer", site.Customer)
	}
	e.After = with(e.After, "credits", strconv.FormatInt(credits, 10))
	e.After = with(e.After, "available", strconv.FormatInt(after.Available(), 10))
	return CreditStep{after, site, entry, e}
}

// CreditAddDraft is the form that adds credits, as typed. Once names the form: sent twice, it adds once.
type CreditAddDraft struct {
	Amount    string `form:"amount"`
	Reference string `form:"reference"`
	Once      string `form:"once"`
}

// CreditAddition is what is added, and for what.
type CreditAddition struct {
	Credits   int64
	Reference string
}

// Check turns the draft into an addition.
func (d CreditAddDraft) Check() (CreditAddition, error) {
	p := Problems{}
	in := CreditAddition{Credits: parseCredits(p, d.Amount), Reference: line(p, "reference", d.Reference, maxReference, true)}
	return in, p.Err()
}

// CreditDraft is the form that allocates credits, or takes them back, as typed: the same amount for each site that is
// ticked, and lines with a site and an amount each.
type CreditDraft struct {
	Sites  []string `form:"site"`
	Amount string   `form:"amount"`
	Lines  string   `form:"lines"`
	Once   string   `form:"once"`
}

// A CreditLine asks for credits for one site.
type CreditLine struct {
	// ID is the site's, or Typed is what stands for it: code or name, with the name its account has in addresses and a
	// slash before it where that is needed.
	ID, Typed string
	Credits   int64
	// Wrong says why the line cannot be read.
	Wrong Problems
}

// Check turns the draft into lines, at least one. A line that cannot be read is one that says why, unless it is the only one.
func (d CreditDraft) Check() ([]CreditLine, error) {
	p := Problems{}
	var lines []CreditLine
	if len(d.Sites) > 0 {
		amount := parseCredits(p, d.Amount)
		for _, id := range d.Sites {
			lines = append(lines, CreditLine{ID: id, Credits: amount})
		}
	} else if strings.TrimSpace(d.Lines) == "" {
		p.Add("site", "credits_no_site")
		parseCredits(p, d.Amount)
	}
	for typed := range strings.Lines(d.Lines) {
		if typed = strings.TrimSpace(typed); typed != "" && len(lines) <= MostCreditLines {
			lines = append(lines, creditLine(typed))
		}
	}
	if len(lines) > MostCreditLines {
		p.Add("lines", "credits_lines", "Most", strconv.Itoa(MostCreditLines))
	}
	if len(lines) == 1 && lines[0].Wrong != nil {
		for _, problem := range lines[0].Wrong {
			p.Add("lines", problem.Code, flat(problem.Args)...)
		}
	}
	return lines, p.Err()
}

// OneSite is Check for a form that knows a single site: taking back.
func (d CreditDraft) OneSite() (CreditLine, error) {
	p := Problems{}
	in := CreditLine{Credits: parseCredits(p, d.Amount)}
	if len(d.Sites) == 1 {
		in.ID = d.Sites[0]
	} else {
		p.Add("site", "credits_no_site")
	}
	return in, p.Err()
}

// Placed moves problems to the field they come from: whoever wrote lines and ticked no site sees them there.
func (d CreditDraft) Placed(p Problems) Problems {
	if len(d.Sites) > 0 || strings.TrimSpace(d.Lines) == "" {
		return p
	}
	out := Problems{}
	for _, problem := range p {
		out.Add("lines", problem.Code, flat(problem.Args)...)
	}
	return out
}

func flat(m map[string]string) (kv []string) {
	for k, v := range m {
		kv = append(kv, k, v)
	}
	return kv
}

// lineParts are a site, however it is written, and an amount behind it.
var lineParts = regexp.MustCompile(`^(.*\S)[\s,;:]+(\S+)$`)

// creditLine reads "HPT 40", "Harbor Point Tower; 40", "brightwater/HPT, 40".
func creditLine(typed string) CreditLine {
	p := Problems{}
	text := line(p, "lines", strings.ReplaceAll(typed, "\t", " "), 200, true)
	parts := lineParts.FindStringSubmatch(text)
	if parts == nil {
		p.Add("lines", "credits_line")
		return CreditLine{Typed: text, Wrong: p}
	}
	in := CreditLine{Typed: strings.TrimRight(parts[1], " ,;:")}
	amount := Problems{}
	if in.Credits = parseCredits(amount, parts[2]); len(amount) > 0 {
		p.Add("lines", amount["amount"].Code, flat(amount["amount"].Args)...)
	}
	if len(p) > 0 {
		in.Wrong = p
	}
	return in
}

// parseCredits reads a number of credits: digits alone, for a comma or a point means something else in every language.
func parseCredits(p Problems, typed string) int64 {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		p.Add("amount", "required")
		return 0
	}
	n, err := strconv.ParseInt(typed, 10, 64)
	if err != nil || !creditsFit(n) || strings.ContainsFunc(typed, func(r rune) bool { return r < '0' || r > '9' }) {
		wrong := creditProblem()
		p.Add("amount", wrong.Code, flat(wrong.Args)...)
		return 0
	}
	return n
}

// ParseOnce reads the name of a form: 26 letters and digits.
func ParseOnce(typed string) (string, bool) {
	return typed, len(typed) == 26 && !slices.ContainsFunc([]byte(typed), func(c byte) bool {
		return (c < 'A' || c > 'Z') && (c < '2' || c > '7')
	})
}
