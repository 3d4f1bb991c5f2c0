package trustdir

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
)

func TestRepositoriesOfRealFolders(t *testing.T) {
	for folder, gun := range map[string]model.GUN{
		"repoA": "registry.example.com/acme/app",
		"repoB": "registry.example.com/acme/rotated",
		"repoC": "registry.example.com/dct/img",
	} {
		t.Run(folder, func(t *testing.T) {
			store := unchanged(t, trustFolder(t, folder))
			listed, err := store.Repositories(context.Background())
			if want := []port.Listed{{GUN: gun}}; err != nil || !slices.Equal(listed, want) {
				t.Errorf("Repositories: %v, %v; want %v", listed, err, want)
			}
			if skipped, err := store.Skipped(context.Background()); len(skipped) != 0 || err != nil {
				t.Errorf("Skipped: %v, %v", skipped, err)
			}
			root, ok, err := store.Root(gun)
			if want := sample(t, folder+"/tuf/"+string(gun)+"/metadata/root.json"); !ok || err != nil || !bytes.Equal(root, want) {
				t.Errorf("Root: %q, %v, %v", root, ok, err)
			}
			if root, ok, err := store.Root(gun + "/other"); root != nil || ok || err != nil {
				t.Errorf("Root of another: %q, %v, %v", root, ok, err)
			}
		})
	}
}

