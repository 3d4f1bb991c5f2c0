package change

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/sandbox"
	"trustdeck/remote/transport"
)

// The repositories of a scene: one that has trust data, whose keys are in the trust
// folder, and one that has none.
const (
	initialised = "docker.io/acme/app"
	fresh       = "docker.io/acme/new"
)

// A scene is a server with a repository, and an administrator who has its keys.
type scene struct {
	t      *testing.T
	server *peer.Server
	// home is the home of the administrator, files what is lying about there.
	home, files, trust, cache string
	program                   *peer.Client
	// url and authority are what the command is told of the server.
	url, authority string
	// runs is what runs a command; nil is the program as it is.
	runs func(*peer.Client, ...string) peer.Result
	// met reports whether what is wrong has made itself felt; nil where that is
	// plain.
	met func() bool
	// folder is the repository of TUF 1.0 that the rows are about; "" where that is the one on
	// the server.
	folder string
	// keys are the IDs of the keys in the trust folder, and paths, by the words that
	// stand for them in rows.
	keys map[string]string
	// flags are added to every command.
	flags []string

	mu sync.Mutex
	// writes are the requests that write, with the status that they met.
	writes []string
	// seen is told of each request; nil is nobody.
	seen func(text string)
	// undo takes what was made wrong away again.
	undo []func()
}

