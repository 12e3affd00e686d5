package web

import (
	"encoding/csv"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// A sheet is a table on its way to the browser as a file, row by row: a list of any length needs no memory.
type sheet struct {
	r     *request
	name  string
	heads []string
	out   *csv.Writer
	rows  int
}

// As long as rows flow, the file may take as long as it takes: every so many of them move the server's deadline on.
const (
	rowsPerDeadline = 500
	rowsDeadline    = time.Minute
)

// sheet begins a file. Nothing is sent before the first row, so that a list that cannot be read is a failure as any other.
func (r *request) sheet(name string, heads ...string) *sheet {
	return &sheet{r: r, name: name, heads: heads}
}

func (s *sheet) begin() error {
	if s.out != nil {
		return nil
	}
	h := s.r.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	// Slugs and days hold nothing that would have to be quoted.
	file := s.r.by.Account.Slug + "-" + s.name + "-" + s.r.server.store.Now().In(s.r.by.User.Zone()).Format("2006-01-02") + ".csv"
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+file+`"`)
	s.r.Response().WriteHeader(http.StatusOK)
	if _, err := s.r.Response().Write([]byte("\ufeff")); err != nil { // spreadsheets take a file without it for another encoding
		return err
	}
	s.out = csv.NewWriter(s.r.Response())
	s.out.UseCRLF = true
	return s.out.Write(s.heads)
}

// row sends one row.
func (s *sheet) row(cells ...string) error {
	if err := s.begin(); err != nil {
		return err
	}
	if s.rows%rowsPerDeadline == 0 {
		err := http.NewResponseController(s.r.Response()).SetWriteDeadline(time.Now().Add(rowsDeadline))
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	s.rows++
	for i, c := range cells {
		cells[i] = inert(c)
	}
	return s.out.Write(cells)
}

// end sends what is left. err is what the rows came to: when it comes after a part is sent, the connection is cut, so
// that nobody takes a part for the whole.
func (s *sheet) end(err error) error {
	if err == nil {
		if err = s.begin(); err == nil {
			s.out.Flush()
			err = s.out.Error()
		}
	}
	if err == nil || s.out == nil {
		return err
	}
	s.r.server.log.Error("export cut off", "request", requestID(s.r), "error", err)
	panic(http.ErrAbortHandler)
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
