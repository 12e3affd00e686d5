package web

import (
	"context"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// A change of chosen rows goes the same way in every list. The bulk bar, or a row's menu, opens GET …/NOUN/new?id=…:
// it asks for the value the change needs, if any, then shows what would become of each row. "Yes" is POST …/NOUN. What
// became of them is GET …/outcome for several rows, once, and a flash for a single one.

// A rowList is a list whose rows can be chosen and changed together.
type rowList struct {
	id      string   // of the list's element
	path    string   // below the account: "/settings/users"
	filters []string // the keys of its address
	order   string   // what it is sorted by unless asked otherwise
	crumbs  func(*request) []views.Crumb
	// text is the words of its changes: the key is the noun, a dot, and one of
	//   ask, ask-one          the title of the question for a value, plural and with Name (only acts with a value)
	//   title, title-one      the question before the change: plural, and with Name
	//   title-some            instead of title when only some of Total can be
	//   cannot-one            the title instead of title-one when it cannot be
	//   lead                  one line of consequence
	//   will, cannot          the groups of the preview, with Total
	//   done, done-one        what was done: plural, and with Name
	text func(ctx context.Context, key string, kv ...any) string
	// chosen reads rows by their ids, all that match a query up to store.MostChosen.
	chosen   func(*request, []string) ([]domain.Membership, error)
	matching func(*request, views.ListQuery) (ids []string, more bool, err error)
}

// An act is one change that can be made to the chosen rows of a list. Its address is the list's and its noun.
type act struct {
	list        *rowList
	noun        string
	destructive bool
	gone        bool // the row leaves the list, and has no page of its own afterwards
	// ask is the field for the value it needs; nil when it needs none. only is the row when there is just one.
	ask func(r *request, given choice, only *domain.Membership, problems domain.Problems) (templ.Component, error)
	run func(*request, store.Chosen, choice) ([]store.Outcome, error)
	// words tells a row before and after: "User", "Admin".
	words func(*request, []store.Outcome) (func(domain.Membership) string, error)
	// loses tells what it takes away from a row; nil where it takes away nothing but what it says.
	loses func(*request, []store.Outcome) (func(store.Outcome) string, error)
	// why says more of a row that cannot be changed than the reason alone; nil or empty where there is no more.
	why func(*request, store.Outcome) string
	// bar: what the bulk bar asks is answered "Yes" and its result closed with "Close" for a single row too (seed 002).
	bar bool
	// confirms: whatever it is asked about, it is answered "Confirm".
	confirms bool
	// fields are what the popup asks beside, filled in as typed; nil when it asks nothing.
	fields func(*request, []store.Outcome, choice, domain.Problems) (templ.Component, error)
}

// fromBar: the change was chosen in the bulk bar, and its result is told as for several rows.
func (a *act) fromBar(c choice) bool { return a.bar && c.From == "" }

// A choice is what the forms about chosen rows send.
type choice struct {
	IDs     []string `form:"id"`
	All     string   `form:"all"`   // "1": all that match List, whatever IDs are
	List    string   `form:"list"`  // the query string of the list behind
	From    string   `form:"from"`  // "drawer" or "page" of a single row; empty: the list
	Given   string   `form:"given"` // "1": the value was asked for
	Version string   `form:"version"`

	Role        string   `form:"role"`
	Scope       []string `form:"scope"`
	NotifyEmail string   `form:"notify_email"`
	NotifyText  string   `form:"notify_text"`
	EndsOn      string   `form:"ends_on"`

	// What the popup of a deletion asks: the word that was typed, and what becomes of the invites they have sent.
	Typed  string `form:"typed"`
	Offers string `form:"offers"`
}

// chosenAll is the value of All and Given.
const chosenAll = "1"

// tidy leaves every row once. More than one call changes is not what any page of ours sends.
func (c *choice) tidy() error {
	seen := map[string]bool{}
	c.IDs = slices.DeleteFunc(c.IDs, func(id string) bool {
		had := seen[id]
		seen[id] = true
		return had || id == ""
	})
	if len(c.IDs) > store.MostChosen {
		return badRequest("too many rows")
	}
	return nil
}

func (a *act) say(r *request, key string, kv ...any) string {
	return a.list.text(r.ctx(), a.noun+"."+key, kv...)
}

// query is the list behind, read as strictly as from its own address.
func (l *rowList) query(r *request, c choice) views.ListQuery {
	q, err := url.ParseQuery(c.List)
	if err != nil {
		q = nil // what is no query narrows nothing
	}
	out := views.ParseListQuery(r.account(l.path), q, l.filters...)
	out.Order = l.order
	return out
}

// behind is where the change was opened, to go back to.
func (l *rowList) behind(r *request, c choice) string {
	if (c.From == fromDrawer || c.From == fromPage) && len(c.IDs) == 1 {
		return r.account(l.path) + "/" + url.PathEscape(c.IDs[0])
	}
	return l.query(r, c).URL()
}

// hidden are the fields that carry the choice on to the next form: without, it leaves out the value of the act.
func (c choice) hidden(value bool) []views.Hidden {
	var out []views.Hidden
	add := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				out = append(out, views.Hidden{Name: name, Value: v})
			}
		}
	}
	if c.All == chosenAll {
		add("all", c.All)
	} else {
		add("id", c.IDs...)
	}
	add("list", c.List)
	add("from", c.From)
	add("version", c.Version)
	if value {
		add("role", c.Role)
		add("scope", c.Scope...)
		add("notify_email", c.NotifyEmail)
		add("notify_text", c.NotifyText)
		add("ends_on", c.EndsOn)
	}
	return out
}

