package sequences

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/tuf"
)

// A folderWorld is a repository in a folder, and the administrator who changes it with
// trustdeck and has all keys but those that were sent away.
type folderWorld struct {
	desk
	*peer.Folder
	deck *peer.Client
	// trust has the keys of signers, and own those of the repository.
	trust, own string
	// keys are those of the signers, and ids what metadata calls them.
	keys map[string]peer.Key
	ids  map[string]model.KeyID
	// kept is what a client keeps that reads the repository after each step.
	kept string
	// paths are those of all targets that were ever listed.
	paths []string
}

func newFolderWorld(r *record, name string) *folderWorld {
	t := r.t
	t.Helper()
	home := t.TempDir()
	w := &folderWorld{
		Folder: peer.ServeFolder(t, filepath.Join(home, name)), kept: t.TempDir(), keys: map[string]peer.Key{}, ids: map[string]model.KeyID{},
		trust: filepath.Join(home, "docker", "trust"), own: filepath.Join(home, "data", "trustdeck", "keys"),
	}
	w.deck = same(peer.Trustdeck(t)).With("DOCKER_CONFIG="+filepath.Join(home, "docker"), "XDG_DATA_HOME="+filepath.Join(home, "data"))
	w.desk = desk{record: r, of: w, name: w.Dir}
	if err := os.Mkdir(w.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob", "sub"} {
		w.newKey(name)
	}
	return w
}

// begin initialises the repository; one of the other kind has no consistent snapshots.
func (w *folderWorld) begin(made []step) []step {
	w.t.Helper()
	plain := made[0].what == other
	deck := w.deck
	if plain { // what is known of the first root is forgotten
		deck, made = deck.With("XDG_STATE_HOME="+w.t.TempDir()), made[1:]
	}
	if r := deck.Try("init", "--yes", w.Dir); r.Code != 0 {
		w.t.Fatalf("trustdeck init: exit code %d\n%s", r.Code, r.Stderr)
	}
	if plain {
		w.NameInPlain(w.t, w.own)
	}
	w.compare()
	return made
}

func (w *folderWorld) trustdeck(args ...string) peer.Result { return w.deck.Try(args...) }

// newKey makes a key for a signer, and keeps it here.
func (w *folderWorld) newKey(name string) {
	w.t.Helper()
	w.keys[name] = peer.BareKey(w.t, w.t.TempDir(), name)
	text, err := os.ReadFile(w.keys[name].PublicFile)
	if err != nil {
		w.t.Fatal(err)
	}
	listed, err := tuf.Dialect{}.ParsePublicFile(text)
	if err != nil {
		w.t.Fatal(err)
	}
	w.ids[name] = listed.ID
	w.deck.Run(w.t, "key", "import", "--yes", "--role", name, w.keys[name].PrivateFile)
}

// state is every file of the repository.
func (w *folderWorld) state() string {
	w.t.Helper()
	var out []string
	entries, err := os.ReadDir(w.Dir)
	for _, e := range entries {
		var raw []byte
		if raw, err = os.ReadFile(filepath.Join(w.Dir, e.Name())); err != nil {
			break
		}
		out = append(out, fmt.Sprintf("%s %x", e.Name(), sha256.Sum256(raw)))
		if !strings.HasSuffix(e.Name(), ".json") {
			w.t.Errorf("%s is left in the folder", e.Name())
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

// found are the targets that go-tuf finds, knowing the first root.
func (w *folderWorld) found() []string {
	w.t.Helper()
	return w.foundBy(w.Updater(w.t, w.Roots(w.t)[0]), "a new client")
}

// foundBy are the targets that a client finds, which must be able to read the repository.
func (w *folderWorld) foundBy(client *updater.Updater, who string) []string {
	w.t.Helper()
	if err := client.Refresh(); err != nil {
		w.t.Errorf("go-tuf, %s: %v", who, err)
		return nil
	}
	var out []string
	for _, path := range w.paths {
		found, err := peer.Finds(client, path)
		if err == nil && !found && w.byHash(path) {
			found = w.explains(path).Resolution.OK
		}
		if err != nil && !w.pending() {
			w.t.Errorf("go-tuf, %s, searching for %s: %v", who, path, err)
		}
		if found {
			out = append(out, path)
		}
	}
	return out
}

// pending reports whether trustdeck says that a delegation cannot be used.
func (w *folderWorld) pending() bool {
	w.t.Helper()
	a, _ := w.look()
	for _, role := range a.Repositories[0].Roles {
		if role.State != "verified" {
			return true
		}
	}
	return false
}

// An explanation is what trustdeck says of a search.
type explanation struct {
	Steps []struct {
		PathHashPrefixes []string
	}
	Resolution struct{ OK bool }
}

func (w *folderWorld) explains(path string) (e explanation) {
	w.t.Helper()
	r := w.trustdeck("explain", "--all", "-o", "json", w.Dir, path)
	if err := json.Unmarshal([]byte(r.Stdout), &e); err != nil {
		w.t.Fatalf("trustdeck explain: %v\n%s%s", err, r.Stdout, r.Stderr)
	}
	return e
}

// byHash reports whether a search meets a delegation by hash prefixes, which go-tuf does not
// follow (T4 in docs/tuf.md).
func (w *folderWorld) byHash(path string) bool {
	w.t.Helper()
	for _, step := range w.explains(path).Steps {
		if len(step.PathHashPrefixes) > 0 {
			return true
		}
	}
	return false
}

// compare has go-tuf read the repository, and holds what it finds against what trustdeck says.
func (w *folderWorld) compare() {
	w.t.Helper()
	a, r := w.look()
	var want []string
	for _, tag := range a.Repositories[0].Tags {
		if !slices.Contains(w.paths, tag.Name) {
			w.t.Fatalf("nobody has added %s", tag.Name)
		}
		if tag.Pulled {
			want = append(want, tag.Name)
		}
	}
	slices.Sort(want)
	roots := w.Roots(w.t)
	clients := map[string]*updater.Updater{"one that was there all the time": w.Kept(w.t, roots[0], w.kept)}
	for i, root := range roots {
		clients[fmt.Sprintf("one at root %d", i+1)] = w.Updater(w.t, root)
	}
	for _, who := range slices.Sorted(maps.Keys(clients)) {
		if got := w.foundBy(clients[who], who); !slices.Equal(got, want) {
			w.t.Errorf("go-tuf, %s, finds %v, and trustdeck says %v\n%s", who, got, want, r.Stdout)
		}
	}
	kept, err := os.ReadFile(filepath.Join(w.kept, "root.json"))
	if err != nil || !bytes.Equal(kept, roots[len(roots)-1]) {
		w.t.Errorf("the client that was there all the time is not at the last root: %v", err)
	}
}
