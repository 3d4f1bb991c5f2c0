package notaryserver

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
	"strings"
	"syscall"
	"unicode"

	"trustdeck/model"
)

// maxErrorBody is how much of an error's body is read.
const maxErrorBody = 64 << 10

var errTimeout = errors.New("time-out")

// connectionFault names why there was no answer.
func (c *Client) connectionFault(ctx context.Context, path string, err error) *model.Fault {
	f := &model.Fault{Kind: model.FaultUnreachable, Subject: c.base.Host + path, Err: err}
	var already *model.Fault
	var dns *net.DNSError
	switch {
	case errors.As(err, &already):
		return already
	case errors.Is(context.Cause(ctx), errTimeout):
		f.Text = fmt.Sprintf("no complete answer within %s", c.cfg.Timeout)
		f.Hint = "check the server and the network, or allow more time with --timeout"
	case ctx.Err() != nil:
		f.Kind, f.Text = model.FaultCanceled, "cancelled"
	case errors.Is(err, errRedirects), errors.Is(err, errDowngrade), errors.Is(err, errMoved):
		f.Kind = model.FaultBadData
		f.Text = innermost(err, errRedirects, errDowngrade, errMoved)
		f.Hint = "check the server's URL; a proxy may be sending requests elsewhere"
	case tlsText(err) != "":
		f.Kind, f.Text = model.FaultTLS, "the server's certificate is not trusted: "+tlsText(err)
		f.Hint = fmt.Sprintf("if it is the right server, put its authority into the tls/%s folder of Docker's configuration as ca.crt, or name it with --tlscacert", c.base.Host)
	case errors.As(err, &dns):
		f.Text = fmt.Sprintf("the name %s could not be resolved", printable(dns.Name, 100))
		f.Hint = "check the spelling of the server and the network"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Text = "the connection was refused"
		f.Hint = "check that the server runs and that the port is right"
	default:
		f.Text = "the server could not be reached: " + printable(lastPart(err).Error(), 200)
		f.Hint = "check the server and the network"
	}
	return f
}

func innermost(err error, known ...error) string {
	for _, k := range known {
		if errors.Is(err, k) {
			return k.Error()
		}
	}
	return err.Error()
}

// lastPart is the innermost cause, without the URL that net/http puts before
// it, which may hold more than should be shown.
func lastPart(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// tlsText explains an error of the handshake; it is empty for other errors.
func tlsText(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var verify *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return "it is signed by an unknown authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it has expired or is not valid yet"
	case errors.As(err, &host):
		return "it is for another host"
	case errors.As(err, &invalid), errors.As(err, &verify):
		return printable(err.Error(), 200)
	case errors.As(err, &alert):
		return "the server ended the handshake (" + printable(alert.Error(), 100) + "); it may want a client certificate"
	case errors.As(err, &record):
		return "the server does not speak TLS on this port"
	default:
		return ""
	}
}

// An apiError is one entry of an error body (notary-v1, 5.3).
type apiError struct {
	Code    string          `json:"code"`
	Message string          `json:"message"`
	Detail  json.RawMessage `json:"detail"`
}

// readError drains an error's body and returns what it says, cleaned for
// showing; empty where it says nothing in Notary's form.
func readError(resp *http.Response) (e apiError) {
	defer closeBody(resp)
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return e
	}
	return parseError(raw)
}

func parseError(raw []byte) apiError {
	var body struct {
		Errors []apiError `json:"errors"`
	}
	if json.Unmarshal(raw, &body) != nil || len(body.Errors) == 0 {
		return apiError{}
	}
	e := body.Errors[0]
	e.Code, e.Message = printable(e.Code, 60), printable(e.Message, 300)
	return e
}

// name is the server's name for the kind of refusal; empty where it has none.
func (e apiError) name() string {
	var detail struct{ Name string }
	if json.Unmarshal(e.Detail, &detail) != nil {
		return ""
	}
	return detail.Name
}

// reason is what the server gives as its reason, in one line.
func (e apiError) reason() string {
	text := e.Message
	var detail struct {
		Error struct{ Msg string }
	}
	if json.Unmarshal(e.Detail, &detail) == nil && detail.Error.Msg != "" {
		text += ": " + printable(detail.Error.Msg, 300)
	}
	if e.Code != "" {
		text = strings.TrimSpace(text + " (" + e.Code + ")")
	}
	return text
}

