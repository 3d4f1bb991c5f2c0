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

	"trustdeck/model"
	"trustdeck/tui/screen"
)

// row finds a setting by its name.
func row(t *testing.T, r screen.Resolved, name string) screen.Setting {
	t.Helper()
	for _, s := range r.Settings {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no setting %q", name)
	return screen.Setting{}
}

func TestWhereSettingsComeFrom(t *testing.T) {
	notaryJSON := `{"trust_dir": "~/.notary", "remote_server": {"url": "https://from-notary:4443", "root_ca": "ca.crt", "skipTLSVerify": true}, "trust_pinning": {"disable_tofu": true}}`
	for _, test := range []struct {
		name    string
		flags   Flags
		env     map[string]string
		files   map[string]string
		setting string
		value   string
		kind    screen.OriginKind
		from    string
	}{
		{name: "a flag", flags: Flags{Server: "https://f"}, setting: "trust server", value: "https://f", kind: screen.OriginFlag, from: "--server"},
		{name: "a variable", env: map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://v"}, setting: "trust server", value: "https://v", kind: screen.OriginEnvironment, from: "DOCKER_CONTENT_TRUST_SERVER"},
		{name: "config.toml", files: map[string]string{ownAt: "server='https://o'"}, setting: "trust server", value: "https://o", kind: screen.OriginFile, from: ownAt},
		{name: "notary", files: map[string]string{theirs: notaryJSON}, setting: "trust server", value: "https://from-notary:4443", kind: screen.OriginNotary, from: theirs},
		{name: "docker's way", setting: "trust server", value: "each registry's own", kind: screen.OriginDocker, from: "the server of each repository's registry"},
		{name: "a default", setting: "expiry warning", value: "30 days", kind: screen.OriginDefault},
		{name: "what the file states as the default", files: map[string]string{ownAt: "mouse=true"}, setting: "mouse", value: "on", kind: screen.OriginFile, from: ownAt},
		{name: "the mouse by flag", flags: Flags{NoMouse: true}, files: map[string]string{ownAt: "mouse=true"}, setting: "mouse", value: "off", kind: screen.OriginFlag, from: "--no-mouse"},
		{name: "the locale", env: map[string]string{"LC_ALL": "C"}, files: map[string]string{ownAt: "ascii=false"}, setting: "ascii", value: "on", kind: screen.OriginEnvironment, from: "LC_ALL"},
		{name: "another trust folder", env: map[string]string{"DOCKER_CONFIG": "/d"}, setting: "trust folder", value: "/d/trust", kind: screen.OriginDocker, from: "the folder trust in Docker's folder"},
		{name: "docker's folder", env: map[string]string{"DOCKER_CONFIG": "/d"}, setting: "docker folder", value: "/d", kind: screen.OriginEnvironment, from: "DOCKER_CONFIG"},
		{name: "notary's file", files: map[string]string{theirs: notaryJSON}, setting: "notary's file", value: theirs, kind: screen.OriginDefault, from: "it counts where nothing before it names a server or Docker's folder"},
		{name: "certificates that are not checked", files: map[string]string{theirs: notaryJSON}, setting: "server check", value: "off", kind: screen.OriginNotary, from: theirs},
		{name: "authorities", files: map[string]string{theirs: notaryJSON}, setting: "authorities", value: home + "/.notary/ca.crt", kind: screen.OriginNotary, from: theirs},
		{name: "first use", files: map[string]string{theirs: notaryJSON}, setting: "first use", value: "refused", kind: screen.OriginNotary, from: theirs},
		{name: "no cache", flags: Flags{NoCache: true}, setting: "cache folder", value: "no cache", kind: screen.OriginFlag, from: "--no-cache"},
		{name: "a client certificate", flags: Flags{TLSCert: "/c", TLSKey: "/k"}, setting: "client cert", value: "/c", kind: screen.OriginFlag, from: "--tlscert"},
		{name: "a pin", files: map[string]string{ownAt: "[pins]\n'a/*'=['" + idA + "']"}, setting: "pin 1", value: "a/* = " + idA, kind: screen.OriginFile, from: ownAt},
		{name: "a pin twice", flags: Flags{Pins: []string{"a/b=" + idB}}, files: map[string]string{ownAt: "[pins]\n'a/b'=['" + idA + "']"}, setting: "pin 1", value: "a/b = " + idB, kind: screen.OriginFlag, from: "--pin"},
		{name: "no pins", setting: "pins", value: "none", kind: screen.OriginDefault},
		{name: "a secret", flags: Flags{Server: "https://f"}, env: map[string]string{"NOTARY_AUTH": "s3cret"}, setting: "credentials", value: "of NOTARY_AUTH, not shown", kind: screen.OriginEnvironment, from: "NOTARY_AUTH"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Resolve(test.flags, world(test.env, test.files))
			if err != nil {
				t.Fatal(err)
			}
			got := row(t, s.resolved(), test.setting)
			if got.Value != test.value || got.From != (screen.Origin{Kind: test.kind, Name: test.from}) {
				t.Errorf("%q from %+v, want %q from %s %q", got.Value, got.From, test.value, test.kind, test.from)
			}
			if got.Help == "" || len(got.Name) > 16 {
				t.Errorf("%q does not suit the list: %q", got.Name, got.Help)
			}
		})
	}
}

// What is dangerous is said, and a secret never is.
func TestWarnings(t *testing.T) {
	for name, test := range map[string]struct {
		flags   Flags
		env     map[string]string
		files   map[string]string
		setting string
	}{
		"http":     {flags: Flags{Server: "http://n"}, setting: "trust server"},
		"no cache": {flags: Flags{NoCache: true}, setting: "cache folder"},
		"tls":      {files: map[string]string{theirs: `{"remote_server": {"skipTLSVerify": true}}`}, setting: "server check"},
		"colours":  {env: map[string]string{"NO_COLOR": "1"}, setting: "theme"},
	} {
		s, err := Resolve(test.flags, world(test.env, test.files))
		if err != nil {
			t.Fatal(err)
		}
		if got := row(t, s.resolved(), test.setting); got.Warning == "" {
			t.Errorf("%s: nothing is said", name)
		}
	}
	s, err := Resolve(Flags{Server: "https://f"}, world(nil, map[string]string{ownAt: "server='https://ann:s3cret@n'"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := row(t, s.resolved(), "trust server").Field.Stated; strings.Contains(got, "s3cret") {
		t.Errorf("%q shows a secret", got)
	}
}

func TestCheck(t *testing.T) {
	e := NewEditor(Settings{}, Flags{}, world(nil, nil), "")
	for _, test := range []struct {
		id          screen.SettingID
		text, value string
		// wrong are parts of the sentence; none where the value is right.
		wrong []string
	}{
		{screen.SettingServer, "https://n.example.org:4443/", "https://n.example.org:4443", nil},
		{screen.SettingServer, "n.example.org", "", []string{"not the URL", "https://"}},
		{screen.SettingServer, "ftp://n", "", []string{"not reached by https"}},
		{screen.SettingServer, "https://ann:s3cret@n", "", []string{"docker login"}},
		{screen.SettingSoon, "30", "30d", nil},
		{screen.SettingSoon, " 7d ", "7d", nil},
		{screen.SettingSoon, "36h", "36h", nil},
		{screen.SettingSoon, "0", "", []string{"not a number of days", "30"}},
		{screen.SettingSoon, "-3", "", []string{"not a number of days"}},
		{screen.SettingSoon, "99999999999999999999", "", []string{"not a number of days"}},
		{screen.SettingSoon, "soon", "", []string{"not a number of days"}},
		{screen.SettingTheme, "mono", "mono", nil},
		{screen.SettingTheme, "pink", "", []string{"not a theme", "auto, light, dark, mono"}},
		{screen.SettingASCII, "true", "true", nil},
		{screen.SettingMouse, "maybe", "", []string{"neither true nor false"}},
	} {
		value, wrong := e.Check(test.id, test.text)
		if value != test.value || (wrong == "") != (test.wrong == nil) || strings.Contains(wrong, "s3cret") {
			t.Errorf("%s %q: %q, %q, want %q", test.id, test.text, value, wrong, test.value)
		}
		for _, part := range test.wrong {
			if !strings.Contains(wrong, part) {
				t.Errorf("%s %q: %q does not say %q", test.id, test.text, wrong, part)
			}
		}
	}
}

// Changes are resolved by the same rules as everything else.
func TestResolveWithChanges(t *testing.T) {
	for _, test := range []struct {
		name    string
		flags   Flags
		env     map[string]string
		file    string
		change  screen.Change
		setting string
		value   string
		counts  bool
	}{
		{name: "a new value", change: set(screen.SettingTheme, "dark"), setting: "theme", value: "dark", counts: true},
		{name: "another value", file: "theme='light' # x", change: set(screen.SettingTheme, "dark"), setting: "theme", value: "dark", counts: true},
		{name: "no value", file: "theme='light'", change: unset(screen.SettingTheme), setting: "theme", value: "auto", counts: true},
		{name: "below a flag", flags: Flags{Theme: "mono"}, change: set(screen.SettingTheme, "dark"), setting: "theme", value: "mono"},
		{name: "below the environment", env: map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://v"}, change: set(screen.SettingServer, "https://o"), setting: "trust server", value: "https://v"},
		{name: "above notary", file: "", change: set(screen.SettingServer, "https://o"), setting: "trust folder", value: home + "/.docker/trust"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{theirs: `{"trust_dir": "~/.notary", "remote_server": {"url": "https://n"}}`}
			if test.file != "" {
				files[ownAt] = test.file
			}
			w := world(test.env, files)
			run, err := Resolve(test.flags, w)
			if err != nil {
				t.Fatal(err)
			}
			got, err := NewEditor(run, test.flags, w, "").Resolve(t.Context(), []screen.Change{test.change})
			if err != nil {
				t.Fatal(err)
			}
			s := row(t, got, test.setting)
			if s.Value != test.value || s.Field != nil && s.Field.Counts != test.counts {
				t.Errorf("%+v, want %q", s, test.value)
			}
		})
	}
}

// The demo makes its own settings: those that are about looks come from where
// they always do, and changing them changes nothing else.
func TestSettingsThatTheProgramMade(t *testing.T) {
	w := world(nil, map[string]string{ownAt: "theme='dark'\nserver='https://o'"})
	e := NewEditor(Settings{Server: "https://127.0.0.1:1", ServerFrom: "the practice world", Theme: "dark", Mouse: true}, Flags{}, w, "the demo saves nothing")
	got, err := e.Resolve(t.Context(), []screen.Change{set(screen.SettingTheme, "light"), set(screen.SettingServer, "https://x")})
	if err != nil {
		t.Fatal(err)
	}
	server, look := row(t, got, "trust server"), row(t, got, "theme")
	if server.Value != "https://127.0.0.1:1" || server.From.Name != "the practice world" || server.Field.Counts {
		t.Errorf("server %+v", server)
	}
	if look.Value != "light" || !look.Field.Counts || row(t, e.Run(), "theme").From.Name != ownAt {
		t.Errorf("theme %+v", look)
	}
	if _, err := e.Preview(t.Context(), nil); model.KindOf(err) != model.FaultUsage || !strings.Contains(err.Error(), "the demo saves nothing") {
		t.Errorf("preview: %v", err)
	}
}

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
	for name, breakIt := range map[string]func(d *disk){
		"create": func(d *disk) { d.create = func(string, string) (*os.File, error) { return nil, full } },
		"write": func(d *disk) {
			d.create = func(dir, pattern string) (*os.File, error) {
				file, err := os.CreateTemp(dir, pattern)
				if err != nil {
					return nil, err
				}
				defer func() { _ = file.Close() }()
				return os.Open(file.Name())
			}
		},
		"sync":   func(d *disk) { d.sync = func(*os.File) error { return full } },
		"rename": func(d *disk) { d.rename = func(string, string) error { return full } },
	} {
		e, path := onDisk(t, mine)
		edit := preview(t, e, set(screen.SettingTheme, "dark"))
		breakIt(&e.disk)
		err := e.Write(t.Context(), edit)
		var fault *model.Fault
		if !errors.As(err, &fault) || fault.Kind != model.FaultLocal || fault.Subject != path || !strings.Contains(fault.Hint, filepath.Dir(path)) {
			t.Errorf("%s: %v", name, err)
		}
		if name != "write" && !strings.Contains(err.Error(), "no space left on device") {
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
	sync := e.disk.sync
	e.disk.sync = func(f *os.File) error {
		cancel()
		return sync(f)
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
