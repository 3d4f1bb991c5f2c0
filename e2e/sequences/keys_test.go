package sequences

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"trustdeck/e2e/peer"
)

// newKey makes a key for a signer, who keeps it where the others are.
func (w *world) newKey(name string) {
	w.t.Helper()
	w.keys[name] = peer.BareKey(w.t, w.t.TempDir(), name)
	w.signer(name).Run(w.t, "key", "import", "--role", name, w.keys[name].PrivateFile)
}

// sendAway has a signer keep the key in a folder of their own.
func (w *world) sendAway(name string) {
	w.t.Helper()
	if w.away[name] != nil {
		return
	}
	w.away[name] = same(peer.Notary(w.t, w.server, w.t.TempDir()))
	w.signer(name).Run(w.t, "key", "import", "--role", name, w.keys[name].PrivateFile)
	w.notary.Answering("y\n").Try("key", "remove", w.keys[name].ID)
	if w.has(w.keys[name]) {
		w.t.Fatalf("the key of %s is still here", name)
	}
	w.count()
}

// call has a signer sign with the administrator's folder again.
func (w *world) call(name string) {
	w.t.Helper()
	if w.away[name] == nil {
		return
	}
	delete(w.away, name)
	w.notary.Run(w.t, "key", "import", "--role", name, w.keys[name].PrivateFile)
	w.count()
}

// file is that of a private key in the administrator's folder.
func (w *world) file(id string) string {
	return filepath.Join(w.folder, "trust", "private", id+".key")
}

// has tells whether a key is in the administrator's folder.
func (w *world) has(key peer.Key) bool {
	_, err := os.Stat(w.file(key.ID))
	return err == nil
}

// rename gives the key of a signer another name, under which notary then lists it.
func (w *world) rename(key peer.Key) {
	w.t.Helper()
	name := fmt.Sprintf("renamed%d", len(w.done))
	r := w.looksAfter(w.deck, "rename", key.ID, name)
	if done := r.Code == 0; done != w.has(key) {
		w.t.Errorf("the key is here: %v; exit code %d\n%s", w.has(key), r.Code, r.Stderr)
	} else if !done {
		return
	}
	list := w.notary.Run(w.t, "key", "list")
	if !regexp.MustCompile(`(?m)^\s*` + name + `\s+` + key.ID).MatchString(list) {
		w.t.Errorf("notary does not list the key as %s:\n%s", name, list)
	}
	w.count()
}

// passphrase gives a new one to all keys of the administrator's folder but the root key's,
// and the three clients know no other from then on.
func (w *world) passphrase() {
	w.t.Helper()
	fresh := w.newPassphrase(w.deck, filepath.Join(w.folder, "trust"))
	for _, client := range []**peer.Client{&w.notary, &w.docker, &w.deck} {
		*client = knowing(*client, fresh)
	}
	w.count()
}

// looksAfter has trustdeck change key files, which leaves the repository as it is.
func (d *desk) looksAfter(deck *peer.Client, args ...string) peer.Result {
	d.t.Helper()
	before := d.of.state()
	r := deck.Try(append([]string{"key"}, append(args, "--yes")...)...)
	if after := d.of.state(); after != before {
		d.t.Errorf("trustdeck key %q has changed the repository: %s after %s", args, after, before)
	}
	return r
}

// newPassphrase has trustdeck give one to all keys in folders but those of root: in one folder
// after the other.
func (d *desk) newPassphrase(deck *peer.Client, folders ...string) string {
	d.t.Helper()
	fresh := fmt.Sprintf("another passphrase %d", len(d.done))
	for _, folder := range folders {
		ids := d.notOfRoot(folder)
		if len(ids) == 0 {
			continue
		}
		r := d.looksAfter(deck.With("TRUSTDECK_NEW_PASSPHRASE="+fresh), append([]string{"passphrase"}, ids...)...)
		if r.Code != 0 {
			d.t.Fatalf("trustdeck key passphrase: exit code %d\n%s", r.Code, r.Stderr)
		}
	}
	return fresh
}

// notOfRoot are the keys in a folder but those of root.
func (d *desk) notOfRoot(folder string) []string {
	d.t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "private", "*.key"))
	if err != nil {
		d.t.Fatal(err)
	}
	var ids []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			d.t.Fatal(err)
		}
		if !bytes.Contains(text, []byte("role: root\n")) {
			ids = append(ids, strings.TrimSuffix(filepath.Base(name), ".key"))
		}
	}
	return ids
}
