package trustdir

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"trustdeck/model"
)

var phrase = []byte("correct horse battery staple")

// Every kind of key that is added is listed, opens with its passphrase and no
// other, and signs as the key that was added.
func TestAdd(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]crypto.Signer{"Ed25519": edwards, "RSA": numbers}
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		if keys[name], err = ecdsa.GenerateKey(curve, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	for name, private := range keys {
		t.Run(name, func(t *testing.T) {
			s := Open(filepath.Join(t.TempDir(), "docker", "trust"))
			added, err := s.Add(t.Context(), private, "targets", "docker.io/acme/app", phrase)
			if err != nil {
				t.Fatal(err)
			}
			listed, err := s.Find(t.Context(), added.ID())
			if err != nil {
				t.Fatal(err)
			}
			if listed.Fault != nil || listed.Label != "targets" || listed.GUN != "docker.io/acme/app" || !listed.Encrypted {
				t.Errorf("listed as %+v", listed)
			}
			if want := added.Info(); listed.Path != want.Path || listed.Encoding != want.Encoding {
				t.Errorf("added %+v, listed %+v", want, listed)
			}
			if _, err := s.Unlock(t.Context(), listed, []byte("guess")); !errors.Is(err, WrongPassphrase) {
				t.Errorf("another passphrase: %v", err)
			}
			key, err := s.Unlock(t.Context(), listed, phrase)
			if err != nil {
				t.Fatal(err)
			}
			if string(key.SPKI()) != string(added.SPKI()) {
				t.Error("another key came out")
			}
		})
	}
}

// The folder and its files are for their owner only.
func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "trust")
	s := Open(dir)
	if _, err := s.Generate(t.Context(), "root", "", phrase); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAddRefuses(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := Open(t.TempDir())
	if _, err := s.Add(t.Context(), private, "root", "", nil); model.KindOf(err) != model.FaultSecret || model.HintOf(err) == "" {
		t.Errorf("without a passphrase: %v", err)
	}
	first, err := s.Add(t.Context(), private, "root", "", phrase)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(first.Info().Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Add(t.Context(), private, "alice", "", []byte("another one")); !errors.Is(err, Present) {
		t.Errorf("the same key again: %v", err)
	}
	if after, err := os.ReadFile(first.Info().Path); err != nil || string(after) != string(before) {
		t.Errorf("the file was changed, %v", err)
	}
}

// A passphrase of any length opens what it has closed.
func TestLongPassphrase(t *testing.T) {
	s := Open(t.TempDir())
	long := []byte(strings.Repeat("x", 4096))
	key, err := s.Generate(t.Context(), "root", "", long)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unlock(t.Context(), key.Info(), long); err != nil {
		t.Error(err)
	}
}

// crash ends a write as the end of the process would.
type crash struct{}

// Wherever a write is cut off, the folder holds the key whole or not at all, and
// the next write cleans up. The steps are counted, so that none is forgotten.
func TestCrash(t *testing.T) {
	steps := []string{stepCreate, stepWrite, stepSync, stepName, stepFolder}
	for i, at := range steps {
		t.Run(at, func(t *testing.T) {
			dir := t.TempDir()
			s := Open(dir)
			seen := 0
			s.between = func(step string) error {
				if step != steps[seen] {
					t.Fatalf("step %d is %q, want %q", seen, step, steps[seen])
				}
				if seen++; step == at {
					panic(crash{})
				}
				return nil
			}
			func() {
				defer func() {
					if recover() == nil {
						t.Fatal("no crash")
					}
				}()
				_, _ = s.Generate(t.Context(), "root", "", phrase)
			}()
			want := 0
			if i > 3 { // it has its name
				want = 1
			}
			again := Open(dir)
			keys, err := again.Keys(t.Context())
			if err != nil || len(keys) != want {
				t.Fatalf("%d keys, want %d; %v", len(keys), want, err)
			}
			for _, k := range keys {
				if k.Fault != nil {
					t.Errorf("a torn key: %v", k.Fault)
				}
				if _, err := again.Unlock(t.Context(), k, phrase); err != nil {
					t.Error(err)
				}
			}
			if _, err := again.Generate(t.Context(), "root", "", phrase); err != nil {
				t.Fatal(err)
			}
			names, err := os.ReadDir(filepath.Join(dir, privateDir))
			if err != nil || len(names) != want+1 {
				t.Errorf("the folder holds %v, %v", names, err)
			}
		})
	}
}

// A disk that is full or a folder that is barred leaves nothing behind, and the
// sentence names the file.
func TestWriteFails(t *testing.T) {
	for _, at := range []string{stepCreate, stepWrite, stepSync, stepName} {
		t.Run(at, func(t *testing.T) {
			dir := t.TempDir()
			s := Open(dir)
			s.between = func(step string) error {
				if step == at {
					return &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
				}
				return nil
			}
			_, err := s.Generate(t.Context(), "root", "", phrase)
			if !errors.Is(err, Unwritable) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "no space left") || model.HintOf(err) == "" {
				t.Errorf("error %v, hint %q", err, model.HintOf(err))
			}
			if names, err := os.ReadDir(filepath.Join(dir, privateDir)); err != nil || len(names) != 0 {
				t.Errorf("the folder holds %v, %v", names, err)
			}
		})
	}
}

// Several writers at once, in one process and with a Store each, lose nothing.
func TestWritersAtOnce(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if _, err := Open(dir).Generate(t.Context(), "alice", "", phrase); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if keys, err := Open(dir).Keys(t.Context()); err != nil || len(keys) != 16 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

// A wrong passphrase is told apart from every other fault, and names the key.
func TestKeeper(t *testing.T) {
	k := NewKeeper(Open(t.TempDir()))
	made, err := k.Generate(t.Context(), model.RoleTargets, "docker.io/acme/app", phrase)
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Unlock(t.Context(), made.Key().ID, []byte("guess"))
	if model.KindOf(err) != model.FaultSecret || !strings.Contains(err.Error(), "targets key "+made.Key().ID.Short()+" of docker.io/acme/app") {
		t.Errorf("a wrong passphrase: %v", err)
	}
	opened, err := k.Unlock(t.Context(), made.Key().ID, phrase)
	if err != nil {
		t.Fatal(err)
	}
	method, sig, err := opened.Sign([]byte("payload"))
	if err != nil || method != "ecdsa" || len(sig) != 64 {
		t.Errorf("%s, %d bytes, %v", method, len(sig), err)
	}
	opened.Wipe()
	if _, _, err := opened.Sign([]byte("payload")); err == nil {
		t.Error("a wiped key has signed")
	}
	signer, err := k.Generate(t.Context(), "targets/alice", "docker.io/acme/app", phrase)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := Open(k.store.dir).Find(t.Context(), signer.Key().ID); err != nil || found.Label != "alice" || found.GUN != "" {
		t.Errorf("a signer's key is listed as %+v, %v", found, err)
	}
}
