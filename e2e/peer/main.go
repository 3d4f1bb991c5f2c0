package peer

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// house is what one test binary starts once and shares between its tests.
type house struct {
	dir string

	pki      func() (*PKI, error)
	database func() (*database, error)
	postgres func() (*postgres, error)
	binary   func() (string, error)
	tokens   func() (string, error)
	modules  func() (string, error)

	mu sync.Mutex
	// closers end what was started, the last one first.
	closers []func()
}

// current is set by Main, before any test runs.
var current *house

// Main runs the tests of a package and then ends what they shared: the
// certificate authority, the database servers, the built trustdeck. It exits.
func Main(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	// A short path of its own, because a socket's path is limited to 108 bytes.
	dir, err := os.MkdirTemp("", "peer-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()

	h := &house{dir: dir}
	h.pki = sync.OnceValues(func() (*PKI, error) { return newPKI(filepath.Join(dir, "pki")) })
	h.database = sync.OnceValues(h.startDatabase)
	h.postgres = sync.OnceValues(h.startPostgres)
	h.binary = sync.OnceValues(func() (string, error) { return h.buildTrustdeck("trustdeck", "CGO_ENABLED=0") })
	h.tokens = sync.OnceValues(func() (string, error) {
		return h.buildTrustdeck("trustdeck-yubikey", "CGO_ENABLED=1", "-tags", "yubikey hsm")
	})
	h.modules = sync.OnceValues(func() (string, error) {
		return h.buildTrustdeck("trustdeck-pkcs11", "CGO_ENABLED=1", "-tags", "hsm")
	})
	defer h.close()

	current = h
	return m.Run()
}

// shared returns the house, or fails a test whose package lacks TestMain.
func shared(tb testing.TB) *house {
	tb.Helper()
	if current == nil {
		tb.Fatal("peer: the package needs func TestMain(m *testing.M) { peer.Main(m) }")
	}
	return current
}

// onClose has f called at the end of the test binary.
func (h *house) onClose(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closers = append(h.closers, f)
}

func (h *house) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.closers) - 1; i >= 0; i-- {
		h.closers[i]()
	}
	h.closers = nil
}

// Authority returns the certificate authority of the test binary, which has
// issued the certificates of every server in it.
func Authority(tb testing.TB) *PKI {
	tb.Helper()
	pki, err := shared(tb).pki()
	if err != nil {
		tb.Fatalf("peer: certificate authority: %v", err)
	}
	return pki
}
