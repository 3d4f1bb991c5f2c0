package transporttest

import (
	"crypto/tls"
	"net"
	"sync"
	"testing"
)

// NewAlert starts a server that speaks TLS, answers what is not TLS with an alert, as
// many do, and nothing after the handshake. It ends with the test; the result is its
// host and port.
func NewAlert(tb testing.TB, certificate *tls.Certificate) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	var running sync.WaitGroup
	tb.Cleanup(func() {
		_ = listener.Close() // its port is given back in any case
		running.Wait()
	})
	running.Go(func() {
		for {
			raw, err := listener.Accept()
			if err != nil {
				return
			}
			conn := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12})
			if conn.HandshakeContext(tb.Context()) != nil {
				_, _ = raw.Write([]byte{21, 3, 1, 0, 2, 2, 10}) // a fatal alert: unexpected message
			}
			_ = conn.Close() // also raw
		}
	})
	return listener.Addr().String()
}
