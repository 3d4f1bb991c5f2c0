package trustdir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/port"
)

var putAt = time.Date(2026, 11, 21, 11, 5, 36, 0, time.UTC)

const repoAGUN = "registry.example.com/acme/app"

// everything reads all that a backup of a folder holds.
func everything(t *testing.T, s *Store) []port.RestoreFile {
	t.Helper()
	var out []port.RestoreFile
	for _, key := range must(s.Keys(t.Context())) {
		out = append(out, port.RestoreFile{TrustFile: must(s.KeyFile(t.Context(), key))})
	}
	for _, listed := range must(s.Repositories(t.Context())) {
		for _, file := range must(s.RepositoryFiles(t.Context(), listed.GUN)) {
			if file.Fault != nil {
				t.Fatal(file.Fault)
			}
			out = append(out, port.RestoreFile{TrustFile: file})
		}
	}
	return out
}

// What is read of a folder, and put back into an empty one, is the same folder, and
// only its owner's.
func TestPutBackWhatWasRead(t *testing.T) {
	from := unchanged(t, trustFolder(t, "repoA"))
	files := everything(t, from)
	if len(files) != 6 {
		t.Fatalf("%d files were read", len(files))
	}
	to := Open(filepath.Join(t.TempDir(), "deep", "trust"))
	placed, err := to.RestoreFiles(t.Context(), files, putAt)
	if err != nil || len(placed) != 6 {
		t.Fatalf("%d files, %v", len(placed), err)
	}
	for _, file := range files {
		got, ok, err := to.ReadFile(t.Context(), file.Path)
		if err != nil || !ok || string(got.Bytes) != string(file.Bytes) {
			t.Errorf("%s: %v, %v", file.Path, ok, err)
		}
	}
	err = filepath.WalkDir(to.Dir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info := must(d.Info())
		if want := fs.FileMode(0o600); disk.ModesMean && info.Mode().Perm() != want && !d.IsDir() || disk.ModesMean && d.IsDir() && info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.RestoreFiles(t.Context(), files, putAt); !errors.Is(err, Present) {
		t.Errorf("a second time: %v", err)
	}
}

// A file is replaced only where it is still the one that was compared, and is kept.
func TestPutBackReplaces(t *testing.T) {
	dir := trustFolder(t, "repoA")
	s := Open(dir)
	file := everything(t, s)[0]
	was := file.Bytes
	file.Bytes, file.Replace, file.Was = []byte("another"), true, []byte("not that one")
	if _, err := s.RestoreFiles(t.Context(), []port.RestoreFile{file}, putAt); !errors.Is(err, Changed) {
		t.Errorf("a file that is not what was compared: %v", err)
	}
	file.Was = was
	placed, err := s.RestoreFiles(t.Context(), []port.RestoreFile{file}, putAt)
	if err != nil || len(placed) != 1 || placed[0].Aside != file.Path+".replaced-20261121T110536Z" {
		t.Fatalf("%+v, %v", placed, err)
	}
	if got := must(os.ReadFile(filepath.Join(dir, file.Path))); string(got) != "another" {
		t.Errorf("the file is %q", got)
	}
	if got := must(os.ReadFile(filepath.Join(dir, placed[0].Aside))); string(got) != string(was) {
		t.Errorf("what is kept is %q", got)
	}
	if keys := must(s.Keys(t.Context())); len(keys) != 5 {
		t.Errorf("what is kept is listed: %d keys", len(keys))
	}
}

// Whatever step fails, a file is the old one or the new one, what was written before
// stays, and a second run ends with everything.
func TestPutBackFails(t *testing.T) {
	files := everything(t, Open(trustFolder(t, "repoA")))
	for _, step := range []string{disk.StepCreate, disk.StepWrite, disk.StepSync, disk.StepName} {
		for nth := range files {
			s := Open(filepath.Join(t.TempDir(), "trust"))
			n := 0
			s.between = func(at string, _ *os.File) error {
				if at != step {
					return nil
				}
				if n++; n == nth+1 {
					return syscall.ENOSPC
				}
				return nil
			}
			placed, err := s.RestoreFiles(t.Context(), files, putAt)
			if !errors.Is(err, Unwritable) || len(placed) != nth {
				t.Errorf("%s of file %d: %d files, %v", step, nth, len(placed), err)
			}
			s.between = nil
			for i, file := range files {
				if _, ok, err := s.ReadFile(t.Context(), file.Path); err != nil || ok != (i < nth) {
					t.Errorf("%s of file %d: file %d is there: %v, %v", step, nth, i, ok, err)
				}
			}
			if _, err := s.RestoreFiles(t.Context(), files[nth:], putAt); err != nil {
				t.Errorf("%s of file %d, once more: %v", step, nth, err)
			}
		}
	}
}

// What a crash has left is no file, and in nobody's way.
func TestPutBackAfterACrash(t *testing.T) {
	files := everything(t, Open(trustFolder(t, "repoA")))
	dir := t.TempDir()
	for _, file := range files {
		folder, name := splitPath(file.Path)
		put(t, filepath.Join(dir, folder, tempName(name)), []byte("half"))
	}
	s := Open(dir)
	if keys := must(s.Keys(t.Context())); len(keys) != 0 {
		t.Errorf("%d keys", len(keys))
	}
	if found := must(s.RepositoryFiles(t.Context(), repoAGUN)); len(found) != 0 {
		t.Errorf("metadata: %+v", found)
	}
	if placed, err := s.RestoreFiles(t.Context(), files, putAt); err != nil || len(placed) != len(files) {
		t.Errorf("%d files, %v", len(placed), err)
	}
}

// Neither a path nor a link leads out of the folder.
func TestPutBackStaysInside(t *testing.T) {
	dir := t.TempDir()
	s := Open(filepath.Join(dir, "trust"))
	for _, path := range []string{
		"../x.key", "private/../../x.key", "/x.key", "private/x", "x.key", "private//x.key", "private/./x.key", "", "tuf/x.json", "tuf/a/changelist/x.json",
		"tuf/a/metadata/../../../../x.json", "private/" + strings.Repeat("../", 5) + "x.key",
	} {
		if _, err := s.RestoreFiles(t.Context(), []port.RestoreFile{{TrustFile: port.TrustFile{Path: path}}}, putAt); err == nil {
			t.Errorf("%q was written", path)
		}
		if _, _, err := s.ReadFile(t.Context(), path); err == nil {
			t.Errorf("%q was read", path)
		}
	}
	if err := os.Symlink(dir, filepath.Join(s.Dir(), "tuf")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	_, err := s.RestoreFiles(t.Context(), []port.RestoreFile{{TrustFile: port.TrustFile{Path: "tuf/a/metadata/root.json"}}}, putAt)
	if !errors.Is(err, SymbolicLink) {
		t.Errorf("through a link: %v", err)
	}
	if names, _ := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("something was written beside the folder: %v", names)
	}
}

// A key file that lies elsewhere is described and opened as one of the folder.
func TestFilesFromElsewhere(t *testing.T) {
	s := NewKeeper(unchanged(t, trustFolder(t, "repoA")))
	for _, key := range must(s.Keys(t.Context())) {
		file := must(s.KeyFile(t.Context(), key))
		info := s.Describe(file)
		if info.ID != key.ID || info.Label != key.Label || info.GUN != key.GUN || info.Encrypted != key.Encrypted || info.Fault != nil {
			t.Errorf("got %+v, want %+v", info, key)
		}
		if _, err := s.OpenFile(file, []byte("wrong")); !errors.Is(err, WrongPassphrase) || model.KindOf(err) != model.FaultSecret {
			t.Errorf("a wrong passphrase: %v", err)
		}
	}
	file := must(s.KeyFile(t.Context(), must(s.Keys(t.Context()))[0]))
	opened, err := s.OpenFile(file, []byte("passw0rd-snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	_ = opened.Close()
	file.Path = "private/" + strings.Repeat("0", 64) + ".key"
	if _, err := s.OpenFile(file, []byte("passw0rd-snapshot")); !errors.Is(err, OtherKey) {
		t.Errorf("under another name: %v", err)
	}
	for _, bad := range [][]byte{nil, []byte("no key"), make([]byte, maxKeyFile+1)} {
		file.Bytes = bad
		if info := s.Describe(file); info.Fault == nil {
			t.Errorf("%d bytes are taken for a key", len(bad))
		}
		if _, err := s.OpenFile(file, nil); err == nil {
			t.Errorf("%d bytes open", len(bad))
		}
	}
}
