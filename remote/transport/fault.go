package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"trustdeck/model"
	"trustdeck/model/display"
)

// maxErrorBody is how much of an error's body is read.
const maxErrorBody = 64 << 10

var errTimeout = errors.New("time-out")

// connectionFault names why there was no answer.
func (c *Client) connectionFault(ctx context.Context, subject string, err error) *model.Fault {
	f := &model.Fault{Kind: model.FaultUnreachable, Subject: subject, Err: err}
	var already *model.Fault
	switch {
	case errors.As(err, &already):
		return already
	case errors.Is(context.Cause(ctx), errTimeout):
		f.Text = fmt.Sprintf("no complete answer within %s", c.cfg.Timeout)
		f.Hint = "check the server and the network, or allow more time with --timeout"
		return f
	case ctx.Err() != nil:
		f.Kind, f.Text = model.FaultCanceled, "cancelled"
		return f
	case errors.Is(err, errBadProxy):
		f.Text, f.Hint = errBadProxy.Error(), "check "+proxyVariables
		return f
	}
	at := failing(err, c.cfg.Base)
	if proxy, perr := c.origins.proxy(at); perr == nil && proxy != nil && atProxy(err) {
		return c.proxyFault(proxy, at, err)
	}
	if host := display.Strip(at.Host, 100); host != c.cfg.Base.Host && !strings.Contains(subject, host) {
		f.Subject = host + ", to which " + c.cfg.Base.Host + " redirects"
	}
	c.explain(f, at, err)
	return f
}

// explain says what is wrong with the connection to a server, and the way out.
func (c *Client) explain(f *model.Fault, at *url.URL, err error) {
	var dns *net.DNSError
	switch {
	case known(err) != nil:
		f.Kind, f.Text = model.FaultBadData, known(err).Error()
		f.Hint = "check the server's URL; a proxy may be sending requests elsewhere"
	case notTLS(err):
		f.Kind, f.Text = model.FaultTLS, "the server does not speak TLS on this port"
		f.Hint = c.plainHint(at)
	case isTLS(err):
		f.Kind, f.Text = model.FaultTLS, tlsText(err, "the server", "the server's")
		f.Hint = c.tlsHint(err, display.Strip(at.Host, 100))
	case errors.As(err, &dns):
		f.Text = fmt.Sprintf("the name %s could not be resolved", display.Strip(dns.Name, 100))
		f.Hint = "check the server's name and the network"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		f.Text = "the connection was closed without an answer"
		f.Hint = "try again; if it keeps failing, check the server and the network in between"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Text = "the connection was refused"
		f.Hint = "check that the server is running and the port is right"
	default:
		f.Text = "the server could not be reached: " + display.Strip(lastPart(err).Error(), 200)
		f.Hint = "check the server and the network"
	}
}

// failing is the URL of the very request that failed, which after a redirect is
// another one than was asked for.
func failing(err error, asked *url.URL) *url.URL {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		if u, perr := url.Parse(wrapped.URL); perr == nil && u.Host != "" {
			return u
		}
	}
	return asked
}

// known is the reason why a redirect was not followed; nil where that is not why.
func known(err error) error {
	for _, k := range []error{errRedirects, errDowngrade, errMoved, errElsewhere} {
		if errors.Is(err, k) {
			return k
		}
	}
	return nil
}

// lastPart is the innermost cause, without the URL that net/http puts before
// it, which may hold more than should be shown.
func lastPart(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// notTLS reports whether the server was reached and does not speak TLS.
func notTLS(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch)
}

// plainHint is the way out where TLS is not spoken.
func (c *Client) plainHint(at *url.URL) string {
	if originOf(at) != originOf(c.cfg.Base) {
		return "the operator of " + c.cfg.Base.Host + ", which refers to this address, must correct it"
	}
	hint := "check the port"
	if c.cfg.Advice.Plain != "" {
		hint += "; " + c.cfg.Advice.Plain
	}
	return hint
}

// tlsHint is the way out of an error of the handshake: one of the authority is
// another than one of the certificate itself.
func (c *Client) tlsHint(err error, host string) string {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch {
	case errors.As(err, &name):
		return "use the server name in its certificate, or check that it is the right server"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "check this machine's clock; if it is right, ask the server's operator to renew the certificate"
	case alertIn(err) != nil || c.cfg.Advice.Trust == nil:
		return "check that it is the right server, and that you give it the client certificate it requires"
	default:
		return "if it is the right server, " + c.cfg.Advice.Trust(host)
	}
}

// tlsText explains an error of the handshake with a server or a proxy: who it is, and
// whose certificate it is.
func tlsText(err error, who, whose string) string {
	if alert := alertIn(err); alert != nil {
		return who + " ended the handshake (" + display.Strip(alert.Error(), 100) + "); it may require a client certificate"
	}
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	untrusted := whose + " certificate is not trusted: "
	switch {
	case errors.As(err, &unknown):
		return untrusted + "it is signed by an unknown authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return untrusted + "it has expired or is not valid yet"
	case errors.As(err, &host):
		return untrusted + "it is for another host"
	default:
		return untrusted + display.Strip(err.Error(), 200)
	}
}

// Refusal is one entry of an error body (notary-v1, 5.3), in the form that
// registries and Notary servers share. Code and Message are fit to be shown.
type Refusal struct {
	Code    string          `json:"code"`
	Message string          `json:"message"`
	Detail  json.RawMessage `json:"detail"`
}

// readError drains an error's body and returns what it says.
func readError(resp *http.Response) Refusal {
	defer closeBody(resp)
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return Refusal{}
	}
	return ParseRefusal(raw)
}

