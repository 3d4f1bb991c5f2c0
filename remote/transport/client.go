package transport

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"trustdeck/model"
)

// Defaults of Config.
const (
	// DefaultTimeout bounds one request with its body. It is what ends a body
	// that comes drop by drop.
	DefaultTimeout = 30 * time.Second
	// DefaultParallel is the most requests under way at once.
	DefaultParallel = 16
	// DefaultTurn is far longer than a sound server takes for an answer.
	DefaultTurn = 2 * time.Second
	// connectTimeout bounds connecting and the TLS handshake, each.
	connectTimeout = 10 * time.Second
	// maxRedirects is how many redirects of one request are followed.
	maxRedirects = 5
)

// Config says how to reach a server.
type Config struct {
	// Base is where the server is, http or https. Requests to other hosts are
	// those for tokens, and those that the server redirects.
	Base *url.URL
	// TLS returns what was given for one host, named as host:port; nil where
	// nothing was. Such a host is met with the authorities of Base, and a Base
	// without settings with the system's. A client certificate, and leave not to
	// verify, serve only the host that they are returned for.
	TLS func(hostport string) (*tls.Config, error)
	// Credentials are asked for when a server wants to know who asks; nil has
	// none. They go to Base and to the token server that it names, over TLS or
	// to this machine.
	Credentials Credentials
	// Timeout of one request; 0 means DefaultTimeout.
	Timeout time.Duration
	// Parallel is the most requests under way at once; 0 means
	// DefaultParallel.
	Parallel int
	// Serial is the most of them that are Request.Serial; 0 means 1.
	Serial int
	// Turn is how long one of these keeps the next from being sent; 0 means DefaultTurn.
	Turn time.Duration
	// UserAgent names this program to the server.
	UserAgent string
	// Log receives an event for each request; nil drops them. Events hold no
	// secrets and no queries.
	Log func(model.Event)
	// Now is the clock that tokens and events go by; nil is the machine's.
	Now func() time.Time
	// After is the timer of the pauses before another try; nil is the machine's.
	After func(time.Duration) <-chan time.Time
	// Advice is for the hints of faults.
	Advice Advice
}

// Advice tells users of one kind of server the way out of a fault.
type Advice struct {
	// Trust says how to have the certificates of a host trusted: "put its
	// authority into …".
	Trust func(host string) string
	// Plain says how a server without TLS is reached, if at all.
	Plain string
	// Login is added to the advice to log in: ", or set NOTARY_AUTH".
	Login string
	// Start says how to log in where docker login cannot.
	Start string
	// Variable is that of the environment from which the login comes that is sent; empty
	// where it is docker's.
	Variable string
}

// Client talks to one server. It is safe for concurrent use.
type Client struct {
	cfg     Config
	origins *origins
	http    *http.Client
	slots   *semaphore.Weighted
	// turns are those of Request.Serial.
	turns   *semaphore.Weighted
	session *session
	// steady is true after an answer of the server, until it was waited for in vain.
	steady atomic.Bool
}

// New makes a client. It makes no request.
func New(cfg Config) *Client {
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = DefaultParallel
	}
	if cfg.Serial <= 0 {
		cfg.Serial = 1
	}
	if cfg.Turn <= 0 {
		cfg.Turn = DefaultTurn
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.After == nil {
		cfg.After = time.After
	}
	c := &Client{
		cfg: cfg, origins: newOrigins(cfg),
		slots: semaphore.NewWeighted(int64(cfg.Parallel)), turns: semaphore.NewWeighted(int64(cfg.Serial)),
	}
	c.http = &http.Client{Transport: c.origins, CheckRedirect: checkRedirect}
	c.session = newSession(c)
	return c
}

var (
	errRedirects = errors.New("the server redirects in a loop or too often")
	errDowngrade = errors.New("the server redirects from https to http")
	errMoved     = errors.New("the server redirects a write request; nothing was sent to the new address")
	errElsewhere = errors.New("the server redirects to an address that is not https or http")
	errBadProxy  = errors.New("the proxy from the environment cannot be used")
)

// checkRedirect decides whether a redirect is followed. Once it has led to another
// origin, the request goes on without what says who asks, even back home: what comes
// back may be aimed at anything.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet {
		return errMoved
	}
	if len(via) > maxRedirects {
		return errRedirects
	}
	switch req.URL.Scheme {
	case "https":
	case "http":
		if via[len(via)-1].URL.Scheme == "https" {
			return errDowngrade
		}
	default:
		return errElsewhere
	}
	// A login that the redirect brings along is nobody's here.
	req.URL.User = nil
	home := originOf(via[0].URL)
	for _, r := range slices.Concat(via, []*http.Request{req}) {
		if originOf(r.URL) != home {
			for _, name := range []string{"Authorization", "Cookie", "Referer"} {
				req.Header.Del(name)
			}
			break
		}
	}
	return nil
}

// Plain reports whether the server is reached without TLS.
func (c *Client) Plain() bool { return c.cfg.Base.Scheme == "http" }

// Close drops the connections that are kept alive.
func (c *Client) Close() { c.http.CloseIdleConnections() }
