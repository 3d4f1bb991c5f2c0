package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"trustdeck/model"
)

// pauses are those before each further try of a request whose connection broke. Together
// they are as long as a supervisor takes to start a server again that has ended.
var pauses = [...]time.Duration{100 * time.Millisecond, 300 * time.Millisecond, 600 * time.Millisecond, time.Second}

// waitsFor reports whether a request that failed is worth another try. Only reading is
// repeated, and only at a server that has answered before. One that stays away is waited for
// once, for all requests: what comes after that fails at once, until it answers again.
func (c *Client) waitsFor(req *http.Request, fault *model.Fault, tries int) bool {
	reads := req.Method == http.MethodGet || req.Method == http.MethodHead
	if !reads || !broke(fault) || !c.home(failing(fault.Err, req.URL)) || !c.steady.Load() {
		return false
	}
	if tries == len(pauses) {
		c.steady.Store(false)
		return false
	}
	return true
}

// broke reports whether a connection was refused, or closed before the answer began. Time-outs,
// names that are not found, proxies and TLS are other faults.
func broke(fault *model.Fault) bool {
	err := fault.Err
	var dns *net.DNSError
	if fault.Kind != model.FaultUnreachable || errors.As(err, &dns) || atProxy(err) {
		return false
	}
	for _, end := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, io.EOF} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// pause waits before the next try. It returns why there is none: cancelled, or, where the time
// of the request is over, the fault of the try before.
func (c *Client) pause(ctx context.Context, d time.Duration, subject string, fault *model.Fault) *model.Fault {
	select {
	case <-c.cfg.After(d):
		return nil
	case <-ctx.Done():
	}
	if errors.Is(context.Cause(ctx), errTimeout) {
		return fault
	}
	return c.connectionFault(ctx, subject, ctx.Err())
}

// home reports whether a URL belongs to the server itself.
func (c *Client) home(u *url.URL) bool { return originOf(u) == originOf(c.cfg.Base) }
