package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"

	"trustdeck/model"
)

// wrongScheme finds out whether a request failed because it went without TLS to a port
// where TLS is spoken. Servers say so in many ways: with a status of 400, with bytes
// that are no HTTP, or by closing the connection. Only the port itself can tell.
func (c *Client) wrongScheme(ctx context.Context, req *http.Request, resp *http.Response, err error) *model.Fault {
	asked := req.URL
	switch {
	case err == nil && resp.StatusCode == http.StatusBadRequest && !strings.Contains(resp.Header.Get("Content-Type"), "json"):
		asked = resp.Request.URL
	case err == nil, ctx.Err() != nil, explained(err):
		return nil
	default:
		asked = failing(err, asked)
	}
	if asked.Scheme != "http" || !c.origins.speaksTLS(ctx, asked) {
		return nil
	}
	secure := url.URL{Scheme: "https", Host: HostPort(asked)}
	f := &model.Fault{
		Kind: model.FaultTLS, Subject: asked.Host, Err: err,
		Text: "the server uses TLS on this port, but the request didn't",
		Hint: "the operator of " + c.cfg.Base.Host + ", which refers to this address, must use https:// for it",
	}
	if originOf(asked) == originOf(c.cfg.Base) {
		secure.Path = c.cfg.Base.Path
		f.Hint = "use https for the server: " + secure.String()
	}
	return f
}

// explained reports whether an error has another reason than that TLS is missing.
func explained(err error) bool {
	var fault *model.Fault
	var dns *net.DNSError
	return errors.As(err, &fault) || errors.As(err, &dns) || errors.Is(err, syscall.ECONNREFUSED) || known(err) != nil || atProxy(err)
}

// speaksTLS asks the port of a URL for a handshake, and sends nothing of anybody's.
// A certificate that is not trusted is one, too.
func (o *origins) speaksTLS(ctx context.Context, u *url.URL) bool {
	secure := &url.URL{Scheme: "https", Host: HostPort(u), Path: "/"}
	t, err := o.newTransport(secure)
	if err != nil {
		return false
	}
	defer t.CloseIdleConnections()
	var spoke atomic.Bool
	t.TLSClientConfig = onlyAuthorities(t.TLSClientConfig)
	t.TLSClientConfig.VerifyConnection = func(tls.ConnectionState) error {
		spoke.Store(true)
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, secure.String(), nil)
	if err != nil {
		return false
	}
	resp, err := t.RoundTrip(req)
	if err == nil {
		_ = resp.Body.Close() // a HEAD has none
	}
	return spoke.Load() || isTLS(err) && !atProxy(err)
}

// isTLS reports whether a handshake was begun and failed: the other end speaks TLS.
func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	return errors.As(err, &verify) || alertIn(err) != nil
}

// alertIn is the alert with which the other end has ended a handshake; nil where it
// sent none.
func alertIn(err error) error {
	for ; err != nil; err = errors.Unwrap(err) {
		if op, ok := err.(*net.OpError); ok && op.Op == "remote error" { //nolint:errorlint // the chain is walked here
			return op.Err
		}
	}
	return nil
}
