package peer

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Serve starts a server of a test's own, over TLS and under the authority of this
// test binary, for clients that are to meet what no real server gives.
func Serve(tb testing.TB, handler http.Handler) *Server {
	tb.Helper()
	pki := Authority(tb)
	cert, err := pki.Issue("localhost")
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	s := httptest.NewUnstartedServer(handler)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert.Certificate}, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	tb.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return &Server{URL: s.URL, Host: strings.TrimPrefix(s.URL, "https://"), PKI: pki}
}
