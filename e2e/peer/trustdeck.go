package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// buildTrustdeck builds the program under test.
func (h *house) buildTrustdeck(name, cgo string, flags ...string) (string, error) {
	// This module is a folder of the one that holds trustdeck.
	gomod, err := goOutput("env", "GOMOD")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(h.dir, name)
	cmd := exec.Command("go", append(append([]string{"build"}, flags...), "-o", binary, "./cmd/trustdeck")...)
	cmd.Dir = filepath.Dir(filepath.Dir(gomod))
	cmd.Env = append(os.Environ(), cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/trustdeck: %w\n%s", err, out)
	}
	return binary, nil
}

// Trustdeck returns the program under test, in a home of its own. Its trust
// folder, server and credentials are those that a test names in arguments or, with
// With, in the environment: DOCKER_CONFIG and DOCKER_CONTENT_TRUST_SERVER are
// enough to see what a Docker client sees.
func Trustdeck(tb testing.TB) *Client {
	tb.Helper()
	return built(tb, shared(tb).binary)
}

// TrustdeckWithTokens is Trustdeck built with support for all tokens, as it is released. Which YubiKeys
// it finds says WithCards, and its modules are those that a test names.
func TrustdeckWithTokens(tb testing.TB) *Client {
	tb.Helper()
	return built(tb, shared(tb).tokens)
}

// TrustdeckWithModules is Trustdeck built with support for PKCS #11 alone. Its modules are those that a
// test names with --pkcs11.
func TrustdeckWithModules(tb testing.TB) *Client {
	tb.Helper()
	return built(tb, shared(tb).modules)
}

func built(tb testing.TB, build func() (string, error)) *Client {
	tb.Helper()
	binary, err := build()
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	home := tb.TempDir()
	return &Client{
		Program: binary,
		Home:    home,
		Env: append(baseEnv(home),
			"TERM=xterm-256color",
			"XDG_CONFIG_HOME="+filepath.Join(home, ".config"),
			"XDG_CACHE_HOME="+filepath.Join(home, ".cache"),
			"XDG_STATE_HOME="+filepath.Join(home, ".local", "state")),
	}
}
