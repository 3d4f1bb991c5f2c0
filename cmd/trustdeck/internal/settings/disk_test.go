package settings

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/tui/screen"
)

// onDisk is an editor of a real file with this content; "-" makes none.
func onDisk(t *testing.T, content string) (e *Editor, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "trustdeck", "config.toml")
	if content != "-" {
		if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, path, content)
	}
	w := World{Getenv: func(string) string { return "" }, ReadFile: os.ReadFile, Home: t.TempDir(), WorkDir: t.TempDir(), OS: "linux"}
	return NewEditor(Settings{}, Flags{Config: path}, w, ""), path
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func got(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func preview(t *testing.T, e *Editor, changes ...screen.Change) screen.Edit {
	t.Helper()
	edit, err := e.Preview(t.Context(), changes)
	if err != nil {
		t.Fatal(err)
	}
	return edit
}

const mine = "# mine\ntheme = 'light' # bright\n\n[pins]\n'a' = ['" + idA + "']\n"

func TestPreviewWritesNothing(t *testing.T) {
	for _, content := range []string{"-", mine} {
		e, path := onDisk(t, content)
		edit := preview(t, e, set(screen.SettingTheme, "dark"))
		if edit.Path != path || edit.Target != path || edit.New != (content == "-") {
			t.Errorf("%+v", edit)
		}
		if content == "-" {
			if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) || len(edit.Notes) != 1 || string(edit.After) != "theme = \"dark\"\n" {
				t.Errorf("%v, %+v", err, edit)
			}
			continue
		}
		if got(t, path) != mine || string(edit.Before) != mine || string(edit.After) != strings.Replace(mine, "light", "dark", 1) {
			t.Errorf("%s\n%+v", got(t, path), edit)
		}
	}
}

func TestWrite(t *testing.T) {
	for _, content := range []string{"-", mine} {
		e, path := onDisk(t, content)
		edit := preview(t, e, set(screen.SettingTheme, "dark"), set(screen.SettingASCII, "true"))
		if err := e.Write(t.Context(), edit); err != nil {
			t.Fatal(err)
		}
		if got(t, path) != string(edit.After) {
			t.Errorf("wrote %q, want %q", got(t, path), edit.After)
		}
		alone(t, path)
	}
}

// alone checks that the file is its owner's and that nothing else is left beside.
func alone(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v, want 0600", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v, want one file", entries, err)
	}
}

func TestAFileThatOthersMayRead(t *testing.T) {
	e, path := onDisk(t, mine)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	edit := preview(t, e, set(screen.SettingTheme, "dark"))
	if len(edit.Notes) != 1 || !strings.Contains(edit.Notes[0], "0644") {
		t.Errorf("notes %q", edit.Notes)
	}
	if err := e.Write(t.Context(), edit); err != nil {
		t.Fatal(err)
	}
	alone(t, path)
}

// A link to a file kept elsewhere stays a link; the file is written.
func TestASymbolicLinkIsWrittenThrough(t *testing.T) {
	e, path := onDisk(t, mine)
	target := filepath.Join(t.TempDir(), "trustdeck.toml")
	if err := os.Rename(path, target); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Skip(err)
	}
	edit := preview(t, e, set(screen.SettingTheme, "dark"))
	if edit.Path != path || got(t, edit.Target) != mine {
		t.Fatalf("%+v", edit)
	}
	if err := e.Write(t.Context(), edit); err != nil {
		t.Fatal(err)
	}
	if link, err := os.Readlink(path); err != nil || link != target || got(t, target) != string(edit.After) {
		t.Errorf("%q, %v: %q", link, err, got(t, target))
	}
	// Turned elsewhere, it is another file.
	edit = preview(t, e, set(screen.SettingTheme, "mono"))
	other := filepath.Join(t.TempDir(), "other.toml")
	put(t, other, string(edit.Before))
	if err := errors.Join(os.Remove(path), os.Symlink(other, path)); err != nil {
		t.Fatal(err)
	}
	if err := e.Write(t.Context(), edit); !errors.Is(err, screen.ErrFileChanged) {
		t.Errorf("wrote through another link: %v", err)
	}
}