// statusFault names an answer that is neither 200 nor 401.
func (c *Client) statusFault(resp *http.Response, r request) *model.Fault {
	e := readError(resp)
	f := &model.Fault{Kind: model.FaultServer, Subject: c.base.Host + r.path}
	said := ""
	if reason := e.reason(); reason != "" {
		said = ": " + reason
	}
	switch code := resp.StatusCode; {
	case r.method == http.MethodPost && e.Code == "VERSION":
		f.Kind = model.FaultStale
		f.Text = "somebody else has published meanwhile" + said
		f.Hint = "look at what changed, and plan again"
	case r.method == http.MethodPost && code == http.StatusBadRequest && e.Code != "":
		f.Kind = model.FaultRefused
		f.Text = "the server refuses the upload, and has stored nothing of it" + said
		f.Hint = refusalHint(e)
	case code == http.StatusNotFound:
		f.Kind = model.FaultNotFound
		f.Text = "the server does not have it" + said
		f.Hint = "check the spelling of the repository, and that this is the right server"
	case code == http.StatusForbidden:
		f.Kind, f.Scope = model.FaultUnauthorized, scopeFor(r.gun, r.actions)
		f.Text = "the server forbids it (403)" + said
		f.Hint = "ask the server's administrator for the right to " + r.right()
	case code == http.StatusTooManyRequests:
		f.Text = "the server asks for fewer requests (429)" + said
		f.Hint = "try again later" + retryAfter(resp)
	case code >= http.StatusInternalServerError:
		f.Text = fmt.Sprintf("the server failed (%d)%s", code, said)
		f.Hint = "try again later" + retryAfter(resp) + "; if it stays, its operator finds the reason in the server's log"
	default:
		f.Kind = model.FaultBadData
		f.Text = fmt.Sprintf("the server answered %d, which is no answer to this request%s", code, said)
		f.Hint = "check the server's URL"
	}
	return f
}

// refusalHint says what to do about an upload that was refused.
func refusalHint(e apiError) string {
	switch e.name() {
	case "ErrBadHierarchy":
		return "the key of the snapshot is neither on the server nor on this machine: bring it here, or rotate it to the server with the root key"
	case "ErrBadRoot":
		return "the server does not take the root; look at its keys and its expiry"
	default:
		return "read the repository again and look at what it has; the server's reason names the file"
	}
}

func retryAfter(resp *http.Response) string {
	if after := printable(resp.Header.Get("Retry-After"), 40); after != "" {
		return " (it says after " + after + ")"
	}
	return ""
}

// unauthorized names a refusal for want of the right credentials.
func (c *Client) unauthorized(r request, challenges []challenge, e apiError, sent bool) *model.Fault {
	f := &model.Fault{Kind: model.FaultUnauthorized, Subject: c.base.Host + r.path, Scope: scopeFor(r.gun, r.actions)}
	for _, ch := range challenges {
		if scope := ch.params["scope"]; scope != "" {
			f.Scope = printable(scope, 300)
		}
	}
	said := ""
	if reason := e.reason(); reason != "" {
		said = ": " + reason
	}
	if sent {
		f.Text = "the server does not accept the credentials for this" + said
		f.Hint = "log in with an account that may do this: docker login " + registryOf(r.gun)
	} else {
		f.Text = "the server wants to know who asks, and there are no credentials" + said
		f.Hint = "log in first: docker login " + registryOf(r.gun) + ", or set NOTARY_AUTH"
	}
	return f
}

// The actions of a token's scope.
const (
	actionPull  = "pull"
	actionWrite = "push,pull"
	actionAll   = "*"
)

// scopeFor is the scope that doing something with a repository takes.
func scopeFor(gun model.GUN, actions string) string {
	if gun == "" {
		return "registry:catalog:*"
	}
	return "repository:" + string(gun) + ":" + actions
}

// right is what a request needs, for people.
func (r request) right() string {
	if r.actions == actionPull {
		return "read"
	}
	return "publish"
}

// printable makes text of a server safe to show: control and formatting
// characters go, and it is cut to most characters.
func printable(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
