package web

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/domain"
	"gatehouse/views"
)

// files is what differs between files of one kind and of another: where they are, what a row becomes. The doors are the
// same for all.
type files struct {
	kind  domain.ImportKind
	param string // of the address: a file's id
	// at is where the files are, for somebody who may bring them there.
	at func(*request) (filesAt, error)
	// check reads a file and keeps it with its report.
	check func(r *request, at filesAt, name string, file []byte) (domain.Import, error)
	// rows lists up to n rows behind a line: all, or only those that are wrong.
	rows func(r *request, at filesAt, id string, wrong bool, behind, n int) ([]views.ImportLine, error)
	// heads are those of the two columns of the report that the rows have of their own.
	heads func(*request) (what, where string)
}

// filesAt is one place of files.
type filesAt struct {
	views.ImportFiles
	site string // their site's id; empty for the account's
	page func(title string) views.Page
}

func (s *Server) newImport(f *files) func(*request) error {
	return func(r *request) error {
		at, err := f.at(r)
		if err != nil {
			return err
		}
		return s.showNewImport(r, http.StatusOK, at, nil)
	}
}

func (s *Server) showNewImport(r *request, status int, at filesAt, problems domain.Problems) error {
	return s.show(r, status, views.ImportNewPage(at.page(views.ImportTitle(r.ctx(), at.ImportFiles)), views.ImportNew{ImportFiles: at.ImportFiles, Problems: problems}))
}

// importTemplate is an empty file with the headings in the person's language.
func (s *Server) importTemplate(f *files) func(*request) error {
	return func(r *request) error {
		at, err := f.at(r)
		if err != nil {
			return err
		}
		var out bytes.Buffer
		out.WriteString("\ufeff") // spreadsheets take a file without it for another encoding
		w := csv.NewWriter(&out)
		w.UseCRLF = true
		var headings []string
		for _, c := range at.Columns {
			headings = append(headings, c.Label)
		}
		if err := w.Write(headings); err != nil {
			return err
		}
		w.Flush()
		r.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+string(f.kind)+`.csv"`)
		return r.Blob(http.StatusOK, "text/csv; charset=utf-8", out.Bytes())
	}
}

// createImport reads a file and keeps it with its report. Nothing is made by that (INV-14).
func (s *Server) createImport(f *files) func(*request) error {
	return func(r *request) error {
		at, err := f.at(r)
		if err != nil {
			return err
		}
		name, file, err := r.upload("file")
		var problems domain.Problems
		if err == nil {
			var i domain.Import
			if i, err = f.check(r, at, name, file); err == nil {
				return r.goTo(at.Base + "/" + i.ID)
			}
		}
		if errors.As(err, &problems) {
			return s.showNewImport(r, http.StatusUnprocessableEntity, at, problems)
		}
		return err
	}
}

// importOf is the file of the address, of this kind and in this place.
func (s *Server) importOf(r *request, f *files) (filesAt, domain.Import, error) {
	at, err := f.at(r)
	if err != nil {
		return at, domain.Import{}, err
	}
	i, err := s.store.Import(r.ctx(), r.by, r.Param(f.param))
	if err == nil && (i.Kind != f.kind || i.SiteID != at.site) {
		err = domain.ErrNotFound
	}
	return at, i, err
}

// importRows is how many rows a page of a report shows.
const importRows = 50

// showImport is the report about a file: what would become of each row, is becoming, or became.
func (s *Server) showImport(f *files) func(*request) error {
	return func(r *request) error {
		at, i, err := s.importOf(r, f)
		if err != nil {
			return err
		}
		v, err := f.report(r, at, i)
		if err != nil {
			return err
		}
		return s.show(r, http.StatusOK, views.ImportPage(at.page(views.ImportTitle(r.ctx(), at.ImportFiles)), v))
	}
}

// showProblems is the value of the filter for rows with problems.
const showProblems = "problems"

func (f *files) report(r *request, at filesAt, i domain.Import) (views.ImportReport, error) {
	v := views.ImportReport{ImportFiles: at.ImportFiles, Import: i, Query: views.ParseListQuery(at.Base+"/"+i.ID, r.Request().URL.Query(), "show")}
	v.What, v.Where = f.heads(r)
	v.Problems = v.Query.Has("show", showProblems)
	behind := 0
	if v.Query.After != "" {
		var err error
		if behind, err = strconv.Atoi(v.Query.After); err != nil || behind < 0 {
			return v, domain.ErrNotFound
		}
	}
	rows, err := f.rows(r, at, i.ID, v.Problems, behind, importRows+1)
	if err != nil {
		return v, err
	}
	v.Rows = rows[:min(len(rows), importRows)]
	v.Pager.Total = views.Total{N: i.Total}
	if v.Problems {
		v.Pager.Total.N = i.Bad() + i.Failed
	}
	if len(rows) > importRows {
		v.Pager.Next = views.ImportCursor(v.Rows[importRows-1])
	}
	return v, nil
}

// showImportProgress is how far an import is. When it is through, the browser goes to the report. Asking does not keep the
// session alive (polls).
func (s *Server) showImportProgress(f *files) func(*request) error {
	return func(r *request) error {
		at, i, err := s.importOf(r, f)
		if err != nil {
			return err
		}
		path := at.Base + "/" + url.PathEscape(i.ID)
		if r.fragment() == "" {
			return r.goTo(path)
		}
		if !i.Running() {
			r.Response().Header().Set("HX-Redirect", path)
			return r.NoContent(http.StatusOK)
		}
		return s.show(r, http.StatusOK, views.ImportProgressCard(views.ImportReport{ImportFiles: at.ImportFiles, Import: i}))
	}
}

// confirmImport lets the good rows be made.
func (s *Server) confirmImport(f *files) func(*request) error {
	return func(r *request) error {
		at, i, err := s.importOf(r, f)
		if err != nil {
			return err
		}
		if i, err = s.store.ConfirmImport(r.ctx(), r.by, i.ID); err != nil {
			return err
		}
		return r.goTo(at.Base + "/" + i.ID)
	}
}

// discardImport throws a file away that is not confirmed: it may hold names and addresses.
func (s *Server) discardImport(f *files) func(*request) error {
	return func(r *request) error {
		at, i, err := s.importOf(r, f)
		if err != nil {
			return err
		}
		if err := s.store.DiscardImport(r.ctx(), r.by, i.ID); err != nil {
			return err
		}
		return s.done(r, at.Back, views.Flash{Title: views.ImportDiscarded(r.ctx(), at.ImportFiles, strings.TrimSpace(i.FileName))})
	}
}
