package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/domain"
)

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
