package web

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"gatehouse/domain"
)

// contentPolicy lets a page load from here and nowhere else, run no inline script and be framed by nobody.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headers stand on every answer, static files and failures included (HDR-04, HDR-05, TEN-16).
func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		if carriesToken(c.Path()) {
			h.Set("Referrer-Policy", "no-referrer")
		}
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "private, no-store")
		if s.config.BaseURL.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		return next(c)
	}
}

// carriesToken says that the address itself is a secret: it must not travel in a Referer or a log.
// The second step of a sign-in may lead back to such an address.
func carriesToken(path string) bool {
	return strings.Contains(path, ":token") || path == secondFactorPath || path == passkeySignInPath
}

// hosted refuses requests for another host (421). The probes of a load balancer name none of ours.
func (s *Server) hosted(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := c.Request().URL.Path
		if path == "/healthz" || path == "/readyz" || s.ours(c.Request().Host) {
			return next(c)
		}
		return echo.NewHTTPError(http.StatusMisdirectedRequest)
	}
}

func (s *Server) ours(host string) bool {
	if strings.EqualFold(host, s.config.BaseURL.Host) {
		return true
	}
	// On loopback, every name of it is the same machine.
	return isLoopback(s.config.BaseURL.Hostname()) && isLoopback(hostname(host)) && port(host) == s.config.BaseURL.Port()
}

// readable refuses what no page of ours sends (INP-08): another method than those of the route table (405), and an
// address that is no text or holds a NUL, on which a database would choke. No thing has such a name (404), no field
// such a value (400). Links are looked up by their hash and can be any garbage.
func (s *Server) readable(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost {
			c.Response().Header().Set(echo.HeaderAllow, "GET, HEAD, POST")
			return echo.NewHTTPError(http.StatusMethodNotAllowed)
		}
		if !isText(r.URL.Path) && !carriesToken(c.Path()) {
			return domain.ErrNotFound
		}
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return badRequest("the query cannot be read")
		}
		if err := allText(query); err != nil {
			return err
		}
		return next(c)
	}
}

func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}

func port(host string) string {
	_, p, err := net.SplitHostPort(host)
	if err != nil {
		return ""
	}
	return p
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

var errCrossOrigin = echo.NewHTTPError(http.StatusForbidden, "cross-origin request")

// crossOrigin lets a change through only from our own pages. It builds on http.CrossOriginProtection and is
// stricter in one point: a change that names neither Sec-Fetch-Site nor Origin is refused too (HDR-01, HDR-03).
// A form on a page that sends no referrer (headers) has the origin "null": there Sec-Fetch-Site must say that it is ours,
// which a page of somebody else, framed or not, cannot make a browser say.
func (s *Server) crossOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		r := c.Request()
		if safe(r.Method) {
			return next(c)
		}
		site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
		if site == "" && origin == "" || site == "none" {
			return errCrossOrigin
		}
		unnamed := origin == "null" && site == "same-origin"
		if origin != "" && !unnamed && !s.ourOrigin(origin) {
			return errCrossOrigin
		}
		if err := protection.Check(r); err != nil {
			return errCrossOrigin
		}
		return next(c)
	}
}

func (s *Server) ourOrigin(origin string) bool {
	scheme, host, ok := strings.Cut(origin, "://")
	return ok && scheme == s.config.BaseURL.Scheme && s.ours(host)
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// recovered turns a panic into a failure like any other: a 500 page for the person, the stack for the log.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			s.log.Error("panic", "request", requestID(c), "value", v, "stack", string(debug.Stack()))
			err = errPanic
		}()
		return next(c)
	}
}

var errPanic = errors.New("panic")

// logged gives the request its id and writes one line about it. The line names the door, not the address:
// addresses can hold tokens and what people typed (INV-15, INP-11).
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := newRequestID()
		c.Set(requestIDKey, id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		begin := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err) // answers now, so that the status below is the one sent
		}
		s.log.Info("request", "request", id, "method", c.Request().Method, "door", c.Path(),
			"status", c.Response().Status, "ms", float64(time.Since(begin).Microseconds())/1000,
			"bytes", c.Response().Size, "from", c.RealIP())
		return nil
	}
}

// flooded slows one network address down. Counters that must survive a restart are in the store; this only keeps
// a flood from reaching it. IPv6 counts by /64.
func (s *Server) flooded() echo.MiddlewareFunc {
	limits := &flood{each: rate.Limit(s.config.Flood), burst: int(4 * s.config.Flood), by: map[netip.Addr]*rate.Limiter{}}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if s.config.Flood > 0 && !isStatic(c) && !limits.allow(c.RealIP()) {
				c.Response().Header().Set("Retry-After", "1")
				return echo.NewHTTPError(http.StatusTooManyRequests)
			}
			return next(c)
		}
	}
}

type flood struct {
	mu    sync.Mutex
	each  rate.Limit
	burst int
	by    map[netip.Addr]*rate.Limiter
}

// maxFlooders bounds the table: past it everybody starts afresh, which forgets a flood for one burst at most.
const maxFlooders = 50_000

func (f *flood) allow(from string) bool {
	ip, err := netip.ParseAddr(from)
	if err != nil {
		return true
	}
	if ip.Is6() && !ip.Is4In6() {
		p, _ := ip.Prefix(64) // 64 bits always fit an IPv6 address
		ip = p.Addr()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.by[ip]
	if l == nil {
		if len(f.by) >= maxFlooders {
			clear(f.by)
		}
		l = rate.NewLimiter(f.each, f.burst)
		f.by[ip] = l
	}
	return l.Allow()
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