// ParseRefusal returns the first entry of an error body; empty where it says
// nothing in that form.
func ParseRefusal(raw []byte) Refusal {
	var body struct {
		Errors []Refusal `json:"errors"`
	}
	if json.Unmarshal(raw, &body) != nil || len(body.Errors) == 0 {
		return Refusal{}
	}
	e := body.Errors[0]
	e.Code, e.Message = display.Strip(e.Code, 60), display.Strip(e.Message, 300)
	return e
}

// Said is what the server gives as its reason, in one line to stand after what it
// is the reason for: empty, or ": " and the reason.
func (e Refusal) Said() string {
	text := e.Message
	var detail struct {
		Error struct{ Msg string }
	}
	if json.Unmarshal(e.Detail, &detail) == nil && detail.Error.Msg != "" {
		text += ": " + display.Strip(detail.Error.Msg, 300)
	}
	if e.Code != "" {
		text = strings.TrimSpace(text + " (" + e.Code + ")")
	}
	if text == "" {
		return ""
	}
	return ": " + text
}

// unauthorized names a refusal for want of the right credentials.
func (c *Client) unauthorized(r *Request, challenges []challenge, e Refusal, sent bool) *model.Fault {
	f := &model.Fault{Kind: model.FaultUnauthorized, Subject: r.subject(), Scope: r.Scope}
	if sent {
		f.Text = "the server does not accept the credentials for this" + e.Said()
	} else {
		f.Text = "the server requires authentication, but there are no credentials" + e.Said()
	}
	f.Hint = c.loginHint(r, challenges, sent)
	if scope := foreignScope(challenges, r.Scope); scope != "" {
		f.Text += "; it names the scope " + scope + ", for which trustdeck requests no token"
	}
	return f
}

// loginHint says how to log in, in a way that works with the server.
func (c *Client) loginHint(r *Request, challenges []challenge, sent bool) string {
	login, variable := "docker login "+r.Registry, c.cfg.Advice.Variable
	basic := slices.ContainsFunc(challenges, func(ch challenge) bool { return ch.scheme == "basic" })
	switch byDocker := basic || !r.NoRegistry; {
	case sent && variable != "" && byDocker:
		return "set an authorised account in " + variable + ", or unset it and log in: " + login
	case sent && variable != "":
		return "set an authorised account in " + variable
	case !byDocker && c.cfg.Advice.Start != "":
		return c.cfg.Advice.Start
	case sent:
		return "log in with an authorised account: " + login
	default:
		return "log in first: " + login + c.cfg.Advice.Login
	}
}

// foreignScope is a scope that the challenges name and that is not the wanted one;
// empty where there is none. The order of its actions does not matter.
func foreignScope(challenges []challenge, wanted string) string {
	for _, ch := range challenges {
		if scope := ch.params["scope"]; ch.scheme == "bearer" && scope != "" && sortedScope(scope) != sortedScope(wanted) {
			return display.Strip(scope, 300)
		}
	}
	return ""
}

func sortedScope(scope string) string {
	colon := strings.LastIndexByte(scope, ':') + 1
	actions := strings.Split(scope[colon:], ",")
	slices.Sort(actions)
	return scope[:colon] + strings.Join(actions, ",")
}

// tooPlain refuses to say who asks where everybody on the way can read it.
func (c *Client) tooPlain() *model.Fault {
	return &model.Fault{
		Kind: model.FaultUnauthorized, Subject: c.cfg.Base.Host,
		Text: "the server requires authentication but doesn't use TLS; credentials are not sent, because anyone on the network could read them",
		Hint: "use the server's https:// address; if it has none, ask its operator to set up TLS",
	}
}

// redirectedToLogin refuses to say who asks at an address that only a redirect names.
func (c *Client) redirectedToLogin(r *Request, at *url.URL) *model.Fault {
	to := display.Strip(at.Scheme+"://"+at.Host, 120)
	return &model.Fault{
		Kind: model.FaultUnauthorized, Subject: r.subject(), Scope: r.Scope,
		Text: "the server redirects to " + to + ", which requires authentication; credentials are not sent there",
		Hint: "if " + to + " is the right server, use it instead",
	}
}

// StatusFault names the statuses that mean the same whoever answers: 403, 429, 5xx,
// and those that are no answer at all. right says what the request takes: "read".
func StatusFault(r Request, a Answer, right string) *model.Fault {
	f := &model.Fault{Kind: model.FaultServer, Subject: r.subject()}
	said := ParseRefusal(a.Body).Said()
	switch code := a.Status; {
	case code == http.StatusForbidden:
		f.Kind, f.Scope = model.FaultUnauthorized, r.Scope
		f.Text = "the server forbids it (403)" + said
		f.Hint = "ask the server's administrator for permission to " + right
	case code == http.StatusProxyAuthRequired:
		f.Kind = model.FaultUnreachable
		f.Text = "the proxy requires authentication, and refused the credentials (407)"
		f.Hint = "set its user and password in the proxy's URL: " + proxyVariables
	case code == http.StatusTooManyRequests:
		f.Text = "the server is limiting requests (429)" + said
		f.Hint = "try again later" + retryAfter(a.Header)
	case code >= http.StatusInternalServerError:
		f.Text = fmt.Sprintf("the server failed (%d)%s", code, said)
		f.Hint = "try again later" + retryAfter(a.Header) + "; if it keeps failing, its operator can find the reason in the server's log"
	default:
		f.Kind = model.FaultBadData
		f.Text = fmt.Sprintf("the server answered %d, which is not a valid answer to this request%s", code, said)
		f.Hint = "check the server's URL"
	}
	return f
}

func retryAfter(h http.Header) string {
	if after := display.Strip(h.Get("Retry-After"), 40); after != "" {
		return " (it says after " + after + ")"
	}
	return ""
}
