package trustdir

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/notary"
	"trustdeck/model/port"
)

// The port of the consumer.
var _ port.TrustDir = (*Store)(nil)

// unchanged opens the folder, and fails the test where it is not the same at
// its end: same names, modes, times and bytes.
func unchanged(t testing.TB, dir string) *Store {
	t.Helper()
	before := snapshot(t, dir)
	t.Cleanup(func() {
		after := snapshot(t, dir)
		for path, state := range before {
			if after[path] != state {
				t.Errorf("%s was changed:\n%s\n%s", path, state, after[path])
			}
		}
		for path := range maps.Keys(after) {
			if _, ok := before[path]; !ok {
				t.Errorf("%s was created", path)
			}
		}
	})
	return Open(dir)
}

// snapshot describes everything below dir.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	states := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == dir {
			return nil
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		state := fmt.Sprintf("%v %v", info.Mode(), info.ModTime())
		switch info.Mode().Type() {
		case 0:
			data, err := os.ReadFile(path)
			if err != nil && !errors.Is(err, fs.ErrPermission) {
				return err
			}
			state += fmt.Sprintf(" %x", sha256.Sum256(data))
		case fs.ModeSymlink:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			state += " " + target
		}
		states[path] = state
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	return states
}

// trustFolder copies a folder of testdata, with the modes that Notary gives.
func trustFolder(t testing.TB, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", name))); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// folderWith makes a trust folder with these files, by their paths below it.
func folderWith(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		put(t, filepath.Join(dir, filepath.FromSlash(name)), data)
	}
	return dir
}

// put writes a file as Notary would.
func put(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// sample reads a file of testdata.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// list returns all keys, and fails where the folder cannot be listed.
func list(t testing.TB, s *Store) []model.PrivateKey {
	t.Helper()
	keys, err := s.Keys(context.Background())
	if err != nil {
		t.Fatalf("Keys: %v", err)
	}
	return keys
}

// only returns the one key of a folder.
func only(t testing.TB, s *Store) model.PrivateKey {
	t.Helper()
	keys := list(t, s)
	if len(keys) != 1 {
		t.Fatalf("%d keys are listed, want 1: %+v", len(keys), keys)
	}
	return keys[0]
}

// wantFault checks that err is a Fault for these reasons and no other, names
// the path, and has a hint.
func wantFault(t testing.TB, err error, path string, reasons ...Reason) {
	t.Helper()
	var fault *model.Fault
	if !errors.As(err, &fault) || fault == nil {
		t.Fatalf("got %v (%T), want a Fault for %q", err, err, reasons)
	}
	kind := model.FaultLocal
	if slices.Contains(reasons, WrongPassphrase) {
		kind = model.FaultSecret
	}
	if fault.Kind != kind {
		t.Errorf("kind %q, want %q", fault.Kind, kind)
	}
	if fault.Subject != display.Quote(path) {
		t.Errorf("subject %q, want %q", fault.Subject, path)
	}
	if fault.Text == "" || fault.Hint == "" {
		t.Errorf("no text or no hint: %+v", fault)
	}
	if !display.Shown(fault.Text) || !display.Shown(fault.Hint) || !display.Shown(fault.Subject) {
		t.Errorf("control characters in %+q", fault)
	}
	for _, r := range allReasons {
		want := false
		for _, wanted := range reasons {
			want = want || r == wanted
		}
		if errors.Is(err, r) != want {
			t.Errorf("reason %q: %v, want %v (%v)", r, !want, want, err)
		}
	}
}

var allReasons = []Reason{
	WrongPassphrase, Missing, Damaged, LoosePermissions, SymbolicLink, Unreadable, Irregular, BeyondLimit,
	Unsupported, OtherKey, UnreadableByNotary, Duplicate, Misplaced, BadHeader, SeveralBlocks, BadName,
	Present, Unwritable, Locked, Changed, Unconfirmed,
}

// proves checks that the key is the one with this ID and signs what its public
// key verifies, by the rules of Notary and with nothing of this package.
func proves(t testing.TB, key *Key, id model.KeyID) {
	t.Helper()
	payload := []byte(`{"_type":"Targets","version":1}`)
	signature, err := notary.Sign(key.ID(), key, payload)
	if err != nil {
		t.Fatal(err)
	}
	value, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	sum, sig := sha256.Sum256(payload), signature.Sig
	var kind model.KeyType
	var method string
	ok := false
	switch pub := key.Public().(type) {
	case *ecdsa.PublicKey:
		size := (pub.Params().BitSize + 7) / 8
		if len(sig) != 2*size {
			t.Fatalf("signature of %d bytes, want %d", len(sig), 2*size)
		}
		kind, method = model.KeyECDSA, "ecdsa"
		ok = ecdsa.Verify(pub, sum[:], new(big.Int).SetBytes(sig[:size]), new(big.Int).SetBytes(sig[size:]))
	case *rsa.PublicKey:
		kind, method = model.KeyRSA, "rsapss"
		ok = rsa.VerifyPSS(pub, crypto.SHA256, sum[:], sig, &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}) == nil
	case ed25519.PublicKey:
		kind, method, value = model.KeyED25519, "eddsa", pub
		ok = ed25519.Verify(pub, payload, sig)
	}
	if !ok || signature.Method != method {
		t.Errorf("a signature by %v (%s, %s) does not verify", key, kind, signature.Method)
	}
	object := fmt.Sprintf(`{"keytype":%q,"keyval":{"private":null,"public":%q}}`, kind, base64.StdEncoding.EncodeToString(value))
	own := sha256.Sum256([]byte(object))
	if got := hex.EncodeToString(own[:]); got != string(id) || key.ID() != id {
		t.Errorf("key ID %s, computed %s, want %s", key.ID(), got, id)
	}
}

// passphrases of the test data: see its README.
func passphrase(folder string, k model.PrivateKey) []byte {
	switch {
	case k.Label == "root":
		return []byte("passw0rd-root")
	case folder == "repoC":
		return []byte("passw0rd-repo")
	case k.Label == "targets" || k.Label == "snapshot":
		return []byte("passw0rd-" + k.Label)
	default:
		return []byte("passw0rd-deleg")
	}
}

// idOf is the ID of the key in loose and openssl, which have no name.
func idOf(t testing.TB, data, passphrase []byte) model.KeyID {
	t.Helper()
	file, err := parseKeyFile(bytes.Clone(data))
	if err != nil {
		t.Fatal(err)
	}
	key, err := file.open(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	public, err := describe(notaryLayout{}, key.signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	return public.id
}

// keyPath is where a key belongs.
func keyPath(id model.KeyID) string { return "private/" + string(id) + ".key" }

// listed is a key as metadata lists it.
func listed(key interface{ Public() crypto.PublicKey }) model.PublicKey {
	k, err := notary.Bare(key.Public())
	if err != nil {
		panic(err)
	}
	return k
}
