package keyfile

import (
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// docker takes the public file of a key that trustdeck generates, and docker and notary sign
// with the private one; notary founds a repository on a root key of trustdeck.
func TestClientsUseGeneratedKeys(t *testing.T) {
	server := peer.MemoryServer(t)
	config, dir := t.TempDir(), t.TempDir()
	trust := filepath.Join(config, "trust")
	program := deckOn(t, trust, peer.RepositoryPassphrase)
	var root, alice report.KeyGenerated
	program.answers(t, &root, "generate", "--yes", "--dir", dir, "root")
	program.answers(t, &alice, "generate", "--yes", "--dir", dir, "alice")

	docker := peer.Docker(t, server, config)
	image := strings.TrimPrefix(gun, "docker.io/")
	docker.Run(t, "trust", "signer", "add", "--key", alice.Public, "alice", image)
	inspected := docker.Run(t, "trust", "inspect", image)
	if !strings.Contains(inspected, alice.ID) {
		t.Errorf("docker inspects %s", inspected)
	}
	notary := peer.Notary(t, server, trust).With("NOTARY_DELEGATION_PASSPHRASE="+peer.RepositoryPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.RepositoryPassphrase)
	notary.Run(t, "addhash", "-p", gun, "1.0", "10", "--sha256", digest, "-r", "targets/alice", "-r", "targets/releases")
	if list := notary.Run(t, "key", "list"); strings.Count(list, "root ") != 1 || !strings.Contains(list, root.ID) {
		t.Errorf("docker has founded the repository on another root key:\n%s", list)
	}

	// docker doesn't replace a public file either.
	if r := docker.Try("trust", "key", "generate", "--dir", dir, "alice"); r.Code == 0 {
		t.Error("docker replaces a public file")
	}
	if r := program.key("generate", "--yes", "--dir", dir, "alice"); r.Code != 2 {
		t.Errorf("trustdeck: %+v", r)
	}
}

// notary imports what trustdeck exports, and goes on with it.
func TestNotaryImportsAnExport(t *testing.T) {
	server := peer.MemoryServer(t)
	from, to := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "to")
	notary := peer.Notary(t, server, from)
	notary.Run(t, "init", "-p", gun)
	program := deckOn(t, from, peer.DelegationPassphrase)
	program.imports(t, "--role", "alice", "--as-is", openssl+"../loose/alice-key.pem")
	var out report.KeyExport
	file := filepath.Join(t.TempDir(), "keys.pem")
	ids := idsOf(t, notary.Run(t, "key", "list"))
	program.answers(t, &out, append([]string{"export", "--yes", "--to", file}, ids...)...)
	if len(out.Keys) != 4 {
		t.Fatalf("%d keys were exported: %v", len(out.Keys), ids)
	}
	other := peer.Notary(t, server, to)
	other.Run(t, "key", "import", file)
	if list := other.Run(t, "key", "list"); strings.Count(list, "trust/private")+strings.Count(list, "to/private") != 4 {
		t.Errorf("notary lists\n%s", list)
	}
	other.Run(t, "addhash", "-p", gun, "1.0", "10", "--sha256", digest)
	other.Answering("yes\n").Run(t, "key", "rotate", gun, "root")
}
