package trustdir

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

// staged reads a changelist that can be read.
func staged(t *testing.T, s *Store, gun model.GUN) []port.StagedFile {
	t.Helper()
	files, err := s.Staged(context.Background(), gun)
	if err != nil {
		t.Fatalf("Staged of %s: %v", gun, err)
	}
	return files
}

// Notary takes every file of the folder for a change, whatever its name, in the
// order of the names, and leaves folders alone.
func TestStaged(t *testing.T) {
	dir := folderWith(t, map[string][]byte{
		"tuf/a/changelist/01795229493419502005_edfe4c5a.change": []byte("{"),
		"tuf/a/changelist/01795229493419250730_0e32fe8d.change": []byte("{}"),
		"tuf/a/changelist/README":                               {},
		"tuf/a/metadata/root.json":                              {},
		"tuf/b/changelist/x/y.change":                           {},
		"tuf/c/metadata/root.json":                              {},
		"tuf/d/changelist":                                      {},
		"tuf/big/changelist/1_x.change":                         make([]byte, maxChangeFile+1),
	})
	store := unchanged(t, dir)
	for gun, want := range map[model.GUN]string{
		"a": "01795229493419250730_0e32fe8d.change={} 01795229493419502005_edfe4c5a.change={ README=",
		"b": "", "c": "", "none": "",
	} {
		var got []string
		for _, f := range staged(t, store, gun) {
			got = append(got, fmt.Sprintf("%s=%s", f.Name, f.Bytes))
			if f.Fault != nil || f.Modified.IsZero() || f.Path != filepath.Join(dir, "tuf", string(gun), "changelist", f.Name) {
				t.Errorf("%s: %+v", gun, f)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q; want %q", gun, got, want)
		}
	}
	_, err := store.Staged(context.Background(), "d")
	wantFault(t, err, filepath.Join(dir, "tuf", "d", "changelist"), Irregular)
	big := staged(t, store, "big")
	if len(big) != 1 || big[0].Bytes != nil {
		t.Fatalf("%+v", big)
	}
	wantFault(t, big[0].Fault, big[0].Path, BeyondLimit)
}

// A link is named and not followed: Notary would follow it, so it counts.
func TestStagedLink(t *testing.T) {
	dir := folderWith(t, map[string][]byte{"tuf/a/changelist/2": []byte("{}"), "secret": []byte("{}")})
	link := filepath.Join(dir, "tuf", "a", "changelist", "1")
	if err := os.Symlink(filepath.Join(dir, "secret"), link); err != nil {
		t.Skip("needs symbolic links: ", err)
	}
	files := staged(t, unchanged(t, dir), "a")
	if len(files) != 2 || files[0].Bytes != nil || string(files[1].Bytes) != "{}" {
		t.Fatalf("%+v", files)
	}
	wantFault(t, files[0].Fault, link, SymbolicLink)
}

func TestStagedBeyondLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes more than 10,000 files")
	}
	files := map[string][]byte{}
	for i := range maxChangelist/maxChangeFile + 1 {
		files[fmt.Sprintf("tuf/heavy/changelist/%03d", i)] = make([]byte, maxChangeFile)
	}
	for i := range maxChanges + 1 {
		files[fmt.Sprintf("tuf/many/changelist/%05d", i)] = nil
	}
	dir := folderWith(t, files)
	store := Open(dir)
	for gun, want := range map[model.GUN]int{"heavy": maxChangelist / maxChangeFile, "many": 0} {
		got, err := store.Staged(context.Background(), gun)
		wantFault(t, err, filepath.Join(dir, "tuf", string(gun), "changelist"), BeyondLimit)
		if len(got) != want {
			t.Errorf("%s: %d files; want %d", gun, len(got), want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := store.Staged(ctx, "heavy"); model.KindOf(err) != model.FaultCanceled {
		t.Errorf("cancelled: %v", err)
	}
}

// A changelist counts without metadata beside it; an empty one does not.
func TestStagedRepositories(t *testing.T) {
	dir := folderWith(t, map[string][]byte{
		"tuf/acme/b/metadata/root.json":     {},
		"tuf/acme/b/changelist/1.change":    {},
		"tuf/acme/b/changelist/2.change":    {},
		"tuf/acme/a/changelist/odd":         {},
		"tuf/acme/c/metadata/root.json":     {},
		"tuf/acme/d/changelist/folder/file": {},
		"tuf/a b/changelist/1.change":       {},
		"tuf/changelist/1.change":           {},
		"tuf/changelist/changelist/1":       {},
		"tuf/x/changelist/metadata/y.json":  {},
	})
	if err := os.MkdirAll(filepath.Join(dir, "tuf", "acme", "e", "changelist"), 0o700); err != nil {
		t.Fatal(err)
	}
	listed, err := unchanged(t, dir).StagedRepositories(context.Background())
	var got []string
	for _, l := range listed {
		got = append(got, string(l.GUN))
	}
	if want := []string{"acme/a", "acme/b", "changelist"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

func TestMetadata(t *testing.T) {
	const gun model.GUN = "registry.example.com/acme/app"
	repo := notarytest.New(gun, time.Now())
	repo.Delegate("targets/alice", 1, []string{""}, notarytest.NewKey())
	repo.Tag("targets/alice", "1.0", "content")
	repo.Tag("targets/alice", "2.0", "content")
	repo.Seal(model.RoleTargets, "targets/alice")
	files := map[string][]byte{}
	for role, raw := range repo.Wire() {
		files["tuf/"+string(gun)+"/metadata/"+string(role)+".json"] = raw
	}
	found, err := unchanged(t, folderWith(t, files)).Metadata(context.Background(), gun)
	if err != nil || len(found) != 5 {
		t.Fatalf("%+v, %v", found, err)
	}
	for _, f := range found {
		want, err := notary.Parse(f.Role, repo.Wire()[f.Role])
		if err != nil {
			t.Fatal(err)
		}
		if f.Version != want.Version || f.Fault != nil || f.Modified.IsZero() {
			t.Errorf("%+v; want version %d", f, want.Version)
		}
	}
}

func TestMetadataThatIsNone(t *testing.T) {
	dir := folderWith(t, map[string][]byte{
		"tuf/a/metadata/root.json":                  []byte("{"),
		"tuf/a/metadata/targets/releases.json":      []byte("[]"),
		"tuf/a/metadata/targets/UPPER.json":         []byte("{}"),
		"tuf/a/metadata/targets/deep/er.json":       {},
		"tuf/a/metadata/targets/odd.json/inner":     {},
		"tuf/a/metadata/snapshot/root.json":         {},
		"tuf/a/metadata/notes.txt":                  {},
		"tuf/a/metadata/targets/metadata/root.json": {},
		"tuf/b/metadata":                            {},
	})
	store := unchanged(t, dir)
	files, err := store.Metadata(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, string(f.Role))
		at := filepath.Join(dir, "tuf", "a", "metadata", filepath.FromSlash(string(f.Role))+".json")
		wantFault(t, f.Fault, at, Damaged)
		if f.Version != 0 {
			t.Errorf("%s has version %d", f.Role, f.Version)
		}
	}
	if want := []string{"root", "targets/deep/er", "targets/metadata/root", "targets/releases"}; !slices.Equal(got, want) {
		t.Errorf("found %v; want %v", got, want)
	}
	if files, err := store.Metadata(context.Background(), "none"); files != nil || err != nil {
		t.Errorf("of nothing: %v, %v", files, err)
	}
	_, err = store.Metadata(context.Background(), "b")
	wantFault(t, err, filepath.Join(dir, "tuf", "b", "metadata"), Irregular)
}