// newAct is the dialog before the change.
func (s *Server) newAct(a *act) func(*request) error {
	return func(r *request) error {
		var c choice
		if err := r.bindQuery(&c); err != nil {
			return err
		}
		if err := c.tidy(); err != nil {
			return err
		}
		note := ""
		if c.All == chosenAll {
			ids, more, err := a.list.matching(r, a.list.query(r, c))
			if err != nil {
				return err
			}
			if c.IDs = ids; more {
				note = views.T(r.ctx(), "bulk.capped", "Most", store.MostChosen)
			}
		}
		switch {
		case len(c.IDs) == 0:
			return s.nothingChosen(r, a, c)
		case a.ask != nil && c.Given != chosenAll:
			return s.askFor(r, a, c, nil)
		}
		c.All = "" // what is shown is what will be changed
		return s.preview(r, a, c, 200, note)
	}
}

func (s *Server) nothingChosen(r *request, a *act, c choice) error {
	title := views.T(r.ctx(), "bulk.nothing-chosen")
	return s.show(r, 200, views.BulkOutcome(r.page(title, a.list.crumbs(r)...), views.DialogProps{
		Title: title, Lead: views.T(r.ctx(), "bulk.nothing-chosen-text"), Safe: views.T(r.ctx(), "common.close"), Back: a.list.query(r, c).URL(),
	}, "", nil))
}

// askFor asks for the value the act needs, again when it had problems.
func (s *Server) askFor(r *request, a *act, c choice, problems domain.Problems) error {
	rows, err := a.list.chosen(r, c.IDs)
	if err != nil {
		return err
	}
	var only *domain.Membership
	title := a.say(r, "ask", "Count", len(rows))
	if len(rows) == 1 {
		only = &rows[0]
		title = a.say(r, "ask-one", "Name", only.Name())
	}
	field, err := a.ask(r, c, only, problems)
	if err != nil {
		return err
	}
	status := 200
	if len(problems) > 0 {
		status = 422
	}
	d := views.DialogProps{
		Title: title, Size: views.DialogLarge, Safe: views.T(r.ctx(), "bulk.cancel"), Back: a.list.behind(r, c), Verb: views.T(r.ctx(), "bulk.next"),
		Form: views.FormProps{
			Get: true, Action: r.account(a.list.path) + "/" + a.noun + "/new", Target: dialog,
			Hidden: append(c.hidden(false), views.Hidden{Name: "given", Value: chosenAll}),
		},
	}
	return s.show(r, status, withField(views.BulkChoice(r.page(title, a.list.crumbs(r)...), d), field))
}

// withField gives a component its children.
func withField(page, field templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return page.Render(templ.WithChildren(ctx, field), w)
	})
}

// preview shows what would become of each chosen row, and asks.
func (s *Server) preview(r *request, a *act, c choice, status int, note string) error {
	return s.previewAgain(r, a, c, status, note, nil)
}

