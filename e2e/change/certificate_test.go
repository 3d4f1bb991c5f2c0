package change

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
)

// A certifier is a P-256 key whose certificates a test writes as it likes.
type certifier struct {
	t   *testing.T
	key *ecdsa.PrivateKey
}

func newCertifier(t *testing.T) certifier {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return certifier{t, key}
}

// certificate is one that the key has issued to itself.
func (c certifier) certificate(name string, authority bool, until time.Time) []byte {
	c.t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
		BasicConstraintsValid: true, IsCA: authority,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, c.key.Public(), c.key)
	if err != nil {
		c.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// file writes a file for somebody's client.
func (c certifier) file(name string, text []byte) string {
	c.t.Helper()
	path := filepath.Join(c.t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

func (c certifier) private(name string) string {
	c.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.file(name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (c certifier) public() []byte {
	c.t.Helper()
	der, err := x509.MarshalPKIXPublicKey(c.key.Public())
	if err != nil {
		c.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// However a root certificate is handed over, what is published under it is read by
// notary and docker; or it is refused before anything is made.
func TestRootCertificatesAsHandedOver(t *testing.T) {
	peer.Need(t, "notary", "notary-server", peer.DockerTrust)
	server := peer.MemoryServer(t)
	tomorrow, yesterday := time.Now().Add(24*time.Hour), time.Now().Add(-24*time.Hour)
	const gun = "docker.io/acme/certified"
	rows := []struct {
		name string
		text func(c certifier, leaf []byte) []byte
		// refused is what a refusal says; empty where it is taken.
		refused string
	}{
		{"as it is", func(_ certifier, leaf []byte) []byte { return leaf }, ""},
		{"with the text of openssl x509", func(_ certifier, leaf []byte) []byte {
			return append([]byte("Certificate:\n    Data:\n        Version: 3 (0x2)\n        Signature Algorithm: ecdsa-with-SHA256\n"), leaf...)
		}, ""},
		{"with CRLF", func(_ certifier, leaf []byte) []byte { return bytes.ReplaceAll(leaf, []byte("\n"), []byte("\r\n")) }, ""},
		{"without a final newline", func(_ certifier, leaf []byte) []byte { return bytes.TrimSpace(leaf) }, ""},
		{"with a public key beside it", func(c certifier, leaf []byte) []byte { return append(c.public(), leaf...) }, ""},
		{"behind its issuer", func(c certifier, leaf []byte) []byte {
			return append(newCertifier(c.t).certificate("issuer", true, tomorrow), leaf...)
		}, ""},
		{"with an issuer that expired", func(c certifier, leaf []byte) []byte {
			return append(leaf, newCertifier(c.t).certificate("issuer", true, yesterday)...)
		}, "clients drop an intermediate certificate"},
		{"twice", func(_ certifier, leaf []byte) []byte { return append(leaf, leaf...) }, "there are 2 certificates"},
		{"with a private key", func(c certifier, leaf []byte) []byte {
			key, err := os.ReadFile(c.private("key"))
			if err != nil {
				c.t.Fatal(err)
			}
			return append(leaf, key...)
		}, "contains a private key"},
	}
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			name := gun + string(rune('a'+i))
			c := newCertifier(t)
			folder := t.TempDir()
			peer.Notary(t, server, folder).Run(t, "key", "import", c.private("root.pem"), "-r", "root")
			before := keyFiles(t, folder)
			deck := peer.Trustdeck(t).With("NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.RepositoryPassphrase)
			result := deck.Try("init", "--yes", name, "--root-key", strings.TrimSuffix(before[0], ".key"),
				"--root-certificate", c.file("root.crt", row.text(c, c.certificate(name, false, tomorrow))),
				"--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", folder)
			if row.refused != "" {
				if result.Code != 2 || !strings.Contains(result.Stdout+result.Stderr, row.refused) || len(keyFiles(t, folder)) != 1 {
					t.Errorf("exit code %d, keys %v\n%s%s", result.Code, keyFiles(t, folder), result.Stdout, result.Stderr)
				}
				return
			}
			if result.Code != 0 {
				t.Fatalf("exit code %d\n%s%s", result.Code, result.Stdout, result.Stderr)
			}
			peer.Notary(t, server, t.TempDir()).Run(t, "list", name)
			peer.Docker(t, server, t.TempDir()).Run(t, "trust", "inspect", name)
		})
	}
}

// keyFiles are the private keys of a trust folder.
func keyFiles(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(folder, "private"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// A signer's certificate may be an authority's, as "openssl req -x509" makes them: docker,
// notary and trustdeck add such a signer, notary and docker sign with the key, and what
// they sign is read by all.
func TestAuthorityAsSigner(t *testing.T) {
	peer.Need(t, "notary", "notary-server", peer.DockerTrust)
	server := peer.MemoryServer(t)
	place := []string{"--server", server.URL, "--tlscacert", server.PKI.CAFile()}
	for _, by := range []string{"trustdeck", "docker"} {
		t.Run("added by "+by, func(t *testing.T) {
			gun := "docker.io/acme/authority-" + by
			config := t.TempDir()
			docker := peer.Docker(t, server, config)
			trust := filepath.Join(config, "trust")
			notary := peer.Notary(t, server, trust).With("NOTARY_DELEGATION_PASSPHRASE=" + peer.RepositoryPassphrase)
			c := newCertifier(t)
			certificate := c.file("alice.crt", c.certificate("alice", true, time.Now().Add(time.Hour)))
			deck := peer.Trustdeck(t).With("NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.RepositoryPassphrase)
			if by == "docker" {
				docker.Run(t, "trust", "signer", "add", "--key", certificate, "alice", gun)
			} else {
				deck.Run(t, append([]string{"init", "--yes", gun, "--trust-dir", trust}, place...)...)
				deck.Run(t, append([]string{"signer", "add", "--yes", "--key", certificate, "alice", gun, "--trust-dir", trust}, place...)...)
			}
			notary.Run(t, "key", "import", c.private("alice.pem"), "-r", "alice")
			notary.Run(t, "addhash", gun, "v1", "3", "--sha256", strings.Repeat("ab", 32), "-r", "targets/alice", "-r", "targets/releases", "-p")
			docker.Run(t, "trust", "sign", gun+":v1")
			if shown := docker.Run(t, "trust", "inspect", gun); !strings.Contains(shown, `"SignedTag": "v1"`) || !strings.Contains(shown, `"alice"`) {
				t.Errorf("docker trust inspect:\n%s", shown)
			}
			if shown := deck.Run(t, append([]string{"inspect", gun + ":v1"}, place...)...); !strings.Contains(shown, "alice") {
				t.Errorf("inspect:\n%s", shown)
			}
		})
	}
}