func TestAFileThatSomebodyElseChanged(t *testing.T) {
	for name, meddle := range map[string]func(t *testing.T, path string){
		"changed": func(t *testing.T, path string) { put(t, path, mine+"# theirs\n") },
		"removed": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		e, path := onDisk(t, mine)
		edit := preview(t, e, set(screen.SettingTheme, "dark"))
		meddle(t, path)
		if err := e.Write(t.Context(), edit); !errors.Is(err, screen.ErrFileChanged) {
			t.Errorf("%s: %v", name, err)
		}
		again := preview(t, e, set(screen.SettingTheme, "dark"))
		if err := e.Write(t.Context(), again); err != nil {
			t.Errorf("%s: the second preview cannot be written: %v", name, err)
		}
	}
	e, path := onDisk(t, "-")
	edit := preview(t, e, set(screen.SettingTheme, "dark"))
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, path, "")
	if err := e.Write(t.Context(), edit); !errors.Is(err, screen.ErrFileChanged) {
		t.Errorf("an empty file that was not there: %v", err)
	}
}

// Whatever step fails, the file is as it was, nothing is left beside it, and the
// failure names the file and the way out.
func TestWritingFails(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "x", Err: errors.New("no space left on device")}
	for _, name := range []string{disk.StepCreate, disk.StepWrite, disk.StepSync, disk.StepName} {
		e, path := onDisk(t, mine)
		edit := preview(t, e, set(screen.SettingTheme, "dark"))
		e.hook = func(step string, file *os.File) error {
			switch {
			case step != name:
				return nil
			case step == disk.StepWrite:
				return file.Close() // nothing can be written to it
			default:
				return full
			}
		}
		err := e.Write(t.Context(), edit)
		var fault *model.Fault
		if !errors.As(err, &fault) || fault.Kind != model.FaultLocal || fault.Subject != path || !strings.Contains(fault.Hint, filepath.Dir(path)) {
			t.Errorf("%s: %v", name, err)
		}
		if name != disk.StepWrite && !strings.Contains(err.Error(), "no space left on device") {
			t.Errorf("%s: %v does not say why", name, err)
		}
		if got(t, path) != mine {
			t.Errorf("%s: the file is %q", name, got(t, path))
		}
		alone(t, path)
	}
}

func TestWritingIsCancelled(t *testing.T) {
	e, path := onDisk(t, mine)
	edit := preview(t, e, set(screen.SettingTheme, "dark"))
	ctx, cancel := context.WithCancel(t.Context())
	e.hook = func(step string, _ *os.File) error {
		if step == disk.StepSync {
			cancel()
		}
		return nil
	}
	if err := e.Write(ctx, edit); !errors.Is(err, context.Canceled) || got(t, path) != mine {
		t.Errorf("%v: %q", err, got(t, path))
	}
	alone(t, path)
}

func TestWhatIsNotEdited(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		kind model.FaultKind
		says []string
	}{
		{"an unknown key", func(t *testing.T, path string) { put(t, path, "\nserwer = 'x'\n") }, model.FaultUsage, []string{":2", "Did you mean server?"}},
		{"no TOML", func(t *testing.T, path string) { put(t, path, "a") }, model.FaultUsage, []string{":1"}},
		{"a password", func(t *testing.T, path string) { put(t, path, "server = 'https://ann:s3cret@n'") }, model.FaultUsage, []string{"docker login"}},
		{"a file that does not start", func(t *testing.T, path string) { put(t, path, "tls_key = 'k'") }, model.FaultUsage, []string{"--tlskey"}},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, model.FaultLocal, []string{"not a file", "--config"}},
		{"a link to nowhere", func(t *testing.T, path string) {
			if err := os.Symlink(path+".not", path); err != nil {
				t.Skip(err)
			}
		}, model.FaultLocal, []string{"leads nowhere"}},
		{"a book", func(t *testing.T, path string) { put(t, path, string(bytes.Repeat([]byte("#\n"), maxFile))) }, model.FaultLocal, []string{"larger than"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, path := onDisk(t, "-")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			test.make(t, path)
			_, err := e.Preview(t.Context(), []screen.Change{set(screen.SettingTheme, "dark")})
			var fault *model.Fault
			if !errors.As(err, &fault) || fault.Kind != test.kind {
				t.Fatalf("%T %v, want a fault of kind %s", err, err, test.kind)
			}
			all := fault.Error() + " " + fault.Hint
			for _, part := range test.says {
				if !strings.Contains(all, part) {
					t.Errorf("%q does not say %q", all, part)
				}
			}
			if strings.Contains(all, "s3cret") {
				t.Errorf("%q holds a secret", all)
			}
		})
	}
}
