package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/tui/nav"
)

var update = flag.Bool("update", false, "write the golden files again")

// corpus holds real trust data, as a notary-server served it, and what docker
// printed of it.
const corpus = "../../model/notary/docker/testdata/docker"

// readAt is the moment at which docker read the corpus, and the clock of the
// tests.
func readAt(t testing.TB) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(read(t, filepath.Join(corpus, "repositories", "read-at"))))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func read(t testing.TB, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// A shelf is a remote that serves the corpus. Names that begin with a kind of
// fault fail that way.
type shelf struct {
	dir string
	// extra are names that it lists besides, listFault is why it lists none.
	extra     []model.GUN
	listFault error
	// asked counts the requests.
	asked *atomic.Int64
}

func (s shelf) Source() model.Source {
	return model.Source{Kind: model.SourceServer, Name: "https://notary.example.org"}
}

func (s shelf) Read(_ context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	s.asked.Add(1)
	for _, kind := range []model.FaultKind{model.FaultUnreachable, model.FaultTLS, model.FaultUnauthorized, model.FaultServer, model.FaultBadData} {
		if strings.HasPrefix(string(gun), "fails.example.org/"+string(kind)) {
			fault := &model.Fault{Kind: kind, Subject: s.Source().Name, Text: "it failed", Hint: "do something about it"}
			if kind == model.FaultUnauthorized {
				fault.Scope = "repository:" + string(gun) + ":pull"
			}
			return port.File{}, fault
		}
	}
	if !strings.HasPrefix(string(gun), "docker.io/") && !slices.Contains(s.extra, gun) {
		return port.File{}, &model.Fault{Kind: model.FaultNotFound, Subject: string(gun), Text: "not found"}
	}
	raw, err := os.ReadFile(filepath.Join(s.dir, strings.ToLower(strings.TrimPrefix(string(gun), "docker.io/")), string(ref.Role)+".json"))
	sum := sha256.Sum256(raw)
	if err != nil || ref.Version != 0 || ref.SHA256 != "" && ref.SHA256 != hex.EncodeToString(sum[:]) {
		return port.File{}, &model.Fault{Kind: model.FaultNotFound, Subject: string(gun), Text: "not found"}
	}
	return port.File{Bytes: raw}, nil
}

func (s shelf) Repositories(context.Context) ([]port.Listed, error) {
	s.asked.Add(1)
	if s.listFault != nil {
		return nil, s.listFault
	}
	entries, err := os.ReadDir(filepath.Join(s.dir, "acme"))
	if err != nil {
		return nil, err
	}
	var out []port.Listed
	for _, e := range entries {
		out = append(out, port.Listed{GUN: model.GUN("docker.io/acme/" + e.Name())})
	}
	for _, gun := range s.extra {
		out = append(out, port.Listed{GUN: gun})
	}
	return out, nil
}

func (shelf) Changes(context.Context, model.GUN) ([]port.Change, error) { return nil, nil }

func (shelf) Ping(context.Context) error { return nil }

// A ring is a trust folder with two keys, and what is staged in it.
type ring struct {
	port.KeyStore
	keys   []model.PrivateKey
	staged map[model.GUN][]port.StagedFile
}

func (ring) Name() string { return "/home/ann/.docker/trust" }

func (ring) Dir() string                                         { return "/home/ann/.docker/trust" }
func (ring) ID([]byte) model.KeyID                               { return "" }
func (r ring) Keys(context.Context) ([]model.PrivateKey, error)  { return r.keys, nil }
func (ring) Root(model.GUN) ([]byte, bool, error)                { return nil, false, nil }
func (ring) Repositories(context.Context) ([]port.Listed, error) { return nil, nil }
func (r ring) StagedRepositories(context.Context) ([]port.Listed, error) {
	var out []port.Listed
	for gun := range r.staged {
		out = append(out, port.Listed{GUN: gun})
	}
	return out, nil
}

func (r ring) Staged(_ context.Context, gun model.GUN) ([]port.StagedFile, error) {
	return r.staged[gun], nil
}
func (ring) Metadata(context.Context, model.GUN) ([]port.LocalFile, error) { return nil, nil }

// A rig runs command lines against the corpus.
type rig struct {
	t     testing.TB
	shelf shelf
	ring  ring
	// remote takes the place of the shelf where it is set.
	remote port.Remote
	// registry is what the service asks; nil has none.
	registry port.Registry
	// plugged are the tokens; nil is a program without a driver.
	plugged port.Tokens
	// in is standard input, interactive and width describe the terminal.
	in          string
	interactive bool
	width       int
	env, files  map[string]string
	// asked counts requests, started holds the places at which the UI began.
	asked   atomic.Int64
	started []nav.Route
	// uiErr is how the UI ends.
	uiErr error
	// before runs when the session is opened.
	before func()
	// got are the settings of the last run.
	got settings.Settings
}

// long skips a test under -short that does a long session's work: most of its time goes into
// passphrases, which are meant to cost some.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a long session; without -short it is tested")
	}
}

func newRig(t testing.TB) *rig {
	r := &rig{t: t, shelf: shelf{dir: filepath.Join(corpus, "repositories")}}
	r.shelf.asked = &r.asked
	return r
}

type outcome struct {
	stdout, stderr string
	code           int
}

// app is the program with its parts replaced.
func (r *rig) app() *app {
	world := settings.World{
		Getenv: func(name string) string { return r.env[name] },
		ReadFile: func(path string) ([]byte, error) {
			if content, ok := r.files[path]; ok {
				return []byte(content), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
		Home: "/home/ann", WorkDir: r.t.TempDir(), OS: "linux",
	}
	c := console{in: strings.NewReader(r.in), interactive: r.interactive, width: r.width}
	return newApp(world, r.open, r.ui, c, func() time.Time { return readAt(r.t) })
}

func (r *rig) open(s settings.Settings, events *admin.Log) (*session, error) {
	r.got = s
	if r.before != nil {
		r.before()
	}
	var remote port.Remote = r.shelf
	if r.remote != nil {
		remote = r.remote
	}
	clock := func() time.Time {
		if !s.At.IsZero() {
			return s.At
		}
		return readAt(r.t)
	}
	d := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: remote, Trust: r.ring, Stores: port.KeyStores{r.ring}, Pins: s.Pins, Clock: clock, Health: health.DefaultOptions(), Log: events, Registry: r.registry, Plugged: r.plugged}
	return &session{
		Settings: s, Clock: clock, Service: d, DialectOf: d.DialectOf, Source: remote.Source(), Events: events,
		Has: func(ctx context.Context, gun model.GUN) bool { return d.Open(ctx, gun).Repository != nil },
		Known: func(context.Context) []port.Listed {
			return []port.Listed{{GUN: "docker.io/acme/nosigners"}, {GUN: "docker.io/acme/signers"}}
		},
	}, nil
}

func (r *rig) ui(_ context.Context, _ *app, _ *session, start nav.Route) error {
	r.started = append(r.started, start)
	return r.uiErr
}

func (r *rig) run(args ...string) outcome {
	r.t.Helper()
	var stdout, stderr bytes.Buffer
	a := r.app()
	a.out, a.err = &stdout, &stderr
	code := run(args, a)
	return outcome{stdout.String(), stderr.String(), code}
}

// golden compares an outcome with testdata/NAME.txt.
func golden(t *testing.T, name string, o outcome) {
	t.Helper()
	got := o.stdout
	if o.stderr != "" {
		got += "--- standard error\n" + o.stderr
	}
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, path); got != want {
		t.Errorf("%s differs from the golden file (-update writes it again):\n%s\nwant\n%s", name, got, want)
	}
}
