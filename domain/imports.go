package domain

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The limits of a file.
const (
	MaxImportRows  = 10_000
	MaxImportBytes = 5 << 20
)

// ImportKind is what the rows of a file become.
type ImportKind string

// The kinds of file.
const (
	ImportInvites ImportKind = "invites"
	ImportDevices ImportKind = "devices" // of one site
)

// Needs is the privilege that a file of the kind takes.
func (k ImportKind) Needs() Privilege {
	switch k {
	case ImportInvites:
		return CreateInvites
	case ImportDevices:
		return Deploy
	}
	return nobody
}

// An Import is a file: read and checked, then confirmed, then made row by row in the background.
type Import struct {
	ID, AccountID string
	Kind          ImportKind
	SiteID        string // of a file of devices
	// CreatedBy is who brought the file, ConfirmedBy under whose authority its rows are made.
	CreatedBy, ConfirmedBy string
	FileName               string
	CreatedAt              time.Time
	ConfirmedAt            time.Time // zero: nothing is made yet
	FinishedAt             time.Time
	// Total rows, of which Good could be made when the file was read.
	Total, Good int
	// Done rows are made; Failed could not be when their turn came.
	Done, Failed int
}

// Bad is how many rows were wrong when the file was read; nothing is ever made of them.
func (i Import) Bad() int { return i.Total - i.Good }

// Running reports whether rows are still waiting for their turn.
func (i Import) Running() bool { return !i.ConfirmedAt.IsZero() && i.FinishedAt.IsZero() }

// SeenBy reports whether the actor may know of it. A file tells of places, so one brought by somebody else is only for those
// who reach all of them: the whole account, or the whole of its site.
func (i Import) SeenBy(by Actor) bool {
	own := i.CreatedBy == by.User.ID
	switch {
	case i.AccountID != by.Account.ID || !by.Can(i.Kind.Needs()):
		return false
	case i.Kind == ImportDevices:
		site, reach := Node{Account: i.AccountID, Site: i.SiteID}, by.Reach(Deploy)
		return own && reach.Touches(site) || reach.Covers(site)
	}
	return own || by.Scope.AccountWide()
}

// Started is the line of history that the rows are being made.
func (i Import) Started(by Actor, now time.Time) Event {
	return i.event(map[ImportKind]EventKind{ImportInvites: ImportStarted, ImportDevices: DevicesStarted}[i.Kind], by, now)
}

// Finished is the line of history that they are. By is who confirmed it, also when the clock ended it.
func (i Import) Finished(by Actor, now time.Time) Event {
	e := i.event(map[ImportKind]EventKind{ImportInvites: ImportFinished, ImportDevices: DevicesFinished}[i.Kind], by, now)
	return e.changed("done", "", strconv.Itoa(i.Done)).changed("failed", "", strconv.Itoa(i.Failed))
}

func (i Import) event(kind EventKind, by Actor, now time.Time) Event {
	e := by.User.Event(kind, by.From, now)
	if i.Kind == ImportDevices {
		e = treeEvent(kind, by, i.ID, i.FileName, Node{Account: i.AccountID, Site: i.SiteID}, now)
	}
	e.AccountID, e.SubjectID, e.SubjectName = i.AccountID, i.ID, i.FileName
	return e.moved("good", "", strconv.Itoa(i.Good))
}

// An ImportLine is one line of a file: what it asks for and what is wrong with it so far.
type ImportLine[D any] struct {
	Line     int // in the file, from 1
	Draft    D
	Problems Problems
}

// An ImportRow is a row of an Import with what became of it.
type ImportRow[D any] struct {
	ImportLine[D]
	// MadeID is the invite or the device that was made of it, DoneAt when its turn was.
	MadeID string
	DoneAt time.Time
}

// columns are the headings that a file can have.
type columns struct {
	// known are their names in every language, reduced by letters, and the field each fills.
	known map[string]string
	// needed are those without which no line could be good, with their English headings.
	needed []column
}

type column struct{ field, heading string }

// letters reduces a heading or a word to its letters and digits, without accents and case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, Fold(s))
}

