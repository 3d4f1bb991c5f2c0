package trustdir

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
)

// Which kinds of key notary signs with, once they are in the folder: as the root
// key of a new repository, and as a signer's. It reads Ed25519 files and lists
// them, but has no certificate for such a root, and takes no such signer.
func TestWhatNotarySignsWith(t *testing.T) {
	server := peer.MemoryServer(t)
	keys := kinds(t)
	for _, kind := range slices.Sorted(maps.Keys(keys)) {
		private := keys[kind]
		signs := kind != "Ed25519"
		t.Run(kind, func(t *testing.T) {
			repository := string(gun) + "-" + strings.ToLower(kind)
			store := trustdir.Open(t.TempDir())
			notary := peer.Notary(t, server, store.Dir())
			keep(t, store, private, "root")
			if r := notary.Try("init", "-p", repository); (r.Code == 0) != signs {
				t.Errorf("root: exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
			}

			store = trustdir.Open(t.TempDir())
			notary = peer.Notary(t, server, store.Dir())
			notary.Run(t, "init", "-p", repository+"-signed")
			key := keep(t, store, private, "alice")
			public := filepath.Join(t.TempDir(), "alice.pub")
			spki, err := x509.MarshalPKIXPublicKey(key.Public())
			if err != nil {
				t.Fatal(err)
			}
			text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
			if err := os.WriteFile(public, text, 0o600); err != nil {
				t.Fatal(err)
			}
			r := notary.Try("delegation", "add", "-p", repository+"-signed", "targets/alice", public, "--all-paths")
			if r.Code == 0 {
				r = notary.Try("addhash", "-p", repository+"-signed", "1.0", "10", "--sha256", digest, "-r", "targets/alice")
			}
			if (r.Code == 0) != signs {
				t.Errorf("signer: exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
			}
		})
	}
}

func keep(t *testing.T, store *trustdir.Store, private crypto.Signer, label string) *trustdir.Key {
	t.Helper()
	key, err := store.Add(t.Context(), private, label, "", phrase(label))
	if err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	return key
}

// "docker trust key load" opens a file of trustdeck, and then keeps nothing and says
// it has: so it does with every encrypted key, one that docker made itself included.
// A key goes into Docker's folder by Store.Add, which is what TestDockerSigns does.
func TestDockerLoadsNothing(t *testing.T) {
	server := peer.MemoryServer(t)
	files := map[string]string{}
	own, err := trustdir.Open(t.TempDir()).Generate(t.Context(), "alice", "", []byte(peer.RepositoryPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	files["trustdeck's"] = own.Info().Path
	config := t.TempDir()
	peer.Docker(t, server, config).Run(t, "trust", "key", "generate", "--dir", t.TempDir(), "alice")
	made, err := trustdir.Open(filepath.Join(config, "trust")).Keys(t.Context())
	if err != nil || len(made) != 1 {
		t.Fatalf("docker has made %d keys, %v", len(made), err)
	}
	files["docker's"] = made[0].Path
	for whose, file := range files {
		config := t.TempDir()
		docker := peer.Docker(t, server, config)
		if r := docker.With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=guess").Try("trust", "key", "load", file); r.Code == 0 {
			t.Errorf("%s: docker has opened it with another passphrase", whose)
		}
		docker.Run(t, "trust", "key", "load", "--name", "alice", file)
		if keys, err := trustdir.Open(filepath.Join(config, "trust")).Keys(t.Context()); err != nil || len(keys) != 0 {
			t.Errorf("%s: docker has kept %d keys, %v", whose, len(keys), err)
		}
	}
}

// A passphrase that was changed in the layout from before Notary 0.4 is the one
// that counts after notary has moved the files.
func TestOldLayout(t *testing.T) {
	server := peer.MemoryServer(t)
	source := trustdir.Open(t.TempDir())
	trust := t.TempDir()
	notary := peer.Notary(t, server, trust)
	ids := map[string]model.KeyID{}
	for label, dir := range map[string]string{"root": "root_keys", "targets": filepath.Join("tuf_keys", filepath.FromSlash(string(gun)))} {
		key, err := source.Generate(t.Context(), label, gun, []byte("an old one"))
		if err != nil {
			t.Fatal(err)
		}
		ids[label] = key.ID()
		old := filepath.Join(trust, "private", dir, string(key.ID())+"_"+label+".key")
		text, err := os.ReadFile(key.Info().Path)
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(old), 0o700), os.WriteFile(old, text, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	store := trustdir.Open(trust)
	keys, err := store.Keys(t.Context())
	if err != nil || len(keys) != 2 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for _, key := range keys {
		if err := store.ChangePassphrase(t.Context(), key, []byte("an old one"), phrase(key.Label)); err != nil {
			t.Fatal(err, model.HintOf(err))
		}
	}
	for label, id := range ids {
		line := listed(t, notary, id)
		if !strings.HasPrefix(line, label+" ") || strings.Contains(line, string(gun)) != (label == "targets") {
			t.Errorf("notary lists %q", line)
		}
		notary.Run(t, "key", "passwd", string(id))
		opens(t, store, id, phrase(label))
	}
	if moved, err := store.Keys(t.Context()); err != nil || len(moved) != 2 || moved[0].Legacy || moved[1].Legacy {
		t.Errorf("after notary: %+v, %v", moved, err)
	}
}

// What a crash leaves, and the lock, are nothing to notary: it neither lists nor
// removes them.
func TestNotaryIgnoresLeftovers(t *testing.T) {
	server := peer.MemoryServer(t)
	store := trustdir.Open(t.TempDir())
	notary := peer.Notary(t, server, store.Dir())
	key, err := store.Generate(t.Context(), "root", "", phrase("root"))
	if err != nil {
		t.Fatal(err)
	}
	before := notary.Run(t, "key", "list")
	left := filepath.Join(store.Dir(), "private", ".trustdeck-"+strings.Repeat("0", 64))
	if err := os.WriteFile(left, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nrole: ro"), 0o600); err != nil {
		t.Fatal(err)
	}
	if after := notary.Run(t, "key", "list"); after != before {
		t.Errorf("notary lists\n%s\nand listed\n%s", after, before)
	}
	notary.Run(t, "key", "passwd", string(key.ID()))
	for _, path := range []string{left, filepath.Join(store.Dir(), ".trustdeck.lock")} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
