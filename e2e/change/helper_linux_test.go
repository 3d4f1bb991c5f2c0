//go:build amd64 || arm64

package change

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/trace"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/sandbox"
)

// Credentials come from a helper of Docker's, a program that trustdeck starts. It is
// told none of the passphrases, in no spelling, and none of them is in a file.
func TestNoPassphraseForHelpers(t *testing.T) {
	server := peer.Sandbox(t, sandbox.Config{Users: map[string]string{peer.Administrator.Name: peer.Administrator.Password}})
	home, bin := t.TempDir(), t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\ncat >/dev/null\necho '{\"Username\":%q,\"Secret\":%q}'\n", peer.Administrator.Name, peer.Administrator.Password)
	helper := filepath.Join(bin, "docker-credential-probe")
	if err := os.WriteFile(helper, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "config.json"), []byte(`{"credsStore":"probe"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	program := peer.Trustdeck(t).With("PATH="+bin+":"+os.Getenv("PATH"), "DOCKER_CONFIG="+home, "TMPDIR="+home,
		"XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home, "XDG_CONFIG_HOME="+home,
		"NOTARY_ROOT_PASSPHRASE="+typed[0], "NOTARY_TARGETS_PASSPHRASE="+typed[1], "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+typed[2])
	for name, args := range map[string][]string{
		"init": {"init", "--snapshot-key", "here", "docker.io/acme/app"},
		// It initialises another one, and so takes every passphrase as well.
		"signer add": {"signer", "add", "--snapshot-key", "here", "--key", publicFile(t, notarytest.NewKey()), "alice", "docker.io/acme/other"},
	} {
		t.Run(name, func(t *testing.T) {
			helped := 0
			tracer := &trace.Tracer{Folder: home, Exec: func(e trace.Executed) {
				if bytes.Contains(e.Arguments, []byte(helper)) && bytes.Contains(e.Environment, []byte("DOCKER_CONFIG="+home)) {
					helped++
				}
				for _, secret := range typed {
					for spelling, text := range spellings(secret) {
						if bytes.Contains(e.Arguments, text) || bytes.Contains(e.Environment, text) {
							t.Errorf("%q is told a passphrase in %s", e.Arguments, spelling)
						}
					}
				}
			}}
			r := program.Traced(t, tracer, append(args, "--yes", "--server", server.URL, "--tlscacert", server.PKI.CAFile(),
				"--trust-dir", filepath.Join(home, "trust"), "--log-file", filepath.Join(home, "log"))...)
			if r.Code != 0 {
				t.Fatalf("exit code %d: %s", r.Code, r.Stderr)
			}
			if helped == 0 {
				t.Error("the helper was never asked")
			}
		})
	}
	search(t, home)
}