// Names are taken from paths, in which the words of the layout may occur again.
func TestRepositoryNames(t *testing.T) {
	files := map[string][]byte{}
	for _, path := range []string{
		"acme/metadata/root.json",       // acme, which is also a prefix
		"acme/app/metadata/root.json",   // nested below it
		"acme/app-2/metadata/root.json", // sorts between acme/app and acme/app/x
		"acme/app/x/metadata/root.json", // nested twice
		"metadata/metadata/root.json",   // named like the folder of roles
		"b/metadata/metadata/root.json", // beside no repository b
		"acme/metadata/deep/metadata/root.json",
		"acme/changelist/metadata/root.json",
		"c/targets/metadata/root.json", // a folder targets that holds no roles
		"localhost:5000/x/metadata/root.json",

		// Not repositories: delegations, other roles, other files.
		"acme/metadata/targets/releases.json",
		"acme/metadata/targets/metadata/root.json",
		"acme/metadata/targets/deep/metadata/root.json",
		"d/metadata/timestamp.json",
		"e/root.json",
		"f/metadata/root.json.tmp",
		"g/metadata/root.json/x",
		"stray",
	} {
		files["tuf/"+path] = []byte(path)
	}
	store := unchanged(t, folderWith(t, files))
	listed, err := store.Repositories(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range listed {
		got = append(got, string(l.GUN))
		root, ok, err := store.Root(l.GUN)
		if want := string(l.GUN) + "/metadata/root.json"; string(root) != want || !ok || err != nil {
			t.Errorf("Root of %s: %q, %v, %v", l.GUN, root, ok, err)
		}
	}
	want := []string{
		"acme", "acme/app", "acme/app-2", "acme/app/x", "acme/changelist", "acme/metadata/deep",
		"b/metadata", "c/targets", "localhost:5000/x", "metadata",
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if skipped, err := store.Skipped(context.Background()); len(skipped) != 0 || err != nil {
		t.Errorf("Skipped: %v, %v", skipped, err)
	}
}

func TestSkippedRepositories(t *testing.T) {
	long := strings.Repeat("long/", 60) + "name"
	dir := folderWith(t, map[string][]byte{
		"tuf/metadata/root.json":              {},
		"tuf/a b/metadata/root.json":          {},
		"tuf/" + long + "/metadata/root.json": {},
		"tuf/x/_trust/metadata/root.json":     {},
		"tuf/good/metadata/root.json":         {},
	})
	store := unchanged(t, dir)
	listed, err := store.Repositories(context.Background())
	if want := []port.Listed{{GUN: "good"}}; err != nil || !slices.Equal(listed, want) {
		t.Errorf("Repositories: %v, %v", listed, err)
	}
	skipped, err := store.Skipped(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"tuf/a b/metadata", "tuf/" + long + "/metadata", "tuf/metadata", "tuf/x/_trust/metadata"}
	if len(skipped) != len(want) {
		t.Fatalf("skipped %v, want %v", skipped, want)
	}
	for i, path := range want {
		wantFault(t, skipped[i], filepath.Join(dir, filepath.FromSlash(path)), BadName)
	}
}

// A name is never a way out of the folder.
func TestRootOfBadNames(t *testing.T) {
	dir := trustFolder(t, "repoA")
	put(t, filepath.Join(dir, "metadata/root.json"), []byte("{}"))
	put(t, filepath.Join(dir, "tuf/metadata/root.json"), []byte("{}"))
	store := unchanged(t, dir)
	for _, gun := range []model.GUN{"", ".", "..", "../", "../x", "a/../..", "/", "/etc", "a//b", "a/", "a\x00b", "a b", "\xff", model.GUN(strings.Repeat("a", 256))} {
		root, ok, err := store.Root(gun)
		if root != nil || ok || model.KindOf(err) != model.FaultUsage || !errors.Is(err, BadName) || model.HintOf(err) == "" {
			t.Errorf("Root of %q: %q, %v, %v", gun, root, ok, err)
		}
		if files, err := store.Staged(context.Background(), gun); files != nil || model.KindOf(err) != model.FaultUsage {
			t.Errorf("Staged of %q: %v, %v", gun, files, err)
		}
		if files, err := store.Metadata(context.Background(), gun); files != nil || model.KindOf(err) != model.FaultUsage {
			t.Errorf("Metadata of %q: %v, %v", gun, files, err)
		}
	}
}

func TestRootThatIsTooBig(t *testing.T) {
	dir := folderWith(t, map[string][]byte{
		"tuf/a/metadata/root.json": make([]byte, maxRootFile),
		"tuf/b/metadata/root.json": make([]byte, maxRootFile+1),
		"tuf/c/metadata/root.json": {},
	})
	store := unchanged(t, dir)
	if root, ok, err := store.Root("a"); len(root) != maxRootFile || !ok || err != nil {
		t.Errorf("Root at the limit: %d bytes, %v, %v", len(root), ok, err)
	}
	_, ok, err := store.Root("b")
	wantFault(t, err, filepath.Join(dir, "tuf", "b", "metadata", "root.json"), BeyondLimit)
	if ok {
		t.Error("beyond the limit, it is there")
	}
	// An empty one is one: whoever verifies it says what is wrong.
	if root, ok, err := store.Root("c"); len(root) != 0 || !ok || err != nil {
		t.Errorf("empty Root: %q, %v, %v", root, ok, err)
	}
}

func TestRootThatIsNoFile(t *testing.T) {
	dir := folderWith(t, map[string][]byte{
		"tuf/a/metadata/root.json/x": {},
		"tuf/b/metadata":             {},
		"tuf/c":                      {},
	})
	store := unchanged(t, dir)
	for gun, at := range map[model.GUN]string{
		"a":   "tuf/a/metadata/root.json",
		"b":   "tuf/b/metadata",
		"c":   "tuf/c",
		"c/d": "tuf/c",
	} {
		_, ok, err := store.Root(gun)
		wantFault(t, err, filepath.Join(dir, filepath.FromSlash(at)), Irregular)
		if ok {
			t.Errorf("%s is there", gun)
		}
	}
}

func TestLinksBelowTUF(t *testing.T) {
	if err := os.Symlink("x", filepath.Join(t.TempDir(), "y")); err != nil {
		t.Skip("needs symbolic links: ", err)
	}
	elsewhere := trustFolder(t, "repoA")
	app := filepath.Join(elsewhere, "tuf", "registry.example.com", "acme", "app")
	dir := folderWith(t, map[string][]byte{"tuf/good/metadata/root.json": []byte("{}"), "tuf/b/metadata/x.json": {}})
	links := map[model.GUN]string{
		"a/x": filepath.Join(dir, "tuf", "a"),
		"b":   filepath.Join(dir, "tuf", "b", "metadata", "root.json"),
		"c":   filepath.Join(dir, "tuf", "c", "metadata"),
		"d":   filepath.Join(dir, "tuf", "d"),
		"e":   filepath.Join(dir, "tuf", "e"),
	}
	for gun, target := range map[model.GUN]string{
		"a/x": filepath.Dir(app),
		"b":   filepath.Join(app, "metadata", "root.json"),
		"c":   filepath.Join(app, "metadata"),
		"d":   "good",
		"e":   ".",
	} {
		if err := os.MkdirAll(filepath.Dir(links[gun]), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, links[gun]); err != nil {
			t.Fatal(err)
		}
	}
	store := unchanged(t, dir)
	for gun, at := range links {
		_, ok, err := store.Root(gun)
		wantFault(t, err, at, SymbolicLink)
		if ok {
			t.Errorf("%s is there", gun)
		}
	}
	listed, err := store.Repositories(context.Background())
	if want := []port.Listed{{GUN: "good"}}; err != nil || !slices.Equal(listed, want) {
		t.Errorf("Repositories: %v, %v", listed, err)
	}
	skipped, err := store.Skipped(context.Background())
	if err != nil || len(skipped) != len(links) {
		t.Fatalf("Skipped: %v, %v", skipped, err)
	}
	for _, fault := range skipped {
		if !errors.Is(fault, SymbolicLink) {
			t.Errorf("skipped: %v", fault)
		}
	}
}

// The deepest name that there can be is found; what lies deeper is reported, and
// ends nothing.
func TestDepth(t *testing.T) {
	deepest := strings.TrimSuffix(strings.Repeat("a/", 128), "/")
	deeper := deepest + "/a/a/a"
	dir := folderWith(t, map[string][]byte{
		"tuf/" + deepest + "/metadata/root.json": {},
		"tuf/" + deeper + "/metadata/root.json":  {},
		"tuf/b/metadata/root.json":               {},
		"private/" + deeper + "/x.key":           {},
	})
	store := unchanged(t, dir)
	listed, err := store.Repositories(context.Background())
	if err != nil || len(listed) != 2 || listed[0].GUN != model.GUN(deepest) || listed[1].GUN != "b" {
		t.Errorf("Repositories: %v, %v", listed, err)
	}
	skipped, err := store.Skipped(context.Background())
	if err != nil || len(skipped) != 1 || !errors.Is(skipped[0], BeyondLimit) {
		t.Errorf("Skipped: %v, %v", skipped, err)
	}
	k := only(t, store)
	wantFault(t, k.Fault, k.Path, BeyondLimit)
}

// A folder with more than anybody can have is not read to the end, and says so.
func TestTooManyFiles(t *testing.T) {
	dir := folderWith(t, map[string][]byte{"private/x": {}})
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	f := &folder{root: root, path: dir}
	private, err := f.sub("private")
	if err != nil {
		t.Fatal(err)
	}
	defer private.close()
	for budget, reason := range map[int]Reason{1: "", 0: BeyondLimit} {
		_, err := private.names(&budget)
		if got := errors.Is(err, BeyondLimit); got != (reason != "") {
			t.Errorf("%v", err)
		}
	}
	w := keyWalk{store: Open(dir)}
	wantFault(t, w.visit(context.Background(), private, "", 0), private.path, BeyondLimit)
}
