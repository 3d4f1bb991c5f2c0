package peer

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// softHSMVariable tells SoftHSM which file of settings it has.
const softHSMVariable = "SOFTHSM2_CONF"

// softHSMModules are where Debian has had the library.
var softHSMModules = []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"}

// SoftHSM is a folder of tokens in software.
type SoftHSM struct {
	// Module is the PKCS #11 library, and Config the file of settings that names the folder.
	Module, Config string
	// Dir is the folder.
	Dir string
	tb  testing.TB
}

// NewSoftHSM makes a folder without tokens, which programs find by the settings of WithSoftHSM.
func NewSoftHSM(tb testing.TB) *SoftHSM {
	tb.Helper()
	Need(tb, "softhsm2-util", "pkcs11-tool")
	dir := tb.TempDir()
	h := &SoftHSM{Module: firstOf(softHSMModules), Config: filepath.Join(dir, "softhsm2.conf"), Dir: filepath.Join(dir, "tokens"), tb: tb}
	if h.Module == "" {
		tb.Fatal("peer: softhsm2-util is here, but not its library")
	}
	if err := os.Mkdir(h.Dir, 0o700); err != nil {
		tb.Fatalf("peer: %v", err)
	}
	settings := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n", h.Dir)
	if err := os.WriteFile(h.Config, []byte(settings), 0o600); err != nil {
		tb.Fatalf("peer: %v", err)
	}
	return h
}

// firstOf is the first file that exists; empty where none does.
func firstOf(files []string) string {
	for _, f := range files {
		if _, err := os.Stat(f); err == nil {
			return f
		}
	}
	return ""
}

// Lend has code in the test's own process find these tokens, until the test ends. SoftHSM reads
// its settings each time it is initialised.
func (h *SoftHSM) Lend() {
	h.tb.Helper()
	if err := os.Setenv(softHSMVariable, h.Config); err != nil {
		h.tb.Fatalf("peer: %v", err)
	}
	h.tb.Cleanup(func() { _ = os.Unsetenv(softHSMVariable) })
}

// WithSoftHSM returns a copy of a client that finds these tokens.
func (c *Client) WithSoftHSM(h *SoftHSM) *Client { return c.With(softHSMVariable + "=" + h.Config) }

// Token makes a token with a user PIN.
func (h *SoftHSM) Token(label, pin string) {
	h.tb.Helper()
	h.program("softhsm2-util").Run(h.tb, "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "security officer")
}

// Tool is pkcs11-tool of OpenSC on one of the tokens, logged in.
func (h *SoftHSM) Tool(label, pin string, args ...string) string {
	h.tb.Helper()
	return h.program("pkcs11-tool").Run(h.tb, append([]string{"--module", h.Module, "--token-label", label, "--login", "--pin", pin}, args...)...)
}

func (h *SoftHSM) program(name string) *Client {
	c := &Client{Program: find(name), Home: h.Dir}
	c.Env = baseEnv(c.Home)
	return c.WithSoftHSM(h)
}
