package tuf

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"trustdeck/model/tuf/tuftest"
)

// A keyFormWorld is a published repository whose keys are listed as its author does: two of three
// people sign root and targets, and a delegation is below targets.
type keyFormWorld struct {
	*folderWorld
	// flags name the files of all private keys.
	flags []string
}

func newKeyFormWorld(t *testing.T, algorithm tuftest.Algorithm) *keyFormWorld {
	t.Helper()
	w := &keyFormWorld{folderWorld: newFolderWorld(t)}
	r := tuftest.New()
	r.Plain = true
	key := func() *tuftest.Key {
		k := algorithm()
		path := filepath.Join(t.TempDir(), "key.pem")
		if err := os.WriteFile(path, k.File(), 0o600); err != nil {
			t.Fatal(err)
		}
		w.flags = append(w.flags, "--key-file", path)
		return k
	}
	people := tuftest.Quorum{Threshold: 2}
	for _, name := range []string{"ana", "ben", "cleo"} {
		people.Keys = append(people.Keys, key().With(tuftest.Object{"x-tuf-on-ci-keyowner": "@" + name}))
	}
	r.SetRole("root", people)
	r.SetRole("targets", people)
	service := key()
	r.SetRole("snapshot", tuftest.By(service))
	r.SetRole("timestamp", tuftest.By(service))
	r.Delegate("targets", "lib", tuftest.By(key().As("lib-key")), tuftest.Object{"paths": []string{"lib/*"}, "terminating": false})
	r.AddTarget("targets", "app", "1")
	r.AddTarget("lib", "lib/a", "2")
	for _, signed := range r.Signed {
		signed["expires"] = time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339)
	}
	r.Publish("root", "targets", "lib")
	for name, raw := range r.Wire {
		if err := os.WriteFile(filepath.Join(w.Dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// restate lists keys in today's form, and says what the review tells.
func (w *keyFormWorld) restate(t *testing.T, more ...string) string {
	t.Helper()
	r := w.program.Try(slices.Concat(w.flags, []string{"restate", w.Dir}, more, []string{"--yes"})...)
	if r.Code != 0 || !strings.Contains(r.Stderr, "trustdeck read it back") {
		t.Fatalf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	return r.Stderr
}

// Keys whose type names the curve, and one under an ID of somebody's choice, are listed as the
// specification asks for today: clients follow from every root, and find every target.
func TestKeysRestated(t *testing.T) {
	w := newKeyFormWorld(t, tuftest.OldP256)
	w.readable(t, []string{"nothing"})
	w.restate(t)
	w.readable(t, []string{"restate"})
	for _, path := range []string{"app", "lib/a"} {
		if got := w.finds(t, path); got != found {
			t.Errorf("go-tuf: %s is %s after the keys were restated", path, got)
		}
	}
	r := w.program.Try("inspect", w.Dir)
	if r.Code != 0 || strings.Contains(r.Stdout+r.Stderr, "is listed as") {
		t.Errorf("inspect: exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	r = w.program.Try("restate", w.Dir, "--yes")
	if r.Code == 0 || !strings.Contains(r.Stderr, "every key is listed in today's form already") {
		t.Errorf("the second time: exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
}

// A client that can't read points in hexadecimal can't follow from a root that lists them, which
// the review says; one that begins at the new root can.
func TestPointsRestated(t *testing.T) {
	w := newKeyFormWorld(t, tuftest.HexP256)
	out := w.restate(t, "root")
	roots := w.Roots(t)
	if _, err := trustedmetadata.New(roots[1]); err == nil {
		t.Error("go-tuf begins with root 2: the test proves nothing")
	}
	if !strings.Contains(out, "can't follow from it to the new one: go-tuf refuses root 2") || !strings.Contains(out, "(T6)") {
		t.Errorf("the review does not name the clients that break:\n%s", out)
	}
	if err := w.Updater(t, roots[len(roots)-1]).Refresh(); err != nil {
		t.Errorf("go-tuf at the new root: %v", err)
	}
	w.restate(t, "targets")
	u := w.Updater(t, roots[len(roots)-1])
	if got, _ := goTUFFinds(u, "lib/a"); got != found {
		t.Errorf("go-tuf: lib/a is %s after all keys were restated", got)
	}
}
