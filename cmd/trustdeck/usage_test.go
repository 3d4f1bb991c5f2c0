package main

import (
	"strings"
	"testing"

	"trustdeck/assets"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/tui/nav"
)

// What is wrong with a command line is told on standard error, with a way out,
// and ends with 2.
func TestWrongUsage(t *testing.T) {
	for args, want := range map[string]string{
		"repoz":                      "Did you mean repos?",
		"repo":                       "neither a command nor a route",
		"repos extra":                "trustdeck repos takes no arguments",
		"repos -o yaml":              `"yaml" is not an output form`,
		"repos --frobnicate":         "unknown flag: --frobnicate",
		"repos --server notary:4443": "is not the URL of a server",
		"repos --theme pink":         "is not a theme",
		"repos --timeout soon":       "invalid argument",
		"inspect":                    "takes one or more repositories",
		"inspect acme/App":           "lower case",
		"inspect acme/../b":          `".."`,
		"inspect acme/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "has a digest, but trust data is found by tag",
		"inspect --pretty acme/app":         "--pretty requires --docker",
		"inspect --docker -o json acme/app": "excludes --output",
		"tags":                              "takes one repository",
		"tags a b":                          "takes one repository",
		"tags acme/app:1":                   "more than a repository",
		"status":                            "takes one repository",
		"status --archive x acme/app":       "an archive has nothing staged",
		"verify acme/app 1.0":               "a repository, a tag and a file",
		"doctor --fail-on maybe":            `"maybe" is not a severity`,
		"archive acme/app":                  "needs a folder",
		"archive --to x":                    "or --all",
		"archive --all acme/app --to x":     "or --all",
		"repo/acme/app/role/nobody":         "neither a top-level role nor below targets/",
		"--at yesterday repos":              "neither a date nor a time",
		"repos --pin x":                     "REPOSITORY=ID",
	} {
		o := newRig(t).run(strings.Fields(args)...)
		if o.code != 2 || o.stdout != "" || !strings.Contains(o.stderr, want) {
			t.Errorf("%q: exit code %d, standard output %q, standard error %q; want 2 and %q", args, o.code, o.stdout, o.stderr, want)
		}
	}
}

