package views

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gatehouse/domain"
	"gatehouse/static"
)

// ActivityList is the Activity tab: the history of an account.
type ActivityList struct {
	Settings
	By   domain.Actor
	List ListProps
	Rows []domain.Event
	// Places are the names of the sites, groups and devices they speak of, by path.
	Places map[string]string
	// Retention says that the reader may say how long the history is kept.
	Retention bool
}

// EventDetail is one event.
type EventDetail struct {
	Event  domain.Event
	Places map[string]string
	List   string // the address of the list
}

// RetentionForm asks how long the history is kept.
type RetentionForm struct {
	List     string
	Months   int // as it is now
	Problems domain.Problems
}

// ActivityPresets are the periods of the filter by the days that they go back.
var ActivityPresets = map[string]int{"today": 0, "7d": 6, "30d": 29, "90d": 89, "365d": 364}

var presetOrder = []string{"today", "7d", "30d", "90d", "365d"}

// ActivityColumns are the heads of the Activity tab.
func ActivityColumns(ctx context.Context) []Column {
	return []Column{
		{Label: T(ctx, "activity.column.when"), Sort: "when", Class: "w-[7.5rem]"},
		{Label: T(ctx, "activity.column.who"), Class: "w-[14rem]"},
		{Label: T(ctx, "activity.column.what")},
		{Label: T(ctx, "activity.column.from"), Class: "p2 w-[9rem]"},
		{Label: T(ctx, "activity.column.details"), Class: "w-11", Hidden: true},
	}
}

// ActivityFilters are the filters but that by site. people are the names of those it is filtered by; find names the text
// field that looks for others.
func ActivityFilters(ctx context.Context, q ListQuery, people map[string]string, find string) []Filter {
	topic := Filter{Key: "topic", Label: T(ctx, "activity.filter.topic"), Many: true}
	for _, t := range domain.Topics {
		topic.Options = append(topic.Options, Option{Value: string(t), Label: T(ctx, "activity.topic."+string(t))})
	}
	person := Filter{Key: "person", Label: T(ctx, "activity.filter.person"), Many: true, Find: find, Placeholder: T(ctx, "activity.filter.find-person")}
	for _, id := range q.Values("person") {
		if name := people[id]; name != "" {
			person.Options = append(person.Options, Option{Value: id, Label: name})
		}
	}
	when := Filter{Key: "when", Label: T(ctx, "activity.filter.when")}
	for _, preset := range presetOrder {
		when.Options = append(when.Options, Option{Value: preset, Label: T(ctx, "activity.when."+preset)})
	}
	return []Filter{topic, when, dayFilter(ctx, q, "from"), dayFilter(ctx, q, "to"), person}
}

func dayFilter(ctx context.Context, q ListQuery, key string) Filter {
	f := Filter{Key: key, Label: T(ctx, "activity.filter."+key), Day: true}
	for _, typed := range q.Values(key) {
		if day, err := time.ParseInLocation(time.DateOnly, typed, LocaleOf(ctx).Zone); err == nil {
			f.Options = append(f.Options, Option{Value: typed, Label: FullDate(ctx, day)})
		}
	}
	return f
}

// Marks stand in a sentence for who and on whom, to see where they are.
const (
	byMark   = "\ue000"
	nameMark = "\ue001"
)

// EventWhat is what happened without who did it, for where that stands beside it: the act, and on whom. "Invited" and
// " Kelly Dunne", "Changed the role" and " · Owen Pritchard".
func EventWhat(ctx context.Context, e domain.Event) (act, whom string) {
	on, name := eventOn(ctx, e), ""
	if on != eventBy(ctx, e) {
		name = on
	}
	before, after, named := strings.Cut(T(ctx, "event."+string(e.Kind), "By", byMark, "Name", nameMark), nameMark)
	before = strings.TrimSpace(strings.ReplaceAll(before, byMark, ""))
	after = strings.TrimSpace(strings.ReplaceAll(after, byMark, ""))
	switch {
	case named && before == "" && name != "":
		return on + " " + after, roleGiven(ctx, e)
	case named && before == "":
		return capital(after), roleGiven(ctx, e)
	case named && after == "" && name != "":
		return capital(before), " " + name + roleGiven(ctx, e)
	case named:
		return strings.TrimSpace(capital(before) + " " + on + " " + after), roleGiven(ctx, e)
	case name != "":
		return capital(before), " · " + name + roleGiven(ctx, e)
	}
	return capital(before), roleGiven(ctx, e)
}

// roleGiven is the role of an event that gives one to somebody who had none.
func roleGiven(ctx context.Context, e domain.Event) string {
	if role := e.After["role"]; role != "" && e.Before["role"] == "" {
		return ", " + eventRole(ctx, role, e.After)
	}
	return ""
}

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// newDay says that an event is of another day than the one above it.
func (l ActivityList) newDay(ctx context.Context, i int) bool {
	zone := LocaleOf(ctx).Zone
	return i == 0 || dayNumber(l.Rows[i].At.In(zone)) != dayNumber(l.Rows[i-1].At.In(zone))
}

