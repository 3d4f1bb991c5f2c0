package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// An origin is what secrets and certificates belong to: a scheme, a host and a port
// (RFC 6454). Another port of a host is another origin.
type origin struct{ scheme, hostport string }

func originOf(u *url.URL) origin {
	return origin{strings.ToLower(u.Scheme), strings.ToLower(HostPort(u))}
}

// HostPort is the host of a URL with its port, which a URL may leave out.
func HostPort(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case strings.EqualFold(u.Scheme, "http"):
		port = "80"
	default:
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// confidential reports whether nobody on the way reads what is sent to a URL: it
// goes over TLS, or stays on this machine.
func confidential(u *url.URL) bool {
	return strings.EqualFold(u.Scheme, "https") || Loopback(u.Hostname())
}

// Loopback reports whether a name or address without a port is that of this very
// machine. It looks nothing up.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// maxOrigins is how many origins keep their connections: a hostile server may name
// ever new ones.
const maxOrigins = 16

// origins carries requests, those to each origin through a transport of its own. What
// was given for one origin, such as a client certificate, then serves no other one,
// and holds behind a proxy as it does without.
type origins struct {
	server   *url.URL
	settings func(hostport string) (*tls.Config, error)
	parallel int
	dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	// proxy returns the proxy for a URL; nil where there is none.
	proxy func(*url.URL) (*url.URL, error)

	mu         sync.Mutex
	transports map[origin]*http.Transport
}

func newOrigins(cfg Config) *origins {
	return &origins{
		server: cfg.Base, settings: cfg.TLS, parallel: cfg.Parallel, proxy: proxyFor,
		dial:       (&net.Dialer{Timeout: connectTimeout}).DialContext,
		transports: map[origin]*http.Transport{},
	}
}

// RoundTrip sends one request.
func (o *origins) RoundTrip(req *http.Request) (*http.Response, error) {
	t, err := o.transport(req.URL)
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // it was not read
		}
		return nil, err
	}
	resp, err := t.RoundTrip(req)
	if err != nil && isTLS(err) {
		// The settings are read again for the next request: they may be mended.
		o.forget(originOf(req.URL), t)
	}
	return resp, err
}

// CloseIdleConnections closes those of all origins.
func (o *origins) CloseIdleConnections() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range o.transports {
		t.CloseIdleConnections()
	}
}

func (o *origins) forget(at origin, t *http.Transport) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.transports[at] == t {
		delete(o.transports, at)
	}
	t.CloseIdleConnections()
}

// transport returns the one that belongs to the origin of a URL.
func (o *origins) transport(u *url.URL) (*http.Transport, error) {
	at := originOf(u)
	o.mu.Lock()
	defer o.mu.Unlock()
	if t, ok := o.transports[at]; ok {
		return t, nil
	}
	t, err := o.newTransport(u)
	if err != nil {
		return nil, err
	}
	if len(o.transports) >= maxOrigins {
		for other, old := range o.transports {
			if other != originOf(o.server) {
				old.CloseIdleConnections()
				delete(o.transports, other)
			}
		}
	}
	o.transports[at] = t
	return t, nil
}

// newTransport keeps connections alive for as many requests as run at once.
// Compression is off: a small answer could otherwise become an endless one.
func (o *origins) newTransport(u *url.URL) (*http.Transport, error) {
	proxy, err := o.proxy(u)
	if err != nil {
		// The reason may repeat the address of the proxy, which may hold a password.
		return nil, errBadProxy
	}
	t := &http.Transport{
		Proxy:                  http.ProxyURL(proxy),
		DialContext:            o.dial,
		TLSHandshakeTimeout:    connectTimeout,
		DisableCompression:     true,
		MaxIdleConns:           2 * o.parallel,
		MaxIdleConnsPerHost:    o.parallel,
		MaxConnsPerHost:        o.parallel,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: 64 << 10,
		OnProxyConnectResponse: proxyAnswer,
	}
	if strings.EqualFold(u.Scheme, "https") {
		if t.TLSClientConfig, err = o.config(u); err != nil {
			return nil, err
		}
	}
	if proxy != nil && proxy.Scheme == "https" {
		// net/http would show the proxy what is for the server alone.
		t.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			return o.dialProxy(ctx, proxy, network, addr)
		}
	}
	return t, nil
}

// config returns the TLS settings of an origin. One that has none of its own is met
// with the authorities of the server, as docker does, and with nothing else of it.
func (o *origins) config(u *url.URL) (*tls.Config, error) {
	var cfg *tls.Config
	if o.settings != nil {
		hostport, home := HostPort(u), originOf(u) == originOf(o.server)
		if home {
			// In its own spelling, by which folders are found.
			hostport = HostPort(o.server)
		}
		var err error
		if cfg, err = o.settings(hostport); err == nil && cfg == nil && !home {
			cfg, err = o.settings(HostPort(o.server))
			cfg = onlyAuthorities(cfg)
		}
		if err != nil {
			return nil, err
		}
	}
	if cfg == nil {
		cfg = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	cfg = cfg.Clone()
	cfg.MinVersion = max(cfg.MinVersion, tls.VersionTLS12)
	return cfg, nil
}

// onlyAuthorities leaves out what was given for one server: the client's certificate,
// and that the server's is not checked.
func onlyAuthorities(cfg *tls.Config) *tls.Config {
	if cfg == nil {
		return nil
	}
	return &tls.Config{RootCAs: cfg.RootCAs, MinVersion: cfg.MinVersion}
}

// dialProxy connects to a proxy that is itself reached over TLS.
func (o *origins) dialProxy(ctx context.Context, proxy *url.URL, network, addr string) (net.Conn, error) {
	cfg, err := o.config(proxy)
	if err != nil {
		return nil, err
	}
	if cfg.ServerName == "" {
		cfg.ServerName = proxy.Hostname()
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	raw, err := o.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // the handshake's error is the one to tell
		return nil, err
	}
	return conn, nil
}