func newScene(t *testing.T, files string, guarded bool) *scene {
	t.Helper()
	s := &scene{t: t, files: files, home: t.TempDir(), cache: t.TempDir()}
	cfg := sandbox.Config{Log: s.log}
	if guarded {
		cfg.Users = map[string]string{peer.Administrator.Name: peer.Administrator.Password}
	}
	s.server = peer.Sandbox(t, cfg)
	s.url, s.authority = s.server.URL, s.server.PKI.CAFile()
	s.trust = filepath.Join(s.home, "trust")
	temp := filepath.Join(s.home, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	s.program = peer.Trustdeck(t).With("HOME="+s.home, "XDG_CONFIG_HOME="+s.home, "XDG_STATE_HOME="+s.home, "XDG_CACHE_HOME="+s.cache, "TMPDIR="+temp,
		"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase)
	if guarded {
		s.program = s.program.As(peer.Administrator)
	}
	if r := s.run("init", "--yes", initialised); r.Code != 0 {
		t.Fatalf("the scene cannot be set: %s", r.Stderr)
	}
	s.keys = s.ownKeys()
	s.keys["ALICE-KEY"] = publicID(t, filepath.Join(files, "alice.pub"))
	return s
}

// ownKeys finds the keys of the repository in the trust folder.
func (s *scene) ownKeys() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	files, err := filepath.Glob(filepath.Join(s.trust, "private", "*.key"))
	if err != nil || len(files) != 2 {
		s.t.Fatalf("%d keys, %v", len(files), err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			s.t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		out[strings.ToUpper(block.Headers["role"])+"-KEY"] = strings.TrimSuffix(filepath.Base(path), ".key")
	}
	return out
}

// publicID is the ID of a public key in PEM form.
func publicID(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	return string(notary.KeyID(model.KeyECDSA, block.Bytes))
}

// log notes the requests that write: uploads, deletions, and those that may have the
// server make a key.
func (s *scene) log(e model.Event) {
	method, rest, _ := strings.Cut(e.Text, " ")
	path, status, _ := strings.Cut(rest, " ")
	s.mu.Lock()
	if method != http.MethodGet {
		s.writes = append(s.writes, method+" "+status)
	} else if strings.HasSuffix(path, ".key") {
		s.writes = append(s.writes, filepath.Base(path)+" "+status)
	}
	tell := s.seen
	s.mu.Unlock()
	if tell != nil {
		tell(e.Text)
	}
}

// run runs a command of trustdeck in the folder of the files.
func (s *scene) run(args ...string) peer.Result {
	s.t.Helper()
	whole := []string{"--server", s.url, "--trust-dir", s.trust}
	if s.authority != "" {
		whole = append(whole, "--tlscacert", s.authority)
	}
	whole = append(append(whole, s.flags...), args...)
	for i, arg := range whole {
		if id, ok := s.keys[arg]; ok {
			whole[i] = id
		}
		if arg == "PLAN" {
			whole[i] = filepath.Join(s.home, "tmp", "plan.json")
		}
		if name, ok := strings.CutPrefix(arg, "./"); ok {
			whole[i] = filepath.Join(s.files, name)
		}
	}
	if s.runs != nil {
		return s.runs(s.program, whole...)
	}
	return s.program.Try(whole...)
}

// fault has requests fail until the row is over.
func (s *scene) fault(f peer.Fault) {
	remove := s.server.Faults.Add(f)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undo = append(s.undo, remove)
}

// after does something once the nth request that has this text in it was handled,
// and before its client goes on.
func (s *scene) after(nth int64, request string, do func()) {
	var count atomic.Int64
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = func(text string) {
		if strings.Contains(text, request) && count.Add(1) == nth {
			do()
		}
	}
}

// behind puts a server in front of the practice server, and has the command ask that
// one. It is reached over TLS unless plain is true.
func (s *scene) behind(handler http.Handler, plain bool) {
	front := httptest.NewUnstartedServer(handler)
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	if plain {
		front.Start()
	} else {
		front.StartTLS()
	}
	s.t.Cleanup(front.Close)
	s.url, s.authority = front.URL, ""
	if !plain {
		s.authority = filepath.Join(s.t.TempDir(), "ca.crt")
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
		if err := os.WriteFile(s.authority, text, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
}

// reset makes the scene whole again.
func (s *scene) reset() {
	s.mu.Lock()
	undo := s.undo
	s.writes, s.seen, s.undo = nil, nil, nil
	s.mu.Unlock()
	for _, f := range undo {
		f()
	}
	s.flags, s.runs, s.met = nil, nil, nil
	s.url, s.authority, s.trust = s.server.URL, s.server.PKI.CAFile(), filepath.Join(s.home, "trust")
}

// published is everything that the server has: which repositories, when they were
// published, and their files.
func (s *scene) published() map[string]string {
	s.t.Helper()
	if s.folder != "" {
		return s.filesBelow(s.folder)
	}
	cfg := notaryserver.Config{URL: s.server.URL, TLS: transport.TLSFiles{CA: s.server.PKI.CAFile()}.For}
	if s.server.Guarded {
		cfg.Credentials = transport.StaticCredentials{User: peer.Administrator.Name, Password: peer.Administrator.Password}
	}
	client, err := notaryserver.New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	listed, err := client.Repositories(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{}
	for _, l := range listed {
		changes, err := client.Changes(s.t.Context(), l.GUN)
		if err != nil {
			s.t.Fatal(err)
		}
		out[string(l.GUN)] = fmt.Sprint(changes)
		for _, role := range []model.RoleName{"root", "targets", "snapshot", "timestamp", "targets/releases", "targets/alice"} {
			file, err := client.Read(s.t.Context(), l.GUN, port.Ref{Role: role, Limit: notary.MaxFile})
			// Asked for a delegation that targets does not name, a server fails.
			out[string(l.GUN)+" "+string(role)] = sum(file.Bytes) + string(model.KindOf(err))
		}
	}
	return out
}

func sum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// disk is every file of the administrator with its rights and its content. The cache,
// which may know more after every look, is elsewhere; so may the memory, which is passed
// over, and a repository in a folder is published.
func (s *scene) disk() map[string]string {
	s.t.Helper()
	return s.filesBelow(s.home, filepath.Join(s.home, "trustdeck", "memory"), s.folder)
}

// filesBelow are the files and folders below a folder, without those in some folders.
func (s *scene) filesBelow(dir string, without ...string) map[string]string {
	s.t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if slices.Contains(without, path) {
			return fs.SkipDir
		}
		name, _ := filepath.Rel(dir, path) // it is below
		info, err := d.Info()
		if err != nil {
			return err
		}
		out[name] = info.Mode().String()
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			out[name] += " " + sum(text)
			return err
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// try makes the mistake, checks that nothing is half-written, and says what was seen.
func (s *scene) try(row misuse) string {
	s.t.Helper()
	s.reset()
	publishedBefore := s.published()
	whole := s.program
	s.program = s.program.With(row.env...)
	if row.wrong != nil {
		row.wrong(s)
	}
	diskBefore := s.disk()
	s.mu.Lock()
	s.writes = nil
	s.mu.Unlock()
	r := s.run(row.args...)
	s.program = whole
	s.mu.Lock()
	writes, server := slices.Clone(s.writes), s.url
	s.mu.Unlock()
	if s.met != nil && !s.met() {
		s.t.Errorf("%s: it never came to that", row.name)
	}
	diskAfter := s.disk()
	if row.then != nil {
		row.then(s.t, s)
	}
	s.reset()
	if changed := !maps.Equal(publishedBefore, s.published()); changed != (row.stored || row.others) {
		s.t.Errorf("%s: the server has something else than before: %v", row.name, changed)
	}
	if r.Stdout != "" {
		s.t.Errorf("%s: what is for people is on standard output:\n%s", row.name, r.Stdout)
	}
	kept := s.left(row, diskBefore, diskAfter, r.Stderr)
	return s.tell(row, r, kept, writes, server)
}

// left checks what is on the disk: what was there before, and beside it the keys of
// which the report says that they are kept.
func (s *scene) left(row misuse, before, after map[string]string, report string) (kept int) {
	s.t.Helper()
	for name, was := range before {
		if after[name] != was {
			s.t.Errorf("%s: %s is no longer what it was", row.name, name)
		}
		delete(after, name)
	}
	entries := 0
	for name, is := range after {
		id, isKey := strings.CutSuffix(filepath.Base(name), ".key")
		switch {
		case isKey && slices.Contains([]string{filepath.Join("trust", "private"), ownPrivate}, filepath.Dir(name)):
			kept++
			if !strings.HasPrefix(is, "-rw------- ") {
				s.t.Errorf("%s: %s is %s", row.name, name, is)
			}
			if says := "Key " + model.KeyID(id).Short() + " was made for "; !row.stored && !strings.Contains(report, says) {
				s.t.Errorf("%s: %s was made, and the report does not say so", row.name, name)
			}
		case strings.HasSuffix(name, ".journal"):
			entries++
			// The next row begins without it.
			if err := os.Remove(filepath.Join(s.home, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				s.t.Fatal(err)
			}
		default:
			s.t.Errorf("%s: it has left %s (%s)", row.name, name, is)
		}
	}
	// The next attempt uses the keys that were made in vain.
	if entries > 0 != (row.open || kept > 0 && !row.stored) {
		s.t.Errorf("%s: the journal has %d open entries", row.name, entries)
	}
	return kept
}