// dayHead names a day: "Today, Nov 21".
func dayHead(ctx context.Context, t time.Time) string {
	l := LocaleOf(ctx)
	switch dayNumber(l.Now.In(l.Zone)) - dayNumber(t.In(l.Zone)) {
	case 0:
		return T(ctx, "activity.today", "Date", Date(ctx, t))
	case 1:
		return T(ctx, "activity.yesterday", "Date", Date(ctx, t))
	}
	return dayNames[l.Lang][t.In(l.Zone).Weekday()] + ", " + Date(ctx, t)
}

// timeOfDay is the time of day alone: the day stands above it.
func timeOfDay(ctx context.Context, t time.Time) string {
	l := LocaleOf(ctx)
	return clockText(l, t.In(l.Zone))
}

// file is the address of the view as a file: all of it, so without a cursor.
func (l ActivityList) file(ending string) string {
	q := l.List.Query.FirstPage()
	q.Path += ending
	return q.URL()
}

// about is the list of all that concerns somebody.
func (d EventDetail) about(id string) string {
	return ListQuery{Path: d.List}.With("person", id).URL()
}

// filterable reports whether the list can be filtered by who an event happened to: people, not companies or files.
func (d EventDetail) filterable() bool {
	t := d.Event.Kind.Topic()
	return d.Event.SubjectID != "" && d.Event.SubjectName != "" && d.Event.SubjectID != d.Event.ActorID && d.Event.SubjectName != d.Event.ActorName &&
		(t == domain.TopicAccess || t == domain.TopicInvites) && !strings.HasPrefix(string(d.Event.Kind), "import.")
}

// actedFor is the company somebody of another one acted for.
func actedFor(ctx context.Context, e domain.Event) string {
	if e.InSupport() {
		return T(ctx, "activity.support", "Company", e.OnBehalf)
	}
	return e.OnBehalf
}

// facts are what an event says beside what it changed.
func (d EventDetail) facts(ctx context.Context) []Fact {
	e := d.Event
	facts := []Fact{{Term: T(ctx, "activity.column.when"), View: MomentAs(e.At, FullTime(ctx, e.At))}, {Term: T(ctx, "activity.column.who"), Text: eventBy(ctx, e)}}
	if e.OnBehalf != "" {
		facts = append(facts, Fact{Term: T(ctx, "activity.on-behalf"), Text: actedFor(ctx, e)})
	}
	if on := eventOn(ctx, e); on != "" && on != eventBy(ctx, e) {
		facts = append(facts, Fact{Term: T(ctx, "activity.on"), Text: on})
	}
	facts = append(facts, Fact{Term: T(ctx, "activity.column.from"), Text: orNone(T(ctx, "common.none"), e.From)})
	if len(e.Before) == 0 {
		for _, c := range EventChanges(ctx, e, d.Places) {
			facts = append(facts, Fact{Term: c.Label, Text: c.Now})
		}
	}
	return facts
}

// changes are what it changed; what it only says stands among the facts.
func (d EventDetail) changes(ctx context.Context) []Change {
	if len(d.Event.Before) == 0 {
		return nil
	}
	return EventChanges(ctx, d.Event, d.Places)
}

// EventHeads are the heads of the columns of EventCells.
func EventHeads(ctx context.Context) []string {
	return []string{
		T(ctx, "activity.column.when"), T(ctx, "activity.column.who"), T(ctx, "activity.on-behalf"), T(ctx, "activity.column.what"), T(ctx, "activity.on"),
		T(ctx, "activity.column.from"), T(ctx, "common.diff.before"), T(ctx, "common.diff.after"), T(ctx, "activity.number"), T(ctx, "activity.checksum"),
	}
}

// EventCells are an event as a row of a file: words in the reader's language, the moment to the second in their zone.
func EventCells(ctx context.Context, e domain.Event, places map[string]string) []string {
	var before, after []string
	for _, c := range EventChanges(ctx, e, places) {
		if c.Was != "" {
			before = append(before, c.Label+": "+c.Was)
		}
		if c.Now != "" {
			after = append(after, c.Label+": "+c.Now)
		}
	}
	number := ""
	if e.Sealed.Number > 0 {
		number = strconv.FormatInt(e.Sealed.Number, 10)
	}
	return []string{
		e.At.In(LocaleOf(ctx).Zone).Format("2006-01-02 15:04:05"), eventBy(ctx, e), e.OnBehalf, EventText(ctx, e), eventOn(ctx, e), e.From,
		strings.Join(before, "; "), strings.Join(after, "; "), number, e.Sealed.Hash,
	}
}

// RetentionText says how long the history is kept.
func RetentionText(ctx context.Context, months int) string {
	switch {
	case months == 0:
		return T(ctx, "activity.retention.for-ever")
	case months%12 == 0:
		return T(ctx, "activity.retention.years", "Count", months/12)
	}
	return T(ctx, "activity.retention.months", "Count", months)
}

// options are how long it can be kept.
func (f RetentionForm) options(ctx context.Context) []Option {
	var out []Option
	months := slices.Clone(domain.RetentionMonths)
	if !slices.Contains(months, f.Months) {
		months = append(months, f.Months)
	}
	for _, n := range months {
		out = append(out, Option{Value: strconv.Itoa(n), Label: RetentionText(ctx, n), Chosen: n == f.Months})
	}
	return out
}

// activityIcon keeps the shape of support acts apart from those of the account's own people.
func activityIcon(e domain.Event) static.Icon {
	if e.OnBehalf != "" {
		return static.IconLifeBuoy
	}
	return eventIcon(e.Kind)
}
