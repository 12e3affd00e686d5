package web

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// A download is a file on its way to the browser, row by row: a list of any length needs no memory.
type download struct {
	r      *request
	name   string // "users"
	ending string // ".csv"
	kind   string // its media type
	begun  bool
	rows   int
}

// As long as rows flow, the file may take as long as it takes: every so many of them move the server's deadline on.
const (
	rowsPerDeadline = 500
	rowsDeadline    = time.Minute
)

// begin sends the head of the answer. Nothing is sent before the first row, so that a list that cannot be read is a
// failure as any other.
func (d *download) begin() {
	d.begun = true
	h := d.r.Response().Header()
	h.Set(echo.HeaderContentType, d.kind)
	// Slugs and days hold nothing that would have to be quoted.
	file := d.r.by.Account.Slug + "-" + d.name + "-" + d.r.server.store.Now().In(d.r.by.User.Zone()).Format("2006-01-02") + d.ending
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+file+`"`)
	d.r.Response().WriteHeader(http.StatusOK)
}

// next is told before each row.
func (d *download) next() error {
	if d.rows%rowsPerDeadline == 0 {
		err := http.NewResponseController(d.r.Response()).SetWriteDeadline(time.Now().Add(rowsDeadline))
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	d.rows++
	return nil
}

// cut ends a file that failed: when that comes after a part is sent, the connection is cut, so that nobody takes a part
// for the whole.
func (d *download) cut(err error) error {
	if err == nil || !d.begun {
		return err
	}
	d.r.server.log.Error("export cut off", "request", requestID(d.r), "error", err)
	panic(http.ErrAbortHandler)
}

// A sheet is a download for spreadsheets.
type sheet struct {
	download
	heads []string
	out   *csv.Writer
}

// sheet begins a file.
func (r *request) sheet(name string, heads ...string) *sheet {
	return &sheet{download: download{r: r, name: name, ending: ".csv", kind: "text/csv; charset=utf-8"}, heads: heads}
}

func (s *sheet) begin() error {
	if s.begun {
		return nil
	}
	s.download.begin()
	if _, err := s.r.Response().Write([]byte("\ufeff")); err != nil { // spreadsheets take a file without it for another encoding
		return err
	}
	s.out = csv.NewWriter(s.r.Response())
	s.out.UseCRLF = true
	return s.out.Write(s.heads)
}

// row sends one row.
func (s *sheet) row(cells ...string) error {
	if err := errors.Join(s.begin(), s.next()); err != nil {
		return err
	}
	for i, c := range cells {
		cells[i] = inert(c)
	}
	return s.out.Write(cells)
}

// end sends what is left. err is what the rows came to.
func (s *sheet) end(err error) error {
	if err == nil {
		if err = s.begin(); err == nil {
			s.out.Flush()
			err = s.out.Error()
		}
	}
	return s.cut(err)
}

// lines is a download of one JSON value in each line.
type lines struct{ download }

func (r *request) lines(name string) *lines {
	return &lines{download{r: r, name: name, ending: ".jsonl", kind: "application/x-ndjson; charset=utf-8"}}
}

// row sends one value.
func (l *lines) row(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if !l.begun {
		l.begin()
	}
	if err := l.next(); err != nil {
		return err
	}
	_, err = l.r.Response().Write(append(text, '\n'))
	return err
}

// end is the end of the file. err is what the rows came to.
func (l *lines) end(err error) error {
	if err == nil && !l.begun {
		l.begin()
	}
	return l.cut(err)
}

// inert keeps a spreadsheet from running a cell as a formula: what begins like one, in full width too, begins with an
// apostrophe instead (INP-03).
func inert(cell string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " "))
	if strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", first) {
		return "'" + cell
	}
	return cell
}
