package keyfile

import (
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// notary lists a renamed key under its new name, and docker and notary say it when they ask for
// the passphrase. They need it for nothing: both sign with the key as before, in the role that has
// its old name.
func TestClientsUseRenamedKeys(t *testing.T) {
	peer.Need(t, "tmux")
	server := peer.MemoryServer(t)
	config := t.TempDir()
	trust := filepath.Join(config, "trust")
	notary := peer.Notary(t, server, trust)
	notary.Run(t, "init", "-p", gun)
	notary.Run(t, "key", "rotate", gun, "snapshot", "-r")
	program := deckOn(t, trust, peer.DelegationPassphrase)
	program.imports(t, openssl+"../loose/alice-key.pem")
	public := publicFile(t, trust, aliceID, peer.DelegationPassphrase)
	for _, role := range []string{"targets/alice", "targets/releases"} {
		notary.Run(t, "delegation", "add", "-p", gun, role, public, "--all-paths")
	}
	before := idsOf(t, notary.Run(t, "key", "list"))

	var out report.KeyRename
	program.answers(t, &out, "rename", "--yes", aliceID, "zoe")
	if out.Key.ID != aliceID || out.Key.Label != "zoe" {
		t.Errorf("%+v", out)
	}
	list := notary.Run(t, "key", "list")
	if after := idsOf(t, list); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("notary lists %v, and before %v", after, before)
	}
	if line := lineWith(t, list, aliceID); !strings.HasPrefix(strings.TrimSpace(line), "zoe ") {
		t.Errorf("notary lists %q", line)
	}

	asked(t, notary.With("NOTARY_DELEGATION_PASSPHRASE="), "zoe", "addhash", "-p", gun, "1.0", "10", "--sha256", digest, "-r", "targets/alice", "-r", "targets/releases")
	for _, role := range []string{"targets/alice", "targets/releases"} {
		if signed := notary.Run(t, "list", gun, "-r", role); !strings.Contains(signed, digest) {
			t.Errorf("notary did not sign %s: %s", role, signed)
		}
	}
	docker := peer.Docker(t, server, config).With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=")
	asked(t, docker, "zoe", "trust", "revoke", strings.TrimPrefix(gun, "docker.io/")+":1.0")
	for _, role := range []string{"targets/alice", "targets/releases"} {
		if signed := notary.Run(t, "list", gun, "-r", role); strings.Contains(signed, digest) {
			t.Errorf("docker did not revoke in %s: %s", role, signed)
		}
	}
}

// asked runs a command on a terminal, which asks for the passphrase of a key by its name.
func asked(t *testing.T, client *peer.Client, name string, args ...string) {
	t.Helper()
	term := peer.Tmux(t, 120, 40)
	term.Start(client, args...)
	term.WaitFor("passphrase for " + name + " key with ID " + aliceID[:7])
	term.Type(peer.DelegationPassphrase)
	term.Keys("Enter")
	if code := term.WaitExit(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, term.Screen())
	}
}
