package settings

import (
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
		{name: "notifications", setting: "notifications", value: "on", kind: screen.OriginDefault},
		{name: "no notifications", files: map[string]string{ownAt: "notifications=false"}, setting: "notifications", value: "off", kind: screen.OriginFile, from: ownAt},
		{name: "the locale", env: map[string]string{"LC_ALL": "C"}, files: map[string]string{ownAt: "ascii=false"}, setting: "ascii", value: "on", kind: screen.OriginEnvironment, from: "LC_ALL"},
		{name: "another trust folder", env: map[string]string{"DOCKER_CONFIG": "/d"}, setting: "trust folder", value: "/d/trust", kind: screen.OriginDocker, from: "the folder trust in Docker's folder"},
		{name: "docker's folder", env: map[string]string{"DOCKER_CONFIG": "/d"}, setting: "docker folder", value: "/d", kind: screen.OriginEnvironment, from: "DOCKER_CONFIG"},
		{name: "notary's file", files: map[string]string{theirs: notaryJSON}, setting: "notary's file", value: theirs, kind: screen.OriginDefault, from: "it applies if no earlier source sets a server or Docker's folder"},
		{name: "certificates that are not checked", files: map[string]string{theirs: notaryJSON}, setting: "server check", value: "off", kind: screen.OriginNotary, from: theirs},
		{name: "authorities", files: map[string]string{theirs: notaryJSON}, setting: "authorities", value: home + "/.notary/ca.crt", kind: screen.OriginNotary, from: theirs},
		{name: "first use", files: map[string]string{theirs: notaryJSON}, setting: "first use", value: "refused", kind: screen.OriginNotary, from: theirs},
		{name: "no cache", flags: Flags{NoCache: true}, setting: "cache folder", value: "no cache", kind: screen.OriginFlag, from: "--no-cache"},
		{name: "a client certificate", flags: Flags{TLSCert: "/c", TLSKey: "/k"}, setting: "client cert", value: "/c", kind: screen.OriginFlag, from: "--tlscert"},
		{name: "a pin", files: map[string]string{ownAt: "[pins]\n'a/*'=['" + idA + "']"}, setting: "pin 1", value: "a/* = " + idA, kind: screen.OriginFile, from: ownAt},
		{name: "a pin twice", flags: Flags{Pins: []string{"a/b=" + idB}}, files: map[string]string{ownAt: "[pins]\n'a/b'=['" + idA + "']"}, setting: "pin 1", value: "a/b = " + idB, kind: screen.OriginFlag, from: "--pin"},
		{name: "a holder", files: map[string]string{ownAt: "[holders]\n'" + idA + "'='alice'"}, setting: "holder 1", value: idA + " = alice", kind: screen.OriginFile, from: ownAt},
		{name: "no holders", setting: "holders", value: "none", kind: screen.OriginDefault},
		{name: "an organisation", files: map[string]string{ownAt: "organisations={alice='Acme'}"}, setting: "organisation 1", value: "alice = Acme", kind: screen.OriginFile, from: ownAt},
		{name: "no pins", setting: "pins", value: "none", kind: screen.OriginDefault},
		{name: "a secret", flags: Flags{Server: "https://f"}, env: map[string]string{"NOTARY_AUTH": "s3cret"}, setting: "credentials", value: "from NOTARY_AUTH, not shown", kind: screen.OriginEnvironment, from: "NOTARY_AUTH"},
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
		"http":    {flags: Flags{Server: "http://n"}, setting: "trust server"},
		"tls":     {files: map[string]string{theirs: `{"remote_server": {"url": "https://n", "skipTLSVerify": true}}`}, setting: "server check"},
		"colours": {env: map[string]string{"NO_COLOR": "1"}, setting: "theme"},
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
		{screen.SettingServer, "ftp://n", "", []string{"doesn't use https"}},
		{screen.SettingServer, "https://ann:s3cret@n", "", []string{"docker login"}},
		{screen.SettingSoon, "30", "30d", nil},
		{screen.SettingSoon, " 7d ", "7d", nil},
		{screen.SettingSoon, "36h", "36h", nil},
		{screen.SettingSoon, "0", "", []string{"not a number of days", "30"}},
		{screen.SettingSoon, "-3", "", []string{"not a number of days"}},
		{screen.SettingSoon, "99999999999999999999", "", []string{"not a number of days"}},
		{screen.SettingRefresh, "30", "30", nil},
		{screen.SettingRefresh, " 2m ", "2m", nil},
		{screen.SettingRefresh, "off", "off", nil},
		{screen.SettingRefresh, "0", "", []string{"not an interval", "off"}},
		{screen.SettingRefresh, "100ms", "", []string{"not an interval", "The range is 1s to 24h"}},
		{screen.SettingRefresh, "25h", "", []string{"not an interval", "The range is 1s to 24h"}},
		{screen.SettingRefresh, "", "", []string{"not an interval"}},
		{screen.SettingSoon, "soon", "", []string{"not a number of days"}},
		{screen.SettingTheme, "mono", "mono", nil},
		{screen.SettingTheme, "pink", "", []string{"not a theme", "auto, light, dark, mono"}},
		{screen.SettingASCII, "true", "true", nil},
		{screen.SettingNotify, "false", "false", nil},
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
