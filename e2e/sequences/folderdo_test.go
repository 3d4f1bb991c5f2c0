package sequences

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"trustdeck/e2e/peer"
)

// do does a step.
func (w *folderWorld) do(s step) {
	w.t.Helper()
	role := s.whom
	key, id := w.keys[w.holder(role)], string(w.ids[w.holder(role)])
	switch s.what {
	case "add":
		w.change("signer", "add", "--key", key.PublicFile, role, w.Dir)
	case "remove":
		w.change("signer", "remove", role, w.Dir)
	case "off-board":
		w.change("off-board", "--who", role+"@"+id, w.Dir)
	case "rotate":
		w.change("rotate", "--key", key.PublicFile, w.Dir, role)
	case "fresh":
		w.change("witness", "--content", "fresh", w.Dir, role)
	case "witness":
		w.change("witness", w.Dir, role)
	case "renew":
		w.change("renew", w.Dir, "root", "targets", "snapshot", "timestamp")
	case "rotate root", "rotate targets", "rotate snapshot", "rotate timestamp":
		w.change("rotate", w.Dir, s.what[len("rotate "):])
	case "two roots":
		w.change("rotate", "--root-keys", "3", "--root-threshold", "2", w.Dir, "root")
	case "one root":
		w.change("threshold", w.Dir, "root", "1")
	case "both roots":
		w.change("threshold", w.Dir, "root", "2")
	case "target add":
		path := w.path(role)
		if role == "bins" {
			role = fmt.Sprintf("bin-%x", sha256.Sum256([]byte(path))[0]>>6)
		}
		w.change("target", "add", "--size", "10", "--sha256", w.digest(), "--role", role, w.Dir, path)
	case "target remove":
		w.change("target", "remove", w.Dir, w.listedPath())
	default:
		w.delegates(s.what, role, key, id)
	}
}

// holder is whose key a role has.
func (w *folderWorld) holder(role string) string {
	if _, ok := w.keys[role]; ok {
		return role
	}
	return "alice"
}

// delegates does a step about a delegation, or about the keys of one.
func (w *folderWorld) delegates(what, role string, key peer.Key, id string) {
	w.t.Helper()
	edit := func(flags ...string) {
		w.change(append(append([]string{"delegation", "edit"}, flags...), w.Dir, role)...)
	}
	switch what {
	case "delegate":
		w.change("delegation", "add", "--key", key.PublicFile, "--path", "alice/*", "--path", "all/*", w.Dir, role)
	case "below":
		w.change("delegation", "add", "--from", "alice", "--key", key.PublicFile, "--path", "alice/[b-s]*", "--terminating", w.Dir, role)
	case "hashed":
		w.change("delegation", "add", "--key", key.PublicFile, "--hash-prefix", "0", "--hash-prefix", "8a", "--hash-prefix", "f", w.Dir, "hashed")
	case "bins":
		w.change("delegation", "add", "--from", role, "--key", key.PublicFile, "--bins", "2", w.Dir, "bin")
	case "narrow":
		edit("--remove-path", "all/*")
	case "widen":
		edit("--path", "all/*", "--path", "?")
	case "terminate":
		edit("--terminating")
	case "go on":
		edit("--not-terminating")
	case "two":
		edit("--key", w.keys["alice"].PublicFile, "--key", w.keys["bob"].PublicFile, "--threshold", "2")
	case "one":
		w.change("threshold", w.Dir, role, "1")
	case "unkey":
		edit("--remove-key", id)
	case "undelegate":
		w.change("delegation", "remove", w.Dir, role)
	case "purge":
		w.change("delegation", "purge", id, w.Dir)
	default:
		w.looksAfterKeys(what, w.holder(role), key)
	}
}

// looksAfterKeys does a step about key files, which leaves the repository as it is.
func (w *folderWorld) looksAfterKeys(what, name string, key peer.Key) {
	w.t.Helper()
	switch what {
	case "rename":
		r := w.looksAfter(w.deck, "rename", key.ID, fmt.Sprintf("renamed%d", len(w.done)))
		w.counts(r, w.has(key))
	case "passphrase":
		w.deck = knowing(w.deck, w.newPassphrase(w.deck, w.trust, w.own))
		w.count()
	case "new key":
		w.newKey(name)
		w.count()
	case "send away":
		was := w.has(key)
		w.counts(w.looksAfter(w.deck, "remove", "--backup", "none", key.ID), was)
		if w.has(key) {
			w.t.Errorf("the key of %s is still here", name)
		}
	case "call":
		r := w.looksAfter(w.deck, "import", "--role", name, key.PrivateFile)
		w.counts(r, true)
	default:
		w.t.Fatalf("there is no step %q", what)
	}
}

// counts checks whether a command succeeded that should, and counts it.
func (w *folderWorld) counts(r peer.Result, should bool) {
	w.t.Helper()
	if done := r.Code == 0; done != should {
		w.t.Errorf("exit code %d, and it should succeed: %v\n%s", r.Code, should, r.Stderr)
	} else if done {
		w.count()
	}
}

// has tells whether a key of a signer is here.
func (w *folderWorld) has(key peer.Key) bool {
	_, err := os.Stat(filepath.Join(w.trust, "private", key.ID+".key"))
	return err == nil
}

// digest is one that no target has had.
func (w *folderWorld) digest() string {
	w.tags++
	return fmt.Sprintf("%x", sha256.Sum256([]byte{byte(w.tags)}))
}

// path is that of a target, mostly one for which a role is: alice delegates to the hash bins.
func (w *folderWorld) path(role string) string {
	if role == "bins" {
		role = "alice"
	}
	all := []string{role + "/a", role + "/b", role + "/c", "alice/c", "all/a"}
	path := all[w.random.IntN(len(all))]
	if !slices.Contains(w.paths, path) {
		w.paths = append(w.paths, path)
		slices.Sort(w.paths)
	}
	return path
}

// listedPath is the first target that a role lists.
func (w *folderWorld) listedPath() string {
	w.t.Helper()
	if all := w.listed(); len(all) > 0 {
		return all[0]
	}
	return "x"
}
