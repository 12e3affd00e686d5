package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// errSignIn: the door is for people who are signed in.
var errSignIn = errors.New("sign in first")

// statuses is the whole table of failures and their answers; what is not in it is a 500.
var statuses = []struct {
	is     error
	status int
}{
	{errCrossOrigin, http.StatusForbidden},
	{domain.ErrNotFound, http.StatusNotFound},
	{domain.ErrAccountSuspended, http.StatusForbidden},
	{domain.ErrMustEnrol, http.StatusForbidden},
	{domain.ErrNoMaster, http.StatusForbidden},
	{domain.ErrForbidden, http.StatusForbidden},
	{domain.ErrStale, http.StatusConflict},
	{domain.ErrTooMany, http.StatusTooManyRequests},
	{store.ErrUnavailable, http.StatusServiceUnavailable},
}

// statusGone is what the log says of a request whose sender did not wait for the answer: nothing was changed, nothing is
// wrong and nobody reads it. No standard has a number for it; nginx and those who followed it write this one.
const statusGone = 499

func statusOf(err error) int {
	var problems domain.Problems
	if errors.As(err, &problems) {
		return http.StatusUnprocessableEntity
	}
	for _, row := range statuses {
		if errors.Is(err, row.is) {
			return row.status
		}
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		return he.Code
	}
	return http.StatusInternalServerError
}

// fail is the one place where a failure becomes an answer; echo calls it. Handlers return errors and write none.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		c.Response().WriteHeader(statusGone)
		return
	}
	r := s.requestOf(c)
	s.deny(r, err)
	if errors.Is(err, errSignIn) {
		err = r.askToSignIn()
	} else if err = s.explain(r, err); err != nil {
		err = s.explain(r, err) // what kept the page from being made is a failure itself, and its page needs nothing
	}
	if err != nil {
		s.log.Error("cannot answer", "request", requestID(c), "error", err)
		if !c.Response().Committed {
			c.Response().WriteHeader(http.StatusInternalServerError)
		}
	}
}

// explain shows a failure. What an unknown error says goes to the log and never to the person.
func (s *Server) explain(r *request, failure error) error {
	status, h := statusOf(failure), r.Response().Header()
	if status >= http.StatusInternalServerError {
		s.log.Error("failed", "request", requestID(r), "door", r.Path(), "error", failure)
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		h.Set("Retry-After", strconv.Itoa(int(waitOf(failure).Seconds())))
	}
	if r.Request().Method == http.MethodHead {
		return r.NoContent(status)
	}
	if r.fragment() == "" {
		return s.show(r, status, s.failurePage(r, status, failure))
	}
	// A script asked: nothing on the page changes, and what went wrong is told beside it.
	h.Set("HX-Reswap", "none")
	var refusal *domain.Refusal
	if !errors.As(failure, &refusal) {
		return r.NoContent(status)
	}
	f := views.Flash{Failed: true, Title: views.RefusalText(r.ctx(), refusal)}
	return r.render(status, views.FlashOut(f))
}

func (s *Server) failurePage(r *request, status int, failure error) templ.Component {
	if status >= http.StatusInternalServerError {
		return views.ServerError(views.Page{Theme: r.theme()}, requestID(r))
	}
	ctx, p := r.ctx(), r.page("")
	switch status {
	case http.StatusNotFound:
		return views.NotFound(ctx, p)
	case http.StatusForbidden:
		switch {
		case errors.Is(failure, domain.ErrAccountSuspended):
			return views.SuspendedAccount(ctx, p, r.by.Account)
		case errors.Is(failure, domain.ErrNoMaster):
			return views.NoMaster(ctx, p, r.by.Account)
		case errors.Is(failure, domain.ErrMustEnrol):
			return views.MustEnrol(p, r.by.Account.Name, r.passkeysHere())
		case errors.Is(failure, errCrossOrigin): // refused before anybody asked who it is
			return views.Refused(ctx, p, strconv.Itoa(status))
		}
		return views.Forbidden(ctx, p, "", views.RoleName(ctx, r.by.Role), r.by.Account.Name)
	case http.StatusConflict:
		why := ""
		var refusal *domain.Refusal
		if errors.As(failure, &refusal) {
			why = views.RefusalText(ctx, refusal)
		}
		return views.Stale(ctx, p, why, r.back())
	case http.StatusTooManyRequests:
		return views.TooMany(ctx, p, int(waitOf(failure).Round(time.Minute).Minutes()))
	}
	return views.Refused(ctx, p, strconv.Itoa(status))
}

// waitOf is after what time it is worth trying again, at least a second.
func waitOf(err error) time.Duration {
	var wait *domain.Wait
	if errors.As(err, &wait) {
		return max(wait.For, time.Second)
	}
	return time.Second
}

// back is a page of ours to return to: the one the person came from, else the start.
func (r *request) back() string {
	if u, err := url.Parse(r.Request().Referer()); err == nil {
		if to, ok := ownPath(u.RequestURI()); ok && u.Host == r.Request().Host {
			return to
		}
	}
	return "/"
}

// askToSignIn sends people to the sign-in page, and back afterwards if they were reading.
func (r *request) askToSignIn() error {
	if r.Request().Header.Get("HX-Request") == "true" {
		r.Response().Header().Set("HX-Redirect", "/sign-in")
		return r.NoContent(http.StatusUnauthorized)
	}
	to := "/sign-in"
	if safe(r.Request().Method) && r.Request().URL.Path != "/" {
		to += "?next=" + url.QueryEscape(r.Request().URL.RequestURI())
	}
	return r.goTo(to)
}
