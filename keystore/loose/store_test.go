package loose

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509"
	securesystems "github.com/secure-systems-lab/go-securesystemslib/encrypted"

	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/port"
)

var phrase = []byte("correct horse")

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func fingerprintID(public crypto.PublicKey) (model.KeyID, error) {
	spki, err := x509.MarshalPKIXPublicKey(public)
	sum := sha256.Sum256(spki)
	return model.KeyID(hex.EncodeToString(sum[:])), err
}

// reader reads as trustdeck's own folder does.
func reader(t testing.TB) Reader {
	return trustdir.NewKeeper(trustdir.OpenOwn(t.TempDir(), trustdir.Own{ID: fingerprintID}))
}

// write writes a file, and returns its path.
func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func publicPEM(public crypto.PublicKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(public))})
}

func privatePEM(private crypto.Signer) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(private))})
}

// opens has a key of a store be opened, and compares its public half.
func opens(t *testing.T, s *Store, public crypto.PublicKey, passphrase []byte) {
	t.Helper()
	id := must(fingerprintID(public))
	signer, err := s.Unlock(t.Context(), id, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if got := must(fingerprintID(signer.Public())); got != id {
		t.Errorf("it opens as %s, not as %s", got, id)
	}
	if err := signer.Close(); err != nil {
		t.Error(err)
	}
}

// Keys in files are listed with the ID of their public halves, and opened by it.
func TestKeysInFiles(t *testing.T) {
	ec := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	object := must(json.Marshal(map[string]any{"keytype": "ed25519", "scheme": "ed25519", "keyval": map[string]any{
		"public": hex.EncodeToString(ed[32:]), "private": hex.EncodeToString(ed[:32]),
	}}))
	s := Open([]string{write(t, "ec.pem", privatePEM(ec)), write(t, "ed.json", object)}, reader(t))
	keys, err := s.Keys(t.Context())
	if err != nil || len(keys) != 2 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for i, private := range []crypto.Signer{ec, ed} {
		if k := keys[i]; k.Fault != nil || k.Encrypted || k.ID != must(fingerprintID(private.Public())) || k.Path != s.paths[i] || k.Modified.IsZero() {
			t.Errorf("listed %+v", k)
		}
		opens(t, s, private.Public(), nil)
	}
}

// An encrypted key is known by the public key beside its file, and is the one that this names
// or does not open.
func TestEncryptedKeysNeedTheirPublicHalf(t *testing.T) {
	mine, other := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	sealed := pem.EncodeToMemory(&pem.Block{
		Type: "ENCRYPTED COSIGN PRIVATE KEY", Bytes: must(securesystems.Encrypt(must(x509.MarshalPKCS8PrivateKey(mine)), phrase)),
	})
	path := write(t, "cosign.key", sealed)
	s := Open([]string{path}, reader(t))
	keys, err := s.Keys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].Usable() || !strings.Contains(model.HintOf(keys[0].Fault), "cosign.key.pub") {
		t.Fatalf("without a public key: %+v, %v", keys, err)
	}
	for _, name := range []string{"cosign.key.pub", "cosign.pub"} {
		beside := filepath.Join(filepath.Dir(path), name)
		for _, public := range []crypto.PublicKey{mine.Public(), other.Public()} {
			if err := os.WriteFile(beside, publicPEM(public), 0o600); err != nil {
				t.Fatal(err)
			}
			keys, err := s.Keys(t.Context())
			if err != nil || len(keys) != 1 || !keys[0].Usable() || keys[0].ID != must(fingerprintID(public)) || keys[0].SPKI == nil {
				t.Fatalf("%s: %+v, %v", name, keys, err)
			}
			if public == mine.Public() {
				opens(t, s, public, phrase)
			} else if _, err := s.Unlock(t.Context(), keys[0].ID, phrase); err == nil {
				t.Errorf("%s: it opens as a key that it is not", name)
			}
		}
		if err := os.Remove(beside); err != nil {
			t.Fatal(err)
		}
	}
}

// A seed of ML-DSA stands for a key of each kind; the one that a repository lists counts.
func TestSeeds(t *testing.T) {
	seed := bytes.Repeat([]byte{7}, mldsa.PrivateKeySize)
	s := Open([]string{write(t, "seed.hex", []byte(hex.EncodeToString(seed)+"\n"))}, reader(t))
	keys, err := s.Keys(t.Context())
	if err != nil || len(keys) != 3 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for _, parameters := range []mldsa.Parameters{mldsa.MLDSA44(), mldsa.MLDSA65(), mldsa.MLDSA87()} {
		opens(t, s, must(mldsa.NewPrivateKey(parameters, seed)).PublicKey(), nil)
	}
}

// What cannot be used is listed with its file and a way out, and does not hide the others.
func TestFilesThatCannotBeUsed(t *testing.T) {
	good := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	folder := t.TempDir()
	paths := []string{
		filepath.Join(folder, "missing.pem"), folder, write(t, "empty", nil), write(t, "public.pem", publicPEM(good.Public())),
		write(t, "huge.pem", bytes.Repeat([]byte("a"), maxFile+1)), write(t, "noise", []byte("\x00\x01\x02")),
	}
	s := Open(append(paths, write(t, "good.pem", privatePEM(good))), reader(t))
	keys, err := s.Keys(t.Context())
	if err != nil || len(keys) != len(paths)+1 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for i, path := range paths {
		if k := keys[i]; k.Usable() || k.Path != path || model.HintOf(k.Fault) == "" || !strings.Contains(k.Fault.Subject, filepath.Base(path)) {
			t.Errorf("%s: %+v, %v", path, k, k.Fault)
		}
	}
	opens(t, s, good.Public(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Keys(ctx); model.KindOf(err) != model.FaultCanceled {
		t.Errorf("stopped: %v", err)
	}
}

// Nothing is made, changed or removed.
func TestFilesAreOnlyRead(t *testing.T) {
	private := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	text := privatePEM(private)
	path := write(t, "mine.pem", text)
	s := Open([]string{path}, reader(t))
	id := must(fingerprintID(private.Public()))
	if err := s.Remove(t.Context(), id); model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
		t.Errorf("removed: %v", err)
	}
	if err := s.Remove(t.Context(), "another"); err != nil {
		t.Errorf("a key that is not in it: %v", err)
	}
	if _, err := s.Generate(t.Context(), port.NewKey{Role: model.RoleTargets, GUN: "app"}, phrase); model.KindOf(err) != model.FaultUsage {
		t.Errorf("made: %v", err)
	}
	if s.Removes() || s.Makes(model.TUF1) || s.Makes(model.NotaryV1) || s.Secret() != port.Passphrase {
		t.Error("it offers what it does not do")
	}
	if _, err := s.Unlock(t.Context(), "another", nil); model.KindOf(err) != model.FaultLocal {
		t.Errorf("a key that is not in it: %v", err)
	}
	if got := must(os.ReadFile(path)); !bytes.Equal(got, text) {
		t.Error("the file was changed")
	}
}
