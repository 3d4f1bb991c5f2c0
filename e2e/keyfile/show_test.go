package keyfile

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// What trustdeck shows of a key is what go-tuf, notary and docker make of it.
func TestShownFormsAreThoseOfOthers(t *testing.T) {
	server := peer.MemoryServer(t)
	config, dir := t.TempDir(), t.TempDir()
	trust := filepath.Join(config, "trust")
	notary := peer.Notary(t, server, trust)
	notary.Run(t, "key", "generate", "ecdsa", "--role", "alice")
	id := strings.Fields(lineWith(t, notary.Run(t, "key", "list"), "alice"))[1]
	program := deckOn(t, trust, peer.DelegationPassphrase)
	var shown report.PublicKey
	program.answers(t, &shown, "show", id[:7])
	if shown.ID != id || shown.Private == nil || shown.Private.Label != "alice" || len(shown.Words) != 24 {
		t.Errorf("%+v", shown)
	}

	file := filepath.Join(dir, "alice.pub")
	if err := os.WriteFile(file, []byte(shown.PEM), 0o600); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(shown.PEM))
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := metadata.KeyFromPublicKey(public); err != nil {
		t.Fatal(err)
	} else if got, err := k.ID(); err != nil || len(shown.KeyIDs) != 2 || shown.KeyIDs[0].ID != id || shown.KeyIDs[1].ID != got {
		t.Errorf("key IDs %+v; go-tuf has %s", shown.KeyIDs, got)
	}
	docker := peer.Docker(t, server, config)
	image := strings.TrimPrefix(gun, "docker.io/")
	docker.Run(t, "trust", "signer", "add", "--key", file, "alice", image)
	if inspected := docker.Run(t, "trust", "inspect", image); !strings.Contains(inspected, id) {
		t.Errorf("docker inspects %s", inspected)
	}
	// The root key is listed in a certificate, which the server has.
	root := strings.Fields(lineWith(t, notary.Run(t, "key", "list"), "root"))[1]
	listed := peer.Trustdeck(t).Run(t, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", trust, "key", "show", "--form", "certificate", root)
	certificate, _ := pem.Decode([]byte(listed))
	if certificate == nil {
		t.Fatalf("shown: %s", listed)
	}
	if c, err := x509.ParseCertificate(certificate.Bytes); err != nil || c.Subject.CommonName != gun {
		t.Errorf("%v, %v", c, err)
	}
}

// lineWith is the line of a list that has a word.
func lineWith(t *testing.T, list, word string) string {
	t.Helper()
	for line := range strings.Lines(list) {
		if strings.Contains(line, word) {
			return line
		}
	}
	t.Fatalf("no %s in\n%s", word, list)
	return ""
}
