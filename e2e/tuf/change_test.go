package tuf

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// A folderWorld is a repository in a folder, which the program changes and go-tuf reads over
// the web.
type folderWorld struct {
	*peer.Folder
	program *peer.Client
}

func newFolderWorld(t *testing.T) *folderWorld {
	t.Helper()
	w := &folderWorld{Folder: peer.ServeFolder(t, t.TempDir())}
	w.program = peer.Trustdeck(t).With("XDG_DATA_HOME="+t.TempDir(),
		"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.RepositoryPassphrase)
	return w
}

// change runs a command that must succeed, and then has go-tuf read the repository: as a client
// that knows nothing but the first root, and as one at each root since.
func (w *folderWorld) change(t *testing.T, args ...string) string {
	t.Helper()
	r := w.program.Try(append(args, "--yes")...)
	if r.Code != 0 || !strings.Contains(r.Stderr, "trustdeck read it back") {
		t.Fatalf("%q: exit code %d\n%s%s", args, r.Code, r.Stdout, r.Stderr)
	}
	w.readable(t, args)
	return r.Stderr
}

func (w *folderWorld) readable(t *testing.T, after []string) {
	t.Helper()
	for i, root := range w.Roots(t) {
		if err := w.Updater(t, root).Refresh(); err != nil {
			t.Errorf("after %q, go-tuf at root %d: %v", after, i+1, err)
		}
	}
}

// finds tells what becomes of a search for targets by a client that knows the first root.
func (w *folderWorld) finds(t *testing.T, path string) outcome {
	t.Helper()
	found, _ := goTUFFinds(w.Updater(t, w.Roots(t)[0]), path)
	return found
}

// The flows that change a repository of Docker Content Trust change one of TUF 1.0: go-tuf
// accepts every publish, from every root that there has been.
func TestFolderChangedByEveryFlow(t *testing.T) {
	w := newFolderWorld(t)
	content, key := filepath.Join(t.TempDir(), "content"), filepath.Join(t.TempDir(), "alice.pub")
	if err := os.WriteFile(content, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.change(t, "init", w.Dir)
	w.program.Run(t, "key", "generate", "--yes", "--dir", filepath.Dir(key), "alice")
	w.change(t, "target", "add", "--role", "targets", w.Dir, "app/a", content)
	w.change(t, "signer", "add", "--key", key, "alice", w.Dir)
	w.change(t, "target", "add", "--role", "alice", w.Dir, "alice/b", content)
	w.change(t, "delegation", "add", "--from", "alice", "--key", key, "--path", "alice/s*", "--terminating", w.Dir, "sub")
	w.change(t, "target", "add", "--role", "sub", w.Dir, "alice/sc", content)
	for path, want := range map[string]outcome{"app/a": found, "alice/b": found, "alice/sc": found, "alice/sd": notFound, "other": notFound} {
		if got := w.finds(t, path); got != want {
			t.Errorf("go-tuf: %s is %s, want %s", path, got, want)
		}
	}
	w.change(t, "delegation", "edit", "--path", "alice/t?", "--not-terminating", w.Dir, "sub")
	w.change(t, "delegation", "add", "--from", "sub", "--key", key, "--bins", "2", w.Dir, "bin")
	w.change(t, "witness", w.Dir, "sub")
	w.change(t, "renew", w.Dir, "root", "targets", "alice", "snapshot", "timestamp")
	for _, role := range []string{"targets", "snapshot", "timestamp", "root"} {
		w.change(t, "rotate", w.Dir, role)
	}
	w.change(t, "target", "remove", w.Dir, "app/a", "--role", "targets")
	w.change(t, "delegation", "remove", w.Dir, "sub")
	w.change(t, "signer", "remove", "alice", w.Dir)
	if got := w.finds(t, "app/a"); got != notFound {
		t.Errorf("go-tuf: app/a is %s after it was removed", got)
	}
	var seen struct {
		Roots []struct{ Version int }
	}
	if err := json.Unmarshal([]byte(w.program.Run(t, "roots", "-o", "json", w.Dir)), &seen); err != nil || len(seen.Roots) < 6 {
		t.Errorf("roots: %v %+v", err, seen)
	}
}

// A client that some will not read is named before anything is written; what is not named stops
// the publish.
func TestClientsThatWillBreakAreNamed(t *testing.T) {
	w := newFolderWorld(t)
	key := filepath.Join(t.TempDir(), "alice.pub")
	w.change(t, "init", w.Dir)
	w.program.Run(t, "key", "generate", "--yes", "--dir", filepath.Dir(key), "alice")
	out := w.change(t, "delegation", "add", "--key", key, "--hash-prefix", "0a", w.Dir, "hashed")
	if !strings.Contains(out, "go-tuf up to 2.4.2 will find no target of hashed") {
		t.Errorf("the review does not name the clients:\n%s", out)
	}
	out = w.change(t, "delegation", "add", "--key", key, "--path", "[!b]*", w.Dir, "set")
	if !strings.Contains(out, `clients read the path "[!b]*" of set differently: they only agree on * and ?`) {
		t.Errorf("the review does not name the pattern:\n%s", out)
	}
	before := listing(t, w.Dir)
	if r := w.program.Try("signer", "add", "--yes", "--key", key, "root", w.Dir); r.Code == 0 || !slices.Equal(listing(t, w.Dir), before) {
		t.Errorf("a signer called root: exit code %d, files %q", r.Code, listing(t, w.Dir))
	}
}

func listing(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// A saved plan is reviewed in the words of its repository.
func TestSavedPlanSpeaksOfItsClients(t *testing.T) {
	w := newFolderWorld(t)
	plan := filepath.Join(t.TempDir(), "plan.json")
	if r := w.program.Try("init", "--yes", "-f", plan, w.Dir); r.Code != 0 {
		t.Fatal(r.Stderr)
	}
	if out := w.change(t, "apply", plan); !strings.Contains(out, "TUF client: finds nothing until a target is signed") || strings.Contains(out, "docker") {
		t.Errorf("the review speaks of other clients:\n%s", out)
	}
}