// readFile reads a file, UTF-8 with or without a mark at its beginning, RFC 4180 with commas, semicolons or tabs, as its
// heading shows, and gives each line's cells by field to read. Problems of the field "file" are about the file as a whole.
func readFile[D any](file []byte, heads columns, read func(l *ImportLine[D], cell map[string]string)) ([]ImportLine[D], error) {
	if len(file) > MaxImportBytes {
		return nil, wrongFile(Problem{Code: "file_large"})
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if !utf8.Valid(file) || bytes.ContainsRune(file, 0) {
		return nil, wrongFile(Problem{Code: "file_encoding"})
	}
	r := csv.NewReader(bytes.NewReader(file))
	r.Comma, r.FieldsPerRecord = delimiter(file), -1
	heading, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, wrongFile(Problem{Code: "file_empty"})
	}
	if err != nil {
		return nil, malformed(err)
	}
	fields, err := heads.read(heading)
	if err != nil {
		return nil, err
	}
	var lines []ImportLine[D]
	for {
		cells, err := r.Read()
		switch {
		case errors.Is(err, io.EOF) && len(lines) == 0:
			return nil, wrongFile(Problem{Code: "file_empty"})
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return nil, malformed(err)
		case strings.TrimSpace(strings.Join(cells, "")) == "":
			continue // an empty line of a spreadsheet
		case len(lines) == MaxImportRows:
			return nil, wrongFile(Problem{Code: "file_rows", Args: map[string]string{"Rows": strconv.Itoa(MaxImportRows)}})
		}
		l := ImportLine[D]{Problems: Problems{}}
		l.Line, _ = r.FieldPos(0)
		if len(cells) > len(fields) {
			l.Problems.Add("row", "row_columns")
		}
		cell := map[string]string{}
		for i, c := range cells[:min(len(cells), len(fields))] {
			cell[fields[i]] = strings.TrimSpace(c)
		}
		read(&l, cell)
		lines = append(lines, l)
	}
}

func wrongFile(p Problem) error { return Problems{"file": p} }

func malformed(err error) error {
	line := 1
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		line = wrong.StartLine
	}
	return wrongFile(Problem{Code: "file_csv", Args: map[string]string{"Line": strconv.Itoa(line)}})
}

// delimiter is the mark that stands most often between the headings.
func delimiter(file []byte) rune {
	first, _, _ := bytes.Cut(file, []byte("\n"))
	best, most := ',', bytes.Count(first, []byte(","))
	for _, mark := range []rune{';', '\t'} {
		if n := bytes.Count(first, []byte(string(mark))); n > most {
			best, most = mark, n
		}
	}
	return best
}

// read tells which field stands in which column. A heading that is not known is said: its cells would be lost without
// anybody noticing.
func (c columns) read(cells []string) ([]string, error) {
	fields := make([]string, len(cells))
	seen := map[string]bool{}
	for i, cell := range cells {
		field, known := c.known[letters(cell)]
		name, _ := ParseText(cell, 100)
		switch {
		case !known:
			return nil, wrongFile(Problem{Code: "file_column", Args: map[string]string{"Column": name}})
		case seen[field]:
			return nil, wrongFile(Problem{Code: "file_column_twice", Args: map[string]string{"Column": name}})
		}
		fields[i], seen[field] = field, true
	}
	for _, n := range c.needed {
		if !seen[n.field] {
			return nil, wrongFile(Problem{Code: "file_column_missing", Args: map[string]string{"Column": n.heading}})
		}
	}
	return fields, nil
}

// meaning turns a word of a cell into the value of a form's field, and leaves what it does not know as it is. A cell
// that holds marks alone is not an empty one: a tick would switch off what it was meant to switch on.
func meaning[T ~string](word T, known map[string]T) T {
	reduced := letters(string(word))
	if v, ok := known[reduced]; ok && (reduced != "" || word == "") {
		return v
	}
	return word
}

func brief(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:99]) + "…"
	}
	return s
}

// markRepeated finds lines whose value an earlier line of the file has already. value says false of a line that has none.
func markRepeated[D any](lines []ImportLine[D], field, code string, value func(D) (string, bool)) {
	first := map[string]int{}
	for i := range lines {
		v, ok := value(lines[i].Draft)
		if !ok {
			continue
		}
		if at, twice := first[v]; twice {
			lines[i].Problems.Add(field, code, "Line", strconv.Itoa(at))
			continue
		}
		first[v] = lines[i].Line
	}
}

// Refused turns the reason why a row cannot be made into problems of its line; other is said where the reason is none of
// its own.
func (l *ImportLine[D]) Refused(err error, other string) {
	var p Problems
	if !errors.As(err, &p) {
		l.Problems.Add("row", other)
		return
	}
	for field, problem := range p {
		if _, there := l.Problems[field]; !there {
			l.Problems[field] = problem
		}
	}
}
