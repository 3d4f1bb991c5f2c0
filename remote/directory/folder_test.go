package directory_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/remote/directory"
)

const (
	gun   = model.GUN("acme")
	limit = 1 << 20
)

// meta stands for metadata: this package reads no more of it than the version.
func meta(what string, version int64) string {
	return fmt.Sprintf(`{"signatures":[],"signed":{"_type":%q,"version":%d}}`, what, version)
}

// put makes a folder of files that hold what their names say: "14.targets.json" the version
// 14 of targets. A text after "=" takes the place of that.
func put(t testing.TB, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, entry := range names {
		name, text, ok := strings.Cut(entry, "=")
		if !ok {
			text = meta(name, 1)
			var version int64
			if n, _ := fmt.Sscanf(filepath.Base(name), "%d.", &version); n == 1 {
				text = meta(name, version)
			}
		}
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// check fails unless an error is a fault of this kind that holds the text and has a way out.
func check(t testing.TB, err error, kind model.FaultKind, text string) {
	t.Helper()
	var fault *model.Fault
	if !errors.As(err, &fault) || fault.Kind != kind || !strings.Contains(fault.Error(), text) {
		t.Errorf("got %v, want a fault of kind %s with %q", err, kind, text)
		return
	}
	if fault.Hint == "" || fault.Subject == "" {
		t.Errorf("%v names nothing, or no way out", err)
	}
}

// The current file, and one of a version, in each layout.
func TestLayouts(t *testing.T) {
	consistent := []string{"1.root.json", "2.root.json", "10.root.json", "timestamp.json", "7.snapshot.json", "8.snapshot.json", "14.targets.json", "3.a%2Fb.json", "4.a%2Fb.json"}
	below := make([]string, len(consistent))
	for i, name := range consistent {
		below[i] = "metadata/" + name
	}
	plain := []string{"1.root.json", "2.root.json", "root.json=" + meta("root.json", 2), "timestamp.json", "snapshot.json=" + meta("snapshot.json", 8), "targets.json=" + meta("targets.json", 14), "a%2Fb.json=" + meta("a%2Fb.json", 4)}
	working := []string{
		"metadata/root.json=" + meta("working", 15), "metadata/root_history/14.root.json", "metadata/root_history/15.root.json",
		"metadata/timestamp.json=" + meta("timestamp.json", 762), "metadata/targets.json=" + meta("targets.json", 14), "metadata/registry.json=" + meta("registry.json", 8),
		"targets/trusted_root.json",
	}
	for _, c := range []struct {
		name  string
		files []string
		role  model.RoleName
		// version is asked for where it is not 0; want is what the file holds, or empty
		// where it is not there.
		version int64
		want    string
	}{
		{"consistent", consistent, "root", 0, meta("10.root.json", 10)},
		{"consistent", consistent, "root", 1, meta("1.root.json", 1)},
		{"consistent", consistent, "root", 11, ""},
		{"consistent", consistent, "timestamp", 0, meta("timestamp.json", 1)},
		{"consistent", consistent, "snapshot", 7, meta("7.snapshot.json", 7)},
		{"consistent", consistent, "snapshot", 0, meta("8.snapshot.json", 8)},
		{"consistent", consistent, "targets", 13, ""},
		{"consistent", consistent, "a/b", 3, meta("3.a%2Fb.json", 3)},
		{"consistent", consistent, "a/b", 0, meta("4.a%2Fb.json", 4)},
		{"consistent", consistent, "b", 4, ""},
		{"in metadata", below, "root", 0, meta("metadata/10.root.json", 10)},
		{"in metadata", below, "a/b", 4, meta("metadata/4.a%2Fb.json", 4)},
		{"not consistent", plain, "root", 0, meta("root.json", 2)},
		{"not consistent", plain, "root", 3, ""},
		{"not consistent", plain, "targets", 0, meta("targets.json", 14)},
		{"not consistent", plain, "targets", 14, meta("targets.json", 14)},
		{"not consistent", plain, "targets", 13, ""},
		{"not consistent", plain, "a/b", 4, meta("a%2Fb.json", 4)},
		{"tuf-on-ci", working, "root", 0, meta("working", 15)},
		{"tuf-on-ci", working, "root", 14, meta("metadata/root_history/14.root.json", 14)},
		{"tuf-on-ci", working, "root", 16, ""},
		{"tuf-on-ci", working, "timestamp", 762, meta("timestamp.json", 762)},
		{"tuf-on-ci", working, "registry", 8, meta("registry.json", 8)},
		{"tuf-on-ci", working, "trusted_root", 0, ""},
		{"history beside metadata", []string{"metadata/timestamp.json", "root_history/3.root.json"}, "root", 3, meta("root_history/3.root.json", 3)},
		{"history beside metadata", []string{"metadata/timestamp.json", "root_history/3.root.json"}, "root", 0, meta("root_history/3.root.json", 3)},
		{"history beside the files", []string{"root.json", "root_history/3.root.json"}, "root", 3, meta("root_history/3.root.json", 3)},
		{"a root that was left behind", []string{"root.json=" + meta("old", 1), "5.root.json"}, "root", 0, meta("5.root.json", 5)},
		{"a root ahead of its history", []string{"root.json=" + meta("draft", 6), "root_history/5.root.json"}, "root", 0, meta("draft", 6)},
		{"a root without a version", []string{"root.json={}", "5.root.json"}, "root", 0, meta("5.root.json", 5)},
		{"a root that is all there is", []string{"root.json={}"}, "root", 0, "{}"},
		{"a file that states no version", []string{"root.json", "targets.json={}"}, "targets", 3, "{}"},
		{"a role that go-tuf encodes otherwise", []string{"root.json", "a@b.json"}, "a@b", 0, meta("a@b.json", 1)},
		{"a role that is not encoded", []string{"root.json", "a b.json"}, "a b", 0, meta("a b.json", 1)},
		{"a number that is none", []string{"root.json", "007.targets.json"}, "targets", 7, ""},
		{"an old history of another role", []string{"root.json", "root_history/3.targets.json"}, "targets", 3, ""},
	} {
		t.Run(fmt.Sprintf("%s/%s %d", c.name, strings.ReplaceAll(string(c.role), "/", "|"), c.version), func(t *testing.T) {
			folder := directory.NewFolder(put(t, c.files...), gun)
			got, err := folder.Read(t.Context(), gun, port.Ref{Role: c.role, Version: c.version, Limit: limit})
			if string(got.Bytes) != c.want {
				t.Errorf("got %q, want %q", got.Bytes, c.want)
			}
			if c.want == "" {
				check(t, err, model.FaultNotFound, "")
			} else if err != nil || time.Since(got.Modified) > time.Hour || got.Modified.Location() != time.UTC {
				t.Errorf("%v, modified %v", err, got.Modified)
			}
		})
	}
}

// A file is found by its hash, also where it is no longer the current one.
func TestByHash(t *testing.T) {
	folder := directory.NewFolder(put(t, "timestamp.json", "7.snapshot.json", "8.snapshot.json", "9.snapshot.json"), gun)
	sum := sha256.Sum256([]byte(meta("8.snapshot.json", 8)))
	for version, want := range map[int64]bool{0: true, 8: true, 9: false} {
		got, err := folder.Read(t.Context(), gun, port.Ref{Role: model.RoleSnapshot, Version: version, SHA256: hex.EncodeToString(sum[:]), Limit: limit})
		switch {
		case !want:
			check(t, err, model.FaultNotFound, "with the SHA-256 ")
		case err != nil || string(got.Bytes) != meta("8.snapshot.json", 8):
			t.Errorf("version %d: %q, %v", version, got.Bytes, err)
		}
	}
	_, err := folder.Read(t.Context(), gun, port.Ref{Role: model.RoleSnapshot, SHA256: strings.Repeat("0", 64), Limit: limit})
	check(t, err, model.FaultNotFound, "it does not have snapshot with the SHA-256 0000")
}

// What is wrong with a file is said of that file, with a way out.
func TestFiles(t *testing.T) {
	dir := put(t, "timestamp.json", "1.root.json", "big.json="+strings.Repeat(" ", 2*limit)+"}", "half.json={\"signed\":{", "empty.json=", "folder.json/x")
	for link, to := range map[string]string{"link.json": "timestamp.json", "out.json": "/etc/hostname", "3.link.json": "timestamp.json"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	folder := directory.NewFolder(dir, gun)
	for _, c := range []struct {
		role    model.RoleName
		version int64
		kind    model.FaultKind
		text    string
	}{
		{"big", 0, model.FaultBadData, "big.json: it is too long: 2097153 bytes; the limit is 1048576"},
		{"half", 0, model.FaultBadData, "half.json: the file is cut short"},
		{"empty", 0, model.FaultBadData, "empty.json: the file is empty"},
		{"folder", 0, model.FaultLocal, "folder.json: it is not a regular file"},
		{"link", 0, model.FaultLocal, "link.json: it is a symbolic link"},
		{"link", 3, model.FaultLocal, "3.link.json: it is a symbolic link"},
		{"out", 0, model.FaultLocal, "out.json: it is a symbolic link"},
		{"missing", 0, model.FaultNotFound, "it does not have the current missing"},
		{"missing", 3, model.FaultNotFound, "it does not have version 3 of missing"},
		{model.RoleName(strings.Repeat("long", 100)), 0, model.FaultNotFound, "it does not have"},
		{"", 0, model.FaultNotFound, "it does not have"},
		{"..", 0, model.FaultNotFound, "it does not have"},
		{"../timestamp", 0, model.FaultNotFound, "it does not have"},
		{"/etc/hostname", 0, model.FaultNotFound, "it does not have"},
		{"a\x00b", 0, model.FaultNotFound, `it does not have the current a\x00b`},
		{"a\u202eb", 0, model.FaultNotFound, `it does not have the current a\u202eb`},
	} {
		_, err := folder.Read(t.Context(), gun, port.Ref{Role: c.role, Version: c.version, Limit: limit})
		check(t, err, c.kind, c.text)
	}
	_, err := folder.Read(t.Context(), "other", port.Ref{Role: model.RoleRoot, Limit: limit})
	check(t, err, model.FaultNotFound, "other: it is not the repository in "+dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := folder.Read(ctx, gun, port.Ref{Role: model.RoleRoot, Limit: limit}); model.KindOf(err) != model.FaultCanceled {
		t.Errorf("cancelled: %v", err)
	}
}

// A file that may not be read is not one that is missing.
func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("nothing is unreadable for this user")
	}
	dir := put(t, "timestamp.json", "targets.json")
	if err := os.Chmod(filepath.Join(dir, "targets.json"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := directory.NewFolder(dir, gun).Read(t.Context(), gun, port.Ref{Role: model.RoleTargets, Limit: limit})
	check(t, err, model.FaultLocal, "targets.json: it cannot be read: permission denied")
}

// A folder that is no repository is said to be none, by each question.
func TestNoRepository(t *testing.T) {
	file := filepath.Join(put(t, "README.md"), "README.md")
	linked, swapped := put(t, "elsewhere/timestamp.json"), put(t, "timestamp.json", "elsewhere/1.root.json")
	for from, to := range map[string]string{filepath.Join(linked, "metadata"): "elsewhere", filepath.Join(swapped, "root_history"): "elsewhere"} {
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct{ dir, text string }{
		"empty":                  {put(t), "this is not a TUF repository: neither the folder nor its metadata folder contains a timestamp.json or a root"},
		"targets alone":          {put(t, "metadata/targets.json", "targets.json"), "this is not a TUF repository"},
		"not there":              {filepath.Join(put(t), "missing"), "missing: it does not exist"},
		"in none that is there":  {filepath.Join(put(t), "missing", "too"), "too: it does not exist"},
		"in a file":              {filepath.Join(file, "below"), "below: "},
		"a file":                 {file, "README.md: it is a file instead of a folder"},
		"metadata is a file":     {put(t, "metadata"), "metadata: it is not a folder"},
		"metadata is a link":     {linked, "metadata: it is a symbolic link"},
		"the history is a link":  {swapped, "root_history: it is a symbolic link"},
		"a number without a dot": {put(t, "1root.json", "01.root.json", "0.root.json", "-1.root.json", "99999999999999999999.root.json"), "this is not a TUF repository"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := directory.NewFolder(c.dir, gun)
			check(t, folder.Ping(t.Context()), model.FaultLocal, c.text)
			_, err := folder.Read(t.Context(), gun, port.Ref{Role: model.RoleRoot, Limit: limit})
			kind := model.FaultLocal
			if strings.HasPrefix(c.text, "this is not a TUF repository") || name == "not there" {
				kind = model.FaultNotFound // as at a server that does not have it
			}
			check(t, err, kind, c.text)
			_, err = folder.Repositories(t.Context())
			check(t, err, model.FaultLocal, c.text)
			_, err = folder.Changes(t.Context(), gun)
			check(t, err, model.FaultLocal, c.text)
		})
	}
}

// The history is what the folder keeps, the oldest first; each file is listed once.
func TestChanges(t *testing.T) {
	dir := put(t, "metadata/root.json", "metadata/timestamp.json", "metadata/2.root.json", "metadata/root_history/2.root.json", "metadata/root_history/1.root.json", "metadata/5.targets.json", "metadata/5.a%2Fb.json", "metadata/root_history/9.targets.json")
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i, name := range []string{"2.root.json", "root_history/1.root.json", "5.targets.json", "5.a%2Fb.json"} {
		when := at.Add(-time.Duration(min(i, 2)) * time.Hour)
		if err := os.Chtimes(filepath.Join(dir, "metadata", name), when, when); err != nil {
			t.Fatal(err)
		}
	}
	folder := directory.NewFolder(dir, gun)
	if err := folder.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	listed, err := folder.Repositories(t.Context())
	if err != nil || !slices.Equal(listed, []port.Listed{{GUN: gun}}) {
		t.Errorf("%v, %v", listed, err)
	}
	changes, err := folder.Changes(t.Context(), gun)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, fmt.Sprintf("%s %d %s", c.ID, c.Version, c.Time.Format("15:04")))
		file := filepath.Join(dir, "metadata", c.ID)
		if c.ID == "1.root.json" {
			file = filepath.Join(dir, "metadata/root_history", c.ID)
		}
		raw, err := os.ReadFile(file)
		if sum := sha256.Sum256(raw); err != nil || c.SHA256 != hex.EncodeToString(sum[:]) || c.GUN != gun || c.Deleted {
			t.Errorf("%+v, %v", c, err)
		}
	}
	if want := []string{"5.a%2Fb.json 5 22:00", "5.targets.json 5 22:00", "1.root.json 1 23:00", "2.root.json 2 00:00"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err = directory.NewFolder(put(t, "root.json", "targets.json"), gun).Changes(t.Context(), gun)
	if model.KindOf(err) != model.FaultNotFound {
		t.Errorf("without versions: %v", err)
	}
}

// What is published meanwhile is seen, by many readers at once.
func TestPublishedMeanwhile(t *testing.T) {
	dir := put(t, "1.root.json", "timestamp.json")
	folder := directory.NewFolder(dir, gun)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 50 {
				file, err := folder.Read(t.Context(), gun, port.Ref{Role: model.RoleRoot, Limit: limit})
				if err != nil || !strings.HasSuffix(string(file.Bytes), "}}") {
					t.Errorf("%q, %v", file.Bytes, err)
				}
			}
		})
	}
	for version := int64(2); version <= 20; version++ {
		name := fmt.Sprintf("%d.root.json", version)
		temporary := filepath.Join(dir, "new")
		if err := errors.Join(os.WriteFile(temporary, []byte(meta(name, version)), 0o644), os.Rename(temporary, filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
	}
	readers.Wait()
	file, err := folder.Read(t.Context(), gun, port.Ref{Role: model.RoleRoot, Limit: limit})
	if err != nil || string(file.Bytes) != meta("20.root.json", 20) {
		t.Errorf("%q, %v", file.Bytes, err)
	}
	if source := folder.Source(); source.Kind != model.SourceFolder || source.Name != dir {
		t.Errorf("the source is %+v", source)
	}
}
