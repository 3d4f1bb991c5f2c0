package settings

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/tui/screen"
)

// contextAt is where a context is kept.
func contextAt(name string) string {
	return filepath.Join(filepath.Dir(ownAt), "contexts", name+".toml")
}

// What comes before what, with a context in use: flags, a context that was named, the
// environment, a context that is kept, config.toml.
func TestContextPrecedence(t *testing.T) {
	prod := "server = 'https://prod:4443'\ntls_ca_cert = 'prod.pem'\ntrust_dir = '/trust/prod'\n"
	for _, test := range []struct {
		name  string
		flags Flags
		env   map[string]string
		own   string
		prod  string
		// server, ca and trust are what is used, "-" for nothing; from is where the server
		// comes from.
		server, ca, trust string
		from              screen.OriginKind
	}{
		{name: "none is in use", own: "server='https://own'\ntls_ca_cert='/own.pem'", server: "https://own", ca: "/own.pem", from: screen.OriginFile},
		{name: "kept in config.toml", own: "context='prod'\nserver='https://own'", server: "https://prod:4443", ca: filepath.Dir(contextAt("prod")) + "/prod.pem", trust: "/trust/prod", from: screen.OriginContext},
		{name: "a flag names one", flags: Flags{Context: "prod"}, own: "context='other'", server: "https://prod:4443", trust: "/trust/prod", from: screen.OriginContext},
		{name: "the environment names one", env: map[string]string{contextVariable: "prod"}, own: "context='other'", server: "https://prod:4443", from: screen.OriginContext},
		{name: "a flag before the environment", flags: Flags{Context: "prod"}, env: map[string]string{contextVariable: "other"}, server: "https://prod:4443", from: screen.OriginContext},
		{name: "the environment's server before one that is kept", own: "context='prod'", env: map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://env"}, server: "https://env", trust: "/trust/prod", from: screen.OriginEnvironment},
		{name: "one that is named before the environment's server", flags: Flags{Context: "prod"}, env: map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://env"}, server: "https://prod:4443", from: screen.OriginContext},
		{name: "a server on the command line", flags: Flags{Context: "prod", Server: "https://flag"}, server: "https://flag", trust: "/trust/prod", from: screen.OriginFlag},
		{name: "the default by name", flags: Flags{Context: "default"}, own: "context='prod'\nserver='https://own'", server: "https://own", trust: home + "/.docker/trust", from: screen.OriginFile},
		{name: "certificates of config.toml are of another server", flags: Flags{Context: "prod"}, prod: "server='https://prod'", own: "server='https://own'\ntls_ca_cert='/own.pem'\ntls_cert='/c'\ntls_key='/k'\ntrust_dir='/trust/own'", server: "https://prod", ca: "-", trust: "/trust/own", from: screen.OriginContext},
		{name: "folders alone", flags: Flags{Context: "prod"}, prod: "repositories={acme='/srv/acme'}", own: "server='https://own'", env: map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://env"}, server: "-", from: screen.OriginContext},
	} {
		t.Run(test.name, func(t *testing.T) {
			content := test.prod
			if content == "" {
				content = prod
			}
			s, err := Resolve(test.flags, world(test.env, map[string]string{ownAt: test.own, contextAt("prod"): content}))
			if err != nil {
				t.Fatal(err)
			}
			for what, pair := range map[string][2]string{"server": {s.Server, test.server}, "ca": {s.TLS.CACert, test.ca}, "trust folder": {s.TrustDir, test.trust}} {
				if want := strings.TrimPrefix(pair[1], "-"); pair[1] != "" && pair[0] != want {
					t.Errorf("%s is %q, want %q", what, pair[0], want)
				}
			}
			if from := s.from(keyServer); from.Kind != test.from {
				t.Errorf("the server comes from %+v, want %s", from, test.from)
			}
			if s.Server == "" && !s.FoldersOnly || s.TLS.Cert != "" {
				t.Errorf("got %+v", s)
			}
		})
	}
}

// The pins of a context join those of config.toml, and win where both name a repository.
func TestPinsOfAContext(t *testing.T) {
	s, err := Resolve(Flags{Context: "prod"}, world(nil, map[string]string{
		ownAt: "[pins]\n'a'=['" + idA + "']\n'b'=['" + idA + "']", contextAt("prod"): "[pins]\n'b'=['" + idB + "']",
	}))
	if err != nil || s.Pins.Certs["a"][0] != idA || s.Pins.Certs["b"][0] != idB {
		t.Errorf("%v, pins %v", err, s.Pins.Certs)
	}
}

func TestWrongContexts(t *testing.T) {
	files := map[string]string{contextAt("prod"): "server='https://prod'", contextAt("odd"): "theme='dark'", contextAt("http"): ""}
	for _, test := range []struct {
		name  string
		flags Flags
		own   string
		says  string
	}{
		{"there is none of the name", Flags{Context: "test"}, "", "--context: there is no context test"},
		{"the one that is kept is not there", Flags{}, "context='test'", "there is no context test"},
		{"a path", Flags{Context: "../prod"}, "", "looks like a path"},
		{"an empty name", Flags{Context: "prod,"}, "", "it is empty"},
		{"twice", Flags{Context: "prod,prod"}, "", "named twice"},
		{"a setting of the user", Flags{Context: "odd"}, "", "theme is not a setting of a context"},
		{"several where one is needed", Flags{Context: "prod,default"}, "", "this command takes one: prod, default"},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := maps.Clone(files)
			if test.own != "" {
				all[ownAt] = test.own
			}
			_, err := Resolve(test.flags, world(nil, all))
			var fault *model.Fault
			if !errors.As(err, &fault) || fault.Kind != model.FaultUsage || !strings.Contains(fault.Error(), test.says) || fault.Hint == "" {
				t.Errorf("got %v, hint %q", err, model.HintOf(err))
			}
		})
	}
}

func TestSeveralContexts(t *testing.T) {
	w := world(nil, map[string]string{ownAt: "server='https://own'", contextAt("prod"): "server='https://prod'"})
	all, err := ResolveEach(Flags{Context: "prod, default"}, w)
	if err != nil || len(all) != 2 || all[0].Server != "https://prod" || all[1].Server != "https://own" || all[1].Context != "default" {
		t.Errorf("%v, %+v", err, all)
	}
	if _, err := ResolveEach(Flags{Context: "prod,default", Server: "https://x"}, w); err == nil || !strings.Contains(err.Error(), "cannot apply to several contexts at once") {
		t.Errorf("a server for several: %v", err)
	}
}

// A context is added whole, listed, and removed; nothing takes its place.
func TestContextsOnDisk(t *testing.T) {
	e, path := onDisk(t, "")
	w := e.world
	w.ReadDir = func(dir string) (names []string, err error) {
		entries, err := os.ReadDir(dir)
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return names, err
	}
	f := Flags{Config: path}
	if list, err := Contexts(f, w); err != nil || len(list) != 0 {
		t.Fatalf("at first %v, %v", list, err)
	}
	added, err := AddContext(t.Context(), f, w, Context{
		Name: "prod", Server: "https://prod:4443/", TLS: TLS{CACert: "~/it's.pem"}, TrustDir: "keys",
		Repositories: map[string]string{"acme": "tuf", "vendor": "https://tuf.example.org/metadata"},
	})
	if err != nil || added.Fault != nil {
		t.Fatal(err, added.Fault)
	}
	want := "server = \"https://prod:4443\"\ntls_ca_cert = \"" + w.Home + "/it's.pem\"\ntrust_dir = \"" + w.WorkDir + "/keys\"\n\n[repositories]\nacme = \"" + w.WorkDir + "/tuf\"\nvendor = \"https://tuf.example.org/metadata\"\n"
	if text := got(t, added.File); text != want {
		t.Errorf("the file is\n%s\nwant\n%s", text, want)
	}
	if info, err := os.Stat(added.File); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for _, name := range []string{"prod", "PROD", "default", "a/b", ""} {
		if _, err := AddContext(t.Context(), f, w, Context{Name: name, Server: "https://x"}); model.KindOf(err) != model.FaultUsage {
			t.Errorf("adding %q: %v", name, err)
		}
	}
	if _, err := AddContext(t.Context(), f, w, Context{Name: "leaky", Server: "https://ann:s3cret@x"}); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a password: %v", err)
	}
	s, err := Resolve(Flags{Config: path, Context: "prod"}, w)
	if err != nil || s.Server != "https://prod:4443" || s.Repositories["acme"] != w.WorkDir+"/tuf" {
		t.Errorf("%v, %+v", err, s)
	}
	// A name that is given in a context is kept there.
	editor := NewEditor(s, Flags{Config: path, Context: "prod"}, w, "")
	edit, err := editor.PreviewName(t.Context(), "more", "/srv/more")
	if err != nil || edit.Path != added.File {
		t.Fatalf("%v, %s", err, edit.Path)
	}
	if err := editor.Write(t.Context(), edit); err != nil {
		t.Fatal(err)
	}
	list, err := Contexts(f, w)
	if err != nil || len(list) != 1 || !slices.Equal(slices.Sorted(maps.Keys(list[0].Repositories)), []string{"acme", "more", "vendor"}) {
		t.Errorf("%v, %+v", err, list)
	}
	if _, err := RemoveContext(f, w, "prod"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(added.File); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := RemoveContext(f, w, "prod"); model.KindOf(err) != model.FaultUsage {
		t.Errorf("again: %v", err)
	}
}
