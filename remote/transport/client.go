package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
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
	// TLS for a host, given as host:port; nil uses the system's authorities.
	TLS func(hostport string) (*tls.Config, error)
	// Credentials are asked for when a server wants to know who asks; nil has
	// none.
	Credentials Credentials
	// Timeout of one request; 0 means DefaultTimeout.
	Timeout time.Duration
	// Parallel is the most requests under way at once; 0 means
	// DefaultParallel.
	Parallel int
	// UserAgent names this program to the server.
	UserAgent string
	// Log receives an event for each request; nil drops them. Events hold no
	// secrets and no queries.
	Log func(model.Event)
	// Now is the clock that tokens and events go by; nil is the machine's.
	Now func() time.Time
	// Advice is for the hints of faults.
	Advice Advice
}

// Advice tells users of one kind of server the way out of a fault.
type Advice struct {
	// Trust says how to have the certificates of a host trusted: "put its
	// authority into …".
	Trust func(host string) string
	// Login is added to the advice to log in: ", or set NOTARY_AUTH".
	Login string
}

// Client talks to one server. It is safe for concurrent use.
type Client struct {
	cfg     Config
	http    *http.Client
	slots   *semaphore.Weighted
	session *session
}

// New makes a client. It makes no request.
func New(cfg Config) *Client {
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = DefaultParallel
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Client{cfg: cfg, slots: semaphore.NewWeighted(int64(cfg.Parallel))}
	c.http = c.newHTTPClient()
	c.session = newSession(c)
	return c
}

// newHTTPClient keeps connections alive for as many requests as run at once.
// Compression is off: a small answer could otherwise become an endless one.
func (c *Client) newHTTPClient() *http.Client {
	dialer := &net.Dialer{Timeout: connectTimeout}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		DisableCompression:     true,
		MaxIdleConns:           2 * c.cfg.Parallel,
		MaxIdleConnsPerHost:    c.cfg.Parallel,
		MaxConnsPerHost:        c.cfg.Parallel,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: 64 << 10,
	}
	transport.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return c.dialTLS(ctx, dialer, network, addr)
	}
	return &http.Client{Transport: transport, CheckRedirect: checkRedirect}
}

// dialTLS connects with the settings of the very host that is dialled: the
// token server of a server may have another authority than that one.
func (c *Client) dialTLS(ctx context.Context, dialer *net.Dialer, network, addr string) (net.Conn, error) {
	var settings *tls.Config
	if c.cfg.TLS != nil {
		var err error
		if settings, err = c.cfg.TLS(addr); err != nil {
			return nil, err
		}
	}
	if settings == nil {
		settings = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	settings = settings.Clone()
	if settings.ServerName == "" {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, fmt.Errorf("address %q: %w", addr, err)
		}
		settings.ServerName = host
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	raw, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, settings)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // the handshake's error is the one to tell
		return nil, err
	}
	return conn, nil
}

var (
	errRedirects = errors.New("the server redirects in a circle or too often")
	errDowngrade = errors.New("the server redirects from https to http")
	errMoved     = errors.New("the server redirects what was to be written; nothing was sent on")
)

func checkRedirect(req *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet {
		return errMoved
	}
	if len(via) > maxRedirects {
		return errRedirects
	}
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return errDowngrade
	}
	return nil
}

// Plain reports whether the server is reached without TLS.
func (c *Client) Plain() bool { return c.cfg.Base.Scheme == "http" }

// Close drops the connections that are kept alive.
func (c *Client) Close() { c.http.CloseIdleConnections() }
