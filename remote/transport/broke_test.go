package transport

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"trustdeck/model"
)

func TestBroke(t *testing.T) {
	dial := func(err error) error {
		return &url.Error{Op: "Get", URL: "https://notary.example.org/", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
	}
	for _, tt := range []struct {
		name string
		err  error
		kind model.FaultKind
		want bool
	}{
		{"refused", dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), model.FaultUnreachable, true},
		{"reset", dial(os.NewSyscallError("read", syscall.ECONNRESET)), model.FaultUnreachable, true},
		{"broken pipe", dial(os.NewSyscallError("write", syscall.EPIPE)), model.FaultUnreachable, true},
		{"closed", dial(io.EOF), model.FaultUnreachable, true},
		{"cut off", dial(io.ErrUnexpectedEOF), model.FaultUnreachable, false},
		{"a time-out", dial(os.ErrDeadlineExceeded), model.FaultUnreachable, false},
		{"the time of the request", dial(context.DeadlineExceeded), model.FaultUnreachable, false},
		{"no route", dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), model.FaultUnreachable, false},
		{"no such name", dial(&net.DNSError{Name: "notary.example.org", IsNotFound: true}), model.FaultUnreachable, false},
		{"TLS", dial(x509.UnknownAuthorityError{}), model.FaultTLS, false},
		{"the other end has no TLS", dial(io.EOF), model.FaultTLS, false},
		{"the proxy", &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, model.FaultUnreachable, false},
		{"a fault of another kind", nil, model.FaultLocal, false},
	} {
		if got := broke(&model.Fault{Kind: tt.kind, Err: tt.err}); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
