package web

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/domain"
	"gatehouse/views"
)

// newImport is the page on which a file of invites is chosen.
func (s *Server) newImport(r *request) error { return s.showNewImport(r, http.StatusOK, nil) }

func (s *Server) showNewImport(r *request, status int, problems domain.Problems) error {
	v := views.InviteImportNew{By: r.by, Base: r.account(inviteList.path), Problems: problems}
	return s.show(r, status, views.InviteImportNewPage(r.inviteFrame(views.T(r.ctx(), "invites.import.title")), v))
}

// importTemplate is an empty file with the headings in the person's language.
func (s *Server) importTemplate(r *request) error {
	var out bytes.Buffer
	out.WriteString("\ufeff") // spreadsheets take a file without it for another encoding
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	var headings []string
	for _, f := range views.ImportFields {
		headings = append(headings, views.ImportColumn(r.ctx(), f.Name))
	}
	if err := w.Write(headings); err != nil {
		return err
	}
	w.Flush()
	r.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="invites.csv"`)
	return r.Blob(http.StatusOK, "text/csv; charset=utf-8", out.Bytes())
}

// createImport reads a file and keeps it with its report. Nobody is invited by that (INV-14).
func (s *Server) createImport(r *request) error {
	name, file, err := r.upload("file")
	var problems domain.Problems
	if err == nil {
		var i domain.Import
		if i, err = s.store.PrepareImport(r.ctx(), r.by, name, file); err == nil {
			return r.goTo(r.account(inviteList.path) + "/imports/" + i.ID)
		}
	}
	if errors.As(err, &problems) {
		return s.showNewImport(r, http.StatusUnprocessableEntity, problems)
	}
	return err
}

// maxUpload is the largest body read of a form with a file, in bytes. A file beyond domain.MaxImportBytes is read past, so
// that a browser gets to hear why it was refused; what is larger still is cut off.
const maxUpload = 4 * domain.MaxImportBytes

// maxAround is how much is read of all that is no file before one gives up, in bytes: a part's head is held in memory.
const maxAround = 64 << 10

// A sparing reader reads no more than it has left, and then fails as http.MaxBytesReader does.
type sparing struct {
	from io.Reader
	left int64
}

func (s *sparing) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, &http.MaxBytesError{Limit: maxAround}
	}
	n, err := s.from.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	return n, err
}

// upload is the file of a form field, held in memory: at most domain.MaxImportBytes of it. Trouble with the file
// are domain.Problems of the field; a body that is no form with a file is refused as it stands (DOS-02).
func (r *request) upload(field string) (name string, file []byte, err error) {
	req := r.Request()
	kind, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || kind != echo.MIMEMultipartForm || params["boundary"] == "" || req.Header.Get("Content-Encoding") != "" {
		return "", nil, echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	if req.ContentLength > maxUpload {
		return "", nil, echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	req.Body = http.MaxBytesReader(r.Response(), req.Body, maxUpload)
	body := &sparing{from: req.Body}
	parts := multipart.NewReader(body, params["boundary"])
	found := false
	for {
		body.left = maxAround
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", nil, cutOff(err)
		}
		if part.FormName() != field {
			continue // it is skipped with the next part
		}
		if found {
			return "", nil, badRequest("the field " + field + " stands twice")
		}
		found, name = true, part.FileName()
		body.left = maxUpload
		if file, err = io.ReadAll(io.LimitReader(part, domain.MaxImportBytes+1)); err != nil {
			return "", nil, cutOff(err)
		}
		if _, err := io.Copy(io.Discard, part); err != nil {
			return "", nil, cutOff(err)
		}
	}
	if name == "" {
		return "", nil, domain.Problems{field: {Code: "required"}}
	}
	return name, file, nil
}

// cutOff tells a body that is too large from one that is broken.
func cutOff(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	return badRequest("the form cannot be read")
}

// importRows is how many rows a page of a report shows.
const importRows = 50

// showImport is the report about a file: what would become of each row, is becoming, or became.
func (s *Server) showImport(r *request) error {
	i, err := s.store.Import(r.ctx(), r.by, r.Param("import"))
	if err != nil {
		return err
	}
	v, err := s.importReport(r, i)
	if err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.InviteImportPage(r.inviteFrame(views.T(r.ctx(), "invites.import.title")), v))
}

// showProblems is the value of the filter for rows with problems.
const showProblems = "problems"

func (s *Server) importReport(r *request, i domain.Import) (views.InviteImport, error) {
	base := r.account(inviteList.path)
	v := views.InviteImport{In: r.by.Account, Import: i, Base: base, Query: views.ParseListQuery(base+"/imports/"+i.ID, r.Request().URL.Query(), "show")}
	v.Problems = v.Query.Has("show", showProblems)
	behind := 0
	if v.Query.After != "" {
		var err error
		if behind, err = strconv.Atoi(v.Query.After); err != nil || behind < 0 {
			return v, domain.ErrNotFound
		}
	}
	rows, err := s.store.ImportRows(r.ctx(), r.by, i.ID, v.Problems, behind, importRows+1)
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
func (s *Server) showImportProgress(r *request) error {
	i, err := s.store.Import(r.ctx(), r.by, r.Param("import"))
	if err != nil {
		return err
	}
	path := r.account(inviteList.path) + "/imports/" + url.PathEscape(i.ID)
	if r.fragment() == "" {
		return r.goTo(path)
	}
	if !i.Running() {
		r.Response().Header().Set("HX-Redirect", path)
		return r.NoContent(http.StatusOK)
	}
	return s.show(r, http.StatusOK, views.InviteImportProgress(views.InviteImport{In: r.by.Account, Import: i, Base: r.account(inviteList.path)}))
}

// confirmImport lets the good rows go out.
func (s *Server) confirmImport(r *request) error {
	i, err := s.store.ConfirmImport(r.ctx(), r.by, r.Param("import"))
	if err != nil {
		return err
	}
	return r.goTo(r.account(inviteList.path) + "/imports/" + i.ID)
}

// discardImport throws a file away that is not confirmed: it holds names and addresses.
func (s *Server) discardImport(r *request) error {
	i, err := s.store.Import(r.ctx(), r.by, r.Param("import"))
	if err != nil {
		return err
	}
	if err := s.store.DiscardImport(r.ctx(), r.by, i.ID); err != nil {
		return err
	}
	name := strings.TrimSpace(i.FileName)
	return s.done(r, r.account(inviteList.path), views.Flash{Title: views.T(r.ctx(), "invites.flash-discarded", "File", name)})
}
