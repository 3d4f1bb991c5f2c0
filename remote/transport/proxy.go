package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"trustdeck/model"
	"trustdeck/model/display"
)

// proxyVariables are those that say which proxy serves what.
const proxyVariables = "HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment"

// proxyFor is the proxy that the environment names. What stays on this machine takes
// none, however its name is written.
func proxyFor(u *url.URL) (*url.URL, error) {
	if Loopback(u.Hostname()) {
		return nil, nil //nolint:nilnil // no proxy is no error
	}
	return http.ProxyFromEnvironment(&http.Request{URL: u})
}

// A proxyRefusal is the answer of a proxy that does not connect.
type proxyRefusal struct{ status int }

func (r proxyRefusal) Error() string { return fmt.Sprintf("the proxy answered %d", r.status) }

// proxyAnswer keeps the status of such an answer, and nothing else that it says.
func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return proxyRefusal{resp.StatusCode}
	}
	return nil
}

// atProxy reports whether it is a proxy that a request failed at.
func atProxy(err error) bool {
	var refusal proxyRefusal
	var op *net.OpError
	return errors.As(err, &refusal) || errors.As(err, &op) && (op.Op == "proxyconnect" || op.Op == "socks connect")
}

// proxyFault names what went wrong at the proxy on the way to a URL. The address of a
// proxy may hold a password: only its host is told.
func (c *Client) proxyFault(proxy, at *url.URL, err error) *model.Fault {
	f := &model.Fault{Kind: model.FaultUnreachable, Subject: "the proxy " + display.Strip(proxy.Host, 100), Err: err}
	target := display.Strip(at.Host, 100)
	var refusal proxyRefusal
	var dns *net.DNSError
	switch {
	case errors.As(err, &refusal) && refusal.status == http.StatusProxyAuthRequired:
		f.Text = "it requires authentication, and refused the credentials (407)"
		f.Hint = "set its user and password in the proxy's URL: " + proxyVariables
	case errors.As(err, &refusal):
		f.Text = fmt.Sprintf("it did not connect to %s (%d)", target, refusal.status)
		f.Hint = "check the server's name and port; ask the proxy's operator to allow it, or add it to NO_PROXY"
	case notTLS(err):
		f.Kind, f.Text = model.FaultTLS, "it does not speak TLS on this port"
		f.Hint = "write http:// before its host: " + proxyVariables
	case isTLS(err):
		f.Kind, f.Text = model.FaultTLS, tlsText(err, "it", "its")
		f.Hint = c.tlsHint(err, display.Strip(proxy.Host, 100))
	case errors.As(err, &dns):
		f.Text = fmt.Sprintf("the name %s could not be resolved", display.Strip(dns.Name, 100))
		f.Hint = "check " + proxyVariables
	default:
		f.Text = fmt.Sprintf("it did not connect to %s: %s", target, display.Strip(lastPart(err).Error(), 200))
		f.Hint = "check that it runs, and " + proxyVariables
	}
	return f
}
