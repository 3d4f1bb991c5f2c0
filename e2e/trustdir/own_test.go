package trustdir

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/port"
)

// ownFolder is a folder of private keys of trustdeck's own.
func ownFolder(dir string) trustdir.KeyStore {
	return trustdir.NewKeeper(trustdir.OpenOwn(dir, trustdir.Own{ID: func(public crypto.PublicKey) (model.KeyID, error) {
		spki, err := x509.MarshalPKIXPublicKey(public)
		sum := sha256.Sum256(spki)
		return model.KeyID(hex.EncodeToString(sum[:])), err
	}}))
}

// openssl runs it, and returns what it prints.
func openssl(t *testing.T, args ...string) []byte {
	t.Helper()
	var stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), "openssl", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// OpenSSL reads the files of trustdeck's own folder, both halves of them, and trustdeck imports
// what OpenSSL makes of them, under whatever encryption.
func TestOpenSSLReadsOwnKeys(t *testing.T) {
	peer.Need(t, "openssl")
	passphrase := []byte("correct horse")
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, private := range map[string]crypto.Signer{
		"P-256": sure(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), "P-384": sure(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
		"Ed25519": ed, "RSA": sure(rsa.GenerateKey(rand.Reader, 2048)),
	} {
		t.Run(name, func(t *testing.T) {
			folder := ownFolder(t.TempDir())
			key, err := folder.Add(context.Background(), private, "targets", "tuf.example.org", passphrase)
			if err != nil {
				t.Fatal(err)
			}
			file := key.Info().Path
			spki := sure(x509.MarshalPKIXPublicKey(private.Public()))
			public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
			if got := openssl(t, "pkey", "-in", file, "-passin", "pass:"+string(passphrase), "-pubout"); !bytes.Equal(got, public) {
				t.Errorf("from the private half: %s", got)
			}
			if got := openssl(t, "pkey", "-pubin", "-in", file); !bytes.Equal(got, public) {
				t.Errorf("the public half: %s", got)
			}
			for _, form := range [][]string{
				{"-topk8", "-nocrypt"},
				{"-topk8", "-v2", "aes-256-cbc", "-iter", "600000", "-passout", "pass:" + string(passphrase)},
				{"-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512", "-passout", "pass:" + string(passphrase)},
			} {
				out := filepath.Join(t.TempDir(), "theirs.pem")
				openssl(t, append([]string{"pkcs8", "-in", file, "-passin", "pass:" + string(passphrase), "-out", out}, form...)...)
				next := ownFolder(t.TempDir())
				text := sure(os.ReadFile(out))
				found, err := next.ReadKeys(out, append(text, public...))
				if err != nil || len(found.Keys) != 1 || found.Keys[0].Key.ID != key.ID() {
					t.Fatalf("%v: %+v, %v", form, found, err)
				}
				found.Keys[0].Key.Label = "targets"
				if _, err := next.AddKey(t.Context(), found.Keys[0], passphrase, passphrase); err != nil {
					t.Fatalf("%v: %v", form, err)
				}
				if _, err := next.Unlock(t.Context(), key.ID(), passphrase); err != nil {
					t.Errorf("%v: %v", form, err)
				}
			}
		})
	}
}

// sure is a value that cannot fail to be made.
func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The folder beside the trust folder keeps neither notary nor docker from their keys, and they
// do not see those in it.
func TestClientsKeepTheirKeys(t *testing.T) {
	home := t.TempDir()
	trust := filepath.Join(home, "trust")
	if _, err := ownFolder(filepath.Join(home, "keys")).Generate(t.Context(), port.NewKey{Role: model.RoleTargets, GUN: "tuf.example.org"}, []byte("correct horse")); err != nil {
		t.Fatal(err)
	}
	made, err := trustdir.Open(trust).Generate(t.Context(), "root", "", []byte(peer.RepositoryPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	server := peer.MemoryServer(t)
	if list := peer.Notary(t, server, trust).Run(t, "key", "list"); strings.Count(list, "/private") != 1 || !strings.Contains(list, string(made.ID())) {
		t.Errorf("notary lists\n%s", list)
	}
}
