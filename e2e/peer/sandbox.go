package peer

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/remote/sandbox"
)

// Sandbox starts a practice world in this process, as a server like the others.
func Sandbox(tb testing.TB, cfg sandbox.Config) *Server {
	tb.Helper()
	faults := &Faults{}
	cfg.Front = faults.wrap
	world, err := sandbox.Start(cfg)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	tb.Cleanup(func() {
		if err := world.Close(); err != nil {
			tb.Errorf("peer: %v", err)
		}
	})
	server := SandboxAt(tb, world.URL(), world.CA())
	server.Guarded, server.Faults = len(cfg.Users) > 0, faults
	return server
}

// SandboxAt is a practice world that somebody else serves.
func SandboxAt(tb testing.TB, url string, authority []byte) *Server {
	tb.Helper()
	block, _ := pem.Decode(authority)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	pki := &PKI{dir: tb.TempDir(), cert: cert}
	if err := os.WriteFile(filepath.Join(pki.dir, "ca.crt"), authority, 0o600); err != nil {
		tb.Fatalf("peer: %v", err)
	}
	return &Server{URL: url, Host: strings.TrimPrefix(url, "https://"), PKI: pki}
}
