package trustdir

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
)

// bothFolders are a trust folder and one of trustdeck's own, with a key in each.
func bothFolders(t *testing.T) (f Folders, shared, own model.PrivateKey) {
	t.Helper()
	trust := NewKeeper(Open(t.TempDir()))
	f = Folders{KeyStore: trust, Trust: trust, Own: ownFolder(t.TempDir())}
	if _, err := f.Generate(t.Context(), port.NewKey{Role: model.RoleRoot}, phrase); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Own.Generate(t.Context(), port.NewKey{Role: "releases"}, phrase); err != nil {
		t.Fatal(err)
	}
	keys, err := f.Keys(t.Context())
	if err != nil || len(keys) != 2 || keys[0].Store != f.Dir() || keys[1].Store != f.Own.Dir() {
		t.Fatalf("%+v, %v", keys, err)
	}
	return f, keys[0], keys[1]
}

// Each key is opened, renamed and exported in the folder that has it; the keys of both cannot be
// given a new passphrase together.
func TestBothFolders(t *testing.T) {
	f, shared, own := bothFolders(t)
	for _, k := range []model.PrivateKey{shared, own} {
		signer, err := f.Unlock(t.Context(), k.ID, phrase)
		if err != nil {
			t.Fatal(err)
		}
		_ = signer.Close()
		if text, err := f.ExportKey(t.Context(), k); err != nil || bytes.Contains(text, []byte(ownTitle)) != (k.Store == f.Own.Dir()) {
			t.Errorf("exported %s, %v", text, err)
		}
	}
	if err := f.RenameKey(t.Context(), own, "other"); err != nil || sole(t, f.Own).Label != "other" {
		t.Errorf("renamed: %v", err)
	}
	own = sole(t, f.Own)
	both := []port.PassphraseChange{{Key: shared, Opens: phrase}, {Key: own, Opens: phrase}}
	if err := f.ChangePassphrases(t.Context(), both, []byte("another")); model.KindOf(err) != model.FaultUsage || !strings.Contains(model.HintOf(err), "separately") {
		t.Errorf("both at once: %v", err)
	}
	if err := f.ChangePassphrases(t.Context(), both[1:], []byte("another")); err != nil {
		t.Error(err)
	}
	if _, err := f.Unlock(t.Context(), own.ID, []byte("another")); err != nil {
		t.Error(err)
	}
	for _, dir := range []string{f.Dir(), f.Own.Dir()} {
		if err := f.CheckNew(filepath.Join(dir, "new.pem")); model.KindOf(err) != model.FaultUsage {
			t.Errorf("a new file in %s: %v", dir, err)
		}
	}
	if err := f.Remove(t.Context(), own.ID); err != nil {
		t.Error(err)
	}
	if keys, err := f.Keys(t.Context()); err != nil || len(keys) != 1 || keys[0].ID != shared.ID {
		t.Errorf("left: %+v, %v", keys, err)
	}
}

// The file of a key is removed from the folder that has it.
func TestFileOfEitherFolderIsRemoved(t *testing.T) {
	f, shared, own := bothFolders(t)
	for _, k := range []model.PrivateKey{own, shared} {
		if err := f.RemoveFile(t.Context(), k); err != nil {
			t.Errorf("removed: %v", err)
		}
	}
	if left, err := f.Keys(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("%+v are left, %v", left, err)
	}
}

// A backup has the keys of both folders, each by a path of its own, and puts them back into the
// folder that they came from.
func TestBothFoldersInABackup(t *testing.T) {
	f, shared, own := bothFolders(t)
	elsewhere := NewKeeper(Open(t.TempDir()))
	next := Folders{KeyStore: elsewhere, Trust: elsewhere, Own: ownFolder(t.TempDir())}
	var files []port.RestoreFile
	for k, want := range map[*model.PrivateKey]string{
		&shared: "private/" + string(shared.ID) + ".key", &own: "trustdeck/private/" + string(own.ID) + ".key",
	} {
		file, err := f.KeyFile(t.Context(), *k)
		if err != nil || file.Path != want {
			t.Fatalf("%s, %v", file.Path, err)
		}
		here, ok, err := f.ReadFile(t.Context(), file.Path)
		if err != nil || !ok || here.Path != file.Path || !bytes.Equal(here.Bytes, file.Bytes) {
			t.Errorf("read again: %s, %v", here.Path, err)
		}
		described := next.Describe(file)
		if described.ID != k.ID || described.Label != k.Label || described.Path != file.Path || described.Fault != nil {
			t.Errorf("described: %+v", described)
		}
		signer, err := next.OpenFile(file, phrase)
		if err != nil {
			t.Fatal(err)
		}
		_ = signer.Close()
		files = append(files, port.RestoreFile{TrustFile: file})
	}
	placed, err := next.RestoreFiles(t.Context(), files, time.Now())
	if err != nil || len(placed) != 2 || !slices.ContainsFunc(placed, func(p port.RestoredFile) bool { return strings.HasPrefix(p.Path, ownPrefix) }) {
		t.Fatalf("%+v, %v", placed, err)
	}
	for _, k := range []model.PrivateKey{shared, own} {
		signer, err := next.Unlock(t.Context(), k.ID, phrase)
		if err != nil {
			t.Fatal(err)
		}
		_ = signer.Close()
	}
	if keys, err := next.Keys(t.Context()); err != nil || len(keys) != 2 || keys[0].Store != next.Dir() || keys[1].Store != next.Own.Dir() {
		t.Errorf("%+v, %v", keys, err)
	}
}
