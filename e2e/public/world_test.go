package public

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/client"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// sampled is for how many paths of a repository readers search.
const sampled = 8

// A world is a copy of a repository, the administrators who change it, and those who read it.
type world struct {
	t *testing.T
	*copier
	// Folder is the copy, and home is what trustdeck is told: the folder that has it.
	*peer.Folder
	home string
	// site is what clients read: the copy itself, or what is published of it.
	site    *peer.Folder
	program *peer.Client
	// flags have trustdeck sign with the keys of the repository, and of those who came.
	flags   []string
	keysDir string
	readers []reader
	// keeps is what the readers keep that were there all the time, and first how many of the
	// roots at the beginning they cannot read, by name.
	keeps map[string]*kept
	first map[string]int
	// rootsRead is how many roots there were when everybody read the copy last.
	rootsRead int
	// paths are those for which readers search.
	paths []string
	// hands are those who came with a key.
	hands map[string]hand
}

// newWorld copies a repository.
func newWorld(t *testing.T, from string, readers []reader) *world {
	t.Helper()
	w := &world{
		t: t, home: filepath.Join(t.TempDir(), "repository"), keysDir: t.TempDir(), readers: readers,
		keeps: map[string]*kept{}, first: map[string]int{}, hands: map[string]hand{},
	}
	w.copier = copyRepository(t, from, w.home)
	w.flags = w.files(t, w.keysDir)
	w.program = peer.Trustdeck(t).With("XDG_DATA_HOME="+t.TempDir(),
		"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.RepositoryPassphrase)
	w.Folder = peer.ServeFolder(t, w.metadata())
	w.site = w.Folder
	if w.working() {
		w.site = peer.ServeFolder(t, t.TempDir())
	}
	for _, r := range readers {
		w.keeps[r.name] = w.nothing()
	}
	return w
}

// metadata is where the files of the copy are.
func (w *world) metadata() string {
	if _, err := os.Stat(filepath.Join(w.home, "metadata")); err == nil {
		return filepath.Join(w.home, "metadata")
	}
	return w.home
}

// working tells whether the copy is one that is published from elsewhere, as with tuf-on-ci.
func (w *world) working() bool {
	_, err := os.Stat(filepath.Join(w.metadata(), "root_history"))
	return err == nil
}

// nothing is what somebody keeps who has read nothing.
func (w *world) nothing() *kept { return &kept{w.t.TempDir(), client.MemoryLocalStore()} }

// try runs a command with all keys.
func (w *world) try(args ...string) peer.Result {
	return w.program.Try(append(append(slices.Clone(args), w.flags...), "--yes")...)
}

// change runs a command that publishes, and has everybody read what is published.
func (w *world) change(args ...string) string {
	w.t.Helper()
	r := w.try(args...)
	if r.Code != 0 || !strings.Contains(r.Stderr, "trustdeck read it back") {
		w.t.Errorf("%q: exit code %d\n%s%s", args, r.Code, r.Stdout, r.Stderr)
		return r.Stderr
	}
	w.publish()
	w.read(strings.Join(args[:min(len(args), 3)], " "))
	return r.Stderr
}

// refused runs a command that says why it changes nothing.
func (w *world) refused(why string, args ...string) {
	w.t.Helper()
	before := w.newest()
	if r := w.try(args...); r.Code == 0 || !strings.Contains(r.Stderr, why) {
		w.t.Errorf("%q: exit code %d, and it should say %q\n%s%s", args, r.Code, why, r.Stdout, r.Stderr)
	}
	if after := w.newest(); !maps.EqualFunc(before, after, func(a, b *source) bool { return bytes.Equal(a.raw, b.raw) }) {
		w.t.Errorf("%q changes the folder", args)
	}
}

// publish does what is done after a change of the folder: the robot signs what is left to it, and
// what is to be published is copied to where clients read.
func (w *world) publish() {
	w.t.Helper()
	w.robot()
	if w.site != w.Folder {
		if r := w.program.Try("publish", "--to", w.site.Dir, w.home); r.Code != 0 {
			w.t.Errorf("publish: exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
		}
	}
}

// look reads the copy with trustdeck's own code.
func (w *world) look() *model.Repository {
	w.t.Helper()
	repo := w.Look(w.t)
	if repo == nil {
		w.t.Fatal("trustdeck cannot read the copy")
	}
	return repo
}

// begin has everybody read the copy before anything is changed. Who cannot must have a known
// reason, and is left out: at a root, or of all where it cannot read the newest.
func (w *world) begin() {
	w.t.Helper()
	w.publish()
	repo := w.look()
	for _, role := range repo.Roles {
		for i, target := range role.Targets {
			if i < sampled/2 && len(w.paths) < sampled {
				w.paths = append(w.paths, target.Name)
			}
		}
	}
	w.paths = append(w.paths, "nobody/lists/this")
	want, roots := w.wanted(repo), w.site.Roots(w.t)
	w.rootsRead = len(roots)
	w.readers = slices.DeleteFunc(slices.Clone(w.readers), func(r reader) bool {
		out := false
		for i, root := range roots {
			got, err := r.read(w.site, root, w.nothing(), w.paths)
			why := w.excuse(r.name, err)
			if out = why != nil; out {
				w.first[r.name] = i + 1
				w.t.Logf("%s at root %d: %s", r.name, i+1, why.why)
			} else if err != nil || !slices.Equal(w.like(r, repo, got), w.like(r, repo, want)) {
				w.t.Errorf("unchanged: %s at root %d finds %q, and trustdeck says %q: %v", r.name, i+1, got, want, err)
			}
		}
		return out
	})
}

// wanted are the paths that a client finds, as trustdeck says.
func (w *world) wanted(repo *model.Repository) []string {
	var out []string
	for _, path := range w.paths {
		if (tuf.Dialect{}).Resolve(repo, path).OK {
			out = append(out, path)
		}
	}
	return out
}

// read has everybody read the copy: those who were there all the time, those who know no more
// than the first root, and those who know the newest. Where that is a new one, go-tuf reads it
// from every other root as well.
func (w *world) read(after string) {
	w.t.Helper()
	repo, roots := w.look(), w.site.Roots(w.t)
	want := w.wanted(repo)
	for _, r := range w.readers {
		check := func(who string, root []byte, k *kept) {
			got, err := r.read(w.site, root, k, w.paths)
			if err != nil {
				w.t.Errorf("after %q: %s, %s: %v", after, r.name, who, err)
			} else if !slices.Equal(w.like(r, repo, got), w.like(r, repo, want)) {
				w.t.Errorf("after %q: %s, %s, finds %q, and trustdeck says %q", after, r.name, who, got, want)
			}
		}
		first := w.first[r.name]
		for i := first; i < len(roots); i++ {
			if i == first || i == len(roots)-1 || r.name == goTUF && len(roots) > w.rootsRead {
				check(fmt.Sprintf("at root %d", i+1), roots[i], w.nothing())
			}
		}
		check("there all the time", roots[first], w.keeps[r.name])
	}
	w.rootsRead = len(roots)
}

// like leaves out the paths that a reader finds otherwise: those of roles to which a delegation
// leads in a form that it does not know (TestForms).
func (w *world) like(r reader, repo *model.Repository, paths []string) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
		return slices.ContainsFunc(repo.Roles, func(role model.Role) bool {
			lists := slices.ContainsFunc(role.Targets, func(target model.Target) bool { return target.Name == path })
			return lists && slices.ContainsFunc(role.Parents, func(edge model.Delegation) bool {
				return r.name == oldGoTUF && edge.Bins != nil || r.name == goTUF && len(edge.PathHashPrefixes) > 0
			})
		})
	})
}

// A hand is somebody with a key.
type hand struct {
	public string
	id     model.KeyID
}

// newcomer makes a key for somebody, with which trustdeck then signs.
func (w *world) newcomer(name string) hand {
	w.t.Helper()
	k := tuftest.P256()
	text := member(k.Object, "keyval", "public").(string)
	h := hand{public: filepath.Join(w.keysDir, name+".pub")}
	private := filepath.Join(w.keysDir, name+".pem")
	listed, err := tuf.Dialect{}.ParsePublicFile([]byte(text))
	err = errors.Join(err, os.WriteFile(h.public, []byte(text), 0o600), os.WriteFile(private, k.File(), 0o600))
	if err != nil {
		w.t.Fatal(err)
	}
	h.id = tuf.Dialect{}.CanonicalID(listed)
	w.flags = append(w.flags, "--key-file", private)
	return h
}