// previewAgain is preview with what was wrong with the fields of the popup.
func (s *Server) previewAgain(r *request, a *act, c choice, status int, note string, wrong domain.Problems) error {
	outcomes, err := a.run(r, store.Chosen{IDs: c.IDs, Preview: true}, c)
	var problems domain.Problems
	if errors.As(err, &problems) && a.ask != nil {
		return s.askFor(r, a, c, problems)
	}
	if err != nil {
		return err
	}
	will, not, err := a.tell(r, outcomes, views.FromTo)
	if err != nil {
		return err
	}
	if err := a.warn(r, outcomes, will); err != nil {
		return err
	}
	ctx := r.ctx()
	d := views.DialogProps{Title: views.T(ctx, "bulk.nothing-to-do"), Lead: views.T(ctx, "bulk.nothing-to-do-text"), Size: views.DialogLarge, Safe: views.T(ctx, "common.close"), Back: a.list.behind(r, c)}
	single := len(outcomes) == 1
	switch {
	case single && len(will) == 0:
		d.Title, d.Lead = a.say(r, "cannot-one", "Name", outcomes[0].Before.Name()), ""
	case single:
		d.Title, d.Lead = a.say(r, "title-one", "Name", outcomes[0].Before.Name()), a.say(r, "lead")
		d.Safe, d.Verb = views.T(ctx, "bulk.cancel"), views.T(ctx, "bulk.confirm")
		c.Version = strconv.Itoa(outcomes[0].Before.Version)
	case len(will) > 0:
		d.Title, d.Lead = a.say(r, "title", "Count", len(will)), a.say(r, "lead")
		if len(not) > 0 {
			d.Title = a.say(r, "title-some", "Count", len(will), "Total", len(outcomes))
		}
		d.Safe, d.Verb = views.T(ctx, "bulk.answer-no"), views.T(ctx, "bulk.yes")
	}
	var fields templ.Component = templ.NopComponent
	if d.Verb != "" {
		switch {
		case a.confirms:
			d.Safe, d.Verb = views.T(ctx, "bulk.cancel"), views.T(ctx, "bulk.confirm")
		case a.fromBar(c):
			d.Safe, d.Verb = views.T(ctx, "bulk.answer-no"), views.T(ctx, "bulk.yes")
		}
		if a.fields != nil {
			if fields, err = a.fields(r, outcomes, c, wrong); err != nil {
				return err
			}
		}
		d.Destructive, d.Confirm = a.destructive, true
		d.Form = views.FormProps{Action: r.account(a.list.path) + "/" + a.noun, Target: a.target(c), Hidden: c.hidden(true)}
	}
	groups := []views.BulkGroup{bulkGroup("", will), bulkGroup("", not)}
	if !single {
		groups[0].Title, groups[1].Title = a.say(r, "will", "Total", len(will)), a.say(r, "cannot", "Total", len(not))
	}
	return s.show(r, status, withField(views.BulkOutcome(r.page(d.Title, a.list.crumbs(r)...), d, note, groups), fields))
}

// target is the element that the answer to the change replaces: for several rows the dialog, which tells the result;
// for one the list, or the person's drawer; on a person's page the page itself.
func (a *act) target(c choice) string {
	switch {
	case len(c.IDs) > 1 || a.fromBar(c):
		return dialog
	case c.From == fromPage:
		return ""
	case c.From == fromDrawer && !a.gone:
		return drawer
	}
	return a.list.id
}

// Where a change of a single row was opened, if not in the list.
const (
	fromDrawer = "drawer"
	fromPage   = "page"
	fromRow    = "row" // in the row itself: the list without its bulk bar
)

// drawer is the id of the one drawer element and the name of its fragment.
const drawer = "drawer"

// mostLines is how many lines a preview or a result shows.
const mostLines = 100

func bulkGroup(title string, rows []views.OutcomeRow) views.BulkGroup {
	shown := rows[:min(len(rows), mostLines)]
	return views.BulkGroup{Title: title, Rows: shown, More: len(rows) - len(shown)}
}

// tell puts the outcomes into words: those that could be done, told by what was and what is, and those that could not.
func (a *act) tell(r *request, outcomes []store.Outcome, words func(was, now string) string) (done, not []views.OutcomeRow, err error) {
	word, err := a.words(r, outcomes)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range outcomes {
		m := o.Before // who is erased has no name afterwards
		if o.Err == nil {
			done = append(done, views.BulkDone(m.Name(), m.Email, words(word(o.Before), word(o.Membership))))
			continue
		}
		why := ""
		if a.why != nil {
			why = a.why(r, o)
		}
		if why == "" {
			why = whyNot(r.ctx(), o.Err)
		}
		not = append(not, views.BulkNot(m.Name(), m.Email, why))
	}
	return done, not, nil
}

// warn says in the rows that will be changed what that takes away.
func (a *act) warn(r *request, outcomes []store.Outcome, will []views.OutcomeRow) error {
	if a.loses == nil {
		return nil
	}
	loss, err := a.loses(r, outcomes)
	if err != nil {
		return err
	}
	at := 0
	for _, o := range outcomes {
		if o.Err == nil {
			will[at].Loss = loss(o)
			at++
		}
	}
	return nil
}

// whyNot is the reason of one row in words.
func whyNot(ctx context.Context, err error) string {
	var refusal *domain.Refusal
	var problems domain.Problems
	switch {
	case errors.As(err, &refusal):
		return views.RefusalText(ctx, refusal)
	case errors.As(err, &problems):
		for field := range problems {
			return views.ProblemText(ctx, problems, field)
		}
	}
	return views.T(ctx, "bulk.gone")
}
