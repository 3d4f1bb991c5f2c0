package change

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/notary/notarytest"
)

// Scripts work without a question: flags, variables, --yes, plans on files, and exit
// codes that tell what happened.
func TestUnattended(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			home := t.TempDir()
			program := peer.Trustdeck(t).With("XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home,
				"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.RepositoryPassphrase)
			try := func(c *peer.Client, code int, says string, args ...string) {
				t.Helper()
				r := c.Try(append(args, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", filepath.Join(home, "trust"))...)
				if r.Code != code || !strings.Contains(r.Stdout+r.Stderr, says) {
					t.Errorf("%q: exit code %d, want %d and %q in\n%s%s", args, r.Code, code, says, r.Stdout, r.Stderr)
				}
			}
			alice, saved := publicFile(t, notarytest.NewKey()), filepath.Join(home, "plan.json")
			try(program, 2, "trustdeck can't ask you to accept the plan", "init", "acme/app")
			try(program, 2, "Name it on the command line.", "init", "--yes")
			try(program.With("NOTARY_ROOT_PASSPHRASE="), 1, "Set NOTARY_ROOT_PASSPHRASE or DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE.", "init", "--yes", "acme/app")
			try(program, 0, "trustdeck read it back", "init", "--yes", "acme/app")
			try(program, 2, "the repository already has trust data", "init", "--yes", "acme/app")
			try(program, 0, "The plan is in", "signer", "add", "--key", alice, "alice", "acme/app", "acme/second", "-f", saved)
			try(program, 1, "the plan cannot be written: file exists", "signer", "add", "--key", alice, "alice", "acme/app", "-f", saved)
			try(program.With("NOTARY_ROOT_PASSPHRASE=wrong"), 1, "the passphrase in NOTARY_ROOT_PASSPHRASE is wrong", "apply", "--yes", saved)
			try(program, 0, "trustdeck read it back", "apply", "--yes", saved)
			try(program, 8, "the plan is out of date", "apply", "--yes", saved)
			try(program, 0, "there is nothing to write", "signer", "add", "--yes", "--key", alice, "alice", "acme/app")
			try(program, 2, "a signer cannot be called", "signer", "add", "--yes", "--key", alice, "Alice", "acme/app")
			try(program, 2, "contains a private key", "signer", "add", "--yes", "--key", privateFile(t), "bob", "acme/app")
			try(program, 2, "cannot be read", "signer", "add", "--yes", "--key", filepath.Join(home, "none"), "bob", "acme/app")
			try(program, 0, "no change was cut off", "resume")
			if list := peer.Notary(t, server, t.TempDir()).Run(t, "delegation", "list", "docker.io/acme/second"); !strings.Contains(list, "targets/alice") {
				t.Errorf("notary delegation list:\n%s", list)
			}
		})
	}
}

// privateFile is what somebody sends who has misunderstood.
func privateFile(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(notarytest.NewKey().Private)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
