package tuf

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"trustdeck/e2e/peer"
	"trustdeck/model"
)

// New keys are made of each kind that TUF has, in every change that makes keys, and go-tuf reads
// each publish.
func TestNewKeysOfEveryKind(t *testing.T) {
	for kind, shown := range map[string]string{"ecdsa-p256": "ECDSA P-256", "p384": "ECDSA P-384", "ED25519": "Ed25519", "rsa": "RSA 3072"} {
		t.Run(kind, func(t *testing.T) {
			w := newFolderWorld(t)
			w.change(t, "init", "--algorithm", kind, w.Dir)
			w.change(t, "delegation", "add", "--new-keys", "2", "--threshold", "2", "--algorithm", kind, "--path", "qa/*", w.Dir, "qa")
			w.change(t, "threshold", "--new-keys", "1", "--algorithm", kind, w.Dir, "root", "2")
			w.change(t, "rotate", "--algorithm", kind, w.Dir, "targets")
			w.change(t, "rotate", "--algorithm", kind, "--replace", string(w.Look(t).Role("qa").Keys[0]), w.Dir, "qa")
			content := filepath.Join(t.TempDir(), "content")
			if err := os.WriteFile(content, []byte("content"), 0o600); err != nil {
				t.Fatal(err)
			}
			w.change(t, "target", "add", "--role", "qa", w.Dir, "qa/a", content)
			if got := w.finds(t, "qa/a"); got != found {
				t.Errorf("go-tuf: qa/a is %s", got)
			}
			for _, k := range w.Look(t).Keys {
				if k.Algorithm != shown {
					t.Errorf("key %s of %s is %s", k.ID.Short(), k.Roles, k.Algorithm)
				}
			}
		})
	}
}

// Clients that do not know ML-DSA are named before such a key is made. Others read the publish;
// go-tuf refuses the role, as was said, and reads it again once the key is replaced.
func TestNewMLDSAKeys(t *testing.T) {
	w := newFolderWorld(t)
	w.change(t, "init", w.Dir)
	for _, kind := range []string{"ml-dsa-44", "ml-dsa", "ml-dsa-87"} {
		r := w.program.Try("rotate", "--yes", "--algorithm", kind, w.Dir, "targets")
		if r.Code != 0 || !strings.Contains(r.Stderr, "go-tuf up to 2.4.2 will refuse targets: it doesn't know the type of the new key, ML-DSA (T12)") {
			t.Fatalf("exit code %d\n%s", r.Code, r.Stderr)
		}
		roots := w.Roots(t)
		if err := w.Updater(t, roots[0]).Refresh(); err == nil {
			t.Errorf("go-tuf reads targets that an %s key signs", kind)
		}
		w.tufClient(t, roots[0])
	}
	w.change(t, "rotate", "--algorithm", "ed25519", w.Dir, "targets")
}

// tufClient has trustdeck's own client read the repository from a root.
func (w *folderWorld) tufClient(t *testing.T, root []byte) {
	t.Helper()
	dir := t.TempDir()
	first := filepath.Join(dir, "first.json")
	if err := os.WriteFile(first, root, 0o600); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, "metadata")
	if err := os.Mkdir(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"tuf-client", "--metadata-dir", kept, "init", first},
		{"tuf-client", "--metadata-dir", kept, "--metadata-url", w.URL, "refresh"},
	} {
		if r := w.program.Try(args...); r.Code != 0 {
			t.Fatalf("%q: exit code %d\n%s", args, r.Code, r.Stderr)
		}
	}
}

// A custodian hands over a public key, and keeps the private one: it is listed beside the others
// at once, and signs once it has to.
func TestCustodiansPublicKey(t *testing.T) {
	w := newFolderWorld(t)
	custodian := peer.Trustdeck(t).With("XDG_DATA_HOME="+t.TempDir(), "NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.RepositoryPassphrase)
	dir := t.TempDir()
	custodian.Run(t, "key", "generate", "--yes", "--dir", dir, "root")
	public := filepath.Join(dir, "root.pub")
	w.change(t, "init", w.Dir)
	first := string(w.Look(t).Role("root").Keys[0])

	out := w.change(t, "threshold", "--key", public, w.Dir, "root", "1")
	root := w.Look(t).Role("root")
	if len(root.Keys) != 2 || root.Threshold != 1 || !strings.Contains(out, "New key: ") {
		t.Fatalf("root has %d keys, of which %d must sign:\n%s", len(root.Keys), root.Threshold, out)
	}
	theirs := string(root.Keys[slices.IndexFunc(root.Keys, func(id model.KeyID) bool { return string(id) != first })])
	w.change(t, "rotate", "--root-key", first, w.Dir, "root")
	w.change(t, "rotate", "--root-key", first, "--root-key", "file", "--key", public, w.Dir, "root")
	for role, args := range map[string][]string{
		"root": {"rotate", "--yes", "--root-key", theirs, w.Dir, "root"}, "targets": {"rotate", "--yes", "--key", public, w.Dir, "targets"},
	} {
		before := listing(t, w.Dir)
		if r := w.program.Try(args...); r.Code == 0 || !strings.Contains(r.Stderr, role+" needs 1 signature more") || !slices.Equal(listing(t, w.Dir), before) {
			t.Errorf("%s without its holder: exit code %d\n%s", role, r.Code, r.Stderr)
		}
	}
	if r := w.program.Try("threshold", "--yes", "--key", public, w.Dir, "root", "2"); r.Code != 2 || !strings.Contains(r.Stderr, "root already has this key") {
		t.Errorf("the same key again: exit code %d\n%s", r.Code, r.Stderr)
	}
}

// A root goes to ML-DSA step by step: beside the classical key, both together, and alone. Each
// review says which clients stay behind, and a client that knows ML-DSA follows from every root.
func TestRootToMLDSA(t *testing.T) {
	w := newFolderWorld(t)
	w.change(t, "init", w.Dir)
	step := func(says string, args ...string) {
		t.Helper()
		r := w.program.Try(append(args, "--yes")...)
		if r.Code != 0 || !strings.Contains(r.Stderr, says) {
			t.Fatalf("%q: exit code %d, and the review lacks %q:\n%s", args, r.Code, says, r.Stderr)
		}
		for i, root := range w.Roots(t) {
			if strings.Contains(string(root), "ml-dsa") {
				if _, err := trustedmetadata.New(root); err == nil {
					t.Errorf("go-tuf begins with root %d: the test proves nothing", i+1)
				}
			}
			w.tufClient(t, root)
		}
	}
	const stopped = "can't follow from it to the new one: go-tuf refuses root "
	step("go-tuf up to 2.4.2 will refuse root: it doesn't know the type of the new key, ML-DSA (T12)", "threshold", "--new-keys", "1", "--algorithm", "ml-dsa-65", w.Dir, "root", "1")
	step(stopped+"2", "threshold", w.Dir, "root", "2")
	keys := w.Look(t).Keys
	at := slices.IndexFunc(keys, func(k model.Key) bool { return k.Algorithm == "ML-DSA-65" })
	step(stopped+"3", "rotate", "--root-key", string(keys[at].ID), w.Dir, "root")
	if root := w.Look(t).Role("root"); root.Version != 4 || len(root.Keys) != 1 || root.Keys[0] != keys[at].ID {
		t.Errorf("root %d lists %v", root.Version, root.Keys)
	}
}
