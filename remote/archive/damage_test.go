package archive

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
)

// TestDamage: a file that is not what the manifest says is never returned, and
// the fault names it.
func TestDamage(t *testing.T) {
	type file struct {
		path  string
		bytes []byte
	}
	write := func(t *testing.T, f file, data []byte) {
		t.Helper()
		if err := os.WriteFile(f.path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace := func(t *testing.T, f file, with func() error) {
		t.Helper()
		if err := errors.Join(os.Remove(f.path), with()); err != nil {
			t.Skip(err) // no symbolic links here
		}
	}
	for name, c := range map[string]struct {
		damage func(t *testing.T, f, other file)
		want   string
	}{
		"one bit": {func(t *testing.T, f, _ file) { spoil(t, f.path) }, "the file was changed: its SHA-256"},
		"cut off": {func(t *testing.T, f, _ file) { write(t, f, f.bytes[:100]) }, "the file has 100 bytes, but the archive lists it with"},
		"empty":   {func(t *testing.T, f, _ file) { write(t, f, nil) }, "the file has 0 bytes"},
		"longer":  {func(t *testing.T, f, _ file) { write(t, f, append(f.bytes[:len(f.bytes):len(f.bytes)], ' ')) }, "it cannot be used: it has"},
		"swapped": {func(t *testing.T, f, other file) { write(t, f, other.bytes) }, "bytes"},
		"missing": {func(t *testing.T, f, _ file) { replace(t, f, func() error { return nil }) }, "it is missing"},
		"folder":  {func(t *testing.T, f, _ file) { replace(t, f, func() error { return os.Mkdir(f.path, 0o755) }) }, "not a regular file"},
		"link out": {func(t *testing.T, f, _ file) {
			replace(t, f, func() error { return os.Symlink("/etc/passwd", f.path) })
		}, "it is a symbolic link"},
		"link within": {func(t *testing.T, f, o file) {
			replace(t, f, func() error { return os.Symlink(filepath.Base(o.path), f.path) })
		}, "it is a symbolic link"},
		"folder links out": {func(t *testing.T, f, _ file) {
			dir := filepath.Dir(f.path)
			if err := errors.Join(os.RemoveAll(dir), os.Symlink(t.TempDir(), dir)); err != nil {
				t.Skip(err)
			}
		}, "cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			repo, dir := sampleRepo(gun), t.TempDir()
			archiveTo(t, newServer(repo), dir, gun)
			trust := filepath.Join(dir, filepath.FromSlash(folderOf(gun)))
			f := file{filepath.Join(trust, "tuf", "2.targets.json"), repo.Past["2.targets"]}
			other := file{filepath.Join(trust, "tuf", "3.targets.json"), repo.Past["3.targets"]}
			c.damage(t, f, other)

			r := open(t, dir)
			_, err := r.Read(t.Context(), gun, port.Ref{Role: "targets", Version: 2, Limit: 1 << 20})
			var fault *model.Fault
			if !errors.As(err, &fault) || fault.Kind != model.FaultBadData || fault.Hint == "" || !strings.Contains(fault.Text, c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			} else if !strings.HasSuffix(fault.Subject, "/registry.test/acme/app/_trust/tuf/2.targets.json") {
				t.Errorf("the fault names %q", fault.Subject)
			}
		})
	}
}

// TestDamagedCurrentFile: the repository opens all the same, and says which
// role cannot be relied on.
func TestDamagedCurrentFile(t *testing.T) {
	repo, dir := sampleRepo(gun), t.TempDir()
	archiveTo(t, newServer(repo), dir, gun)
	spoil(t, filepath.Join(dir, filepath.FromSlash(folderOf(gun)), "tuf", "targets", "1.alice.json"))
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: open(t, dir), Clock: clock}
	view := service.Open(t.Context(), gun)
	if view.Repository == nil {
		t.Fatal(view.Fault)
	}
	if alice := view.Repository.Role("targets/alice"); alice == nil || alice.State != model.RoleUnavailable {
		t.Errorf("targets/alice is %+v", alice)
	}
	if targets := view.Repository.Role("targets"); !targets.Usable() {
		t.Errorf("targets is %v: %v", targets.State, targets.Problems)
	}
}

// TestNotAnArchive: whatever is named instead of an archive is told apart.
func TestNotAnArchive(t *testing.T) {
	empty, link := t.TempDir(), t.TempDir()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Symlink("/etc/hostname", filepath.Join(link, manifestName)); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		dir  string
		kind model.FaultKind
		want string
	}{
		"nothing":  {filepath.Join(empty, "none"), model.FaultLocal, "cannot be opened"},
		"empty":    {empty, model.FaultLocal, "this is not an archive: there is no manifest.json in it"},
		"file":     {file, model.FaultLocal, "cannot be opened"},
		"linked":   {link, model.FaultBadData, "it is a symbolic link"},
		"no bytes": {strings.Repeat("x/", 3), model.FaultLocal, "cannot be opened"},
	} {
		_, err := Open(c.dir)
		if model.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) || model.HintOf(err) == "" {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestOpenFS reads an archive that is not on a disk.
func TestOpenFS(t *testing.T) {
	repo, dir := sampleRepo(gun), t.TempDir()
	archiveTo(t, newServer(repo), dir, gun)
	memory := fstest.MapFS{}
	disk := os.DirFS(dir)
	err := fs.WalkDir(disk, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(disk, name)
		memory[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenFS(memory, "memory")
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Read(t.Context(), gun, port.Ref{Role: "targets", Limit: 1 << 20})
	if err != nil || string(f.Bytes) != string(repo.Past["3.targets"]) {
		t.Errorf("got %d bytes, %v", len(f.Bytes), err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
