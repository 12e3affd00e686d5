// Package web asks: it turns requests into questions to the store and answers into pages.
//
// Here belong the doors (routes.go), who is asking (actor.go), how every page leaves (show.go), how every
// failure leaves (errors.go), sessions, and one thin handler per door. Here do not belong rules (domain),
// SQL (store), or HTML (views).
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"gatehouse/domain"
	"gatehouse/static"
	"gatehouse/store"
)

// Config is what a Server needs to know of where it runs.
type Config struct {
	// BaseURL is the address people use. Links, the host check and the cookie's flags follow it, never a header.
	BaseURL *url.URL
	// Dev opens the development mailbox on loopback.
	Dev bool
	// Mailed says whether messages leave: with SMTP, or into the development mailbox.
	Mailed bool
	// Proxies are the peers whose X-Forwarded-For is believed; none by default.
	Proxies []netip.Prefix
	// SessionAge is how long the session's cookie lives; the store ends the session itself.
	SessionAge time.Duration
	// Flood is how many requests a second one address may make, in bursts of four times as many; 0 is no limit.
	Flood float64
	// Logger hears of requests and failures.
	Logger *slog.Logger
}

// Server answers requests. It is an http.Handler.
type Server struct {
	store    *store.Store
	config   Config
	echo     *echo.Echo
	sessions *sessionStore
	log      *slog.Logger
	assets   http.Handler
}

// pageCompression is gzip's level for pages: it takes as long as level 1 and saves a tenth of a list; 4 takes half as long
// again.
const pageCompression = 3

// New makes a Server on an open store.
func New(st *store.Store, c Config) *Server {
	s := &Server{store: st, config: c, echo: echo.New(), log: c.Logger, assets: static.Handler()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.sessions = newSessionStore(st, c)
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.fail
	e.IPExtractor = ipExtractor(c.Proxies)
	e.SchemeExtractor = func(*http.Request) string { return c.BaseURL.Scheme }
	// The order matters: what is outermost sees everything, and nothing is read from a request before it is known to be for us.
	e.Use(
		s.logged,
		s.recovered,
		s.headers,
		s.hosted,
		s.flooded(),
		s.readable,
		s.crossOrigin,
		middleware.GzipWithConfig(middleware.GzipConfig{Level: pageCompression, MinLength: 1400, Skipper: isStatic}),
	)
	for _, route := range s.routes() {
		e.Add(route.Method, route.Path, s.door(route))
		if route.Method == get {
			e.Add(http.MethodHead, route.Path, s.door(route)) // net/http leaves the body out
		}
	}
	// Where there is no door, people are still told so as themselves.
	e.RouteNotFound("/*", s.door(Route{get, "/*", domain.Anyone, func(*request) error { return domain.ErrNotFound }}))
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Link is an absolute address for a mail or a page: always under BaseURL.
func (s *Server) Link(path string) string { return s.config.BaseURL.String() + path }

func isStatic(c echo.Context) bool { return c.Path() == "/static/*" }

// ipExtractor believes X-Forwarded-For from the named proxies only (HDR-08).
func ipExtractor(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(ipNet(p)))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

func (s *Server) healthz(r *request) error { return r.String(http.StatusOK, "ok\n") }

// readyz says whether this process can do its work: it answers 503 while the database does not.
func (s *Server) readyz(r *request) error {
	ctx, cancel := context.WithTimeout(r.ctx(), 2*time.Second)
	defer cancel()
	if err := s.store.Ready(ctx); err != nil {
		s.log.Warn("not ready", "error", err)
		r.Response().Header().Set("Retry-After", "1")
		return r.String(http.StatusServiceUnavailable, "the database does not answer\n")
	}
	return r.String(http.StatusOK, "ready\n")
}

func (s *Server) asset(r *request) error {
	s.assets.ServeHTTP(r.Response(), r.Request())
	return nil
}
