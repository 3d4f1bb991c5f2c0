package main

import (
	"crypto"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary"
	"trustdeck/model/tuf"
	"trustdeck/remote/sandbox/practice"
)

// practiceFolder is a practice world with its lessons.
func practiceFolder(t *testing.T) *wiring.PracticeWorld {
	t.Helper()
	ownTemp(t)
	p, err := wiring.StartPractice(t.Context(), wiring.PracticeOptions{Lessons: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := p.Filled(); err != nil {
		t.Fatal(err)
	}
	return p
}

// ownFolder is trustdeck's own key folder at a path.
func ownFolder(dir string) *trustdir.Store {
	return trustdir.OpenOwn(dir, trustdir.Own{ID: func(public crypto.PublicKey) (model.KeyID, error) {
		listed, err := tuf.Bare(public)
		return listed.ID, err
	}})
}

// The embedded key files hold the keys that the lessons name, and open with the passphrase
// that they tell. -update writes them again.
func TestPracticeKeys(t *testing.T) {
	long(t)
	scenario := practice.Build(time.Now())
	if *update {
		dir := t.TempDir()
		writePracticeKeys(t, trustdir.Open(dir), scenario.Keys)
		embedKeys(t, dir, "keys")
		dir = t.TempDir()
		writePracticeKeys(t, ownFolder(dir), scenario.OwnKeys)
		embedKeys(t, dir, "own-keys")
	}
	have := practiceFolder(t).Settings(settings.Settings{})
	holdsPracticeKeys(t, trustdir.Open(have.TrustDir), scenario.Keys, notary.Bare)
	holdsPracticeKeys(t, ownFolder(have.KeyDir), scenario.OwnKeys, tuf.Bare)
}

// holdsPracticeKeys checks that a folder has these keys and no others, and that the
// passphrase of the practice world opens them. list is how metadata lists one.
func holdsPracticeKeys(t *testing.T, store *trustdir.Store, lessons []practice.Key, list func(crypto.PublicKey) (model.PublicKey, error)) {
	t.Helper()
	found, err := store.Keys(t.Context())
	if err != nil || len(found) != len(lessons) {
		t.Fatalf("%d keys for %d of the lessons, %v", len(found), len(lessons), err)
	}
	files := map[model.KeyID]model.PrivateKey{}
	for _, k := range found {
		key, err := store.Unlock(t.Context(), k, []byte(practice.Passphrase))
		if err != nil {
			t.Fatal(err)
		}
		files[key.ID()] = k
		if err := key.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, want := range lessons {
		public, err := list(want.Private.Public())
		if err != nil {
			t.Fatal(err)
		}
		if have, ok := files[public.ID]; !ok || have.Label != want.Label || have.GUN != want.GUN {
			t.Errorf("the %s key of %s: %+v", want.Label, want.GUN, have)
		}
	}
}

// writePracticeKeys writes the files of keys.
func writePracticeKeys(t *testing.T, store *trustdir.Store, keys []practice.Key) {
	t.Helper()
	for _, k := range keys {
		key, err := store.Add(t.Context(), k.Private, k.Label, k.GUN, []byte(practice.Passphrase))
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Close(); err != nil {
			t.Error(err)
		}
	}
}

// embedKeys has the key files of a folder replace those that are embedded in the
// next build.
func embedKeys(t *testing.T, dir, name string) {
	t.Helper()
	embedded := filepath.Join("../../assets/practice", name)
	if err := os.RemoveAll(embedded); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(embedded, os.DirFS(filepath.Join(dir, "private"))); err != nil {
		t.Fatal(err)
	}
}

// Outside the practice world the embedded keys are not there, not even where it is the
// server: none is listed, none opens, and the passphrase does not matter.
func TestPracticeKeysStayInPractice(t *testing.T) {
	p := practiceFolder(t)
	theirs, err := trustdir.Open(p.Settings(settings.Settings{}).TrustDir).Keys(t.Context())
	if err != nil || len(theirs) == 0 {
		t.Fatal(err)
	}
	own := p.Settings(settings.Settings{})
	own.TrustDir = t.TempDir()
	s, err := openSession(own, &admin.Log{})
	if err != nil {
		t.Fatal(err)
	}
	store := s.Service.(*admin.Service).Stores[0]
	if keys, err := store.Keys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("keys of an empty folder: %v, %v", keys, err)
	}
	for _, k := range theirs {
		if _, err := store.Unlock(t.Context(), k.ID, []byte(practice.Passphrase)); !errors.Is(err, trustdir.Missing) {
			t.Errorf("the practice key %s: %v", k.ID, err)
		}
	}
}
