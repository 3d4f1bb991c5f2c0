package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/tui/screen"
)

// Every file can be reached from everywhere, hidden ones too, by a path that names it exactly.
func TestBrowseFolder(t *testing.T) {
	root := t.TempDir()
	home, work := root+"/home", root+"/work"
	hostile := "evil\x1b]0;x\a\xff"
	for _, path := range []string{
		home + "/.docker/trust/private/7c1f.key", work + "/alice.pub", work + "/.hidden", work + "/" + hostile, work + "/keys/x", work + "/.git/y", work + "/~root", work + "/a b/c",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("four"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("keys", work+"/zlink"); err != nil {
		t.Fatal(err)
	}
	w := settings.World{Home: home, WorkDir: work}
	browse := browseFolder(w)
	for _, test := range []struct{ typed, path, start, names string }{
		{"", "", "", "../ a b/ keys/ zlink/ .git/ alice.pub " + hostile + " ~root .hidden"},
		{"al", "", "al", "../ a b/ keys/ zlink/ .git/ alice.pub " + hostile + " ~root .hidden"},
		{"keys/", "keys/", "", "../ x"},
		{"zlink/x", "zlink/", "x", "../ x"},
		{"../", "../", "", "../ home/ work/"},
		{"~", "~/", "", "../ .docker/"},
		{"~/.docker/trust/private/", "~/.docker/trust/private/", "", "../ 7c1f.key"},
		{"keys/x/nothing/here", "keys/", "", "../ x"},
		{root + "/nowhere/x", root + "/", "", "../ home/ work/"},
	} {
		got, err := browse(t.Context(), test.typed)
		var names []string
		for _, f := range got.Files {
			name := f.Name
			if f.Folder {
				name += "/"
			} else if f.Size != 4 {
				t.Errorf("%q has %d bytes", f.Name, f.Size)
			}
			names = append(names, name)
			if _, err := os.Stat(w.Path(f.Path)); err != nil {
				t.Errorf("%q: the path %q leads nowhere: %v", test.typed, f.Path, err)
			}
		}
		if err != nil || got.Path != test.path || got.Start != test.start || strings.Join(names, " ") != test.names {
			t.Errorf("%q: %+v, %v\nnames %q\nwant  %q", test.typed, got, err, strings.Join(names, " "), test.names)
		}
	}
}

// Going up leads to the root, from wherever, and ends there.
func TestFolderAbove(t *testing.T) {
	w := settings.World{Home: "/home/ada", WorkDir: "/srv/work"}
	for folder, want := range map[string]string{
		"": "../", "../": "../../", "./": "./../", "a/": "", "a/b/": "a/", "/": "", "/a/": "/", "~/": "/home/", "~/a/": "~/", "../a/": "../", "a//": "",
	} {
		if got, ok := folderAbove(w, folder); got != want || ok != (folder != "/") {
			t.Errorf("above %q is %q, %v, want %q", folder, got, ok, want)
		}
	}
	if _, ok := folderAbove(w, "../../"); ok {
		t.Error("the root has a folder above")
	}
}

// What cannot be read at all says so.
func TestBrowseNothing(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	var got screen.Folder
	got, err := browseFolder(settings.World{WorkDir: gone})(t.Context(), "x")
	if err != nil || len(got.Files) == 0 {
		t.Errorf("the folder above is not shown: %+v, %v", got, err)
	}
}