// Nobody is asked about a command line that is wrong.
func TestWrongUsageAsksNoServer(t *testing.T) {
	r := newRig(t)
	r.run("inspect", "--pretty", "acme/app")
	r.run("doctor", "--fail-on", "maybe")
	if n := r.asked.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestUI(t *testing.T) {
	r := newRig(t)
	if o := r.run(); o.code != 2 || o.stdout != "" || !strings.Contains(o.stderr, "repos, inspect, tags") || len(r.started) != 0 {
		t.Errorf("without a terminal: %+v", o)
	}
	r.interactive = true
	for arg, want := range map[string]nav.Route{
		"":                              {},
		"/repos":                        nav.Place(nav.KindRepos),
		"log":                           nav.Place(nav.KindLog),
		"repo/docker.io/acme/app/roles": nav.Repo("docker.io/acme/app", nav.TabRoles),
		"repo/docker.io/acme/app/tag/1": nav.Tag("docker.io/acme/app", "1"),
	} {
		r.started = nil
		if o := r.run(strings.Fields(arg)...); o.code != 0 || len(r.started) != 1 || r.started[0] != want {
			t.Errorf("%q: %+v, started at %v", arg, o, r.started)
		}
	}
	r.uiErr = &model.Fault{Kind: model.FaultCanceled, Text: "stopped"}
	if o := r.run(); o.code != 7 {
		t.Errorf("a UI that was cancelled: %+v", o)
	}
}

// Flags reach the settings.
func TestGlobalFlags(t *testing.T) {
	r := newRig(t)
	r.env = map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://dct"}
	r.run("repos", "--server", "https://n:4443", "--docker-config", "/d", "--trust-dir", "/t", "--cache-dir", "/c",
		"--tlscacert", "/ca", "--tlscert", "/cert", "--tlskey", "/key", "--timeout", "3s", "--parallel", "2", "--refresh", "5",
		"--theme", "mono", "--ascii", "--no-mouse", "--archive", "/a", "--pin", "a/b="+strings.Repeat("a", 64))
	want := settings.Settings{
		Server: "https://n:4443", ServerFrom: "--server", DockerConfig: "/d", TrustDir: "/t", CacheDir: "/c",
		TLS: settings.TLS{CACert: "/ca", Cert: "/cert", Key: "/key"}, Timeout: 3e9, Parallel: 2, Refresh: 5e9,
		Theme: "mono", ASCII: true, Archive: "/a",
	}
	got := r.got
	if ids := got.Pins.Certs["a/b"]; len(ids) != 1 {
		t.Errorf("pins %v", got.Pins)
	}
	got.Pins, got.At = want.Pins, want.At
	if got.Server != want.Server || got.ServerFrom != want.ServerFrom || got.DockerConfig != want.DockerConfig ||
		got.TrustDir != want.TrustDir || got.CacheDir != want.CacheDir || got.TLS != want.TLS || got.Timeout != want.Timeout ||
		got.Parallel != want.Parallel || got.Theme != want.Theme || !got.ASCII || got.Mouse || got.Archive != want.Archive {
		t.Errorf("settings %+v, want %+v", got, want)
	}
}

// A name that the server itself has wins over docker's reading of it.
func TestNames(t *testing.T) {
	for _, test := range []struct {
		known []model.GUN
		args  string
		want  string
	}{
		{nil, "tags acme/signers", "docker.io/acme/signers"},
		{nil, "tags docker.io/acme/signers", "docker.io/acme/signers"},
		{[]model.GUN{"acme/signers"}, "tags acme/signers", "acme/signers"},
		{[]model.GUN{"Acme/Signers"}, "tags Acme/Signers", "Acme/Signers"},
		{[]model.GUN{"acme/signers"}, "tags docker.io/acme/signers", "docker.io/acme/signers"},
		{nil, "tags --gun acme/signers", "acme/signers"},
		{nil, "tags --gun Acme/Signers", "Acme/Signers"},
	} {
		r := newRig(t)
		r.shelf.extra = test.known
		o := r.run(append(strings.Fields(test.args), "-o", "json")...)
		if !strings.Contains(o.stdout, `"repository": "`+test.want+`"`) {
			t.Errorf("%s, known %v: not %s:\n%s%s", test.args, test.known, test.want, o.stdout, o.stderr)
		}
	}
	r := newRig(t)
	r.shelf.extra = []model.GUN{"acme/signers"}
	if o := r.run("inspect", "acme/signers:both", "-o", "json"); !strings.Contains(o.stdout, `"name": "acme/signers"`) || !strings.Contains(o.stdout, `"tag": "both"`) {
		t.Errorf("with a tag: %+v", o)
	}
}

func TestCompletion(t *testing.T) {
	r := newRig(t)
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if o := r.run("completion", shell); o.code != 0 || !strings.Contains(o.stdout, "trustdeck") {
			t.Errorf("%s: exit code %d", shell, o.code)
		}
	}
	for args, want := range map[string]string{
		"inspect docker.io/acme/no": "docker.io/acme/nosigners\n",
		"inspect ":                  "docker.io/acme/nosigners\ndocker.io/acme/signers\n",
		"tags docker":               "docker.io/acme/nosigners\ndocker.io/acme/signers\n",
		"repo/docker.io/acme/s":     "repo/docker.io/acme/signers\n",
		"repos -o ":                 "table\njson\n",
		"doctor --fail-on ":         "failure\nwarning\nnotice\nnever\n",
	} {
		fields := strings.Split(args, " ")
		o := r.run(append([]string{"__complete"}, fields...)...)
		if got, _, _ := strings.Cut(o.stdout, ":"); o.code != 0 || !strings.HasPrefix(o.stdout, want) && got != want {
			t.Errorf("%q completes to %q, want %q", args, o.stdout, want)
		}
	}
	if n := r.asked.Load(); n != 0 {
		t.Errorf("completing made %d requests", n)
	}
}

// The sample of the help is a file that is accepted.
func TestSampleOfSettings(t *testing.T) {
	_, sample, _ := strings.Cut(assets.Settings, "relative to the file.\n")
	sample, _, _ = strings.Cut(sample, "Credentials come")
	r := newRig(t)
	r.files = map[string]string{"/home/ann/.config/trustdeck/config.toml": sample, "/home/ann/.notary/config.json": "{}"}
	if o := r.run("repos", "--log-file", t.TempDir()+"/log"); o.code != 0 || r.got.Server != "https://notary.example.org:4443" {
		t.Errorf("%+v\n%+v", o, r.got)
	}
}

// Each command has a help page with an example.
func TestHelp(t *testing.T) {
	for _, cmd := range newRoot(newRig(t).app()).Commands() {
		if cmd.Name() == "help" || cmd.Name() == "completion" || cmd.Hidden || !cmd.Runnable() {
			continue
		}
		if cmd.Short == "" || cmd.Long == "" && cmd.Name() != "version" || cmd.Example == "" {
			t.Errorf("%s lacks help or an example", cmd.Name())
		}
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example) {
			if len([]rune(line)) > 92 {
				t.Errorf("%s: a line of the help is %d wide", cmd.Name(), len([]rune(line)))
			}
		}
	}
}
