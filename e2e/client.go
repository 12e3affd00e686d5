package e2e

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Client is somebody at a browser without a screen: for what is asked many times, or while the server falls over.
type Client struct {
	t    testing.TB
	base string
	http *http.Client
}

// Answer is what the server said, or why it said nothing.
type Answer struct {
	Status   int // 0 when there was no answer
	Location string
	Header   http.Header
	Body     string
	Err      error

	t    testing.TB
	what string
}

// Client gives somebody a client of this server, with cookies of their own. It follows no redirects.
func (s *Server) Client(t testing.TB) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{t: t, base: s.URL, http: &http.Client{
		Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// SignIn signs in at the front door.
func (c *Client) SignIn(email, password string) {
	c.t.Helper()
	c.Post("/sign-in", "email", email, "password", password).Want(http.StatusSeeOther)
}

// Get asks for a path.
func (c *Client) Get(path string) Answer { return c.do(http.MethodGet, path, nil) }

// Post sends a form of names and values by turns, from a page of the same server.
func (c *Client) Post(path string, form ...string) Answer {
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	return c.do(http.MethodPost, path, values)
}

func (c *Client) do(method, path string, form url.Values) Answer {
	a := Answer{t: c.t, what: method + " " + path}
	request, err := http.NewRequestWithContext(context.Background(), method, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.Err = err
		return a
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", c.base)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	response, err := c.http.Do(request)
	if err != nil {
		a.Err = err
		return a
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		a.Err = err
		return a
	}
	a.Status, a.Location, a.Header, a.Body = response.StatusCode, response.Header.Get("Location"), response.Header, string(body)
	return a
}

// Want fails the test unless the answer has that status.
func (a Answer) Want(status int) Answer {
	a.t.Helper()
	if a.Status != status {
		body := a.Body
		if len(body) > 2000 {
			body = body[:2000] + " …"
		}
		a.t.Fatalf("%s: %d (%v), want %d\n%s", a.what, a.Status, a.Err, status, body)
	}
	return a
}
