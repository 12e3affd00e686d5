package web

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"gatehouse/domain"
)

// maxForm is the largest form read, in bytes.
const maxForm = 1 << 20

// bind fills a Draft, a struct of strings, from the body of a form. Only the body counts: a parameter in the
// address can never stand in for a field (INP-09). A field given twice, a body that is not a form, one that is too
// large or compressed is refused; a field that the Draft does not have is ignored (AUTH-24).
func (r *request) bind(draft any) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	return fill(draft, form)
}

// bindQuery is bind for what a form asks by GET: from the address.
func (r *request) bindQuery(draft any) error { return fill(draft, r.Request().URL.Query()) }

func fill(draft any, form url.Values) error {
	v := reflect.ValueOf(draft).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("form")
		given := form[name]
		switch field := v.Field(i).Addr().Interface().(type) {
		case *string:
			if len(given) > 1 {
				return badRequest("the field " + name + " stands twice")
			}
			if len(given) == 1 {
				*field = given[0]
			}
		case *[]string:
			*field = given
		default:
			return fmt.Errorf("bind: %s of %T is neither string nor []string", v.Type().Field(i).Name, draft)
		}
	}
	return nil
}

// form is the body's fields.
func (r *request) form() (url.Values, error) {
	req := r.Request()
	if req.Header.Get("Content-Encoding") != "" {
		return nil, echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || kind != echo.MIMEApplicationForm && kind != echo.MIMEMultipartForm {
		if req.ContentLength == 0 {
			return url.Values{}, nil
		}
		return nil, echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	if req.MultipartForm == nil && req.PostForm == nil {
		req.Body = http.MaxBytesReader(r.Response(), req.Body, maxForm)
	}
	if kind == echo.MIMEMultipartForm {
		err = req.ParseMultipartForm(maxForm)
	} else {
		err = req.ParseForm()
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	case err != nil:
		// Also when some of it was read: half a form is not what anybody meant to send.
		return nil, badRequest("the form cannot be read")
	}
	return req.PostForm, allText(req.PostForm)
}

// allText refuses fields that are no text (INP-08): invalid UTF-8 and NUL, which PostgreSQL takes for neither.
func allText(form url.Values) error {
	for name, given := range form {
		if !isText(name) || slices.ContainsFunc(given, func(v string) bool { return !isText(v) }) {
			return badRequest("a field is no text")
		}
	}
	return nil
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// query reads one parameter of the address; given twice it is refused.
func (r *request) query(name string) (string, error) {
	all := r.Request().URL.Query()[name]
	if len(all) > 1 {
		return "", badRequest("the parameter " + name + " stands twice")
	}
	return strings.Join(all, ""), nil
}

func badRequest(why string) error { return echo.NewHTTPError(http.StatusBadRequest, why) }

// problemsOf takes the problems of a form out of a failure; any other failure stays one.
func problemsOf(err error) (domain.Problems, error) {
	var problems domain.Problems
	if errors.As(err, &problems) {
		return problems, nil
	}
	return nil, err
}
